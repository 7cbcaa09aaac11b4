/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of PANE_CPU: what belongs to a CPU or to the whole machine. */
#ifndef PROBETOP_CPU_H
#define PROBETOP_CPU_H

#include "core.h"

enum cpu_kind {
	CPU_STAT = 1,  /* struct cpu_stat_rec, from /proc/stat */
	CPU_SCHED = 2, /* struct cpu_sched_rec, from BPF */
	CPU_HIST = 3,  /* struct cpu_hist_rec: machine-wide histogram */
	CPU_INTR = 4,	  /* struct irq_rec: one interrupt on one CPU */
	CPU_INTR_HIST = 5, /* struct irq_hist_rec: of all CPUs */
	CPU_INTR_NAME = 6, /* struct irq_name_rec */
	CPU_EXEMPLAR = 7, /* struct latency_rec: one of those in a slot of a histogram */
	CPU_SLOW = 8,	  /* struct latency_rec from the ring: a run-queue wait over the threshold */
	CPU_PAIR = 9,	  /* struct pair_rec: who waited behind whom, who woke whom */
	CPU_CALL = 10,	  /* struct call_rec: one system call of one process */
	CPU_CALL_ERR = 11, /* struct call_err_rec: its errors by errno */
	CPU_FREQ = 12,	  /* struct cpu_freq_rec */
	CPU_KIND_NR,
};

enum cpu_mode { /* the columns of /proc/stat */
	CPU_USER, CPU_NICE, CPU_SYSTEM, CPU_IDLE, CPU_IOWAIT, CPU_IRQ, CPU_SOFTIRQ,
	CPU_STEAL, CPU_GUEST, CPU_GUEST_NICE, CPU_MODE_NR
};

struct cpu_stat_rec {
	struct ev_hdr h; /* cpu */
	__u64 ns[CPU_MODE_NR];
};

/* Counters since the probes started, of one CPU. */
struct cpu_sched_rec {
	struct ev_hdr h; /* cpu */
	__u64 switches;
	__u64 forks; /* new processes, not threads */
	__u64 execs;
	__u64 exits;      /* processes */
	__u32 nr_running; /* run-queue length now: running and waiting (rq.nr_running) */
	__u32 reserved;
	__u64 migrations_in; /* hook sched_migrate_task: tasks that came to this CPU */
	__u64 migrations_out;
};

/* The whole machine's histogram, all slots, summed over CPUs; hdr.cpu is EV_CPU_ANY. */
struct cpu_hist_rec {
	struct ev_hdr h;
	__u32 which; /* enum hist_which */
	__u32 reserved;
	__u64 max_ns; /* since the previous pass */
	__u64 sum_ns;
	__u64 slots[HIST_SLOTS];
};

enum irq_type {
	IRQ_HARD = 0, /* irq: its number */
	IRQ_SOFT = 1, /* irq: the vector */
	IRQ_ARCH = 2, /* irq: the label in /proc/interrupts ("LOC"), first character lowest */
	IRQ_TYPE_NR,
};
#define SOFTIRQS 10 /* HI TIMER NET_TX NET_RX BLOCK IRQ_POLL TASKLET SCHED HRTIMER RCU */

/*
 * Counters of one interrupt on one CPU. Hooks irq_handler_entry and _exit, softirq_entry and
 * _exit: handlers called and time in them; IRQ_ARCH from /proc/interrupts, ns REC_UNKNOWN.
 * Published when changed, and in key frames.
 */
struct irq_rec {
	struct ev_hdr h; /* cpu */
	__u32 irq;
	__u8 type; /* enum irq_type */
	__u8 reserved[3];
	__u64 count;
	__u64 ns;
};
_Static_assert(sizeof(struct irq_rec) == 40, "layout of irq_rec");

/* Time per call of one interrupt, CPUs added up; hdr.cpu is EV_CPU_ANY. */
struct irq_hist_rec {
	struct ev_hdr h;
	__u32 irq;
	__u8 type;
	__u8 reserved[3];
	__u64 max_ns; /* since the previous pass */
	__u64 slots[HIST_SLOTS];
};

/* Source: /proc/interrupts: what stands after the counters, the last word being the device. */
struct irq_name_rec {
	struct ev_hdr h;
	__u32 irq;
	__u8 type;
	__u8 reserved[3];
	char name[48];	/* "virtio1-req.0", "Local timer interrupts" */
	char label[16]; /* "36", "LOC" */
};

/*
 * One single duration: h.ts_ns is its end, h.cpu where. `by` is who had that CPU until then
 * (HIST_RUNQ); 0 elsewhere.
 */
struct latency_rec {
	struct ev_hdr h;
	__u8 which; /* enum hist_which */
	__u8 slot;
	__u8 wclass; /* HIST_OFFCPU: enum wait_class of the sleep */
	__u8 reserved[5];
	__u64 ns;
	__u32 pid, tgid;
	__u32 by_pid, by_tgid;
	char comm[TASK_COMM_BYTES], by_comm[TASK_COMM_BYTES];
};
_Static_assert(sizeof(struct latency_rec) == 80, "layout of latency_rec");

enum pair_kind {
	PAIR_BEHIND = 0, /* waited for a CPU that `by` had: of waits of at least PAIR_MIN_NS */
	PAIR_WAKER = 1,	 /* was woken by `by` (DEMAND_WAKERS) */
	PAIR_KIND_NR,
};
#define PAIR_MIN_NS (1 << 16) /* 65 us: shorter waits are nobody's fault */

/* Who is no process: an interrupt woke it. */
#define PAIR_BY_IRQ	0x80000000 /* + number */
#define PAIR_BY_SOFTIRQ 0xc0000000 /* + vector */
#define PAIR_BY_TIMER	0xe0000000 /* an interrupt outside of handlers: timers, function calls */

/* Cumulative, of two processes; begins anew when the pair was forgotten in between. */
struct pair_rec {
	struct ev_hdr h;
	__u32 tgid; /* who waited */
	__u32 by;   /* tgid of the other, or PAIR_BY_* */
	__u32 kind; /* enum pair_kind */
	__u32 reserved;
	__u64 count;
	__u64 ns; /* PAIR_BEHIND */
};
_Static_assert(sizeof(struct pair_rec) == 48, "layout of pair_rec");

#define CALL_F_COMPAT 1	    /* a 32-bit call: numbers of another table */
#define CALL_F_X32    2	    /* an x32 call: the bit that says so is taken off the number */
#define CALL_F_GONE   0x8000 /* the last word: the process is gone, its counters begin anew */

#define CALL_NRS     1024   /* no machine's numbers go so far */
#define CALL_NR_NONE 0xffff /* a number beyond that, or none */

/* One system call of one process since it was first asked for; hdr.cpu is EV_CPU_ANY. */
struct call_rec {
	struct ev_hdr h;
	__u32 tgid; /* 0: of processes for which there was no room */
	__u16 nr;
	__u16 flags;
	__u64 start_ns; /* of the group leader */
	__u64 count;	/* calls that returned: hook sys_exit */
	__u64 ns;	/* sys_enter to sys_exit, of those whose beginning was seen */
	__u64 errors;	/* returned -1 to -4095, restarts left out */
	__u64 max_ns;	/* since the previous pass */
	__u32 slots[HIST_SLOTS]; /* wrap */
};
_Static_assert(sizeof(struct call_rec) == 224, "layout of call_rec");

struct call_err_rec {
	struct ev_hdr h;
	__u32 tgid;
	__u16 nr;
	__u16 flags;
	__u64 start_ns;
	__u32 error; /* errno */
	__u32 reserved;
	__u64 count;
};
_Static_assert(sizeof(struct call_err_rec) == 48, "layout of call_err_rec");

/* Source: /sys/devices/system/cpu/cpuN/cpufreq/scaling_cur_freq; without it there is no record. */
struct cpu_freq_rec {
	struct ev_hdr h; /* cpu */
	__u64 hz;
};

#endif
