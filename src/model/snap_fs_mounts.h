/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts in a snapshot: what each is, how full it is (df's figures), whether it hangs and who waits
 * on it. What statvfs(3) has not answered (yet) is FIG_UNKNOWN.
 */
#ifndef PROBETOP_SNAP_FS_MOUNTS_H
#define PROBETOP_SNAP_FS_MOUNTS_H

#include "snap_fs.h"

#define FS_MOUNTS_MAX  4096
#define FS_WAITING_MAX 256 /* threads that wait on all mounts together */

struct fs_mount_row {
	struct fs_mount_rec m; /* strings end with NUL */
	int above;	       /* row of the mount that it stands on; -1 */
	int64_t place;	       /* number of the row: by mount point */
	bool main;	       /* of the mounts of one filesystem the one that names it; none of what is hidden */
	bool asked;	       /* there was an answer, or there should have been */
	uint8_t state;	       /* enum fs_usage_state */
	int error;	       /* errno of FS_USAGE_ERROR */
	int64_t size_bytes, used_bytes, free_bytes, avail_bytes;
	int64_t use_pct;       /* thousandths: used / (used + available), rounded up */
	int64_t inodes, inodes_used, inodes_free, inode_use_pct;
	int64_t hung_ns;       /* not answered for so long; 0: it answers */
	int64_t age_ns;	       /* since the figures were asked for */
	int64_t waiters;       /* threads found waiting on it, while it hangs; else 0 */
	int64_t mnt_id, parent_id, major, minor;
};

struct fs_mounts;
struct fs_mounts_snap {
	const struct fs_mount_row *rows; /* by mount point; of those on one point the upper one last */
	int rows_nr;
	const struct fs_waiter_rec *waiters; /* by mount, then as they were told */
	int waiters_nr;
	int hung_nr;
	const struct fs_mount_row *hung; /* the one that hangs longest; NULL */
	/* The fullest of those that can be written to; FIG_UNKNOWN: none is known. */
	int64_t use_pct, inode_use_pct;
	const struct fs_mounts *of; /* for look-ups */
};

/* The row of a mount of our namespace; of what names a filesystem. NULL where there is none. */
const struct fs_mount_row *snapshot_fs_mount(const struct snapshot *s, uint32_t mnt_id);
const struct fs_mount_row *snapshot_fs_main(const struct snapshot *s, uint32_t dev);

/* The threads that wait on it, in a row of the snapshot; returns how many. */
int snapshot_fs_waiters(const struct snapshot *s, uint32_t mnt_id, const struct fs_waiter_rec **ret);

/* "ok", "HUNG", "ENOTCONN", "hidden"; "" where it was not asked. */
const char *fs_mount_state(const struct fs_mount_row *row, char *buf, size_t size);

#endif
