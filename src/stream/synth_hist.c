/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The synthetic source: single durations. How many there are in which slot of a histogram, one
 * of each slot as an exemplar, the slow ones as events, and whom they are laid to.
 */
#include "synth_host.h"

#include <string.h>

#include "hist.h"
#include "record.h"

#define HOG_PM 200 /* of a CPU */

/* `nr` durations in one slot; those from `slow_ns` on are drawn from there on. */
static void draw(struct synth *s, struct synth_slots *ret, unsigned slot, uint64_t nr,
		 uint64_t slow_ns)
{
	uint64_t low = hist_low_ns(slot), high = hist_high_ns(slot);

	if (nr == 0)
		return;
	if (slow_ns > low && slow_ns < high)
		low = slow_ns;
	ret->nr[slot] += nr;
	ret->max_ns[slot] = low + 1 + synth_below(s, synth_least(low + 64, high - low - 1));
}

void synth_slots(struct synth *s, uint64_t nr, uint64_t total_ns, unsigned tail, uint64_t slow_ns,
		 struct synth_slots *ret)
{
	static const struct {
		int slot; /* from that of the mean */
		uint32_t permille;
	} shape[] = {{-2, 140}, {-1, 290}, {1, 150}, {2, 60}};
	int mean = nr ? (int)hist_slot(total_ns / nr) : 0;
	uint64_t left = nr, worst = (nr * 15 + 999) / 1000;
	unsigned top = (unsigned)mean + tail;

	*ret = (struct synth_slots){{0}};
	for (unsigned i = 0; i < sizeof(shape) / sizeof(shape[0]); i++) {
		int slot = mean + shape[i].slot;
		uint64_t n = nr * shape[i].permille / 1000;

		if (slot < 0 || slot >= HIST_SLOTS - 1)
			continue;
		draw(s, ret, (unsigned)slot, n, slow_ns);
		left -= n;
	}
	worst = synth_least(worst, left);
	draw(s, ret, top < HIST_SLOTS ? top : HIST_SLOTS - 1, worst, slow_ns);
	draw(s, ret, (unsigned)mean, left - worst, slow_ns);
}

static const struct proc *find(const struct synth *s, uint32_t tgid)
{
	for (uint32_t i = 0; i < s->procs_nr; i++)
		if (s->procs[i].tgid == tgid && s->procs[i].alive)
			return &s->procs[i];
	return NULL;
}

/* One of those that are laid to a process for its waits, as likely as their shares. */
static const struct proc *culprit(struct synth *s, const struct proc *p)
{
	uint32_t at = (uint32_t)synth_below(s, 1000);

	for (int i = 0; i < SYNTH_SHARES; i++) {
		const struct synth_share *by = &p->by[PAIR_BEHIND][i];

		if (at < by->pm)
			return find(s, by->by);
		at -= by->pm;
	}
	return find(s, p->by[PAIR_BEHIND][0].by);
}

static struct latency_rec latency(struct synth *s, const struct proc *p, const struct thread *t,
				  enum hist_which which, uint64_t ns)
{
	const struct proc *by = which == HIST_RUNQ ? culprit(s, p) : NULL;
	uint64_t room_ns = s->now_ns - s->from_ns;
	struct latency_rec rec = {
		.which = (uint8_t)which,
		.slot = (uint8_t)hist_slot(ns),
		.ns = ns,
		.pid = t->pid,
		.tgid = p->tgid,
	};

	record_init(&rec.h, s->now_ns - synth_below(s, room_ns), PANE_CPU, CPU_EXEMPLAR,
		    sizeof(rec));
	rec.h.cpu = t->cpu;
	memcpy(rec.comm, p->comm, sizeof(rec.comm));
	if (which == HIST_OFFCPU)
		rec.wclass = p->role->blk_pm ? p->role->blk : p->role->rest;
	if (by) {
		rec.by_pid = by->threads[0].pid;
		rec.by_tgid = by->tgid;
		memcpy(rec.by_comm, by->comm, sizeof(rec.by_comm));
	}
	return rec;
}

/* Each wait of the slot, the longest first. */
static void emit_slow(struct synth *s, const struct proc *p, const struct thread *t, unsigned slot,
		      uint64_t nr, uint64_t max_ns)
{
	uint64_t low = hist_low_ns(slot) > SYNTH_SLOW_NS ? hist_low_ns(slot) : SYNTH_SLOW_NS;

	for (uint64_t i = 0; i < nr && i < SYNTH_SLOW_MAX; i++) {
		struct latency_rec rec = latency(s, p, t, HIST_RUNQ, max_ns);

		rec.h.kind = CPU_SLOW;
		synth_ring(s, HOOK_SWITCH, t->cpu, &rec.h);
		max_ns = low + synth_below(s, max_ns - low + 1);
	}
}

static void hist_slot_add(struct synth *s, struct proc *p, const struct thread *t,
			  enum hist_which which, unsigned slot, uint64_t nr, uint64_t max_ns)
{
	s->machine_slots[which][slot] += nr;
	if (max_ns > s->machine_max_ns[which])
		s->machine_max_ns[which] = max_ns;
	if (!p)
		return;
	p->slots[which][slot] += (uint32_t)nr;
	p->touched[which] |= 1ULL << slot;
	if (max_ns > p->max_ns[which])
		p->max_ns[which] = max_ns;
	if (nr > s->exemplars_of[which][slot]) {
		/* One of those who have the most: that is whom a sample would hit. */
		s->exemplars[which][slot] = latency(s, p, t, which, max_ns);
		s->exemplars_of[which][slot] = nr;
	}
	if (which == HIST_RUNQ && max_ns >= SYNTH_SLOW_NS)
		emit_slow(s, p, t, slot, nr, max_ns);
}

/* Waits that are long enough to be laid to somebody, whole. */
static void behind_add(struct synth *s, struct proc *p, const struct synth_slots *drawn)
{
	uint64_t nr = 0, ns = 0;

	for (unsigned slot = hist_slot(PAIR_MIN_NS); slot < HIST_SLOTS; slot++) {
		nr += drawn->nr[slot];
		ns += drawn->nr[slot] * hist_low_ns(slot) / 4 * 5;
	}
	for (int i = 0; i < SYNTH_SHARES; i++) {
		struct pair *pair = &p->pairs[PAIR_BEHIND][i];
		uint32_t pm = p->by[PAIR_BEHIND][i].pm;

		pair->changed = pair->changed || nr * pm >= 1000;
		if (nr * pm < 1000)
			continue;
		pair->count += nr * pm / 1000;
		pair->ns += ns * pm / 1000;
	}
}

void synth_hist(struct synth *s, struct proc *p, const struct thread *t, enum hist_which which,
		uint64_t nr, uint64_t total_ns, unsigned tail)
{
	struct synth_slots drawn;

	if (nr == 0)
		return;
	synth_slots(s, nr, total_ns, tail, which == HIST_RUNQ ? SYNTH_SLOW_NS : 0, &drawn);
	for (unsigned i = 0; i < HIST_SLOTS; i++)
		if (drawn.nr[i])
			hist_slot_add(s, p, t, which, i, drawn.nr[i], drawn.max_ns[i]);
	s->machine_sum_ns[which] += total_ns;
	if (p && which == HIST_RUNQ)
		behind_add(s, p, &drawn);
}

void synth_emit_exemplars(struct synth *s)
{
	for (int which = 0; which < HIST_WHICH_NR; which++)
		for (unsigned slot = 0; slot < HIST_SLOTS; slot++) {
			struct latency_rec *rec = &s->exemplars[which][slot];

			if (rec->h.size)
				synth_emit(s, rec);
			rec->h.size = 0;
			s->exemplars_of[which][slot] = 0;
		}
}

/* Who usually ends a sleep of that class. */
static uint32_t usual_waker(const struct synth *s, const struct proc *p, uint8_t wclass)
{
	switch (wclass) {
	case WAIT_TIMER:
		return PAIR_BY_TIMER;
	case WAIT_DISK:
	case WAIT_FAULT:
		return PAIR_BY_IRQ + s->props->disk_irq;
	case WAIT_FUTEX:
		return p->tgid;
	case WAIT_PIPE:
		return p->role->ppid ? p->role->ppid : 1;
	default:
		return PAIR_BY_SOFTIRQ + s->props->net_softirq;
	}
}

/* The host's script names them, or they are the first three that want much. */
void synth_hogs_setup(struct synth *s)
{
	int n = 0;

	memcpy(s->hogs, s->props->hogs, sizeof(s->hogs));
	if (s->hogs[0])
		return;
	for (uint32_t i = 0; n < SYNTH_SHARES && i < s->procs_nr; i++)
		if (s->procs[i].role->on_pm >= HOG_PM)
			s->hogs[n++] = s->procs[i].tgid;
}

void synth_pairs_setup(struct synth *s, struct proc *p)
{
	const struct synth_role *role = p->role;
	static const uint16_t usual_pm[SYNTH_SHARES] = {520, 300, 130};
	int n = 0;

	memcpy(p->by[PAIR_BEHIND], role->behind, sizeof(role->behind));
	memcpy(p->by[PAIR_WAKER], role->wakers, sizeof(role->wakers));
	for (int i = 0; role->behind[0].by == 0 && i < SYNTH_SHARES; i++)
		if (s->hogs[i] && s->hogs[i] != p->tgid)
			p->by[PAIR_BEHIND][n++] = (struct synth_share){s->hogs[i], usual_pm[i]};
	if (role->wakers[0].by != 0)
		return;
	n = 0;
	if (role->blk_pm)
		p->by[PAIR_WAKER][n++] = (struct synth_share){usual_waker(s, p, role->blk), 600};
	p->by[PAIR_WAKER][n] = (struct synth_share){usual_waker(s, p, role->rest), n ? 300 : 900};
	if (n && p->by[PAIR_WAKER][0].by == p->by[PAIR_WAKER][1].by)
		p->by[PAIR_WAKER][1] = (struct synth_share){0, 0};
}

void synth_wakers_run(struct synth *s, struct proc *p, uint64_t nr)
{
	if (!(s->demand & DEMAND_WAKERS))
		return;
	for (int i = 0; i < SYNTH_SHARES; i++) {
		uint64_t n = nr * p->by[PAIR_WAKER][i].pm / 1000;

		p->pairs[PAIR_WAKER][i].count += n;
		p->pairs[PAIR_WAKER][i].changed |= n > 0;
	}
}

void synth_emit_pairs(struct synth *s, struct proc *p)
{
	for (int kind = 0; kind < PAIR_KIND_NR; kind++)
		for (int i = 0; i < SYNTH_SHARES; i++) {
			struct pair *pair = &p->pairs[kind][i];
			struct pair_rec rec = {
				.tgid = p->tgid,
				.by = p->by[kind][i].by,
				.kind = (uint32_t)kind,
				.count = pair->count,
				.ns = pair->ns,
			};

			if (pair->count == 0 || !(pair->changed || s->key))
				continue;
			record_init(&rec.h, s->now_ns, PANE_CPU, CPU_PAIR, sizeof(rec));
			synth_emit(s, &rec);
			pair->changed = false;
			/* Hostile: forgotten, and it begins anew. */
			if (s->host->hostile && s->tick_nr == 3)
				*pair = (struct pair){.count = 0};
		}
}
