/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of PANE_CPU: what belongs to a CPU or to the whole machine. */
#ifndef PROBETOP_CPU_H
#define PROBETOP_CPU_H

#include "core.h"

enum cpu_kind {
	CPU_STAT = 1,  /* struct cpu_stat_rec, from /proc/stat */
	CPU_SCHED = 2, /* struct cpu_sched_rec, from BPF */
	CPU_HIST = 3,  /* struct cpu_hist_rec: machine-wide histogram */
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

#endif
