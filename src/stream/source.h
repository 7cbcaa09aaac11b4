/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source of records: the kernel, /proc, a recording, or a test. Behind this interface
 * nobody can tell which. Records are handed to a callback, one at a time, checked for size
 * and kind by the receiver (dispatch), and valid only during the call.
 */
#ifndef PROBETOP_SOURCE_H
#define PROBETOP_SOURCE_H

#include <stdint.h>

#include "event.h"
#include "log.h"

typedef void (*record_fn)(void *ctx, const struct ev_hdr *ev);

struct source;

struct source_ops {
	const char *name;
	/* Returns a descriptor for epoll that becomes readable when records wait, or -1. */
	int (*fd)(struct source *s);
	/*
	 * Hands over records that wait, at most `budget` of them. Returns how many, 0 when none
	 * wait, or a negative errno.
	 */
	int (*drain)(struct source *s, int budget, record_fn fn, void *ctx);
	/*
	 * Takes one pass: what changed since the last (everything with TICK_F_KEY in `flags`).
	 * A live source emits task records here and not the tick record itself; a replay emits
	 * the recorded interval up to and with its tick record. Returns 0, a negative errno, or
	 * -ENODATA at the end of a recording.
	 */
	int (*tick)(struct source *s, uint32_t flags, record_fn fn, void *ctx);
	void (*free)(struct source *s);
};

struct source {
	const struct source_ops *ops;
};

#endif
