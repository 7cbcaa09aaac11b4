/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides what a thread that is switched out waits for, in the order of bpf/wait.h: from its
 * state, in_iowait and the system call in its saved registers.
 */
#ifndef PROBETOP_CLASSIFY_BPF_H
#define PROBETOP_CLASSIFY_BPF_H

#include "common.bpf.h"
#include "wait.bpf.h"

#define S_IFMT	 0170000
#define S_IFSOCK 0140000
#define S_IFREG	 0100000
#define S_IFBLK	 0060000
#define S_IFDIR	 0040000
#define S_IFCHR	 0020000
#define S_IFIFO	 0010000

static __always_inline __u8 class_of_mode(unsigned short mode)
{
	switch (mode & S_IFMT) {
	case S_IFIFO:
		return WAIT_PIPE;
	case S_IFSOCK:
		return WAIT_NET;
	case S_IFREG:
	case S_IFDIR:
		return WAIT_KLOCK;
	case S_IFBLK:
		return WAIT_DISK;
	case S_IFCHR: /* a terminal: waits for work */
	case 0:	      /* eventfd, timerfd, inotify: an anonymous inode */
		return WAIT_IDLE;
	}
	return WAIT_OTHER;
}

/* The type of the descriptor in the call's first argument: 6.2 and later (bpf_rdonly_cast). */
static __always_inline __u8 class_of_fd(struct task_struct *t, unsigned long nr)
{
	struct files_struct *files = task_untrusted(t, true)->files;
	struct cgroup_subsys_state *slot;
	struct fdtable *fdt;
	struct file *file;

	if (!files)
		return WAIT_OTHER;
	fdt = files->fdt;
	if (!fdt || nr >= fdt->max_fds)
		return WAIT_OTHER;
	/*
	 * A place of the table is what a typed walk cannot reach: it is read as any struct that
	 * begins with a pointer. This one is in use elsewhere: each further type costs 0.6 ms.
	 */
	slot = kernel_cast((void *)fdt->fd + nr * sizeof(void *),
			   bpf_core_type_id_kernel(struct cgroup_subsys_state));
	file = kernel_cast(slot->cgroup, bpf_core_type_id_kernel(struct file));
	if (!file->f_inode)
		return WAIT_OTHER; /* closed meanwhile by another thread */
	return class_of_mode(file->f_inode->i_mode);
}

/* Asleep without a system call: -1 is a page fault, a kernel thread has no registers. */
#define CALL_NONE    (-1)
#define CALL_UNKNOWN (-2)

static __always_inline long task_call(struct task_struct *t, unsigned long *ret_arg0)
{
	struct pt_regs *regs;

	*ret_arg0 = 0;
	if (!has_task_regs())
		return CALL_UNKNOWN;
	regs = (struct pt_regs *)bpf_task_pt_regs(t);
	*ret_arg0 = regs_arg0(regs);
	return regs_syscall(regs);
}

static __always_inline __u8 class_of_call(struct task_struct *t, long nr, unsigned long arg0,
					  bool cast)
{
	__u8 class;

	if (nr == CALL_UNKNOWN)
		return WAIT_OTHER;
	if (nr < 0)
		return WAIT_FAULT;
	nr &= ~0x40000000L; /* x32 */
	if (nr >= WAIT_CALLS)
		return WAIT_OTHER;
	class = task_is_compat(t) ? wait_by_compat_call[nr & (WAIT_CALLS - 1)]
				  : wait_by_call[nr & (WAIT_CALLS - 1)];
	if (class == WAIT_BY_FD)
		return cast ? class_of_fd(t, arg0) : WAIT_OTHER;
	return class ? class : WAIT_OTHER;
}

static __always_inline __u8 class_uninterruptible(struct task_struct *t, long nr)
{
	if (BPF_CORE_READ_BITFIELD(t, in_iowait)) {
		if (nr == NR_IO_URING_ENTER)
			return WAIT_IDLE; /* io_uring marks every waiter so, sockets too */
		return nr == CALL_NONE ? WAIT_FAULT : WAIT_DISK;
	}
	if (nr == CALL_NONE)
		return WAIT_FAULT;
	return call_makes_process(nr) ? WAIT_PIPE : WAIT_KLOCK;
}

static __always_inline __u8 class_of_worker(struct task_struct *t, unsigned int state)
{
	if (!(state & TASK_UNINTERRUPTIBLE) || (state & TASK_NOLOAD))
		return WAIT_IDLE;
	return BPF_CORE_READ_BITFIELD(t, in_iowait) ? WAIT_DISK : WAIT_KLOCK;
}

/* Class of a thread that leaves the CPU in `state`; 0 is running: preempted or yielding. */
static __always_inline __u8 wait_classify(struct task_struct *t, unsigned int state, bool cast)
{
	unsigned long arg0;
	long nr;

	if (!state)
		return task_is_throttled(task_untrusted(t, cast)) ? WAIT_QUOTA : WAIT_RUNQ;
	if (t->flags & (PF_KTHREAD | PF_IO_WORKER))
		return class_of_worker(t, state);
	if (state & (TASK_STOPPED | TASK_TRACED))
		return WAIT_OTHER;
	nr = task_call(t, &arg0);
	if (state & TASK_UNINTERRUPTIBLE)
		return class_uninterruptible(t, nr);
	if (BPF_CORE_READ_BITFIELD(t, in_iowait) && nr != NR_IO_URING_ENTER)
		return WAIT_DISK;
	return class_of_call(t, nr, arg0, cast);
}

#endif
