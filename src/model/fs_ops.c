/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations by opsystem: sums and histograms. */
#include "fs_delta.h"

static void ops_grow(void *state, const struct fs_delta *d)
{
}

static void ops_tick(void *state, const struct tick_rec *tick)
{
}

static void ops_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
}

static void ops_mark(void *state)
{
}

const struct fs_fold fs_ops_fold = {
	.name = "ops",
	.state_size = sizeof(int),
	.grow = ops_grow,
	.tick = ops_tick,
	.publish = ops_publish,
	.mark = ops_mark,
};
