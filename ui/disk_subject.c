/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose requests Disk / latency shows, and which of them are in the bucket under the cursor. */
#include "cpu_runqueue.h"
#include "disk_latency.h"
#include "heat.h"
#include "process.h"
#include "snap_disk_procs.h"
#include "view_disk.h"

bool latency_set(const struct ui *ui, uint32_t *ret_set)
{
	const struct disk_latency_ui *l = &ui->disk.latency;

	*ret_set = l->set;
	return l->of_set && disk_dev_shown(ui, l->set_dev);
}

uint32_t latency_dev(const struct ui *ui)
{
	uint32_t set;

	return latency_set(ui, &set) ? ui->disk.latency.set_dev : ui->disk.dev.dev;
}

int latency_op(const struct ui *ui)
{
	uint32_t set;

	if (latency_set(ui, &set))
		return (int)(set & DISK_SET_OP);
	return ui->disk.latency.op ? ui->disk.latency.op - 1 : DISK_ANY_OP;
}

const struct hist_scale *latency_scale(enum lat_hist which)
{
	return which == LAT_SIZE ? &hist_scale_bytes : &hist_scale_ns;
}

static enum disk_hist disk_hist_of(enum lat_hist which)
{
	return which == LAT_QUEUE ? DISK_HIST_QUEUE : DISK_HIST_SERVICE;
}

/* Why there is no such figure, or NULL. Those of processes are counted apart from those of devices. */
static const char *missing(const struct snapshot *s, const struct ui *ui, enum lat_hist which)
{
	const struct fig_status *status;

	if (!s->disk_sets || !s->disk_procs)
		return "no interval yet";
	if (runqueue_narrowed(ui))
		status = which == LAT_QUEUE ? &s->disk_procs->time_status : &s->disk_procs->status;
	else
		status = which == LAT_QUEUE ? &s->disk_sets->queue_status : &s->disk_sets->status;
	if (status->state != FIG_NA)
		return NULL;
	return status->reason ? status->reason : "not available here";
}

static void add_sizes(struct hist *ret, const int64_t sizes[SIZE_SLOTS])
{
	for (int i = 0; i < SIZE_SLOTS; i++)
		ret->slots[i] += sizes[i] > 0 ? (uint64_t)sizes[i] : 0;
}

static void add_hist(struct hist *ret, const struct hist *h)
{
	for (int i = 0; i < HIST_SLOTS; i++)
		ret->slots[i] += h->slots[i];
	if (h->max_ns > ret->max_ns)
		ret->max_ns = h->max_ns;
}

/* Processes are counted by device and operation, not by flags. */
static void members_hist(const struct snapshot *s, const struct ui *ui, enum lat_hist which, struct hist *ret)
{
	const struct disk_procs_snap *procs = s->disk_procs;
	int64_t sizes[SIZE_SLOTS];
	struct hist h;

	for (int i = 0; i < procs->rows_nr; i++) {
		const struct disk_proc_row *row = &procs->rows[i];

		if (!runqueue_is_member(ui, &row->p))
			continue;
		if (which == LAT_SIZE && snapshot_disk_proc_sizes(s, row, latency_dev(ui), latency_op(ui), sizes))
			add_sizes(ret, sizes);
		else if (which != LAT_SIZE && snapshot_disk_proc_hist(s, row, latency_dev(ui), latency_op(ui),
								       (enum disk_proc_hist)disk_hist_of(which), &h))
			add_hist(ret, &h);
	}
}

static const struct disk_set_row *set_row(const struct snapshot *s, uint32_t dev, uint32_t set)
{
	const struct disk_set_row *rows;
	int nr = snapshot_disk_sets(s, dev, &rows);

	for (int i = 0; i < nr; i++)
		if (rows[i].set == set)
			return &rows[i];
	return NULL;
}

static void devices_hist(const struct snapshot *s, const struct ui *ui, enum lat_hist which, struct hist *ret)
{
	const struct disk_set_row *row;
	int64_t sizes[SIZE_SLOTS];
	uint32_t set;

	if (latency_set(ui, &set)) {
		row = set_row(s, latency_dev(ui), set);
		if (row && which == LAT_SIZE)
			add_sizes(ret, row->sizes);
		else if (row)
			*ret = row->hist[disk_hist_of(which)];
	} else if (which != LAT_SIZE) {
		snapshot_disk_hist(s, latency_dev(ui), latency_op(ui), disk_hist_of(which), ret);
	} else if (snapshot_disk_sizes(s, latency_dev(ui), latency_op(ui), sizes)) {
		add_sizes(ret, sizes);
	}
}

bool latency_hist(const struct snapshot *s, const struct ui *ui, enum lat_hist which, struct hist *ret,
		  const char **ret_why)
{
	*ret = (struct hist){ .max_ns = 0 };
	*ret_why = missing(s, ui, which);
	if (*ret_why)
		return false;
	if (ui->entered && !proc_by_id(s, ui->entered_id)) {
		*ret_why = "this process has ended; Esc goes back";
		return false;
	}
	if (runqueue_narrowed(ui))
		members_hist(s, ui, which, ret);
	else
		devices_hist(s, ui, which, ret);
	return true;
}

static void add_sum(struct disk_sum *ret, const struct disk_sum *one)
{
	ret->count += one->count;
	ret->bytes += one->bytes;
	ret->errors += one->errors;
	ret->sequential += one->sequential;
}

bool latency_sum(const struct snapshot *s, const struct ui *ui, struct disk_sum *ret)
{
	const struct disk_set_row *row;
	struct disk_sum one;
	uint32_t set;

	*ret = (struct disk_sum){ 0 };
	if (missing(s, ui, LAT_SERVICE) || (ui->entered && !proc_by_id(s, ui->entered_id)))
		return false;
	if (runqueue_narrowed(ui)) {
		for (int i = 0; i < s->disk_procs->rows_nr; i++)
			if (runqueue_is_member(ui, &s->disk_procs->rows[i].p) &&
			    snapshot_disk_proc_sum(s, &s->disk_procs->rows[i], latency_dev(ui), latency_op(ui), &one))
				add_sum(ret, &one);
		ret->sequential = FIG_UNKNOWN;
		return true;
	}
	if (!latency_set(ui, &set))
		return snapshot_disk_sum(s, latency_dev(ui), latency_op(ui), ret);
	row = set_row(s, latency_dev(ui), set);
	if (row)
		*ret = row->sum;
	return true;
}

/* Models keep those of devices and operations; of anything else they are kept from the time that it is looked at. */
static bool is_kept_here(const struct ui *ui)
{
	uint32_t set;

	return runqueue_narrowed(ui) || latency_set(ui, &set);
}

const struct heat *latency_heat(const struct snapshot *s, const struct ui *ui, enum lat_hist which)
{
	if (which == LAT_SIZE)
		return NULL;
	if (is_kept_here(ui))
		return &ui->disk.latency.heat.heat[which == LAT_QUEUE];
	return snapshot_disk_heat(s, latency_dev(ui), latency_op(ui), disk_hist_of(which));
}

void disk_latency_update(struct ui *ui, const struct snapshot *s)
{
	static const enum lat_hist kept[] = { LAT_SERVICE, LAT_QUEUE };
	struct heatkeep *k = &ui->disk.latency.heat;
	struct heatkeep_of of = { { 0 } };
	const char *why;
	uint32_t set;
	struct hist h;

	if (!is_kept_here(ui) || !s->m.interval_ns)
		return;
	if (ui->entered) {
		of.key[0] = ui->entered_id.a;
		of.key[1] = ui->entered_id.b;
	} else {
		of.key[2] = ui->cpu.group.cgroup_id;
	}
	of.key[3] = (uint64_t)latency_dev(ui) << 32 | (uint32_t)latency_op(ui);
	of.key[4] = latency_set(ui, &set) ? 1 + (uint64_t)set : 0;
	if (!heatkeep_begin(k, of, s))
		return;
	for (int i = 0; i < 2; i++)
		if (latency_hist(s, ui, kept[i], &h, &why))
			heatkeep_put(k, i, &h);
}

struct bucket latency_bucket(const struct ui *ui, const struct hist *h)
{
	const struct disk_latency_ui *l = &ui->disk.latency;

	return bucket_at(&l->at, latency_scale((enum lat_hist)l->which), h);
}

static bool is_wanted(const struct snapshot *s, const struct ui *ui, const struct disk_event_row *r, uint32_t tgid)
{
	const struct proc_row *row;
	uint32_t set;

	if (tgid && r->tgid != tgid)
		return false;
	if (latency_set(ui, &set) && r->set != set && !runqueue_narrowed(ui))
		return false;
	if (ui->entered)
		return r->tgid == ui->entered_pid && (!r->start_ns || r->start_ns == ui->entered_id.b);
	if (!ui->cpu.group.cgroup_id)
		return true;
	row = proc_find(s, r->tgid);
	return row && runqueue_is_member(ui, row);
}

static int put_newest(const struct disk_event_row **ret, int nr, int max, const struct disk_event_row *r)
{
	int at = nr;

	while (at > 0 && ret[at - 1]->ts_ns < r->ts_ns)
		at--;
	if (at == max)
		return nr;
	nr += nr < max;
	for (int i = nr - 1; i > at; i--)
		ret[i] = ret[i - 1];
	ret[at] = r;
	return nr;
}

static bool is_of_size(const struct disk_event_row *r, struct bucket b)
{
	uint64_t bytes = r->bytes > 0 ? (uint64_t)r->bytes : 0;

	return bytes >= hist_low(&hist_scale_bytes, (unsigned)b.first) &&
	       bytes < hist_high(&hist_scale_bytes, (unsigned)(b.first + b.nr - 1));
}

#define FOUND_MAX 256

int latency_exemplars(const struct snapshot *s, const struct ui *ui, struct bucket b, uint32_t tgid,
		      const struct disk_event_row **ret, int max)
{
	enum lat_hist which = (enum lat_hist)ui->disk.latency.which;
	bool sizes = which == LAT_SIZE; /* requests are kept by their time: of all times those of that size */
	int first = sizes ? 0 : b.first, end = sizes ? HIST_SLOTS : b.first + b.nr, nr = 0;
	const struct disk_event_row *found[FOUND_MAX];

	for (int slot = first; slot < end; slot++) {
		int got = snapshot_disk_exemplars(s, latency_dev(ui), latency_op(ui), disk_hist_of(which), slot, found,
						  FOUND_MAX);

		for (int i = 0; i < got; i++)
			if ((!sizes || is_of_size(found[i], b)) && is_wanted(s, ui, found[i], tgid))
				nr = put_newest(ret, nr, max, found[i]);
	}
	return nr;
}
