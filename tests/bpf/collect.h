/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests: opens the kernel source, keeps the last record of each kind for chosen tasks. */
#ifndef PROBETOP_TEST_COLLECT_H
#define PROBETOP_TEST_COLLECT_H

#include "probe.h"
#include "record.h"
#include "core_user.h"
#include "cpu.h"

#define SEEN_MAX 8192

/* What is known of one thread (or, under pid 0, of nobody). */
struct seen {
	uint32_t pid;
	bool exited;
	struct task_rec task; /* the last, CORE_TASK or CORE_EXIT */
	struct proc_rec proc;
	struct wait_rec wait;
	struct exec_rec exec; /* h.size 0: none */
	uint64_t slots[HIST_WHICH_NR][HIST_SLOTS];
	uint64_t max_ns[HIST_WHICH_NR];
};

#define EVENTS_MAX 8192

/* What a tick says of CPUs; lists grow until collect_forget(). */
struct cpu_seen {
	uint64_t migrations_in, migrations_out; /* of all CPUs, as of the last tick */
	struct cpu_hist_rec hist[HIST_WHICH_NR];
	struct latency_rec *slow, *exemplars; /* EVENTS_MAX each */
	struct pair_rec *pairs;		      /* EVENTS_MAX: the last of each pair */
	unsigned slow_nr, exemplars_nr, pairs_nr;
};

struct collect {
	struct source *source;
	struct cpu_seen cpu;
	struct seen *seen; /* SEEN_MAX */
	unsigned nr;
	unsigned bad; /* records that record_check() refuses */
	unsigned kinds[2][CORE_KIND_NR];
	struct loss_rec loss; /* sums of the last report */
	unsigned probes_on, probes_refused;
};

/* Opens, makes the first pass, attaches. Returns 0 or a negative errno. */
int collect_open(struct collect *c, const struct probe_opts *opts);
void collect_close(struct collect *c);
/* Drains the ring and takes a pass; `flags` as of a tick. */
int collect_tick(struct collect *c, uint32_t flags);
/* Drains the ring to its end: a report that follows compares what was submitted until now. */
void collect_settle(struct collect *c);
/* Sums CORE_LOSS over probes and CPUs into c->loss; only of `probe` unless it is -1. */
void collect_report(struct collect *c, int probe);
/* Empties the lists of c->cpu. */
void collect_forget(struct collect *c);
/* Returns the last record of a pair, or NULL. */
struct pair_rec *collect_pair(struct collect *c, uint32_t kind, uint32_t tgid, uint32_t by);
/* Returns what is known of a thread, or NULL. */
struct seen *collect_find(struct collect *c, uint32_t pid);

#endif
