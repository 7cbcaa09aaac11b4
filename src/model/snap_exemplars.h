/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single durations out of histograms' slots, as a snapshot holds them. */
#ifndef PROBETOP_SNAP_EXEMPLARS_H
#define PROBETOP_SNAP_EXEMPLARS_H

#include "snapshot.h"

#define EXEMPLARS_KEPT 32

/* When full the oldest is at `next`. Times of different CPUs may step back a little. */
struct exemplar_ring {
	uint32_t nr, next;
	struct latency_rec recs[EXEMPLARS_KEPT];
};

struct exemplars_snap {
	struct exemplar_ring ring[HIST_WHICH_NR][HIST_SLOTS];
};

/*
 * Puts `r` among the `nr` in `ret`, the newest first; what does not fit `max` is the oldest.
 * Returns how many there are then.
 */
int exemplars_put(const struct latency_rec **ret, int nr, int max, const struct latency_rec *r);

#endif
