/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last intervals of a histogram, one column a tick whatever the pace of the screen. What
 * came since the last publish waits in `pending`, so that a picture that stands still stays
 * whole. Part of a model's state, all zero at start; the owner lends the room for columns.
 */
#ifndef PROBETOP_HEAT_H
#define PROBETOP_HEAT_H

#include <stdbool.h>

#include "snapshot.h"

struct heat_fold {
	uint64_t slots[HIST_SLOTS]; /* at the last tick */
	struct heat pending, shown;
};

/* Empty, with room for `cap` columns. */
void heat_init(struct heat *h, struct heat_column *columns, uint32_t cap);
/* The same for 2 * cap columns: half of them waits. Does nothing a second time. */
void heat_fold_init(struct heat_fold *h, struct heat_column *columns, uint32_t cap);
/* Closes a column at a tick: the growth of the cumulative `slots`. After a `gap` there is none. */
void heat_tick(struct heat_fold *h, uint64_t end_ns, const uint64_t slots[HIST_SLOTS], bool gap);
/* Returns the columns up to now, const until the next call. */
const struct heat *heat_publish(struct heat_fold *h);
/* Returns column `i`, 0 the oldest. */
const struct heat_column *heat_at(const struct heat *h, uint32_t i);
/* Adds a column for the interval that ended at `end_ns`: from `before` to `slots`. NULL: from zero. */
void heat_put(struct heat *h, uint64_t end_ns, const uint64_t slots[HIST_SLOTS], const uint64_t *before);

#endif
