// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of tasks: state is made at fork, kept sums move to the leader at exit, and the
 * exit record leaves with the last switch, when the final times are known.
 */
#include "task.bpf.h"

__hidden int task_on_fork(struct cpu_block *b, struct task_struct *parent,
			  struct task_struct *child)
{
	struct task_state *st, *mine;

	if (track) {
		mine = task_state(parent);
		if (!mine || !state_is_counted(mine))
			return 0;
	}
	st = task_state_create(child);
	if (!st) {
		ADD(b->probe[PROBE_FORK].map_full, 1);
		return 0;
	}
	st->wclass = WAIT_RUNQ;
	if (track)
		st->flags |= STATE_F_TRACKED;
	if (settings.demand & DEMAND_OFFCPU && state_is_leader(child) && has_storage &&
	    !off_state_create(child))
		ADD(b->probe[PROBE_FORK].map_full, 1);
	return 0;
}

/*
 * The arguments as they stand on the new program's stack: NUL-separated, cut where there is no
 * more room. The pages were written a moment ago; should one be gone, nothing is known.
 */
static __always_inline void args_fill(struct exec_rec *r, struct mm_struct *mm)
{
	unsigned long from, all;
	__u32 len;

	r->args_len = r->args_all = 0;
	__builtin_memset(r->args, 0, sizeof(r->args));
	if (!mm)
		return;
	from = mm->arg_start;
	all = mm->arg_end - from;
	r->args_all = all < 0xffff ? all : 0xffff;
	len = all < sizeof(r->args) ? all : sizeof(r->args);
	if (!bpf_probe_read_user(r->args, len, (const void *)from))
		r->args_len = len;
}

static __always_inline int new_program(struct cpu_block *b, struct task_struct *t, int old_pid,
				       bool cast)
{
	struct task_struct *u = task_untrusted(t, cast);
	struct task_state *st = task_state(t);
	struct exec_rec *r;

	if (st)
		st->run_hash = st->hash = st->proc_hash = 0;
	if (track && (!st || !state_is_counted(st)))
		return 0;
	r = ring_reserve(&b->probe[PROBE_EXEC], sizeof(*r));
	if (!r)
		return 0;
	ring_header(b, &r->h, PANE_CORE, CORE_EXEC, sizeof(*r));
	r->tgid = t->tgid;
	r->old_pid = old_pid;
	r->start_ns = t->start_boottime;
	((__u64 *)r->comm)[0] = comm_half(t, 0);
	((__u64 *)r->comm)[1] = comm_half(t, 1);
	r->ppid = u->real_parent->tgid;
	r->uid = u->cred->uid.val;
	args_fill(r, u->mm);
	ring_submit(r);
	return 0;
}

__hidden int task_on_exec(struct cpu_block *b, struct task_struct *t, int old_pid)
{
	return new_program(b, t, old_pid, true);
}

__hidden int task_on_exec_plain(struct cpu_block *b, struct task_struct *t, int old_pid)
{
	return new_program(b, t, old_pid, false);
}

/*
 * Here the thread still has its signal and its leader; at the last switch both may be gone.
 * What the kernel does not sum for dead threads is added up at the leader, and the exit
 * record will say the same numbers.
 */
static __always_inline void thread_gone(struct task_struct *t, struct task_state *st)
{
	struct task_struct *first = t->group_leader;
	struct task_state *leader = task_state(first);

	st->gone.leader_start_ns = first->start_boottime;
	st->gone.runq_ns = t->sched_info.run_delay;
	st->gone.migrations = (__u32)t->se.nr_migrations;
	st->gone.ppid = t->real_parent->tgid;
	st->flags |= STATE_F_GONE;
	if (!leader)
		return;
	ADD(leader->dead_runq_ns, st->gone.runq_ns);
	ADD(leader->dead_migrations, st->gone.migrations);
}

__hidden int task_on_exit(struct cpu_block *b, struct task_struct *t, bool group_dead)
{
	struct task_state *st = task_state(t);

	if (!st) {
		if (!track)
			ADD(b->probe[PROBE_EXIT].unmatched, 1);
		return 0;
	}
	if (group_dead)
		st->flags |= STATE_F_GROUP_DEAD;
	if (!state_is_leader(t))
		thread_gone(t, st);
	return 0;
}

static __always_inline void exit_fill(struct task_rec *r, struct task_struct *t,
				      struct task_struct *u, struct task_state *st)
{
	task_fill(r, t, u);
	r->since_ns = REC_UNKNOWN;
	r->state = 'X';
	r->wclass = WAIT_ONCPU;
	r->leader_start_ns = state_is_leader(t) ? r->start_ns : REC_UNKNOWN;
	/* Already released: the kernel added its sums to the process before this switch. */
	if (!u->signal)
		r->nvcsw--;
	if (!st)
		return;
	r->oncpu_ns = oncpu_forward(st, r->oncpu_ns);
	if (st->flags & STATE_F_GROUP_DEAD)
		r->flags |= TASK_F_GROUP_DEAD;
	if (st->flags & STATE_F_TRACKED)
		r->flags |= TASK_F_TRACKED;
	if (!(st->flags & STATE_F_GONE))
		return;
	r->leader_start_ns = st->gone.leader_start_ns;
	r->runq_ns = st->gone.runq_ns;
	r->migrations = st->gone.migrations;
	r->ppid = st->gone.ppid;
}

static __always_inline void exit_emit(struct cpu_block *b, struct probe_stats *s,
				      struct task_struct *t, struct task_state *st, __u16 flags,
				      bool cast)
{
	struct task_rec *r = ring_reserve(s, sizeof(*r));

	if (!r)
		return;
	ring_header(b, &r->h, PANE_CORE, CORE_EXIT, sizeof(*r));
	exit_fill(r, t, task_untrusted(t, cast), st);
	r->flags |= flags;
	ring_submit(r);
}

/* The last switch of a task: the only one of interest here. */
static __always_inline int last_switch(struct cpu_block *b, struct task_struct *prev, __u32 state,
				       bool cast)
{
	struct task_state *st;

	if (!(state & TASK_DEAD))
		return 0;
	st = task_state(prev);
	if (track && (!st || !state_is_counted(st)))
		return 0;
	exit_emit(b, &b->probe[PROBE_SWITCH], prev, st, 0, cast);
	return 0;
}

__hidden int task_on_switch(struct cpu_block *b, struct task_struct *prev, struct task_struct *next,
			    __u32 state)
{
	return last_switch(b, prev, state, true);
}

/* 5.10 has no typed pointer to the running task: what others ask of it is noted here. */
static __always_inline void note_current(struct cpu_block *b, struct task_struct *next)
{
	struct task_state *st;

	b->current_start_ns = next->group_leader->start_boottime;
	b->current_flags = next->flags;
	if (!track)
		return;
	st = task_state(next);
	b->current_tracked = st && state_is_counted(st);
}

__hidden int task_on_switch_plain(struct cpu_block *b, struct task_struct *prev,
				  struct task_struct *next, __u32 state)
{
	if (!has_current())
		note_current(b, next);
	return last_switch(b, prev, state, false);
}

/* Released by its parent. Only a zombie that a pass has shown needs a second farewell. */
static __always_inline int freed(struct cpu_block *b, struct task_struct *t, bool cast)
{
	struct task_state *st = task_state(t);

	if (st && (st->flags & STATE_F_SHOWN))
		exit_emit(b, &b->probe[PROBE_FREE], t, st, TASK_F_FREED, cast);
	if (!has_storage) {
		__u64 key = lru_key(t);

		bpf_map_delete_elem(&tasks_lru, &key);
	}
	return 0;
}

__hidden int task_on_free(struct cpu_block *b, struct task_struct *t)
{
	return freed(b, t, true);
}

__hidden int task_on_free_plain(struct cpu_block *b, struct task_struct *t)
{
	return freed(b, t, false);
}
