/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block I/O by process in a snapshot: a row for each process that is charged with requests, and
 * its parts by device and operation. Rows hold raw sums over the window, as all rows do. Source:
 * DISK_PROC (hooks block_io_start, block_rq_issue, block_rq_complete), DISK_FLIGHT.
 */
#ifndef PROBETOP_SNAP_DISK_PROCS_H
#define PROBETOP_SNAP_DISK_PROCS_H

#include "group.h"
#include "snap_disk.h"

/* Histograms of a process: those of enum disk_hist, and the two added up. */
enum disk_proc_hist {
	DISK_PROC_QUEUE = DISK_HIST_QUEUE,
	DISK_PROC_SERVICE = DISK_HIST_SERVICE,
	DISK_PROC_LATENCY, /* start to completion */
	DISK_PROC_HIST_NR,
};

/*
 * A process that has had I/O since counting began, with zeros where it had none in the window.
 * `p` is its row of the task table; where there is none the identity, and the rest unknown. Those
 * that no tick saw, or that are gone, are summed by command: p.pid FIG_UNKNOWN, p.dead,
 * p.processes. With a pid of FIG_UNKNOWN and not dead: all for which the kernel's side had no room.
 */
struct disk_proc_row {
	struct proc_row p; /* first: what is made for rows of processes serves */
	int64_t count[DISK_OP_NR];
	int64_t requests; /* of all operations */
	int64_t read_bytes, write_bytes, discard_bytes;
	int64_t bytes;			  /* read and written */
	int64_t inferred, inferred_bytes; /* of these requests, charged to who dirtied the pages */
	int64_t errors, queue_ns, service_ns;
	int64_t lat_p50_ns, lat_p99_ns, lat_max_ns; /* start to completion; the maximum is exact */
	int64_t queue_p50_ns, queue_p99_ns, service_p50_ns, service_p99_ns;
	int64_t avg_bytes;	  /* of reads and writes */
	int64_t inferred_pct;	  /* thousandths, as the next */
	int64_t device_share_pct; /* of the service time of the device that it uses most */
	int64_t devices;	  /* how many it uses */
	uint32_t dev;		  /* the one it uses most; DISK_ALL where it had no I/O */
	int64_t inflight, oldest_ns; /* now; the age of its oldest request in flight, 0: none */
	int part, parts_nr;	     /* its parts: disk_procs_snap.parts[part] and after */
};

/* Requests of one process to one device, of one operation, in the window; zeros where there were none. */
struct disk_part {
	int row; /* index of disk_procs_snap.rows */
	uint32_t dev;
	uint16_t op; /* enum disk_op */
	int64_t count, bytes, inferred, inferred_bytes, queue_ns, service_ns, errors;
	uint64_t max_ns; /* queue and service together */
	uint32_t slots[DISK_PROC_HIST_NR][HIST_SLOTS];
	uint32_t sizes[SIZE_SLOTS];
};

struct disk_procs_snap {
	struct fig_status status;	 /* of counts */
	struct fig_status time_status;	 /* of times */
	struct fig_status flight_status; /* of what is in flight: only the oldest are told */
	const struct disk_proc_row *rows; /* in order of (pid, start), the summed ones last */
	const struct disk_part *parts;	  /* by row, device, operation */
	int rows_nr, parts_nr;
	int64_t oldest_ns;   /* age of the oldest request in flight of all, 0: none; FIG_UNKNOWN */
	uint32_t oldest_dev; /* where it is */
	struct disk_procs_made *made; /* rows of one device and of groups, made when asked */
};

/* The row of a live process (or one that ended in the interval), or NULL where it has had no I/O. */
const struct disk_proc_row *snapshot_disk_proc(const struct snapshot *s, const struct proc_row *row);

/* The rows of one device only: what each process did there. DISK_ALL gives all. Returns how many. */
int snapshot_disk_procs(const struct snapshot *s, uint32_t dev, const struct disk_proc_row **ret_rows);

/*
 * Sums and histograms of one row by device (DISK_ALL) and operation (DISK_ANY_OP). Return false,
 * and zeros, where it had no such requests in the window.
 */
bool snapshot_disk_proc_sum(const struct snapshot *s, const struct disk_proc_row *row, uint32_t dev, int op,
			    struct disk_sum *ret);
bool snapshot_disk_proc_hist(const struct snapshot *s, const struct disk_proc_row *row, uint32_t dev, int op,
			     enum disk_proc_hist which, struct hist *ret);
bool snapshot_disk_proc_sizes(const struct snapshot *s, const struct disk_proc_row *row, uint32_t dev, int op,
			      int64_t ret[SIZE_SLOTS]);

/* Whether a part is of this device and operation: for walks over all parts ("who does it"). */
static inline bool disk_part_is(const struct disk_part *part, uint32_t dev, int op)
{
	return (dev == DISK_ALL || part->dev == dev) && (op == DISK_ANY_OP || part->op == op);
}

/* Rows summed by what processes have in common. `sums.p.cmd` is the group's name; its parts are not told. */
struct disk_group_row {
	struct disk_proc_row sums; /* first */
	uint64_t key;		   /* group_key() of its members */
};
int snapshot_disk_groups(const struct snapshot *s, enum group_by by, uint32_t dev, const struct disk_group_row **ret_rows);

#endif
