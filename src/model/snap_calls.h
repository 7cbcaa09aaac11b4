/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls in a snapshot: by name, by process, and each call of each process. Rows hold raw
 * sums over the window, as all rows do. Source: CPU_CALL and CPU_CALL_ERR (hooks sys_enter,
 * sys_exit).
 */
#ifndef PROBETOP_SNAP_CALLS_H
#define PROBETOP_SNAP_CALLS_H

#include "snapshot.h"
#include "syscalls.h"

#define CALL_ERRS_SHOWN 8
#define CALL_NAME_BYTES 32

struct call_errno {
	uint32_t error;
	int64_t count;
};

/*
 * A row. By name: `name`, and `pid` FIG_UNKNOWN. By process: `name` empty. A process of which no
 * tick knew is summed by its command: pid FIG_UNKNOWN, `processes` says how many.
 */
struct call_row {
	int64_t pid;
	uint64_t start_ns; /* with pid the identity of the process; of summed ones a hash of comm */
	char comm[TASK_COMM_BYTES + 1];
	char name[CALL_NAME_BYTES]; /* "call 999" where the number has no name */
	enum call_abi abi;
	const char *mark; /* call_abi_mark() */
	uint16_t nr, flags;
	char waits; /* 'w': the call only waits; NUL */
	bool dead;
	int64_t count, ns, errors;
	int64_t work_ns; /* time in calls that do more than wait; FIG_UNKNOWN where it is none */
	int64_t timed;	 /* calls whose beginning was seen: what avg, p50, p99 are of */
	int64_t avg_ns, p50_ns, p99_ns, max_ns;
	int64_t processes, calls; /* how many of each the row sums */
	int errs_nr;
	struct call_errno errs[CALL_ERRS_SHOWN]; /* commonest first */
	struct hist hist;
};

enum calls_state {
	CALLS_OFF,   /* nobody asked for them in this interval */
	CALLS_BEGUN, /* asked for since the last tick: counts from now on */
	CALLS_ON,
};

struct calls_snap {
	enum calls_state state;
	struct fig_status status;      /* of counts and errors */
	struct fig_status time_status; /* of times */
	uint64_t since_ns;	       /* the figures begin here, at the earliest */
	const struct call_row *names;  /* most work first, then most time, as in all four */
	const struct call_row *procs;
	const struct call_row *pairs;	      /* each call of each process: by process */
	const struct call_row *pairs_by_name; /* the same rows: by call */
	int names_nr, procs_nr, pairs_nr;
};

#endif
