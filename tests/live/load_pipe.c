// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two processes that pass a byte over two pipes a counted number of times, after threads of
 * theirs have worked and died. Each then takes its getrusage and waits in a read; when the wait
 * ends it takes its getrusage once more. The second is what the kernel held while it
 * waited: the switch into the wait itself is the only one that the first cannot contain.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"

#define SIDES 2
#define THREADS_MAX 64
#define GAME_MAX_NS 120000000000ull
#define THREAD_SLEEPS 50
#define THREAD_SLEEP_NS 200000

struct side {
	pid_t pid;
	atomic_int waits;
	struct stamp begin, before, after; /* at birth, before the wait, after it */
};

struct pair {
	struct side sides[SIDES];
	int ball[SIDES][2]; /* side i reads ball[i] */
	int gate[2];        /* both wait here at the end; closed by the parent */
};

static void *short_life(void *arg)
{
	for (int i = 0; i < THREAD_SLEEPS; i++)
		load_sleep_ns(THREAD_SLEEP_NS);
	return NULL;
}

static void run_threads(int nr)
{
	pthread_t threads[THREADS_MAX];

	nr = nr < THREADS_MAX ? nr : THREADS_MAX;
	for (int i = 0; i < nr; i++)
		if (pthread_create(&threads[i], NULL, short_life, NULL))
			load_die("pthread_create");
	for (int i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
}

static void play(struct pair *p, int me, long rounds)
{
	char byte = 'x';

	for (long i = 0; i < rounds; i++) {
		if (me == 0 && write(p->ball[1][1], &byte, 1) != 1)
			load_die("write");
		if (read(p->ball[me][0], &byte, 1) != 1)
			load_die("read");
		if (me == 1 && write(p->ball[0][1], &byte, 1) != 1)
			load_die("write");
	}
}

static void live(struct pair *p, int me, const struct load_opts *opts)
{
	struct side *s = &p->sides[me];
	char byte;

	close(p->gate[1]);
	load_place(opts);
	s->pid = getpid();
	load_stamp(&s->begin);
	run_threads(opts->threads);
	play(p, me, opts->nr);
	load_stamp(&s->before);
	atomic_store(&s->waits, 1);
	if (read(p->gate[0], &byte, 1) != 0)
		load_die("read of the gate");
	load_stamp(&s->after);
	_exit(0);
}

static void print_pair(const struct pair *p, const char *when)
{
	for (int i = 0; i < SIDES; i++) {
		const struct side *s = &p->sides[i];
		const struct stamp *st[] = {&s->begin, &s->before, &s->after};

		printf("{\"load\":\"pingpong\",\"when\":\"%s\",\"pid\":%d,\"stamps\":[", when, s->pid);
		for (int k = 0; k < 3; k++)
			printf("%s[%llu,%llu,%ld,%ld]", k ? "," : "",
			       (unsigned long long)st[k]->mono_ns, (unsigned long long)st[k]->cpu_ns,
			       st[k]->nvcsw, st[k]->nivcsw);
		printf("]}\n");
	}
	fflush(stdout);
}

/* Waits until both sides wait and the kernel has put them to sleep. Returns false on a timeout. */
static int both_wait(struct pair *p)
{
	uint64_t until_ns = load_now_ns() + GAME_MAX_NS;

	while (!atomic_load(&p->sides[0].waits) || !atomic_load(&p->sides[1].waits)) {
		if (load_now_ns() > until_ns)
			return 0;
		load_sleep_ns(5000000);
	}
	load_sleep_ns(50000000);
	return 1;
}

int load_pingpong(const struct load_opts *opts)
{
	static const char *const comms[SIDES] = {"ping", "pong"};
	struct pair *p = load_shared(sizeof(*p));
	int bad = 0, status;

	if (pipe(p->ball[0]) || pipe(p->ball[1]) || pipe(p->gate))
		load_die("pipe");
	for (int i = 0; i < SIDES; i++)
		if (!load_fork(comms[i]))
			live(p, i, opts);
	if (!both_wait(p))
		load_die("the game (out of time)");
	print_pair(p, "waiting");
	load_hold(opts->seconds);
	close(p->gate[1]);
	for (int i = 0; i < SIDES; i++)
		bad += wait(&status) < 0 || status != 0;
	print_pair(p, "done");
	return bad != 0;
}
