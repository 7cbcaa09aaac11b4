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
#include "snapshot.h"

/* Commands in the table; the sum of all others comes on top. */
#define SHORTS_MAX 4096

struct short_sum {
	struct pool_node node; /* key: a hash of comm and ppid */
	uint32_t ppid, uid;    /* ppid REC_UNKNOWN32 in the sum of all others */
	char comm[TASK_COMM_BYTES];
	bool used; /* an entry of the pool that is free is all zero */
	uint64_t processes, processes_total, processes_mark;
	struct sums now, total; /* of the running interval; of all before it */
	struct sums mark;	/* `total` at the mark */
	uint64_t cgroup_id;	/* of the last one; REC_UNKNOWN */
};

/* Whose sum it is. */
struct short_who {
	const char *comm;
	uint32_t ppid, uid;
	uint64_t cgroup_id;
};

struct shorts {
	struct pool pool;
	uint64_t folded; /* entries summed into the one for all others */
};

int shorts_init(struct shorts *s, uint32_t capacity);
void shorts_fini(struct shorts *s);
void shorts_clear(struct shorts *s);

/* Adds to the running interval. `processes` may be 0: time of one that is counted elsewhere. */
void shorts_add(struct shorts *s, const struct short_who *who, uint64_t processes,
		const struct sums *now);
/* Adds to the totals only: a row that goes. `mark`: its totals at the mark; NULL: nothing. */
void shorts_add_total(struct shorts *s, const struct short_who *who, bool before_mark,
		      const struct sums *total, const struct sums *mark);
/* Ends the interval: what was running goes to the totals. */
void shorts_close(struct shorts *s);
/* WINDOW_MARK counts from here; `running`: what the interval has so far lies before it. */
void shorts_mark(struct shorts *s, bool running);
/* Forgets the mark. */
void shorts_unmark(struct shorts *s);

/*
 * Lists the sums that have a part in the window in order of command and parent. Returns how
 * many were written to `ret` (at most `max`).
 */
int shorts_list(const struct shorts *s, enum window window, const struct short_sum **ret, int max);
/* Adds `x` to a copy of another entry; what the two do not share becomes unknown. */
void shorts_merge(struct short_sum *to, const struct short_sum *x);
/* Sets what an entry holds of the window. Returns how many processes. */
uint64_t shorts_window(const struct short_sum *x, enum window window, struct sums *ret_sums);

#endif
