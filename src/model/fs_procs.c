/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations on files by process. */
#include "fs_delta.h"

static void procs_grow(void *state, const struct fs_delta *d)
{
}

static void procs_tick(void *state, const struct tick_rec *tick)
{
}

static void procs_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
}

static void procs_mark(void *state)
{
}

const struct fs_fold fs_procs_fold = {
	.name = "procs",
	.state_size = sizeof(uint64_t),
	.grow = procs_grow,
	.tick = procs_tick,
	.publish = procs_publish,
	.mark = procs_mark,
};
