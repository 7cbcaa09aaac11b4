/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and writes by process and file. */
#include "fs_delta.h"

static void files_grow(void *state, const struct fs_delta *d)
{
}

static void files_tick(void *state, const struct tick_rec *tick)
{
}

static void files_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
}

static void files_mark(void *state)
{
}

const struct fs_fold fs_files_fold = {
	.name = "files",
	.state_size = sizeof(uint64_t),
	.grow = files_grow,
	.tick = files_tick,
	.publish = files_publish,
	.mark = files_mark,
};
