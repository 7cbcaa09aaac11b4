/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CPU pane's model: figures of a CPU and of the whole machine. */
#include "heat.h"
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

static void shares_add_up_and_leave_guests_out_of_user(void **state)
{
	struct fixture *f = *state;
	struct cpu_stat_rec r = { 0 };
	int64_t sum = 0;

	for (int i = 0; i < 2; i++) {
		for (int mode = 0; mode < CPU_MODE_NR; mode++)
			r.ns[mode] = (uint64_t)i * 70 * MS;
		r.ns[CPU_GUEST] = r.ns[CPU_GUEST_NICE] = (uint64_t)i * 20 * MS;
		record_init(&r.h, T0, PANE_CPU, CPU_STAT, sizeof(r));
		r.h.cpu = 0;
		put(f, &r);
		tick_and_publish(f, T0 + (uint64_t)i * SEC);
	}
	for (int i = 0; i < SHARE_NR; i++)
		sum += f->snap.cpus[0].share_pct[i];
	assert_in_range(sum, 100000 - SHARE_NR, 100000 + SHARE_NR); /* each is rounded */
	assert_in_range(f->snap.cpus[0].share_pct[SHARE_USR], 8928, 8929); /* 50 of 560 */
	assert_in_range(f->snap.cpus[0].share_pct[SHARE_NICE], 8928, 8929);
	assert_in_range(f->snap.cpus[0].share_pct[SHARE_GUEST], 7142, 7143); /* 40 of 560 */
	assert_in_range(f->snap.cpus[0].busy_pct, 74999, 75000);
	assert_int_equal(f->snap.cpus_all[0].cpu, -1);
	assert_ptr_equal(f->snap.cpus_all + 1, f->snap.cpus);
	assert_int_equal(f->snap.cpus_all[0].share_pct[SHARE_USR], f->snap.cpus[0].share_pct[SHARE_USR]);
	assert_int_equal(f->snap.cpus_all[0].runq_len, FIG_UNKNOWN);
}

static void put_moves(struct fixture *f, uint16_t cpu, uint64_t in, uint64_t out)
{
	struct cpu_sched_rec r = {.migrations_in = in, .migrations_out = out, .switches = in + out};

	record_init(&r.h, T0, PANE_CPU, CPU_SCHED, sizeof(r));
	r.h.cpu = cpu;
	put(f, &r);
}

static void put_freq(struct fixture *f, uint16_t cpu, uint64_t hz, uint64_t ts_ns)
{
	struct cpu_freq_rec r = {.hz = hz};

	record_init(&r.h, ts_ns, PANE_CPU, CPU_FREQ, sizeof(r));
	r.h.cpu = cpu;
	put(f, &r);
}

static void migrations_and_frequency_of_each_cpu(void **state)
{
	struct fixture *f = *state;

	put_moves(f, 0, 10, 20);
	put_moves(f, 1, 20, 10);
	put_freq(f, 0, 2400000000, T0);
	tick_and_publish(f, T0);
	put_moves(f, 0, 15, 22);
	put_moves(f, 1, 22, 15);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.cpus[0].migrations_in, 5);
	assert_int_equal(f->snap.cpus[0].migrations_out, 2);
	assert_int_equal(f->snap.cpus_all[0].migrations_in, 7);
	assert_int_equal(f->snap.cpus_all[0].migrations_out, 7);
	assert_int_equal(f->snap.cpus[0].hz, 2400000000);
	assert_int_equal(f->snap.cpus[1].hz, FIG_UNKNOWN);
	put_moves(f, 0, 15, 22);
	tick_and_publish(f, T0 + 30 * SEC); /* nobody has asked for a while */
	assert_int_equal(f->snap.cpus[0].hz, FIG_UNKNOWN);
}

static void publish_window(struct fixture *f, enum window window)
{
	world_publish(f->w, window, &f->snap);
}

static void figures_since_the_mark_and_since_the_start(void **state)
{
	struct fixture *f = *state;

	put_moves(f, 0, 100, 0);
	put_hist(f, HIST_OFFCPU, 10, 1, 5 * MS);
	tick_and_publish(f, T0);
	put_moves(f, 0, 103, 0);
	put_hist(f, HIST_OFFCPU, 15, 2, 9 * MS);
	tick_and_publish(f, T0 + SEC);
	world_mark(f->w);
	put_moves(f, 0, 110, 0);
	put_hist(f, HIST_OFFCPU, 25, 3, 8 * MS);
	tick_and_publish(f, T0 + 2 * SEC);
	put_moves(f, 0, 111, 0);
	put_hist(f, HIST_OFFCPU, 26, 3, 100);
	tick(f, T0 + 3 * SEC);
	publish_window(f, WINDOW_MARK);
	assert_int_equal(f->snap.cpus[0].migrations_in, 8);
	assert_int_equal(hist_count(&f->snap.offcpu), 12);
	assert_int_equal(f->snap.offcpu.max_ns, 8 * MS); /* the longest since, not of all time */
	assert_int_equal(f->snap.m.interval_ns, 2 * SEC);
	put_moves(f, 0, 111, 0);
	tick(f, T0 + 4 * SEC);
	publish_window(f, WINDOW_START);
	assert_int_equal(f->snap.cpus[0].migrations_in, 11);
	assert_int_equal(hist_count(&f->snap.offcpu), 18);
	assert_int_equal(f->snap.offcpu.max_ns, 9 * MS);
}

static void the_heat_map_has_a_column_for_each_tick(void **state)
{
	struct fixture *f = *state;
	const struct heat *heat;

	put_hist(f, HIST_RUNQ, 1000, 0, 0);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.heat[HIST_RUNQ]->nr, 0); /* what was before is no column */
	put_hist(f, HIST_RUNQ, 1005, 0, 0);
	tick(f, T0 + SEC);
	put_hist(f, HIST_RUNQ, 1005, 2, 0);
	tick_and_publish(f, T0 + 2 * SEC);
	heat = f->snap.heat[HIST_RUNQ];
	assert_int_equal(heat->nr, 2);
	assert_int_equal(heat_at(heat, 0)->slots[4], 5);
	assert_int_equal(heat_at(heat, 0)->end_ns, T0 + SEC);
	assert_int_equal(heat_at(heat, 1)->slots[4], 0);
	assert_int_equal(heat_at(heat, 1)->slots[17], 2);
	/* a picture that stands still does not change, and nothing is lost meanwhile */
	for (uint64_t i = 0; i < HEAT_COLUMNS + 10; i++) {
		put_hist(f, HIST_RUNQ, 1005 + i + 1, 2, 0);
		tick(f, T0 + (3 + i) * SEC);
	}
	assert_int_equal(heat->nr, 2);
	publish(f, false);
	assert_int_equal(heat->nr, HEAT_COLUMNS);
	assert_int_equal(heat_at(heat, 0)->end_ns, T0 + 13 * SEC);
	assert_int_equal(heat_at(heat, HEAT_COLUMNS - 1)->end_ns, T0 + (HEAT_COLUMNS + 12) * SEC);
	put_hist(f, HIST_RUNQ, 90000, 2, 0);
	tick_as(f, T0 + 5000 * SEC, TICK_F_GAP, REC_UNKNOWN32);
	publish(f, false);
	assert_int_equal(heat_at(heat, HEAT_COLUMNS - 1)->end_ns, T0 + (HEAT_COLUMNS + 12) * SEC);
}

static void each_pane_has_a_model(void **state)
{
#define MODELS(id) \
	extern const struct model_ops *const id##_models[]; \
	assert_non_null(id##_models[0]); \
	for (int i = 0; id##_models[i]; i++) { \
		assert_non_null(id##_models[i]->name); \
		assert_true(id##_models[i]->pane < PANE_NR); \
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
		TEST(shares_add_up_and_leave_guests_out_of_user),
		TEST(migrations_and_frequency_of_each_cpu),
		TEST(figures_since_the_mark_and_since_the_start),
		TEST(the_heat_map_has_a_column_for_each_tick),
		TEST(each_pane_has_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
