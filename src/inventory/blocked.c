/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread's call, the descriptor that the call has, its file's name and mount. */
#include "blocked.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "files.h"
#include "mounts.h"
#include "record.h"

/* Calls whose first argument is the descriptor that they wait for. */
static const short fd_calls[] = {
	SYS_read,      SYS_write,	    SYS_readv,		 SYS_writev,	SYS_pread64,
	SYS_pwrite64,  SYS_preadv,	    SYS_pwritev,	 SYS_preadv2,	SYS_pwritev2,
	SYS_fsync,     SYS_fdatasync,	    SYS_sync_file_range, SYS_syncfs,	SYS_ioctl,
	SYS_fallocate, SYS_ftruncate,	    SYS_fstat,		 SYS_fstatfs,	SYS_getdents64,
	SYS_lseek,     SYS_fcntl,	    SYS_flock,		 SYS_fchmod,	SYS_fchown,
	SYS_fchdir,    SYS_close,	    SYS_sendfile,	 SYS_splice,	SYS_tee,
	SYS_vmsplice,  SYS_copy_file_range, SYS_readahead,	 SYS_fadvise64, SYS_fsetxattr,
	SYS_fgetxattr, SYS_flistxattr,	    SYS_fremovexattr,	 SYS_recvfrom,	SYS_recvmsg,
	SYS_sendto,    SYS_sendmsg,	    SYS_connect,	 SYS_accept,	SYS_accept4,
	SYS_shutdown,
#ifdef SYS_getdents
	SYS_getdents,
#endif
};

bool blocked_call_has_fd(unsigned long nr)
{
	for (size_t i = 0; i < sizeof(fd_calls) / sizeof(fd_calls[0]); i++)
		if ((unsigned long)fd_calls[i] == nr)
			return true;
	return false;
}

/*
 * "1 0x3 0x55d0... 0x0 0x0 0x0 0x0 0x7ffd... 0x7f5c...": number, six arguments, stack pointer,
 * place. A stack below 4 GiB is that of a 32-bit task, whose numbers are of another table.
 */
void blocked_parse_syscall(const char *text, uint32_t *ret_nr, uint32_t *ret_fd)
{
	unsigned long arg, sp;
	long nr;

	*ret_nr = *ret_fd = REC_UNKNOWN32;
	if (sscanf(text, "%ld %lx %*x %*x %*x %*x %*x %lx", &nr, &arg, &sp) != 3 || nr < 0)
		return;
	if (sizeof(long) == 8 && sp <= UINT32_MAX)
		return;
	*ret_nr = (uint32_t)nr;
	if (blocked_call_has_fd((unsigned long)nr) && arg <= INT32_MAX)
		*ret_fd = (uint32_t)arg;
}

/* The `nth` word from here, counted from 0; NULL where there are fewer. */
static const char *word(const char *at, int nth, size_t *ret_len)
{
	for (; nth > 0 && at; nth--) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	*ret_len = at ? strcspn(at, " \n") : 0;
	return at;
}

/* "36 35 98:0 /root /mount rw,noatime master:1 - ext4 /dev/sda1 rw": the part before " - " varies.
 */
bool blocked_parse_mount(const char *line, uint32_t mount_id, struct blocked_rec *ret)
{
	const char *mount, *type, *device;
	size_t mount_len, type_len, device_len;
	unsigned id;

	if (sscanf(line, "%u ", &id) != 1 || id != mount_id)
		return false;
	mount = word(line, 4, &mount_len);
	type = strstr(line, " - ");
	if (!mount || !type)
		return false;
	type = word(type + 1, 1, &type_len);
	device = word(type, 1, &device_len);
	mounts_unescape(mount, mount_len, ret->mount, sizeof(ret->mount));
	mounts_unescape(type, type_len, ret->fstype, sizeof(ret->fstype));
	if (device)
		mounts_unescape(device, device_len, ret->device, sizeof(ret->device));
	return true;
}

static void find_mount(int dir, uint32_t mount_id, struct blocked_rec *r)
{
	int fd = openat(dir, "mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char line[4096];

	if (fd >= 0 && !f)
		close(fd);
	while (f && fgets(line, sizeof(line), f))
		if (blocked_parse_mount(line, mount_id, r))
			break;
	if (f)
		fclose(f);
}

/* Where it is longer, the end of a path says more than its beginning. */
static void keep_end(const char *text, size_t len, char *to, size_t size)
{
	if (len < size) {
		memcpy(to, text, len);
		to[len] = '\0';
		return;
	}
	memcpy(to, "...", 3);
	memcpy(to + 3, text + len - (size - 4), size - 4);
	to[size - 1] = '\0';
}

static void describe_fd(int dir, struct blocked_rec *r)
{
	char name[32], text[4096], *at;
	ssize_t n;
	unsigned id;

	snprintf(name, sizeof(name), "fd/%u", r->fd);
	n = readlinkat(dir, name, text, sizeof(text));
	if (n > 0)
		keep_end(text, (size_t)n, r->path, sizeof(r->path));
	snprintf(name, sizeof(name), "fdinfo/%u", r->fd);
	n = files_read_at(dir, name, text, sizeof(text) - 1);
	if (n <= 0)
		return;
	text[n] = '\0';
	at = strstr(text, "mnt_id:");
	if (at && sscanf(at, "mnt_id: %u", &id) == 1)
		find_mount(dir, id, r);
}

/* Opens the thread's directory, if it is the one that is meant and no later owner of its pid. */
static int open_thread(int proc_fd, const struct blocked_who *who)
{
	struct pid_stat stat;
	char buf[2048];
	ssize_t n;
	int dir;

	snprintf(buf, sizeof(buf), "%u/task/%u", who->tgid, who->pid);
	dir = openat(proc_fd, buf, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	n = files_read_at(dir, "stat", buf, sizeof(buf));
	if (n > 0 && parse_pid_stat((struct text){buf, buf + n}, &stat) &&
	    (!who->start_ns || stat.start == who->start_ns / who->tick_ns))
		return dir;
	close(dir);
	return -ESRCH;
}

bool blocked_read(int proc_fd, const struct blocked_who *who, struct blocked_rec *ret)
{
	int dir = open_thread(proc_fd, who);
	char text[256];
	ssize_t n;

	*ret = (struct blocked_rec){.pid = who->pid,
				    .tgid = who->tgid,
				    .start_ns = who->start_ns,
				    .nr = REC_UNKNOWN32,
				    .fd = REC_UNKNOWN32};
	if (dir < 0)
		return false;
	record_init(&ret->h, files_now_ns(), PANE_CORE, CORE_BLOCKED, sizeof(*ret));
	n = files_read_at(dir, "wchan", text, sizeof(text));
	if (n > 0 && !(n == 1 && text[0] == '0')) /* "0": not asleep, or not ours to see */
		keep_end(text, (size_t)n, ret->wchan, sizeof(ret->wchan));
	n = files_read_at(dir, "syscall", text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	blocked_parse_syscall(text, &ret->nr, &ret->fd);
	if (ret->fd != REC_UNKNOWN32)
		describe_fd(dir, ret);
	close(dir);
	return true;
}

void blocked_stack(int proc_fd, const struct blocked_who *who, struct stack_rec *ret)
{
	int dir = open_thread(proc_fd, who);
	size_t padded;
	ssize_t n;

	*ret = (struct stack_rec){.pid = who->pid, .tgid = who->tgid, .start_ns = who->start_ns};
	n = dir < 0 ? dir : files_read_at(dir, "stack", ret->text, sizeof(ret->text));
	if (dir >= 0)
		close(dir);
	ret->error = n < 0 ? (int32_t)-n : 0;
	ret->len = n > 0 ? (uint32_t)n : 0;
	padded = (ret->len + 7) & ~7U;
	record_init(&ret->h, files_now_ns(), PANE_CORE, CORE_STACK,
		    offsetof(struct stack_rec, text) + padded);
}
