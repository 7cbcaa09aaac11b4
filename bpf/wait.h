/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wait classes: what a thread was doing with a piece of its wall time. One list for both
 * sides: the enum for BPF, the table (letter, key, title, rule, help) for user space.
 * The rules are applied when a thread is switched out, in this order of precedence.
 */
#ifndef PROBETOP_WAIT_H
#define PROBETOP_WAIT_H

/* clang-format off */
#define WAIT_CLASSES(X) \
	X(ONCPU,  'R', "oncpu",    "on-cpu",    "running on a CPU") \
	X(RUNQ,   'w', "runq",     "wait-cpu",  "runnable, waiting for a CPU") \
	X(QUOTA,  't', "quota",    "quota",     "held back by a cgroup CPU quota (inferred; a part of wait-cpu)") \
	X(DISK,   'D', "disk",     "disk",      "block I/O: uninterruptible, in_iowait is set") \
	X(FAULT,  'F', "fault",    "fault",     "page fault, reclaim or swap: asleep in the kernel without a system call") \
	X(KLOCK,  'L', "klock",    "kernel",    "uninterruptible without iowait: a kernel or filesystem lock, NFS") \
	X(FUTEX,  'U', "futex",    "futex",     "futex: a mutex or a condition variable, the kernel cannot tell which") \
	X(NET,    'N', "net",      "net",       "waiting for data of a socket") \
	X(PIPE,   'P', "pipe",     "pipe",      "a pipe, a child or another process") \
	X(TIMER,  'T', "timer",    "timer",     "nanosleep and timers; summed into idle") \
	X(IDLE,   '.', "idle",     "idle",      "waiting for work: poll, select, epoll, accept, sigwait") \
	X(OTHER,  '?', "other",    "other",     "asleep in a call that the rules do not name")
/* clang-format on */

#define WAIT_ENUM(id, letter, key, title, help) WAIT_##id,
enum wait_class { WAIT_CLASSES(WAIT_ENUM) WAIT_NR };
#undef WAIT_ENUM

/* Classes from WAIT_FIRST_SLEEP on are sleeps; task_state sums them, in units of 1,024 ns. */
#define WAIT_FIRST_SLEEP WAIT_DISK
#define WAIT_SLEEPS (WAIT_NR - WAIT_FIRST_SLEEP)
#define WAIT_UNIT_SHIFT 10

#endif
