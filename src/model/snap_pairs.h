/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waited behind whom and who woke whom, as a snapshot holds it. */
#ifndef PROBETOP_SNAP_PAIRS_H
#define PROBETOP_SNAP_PAIRS_H

#include "snapshot.h"

struct pair_sum {
	uint32_t kind;
	uint32_t tgid; /* 0: all processes together */
	uint32_t by;
	char name[24]; /* of `by` */
	uint64_t count, ns;
};

/* In order of kind, tgid, and of time or wake-ups, most first. */
struct pairs_snap {
	const struct pair_sum *const *sums;
	uint32_t nr;
};

#endif
