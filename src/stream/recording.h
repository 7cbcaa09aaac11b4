/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings: the stream in a file (doc/record-format.md): a versioned head, zstd blocks
 * with checksums, an index of key frames at the end where the writer had the time.
 * Writer and reader reserve their memory when they are made; a recording is untrusted input.
 */
#ifndef PROBETOP_RECORDING_H
#define PROBETOP_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "source.h"

struct recorder;

/*
 * Takes over `fd` (open for writing at the start of an empty file; closed on failure too).
 * Writes the head. Returns 0 or a negative errno.
 */
int recorder_new(int fd, struct recorder **ret_rec, struct err *e);
/* The same with the creation time given: equal records then give equal files. */
int recorder_new_at(int fd, uint64_t created_real_ns, struct recorder **ret_rec, struct err *e);
/*
 * Appends one record; the tick record ends a block. Returns a negative errno once, when
 * writing fails; from then on it does nothing and returns 0. Records that record_check()
 * refuses are left out.
 */
int recorder_add(struct recorder *r, const struct ev_hdr *ev);
/* Writes the last block and the index, closes the file. Returns 0 or the first error met. */
int recorder_close(struct recorder *r, struct err *e);

struct replay_info {
	uint64_t first_ns, last_ns; /* CLOCK_MONOTONIC of the first and last tick */
	uint64_t first_real_ns, created_real_ns;
	uint32_t ticks;
	bool damaged; /* plays up to the damage; may become true while playing */
	char damage[160];
};

/*
 * Opens a recording as a source. Needs no rights but to read the file. A foreign file is
 * -EBADMSG, one of another version -EPROTO, each with words in `e`; a damaged one opens,
 * plays up to the damage and says so in replay_info. Its tick() returns -ENODATA there too.
 */
int replay_open(const char *path, struct source **ret_source, struct err *e);
/* The same from a descriptor of a regular file, which it takes over. */
int replay_open_fd(int fd, struct source **ret_source, struct err *e);
const struct replay_info *replay_info(const struct source *s);
/*
 * Moves so that the next tick() gives the interval that ends at or first after `mono_ns` (the
 * last one when there is none). To land there with full state it restarts from the start or a
 * key frame before it and hands the intervals between to `fn`, each up to and with its tick.
 * The caller clears its models first, and publishes between this and tick(), so that the next
 * snapshot is of one interval. Returns 0 or a negative errno.
 */
int replay_seek(struct source *s, uint64_t mono_ns, record_fn fn, void *ctx);
/* The same, to the interval `ticks` before the one given last; 1 is one step back. */
int replay_back(struct source *s, uint32_t ticks, record_fn fn, void *ctx);

#endif
