/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices: the tree, figures of windows from BPF and from /proc/diskstats, and their view. */
#include <time.h>

#include "snap_disk_devs.h"
#include "ui_priv.h"
#include "view_disk.h"
#include "world_fixture.h"

#define SDA  disk_dev(8, 0)
#define SDA1 disk_dev(8, 1)
#define SDA2 disk_dev(8, 2)
#define SDB  disk_dev(8, 16)
#define DM   disk_dev(253, 0)
#define LOOP disk_dev(7, 0)

static struct disk_info_rec info(uint32_t dev, const char *name, uint8_t type)
{
	struct disk_info_rec r = {
		.dev = dev, .type = type, .size_bytes = 1 << 30, .nr_requests = 256, .logical_bytes = 512, .max_bytes = 1 << 20,
	};

	snprintf(r.name, sizeof(r.name), "%s", name);
	return r;
}

static void put_info(struct fixture *f, struct disk_info_rec r)
{
	record_init(&r.h, f->last_ns, PANE_DISK, DISK_INFO, sizeof(r));
	put(f, &r);
}

static void put_part(struct fixture *f, uint32_t dev, const char *name, uint32_t parent)
{
	struct disk_info_rec r = info(dev, name, DISK_T_PART);

	r.parent = parent;
	put_info(f, r);
}

static void put_over(struct fixture *f, uint32_t dev, const char *name, uint8_t type, uint32_t first, uint32_t second)
{
	struct disk_info_rec r = info(dev, name, type);

	r.slaves[0] = first;
	r.slaves[1] = second;
	r.slaves_nr = second ? 2 : 1;
	r.flags = type == DISK_T_LOOP ? 0 : DISK_INFO_F_NO_REQUESTS;
	put_info(f, r);
}

/* A loop device on a file of dm-0, which stands on sda2 and sdb. */
static void put_devices(struct fixture *f)
{
	put_over(f, LOOP, "loop0", DISK_T_LOOP, DM, 0);
	put_info(f, info(SDB, "sdb", DISK_T_DISK));
	put_over(f, DM, "dm-0", DISK_T_DM, SDA2, SDB);
	put_part(f, SDA2, "sda2", SDA);
	put_info(f, info(SDA, "sda", DISK_T_DISK));
	put_part(f, SDA1, "sda1", SDA);
}

/* reads counts: 8 sectors and 2 ms each */
static void put_stat(struct fixture *f, uint32_t dev, uint64_t reads, uint64_t busy_ms)
{
	struct disk_stat_rec r = {
		.dev = dev, .inflight = 3, .ios = {reads, 0, REC_UNKNOWN, REC_UNKNOWN}, .merges = {reads / 2, 0, REC_UNKNOWN},
		.sectors = {8 * reads, 0, REC_UNKNOWN}, .ms = {2 * reads, 0, REC_UNKNOWN, REC_UNKNOWN},
		.busy_ms = busy_ms, .queue_ms = 4 * busy_ms,
	};

	record_init(&r.h, f->last_ns, PANE_DISK, DISK_STAT, sizeof(r));
	put(f, &r);
}

static void put_set(struct fixture *f, uint32_t dev, uint64_t count)
{
	struct disk_set_rec r = {
		.dev = dev, .set = DISK_READ, .count = count, .bytes = 4096 * count, .queue_ns = MS * count,
		.service_ns = 3 * MS * count, .sequential = count / 4, .errors = count / 10,
		.max_queue_ns = 2 * MS, .max_service_ns = 5 * MS,
	};

	r.queue_slots[14] = r.service_slots[15] = r.size_slots[3] = (uint32_t)count;
	record_init(&r.h, f->last_ns, PANE_DISK, DISK_SET, sizeof(r));
	put(f, &r);
}

static void put_queue(struct fixture *f, uint64_t ts_ns, struct disk_dev_rec r)
{
	record_init(&r.h, ts_ns, PANE_DISK, DISK_DEV, sizeof(r));
	put(f, &r);
}

static void put_demand(struct fixture *f, uint32_t on)
{
	struct demand_rec r = {.on = on};

	record_init(&r.h, f->last_ns, PANE_CORE, CORE_DEMAND, sizeof(r));
	put(f, &r);
}

static void show(struct fixture *f, uint64_t ts_ns, enum window window)
{
	tick(f, ts_ns);
	world_publish(f->w, window, &f->snap);
}

static void begin(struct fixture *f)
{
	tick_as(f, T0, TICK_F_FIRST | TICK_F_KEY, REC_UNKNOWN32);
	world_publish(f->w, WINDOW_INTERVAL, &f->snap);
}

static const struct disk_dev_row *dev_row(const struct fixture *f, uint32_t dev)
{
	const struct disk_dev_row *row = snapshot_disk_dev(&f->snap, dev);

	assert_non_null(row);
	return row;
}

/* "sda sda1 sda2 ..." with a dot for each level. */
static const char *tree(const struct fixture *f)
{
	static char text[512];
	size_t len = 0;

	*text = 0;
	for (int i = 0; i < f->snap.disk_devs->rows_nr; i++) {
		const struct disk_dev_row *r = &f->snap.disk_devs->rows[i];

		assert_int_equal(r->place, i);
		assert_true(r->parent < i);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.*s%s", i ? " " : "", r->level, "........", r->name);
	}
	return text;
}

static void each_stands_below_what_holds_it(void **state)
{
	struct fixture *f = *state;
	char name[32];

	put_devices(f);
	put_info(f, info(disk_dev(8, 160), "sdk", DISK_T_DISK));
	put_info(f, info(disk_dev(259, 1), "nvme10n1", DISK_T_DISK));
	put_info(f, info(disk_dev(259, 0), "nvme2n1", DISK_T_DISK));
	begin(f);
	assert_string_equal(tree(f), "nvme2n1 nvme10n1 sda .sda1 .sda2 ..dm-0 ...loop0 sdb sdk");
	assert_int_equal(dev_row(f, DM)->slaves_nr, 2);
	assert_string_equal(snapshot_disk_name(&f->snap, DM, name, sizeof(name)), "dm-0");
	assert_string_equal(snapshot_disk_name(&f->snap, disk_dev(9, 5), name, sizeof(name)), "9:5");
}

static void a_ring_stands_on_nothing(void **state)
{
	struct fixture *f = *state;

	put_over(f, SDA, "a", DISK_T_DM, SDB, 0);
	put_over(f, SDB, "b", DISK_T_DM, SDA, 0);
	put_over(f, LOOP, "self", DISK_T_LOOP, LOOP, 0);
	put_over(f, DM, "orphan", DISK_T_DM, disk_dev(99, 99), 0);
	begin(f);
	assert_string_equal(tree(f), "a b orphan self");
}

static void one_that_is_gone_keeps_its_name(void **state)
{
	struct disk_info_rec gone = info(SDA, "sda", DISK_T_DISK);
	struct fixture *f = *state;
	char name[32];

	put_devices(f);
	begin(f);
	gone.flags = DISK_INFO_F_GONE;
	put_info(f, gone);
	show(f, T0 + SEC, WINDOW_INTERVAL);
	assert_string_equal(tree(f), "sdb sda1 sda2 .dm-0 ..loop0");
	assert_null(snapshot_disk_dev(&f->snap, SDA));
	assert_string_equal(snapshot_disk_name(&f->snap, SDA, name, sizeof(name)), "sda");
}

static void proc_counts_everything_without_bpf(void **state)
{
	struct fixture *f = *state;
	const struct disk_dev_row *r;

	put_host(f, 0);
	put_devices(f);
	put_stat(f, SDA, 1000, 0xffffffff - 99); /* milliseconds wrap at 32 bits */
	put_stat(f, SDA1, 500, 7);
	begin(f);
	put_stat(f, SDA, 1100, 300);
	show(f, T0 + SEC, WINDOW_INTERVAL);
	r = dev_row(f, SDA);
	assert_false(r->counted);
	assert_int_equal(r->ios[DISK_READ], 100);
	assert_int_equal(r->bytes[DISK_READ], 100 * 4096);
	assert_int_equal(r->avg_bytes, 4096);
	assert_int_equal(r->merged_ios, 50);
	assert_true(r->ios[DISK_FLUSH] == FIG_UNKNOWN);
	assert_true(r->busy_ns == 400 * (int64_t)MS);
	assert_true(r->await_ns == 2 * (int64_t)MS && r->read_await_ns == r->await_ns);
	assert_true(r->write_await_ns == FIG_UNKNOWN);
	assert_int_equal(r->inflight, 3);
	assert_true(r->oldest_ns == FIG_UNKNOWN && r->service_p99_ns == FIG_UNKNOWN && r->errors == FIG_UNKNOWN);
	assert_int_equal(f->snap.disk_devs->bpf_status.state, FIG_NA);
	assert_int_equal(f->snap.disk_devs->count_status.state, FIG_EXACT);
	r = dev_row(f, SDA1); /* not told again: it did nothing */
	assert_int_equal(r->ios[DISK_READ], 0);
	assert_true(r->await_ns == FIG_UNKNOWN);
	assert_true(dev_row(f, SDB)->ios[DISK_READ] == FIG_UNKNOWN); /* never told of */
}

static void windows_count_from_their_moment(void **state)
{
	static const struct {
		enum window window;
		int64_t parts, disk;
	} rows[] = {{WINDOW_INTERVAL, 1, 10}, {WINDOW_MARK, 3, 30}, {WINDOW_START, 7, 70}, {WINDOW_TOTAL, 7, 70}};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world_clear(f->w);
		f->last_ns = 0;
		put_host(f, HOST_F_BPF);
		put_devices(f);
		put_stat(f, SDA1, 1000, 0);
		put_demand(f, DEMAND_DISKS);
		begin(f);
		put_stat(f, SDA1, 1004, 0);
		put_set(f, SDA, 40);
		show(f, T0 + SEC, WINDOW_INTERVAL);
		world_mark(f->w);
		put_stat(f, SDA1, 1006, 0);
		put_set(f, SDA, 60);
		show(f, T0 + 2 * SEC, WINDOW_INTERVAL);
		put_stat(f, SDA1, 1007, 0);
		put_set(f, SDA, 70);
		show(f, T0 + 3 * SEC, rows[i].window);
		assert_int_equal(dev_row(f, SDA1)->ios[DISK_READ], rows[i].parts);
		assert_int_equal(dev_row(f, SDA)->ios[DISK_READ], rows[i].disk);
		assert_true(dev_row(f, SDA)->counted && !dev_row(f, SDA1)->counted);
	}
}

static void bpf_tells_times_of_what_has_a_queue(void **state)
{
	struct fixture *f = *state;
	const struct disk_dev_row *r;

	put_devices(f);
	begin(f);
	put_set(f, SDA, 100);
	show(f, T0 + SEC, WINDOW_INTERVAL);
	r = dev_row(f, SDA);
	assert_int_equal(r->all_ios, 100);
	assert_int_equal(r->avg_bytes, 4096);
	assert_true(r->queue_avg_ns == (int64_t)MS && r->service_avg_ns == 3 * (int64_t)MS && r->await_ns == 4 * (int64_t)MS);
	assert_true(r->queue_max_ns == 2 * (int64_t)MS && r->service_max_ns == 5 * (int64_t)MS);
	assert_true(r->service_p50_ns > (int64_t)MS && r->service_p99_ns <= 5 * (int64_t)MS);
	assert_int_equal(r->sequential_pct, 25000);
	assert_int_equal(r->errors, 10);
	assert_true(r->merged_ios == FIG_UNKNOWN); /* nobody asked for /proc/diskstats */
	assert_null(disk_dev_no_latency(r));
	r = dev_row(f, SDB); /* without a request since the probes began */
	assert_int_equal(r->all_ios, 0);
	assert_int_equal(r->oldest_ns, 0);
	assert_true(r->service_p99_ns == FIG_UNKNOWN);
	assert_non_null(disk_dev_no_latency(dev_row(f, SDA1)));
	assert_non_null(disk_dev_no_latency(dev_row(f, DM)));
	assert_null(disk_dev_no_latency(dev_row(f, LOOP)));
}

static void open_periods_count(void **state)
{
	struct fixture *f = *state;
	const struct disk_dev_row *r;

	put_devices(f);
	begin(f);
	/* busy from 0.5 s on with two requests, of which one came at 0.75 s; 0.1 s before */
	put_queue(f, T0 + SEC, (struct disk_dev_rec){
		.dev = SDA, .inflight = 2, .issued = 1, .max_inflight = 5, .busy_ns = 100 * MS, .busy_since_ns = T0 + 500 * MS,
		.depth_ns = (100 + 500 + 250) * MS, .oldest_ns = T0 + 500 * MS, .requeues = 4});
	show(f, T0 + SEC, WINDOW_INTERVAL);
	r = dev_row(f, SDA);
	assert_true(r->busy_ns == 600 * (int64_t)MS);
	assert_true(r->depth_ns == 850 * (int64_t)MS);
	assert_true(r->oldest_ns == 500 * (int64_t)MS);
	assert_int_equal(r->inflight, 2);
	assert_int_equal(r->issued, 1);
	assert_int_equal(r->depth_max, 5);
	assert_int_equal(r->requeues, 4);
	/* nothing completes, nothing is told: it is busy all the time, and the oldest grows older */
	show(f, T0 + 3 * SEC, WINDOW_INTERVAL);
	r = dev_row(f, SDA);
	assert_true(r->busy_ns == 2 * (int64_t)SEC);
	assert_true(r->depth_ns == 4 * (int64_t)SEC);
	assert_true(r->oldest_ns == 2500 * (int64_t)MS);
	assert_int_equal(r->depth_max, 2);
	assert_int_equal(r->requeues, 0);
	show(f, T0 + 4 * SEC, WINDOW_TOTAL);
	assert_true(dev_row(f, SDA)->busy_ns == 3600 * (int64_t)MS);
	assert_int_equal(dev_row(f, SDA)->depth_max, 5);
}

/* /proc/diskstats is read while somebody asks, and in key frames: a figure needs both ends. */
static void what_nobody_read_is_not_known(void **state)
{
	struct fixture *f = *state;

	put_devices(f);
	put_stat(f, SDA1, 1000, 0);
	begin(f);
	show(f, T0 + SEC, WINDOW_INTERVAL);
	assert_true(dev_row(f, SDA1)->ios[DISK_READ] == FIG_UNKNOWN);
	put_stat(f, SDA1, 1100, 0);
	put_demand(f, DEMAND_DISKS);
	show(f, T0 + 2 * SEC, WINDOW_INTERVAL);
	assert_true(dev_row(f, SDA1)->ios[DISK_READ] == FIG_UNKNOWN); /* not of this interval */
	put_stat(f, SDA1, 1101, 0);
	put_stat(f, SDA2, 7, 0); /* was not there before: it has counted from 0 */
	show(f, T0 + 3 * SEC, WINDOW_INTERVAL);
	assert_int_equal(dev_row(f, SDA1)->ios[DISK_READ], 1);
	assert_int_equal(dev_row(f, SDA2)->ios[DISK_READ], 7);
	show(f, T0 + 4 * SEC, WINDOW_START);
	assert_int_equal(dev_row(f, SDA1)->ios[DISK_READ], 101);
}

/* `-- COMMAND` counts one tree of processes; /proc counts all, and is no answer. */
static void proc_does_not_tell_of_a_command(void **state)
{
	struct fixture *f = *state;

	put_host(f, HOST_F_BPF | HOST_F_COMMAND);
	put_devices(f);
	put_demand(f, DEMAND_DISKS);
	put_stat(f, SDA1, 1000, 0);
	put_stat(f, SDA, 1000, 0);
	begin(f);
	put_stat(f, SDA1, 1100, 0);
	put_stat(f, SDA, 1100, 0);
	put_set(f, SDA, 3);
	show(f, T0 + SEC, WINDOW_INTERVAL);
	assert_true(dev_row(f, SDA1)->ios[DISK_READ] == FIG_UNKNOWN);
	assert_int_equal(dev_row(f, SDA)->ios[DISK_READ], 3);
	assert_true(dev_row(f, SDA)->merged_ios == FIG_UNKNOWN);
}

/* ---- the view ---- */

struct screen {
	struct fixture *f;
	struct ui *ui;
};

static void ui_open(struct screen *sc, const char *sort)
{
	const struct ui_opts opts = {.view = NULL, .sort_key = NULL, .interval_ns = SEC};
	struct err e = { 0 };

	assert_int_equal(ui_new(&opts, &sc->ui, &e), 0);
	assert_int_equal(ui_focus(sc->ui, "disk", "devices", &e), 0);
	if (sort)
		rows_sort(sc->ui, view_column(ui_view(sc->ui), sort), false);
	ui_update(sc->ui, &sc->f->snap);
}

static const char *order(struct screen *sc)
{
	static char text[512];
	size_t len = 0;

	*text = 0;
	rows_refresh(sc->ui, &sc->f->snap);
	for (int i = 0; i < sc->ui->list.nr; i++) {
		const struct disk_dev_row *r = rows_at(sc->ui, &sc->f->snap, i);

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "", r->name);
	}
	return text;
}

static void press(struct screen *sc, int key)
{
	struct term_event ev = {.key = key};

	ui_key(sc->ui, &sc->f->snap, &ev);
}

/* sdb does more than sda, sda2 more than sda1. */
static void put_load(struct fixture *f)
{
	put_host(f, 0);
	put_devices(f);
	put_info(f, (struct disk_info_rec){.dev = disk_dev(7, 1), .type = DISK_T_LOOP, .name = "loop1"});
	for (int i = 0; i < 2; i++) {
		put_stat(f, SDA, 100 + 10 * (uint64_t)i, 0);
		put_stat(f, SDB, 100 + 30 * (uint64_t)i, 0);
		put_stat(f, SDA1, 100 + 1 * (uint64_t)i, 0);
		put_stat(f, SDA2, 100 + 9 * (uint64_t)i, 0);
		put_stat(f, DM, 100 + 39 * (uint64_t)i, 0);
		put_stat(f, LOOP, 100 + 50 * (uint64_t)i, 0);
		if (i)
			show(f, T0 + SEC, WINDOW_INTERVAL);
		else
			begin(f);
	}
}

static void the_tree_stays_whole_in_any_order(void **state)
{
	struct screen sc = {.f = *state};

	put_load(sc.f);
	ui_open(&sc, NULL);
	assert_string_equal(order(&sc), "sda sda1 sda2 dm-0 loop0 sdb");
	rows_sort(sc.ui, view_column(ui_view(sc.ui), "reads_per_s"), false);
	assert_string_equal(order(&sc), "sdb sda sda2 dm-0 loop0 sda1");
	rows_sort(sc.ui, view_column(ui_view(sc.ui), "reads_per_s"), true);
	assert_string_equal(order(&sc), "sda sda1 sda2 dm-0 loop0 sdb");
	press(&sc, 't');
	rows_sort(sc.ui, view_column(ui_view(sc.ui), "reads_per_s"), false);
	assert_string_equal(order(&sc), "loop0 dm-0 sdb sda sda2 sda1");
	press(&sc, '*');
	assert_string_equal(order(&sc), "loop0 dm-0 sdb sda sda2 sda1 loop1");
	ui_free(sc.ui);
}

static void esc_comes_back_to_the_device_that_was_entered(void **state)
{
	struct screen sc = {.f = *state};
	int devices;

	put_load(sc.f);
	ui_open(&sc, NULL);
	devices = sc.ui->view;
	rows_select(sc.ui, &sc.f->snap, 2);
	press(&sc, TKEY_ENTER); /* a partition: nothing is known of its requests */
	assert_int_equal(sc.ui->disk.dev.dev, DISK_ALL);
	assert_non_null(strstr(sc.ui->status, "partition"));
	rows_select(sc.ui, &sc.f->snap, 5);
	press(&sc, TKEY_ENTER);
	assert_int_equal(sc.ui->disk.dev.dev, SDB);
	assert_string_equal(sc.ui->disk.dev.name, "sdb");
	if (view_find(PANE_DISK, "latency"))
		assert_string_equal(ui_view(sc.ui)->id, "latency");
	assert_true(disk_dev_shown(sc.ui, SDB) && !disk_dev_shown(sc.ui, SDA));
	ui_set_view(sc.ui, devices);
	assert_string_equal(order(&sc), "sdb"); /* also in this view */
	press(&sc, TKEY_ESC);
	assert_int_equal(sc.ui->view, devices);
	assert_int_equal(sc.ui->disk.dev.dev, DISK_ALL);
	rows_refresh(sc.ui, &sc.f->snap);
	assert_int_equal(ui_state(sc.ui)->cursor, 5);
	assert_true(disk_dev_shown(sc.ui, SDA));
	ui_free(sc.ui);
}

static void what_was_entered_last_is_left_first(void **state)
{
	const struct proc_row process = {.pid = 7, .comm = "fio", .start_ns = 1};
	const struct row_id id = {.a = 7, .b = 1};
	struct screen sc = {.f = *state};

	put_load(sc.f);
	ui_open(&sc, NULL);
	disk_dev_enter(sc.ui, SDB, "sdb");
	ui_enter_process(sc.ui, id, &process);
	press(&sc, TKEY_ESC);
	assert_false(sc.ui->entered);
	assert_int_equal(sc.ui->disk.dev.dev, SDB);
	press(&sc, TKEY_ESC);
	assert_int_equal(sc.ui->disk.dev.dev, DISK_ALL);
	ui_enter_process(sc.ui, id, &process);
	disk_dev_enter(sc.ui, SDB, "sdb");
	press(&sc, TKEY_ESC);
	assert_int_equal(sc.ui->disk.dev.dev, DISK_ALL);
	assert_true(sc.ui->entered);
	press(&sc, TKEY_ESC);
	assert_false(sc.ui->entered);
	ui_free(sc.ui);
}

/* In another pane the device stays entered, and Esc there is about other things. */
static void a_device_is_entered_in_its_pane_only(void **state)
{
	struct screen sc = {.f = *state};
	struct err e = { 0 };

	put_load(sc.f);
	ui_open(&sc, NULL);
	disk_dev_enter(sc.ui, SDB, "sdb");
	assert_int_equal(ui_focus(sc.ui, "cpu", "processes", &e), 0);
	press(&sc, TKEY_ESC);
	assert_int_equal(sc.ui->disk.dev.dev, SDB);
	assert_int_equal(ui_pane(sc.ui)->pane, PANE_CPU);
	ui_free(sc.ui);
}

#define MANY 1000

/* What a tick of many devices costs in the model: told beside the result, not judged. */
static void a_thousand_devices(void **state)
{
	struct fixture *f = *state;
	struct timespec from, to;

	for (uint32_t i = 0; i < MANY; i++) {
		char name[16];

		snprintf(name, sizeof(name), "sd%u", i);
		put_info(f, info(disk_dev(65, i), name, DISK_T_DISK));
	}
	put_demand(f, DEMAND_DISKS);
	begin(f);
	assert_int_equal(f->snap.disk_devs->rows_nr, MANY);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (uint64_t n = 1; n <= 10; n++) {
		for (uint32_t i = 0; i < MANY; i++) {
			put_stat(f, disk_dev(65, i), 10 * n, n);
			put_set(f, disk_dev(65, i), 10 * n);
		}
		show(f, T0 + n * SEC, WINDOW_INTERVAL);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	print_message("# a tick of %d busy devices in the models: %lld us\n", MANY,
		      (long long)(to.tv_sec - from.tv_sec) * 100000 + (to.tv_nsec - from.tv_nsec) / 10000);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(dev_row(f, disk_dev(65, i))->ios[DISK_READ], 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_stands_below_what_holds_it),
		TEST(a_ring_stands_on_nothing),
		TEST(one_that_is_gone_keeps_its_name),
		TEST(proc_counts_everything_without_bpf),
		TEST(windows_count_from_their_moment),
		TEST(bpf_tells_times_of_what_has_a_queue),
		TEST(open_periods_count),
		TEST(what_nobody_read_is_not_known),
		TEST(proc_does_not_tell_of_a_command),
		TEST(the_tree_stays_whole_in_any_order),
		TEST(esc_comes_back_to_the_device_that_was_entered),
		TEST(what_was_entered_last_is_left_first),
		TEST(a_device_is_entered_in_its_pane_only),
		TEST(a_thousand_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
