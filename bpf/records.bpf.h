/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of a pass: compares a task with what was published last, and builds its records
 * in a row of slots. The walk over the tasks is in pass.bpf.c.
 *
 * What a visit works out is kept in a map, not on the stack: values that the verifier cannot
 * follow keep the number of its paths small.
 */
#ifndef PROBETOP_RECORDS_BPF_H
#define PROBETOP_RECORDS_BPF_H

#include "classify.bpf.h"
#include "task.bpf.h"

#define OPEN_MAX_NS (1000 * NSEC_PER_MSEC)

enum want {
	WANT_TASK = 1 << 0,
	WANT_PROC = 1 << 1,
	WANT_WAIT = 1 << 2,
	WANT_HIST = 1 << 3,
	WANT_OFF = 1 << 4,
};

/* The visit in progress; one reader makes one pass at a time. */
static volatile struct visit {
	__u64 now_ns;
	__u64 clock_ns; /* now on the run queues' clock; 0: not known */
	__u32 want;	/* enum want: what is to be published */
	__u32 run_hash;
	__u32 hash;
	__u32 proc_hash;
	__u32 pages[4]; /* of the process, by MM_*PAGES */
	__u32 nr;	/* slots filled */
} v = {};

/*
 * Steps of a visit are functions of their own: in the loop of an open-coded iterator the
 * verifier merges two paths only if nothing differs, and a return leaves nothing behind.
 * They return 0, and `used` keeps the compiler from dropping that: the verifier checks r0.
 */
#define STEP static __noinline __attribute__((used)) int

/* A task as a visit sees it: `u` and what it leads to are for reading only. */
struct subject {
	struct task_struct *t;
	struct task_struct *u;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct task_state *st; /* NULL: none could be made */
};

static __always_inline __u64 mix(__u64 h, __u64 value)
{
	return (h ^ value) * 0x9e3779b97f4a7c15ULL;
}

static __always_inline __u32 fold(__u64 h)
{
	return (__u32)(h >> 32) | 1; /* 0: nothing was published yet */
}

/* Whether it ran, and what else stands beside: few cache lines. */
static __always_inline __u32 run_hash(struct task_struct *t)
{
	__u64 h = t->se.sum_exec_runtime;

	h = mix(h, t->nvcsw + t->nivcsw);
	h = mix(h, ((__u64)task_run_state(t) << 32) | (__u32)(t->static_prio << 8 | t->exit_state));
	return fold(h);
}

static __always_inline __u32 task_hash(struct task_struct *t, struct task_struct *u)
{
	__u64 h = ((__u64)v.run_hash << 32) | (__u32)t->pid;

	h = mix(h, t->sched_info.run_delay);
	h = mix(h, comm_half(t, 0));
	h = mix(h, comm_half(t, 1));
	h = mix(h, ((__u64)u->cred->uid.val << 32) | t->policy);
	h = mix(h, ((__u64)u->real_parent->tgid << 32) ^ task_cgroup_id(u));
	return fold(h);
}

static __always_inline __u32 pages(__s64 n)
{
	return n < 0 ? 0 : (__u32)n;
}

/* Also keeps the compiler from working out offsets that old kernels do not have: see has_rss(). */
STEP read_pages(struct mm_struct *mm)
{
	v.pages[MM_FILEPAGES] = pages(mm->rss_stat[MM_FILEPAGES].count);
	v.pages[MM_ANONPAGES] = pages(mm->rss_stat[MM_ANONPAGES].count);
	v.pages[MM_SWAPENTS] = pages(mm->rss_stat[MM_SWAPENTS].count);
	v.pages[MM_SHMEMPAGES] = pages(mm->rss_stat[MM_SHMEMPAGES].count);
	return 0;
}

static __always_inline void read_memory(struct mm_struct *mm)
{
	for (int i = 0; i < 4; i++)
		v.pages[i] = REC_UNKNOWN32;
	if (mm && has_rss())
		read_pages(mm);
}

static __always_inline __u32 proc_hash(const struct subject *s)
{
	__u64 h = s->signal->nr_threads;

	h = mix(h, s->signal->sum_sched_runtime);
	h = mix(h, s->signal->nvcsw + s->signal->nivcsw);
	if (!s->mm)
		return fold(h);
	h = mix(h, s->mm->total_vm);
	h = mix(h, ((__u64)v.pages[MM_ANONPAGES] << 32) | v.pages[MM_FILEPAGES]);
	h = mix(h, ((__u64)v.pages[MM_SHMEMPAGES] << 32) | v.pages[MM_SWAPENTS]);
	return fold(h);
}

static __always_inline bool has_waits(const struct task_state *st)
{
	__u32 any = st->quota_units;

#pragma unroll
	for (int i = 0; i < WAIT_SLEEPS; i++)
		any |= st->units[i];
	return any;
}

static __always_inline char state_letter(struct task_struct *t, unsigned int state)
{
	if (t->exit_state)
		return t->exit_state & EXIT_DEAD ? 'X' : 'Z';
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
	return state & TASK_DEAD ? 'X' : 'R';
}

/* To CLOCK_MONOTONIC, by this CPU's last reading of both clocks. */
static __always_inline __u64 to_mono(__u64 clock_ns)
{
	if (!clock_ns || !v.clock_ns || clock_ns > v.clock_ns)
		return REC_UNKNOWN;
	return v.now_ns - (v.clock_ns - clock_ns);
}

/* What irq and stolen time took away from clock_task on the task's CPU. */
static __always_inline __u64 clock_lag_ns(struct task_struct *u)
{
	struct rq *rq = task_rq(u);

	return rq->clock - rq->clock_task;
}

/* On-CPU time with the segment that is open: the kernel's own sum lags by up to a tick. */
static __always_inline __u64 open_oncpu_ns(struct task_struct *u, __u64 sum)
{
	__u64 exec = u->se.exec_start;
	__u64 open;

	if (!exec || !v.clock_ns)
		return sum;
	open = v.clock_ns - clock_lag_ns(u) - exec;
	return open < OPEN_MAX_NS ? sum + open : sum;
}

/* A task that slept before the probes came: exec_start is when it last left the CPU. */
static __always_inline __u64 old_sleep_ns(struct task_struct *u)
{
	__u64 exec = u->se.exec_start;

	return exec ? exec + clock_lag_ns(u) : 0;
}

static __always_inline bool is_sleep(__u8 class)
{
	return class >= WAIT_FIRST_SLEEP && class < WAIT_NR;
}

/* The open segment: what the thread is doing now, and since when. */
static __always_inline void segment_fill(struct task_rec *r, const struct subject *s, __u8 class,
					 __u64 switched_ns, bool cast)
{
	struct task_struct *t = s->t;
	unsigned int state = task_run_state(t);
	__u64 since;

	r->state = state_letter(t, state);
	if (t->exit_state) {
		r->wclass = WAIT_OTHER;
		since = 0;
	} else if (t->on_cpu) {
		r->wclass = WAIT_ONCPU;
		since = class == WAIT_ONCPU ? switched_ns : t->sched_info.last_arrival;
		r->oncpu_ns = open_oncpu_ns(s->u, r->oncpu_ns);
	} else if (r->state == 'R' || (t->on_rq && (class == WAIT_RUNQ || class == WAIT_QUOTA))) {
		/* Let go, but not running yet: from then on it waits like any other. */
		r->wclass = class == WAIT_QUOTA && task_is_throttled(s->u) ? WAIT_QUOTA : WAIT_RUNQ;
		since = t->sched_info.last_queued;
		if (!since && class != STATE_UNSEEN)
			since = switched_ns;
	} else {
		bool seen = is_sleep(class);

		r->wclass = seen ? class : wait_classify(t, state, cast);
		since = seen ? switched_ns : old_sleep_ns(s->u);
	}
	r->since_ns = to_mono(since);
}

static __always_inline struct pass_slot *slot_next(struct pass_slot *out)
{
	return &out[v.nr++ & (PASS_TASK_SLOTS - 1)];
}

static __always_inline void header(struct ev_hdr *h, __u8 kind, __u16 size)
{
	h->ts_ns = v.now_ns;
	h->size = size;
	h->pane = PANE_CORE;
	h->kind = kind;
	h->cpu = EV_CPU_ANY;
	h->seq = 0;
}

static __always_inline void emit_task(struct pass_slot *out, const struct subject *s, bool cast)
{
	struct task_rec *r = &slot_next(out)->task;
	struct task_state *st = s->st;

	header(&r->h, CORE_TASK, sizeof(*r));
	task_fill(r, s->t, s->u);
	segment_fill(r, s, st ? st->wclass : STATE_UNSEEN, st ? st->since_ns : 0, cast);
	r->exit_code = 0;
	r->leader_start_ns = s->u->group_leader->start_boottime;
	if (!st)
		return;
	r->oncpu_ns = oncpu_forward(st, r->oncpu_ns);
	st->oncpu_low = (__u32)r->oncpu_ns;
	r->flags |= st->flags & STATE_F_TRACKED ? TASK_F_TRACKED : 0;
}

STEP emit_task_cast(struct pass_slot *out, const struct subject *s)
{
	emit_task(out, s, true);
	return 0;
}

STEP emit_task_plain(struct pass_slot *out, const struct subject *s)
{
	emit_task(out, s, false);
	return 0;
}

STEP emit_wait(struct pass_slot *out, const struct subject *s)
{
	struct wait_rec *r = &slot_next(out)->wait;

	header(&r->h, CORE_WAIT, sizeof(*r));
	r->pid = s->t->pid;
	r->tgid = s->t->tgid;
	r->start_ns = s->t->start_boottime;
#pragma unroll
	for (int i = 0; i < WAIT_SLEEPS; i++)
		r->units[i] = s->st->units[i];
	r->quota_units = s->st->quota_units;
	if (s->st->wclass == WAIT_QUOTA)
		r->quota_units += quota_clock(s->u);
	return 0;
}

static __always_inline void proc_fill_mm(struct proc_rec *r, struct mm_struct *mm)
{
	r->flags = PROC_F_RSS_APPROX;
	r->vm_pages = mm ? mm->total_vm : REC_UNKNOWN;
	r->rss_anon_pages = v.pages[MM_ANONPAGES];
	r->rss_file_pages = v.pages[MM_FILEPAGES];
	r->rss_shmem_pages = v.pages[MM_SHMEMPAGES];
	r->swap_pages = v.pages[MM_SWAPENTS];
}

STEP emit_proc(struct pass_slot *out, const struct subject *s)
{
	struct signal_struct *signal = s->signal;
	struct proc_rec *r;

	if (!signal)
		return 0; /* never: it would not be wanted, but the verifier cannot know */
	r = &slot_next(out)->proc;
	header(&r->h, CORE_PROC, sizeof(*r));
	r->tgid = s->t->tgid;
	r->start_ns = s->t->start_boottime;
	proc_fill_mm(r, s->mm);
	r->threads = signal->nr_threads;
	r->dead_oncpu_ns = signal->sum_sched_runtime;
	r->dead_utime_ns = signal->utime;
	r->dead_stime_ns = signal->stime;
	r->dead_nvcsw = signal->nvcsw;
	r->dead_nivcsw = signal->nivcsw;
	r->dead_minflt = signal->min_flt;
	r->dead_majflt = signal->maj_flt;
	r->dead_runq_ns = s->st ? s->st->dead_runq_ns : 0;
	r->dead_migrations = s->st ? s->st->dead_migrations : 0;
	return 0;
}

/* Copies `nr` slots (a constant, even) without a branch; returns whether any is not 0. */
static __always_inline bool hist_copy(struct hist_rec *r, const __u32 *slots, __u32 nr)
{
	const __u64 *from = (const __u64 *)slots;
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

/* One half of a histogram, or nothing where it is empty. */
static __always_inline void hist_put(struct pass_slot *out, const struct subject *s,
				     const __u32 *slots, __u64 max_ns, __u32 which, __u32 first,
				     __u32 nr)
{
	struct hist_rec *r = &out[v.nr & (PASS_TASK_SLOTS - 1)].hist;

	if (!hist_copy(r, slots + first, nr))
		return;
	header(&r->h, CORE_HIST, sizeof(*r));
	r->tgid = s->t->tgid;
	r->which = which;
	r->first = first;
	r->nr = nr;
	r->reserved = 0;
	r->start_ns = s->t->start_boottime;
	r->max_ns = max_ns;
	v.nr++;
}

STEP emit_hist(struct pass_slot *out, const struct subject *s, __u32 which, __u32 first, __u32 nr)
{
	__u32 old = (~s->st->pass >> STATE_MAX_BIT) & 1;

	hist_put(out, s, s->st->slots[which], s->st->max_ns[old][which], which, first, nr);
	return 0;
}

/*
 * Before histograms are read: what is counted from here on makes the process dirty again and
 * goes to the other maximum, so that nothing is missed.
 */
static __always_inline void emit_hists(struct pass_slot *out, const struct subject *s)
{
	s->st->dirty = 0;
	s->st->pass ^= 1 << STATE_MAX_BIT;
	emit_hist(out, s, HIST_RUNQ, 0, HIST_REC_SLOTS);
	emit_hist(out, s, HIST_RUNQ, HIST_REC_SLOTS, HIST_SLOTS - HIST_REC_SLOTS);
	emit_hist(out, s, HIST_ONCPU, 0, HIST_REC_SLOTS);
	emit_hist(out, s, HIST_ONCPU, HIST_REC_SLOTS, HIST_SLOTS - HIST_REC_SLOTS);
}

/*
 * The off-CPU histogram lies apart. It is looked up in each step: carried from one to the next,
 * it would double the verifier's paths.
 */
static __always_inline bool has_off(struct task_struct *t)
{
	return settings.demand & DEMAND_OFFCPU && state_is_leader(t) && !t->exit_state;
}

/* Made by a pass and at fork, never at a switch: as task state. */
STEP off_make(struct task_struct *t)
{
	if (has_off(t))
		off_state_create(t);
	return 0;
}

STEP off_compare(const struct subject *s)
{
	struct off_state *off = has_off(s->t) ? off_state(s->t) : NULL;

	if (off && (off->dirty || pass_ctl.flags & PASS_F_KEY))
		v.want |= WANT_OFF;
	return 0;
}

STEP emit_off(struct pass_slot *out, const struct subject *s)
{
	struct off_state *off = off_state(s->t);
	__u64 max_ns;

	if (!off)
		return 0;
	off->dirty = 0;
	off->epoch ^= 1;
	max_ns = off->max_ns[~off->epoch & 1];
	hist_put(out, s, off->slots, max_ns, HIST_OFFCPU, 0, HIST_REC_SLOTS);
	hist_put(out, s, off->slots, max_ns, HIST_OFFCPU, HIST_REC_SLOTS,
		 HIST_SLOTS - HIST_REC_SLOTS);
	return 0;
}

STEP off_commit(struct task_struct *t)
{
	struct off_state *off = off_state(t);

	if (off)
		off->max_ns[~off->epoch & 1] = 0;
	return 0;
}

STEP off_withdraw(struct task_struct *t)
{
	struct off_state *off = off_state(t);

	if (off) {
		off->epoch ^= 1;
		off->dirty = 1;
	}
	return 0;
}

#endif
