// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations on files that count themselves. Makes its files in DIR, says its pid as JSON, waits for a
 * line or the end of its input, does so many of each, tells what it did as JSON, and stays until its
 * input ends. Nothing else is done to files between the two lines.
 *
 *	load_files DIR [WHAT=NR]...
 *	load_files DIR              write=100000 open=500 enoent=1000 fsync=20 short=500 age=50 mount=1
 *
 * Ages are in ms. What can be had: see `deeds` below; `seconds=NR` ends it all early.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NS	   1000000000ULL
#define BLOCK	   4096
#define DATA_BYTES (1 << 20)
#define SMALL	   100 /* bytes of a small read or write */
#define BATCH	   50  /* short-lived files at one time */

enum op { OP_OPEN, OP_ENOENT, OP_CREATE, OP_FSYNC, OP_UNLINK, OP_GETATTR, OP_RENAME, OP_MKDIR, OP_RMDIR, OP_READDIR,
	  OP_MOUNT, OP_UMOUNT, OP_TRUNCATE, OP_LOOKUP, OP_NR };
static const char *const op_names[OP_NR] = {"open", "enoent", "create", "fsync", "unlink", "getattr", "rename",
					    "mkdir", "rmdir", "readdir", "mount", "umount", "truncate", "lookup"};

enum which { DATA, WRITTEN, COPY, DIRECT, WHICH_NR };

/* A file and what was done to it. */
static struct {
	const char *name;
	int flags;
	int fd;
	struct stat st;
	uint64_t reads, read_bytes, writes, write_bytes;
} files[WHICH_NR] = {
	[DATA] = {"data", O_RDWR | O_CREAT, -1, .reads = 0},
	[WRITTEN] = {"written", O_RDWR | O_CREAT | O_TRUNC, -1, .reads = 0},
	[COPY] = {"copy", O_RDWR | O_CREAT | O_TRUNC, -1, .reads = 0},
	[DIRECT] = {"direct", O_RDWR | O_CREAT | O_DIRECT, -1, .reads = 0},
};
static uint64_t did[OP_NR], pipe_reads, pipe_writes;
static uint64_t age_min_ns = UINT64_MAX, age_max_ns, fsync_ns[4096], ends_ns;
static unsigned fsyncs;
static long age_ms = 50;
static int ends[2];
static char *block;

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "load_files: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long must(long ret, const char *what)
{
	if (ret < 0)
		die(what);
	return ret;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS + (uint64_t)ts.tv_nsec;
}

static void did_read(enum which w, long bytes)
{
	files[w].reads++;
	files[w].read_bytes += (uint64_t)must(bytes, files[w].name);
}

static void did_write(enum which w, long bytes)
{
	files[w].writes++;
	files[w].write_bytes += (uint64_t)must(bytes, files[w].name);
}

/* Where the i-th small piece lies. */
static off_t place(long i)
{
	return i % (DATA_BYTES / SMALL) * SMALL;
}

static struct iovec *halves(void)
{
	static struct iovec v[2];

	v[0] = (struct iovec){block, SMALL / 2};
	v[1] = (struct iovec){block + SMALL / 2, SMALL / 2};
	return v;
}

static void do_read(long i)
{
	if (!place(i))
		lseek(files[DATA].fd, 0, SEEK_SET);
	did_read(DATA, read(files[DATA].fd, block, SMALL));
}

static void do_write(long i)
{
	(void)i;
	did_write(WRITTEN, write(files[WRITTEN].fd, block, SMALL));
}

static void do_pread(long i)
{
	did_read(DATA, pread(files[DATA].fd, block, SMALL, place(i)));
}

static void do_pwrite(long i)
{
	did_write(WRITTEN, pwrite(files[WRITTEN].fd, block, SMALL, place(i)));
}

static void do_readv(long i)
{
	if (!place(i))
		lseek(files[DATA].fd, 0, SEEK_SET);
	did_read(DATA, readv(files[DATA].fd, halves(), 2));
}

static void do_writev(long i)
{
	(void)i;
	did_write(WRITTEN, writev(files[WRITTEN].fd, halves(), 2));
}

static void do_preadv(long i)
{
	did_read(DATA, preadv(files[DATA].fd, halves(), 2, place(i)));
}

static void do_pwritev(long i)
{
	did_write(WRITTEN, pwritev(files[WRITTEN].fd, halves(), 2, place(i)));
}

static void do_preadv2(long i)
{
	did_read(DATA, preadv2(files[DATA].fd, halves(), 2, place(i), 0));
}

static void do_pwritev2(long i)
{
	did_write(WRITTEN, pwritev2(files[WRITTEN].fd, halves(), 2, place(i), 0));
}

static void do_sendfile(long i)
{
	off_t from = i % (DATA_BYTES / BLOCK) * BLOCK;
	long bytes = sendfile(files[COPY].fd, files[DATA].fd, &from, BLOCK);

	did_read(DATA, bytes);
	did_write(COPY, bytes);
}

/* Into a pipe and out of it. */
static void do_splice(long i)
{
	loff_t from = i % (DATA_BYTES / BLOCK) * BLOCK;
	long bytes = splice(files[DATA].fd, &from, ends[1], NULL, BLOCK, 0);

	did_read(DATA, bytes);
	pipe_writes++;
	did_write(COPY, splice(ends[0], NULL, files[COPY].fd, NULL, (size_t)bytes, 0));
	pipe_reads++;
}

static void do_copy(long i)
{
	loff_t from = i % (DATA_BYTES / BLOCK) * BLOCK;
	long bytes = copy_file_range(files[DATA].fd, &from, files[COPY].fd, NULL, BLOCK, 0);

	did_read(DATA, bytes);
	did_write(COPY, bytes);
}

static void do_direct(long i)
{
	off_t at = i % (DATA_BYTES / BLOCK) * BLOCK;

	did_write(DIRECT, pwrite(files[DIRECT].fd, block, BLOCK, at));
	did_read(DIRECT, pread(files[DIRECT].fd, block, BLOCK, at));
}

static void do_open(long i)
{
	(void)i;
	close((int)must(open("data", O_RDONLY | O_CLOEXEC), "open"));
	did[OP_OPEN]++;
}

static void do_enoent(long i)
{
	char name[32];

	snprintf(name, sizeof(name), "missing-%ld", i);
	if (open(name, O_RDONLY | O_CLOEXEC) >= 0 || errno != ENOENT)
		die("open of what is not there");
	did[OP_OPEN]++;
	did[OP_ENOENT]++;
}

static void sync_one(int (*sync)(int))
{
	uint64_t from_ns = now_ns();

	must(sync(files[WRITTEN].fd), "fsync");
	fsync_ns[fsyncs++ % 4096] = now_ns() - from_ns;
	did[OP_FSYNC]++;
}

/* Of what has just been written. */
static void do_fsync(long i)
{
	do_pwrite(i);
	sync_one(fsync);
}

static void do_fdatasync(long i)
{
	do_pwrite(i);
	sync_one(fdatasync);
}

static void do_stat(long i)
{
	struct stat st;

	must(i & 1 ? fstat(files[DATA].fd, &st) : stat("data", &st), "stat");
	did[OP_GETATTR]++;
}

static void do_access(long i)
{
	(void)i;
	must(access("data", R_OK), "access");
	did[OP_LOOKUP]++;
}

static void do_rename(long i)
{
	(void)i;
	must(rename("copy", "renamed"), "rename");
	must(rename("renamed", "copy"), "rename");
	did[OP_RENAME] += 2;
}

static void do_mkdir(long i)
{
	(void)i;
	must(mkdir("dir", 0700), "mkdir");
	must(rmdir("dir"), "rmdir");
	did[OP_MKDIR]++;
	did[OP_RMDIR]++;
}

static void do_readdir(long i)
{
	int fd = (int)must(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open");
	long got;

	(void)i;
	did[OP_OPEN]++;
	do {
		got = must(syscall(SYS_getdents64, fd, block, BLOCK), "getdents64");
		did[OP_READDIR]++;
	} while (got);
	close(fd);
}

static void do_truncate(long i)
{
	must(ftruncate(files[COPY].fd, i & 1 ? 0 : BLOCK), "ftruncate");
	did[OP_TRUNCATE]++;
}

static void do_mount(long i)
{
	(void)i;
	must(mount("load_files", "mnt", "tmpfs", 0, "size=64k"), "mount");
	did[OP_MOUNT]++;
	must(umount2("mnt", 0), "umount");
	did[OP_UMOUNT]++;
}

static uint64_t born_ns[BATCH];

static void unlink_batch(long nr)
{
	char name[32];
	uint64_t age_ns;

	for (long i = 0; i < nr; i++) {
		while ((age_ns = now_ns() - born_ns[i]) < (uint64_t)age_ms * 1000000)
			usleep((useconds_t)((uint64_t)age_ms * 1000 - age_ns / 1000 + 1));
		snprintf(name, sizeof(name), "short-%ld", i);
		must(unlink(name), "unlink");
		did[OP_UNLINK]++;
		if (age_ns < age_min_ns)
			age_min_ns = age_ns;
		age_ns = now_ns() - born_ns[i];
		if (age_ns > age_max_ns)
			age_max_ns = age_ns;
	}
}

/* Files that live for a while, some at a time. */
static void do_short(long i)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "short-%ld", i % BATCH);
	fd = (int)must(open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), "create");
	born_ns[i % BATCH] = now_ns();
	did[OP_OPEN]++;
	did[OP_CREATE]++;
	close(fd);
	if (i % BATCH == BATCH - 1)
		unlink_batch(BATCH);
}

static struct deed {
	const char *name;
	void (*act)(long i);
	long nr;
} deeds[] = {
	{"write", do_write, 100000},	{"open", do_open, 500},		{"enoent", do_enoent, 1000},
	{"fsync", do_fsync, 20},	{"short", do_short, 500},	{"mount", do_mount, 1},
	{"read", do_read, 0},		{"pread", do_pread, 0},		{"pwrite", do_pwrite, 0},
	{"readv", do_readv, 0},		{"writev", do_writev, 0},	{"preadv", do_preadv, 0},
	{"pwritev", do_pwritev, 0},	{"preadv2", do_preadv2, 0},	{"pwritev2", do_pwritev2, 0},
	{"sendfile", do_sendfile, 0},	{"splice", do_splice, 0},	{"copy", do_copy, 0},
	{"direct", do_direct, 0},	{"fdatasync", do_fdatasync, 0}, {"stat", do_stat, 0},
	{"access", do_access, 0},	{"rename", do_rename, 0},	{"mkdir", do_mkdir, 0},
	{"readdir", do_readdir, 0},	{"truncate", do_truncate, 0},
};
#define DEEDS (sizeof(deeds) / sizeof(deeds[0]))

static long nr_of(const char *name)
{
	for (size_t i = 0; i < DEEDS; i++)
		if (!strcmp(deeds[i].name, name))
			return deeds[i].nr;
	return 0;
}

static void choose(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < DEEDS; i++)
		deeds[i].nr = 0;
	for (int a = 2; a < argc; a++) {
		char *equals = strchr(argv[a], '=');
		size_t i = 0;

		if (equals)
			*equals++ = 0;
		while (equals && i < DEEDS && strcmp(deeds[i].name, argv[a]))
			i++;
		if (equals && i < DEEDS)
			deeds[i].nr = atol(equals);
		else if (equals && !strcmp(argv[a], "age"))
			age_ms = atol(equals);
		else if (equals && !strcmp(argv[a], "seconds"))
			ends_ns = now_ns() + strtoull(equals, NULL, 0) * NS;
		else {
			fprintf(stderr, "usage: load_files DIR [WHAT=NR]...\n");
			exit(2);
		}
	}
}

static void make_files(const char *dir)
{
	block = aligned_alloc(BLOCK, BLOCK);
	if (!block || chdir(dir))
		die(dir);
	memset(block, 'x', BLOCK);
	for (int w = 0; w < WHICH_NR; w++) {
		if (w == DIRECT && !nr_of("direct"))
			continue; /* not all filesystems have it */
		files[w].fd = (int)must(open(files[w].name, files[w].flags | O_CLOEXEC, 0600), files[w].name);
		for (int i = 0; w != WRITTEN && w != COPY && i < DATA_BYTES / BLOCK; i++)
			must(pwrite(files[w].fd, block, BLOCK, (off_t)i * BLOCK), files[w].name);
		must(fstat(files[w].fd, &files[w].st), files[w].name);
	}
	must(pipe2(ends, O_CLOEXEC), "pipe");
	if (nr_of("mount") && mkdir("mnt", 0700) && errno != EEXIST)
		die("mnt");
}

static void print_truth(void)
{
	printf("{\"ops\":{");
	for (int op = 0; op < OP_NR; op++)
		printf("%s\"%s\":%llu", op ? "," : "", op_names[op], (unsigned long long)did[op]);
	printf("},\"files\":[");
	for (int w = 0, any = 0; w < WHICH_NR; w++) {
		if (files[w].fd < 0)
			continue;
		printf("%s{\"name\":\"%s\",\"dev\":%llu,\"ino\":%llu,\"reads\":%llu,\"read_bytes\":%llu,"
		       "\"writes\":%llu,\"write_bytes\":%llu}", any++ ? "," : "", files[w].name,
		       (unsigned long long)files[w].st.st_dev, (unsigned long long)files[w].st.st_ino,
		       (unsigned long long)files[w].reads, (unsigned long long)files[w].read_bytes,
		       (unsigned long long)files[w].writes, (unsigned long long)files[w].write_bytes);
	}
	printf("],\"pipe_reads\":%llu,\"pipe_writes\":%llu,\"age_ns\":[%llu,%llu],\"fsync_ns\":[",
	       (unsigned long long)pipe_reads, (unsigned long long)pipe_writes,
	       (unsigned long long)(did[OP_UNLINK] ? age_min_ns : 0), (unsigned long long)age_max_ns);
	for (unsigned i = 0; i < fsyncs && i < 4096; i++)
		printf("%s%llu", i ? "," : "", (unsigned long long)fsync_ns[i]);
	printf("]}\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char c;

	if (argc < 2) {
		fprintf(stderr, "usage: load_files DIR [WHAT=NR]...\n");
		return 2;
	}
	choose(argc, argv);
	make_files(argv[1]);
	printf("{\"pid\":%d}\n", getpid());
	fflush(stdout);
	if (read(0, &c, 1) < 0)
		die("input");
	for (size_t i = 0; i < DEEDS; i++)
		for (long n = 0; n < deeds[i].nr && (!ends_ns || now_ns() < ends_ns); n++)
			deeds[i].act(n);
	unlink_batch((long)((did[OP_CREATE] - did[OP_UNLINK]) % BATCH));
	print_truth();
	fclose(stdout);
	while (read(0, &c, 1) == 1)
		;
	return 0;
}
