/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: operations on files, call by call. */
#include "synth_files.h"

#include <errno.h>

#include "hist.h"

#define PAGE_BYTES_OF(bytes) (((bytes) + PAGE_BYTES - 1) / PAGE_BYTES)
#define NAMES_IN_PATH	     5 /* a look-up walks so many */

/* Numbers of their own (splitmix64): what processes do is the same with files and without. */
uint32_t synth_files_random(struct synth *s)
{
	uint64_t z = s->files->rng += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (uint32_t)(z >> 32);
}

static uint64_t below(struct synth *s, uint64_t limit)
{
	uint64_t r = (uint64_t)synth_files_random(s) << 20 ^ synth_files_random(s);

	return limit ? r % limit : 0;
}

/* Most are near `usual_ns`; of a thousand four are up to 2^tail times as long. */
static uint64_t draw(struct synth *s, uint64_t usual_ns, unsigned tail)
{
	static const struct {
		uint16_t up_to_pm;
		uint16_t percent;
	} shape[] = {{180, 40}, {520, 70}, {830, 100}, {950, 150}, {996, 240}};
	uint64_t at = below(s, 1000);

	for (unsigned i = 0; i < sizeof(shape) / sizeof(shape[0]); i++)
		if (at < shape[i].up_to_pm)
			return usual_ns * shape[i].percent / 100 * (800 + below(s, 401)) / 1000 + 1;
	return (usual_ns << tail) / 100 * (50 + below(s, 51)) + 1;
}

static void io_add(struct fs_io *io, const struct file_call *call)
{
	io->count++;
	io->bytes += call->bytes;
	io->ns += call->ns;
	io->errors += call->failed;
	io->slots[hist_slot(call->ns)]++;
	if (call->ns > io->max_ns)
		io->max_ns = call->ns;
}

/* Pages that a read or a write touches, and those of them that were not there. */
static void pages_add(struct synth *s, const struct file_call *call)
{
	const struct synth_file *row = call->stream->row;
	struct page_sum *p = &s->files->pages[call->stream->proc - s->procs];
	uint64_t pages = PAGE_BYTES_OF(call->bytes), missed = 0;

	if (!(s->demand & DEMAND_PAGES) || row->type != FS_T_REGULAR || call->failed || row->direct)
		return;
	p->changed = p->in_map = true;
	s->cpus[call->stream->proc->threads[0].cpu].pages++;
	if (row->op == FS_OP_WRITE) {
		p->dirties += pages;
		p->adds += pages / 4;
		s->files->dirtied += pages;
		return;
	}
	for (uint64_t i = 0; i < pages && i < 64; i++)
		missed += below(s, 1000) < row->miss_pm;
	p->accesses += pages;
	p->misses += missed;
	p->adds += missed;
	if (missed < 2)
		return;
	s->files->readahead_added += missed - 1;
	s->files->readahead_used += missed - 2;
	s->files->waited[hist_slot(call->ns / 3)] += missed - 2;
}

static void names_add(struct synth *s, const struct file_call *call)
{
	if (!(s->demand & DEMAND_CACHES) || !synth_op_is_path(call->stream->row->op))
		return;
	s->files->refs += NAMES_IN_PATH;
	s->cpus[call->stream->proc->threads[0].cpu].lookups += NAMES_IN_PATH;
	if (call->failed && below(s, 8) == 0)
		s->files->slow++, s->files->misses++;
	else if (below(s, 200) == 0)
		s->files->slow++;
}

static void touch_file(struct synth *s, const struct file_call *call)
{
	struct file_sum *sum = call->stream->file;

	if (!sum->in_map && sum->ino)
		synth_file_name(s, call->stream);
	sum->in_map = sum->changed = true;
	sum->touched = s->tick_nr;
	io_add(&sum->io[call->stream->row->op], call);
}

static void touch_op(struct synth *s, struct op_sum *sum, const struct file_call *call)
{
	uint16_t error = call->stream->row->error;

	sum->in_map = sum->changed = true;
	sum->touched = s->tick_nr;
	io_add(&sum->io, call);
	if (call->failed)
		sum->last_errno = error;
	sum->enoent += call->failed && error == ENOENT;
}

static void call_end(struct synth *s, const struct file_call *call)
{
	struct file_stream *stream = call->stream;
	struct op_sum *op = call->failed && stream->failed ? stream->failed : stream->op;

	if (stream->file)
		touch_file(s, call);
	else
		touch_op(s, op, call);
	if (stream->made && !call->failed)
		touch_op(s, stream->made, call);
	s->cpus[stream->proc->threads[0].cpu].files++;
	pages_add(s, call);
	names_add(s, call);
	synth_file_tell(s, call);
	stream->offset += call->bytes;
}

/* The i-th of `nr` in this interval. */
static void call_make(struct synth *s, struct file_stream *stream, uint64_t i, uint64_t nr)
{
	const struct synth_file *row = stream->row;
	uint64_t wall_ns = s->now_ns - s->from_ns, spacing_ns = wall_ns / nr;
	struct file_call call = {
		.stream = stream,
		.ns = draw(s, row->mean_ns, row->tail),
		.failed = row->error_pm && below(s, 1000) < row->error_pm,
	};

	call.ts_ns = s->from_ns + i * spacing_ns + below(s, spacing_ns) + 1;
	if (stream->file && !call.failed)
		call.bytes = row->bytes;
	call_end(s, &call);
}

/* How many of a rate begin in this interval: all intervals together hold them all. */
static uint64_t due(const struct synth *s, const struct synth_file *row)
{
	uint64_t ms = s->now_ns / 1000000, from_ms = s->from_ns / 1000000;

	if (row->at)
		return row->at == s->tick_nr;
	return s->gap ? 0 : row->per_s * ms / 1000 - row->per_s * from_ms / 1000;
}

static bool awake(const struct synth *s, const struct proc *p)
{
	return p->alive && (p->role->every < 2 || (s->tick_nr + p->tgid) % p->role->every == 0);
}

/* Files that are mapped: faults that had to be read for, all of which find their page in the end. */
static void map_files(struct synth *s)
{
	for (uint32_t i = 0; i < s->procs_nr && s->demand & DEMAND_PAGES; i++) {
		uint32_t nr = s->procs[i].role->majflt_s;

		if (!nr || !awake(s, &s->procs[i]))
			continue;
		s->files->pages[i].faults += nr * 4ULL;
		s->files->pages[i].fault_adds += nr;
		s->files->pages[i].adds += nr;
		s->files->pages[i].in_map = s->files->pages[i].changed = true;
	}
}

void synth_files_run(struct synth *s)
{
	struct files *f = s->files;

	if (s->opts.no_bpf || s->tick_nr == 0)
		return;
	for (uint32_t i = 0; i < f->streams_nr; i++) {
		const struct proc *p = f->streams[i].proc;
		uint64_t nr = due(s, f->streams[i].row);

		if (!(f->streams[i].row->at ? p->alive : awake(s, p)))
			continue;
		for (uint64_t n = 0; n < nr; n++)
			call_make(s, &f->streams[i], n, nr);
	}
	map_files(s);
}
