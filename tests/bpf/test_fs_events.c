// SPDX-License-Identifier: GPL-2.0-or-later
/* Single operations on files as records: which are told when, and what is told of them. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "core_user.h"
#include "fs.h"
#include "loads.h"
#include "probe.h"
#include "record.h"
#include "state.h"

#define EVENTS_MAX 4096
#define MS	   1000000ULL
#define LONG_NAMES 20 /* of ten bytes: longer than a record's path */

/* The events of the child, in order of arrival. */
static struct {
	struct source *source;
	char dir[64];
	struct fs_event2_rec *events; /* path2 empty where the record has none */
	unsigned nr, bad_nr;
	uint32_t only;
} t;

static void keep(void *ctx, const struct ev_hdr *ev)
{
	const struct fs_event_rec *r = (const void *)ev;
	struct fs_event2_rec *to = &t.events[t.nr];

	(void)ctx;
	t.bad_nr += record_check(ev, ev->size) != 0;
	if (ev->pane != PANE_FS || (ev->kind != FS_EVENT && ev->kind != FS_EVENT2) || r->tgid != t.only)
		return;
	assert_true(t.nr < EVENTS_MAX);
	memset(to, 0, sizeof(*to));
	memcpy(to, ev, ev->size);
	t.nr++;
}

static int open_all(void **state)
{
	struct probe_opts opts = {.modules = 1u << PANE_FS};
	struct err e = {""};

	(void)state;
	memset(&t, 0, sizeof(t));
	t.events = calloc(EVENTS_MAX, sizeof(*t.events));
	assert_non_null(t.events);
	strcpy(t.dir, "/var/tmp/test_fs.XXXXXX");
	assert_non_null(mkdtemp(t.dir));
	if (probe_open(&opts, &t.source, &e)) {
		print_message("# %s\n", e.text);
		return -1;
	}
	t.source->ops->tick(t.source, 0, NULL, NULL);
	return probe_start(t.source) > 0 ? 0 : -1;
}

static int close_all(void **state)
{
	char command[128];

	(void)state;
	t.source->ops->free(t.source);
	free(t.events);
	snprintf(command, sizeof(command), "rm -rf %s", t.dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(t.bad_nr, 0);
	return 0;
}

/* Asks for these kinds, beside those that are always told. */
static void ask(uint32_t kinds)
{
	probe_fs_kinds(t.source, kinds);
	assert_int_equal(probe_demand(t.source, kinds ? DEMAND_FSLOG | DEMAND_FSOPS : 0), 0);
}

/* In a child: a failed assertion would go on with the tests there. */
static void must(bool ok)
{
	if (!ok)
		_exit(2);
}

/* Runs work in a child that has its events told; those of its exit, too. */
static pid_t run(void (*work)(void))
{
	int go[2], status;
	char byte = 0;
	pid_t pid;

	t.nr = t.only = 0;
	assert_true(t.source->ops->drain(t.source, 1 << 20, keep, NULL) >= 0);
	assert_int_equal(t.source->ops->tick(t.source, 0, NULL, NULL), 0);
	assert_int_equal(pipe(go), 0);
	pid = fork_load();
	if (!pid) {
		must(read(go[0], &byte, 1) == 1);
		must(!chdir(t.dir));
		work();
		_exit(0);
	}
	t.only = (uint32_t)pid;
	assert_int_equal(write(go[1], &byte, 1), 1);
	close(go[0]);
	close(go[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(t.source->ops->drain(t.source, 1 << 20, keep, NULL) >= 0);
	return pid;
}

/* "/var/tmp/.../NAME" within its filesystem: what stands before is cut off. */
static const char *inner(const char *path)
{
	const char *at = strstr(path, strrchr(t.dir, '/'));

	return at ? at + strlen(strrchr(t.dir, '/')) + 1 : path;
}

static const struct fs_event_rec *event(unsigned i)
{
	assert_true(i < t.nr);
	return &t.events[i].e;
}

static unsigned count(unsigned kind)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < t.nr; i++)
		nr += event(i)->event == kind;
	return nr;
}

static struct stat stat_of(const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", t.dir, name);
	assert_int_equal(stat(path, &st), 0);
	return st;
}

static char page[4096];

/* One of each kind. */
static void work_all(void)
{
	struct stat st;
	int fd = open("a", O_RDWR | O_CREAT | O_EXCL, 0600);

	must(fd >= 0 && pwrite(fd, page, 1000, 500) == 1000);
	must(read(fd, page, 300) == 300 && read(fd, page, sizeof(page)) == 1200);
	must(!fstat(fd, &st) && !stat("a", &st) && !fsync(fd) && !close(fd));
	must(open("none", O_RDONLY | O_CLOEXEC) < 0);
	must(!rename("a", "b") && !unlink("b") && !mkdir("dir", 0700) && !rmdir("dir"));
}

static void nothing_is_told_that_is_not_asked_for(void **state)
{
	(void)state;
	ask(0);
	run(work_all);
	/* What is always told: the sync, and that the file did not live long. */
	assert_int_equal(count(FS_EV_SYNC), 1);
	assert_int_equal(count(FS_EV_SHORT), 1);
	assert_int_equal(count(FS_EV_SLOW) + 2, t.nr);
}

static void each_kind_is_told_while_it_is_asked_for(void **state)
{
	static const struct {
		enum fs_event kind;
		unsigned nr;
	} kinds[] = {{FS_EV_OPEN, 2}, {FS_EV_CREATE, 1}, {FS_EV_CLOSE, 1}, {FS_EV_READ, 2}, {FS_EV_WRITE, 1},
		     {FS_EV_STAT, 2}, {FS_EV_DELETE, 1}, {FS_EV_RENAME, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		ask(1u << kinds[i].kind);
		run(work_all);
		assert_int_equal(count(kinds[i].kind), kinds[i].nr);
		assert_int_equal(count(kinds[i].kind) + count(FS_EV_SYNC) + count(FS_EV_SHORT) + count(FS_EV_SLOW), t.nr);
	}
}

struct want {
	enum fs_event event;
	enum fs_op op;
	const char *path, *path2;
	int error;
	uint64_t bytes, offset;
	uint32_t flags;
};

static void all_of_it_is_told_in_order(void **state)
{
	static const struct want want[] = {
		{FS_EV_CREATE, FS_OP_CREATE, "a", "", 0, REC_UNKNOWN, REC_UNKNOWN, O_RDWR | O_CREAT | O_EXCL},
		{FS_EV_WRITE, FS_OP_WRITE, "a", "", 0, 1000, 500, 0},
		{FS_EV_READ, FS_OP_READ, "a", "", 0, 300, 0, 0},
		{FS_EV_READ, FS_OP_READ, "a", "", 0, 1200, 300, 0},
		{FS_EV_STAT, FS_OP_GETATTR, "a", "", 0, REC_UNKNOWN, REC_UNKNOWN, 0},
		{FS_EV_STAT, FS_OP_GETATTR, "a", "", 0, REC_UNKNOWN, REC_UNKNOWN, 0},
		{FS_EV_SYNC, FS_OP_FSYNC, "a", "", 0, REC_UNKNOWN, REC_UNKNOWN, 0},
		{FS_EV_CLOSE, FS_OP_CLOSE, "a", "", 0, REC_UNKNOWN, REC_UNKNOWN, 0},
		{FS_EV_OPEN, FS_OP_OPEN, "none", "", ENOENT, REC_UNKNOWN, REC_UNKNOWN, O_RDONLY | O_CLOEXEC},
		{FS_EV_RENAME, FS_OP_RENAME, "a", "b", 0, REC_UNKNOWN, REC_UNKNOWN, 0},
		{FS_EV_SHORT, FS_OP_UNLINK, "b", "", 0, REC_UNKNOWN, REC_UNKNOWN, 0},
		{FS_EV_DELETE, FS_OP_RMDIR, "dir", "", 0, REC_UNKNOWN, REC_UNKNOWN, 0},
	};
	uint64_t from_ns = now_ns(), to_ns;

	(void)state;
	ask(FS_EV_ALL);
	run(work_all);
	to_ns = now_ns();
	/* The directory that the child begins in is given whole: its open is none of these. */
	assert_int_equal(t.nr, sizeof(want) / sizeof(want[0]));
	for (unsigned i = 0; i < t.nr; i++) {
		const struct fs_event_rec *r = event(i);

		assert_int_equal(r->event, want[i].event);
		assert_int_equal(r->op, want[i].op);
		assert_string_equal(inner(r->path), want[i].path);
		assert_string_equal(inner(t.events[i].path2), want[i].path2);
		assert_int_equal(r->error, want[i].error);
		assert_true(r->bytes == want[i].bytes && r->offset == want[i].offset);
		if (r->op <= FS_OP_CREATE)
			assert_int_equal(r->op > FS_OP_WRITE ? r->oflags & ~(uint32_t)0100000 : 0, want[i].flags);
		assert_true(r->mnt_id != 0);
		assert_true(r->pid == r->tgid && r->start_ns);
		assert_string_equal(r->comm, "test_bpf_fs_eve");
		assert_true(r->h.ts_ns >= from_ns && r->h.ts_ns <= to_ns);
		assert_true(r->ns == REC_UNKNOWN ? r->op == FS_OP_CLOSE : r->ns > 0 && r->ns < to_ns - from_ns);
	}
	assert_string_equal(event(1)->fstype, "ext4");
	assert_int_equal(event(1)->type, FS_T_REGULAR);
	assert_true(event(10)->age_ns > 0 && event(10)->age_ns < to_ns - from_ns);
	assert_int_equal(event(10)->ino, event(1)->ino);
}

static void what_takes_the_threshold_is_told(void **state)
{
	(void)state;
	ask(0);
	probe_threshold(t.source, PANE_FS, 1);
	run(work_all); /* all are slow, and told once */
	assert_int_equal(count(FS_EV_SHORT), 1);
	assert_int_equal(count(FS_EV_SYNC), 1);
	assert_true(count(FS_EV_SLOW) >= 5 && count(FS_EV_SLOW) + 2 == t.nr);
	for (unsigned i = 0; i < t.nr; i++)
		assert_true(event(i)->flags & FS_F_SLOW);
	ask(1u << FS_EV_OPEN);
	run(work_all);
	assert_int_equal(count(FS_EV_OPEN), 2);
	probe_threshold(t.source, PANE_FS, 10000 * MS);
	ask(0);
	run(work_all);
	assert_int_equal(count(FS_EV_SLOW), 0);
	for (unsigned i = 0; i < t.nr; i++)
		assert_false(event(i)->flags & FS_F_SLOW);
	probe_threshold(t.source, PANE_FS, 10 * MS);
}

/* Waits for what is no file: that is no slow read of one. */
static void work_waits(void)
{
	int ends[2], event = eventfd(0, 0);
	uint64_t one = 1;

	must(!pipe(ends) && event >= 0);
	if (!fork()) {
		usleep(30000);
		_exit(write(ends[1], "x", 1) != 1 || write(event, &one, 8) != 8);
	}
	must(read(ends[0], page, 1) == 1);
	must(read(event, &one, 8) == 8);
}

static void waiting_for_a_pipe_is_no_slow_read(void **state)
{
	(void)state;
	ask(1u << FS_EV_READ);
	run(work_waits);
	assert_int_equal(t.nr, 0);
}

static void work_opens(void)
{
	struct open_how how = {.flags = O_RDWR | O_APPEND};

	must(creat("a", 0600) >= 0);
	must(syscall(SYS_openat2, AT_FDCWD, "a", &how, sizeof(how)) >= 0);
	must(open("a", O_WRONLY | O_TRUNC) >= 0);
}

static void flags_are_those_of_the_open(void **state)
{
	static const uint32_t want[] = {O_CREAT | O_WRONLY | O_TRUNC, O_RDWR | O_APPEND, O_WRONLY | O_TRUNC};

	(void)state;
	ask(1u << FS_EV_OPEN);
	run(work_opens);
	assert_int_equal(t.nr, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(event(i)->oflags & ~0100000u, want[i]); /* O_LARGEFILE */
}

static char deep[LONG_NAMES * 11 + 16];

static void work_deep(void)
{
	int fd;

	for (int i = 0; i < LONG_NAMES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "folder-%03d", i);
		must(!mkdir(name, 0700) && !chdir(name));
	}
	must(!chdir(t.dir));
	must(open(deep, O_RDONLY) < 0);
	deep[strlen(deep) - 5] = 0; /* the last folder */
	fd = open(deep, O_RDONLY | O_DIRECTORY);
	must(fd >= 0 && openat(fd, "none", O_RDONLY) < 0);
	must(!chdir("folder-000/folder-001") && open("../none", O_RDONLY) < 0);
	must(open("/nowhere/none", O_RDONLY) < 0);
}

/* Of a long path its end is told. A path that begins at a directory is told with it. */
static void paths_are_whole_or_their_ends(void **state)
{
	unsigned nr = 0;

	(void)state;
	for (int i = 0; i < LONG_NAMES; i++)
		nr += (unsigned)snprintf(deep + nr, sizeof(deep) - nr, "folder-%03d/", i);
	snprintf(deep + nr, sizeof(deep) - nr, "none");
	ask(1u << FS_EV_OPEN);
	run(work_deep);
	assert_int_equal(t.nr, 5);
	assert_true(event(0)->flags & FS_F_CUT);
	assert_int_equal(strlen(event(0)->path), FS_PATH_BYTES - 1);
	assert_string_equal(event(0)->path, deep + strlen(deep) - (FS_PATH_BYTES - 1));
	assert_int_equal(event(0)->mnt_id, 0);
	assert_true(event(1)->flags & FS_F_CUT && event(1)->mnt_id && event(1)->ino);
	assert_string_equal(event(1)->path + strlen(event(1)->path) - 22, "/folder-018/folder-019");
	assert_string_equal(event(2)->path + strlen(event(2)->path) - 16, "/folder-019/none");
	assert_true(event(2)->mnt_id != 0);
	assert_string_equal(inner(event(3)->path), "folder-000/folder-001/../none");
	assert_false(event(3)->flags & FS_F_CUT);
	assert_string_equal(event(4)->path, "/nowhere/none");
	assert_int_equal(event(4)->mnt_id, 0);
}

static void work_calls(void)
{
	int fd = open("a", O_RDWR | O_CREAT, 0600), dir = open(".", O_RDONLY | O_DIRECTORY);
	struct iovec v[2] = {{page, 10}, {page + 10, 20}};
	struct stat st;
	struct statx sx;
	void *map;

	must(fd >= 0 && dir >= 0 && !ftruncate(fd, 4096));
	must(pwritev(fd, v, 2, 100) == 30 && preadv(fd, v, 2, 90) == 30);
	must(lseek(fd, 700, SEEK_SET) == 700 && writev(fd, v, 2) == 30);
	must(!fdatasync(fd) && !sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED && !msync(map, 4096, MS_SYNC) && !syncfs(dir));
	must(!statx(dir, "a", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &sx) && !fstatat(fd, "", &st, AT_EMPTY_PATH));
	must(!syscall(SYS_renameat2, dir, "a", dir, "c", 1) && !unlinkat(dir, "c", 0));
	must(mkdir("d", 0700) == 0 && !unlinkat(dir, "d", AT_REMOVEDIR));
}

static void every_call_of_a_kind_is_one(void **state)
{
	static const struct {
		enum fs_op op;
		uint32_t nr;
		uint32_t oflags;
		uint64_t offset, bytes;
	} want[] = {
		{FS_OP_WRITE, SYS_pwritev, 0, 100, 30}, {FS_OP_READ, SYS_preadv, 0, 90, 30},
		{FS_OP_WRITE, SYS_writev, 0, 700, 30}, {FS_OP_FSYNC, SYS_fdatasync, 0, REC_UNKNOWN, REC_UNKNOWN},
		{FS_OP_FSYNC, SYS_sync_file_range, SYNC_FILE_RANGE_WRITE, REC_UNKNOWN, REC_UNKNOWN},
		{FS_OP_FSYNC, SYS_msync, MS_SYNC, REC_UNKNOWN, REC_UNKNOWN},
		{FS_OP_SYNC, SYS_syncfs, 0, REC_UNKNOWN, REC_UNKNOWN},
		{FS_OP_GETATTR, SYS_statx, AT_SYMLINK_NOFOLLOW, REC_UNKNOWN, REC_UNKNOWN},
		{FS_OP_GETATTR, SYS_newfstatat, AT_EMPTY_PATH, REC_UNKNOWN, REC_UNKNOWN},
		{FS_OP_RENAME, SYS_renameat2, 1, REC_UNKNOWN, REC_UNKNOWN},
		{FS_OP_UNLINK, SYS_unlinkat, 0, REC_UNKNOWN, REC_UNKNOWN},
		{FS_OP_RMDIR, SYS_unlinkat, AT_REMOVEDIR, REC_UNKNOWN, REC_UNKNOWN},
	};

	(void)state;
	ask(FS_EV_ALL & ~(1u << FS_EV_OPEN | 1u << FS_EV_CREATE | 1u << FS_EV_CLOSE));
	run(work_calls);
	assert_int_equal(t.nr, sizeof(want) / sizeof(want[0]));
	for (unsigned i = 0; i < t.nr; i++) {
		assert_int_equal(event(i)->op, want[i].op);
		assert_int_equal(event(i)->nr, want[i].nr);
		assert_int_equal(event(i)->oflags, want[i].oflags);
		assert_true(event(i)->offset == want[i].offset && event(i)->bytes == want[i].bytes);
	}
	assert_string_equal(inner(event(7)->path), "a");
	assert_string_equal(inner(event(8)->path), "a"); /* of the descriptor */
	assert_string_equal(inner(t.events[9].path2), "c");
	assert_int_equal(event(10)->event, FS_EV_SHORT);
}

static void work_many(void)
{
	char name[32];

	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "many-%d", i);
		must(close(open(name, O_WRONLY | O_CREAT | O_EXCL, 0600)) == 0);
	}
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "many-%d", i);
		must(!unlink(name));
	}
}

static void five_hundred_files_are_followed_to_their_ends(void **state)
{
	struct stat st = stat_of(".");

	(void)state;
	ask(1u << FS_EV_SLOW); /* a view of events is open */
	run(work_many);
	assert_int_equal(count(FS_EV_SHORT), 500);
	for (unsigned i = 0; i < t.nr; i++) {
		assert_int_equal(event(i)->dev, major(st.st_dev) << 20 | minor(st.st_dev));
		assert_false(event(i)->flags & FS_F_INFERRED);
	}
}

static void sum_unlink(void *ctx, const struct ev_hdr *ev)
{
	const struct loss_rec *r = (const void *)ev;
	uint64_t *sums = ctx;

	if (ev->pane == PANE_CORE && ev->kind == CORE_LOSS && r->probe == PROBE_UNLINK) {
		sums[0] += r->seen;
		sums[1] += r->submitted;
		sums[2] += r->full;
		sums[3] += r->received;
	}
}

/* They come by one account, whatever program sent them. */
static void every_record_is_accounted_for(void **state)
{
	uint64_t sums[4] = {0};

	(void)state;
	ask(FS_EV_ALL);
	run(work_all);
	ask(0);
	probe_settle(t.source, keep, NULL);
	probe_report(t.source, now_ns(), sum_unlink, sums);
	assert_true(sums[1] >= t.nr);
	assert_int_equal(sums[0], sums[1] + sums[2]);
	assert_int_equal(sums[3], sums[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_told_that_is_not_asked_for),
		cmocka_unit_test(each_kind_is_told_while_it_is_asked_for),
		cmocka_unit_test(all_of_it_is_told_in_order),
		cmocka_unit_test(what_takes_the_threshold_is_told),
		cmocka_unit_test(waiting_for_a_pipe_is_no_slow_read),
		cmocka_unit_test(flags_are_those_of_the_open),
		cmocka_unit_test(paths_are_whole_or_their_ends),
		cmocka_unit_test(every_call_of_a_kind_is_one),
		cmocka_unit_test(five_hundred_files_are_followed_to_their_ends),
		cmocka_unit_test(every_record_is_accounted_for),
	};

	if (geteuid()) {
		print_message("1..0 # SKIP needs root\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, open_all, close_all);
}
