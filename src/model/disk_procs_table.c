/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of block I/O by process. */
#include "disk_procs_table.h"

#include <string.h>

/* Dirty pages wait for half a minute, and longer behind others. */
#define FORGET_TICKS 120

int disk_procs_table_init(struct disk_procs_table *t)
{
	int ret = pool_init(&t->entries, POOL_PLAIN, DISK_ENTRIES_MAX, sizeof(struct disk_entry));

	return ret ? ret : pool_init(&t->procs, POOL_KEYED, DISK_PROCS_MAX, sizeof(struct disk_proc));
}

void disk_procs_table_fini(struct disk_procs_table *t)
{
	pool_fini(&t->entries);
	pool_fini(&t->procs);
}

void disk_procs_table_clear(struct disk_procs_table *t)
{
	pool_clear(&t->entries);
	pool_clear(&t->procs);
	t->sums_nr = 0;
}

struct disk_proc *disk_procs_table_find(const struct disk_procs_table *t, uint32_t tgid, uint64_t start_ns)
{
	struct disk_proc *p = proc_who_find(&t->procs, tgid, start_ns);

	return p || !tgid ? p : proc_who_find(&t->procs, tgid, 0);
}

/* In order of device and operation, so that rows and files have one. */
static struct disk_entry *get_entry(struct disk_procs_table *t, struct disk_proc *p, uint32_t dev, uint16_t op)
{
	struct disk_entry **at = &p->entries, *e;

	while (*at && ((*at)->dev < dev || ((*at)->dev == dev && (*at)->op < op)))
		at = &(*at)->next;
	if (*at && (*at)->dev == dev && (*at)->op == op)
		return *at;
	e = pool_get(&t->entries, 0);
	if (!e)
		return NULL;
	e->used = true;
	e->dev = dev;
	e->op = op;
	e->next = *at;
	*at = e;
	return e;
}

static void counts_add(struct disk_counts *to, const struct disk_counts *from)
{
	for (int i = 0; i < DC_NR; i++)
		to->n[i] += from->n[i];
	for (int w = 0; w < DISK_PROC_HIST_NR; w++)
		for (int i = 0; i < HIST_SLOTS; i++)
			to->slots[w][i] += from->slots[w][i];
	for (int i = 0; i < SIZE_SLOTS; i++)
		to->sizes[i] += from->sizes[i];
}

static void counts_sub(struct disk_counts *to, const struct disk_counts *from)
{
	for (int i = 0; i < DC_NR; i++)
		to->n[i] -= from->n[i];
	for (int w = 0; w < DISK_PROC_HIST_NR; w++)
		for (int i = 0; i < HIST_SLOTS; i++)
			to->slots[w][i] -= from->slots[w][i];
	for (int i = 0; i < SIZE_SLOTS; i++)
		to->sizes[i] -= from->sizes[i];
}

static void take_counts(struct disk_counts *now, const struct disk_proc_rec *r)
{
	now->n[DC_COUNT] = r->count;
	now->n[DC_BYTES] = r->bytes;
	now->n[DC_INFERRED] = r->inferred;
	now->n[DC_INFERRED_BYTES] = r->inferred_bytes;
	now->n[DC_QUEUE_NS] = r->queue_ns;
	now->n[DC_SERVICE_NS] = r->service_ns;
	now->n[DC_ERRORS] = r->errors;
	memcpy(now->slots[DISK_PROC_LATENCY], r->slots, sizeof(r->slots));
	memcpy(now->slots[DISK_PROC_QUEUE], r->queue_slots, sizeof(r->queue_slots));
	memcpy(now->slots[DISK_PROC_SERVICE], r->service_slots, sizeof(r->service_slots));
	memcpy(now->sizes, r->size_slots, sizeof(now->sizes));
}

static void take_names(struct disk_proc *p, const struct disk_proc_rec *r)
{
	if (r->tgid && *r->comm)
		memcpy(p->who.comm, r->comm, TASK_COMM_BYTES);
	if (r->uid != REC_UNKNOWN32)
		p->who.uid = r->uid;
	p->who.kthread = r->flags & DISK_PROC_F_KTHREAD;
	p->ticks = 0;
}

void disk_procs_table_record(struct disk_procs_table *t, const struct disk_proc_rec *r)
{
	struct disk_proc *p = proc_who_get(&t->procs, r->tgid, r->start_ns);
	struct disk_entry *e = p ? get_entry(t, p, r->dev, r->op) : NULL;

	if (!p)
		return;
	take_names(p, r);
	if (!e)
		return;
	/* A counter that steps back has begun anew, whoever did not say so: the past is less than nothing. */
	if (e->gone || r->count < e->now.n[DC_COUNT])
		for (int i = 0; i < SINCE_NR; i++)
			counts_sub(&e->base[i], &e->now);
	take_counts(&e->now, r);
	for (int i = 0; i < SINCE_NR; i++)
		if (r->max_ns > e->max_ns[i])
			e->max_ns[i] = r->max_ns;
	e->gone = r->flags & DISK_PROC_F_GONE;
}

void disk_procs_table_flight(struct disk_procs_table *t, const struct disk_flight_rec *r)
{
	struct disk_proc *p;

	if (!r->tgid || r->flags & DISK_IO_F_STACKED)
		return;
	p = disk_procs_table_find(t, r->tgid, r->start_ns);
	if (!p)
		p = proc_who_get(&t->procs, r->tgid, r->start_ns);
	if (!p)
		return;
	p->ticks = 0;
	if (*p->who.comm)
		return;
	memcpy(p->who.comm, r->comm, TASK_COMM_BYTES);
	p->who.kthread = r->flags & DISK_IO_F_KTHREAD;
}

void disk_procs_table_rebase(struct disk_procs_table *t, enum since since)
{
	for (uint32_t i = 0; i < t->entries.fresh; i++) {
		struct disk_entry *e = pool_at(&t->entries, i);

		if (!e->used)
			continue;
		e->base[since] = e->now;
		e->max_ns[since] = 0;
	}
	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct disk_proc *p = pool_at(&t->procs, i);

		p->told &= (uint8_t)~(1 << since);
		p->processes[since] = 0;
	}
}

bool disk_procs_table_is_gone(const struct disk_proc *p)
{
	if (!p->entries || !proc_who_is_one(&p->who))
		return false;
	for (const struct disk_entry *e = p->entries; e; e = e->next)
		if (!e->gone)
			return false;
	return true;
}

/* Counts the process once in each window in which it did something. */
static void count_process(struct disk_proc *sum, struct disk_proc *p, const struct disk_entry *e)
{
	for (int i = 0; i < SINCE_NR; i++) {
		if (e->now.n[DC_COUNT] == e->base[i].n[DC_COUNT] || p->told & 1 << i)
			continue;
		p->told |= (uint8_t)(1 << i);
		sum->processes[i]++;
	}
}

static void fold_entry(struct disk_procs_table *t, struct disk_proc *sum, const struct disk_entry *e)
{
	struct disk_entry *to = get_entry(t, sum, e->dev, e->op);

	if (!to)
		return;
	counts_add(&to->now, &e->now);
	for (int i = 0; i < SINCE_NR; i++) {
		counts_add(&to->base[i], &e->base[i]);
		if (e->max_ns[i] > to->max_ns[i])
			to->max_ns[i] = e->max_ns[i];
	}
}

void disk_procs_table_fold(struct disk_procs_table *t, struct disk_proc *p)
{
	struct disk_proc *sum = proc_who_sum(&t->procs, &p->who, DISK_SUMS_MAX, &t->sums_nr);
	struct disk_entry *next;

	for (struct disk_entry *e = p->entries; e; e = next) {
		next = e->next;
		if (sum) {
			count_process(sum, p, e);
			fold_entry(t, sum, e);
		}
		pool_put(&t->entries, e);
	}
	p->entries = NULL;
	p->folded = true;
}

/* One that has been summed stays, empty, so that what comes later does not count it again. */
void disk_procs_table_tick(struct disk_procs_table *t)
{
	bool narrow = t->entries.nr > DISK_ENTRIES_MAX / 2 || t->procs.nr > DISK_PROCS_MAX / 2;

	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct disk_proc *p = pool_at(&t->procs, i);

		if (!proc_who_is_one(&p->who))
			continue;
		if (narrow && disk_procs_table_is_gone(p))
			disk_procs_table_fold(t, p);
		if (!p->entries && ++p->ticks > (narrow ? 1 : FORGET_TICKS))
			pool_put(&t->procs, p);
	}
}
