/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: named sets of options, construction, and the truth for tests. */
#include "synth.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "synth_host.h"

#define THREADS_MAX    1000000
#define TID_FIRST      30000
#define LOAD_PID_FIRST 1000
#define START_REAL_NS  (1795320660ULL * NS_PER_S) /* 2026-11-22 04:11:00 UTC */

/* clang-format off */
static const struct {
	const char *name;
	struct synth_opts opts;
} sets[] = {
	{ "database", { .scene = SYNTH_DATABASE, .seed = 1 } },
	{ "hostile", { .scene = SYNTH_HOSTILE, .seed = 2 } },
	{ "losses", { .scene = SYNTH_DATABASE, .seed = 3, .losses = true } },
	{ "no-runq", { .scene = SYNTH_DATABASE, .seed = 6, .no_runq = true } },
	{ "no-bpf", { .scene = SYNTH_DATABASE, .seed = 1, .no_runq = true, .no_bpf = true } },
	{ "plain", { .scene = SYNTH_DATABASE, .seed = 1, .demand_off = DEMAND_ALL } },
	{ "load", { .scene = SYNTH_LOAD, .seed = 4, .processes = 300, .threads = 2,
		    .idle_permille = 700, .storm_per_s = 100 } },
	{ "big", { .scene = SYNTH_LOAD, .seed = 5, .cpus = 64, .processes = 10000,
		   .threads = 10, .idle_permille = 500 } },
	{ "cpus", { .scene = SYNTH_LOAD, .seed = 7, .cpus = 4096, .processes = 3000,
		    .threads = 2, .idle_permille = 200 } },
	{ "disks", { .scene = SYNTH_LOAD, .seed = 8, .processes = 300, .disks = 1000 } },
	{ "files", { .scene = SYNTH_LOAD, .seed = 9, .processes = 300, .files = 2000 } },
};
/* clang-format on */

int synth_options(const char *name, struct synth_opts *ret)
{
	for (unsigned i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (strcmp(name, sets[i].name) != 0)
			continue;
		*ret = sets[i].opts;
		return 0;
	}
	return -ENOENT;
}

static uint32_t role_count(const struct synth_role *role)
{
	return role->count ? role->count : 1;
}

static uint32_t role_threads(const struct synth *s, const struct synth_role *role)
{
	if (s->opts.scene == SYNTH_LOAD)
		return s->opts.threads;
	return role->threads ? role->threads : 1;
}

/* Role 0 of the load sleeps; the others take turns. */
static const struct synth_role *load_role(const struct synth *s, uint32_t i)
{
	if (i * 7919ULL % 1000 < s->opts.idle_permille)
		return &s->host->roles[0];
	return &s->host->roles[1 + i % (s->host->roles_nr - 1)];
}

static void count_all(struct synth *s)
{
	if (s->opts.scene == SYNTH_LOAD) {
		s->procs_nr = s->opts.processes;
		s->threads_nr = s->procs_nr * s->opts.threads;
		return;
	}
	for (uint32_t i = 0; i < s->host->roles_nr; i++) {
		const struct synth_role *role = &s->host->roles[i];

		s->procs_nr += role_count(role);
		s->threads_nr += role_count(role) * role_threads(s, role);
	}
}

/* The name, with '#' as the number of the instance; not always NUL-terminated, as in the kernel. */
static void name_proc(struct proc *p, uint32_t number)
{
	char comm[64];
	const char *hash = strchr(p->role->comm, '#');

	if (hash)
		snprintf(comm, sizeof(comm), "%.*s%u%s", (int)(hash - p->role->comm), p->role->comm,
			 number, hash + 1);
	else
		snprintf(comm, sizeof(comm), "%s", p->role->comm);
	memset(p->comm, 0, sizeof(p->comm));
	memcpy(p->comm, comm, strnlen(comm, sizeof(p->comm)));
}

/* What a thread did before the recording began, as it does now. */
static void thread_history(const struct synth_role *role, struct thread *t, uint64_t age_ns)
{
	uint64_t share_ns = age_ns / 1000 / (role->every ? role->every : 1), s = age_ns / NS_PER_S;
	uint64_t slept_ns;

	t->oncpu_ns = share_ns * role->on_pm;
	t->utime_ns = t->oncpu_ns / 1000 * role->user_pm;
	t->stime_ns = t->oncpu_ns - t->utime_ns;
	t->runq_ns = share_ns * role->runq_pm;
	t->nvcsw = s * role->vcsw_s;
	t->nivcsw = s * role->ivcsw_s;
	t->minflt = s * role->minflt_s;
	t->majflt = (uint32_t)(s * role->majflt_s);
	slept_ns = age_ns - t->oncpu_ns - t->runq_ns;
	if (role->blk_pm) {
		t->class_ns[role->blk - WAIT_FIRST_SLEEP] += share_ns * role->blk_pm;
		slept_ns -= share_ns * role->blk_pm;
	}
	t->class_ns[role->rest - WAIT_FIRST_SLEEP] += slept_ns;
}

static void thread_setup(struct synth *s, struct proc *p, uint32_t i, uint32_t pid)
{
	const struct synth_role *role = p->role;
	struct thread *t = &p->threads[i];
	bool runs = role->on_pm > 0 && i < (role->busy ? role->busy : 1U);
	uint64_t age_ns = s->now_ns - p->start_ns;

	t->pid = pid;
	t->start_ns = p->start_ns + i * 1000000ULL;
	t->wclass = role->rest;
	t->cpu = (uint16_t)(role->pinned ? (role->pinned - 1U) % s->cpus_nr : pid % s->cpus_nr);
	t->since_ns = role->stuck_s ? s->now_ns - role->stuck_s * NS_PER_S : t->start_ns;
	if (runs && !role->born) {
		thread_history(role, t, age_ns);
		t->since_ns = s->now_ns;
	} else if (role->stuck_s) {
		/* It worked until it was stuck. */
		t->oncpu_ns = t->stime_ns = (t->since_ns - t->start_ns) / 20;
		t->class_ns[WAIT_IDLE - WAIT_FIRST_SLEEP] = t->since_ns - t->start_ns - t->oncpu_ns;
		t->class_ns[role->rest - WAIT_FIRST_SLEEP] += s->now_ns - t->since_ns;
	} else {
		t->class_ns[role->rest - WAIT_FIRST_SLEEP] = age_ns - i * 1000000ULL;
	}
	if (s->host->hostile) {
		/* All that wraps will wrap soon. */
		t->majflt = t->migrations = UINT32_MAX - 20;
		t->nivcsw += UINT32_MAX - 100U;
	}
}

static void proc_setup(struct synth *s, struct proc *p, const struct synth_role *role,
		       uint32_t number, struct thread *threads, uint32_t tgid, uint32_t *tid)
{
	uint64_t age_ns = (role->age_s ? role->age_s : 3600) * NS_PER_S + number * 12345678ULL;

	if (role->age_s == 0 && s->opts.scene != SYNTH_LOAD)
		age_ns = s->now_ns - 2 * NS_PER_S - tgid * 1000003ULL % NS_PER_S;
	p->role = role;
	p->tgid = tgid;
	p->threads = threads;
	p->threads_nr = p->threads_all = role_threads(s, role);
	p->alive = role->born == 0;
	p->fresh = p->changed = true;
	p->start_ns = s->now_ns - (age_ns < s->now_ns ? age_ns : s->now_ns - 1);
	name_proc(p, number);
	for (uint32_t i = 0; i < p->threads_nr; i++)
		thread_setup(s, p, i, i == 0 ? tgid : (*tid)++);
	if (s->host->hostile)
		for (unsigned i = 0; i < HIST_SLOTS; i++)
			p->slots[HIST_RUNQ][i] = UINT32_MAX - 50;
}

static void people(struct synth *s)
{
	uint32_t proc = 0, thread = 0, tid = TID_FIRST;

	for (uint32_t i = 0; s->opts.scene == SYNTH_LOAD && i < s->procs_nr; i++) {
		tid = LOAD_PID_FIRST + i * s->opts.threads + 1;
		proc_setup(s, &s->procs[i], load_role(s, i), i, &s->threads[thread], tid - 1, &tid);
		thread += s->opts.threads;
	}
	for (uint32_t i = 0; s->opts.scene != SYNTH_LOAD && i < s->host->roles_nr; i++) {
		const struct synth_role *role = &s->host->roles[i];

		for (uint32_t n = 0; n < role_count(role); n++, proc++) {
			proc_setup(s, &s->procs[proc], role, n, &s->threads[thread], role->pid + n,
				   &tid);
			thread += role_threads(s, role);
		}
	}
}

static void synth_free(struct source *source)
{
	struct synth *s = (struct synth *)source;

	free(s->procs);
	free(s->threads);
	free(s->cpus);
	free(s->irqs);
	free(s->irq_counts);
	free(s->groups);
	free(s->calls);
	free(s->calls_rest);
	free(s->losses);
	free(s->ring);
	synth_disks_free(s);
	synth_files_free(s);
	free(s);
}

static int synth_fd(struct source *s)
{
	return -1;
}

static int synth_drain(struct source *s, int budget, record_fn fn, void *ctx)
{
	return 0;
}

static const struct source_ops synth_ops = {
	.name = "synthetic",
	.fd = synth_fd,
	.drain = synth_drain,
	.tick = synth_tick,
	.free = synth_free,
};

static int check_options(struct synth_opts *o)
{
	if (o->scene >= SYNTH_SCENE_NR || o->cpus > SYNTH_CPUS_MAX || o->idle_permille > 1000 ||
	    o->storm_per_s > THREADS_MAX || o->disks > SYNTH_DISKS_MAX || o->files > SYNTH_FILES_MAX || o->interval_ns > 3600 * NS_PER_S)
		return -EINVAL;
	o->threads = o->threads ? o->threads : 1;
	o->key_every = o->key_every ? o->key_every : 30;
	o->interval_ns = o->interval_ns ? o->interval_ns : NS_PER_S;
	if (o->interval_ns < 1000000)
		return -EINVAL;
	if (o->scene == SYNTH_LOAD && (uint64_t)o->processes * o->threads > THREADS_MAX)
		return -EINVAL;
	return 0;
}

static void clocks(struct synth *s)
{
	s->now_ns = s->host->uptime_s * NS_PER_S;
	s->boot_ns = s->now_ns;
	s->real_ns = START_REAL_NS;
	for (int i = 0; i < 3; i++)
		s->load_micro[i] = s->host->load_centi[i] * 10000ULL;
	for (uint32_t i = 0; i < s->cpus_nr; i++) {
		s->cpus[i].mode_ns[CPU_USER] = s->now_ns / 3;
		s->cpus[i].mode_ns[CPU_SYSTEM] = s->now_ns / 9;
		s->cpus[i].mode_ns[CPU_IDLE] = s->now_ns - s->now_ns / 3 - s->now_ns / 9;
	}
}

static int allocate(struct synth *s)
{
	s->procs = calloc(s->procs_nr + 1, sizeof(*s->procs));
	s->threads = calloc(s->threads_nr + 1, sizeof(*s->threads));
	s->cpus = calloc(s->cpus_nr, sizeof(*s->cpus));
	s->losses = calloc((size_t)s->host->probes_nr * s->cpus_nr + 1, sizeof(*s->losses));
	s->groups = calloc(s->props->groups_nr, sizeof(*s->groups));
	s->calls = calloc(CALLS_MAX, sizeof(*s->calls));
	s->calls_rest = calloc(s->props->calls_nr + 1, sizeof(*s->calls_rest));
	s->ring = calloc(RING_QUEUE, sizeof(*s->ring));
	if (!s->procs || !s->threads || !s->cpus || !s->losses || !s->groups || !s->calls ||
	    !s->calls_rest || !s->ring)
		return -ENOMEM;
	return synth_irqs_setup(s);
}

int synth_new(const struct synth_opts *opts, struct source **ret_source)
{
	struct synth *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return -ENOMEM;
	s->source.ops = &synth_ops;
	s->opts = *opts;
	ret = check_options(&s->opts);
	if (ret) {
		free(s);
		return ret;
	}
	s->host = &synth_hosts[s->opts.scene];
	s->props = &synth_props[s->opts.scene];
	s->rng = s->opts.seed;
	s->demand = DEMAND_ALL & ~s->opts.demand_off;
	if (s->opts.no_bpf)
		s->demand &= DEMAND_IRQS | DEMAND_FREQ | DEMAND_CGROUPS | DEMAND_DISKS | DEMAND_CACHES | DEMAND_MOUNTS;
	s->storm_pid = 2000000;
	s->cpus_nr = s->opts.cpus ? s->opts.cpus : s->host->cpus;
	count_all(s);
	ret = allocate(s);
	if (ret) {
		synth_free(&s->source);
		return ret;
	}
	clocks(s);
	people(s);
	ret = synth_disks_setup(s);
	if (!ret)
		ret = synth_files_setup(s);
	if (ret) {
		synth_free(&s->source);
		return ret;
	}
	synth_calls_setup(s);
	synth_hogs_setup(s);
	for (uint32_t i = 0; i < s->procs_nr; i++)
		synth_pairs_setup(s, &s->procs[i]);
	*ret_source = &s->source;
	return 0;
}

static void truth_add(struct synth_truth *truth, const struct thread *t)
{
	truth->class_ns[WAIT_ONCPU] += t->oncpu_ns;
	truth->class_ns[WAIT_RUNQ] += t->runq_ns;
	for (int i = 0; i < WAIT_SLEEPS; i++)
		truth->class_ns[WAIT_FIRST_SLEEP + i] += t->class_ns[i];
	truth->nvcsw += t->nvcsw;
	truth->nivcsw += t->nivcsw;
}

bool synth_truth(const struct source *source, uint32_t tgid, struct synth_truth *ret)
{
	const struct synth *s = (const struct synth *)source;

	*ret = (struct synth_truth){0};
	for (uint32_t i = 0; i < s->procs_nr; i++) {
		const struct proc *p = &s->procs[i];

		if (!p->alive || p->tgid != tgid)
			continue;
		truth_add(ret, &p->dead);
		for (uint32_t j = 0; j < p->threads_all; j++)
			if (!p->threads[j].gone)
				truth_add(ret, &p->threads[j]);
		ret->threads = p->threads_nr;
		return true;
	}
	return false;
}
