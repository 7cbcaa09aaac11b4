// SPDX-License-Identifier: GPL-2.0-or-later
/* Known loads: the table of loads, their options, and what they share. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define NS_PER_S 1000000000ull

static const struct load {
	const char *name, *help;
	int (*run)(const struct load_opts *opts);
} loads[] = {
	{"spin", "one busy loop for --seconds", load_spin},
	{"spinners", "--nr busy loops on one --cpu for --seconds", load_spinners},
	{"pingpong", "two processes pass a byte --nr times, then wait", load_pingpong},
	{"blocked", "processes that wait for --seconds, each in its own way", load_blocked},
	{"storm", "--nr processes run --path one after the other, at most --seconds", load_storm},
	{"shares", "a process that lives in known ways, direct reads of --path, behind a spinner on --cpu",
	 load_shares},
	{"names", "processes with hostile names that wait for --seconds", load_names},
};

uint64_t load_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static uint64_t timeval_ns(struct timeval tv)
{
	return (uint64_t)tv.tv_sec * NS_PER_S + (uint64_t)tv.tv_usec * 1000;
}

void load_stamp(struct stamp *ret)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	ret->mono_ns = load_now_ns();
	ret->cpu_ns = timeval_ns(ru.ru_utime) + timeval_ns(ru.ru_stime);
	ret->nvcsw = ru.ru_nvcsw;
	ret->nivcsw = ru.ru_nivcsw;
}

void load_sleep_ns(uint64_t ns)
{
	struct timespec ts = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

void load_die(const char *what)
{
	fprintf(stderr, "load: %s failed: %s\n", what, strerror(errno));
	_exit(1);
}

void load_place(const struct load_opts *opts)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (opts->cpu >= 0) {
		CPU_SET(opts->cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			load_die("sched_setaffinity");
	}
	if (opts->nice && setpriority(PRIO_PROCESS, 0, opts->nice))
		load_die("setpriority");
}

void load_prefer_session(int nice)
{
	FILE *f;

	if (!nice)
		return;
	setsid();
	f = fopen("/proc/self/autogroup", "w");
	if (f && (fprintf(f, "%d", nice) < 0 || fclose(f)))
		load_die("the priority of the session");
}

pid_t load_fork(const char *comm)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		load_die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	prctl(PR_SET_NAME, comm);
	return 0;
}

static void stop_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
}

void load_hold(double seconds)
{
	struct timespec ts = {.tv_sec = (time_t)seconds,
			      .tv_nsec = (long)((seconds - (time_t)seconds) * 1e9)};
	sigset_t set;

	stop_signals(&set);
	sigtimedwait(&set, NULL, &ts);
}

void *load_shared(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		load_die("mmap");
	return p;
}

static int usage(void)
{
	fprintf(stderr, "usage: load NAME [--seconds S] [--cpu N] [--nice N] [--nr N] [--threads N] "
			"[--path FILE]\n");
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		fprintf(stderr, "  %-10s %s\n", loads[i].name, loads[i].help);
	return 2;
}

static int parse(int argc, char **argv, struct load_opts *ret)
{
	for (int i = 2; i < argc; i += 2) {
		const char *key = argv[i], *value = argv[i + 1];

		if (i + 1 >= argc)
			return -EINVAL;
		if (!strcmp(key, "--seconds"))
			ret->seconds = atof(value);
		else if (!strcmp(key, "--cpu"))
			ret->cpu = atoi(value);
		else if (!strcmp(key, "--nice"))
			ret->nice = atoi(value);
		else if (!strcmp(key, "--nr"))
			ret->nr = atol(value);
		else if (!strcmp(key, "--threads"))
			ret->threads = atoi(value);
		else if (!strcmp(key, "--path"))
			ret->path = value;
		else
			return -EINVAL;
	}
	return ret->seconds > 0 && ret->seconds <= 300 ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	struct load_opts opts = {.seconds = 10, .cpu = -1, .nr = 3, .path = "/bin/true"};
	sigset_t set;

	if (argc < 2 || parse(argc, argv, &opts))
		return usage();
	stop_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		if (!strcmp(argv[1], loads[i].name))
			return loads[i].run(&opts);
	return usage();
}
