/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every module shares: the ring with its accounting, the counters of each CPU, the
 * timing of hooks and the state of tasks. The maps are defined in maps.bpf.c.
 */
#ifndef PROBETOP_COMMON_BPF_H
#define PROBETOP_COMMON_BPF_H

#include "compat.bpf.h"
#include "cpu.h"
#include "state.h"

#define NSEC_PER_MSEC 1000000ULL

struct ring_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
};

struct cpus_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* as many as there are CPUs, set before the load */
	__type(key, __u32);
	__type(value, struct cpu_block);
};

struct storage_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_state);
};

struct lru_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* set before the load */
	__type(key, __u64);
	__type(value, struct task_state);
};

struct offs_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct off_state);
};

struct pairs_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pair_area);
};

struct irqs_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* irq_slots for each CPU, set before the load */
	__type(key, __u32);
	__type(value, struct irq_slot);
};

extern struct irqs_map irqs SEC(".maps");
extern struct offs_map offs SEC(".maps");
extern struct pairs_map pairs SEC(".maps");
extern struct ring_map ring SEC(".maps");
extern struct cpus_map cpus SEC(".maps");
extern struct storage_map tasks SEC(".maps");
extern struct lru_map tasks_lru SEC(".maps");

extern const volatile __u32 modules;	/* bit per pane that is loaded */
extern const volatile __u32 wake_bytes; /* wake the reader at so much in the ring */
extern const volatile bool track;	/* count only tracked tasks */
extern const volatile bool has_storage; /* task storage for tracing programs: 5.12 */
extern const volatile __u32 irq_slots; /* of each CPU; a power of two */
extern const struct task_state state_zero;
extern struct pass_ctl pass_ctl;
extern struct settings settings;
extern __u32 woken; /* the reader was woken and has not drained since */

/* On counters that programs on one CPU may nest in. */
#define ADD(counter, n) __sync_fetch_and_add(&(counter), n)

static __always_inline struct cpu_block *cpu_block(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&cpus, &cpu);
}

/*
 * The run queue that a task belongs to, whatever its policy: with group scheduling every task
 * has a cfs_rq. The symbol runqueues is no way: without KALLSYMS_ALL it has no address.
 */
static __always_inline struct rq *task_rq(struct task_struct *t)
{
	return t->se.cfs_rq->rq;
}

/* Times one call in 64; returns 0 for the others. */
static __always_inline __u64 probe_enter(struct probe_stats *s)
{
	return s->events++ & ((1 << COST_SHIFT) - 1) ? 0 : bpf_ktime_get_ns();
}

static __always_inline void probe_leave(struct probe_stats *s, __u64 entered_ns)
{
	__u64 ns;

	if (!entered_ns)
		return;
	ns = bpf_ktime_get_ns() - entered_ns;
	s->timed++;
	s->timed_ns += ns;
	if (ns > s->max_ns)
		s->max_ns = ns;
}

/*
 * The same for the first of two programs of one probe, at the beginning and the end of a function: the last one
 * counts, and as the numbers of both would alternate, half of them would never be timed.
 */
static __always_inline __u64 probe_enter_first(struct probe_stats *s)
{
	return s->events & ((1 << COST_SHIFT) - 1) ? 0 : bpf_ktime_get_ns();
}

static __always_inline void probe_leave_first(struct probe_stats *s, __u64 entered_ns)
{
	if (entered_ns)
		s->timed_ns += bpf_ktime_get_ns() - entered_ns;
}

/* Reserves a record of `size` bytes (a constant) and counts it as submitted or lost. */
static __always_inline void *ring_reserve(struct probe_stats *s, __u32 size)
{
	void *rec = bpf_ringbuf_reserve(&ring, size, 0);

	ADD(s->seen, 1);
	/*
	 * Up to 6.1 the verifier forgets that it has seen a check for NULL: there must be one
	 * only, so the compiler must not join the two branches.
	 */
	if (!rec) {
		barrier_var(s);
		ADD(s->full, 1);
		return NULL;
	}
	ADD(s->submitted, 1);
	return rec;
}

/*
 * Whether a record of which there are many may be reserved: room is left for those of others. With three
 * quarters of the ring in use it counts as lost.
 */
static __always_inline bool ring_has_room(struct probe_stats *s)
{
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) / 4 * 3)
		return true;
	ADD(s->seen, 1);
	ADD(s->full, 1);
	return false;
}

/*
 * Submits without a wake-up, which would feed itself from sched_switch. Only when much is
 * waiting the reader is woken, once until it has drained.
 */
static __always_inline void ring_submit(void *rec)
{
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (!woken && bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= wake_bytes) {
		woken = 1;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(rec, flags);
}

static __always_inline void ring_header(struct cpu_block *b, struct ev_hdr *h, __u8 pane, __u8 kind,
					__u16 size)
{
	h->ts_ns = bpf_ktime_get_ns();
	h->size = size;
	h->pane = pane;
	h->kind = kind;
	h->cpu = (__u16)bpf_get_smp_processor_id();
	h->seq = b->seq++;
}

/* 5.10 has no task storage for tracing: tasks are found by pid and the low half of their start. */
static __always_inline __u64 lru_key(struct task_struct *t)
{
	return ((__u64)(__u32)t->pid << 32) | (__u32)t->start_boottime;
}

static __always_inline struct task_state *task_state(struct task_struct *t)
{
	__u64 key;

	if (has_storage)
		return bpf_task_storage_get(&tasks, t, 0, 0);
	key = lru_key(t);
	return bpf_map_lookup_elem(&tasks_lru, &key);
}

/* Never at a switch: up to 6.3 creation under the run queue's lock can deadlock. */
static __always_inline struct task_state *task_state_create(struct task_struct *t)
{
	__u64 key;

	if (has_storage)
		return bpf_task_storage_get(&tasks, t, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	key = lru_key(t);
	bpf_map_update_elem(&tasks_lru, &key, &state_zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&tasks_lru, &key);
}

static __always_inline struct off_state *off_state(struct task_struct *leader)
{
	return has_storage ? bpf_task_storage_get(&offs, leader, 0, 0) : NULL;
}

/* NULL without task storage: then processes have no off-CPU histogram. */
static __always_inline struct off_state *off_state_create(struct task_struct *leader)
{
	if (!has_storage)
		return NULL;
	return bpf_task_storage_get(&offs, leader, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/*
 * An estimate of CPU time that is a little behind what was published before stays where that was.
 * The lower half of the sum tells, as no estimate is off by more than this.
 */
#define ONCPU_BACK_MAX_NS (1 << 24)

static __always_inline __u64 oncpu_forward(struct task_state *st, __u64 ns)
{
	__u32 behind = st->oncpu_low - (__u32)ns;

	if (behind < ONCPU_BACK_MAX_NS)
		ns += behind;
	return ns;
}

static __always_inline bool state_is_counted(const struct task_state *st)
{
	return !track || (st->flags & STATE_F_TRACKED);
}

/* Whether every request of a process is wanted; only processes that are counted come here. */
static __always_inline bool is_traced_process(__u32 tgid)
{
	return tgid && (settings.trace_tgid == tgid || settings.trace_tgid == TRACE_ALL);
}

static __always_inline bool state_is_leader(struct task_struct *t)
{
	return t->pid == t->tgid;
}

/* 1 where v > limit, without a branch: with branches the verifier walks each slot's path. */
static __always_inline __u64 above(__u64 v, __u64 limit)
{
	__u64 d = limit - v;

	barrier_var(d);
	return d >> 63;
}

/* Returns the slot of bpf/event.h that counts `ns`. */
static __always_inline __u32 hist_slot(__u64 ns)
{
	__u64 v = ns >> HIST_SHIFT, r, i;

	r = above(v, 0xffffffff) << 5;
	v >>= r;
	i = above(v, 0xffff) << 4;
	v >>= i;
	r |= i;
	i = above(v, 0xff) << 3;
	v >>= i;
	r |= i;
	i = above(v, 0xf) << 2;
	v >>= i;
	r |= i;
	i = above(v, 0x3) << 1;
	v >>= i;
	r |= i | (v >> 1);
	return r < HIST_SLOTS ? r : HIST_SLOTS - 1;
}

#endif
