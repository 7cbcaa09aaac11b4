/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block devices: what they are, their counters at four moments, and the tree of what stands on
 * what. Counters of /proc/diskstats count since boot and come only while they are asked for: a
 * figure needs both ends, else it is not known. BPF's begin with the probes at 0.
 */
#include <stdio.h>
#include <stdlib.h>

#include "disk_devs.h"
#include "model.h"
#include "snap_disk_sets.h"

#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define LEVELS_MAX 8
#define NONE	   UINT32_MAX

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
	d->bpf = d->command = d->started = d->order_stale = d->fresh_now = false;
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

	d->fresh_now = !d->command && (!d->bpf || (r->flags & TICK_F_KEY) || (d->demand & DEMAND_DISKS));
	if (first || (r->flags & TICK_F_GAP))
		restart(d, SINCE_PUBLISH, r->h.ts_ns);
	if (first) {
		restart(d, SINCE_FIRST, r->h.ts_ns);
		restart(d, SINCE_MARK, r->h.ts_ns);
	}
	d->started = true;
	d->last_ns = r->h.ts_ns;
}

static void on_host(struct disk_devs *d, const struct host_rec *r)
{
	d->bpf = r->flags & HOST_F_BPF;
	d->command = d->bpf && (r->flags & HOST_F_COMMAND);
}

static int devs_apply(void *state, const struct ev_hdr *ev)
{
	struct disk_devs *d = state;

	if (ev->pane == PANE_CORE && ev->kind == CORE_TICK)
		on_tick(d, REC(tick_rec, ev));
	else if (ev->pane == PANE_CORE && ev->kind == CORE_DEMAND)
		d->demand = REC(demand_rec, ev)->on;
	else if (ev->pane == PANE_CORE && ev->kind == CORE_HOST)
		on_host(d, REC(host_rec, ev));
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
		disk_devs_row(d, i, tick, since_of(window), snap);
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
