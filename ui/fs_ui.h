/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the views of the Filesystem pane remember while they are on the screen and while they are not. */
#ifndef PROBETOP_FS_UI_H
#define PROBETOP_FS_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "bucket.h"
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

struct fs_ui {
	struct fs_dev_ui dev;
	struct fs_files_ui files;
};

#endif
