/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interval, start, mark: figures of several times at once, none of which disturbs another. */
#include <stdlib.h>

#include "synth.h"
#include "world_fixture.h"

#define TICKS 60

/* The same records go to three worlds, which are looked at in different ways. */
struct trio {
	struct source *source;
	struct world *plain, *start, *mixed; /* always the interval; always the start; at random */
	struct snapshot of_plain, of_start, of_mixed;
	uint64_t seed;
};

static void to_all(void *ctx, const struct ev_hdr *ev)
{
	struct trio *t = ctx;

	assert_int_equal(world_apply(t->plain, ev), 0);
	assert_int_equal(world_apply(t->start, ev), 0);
	assert_int_equal(world_apply(t->mixed, ev), 0);
}

static uint64_t chance(struct trio *t)
{
	t->seed ^= t->seed << 13;
	t->seed ^= t->seed >> 7;
	t->seed ^= t->seed << 17;
	return t->seed;
}

static struct trio *trio_new(const char *name, uint64_t seed)
{
	struct trio *t = calloc(1, sizeof(*t));
	struct synth_opts opts;

	assert_non_null(t);
	t->seed = seed;
	assert_int_equal(synth_options(name, &opts), 0);
	assert_int_equal(synth_new(&opts, &t->source), 0);
	assert_int_equal(world_new(NULL, &t->plain), 0);
	assert_int_equal(world_new(NULL, &t->start), 0);
	assert_int_equal(world_new(NULL, &t->mixed), 0);
	return t;
}

static void trio_free(struct trio *t)
{
	t->source->ops->free(t->source);
	world_free(t->plain);
	world_free(t->start);
	world_free(t->mixed);
	free(t);
}

static bool trio_tick(struct trio *t)
{
	if (t->source->ops->tick(t->source, 0, to_all, t))
		return false;
	world_publish(t->plain, WINDOW_INTERVAL, &t->of_plain);
	world_publish(t->start, WINDOW_START, &t->of_start);
	return true;
}

/* Pointers differ from world to world, and nothing else may. */
static void same_row(const struct proc_row *a, const struct proc_row *b)
{
	struct proc_row x = *a, y = *b;

	assert_int_equal(!x.user, !y.user);
	assert_int_equal(!x.cmd, !y.cmd);
	x.user = x.cmd = x.exe = y.user = y.cmd = y.exe = NULL;
	x.ref = y.ref = NULL;
	assert_memory_equal(&x, &y, sizeof(x));
}

static void same_rows(const struct snapshot *a, const struct snapshot *b)
{
	assert_int_equal(a->procs_nr, b->procs_nr);
	for (int i = 0; i < a->procs_nr; i++)
		same_row(&a->procs[i], &b->procs[i]);
	assert_int_equal(a->m.interval_ns, b->m.interval_ns);
	assert_memory_equal(a->m.class_ns, b->m.class_ns, sizeof(a->m.class_ns));
	assert_memory_equal(a->m.psi, b->m.psi, sizeof(a->m.psi));
	assert_int_equal(a->m.self_cpu_ns, b->m.self_cpu_ns);
	assert_int_equal(a->m.tasks, b->m.tasks);
	assert_int_equal(a->m.procs, b->m.procs);
	assert_int_equal(a->m.oldest_block_ns, b->m.oldest_block_ns);
}

static void looking_at_a_window_disturbs_neither_interval_nor_totals(void **state)
{
	static const char *const names[] = {"database", "load"};

	for (unsigned n = 0; n < 2; n++) {
		struct trio *t = trio_new(names[n], 88172645463325252ULL + n);
		int intervals = 0, starts = 0;

		for (int i = 0; i < TICKS && trio_tick(t); i++) {
			enum window window = (enum window)(chance(t) % 4);

			world_publish(t->mixed, window, &t->of_mixed);
			if (window == WINDOW_INTERVAL) {
				same_rows(&t->of_plain, &t->of_mixed);
				intervals++;
			} else if (window == WINDOW_START) {
				same_rows(&t->of_start, &t->of_mixed);
				starts++;
			}
			if (chance(t) % 5 == 0)
				world_mark(t->mixed);
			world_watch(t->mixed, (enum watch)(chance(t) % 3),
				    (uint32_t)(chance(t) % 64), 0);
		}
		assert_true(intervals > 5 && starts > 5);
		trio_free(t);
	}
}

static int64_t all_oncpu_ns(const struct snapshot *s)
{
	int64_t sum_ns = 0;

	for (int i = 0; i < s->procs_nr; i++)
		sum_ns += s->procs[i].oncpu_ns;
	return sum_ns;
}

static int64_t all_wall_ns(const struct snapshot *s)
{
	int64_t sum_ns = 0;

	for (int i = 0; i < s->procs_nr; i++)
		sum_ns += row_wall_ns(&s->procs[i]);
	return sum_ns;
}

static int64_t all_processes(const struct snapshot *s)
{
	int64_t nr = 0;

	for (int i = 0; i < s->procs_nr; i++)
		nr += s->procs[i].processes;
	return nr;
}

static int all_dead(const struct snapshot *s)
{
	int nr = 0;

	for (int i = 0; i < s->procs_nr; i++)
		nr += s->procs[i].dead && s->procs[i].pid != FIG_UNKNOWN;
	return nr;
}

/* Start = the sum of all intervals; mark = the sum of those since; every row is whole. */
static void windows_are_sums_of_intervals(void **state)
{
	static const char *const names[] = {"database", "load"};

	for (unsigned n = 0; n < 2; n++) {
		struct trio *t = trio_new(names[n], 1);
		int64_t start_ns = 0, start_wall_ns = 0, mark_ns = 0, mark_wall_ns = 0,
			classes[WAIT_NR] = { 0 };

		for (int i = 0; i < TICKS && trio_tick(t); i++) {
			world_publish(t->mixed, WINDOW_MARK, &t->of_mixed);
			start_ns += all_oncpu_ns(&t->of_plain);
			mark_ns += all_oncpu_ns(&t->of_plain);
			start_wall_ns += all_wall_ns(&t->of_plain);
			mark_wall_ns += all_wall_ns(&t->of_plain);
			for (int c = 0; c < WAIT_NR; c++)
				classes[c] += t->of_plain.m.class_ns[c];
			assert_int_equal(all_oncpu_ns(&t->of_start), start_ns);
			assert_int_equal(all_oncpu_ns(&t->of_mixed), mark_ns);
			assert_int_equal(all_wall_ns(&t->of_start), start_wall_ns);
			assert_int_equal(all_wall_ns(&t->of_mixed), mark_wall_ns);
			assert_memory_equal(t->of_start.m.class_ns, classes, sizeof(classes));
			/* the dead of the interval have rows, those of earlier ones are summed up
			 */
			assert_int_equal(all_dead(&t->of_start), all_dead(&t->of_plain));
			assert_true(all_processes(&t->of_start) >= all_processes(&t->of_plain));
			if (i % 17 == 7) {
				world_mark(t->mixed);
				mark_ns = mark_wall_ns = 0;
			}
		}
		trio_free(t);
	}
}

static void put_psi(struct fixture *f, uint64_t us)
{
	struct psi_rec r = { .some_us = {us, us, us}, .full_us = {us, us, us} };

	record_init(&r.h, f->last_ns, PANE_CORE, CORE_PSI, sizeof(r));
	put(f, &r);
}

static void put_self(struct fixture *f, uint64_t cpu_ns)
{
	struct self_rec r = { .cpu_ns = cpu_ns, .bpf_ns = 2 * cpu_ns };

	record_init(&r.h, f->last_ns, PANE_CORE, CORE_SELF, sizeof(r));
	put(f, &r);
}

static void publish_as(struct fixture *f, enum window window)
{
	world_publish(f->w, window, &f->snap);
}

static void a_row_of_each_window_adds_up_to_its_length(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0), idle = task(600, 600, T0), late;

	idle.wclass = WAIT_IDLE;
	put(f, &r);
	put(f, &idle);
	put_psi(f, 1000);
	put_self(f, 5 * MS);
	tick_and_publish(f, T0);
	for (uint64_t i = 1; i <= 6; i++) {
		r.h.ts_ns = T0 + i * SEC;
		r.oncpu_ns += i * 10 * MS;
		r.runq_ns += MS;
		r.nvcsw += i;
		r.since_ns = r.h.ts_ns - MS;
		put(f, &r);
		put_psi(f, 1000 + i * 100);
		put_self(f, (5 + i) * MS);
		tick_and_publish(f, T0 + i * SEC);
		if (i == 4)
			world_mark(f->w);
	}
	late = started(task(700, 700, T0 + 7 * SEC), T0 + 6500 * MS);
	late.oncpu_ns = 20 * MS;
	put(f, &late);
	tick(f, T0 + 7 * SEC);
	publish_as(f, WINDOW_MARK);
	assert_int_equal(f->snap.m.window, WINDOW_MARK);
	assert_int_equal(f->snap.m.interval_ns, 3 * SEC);
	assert_false(f->snap.m.total);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 110 * MS);
	assert_int_equal(row_of(f, 500)->vcsw, 11);
	assert_int_equal(row_wall_ns(row_of(f, 500)), 3 * SEC);
	assert_int_equal(row_of(f, 600)->idle_ns, 3 * SEC);
	assert_int_equal(row_wall_ns(row_of(f, 700)), 500 * MS); /* from its birth */
	assert_int_equal(f->snap.m.psi[PSI_CPU].some_ns, 200 * 1000);
	assert_int_equal(f->snap.m.self_cpu_ns, 2 * MS);
	publish_as(f, WINDOW_START);
	assert_int_equal(f->snap.m.interval_ns, 7 * SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 210 * MS);
	assert_int_equal(row_wall_ns(row_of(f, 500)), 7 * SEC);
	assert_int_equal(row_wall_ns(row_of(f, 600)), 7 * SEC);
	assert_int_equal(f->snap.m.psi[PSI_CPU].some_ns, 600 * 1000);
	assert_int_equal(f->snap.m.self_bpf_ns, 12 * MS);
}

static void without_a_mark_the_window_is_the_start(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);

	put(f, &r);
	world_mark(f->w); /* before the first tick there is nothing to mark */
	tick_and_publish(f, T0);
	tick(f, T0 + SEC);
	publish_as(f, WINDOW_MARK);
	assert_int_equal(f->snap.m.window, WINDOW_START);
	assert_int_equal(row_of(f, 500)->blocked_ns, SEC);
	world_mark(f->w);
	tick_as(f, T0 + 2 * SEC, TICK_F_FIRST,
		REC_UNKNOWN32); /* a new baseline: the mark is gone */
	tick(f, T0 + 3 * SEC);
	publish_as(f, WINDOW_MARK);
	assert_int_equal(f->snap.m.interval_ns, SEC);
	assert_int_equal(row_of(f, 500)->blocked_ns, SEC);
}

/* Two ticks make an interval, and the mark lies between them. */
static void a_mark_inside_an_interval_counts_from_its_tick(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);
	struct wait_rec w = waits(&r);

	put(f, &r);
	tick_and_publish(f, T0);
	for (uint64_t i = 1; i <= 2; i++) {
		r.h.ts_ns = T0 + i * SEC;
		r.oncpu_ns += 100 * MS;
		r.since_ns = r.h.ts_ns - 50 * MS;
		r.wclass = i == 1 ? WAIT_DISK : WAIT_TIMER;
		w.units[WAIT_NET - WAIT_FIRST_SLEEP] += 300 * MS >> WAIT_UNIT_SHIFT;
		put(f, &r);
		put(f, &w);
		tick(f, T0 + i * SEC);
		if (i == 1)
			world_mark(f->w);
	}
	publish_as(f, WINDOW_MARK);
	assert_int_equal(f->snap.m.interval_ns, SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 100 * MS);
	assert_int_equal(row_wall_ns(row_of(f, 500)), SEC);
	tick(f, T0 + 3 * SEC);
	publish_as(f, WINDOW_MARK);
	assert_int_equal(row_wall_ns(row_of(f, 500)), 2 * SEC);
}

static void the_dead_leave_the_screen_and_stay_in_the_sums(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0), other = task(501, 501, T0);

	put(f, &r);
	put(f, &other);
	tick_and_publish(f, T0);
	r.h.ts_ns = T0 + SEC;
	r.oncpu_ns = 100 * MS;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	world_mark(f->w);
	r = ended(r, T0 + 1500 * MS, TASK_F_GROUP_DEAD);
	r.oncpu_ns = 150 * MS;
	put(f, &r);
	tick(f, T0 + 2 * SEC);
	publish_as(f, WINDOW_MARK);
	assert_true(row_of(f, 500)->dead);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 50 * MS);
	tick(f, T0 + 3 * SEC);
	publish_as(f, WINDOW_MARK);
	assert_null(find_row(f, 500));
	assert_int_equal(short_row(f, "worker")->oncpu_ns, 50 * MS);
	assert_int_equal(short_row(f, "worker")->processes, 1);
	assert_int_equal(row_wall_ns(short_row(f, "worker")), 500 * MS);
	publish_as(f, WINDOW_START);
	assert_int_equal(short_row(f, "worker")->oncpu_ns, 150 * MS);
	world_mark(f->w);
	tick(f, T0 + 4 * SEC);
	publish_as(f, WINDOW_MARK);
	assert_null(short_row(f, "worker"));
	assert_int_equal(row_of(f, 501)->blocked_ns, SEC);
}

static void put_short_life(struct fixture *f, uint32_t pid, uint32_t ppid, uint64_t from_ns)
{
	struct task_rec r =
		ended(started(task(pid, pid, T0), from_ns), from_ns + 10 * MS, TASK_F_GROUP_DEAD);

	r.ppid = ppid;
	r.oncpu_ns = 4 * MS;
	put(f, &r);
}

/* By command and parent in the interval, by command alone in a long time. */
static void short_processes_of_a_long_time_are_one_row_a_command(void **state)
{
	struct fixture *f = *state;

	tick_and_publish(f, T0);
	for (uint32_t i = 0; i < 10; i++)
		put_short_life(f, 1000 + i, 60 + i % 2, T0 + i * MS);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.procs_nr, 2);
	world_mark(f->w);
	put_short_life(f, 1100, 60, T0 + 1500 * MS);
	put_short_life(f, 1101, 99, T0 + 1500 * MS);
	tick(f, T0 + 2 * SEC);
	publish_as(f, WINDOW_MARK);
	assert_int_equal(f->snap.procs_nr, 1);
	assert_int_equal(f->snap.procs[0].processes, 2);
	assert_int_equal(f->snap.procs[0].oncpu_ns, 8 * MS);
	assert_int_equal(f->snap.procs[0].ppid, FIG_UNKNOWN);
	assert_int_equal(f->snap.procs[0].uid, 0);
	publish_as(f, WINDOW_START);
	assert_int_equal(f->snap.procs_nr, 1);
	assert_int_equal(f->snap.procs[0].processes, 12);
	assert_int_equal(f->snap.procs[0].oncpu_ns, 48 * MS);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(f->snap.procs_nr, 3);
}

static void put_hist(struct fixture *f, const struct task_rec *of, enum hist_which which,
		     unsigned slot, uint32_t count, uint64_t max_ns)
{
	struct hist_rec r = {.tgid = of->tgid,
			     .which = (uint8_t)which,
			     .first = (uint8_t)slot,
			     .nr = 1,
			     .start_ns = of->leader_start_ns,
			     .max_ns = max_ns,
			     .slots = { count} };

	record_init(&r.h, of->h.ts_ns, PANE_CORE, CORE_HIST, sizeof(r));
	put(f, &r);
}

static void put_demand(struct fixture *f, uint32_t on)
{
	struct demand_rec r = { .on = on, .slow_ns = 5 * MS };

	record_init(&r.h, f->last_ns, PANE_CORE, CORE_DEMAND, sizeof(r));
	put(f, &r);
}

static void percentiles_and_maxima_follow_the_window(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);
	struct hist h;

	put(f, &r);
	put_hist(f, &r, HIST_RUNQ, 10, 1000, 9 * SEC); /* before we looked */
	tick_and_publish(f, T0);
	put_hist(f, &r, HIST_RUNQ, 10, 1005, 900000);
	tick_and_publish(f, T0 + SEC);
	world_mark(f->w);
	put_hist(f, &r, HIST_RUNQ, 4, 7, 5000);
	tick_and_publish(f, T0 + 2 * SEC);
	put_hist(f, &r, HIST_RUNQ, 5, 1, 6000);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(row_of(f, 500)->runq_max_ns, 6000);
	publish_as(f, WINDOW_MARK);
	assert_true(snapshot_hist(&f->snap, row_of(f, 500), HIST_RUNQ, &h));
	assert_int_equal(h.slots[10], 0);
	assert_int_equal(h.slots[4], 7);
	assert_int_equal(h.slots[5], 1);
	assert_int_equal(row_of(f, 500)->runq_max_ns, 6000);
	assert_true(row_of(f, 500)->runq_p50_ns < 4096);
	publish_as(f, WINDOW_START);
	assert_true(snapshot_hist(&f->snap, row_of(f, 500), HIST_RUNQ, &h));
	assert_int_equal(hist_count(&h), 13);
	assert_int_equal(row_of(f, 500)->runq_max_ns, 900000);
}

static void off_cpu_histograms_are_there_while_they_are_asked_for(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);
	struct hist h;

	put(f, &r);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.offcpu_status.state, FIG_NA);
	assert_string_equal(f->snap.offcpu_status.reason,
			    "counted while the run-queue view is open");
	assert_false(snapshot_hist(&f->snap, row_of(f, 500), HIST_OFFCPU, &h));
	put_demand(f, DEMAND_OFFCPU);
	put_hist(f, &r, HIST_OFFCPU, 8, 3, 70000);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.demand, DEMAND_OFFCPU);
	assert_int_equal(f->snap.slow_ns, 5 * MS);
	assert_int_equal(f->snap.offcpu_status.state, FIG_EXACT);
	assert_true(snapshot_hist(&f->snap, row_of(f, 500), HIST_OFFCPU, &h));
	assert_int_equal(h.slots[8], 3);
	assert_int_equal(row_of(f, 500)->offcpu_max_ns, 70000);
	world_mark(f->w);
	put_hist(f, &r, HIST_OFFCPU, 8, 2, 60000); /* the kernel forgot it, and began anew */
	tick_and_publish(f, T0 + 2 * SEC);
	assert_true(snapshot_hist(&f->snap, row_of(f, 500), HIST_OFFCPU, &h));
	assert_int_equal(h.slots[8], 2);
	publish_as(f, WINDOW_START);
	assert_true(snapshot_hist(&f->snap, row_of(f, 500), HIST_OFFCPU, &h));
	assert_int_equal(h.slots[8], 5);
	publish_as(f, WINDOW_MARK);
	assert_true(snapshot_hist(&f->snap, row_of(f, 500), HIST_OFFCPU, &h));
	assert_int_equal(h.slots[8], 2);
	assert_int_equal(h.max_ns, 60000);
	put_demand(f, 0);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(row_of(f, 500)->offcpu_p50_ns, FIG_UNKNOWN);
	assert_int_equal(row_of(f, 500)->offcpu_max_ns, FIG_UNKNOWN);
	publish_as(f, WINDOW_START);
	assert_int_equal(row_of(f, 500)->offcpu_p99_ns, FIG_UNKNOWN);
	assert_false(snapshot_hist(&f->snap, row_of(f, 500), HIST_OFFCPU, &h));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looking_at_a_window_disturbs_neither_interval_nor_totals),
		cmocka_unit_test(windows_are_sums_of_intervals),
		TEST(a_row_of_each_window_adds_up_to_its_length),
		TEST(without_a_mark_the_window_is_the_start),
		TEST(a_mark_inside_an_interval_counts_from_its_tick),
		TEST(the_dead_leave_the_screen_and_stay_in_the_sums),
		TEST(short_processes_of_a_long_time_are_one_row_a_command),
		TEST(percentiles_and_maxima_follow_the_window),
		TEST(off_cpu_histograms_are_there_while_they_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
