/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to be asked for: user names, where threads in D are stuck, paths of cgroups, command
 * lines. Helper threads hand back so many answers a tick, so of command lines not more are asked
 * for at once, those of busy processes first: they are the rows on the screen.
 */
#include "tasks_table.h"

#define CMDS_PER_TICK	64 /* as many as the helper threads hand back in one */
#define BLOCKS_PER_TICK 16
#define BLOCK_ASKED_NS	1000000000ULL  /* so long in D is worth a question */
#define BLOCK_AGAIN_NS	30000000000ULL /* and so long after it another one */

#define PATHS_PER_TICK 32
#define PATH_AGAIN_NS  5000000000ULL
#define PATH_SHIFT_MAX 6

typedef void wish_fn(void *ctx, const struct world_wish *wish);

void tasks_want_cmd(struct tasks *t, struct tasks_proc *p)
{
	if (p->flags & (PROC_WANTED | PROC_KTHREAD))
		return;
	p->flags |= PROC_WANTED;
	p->wanted_next = NULL;
	p->wanted_prev = t->wanted_last;
	if (t->wanted)
		t->wanted_last->wanted_next = p;
	else
		t->wanted = p;
	t->wanted_last = p;
}

void wishes_drop(struct tasks *t, struct tasks_proc *p)
{
	if (!(p->flags & PROC_WANTED))
		return;
	p->flags &= (uint16_t)~PROC_WANTED;
	if (p->wanted_prev)
		p->wanted_prev->wanted_next = p->wanted_next;
	else
		t->wanted = p->wanted_next;
	if (p->wanted_next)
		p->wanted_next->wanted_prev = p->wanted_prev;
	else
		t->wanted_last = p->wanted_prev;
}

/* Used CPU in the last interval, or is new: then it did something. */
static bool is_busy(const struct tasks *t, const struct tasks_proc *p)
{
	return p->row == NO_ROW ? p->base_pass == 0 : t->rows[p->row].oncpu_ns > 0;
}

static uint32_t wish_cmds(struct tasks *t, bool busy, uint32_t room, wish_fn *fn, void *ctx)
{
	struct tasks_proc *next;
	struct world_wish wish = { .kind = WISH_CMD };

	for (struct tasks_proc *p = t->wanted; p && room; p = next) {
		next = p->wanted_next;
		if (busy && !is_busy(t, p))
			continue;
		wishes_drop(t, p);
		wish.tgid = p->node.key;
		wish.uid = p->uid;
		wish.start_ns = p->start_ns;
		fn(ctx, &wish);
		room--;
	}
	return room;
}

static bool is_stuck(const struct tasks *t, const struct tasks_thread *th)
{
	return th->state == 'D' && th->time.since_ns != REC_UNKNOWN &&
	       th->time.since_ns + BLOCK_ASKED_NS <= t->tick_ns;
}

/* Whether the stay of the thread in D is to be asked about now; notes that it was. */
static bool take_ask(struct tasks *t, const struct tasks_thread *th)
{
	struct blocked_ask *a = pool_find(&t->asks, th->node.key);
	bool same = a && a->start_ns == th->start_ns && a->since_ns == th->time.since_ns;

	if (same && a->asked_ns + BLOCK_AGAIN_NS > t->tick_ns)
		return false;
	if (!a)
		a = pool_get(&t->asks, th->node.key);
	if (!a)
		return false;
	a->start_ns = th->start_ns;
	a->since_ns = th->time.since_ns;
	a->asked_ns = t->tick_ns;
	return true;
}

/* Questions about stays that ended long ago are forgotten: their threads may be, too. */
static void forget_asks(struct tasks *t)
{
	struct blocked_ask *a;

	for (uint32_t i = 0; t->asks.nr && i < t->asks.fresh; i++) {
		a = pool_at(&t->asks, i);
		if (a->asked_ns && a->asked_ns + 2 * BLOCK_AGAIN_NS < t->tick_ns)
			pool_put(&t->asks, a);
	}
}

static void wish_blocked(struct tasks *t, wish_fn *fn, void *ctx)
{
	struct world_wish wish = { .kind = WISH_BLOCKED };
	uint32_t room = BLOCKS_PER_TICK;

	forget_asks(t);
	for (uint32_t i = 0; t->blocked && room && i < t->rows_nr; i++) {
		if (t->rows[i].state != 'D' || !t->ref[i])
			continue;
		for (const struct tasks_thread *th = t->ref[i]->threads; th && room;
		     th = th->next) {
			if (!is_stuck(t, th) || !take_ask(t, th))
				continue;
			wish.tgid = t->ref[i]->node.key;
			wish.pid = th->node.key;
			wish.start_ns = th->start_ns;
			fn(ctx, &wish);
			room--;
		}
	}
}

/* Whether a path is to be asked for now: at once, then after 5, 10, 20 s and so on. */
static bool is_due(const struct tasks *t, const struct cgroup *g)
{
	unsigned shift = g->asked_nr > PATH_SHIFT_MAX ? PATH_SHIFT_MAX : g->asked_nr;

	return !g->version &&
	       (!g->asked_nr || g->asked_ns + (PATH_AGAIN_NS << shift >> 1) <= t->tick_ns);
}

static bool is_member(const struct tasks_proc *p)
{
	return p->threads && !(p->flags & PROC_DEAD);
}

/* Asks through a member with a higher number than the one that gave no answer. */
static void wish_paths(struct tasks *t, wish_fn *fn, void *ctx)
{
	struct world_wish wish = { .kind = WISH_CGROUP };
	struct cgroups *c = &t->cgroups.cgroups;
	uint32_t room = PATHS_PER_TICK;
	const struct tasks_proc *p;
	struct cgroup *g;

	for (uint32_t i = 0; room && i < t->procs.fresh; i++) {
		p = pool_at(&t->procs, i);
		g = is_member(p) ? cgroups_get(c, p->cgroup_id) : NULL;
		if (!g || !is_due(t, g) || p->node.key <= g->asked_tgid)
			continue;
		g->asked_ns = t->tick_ns;
		g->asked_tgid = p->node.key;
		g->asked_nr++;
		wish.tgid = p->node.key;
		wish.start_ns = p->start_ns;
		wish.cgroup_id = p->cgroup_id;
		fn(ctx, &wish);
		room--;
	}
}

/* Those without a path: of which no member is left to be asked, the first is next. */
static void wish_cgroups(struct tasks *t, wish_fn *fn, void *ctx)
{
	struct cgroups *c = &t->cgroups.cgroups;
	uint32_t cursor = 0;
	struct table_key key;
	struct cgroup *g;

	if (!c->pending || t->tick_ns < c->next_ask_ns)
		return;
	wish_paths(t, fn, ctx);
	c->pending = false;
	while ((g = table_next(&c->table, &cursor, &key))) {
		c->pending |= !g->version;
		if (is_due(t, g))
			g->asked_tgid = 0;
	}
	c->next_ask_ns = t->tick_ns + PATH_AGAIN_NS / 5;
}

void tasks_wishes(struct tasks *t, wish_fn *fn, void *ctx)
{
	struct world_wish wish = { .kind = WISH_USER };
	uint32_t room;

	while (users_next_wanted(&t->users, &wish.uid))
		fn(ctx, &wish);
	wish_blocked(t, fn, ctx);
	wish_cgroups(t, fn, ctx);
	room = wish_cmds(t, true, CMDS_PER_TICK, fn, ctx);
	wish_cmds(t, false, room, fn, ctx);
}
