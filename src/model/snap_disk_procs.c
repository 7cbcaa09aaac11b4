/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What views ask of block I/O by process: one process, one device, groups, sums and histograms. */
#include "snap_disk_procs.h"

#include <string.h>

#include "disk_procs_rows.h"
#include "sort.h"

static int compare_who(int64_t pid, uint64_t start_ns, const struct proc_row *row)
{
	if (row->pid == FIG_UNKNOWN) /* those come last */
		return -1;
	if (pid != row->pid)
		return pid < row->pid ? -1 : 1;
	return start_ns < row->start_ns ? -1 : start_ns > row->start_ns;
}

const struct disk_proc_row *snapshot_disk_proc(const struct snapshot *s, const struct proc_row *row)
{
	const struct disk_procs_snap *d = s->disk_procs;
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

static bool uses(const struct disk_part *parts, const struct disk_proc_row *row, uint32_t dev)
{
	for (int i = 0; i < row->parts_nr; i++)
		if (parts[row->part + i].dev == dev)
			return true;
	return false;
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
		if (!row->inflight && !uses(d->parts, from, dev))
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
	const struct disk_member *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* Its own of processes without a row of the task table: they are in no group there. */
static void name_group(struct disk_group_row *g, enum group_by by)
{
	struct proc_row *p = &g->sums.p;

	p->cmd = by == GROUP_COMMAND ? p->comm : by == GROUP_USER && p->user ? p->user : "(not known)";
	p->cmd_len = (uint16_t)strlen(p->cmd);
	p->exe = NULL;
	p->exe_len = 0;
}

/* Makes one group of the members [at, end). */
static void make_group(struct disk_procs_made *m, const struct snapshot *s, const struct disk_member **at,
		       const struct disk_member **end, const struct group_row *group)
{
	struct disk_group_row *g = pool_at(&m->groups, (uint32_t)m->groups_nr++);
	const struct disk_proc_row *first = (*at)->row;
	struct disk_fold f = disk_fold_new(m);
	int64_t processes = 0;

	*g = (struct disk_group_row){.key = (*at)->key, .sums.p = group ? group->sums : first->p};
	if (!group)
		name_group(g, m->by);
	for (; at < end; at++) {
		const struct disk_proc_row *row = (*at)->row;

		disk_fold_row(&f, s->disk_procs->parts, row, m->groups_dev, &g->sums);
		disk_fold_flights(m, m->groups_dev, &row->p, &g->sums);
		fig_add(&processes, row->p.processes > 0 ? row->p.processes : 0);
	}
	disk_fold_finish(&f, s, &g->sums);
	g->sums.p.pid = FIG_UNKNOWN;
	g->sums.p.start_ns = 0;
	g->sums.p.ref = NULL;
	g->sums.p.processes = processes;
}

static uint32_t list_members(struct disk_procs_made *m, const struct snapshot *s)
{
	const struct disk_procs_snap *d = s->disk_procs;
	const void **order = pool_at(&m->group_order, 0);
	uint32_t nr = 0;

	for (int i = 0; i < d->rows_nr; i++) {
		struct disk_member *member = pool_at(&m->members, nr);

		if (m->groups_dev != DISK_ALL && !uses(d->parts, &d->rows[i], m->groups_dev))
			continue;
		*member = (struct disk_member){group_key(s, m->by, &d->rows[i].p), &d->rows[i]};
		order[nr++] = member;
	}
	sort_pointers(order, nr, compare_members);
	return nr;
}

static void make_groups(struct disk_procs_made *m, const struct snapshot *s)
{
	const struct disk_member **order = pool_at(&m->group_order, 0);
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

int snapshot_disk_groups(const struct snapshot *s, enum group_by by, uint32_t dev, const struct disk_group_row **ret_rows)
{
	struct disk_procs_made *m = s->disk_procs ? s->disk_procs->made : NULL;

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
