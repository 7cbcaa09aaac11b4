/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages: `what failed: why. What to do.` Library layers return errors and leave words
 * for them in a struct err; only app decides where they are shown. The log is a file that
 * the user asked for with --log, or nothing.
 */
#ifndef PROBETOP_LOG_H
#define PROBETOP_LOG_H

#include <stdarg.h>

/* Words that go with a negative errno. */
struct err {
	char text[256];
};

/* Fills `e` (which may be NULL) and returns `code`, so that `return err_set(...)` reads well. */
int err_set(struct err *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Opens the log (O_APPEND, O_NOFOLLOW, 0600). Returns 0 or a negative errno. */
int log_open(const char *path, struct err *e);
void log_close(void);
/* Writes one line with a time stamp; nothing when no log is open. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_vline(const char *format, va_list ap) __attribute__((format(printf, 1, 0)));

#endif
