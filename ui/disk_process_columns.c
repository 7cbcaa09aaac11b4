/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of Disk / processes: of rows that are processes and groups. */
#include <stddef.h>

#include "snap_disk_procs.h"
#include "view_disk.h"

#define ROW(member)  offsetof(struct disk_proc_row, member)
#define PROC(member) (offsetof(struct disk_proc_row, p) + offsetof(struct proc_row, member))

static const struct fig_status *count_status(const struct snapshot *s)
{
	return s->disk_procs ? &s->disk_procs->status : NULL;
}

static const struct fig_status *time_status(const struct snapshot *s)
{
	return s->disk_procs ? &s->disk_procs->time_status : NULL;
}

static const struct fig_status *flight_status(const struct snapshot *s)
{
	return s->disk_procs ? &s->disk_procs->flight_status : NULL;
}

/* clang-format off */
const struct column disk_process_columns[] = {
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .flags = COL_CUSTOM, .off = PROC(pid),
	  .help = "process id; [dead] for processes that have ended, summed by command: what they left to be written goes on" },
	{ .key = "ppid", .title = "PPID", .unit = UNIT_NONE, .width = 7, .weight = 8, .flags = COL_CUSTOM, .off = PROC(ppid),
	  .help = "process id of the parent" },
#include "disk_process_columns.h"
	{ .key = "command", .title = "COMMAND", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "command line; name (program) where the two differ. (no room): processes for which the kernel's table had none" },
	{ .key = NULL },
};

const struct column disk_group_columns[] = {
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = PROC(pid), .help = "a group has none" },
	{ .key = "ppid", .title = "PPID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = PROC(ppid),
	  .help = "process id of the parent that all have" },
#include "disk_process_columns.h"
	{ .key = "group", .title = "GROUP", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "name of the group" },
	{ .key = "command", .title = "GROUP", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "name of the group, and how many of its processes have had I/O" },
	{ .key = NULL },
};
/* clang-format on */
