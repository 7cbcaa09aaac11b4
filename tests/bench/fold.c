// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a record costs after it left the kernel: writing it into a recording, reading it back,
 * folding it into the models, publishing a snapshot. The records are synthetic and made before
 * any clock runs. Prints one line of JSON: records, bytes, and ns per record of each step.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "model.h"
#include "recording.h"
#include "synth.h"

#define STREAM_BYTES_MAX (512ULL << 20)
#define REPEATS		 3 /* the best counts: the rest is other people's noise */

struct stream {
	char *bytes;
	size_t used;
	uint64_t records, ticks;
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "fold: %s.\n", what);
	exit(1);
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static void keep(void *ctx, const struct ev_hdr *ev)
{
	struct stream *s = ctx;

	if (s->used + ev->size > STREAM_BYTES_MAX)
		die("too many records for the memory set aside");
	memcpy(s->bytes + s->used, ev, ev->size);
	s->used += ev->size;
	s->records++;
}

/* Sizes are multiples of 8, so every record in the buffer is aligned. */
static const struct ev_hdr *record_at(const struct stream *s, size_t off)
{
	return (const struct ev_hdr *)(const void *)(s->bytes + off);
}

static void make(struct stream *s, uint32_t processes, uint32_t ticks)
{
	const struct synth_opts opts = {
		.scene = SYNTH_LOAD, .demand_off = DEMAND_ALL,
		.processes = processes,
		.ticks = ticks,
		.seed = 1,
		.idle_permille = 800,
	};
	struct source *src;

	s->bytes = malloc(STREAM_BYTES_MAX);
	if (!s->bytes || synth_new(&opts, &src))
		die("the synthetic host could not be made");
	while (!src->ops->tick(src, 0, keep, s))
		s->ticks++;
	src->ops->free(src);
}

/* Returns CPU ns; the finished recording stays open in `ret_fd`. */
static uint64_t write_recording(const struct stream *s, int *ret_fd)
{
	FILE *file = tmpfile();
	uint64_t began_ns = cpu_ns();
	struct recorder *rec;
	struct err e = {""};

	*ret_fd = file ? dup(fileno(file)) : -1;
	if (*ret_fd < 0 || recorder_new(dup(fileno(file)), &rec, &e))
		die("no temporary file for the recording");
	for (size_t off = 0; off < s->used; off += record_at(s, off)->size)
		if (recorder_add(rec, record_at(s, off)))
			die("writing the recording failed");
	if (recorder_close(rec, &e))
		die(e.text);
	fclose(file);
	return cpu_ns() - began_ns;
}

static void count(void *ctx, const struct ev_hdr *ev)
{
	++*(uint64_t *)ctx;
}

static uint64_t read_recording(int fd, uint64_t want)
{
	uint64_t began_ns = cpu_ns(), records = 0;
	struct source *src;
	struct err e = {""};

	if (lseek(fd, 0, SEEK_SET) || replay_open_fd(dup(fd), &src, &e))
		die(*e.text ? e.text : "the recording could not be opened");
	while (!src->ops->tick(src, 0, count, &records))
		;
	src->ops->free(src);
	if (records != want)
		die("the recording holds another number of records than were written");
	return cpu_ns() - began_ns;
}

static void fold(const struct stream *s, struct world *w, uint64_t *ret_fold_ns,
		 uint64_t *ret_publish_ns)
{
	uint64_t began_ns = cpu_ns(), publish_ns = 0;
	struct snapshot snap;

	world_clear(w);
	for (size_t off = 0; off < s->used; off += record_at(s, off)->size) {
		const struct ev_hdr *ev = record_at(s, off);

		if (world_apply(w, ev))
			die("a model refused a record");
		if (ev->pane != PANE_CORE || ev->kind != CORE_TICK)
			continue;
		publish_ns -= cpu_ns();
		world_publish(w, false, &snap);
		publish_ns += cpu_ns();
	}
	*ret_publish_ns = publish_ns;
	*ret_fold_ns = cpu_ns() - began_ns - publish_ns;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int main(int argc, char **argv)
{
	uint64_t write_ns = UINT64_MAX, read_ns = UINT64_MAX, fold_ns = UINT64_MAX,
		 publish_ns = UINT64_MAX;
	struct stream s = {0};
	struct world *w;
	struct stat st;

	if (argc != 3) {
		fputs("usage: fold PROCESSES TICKS\n", stderr);
		return 2;
	}
	make(&s, (uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[2]));
	if (!s.ticks || world_new(NULL, &w))
		die("nothing to fold");
	for (int i = 0; i < REPEATS; i++) {
		uint64_t f_ns, p_ns;
		int fd;

		write_ns = least(write_ns, write_recording(&s, &fd));
		read_ns = least(read_ns, read_recording(fd, s.records));
		if (fstat(fd, &st))
			die("the recording has no size");
		close(fd);
		fold(&s, w, &f_ns, &p_ns);
		fold_ns = least(fold_ns, f_ns);
		publish_ns = least(publish_ns, p_ns);
	}
	world_free(w);
	printf("{\"records\":%llu,\"ticks\":%llu,\"bytes\":%zu,\"file_bytes\":%lld,\"write_ns\":%."
	       "1f,\"read_ns\":%.1f,"
	       "\"fold_ns\":%.1f,\"publish_ms\":%.3f}\n",
	       (unsigned long long)s.records, (unsigned long long)s.ticks, s.used,
	       (long long)st.st_size, (double)write_ns / (double)s.records,
	       (double)read_ns / (double)s.records, (double)fold_ns / (double)s.records,
	       (double)publish_ns / 1e6 / (double)s.ticks);
	return 0;
}
