/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the synthetic source: the script of a host, and its state while it runs. */
#ifndef PROBETOP_SYNTH_HOST_H
#define PROBETOP_SYNTH_HOST_H

#include "core.h"
#include "cpu.h"
#include "synth.h"

#define NS_PER_S      1000000000ULL
#define PAGE_BYTES    4096
#define PAGES_PER_MIB 256

/* What a kind of process does. Shares are thousandths of each busy thread's wall time. */
struct synth_role {
	const char *comm; /* '#' becomes the number of the instance */
	const char *args; /* NUL-separated, args_len bytes with the last NUL */
	const char *exe;
	const char *exec_comm; /* its name after the exec of tick `exec_at` */
	uint32_t pid, ppid, uid;
	uint16_t args_len, count, threads, busy; /* count, busy: 0 means 1 */
	uint16_t on_pm, runq_pm, blk_pm;	 /* the rest is slept in class `rest` */
	uint8_t blk, rest;			 /* enum wait_class */
	uint16_t user_pm;			 /* of the on-CPU time */
	uint16_t every;				 /* runs in one of so many intervals; 0: in each */
	uint8_t tail; /* histogram slots from the usual wait to the worst */
	uint8_t policy;
	int8_t nice;
	char state;	/* 0: as the wait class tells */
	uint8_t pinned; /* CPU + 1 */
	bool kthread, self;
	uint32_t vcsw_s, ivcsw_s, minflt_s, majflt_s;
	uint32_t rss_mib, swap_mib, vm_mib;
	uint32_t age_s, stuck_s; /* stuck: asleep since so long, instead of since its start */
	uint16_t born, dies, thread_dies, exec_at; /* ordinal of the tick; 0: never */
	uint32_t exit_code;
};

struct synth_user {
	uint32_t uid;
	const char *name;
};

enum synth_hook { HOOK_NONE, HOOK_SWITCH, HOOK_WAKEUP, HOOK_FORK, HOOK_EXEC, HOOK_EXIT, HOOK_PASS };

struct synth_probe {
	const char *name, *hook, *figures, *reason;
	uint8_t pane, state, rung; /* enum probe_state, probe_rung */
	uint8_t counts;		   /* enum synth_hook */
};

struct synth_host {
	const char *host, *release;
	const struct synth_role *roles;
	const struct synth_user *users;
	const struct synth_probe *probes;
	uint32_t roles_nr, users_nr, probes_nr;
	uint32_t cpus, uptime_s, mem_mib, used_mib, cached_mib, swap_mib;
	uint32_t load_centi[3];
	/* short-lived processes */
	const char *storm_comm;
	uint32_t storm_ppid, storm_uid, storm_per_s, storm_oncpu_ns;
	bool hostile;
	const char *alert; /* at tick 2 */
};
extern const struct synth_host synth_hosts[SYNTH_SCENE_NR];
/* SYNTH_LOAD: role 0 is the idle one, the others take turns. */

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

struct proc {
	const struct synth_role *role;
	struct thread *threads; /* threads_all of them */
	uint64_t start_ns;
	uint32_t tgid, threads_nr, threads_all; /* alive; ever */
	char comm[TASK_COMM_BYTES];
	struct thread dead; /* sums of threads that are gone */
	uint32_t slots[HIST_WHICH_NR][HIST_SLOTS];
	uint64_t touched[HIST_WHICH_NR]; /* bit per slot that changed in this interval */
	uint64_t max_ns[HIST_WHICH_NR];
	bool alive, fresh, changed; /* fresh: its command line has not been told */
};

struct cpu {
	uint64_t left_ns; /* of this interval */
	uint64_t mode_ns[CPU_MODE_NR];
	uint64_t switches, forks, execs, exits;
	uint32_t running, queued;
	uint16_t seq;
};

struct synth {
	struct source source;
	struct synth_opts opts;
	const struct synth_host *host;
	uint64_t rng;
	uint64_t from_ns, now_ns, real_ns, boot_ns; /* the interval */
	uint32_t tick_nr, cpus_nr, procs_nr, threads_nr;
	uint32_t scale_ppm; /* how much of what is wanted the CPUs can give */
	bool key, gap;
	struct proc *procs;
	struct thread *threads;
	struct cpu *cpus;
	struct loss_rec *losses; /* probes times CPUs */
	uint64_t machine_slots[HIST_WHICH_NR][HIST_SLOTS], machine_max_ns[HIST_WHICH_NR];
	uint64_t machine_sum_ns[HIST_WHICH_NR];
	uint64_t some_us[PSI_NR], full_us[PSI_NR];
	uint64_t disk_ns, runq_ns; /* waited in this interval, all threads */
	uint64_t load_micro[3];
	uint32_t storm_pid;
	record_fn fn; /* of the tick in progress */
	void *ctx;
};

/* synth.c */
uint32_t synth_random(struct synth *s);
/* Takes up to `want_ns` of CPU time for a thread, its own CPU first. Returns what it got. */
uint64_t synth_charge(struct synth *s, uint16_t *cpu, bool pinned, uint64_t want_ns,
		      uint32_t user_pm);
/* Counts `nr` durations that sum up to about `total_ns`, the worst `tail` slots above the mean. */
void synth_hist(struct synth *s, struct proc *p, enum hist_which which, uint64_t nr,
		uint64_t total_ns, unsigned tail);

/* What one thread does up to `to_ns`, which is no later than the end of the interval. */
void synth_thread_run(struct synth *s, struct proc *p, uint32_t i, uint64_t to_ns);
int synth_tick(struct source *source, uint32_t flags, record_fn fn, void *ctx);

/* synth_events.c: what happens inside an interval, through the ring */
void synth_events(struct synth *s);
uint32_t synth_storm_per_s(const struct synth *s);
void synth_proc_start(struct synth *s, struct proc *p, uint64_t start_ns);

/* synth_emit.c: what a pass and the readers of /proc say at its end */
void synth_task_rec(const struct synth *s, const struct proc *p, const struct thread *t,
		    struct task_rec *ret);
void synth_emit(struct synth *s, const void *rec);
void synth_emit_pass(struct synth *s);
void synth_emit_host(struct synth *s);
void synth_emit_tick(struct synth *s, uint32_t flags);

#endif
