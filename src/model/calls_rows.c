/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of system calls. */
#include "calls_rows.h"

#include <stdio.h>
#include <string.h>

#include "sort.h"

#define NOBODY "(no room)" /* processes that found no room in the kernel's table */

/* What a making is about. */
struct making {
	struct calls_rows *r;
	struct calls_window w;
};

static int rows_init(struct call_rows *r, uint32_t nr)
{
	int ret = pool_init(&r->made, POOL_PLAIN, nr, sizeof(struct call_row));

	if (!ret)
		ret = pool_init(&r->order, POOL_PLAIN, nr, sizeof(struct pool_node));
	return ret ? ret : pool_init(&r->rows, POOL_PLAIN, nr, sizeof(struct call_row));
}

static void rows_fini(struct call_rows *r)
{
	pool_fini(&r->made);
	pool_fini(&r->order);
	pool_fini(&r->rows);
}

static void rows_clear(struct call_rows *r)
{
	/* Rows are written in place, not handed out: the pool has to be told that they were. */
	r->made.fresh = r->order.fresh = r->rows.fresh = 1;
	pool_clear(&r->made);
	pool_clear(&r->order);
	pool_clear(&r->rows);
	r->nr = 0;
}

int calls_rows_init(struct calls_rows *r)
{
	int ret = rows_init(&r->names, CALL_NAMES_MAX);

	if (!ret)
		ret = rows_init(&r->procs, CALLS_PROCS_MAX);
	if (!ret)
		ret = rows_init(&r->pairs, CALLS_ENTRIES_MAX);
	return ret ? ret
		   : pool_init(&r->pairs_by_name, POOL_PLAIN, CALLS_ENTRIES_MAX,
			       sizeof(struct call_row));
}

void calls_rows_fini(struct calls_rows *r)
{
	rows_fini(&r->names);
	rows_fini(&r->procs);
	rows_fini(&r->pairs);
	pool_fini(&r->pairs_by_name);
}

void calls_rows_clear(struct calls_rows *r)
{
	rows_clear(&r->names);
	rows_clear(&r->procs);
	rows_clear(&r->pairs);
	r->pairs_by_name.fresh = 1;
	pool_clear(&r->pairs_by_name);
}

static struct call_row *row_new(struct call_rows *r)
{
	struct call_row *row;

	if ((uint32_t)r->nr == r->made.capacity)
		return NULL;
	row = pool_at(&r->made, (uint32_t)r->nr++);
	*row = (struct call_row){.pid = FIG_UNKNOWN};
	return row;
}

static int abi_index(uint16_t flags)
{
	return flags & CALL_F_COMPAT ? 1 : flags & CALL_F_X32 ? 2 : 0;
}

static int name_index(const struct call_entry *e)
{
	return abi_index(e->flags) * (CALL_NRS + 1) + (e->nr < CALL_NRS ? e->nr : CALL_NRS);
}

static void row_call(struct call_row *row, const struct call_entry *e, const char *machine)
{
	const char *name;

	row->nr = e->nr;
	row->flags = e->flags;
	row->abi = call_abi_of(machine, e->flags);
	row->mark = call_abi_mark(row->abi);
	name = call_name(row->abi, e->nr);
	if (name)
		snprintf(row->name, sizeof(row->name), "%s", name);
	else if (e->nr == CALL_NR_NONE)
		snprintf(row->name, sizeof(row->name), "no such call");
	else
		snprintf(row->name, sizeof(row->name), "call %u", e->nr);
	row->waits = name && call_only_waits(name) ? 'w' : '\0';
}

static void row_proc(struct call_row *row, const struct call_proc *p, enum call_base base)
{
	row->start_ns = p->start_ns;
	row->dead = p->summed || (p->row && p->row->dead);
	row->processes = p->summed ? (int64_t)(p->processes - p->base[base]) : 1;
	if (p->node.key)
		row->pid = p->node.key;
	if (!p->node.key && !p->summed)
		snprintf(row->comm, sizeof(row->comm), "%s", NOBODY);
	else
		memcpy(row->comm, p->row ? p->row->comm : p->comm, sizeof(row->comm));
}

/* A damaged record is no reason for a figure below zero. */
static int64_t growth(uint64_t now, uint64_t before)
{
	int64_t grown = (int64_t)(now - before);

	return grown > 0 ? grown : 0;
}

/* What came since the window began. */
static void row_growth(struct call_row *row, const struct call_entry *e, enum call_base base)
{
	const struct call_counts *b = &e->base[base];

	row->count = growth(e->now.count, b->count);
	row->ns = growth(e->now.ns, b->ns);
	row->errors = growth(e->now.errors, b->errors);
	for (int i = 0; i < HIST_SLOTS; i++)
		row->hist.slots[i] = e->now.slots[i] - b->slots[i];
	row->hist.max_ns = e->max_ns[base];
}

static void row_add(struct call_row *to, const struct call_row *from)
{
	fig_add(&to->count, from->count);
	fig_add(&to->ns, from->ns);
	fig_add(&to->errors, from->errors);
	if (!from->waits)
		fig_add(&to->work_ns, from->ns);
	for (int i = 0; i < HIST_SLOTS; i++)
		to->hist.slots[i] += from->hist.slots[i];
	if (from->hist.max_ns > to->hist.max_ns)
		to->hist.max_ns = from->hist.max_ns;
}

static int64_t to_window(const struct making *m, int64_t value)
{
	__int128 scaled;

	if (value == FIG_UNKNOWN || m->w.window_ns == m->w.covered_ns)
		return value;
	scaled = (__int128)value * (int64_t)m->w.window_ns / (int64_t)m->w.covered_ns;
	return scaled > INT64_MAX ? INT64_MAX : (int64_t)scaled;
}

/* Averages and percentiles; then the sums are brought to the window that rates are of. */
static void row_finish(const struct making *m, struct call_row *row)
{
	row->timed = (int64_t)hist_count(&row->hist);
	row->avg_ns = row->timed ? row->ns / row->timed : FIG_UNKNOWN;
	row->p50_ns = hist_percentile_ns(&row->hist, 500);
	row->p99_ns = hist_percentile_ns(&row->hist, 990);
	row->max_ns = hist_max_ns(&row->hist);
	if (row->waits)
		row->work_ns = FIG_UNKNOWN;
	row->count = to_window(m, row->count);
	row->ns = to_window(m, row->ns);
	row->errors = to_window(m, row->errors);
	row->work_ns = to_window(m, row->work_ns);
}

static void errs_add(const struct making *m, const struct call_entry *e)
{
	struct calls_rows *r = m->r;

	for (const struct call_err *x = e->errs; x; x = x->next) {
		int64_t grown = growth(x->now, x->base[m->w.base]);

		if (!grown)
			continue;
		if (!r->errno_sum[x->error])
			r->errno_seen[r->errno_nr++] = (uint16_t)x->error;
		fig_add(&r->errno_sum[x->error], grown);
	}
}

static bool is_commoner(const struct call_errno *a, const struct call_errno *b)
{
	return a->count != b->count ? a->count > b->count : a->error < b->error;
}

/* Keeps the commonest, in order; forgets the sums. */
static void errs_take(struct calls_rows *r, struct call_row *row)
{
	for (int i = 0; i < r->errno_nr; i++) {
		struct call_errno x = {r->errno_seen[i], r->errno_sum[r->errno_seen[i]]};
		int at = row->errs_nr < CALL_ERRS_SHOWN ? row->errs_nr++ : CALL_ERRS_SHOWN - 1;

		r->errno_sum[x.error] = 0;
		if (at == CALL_ERRS_SHOWN - 1 && row->errs[at].count &&
		    !is_commoner(&x, &row->errs[at]))
			continue;
		for (; at && is_commoner(&x, &row->errs[at - 1]); at--)
			row->errs[at] = row->errs[at - 1];
		row->errs[at] = x;
	}
	r->errno_nr = 0;
}

/* The row of a call's name; its calls are chained, for their errors. */
static struct call_row *name_row(const struct making *m, struct call_entry *e)
{
	struct calls_rows *r = m->r;
	int at = name_index(e);
	struct call_row *row;

	if (!r->name_row[at]) {
		row = row_new(&r->names); /* has room for all */
		row_call(row, e, m->w.machine);
		r->name_row[at] = (uint16_t)r->names.nr;
		r->name_first[at] = NULL;
	}
	e->next_name = r->name_first[at];
	r->name_first[at] = e;
	return pool_at(&r->names.made, r->name_row[at] - 1U);
}

static void make_pair(const struct making *m, struct call_entry *e, struct call_row *proc)
{
	struct call_row *row, *name;

	if (e->now.count == e->base[m->w.base].count)
		return;
	row = row_new(&m->r->pairs);
	if (!row)
		return;
	row_call(row, e, m->w.machine);
	row_proc(row, e->proc, m->w.base);
	row_growth(row, e, m->w.base);
	row->calls = 1;
	row->work_ns = row->ns;
	name = name_row(m, e);
	row_add(name, row);
	name->processes += row->processes;
	name->calls = 1;
	row_add(proc, row);
	proc->calls++;
	errs_add(m, e);
	errs_take(m->r, row);
	row_finish(m, row);
}

static void make_proc(const struct making *m, struct call_proc *p)
{
	struct calls_rows *r = m->r;
	struct call_row *row = row_new(&r->procs);

	if (!row)
		return;
	row_proc(row, p, m->w.base);
	for (struct call_entry *e = p->entries; e; e = e->next)
		make_pair(m, e, row);
	if (!row->calls) {
		r->procs.nr--;
		return;
	}
	for (struct call_entry *e = p->entries; e; e = e->next)
		errs_add(m, e);
	errs_take(r, row);
	row_finish(m, row);
}

static void finish_names(const struct making *m)
{
	struct calls_rows *r = m->r;

	for (int i = 0; i < CALL_NAMES_MAX; i++) {
		struct call_row *row;

		if (!r->name_row[i])
			continue;
		row = pool_at(&r->names.made, r->name_row[i] - 1U);
		for (struct call_entry *e = r->name_first[i]; e; e = e->next_name)
			errs_add(m, e);
		errs_take(r, row);
		row_finish(m, row);
		r->name_row[i] = 0;
	}
}

/* Most work first, then most time: where the view's own order has two rows equal, this one holds.
 */
static int compare_rows(const void *a, const void *b)
{
	const struct call_row *x = a, *y = b;

	if (x->work_ns != y->work_ns) /* FIG_UNKNOWN is the least */
		return x->work_ns > y->work_ns ? -1 : 1;
	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return x->flags != y->flags ? x->flags - y->flags : x->nr - y->nr;
}

static int compare_by_process(const void *a, const void *b)
{
	const struct call_row *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return compare_rows(a, b);
}

static int compare_by_name(const void *a, const void *b)
{
	const struct call_row *x = a, *y = b;

	if (x->flags != y->flags)
		return x->flags - y->flags;
	return x->nr != y->nr ? x->nr - y->nr : compare_rows(a, b);
}

static const struct call_row *sort_rows(struct call_rows *r, struct pool *to,
					int (*compare)(const void *a, const void *b))
{
	const void **order = pool_at(&r->order, 0);
	struct call_row *rows = pool_at(to, 0);

	for (int i = 0; i < r->nr; i++)
		order[i] = pool_at(&r->made, (uint32_t)i);
	sort_pointers(order, (uint32_t)r->nr, compare);
	for (int i = 0; i < r->nr; i++)
		rows[i] = *(const struct call_row *)order[i];
	return rows;
}

void calls_rows_make(struct calls_rows *r, const struct calls_table *t,
		     const struct calls_window *w, struct calls_snap *ret)
{
	const struct making m = {r, *w};

	r->names.nr = r->procs.nr = r->pairs.nr = 0;
	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct call_proc *p = pool_at(&t->procs, i);

		if (p->entries)
			make_proc(&m, p);
	}
	finish_names(&m);
	ret->names = sort_rows(&r->names, &r->names.rows, compare_rows);
	ret->procs = sort_rows(&r->procs, &r->procs.rows, compare_rows);
	ret->pairs = sort_rows(&r->pairs, &r->pairs.rows, compare_by_process);
	ret->pairs_by_name = sort_rows(&r->pairs, &r->pairs_by_name, compare_by_name);
	ret->names_nr = r->names.nr;
	ret->procs_nr = r->procs.nr;
	ret->pairs_nr = r->pairs.nr;
}
