// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pass over all tasks: publishes what changed. One body, and programs around it: a syscall
 * program with the open-coded iterator that fills a mapped array (6.7, cheapest, but it keeps
 * its CPU), and an iterator behind a descriptor, which yields between reads.
 *
 * A thread's records are written all or none, and only then is it noted what was published.
 */
#include "records.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pass_area);
} pass_area SEC(".maps");

/* Room to build a thread's records in when they go through a descriptor. */
static struct pass_slot pass_scratch[PASS_TASK_SLOTS] = {};

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
	off_compare(s);
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
	if (v.want & WANT_OFF)
		emit_off(out, s);
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
	if (v.want & WANT_OFF)
		off_commit(s->t);
	if (s->t->exit_state)
		st->flags |= STATE_F_SHOWN;
	st->pass = (st->pass & ~STATE_PASS_MASK) | (pass_ctl.nr & STATE_PASS_MASK);
	return 0;
}

/* They did not fit: as if the visit had not been. */
static __always_inline void visit_withdraw(const struct subject *s)
{
	if (s->st && v.want & WANT_HIST) {
		s->st->pass ^= 1 << STATE_MAX_BIT;
		s->st->dirty = 1;
	}
	if (v.want & WANT_OFF)
		off_withdraw(s->t);
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
			if (st->wclass == WAIT_QUOTA)
				st->quota_units += quota_clock(task_untrusted(t, cast));
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
	off_make(t);
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
	__u32 nr = v.nr;

	if (nr > PASS_TASK_SLOTS)
		nr = PASS_TASK_SLOTS;
	return nr && bpf_seq_write(seq, pass_scratch, nr * PASS_SLOT_BYTES);
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
