/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel source: opens the one BPF object, chooses the variant of each program, loads,
 * attaches each on its own, and serves the stream. The only layer that knows libbpf.
 */
#ifndef PROBETOP_PROBE_H
#define PROBETOP_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "source.h"

struct probe_opts {
	uint32_t modules;      /* bit per enum pane_id; PANE_CORE always counts as set */
	uint32_t ring_bytes;   /* power of two; 0: 1 MiB */
	uint32_t rungs;        /* bit per enum probe_rung allowed; 0: all */
	uint32_t threads_max;  /* room for threads in a pass; 0: as pid_max allows, bounded */
	const char *btf_path;  /* --btf; NULL: the kernel's */
	bool track;            /* count only the tree marked by probe_track() */
	bool debug;            /* libbpf's words and verifier logs go to the log */
	bool flood;            /* load what probe_flood() needs */
};

/*
 * Opens and loads; attaches nothing yet, so that a first pass can be painted. Probes that the
 * kernel refuses are switched off one by one. Returns 0; -EPERM (names the missing capability in
 * `e`); -ENOTSUP when not even the task pass works; -ENOMEM.
 */
int probe_open(const struct probe_opts *opts, struct source **ret_source, struct err *e);

/* Attaches all always-on programs. Returns how many are on, or a negative errno. */
int probe_start(struct source *s);

/* Marks the task `pid` (a child that waits to exec) and, by inheritance, its tree. */
int probe_track(struct source *s, pid_t pid);

/*
 * Switches what is measured on demand (enum demand): attaches and detaches the hooks that only
 * these need. Returns 0, or the first error; what can be had is on all the same.
 */
int probe_demand(struct source *s, uint32_t demand);

/* Run-queue waits of `ns` and more are single events from now on. */
void probe_threshold(struct source *s, enum pane_id pane, uint64_t ns);
/* Every request of this process, and of this device (disk_dev()), is a record; 0: of none. */
void probe_trace(struct source *s, uint32_t tgid, uint32_t dev);

/* Which operations on files are events of their own under DEMAND_FSLOG: bits of enum fs_event. */
void probe_fs_kinds(struct source *s, uint32_t kinds);

/* Turns one probe off or on (the health screen's Space). Returns 0 or a negative errno. */
int probe_switch(struct source *s, unsigned probe, bool on);

/* Whether a probe serves its figures now. */
bool probe_is_on(struct source *s, unsigned probe);

/*
 * Drains the ring to the last record, so that the next report compares what was submitted up to
 * now with what came: a record made between the two would look like a lost one.
 */
void probe_settle(struct source *s, record_fn fn, void *ctx);

/* Emits CORE_PROBE for each probe, and CORE_LOSS for each probe and CPU. */
void probe_report(struct source *s, uint64_t now_ns, record_fn fn, void *ctx);

struct probe_totals {
	uint64_t bpf_ns, lost_ring, lost_map, maps_bytes;
	uint32_t on, all;
	uint64_t tasks; /* threads seen by the last pass */
	uint64_t pass_ns; /* how long it took */
	uint64_t pass_max_ns;
};
void probe_totals(struct source *s, struct probe_totals *ret);

/*
 * Submits `nr` CORE_FLOOD records from BPF, for tests of the loss accounting. -ENOTSUP unless
 * probe_open() was asked for it and the kernel has syscall programs (5.14).
 */
int probe_flood(struct source *s, uint32_t nr);

#endif
