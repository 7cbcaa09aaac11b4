// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that stay where they are: blocked or idle in a known way, or with a hostile name. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"

#define BLOCKED_THREADS 8

/* The read end of a pipe that nobody writes to: the writer is this process itself. */
static int silent_pipe(void)
{
	int fds[2];

	if (pipe(fds))
		load_die("pipe");
	return fds[0];
}

static void wait_pipe(double seconds)
{
	char byte;

	if (read(silent_pipe(), &byte, 1) != 1)
		load_die("read");
}

static void *wait_pipe_thread(void *arg)
{
	wait_pipe(0);
	return NULL;
}

static void wait_pipes(double seconds)
{
	pthread_t thread;

	for (int i = 1; i < BLOCKED_THREADS; i++)
		if (pthread_create(&thread, NULL, wait_pipe_thread, NULL))
			load_die("pthread_create");
	wait_pipe(seconds);
}

/* The parent of a vfork waits in the kernel until the child executes or exits. */
static void wait_vfork(double seconds)
{
	pid_t pid = vfork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		load_sleep_ns((uint64_t)(seconds * 1e9));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void wait_child(double seconds)
{
	pid_t pid = load_fork("stay-sleep");

	if (!pid) {
		load_sleep_ns((uint64_t)(seconds * 1e9));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void wait_sleep(double seconds)
{
	load_sleep_ns((uint64_t)(seconds * 1e9));
}

static void wait_poll(double seconds)
{
	struct pollfd fd = {.fd = silent_pipe(), .events = POLLIN};

	poll(&fd, 1, (int)(seconds * 1000));
}

/* `kind` is what the wait counts as: blocked (on something other than new work) or idle. */
static const struct way {
	const char *name, *kind;
	int threads;
	void (*wait)(double seconds);
} ways[] = {
	{"stay-pipe", "blocked", 1, wait_pipe},
	{"stay-pipes", "blocked", BLOCKED_THREADS, wait_pipes},
	{"stay-vfork", "blocked", 1, wait_vfork},
	{"stay-child", "blocked", 1, wait_child},
	{"stay-sleep", "idle", 1, wait_sleep},
	{"stay-poll", "idle", 1, wait_poll},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static void kill_all(const pid_t *pids, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		kill(pids[i], SIGKILL);
	for (size_t i = 0; i < nr; i++)
		waitpid(pids[i], NULL, 0);
}

int load_blocked(const struct load_opts *opts)
{
	pid_t pids[WAYS];

	for (size_t i = 0; i < WAYS; i++) {
		pids[i] = load_fork(ways[i].name);
		if (pids[i])
			continue;
		ways[i].wait(opts->seconds + 60);
		_exit(0);
	}
	load_sleep_ns(300000000);
	for (size_t i = 0; i < WAYS; i++)
		printf("{\"load\":\"blocked\",\"name\":\"%s\",\"kind\":\"%s\",\"threads\":%d,"
		       "\"pid\":%d,\"mono_ns\":%llu}\n", ways[i].name, ways[i].kind, ways[i].threads,
		       pids[i], (unsigned long long)load_now_ns());
	fflush(stdout);
	load_hold(opts->seconds);
	kill_all(pids, WAYS);
	return 0;
}

/* What must never reach a terminal as it is; each fits into a comm of 15 bytes. */
static const struct {
	const char *what, *name;
} names[] = {
	{"ESC sequence", "\033[31mred\033[0m"},
	{"OSC title", "\033]0;owned\a"},
	{"C1 in UTF-8", "c1\xc2\x9b" "31m"},
	{"C1 byte", "c1\x9b" "31m\x9d"},
	{"bidi override", "a\xe2\x80\xae" "evil\xe2\x81\xa6"},
	{"invalid bytes", "bad\xff\xfe\xc3("},
	{"overlong", "o\xc0\xaf\xe0\x80\xaf"},
	{"cut character", "01234567890123\xe2\x82\xac"},
	{"newline and tab", "two\nrows\ttab\r"},
	{"DEL and backspace", "x\x7f\b\bgone"},
	{"quotes", "a\"b'c\\d,e;<&"},
	{"zero width", "z\xe2\x80\x8b\xef\xbb\xbf" "w"},
	{"wide and combining", "\xe6\xbc\xa2" "e\xcc\x81"},
};
#define NAMES (sizeof(names) / sizeof(names[0]))

/* The child's arguments are its name too, in place of the ones it was started with. */
static void be_named(const char *name, double seconds)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", (int)seconds + 1);
	prctl(PR_SET_NAME, name);
	if (!getenv("LOAD_STAY")) {
		setenv("LOAD_STAY", name, 1);
		execl("/proc/self/exe", name, "names", "--seconds", text, "--path", name, (char *)NULL);
		load_die("execv");
	}
	alarm((unsigned)seconds + 60);
	wait_pipe(seconds);
}

int load_names(const struct load_opts *opts)
{
	const char *stay = getenv("LOAD_STAY");
	pid_t pids[NAMES];

	if (stay)
		be_named(stay, opts->seconds);
	for (size_t i = 0; i < NAMES; i++) {
		pids[i] = load_fork(names[i].name);
		if (!pids[i])
			be_named(names[i].name, opts->seconds);
	}
	load_sleep_ns(300000000);
	for (size_t i = 0; i < NAMES; i++) {
		printf("{\"load\":\"names\",\"what\":\"%s\",\"pid\":%d,\"hex\":\"", names[i].what, pids[i]);
		for (const char *c = names[i].name; *c; c++)
			printf("%02x", (unsigned char)*c);
		printf("\"}\n");
	}
	fflush(stdout);
	load_hold(opts->seconds);
	kill_all(pids, NAMES);
	return 0;
}
