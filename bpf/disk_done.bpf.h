/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request has completed: into the sums, and into the ring where somebody wants to see it. */
#ifndef PROBETOP_DISK_DONE_BPF_H
#define PROBETOP_DISK_DONE_BPF_H

#define BLK_STS_DROPPED	   14
#define BLK_STS_MOVED_LAST 18

/*
 * By blk_status_t: macros of the kernel. 0: nothing has that number. 6.10 dropped number 14, those
 * from 15 to 18 moved up.
 */
const __u8 disk_errnos[32] = {
	0, 95, 110, 28, 67, 121, 52, 61, 84, 12, 5, 78, 11, 16, 0, 109, 75, 19, 62, 22,
};

/* 5.13 tells a blk_status_t in place of a negative errno; what is missing here is EIO to all. */
static __always_inline __u32 done_errno(int error)
{
	__u32 i = error;

	if (error <= 0)
		return -error;
	/* The bit of a flush sequence moved soon after. */
	if (rqf_flush_seq != RQF_FLUSH_SEQ_OLD && i >= BLK_STS_DROPPED && i < BLK_STS_MOVED_LAST)
		i++;
	i &= 31;
	barrier_var(i); /* else the verifier loses the bound */
	i = disk_errnos[i & 31];
	return i ? i : 5;
}

static __always_inline void done_fill(struct disk_req *r, __u64 now_ns, int error)
{
	struct disk_done *d = &r->done;
	__u64 issued_ns = r->issued_ns ? r->issued_ns : now_ns;

	d->error = done_errno(error);
	d->why = 0;
	d->service_ns = now_ns - issued_ns;
	if (r->io_flags & DISK_IO_F_NO_START) {
		d->queue_ns = REC_UNKNOWN;
		d->all_ns = d->service_ns;
		return;
	}
	d->queue_ns = issued_ns - r->started_ns;
	d->all_ns = now_ns - r->started_ns;
}

/*
 * Maxima and exemplars are of one pass. Of two maxima one is written, the other read: that of a pass
 * begins anew when the next but one does.
 */
static __always_inline void set_begin(struct disk_set_sum *s, __u32 pass)
{
	__u32 i = pass & 1;

	if (s->max_pass[i] == pass)
		return;
	s->max_pass[i] = pass;
	s->max_queue_ns[i] = s->max_service_ns[i] = 0;
	s->noted_queue = s->noted_service = 0;
}

/* DISK_IO_F_EXEMPLAR where a slot has none yet in this pass; then it has. Without a branch. */
static __always_inline __u32 set_note(__u64 *noted, __u32 slot)
{
	__u64 was = *noted;

	*noted = was | 1ULL << slot;
	return (~was >> slot & 1) * DISK_IO_F_EXEMPLAR;
}

static __always_inline void set_times(struct disk_set_sum *s, struct disk_done *d)
{
	__u32 pass = disk_pass, i = pass & 1, slot;

	set_begin(s, pass);
	slot = hist_slot(d->service_ns);
	ADD(s->service_ns, d->service_ns);
	ADD(s->service_slots[slot], 1);
	d->why |= set_note(&s->noted_service, slot);
	if (d->service_ns > s->max_service_ns[i])
		s->max_service_ns[i] = d->service_ns;
	if (d->queue_ns == REC_UNKNOWN)
		return;
	slot = hist_slot(d->queue_ns);
	ADD(s->queue_ns, d->queue_ns);
	ADD(s->queue_slots[slot], 1);
	d->why |= set_note(&s->noted_queue, slot);
	if (d->queue_ns > s->max_queue_ns[i])
		s->max_queue_ns[i] = d->queue_ns;
}

/* Slot of bpf/disk.h for a size: that of so many ns, but for where it begins. */
static __always_inline __u32 size_slot(__u32 bytes)
{
	__u32 slot = hist_slot((__u64)bytes >> (SIZE_SHIFT - HIST_SHIFT));

	slot = slot < SIZE_SLOTS ? slot : SIZE_SLOTS - 1;
	barrier_var(slot); /* else the verifier loses the bound */
	return slot & (SIZE_SLOTS - 1);
}

/* What was never issued is not timed here: a flush that was asked for waits for the device's. */
static __always_inline void set_count(struct probe_stats *stats, struct disk_req *r)
{
	struct disk_set_sum *s = set_of(stats, r);

	if (!s)
		return;
	s->pass = disk_pass;
	ADD(s->count, 1);
	ADD(s->bytes, r->done_bytes);
	ADD(s->sequential, r->flags >> DISK_REQ_SEQUENTIAL_BIT & 1);
	if (r->done.error)
		ADD(s->errors, 1);
	if (r->done_bytes)
		ADD(s->size_slots[size_slot(r->done_bytes)], 1);
	if (r->issued_ns)
		set_times(s, &r->done);
}

static __always_inline void proc_times(struct disk_proc_sum *p, const struct disk_done *d)
{
	__u32 pass = disk_pass, i = pass & 1;

	if (p->max_pass[i] != pass) {
		p->max_pass[i] = pass;
		p->max_ns[i] = 0;
	}
	ADD(p->queue_ns, d->queue_ns);
	ADD(p->service_ns, d->service_ns);
	ADD(p->slots[hist_slot(d->all_ns)], 1);
	ADD(p->queue_slots[hist_slot(d->queue_ns)], 1);
	if (d->service_ns)
		ADD(p->service_slots[hist_slot(d->service_ns)], 1);
	if (d->all_ns > p->max_ns[i])
		p->max_ns[i] = d->all_ns;
}

static __always_inline void proc_count(struct probe_stats *stats, const struct disk_req *r)
{
	struct disk_proc_sum *p = proc_of(stats, r);

	if (!p)
		return;
	p->pass = disk_pass;
	ADD(p->count, 1);
	ADD(p->bytes, r->done_bytes);
	if (r->done.error)
		ADD(p->errors, 1);
	if (r->done_bytes)
		ADD(p->size_slots[size_slot(r->done_bytes)], 1);
	if (r->io_flags & DISK_IO_F_INFERRED) {
		ADD(p->inferred, 1);
		ADD(p->inferred_bytes, r->done_bytes);
	}
	if (r->done.queue_ns != REC_UNKNOWN)
		proc_times(p, &r->done);
}

/* It belongs to the traced device, or partition. 5.11 made partitions block devices. */
static __always_inline bool is_traced_dev(const struct disk_req *r, struct request *u)
{
	__u32 dev = settings.trace_dev;

	if (!dev)
		return false;
	if (dev == r->dev)
		return true;
	if (!bpf_core_field_exists(((struct block_device *)0)->bd_start_sect))
		return false;
	return u->part && u->part->bd_dev == dev;
}

/* Whether, and why, it is a record of its own. */
static __always_inline bool io_is_told(struct disk_req *r, struct request *u)
{
	struct disk_done *d = &r->done;

	if (r->tgid && r->tgid == settings.self_tgid)
		return false;
	if (d->all_ns >= settings.disk_slow_ns)
		d->why |= DISK_IO_F_SLOW;
	if (d->error)
		d->why |= DISK_IO_F_ERROR;
	if (is_traced_process(r->tgid) || is_traced_dev(r, u))
		d->why |= DISK_IO_F_TRACED;
	return d->why;
}

static __always_inline void io_tell(struct cpu_block *b, struct request *u,
				    const struct disk_req *r, __u64 now_ns, bool cast)
{
	const struct disk_done *d = &r->done;
	struct disk_io_rec *rec = ring_reserve(&b->probe[PROBE_IO_COMPLETE], sizeof(*rec));

	if (!rec)
		return;
	ring_header(b, &rec->h, PANE_DISK, DISK_IO, sizeof(*rec));
	rec->h.ts_ns = now_ns;
	rec->id = r->id;
	rec->dev = r->dev;
	rec->set = r->set;
	rec->flags = r->io_flags | d->why;
	rec->pid = r->pid;
	rec->tgid = r->tgid;
	rec->start_ns = r->start_ns;
	rec->sector = r->sector;
	rec->bytes = r->done_bytes;
	rec->error = d->error;
	rec->queue_ns = d->queue_ns;
	rec->service_ns = d->service_ns;
	rec->requeues = r->requeues;
	((__u64 *)rec->comm)[0] = r->comm[0];
	((__u64 *)rec->comm)[1] = r->comm[1];
	((__u64 *)rec->submitter)[0] = r->submitter[0];
	((__u64 *)rec->submitter)[1] = r->submitter[1];
	disk_file(u->bio, rec, cast);
	ring_submit(rec);
}

/* Counts a request that has completed in whole. */
static __always_inline void req_count(struct cpu_block *b, struct request *u,
				      struct disk_req *r, __u64 now_ns, int error, bool cast)
{
	struct probe_stats *stats = &b->probe[PROBE_IO_COMPLETE];

	done_fill(r, now_ns, error);
	barrier(); /* from here on it comes from memory */
	set_count(stats, r);
	if (r->tgid && !(r->io_flags & DISK_IO_F_STACKED))
		proc_count(stats, r);
	if (io_is_told(r, u))
		io_tell(b, u, r, now_ns, cast);
}

#endif
