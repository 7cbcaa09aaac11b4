/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounts and names of files: from records to rows, look-ups, marks and the alert. */
#include <errno.h>

#include "fs_mounts_view.h"
#include "marks.h"
#include "snap_fs_mounts.h"
#include "snap_fs_names.h"
#include "world_fixture.h"

#define DEV(major, minor) ((uint32_t)(major) << 20 | (minor))
#define VDA DEV(254, 0)
#define SDA DEV(8, 0)

struct mnt {
	uint32_t id, parent, dev, flags;
	const char *type, *root, *point;
};

static void put_mount(struct fixture *f, struct mnt m)
{
	struct fs_mount_rec r = {.mnt_id = m.id, .parent = m.parent, .dev = m.dev, .flags = m.flags, .source = "src", .options = "rw"};

	snprintf(r.fstype, sizeof(r.fstype), "%s", m.type ? m.type : "ext4");
	snprintf(r.root, sizeof(r.root), "%s", m.root ? m.root : "/");
	snprintf(r.point, sizeof(r.point), "%s", m.point);
	record_init(&r.h, T0, PANE_FS, FS_MOUNT, sizeof(r));
	put(f, &r);
}

static void put_usage(struct fixture *f, struct fs_usage_rec r)
{
	record_init(&r.h, T0, PANE_FS, FS_USAGE, sizeof(r));
	put(f, &r);
}

static void put_waiter(struct fixture *f, uint32_t mnt_id, uint32_t pid, const char *comm)
{
	struct fs_waiter_rec r = {.mnt_id = mnt_id, .pid = pid, .tgid = pid, .nr = 0};

	snprintf(r.comm, sizeof(r.comm), "%s", comm);
	record_init(&r.h, T0, PANE_FS, FS_WAITER, sizeof(r));
	put(f, &r);
}

static const struct fs_mount_row *row(const struct fixture *f, uint32_t mnt_id)
{
	const struct fs_mount_row *r = snapshot_fs_mount(&f->snap, mnt_id);

	assert_non_null(r);
	return r;
}

static const struct mnt root = {27, 1, VDA, .point = "/"};

/* ---- order, and what names a filesystem ---- */

static void rows_stand_by_mount_point(void **state)
{
	static const struct mnt mounts[] = {
		{50, 27, SDA, .point = "/a-"}, {51, 27, SDA, FS_MOUNT_F_BIND, .point = "/a/b"}, {52, 27, DEV(0, 5), .point = "/a"},
		{27, 1, VDA, .point = "/"}, {54, 27, DEV(0, 6), FS_MOUNT_F_HIDDEN, .point = "/a/b/c"}, {53, 54, DEV(0, 7), .point = "/a/b/c"},
	};
	static const uint32_t order[] = {27, 52, 51, 54, 53, 50};
	struct fixture *f = *state;

	for (size_t i = 0; i < 6; i++)
		put_mount(f, mounts[i]);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.fs_mounts->rows_nr, 6);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(f->snap.fs_mounts->rows[i].mnt_id, order[i]);
		assert_int_equal(f->snap.fs_mounts->rows[i].place, i);
	}
	assert_ptr_equal(&f->snap.fs_mounts->rows[row(f, 53)->above], row(f, 54));
	assert_int_equal(row(f, 27)->above, -1); /* its parent is not ours to see */
	/* of two whole ones the shorter path; nothing that is hidden */
	assert_ptr_equal(snapshot_fs_main(&f->snap, SDA), row(f, 50));
	assert_true(row(f, 50)->main && !row(f, 51)->main && !row(f, 54)->main && row(f, 53)->main);
}

static void the_whole_of_a_filesystem_names_it_before_a_part(void **state)
{
	struct fixture *f = *state;
	char buf[64];

	put_mount(f, (struct mnt){30, 27, SDA, FS_MOUNT_F_BIND, "xfs", "/log", "/l"});
	put_mount(f, (struct mnt){31, 27, SDA, 0, "xfs", "/", "/srv/data"});
	tick_and_publish(f, T0);
	assert_string_equal(snapshot_fs_name(&f->snap, SDA, buf, sizeof(buf)), "/srv/data");
	assert_string_equal(snapshot_fs_type(&f->snap, SDA), "xfs");
	assert_string_equal(snapshot_fs_name(&f->snap, DEV(8, 3), buf, sizeof(buf)), "8:3");
	assert_string_equal(snapshot_fs_type(&f->snap, DEV(8, 3)), "");
	assert_null(snapshot_fs_main(&f->snap, 0));
}

static void a_mount_goes_and_its_number_is_another_ones(void **state)
{
	struct fixture *f = *state;

	put_mount(f, (struct mnt){30, 27, SDA, .point = "/x"});
	put_usage(f, (struct fs_usage_rec){.mnt_id = 30, .dev = SDA, .total_bytes = 100, .free_bytes = 50, .avail_bytes = 50});
	tick_and_publish(f, T0);
	assert_int_equal(row(f, 30)->size_bytes, 100);
	put_mount(f, (struct mnt){30, 27, SDA, FS_MOUNT_F_READ_ONLY, .point = "/x"}); /* remounted: the same */
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row(f, 30)->size_bytes, 100);
	put_mount(f, (struct mnt){30, 27, VDA, .point = "/y"});
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row(f, 30)->size_bytes, FIG_UNKNOWN);
	/* what was asked of the old one comes late */
	put_usage(f, (struct fs_usage_rec){.mnt_id = 30, .dev = SDA, .total_bytes = 100});
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(row(f, 30)->size_bytes, FIG_UNKNOWN);
	put_mount(f, (struct mnt){30, 27, VDA, FS_MOUNT_F_GONE, .point = "/y"});
	tick_and_publish(f, T0 + 4 * SEC);
	assert_int_equal(f->snap.fs_mounts->rows_nr, 0);
}

/* ---- figures ---- */

static void figures_are_those_of_df(void **state)
{
	static const struct { uint64_t total, free, avail; int64_t used, use_pct; } rows[] = {
		{1000, 400, 300, 600, 66667},	/* 66.66..: rounded up */
		{1000, 0, 0, 1000, 100000},
		{1000, 1000, 1000, 0, 0},
		{1000000000, 999999999, 999999999, 1, 1}, /* df says 1 % of one block */
		{0, 0, 0, 0, FIG_UNKNOWN},
		{1000, REC_UNKNOWN, 300, FIG_UNKNOWN, FIG_UNKNOWN},
		{1000, 2000, 300, FIG_UNKNOWN, FIG_UNKNOWN}, /* more is free than there is */
		{INT64_MAX, 1, INT64_MAX, INT64_MAX - 1, 50000},
	};
	struct fixture *f = *state;

	put_mount(f, root);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_usage(f, (struct fs_usage_rec){.mnt_id = 27, .dev = VDA, .total_bytes = rows[i].total,
						   .free_bytes = rows[i].free, .avail_bytes = rows[i].avail});
		tick_and_publish(f, T0 + i * SEC);
		assert_int_equal(row(f, 27)->size_bytes, rows[i].total);
		assert_int_equal(row(f, 27)->used_bytes, rows[i].used);
		assert_int_equal(row(f, 27)->use_pct, rows[i].use_pct);
	}
}

static void without_inodes_there_are_none_to_count(void **state)
{
	struct fixture *f = *state;

	put_mount(f, root);
	put_usage(f, (struct fs_usage_rec){.mnt_id = 27, .dev = VDA, .inodes = 0});
	tick_and_publish(f, T0);
	assert_true(row(f, 27)->inodes == FIG_UNKNOWN && row(f, 27)->inode_use_pct == FIG_UNKNOWN);
	put_usage(f, (struct fs_usage_rec){.mnt_id = 27, .dev = VDA, .inodes = 50, .inodes_free = 20});
	tick_and_publish(f, T0 + SEC);
	assert_true(row(f, 27)->inodes_used == 30 && row(f, 27)->inode_use_pct == 60000);
}

static void what_did_not_answer_has_no_figures(void **state)
{
	struct fixture *f = *state;
	char buf[32];

	put_mount(f, root);
	tick_and_publish(f, T0);
	assert_true(!row(f, 27)->asked && row(f, 27)->size_bytes == FIG_UNKNOWN && row(f, 27)->age_ns == FIG_UNKNOWN);
	assert_string_equal(fs_mount_state(row(f, 27), buf, sizeof(buf)), "");
	put_usage(f, (struct fs_usage_rec){.mnt_id = 27, .dev = VDA, .state = FS_USAGE_ERROR, .error = ENOTCONN, .asked_ns = T0});
	tick_and_publish(f, T0 + SEC);
	assert_true(row(f, 27)->size_bytes == FIG_UNKNOWN && row(f, 27)->inodes == FIG_UNKNOWN);
	assert_string_equal(fs_mount_state(row(f, 27), buf, sizeof(buf)), "ENOTCONN");
	put_usage(f, (struct fs_usage_rec){.mnt_id = 27, .dev = VDA, .state = FS_USAGE_ERROR, .error = 4711, .asked_ns = T0});
	tick_and_publish(f, T0 + 2 * SEC);
	assert_string_equal(fs_mount_state(row(f, 27), buf, sizeof(buf)), "error 4711");
	put_usage(f, (struct fs_usage_rec){.mnt_id = 27, .dev = VDA, .asked_ns = T0 + 2 * SEC});
	tick_and_publish(f, T0 + 5 * SEC);
	assert_string_equal(fs_mount_state(row(f, 27), buf, sizeof(buf)), "ok");
	assert_int_equal(row(f, 27)->age_ns, 3 * SEC);
}

/* ---- what hangs ---- */

static void hang(struct fixture *f, uint32_t id, uint32_t dev, uint64_t since_ns)
{
	put_usage(f, (struct fs_usage_rec){.mnt_id = id, .dev = dev, .state = FS_USAGE_HUNG, .asked_ns = since_ns,
					   .total_bytes = REC_UNKNOWN});
}

static void a_mount_that_hangs_has_an_age_and_an_alert(void **state)
{
	struct fixture *f = *state;
	char buf[200];

	put_mount(f, root);
	put_mount(f, (struct mnt){40, 27, DEV(0, 40), FS_MOUNT_F_NETWORK, "nfs4", "/", "/srv/\033dead"});
	put_mount(f, (struct mnt){41, 27, DEV(0, 41), FS_MOUNT_F_NETWORK, "fuse.x", "/", "/mnt"});
	tick_and_publish(f, T0);
	assert_false(fs_hung_alert(&f->snap, false, buf, sizeof(buf)));
	assert_false(mark_machine_over(MARK_FS_HUNG, &f->snap));

	hang(f, 40, DEV(0, 40), T0 - 3 * SEC);
	hang(f, 41, DEV(0, 41), T0);
	put_waiter(f, 40, 99, "ls\n");
	put_waiter(f, 40, 12, "rsync");
	tick_and_publish(f, T0 + 40 * SEC);
	assert_int_equal(row(f, 40)->hung_ns, 43 * SEC);
	assert_int_equal(row(f, 40)->waiters, 2);
	assert_true(f->snap.fs_mounts->hung == row(f, 40) && f->snap.fs_mounts->hung_nr == 2);
	assert_true(mark_machine_over(MARK_FS_HUNG, &f->snap) && mark_pane(PANE_FS, &f->snap));
	assert_true(fs_hung_alert(&f->snap, false, buf, sizeof(buf)));
	assert_string_equal(buf, "mount /srv/\\edead (nfs4) HUNG for 43s, 1 more hang; waiting: rsync(12) ls\\n(99)");
	/* cut, but whole as a string */
	assert_true(fs_hung_alert(&f->snap, false, buf, 20));
	assert_int_equal(strlen(buf), 19);
	/* beside what the kernel said */
	snprintf(buf, sizeof(buf), "OOM kill");
	fs_hung_before(&f->snap, false, buf, sizeof(buf));
	assert_string_equal(buf, "mount /srv/\\edead HUNG 43s; OOM kill");
	snprintf(buf, sizeof(buf), "OOM kill");
	fs_hung_before(&f->snap, false, buf, 34);
	assert_string_equal(buf, "mount /srv/\\edead HUNG 43s; OOM k");

	/* its age grows without a record; who waits is told each time */
	tick_and_publish(f, T0 + 50 * SEC);
	assert_int_equal(row(f, 40)->hung_ns, 53 * SEC);
	assert_int_equal(row(f, 40)->waiters, 0);
	put_usage(f, (struct fs_usage_rec){.mnt_id = 40, .dev = DEV(0, 40), .asked_ns = T0 + 51 * SEC});
	put_mount(f, (struct mnt){41, 27, DEV(0, 41), FS_MOUNT_F_GONE, "fuse.x", "/", "/mnt"});
	tick_and_publish(f, T0 + 52 * SEC);
	assert_null(f->snap.fs_mounts->hung);
	assert_int_equal(row(f, 40)->hung_ns, 0);
}

static void more_waiters_than_there_is_room_for(void **state)
{
	struct fixture *f = *state;
	const struct fs_waiter_rec *w;

	put_mount(f, root);
	for (uint32_t i = 1; i <= FS_WAITING_MAX + 10; i++)
		put_waiter(f, i % 2 ? 27 : 28, i, "x");
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.fs_mounts->waiters_nr, FS_WAITING_MAX);
	assert_int_equal(snapshot_fs_waiters(&f->snap, 27, &w), FS_WAITING_MAX / 2);
	assert_true(w[0].pid == 1 && w[1].pid == 3);
	assert_int_equal(snapshot_fs_waiters(&f->snap, 29, &w), 0);
}

static void marks_of_what_is_full(void **state)
{
	struct fixture *f = *state;

	put_mount(f, root);
	put_mount(f, (struct mnt){30, 27, SDA, FS_MOUNT_F_READ_ONLY, "squashfs", "/", "/snap"});
	put_usage(f, (struct fs_usage_rec){.mnt_id = 30, .dev = SDA, .total_bytes = 100, .inodes = 10}); /* all in use */
	put_usage(f, (struct fs_usage_rec){.mnt_id = 27, .dev = VDA, .total_bytes = 1000, .free_bytes = 50, .avail_bytes = 50,
					   .inodes = 100, .inodes_free = 10});
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.fs_mounts->use_pct, 95000); /* not above */
	assert_int_equal(f->snap.fs_mounts->inode_use_pct, 90000);
	assert_false(mark_pane(PANE_FS, &f->snap));
	put_usage(f, (struct fs_usage_rec){.mnt_id = 27, .dev = VDA, .total_bytes = 1000, .free_bytes = 49, .avail_bytes = 49,
					   .inodes = 100, .inodes_free = 9});
	tick_and_publish(f, T0 + SEC);
	assert_true(mark_machine_over(MARK_FS_FULL, &f->snap) && mark_machine_over(MARK_FS_INODES, &f->snap));
}

/* ---- paths ---- */

static void paths_begin_at_the_mount(void **state)
{
	static const struct { uint32_t mnt_id, dev; const char *path, *want; bool whole; } rows[] = {
		{27, VDA, "/etc/passwd", "/etc/passwd", true},
		{27, VDA, "/", "/", true},
		{30, SDA, "/a/b", "/srv/a/b", true},
		{30, SDA, "/", "/srv", true},
		{31, SDA, "/log/x", "/var/log/x", true}, /* a part of it is mounted there */
		{31, SDA, "/log", "/var/log", true},
		{31, SDA, "/logs/x", "/srv/logs/x", false}, /* not below that part: moved away since then */
		{0, SDA, "/log/x", "/srv/log/x", true},	    /* the kernel does not tell by which */
		{99, SDA, "/log/x", "/srv/log/x", false},   /* another namespace's */
		{99, DEV(8, 9), "/log/x", "/log/x", false},
		{0, DEV(8, 9), "/log/x", "/log/x", false},
		{0, DEV(0, 50), "/data/x", "/data/x", true}, /* only a part of it is mounted */
		{0, DEV(0, 50), "/other/x", "/other/x", false},
	};
	struct fixture *f = *state;
	char buf[FS_PATH_MAX];

	put_mount(f, root);
	put_mount(f, (struct mnt){30, 27, SDA, .point = "/srv"});
	put_mount(f, (struct mnt){31, 27, SDA, FS_MOUNT_F_BIND, NULL, "/log", "/var/log"});
	put_mount(f, (struct mnt){32, 27, DEV(0, 50), FS_MOUNT_F_BIND, "btrfs", "/data", "/data"});
	tick_and_publish(f, T0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(snapshot_fs_path(&f->snap, rows[i].mnt_id, rows[i].dev, rows[i].path, FS_NAME_BYTES, buf, sizeof(buf)),
				 rows[i].whole);
		assert_string_equal(buf, rows[i].want);
	}
}

static void put_name(struct fixture *f, uint64_t ino, const char *path, uint16_t flags)
{
	struct fs_name_rec r = {.ino = ino, .dev = SDA, .mnt_id = 30, .flags = flags};

	memcpy(r.path, path, strnlen(path, sizeof(r.path)));
	record_init(&r.h, T0, PANE_FS, FS_NAME, sizeof(r));
	r.h.cpu = 0;
	put(f, &r);
}

static void names_of_files(void **state)
{
	struct fixture *f = *state;
	char buf[FS_PATH_MAX], full[FS_NAME_BYTES + 1], want[FS_PATH_MAX];

	put_mount(f, (struct mnt){30, 27, SDA, .point = "/srv"});
	put_name(f, 1, "/a", 0);
	put_name(f, 2, "/y/z", FS_F_CUT);
	put_name(f, 3, "z", FS_F_CUT); /* a kernel that tells the last name alone */
	put_name(f, 4, "", FS_F_CUT);
	memset(full, 'x', sizeof(full));
	full[0] = '/';
	full[FS_NAME_BYTES - 1] = 0;
	put_name(f, 5, full, FS_F_CUT);
	tick_and_publish(f, T0);
	assert_true(snapshot_fs_file(&f->snap, SDA, 1, buf, sizeof(buf)));
	assert_string_equal(buf, "/srv/a");
	assert_false(snapshot_fs_file(&f->snap, SDA, 2, buf, sizeof(buf)));
	assert_string_equal(buf, "/srv/.../y/z");
	assert_false(snapshot_fs_file(&f->snap, SDA, 3, buf, sizeof(buf)));
	assert_string_equal(buf, "/srv/.../z");
	assert_false(snapshot_fs_file(&f->snap, SDA, 4, buf, sizeof(buf)));
	assert_string_equal(buf, "");
	assert_false(snapshot_fs_file(&f->snap, SDA, 5, buf, sizeof(buf))); /* it begins within a name */
	snprintf(want, sizeof(want), "/srv/...%s", full + 1);
	assert_string_equal(buf, want);
	assert_false(snapshot_fs_file(&f->snap, SDA, 6, buf, sizeof(buf)));
	assert_string_equal(buf, "");
	put_name(f, 1, "/new", 0); /* the number has a new file */
	tick_and_publish(f, T0 + SEC);
	assert_true(snapshot_fs_file(&f->snap, SDA, 1, buf, sizeof(buf)));
	assert_string_equal(buf, "/srv/new");
}

/* Of a file that is read all the time the name was told long ago. */
static void a_file_in_use_keeps_its_name(void **state)
{
	struct fixture *f = *state;
	struct fs_file_rec used = {.tgid = 1, .dev = SDA, .start_ns = 1, .ino = 1};
	char buf[FS_PATH_MAX];

	record_init(&used.h, T0, PANE_FS, FS_FILE, sizeof(used));
	put_name(f, 1, "/used", 0);
	put_name(f, 2, "/unused", 0);
	for (uint64_t i = 3; i < 60000; i++) {
		put_name(f, i, "/other", 0);
		if (i % 10000 == 0)
			put(f, &used);
	}
	tick_and_publish(f, T0);
	snapshot_fs_file(&f->snap, SDA, 1, buf, sizeof(buf));
	assert_string_equal(buf, "/used");
	assert_null(snapshot_fs_named(&f->snap, SDA, 2));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(rows_stand_by_mount_point),
		TEST(the_whole_of_a_filesystem_names_it_before_a_part),
		TEST(a_mount_goes_and_its_number_is_another_ones),
		TEST(figures_are_those_of_df),
		TEST(without_inodes_there_are_none_to_count),
		TEST(what_did_not_answer_has_no_figures),
		TEST(a_mount_that_hangs_has_an_age_and_an_alert),
		TEST(more_waiters_than_there_is_room_for),
		TEST(marks_of_what_is_full),
		TEST(paths_begin_at_the_mount),
		TEST(names_of_files),
		TEST(a_file_in_use_keeps_its_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
