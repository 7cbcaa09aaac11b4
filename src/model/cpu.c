/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The CPU pane's model: what belongs to a CPU or to the whole machine. Each record is kept at
 * three moments: now, at the last publish (figures of the interval) and at the first tick
 * (totals).
 */
#include <string.h>

#include "model.h"

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

struct cpu_counts {
	uint64_t ns[CPU_MODE_NR];
	uint64_t switches, forks, execs, exits;
};

struct cpu_one {
	struct cpu_counts now, last, first;
	uint32_t nr_running;
	bool has_stat, has_sched;     /* ever: its counters have a beginning */
	bool stat_fresh, sched_fresh; /* since the last publish: it is online */
};

struct cpu_hist {
	struct hist now, last, first; /* max_ns: of the running interval, unused, since the start */
	bool known;
};

struct cpu_state {
	struct cpu_one cpus[SNAP_CPUS_MAX];
	struct cpu_row rows[SNAP_CPUS_MAX];
	struct cpu_hist hists[HIST_WHICH_NR];
	int cpus_nr; /* the highest that was met, plus one */
	bool started;
};

static struct cpu_one *get_cpu(struct cpu_state *s, uint16_t cpu)
{
	if (cpu >= SNAP_CPUS_MAX)
		return NULL;
	if (cpu >= s->cpus_nr)
		s->cpus_nr = cpu + 1;
	return &s->cpus[cpu];
}

static void on_stat(struct cpu_state *s, const struct cpu_stat_rec *r)
{
	struct cpu_one *c = get_cpu(s, r->h.cpu);

	if (!c)
		return;
	memcpy(c->now.ns, r->ns, sizeof(c->now.ns));
	if (!c->has_stat) { /* what was before is not ours to tell */
		memcpy(c->last.ns, r->ns, sizeof(c->last.ns));
		memcpy(c->first.ns, r->ns, sizeof(c->first.ns));
	}
	c->has_stat = c->stat_fresh = true;
}

static void on_sched(struct cpu_state *s, const struct cpu_sched_rec *r)
{
	struct cpu_one *c = get_cpu(s, r->h.cpu);
	struct cpu_counts was;

	if (!c)
		return;
	was = c->now;
	c->now = (struct cpu_counts){
		.switches = r->switches, .forks = r->forks, .execs = r->execs, .exits = r->exits};
	memcpy(c->now.ns, was.ns, sizeof(was.ns));
	c->nr_running = r->nr_running;
	c->has_sched = c->sched_fresh = true;
}

static void on_hist(struct cpu_state *s, const struct cpu_hist_rec *r)
{
	struct cpu_hist *h = &s->hists[r->which];

	memcpy(h->now.slots, r->slots, sizeof(h->now.slots));
	if (r->max_ns > h->now.max_ns)
		h->now.max_ns = r->max_ns;
	if (r->max_ns > h->first.max_ns)
		h->first.max_ns = r->max_ns;
	h->known = true;
}

static void restart_hist(struct cpu_hist *h, bool first)
{
	memcpy(h->last.slots, h->now.slots, sizeof(h->last.slots));
	h->now.max_ns = 0;
	if (first) {
		memcpy(h->first.slots, h->now.slots, sizeof(h->first.slots));
		h->first.max_ns = 0;
	}
}

/* The interval begins anew; with `first` the totals too. */
static void restart(struct cpu_state *s, bool first)
{
	for (int i = 0; i < s->cpus_nr; i++) {
		s->cpus[i].last = s->cpus[i].now;
		if (first)
			s->cpus[i].first = s->cpus[i].now;
	}
	for (int i = 0; i < HIST_WHICH_NR; i++)
		restart_hist(&s->hists[i], first);
}

static void on_tick(struct cpu_state *s, const struct tick_rec *r)
{
	bool first = !s->started || (r->flags & TICK_F_FIRST);

	if (first || (r->flags & TICK_F_GAP))
		restart(s, first);
	s->started = true;
}

static int cpu_apply(void *state, const struct ev_hdr *ev)
{
	if (ev->pane == PANE_CORE) {
		if (ev->kind == CORE_TICK)
			on_tick(state, REC(tick_rec, ev));
		return 0;
	}
	switch (ev->kind) {
	case CPU_STAT:
		on_stat(state, REC(cpu_stat_rec, ev));
		break;
	case CPU_SCHED:
		on_sched(state, REC(cpu_sched_rec, ev));
		break;
	case CPU_HIST:
		on_hist(state, REC(cpu_hist_rec, ev));
		break;
	}
	return 0;
}

/* Growth beyond this is not a figure; the sum over all CPUs does not overflow. */
#define VALUE_MAX (INT64_MAX / SNAP_CPUS_MAX / CPU_MODE_NR)

/* Growth of a counter. /proc/stat may step back a little (iowait, idle): that is no time. */
static int64_t growth(uint64_t now, uint64_t before)
{
	uint64_t grown = now > before ? now - before : 0;

	if (now == REC_UNKNOWN || before == REC_UNKNOWN || grown > VALUE_MAX)
		return FIG_UNKNOWN;
	return (int64_t)grown;
}

static void add(int64_t *sum, int64_t value)
{
	if (value != FIG_UNKNOWN)
		*sum = *sum == FIG_UNKNOWN ? value : *sum + value;
}

static bool is_busy(int mode)
{
	/* guest time is in user time already */
	return mode != CPU_IDLE && mode != CPU_IOWAIT && mode != CPU_GUEST &&
	       mode != CPU_GUEST_NICE;
}

static void publish_modes(const struct cpu_one *c, const struct cpu_counts *before,
			  struct cpu_row *row)
{
	row->busy_ns = row->total_ns = FIG_UNKNOWN;
	for (int i = 0; i < CPU_MODE_NR; i++) {
		row->mode_ns[i] = c->has_stat ? growth(c->now.ns[i], before->ns[i]) : FIG_UNKNOWN;
		if (is_busy(i))
			add(&row->busy_ns, row->mode_ns[i]);
		if (is_busy(i) || i == CPU_IDLE || i == CPU_IOWAIT)
			add(&row->total_ns, row->mode_ns[i]);
	}
}

static void publish_cpu(struct cpu_one *c, int cpu, bool total, struct cpu_row *row,
			struct machine *m)
{
	const struct cpu_counts *before = total ? &c->first : &c->last;

	row->cpu = cpu;
	publish_modes(c, before, row);
	row->runq_len = c->has_sched ? c->nr_running : FIG_UNKNOWN;
	row->switches = c->has_sched ? growth(c->now.switches, before->switches) : FIG_UNKNOWN;
	add(&m->busy_ns, row->busy_ns);
	for (int i = 0; i < CPU_MODE_NR; i++)
		add(&m->mode_ns[i], row->mode_ns[i]);
	add(&m->idle_ns, row->mode_ns[CPU_IDLE]);
	add(&m->idle_ns, row->mode_ns[CPU_IOWAIT]);
	add(&m->runq_len, row->runq_len);
	add(&m->switches, row->switches);
}

/* These belong to the machine: a CPU that went offline keeps its part. */
static void publish_births(const struct cpu_one *c, bool total, struct machine *m)
{
	const struct cpu_counts *before = total ? &c->first : &c->last;

	if (!c->has_sched)
		return;
	add(&m->forks, growth(c->now.forks, before->forks));
	add(&m->execs, growth(c->now.execs, before->execs));
	add(&m->exits, growth(c->now.exits, before->exits));
}

static void publish_hist(struct cpu_hist *h, bool total, struct hist *ret)
{
	const struct hist *before = total ? &h->first : &h->last;

	for (int i = 0; i < HIST_SLOTS; i++)
		ret->slots[i] =
			h->now.slots[i] > before->slots[i] ? h->now.slots[i] - before->slots[i] : 0;
	ret->max_ns = total ? h->first.max_ns : h->now.max_ns;
}

static void reset_machine(struct machine *m)
{
	m->cpus = 0;
	m->busy_ns = m->idle_ns = m->runq_len = m->switches = FIG_UNKNOWN;
	m->forks = m->execs = m->exits = FIG_UNKNOWN;
	for (int i = 0; i < CPU_MODE_NR; i++)
		m->mode_ns[i] = FIG_UNKNOWN;
}

static void cpu_publish(void *state, const struct tick_rec *tick, enum window window,
			struct snapshot *snap)
{
	bool total = window != WINDOW_INTERVAL;
	struct cpu_state *s = state;
	struct machine *m = &snap->m;
	struct cpu_one *c;

	reset_machine(m);
	snap->cpus_nr = 0;
	for (int i = 0; i < s->cpus_nr; i++) {
		c = &s->cpus[i];
		publish_births(c, total, m);
		if (c->stat_fresh || c->sched_fresh)
			publish_cpu(c, i, total, &s->rows[snap->cpus_nr++], m);
		c->stat_fresh = c->sched_fresh = false;
	}
	snap->cpus = s->rows;
	m->cpus = snap->cpus_nr;
	publish_hist(&s->hists[HIST_RUNQ], total, &snap->runq);
	publish_hist(&s->hists[HIST_ONCPU], total, &snap->oncpu);
	m->runq_p50_ns = hist_percentile_ns(&snap->runq, 500);
	m->runq_p99_ns = hist_percentile_ns(&snap->runq, 990);
	m->runq_max_ns = snap->runq.max_ns ? (int64_t)snap->runq.max_ns : FIG_UNKNOWN;
	restart(s, false);
}

static const struct model_ops cpu_model = {
	.name = "cpu",
	.pane = PANE_CPU,
	.state_size = sizeof(struct cpu_state),
	.apply = cpu_apply,
	.publish = cpu_publish,
};

extern const struct model_ops cpu_events_model, blocked_model;
const struct model_ops *const cpu_models[] = {&cpu_model, &cpu_events_model, &blocked_model, NULL};
