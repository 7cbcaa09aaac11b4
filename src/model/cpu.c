/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The CPU pane's model: what belongs to a CPU or to the whole machine. Each counter is kept
 * beside its values at the moments from which windows count: the last publish, the first
 * tick, the mark.
 */
#include <string.h>

#include "heat.h"
#include "model.h"
#include "since.h"

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define CPU_ALL	   (-1)
#define HZ_KEPT_NS 10000000000ULL /* a frequency holds for so long */

struct cpu_counts {
	uint64_t ns[CPU_MODE_NR];
	uint64_t switches, forks, execs, exits, migrations_in, migrations_out;
};

struct cpu_one {
	struct cpu_counts now, base[SINCE_NR];
	uint64_t hz, hz_ns; /* frequency, and when it was read */
	uint32_t nr_running;
	bool has_stat, has_sched; /* ever: its counters have a beginning */
	bool stat_fresh, sched_fresh; /* since the last publish: it is online */
};

struct cpu_hist {
	uint64_t slots[HIST_SLOTS];
	struct hist base[SINCE_NR]; /* max_ns: of what came since */
	struct heat_fold heat;
	struct heat_column columns[2 * HEAT_COLUMNS]; /* of it */
};

struct cpu_state {
	struct cpu_one cpus[SNAP_CPUS_MAX];
	struct cpu_row rows[1 + SNAP_CPUS_MAX]; /* all together, then one by one */
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
	for (int i = 0; !c->has_stat && i < SINCE_NR; i++) /* what was before is not ours to tell */
		memcpy(c->base[i].ns, r->ns, sizeof(c->base[i].ns));
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
		.switches = r->switches,
		.forks = r->forks,
		.execs = r->execs,
		.exits = r->exits,
		.migrations_in = r->migrations_in,
		.migrations_out = r->migrations_out,
	};
	memcpy(c->now.ns, was.ns, sizeof(was.ns));
	c->nr_running = r->nr_running;
	c->has_sched = c->sched_fresh = true;
}

static void on_freq(struct cpu_state *s, const struct cpu_freq_rec *r)
{
	struct cpu_one *c = get_cpu(s, r->h.cpu);

	if (!c)
		return;
	c->hz = r->hz;
	c->hz_ns = r->h.ts_ns;
}

static void on_hist(struct cpu_state *s, const struct cpu_hist_rec *r)
{
	struct cpu_hist *h = &s->hists[r->which];

	memcpy(h->slots, r->slots, sizeof(h->slots));
	for (int i = 0; i < SINCE_NR; i++)
		if (r->max_ns > h->base[i].max_ns)
			h->base[i].max_ns = r->max_ns;
}

/* A window begins anew. */
static void restart(struct cpu_state *s, enum since since)
{
	struct hist *base;

	for (int i = 0; i < s->cpus_nr; i++)
		s->cpus[i].base[since] = s->cpus[i].now;
	for (int i = 0; i < HIST_WHICH_NR; i++) {
		base = &s->hists[i].base[since];
		memcpy(base->slots, s->hists[i].slots, sizeof(base->slots));
		base->max_ns = 0;
	}
}

static void on_tick(struct cpu_state *s, const struct tick_rec *r)
{
	bool first = !s->started || (r->flags & TICK_F_FIRST), gap = r->flags & TICK_F_GAP;

	for (int i = 0; first && i < SINCE_NR; i++)
		restart(s, (enum since)i);
	if (gap)
		restart(s, SINCE_PUBLISH);
	for (int i = 0; i < HIST_WHICH_NR; i++) {
		heat_fold_init(&s->hists[i].heat, s->hists[i].columns, HEAT_COLUMNS);
		heat_tick(&s->hists[i].heat, r->h.ts_ns, s->hists[i].slots, first || gap);
	}
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
	case CPU_FREQ:
		on_freq(state, REC(cpu_freq_rec, ev));
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

static void set_sums(struct cpu_row *row)
{
	row->busy_ns = row->total_ns = FIG_UNKNOWN;
	for (int i = 0; i < CPU_MODE_NR; i++) {
		if (is_busy(i))
			add(&row->busy_ns, row->mode_ns[i]);
		if (is_busy(i) || i == CPU_IDLE || i == CPU_IOWAIT)
			add(&row->total_ns, row->mode_ns[i]);
	}
}

static int64_t share(int64_t part_ns, int64_t total_ns)
{
	if (part_ns == FIG_UNKNOWN || total_ns <= 0)
		return FIG_UNKNOWN;
	return (int64_t)((double)part_ns * 100000 / (double)total_ns + 0.5);
}

/* Time in guests stands in a column of its own, as in mpstat: it is not in usr and nice. */
static int64_t without(int64_t ns, int64_t guest_ns)
{
	if (ns == FIG_UNKNOWN || guest_ns == FIG_UNKNOWN)
		return ns;
	return ns > guest_ns ? ns - guest_ns : 0;
}

static void set_shares(struct cpu_row *row)
{
	static const enum cpu_mode mode_of[SHARE_NR] = {
		[SHARE_SYS] = CPU_SYSTEM, [SHARE_IOWAIT] = CPU_IOWAIT,	 [SHARE_IRQ] = CPU_IRQ,
		[SHARE_IDLE] = CPU_IDLE,  [SHARE_SOFTIRQ] = CPU_SOFTIRQ, [SHARE_STEAL] = CPU_STEAL,
	};
	const int64_t *ns = row->mode_ns;
	int64_t guest_ns = ns[CPU_GUEST];

	for (int i = 0; i < SHARE_NR; i++)
		row->share_pct[i] = share(ns[mode_of[i]], row->total_ns);
	add(&guest_ns, ns[CPU_GUEST_NICE]);
	row->share_pct[SHARE_USR] = share(without(ns[CPU_USER], ns[CPU_GUEST]), row->total_ns);
	row->share_pct[SHARE_NICE] = share(without(ns[CPU_NICE], ns[CPU_GUEST_NICE]), row->total_ns);
	row->share_pct[SHARE_GUEST] = share(guest_ns, row->total_ns);
	row->busy_pct = share(row->busy_ns, row->total_ns);
}

/* Where CPUs are many a tick reads only some of them. */
static int64_t frequency(const struct cpu_one *c, const struct tick_rec *tick)
{
	if (!c->hz || c->hz > VALUE_MAX || tick->h.ts_ns > c->hz_ns + HZ_KEPT_NS)
		return FIG_UNKNOWN;
	return (int64_t)c->hz;
}

static void publish_cpu(const struct cpu_one *c, int cpu, enum since since, struct cpu_row *row)
{
	const struct cpu_counts *before = &c->base[since];
	bool has = c->has_sched;

	row->cpu = cpu;
	for (int i = 0; i < CPU_MODE_NR; i++)
		row->mode_ns[i] = c->has_stat ? growth(c->now.ns[i], before->ns[i]) : FIG_UNKNOWN;
	set_sums(row);
	set_shares(row);
	row->runq_len = has ? c->nr_running : FIG_UNKNOWN;
	row->switches = has ? growth(c->now.switches, before->switches) : FIG_UNKNOWN;
	row->migrations_in =
		has ? growth(c->now.migrations_in, before->migrations_in) : FIG_UNKNOWN;
	row->migrations_out =
		has ? growth(c->now.migrations_out, before->migrations_out) : FIG_UNKNOWN;
}

static void add_row(struct cpu_row *all, const struct cpu_row *row)
{
	for (int i = 0; i < CPU_MODE_NR; i++)
		add(&all->mode_ns[i], row->mode_ns[i]);
	add(&all->runq_len, row->runq_len);
	add(&all->switches, row->switches);
	add(&all->migrations_in, row->migrations_in);
	add(&all->migrations_out, row->migrations_out);
}

/* These belong to the machine: a CPU that went offline keeps its part. */
static void publish_births(const struct cpu_one *c, enum since since, struct machine *m)
{
	const struct cpu_counts *before = &c->base[since];

	if (!c->has_sched)
		return;
	add(&m->forks, growth(c->now.forks, before->forks));
	add(&m->execs, growth(c->now.execs, before->execs));
	add(&m->exits, growth(c->now.exits, before->exits));
}

static void publish_hist(const struct cpu_hist *h, enum since since, struct hist *ret)
{
	const struct hist *before = &h->base[since];

	for (int i = 0; i < HIST_SLOTS; i++)
		ret->slots[i] =
			h->slots[i] > before->slots[i] ? h->slots[i] - before->slots[i] : 0;
	ret->max_ns = before->max_ns;
}

static void publish_hists(struct cpu_state *s, enum since since, struct snapshot *snap)
{
	struct machine *m = &snap->m;

	publish_hist(&s->hists[HIST_RUNQ], since, &snap->runq);
	publish_hist(&s->hists[HIST_ONCPU], since, &snap->oncpu);
	publish_hist(&s->hists[HIST_OFFCPU], since, &snap->offcpu);
	m->runq_p50_ns = hist_percentile_ns(&snap->runq, 500);
	m->runq_p99_ns = hist_percentile_ns(&snap->runq, 990);
	m->runq_max_ns = hist_max_ns(&snap->runq);
	for (int i = 0; i < HIST_WHICH_NR; i++)
		snap->heat[i] = heat_publish(&s->hists[i].heat);
}

static void reset_all(struct cpu_row *all, struct machine *m)
{
	*all = (struct cpu_row){.cpu = CPU_ALL, .hz = FIG_UNKNOWN};
	all->runq_len = all->switches = all->migrations_in = all->migrations_out = FIG_UNKNOWN;
	for (int i = 0; i < CPU_MODE_NR; i++)
		all->mode_ns[i] = FIG_UNKNOWN;
	m->forks = m->execs = m->exits = FIG_UNKNOWN;
}

static void publish_all(struct cpu_row *all, struct machine *m)
{
	set_sums(all);
	set_shares(all);
	m->busy_ns = all->busy_ns;
	m->idle_ns = FIG_UNKNOWN;
	memcpy(m->mode_ns, all->mode_ns, sizeof(m->mode_ns));
	add(&m->idle_ns, all->mode_ns[CPU_IDLE]);
	add(&m->idle_ns, all->mode_ns[CPU_IOWAIT]);
	m->runq_len = all->runq_len;
	m->switches = all->switches;
}

static void cpu_publish(void *state, const struct tick_rec *tick, enum window window,
			struct snapshot *snap)
{
	enum since since = since_of(window);
	struct cpu_state *s = state;
	struct cpu_row *row, *all = s->rows;
	struct cpu_one *c;

	reset_all(all, &snap->m);
	snap->cpus_all = all;
	snap->cpus = all + 1;
	snap->cpus_nr = 0;
	for (int i = 0; i < s->cpus_nr; i++) {
		c = &s->cpus[i];
		publish_births(c, since, &snap->m);
		if (c->stat_fresh || c->sched_fresh) {
			row = &s->rows[1 + snap->cpus_nr++];
			publish_cpu(c, i, since, row);
			row->hz = frequency(c, tick);
			add_row(all, row);
		}
		c->stat_fresh = c->sched_fresh = false;
	}
	snap->m.cpus = snap->cpus_nr;
	publish_all(all, &snap->m);
	publish_hists(s, since, snap);
	restart(s, SINCE_PUBLISH);
}

static void cpu_mark(void *state)
{
	restart(state, SINCE_MARK);
}

static const struct model_ops cpu_model = {
	.name = "cpu",
	.pane = PANE_CPU,
	.state_size = sizeof(struct cpu_state),
	.apply = cpu_apply,
	.publish = cpu_publish,
	.mark = cpu_mark,
};

extern const struct model_ops cpu_irq_model;
extern const struct model_ops cpu_calls_model;
extern const struct model_ops cpu_events_model, blocked_model;
extern const struct model_ops pairs_model, exemplars_model, usual_model;
const struct model_ops *const cpu_models[] = {&cpu_model, &pairs_model, &exemplars_model, &usual_model, &cpu_irq_model, &cpu_events_model, &blocked_model, &cpu_calls_model, NULL};
