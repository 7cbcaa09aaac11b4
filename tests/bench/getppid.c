// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A system call that does nearly nothing, again and again: what a hook on all calls costs shows
 * here at its worst. Prints the calls per second of its own CPU time, for each slice of time, one
 * a line: what else runs on that CPU meanwhile does not count.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CALLS_PER_LOOK 512 /* between two looks at the clock */

static long long now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static double slice(long long slice_ns)
{
	long long until_ns = now_ns(CLOCK_MONOTONIC) + slice_ns;
	long long cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	long calls = 0;

	do {
		for (int i = 0; i < CALLS_PER_LOOK; i++)
			syscall(SYS_getppid);
		calls += CALLS_PER_LOOK;
	} while (now_ns(CLOCK_MONOTONIC) < until_ns);
	return (double)calls * 1e9 / (double)(now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns);
}

int main(int argc, char **argv)
{
	cpu_set_t set;

	if (argc != 4) {
		fputs("usage: getppid CPU SLICES SLICE_MS\n", stderr);
		return 2;
	}
	CPU_ZERO(&set);
	CPU_SET(atoi(argv[1]), &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("getppid: choosing the CPU");
		return 1;
	}
	for (int i = 0; i < atoi(argv[2]); i++)
		printf("%.0f\n", slice(atoll(argv[3]) * 1000000));
	return 0;
}
