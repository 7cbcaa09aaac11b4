/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of operations on files by process. */
#include "fs_ops_table.h"

#include <string.h>

/* A process that has no row of the task table by then will get none. */
#define UNSEEN_TICKS 2
/* What did nothing for so long is summed first. */
#define IDLE_TICKS 30

/* ---- tallies ---- */

void fs_tally_grow(struct fs_tally *t, const struct fs_delta *d, uint64_t at)
{
	const uint64_t grown[FC_NR] = {
		[FC_COUNT] = d->count, [FC_BYTES] = d->bytes, [FC_NS] = d->ns,
		[FC_ERRORS] = d->errors, [FC_ENOENT] = d->enoent,
	};

	for (int i = 0; i < FC_NR; i++)
		t->now.n[i] += grown[i];
	for (int i = 0; i < HIST_SLOTS; i++)
		t->now.slots[i] += d->slots[i];
	for (int i = 0; i < SINCE_NR; i++)
		if (d->max_ns > t->max_ns[i] && d->max_ns <= SINCE_VALUE_MAX)
			t->max_ns[i] = d->max_ns;
	if (d->errors && d->last_errno) {
		t->last_errno = d->last_errno;
		t->errno_at = at;
	}
}

static void counts_add(struct fs_counts *to, const struct fs_counts *from)
{
	for (int i = 0; i < FC_NR; i++)
		to->n[i] += from->n[i];
	for (int i = 0; i < HIST_SLOTS; i++)
		to->slots[i] += from->slots[i];
}

void fs_tally_add(struct fs_tally *to, const struct fs_tally *from)
{
	counts_add(&to->now, &from->now);
	for (int i = 0; i < SINCE_NR; i++) {
		counts_add(&to->base[i], &from->base[i]);
		if (from->max_ns[i] > to->max_ns[i])
			to->max_ns[i] = from->max_ns[i];
	}
	if (from->errno_at > to->errno_at) {
		to->errno_at = from->errno_at;
		to->last_errno = from->last_errno;
	}
}

bool fs_tally_grew(const struct fs_tally *t, enum since since)
{
	return t->now.n[FC_COUNT] != t->base[since].n[FC_COUNT];
}

void fs_tally_rebase(struct fs_tally *t, enum since since)
{
	/* Most did nothing, and are left alone. */
	if (fs_tally_grew(t, since) || t->max_ns[since] || t->now.n[FC_NS] != t->base[since].n[FC_NS])
		t->base[since] = t->now;
	t->max_ns[since] = 0;
}

void fs_tally_sum(const struct fs_tally *t, enum since since, unsigned what, struct fs_ops_sum *ret)
{
	const struct fs_counts *before = &t->base[since];
	int64_t grown[FC_NR];

	for (int i = 0; i < FC_NR; i++)
		grown[i] = since_growth(t->now.n[i], before->n[i], 1);
	*ret = (struct fs_ops_sum){
		.count = grown[FC_COUNT],
		.bytes = grown[FC_BYTES],
		.ns = grown[FC_NS],
		.errors = grown[FC_ERRORS],
		.enoent = fs_what_is_io(what) ? FIG_UNKNOWN : grown[FC_ENOENT],
		.hist.max_ns = t->max_ns[since],
	};
	if (grown[FC_ERRORS]) {
		ret->last_errno = t->last_errno;
		ret->errno_at = t->errno_at;
	}
	for (int i = 0; i < HIST_SLOTS; i++)
		ret->hist.slots[i] = t->now.slots[i] - before->slots[i];
}

/* ---- processes ---- */

int fs_ops_table_init(struct fs_ops_table *t)
{
	int ret = pool_init(&t->parts, POOL_PLAIN, FS_PARTS_MAX, sizeof(struct ops_part));

	return ret ? ret : pool_init(&t->procs, POOL_KEYED, FS_OP_PROCS_MAX, sizeof(struct ops_proc));
}

void fs_ops_table_fini(struct fs_ops_table *t)
{
	pool_fini(&t->parts);
	pool_fini(&t->procs);
}

void fs_ops_table_clear(struct fs_ops_table *t)
{
	pool_clear(&t->parts);
	pool_clear(&t->procs);
	t->sums_nr = 0;
}

/* In order of filesystem and kind, so that rows and files have one. */
static struct ops_part *get_part(struct fs_ops_table *t, struct ops_proc *p, uint32_t dev, uint16_t what)
{
	struct ops_part **at = &p->parts, *part;

	while (*at && ((*at)->dev < dev || ((*at)->dev == dev && (*at)->what < what)))
		at = &(*at)->next;
	if (*at && (*at)->dev == dev && (*at)->what == what)
		return *at;
	part = pool_get(&t->parts, 0);
	if (!part)
		return NULL;
	part->used = true;
	part->dev = dev;
	part->what = what;
	part->next = *at;
	*at = part;
	return part;
}

void fs_ops_table_grow(struct fs_ops_table *t, const struct fs_delta *d, uint64_t at)
{
	struct ops_proc *p = d->count || d->ns ? proc_who_get(&t->procs, d->tgid, d->start_ns) : NULL;
	struct ops_part *part = p ? get_part(t, p, d->dev, (uint16_t)fs_what(d->op, d->type)) : NULL;

	if (!p)
		return;
	if (d->tgid && *d->comm)
		memcpy(p->who.comm, d->comm, TASK_COMM_BYTES);
	if (d->uid != REC_UNKNOWN32)
		p->who.uid = d->uid;
	p->who.kthread = d->flags & FS_F_KTHREAD;
	p->ticks = 0;
	if (!part)
		return;
	part->ticks = 0;
	fs_tally_grow(&part->tally, d, at);
}

void fs_ops_table_rebase(struct fs_ops_table *t, enum since since)
{
	for (uint32_t i = 0; i < t->parts.fresh; i++) {
		struct ops_part *part = pool_at(&t->parts, i);

		if (part->used)
			fs_tally_rebase(&part->tally, since);
	}
}

bool ops_proc_grew(const struct ops_proc *p, enum since since)
{
	for (const struct ops_part *part = p->parts; part; part = part->next)
		if (fs_tally_grew(&part->tally, since))
			return true;
	return false;
}

/* ---- those that are gone ---- */

/* Sums the parts of a process that grew at most so many ticks ago by its command, and takes them out. */
static void fold_parts(struct fs_ops_table *t, struct ops_proc *p, uint16_t ticks)
{
	struct ops_proc *sum = NULL;

	for (struct ops_part **at = &p->parts, *part; (part = *at);) {
		struct ops_part *to;

		if (part->ticks < ticks) {
			at = &part->next;
			continue;
		}
		*at = part->next;
		sum = sum ? sum : proc_who_sum(&t->procs, &p->who, FS_OP_SUMS_MAX, &t->sums_nr);
		to = sum ? get_part(t, sum, part->dev, part->what) : NULL;
		if (to)
			fs_tally_add(&to->tally, &part->tally);
		pool_put(&t->parts, part);
	}
}

static void fold(struct fs_ops_table *t, struct ops_proc *p)
{
	fold_parts(t, p, 0);
	pool_put(&t->procs, p);
}

static bool is_narrow(const struct fs_ops_table *t)
{
	return t->parts.nr > FS_PARTS_MAX / 2 || t->procs.nr > FS_OP_PROCS_MAX / 2;
}

void fs_ops_table_tick(struct fs_ops_table *t)
{
	bool narrow = is_narrow(t);

	for (uint32_t i = 0; i < t->parts.fresh; i++) {
		struct ops_part *part = pool_at(&t->parts, i);

		part->ticks += part->used && part->ticks < UINT16_MAX;
	}
	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct ops_proc *p = pool_at(&t->procs, i);

		if (!proc_who_is_one(&p->who))
			continue;
		p->ticks += p->ticks < UINT16_MAX;
		if (narrow && !p->who.linked && p->ticks > 1)
			fold(t, p);
		else if (narrow)
			fold_parts(t, p, IDLE_TICKS);
	}
}

void fs_ops_table_link(struct fs_ops_table *t, const struct snapshot *s)
{
	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct ops_proc *p = pool_at(&t->procs, i);

		if (!proc_who_is_one(&p->who))
			continue;
		if (!proc_who_link(&p->who, s) && (p->who.linked || p->ticks > UNSEEN_TICKS))
			fold(t, p);
	}
}
