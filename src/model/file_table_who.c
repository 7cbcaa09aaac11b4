/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes in the table of files: which are in the table of tasks, which have ended, and their sums. A
 * process that began since the last snapshot and is in no row came and went between two passes. One that was there
 * before, and never was in a row, lives where our pass does not see it (another PID namespace).
 */
#include <stdio.h>
#include <string.h>

#include "file_table_priv.h"
#include "row.h"

#define NOBODY	     "(no room)" /* processes that found no room in the kernel's table */
#define SLACK_NS     5000000ULL	 /* from the time that a process has as its start until a pass can see it */
#define FORGET_TICKS 60		 /* one that was summed, and, where room is short, what does nothing */

/* Rows are in order of pid and start, the summed ones last. */
static bool is_before(const struct proc_row *row, const struct file_proc *p)
{
	if (row->pid == FIG_UNKNOWN || row->pid != p->node.key)
		return row->pid != FIG_UNKNOWN && row->pid < p->node.key;
	return row->start_ns < p->start_ns; /* 0 where the kernel cannot tell it (5.10): then any will do */
}

static const struct proc_row *find_row(const struct snapshot *snap, const struct file_proc *p)
{
	int from = 0, to = snap->procs_nr;

	while (from < to) {
		int at = from + (to - from) / 2;

		if (is_before(&snap->procs[at], p))
			from = at + 1;
		else
			to = at;
	}
	if (from == snap->procs_nr || snap->procs[from].pid != p->node.key)
		return NULL;
	return !p->start_ns || snap->procs[from].start_ns == p->start_ns ? &snap->procs[from] : NULL;
}

static uint64_t comm_hash(const char *comm)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *comm; comm++)
		h = (h ^ (uint8_t)*comm) * 0x100000001b3ULL;
	return h;
}

/* The sum of a command; where there are too many of them, that of all others. */
static struct file_proc *sum_of(struct file_table *t, const struct file_proc *p)
{
	static const char others[TASK_COMM_BYTES + 1] = "[others]";
	const char *comm = p->comm;
	struct file_proc *sum = file_table_find(t, 0, comm_hash(comm), true);

	if (sum) {
		if (sum->uid != p->uid)
			sum->uid = REC_UNKNOWN32;
		return sum;
	}
	if (t->sums_nr >= FILE_TABLE_SUMS)
		comm = others;
	sum = file_table_get(t, 0, comm_hash(comm), true);
	if (!sum)
		return NULL;
	t->sums_nr += !*sum->comm;
	memcpy(sum->comm, comm, sizeof(sum->comm));
	if (comm != others)
		sum->uid = p->uid;
	return sum;
}

/* Counts the process once in each window in which it did something. */
static void count_process(struct file_proc *sum, struct file_proc *p, const struct file_entry *e)
{
	for (int i = 0; i < SINCE_NR; i++) {
		if (!e->counts[i] || p->told & 1 << i)
			continue;
		p->told |= (uint8_t)(1 << i);
		sum->processes[i]++;
	}
}

/* It stays, empty, so that what comes later does not count it again. */
static void fold(struct file_table *t, struct file_proc *p)
{
	struct file_proc *sum = p->entries ? sum_of(t, p) : NULL;
	struct file_entry *next;

	for (struct file_entry *e = p->entries; e; e = next) {
		struct file_entry_key key = e->key;

		next = e->next;
		if (!sum) {
			file_table_put_entry(t, e);
			continue;
		}
		count_process(sum, p, e);
		file_table_move(t, e, sum, &key);
	}
	p->folded = true;
}

static bool is_short(const struct pool *p)
{
	return p->nr > p->capacity / 4 * 3;
}

static bool has_ended(const struct file_table *t, const struct file_proc *p)
{
	if (p->linked || p->folded)
		return true;
	if (p->start_ns + SLACK_NS > t->tick_boot_ns) /* newer than the pass */
		return false;
	return p->start_ns + SLACK_NS > t->shown_boot_ns || (p->idle >= FORGET_TICKS && is_short(&t->procs));
}

void file_table_link(struct file_table *t, const struct snapshot *snap)
{
	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct file_proc *p = pool_at(&t->procs, i);

		if (!p->used || p->summed || !p->node.key)
			continue;
		p->row = find_row(snap, p);
		if (p->row) {
			p->linked = true;
			memcpy(p->comm, p->row->comm, sizeof(p->comm));
		} else if (p->entries && has_ended(t, p)) {
			fold(t, p);
		}
	}
	t->shown_boot_ns = t->tick_boot_ns;
}

/* The file is one of "other files" of its process from now on. */
static void drop_gone_entries(struct file_table *t, uint16_t idle)
{
	for (uint32_t i = 0; i < t->entries.fresh; i++) {
		struct file_entry *e = pool_at(&t->entries, i);
		const struct file_entry_key rest = {.type = e->key.type};

		if (!e->used || !e->key.dev || e->idle < idle)
			continue;
		if (e->counts[SINCE_PUBLISH] || !(e->gone || e->proc->summed))
			continue;
		file_table_move(t, e, e->proc, &rest);
	}
}

void file_table_make_room(struct file_table *t)
{
	bool narrow = is_short(&t->procs);

	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct file_proc *p = pool_at(&t->procs, i);

		if (!p->used || p->summed || p->entries || !p->node.key)
			continue;
		if (p->idle >= (narrow ? 1 : FORGET_TICKS))
			pool_put(&t->procs, p);
	}
	if (is_short(&t->entries) || is_short(&t->hists))
		drop_gone_entries(t, FORGET_TICKS);
	if (is_short(&t->entries) || is_short(&t->hists))
		drop_gone_entries(t, 1);
}

static int rank(const struct file_proc *p)
{
	return p->summed ? 2 : !p->node.key;
}

int file_table_compare(const struct file_proc *a, const struct file_proc *b)
{
	if (rank(a) != rank(b))
		return rank(a) - rank(b);
	if (a->summed)
		return strcmp(a->comm, b->comm);
	if (a->node.key != b->node.key)
		return a->node.key < b->node.key ? -1 : 1;
	return a->start_ns < b->start_ns ? -1 : a->start_ns > b->start_ns;
}

void file_table_bare_row(const struct file_proc *p, const struct snapshot *s, enum since since, struct proc_row *row)
{
	bool one = !p->summed && p->node.key;

	row_bare(row, one ? p->node.key : FIG_UNKNOWN, one ? p->start_ns : 0);
	row->uid = p->uid == REC_UNKNOWN32 ? FIG_UNKNOWN : p->uid;
	row->dead = p->summed || p->folded;
	row->kthread = p->kthread;
	row->processes = one ? 1 : p->summed ? (int64_t)p->processes[since] : FIG_UNKNOWN;
	row->state = row->dead ? 'X' : '\0';
	if (one || p->summed)
		memcpy(row->comm, p->comm, sizeof(row->comm));
	else
		snprintf(row->comm, sizeof(row->comm), "%s", NOBODY);
	for (int i = 0; i < s->procs_nr && row->uid != FIG_UNKNOWN && !row->user; i++)
		if (s->procs[i].uid == row->uid)
			row->user = s->procs[i].user;
}
