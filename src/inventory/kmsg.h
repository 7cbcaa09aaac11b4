/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's log as records: lines of level 4 (warning) or worse that are written from now
 * on. Source: /dev/kmsg. Owns its descriptor; allocates at kmsg_new() only.
 */
#ifndef PROBETOP_KMSG_H
#define PROBETOP_KMSG_H

#include <stdbool.h>
#include <stddef.h>

#include "core.h"
#include "source.h"

struct kmsg;

/* Opens /dev/kmsg at its end. Without the right to, it exists all the same. Returns 0 or -ENOMEM.
 */
int kmsg_new(struct kmsg **ret_kmsg);
/* The same with a descriptor of which each read(2) gives a line; it is taken over. */
int kmsg_new_fd(int fd, struct kmsg **ret_kmsg);
void kmsg_free(struct kmsg *k);

/*
 * Emits a CORE_KMSG for each line that has come, at most 256; what is beyond waits in the
 * kernel. Where the log cannot be read says so, when `key` is set. Never blocks.
 */
void kmsg_tick(struct kmsg *k, uint64_t now_ns, bool key, record_fn fn, void *ctx);

/*
 * Fills all but the header of `ret` from a line as /dev/kmsg gives it ("4,812,5140900,-;text").
 * h.ts_ns becomes the time in the line, on the log's own clock. Returns false for what is no line.
 */
bool kmsg_parse(const char *line, size_t len, struct kmsg_rec *ret);

#endif
