/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What views ask of requests by device and set of flags: rows, sums, histograms, sizes. */
#include "snap_disk_sets.h"

#include <string.h>

static bool is_counted(const struct snapshot *s)
{
	return s->disk_sets && s->disk_sets->status.state != FIG_NA;
}

int snapshot_disk_sets(const struct snapshot *s, uint32_t dev, const struct disk_set_row **ret_rows)
{
	const struct disk_sets_snap *sets = s->disk_sets;
	int low = 0, high = sets ? sets->rows_nr : 0, nr = 0;

	*ret_rows = NULL;
	if (!high)
		return 0;
	*ret_rows = sets->rows;
	if (dev == DISK_ALL)
		return high;
	while (low < high) {
		int middle = (low + high) / 2;

		if (sets->rows[middle].dev < dev)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_rows = sets->rows + low;
	while (low + nr < sets->rows_nr && sets->rows[low + nr].dev == dev)
		nr++;
	return nr;
}

static void add(int64_t *sum, int64_t value)
{
	*sum = *sum == FIG_UNKNOWN || value == FIG_UNKNOWN ? FIG_UNKNOWN : *sum + value;
}

static bool is_of(const struct disk_set_row *row, int op)
{
	return op == DISK_ANY_OP || (int)(row->set & DISK_SET_OP) == op;
}

bool snapshot_disk_sum(const struct snapshot *s, uint32_t dev, int op, struct disk_sum *ret)
{
	const struct disk_set_row *rows;
	int nr = snapshot_disk_sets(s, dev, &rows);

	*ret = (struct disk_sum){ 0 };
	if (!is_counted(s))
		return false;
	for (int i = 0; i < nr; i++) {
		if (!is_of(&rows[i], op))
			continue;
		add(&ret->count, rows[i].sum.count);
		add(&ret->bytes, rows[i].sum.bytes);
		add(&ret->queue_ns, rows[i].sum.queue_ns);
		add(&ret->service_ns, rows[i].sum.service_ns);
		add(&ret->errors, rows[i].sum.errors);
		add(&ret->sequential, rows[i].sum.sequential);
	}
	return true;
}

bool snapshot_disk_hist(const struct snapshot *s, uint32_t dev, int op, enum disk_hist which, struct hist *ret)
{
	const struct disk_set_row *rows;
	int nr = snapshot_disk_sets(s, dev, &rows);

	*ret = (struct hist){ 0 };
	if (!is_counted(s) || (which == DISK_HIST_QUEUE && s->disk_sets->queue_status.state == FIG_NA))
		return false;
	for (int i = 0; i < nr; i++) {
		const struct hist *h = &rows[i].hist[which];

		if (!is_of(&rows[i], op))
			continue;
		for (int slot = 0; slot < HIST_SLOTS; slot++)
			ret->slots[slot] += h->slots[slot];
		if (h->max_ns > ret->max_ns)
			ret->max_ns = h->max_ns;
	}
	return true;
}

bool snapshot_disk_sizes(const struct snapshot *s, uint32_t dev, int op, int64_t ret[SIZE_SLOTS])
{
	const struct disk_set_row *rows;
	int nr = snapshot_disk_sets(s, dev, &rows);

	memset(ret, 0, SIZE_SLOTS * sizeof(*ret));
	if (!is_counted(s))
		return false;
	for (int i = 0; i < nr; i++)
		for (int slot = 0; is_of(&rows[i], op) && slot < SIZE_SLOTS; slot++)
			add(&ret[slot], rows[i].sizes[slot]);
	return true;
}
