/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A synthetic source: a scripted host whose records are always the same for the same options,
 * and whose sums agree (on-CPU + run-queue wait + sleep = wall time of each thread; no more
 * CPU time than there are CPUs). For golden recordings, fuzzing seeds, benches and tests.
 * Like a replay its tick() gives a whole interval up to and with the tick record.
 * All memory is allocated by synth_new().
 */
#ifndef PROBETOP_SYNTH_H
#define PROBETOP_SYNTH_H

#include <stdbool.h>
#include <stdint.h>

#include "source.h"
#include "wait.h"

enum synth_scene {
	SYNTH_DATABASE, /* a busy database host with a stuck backup, as in the manual's screens */
	SYNTH_HOSTILE,	/* names, clocks and counters that try to break what shows them */
	SYNTH_LOAD,	/* `processes` times `threads` of the plain kinds, some of them idle */
	SYNTH_SCENE_NR,
};

struct synth_opts {
	enum synth_scene scene;
	uint64_t seed;
	uint64_t interval_ns;	/* 0: 1 s */
	uint32_t ticks;		/* tick() returns -ENODATA after so many; 0: it never does */
	uint32_t key_every;	/* ticks from one key frame to the next; 0: 30 */
	uint32_t cpus;		/* 0: as the scene has; at most SYNTH_CPUS_MAX */
	uint32_t processes;	/* SYNTH_LOAD only; at most 1,000,000 threads in all */
	uint32_t threads;	/* of each process; 0: 1 */
	uint32_t idle_permille; /* SYNTH_LOAD: share of processes that sleep all the time */
	uint32_t storm_per_s;	/* more short-lived processes than the scene has */
	uint32_t disks;		/* SYNTH_LOAD only: so many more, all in use */
	uint32_t files;		/* the same, and a mount for each hundred */
	uint32_t demand_off;	/* enum demand: what nobody asks for; 0: all is asked for */
	bool losses;		/* the ring is full at times: exit records are lost, and counted */
	bool no_bpf;		/* what /proc gives, and no more */
	bool no_runq; /* a kernel without sched_info: no run-queue wait, no wait classes */
};
#define SYNTH_CPUS_MAX	4096
#define SYNTH_DISKS_MAX 10000
#define SYNTH_FILES_MAX 20000

/* Returns 0, -EINVAL for options out of range, or -ENOMEM. */
int synth_new(const struct synth_opts *opts, struct source **ret_source);

/*
 * Fills `ret` with the options of a named set: "database", "hostile", "losses" (the database
 * host with a full ring), "no-runq" (the same without run-queue figures), "no-bpf" (the same
 * from /proc alone), "plain" (the database host with nothing on demand), "load" (300
 * processes), "big" (10,000 processes of 10 threads), "cpus" (4,096 of them), "disks" (1,000 of
 * them), "files" (2,000 of them). Returns -ENOENT for another name.
 */
int synth_options(const char *name, struct synth_opts *ret);

/* What a process really did since it started, its dead threads and open segments included. */
struct synth_truth {
	uint64_t class_ns[WAIT_NR]; /* on-CPU and run-queue wait are two of the classes */
	uint64_t nvcsw, nivcsw;
	uint32_t threads; /* alive */
};
/* Returns false where no such process lives. The first process with that id counts. */
bool synth_truth(const struct source *s, uint32_t tgid, struct synth_truth *ret);

#endif
