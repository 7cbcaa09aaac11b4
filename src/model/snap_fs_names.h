/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of files in a snapshot: what the kernel said of (filesystem, inode) last. */
#ifndef PROBETOP_SNAP_FS_NAMES_H
#define PROBETOP_SNAP_FS_NAMES_H

#include "snap_fs.h"

#define FS_PATH_MAX (FS_NAME_BYTES + 160 + 8) /* mount point, "/...", path within the filesystem */

/* As it was told; NULL where nothing was. Its path is raw, and may lack its NUL. */
const struct fs_name_rec *snapshot_fs_named(const struct snapshot *s, uint32_t dev, uint64_t ino);

/*
 * The path of a file, from the root of our mount namespace: FS_PATH_MAX bytes are always enough. Returns true
 * where it is whole; else what is known stands there: the end behind "/...", or a path within a filesystem
 * that is not mounted in our namespace; "" where nothing is known.
 */
bool snapshot_fs_file(const struct snapshot *s, uint32_t dev, uint64_t ino, char *buf, size_t size);

/* The same of what a record says; `flags`: FS_F_CUT. */
bool snapshot_fs_whole(const struct snapshot *s, uint32_t mnt_id, uint32_t dev, uint32_t flags, const char *path,
		       size_t path_size, char *buf, size_t size);

#endif
