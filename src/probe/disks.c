// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Block I/O as the kernel side sums it, after each pass: devices, requests in flight, sets,
 * processes. What changed becomes records, in a key frame everything. While no request starts or
 * completes and none is in flight, nothing is read. Sums of processes and of devices that are gone
 * are taken out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk_state.h"
#include "probe_impl.h"
#include "probetop.skel.h"
#include "walk.h"

#define INDEX_SLOTS (2 * DISK_DEVS_MAX)

/* A device, its sums as of this reading, and its requests in flight. */
struct seen_disk {
	uint32_t dev;
	bool gone;
	uint32_t shown_inflight; /* as published last */
	uint64_t shown_depth_ns;
	struct disk_dev_sum sum;
	uint32_t issued;
	uint64_t oldest_ns; /* 0: none is in flight */
	uint64_t open_ns;   /* time in flight of those that are, up to now */
};

struct disks {
	uint32_t pass; /* the one that this reading closes */
	bool key;      /* everything is published */
	bool flying;   /* something was in flight at this or the last reading */
	uint64_t now_ns;
	record_fn fn;
	void *ctx;
	struct alive alive;
	unsigned nr;
	struct seen_disk devs[DISK_DEVS_MAX];
	uint16_t index[INDEX_SLOTS]; /* by dev: place in devs, + 1 */
	unsigned flights_nr;
	struct disk_flight_rec flights[DISK_FLIGHT_MAX]; /* the oldest first */
	union {
		uint32_t devs[WALK_BATCH];
		uint64_t reqs[WALK_BATCH];
		struct disk_set_key sets[WALK_BATCH];
		struct disk_proc_key procs[WALK_BATCH];
	} keys;
	union {
		struct disk_dev_sum devs[WALK_BATCH];
		struct disk_req reqs[WALK_BATCH];
		struct disk_set_sum sets[WALK_BATCH];
		struct disk_proc_sum procs[WALK_BATCH];
	} values;
};

/* Returns where a device is or would be in the index. */
static unsigned index_of(const struct disks *d, uint32_t dev)
{
	unsigned i = dev * 0x9e3779b1u % INDEX_SLOTS;

	while (d->index[i] && d->devs[d->index[i] - 1].dev != dev)
		i = (i + 1) % INDEX_SLOTS;
	return i;
}

static struct seen_disk *disk_find(struct disks *d, uint32_t dev)
{
	unsigned at = d->index[index_of(d, dev)];

	return at ? &d->devs[at - 1] : NULL;
}

static struct seen_disk *disk_make(struct disks *d, uint32_t dev)
{
	unsigned i = index_of(d, dev);

	if (!d->index[i] && d->nr < DISK_DEVS_MAX) {
		d->devs[d->nr++] = (struct seen_disk){.dev = dev};
		d->index[i] = (uint16_t)d->nr;
	}
	return d->index[i] ? &d->devs[d->index[i] - 1] : NULL;
}

/* Touched in the pass that ends, or so near to its beginning that the last reading missed it. */
static bool is_changed(const struct disks *d, uint32_t pass)
{
	return d->key || pass + 2 >= d->pass;
}

static uint64_t max_of(const struct disks *d, const __u64 max_ns[2], const __u32 max_pass[2])
{
	unsigned i = d->pass & 1;

	return max_pass[i] == d->pass ? max_ns[i] : 0;
}

static void dev_entry(void *ctx, int fd, const void *key, const void *value)
{
	struct disks *d = ctx;
	struct seen_disk *s = disk_make(d, *(const uint32_t *)key);

	(void)fd;
	if (!s)
		return;
	s->sum = *(const struct disk_dev_sum *)value;
	s->issued = 0;
	s->oldest_ns = s->open_ns = 0;
	d->flying |= s->sum.inflight != 0;
}

/* Keeps a request if it is among the oldest. */
static void flight_keep(struct disks *d, const struct disk_req *r)
{
	struct disk_flight_rec *f = d->flights;
	unsigned at = d->flights_nr;

	while (at && f[at - 1].queued_ns > r->started_ns)
		at--;
	if (at == DISK_FLIGHT_MAX)
		return;
	if (d->flights_nr < DISK_FLIGHT_MAX)
		d->flights_nr++;
	memmove(&f[at + 1], &f[at], (d->flights_nr - at - 1) * sizeof(*f));
	f[at] = (struct disk_flight_rec){
		.id = r->id,
		.dev = r->dev,
		.set = r->set,
		.flags = r->io_flags,
		.pid = r->pid,
		.tgid = r->tgid,
		.start_ns = r->start_ns,
		.sector = r->sector,
		.bytes = r->bytes,
		.requeues = r->requeues,
		.queued_ns = r->started_ns,
		.issued_ns = r->issued_ns,
	};
	memcpy(f[at].comm, r->comm, sizeof(f[at].comm));
}

static void req_entry(void *ctx, int fd, const void *key, const void *value)
{
	const struct disk_req *r = value;
	struct disks *d = ctx;
	struct seen_disk *s = disk_find(d, r->dev);

	if (s && s->gone)
		bpf_map_delete_elem(fd, key);
	else if (s && r->flags & DISK_REQ_F_FLIGHT && r->started_ns && r->started_ns <= d->now_ns) {
		s->issued += r->issued_ns != 0;
		s->open_ns += d->now_ns - r->started_ns;
		if (!s->oldest_ns || r->started_ns < s->oldest_ns)
			s->oldest_ns = r->started_ns;
		flight_keep(d, r);
	}
}

static void emit_dev(struct disks *d, struct seen_disk *s)
{
	unsigned i = d->pass & 1;
	struct disk_dev_rec r = {
		.dev = s->dev,
		.inflight = (int32_t)s->sum.inflight > 0 ? s->sum.inflight : 0,
		.issued = s->issued,
		.busy_ns = s->sum.busy_ns,
		.depth_ns = s->sum.depth_ns + s->open_ns,
		.oldest_ns = s->oldest_ns,
		.requeues = s->sum.requeues,
	};

	if (r.inflight)
		r.busy_since_ns = s->sum.last_ns;
	r.max_inflight = s->sum.max_pass[i] == d->pass ? s->sum.max_inflight[i] : 0;
	if (r.max_inflight < s->shown_inflight)
		r.max_inflight = s->shown_inflight;
	if (r.max_inflight < r.inflight)
		r.max_inflight = r.inflight;
	/* One that completed between the readings of the two maps is in neither. */
	if (r.depth_ns < s->shown_depth_ns)
		r.depth_ns = s->shown_depth_ns;
	s->shown_depth_ns = r.depth_ns;
	s->shown_inflight = r.inflight;
	record_init(&r.h, d->now_ns, PANE_DISK, DISK_DEV, sizeof(r));
	d->fn(d->ctx, &r.h);
}

static void set_entry(void *ctx, int fd, const void *key, const void *value)
{
	const struct disk_set_key *k = key;
	const struct disk_set_sum *sum = value;
	struct disks *d = ctx;
	struct seen_disk *s = disk_find(d, k->dev);
	struct disk_set_rec r = {
		.dev = k->dev,
		.set = k->set,
		.count = sum->count,
		.bytes = sum->bytes,
		.queue_ns = sum->queue_ns,
		.service_ns = sum->service_ns,
		.errors = sum->errors,
		.sequential = sum->sequential,
	};

	if (s && s->gone) {
		bpf_map_delete_elem(fd, key);
		return;
	}
	if (!is_changed(d, sum->pass))
		return;
	r.max_queue_ns = max_of(d, sum->max_queue_ns, sum->max_pass);
	r.max_service_ns = max_of(d, sum->max_service_ns, sum->max_pass);
	memcpy(r.queue_slots, sum->queue_slots, sizeof(r.queue_slots));
	memcpy(r.service_slots, sum->service_slots, sizeof(r.service_slots));
	memcpy(r.size_slots, sum->size_slots, sizeof(r.size_slots));
	record_init(&r.h, d->now_ns, PANE_DISK, DISK_SET, sizeof(r));
	d->fn(d->ctx, &r.h);
}

static void emit_proc(struct disks *d, const struct disk_proc_key *k, const struct disk_proc_sum *sum, uint16_t flags)
{
	unsigned i = d->pass & 1;
	struct disk_proc_rec r = {
		.tgid = k->tgid,
		.dev = k->dev,
		.start_ns = k->start_ns,
		.op = (uint16_t)k->op,
		.flags = (uint16_t)(sum->flags | flags),
		.uid = k->tgid ? sum->uid : REC_UNKNOWN32,
		.count = sum->count,
		.bytes = sum->bytes,
		.inferred = sum->inferred,
		.inferred_bytes = sum->inferred_bytes,
		.queue_ns = sum->queue_ns,
		.service_ns = sum->service_ns,
		.errors = sum->errors,
		.max_ns = max_of(d, sum->max_ns, sum->max_pass),
	};

	/* What came while this was read is told now or never. */
	if (flags & DISK_PROC_F_GONE && sum->max_pass[!i] == d->pass + 1 && sum->max_ns[!i] > r.max_ns)
		r.max_ns = sum->max_ns[!i];
	memcpy(r.comm, sum->comm, sizeof(r.comm));
	memcpy(r.slots, sum->slots, sizeof(r.slots));
	memcpy(r.queue_slots, sum->queue_slots, sizeof(r.queue_slots));
	memcpy(r.service_slots, sum->service_slots, sizeof(r.service_slots));
	memcpy(r.size_slots, sum->size_slots, sizeof(r.size_slots));
	record_init(&r.h, d->now_ns, PANE_DISK, DISK_PROC, sizeof(r));
	d->fn(d->ctx, &r.h);
}

static void proc_entry(void *ctx, int fd, const void *key, const void *value)
{
	const struct disk_proc_key *k = key;
	struct disks *d = ctx;
	struct disk_proc_sum last;

	if (alive_is_gone(&d->alive, k->tgid, d->pass) && walk_take_out(fd, key, &last))
		emit_proc(d, k, &last, DISK_PROC_F_GONE);
	else if (is_changed(d, ((const struct disk_proc_sum *)value)->pass))
		emit_proc(d, k, value, 0);
}

#define WALK(d, map, type, entry_fn)                                                                                   \
	walk_map(&(struct walk){.fd = bpf_map__fd(map), .key_size = sizeof((d)->keys.type[0]),                         \
				.value_size = sizeof((d)->values.type[0]), .keys = &(d)->keys, .values = &(d)->values, \
				.entry = entry_fn, .ctx = d})

/* Marks devices that are no more. Returns whether there are any. */
static bool find_gone(struct disks *d)
{
	bool found = false;
	char path[64];

	for (unsigned i = 0; i < d->nr; i++) {
		struct seen_disk *s = &d->devs[i];

		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", DISK_MAJOR(s->dev), DISK_MINOR(s->dev));
		s->gone = access(path, F_OK) && errno == ENOENT;
		found |= s->gone;
	}
	return found;
}

static void drop_gone(struct kernel_source *k, struct disks *d)
{
	unsigned nr = d->nr;

	d->nr = 0;
	memset(d->index, 0, sizeof(d->index));
	for (unsigned i = 0; i < nr; i++) {
		struct seen_disk s = d->devs[i];
		struct seen_disk *to;

		if (s.gone)
			bpf_map_delete_elem(bpf_map__fd(k->skel->maps.disk_devs), &s.dev);
		else if ((to = disk_make(d, s.dev)))
			*to = s;
	}
}

static void read_flights(struct kernel_source *k, struct disks *d)
{
	WALK(d, k->skel->maps.disk_reqs, reqs, req_entry);
	if (bpf_map__fd(k->skel->maps.disk_bios) >= 0)
		WALK(d, k->skel->maps.disk_bios, reqs, req_entry);
}

static void emit_all(struct kernel_source *k, struct disks *d, bool gone)
{
	for (unsigned i = 0; i < d->nr; i++) {
		struct seen_disk *s = &d->devs[i];

		if (!s->gone && (is_changed(d, s->sum.pass) || s->sum.inflight || s->shown_inflight))
			emit_dev(d, s);
	}
	WALK(d, k->skel->maps.disk_sets, sets, set_entry);
	WALK(d, k->skel->maps.disk_procs, procs, proc_entry);
	WALK(d, k->skel->maps.disk_procs_rest, procs, proc_entry);
	for (unsigned i = 0; i < d->flights_nr; i++) {
		record_init(&d->flights[i].h, d->now_ns, PANE_DISK, DISK_FLIGHT, sizeof(d->flights[i]));
		d->fn(d->ctx, &d->flights[i].h);
	}
	if (gone)
		drop_gone(k, d);
}

void disks_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx)
{
	struct disks *d = k->disks;
	bool was_flying, gone;

	if (!fn)
		return;
	d->pass = k->skel->bss->disk_pass++;
	d->key = key;
	d->now_ns = now_ns;
	d->fn = fn;
	d->ctx = ctx;
	was_flying = d->flying;
	if (!was_flying && !is_changed(d, k->skel->bss->disk_touched))
		return;
	d->flying = false;
	d->flights_nr = 0;
	WALK(d, k->skel->maps.disk_devs, devs, dev_entry);
	gone = key && find_gone(d);
	if (d->flying || gone)
		read_flights(k, d);
	emit_all(k, d, gone);
}

int disks_open(struct kernel_source *k, struct err *e)
{
	k->disks = calloc(1, sizeof(*k->disks));
	return k->disks ? 0 : err_set(e, -ENOMEM, "BPF: no memory for disks.");
}

void disks_close(struct kernel_source *k)
{
	free(k->disks);
	k->disks = NULL;
}
