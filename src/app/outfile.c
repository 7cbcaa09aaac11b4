/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening an output file without following anybody's link. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outfile.h"

static int refuse(const char *path, int code, struct err *e)
{
	const char *what = code == -EEXIST  ? "the file exists. Name another, or say --force" :
			   code == -ELOOP   ? "it is a symbolic link. Name the file itself" :
			   code == -EINVAL  ? "it is no regular file. Name a file" :
			   code == -EISDIR  ? "it is a directory. Name a file" :
					      strerror(-code);

	return err_set(e, code, "writing %s: %s.", path, what);
}

/* An existing file, with --force: only a regular one, looked at through the descriptor. */
static int open_existing(const char *path, struct err *e)
{
	struct stat st;
	int ret = 0;
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return refuse(path, -errno, e);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		ret = -EINVAL;
	else if (ftruncate(fd, 0))
		ret = -errno;
	if (!ret)
		return fd;
	close(fd);
	return refuse(path, ret, e);
}

int outfile_open(const char *path, bool force, struct err *e)
{
	int fd;

	if (!strcmp(path, "-") || !strcmp(path, "/dev/stdout"))
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	else if (!strcmp(path, "/dev/stderr"))
		fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	else if (!strcmp(path, "/dev/null"))
		fd = open(path, O_WRONLY | O_CLOEXEC);
	else
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	if (errno == EEXIST && force)
		return open_existing(path, e);
	return refuse(path, -errno, e);
}
