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

/* Of which time the figures are. */
enum window {
	WINDOW_INTERVAL, /* since the last publish */
	WINDOW_TOTAL,	 /* --total: since the first tick, and sums instead of rates */
	WINDOW_START,	 /* since the first tick, as rates */
	WINDOW_MARK,	 /* since world_mark(), as rates; without a mark since the first tick */
};

/* Which processes have rows for their threads. */
enum watch { WATCH_NONE, WATCH_ONE, WATCH_ALL };

#define SNAP_CPUS_MAX 4096
#define SNAP_PROBES_MAX 96
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
	int64_t offcpu_p50_ns, offcpu_p99_ns, offcpu_max_ns; /* on demand: see offcpu_status */
	int64_t age_ns;
	int64_t cpu_time_ns; /* on-CPU time since the process started, dead threads included */
	const struct tasks_proc *ref; /* for snapshot_hist(); NULL for a summed row */
};

/* Shares of one CPU's time, as mpstat names them: together they are 100 %. */
enum cpu_share {
	SHARE_USR, SHARE_NICE, SHARE_SYS, SHARE_IOWAIT, SHARE_IRQ, SHARE_SOFTIRQ, SHARE_STEAL,
	SHARE_GUEST, SHARE_IDLE, SHARE_NR
};

/* One CPU that is online; in cpus_all also all of them together, with cpu -1. */
struct cpu_row {
	int64_t cpu;
	int64_t share_pct[SHARE_NR]; /* thousandths of a per cent; usr and nice without guest */
	int64_t busy_pct;	     /* the rest of idle and iowait */
	int64_t mode_ns[CPU_MODE_NR]; /* of the interval; FIG_UNKNOWN where /proc/stat lacks it */
	int64_t busy_ns, total_ns;
	int64_t runq_len;             /* running and waiting now */
	int64_t switches;
	int64_t migrations_in, migrations_out;
	int64_t hz; /* frequency now; FIG_UNKNOWN where the kernel does not tell, or nobody asks */
};

/* Past intervals of one histogram, newest last: what a heat map is drawn from. */
#define HEAT_COLUMNS 600
struct heat_column {
	uint64_t end_ns;
	uint32_t slots[HIST_SLOTS];
};
struct heat {
	uint32_t nr, next; /* columns in use; where the next goes: the oldest is at next when full */
	uint32_t cap;
	struct heat_column *columns; /* cap of them */
};

/* Who a process waited behind, or who woke it, in the interval; most first. */
struct pair_row {
	uint32_t by; /* tgid, or PAIR_BY_* */
	char name[24]; /* of the process, or of the interrupt: raw bytes, NUL-terminated */
	int64_t count, ns;
	int64_t share_pct; /* of all of its kind: of the time waited, of the wake-ups; thousandths */
};

struct psi_fig {
	int64_t some_ns, full_ns; /* stall in the interval; FIG_UNKNOWN without PSI */
};

struct loss_row {
	uint16_t probe, cpu;
	struct loss_rec rec;
};

/* Figures of the machine whose median over the last ten minutes is kept, tick by tick. */
enum usual {
	USUAL_RUNQ_P99, /* ns */
	USUAL_PSI_SOME, /* thousandths of a per cent, as the rest; the worst of cpu, memory, I/O */
	USUAL_PSI_IO_FULL,
	USUAL_STEAL,
	USUAL_NR,
};

struct machine {
	struct host_rec host;
	struct tick_rec tick;
	uint64_t interval_ns; /* what rates divide by; 0 in the first frame */
	bool total;           /* sums since `since_ns`, not rates */
	enum window window;
	uint64_t since_ns;
	int64_t cpus, busy_ns, idle_ns, mode_ns[CPU_MODE_NR];
	int64_t mem_total, mem_free, mem_available, mem_buffers, mem_cached, mem_used, mem_shmem;
	int64_t mem_dirty, mem_writeback;
	int64_t swap_total, swap_used;
	int64_t load_centi[3];
	struct psi_fig psi[PSI_NR];
	int64_t tasks, procs, running, blocked; /* threads seen; processes; in state R; in D */
	int64_t runq_len;                       /* sum of run-queue lengths now */
	int64_t forks, execs, exits, switches;  /* in the interval */
	int64_t class_ns[WAIT_NR];              /* all processes, in the interval */
	int64_t runq_p50_ns, runq_p99_ns, runq_max_ns;
	int64_t oldest_block_ns; /* longest present D, 0 when none */
	int64_t usual[USUAL_NR]; /* medians; FIG_UNKNOWN in the first five minutes */
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
	const struct cpu_row *cpus_all; /* cpus_nr + 1 rows: the machine, then cpus; may be NULL */
	struct hist runq, oncpu;             /* whole machine, of the interval */
	struct fig_status runq_status, class_status, rss_status, oncpu_hist_status;
	const struct probe_rec *probes;      /* index is the probe id */
	int probes_nr;
	const struct loss_row *losses;
	int losses_nr;
	uint32_t demand;  /* enum demand: what the interval was asked for */
	uint64_t slow_ns; /* run-queue waits from here on are events */
	struct hist offcpu; /* whole machine, as runq and oncpu */
	struct fig_status offcpu_status; /* of processes: counted on demand; the machine's always */
	const struct heat *heat[HIST_WHICH_NR]; /* whole machine */
	/*
	 * Of the watched processes, each with its leader first, and those that have ended last: pid
	 * is the thread's, ppid its process's, ref NULL; what belongs to a process only is
	 * FIG_UNKNOWN. cmd is NULL where the thread has a name of its own. threads_status: whether
	 * their times of this window are known.
	 */
	const struct proc_row *threads;
	int threads_nr;
	struct fig_status threads_status;
	const struct irq_snap *irqs;	   /* snap_irq.h */
	const struct calls_snap *calls;	   /* snap_calls.h */
	const struct events_snap *events;  /* snap_events.h */
	struct cgroups_snap *cgroups; /* snap_cgroup.h, group.h: filled when asked */
	const struct pairs_snap *pairs;
	const struct exemplars_snap *exemplars;
	const struct blocked_snap *blocked;
	uint64_t disk_slow_ns; /* requests that took so long are events */
	uint32_t trace_tgid, trace_dev; /* every request of these is an event; 0: of none */
	const struct disk_sets_snap *disk_sets;	    /* snap_disk.h: sums and histograms of requests */
	const struct disk_devs_snap *disk_devs;	    /* snap_disk_devs.h */
	const struct disk_procs_snap *disk_procs;   /* snap_disk_procs.h */
	const struct disk_events_snap *disk_events; /* snap_disk_events.h: events, requests in flight, exemplars */
	const struct disk_stages_snap *disk_stages; /* snap_disk_stages.h */
	uint64_t fs_slow_ns; /* operations on files that took so long are events */
	uint32_t fs_kinds;   /* bits of enum fs_event: told while DEMAND_FSLOG */
	const struct fs_mounts_snap *fs_mounts; /* snap_fs_mounts.h: mounts, their use, who waits on them */
	const struct fs_names *fs_names;	/* snap_fs_names.h: names of files */
	const struct fs_files_snap *fs_files;	/* snap_fs_files.h: reads and writes by process and file */
	const struct fs_ops_snap *fs_ops;	/* snap_fs_ops.h: operations by filesystem: sums and histograms */
	const struct fs_procs_snap *fs_procs;	/* snap_fs_procs.h */
	const struct fs_caches_snap *fs_caches; /* snap_fs_caches.h */
	const struct fs_events_snap *fs_events; /* snap_fs_events.h */
	struct loss_rec lost[PANE_NR]; /* sums by pane, since start; grew in the interval: */
	bool losing[PANE_NR];
};

/*
 * Fills `ret` with a process's histogram of the interval (since the first tick under --total).
 * Returns false where it has none (summed row, kernel without it).
 */
bool snapshot_hist(const struct snapshot *s, const struct proc_row *row, enum hist_which which,
		   struct hist *ret);

/* The state of the figures of one probe, by its name: exact, or n/a with its reason. A recording tells it, too. */
struct fig_status snapshot_probe_status(const struct snapshot *s, const char *name);

/* Writes at most `max` pairs of a process, most first; returns how many. */
int snapshot_pairs(const struct snapshot *s, const struct proc_row *row, enum pair_kind kind,
		   struct pair_row *ret, int max);

/* Writes at most `max` exemplars of a slot, newest first, of one process (tgid) or of all (0); returns how many. */
int snapshot_exemplars(const struct snapshot *s, enum hist_which which, int slot, uint32_t tgid,
		       const struct latency_rec **ret, int max);

/* Returns where a thread of the process is stuck in D, or NULL; and a kernel stack that was asked for, or NULL. */
const struct blocked_rec *snapshot_blocked(const struct snapshot *s, const struct proc_row *row);
const struct stack_rec *snapshot_stack(const struct snapshot *s, const struct proc_row *row);

#endif
