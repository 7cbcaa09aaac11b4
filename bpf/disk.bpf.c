// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Block I/O: requests from their start to their completion, by device, operation and process.
 *
 * What is counted, and when, is what /proc/diskstats counts: a request when it completes in whole.
 * A write that needs a flush before or after it (a flush sequence) completes twice, the first time
 * as a step of it: it counts the second time. The device's own flush is a request of its own,
 * which counts as a flush and belongs to nobody; who asked for it with no data is charged a flush.
 * Requests of drivers (passthrough) are in no group of diskstats: they count as DISK_OTHER.
 */
#include "disk_count.bpf.h"

/* Returns the state of a request, new where there is none. */
static __always_inline struct disk_req *req_make(struct probe_stats *stats, struct request *rq)
{
	__u64 address = (__u64)rq;
	struct disk_req *r = bpf_map_lookup_elem(&disk_reqs, &address);

	if (r)
		return r;
	bpf_map_update_elem(&disk_reqs, &address, &disk_req_zero, BPF_NOEXIST);
	r = bpf_map_lookup_elem(&disk_reqs, &address);
	if (r)
		r->id = disk_request_id(rq);
	else
		ADD(stats->map_full, 1);
	return r;
}

/* Leaves the requests in flight; where its completion was not seen, without a time. */
static __always_inline void req_leave(struct disk_req *r, __u64 now_ns, bool completed)
{
	struct disk_dev_sum *d = dev_of(r);

	if (d) {
		dev_leave(d, now_ns);
		/* Not as a sum with 0: clang makes another atomic of it, which 5.10 refuses. */
		if (completed)
			ADD(d->depth_ns, now_ns - r->started_ns);
	}
	r->flags = 0;
	r->started_ns = 0;
	r->issued_ns = 0;
}

/* What a request is and where; its time and who is charged are to follow. */
static __always_inline void req_reset(struct disk_req *r, __u32 dev, __u32 opf, __u64 sector, __u32 bytes)
{
	r->dev = dev;
	r->set = disk_set(opf);
	r->sector = bytes ? sector : 0; /* of a flush it is no place */
	r->bytes = bytes;
	r->done_bytes = 0;
	r->requeues = 0;
	r->issued_ns = 0;
	r->io_flags = 0;
	r->flags = 0;
	r->op = (r->set & DISK_SET_PREFLUSH) && !bytes ? DISK_FLUSH : r->set & DISK_SET_OP;
}

/* Makes the entry of its process while that runs: a completion may come in an interrupt. */
static __always_inline void req_charge(struct probe_stats *stats, struct disk_req *r, const struct disk_whose *w,
				       bool same)
{
	same = same && r->tgid == w->tgid && r->start_ns == w->start_ns;
	r->tgid = w->tgid;
	r->pid = w->pid;
	r->start_ns = w->start_ns;
	r->uid = w->uid;
	r->tracked = !track || w->tracked;
	r->io_flags |= w->flags;
	r->comm[0] = w->comm[0];
	r->comm[1] = w->comm[1];
	r->submitter[0] = w->submitter[0];
	r->submitter[1] = w->submitter[1];
	if (!same && r->tracked && r->tgid && !(r->io_flags & DISK_IO_F_STACKED))
		proc_make(stats, r);
}

/* It starts: from here on it is in flight. */
static __always_inline void req_start(struct probe_stats *stats, struct disk_req *r, __u64 now_ns)
{
	struct disk_dev_sum *d;

	if (r->tracked) {
		d = dev_make(stats, r->dev, &r->slot);
		if (d) {
			dev_enter(d, now_ns);
			r->flags |= DISK_REQ_F_FLIGHT;
		}
	}
	r->started_ns = now_ns;
}

/*
 * Its tag is used again, so it has completed, and no program was told: a probe was off, or it came on
 * top of a task that the kernel hides from BPF. It counts; how long it took nobody knows.
 */
static __always_inline void req_missed(struct probe_stats *stats, struct disk_req *r, __u64 now_ns)
{
	ADD(stats->unmatched, 1);
	if (r->issued_ns && r->tracked) {
		r->issued_ns = 0;
		r->done_bytes = r->bytes;
		r->done.error = 0;
		r->done.queue_ns = REC_UNKNOWN;
		barrier(); /* from here on it comes from memory */
		set_count(stats, r);
		if (r->tgid && !(r->io_flags & DISK_IO_F_STACKED))
			proc_count(stats, r);
	}
	req_leave(r, now_ns, false);
}

static __always_inline int io_start(struct cpu_block *b, struct request *rq, bool cast)
{
	struct probe_stats *stats = &b->probe[PROBE_IO_START];
	struct request *u = request_use(rq, cast);
	__u64 now_ns = bpf_ktime_get_ns();
	__u32 dev = request_dev(u);
	struct disk_req *r = dev ? req_make(stats, rq) : NULL;
	struct disk_whose w;
	__u32 old_dev, old_op;

	if (!r)
		return 0;
	if (r->started_ns)
		req_missed(stats, r, now_ns);
	old_dev = r->dev;
	old_op = r->op;
	req_reset(r, dev, u->cmd_flags, u->__sector, u->__data_len);
	disk_who(b, u->bio, dev, &w, cast);
	req_charge(stats, r, &w, r->dev == old_dev && r->op == old_op);
	req_start(stats, r, now_ns);
	return 0;
}

__hidden int disk_on_io_start(struct cpu_block *b, struct request *rq)
{
	return io_start(b, rq, true);
}

__hidden int disk_on_io_start_plain(struct cpu_block *b, struct request *rq)
{
	return io_start(b, rq, false);
}

/*
 * Before Linux 6.5: a bio that gets a request. The request itself is not to be had here, so it waits
 * under the bio's address until the request is issued (or merged, or completed without).
 */
__hidden int disk_on_getrq(struct cpu_block *b, struct bio *bio)
{
	struct probe_stats *stats = &b->probe[PROBE_IO_GETRQ];
	__u64 address = (__u64)bio, now_ns;
	struct disk_whose w;
	struct disk_req *r;
	__u32 dev;

	if (has_io_start)
		return 0;
	dev = bio_disk_dev(bio);
	if (!dev)
		return 0;
	now_ns = bpf_ktime_get_ns();
	bpf_map_update_elem(&disk_bios, &address, &disk_req_zero, BPF_ANY);
	r = bpf_map_lookup_elem(&disk_bios, &address);
	if (!r) {
		ADD(stats->map_full, 1);
		return 0;
	}
	req_reset(r, dev, bio->bi_opf, bio->bi_iter.bi_sector, bio->bi_iter.bi_size);
	disk_who(b, bio, dev, &w, false);
	req_charge(stats, r, &w, false);
	req_start(stats, r, now_ns);
	return 0;
}

/* The request takes over what its bio left. Merges may have put other bios before or behind it. */
static __always_inline struct disk_req *req_take_over(struct probe_stats *stats, struct request *rq)
{
	__u64 address = (__u64)rq->bio, id;
	struct disk_req *r, *from;

	if (has_io_start || !address)
		return NULL;
	from = bpf_map_lookup_elem(&disk_bios, &address);
	if (!from) {
		address = (__u64)rq->biotail;
		from = bpf_map_lookup_elem(&disk_bios, &address);
	}
	if (!from)
		return NULL;
	r = req_make(stats, rq);
	if (r) {
		if (r->started_ns)
			req_missed(stats, r, bpf_ktime_get_ns());
		id = r->id;
		*r = *from;
		r->id = id;
	}
	bpf_map_delete_elem(&disk_bios, &address);
	return r;
}

/*
 * A request whose start was not seen: a device's own flush, or it was in flight when the probes were
 * attached. Nobody is charged; with `-- COMMAND` it is none of its tree.
 */
static __always_inline struct disk_req *req_found(struct probe_stats *stats, struct request *rq,
						  struct request *u, __u64 now_ns)
{
	__u32 dev = track ? 0 : request_dev(u);
	struct disk_req *r = dev ? req_make(stats, rq) : NULL;

	if (!r)
		return NULL;
	req_reset(r, dev, u->cmd_flags, u->__sector, u->__data_len);
	if ((r->set & DISK_SET_OP) == DISK_FLUSH)
		r->set = DISK_FLUSH;
	else
		ADD(stats->unmatched, 1);
	r->io_flags = DISK_IO_F_NO_START;
	r->tgid = r->pid = 0;
	r->start_ns = 0;
	r->uid = REC_UNKNOWN32;
	r->tracked = true;
	r->comm[0] = r->comm[1] = 0;
	r->submitter[0] = r->submitter[1] = 0;
	req_start(stats, r, now_ns);
	return r;
}

static __always_inline struct disk_req *req_get(struct probe_stats *stats, struct request *rq, struct request *u,
						__u64 now_ns)
{
	__u64 address = (__u64)rq;
	struct disk_req *r = req_take_over(stats, u);

	if (!r)
		r = bpf_map_lookup_elem(&disk_reqs, &address);
	return r && r->started_ns ? r : req_found(stats, rq, u, now_ns);
}

static __always_inline int rq_issue(struct cpu_block *b, struct request *rq, bool cast)
{
	struct request *u = request_use(rq, cast);
	__u64 now_ns = bpf_ktime_get_ns();
	struct disk_req *r = req_get(&b->probe[PROBE_IO_ISSUE], rq, u, now_ns);

	if (!r || !r->tracked)
		return 0;
	r->bytes = u->__data_len;
	if (r->bytes) {
		r->sector = u->__sector;
		req_order(r);
	}
	r->issued_ns = now_ns;
	return 0;
}

__hidden int disk_on_rq_issue(struct cpu_block *b, struct request *rq)
{
	return rq_issue(b, rq, true);
}

__hidden int disk_on_rq_issue_plain(struct cpu_block *b, struct request *rq)
{
	return rq_issue(b, rq, false);
}

static __always_inline int rq_complete(struct cpu_block *b, struct request *rq, int error, unsigned int bytes,
				       bool cast)
{
	struct request *u = request_use(rq, cast);
	__u64 now_ns = bpf_ktime_get_ns();
	struct disk_req *r = req_get(&b->probe[PROBE_IO_COMPLETE], rq, u, now_ns);
	bool is_flush;

	if (!r)
		return 0;
	r->done_bytes += bytes;
	is_flush = (r->set & DISK_SET_OP) == DISK_FLUSH;
	/* There is more of it to come; the rest of a flush sequence, or of its data. */
	if (!is_flush && (request_is_step(u) || bytes < u->__data_len))
		return 0;
	if (r->tracked)
		req_count(b, u, r, now_ns, error, cast);
	req_leave(r, now_ns, true);
	return 0;
}

__hidden int disk_on_rq_complete(struct cpu_block *b, struct request *rq, int error, unsigned int bytes)
{
	return rq_complete(b, rq, error, bytes, true);
}

__hidden int disk_on_rq_complete_plain(struct cpu_block *b, struct request *rq, int error, unsigned int bytes)
{
	return rq_complete(b, rq, error, bytes, false);
}

__hidden int disk_on_rq_requeue(struct cpu_block *b, struct request *rq)
{
	__u64 address = (__u64)rq;
	struct disk_req *r = bpf_map_lookup_elem(&disk_reqs, &address);
	struct disk_dev_sum *d;

	if (!r || !r->started_ns || !r->tracked)
		return 0;
	r->requeues++;
	r->issued_ns = 0;
	d = dev_of(r);
	if (d)
		ADD(d->requeues, 1);
	return 0;
}

/* It has become a part of another request, and will neither be issued nor complete. */
__hidden int disk_on_rq_merge(struct cpu_block *b, struct request *rq)
{
	__u64 address = (__u64)rq;
	struct disk_req *r = req_take_over(&b->probe[PROBE_RQ_MERGE], rq);

	if (!r)
		r = bpf_map_lookup_elem(&disk_reqs, &address);
	if (r && r->started_ns)
		req_leave(r, bpf_ktime_get_ns(), true);
	return 0;
}

/* Who is charged for a request that has started, for disk_stages.bpf.c; 0: nobody. */
__hidden __u32 disk_charged(__u64 address)
{
	struct disk_req *r = bpf_map_lookup_elem(&disk_reqs, &address);

	return r && r->started_ns ? r->tgid : 0;
}
