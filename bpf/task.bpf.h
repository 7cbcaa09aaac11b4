/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills the fields of struct task_rec that the pass and the exit record have in common. */
#ifndef PROBETOP_TASK_BPF_H
#define PROBETOP_TASK_BPF_H

#include "common.bpf.h"

static __always_inline __u64 comm_half(struct task_struct *t, int half)
{
	return ((const __u64 *)t->comm)[half];
}

/* The v2 cgroup, unless that is the root: then the memory controller's. */
static __always_inline __u64 task_cgroup_id(struct task_struct *t)
{
	struct css_set *set = t->cgroups;
	struct cgroup_subsys_state *css;
	__u64 id;

	if (!set)
		return REC_UNKNOWN;
	if (set->dfl_cgrp->level ||
	    !bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return set->dfl_cgrp->kn->id;
	css = set->subsys[bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id)];
	id = css ? css->cgroup->kn->id : 0;
	return id ? id : set->dfl_cgrp->kn->id;
}

/* `u` is the same task, for the reading of pointers: see task_untrusted(). */
static __always_inline void task_fill(struct task_rec *r, struct task_struct *t,
				      struct task_struct *u)
{
	r->pid = t->pid;
	r->tgid = t->tgid;
	r->start_ns = t->start_boottime;
	r->ppid = u->real_parent->tgid;
	r->uid = u->cred->uid.val;
	((__u64 *)r->comm)[0] = comm_half(t, 0);
	((__u64 *)r->comm)[1] = comm_half(t, 1);
	r->oncpu_ns = t->se.sum_exec_runtime;
	r->runq_ns = t->sched_info.run_delay;
	r->utime_ns = t->utime;
	r->stime_ns = t->stime;
	r->nvcsw = t->nvcsw;
	r->nivcsw = t->nivcsw;
	r->migrations = (__u32)t->se.nr_migrations;
	r->majflt = (__u32)t->maj_flt;
	r->minflt = t->min_flt;
	r->cgroup_id = task_cgroup_id(u);
	r->exit_code = t->exit_code;
	r->wakeups = 0;
	r->nice = (__s8)(t->static_prio - DEFAULT_PRIO);
	r->policy = (__u8)t->policy;
	r->cpu = (__u16)task_cpu_nr(t);
	r->flags = (t->flags & PF_KTHREAD ? TASK_F_KTHREAD : 0) |
		   (state_is_leader(t) ? TASK_F_LEADER : 0) |
		   (has_task_regs() ? 0 : TASK_F_NO_CLASS) |
		   (has_storage ? 0 : TASK_F_NO_OFFCPU);
}

#endif
