/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums and histograms of requests by device and set of flags. */
#include "heat.h"
#include "panes.h"
#include "snap_disk_sets.h"
#include "world_fixture.h"

#define VDA  disk_dev(254, 0)
#define LOOP disk_dev(7, 3)

#define READ_SYNC  (DISK_READ | DISK_SET_SYNC)
#define WRITE_SYNC (DISK_WRITE | DISK_SET_SYNC)

/* `nr` requests of 4 KiB with 100 us in the queue and 1 ms in the device. */
static struct disk_set_rec set_rec(uint32_t dev, uint32_t set, uint32_t nr)
{
	struct disk_set_rec r = {
		.dev = dev,
		.set = set,
		.count = nr,
		.bytes = (uint64_t)nr * 4096,
		.queue_ns = nr * MS / 10,
		.service_ns = nr * MS,
		.errors = nr / 10,
		.sequential = nr / 2,
	};

	r.queue_slots[hist_slot(MS / 10)] = nr;
	r.service_slots[hist_slot(MS)] = nr;
	r.size_slots[3] = nr;
	record_init(&r.h, T0, PANE_DISK, DISK_SET, sizeof(r));
	return r;
}

static void put_set(struct fixture *f, uint32_t dev, uint32_t set, uint32_t nr)
{
	struct disk_set_rec r = set_rec(dev, set, nr);

	put(f, &r);
}

static int64_t count_of(const struct fixture *f, uint32_t dev, int op)
{
	struct disk_sum sum;

	assert_true(snapshot_disk_sum(&f->snap, dev, op, &sum));
	return sum.count;
}

static void what_was_before_the_first_tick_is_in_no_window(void **state)
{
	struct fixture *f = *state;

	put_set(f, VDA, READ_SYNC, 1000);
	tick_and_publish(f, T0);
	assert_int_equal(count_of(f, VDA, DISK_ANY_OP), 0);
	put_set(f, VDA, READ_SYNC, 1010);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(count_of(f, VDA, DISK_READ), 10);
	publish(f, true);
	assert_int_equal(count_of(f, VDA, DISK_READ), 10);
}

static void windows_count_from_their_moments(void **state)
{
	struct fixture *f = *state;

	tick_and_publish(f, T0);
	put_set(f, VDA, READ_SYNC, 5);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(count_of(f, VDA, DISK_READ), 5);
	world_mark(f->w);
	put_set(f, VDA, READ_SYNC, 12);
	tick(f, T0 + 2 * SEC);
	put_set(f, VDA, READ_SYNC, 20);
	tick(f, T0 + 3 * SEC);
	publish(f, false);
	assert_int_equal(count_of(f, VDA, DISK_READ), 15); /* two ticks, one publish */
	put_set(f, VDA, READ_SYNC, 21);
	tick(f, T0 + 4 * SEC);
	world_publish(f->w, WINDOW_MARK, &f->snap);
	assert_int_equal(count_of(f, VDA, DISK_READ), 16);
	world_publish(f->w, WINDOW_START, &f->snap);
	assert_int_equal(count_of(f, VDA, DISK_READ), 21);
	world_publish(f->w, WINDOW_TOTAL, &f->snap);
	assert_int_equal(count_of(f, VDA, DISK_READ), 21);
	put_set(f, VDA, READ_SYNC, 9000);
	tick_as(f, T0 + 90 * SEC, TICK_F_GAP, REC_UNKNOWN32);
	publish(f, false);
	assert_int_equal(count_of(f, VDA, DISK_READ), 0);
}

static void sums_by_device_and_operation(void **state)
{
	struct fixture *f = *state;
	struct disk_sum sum;
	struct hist h;
	int64_t sizes[SIZE_SLOTS];

	tick_and_publish(f, T0);
	put_set(f, VDA, READ_SYNC, 10);
	put_set(f, VDA, DISK_READ | DISK_SET_RAHEAD, 20);
	put_set(f, VDA, WRITE_SYNC, 40);
	put_set(f, VDA, DISK_FLUSH | DISK_SET_PREFLUSH, 3);
	put_set(f, LOOP, READ_SYNC, 100);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(count_of(f, VDA, DISK_READ), 30);
	assert_int_equal(count_of(f, VDA, DISK_WRITE), 40);
	assert_int_equal(count_of(f, VDA, DISK_FLUSH), 3);
	assert_int_equal(count_of(f, VDA, DISK_DISCARD), 0);
	assert_int_equal(count_of(f, VDA, DISK_ANY_OP), 73);
	assert_int_equal(count_of(f, DISK_ALL, DISK_READ), 130);
	assert_int_equal(count_of(f, DISK_ALL, DISK_ANY_OP), 173);
	assert_int_equal(count_of(f, disk_dev(9, 9), DISK_ANY_OP), 0);
	assert_true(snapshot_disk_sum(&f->snap, VDA, DISK_READ, &sum));
	assert_int_equal(sum.bytes, 30 * 4096);
	assert_int_equal(sum.queue_ns, 3 * MS);
	assert_int_equal(sum.service_ns, 30 * MS);
	assert_int_equal(sum.errors, 3);
	assert_int_equal(sum.sequential, 15);
	assert_true(snapshot_disk_hist(&f->snap, VDA, DISK_READ, DISK_HIST_QUEUE, &h));
	assert_int_equal(h.slots[hist_slot(MS / 10)], 30);
	assert_int_equal(hist_count(&h), 30);
	assert_true(snapshot_disk_hist(&f->snap, DISK_ALL, DISK_ANY_OP, DISK_HIST_SERVICE, &h));
	assert_int_equal(h.slots[hist_slot(MS)], 173);
	assert_true(snapshot_disk_sizes(&f->snap, VDA, DISK_WRITE, sizes));
	assert_int_equal(sizes[3], 40);
	assert_int_equal(sizes[4], 0);
}

static void rows_are_in_order_and_tell_shares_of_their_device(void **state)
{
	struct fixture *f = *state;
	const struct disk_set_row *rows;

	tick_and_publish(f, T0);
	put_set(f, VDA, WRITE_SYNC, 30);
	put_set(f, VDA, READ_SYNC, 10);
	put_set(f, LOOP, READ_SYNC, 7);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(snapshot_disk_sets(&f->snap, DISK_ALL, &rows), 3);
	assert_int_equal(rows[0].dev, LOOP);
	assert_int_equal(rows[0].share_pct, 100000);
	assert_int_equal(snapshot_disk_sets(&f->snap, VDA, &rows), 2);
	assert_int_equal(rows[0].set, READ_SYNC);
	assert_int_equal(rows[0].share_pct, 25000);
	assert_int_equal(rows[0].avg_bytes, 4096);
	assert_in_range(rows[0].p50_ns[DISK_HIST_SERVICE], MS / 2, 2 * MS);
	assert_int_equal(rows[1].share_pct, 75000);
	/* a row stays when nothing comes: zero is a figure, its latency is not */
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(snapshot_disk_sets(&f->snap, VDA, &rows), 2);
	assert_int_equal(rows[0].sum.count, 0);
	assert_int_equal(rows[0].avg_bytes, FIG_UNKNOWN);
	assert_int_equal(rows[0].share_pct, FIG_UNKNOWN);
	assert_int_equal(rows[0].p99_ns[DISK_HIST_QUEUE], FIG_UNKNOWN);
	assert_int_equal(snapshot_disk_sets(&f->snap, disk_dev(8, 0), &rows), 0);
}

static void the_longest_is_of_the_window(void **state)
{
	struct fixture *f = *state;
	struct disk_set_rec r = set_rec(VDA, READ_SYNC, 1);
	struct hist h;

	tick_and_publish(f, T0);
	r.max_service_ns = 900 * MS;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	snapshot_disk_hist(&f->snap, VDA, DISK_READ, DISK_HIST_SERVICE, &h);
	assert_int_equal(h.max_ns, 900 * MS);
	r = set_rec(VDA, READ_SYNC, 2);
	r.max_service_ns = 3 * MS;
	put(f, &r);
	tick_and_publish(f, T0 + 2 * SEC);
	snapshot_disk_hist(&f->snap, VDA, DISK_READ, DISK_HIST_SERVICE, &h);
	assert_int_equal(h.max_ns, 3 * MS);
	publish(f, true);
	snapshot_disk_hist(&f->snap, VDA, DISK_READ, DISK_HIST_SERVICE, &h);
	assert_int_equal(h.max_ns, 900 * MS);
	r.max_service_ns = REC_UNKNOWN; /* damaged */
	put(f, &r);
	tick(f, T0 + 3 * SEC);
	publish(f, true);
	snapshot_disk_hist(&f->snap, VDA, DISK_READ, DISK_HIST_SERVICE, &h);
	assert_int_equal(h.max_ns, 900 * MS);
}

static void slots_wrap_and_counters_begin_anew(void **state)
{
	struct fixture *f = *state;
	struct disk_set_rec r = set_rec(VDA, READ_SYNC, 0);
	struct hist h;

	r.count = 1ULL << 33;
	r.service_slots[14] = UINT32_MAX - 4;
	r.size_slots[3] = UINT32_MAX;
	put(f, &r);
	tick_and_publish(f, T0);
	r.count += 10;
	r.service_slots[14] = 5; /* 4294967301 */
	r.size_slots[3] = 9;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	snapshot_disk_hist(&f->snap, VDA, DISK_READ, DISK_HIST_SERVICE, &h);
	assert_int_equal(h.slots[14], 10);
	put_set(f, VDA, READ_SYNC, 3); /* less than before: all of it is new */
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(count_of(f, VDA, DISK_READ), 3);
	snapshot_disk_hist(&f->snap, VDA, DISK_READ, DISK_HIST_SERVICE, &h);
	assert_int_equal(hist_count(&h), 3);
	publish(f, true);
	assert_int_equal(count_of(f, VDA, DISK_READ), 13);
}

static void each_device_and_operation_has_its_last_minutes(void **state)
{
	struct fixture *f = *state;
	const struct heat *heat;
	unsigned slot = hist_slot(MS);

	put_set(f, VDA, READ_SYNC, 100);
	tick_and_publish(f, T0);
	assert_int_equal(snapshot_disk_heat(&f->snap, VDA, DISK_READ, DISK_HIST_SERVICE)->nr, 0);
	put_set(f, VDA, READ_SYNC, 105);
	put_set(f, LOOP, WRITE_SYNC, 2);
	tick(f, T0 + SEC);
	put_set(f, VDA, READ_SYNC, 106);
	tick_and_publish(f, T0 + 2 * SEC);
	heat = snapshot_disk_heat(&f->snap, VDA, DISK_READ, DISK_HIST_SERVICE);
	assert_int_equal(heat->nr, 2);
	assert_int_equal(heat_at(heat, 0)->end_ns, T0 + SEC);
	assert_int_equal(heat_at(heat, 0)->slots[slot], 5);
	assert_int_equal(heat_at(heat, 1)->slots[slot], 1);
	assert_null(snapshot_disk_heat(&f->snap, VDA, DISK_WRITE, DISK_HIST_SERVICE));
	assert_null(snapshot_disk_heat(&f->snap, DISK_ALL, DISK_FLUSH, DISK_HIST_SERVICE));
	heat = snapshot_disk_heat(&f->snap, DISK_ALL, DISK_ANY_OP, DISK_HIST_SERVICE);
	assert_int_equal(heat->nr, 2);
	assert_int_equal(heat_at(heat, 0)->slots[slot], 7);
	heat = snapshot_disk_heat(&f->snap, LOOP, DISK_ANY_OP, DISK_HIST_QUEUE);
	assert_int_equal(heat_at(heat, 0)->slots[hist_slot(MS / 10)], 2);
	for (int i = 3; i < 200; i++)
		tick_and_publish(f, T0 + (uint64_t)i * SEC);
	heat = snapshot_disk_heat(&f->snap, LOOP, DISK_WRITE, DISK_HIST_QUEUE);
	assert_int_equal(heat->nr, 120);
	assert_int_equal(heat_at(heat, 119)->end_ns, T0 + 199 * SEC);
	assert_int_equal(snapshot_disk_heat(&f->snap, DISK_ALL, DISK_ANY_OP, DISK_HIST_QUEUE)->nr, 199);
}

static void more_sets_than_there_is_room_for(void **state)
{
	struct fixture *f = *state;
	const struct disk_set_row *rows;

	tick_and_publish(f, T0);
	for (uint32_t dev = 1; dev <= 5000; dev++)
		put_set(f, disk_dev(65, dev), WRITE_SYNC, 1);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(snapshot_disk_sets(&f->snap, DISK_ALL, &rows), 4096);
	assert_int_equal(f->snap.disk_sets->status.state, FIG_INCOMPLETE);
	assert_int_equal(count_of(f, disk_dev(65, 1), DISK_WRITE), 1);
	world_clear(f->w);
	put_host(f, HOST_F_BPF);
	f->last_ns = 0;
	tick_and_publish(f, T0);
	assert_int_equal(snapshot_disk_sets(&f->snap, DISK_ALL, &rows), 0);
	put_set(f, VDA, WRITE_SYNC, 1);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(count_of(f, DISK_ALL, DISK_WRITE), 1);
	assert_int_equal(snapshot_disk_heat(&f->snap, VDA, DISK_WRITE, DISK_HIST_QUEUE)->nr, 1);
}

static void put_probe(struct fixture *f, uint16_t id, const char *name, uint8_t probe_state)
{
	struct probe_rec r = { .probe = id, .state = probe_state, .pane = PANE_DISK, .reason = "refused" };

	strcpy(r.name, name);
	record_init(&r.h, T0, PANE_CORE, CORE_PROBE, sizeof(r));
	put(f, &r);
}

static void without_probes_nothing_is_known(void **state)
{
	struct fixture *f = *state;
	struct disk_sum sum;
	struct hist h;
	int64_t sizes[SIZE_SLOTS];

	put_probe(f, 0, "io-start", PROBE_REFUSED);
	put_probe(f, 1, "io-getrq", PROBE_REFUSED);
	put_probe(f, 2, "io-complete", PROBE_ON);
	put_set(f, VDA, READ_SYNC, 1);
	tick_and_publish(f, T0);
	assert_false(snapshot_disk_hist(&f->snap, VDA, DISK_READ, DISK_HIST_QUEUE, &h));
	assert_true(snapshot_disk_hist(&f->snap, VDA, DISK_READ, DISK_HIST_SERVICE, &h));
	assert_true(snapshot_disk_sum(&f->snap, VDA, DISK_READ, &sum));
	assert_int_equal(sum.queue_ns, FIG_UNKNOWN);
	assert_string_equal(f->snap.disk_sets->queue_status.reason, "refused");
	put_probe(f, 1, "io-getrq", PROBE_ON); /* an older kernel */
	tick_and_publish(f, T0 + SEC);
	assert_true(snapshot_disk_hist(&f->snap, VDA, DISK_READ, DISK_HIST_QUEUE, &h));
	put_host(f, 0);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_false(snapshot_disk_sum(&f->snap, VDA, DISK_READ, &sum));
	assert_false(snapshot_disk_hist(&f->snap, VDA, DISK_READ, DISK_HIST_SERVICE, &h));
	assert_false(snapshot_disk_sizes(&f->snap, VDA, DISK_READ, sizes));
}

static void letters_of_a_set(void **state)
{
	static const struct {
		uint32_t set;
		const char *letters;
	} cases[] = {
		{ READ_SYNC, "RS" },
		{ DISK_READ | DISK_SET_RAHEAD | DISK_SET_META, "RAM" },
		{ DISK_WRITE | DISK_SET_PREFLUSH | DISK_SET_FUA | DISK_SET_SYNC, "FWFS" },
		{ DISK_FLUSH | DISK_SET_PREFLUSH, "FF" },
		{ DISK_DISCARD | DISK_SET_ERASE, "DE" },
		{ DISK_WRITE | DISK_SET_ZEROES, "N" },
		{ DISK_OTHER, "N" },
		{ DISK_SET_ALL & ~0xfU, "FNEFASM" },
	};
	char buf[DISK_RWBS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(disk_rwbs(cases[i].set, buf), cases[i].letters);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_before_the_first_tick_is_in_no_window),
		TEST(windows_count_from_their_moments),
		TEST(sums_by_device_and_operation),
		TEST(rows_are_in_order_and_tell_shares_of_their_device),
		TEST(the_longest_is_of_the_window),
		TEST(slots_wrap_and_counters_begin_anew),
		TEST(each_device_and_operation_has_its_last_minutes),
		TEST(more_sets_than_there_is_room_for),
		TEST(without_probes_nothing_is_known),
		TEST(letters_of_a_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
