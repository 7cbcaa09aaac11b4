/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Filesystem pane: which views it has. */
#include "view_fs.h"

#include "process.h"
#include "view_cpu.h"

static int process_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->procs;
	return s->procs_nr;
}

static const struct view views[] = {
	{
		.id = "processes",
		.title = "Processes",
		.help = "which processes use files, how much and how long it takes",
		.pane = PANE_FS,
		.kind = VIEW_TABLE,
		.columns = cpu_process_columns,
		.row_size = sizeof(struct proc_row),
		.sort_key = "blocked_ns_per_s",
		.rows = process_rows,
		.row_id = proc_row_id,
		.shown = cpu_process_shown,
		.row_style = cpu_process_style,
		.text = cpu_process_text,
		.cell = cpu_process_cell,
		.detail = cpu_process_detail,
	},
	{ .id = NULL },
};

extern const struct pane_views pane_views_fs;
const struct pane_views pane_views_fs = { .pane = PANE_FS, .id = "fs", .title = "Filesystem", .views = views };
