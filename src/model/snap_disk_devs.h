/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block devices in a snapshot: what each is and what it did in the window, as a tree over what
 * they stand on. Devices with a queue of requests are counted by BPF; partitions and devices that
 * hand bios on (dm, md) have no requests of their own and are counted by /proc/diskstats, as is
 * everything without BPF.
 */
#ifndef PROBETOP_SNAP_DISK_DEVS_H
#define PROBETOP_SNAP_DISK_DEVS_H

#include "snap_disk.h"

/* Sums of the window are raw; FIG_UNKNOWN where nothing tells. */
struct disk_dev_row {
	uint32_t dev;
	int parent, level; /* row of the device that it stands on, -1: none; how many are below it */
	int64_t place;	   /* number of the row */
	char name[32], scheduler[16], label[96]; /* raw, NUL-terminated; empty where it has none */
	uint8_t type;	   /* enum disk_type */
	bool queued;	   /* it has requests of its own, in a queue */
	bool counted;	   /* BPF counts them */
	bool used;	   /* it has media, or had I/O in the window: else nobody wants to see it */
	uint16_t flags;	   /* enum disk_info_flags */
	int slaves_nr;
	uint32_t slaves[DISK_SLAVES];
	int64_t major, minor, size_bytes, nr_requests, logical_bytes, max_bytes;
	int64_t rotational, write_cache, read_only; /* 0 or 1 */
	/* requests that completed, by enum disk_op up to DISK_FLUSH; bytes of the first three */
	int64_t ios[4], bytes[3], merges[3];
	int64_t all_ios; /* of all operations, others too */
	int64_t avg_bytes, read_avg_bytes, write_avg_bytes;
	int64_t merged_ios; /* reads and writes */
	int64_t await_ns, read_await_ns, write_await_ns; /* start to completion, average */
	int64_t queue_ns, service_ns;			 /* sums */
	int64_t queue_avg_ns, queue_p50_ns, queue_p99_ns, queue_max_ns;
	int64_t service_avg_ns, service_p50_ns, service_p99_ns, service_max_ns;
	int64_t errors, requeues;
	int64_t sequential_pct; /* thousandths */
	int64_t inflight;	/* started and not completed, now */
	int64_t issued;		/* of these, given to the device */
	int64_t oldest_ns;	/* age of the oldest of them; 0: none */
	int64_t busy_ns;	/* with a request in flight, the open period included */
	int64_t depth_ns;	/* time in flight, summed over requests */
	int64_t depth_max;
};

struct disk_devs;
struct disk_devs_snap {
	const struct disk_dev_row *rows; /* a tree: each after what it stands on */
	int rows_nr;
	struct fig_status count_status; /* of what /proc can tell, too */
	struct fig_status bpf_status;	/* of what only BPF tells */
	struct fig_status queue_status; /* of queue times */
	const struct disk_devs *of;	/* for look-ups */
};

/* The row of a device, or NULL. */
const struct disk_dev_row *snapshot_disk_dev(const struct snapshot *s, uint32_t dev);

/* Why the device has no latency of its own; NULL where it has. */
const char *disk_dev_no_latency(const struct disk_dev_row *row);

#endif
