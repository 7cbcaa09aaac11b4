/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk / processes with a row for each group (g). */
#include <string.h>

#include "proc_groups.h"
#include "snap_disk_procs.h"
#include "ui_priv.h"
#include "view_cpu.h"
#include "view_disk.h"

static int group_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct disk_group_row *rows = NULL;
	int nr = snapshot_disk_groups(s, (enum group_by)ui->cpu.group.by, ui->disk.dev.dev, &rows);

	*ret_rows = rows;
	return nr;
}

static struct row_id group_row_id(const void *row)
{
	return proc_group_id(((const struct disk_group_row *)row)->key);
}

static enum style group_style(const struct ui *ui, const void *row)
{
	return proc_group_style(ui, ((const struct disk_group_row *)row)->key);
}

static const char *group_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			      char *buf, size_t size, size_t *ret_len)
{
	const struct disk_group_row *g = row;

	if (!proc_group_is_name(col))
		return disk_process_text(s, ui, row, col, buf, size, ret_len);
	*ret_len = g->sums.p.cmd_len;
	return g->sums.p.cmd;
}

static void group_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		       const void *row, const struct column *col)
{
	const struct disk_group_row *g = row;

	if (!strcmp(col->key, "command"))
		proc_group_name_cell(c, y, x, width, s, ui, group_style(ui, row), &g->sums.p);
	else if (!disk_process_common_cell(c, y, x, width, s, group_style(ui, row), &g->sums, col))
		cpu_process_cell(c, y, x, width, s, ui, &g->sums.p, col);
}

static int group_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct disk_group_row *g = row;
	struct pen p = pen_at(c, y, 1, c->cols);

	if (lines < 1)
		return 0;
	proc_group_items(&p, ui, &g->sums.p, "processes with I/O");
	disk_process_waits(&p, s, &g->sums);
	if (lines < 2)
		return 1;
	p = pen_at(c, y + 1, 1, c->cols);
	disk_process_latency(&p, &g->sums);
	pen_item(&p, "average size", STYLE_VALUE, false, "%s", word_bytes(g->sums.avg_bytes));
	return 2;
}

static void group_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct disk_group_row *g = row;

	if (g)
		group_enter_members(ui, s, g->key, &g->sums.p);
}

static const struct view group_view = {
	.id = "processes",
	.title = "Groups",
	.help = "block I/O of processes summed by user, cgroup, container or command; Enter shows the members",
	.pane = PANE_DISK,
	.kind = VIEW_TABLE,
	.columns = disk_group_columns,
	.row_size = sizeof(struct disk_group_row),
	.sort_key = "bytes_per_s",
	.latency_key = "lat_p99_ns",
	.io_key = "bytes_per_s",
	.rows = group_rows,
	.row_id = group_row_id,
	.shown = proc_group_shown,
	.row_style = group_style,
	.text = group_text,
	.cell = group_cell,
	.detail = group_detail,
	.enter = group_enter,
	.empty = disk_process_empty,
};

const struct view *const disk_process_modes[] = {
	[MODE_PROCESSES] = &group_view, /* never used: mode 0 is the view itself */
	[MODE_GROUPS] = &group_view,
	NULL,
};
