/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks and names of records: the one table of kinds, with the sizes that each may have.
 */
#ifndef PROBETOP_RECORD_H
#define PROBETOP_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "core.h"
#include "cpu.h"
#include "disk.h"
#include "fs.h"

/*
 * Returns 0 when `ev` (of which `avail` bytes can be read) is a record that models may take:
 * its size fits `avail`, pane and kind are known, the size is right for the kind, counts
 * inside it (slots, lengths) stay inside it. Returns -EBADMSG otherwise, -EAGAIN where
 * `avail` is less than the header's size.
 */
int record_check(const struct ev_hdr *ev, size_t avail);

/* Returns the name of a record's kind ("task", "tick"), or "unknown". */
const char *record_name(const struct ev_hdr *ev);

/* Fills a header. `size` is the whole record. */
static inline void record_init(struct ev_hdr *h, uint64_t ts_ns, uint8_t pane, uint8_t kind,
			       size_t size)
{
	*h = (struct ev_hdr){ .ts_ns = ts_ns,
			      .size = (uint16_t)size,
			      .pane = pane,
			      .kind = kind,
			      .cpu = EV_CPU_ANY };
}

#endif
