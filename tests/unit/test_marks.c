/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Marks: absolute limits, and five times what is usual here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "marks.h"
#include "snap_disk_procs.h"

#define MS 1000000LL
#define S_NS (1000 * MS)

static struct snapshot calm(void)
{
	struct snapshot s = { .m = { .interval_ns = S_NS, .cpus = 2 } };

	for (int i = 0; i < USUAL_NR; i++)
		s.m.usual[i] = FIG_UNKNOWN;
	s.m.runq_p99_ns = 200000;
	return s;
}

static int64_t *runq_p99(struct snapshot *s)
{
	return &s->m.runq_p99_ns;
}

static int64_t *psi_mem(struct snapshot *s)
{
	return &s->m.psi[PSI_MEM].some_ns;
}

static int64_t *psi_full(struct snapshot *s)
{
	return &s->m.psi[PSI_IO].full_ns;
}

static int64_t *steal(struct snapshot *s)
{
	return &s->m.mode_ns[CPU_STEAL];
}

static const struct {
	enum mark_id id;
	int64_t *(*figure)(struct snapshot *s);
	enum usual usual;
	int64_t median, below, above; /* of the figure as it is stored */
} rules[] = {
	{ MARK_RUNQ_P99, runq_p99, USUAL_RUNQ_P99, 400000, 2000000, 2100000 },
	{ MARK_RUNQ_P99, runq_p99, USUAL_RUNQ_P99, 10000, 1000000, 1100000 }, /* a tenth of the limit */
	{ MARK_PSI_SOME, psi_mem, USUAL_PSI_SOME, 1000, 50 * MS, 51 * MS },
	{ MARK_PSI_IO_FULL, psi_full, USUAL_PSI_IO_FULL, 200, 10 * MS, 11 * MS },
	{ MARK_STEAL, steal, USUAL_STEAL, 400, 40 * MS, 41 * MS }, /* of two CPUs */
};

static void five_times_the_median_is_marked(void **state)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		struct snapshot s = calm();

		*rules[i].figure(&s) = rules[i].above;
		assert_false(mark_machine_over(rules[i].id, &s)); /* no median in the first minutes */
		s.m.usual[rules[i].usual] = rules[i].median;
		assert_true(mark_machine_over(rules[i].id, &s));
		assert_true(mark_pane(mark_rules[rules[i].id].pane, &s));
		*rules[i].figure(&s) = rules[i].below;
		assert_false(mark_machine_over(rules[i].id, &s));
		assert_false(mark_pane(mark_rules[rules[i].id].pane, &s));
	}
}

/* Seen from every pane: the tab of the one that hurts. */
static void an_old_request_marks_the_disk_pane(void **state)
{
	struct disk_procs_snap d = { .oldest_ns = 900 * MS };
	struct snapshot s = calm();

	s.disk_procs = &d;
	assert_false(mark_pane(PANE_DISK, &s));
	d.oldest_ns = 1100 * MS;
	assert_true(mark_pane(PANE_DISK, &s));
	assert_false(mark_pane(PANE_CPU, &s));
	assert_true(mark_column("oldest_ns", d.oldest_ns));
	d.oldest_ns = FIG_UNKNOWN;
	assert_false(mark_pane(PANE_DISK, &s));
}

static void pressure_of_io_is_the_disks(void **state)
{
	struct snapshot s = calm();

	s.m.psi[PSI_IO].full_ns = (int64_t)s.m.interval_ns / 10;
	assert_true(mark_pane(PANE_DISK, &s));
	assert_false(mark_pane(PANE_CPU, &s));
}

static void a_high_median_does_not_hide_what_is_over_the_limit(void **state)
{
	struct snapshot s = calm();

	s.m.usual[USUAL_RUNQ_P99] = 20 * MS;
	s.m.runq_p99_ns = 11 * MS;
	assert_true(mark_machine_over(MARK_RUNQ_P99, &s));
	s.m.runq_p99_ns = FIG_UNKNOWN;
	assert_false(mark_machine_over(MARK_RUNQ_P99, &s));
}

static void where_the_usual_is_nothing_only_limits_mark(void **state)
{
	struct snapshot s = calm();

	s.m.usual[USUAL_PSI_SOME] = 0;
	s.m.psi[PSI_CPU].some_ns = 90 * MS;
	assert_false(mark_machine_over(MARK_PSI_SOME, &s));
	s.m.psi[PSI_CPU].some_ns = 101 * MS;
	assert_true(mark_machine_over(MARK_PSI_SOME, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_times_the_median_is_marked),
		cmocka_unit_test(a_high_median_does_not_hide_what_is_over_the_limit),
		cmocka_unit_test(an_old_request_marks_the_disk_pane),
		cmocka_unit_test(pressure_of_io_is_the_disks),
		cmocka_unit_test(where_the_usual_is_nothing_only_limits_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
