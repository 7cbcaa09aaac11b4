/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls: which records make the table, when counting begins and ends, and the rows: each
 * call of each process, and their sums by name and by process.
 *
 * Counting begins when somebody asks, at any moment; the part of an interval before the next
 * tick is left out, so that every rate is of a whole interval.
 */
#include <string.h>

#include "calls_rows.h"
#include "model.h"

#define REC(type, ev) ((const struct type *)(const void *)(ev))

struct calls_state_all {
	struct calls_table table;
	struct calls_rows rows;
	struct calls_snap snap;
	bool asked, on;	   /* by the last demand record; by the last tick */
	bool stale;	   /* rows of a time that is over */
	uint64_t begun_ns; /* the tick from which on is counted */
	uint64_t tick_ns;
};

static int calls_init(void *state)
{
	struct calls_state_all *s = state;
	int ret = calls_table_init(&s->table);

	return ret ? ret : calls_rows_init(&s->rows);
}

static void calls_fini(void *state)
{
	struct calls_state_all *s = state;

	calls_table_fini(&s->table);
	calls_rows_fini(&s->rows);
}

static void calls_clear(void *state)
{
	struct calls_state_all *s = state;

	calls_table_clear(&s->table);
	calls_rows_clear(&s->rows);
	s->snap = (struct calls_snap){0};
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

static struct fig_status na(const char *reason)
{
	return (struct fig_status){.state = FIG_NA, .reason = reason};
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
		c->status = snapshot_probe_status(snap, "sys-exit");
	if (c->status.state == FIG_EXACT &&
	    s->table.entries.refused + s->table.procs.refused + s->table.errs.refused)
		c->status.state = FIG_INCOMPLETE;
	c->time_status = c->status.state == FIG_NA ? c->status : snapshot_probe_status(snap, "sys-enter");
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
	struct calls_window w = {.base = bases[window],
				 .machine = snap->m.host.machine,
				 .window_ns = snap->m.interval_ns};

	if (s->stale)
		calls_rows_clear(&s->rows);
	s->stale = false;
	w.covered_ns = s->tick_ns > from_ns ? s->tick_ns - from_ns : 0;
	s->snap = (struct calls_snap){.since_ns = from_ns};
	s->snap.state = !s->on ? CALLS_OFF : w.covered_ns ? CALLS_ON : CALLS_BEGUN;
	if (window == WINDOW_TOTAL)
		w.window_ns = w.covered_ns; /* sums, not rates */
	set_status(s, snap);
	snap->calls = &s->snap;
	if (!s->on)
		return;
	link_procs(s, snap);
	fold_gone(s, false);
	if (w.covered_ns)
		calls_rows_make(&s->rows, &s->table, &w, &s->snap);
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
