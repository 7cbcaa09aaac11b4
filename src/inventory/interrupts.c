/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/interrupts and /proc/softirqs: one line an interrupt, one column a CPU that is online. */
#include "interrupts.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "record.h"

/* Holds the longest line there can be: 11 bytes for each of 4,096 CPUs, and the name. */
#define BUFFER_BYTES (128 * 1024)
#define NAMES_MAX    65536

const char *const softirq_names[SOFTIRQS] = {
	"HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU",
};

struct interrupts {
	char *buffer;
	struct interrupts_line *line;
	uint32_t *names; /* by number of the line: a hash of what was published */
	uint16_t cpus[INTERRUPTS_CPUS_MAX];
	int cpus_nr;
	int fd, soft_fd;
};

int interrupts_new(const char *root, struct interrupts **ret)
{
	struct interrupts *in = calloc(1, sizeof(*in));

	*ret = NULL;
	if (!in)
		return -ENOMEM;
	in->fd = in->soft_fd = -1;
	in->buffer = malloc(BUFFER_BYTES);
	in->line = calloc(1, sizeof(*in->line));
	in->names = calloc(NAMES_MAX, sizeof(*in->names));
	if (!in->buffer || !in->line || !in->names) {
		interrupts_free(in);
		return -ENOMEM;
	}
	in->fd = files_open(root, "/proc/interrupts", O_RDONLY);
	in->soft_fd = files_open(root, "/proc/softirqs", O_RDONLY);
	*ret = in;
	return 0;
}

void interrupts_free(struct interrupts *in)
{
	if (!in)
		return;
	if (in->fd >= 0)
		close(in->fd);
	if (in->soft_fd >= 0)
		close(in->soft_fd);
	free(in->buffer);
	free(in->line);
	free(in->names);
	free(in);
}

/* ---- the parser ---- */

static void skip_blanks(struct text *t)
{
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
		t->at++;
}

/* Takes a number that a blank or the end follows: "27 Level" has one, "1-edge" has not. */
static bool take_number(struct text *t, uint64_t *ret)
{
	struct text rest = *t;
	uint64_t v = 0;

	skip_blanks(&rest);
	if (rest.at == rest.end || !isdigit((unsigned char)*rest.at))
		return false;
	for (; rest.at < rest.end && isdigit((unsigned char)*rest.at); rest.at++)
		v = v * 10 + (uint64_t)(*rest.at - '0');
	if (rest.at < rest.end && *rest.at != ' ' && *rest.at != '\t')
		return false;
	*t = rest;
	*ret = v;
	return true;
}

int interrupts_heading(struct text line, uint16_t cpus[INTERRUPTS_CPUS_MAX])
{
	uint64_t cpu;
	int nr = 0;

	for (skip_blanks(&line); line.at < line.end; skip_blanks(&line)) {
		if (line.end - line.at < 4 || memcmp(line.at, "CPU", 3))
			return 0;
		line.at += 3;
		if (!take_number(&line, &cpu) || cpu >= EV_CPU_ANY || nr == INTERRUPTS_CPUS_MAX)
			return 0;
		cpus[nr++] = (uint16_t)cpu;
	}
	return nr;
}

static void trim(struct text *t)
{
	skip_blanks(t);
	while (t->end > t->at && isspace((unsigned char)t->end[-1]))
		t->end--;
}

/* Copies what fits; the rest stays zero. */
static void copy(char *buf, size_t size, struct text t)
{
	size_t len = (size_t)(t.end - t.at);

	memset(buf, 0, size);
	memcpy(buf, t.at, len < size ? len : size - 1);
}

/* "1-edge", "27 Level", "9": the number at the interrupt controller, no device. */
static bool is_controller_number(struct text t)
{
	const char *p = t.at;

	while (p < t.end && isdigit((unsigned char)*p))
		p++;
	return p > t.at && (p == t.end || *p == '-' || *p == ' ');
}

/*
 * The devices stand last, after two blanks or more: controller, number there with the kind of
 * trigger, devices. Without a device the line ends before.
 */
static struct text devices(struct text rest)
{
	struct text last = rest;
	int parts = 1;

	for (const char *p = rest.at; p + 1 < rest.end; p++)
		if (p[0] == ' ' && p[1] == ' ') {
			while (p < rest.end && *p == ' ')
				p++;
			last.at = p--;
			parts++;
		}
	if (parts == 1 || (parts == 2 && is_controller_number(last)))
		last.at = last.end;
	return last;
}

/* The first four characters; of a longer label a number of its own. */
static uint32_t label_number(struct text label)
{
	size_t len = (size_t)(label.end - label.at);
	uint32_t n = 0;

	for (size_t i = 0; i < len; i++)
		n = len <= 4 ? n | (uint32_t)(unsigned char)label.at[i] << 8 * i
			     : (n ^ (unsigned char)label.at[i]) * 16777619u;
	return n;
}

/* Takes "label:" and the counters. */
static bool take_counts(struct text *line, int cpus, struct text *ret_label, uint64_t *ret_counts)
{
	const char *colon;

	skip_blanks(line);
	colon = memchr(line->at, ':', (size_t)(line->end - line->at));
	if (!colon || colon == line->at)
		return false;
	*ret_label = (struct text){ line->at, colon };
	line->at = colon + 1;
	for (int i = 0; i < cpus; i++)
		if (!take_number(line, &ret_counts[i]))
			return false;
	return true;
}

bool interrupts_parse(struct text line, int cpus, struct interrupts_line *ret)
{
	struct text label, number;
	uint64_t irq;

	if (!take_counts(&line, cpus, &label, ret->counts))
		return false;
	trim(&line);
	number = label;
	if (take_number(&number, &irq) && irq < REC_UNKNOWN32 && number.at == number.end) {
		ret->name.type = IRQ_HARD;
		ret->name.irq = (uint32_t)irq;
		line = devices(line);
	} else {
		ret->name.type = IRQ_ARCH;
		ret->name.irq = label_number(label);
	}
	copy(ret->name.name, sizeof(ret->name.name), line);
	copy(ret->name.label, sizeof(ret->name.label), label);
	return true;
}

bool interrupts_parse_soft(struct text line, int cpus, struct interrupts_line *ret)
{
	struct text label;

	if (!take_counts(&line, cpus, &label, ret->counts))
		return false;
	for (uint32_t vec = 0; vec < SOFTIRQS; vec++) {
		size_t len = strlen(softirq_names[vec]);

		if (len != (size_t)(label.end - label.at) || memcmp(label.at, softirq_names[vec], len))
			continue;
		ret->name.type = IRQ_SOFT;
		ret->name.irq = vec;
		return true;
	}
	return false;
}

/* ---- records ---- */

struct emit {
	struct interrupts *in;
	uint64_t now_ns;
	uint32_t what, line_nr;
	record_fn fn;
	void *ctx;
};

static uint32_t hash(const void *data, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ ((const unsigned char *)data)[i]) * 16777619u;
	return h ? h : 1;
}

/* A name where all are asked for, or where its line is not what was there last. */
static void emit_name(struct emit *e, struct irq_name_rec *r)
{
	uint32_t h;

	record_init(&r->h, e->now_ns, PANE_CPU, CPU_INTR_NAME, sizeof(*r));
	h = hash((const char *)r + sizeof(r->h), sizeof(*r) - sizeof(r->h));
	if (e->line_nr < NAMES_MAX) {
		if (!(e->what & INTERRUPTS_NAMES) && e->in->names[e->line_nr] == h)
			return;
		e->in->names[e->line_nr] = h;
	}
	e->fn(e->ctx, &r->h);
}

static void emit_counts(const struct emit *e, const struct interrupts_line *line)
{
	struct irq_rec r = { .irq = line->name.irq, .type = line->name.type, .ns = REC_UNKNOWN };

	record_init(&r.h, e->now_ns, PANE_CPU, CPU_INTR, sizeof(r));
	for (int i = 0; i < e->in->cpus_nr; i++) {
		r.h.cpu = e->in->cpus[i];
		r.count = line->counts[i];
		if (r.count)
			e->fn(e->ctx, &r.h);
	}
}

static void on_line(struct emit *e, struct text text)
{
	struct interrupts_line *line = e->in->line;

	if (!e->in->cpus_nr) {
		e->in->cpus_nr = interrupts_heading(text, e->in->cpus);
		return;
	}
	if (!interrupts_parse(text, e->in->cpus_nr, line))
		return;
	emit_name(e, &line->name);
	e->line_nr++;
	if (e->what & (line->name.type == IRQ_HARD ? INTERRUPTS_HARD : INTERRUPTS_ARCH))
		emit_counts(e, line);
}

static void on_soft_line(struct emit *e, struct text text)
{
	if (!e->in->cpus_nr)
		e->in->cpus_nr = interrupts_heading(text, e->in->cpus);
	else if (interrupts_parse_soft(text, e->in->cpus_nr, e->in->line))
		emit_counts(e, e->in->line);
}

/*
 * Hands over whole lines. The kernel gives such a file in pieces; a line that is longer than the
 * buffer, or cut off by an error, is left out.
 */
static void read_lines(struct emit *e, int fd, void (*on)(struct emit *e, struct text line))
{
	char *buf = e->in->buffer;
	size_t have = 0;
	ssize_t n;

	e->in->cpus_nr = 0;
	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return;
	while ((n = read(fd, buf + have, BUFFER_BYTES - have)) > 0) {
		struct text t = { buf, buf + have + (size_t)n };
		char *newline;

		while ((newline = memchr(t.at, '\n', (size_t)(t.end - t.at)))) {
			on(e, (struct text){ t.at, newline });
			t.at = newline + 1;
		}
		have = (size_t)(t.end - t.at);
		if (have == BUFFER_BYTES)
			return;
		memmove(buf, t.at, have);
	}
}

void interrupts_tick(struct interrupts *in, uint64_t now_ns, uint32_t what, record_fn fn, void *ctx)
{
	struct emit e = { .in = in, .now_ns = now_ns, .what = what, .fn = fn, .ctx = ctx };

	if (what & (INTERRUPTS_NAMES | INTERRUPTS_ARCH | INTERRUPTS_HARD))
		read_lines(&e, in->fd, on_line);
	if (what & INTERRUPTS_SOFT)
		read_lines(&e, in->soft_fd, on_soft_line);
}
