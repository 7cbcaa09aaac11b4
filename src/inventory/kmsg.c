/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /dev/kmsg: each read(2) gives one line, in the order of their numbers; EPIPE says that
 * lines were overwritten before they could be read, and the next number says how many.
 */
#include "kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "record.h"

#define LINE_BYTES 8192 /* the kernel makes none that is longer */
#define READS_MAX  4096 /* in a tick */
#define EMITS_MAX  256
#define LEVEL_MAX  4

struct kmsg {
	int fd, error;	   /* error: errno of opening, or of reading */
	uint64_t next_seq; /* 0: no line yet */
	uint32_t lost;	   /* before the next line that is told */
	uint64_t read_ns;  /* all that was written up to here has been read */
};

int kmsg_new_fd(int fd, struct kmsg **ret_kmsg)
{
	struct kmsg *k = calloc(1, sizeof(*k));

	*ret_kmsg = k;
	if (!k) {
		if (fd >= 0)
			close(fd);
		return -ENOMEM;
	}
	k->fd = fd;
	k->read_ns = files_now_ns();
	return 0;
}

int kmsg_new(struct kmsg **ret_kmsg)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC), error = fd < 0 ? errno : 0;
	int ret = kmsg_new_fd(fd, ret_kmsg);

	if (ret)
		return ret;
	(*ret_kmsg)->error = error;
	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return 0;
}

void kmsg_free(struct kmsg *k)
{
	if (!k)
		return;
	if (k->fd >= 0)
		close(k->fd);
	free(k);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte of an escape "\xHH" at `p`, or -1. NUL stays an escape: the text is a string. */
static int escape(const char *p, const char *end)
{
	if (end - p < 4 || p[0] != '\\' || p[1] != 'x' || hex(p[2]) < 0 || hex(p[3]) < 0)
		return -1;
	return hex(p[2]) << 4 | hex(p[3]) ? hex(p[2]) << 4 | hex(p[3]) : -1;
}

/*
 * The kernel writes what is no printable ASCII, and the backslash, as \xHH. Writes at most
 * `room` bytes; returns how many there are.
 */
static size_t decode(const char *from, const char *end, char *to, size_t room)
{
	size_t n = 0;

	for (; from < end; from++, n++) {
		int byte = escape(from, end);
		char c = byte < 0 ? *from : (char)byte;

		if (n < room)
			to[n] = c;
		from += byte < 0 ? 0 : 3;
	}
	return n;
}

/*
 * "Out of memory: Killed process 812 (name) total-vm:...", with "Memory cgroup out of memory" in
 * a group. The lines around it, of other levels, are about the same kill.
 */
static void find_oom(struct kmsg_rec *r)
{
	const char *killed = strstr(r->text, "ut of memory");

	killed = killed ? strstr(killed, ": Killed process ") : NULL;
	if (killed && sscanf(killed, ": Killed process %u (", &r->pid) == 1)
		r->flags |= KMSG_F_OOM;
}

bool kmsg_parse(const char *line, size_t len, struct kmsg_rec *ret)
{
	const char *text = memchr(line, ';', len), *end;
	unsigned long long seq, time_us;
	char head[64];
	unsigned prio;

	if (!text || (size_t)(text - line) >= sizeof(head))
		return false;
	memcpy(head, line, (size_t)(text - line));
	head[text - line] = '\0';
	if (sscanf(head, "%u,%llu,%llu,", &prio, &seq, &time_us) != 3)
		return false;
	text++;
	/* After the line come lines about the device, which begin with a blank. */
	end = memchr(text, '\n', len - (size_t)(text - line));
	*ret = (struct kmsg_rec){.seq = seq, .level = prio & 7, .h.ts_ns = time_us * 1000};
	if (decode(text, end ? end : line + len, ret->text, sizeof(ret->text) - 1) >=
	    sizeof(ret->text))
		ret->flags = KMSG_F_CUT;
	find_oom(ret);
	return true;
}

/*
 * The log has a clock of its own, which nobody sets right: after months it is minutes off.
 * But the line came since the last look.
 */
static uint64_t line_time(const struct kmsg *k, uint64_t ts_ns, uint64_t now_ns)
{
	if (ts_ns < k->read_ns)
		return k->read_ns;
	return ts_ns < now_ns ? ts_ns : now_ns;
}

static bool take_line(struct kmsg *k, const char *line, size_t len, uint64_t now_ns, record_fn fn,
		      void *ctx)
{
	struct kmsg_rec r;
	uint64_t ts_ns;

	if (!kmsg_parse(line, len, &r))
		return false;
	if (k->next_seq && r.seq > k->next_seq)
		k->lost += (uint32_t)(r.seq - k->next_seq);
	k->next_seq = r.seq + 1;
	if (r.level > LEVEL_MAX)
		return false;
	ts_ns = r.h.ts_ns;
	record_init(&r.h, line_time(k, ts_ns, now_ns), PANE_CORE, CORE_KMSG, sizeof(r));
	r.lost = k->lost;
	k->lost = 0;
	fn(ctx, &r.h);
	return true;
}

static void say_why_not(const struct kmsg *k, uint64_t now_ns, record_fn fn, void *ctx)
{
	struct kmsg_rec r = {.level = 7, .flags = KMSG_F_NA};

	record_init(&r.h, now_ns, PANE_CORE, CORE_KMSG, sizeof(r));
	snprintf(r.text, sizeof(r.text), "/dev/kmsg cannot be read: %s.%s", strerror(k->error),
		 k->error == EPERM || k->error == EACCES ? " Run as root, or give it CAP_SYSLOG."
							 : "");
	fn(ctx, &r.h);
}

void kmsg_tick(struct kmsg *k, uint64_t now_ns, bool key, record_fn fn, void *ctx)
{
	char line[LINE_BYTES];
	int emits = 0;
	ssize_t n;

	for (int i = 0; !k->error && i < READS_MAX && emits < EMITS_MAX; i++) {
		n = read(k->fd, line, sizeof(line));
		if (n > 0)
			emits += take_line(k, line, (size_t)n, now_ns, fn, ctx);
		else if (n == 0 || (errno != EPIPE && errno != EINTR && errno != EINVAL))
			break;
		else if (errno == EPIPE && !k->next_seq)
			k->lost = 1; /* at least: how many, the first number that comes cannot tell */
	}
	if (!k->error && emits < EMITS_MAX)
		k->read_ns = now_ns;
	if (k->error && key)
		say_why_not(k, now_ns, fn, ctx);
}
