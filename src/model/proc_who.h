/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a process is in a table of what processes did: by pid and start, with the row that the task table has for it.
 * One that is gone is summed by its command, so a table holds sums beside processes, and an entry without either for
 * those that found no room in the kernel's table. A table keeps them in a pool with keys, `struct proc_who` first.
 */
#ifndef PROBETOP_PROC_WHO_H
#define PROBETOP_PROC_WHO_H

#include <stdbool.h>

#include "pool.h"
#include "snapshot.h"

struct proc_who {
	struct pool_node node; /* key: tgid; 0 for those without room, and for summed ones */
	uint64_t start_ns;     /* of summed ones a hash of comm */
	const struct proc_row *row; /* of the snapshot that is made; NULL */
	uint32_t uid;
	char comm[TASK_COMM_BYTES + 1];
	bool used : 1, summed : 1, kthread : 1; /* bits: tables have room for thousands */
	bool linked : 1;			/* it had a row of the task table */
};

/* Finds the entry of a process; NULL: not there. */
void *proc_who_find(const struct pool *procs, uint32_t tgid, uint64_t start_ns);
/* The same, made if it is new; NULL: no room (counted). */
void *proc_who_get(struct pool *procs, uint32_t tgid, uint64_t start_ns);
/*
 * The sum of a process's command; where there are `max` of them, that of all others; NULL: no room (counted). It has
 * a user while all it sums have that one.
 */
void *proc_who_sum(struct pool *procs, const struct proc_who *who, uint32_t max, uint32_t *sums_nr);
uint64_t proc_who_hash(const char *comm);

/* Whether it is a process, not a sum, nor those without room. */
static inline bool proc_who_is_one(const struct proc_who *who)
{
	return who->used && !who->summed && who->node.key;
}

/* Finds the row that the task table has for a process, whose name is the newest. Returns whether there is one. */
bool proc_who_link(struct proc_who *who, const struct snapshot *s);
/* In order of (pid, start), as the task table; then those without room, then sums by command: for sort_pointers(). */
int proc_who_compare(const void *a, const void *b);

/* Fills a row for one that the task table does not show: who it is. */
void proc_who_row(const struct proc_who *who, bool dead, struct proc_row *row);
/* Then how many it stands for, of a sum `summed`, and its user's name, from another row of the snapshot. */
void proc_who_row_more(const struct proc_who *who, uint64_t summed, const struct snapshot *s, struct proc_row *row);

#endif
