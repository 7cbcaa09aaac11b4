/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounts: lines of mountinfo, what they say together, the book, askers, and who waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdatomic.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <cmocka.h>

#include "files.h"
#include "fixture.h"
#include "inventory.h"
#include "mounts.h"
#include "record.h"

#define DEV(major, minor) ((uint32_t)(major) << 20 | (minor))

static struct text text(const char *s)
{
	return (struct text){s, s + strlen(s)};
}

static void lines(void **state)
{
	static const struct {
		const char *text, *root, *point, *type, *source, *options;
		uint32_t id, parent, dev, flags;
		bool may_hang;
	} rows[] = {
		{"27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard", "/", "/", "ext4", "/dev/vda", "rw,relatime,discard", 27, 1,
		 DEV(254, 0), 0, false},
		/* optional fields, one or several; a read-only filesystem below a mount that says rw */
		{"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root ro,errors=continue", "/mnt1", "/mnt2", "ext3",
		 "/dev/root", "ro,noatime,errors=continue", 36, 35, DEV(98, 0), FS_MOUNT_F_READ_ONLY, false},
		{"40 27 0:40 / /a\\040b\\011c\\012d\\134e ro - nfs4 nas:/x\\040y rw,hard", "/", "/a b\tc\nd\\e", "nfs4", "nas:/x y", "ro,hard",
		 40, 27, DEV(0, 40), FS_MOUNT_F_NETWORK | FS_MOUNT_F_READ_ONLY, true},
		{"41 27 0:41 / /mnt rw - fuse.sshfs a@b:/ rw", "/", "/mnt", "fuse.sshfs", "a@b:/", "rw", 41, 27, DEV(0, 41),
		 FS_MOUNT_F_NETWORK, true},
		{"42 27 0:42 / /proc rw - proc proc rw", "/", "/proc", "proc", "proc", "rw", 42, 27, DEV(0, 42), FS_MOUNT_F_PSEUDO, false},
		{"43 27 0:43 / /merged rw - overlay overlay rw,lowerdir=/l", "/", "/merged", "overlay", "overlay", "rw,lowerdir=/l", 43, 27,
		 DEV(0, 43), 0, false},
		/* a type that nobody here has heard of may hang */
		{"44 27 0:44 / /x rw - newfs none rw", "/", "/x", "newfs", "none", "rw", 44, 27, DEV(0, 44), 0, true},
		/* a word that is no escape stays */
		{"45 27 259:70000 / /x\\9zz rw - xfs /dev/nvme rw", "/", "/x\\9zz", "xfs", "/dev/nvme", "rw", 45, 27, DEV(259, 70000), 0, false},
	};
	struct mount_line l;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(mounts_parse(text(rows[i].text), &l));
		assert_string_equal(l.rec.root, rows[i].root);
		assert_string_equal(l.rec.point, rows[i].point);
		assert_string_equal(l.point, rows[i].point);
		assert_string_equal(l.rec.fstype, rows[i].type);
		assert_string_equal(l.rec.source, rows[i].source);
		assert_string_equal(l.rec.options, rows[i].options);
		assert_true(l.rec.mnt_id == rows[i].id && l.rec.parent == rows[i].parent && l.rec.dev == rows[i].dev);
		assert_int_equal(l.rec.flags, rows[i].flags);
		assert_int_equal(l.may_hang, rows[i].may_hang);
		free(l.point);
	}
}

static void what_is_no_line(void **state)
{
	static const char *const rows[] = {
		"", "27", "27 1 254:0 / /", "27 1 254:0 / / rw,relatime", "27 1 254:0 / / rw shared:1 ext4 /dev/vda rw",
		"x 1 254:0 / / rw - ext4 /dev/vda rw", "27 1 254 / / rw - ext4 /dev/vda rw",
		"27 1 254:0000000000000000000000000000000000000000000000000000000000000000000000 / / rw - ext4 /dev/vda rw",
	};
	struct mount_line l;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(mounts_parse(text(rows[i]), &l));
}

static void of_a_long_mount_point_the_end_is_told(void **state)
{
	char line[1024], point[400];
	struct mount_line l;

	memset(point, 'x', sizeof(point));
	memcpy(point, "/begin", 6);
	memcpy(point + sizeof(point) - 5, "/end", 5);
	snprintf(line, sizeof(line), "27 1 254:0 / %s rw - ext4 /dev/vda rw", point);
	assert_true(mounts_parse(text(line), &l));
	assert_string_equal(l.point, point);
	assert_int_equal(strlen(l.rec.point), sizeof(l.rec.point) - 1);
	assert_string_equal(l.rec.point, point + strlen(point) - (sizeof(l.rec.point) - 1));
	free(l.point);
}

/* ---- together ---- */

static int parse(const char *info, struct mount_line *ret)
{
	struct text t = text(info), line;
	int nr = 0;

	while (parse_line(&t, &line))
		nr += mounts_parse(line, &ret[nr]);
	mounts_relate(ret, nr);
	return nr;
}

static void what_lies_over_what(void **state)
{
	static const char info[] = "1 1 0:1 / / rw - rootfs none rw\n"
				   "20 1 254:0 / / rw - ext4 /dev/vda rw\n"
				   "21 20 0:5 / /dev rw - devtmpfs dev rw\n"
				   "22 21 0:6 / /dev/shm rw - tmpfs shm rw\n"
				   "23 22 0:7 / /dev/shm rw - tmpfs shm rw\n" /* on the root of 22 */
				   "24 20 0:8 / /a/b rw - tmpfs x rw\n"
				   "25 24 0:9 / /a/b/c rw - tmpfs x rw\n"
				   "26 20 0:10 / /a rw - tmpfs x rw\n" /* beside 24, over its path: 25 is lost with it */
				   "27 20 0:11 / /ab rw - tmpfs x rw\n"
				   "28 23 0:12 / /dev/shm/in rw - tmpfs x rw\n";
	static const uint32_t hidden[] = {22, 24, 25};
	struct mount_line l[16];
	int nr = parse(info, l);

	assert_int_equal(nr, 10);
	for (int i = 0; i < nr; i++) {
		bool want = false;

		for (size_t j = 0; j < sizeof(hidden) / sizeof(hidden[0]); j++)
			want = want || l[i].rec.mnt_id == hidden[j];
		/* The first root is covered, too; what the kernel shows of it has no use of its own. */
		if (l[i].rec.mnt_id != 1) {
			assert_int_equal(!!(l[i].rec.flags & FS_MOUNT_F_HIDDEN), want);
			assert_int_equal(l[i].ask, !want);
		}
		free(l[i].point);
	}
}

static void binds_and_ways_through_what_may_hang(void **state)
{
	static const char info[] = "20 1 254:0 / / rw - ext4 /dev/vda rw\n"
				   "21 20 254:0 /srv /mnt/srv rw - ext4 /dev/vda rw\n" /* a part */
				   "22 20 8:0 / /x rw - xfs /dev/sda rw\n"
				   "23 20 8:0 / /y rw - xfs /dev/sda rw\n" /* the whole again */
				   "24 20 0:30 / /net rw - nfs4 nas:/ rw\n"
				   "25 24 8:16 / /net/disk rw - ext4 /dev/sdb rw\n"
				   "26 25 0:31 / /net/disk/tmp rw - tmpfs t rw\n"
				   "27 20 0:32 / /auto rw - autofs systemd-1 rw\n";
	static const struct { uint32_t flags; bool may_hang, ask; } want[] = {
		{0, false, true}, {FS_MOUNT_F_BIND, false, true}, {0, false, true}, {FS_MOUNT_F_BIND, false, true},
		{FS_MOUNT_F_NETWORK, true, true}, {0, true, true}, {FS_MOUNT_F_PSEUDO, true, true}, {FS_MOUNT_F_PSEUDO, false, false},
	};
	struct mount_line l[16];
	int nr = parse(info, l);

	assert_int_equal(nr, 8);
	for (int i = 0; i < nr; i++) {
		assert_int_equal(l[i].rec.flags, want[i].flags);
		assert_int_equal(l[i].may_hang, want[i].may_hang);
		assert_int_equal(l[i].ask, want[i].ask);
		free(l[i].point);
	}
}

/* Numbers come from a file: a ring of parents ends all the same. */
static void parents_in_a_ring(void **state)
{
	struct mount_line l[4];
	int nr = parse("1 2 0:1 / /a rw - tmpfs t rw\n2 1 0:2 / /b rw - nfs t rw\n3 9 0:3 / /c rw - tmpfs t rw\n", l);

	assert_int_equal(nr, 3);
	assert_true(l[0].may_hang && l[1].may_hang && !l[2].may_hang);
	for (int i = 0; i < nr; i++)
		free(l[i].point);
}

/* ---- the book ---- */

static struct {
	struct fs_mount_rec mounts[8];
	struct fs_usage_rec usages[8];
	int mounts_nr, usages_nr;
} told;

static void take(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(record_check(ev, ev->size), 0);
	assert_int_equal(ev->pane, PANE_FS);
	if (ev->kind == FS_MOUNT)
		memcpy(&told.mounts[told.mounts_nr++ % 8], ev, sizeof(told.mounts[0]));
	else if (ev->kind == FS_USAGE)
		memcpy(&told.usages[told.usages_nr++ % 8], ev, sizeof(told.usages[0]));
	else
		fail();
}

static bool always(void *ctx)
{
	return true;
}

static int read_and_take(struct mount_book *b, const char *info)
{
	memset(&told, 0, sizeof(told));
	if (info) {
		fixture_text("/proc/self/mountinfo", info);
		b->stale = true;
	}
	assert_true(mount_book_due(b, files_now_ns(), true));
	mount_book_read(b, always, NULL);
	return mount_book_take(b, files_now_ns(), take, NULL);
}

static void mounts_come_change_and_go(void **state)
{
	struct mount_book b;
	struct statvfs vfs;

	fixture_dirs("/x/.");
	fixture_text("/proc/self/mountinfo", "20 1 254:0 / /x rw - ext4 /dev/vda rw\n");
	assert_int_equal(mount_book_init(&b, fixture_root), 0);
	assert_int_equal(read_and_take(&b, NULL), 2);
	assert_int_equal(statvfs(fixture_path("/x"), &vfs), 0);
	assert_true(told.usages[0].mnt_id == 20 && told.usages[0].dev == DEV(254, 0) && told.usages[0].state == FS_USAGE_OK);
	assert_int_equal(told.usages[0].total_bytes, vfs.f_blocks * vfs.f_frsize);
	assert_int_equal(told.usages[0].inodes, vfs.f_files);

	/* nothing new but the answer; then another option; then another mount under the same number */
	assert_int_equal(read_and_take(&b, NULL), 1);
	assert_int_equal(read_and_take(&b, "20 1 254:0 / /x ro - ext4 /dev/vda rw\n"), 2);
	assert_true(told.mounts[0].flags & FS_MOUNT_F_READ_ONLY);
	assert_int_equal(read_and_take(&b, "20 1 254:1 / /y rw - ext4 /dev/vdb rw\n"), 2);
	assert_string_equal(told.mounts[0].point, "/y");
	assert_true(told.usages[0].state == FS_USAGE_ERROR && told.usages[0].error == ENOENT);
	assert_true(told.usages[0].total_bytes == REC_UNKNOWN && told.usages[0].inodes == REC_UNKNOWN);

	assert_int_equal(read_and_take(&b, ""), 1);
	assert_true(told.mounts[0].mnt_id == 20 && told.mounts[0].flags & FS_MOUNT_F_GONE);
	assert_int_equal(read_and_take(&b, NULL), 0);
	mount_book_stop(&b);
	mount_book_fini(&b);
}

static void a_list_that_is_read_twice_before_it_is_handed_over_is_told(void **state)
{
	struct mount_book b;

	fixture_dirs("/x/.");
	fixture_text("/proc/self/mountinfo", "20 1 254:0 / /x rw - ext4 /dev/vda rw\n");
	assert_int_equal(mount_book_init(&b, fixture_root), 0);
	assert_true(mount_book_due(&b, files_now_ns(), true));
	mount_book_read(&b, always, NULL);
	b.stale = true;
	assert_int_equal(read_and_take(&b, NULL), 2);
	assert_true(told.mounts_nr == 1 && told.mounts[0].mnt_id == 20);
	mount_book_stop(&b);
	mount_book_fini(&b);
}

static void a_round_is_due_when_something_asks_for_it(void **state)
{
	struct mount_book b;
	uint64_t now_ns = files_now_ns();

	fixture_text("/proc/self/mountinfo", "20 1 254:0 / /x rw - ext4 /dev/vda rw\n");
	assert_int_equal(mount_book_init(&b, fixture_root), 0);
	assert_true(mount_book_due(&b, now_ns, false)); /* the first */
	assert_false(mount_book_due(&b, now_ns, true)); /* one is at work */
	mount_book_read(&b, always, NULL);
	assert_false(mount_book_due(&b, now_ns + 1000000000, false));
	assert_true(mount_book_due(&b, now_ns + 1000000000, true));
	mount_book_unclaim(&b);
	assert_true(mount_book_due(&b, now_ns + 12000000000, false)); /* the slow pace */
	mount_book_unclaim(&b);
	b.any_hung = true;
	assert_true(mount_book_due(&b, now_ns + 12000000001, false));
	mount_book_stop(&b);
	mount_book_fini(&b);
}

static bool never(void *ctx)
{
	return false;
}

/* Another round may be at work: one that was given up claims nothing, and lets nothing go. */
static void a_round_that_was_given_up_ends_quietly(void **state)
{
	struct mount_book b;

	fixture_text("/proc/self/mountinfo", "20 1 254:0 / / rw - ext4 /dev/vda rw\n");
	assert_int_equal(mount_book_init(&b, fixture_root), 0);
	assert_true(mount_book_due(&b, files_now_ns(), true));
	mount_book_read(&b, never, NULL);
	assert_false(mount_book_due(&b, files_now_ns(), true));
	memset(&told, 0, sizeof(told));
	assert_int_equal(mount_book_take(&b, files_now_ns(), take, NULL), 1);
	assert_int_equal(told.usages_nr, 0);
	mount_book_stop(&b);
	mount_book_fini(&b);
}

static void without_mountinfo_nothing_is_due(void **state)
{
	struct mount_book b;

	assert_int_equal(mount_book_init(&b, "/nowhere"), 0);
	assert_false(mount_book_due(&b, files_now_ns(), true));
	mount_book_stop(&b);
	mount_book_fini(&b);
}

/* ---- through the helper threads, one of which a mount holds ---- */

static atomic_int gate_open;

/* In place of the C library's: a mount named "gate" answers when it is let. */
int statvfs(const char *restrict path, struct statvfs *restrict ret)
{
	int fd = open(path, O_PATH | O_CLOEXEC), result = fd < 0 ? -1 : fstatvfs(fd, ret), err = errno;
	struct timespec pause = {.tv_nsec = 2000000};

	if (fd >= 0)
		close(fd);
	while (strstr(path, "/gate") && !atomic_load(&gate_open))
		nanosleep(&pause, NULL);
	errno = err;
	return result;
}

/* The last words on the two mounts. */
static struct fs_usage_rec usage_of[2];

static void take_usage(void *ctx, const struct ev_hdr *ev)
{
	const struct fs_usage_rec *r = (const void *)ev;

	if (ev->pane == PANE_FS && ev->kind == FS_USAGE && r->mnt_id - 20 < 2)
		usage_of[r->mnt_id - 20] = *r;
	assert_false(ev->pane == PANE_CORE && ev->kind == CORE_ALERT);
}

/* Until `done`; the clock runs ahead by `ahead_ns`. */
static void go_round(struct helpers *h, uint64_t ahead_ns, bool (*done)(void))
{
	uint64_t deadline_ns = files_now_ns() + 10000000000ULL;
	struct timespec pause = {.tv_nsec = 2000000};

	while (!done() && files_now_ns() < deadline_ns) {
		helpers_want_mounts(h, files_now_ns(), true);
		nanosleep(&pause, NULL);
		helpers_drain(h, files_now_ns() + ahead_ns, take_usage, NULL);
	}
	assert_true(done());
}

static bool one_hangs(void)
{
	return usage_of[0].state == FS_USAGE_HUNG;
}

static bool other_is_fresh(void)
{
	return usage_of[1].state == FS_USAGE_OK && usage_of[1].asked_ns > usage_of[0].asked_ns;
}

static bool both_answer(void)
{
	return usage_of[0].h.size && usage_of[0].state == FS_USAGE_OK && usage_of[1].h.size;
}

static struct helpers *with_a_gate(void)
{
	struct helpers *h;

	fixture_drop("/proc");
	fixture_dirs("/gate/.");
	fixture_dirs("/x/.");
	fixture_text("/proc/self/mountinfo", "20 1 254:0 / /gate rw - ext4 /dev/vda rw\n21 1 254:1 / /x rw - ext4 /dev/vdb rw\n");
	memset(usage_of, 0, sizeof(usage_of));
	atomic_store(&gate_open, 0);
	assert_int_equal(helpers_new(fixture_root, &h), 0);
	return h;
}

static void a_thread_that_a_mount_holds_is_given_up(void **state)
{
	struct helpers *h = with_a_gate();

	go_round(h, MOUNT_HUNG_NS + 1, one_hangs);
	assert_true(usage_of[0].total_bytes == REC_UNKNOWN && usage_of[0].asked_ns);
	go_round(h, 0, other_is_fresh);
	atomic_store(&gate_open, 1);
	go_round(h, 0, both_answer);
	helpers_free(h);
}

static void the_end_does_not_wait_for_a_mount(void **state)
{
	struct helpers *h = with_a_gate();

	go_round(h, MOUNT_HUNG_NS + 1, one_hangs);
	helpers_free(h);
	atomic_store(&gate_open, 1);
}

/* ---- askers ---- */

static void ask(struct asker *a, const char *path, struct mount_answer *ret)
{
	assert_true(asker_ask(a, path));
	assert_true(asker_answer(a, 10000, ret));
	assert_int_equal(a->state, ASKER_IDLE);
}

static void an_asker_says_what_statvfs_says(void **state)
{
	struct askers all = {.all = {{.state = ASKER_NONE}}};
	struct asker *a = askers_get(&all);
	struct mount_answer got;
	struct statvfs vfs;

	assert_non_null(a);
	ask(a, "/proc", &got);
	assert_int_equal(statvfs("/proc", &vfs), 0);
	assert_int_equal(got.error, 0);
	assert_memory_equal(&got.vfs, &vfs, sizeof(vfs));
	ask(a, "/no such place", &got);
	assert_int_equal(got.error, ENOENT);
	assert_ptr_equal(askers_get(&all), a); /* it is free again */
	asker_kill(a);
}

static void wait_reaped(struct askers *all)
{
	struct timespec pause = {.tv_nsec = 5000000};

	for (int i = 0; i < 2000 && all->all[0].state != ASKER_NONE; i++) {
		nanosleep(&pause, NULL);
		askers_reap(all);
	}
	assert_int_equal(all->all[0].state, ASKER_NONE);
}

static void an_asker_that_does_not_answer_is_left(void **state)
{
	struct askers all = {.all = {{.state = ASKER_NONE}}};
	struct asker *a = askers_get(&all), *other;
	struct mount_answer got;

	assert_non_null(a);
	assert_int_equal(kill(a->pid, SIGSTOP), 0);
	assert_true(asker_ask(a, "/"));
	assert_false(asker_answer(a, 50, &got));
	assert_int_equal(a->state, ASKER_BUSY);
	other = askers_get(&all);
	assert_true(other && other != a);
	ask(other, "/", &got);
	asker_kill(other);
	assert_int_equal(kill(a->pid, SIGCONT), 0);
	assert_true(asker_answer(a, 10000, &got)); /* late */
	asker_kill(a);
	wait_reaped(&all);
}

static void an_asker_that_dies_is_noticed(void **state)
{
	struct askers all = {.all = {{.state = ASKER_NONE}}};
	struct asker *a = askers_get(&all);
	struct mount_answer got;

	assert_non_null(a);
	assert_int_equal(kill(a->pid, SIGSTOP), 0);
	assert_true(asker_ask(a, "/"));
	assert_int_equal(kill(a->pid, SIGKILL), 0);
	assert_false(asker_answer(a, 10000, &got));
	assert_int_equal(a->state, ASKER_KILLED);
	wait_reaped(&all);
}

static void there_are_only_so_many_askers(void **state)
{
	struct askers all = {.all = {{.state = ASKER_NONE}}};

	for (int i = 0; i < ASKERS_MAX; i++) {
		struct asker *a = askers_get(&all);

		assert_non_null(a);
		a->state = ASKER_BUSY;
	}
	assert_null(askers_get(&all));
	for (int i = 0; i < ASKERS_MAX; i++)
		asker_kill(&all.all[i]);
	wait_reaped(&all);
	assert_non_null(askers_get(&all));
	asker_kill(&all.all[0]);
}

/* ---- who waits ---- */

static const char *thread_path(unsigned pid, const char *file)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%u/task/%u/%s", pid, pid, file);
	return path;
}

static void make_thread(unsigned pid, const char *comm, const char *call)
{
	char stat[256];

	snprintf(stat, sizeof(stat), "%u (%s) D 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0 0\n", pid, comm);
	fixture_text(thread_path(pid, "stat"), stat);
	fixture_text(thread_path(pid, "syscall"), call);
}

static void link_to(unsigned pid, const char *file, const char *target)
{
	fixture_dirs(thread_path(pid, file));
	assert_int_equal(symlink(target, fixture_path(thread_path(pid, file))), 0);
}

/* At 0x1000 of its memory, up to the end of the page. */
static void put_memory(unsigned pid, const char *path)
{
	FILE *f;

	fixture_text(thread_path(pid, "mem"), "");
	f = fopen(fixture_path(thread_path(pid, "mem")), "r+e");
	assert_non_null(f);
	assert_int_equal(fseek(f, 0x1000, SEEK_SET), 0);
	assert_int_equal(fwrite(path, strlen(path) + 1, 1, f), 1);
	assert_int_equal(fclose(f), 0);
}

static struct {
	struct fs_waiter_rec rec[8];
	int nr;
} found;

static void find(void *ctx, const struct fs_waiter_rec *r)
{
	assert_true(found.nr < 8);
	found.rec[found.nr++] = *r;
}

static const struct fs_waiter_rec *waiter(unsigned pid)
{
	for (int i = 0; i < found.nr; i++)
		if (found.rec[i].pid == pid)
			return &found.rec[i];
	return NULL;
}

static void scan(void)
{
	static const struct hung_mount mounts[] = {{45, "/mnt/dead"}, {46, "/mnt/dead/inner"}};
	int fd = open(fixture_path("/proc"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	memset(&found, 0, sizeof(found));
	mount_waiters(fd, mounts, 2, find, NULL);
	close(fd);
}

static void make_call(unsigned pid, const char *comm, long nr, long a, long b)
{
	char call[160];

	snprintf(call, sizeof(call), "%ld 0x%lx 0x%lx 0x0 0x0 0x0 0x0 0x7ffd00000000 0x7f0000000000\n", nr, a, b);
	make_thread(pid, comm, call);
}

static void threads_that_name_a_file_below_the_mount_wait(void **state)
{
	fixture_drop("/proc");
	/* by descriptor: by the number of its mount, else by its path */
	make_call(101, "fsync", SYS_fsync, 3, 0);
	link_to(101, "fd/3", "/elsewhere/file");
	fixture_text(thread_path(101, "fdinfo/3"), "pos:\t0\nflags:\t02\nmnt_id:\t45\n");
	make_call(102, "read", SYS_read, 4, 0);
	link_to(102, "fd/4", "/mnt/dead/inner/file");
	/* by path: whole, from the working directory, from a descriptor */
	make_call(103, "statfs", SYS_statfs, 0x1000, 0);
	put_memory(103, "/mnt/dead");
	make_call(104, "openat", SYS_openat, -100, 0x1000);
	put_memory(104, "file");
	link_to(104, "cwd", "/mnt/dead/dir");
	make_call(105, "statx", SYS_statx, 7, 0x1000);
	put_memory(105, "below");
	link_to(105, "fd/7", "/mnt/dead");
	scan();
	assert_int_equal(found.nr, 5);
	assert_true(waiter(101)->mnt_id == 45 && waiter(101)->nr == SYS_fsync);
	assert_int_equal(waiter(101)->start_ns, 1000 * files_tick_ns());
	assert_string_equal(waiter(101)->comm, "fsync");
	assert_int_equal(waiter(102)->mnt_id, 46); /* the nearest */
	assert_string_equal(waiter(102)->path, "/mnt/dead/inner/file");
	assert_string_equal(waiter(103)->path, "/mnt/dead");
	assert_string_equal(waiter(104)->path, "/mnt/dead/dir/file");
	assert_string_equal(waiter(105)->path, "/mnt/dead/below");
}

static void others_do_not_wait(void **state)
{
	fixture_drop("/proc");
	make_thread(201, "runs", "running\n");
	make_thread(202, "faults", "-1 0x7ffd00000000 0x7f0000000000\n");
	make_call(203, "futex", SYS_futex, 3, 0);
	make_call(204, "beside", SYS_statfs, 0x1000, 0);
	put_memory(204, "/mnt/deadly");
	make_call(205, "socket", SYS_read, 3, 0);
	link_to(205, "fd/3", "socket:[4711]");
	make_call(206, "nobody", SYS_openat, -100, 0x900000);
	put_memory(206, "");
	make_call(207, ASKER_NAME, SYS_statfs, 0x1000, 0);
	put_memory(207, "/mnt/dead");
	scan();
	assert_int_equal(found.nr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(what_is_no_line),
		cmocka_unit_test(of_a_long_mount_point_the_end_is_told),
		cmocka_unit_test(what_lies_over_what),
		cmocka_unit_test(binds_and_ways_through_what_may_hang),
		cmocka_unit_test(parents_in_a_ring),
		cmocka_unit_test(mounts_come_change_and_go),
		cmocka_unit_test(a_list_that_is_read_twice_before_it_is_handed_over_is_told),
		cmocka_unit_test(a_round_is_due_when_something_asks_for_it),
		cmocka_unit_test(a_round_that_was_given_up_ends_quietly),
		cmocka_unit_test(without_mountinfo_nothing_is_due),
		cmocka_unit_test(a_thread_that_a_mount_holds_is_given_up),
		cmocka_unit_test(the_end_does_not_wait_for_a_mount),
		cmocka_unit_test(an_asker_says_what_statvfs_says),
		cmocka_unit_test(an_asker_that_does_not_answer_is_left),
		cmocka_unit_test(an_asker_that_dies_is_noticed),
		cmocka_unit_test(there_are_only_so_many_askers),
		cmocka_unit_test(threads_that_name_a_file_below_the_mount_wait),
		cmocka_unit_test(others_do_not_wait),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
