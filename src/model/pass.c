/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a tick record closes: who has died, who is new, who is a ghost. */
#include "tasks_table.h"

/* A task that began so long before a tick may have been missed by its pass. */
#define SLACK_NS 50000000ULL

static uint64_t slack_ns(const struct tick_rec *tick)
{
	return SLACK_NS + (tick->pass_ns < SLACK_NS ? tick->pass_ns : SLACK_NS);
}

/* A key frame publishes every thread: one that it did not publish is gone, its exit was lost. */
static void end_ghosts(struct tasks *t)
{
	struct tasks_thread *th;

	for (uint32_t i = 0; i < t->threads.fresh; i++) {
		th = pool_at(&t->threads, i);
		if (th->proc && th->pass != t->pass)
			tasks_end_thread(t, th, t->tick_ns);
	}
}

static bool has_runners(const struct tasks_proc *p)
{
	for (const struct tasks_thread *th = p->threads; th; th = th->next)
		if (th->state != 'Z')
			return true;
	return false;
}

static void end_runners(struct tasks *t, struct tasks_proc *p, uint64_t end_ns)
{
	struct tasks_thread *next;

	for (struct tasks_thread *th = p->threads; th; th = next) {
		next = th->next;
		if (th->state != 'Z')
			tasks_end_thread(t, th, end_ns);
	}
}

/* Ended without having been seen alive by any tick: it has no row of its own. */
static void sum_up(struct tasks *t, struct tasks_proc *p)
{
	static const struct sums none;
	const struct short_who who = { p->comm, p->ppid, p->uid, p->cgroup_id };
	bool ended = p->flags & PROC_ENDED;

	if (ended || p->now)
		shorts_add(&t->shorts, &who, ended, p->now ? p->now : &none);
	tasks_drop_proc(t, p);
}

static void close_proc(struct tasks *t, struct tasks_proc *p)
{
	dead_reconcile(t, p);
	if (p->flags & PROC_ENDED)
		end_runners(t, p, p->end_ns);
	if (!p->threads_nr && !(p->flags & PROC_DEAD)) {
		p->flags |= PROC_DEAD;
		p->end_ns = t->tick_ns;
	}
	if (!(p->flags & PROC_SEEN) && !has_runners(p) && !(p->flags & PROC_ZOMBIE)) {
		sum_up(t, p);
		return;
	}
	if (p->flags & PROC_SEEN)
		return;
	p->flags |= PROC_SEEN;
	t->born[t->born_nr++] = p;
}

static void close_touched(struct tasks *t)
{
	struct tasks_proc *p;

	while ((p = t->touched)) {
		t->touched = p->touched_next;
		p->flags &= (uint16_t)~PROC_TOUCHED;
		close_proc(t, p);
		/* what closing touched again was its own */
	}
}

static void count_ghosts(struct tasks *t, const struct tick_rec *tick)
{
	t->ghosts[0] = t->ghosts[1];
	if (tick->tasks == REC_UNKNOWN32) {
		t->ghosts_known = false;
		return;
	}
	t->ghosts[1] = (int32_t)(t->threads.nr - tick->tasks);
	if (!t->ghosts_known || (tick->flags & TICK_F_KEY)) {
		t->ghosts_usual = t->ghosts[1];
		t->ghosts[0] = t->ghosts[1];
	}
	t->ghosts_known = true;
}

/*
 * One tick may differ by threads that died between the drain and the pass; a difference that
 * stays, in one direction, is a lost record.
 */
bool tasks_want_key(const struct tasks *t)
{
	int32_t low = t->ghosts[0] < t->ghosts[1] ? t->ghosts[0] : t->ghosts[1];
	int32_t high = t->ghosts[0] < t->ghosts[1] ? t->ghosts[1] : t->ghosts[0];

	return t->ghosts_known && (low > t->ghosts_usual || high < t->ghosts_usual);
}

/* The clocks are read one after the other: the smallest difference is the nearest. */
static void take_clocks(struct tasks *t, const struct tick_rec *tick)
{
	uint64_t offset_ns = tick->boot_ns > tick->h.ts_ns ? tick->boot_ns - tick->h.ts_ns : 0;

	if (t->pass == 0 || (tick->flags & TICK_F_GAP) || offset_ns < t->boot_offset_ns)
		t->boot_offset_ns = offset_ns;
}

void tasks_tick(struct tasks *t, const struct tick_rec *tick)
{
	bool first = t->pass == 0 || (tick->flags & TICK_F_FIRST);

	take_clocks(t, tick);
	if ((tick->flags & TICK_F_KEY) && tick->tasks != 0)
		end_ghosts(t);
	close_touched(t);
	count_ghosts(t, tick);
	t->tick_ns = tick->h.ts_ns;
	t->seen_from_ns = tick->h.ts_ns > slack_ns(tick) ? tick->h.ts_ns - slack_ns(tick) : 0;
	if (first || (tick->flags & TICK_F_GAP))
		tasks_skip(t, first);
	t->pass++;
}
