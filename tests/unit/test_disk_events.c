/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single block requests in the model: which are events, which are in flight, exemplars, what is kept. */
#include "snap_disk_events.h"
#include "world_fixture.h"

#include "hist.h"

#define VDA   (254U << 20)
#define LOOP0 (7U << 20)

static void put_demand(struct fixture *f, uint64_t slow_ns, uint32_t trace_tgid, uint32_t trace_dev)
{
	struct demand_rec r = { .slow_ns = 10 * MS, .disk_slow_ns = slow_ns, .trace_tgid = trace_tgid, .trace_dev = trace_dev };

	record_init(&r.h, f->last_ns ? f->last_ns : T0, PANE_CORE, CORE_DEMAND, sizeof(r));
	put(f, &r);
}

/* A request of process 100 that waited 2 ms and took 5. */
static struct disk_io_rec io(uint64_t id, uint64_t ts_ns, uint16_t flags)
{
	struct disk_io_rec r = { .id = id, .dev = VDA, .set = DISK_READ | DISK_SET_SYNC, .flags = flags, .pid = 101,
				 .tgid = 100, .start_ns = SEC, .sector = 4096 + id, .bytes = 4096, .queue_ns = 2 * MS,
				 .service_ns = 5 * MS, .comm = "reader" };

	record_init(&r.h, ts_ns, PANE_DISK, DISK_IO, sizeof(r));
	r.h.cpu = 0;
	return r;
}

static void put_io(struct fixture *f, uint64_t id, uint64_t ts_ns, uint16_t flags)
{
	struct disk_io_rec r = io(id, ts_ns, flags);

	put(f, &r);
}

static void put_flight(struct fixture *f, uint64_t id, uint64_t queued_ns, uint64_t issued_ns, uint32_t tgid, uint32_t dev)
{
	struct disk_flight_rec r = { .id = id, .dev = dev, .set = DISK_WRITE, .pid = tgid, .tgid = tgid, .start_ns = SEC,
				     .sector = 8 * id, .bytes = 8192, .queued_ns = queued_ns, .issued_ns = issued_ns,
				     .comm = "writer" };

	record_init(&r.h, f->last_ns, PANE_DISK, DISK_FLIGHT, sizeof(r));
	put(f, &r);
}

static const struct disk_events_snap *events(const struct fixture *f)
{
	assert_non_null(f->snap.disk_events);
	return f->snap.disk_events;
}

static void a_request_tells_what_is_known_of_it(void **state)
{
	struct fixture *f = *state;
	struct disk_io_rec r;
	const struct disk_event_row *row;

	tick(f, T0);
	r = io(7, T0 + 100 * MS, DISK_IO_F_SLOW | DISK_IO_F_INFERRED);
	r.ino = 12;
	r.error = 5;
	r.requeues = 2;
	memcpy(r.submitter, "kworker/u8:3-xx", 16);
	memset(r.file, 'x', sizeof(r.file)); /* as long as its room: no NUL */
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(events(f)->nr, 1);
	row = &events(f)->rows[0];
	assert_int_equal(row->state, DISK_EVENT_DONE);
	assert_int_equal(row->log.seq, 1);
	assert_int_equal(row->ts_ns, T0 + 100 * MS);
	assert_int_equal(row->queued_ns, T0 + 93 * MS);
	assert_int_equal(row->latency_ns, 7 * MS);
	assert_int_equal(row->sector, 4103);
	assert_int_equal(row->bytes, 4096);
	assert_int_equal(row->error, 5);
	assert_int_equal(row->requeues, 2);
	assert_int_equal(row->ino, 12);
	assert_int_equal(row->pid, 101);
	assert_int_equal(row->age_ns, FIG_UNKNOWN);
	assert_string_equal(row->submitter, "kworker/u8:3-xx");
	assert_memory_equal(row->file, r.file, sizeof(r.file));
}

static void what_is_not_known_is_not_zero(void **state)
{
	struct fixture *f = *state;
	struct disk_io_rec r;
	const struct disk_event_row *row;

	tick(f, T0);
	r = io(7, T0 + 100 * MS, DISK_IO_F_SLOW | DISK_IO_F_NO_START);
	r.queue_ns = REC_UNKNOWN;
	r.pid = r.tgid = 0;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	row = &events(f)->rows[0];
	assert_int_equal(row->queue_ns, FIG_UNKNOWN);
	assert_int_equal(row->latency_ns, FIG_UNKNOWN);
	assert_int_equal(row->queued_ns, FIG_UNKNOWN);
	assert_int_equal(row->service_ns, 5 * MS);
	assert_int_equal(row->ino, FIG_UNKNOWN);
	assert_int_equal(row->pid, FIG_UNKNOWN);
	assert_int_equal(row->tgid, FIG_UNKNOWN);
}

/* Those of a histogram's slot are for that slot. */
static void only_slow_traced_and_failed_requests_are_events(void **state)
{
	static const struct {
		uint16_t flags;
		bool event;
	} cases[] = {
		{ DISK_IO_F_SLOW, true },      { DISK_IO_F_TRACED, true }, { DISK_IO_F_ERROR, true },
		{ DISK_IO_F_EXEMPLAR, false }, { DISK_IO_F_EXEMPLAR | DISK_IO_F_SLOW, true },
		{ DISK_IO_F_INFERRED | DISK_IO_F_EXEMPLAR, false },
	};
	struct fixture *f = *state;
	uint64_t at = T0;

	tick(f, T0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_io(f, i + 1, at + MS, cases[i].flags);
		tick_and_publish(f, at += SEC);
		assert_int_equal(events(f)->log_nr - events(f)->new_from, cases[i].event);
	}
}

static void each_event_is_new_once(void **state)
{
	struct fixture *f = *state;

	put_io(f, 1, T0 - MS, DISK_IO_F_SLOW); /* before the first tick: not of this run */
	tick(f, T0);
	put_io(f, 2, T0 + MS, DISK_IO_F_SLOW);
	put_io(f, 3, T0 + 2 * MS, DISK_IO_F_SLOW);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(events(f)->nr, 2);
	assert_int_equal(events(f)->new_from, 0);
	put_io(f, 2, T0 + SEC + MS, DISK_IO_F_SLOW); /* the same place in the queue again is another request */
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(events(f)->nr, 3);
	assert_int_equal(events(f)->new_from, 2);
	assert_int_equal(events(f)->rows[2].log.seq, events(f)->rows[1].log.seq + 1);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(events(f)->nr, 3);
	assert_int_equal(events(f)->new_from, 3);
}

static void a_request_in_flight_grows_older_until_it_completes(void **state)
{
	struct fixture *f = *state;
	const struct disk_event_row *row;

	put_demand(f, 10 * MS, 0, 0);
	tick(f, T0);
	for (int i = 1; i <= 3; i++) {
		put_flight(f, 9, T0 + 500 * MS, i > 1 ? T0 + 1600 * MS : 0, 200, LOOP0);
		tick_and_publish(f, T0 + (uint64_t)i * SEC);
		assert_int_equal(events(f)->nr, 1);
		assert_int_equal(events(f)->log_nr, 0);
		assert_int_equal(events(f)->new_from, 0);
		row = &events(f)->rows[0];
		assert_int_equal(row->log.seq, 0);
		assert_int_equal(row->state, i > 1 ? DISK_EVENT_ISSUED : DISK_EVENT_QUEUED);
		assert_int_equal(row->age_ns, (uint64_t)i * SEC - 500 * MS);
		assert_int_equal(row->waits_ns, i > 1 ? (uint64_t)i * SEC - 1600 * MS : 500 * MS);
		assert_int_equal(row->queue_ns, i > 1 ? (int64_t)(1100 * MS) : FIG_UNKNOWN);
		assert_int_equal(row->service_ns, FIG_UNKNOWN);
		assert_int_equal(row->latency_ns, FIG_UNKNOWN);
		assert_int_equal(row->ts_ns, FIG_UNKNOWN);
		assert_int_equal(row->error, FIG_UNKNOWN);
	}
	put_io(f, 9, T0 + 3500 * MS, DISK_IO_F_SLOW);
	tick_and_publish(f, T0 + 4 * SEC);
	assert_int_equal(events(f)->nr, 1);
	assert_int_equal(events(f)->rows[0].state, DISK_EVENT_DONE);
	tick_and_publish(f, T0 + 5 * SEC);
	assert_int_equal(events(f)->nr, 1);
}

static void what_is_in_flight_stands_behind_the_log_oldest_first(void **state)
{
	struct fixture *f = *state;

	put_demand(f, 10 * MS, 0, 0);
	tick(f, T0);
	put_flight(f, 1, T0 + 300 * MS, 0, 200, LOOP0);
	put_flight(f, 2, T0 + 100 * MS, 0, 200, LOOP0);
	put_io(f, 3, T0 + MS, DISK_IO_F_SLOW);
	put_flight(f, 4, T0 + 200 * MS, 0, 200, LOOP0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(events(f)->nr, 4);
	assert_int_equal(events(f)->log_nr, 1);
	assert_int_equal(events(f)->flights_nr, 3);
	assert_int_equal(events(f)->rows[0].id, 3);
	assert_int_equal(events(f)->rows[1].id, 2);
	assert_int_equal(events(f)->rows[2].id, 4);
	assert_int_equal(events(f)->rows[3].id, 1);
	tick_and_publish(f, T0 + 2 * SEC); /* each tick tells them anew */
	assert_int_equal(events(f)->nr, 1);
}

static void young_requests_in_flight_are_shown_where_they_are_traced(void **state)
{
	static const struct {
		uint64_t slow_ns;
		uint32_t tgid, dev;
		int shown;
		uint16_t flags;
	} cases[] = {
		{ 10 * MS, 0, 0, 0, 0 },
		{ 2 * MS, 0, 0, 1, DISK_IO_F_SLOW },
		{ 10 * MS, 200, 0, 1, DISK_IO_F_TRACED },
		{ 10 * MS, 201, 0, 0, 0 },
		{ 10 * MS, 0, LOOP0, 1, DISK_IO_F_TRACED },
		{ 10 * MS, 0, VDA, 0, 0 },
		{ 10 * MS, TRACE_ALL, 0, 1, DISK_IO_F_TRACED },
		{ 2 * MS, 200, 0, 1, DISK_IO_F_TRACED | DISK_IO_F_SLOW },
	};
	struct fixture *f = *state;
	uint64_t at = T0;

	tick(f, T0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_demand(f, cases[i].slow_ns, cases[i].tgid, cases[i].dev);
		put_flight(f, 1, at + SEC - 3 * MS, at + SEC - 2 * MS, 200, LOOP0);
		tick_and_publish(f, at += SEC);
		assert_int_equal(events(f)->nr, cases[i].shown);
		assert_int_equal(events(f)->flights_nr, 1);
		if (cases[i].shown)
			assert_int_equal(events(f)->rows[0].flags, cases[i].flags);
	}
}

/* It completed between the look at those in flight and the tick: told once. */
static void a_request_is_not_in_flight_and_done_at_once(void **state)
{
	struct fixture *f = *state;

	put_demand(f, 10 * MS, 0, 0);
	tick(f, T0);
	put_flight(f, 9, T0 + 500 * MS, T0 + 600 * MS, 200, LOOP0);
	put_io(f, 9, T0 + 999 * MS, DISK_IO_F_SLOW);
	put_flight(f, 8, T0 + 900 * MS, T0 + 950 * MS, 200, LOOP0);
	put_io(f, 8, T0 + 400 * MS, DISK_IO_F_SLOW); /* of an earlier request in that place */
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(events(f)->log_nr, 2);
	assert_int_equal(events(f)->nr, 3);
	assert_int_equal(events(f)->rows[2].id, 8);
	put_flight(f, 7, T0 + 1500 * MS, 0, 200, LOOP0);
	tick(f, T0 + 2 * SEC);
	put_io(f, 7, T0 + 2 * SEC + MS, DISK_IO_F_SLOW); /* after the tick, before the publish */
	publish(f, false);
	assert_int_equal(events(f)->nr, 3);
	assert_int_equal(events(f)->rows[2].state, DISK_EVENT_DONE);
}

static void exemplars_are_found_by_device_operation_and_slot(void **state)
{
	struct fixture *f = *state;
	int queue = (int)hist_slot(2 * MS), service = (int)hist_slot(5 * MS);
	const struct disk_event_row *rows[8];
	struct disk_io_rec r;

	tick(f, T0);
	for (uint64_t i = 0; i < DISK_EXEMPLARS_KEPT + 2; i++)
		put_io(f, i, T0 + (i + 1) * MS, DISK_IO_F_EXEMPLAR);
	r = io(100, T0 + 90 * MS, DISK_IO_F_SLOW);
	r.dev = LOOP0;
	r.set = DISK_WRITE;
	put(f, &r);
	publish(f, false);
	assert_int_equal(snapshot_disk_exemplars(&f->snap, DISK_ALL, DISK_ANY_OP, DISK_HIST_QUEUE, queue, rows, 8),
			 DISK_EXEMPLARS_KEPT + 1);
	assert_int_equal(rows[0]->id, 100);
	assert_int_equal(rows[1]->id, DISK_EXEMPLARS_KEPT + 1);
	assert_int_equal(rows[DISK_EXEMPLARS_KEPT]->id, 2);
	assert_int_equal(snapshot_disk_exemplars(&f->snap, VDA, DISK_ANY_OP, DISK_HIST_SERVICE, service, rows, 8),
			 DISK_EXEMPLARS_KEPT);
	assert_int_equal(snapshot_disk_exemplars(&f->snap, VDA, DISK_WRITE, DISK_HIST_SERVICE, service, rows, 8), 0);
	assert_int_equal(snapshot_disk_exemplars(&f->snap, LOOP0, DISK_WRITE, DISK_HIST_SERVICE, service, rows, 8), 1);
	assert_int_equal(snapshot_disk_exemplars(&f->snap, VDA, DISK_READ, DISK_HIST_QUEUE, service, rows, 8), 0);
	assert_int_equal(snapshot_disk_exemplars(&f->snap, DISK_ALL, DISK_ANY_OP, DISK_HIST_QUEUE, queue, rows, 2), 2);
	assert_int_equal(rows[0]->id, 100);
	assert_int_equal(rows[1]->id, DISK_EXEMPLARS_KEPT + 1);
}

/* A picture that stands does not change while records go on arriving. */
static void exemplars_change_with_the_publish_only(void **state)
{
	struct fixture *f = *state;
	int slot = (int)hist_slot(5 * MS);
	const struct disk_event_row *rows[8];

	tick(f, T0);
	put_io(f, 1, T0 + MS, DISK_IO_F_EXEMPLAR);
	publish(f, false);
	put_io(f, 2, T0 + 2 * MS, DISK_IO_F_EXEMPLAR);
	assert_int_equal(snapshot_disk_exemplars(&f->snap, VDA, DISK_READ, DISK_HIST_SERVICE, slot, rows, 8), 1);
	publish(f, false);
	assert_int_equal(snapshot_disk_exemplars(&f->snap, VDA, DISK_READ, DISK_HIST_SERVICE, slot, rows, 8), 2);
}

static void what_has_no_room_is_counted_exactly(void **state)
{
	struct fixture *f = *state;
	uint64_t at = T0, sent = 0;

	put_demand(f, 0, 0, 0);
	tick(f, T0);
	for (int n = 0; n < 3; n++) {
		for (int i = 0; i < 2 * DISK_EVENTS_MAX; i++)
			put_io(f, ++sent, at + MS, DISK_IO_F_SLOW);
		for (uint64_t i = 0; i < DISK_FLIGHT_MAX + 8; i++)
			put_flight(f, sent + 100 + i, at, 0, 200, LOOP0);
		tick_and_publish(f, at += SEC);
		assert_int_equal(events(f)->log_nr - events(f)->new_from + (int64_t)events(f)->dropped, 2 * DISK_EVENTS_MAX);
		assert_int_equal(events(f)->rows[events(f)->log_nr - 1].id, sent);
		assert_int_equal(events(f)->nr, events(f)->log_nr + DISK_FLIGHT_MAX);
	}
	assert_int_equal(events(f)->log_nr + events(f)->dropped_all + events(f)->scrolled_all, sent);
}

static void clearing_forgets_everything(void **state)
{
	struct fixture *f = *state;
	const struct disk_event_row *rows[8];

	put_demand(f, 10 * MS, 0, 0);
	tick(f, T0);
	put_io(f, 1, T0 + MS, DISK_IO_F_SLOW);
	put_flight(f, 2, T0, 0, 200, LOOP0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(events(f)->nr, 2);
	world_clear(f->w);
	f->last_ns = 0;
	put_host(f, HOST_F_BPF);
	tick_and_publish(f, T0);
	assert_int_equal(events(f)->nr, 0);
	assert_int_equal(snapshot_disk_exemplars(&f->snap, DISK_ALL, DISK_ANY_OP, DISK_HIST_SERVICE,
						 (int)hist_slot(5 * MS), rows, 8), 0);
	put_io(f, 1, T0 + MS, DISK_IO_F_SLOW);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(events(f)->rows[0].log.seq, 1); /* the same stream gives the same rows again */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_tells_what_is_known_of_it),
		TEST(what_is_not_known_is_not_zero),
		TEST(only_slow_traced_and_failed_requests_are_events),
		TEST(each_event_is_new_once),
		TEST(a_request_in_flight_grows_older_until_it_completes),
		TEST(what_is_in_flight_stands_behind_the_log_oldest_first),
		TEST(young_requests_in_flight_are_shown_where_they_are_traced),
		TEST(a_request_is_not_in_flight_and_done_at_once),
		TEST(exemplars_are_found_by_device_operation_and_slot),
		TEST(exemplars_change_with_the_publish_only),
		TEST(what_has_no_room_is_counted_exactly),
		TEST(clearing_forgets_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
