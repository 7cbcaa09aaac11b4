/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of block devices: figures of a window from BPF where it counts, else from /proc/diskstats. */
#include <stdio.h>

#include "disk_devs.h"
#include "snap_disk_sets.h"

#define MS_NS  1000000
#define SECTOR 512

static int64_t figure(uint64_t value, uint64_t unknown)
{
	return value == unknown || value > INT64_MAX ? FIG_UNKNOWN : (int64_t)value;
}

/* Sum of two figures; where one is not known, neither is the sum. */
static int64_t plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (a == FIG_UNKNOWN || b == FIG_UNKNOWN || __builtin_add_overflow(a, b, &sum))
		return FIG_UNKNOWN;
	return sum;
}

static int64_t ratio(int64_t part, int64_t whole, int64_t times)
{
	double value;

	if (part == FIG_UNKNOWN || whole == FIG_UNKNOWN || whole <= 0)
		return FIG_UNKNOWN;
	value = (double)part * (double)times / (double)whole + 0.5;
	return value < (double)SINCE_VALUE_MAX ? (int64_t)value : FIG_UNKNOWN;
}

static void publish_info(const struct dev *e, struct disk_dev_row *row)
{
	const struct disk_info_rec *info = &e->info;
	bool known = info->h.size;

	row->dev = dev_of(e);
	row->major = DISK_MAJOR(row->dev);
	row->minor = DISK_MINOR(row->dev);
	row->type = info->type;
	row->flags = info->flags;
	row->queued = info->type != DISK_T_PART && !(info->flags & DISK_INFO_F_NO_REQUESTS);
	memcpy(row->name, info->name, sizeof(row->name));
	memcpy(row->scheduler, info->scheduler, sizeof(row->scheduler));
	memcpy(row->label, info->label, sizeof(row->label));
	if (!known)
		snprintf(row->name, sizeof(row->name), "%lld:%lld", (long long)row->major, (long long)row->minor);
	row->slaves_nr = info->slaves_nr;
	memcpy(row->slaves, info->slaves, sizeof(row->slaves));
	row->size_bytes = known ? figure(info->size_bytes, REC_UNKNOWN) : FIG_UNKNOWN;
	row->nr_requests = known ? figure(info->nr_requests, REC_UNKNOWN32) : FIG_UNKNOWN;
	row->logical_bytes = known ? figure(info->logical_bytes, REC_UNKNOWN32) : FIG_UNKNOWN;
	row->max_bytes = known ? figure(info->max_bytes, REC_UNKNOWN32) : FIG_UNKNOWN;
	/* Where even the block size is unknown, /sys could not be read. */
	known = row->logical_bytes != FIG_UNKNOWN;
	row->rotational = known ? !!(info->flags & DISK_INFO_F_ROTATIONAL) : FIG_UNKNOWN;
	row->write_cache = known ? !!(info->flags & DISK_INFO_F_WRITE_CACHE) : FIG_UNKNOWN;
	row->read_only = known ? !!(info->flags & DISK_INFO_F_READ_ONLY) : FIG_UNKNOWN;
}

/* Milliseconds are printed with 32 bits, and wrap. */
static int64_t growth_ms(uint64_t now, uint64_t before)
{
	if (now == REC_UNKNOWN || before == REC_UNKNOWN)
		return FIG_UNKNOWN;
	if (now < before && before <= UINT32_MAX)
		now += 1ULL << 32;
	return now - before > SINCE_VALUE_MAX / MS_NS ? FIG_UNKNOWN : since_growth(now, before, MS_NS);
}

static void publish_merges(const struct disk_devs *d, const struct dev *e, enum since since, struct disk_dev_row *row)
{
	const uint64_t *was = e->at[since].stats.merges;
	bool known = d->fresh_now && e->stat.h.size;

	for (int i = 0; i < 3; i++)
		row->merges[i] = known ? since_growth(e->stat.merges[i], was[i], 1) : FIG_UNKNOWN;
	row->merged_ios = plus(row->merges[DISK_READ], row->merges[DISK_WRITE]);
}

/* All from /proc/diskstats: nothing else counts, or it has no requests of its own. */
static void publish_stats(const struct disk_devs *d, const struct dev *e, enum since since, struct disk_dev_row *row)
{
	struct stats was = e->at[since].stats, now = stats_of(&e->stat);
	int64_t ms_ns[4], all_ns;

	if (!d->fresh_now || !e->stat.h.size)
		memset(&now, 0xff, sizeof(now));
	for (int i = 0; i < 4; i++) {
		row->ios[i] = since_growth(now.ios[i], was.ios[i], 1);
		ms_ns[i] = growth_ms(now.ms[i], was.ms[i]);
	}
	for (int i = 0; i < 3; i++)
		row->bytes[i] = since_growth(now.sectors[i], was.sectors[i], SECTOR);
	row->all_ios = plus(row->ios[DISK_READ], row->ios[DISK_WRITE]);
	all_ns = plus(ms_ns[DISK_READ], ms_ns[DISK_WRITE]);
	for (int i = DISK_DISCARD; i <= DISK_FLUSH; i++) /* an older kernel does not tell of these */
		if (row->ios[i] != FIG_UNKNOWN && row->all_ios != FIG_UNKNOWN) {
			row->all_ios = plus(row->all_ios, row->ios[i]);
			all_ns = plus(all_ns, ms_ns[i]);
		}
	row->await_ns = ratio(all_ns, row->all_ios, 1);
	row->read_await_ns = ratio(ms_ns[DISK_READ], row->ios[DISK_READ], 1);
	row->write_await_ns = ratio(ms_ns[DISK_WRITE], row->ios[DISK_WRITE], 1);
	row->busy_ns = growth_ms(now.busy_ms, was.busy_ms);
	row->depth_ns = growth_ms(now.queue_ms, was.queue_ms);
	row->inflight = now.busy_ms == REC_UNKNOWN ? FIG_UNKNOWN : figure(e->stat.inflight, REC_UNKNOWN32);
	row->queue_ns = row->service_ns = row->errors = row->requeues = FIG_UNKNOWN;
	row->issued = row->oldest_ns = row->depth_max = row->sequential_pct = FIG_UNKNOWN;
}

static void publish_hist(const struct snapshot *s, uint32_t dev, enum disk_hist which, int64_t ret[3])
{
	struct hist h;

	ret[0] = ret[1] = ret[2] = FIG_UNKNOWN;
	if (!snapshot_disk_hist(s, dev, DISK_ANY_OP, which, &h))
		return;
	ret[0] = hist_percentile_ns(&h, 500);
	ret[1] = hist_percentile_ns(&h, 990);
	ret[2] = hist_max_ns(&h);
}

static void publish_times(const struct snapshot *s, struct disk_dev_row *row)
{
	int64_t queue[3], service[3];

	publish_hist(s, row->dev, DISK_HIST_QUEUE, queue);
	publish_hist(s, row->dev, DISK_HIST_SERVICE, service);
	row->queue_p50_ns = queue[0];
	row->queue_p99_ns = queue[1];
	row->queue_max_ns = queue[2];
	row->service_p50_ns = service[0];
	row->service_p99_ns = service[1];
	row->service_max_ns = service[2];
	row->queue_avg_ns = ratio(row->queue_ns, row->all_ios, 1);
	row->service_avg_ns = ratio(row->service_ns, row->all_ios, 1);
}

/* From BPF; returns false where it does not count. */
static bool publish_sums(const struct snapshot *s, struct disk_dev_row *row)
{
	bool queue_known = s->disk_sets && s->disk_sets->queue_status.state != FIG_NA;
	struct disk_sum all, of[4];

	if (!snapshot_disk_sum(s, row->dev, DISK_ANY_OP, &all))
		return false;
	for (int i = 0; i < 4; i++) {
		snapshot_disk_sum(s, row->dev, i, &of[i]);
		row->ios[i] = of[i].count;
		if (i < 3)
			row->bytes[i] = of[i].bytes;
	}
	row->all_ios = all.count;
	row->service_ns = all.service_ns;
	row->queue_ns = queue_known ? all.queue_ns : FIG_UNKNOWN;
	row->errors = all.errors;
	row->sequential_pct = ratio(all.sequential, plus(row->ios[DISK_READ], row->ios[DISK_WRITE]), 100000);
	row->await_ns = ratio(plus(row->queue_ns, all.service_ns), all.count, 1);
	for (int i = DISK_READ; i <= DISK_WRITE; i++)
		*(i == DISK_READ ? &row->read_await_ns : &row->write_await_ns) =
			ratio(queue_known ? plus(of[i].queue_ns, of[i].service_ns) : FIG_UNKNOWN, of[i].count, 1);
	return true;
}

/* Its queue as of the tick. */
static void publish_queue(const struct dev *e, enum since since, const struct tick_rec *tick, struct disk_dev_row *row)
{
	const struct disk_dev_rec *q = &e->queue;
	const struct moment *was = &e->at[since];
	uint64_t ts_ns = tick->h.ts_ns;

	row->inflight = q->inflight;
	row->issued = q->issued;
	row->oldest_ns = q->inflight && q->oldest_ns && ts_ns > q->oldest_ns ? (int64_t)(ts_ns - q->oldest_ns) : 0;
	row->busy_ns = since_growth(busy_at(q, ts_ns), was->busy_ns, 1);
	row->depth_ns = since_growth(depth_at(q, ts_ns), was->depth_ns, 1);
	row->requeues = since_growth(q->requeues, was->requeues, 1);
	row->depth_max = was->inflight_max > q->inflight ? was->inflight_max : q->inflight;
}

void disk_devs_row(struct disk_devs *d, int i, const struct tick_rec *tick, enum since since, struct snapshot *snap)
{
	const struct dev *e = d->order[i];
	struct disk_dev_row *row = &d->rows[i];

	*row = (struct disk_dev_row){.parent = d->parents[i], .level = e->level, .place = i};
	publish_info(e, row);
	publish_merges(d, e, since, row);
	row->counted = row->queued && publish_sums(snap, row);
	if (row->counted) {
		publish_queue(e, since, tick, row);
		publish_times(snap, row);
	} else {
		publish_stats(d, e, since, row);
		row->queue_avg_ns = row->queue_p50_ns = row->queue_p99_ns = row->queue_max_ns = FIG_UNKNOWN;
		row->service_avg_ns = row->service_p50_ns = row->service_p99_ns = row->service_max_ns = FIG_UNKNOWN;
	}
	if (row->busy_ns > (int64_t)snap->m.interval_ns) /* what is read a moment after the tick; jiffies */
		row->busy_ns = (int64_t)snap->m.interval_ns;
	row->read_avg_bytes = ratio(row->bytes[DISK_READ], row->ios[DISK_READ], 1);
	row->write_avg_bytes = ratio(row->bytes[DISK_WRITE], row->ios[DISK_WRITE], 1);
	row->avg_bytes = ratio(plus(row->bytes[DISK_READ], row->bytes[DISK_WRITE]),
			       plus(row->ios[DISK_READ], row->ios[DISK_WRITE]), 1);
	row->used = row->size_bytes != 0 || row->inflight > 0 || row->all_ios > 0; /* not an empty loop device */
}
