/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of system calls, made of the table for one window: each call of each process, and their
 * sums by name and by process. Memory is mapped at init; nothing is allocated later.
 */
#ifndef PROBETOP_CALLS_ROWS_H
#define PROBETOP_CALLS_ROWS_H

#include "calls_table.h"
#include "snap_calls.h"

#define CALL_ABIS      3			    /* own numbers, 32-bit, x32 */
#define CALL_NAMES_MAX (CALL_ABIS * (CALL_NRS + 1)) /* each number, and what is none */

/* Rows as they are made, their order, and the rows in that order. */
struct call_rows {
	struct pool made, order, rows;
	int nr;
};

struct calls_rows {
	struct call_rows names, procs, pairs;
	struct pool pairs_by_name;		       /* the rows of pairs in another order */
	uint16_t name_row[CALL_NAMES_MAX];	       /* + 1; 0: none yet */
	struct call_entry *name_first[CALL_NAMES_MAX]; /* its calls by process */
	int64_t errno_sum[CALLS_ERRNOS];
	uint16_t errno_seen[CALLS_ERRNOS];
	int errno_nr;
};

struct calls_window {
	enum call_base base;
	const char *machine;
	uint64_t window_ns, covered_ns; /* rates are of the first, counted is the second: not 0 */
};

/* Returns 0 or -ENOMEM; after an error calls_rows_fini() cleans up. */
int calls_rows_init(struct calls_rows *r);
void calls_rows_fini(struct calls_rows *r);
/* Gives the memory of rows back: those that a snapshot shows are gone. */
void calls_rows_clear(struct calls_rows *r);
/* Writes the rows, and where they are; `row` of each process is set, or NULL. */
void calls_rows_make(struct calls_rows *r, const struct calls_table *t,
		     const struct calls_window *w, struct calls_snap *ret);

#endif
