/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of Filesystem / mounts: df, df -i and mount. */
#include <stddef.h>

#include "fs_mounts_view.h"
#include "snap_fs_mounts.h"

#define ROW(member) offsetof(struct fs_mount_row, member)

#define BYTES(name, short, heading, heavy, member, text) \
	{ .key = name, .alias = short, .title = heading, .unit = UNIT_BYTES, .width = 5, .weight = heavy, .off = ROW(member), \
	  .flags = COL_CUSTOM, .help = text }
#define COUNT(name, short, heading, heavy, member, text) \
	{ .key = name, .alias = short, .title = heading, .unit = UNIT_COUNT, .width = 6, .weight = heavy, .off = ROW(member), \
	  .flags = COL_CUSTOM, .help = text }

/* clang-format off */
const struct column fs_mount_columns[] = {
	{ .key = "source", .alias = "filesystem", .title = "FILESYSTEM", .unit = UNIT_TEXT, .width = 12, .weight = 82,
	  .flags = COL_LEFT, .help = "what is mounted: a device, a server's path, or the word that was given" },
	{ .key = "fstype", .alias = "type", .title = "TYPE", .unit = UNIT_TEXT, .width = 10, .weight = 84, .flags = COL_LEFT,
	  .help = "type of the filesystem" },
	BYTES("size_bytes", "size", "SIZE", 90, size_bytes, "size (df), asked of the filesystem while this view is open; else every ten "
	      "seconds"),
	BYTES("used_bytes", "used", "USED", 84, used_bytes, "used: the size without what is free"),
	BYTES("avail_bytes", "avail", "AVAIL", 96, avail_bytes, "what users may still take; less than what is free where a part is "
	      "kept for root"),
	{ .key = "use_pct", .alias = "use", .title = "USE%", .unit = UNIT_PCT, .width = 5, .weight = 100, .off = ROW(use_pct),
	  .flags = COL_CUSTOM, .help = "used of used and available together (df rounds up to whole numbers); marked above 95 where it "
	  "can be written to" },
	{ .key = "inode_use_pct", .alias = "iuse", .title = "IUSE%", .unit = UNIT_PCT, .width = 5, .weight = 75,
	  .off = ROW(inode_use_pct), .flags = COL_CUSTOM,
	  .help = "share of the inodes in use; none where they are made as they are needed; marked above 90" },
	COUNT("inodes", "inodes", "INODES", 44, inodes, "inodes that it has room for (df -i)"),
	COUNT("inodes_used", "iused", "IUSED", 42, inodes_used, "inodes in use"),
	COUNT("inodes_free", "ifree", "IFREE", 46, inodes_free, "inodes that are free"),
	{ .key = "state", .title = "STATE", .unit = UNIT_TEXT, .width = 8, .weight = 98, .flags = COL_LEFT | COL_CUSTOM,
	  .help = "empty: it answers. HUNG: statvfs has not returned for so long; others go on, and this one is asked no more until it "
		  "does. An error: what statvfs said. hidden: another mount lies over it" },
	{ .key = "flags", .title = "FLAGS", .unit = UNIT_TEXT, .width = 5, .weight = 50, .flags = COL_LEFT,
	  .help = "r read-only, b a part of a filesystem or one that is mounted elsewhere too, n on another machine or on a program "
		  "(FUSE), p in memory or made up by the kernel, h hidden" },
	{ .key = "options", .alias = "opts", .title = "OPTIONS", .unit = UNIT_TEXT, .width = 24, .weight = 30, .flags = COL_LEFT,
	  .help = "options of the mount, then those of the filesystem" },
	{ .key = "mount", .alias = "point", .title = "MOUNTED ON", .unit = UNIT_TEXT, .width = 10, .flags = COL_LEFT | COL_GROW,
	  .help = "where it is mounted" },
	/* for files, sorting and filters */
	{ .key = "place", .title = "PLACE", .unit = UNIT_NONE, .flags = COL_NO_SCREEN | COL_UP, .off = ROW(place),
	  .help = "place in the order of mount points" },
	{ .key = "free_bytes", .alias = "free", .title = "FREE", .unit = UNIT_BYTES, .flags = COL_NO_SCREEN, .off = ROW(free_bytes),
	  .help = "free, with what is kept for root" },
	{ .key = "hung_ns", .alias = "hung", .title = "HUNG", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(hung_ns),
	  .help = "how long it has not answered; 0: it does" },
	{ .key = "waiters", .title = "WAITERS", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(waiters),
	  .help = "threads found waiting on it while it hangs: those in a system call that names a file below it" },
	{ .key = "waiting", .title = "WAITING", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "these threads: name(thread), process by process" },
	{ .key = "age_ns", .alias = "age", .title = "AGE", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(age_ns),
	  .help = "how old the figures are" },
	{ .key = "root", .title = "ROOT", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "what of the filesystem is mounted" },
	{ .key = "mnt_id", .title = "ID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(mnt_id),
	  .help = "number of the mount, as in /proc/PID/mountinfo" },
	{ .key = "parent_id", .title = "PARENT", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(parent_id),
	  .help = "number of the mount that it stands on" },
	{ .key = "major", .title = "MAJOR", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(major),
	  .help = "device number of the filesystem" },
	{ .key = "minor", .title = "MINOR", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(minor),
	  .help = "device number of the filesystem" },
	{ .key = NULL },
};
/* clang-format on */
