/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of Disk / devices: what iostat -x tells, and what only BPF can tell. */
#include <stddef.h>

#include "snap_disk_devs.h"
#include "view_disk.h"

#define ROW(member) offsetof(struct disk_dev_row, member)
#define ARRAY(member, i) (offsetof(struct disk_dev_row, member) + (i) * sizeof(int64_t))

static const struct fig_status *count_status(const struct snapshot *s)
{
	return s->disk_devs ? &s->disk_devs->count_status : NULL;
}

static const struct fig_status *bpf_status(const struct snapshot *s)
{
	return s->disk_devs ? &s->disk_devs->bpf_status : NULL;
}

static const struct fig_status *queue_status(const struct snapshot *s)
{
	return s->disk_devs ? &s->disk_devs->queue_status : NULL;
}

#define HIDDEN_RATE(name, short, heading, where, text) \
	{ .key = name, .alias = short, .title = heading, .unit = UNIT_COUNT, .fold = FOLD_RATE, .flags = COL_NO_SCREEN, \
	  .off = where, .status = count_status, .help = text }
#define BPF_RATE(name, short, heading, heavy, where, text) \
	{ .key = name, .alias = short, .title = heading, .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 5, .weight = heavy, \
	  .off = where, .status = bpf_status, .help = text }
#define RATE(name, short, heading, heavy, where, text) \
	{ .key = name, .alias = short, .title = heading, .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 5, .weight = heavy, \
	  .off = where, .status = count_status, .help = text }
#define BYTES(name, short, heading, heavy, where, text) \
	{ .key = name, .alias = short, .title = heading, .unit = UNIT_BYTES, .fold = FOLD_RATE, .width = 5, .weight = heavy, \
	  .off = where, .status = count_status, .help = text }
#define QUEUE(name, short, heading, heavy, where, text) \
	{ .key = name, .alias = short, .title = heading, .unit = UNIT_NS, .width = 5, .weight = heavy, .flags = COL_CUSTOM, \
	  .off = where, .status = queue_status, .help = text }
#define SERVICE(name, short, heading, heavy, where, text) \
	{ .key = name, .alias = short, .title = heading, .unit = UNIT_NS, .width = 5, .weight = heavy, .flags = COL_CUSTOM, \
	  .off = where, .status = bpf_status, .help = text }

/* clang-format off */
const struct column disk_device_columns[] = {
	{ .key = "device", .alias = "dev", .title = "DEVICE", .unit = UNIT_TEXT, .width = 12, .flags = COL_LEFT | COL_CUSTOM,
	  .help = "indented below what it stands on: partitions under their disk; dm, md and loop devices under the (first) device "
		  "that holds their data" },
	{ .key = "place", .title = "PLACE", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(place),
	  .help = "place in the tree: disks by name, each followed by what stands on it" },
	{ .key = "type", .title = "TYPE", .unit = UNIT_TEXT, .width = 5, .weight = 34, .flags = COL_LEFT,
	  .help = "disk, part (partition), loop (a file), dm (device mapper), md (RAID), other (hands I/O on, no queue)" },
	RATE("reads_per_s", "r", "R/s", 97, ARRAY(ios, DISK_READ),
	     "reads completed (iostat r/s); of partitions, dm and md from /proc/diskstats, which counts them while this view is open"),
	RATE("writes_per_s", "w", "W/s", 96, ARRAY(ios, DISK_WRITE), "writes completed (w/s)"),
	BYTES("read_bytes_per_s", "rd", "RD/s", 89, ARRAY(bytes, DISK_READ), "bytes read (rkB/s)"),
	BYTES("write_bytes_per_s", "wr", "WR/s", 88, ARRAY(bytes, DISK_WRITE), "bytes written (wkB/s)"),
	{ .key = "depth", .title = "DEPTH", .unit = UNIT_COUNT, .fold = FOLD_MEAN, .width = 5, .weight = 84, .off = ROW(depth_ns),
	  .status = count_status,
	  .help = "requests in flight, on average over the time (aqu-sz): queued and at the device together" },
	{ .key = "depth_max", .title = "DMAX", .unit = UNIT_COUNT, .width = 4, .weight = 54, .off = ROW(depth_max),
	  .status = bpf_status, .help = "most requests in flight at once" },
	{ .key = "inflight", .title = "FLT", .unit = UNIT_COUNT, .width = 4, .weight = 78, .off = ROW(inflight),
	  .status = count_status, .help = "in flight now: started and not completed" },
	QUEUE("queue_p50_ns", "q50", "QP50", 60, ROW(queue_p50_ns),
	      "queue time, from the request's start to its issue to the device: half took less; within one bucket (a factor of two)"),
	QUEUE("queue_p99_ns", "q99", "QP99", 87, ROW(queue_p99_ns), "queue time: 99 of 100 took less; within one bucket"),
	QUEUE("queue_max_ns", "qmax", "QMAX", 56, ROW(queue_max_ns), "the longest queue time"),
	SERVICE("service_p50_ns", "s50", "SP50", 62, ROW(service_p50_ns),
		"service time, from issue to completion: half took less; within one bucket"),
	SERVICE("service_p99_ns", "s99", "SP99", 94, ROW(service_p99_ns), "service time: 99 of 100 took less; within one bucket"),
	SERVICE("service_max_ns", "smax", "SMAX", 58, ROW(service_max_ns), "the longest service time"),
	{ .key = "oldest_ns", .alias = "oldest", .title = "OLDEST", .unit = UNIT_NS, .width = 6, .weight = 98, .off = ROW(oldest_ns),
	  .status = bpf_status, .help = "age of the oldest request in flight: one that never completes stands here and grows" },
	{ .key = "util_pct", .alias = "util", .title = "UTIL%", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 100,
	  .off = ROW(busy_ns), .status = count_status,
	  .help = "share of the time with at least one request in flight; a device that serves many at once is not full at 100" },
	BPF_RATE("errors_per_s", "err", "ERR/s", 80, ROW(errors), "requests that failed"),
	{ .key = "await_ns", .alias = "await", .title = "AWAIT", .unit = UNIT_NS, .width = 5, .weight = 70, .off = ROW(await_ns),
	  .status = count_status,
	  .help = "average of queue and service time together (iostat's await); of partitions, dm and md as /proc/diskstats has it: "
		  "from the bio, without percentiles" },
	{ .key = "avg_bytes", .alias = "size", .title = "SIZE", .unit = UNIT_BYTES, .width = 5, .weight = 68, .off = ROW(avg_bytes),
	  .status = count_status, .help = "average size of a read or write (areq-sz)" },
	RATE("flushes_per_s", "f", "F/s", 66, ARRAY(ios, DISK_FLUSH), "cache flushes that the device got (f/s)"),
	RATE("discards_per_s", "d", "D/s", 64, ARRAY(ios, DISK_DISCARD), "discards: blocks given back (d/s)"),
	{ .key = "sequential_pct", .alias = "seq", .title = "SEQ%", .unit = UNIT_PCT, .width = 4, .weight = 52,
	  .off = ROW(sequential_pct), .status = bpf_status,
	  .help = "share of reads and writes that began where the device's previous request of that direction ended" },
	RATE("merges_per_s", "m", "MRG/s", 50, ROW(merged_ios),
	     "reads and writes that were merged into a request that waited (rrqm/s, wrqm/s), from /proc/diskstats"),
	BPF_RATE("requeues_per_s", "rq", "REQ/s", 36, ROW(requeues), "requests that the device sent back to the queue"),
	{ .key = "scheduler", .alias = "sched", .title = "SCHEDULER", .unit = UNIT_TEXT, .width = 11, .weight = 46, .flags = COL_LEFT,
	  .help = "what orders the queue: none, mq-deadline, kyber, bfq" },
	{ .key = "nr_requests", .title = "QSIZE", .unit = UNIT_NONE, .width = 5, .weight = 42, .off = ROW(nr_requests),
	  .help = "how many requests the queue holds (nr_requests): more wait for a free one, as block wait of the process" },
	{ .key = "size_bytes", .title = "CAP", .unit = UNIT_BYTES, .width = 5, .weight = 44, .off = ROW(size_bytes),
	  .help = "capacity" },
	{ .key = "rotational", .alias = "rot", .title = "ROT", .unit = UNIT_NONE, .width = 3, .weight = 38, .off = ROW(rotational),
	  .help = "1: it turns; as the kernel was told (a virtual disk may say anything)" },
	{ .key = "write_cache", .alias = "cache", .title = "WC", .unit = UNIT_NONE, .width = 2, .weight = 40, .off = ROW(write_cache),
	  .help = "1: writes may sit in the device's cache until a flush" },
	{ .key = "label", .alias = "what", .title = "WHAT", .unit = UNIT_TEXT, .weight = 48, .flags = COL_LEFT | COL_GROW,
	  .help = "model of a disk, file of a loop device, name of a dm device, level of an md device" },
	/* for files, sorting and filters */
	{ .key = "parent", .title = "ON", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "what it stands on, all of it" },
	{ .key = "major", .title = "MAJOR", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(major), .help = "major number" },
	{ .key = "minor", .title = "MINOR", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(minor), .help = "minor number" },
	{ .key = "issued", .title = "ISSUED", .unit = UNIT_COUNT, .flags = COL_NO_SCREEN, .off = ROW(issued), .status = bpf_status,
	  .help = "of those in flight, at the device; the others wait in the queue" },
	{ .key = "discard_bytes_per_s", .title = "DB/s", .unit = UNIT_BYTES, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = ARRAY(bytes, DISK_DISCARD), .status = count_status, .help = "bytes discarded (dkB/s)" },
	{ .key = "read_avg_bytes", .alias = "rsize", .title = "RSIZE", .unit = UNIT_BYTES, .flags = COL_NO_SCREEN,
	  .off = ROW(read_avg_bytes), .status = count_status, .help = "average size of a read (rareq-sz)" },
	{ .key = "write_avg_bytes", .alias = "wsize", .title = "WSIZE", .unit = UNIT_BYTES, .flags = COL_NO_SCREEN,
	  .off = ROW(write_avg_bytes), .status = count_status, .help = "average size of a write (wareq-sz)" },
	HIDDEN_RATE("read_merges_per_s", "rm", "RM/s", ARRAY(merges, DISK_READ), "reads merged (rrqm/s), from /proc/diskstats"),
	HIDDEN_RATE("write_merges_per_s", "wm", "WM/s", ARRAY(merges, DISK_WRITE), "writes merged (wrqm/s), from /proc/diskstats"),
	HIDDEN_RATE("discard_merges_per_s", "dm", "DM/s", ARRAY(merges, DISK_DISCARD), "discards merged (drqm/s), from /proc/diskstats"),
	{ .key = "read_await_ns", .alias = "rawait", .title = "RAWAIT", .unit = UNIT_NS, .flags = COL_NO_SCREEN,
	  .off = ROW(read_await_ns), .status = count_status, .help = "await of reads (r_await)" },
	{ .key = "write_await_ns", .alias = "wawait", .title = "WAWAIT", .unit = UNIT_NS, .flags = COL_NO_SCREEN,
	  .off = ROW(write_await_ns), .status = count_status, .help = "await of writes (w_await)" },
	{ .key = "queue_avg_ns", .alias = "qavg", .title = "QAVG", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(queue_avg_ns),
	  .status = queue_status, .help = "average queue time" },
	{ .key = "service_avg_ns", .alias = "savg", .title = "SAVG", .unit = UNIT_NS, .flags = COL_NO_SCREEN,
	  .off = ROW(service_avg_ns), .status = bpf_status, .help = "average service time" },
	{ .key = "logical_bytes", .title = "BLOCK", .unit = UNIT_BYTES, .flags = COL_NO_SCREEN, .off = ROW(logical_bytes),
	  .help = "logical block size" },
	{ .key = "max_bytes", .title = "MAXSIZE", .unit = UNIT_BYTES, .flags = COL_NO_SCREEN, .off = ROW(max_bytes),
	  .help = "largest request (max_sectors_kb)" },
	{ .key = "read_only", .title = "RO", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(read_only), .help = "1: read-only" },
	{ .key = NULL },
};
/* clang-format on */
