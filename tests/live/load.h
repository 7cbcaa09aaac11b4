/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Known loads: each does a counted piece of work, counts it by itself (getrusage and
 * CLOCK_MONOTONIC, never by what probetop reads) and prints the truth as one JSON object a
 * line. All are bounded in time. Used by the live tests and, built statically, in guests.
 */
#ifndef PROBETOP_TESTS_LOAD_H
#define PROBETOP_TESTS_LOAD_H

#include <stdint.h>
#include <sys/types.h>

struct load_opts {
	double seconds;   /* how long it works, or at most holds */
	int cpu;          /* pinned to; -1: anywhere */
	int nice;         /* priority of the workers */
	long nr;          /* how many: spinners, rounds, processes */
	int threads;      /* threads that work and die first */
	const char *path; /* what a storm executes */
};

/* What a process knows of itself at one moment: mono_ns is read just before and just after. */
struct stamp {
	uint64_t mono_ns; /* CLOCK_MONOTONIC after getrusage */
	uint64_t cpu_ns;  /* user and system time of all threads, dead ones included */
	long nvcsw, nivcsw;
};

uint64_t load_now_ns(void);
void load_stamp(struct stamp *ret);
void load_sleep_ns(uint64_t ns);

/* Ends the process with a message on stderr: a load that cannot be right must not look right. */
void load_die(const char *what) __attribute__((noreturn));

/* Pins the caller to opts->cpu and sets its priority, where asked. */
void load_place(const struct load_opts *opts);

/*
 * Where the kernel groups tasks by session, nice counts inside the group alone: makes a session
 * of the caller and its children, and prefers that, where `nice` is not 0.
 */
void load_prefer_session(int nice);

/* Forks a child that dies with its parent; returns as fork(2), never negative. */
pid_t load_fork(const char *comm);

/* Waits up to `seconds` for SIGTERM or SIGINT (blocked by the caller in main). */
void load_hold(double seconds);

/* A page range shared with children, zeroed. */
void *load_shared(size_t bytes);

/* The loads; each returns the exit status. */
int load_spin(const struct load_opts *opts);
int load_spinners(const struct load_opts *opts);
int load_pingpong(const struct load_opts *opts);
int load_blocked(const struct load_opts *opts);
int load_storm(const struct load_opts *opts);
int load_names(const struct load_opts *opts);
int load_shares(const struct load_opts *opts);

#endif
