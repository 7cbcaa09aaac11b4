/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fork, gate, exec. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

#define STATUS_FAILED 125
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND 127

static void run(int gate_fd, char **argv, const sigset_t *mask) __attribute__((noreturn));

static void run(int gate_fd, char **argv, const sigset_t *mask)
{
	char byte;
	int err;

	if (read(gate_fd, &byte, 1) != 1)
		_exit(STATUS_FAILED);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	err = errno;
	fprintf(stderr, "probetop: running %s: %s.\n", argv[0], strerror(err));
	_exit(err == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE);
}

int child_fork(struct child *ch, char **argv, const sigset_t *mask, struct err *e)
{
	int gate[2];

	*ch = (struct child){ .pid = -1, .gate_fd = -1 };
	/* A socket, not a pipe: MSG_NOSIGNAL spares us SIGPIPE when the child is killed early. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate))
		return err_set(e, -errno, "starting %s: %s.", argv[0], strerror(errno));
	fflush(NULL);
	ch->pid = fork();
	if (ch->pid < 0) {
		int ret = -errno;

		close(gate[0]);
		close(gate[1]);
		return err_set(e, ret, "starting %s: %s.", argv[0], strerror(-ret));
	}
	if (!ch->pid) {
		close(gate[1]);
		run(gate[0], argv, mask);
	}
	close(gate[0]);
	ch->gate_fd = gate[1];
	return 0;
}

int child_release(struct child *ch)
{
	ssize_t n = send(ch->gate_fd, "", 1, MSG_NOSIGNAL);
	int ret = n == 1 ? 0 : -errno;

	close(ch->gate_fd);
	ch->gate_fd = -1;
	return ret;
}

bool child_ended(struct child *ch)
{
	if (!ch->reaped && ch->pid > 0 && waitpid(ch->pid, &ch->status, WNOHANG) == ch->pid)
		ch->reaped = true;
	return ch->reaped;
}

int child_exit_status(const struct child *ch)
{
	if (!ch->reaped)
		return STATUS_FAILED;
	return WIFSIGNALED(ch->status) ? 128 + WTERMSIG(ch->status) : WEXITSTATUS(ch->status);
}

void child_fini(struct child *ch)
{
	if (ch->gate_fd < 0)
		return;
	close(ch->gate_fd);
	ch->gate_fd = -1;
	if (!ch->reaped && ch->pid > 0)
		waitpid(ch->pid, &ch->status, 0);
	ch->reaped = true;
}
