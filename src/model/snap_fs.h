/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every view of the Filesystem pane asks of a snapshot: names of filesystems and files, words. What
 * belongs to one view is in snap_fs_*.h.
 */
#ifndef PROBETOP_SNAP_FS_H
#define PROBETOP_SNAP_FS_H

#include <stddef.h>

#include "fs.h"
#include "snapshot.h"

#define FS_ALL 0 /* dev: all filesystems */

/* fs_mounts.c: "/srv": where it is mounted, shortest first; "8:1" where that is not known (another namespace). */
const char *snapshot_fs_name(const struct snapshot *s, uint32_t dev, char *buf, size_t size);
/* Its type: "ext4"; "" where not known. */
const char *snapshot_fs_type(const struct snapshot *s, uint32_t dev);
/*
 * The whole path of what a record names within its filesystem (dev; 0: that of the mount): with the mount
 * point of mnt_id before it. Returns
 * false where that mount is not in our namespace: then the one of `dev` stands there, or nothing, and the path is
 * to be marked as not whole.
 */
bool snapshot_fs_path(const struct snapshot *s, uint32_t mnt_id, uint32_t dev, const char *path, size_t path_size,
		      char *buf, size_t size);

/* fs.c: "read", "fsync", "getattr" ...; "regular", "socket" ...; fatrace's letter of an event: R W O C + D > . */
const char *fs_op_word(unsigned op);
const char *fs_type_word(unsigned type);
char fs_event_letter(unsigned event);
const char *fs_event_word(unsigned event);

#endif
