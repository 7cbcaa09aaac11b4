/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the model of block devices: disk_devs.c folds, disk_devs_rows.c makes rows of it. */
#ifndef PROBETOP_DISK_DEVS_H
#define PROBETOP_DISK_DEVS_H

#include <string.h>

#include "since.h"
#include "snap_disk_devs.h"
#include "table.h"

/* The fields of struct disk_stat_rec that grow. */
struct stats {
	uint64_t ios[4], merges[3], sectors[3], ms[4], busy_ms, queue_ms;
};

struct moment {
	struct stats stats; /* REC_UNKNOWN where nobody read them then */
	uint64_t busy_ns, depth_ns, requeues;
	uint32_t inflight_max; /* since then */
};

struct dev {
	struct disk_info_rec info; /* h.size 0: not told yet */
	struct disk_stat_rec stat;
	struct disk_dev_rec queue;
	struct moment at[SINCE_NR];
	uint32_t row;		 /* place among the rows; NONE: it has none */
	uint32_t child, sibling; /* in `sorted`, plus one */
	int level;
};

struct disk_devs {
	struct table devs;
	struct dev *sorted[DISKS_MAX], *order[DISKS_MAX]; /* by name; as the rows */
	int parents[DISKS_MAX]; /* rows */
	int nr;
	bool order_stale;
	struct disk_dev_row rows[DISKS_MAX];
	struct disk_devs_snap snap;
	uint32_t demand; /* of the tick in progress */
	bool bpf, command, started; /* command: only a tree of processes counts, which /proc cannot tell */
	uint64_t last_ns; /* of the last tick */
	bool fresh_now, fresh[SINCE_NR]; /* the last tick, and that of the moment, came with /proc/diskstats */
};

static inline struct stats stats_of(const struct disk_stat_rec *r)
{
	struct stats s = {.busy_ms = r->busy_ms, .queue_ms = r->queue_ms};

	memcpy(s.ios, r->ios, sizeof(s.ios));
	memcpy(s.merges, r->merges, sizeof(s.merges));
	memcpy(s.sectors, r->sectors, sizeof(s.sectors));
	memcpy(s.ms, r->ms, sizeof(s.ms));
	return s;
}

/* Up to `ts_ns`: the open period counts. A record that stands since then is as of its own time. */
static inline uint64_t busy_at(const struct disk_dev_rec *q, uint64_t ts_ns)
{
	return q->busy_ns + (q->busy_since_ns && ts_ns > q->busy_since_ns ? ts_ns - q->busy_since_ns : 0);
}

static inline uint64_t depth_at(const struct disk_dev_rec *q, uint64_t ts_ns)
{
	return q->depth_ns + (ts_ns > q->h.ts_ns ? (uint64_t)q->inflight * (ts_ns - q->h.ts_ns) : 0);
}

static inline uint32_t dev_of(const struct dev *e)
{
	return e->info.h.size ? e->info.dev : e->stat.h.size ? e->stat.dev : e->queue.dev;
}

/* Fills row `i` of the order for the window that `tick` closes. */
void disk_devs_row(struct disk_devs *d, int i, const struct tick_rec *tick, enum since since, struct snapshot *snap);

#endif
