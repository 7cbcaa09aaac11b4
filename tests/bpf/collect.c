// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct seen *collect_find(struct collect *c, uint32_t pid)
{
	for (unsigned i = 0; i < c->nr; i++)
		if (c->seen[i].pid == pid)
			return &c->seen[i];
	return NULL;
}

static struct seen *find_or_add(struct collect *c, uint32_t pid)
{
	struct seen *s = collect_find(c, pid);

	if (s || c->nr == SEEN_MAX)
		return s;
	s = &c->seen[c->nr++];
	s->pid = pid;
	return s;
}

static void take_hist(struct collect *c, const struct hist_rec *h)
{
	struct seen *s = find_or_add(c, h->tgid);

	if (!s)
		return;
	for (unsigned i = 0; i < h->nr; i++)
		s->slots[h->which][h->first + i] = h->slots[i];
	s->max_ns[h->which] = h->max_ns;
}

static void take_core(struct collect *c, const struct ev_hdr *ev)
{
	const struct task_rec *task = (const void *)ev;
	const struct proc_rec *proc = (const void *)ev;
	const struct wait_rec *wait = (const void *)ev;
	struct seen *s;

	switch (ev->kind) {
	case CORE_TASK:
	case CORE_EXIT:
		s = find_or_add(c, task->pid);
		if (!s)
			return;
		s->task = *task;
		s->exited = ev->kind == CORE_EXIT;
		break;
	case CORE_PROC:
		s = find_or_add(c, proc->tgid);
		if (s)
			s->proc = *proc;
		break;
	case CORE_WAIT:
		s = find_or_add(c, wait->pid);
		if (s)
			s->wait = *wait;
		break;
	case CORE_EXEC:
		s = find_or_add(c, ((const struct exec_rec *)(const void *)ev)->tgid);
		if (s)
			s->exec = *(const struct exec_rec *)(const void *)ev;
		break;
	case CORE_HIST:
		take_hist(c, (const void *)ev);
		break;
	}
}

struct pair_rec *collect_pair(struct collect *c, uint32_t kind, uint32_t tgid, uint32_t by)
{
	for (unsigned i = 0; i < c->cpu.pairs_nr; i++) {
		struct pair_rec *p = &c->cpu.pairs[i];

		if (p->kind == kind && p->tgid == tgid && p->by == by)
			return p;
	}
	return NULL;
}

static void take_pair(struct collect *c, const struct pair_rec *r)
{
	struct pair_rec *p = collect_pair(c, r->kind, r->tgid, r->by);

	if (!p && c->cpu.pairs_nr < EVENTS_MAX)
		p = &c->cpu.pairs[c->cpu.pairs_nr++];
	if (p)
		*p = *r;
}

static void take_cpu(struct collect *c, const struct ev_hdr *ev)
{
	const struct cpu_sched_rec *sched = (const void *)ev;
	const struct cpu_hist_rec *hist = (const void *)ev;
	struct cpu_seen *cpu = &c->cpu;

	switch (ev->kind) {
	case CPU_SCHED:
		cpu->migrations_in += sched->migrations_in;
		cpu->migrations_out += sched->migrations_out;
		break;
	case CPU_HIST:
		cpu->hist[hist->which] = *hist;
		break;
	case CPU_SLOW:
		if (cpu->slow_nr < EVENTS_MAX)
			cpu->slow[cpu->slow_nr++] = *(const struct latency_rec *)(const void *)ev;
		break;
	case CPU_EXEMPLAR:
		if (cpu->exemplars_nr < EVENTS_MAX)
			cpu->exemplars[cpu->exemplars_nr++] =
				*(const struct latency_rec *)(const void *)ev;
		break;
	case CPU_PAIR:
		take_pair(c, (const void *)ev);
		break;
	}
}

void collect_forget(struct collect *c)
{
	c->cpu.slow_nr = c->cpu.exemplars_nr = c->cpu.pairs_nr = 0;
}

static void take(void *ctx, const struct ev_hdr *ev)
{
	struct collect *c = ctx;

	if (record_check(ev, ev->size)) {
		c->bad++;
		return;
	}
	c->kinds[ev->pane & 1][ev->kind % CORE_KIND_NR]++;
	if (ev->pane == PANE_CORE)
		take_core(c, ev);
	else if (ev->pane == PANE_CPU)
		take_cpu(c, ev);
}

int collect_open(struct collect *c, const struct probe_opts *opts)
{
	struct err e;
	int ret;

	memset(c, 0, sizeof(*c));
	c->seen = calloc(SEEN_MAX, sizeof(*c->seen));
	c->cpu.slow = calloc(EVENTS_MAX, sizeof(*c->cpu.slow));
	c->cpu.exemplars = calloc(EVENTS_MAX, sizeof(*c->cpu.exemplars));
	c->cpu.pairs = calloc(EVENTS_MAX, sizeof(*c->cpu.pairs));
	ret = c->seen && c->cpu.slow && c->cpu.exemplars && c->cpu.pairs ?
		      probe_open(opts, &c->source, &e) :
		      -ENOMEM;
	if (ret)
		return ret;
	ret = c->source->ops->tick(c->source, TICK_F_KEY, take, c);
	if (ret)
		return ret;
	ret = probe_start(c->source);
	return ret < 0 ? ret : 0;
}

void collect_close(struct collect *c)
{
	if (c->source)
		c->source->ops->free(c->source);
	free(c->cpu.slow);
	free(c->cpu.exemplars);
	free(c->cpu.pairs);
	free(c->seen);
}

int collect_tick(struct collect *c, uint32_t flags)
{
	while (c->source->ops->drain(c->source, 1024, take, c) > 0)
		;
	c->cpu.migrations_in = c->cpu.migrations_out = 0;
	return c->source->ops->tick(c->source, flags, take, c);
}

void collect_settle(struct collect *c)
{
	probe_settle(c->source, take, c);
}

struct report {
	struct collect *c;
	int probe;
};

static void take_report(void *ctx, const struct ev_hdr *ev)
{
	struct report *r = ctx;
	const struct loss_rec *l = (const void *)ev;
	const struct probe_rec *p = (const void *)ev;

	if (ev->kind == CORE_PROBE) {
		r->c->probes_on += p->state == PROBE_ON;
		r->c->probes_refused += p->state == PROBE_REFUSED || p->state == PROBE_ABSENT;
	}
	if (ev->kind != CORE_LOSS || (r->probe >= 0 && l->probe != r->probe))
		return;
	r->c->loss.events += l->events;
	r->c->loss.seen += l->seen;
	r->c->loss.submitted += l->submitted;
	r->c->loss.full += l->full;
	r->c->loss.received += l->received;
	r->c->loss.map_full += l->map_full;
	r->c->loss.unmatched += l->unmatched;
	r->c->loss.recursion_misses += l->recursion_misses;
}

void collect_report(struct collect *c, int probe)
{
	struct report r = {c, probe};

	memset(&c->loss, 0, sizeof(c->loss));
	c->probes_on = c->probes_refused = 0;
	probe_report(c->source, 0, take_report, &r);
}
