/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every view of the Disk pane asks of a snapshot: names of devices, sums and histograms
 * of requests by device and operation. What belongs to one view is in snap_disk_*.h.
 */
#ifndef PROBETOP_SNAP_DISK_H
#define PROBETOP_SNAP_DISK_H

#include <stddef.h>

#include "disk.h"
#include "snapshot.h"

#define DISK_ALL    0  /* dev: all devices */
#define DISK_ANY_OP -1 /* op: all operations */
#define DISKS_MAX   4096 /* devices that are kept */

/* Growth in the snapshot's window. */
struct disk_sum {
	int64_t count, bytes, queue_ns, service_ns, errors, sequential;
};

enum disk_hist {
	DISK_HIST_QUEUE,   /* start to issue */
	DISK_HIST_SERVICE, /* issue to completion */
	DISK_HIST_NR,
};

/*
 * disk_sets.c. Return false where nothing counts requests; a device without any has zeros.
 * Of DISK_ALL each device adds its own: requests of a loop device also those below it.
 */
bool snapshot_disk_sum(const struct snapshot *s, uint32_t dev, int op, struct disk_sum *ret);
bool snapshot_disk_hist(const struct snapshot *s, uint32_t dev, int op, enum disk_hist which, struct hist *ret);
/* Requests by size: slots of bpf/disk.h. */
bool snapshot_disk_sizes(const struct snapshot *s, uint32_t dev, int op, int64_t ret[SIZE_SLOTS]);

/* disk_devs.c: "vda"; "254:0" where its name is not known. */
const char *snapshot_disk_name(const struct snapshot *s, uint32_t dev, char *buf, size_t size);

/* "WFS": the letters of a set, as the kernel spells rwbs. */
#define DISK_RWBS_MAX 8
const char *disk_rwbs(uint32_t set, char buf[DISK_RWBS_MAX]);
/* "write, after a flush, waited for": the same in words; and the word of enum disk_op. */
const char *disk_set_words(uint32_t set, char *buf, size_t size);
const char *disk_op_word(unsigned op);

#endif
