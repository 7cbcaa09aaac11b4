/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CPU pane's model: figures of a CPU and of the whole machine. */
#include "panes.h"
#include "world_fixture.h"

static void put_stat(struct fixture *f, uint16_t cpu, uint64_t user_ms, uint64_t idle_ms,
		     uint64_t iowait_ms)
{
	struct cpu_stat_rec r = { 0 };

	r.ns[CPU_USER] = user_ms * MS;
	r.ns[CPU_GUEST] = user_ms * MS / 2; /* in user time already */
	r.ns[CPU_IDLE] = idle_ms * MS;
	r.ns[CPU_IOWAIT] = iowait_ms * MS;
	record_init(&r.h, T0, PANE_CPU, CPU_STAT, sizeof(r));
	r.h.cpu = cpu;
	put(f, &r);
}

static void put_sched(struct fixture *f, uint16_t cpu, uint64_t count, uint32_t running)
{
	struct cpu_sched_rec r = {.switches = count,
				  .forks = count / 10,
				  .execs = count / 20,
				  .exits = count / 10,
				  .nr_running = running};

	record_init(&r.h, T0, PANE_CPU, CPU_SCHED, sizeof(r));
	r.h.cpu = cpu;
	put(f, &r);
}

static void busy_and_idle_of_each_cpu(void **state)
{
	struct fixture *f = *state;

	put_stat(f, 0, 1000, 9000, 50);
	put_stat(f, 1, 7000, 3000, 0);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.m.busy_ns, 0);
	put_stat(f, 0, 1300, 9600, 150);
	put_stat(f, 1, 8000, 3000, 0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.cpus_nr, 2);
	assert_int_equal(f->snap.m.cpus, 2);
	assert_int_equal(f->snap.cpus[0].busy_ns, 300 * MS);
	assert_int_equal(f->snap.cpus[0].total_ns, SEC);
	assert_int_equal(f->snap.cpus[0].mode_ns[CPU_IOWAIT], 100 * MS);
	assert_int_equal(f->snap.cpus[1].busy_ns, SEC);
	assert_int_equal(f->snap.m.busy_ns, 1300 * MS);
	assert_int_equal(f->snap.m.idle_ns, 700 * MS);
	assert_int_equal(f->snap.m.mode_ns[CPU_GUEST], 650 * MS);
	assert_int_equal(f->snap.m.forks, FIG_UNKNOWN);
	assert_int_equal(f->snap.cpus[0].runq_len, FIG_UNKNOWN);
	publish(f, true);
	assert_int_equal(f->snap.m.busy_ns, FIG_UNKNOWN); /* no CPU was heard of since */
	put_stat(f, 0, 1300, 10600, 100);		  /* iowait steps back at times */
	put_stat(f, 1, 8000, 4000, 0);
	tick(f, T0 + 2 * SEC);
	publish(f, true);
	assert_int_equal(f->snap.m.busy_ns, 1300 * MS);
	assert_int_equal(f->snap.cpus[0].mode_ns[CPU_IOWAIT], 50 * MS);
}

static void a_cpu_that_went_offline_has_no_row(void **state)
{
	struct fixture *f = *state;

	put_stat(f, 0, 0, 0, 0);
	put_stat(f, 3, 0, 0, 0);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.cpus_nr, 2);
	assert_int_equal(f->snap.cpus[1].cpu, 3);
	put_stat(f, 3, 100, 900, 0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.cpus_nr, 1);
	assert_int_equal(f->snap.cpus[0].cpu, 3);
	/* one that comes later brings its past along: it is not this interval's */
	put_stat(f, 0, 500, 500, 0);
	put_stat(f, 5, 99000, 99000, 0);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.cpus_nr, 2);
	assert_int_equal(f->snap.cpus[1].cpu, 5);
	assert_int_equal(f->snap.cpus[1].total_ns, 0);
}

static void births_and_switches_are_summed_over_cpus(void **state)
{
	struct fixture *f = *state;

	put_sched(f, 0, 1000, 1);
	put_sched(f, 1, 2000, 0);
	tick_and_publish(f, T0);
	put_sched(f, 0, 1400, 3);
	tick(f, T0 + SEC);
	put_sched(f, 0, 1500, 2);
	put_sched(f, 1, 2100, 4);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.m.switches, 600);
	assert_int_equal(f->snap.m.forks, 60);
	assert_int_equal(f->snap.m.execs, 30);
	assert_int_equal(f->snap.m.exits, 60);
	assert_int_equal(f->snap.m.runq_len, 6);
	assert_int_equal(f->snap.cpus[0].runq_len, 2);
	assert_int_equal(f->snap.cpus[0].switches, 500);
	assert_int_equal(f->snap.m.busy_ns, FIG_UNKNOWN);
}

static void counters_over_a_gap_are_left_out(void **state)
{
	struct fixture *f = *state;

	put_sched(f, 0, 1000, 1);
	tick_and_publish(f, T0);
	put_sched(f, 0, 90000, 1);
	tick_as(f, T0 + 90 * SEC, TICK_F_GAP, REC_UNKNOWN32);
	put_sched(f, 0, 90100, 1);
	tick_and_publish(f, T0 + 91 * SEC);
	assert_int_equal(f->snap.m.switches, 100);
	put_sched(f, 0, 90100, 1);
	tick(f, T0 + 92 * SEC);
	publish(f, true);
	assert_int_equal(f->snap.m.switches, 89100);
}

static void put_hist(struct fixture *f, enum hist_which which, uint64_t low, uint64_t high,
		     uint64_t max_ns)
{
	struct cpu_hist_rec r = {.which = which, .max_ns = max_ns};

	r.slots[4] = low;
	r.slots[17] = high;
	record_init(&r.h, T0, PANE_CPU, CPU_HIST, sizeof(r));
	put(f, &r);
}

static void the_machines_histograms(void **state)
{
	struct fixture *f = *state;

	put_hist(f, HIST_RUNQ, 5000, 7, 90 * SEC);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.m.runq_p99_ns, FIG_UNKNOWN);
	assert_int_equal(f->snap.m.runq_max_ns, FIG_UNKNOWN);
	put_hist(f, HIST_RUNQ, 5090, 7, 2000);
	tick(f, T0 + SEC);
	put_hist(f, HIST_RUNQ, 5090, 17, 9 * MS);
	tick(f, T0 + 2 * SEC);
	put_hist(f, HIST_RUNQ, 5090, 17, 0);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(hist_count(&f->snap.runq), 100);
	assert_int_equal(f->snap.runq.slots[17], 10);
	assert_int_equal(f->snap.m.runq_max_ns, 9 * MS); /* of all ticks of the interval */
	assert_in_range(f->snap.m.runq_p50_ns, 1024, 2048);
	assert_in_range(f->snap.m.runq_p99_ns, 8 * MS, 9 * MS);
	tick_and_publish(f, T0 + 4 * SEC);
	assert_int_equal(hist_count(&f->snap.runq), 0);
	put_hist(f, HIST_RUNQ, 5091, 17, 1500);
	tick(f, T0 + 5 * SEC);
	publish(f, true);
	assert_int_equal(hist_count(&f->snap.runq), 101);
	assert_int_equal(f->snap.m.runq_max_ns, 9 * MS);
	assert_int_equal(hist_count(&f->snap.oncpu), 0);
}

static void each_pane_has_a_model(void **state)
{
#define MODELS(id) \
	extern const struct model_ops *const id##_models[]; \
	assert_non_null(id##_models[0]); \
	for (int i = 0; id##_models[i]; i++) { \
		assert_non_null(id##_models[i]->name); \
		assert_true(id##_models[i]->pane > PANE_CORE && \
			    id##_models[i]->pane < PANE_NR); \
		assert_true(id##_models[i]->state_size > 0); \
	}
	PANES(MODELS)
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(busy_and_idle_of_each_cpu),
		TEST(a_cpu_that_went_offline_has_no_row),
		TEST(births_and_switches_are_summed_over_cpus),
		TEST(counters_over_a_gap_are_left_out),
		TEST(the_machines_histograms),
		TEST(each_pane_has_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
