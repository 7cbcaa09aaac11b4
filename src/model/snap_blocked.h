/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where tasks are stuck, and kernel stacks that were asked for, as a snapshot keeps them. */
#ifndef PROBETOP_SNAP_BLOCKED_H
#define PROBETOP_SNAP_BLOCKED_H

#include "core.h"

#define BLOCKED_MAX 256 /* threads; the one that was read the longest ago gives way */
#define STACKS_MAX  8

/* Use snapshot_blocked() and snapshot_stack() of snapshot.h. */
struct blocked_snap {
	int blocked_nr, stacks_nr; /* in use, in no order */
	struct blocked_rec blocked[BLOCKED_MAX];
	struct stack_rec stacks[STACKS_MAX]; /* h.size as if all text were in use */
};

#endif
