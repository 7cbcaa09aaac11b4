/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request has completed: into the sums, and into the ring where somebody wants to see it. */
#ifndef PROBETOP_DISK_DONE_BPF_H
#define PROBETOP_DISK_DONE_BPF_H

/* What is known of its time. A request that was never issued spent all of it in the queue. */
struct done {
	__u64 queue_ns, service_ns; /* REC_UNKNOWN where not known */
	__u64 all_ns;		    /* what is known of both */
	__u32 error;		    /* errno */
	__u32 why;		    /* DISK_IO_F_*: there is to be a record */
};

/* By blk_status_t: macros of the kernel. 0: nothing has that number. */
const __u8 disk_errnos[32] = {
	0, 95, 110, 28, 67, 121, 52, 61, 84, 12, 5, 78, 11, 16, 0, 109, 75, 19, 62, 22,
};

/* 5.13 tells a blk_status_t in place of a negative errno; what is missing here is EIO to all. */
static __always_inline __u32 done_errno(int error)
{
	__u32 i = error;

	if (error <= 0)
		return -error;
	i &= 31;
	barrier_var(i); /* else the verifier loses the bound */
	i = disk_errnos[i & 31];
	return i ? i : 5;
}

static __always_inline struct done done_of(const struct disk_req *r, __u64 now_ns, int error)
{
	struct done d = {.queue_ns = REC_UNKNOWN, .service_ns = REC_UNKNOWN, .error = done_errno(error)};
	bool started = !(r->io_flags & DISK_IO_F_NO_START);

	if (started)
		d.queue_ns = (r->issued_ns ? r->issued_ns : now_ns) - r->started_ns;
	if (r->issued_ns)
		d.service_ns = now_ns - r->issued_ns;
	else if (started)
		d.service_ns = 0;
	d.all_ns = started ? now_ns - r->started_ns : r->issued_ns ? d.service_ns : 0;
	return d;
}

/* Which slots have no exemplar in this pass yet; the one for `ns` has it now. */
static __always_inline bool set_note(__u64 *noted, __u32 slot)
{
	__u64 bit = 1ULL << slot;

	if (*noted & bit)
		return false;
	*noted |= bit;
	return true;
}

/* The first duration of a pass replaces the maximum of the pass before the last. */
static __always_inline void max_keep(__u64 *max_ns, bool first, __u64 ns)
{
	if (first || ns > *max_ns)
		*max_ns = ns;
}

static __always_inline bool set_times(struct disk_set_sum *s, const struct done *d)
{
	__u32 pass = disk_pass, i = pass & 1, slot;
	bool first = s->max_pass[i] != pass, noted = false;

	if (s->noted_pass != pass) {
		s->noted_pass = pass;
		s->noted_queue = s->noted_service = 0;
	}
	if (d->queue_ns != REC_UNKNOWN) {
		slot = hist_slot(d->queue_ns);
		ADD(s->queue_ns, d->queue_ns);
		ADD(s->queue_slots[slot], 1);
		noted = set_note(&s->noted_queue, slot);
		max_keep(&s->max_queue_ns[i], first, d->queue_ns);
	} else if (first) {
		s->max_queue_ns[i] = 0;
	}
	slot = hist_slot(d->service_ns);
	ADD(s->service_ns, d->service_ns);
	ADD(s->service_slots[slot], 1);
	noted |= set_note(&s->noted_service, slot);
	max_keep(&s->max_service_ns[i], first, d->service_ns);
	s->max_pass[i] = pass;
	return noted;
}

/* Slot of bpf/disk.h for a size: that of so many ns, but for where it begins. */
static __always_inline __u32 size_slot(__u32 bytes)
{
	__u32 slot = hist_slot((__u64)bytes >> (SIZE_SHIFT - HIST_SHIFT));

	slot = slot < SIZE_SLOTS ? slot : SIZE_SLOTS - 1;
	barrier_var(slot); /* else the verifier loses the bound */
	return slot & (SIZE_SLOTS - 1);
}

/* Counts it for its device and set. Returns whether it is an exemplar. */
static __always_inline bool set_count(struct probe_stats *stats, const struct disk_req *r, const struct done *d)
{
	struct disk_set_sum *s = set_of(stats, r);

	if (!s)
		return false;
	s->pass = disk_pass;
	ADD(s->count, 1);
	if (d->error)
		ADD(s->errors, 1);
	if (r->done_bytes) {
		ADD(s->bytes, r->done_bytes);
		ADD(s->size_slots[size_slot(r->done_bytes)], 1);
	}
	if (r->flags & DISK_REQ_F_SEQUENTIAL)
		ADD(s->sequential, 1);
	/* What was never issued has no place beside what was: a flush asked for waits for the device's. */
	return r->issued_ns && set_times(s, d);
}

static __always_inline void proc_times(struct disk_proc_sum *p, const struct done *d)
{
	__u32 pass = disk_pass, i = pass & 1;

	ADD(p->queue_ns, d->queue_ns);
	ADD(p->service_ns, d->service_ns);
	ADD(p->slots[hist_slot(d->all_ns)], 1);
	ADD(p->queue_slots[hist_slot(d->queue_ns)], 1);
	if (d->service_ns)
		ADD(p->service_slots[hist_slot(d->service_ns)], 1);
	max_keep(&p->max_ns[i], p->max_pass[i] != pass, d->all_ns);
	p->max_pass[i] = pass;
}

static __always_inline void proc_count(struct probe_stats *stats, const struct disk_req *r, const struct done *d)
{
	struct disk_proc_sum *p = proc_of(stats, r);

	if (!p)
		return;
	p->pass = disk_pass;
	ADD(p->count, 1);
	if (d->error)
		ADD(p->errors, 1);
	if (r->done_bytes) {
		ADD(p->bytes, r->done_bytes);
		ADD(p->size_slots[size_slot(r->done_bytes)], 1);
	}
	if (r->io_flags & DISK_IO_F_INFERRED) {
		ADD(p->inferred, 1);
		ADD(p->inferred_bytes, r->done_bytes);
	}
	if (d->queue_ns != REC_UNKNOWN)
		proc_times(p, d);
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

static __always_inline __u32 io_reason(const struct disk_req *r, struct request *u, const struct done *d)
{
	__u32 why = 0;

	if (r->tgid && r->tgid == settings.self_tgid)
		return 0;
	if (d->all_ns >= settings.disk_slow_ns)
		why |= DISK_IO_F_SLOW;
	if (d->error)
		why |= DISK_IO_F_ERROR;
	if (is_traced_process(r->tgid) || is_traced_dev(r, u))
		why |= DISK_IO_F_TRACED;
	return why;
}

static __always_inline void io_tell(struct cpu_block *b, struct request *u,
				    const struct disk_req *r, const struct done *d, __u64 now_ns, bool cast)
{
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
				      const struct disk_req *r, __u64 now_ns, int error, bool cast)
{
	struct probe_stats *stats = &b->probe[PROBE_IO_COMPLETE];
	struct done d = done_of(r, now_ns, error);

	d.why = io_reason(r, u, &d);
	if (set_count(stats, r, &d) && (!r->tgid || r->tgid != settings.self_tgid))
		d.why |= DISK_IO_F_EXEMPLAR;
	if (r->tgid && !(r->io_flags & DISK_IO_F_STACKED))
		proc_count(stats, r, &d);
	if (d.why)
		io_tell(b, u, r, &d, now_ns, cast);
}

#endif
