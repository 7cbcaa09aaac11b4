/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of CPU / processes: of rows that are processes, threads and groups. */
#include <stddef.h>

#include "group.h"
#include "snap_cgroup.h"
#include "view_cpu.h"

#define ROW(member) offsetof(struct proc_row, member)

static const struct fig_status *oncpu_hist_status(const struct snapshot *s)
{
	return &s->oncpu_hist_status;
}

static const struct fig_status *offcpu_status(const struct snapshot *s)
{
	return &s->offcpu_status;
}

static const struct fig_status *thread_status(const struct snapshot *s)
{
	return &s->threads_status;
}

static const struct fig_status *thread_class_status(const struct snapshot *s)
{
	return s->class_status.state == FIG_NA ? &s->class_status : &s->threads_status;
}

static const struct fig_status *cgroup_status(const struct snapshot *s)
{
	static struct fig_status status;

	status = snapshot_cgroup_status(s);
	return &status;
}

/* clang-format off */
/* The classes of sleep, and the quota's part of the wait for a CPU: key, heading, weight, the rule. */
#define SLEEP_CLASSES(X) \
	X(QUOTA, "quota", "QUOT%", 6, "held back by a cgroup's CPU quota: inferred, and a part of WAIT%") \
	X(DISK,  "disk",  "DISK%", 5, "waits for block I/O: asleep with in_iowait set, in a system call") \
	X(FAULT, "fault", "FLT%",  5, "page fault, reclaim or swap: asleep in the kernel without a system call") \
	X(KLOCK, "klock", "KLCK%", 5, "uninterruptible without in_iowait: a lock of the kernel or of a filesystem, NFS") \
	X(FUTEX, "futex", "FUTX%", 5, "in futex(2) with a wake-up in the interval: a mutex or a condition variable, which one the kernel cannot tell") \
	X(NET,   "net",   "NET%",  5, "in a call that waits for data of a socket") \
	X(PIPE,  "pipe",  "PIPE%", 5, "waits for a pipe, a child or another process") \
	X(OTHER, "other", "OTHR%", 5, "asleep in a call that no rule names, stopped or traced") \
	X(TIMER, "timer", "TIMR%", 4, "nanosleep and timers, of threads that were not idle all interval; a part of IDLE%")

#define ROW_TIMES NULL
#define ROW_CLASSES view_class_status
#define ROW_WHOLE 0
const struct column cpu_process_columns[] = {
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .flags = COL_CUSTOM, .off = ROW(pid),
	  .help = "process id; [dead] for processes that no tick saw alive, summed by command and parent" },
	{ .key = "ppid", .title = "PPID", .unit = UNIT_NONE, .width = 7, .weight = 8, .flags = COL_CUSTOM, .off = ROW(ppid),
	  .help = "process id of the parent" },
#include "process_columns.h"
	{ .key = "command", .title = "COMMAND", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "command line; name (program) where the two differ; D 43s: in D for so long" },
	{ .key = NULL },
};

#undef ROW_TIMES
#undef ROW_CLASSES
#undef ROW_WHOLE
#define ROW_TIMES thread_status
#define ROW_CLASSES thread_class_status
#define ROW_WHOLE COL_NO_SCREEN
const struct column cpu_thread_columns[] = {
	{ .key = "pid", .title = "TID", .unit = UNIT_NONE, .width = 7, .flags = COL_CUSTOM, .off = ROW(pid),
	  .help = "thread id" },
	{ .key = "tgid", .title = "PID", .unit = UNIT_NONE, .width = 7, .weight = 94, .flags = COL_CUSTOM, .off = ROW(ppid),
	  .help = "the process that it is a thread of" },
#include "process_columns.h"
	{ .key = "command", .title = "NAME (COMMAND)", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "name of the thread, and its process's command where that is another" },
	{ .key = NULL },
};

#undef ROW_TIMES
#undef ROW_CLASSES
#undef ROW_WHOLE
#define ROW_TIMES NULL
#define ROW_CLASSES view_class_status
#define ROW_WHOLE 0
/* The group's name stands in the column of the command; what all its processes share is shown. */
const struct column cpu_group_columns[] = {
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(pid),
	  .help = "a group has none" },
	{ .key = "ppid", .title = "PPID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(ppid),
	  .help = "process id of the parent that all have" },
#include "process_columns.h"
	{ .key = "group", .title = "GROUP", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "name of the group" },
	{ .key = "command", .title = "GROUP", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "name of the group, and how many processes it holds" },
	{ .key = NULL },
};
/* clang-format on */
