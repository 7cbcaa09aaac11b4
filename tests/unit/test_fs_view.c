/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / processes and files, the header and the page of a process: from records to the screen and into files. */
#include <stdio.h>
#include <stdlib.h>

#include "ui_priv.h"
#include "view_fs.h"
#include "world_fixture.h"

#define ROOT 0xfe00000 /* 254:0, ext4 on / */
#define SRV  0x700003  /* 7:3, xfs on /srv */
#define AWAY 0x700004  /* mounted where we are not */

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

static void put_mount(uint32_t id, uint32_t dev, const char *fstype, const char *point)
{
	struct fs_mount_rec r = {.mnt_id = id, .dev = dev, .root = "/"};

	strcpy(r.fstype, fstype);
	strcpy(r.point, point);
	record_init(&r.h, sc.now_ns, PANE_FS, FS_MOUNT, sizeof(r));
	put(sc.f, &r);
}

static void put_name(uint32_t dev, uint32_t mnt_id, uint64_t ino, const char *path)
{
	struct fs_name_rec r = {.ino = ino, .dev = dev, .mnt_id = mnt_id, .fstype = "ext4"};

	strcpy(r.path, path);
	record_init(&r.h, sc.now_ns, PANE_FS, FS_NAME, sizeof(r));
	r.h.cpu = 1;
	put(sc.f, &r);
}

/* Calls of 4 KiB and 1 ms. */
static void put_file(uint32_t pid, uint32_t dev, uint64_t ino, uint16_t type, uint32_t reads, uint32_t writes)
{
	struct fs_file_rec r = {.tgid = pid, .dev = dev, .start_ns = SEC + pid, .ino = ino, .type = type, .fstype = "ext4"};
	const uint32_t nr[2] = {reads, writes};

	for (int i = 0; i < 2; i++) {
		r.io[i] = (struct fs_io){.count = nr[i], .bytes = nr[i] * 4096ULL, .ns = nr[i] * MS, .max_ns = nr[i] ? MS : 0};
		r.io[i].slots[hist_slot(MS)] = nr[i];
	}
	record_init(&r.h, sc.now_ns, PANE_FS, FS_FILE, sizeof(r));
	put(sc.f, &r);
}

static void put_op(uint32_t pid, uint32_t dev, uint16_t op, uint32_t nr, uint64_t ns, uint32_t errors)
{
	struct fs_op_rec r = {.tgid = pid, .dev = dev, .start_ns = SEC + pid, .op = op, .enoent = errors,
			      .io = {.count = nr, .ns = nr * ns, .errors = errors, .max_ns = nr ? ns : 0}};

	r.io.slots[hist_slot(ns)] = nr;
	record_init(&r.h, sc.now_ns, PANE_FS, FS_OP, sizeof(r));
	put(sc.f, &r);
}

static void show(void)
{
	tick_and_publish(sc.f, sc.now_ns);
	ui_update(sc.ui, &sc.f->snap);
	ui_draw(sc.ui, &sc.f->snap, &sc.c);
}

static void key(int k)
{
	struct term_event ev = {.key = k};

	ui_key(sc.ui, &sc.f->snap, &ev);
	ui_draw(sc.ui, &sc.f->snap, &sc.c);
}

static void keys(const char *text)
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

static bool sees(const char *text)
{
	for (int row = 0; row < sc.c.rows; row++)
		if (strstr(line(row), text))
			return true;
	return false;
}

static void shows(const char *text)
{
	if (sees(text))
		return;
	for (int row = 0; row < sc.c.rows; row++)
		print_message("%s\n", line(row));
	fail_msg("not on the screen: %s", text);
}

static void lacks(const char *text)
{
	if (sees(text))
		fail_msg("on the screen: %s", text);
}

static char *json(void)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(ui_json(sc.ui, &sc.f->snap, f), 0);
	fclose(f);
	return text;
}

static void file_has(const char *part)
{
	char *text = json();

	if (!strstr(text, part))
		fail_msg("%s is not in %s", part, text);
	free(text);
}

static int setup_view(void **state, const char *view, int rows, int cols)
{
	struct ui_opts opts = {.meters = true, .function_bar = true, .interval_ns = SEC};
	struct err e = {""};

	if (fixture_setup(state))
		return -1;
	sc = (struct screen){.f = *state, .now_ns = T0};
	return ui_new(&opts, &sc.ui, &e) || ui_focus(sc.ui, "fs", view, &e) || canvas_init(&sc.c, rows, cols, false);
}

static int setup_processes(void **state)
{
	return setup_view(state, "processes", 30, 140);
}

static int setup_files(void **state)
{
	return setup_view(state, "files", 30, 140);
}

static int setup_small(void **state)
{
	return setup_view(state, "files", 12, 40);
}

static int teardown(void **state)
{
	ui_free(sc.ui);
	canvas_fini(&sc.c);
	return fixture_teardown(state);
}

/*
 * postgres reads and writes on / and syncs; tar reads on /srv, and what lies where we have no mount; both have sockets.
 * make looks for what is not there.
 */
static void two_seconds(void)
{
	put_mount(21, ROOT, "ext4", "/");
	put_mount(22, SRV, "xfs", "/srv");
	put_name(ROOT, 21, 5, "/var/lib/pg/base");
	put_name(SRV, 22, 6, "/backup.tar");
	put_name(AWAY, 99, 7, "/etc/passwd");
	for (uint32_t i = 0; i < 2; i++) {
		put_process("postgres", 100);
		put_process("tar", 200);
		put_process("make", 300);
		put_file(100, ROOT, 5, FS_T_REGULAR, i * 30, i * 20);
		put_file(100, 0, 0, FS_T_SOCKET, i * 70, i * 70);
		put_op(100, ROOT, FS_OP_FSYNC, i * 3, 40 * MS, 0);
		put_file(200, SRV, 6, FS_T_REGULAR, i * 500, 0);
		put_file(200, AWAY, 7, FS_T_REGULAR, i * 2, 0);
		put_file(200, SRV, 9, FS_T_DIR, i * 1, 0);
		put_file(200, ROOT, 11, FS_T_REGULAR, i * 1, 0);
		put_op(300, 0, FS_OP_OPEN, i * 60, 2000, i * 60);
		put_op(300, ROOT, FS_OP_GETATTR, i * 9, 1000, 0);
		show();
		sc.now_ns += SEC;
	}
	sc.now_ns -= SEC;
}

/* ---- processes ---- */

static void processes_have_rows_by_time(void **state)
{
	two_seconds();
	/* in the order of their time in calls on files: 0.5 s, 0.17 s, next to none */
	shows("    200 0         50.4");
	shows("    100 0         17.0");
	shows("    300 0 ");
	shows("make");
	keys("//fsync");
	key(TKEY_ESC);
	file_has("{\"pid\":100,\"ppid\":1,\"user\":\"0\",\"fs_pct\":17,\"reads_per_s\":30,\"writes_per_s\":20,\"opens_per_s\":0,"
		 "\"metadata_per_s\":0,\"read_bytes_per_s\":122880,\"write_bytes_per_s\":81920,");
	file_has("\"fsync_p99_ns\":40000000,\"filesystem\":\"/\"");
	file_has("\"other_reads_per_s\":70,\"other_writes_per_s\":70");
	file_has("\"enoent_per_s\":60");
}

static void the_detail_says_what_files_and_how_long(void **state)
{
	two_seconds();
	shows("files /srv/backup.tar r 500/s  ~/etc/passwd r 2.0/s");
	key(TKEY_DOWN);
	shows("postgres (100)");
	shows("sockets, pipes r 70/s w 70/s");
	shows("files /var/lib/pg/base r 30/s w 20/s");
	shows("fsync p99 40ms max 40ms  write p99 1.0ms max 1.0ms  read p99");
	key(TKEY_DOWN);
	shows("make (300)  errors 60/s  no such file 60/s");
	shows("files none read or written in this time");
	shows("open p99 2.0us max 2.0us");
}

static void the_header_has_the_panes_words(void **state)
{
	two_seconds();
	shows("Files r 534/s  w 20/s  2.2M/s  open 60/s");
	shows("max fsync 40ms");
}

static void the_page_has_a_line(void **state)
{
	two_seconds();
	key(TKEY_DOWN);
	key(TKEY_ENTER);
	shows("files     read 30/s  write 20/s  open 0/s  p99 40ms  fsync p99 40ms  /var/lib/pg/base r 30/s w 20/s");
	key(TKEY_TAB); /* its row, and its files */
	shows("    100 0         17.0");
	lacks("    200 0");
	key(TKEY_TAB);
	shows("/var/lib/pg/base");
	lacks("backup.tar");
	key(TKEY_ESC);
	shows("    200 0         50.4");
}

static void groups_add_up(void **state)
{
	two_seconds();
	keys("guser");
	key(TKEY_ENTER);
	shows("x3");
	shows("processes that used files 3");
	file_has("\"reads_per_s\":534,");
	file_has("\"group\":\"0\"");
}

/* ---- files ---- */

static void files_are_regular_at_first(void **state)
{
	two_seconds();
	shows("regular (g)");
	shows("/srv/backup.tar");
	shows("/var/lib/pg/base");
	lacks("(sockets)");
	keys("gall");
	key(TKEY_ENTER);
	shows("all types");
	shows("(sockets)");
	file_has("\"type\":\"socket\"");
	file_has("\"type\":\"directory\"");
	file_has("\"file\":null");
	keys("gregular");
	key(TKEY_ENTER);
	lacks("(sockets)");
}

/* What is not known to be the path is marked, and a file tells it apart. */
static void a_path_that_is_not_whole_is_marked(void **state)
{
	two_seconds();
	shows(" ~/etc/passwd");
	shows(" ~(inode 11)");
	shows(" /srv/backup.tar");
	file_has("\"file\":\"/srv/backup.tar\"");
	file_has("\"file\":\"/etc/passwd\"");
	file_has("\"whole\":\"no\"");
	file_has("\"inode\":11");
	file_has("\"opens_per_s\":\"opens are counted by process and filesystem, not by file: see processes\"");
}

static void a_file_says_how_long_it_takes(void **state)
{
	two_seconds();
	shows(" /srv/backup.tar  regular");
	shows("tar (200)  on /srv (ext4)  inode 6");
	shows("read p50 762us p99 995us max 1.0ms average 4.0K");
	key(TKEY_ENTER);
	shows("Filesystem > files > tar (200)");
}

/* Enter on a filesystem, in any of its views: what was done elsewhere is not shown, and Esc leads out. */
static void an_entered_filesystem_shows_its_own(void **state)
{
	two_seconds();
	fs_dev_enter(sc.ui, SRV, "/srv");
	ui_set_view(sc.ui, 1);
	show();
	shows("Filesystem > files > /srv > files");
	shows("/srv/backup.tar");
	lacks("pg/base");
	ui_set_view(sc.ui, 0);
	key(TKEY_HOME);
	shows("Filesystem > files > /srv > processes");
	shows("    200 0");
	lacks("    100 0");
	key(TKEY_ESC);
	lacks(" > /srv");
	shows("pg/base");
}

static void any_size_of_screen(void **state)
{
	two_seconds();
	shows("IO/s");
	shows("..");
}

/* What the kernel says of a file is raw. */
static void names_are_escaped(void **state)
{
	two_seconds();
	put_name(ROOT, 21, 5, "/tmp/\033[31mred\n");
	put_file(100, ROOT, 5, FS_T_REGULAR, 100, 20);
	sc.now_ns += SEC;
	show();
	shows("/tmp/\\e[31mred\\n");
	file_has("/tmp/\\\\e[31mred\\\\n");
}

static void without_files_it_says_so(void **state)
{
	put_process("postgres", 100);
	show();
	sc.now_ns += SEC;
	show();
	shows("no regular file was read or written in this time; g shows all types");
	ui_set_view(sc.ui, 0);
	show();
	shows("no process has used a file since the probes started");
	put_host(sc.f, 0);
	show();
	shows("needs BPF");
	shows("Files n/a");
}

#define TEST(name)	 cmocka_unit_test_setup_teardown(name, setup_files, teardown)
#define TEST_OF(name)	 cmocka_unit_test_setup_teardown(name, setup_processes, teardown)
#define TEST_SMALL(name) cmocka_unit_test_setup_teardown(name, setup_small, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_OF(processes_have_rows_by_time),
		TEST_OF(the_detail_says_what_files_and_how_long),
		TEST_OF(the_header_has_the_panes_words),
		TEST_OF(the_page_has_a_line),
		TEST_OF(groups_add_up),
		TEST(files_are_regular_at_first),
		TEST(a_path_that_is_not_whole_is_marked),
		TEST(a_file_says_how_long_it_takes),
		TEST(an_entered_filesystem_shows_its_own),
		TEST_SMALL(any_size_of_screen),
		TEST(names_are_escaped),
		TEST(without_files_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
