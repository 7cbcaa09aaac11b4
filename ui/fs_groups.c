/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / processes with a row for each group (g). */
#include <stdio.h>
#include <string.h>

#include "fs_processes.h"
#include "pen.h"
#include "process.h"
#include "snap_cgroup.h"
#include "snap_fs_procs.h"
#include "ui_priv.h"
#include "view_cpu.h"
#include "view_fs.h"

enum { MODE_PROCESSES, MODE_GROUPS };

int fs_process_mode(const struct ui *ui)
{
	const struct group_ui *g = &ui->cpu.group;

	return g->by && !g->in && !g->cgroup_id && !ui->entered ? MODE_GROUPS : MODE_PROCESSES;
}

static int group_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct fs_group_row *rows = NULL;
	int nr = snapshot_fs_groups(s, (enum group_by)ui->cpu.group.by, ui->fs.dev.dev, &rows);

	*ret_rows = rows;
	return nr;
}

static struct row_id group_row_id(const void *row)
{
	return (struct row_id){ .a = UINT64_MAX, .b = ((const struct fs_group_row *)row)->key };
}

static bool group_row_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	return cpu_user_shown(s, ui, row);
}

static enum style group_style(const struct ui *ui, const void *row)
{
	return tags_has(ui, group_row_id(row)) ? STYLE_TAGGED : STYLE_TEXT;
}

static const char *group_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			      char *buf, size_t size, size_t *ret_len)
{
	const struct fs_group_row *g = row;

	if (strcmp(col->key, "group") && strcmp(col->key, "command"))
		return fs_process_text(s, ui, row, col, buf, size, ret_len);
	*ret_len = g->sums.p.cmd_len;
	return g->sums.p.cmd;
}

/* The number of processes stays in sight, whatever the length of the name. */
static void cell_group(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		       const struct fs_group_row *g)
{
	const struct proc_row *p = &g->sums.p;
	const struct cgroup_row *cgroup = ui->cpu.group.by == GROUP_CGROUP ? cgroup_find(s, p->cgroup_id) : NULL;
	size_t skip = (size_t)ui_state_now(ui)->scroll_text * 8;
	char suffix[32];
	int used = 0, room;

	snprintf(suffix, sizeof(suffix), " x%lld", (long long)p->processes);
	room = width - (int)strlen(suffix);
	if (cgroup)
		used = cgroup_name_draw(c, y, x, room, group_style(ui, g), cgroup, (int)skip);
	else if (skip < p->cmd_len)
		used = canvas_raw(c, y, x, room, group_style(ui, g), p->cmd + skip, p->cmd_len - skip);
	canvas_text(c, y, x + used, width - used, STYLE_DIM, suffix);
}

static void group_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		       const void *row, const struct column *col)
{
	const struct fs_group_row *g = row;

	if (!strcmp(col->key, "command"))
		cell_group(c, y, x, width, s, ui, g);
	else if (!fs_process_common_cell(c, y, x, width, s, group_style(ui, row), &g->sums, col))
		cpu_process_cell(c, y, x, width, s, ui, &g->sums.p, col);
}

static int group_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct fs_group_row *g = row;
	struct pen p = pen_at(c, y, 1, c->cols);

	if (lines < 1)
		return 0;
	pen_text(&p, STYLE_METER_LABEL, group_words[ui->cpu.group.by]);
	p.gap = 1;
	pen_raw(&p, STYLE_TITLE, g->sums.p.cmd, g->sums.p.cmd_len);
	p.gap = 2;
	pen_item(&p, "processes that used files", STYLE_VALUE, false, "%lld", (long long)g->sums.p.processes);
	fs_process_waits(&p, s, &g->sums);
	if (lines < 2)
		return 1;
	p = pen_at(c, y + 1, 1, c->cols);
	fs_process_latency(&p, &g->sums);
	return 2;
}

static void group_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct fs_group_row *g = row;

	if (g)
		group_enter_members(ui, s, g->key, g->sums.p.cmd, g->sums.p.cgroup_id);
}

static const struct view group_view = {
	.id = "processes",
	.title = "Groups",
	.help = "what processes do with files, summed by user, cgroup, container or command; Enter shows the members",
	.pane = PANE_FS,
	.kind = VIEW_TABLE,
	.columns = fs_group_columns,
	.row_size = sizeof(struct fs_group_row),
	.sort_key = "fs_pct",
	.latency_key = "lat_p99_ns",
	.io_key = "bytes_per_s",
	.rows = group_rows,
	.row_id = group_row_id,
	.shown = group_row_shown,
	.row_style = group_style,
	.text = group_text,
	.cell = group_cell,
	.detail = group_detail,
	.enter = group_enter,
	.empty = fs_process_empty,
};

const struct view *const fs_process_modes[] = {
	[MODE_PROCESSES] = &group_view, /* never used: mode 0 is the view itself */
	[MODE_GROUPS] = &group_view,
	NULL,
};
