/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds of block devices in every snapshot, whatever records made it. */
#ifndef PROBETOP_SNAP_CHECK_DISK_H
#define PROBETOP_SNAP_CHECK_DISK_H

#include "snap_check.h"
#include "snap_disk_devs.h"
#include "snap_disk_events.h"
#include "snap_disk_procs.h"
#include "snap_disk_sets.h"
#include "snap_disk_stages.h"

static void check_disk_sum(const struct disk_sum *sum)
{
	check_figure(sum->count);
	check_figure(sum->bytes);
	check_figure(sum->queue_ns);
	check_figure(sum->service_ns);
	check_figure(sum->errors);
	check_figure(sum->sequential);
}

/* Of one device (DISK_ALL: of all) and operation. */
static void check_disk_asked(const struct snapshot *s, uint32_t dev, int op)
{
	const struct disk_event_row *rows[3];
	int64_t sizes[SIZE_SLOTS];
	struct disk_sum sum;
	struct hist h;
	char buf[32];

	require(*snapshot_disk_name(s, dev, buf, sizeof(buf)) != '\0' || dev == DISK_ALL);
	if (snapshot_disk_sum(s, dev, op, &sum))
		check_disk_sum(&sum);
	if (snapshot_disk_sizes(s, dev, op, sizes))
		for (int i = 0; i < SIZE_SLOTS; i++)
			check_figure(sizes[i]);
	for (int which = 0; which < DISK_HIST_NR; which++) {
		snapshot_disk_hist(s, dev, op, (enum disk_hist)which, &h);
		snapshot_disk_heat(s, dev, op, (enum disk_hist)which);
		for (int slot = 0; slot < HIST_SLOTS; slot += 7) {
			int nr = snapshot_disk_exemplars(s, dev, op, (enum disk_hist)which, slot, rows, 3);

			require(nr >= 0 && nr <= 3);
			for (int i = 0; i < nr; i++)
				require((dev == DISK_ALL || rows[i]->dev == dev) &&
					(op == DISK_ANY_OP || (rows[i]->set & DISK_SET_OP) == op));
		}
	}
}

/* A tree: what a row stands on comes before it. */
static void check_disk_devs(const struct snapshot *s)
{
	const struct disk_devs_snap *d = s->disk_devs;

	for (int i = 0; d && i < d->rows_nr; i++) {
		const struct disk_dev_row *row = &d->rows[i];

		require(row->parent >= -1 && row->parent < i);
		require(row->level == (row->parent < 0 ? 0 : d->rows[row->parent].level + 1));
		require(row->type < DISK_T_NR && row->slaves_nr >= 0 && row->slaves_nr <= DISK_SLAVES);
		require(memchr(row->name, 0, sizeof(row->name)) != NULL);
		require(memchr(row->scheduler, 0, sizeof(row->scheduler)) != NULL);
		require(memchr(row->label, 0, sizeof(row->label)) != NULL);
		for (int op = 0; op < 4; op++)
			check_figure(row->ios[op]);
		check_figure(row->avg_bytes);
		check_figure(row->await_ns);
		check_figure(row->errors);
		check_figure(row->requeues);
		check_figure(row->inflight);
		check_figure(row->oldest_ns);
		check_figure(row->busy_ns);
		check_figure(row->depth_ns);
		check_figure(row->depth_max);
		check_percentiles(row->queue_p50_ns, row->queue_p99_ns, row->queue_max_ns);
		check_percentiles(row->service_p50_ns, row->service_p99_ns, row->service_max_ns);
		require(snapshot_disk_dev(s, row->dev) == row);
		if (i < 12)
			check_disk_asked(s, row->dev, i % DISK_OP_NR);
	}
}

static void check_disk_sets(const struct snapshot *s)
{
	const struct disk_set_row *rows;
	int nr = snapshot_disk_sets(s, DISK_ALL, &rows);

	for (int i = 0; i < nr; i++) {
		require((rows[i].set & DISK_SET_OP) < DISK_OP_NR);
		require(i == 0 || rows[i - 1].dev < rows[i].dev ||
			(rows[i - 1].dev == rows[i].dev && rows[i - 1].set < rows[i].set));
		check_disk_sum(&rows[i].sum);
		check_figure(rows[i].avg_bytes);
		require(rows[i].share_pct == FIG_UNKNOWN || (rows[i].share_pct >= 0 && rows[i].share_pct <= 100000));
		for (int which = 0; which < DISK_HIST_NR; which++)
			check_percentiles(rows[i].p50_ns[which], rows[i].p99_ns[which], rows[i].max_ns[which]);
	}
	check_disk_asked(s, DISK_ALL, DISK_ANY_OP);
	check_disk_asked(s, DISK_ALL, DISK_WRITE);
}

static void check_disk_proc(const struct snapshot *s, const struct disk_procs_snap *d, const struct disk_proc_row *row)
{
	struct disk_sum sum;
	struct hist h;

	require(memchr(row->p.comm, 0, sizeof(row->p.comm)) != NULL);
	for (int op = 0; op < DISK_OP_NR; op++)
		check_figure(row->count[op]);
	check_figure(row->requests);
	check_figure(row->bytes);
	check_figure(row->inferred);
	check_figure(row->errors);
	check_figure(row->inflight);
	check_figure(row->oldest_ns);
	check_percentiles(row->lat_p50_ns, row->lat_p99_ns, row->lat_max_ns);
	require(row->device_share_pct == FIG_UNKNOWN || (row->device_share_pct >= 0 && row->device_share_pct <= 100000));
	require(row->parts_nr >= 0 && row->part >= 0 && row->part + row->parts_nr <= d->parts_nr);
	for (int i = row->part; i < row->part + row->parts_nr; i++) {
		require(d->parts[i].op < DISK_OP_NR);
		check_figure(d->parts[i].count);
		check_figure(d->parts[i].service_ns);
	}
	if (snapshot_disk_proc_sum(s, row, row->dev, DISK_ANY_OP, &sum))
		check_disk_sum(&sum);
	for (int which = 0; which < DISK_PROC_HIST_NR; which++)
		snapshot_disk_proc_hist(s, row, DISK_ALL, DISK_READ, (enum disk_proc_hist)which, &h);
}

static void check_disk_procs(const struct snapshot *s)
{
	const struct disk_procs_snap *d = s->disk_procs;
	const struct disk_proc_row *rows;
	int nr;

	for (int i = 0; d && i < d->rows_nr; i++)
		check_disk_proc(s, d, &d->rows[i]);
	for (int i = 0; i < s->procs_nr; i++) {
		const struct disk_proc_row *row = snapshot_disk_proc(s, &s->procs[i]);

		require(!row || row->p.pid == s->procs[i].pid);
	}
	nr = snapshot_disk_procs(s, disk_dev(8, 0), &rows);
	for (int i = 0; i < nr; i++)
		require(rows[i].dev == DISK_ALL || rows[i].dev == disk_dev(8, 0));
}

static void check_disk_event(const struct disk_event_row *row, bool done)
{
	require((row->state == DISK_EVENT_DONE) == done);
	require((row->set & DISK_SET_OP) < DISK_OP_NR);
	check_figure(row->queue_ns);
	check_figure(row->service_ns);
	check_figure(row->latency_ns);
	check_figure(row->age_ns);
	check_figure(row->waits_ns);
}

static void check_disk_events(const struct disk_events_snap *d)
{
	if (!d)
		return;
	require(d->log_nr >= 0 && d->log_nr <= d->nr && d->new_from >= 0 && d->new_from <= d->log_nr);
	for (int i = 0; i < d->nr; i++) {
		check_disk_event(&d->rows[i], i < d->log_nr);
		require(i == 0 || i >= d->log_nr || d->rows[i - 1].log.seq < d->rows[i].log.seq);
	}
}

static void check_disk_stages(const struct disk_stages_snap *d)
{
	if (!d)
		return;
	for (int i = 0; i < d->devs_nr; i++)
		for (int stage = 0; stage < STAGE_NR; stage++)
			check_figure(d->devs[i].count[stage]);
	require(d->done_nr >= 0 && d->done_nr <= d->requests_nr && d->new_from >= 0 && d->new_from <= d->done_nr);
	for (int i = 0; i < d->requests_nr; i++) {
		const struct stage_request *r = &d->requests[i];

		require(r->steps_nr <= STAGE_STEPS_MAX && (r->set & DISK_SET_OP) < DISK_OP_NR);
		check_figure(r->took_ns);
		for (int span = 0; span < SPAN_NR; span++)
			check_figure(r->span_ns[span]);
		for (uint32_t n = 0; n < r->steps_nr; n++)
			require(r->steps[n].stage < STAGE_NR);
	}
}

static void check_disks(const struct snapshot *s)
{
	check_disk_devs(s);
	check_disk_sets(s);
	check_disk_procs(s);
	check_disk_events(s->disk_events);
	check_disk_stages(s->disk_stages);
}

#endif
