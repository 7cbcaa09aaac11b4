/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block devices: what they are, their counters at four moments, and the tree of what stands on
 * what. Counters of /proc/diskstats count since boot and come only while they are asked for: a
 * figure needs both ends, else it is not known. BPF's begin with the probes at 0.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "since.h"
#include "snap_disk_devs.h"
#include "snap_disk_sets.h"
#include "table.h"

#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define LEVELS_MAX 8
#define MS_NS	   1000000
#define SECTOR	   512
#define NONE	   UINT32_MAX

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
	bool bpf, started;
	uint64_t last_ns; /* of the last tick */
	bool fresh_now, fresh[SINCE_NR]; /* the last tick, and that of the moment, came with /proc/diskstats */
};

static int devs_init(void *state)
{
	return table_init(&((struct disk_devs *)state)->devs, DISKS_MAX, sizeof(struct dev));
}

static void devs_fini(void *state)
{
	table_fini(&((struct disk_devs *)state)->devs);
}

static void devs_clear(void *state)
{
	struct disk_devs *d = state;

	table_clear(&d->devs);
	d->snap = (struct disk_devs_snap){ 0 };
	d->nr = 0;
	d->demand = 0;
	d->last_ns = 0;
	d->bpf = d->started = d->order_stale = d->fresh_now = false;
	memset(d->fresh, 0, sizeof(d->fresh));
}

/* ---- records ---- */

static struct dev *get_dev(struct disk_devs *d, uint32_t dev)
{
	bool new;
	struct dev *e = table_put(&d->devs, (struct table_key){.a = dev}, &new);

	if (new) {
		e->row = NONE;
		d->order_stale = true;
	}
	return e;
}

static struct stats stats_of(const struct disk_stat_rec *r)
{
	struct stats s = {.busy_ms = r->busy_ms, .queue_ms = r->queue_ms};

	memcpy(s.ios, r->ios, sizeof(s.ios));
	memcpy(s.merges, r->merges, sizeof(s.merges));
	memcpy(s.sectors, r->sectors, sizeof(s.sectors));
	memcpy(s.ms, r->ms, sizeof(s.ms));
	return s;
}

/* One that was not in a whole reading was not there: it has counted from 0 since. */
static void begin_stats(const struct disk_devs *d, struct dev *e)
{
	for (int i = 0; i < SINCE_NR; i++)
		memset(&e->at[i].stats, d->fresh[i] ? 0 : 0xff, sizeof(e->at[i].stats));
}

static void on_stat(struct disk_devs *d, const struct disk_stat_rec *r)
{
	struct dev *e = get_dev(d, r->dev);

	if (!e->stat.h.size)
		begin_stats(d, e);
	e->stat = *r;
}

static void on_queue(struct disk_devs *d, const struct disk_dev_rec *r)
{
	struct dev *e = get_dev(d, r->dev);

	e->queue = *r;
	for (int i = 0; i < SINCE_NR; i++)
		if (r->max_inflight > e->at[i].inflight_max)
			e->at[i].inflight_max = r->max_inflight;
}

/* A name stays known after its device is gone: events tell of it. Another device under the number begins anew. */
static void on_info(struct disk_devs *d, const struct disk_info_rec *r)
{
	struct dev *e = get_dev(d, r->dev);

	if (e->info.flags & DISK_INFO_F_GONE && !(r->flags & DISK_INFO_F_GONE)) {
		e->stat = (struct disk_stat_rec){ 0 };
		e->queue = (struct disk_dev_rec){ 0 };
		memset(e->at, 0, sizeof(e->at));
	}
	e->info = *r;
	d->order_stale = true;
}

/* Up to `ts_ns`: the open period counts. A record that stands since then is as of its own time. */
static uint64_t busy_at(const struct disk_dev_rec *q, uint64_t ts_ns)
{
	return q->busy_ns + (q->busy_since_ns && ts_ns > q->busy_since_ns ? ts_ns - q->busy_since_ns : 0);
}

static uint64_t depth_at(const struct disk_dev_rec *q, uint64_t ts_ns)
{
	return q->depth_ns + (ts_ns > q->h.ts_ns ? (uint64_t)q->inflight * (ts_ns - q->h.ts_ns) : 0);
}

/* A window begins now. */
static void restart(struct disk_devs *d, enum since since, uint64_t ts_ns)
{
	uint32_t cursor = 0;
	struct dev *e;

	while ((e = table_next(&d->devs, &cursor, NULL))) {
		struct moment *m = &e->at[since];

		if (d->fresh_now && e->stat.h.size)
			m->stats = stats_of(&e->stat);
		else
			memset(&m->stats, 0xff, sizeof(m->stats));
		m->busy_ns = busy_at(&e->queue, ts_ns);
		m->depth_ns = depth_at(&e->queue, ts_ns);
		m->requeues = e->queue.requeues;
		m->inflight_max = e->queue.inflight;
	}
	d->fresh[since] = d->fresh_now;
}

static void on_tick(struct disk_devs *d, const struct tick_rec *r)
{
	bool first = !d->started || (r->flags & TICK_F_FIRST);

	d->fresh_now = !d->bpf || (r->flags & TICK_F_KEY) || (d->demand & DEMAND_DISKS);
	if (first || (r->flags & TICK_F_GAP))
		restart(d, SINCE_PUBLISH, r->h.ts_ns);
	if (first) {
		restart(d, SINCE_FIRST, r->h.ts_ns);
		restart(d, SINCE_MARK, r->h.ts_ns);
	}
	d->started = true;
	d->last_ns = r->h.ts_ns;
}

static int devs_apply(void *state, const struct ev_hdr *ev)
{
	struct disk_devs *d = state;

	if (ev->pane == PANE_CORE && ev->kind == CORE_TICK)
		on_tick(d, REC(tick_rec, ev));
	else if (ev->pane == PANE_CORE && ev->kind == CORE_DEMAND)
		d->demand = REC(demand_rec, ev)->on;
	else if (ev->pane == PANE_CORE && ev->kind == CORE_HOST)
		d->bpf = REC(host_rec, ev)->flags & HOST_F_BPF;
	else if (ev->pane == PANE_CORE)
		return 0;
	/* No device has the number that stands for all of them. */
	else if (ev->kind == DISK_INFO && REC(disk_info_rec, ev)->dev != DISK_ALL)
		on_info(d, REC(disk_info_rec, ev));
	else if (ev->kind == DISK_STAT && REC(disk_stat_rec, ev)->dev != DISK_ALL)
		on_stat(d, REC(disk_stat_rec, ev));
	else if (ev->kind == DISK_DEV && REC(disk_dev_rec, ev)->dev != DISK_ALL)
		on_queue(d, REC(disk_dev_rec, ev));
	return 0;
}

/* ---- the tree ---- */

static uint32_t dev_of(const struct dev *e)
{
	return e->info.h.size ? e->info.dev : e->stat.h.size ? e->stat.dev : e->queue.dev;
}

static bool is_gone(const struct dev *e)
{
	return e->info.flags & DISK_INFO_F_GONE;
}

/* What it stands on; of several the first. */
static struct dev *below(const struct disk_devs *d, const struct dev *e)
{
	uint32_t dev = e->info.type == DISK_T_PART ? e->info.parent : e->info.slaves_nr ? e->info.slaves[0] : 0;
	const struct dev *found = dev ? table_peek(&d->devs, (struct table_key){.a = dev}) : NULL;

	return found && found != e && !is_gone(found) ? (struct dev *)found : NULL;
}

/* How many are below it; more than there can be, in a ring: then it stands on nothing. */
static int level_of(const struct disk_devs *d, const struct dev *e)
{
	int level = 0;

	while ((e = below(d, e)) && level <= LEVELS_MAX)
		level++;
	return level > LEVELS_MAX ? 0 : level;
}

/* Disks first; within a kind as people count: sda, sdb, nvme2n1 before nvme10n1. */
static int compare_devs(const void *a, const void *b)
{
	static const uint8_t ranks[DISK_T_NR] = {
		[DISK_T_DISK] = 0, [DISK_T_PART] = 1, [DISK_T_MD] = 2, [DISK_T_DM] = 3, [DISK_T_LOOP] = 4, [DISK_T_OTHER] = 5,
	};
	const struct dev *x = *(struct dev *const *)a, *y = *(struct dev *const *)b;
	int diff = ranks[x->info.type] - ranks[y->info.type];

	if (!diff)
		diff = strverscmp(x->info.name, y->info.name);
	if (!diff)
		diff = dev_of(x) < dev_of(y) ? -1 : dev_of(x) > dev_of(y);
	return diff;
}

static int collect(struct disk_devs *d)
{
	uint32_t cursor = 0;
	struct dev *e;
	int nr = 0;

	while ((e = table_next(&d->devs, &cursor, NULL))) {
		e->row = NONE;
		e->child = e->sibling = 0;
		if (!is_gone(e))
			d->sorted[nr++] = e;
	}
	qsort(d->sorted, (size_t)nr, sizeof(*d->sorted), compare_devs);
	return nr;
}

/* A device and what stands on it, from place `i` of the sorted ones on. */
static void lay_out(struct disk_devs *d, uint32_t i, int parent)
{
	struct dev *e = d->sorted[i];

	e->row = (uint32_t)d->nr;
	d->parents[d->nr] = parent;
	d->order[d->nr++] = e;
	for (uint32_t child = e->child; child; child = d->sorted[child - 1]->sibling)
		lay_out(d, child - 1, (int)e->row);
}

/* Only where a device has come, gone or changed. */
static void order_rows(struct disk_devs *d)
{
	int nr = collect(d);

	for (int i = nr; i-- > 0;) { /* backward: each goes before its later siblings */
		struct dev *e = d->sorted[i], *on;

		e->level = level_of(d, e);
		on = e->level ? below(d, e) : NULL;
		if (on) {
			e->sibling = on->child;
			on->child = (uint32_t)i + 1;
		}
	}
	d->nr = 0;
	for (int i = 0; i < nr; i++)
		if (!d->sorted[i]->level)
			lay_out(d, (uint32_t)i, -1);
	d->order_stale = false;
}

/* ---- the snapshot ---- */

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

static void publish_row(struct disk_devs *d, int i, const struct tick_rec *tick, enum since since, struct snapshot *snap)
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

static void set_status(struct disk_devs *d, const struct snapshot *snap)
{
	static const struct fig_status none = {.state = FIG_NA, .reason = "nothing measures requests"};

	d->snap.bpf_status = snap->disk_sets ? snap->disk_sets->status : none;
	d->snap.queue_status = snap->disk_sets ? snap->disk_sets->queue_status : none;
	d->snap.count_status = d->snap.bpf_status.state == FIG_NA ? (struct fig_status){.state = FIG_EXACT}
								     : d->snap.bpf_status;
}

static void devs_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct disk_devs *d = state;

	if (d->order_stale)
		order_rows(d);
	for (int i = 0; i < d->nr; i++)
		publish_row(d, i, tick, since_of(window), snap);
	set_status(d, snap);
	d->snap.rows = d->rows;
	d->snap.rows_nr = d->nr;
	d->snap.of = d;
	snap->disk_devs = &d->snap;
	restart(d, SINCE_PUBLISH, tick->h.ts_ns);
}

static void devs_mark(void *state)
{
	struct disk_devs *d = state;

	restart(d, SINCE_MARK, d->last_ns);
}

const struct disk_dev_row *snapshot_disk_dev(const struct snapshot *s, uint32_t dev)
{
	const struct disk_devs *d = s->disk_devs ? s->disk_devs->of : NULL;
	const struct dev *e = d && dev ? table_peek(&d->devs, (struct table_key){.a = dev}) : NULL;

	return e && e->row < (uint32_t)s->disk_devs->rows_nr ? &s->disk_devs->rows[e->row] : NULL;
}

const char *snapshot_disk_name(const struct snapshot *s, uint32_t dev, char *buf, size_t size)
{
	const struct disk_devs *d = s->disk_devs ? s->disk_devs->of : NULL;
	const struct dev *e = d && dev ? table_peek(&d->devs, (struct table_key){.a = dev}) : NULL;

	if (e && *e->info.name)
		snprintf(buf, size, "%s", e->info.name);
	else
		snprintf(buf, size, "%u:%u", DISK_MAJOR(dev), DISK_MINOR(dev));
	return buf;
}

const char *disk_dev_no_latency(const struct disk_dev_row *row)
{
	if (row->queued)
		return NULL;
	return row->type == DISK_T_PART ? "a partition has no queue of its own: its disk has the times"
					: "it has no queue of its own, it hands I/O on: what it stands on has the times";
}

extern const struct model_ops disk_devs_model;
const struct model_ops disk_devs_model = {
	.name = "devices",
	.pane = PANE_DISK,
	.core = true,
	.state_size = sizeof(struct disk_devs),
	.init = devs_init,
	.fini = devs_fini,
	.clear = devs_clear,
	.apply = devs_apply,
	.publish = devs_publish,
	.mark = devs_mark,
};
