/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of system calls. */
#include "calls_table.h"

#include <string.h>

#include "proc_who.h"

int calls_table_init(struct calls_table *t)
{
	int ret;

	ret = pool_init(&t->entries, POOL_KEYED, CALLS_ENTRIES_MAX, sizeof(struct call_entry));
	if (!ret)
		ret = pool_init(&t->procs, POOL_KEYED, CALLS_PROCS_MAX, sizeof(struct call_proc));
	if (!ret)
		ret = pool_init(&t->errs, POOL_PLAIN, CALLS_ERRS_MAX, sizeof(struct call_err));
	return ret;
}

void calls_table_fini(struct calls_table *t)
{
	pool_fini(&t->entries);
	pool_fini(&t->procs);
	pool_fini(&t->errs);
}

void calls_table_clear(struct calls_table *t)
{
	pool_clear(&t->entries);
	pool_clear(&t->procs);
	pool_clear(&t->errs);
	t->sums_nr = 0;
}

static struct call_proc *find_proc(const struct calls_table *t, uint32_t tgid, uint64_t start_ns,
				   bool summed)
{
	struct call_proc *p;

	for (p = pool_find(&t->procs, tgid); p; p = pool_find_next(&t->procs, p))
		if (p->start_ns == start_ns && p->summed == summed)
			return p;
	return NULL;
}

/* Where the kernel cannot tell a start (5.10), its exit record may have told the name by now. */
static void name_by_tgid(const struct calls_table *t, struct call_proc *p)
{
	for (const struct call_proc *x = pool_find(&t->procs, p->node.key); x;
	     x = pool_find_next(&t->procs, x))
		if (x->named && !x->summed) {
			memcpy(p->comm, x->comm, sizeof(p->comm));
			p->named = true;
			return;
		}
}

static struct call_proc *get_proc(struct calls_table *t, uint32_t tgid, uint64_t start_ns,
				  bool summed)
{
	struct call_proc *p = find_proc(t, tgid, start_ns, summed);

	if (p)
		return p;
	p = pool_get(&t->procs, tgid);
	if (p) {
		p->start_ns = start_ns;
		p->summed = summed;
		p->processes = !summed;
		if (tgid && !start_ns)
			name_by_tgid(t, p);
	}
	return p;
}

struct call_proc *calls_table_proc(const struct calls_table *t, uint32_t tgid, uint64_t start_ns)
{
	struct call_proc *p = find_proc(t, tgid, start_ns, false);

	return p || !tgid ? p : find_proc(t, tgid, 0, false);
}

static struct call_entry *get_entry(struct calls_table *t, struct call_proc *p, uint16_t nr,
				    uint16_t flags)
{
	uint32_t key = p->node.key * 61 + (uint32_t)p->start_ns * p->summed + nr + flags * 512U;
	struct call_entry *e;

	for (e = pool_find(&t->entries, key); e; e = pool_find_next(&t->entries, e))
		if (e->proc == p && e->nr == nr && e->flags == flags)
			return e;
	e = pool_get(&t->entries, key);
	if (!e)
		return NULL;
	e->proc = p;
	e->nr = nr;
	e->flags = flags;
	e->next = p->entries;
	p->entries = e;
	p->ticks = 0;
	return e;
}

static struct call_err *get_err(struct calls_table *t, struct call_entry *e, uint32_t error)
{
	struct call_err *x;

	for (x = e->errs; x; x = x->next)
		if (x->error == error)
			return x;
	x = pool_get(&t->errs, 0);
	if (!x)
		return NULL;
	x->error = error;
	x->next = e->errs;
	e->errs = x;
	return x;
}

/* All figures are differences, so the past may be told as less than nothing. */
static void begin_anew(struct call_entry *e)
{
	for (int i = 0; i < CALL_BASES; i++) {
		struct call_counts *b = &e->base[i];

		b->count -= e->now.count;
		b->ns -= e->now.ns;
		b->errors -= e->now.errors;
		for (int s = 0; s < HIST_SLOTS; s++)
			b->slots[s] -= e->now.slots[s];
	}
	e->gone = false;
	e->proc->ticks = 0;
}

static uint16_t known_nr(uint16_t nr)
{
	return nr < CALL_NRS ? nr : CALL_NR_NONE;
}

static struct call_entry *entry_of(struct calls_table *t, uint32_t tgid, uint64_t start_ns,
				   uint16_t nr, uint16_t flags)
{
	struct call_proc *p = get_proc(t, tgid, start_ns, false);

	return p ? get_entry(t, p, known_nr(nr), flags & (CALL_F_COMPAT | CALL_F_X32)) : NULL;
}

void calls_table_call(struct calls_table *t, const struct call_rec *r)
{
	struct call_entry *e = entry_of(t, r->tgid, r->start_ns, r->nr, r->flags);

	if (!e)
		return;
	/* A counter that steps back has begun anew, whoever did not say so. */
	if (e->gone || r->count < e->now.count)
		begin_anew(e);
	e->now.count = r->count;
	e->now.ns = r->ns;
	e->now.errors = r->errors;
	memcpy(e->now.slots, r->slots, sizeof(e->now.slots));
	for (int i = 0; i < CALL_BASES; i++)
		if (r->max_ns > e->max_ns[i])
			e->max_ns[i] = r->max_ns;
	e->gone = r->flags & CALL_F_GONE;
}

void calls_table_err(struct calls_table *t, const struct call_err_rec *r)
{
	struct call_entry *e = entry_of(t, r->tgid, r->start_ns, r->nr, r->flags);
	struct call_err *x = e && r->error < CALLS_ERRNOS ? get_err(t, e, r->error) : NULL;

	if (!x)
		return;
	for (int i = 0; x->gone && i < CALL_BASES; i++)
		x->base[i] -= x->now;
	x->now = r->count;
	x->gone = r->flags & CALL_F_GONE;
}

void calls_table_name(struct calls_table *t, uint32_t tgid, uint64_t start_ns, const char *comm,
		      bool make)
{
	struct call_proc *p = calls_table_proc(t, tgid, start_ns);

	if (!p && make)
		p = get_proc(t, tgid, start_ns, false);
	if (!p)
		return;
	memcpy(p->comm, comm, TASK_COMM_BYTES);
	p->named = true;
}

void calls_table_rebase(struct calls_table *t, enum call_base base)
{
	for (uint32_t i = 0; i < t->entries.fresh; i++) {
		struct call_entry *e = pool_at(&t->entries, i);

		if (!e->proc)
			continue;
		e->base[base] = e->now;
		e->max_ns[base] = 0;
		for (struct call_err *x = e->errs; x; x = x->next)
			x->base[base] = x->now;
	}
	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct call_proc *p = pool_at(&t->procs, i);

		if (p->summed)
			p->base[base] = p->processes;
	}
}

static bool in_use(const struct call_proc *p)
{
	return p->processes || p->summed;
}

static bool all_gone(const struct call_proc *p)
{
	if (!p->entries || p->summed)
		return false;
	for (const struct call_entry *e = p->entries; e; e = e->next)
		if (!e->gone)
			return false;
	return true;
}

/* Its exit record, which names it, may come one tick later than the last word of its calls. */
bool calls_table_is_gone(const struct call_proc *p)
{
	return in_use(p) && (p->named || p->ticks > 1) && all_gone(p);
}

static void add_counts(struct call_counts *to, const struct call_counts *from)
{
	to->count += from->count;
	to->ns += from->ns;
	to->errors += from->errors;
	for (int s = 0; s < HIST_SLOTS; s++)
		to->slots[s] += from->slots[s];
}

static void fold_errs(struct calls_table *t, struct call_entry *to, struct call_entry *from)
{
	struct call_err *next;

	for (struct call_err *x = from->errs; x; x = next) {
		struct call_err *sum = to ? get_err(t, to, x->error) : NULL;

		next = x->next;
		if (sum) {
			sum->now += x->now;
			for (int i = 0; i < CALL_BASES; i++)
				sum->base[i] += x->base[i];
		}
		pool_put(&t->errs, x);
	}
}

static void fold_entry(struct calls_table *t, struct call_proc *sum, struct call_entry *e)
{
	struct call_entry *to = sum ? get_entry(t, sum, e->nr, e->flags) : NULL;

	if (to) {
		add_counts(&to->now, &e->now);
		for (int i = 0; i < CALL_BASES; i++) {
			add_counts(&to->base[i], &e->base[i]);
			if (e->max_ns[i] > to->max_ns[i])
				to->max_ns[i] = e->max_ns[i];
		}
	}
	fold_errs(t, to, e);
	pool_put(&t->entries, e);
}

/* The sum of a command; where there are too many of them, that of all others. */
static struct call_proc *sum_of(struct calls_table *t, const char *comm)
{
	static const char others[TASK_COMM_BYTES + 1] = "[others]";
	uint64_t hash = proc_who_hash(comm);
	struct call_proc *sum = find_proc(t, 0, hash, true);

	if (!sum && t->sums_nr < CALLS_SUMS_MAX) {
		sum = get_proc(t, 0, hash, true);
		t->sums_nr += sum != NULL;
	}
	if (!sum) {
		sum = get_proc(t, 0, proc_who_hash(others), true);
		comm = others;
	}
	if (sum)
		memcpy(sum->comm, comm, sizeof(sum->comm));
	return sum;
}

void calls_table_fold(struct calls_table *t, struct call_proc *p)
{
	struct call_proc *sum = sum_of(t, p->comm);
	struct call_entry *next;

	if (sum)
		sum->processes++;
	for (struct call_entry *e = p->entries; e; e = next) {
		next = e->next;
		fold_entry(t, sum, e);
	}
	pool_put(&t->procs, p);
}

void calls_table_tick(struct calls_table *t)
{
	bool narrow = t->entries.nr > CALLS_ENTRIES_MAX / 2 || t->procs.nr > CALLS_PROCS_MAX / 2;

	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct call_proc *p = pool_at(&t->procs, i);

		if (!in_use(p) || p->summed)
			continue;
		if ((!p->entries || all_gone(p)) && p->ticks < 3)
			p->ticks++;
		if (!p->entries && p->ticks > 1)
			pool_put(&t->procs, p);
		else if (narrow && calls_table_is_gone(p))
			calls_table_fold(t, p);
	}
}
