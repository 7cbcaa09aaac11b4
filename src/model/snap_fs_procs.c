/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What views ask of operations on files by process: one process, one filesystem, groups, histograms. */
#include "snap_fs_procs.h"

#include <string.h>

#include "fs_procs_made.h"

const struct fs_proc_row *snapshot_fs_proc(const struct snapshot *s, const struct proc_row *row)
{
	const struct fs_procs_snap *d = s->fs_procs;

	return d ? proc_rows_find(d->rows, d->rows_nr, sizeof(*d->rows), row) : NULL;
}

static bool uses(const struct snapshot *s, const void *row, uint32_t dev)
{
	const struct fs_proc_row *r = row;

	for (int i = 0; i < r->parts_nr && dev != FS_ALL; i++)
		if (s->fs_procs->parts[r->part + i].dev == dev)
			return true;
	return dev == FS_ALL;
}

/* The same processes, and of what they did that on one filesystem; who did nothing there is left out. */
static void make_of_dev(struct fs_procs_made *m, const struct snapshot *s, uint32_t dev)
{
	const struct fs_procs_snap *d = s->fs_procs;

	m->of_dev_nr = 0;
	for (int i = 0; i < d->rows_nr; i++) {
		const struct fs_proc_row *from = &d->rows[i];
		struct fs_proc_row *row = pool_at(&m->of_dev, (uint32_t)m->of_dev_nr);
		struct fs_row_fold f = {.uses_nr = 0};

		if (!uses(s, from, dev))
			continue;
		*row = (struct fs_proc_row){.p = from->p, .part = from->part, .parts_nr = from->parts_nr};
		fs_row_fold(&f, d->parts, from, dev, row);
		fs_row_finish(&f, row);
		row->cache_accesses = row->cache_hits = row->cache_hit_pct = FIG_UNKNOWN;
		m->of_dev_nr++;
	}
	m->dev = dev;
	m->has_dev = true;
}

int snapshot_fs_procs(const struct snapshot *s, uint32_t dev, const struct fs_proc_row **ret_rows)
{
	struct fs_procs_made *m = s->fs_procs ? s->fs_procs->made : NULL;

	*ret_rows = NULL;
	if (!m)
		return 0;
	if (dev == FS_ALL) {
		*ret_rows = s->fs_procs->rows;
		return s->fs_procs->rows_nr;
	}
	if (!m->has_dev || m->dev != dev)
		make_of_dev(m, s, dev);
	*ret_rows = pool_at(&m->of_dev, 0);
	return m->of_dev_nr;
}

bool snapshot_fs_proc_hist(const struct snapshot *s, const struct fs_proc_row *row, uint32_t dev,
			   enum fs_proc_hist which, struct hist *ret)
{
	*ret = (struct hist){.max_ns = 0};
	for (int i = 0; i < row->parts_nr; i++) {
		const struct fs_proc_part *part = &s->fs_procs->parts[row->part + i];

		if (dev == FS_ALL || part->dev == dev)
			fs_proc_hist_add(ret, part, which);
	}
	return hist_count(ret) > 0;
}

bool snapshot_fs_sum(const struct snapshot *s, uint32_t dev, struct fs_proc_sums *ret,
		     struct hist hists[FS_PROC_HIST_NR])
{
	const struct fs_procs_snap *d = s->fs_procs;

	*ret = (struct fs_proc_sums){.ns = 0};
	memset(hists, 0, FS_PROC_HIST_NR * sizeof(*hists));
	if (!d || d->status.state == FIG_NA)
		return false;
	for (int i = 0; i < d->parts_nr; i++) {
		if (dev != FS_ALL && d->parts[i].dev != dev)
			continue;
		fs_proc_sums_add(ret, &d->parts[i].sums);
		for (int h = 0; h < FS_PROC_HIST_NR; h++)
			fs_proc_hist_add(&hists[h], &d->parts[i], (enum fs_proc_hist)h);
	}
	return true;
}

const struct fs_proc_part *snapshot_fs_slowest(const struct snapshot *s, enum fs_proc_hist *ret_which)
{
	const struct fs_procs_snap *d = s->fs_procs;
	const struct fs_proc_part *slowest = NULL;
	uint64_t most = 0;

	for (int i = 0; d && i < d->parts_nr; i++) {
		for (int h = 0; h < FS_PROC_HIST_NR; h++) {
			if (d->parts[i].max_ns[h] <= most)
				continue;
			most = d->parts[i].max_ns[h];
			slowest = &d->parts[i];
			*ret_which = (enum fs_proc_hist)h;
		}
	}
	return slowest;
}

/* ---- groups ---- */

static void add_cache(struct fs_proc_row *to, const struct fs_proc_row *row)
{
	if (row->cache_accesses == FIG_UNKNOWN || row->cache_hits == FIG_UNKNOWN)
		return;
	fig_add(&to->cache_accesses, row->cache_accesses);
	fig_add(&to->cache_hits, row->cache_hits);
}

static void finish_cache(struct fs_proc_row *row, uint32_t dev)
{
	if (dev != FS_ALL)
		row->cache_accesses = row->cache_hits = FIG_UNKNOWN;
	row->cache_hit_pct = FIG_UNKNOWN;
	if (row->cache_accesses > 0 && row->cache_hits >= 0)
		row->cache_hit_pct = (int64_t)((__int128)row->cache_hits * 100000 / row->cache_accesses);
}

static void fold_group(const struct snapshot *s, const struct group_entry **at, const struct group_entry **end,
		       void *group)
{
	const struct fs_procs_snap *d = s->fs_procs;
	struct fs_proc_row *sums = &((struct fs_group_row *)group)->sums;
	struct fs_row_fold f = {.uses_nr = 0};

	for (; at < end; at++) {
		const struct fs_proc_row *row = (const void *)(*at)->row;

		fs_row_fold(&f, d->parts, row, d->made->groups.dev, sums);
		add_cache(sums, row);
	}
	fs_row_finish(&f, sums);
	finish_cache(sums, d->made->groups.dev);
}

static const struct proc_groups_how groups_how = {
	.row_bytes = sizeof(struct fs_proc_row),
	.group_bytes = sizeof(struct fs_group_row),
	.key_off = offsetof(struct fs_group_row, key),
	.uses = uses,
	.fold = fold_group,
};

int snapshot_fs_groups(const struct snapshot *s, enum group_by by, uint32_t dev, const struct fs_group_row **ret_rows)
{
	const struct fs_procs_snap *d = s->fs_procs;

	*ret_rows = d && d->made ? pool_at(&d->made->groups.rows, 0) : NULL;
	return *ret_rows ? proc_groups_make(&d->made->groups, &groups_how, s, d->rows, d->rows_nr, by, dev) : 0;
}
