/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The script of a synthetic host: what there is on it and what it does. Data only. */
#ifndef PROBETOP_SYNTH_SCRIPT_H
#define PROBETOP_SYNTH_SCRIPT_H

#include <stdbool.h>

#include "core.h"
#include "cpu.h"
#include "disk.h"
#include "synth.h"

#define SYNTH_SHARES 3
/* Who is to blame, and for how much of it. */
struct synth_share {
	uint32_t by; /* pid, or PAIR_BY_*; 0: nobody */
	uint16_t pm;
};

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
	uint16_t quota_pm;			 /* of the run-queue wait: its cgroup's quota */
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
	uint8_t group; /* cgroup: index in the host's groups */
	struct synth_share behind[SYNTH_SHARES], wakers[SYNTH_SHARES]; /* none: what is usual */
};

struct synth_user {
	uint32_t uid;
	const char *name;
};

/* What a probe of the host counts. */
enum synth_hook {
	HOOK_NONE,
	HOOK_SWITCH,
	HOOK_FORK,
	HOOK_EXEC,
	HOOK_EXIT,
	HOOK_MIGRATE,
	HOOK_IRQ,
	HOOK_SOFTIRQ,
	HOOK_WAKING,
	HOOK_CALL,
	HOOK_PASS,
	HOOK_IO, /* start and issue of requests */
	HOOK_IO_DONE,
	HOOK_IO_REQUEUE,
	HOOK_DIRTY,
	HOOK_STEP, /* the other steps of requests */
	HOOK_FILE, /* what is told of files through the ring */
	HOOK_PAGE, /* pages read and written */
	HOOK_LOOKUP,
};

struct synth_probe {
	const char *name, *hook, *figures, *reason;
	uint8_t pane, state, rung; /* enum probe_state, probe_rung */
	uint8_t counts;		   /* enum synth_hook */
	uint32_t demand;	   /* enum demand: off unless asked for; 0: always on */
	bool fentry;		   /* on, by that rung, where the host's kernel allows it */
};

/*
 * One interrupt. Of a device with a queue for each CPU ('#' in its name becomes the number) it
 * stands for `queues` of them, each on a CPU of its own.
 */
struct synth_irq {
	uint8_t type; /* enum irq_type */
	uint32_t irq; /* IRQ_ARCH: not used, the label tells */
	const char *name, *label;
	uint32_t per_s;	  /* on each of its CPUs, while that one is not idle all the time */
	uint32_t mean_ns; /* 0: no time is told (IRQ_ARCH) */
	uint8_t cpu;	  /* CPU + 1; 0: on all */
	uint16_t queues;
};

/*
 * A system call that all processes of one name make. Its time is `mean_ns` each, and
 * `waits_pm` thousandths of what the thread slept in the class `waits`.
 */
struct synth_call {
	const char *comm;
	uint16_t nr, flags;
	uint32_t per_100; /* calls for each hundred voluntary switches */
	uint32_t mean_ns;
	uint8_t waits;
	uint16_t waits_pm;
	uint16_t error, error_pm; /* errno of so many thousandths of them; 0: none fails */
};

struct synth_group {
	uint64_t id;
	const char *path;
	uint16_t path_len, version; /* of cgroups; 0: 2 */
	uint32_t quota_us;	    /* of each 100 ms; 0: no limit */
};

struct synth_kmsg {
	uint16_t tick;
	uint8_t level, flags;
	uint32_t pid, lost;
	const char *text;
};

/* Where a process in D is stuck, told at tick 1, with the kernel stack that was asked for. */
struct synth_stuck {
	uint32_t pid;
	uint32_t nr, fd;
	const char *wchan, *path, *mount, *device, *fstype, *stack;
};

/* One block device. */
struct synth_disk {
	const char *name, *scheduler, *label;
	uint32_t dev;
	uint8_t type; /* enum disk_type */
	uint8_t flags; /* enum disk_info_flags */
	uint8_t parent, on; /* disk + 1 that it is a part of; that it stands on; 0: none */
	uint8_t counts_as;  /* disk + 1 whose requests its line of /proc/diskstats counts, too */
	uint32_t nr_requests, max_kib;
	uint64_t size_mib;
	uint32_t held_s, held_pid; /* one request has not come back since then */
	uint16_t gone;		   /* removed in that tick */
};

/* Requests of one kind that every process of a name makes. */
struct synth_io {
	const char *comm;
	uint32_t pid; /* only that one; 0: all of that name */
	uint16_t disk; /* index */
	uint8_t tail; /* as of a role: how often the worst doubles the usual time */
	uint8_t burst; /* so many at a time; 0: one by one */
	bool stacked;  /* for a device above, so of no process */
	uint16_t set;
	uint32_t per_s, bytes, queue_ns, service_ns;
	const char *submitter; /* charged to the process by what it made dirty; NULL: its own */
	const char *file;
	uint16_t seq_pm, merged_pm, requeued_pm;
	uint16_t error, error_pm; /* errno of so many thousandths */
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
	bool fentry; /* the kernel lets programs onto its functions */
	const char *storm_args; /* storm_args_len bytes, NUL-separated */
	uint16_t storm_args_len, storm_group;
	const char *alert; /* at tick 2 */
};
extern const struct synth_host synth_hosts[SYNTH_SCENE_NR];
/* SYNTH_LOAD: role 0 is the idle one, the others take turns. */

/* What is there beside the processes, and happens to them. */
struct synth_props {
	const struct synth_irq *irqs;
	const struct synth_call *calls;
	const struct synth_group *groups; /* the first is the root */
	const struct synth_kmsg *kmsgs;
	const struct synth_stuck *stuck;
	uint32_t irqs_nr, calls_nr, groups_nr, kmsgs_nr, stuck_nr;
	uint32_t hogs[SYNTH_SHARES];	/* who usually has the CPU that others wait for */
	uint32_t net_softirq, disk_irq; /* what usually wakes */
	uint32_t khz[2]; /* of an idle and of a busy CPU; 0: the kernel does not tell */
};
extern const struct synth_props synth_props[SYNTH_SCENE_NR];

struct synth_disk_props {
	const struct synth_disk *disks;
	const struct synth_io *ios;
	uint32_t disks_nr, ios_nr;
	uint32_t trace_pid; /* whose requests are followed step by step */
};
extern const struct synth_disk_props synth_disk_props[SYNTH_SCENE_NR];

#endif
