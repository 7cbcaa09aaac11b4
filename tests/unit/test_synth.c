/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: its records are valid, repeatable, and its sums agree. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record.h"
#include "synth.h"

static const char *const names[] = {"database", "hostile", "losses", "no-runq", "load"};
#define NAMES_NR (sizeof(names) / sizeof(names[0]))

static struct source *make(const char *name, uint32_t ticks)
{
	struct synth_opts opts;
	struct source *s;

	assert_int_equal(synth_options(name, &opts), 0);
	opts.ticks = ticks;
	assert_int_equal(synth_new(&opts, &s), 0);
	return s;
}

/* What one tick said. */
struct sums {
	uint32_t records, refused, misaligned, tasks, exits, ticks, kinds[CORE_KIND_NR];
	uint64_t digest;
	struct tick_rec tick;
	uint64_t exit_submitted, seen, submitted, full, received;
	uint64_t cpu_ns[2]; /* user and system of all CPUs; all modes */
	uint64_t oncpu_ns;  /* of EXIT records without a TASK before */
	const char *find;   /* comm of a task to count */
	uint32_t found;
	bool last_is_tick;
};

static void sum_loss(struct sums *u, const struct loss_rec *l)
{
	u->seen += l->seen;
	u->submitted += l->submitted;
	u->full += l->full;
	u->received += l->received;
}

static void sum_record(void *ctx, const struct ev_hdr *ev)
{
	struct sums *u = ctx;
	const unsigned char *bytes = (const void *)ev;

	u->records++;
	u->refused += record_check(ev, ev->size) != 0;
	u->misaligned += ev->size % 8 != 0;
	for (unsigned i = 0; i < ev->size; i++)
		u->digest = (u->digest ^ bytes[i]) * 0x100000001b3ULL;
	if (ev->pane == PANE_CPU && ev->kind == CPU_STAT) {
		const struct cpu_stat_rec *c = (const void *)ev;

		u->cpu_ns[0] += c->ns[CPU_USER] + c->ns[CPU_SYSTEM];
		for (int m = 0; m < CPU_MODE_NR; m++)
			u->cpu_ns[1] += c->ns[m];
	}
	if (ev->pane != PANE_CORE)
		return;
	u->kinds[ev->kind]++;
	u->last_is_tick = ev->kind == CORE_TICK;
	if (ev->kind == CORE_LOSS)
		sum_loss(u, (const void *)ev);
	if (ev->kind == CORE_TICK)
		memcpy(&u->tick, ev, sizeof(u->tick));
	if (ev->kind == CORE_TASK && u->find)
		u->found += strncmp(((const struct task_rec *)ev)->comm, u->find, 16) == 0;
	if (ev->kind == CORE_EXIT)
		u->oncpu_ns += ((const struct task_rec *)ev)->oncpu_ns;
}

static struct sums tick(struct source *s)
{
	struct sums u = {0};

	assert_int_equal(s->ops->tick(s, 0, sum_record, &u), 0);
	assert_int_equal(u.refused, 0);
	assert_int_equal(u.misaligned, 0);
	assert_int_equal(u.kinds[CORE_TICK], 1);
	assert_true(u.last_is_tick);
	return u;
}

static void every_scene_gives_valid_records_to_its_end(void **state)
{
	for (unsigned i = 0; i < NAMES_NR; i++) {
		struct source *s = make(names[i], 40);
		struct sums u;

		for (int t = 0; t < 40; t++) {
			u = tick(s);
			assert_int_equal(u.tick.flags & TICK_F_FIRST ? 1 : 0, t == 0);
			assert_int_equal(u.tick.flags & TICK_F_KEY ? 1 : 0, t % 30 == 0);
			assert_int_equal(u.tick.interval_ns == 0, t == 0);
		}
		assert_int_equal(s->ops->tick(s, 0, sum_record, &u), -ENODATA);
		s->ops->free(s);
	}
}

static void all_kinds_of_records_occur(void **state)
{
	struct source *s = make("hostile", 10);
	uint32_t seen[CORE_KIND_NR] = {0};

	for (int t = 0; t < 10; t++) {
		struct sums u = tick(s);

		for (int k = 0; k < CORE_KIND_NR; k++)
			seen[k] += u.kinds[k];
	}
	for (int k = CORE_TASK; k <= CORE_EXEC; k++)
		assert_true(seen[k] > 0);
	for (int k = CORE_TICK; k < CORE_KIND_NR; k++)
		assert_true(seen[k] > 0);
	s->ops->free(s);
}

static void the_same_options_give_the_same_bytes(void **state)
{
	for (unsigned i = 0; i < NAMES_NR; i++) {
		struct source *a = make(names[i], 8), *b = make(names[i], 8);

		for (int t = 0; t < 8; t++)
			assert_true(tick(a).digest == tick(b).digest);
		a->ops->free(a);
		b->ops->free(b);
	}
}

static void another_seed_gives_other_bytes(void **state)
{
	struct synth_opts opts;
	struct source *a = make("database", 2), *b;

	assert_int_equal(synth_options("database", &opts), 0);
	opts.seed = 77;
	assert_int_equal(synth_new(&opts, &b), 0);
	assert_true(tick(a).digest != tick(b).digest);
	a->ops->free(a);
	b->ops->free(b);
}

static uint64_t truth_sum(const struct synth_truth *t)
{
	uint64_t sum = 0;

	for (int i = 0; i < WAIT_NR; i++)
		sum += t->class_ns[i];
	return sum;
}

/* On-CPU, run-queue wait and all classes of sleep are the whole of each thread's wall time. */
static void seconds_of_a_process_add_up(void **state)
{
	static const struct {
		const char *name;
		uint32_t tgid;
	} cases[] = {
		{"database", 8112}, {"database", 2291}, {"database", 8040}, {"database", 1},
		{"database", 780},  {"load", 1000},	{"load", 1002},	    {"load", 1050},
		{"hostile", 60},    {"hostile", 18},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source *s = make(cases[i].name, 10);
		struct synth_truth before, after;

		tick(s);
		assert_true(synth_truth(s, cases[i].tgid, &before));
		for (int t = 1; t < 10; t++) {
			struct sums u = tick(s);

			assert_true(synth_truth(s, cases[i].tgid, &after));
			assert_int_equal(truth_sum(&after) - truth_sum(&before),
					 u.tick.interval_ns * after.threads);
			before = after;
		}
		s->ops->free(s);
	}
}

/* The CPUs' own figures: every CPU's modes fill its interval, to the grain of /proc/stat. */
static void cpus_are_full_and_not_fuller(void **state)
{
	static const struct {
		const char *name;
		uint64_t cpus;
	} cases[] = {{"database", 2}, {"load", 8}, {"losses", 2}};
	const uint64_t grain_ns = 10000000ULL * CPU_MODE_NR;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source *s = make(cases[i].name, 12);
		struct sums before = tick(s), after;

		for (int t = 1; t < 12; t++) {
			uint64_t all, want;

			after = tick(s);
			all = after.cpu_ns[1] - before.cpu_ns[1];
			want = after.tick.interval_ns * cases[i].cpus;
			assert_true(all <= want + grain_ns * cases[i].cpus);
			assert_true(all + grain_ns * cases[i].cpus >= want);
			assert_true(after.cpu_ns[0] - before.cpu_ns[0] <= all);
			before = after;
		}
		s->ops->free(s);
	}
}

static void key_frame_names_every_task_and_others_only_the_changed(void **state)
{
	struct source *s = make("database", 31);
	struct sums u = {.find = "tar"};

	assert_int_equal(s->ops->tick(s, 0, sum_record, &u), 0);
	assert_int_equal(u.kinds[CORE_TASK], u.tick.tasks);
	assert_int_equal(u.found, 1);
	for (int t = 1; t < 31; t++) {
		u = (struct sums){.find = "tar"};
		assert_int_equal(s->ops->tick(s, 0, sum_record, &u), 0);
		assert_int_equal(u.found, t == 30);
		if (t == 30)
			assert_int_equal(u.kinds[CORE_TASK], u.tick.tasks);
		else
			assert_true(u.kinds[CORE_TASK] < u.tick.tasks);
	}
	s->ops->free(s);
}

static void losses_are_counted_exactly(void **state)
{
	struct source *s = make("losses", 12);
	uint64_t delivered = 0;
	struct sums u;

	for (int t = 0; t < 12; t++) {
		u = tick(s);
		delivered += u.kinds[CORE_EXIT] + u.kinds[CORE_EXEC];
		assert_int_equal(u.seen, u.submitted + u.full);
		assert_int_equal(u.received, u.submitted);
	}
	assert_true(u.full > 0);
	assert_int_equal(u.submitted, delivered);
	s->ops->free(s);
}

/* Cumulative sums of closed sleeps only grow, whatever segment is open. */
struct waits {
	struct wait_rec last[64];
	unsigned nr, backwards;
};

static void follow_waits(void *ctx, const struct ev_hdr *ev)
{
	struct waits *w = ctx;
	const struct wait_rec *rec = (const void *)ev;
	unsigned i = 0;

	if (ev->pane != PANE_CORE || ev->kind != CORE_WAIT)
		return;
	while (i < w->nr && (w->last[i].pid != rec->pid || w->last[i].start_ns != rec->start_ns))
		i++;
	if (i == 64)
		return;
	for (int c = 0; i < w->nr && c < WAIT_SLEEPS; c++)
		w->backwards += rec->units[c] - w->last[i].units[c] > UINT32_MAX / 2;
	if (i == w->nr)
		w->nr++;
	w->last[i] = *rec;
}

static void closed_waits_never_shrink(void **state)
{
	struct source *s = make("load", 20);
	struct waits w = {.nr = 0};

	for (int t = 0; t < 20; t++)
		assert_int_equal(s->ops->tick(s, 0, follow_waits, &w), 0);
	assert_int_equal(w.nr, 64);
	assert_int_equal(w.backwards, 0);
	s->ops->free(s);
}

static void options_out_of_range_are_refused(void **state)
{
	static const struct synth_opts bad[] = {
		{.scene = SYNTH_SCENE_NR},
		{.cpus = SYNTH_CPUS_MAX + 1},
		{.scene = SYNTH_LOAD, .processes = 1000001},
		{.scene = SYNTH_LOAD, .processes = 65536, .threads = 65536},
		{.idle_permille = 1001},
		{.interval_ns = 1},
	};
	struct synth_opts opts;
	struct source *s;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(synth_new(&bad[i], &s), -EINVAL);
	assert_int_equal(synth_options("no such host", &opts), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scene_gives_valid_records_to_its_end),
		cmocka_unit_test(all_kinds_of_records_occur),
		cmocka_unit_test(the_same_options_give_the_same_bytes),
		cmocka_unit_test(another_seed_gives_other_bytes),
		cmocka_unit_test(seconds_of_a_process_add_up),
		cmocka_unit_test(cpus_are_full_and_not_fuller),
		cmocka_unit_test(key_frame_names_every_task_and_others_only_the_changed),
		cmocka_unit_test(losses_are_counted_exactly),
		cmocka_unit_test(closed_waits_never_shrink),
		cmocka_unit_test(options_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
