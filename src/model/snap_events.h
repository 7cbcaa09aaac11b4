/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event log of a snapshot: waits for a CPU over the threshold, programs started,
 * processes ended, lines of the kernel's log. Bounded; what had no room is counted.
 */
#ifndef PROBETOP_SNAP_EVENTS_H
#define PROBETOP_SNAP_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core.h"
#include "eventlog.h"

#define EVENTS_MAX	8192		  /* events that are kept */
#define EVENTS_TEXT_MAX (EVENTS_MAX * 64) /* bytes of their texts together */

enum event_kind {
	EVENT_SLOW,   /* a run-queue wait over the threshold: CPU_SLOW */
	EVENT_EXEC,   /* a process has a new program: CORE_EXEC */
	EVENT_EXIT,   /* a process has ended: CORE_EXIT of its last thread */
	EVENT_KERNEL, /* a line of the kernel's log: CORE_KMSG */
	EVENT_OOM,    /* the same, of an OOM kill */
	EVENT_KIND_NR,
};

enum event_flags {
	EVENT_F_CORE = 1 << 0, /* EXIT: a core was dumped */
	EVENT_F_CUT = 1 << 1,  /* the text was longer */
	EVENT_F_KTHREAD = 1 << 2,
};

/* Figures are FIG_UNKNOWN where the kind has none. */
struct event_row {
	struct log_row log; /* its text is event_text() */
	int64_t ts_ns;	    /* CLOCK_MONOTONIC */
	int64_t latency_ns; /* SLOW */
	int64_t age_ns, cpu_ns; /* EXIT: how long it lived; on-CPU time of all its threads */
	uint64_t start_ns;	/* of the process; 0 where not known */
	int64_t pid, tgid;	/* thread and process; of a kernel line the OOM victim */
	int64_t ppid, uid;
	int64_t code;	/* EXEC: 0; EXIT: the code, unknown where a signal ended it */
	int64_t by_pid; /* SLOW: the thread that had the CPU; else the parent */
	int64_t by_tgid;
	uint8_t kind;	/* enum event_kind */
	uint8_t flags;	/* enum event_flags */
	uint8_t signal; /* EXIT: that ended it; 0: none */
	uint8_t level;	/* of a kernel line: 0 emergency to 4 warning */
	char comm[TASK_COMM_BYTES], by_comm[TASK_COMM_BYTES]; /* empty where not known */
};

/* A line of the kernel's log, kept apart: it stays however many events come after it. */
struct event_alert {
	uint64_t seq; /* of its event; 0: there is none */
	int64_t ts_ns;
	int64_t pid; /* of an OOM victim; FIG_UNKNOWN */
	uint8_t level;
	char comm[TASK_COMM_BYTES];
	char text[sizeof(((struct kmsg_rec *)0)->text)];
};

struct events_snap {
	const struct event_row *rows; /* oldest first */
	int nr;
	int new_from;	  /* the first that came in this interval */
	uint64_t dropped; /* came in this interval and had no room; since the start: */
	uint64_t dropped_all;
	uint64_t scrolled_all;	/* were shown once, and gave way to later ones */
	uint64_t kmsg_lost_all; /* lines that the kernel overwrote before they were read */
	const char *text;
	char kmsg_reason[160];		/* why the kernel's log cannot be read; empty: it can */
	bool processes;			/* the source tells of processes and waits: it is BPF */
	struct event_alert oom, kernel; /* the last OOM kill; the last other line */
};

static inline const char *event_text(const struct events_snap *e, const struct event_row *row)
{
	return e->text + row->log.text_at;
}

#endif
