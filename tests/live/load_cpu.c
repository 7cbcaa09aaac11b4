// SPDX-License-Identifier: GPL-2.0-or-later
/* Busy loops that write down, as they run, how much CPU time they have had by when. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"

#define STEP_NS 100000        /* how often it looks at the clock's rusage */
#define KEEP_NS 10000000      /* a stamp is kept at least this often */
#define GAP_NS 300000         /* off the CPU for longer: both ends are kept */
#define STAMPS_MAX 65536
#define SPINNERS_MAX 16

struct series {
	pid_t pid;
	int nr;
	struct stamp stamps[STAMPS_MAX];
};

static void series_add(struct series *s, const struct stamp *stamp)
{
	if (s->nr && s->stamps[s->nr - 1].mono_ns == stamp->mono_ns)
		return;
	if (s->nr == STAMPS_MAX)
		load_die("keeping a stamp");
	s->stamps[s->nr++] = *stamp;
}

/*
 * Between two kept stamps the loop either ran all the time or not at all, up to GAP_NS: so
 * CPU time at any moment follows from the series by a straight line.
 */
static void series_see(struct series *s, const struct stamp *last, const struct stamp *now)
{
	uint64_t wall_ns = now->mono_ns - last->mono_ns, cpu_ns = now->cpu_ns - last->cpu_ns;

	if (wall_ns > cpu_ns + GAP_NS)
		series_add(s, last);
	if (wall_ns > cpu_ns + GAP_NS || now->mono_ns - s->stamps[s->nr - 1].mono_ns >= KEEP_NS)
		series_add(s, now);
}

/* Runs until `until_ns`, or until somebody else sets *stop. */
static void spin(struct series *s, uint64_t until_ns, atomic_int *stop)
{
	struct stamp last, now;
	uint64_t next_ns;

	s->pid = getpid();
	load_stamp(&last);
	series_add(s, &last);
	while (last.mono_ns < until_ns && !atomic_load(stop)) {
		next_ns = last.mono_ns + STEP_NS;
		while (load_now_ns() < next_ns)
			;
		load_stamp(&now);
		series_see(s, &last, &now);
		last = now;
	}
	series_add(s, &last);
}

static void series_print(const struct series *s, const char *load)
{
	printf("{\"load\":\"%s\",\"pid\":%d,\"stamps\":[", load, s->pid);
	for (int i = 0; i < s->nr; i++)
		printf("%s[%llu,%llu,%ld,%ld]", i ? "," : "", (unsigned long long)s->stamps[i].mono_ns,
		       (unsigned long long)s->stamps[i].cpu_ns, s->stamps[i].nvcsw,
		       s->stamps[i].nivcsw);
	printf("]}\n");
}

/* The workers are children: the parent holds, so that SIGTERM ends them before their time. */
static int run_spinners(const struct load_opts *opts, int nr, const char *load, const char *comm)
{
	struct series *all = load_shared(sizeof(*all) * (size_t)nr);
	atomic_int *stop = load_shared(sizeof(*stop));
	uint64_t until_ns = load_now_ns() + (uint64_t)(opts->seconds * 1e9);
	int bad = 0, status;

	load_prefer_session(opts->nice);
	for (int i = 0; i < nr; i++) {
		if (load_fork(comm))
			continue;
		load_place(opts);
		spin(&all[i], until_ns, stop);
		_exit(0);
	}
	load_hold(opts->seconds);
	atomic_store(stop, 1);
	for (int i = 0; i < nr; i++)
		bad += wait(&status) < 0 || status != 0;
	for (int i = 0; i < nr; i++)
		series_print(&all[i], load);
	return bad != 0;
}

int load_spin(const struct load_opts *opts)
{
	return run_spinners(opts, 1, "spin", "busy");
}

int load_spinners(const struct load_opts *opts)
{
	int nr = opts->nr > 0 && opts->nr <= SPINNERS_MAX ? (int)opts->nr : SPINNERS_MAX;

	return run_spinners(opts, nr, "spinners", "spinner");
}
