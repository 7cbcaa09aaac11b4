/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills one row of the snapshot from the task table. Internal to the model layer. */
#ifndef PROBETOP_ROW_H
#define PROBETOP_ROW_H

#include "tasks_table.h"

/* Which thread gives the process its state, and how many there are. */
struct row_who {
	const struct tasks_thread *thread;
	int rank;
	uint32_t active, threads;
};

/* D before R before the leader's state; of several in D the one that is longest in it. */
void row_consider(struct row_who *who, const struct tasks_thread *th);

void row_names(const struct tasks *t, const struct tasks_proc *p, struct proc_row *row);
void row_times(uint16_t unknown, const struct sums *s, struct proc_row *row);
void row_state(const struct tasks *t, const struct tasks_proc *p, const struct row_who *who,
	       struct proc_row *row);
void row_hists(const struct tasks *t, const struct tasks_proc *p, enum window window,
	       struct proc_row *row);
/* Sets what belongs to a process only to unknown; all times and counters. */
void row_hide_process(struct proc_row *row);
void row_hide_times(struct proc_row *row);
/* A process of which only the identity is known: everything else is unknown; the caller says who it is. */
void row_bare(struct proc_row *row, int64_t pid, uint64_t start_ns);
int64_t row_age_ns(const struct proc_row *row, const struct tasks_proc *p,
		   const struct tick_rec *tick);

/* A row that sums processes without one of their own. */
void row_short(const struct tasks *t, const struct short_sum *x, enum window window,
	       struct proc_row *row);

#endif
