/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls as the records tell them: a process, its calls, their errors. Counters are kept
 * at four moments: now, and when each window began. Memory is mapped at init; nothing is
 * allocated later. What a process did that is gone can be summed by its command.
 */
#ifndef PROBETOP_CALLS_TABLE_H
#define PROBETOP_CALLS_TABLE_H

#include <stdbool.h>

#include "core.h"
#include "cpu.h"
#include "pool.h"

#define CALLS_ENTRIES_MAX 49152 /* twice what the kernel's side holds, and the summed ones */
#define CALLS_PROCS_MAX	  32768
#define CALLS_SUMS_MAX	  1024 /* commands of processes that are gone; the rest is one */
#define CALLS_ERRS_MAX	  32768
#define CALLS_ERRNOS	  4096 /* errnos are below */

/* Where a window began. */
enum call_base { CALL_LAST, CALL_MARK, CALL_FIRST, CALL_BASES };

struct call_counts {
	uint64_t count, ns, errors;
	uint32_t slots[HIST_SLOTS]; /* wrap */
};

struct call_err {
	struct pool_node node; /* of the pool; not a key */
	struct call_err *next; /* of the same call */
	uint32_t error;
	bool gone;
	uint64_t now, base[CALL_BASES];
};

struct call_entry {
	struct pool_node node; /* key: of process and number */
	struct call_proc *proc;
	struct call_entry *next;      /* of the same process */
	struct call_entry *next_name; /* of the same name: belongs to whoever makes rows */
	struct call_err *errs;
	uint16_t nr, flags;
	bool gone; /* its process is: what comes now begins at zero */
	struct call_counts now, base[CALL_BASES];
	uint64_t max_ns[CALL_BASES];
};

struct call_proc {
	struct pool_node node; /* key: tgid; 0 for those without room, and for summed ones */
	uint64_t start_ns;     /* of summed ones a hash of comm */
	struct call_entry *entries;
	const struct proc_row *row; /* belongs to whoever makes rows */
	char comm[TASK_COMM_BYTES + 1];
	bool named, summed;
	uint8_t ticks; /* that have passed since it was gone, or while it had no calls */
	uint64_t processes, base[CALL_BASES]; /* how many a summed one sums */
};

struct calls_table {
	struct pool entries, procs, errs;
	uint32_t sums_nr; /* processes that sum others */
};

/* Returns 0 or -ENOMEM; after an error calls_table_fini() cleans up. */
int calls_table_init(struct calls_table *t);
void calls_table_fini(struct calls_table *t);
void calls_table_clear(struct calls_table *t);

/* Take records. What finds no room is counted by the pools. */
void calls_table_call(struct calls_table *t, const struct call_rec *r);
void calls_table_err(struct calls_table *t, const struct call_err_rec *r);
/* Names a process; with `make` also one of which no call is known yet. */
void calls_table_name(struct calls_table *t, uint32_t tgid, uint64_t start_ns, const char *comm,
		      bool make);

/* Finds a process; where the kernel cannot tell its start (5.10) by tgid alone. */
struct call_proc *calls_table_proc(const struct calls_table *t, uint32_t tgid, uint64_t start_ns);
/* A window begins now. */
void calls_table_rebase(struct calls_table *t, enum call_base base);
/* A tick: processes that have no calls are forgotten, and when room gets short the gone are summed.
 */
void calls_table_tick(struct calls_table *t);
/* Whether all its calls have had their last word, and it has a name or there is none to come. */
bool calls_table_is_gone(const struct call_proc *p);
/* Sums a process that is gone by its command, and takes it out. */
void calls_table_fold(struct calls_table *t, struct call_proc *p);

#endif
