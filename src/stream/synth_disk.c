/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: requests of block devices, one by one. */
#include "synth_disks.h"

#include <stdlib.h>
#include <string.h>

#include "hist.h"

#define STEP_NS 1500 /* from one request of a burst to the next */

/* Numbers of their own (splitmix64): what processes do is the same with disks and without. */
uint32_t synth_disks_random(struct synth *s)
{
	uint64_t z = s->disks->rng += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (uint32_t)(z >> 32);
}

static uint64_t below(struct synth *s, uint64_t limit)
{
	uint64_t r = (uint64_t)synth_disks_random(s) << 20 ^ synth_disks_random(s);

	return limit ? r % limit : 0;
}

static bool one_in(struct synth *s, uint16_t permille)
{
	return permille && below(s, 1000) < permille;
}

/* Most are near `usual_ns`; of a hundred one or two are up to 2^tail times as long. */
static uint64_t draw(struct synth *s, uint64_t usual_ns, unsigned tail)
{
	static const struct {
		uint16_t up_to_pm;
		uint16_t percent;
	} shape[] = {{140, 30}, {430, 55}, {790, 100}, {940, 170}, {985, 200}};
	uint64_t at = below(s, 1000);

	for (unsigned i = 0; i < sizeof(shape) / sizeof(shape[0]); i++)
		if (at < shape[i].up_to_pm)
			return usual_ns * shape[i].percent / 100 * (800 + below(s, 401)) / 1000 + 1;
	return (usual_ns << tail) / 100 * (60 + below(s, 41)) + 1;
}

/* Half, all or twice of what is usual, in whole pages where that is. */
static uint32_t draw_bytes(struct synth *s, uint32_t usual)
{
	uint64_t at = below(s, 8);

	if (usual < 8192)
		return usual;
	return at < 2 ? usual / 2 : at < 7 ? usual : usual * 2;
}

static uint64_t draw_sector(struct synth *s, struct disk *disk, const struct synth_io *row, struct request *r)
{
	bool write = (row->set & DISK_SET_OP) != DISK_READ;
	uint64_t all = disk->row->size_mib * 2048, sector = below(s, all / 8 + 1) * 8;

	r->sequential = one_in(s, row->seq_pm);
	if (r->sequential)
		sector = disk->end_sector[write];
	disk->end_sector[write] = sector + r->bytes / 512;
	return sector;
}

/* The i-th of `nr` in this interval. */
static void request_start(struct synth *s, uint32_t stream, uint64_t i, uint64_t nr)
{
	struct disks *d = s->disks;
	const struct synth_io *row = d->streams[stream].row;
	uint32_t burst = row->burst ? row->burst : 1;
	uint64_t wall_ns = s->now_ns - s->from_ns, spacing_ns = wall_ns / nr * burst;
	struct request *r = &d->requests[d->requests_nr++];

	*r = (struct request){
		.id = ++d->id,
		.stream = stream,
		.start_ns = s->from_ns + i / burst * spacing_ns + i % burst * STEP_NS + below(s, spacing_ns / 4 + 1),
		/* Later ones of a burst wait for those before them. */
		.queue_ns = draw(s, row->queue_ns * (1 + i % burst), 1),
		.service_ns = draw(s, row->service_ns, row->tail),
		.failed = one_in(s, row->error_pm),
		.requeues = one_in(s, row->requeued_pm),
		.bytes = row->set & DISK_SET_PREFLUSH && !row->bytes ? 0 : draw_bytes(s, row->bytes),
	};
	if (r->start_ns >= s->now_ns)
		r->start_ns = s->now_ns - 1 - below(s, spacing_ns / 2);
	r->sector = r->bytes ? draw_sector(s, synth_disk_of(d, r), row, r) : 0;
	r->done_ns = r->start_ns + r->queue_ns + r->service_ns;
	if (d->streams[stream].sum)
		d->streams[stream].sum->pending++;
	s->cpus[d->streams[stream].proc->threads[0].cpu].ios += 2;
	s->cpus[d->streams[stream].proc->threads[0].cpu].dirtied +=
		row->submitter ? synth_least(r->bytes / PAGE_BYTES, 256) : 0;
	synth_disk_of(d, r)->requeues += r->requeues;
	synth_disk_of(d, r)->changed = true;
	s->cpus[d->streams[stream].proc->threads[0].cpu].requeues += r->requeues;
}

/* How many of a rate begin in this interval: all intervals together hold them all. */
static uint64_t due(const struct synth *s, uint32_t per_s)
{
	return per_s * (s->now_ns / 1000000) / 1000 - per_s * (s->from_ns / 1000000) / 1000;
}

static bool awake(const struct synth *s, const struct proc *p)
{
	return p->alive && (p->role->every < 2 || (s->tick_nr + p->tgid) % p->role->every == 0);
}

static void start_all(struct synth *s)
{
	struct disks *d = s->disks;

	for (uint32_t i = 0; i < d->streams_nr; i++) {
		const struct stream *stream = &d->streams[i];
		uint64_t nr = due(s, stream->row->per_s);

		if (!awake(s, stream->proc) || s->tick_nr == 0)
			continue;
		if (d->disks[stream->row->disk].row->gone && s->tick_nr >= d->disks[stream->row->disk].row->gone)
			continue;
		for (uint64_t n = 0; n < nr && d->requests_nr < d->requests_max; n++)
			request_start(s, i, n, nr);
	}
}

static int by_edge(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->disk != y->disk)
		return x->disk < y->disk ? -1 : 1;
	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->by - y->by;
}

static void edge_add(struct disks *d, const struct request *r, uint64_t at_ns, int8_t by)
{
	d->edges[d->edges_nr++] = (struct edge){.at_ns = at_ns, .disk = d->streams[r->stream].row->disk, .by = by};
}

/* Depth and utilisation are those of these very requests. */
static void sweep(struct synth *s, struct disk *disk, const struct edge *e, const struct edge *end)
{
	uint64_t at_ns = s->from_ns;

	for (; e < end && &s->disks->disks[e->disk] == disk; e++) {
		disk->depth_ns += disk->inflight * (e->at_ns - at_ns);
		at_ns = e->at_ns;
		if (disk->inflight == 0)
			disk->busy_since_ns = at_ns;
		disk->inflight += (uint32_t)e->by;
		if (disk->inflight > disk->max_inflight)
			disk->max_inflight = disk->inflight;
		if (disk->inflight == 0) {
			disk->busy_ns += at_ns - disk->busy_since_ns;
			disk->busy_since_ns = 0;
		}
	}
	disk->depth_ns += disk->inflight * (s->now_ns - at_ns);
}

static void sweep_all(struct synth *s, uint32_t pending)
{
	struct disks *d = s->disks;
	uint32_t at = 0;

	d->edges_nr = 0;
	for (uint32_t i = 0; i < d->requests_nr; i++) {
		const struct request *r = &d->requests[i];

		if (i >= pending)
			edge_add(d, r, r->start_ns, 1);
		if (r->done_ns <= s->now_ns)
			edge_add(d, r, r->done_ns, -1);
	}
	qsort(d->edges, d->edges_nr, sizeof(*d->edges), by_edge);
	for (uint32_t i = 0; i < d->nr; i++) {
		while (at < d->edges_nr && d->edges[at].disk < i)
			at++;
		d->disks[i].max_inflight = d->disks[i].inflight;
		sweep(s, &d->disks[i], &d->edges[at], &d->edges[d->edges_nr]);
	}
}

static unsigned size_slot(uint32_t bytes)
{
	unsigned slot = 0;

	while (slot < SIZE_SLOTS - 1 && bytes >> (SIZE_SHIFT + 1 + slot))
		slot++;
	return slot;
}

static void set_add(struct set_sum *set, const struct request *r)
{
	struct disk_set_rec *rec = &set->rec;

	set->changed = true;
	rec->count++;
	rec->bytes += r->bytes;
	rec->queue_ns += r->queue_ns;
	rec->service_ns += r->service_ns;
	rec->errors += r->failed;
	rec->sequential += r->sequential;
	if (r->queue_ns > rec->max_queue_ns)
		rec->max_queue_ns = r->queue_ns;
	if (r->service_ns > rec->max_service_ns)
		rec->max_service_ns = r->service_ns;
	rec->queue_slots[hist_slot(r->queue_ns)]++;
	rec->service_slots[hist_slot(r->service_ns)]++;
	if (r->bytes)
		rec->size_slots[size_slot(r->bytes)]++;
}

static void sum_add(struct io_sum *sum, const struct request *r, bool inferred)
{
	uint64_t ns = r->queue_ns + r->service_ns;

	sum->changed = true;
	sum->pending--;
	sum->count++;
	sum->bytes += r->bytes;
	sum->inferred += inferred;
	sum->inferred_bytes += inferred ? r->bytes : 0;
	sum->queue_ns += r->queue_ns;
	sum->service_ns += r->service_ns;
	sum->errors += r->failed;
	if (ns > sum->max_ns)
		sum->max_ns = ns;
	sum->slots[hist_slot(ns)]++;
	sum->queue_slots[hist_slot(r->queue_ns)]++;
	sum->service_slots[hist_slot(r->service_ns)]++;
	if (r->bytes)
		sum->size_slots[size_slot(r->bytes)]++;
}

static void complete(struct synth *s, const struct request *r)
{
	struct disks *d = s->disks;
	const struct stream *stream = &d->streams[r->stream];
	struct disk *disk = synth_disk_of(d, r);
	uint32_t op = stream->row->set & DISK_SET_OP;
	bool merged = one_in(s, stream->row->merged_pm);

	disk->ios[op]++;
	disk->merges[op] += merged;
	disk->sectors[op] += r->bytes / 512;
	disk->ns[op] += r->queue_ns + r->service_ns;
	disk->changed = true;
	synth_disk_count_steps(s, r, merged);
	synth_disk_tell(s, r);
	set_add(&d->sets[stream->set], r);
	if (stream->sum)
		sum_add(stream->sum, r, stream->row->submitter != NULL);
}

static int by_done(const void *a, const void *b)
{
	const struct request *x = a, *y = b;

	if (x->done_ns != y->done_ns)
		return x->done_ns < y->done_ns ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void follow(struct synth *s, uint32_t pending)
{
	for (uint32_t i = 0; s->demand & DEMAND_STAGES && i < s->disks->requests_nr; i++)
		if (synth_disk_followed(s, &s->disks->requests[i]))
			synth_disk_steps(s, &s->disks->requests[i], i < pending ? s->from_ns : 0, s->now_ns);
}

/* What is in flight now: how many have been issued, and since when the oldest waits. */
static void look_at_pending(struct synth *s)
{
	struct disks *d = s->disks;

	for (uint32_t i = 0; i < d->nr; i++)
		d->disks[i].issued = 0, d->disks[i].oldest_ns = 0;
	for (uint32_t i = 0; i < d->requests_nr; i++) {
		const struct request *r = &d->requests[i];
		struct disk *disk = synth_disk_of(d, r);

		disk->issued += r->start_ns + r->queue_ns <= s->now_ns;
		if (!disk->oldest_ns || r->start_ns < disk->oldest_ns)
			disk->oldest_ns = r->start_ns;
	}
}

void synth_disks_run(struct synth *s)
{
	struct disks *d = s->disks;
	uint32_t pending = d->requests_nr, done = 0;

	start_all(s);
	sweep_all(s, pending);
	follow(s, pending);
	qsort(d->requests, d->requests_nr, sizeof(*d->requests), by_done);
	while (done < d->requests_nr && d->requests[done].done_ns <= s->now_ns)
		complete(s, &d->requests[done++]);
	memmove(d->requests, d->requests + done, (d->requests_nr - done) * sizeof(*d->requests));
	d->requests_nr -= done;
	look_at_pending(s);
}
