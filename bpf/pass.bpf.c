// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pass over all tasks: publishes what changed. One body, two programs around it: a
 * syscall program with the open-coded iterator that fills a mapped array (6.7, cheapest, but
 * it keeps its CPU), and an iterator behind a descriptor, which yields between reads.
 *
 * A thread's records are written all or none, and only then is it noted what was published.
 */
#include "classify.bpf.h"
#include "task.bpf.h"

#define OPEN_MAX_NS (1000 * NSEC_PER_MSEC)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pass_area);
} pass_area SEC(".maps");

/* What one visit works out; on the stack of the two programs. */
struct visit {
	__u64 now_ns;   /* 0: the clocks were not read, nothing is to be published yet */
	__u64 clock_ns; /* now on the run queues' clock; 0: not known */
	__u32 hash;
	__u32 proc_hash;
	__u32 wait_sum;
	__u32 nr;    /* slots filled */
	__u32 hists; /* histograms were opened */
};

/* Room to build a thread's records in when they go through a descriptor. */
struct pass_slot pass_scratch[PASS_TASK_SLOTS];

static __always_inline __u64 mix(__u64 h, __u64 v)
{
	return (h ^ v) * 0x9e3779b97f4a7c15ULL;
}

static __always_inline __u32 fold(__u64 h)
{
	__u32 v = (__u32)(h >> 32);

	return v ? v : 1; /* 0: nothing was published yet */
}

static __always_inline __u32 task_hash(struct task_struct *t)
{
	__u64 h = t->pid;

	h = mix(h, t->se.sum_exec_runtime);
	h = mix(h, t->nvcsw + t->nivcsw);
	h = mix(h, t->sched_info.run_delay);
	h = mix(h, ((__u64)task_run_state(t) << 32) | (__u32)t->exit_state);
	h = mix(h, comm_half(t, 0));
	h = mix(h, comm_half(t, 1));
	h = mix(h, ((__u64)t->cred->uid.val << 32) | (__u32)(t->static_prio << 8 | t->policy));
	h = mix(h, ((__u64)t->real_parent->tgid << 32) ^ task_cgroup_id(t));
	return fold(h);
}

static __always_inline __u32 wait_sum(const struct task_state *st)
{
	__u32 sum = 1;

#pragma unroll
	for (int i = 0; i < WAIT_SLEEPS; i++)
		sum += st->units[i];
	return sum;
}

static __always_inline char state_letter(struct task_struct *t, unsigned int state)
{
	if (t->exit_state & EXIT_DEAD)
		return 'X';
	if (t->exit_state & EXIT_ZOMBIE)
		return 'Z';
	if (state & TASK_INTERRUPTIBLE)
		return 'S';
	if (state & TASK_UNINTERRUPTIBLE)
		return state & TASK_NOLOAD ? 'I' : 'D';
	if (state & TASK_STOPPED)
		return 'T';
	if (state & TASK_TRACED)
		return 't';
	if (state & TASK_PARKED)
		return 'P';
	if (state & TASK_DEAD)
		return 'X';
	return 'R';
}

/* To CLOCK_MONOTONIC, by this CPU's last reading of both clocks. */
static __always_inline __u64 to_mono(const struct visit *v, __u64 clock_ns)
{
	if (!clock_ns || !v->clock_ns || clock_ns > v->clock_ns)
		return REC_UNKNOWN;
	return v->now_ns - (v->clock_ns - clock_ns);
}

/* What irq and stolen time took away from clock_task on the task's CPU. */
static __always_inline __u64 clock_lag_ns(struct task_struct *t)
{
	struct rq *rq = task_rq(t);

	return rq->clock - rq->clock_task;
}

/* On-CPU time with the segment that is open: the kernel's own sum lags by up to a tick. */
static __always_inline __u64 open_oncpu_ns(struct task_struct *t, const struct visit *v, __u64 sum)
{
	__u64 exec = t->se.exec_start;
	__u64 open;

	if (!exec || !v->clock_ns)
		return sum;
	open = v->clock_ns - clock_lag_ns(t) - exec;
	return open < OPEN_MAX_NS ? sum + open : sum;
}

/* A task that slept before the probes came: exec_start is when it last left the CPU. */
static __always_inline __u64 old_sleep_ns(struct task_struct *t)
{
	__u64 exec = t->se.exec_start;

	return exec ? exec + clock_lag_ns(t) : 0;
}

static __always_inline void segment_asleep(struct task_rec *r, struct task_struct *t,
					   struct task_state *st, const struct visit *v,
					   unsigned int state)
{
	if (st && st->wclass >= WAIT_FIRST_SLEEP && st->wclass < WAIT_NR) {
		r->wclass = st->wclass;
		r->since_ns = to_mono(v, st->since_ns);
		return;
	}
	r->wclass = wait_classify(t, state, false);
	r->since_ns = to_mono(v, old_sleep_ns(t));
}

/* The open segment: what the thread is doing now, and since when. */
static __always_inline void segment_fill(struct task_rec *r, struct task_struct *t,
					 struct task_state *st, const struct visit *v)
{
	unsigned int state = task_run_state(t);
	__u64 since = st && st->wclass < WAIT_FIRST_SLEEP ? st->since_ns : 0;

	r->state = state_letter(t, state);
	if (t->on_cpu) {
		r->wclass = WAIT_ONCPU;
		r->since_ns = to_mono(v, since ? since : t->sched_info.last_arrival);
		r->oncpu_ns = open_oncpu_ns(t, v, r->oncpu_ns);
	} else if (r->state == 'R' || (st && (st->wclass == WAIT_RUNQ || st->wclass == WAIT_QUOTA))) {
		r->wclass = st && st->wclass == WAIT_QUOTA ? WAIT_QUOTA : WAIT_RUNQ;
		r->since_ns = to_mono(v, t->sched_info.last_queued ? t->sched_info.last_queued : since);
	} else if (r->state == 'Z' || r->state == 'X') {
		r->wclass = WAIT_OTHER;
		r->since_ns = REC_UNKNOWN;
	} else {
		segment_asleep(r, t, st, v, state);
	}
}

/* The clocks as of this visit, read once. */
static __always_inline void clocks(struct visit *v)
{
	struct cpu_block *b;

	if (v->now_ns)
		return;
	b = cpu_block();
	v->now_ns = bpf_ktime_get_ns();
	v->clock_ns = b && b->offset_at_ns ? v->now_ns - b->offset_ns : 0;
}

static __always_inline void header(struct ev_hdr *h, struct visit *v, __u8 kind, __u16 size)
{
	clocks(v);
	h->ts_ns = v->now_ns;
	h->size = size;
	h->pane = PANE_CORE;
	h->kind = kind;
	h->cpu = EV_CPU_ANY;
	h->seq = 0;
}

static __always_inline void emit_task(struct pass_slot *out, struct visit *v, struct task_struct *t,
				      struct task_state *st)
{
	struct task_rec *r = &out[v->nr++ & (PASS_TASK_SLOTS - 1)].task;

	header(&r->h, v, CORE_TASK, sizeof(*r));
	task_fill(r, t);
	segment_fill(r, t, st, v);
	r->exit_code = 0;
	r->leader_start_ns = t->group_leader->start_boottime;
	if (!bpf_core_field_exists(t->sched_info)) {
		r->runq_ns = REC_UNKNOWN;
		r->flags |= TASK_F_NO_RUNQ;
	}
	if (!st)
		return;
	if (r->oncpu_ns < st->oncpu_ns)
		r->oncpu_ns = st->oncpu_ns;
	if (st->flags & STATE_F_TRACKED)
		r->flags |= TASK_F_TRACKED;
}

static __always_inline void emit_wait(struct pass_slot *out, struct visit *v, struct task_struct *t,
				      const struct task_state *st)
{
	struct wait_rec *r = &out[v->nr++ & (PASS_TASK_SLOTS - 1)].wait;

	header(&r->h, v, CORE_WAIT, sizeof(*r));
	r->pid = t->pid;
	r->tgid = t->tgid;
	r->start_ns = t->start_boottime;
#pragma unroll
	for (int i = 0; i < WAIT_SLEEPS; i++)
		r->units[i] = st->units[i];
	r->reserved[0] = 0;
}

static __always_inline void proc_fill_mm(struct proc_rec *r, struct mm_struct *mm)
{
	if (!mm) {
		r->rss_anon_pages = r->rss_file_pages = REC_UNKNOWN32;
		r->rss_shmem_pages = r->swap_pages = REC_UNKNOWN32;
		r->vm_pages = REC_UNKNOWN;
		return;
	}
	r->rss_anon_pages = mm_pages(mm, MM_ANONPAGES);
	r->rss_file_pages = mm_pages(mm, MM_FILEPAGES);
	r->rss_shmem_pages = mm_pages(mm, MM_SHMEMPAGES);
	r->swap_pages = mm_pages(mm, MM_SWAPENTS);
	r->vm_pages = mm->total_vm;
	r->flags = rss_is_batched() ? PROC_F_RSS_APPROX : 0;
}

static __always_inline void proc_fill_dead(struct proc_rec *r, struct signal_struct *signal,
					   const struct task_state *st)
{
	r->threads = signal->nr_threads;
	r->dead_oncpu_ns = signal->sum_sched_runtime;
	r->dead_utime_ns = signal->utime;
	r->dead_stime_ns = signal->stime;
	r->dead_nvcsw = signal->nvcsw;
	r->dead_nivcsw = signal->nivcsw;
	r->dead_minflt = signal->min_flt;
	r->dead_majflt = signal->maj_flt;
	r->dead_runq_ns = st ? st->dead_runq_ns : 0;
	r->dead_migrations = st ? st->dead_migrations : 0;
}

static __always_inline __u32 proc_hash(const struct proc_rec *r)
{
	__u64 h = r->threads;

	h = mix(h, ((__u64)r->rss_anon_pages << 32) | r->rss_file_pages);
	h = mix(h, ((__u64)r->rss_shmem_pages << 32) | r->swap_pages);
	h = mix(h, r->vm_pages);
	h = mix(h, r->dead_oncpu_ns + r->dead_runq_ns);
	h = mix(h, r->dead_nvcsw + r->dead_nivcsw);
	return fold(h);
}

/* Built in place, and kept only if it differs from what was published last. */
static __always_inline void emit_proc(struct pass_slot *out, struct visit *v, struct task_struct *t,
				      struct task_state *st, bool key)
{
	struct proc_rec *r = &out[v->nr & (PASS_TASK_SLOTS - 1)].proc;
	struct signal_struct *signal = t->signal;

	if (!signal)
		return;
	r->tgid = t->tgid;
	r->start_ns = t->start_boottime;
	r->flags = 0;
	proc_fill_mm(r, t->mm);
	proc_fill_dead(r, signal, st);
	v->proc_hash = proc_hash(r);
	if (!key && v->proc_hash == st->proc_hash)
		return;
	header(&r->h, v, CORE_PROC, sizeof(*r));
	v->nr++;
}

/* Copies `nr` slots (a constant, even) without a branch; returns whether any is not 0. */
static __always_inline bool hist_copy(struct hist_rec *r, const struct task_state *st, __u32 which,
				      __u32 first, __u32 nr)
{
	const __u64 *from = (const __u64 *)&st->slots[which][first];
	__u64 *to = (__u64 *)r->slots;
	__u64 any = 0;

#pragma unroll
	for (__u32 i = 0; i < HIST_REC_SLOTS / 2; i++) {
		__u64 pair = i < nr / 2 ? from[i] : 0;

		to[i] = pair;
		any |= pair;
	}
	return any;
}

static __always_inline void emit_hist(struct pass_slot *out, struct visit *v, struct task_struct *t,
				      struct task_state *st, __u32 which, __u32 first, __u32 nr)
{
	struct hist_rec *r = &out[v->nr & (PASS_TASK_SLOTS - 1)].hist;
	__u32 old = (~st->pass >> STATE_MAX_BIT) & 1;

	if (!hist_copy(r, st, which, first, nr))
		return;
	header(&r->h, v, CORE_HIST, sizeof(*r));
	r->tgid = t->tgid;
	r->which = which;
	r->first = first;
	r->nr = nr;
	r->reserved = 0;
	r->start_ns = t->start_boottime;
	r->max_ns = st->max_ns[old][which];
	v->nr++;
}

/*
 * Before histograms are read: what is counted from here on makes the process dirty again and
 * goes to the other maximum, so that nothing is missed.
 */
static __always_inline void hist_open(struct task_state *st)
{
	st->dirty = 0;
	st->pass ^= 1 << STATE_MAX_BIT;
}

static __always_inline void emit_hists(struct pass_slot *out, struct visit *v,
				       struct task_struct *t, struct task_state *st)
{
	hist_open(st);
	v->hists = 1;
	emit_hist(out, v, t, st, HIST_RUNQ, 0, HIST_REC_SLOTS);
	emit_hist(out, v, t, st, HIST_RUNQ, HIST_REC_SLOTS, HIST_SLOTS - HIST_REC_SLOTS);
	emit_hist(out, v, t, st, HIST_ONCPU, 0, HIST_REC_SLOTS);
	emit_hist(out, v, t, st, HIST_ONCPU, HIST_REC_SLOTS, HIST_SLOTS - HIST_REC_SLOTS);
}

/* Builds the records of one thread in out[]; returns how many. */
static __always_inline __u32 build(struct task_struct *t, struct task_state *st,
				   struct pass_slot *out, struct visit *v)
{
	bool key = !st || (pass_ctl.flags & PASS_F_KEY);

	v->hash = task_hash(t);
	if (key || v->hash != st->hash || t->on_cpu)
		emit_task(out, v, t, st);
	if (t->exit_state)
		return v->nr;
	if (state_is_leader(t))
		emit_proc(out, v, t, st, key);
	if (!st)
		return v->nr;
	v->wait_sum = wait_sum(st);
	if (v->wait_sum != 1 && (key || v->wait_sum != st->wait_sum))
		emit_wait(out, v, t, st);
	if (state_is_leader(t) && (key || st->dirty))
		emit_hists(out, v, t, st);
	return v->nr;
}

/* The records are out: notes what they said. */
static __always_inline void commit(struct task_struct *t, struct task_state *st, struct visit *v)
{
	__u32 old = (~st->pass >> STATE_MAX_BIT) & 1;

	st->hash = v->hash;
	st->wait_sum = v->wait_sum;
	if (v->proc_hash)
		st->proc_hash = v->proc_hash;
	if (v->hists)
		st->max_ns[old][HIST_RUNQ] = st->max_ns[old][HIST_ONCPU] = 0;
	if (t->exit_state)
		st->flags |= STATE_F_SHOWN;
	st->pass = (st->pass & ~STATE_PASS_MASK) | (pass_ctl.nr & STATE_PASS_MASK);
}

/* They did not fit: as if the visit had not been. */
static __always_inline void withdraw(struct task_state *st, const struct visit *v)
{
	if (!st || !v->hists)
		return;
	st->pass ^= 1 << STATE_MAX_BIT;
	st->dirty = 1;
}

/* The state of a task in the first pass: what it waited before is not ours to count. */
static __always_inline struct task_state *state_first(struct task_struct *t)
{
	struct task_state *st = task_state_create(t);

	if (st) {
		st->wclass = STATE_UNSEEN;
		st->delay_ns = t->sched_info.run_delay;
	}
	return st;
}

static __always_inline struct task_state *state_of(struct task_struct *t)
{
	struct task_state *st = task_state(t);
	struct cpu_block *b;

	if (st || track)
		return st;
	st = state_first(t);
	b = st ? NULL : cpu_block();
	if (b)
		ADD(b->probe[PROBE_PASS].map_full, 1);
	return st;
}

/*
 * Nothing of a thread that is dying: its exit record says it. A leader that a second pass
 * still finds dead is a zombie, and shown.
 */
static __always_inline bool is_dead(struct task_struct *t, struct task_state *st)
{
	if (!t->exit_state)
		return false;
	if (!state_is_leader(t) || !st || (t->exit_state & EXIT_DEAD))
		return true;
	if (st->flags & STATE_F_ZOMBIE)
		return false;
	if ((st->pass & STATE_PASS_MASK) != pass_ctl.nr)
		st->flags |= STATE_F_ZOMBIE;
	return true;
}

static __always_inline void reset(struct task_struct *t)
{
	struct task_state *st = task_state(t);

	if (!st)
		return;
	st->wclass = STATE_UNSEEN;
	st->since_ns = 0;
}

/* Passes that mark the tree's root, or forget switches; returns whether this is one. */
static __always_inline bool only_marks(struct task_struct *t)
{
	struct task_state *st;

	if (pass_ctl.flags & PASS_F_RESET) {
		reset(t);
		return true;
	}
	if (!pass_ctl.track)
		return false;
	if ((__u32)t->tgid != pass_ctl.track)
		return true;
	st = task_state(t);
	if (!st)
		st = state_first(t);
	if (st) {
		st->flags |= STATE_F_TRACKED;
		pass_ctl.tasks++;
	}
	return true;
}

#define VISIT_SKIP 0xffffffff

/*
 * Returns how many records stand in out[], or VISIT_SKIP for a task that is none of ours:
 * not tracked, dead, or already visited by this pass before the slots were full.
 */
static __always_inline __u32 visit(struct task_struct *t, struct task_state *st,
				   struct pass_slot *out, struct visit *v)
{
	v->now_ns = 0;
	v->nr = v->hists = v->proc_hash = 0;
	v->wait_sum = 1;
	if (track && (!st || !state_is_counted(st)))
		return VISIT_SKIP;
	if (is_dead(t, st))
		return VISIT_SKIP;
	if (st && (st->pass & STATE_PASS_MASK) == pass_ctl.nr)
		return VISIT_SKIP;
	return build(t, st, out, v);
}

/* The threads' own records carry the most: one call per record keeps the loop out. */
static __always_inline int seq_out(struct seq_file *seq, __u32 nr)
{
	for (__u32 i = 0; i < PASS_TASK_SLOTS && i < nr; i++)
		if (bpf_seq_write(seq, &pass_scratch[i], PASS_SLOT_BYTES))
			return 1;
	return 0;
}

/* A queue that is not empty has a thread that runs or waits: each of them tells its length. */
static __always_inline void read_queue(struct task_struct *t)
{
	struct cpu_block *b;
	__u32 cpu, nr;

	if (task_run_state(t) && !t->on_cpu)
		return;
	cpu = task_cpu_nr(t);
	b = bpf_map_lookup_elem(&cpus, &cpu);
	if (!b)
		return;
	nr = task_rq(t)->nr_running;
	if (nr && cpu == bpf_get_smp_processor_id())
		nr--; /* the reader itself */
	b->nr_running = nr;
	b->nr_running_pass = pass_ctl.nr;
}

SEC("?iter/task")
int pass_fd(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	struct task_state *st;
	struct visit v;
	__u32 nr;

	if (!t || only_marks(t))
		return 0;
	read_queue(t);
	st = state_of(t);
	nr = visit(t, st, pass_scratch, &v);
	if (nr == VISIT_SKIP)
		return 0;
	if (seq_out(ctx->meta->seq, nr)) {
		withdraw(st, &v);
		return 0;
	}
	if (st)
		commit(t, st, &v);
	pass_ctl.tasks++;
	return 0;
}

extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task,
			     unsigned int flags) __ksym __weak;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym __weak;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;

#define BPF_TASK_ITER_ALL_THREADS 1

/* Returns false when there is no more room: the task was not visited. */
static __noinline bool visit_to_area(struct task_struct *t, struct pass_area *area)
{
	__u32 used = pass_ctl.used;
	struct task_state *st = state_of(t);
	struct visit v;
	__u32 nr;

	if (used >= pass_ctl.room || used >= PASS_SLOTS)
		return false;
	read_queue(t);
	nr = visit(t, st, &area->slot[used & (PASS_SLOTS - 1)], &v);
	if (nr == VISIT_SKIP)
		return true;
	if (st)
		commit(t, st, &v);
	pass_ctl.used = used + nr;
	pass_ctl.tasks++;
	return true;
}

SEC("?syscall")
int pass_run(void *ctx)
{
	struct pass_area *area;
	struct bpf_iter_task it;
	struct task_struct *t;
	__u32 zero = 0;

	area = bpf_map_lookup_elem(&pass_area, &zero);
	if (!area)
		return 1;
	pass_ctl.used = 0;
	pass_ctl.more = 0;
	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, NULL, BPF_TASK_ITER_ALL_THREADS);
	while ((t = bpf_iter_task_next(&it))) {
		if (visit_to_area(t, area))
			continue;
		pass_ctl.more = 1;
		break;
	}
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	return 0;
}

/* Ring load for tests: up to 1,024 bare records a call. */
#define FLOOD_MAX 1024
__u32 flood_nr = 0;

SEC("?syscall")
int flood(void *ctx)
{
	struct cpu_block *b = cpu_block();
	struct ev_hdr *h;

	if (!b)
		return 1;
	for (__u32 i = 0; i < FLOOD_MAX && i < flood_nr; i++) {
		b->probe[PROBE_FLOOD].events++;
		h = ring_reserve(&b->probe[PROBE_FLOOD], sizeof(*h));
		if (!h)
			continue;
		ring_header(b, h, PANE_CORE, CORE_FLOOD, sizeof(*h));
		ring_submit(h);
	}
	return 0;
}
