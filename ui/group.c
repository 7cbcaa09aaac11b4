/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU / processes with a row for each group (g); and which processes are in the group that was entered. */
#include "group.h"

#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "proc_groups.h"
#include "process.h"
#include "snap_cgroup.h"
#include "ui_priv.h"
#include "view_cpu.h"

enum { MODE_THREADS = MODE_GROUPS + 1 };

const struct view *const cpu_process_modes[] = {
	[MODE_PROCESSES] = &cpu_group_view, /* never used: mode 0 is the view itself */
	[MODE_GROUPS] = &cpu_group_view,
	[MODE_THREADS] = &cpu_thread_view,
	NULL,
};

int cpu_process_mode(const struct ui *ui)
{
	return ui->threads ? MODE_THREADS : proc_group_mode(ui);
}

bool group_shown(const struct snapshot *s, const struct ui *ui, const struct proc_row *row)
{
	const struct group_ui *g = &ui->cpu.group;
	const struct cgroup_row *cgroup;

	if (g->cgroup_id && (row->cgroup_id == FIG_UNKNOWN || (uint64_t)row->cgroup_id != g->cgroup_id))
		return false;
	if (g->in && group_key(s, (enum group_by)g->in, row) != g->in_key)
		return false;
	if (!g->containers)
		return true;
	cgroup = cgroup_find(s, row->cgroup_id);
	return cgroup && *cgroup->container;
}

static bool has_mode(const struct ui *ui, int (*mode)(const struct ui *ui))
{
	return ui->view != PAGE_VIEW && ui_pane(ui)->views[ui->view].mode == mode;
}

bool group_can(const struct ui *ui)
{
	return has_mode(ui, cpu_process_mode) || has_mode(ui, proc_group_mode);
}

bool group_can_threads(const struct ui *ui)
{
	return has_mode(ui, cpu_process_mode);
}

void group_choose(struct ui *ui, int by)
{
	struct group_ui *g = &ui->cpu.group;

	ui->threads = by == GROUP_THREAD;
	g->by = by == GROUP_THREAD ? GROUP_PROCESS : by;
	group_leave(ui);
	ui_mode_changed(ui);
}

void group_enter_cgroup(struct ui *ui, uint64_t id, const char *name)
{
	struct group_ui *g = &ui->cpu.group;

	g->cgroup_id = id;
	g->from = 0;
	snprintf(g->cgroup_name, sizeof(g->cgroup_name), "%s", name);
	ui_mode_changed(ui);
}

bool group_leave(struct ui *ui)
{
	struct group_ui *g = &ui->cpu.group;
	bool inside = g->in || g->cgroup_id;

	g->in = GROUP_PROCESS;
	g->cgroup_id = 0;
	if (inside && g->from && ui_pane(ui)->pane == PANE_CPU) /* where it was chosen */
		ui_set_view(ui, g->from);
	g->from = 0;
	if (inside)
		ui_mode_changed(ui);
	return inside;
}

const char *group_inside(const struct ui *ui)
{
	const struct group_ui *g = &ui->cpu.group;

	return g->cgroup_id ? g->cgroup_name : g->in ? g->in_name : NULL;
}

static int group_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct group_row *rows = NULL;
	int nr = snapshot_groups(s, (enum group_by)ui->cpu.group.by, &rows);

	*ret_rows = rows;
	return nr;
}

static struct row_id group_row_id(const void *row)
{
	return proc_group_id(((const struct group_row *)row)->key);
}

static enum style row_style(const struct ui *ui, const void *row)
{
	return proc_group_style(ui, ((const struct group_row *)row)->key);
}

static const char *group_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			      char *buf, size_t size, size_t *ret_len)
{
	const struct group_row *g = row;

	if (!proc_group_is_name(col))
		return cpu_process_text(s, ui, &g->sums, col, buf, size, ret_len);
	*ret_len = strlen(g->name);
	return g->name;
}

static void group_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		       const void *row, const struct column *col)
{
	const struct group_row *g = row;
	char state[2] = { g->sums.state ? g->sums.state : '-', '\0' };

	if (!strcmp(col->key, "command"))
		proc_group_name_cell(c, y, x, width, s, ui, row_style(ui, row), &g->sums);
	else if (!strcmp(col->key, "state"))
		canvas_text(c, y, x, 1, *state == 'R' || *state == 'D' ? wait_style(*state) : STYLE_TEXT, state);
	else
		cpu_process_cell(c, y, x, width, s, ui, &g->sums, col);
}

static void detail_group(struct pen *p, const struct ui *ui, const struct group_row *g)
{
	proc_group_items(p, ui, &g->sums, "processes");
	if (g->sums.threads != FIG_UNKNOWN)
		pen_item(p, "threads", STYLE_VALUE, false, "%lld/%lld", (long long)g->sums.threads_active,
			 (long long)g->sums.threads);
}

static int group_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct group_row *g = row;

	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		if (i == 0)
			detail_group(&p, ui, g);
		else if (i == 1)
			detail_why(&p, s, &g->sums);
		else
			detail_more(&p, s, &g->sums);
	}
	return lines < 3 ? lines : 3;
}

void group_enter_members(struct ui *ui, const struct snapshot *s, uint64_t key, const struct proc_row *sums)
{
	struct group_ui *state = &ui->cpu.group;

	rows_select(ui, s, ui_state(ui)->cursor);
	if (state->by == GROUP_CGROUP && sums->cgroup_id != FIG_UNKNOWN) {
		group_enter_cgroup(ui, (uint64_t)sums->cgroup_id, sums->cmd);
		return;
	}
	state->in = state->by;
	state->in_key = key;
	snprintf(state->in_name, sizeof(state->in_name), "%s", sums->cmd);
	ui_mode_changed(ui);
}

static void group_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct group_row *g = row;

	if (g)
		group_enter_members(ui, s, g->key, &g->sums);
}

const struct view cpu_group_view = {
	.id = "processes",
	.title = "Groups",
	.help = "processes summed by user, cgroup, container or command: where the time of each group goes",
	.pane = PANE_CPU,
	.kind = VIEW_TABLE,
	.columns = cpu_group_columns,
	.row_size = sizeof(struct group_row),
	.sort_key = "oncpu_ns_per_s",
	.latency_key = "runq_wait_ns_per_s",
	.rows = group_rows,
	.row_id = group_row_id,
	.shown = proc_group_shown,
	.row_style = row_style,
	.text = group_text,
	.cell = group_cell,
	.detail = group_detail,
	.enter = group_enter,
};
