/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single operations on files as a snapshot holds them: a log in order of arrival. All bounded; what had no
 * room is counted.
 */
#ifndef PROBETOP_SNAP_FS_EVENTS_H
#define PROBETOP_SNAP_FS_EVENTS_H

#include "eventlog.h"
#include "snap_fs.h"

#define FS_EVENTS_MAX	   16384 /* events that are kept */
#define FS_EVENTS_TEXT_MAX (2u << 20) /* bytes of their paths */

/* One operation. Figures are FIG_UNKNOWN where they are not known, or mean nothing for it. */
struct fs_event_row {
	struct log_row log;	 /* its text: path, then path2 */
	int64_t ts_ns;		 /* CLOCK_MONOTONIC of its end */
	int64_t began_ns;
	int64_t ns;		 /* how long it took */
	int64_t bytes, offset;
	int64_t age_ns;		 /* an unlink: of the file, where its birth was seen */
	int64_t error;		 /* errno; 0: none */
	int64_t pid, tgid, fd, ino;
	int64_t mntns;		 /* inode of the mount namespace */
	uint64_t start_ns;	 /* of the process */
	uint32_t dev, mnt_id, oflags, nr;
	uint16_t path_len;	 /* the rest of the text is path2 */
	uint8_t event;		 /* enum fs_event: why it was told */
	uint8_t kind;		 /* what was done, never FS_EV_SHORT; FS_EV_SLOW: what has no kind of its own */
	uint8_t op;		 /* enum fs_op */
	uint8_t type;		 /* enum fs_type */
	uint8_t flags;		 /* enum fs_flags */
	char comm[TASK_COMM_BYTES];
	char fstype[FS_TYPE_BYTES]; /* empty where not known */
};

struct fs_events_snap {
	const struct fs_event_row *rows; /* oldest first */
	int nr;
	int new_from; /* the first that came in this interval */
	uint64_t dropped, dropped_all; /* had no room: of the interval, and since the start */
	uint64_t scrolled_all;	       /* were shown once, and gave way to later ones */
	const char *text;
};

/* The path as the record tells it: within its filesystem (mnt_id), or as the caller gave it. Not NUL-terminated. */
static inline const char *fs_event_path(const struct fs_events_snap *e, const struct fs_event_row *row, size_t *ret_len)
{
	*ret_len = row->path_len;
	return e->text + row->log.text_at;
}

/* The second one: of a rename the new name, of a mount where it is mounted. */
static inline const char *fs_event_path2(const struct fs_events_snap *e, const struct fs_event_row *row,
					 size_t *ret_len)
{
	*ret_len = row->log.text_len - row->path_len;
	return e->text + row->log.text_at + row->path_len;
}

/* What an operation does: FS_EV_READ and its like; FS_EV_SLOW where it is told only for being slow. */
enum fs_event fs_event_of_op(unsigned op);
/* Kinds that an event is of: bits of enum fs_event. A short-lived file is also deleted, a created one also opened. */
uint32_t fs_event_kinds(const struct fs_event_row *row);

#endif
