/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One thread and one process as the task table keeps them. What only some have (sums of the
 * interval, histograms, dead threads, sleeps by class) hangs on a pointer, so that an idle
 * process stays small.
 */
#ifndef PROBETOP_PROC_H
#define PROBETOP_PROC_H

#include "fold.h"
#include "hist.h"
#include "pool.h"
#include "snapshot.h"
#include "text.h"

/* What a source does not tell about a process: its figures are unknown, not zero. */
enum tasks_unknown {
	UNKNOWN_RUNQ = 1 << 0,
	UNKNOWN_CLASS = 1 << 1,
	UNKNOWN_VCSW = 1 << 2,
	UNKNOWN_IVCSW = 1 << 3,
	UNKNOWN_MIGRATIONS = 1 << 4,
	UNKNOWN_MINFLT = 1 << 5,
	UNKNOWN_MAJFLT = 1 << 6,
	UNKNOWN_ONCPU = 1 << 7,
	UNKNOWN_SAMPLES = 1 << 8, /* utime, stime */
};

struct tasks_thread {
	struct pool_node node; /* key: thread id */
	struct tasks_proc *proc;
	struct tasks_thread *next, *prev; /* of the process; its leader comes first */
	uint64_t start_ns;
	struct thread_time time;
	uint32_t nvcsw, nivcsw, migrations, minflt, majflt; /* low halves of the counters */
	uint32_t pass; /* the last pass that published it */
	uint16_t cpu;
	uint8_t state, policy;
	int8_t nice;
	uint32_t base_pass; /* pass + 1 in which an old thread was first seen: that is baseline */
	uint32_t name;	    /* number + 1 in the pool of names; 0: that of the process */
	uint32_t watch;	    /* number + 1 in the pool of watched threads; 0: it is not watched */
};

/* What a thread did, beside what its process did: only while it is watched. */
struct thread_watch {
	struct pool_node node;
	struct sums now, total; /* of the running interval; since watching began, without `now` */
	struct sums mark;	/* `total` at the mark */
};

/* A watched thread that has ended, and what its last row says beside its times. */
struct thread_gone {
	struct thread_watch watch;
	bool used, told; /* told: its last interval is over */
	uint16_t unknown;
	uint64_t end_ns;
	struct proc_row row;
};

/* A name that is not the process's. */
struct thread_name {
	struct pool_node node;
	char comm[TASK_COMM_BYTES];
};

/* One kind of histogram of one process. */
struct hist_part {
	uint32_t slots[HIST_SLOTS];
	uint64_t max_ns;
};

struct proc_hist {
	uint32_t slots[HIST_SLOTS]; /* cumulative, as recorded */
	uint64_t max_ns;	    /* since the start */
	struct hist_part *base;	    /* what was there at the start; NULL: nothing */
	struct hist_part *mark;	    /* ... at the mark, and the longest since; NULL: as base */
	struct hist_part *now;	    /* of the running interval; NULL: nothing */
	struct hist_part *shown;    /* of the interval in the snapshot; NULL: nothing */
};

struct proc_hists {
	struct proc_hist of[HIST_KEPT_NR];
	struct proc_hist *off; /* HIST_OFFCPU; NULL where it never was asked for */
};

/* The sums of dead threads: what the kernel says, and what was told of it. */
enum dead_field {
	DEAD_ONCPU,
	DEAD_RUNQ,
	DEAD_UTIME,
	DEAD_STIME,
	DEAD_VCSW,
	DEAD_IVCSW,
	DEAD_MINFLT,
	DEAD_MAJFLT,
	DEAD_MIGRATIONS,
	DEAD_NR
};

struct dead_sums {
	uint64_t kernel[DEAD_NR], told[DEAD_NR];
};

enum proc_flags {
	PROC_SEEN = 1 << 0,    /* alive at a tick: it has a row of its own */
	PROC_DEAD = 1 << 1,    /* has ended */
	PROC_ENDED = 1 << 2,   /* ... and its last word was heard */
	PROC_TOUCHED = 1 << 3, /* in the list of those to look at when the pass closes */
	PROC_WANTED = 1 << 4,  /* in the list of those that want a command line */
	PROC_KTHREAD = 1 << 5,
	PROC_TRACKED = 1 << 6,
	PROC_RECORDED = 1 << 7,	 /* a proc record came in this pass */
	PROC_DEAD_BASE = 1 << 8, /* the baseline of its dead threads is taken */
	PROC_CODE = 1 << 9,	 /* exit_code is the leader's */
	PROC_HAS_RSS = 1 << 10,
	PROC_ZOMBIE = 1 << 11,
	PROC_SHOWN_DEAD = 1 << 12, /* its last row has been in a snapshot */
};

#define NO_ROW UINT32_MAX

struct tasks_proc {
	struct pool_node node; /* key: tgid */
	struct tasks_thread *threads;
	uint64_t start_ns;
	uint64_t total_to_ns; /* `total` holds all up to here; later time is that of its row */
	struct sums *now;     /* of the running interval; NULL: nothing yet */
	struct sums *total;   /* NULL: nothing yet */
	struct sums *mark;    /* `total` at the mark; NULL: nothing, or there is none */
	struct dead_sums *dead;
	struct proc_hists *hists;
	struct text *cmd;
	struct tasks_proc *touched_next, *wanted_next, *wanted_prev;
	uint64_t cgroup_id, end_ns;
	uint64_t vm_pages;
	uint32_t rss_anon, rss_file, rss_shmem, swap; /* pages */
	uint32_t ppid, uid, threads_nr, kernel_threads, row, exit_code;
	uint32_t base_pass; /* as in its threads; 0: born while we looked */
	uint16_t flags, unknown;
	char comm[TASK_COMM_BYTES];
};

#endif
