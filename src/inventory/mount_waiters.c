/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who waits on a mount that hangs: threads that are in a system call which names a file below it, by a
 * descriptor or by a path. No path is looked up, since that would hang too: they are compared as text,
 * so one that leads there by a symbolic link is not found, nor is a page fault on a mapped file.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "blocked.h"
#include "files.h"
#include "mount_ask.h"
#include "record.h"

#define THREADS_MAX 65536 /* looked at in one scan */

/* Calls with a path, and in which argument; `at`: the one before it is the directory that it starts from. */
static const struct path_call {
	short nr;
	uint8_t arg;
	bool at;
} path_calls[] = {
#ifdef SYS_open
	{SYS_open, 0, false},	   {SYS_stat, 0, false},    {SYS_lstat, 0, false},    {SYS_access, 0, false},
	{SYS_creat, 0, false},	   {SYS_unlink, 0, false},  {SYS_rmdir, 0, false},    {SYS_mkdir, 0, false},
	{SYS_rename, 0, false},	   {SYS_link, 0, false},    {SYS_symlink, 1, false},  {SYS_readlink, 0, false},
	{SYS_chmod, 0, false},	   {SYS_chown, 0, false},   {SYS_lchown, 0, false},   {SYS_mknod, 0, false},
	{SYS_utime, 0, false},	   {SYS_utimes, 0, false},
#endif
	{SYS_openat, 1, true},	   {SYS_openat2, 1, true},  {SYS_newfstatat, 1, true}, {SYS_statx, 1, true},
	{SYS_faccessat, 1, true},  {SYS_faccessat2, 1, true}, {SYS_unlinkat, 1, true}, {SYS_mkdirat, 1, true},
	{SYS_renameat, 1, true},   {SYS_renameat2, 1, true}, {SYS_linkat, 1, true},   {SYS_symlinkat, 2, true},
	{SYS_readlinkat, 1, true}, {SYS_fchmodat, 1, true}, {SYS_fchownat, 1, true},  {SYS_mknodat, 1, true},
	{SYS_utimensat, 1, true},  {SYS_execveat, 1, true}, {SYS_execve, 0, false},   {SYS_chdir, 0, false},
	{SYS_chroot, 0, false},	   {SYS_statfs, 0, false},  {SYS_truncate, 0, false}, {SYS_umount2, 0, false},
	{SYS_mount, 1, false},	   {SYS_setxattr, 0, false}, {SYS_lsetxattr, 0, false}, {SYS_getxattr, 0, false},
	{SYS_lgetxattr, 0, false}, {SYS_listxattr, 0, false}, {SYS_llistxattr, 0, false}, {SYS_removexattr, 0, false},
	{SYS_lremovexattr, 0, false},
};

struct scan {
	int proc_fd;
	const struct hung_mount *mounts;
	int nr, found, threads;
	uint64_t tick_ns;
	void (*fn)(void *ctx, const struct fs_waiter_rec *r);
	void *ctx;
};

/* A thread's directory, and the call that it is in. */
struct call {
	int dir;
	long nr;
	unsigned long args[6];
};

static const struct hung_mount *mount_of_path(const struct scan *s, const char *path)
{
	const struct hung_mount *best = NULL;
	size_t len, best_len = 0;

	for (int i = 0; i < s->nr; i++) {
		len = strlen(s->mounts[i].point);
		if (len == 1)
			len = 0; /* "/" */
		if (!strncmp(path, s->mounts[i].point, len) && (path[len] == '/' || !path[len]) && len >= best_len) {
			best = &s->mounts[i];
			best_len = len;
		}
	}
	return best;
}

static bool read_link(int dir, const char *name, char *buf, size_t size)
{
	ssize_t n = readlinkat(dir, name, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static const struct hung_mount *mount_of_fd(const struct scan *s, const struct call *c, unsigned long fd, char *path,
					    size_t size)
{
	char name[32], text[512];
	const char *at;
	unsigned id;
	ssize_t n;

	if (fd > INT32_MAX)
		return NULL;
	snprintf(name, sizeof(name), "fd/%lu", fd);
	if (!read_link(c->dir, name, path, size) || *path != '/')
		return NULL;
	snprintf(name, sizeof(name), "fdinfo/%lu", fd);
	n = files_read_at(c->dir, name, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "mnt_id:");
	if (at && sscanf(at, "mnt_id: %u", &id) == 1)
		for (int i = 0; i < s->nr; i++)
			if (s->mounts[i].mnt_id == id)
				return &s->mounts[i];
	return mount_of_path(s, path);
}

/* The string at `address` of the process's memory; false where it cannot be read. */
static bool read_string(int dir, unsigned long address, char *buf, size_t size)
{
	int fd = openat(dir, "mem", O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	/* Up to the end of a page at a time: the next one may not be there. */
	while (fd >= 0 && len < size - 1 && n > 0 && !memchr(buf, '\0', len)) {
		size_t room = 4096 - ((address + len) & 4095);

		n = pread(fd, buf + len, room < size - 1 - len ? room : size - 1 - len, (off_t)(address + len));
		len += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	buf[len] = '\0';
	return len > 0;
}

/* A relative path begins where the call or the process stands. */
static const struct hung_mount *mount_of_call(const struct scan *s, const struct call *c, const struct path_call *p,
					      char *path, size_t size)
{
	unsigned long from = p->at ? c->args[p->arg - 1] : (unsigned long)AT_FDCWD;
	char rest[PATH_MAX], name[32];
	size_t len;

	if (!c->args[p->arg] || !read_string(c->dir, c->args[p->arg], rest, sizeof(rest)))
		rest[0] = '\0';
	if (rest[0] == '/') {
		snprintf(path, size, "%s", rest);
		return mount_of_path(s, path);
	}
	if ((int)from == AT_FDCWD) {
		if (!rest[0] || !read_link(c->dir, "cwd", path, size))
			return NULL;
	} else {
		snprintf(name, sizeof(name), "fd/%d", (int)from);
		if (!read_link(c->dir, name, path, size))
			return NULL;
	}
	len = strlen(path);
	if (rest[0] && len < size)
		snprintf(path + len, size - len, "/%s", rest);
	return mount_of_path(s, path);
}

/* "1 0x3 0x55d0... 0x0 ...": false for a thread that runs, or is in no call. */
static bool read_call(struct call *c)
{
	char text[256];
	ssize_t n = files_read_at(c->dir, "syscall", text, sizeof(text) - 1);
	unsigned long *a = c->args;

	text[n > 0 ? n : 0] = '\0';
	return sscanf(text, "%ld %lx %lx %lx %lx %lx %lx", &c->nr, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5]) == 7 && c->nr >= 0;
}

static const struct hung_mount *mount_of_thread(const struct scan *s, const struct call *c, char *path, size_t size)
{
	if (blocked_call_has_fd((unsigned long)c->nr))
		return mount_of_fd(s, c, c->args[0], path, size);
	for (size_t i = 0; i < sizeof(path_calls) / sizeof(path_calls[0]); i++)
		if (path_calls[i].nr == c->nr)
			return mount_of_call(s, c, &path_calls[i], path, size);
	return NULL;
}

static void keep_end(const char *text, char *to, size_t size)
{
	size_t len = strlen(text);

	if (len >= size) {
		text += len - (size - 1);
		len = size - 1;
	}
	memcpy(to, text, len + 1);
}

static void look_at_thread(struct scan *s, uint32_t tgid, uint32_t pid, int dir)
{
	struct call c = {.dir = dir};
	const struct hung_mount *m;
	struct fs_waiter_rec r;
	struct pid_stat stat;
	char path[PATH_MAX + 1], text[2048];
	ssize_t n;

	s->threads++;
	if (!read_call(&c))
		return;
	m = mount_of_thread(s, &c, path, sizeof(path));
	n = m ? files_read_at(dir, "stat", text, sizeof(text)) : 0;
	if (n <= 0 || !parse_pid_stat((struct text){text, text + n}, &stat) ||
	    !strncmp(stat.comm, ASKER_NAME, sizeof(stat.comm)))
		return;
	memset(&r, 0, sizeof(r));
	r.mnt_id = m->mnt_id;
	r.tgid = tgid;
	r.pid = pid;
	r.nr = (uint32_t)c.nr;
	r.start_ns = stat.start * s->tick_ns;
	memcpy(r.comm, stat.comm, sizeof(r.comm));
	keep_end(path, r.path, sizeof(r.path));
	s->found++;
	s->fn(s->ctx, &r);
}

static void look_at_process(struct scan *s, uint32_t tgid)
{
	char path[64];
	struct dirent *entry;
	int fd, dir;
	DIR *d;

	snprintf(path, sizeof(path), "%u/task", tgid);
	fd = openat(s->proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d && fd >= 0)
		close(fd);
	while (d && s->found < FS_WAITERS_MAX && (entry = readdir(d))) {
		dir = *entry->d_name == '.' ? -1 : openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			continue;
		look_at_thread(s, tgid, (uint32_t)strtoul(entry->d_name, NULL, 10), dir);
		close(dir);
	}
	if (d)
		closedir(d);
}

void mount_waiters(int proc_fd, const struct hung_mount *mounts, int nr,
		   void (*fn)(void *ctx, const struct fs_waiter_rec *r), void *ctx)
{
	struct scan s = {.proc_fd = proc_fd, .mounts = mounts, .nr = nr, .tick_ns = files_tick_ns(), .fn = fn, .ctx = ctx};
	int fd = openat(proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	uint32_t tgid;

	if (!d && fd >= 0)
		close(fd);
	while (d && s.found < FS_WAITERS_MAX && s.threads < THREADS_MAX && (entry = readdir(d))) {
		tgid = (uint32_t)strtoul(entry->d_name, NULL, 10);
		if (tgid)
			look_at_process(&s, tgid);
	}
	if (d)
		closedir(d);
}
