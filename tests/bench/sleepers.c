// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A crowd for the bench: N processes that sleep and some that work a little, so that a monitor
 * has rows to read and figures that change. Prints "ready" when all of them live and holds them
 * until its standard input ends; they die with it, however it dies.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CROWD_MAX 100000
#define WORK_NS	  1000000  /* a worker's burst, */
#define PAUSE_NS  60000000 /* and its sleep after it */

static pid_t crowd[CROWD_MAX];
static int crowd_nr;

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void work(void)
{
	const struct timespec nap = {.tv_nsec = PAUSE_NS};

	for (;;) {
		long long until_ns = now_ns() + WORK_NS;

		while (now_ns() < until_ns)
			;
		nanosleep(&nap, NULL);
	}
}

static int add(pid_t parent, int works)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid > 0) {
		crowd[crowd_nr++] = pid;
		return 0;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	prctl(PR_SET_NAME, works ? "worker" : "sleeper");
	if (works)
		work();
	for (;;)
		pause();
}

static void end_crowd(void)
{
	for (int i = 0; i < crowd_nr; i++)
		kill(crowd[i], SIGKILL);
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	int sleepers_nr = argc == 3 ? atoi(argv[1]) : -1;
	int workers_nr = argc == 3 ? atoi(argv[2]) : -1;
	int ret = 0;
	char byte;

	if (sleepers_nr < 0 || workers_nr < 0 || sleepers_nr > CROWD_MAX ||
	    workers_nr > CROWD_MAX - sleepers_nr) {
		fprintf(stderr, "usage: sleepers SLEEPERS WORKERS (at most %d together)\n",
			CROWD_MAX);
		return 2;
	}
	signal(SIGINT, SIG_IGN); /* the bench decides; the end of input is its word */
	for (int i = 0; i < sleepers_nr + workers_nr && !ret; i++)
		ret = add(getpid(), i >= sleepers_nr);
	if (ret) {
		fprintf(stderr,
			"sleepers: fork number %d failed: %s. Raise the limit of processes.\n",
			crowd_nr, strerror(-ret));
	} else {
		puts("ready");
		fflush(stdout);
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
	}
	end_crowd();
	return ret ? 1 : 0;
}
