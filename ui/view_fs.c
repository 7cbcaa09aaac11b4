/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Filesystem pane: which views it has. */
#include "view_fs.h"

#include "fs_events.h"
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
	{
		.id = "events",
		.title = "Events",
		.help = "single operations on files as they end: what took the threshold (o), opens with their errors, syncs, deletes with the "
			"file's age, renames, mounts. e chooses the kinds: every single read, write, close and stat is off at first, and costs "
			"while it is on. x shows only what failed. Slow ones, syncs, short-lived files and mounts are kept while other views "
			"are on the screen, too",
		.pane = PANE_FS,
		.kind = VIEW_TABLE,
		.columns = fs_event_columns,
		.row_size = sizeof(struct fs_event_row),
		.sort_key = "ts_ns",
		.latency_key = "latency_ns",
		.io_key = "bytes",
		.log = &fs_event_log,
		.demand = DEMAND_FSLOG | DEMAND_FSOPS,
		.rows = fs_event_rows,
		.rows_file = fs_event_rows_file,
		.omitted = fs_event_omitted,
		.row_id = fs_event_row_id,
		.shown = fs_event_shown,
		.row_style = fs_event_style,
		.text = fs_event_text,
		.cell = fs_event_cell,
		.detail = fs_event_detail,
		.act = logview_act,
		.enter = fs_event_enter,
		.note = fs_event_note,
		.empty = fs_event_empty,
	},
	{ .id = NULL },
};

extern const struct pane_views pane_views_fs;
const struct pane_views pane_views_fs = { .pane = PANE_FS, .id = "fs", .title = "Filesystem", .views = views };
