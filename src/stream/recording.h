/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings: the stream in a file (doc/record-format.md): a versioned head, zstd blocks
 * with checksums, an index of key frames at the end where the writer had the time.
 */
#ifndef PROBETOP_RECORDING_H
#define PROBETOP_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "source.h"

struct recorder;

/* Takes over `fd` (open for writing). Writes the head. Returns 0 or a negative errno. */
int recorder_new(int fd, struct recorder **ret_rec, struct err *e);
/* Appends one record. The tick record ends a block. Returns 0 or the first error met. */
int recorder_add(struct recorder *r, const struct ev_hdr *ev);
/* Writes the last block and the index, closes the file. Returns 0 or the first error met. */
int recorder_close(struct recorder *r, struct err *e);

struct replay_info {
	uint64_t first_ns, last_ns; /* CLOCK_MONOTONIC of the first and last tick */
	uint64_t first_real_ns;
	uint32_t ticks;
	bool damaged; /* plays up to the damage */
	char damage[160];
};

/*
 * Opens a recording as a source. Needs no rights but to read the file. A foreign file is
 * -EBADMSG, a newer version -EPROTO, each with words in `e`; a damaged one opens, plays up to the damage
 * and says so in replay_info.
 */
int replay_open(const char *path, struct source **ret_source, struct err *e);
const struct replay_info *replay_info(const struct source *s);
/*
 * Moves so that the next tick() gives the interval that ends at or first after `mono_ns`.
 * To land there with full state it restarts from the key frame before it and hands the
 * intervals between to `fn`. The caller clears its models first. Returns 0 or negative errno.
 */
int replay_seek(struct source *s, uint64_t mono_ns, record_fn fn, void *ctx);

#endif
