/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The task table: threads and processes as the records tell them, and their rows. Internal
 * to the model layer; a view holds a struct tasks_proc only to hand it to snapshot_hist().
 *
 * A record changes the table at once; counters go to the sums of the running interval
 * (proc->now), time is folded when the interval ends. A process in which nothing happens
 * costs one look at its row per interval, and no thread of it is touched.
 */
#ifndef PROBETOP_TASKS_H
#define PROBETOP_TASKS_H

#include "groups.h"
#include "model.h"
#include "proc.h"
#include "short.h"
#include "users.h"

/* How a row is brought up to date. */
enum row_kind {
	ROW_FOLD,    /* thread by thread */
	ROW_SETTLE,  /* the same, and then it is steady unless something happens */
	ROW_IDLE,    /* steady: all its threads were idle all interval */
	ROW_BLOCKED, /* steady, and some were blocked all interval */
	ROW_GONE,    /* to be taken out */
};

struct tasks {
	struct pool threads, procs, sums, waits, dead, hists, offs, parts, names, watches,
		gones, asks;
	struct texts texts;
	struct users users;
	struct shorts shorts;
	struct tasks_proc *touched, *wanted, *wanted_last;
	struct tasks_proc **born; /* have no row yet */
	struct tasks_proc **ref;  /* of each row */
	uint32_t born_nr, rows_dead, rows_gone;
	struct proc_row *rows; /* the snapshot's: procs in order, then the summed ones */
	uint8_t *kinds;	       /* enum row_kind of each */
	uint32_t rows_nr, rows_max, self_tgid;
	void *map;
	size_t map_bytes;

	struct cgroups_snap cgroups;
	uint32_t cgroups_pass; /* in which those in use were made the most recent */

	/* watched threads: watch.c */
	enum watch watch;
	uint32_t watch_tgid;
	uint64_t watch_start_ns;     /* of the process; 0: any */
	uint64_t watch_from_ns;	     /* what they did is known from here */
	struct proc_row *thread_rows; /* of the snapshot */
	uint32_t thread_rows_nr, thread_rows_max;
	bool thread_rows_used; /* their memory is to be given back */

	uint32_t pass; /* number of the running pass; 0 before the first tick */
	uint32_t page_bytes;
	bool bpf;
	uint64_t from_ns;	 /* the running interval began here */
	uint64_t tick_ns;	 /* the last tick */
	uint64_t seen_from_ns;	 /* a task that began later was not there at the last pass */
	uint64_t first_ns;	 /* totals count from here */
	uint64_t mark_ns;	 /* WINDOW_MARK counts from here; 0: there is no mark */
	uint64_t boot_offset_ns; /* CLOCK_BOOTTIME - CLOCK_MONOTONIC */
	uint64_t rows_wall_ns;	 /* the interval that the rows are about */
	bool rows_total;	 /* of a longer window: all are to be made anew */
	uint32_t demand;	 /* enum demand */
	uint32_t running, blocked; /* threads in state R, in D */
	int32_t ghosts[2];   /* threads here that the kernel has not, at the last two ticks */
	int32_t ghosts_usual; /* ... after a key frame */
	bool ghosts_known;
	uint64_t evicted;
	bool rss_approx, no_rss, no_runq, no_class, no_offcpu;
};

/* tasks.c. tasks_init returns 0 or -ENOMEM; after an error tasks_fini() cleans up. */
int tasks_init(struct tasks *t, const struct world_caps *caps);
void tasks_fini(struct tasks *t);
void tasks_clear(struct tasks *t);
/* Returns how many rows and threads had no room. */
uint64_t tasks_evicted(const struct tasks *t);

/* apply.c: takes a record of PANE_CORE; kinds that are not its own are ignored. */
void tasks_apply(struct tasks *t, const struct ev_hdr *ev);

/* pass.c: a tick record closes a pass. */
void tasks_tick(struct tasks *t, const struct tick_rec *tick);
bool tasks_want_key(const struct tasks *t);

/* wishes.c: see world_wishes(). */
void tasks_wishes(struct tasks *t, void (*fn)(void *ctx, const struct world_wish *wish), void *ctx);

/* rows.c: writes the rows and the sums over them. */
void tasks_publish(struct tasks *t, const struct tick_rec *tick, enum window window,
		   struct snapshot *snap);
/* WINDOW_MARK counts from the last tick on. */
void tasks_mark(struct tasks *t);
/* watch.c: rows of threads in later snapshots, see world_watch(). */
void tasks_watch(struct tasks *t, enum watch watch, uint32_t tgid, uint64_t start_ns);
/* Moves the start of the interval to the last tick: a gap, or (`total`) a new baseline. */
void tasks_skip(struct tasks *t, bool total);

#endif
