/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests by device and set of flags (rwbs), and their last minutes, as a snapshot holds them.
 * Every device tells its own requests: what passes through a loop device counts there and again
 * on the device below it.
 */
#ifndef PROBETOP_SNAP_DISK_SETS_H
#define PROBETOP_SNAP_DISK_SETS_H

#include "snap_disk.h"

/* Growth in the window; a set that ever had a request has a row. */
struct disk_set_row {
	uint32_t dev, set;
	struct disk_sum sum;
	struct hist hist[DISK_HIST_NR];
	int64_t sizes[SIZE_SLOTS];
	int64_t avg_bytes; /* FIG_UNKNOWN without a request */
	int64_t sequential_pct; /* thousandths, as the next; FIG_UNKNOWN where nothing is moved */
	int64_t share_pct; /* of all requests of its device */
	int64_t p50_ns[DISK_HIST_NR], p99_ns[DISK_HIST_NR], max_ns[DISK_HIST_NR];
};

struct disk_sets_snap {
	const struct disk_set_row *rows; /* in order of (dev, set) */
	int rows_nr;
	struct fig_status status;	/* of counts, sizes and service times */
	struct fig_status queue_status; /* of queue times */
	const struct disk_sets *of; /* for snapshot_disk_heat() */
};

/* Returns a device's rows (DISK_ALL: all) and how many; 0 without any. */
int snapshot_disk_sets(const struct snapshot *s, uint32_t dev, const struct disk_set_row **ret_rows);
/* Returns the last minutes of a histogram; NULL where there were no such requests, or too many devices. */
const struct heat *snapshot_disk_heat(const struct snapshot *s, uint32_t dev, int op, enum disk_hist which);

#endif
