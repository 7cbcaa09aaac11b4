// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pass over all tasks: publishes what changed. One body, and programs around it: a syscall
 * program with the open-coded iterator that fills a mapped array (6.7, cheapest, but it keeps
 * its CPU), and an iterator behind a descriptor, which yields between reads.
 *
 * A thread's records are written all or none, and only then is it noted what was published.
 * What a visit works out is kept in a map, not on the stack: values that the verifier cannot
 * follow keep the number of its paths small.
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

enum want {
	WANT_TASK = 1 << 0,
	WANT_PROC = 1 << 1,
	WANT_WAIT = 1 << 2,
	WANT_HIST = 1 << 3,
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

/* Room to build a thread's records in when they go through a descriptor. */
static struct pass_slot pass_scratch[PASS_TASK_SLOTS] = {};

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
	__u32 any = 0;

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
		r->wclass = class == WAIT_QUOTA ? WAIT_QUOTA : WAIT_RUNQ;
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
	if (r->oncpu_ns < st->oncpu_ns)
		r->oncpu_ns = st->oncpu_ns;
	st->oncpu_ns = r->oncpu_ns;
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
	r->reserved[0] = 0;
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

STEP emit_hist(struct pass_slot *out, const struct subject *s, __u32 which, __u32 first, __u32 nr)
{
	struct hist_rec *r = &out[v.nr & (PASS_TASK_SLOTS - 1)].hist;
	__u32 old = (~s->st->pass >> STATE_MAX_BIT) & 1;

	if (!hist_copy(r, s->st, which, first, nr))
		return 0;
	header(&r->h, CORE_HIST, sizeof(*r));
	r->tgid = s->t->tgid;
	r->which = which;
	r->first = first;
	r->nr = nr;
	r->reserved = 0;
	r->start_ns = s->t->start_boottime;
	r->max_ns = s->st->max_ns[old][which];
	v.nr++;
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

static __always_inline __u32 want_if(bool condition, enum want want)
{
	return condition ? want : 0;
}

/*
 * A thread that did not run, of a process of which no thread ran, is much as it was. What
 * others can change (memory by reclaim, parent, cgroup, name) is looked at in turns.
 */
static __always_inline bool is_quiet(struct task_struct *t, const struct task_state *st)
{
	if (v.run_hash != st->run_hash || t->on_cpu || st->dirty)
		return false;
	return ((__u32)t->pid + pass_ctl.nr) % PASS_ROTATION;
}

/* Compares with what was published last. Without state there is nothing to compare with. */
STEP visit_compare(const struct subject *s)
{
	bool leader = state_is_leader(s->t) && s->signal && !s->t->exit_state;
	__u32 key = pass_ctl.flags & PASS_F_KEY;
	struct task_state *st = s->st;

	v.hash = task_hash(s->t, s->u);
	v.proc_hash = 0;
	if (leader) {
		read_memory(s->mm);
		v.proc_hash = proc_hash(s);
	}
	if (!st) {
		v.want = WANT_TASK | want_if(leader, WANT_PROC);
		return 0;
	}
	v.want = want_if(key || v.hash != st->hash || s->t->on_cpu, WANT_TASK) |
		 want_if((key || v.run_hash != st->run_hash) && has_waits(st), WANT_WAIT);
	if (!leader)
		return 0;
	v.proc_hash += (__u32)st->dead_runq_ns + st->dead_migrations;
	v.want |= want_if(key || v.proc_hash != st->proc_hash, WANT_PROC) |
		  want_if(key || st->dirty, WANT_HIST);
	return 0;
}

/*
 * The clocks of this visit. Before the first switch was seen, the run queue's clock is that of
 * this CPU's last tick: right to some milliseconds.
 */
STEP read_clocks(void)
{
	struct cpu_block *b = cpu_block();
	struct task_struct *me;

	v.now_ns = bpf_ktime_get_ns();
	v.clock_ns = b && b->offset_at_ns ? v.now_ns - b->offset_ns : 0;
	me = task_current();
	if (!v.clock_ns && me)
		v.clock_ns = task_rq(me)->clock;
	return 0;
}

/* Builds the records of one thread in out[]; v.nr says how many. */
static __always_inline void visit_build(const struct subject *s, struct pass_slot *out, bool cast)
{
	v.nr = 0;
	if (!v.want)
		return;
	read_clocks();
	if (v.want & WANT_TASK && cast)
		emit_task_cast(out, s);
	if (v.want & WANT_TASK && !cast)
		emit_task_plain(out, s);
	if (v.want & WANT_PROC)
		emit_proc(out, s);
	if (!s->st)
		return;
	if (v.want & WANT_WAIT)
		emit_wait(out, s);
	if (v.want & WANT_HIST)
		emit_hists(out, s);
}

/* The records are out: notes what they said. */
STEP visit_commit(const struct subject *s)
{
	struct task_state *st = s->st;
	__u32 old;

	pass_ctl.tasks++;
	if (!st)
		return 0;
	old = (~st->pass >> STATE_MAX_BIT) & 1;
	st->run_hash = v.run_hash;
	if (v.want & WANT_TASK)
		st->hash = v.hash;
	if (v.want & WANT_PROC)
		st->proc_hash = v.proc_hash;
	if (v.want & WANT_HIST)
		st->max_ns[old][HIST_RUNQ] = st->max_ns[old][HIST_ONCPU] = 0;
	if (s->t->exit_state)
		st->flags |= STATE_F_SHOWN;
	st->pass = (st->pass & ~STATE_PASS_MASK) | (pass_ctl.nr & STATE_PASS_MASK);
	return 0;
}

/* They did not fit: as if the visit had not been. */
static __always_inline void visit_withdraw(const struct subject *s)
{
	if (!s->st || !(v.want & WANT_HIST))
		return;
	s->st->pass ^= 1 << STATE_MAX_BIT;
	s->st->dirty = 1;
}

/* The state of a task in the first pass: what it waited before is not ours to count. */
static __always_inline struct task_state *state_first(struct task_struct *t)
{
	struct task_state *st = task_state_create(t);
	struct cpu_block *b;

	if (st) {
		st->wclass = STATE_UNSEEN;
		st->delay_ns = t->sched_info.run_delay;
		return st;
	}
	b = cpu_block();
	if (b)
		ADD(b->probe[PROBE_PASS].map_full, 1);
	return NULL;
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
	st->flags |= STATE_F_ZOMBIE;
	st->pass = (st->pass & ~STATE_PASS_MASK) | (pass_ctl.nr & STATE_PASS_MASK);
	return true;
}

/* Marks the tree's root for track. */
static __always_inline void mark(struct task_struct *t, struct task_state *st)
{
	if ((__u32)t->tgid != pass_ctl.track)
		return;
	if (!st)
		st = state_first(t);
	if (!st)
		return;
	st->flags |= STATE_F_TRACKED;
	pass_ctl.tasks++;
}

/* A queue that is not empty has a thread that runs or waits: each of them tells its length. */
STEP read_queue(struct task_struct *t, struct task_struct *u)
{
	struct cpu_block *b;
	__u32 cpu, nr;

	if (task_run_state(t) && !t->on_cpu)
		return 0;
	cpu = task_cpu_nr(t);
	b = bpf_map_lookup_elem(&cpus, &cpu);
	if (!b)
		return 0;
	nr = task_rq(u)->nr_running;
	if (nr && cpu == bpf_get_smp_processor_id())
		nr--; /* the reader itself */
	b->nr_running = nr;
	b->nr_running_pass = pass_ctl.nr;
	return 0;
}

/* Prepares the visit; false for a task that is none of ours, or was visited by this pass. */
static __always_inline bool visit_begin(struct subject *s, struct task_struct *t, bool cast)
{
	struct task_state *st;

	if (!t->pid)
		return false; /* the idle task: the open-coded iterator starts with it */
	st = task_state(t);
	if (pass_ctl.flags & PASS_F_RESET) {
		if (!st && !track)
			st = state_first(t);
		if (st) {
			st->wclass = STATE_UNSEEN;
			st->since_ns = 0;
		}
		return false;
	}
	if (pass_ctl.flags & PASS_F_MARK) {
		mark(t, st);
		return false;
	}
	if (track && (!st || !state_is_counted(st)))
		return false;
	if (!st)
		st = state_first(t);
	if (st && (st->pass & STATE_PASS_MASK) == pass_ctl.nr)
		return false;
	s->t = t;
	s->u = task_untrusted(t, cast);
	read_queue(t, s->u);
	if (is_dead(t, st))
		return false;
	v.run_hash = run_hash(t);
	if (st && !(pass_ctl.flags & (PASS_F_KEY | PASS_F_ALL)) && is_quiet(t, st)) {
		st->pass = (st->pass & ~STATE_PASS_MASK) | (pass_ctl.nr & STATE_PASS_MASK);
		pass_ctl.tasks++;
		return false;
	}
	s->st = st;
	s->mm = s->u->mm;
	s->signal = s->u->signal;
	return true;
}

static __always_inline int seq_out(struct seq_file *seq)
{
	for (__u32 i = 0; i < PASS_TASK_SLOTS && i < v.nr; i++)
		if (bpf_seq_write(seq, &pass_scratch[i], PASS_SLOT_BYTES))
			return 1;
	return 0;
}

static __always_inline int visit_to_fd(struct bpf_iter__task *ctx, bool cast)
{
	struct task_struct *t = ctx->task;
	struct subject s;

	if (!t || !visit_begin(&s, t, cast))
		return 0;
	visit_compare(&s);
	visit_build(&s, pass_scratch, cast);
	if (seq_out(ctx->meta->seq))
		visit_withdraw(&s);
	else
		visit_commit(&s);
	return 0;
}

SEC("?iter/task")
int pass_fd(struct bpf_iter__task *ctx)
{
	return visit_to_fd(ctx, true);
}

SEC("?iter/task")
int pass_fd_plain(struct bpf_iter__task *ctx)
{
	return visit_to_fd(ctx, false);
}

extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task,
			     unsigned int flags) __ksym __weak;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym __weak;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;

#define BPF_TASK_ITER_ALL_THREADS 1

/* A function of its own: what it leaves on its stack would be one more state of the loop. */
STEP visit_to_area(struct task_struct *t, struct pass_area *area)
{
	__u32 used = pass_ctl.used;
	struct subject s;

	if (!visit_begin(&s, t, true))
		return 0;
	visit_compare(&s);
	visit_build(&s, &area->slot[used & (PASS_SLOTS - 1)], true);
	pass_ctl.used = used + v.nr;
	visit_commit(&s);
	return 0;
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
		if (pass_ctl.used >= pass_ctl.room) {
			pass_ctl.more = 1;
			break;
		}
		visit_to_area(t, area);
	}
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	return 0;
}

/* Ring load for tests: a few bare records a call. */
SEC("?syscall")
int flood(void *ctx)
{
	struct cpu_block *b = cpu_block();
	struct ev_hdr *h;

	if (!b)
		return 1;
	for (__u32 i = 0; i < FLOOD_CALL && i < pass_ctl.flood; i++) {
		b->probe[PROBE_FLOOD].events++;
		h = ring_reserve(&b->probe[PROBE_FLOOD], sizeof(*h));
		if (!h)
			continue;
		ring_header(b, h, PANE_CORE, CORE_FLOOD, sizeof(*h));
		ring_submit(h);
	}
	return 0;
}
