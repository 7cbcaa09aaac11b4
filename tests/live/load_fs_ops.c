/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every operation on files in known numbers, by its own count: load_fs_ops DIR ops TIMES. Of each kind another
 * number of calls, several variants of each, TIMES over; at the end one object: {"read":{"count":..}..}.
 * Or fsyncs of which each is timed: load_fs_ops DIR fsync NUMBER; at the end {"fsync":[ns, ns..]}.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define SYNCS_MAX 100000

enum kind {
	READ, WRITE, OPEN, CREATE, FSYNC, SYNC, GETATTR, SETATTR, READDIR, LOOKUP, UNLINK, RENAME, MKDIR, RMDIR, LINK, MKNOD,
	TRUNCATE, FALLOCATE, XATTR, STATFS, LOCK, MOUNT, UMOUNT, READ_PIPE, WRITE_PIPE, KINDS,
};

static const char *const names[KINDS] = {
	"read", "write", "open", "create", "fsync", "sync", "getattr", "setattr", "readdir", "lookup", "unlink", "rename", "mkdir",
	"rmdir", "link", "mknod", "truncate", "fallocate", "xattr", "statfs", "lock", "mount", "umount", "read pipe", "write pipe",
};

static struct {
	uint64_t count, bytes, errors, enoent;
} sums[KINDS];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Counts a call by what it returned. */
static long did(enum kind kind, long ret)
{
	sums[kind].count++;
	if (ret < 0) {
		sums[kind].errors++;
		sums[kind].enoent += errno == ENOENT;
	} else if (kind == READ || kind == WRITE || kind == READ_PIPE || kind == WRITE_PIPE) {
		sums[kind].bytes += (uint64_t)ret;
	}
	return ret;
}

static long must(enum kind kind, long ret)
{
	if (did(kind, ret) < 0)
		die(names[kind]);
	return ret;
}

static int make(const char *path)
{
	int fd = (int)must(OPEN, open(path, O_CREAT | O_EXCL | O_RDWR, 0600));

	did(CREATE, fd);
	return fd;
}

static void reads_and_writes(int fd)
{
	char buf[4096] = "";
	struct iovec v[2] = {{buf, 1000}, {buf + 1000, 2000}};

	for (int i = 0; i < 11; i++)
		must(WRITE, write(fd, buf, sizeof(buf)));
	for (int i = 0; i < 7; i++)
		must(WRITE, pwrite(fd, buf, 100, i * 100));
	for (int i = 0; i < 5; i++)
		must(WRITE, writev(fd, v, 2));
	for (int i = 0; i < 3; i++)
		must(WRITE, pwritev(fd, v, 2, 0));
	for (int i = 0; i < 13; i++)
		must(READ, pread(fd, buf, sizeof(buf), 0));
	if (lseek(fd, 0, SEEK_SET))
		die("lseek");
	for (int i = 0; i < 6; i++)
		must(READ, read(fd, buf, 1000));
	for (int i = 0; i < 4; i++)
		must(READ, readv(fd, v, 2));
	for (int i = 0; i < 2; i++)
		must(READ, preadv(fd, v, 2, 0));
	for (int i = 0; i < 3; i++)
		did(READ, syscall(SYS_read, fd, 8L, 1L)); /* EFAULT */
}

static void opens(void)
{
	char name[32];

	for (int i = 0; i < 17; i++)
		close((int)must(OPEN, open("a", O_RDONLY)));
	for (int i = 0; i < 19; i++)
		did(OPEN, open("missing", O_RDONLY));
	for (int i = 0; i < 5; i++)
		did(OPEN, open("a/b", O_RDONLY)); /* ENOTDIR */
	for (int i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		close(make(name));
	}
	for (int i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		must(UNLINK, unlink(name));
	}
	for (int i = 0; i < 4; i++)
		did(UNLINK, unlink("missing"));
}

static void syncs(int fd)
{
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		die("mmap");
	for (int i = 0; i < 4; i++)
		must(FSYNC, fsync(fd));
	for (int i = 0; i < 3; i++)
		must(FSYNC, fdatasync(fd));
	for (int i = 0; i < 2; i++)
		must(FSYNC, sync_file_range(fd, 0, 4096, SYNC_FILE_RANGE_WRITE));
	must(FSYNC, msync(map, 4096, MS_SYNC));
	for (int i = 0; i < 2; i++)
		must(SYNC, syncfs(fd));
	munmap(map, 4096);
}

static void attributes(int fd)
{
	struct timespec now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
	struct statfs fs;
	struct statx sx;
	struct stat st;
	char value[16];

	for (int i = 0; i < 10; i++)
		must(GETATTR, stat("a", &st));
	for (int i = 0; i < 8; i++)
		did(GETATTR, lstat("missing", &st));
	for (int i = 0; i < 6; i++)
		must(GETATTR, fstat(fd, &st));
	for (int i = 0; i < 5; i++)
		must(GETATTR, statx(AT_FDCWD, "a", 0, STATX_ALL, &sx));
	for (int i = 0; i < 3; i++)
		must(SETATTR, chmod("a", 0600));
	for (int i = 0; i < 2; i++)
		must(SETATTR, fchmod(fd, 0644));
	for (int i = 0; i < 4; i++)
		must(SETATTR, chown("a", 0, 0));
	must(SETATTR, utimensat(AT_FDCWD, "a", now, 0));
	must(SETATTR, futimens(fd, now));
	for (int i = 0; i < 3; i++)
		must(XATTR, setxattr("a", "user.x", "1", 1, 0));
	for (int i = 0; i < 2; i++)
		must(XATTR, fgetxattr(fd, "user.x", value, sizeof(value)));
	must(XATTR, listxattr("a", value, sizeof(value)));
	must(XATTR, removexattr("a", "user.x"));
	for (int i = 0; i < 3; i++)
		must(STATFS, statfs(".", &fs));
	must(STATFS, fstatfs(fd, &fs));
	for (int i = 0; i < 3; i++) {
		must(LOCK, flock(fd, LOCK_EX));
		must(LOCK, flock(fd, LOCK_UN));
	}
}

static void names_of_files(int fd)
{
	char buf[8192];
	int dir;

	for (int i = 0; i < 12; i++)
		must(LOOKUP, access("a", R_OK));
	for (int i = 0; i < 5; i++)
		did(LOOKUP, faccessat(AT_FDCWD, "missing", R_OK, AT_EACCESS));
	for (int i = 0; i < 4; i++) {
		must(LINK, symlink("a", "s"));
		must(LOOKUP, readlink("s", buf, sizeof(buf)));
		must(UNLINK, unlink("s"));
		must(LINK, link("a", "l"));
		must(UNLINK, unlinkat(AT_FDCWD, "l", 0));
	}
	for (int i = 0; i < 7; i++) {
		must(RENAME, rename("a", "b"));
		must(RENAME, renameat(AT_FDCWD, "b", AT_FDCWD, "a"));
	}
	for (int i = 0; i < 6; i++) {
		must(MKDIR, mkdir("d", 0700));
		must(RMDIR, i % 2 ? rmdir("d") : unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
	}
	for (int i = 0; i < 3; i++) {
		must(MKNOD, mknod("p", S_IFIFO | 0600, 0));
		must(UNLINK, unlink("p"));
	}
	dir = (int)must(OPEN, open(".", O_RDONLY | O_DIRECTORY));
	for (int i = 0; i < 8; i++) {
		must(READDIR, syscall(SYS_getdents64, dir, buf, sizeof(buf)));
		lseek(dir, 0, SEEK_SET);
	}
	close(dir);
	for (int i = 0; i < 4; i++)
		must(TRUNCATE, truncate("a", 60000 + i));
	for (int i = 0; i < 3; i++)
		must(TRUNCATE, ftruncate(fd, 65536));
	for (int i = 0; i < 2; i++)
		must(FALLOCATE, fallocate(fd, 0, 0, 65536));
}

static void pipes(void)
{
	char buf[64] = "";
	int fds[2];

	if (pipe(fds))
		die("pipe");
	for (int i = 0; i < 21; i++) {
		must(WRITE_PIPE, write(fds[1], buf, 10));
		must(READ_PIPE, read(fds[0], buf, sizeof(buf)));
	}
	close(fds[0]);
	close(fds[1]);
}

static void mounts(void)
{
	must(MKDIR, mkdir("m", 0700));
	for (int i = 0; i < 3; i++) {
		must(MOUNT, mount("none", "m", "tmpfs", 0, "size=64k"));
		must(UMOUNT, umount2("m", 0));
	}
	did(UMOUNT, umount2("m", 0)); /* EINVAL */
	must(RMDIR, rmdir("m"));
}

static void all_operations(int times)
{
	/* The mounts are its own. */
	if (unshare(CLONE_NEWNS))
		die("unshare");
	must(MOUNT, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	for (int i = 0; i < times; i++) {
		int fd = make("a");

		reads_and_writes(fd);
		opens();
		syncs(fd);
		attributes(fd);
		names_of_files(fd);
		pipes();
		mounts();
		close(fd);
		must(UNLINK, unlink("a"));
	}
	/* As long whatever it says: it is written to a pipe, too. */
	for (int i = 0; i < KINDS; i++)
		printf("%s\"%s\":{\"count\":%9llu,\"bytes\":%9llu,\"errors\":%9llu,\"enoent\":%9llu}", i ? "," : "{", names[i],
		       (unsigned long long)sums[i].count, (unsigned long long)sums[i].bytes, (unsigned long long)sums[i].errors,
		       (unsigned long long)sums[i].enoent);
	printf("}\n");
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* A page, and a sync of it, which is timed; some of them without anything to write. */
static void timed_syncs(int nr)
{
	static uint64_t ns[SYNCS_MAX];
	char page[4096] = "";
	int fd = make("a");

	if (nr > SYNCS_MAX)
		nr = SYNCS_MAX;
	for (int i = 0; i < nr; i++) {
		uint64_t from_ns;

		if (i % 8 && pwrite(fd, page, sizeof(page), i % 256 * 4096L) != sizeof(page))
			die("pwrite");
		from_ns = now_ns();
		if (fsync(fd))
			die("fsync");
		ns[i] = now_ns() - from_ns;
	}
	for (int i = 0; i < nr; i++)
		printf("%s%llu", i ? "," : "{\"fsync\":[", (unsigned long long)ns[i]);
	printf("]}\n");
	close(fd);
	unlink("a");
}

int main(int argc, char **argv)
{
	if (argc != 4 || chdir(argv[1])) {
		fprintf(stderr, "usage: load_fs_ops DIR ops TIMES | DIR fsync NUMBER\n");
		return 2;
	}
	if (!strcmp(argv[2], "ops"))
		all_operations(atoi(argv[3]));
	else
		timed_syncs(atoi(argv[3]));
	return 0;
}
