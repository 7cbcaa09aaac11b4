// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process of one thread that spends its life in known ways, one after the other: computing, in
 * futex wait, pipe wait, nanosleep, direct reads, and runnable behind a spinner on one CPU. It
 * measures each piece with the clock, takes its own CPU time off, and writes both down. A wait ends
 * for the clock when the thread runs again: what another still had the CPU is in the kernel's
 * file of the thread, and stands apart.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define PIECE_NS   20000000ull /* one stretch of one kind */
#define BLOCK	   (1 << 20) /* long enough that few wake-ups are needed */
#define FILE_BYTES (2 << 20)
#define STAMPS_MAX 65536

/* What the time off the CPU was spent on; computing has none but what others took. */
enum piece { COMPUTE, FUTEX, PIPE, TIMER, DISK, BEHIND, PIECE_NR };

struct moment {
	uint64_t mono_ns, cpu_ns, off_ns[PIECE_NR];
	uint64_t late_ns; /* run-queue wait at the end of a wait for something else */
};

static struct shared {
	atomic_int word, stop; /* the futex; the end */
	pid_t pid;
	int nr;
	struct moment moments[STAMPS_MAX];
} *shared;

static struct place {
	int ask[2], answer[2]; /* pipes to and from the waker */
	int file, schedstat;
	void *block;
	cpu_set_t own, behind;
} place;

static uint64_t cpu_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static uint64_t runq_now_ns(void)
{
	unsigned long long runq_ns;
	char text[128] = "";

	if (pread(place.schedstat, text, sizeof(text) - 1, 0) <= 0 ||
	    sscanf(text, "%*u %llu", &runq_ns) != 1)
		load_die("reading schedstat");
	return runq_ns;
}

/* Asks for an answer in PIECE_NS. */
static void ask(char how)
{
	if (write(place.ask[1], &how, 1) != 1)
		load_die("write");
}

static void compute(void)
{
	uint64_t until_ns = load_now_ns() + PIECE_NS;

	while (load_now_ns() < until_ns)
		;
}

static void wait_futex(void)
{
	atomic_store(&shared->word, 0);
	ask('f');
	while (!atomic_load(&shared->word))
		syscall(SYS_futex, &shared->word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void wait_pipe(void)
{
	char byte;

	ask('p');
	if (read(place.answer[0], &byte, 1) != 1)
		load_die("read");
}

static void wait_timer(void)
{
	load_sleep_ns(PIECE_NS);
}

static void wait_disk(void)
{
	uint64_t until_ns = load_now_ns() + PIECE_NS;
	static off_t at;

	while (place.file >= 0 && load_now_ns() < until_ns) {
		if (pread(place.file, place.block, BLOCK, at) != BLOCK)
			load_die("pread");
		at = (at + BLOCK) % FILE_BYTES;
	}
}

static void wait_behind(void)
{
	if (sched_setaffinity(0, sizeof(place.behind), &place.behind))
		load_die("sched_setaffinity");
	compute();
	if (sched_setaffinity(0, sizeof(place.own), &place.own))
		load_die("sched_setaffinity");
}

static void (*const pieces[PIECE_NR])(void) = {
	[COMPUTE] = compute, [FUTEX] = wait_futex, [PIPE] = wait_pipe,
	[TIMER] = wait_timer, [DISK] = wait_disk, [BEHIND] = wait_behind,
};

/* One piece: what it took, less what it computed, less what it waited for the CPU at its end. */
static void live_piece(struct moment *m, enum piece piece)
{
	bool waits = piece != COMPUTE && piece != BEHIND;
	uint64_t from_ns = m->mono_ns, cpu_ns = m->cpu_ns, late_ns = waits ? runq_now_ns() : 0;
	uint64_t off_ns;

	pieces[piece]();
	late_ns = waits ? runq_now_ns() - late_ns : 0;
	m->mono_ns = load_now_ns();
	m->cpu_ns = cpu_now_ns();
	off_ns = m->mono_ns - from_ns - (m->cpu_ns - cpu_ns);
	if ((int64_t)off_ns < 0)
		off_ns = 0;
	if (late_ns > off_ns)
		late_ns = off_ns;
	m->off_ns[piece] += off_ns - late_ns;
	m->late_ns += late_ns;
	if (shared->nr < STAMPS_MAX)
		shared->moments[shared->nr++] = *m;
}

static void live(void)
{
	struct moment m = { .mono_ns = load_now_ns(), .cpu_ns = cpu_now_ns() };

	place.schedstat = open("/proc/thread-self/schedstat", O_RDONLY);
	shared->pid = getpid();
	shared->moments[shared->nr++] = m;
	while (!atomic_load(&shared->stop))
		for (int piece = 0; piece < PIECE_NR; piece++)
			live_piece(&m, (enum piece)piece);
}

/* Wakes the other when it is asked to. */
static void wake(void)
{
	char how;

	while (read(place.ask[0], &how, 1) == 1) {
		load_sleep_ns(PIECE_NS);
		if (how == 'f') {
			atomic_store(&shared->word, 1);
			syscall(SYS_futex, &shared->word, FUTEX_WAKE, 1, NULL, NULL, 0);
		} else if (write(place.answer[1], &how, 1) != 1) {
			load_die("write");
		}
	}
}

static void spin_on(const cpu_set_t *cpus)
{
	if (sched_setaffinity(0, sizeof(*cpus), cpus))
		load_die("sched_setaffinity");
	while (!atomic_load(&shared->stop))
		;
}

static void find_places(const struct load_opts *opts)
{
	if (sched_getaffinity(0, sizeof(place.own), &place.own))
		load_die("sched_getaffinity");
	CPU_ZERO(&place.behind);
	CPU_SET(opts->cpu < 0 ? 0 : opts->cpu, &place.behind);
	if (CPU_COUNT(&place.own) > 1)
		CPU_CLR(opts->cpu < 0 ? 0 : opts->cpu, &place.own);
	if (pipe(place.ask) || pipe(place.answer))
		load_die("pipe");
	place.block = aligned_alloc(4096, BLOCK);
	place.file = *opts->path && opts->path[0] == '/' ? open(opts->path, O_RDONLY | O_DIRECT) : -1;
	if (place.file < 0 || !place.block)
		load_die("opening the file of direct reads (--path)");
}

static void print(void)
{
	printf("{\"load\":\"shares\",\"pid\":%d,\"moments\":[", shared->pid);
	for (int i = 0; i < shared->nr; i++) {
		const struct moment *m = &shared->moments[i];

		printf("%s[%llu,%llu", i ? "," : "", (unsigned long long)m->mono_ns,
		       (unsigned long long)m->cpu_ns);
		for (int piece = 0; piece < PIECE_NR; piece++)
			printf(",%llu", (unsigned long long)m->off_ns[piece]);
		printf(",%llu]", (unsigned long long)m->late_ns);
	}
	printf("]}\n");
}

int load_shares(const struct load_opts *opts)
{
	pid_t pids[3];

	shared = load_shared(sizeof(*shared));
	find_places(opts);
	load_prefer_session(opts->nice);
	load_place(&(struct load_opts){ .cpu = -1, .nice = opts->nice });
	pids[0] = load_fork("shares-spinner");
	if (!pids[0]) {
		spin_on(&place.behind);
		_exit(0);
	}
	if (sched_setaffinity(0, sizeof(place.own), &place.own))
		load_die("sched_setaffinity");
	pids[1] = load_fork("shares-waker");
	if (!pids[1]) {
		wake();
		_exit(0);
	}
	pids[2] = load_fork("shares");
	if (!pids[2]) {
		live();
		_exit(0);
	}
	load_hold(opts->seconds);
	atomic_store(&shared->stop, 1);
	waitpid(pids[2], NULL, 0);
	for (int i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	print();
	return shared->nr < 2;
}
