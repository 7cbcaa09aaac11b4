/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: what is known of its block devices, as records. */
#include "synth_disks.h"

#include <errno.h>
#include <string.h>

#include "hist.h"
#include "record.h"

#define BOOT_IOS 4000000ULL /* what a device did before the recording began */

/* ---- one request ---- */

static uint16_t io_flags(const struct synth *s, const struct request *r)
{
	const struct stream *stream = &s->disks->streams[r->stream];

	return (uint16_t)((stream->row->submitter ? DISK_IO_F_INFERRED : 0) | (stream->row->stacked ? DISK_IO_F_STACKED : 0) |
			  (stream->proc->role->kthread ? DISK_IO_F_KTHREAD : 0) |
			  (stream->row->set & DISK_SET_META ? DISK_IO_F_METADATA : 0));
}

/* Why it is worth a record. */
static uint16_t io_reasons(struct synth *s, const struct request *r)
{
	struct set_sum *set = &s->disks->sets[s->disks->streams[r->stream].set];
	uint64_t slot[2] = {1ULL << hist_slot(r->queue_ns), 1ULL << hist_slot(r->service_ns)};
	uint16_t why = 0;

	if (r->queue_ns + r->service_ns >= SYNTH_DISK_SLOW_NS)
		why |= DISK_IO_F_SLOW;
	if (r->failed)
		why |= DISK_IO_F_ERROR;
	if (synth_disk_followed(s, r))
		why |= DISK_IO_F_TRACED;
	for (int i = 0; i < 2; i++) {
		if (!(set->told[i] & slot[i]))
			why |= DISK_IO_F_EXEMPLAR;
		set->told[i] |= slot[i];
	}
	return why;
}

static void copy_bytes(char *dst, size_t size, const char *src)
{
	memset(dst, 0, size);
	memcpy(dst, src, strnlen(src, size));
}

void synth_disk_tell(struct synth *s, const struct request *r)
{
	const struct stream *stream = &s->disks->streams[r->stream];
	const struct proc *p = stream->proc;
	uint16_t why = io_reasons(s, r), cpu = (uint16_t)((p->threads[0].cpu + r->id) % s->cpus_nr);
	struct disk_io_rec rec = {
		.id = r->id,
		.dev = synth_disk_of(s->disks, r)->row->dev,
		.set = stream->row->set,
		.flags = why | io_flags(s, r),
		.pid = p->threads[0].pid,
		.tgid = p->tgid,
		.start_ns = p->start_ns,
		.sector = r->sector,
		.bytes = r->bytes,
		.error = r->failed ? stream->row->error : 0,
		.queue_ns = r->queue_ns,
		.service_ns = r->service_ns,
		.requeues = r->requeues,
	};

	s->cpus[cpu].ios_done++;
	if (!why)
		return;
	record_init(&rec.h, r->done_ns, PANE_DISK, DISK_IO, sizeof(rec));
	memcpy(rec.comm, p->comm, sizeof(rec.comm));
	if (stream->row->submitter)
		copy_bytes(rec.submitter, sizeof(rec.submitter), stream->row->submitter);
	if (stream->row->file) {
		rec.ino = 100000 + r->stream;
		rec.file_dev = rec.dev;
		copy_bytes(rec.file, sizeof(rec.file), stream->row->file);
	}
	synth_ring(s, HOOK_IO_DONE, cpu, &rec.h);
}

/* ---- what BPF sums up ---- */

static void emit_dev(struct synth *s, struct disk *disk)
{
	struct disk_dev_rec rec = {
		.dev = disk->row->dev,
		.inflight = disk->inflight,
		.issued = disk->issued,
		.max_inflight = disk->max_inflight,
		.busy_ns = disk->busy_ns,
		.busy_since_ns = disk->busy_since_ns,
		.depth_ns = disk->depth_ns,
		.oldest_ns = disk->oldest_ns,
		.requeues = disk->requeues,
	};

	if (!(disk->changed || s->key || disk->inflight) || disk->row->flags & DISK_INFO_F_NO_REQUESTS ||
	    disk->row->parent)
		return;
	record_init(&rec.h, s->now_ns, PANE_DISK, DISK_DEV, sizeof(rec));
	synth_emit(s, &rec);
}

static void emit_set(struct synth *s, struct set_sum *set)
{
	set->told[0] = set->told[1] = 0;
	if (!set->changed && !(s->key && set->rec.count))
		return;
	record_init(&set->rec.h, s->now_ns, PANE_DISK, DISK_SET, sizeof(set->rec));
	synth_emit(s, &set->rec);
	set->changed = false;
	set->rec.max_queue_ns = set->rec.max_service_ns = 0;
}

/* The last word of a process comes once nothing of it is in flight. */
static void emit_sum(struct synth *s, struct io_sum *sum)
{
	bool gone = sum->proc && !sum->proc->alive && sum->proc->role->born <= s->tick_nr && !sum->pending;
	struct disk_proc_rec rec = {
		.dev = sum->dev,
		.op = (uint16_t)sum->op,
		.uid = REC_UNKNOWN32,
		.count = sum->count,
		.bytes = sum->bytes,
		.inferred = sum->inferred,
		.inferred_bytes = sum->inferred_bytes,
		.queue_ns = sum->queue_ns,
		.service_ns = sum->service_ns,
		.errors = sum->errors,
		.max_ns = sum->max_ns,
	};

	if (sum->gone || !sum->count || !(sum->changed || s->key || gone))
		return;
	if (sum->proc) {
		rec.tgid = sum->proc->tgid;
		rec.start_ns = sum->proc->start_ns;
		rec.uid = sum->proc->role->uid;
		rec.flags = (uint16_t)((gone ? DISK_PROC_F_GONE : 0) | (sum->proc->role->kthread ? DISK_PROC_F_KTHREAD : 0));
		memcpy(rec.comm, sum->proc->comm, sizeof(rec.comm));
	}
	memcpy(rec.slots, sum->slots, sizeof(rec.slots));
	memcpy(rec.queue_slots, sum->queue_slots, sizeof(rec.queue_slots));
	memcpy(rec.service_slots, sum->service_slots, sizeof(rec.service_slots));
	memcpy(rec.size_slots, sum->size_slots, sizeof(rec.size_slots));
	record_init(&rec.h, s->now_ns, PANE_DISK, DISK_PROC, sizeof(rec));
	synth_emit(s, &rec);
	sum->gone = gone;
	sum->changed = false;
	sum->max_ns = 0;
}

static void emit_flight(struct synth *s, const struct request *r)
{
	const struct stream *stream = &s->disks->streams[r->stream];
	struct disk_flight_rec rec = {
		.id = r->id,
		.dev = synth_disk_of(s->disks, r)->row->dev,
		.set = stream->row->set,
		.flags = io_flags(s, r),
		.pid = stream->proc->threads[0].pid,
		.tgid = stream->proc->tgid,
		.start_ns = stream->proc->start_ns,
		.sector = r->sector,
		.bytes = r->bytes,
		.requeues = r->requeues,
		.queued_ns = r->start_ns,
		.issued_ns = r->start_ns + r->queue_ns <= s->now_ns ? r->start_ns + r->queue_ns : 0,
	};

	record_init(&rec.h, s->now_ns, PANE_DISK, DISK_FLIGHT, sizeof(rec));
	memcpy(rec.comm, stream->proc->comm, sizeof(rec.comm));
	synth_emit(s, &rec);
}

/* The oldest first. */
static void emit_flights(struct synth *s)
{
	const struct disks *d = s->disks;
	const struct request *oldest[DISK_FLIGHT_MAX];
	uint32_t nr = 0;

	for (uint32_t i = 0; i < d->requests_nr; i++) {
		const struct request *r = &d->requests[i];
		uint32_t at = nr;

		while (at > 0 && oldest[at - 1]->start_ns > r->start_ns)
			at--;
		if (at == DISK_FLIGHT_MAX)
			continue;
		nr += nr < DISK_FLIGHT_MAX;
		memmove(&oldest[at + 1], &oldest[at], (nr - at - 1) * sizeof(oldest[0]));
		oldest[at] = r;
	}
	for (uint32_t i = 0; i < nr; i++)
		emit_flight(s, oldest[i]);
}

static void emit_steps(struct synth *s)
{
	for (uint32_t i = 0; i < s->disks->nr; i++)
		for (uint32_t cpu = 0; cpu < s->cpus_nr; cpu++) {
			struct disk_stage_sum_rec *rec = &s->disks->disks[i].steps[cpu];

			if (!rec->dev || !(s->disks->disks[i].changed || s->key))
				continue;
			record_init(&rec->h, s->now_ns, PANE_DISK, DISK_STAGE_SUM, sizeof(*rec));
			rec->h.cpu = (uint16_t)cpu;
			synth_emit(s, rec);
		}
}

void synth_emit_disks(struct synth *s)
{
	struct disks *d = s->disks;

	for (uint32_t i = 0; i < d->nr; i++)
		emit_dev(s, &d->disks[i]);
	for (uint32_t i = 0; i < d->sets_nr; i++)
		emit_set(s, &d->sets[i]);
	for (uint32_t i = 0; i < d->sums_nr; i++)
		emit_sum(s, &d->sums[i]);
	for (uint32_t i = 0; i < d->nr * DISK_OP_NR; i++)
		emit_sum(s, &d->rest[i]);
	emit_flights(s);
	if (s->demand & DEMAND_STAGES)
		emit_steps(s);
	for (uint32_t i = 0; i < d->nr; i++)
		d->disks[i].changed = false;
	if (s->host->hostile)
		synth_emit_hostile_disks(s);
}

/* ---- what /proc and /sys tell ---- */

static const struct disk *counted_at(const struct disks *d, const struct disk *disk)
{
	return disk->row->counts_as ? &d->disks[disk->row->counts_as - 1] : disk;
}

static uint64_t busy_ns(const struct synth *s, const struct disk *disk)
{
	return disk->busy_ns + (disk->busy_since_ns ? s->now_ns - disk->busy_since_ns : 0);
}

static void emit_stat(struct synth *s, const struct disk *disk)
{
	const struct disk *counts = counted_at(s->disks, disk);
	uint64_t boot = BOOT_IOS + disk->row->dev % 1000;
	struct disk_stat_rec rec = {
		.dev = disk->row->dev,
		.inflight = counts->inflight,
		.busy_ms = boot / 8 + busy_ns(s, counts) / 1000000,
		.queue_ms = boot / 4 + counts->depth_ns / 1000000,
	};

	for (int op = 0; op < 4; op++) {
		rec.ios[op] = boot / (1 + (uint64_t)op) + counts->ios[op];
		rec.ms[op] = boot / 8 + counts->ns[op] / 1000000;
	}
	for (int op = 0; op < 3; op++) {
		rec.merges[op] = boot / 40 + counts->merges[op];
		rec.sectors[op] = boot * 16 + counts->sectors[op];
	}
	record_init(&rec.h, s->now_ns, PANE_DISK, DISK_STAT, sizeof(rec));
	synth_emit(s, &rec);
}

static void emit_info(struct synth *s, const struct synth_disk *row)
{
	const struct disks *d = s->disks;
	struct disk_info_rec rec = {
		.dev = row->dev,
		.type = row->type,
		.flags = row->flags,
		.parent = row->parent ? d->rows[row->parent - 1].dev : 0,
		.slaves_nr = row->on != 0,
		.slaves = {row->on ? d->rows[row->on - 1].dev : 0},
		.nr_requests = row->nr_requests ? row->nr_requests : REC_UNKNOWN32,
		.size_bytes = row->size_mib << 20,
		.logical_bytes = 512,
		.max_bytes = row->max_kib ? row->max_kib << 10 : REC_UNKNOWN32,
	};

	if (row->gone && s->tick_nr >= row->gone)
		rec.flags |= DISK_INFO_F_GONE;
	record_init(&rec.h, s->now_ns, PANE_DISK, DISK_INFO, sizeof(rec));
	synth_copy_string(rec.name, sizeof(rec.name), row->name);
	synth_copy_string(rec.scheduler, sizeof(rec.scheduler), row->scheduler ? row->scheduler : "");
	synth_copy_string(rec.label, sizeof(rec.label), row->label ? row->label : "");
	synth_emit(s, &rec);
}

void synth_emit_diskstats(struct synth *s)
{
	bool asked = s->demand & DEMAND_DISKS || s->opts.no_bpf;

	for (uint32_t i = 0; i < s->disks->nr; i++) {
		const struct synth_disk *row = s->disks->disks[i].row;

		if (s->tick_nr == 0 || s->key || (row->gone && s->tick_nr == row->gone))
			emit_info(s, row);
		if ((asked || s->key) && !(row->gone && s->tick_nr >= row->gone))
			emit_stat(s, &s->disks->disks[i]);
	}
}
