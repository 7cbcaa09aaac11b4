/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a cgroup's quota holds back: a part of the run-queue wait, whether the wait has ended or not. */
#include "world_fixture.h"

#define UNITS(ns) (uint32_t)((ns) >> WAIT_UNIT_SHIFT)

/* A thread that wants to run all the time; `runq_ns` and `quota_ns` are its closed waits. */
static void put_thread(struct fixture *f, uint64_t at_ns, uint8_t wclass, uint64_t since_ns,
		       uint64_t oncpu_ns, uint64_t runq_ns, uint64_t quota_ns)
{
	struct task_rec t = task(50, 50, at_ns);
	struct proc_rec p = proc(&t, 1);
	struct wait_rec w;

	t.state = 'R';
	t.wclass = wclass;
	t.since_ns = since_ns;
	t.oncpu_ns = oncpu_ns;
	t.runq_ns = runq_ns;
	w = waits(&t);
	w.quota_units = UNITS(quota_ns);
	put(f, &t);
	put(f, &p);
	put(f, &w);
}

static void check(const struct fixture *f, uint64_t oncpu_ms, uint64_t runq_ms, uint64_t quota_ms)
{
	const struct proc_row *row = row_of(f, 50);

	assert_in_range(row->oncpu_ns, (oncpu_ms - 1) * MS, (oncpu_ms + 1) * MS);
	assert_in_range(row->runq_wait_ns, (runq_ms - 1) * MS, (runq_ms + 1) * MS);
	assert_in_range(row->class_ns[WAIT_QUOTA] + (int64_t)MS, quota_ms * MS, (quota_ms + 2) * MS);
	assert_int_equal(row->class_ns[WAIT_RUNQ] + row->class_ns[WAIT_QUOTA], row->runq_wait_ns);
	assert_int_equal(row_wall_ns(row), SEC);
}

static void closed_waits_count_between_ticks(void **state)
{
	struct fixture *f = *state;

	put_thread(f, T0, WAIT_ONCPU, T0 - MS, SEC, 5 * SEC, 4 * SEC);
	tick_and_publish(f, T0);
	put_thread(f, T0 + SEC, WAIT_ONCPU, T0 + SEC - MS, SEC + 200 * MS, 5 * SEC + 800 * MS,
		   4 * SEC + 700 * MS);
	tick_and_publish(f, T0 + SEC);
	check(f, 200, 800, 700);
}

static void an_open_wait_is_told_once(void **state)
{
	struct fixture *f = *state;
	uint64_t since_ns = T0 + SEC - 50 * MS;

	put_thread(f, T0, WAIT_ONCPU, T0 - MS, SEC, 5 * SEC, 4 * SEC);
	tick_and_publish(f, T0);
	put_thread(f, T0 + SEC, WAIT_QUOTA, since_ns, SEC + 200 * MS, 5 * SEC + 750 * MS,
		   4 * SEC + 720 * MS);
	tick_and_publish(f, T0 + SEC);
	check(f, 200, 800, 770);
	/* it ends 30 ms later, and one more of 60 ms follows */
	put_thread(f, T0 + 2 * SEC, WAIT_ONCPU, T0 + 2 * SEC - MS, SEC + 1110 * MS,
		   5 * SEC + 750 * MS + 80 * MS + 60 * MS, 4 * SEC + 720 * MS + 80 * MS + 60 * MS);
	tick_and_publish(f, T0 + 2 * SEC);
	check(f, 910, 90, 90);
}

static void let_go_but_not_running_is_a_plain_wait(void **state)
{
	struct fixture *f = *state;
	uint64_t since_ns = T0 + SEC - 100 * MS;

	put_thread(f, T0, WAIT_ONCPU, T0 - MS, SEC, 5 * SEC, 4 * SEC);
	tick_and_publish(f, T0);
	/* 60 ms of the open wait were the quota's: the sum has them already */
	put_thread(f, T0 + SEC, WAIT_RUNQ, since_ns, SEC + 900 * MS, 5 * SEC, 4 * SEC + 60 * MS);
	tick_and_publish(f, T0 + SEC);
	check(f, 900, 100, 60);
}

static void a_quota_is_never_more_than_the_wait(void **state)
{
	struct fixture *f = *state;

	put_thread(f, T0, WAIT_ONCPU, T0 - MS, SEC, 5 * SEC, 4 * SEC);
	tick_and_publish(f, T0);
	put_thread(f, T0 + SEC, WAIT_ONCPU, T0 + SEC - MS, SEC + 990 * MS, 5 * SEC + 10 * MS, 0);
	tick_and_publish(f, T0 + SEC); /* the sum went back: a damaged record */
	check(f, 990, 10, 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(closed_waits_count_between_ticks),
		TEST(an_open_wait_is_told_once),
		TEST(let_go_but_not_running_is_a_plain_wait),
		TEST(a_quota_is_never_more_than_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
