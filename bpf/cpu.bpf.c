// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CPU module: what a switch tells. One hook gives everything, without a wake-up hook and
 * without a clock call. At sched_switch the kernel has just brought the run queue's clock up
 * to date and has not yet closed sched_info of the task that comes: last_queued still says
 * since when it could run, run_delay is what it waited in pieces before (a migration closes
 * one). So the sum of the histogram is the growth of the kernel's own run_delay.
 */
#include "classify.bpf.h"

#define OFFSET_AGE_NS (10 * NSEC_PER_MSEC)

static __always_inline void block_count(struct cpu_block *b, int which, __u32 slot, __u64 ns)
{
	__u32 epoch = pass_ctl.epoch & 1;

	b->slots[which][slot]++;
	b->sum_ns[which] += ns;
	if (ns > b->max_ns[epoch][which])
		b->max_ns[epoch][which] = ns;
}

/*
 * Counts one duration for this CPU and for the process, at its leader. A thread that is past
 * its exit may have outlived its leader: then nothing there can be touched.
 */
static __always_inline void count(struct cpu_block *b, struct task_struct *t,
				  struct task_struct *leader, struct task_state *st, int which,
				  __u64 ns)
{
	__u32 slot = hist_slot(ns);
	__u32 i;

	block_count(b, which, slot, ns);
	if (!state_is_leader(t))
		st = st->flags & STATE_F_GONE ? NULL : task_state(leader);
	if (!st)
		return;
	ADD(st->slots[which][slot], 1);
	i = (st->pass >> STATE_MAX_BIT) & 1;
	if (ns > st->max_ns[i][which])
		st->max_ns[i][which] = ns;
	if (!st->dirty)
		st->dirty = 1;
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
		count(b, prev, leader, st, HIST_ONCPU, now - st->since_ns);
	st->since_ns = now;
	st->wclass = wait_classify(prev, state, cast);
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

static __always_inline void switch_in(struct cpu_block *b, struct task_struct *next,
				      struct task_struct *leader, __u64 now)
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
		count(b, next, leader, st, HIST_RUNQ, wait);
	off = now - st->since_ns;
	if (off > wait && now > st->since_ns)
		sleep_add(st, off - wait);
	st->since_ns = now;
	st->wclass = WAIT_ONCPU;
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
	if (prev->pid)
		switch_out(b, prev, prev_leader, state, now, cast);
	if (next->pid)
		switch_in(b, next, next_leader, now);
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
