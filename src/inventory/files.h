/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading small files of /proc into a caller's buffer. Owns nothing, keeps nothing open. */
#ifndef PROBETOP_FILES_H
#define PROBETOP_FILES_H

#include <stdint.h>
#include <sys/types.h>

#include "parse.h"

/* Opens `path` under `root` ("" on a live host). Returns a descriptor or a negative errno. */
int files_open(const char *root, const char *path, int flags);

/* Returns the text of `fd` from its beginning, at most `size` bytes; empty if unreadable. */
struct text files_text(int fd, char *buf, size_t size);

/* Reads `path` under `dir_fd` with one read(2). Returns the bytes read or a negative errno. */
ssize_t files_read_at(int dir_fd, const char *path, char *buf, size_t size);

/* Returns the nanoseconds of a clock tick, the unit of times in /proc. */
uint64_t files_tick_ns(void);

/* Returns CLOCK_MONOTONIC now. */
uint64_t files_now_ns(void);

#endif
