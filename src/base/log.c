/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words for errors, and the log file. A log line may carry kernel strings and a verifier's
 * many lines: each line is escaped and stamped on its own.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "esc.h"
#include "fmt.h"

static int log_fd = -1;

int err_set(struct err *e, int code, const char *format, ...)
{
	va_list ap;

	if (!e)
		return code;
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
	return code;
}

int log_open(const char *path, struct err *e)
{
	/* O_NONBLOCK: a FIFO without a reader is an error, not a wait */
	int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open(path, flags, 0600);

	if (fd < 0 && errno == ELOOP)
		return err_set(e, -ELOOP, "log %s: is a symbolic link. Name the file itself.",
			       path);
	if (fd < 0)
		return err_set(e, -errno, "log %s: %s. Name a file that can be written.", path,
			       strerror(errno));
	log_close();
	log_fd = fd;
	return 0;
}

void log_close(void)
{
	if (log_fd >= 0)
		close(log_fd);
	log_fd = -1;
}

static void write_line(const char *stamp, const char *text, size_t len)
{
	char line[2048];
	size_t n = (size_t)snprintf(line, sizeof(line), "%s ", stamp);

	n += esc_text(line + n, sizeof(line) - n - 1, text, len, false);
	line[n++] = '\n';
	/* one write a line: O_APPEND keeps it whole; a full disk must not stop the tool */
	if (write(log_fd, line, n) < 0)
		return;
}

void log_vline(const char *format, va_list ap)
{
	struct timespec now;
	char stamp[FMT_MAX], *text, *line, *end;

	if (log_fd < 0 || vasprintf(&text, format, ap) < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	fmt_iso(stamp, sizeof(stamp), (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
	for (line = text; (end = strchr(line, '\n')); line = end + 1)
		write_line(stamp, line, (size_t)(end - line));
	if (*line || line == text)
		write_line(stamp, line, strlen(line));
	free(text);
}

void log_line(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_vline(format, ap);
	va_end(ap);
}
