/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows requests from step to step: what DISK_STAGE tells of one bio becomes one row, with the
 * times between its steps. Bounded: of those under way the least recent gives way, of those that are
 * over the oldest.
 */
#ifndef PROBETOP_DISK_FOLLOW_H
#define PROBETOP_DISK_FOLLOW_H

#include "snap_disk_stages.h"
#include "table.h"

#define STAGE_LIVE_ROWS 4096 /* requests under way that are followed */

struct follow {
	struct table live; /* struct stage_request by number of the bio */
	struct eventlog log;
	const void *order[STAGE_LIVE_ROWS];
	uint64_t forgotten; /* under way, and nobody knows how they ended */
};

int follow_init(struct follow *f);
void follow_fini(struct follow *f);
void follow_clear(struct follow *f);

/* Folds one step. Returns the row of what is over with it, valid until the next step; or NULL. */
const struct stage_request *follow_step(struct follow *f, const struct disk_stage_rec *r);
/* A record was lost: what began before and is still under way may have ended. */
void follow_forget(struct follow *f, uint64_t before_ns);
/* Shows what is over, and behind it what is under way at `now_ns`. */
void follow_show(struct follow *f, uint64_t now_ns, struct disk_stages_snap *ret);

#endif
