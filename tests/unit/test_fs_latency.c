/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / operations and latency: rows, histograms, who is in a bucket, the table, the menu; from records to the screen. */
#include <stdio.h>
#include <stdlib.h>

#include "fs_latency.h"
#include "view_fs.h"
#include "world_fixture.h"

#define ROOT 0xfe00000 /* 254:0, ext4 */
#define SRV  0x700003  /* 7:3, xfs */

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

/* `nr` calls of `ns`, of which `errors` failed with ENOENT. */
static void put_op(uint32_t pid, const char *comm, uint32_t dev, uint16_t op, uint32_t nr, uint64_t ns, uint32_t errors)
{
	struct fs_op_rec r = {.tgid = pid, .dev = dev, .start_ns = SEC + pid, .op = op, .enoent = errors, .last_errno = errors ? 2 : 0,
			      .io = {.count = nr, .ns = nr * ns, .errors = errors, .max_ns = ns}};

	strcpy(r.comm, comm);
	strcpy(r.fstype, dev == ROOT ? "ext4" : dev == SRV ? "xfs" : "");
	r.io.slots[hist_slot(ns)] = nr;
	record_init(&r.h, sc.now_ns, PANE_FS, FS_OP, sizeof(r));
	put(sc.f, &r);
}

/* `nr` reads of a page. */
static void put_reads(uint32_t pid, const char *comm, uint32_t dev, uint16_t type, uint32_t nr, uint64_t ns)
{
	struct fs_file_rec r = {.tgid = pid, .dev = dev, .start_ns = SEC + pid, .ino = type <= FS_T_BLOCK ? 12 : 0, .type = type,
				.io = {{.count = nr, .bytes = nr * 4096, .ns = nr * ns, .max_ns = ns}}};

	strcpy(r.comm, comm);
	strcpy(r.fstype, type == FS_T_SOCKET ? "sockfs" : dev == ROOT ? "ext4" : "xfs");
	r.io[0].slots[hist_slot(ns)] = nr;
	record_init(&r.h, sc.now_ns, PANE_FS, FS_FILE, sizeof(r));
	put(sc.f, &r);
}

/* A sync is an event, with its file. */
static void put_sync(uint32_t pid, const char *comm, uint64_t ns, const char *path)
{
	struct fs_event_rec r = {.event = FS_EV_SYNC, .op = FS_OP_FSYNC, .dev = ROOT, .pid = pid, .tgid = pid, .start_ns = SEC + pid,
				 .ino = 12, .fd = 3, .offset = REC_UNKNOWN, .age_ns = REC_UNKNOWN, .ns = ns};

	strcpy(r.comm, comm);
	strcpy(r.fstype, "ext4");
	strcpy(r.path, path);
	record_init(&r.h, sc.now_ns, PANE_FS, FS_EVENT, sizeof(r));
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

static int setup_view(void **state, const char *view)
{
	struct ui_opts opts = {.meters = true, .function_bar = true, .interval_ns = SEC};
	struct err e = {""};

	if (fixture_setup(state))
		return -1;
	sc = (struct screen){.f = *state, .now_ns = T0};
	return ui_new(&opts, &sc.ui, &e) || ui_focus(sc.ui, "fs", view, &e) || canvas_init(&sc.c, 24, 80, false);
}

static int setup(void **state)
{
	return setup_view(state, "latency");
}

static int setup_operations(void **state)
{
	return setup_view(state, "operations");
}

static int teardown(void **state)
{
	ui_free(sc.ui);
	canvas_fini(&sc.c);
	return fixture_teardown(state);
}

/*
 * postgres syncs 30 times in 1.2 ms on ext4 and 5 times on xfs; dd syncs 10 times in 17 ms, reads 100 pages of 3 us, and 40
 * times a socket in 9 ms; make fails to open 20 files.
 */
static void two_seconds(void)
{
	for (uint32_t i = 0; i < 2; i++) {
		put_process("postgres", 100);
		put_process("dd", 200);
		put_process("make", 300);
		put_op(100, "postgres", ROOT, FS_OP_FSYNC, i * 30, 1200000, 0);
		put_op(100, "postgres", SRV, FS_OP_FSYNC, i * 5, 1200000, 0);
		put_op(200, "dd", ROOT, FS_OP_FSYNC, i * 10, 17000000, 0);
		put_op(300, "make", 0, FS_OP_OPEN, i * 20, 3000, i * 20);
		put_op(300, "make", SRV, FS_OP_RENAME, i * 2, 5000, 0);
		put_reads(200, "dd", ROOT, FS_T_REGULAR, i * 100, 3000);
		put_reads(200, "dd", 8, FS_T_SOCKET, i * 40, 9000000);
		if (i)
			put_sync(200, "dd", 17000000, "base/16384/2619");
		show();
		sc.now_ns += SEC;
	}
	sc.now_ns -= SEC;
}

/* ---- latency ---- */

static void each_operation_has_a_histogram(void **state)
{
	two_seconds();
	shows("[read 3.0us]");
	shows("rename");
	lacks("socket");
	shows("read: called -> returned");
	shows("all filesystems");
	shows("read 100/s  bytes 400K/s");
	for (int i = 0; i < 3; i++)
		key(TKEY_RIGHT);
	shows("[fsync 17ms]");
	shows("fsync: called -> returned");
	shows(">  17ms |");
	shows(" 1.0ms |");
	shows("fsync: last minutes");
	shows("max 17ms  n 45");
	key(TKEY_LEFT);
	shows("[open 3.0us]");
	shows("errors 20/s  last ENOENT");
	key(TKEY_LEFT);
	key(TKEY_LEFT);
	key(TKEY_LEFT);
	shows("[rename 5.0us]"); /* round the end */
}

static void choose_fsync(void)
{
	for (int i = 0; i < 3; i++)
		key(TKEY_RIGHT);
}

static void who_is_in_the_bucket(void **state)
{
	two_seconds();
	choose_fsync();
	shows("by dd 10");
	key(TKEY_ENTER);
	shows("latency > fsync 17ms-34ms");
	shows("200     10    100     10   17ms   17ms dd");
	shows("17ms"); /* a single one, with its file */
	shows("base/16384/2619");
	lacks("postgres");
	key(TKEY_ESC);
	for (int i = 0; i < 4; i++)
		key(TKEY_UP);
	shows("bucket 1.0ms-2.1ms  n 35");
	key(TKEY_ENTER);
	shows("100     35    100     35  1.2ms  1.2ms postgres");
	shows("no single call of it is known");
	key(TKEY_ENTER);
	shows("Filesystem > latency > postgres");
}

static void the_menu_narrows_to_a_type_and_a_filesystem(void **state)
{
	two_seconds();
	choose_fsync();
	key('g');
	shows("by filesystem");
	shows("type  140/s");
	shows("xfs  7.0/s");
	shows("7:3");
	type("xfs");
	key(TKEY_ENTER);
	shows("Filesystem > latency > all xfs");
	shows("max 1.2ms  n 5");
	sc.now_ns += SEC;
	put_op(100, "postgres", SRV, FS_OP_FSYNC, 9, 1200000, 0);
	show();
	shows("n 4");
	assert_int_equal(sc.ui->fs.latency.heat.heat[0].nr, 1); /* it was chosen after the second interval */
	key(TKEY_ESC);
	shows("all filesystems");
	key('g');
	type("254:0");
	key(TKEY_ENTER);
	shows("254:0, ext4");
	key('g');
	type("all");
	key(TKEY_ENTER);
	shows("all filesystems");
}

static void the_table_opens_one_filesystem(void **state)
{
	two_seconds();
	key('g');
	type("by");
	key(TKEY_ENTER);
	shows("latency > by filesystem");
	shows("FILESYSTEM");
	shows("(not known)");
	key('L');
	shows("254:0");
	shows("ext4");
	key(TKEY_HOME);
	key(TKEY_ENTER);
	shows("254:0, ext4");
	shows("[fsync 17ms]");
	shows("n 40");
	key(TKEY_ESC);
	shows("by filesystem");
	assert_int_equal(sc.ui->fs.dev.dev, FS_ALL);
	key(TKEY_ESC);
	shows("all filesystems");
}

static void a_process_has_its_own(void **state)
{
	two_seconds();
	choose_fsync();
	key(TKEY_ENTER);
	key(TKEY_ENTER);
	shows("dd");
	assert_true(sc.ui->entered);
	while (strcmp(ui_view(sc.ui)->id, "latency"))
		key(TKEY_TAB);
	shows("dd (200) > latency");
	shows("fsync 10/s");
	lacks(" 1.0ms |");
	key(TKEY_ENTER);
	shows("200     10    100");
	key(TKEY_ESC);
	sc.now_ns += SEC;
	put_op(200, "dd", ROOT, FS_OP_FSYNC, 13, 17000000, 0);
	show();
	shows("fsync 3.0/s");
	assert_int_equal(sc.ui->fs.latency.heat.heat[0].nr, 1);
}

static void what_is_not_counted_is_not_zero(void **state)
{
	put_host(sc.f, 0);
	show();
	sc.now_ns += SEC;
	put_host(sc.f, 0);
	show();
	shows("n/a: needs BPF");
	lacks("read 0");
	key(TKEY_ENTER);
	key(TKEY_UP);
	key('g');
	shows("by filesystem");
}

static void any_size_of_screen(void **state)
{
	static const int sizes[][2] = {{5, 20}, {8, 30}, {12, 40}, {24, 80}, {30, 113}, {40, 80}, {40, 120}, {43, 132}, {200, 500}};

	two_seconds();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int n = 0; n < 8; n++) {
			assert_int_equal(canvas_resize(&sc.c, sizes[i][0], sizes[i][1]), 0);
			key(TKEY_RIGHT);
			key(TKEY_END);
			key(TKEY_ENTER);
			key(TKEY_ESC);
			key('g');
			key(TKEY_ESC);
		}
	assert_int_equal(canvas_resize(&sc.c, 43, 132), 0);
	while (sc.ui->fs.latency.what != FS_OP_FSYNC)
		key(TKEY_RIGHT);
	shows("open: called -> returned"); /* four of a page, the list of filesystems, and the map */
	shows("read: called -> returned");
	shows("fsync by filesystem");
	shows("fsync: last minutes");
}

/* ---- operations ---- */

static void each_operation_has_a_row(void **state)
{
	two_seconds();
	shows("OPERATION    CALL/s");
	shows("read            100     400K");
	shows("read socket      40");
	shows("open             20");
	key('L');
	key(TKEY_HOME);
	shows("fsync  p50");
	shows("n 45");
	shows("time, calls by dd(200) 80.2% 10  postgres(100) 19.8% 35");
	shows("time, calls on 254:0 ext4 97.2% 40  7:3 xfs 2.8% 5");
	assert_int_equal(canvas_resize(&sc.c, 5, 20), 0);
	shows("OPERATION    CALL/s");
	assert_int_equal(canvas_resize(&sc.c, 24, 120), 0);
	shows("ENOENT");
	type("\\");
	type("open");
	key(TKEY_ENTER);
	shows("errors 20  ENOENT 20  last ENOENT");
}

static void enter_leads_to_its_latencies_and_back(void **state)
{
	two_seconds();
	key('L');
	key(TKEY_HOME);
	key(TKEY_ENTER);
	shows("[fsync 17ms]");
	shows("fsync: called -> returned");
	key(TKEY_ESC);
	shows("OPERATION");
	key(TKEY_DOWN);
	key(TKEY_ENTER);
	shows("[read socket"); /* of what is no file too */
	key(TKEY_TAB);
	key(TKEY_BTAB);
	key(TKEY_ESC);
	shows("OPERATION");
}

static void the_way_back_is_the_way_there_reversed(void **state)
{
	two_seconds();
	key('L');
	key(TKEY_HOME);
	key(TKEY_ENTER);
	key('g');
	type("7:3");
	key(TKEY_ENTER);
	shows("7:3, xfs");
	key('g');
	type("by");
	key(TKEY_ENTER);
	shows("by filesystem");
	key(TKEY_ESC);
	shows("7:3, xfs");
	key(TKEY_ESC);
	shows("all filesystems");
	key('g');
	type("ext4");
	key(TKEY_ENTER);
	shows("all ext4");
	key('g');
	type("254:0");
	key(TKEY_ENTER);
	shows("254:0, ext4");
	key(TKEY_ESC);
	shows("all ext4");
	key(TKEY_ESC);
	shows("all filesystems");
	key(TKEY_ESC);
	shows("OPERATION");
}

static void an_entered_filesystem_has_its_own(void **state)
{
	two_seconds();
	fs_dev_enter(sc.ui, SRV, "/srv");
	ui_focus(sc.ui, "fs", "operations", &(struct err){""});
	shows("rename          2.0");
	shows("fsync           5.0");
	lacks("socket");
}

static char *json(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(ui_json(sc.ui, &sc.f->snap, out), 0);
	fclose(out);
	assert_non_null(text);
	return text;
}

static void holds(const char *text, const char *part)
{
	if (strstr(text, part))
		return;
	print_message("%s\n", text);
	fail_msg("not in the file: %s", part);
}

static void files_have_every_operation(void **state)
{
	char *text;

	two_seconds();
	text = json();
	holds(text, "{\"op\":\"read\",\"type\":\"file\",\"count_per_s\":100,\"bytes_per_s\":409600,\"time_ns_per_s\":300000,");
	holds(text, "{\"op\":\"read socket\",\"type\":\"socket\",\"count_per_s\":40,");
	holds(text, "{\"op\":\"open\",\"type\":\"file\",\"count_per_s\":20,\"bytes_per_s\":null,");
	holds(text, "\"errors_per_s\":20,\"enoent_per_s\":20,\"enoent_pct\":100,\"last_errno\":\"ENOENT\"}");
	holds(text, "{\"op\":\"mkdir\",\"type\":\"file\",\"count_per_s\":0,");
	holds(text, "{\"op\":\"close\",\"type\":\"file\",\"count_per_s\":null,");
	holds(text, "{\"name\":\"fsync\",\"unit\":\"ns\",\"max_ns\":17000000,\"buckets\":[[1048576,2097152,35],[16777216,33554432,10]]}");
	free(text);
}

static void files_have_rows_and_histograms_by_filesystem(void **state)
{
	char *text;

	two_seconds();
	text = json();
	holds(text, "{\"filesystem\":\"254:0\",\"fstype\":\"ext4\",\"op\":\"fsync\",\"count_per_s\":40,");
	holds(text, "{\"filesystem\":\"(not known)\",\"fstype\":null,\"op\":\"open\",\"count_per_s\":20,");
	holds(text, "{\"name\":\"7:3 xfs fsync\",\"unit\":\"ns\",\"max_ns\":1200000,\"buckets\":[[1048576,2097152,5]]}");
	holds(text, "\"(not known) open\"");
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_OPERATIONS(name) cmocka_unit_test_setup_teardown(name, setup_operations, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_operation_has_a_histogram),
		TEST(who_is_in_the_bucket),
		TEST(the_menu_narrows_to_a_type_and_a_filesystem),
		TEST(the_table_opens_one_filesystem),
		TEST(a_process_has_its_own),
		TEST(what_is_not_counted_is_not_zero),
		TEST(any_size_of_screen),
		TEST(files_have_rows_and_histograms_by_filesystem),
		TEST_OPERATIONS(each_operation_has_a_row),
		TEST_OPERATIONS(enter_leads_to_its_latencies_and_back),
		TEST_OPERATIONS(the_way_back_is_the_way_there_reversed),
		TEST_OPERATIONS(an_entered_filesystem_has_its_own),
		TEST_OPERATIONS(files_have_every_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
