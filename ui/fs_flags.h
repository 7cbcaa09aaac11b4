/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flags of system calls on files in the words of their manual pages. */
#ifndef PROBETOP_FS_FLAGS_H
#define PROBETOP_FS_FLAGS_H

#include <stddef.h>
#include <stdint.h>

/*
 * "O_RDONLY|O_CREAT", "MS_NOSUID|MS_NODEV", "MNT_DETACH": the flags of an operation (enum fs_op) that was made by the
 * system call `name` (NULL: not known) on a `machine` as uname(2) names it. What has no name is a number behind them.
 * Empty where the operation has no flags. Returns its length.
 */
size_t fs_flags_words(char *buf, size_t size, unsigned op, const char *name, const char *machine, uint32_t flags);

#endif
