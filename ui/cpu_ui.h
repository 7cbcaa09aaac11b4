/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the views of the CPU pane remember while they are on the screen and while they are not. */
#ifndef PROBETOP_CPU_UI_H
#define PROBETOP_CPU_UI_H

#include <stdbool.h>
#include <stdint.h>

struct runqueue_ui {
	int which;      /* enum hist_which: the histogram with the cursor */
	int slot;       /* the bucket under the cursor; -1: none yet */
	bool in_bucket; /* Enter: the list of who is in it */
};

struct irqs_ui {
	bool entered; /* the page of one is shown: */
	uint8_t type;
	uint32_t key;
};

struct calls_ui {
	int mode;
};

struct events_ui {
	uint32_t hidden; /* bit per kind that is not shown */
	bool failed;     /* only what failed */
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
	bool containers;    /* O: only what runs in a container */
};

struct cpu_ui {
	struct runqueue_ui runqueue;
	struct irqs_ui irqs;
	struct calls_ui calls;
	struct events_ui events;
	struct group_ui group;
};

#endif
