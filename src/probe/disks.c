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
#include <sys/mman.h>
#include <unistd.h>

#include "disk_state.h"
#include "probe_impl.h"
#include "probetop.skel.h"
#include "walk.h"

#define GHOST_NS    1000000000ull /* what the device has for so long may have ended unseen */
#define GHOST_LOOKS 16		  /* how often the kernel is asked in one reading */
#define OLDS_MAX    64		  /* requests that may be ghosts: as many are looked at in one reading */

/* A device beside its sums: its requests in flight, and what was published last. */
struct seen_disk {
	bool gone;
	unsigned ghosts;   /* so many of the oldest of those it seems to have for long it has not */
	bool sure;	   /* the reading before said so, too: they are taken out */
	uint64_t ghost_ns; /* when the youngest of these began; 0: there are none */
	uint32_t shown_inflight;
	uint64_t shown_depth_ns;
	unsigned olds;	  /* requests that it seems to have for long */
	unsigned uncounted; /* requests that the kernel does not count as in flight */
	uint32_t inflight, issued; /* as of this reading */
	uint64_t oldest_ns;	   /* 0: none is in flight */
	uint64_t open_ns;	   /* time in flight of those that are, up to now */
};

struct disks {
	uint32_t pass; /* the one that this reading closes */
	bool key;      /* everything is published */
	bool flying;   /* something was in flight at this reading */
	uint64_t now_ns;
	record_fn fn;
	void *ctx;
	struct alive alive;
	struct disk_dev_sum *sums; /* mapped from the kernel, DISK_DEVS_MAX */
	uint32_t claims;		 /* disk_claims when `used` was made */
	unsigned nr;
	uint16_t used[DISK_DEVS_MAX]; /* slots of devices */
	struct seen_disk seen[DISK_DEVS_MAX]; /* by slot */
	unsigned olds_nr;
	struct old_req {
		uint64_t started_ns;
		uint32_t dev;
	} olds[OLDS_MAX]; /* of all devices, the oldest first */
	unsigned flights_nr;
	struct disk_flight_rec flights[DISK_FLIGHT_MAX]; /* the oldest first */
	union {
		uint64_t reqs[WALK_BATCH];
		struct disk_set_key sets[WALK_BATCH];
		struct disk_proc_key procs[WALK_BATCH];
	} keys;
	union {
		struct disk_req reqs[WALK_BATCH];
		struct disk_set_sum sets[WALK_BATCH];
		struct disk_proc_sum procs[WALK_BATCH];
	} values;
};

/* Returns a device, or NULL. */
static struct seen_disk *disk_find(struct disks *d, uint32_t dev)
{
	uint32_t slot = disk_slot(dev);

	for (int i = 0; i < DISK_DEV_TRIES; i++, slot = (slot + 1) % DISK_DEVS_MAX)
		if (d->sums[slot].dev == dev)
			return &d->seen[slot];
	return NULL;
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

/* The slots that devices have taken, again when there is a new one. */
static void find_used(struct disks *d, uint32_t claims)
{
	if (d->claims == claims)
		return;
	d->claims = claims;
	d->nr = 0;
	for (unsigned i = 0; i < DISK_DEVS_MAX; i++)
		if (d->sums[i].dev)
			d->used[d->nr++] = (uint16_t)i;
}

static void read_devs(struct disks *d)
{
	d->flying = false;
	for (unsigned i = 0; i < d->nr; i++) {
		struct seen_disk *s = &d->seen[d->used[i]];
		int32_t inflight = (int32_t)d->sums[d->used[i]].inflight;

		s->inflight = inflight > 0 ? (uint32_t)inflight : 0;
		s->issued = s->olds = s->uncounted = 0;
		s->oldest_ns = s->open_ns = 0;
		d->flying |= s->inflight != 0;
	}
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

/* Requests that the kernel does not count: they wait in the queue, or are flushes. */
static bool is_uncounted(const struct disk_req *r)
{
	uint32_t op = r->set & DISK_SET_OP;

	return !r->issued_ns || op == DISK_FLUSH || op == DISK_OTHER || r->set & (DISK_SET_PREFLUSH | DISK_SET_FUA);
}

/*
 * A completion that was not seen (the probe was off, or it came on top of a task that the kernel
 * hides from BPF) leaves a request that seems to go on until its tag is used again.
 */
static bool may_be_ghost(const struct disks *d, const struct disk_req *r)
{
	return r->flags & DISK_REQ_F_FLIGHT && !is_uncounted(r) && r->issued_ns + GHOST_NS < d->now_ns;
}

static bool is_ghost(const struct disks *d, const struct seen_disk *s, const struct disk_req *r)
{
	return r->started_ns <= s->ghost_ns && may_be_ghost(d, r);
}

static void old_keep(struct disks *d, const struct disk_req *r)
{
	struct old_req *o = d->olds;
	unsigned at = d->olds_nr;

	while (at && o[at - 1].started_ns > r->started_ns)
		at--;
	if (at == OLDS_MAX)
		return;
	if (d->olds_nr < OLDS_MAX)
		d->olds_nr++;
	memmove(&o[at + 1], &o[at], (d->olds_nr - at - 1) * sizeof(*o));
	o[at] = (struct old_req){ r->started_ns, r->dev };
}

/* The kernel's tag may be in use again. */
static void ghost_take_out(struct disks *d, struct seen_disk *s, int fd, const void *key, const struct disk_req *r)
{
	struct disk_req now;

	if (bpf_map_lookup_elem(fd, key, &now) || now.started_ns != r->started_ns)
		return;
	bpf_map_delete_elem(fd, key);
	__atomic_sub_fetch(&d->sums[s - d->seen].inflight, 1, __ATOMIC_RELAXED);
}

static void flight_count(struct disks *d, struct seen_disk *s, const struct disk_req *r)
{
	s->issued += r->issued_ns != 0;
	s->uncounted += is_uncounted(r);
	if (may_be_ghost(d, r)) {
		s->olds++;
		old_keep(d, r);
	}
	s->open_ns += d->now_ns - r->started_ns;
	if (!s->oldest_ns || r->started_ns < s->oldest_ns)
		s->oldest_ns = r->started_ns;
	flight_keep(d, r);
}

static void req_entry(void *ctx, int fd, const void *key, const void *value)
{
	const struct disk_req *r = value;
	struct disks *d = ctx;
	struct seen_disk *s = disk_find(d, r->dev);

	if (s && s->gone) {
		bpf_map_delete_elem(fd, key);
	} else if (s && r->flags & DISK_REQ_F_FLIGHT && r->started_ns && r->started_ns <= d->now_ns) {
		if (!is_ghost(d, s, r))
			flight_count(d, s, r);
		else if (s->sure)
			ghost_take_out(d, s, fd, key, r);
		if (is_ghost(d, s, r) && s->inflight)
			s->inflight--;
	}
}

static void emit_dev(struct disks *d, unsigned slot)
{
	const struct disk_dev_sum *sum = &d->sums[slot];
	struct seen_disk *s = &d->seen[slot];
	unsigned i = d->pass & 1;
	struct disk_dev_rec r = {
		.dev = sum->dev,
		.inflight = s->inflight,
		.issued = s->issued,
		.busy_ns = sum->busy_ns,
		.depth_ns = sum->depth_ns + s->open_ns,
		.oldest_ns = s->oldest_ns,
		.requeues = sum->requeues,
	};

	if (r.inflight)
		r.busy_since_ns = sum->last_ns;
	r.max_inflight = sum->max_pass[i] == d->pass ? sum->max_inflight[i] : 0;
	if (r.max_inflight < s->shown_inflight)
		r.max_inflight = s->shown_inflight;
	if (r.max_inflight < r.inflight)
		r.max_inflight = r.inflight;
	/* What completes between the readings of sums and of requests may be in neither, or in both. */
	if (r.depth_ns < s->shown_depth_ns)
		r.depth_ns = s->shown_depth_ns;
	s->shown_depth_ns = r.depth_ns;
	s->shown_inflight = r.inflight;
	record_init(&r.h, d->now_ns, PANE_DISK, DISK_DEV, sizeof(r));
	d->fn(d->ctx, &r.h);
}

/* Of a device that is gone the sums by set go, those of the device itself keep their slot. */
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

/* Marks devices that are no more. Returns whether there are any. */
static bool find_gone(struct disks *d)
{
	bool found = false;
	char path[64];

	for (unsigned i = 0; i < d->nr; i++) {
		struct seen_disk *s = &d->seen[d->used[i]];
		uint32_t dev = d->sums[d->used[i]].dev;

		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", DISK_MAJOR(dev), DISK_MINOR(dev));
		s->gone = access(path, F_OK) && errno == ENOENT;
		found |= s->gone;
	}
	return found;
}

static void read_flights(struct kernel_source *k, struct disks *d)
{
	WALK(d, k->skel->maps.disk_reqs, reqs, req_entry);
	if (bpf_map__fd(k->skel->maps.disk_bios) >= 0)
		WALK(d, k->skel->maps.disk_bios, reqs, req_entry);
}

/* The numbers in a file of a device's; how many there are. */
static int read_numbers(uint32_t dev, const char *name, unsigned long ret[2])
{
	char path[64];
	FILE *f;
	int got = 0;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", DISK_MAJOR(dev), DISK_MINOR(dev), name);
	f = fopen(path, "re");
	if (f) {
		got = fscanf(f, "%lu %lu", &ret[0], &ret[1]);
		fclose(f);
	}
	return got;
}

/* What the kernel counts as in flight on the device; -1 where it counts nothing. */
static long kernel_inflight(uint32_t dev)
{
	unsigned long inflight[2];

	return read_numbers(dev, "inflight", inflight) == 2 ? (long)(inflight[0] + inflight[1]) : -1;
}

static bool is_counted(uint32_t dev)
{
	unsigned long iostats[2];

	return read_numbers(dev, "queue/iostats", iostats) >= 1 && iostats[0];
}

/*
 * How many of the old requests the device does not have, at least. Were all of them in flight, then so
 * they were at each of the looks: the kernel would count no less than them, and no less than all that we
 * count and it can. What begins and ends meanwhile blurs that, but only one way at a time.
 */
static unsigned ghosts_of(const struct disks *d, const struct seen_disk *s)
{
	const struct disk_dev_sum *sum = &d->sums[s - d->seen];
	long least = s->olds;

	for (int i = 0; i < GHOST_LOOKS && least > 0; i++) {
		long before = (int32_t)__atomic_load_n(&sum->inflight, __ATOMIC_RELAXED);
		long kernel = kernel_inflight(sum->dev);
		long after = (int32_t)__atomic_load_n(&sum->inflight, __ATOMIC_RELAXED);
		long excess = (before < after ? before : after) - (long)s->uncounted - kernel;

		if (kernel < 0)
			return 0;
		if (!kernel) /* it has nothing at all */
			return s->olds;
		if (excess < least)
			least = excess;
	}
	return least > 0 ? (unsigned)least : 0;
}

/* When the youngest of the device's `nr` oldest requests began. */
static uint64_t old_start(const struct disks *d, uint32_t dev, unsigned nr)
{
	uint64_t start_ns = 0;

	for (unsigned i = 0; i < d->olds_nr && nr; i++) {
		if (d->olds[i].dev != dev)
			continue;
		start_ns = d->olds[i].started_ns;
		nr--;
	}
	return start_ns;
}

/*
 * Ghosts are not shown from the first reading that tells of them, and taken out after the second: what
 * really is stuck comes back. Returns whether there are any.
 */
static bool find_ghosts(struct disks *d)
{
	bool found = false;

	for (unsigned i = 0; i < d->nr; i++) {
		struct seen_disk *s = &d->seen[d->used[i]];
		uint32_t dev = d->sums[d->used[i]].dev;
		unsigned now = s->olds && is_counted(dev) ? ghosts_of(d, s) : 0;

		s->sure = s->ghosts && now;
		s->ghost_ns = old_start(d, dev, s->sure && s->ghosts < now ? s->ghosts : now);
		s->ghosts = s->sure ? 0 : now;
		found |= s->ghost_ns != 0;
	}
	return found;
}

/* Reads again what is in flight, without ghosts. */
static void drop_ghosts(struct kernel_source *k, struct disks *d)
{
	d->flights_nr = d->olds_nr = 0;
	read_devs(d);
	read_flights(k, d);
	for (unsigned i = 0; i < d->nr; i++)
		d->seen[d->used[i]].ghost_ns = 0;
}

static void emit_devs(struct disks *d)
{
	for (unsigned i = 0; i < d->nr; i++) {
		const struct seen_disk *s = &d->seen[d->used[i]];

		if (!s->gone && (is_changed(d, d->sums[d->used[i]].pass) || s->inflight || s->shown_inflight))
			emit_dev(d, d->used[i]);
	}
}

static void emit_flights(struct disks *d)
{
	for (unsigned i = 0; i < d->flights_nr; i++) {
		record_init(&d->flights[i].h, d->now_ns, PANE_DISK, DISK_FLIGHT, sizeof(d->flights[i]));
		d->fn(d->ctx, &d->flights[i].h);
	}
}

void disks_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx)
{
	struct disks *d = k->disks;
	bool gone;

	if (!fn)
		return;
	d->pass = k->skel->bss->disk_pass++;
	d->key = key;
	d->now_ns = now_ns;
	d->fn = fn;
	d->ctx = ctx;
	d->flights_nr = d->olds_nr = 0;
	if (!d->flying && !is_changed(d, k->skel->bss->disk_touched))
		return;
	find_used(d, k->skel->bss->disk_claims);
	read_devs(d);
	gone = key && find_gone(d);
	if (d->flying || gone)
		read_flights(k, d);
	if (d->flying && find_ghosts(d))
		drop_ghosts(k, d);
	emit_devs(d);
	WALK(d, k->skel->maps.disk_sets, sets, set_entry);
	WALK(d, k->skel->maps.disk_procs, procs, proc_entry);
	WALK(d, k->skel->maps.disk_procs_rest, procs, proc_entry);
	emit_flights(d);
}

static size_t sums_bytes(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (DISK_DEVS_MAX * sizeof(struct disk_dev_sum) + page - 1) / page * page;
}

int disks_open(struct kernel_source *k, struct err *e)
{
	struct disks *d = calloc(1, sizeof(*d));

	if (!d)
		return err_set(e, -ENOMEM, "BPF: no memory for disks.");
	k->disks = d;
	d->sums = mmap(NULL, sums_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(k->skel->maps.disk_devs), 0);
	if (d->sums != MAP_FAILED)
		return 0;
	d->sums = NULL;
	return err_set(e, -errno, "BPF: the sums of disks cannot be mapped: %s. "
		       "--no-bpf shows what /proc gives.", strerror(errno));
}

void disks_close(struct kernel_source *k)
{
	if (k->disks && k->disks->sums)
		munmap(k->disks->sums, sums_bytes());
	free(k->disks);
	k->disks = NULL;
}
