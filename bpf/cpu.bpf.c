// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CPU module: what a switch tells. One hook gives everything, without a wake-up hook and
 * without a clock call. At sched_switch the kernel has just brought the run queue's clock up
 * to date and has not yet closed sched_info of the task that comes: last_queued still says
 * since when it could run, run_delay is what it waited in pieces before (a migration closes
 * one). So the sum of the histogram is the growth of the kernel's own run_delay.
 */
#include "classify.bpf.h"
#include "pairs.bpf.h"
#include "task.bpf.h"

#define OFFSET_AGE_NS (10 * NSEC_PER_MSEC)

/* One duration that has just ended, for all who count it. */
struct duration {
	__u64 ns;
	__u64 now; /* run queue's clock */
	__u32 which; /* enum hist_which */
	__u32 slot;
	__u8 wclass;
	struct task_struct *t;
	struct task_struct *by; /* who had the CPU until now; NULL: means nothing here */
};

static __always_inline void block_count(struct cpu_block *b, int which, __u32 slot, __u64 ns)
{
	__u32 epoch = pass_ctl.epoch & 1;

	b->slots[which][slot]++;
	b->sum_ns[which] += ns;
	if (ns > b->max_ns[epoch][which])
		b->max_ns[epoch][which] = ns;
}

/* The name of who had the CPU; the idle task has another one on each CPU. */
static __always_inline void by_fill(__u32 *pid, __u32 *tgid, char *comm, struct task_struct *by)
{
	*pid = by ? by->pid : 0;
	*tgid = by ? by->tgid : 0;
	((__u64 *)comm)[0] = by ? comm_half(by, 0) : 0;
	((__u64 *)comm)[1] = by ? comm_half(by, 1) : 0;
	if (by && !by->pid)
		__builtin_memcpy(comm, "idle\0\0\0\0\0\0\0\0\0\0\0", TASK_COMM_BYTES);
}

static __noinline int exemplar_name(struct exemplar *e, struct task_struct *t,
				    struct task_struct *by)
{
	e->pid = t->pid;
	e->tgid = t->tgid;
	((__u64 *)e->comm)[0] = comm_half(t, 0);
	((__u64 *)e->comm)[1] = comm_half(t, 1);
	by_fill(&e->by_pid, &e->by_tgid, e->by_comm, by);
	return 0;
}

/* The first of its slot since the reader came by; the bit last, for then it can be read. */
static __always_inline void exemplar_keep(struct cpu_block *b, const struct duration *d)
{
	struct exemplar *e = &b->exemplar[d->which][d->slot];

	if (b->noted[d->which] >> d->slot & 1 || (__u32)d->t->tgid == settings.self_tgid)
		return;
	e->at_ns = d->now;
	e->ns = d->ns;
	e->wclass = d->wclass;
	exemplar_name(e, d->t, d->by);
	barrier();
	b->noted[d->which] |= 1ULL << d->slot;
}

/*
 * Counts one duration for this CPU and for the process, at its leader. A thread that is past
 * its exit may have outlived its leader: then nothing there can be touched.
 */
static __always_inline void count(struct cpu_block *b, const struct duration *d,
				  struct task_struct *leader, struct task_state *st)
{
	__u32 i;

	block_count(b, d->which, d->slot, d->ns);
	exemplar_keep(b, d);
	if (!state_is_leader(d->t))
		st = st->flags & STATE_F_GONE ? NULL : task_state(leader);
	if (!st)
		return;
	ADD(st->slots[d->which][d->slot], 1);
	i = (st->pass >> STATE_MAX_BIT) & 1;
	if (d->ns > st->max_ns[i][d->which])
		st->max_ns[i][d->which] = d->ns;
	if (!st->dirty)
		st->dirty = 1;
}

/* Off-CPU time: of the machine always, of a process while somebody asks. */
static __always_inline void count_off(struct cpu_block *b, const struct duration *d,
				      struct task_struct *leader, const struct task_state *st)
{
	struct off_state *off;
	__u32 i;

	block_count(b, HIST_OFFCPU, d->slot, d->ns);
	exemplar_keep(b, d);
	if (!(settings.demand & DEMAND_OFFCPU) || st->flags & STATE_F_GONE)
		return;
	off = off_state(leader);
	if (!off)
		return;
	ADD(off->slots[d->slot], 1);
	i = off->epoch & 1;
	if (d->ns > off->max_ns[i])
		off->max_ns[i] = d->ns;
	off->dirty = 1;
}

static __always_inline void slow_emit(struct cpu_block *b, struct task_struct *t,
				      struct task_struct *by, __u64 ns)
{
	struct latency_rec *r = ring_reserve(&b->probe[PROBE_SWITCH], sizeof(*r));

	if (!r)
		return;
	ring_header(b, &r->h, PANE_CPU, CPU_SLOW, sizeof(*r));
	r->which = HIST_RUNQ;
	r->slot = hist_slot(ns);
	r->wclass = WAIT_RUNQ;
	__builtin_memset(r->reserved, 0, sizeof(r->reserved));
	r->ns = ns;
	r->pid = t->pid;
	r->tgid = t->tgid;
	((__u64 *)r->comm)[0] = comm_half(t, 0);
	((__u64 *)r->comm)[1] = comm_half(t, 1);
	by_fill(&r->by_pid, &r->by_tgid, r->by_comm, by);
	ring_submit(r);
}

static __always_inline void ran_note(struct cpu_block *b, struct task_struct *prev, __u64 now)
{
	struct ran *r = &b->ran[b->ran_at++ & (RAN_NR - 1)];

	r->tgid = prev->tgid;
	r->pid = prev->pid;
	r->ns = now - b->switched_ns;
	b->switched_ns = now;
}

/*
 * Lays a wait on those who had this CPU during it, each with his part. The last one alone would
 * often be somebody who ran for a moment between two turns of the culprit.
 */
static __always_inline void behind_count(struct cpu_block *b, struct task_struct *t, __u64 ns)
{
	__u64 left = ns, part;

#pragma unroll
	for (__u32 i = 1; i <= RAN_NR; i++) {
		const struct ran *r = &b->ran[(b->ran_at - i) & (RAN_NR - 1)];

		if (r->pid == (__u32)t->pid)
			break; /* its own turn before: it waited elsewhere for the rest */
		part = r->ns < left ? r->ns : left;
		left -= part;
		if (r->tgid && part > ns / 64)
			pair_count(pair_key(PAIR_BEHIND, t->tgid, r->tgid), part);
	}
}

/* A wait that somebody may want to know of: an event of its own, and charged to who had the CPU. */
static __noinline int long_wait(struct cpu_block *b, struct task_struct *next,
				struct task_struct *prev, __u64 ns)
{
	if (ns >= settings.slow_ns && (__u32)next->tgid != settings.self_tgid)
		slow_emit(b, next, prev, ns);
	if (ns >= PAIR_MIN_NS)
		behind_count(b, next, ns);
	return 0;
}

/*
 * A task without state: the iterator does not show it (a kernel may hide its own), or its
 * fork came before the probes. It has no row; the machine's histogram counts it all the same.
 */
static __always_inline void count_stranger(struct cpu_block *b, int which, __u64 from, __u64 now)
{
	if (track)
		return;
	b->probe[PROBE_SWITCH].unmatched++;
	if (from && now > from)
		block_count(b, which, hist_slot(now - from), now - from);
}

static __always_inline void switch_out(struct cpu_block *b, struct task_struct *prev,
				       struct task_struct *leader, __u32 state, __u64 now,
				       bool cast)
{
	struct task_state *st = task_state(prev);

	if (!st) {
		count_stranger(b, HIST_ONCPU, prev->sched_info.last_arrival, now);
		return;
	}
	if (!state_is_counted(st))
		return;
	if (st->wclass == WAIT_ONCPU && now >= st->since_ns)
		count(b, &(struct duration){ now - st->since_ns, now, HIST_ONCPU,
					     hist_slot(now - st->since_ns), WAIT_ONCPU, prev },
		      leader, st);
	st->since_ns = now;
	st->wclass = wait_classify(prev, state, cast);
	if (st->wclass == WAIT_QUOTA)
		st->quota_units -= quota_clock(task_untrusted(prev, cast));
}

/* Returns the whole wait of the task that comes, as the kernel will have added it up. */
static __always_inline __u64 closed_wait(struct task_struct *next, struct task_state *st, __u64 now)
{
	__u64 delay = next->sched_info.run_delay;
	__u64 queued = next->sched_info.last_queued;
	__u64 wait;

	if (st->wclass == STATE_UNSEEN)
		st->delay_ns = delay; /* what it waited unseen is not one wait */
	if (queued && now > queued)
		delay += now - queued;
	wait = delay - st->delay_ns;
	st->delay_ns = delay;
	return wait;
}

static __always_inline void sleep_add(struct task_state *st, __u64 ns)
{
	__u32 class = st->wclass;

	barrier_var(class); /* else the verifier loses sight of the bound */
	class -= WAIT_FIRST_SLEEP;
	if (class < WAIT_SLEEPS)
		st->units[class] += (__u32)((ns + (1 << (WAIT_UNIT_SHIFT - 1))) >> WAIT_UNIT_SHIFT);
}

static __always_inline void switch_in(struct cpu_block *b, struct task_struct *prev,
				      struct task_struct *next, struct task_struct *leader,
				      __u64 now, bool cast)
{
	struct task_state *st = task_state(next);
	__u64 wait, off;

	if (!st) {
		count_stranger(b, HIST_RUNQ, next->sched_info.last_queued, now);
		return;
	}
	if (!state_is_counted(st))
		return;
	b->switches++;
	wait = closed_wait(next, st, now);
	if (wait || next->sched_info.last_queued)
		count(b, &(struct duration){ wait, now, HIST_RUNQ, hist_slot(wait), WAIT_RUNQ, next,
					     prev },
		      leader, st);
	if (st->wclass == WAIT_QUOTA)
		st->quota_units += has_quota_clock() ? quota_clock(task_untrusted(next, cast)) :
						       (__u32)(wait >> WAIT_UNIT_SHIFT);
	off = now - st->since_ns;
	if (st->since_ns && now > st->since_ns) {
		if (off > wait)
			sleep_add(st, off - wait);
		count_off(b, &(struct duration){ off, now, HIST_OFFCPU, hist_slot(off), st->wclass,
						 next },
			  leader, st);
	}
	st->since_ns = now;
	st->wclass = WAIT_ONCPU;
	if (wait >= PAIR_MIN_NS || wait >= settings.slow_ns)
		long_wait(b, next, prev, wait);
}

static __always_inline int on_switch(struct cpu_block *b, struct task_struct *prev,
				     struct task_struct *next, __u32 state, bool cast)
{
	struct task_struct *prev_leader = prev->group_leader;
	struct task_struct *next_leader = next->group_leader;
	__u64 now = task_rq(next)->clock;

	if (now - b->offset_at_ns > OFFSET_AGE_NS) {
		b->offset_ns = bpf_ktime_get_ns() - now;
		b->offset_at_ns = now;
	}
	ran_note(b, prev, now);
	if (prev->pid)
		switch_out(b, prev, prev_leader, state, now, cast);
	if (next->pid)
		switch_in(b, prev, next, next_leader, now, cast);
	return 0;
}

/* Needs bpf_rdonly_cast, to tell reads and writes apart by their descriptor. */
__hidden int cpu_on_switch(struct cpu_block *b, struct task_struct *prev, struct task_struct *next,
			   __u32 state)
{
	return on_switch(b, prev, next, state, true);
}

__hidden int cpu_on_switch_plain(struct cpu_block *b, struct task_struct *prev,
				 struct task_struct *next, __u32 state)
{
	return on_switch(b, prev, next, state, false);
}

static __always_inline bool is_counted(struct task_struct *t)
{
	struct task_state *st;

	if (!track)
		return true;
	st = task_state(t);
	return st && state_is_counted(st);
}

__hidden int cpu_on_fork(struct cpu_block *b, struct task_struct *parent, struct task_struct *child)
{
	if (state_is_leader(child) && is_counted(parent))
		ADD(b->forks, 1);
	return 0;
}

__hidden int cpu_on_exec(struct cpu_block *b, struct task_struct *t, int old_pid)
{
	if (is_counted(t))
		ADD(b->execs, 1);
	return 0;
}

__hidden int cpu_on_exit(struct cpu_block *b, struct task_struct *t, bool group_dead)
{
	if (group_dead && is_counted(t))
		ADD(b->exits, 1);
	return 0;
}

/*
 * A runnable task takes no part of the wait along to a CPU with another clock of quotas: what held
 * it back until here is closed, the rest of the wait is a plain one.
 */
static __always_inline void quota_settle(struct task_struct *t)
{
	struct task_state *st = t->on_rq ? task_state(t) : NULL;

	if (!st || st->wclass != WAIT_QUOTA)
		return;
	if (has_quota_clock())
		st->quota_units += quota_clock(t);
	st->wclass = WAIT_RUNQ;
}

/* Before the kernel writes the task's new CPU; it also asks for moves to where the task is. */
__hidden int cpu_on_migrate(struct cpu_block *b, struct task_struct *t, int dest_cpu)
{
	__u32 from = task_cpu_nr(t), to = dest_cpu;
	struct cpu_block *out, *in;

	if (from == to || !is_counted(t))
		return 0;
	quota_settle(t);
	out = bpf_map_lookup_elem(&cpus, &from);
	in = bpf_map_lookup_elem(&cpus, &to);
	if (!out || !in)
		return 0;
	ADD(out->migrations_out, 1);
	ADD(in->migrations_in, 1);
	return 0;
}

/* On demand. The waker is who runs here; at sched_wakeup it may run on another CPU. */
__hidden int cpu_on_waking(struct cpu_block *b, struct task_struct *t)
{
	if (is_counted(t))
		pair_count(pair_key(PAIR_WAKER, t->tgid, pair_waker(b)), 0);
	return 0;
}

/* Callbacks of high-resolution timers: wake-ups in them are nobody's but the timer's. */
__hidden int cpu_on_timer_entry(struct cpu_block *b, struct hrtimer *timer)
{
	b->timer_epoch = pair_epoch(b);
	return 0;
}

__hidden int cpu_on_timer_exit(struct cpu_block *b, struct hrtimer *timer)
{
	b->timer_epoch = 0;
	return 0;
}
