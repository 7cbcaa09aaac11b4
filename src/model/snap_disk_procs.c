/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What views ask of block I/O by process: one process, one device, groups, sums and histograms. */
#include "snap_disk_procs.h"

#include <string.h>

#include "disk_procs_rows.h"

const struct disk_proc_row *snapshot_disk_proc(const struct snapshot *s, const struct proc_row *row)
{
	const struct disk_procs_snap *d = s->disk_procs;

	return d ? proc_rows_find(d->rows, d->rows_nr, sizeof(*d->rows), row) : NULL;
}

static bool uses(const struct snapshot *s, const void *row, uint32_t dev)
{
	const struct disk_proc_row *r = row;

	for (int i = 0; i < r->parts_nr && dev != DISK_ALL; i++)
		if (s->disk_procs->parts[r->part + i].dev == dev)
			return true;
	return dev == DISK_ALL;
}

/* The same processes, and of their requests those to one device; who never used it is left out. */
static void make_of_dev(struct disk_procs_made *m, const struct snapshot *s, uint32_t dev)
{
	const struct disk_procs_snap *d = s->disk_procs;

	m->of_dev_nr = 0;
	for (int i = 0; i < d->rows_nr; i++) {
		const struct disk_proc_row *from = &d->rows[i];
		struct disk_proc_row *row = pool_at(&m->of_dev, (uint32_t)m->of_dev_nr);
		struct disk_fold f = disk_fold_new(m);

		*row = (struct disk_proc_row){.p = from->p, .part = from->part, .parts_nr = from->parts_nr};
		disk_fold_flights(m, dev, &from->p, row);
		if (!row->inflight && !uses(s, from, dev))
			continue;
		disk_fold_row(&f, d->parts, from, dev, row);
		disk_fold_finish(&f, s, row);
		m->of_dev_nr++;
	}
	m->dev = dev;
	m->has_dev = true;
}

int snapshot_disk_procs(const struct snapshot *s, uint32_t dev, const struct disk_proc_row **ret_rows)
{
	struct disk_procs_made *m = s->disk_procs ? s->disk_procs->made : NULL;

	*ret_rows = NULL;
	if (!m)
		return 0;
	if (dev == DISK_ALL) {
		*ret_rows = s->disk_procs->rows;
		return s->disk_procs->rows_nr;
	}
	if (!m->has_dev || m->dev != dev)
		make_of_dev(m, s, dev);
	*ret_rows = pool_at(&m->of_dev, 0);
	return m->of_dev_nr;
}

static void fold_group(const struct snapshot *s, const struct group_entry **at, const struct group_entry **end,
		       void *group)
{
	struct disk_procs_made *m = s->disk_procs->made;
	struct disk_proc_row *sums = &((struct disk_group_row *)group)->sums;
	struct disk_fold f = disk_fold_new(m);

	for (; at < end; at++) {
		disk_fold_row(&f, s->disk_procs->parts, (const void *)(*at)->row, m->groups.dev, sums);
		disk_fold_flights(m, m->groups.dev, (*at)->row, sums);
	}
	disk_fold_finish(&f, s, sums);
}

static const struct proc_groups_how groups_how = {
	.row_bytes = sizeof(struct disk_proc_row),
	.group_bytes = sizeof(struct disk_group_row),
	.key_off = offsetof(struct disk_group_row, key),
	.uses = uses,
	.fold = fold_group,
};

int snapshot_disk_groups(const struct snapshot *s, enum group_by by, uint32_t dev, const struct disk_group_row **ret_rows)
{
	const struct disk_procs_snap *d = s->disk_procs;

	*ret_rows = d && d->made ? pool_at(&d->made->groups.rows, 0) : NULL;
	return *ret_rows ? proc_groups_make(&d->made->groups, &groups_how, s, d->rows, d->rows_nr, by, dev) : 0;
}

/* The next part of the row that is of the device and operation, from *at on; NULL at the end. */
static const struct disk_part *next_part(const struct snapshot *s, const struct disk_proc_row *row, uint32_t dev, int op,
					 int *at)
{
	while (*at < row->parts_nr) {
		const struct disk_part *part = &s->disk_procs->parts[row->part + (*at)++];

		if (part->count && disk_part_is(part, dev, op))
			return part;
	}
	return NULL;
}

bool snapshot_disk_proc_sum(const struct snapshot *s, const struct disk_proc_row *row, uint32_t dev, int op,
			    struct disk_sum *ret)
{
	const struct disk_part *part;
	int at = 0;

	*ret = (struct disk_sum){.sequential = FIG_UNKNOWN};
	while ((part = next_part(s, row, dev, op, &at))) {
		fig_add(&ret->count, part->count);
		fig_add(&ret->bytes, part->bytes);
		fig_add(&ret->queue_ns, part->queue_ns);
		fig_add(&ret->service_ns, part->service_ns);
		fig_add(&ret->errors, part->errors);
	}
	return ret->count > 0;
}

bool snapshot_disk_proc_hist(const struct snapshot *s, const struct disk_proc_row *row, uint32_t dev, int op,
			     enum disk_proc_hist which, struct hist *ret)
{
	const struct disk_part *part;
	int at = 0, nr = 0;

	*ret = (struct hist){.max_ns = 0};
	for (; (part = next_part(s, row, dev, op, &at)); nr++)
		disk_fold_hist(ret, part, which);
	return nr > 0;
}

bool snapshot_disk_proc_sizes(const struct snapshot *s, const struct disk_proc_row *row, uint32_t dev, int op,
			      int64_t ret[SIZE_SLOTS])
{
	const struct disk_part *part;
	int at = 0, nr = 0;

	memset(ret, 0, SIZE_SLOTS * sizeof(*ret));
	for (; (part = next_part(s, row, dev, op, &at)); nr++)
		for (int i = 0; i < SIZE_SLOTS; i++)
			ret[i] += part->sizes[i];
	return nr > 0;
}
