/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that have no row of their own, summed by command and parent: those that no tick
 * saw alive and, in the totals, those whose row is gone. When there are too many commands,
 * the ones that are not of this interval are summed into one. Owns its pool.
 */
#ifndef PROBETOP_SHORT_H
#define PROBETOP_SHORT_H

#include <stdbool.h>

#include "fold.h"
#include "pool.h"

/* Commands in the table; the sum of all others comes on top. */
#define SHORTS_MAX 4096

struct short_sum {
	struct pool_node node; /* key: a hash of comm and ppid */
	uint32_t ppid, uid;    /* ppid REC_UNKNOWN32 in the sum of all others */
	char comm[TASK_COMM_BYTES];
	bool used; /* an entry of the pool that is free is all zero */
	uint64_t processes, processes_total;
	struct sums now, total; /* of the running interval; of all before it */
};

struct shorts {
	struct pool pool;
	uint64_t folded; /* entries summed into the one for all others */
};

int shorts_init(struct shorts *s, uint32_t capacity);
void shorts_fini(struct shorts *s);
void shorts_clear(struct shorts *s);

/* Adds to the running interval. `processes` may be 0: time of one that is counted elsewhere. */
void shorts_add(struct shorts *s, const char comm[TASK_COMM_BYTES], uint32_t ppid, uint32_t uid,
		uint64_t processes, const struct sums *now);
/* Adds to the totals only: a row that goes. */
void shorts_add_total(struct shorts *s, const char comm[TASK_COMM_BYTES], uint32_t ppid,
		      uint32_t uid, uint64_t processes, const struct sums *total);
/* Ends the interval: what was running goes to the totals. */
void shorts_close(struct shorts *s);

/*
 * Lists the sums that are of the interval (all of them with `total`) in order of command and
 * parent. Returns how many were written to `ret` (at most `max`).
 */
int shorts_list(const struct shorts *s, bool total, const struct short_sum **ret, int max);

#endif
