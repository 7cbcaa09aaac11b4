/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a synthetic host as a recording, always the same bytes:
 *
 *     golden_make SCENE FILE [TICKS]
 *
 * SCENE is one of synth_options(): database, hostile, losses, no-runq, no-bpf, plain,
 * load, big, cpus, disks, files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"
#include "synth.h"

#define TICKS		12
#define CREATED_REAL_NS 1795320660000000000ULL

struct sink {
	struct recorder *rec;
	int ret;
};

static void take(void *ctx, const struct ev_hdr *ev)
{
	struct sink *sink = ctx;
	int ret = recorder_add(sink->rec, ev);

	if (ret)
		sink->ret = ret;
}

static int make(const struct synth_opts *opts, int fd, struct err *e)
{
	struct sink sink = {.rec = NULL};
	struct source *s;
	int ret = synth_new(opts, &s);

	if (ret)
		return err_set(e, ret, "making the host: %s.", strerror(-ret));
	ret = recorder_new_at(fd, CREATED_REAL_NS, &sink.rec, e);
	if (!ret) {
		while (s->ops->tick(s, 0, take, &sink) == 0 && !sink.ret)
			;
		ret = recorder_close(sink.rec, e);
	}
	s->ops->free(s);
	return ret;
}

int main(int argc, char **argv)
{
	struct synth_opts opts;
	struct err e = {""};
	int fd;

	if (argc < 3 || argc > 4 || synth_options(argv[1], &opts)) {
		fprintf(stderr, "usage: golden_make SCENE FILE [TICKS]\n");
		return 2;
	}
	opts.ticks = argc == 4 ? (uint32_t)strtoul(argv[3], NULL, 10) : TICKS;
	fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		fprintf(stderr, "%s: cannot be written: %s.\n", argv[2], strerror(errno));
		return 1;
	}
	if (make(&opts, fd, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	return 0;
}
