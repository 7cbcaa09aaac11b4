/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of Filesystem / processes: of rows that are processes and groups. */
#include <stddef.h>

#include "snap_fs_procs.h"
#include "view_fs.h"

#define ROW(member)  offsetof(struct fs_proc_row, member)
#define SUMS(member) (offsetof(struct fs_proc_row, sums) + offsetof(struct fs_proc_sums, member))
#define PROC(member) (offsetof(struct fs_proc_row, p) + offsetof(struct proc_row, member))

static const struct fig_status *count_status(const struct snapshot *s)
{
	return s->fs_procs ? &s->fs_procs->status : NULL;
}

static const struct fig_status *opens_status(const struct snapshot *s)
{
	return s->fs_procs ? &s->fs_procs->opens_status : NULL;
}

static const struct fig_status *syncs_status(const struct snapshot *s)
{
	return s->fs_procs ? &s->fs_procs->syncs_status : NULL;
}

static const struct fig_status *others_status(const struct snapshot *s)
{
	return s->fs_procs ? &s->fs_procs->others_status : NULL;
}

/* Sockets and the like. */
static const struct fig_status *other_status(const struct snapshot *s)
{
	return count_status(s);
}

static const struct fig_status *cache_status(const struct snapshot *s)
{
	return s->fs_procs ? &s->fs_procs->cache_status : NULL;
}

/* clang-format off */
const struct column fs_process_columns[] = {
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .flags = COL_CUSTOM, .off = PROC(pid),
	  .help = "process id; [dead] for processes that began and ended between two refreshes, summed by command" },
	{ .key = "ppid", .title = "PPID", .unit = UNIT_NONE, .width = 7, .weight = 8, .flags = COL_CUSTOM, .off = PROC(ppid),
	  .help = "process id of the parent" },
#include "fs_process_columns.h"
	{ .key = "command", .title = "COMMAND", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "command line; name (program) where the two differ. (no room): processes for which the kernel's table had none" },
	{ .key = NULL },
};

const struct column fs_group_columns[] = {
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = PROC(pid), .help = "a group has none" },
	{ .key = "ppid", .title = "PPID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = PROC(ppid),
	  .help = "process id of the parent that all have" },
#include "fs_process_columns.h"
	{ .key = "group", .title = "GROUP", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "name of the group" },
	{ .key = "command", .title = "GROUP", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "name of the group, and how many of its processes have used files" },
	{ .key = NULL },
};
/* clang-format on */
