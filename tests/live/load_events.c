// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads for the event log, a program of its own. Each tells what it did as JSON, a line for
 * each deed, by its own clock and by what wait4(2) says.
 *
 *	load_events storm NR PER_SECOND   programs started, nobody waits for them
 *	load_events waits NR NS           waits for a CPU behind a thread of real-time priority
 *	load_events ends                  processes that end in each way
 *	load_events noop                  what a storm starts
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000ULL

static void die(const char *what)
{
	fprintf(stderr, "load_events: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS + (uint64_t)ts.tv_nsec;
}

static void spin_until(uint64_t until_ns)
{
	while (now_ns() < until_ns)
		;
}

static void sleep_until(uint64_t at_ns)
{
	struct timespec ts = { (time_t)(at_ns / NS), (long)(at_ns % NS) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static void storm(long nr, long per_second)
{
	uint64_t begin_ns = now_ns(), end_ns;
	static char name[] = "storm", word[] = "noop";
	char *const args[] = { name, word, NULL };

	signal(SIGCHLD, SIG_IGN); /* the kernel reaps: there are no zombies */
	for (volatile long i = 0; i < nr; i++) { /* the child of vfork shares it */
		sleep_until(begin_ns + (uint64_t)i * NS / (uint64_t)per_second);
		switch (vfork()) {
		case -1:
			die("vfork");
			break;
		case 0:
			execv("/proc/self/exe", args);
			_exit(127);
		}
	}
	end_ns = now_ns();
	while (wait(NULL) > 0 || errno == EINTR) /* ends when all are reaped */
		;
	sleep_until(now_ns() + NS); /* and have left their CPUs */
	printf("{\"storm\":%ld,\"seconds\":%.3f}\n", nr, (double)(end_ns - begin_ns) / (double)NS);
}

static int gate[2], turn[2];
static volatile uint64_t released_ns, ran_ns;
static volatile unsigned long long waited_ns, turns; /* of the last wait, by the kernel's account */
static pid_t waiter_tid;

/* Run-queue wait and turns on a CPU of the caller, as the kernel has them. */
static void account(unsigned long long *ret_waited_ns, unsigned long long *ret_turns)
{
	FILE *f = fopen("/proc/thread-self/schedstat", "re");

	if (!f || fscanf(f, "%*u %llu %llu", ret_waited_ns, ret_turns) != 2)
		die("/proc/thread-self/schedstat");
	fclose(f);
}

static void *waiter(void *arg)
{
	unsigned long long wait0_ns, turns0, wait1_ns, turns1;
	char c;

	prctl(PR_SET_NAME, "waiter");
	waiter_tid = (pid_t)syscall(SYS_gettid);
	for (;;) {
		account(&wait0_ns, &turns0);
		if (write(turn[1], "r", 1) != 1 || read(gate[0], &c, 1) != 1)
			return NULL;
		account(&wait1_ns, &turns1);
		waited_ns = wait1_ns - wait0_ns;
		turns = turns1 - turns0;
		ran_ns = now_ns();
	}
}

/*
 * The hog and the waiter share a CPU. The hog makes the waiter runnable and keeps the CPU for `ns`;
 * an ordinary thread cannot take it from a real-time one.
 */
static void waits(long nr, uint64_t ns)
{
	struct sched_param param = { .sched_priority = 10 };
	uint64_t before_ns, after_ns;
	pthread_t thread;
	cpu_set_t set;
	char c;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set) || pipe(gate) || pipe(turn))
		die("preparing");
	if (pthread_create(&thread, NULL, waiter, NULL))
		die("pthread_create");
	prctl(PR_SET_NAME, "hog");
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		die("SCHED_FIFO");
	for (long i = 0; i < nr; i++) {
		if (read(turn[0], &c, 1) != 1)
			die("read");
		sleep_until(now_ns() + 20000000); /* the waiter sleeps by then */
		before_ns = now_ns();
		if (write(gate[1], "g", 1) != 1)
			die("write");
		after_ns = now_ns();
		spin_until(after_ns + ns);
		released_ns = now_ns();
		/* here it sleeps, and the waiter runs */
		while (ran_ns < before_ns)
			sleep_until(now_ns() + 1000000);
		printf("{\"waiter\":%d,\"hog\":%d,\"before_ns\":%llu,\"after_ns\":%llu,\"released_ns\":%llu,\"ran_ns\":%llu,"
		       "\"waited_ns\":%llu,\"turns\":%llu}\n", waiter_tid, getpid(), (unsigned long long)before_ns, (unsigned long long)after_ns,
		       (unsigned long long)released_ns, (unsigned long long)ran_ns, waited_ns, turns);
	}
	fflush(stdout);
	_exit(0);
}

static void *burn(void *arg)
{
	struct timespec ts;
	uint64_t until_ns = (uint64_t)(uintptr_t)arg;

	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	while ((uint64_t)ts.tv_sec * NS + (uint64_t)ts.tv_nsec < until_ns);
	return NULL;
}

/* What it does in the child, until it ends in its way. */
static void end_in_its_way(const char *way)
{
	pthread_t threads[3];

	burn((void *)(uintptr_t)20000000);
	if (!strcmp(way, "threads")) {
		for (int i = 0; i < 3; i++)
			pthread_create(&threads[i], NULL, burn, (void *)(uintptr_t)30000000);
		for (int i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		_exit(7); /* the third is ended with the process */
	}
	if (!strcmp(way, "leader leaves")) {
		pthread_create(&threads[0], NULL, burn, (void *)(uintptr_t)60000000);
		pthread_exit(NULL); /* and the other ends the process */
	}
	if (!strcmp(way, "kill"))
		raise(SIGKILL);
	if (!strcmp(way, "segv"))
		raise(SIGSEGV);
	if (!strcmp(way, "term"))
		raise(SIGTERM);
	if (!strcmp(way, "real-time signal"))
		raise(SIGRTMIN + 3);
	_exit(way[0] >= '0' && way[0] <= '9' ? atoi(way) : 99);
}

static void ends(void)
{
	static const char *const ways[] = { "0", "1", "42", "255", "kill", "segv", "term", "real-time signal", "threads",
					    "leader leaves" };

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		uint64_t before_ns = now_ns(), after_ns, inside_ns;
		int pipe_fds[2], status;
		struct rusage ru;
		pid_t pid;

		fflush(stdout); /* a child that leaves by exit(3) must not write it again */
		if (pipe(pipe_fds))
			die("pipe");
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid) {
			uint64_t began_ns = now_ns();

			prctl(PR_SET_NAME, "ender");
			burn((void *)(uintptr_t)1000000);
			began_ns = now_ns() - began_ns;
			if (write(pipe_fds[1], &began_ns, sizeof(began_ns)) < 0)
				_exit(98);
			end_in_its_way(ways[i]);
		}
		if (read(pipe_fds[0], &inside_ns, sizeof(inside_ns)) != sizeof(inside_ns))
			die("read");
		if (wait4(pid, &status, 0, &ru) != pid)
			die("wait4");
		after_ns = now_ns();
		printf("{\"way\":\"%s\",\"pid\":%d,\"ppid\":%d,\"status\":%d,\"core\":%d,\"cpu_ns\":%llu,"
		       "\"inside_ns\":%llu,\"outside_ns\":%llu}\n", ways[i], pid, getpid(), status, !!WCOREDUMP(status),
		       (unsigned long long)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * NS +
		       (unsigned long long)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) * 1000,
		       (unsigned long long)inside_ns, (unsigned long long)(after_ns - before_ns));
		close(pipe_fds[0]);
		close(pipe_fds[1]);
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	alarm(120); /* whatever happens, it does not stay */
	if (!strcmp(what, "noop"))
		return 0;
	if (!strcmp(what, "storm") && argc > 3)
		storm(atol(argv[2]), atol(argv[3]));
	else if (!strcmp(what, "waits") && argc > 3)
		waits(atol(argv[2]), (uint64_t)atoll(argv[3]));
	else if (!strcmp(what, "ends"))
		ends();
	else
		return 2;
	return 0;
}
