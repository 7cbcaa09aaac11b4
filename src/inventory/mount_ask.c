/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two ends of an asker. Questions and answers are messages of a socket; a question begins with a
 * letter. When our end of the socket is closed, by whatever end of this process, the asker ends.
 */
#include "mount_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ASK_STATVFS 'S' /* then the path */
#define ASK_WAITERS 'W' /* then mount ids, each with its path */
#define QUESTION_BYTES (ASKERS_MAX * (PATH_MAX + 64))

/* ---- in the asker's process: after fork() from one of several threads ---- */

static void answer_statvfs(int fd, const char *path)
{
	struct mount_answer a;

	memset(&a, 0, sizeof(a));
	a.error = statvfs(path, &a.vfs) ? errno : 0;
	send(fd, &a, sizeof(a), MSG_NOSIGNAL);
}

static void send_waiter(void *ctx, const struct fs_waiter_rec *r)
{
	send(*(const int *)ctx, r, sizeof(*r), MSG_NOSIGNAL);
}

static void answer_waiters(int fd, const char *at, const char *end)
{
	int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct hung_mount mounts[ASKERS_MAX];
	int nr = 0;

	while ((size_t)(end - at) > sizeof(mounts[0].mnt_id) && nr < ASKERS_MAX) {
		memcpy(&mounts[nr].mnt_id, at, sizeof(mounts[nr].mnt_id));
		mounts[nr].point = at + sizeof(mounts[nr].mnt_id);
		at = mounts[nr].point + strlen(mounts[nr].point) + 1;
		nr++;
	}
	if (proc_fd >= 0) {
		mount_waiters(proc_fd, mounts, nr, send_waiter, &fd);
		close(proc_fd);
	}
	send(fd, "", 1, MSG_NOSIGNAL); /* that was all */
}

/* It keeps nothing of its parent's: neither probes nor a pipe whose reader waits for its end. */
static void keep_only(int *fd)
{
	int low = dup2(*fd, 0);

	if (low < 0 || syscall(SYS_close_range, 1U, ~0U, 0U)) {
		long max = sysconf(_SC_OPEN_MAX);

		for (int i = 1; i < (max > 0 && max < 65536 ? max : 65536); i++)
			close(i);
	}
	*fd = 0;
}

static _Noreturn void asker_main(int fd)
{
	static char question[QUESTION_BYTES];
	ssize_t n;

	prctl(PR_SET_NAME, ASKER_NAME);
	keep_only(&fd);
	if (chdir("/"))
		_exit(1);
	while ((n = recv(fd, question, sizeof(question) - 1, 0)) > 0) {
		question[n] = '\0';
		if (question[0] == ASK_STATVFS)
			answer_statvfs(fd, question + 1);
		else
			answer_waiters(fd, question + 1, question + n);
	}
	_exit(0);
}

/* ---- in ours ---- */

static bool asker_start(struct asker *a)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return false;
	a->pid = fork();
	if (a->pid == 0)
		asker_main(fds[1]);
	close(fds[1]);
	if (a->pid < 0) {
		close(fds[0]);
		return false;
	}
	a->fd = fds[0];
	a->state = ASKER_IDLE;
	return true;
}

struct asker *askers_get(struct askers *a)
{
	struct asker *free = NULL;

	for (int i = 0; i < ASKERS_MAX; i++) {
		if (a->all[i].state == ASKER_IDLE)
			return &a->all[i];
		if (a->all[i].state == ASKER_NONE && !free)
			free = &a->all[i];
	}
	return free && asker_start(free) ? free : NULL;
}

void askers_reap(struct askers *a)
{
	for (int i = 0; i < ASKERS_MAX; i++)
		if (a->all[i].state == ASKER_KILLED && waitpid(a->all[i].pid, NULL, WNOHANG) != 0)
			a->all[i].state = ASKER_NONE; /* ECHILD: somebody else has taken it */
}

/* While our end is open it lives, so that the pid is its own. */
void asker_kill(struct asker *a)
{
	if (a->state != ASKER_IDLE && a->state != ASKER_BUSY)
		return;
	kill(a->pid, SIGKILL);
	close(a->fd);
	a->state = ASKER_KILLED;
}

static bool put(struct asker *a, const void *question, size_t len)
{
	if (send(a->fd, question, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len) {
		asker_kill(a);
		return false;
	}
	a->state = ASKER_BUSY;
	return true;
}

bool asker_ask(struct asker *a, const char *path)
{
	char question[PATH_MAX + 2];
	int len = snprintf(question, sizeof(question), "%c%s", ASK_STATVFS, path);

	return len < (int)sizeof(question) && put(a, question, (size_t)len);
}

/* One message; returns its length, or 0 where none is there. An asker that is gone is killed. */
static size_t get(struct asker *a, int timeout_ms, void *buf, size_t size)
{
	struct pollfd p = {.fd = a->fd, .events = POLLIN};
	ssize_t n;

	if (a->state != ASKER_BUSY || poll(&p, 1, timeout_ms) <= 0)
		return 0;
	n = recv(a->fd, buf, size, MSG_DONTWAIT);
	if (n > 0)
		return (size_t)n;
	asker_kill(a);
	return 0;
}

bool asker_answer(struct asker *a, int timeout_ms, struct mount_answer *ret)
{
	if (get(a, timeout_ms, ret, sizeof(*ret)) != sizeof(*ret))
		return false;
	a->state = ASKER_IDLE;
	return true;
}

bool asker_scan(struct asker *a, const struct hung_mount *mounts, int nr)
{
	static char question[QUESTION_BYTES]; /* one round is at work at a time */
	size_t len = 1, point;

	question[0] = ASK_WAITERS;
	for (int i = 0; i < nr; i++) {
		point = strlen(mounts[i].point) + 1;
		if (len + sizeof(mounts[i].mnt_id) + point >= sizeof(question))
			break;
		memcpy(question + len, &mounts[i].mnt_id, sizeof(mounts[i].mnt_id));
		memcpy(question + len + sizeof(mounts[i].mnt_id), mounts[i].point, point);
		len += sizeof(mounts[i].mnt_id) + point;
	}
	return put(a, question, len);
}

bool asker_found(struct asker *a, struct fs_waiter_rec *ret)
{
	size_t n = get(a, 0, ret, sizeof(*ret));

	if (n && n < sizeof(*ret))
		a->state = ASKER_IDLE;
	return n == sizeof(*ret);
}
