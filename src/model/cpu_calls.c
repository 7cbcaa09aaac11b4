/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls: which records make the table, when counting begins and ends, and the rows: each
 * call of each process, and their sums by name and by process.
 *
 * Counting begins when somebody asks, at any moment; the part of an interval before the next
 * tick is left out, so that every rate is of a whole interval.
 */
#include <stdio.h>
#include <string.h>

#include "calls_table.h"
#include "model.h"
#include "snap_calls.h"
#include "sort.h"

#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define ABIS	  3		      /* own numbers, 32-bit, x32 */
#define NAMES_MAX (ABIS * (CALL_NRS + 1)) /* each number, and what is none */
#define NOBODY	  "(no room)"	      /* processes that found no room in the kernel's table */

/* Rows as they are made, their order, and the rows in that order. */
struct call_rows {
	struct pool made, order, rows;
	int nr;
};

struct calls_state_all {
	struct calls_table table;
	struct call_rows names, procs, pairs;
	struct pool pairs_by_name; /* the rows of pairs in another order */
	struct calls_snap snap;
	uint16_t name_row[NAMES_MAX];		     /* + 1; 0: none yet */
	struct call_entry *name_first[NAMES_MAX]; /* its calls by process */
	int64_t errno_sum[CALLS_ERRNOS];
	uint16_t errno_seen[CALLS_ERRNOS];
	int errno_nr;
	bool asked, on; /* by the last demand record; by the last tick */
	bool stale;	/* rows of a time that is over */
	uint64_t begun_ns; /* the tick from which on is counted */
	uint64_t tick_ns;
};

/* What a publish is about. */
struct calls_view {
	struct calls_state_all *s;
	enum call_base base;
	const char *machine;
	uint64_t window_ns, covered_ns; /* rates are of the first, counted is the second */
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

static int calls_init(void *state)
{
	struct calls_state_all *s = state;
	int ret = calls_table_init(&s->table);

	if (!ret)
		ret = rows_init(&s->names, NAMES_MAX);
	if (!ret)
		ret = rows_init(&s->procs, CALLS_PROCS_MAX);
	if (!ret)
		ret = rows_init(&s->pairs, CALLS_ENTRIES_MAX);
	return ret ? ret : pool_init(&s->pairs_by_name, POOL_PLAIN, CALLS_ENTRIES_MAX, sizeof(struct call_row));
}

static void calls_fini(void *state)
{
	struct calls_state_all *s = state;

	calls_table_fini(&s->table);
	rows_fini(&s->names);
	rows_fini(&s->procs);
	rows_fini(&s->pairs);
	pool_fini(&s->pairs_by_name);
}

static void clear_rows(struct calls_state_all *s)
{
	rows_clear(&s->names);
	rows_clear(&s->procs);
	rows_clear(&s->pairs);
	s->pairs_by_name.fresh = 1;
	pool_clear(&s->pairs_by_name);
}

static void calls_clear(void *state)
{
	struct calls_state_all *s = state;

	calls_table_clear(&s->table);
	clear_rows(s);
	s->snap = (struct calls_snap){ 0 };
	s->asked = s->on = s->stale = false;
	s->begun_ns = s->tick_ns = 0;
}

static void begin(struct calls_state_all *s)
{
	for (int i = 0; i < CALL_BASES; i++)
		calls_table_rebase(&s->table, (enum call_base)i);
	s->begun_ns = s->tick_ns;
}

static void on_tick(struct calls_state_all *s, const struct tick_rec *tick)
{
	s->tick_ns = tick->h.ts_ns;
	if (s->asked && (!s->on || (tick->flags & TICK_F_FIRST)))
		begin(s);
	else if (s->asked && (tick->flags & TICK_F_GAP))
		calls_table_rebase(&s->table, CALL_LAST);
	if (!s->asked && s->on) {
		calls_table_clear(&s->table);
		s->stale = true;
	}
	s->on = s->asked;
	if (s->on)
		calls_table_tick(&s->table);
}

/* A process that nobody saw alive is known by its exit, or by the program that it ran. */
static void on_core(struct calls_state_all *s, const struct ev_hdr *ev)
{
	const struct task_rec *task = REC(task_rec, ev);
	const struct exec_rec *exec = REC(exec_rec, ev);

	switch (ev->kind) {
	case CORE_DEMAND:
		s->asked = REC(demand_rec, ev)->on & DEMAND_CALLS;
		break;
	case CORE_EXEC:
		if (s->on)
			calls_table_name(&s->table, exec->tgid, exec->start_ns, exec->comm, true);
		break;
	case CORE_TASK:
	case CORE_EXIT:
		if (s->on && task->pid == task->tgid)
			calls_table_name(&s->table, task->tgid, task->start_ns, task->comm,
					 ev->kind == CORE_EXIT);
		break;
	case CORE_TICK:
		on_tick(s, REC(tick_rec, ev));
		break;
	}
}

static int calls_apply(void *state, const struct ev_hdr *ev)
{
	struct calls_state_all *s = state;

	if (ev->pane == PANE_CORE)
		on_core(s, ev);
	else if (ev->kind == CPU_CALL)
		calls_table_call(&s->table, REC(call_rec, ev));
	else if (ev->kind == CPU_CALL_ERR)
		calls_table_err(&s->table, REC(call_err_rec, ev));
	return 0;
}

static struct call_row *row_new(struct call_rows *r)
{
	struct call_row *row;

	if ((uint32_t)r->nr == r->made.capacity)
		return NULL;
	row = pool_at(&r->made, (uint32_t)r->nr++);
	*row = (struct call_row){ .pid = FIG_UNKNOWN };
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

/* A damaged record is no reason for a figure below zero, or for one that overflows. */
static int64_t growth(uint64_t now, uint64_t before)
{
	int64_t grown = (int64_t)(now - before);

	return grown > 0 ? grown : 0;
}

static void add(int64_t *to, int64_t value)
{
	if (__builtin_add_overflow(*to, value, to))
		*to = INT64_MAX;
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
	add(&to->count, from->count);
	add(&to->ns, from->ns);
	add(&to->errors, from->errors);
	if (!from->waits)
		add(&to->work_ns, from->ns);
	for (int i = 0; i < HIST_SLOTS; i++)
		to->hist.slots[i] += from->hist.slots[i];
	if (from->hist.max_ns > to->hist.max_ns)
		to->hist.max_ns = from->hist.max_ns;
}

static int64_t to_window(const struct calls_view *v, int64_t value)
{
	__int128 scaled;

	if (value == FIG_UNKNOWN || v->window_ns == v->covered_ns)
		return value;
	scaled = (__int128)value * (int64_t)v->window_ns / (int64_t)v->covered_ns;
	return scaled > INT64_MAX ? INT64_MAX : (int64_t)scaled;
}

/* Averages and percentiles; then the sums are brought to the window that rates are of. */
static void row_finish(const struct calls_view *v, struct call_row *row)
{
	row->timed = (int64_t)hist_count(&row->hist);
	row->avg_ns = row->timed ? row->ns / row->timed : FIG_UNKNOWN;
	row->p50_ns = hist_percentile_ns(&row->hist, 500);
	row->p99_ns = hist_percentile_ns(&row->hist, 990);
	row->max_ns = hist_max_ns(&row->hist);
	if (row->waits)
		row->work_ns = FIG_UNKNOWN;
	row->count = to_window(v, row->count);
	row->ns = to_window(v, row->ns);
	row->errors = to_window(v, row->errors);
	row->work_ns = to_window(v, row->work_ns);
}

static void errs_add(const struct calls_view *v, const struct call_entry *e)
{
	struct calls_state_all *s = v->s;

	for (const struct call_err *x = e->errs; x; x = x->next) {
		int64_t grown = growth(x->now, x->base[v->base]);

		if (!grown)
			continue;
		if (!s->errno_sum[x->error])
			s->errno_seen[s->errno_nr++] = (uint16_t)x->error;
		add(&s->errno_sum[x->error], grown);
	}
}

static bool is_commoner(const struct call_errno *a, const struct call_errno *b)
{
	return a->count != b->count ? a->count > b->count : a->error < b->error;
}

/* Keeps the commonest, in order; forgets the sums. */
static void errs_take(struct calls_state_all *s, struct call_row *row)
{
	for (int i = 0; i < s->errno_nr; i++) {
		struct call_errno x = { s->errno_seen[i], s->errno_sum[s->errno_seen[i]] };
		int at = row->errs_nr < CALL_ERRS_SHOWN ? row->errs_nr++ : CALL_ERRS_SHOWN - 1;

		s->errno_sum[x.error] = 0;
		if (at == CALL_ERRS_SHOWN - 1 && row->errs[at].count && !is_commoner(&x, &row->errs[at]))
			continue;
		for (; at && is_commoner(&x, &row->errs[at - 1]); at--)
			row->errs[at] = row->errs[at - 1];
		row->errs[at] = x;
	}
	s->errno_nr = 0;
}

/* The row of a call's name; its calls are chained, for their errors. */
static struct call_row *name_row(const struct calls_view *v, struct call_entry *e)
{
	struct calls_state_all *s = v->s;
	int at = name_index(e);
	struct call_row *row;

	if (!s->name_row[at]) {
		row = row_new(&s->names); /* has room for all */
		row_call(row, e, v->machine);
		s->name_row[at] = (uint16_t)s->names.nr;
		s->name_first[at] = NULL;
	}
	e->next_name = s->name_first[at];
	s->name_first[at] = e;
	return pool_at(&s->names.made, s->name_row[at] - 1U);
}

static void make_pair(const struct calls_view *v, struct call_entry *e, struct call_row *proc)
{
	struct call_row *row, *name;

	if (e->now.count == e->base[v->base].count)
		return;
	row = row_new(&v->s->pairs);
	if (!row)
		return;
	row_call(row, e, v->machine);
	row_proc(row, e->proc, v->base);
	row_growth(row, e, v->base);
	row->calls = 1;
	row->work_ns = row->ns;
	name = name_row(v, e);
	row_add(name, row);
	name->processes += row->processes;
	name->calls = 1;
	row_add(proc, row);
	proc->calls++;
	errs_add(v, e);
	errs_take(v->s, row);
	row_finish(v, row);
}

static void make_proc(const struct calls_view *v, struct call_proc *p)
{
	struct calls_state_all *s = v->s;
	struct call_row *row = row_new(&s->procs);

	if (!row)
		return;
	row_proc(row, p, v->base);
	for (struct call_entry *e = p->entries; e; e = e->next)
		make_pair(v, e, row);
	if (!row->calls) {
		s->procs.nr--;
		return;
	}
	for (struct call_entry *e = p->entries; e; e = e->next)
		errs_add(v, e);
	errs_take(s, row);
	row_finish(v, row);
}

static void finish_names(const struct calls_view *v)
{
	struct calls_state_all *s = v->s;

	for (int i = 0; i < NAMES_MAX; i++) {
		struct call_row *row;

		if (!s->name_row[i])
			continue;
		row = pool_at(&s->names.made, s->name_row[i] - 1U);
		for (struct call_entry *e = s->name_first[i]; e; e = e->next_name)
			errs_add(v, e);
		errs_take(s, row);
		row_finish(v, row);
		s->name_row[i] = 0;
	}
}

/* Most work first, then most time: where the view's own order has two rows equal, this one holds. */
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

static const struct call_row *sort_rows(struct call_rows *r, struct pool *to, int (*compare)(const void *a, const void *b))
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

/* The processes that the table of tasks shows; those names are the newest. */
static void link_procs(struct calls_state_all *s, const struct snapshot *snap)
{
	for (uint32_t i = 0; i < s->table.procs.fresh; i++)
		((struct call_proc *)pool_at(&s->table.procs, i))->row = NULL;
	for (int i = 0; i < snap->procs_nr; i++) {
		const struct proc_row *row = &snap->procs[i];
		struct call_proc *p;

		if (row->pid == FIG_UNKNOWN)
			break; /* summed rows come last */
		p = calls_table_proc(&s->table, (uint32_t)row->pid, row->start_ns);
		if (!p)
			continue;
		p->row = row;
		memcpy(p->comm, row->comm, sizeof(p->comm));
		p->named = true;
	}
}

static void fold_gone(struct calls_state_all *s, bool shown)
{
	for (uint32_t i = 0; i < s->table.procs.fresh; i++) {
		struct call_proc *p = pool_at(&s->table.procs, i);

		if ((shown || !p->row) && calls_table_is_gone(p))
			calls_table_fold(&s->table, p);
	}
}

static void make_rows(const struct calls_view *v)
{
	struct calls_state_all *s = v->s;

	for (uint32_t i = 0; i < s->table.procs.fresh; i++) {
		struct call_proc *p = pool_at(&s->table.procs, i);

		if (p->entries)
			make_proc(v, p);
	}
	finish_names(v);
	s->snap.names = sort_rows(&s->names, &s->names.rows, compare_rows);
	s->snap.procs = sort_rows(&s->procs, &s->procs.rows, compare_rows);
	s->snap.pairs = sort_rows(&s->pairs, &s->pairs.rows, compare_by_process);
	s->snap.pairs_by_name = sort_rows(&s->pairs, &s->pairs_by_name, compare_by_name);
	s->snap.names_nr = s->names.nr;
	s->snap.procs_nr = s->procs.nr;
	s->snap.pairs_nr = s->pairs.nr;
}

static struct fig_status na(const char *reason)
{
	return (struct fig_status){ .state = FIG_NA, .reason = reason };
}

/* Of the figures of one probe: a recording tells its state, too. */
static struct fig_status probe_status(const struct snapshot *snap, const char *name)
{
	for (int i = 0; i < snap->probes_nr; i++) {
		const struct probe_rec *p = &snap->probes[i];

		if (p->h.size && !strcmp(p->name, name) && p->state != PROBE_ON)
			return na(*p->reason ? p->reason : "the probe is off");
	}
	return (struct fig_status){ .state = FIG_EXACT };
}

static void set_status(struct calls_state_all *s, const struct snapshot *snap)
{
	struct calls_snap *c = &s->snap;

	if (!(snap->m.host.flags & HOST_F_BPF))
		c->status = na("needs BPF: the kernel keeps no such figure under /proc");
	else if (!s->on)
		c->status = na("counted only while asked for: by this view on the screen, or by "
			       "--view=syscalls in batch and beside --record");
	else
		c->status = probe_status(snap, "sys-exit");
	if (c->status.state == FIG_EXACT &&
	    s->table.entries.refused + s->table.procs.refused + s->table.errs.refused)
		c->status.state = FIG_INCOMPLETE;
	c->time_status = c->status.state == FIG_NA ? c->status : probe_status(snap, "sys-enter");
	if (c->time_status.state == FIG_EXACT)
		c->time_status = c->status;
}

static void calls_publish(void *state, const struct tick_rec *tick, enum window window,
			  struct snapshot *snap)
{
	static const enum call_base bases[] = {
		[WINDOW_INTERVAL] = CALL_LAST,
		[WINDOW_MARK] = CALL_MARK,
		[WINDOW_START] = CALL_FIRST,
		[WINDOW_TOTAL] = CALL_FIRST,
	};
	struct calls_state_all *s = state;
	uint64_t from_ns = s->begun_ns > snap->m.since_ns ? s->begun_ns : snap->m.since_ns;
	struct calls_view v = { .s = s, .base = bases[window], .machine = snap->m.host.machine,
				.window_ns = snap->m.interval_ns };

	if (s->stale)
		clear_rows(s);
	s->stale = false;
	v.covered_ns = s->tick_ns > from_ns ? s->tick_ns - from_ns : 0;
	s->names.nr = s->procs.nr = s->pairs.nr = 0;
	s->snap = (struct calls_snap){ .since_ns = from_ns };
	s->snap.state = !s->on ? CALLS_OFF : v.covered_ns ? CALLS_ON : CALLS_BEGUN;
	if (window == WINDOW_TOTAL)
		v.window_ns = v.covered_ns; /* sums, not rates */
	set_status(s, snap);
	snap->calls = &s->snap;
	if (!s->on)
		return;
	link_procs(s, snap);
	fold_gone(s, false);
	if (v.covered_ns)
		make_rows(&v);
	if (window != WINDOW_TOTAL)
		fold_gone(s, true);
	calls_table_rebase(&s->table, CALL_LAST);
}

static void calls_mark(void *state)
{
	calls_table_rebase(&((struct calls_state_all *)state)->table, CALL_MARK);
}

extern const struct model_ops cpu_calls_model;
const struct model_ops cpu_calls_model = {
	.name = "calls",
	.pane = PANE_CPU,
	.core = true,
	.state_size = sizeof(struct calls_state_all),
	.init = calls_init,
	.fini = calls_fini,
	.clear = calls_clear,
	.apply = calls_apply,
	.publish = calls_publish,
	.mark = calls_mark,
};
