/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The synthetic source: what each thread does in an interval. Integers only, so that every
 * compiler and machine gives the same bytes.
 */
#include "synth.h"

#include <errno.h>

#include "synth_host.h"

#define VISIT_EVERY 150	 /* switches from one visit of another CPU to the next */
#define SPARE_NS    1000 /* an interval's CPUs are never quite full */

uint32_t synth_random(struct synth *s)
{
	/* splitmix64 */
	uint64_t z = s->rng += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (uint32_t)(z >> 32);
}

uint64_t synth_below(struct synth *s, uint64_t limit)
{
	uint64_t r = (uint64_t)synth_random(s) << 20 ^ synth_random(s);

	return limit ? r % limit : 0;
}

/* `value`, give or take 6 %. */
uint64_t synth_about(struct synth *s, uint64_t value)
{
	return value / 1000 * (940 + synth_below(s, 121)) + value % 1000;
}

uint64_t synth_charge(struct synth *s, uint16_t *cpu, bool pinned, uint64_t want_ns,
		      uint32_t user_pm)
{
	uint64_t got_ns = 0;

	for (uint32_t i = 0; i < s->cpus_nr && got_ns < want_ns; i++) {
		uint16_t nr = (uint16_t)((*cpu + (i ? 1 : 0)) % s->cpus_nr);
		struct cpu *c = &s->cpus[nr];
		uint64_t ns = synth_least(c->left_ns, want_ns - got_ns);

		if (i > 0 && pinned)
			break;
		*cpu = nr;
		c->left_ns -= ns;
		c->mode_ns[CPU_USER] += ns * user_pm / 1000;
		c->mode_ns[CPU_SYSTEM] += ns - ns * user_pm / 1000;
		got_ns += ns;
	}
	return got_ns;
}

/* How one thread spends one interval. */
struct share {
	uint64_t on_ns, runq_ns, blk_ns, rest_ns, switches;
};

static struct share thread_share(struct synth *s, const struct synth_role *role, struct thread *t,
				 uint64_t wall_ns)
{
	uint64_t want_ns = synth_least(synth_about(s, wall_ns / 1000 * role->on_pm), wall_ns);
	uint64_t runq_ns = synth_about(s, wall_ns / 1000 * role->runq_pm);
	uint16_t cpu = t->cpu;
	struct share sh = {0};

	sh.on_ns = synth_charge(s, &cpu, role->pinned, want_ns * s->scale_ppm / 1000000,
				role->user_pm);
	if (cpu != t->cpu) {
		t->migrations++;
		s->cpus[t->cpu].migrations_out++;
		s->cpus[cpu].migrations_in++;
	}
	t->cpu = cpu;
	/* What it wanted and did not get it waited for. */
	sh.runq_ns = synth_least(runq_ns + want_ns - sh.on_ns, wall_ns - sh.on_ns);
	sh.blk_ns = synth_least(synth_about(s, wall_ns / 1000 * role->blk_pm),
				wall_ns - sh.on_ns - sh.runq_ns);
	sh.rest_ns = wall_ns - sh.on_ns - sh.runq_ns - sh.blk_ns;
	return sh;
}

/* The class in which the interval ends: each as likely as its time is long. */
static uint64_t pick_class(struct synth *s, const struct synth_role *role, struct thread *t,
			   const struct share *sh, uint64_t wall_ns)
{
	struct cpu *c = &s->cpus[t->cpu];
	uint64_t at = synth_below(s, wall_ns);
	bool rests = role->every > 1;

	if (!rests && at < sh->on_ns && !c->running) {
		c->running = 1;
		t->wclass = WAIT_ONCPU;
		return sh->on_ns;
	}
	if (!rests && at < sh->on_ns + sh->runq_ns && sh->runq_ns > 0) {
		c->queued++;
		t->wclass = WAIT_RUNQ;
		return sh->runq_ns;
	}
	if (!rests && sh->blk_ns > 0 && (at < wall_ns - sh->rest_ns || sh->rest_ns == 0)) {
		t->wclass = role->blk;
		return sh->blk_ns;
	}
	if (sh->rest_ns > 0) {
		t->wclass = role->rest;
		return sh->rest_ns;
	}
	/* Always on a CPU, and another one runs there now: it has just become runnable. */
	c->queued++;
	t->wclass = WAIT_RUNQ;
	return 0;
}

/* Now and then a thread runs on the next CPU for once, and comes back. */
static void visit(struct synth *s, const struct synth_role *role, struct thread *t, uint64_t nr)
{
	struct cpu *home = &s->cpus[t->cpu], *next = &s->cpus[(t->cpu + 1U) % s->cpus_nr];

	if (role->pinned || home == next)
		return;
	t->migrations += (uint32_t)(2 * nr);
	home->migrations_in += nr;
	home->migrations_out += nr;
	next->migrations_in += nr;
	next->migrations_out += nr;
}

static void thread_count(struct synth *s, struct proc *p, struct thread *t, const struct share *sh,
			 uint64_t wall_ns)
{
	const struct synth_role *role = p->role;
	uint64_t milli = wall_ns / 1000000;
	uint64_t vcsw = synth_about(s, role->vcsw_s * milli) / 1000;
	uint64_t ivcsw = synth_about(s, role->ivcsw_s * milli) / 1000;
	uint64_t user_ns = sh->on_ns * role->user_pm / 1000;

	if (vcsw + ivcsw == 0)
		vcsw = 1;
	t->oncpu_ns += sh->on_ns;
	t->runq_ns += sh->runq_ns;
	t->utime_ns += user_ns;
	t->stime_ns += sh->on_ns - user_ns;
	if (sh->blk_ns)
		t->class_ns[role->blk - WAIT_FIRST_SLEEP] += sh->blk_ns;
	t->class_ns[role->rest - WAIT_FIRST_SLEEP] += sh->rest_ns;
	t->nvcsw += vcsw;
	t->nivcsw += ivcsw;
	t->minflt += synth_about(s, role->minflt_s * milli) / 1000;
	t->majflt += (uint32_t)(synth_about(s, role->majflt_s * milli) / 1000);
	s->cpus[t->cpu].switches += vcsw + ivcsw;
	s->runq_ns += sh->runq_ns;
	if (role->blk == WAIT_DISK)
		s->disk_ns += sh->blk_ns;
	s->cpus[t->cpu].wakings += vcsw;
	visit(s, role, t, (vcsw + ivcsw) / VISIT_EVERY);
	synth_hist(s, p, t, HIST_ONCPU, vcsw + ivcsw, sh->on_ns, 3);
	synth_hist(s, p, t, HIST_RUNQ, vcsw + ivcsw, sh->runq_ns, role->tail ? role->tail : 4);
	synth_hist(s, p, t, HIST_OFFCPU, vcsw + ivcsw, wall_ns - sh->on_ns, 4);
	synth_wakers_run(s, p, vcsw);
	synth_calls_run(s, p, t, vcsw, sh->blk_ns, sh->rest_ns);
}

static void thread_idle(struct synth *s, struct thread *t, uint64_t wall_ns)
{
	t->class_ns[t->wclass - WAIT_FIRST_SLEEP] += wall_ns;
	if (t->wclass == WAIT_DISK)
		s->disk_ns += wall_ns;
}

static bool thread_awake(const struct synth *s, const struct proc *p, uint32_t i)
{
	const struct synth_role *role = p->role;

	if (role->on_pm == 0 || i >= (role->busy ? role->busy : 1U))
		return false;
	return role->every < 2 || (s->tick_nr + p->tgid + i) % role->every == 0;
}

void synth_thread_run(struct synth *s, struct proc *p, uint32_t i, uint64_t to_ns)
{
	struct thread *t = &p->threads[i];
	uint64_t from_ns = t->start_ns > s->from_ns ? t->start_ns : s->from_ns;
	uint64_t wall_ns = to_ns - from_ns, in_class_ns, cap_ns, switches = t->nvcsw + t->nivcsw;
	struct share sh;

	if (!thread_awake(s, p, i)) {
		thread_idle(s, t, wall_ns);
		return;
	}
	sh = thread_share(s, p->role, t, wall_ns);
	thread_count(s, p, t, &sh, wall_ns);
	in_class_ns = pick_class(s, p->role, t, &sh, wall_ns);
	switches = t->nvcsw + t->nivcsw - switches;
	cap_ns = synth_least(in_class_ns, 3 * in_class_ns / (switches + 1) + 1);
	t->since_ns = to_ns - (cap_ns ? 1 + synth_below(s, cap_ns) : 0);
	t->changed = p->changed = true;
}

/* All that wants a CPU, against the CPUs there are. */
static void measure_demand(struct synth *s)
{
	uint64_t have = (uint64_t)s->cpus_nr * 950, want = synth_storm_per_s(s);

	want = want * s->host->storm_oncpu_ns / 1000000;
	for (uint32_t i = 0; i < s->procs_nr; i++) {
		const struct synth_role *role = s->procs[i].role;

		if (s->procs[i].alive && !role->pinned && role->every < 2)
			want += role->on_pm * (role->busy ? role->busy : 1U);
	}
	s->scale_ppm = want > have ? (uint32_t)(have * 1000000 / want) : 1000000;
}

static void interval_begin(struct synth *s)
{
	uint64_t wall_ns = s->opts.interval_ns + synth_below(s, 200000);

	s->gap = s->host->hostile && s->tick_nr == 5;
	if (s->gap)
		wall_ns *= 90;
	s->from_ns = s->now_ns;
	s->now_ns += wall_ns;
	s->real_ns += wall_ns + (s->gap ? 3600 * NS_PER_S : 0);
	s->boot_ns += wall_ns + (s->gap ? 3600 * NS_PER_S : 0);
	s->disk_ns = s->runq_ns = 0;
	for (uint32_t i = 0; i < s->cpus_nr; i++) {
		s->cpus[i].left_ns = s->cpus[i].all_ns = wall_ns - SPARE_NS;
		s->cpus[i].running = s->cpus[i].queued = 0;
		synth_irqs_run(s, i);
	}
	for (int w = 0; w < HIST_WHICH_NR; w++)
		s->machine_max_ns[w] = 0;
	measure_demand(s);
}

/* What no interrupt and no thread took was idle, and some of that waited for disks. */
static void interval_end(struct synth *s)
{
	uint64_t iowait_ns = s->disk_ns / s->cpus_nr; /* of each CPU, as those who wait lie */

	for (uint32_t i = 0; i < s->cpus_nr; i++) {
		struct cpu *c = &s->cpus[i];
		uint64_t io_ns = synth_least(c->left_ns, iowait_ns);

		c->idle = c->left_ns == c->free_ns;
		c->mode_ns[CPU_IOWAIT] += io_ns;
		c->mode_ns[CPU_IDLE] += c->left_ns - io_ns + SPARE_NS;
	}
}

int synth_tick(struct source *source, uint32_t flags, record_fn fn, void *ctx)
{
	struct synth *s = (struct synth *)source;

	if (s->opts.ticks && s->tick_nr >= s->opts.ticks)
		return -ENODATA;
	s->fn = fn;
	s->ctx = ctx;
	s->key = s->tick_nr % s->opts.key_every == 0 || flags & TICK_F_KEY;
	interval_begin(s);
	if (s->tick_nr == 0)
		synth_emit_host(s);
	synth_events(s);
	for (uint32_t i = 0; i < s->procs_nr; i++)
		for (uint32_t j = 0; s->procs[i].alive && j < s->procs[i].threads_all; j++)
			if (!s->procs[i].threads[j].gone)
				synth_thread_run(s, &s->procs[i], j, s->now_ns);
	interval_end(s);
	synth_disks_run(s);
	synth_files_run(s);
	synth_ring_flush(s);
	synth_emit_pass(s);
	synth_emit_tick(s, (s->key ? TICK_F_KEY : 0) | (s->gap ? TICK_F_GAP : 0) |
				   (s->tick_nr == 0 ? TICK_F_FIRST : 0));
	s->tick_nr++;
	return 0;
}
