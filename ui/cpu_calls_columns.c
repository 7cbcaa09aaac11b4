/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of CPU / syscalls in its four modes, made from the same pieces. */
#include <stddef.h>

#include "snap_calls.h"
#include "view_cpu.h"

#define ROW(member) offsetof(struct call_row, member)

static const struct fig_status *count_status(const struct snapshot *s)
{
	return s->calls ? &s->calls->status : NULL;
}

static const struct fig_status *time_status(const struct snapshot *s)
{
	return s->calls ? &s->calls->time_status : NULL;
}

/* clang-format off */
#define COL_NAME(flags_, weight_) \
	{ .key = "name", .title = "CALL", .unit = UNIT_TEXT, .width = 17, .weight = weight_, .flags = COL_LEFT | COL_CUSTOM | flags_, \
	  .help = "system call; 32-bit and x32 calls have numbers of their own and are marked. exit and exit_group never " \
		  "return, so they are not counted" }
#define COL_WAITS(flags_) \
	{ .key = "waits", .title = "W", .unit = UNIT_TEXT, .width = 1, .weight = 85, .flags = COL_RAW_CHAR | COL_CUSTOM | flags_, \
	  .off = ROW(waits), .help = "w: the call does nothing but wait (futex, poll, epoll_wait, nanosleep, wait4, accept): its time " \
		  "is nobody's work, so it is dim, and comes after the others in the view's own order. A read that waits for " \
		  "data is not marked" }
#define COL_PID(flags_, weight_) \
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .weight = weight_, .flags = COL_CUSTOM | flags_, .off = ROW(pid), \
	  .help = "process id; [dead] for processes that no tick saw alive, summed by name" }
#define COL_COMM(flags_, weight_) \
	{ .key = "comm", .title = "PROCESS", .unit = UNIT_TEXT, .width = 15, .weight = weight_, .flags = COL_LEFT | COL_CUSTOM | flags_, \
	  .help = "name of the process; (no room) sums those for which the kernel's table had none" }
#define COL_COUNT \
	{ .key = "count_per_s", .alias = "count", .title = "CALLS/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 7, .weight = 100, \
	  .off = ROW(count), .status = count_status, .help = "calls that returned" }
/* The figure that it sorts by is that of the work; what is shown is the time, dim where it is a wait. */
#define COL_WORK_AS_TIME \
	{ .key = "work_ns_per_s", .alias = "work", .title = "TIME/s", .unit = UNIT_NS, .fold = FOLD_RATE, .width = 6, .weight = 95, \
	  .flags = COL_CUSTOM, .off = ROW(work_ns), .status = time_status, \
	  .help = "time from the beginning of the call to its return, all threads added up: 1s is one thread all the time; counted " \
		  "when the call returns. The figure of this name is that of calls that do more than wait" }
#define COL_WORK \
	{ .key = "work_ns_per_s", .alias = "work", .title = "WORK/s", .unit = UNIT_NS, .fold = FOLD_RATE, .width = 6, .weight = 96, \
	  .off = ROW(work_ns), .status = time_status, \
	  .help = "time in calls that do more than wait (see W in the view by name), all threads added up; a read that waits for " \
		  "data counts" }
#define COL_TIME(flags_) \
	{ .key = "time_ns_per_s", .alias = "time", .title = "TIME/s", .unit = UNIT_NS, .fold = FOLD_RATE, .width = 7, .weight = 80, \
	  .flags = flags_, .off = ROW(ns), .status = time_status, \
	  .help = "time from the beginning of the call to its return, all threads added up, waits included; counted when it returns" }
#define COLS_LATENCY \
	{ .key = "avg_ns", .alias = "avg", .title = "AVG", .unit = UNIT_NS, .width = 6, .weight = 60, .off = ROW(avg_ns), \
	  .status = time_status, .help = "average time of a call" }, \
	{ .key = "p50_ns", .alias = "p50", .title = "P50", .unit = UNIT_NS, .width = 6, .weight = 50, .off = ROW(p50_ns), \
	  .status = time_status, .help = "half of the calls took less (to one bucket of a histogram: a factor of two)" }, \
	{ .key = "p99_ns", .alias = "p99", .title = "P99", .unit = UNIT_NS, .width = 6, .weight = 90, .off = ROW(p99_ns), \
	  .status = time_status, .help = "99 of 100 calls took less (to one bucket)" }, \
	{ .key = "max_ns", .alias = "max", .title = "MAX", .unit = UNIT_NS, .width = 6, .weight = 55, .off = ROW(max_ns), \
	  .status = time_status, .help = "the longest call, exact" }
#define COLS_ERRORS \
	{ .key = "errors_per_s", .alias = "errors", .title = "ERR/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 6, .weight = 75, \
	  .off = ROW(errors), .status = count_status, \
	  .help = "calls that failed; those that a signal interrupted and that go on after it have not" }, \
	{ .key = "top_errno", .alias = "errno", .title = "ERRNO", .unit = UNIT_TEXT, .width = 9, .weight = 70, .flags = COL_LEFT, \
	  .status = count_status, .help = "the commonest error; the lines under the table name the others" }
#define COL_ABI \
	{ .key = "abi", .title = "ABI", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, \
	  .help = "whose numbers it is called by: x86-64, i386, x32, arm64, arm" }
#define COL_TIMED \
	{ .key = "timed", .title = "TIMED", .unit = UNIT_COUNT, .flags = COL_NO_SCREEN, .off = ROW(timed), .status = time_status, \
	  .help = "calls whose beginning was seen: those that average, percentiles and maximum are of" }

const struct column cpu_calls_columns[] = {
	COL_NAME(COL_GROW, 0),
	COL_WAITS(0),
	COL_COUNT,
	COL_WORK_AS_TIME,
	COLS_LATENCY,
	COLS_ERRORS,
	{ .key = "processes", .alias = "procs", .title = "PROCS", .unit = UNIT_COUNT, .width = 5, .weight = 40,
	  .off = ROW(processes), .help = "processes that called it" },
	COL_TIME(COL_NO_SCREEN),
	COL_ABI,
	COL_TIMED,
	{ .key = NULL },
};

const struct column cpu_calls_process_columns[] = {
	COL_PID(0, 0),
	COL_COMM(COL_GROW, 0),
	COL_COUNT,
	COL_WORK,
	COL_TIME(0),
	COLS_LATENCY,
	COLS_ERRORS,
	{ .key = "calls", .title = "KINDS", .unit = UNIT_COUNT, .width = 5, .weight = 45,
	  .off = ROW(calls), .help = "different system calls that it made" },
	{ .key = "processes", .title = "PROCS", .unit = UNIT_COUNT, .flags = COL_NO_SCREEN,
	  .off = ROW(processes), .help = "processes that the row sums; 1 for a live one" },
	COL_TIMED,
	{ .key = NULL },
};

const struct column cpu_calls_of_process_columns[] = {
	COL_NAME(COL_GROW, 0),
	COL_WAITS(0),
	COL_COUNT,
	COL_WORK_AS_TIME,
	COLS_LATENCY,
	COLS_ERRORS,
	COL_PID(0, 30),
	COL_COMM(0, 29),
	COL_TIME(COL_NO_SCREEN),
	COL_ABI,
	COL_TIMED,
	{ .key = NULL },
};

const struct column cpu_calls_of_name_columns[] = {
	COL_PID(0, 0),
	COL_COMM(COL_GROW, 0),
	COL_COUNT,
	COL_TIME(0),
	COLS_LATENCY,
	COLS_ERRORS,
	COL_NAME(COL_NO_SCREEN, 0),
	COL_WAITS(COL_NO_SCREEN),
	COL_ABI,
	COL_TIMED,
	{ .key = NULL },
};
/* clang-format on */
