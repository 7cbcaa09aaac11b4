// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations on files as the system calls tell them, against children that count what they do. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <cmocka.h>

#include "core_user.h"
#include "fs_state.h"
#include "loads.h"
#include "probe.h"
#include "record.h"
#include "state.h"
#include "uring.h"

#define ROWS_MAX 65536
#define BLOCK	 4096

/* What the records of the child said last, those of entries that are gone added up. */
static struct {
	struct source *source;
	char dir[64];
	struct fs_file_rec *files; /* ROWS_MAX */
	struct fs_op_rec ops[256];
	struct fs_name_rec names[8192]; /* of all processes */
	unsigned files_nr, ops_nr, names_nr, gone_nr, bad_nr;
	uint32_t only; /* tgid; 0: the child's are those that come */
	uint64_t unmatched, map_full, missing;
} t;

static void io_add(struct fs_io *to, const struct fs_io *io)
{
	to->count += io->count;
	to->bytes += io->bytes;
	to->ns += io->ns;
	to->errors += io->errors;
	if (io->max_ns > to->max_ns)
		to->max_ns = io->max_ns;
	for (int i = 0; i < HIST_SLOTS; i++)
		to->slots[i] += io->slots[i];
}

static void keep_file(const struct fs_file_rec *r)
{
	unsigned i = 0;

	while (i < t.files_nr && (t.files[i].tgid != r->tgid || t.files[i].start_ns != r->start_ns ||
				  t.files[i].dev != r->dev || t.files[i].ino != r->ino ||
				  t.files[i].type != r->type || t.files[i].flags & FS_F_GONE))
		i++;
	if (i == t.files_nr)
		t.files_nr++;
	assert_true(t.files_nr < ROWS_MAX);
	t.files[i] = *r;
	t.gone_nr += !!(r->flags & FS_F_GONE);
}

static void keep_op(const struct fs_op_rec *r)
{
	unsigned i = 0;

	while (i < t.ops_nr && (t.ops[i].tgid != r->tgid || t.ops[i].start_ns != r->start_ns ||
				t.ops[i].dev != r->dev || t.ops[i].op != r->op || t.ops[i].flags & FS_F_GONE))
		i++;
	if (i == t.ops_nr)
		t.ops_nr++;
	assert_true(t.ops_nr < sizeof(t.ops) / sizeof(t.ops[0]));
	t.ops[i] = *r;
}

static void keep(void *ctx, const struct ev_hdr *ev)
{
	const struct fs_file_rec *file = (const void *)ev;
	const struct fs_op_rec *op = (const void *)ev;
	const struct fs_name_rec *name = (const void *)ev;

	(void)ctx;
	t.bad_nr += record_check(ev, ev->size) != 0;
	if (ev->pane != PANE_FS)
		return;
	if (ev->kind == FS_FILE && (file->tgid == t.only || !file->tgid))
		keep_file(file);
	else if (ev->kind == FS_OP && (op->tgid == t.only || !op->tgid))
		keep_op(op);
	else if (ev->kind == FS_NAME && t.names_nr < sizeof(t.names) / sizeof(t.names[0]))
		t.names[t.names_nr++] = *name;
}

static void tick(void)
{
	assert_true(t.source->ops->drain(t.source, 1 << 20, keep, NULL) >= 0);
	assert_int_equal(t.source->ops->tick(t.source, 0, keep, NULL), 0);
}

static void forget(uint32_t tgid)
{
	t.files_nr = t.ops_nr = t.names_nr = t.gone_nr = 0;
	t.only = tgid;
}

static int open_with(bool track)
{
	struct probe_opts opts = {.modules = 1u << PANE_FS, .track = track};
	struct err e = {""};

	memset(&t, 0, sizeof(t));
	t.files = calloc(ROWS_MAX, sizeof(*t.files));
	strcpy(t.dir, "/var/tmp/test_fs.XXXXXX");
	assert_non_null(t.files);
	assert_non_null(mkdtemp(t.dir));
	if (probe_open(&opts, &t.source, &e)) {
		print_message("# %s\n", e.text);
		return -1;
	}
	return 0;
}

static int begin(bool track)
{
	if (open_with(track))
		return -1;
	t.source->ops->tick(t.source, 0, NULL, NULL);
	return probe_start(t.source) > 0 ? 0 : -1;
}

static int open_all(void **state)
{
	(void)state;
	return begin(false);
}

static int open_unattached(void **state)
{
	(void)state;
	return open_with(false);
}

static int open_tracked(void **state)
{
	(void)state;
	return begin(true);
}

static int close_all(void **state)
{
	char command[128];

	(void)state;
	t.source->ops->free(t.source);
	free(t.files);
	snprintf(command, sizeof(command), "rm -rf %s", t.dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(t.bad_nr, 0);
	return 0;
}

static void sum_losses(void *ctx, const struct ev_hdr *ev)
{
	const struct loss_rec *r = (const void *)ev;

	(void)ctx;
	if (ev->pane != PANE_CORE || ev->kind != CORE_LOSS)
		return;
	t.unmatched += r->unmatched;
	t.map_full += r->map_full;
	t.missing += r->submitted - r->received;
}

static void read_losses(void)
{
	t.unmatched = t.map_full = t.missing = 0;
	probe_settle(t.source, keep, NULL);
	probe_report(t.source, now_ns(), sum_losses, NULL);
}

/* In a child: a failed assertion would go on with the tests there. */
static void must(bool ok)
{
	if (!ok)
		_exit(2);
}

static void child(void (*work)(void), int go)
{
	char byte;

	must(read(go, &byte, 1) == 1);
	must(!chdir(t.dir));
	work();
	_exit(0);
}

enum { PLAIN = 0, TRACKED = 1 };

/* Runs work in a child that waits until it is known; what it did is read while it is a zombie. */
static pid_t run(void (*work)(void), int how)
{
	siginfo_t info;
	int go[2], status;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(go), 0);
	pid = fork_load();
	if (!pid)
		child(work, go[0]);
	forget((uint32_t)pid);
	if (how & TRACKED)
		assert_int_equal(probe_track(t.source, pid), 0);
	assert_int_equal(write(go[1], &byte, 1), 1);
	close(go[0]);
	close(go[1]);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	tick();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return pid;
}

/* Sums over the rows of a type; ino 0: of all files. */
static struct fs_io sum_io(unsigned op, unsigned type, uint64_t ino)
{
	struct fs_io io = {0};

	for (unsigned i = 0; i < t.files_nr; i++)
		if (t.files[i].type == type && (!ino || t.files[i].ino == ino))
			io_add(&io, &t.files[i].io[op]);
	return io;
}

static struct fs_io sum_op(unsigned op, uint32_t *ret_dev)
{
	struct fs_io io = {0};

	for (unsigned i = 0; i < t.ops_nr; i++)
		if (t.ops[i].op == op) {
			io_add(&io, &t.ops[i].io);
			if (ret_dev)
				*ret_dev = t.ops[i].dev;
		}
	return io;
}

static uint64_t slots_sum(const struct fs_io *io)
{
	uint64_t sum = 0;

	for (int i = 0; i < HIST_SLOTS; i++)
		sum += io->slots[i];
	return sum;
}

static uint32_t kernel_dev(dev_t dev)
{
	return major(dev) << 20 | minor(dev);
}

static struct stat stat_of(const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", t.dir, name);
	assert_int_equal(stat(path, &st), 0);
	return st;
}

static char page[BLOCK] __attribute__((aligned(BLOCK)));

static int file(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	must(fd >= 0);
	return fd;
}

static struct iovec *vector(void)
{
	static struct iovec v[2] = {{page, 10}, {page + 10, 20}};

	return v;
}

/* Each call of the family: on file `a` 30 bytes, or from `a` to `b`. */
static void work_read(void)
{
	int a = file("a");

	must(pwrite(a, page, 1000, 0) == 1000);
	for (int i = 0; i < 10; i++)
		must(read(a, page, 30) == 30);
	for (int i = 0; i < 11; i++)
		must(pread(a, page, 30, i) == 30);
	for (int i = 0; i < 12; i++)
		must(readv(a, vector(), 2) == 30);
	for (int i = 0; i < 13; i++)
		must(preadv(a, vector(), 2, i) == 30);
	for (int i = 0; i < 14; i++)
		must(preadv2(a, vector(), 2, i, 0) == 30);
	must(pread(a, page, 30, 5000) == 0); /* behind the end: a call, too */
}

static void work_write(void)
{
	int a = file("a");

	for (int i = 0; i < 10; i++)
		must(write(a, page, 30) == 30);
	for (int i = 0; i < 11; i++)
		must(pwrite(a, page, 30, i) == 30);
	for (int i = 0; i < 12; i++)
		must(writev(a, vector(), 2) == 30);
	for (int i = 0; i < 13; i++)
		must(pwritev(a, vector(), 2, i) == 30);
	for (int i = 0; i < 15; i++)
		must(pwritev2(a, vector(), 2, i, 0) == 30);
}

static void each_call_of_the_read_family_is_a_read(void **state)
{
	struct fs_io io;
	pid_t pid;

	(void)state;
	pid = run(work_read, PLAIN);
	io = sum_io(FS_OP_READ, FS_T_REGULAR, stat_of("a").st_ino);
	assert_int_equal(io.count, 61);
	assert_int_equal(io.bytes, 60 * 30);
	assert_int_equal(io.errors, 0);
	assert_int_equal(slots_sum(&io), 61);
	assert_true(io.max_ns && io.max_ns <= io.ns && io.ns < 10000000000ULL);
	assert_int_equal(sum_io(FS_OP_WRITE, FS_T_REGULAR, stat_of("a").st_ino).count, 1);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_REGULAR, 0).count, 61);
	assert_int_equal(t.files[0].tgid, pid);
}

static void each_call_of_the_write_family_is_a_write(void **state)
{
	struct fs_io io;

	(void)state;
	run(work_write, PLAIN);
	io = sum_io(FS_OP_WRITE, FS_T_REGULAR, stat_of("a").st_ino);
	assert_int_equal(io.count, 61);
	assert_int_equal(io.bytes, 61 * 30);
	assert_int_equal(slots_sum(&io), 61);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_REGULAR, 0).count, 0);
}

static void work_two(void)
{
	int a = file("a"), b = file("b"), ends[2];
	off_t from = 0;
	loff_t at = 0;

	must(!pipe(ends));
	must(pwrite(a, page, BLOCK, 0) == BLOCK);
	for (int i = 0; i < 3; i++, from = 0)
		must(sendfile(b, a, &from, 100) == 100);
	for (int i = 0; i < 4; i++, at = 0) {
		must(splice(a, &at, ends[1], NULL, 100, 0) == 100);
		must(splice(ends[0], NULL, b, NULL, 100, 0) == 100);
	}
	for (int i = 0; i < 5; i++, at = 0)
		must(copy_file_range(a, &at, b, NULL, 100, 0) == 100);
}

static void what_moves_data_reads_one_file_and_writes_the_other(void **state)
{
	struct fs_io from, to;

	(void)state;
	run(work_two, PLAIN);
	from = sum_io(FS_OP_READ, FS_T_REGULAR, stat_of("a").st_ino);
	to = sum_io(FS_OP_WRITE, FS_T_REGULAR, stat_of("b").st_ino);
	assert_int_equal(from.count, 12);
	assert_int_equal(from.bytes, 1200);
	assert_int_equal(to.count, 12);
	assert_int_equal(to.bytes, 1200);
	assert_int_equal(sum_io(FS_OP_WRITE, FS_T_REGULAR, stat_of("a").st_ino).count, 1);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_REGULAR, stat_of("b").st_ino).count, 0);
	assert_int_equal(sum_io(FS_OP_WRITE, FS_T_PIPE, 0).count, 4);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_PIPE, 0).count, 5); /* and the word to begin */
}

/* A read fails on a file, on a directory, and on what is not open. */
static void work_errors(void)
{
	int a = file("a"), dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int only = open("a", O_WRONLY | O_CLOEXEC);

	must(a >= 0 && dir >= 0 && only >= 0);
	for (int i = 0; i < 3; i++)
		must(read(only, page, 10) == -1 && errno == EBADF);
	for (int i = 0; i < 4; i++)
		must(read(dir, page, 10) == -1 && errno == EISDIR);
	for (int i = 0; i < 5; i++)
		must(read(999, page, 10) == -1 && errno == EBADF);
	for (int i = 0; i < 6; i++)
		must(read(-1, page, 10) == -1 && errno == EBADF);
}

static void failed_calls_are_errors_of_what_they_failed_on(void **state)
{
	struct fs_io io;

	(void)state;
	run(work_errors, PLAIN);
	io = sum_io(FS_OP_READ, FS_T_REGULAR, stat_of("a").st_ino);
	assert_int_equal(io.count, 3);
	assert_int_equal(io.errors, 3);
	io = sum_io(FS_OP_READ, FS_T_DIR, stat_of(".").st_ino);
	assert_int_equal(io.count, 4);
	assert_int_equal(io.errors, 4);
	assert_int_equal(io.bytes, 0);
	io = sum_io(FS_OP_READ, FS_T_OTHER, 0);
	assert_int_equal(io.count, 11);
	assert_int_equal(io.errors, 11);
}

static void work_no_files(void)
{
	int sockets[2], ends[2], zero = open("/dev/zero", O_RDWR | O_CLOEXEC), event = eventfd(1, EFD_CLOEXEC);
	uint64_t one = 1;

	must(zero >= 0 && event >= 0 && !pipe(ends) && !socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	for (int i = 0; i < 3; i++)
		must(write(sockets[0], page, 10) == 10 && read(sockets[1], page, 10) == 10);
	for (int i = 0; i < 4; i++)
		must(write(ends[1], page, 20) == 20 && read(ends[0], page, 20) == 20);
	for (int i = 0; i < 5; i++)
		must(read(zero, page, 30) == 30 && write(zero, page, 40) == 40);
	for (int i = 0; i < 6; i++)
		must(write(event, &one, 8) == 8);
}

static void what_is_no_file_is_one_row_of_its_type(void **state)
{
	unsigned rows = 0;

	(void)state;
	run(work_no_files, PLAIN);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_SOCKET, 0).bytes, 30);
	assert_int_equal(sum_io(FS_OP_WRITE, FS_T_SOCKET, 0).count, 3);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_PIPE, 0).bytes, 81);
	assert_int_equal(sum_io(FS_OP_WRITE, FS_T_PIPE, 0).count, 4);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_CHAR, 0).bytes, 150);
	assert_int_equal(sum_io(FS_OP_WRITE, FS_T_CHAR, 0).bytes, 200);
	assert_int_equal(sum_io(FS_OP_WRITE, FS_T_OTHER, 0).count, 6);
	for (unsigned i = 0; i < t.files_nr; i++) {
		rows++;
		assert_int_equal(t.files[i].ino, 0);
		assert_int_equal(t.files[i].dev, 0);
	}
	assert_int_equal(rows, 4);
}

static void work_opens(void)
{
	char name[32];
	int fd;

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "new-%d", i);
		fd = file(name);
		close(fd);
	}
	for (int i = 0; i < 30; i++)
		must(close(open("new-0", O_RDONLY | O_CLOEXEC)) == 0);
	for (int i = 0; i < 40; i++)
		must(open("missing", O_RDONLY | O_CLOEXEC) == -1 && errno == ENOENT);
	for (int i = 0; i < 5; i++)
		must(open("new-1", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) == -1 && errno == EEXIST);
	must(syscall(SYS_creat, "new-0", 0600) >= 0);
	must(syscall(SYS_open, "new-0", O_RDONLY) >= 0);
}

static void opens_that_fail_or_create_are_told_apart(void **state)
{
	uint64_t enoent = 0;
	struct fs_io io;
	uint32_t dev = 0;

	(void)state;
	run(work_opens, PLAIN);
	io = sum_op(FS_OP_OPEN, NULL);
	assert_int_equal(io.count, 97);
	assert_int_equal(io.errors, 45);
	assert_int_equal(slots_sum(&io), 97);
	for (unsigned i = 0; i < t.ops_nr; i++) {
		enoent += t.ops[i].enoent;
		if (t.ops[i].op == FS_OP_OPEN)
			assert_int_equal(t.ops[i].dev, t.ops[i].io.errors ? 0 : kernel_dev(stat_of(".").st_dev));
	}
	assert_int_equal(enoent, 40);
	assert_int_equal(sum_op(FS_OP_CREATE, &dev).count, 20);
	assert_int_equal(dev, kernel_dev(stat_of(".").st_dev));
	assert_int_equal(sum_op(FS_OP_CLOSE, NULL).count, 0); /* nobody asks for them */
}

/* All other operations; how many of each. */
static const struct other {
	unsigned op, nr;
	bool has_dev;
} others[] = {
	{FS_OP_FSYNC, 5, true},	   {FS_OP_SYNC, 1, true},     {FS_OP_GETATTR, 6, true},	 {FS_OP_SETATTR, 3, false},
	{FS_OP_READDIR, 2, true},  {FS_OP_LOOKUP, 3, false},  {FS_OP_UNLINK, 3, true},	 {FS_OP_RENAME, 2, true},
	{FS_OP_MKDIR, 2, true},	   {FS_OP_RMDIR, 2, true},    {FS_OP_LINK, 2, true},	 {FS_OP_MKNOD, 1, true},
	{FS_OP_TRUNCATE, 1, true}, {FS_OP_FALLOCATE, 1, true}, {FS_OP_XATTR, 1, true},	 {FS_OP_STATFS, 1, true},
	{FS_OP_LOCK, 2, true},
};

static void work_others(void)
{
	int a = file("a"), dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statx stx;
	struct statfs sf;
	struct stat st;

	must(!fsync(a) && !fdatasync(a) && !fsync(a) && !fdatasync(a));
	must(!sync_file_range(a, 0, 0, SYNC_FILE_RANGE_WRITE));
	must(!syncfs(a));
	must(!stat("a", &st) && !lstat("a", &st) && !fstat(a, &st) && !fstatat(dir, "a", &st, 0));
	must(!syscall(SYS_stat, "a", &st) && !statx(AT_FDCWD, "a", 0, STATX_ALL, &stx));
	must(!chmod("a", 0600) && !chown("a", 0, 0) && !utimensat(AT_FDCWD, "a", NULL, 0));
	must(syscall(SYS_getdents64, dir, page, BLOCK) > 0 && !syscall(SYS_getdents64, dir, page, BLOCK));
	must(!access("a", R_OK) && readlink("a", page, BLOCK) == -1 && faccessat(dir, "none", R_OK, 0) == -1);
	must(!link("a", "b") && !symlink("a", "s") && !mkfifo("f", 0600));
	must(!rename("b", "c") && !renameat2(AT_FDCWD, "c", dir, "b", 0));
	must(!unlink("b") && !unlinkat(dir, "s", 0) && !unlink("f"));
	must(!mkdir("d", 0700) && !rmdir("d") && !mkdirat(dir, "d", 0700) && !unlinkat(dir, "d", AT_REMOVEDIR));
	must(!ftruncate(a, 100) && !fallocate(a, 0, 0, 1000));
	must(fgetxattr(a, "user.none", page, BLOCK) == -1 && !fstatfs(a, &sf));
	must(!flock(a, LOCK_EX) && !flock(a, LOCK_UN));
}

static void other_operations_are_counted_by_what_they_are(void **state)
{
	uint32_t here, dev;
	struct fs_io io;

	(void)state;
	run(work_others, PLAIN);
	here = kernel_dev(stat_of(".").st_dev);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		io = sum_op(others[i].op, &dev);
		print_message("# operation %u: %llu of %u\n", others[i].op, io.count, others[i].nr);
		assert_int_equal(io.count, others[i].nr);
		assert_int_equal(dev, others[i].has_dev ? here : 0);
	}
	assert_int_equal(sum_op(FS_OP_XATTR, NULL).errors, 1);
	assert_int_equal(sum_op(FS_OP_LOOKUP, NULL).errors, 2);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_REGULAR, 0).count, 0);
}

static void work_paths(void)
{
	int dir;

	must(!mkdir("d", 0700) && !mkdir("./d/e", 0700) && !mkdir("d/f", 0700));
	dir = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(dir >= 0 && !mkdirat(dir, "g", 0700) && mkdirat(dir, "g", 0700) == -1);
}

/* Behind a slash there may be another filesystem; what failed was on none. */
static void a_name_alone_is_where_its_directory_is(void **state)
{
	uint64_t here = 0, nowhere = 0;

	(void)state;
	run(work_paths, PLAIN);
	for (unsigned i = 0; i < t.ops_nr; i++)
		if (t.ops[i].op == FS_OP_MKDIR && t.ops[i].dev)
			here += t.ops[i].io.count;
		else if (t.ops[i].op == FS_OP_MKDIR)
			nowhere += t.ops[i].io.count;
	assert_int_equal(here, 2);
	assert_int_equal(nowhere, 3);
}

static void work_direct(void)
{
	int a = open("a", O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600), b = file("b");

	must(a >= 0);
	for (int i = 0; i < 7; i++)
		must(pwrite(a, page, BLOCK, i * BLOCK) == BLOCK && pread(a, page, BLOCK, i * BLOCK) == BLOCK);
	must(write(b, page, 1) == 1);
}

static void direct_io_is_counted_and_marked(void **state)
{
	(void)state;
	run(work_direct, PLAIN);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_REGULAR, stat_of("a").st_ino).bytes, 7 * BLOCK);
	assert_int_equal(sum_io(FS_OP_WRITE, FS_T_REGULAR, stat_of("a").st_ino).count, 7);
	for (unsigned i = 0; i < t.files_nr; i++)
		if (t.files[i].type == FS_T_REGULAR)
			assert_int_equal(!!(t.files[i].flags & FS_F_DIRECT), t.files[i].ino == stat_of("a").st_ino);
}

#if defined(__x86_64__)
static long call_32(long nr, long a, void *b, long c)
{
	long ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "0"(nr), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

/* i386 numbers: 3 read, 4 write, 5 open. A 64-bit program may use them. */
static void work_compat(void)
{
	char *low = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	int a = file("a");

	must(low != MAP_FAILED);
	for (int i = 0; i < 5; i++)
		must(call_32(4, a, low, 100) == 100);
	must(lseek(a, 0, SEEK_SET) == 0);
	for (int i = 0; i < 4; i++)
		must(call_32(3, a, low, 100) == 100);
	strcpy(low, "missing");
	for (int i = 0; i < 3; i++)
		must(call_32(5, (long)low, NULL, 0) == -ENOENT);
}

static void calls_of_32_bits_have_numbers_of_their_own(void **state)
{
	(void)state;
	run(work_compat, PLAIN);
	assert_int_equal(sum_io(FS_OP_WRITE, FS_T_REGULAR, stat_of("a").st_ino).bytes, 500);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_REGULAR, stat_of("a").st_ino).count, 4);
	assert_int_equal(sum_op(FS_OP_OPEN, NULL).count, 4);
	assert_int_equal(sum_op(FS_OP_OPEN, NULL).errors, 3);
}
#endif

static struct uring ring;

static int by_uring(unsigned op, int fd, size_t bytes, uint64_t offset)
{
	struct io_uring_sqe sqe = {
		.opcode = (uint8_t)op, .fd = fd, .addr = bytes ? (uintptr_t)page : 0, .len = (uint32_t)bytes,
		.off = offset,
	};

	return uring_do(&ring, &sqe);
}

static void work_uring(void)
{
	int a = file("a"), direct = open("a", O_RDWR | O_DIRECT | O_CLOEXEC);

	must(!uring_open(&ring));
	for (int i = 0; i < 20; i++)
		must(by_uring(IORING_OP_WRITE, a, 100, i * 100) == 100);
	for (int i = 0; i < 30; i++)
		must(by_uring(IORING_OP_READ, a, 50, i * 50) == 50);
	for (int i = 0; i < 3; i++)
		must(by_uring(IORING_OP_READ, 999, 50, 0) == -EBADF);
	must(by_uring(IORING_OP_WRITE, direct, BLOCK, 0) == BLOCK);
	for (int i = 0; i < 5; i++)
		must(by_uring(IORING_OP_READ, direct, BLOCK, 0) == BLOCK);
	must(by_uring(IORING_OP_NOP, -1, 0, 0) == 0);
	for (int i = 0; i < 2; i++)
		must(by_uring(IORING_OP_FSYNC, a, 0, 0) == 0);
}

static bool uring_is_seen(void)
{
	struct uring u;

	return probe_is_on(t.source, PROBE_URING_DONE) && probe_is_on(t.source, PROBE_URING_SUBMIT) && !uring_open(&u);
}

static void requests_of_io_uring_are_counted(void **state)
{
	struct fs_io io;

	(void)state;
	if (!uring_is_seen()) {
		print_message("# no io_uring, or nothing tells of it here\n");
		skip();
	}
	run(work_uring, PLAIN);
	io = sum_io(FS_OP_WRITE, FS_T_REGULAR, stat_of("a").st_ino);
	assert_int_equal(io.count, 21);
	assert_int_equal(io.bytes, 2000 + BLOCK);
	io = sum_io(FS_OP_READ, FS_T_REGULAR, stat_of("a").st_ino);
	assert_int_equal(io.count, 35);
	assert_int_equal(io.bytes, 1500 + 5 * BLOCK);
	assert_int_equal(slots_sum(&io), 35);
	assert_true(io.max_ns && io.max_ns <= io.ns && io.ns < 10000000000ULL);
	io = sum_io(FS_OP_READ, FS_T_OTHER, 0);
	assert_int_equal(io.count, 3);
	assert_int_equal(io.errors, 3);
	assert_int_equal(sum_op(FS_OP_FSYNC, NULL).count, 2);
}

#define THREADS	     4
#define THREAD_READS 20000

static void *read_often(void *fd)
{
	char byte;

	for (int i = 0; i < THREAD_READS; i++)
		must(pread(*(int *)fd, &byte, 1, i) == 1);
	return NULL;
}

static void work_threads(void)
{
	pthread_t threads[THREADS];
	int a = file("a");

	must(!ftruncate(a, THREAD_READS));
	for (int i = 0; i < THREADS; i++)
		must(!pthread_create(&threads[i], NULL, read_often, &a));
	for (int i = 0; i < THREADS; i++)
		must(!pthread_join(threads[i], NULL));
}

static void threads_on_one_file_lose_no_count(void **state)
{
	struct fs_io io;

	(void)state;
	run(work_threads, PLAIN);
	io = sum_io(FS_OP_READ, FS_T_REGULAR, stat_of("a").st_ino);
	assert_int_equal(io.count, THREADS * THREAD_READS);
	assert_int_equal(io.bytes, THREADS * THREAD_READS);
	assert_int_equal(slots_sum(&io), THREADS * THREAD_READS);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void signal_soon(int flags)
{
	struct sigaction act = {.sa_handler = on_signal, .sa_flags = flags};
	struct timeval soon = {.tv_usec = 50000};

	must(!sigaction(SIGALRM, &act, NULL));
	must(!setitimer(ITIMER_REAL, &(struct itimerval){.it_value = soon}, NULL));
}

/* A read that a signal interrupts and that goes on after it. */
static void work_restart(void)
{
	int ends[2];
	char byte;
	pid_t pid;

	must(!pipe(ends));
	signal_soon(SA_RESTART);
	pid = fork();
	if (!pid) {
		usleep(200000);
		must(write(ends[1], "x", 1) == 1);
		_exit(0);
	}
	must(read(ends[0], &byte, 1) == 1);
	must(waitpid(pid, NULL, 0) == pid);
}

static void a_call_that_goes_on_after_a_signal_is_one(void **state)
{
	struct fs_io io;

	(void)state;
	run(work_restart, PLAIN);
	io = sum_io(FS_OP_READ, FS_T_PIPE, 0);
	assert_int_equal(io.count, 2); /* the first one is the word to begin */
	assert_int_equal(io.errors, 0);
	assert_int_equal(io.bytes, 2);
}

static int waiting[2];

static void work_waiting(void)
{
	int a = file("a");
	char byte;

	must(read(waiting[0], &byte, 1) == 1); /* it began before the hooks were there */
	must(write(a, page, 10) == 10);
}

static void a_call_that_was_under_way_is_nobodys(void **state)
{
	siginfo_t info;
	char byte = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(waiting), 0);
	pid = fork_load();
	if (!pid) {
		must(!chdir(t.dir));
		work_waiting();
		_exit(0);
	}
	sleep_ms(100);
	forget((uint32_t)pid);
	t.source->ops->tick(t.source, 0, NULL, NULL);
	assert_true(probe_start(t.source) > 0);
	assert_int_equal(write(waiting[1], &byte, 1), 1);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	tick();
	waitpid(pid, NULL, 0);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_PIPE, 0).count, 0);
	assert_int_equal(sum_io(FS_OP_WRITE, FS_T_REGULAR, 0).count, 1);
	read_losses();
	assert_int_equal(t.unmatched, 0);
}

static void the_tools_own_are_left_out(void **state)
{
	char path[128];
	int fd;

	(void)state;
	forget((uint32_t)getpid());
	snprintf(path, sizeof(path), "%s/own", t.dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && write(fd, page, 10) == 10);
	close(fd);
	tick();
	assert_int_equal(t.files_nr + t.ops_nr, 0);
}

static void work_exec(void)
{
	int a = file("a");

	must(write(a, page, 10) == 10);
	must(dup2(a, 1) == 1);
	execlp("/bin/sh", "sh", "-c", "echo 12345; echo 12345", (char *)NULL);
	must(false);
}

static void after_an_exec_it_is_the_same_process(void **state)
{
	struct fs_io io;

	(void)state;
	run(work_exec, PLAIN);
	io = sum_io(FS_OP_WRITE, FS_T_REGULAR, stat_of("a").st_ino);
	assert_int_equal(io.count, 3);
	assert_int_equal(io.bytes, 22);
	for (unsigned i = 0; i < t.files_nr; i++)
		if (t.files[i].ino == stat_of("a").st_ino && t.files[i].type == FS_T_REGULAR)
			assert_string_equal(t.files[i].comm, "sh");
}

static void a_file_is_named_when_it_is_first_used(void **state)
{
	struct stat st;
	unsigned found = 0;
	char path[128];

	(void)state;
	run(work_read, PLAIN);
	tick(); /* names come through the ring */
	st = stat_of("a");
	snprintf(path, sizeof(path), "%s/a", t.dir);
	for (unsigned i = 0; i < t.names_nr; i++)
		if (t.names[i].ino == st.st_ino && t.names[i].dev == kernel_dev(st.st_dev)) {
			found++;
			/* Within its filesystem: /var or /tmp may be mounts. */
			assert_string_equal(t.names[i].path + strlen(t.names[i].path) - strlen("/a"), "/a");
			assert_non_null(strstr(path, t.names[i].path));
			assert_true(t.names[i].mnt_id);
			assert_int_equal(t.names[i].type, FS_T_REGULAR);
		}
	assert_int_equal(found, 1);
	read_losses();
	assert_int_equal(t.missing, 0);
}

static void a_process_that_is_gone_has_one_last_word(void **state)
{
	unsigned rows;

	(void)state;
	run(work_two, PLAIN);
	rows = t.files_nr;
	assert_int_equal(t.gone_nr, 0);
	forget(t.only);
	tick();
	assert_int_equal(t.gone_nr, rows);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_REGULAR, 0).count, 12);
	forget(t.only);
	for (int i = 0; i < 3; i++)
		tick();
	assert_int_equal(t.files_nr + t.ops_nr, 0);
}

static void with_a_command_only_its_files_count(void **state)
{
	(void)state;
	run(work_two, PLAIN);
	assert_int_equal(t.files_nr + t.ops_nr + t.names_nr, 0);
	run(work_two, TRACKED);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_REGULAR, 0).count, 12);
	run(work_two, PLAIN);
	assert_int_equal(t.files_nr + t.ops_nr, 0);
}

#define MANY 12000 /* more than there is room for */
_Static_assert(MANY > FS_FILES_MAX + FS_FILES_MAX / 4, "some find no room");

/* Each file is written once and read once. */
static void work_many(void)
{
	char name[32];
	int fd;

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "many-%d", i);
		fd = file(name);
		must(write(fd, page, 10) == 10 && pread(fd, page, 100, 0) == 10);
		close(fd);
	}
}

static void files_without_room_are_counted_in_their_process(void **state)
{
	struct fs_io reads, writes;
	unsigned named = 0;

	(void)state;
	run(work_many, PLAIN);
	reads = sum_io(FS_OP_READ, FS_T_REGULAR, 0);
	writes = sum_io(FS_OP_WRITE, FS_T_REGULAR, 0);
	assert_int_equal(reads.count, MANY);
	assert_int_equal(reads.bytes, 10 * MANY);
	assert_int_equal(writes.count, MANY);
	for (unsigned i = 0; i < t.files_nr; i++) {
		named += t.files[i].ino != 0;
		if (!t.files[i].ino && t.files[i].type == FS_T_REGULAR)
			assert_int_equal(t.files[i].tgid, t.only);
	}
	print_message("# %u of %u files have rows of their own\n", named, MANY);
	assert_in_range(named, FS_FILES_MAX / 16, FS_FILES_MAX); /* other processes have some, too */
	assert_int_equal(sum_op(FS_OP_OPEN, NULL).count, MANY);
	read_losses();
	assert_int_equal(t.map_full, 0); /* the process has them: nothing is lost */
	/* They are gone: there is room again. */
	tick();
	tick();
	run(work_read, PLAIN);
	assert_int_equal(sum_io(FS_OP_READ, FS_T_REGULAR, stat_of("a").st_ino).count, 61);
}

static int again[2];

/* Two rounds on one file, with a long pause. */
static void work_again(void)
{
	int a = file("a");
	char byte;

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 5; i++)
			must(write(a, page, 10) == 10);
		must(read(again[0], &byte, 1) == 1);
	}
}

static void a_file_that_rests_goes_and_comes_back_with_nothing_lost(void **state)
{
	struct fs_io io;
	char byte = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(again), 0);
	pid = fork_load();
	if (!pid) {
		must(!chdir(t.dir));
		work_again();
		_exit(0);
	}
	forget((uint32_t)pid);
	sleep_ms(100);
	/* Others keep the passes going: without any operation nothing is read. */
	for (int i = 0; i < 70; i++) {
		struct stat st = stat_of("a");

		(void)st;
		tick();
		assert_int_equal(system("true"), 0);
	}
	assert_int_equal(t.gone_nr, 1);
	assert_int_equal(write(again[1], &byte, 1), 1);
	sleep_ms(100);
	tick();
	io = sum_io(FS_OP_WRITE, FS_T_REGULAR, stat_of("a").st_ino);
	assert_int_equal(io.count, 10);
	assert_int_equal(write(again[1], &byte, 1), 1);
	waitpid(pid, NULL, 0);
}

static void closes_are_counted_while_they_are_asked_for(void **state)
{
	uint32_t dev = 0;

	(void)state;
	assert_int_equal(probe_demand(t.source, DEMAND_FSLOG), 0);
	probe_fs_kinds(t.source, 1 << FS_EV_CLOSE);
	run(work_opens, PLAIN);
	assert_int_equal(sum_op(FS_OP_CLOSE, &dev).count, 50);
	assert_int_equal(dev, kernel_dev(stat_of(".").st_dev));
	probe_fs_kinds(t.source, 0);
	assert_int_equal(probe_demand(t.source, 0), 0);
	run(work_opens, PLAIN);
	assert_int_equal(sum_op(FS_OP_CLOSE, NULL).count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_call_of_the_read_family_is_a_read),
		TEST(each_call_of_the_write_family_is_a_write),
		TEST(what_moves_data_reads_one_file_and_writes_the_other),
		TEST(failed_calls_are_errors_of_what_they_failed_on),
		TEST(what_is_no_file_is_one_row_of_its_type),
		TEST(opens_that_fail_or_create_are_told_apart),
		TEST(other_operations_are_counted_by_what_they_are),
		TEST(a_name_alone_is_where_its_directory_is),
		TEST(direct_io_is_counted_and_marked),
#if defined(__x86_64__)
		TEST(calls_of_32_bits_have_numbers_of_their_own),
#endif
		TEST(requests_of_io_uring_are_counted),
		TEST(threads_on_one_file_lose_no_count),
		TEST(a_call_that_goes_on_after_a_signal_is_one),
		cmocka_unit_test_setup_teardown(a_call_that_was_under_way_is_nobodys, open_unattached, close_all),
		TEST(the_tools_own_are_left_out),
		TEST(after_an_exec_it_is_the_same_process),
		TEST(a_file_is_named_when_it_is_first_used),
		TEST(a_process_that_is_gone_has_one_last_word),
		cmocka_unit_test_setup_teardown(with_a_command_only_its_files_count, open_tracked, close_all),
		TEST(files_without_room_are_counted_in_their_process),
		TEST(a_file_that_rests_goes_and_comes_back_with_nothing_lost),
		TEST(closes_are_counted_while_they_are_asked_for),
	};

	return cmocka_run_group_tests_name("fs", tests, NULL, NULL);
}
