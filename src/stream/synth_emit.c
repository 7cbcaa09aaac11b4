/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: its state as records, in the order in which a live host gives them. */
#include "synth_host.h"

#include <string.h>

#include "record.h"

void synth_emit(struct synth *s, const void *rec)
{
	s->fn(s->ctx, rec);
}

void synth_copy_string(char *dst, size_t size, const char *src)
{
	size_t len = strnlen(src, size - 1);

	memset(dst, 0, size);
	memcpy(dst, src, len);
}

static char state_letter(const struct proc *p, const struct thread *t)
{
	if (p->role->state)
		return p->role->state;
	switch (t->wclass) {
	case WAIT_ONCPU:
	case WAIT_RUNQ:
		return 'R';
	case WAIT_DISK:
	case WAIT_FAULT:
	case WAIT_KLOCK:
		return 'D';
	default:
		return p->role->kthread ? 'I' : 'S';
	}
}

static uint16_t task_flags(const struct synth *s, const struct proc *p, const struct thread *t)
{
	return (uint16_t)((p->role->kthread ? TASK_F_KTHREAD : 0) |
			  (t == p->threads ? TASK_F_LEADER : 0) |
			  (s->opts.no_runq ? TASK_F_NO_RUNQ | TASK_F_NO_CLASS : 0));
}

void synth_task_rec(const struct synth *s, const struct proc *p, const struct thread *t,
		    struct task_rec *ret)
{
	uint64_t open_ns = t->wclass == WAIT_RUNQ ? s->now_ns - t->since_ns : 0;

	*ret = (struct task_rec){
		.pid = t->pid,
		.tgid = p->tgid,
		.start_ns = t->start_ns,
		.ppid = p->role->ppid,
		.uid = p->role->uid,
		.oncpu_ns = t->oncpu_ns,
		.runq_ns = s->opts.no_runq ? REC_UNKNOWN : t->runq_ns - open_ns,
		.utime_ns = t->utime_ns,
		.stime_ns = t->stime_ns,
		.nvcsw = t->nvcsw,
		.nivcsw = t->nivcsw,
		.migrations = t->migrations,
		.majflt = t->majflt,
		.minflt = t->minflt,
		.since_ns = s->opts.no_runq ? REC_UNKNOWN : t->since_ns,
		.cgroup_id = s->props->groups[p->role->group].id,
		.state = (uint8_t)state_letter(p, t),
		.wclass = t->wclass,
		.nice = p->role->nice,
		.policy = p->role->policy,
		.cpu = t->cpu,
		.flags = task_flags(s, p, t),
		.leader_start_ns = p->start_ns,
	};
	record_init(&ret->h, s->now_ns, PANE_CORE, CORE_TASK, sizeof(*ret));
	memcpy(ret->comm, p->comm, sizeof(ret->comm));
}

static uint64_t closed_runq_ns(const struct synth *s, const struct thread *t)
{
	return t->runq_ns - (t->wclass == WAIT_RUNQ ? s->now_ns - t->since_ns : 0);
}

uint64_t synth_quota_ns(const struct synth *s, const struct proc *p, const struct thread *t)
{
	return closed_runq_ns(s, t) / 1000 * p->role->quota_pm;
}

static void emit_wait(struct synth *s, const struct proc *p, const struct thread *t)
{
	struct wait_rec rec = {.pid = t->pid, .tgid = p->tgid, .start_ns = t->start_ns};

	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_WAIT, sizeof(rec));
	for (int i = 0; i < WAIT_SLEEPS; i++) {
		uint64_t ns = t->class_ns[i];

		if (t->wclass == WAIT_FIRST_SLEEP + i)
			ns -= s->now_ns - t->since_ns;
		rec.units[i] = (uint32_t)(ns >> WAIT_UNIT_SHIFT);
	}
	rec.quota_units = (uint32_t)(synth_quota_ns(s, p, t) >> WAIT_UNIT_SHIFT);
	synth_emit(s, &rec);
}

static void emit_proc(struct synth *s, const struct proc *p)
{
	const struct synth_role *role = p->role;
	bool no_mm = role->kthread || role->state == 'Z';
	struct proc_rec rec = {
		.tgid = p->tgid,
		.threads = p->threads_nr,
		.start_ns = p->start_ns,
		.rss_anon_pages = role->rss_mib * PAGES_PER_MIB * 3 / 4 + s->tick_nr % 7,
		.rss_file_pages = role->rss_mib * PAGES_PER_MIB / 5,
		.rss_shmem_pages = role->rss_mib * PAGES_PER_MIB / 20,
		.swap_pages = role->swap_mib * PAGES_PER_MIB,
		.vm_pages =
			(uint64_t)(role->vm_mib ? role->vm_mib : role->rss_mib * 4) * PAGES_PER_MIB,
		.dead_oncpu_ns = p->dead.oncpu_ns,
		.dead_utime_ns = p->dead.utime_ns,
		.dead_stime_ns = p->dead.stime_ns,
		.dead_nvcsw = p->dead.nvcsw,
		.dead_nivcsw = p->dead.nivcsw,
		.dead_minflt = p->dead.minflt,
		.dead_majflt = p->dead.majflt,
		.dead_runq_ns = p->dead.runq_ns,
		.dead_migrations = p->dead.migrations,
		.flags = PROC_F_RSS_APPROX,
	};

	if (no_mm) {
		rec.rss_anon_pages = rec.rss_file_pages = rec.rss_shmem_pages = REC_UNKNOWN32;
		rec.swap_pages = REC_UNKNOWN32;
		rec.vm_pages = REC_UNKNOWN;
	}
	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_PROC, sizeof(rec));
	synth_emit(s, &rec);
}

/* The changed slots, in as many records as their span needs. */
static void emit_hist(struct synth *s, struct proc *p, enum hist_which which)
{
	uint64_t want = s->key ? (1ULL << HIST_SLOTS) - 1 : p->touched[which];

	for (unsigned first = 0; first < HIST_SLOTS; first++) {
		struct hist_rec rec = {.tgid = p->tgid, .which = which, .start_ns = p->start_ns};
		unsigned last = first, end = first + HIST_REC_SLOTS;

		if (!(want >> first & 1))
			continue;
		for (unsigned i = first; i < HIST_SLOTS && i < end; i++)
			if (want >> i & 1)
				last = i;
		record_init(&rec.h, s->now_ns, PANE_CORE, CORE_HIST, sizeof(rec));
		rec.first = (uint8_t)first;
		rec.nr = (uint8_t)(last - first + 1);
		rec.max_ns = p->max_ns[which];
		memcpy(rec.slots, &p->slots[which][first], rec.nr * sizeof(rec.slots[0]));
		synth_emit(s, &rec);
		first = last;
	}
	p->touched[which] = 0;
	p->max_ns[which] = 0;
}

static void emit_threads(struct synth *s, struct proc *p)
{
	for (uint32_t i = 0; i < p->threads_all; i++) {
		struct thread *t = &p->threads[i];
		struct task_rec rec;

		if (t->gone || !(t->changed || s->key))
			continue;
		synth_task_rec(s, p, t, &rec);
		if (s->opts.no_bpf) {
			rec.migrations = REC_UNKNOWN32;
			rec.cgroup_id = REC_UNKNOWN;
		}
		synth_emit(s, &rec);
		if (!s->opts.no_runq)
			emit_wait(s, p, t);
		t->changed = false;
	}
}

static void emit_cmd(struct synth *s, struct proc *p)
{
	const struct synth_role *role = p->role;
	struct cmd_rec rec = {.tgid = p->tgid, .start_ns = p->start_ns};
	const char *exe = role->exe ? role->exe : "";
	size_t text;

	p->fresh = false;
	if (role->kthread)
		return;
	rec.args_len = role->args_len;
	if (role->exec_at && s->tick_nr >= role->exec_at) {
		rec.args_len = (uint16_t)(strlen(role->exec_comm) + 1);
		memcpy(rec.text, role->exec_comm, rec.args_len);
	} else if (role->args_len) {
		memcpy(rec.text, role->args, role->args_len);
	}
	rec.exe_len = (uint16_t)strnlen(exe, sizeof(rec.text) - rec.args_len);
	memcpy(rec.text + rec.args_len, exe, rec.exe_len);
	text = ((size_t)rec.args_len + rec.exe_len + 7) & ~(size_t)7;
	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_CMD, offsetof(struct cmd_rec, text) + text);
	synth_emit(s, &rec);
}

static void emit_cpu_sched(struct synth *s)
{
	for (uint32_t i = 0; i < s->cpus_nr; i++) {
		const struct cpu *c = &s->cpus[i];
		struct cpu_sched_rec rec = {
			.switches = c->switches,
			.forks = c->forks,
			.execs = c->execs,
			.exits = c->exits,
			.nr_running = c->running + c->queued,
			.migrations_in = c->migrations_in,
			.migrations_out = c->migrations_out,
		};

		record_init(&rec.h, s->now_ns, PANE_CPU, CPU_SCHED, sizeof(rec));
		rec.h.cpu = (uint16_t)i;
		synth_emit(s, &rec);
	}
}

static void emit_cpu_hist(struct synth *s, enum hist_which which)
{
	struct cpu_hist_rec rec = {
		.which = which,
		.max_ns = s->machine_max_ns[which],
		.sum_ns = s->machine_sum_ns[which],
	};

	_Static_assert(sizeof(rec.slots) == sizeof(s->machine_slots[0]), "all slots");
	memcpy(rec.slots, s->machine_slots[which], sizeof(rec.slots));
	record_init(&rec.h, s->now_ns, PANE_CPU, CPU_HIST, sizeof(rec));
	synth_emit(s, &rec);
}

void synth_emit_pass(struct synth *s)
{
	for (uint32_t i = 0; i < s->procs_nr; i++) {
		struct proc *p = &s->procs[i];

		if (!p->alive || !(p->changed || s->key))
			continue;
		emit_threads(s, p);
		emit_proc(s, p);
		p->changed = false;
		if (s->opts.no_bpf)
			continue;
		emit_hist(s, p, HIST_RUNQ);
		emit_hist(s, p, HIST_ONCPU);
		if (s->demand & DEMAND_OFFCPU)
			emit_hist(s, p, HIST_OFFCPU);
		synth_emit_pairs(s, p);
	}
	synth_emit_irqs(s);
	if (s->opts.no_bpf)
		return;
	emit_cpu_sched(s);
	emit_cpu_hist(s, HIST_RUNQ);
	emit_cpu_hist(s, HIST_ONCPU);
	emit_cpu_hist(s, HIST_OFFCPU);
	synth_emit_exemplars(s);
	synth_emit_calls(s);
	synth_emit_disks(s);
	synth_emit_files(s);
}

void synth_emit_tick(struct synth *s, uint32_t flags)
{
	uint32_t tasks = 0;
	struct tick_rec rec = {
		.real_ns = s->real_ns,
		.boot_ns = s->boot_ns,
		.interval_ns = s->tick_nr ? s->now_ns - s->from_ns : 0,
		.flags = flags,
	};

	for (uint32_t i = 0; i < s->procs_nr; i++)
		if (s->procs[i].alive)
			tasks += s->procs[i].threads_nr;
	synth_emit_machine(s);
	for (uint32_t i = 0; i < s->procs_nr; i++)
		if (s->procs[i].alive && s->procs[i].fresh)
			emit_cmd(s, &s->procs[i]);
	synth_emit_groups(s);
	synth_emit_stuck(s);
	synth_emit_kmsgs(s);
	synth_emit_self(s);
	rec.tasks = tasks;
	rec.pass_ns = 200000 + tasks * 280ULL;
	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_TICK, sizeof(rec));
	synth_emit(s, &rec);
}
