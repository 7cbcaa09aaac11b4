/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: its block devices before the first interval, and who uses them. */
#include "synth_disks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUMS_MAX     8192 /* of processes that are told apart */
#define REQUESTS_MAX (1U << 19)

static void more_disks(const struct synth *s, struct disks *d)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

	for (uint32_t i = 0; i < s->opts.disks; i++) {
		struct synth_disk *row = &d->rows[d->props->disks_nr + i];

		snprintf(d->names[i], sizeof(d->names[i]), "sd%c%c%c", letters[i / 676 % 26],
			 letters[i / 26 % 26], letters[i % 26]);
		*row = d->props->disks[0];
		row->name = d->names[i];
		row->dev = disk_dev(65 + i / 16, i % 16 * 16);
	}
}

/* Each is read or written by one process. */
static void more_ios(const struct synth *s, struct disks *d)
{
	for (uint32_t i = 0; i < s->opts.disks && s->procs_nr; i++) {
		const struct proc *p = &s->procs[i % s->procs_nr];

		d->ios[d->props->ios_nr + i] = (struct synth_io){
			.comm = p->role->comm,
			.pid = p->tgid,
			.disk = (uint16_t)(d->props->disks_nr + i),
			.set = i % 2 ? DISK_WRITE | DISK_SET_SYNC : DISK_READ,
			.per_s = 20 + i % 7,
			.bytes = 4096U << i % 4,
			.queue_ns = 5000,
			.service_ns = 90000 + i * 500,
			.tail = 2,
		};
	}
}

static uint32_t find_set(struct disks *d, uint32_t dev, uint32_t set)
{
	uint32_t i = 0;

	while (i < d->sets_nr && (d->sets[i].rec.dev != dev || d->sets[i].rec.set != set))
		i++;
	if (i == d->sets_nr) {
		d->sets[i].rec.dev = dev;
		d->sets[i].rec.set = set;
		d->sets_nr++;
	}
	return i;
}

static struct io_sum *find_sum(struct disks *d, struct proc *p, const struct synth_io *row)
{
	uint32_t dev = d->rows[row->disk].dev, op = row->set & DISK_SET_OP;
	struct io_sum *sum;

	for (uint32_t i = 0; i < d->sums_nr; i++)
		if (d->sums[i].proc == p && d->sums[i].dev == dev && d->sums[i].op == op)
			return &d->sums[i];
	sum = d->sums_nr < SUMS_MAX ? &d->sums[d->sums_nr++] : &d->rest[row->disk * DISK_OP_NR + op];
	*sum = (struct io_sum){
		.proc = sum >= d->rest && sum < d->rest + d->nr * DISK_OP_NR ? NULL : p,
		.dev = dev,
		.op = op,
	};
	return sum;
}

static bool makes(const struct proc *p, const struct synth_io *row)
{
	return strcmp(p->role->comm, row->comm) == 0 && (!row->pid || row->pid == p->tgid);
}

static uint32_t count_streams(const struct synth *s, const struct disks *d)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < d->ios_nr; i++)
		for (uint32_t p = 0; p < s->procs_nr; p++)
			nr += makes(&s->procs[p], &d->ios[i]);
	return nr;
}

static void streams(struct synth *s, struct disks *d)
{
	for (uint32_t i = 0; i < d->ios_nr; i++) {
		const struct synth_io *row = &d->ios[i];
		uint32_t set = find_set(d, d->rows[row->disk].dev, row->set);

		for (uint32_t p = 0; p < s->procs_nr; p++)
			if (makes(&s->procs[p], row))
				d->streams[d->streams_nr++] = (struct stream){
					.row = row,
					.proc = &s->procs[p],
					.sum = row->stacked ? NULL : find_sum(d, &s->procs[p], row),
					.set = set,
				};
	}
}

/* One that is held since long before the recording began. */
static void hold(struct synth *s, struct disks *d, uint32_t disk)
{
	const struct synth_disk *row = &d->rows[disk];
	uint64_t since_ns = s->now_ns - synth_least(row->held_s * NS_PER_S, s->now_ns - 1);

	for (uint32_t i = 0; i < d->streams_nr; i++) {
		const struct stream *stream = &d->streams[i];

		if (stream->row->disk != disk || stream->proc->tgid != row->held_pid)
			continue;
		d->requests[d->requests_nr++] = (struct request){
			.id = ++d->id,
			.start_ns = since_ns,
			.queue_ns = 4300,
			.service_ns = NEVER,
			.done_ns = NEVER,
			.sector = 8 * since_ns % (row->size_mib * 2048),
			.stream = i,
			.bytes = stream->row->bytes,
		};
		d->disks[disk].inflight = d->disks[disk].max_inflight = 1;
		d->disks[disk].busy_since_ns = since_ns;
		d->disks[disk].depth_ns = s->now_ns - since_ns;
		return;
	}
}

static uint32_t requests_max(const struct synth *s, const struct disks *d)
{
	uint64_t nr = 4096;

	for (uint32_t i = 0; i < d->streams_nr; i++)
		nr += 2 + d->streams[i].row->per_s * (s->opts.interval_ns / 1000000) / 400;
	return (uint32_t)synth_least(nr, REQUESTS_MAX);
}

static int allocate(struct synth *s, struct disks *d)
{
	uint32_t streams_max;

	d->rows = calloc(d->nr + 1, sizeof(*d->rows));
	d->ios = calloc(d->ios_nr + 1, sizeof(*d->ios));
	d->names = calloc(s->opts.disks + 1, sizeof(*d->names));
	d->disks = calloc(d->nr + 1, sizeof(*d->disks));
	d->sets = calloc(d->ios_nr + 1, sizeof(*d->sets));
	d->sums = calloc(SUMS_MAX, sizeof(*d->sums));
	d->rest = calloc(d->nr * DISK_OP_NR + 1, sizeof(*d->rest));
	d->steps = calloc((size_t)d->nr * s->cpus_nr + 1, sizeof(*d->steps));
	if (!d->rows || !d->ios || !d->names || !d->disks || !d->sets || !d->sums || !d->rest || !d->steps)
		return -ENOMEM;
	memcpy(d->rows, d->props->disks, d->props->disks_nr * sizeof(*d->rows));
	memcpy(d->ios, d->props->ios, d->props->ios_nr * sizeof(*d->ios));
	more_disks(s, d);
	more_ios(s, d);
	streams_max = count_streams(s, d);
	d->streams = calloc(streams_max + 1, sizeof(*d->streams));
	if (!d->streams)
		return -ENOMEM;
	streams(s, d);
	d->requests_max = requests_max(s, d);
	d->requests = calloc(d->requests_max, sizeof(*d->requests));
	d->edges = calloc(2 * (size_t)d->requests_max, sizeof(*d->edges));
	return d->requests && d->edges ? 0 : -ENOMEM;
}

int synth_disks_setup(struct synth *s)
{
	struct disks *d = s->disks = calloc(1, sizeof(*d));
	int ret;

	if (!d)
		return -ENOMEM;
	d->rng = s->opts.seed ^ 0xd15cULL << 32;
	d->props = &synth_disk_props[s->opts.scene];
	d->nr = d->props->disks_nr + s->opts.disks;
	d->ios_nr = d->props->ios_nr + (s->procs_nr ? s->opts.disks : 0);
	ret = allocate(s, d);
	for (uint32_t i = 0; !ret && i < d->nr; i++) {
		d->disks[i].row = &d->rows[i];
		d->disks[i].steps = &d->steps[i * s->cpus_nr];
		if (d->rows[i].counts_as && d->rows[i].parent)
			d->disks[d->rows[i].counts_as - 1].from_dev = d->rows[i].dev;
		if (d->rows[i].held_s)
			hold(s, d, i);
	}
	return ret;
}

void synth_disks_free(struct synth *s)
{
	struct disks *d = s->disks;

	if (!d)
		return;
	free(d->rows);
	free(d->ios);
	free(d->names);
	free(d->disks);
	free(d->sets);
	free(d->sums);
	free(d->rest);
	free(d->steps);
	free(d->streams);
	free(d->requests);
	free(d->edges);
	free(d);
}
