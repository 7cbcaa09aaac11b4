/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single operations on files: from records to rows, and what the screen and files say of them. */
#include <stdlib.h>

#include "fs_flags.h"
#include "snap_fs_events.h"
#include "ui.h"
#include "ui_priv.h"
#include "view_fs.h"
#include "world_fixture.h"

#define VDA  (254U << 20)
#define ROOT 26
#define SRV  31
#define MOUNT_NS 4026531841U

struct log {
	struct fixture *f;
	struct ui *ui;
	struct canvas c;
	uint64_t at_ns;
};

static void put_mount(struct fixture *f, uint32_t id, uint32_t dev, const char *point)
{
	struct fs_mount_rec r = { .mnt_id = id, .dev = dev, .fstype = "ext4", .root = "/" };

	strcpy(r.point, point);
	record_init(&r.h, T0, PANE_FS, FS_MOUNT, sizeof(r));
	put(f, &r);
}

static void put_demand(struct fixture *f)
{
	struct demand_rec r = { .on = DEMAND_FSLOG, .fs_slow_ns = 10 * MS, .fs_kinds = FS_EV_ALL };

	record_init(&r.h, T0, PANE_CORE, CORE_DEMAND, sizeof(r));
	put(f, &r);
}

static int setup(void **state)
{
	static struct log l;
	struct ui_opts opts = { .meters = true, .function_bar = true, .interval_ns = SEC };
	struct err e = { "" };
	void *f;

	l = (struct log){ 0 };
	if (fixture_setup(&f))
		return -1;
	l.f = f;
	tick(l.f, T0);
	put_demand(l.f);
	put_mount(l.f, ROOT, VDA, "/");
	put_mount(l.f, SRV, VDA + 1, "/srv");
	tick_and_publish(l.f, T0 + SEC);
	l.at_ns = T0 + SEC + 5 * MS;
	if (ui_new(&opts, &l.ui, &e) || ui_focus(l.ui, "fs", "events", &e))
		return -1;
	*state = &l;
	return canvas_init(&l.c, 30, 132, false);
}

static int teardown(void **state)
{
	struct log *l = *state;
	void *f = l->f;

	ui_free(l->ui);
	canvas_fini(&l->c);
	return fixture_teardown(&f);
}

/* One of process 100, on a file below /srv. */
static struct fs_event_rec event(struct log *l, enum fs_event kind, enum fs_op op, const char *path)
{
	struct fs_event_rec r = { .event = (uint8_t)kind, .op = (uint8_t)op, .dev = VDA + 1, .pid = 101, .tgid = 100,
				  .start_ns = SEC, .ino = 7, .fd = -1, .nr = REC_UNKNOWN32, .offset = REC_UNKNOWN,
				  .ns = 20 * 1000, .age_ns = REC_UNKNOWN, .mnt_id = SRV, .comm = "restic",
				  .fstype = "ext4" };

	strcpy(r.path, path);
	record_init(&r.h, l->at_ns += MS, PANE_FS, FS_EVENT, sizeof(r));
	r.h.cpu = 1;
	return r;
}

static void put_two(struct log *l, const struct fs_event_rec *e, const char *path2)
{
	struct fs_event2_rec r = { .e = *e };

	strcpy(r.path2, path2);
	record_init(&r.e.h, e->h.ts_ns, PANE_FS, FS_EVENT2, sizeof(r));
	r.e.h.cpu = 1;
	put(l->f, &r);
}

static void show(struct log *l)
{
	tick_and_publish(l->f, l->f->last_ns + SEC);
	ui_update(l->ui, &l->f->snap);
	ui_draw(l->ui, &l->f->snap, &l->c);
}

static void key(struct log *l, int k)
{
	struct term_event ev = { .key = k };

	ui_key(l->ui, &l->f->snap, &ev);
	ui_update(l->ui, &l->f->snap);
	ui_draw(l->ui, &l->f->snap, &l->c);
}

static void choose_kind(struct log *l, const char *name)
{
	key(l, 'e');
	for (; *name; name++)
		key(l, *name);
	key(l, TKEY_ENTER);
	key(l, TKEY_ESC);
}

static bool sees(struct log *l, const char *what)
{
	char text[CANVAS_COLS_MAX * 8 + 1];

	for (int row = 0; row < l->c.rows; row++) {
		text[0] = '\0';
		for (int col = 0; col < l->c.cols; col++)
			strcat(text, canvas_at(&l->c, row, col)->utf8);
		if (strstr(text, what))
			return true;
	}
	return false;
}

static const struct fs_event_row *row(const struct log *l, int i)
{
	const struct fs_events_snap *e = l->f->snap.fs_events;

	assert_non_null(e);
	assert_true(i < e->nr);
	return &e->rows[i];
}

/* The JSON of the last interval; static. */
static const char *json(struct log *l)
{
	static char text[1 << 16];
	FILE *f = fmemopen(text, sizeof(text), "w");

	assert_non_null(f);
	assert_int_equal(ui_json(l->ui, &l->f->snap, f), 0);
	fclose(f);
	return text;
}

static void a_record_becomes_a_row(void **state)
{
	struct log *l = *state;
	struct fs_event_rec r = event(l, FS_EV_READ, FS_OP_READ, "/data/wal");
	const struct fs_event_row *e;
	size_t len;

	r.flags = FS_F_SLOW | FS_F_DIRECT;
	r.bytes = 8192;
	r.offset = 1 << 20;
	r.ns = 30 * MS;
	r.fd = 5;
	r.nr = 0;
	r.mntns = 99; /* not of a mount */
	put(l->f, &r);
	show(l);
	e = row(l, 0);
	assert_int_equal(e->kind, FS_EV_READ);
	assert_int_equal(fs_event_kinds(e), 1 << FS_EV_READ | 1 << FS_EV_SLOW);
	assert_int_equal(e->began_ns, r.h.ts_ns - 30 * MS);
	assert_int_equal(e->bytes, 8192);
	assert_int_equal(e->mntns, FIG_UNKNOWN);
	assert_memory_equal(fs_event_path(l->f->snap.fs_events, e, &len), "/data/wal", 9);
	assert_int_equal(len, 9);
	fs_event_path2(l->f->snap.fs_events, e, &len);
	assert_int_equal(len, 0);
}

static void what_does_not_apply_is_not_known(void **state)
{
	struct log *l = *state;
	struct fs_event_rec r = event(l, FS_EV_OPEN, FS_OP_OPEN, "/data/wal");

	r.age_ns = 5; /* of what is not deleted */
	r.ino = 0;
	put(l->f, &r);
	show(l);
	assert_int_equal(row(l, 0)->bytes, FIG_UNKNOWN);
	assert_int_equal(row(l, 0)->age_ns, FIG_UNKNOWN);
	assert_int_equal(row(l, 0)->fd, FIG_UNKNOWN);
	assert_int_equal(row(l, 0)->ino, FIG_UNKNOWN);
}

static void only_what_came_after_the_first_tick_is_of_this_run(void **state)
{
	struct log *l = *state;
	struct fs_event_rec r = event(l, FS_EV_OPEN, FS_OP_OPEN, "/before");

	put(l->f, &r);
	tick_as(l->f, l->f->last_ns + SEC, TICK_F_FIRST, REC_UNKNOWN32);
	r = event(l, FS_EV_OPEN, FS_OP_OPEN, "/after");
	put(l->f, &r);
	show(l);
	assert_int_equal(l->f->snap.fs_events->nr, 1);
	assert_true(sees(l, "/srv/after"));
}

static void a_flood_of_opens_pushes_out_no_sync(void **state)
{
	struct log *l = *state;
	struct fs_event_rec r = event(l, FS_EV_SYNC, FS_OP_FSYNC, "/data/wal");
	const struct fs_events_snap *e;

	put(l->f, &r);
	for (int i = 0; i < 3 * FS_EVENTS_MAX; i++) {
		r = event(l, FS_EV_OPEN, FS_OP_OPEN, "/some/file");
		put(l->f, &r);
	}
	show(l);
	e = l->f->snap.fs_events;
	assert_true(e->nr <= FS_EVENTS_MAX && e->nr > FS_EVENTS_MAX / 2);
	assert_int_equal(e->rows[0].kind, FS_EV_SYNC);
	assert_int_equal(e->nr + (int)e->dropped_all, 3 * FS_EVENTS_MAX + 1);
	assert_int_equal(e->rows[e->nr - 1].log.seq, 3 * FS_EVENTS_MAX + 1);
}

/* What stands on the screen and in files of one event; each of process restic (101). */
static void each_kind_says_what_it_was(void **state)
{
	static const struct {
		enum fs_event event;
		enum fs_op op;
		int32_t error;
		uint32_t oflags, nr;
		const char *path, *path2, *line, *detail, *json;
	} cases[] = {
		{ FS_EV_OPEN, FS_OP_OPEN, 2, 02000000, 257, "none", NULL, "restic          101 O openat", "could not open  ENOENT",
		  "\"letter\":\"O\",\"call\":\"openat\",\"bytes\":null,\"offset_bytes\":null,\"latency_ns\":20000,\"age_ns\":null,"
		  "\"result\":\"ENOENT\",\"flags\":\"O_RDONLY|O_CLOEXEC\"" },
		{ FS_EV_OPEN, FS_OP_CREATE, 0, 0301, 257, "/new", NULL, "101 + openat", "made and opened",
		  "\"kind\":\"create\",\"why\":null,\"op\":\"create\"" },
		{ FS_EV_SYNC, FS_OP_FSYNC, 0, 0, 75, "/wal", NULL, "101 F fdatasync", "waited until it was on the device",
		  "\"flags\":null,\"path\":\"/srv/wal\"" },
		{ FS_EV_DELETE, FS_OP_RMDIR, 39, 0x200, 263, "/dir", NULL, "D unlinkat", "could not remove the directory  ENOTEMPTY",
		  "\"flags\":\"AT_REMOVEDIR\"" },
		{ FS_EV_RENAME, FS_OP_RENAME, 0, 1, 316, "/a", "/b/c", "/srv/a -> /srv/b/c", "to /srv/b/c",
		  "\"path2\":\"/srv/b/c\",\"whole\":\"yes\"" },
		{ FS_EV_STAT, FS_OP_GETATTR, 0, 0x100, 262, "/x", NULL, "101 t newfstatat", "asked for its attributes",
		  "\"kind\":\"stat\"" },
		{ FS_EV_SLOW, FS_OP_TRUNCATE, 0, 0, 77, "/x", NULL, "101 . ftruncate", "cut it to a length", "\"kind\":\"other\"" },
		{ FS_EV_MOUNT, FS_OP_MOUNT, 16, 7, 165, "/dev/vdb", "/there",
		  "mount(\"/dev/vdb\", \"/srv/there\", \"ext4\", MS_RDONLY|MS_NOSUID|MS_NODEV) = -EBUSY",
		  "could not mount  EBUSY", "\"mntns\":4026531841" },
		{ FS_EV_UMOUNT, FS_OP_UMOUNT, 0, 2, 166, "/there", NULL, "umount2(\"/srv/there\", MNT_DETACH) = 0",
		  "mount namespace 4026531841", "\"letter\":\"u\"" },
	};
	struct log *l = *state;

	choose_kind(l, "stat");
	strcpy(l->f->snap.m.host.machine, "x86_64");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fs_event_rec r = event(l, cases[i].event, cases[i].op, cases[i].path);
		const char *text;

		r.error = cases[i].error;
		r.oflags = cases[i].oflags;
		r.nr = cases[i].nr;
		r.mntns = MOUNT_NS;
		if (cases[i].error && !cases[i].path2)
			r.ino = 0;
		if (cases[i].path2)
			put_two(l, &r, cases[i].path2);
		else
			put(l->f, &r);
		show(l);
		strcpy(l->f->snap.m.host.machine, "x86_64"); /* the fixture's host says none */
		ui_draw(l->ui, &l->f->snap, &l->c);
		text = json(l);
		if (!sees(l, cases[i].line) || !sees(l, cases[i].detail) || !strstr(text, cases[i].json))
			fail_msg("case %zu: %s or %s is not on the screen, or %s is not in %s", i, cases[i].line,
				 cases[i].detail, cases[i].json, text);
	}
}

static void what_is_not_the_whole_path_is_marked(void **state)
{
	struct log *l = *state;
	struct fs_event_rec r = event(l, FS_EV_OPEN, FS_OP_OPEN, "/etc/passwd");

	r.mnt_id = 99; /* of another namespace */
	r.dev = VDA + 9;
	put(l->f, &r);
	show(l);
	assert_true(sees(l, "~/etc/passwd"));
	assert_non_null(strstr(json(l), "\"whole\":\"no\""));
	r = event(l, FS_EV_OPEN, FS_OP_OPEN, "../given");
	r.mnt_id = 0;
	r.ino = 0;
	r.dev = 0;
	r.error = 2;
	put(l->f, &r);
	show(l);
	assert_true(sees(l, "../given  (as the program gave it)"));
	assert_non_null(strstr(json(l), "\"path\":\"../given\",\"time\""));
	assert_non_null(strstr(json(l), "\"whole\":null"));
	r = event(l, FS_EV_OPEN, FS_OP_OPEN, "/long/path");
	r.flags = FS_F_CUT;
	put(l->f, &r);
	show(l);
	assert_non_null(strstr(json(l), "\"whole\":\"no\""));
	assert_true(sees(l, ".../long/path  (longer: its end)"));
	r = event(l, FS_EV_OPEN, FS_OP_OPEN, "last"); /* all that an old kernel tells */
	r.flags = FS_F_CUT;
	put(l->f, &r);
	show(l);
	assert_true(sees(l, ".../last  (longer: its end)"));
	assert_non_null(strstr(json(l), "\"path\":\"last\""));
}

static void hostile_names_are_escaped(void **state)
{
	struct log *l = *state;
	struct fs_event_rec r = event(l, FS_EV_RENAME, FS_OP_RENAME, "/a\033[2J");

	memcpy(r.comm, "ev\nil", 6);
	put_two(l, &r, "/b\tc");
	show(l);
	assert_true(sees(l, "/srv/a\\e[2J -> /srv/b\\tc"));
	assert_true(sees(l, "ev\\nil (101 of 100)  renamed"));
	assert_non_null(strstr(json(l), "\"path\":\"/srv/a\\\\e[2J\""));
}

static void a_short_lived_file_has_its_age(void **state)
{
	struct log *l = *state;
	struct fs_event_rec r = event(l, FS_EV_SHORT, FS_OP_UNLINK, "/tmp1");

	r.age_ns = 50 * MS;
	put(l->f, &r);
	show(l);
	assert_true(sees(l, "  20us   50ms ok"));
	assert_true(sees(l, "deleted  in 20us  it was 50ms old"));
	assert_non_null(strstr(json(l), "\"why\":\"short-lived\""));
	r = event(l, FS_EV_SHORT, FS_OP_UNLINK, "/tmp2");
	r.age_ns = 70 * MS;
	r.flags = FS_F_INFERRED;
	put(l->f, &r);
	show(l);
	assert_true(sees(l, "  20us  ~70ms ok"));
	assert_true(sees(l, "it was 70ms old, told by its name"));
	assert_non_null(strstr(json(l), "\"inferred\":\"yes\""));
}

static void put_all(struct log *l)
{
	struct fs_event_rec r = event(l, FS_EV_OPEN, FS_OP_OPEN, "/one");

	put(l->f, &r);
	r = event(l, FS_EV_OPEN, FS_OP_OPEN, "/failed");
	r.error = 13;
	put(l->f, &r);
	r = event(l, FS_EV_CREATE, FS_OP_CREATE, "/made");
	put(l->f, &r);
	r = event(l, FS_EV_SHORT, FS_OP_UNLINK, "/made");
	r.age_ns = MS;
	put(l->f, &r);
	r = event(l, FS_EV_READ, FS_OP_READ, "/slow");
	r.flags = FS_F_SLOW;
	put(l->f, &r);
	r = event(l, FS_EV_READ, FS_OP_READ, "/read");
	r.dev = VDA;
	r.mnt_id = ROOT;
	put(l->f, &r);
	show(l);
}

static void kinds_and_failures_choose_rows(void **state)
{
	struct log *l = *state;

	assert_int_equal(fs_kinds(l->ui), FS_EV_ALL & ~FS_EV_MANY);
	put_all(l);
	assert_int_equal(l->ui->list.nr, 5); /* not the read that was not slow */
	assert_false(sees(l, "without"));
	choose_kind(l, "read");
	assert_int_equal(l->ui->list.nr, 6);
	assert_true(sees(l, "with read"));
	assert_true(fs_kinds(l->ui) & 1 << FS_EV_READ);
	choose_kind(l, "open");
	assert_int_equal(l->ui->list.nr, 4); /* what was created is one of two kinds */
	assert_true(sees(l, "without open"));
	assert_false(fs_kinds(l->ui) & 1 << FS_EV_OPEN);
	choose_kind(l, "short");
	assert_int_equal(l->ui->list.nr, 4); /* it is a delete, too */
	choose_kind(l, "delete");
	assert_int_equal(l->ui->list.nr, 3);
	choose_kind(l, "open");
	key(l, 'x');
	assert_int_equal(l->ui->list.nr, 1);
	assert_true(sees(l, "failures"));
	assert_true(sees(l, "/srv/failed"));
}

static void an_entered_filesystem_shows_its_own(void **state)
{
	struct log *l = *state;

	put_all(l);
	choose_kind(l, "read");
	l->ui->fs.dev.dev = VDA;
	l->ui->list_stale = true;
	show(l);
	assert_int_equal(l->ui->list.nr, 1);
	assert_true(sees(l, "/read"));
}

static void flags_are_the_words_of_the_manual(void **state)
{
	static const struct {
		enum fs_op op;
		const char *call, *machine;
		uint32_t flags;
		const char *want;
	} cases[] = {
		{ FS_OP_OPEN, "openat", "x86_64", 0, "O_RDONLY" },
		{ FS_OP_OPEN, "openat", "x86_64", 01102, "O_RDWR|O_CREAT|O_TRUNC" },
		{ FS_OP_OPEN, "open", "x86_64", 04010001, "O_WRONLY|O_SYNC" },
		{ FS_OP_OPEN, "open", "x86_64", 010001, "O_WRONLY|O_DSYNC" },
		{ FS_OP_OPEN, "open", "x86_64", 020200002, "O_RDWR|O_TMPFILE" },
		{ FS_OP_OPEN, "open", "x86_64", 0240000, "O_RDONLY|O_DIRECT|O_DIRECTORY" },
		{ FS_OP_OPEN, "openat", "aarch64", 0240000, "O_RDONLY|O_DIRECTORY|O_DIRECT" },
		{ FS_OP_OPEN, "openat", "aarch64", 040000, "O_RDONLY|O_DIRECTORY" },
		{ FS_OP_OPEN, "openat", "x86_64", 0x80000000, "O_RDONLY|0x80000000" },
		{ FS_OP_MOUNT, "mount", "x86_64", 0x1021, "MS_RDONLY|MS_REMOUNT|MS_BIND" },
		{ FS_OP_MOUNT, "move_mount", "x86_64", 4, "MOVE_MOUNT_F_EMPTY_PATH" },
		{ FS_OP_UMOUNT, "umount2", "x86_64", 10, "MNT_DETACH|UMOUNT_NOFOLLOW" },
		{ FS_OP_FSYNC, "msync", "x86_64", 4, "MS_SYNC" },
		{ FS_OP_FSYNC, "sync_file_range", "x86_64", 2, "SYNC_FILE_RANGE_WRITE" },
		{ FS_OP_FSYNC, "fsync", "x86_64", 77, "" },
		{ FS_OP_UNLINK, "unlinkat", "x86_64", 0x200, "AT_REMOVEDIR" },
		{ FS_OP_GETATTR, "statx", "x86_64", 0, "" },
		{ FS_OP_READ, NULL, "", 5, "" },
	};
	char buf[400], small[16];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = fs_flags_words(buf, sizeof(buf), cases[i].op, cases[i].call, cases[i].machine,
					    cases[i].flags);

		assert_string_equal(buf, cases[i].want);
		assert_int_equal(len, strlen(buf));
	}
	/* A word that does not fit is left out whole. */
	fs_flags_words(small, sizeof(small), FS_OP_OPEN, "open", "x86_64", 01102);
	assert_string_equal(small, "O_RDWR|O_CREAT");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_becomes_a_row),
		TEST(what_does_not_apply_is_not_known),
		TEST(only_what_came_after_the_first_tick_is_of_this_run),
		TEST(a_flood_of_opens_pushes_out_no_sync),
		TEST(each_kind_says_what_it_was),
		TEST(what_is_not_the_whole_path_is_marked),
		TEST(hostile_names_are_escaped),
		TEST(a_short_lived_file_has_its_age),
		TEST(kinds_and_failures_choose_rows),
		TEST(an_entered_filesystem_shows_its_own),
		cmocka_unit_test(flags_are_the_words_of_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
