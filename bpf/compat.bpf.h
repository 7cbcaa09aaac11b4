/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between kernels and machines, each difference named once. Chosen by BTF at
 * load (CO-RE constants become dead code), never by the kernel's version.
 */
#ifndef PROBETOP_COMPAT_BPF_H
#define PROBETOP_COMPAT_BPF_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "wait.h"

/* Macros of the kernel, so absent from BTF; the same in 5.10, 6.1, 6.12, 6.18 and 7.2. */
#define TASK_INTERRUPTIBLE   0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_STOPPED	     0x0004
#define TASK_TRACED	     0x0008
#define EXIT_DEAD	     0x0010
#define EXIT_ZOMBIE	     0x0020
#define TASK_PARKED	     0x0040
#define TASK_DEAD	     0x0080
#define TASK_NOLOAD	     0x0400
#define PF_IO_WORKER	     0x00000010
#define PF_KTHREAD	     0x00200000
#define TS_COMPAT	     0x0002
#define USER32_CS	     0x0023
#define PSR_MODE32_BIT	     0x0010
#define DEFAULT_PRIO	     120
#define MM_FILEPAGES	     0
#define MM_ANONPAGES	     1
#define MM_SWAPENTS	     2
#define MM_SHMEMPAGES	     3

enum bpf_func_id___x {
	BPF_FUNC_get_current_task_btf___x = 158,
	BPF_FUNC_snprintf___x = 165,
	BPF_FUNC_task_pt_regs___x = 175,
};

/* 5.14 renamed task_struct.state to __state and made it an unsigned int. */
static __always_inline unsigned int task_run_state(struct task_struct *t)
{
	struct task_struct___other *old = (void *)t;

	if (bpf_core_field_exists(t->__state))
		return t->__state;
	return (unsigned int)old->state;
}

/*
 * What to keep of the state in which a task leaves its CPU: nothing where it was preempted on its
 * way to sleep. Without a branch: the verifier would walk all that follows twice.
 */
static __always_inline unsigned int switch_mask(int preempt)
{
	__u32 mask = (preempt & 1) - 1;

	barrier_var(mask);
	return mask;
}

/* 5.16 moved task_struct.cpu to thread_info.cpu. */
static __always_inline unsigned int task_cpu_nr(struct task_struct *t)
{
	struct task_struct___other *old = (void *)t;

	if (bpf_core_field_exists(old->cpu))
		return old->cpu;
	return t->thread_info.cpu;
}

/*
 * 6.2 made rss_stat an array of percpu_counter: `count` is the batched part, and may be
 * negative. Before it is an array of a typedef (atomic_long_t), and kernels before 6.5 let no
 * typed pointer into such an array: there user space must ask /proc.
 */
static __always_inline bool has_rss(void)
{
	return bpf_core_field_exists(((struct mm_struct *)0)->rss_stat[0].count);
}

/*
 * The run queue of the task's group is throttled. 6.17 takes tasks out of it one by one, when they
 * return to user mode; one that was preempted before that is held back all the same.
 */
static __always_inline bool task_is_throttled(struct task_struct *t)
{
	struct task_struct___other *new = (void *)t;
	struct cfs_rq *cfs;

	if (bpf_core_field_exists(new->throttled) && new->throttled)
		return true;
	if (!bpf_core_field_exists(((struct cfs_rq *)0)->throttle_count))
		return false;
	cfs = t->se.cfs_rq;
	return cfs && cfs->throttle_count > 0;
}

/* 6.6 sums how long each run queue of a group was held back; before, only the wait is known. */
static __always_inline bool has_quota_clock(void)
{
	return bpf_core_field_exists(((struct cfs_rq *)0)->throttled_clock_self_time);
}

/* That sum for the run queue that a task is on, in units of WAIT_UNIT_SHIFT; closed times only. */
static __always_inline __u32 quota_clock(struct task_struct *t)
{
	return has_quota_clock() ?
		       (__u32)(t->se.cfs_rq->throttled_clock_self_time >> WAIT_UNIT_SHIFT) : 0;
}

/* bpf_rdonly_cast, for all modules: the linker joins no two uses of one kernel function. */
void *kernel_cast(const void *obj, __u32 btf_id);

/*
 * The same task as a pointer that the verifier does not trust (bpf_rdonly_cast, 6.2). For each
 * pointer read from a trusted one it searches all of the kernel's BTF several times, 1 to 2 ms
 * a piece: with this, loading takes a third of the time.
 */
static __always_inline struct task_struct *task_untrusted(struct task_struct *t, bool cast)
{
	return cast ? kernel_cast(t, bpf_core_type_id_kernel(struct task_struct)) : t;
}

/* The helper came with 5.15; without it only the task's state tells what it waits for. */
static __always_inline bool has_task_regs(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id___x, BPF_FUNC_task_pt_regs___x);
}

/* The helper came with 5.11. */
static __always_inline bool has_current(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id___x, BPF_FUNC_get_current_task_btf___x);
}

static __always_inline struct task_struct *task_current(void)
{
	if (!has_current())
		return NULL;
	return (struct task_struct *)bpf_get_current_task_btf();
}

static __always_inline long regs_syscall(struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return (long)regs->orig_ax;
#else
	return regs->syscallno;
#endif
}

static __always_inline unsigned long regs_arg0(struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->di;
#else
	return regs->orig_x0;
#endif
}

/* Argument 1 to 6 of a system call, at its end, too; `compat`: call_is_compat(). Others are 0. */
static __always_inline __u64 regs_arg(struct pt_regs *regs, __u32 nr, bool compat)
{
#if defined(__TARGET_ARCH_x86)
	switch (nr) {
	case 1:
		return compat ? (__u32)regs->bx : regs->di;
	case 2:
		return compat ? (__u32)regs->cx : regs->si;
	case 3:
		return compat ? (__u32)regs->dx : regs->dx;
	case 4:
		return compat ? (__u32)regs->si : regs->r10;
	case 5:
		return compat ? (__u32)regs->di : regs->r8;
	case 6:
		return compat ? (__u32)regs->bp : regs->r9;
	}
	return 0;
#else
	__u64 arg = nr == 1 ? regs->orig_x0 : nr == 2 ? regs->regs[1] : nr == 3 ? regs->regs[2] :
		    nr == 4 ? regs->regs[3] : nr == 5 ? regs->regs[4] : nr == 6 ? regs->regs[5] : 0;

	return compat ? (__u32)arg : arg;
#endif
}

static __always_inline bool has_x32(void)
{
#if defined(__TARGET_ARCH_x86)
	return true;
#else
	return false;
#endif
}

/* A 32-bit call on a 64-bit kernel has numbers of its own. */
static __always_inline bool task_is_compat(struct task_struct *t)
{
#if defined(__TARGET_ARCH_x86)
	return t->thread_info.status & TS_COMPAT;
#else
	return false;
#endif
}

/*
 * The same in a call of the running task; `t` is NULL where that cannot be had (5.10). Then the
 * code segment tells, and how it came in: SYSCALL leaves the return address in cx, int 0x80 not.
 */
static __always_inline bool call_is_compat(struct task_struct *t, struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	if (t)
		return task_is_compat(t);
	return (regs->cs & 0xffff) == USER32_CS || regs->cx != regs->ip;
#else
	return regs->pstate & PSR_MODE32_BIT;
#endif
}

#endif
