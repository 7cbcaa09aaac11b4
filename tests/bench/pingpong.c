// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two processes on one CPU that pass a byte over two pipes: each round is two switches and two
 * wake-ups and nearly nothing else, the dearest case for a probe on them. Prints the rounds per
 * second of CPU time of both, for each slice of time, one a line: what else runs on that CPU
 * meanwhile does not count.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_PER_LOOK 64 /* between two looks at the clock */

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "pingpong: %s: %s.\n", what, strerror(errno));
	exit(1);
}

static long long now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("choosing the CPU");
}

static void echo(int in, int out)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(in, &byte, 1) == 1)
		if (write(out, &byte, 1) != 1)
			break;
	_exit(0);
}

static double slice(pid_t partner, int in, int out, long long slice_ns)
{
	clockid_t partner_clock;
	long long until_ns, cpu_ns;
	long rounds = 0;
	char byte = 'x';

	if (clock_getcpuclockid(partner, &partner_clock))
		die("the partner's clock");
	until_ns = now_ns(CLOCK_MONOTONIC) + slice_ns;
	cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID) + now_ns(partner_clock);
	do {
		for (int i = 0; i < ROUNDS_PER_LOOK; i++)
			if (write(out, &byte, 1) != 1 || read(in, &byte, 1) != 1)
				die("the pipe");
		rounds += ROUNDS_PER_LOOK;
	} while (now_ns(CLOCK_MONOTONIC) < until_ns);
	cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID) + now_ns(partner_clock) - cpu_ns;
	return (double)rounds * 1e9 / (double)cpu_ns;
}

int main(int argc, char **argv)
{
	int there[2], back[2];
	pid_t partner;

	if (argc != 4) {
		fputs("usage: pingpong CPU SLICES SLICE_MS\n", stderr);
		return 2;
	}
	pin(atoi(argv[1]));
	if (pipe(there) || pipe(back))
		die("making a pipe");
	partner = fork();
	if (partner < 0)
		die("fork");
	if (!partner) {
		close(there[1]);
		echo(there[0], back[1]);
	}
	close(there[0]);
	for (int i = 0; i < atoi(argv[2]); i++)
		printf("%.0f\n", slice(partner, back[0], there[1], atoll(argv[3]) * 1000000));
	close(there[1]);
	wait(NULL);
	return 0;
}
