/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps of block I/O, and the sums in them: by device, by device and set, by process. */
#ifndef PROBETOP_DISK_COUNT_BPF_H
#define PROBETOP_DISK_COUNT_BPF_H

#include "disk_file.bpf.h"
#include "disk_req.bpf.h"
#include "disk_who.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DISK_REQS_MAX);
	__type(key, __u64);
	__type(value, struct disk_req);
} disk_reqs SEC(".maps");

/* Before Linux 6.5: by bio, until the request is known. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, DISK_BIOS_MAX);
	__type(key, __u64);
	__type(value, struct disk_req);
} disk_bios SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, DISK_DEVS_MAX);
	__type(key, __u32);
	__type(value, struct disk_dev_sum);
} disk_devs SEC(".maps");

/* Whose a slot is: of two CPUs that want it only one can enter here. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DISK_DEVS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} disk_owners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DISK_SETS_MAX);
	__type(key, struct disk_set_key);
	__type(value, struct disk_set_sum);
} disk_sets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DISK_PROCS_MAX);
	__type(key, struct disk_proc_key);
	__type(value, struct disk_proc_sum);
} disk_procs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DISK_REST_MAX);
	__type(key, struct disk_proc_key);
	__type(value, struct disk_proc_sum);
} disk_procs_rest SEC(".maps");

__u32 disk_pass = 0;	/* the reader counts its passes here */
__u32 disk_claims = 0;	/* slots of devices that were taken */
__u32 disk_touched = 0; /* disk_pass of the last start or completion */

const volatile bool has_io_start = true;   /* block_io_start is there (6.5); else block_getrq */
const volatile __u32 rqf_flush_seq = RQF_FLUSH_SEQ_OLD;
const volatile struct disk_seed disk_seed = {};

const struct disk_req disk_req_zero = {};
const struct disk_set_sum disk_set_zero = {};
const struct disk_proc_sum disk_proc_zero = {};

/* Takes a free slot for a device. False where it is another's. */
static __always_inline bool dev_claim(struct disk_dev_sum *d, __u32 slot, __u32 dev)
{
	__u32 *owner;

	if (!bpf_map_update_elem(&disk_owners, &slot, &dev, BPF_NOEXIST))
		ADD(disk_claims, 1);
	owner = bpf_map_lookup_elem(&disk_owners, &slot);
	if (!owner || *owner != dev)
		return false;
	d->dev = dev;
	return true;
}

/* Looks further than the first slot. */
static __noinline struct disk_dev_sum *dev_search(__u32 dev, __u32 *ret_slot)
{
	struct disk_dev_sum *d;
	__u32 slot = disk_slot(dev);

#pragma unroll
	for (int i = 0; i < DISK_DEV_TRIES; i++) {
		*ret_slot = slot;
		d = bpf_map_lookup_elem(&disk_devs, &slot);
		if (!d)
			return NULL;
		if (d->dev == dev || (!d->dev && dev_claim(d, slot, dev)))
			return d;
		slot = (slot + 1) % DISK_DEVS_MAX;
	}
	return NULL;
}

/* Returns the sums of a device, which begin here where it is new, and where they are. */
static __always_inline struct disk_dev_sum *dev_make(struct probe_stats *stats, __u32 dev, __u32 *ret_slot)
{
	__u32 slot = disk_slot(dev);
	struct disk_dev_sum *d = bpf_map_lookup_elem(&disk_devs, &slot);

	*ret_slot = slot;
	if (d && d->dev == dev)
		return d;
	d = dev_search(dev, ret_slot);
	if (!d)
		ADD(stats->map_full, 1);
	return d;
}

/* The device in whose requests in flight this one is counted. */
static __always_inline struct disk_dev_sum *dev_of(const struct disk_req *r)
{
	__u32 slot = r->slot;

	return r->flags & DISK_REQ_F_FLIGHT ? bpf_map_lookup_elem(&disk_devs, &slot) : NULL;
}

/* Adds the time since the last start or completion, if something was in flight in it. */
static __always_inline void dev_busy(struct disk_dev_sum *d, __u64 now_ns)
{
	__u64 ns = now_ns - d->last_ns;

	/* Another CPU may have been a moment later and yet here before. */
	if ((__s64)ns <= 0)
		return;
	if ((__s32)d->inflight > 0)
		ADD(d->busy_ns, ns);
	d->last_ns = now_ns;
	d->pass = disk_pass;
	disk_touched = disk_pass;
}

static __always_inline void dev_enter(struct disk_dev_sum *d, __u64 now_ns)
{
	__u32 pass = disk_pass, i = pass & 1, nr;

	dev_busy(d, now_ns);
	ADD(d->inflight, 1);
	nr = d->inflight;
	if (d->max_pass[i] != pass) {
		d->max_pass[i] = pass;
		d->max_inflight[i] = nr;
	} else if (nr > d->max_inflight[i]) {
		d->max_inflight[i] = nr;
	}
}

static __always_inline void dev_leave(struct disk_dev_sum *d, __u64 now_ns)
{
	dev_busy(d, now_ns);
	ADD(d->inflight, -1);
}

/* Whether it goes on where the one before it, of its direction, ended. */
static __always_inline void req_order(struct disk_req *r)
{
	struct disk_dev_sum *d = dev_of(r);
	__u64 *next;

	if (!d)
		return;
	next = &d->next_sector[(r->set & DISK_SET_OP) != DISK_READ];
	if (*next == r->sector)
		r->flags |= DISK_REQ_F_SEQUENTIAL;
	*next = r->sector + (r->bytes >> 9);
}

static __always_inline struct disk_proc_key proc_key(const struct disk_req *r)
{
	return (struct disk_proc_key){
		.start_ns = r->start_ns,
		.tgid = r->tgid,
		.dev = r->dev,
		.op = r->op,
	};
}

static __always_inline struct disk_proc_sum *proc_new(struct probe_stats *stats, void *map, struct disk_proc_key *key)
{
	struct disk_proc_sum *p;

	bpf_map_update_elem(map, key, &disk_proc_zero, BPF_NOEXIST);
	p = bpf_map_lookup_elem(map, key);
	if (!p)
		ADD(stats->map_full, 1);
	return p;
}

static __always_inline void proc_make(struct probe_stats *stats, const struct disk_req *r)
{
	struct disk_proc_key key = proc_key(r);
	struct disk_proc_sum *p = bpf_map_lookup_elem(&disk_procs, &key);

	if (p)
		return;
	p = proc_new(stats, &disk_procs, &key);
	if (!p)
		return;
	p->uid = r->uid;
	p->flags = r->io_flags & DISK_IO_F_KTHREAD ? DISK_PROC_F_KTHREAD : 0;
	((__u64 *)p->comm)[0] = r->comm[0];
	((__u64 *)p->comm)[1] = r->comm[1];
}

static __always_inline struct disk_proc_sum *proc_of(struct probe_stats *stats, const struct disk_req *r)
{
	struct disk_proc_key key = proc_key(r);
	struct disk_proc_sum *p = bpf_map_lookup_elem(&disk_procs, &key);

	if (p)
		return p;
	proc_make(stats, r); /* it was gone and taken out while this was under way */
	p = bpf_map_lookup_elem(&disk_procs, &key);
	if (p)
		return p;
	key.tgid = 0;
	key.start_ns = 0;
	p = bpf_map_lookup_elem(&disk_procs_rest, &key);
	return p ? p : proc_new(stats, &disk_procs_rest, &key);
}

static __always_inline struct disk_set_sum *set_of(struct probe_stats *stats, const struct disk_req *r)
{
	struct disk_set_key key = {.dev = r->dev, .set = r->set};
	struct disk_set_sum *s = bpf_map_lookup_elem(&disk_sets, &key);

	if (s)
		return s;
	bpf_map_update_elem(&disk_sets, &key, &disk_set_zero, BPF_NOEXIST);
	s = bpf_map_lookup_elem(&disk_sets, &key);
	if (!s)
		ADD(stats->map_full, 1);
	return s;
}

#include "disk_done.bpf.h"

#endif
