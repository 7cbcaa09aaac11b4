/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk / latency: histograms, who is in a bucket, the table by flags, the menu of what is shown; from records to the screen. */
#include <stdio.h>
#include <stdlib.h>

#include "disk_latency.h"
#include "world_fixture.h"

#define VDA  disk_dev(254, 0)
#define LOOP disk_dev(7, 3)

struct screen {
	struct fixture *f;
	struct ui *ui;
	struct canvas c;
	uint64_t now_ns;
};

static struct screen sc;

static void put_process(const char *comm, uint32_t pid)
{
	struct task_rec r = task(pid, pid, sc.now_ns);

	memset(r.comm, 0, sizeof(r.comm));
	strcpy(r.comm, comm);
	put(sc.f, &r);
}

/* `nr` requests of 2^(9 + size_slot) bytes that took 40 us in the queue and `service_ns` in the device. */
static void put_set(uint32_t dev, uint32_t set, uint32_t nr, unsigned size_slot, uint64_t service_ns)
{
	struct disk_set_rec r = {.dev = dev, .set = set, .count = nr, .max_service_ns = service_ns};

	r.bytes = (uint64_t)nr << (SIZE_SHIFT + size_slot);
	r.queue_slots[hist_slot(40000)] = nr;
	r.service_slots[hist_slot(service_ns)] = nr;
	r.size_slots[size_slot] = nr;
	record_init(&r.h, sc.now_ns, PANE_DISK, DISK_SET, sizeof(r));
	put(sc.f, &r);
}

static void put_proc(uint32_t pid, const char *comm, uint32_t dev, uint16_t op, uint32_t nr, unsigned size_slot, uint64_t service_ns)
{
	struct disk_proc_rec r = {.tgid = pid, .dev = dev, .start_ns = SEC + pid, .op = op, .count = nr, .max_ns = service_ns};

	strcpy(r.comm, comm);
	r.bytes = (uint64_t)nr << (SIZE_SHIFT + size_slot);
	r.queue_slots[hist_slot(40000)] = nr;
	r.service_slots[hist_slot(service_ns)] = nr;
	r.slots[hist_slot(service_ns)] = nr;
	r.size_slots[size_slot] = nr;
	record_init(&r.h, sc.now_ns, PANE_DISK, DISK_PROC, sizeof(r));
	put(sc.f, &r);
}

static void put_exemplar(uint32_t pid, const char *comm, uint16_t set, uint64_t service_ns, const char *file)
{
	struct disk_io_rec r = {.id = pid, .dev = VDA, .set = set, .flags = DISK_IO_F_EXEMPLAR, .pid = pid, .tgid = pid,
				.start_ns = SEC + pid, .sector = 4711, .bytes = 4096, .queue_ns = 40000, .service_ns = service_ns};

	strcpy(r.comm, comm);
	strcpy(r.file, file);
	record_init(&r.h, sc.now_ns, PANE_DISK, DISK_IO, sizeof(r));
	r.h.cpu = 1;
	put(sc.f, &r);
}

static void show(void)
{
	tick_and_publish(sc.f, sc.now_ns);
	ui_update(sc.ui, &sc.f->snap);
}

static void key(int k)
{
	struct term_event ev = {.key = k};

	ui_draw(sc.ui, &sc.f->snap, &sc.c);
	ui_key(sc.ui, &sc.f->snap, &ev);
	ui_draw(sc.ui, &sc.f->snap, &sc.c);
}

static void type(const char *text)
{
	for (; *text; text++)
		key(*text);
}

static const char *line(int row)
{
	static char text[4 * CANVAS_COLS_MAX];
	size_t len = 0;

	for (int col = 0; col < sc.c.cols && len + 8 < sizeof(text); col++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", canvas_at(&sc.c, row, col)->utf8);
	return text;
}

static int find(const char *text)
{
	for (int row = 0; row < sc.c.rows; row++)
		if (strstr(line(row), text))
			return row;
	return -1;
}

static void shows(const char *text)
{
	ui_draw(sc.ui, &sc.f->snap, &sc.c);
	if (find(text) >= 0)
		return;
	for (int row = 0; row < sc.c.rows; row++)
		print_message("%s\n", line(row));
	fail_msg("not on the screen: %s", text);
}

static void lacks(const char *text)
{
	ui_draw(sc.ui, &sc.f->snap, &sc.c);
	if (find(text) >= 0)
		fail_msg("on the screen: %s", text);
}

static int setup(void **state)
{
	struct ui_opts opts = {.meters = true, .function_bar = true, .interval_ns = SEC};
	struct err e = { "" };

	if (fixture_setup(state))
		return -1;
	sc = (struct screen){.f = *state, .now_ns = T0};
	return ui_new(&opts, &sc.ui, &e) || ui_focus(sc.ui, "disk", "latency", &e) || canvas_init(&sc.c, 24, 80, false);
}

static int teardown(void **state)
{
	ui_free(sc.ui);
	canvas_fini(&sc.c);
	return fixture_teardown(state);
}

/* postgres reads 30 pages of 1 ms from vda, dd writes 10 pieces of 1 MiB of 16 ms; of 5 reads nobody is known. */
static void two_seconds(void)
{
	for (uint32_t i = 0; i < 2; i++) {
		put_process("postgres", 100);
		put_process("dd", 200);
		put_set(VDA, DISK_READ | DISK_SET_SYNC, i * 35, 3, 1200000);
		put_set(VDA, DISK_WRITE, i * 10, 11, 17000000);
		put_set(LOOP, DISK_WRITE | DISK_SET_SYNC | DISK_SET_PREFLUSH, i * 4, 3, 300000);
		put_proc(100, "postgres", VDA, DISK_READ, i * 30, 3, 1200000);
		put_proc(200, "dd", VDA, DISK_WRITE, i * 10, 11, 17000000);
		if (i)
			put_exemplar(100, "postgres", DISK_READ | DISK_SET_SYNC, 1200000, "pg_wal/0000A1");
		show();
		sc.now_ns += SEC;
	}
	sc.now_ns -= SEC;
}

static void each_histogram_has_its_buckets(void **state)
{
	two_seconds();
	shows("[service p99 17ms]");
	shows("queue p99 66us");
	shows("size avg");
	shows(">  17ms |");
	shows(" 1.0ms |");
	shows("all devices, all operations");
	shows("requests 49/s");
	key(TKEY_RIGHT);
	shows("[size avg");
	shows("4.0K |"); /* the fullest is where the cursor is */
	shows("bucket 4.0K-8.0K  n 39");
	shows("most 4.0K-8.0K");
	shows("by flags");
	key(TKEY_RIGHT);
	shows("[queue p99");
	shows("queue time: made -> issued");
}

static void who_is_in_the_bucket(void **state)
{
	two_seconds();
	shows("by dd 10");
	key(TKEY_ENTER);
	shows("service 17ms-34ms");
	shows("200     10    100");
	lacks("postgres");
	key(TKEY_ESC);
	for (int i = 0; i < 4; i++)
		key(TKEY_UP);
	shows("bucket 1.0ms-2.1ms  n 35");
	key(TKEY_ENTER);
	shows("100     30   85.7     30  1.2ms  1.2ms postgres"); /* no percentile passes the maximum */
	shows("(nobody)");
	shows("postgres (100)"); /* a single request, with its file */
	shows("254:0 RS 4.0K");
	assert_int_equal(canvas_resize(&sc.c, 24, 100), 0);
	shows("pg_wal/0000A1");
	key(TKEY_ENTER);
	shows("Disk > latency > postgres");
}

static void the_menu_narrows_to_operation_and_device(void **state)
{
	two_seconds();
	shows("g:Show");
	key('g');
	shows("all operations");
	shows("254:0");
	type("write");
	key(TKEY_ENTER);
	shows("Disk > latency > write");
	shows("all devices, write");
	shows("n 14");
	key('g');
	type("254:0");
	key(TKEY_ENTER);
	shows("254:0, write");
	shows("max 17ms  n 10");
	key('g');
	type("all dev");
	key(TKEY_ENTER);
	shows("all devices, write");
	key(TKEY_ESC);
	shows("all devices, all operations");
}

static void the_table_by_flags_opens_one_set(void **state)
{
	two_seconds();
	key('g');
	type("by");
	key(TKEY_ENTER);
	shows("Disk > latency > by flags");
	shows("RS ");
	shows("FWS ");
	shows("read, waited for");
	key(TKEY_DOWN);
	shows("sizes from 1.0M 100");
	key(TKEY_ENTER);
	shows("254:0, write W");
	shows("n 10");
	lacks(" 1.0ms |");
	key(TKEY_ESC);
	shows("by flags");
	key(TKEY_ESC);
	shows("all operations");
}

static void a_process_has_its_own(void **state)
{
	two_seconds();
	key(TKEY_ENTER);
	key(TKEY_ENTER);
	shows("dd");
	for (int i = 0; i < 3; i++)
		key(TKEY_TAB);
	shows("dd (200) > latency");
	shows("requests 10/s");
	lacks(" 1.0ms |");
	key(TKEY_ENTER);
	shows("200     10    100");
	key(TKEY_ESC);
	sc.now_ns += SEC;
	put_proc(200, "dd", VDA, DISK_WRITE, 13, 11, 17000000);
	show();
	shows("requests 3.0/s");
	assert_int_equal(sc.ui->disk.latency.heat.heat[0].nr, 1); /* it was entered after the second interval */
}

static void what_is_not_counted_is_not_zero(void **state)
{
	put_host(sc.f, 0);
	show();
	sc.now_ns += SEC;
	put_host(sc.f, 0);
	show();
	shows("n/a: needs BPF");
	lacks("requests 0");
	key(TKEY_ENTER);
	key(TKEY_UP);
	key('g');
	shows("all operations");
}

static void any_size_of_screen(void **state)
{
	static const int sizes[][2] = {{5, 20}, {8, 30}, {12, 40}, {24, 80}, {30, 113}, {40, 120}, {43, 132}, {200, 500}};

	two_seconds();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int n = 0; n < LAT_NR; n++) {
			assert_int_equal(canvas_resize(&sc.c, sizes[i][0], sizes[i][1]), 0);
			key(TKEY_RIGHT);
			key(TKEY_END);
			key(TKEY_ENTER);
			key(TKEY_ESC);
			key('g');
			key(TKEY_ESC);
		}
	shows("size of requests");
	shows("service: last minutes");
	shows("by flags");
	shows("queue time");
}

static char *json(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(ui_json(sc.ui, &sc.f->snap, out), 0);
	fclose(out);
	return text;
}

static void files_have_rows_by_flags_and_all_histograms(void **state)
{
	char *text;

	two_seconds();
	text = json();
	assert_non_null(strstr(text, "{\"device\":\"254:0\",\"rwbs\":\"RS\",\"count_per_s\":35,"));
	assert_non_null(strstr(text, "{\"name\":\"254:0 read service time\",\"unit\":\"ns\",\"max_ns\":1200000,\"buckets\":[[1048576,2097152,35]]}"));
	assert_non_null(strstr(text, "{\"name\":\"254:0 write size\",\"unit\":\"bytes\",\"buckets\":[[1048576,2097152,10]]}"));
	assert_non_null(strstr(text, "\"7:3 write queue time\""));
	assert_null(strstr(text, "flush service"));
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_histogram_has_its_buckets),
		TEST(who_is_in_the_bucket),
		TEST(the_menu_narrows_to_operation_and_device),
		TEST(the_table_by_flags_opens_one_set),
		TEST(a_process_has_its_own),
		TEST(what_is_not_counted_is_not_zero),
		TEST(any_size_of_screen),
		TEST(files_have_rows_by_flags_and_all_histograms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
