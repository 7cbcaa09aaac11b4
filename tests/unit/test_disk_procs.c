/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block I/O by process: from records to rows, over windows, after death, by device and by group. */
#include "snap_disk_procs.h"
#include "world_fixture.h"

#define VDA  disk_dev(254, 0)
#define LOOP disk_dev(7, 3)

struct io {
	uint32_t tgid, dev;
	uint16_t op;
	uint32_t nr; /* requests so far, of 4 KiB, 100 us in the queue and 1 ms in the device */
	uint16_t flags;
	uint32_t inferred;
	const char *comm;
};

static uint64_t start_of(uint32_t tgid)
{
	return tgid ? SEC + tgid : 0; /* as task() has it */
}

static void put_io(struct fixture *f, struct io io)
{
	struct disk_proc_rec r = {
		.tgid = io.tgid, .dev = io.dev, .start_ns = start_of(io.tgid), .op = io.op, .flags = io.flags, .uid = 1000,
		.count = io.nr, .bytes = io.nr * 4096ULL,
		.inferred = io.inferred, .inferred_bytes = io.inferred * 4096ULL,
		.queue_ns = io.nr * MS / 10, .service_ns = io.nr * MS, .max_ns = 1200000,
	};

	snprintf(r.comm, sizeof(r.comm), "%s", io.comm ? io.comm : "fio");
	r.queue_slots[hist_slot(MS / 10)] = io.nr;
	r.service_slots[hist_slot(MS)] = io.nr;
	r.slots[hist_slot(MS + MS / 10)] = io.nr;
	r.size_slots[3] = io.nr;
	record_init(&r.h, T0, PANE_DISK, DISK_PROC, sizeof(r));
	put(f, &r);
}

/* What the device did in all: `nr` requests of 1 ms. */
static void put_device(struct fixture *f, uint32_t dev, uint32_t nr)
{
	struct disk_set_rec r = {.dev = dev, .set = DISK_READ, .count = nr, .service_ns = nr * MS};

	record_init(&r.h, T0, PANE_DISK, DISK_SET, sizeof(r));
	put(f, &r);
}

static void put_flight(struct fixture *f, uint32_t tgid, uint32_t dev, uint64_t queued_ns, uint16_t flags)
{
	struct disk_flight_rec r = {.id = tgid, .dev = dev, .pid = tgid, .tgid = tgid, .start_ns = start_of(tgid),
				    .queued_ns = queued_ns, .flags = flags, .comm = "dd"};

	record_init(&r.h, T0, PANE_DISK, DISK_FLIGHT, sizeof(r));
	put(f, &r);
}

static void put_task(struct fixture *f, uint32_t pid, const char *comm)
{
	struct task_rec r = task(pid, pid, T0);

	strcpy(r.comm, comm);
	put(f, &r);
}

static void put_end(struct fixture *f, uint32_t pid, const char *comm, uint64_t ts_ns)
{
	struct task_rec r = ended(task(pid, pid, T0), ts_ns, TASK_F_GROUP_DEAD);

	strcpy(r.comm, comm);
	put(f, &r);
}

static void publish_as(struct fixture *f, enum window window)
{
	world_publish(f->w, window, &f->snap);
}

static const struct disk_proc_row *find(const struct fixture *f, int64_t pid, const char *comm)
{
	const struct disk_procs_snap *d = f->snap.disk_procs;

	for (int i = 0; i < d->rows_nr; i++)
		if (d->rows[i].p.pid == pid && !strcmp(d->rows[i].p.comm, comm))
			return &d->rows[i];
	return NULL;
}

static const struct disk_proc_row *row(const struct fixture *f, uint32_t pid, const char *comm)
{
	const struct disk_proc_row *r = find(f, pid, comm);

	assert_non_null(r);
	return r;
}

static const struct disk_proc_row *dead(const struct fixture *f, const char *comm)
{
	const struct disk_proc_row *r = find(f, FIG_UNKNOWN, comm);

	assert_true(!r || r->p.dead);
	return r;
}

/* Two processes and the first tick. */
static void begin(struct fixture *f)
{
	put_task(f, 10, "fio");
	put_task(f, 20, "postgres");
	tick_and_publish(f, T0);
}

static void a_row_has_sums_and_latencies(void **state)
{
	struct fixture *f = *state;
	const struct disk_proc_row *r;

	begin(f);
	assert_int_equal(f->snap.disk_procs->rows_nr, 0);
	put_device(f, VDA, 160);
	put_io(f, (struct io){10, VDA, DISK_READ, 30});
	put_io(f, (struct io){10, VDA, DISK_WRITE, 10});
	put_io(f, (struct io){20, VDA, DISK_READ, 100, .comm = "postgres"});
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.disk_procs->rows_nr, 2);
	r = row(f, 10, "fio");
	assert_int_equal(r->count[DISK_READ], 30);
	assert_int_equal(r->count[DISK_WRITE], 10);
	assert_int_equal(r->requests, 40);
	assert_int_equal(r->read_bytes, 30 * 4096);
	assert_int_equal(r->write_bytes, 10 * 4096);
	assert_int_equal(r->bytes, 40 * 4096);
	assert_int_equal(r->avg_bytes, 4096);
	assert_int_equal(r->service_ns, 40 * MS);
	assert_int_equal(r->queue_ns, 4 * MS);
	assert_int_equal(r->lat_max_ns, 1200000);
	assert_in_range(r->lat_p99_ns, MS, 1200000);
	assert_in_range(r->service_p99_ns, MS / 2, 2 * MS);
	assert_in_range(r->queue_p99_ns, MS / 20, MS / 5);
	assert_int_equal(r->inferred_pct, 0);
	assert_int_equal(r->dev, VDA);
	assert_int_equal(r->devices, 1);
	/* 40 and 100 of 160: the rest came from a device above */
	assert_int_equal(r->device_share_pct, 25000);
	assert_int_equal(row(f, 20, "postgres")->device_share_pct, 62500);
	assert_ptr_equal(snapshot_disk_proc(&f->snap, row_of(f, 10)), r);
}

/* Rows keep still: one that does nothing stays, with zeros. */
static void an_idle_process_keeps_its_row(void **state)
{
	struct fixture *f = *state;
	const struct disk_proc_row *r;

	begin(f);
	put_io(f, (struct io){10, VDA, DISK_READ, 30});
	tick_and_publish(f, T0 + SEC);
	tick_and_publish(f, T0 + 2 * SEC);
	r = row(f, 10, "fio");
	assert_int_equal(r->requests, 0);
	assert_int_equal(r->bytes, 0);
	assert_int_equal(r->lat_p99_ns, FIG_UNKNOWN);
	assert_int_equal(r->lat_max_ns, FIG_UNKNOWN);
	assert_int_equal(r->device_share_pct, 0);
	assert_int_equal(r->dev, DISK_ALL);
	assert_int_equal(r->devices, 0);
}

static void what_was_before_the_first_tick_is_in_no_window(void **state)
{
	struct fixture *f = *state;

	put_task(f, 10, "fio");
	put_io(f, (struct io){10, VDA, DISK_READ, 1000});
	tick_and_publish(f, T0);
	put_io(f, (struct io){10, VDA, DISK_READ, 1003});
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row(f, 10, "fio")->requests, 3);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(row(f, 10, "fio")->requests, 3);
}

static void windows_count_from_their_moments(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_io(f, (struct io){10, VDA, DISK_READ, 10});
	tick_and_publish(f, T0 + SEC);
	world_mark(f->w);
	put_io(f, (struct io){10, VDA, DISK_READ, 15});
	tick(f, T0 + 2 * SEC);
	put_io(f, (struct io){10, VDA, DISK_READ, 16});
	tick(f, T0 + 3 * SEC);
	publish_as(f, WINDOW_MARK);
	assert_int_equal(row(f, 10, "fio")->requests, 6);
	publish_as(f, WINDOW_START);
	assert_int_equal(row(f, 10, "fio")->requests, 16);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(row(f, 10, "fio")->requests, 16);
	publish_as(f, WINDOW_INTERVAL); /* nothing since the last picture */
	assert_int_equal(row(f, 10, "fio")->requests, 0);
}

/* The figure is of the interval, not of the process's life. */
static void the_maximum_is_of_its_window(void **state)
{
	struct fixture *f = *state;
	struct disk_proc_rec r = {.tgid = 10, .dev = VDA, .start_ns = start_of(10), .count = 1, .max_ns = 5 * SEC};

	begin(f);
	record_init(&r.h, T0, PANE_DISK, DISK_PROC, sizeof(r));
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row(f, 10, "fio")->lat_max_ns, 5 * SEC);
	r.count = 2;
	r.max_ns = MS;
	put(f, &r);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row(f, 10, "fio")->lat_max_ns, MS);
	publish_as(f, WINDOW_START);
	assert_int_equal(row(f, 10, "fio")->lat_max_ns, 5 * SEC);
}

static void several_devices_and_the_one_used_most(void **state)
{
	struct fixture *f = *state;
	const struct disk_proc_row *rows, *r;
	struct disk_sum sum;
	struct hist h;
	int64_t sizes[SIZE_SLOTS];

	begin(f);
	put_device(f, VDA, 40);
	put_device(f, LOOP, 10);
	put_io(f, (struct io){10, VDA, DISK_READ, 20});
	put_io(f, (struct io){10, LOOP, DISK_WRITE, 5});
	put_io(f, (struct io){20, VDA, DISK_WRITE, 20, .comm = "postgres"});
	tick_and_publish(f, T0 + SEC);
	r = row(f, 10, "fio");
	assert_int_equal(r->devices, 2);
	assert_int_equal(r->dev, VDA);
	assert_int_equal(r->device_share_pct, 50000);
	assert_true(snapshot_disk_proc_sum(&f->snap, r, LOOP, DISK_ANY_OP, &sum));
	assert_int_equal(sum.count, 5);
	assert_false(snapshot_disk_proc_sum(&f->snap, r, LOOP, DISK_READ, &sum));
	assert_int_equal(sum.count, 0);
	assert_true(snapshot_disk_proc_hist(&f->snap, r, DISK_ALL, DISK_ANY_OP, DISK_PROC_SERVICE, &h));
	assert_int_equal(hist_count(&h), 25);
	assert_true(snapshot_disk_proc_sizes(&f->snap, r, VDA, DISK_READ, sizes));
	assert_int_equal(sizes[3], 20);
	/* one device: only who uses it, and only that */
	assert_int_equal(snapshot_disk_procs(&f->snap, LOOP, &rows), 1);
	assert_int_equal(rows[0].p.pid, 10);
	assert_int_equal(rows[0].requests, 5);
	assert_int_equal(rows[0].device_share_pct, 50000);
	assert_int_equal(snapshot_disk_procs(&f->snap, VDA, &rows), 2);
	assert_int_equal(snapshot_disk_procs(&f->snap, DISK_ALL, &rows), 2);
	/* and it stays there while it does nothing */
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(snapshot_disk_procs(&f->snap, LOOP, &rows), 1);
	assert_int_equal(rows[0].requests, 0);
}

static void the_most_used_of_many_devices(void **state)
{
	struct fixture *f = *state;
	const struct disk_group_row *groups;

	begin(f);
	for (uint32_t minor = 0; minor < 300; minor++)
		put_io(f, (struct io){minor % 2 ? 10 : 20, disk_dev(8, minor), DISK_READ, minor == 271 ? 5 : 1});
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row(f, 10, "fio")->devices, 150);
	assert_int_equal(row(f, 10, "fio")->dev, disk_dev(8, 271));
	assert_int_equal(row(f, 20, "postgres")->dev, disk_dev(8, 0));
	assert_int_equal(snapshot_disk_groups(&f->snap, GROUP_USER, DISK_ALL, &groups), 1);
	assert_int_equal(groups[0].sums.devices, 300);
	assert_int_equal(groups[0].sums.dev, disk_dev(8, 271));
}

static void inferred_requests_are_a_share(void **state)
{
	struct fixture *f = *state;
	const struct disk_proc_row *r;

	begin(f);
	put_io(f, (struct io){10, VDA, DISK_WRITE, 40, .inferred = 30});
	tick_and_publish(f, T0 + SEC);
	r = row(f, 10, "fio");
	assert_int_equal(r->inferred, 30);
	assert_int_equal(r->inferred_bytes, 30 * 4096);
	assert_int_equal(r->inferred_pct, 75000);
}

static void a_process_that_ended_is_told_once_under_its_name(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_io(f, (struct io){20, VDA, DISK_READ, 10, .comm = "postgres"});
	tick_and_publish(f, T0 + SEC);
	put_end(f, 20, "postgres", T0 + SEC);
	put_io(f, (struct io){20, VDA, DISK_READ, 14, DISK_PROC_F_GONE, .comm = "postgres"});
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row(f, 20, "postgres")->requests, 4);
	assert_true(row(f, 20, "postgres")->p.dead);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_null(find(f, 20, "postgres"));
	assert_null(dead(f, "postgres"));
	publish_as(f, WINDOW_START);
	assert_int_equal(dead(f, "postgres")->requests, 14);
	assert_int_equal(dead(f, "postgres")->p.processes, 1);
}

/* In the totals a row stays to the end. */
static void under_total_the_dead_keep_their_rows(void **state)
{
	struct fixture *f = *state;

	put_task(f, 20, "postgres");
	tick(f, T0);
	put_io(f, (struct io){20, VDA, DISK_READ, 10, .comm = "postgres"});
	tick(f, T0 + SEC);
	put_end(f, 20, "postgres", T0 + SEC);
	put_io(f, (struct io){20, VDA, DISK_READ, 14, DISK_PROC_F_GONE, .comm = "postgres"});
	tick(f, T0 + 2 * SEC);
	tick(f, T0 + 3 * SEC);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(row(f, 20, "postgres")->requests, 14);
	assert_true(row(f, 20, "postgres")->p.dead);
	assert_int_equal(f->snap.disk_procs->rows_nr, 1);
}

/* Born and gone between two ticks. */
static void short_processes_are_summed_by_command(void **state)
{
	struct fixture *f = *state;
	const struct disk_proc_row *r;

	begin(f);
	for (uint32_t pid = 1000; pid < 1300; pid++) {
		put_end(f, pid, pid % 3 ? "dd" : "cp", T0 + SEC / 2);
		put_io(f, (struct io){pid, VDA, DISK_READ, 7, DISK_PROC_F_GONE, .comm = pid % 3 ? "dd" : "cp"});
		put_io(f, (struct io){pid, VDA, DISK_WRITE, 1, DISK_PROC_F_GONE, .comm = pid % 3 ? "dd" : "cp"});
	}
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.disk_procs->rows_nr, 2);
	r = dead(f, "dd");
	assert_int_equal(r->count[DISK_READ], 1400);
	assert_int_equal(r->count[DISK_WRITE], 200);
	assert_int_equal(r->bytes, 1600 * 4096);
	assert_int_equal(r->p.processes, 200);
	assert_int_equal(r->p.uid, 1000);
	assert_int_equal(dead(f, "cp")->p.processes, 100);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.disk_procs->rows_nr, 0);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(dead(f, "dd")->requests, 1600);
	assert_int_equal(dead(f, "dd")->p.processes, 200);
}

/* Writeback of a process that is gone comes in parts, each of them counted from zero. */
static void writeback_after_death_counts_the_process_once(void **state)
{
	struct fixture *f = *state;
	const struct io part = {500, VDA, DISK_WRITE, 8, DISK_PROC_F_GONE, .inferred = 8, .comm = "dd"};

	begin(f);
	for (uint64_t i = 1; i <= 5; i++) {
		put_io(f, part);
		tick_and_publish(f, T0 + i * SEC);
		assert_int_equal(dead(f, "dd")->requests, 8);
		assert_int_equal(dead(f, "dd")->p.processes, 1);
	}
	publish_as(f, WINDOW_START);
	assert_int_equal(dead(f, "dd")->requests, 40);
	assert_int_equal(dead(f, "dd")->inferred_pct, 100000);
	assert_int_equal(dead(f, "dd")->p.processes, 1);
}

static void the_same_pid_again_is_another_process(void **state)
{
	struct fixture *f = *state;
	struct disk_proc_rec r = {.tgid = 10, .dev = VDA, .start_ns = 90 * SEC, .count = 2, .comm = "other"};
	struct task_rec again = started(task(10, 10, T0), T0 + SEC + MS);

	begin(f);
	put_io(f, (struct io){10, VDA, DISK_READ, 5});
	tick_and_publish(f, T0 + SEC);
	put_end(f, 10, "fio", T0 + SEC);
	put_io(f, (struct io){10, VDA, DISK_READ, 6, DISK_PROC_F_GONE});
	strcpy(again.comm, "other");
	put(f, &again);
	r.start_ns = again.start_ns;
	record_init(&r.h, T0, PANE_DISK, DISK_PROC, sizeof(r));
	put(f, &r);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row(f, 10, "fio")->requests, 1);
	assert_int_equal(row(f, 10, "other")->requests, 2);
	assert_false(row(f, 10, "other")->p.dead);
}

/* A task that the iterator does not show (a hidden pid 1) has a row all the same. */
static void a_process_without_a_task_has_a_bare_row(void **state)
{
	struct fixture *f = *state;
	const struct disk_proc_row *r;

	begin(f);
	put_io(f, (struct io){1, VDA, DISK_READ, 5, .comm = "init"});
	tick_and_publish(f, T0 + SEC);
	r = row(f, 1, "init");
	assert_int_equal(r->requests, 5);
	assert_false(r->p.dead);
	assert_int_equal(r->p.uid, 1000);
	assert_int_equal(r->p.oncpu_ns, FIG_UNKNOWN);
	assert_int_equal(r->p.class_ns[WAIT_DISK], FIG_UNKNOWN);
	assert_int_equal(r->p.processes, 1);
}

static void those_without_room_are_one_row(void **state)
{
	struct fixture *f = *state;
	const struct disk_proc_row *r;

	begin(f);
	put_io(f, (struct io){0, VDA, DISK_READ, 5, .comm = ""});
	tick_and_publish(f, T0 + SEC);
	r = find(f, FIG_UNKNOWN, "(no room)");
	assert_non_null(r);
	assert_int_equal(r->requests, 5);
	assert_false(r->p.dead);
	assert_int_equal(r->p.processes, FIG_UNKNOWN);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_null(find(f, FIG_UNKNOWN, "(no room)"));
}

/* Before Linux 5.11 records cannot say when the process started. */
static void without_a_start_the_pid_must_do(void **state)
{
	struct fixture *f = *state;
	struct disk_proc_rec r = {.tgid = 10, .dev = VDA, .count = 3, .comm = "fio"};

	begin(f);
	record_init(&r.h, T0, PANE_DISK, DISK_PROC, sizeof(r));
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row(f, 10, "fio")->requests, 3);
	assert_int_equal(row(f, 10, "fio")->p.start_ns, start_of(10));
	/* and what tells it is the same process */
	put_io(f, (struct io){10, VDA, DISK_READ, 2});
	r.count = 4;
	put(f, &r);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.disk_procs->rows_nr, 1);
	assert_int_equal(row(f, 10, "fio")->requests, 3);
}

static void what_never_completes_is_in_flight(void **state)
{
	struct fixture *f = *state;
	const struct disk_proc_row *r, *rows;

	begin(f);
	put_flight(f, 20, LOOP, T0 - 2 * SEC, 0);
	put_flight(f, 20, LOOP, T0, 0);
	put_flight(f, 0, VDA, T0 - 5 * SEC, DISK_IO_F_STACKED);
	tick_and_publish(f, T0 + SEC);
	r = row(f, 20, "postgres");
	assert_int_equal(r->requests, 0);
	assert_int_equal(r->inflight, 2);
	assert_int_equal(r->oldest_ns, 3 * SEC);
	assert_int_equal(f->snap.disk_procs->oldest_ns, 6 * SEC);
	assert_int_equal(f->snap.disk_procs->oldest_dev, VDA);
	assert_int_equal(f->snap.disk_procs->flight_status.state, FIG_EXACT);
	assert_int_equal(snapshot_disk_procs(&f->snap, LOOP, &rows), 1);
	assert_int_equal(rows[0].inflight, 2);
	assert_int_equal(snapshot_disk_procs(&f->snap, VDA, &rows), 0);
	/* each tick tells it anew */
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.disk_procs->oldest_ns, 0);
	assert_int_equal(f->snap.disk_procs->rows_nr, 0);
}

static void more_in_flight_than_are_told_is_incomplete(void **state)
{
	struct fixture *f = *state;

	begin(f);
	for (int i = 0; i < DISK_FLIGHT_MAX; i++)
		put_flight(f, 20, VDA, T0, 0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row(f, 20, "postgres")->inflight, DISK_FLIGHT_MAX);
	assert_int_equal(f->snap.disk_procs->flight_status.state, FIG_INCOMPLETE);
	assert_int_equal(f->snap.disk_procs->status.state, FIG_EXACT);
}

static void groups_sum_their_members(void **state)
{
	struct fixture *f = *state;
	const struct disk_group_row *groups;

	put_task(f, 10, "fio");
	put_task(f, 11, "fio");
	put_task(f, 20, "postgres");
	put_task(f, 30, "idle");
	tick_and_publish(f, T0);
	put_device(f, VDA, 100);
	put_io(f, (struct io){10, VDA, DISK_READ, 20});
	put_io(f, (struct io){11, VDA, DISK_READ, 30});
	put_io(f, (struct io){20, LOOP, DISK_READ, 7, .comm = "postgres"});
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(snapshot_disk_groups(&f->snap, GROUP_COMMAND, DISK_ALL, &groups), 2);
	for (int i = 0; i < 2; i++) {
		bool fio = !strcmp(groups[i].sums.p.cmd, "fio");

		assert_true(fio || !strcmp(groups[i].sums.p.cmd, "postgres"));
		assert_int_equal(groups[i].sums.p.pid, FIG_UNKNOWN);
		assert_int_equal(groups[i].sums.p.processes, fio ? 2 : 1);
		assert_int_equal(groups[i].sums.requests, fio ? 50 : 7);
		if (fio)
			assert_int_equal(groups[i].sums.device_share_pct, 50000);
	}
	assert_int_equal(snapshot_disk_groups(&f->snap, GROUP_COMMAND, LOOP, &groups), 1);
	assert_int_equal(groups[0].sums.requests, 7);
	assert_int_equal(snapshot_disk_groups(&f->snap, GROUP_USER, DISK_ALL, &groups), 1);
	assert_int_equal(groups[0].sums.requests, 57);
}

static void without_bpf_it_says_why(void **state)
{
	struct fixture *f = *state;

	put_host(f, 0);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.disk_procs->status.state, FIG_NA);
	assert_int_equal(f->snap.disk_procs->time_status.state, FIG_NA);
	assert_non_null(strstr(f->snap.disk_procs->status.reason, "BPF"));
}

static void put_probe(struct fixture *f, uint16_t id, const char *name, uint8_t state)
{
	struct probe_rec r = {.probe = id, .pane = PANE_DISK, .state = state};

	strcpy(r.name, name);
	strcpy(r.reason, state == PROBE_ON ? "" : "the kernel has no such hook");
	record_init(&r.h, T0, PANE_CORE, CORE_PROBE, sizeof(r));
	put(f, &r);
}

static void a_missing_probe_hides_what_it_serves(void **state)
{
	struct fixture *f = *state;
	const struct disk_procs_snap *d;

	put_probe(f, 1, "io-start", PROBE_ABSENT);
	put_probe(f, 2, "io-getrq", PROBE_ON);
	put_probe(f, 3, "io-issue", PROBE_ON);
	put_probe(f, 4, "io-complete", PROBE_ON);
	tick_and_publish(f, T0);
	d = f->snap.disk_procs;
	assert_int_equal(d->status.state, FIG_EXACT);
	assert_int_equal(d->time_status.state, FIG_EXACT);
	put_probe(f, 3, "io-issue", PROBE_REFUSED);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(d->status.state, FIG_EXACT);
	assert_int_equal(d->time_status.state, FIG_NA);
	put_probe(f, 2, "io-getrq", PROBE_REFUSED);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(d->status.state, FIG_NA);
}

/* More processes than there is room for: what came too late is counted, and said. */
static void a_full_table_is_incomplete(void **state)
{
	struct fixture *f = *state;

	begin(f);
	for (uint32_t pid = 1000; pid < 1000 + 20000; pid++)
		put_io(f, (struct io){pid, VDA, DISK_READ, 1});
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.disk_procs->status.state, FIG_INCOMPLETE);
	assert_true(f->snap.disk_procs->rows_nr > 15000);
	world_clear(f->w);
	put_host(f, HOST_F_BPF);
	f->last_ns = 0;
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.disk_procs->rows_nr, 0);
	assert_int_equal(f->snap.disk_procs->status.state, FIG_EXACT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_row_has_sums_and_latencies),
		TEST(an_idle_process_keeps_its_row),
		TEST(what_was_before_the_first_tick_is_in_no_window),
		TEST(windows_count_from_their_moments),
		TEST(the_maximum_is_of_its_window),
		TEST(several_devices_and_the_one_used_most),
		TEST(the_most_used_of_many_devices),
		TEST(inferred_requests_are_a_share),
		TEST(a_process_that_ended_is_told_once_under_its_name),
		TEST(under_total_the_dead_keep_their_rows),
		TEST(short_processes_are_summed_by_command),
		TEST(writeback_after_death_counts_the_process_once),
		TEST(the_same_pid_again_is_another_process),
		TEST(a_process_without_a_task_has_a_bare_row),
		TEST(those_without_room_are_one_row),
		TEST(without_a_start_the_pid_must_do),
		TEST(what_never_completes_is_in_flight),
		TEST(more_in_flight_than_are_told_is_incomplete),
		TEST(groups_sum_their_members),
		TEST(without_bpf_it_says_why),
		TEST(a_missing_probe_hides_what_it_serves),
		TEST(a_full_table_is_incomplete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
