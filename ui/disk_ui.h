/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the views of the Disk pane remember while they are on the screen and while they are not. */
#ifndef PROBETOP_DISK_UI_H
#define PROBETOP_DISK_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "bucket.h"
#include "heatkeep.h"

#include "snap_disk_stages.h"

/* The device that was entered (Enter on a row of devices): the other views show only it. */
struct disk_dev_ui {
	uint32_t dev;  /* DISK_ALL: none */
	char name[32]; /* raw */
	int from;      /* the view in which it was chosen, to go back to */
	bool in_process; /* chosen inside a process: Esc leaves the device first */
};

struct disk_devices_ui {
	bool flat; /* not as a tree */
	bool all;  /* those without media, too */
};

/* Of which requests, which histogram, and where in it. */
struct disk_latency_ui {
	int which;	 /* enum lat_hist: the histogram with the cursor */
	int op;		 /* enum disk_op plus one; 0: all */
	bool of_set;	 /* only this set of flags of one device: */
	uint32_t set, set_dev;
	bool table;	 /* the table by flags is shown */
	int in_bucket;	 /* enum in_bucket: the list of who is in it */
	struct bucket_cursor at;
	struct heatkeep heat; /* of what the view is narrowed to */
};

struct disk_stages_ui {
	bool by_cpu; /* g: rows are CPUs of devices */
	struct stage_request shown; /* the request whose steps are shown, as it was; bio 0: none */
};

struct disk_ui {
	struct disk_dev_ui dev;
	struct disk_devices_ui devices;
	struct disk_latency_ui latency;
	struct disk_stages_ui stages;
};

#endif
