/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A replay that jumps to an interval shows what one that played up to it shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "model.h"
#include "recording.h"
#include "synth.h"

#define TICKS 45

struct player {
	struct source *source;
	struct world *world;
	struct snapshot snap;
};

static void keep(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(recorder_add(ctx, ev), 0);
}

static void apply(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(world_apply(ctx, ev), 0);
}

static int record(const struct synth_opts *opts)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);
	struct source *s;
	struct recorder *r;

	assert_int_equal(synth_new(opts, &s), 0);
	assert_int_equal(recorder_new(dup(fd), &r, NULL), 0);
	while (s->ops->tick(s, 0, keep, r) == 0)
		;
	assert_int_equal(recorder_close(r, NULL), 0);
	s->ops->free(s);
	return fd;
}

static struct player player_new(int fd)
{
	struct player p = {.source = NULL};

	assert_int_equal(replay_open_fd(dup(fd), &p.source, NULL), 0);
	assert_int_equal(world_new(NULL, &p.world), 0);
	return p;
}

static void player_free(struct player *p)
{
	p->source->ops->free(p->source);
	world_free(p->world);
}

static uint64_t player_tick(struct player *p)
{
	assert_int_equal(p->source->ops->tick(p->source, 0, apply, p->world), 0);
	world_publish(p->world, false, &p->snap);
	return p->snap.m.tick.h.ts_ns;
}

static void same_string(const char *a, const char *b, size_t len)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a)
		assert_memory_equal(a, b, len);
}

static void same_row(const struct proc_row *a, const struct proc_row *b)
{
	const size_t from = offsetof(struct proc_row, nice), to = offsetof(struct proc_row, ref);

	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->start_ns, b->start_ns);
	assert_string_equal(a->comm, b->comm);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->dead, b->dead);
	assert_int_equal(a->cmd_len, b->cmd_len);
	same_string(a->cmd, b->cmd, a->cmd_len);
	same_string(a->exe, b->exe, a->exe_len);
	same_string(a->user, b->user, a->user ? strlen(a->user) : 0);
	assert_memory_equal((const char *)a + from, (const char *)b + from, to - from);
}

static void same_snapshot(const struct snapshot *a, const struct snapshot *b)
{
	assert_int_equal(a->procs_nr, b->procs_nr);
	for (int i = 0; i < a->procs_nr; i++)
		same_row(&a->procs[i], &b->procs[i]);
	assert_int_equal(a->cpus_nr, b->cpus_nr);
	assert_memory_equal(a->cpus, b->cpus, (size_t)a->cpus_nr * sizeof(*a->cpus));
	assert_memory_equal(&a->m.tick, &b->m.tick, sizeof(a->m.tick));
	assert_int_equal(a->m.interval_ns, b->m.interval_ns);
	assert_int_equal(a->m.busy_ns, b->m.busy_ns);
	assert_int_equal(a->m.runq_p99_ns, b->m.runq_p99_ns);
	assert_int_equal(a->m.self_cpu_ns, b->m.self_cpu_ns);
	assert_int_equal(a->probes_nr, b->probes_nr);
	assert_memory_equal(&a->runq, &b->runq, sizeof(a->runq));
	assert_memory_equal(&a->oncpu, &b->oncpu, sizeof(a->oncpu));
}

/* `target` counts ticks from 0. */
static void compare_at(int fd, int target)
{
	struct player there = player_new(fd), jumped = player_new(fd);
	uint64_t at_ns = 0;

	for (int t = 0; t <= target; t++)
		at_ns = player_tick(&there);
	assert_int_equal(replay_seek(jumped.source, at_ns, apply, jumped.world), 0);
	world_publish(jumped.world, false, &jumped.snap);
	assert_int_equal(player_tick(&jumped), at_ns);
	same_snapshot(&there.snap, &jumped.snap);
	/* And on from there. */
	if (target + 1 < TICKS)
		assert_int_equal(player_tick(&there), player_tick(&jumped));
	same_snapshot(&there.snap, &jumped.snap);
	player_free(&there);
	player_free(&jumped);
}

static void jump_in_a_short_recording_shows_the_same(void **state)
{
	static const char *const names[] = {"database", "losses", "hostile"};
	static const int targets[] = {1, 4, 5, 8, 29, 30, 31, 44};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct synth_opts opts;
		int fd;

		assert_int_equal(synth_options(names[i], &opts), 0);
		opts.ticks = TICKS;
		fd = record(&opts);
		for (unsigned t = 0; t < sizeof(targets) / sizeof(targets[0]); t++)
			compare_at(fd, targets[t]);
		close(fd);
	}
}

/* Large enough that the jump starts at the key frame of tick 30, not at the first one. */
static void jump_over_a_key_frame_shows_the_same(void **state)
{
	static const int targets[] = {31, 32, 40};
	struct synth_opts opts = {
		.scene = SYNTH_LOAD,
		.seed = 9,
		.processes = 6000,
		.idle_permille = 100,
		.ticks = TICKS,
	};
	int fd = record(&opts);

	assert_true(lseek(fd, 0, SEEK_END) > 20000000);
	for (unsigned t = 0; t < sizeof(targets) / sizeof(targets[0]); t++)
		compare_at(fd, targets[t]);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jump_in_a_short_recording_shows_the_same),
		cmocka_unit_test(jump_over_a_key_frame_shows_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
