/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the views of the CPU pane remember while they are on the screen and while they are not. */
#ifndef PROBETOP_CPU_UI_H
#define PROBETOP_CPU_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "bucket.h"
#include "heatkeep.h"
#include "snapshot.h"

enum in_bucket { BUCKET_NO, BUCKET_OF_ALL, BUCKET_OF_ENTERED };

struct runqueue_ui {
	int which;     /* enum hist_which: the histogram with the cursor */
	int in_bucket; /* Enter: the list of who is in it, of all or of the entered process */
	struct bucket_cursor at;
};

enum cpus_shape { CPUS_WHAT_FITS, CPUS_TABLE, CPUS_MAP };

struct cpus_ui {
	int shape;     /* enum cpus_shape: what was chosen; 0: what fits */
	int cursor;    /* CPU under the cursor of the map: its place among those online */
	int per_line;  /* cells in a line of the map drawn last */
};

struct irqs_ui {
	bool entered; /* the page of one is shown: */
	uint8_t type;
	uint32_t key;
};

#define CALLS_DEPTH 4

/* One step into the system calls: the calls of a process, or the processes of a call. */
struct calls_step {
	int mode;		 /* enum calls_mode */
	uint64_t pid, start_ns;	 /* of a process: as in struct row_id */
	uint16_t nr, flags;	 /* of a call */
	char name[48];		 /* raw, for the breadcrumb */
};

struct calls_ui {
	bool by_process; /* g: rows are processes, not names */
	int depth;	 /* steps taken from there */
	struct calls_step steps[CALLS_DEPTH];
};

struct events_ui {
	uint64_t seen_ns; /* alerts up to here have been seen */
};

/* What the rows of processes are (g, H), and of which group they are members. */
struct group_ui {
	int by;		    /* enum group_by: rows are groups; 0: processes, or threads (ui->threads) */
	int in;		    /* enum group_by: only the members of one group have rows; 0: all */
	uint64_t in_key;    /* that group: what group_key() says of its members */
	char in_name[64];   /* raw */
	uint64_t cgroup_id; /* only this cgroup, in histograms too; 0: all */
	char cgroup_name[96]; /* raw */
	int from;	    /* the view in which it was chosen, to go back to */
	bool containers;    /* O: only what runs in a container */
};

struct cpu_ui {
	struct runqueue_ui runqueue;
	struct heatkeep heat; /* of what it is narrowed to */
	struct cpus_ui cpus;
	struct irqs_ui irqs;
	struct calls_ui calls;
	struct events_ui events;
	struct group_ui group;
};

#endif
