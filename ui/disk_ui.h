/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the views of the Disk pane remember while they are on the screen and while they are not. */
#ifndef PROBETOP_DISK_UI_H
#define PROBETOP_DISK_UI_H

#include <stdbool.h>
#include <stdint.h>

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

struct disk_latency_ui {
	int op;	   /* enum disk_op, or DISK_ANY_OP */
	int which; /* enum disk_hist */
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
