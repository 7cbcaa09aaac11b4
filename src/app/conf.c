/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration files through inih. A privileged program reads only what root or its own user
 * wrote: everything is checked on the opened descriptor, so that nobody can swap the file
 * between the check and the reading.
 */
#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

/* The text that is left, and where in it we are. */
struct parse {
	const char *text, *end, *name;
	unsigned line;
	conf_fn fn;
	void *ctx;
	int ret; /* the first error; nothing is parsed after it */
	struct err *err;
};

__attribute__((format(printf, 3, 4))) static int wrong(struct parse *p, int ret, const char *format,
						       ...)
{
	char words[200];
	va_list ap;

	va_start(ap, format);
	vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	p->ret = ret;
	return err_set(p->err, ret, "%s:%u: %s", p->name, p->line, words);
}

/* inih asks for lines as from fgets; it counts them itself only when it fails. */
static char *next_line(char *buf, int size, void *ctx)
{
	struct parse *p = ctx;
	const char *newline;
	size_t len;

	if (p->ret || p->text == p->end)
		return NULL;
	newline = memchr(p->text, '\n', (size_t)(p->end - p->text));
	len = (size_t)((newline ? newline : p->end) - p->text);
	p->line++;
	if (len > CONF_LINE_MAX || len + 2 > (size_t)size) {
		wrong(p, -EINVAL, "the line is too long. Keep it within %d characters.",
		      CONF_LINE_MAX);
		return NULL;
	}
	if (memchr(p->text, '\0', len)) {
		wrong(p, -EINVAL, "the line holds a NUL byte. Write the file as plain text.");
		return NULL;
	}
	memcpy(buf, p->text, len);
	memcpy(buf + len, "\n", 2);
	p->text += len + (newline ? 1 : 0);
	return buf;
}

static int one_key(void *ctx, const char *section, const char *key, const char *value)
{
	struct parse *p = ctx;
	struct err words = {""};
	int ret;

	if (p->ret)
		return 0;
	ret = p->fn(p->ctx, section, key, value ? value : "", &words);
	if (ret)
		wrong(p, ret, "%s", words.text);
	return ret == 0;
}

int conf_parse_text(const char *text, size_t len, const char *name, conf_fn fn, void *ctx,
		    struct err *e)
{
	struct parse p = {
		.text = text,
		.end = text + len,
		.name = name,
		.fn = fn,
		.ctx = ctx,
		.err = e,
	};
	int line;

	/* An indented line is a key like any other, not more of the one before. */
	ini_allow_multiline = false;
	ini_stop_on_first_error = true;
	line = ini_parse_stream(next_line, &p, one_key, &p);
	if (p.ret)
		return p.ret;
	if (line > 0) {
		p.line = (unsigned)line;
		return wrong(&p, -EINVAL, "not understood. Write `key = value` or `[section]`.");
	}
	if (line < 0)
		return err_set(e, -ENOMEM, "%s: no memory to read it. Free some memory.", name);
	return 0;
}

static int check_owner(const struct stat *st, const char *path, struct err *e)
{
	if (st->st_uid != 0 && st->st_uid != getuid())
		return err_set(e, -EPERM,
			       "%s: not read, it belongs to user %u. Give it to root: chown root.",
			       path, st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e, -EPERM,
			       "%s: not read, others may write to it. Take that away: chmod go-w.",
			       path);
	return 0;
}

static int check_file(int fd, const char *path, bool privileged, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_set(e, -errno, "%s: cannot be read: %s. Check its rights.", path,
			       strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s: not read, it is no regular file. Give a file.",
			       path);
	if (st.st_size > CONF_FILE_MAX)
		return err_set(e, -EFBIG, "%s: not read, it is larger than %d bytes. Shorten it.",
			       path, CONF_FILE_MAX);
	return privileged ? check_owner(&st, path, e) : 0;
}

/* Reads at most `size` bytes: a file that grew after the check is cut, never overrun. */
static ssize_t read_whole(int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int parse_fd(int fd, const char *path, conf_fn fn, void *ctx, struct err *e)
{
	char *text = malloc(CONF_FILE_MAX);
	ssize_t len;
	int ret;

	if (!text)
		return err_set(e, -ENOMEM, "%s: no memory to read it. Free some memory.", path);
	len = read_whole(fd, text, CONF_FILE_MAX);
	if (len < 0)
		ret = err_set(e, (int)len, "%s: cannot be read: %s. Check the file.", path,
			      strerror((int)-len));
	else
		ret = conf_parse_text(text, (size_t)len, path, fn, ctx, e);
	free(text);
	return ret;
}

int conf_parse(const char *path, bool privileged, conf_fn fn, void *ctx, struct err *e)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (privileged ? O_NOFOLLOW : 0);
	int fd = open(path, flags), ret;

	if (fd < 0 && errno == ELOOP)
		return err_set(e, -ELOOP,
			       "%s: not read, it is a symbolic link. Put the file itself there.",
			       path);
	if (fd < 0)
		return err_set(e, -errno, "%s: cannot be opened: %s. Check its name and rights.",
			       path, strerror(errno));
	ret = check_file(fd, path, privileged, e);
	if (!ret)
		ret = parse_fd(fd, path, fn, ctx, e);
	close(fd);
	return ret;
}

bool conf_privileged(void)
{
	return geteuid() == 0 || getauxval(AT_SECURE) != 0;
}

int conf_user_path(char *buf, size_t size, const char *xdg_config_home, const char *home)
{
	bool xdg = xdg_config_home && xdg_config_home[0] == '/';
	int len;

	if (!xdg && (!home || home[0] != '/'))
		return -ENOENT;
	len = snprintf(buf, size, "%s%s/probetop/probetop.conf", xdg ? xdg_config_home : home,
		       xdg ? "" : "/.config");
	return len < 0 || (size_t)len >= size ? -ENOENT : 0;
}

/* A file that is not there, or lies where we may not look, is no error here. */
static int load_one(const char *path, conf_fn fn, void *ctx, struct err *e)
{
	struct err words = {""};
	int ret = conf_parse(path, conf_privileged(), fn, ctx, &words);

	if (ret == -ENOENT || ret == -ENOTDIR || ret == -EACCES)
		return 0;
	return ret ? err_set(e, ret, "%s", words.text) : 0;
}

int conf_load(conf_fn fn, void *ctx, struct err *e)
{
	char path[4096];
	int ret = load_one(CONF_SYSTEM, fn, ctx, e);

	/* secure_getenv: the environment of someone else does not choose the file. */
	if (ret || conf_user_path(path, sizeof(path), secure_getenv("XDG_CONFIG_HOME"),
				  secure_getenv("HOME")))
		return ret;
	return load_one(path, fn, ctx, e);
}
