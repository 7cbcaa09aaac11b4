// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steps of block I/O as blktrace names them: counted by device and CPU, and each a record where
 * the request is of the traced process or device, or, while nothing is traced, one of a few a
 * second. Attached only while somebody asks; what is filled is then emptied.
 *
 * A bio that is followed is found by its address until it has a request, the request by its own.
 * Both are used again for others: a bio begins anew where it is queued, a request where it starts.
 */
#include "disk_req.bpf.h"
#include "disk_stages.h"

#define SAMPLE_SLOTS 64
#define SAMPLE_NS    (125 * NSEC_PER_MSEC) /* one request of a device in this time */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STAGE_SUMS_MAX);
	__type(key, struct stage_sum_key);
	__type(value, struct stage_sum);
} stage_sums SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STAGE_LIVE_MAX);
	__type(key, __u64);
	__type(value, struct stage_live);
} stage_bios SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STAGE_LIVE_MAX);
	__type(key, __u64);
	__type(value, struct stage_live);
} stage_requests SEC(".maps");

/* Threads that have a followed request and may plug or unplug a queue. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STAGE_PLUGS_MAX);
	__type(key, __u32);
	__type(value, __u8);
} stage_plugs SEC(".maps");

__u32 stage_round = 0;	/* how often the hooks were attached */
__u64 stage_sampled_ns[SAMPLE_SLOTS] = {}; /* when the next of a device is due */

const struct stage_sum stage_sum_zero = {};

extern const volatile bool has_io_start;

/* What is told of a step beside where it is. */
struct step {
	__u8 stage;
	__u8 flags;
	__u16 set;
	__u32 dev;
	__u32 from_dev;
	__u32 bytes;
	__u64 sector;
	__u64 id;
	__u64 bio;
};

static __always_inline bool is_asked(void)
{
	return settings.demand & DEMAND_STAGES;
}

static __always_inline struct request_queue *queue_use(struct request_queue *q, bool cast)
{
	return cast ? kernel_cast(q, bpf_core_type_id_kernel(struct request_queue)) : q;
}

/* The partition of a bio, where it tells. */
static __always_inline __u32 bio_part_dev(struct bio *bio, __u32 disk)
{
	return bpf_core_field_exists(bio->bi_bdev) ? bio->bi_bdev->bd_dev : disk;
}

/* Before 5.15 only its backing device tells of which disk a queue is. */
static __always_inline __u32 queue_dev(struct request_queue *q)
{
	struct request_queue___bdi *old = (void *)q;

	if (bpf_core_field_exists(q->disk))
		return gendisk_dev(q->disk);
	return old->backing_dev_info->owner->devt;
}

/* Counts it. A device that finds no room is not counted at all, and that is told. */
static __always_inline void count(struct probe_stats *stats, __u32 dev, __u32 stage)
{
	struct stage_sum_key key = {.dev = dev, .cpu = bpf_get_smp_processor_id()};
	struct stage_sum *sum = bpf_map_lookup_elem(&stage_sums, &key);

	if (!sum) {
		bpf_map_update_elem(&stage_sums, &key, &stage_sum_zero, BPF_NOEXIST);
		sum = bpf_map_lookup_elem(&stage_sums, &key);
	}
	if (sum)
		ADD(sum->count[stage], 1);
	else
		ADD(stats->map_full, 1);
}

static __always_inline void tell(struct cpu_block *b, struct probe_stats *stats, const struct step *s)
{
	struct disk_stage_rec *r = ring_reserve(stats, sizeof(*r));
	__u64 pid = bpf_get_current_pid_tgid();

	if (!r)
		return;
	ring_header(b, &r->h, PANE_DISK, DISK_STAGE, sizeof(*r));
	r->id = s->id;
	r->bio = s->bio;
	r->dev = s->dev;
	r->set = s->set;
	r->stage = s->stage;
	r->flags = s->flags;
	r->pid = (__u32)pid;
	r->tgid = s->flags & DISK_STAGE_F_CHARGED ? settings.trace_tgid : pid >> 32;
	r->sector = s->sector;
	r->bytes = s->bytes;
	r->from_dev = s->from_dev;
	bpf_get_current_comm(r->comm, sizeof(r->comm));
	ring_submit(r);
}

/* Unlike that of another at the same time, and of any before. */
static __always_inline __u64 number(void)
{
	return bpf_ktime_get_ns() << 6 | (bpf_get_smp_processor_id() & 63);
}

static __always_inline bool is_sample(__u32 dev)
{
	__u64 *due_ns = &stage_sampled_ns[(dev ^ dev >> 16) % SAMPLE_SLOTS], now_ns = bpf_ktime_get_ns();

	if (now_ns < *due_ns)
		return false;
	*due_ns = now_ns + SAMPLE_NS;
	return true;
}

/* Whether the running process's I/O on a device (and partition) is told, and why. */
static __always_inline bool is_told(struct probe_stats *stats, __u32 dev, __u32 part, __u8 *ret_flags)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (is_traced_process(tgid))
		return ring_has_room(stats); /* also for the other steps of what is followed already */
	if (settings.trace_dev && (settings.trace_dev == dev || settings.trace_dev == part))
		return ring_has_room(stats);
	if (settings.trace_tgid || settings.trace_dev || tgid == settings.self_tgid || !is_sample(dev))
		return false;
	*ret_flags = DISK_STAGE_F_SAMPLED;
	return true;
}

/* With `-- COMMAND` only what its tree does is counted. */
static __always_inline bool is_counted(struct cpu_block *b)
{
	struct task_struct *t;
	struct task_state *st;

	if (!track)
		return true;
	t = task_current();
	if (!t)
		return b->current_tracked;
	st = task_state(t);
	return st && state_is_counted(st);
}

static __always_inline struct stage_live *live_get(void *map, __u64 key)
{
	struct stage_live *l = bpf_map_lookup_elem(map, &key);

	return l && l->round == stage_round ? l : NULL;
}

static __always_inline struct stage_live *live_put(struct probe_stats *stats, void *map, __u64 key,
						   const struct stage_live *l)
{
	if (bpf_map_update_elem(map, &key, l, BPF_ANY)) {
		ADD(stats->map_full, 1);
		return NULL;
	}
	return bpf_map_lookup_elem(map, &key);
}

static __always_inline void live_forget(void *map, __u64 key)
{
	if (bpf_map_lookup_elem(map, &key))
		bpf_map_delete_elem(map, &key);
}

static __always_inline struct step bio_step(struct bio *bio, const struct stage_live *l, __u8 stage, __u32 dev)
{
	return (struct step){
		.stage = stage,
		.flags = l->flags,
		.set = disk_set(bio->bi_opf),
		.dev = dev,
		.bytes = bio->bi_iter.bi_size,
		.sector = bio->bi_iter.bi_sector,
		.bio = l->bio,
	};
}

/* Begins to follow a bio where it is remapped or queued, or goes on with one that was remapped just now. */
static __always_inline struct stage_live *bio_begin(struct probe_stats *stats, struct bio *bio, __u8 stage, __u32 dev,
						    __u32 part)
{
	__u64 key = (__u64)bio;
	struct stage_live *l = live_get(&stage_bios, key), new = {};

	if (l && !l->queued && l->pid == (__u32)bpf_get_current_pid_tgid()) {
		l->queued = stage == STAGE_Q;
		return l;
	}
	new.told = is_told(stats, dev, part, &new.flags);
	if (!new.told && !track) {
		live_forget(&stage_bios, key);
		return NULL;
	}
	new.bio = number();
	new.round = stage_round;
	new.pid = (__u32)bpf_get_current_pid_tgid();
	new.queued = stage == STAGE_Q;
	return live_put(stats, &stage_bios, key, &new);
}

static __always_inline void on_queue(struct cpu_block *b, struct bio *bio, __u32 from)
{
	__u8 stage = from ? STAGE_A : STAGE_Q;
	struct probe_stats *stats = &b->probe[from ? PROBE_BIO_REMAP : PROBE_BIO_QUEUE];
	__u32 dev = bio_disk_dev(bio);
	struct stage_live *l;
	struct step s;

	if (!is_counted(b)) {
		live_forget(&stage_bios, (__u64)bio);
		return;
	}
	count(stats, dev, stage);
	l = bio_begin(stats, bio, stage, dev, from ? from : bio_part_dev(bio, dev));
	if (!l || !l->told)
		return;
	s = bio_step(bio, l, stage, dev);
	s.from_dev = from;
	tell(b, stats, &s);
}

/* A step of a bio that has been queued. */
static __always_inline struct stage_live *on_bio(struct cpu_block *b, __u32 probe, struct bio *bio, __u8 stage)
{
	struct stage_live *l = live_get(&stage_bios, (__u64)bio);
	struct probe_stats *stats = &b->probe[probe];
	__u32 dev = bio_disk_dev(bio);
	struct step s;

	if (track && !l)
		return NULL;
	count(stats, dev, stage);
	if (!l || !l->told)
		return l;
	s = bio_step(bio, l, stage, dev);
	if (stage == STAGE_C)
		s.flags |= DISK_STAGE_F_LAST;
	tell(b, stats, &s);
	return l;
}

/* A step that is its last. */
static __always_inline void on_bio_end(struct cpu_block *b, __u32 probe, struct bio *bio, __u8 stage)
{
	if (on_bio(b, probe, bio, stage))
		bpf_map_delete_elem(&stage_bios, &(__u64){(__u64)bio});
}

/* The kernel cuts the front off and chains it to the rest, which is queued again without a word. */
static __always_inline void on_split(struct cpu_block *b, struct bio *bio)
{
	struct stage_live *l = live_get(&stage_bios, (__u64)bio->bi_private), new;
	struct probe_stats *stats = &b->probe[PROBE_BIO_SPLIT];
	__u32 dev = bio_disk_dev(bio);
	struct step s;

	if (track && !l)
		return;
	count(stats, dev, STAGE_X);
	if (!l) {
		live_forget(&stage_bios, (__u64)bio);
		return;
	}
	new = *l;
	new.bio = number();
	if (!live_put(stats, &stage_bios, (__u64)bio, &new) || !new.told)
		return;
	s = bio_step(bio, &new, STAGE_X, dev);
	s.id = l->bio;
	tell(b, stats, &s);
}

/* From the bio to its request. */
static __always_inline struct stage_live *take_over(struct probe_stats *stats, struct request *rq)
{
	__u64 bio = (__u64)rq->bio;
	struct stage_live *l = bio ? live_get(&stage_bios, bio) : NULL, new;

	if (!l)
		return NULL;
	new = *l;
	bpf_map_delete_elem(&stage_bios, &bio);
	if (new.told)
		bpf_map_update_elem(&stage_plugs, &new.pid, &new.told, BPF_ANY);
	return live_put(stats, &stage_requests, (__u64)rq, &new);
}

/*
 * What a kernel thread writes back is followed where the traced process is charged for it, which is
 * known when the request starts: its bio was queued like any other of that thread.
 */
static __always_inline struct stage_live *take_charged(struct probe_stats *stats, struct request *rq)
{
	struct stage_live new = {.told = true, .flags = DISK_STAGE_F_CHARGED};

	if (!settings.trace_tgid || disk_charged((__u64)rq) != settings.trace_tgid || !ring_has_room(stats))
		return NULL;
	new.bio = number();
	new.round = stage_round;
	new.pid = (__u32)bpf_get_current_pid_tgid();
	bpf_map_update_elem(&stage_plugs, &new.pid, &new.told, BPF_ANY);
	return live_put(stats, &stage_requests, (__u64)rq, &new);
}

static __always_inline struct step request_step(struct request *rq, const struct stage_live *l, __u8 stage, __u32 dev)
{
	return (struct step){
		.stage = stage,
		.flags = l->flags,
		.set = disk_set(rq->cmd_flags),
		.dev = dev,
		.bytes = rq->__data_len,
		.sector = rq->__sector,
		.id = disk_request_id(rq),
		.bio = l->bio,
	};
}

static __always_inline struct stage_live *on_request(struct cpu_block *b, __u32 probe, struct request *rq, __u8 stage,
						     __u8 flags, __u32 bytes)
{
	struct stage_live *l = live_get(&stage_requests, (__u64)rq);
	struct probe_stats *stats = &b->probe[probe];
	__u32 dev = request_dev(rq);
	struct step s;

	if (!l && stage != STAGE_C) /* before 6.5 nothing tells that a request starts */
		l = take_over(stats, rq);
	if (!l && stage == STAGE_D && !has_io_start)
		l = take_charged(stats, rq);
	if ((track && !l) || !dev)
		return NULL;
	count(stats, dev, stage);
	if (!l || !l->told)
		return l;
	s = request_step(rq, l, stage, dev);
	s.flags |= flags;
	s.bytes = bytes;
	tell(b, stats, &s);
	return l;
}

/* Only a thread with followed requests; `requests`: how many leave the plug. */
static __always_inline void on_plug(struct cpu_block *b, __u32 probe, struct request_queue *q, __u8 stage,
				    __u32 requests)
{
	__u32 dev = queue_dev(q), pid = (__u32)bpf_get_current_pid_tgid();
	struct probe_stats *stats = &b->probe[probe];
	struct step s = {.stage = stage, .dev = dev, .bytes = requests};

	if (!is_counted(b) || !dev)
		return;
	count(stats, dev, stage);
	if (!bpf_map_lookup_elem(&stage_plugs, &pid))
		return;
	tell(b, stats, &s);
	if (stage != STAGE_P)
		bpf_map_delete_elem(&stage_plugs, &pid);
}

/* Its bio was followed, or it is to be from here on: what was at this address before is over. */
static __always_inline void on_start(struct cpu_block *b, struct request *rq)
{
	struct probe_stats *stats = &b->probe[PROBE_IO_GETRQ];
	struct stage_live *l;
	struct step s;

	live_forget(&stage_requests, (__u64)rq);
	if (take_over(stats, rq))
		return;
	l = take_charged(stats, rq);
	if (!l)
		return;
	s = request_step(rq, l, STAGE_G, request_dev(rq));
	tell(b, stats, &s);
}

/* It becomes a part of another request. */
static __always_inline void on_merge(struct cpu_block *b, struct request *rq)
{
	__u64 key = (__u64)rq;

	if (on_request(b, PROBE_RQ_MERGE, rq, STAGE_M, DISK_STAGE_F_REQUEST, rq->__data_len))
		bpf_map_delete_elem(&stage_requests, &key);
}

/* A write with a flush before or after it completes once for itself and once in all. */
static __always_inline void on_complete(struct cpu_block *b, struct request *rq, int error, __u32 bytes)
{
	bool last = !request_is_step(rq) && bytes >= rq->__data_len;
	__u8 flags = (last ? DISK_STAGE_F_LAST : 0) | (error ? DISK_STAGE_F_ERROR : 0);
	__u64 key = (__u64)rq;

	if (on_request(b, PROBE_IO_COMPLETE, rq, STAGE_C, flags, bytes) && last)
		bpf_map_delete_elem(&stage_requests, &key);
}

/* Each handler twice: with bpf_rdonly_cast, and plain for kernels without. */
#define ON_BIO(name, call) \
	__hidden int name(struct cpu_block *b, struct bio *arg) \
	{ \
		struct bio *bio = bio_use(arg, true); \
\
		call; \
		return 0; \
	} \
	__hidden int name##_plain(struct cpu_block *b, struct bio *bio) \
	{ \
		call; \
		return 0; \
	}

#define ON_REQUEST(name, call) \
	__hidden int name(struct cpu_block *b, struct request *arg) \
	{ \
		struct request *rq = request_use(arg, true); \
\
		if (is_asked()) \
			call; \
		return 0; \
	} \
	__hidden int name##_plain(struct cpu_block *b, struct request *rq) \
	{ \
		if (is_asked()) \
			call; \
		return 0; \
	}

ON_BIO(stage_on_bio_queue, on_queue(b, bio, 0))
ON_BIO(stage_on_bio_backmerge, on_bio_end(b, PROBE_BIO_BACKMERGE, bio, STAGE_M))
ON_BIO(stage_on_bio_frontmerge, on_bio_end(b, PROBE_BIO_FRONTMERGE, bio, STAGE_F))
ON_BIO(stage_on_split, on_split(b, bio))
ON_BIO(stage_on_bio_complete, on_bio_end(b, PROBE_BIO_COMPLETE, bio, STAGE_C))
ON_BIO(stage_on_bio_bounce, on_bio(b, PROBE_BIO_BOUNCE, bio, STAGE_B))
ON_BIO(stage_on_sleeprq, on_bio(b, PROBE_BIO_SLEEP, bio, STAGE_S))

/* Shared with what is always on, as the requests' hooks. */
ON_BIO(stage_on_getrq, if (is_asked()) on_bio(b, PROBE_IO_GETRQ, bio, STAGE_G))

ON_REQUEST(stage_on_io_start, on_start(b, rq))
ON_REQUEST(stage_on_rq_insert, on_request(b, PROBE_RQ_INSERT, rq, STAGE_I, 0, rq->__data_len))
ON_REQUEST(stage_on_rq_issue, on_request(b, PROBE_IO_ISSUE, rq, STAGE_D, 0, rq->__data_len))
ON_REQUEST(stage_on_rq_requeue, on_request(b, PROBE_IO_REQUEUE, rq, STAGE_R, 0, rq->__data_len))
ON_REQUEST(stage_on_rq_merge, on_merge(b, rq))

__hidden int stage_on_bio_remap(struct cpu_block *b, struct bio *bio, unsigned int from)
{
	on_queue(b, bio_use(bio, true), from);
	return 0;
}

__hidden int stage_on_bio_remap_plain(struct cpu_block *b, struct bio *bio, unsigned int from)
{
	on_queue(b, bio, from);
	return 0;
}

__hidden int stage_on_rq_complete(struct cpu_block *b, struct request *rq, int error, unsigned int bytes)
{
	if (is_asked())
		on_complete(b, request_use(rq, true), error, bytes);
	return 0;
}

__hidden int stage_on_rq_complete_plain(struct cpu_block *b, struct request *rq, int error, unsigned int bytes)
{
	if (is_asked())
		on_complete(b, rq, error, bytes);
	return 0;
}

__hidden int stage_on_plug(struct cpu_block *b, struct request_queue *q)
{
	on_plug(b, PROBE_PLUG, queue_use(q, true), STAGE_P, 0);
	return 0;
}

__hidden int stage_on_plug_plain(struct cpu_block *b, struct request_queue *q)
{
	on_plug(b, PROBE_PLUG, q, STAGE_P, 0);
	return 0;
}

__hidden int stage_on_unplug(struct cpu_block *b, struct request_queue *q, unsigned int depth, bool explicit)
{
	on_plug(b, PROBE_UNPLUG, queue_use(q, true), explicit ? STAGE_U : STAGE_T, depth);
	return 0;
}

__hidden int stage_on_unplug_plain(struct cpu_block *b, struct request_queue *q, unsigned int depth, bool explicit)
{
	on_plug(b, PROBE_UNPLUG, q, explicit ? STAGE_U : STAGE_T, depth);
	return 0;
}
