/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What views may see: a picture of one interval, const until the next publish. Rows hold raw
 * sums over the interval (ns, bytes, events) as figures; a column's fold (fig.h) makes rates
 * and shares of them. Strings are raw kernel bytes: views escape them.
 */
#ifndef PROBETOP_SNAPSHOT_H
#define PROBETOP_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "core.h"
#include "cpu.h"
#include "fig.h"
#include "hist.h"

#define SNAP_CPUS_MAX 4096
#define SNAP_PROBES_MAX 64
#define SNAP_BAR_CELLS 10

/* One process; or, with pid FIG_UNKNOWN, `processes` short ones that no tick saw alive. */
struct proc_row {
	int64_t pid, ppid, uid;
	uint64_t start_ns; /* with pid the identity; 0 for a summed row */
	char comm[TASK_COMM_BYTES + 1];
	const char *user; /* name or NULL: show uid */
	const char *cmd;  /* arguments, NUL-separated, cmd_len bytes; NULL where not known (yet) */
	uint16_t cmd_len, exe_len;
	const char *exe; /* exe_len bytes; NULL where not known */
	char state;      /* R S D T t Z X I P */
	uint8_t wclass;  /* of the thread that gives the state */
	bool dead, kthread, self, tracked;
	int32_t exit_code; /* wait(2) status where dead; -1: nobody knows */
	int64_t nice, policy, cpu, cgroup_id;
	int64_t processes, threads, threads_active;
	/* time in the interval, sums over the threads (raw ns) */
	int64_t oncpu_ns, user_ns, system_ns, runq_wait_ns, blocked_ns, idle_ns, offcpu_ns;
	int64_t class_ns[WAIT_NR]; /* the same by wait class; ONCPU and RUNQ included */
	int64_t active_wall_ns;    /* wall time of the threads that were not idle all interval */
	int64_t since_ns;          /* CLOCK_MONOTONIC start of the present segment */
	int64_t blocked_since_ns;  /* age of the present block, ns; FIG_UNKNOWN when not blocked */
	int64_t vcsw, ivcsw, migrations;
	int64_t minflt, majflt;
	int64_t rss_bytes, rss_anon_bytes, rss_file_bytes, rss_shmem_bytes, swap_bytes, vm_bytes;
	int64_t runq_p50_ns, runq_p99_ns, runq_max_ns;
	int64_t oncpu_p50_ns, oncpu_p99_ns, oncpu_max_ns;
	int64_t age_ns;
	int64_t cpu_time_ns; /* on-CPU time since the process started, dead threads included */
	const struct tasks_proc *ref; /* for snapshot_hist(); NULL for a summed row */
};

/* One CPU that is online. */
struct cpu_row {
	int64_t cpu;
	int64_t mode_ns[CPU_MODE_NR]; /* of the interval; FIG_UNKNOWN where /proc/stat lacks it */
	int64_t busy_ns, total_ns;
	int64_t runq_len;             /* running and waiting now */
	int64_t switches;
};

struct psi_fig {
	int64_t some_ns, full_ns; /* stall in the interval; FIG_UNKNOWN without PSI */
};

struct loss_row {
	uint16_t probe, cpu;
	struct loss_rec rec;
};

struct machine {
	struct host_rec host;
	struct tick_rec tick;
	uint64_t interval_ns; /* what rates divide by; 0 in the first frame */
	bool total;           /* sums since `since_ns`, not rates */
	uint64_t since_ns;
	int64_t cpus, busy_ns, idle_ns, mode_ns[CPU_MODE_NR];
	int64_t mem_total, mem_free, mem_available, mem_buffers, mem_cached, mem_used, mem_shmem;
	int64_t swap_total, swap_used;
	int64_t load_centi[3];
	struct psi_fig psi[PSI_NR];
	int64_t tasks, procs, running, blocked; /* threads seen; processes; in state R; in D */
	int64_t runq_len;                       /* sum of run-queue lengths now */
	int64_t forks, execs, exits, switches;  /* in the interval */
	int64_t class_ns[WAIT_NR];              /* all processes, in the interval */
	int64_t runq_p50_ns, runq_p99_ns, runq_max_ns;
	int64_t oldest_block_ns; /* longest present D, 0 when none */
	struct self_rec self;
	int64_t self_cpu_ns, self_bpf_ns; /* in the interval */
	struct alert_rec alert;           /* h.size 0 when there is none */
};

struct snapshot {
	struct machine m;
	const struct proc_row *procs;
	int procs_nr;
	const struct cpu_row *cpus;
	int cpus_nr;
	struct hist runq, oncpu;             /* whole machine, of the interval */
	struct fig_status runq_status, class_status, rss_status, oncpu_hist_status;
	const struct probe_rec *probes;      /* index is the probe id */
	int probes_nr;
	const struct loss_row *losses;
	int losses_nr;
	struct loss_rec lost[PANE_NR]; /* sums by pane, since start; grew in the interval: */
	bool losing[PANE_NR];
};

/*
 * Fills `ret` with a process's histogram of the interval (since the first tick under --total).
 * Returns false where it has none (summed row, kernel without it).
 */
bool snapshot_hist(const struct snapshot *s, const struct proc_row *row, enum hist_which which,
		   struct hist *ret);

#endif
