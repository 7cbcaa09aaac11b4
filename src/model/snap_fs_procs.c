/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What views ask of operations on files by process: one process, one filesystem, groups, histograms. */
#include "snap_fs_procs.h"

#include <string.h>

#include "fs_procs_made.h"
#include "sort.h"

static int compare_who(int64_t pid, uint64_t start_ns, const struct proc_row *row)
{
	if (row->pid == FIG_UNKNOWN) /* those come last */
		return -1;
	if (pid != row->pid)
		return pid < row->pid ? -1 : 1;
	return start_ns < row->start_ns ? -1 : start_ns > row->start_ns;
}

const struct fs_proc_row *snapshot_fs_proc(const struct snapshot *s, const struct proc_row *row)
{
	const struct fs_procs_snap *d = s->fs_procs;
	int from = 0, to = d ? d->rows_nr : 0;

	while (row->pid != FIG_UNKNOWN && from < to) {
		int at = from + (to - from) / 2, diff = compare_who(row->pid, row->start_ns, &d->rows[at].p);

		if (!diff)
			return &d->rows[at];
		if (diff < 0)
			to = at;
		else
			from = at + 1;
	}
	return NULL;
}

static bool uses(const struct fs_proc_part *parts, const struct fs_proc_row *row, uint32_t dev)
{
	for (int i = 0; i < row->parts_nr; i++)
		if (parts[row->part + i].dev == dev)
			return true;
	return false;
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

		if (!uses(d->parts, from, dev))
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

/* Groups of processes come in order of key. */
static const struct group_row *find_group(const struct group_row *groups, int nr, uint64_t key)
{
	int from = 0;

	while (from < nr) {
		int at = from + (nr - from) / 2;

		if (groups[at].key == key)
			return &groups[at];
		if (groups[at].key < key)
			from = at + 1;
		else
			nr = at;
	}
	return NULL;
}

static int compare_members(const void *a, const void *b)
{
	const struct fs_member *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* Its own of processes without a row of the task table: they are in no group there. */
static void name_group(struct fs_group_row *g, enum group_by by)
{
	struct proc_row *p = &g->sums.p;

	p->cmd = by == GROUP_COMMAND ? p->comm : by == GROUP_USER && p->user ? p->user : "(not known)";
	p->cmd_len = (uint16_t)strlen(p->cmd);
	p->exe = NULL;
	p->exe_len = 0;
}

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

/* Makes one group of the members [at, end). */
static void make_group(struct fs_procs_made *m, const struct snapshot *s, const struct fs_member **at,
		       const struct fs_member **end, const struct group_row *group)
{
	struct fs_group_row *g = pool_at(&m->groups, (uint32_t)m->groups_nr++);
	const struct fs_proc_row *first = (*at)->row;
	struct fs_row_fold f = {.uses_nr = 0};
	int64_t processes = 0;

	*g = (struct fs_group_row){.key = (*at)->key, .sums.p = group ? group->sums : first->p};
	if (!group)
		name_group(g, m->by);
	for (; at < end; at++) {
		const struct fs_proc_row *row = (*at)->row;

		fs_row_fold(&f, s->fs_procs->parts, row, m->groups_dev, &g->sums);
		add_cache(&g->sums, row);
		fig_add(&processes, row->p.processes > 0 ? row->p.processes : 0);
	}
	fs_row_finish(&f, &g->sums);
	finish_cache(&g->sums, m->groups_dev);
	g->sums.p.pid = FIG_UNKNOWN;
	g->sums.p.start_ns = 0;
	g->sums.p.ref = NULL;
	g->sums.p.processes = processes;
}

static uint32_t list_members(struct fs_procs_made *m, const struct snapshot *s)
{
	const struct fs_procs_snap *d = s->fs_procs;
	const void **order = pool_at(&m->group_order, 0);
	uint32_t nr = 0;

	for (int i = 0; i < d->rows_nr; i++) {
		struct fs_member *member = pool_at(&m->members, nr);

		if (m->groups_dev != FS_ALL && !uses(d->parts, &d->rows[i], m->groups_dev))
			continue;
		*member = (struct fs_member){group_key(s, m->by, &d->rows[i].p), &d->rows[i]};
		order[nr++] = member;
	}
	sort_pointers(order, nr, compare_members);
	return nr;
}

static void make_groups(struct fs_procs_made *m, const struct snapshot *s)
{
	const struct fs_member **order = pool_at(&m->group_order, 0);
	const struct group_row *groups = NULL;
	int groups_nr = snapshot_groups(s, m->by, &groups);
	uint32_t nr = list_members(m, s), from = 0;

	m->groups_nr = 0;
	for (uint32_t i = 1; i <= nr; i++) {
		if (i < nr && order[i]->key == order[from]->key)
			continue;
		make_group(m, s, order + from, order + i, find_group(groups, groups_nr, order[from]->key));
		from = i;
	}
	m->has_groups = true;
}

int snapshot_fs_groups(const struct snapshot *s, enum group_by by, uint32_t dev, const struct fs_group_row **ret_rows)
{
	struct fs_procs_made *m = s->fs_procs ? s->fs_procs->made : NULL;

	*ret_rows = NULL;
	if (!m)
		return 0;
	if (!m->has_groups || m->by != by || m->groups_dev != dev) {
		m->by = by;
		m->groups_dev = dev;
		make_groups(m, s);
	}
	*ret_rows = pool_at(&m->groups, 0);
	return m->groups_nr;
}
