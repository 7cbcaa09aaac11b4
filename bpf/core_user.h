/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of PANE_CORE that user space makes: the tick, the host, names, the instrument.
 * Strings are NUL-terminated and zero-padded, raw bytes as the kernel gave them.
 */
#ifndef PROBETOP_CORE_USER_H
#define PROBETOP_CORE_USER_H

#include "event.h"

enum tick_flags {
	TICK_F_KEY = 1 << 0,   /* every task was published: a replay can start here */
	TICK_F_GAP = 1 << 1,   /* time jumped (suspend, stop): no rate over this interval */
	TICK_F_FIRST = 1 << 2, /* the baseline pass: totals count from here */
	TICK_F_LAST = 1 << 3,  /* the report of --total */
};

/* Closes a pass. Folding stops here: a snapshot is published from what came before. */
struct tick_rec {
	struct ev_hdr h;   /* ts_ns: the end of the interval */
	__u64 real_ns;     /* CLOCK_REALTIME */
	__u64 boot_ns;     /* CLOCK_BOOTTIME */
	__u64 interval_ns; /* since the previous tick; 0 for the first */
	__u64 pass_ns;     /* how long the pass took */
	__u32 tasks;       /* threads the pass saw; REC_UNKNOWN32 without a pass */
	__u32 flags;       /* enum tick_flags */
};

enum host_flags {
	HOST_F_BPF = 1 << 0,     /* the kernel source is BPF, not /proc */
	HOST_F_COMMAND = 1 << 1, /* counting is limited to the tree of `-- COMMAND` */
};

struct host_rec {
	struct ev_hdr h;
	__u32 cpus_online;
	__u32 cpus_possible;
	__u32 page_bytes;
	__u32 flags; /* enum host_flags */
	char host[64];
	char release[64];
	char machine[16];
	__u32 self_tgid;
	__u32 tz_offset_s; /* seconds east of UTC, two's complement */
};

struct user_rec {
	struct ev_hdr h;
	__u32 uid;
	__u32 reserved;
	char name[32];
};

#define CMD_BYTES 1024
/* Command line and executable: read once per process and after exec. */
struct cmd_rec {
	struct ev_hdr h; /* size covers only the bytes of text in use, rounded up to 8 */
	__u32 tgid;
	__u16 args_len; /* bytes of arguments, NUL-separated, cut at CMD_BYTES */
	__u16 exe_len;  /* bytes of the executable's path that follow the arguments */
	__u64 start_ns;
	char text[CMD_BYTES + 256];
};

enum psi_res { PSI_CPU, PSI_MEM, PSI_IO, PSI_NR };

/* /proc/pressure: REC_UNKNOWN where the file or the line is missing. */
struct psi_rec {
	struct ev_hdr h;
	__u64 some_us[PSI_NR]; /* total= */
	__u64 full_us[PSI_NR];
};

/* /proc/meminfo, bytes. */
struct mem_rec {
	struct ev_hdr h;
	__u64 total, free, available, buffers, cached, slab_reclaimable, shmem, dirty, writeback;
	__u64 swap_total, swap_free;
};

struct load_rec {
	struct ev_hdr h;
	__u32 load_centi[3]; /* 1, 5, 15 min, in hundredths */
	__u32 reserved;
};

struct self_rec {
	struct ev_hdr h;
	__u64 cpu_ns;     /* own user and system time */
	__u64 rss_bytes;
	__u64 bpf_ns;     /* estimated time in own BPF programs, all CPUs */
	__u64 maps_bytes; /* memory of own BPF maps; REC_UNKNOWN where the kernel does not tell */
	__u64 lost_ring;  /* sum of full over all probes */
	__u64 lost_map;   /* sum of map_full */
	__u32 probes_on;
	__u32 probes_all;
	__u64 evicted;    /* rows thrown out of fixed tables */
};

struct loss_rec {
	struct ev_hdr h; /* cpu: whose counters */
	__u16 probe;     /* index, as in probe_rec */
	__u16 pane;
	__u32 reserved;
	__u64 events; /* how often the hook ran */
	__u64 seen;   /* events worth a ring record; seen = submitted + full */
	__u64 submitted;
	__u64 full;
	__u64 received; /* by user space; = submitted once the ring is drained */
	__u64 map_full;
	__u64 unmatched;
	__u64 recursion_misses; /* of the program, not of a CPU: in the record of CPU 0 */
	__u64 cost_ns;          /* estimated time in the body */
	__u64 max_ns;           /* longest sampled call */
};

enum probe_state { PROBE_OFF, PROBE_ON, PROBE_REFUSED, PROBE_ABSENT, PROBE_STATE_NR };
enum probe_rung { RUNG_NONE, RUNG_TP_BTF, RUNG_ITER, RUNG_ITER_FD, RUNG_FENTRY, RUNG_KPROBE, RUNG_PROC, RUNG_NR };

struct probe_rec {
	struct ev_hdr h;
	__u16 probe;
	__u8 pane;
	__u8 state; /* enum probe_state */
	__u8 rung;  /* enum probe_rung */
	__u8 on_demand;
	__u16 reserved;
	char name[32];
	char hook[48];
	char figures[80]; /* which figures it serves, in words */
	char reason[160]; /* why it is not on, and what would mend it; empty when on */
};

struct alert_rec {
	struct ev_hdr h;
	__u32 level; /* 0 note, 1 warning, 2 alarm */
	__u32 reserved;
	char text[240];
};

/*
 * What is measured only while somebody asks for it: the views on the screen, in batch, or
 * those that are named beside --record.
 */
enum demand {
	DEMAND_CALLS = 1 << 0,	 /* system calls: sys_enter, sys_exit */
	DEMAND_OFFCPU = 1 << 1,	 /* off-CPU histograms of processes */
	DEMAND_WAKERS = 1 << 2,	 /* who wakes whom: sched_waking */
	DEMAND_IRQS = 1 << 3,	 /* /proc/interrupts at each tick */
	DEMAND_FREQ = 1 << 4,	 /* CPU frequencies */
	DEMAND_CGROUPS = 1 << 5, /* pressure and throttling of cgroups */
	DEMAND_DISKS = 1 << 6,	 /* /proc/diskstats and the properties of block devices */
	DEMAND_STAGES = 1 << 7,	 /* every step of the traced process's or device's requests */
	DEMAND_TRACE = 1 << 8,	 /* every request of the traced process or device is an event */
	DEMAND_FSOPS = 1 << 9,	 /* operations on files that the VFS rung does not tell: from the system calls */
	DEMAND_FSLOG = 1 << 10,	 /* events of the kinds in fs_kinds, beside FS_EV_ALWAYS */
	DEMAND_PAGES = 1 << 11,	 /* page cache by process: accesses, misses, dirties */
	DEMAND_CACHES = 1 << 12, /* readahead, look-ups of names, counts of inodes and dentries */
	DEMAND_MOUNTS = 1 << 13, /* mounts and their use at each tick, else at a slower pace */
	DEMAND_ALL = (1 << 14) - 1,
};

/* trace_tgid: all processes that are counted, the tree of `-- COMMAND`. */
#define TRACE_ALL 0xffffffff

/* Comes with each tick: what the interval that it closes was asked for and got. */
struct demand_rec {
	struct ev_hdr h;
	__u32 on; /* enum demand */
	__u32 reserved;
	__u64 slow_ns; /* run-queue waits from here on are events */
	__u64 disk_slow_ns; /* the same of block I/O, queue and service together */
	__u32 trace_tgid;   /* every request of this process is an event; 0: of none; TRACE_ALL */
	__u32 trace_dev;    /* of this device; 0: of none */
	__u64 fs_slow_ns;   /* operations on files that take so long are events */
	__u32 fs_kinds;	    /* bits of enum fs_event: with DEMAND_FSLOG these are told */
	__u32 reserved2;
};

/* A line of /dev/kmsg of level 4 (warning) or worse. ts_ns: when it was written, CLOCK_MONOTONIC. */
struct kmsg_rec {
	struct ev_hdr h;
	__u64 seq; /* of the kernel */
	__u32 level; /* 0 emergency to 4 warning */
	__u32 flags; /* enum kmsg_flags */
	__u32 pid;   /* KMSG_F_OOM: the victim; else 0 */
	__u32 lost;  /* lines that were overwritten before this one could be read */
	char text[256];
};
enum kmsg_flags {
	KMSG_F_OOM = 1 << 0, /* an OOM kill */
	KMSG_F_CUT = 1 << 1, /* the line is longer */
	KMSG_F_NA = 1 << 2,  /* no line: the log cannot be read, text says why */
};

/*
 * Where a task in D is stuck. Source: /proc/PID/task/TID/{syscall,wchan,fdinfo/N,fd/N,mountinfo},
 * read by a helper thread. Strings are empty, numbers REC_UNKNOWN where not known.
 */
struct blocked_rec {
	struct ev_hdr h;
	__u32 pid; /* the thread */
	__u32 tgid;
	__u64 start_ns; /* of the thread */
	__u32 nr;	/* system call; REC_UNKNOWN32 */
	__u32 fd;	/* its descriptor; REC_UNKNOWN32 */
	char wchan[48]; /* kernel function in which it sleeps */
	char path[160]; /* of the descriptor; its end where it is longer */
	char mount[64]; /* mount point */
	char device[48];
	char fstype[16];
};

#define STACK_BYTES 2048
/* /proc/PID/task/TID/stack as text, a frame a line; asked for by the user. */
struct stack_rec {
	struct ev_hdr h; /* size covers only the bytes of text in use, rounded up to 8 */
	__u32 pid;
	__u32 tgid;
	__u64 start_ns;
	__s32 error; /* errno where it could not be read: EPERM, ESRCH */
	__u32 len;
	char text[STACK_BYTES];
};

#define CGROUP_PATH_BYTES 480
/* Source: /proc/PID/cgroup of a process in it. */
struct cgroup_rec {
	struct ev_hdr h; /* size covers only the bytes of path in use, rounded up to 8 */
	__u64 id;	 /* as in task_rec */
	__u16 version;	 /* 2, or 1: a group of the v1 memory controller */
	__u16 len;
	__u32 reserved;
	char path[CGROUP_PATH_BYTES];
};

/* Source: cpu.pressure, memory.pressure, io.pressure, cpu.stat, cpu.max of a v2 group. */
struct cgstat_rec {
	struct ev_hdr h;
	__u64 id;
	__u64 some_us[PSI_NR]; /* REC_UNKNOWN where missing, as all here */
	__u64 full_us[PSI_NR];
	__u64 periods, throttled, throttled_us;
	__u64 quota_us, period_us; /* quota_us REC_UNKNOWN: no limit */
};

#endif
