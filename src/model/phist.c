/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histograms of processes. Only a process that ever waited has them, and only one that waited
 * in an interval has a part for that interval.
 */
#include <string.h>

#include "tasks_table.h"

static struct hist_part *get_part(struct tasks *t, struct hist_part **part)
{
	if (!*part)
		*part = pool_get(&t->parts, 0);
	return *part;
}

static void drop_part(struct tasks *t, struct hist_part **part)
{
	pool_put(&t->parts, *part);
	*part = NULL;
}

/* Returns a process's histogram of one kind; NULL where it has none. */
static struct proc_hist *find(const struct tasks_proc *p, unsigned which)
{
	if (!p->hists)
		return NULL;
	return which == HIST_OFFCPU ? p->hists->off : &p->hists->of[which];
}

static struct proc_hist *make(struct tasks *t, struct tasks_proc *p, unsigned which)
{
	if (!p->hists)
		p->hists = pool_get(&t->hists, 0);
	if (p->hists && which == HIST_OFFCPU && !p->hists->off)
		p->hists->off = pool_get(&t->offs, 0);
	return find(p, which);
}

/* A histogram on demand began anew: what was counted before stays counted. */
static void restart(struct tasks *t, struct proc_hist *h)
{
	struct hist_part *base = get_part(t, &h->base);

	for (int i = 0; i < HIST_SLOTS; i++) {
		if (base)
			base->slots[i] -= h->slots[i];
		if (h->mark)
			h->mark->slots[i] -= h->slots[i];
		h->slots[i] = 0;
	}
}

static bool steps_back(const struct proc_hist *h, const struct hist_rec *r)
{
	for (unsigned i = 0; i < r->nr; i++)
		if (r->slots[i] - h->slots[r->first + i] > UINT32_MAX / 2)
			return true;
	return false;
}

/* Each slot is cumulative and wraps; a slot that is not named did not change. */
static void take_slots(struct proc_hist *h, const struct hist_rec *r, struct hist_part *part)
{
	uint32_t *slot;

	for (unsigned i = 0; i < r->nr; i++) {
		slot = &h->slots[r->first + i];
		if (part)
			part->slots[r->first + i] += r->slots[i] - *slot;
		*slot = r->slots[i];
	}
}

static void raise(uint64_t *max_ns, uint64_t ns)
{
	if (ns > *max_ns)
		*max_ns = ns;
}

void phist_record(struct tasks *t, struct tasks_proc *p, const struct hist_rec *r)
{
	struct proc_hist *h = make(t, p, r->which);
	/* what is counted on demand only began when it was asked for */
	bool baseline = p->base_pass == t->pass + 1 && r->which != HIST_OFFCPU;
	struct hist_part *part;

	if (!h)
		return;
	if (r->which == HIST_OFFCPU && steps_back(h, r))
		restart(t, h);
	part = get_part(t, baseline ? &h->base : &h->now);
	take_slots(h, r, part);
	if (baseline)
		return;
	if (part)
		raise(&part->max_ns, r->max_ns);
	if (h->mark)
		raise(&h->mark->max_ns, r->max_ns);
	raise(&h->max_ns, r->max_ns);
}

bool phist_publish(struct tasks *t, struct tasks_proc *p)
{
	struct proc_hist *h;
	bool any = false;

	for (unsigned i = 0; p->hists && i < HIST_WHICH_NR; i++) {
		h = find(p, i);
		if (!h)
			continue;
		drop_part(t, &h->shown);
		h->shown = h->now;
		h->now = NULL;
		any |= h->shown != NULL;
	}
	return any;
}

static void set_base(struct tasks *t, struct proc_hist *h)
{
	drop_part(t, &h->mark);
	if (get_part(t, &h->base))
		memcpy(h->base->slots, h->slots, sizeof(h->slots));
	h->max_ns = 0;
}

void phist_skip(struct tasks *t, struct tasks_proc *p, bool total)
{
	struct proc_hist *h;

	for (unsigned i = 0; p->hists && i < HIST_WHICH_NR; i++) {
		h = find(p, i);
		if (!h)
			continue;
		drop_part(t, &h->now);
		if (total)
			set_base(t, h);
	}
}

/* Nothing since the start: the mark is the start. */
static bool is_at_base(const struct proc_hist *h)
{
	static const struct hist_part none;

	return !memcmp(h->slots, h->base ? h->base->slots : none.slots, sizeof(h->slots));
}

static void mark(struct tasks *t, struct proc_hist *h, bool running)
{
	struct hist_part *part;

	drop_part(t, &h->mark);
	if (is_at_base(h))
		return;
	part = get_part(t, &h->mark);
	if (!part)
		return;
	for (int i = 0; i < HIST_SLOTS; i++)
		part->slots[i] = h->slots[i] - (h->now && !running ? h->now->slots[i] : 0);
	if (h->now && !running)
		part->max_ns = h->now->max_ns;
}

void phist_mark(struct tasks *t, struct tasks_proc *p, bool running)
{
	struct proc_hist *h;

	for (unsigned i = 0; p->hists && i < HIST_WHICH_NR; i++) {
		h = find(p, i);
		if (h)
			mark(t, h, running);
	}
}

void phist_free(struct tasks *t, struct tasks_proc *p)
{
	struct proc_hist *h;

	for (unsigned i = 0; p->hists && i < HIST_WHICH_NR; i++) {
		h = find(p, i);
		if (!h)
			continue;
		drop_part(t, &h->base);
		drop_part(t, &h->mark);
		drop_part(t, &h->now);
		drop_part(t, &h->shown);
	}
	if (p->hists)
		pool_put(&t->offs, p->hists->off);
	pool_put(&t->hists, p->hists);
	p->hists = NULL;
}

bool phist_has(const struct tasks_proc *p, enum hist_which which, enum window window)
{
	const struct proc_hist *h = find(p, which);

	return h && (window != WINDOW_INTERVAL || h->shown);
}

/* What came between `before` (NULL: from zero) and the last publish: later is in `now`. */
static void get_since(const struct proc_hist *h, const struct hist_part *before, struct hist *ret)
{
	uint32_t nr;

	for (int i = 0; i < HIST_SLOTS; i++) {
		nr = h->slots[i] - (before ? before->slots[i] : 0) -
		     (h->now ? h->now->slots[i] : 0);
		ret->slots[i] = nr;
	}
}

bool phist_get(const struct tasks_proc *p, enum hist_which which, enum window window,
	       struct hist *ret)
{
	const struct proc_hist *h = find(p, which);
	bool marked = h && window == WINDOW_MARK && h->mark;

	*ret = (struct hist){ 0 };
	if (!h)
		return false;
	if (window != WINDOW_INTERVAL) {
		get_since(h, marked ? h->mark : h->base, ret);
		ret->max_ns = marked ? h->mark->max_ns : h->max_ns;
		return true;
	}
	for (int i = 0; h->shown && i < HIST_SLOTS; i++)
		ret->slots[i] = h->shown->slots[i];
	if (h->shown)
		ret->max_ns = h->shown->max_ns;
	return true;
}
