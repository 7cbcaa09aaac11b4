/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Filesystem pane: which views it has. */
#include "view_fs.h"

#include "bucket.h"
#include "fs_caches.h"
#include "fs_events.h"
#include "fs_mounts_view.h"
#include "proc_groups.h"
#include "process.h"
#include "snap_fs_files.h"
#include "snap_fs_mounts.h"
#include "snap_fs_ops.h"
#include "snap_fs_procs.h"
#include "view_cpu.h"

static const struct view fs_bucket_view = {
	.id = "latency",
	.title = "Who is in the bucket",
	.help = "the processes whose calls are counted in the chosen bucket; under the table on which files: of reads and writes the files of "
		"the selected process with most of them in the bucket, and single calls, the newest first, where they are events (slow ones, "
		"and all syncs)",
	.pane = PANE_FS,
	.kind = VIEW_TABLE,
	.columns = fs_bucket_columns,
	.row_size = sizeof(struct bucket_row),
	.sort_key = "count",
	.latency_key = "p99_ns",
	.demand = DEMAND_FSOPS,
	.rows = fs_bucket_rows,
	.row_id = bucket_row_id,
	.text = fs_bucket_text,
	.detail = fs_bucket_detail,
	.enter = bucket_row_enter,
	.back = fs_latency_back,
	.crumb = fs_latency_crumb,
};

static const struct view fs_table_view = {
	.id = "latency",
	.title = "Latency by filesystem",
	.help = "each operation on each filesystem. Enter shows the histogram of one, g another, Esc goes back",
	.pane = PANE_FS,
	.kind = VIEW_TABLE,
	.columns = fs_table_columns,
	.row_size = sizeof(struct fs_op_row),
	.sort_key = "count_per_s",
	.latency_key = "p99_ns",
	.io_key = "bytes_per_s",
	.demand = DEMAND_FSOPS,
	.rows = fs_table_rows,
	.row_id = fs_table_row_id,
	.shown = fs_table_shown,
	.text = fs_table_text,
	.enter = fs_table_enter,
	.back = fs_latency_back,
	.choices = fs_latency_choices,
	.choose = fs_latency_choose,
	.crumb = fs_latency_crumb,
	.empty = fs_table_empty,
};

static const struct view *const fs_latency_modes[] = {
	[FS_LATENCY_HISTS] = NULL, [FS_LATENCY_BUCKET] = &fs_bucket_view, [FS_LATENCY_TABLE] = &fs_table_view, NULL,
};

static const struct view fs_ages_view = {
	.id = "caches",
	.title = "Ages of readahead",
	.help = "how long pages that readahead brought in lay in the cache before a read or a page fault came to them. Esc goes back to the "
		"table, g too",
	.pane = PANE_FS,
	.kind = VIEW_CANVAS,
	.columns = fs_cache_columns,
	.row_size = sizeof(struct cache_row),
	.sort_key = "misses_per_s",
	.demand = DEMAND_PAGES | DEMAND_CACHES,
	.rows = fs_cache_rows,
	.rows_file = fs_cache_rows_file,
	.row_id = proc_row_id,
	.shown = fs_cache_shown,
	.text = fs_cache_text,
	.draw = fs_cache_ages_draw,
	.back = fs_cache_back,
	.choices = fs_cache_choices,
	.choose = fs_cache_choose,
	.crumb = fs_cache_crumb,
	.hists = fs_cache_hists,
};
static const struct view *const fs_cache_modes[] = { [FS_CACHES_TABLE] = NULL, [FS_CACHES_AGES] = &fs_ages_view, NULL };

static const struct view views[] = {
	{
		.id = "processes",
		.title = "Processes",
		.help = "which processes use files, how much, how long the calls take and how they fail. A process has a row from its first "
			"call on. Reads and writes are calls on files, whatever the page cache makes of them; sockets, pipes and terminals "
			"are left out, and stand in the detail. Not seen: memory that is mapped; where the kernel does not tell of it "
			"io_uring; where system calls are counted the work of kernel threads",
		.pane = PANE_FS,
		.kind = VIEW_TABLE,
		.columns = fs_process_columns,
		.row_size = sizeof(struct fs_proc_row),
		.sort_key = "fs_pct",
		.latency_key = "lat_p99_ns",
		.io_key = "bytes_per_s",
		.demand = DEMAND_PAGES,
		.rows = fs_process_rows,
		.row_id = proc_row_id,
		.shown = fs_process_shown,
		.row_style = cpu_process_style,
		.text = fs_process_text,
		.cell = fs_process_cell,
		.detail = fs_process_detail,
		.note = fs_process_note,
		.empty = fs_process_empty,
		.modes = fs_process_modes,
		.mode = proc_group_mode,
	},
	{
		.id = "files",
		.title = "Files",
		.help = "which process reads and writes which file. A file has a row while it is used, and ten seconds more. Regular files only "
			"at first (those of /proc and the like are some); g shows all types: what is no file, such as sockets and pipes, has "
			"one row for each process and type. Enter shows the process. Not seen: memory that is mapped; where the kernel does "
			"not tell of it io_uring; where system calls are counted the work of kernel threads",
		.pane = PANE_FS,
		.kind = VIEW_TABLE,
		.columns = fs_file_columns,
		.row_size = sizeof(struct fs_file_row),
		.sort_key = "bytes_per_s",
		.latency_key = "lat_p99_ns",
		.io_key = "bytes_per_s",
		.rows = fs_file_rows,
		.row_id = fs_file_row_id,
		.shown = fs_file_shown,
		.row_style = fs_file_style,
		.text = fs_file_text,
		.cell = fs_file_cell,
		.detail = fs_file_detail,
		.enter = fs_file_enter,
		.choices = fs_file_choices,
		.choose = fs_file_choose,
		.crumb = fs_file_crumb,
		.note = fs_file_note,
		.empty = fs_file_empty,
	},
	{
		.id = "operations",
		.title = "Operations",
		.help = "how often each operation on files is called, how long it takes from call to return, and how it fails. Reads and writes "
			"are those of files; what is read from sockets, pipes and devices is on rows of its own, dim: that mostly waits. "
			"Enter shows an operation's latencies. Not counted: memory that is mapped, kernel threads, and io_uring where the kernel "
			"does not tell of it",
		.pane = PANE_FS,
		.kind = VIEW_TABLE,
		.columns = fs_operation_columns,
		.row_size = sizeof(struct fs_op_row),
		.sort_key = "count_per_s",
		.latency_key = "p99_ns",
		.io_key = "bytes_per_s",
		.demand = DEMAND_FSOPS,
		.rows = fs_operation_rows,
		.row_id = fs_operation_row_id,
		.shown = fs_operation_shown,
		.row_style = fs_operation_style,
		.text = fs_operation_text,
		.detail = fs_operation_detail,
		.enter = fs_operation_enter,
		.note = fs_process_note,
		.empty = fs_operation_empty,
		.hists = fs_operation_hists,
	},
	{
		.id = "latency",
		.title = "Latency",
		.help = "how long operations on files take, from call to return: what a program waits for, the page cache included. A bucket "
			"reaches from its number to twice that; percentiles are interpolated inside one and off by less than its width (a factor "
			"of two), the maximum is exact. The map: time to the right, latency upward, . : # @ the more. Left Right choose an "
			"operation, Up Down a bucket, Enter shows who is in it and on which files, g a type of filesystem, one filesystem, or a "
			"table of all. Calls that name a path and fail, or do not open it, belong to no filesystem that is known: (not known)",
		.pane = PANE_FS,
		.kind = VIEW_CANVAS,
		.columns = fs_table_columns,
		.row_size = sizeof(struct fs_op_row),
		.sort_key = "count_per_s",
		.latency_key = "p99_ns",
		.io_key = "bytes_per_s",
		.demand = DEMAND_FSOPS,
		.rows = fs_table_rows,
		.row_id = fs_table_row_id,
		.shown = fs_table_shown,
		.text = fs_table_text,
		.draw = fs_latency_draw,
		.note = fs_process_note,
		.hists = fs_latency_hists,
		.modes = fs_latency_modes,
		.mode = fs_latency_mode,
		.enter = fs_latency_enter,
		.back = fs_latency_back,
		.act = fs_latency_act,
		.choices = fs_latency_choices,
		.choose = fs_latency_choose,
		.crumb = fs_latency_crumb,
	},
	{
		.id = "caches",
		.title = "Caches",
		.help = "the caches of files, on top those of the machine. page cache: pages (mostly of 4K) that reads found in it (hits) or "
			"that were added for them (misses), made dirty, added in all; memory: how much of it is what; dentry cache: names "
			"looked up, slow ones, and those that the filesystem had to be asked for; counts: inodes and dentries in memory, names that "
			"do not exist (negative), open files; readahead: pages that came before a read or a page fault wanted them, used or "
			"wasted since then, and their age at the first use. The table: who does it. g shows the ages of readahead. Not seen: "
			"tmpfs, hugetlbfs, O_DIRECT, and reads of mapped memory but for its page faults",
		.pane = PANE_FS,
		.kind = VIEW_TABLE,
		.columns = fs_cache_columns,
		.row_size = sizeof(struct cache_row),
		.sort_key = "misses_per_s",
		.io_key = "accesses_per_s",
		.demand = DEMAND_PAGES | DEMAND_CACHES,
		.rows = fs_cache_rows,
		.rows_file = fs_cache_rows_file,
		.row_id = proc_row_id,
		.shown = fs_cache_shown,
		.row_style = cpu_process_style,
		.text = fs_cache_text,
		.cell = fs_cache_cell,
		.top = fs_cache_top,
		.detail = fs_cache_detail,
		.modes = fs_cache_modes,
		.mode = fs_cache_mode,
		.choices = fs_cache_choices,
		.choose = fs_cache_choose,
		.note = fs_cache_note,
		.hists = fs_cache_hists,
		.empty = fs_cache_empty,
	},
	{
		.id = "mounts",
		.title = "Mounts",
		.help = "what is mounted where and how full it is: each filesystem once, at the point that names it, as df lists them; * shows "
			"all mounts. A mount that does not answer within two seconds is HUNG: under the table stands who waits on it (threads "
			"in a system call that names a file below it). Enter shows one filesystem in all views of the pane",
		.pane = PANE_FS,
		.kind = VIEW_TABLE,
		.columns = fs_mount_columns,
		.row_size = sizeof(struct fs_mount_row),
		.sort_key = "place",
		.latency_key = "hung_ns",
		.io_key = "use_pct",
		.demand = DEMAND_MOUNTS,
		.rows = fs_mount_rows,
		.row_id = fs_mount_row_id,
		.shown = fs_mount_shown,
		.row_style = fs_mount_style,
		.text = fs_mount_text,
		.cell = fs_mount_cell,
		.detail = fs_mount_detail,
		.enter = fs_mount_enter,
		.act = fs_mount_act,
		.note = fs_mount_note,
		.empty = fs_mount_empty,
	},
	{
		.id = "events",
		.title = "Events",
		.help = "single operations on files as they end: what took the threshold (o), opens with their errors, syncs, deletes with the "
			"file's age, renames, mounts. e chooses the kinds: every single read, write, close and stat is off at first, and costs "
			"while it is on. x shows only what failed. Slow ones, syncs, short-lived files and mounts are kept while other views "
			"are on the screen, too; where functions of the VFS are counted only slow ones and syncs",
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
