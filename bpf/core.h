/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of PANE_CORE: tasks, the tick, the host and the instrument itself.
 *
 * Counters are cumulative: the reader subtracts. Times are ns, CLOCK_MONOTONIC unless a name
 * says otherwise; start_ns is the task's start_boottime. A value that the source cannot give
 * is REC_UNKNOWN (all bits set), never 0.
 */
#ifndef PROBETOP_CORE_H
#define PROBETOP_CORE_H

#include "event.h"
#include "wait.h"

#define REC_UNKNOWN ((__u64)-1)
#define REC_UNKNOWN32 ((__u32)-1)
#define TASK_COMM_BYTES 16

enum core_kind {
	/* from the kernel */
	CORE_TASK = 1, /* struct task_rec: a thread that changed since it was last published */
	CORE_PROC = 2, /* struct proc_rec: what belongs to the process, with its dead threads */
	CORE_WAIT = 3, /* struct wait_rec: sums of sleep by class, of one thread */
	CORE_HIST = 4, /* struct hist_rec: changed slots of a process's histogram */
	CORE_EXIT = 5, /* struct task_rec: the last word of a thread, from its last switch */
	CORE_EXEC = 6, /* struct exec_rec: a process has a new program */
	CORE_FLOOD = 7, /* bare header: ring load for tests */
	/* from user space */
	CORE_TICK = 16,  /* struct tick_rec: closes a pass */
	CORE_HOST = 17,  /* struct host_rec */
	CORE_USER = 18,  /* struct user_rec */
	CORE_CMD = 19,   /* struct cmd_rec */
	CORE_PSI = 20,   /* struct psi_rec */
	CORE_MEM = 21,   /* struct mem_rec */
	CORE_LOAD = 22,  /* struct load_rec */
	CORE_SELF = 23,  /* struct self_rec */
	CORE_LOSS = 24,  /* struct loss_rec: one probe on one CPU */
	CORE_PROBE = 25, /* struct probe_rec: one probe's state */
	CORE_ALERT = 26, /* struct alert_rec */
	CORE_DEMAND = 27,  /* struct demand_rec */
	CORE_KMSG = 28,    /* struct kmsg_rec: a line of the kernel's log */
	CORE_BLOCKED = 29, /* struct blocked_rec: where a task in D is stuck */
	CORE_STACK = 30,   /* struct stack_rec: kernel stack of one thread, read once */
	CORE_CGROUP = 31,  /* struct cgroup_rec: path of a cgroup */
	CORE_CGSTAT = 32,  /* struct cgstat_rec: pressure and throttling of a cgroup */
	CORE_KIND_NR,
};

enum task_flags {
	TASK_F_KTHREAD = 1 << 0,
	TASK_F_LEADER = 1 << 1,
	TASK_F_GROUP_DEAD = 1 << 2, /* CORE_EXIT: the process ends with this thread */
	TASK_F_TRACKED = 1 << 3,    /* belongs to the tree of `-- COMMAND` */
	TASK_F_NO_RUNQ = 1 << 4,    /* runq_ns not available (no sched_info) */
	TASK_F_NO_CLASS = 1 << 5,   /* wclass is only what the task state tells */
	TASK_F_FREED = 1 << 6,      /* CORE_EXIT: a second one, of a zombie shown by a pass and now gone */
	TASK_F_NO_OFFCPU = 1 << 7,  /* its process has no off-CPU histogram (no task storage) */
};

/* One thread. hdr.cpu is EV_CPU_ANY in a pass, the CPU of the last switch in CORE_EXIT. */
struct task_rec {
	struct ev_hdr h;
	__u32 pid; /* thread id, initial pid namespace */
	__u32 tgid;
	__u64 start_ns; /* task_struct.start_boottime */
	__u32 ppid;     /* real_parent->tgid */
	__u32 uid;      /* cred->uid (real uid) */
	char comm[TASK_COMM_BYTES];
	__u64 oncpu_ns; /* se.sum_exec_runtime, with the open segment of a running task */
	__u64 runq_ns;  /* sched_info.run_delay, closed segments only */
	__u64 utime_ns; /* utime, stime: tick samples; the model scales them to oncpu_ns */
	__u64 stime_ns;
	__u64 nvcsw;
	__u64 nivcsw;
	__u32 migrations; /* se.nr_migrations; wraps */
	__u32 majflt;     /* maj_flt; wraps */
	__u64 minflt;
	__u64 since_ns;   /* when the present segment (wclass) began; REC_UNKNOWN where not known */
	__u64 cgroup_id;  /* kernfs id of the v2 cgroup, else of the v1 memory one */
	__u32 exit_code;  /* CORE_EXIT: task_struct.exit_code as wait(2) gives it */
	__u32 wakeups;    /* reserved, 0 */
	__u8 state;       /* letter: R S D T t Z X I P */
	__u8 wclass;      /* enum wait_class of the present segment */
	__s8 nice;
	__u8 policy; /* SCHED_* */
	__u16 cpu;   /* last CPU */
	__u16 flags; /* enum task_flags */
	__u64 leader_start_ns; /* start_boottime of the group leader: with tgid, the process's identity */
};
_Static_assert(sizeof(struct task_rec) == 160, "a task record is at most 160 bytes");

/* One process: read at its leader. Sums are those of threads that are gone (task->signal). */
struct proc_rec {
	struct ev_hdr h;
	__u32 tgid;
	__u32 threads; /* signal->nr_threads */
	__u64 start_ns;
	__u32 rss_anon_pages; /* mm->rss_stat; batched since 6.2, REC_UNKNOWN32 without mm */
	__u32 rss_file_pages;
	__u32 rss_shmem_pages;
	__u32 swap_pages;
	__u64 vm_pages; /* mm->total_vm */
	__u64 dead_oncpu_ns; /* signal->sum_sched_runtime */
	__u64 dead_utime_ns;
	__u64 dead_stime_ns;
	__u64 dead_nvcsw;
	__u64 dead_nivcsw;
	__u64 dead_minflt;
	__u64 dead_majflt;
	__u64 dead_runq_ns; /* own sum, kept at the leader; 0 before the probes */
	__u32 dead_migrations;
	__u32 flags; /* bit 0: RSS is approximate */
};
_Static_assert(sizeof(struct proc_rec) == 128, "layout of proc_rec");
#define PROC_F_RSS_APPROX 1

/* Sleep of one thread by class since it was first seen, in units of 1,024 ns; each wraps. */
struct wait_rec {
	struct ev_hdr h;
	__u32 pid;
	__u32 tgid;
	__u64 start_ns;
	__u32 units[WAIT_SLEEPS]; /* index: class - WAIT_FIRST_SLEEP */
	__u32 quota_units; /* closed waits that a cgroup's quota caused: a part of runq_ns */
};
_Static_assert(sizeof(struct wait_rec) == 72, "layout of wait_rec");

enum hist_which {
	HIST_RUNQ = 0,  /* run-queue latency: runnable to running */
	HIST_ONCPU = 1, /* on-CPU time per dispatch: switched in to switched out */
	HIST_OFFCPU = 2, /* off-CPU time: switched out to switched in; of a process on demand only */
	HIST_WHICH_NR,
};
#define HIST_KEPT_NR 2 /* of these, so many are always kept with each process */

/* Slots [first, first + nr) of a process's histogram; slots not named are unchanged. */
#define HIST_REC_SLOTS 28
struct hist_rec {
	struct ev_hdr h;
	__u32 tgid;
	__u8 which; /* enum hist_which */
	__u8 first;
	__u8 nr;
	__u8 reserved;
	__u64 start_ns;
	__u64 max_ns; /* largest value since the previous pass; 0: none */
	__u32 slots[HIST_REC_SLOTS]; /* cumulative, wrap */
};
_Static_assert(sizeof(struct hist_rec) == 152, "layout of hist_rec");

#define EXEC_ARGS_BYTES 196
/* A process has a new program: hook sched_process_exec, arguments from mm->arg_start on. */
struct exec_rec {
	struct ev_hdr h;
	__u32 tgid;
	__u32 old_pid;
	__u64 start_ns;
	char comm[TASK_COMM_BYTES];
	__u32 ppid;	    /* real_parent->tgid */
	__u32 uid;
	__u16 args_len;	    /* bytes in args, NUL-separated */
	__u16 args_all;	    /* bytes there are (at most 65,535): more than args_len where cut */
	char args[EXEC_ARGS_BYTES];
};
_Static_assert(sizeof(struct exec_rec) == 256, "layout of exec_rec");

#include "core_user.h"

#endif
