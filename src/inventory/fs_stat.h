/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc says of the caches of files: counts of inodes, dentries and open files, cached, dirty and written
 * pages. The files are kept open; a reading costs one system call each. `root`: see inventory.h.
 */
#ifndef PROBETOP_FS_STAT_H
#define PROBETOP_FS_STAT_H

#include <stdint.h>

#include "source.h"

struct fs_stat;

/* Opens what there is; a missing file only leaves its figures unknown. 0 or -ENOMEM. */
int fs_stat_new(const char *root, struct fs_stat **ret_stat);
/* Closes them; accepts NULL. */
void fs_stat_free(struct fs_stat *f);
/* Emits FS_STAT. Source: /proc/sys/fs/{inode-nr,dentry-state,file-nr}, /proc/meminfo, /proc/vmstat. */
void fs_stat_tick(struct fs_stat *f, uint64_t now_ns, record_fn fn, void *ctx);

#endif
