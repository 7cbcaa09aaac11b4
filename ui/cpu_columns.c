/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of CPU / processes, in the order of the screen; then those for files and sorting only. */
#include <stddef.h>

#include "view_cpu.h"

#define ROW(member) offsetof(struct proc_row, member)

static const struct fig_status *runq_status(const struct snapshot *s)
{
	return &s->runq_status;
}

static const struct fig_status *class_status(const struct snapshot *s)
{
	return &s->class_status;
}

static const struct fig_status *rss_status(const struct snapshot *s)
{
	return &s->rss_status;
}

static const struct fig_status *oncpu_hist_status(const struct snapshot *s)
{
	return &s->oncpu_hist_status;
}

/* clang-format off */
const struct column cpu_process_columns[] = {
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .flags = COL_CUSTOM, .off = ROW(pid),
	  .help = "process id; [dead] for processes that no tick saw alive, summed by command and parent" },
	{ .key = "ppid", .title = "PPID", .unit = UNIT_NONE, .width = 7, .weight = 8, .flags = COL_CUSTOM, .off = ROW(ppid),
	  .help = "process id of the parent" },
	{ .key = "user", .title = "USER", .unit = UNIT_TEXT, .width = 8, .weight = 60, .flags = COL_LEFT,
	  .help = "user (real uid)" },
	{ .key = "state", .title = "S", .unit = UNIT_TEXT, .width = 1, .weight = 95, .flags = COL_RAW_CHAR | COL_CUSTOM,
	  .off = ROW(state), .help = "state: D if a thread is in D, else R if one runs or waits for a CPU, else the leader's; "
	  "S asleep, T stopped, t traced, Z zombie, X dead, I idle kernel thread" },
	{ .key = "cpu_pct", .alias = "cpu", .title = "CPU%", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 100,
	  .off = ROW(oncpu_ns), .help = "time on a CPU; 100 is one CPU, all threads added up" },
	{ .key = "user_pct", .title = "USR%", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 18,
	  .off = ROW(user_ns), .help = "time on a CPU in user mode" },
	{ .key = "system_pct", .title = "SYS%", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 17,
	  .off = ROW(system_ns), .help = "time on a CPU in the kernel" },
	{ .key = "runq_wait_pct", .title = "WAIT%", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 6, .weight = 90,
	  .off = ROW(runq_wait_ns), .help = "runnable, waiting for a CPU; 100 is one thread waiting all the time" },
	{ .key = "blocked_pct", .title = "BLK%", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 80,
	  .off = ROW(blocked_ns), .status = class_status,
	  .help = "waiting for something other than work to arrive: disk, lock, pipe, network" },
	{ .key = "runq_p50_ns", .alias = "p50", .title = "WP50", .unit = UNIT_NS, .width = 5, .weight = 30,
	  .off = ROW(runq_p50_ns), .status = runq_status,
	  .help = "run-queue latency (runnable to running): half of the waits were shorter; within one bucket, a factor of two" },
	{ .key = "runq_p99_ns", .alias = "p99", .title = "WP99", .unit = UNIT_NS, .width = 5, .weight = 70,
	  .off = ROW(runq_p99_ns), .status = runq_status,
	  .help = "run-queue latency: 99 of 100 waits were shorter; within one bucket, a factor of two" },
	{ .key = "runq_max_ns", .alias = "max", .title = "WMAX", .unit = UNIT_NS, .width = 5, .weight = 28,
	  .off = ROW(runq_max_ns), .status = runq_status, .help = "longest run-queue latency of the interval, exact" },
	{ .key = "oncpu_p99_ns", .title = "RP99", .unit = UNIT_NS, .width = 5, .weight = 15, .off = ROW(oncpu_p99_ns),
	  .status = oncpu_hist_status, .help = "time on a CPU per dispatch: 99 of 100 were shorter" },
	{ .key = "vcsw_per_s", .alias = "vcsw", .title = "VCSW/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 6, .weight = 26,
	  .off = ROW(vcsw), .help = "voluntary context switches: it went to sleep" },
	{ .key = "ivcsw_per_s", .alias = "ivcsw", .title = "IVCSW/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 7, .weight = 24,
	  .off = ROW(ivcsw), .help = "involuntary context switches: another task took the CPU" },
	{ .key = "migrations_per_s", .alias = "migr", .title = "MIGR/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 6, .weight = 20,
	  .off = ROW(migrations), .help = "moves to another CPU" },
	{ .key = "threads", .alias = "thr", .title = "THR", .unit = UNIT_COUNT, .width = 7, .weight = 22, .flags = COL_CUSTOM,
	  .off = ROW(threads), .help = "threads: active in the interval / all" },
	{ .key = "nice", .title = "NI", .unit = UNIT_NONE, .width = 3, .weight = 12, .flags = COL_CUSTOM, .off = ROW(nice),
	  .help = "nice value" },
	{ .key = "last_cpu", .title = "CPU", .unit = UNIT_NONE, .width = 4, .weight = 11, .flags = COL_CUSTOM, .off = ROW(cpu),
	  .help = "the CPU that it ran on last" },
	{ .key = "minflt_per_s", .alias = "minflt", .title = "MINF/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 6, .weight = 7,
	  .off = ROW(minflt), .help = "minor page faults: served without I/O" },
	{ .key = "majflt_per_s", .alias = "majflt", .title = "MAJF/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 6, .weight = 9,
	  .off = ROW(majflt), .help = "major page faults: had to wait for I/O" },
	{ .key = "rss_bytes", .alias = "rss", .title = "RES", .unit = UNIT_BYTES, .width = 5, .weight = 65,
	  .off = ROW(rss_bytes), .status = rss_status, .help = "resident memory" },
	{ .key = "swap_bytes", .alias = "swap", .title = "SWAP", .unit = UNIT_BYTES, .width = 5, .weight = 6,
	  .off = ROW(swap_bytes), .status = rss_status, .help = "memory in swap" },
	{ .key = "cpu_time_ns", .alias = "time", .title = "TIME", .unit = UNIT_NS, .width = 5, .weight = 32,
	  .off = ROW(cpu_time_ns), .help = "time on a CPU since the process started, threads that have ended included" },
	{ .key = "age_ns", .alias = "age", .title = "AGE", .unit = UNIT_NS, .width = 5, .weight = 16, .off = ROW(age_ns),
	  .help = "time since it was started" },
	{ .key = "time_bar", .title = "TIME BAR", .unit = UNIT_TEXT, .width = 10, .weight = 50, .status = class_status,
	  .flags = COL_LEFT | COL_CUSTOM | COL_SCREEN_ONLY,
	  .help = "where the time of its active threads went, ten letters of a tenth each (see below)" },
	{ .key = "command", .title = "COMMAND", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "command line; name (program) where the two differ; D 43s: in D for so long" },

	{ .key = "comm", .title = "COMM", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "name of the process, 15 bytes" },
	{ .key = "oncpu_ns_per_s", .alias = "oncpu", .title = "ONCPU", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = ROW(oncpu_ns), .help = "time on a CPU" },
	{ .key = "user_ns_per_s", .title = "USER", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = ROW(user_ns), .help = "time on a CPU in user mode" },
	{ .key = "system_ns_per_s", .title = "SYSTEM", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = ROW(system_ns), .help = "time on a CPU in the kernel" },
	{ .key = "runq_wait_ns_per_s", .alias = "wait", .title = "WAIT", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = ROW(runq_wait_ns), .help = "runnable, waiting for a CPU" },
	{ .key = "blocked_ns_per_s", .alias = "blk", .title = "BLOCKED", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = ROW(blocked_ns), .status = class_status, .help = "waiting for something other than work to arrive" },
	{ .key = "idle_ns_per_s", .alias = "idle", .title = "IDLE", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = ROW(idle_ns), .status = class_status, .help = "waiting for work: poll, accept, timers" },
	{ .key = "offcpu_ns_per_s", .alias = "offcpu", .title = "OFFCPU", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = ROW(offcpu_ns), .help = "waiting for a CPU, blocked and idle together" },
#define CLASS(id, letter, key_, title_, help_) \
	{ .key = "class_" key_ "_ns_per_s", .title = title_, .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN, \
	  .off = ROW(class_ns) + WAIT_##id * sizeof(int64_t), .status = class_status, .help = help_ },
	WAIT_CLASSES(CLASS)
#undef CLASS
	{ .key = "blocked_since_ns", .alias = "since", .title = "SINCE", .unit = UNIT_NS, .flags = COL_NO_SCREEN,
	  .off = ROW(blocked_since_ns), .help = "age of the present block" },
	{ .key = "threads_active", .title = "ACTIVE", .unit = UNIT_COUNT, .flags = COL_NO_SCREEN, .off = ROW(threads_active),
	  .help = "threads that were not idle all interval" },
	{ .key = "processes", .title = "PROCESSES", .unit = UNIT_COUNT, .flags = COL_NO_SCREEN, .off = ROW(processes),
	  .help = "processes that the row folds; 1 for a live one" },
	{ .key = "oncpu_p50_ns", .title = "RP50", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(oncpu_p50_ns),
	  .status = oncpu_hist_status, .help = "time on a CPU per dispatch: half were shorter" },
	{ .key = "oncpu_max_ns", .title = "RMAX", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(oncpu_max_ns),
	  .status = oncpu_hist_status, .help = "longest time on a CPU per dispatch" },
	{ .key = "vm_bytes", .alias = "virt", .title = "VIRT", .unit = UNIT_BYTES, .flags = COL_NO_SCREEN, .off = ROW(vm_bytes),
	  .help = "address space" },
	{ .key = "uid", .title = "UID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(uid), .help = "real user id" },
	{ .key = "cgroup_id", .title = "CGROUP", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(cgroup_id),
	  .help = "inode of its cgroup" },
	{ .key = NULL },
};
/* clang-format on */
