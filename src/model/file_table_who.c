/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes in the table of files: which are in the table of tasks, which have ended, and their sums. A
 * process that began since the last snapshot and is in no row came and went between two passes. One that was there
 * before, and never was in a row, lives where our pass does not see it (another PID namespace).
 */
#include "file_table_priv.h"

#define SLACK_NS     5000000ULL	 /* from the time that a process has as its start until a pass can see it */
#define FORGET_TICKS 60		 /* one that was summed, and, where room is short, what does nothing */

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
	struct file_proc *sum = p->entries ? proc_who_sum(&t->procs, &p->who, FILE_TABLE_SUMS, &t->sums_nr) : NULL;
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
	if (p->who.linked || p->folded)
		return true;
	if (p->who.start_ns + SLACK_NS > t->tick_boot_ns) /* newer than the pass */
		return false;
	return p->who.start_ns + SLACK_NS > t->shown_boot_ns || (p->idle >= FORGET_TICKS && is_short(&t->procs));
}

void file_table_link(struct file_table *t, const struct snapshot *snap)
{
	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct file_proc *p = pool_at(&t->procs, i);

		if (!proc_who_is_one(&p->who))
			continue;
		if (!proc_who_link(&p->who, snap) && p->entries && has_ended(t, p))
			fold(t, p);
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
		if (e->counts[SINCE_PUBLISH] || !(e->gone || e->proc->who.summed))
			continue;
		file_table_move(t, e, e->proc, &rest);
	}
}

void file_table_make_room(struct file_table *t)
{
	bool narrow = is_short(&t->procs);

	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct file_proc *p = pool_at(&t->procs, i);

		if (!proc_who_is_one(&p->who) || p->entries)
			continue;
		if (p->idle >= (narrow ? 1 : FORGET_TICKS))
			pool_put(&t->procs, p);
	}
	if (is_short(&t->entries) || is_short(&t->hists))
		drop_gone_entries(t, FORGET_TICKS);
	if (is_short(&t->entries) || is_short(&t->hists))
		drop_gone_entries(t, 1);
}

void file_table_bare_row(const struct file_proc *p, const struct snapshot *s, enum since since, struct proc_row *row)
{
	proc_who_row(&p->who, p->who.summed || p->folded, row);
	proc_who_row_more(&p->who, p->processes[since], s, row);
}
