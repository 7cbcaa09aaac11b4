/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control groups: paths, pressure, throttling. */
#include "cgroup.h"

#include <string.h>

#include "since.h"

#define CONTAINER_DIGITS 64 /* of the id in a path */

int cgroups_init(struct cgroups *c)
{
	*c = (struct cgroups){ 0 };
	return table_init(&c->table, CGROUPS_MAX, sizeof(struct cgroup));
}

void cgroups_fini(struct cgroups *c)
{
	if (c->table.impl)
		table_fini(&c->table);
}

void cgroups_clear(struct cgroups *c)
{
	table_clear(&c->table);
	*c = (struct cgroups){.table = c->table};
}

static struct table_key key_of(uint64_t id)
{
	return (struct table_key){.a = id};
}

static struct cgroup *put(struct cgroups *c, uint64_t id, bool *ret_new)
{
	struct cgroup *g = table_put(&c->table, key_of(id), ret_new);

	g->id = id;
	return g;
}

bool cgroups_meet(struct cgroups *c, uint64_t id)
{
	bool is_new = false;

	if (id == REC_UNKNOWN)
		return false;
	put(c, id, &is_new);
	if (!is_new)
		return false;
	c->pending = true;
	c->next_ask_ns = 0;
	return true;
}

void cgroups_path(struct cgroups *c, const struct cgroup_rec *r)
{
	bool is_new = false;
	struct cgroup *g = put(c, r->id, &is_new);

	memcpy(g->path, r->path, r->len);
	g->path[r->len] = 0;
	g->version = r->version == 1 ? 1 : 2;
}

/* A reading soon after a window began is its beginning. */
static void take_beginning(struct cgstat_rec *at, uint64_t from_ns, const struct cgstat_rec *r)
{
	if (!at->h.size && from_ns && r->h.ts_ns <= from_ns + CGSTAT_LATE_NS)
		*at = *r;
}

void cgroups_stat(struct cgroups *c, const struct cgstat_rec *r)
{
	struct cgroup *g = cgroups_get(c, r->id);

	if (!g)
		return;
	g->now = *r;
	g->fresh = true;
	take_beginning(&g->first, c->first_ns, r);
	take_beginning(&g->mark, c->mark_ns, r);
}

const struct cgroup *cgroups_find(const struct cgroups *c, uint64_t id)
{
	return table_peek(&c->table, key_of(id));
}

struct cgroup *cgroups_get(struct cgroups *c, uint64_t id)
{
	return table_get(&c->table, key_of(id));
}

/* An interval in which nobody read leaves the next one without a beginning. */
void cgroups_publish(struct cgroups *c, bool ended)
{
	uint32_t cursor = 0;
	struct table_key key;
	struct cgroup *g;

	while ((g = table_next(&c->table, &cursor, &key))) {
		if (!g->now.h.size)
			continue;
		g->last = g->shown;
		if (!ended)
			continue;
		if (g->fresh)
			g->shown = g->now;
		else
			g->shown.h.size = 0;
		g->fresh = false;
	}
}

/* What was read lately stands for the moment. */
static void begin(const struct cgroup *g, uint64_t at_ns, struct cgstat_rec *ret)
{
	if (g->now.h.size && g->now.h.ts_ns + CGSTAT_LATE_NS >= at_ns)
		*ret = g->now;
	else
		ret->h.size = 0;
}

void cgroups_skip(struct cgroups *c, uint64_t tick_ns, bool total)
{
	uint32_t cursor = 0;
	struct table_key key;
	struct cgroup *g;

	while ((g = table_next(&c->table, &cursor, &key))) {
		begin(g, tick_ns, &g->shown);
		if (!total)
			continue;
		begin(g, tick_ns, &g->first);
		g->mark.h.size = 0;
	}
	if (!total)
		return;
	c->first_ns = tick_ns;
	c->mark_ns = 0;
}

void cgroups_mark(struct cgroups *c, uint64_t tick_ns)
{
	uint32_t cursor = 0;
	struct table_key key;
	struct cgroup *g;

	while ((g = table_next(&c->table, &cursor, &key)))
		begin(g, tick_ns, &g->mark);
	c->mark_ns = tick_ns;
}

static void hide_stats(struct cgroup_row *row)
{
	for (int i = 0; i < PSI_NR; i++)
		row->psi[i] = (struct psi_fig){FIG_UNKNOWN, FIG_UNKNOWN};
	row->periods = row->throttled = row->throttled_ns = row->quota_pct = FIG_UNKNOWN;
}

static void write_stats(const struct cgstat_rec *now, const struct cgstat_rec *before,
			struct cgroup_row *row)
{
	if (now->quota_us <= SINCE_VALUE_MAX && now->period_us && now->period_us <= SINCE_VALUE_MAX)
		row->quota_pct = (int64_t)(now->quota_us * 100000 / now->period_us);
	if (!before->h.size)
		return;
	for (int i = 0; i < PSI_NR; i++) {
		row->psi[i].some_ns = since_growth(now->some_us[i], before->some_us[i], 1000);
		row->psi[i].full_ns = since_growth(now->full_us[i], before->full_us[i], 1000);
	}
	row->periods = since_growth(now->periods, before->periods, 1);
	row->throttled = since_growth(now->throttled, before->throttled, 1);
	row->throttled_ns = since_growth(now->throttled_us, before->throttled_us, 1000);
}

void cgroups_row(const struct cgroups *c, uint64_t id, enum window window, struct cgroup_row *row)
{
	const struct cgroup *g = cgroups_find(c, id);
	bool known = g && g->version;

	row->id = id == REC_UNKNOWN ? (uint64_t)FIG_UNKNOWN : id; /* nobody told: no BPF */
	row->path = known ? g->path : NULL;
	row->version = known ? g->version : FIG_UNKNOWN;
	row->unit[0] = row->container[0] = 0;
	hide_stats(row);
	if (!known)
		return;
	cgroup_unit(g->path, row->unit);
	cgroup_container(g->path, row->container);
	if (g->shown.h.size)
		write_stats(&g->shown,
			    window == WINDOW_INTERVAL ? &g->last
			    : window == WINDOW_MARK   ? &g->mark
						      : &g->first,
			    row);
}

static bool ends_in(const char *at, size_t len, const char *tail)
{
	size_t n = strlen(tail);

	return len > n && !memcmp(at + len - n, tail, n);
}

static bool is_unit(const char *at, size_t len)
{
	static const char *const tails[] = {".service", ".scope", ".slice", ".socket", ".mount"};

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
		if (ends_in(at, len, tails[i]))
			return true;
	return false;
}

void cgroup_unit(const char *path, char ret[CGROUP_UNIT_BYTES])
{
	const char *best = NULL, *next;
	size_t len, best_len = 0;

	for (const char *at = path; *at; at = next) {
		len = strcspn(at, "/");
		next = at + len + (at[len] == '/');
		if (!is_unit(at, len))
			continue;
		best = at;
		best_len = len;
	}
	if (best_len >= CGROUP_UNIT_BYTES) { /* its end tells what it is */
		best += best_len - (CGROUP_UNIT_BYTES - 1);
		best_len = CGROUP_UNIT_BYTES - 1;
	}
	if (best)
		memcpy(ret, best, best_len);
	ret[best_len] = 0;
}

static bool names_a_runtime(const char *path)
{
	static const char *const words[] = {"docker", "containerd", "crio",
					    "libpod", "podman",	    "kubepods"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(path, words[i]))
			return true;
	return false;
}

/* The id is the last run of just so many digits: a pod's own name is shorter. */
void cgroup_container(const char *path, char ret[CONTAINER_BYTES])
{
	size_t len;

	ret[0] = 0;
	if (!names_a_runtime(path))
		return;
	for (const char *at = path; *at; at += len ? len : 1) {
		len = strspn(at, "0123456789abcdef");
		if (len != CONTAINER_DIGITS)
			continue;
		memcpy(ret, at, CONTAINER_BYTES - 1);
		ret[CONTAINER_BYTES - 1] = 0;
	}
}
