/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What BPF programs and user space share beside the records: counters by CPU, the control
 * block of a pass, and the state kept with each task. Included unchanged by both sides.
 */
#ifndef PROBETOP_STATE_H
#define PROBETOP_STATE_H

#include "core.h"
#include "cpu.h"
#include "disk.h"
#include "fs.h"

/* Probes by number: the index of their counters, and of the table in src/probe/table.c. */
enum probe_id {
	PROBE_SWITCH,
	PROBE_FORK,
	PROBE_EXEC,
	PROBE_EXIT,
	PROBE_FREE,
	PROBE_MIGRATE,
	PROBE_IRQ_ENTRY,
	PROBE_IRQ_EXIT,
	PROBE_SOFTIRQ_ENTRY,
	PROBE_SOFTIRQ_EXIT,
	PROBE_WAKING,	 /* on demand */
	PROBE_TIMER_ENTRY, /* on demand */
	PROBE_TIMER_EXIT,  /* on demand */
	PROBE_SYS_ENTER, /* on demand */
	PROBE_SYS_EXIT,	 /* on demand */
	PROBE_IO_START,
	PROBE_IO_GETRQ, /* on demand; always where there is no io_start */
	PROBE_IO_ISSUE,
	PROBE_IO_COMPLETE,
	PROBE_IO_REQUEUE,
	PROBE_DIRTY,
	PROBE_BIO_QUEUE, /* on demand, as all that follow: steps of requests */
	PROBE_BIO_BACKMERGE,
	PROBE_BIO_FRONTMERGE,
	PROBE_RQ_MERGE,
	PROBE_RQ_INSERT,
	PROBE_PLUG,
	PROBE_UNPLUG,
	PROBE_BIO_SPLIT,
	PROBE_BIO_REMAP,
	PROBE_BIO_COMPLETE,
	PROBE_BIO_BOUNCE,
	PROBE_BIO_SLEEP,
	PROBE_VFS_READ, /* functions of the VFS, where the kernel lets programs be attached to functions */
	PROBE_VFS_WRITE,
	PROBE_VFS_READV,
	PROBE_VFS_WRITEV,
	PROBE_VFS_SENDFILE,
	PROBE_VFS_SPLICE,
	PROBE_VFS_COPY,
	PROBE_VFS_OPEN,
	PROBE_VFS_SYNC,
	PROBE_URING_SUBMIT,
	PROBE_URING_DONE,
	PROBE_UNLINK, /* also counts what the filesystem module sends through the ring */
	PROBE_LOOKUP_FAST, /* on demand */
	PROBE_LOOKUP_SLOW, /* on demand */
	PROBE_D_LOOKUP,	   /* on demand */
	PROBE_PAGE_ADD, /* on demand, as all that follow: the page cache */
	PROBE_PAGE_DELETE,
	PROBE_PAGE_READ,
	PROBE_PAGE_FAULT,
	PROBE_PAGE_MAP,
	PROBE_PASS,
	PROBE_FLOOD,
	PROBE_NR,
};

/* One call in 2^COST_SHIFT is timed. */
#define COST_SHIFT 6

/* Of one probe on one CPU, since it was loaded. */
struct probe_stats {
	__u64 events;
	__u64 seen; /* = submitted + full */
	__u64 submitted;
	__u64 full;
	__u64 map_full;
	__u64 unmatched;
	__u64 timed; /* how many calls were timed, and what they took */
	__u64 timed_ns;
	__u64 max_ns;
};

/* One of the durations that a slot of a histogram counts: the first since the last reading. */
struct exemplar {
	__u64 at_ns; /* run-queue clock at its end */
	__u64 ns;
	__u32 pid, tgid;
	__u32 by_pid, by_tgid;
	char comm[TASK_COMM_BYTES], by_comm[TASK_COMM_BYTES];
	__u8 wclass;
	__u8 reserved[7];
};

/* Time in the handlers of one vector. */
struct irq_sum {
	__u64 count;
	__u64 ns;
	__u64 max_ns[2]; /* by epoch */
	__u32 slots[HIST_SLOTS];
};

/*
 * Hard interrupts lie in slots, a row of them for each CPU; one is found by its number, in so many
 * places from there on.
 */
#define IRQ_SLOT_TRIES 8
struct irq_slot {
	__u32 irq;
	__u32 used;
	struct irq_sum sum;
};

/* Who had a CPU before a switch, and for how long; the last few tell behind whom one waited. */
#define RAN_NR 4
struct ran {
	__u64 ns;
	__u32 tgid; /* 0: the idle task */
	__u32 pid;
};

/* Everything that belongs to one CPU; read by user space without a system call. */
struct cpu_block {
	struct probe_stats probe[PROBE_NR];
	__u64 switches;
	__u64 forks;
	__u64 execs;
	__u64 exits;
	__u64 offset_ns;    /* CLOCK_MONOTONIC minus the run queue's clock */
	__u64 offset_at_ns; /* run-queue clock of that reading; 0: none yet */
	__u64 sum_ns[HIST_WHICH_NR];
	__u64 max_ns[2][HIST_WHICH_NR]; /* by epoch: one is written, the other read */
	__u64 noted[HIST_WHICH_NR]; /* bit per slot whose exemplar is new; the reader clears it */
	__u64 slots[HIST_WHICH_NR][HIST_SLOTS];
	__u64 switched_ns; /* run-queue clock of the last switch */
	struct ran ran[RAN_NR];
	__u32 ran_at; /* where the next goes */
	__u32 reserved;
	__u64 migrations_in;
	__u64 migrations_out;
	__u64 irq_entered_ns;	  /* 0: no handler is running */
	__u64 softirq_entered_ns;
	__u64 timer_epoch;	  /* pair_epoch() of a timer's callback that is running; 0: none */
	__u32 irq_now;		  /* which, while irq_entered_ns is set */
	__u32 softirq_now;
	struct irq_sum softirq[SOFTIRQS];
	struct exemplar exemplar[HIST_WHICH_NR][HIST_SLOTS];
	__u64 lookups, lookups_slow, lookups_missed; /* of names in the dentry cache, on demand */
	__u64 current_start_ns; /* 5.10: of the process that runs, as its switch noted it */
	__u32 current_flags;	/* its PF_* */
	__u32 current_tracked;
	__u32 nr_running; /* as of pass nr_running_pass; 0 in a later pass that did not set it */
	__u16 nr_running_pass;
	__u16 seq;
} __attribute__((aligned(128)));

/*
 * Kept with each task. Histograms and dead threads' sums are kept at the group leader only.
 * At most 440 bytes: the kernel adds 72, and above 512 a task would cost 1,024.
 */
struct task_state {
	union {
		__u32 slots[HIST_KEPT_NR][HIST_SLOTS];
		struct { /* of a thread that is no leader, from its exit to its last switch */
			__u64 leader_start_ns;
			__u64 runq_ns;
			__u32 migrations;
			__u32 ppid;
		} gone;
	};
	__u64 since_ns; /* run-queue clock of the last switch, in or out; 0: not seen */
	__u64 delay_ns; /* run_delay at the last dispatch */
	__u64 max_ns[2][HIST_KEPT_NR];
	__u32 oncpu_low; /* of what was published, the lower half: an estimate must not step back */
	/*
	 * Time held back by a quota, in units of 1,024 ns. It goes by a clock of the run queue, which
	 * is taken off when such a wait begins and added when it ends.
	 */
	__u32 quota_units;
	__u64 dead_runq_ns;
	__u32 units[WAIT_SLEEPS];
	__u32 dead_migrations;
	__u32 run_hash; /* of what was published last: whether it ran; thread; process */
	__u32 hash;
	__u32 proc_hash;
	__u8 wclass; /* enum wait_class, or STATE_UNSEEN */
	__u8 flags;  /* enum state_flags */
	__u8 dirty;  /* the histograms grew since the last pass */
	__u8 pass;   /* bit 7: which max_ns is written; the rest: number of the last pass */
};
_Static_assert(sizeof(struct task_state) == 440, "task state fits the 512-byte slab");

/*
 * Off-CPU histogram of a process, at its leader, only while it is asked for: made by a pass or
 * at fork. With what the kernel adds it fills a 256-byte slab.
 */
struct off_state {
	__u32 slots[HIST_SLOTS];
	__u64 max_ns[2];
	__u32 dirty; /* it grew since the last pass */
	__u32 epoch; /* which max_ns is written: 0 or 1 */
};
_Static_assert(sizeof(struct off_state) == 184, "off-CPU state fits the 256-byte slab");

/* Pairs lie in fixed slots, found by a hash of the key; the least recent of a few gives way. */
#define PAIR_SLOTS 8192
struct pair_slot {
	__u64 key; /* pair_key(); 0: free */
	__u64 count;
	__u64 ns;
	__u32 pass; /* pass_ctl.passes when it was touched last */
	__u32 reserved;
};
struct pair_area {
	struct pair_slot slot[PAIR_SLOTS];
};

/* A process id has at most 22 bits. */
#define PAIR_KIND_SHIFT 56
#define PAIR_TGID_SHIFT 32

static inline __u64 pair_key(__u32 kind, __u32 tgid, __u32 by)
{
	return (__u64)kind << PAIR_KIND_SHIFT | (__u64)tgid << PAIR_TGID_SHIFT | by;
}

/* Settings that may change while programs run. */
struct settings {
	__u64 slow_ns; /* a run-queue wait from here on is an event of its own */
	__u32 demand;  /* enum demand */
	__u32 self_tgid; /* left out of events and of system calls */
	__u64 disk_slow_ns; /* a request that took so long is an event of its own */
	__u32 trace_tgid;   /* every request of this process (TRACE_ALL) and of this device is one; 0: of none */
	__u32 trace_dev;
	__u64 fs_slow_ns; /* an operation on a file that took so long is an event of its own */
	__u32 fs_kinds;	  /* bits of enum fs_event: those that are told now, FS_EV_ALWAYS among them */
	__u32 fs_by_calls; /* bits of enum fs_op: counted by sys_enter and sys_exit, else by the VFS's functions */
};

#define STATE_UNSEEN	0xff /* no switch seen yet */
#define STATE_PASS_MASK 0x7f
#define STATE_MAX_BIT	7

enum state_flags {
	STATE_F_TRACKED = 1 << 0,
	STATE_F_GROUP_DEAD = 1 << 1, /* its exit ended the process */
	STATE_F_GONE = 1 << 2,	     /* `gone` is valid */
	STATE_F_ZOMBIE = 1 << 3,     /* a pass saw it dead and not reaped */
	STATE_F_SHOWN = 1 << 4,	     /* published as a zombie: its end must be told */
};

enum pass_flags {
	PASS_F_KEY = 1 << 0,   /* publish everything */
	PASS_F_RESET = 1 << 1, /* state for all, their last switches forgotten; publish nothing */
	PASS_F_MARK = 1 << 2,  /* mark the tgid `track`, publish nothing */
	PASS_F_ALL = 1 << 3,   /* look closely at tasks that did not run, too */
};

/* A pass: asked for by user space, carried out by one of the two programs. */
struct pass_ctl {
	__u32 flags; /* enum pass_flags */
	__u32 nr;    /* number of this pass, 1 to 127 */
	__u32 room;  /* slots that may be filled */
	__u32 used;  /* slots that were filled */
	__u32 tasks; /* threads seen */
	__u32 more;  /* the slots were full: call again */
	__u32 track; /* PASS_F_MARK: whom */
	__u32 epoch; /* which cpu_block.max_ns is written: 0 or 1 */
	__u32 flood; /* records to submit, at most FLOOD_CALL */
	__u32 passes; /* begun so far: unlike nr it does not wrap */
};

#define FLOOD_CALL 32

/* One record of a pass in the mapped array. */
#define PASS_SLOT_BYTES 160
struct pass_slot {
	union {
		struct ev_hdr h;
		struct task_rec task;
		struct proc_rec proc;
		struct wait_rec wait;
		struct hist_rec hist;
	};
};
_Static_assert(sizeof(struct pass_slot) == PASS_SLOT_BYTES, "a slot holds any record of a pass");

/* Of tasks that did not run, one in so many is looked at closely in each pass. */
#define PASS_ROTATION 8

/* A task fills 9 slots at most: itself, its process, its waits, three histograms halved. */
#define PASS_TASK_SLOTS 16
#define PASS_SLOTS	4096

struct pass_area {
	struct pass_slot slot[PASS_SLOTS + PASS_TASK_SLOTS];
};

#endif
