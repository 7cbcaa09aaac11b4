/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where records come from in this run (kernel, /proc or a recording), the tee to a
 * recorder, and the world that they are folded into. Owns all of them.
 */
#ifndef PROBETOP_COLLECT_H
#define PROBETOP_COLLECT_H

#include <sys/types.h>

#include "model.h"
#include "options.h"
#include "recording.h"

struct collect;

/*
 * Opens the source that the options ask for; nothing is attached yet. For a screen the BPF
 * source is left to collect_start(): loading takes longer than a look at /proc, from which the first
 * frame is painted. Returns 0 or a negative errno with words in `e`; *ret_exit is then the
 * exit status.
 */
int collect_new(const struct options *o, struct collect **ret_c, int *ret_exit, struct err *e);
/* Ends the recording; its errors come here. Accepts NULL. Returns 0 or a negative errno. */
int collect_free(struct collect *c, struct err *e);

/*
 * Loads what collect_new() left, and attaches the probes. Returns 0 or a negative errno;
 * *ret_exit is then the exit status. The next tick is to be a first one.
 */
int collect_start(struct collect *c, int *ret_exit, struct err *e);
/* Limits counting to the tree of `pid`. */
int collect_track(struct collect *c, pid_t pid);

/*
 * Takes one tick: drains, passes, adds what /proc and the instrument tell, closes with the
 * tick record. `flags`: enum tick_flags. Returns 0, -ENODATA at the end of a recording, or
 * a negative errno.
 */
int collect_tick(struct collect *c, uint32_t flags);
/* Hands waiting records over, at most `budget`; returns how many. Never blocks. */
int collect_drain(struct collect *c, int budget);

/* A descriptor for epoll, or -1. */
int collect_source_fd(const struct collect *c);

struct world *collect_world(struct collect *c);
bool collect_is_replay(const struct collect *c);
const struct replay_info *collect_replay_info(const struct collect *c);
/* The tick record that came last; ts_ns 0 before the first. */
const struct tick_rec *collect_last_tick(const struct collect *c);
/* Replay: folds anew up to the tick at or first after `mono_ns`. */
int collect_seek(struct collect *c, uint64_t mono_ns);
/* Replay: folds anew up to `ticks` before the interval that came last; 1 is a step back. */
int collect_back(struct collect *c, uint32_t ticks);
/*
 * What is measured on demand from now on (enum demand). Nothing where the source is a
 * recording: there is in it what was asked for then.
 */
void collect_demand(struct collect *c, uint32_t demand);
/* Run-queue waits from here on are events. */
void collect_threshold(struct collect *c, enum pane_id pane, uint64_t ns);
/* Which operations on files are events under DEMAND_FSLOG: bits of enum fs_event. */
void collect_fs_kinds(struct collect *c, uint32_t kinds);
/* Every request of this process, and of this device, is a record; 0: of none. */
void collect_trace(struct collect *c, uint32_t tgid, uint32_t dev);
/* Reads the kernel stack of a thread once; it comes as a record. */
void collect_stack(struct collect *c, uint32_t pid, uint32_t tgid, uint64_t start_ns);
/* Turns a probe off or on. */
int collect_switch(struct collect *c, unsigned probe, bool on);
/* Returns the first error of the recording so far (disk full), 0 when all is well. */
int collect_record_error(const struct collect *c);

uint64_t now_mono_ns(void);

#endif
