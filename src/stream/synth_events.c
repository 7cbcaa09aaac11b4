/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The synthetic source: what happens between two passes and comes through the ring: births,
 * new programs, deaths, and processes too short for any pass to see.
 */
#include "synth_host.h"

#include <stdlib.h>
#include <string.h>

#include "record.h"

uint32_t synth_storm_per_s(const struct synth *s)
{
	return s->tick_nr == 0 ? 0 : s->host->storm_per_s + s->opts.storm_per_s;
}

static const struct synth_probe *probe_of(const struct synth *s, enum synth_hook hook,
					  uint32_t *ret_nr)
{
	for (uint32_t i = 0; i < s->host->probes_nr; i++) {
		*ret_nr = i;
		if (s->host->probes[i].counts == hook && s->host->probes[i].state == PROBE_ON)
			return &s->host->probes[i];
	}
	return NULL;
}

static uint32_t random_of(struct synth *s, uint8_t pane)
{
	if (pane == PANE_DISK)
		return synth_disks_random(s);
	return pane == PANE_FS ? synth_files_random(s) : synth_random(s);
}

/* One record through the ring, which is full at times when losses are asked for. */
static void ring_emit(struct synth *s, enum synth_hook hook, struct ev_hdr *ev)
{
	bool full = s->opts.losses && s->tick_nr % 5 == 3;
	uint32_t nr;

	full = full && random_of(s, ev->pane) % 100 < 30;

	if (probe_of(s, hook, &nr)) {
		struct loss_rec *loss = &s->losses[nr * s->cpus_nr + ev->cpu];

		loss->seen++;
		loss->full += full;
		loss->submitted += !full;
		loss->received += !full;
	}
	if (full)
		return;
	ev->seq = s->cpus[ev->cpu].seq++;
	synth_emit(s, ev);
}

static int by_time(const void *a, const void *b)
{
	const struct ring_entry *x = a, *y = b;

	if (x->h.ts_ns != y->h.ts_ns)
		return x->h.ts_ns < y->h.ts_ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void synth_ring_flush(struct synth *s)
{
	qsort(s->ring, s->ring_nr, sizeof(*s->ring), by_time);
	for (uint32_t i = 0; i < s->ring_nr; i++)
		ring_emit(s, s->ring[i].hook, &s->ring[i].h);
	s->ring_nr = 0;
}

void synth_ring(struct synth *s, enum synth_hook hook, uint16_t cpu, const struct ev_hdr *ev)
{
	struct ring_entry *entry;

	if (s->opts.no_bpf)
		return;
	if (s->ring_nr == RING_QUEUE)
		synth_ring_flush(s);
	entry = &s->ring[s->ring_nr];
	entry->hook = (uint8_t)hook;
	entry->order = s->ring_nr++;
	memcpy(&entry->h, ev, ev->size);
	entry->h.cpu = cpu;
}

struct args {
	const char *text;
	size_t len;
};

static void emit_exec(struct synth *s, struct exec_rec *rec, const char *comm, struct args args,
		      uint64_t ts_ns, uint16_t cpu)
{
	rec->old_pid = rec->tgid;
	rec->args_len = (uint16_t)synth_least(args.len, sizeof(rec->args));
	rec->args_all = (uint16_t)synth_least(args.len, UINT16_MAX);
	if (rec->args_len)
		memcpy(rec->args, args.text, rec->args_len);
	record_init(&rec->h, ts_ns, PANE_CORE, CORE_EXEC, sizeof(*rec));
	memcpy(rec->comm, comm, strnlen(comm, sizeof(rec->comm)));
	s->cpus[cpu].execs++;
	synth_ring(s, HOOK_EXEC, cpu, &rec->h);
}

static void proc_emit_exec(struct synth *s, const struct proc *p, struct args args, uint64_t ts_ns)
{
	struct exec_rec rec = {
		.tgid = p->tgid,
		.start_ns = p->start_ns,
		.ppid = p->role->ppid,
		.uid = p->role->uid,
	};

	emit_exec(s, &rec, p->comm, args, ts_ns, p->threads[0].cpu);
}

static void emit_exit(struct synth *s, struct task_rec *rec, uint64_t ts_ns, uint32_t exit_code,
		      bool group_dead)
{
	uint16_t cpu = rec->cpu;

	record_init(&rec->h, ts_ns, PANE_CORE, CORE_EXIT, sizeof(*rec));
	rec->state = 'X';
	rec->wclass = WAIT_ONCPU;
	rec->since_ns = ts_ns;
	rec->exit_code = exit_code;
	if (group_dead)
		rec->flags |= TASK_F_GROUP_DEAD;
	s->cpus[cpu].exits += group_dead;
	synth_ring(s, HOOK_EXIT, cpu, &rec->h);
}

static void sum_dead(struct thread *dead, const struct thread *t)
{
	dead->oncpu_ns += t->oncpu_ns;
	dead->runq_ns += t->runq_ns;
	dead->utime_ns += t->utime_ns;
	dead->stime_ns += t->stime_ns;
	dead->nvcsw += t->nvcsw;
	dead->nivcsw += t->nivcsw;
	dead->minflt += t->minflt;
	dead->majflt += t->majflt;
	dead->migrations += t->migrations;
	for (int i = 0; i < WAIT_SLEEPS; i++)
		dead->class_ns[i] += t->class_ns[i];
}

/* A dying thread has run to its end: it holds no CPU and waits for none. */
static void leave_cpu(struct synth *s, struct thread *t)
{
	struct cpu *c = &s->cpus[t->cpu];

	if (t->wclass == WAIT_ONCPU)
		c->running = 0;
	else if (t->wclass == WAIT_RUNQ)
		c->queued--;
	t->wclass = WAIT_ONCPU;
	t->since_ns = s->now_ns;
}

static void thread_die(struct synth *s, struct proc *p, uint32_t i, bool group_dead)
{
	struct thread *t = &p->threads[i];
	uint64_t half_ns = (s->now_ns - s->from_ns) / 2, ts_ns = s->from_ns + half_ns + i * 1000;
	struct task_rec rec;

	synth_thread_run(s, p, i, ts_ns);
	leave_cpu(s, t);
	synth_task_rec(s, p, t, &rec);
	t->gone = true;
	p->threads_nr--;
	sum_dead(&p->dead, t);
	p->changed = true;
	emit_exit(s, &rec, ts_ns, group_dead || i == 0 ? p->role->exit_code : 0, group_dead);
}

/* The other threads go first, the leader last. */
static void proc_die(struct synth *s, struct proc *p)
{
	for (uint32_t i = 1; i < p->threads_all; i++)
		if (!p->threads[i].gone)
			thread_die(s, p, i, false);
	thread_die(s, p, 0, true);
	p->alive = false;
}

static void proc_born(struct synth *s, struct proc *p)
{
	p->start_ns = s->from_ns + (s->now_ns - s->from_ns) / 10;
	for (uint32_t i = 0; i < p->threads_nr; i++) {
		struct thread *t = &p->threads[i];

		*t = (struct thread){
			.start_ns = p->start_ns + i * 1000,
			.since_ns = p->start_ns + i * 1000,
			.pid = t->pid,
			.cpu = t->cpu,
			.wclass = p->role->rest,
			.changed = true,
		};
	}
	p->alive = p->changed = true;
	s->cpus[p->threads[0].cpu].forks++;
	proc_emit_exec(s, p, (struct args){p->role->args, p->role->args_len}, p->start_ns + 50000);
}

static void proc_exec(struct synth *s, struct proc *p)
{
	const char *comm = p->role->exec_comm;

	memset(p->comm, 0, sizeof(p->comm));
	memcpy(p->comm, comm, strnlen(comm, sizeof(p->comm)));
	p->fresh = p->changed = p->threads[0].changed = true;
	proc_emit_exec(s, p, (struct args){comm, strlen(comm) + 1}, s->from_ns + 1000000);
}

/* Most end well, some with code 1, few by a signal (11). */
static uint32_t storm_status(uint32_t pid)
{
	if (pid % 97 == 96)
		return 11;
	return pid % 41 == 40 ? 1 << 8 : 0;
}

/* One process that starts, runs and ends between two passes. */
static void storm_one(struct synth *s, uint64_t start_ns)
{
	const struct synth_host *h = s->host;
	uint32_t pid = s->storm_pid++;
	uint16_t cpu = (uint16_t)(pid % s->cpus_nr);
	uint64_t want_ns = h->storm_oncpu_ns / 100 * (80 + synth_random(s) % 41);
	struct task_rec rec = {
		.pid = pid,
		.tgid = pid,
		.start_ns = start_ns,
		.leader_start_ns = start_ns,
		.ppid = h->storm_ppid,
		.uid = h->storm_uid,
		.nvcsw = 1,
		.nivcsw = 1,
		.minflt = 90,
		.cgroup_id = s->props->groups[h->storm_group].id,
		.flags = TASK_F_LEADER,
	};
	struct exec_rec exec = {
		.tgid = pid,
		.start_ns = start_ns,
		.ppid = h->storm_ppid,
		.uid = h->storm_uid,
	};

	rec.oncpu_ns = synth_charge(s, &cpu, false, want_ns, 300);
	rec.utime_ns = rec.oncpu_ns * 300 / 1000;
	rec.stime_ns = rec.oncpu_ns - rec.utime_ns;
	rec.runq_ns = s->opts.no_runq ? REC_UNKNOWN : rec.oncpu_ns / 14;
	rec.flags |= s->opts.no_runq ? TASK_F_NO_RUNQ | TASK_F_NO_CLASS : 0;
	rec.cpu = cpu;
	memcpy(rec.comm, h->storm_comm, strnlen(h->storm_comm, sizeof(rec.comm)));
	s->cpus[cpu].forks++;
	s->cpus[cpu].switches += 2;
	synth_hist(s, NULL, NULL, HIST_ONCPU, 2, rec.oncpu_ns, 1);
	synth_hist(s, NULL, NULL, HIST_RUNQ, 2, rec.oncpu_ns / 14, 1);
	emit_exec(s, &exec, h->storm_comm, (struct args){h->storm_args, h->storm_args_len},
		  start_ns + 100000, cpu);
	emit_exit(s, &rec, start_ns + rec.oncpu_ns + rec.oncpu_ns / 14, storm_status(pid), true);
}

static void storm(struct synth *s)
{
	uint64_t wall_ns = s->now_ns - s->from_ns;
	uint64_t nr = synth_storm_per_s(s) * (wall_ns / 1000000) / 1000;

	for (uint64_t i = 0; i < nr; i++)
		storm_one(s, s->from_ns + wall_ns / (nr + 1) * i);
}

void synth_events(struct synth *s)
{
	storm(s);
	for (uint32_t i = 0; i < s->procs_nr; i++) {
		struct proc *p = &s->procs[i];
		const struct synth_role *role = p->role;

		if (s->tick_nr == 0)
			return;
		if (role->born == s->tick_nr)
			proc_born(s, p);
		if (role->exec_at == s->tick_nr)
			proc_exec(s, p);
		if (role->thread_dies == s->tick_nr)
			thread_die(s, p, p->threads_nr - 1, false);
		if (role->dies == s->tick_nr)
			proc_die(s, p);
	}
}
