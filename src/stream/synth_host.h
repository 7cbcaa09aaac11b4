/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the synthetic source: the state of a host while its script runs. */
#ifndef PROBETOP_SYNTH_HOST_H
#define PROBETOP_SYNTH_HOST_H

#include <stddef.h>

#include "fs.h"
#include "synth_script.h"

#define NS_PER_S       1000000000ULL
#define PAGE_BYTES     4096
#define PAGES_PER_MIB  256
#define CALLS_MAX      16000 /* system calls of processes that are told apart */
#define RING_QUEUE     16384 /* records of an interval that are put in order of time */
#define DIRTY_BYTES    (4ULL << 20)
#define SYNTH_SLOW_NS  10000000ULL
#define SYNTH_DISK_SLOW_NS 10000000ULL
#define SYNTH_FS_SLOW_NS 10000000ULL
#define SYNTH_FS_KINDS (FS_EV_ALL & ~(uint32_t)FS_EV_MANY)
#define SYNTH_SLOW_MAX 32 /* slow waits of one thread in an interval that get a record */

struct thread {
	uint64_t start_ns;
	uint64_t oncpu_ns, runq_ns, utime_ns, stime_ns, nvcsw, nivcsw, minflt;
	uint64_t class_ns[WAIT_SLEEPS]; /* the open segment included, as in runq_ns */
	uint64_t since_ns;
	uint32_t pid, majflt, migrations;
	uint16_t cpu;
	uint8_t wclass;
	bool gone, changed;
};

/* Who is to blame, since the start. */
struct pair {
	uint64_t count, ns;
	bool changed;
};

/* One system call of one process, or of all those for which there was no room. */
struct call {
	const struct synth_call *row;
	uint64_t count, ns, errors, max_ns;
	uint32_t slots[HIST_SLOTS];
	bool changed;
};

struct proc {
	const struct synth_role *role;
	struct thread *threads; /* threads_all of them */
	struct call *calls;	/* calls_nr of them; NULL: there was no room */
	uint64_t start_ns;
	uint32_t tgid, threads_nr, threads_all; /* alive; ever */
	uint32_t calls_nr;
	char comm[TASK_COMM_BYTES];
	struct thread dead; /* sums of threads that are gone */
	uint32_t slots[HIST_WHICH_NR][HIST_SLOTS];
	uint64_t touched[HIST_WHICH_NR]; /* bit per slot that changed in this interval */
	uint64_t max_ns[HIST_WHICH_NR];
	struct synth_share by[PAIR_KIND_NR][SYNTH_SHARES];
	struct pair pairs[PAIR_KIND_NR][SYNTH_SHARES];
	bool alive, fresh, changed; /* fresh: its command line has not been told */
};

struct cpu {
	uint64_t left_ns, all_ns; /* of this interval */
	uint64_t free_ns;	  /* what interrupts left for threads */
	bool idle;		  /* no thread ran in the interval before */
	uint64_t mode_ns[CPU_MODE_NR];
	uint64_t switches, forks, execs, exits;
	uint64_t migrations_in, migrations_out, irqs, softirqs, wakings, calls;
	uint64_t ios, ios_done, requeues, dirtied, steps, files, told, pages, lookups;
	uint32_t running, queued;
	uint16_t seq;
};

struct irq_count {
	uint64_t count, ns;
	bool changed;
};

/* A cgroup: what its tasks waited for, and its stalls. */
struct group {
	uint64_t waited_ns[PSI_NR], some_us[PSI_NR], full_us[PSI_NR];
};

/* One interrupt number or vector. */
struct irq {
	const struct synth_irq *row;
	struct irq_count *on; /* cpus_nr of them from `cpu` on */
	uint64_t slots[HIST_SLOTS], max_ns;
	uint32_t number, cpu, cpus_nr, queue;
};

/* `nr` durations that were drawn, by slot. */
struct synth_slots {
	uint64_t nr[HIST_SLOTS], max_ns[HIST_SLOTS];
};

struct ring_entry {
	uint8_t hook;
	uint32_t order;
	union {
		struct ev_hdr h;
		struct exec_rec exec;
		struct task_rec task;
		struct latency_rec latency;
		struct disk_io_rec io;
		struct disk_stage_rec step;
		struct fs_name_rec name;
		struct fs_event2_rec event;
	};
};

struct synth {
	struct source source;
	struct synth_opts opts;
	const struct synth_host *host;
	const struct synth_props *props;
	uint64_t rng;
	uint64_t from_ns, now_ns, real_ns, boot_ns; /* the interval */
	uint32_t tick_nr, cpus_nr, procs_nr, threads_nr, irqs_nr, calls_nr;
	uint32_t scale_ppm; /* how much of what is wanted the CPUs can give */
	uint32_t demand;    /* enum demand */
	bool key, gap;
	struct proc *procs;
	struct thread *threads;
	struct cpu *cpus;
	struct irq *irqs;
	struct irq_count *irq_counts;
	struct group *groups;
	struct disks *disks;
	struct files *files;
	struct call *calls, *calls_rest; /* of processes; of those without room, one a row */
	struct loss_rec *losses;	 /* probes times CPUs */
	struct ring_entry *ring;
	uint32_t ring_nr;
	uint64_t machine_slots[HIST_WHICH_NR][HIST_SLOTS], machine_max_ns[HIST_WHICH_NR];
	uint64_t machine_sum_ns[HIST_WHICH_NR];
	struct latency_rec exemplars[HIST_WHICH_NR][HIST_SLOTS]; /* h.size 0: none */
	uint64_t exemplars_of[HIST_WHICH_NR][HIST_SLOTS];	 /* of how many each is one */
	uint64_t some_us[PSI_NR], full_us[PSI_NR];
	uint64_t disk_ns, runq_ns; /* waited in this interval, all threads */
	uint64_t load_micro[3];
	uint32_t storm_pid, hogs[SYNTH_SHARES];
	record_fn fn; /* of the tick in progress */
	void *ctx;
};

/* synth.c */
uint32_t synth_random(struct synth *s);
uint64_t synth_below(struct synth *s, uint64_t limit);
/* `value`, give or take 6 %. */
uint64_t synth_about(struct synth *s, uint64_t value);
static inline uint64_t synth_least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Takes up to `want_ns` of CPU time for a thread, its own CPU first. Returns what it got. */
uint64_t synth_charge(struct synth *s, uint16_t *cpu, bool pinned, uint64_t want_ns,
		      uint32_t user_pm);

/* What one thread does up to `to_ns`, which is no later than the end of the interval. */
void synth_thread_run(struct synth *s, struct proc *p, uint32_t i, uint64_t to_ns);
int synth_tick(struct source *source, uint32_t flags, record_fn fn, void *ctx);

/* synth_hist.c */
/* Draws `nr` durations that sum up to about `total_ns`, the worst `tail` slots above the mean. */
void synth_slots(struct synth *s, uint64_t nr, uint64_t total_ns, unsigned tail, uint64_t slow_ns,
		 struct synth_slots *ret);
/* Counts them for the machine and, where there is one, for thread `t` of a process. */
void synth_hist(struct synth *s, struct proc *p, const struct thread *t, enum hist_which which,
		uint64_t nr, uint64_t total_ns, unsigned tail);
void synth_emit_exemplars(struct synth *s);
void synth_hogs_setup(struct synth *s);
void synth_pairs_setup(struct synth *s, struct proc *p);
/* Of `nr` sleeps that ended, who ended them. */
void synth_wakers_run(struct synth *s, struct proc *p, uint64_t nr);
void synth_emit_pairs(struct synth *s, struct proc *p);

/* synth_irq.c: interrupts come first, threads get what they leave */
int synth_irqs_setup(struct synth *s);
void synth_irqs_run(struct synth *s, uint32_t cpu);
void synth_emit_irqs(struct synth *s);
void synth_emit_arch_irqs(struct synth *s);
void synth_emit_irq_names(struct synth *s);
void synth_emit_freq(struct synth *s);

/* synth_calls.c */
void synth_calls_setup(struct synth *s);
/* What a thread called that switched `vcsw` times and slept in two classes. */
void synth_calls_run(struct synth *s, struct proc *p, const struct thread *t, uint64_t vcsw,
		     uint64_t blk_ns, uint64_t rest_ns);
void synth_emit_calls(struct synth *s);

/* synth_disk.c: requests of block devices. They draw from numbers of their own. */
int synth_disks_setup(struct synth *s);
void synth_disks_free(struct synth *s);
void synth_disks_run(struct synth *s);
uint32_t synth_disks_random(struct synth *s);

/* synth_disk_emit.c: what BPF sums up; what /proc and /sys tell */
void synth_emit_disks(struct synth *s);
void synth_emit_diskstats(struct synth *s);

/* synth_files.c: operations on files. They draw from numbers of their own. */
int synth_files_setup(struct synth *s);
void synth_files_free(struct synth *s);
void synth_files_run(struct synth *s);
uint32_t synth_files_random(struct synth *s);

/* synth_files_emit.c: what BPF sums up; mounts, and what /proc tells of caches */
void synth_emit_files(struct synth *s);
void synth_emit_mounts(struct synth *s);

/* synth_events.c: what happens inside an interval, through the ring */
void synth_events(struct synth *s);
uint32_t synth_storm_per_s(const struct synth *s);
/* Takes a record that is due at its own time; `ev` is copied. */
void synth_ring(struct synth *s, enum synth_hook hook, uint16_t cpu, const struct ev_hdr *ev);
void synth_ring_flush(struct synth *s);

/* synth_emit.c: what a pass and the readers of /proc say at its end */
void synth_task_rec(const struct synth *s, const struct proc *p, const struct thread *t,
		    struct task_rec *ret);
void synth_emit(struct synth *s, const void *rec);
void synth_emit_pass(struct synth *s);
void synth_emit_tick(struct synth *s, uint32_t flags);

/* synth_machine.c: of the machine, not of its processes */
void synth_emit_host(struct synth *s);
void synth_emit_machine(struct synth *s);
void synth_emit_self(struct synth *s);

/* What a quota held back of the closed run-queue waits of a thread. */
uint64_t synth_quota_ns(const struct synth *s, const struct proc *p, const struct thread *t);

/* synth_tell.c: the kernel's log, cgroups, what is stuck */
void synth_emit_groups(struct synth *s);
void synth_emit_kmsgs(struct synth *s);
void synth_emit_stuck(struct synth *s);
void synth_copy_string(char *dst, size_t size, const char *src);

#endif
