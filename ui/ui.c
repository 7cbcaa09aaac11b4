/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of the screen: made from options, kept over snapshots. Keys: input.c; drawing: draw.c. */
#include "ui.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_runqueue.h"
#include "group.h"
#include "ui_priv.h"
#include "view_disk.h"
#include "view_fs.h"

const struct pane_views *ui_pane(const struct ui *ui)
{
	return view_registry[ui->pane];
}

static const struct view *base_view(const struct ui *ui)
{
	return &ui_pane(ui)->views[ui->view == PAGE_VIEW ? 0 : ui->view];
}

int ui_mode(const struct ui *ui)
{
	const struct view *v = base_view(ui);

	return v->mode ? v->mode(ui) : 0;
}

const struct view *ui_view(const struct ui *ui)
{
	int mode = ui_mode(ui);

	return mode ? base_view(ui)->modes[mode] : base_view(ui);
}

struct view_state *ui_state(struct ui *ui)
{
	return &ui->states[ui->pane][ui->view == PAGE_VIEW ? 0 : ui->view][ui_mode(ui)];
}

const struct view_state *ui_state_now(const struct ui *ui)
{
	return &ui->states[ui->pane][ui->view == PAGE_VIEW ? 0 : ui->view][ui_mode(ui)];
}

void ui_mode_changed(struct ui *ui)
{
	ui->list_stale = true;
	ui->hold_order = ui->moved = false;
	ui->canvas_top = 0;
}

bool ui_inside(const struct ui *ui, struct ui_inside *ret)
{
	const struct disk_dev_ui *disk = &ui->disk.dev;
	const struct fs_dev_ui *fs = &ui->fs.dev;

	if (ui_pane(ui)->pane == PANE_DISK && disk->dev != DISK_ALL)
		*ret = (struct ui_inside){ disk->name, disk->from, disk->in_process };
	else if (ui_pane(ui)->pane == PANE_FS && fs->dev != FS_ALL)
		*ret = (struct ui_inside){ fs->name, fs->from, fs->in_process };
	else
		return false;
	return true;
}

bool row_id_equal(struct row_id a, struct row_id b)
{
	return a.a == b.a && a.b == b.b;
}

enum key_context ui_context(const struct ui *ui)
{
	if (ui->prompt.kind)
		return KEYS_PROMPT;
	if (ui->menu.kind)
		return KEYS_MENU;
	if (ui->screen == SCREEN_HELP)
		return KEYS_HELP;
	if (ui->screen == SCREEN_HEALTH)
		return KEYS_HEALTH;
	if (ui->view == PAGE_VIEW)
		return KEYS_PAGE;
	return ui_view(ui)->kind == VIEW_TABLE ? KEYS_TABLE : KEYS_CANVAS;
}

int ui_set_view(struct ui *ui, int view)
{
	if (view == ui->view)
		return 0;
	ui->view = view;
	ui->canvas_top = 0;
	ui->list_stale = true;
	ui->hold_order = false;
	return 1;
}

static int views_nr(const struct pane_views *p)
{
	int nr = 0;

	while (p->views[nr].id && nr < UI_VIEWS_MAX)
		nr++;
	return nr;
}

static void list_names(char *buf, size_t size, const struct pane_views *p)
{
	size_t len = 0;

	*buf = '\0';
	for (int i = 0; i < views_nr(p) && len + 32 < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? ", " : "", p->views[i].id);
}

static void list_panes(char *buf, size_t size)
{
	size_t len = 0;

	*buf = '\0';
	for (int i = 0; i < view_registry_nr && len + 16 < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? ", " : "", view_registry[i]->id);
}

/* A pane by id; NULL means the present one, or, with a view, the first pane that has it. */
static int find_pane(const struct ui *ui, const char *pane, const char *view)
{
	for (int i = 0; i < view_registry_nr; i++) {
		int at = pane ? i : (ui->pane + i) % view_registry_nr;

		if (pane ? !strcmp(view_registry[at]->id, pane)
			 : !view || view_find(view_registry[at]->pane, view) != NULL)
			return at;
	}
	return -1;
}

int ui_focus(struct ui *ui, const char *pane, const char *view, struct err *e)
{
	const struct view *v;
	char names[160];
	int at = find_pane(ui, pane, view);

	if (at < 0 && pane) {
		list_panes(names, sizeof(names));
		return err_set(e, -ENOENT, "pane '%.40s': there is none of that name. The panes: %s.", pane, names);
	}
	v = at < 0 ? NULL : view ? view_find(view_registry[at]->pane, view) : view_registry[at]->views;
	if (!v) {
		list_names(names, sizeof(names), view_registry[at < 0 ? ui->pane : at]);
		return err_set(e, -ENOENT, "view '%.40s': there is none of that name. The views: %s.", view, names);
	}
	ui->pane = at;
	ui_set_view(ui, (int)(v - view_registry[at]->views));
	return 0;
}

bool rows_sort_up(const struct column *col)
{
	return col->unit == UNIT_TEXT || col->unit == UNIT_NONE || col->flags & COL_UP;
}

/* "cpu", "-cpu" (inverted) in the present view. */
static int set_sort(struct ui *ui, const char *key, struct err *e)
{
	bool invert = *key == '-';
	const struct column *col = view_column(ui_view(ui), key + invert);

	if (!col)
		return err_set(e, -ENOENT, "sort key '%.40s': view %s has no such column. See --sort-key=help.", key,
			       ui_view(ui)->id);
	rows_sort(ui, col, invert);
	return 0;
}

static int set_pids(struct ui *ui, const char *list, struct err *e)
{
	while (*list) {
		char *end;
		long long pid = strtoll(list, &end, 10);

		if (end == list || (*end && *end != ',') || pid < 0 || pid > INT32_MAX)
			return err_set(e, -EINVAL, "--pid '%.80s': not a list of numbers. Write --pid=12,34.", list);
		if (ui->pids_nr == UI_PIDS_MAX)
			return err_set(e, -EINVAL, "--pid: more than %d numbers. Use --filter.", UI_PIDS_MAX);
		ui->pids[ui->pids_nr++] = pid;
		list = end + (*end == ',');
	}
	return 0;
}

static const struct column *default_sort(const struct view *v)
{
	return v->sort_key ? view_column(v, v->sort_key) : v->columns;
}

static void init_states(struct ui *ui)
{
	for (int p = 0; p < view_registry_nr; p++)
		for (int i = 0; i < views_nr(view_registry[p]); i++) {
			const struct view *v = &view_registry[p]->views[i];

			ui->states[p][i][0].sort = default_sort(v);
			if (v->log)
				ui->logs[v->pane].hidden = v->log->hidden;
			for (int m = 1; v->modes && m < UI_MODES_MAX && v->modes[m]; m++)
				ui->states[p][i][m].sort = default_sort(v->modes[m]);
		}
}

static int set_group(struct ui *ui, const char *word, struct err *e)
{
	for (int i = 0; i < GROUP_BY_NR; i++)
		if (!strcmp(group_words[i], word)) {
			group_choose(ui, i);
			ui->cpu.calls.by_process = i == GROUP_PROCESS; /* asked for in so many words */
			return 0;
		}
	return err_set(e, -EINVAL, "--group-by '%.40s': there is no such group. See probetop --help.", word);
}

static int apply_opts(struct ui *ui, const struct ui_opts *o, struct err *e)
{
	int ret = o->pane || o->view ? ui_focus(ui, o->pane, o->view, e) : 0;

	if (!ret && o->group_by)
		ret = set_group(ui, o->group_by, e);

	if (!ret && o->sort_key)
		ret = set_sort(ui, o->sort_key, e);
	if (!ret && o->pids)
		ret = set_pids(ui, o->pids, e);
	if (o->filter)
		filter_parse(&ui->filter, o->filter);
	ui->own_user = o->user && !*o->user;
	strncpy(ui->user, o->user ? o->user : "", sizeof(ui->user) - 1);
	ui->keys = !o->keys ? KEYSET_OWN : !strcmp(o->keys, "vi") ? KEYSET_VI :
		   !strcmp(o->keys, "htop") ? KEYSET_HTOP : KEYSET_OWN;
	return ret;
}

int ui_new(const struct ui_opts *opts, struct ui **ret_ui, struct err *e)
{
	struct ui *ui = calloc(1, sizeof(*ui));
	int ret;

	if (!ui)
		return err_set(e, -ENOMEM, "the screen: not enough memory.");
	ui->opts = *opts;
	ui->header = opts->meters;
	ui->list_stale = true;
	init_states(ui);
	ret = apply_opts(ui, opts, e);
	if (ret) {
		ui_free(ui);
		return ret;
	}
	/* Strings of the options need not outlive this call. */
	ui->opts.panes = ui->opts.pane = ui->opts.view = ui->opts.sort_key = ui->opts.filter = NULL;
	ui->opts.pids = ui->opts.user = ui->opts.keys = ui->opts.group_by = NULL;
	*ret_ui = ui;
	return 0;
}

void ui_free(struct ui *ui)
{
	if (!ui)
		return;
	free(ui->list.idx);
	free(ui->list.ids);
	free(ui->page.threads);
	free(ui);
}

void ui_update(struct ui *ui, const struct snapshot *s)
{
	/* Rows do not move under a cursor that was moved since the last picture. */
	ui->hold_order = ui->moved && ui->list.nr > 0;
	ui->moved = false;
	ui->list_stale = true;
	health_update(ui, s);
	runqueue_update(ui, s);
	disk_latency_update(ui, s);
	fs_latency_update(ui, s);
}

void ui_status(struct ui *ui, const char *text)
{
	snprintf(ui->status, sizeof(ui->status), "%s", text);
}

void ui_set_frozen(struct ui *ui, bool frozen)
{
	ui->frozen = frozen;
}

void ui_set_interval(struct ui *ui, uint64_t interval_ns)
{
	ui->opts.interval_ns = interval_ns;
}

void ui_set_args(struct ui *ui, bool show_args)
{
	ui->opts.show_args = show_args;
	ui->list_stale = true;
}

void ui_needs(const struct ui *ui, struct ui_needs *ret)
{
	*ret = (struct ui_needs){ .window = ui->window, .fs_kinds = fs_kinds(ui) };
	ret->demand = ui->view == PAGE_VIEW ? DEMAND_WAKERS | DEMAND_OFFCPU : base_view(ui)->demand;
	if ((ret->demand | ui->opts.demand) & (DEMAND_TRACE | DEMAND_STAGES))
		disk_trace(ui, &ret->trace_tgid, &ret->trace_dev);
	if (ui->threads) {
		ret->watch = WATCH_ALL;
	} else if (ui->entered) {
		ret->watch = WATCH_ONE;
		ret->watch_tgid = (uint32_t)ui->entered_id.a;
		ret->watch_start_ns = ui->entered_id.b;
	}
}

void ui_list_keys(const struct ui *ui, FILE *out)
{
	for (const struct column *col = ui_view(ui)->columns; col->key; col++)
		if (!(col->flags & COL_SCREEN_ONLY))
			fprintf(out, "%-28s %-8s %s\n", col->key, col->alias ? col->alias : "", col->help);
}
