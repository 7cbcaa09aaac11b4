/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways to run: frames into a file, a screen on a terminal, a report on the probes. Each
 * returns the exit status, or the negative number of the signal that is to end the program.
 */
#ifndef PROBETOP_APP_H
#define PROBETOP_APP_H

#include "collect.h"
#include "options.h"

/* --batch, --total, `-- COMMAND`, and every replay without a terminal. */
int app_batch(struct collect *c, const struct options *o, struct err *e);
/* The interactive screen. */
int app_live(struct collect *c, const struct options *o, struct err *e);
/* --check: attaches, counts for a moment, reports. */
int app_check(struct collect *c, const struct options *o, struct err *e);

/*
 * How an interval is cut into ticks: collection ticks every min(1 s, interval), a frame
 * comes every ticks_per_frame ticks, live and in a replay alike.
 */
struct pace {
	uint64_t tick_ns;
	uint32_t ticks_per_frame;
};
struct pace pace_of(uint64_t interval_ns);

#endif
