/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output files, opened so that nobody can make us write where the user did not say. */
#ifndef PROBETOP_OUTFILE_H
#define PROBETOP_OUTFILE_H

#include <stdbool.h>

#include "log.h"

/*
 * Opens `path` for writing: a new file (O_EXCL, O_NOFOLLOW, 0600); an existing regular file only
 * with `force`, and then emptied; "-", "/dev/stdout", "/dev/stderr" and "/dev/null" as they are. Returns a
 * descriptor, or a negative errno with words in `e` (-EEXIST, -ELOOP, -EINVAL for anything
 * that is no regular file).
 */
int outfile_open(const char *path, bool force, struct err *e);

#endif
