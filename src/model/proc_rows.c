/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows that begin with a struct proc_row: found by process, and summed by what processes have in common. */
#include "proc_rows.h"

#include <string.h>

static const struct proc_row *row_at(const void *rows, int i, size_t row_bytes)
{
	return (const void *)((const char *)rows + (size_t)i * row_bytes);
}

static int compare_who(const struct proc_row *who, const struct proc_row *row)
{
	if (row->pid == FIG_UNKNOWN) /* those come last */
		return -1;
	if (who->pid != row->pid)
		return who->pid < row->pid ? -1 : 1;
	return who->start_ns < row->start_ns ? -1 : who->start_ns > row->start_ns;
}

const void *proc_rows_find(const void *rows, int nr, size_t row_bytes, const struct proc_row *who)
{
	int from = 0, to = nr;

	while (who->pid != FIG_UNKNOWN && from < to) {
		int at = from + (to - from) / 2, diff = compare_who(who, row_at(rows, at, row_bytes));

		if (!diff)
			return row_at(rows, at, row_bytes);
		if (diff < 0)
			to = at;
		else
			from = at + 1;
	}
	return NULL;
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

/* Its own of processes without a row of the task table: they are in no group there. */
static void name_group(struct proc_row *p, enum group_by by)
{
	p->cmd = by == GROUP_COMMAND ? p->comm : by == GROUP_USER && p->user ? p->user : "(not known)";
	p->cmd_len = (uint16_t)strlen(p->cmd);
	p->exe = NULL;
	p->exe_len = 0;
}

static int64_t count_processes(const struct group_entry **at, const struct group_entry **end)
{
	int64_t processes = 0;

	for (; at < end; at++)
		fig_add(&processes, (*at)->row->processes > 0 ? (*at)->row->processes : 0);
	return processes;
}

/* Makes one group of the members [at, end). */
static void make_group(struct proc_groups *g, const struct proc_groups_how *how, const struct snapshot *s,
		       const struct group_entry **at, const struct group_entry **end, const struct group_row *group)
{
	void *row = pool_at(&g->rows, (uint32_t)g->nr++);
	struct proc_row *p = row;

	memset(row, 0, how->group_bytes);
	memcpy((char *)row + how->key_off, &(*at)->key, sizeof((*at)->key));
	*p = group ? group->sums : *(*at)->row;
	if (!group)
		name_group(p, g->by);
	how->fold(s, at, end, row);
	p->pid = FIG_UNKNOWN;
	p->start_ns = 0;
	p->ref = NULL;
	p->processes = count_processes(at, end);
}

static uint32_t list_members(struct proc_groups *g, const struct proc_groups_how *how, const struct snapshot *s,
			     const void *rows, int rows_nr)
{
	const struct group_entry **order = pool_at(&g->order, 0);
	uint32_t nr = 0;

	for (int i = 0; i < rows_nr; i++) {
		const struct proc_row *row = row_at(rows, i, how->row_bytes);
		struct group_entry *member = pool_at(&g->members, nr);

		if (!how->uses(s, row, g->dev))
			continue;
		*member = (struct group_entry){group_key(s, g->by, row), row};
		order[nr++] = member;
	}
	group_entries_sort(order, nr);
	return nr;
}

static void make_groups(struct proc_groups *g, const struct proc_groups_how *how, const struct snapshot *s,
			const void *rows, int rows_nr)
{
	const struct group_entry **order = pool_at(&g->order, 0);
	const struct group_row *groups = NULL;
	int groups_nr = snapshot_groups(s, g->by, &groups);
	uint32_t nr = list_members(g, how, s, rows, rows_nr), from = 0;

	g->nr = 0;
	for (uint32_t i = 1; i <= nr; i++) {
		if (i < nr && order[i]->key == order[from]->key)
			continue;
		make_group(g, how, s, order + from, order + i, find_group(groups, groups_nr, order[from]->key));
		from = i;
	}
	g->made = true;
}

int proc_groups_make(struct proc_groups *g, const struct proc_groups_how *how, const struct snapshot *s,
		     const void *rows, int nr, enum group_by by, uint32_t dev)
{
	if (!g->made || g->by != by || g->dev != dev) {
		g->by = by;
		g->dev = dev;
		make_groups(g, how, s, rows, nr);
	}
	return g->nr;
}
