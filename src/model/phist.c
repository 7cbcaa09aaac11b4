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

void phist_record(struct tasks *t, struct tasks_proc *p, const struct hist_rec *r)
{
	bool baseline = p->base_pass == t->pass + 1;
	struct hist_part *part;
	struct proc_hist *h;

	if (!p->hists)
		p->hists = pool_get(&t->hists, 0);
	if (!p->hists)
		return;
	h = &p->hists->of[r->which];
	part = get_part(t, baseline ? &h->base : &h->now);
	take_slots(h, r, part);
	if (baseline)
		return;
	if (part && r->max_ns > part->max_ns)
		part->max_ns = r->max_ns;
	if (r->max_ns > h->max_ns)
		h->max_ns = r->max_ns;
}

bool phist_publish(struct tasks *t, struct tasks_proc *p)
{
	struct proc_hist *h;
	bool any = false;

	for (int i = 0; p->hists && i < HIST_WHICH_NR; i++) {
		h = &p->hists->of[i];
		drop_part(t, &h->shown);
		h->shown = h->now;
		h->now = NULL;
		any |= h->shown != NULL;
	}
	return any;
}

static void set_base(struct tasks *t, struct proc_hist *h)
{
	if (get_part(t, &h->base))
		memcpy(h->base->slots, h->slots, sizeof(h->slots));
	h->max_ns = 0;
}

void phist_skip(struct tasks *t, struct tasks_proc *p, bool total)
{
	for (int i = 0; p->hists && i < HIST_WHICH_NR; i++) {
		drop_part(t, &p->hists->of[i].now);
		if (total)
			set_base(t, &p->hists->of[i]);
	}
}

void phist_free(struct tasks *t, struct tasks_proc *p)
{
	struct proc_hist *h;

	for (int i = 0; p->hists && i < HIST_WHICH_NR; i++) {
		h = &p->hists->of[i];
		drop_part(t, &h->base);
		drop_part(t, &h->now);
		drop_part(t, &h->shown);
	}
	pool_put(&t->hists, p->hists);
	p->hists = NULL;
}

/* The total as of the last publish: what came since is in `now`. */
static void get_total(const struct proc_hist *h, struct hist *ret)
{
	uint32_t nr;

	for (int i = 0; i < HIST_SLOTS; i++) {
		nr = h->slots[i] - (h->base ? h->base->slots[i] : 0) -
		     (h->now ? h->now->slots[i] : 0);
		ret->slots[i] = nr;
	}
	ret->max_ns = h->max_ns;
}

bool phist_get(const struct tasks_proc *p, enum hist_which which, enum window window, struct hist *ret)
{
	bool total = window != WINDOW_INTERVAL;
	const struct proc_hist *h;

	*ret = (struct hist){ 0 };
	if (!p->hists)
		return false;
	h = &p->hists->of[which];
	if (total)
		get_total(h, ret);
	for (int i = 0; !total && h->shown && i < HIST_SLOTS; i++)
		ret->slots[i] = h->shown->slots[i];
	if (!total && h->shown)
		ret->max_ns = h->shown->max_ns;
	return true;
}
