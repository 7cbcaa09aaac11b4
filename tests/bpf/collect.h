/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests: opens the kernel source, keeps the last record of each kind for chosen tasks. */
#ifndef PROBETOP_TEST_COLLECT_H
#define PROBETOP_TEST_COLLECT_H

#include "probe.h"
#include "record.h"
#include "core_user.h"

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

struct collect {
	struct source *source;
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
/* Sums CORE_LOSS over probes and CPUs into c->loss; only of `probe` unless it is -1. */
void collect_report(struct collect *c, int probe);
/* As fork(); the child dies with the test, whatever that comes to. */
pid_t fork_load(void);
/* Returns what is known of a thread, or NULL. */
struct seen *collect_find(struct collect *c, uint32_t pid);

#endif
