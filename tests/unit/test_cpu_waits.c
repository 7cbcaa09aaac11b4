/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waited behind whom, single durations, and what is usual here. */
#include "world_fixture.h"

static void put_pair(struct fixture *f, enum pair_kind kind, uint32_t tgid, uint32_t by, uint64_t count, uint64_t ns)
{
	struct pair_rec r = {.tgid = tgid, .by = by, .kind = kind, .count = count, .ns = ns};

	record_init(&r.h, T0, PANE_CPU, CPU_PAIR, sizeof(r));
	put(f, &r);
}

static void put_process(struct fixture *f, uint32_t pid, const char *comm, uint64_t ts_ns)
{
	struct task_rec r = task(pid, pid, ts_ns);

	memset(r.comm, 0, sizeof(r.comm));
	strcpy(r.comm, comm);
	put(f, &r);
}

static void most_first_with_shares_and_names(void **state)
{
	struct fixture *f = *state;
	struct pair_row rows[4];

	put_process(f, 100, "postgres", T0);
	put_process(f, 200, "restic", T0);
	put_pair(f, PAIR_BEHIND, 100, 200, 50, 900 * MS); /* before the first tick: nobody's */
	tick_and_publish(f, T0);
	assert_int_equal(snapshot_pairs(&f->snap, row_of(f, 100), PAIR_BEHIND, rows, 4), 0);
	put_pair(f, PAIR_BEHIND, 100, 200, 53, 930 * MS);
	put_pair(f, PAIR_BEHIND, 100, 300, 7, 10 * MS);
	put_pair(f, PAIR_BEHIND, 200, 300, 7, 60 * MS);
	put_pair(f, PAIR_WAKER, 100, 200, 9, 0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(snapshot_pairs(&f->snap, row_of(f, 100), PAIR_BEHIND, rows, 4), 2);
	assert_int_equal(rows[0].by, 200);
	assert_string_equal(rows[0].name, "restic");
	assert_int_equal(rows[0].count, 3);
	assert_int_equal(rows[0].ns, 30 * MS);
	assert_int_equal(rows[0].share_pct, 75000);
	assert_string_equal(rows[1].name, "pid 300");
	assert_int_equal(rows[1].share_pct, 25000);
	assert_int_equal(snapshot_pairs(&f->snap, row_of(f, 100), PAIR_BEHIND, rows, 1), 1);
	assert_int_equal(rows[0].share_pct, 75000); /* of all, not of those that are returned */
	assert_int_equal(snapshot_pairs(&f->snap, row_of(f, 100), PAIR_WAKER, rows, 4), 1);
	assert_int_equal(rows[0].share_pct, 100000);
	assert_int_equal(snapshot_pairs(&f->snap, row_of(f, 200), PAIR_WAKER, rows, 4), 0);
	/* the whole machine: 300 had 70 ms, 200 had 30 */
	assert_int_equal(snapshot_pairs(&f->snap, NULL, PAIR_BEHIND, rows, 4), 2);
	assert_int_equal(rows[0].by, 300);
	assert_int_equal(rows[0].ns, 70 * MS);
	assert_int_equal(rows[0].share_pct, 70000);
}

static void a_pair_that_was_forgotten_counts_on(void **state)
{
	struct fixture *f = *state;
	struct pair_row rows[2];

	put_process(f, 100, "a", T0);
	tick_and_publish(f, T0);
	put_pair(f, PAIR_BEHIND, 100, 200, 10, 10 * MS);
	tick_and_publish(f, T0 + SEC);
	put_pair(f, PAIR_BEHIND, 100, 200, 3, 4 * MS); /* the kernel began anew */
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(snapshot_pairs(&f->snap, row_of(f, 100), PAIR_BEHIND, rows, 2), 1);
	assert_int_equal(rows[0].count, 3);
	assert_int_equal(rows[0].ns, 4 * MS);
	tick(f, T0 + 3 * SEC);
	world_publish(f->w, WINDOW_START, &f->snap);
	assert_int_equal(snapshot_pairs(&f->snap, row_of(f, 100), PAIR_BEHIND, rows, 2), 1);
	assert_int_equal(rows[0].count, 13);
	assert_int_equal(rows[0].ns, 14 * MS);
}

static void pairs_since_the_mark_and_over_a_gap(void **state)
{
	struct fixture *f = *state;
	struct pair_row rows[2];

	put_process(f, 100, "a", T0);
	tick_and_publish(f, T0);
	put_pair(f, PAIR_WAKER, 100, 200, 5, 0);
	tick_and_publish(f, T0 + SEC);
	world_mark(f->w);
	put_pair(f, PAIR_WAKER, 100, 200, 9, 0);
	tick_and_publish(f, T0 + 2 * SEC);
	put_pair(f, PAIR_WAKER, 100, 200, 11, 0);
	tick_as(f, T0 + 90 * SEC, TICK_F_GAP, REC_UNKNOWN32);
	publish(f, false);
	assert_int_equal(snapshot_pairs(&f->snap, row_of(f, 100), PAIR_WAKER, rows, 2), 0);
	tick(f, T0 + 91 * SEC);
	world_publish(f->w, WINDOW_MARK, &f->snap);
	assert_int_equal(snapshot_pairs(&f->snap, row_of(f, 100), PAIR_WAKER, rows, 2), 1);
	assert_int_equal(rows[0].count, 6);
}

static void interrupts_and_the_dead_have_names(void **state)
{
	struct fixture *f = *state;
	struct irq_name_rec irq = {.irq = 36, .type = IRQ_HARD, .name = "virtio1-req.0", .label = "36"};
	struct task_rec dead = task(300, 300, T0);
	struct pair_row rows[8];

	put_process(f, 100, "a", T0);
	record_init(&irq.h, T0, PANE_CPU, CPU_INTR_NAME, sizeof(irq));
	put(f, &irq);
	tick_and_publish(f, T0);
	strcpy(dead.comm, "sh");
	dead = ended(dead, T0 + SEC / 2, TASK_F_GROUP_DEAD);
	put(f, &dead);
	put_pair(f, PAIR_WAKER, 100, PAIR_BY_IRQ + 36, 60, 0);
	put_pair(f, PAIR_WAKER, 100, PAIR_BY_IRQ + 37, 50, 0);
	put_pair(f, PAIR_WAKER, 100, PAIR_BY_SOFTIRQ + 3, 40, 0);
	put_pair(f, PAIR_WAKER, 100, PAIR_BY_TIMER, 30, 0);
	put_pair(f, PAIR_WAKER, 100, 300, 20, 0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(snapshot_pairs(&f->snap, row_of(f, 100), PAIR_WAKER, rows, 8), 5);
	assert_string_equal(rows[0].name, "virtio1-req.0");
	assert_string_equal(rows[1].name, "irq 37");
	assert_string_equal(rows[2].name, "softirq NET_RX");
	assert_string_equal(rows[3].name, "timer");
	assert_string_equal(rows[4].name, "sh");
}

static void put_duration(struct fixture *f, uint8_t kind, uint64_t ts_ns, uint32_t tgid, uint64_t ns)
{
	struct latency_rec r = {.which = HIST_RUNQ, .slot = (uint8_t)hist_slot(ns), .ns = ns, .pid = tgid, .tgid = tgid,
				.by_pid = 9, .by_tgid = 9, .comm = "a", .by_comm = "b"};

	record_init(&r.h, ts_ns, PANE_CPU, kind, sizeof(r));
	r.h.cpu = 1;
	put(f, &r);
}

static void exemplars_of_a_slot_newest_first(void **state)
{
	const struct latency_rec *recs[16];
	struct fixture *f = *state;

	for (uint64_t i = 0; i < 34; i++) /* one of 100, many of 200 */
		put_duration(f, CPU_EXEMPLAR, T0 + i * MS, i == 3 ? 100 : 200, 5000 + i);
	put_duration(f, CPU_SLOW, T0 + 5 * MS, 300, 20 * MS);
	put_duration(f, CPU_EXEMPLAR, T0 + 5 * MS, 300, 20 * MS); /* the same one again */
	assert_int_equal(snapshot_exemplars(&f->snap, HIST_RUNQ, (int)hist_slot(5000), 0, recs, 16), 0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(snapshot_exemplars(&f->snap, HIST_RUNQ, (int)hist_slot(5000), 0, recs, 8), 8);
	assert_int_equal(recs[0]->ns, 5033);
	assert_int_equal(recs[7]->ns, 5026);
	assert_int_equal(snapshot_exemplars(&f->snap, HIST_RUNQ, (int)hist_slot(5000), 0, recs, 3), 3);
	assert_int_equal(recs[2]->ns, 5031);
	assert_int_equal(snapshot_exemplars(&f->snap, HIST_RUNQ, (int)hist_slot(5000), 100, recs, 16), 1);
	assert_int_equal(recs[0]->ns, 5003);
	assert_int_equal(snapshot_exemplars(&f->snap, HIST_RUNQ, (int)hist_slot(20 * MS), 0, recs, 16), 1);
	assert_int_equal(snapshot_exemplars(&f->snap, HIST_ONCPU, (int)hist_slot(5000), 0, recs, 16), 0);
	/* what comes later is not in this picture */
	put_duration(f, CPU_EXEMPLAR, T0 + 2 * SEC, 200, 5555);
	assert_int_equal(snapshot_exemplars(&f->snap, HIST_RUNQ, (int)hist_slot(5000), 0, recs, 1), 1);
	assert_int_equal(recs[0]->ns, 5033);
}

/* A second in which CPU time was wanted and not had for `stall_ms`, and some waits took `wait_ns`. */
static void second(struct fixture *f, uint64_t nr, uint64_t stall_ms, uint64_t wait_ns)
{
	static uint64_t stalled_us, slots[HIST_SLOTS];
	struct cpu_hist_rec hist = {.which = HIST_RUNQ};
	struct psi_rec psi = { 0 };

	psi.some_us[PSI_CPU] = stalled_us += stall_ms * 1000;
	record_init(&psi.h, T0, PANE_CORE, CORE_PSI, sizeof(psi));
	put(f, &psi);
	slots[hist_slot(wait_ns)] += 1000;
	memcpy(hist.slots, slots, sizeof(hist.slots));
	record_init(&hist.h, T0, PANE_CPU, CPU_HIST, sizeof(hist));
	put(f, &hist);
	tick(f, T0 + nr * SEC);
}

static void medians_after_five_minutes_whatever_the_pace(void **state)
{
	struct fixture *f = *state;
	int64_t runq;

	for (uint64_t i = 0; i < 300; i++)
		second(f, i, i % 10 == 5 ? 900 : 20, 40000);
	publish(f, false);
	assert_int_equal(f->snap.m.usual[USUAL_PSI_SOME], FIG_UNKNOWN);
	second(f, 300, 20, 40000);
	publish(f, false);
	assert_int_equal(f->snap.m.usual[USUAL_PSI_SOME], 2000);
	runq = f->snap.m.usual[USUAL_RUNQ_P99];
	assert_in_range(runq, 32768, 65536);
	assert_int_equal(f->snap.m.usual[USUAL_STEAL], FIG_UNKNOWN); /* nothing told of CPUs */
	/* the window of the screen does not change them */
	second(f, 301, 20, 40000);
	world_publish(f->w, WINDOW_START, &f->snap);
	assert_int_equal(f->snap.m.usual[USUAL_PSI_SOME], 2000);
	/* ten minutes later the old height is forgotten */
	for (uint64_t i = 302; i < 302 + 600; i++)
		second(f, i, 300, 4 * MS);
	publish(f, false);
	assert_int_equal(f->snap.m.usual[USUAL_PSI_SOME], 30000);
	assert_true(f->snap.m.usual[USUAL_RUNQ_P99] > 50 * runq);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(most_first_with_shares_and_names),
		TEST(a_pair_that_was_forgotten_counts_on),
		TEST(pairs_since_the_mark_and_over_a_gap),
		TEST(interrupts_and_the_dead_have_names),
		TEST(exemplars_of_a_slot_newest_first),
		TEST(medians_after_five_minutes_whatever_the_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
