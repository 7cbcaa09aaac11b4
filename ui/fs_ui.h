/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the views of the Filesystem pane remember while they are on the screen and while they are not. */
#ifndef PROBETOP_FS_UI_H
#define PROBETOP_FS_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "bucket.h"
#include "fs.h"
#include "heatkeep.h"

/* The filesystem that was entered (Enter on a mount): the other views show only it. */
struct fs_dev_ui {
	uint32_t dev;  /* FS_ALL: none */
	char name[96]; /* its mount point, raw */
	int from;      /* the view in which it was chosen, to go back to */
	bool in_process; /* chosen inside a process: Esc leaves the filesystem first */
};

struct fs_files_ui {
	bool all; /* every type, not only regular files */
};

enum fs_from_table { FS_NOT_FROM_TABLE, FS_FROM_TABLE, FS_FROM_TABLE_INTO_DEV };

/* Of which operation, of which filesystems, and where in its histogram. */
struct fs_latency_ui {
	int what;	 /* fs_what(): the histogram with the cursor */
	char fstype[FS_TYPE_BYTES + 1]; /* only filesystems of this type; "": of any */
	bool table;	 /* the table by filesystem is shown */
	int from_table;	 /* enum fs_from_table: it was chosen there, Esc goes back to it */
	int from;	 /* the view in which the operation was chosen, plus one; 0: here */
	bool from_entered; /* chosen inside a process */
	int in_bucket;	 /* enum in_bucket: the list of who is in it */
	struct bucket_cursor at;
	struct heatkeep heat; /* of what the view is narrowed to */
};

struct fs_caches_ui {
	bool ages; /* the histogram of readahead in place of the table */
};

struct fs_mounts_ui {
	bool all; /* what df leaves out, too */
};

struct fs_ui {
	struct fs_dev_ui dev;
	struct fs_files_ui files;
	struct fs_latency_ui latency;
	struct fs_caches_ui caches;
	struct fs_mounts_ui mounts;
};

#endif
