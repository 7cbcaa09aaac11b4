/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The registry of views, made from the words in panes = [...], and how columns are read. */
#include "view.h"

#include <string.h>

#include "fmt.h"
#include "panes.h"

#define X(name) extern const struct pane_views pane_views_##name;
PANES(X)
#undef X

#define X(name) &pane_views_##name,
const struct pane_views *const view_registry[] = { PANES(X) };
#undef X
const int view_registry_nr = sizeof(view_registry) / sizeof(*view_registry);

const struct view *view_find(enum pane_id pane, const char *id)
{
	for (int i = 0; i < view_registry_nr; i++)
		for (const struct view *v = view_registry[i]->views; view_registry[i]->pane == pane && v->id; v++)
			if (!strcmp(v->id, id))
				return v;
	return NULL;
}

/* "oncpu_ns" names oncpu_ns_per_s too: that is what the key is called under --total. */
static bool key_matches(const char *column, const char *key)
{
	size_t len = strlen(key);

	return !strcmp(column, key) || (!strncmp(column, key, len) && !strcmp(column + len, "_per_s"));
}

/* "lat_p99" names lat_p99_ns: a unit need not be said. */
static bool key_but_unit_matches(const char *column, const char *key)
{
	static const char *const units[] = { "_ns", "_bytes", "_pct", "_ns_per_s", "_bytes_per_s" };
	size_t len = strlen(key);

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (len && !strncmp(column, key, len) && !strcmp(column + len, units[i]))
			return true;
	return false;
}

const struct column *view_column(const struct view *v, const char *key)
{
	for (const struct column *col = v->columns; col->key; col++)
		if (!(col->flags & COL_SCREEN_ONLY) &&
		    (key_matches(col->key, key) || (col->alias && !strcmp(col->alias, key))))
			return col;
	for (const struct column *col = v->columns; col->key; col++)
		if (!(col->flags & COL_SCREEN_ONLY) && key_but_unit_matches(col->key, key))
			return col;
	return NULL;
}

int64_t view_figure(const struct column *col, const void *row)
{
	int64_t value;

	if (col->unit == UNIT_TEXT)
		return FIG_UNKNOWN;
	memcpy(&value, (const char *)row + col->off, sizeof(value));
	return value;
}

struct fig_status view_status(const struct column *col, const struct snapshot *s)
{
	const struct fig_status *status = col->status ? col->status(s) : NULL;

	return status ? *status : (struct fig_status){ .state = FIG_EXACT };
}

int64_t view_value(const struct column *col, const struct snapshot *s, const void *row)
{
	if (view_status(col, s).state == FIG_NA)
		return FIG_UNKNOWN;
	return fig_fold(view_figure(col, row), col->unit, col->fold, s->m.interval_ns, s->m.total);
}

bool view_milli(const struct column *col, bool total)
{
	return col->unit == UNIT_PCT || col->fold == FOLD_SHARE || col->fold == FOLD_MEAN ||
	       (col->unit == UNIT_COUNT && col->fold == FOLD_RATE && !total);
}

void view_key(char *buf, size_t size, const struct column *col, bool total)
{
	size_t len = strlen(col->key), cut = total && len > 6 && !strcmp(col->key + len - 6, "_per_s") ? 6 : 0;

	if (len - cut >= size)
		len = size - 1 + cut;
	memcpy(buf, col->key, len - cut);
	buf[len - cut] = '\0';
}

const struct fig_status *view_runq_status(const struct snapshot *s)
{
	return &s->runq_status;
}

const struct fig_status *view_class_status(const struct snapshot *s)
{
	return &s->class_status;
}

const struct fig_status *view_rss_status(const struct snapshot *s)
{
	return &s->rss_status;
}
