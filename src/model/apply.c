/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each record changes in the task table. */
#include <string.h>

#include "tasks_table.h"

/* A counter that steps back by less than this is jitter of a clock; by more, another task. */
#define STEP_BACK_NS 10000000ULL

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

static struct tasks_proc *get_proc(struct tasks *t, uint32_t tgid, uint64_t start_ns)
{
	struct tasks_proc *p = tasks_find_proc(t, tgid, start_ns);

	return p ? p : tasks_make_proc(t, tgid, start_ns);
}

/* One counter of a thread: its growth, where it is known on both sides. */
static uint32_t grown(struct tasks_proc *p, uint32_t *last, uint64_t rec, bool known,
		      uint16_t unknown)
{
	uint32_t by = (uint32_t)rec - *last;

	*last = known ? (uint32_t)rec : 0;
	if (!known)
		p->unknown |= unknown;
	return known && by < 1U << 31 ? by : 0;
}

/*
 * The last word of a leader has the switch that ends it; other threads are released before
 * theirs, and it is left out of their count.
 */
static uint32_t last_switches(const struct task_rec *r)
{
	return r->h.kind == CORE_EXIT && r->pid == r->tgid;
}

/* In the order of take_counters(). */
static void add_counters(struct sums *to, const uint32_t by[5])
{
	to->vcsw += by[0];
	to->ivcsw += by[1];
	to->migrations += by[2];
	to->minflt += by[3];
	to->majflt += by[4];
}

static void take_counters(struct tasks *t, struct tasks_thread *th, const struct task_rec *r,
			  bool baseline)
{
	struct tasks_proc *p = th->proc;
	const uint32_t by[] = {
		grown(p, &th->nvcsw, r->nvcsw, r->nvcsw != REC_UNKNOWN, UNKNOWN_VCSW),
		grown(p, &th->nivcsw, r->nivcsw, r->nivcsw != REC_UNKNOWN, UNKNOWN_IVCSW),
		grown(p, &th->migrations, r->migrations, r->migrations != REC_UNKNOWN32,
		      UNKNOWN_MIGRATIONS),
		grown(p, &th->minflt, r->minflt, r->minflt != REC_UNKNOWN, UNKNOWN_MINFLT),
		grown(p, &th->majflt, r->majflt, r->majflt != REC_UNKNOWN32, UNKNOWN_MAJFLT),
	};
	struct thread_watch *watched;
	struct sums *now;

	if (baseline || !(by[0] | by[1] | by[2] | by[3] | by[4]))
		return;
	th->time.slept |= by[0] > last_switches(r);
	now = tasks_now(t, p);
	if (now)
		add_counters(now, by);
	watched = watch_has(t, p) ? watch_of(t, th) : NULL;
	if (watched)
		add_counters(&watched->now, by);
}

/* A cumulative time: unknown keeps what there was; a step back is another task's counter. */
static uint64_t take_time(uint64_t last, uint64_t rec, bool *ret_other)
{
	if (rec == REC_UNKNOWN || rec > INT64_MAX)
		return last;
	if (rec + STEP_BACK_NS < last)
		*ret_other = true;
	return rec;
}

static void note_unknown(struct tasks *t, struct tasks_proc *p, const struct task_rec *r)
{
	if ((r->flags & TASK_F_NO_RUNQ) || r->runq_ns == REC_UNKNOWN) {
		p->unknown |= UNKNOWN_RUNQ;
		t->no_runq = true;
	}
	if (r->flags & TASK_F_NO_CLASS) {
		p->unknown |= UNKNOWN_CLASS;
		t->no_class = true;
	}
	if (r->flags & TASK_F_NO_OFFCPU)
		t->no_offcpu = true;
	if (r->oncpu_ns == REC_UNKNOWN && r->utime_ns == REC_UNKNOWN)
		p->unknown |= UNKNOWN_ONCPU;
	if (r->utime_ns == REC_UNKNOWN || r->stime_ns == REC_UNKNOWN)
		p->unknown |= UNKNOWN_SAMPLES;
}

/* Without the exact sum the samples are all there is. */
static uint64_t oncpu_of(const struct task_rec *r)
{
	if (r->oncpu_ns != REC_UNKNOWN || r->utime_ns == REC_UNKNOWN || r->stime_ns == REC_UNKNOWN)
		return r->oncpu_ns;
	return r->utime_ns + r->stime_ns;
}

static void take_times(struct tasks *t, struct tasks_thread *th, const struct task_rec *r,
		       bool baseline)
{
	struct thread_time *x = &th->time;
	bool other = baseline, ignore;

	x->oncpu_ns = take_time(x->oncpu_ns, oncpu_of(r), &other);
	x->runq_ns = take_time(x->runq_ns, r->runq_ns, &other);
	x->utime_ns = take_time(x->utime_ns, r->utime_ns, &ignore);
	x->stime_ns = take_time(x->stime_ns, r->stime_ns, &ignore);
	x->ts_ns = r->h.ts_ns;
	x->sampled = !t->bpf;
	x->wclass = r->wclass;
	x->since_ns = r->since_ns;
	note_unknown(t, th->proc, r);
	if (other) {
		x->born_ns = r->h.ts_ns;
		fold_rebase(x, r->h.ts_ns);
	}
}

static void take_place(struct tasks *t, struct tasks_thread *th, const struct task_rec *r)
{
	tasks_set_state(t, th, r->state);
	th->cpu = r->cpu;
	th->policy = r->policy;
	th->nice = r->nice;
}

/* The process is called otherwise now; its threads are not. */
static void keep_names(struct tasks *t, struct tasks_proc *p)
{
	for (struct tasks_thread *th = p->threads; th; th = th->next)
		if (!th->name && th->node.key != p->node.key)
			tasks_name_thread(t, th, p->comm);
}

/* Many threads are called as their process is: only another name is kept. */
static void take_own_name(struct tasks *t, struct tasks_thread *th, const struct task_rec *r)
{
	bool own = r->pid != r->tgid && memcmp(r->comm, th->proc->comm, TASK_COMM_BYTES) != 0;

	if (own || th->name)
		tasks_name_thread(t, th, own ? r->comm : NULL);
}

/* Before one has to give way, those that have processes are made the most recent. */
static void meet_cgroup(struct tasks *t, uint64_t id)
{
	struct cgroups *c = &t->cgroups.cgroups;
	const struct tasks_proc *p;

	if (c->table.nr == c->table.capacity && t->cgroups_pass != t->pass + 1) {
		t->cgroups_pass = t->pass + 1;
		for (uint32_t i = 0; i < t->procs.fresh; i++) {
			p = pool_at(&t->procs, i);
			if (p->threads)
				cgroups_get(c, p->cgroup_id);
		}
	}
	cgroups_meet(c, id);
}

/* What the leader (or, before it was seen, any thread) tells of the process. */
static bool take_names(struct tasks *t, struct tasks_proc *p, const struct task_rec *r)
{
	uint16_t flags = p->flags | (r->flags & TASK_F_KTHREAD ? PROC_KTHREAD : 0) |
			 (r->flags & TASK_F_TRACKED ? PROC_TRACKED : 0);
	bool same = p->ppid == r->ppid && p->uid == r->uid && p->cgroup_id == r->cgroup_id &&
		    p->flags == flags && !memcmp(p->comm, r->comm, sizeof(p->comm));

	if (same || (r->pid != r->tgid && p->comm[0]))
		return false;
	if (p->uid != r->uid)
		users_meet(&t->users, r->uid);
	if (p->cgroup_id != r->cgroup_id)
		meet_cgroup(t, r->cgroup_id);
	p->flags = flags;
	p->ppid = r->ppid;
	p->uid = r->uid;
	p->cgroup_id = r->cgroup_id;
	if (p->comm[0] && memcmp(p->comm, r->comm, sizeof(p->comm)) != 0)
		keep_names(t, p);
	memcpy(p->comm, r->comm, sizeof(p->comm));
	return true;
}

static bool same_thread(const struct tasks_thread *th, const struct task_rec *r)
{
	const struct thread_time *x = &th->time;

	return x->oncpu_ns == oncpu_of(r) && x->since_ns == r->since_ns && x->wclass == r->wclass &&
	       (x->runq_ns == r->runq_ns || r->runq_ns == REC_UNKNOWN) && th->state == r->state &&
	       th->nvcsw == (uint32_t)r->nvcsw && th->nivcsw == (uint32_t)r->nivcsw &&
	       th->cpu == r->cpu && th->nice == r->nice && th->policy == r->policy &&
	       th->minflt == (uint32_t)r->minflt && th->majflt == r->majflt &&
	       th->migrations == r->migrations && x->utime_ns == r->utime_ns &&
	       x->stime_ns == r->stime_ns;
}

/* Same pid, other start: the thread that had the pid is gone. */
static void end_thread_namesake(struct tasks *t, uint32_t pid)
{
	struct tasks_thread *th = pool_find(&t->threads, pid);

	if (th)
		tasks_end_thread(t, th, t->tick_ns);
}

/* A process that has ended lingers until its parent has asked for its status. */
static void on_zombie(struct tasks *t, struct tasks_proc *p, const struct task_rec *r)
{
	struct tasks_thread *th = tasks_find_thread(t, r->pid, r->start_ns);

	if ((p->flags & PROC_DEAD) && !(p->flags & PROC_SEEN))
		return; /* the pass met it between death and wait() */
	if (!th) {
		th = tasks_make_thread(t, p, r->pid, r->start_ns, true);
		if (!th)
			return;
		take_counters(t, th, r, true);
		take_times(t, th, r, true);
	}
	if (r->pid == r->tgid)
		p->flags |= PROC_ZOMBIE;
	if (th->state != 'Z')
		tasks_touch(t, p);
	take_place(t, th, r);
	th->pass = t->pass;
}

static struct tasks_proc *proc_of_task(struct tasks *t, const struct task_rec *r)
{
	struct tasks_proc *p = tasks_find_proc(t, r->tgid, r->leader_start_ns);
	bool was_known = p;

	if (!p)
		p = tasks_make_proc(t, r->tgid, r->leader_start_ns);
	if (!p || (p->flags & PROC_ENDED))
		return p;
	p->flags &= (uint16_t)~PROC_DEAD; /* its end had only been inferred */
	if (take_names(t, p, r))
		tasks_touch(t, p);
	if (r->state != 'Z' && (!was_known || (!p->threads && !p->cmd)))
		tasks_want_cmd(t, p);
	return p;
}

static void on_task(struct tasks *t, const struct task_rec *r)
{
	struct tasks_thread *th;
	struct tasks_proc *p;
	bool baseline = false;

	if (r->state == 'X')
		return;
	p = proc_of_task(t, r);
	if (!p)
		return;
	if (r->state == 'Z') {
		on_zombie(t, p, r);
		return;
	}
	if (p->flags & PROC_ENDED)
		return; /* read before the end, delivered after it */
	th = tasks_find_thread(t, r->pid, r->start_ns);
	if (!th) {
		baseline = tasks_is_old(t, r->start_ns);
		end_thread_namesake(t, r->pid);
		th = tasks_make_thread(t, p, r->pid, r->start_ns, baseline);
		if (!th) {
			t->evicted++;
			return;
		}
	} else if (same_thread(th, r)) {
		take_own_name(t, th, r);
		th->pass = t->pass;
		return;
	}
	take_own_name(t, th, r);
	th->pass = t->pass;
	take_counters(t, th, r, baseline);
	take_times(t, th, r, baseline);
	take_place(t, th, r);
	tasks_touch(t, p);
}

static void note_end(struct tasks_proc *p, const struct task_rec *r)
{
	bool leader = r->pid == r->tgid;

	if (leader || !(p->flags & PROC_CODE))
		p->exit_code = r->exit_code;
	if (leader)
		p->flags |= PROC_CODE;
	if (r->flags & TASK_F_GROUP_DEAD) {
		p->flags |= PROC_DEAD | PROC_ENDED;
		p->end_ns = r->h.ts_ns;
	}
}

/* The second farewell of a zombie: its parent has asked, nothing is left of it. */
static void on_freed(struct tasks *t, const struct task_rec *r)
{
	struct tasks_thread *th = tasks_find_thread(t, r->pid, r->start_ns);
	struct tasks_proc *p = th ? th->proc : NULL;

	if (!th || th->state != 'Z')
		return;
	tasks_free_thread(t, th);
	note_end(p, r);
	tasks_touch(t, p);
}

/* The process of a thread's last record; the record may not know who the leader was. */
static struct tasks_proc *proc_of_exit(const struct tasks *t, const struct task_rec *r,
				       const struct tasks_thread *th)
{
	struct tasks_proc *p;

	if (th)
		return th->proc;
	if (r->leader_start_ns != REC_UNKNOWN)
		return tasks_find_proc(t, r->tgid, r->leader_start_ns);
	for (p = pool_find(&t->procs, r->tgid); p && (p->flags & PROC_ENDED);)
		p = pool_find_next(&t->procs, p);
	return p;
}

/*
 * The sleep from which a thread woke to end is in no record. It lasted at least until the
 * last pass; whether that is much or little beside its other sleeps decides how they share.
 */
static void close_open_sleep(struct tasks *t, struct thread_time *x)
{
	uint64_t until_ns = t->tick_ns > x->ts_ns ? t->tick_ns : x->ts_ns;

	if (!wait_is_sleep(x->wclass))
		return;
	if (x->since_ns != REC_UNKNOWN && x->since_ns < until_ns && !x->waits)
		x->waits = pool_get(&t->waits, 0);
	if (x->since_ns != REC_UNKNOWN && x->since_ns < until_ns && x->waits) {
		x->waits->fresh[x->wclass - WAIT_FIRST_SLEEP] +=
			(uint32_t)((until_ns - x->since_ns) >> WAIT_UNIT_SHIFT);
		return;
	}
	x->at_class = x->wclass;
	x->at_since_ns = x->since_ns;
}

static void on_last(struct tasks *t, const struct task_rec *r)
{
	struct tasks_thread *th = tasks_find_thread(t, r->pid, r->start_ns);
	struct tasks_proc *p = proc_of_exit(t, r, th);

	if (!th && tasks_is_old(t, r->start_ns)) { /* was never told of, so its past stays untold */
		if (p) {
			note_end(p, r);
			tasks_touch(t, p);
		}
		return;
	}
	if (!p && r->leader_start_ns != REC_UNKNOWN)
		p = tasks_make_proc(t, r->tgid, r->leader_start_ns);
	if (!p)
		return;
	if (!th)
		th = tasks_make_thread(t, p, r->pid, r->start_ns, false);
	take_names(t, p, r);
	note_end(p, r);
	tasks_touch(t, p);
	if (!th)
		return;
	close_open_sleep(t, &th->time);
	take_counters(t, th, r, false);
	take_times(t, th, r, false);
	th->time.wclass = WAIT_ONCPU;
	tasks_end_thread(t, th, r->h.ts_ns);
}

static void on_end(struct tasks *t, const struct task_rec *r)
{
	if (r->flags & TASK_F_FREED)
		on_freed(t, r);
	else
		on_last(t, r);
}

/* The thread that called exec takes the leader's place, with its own counters. */
static void replace_leader(struct tasks *t, struct tasks_proc *p, uint32_t old_pid, uint64_t ts_ns)
{
	struct tasks_thread *th = p->threads, *leader;

	while (th && th->node.key != old_pid)
		th = th->next;
	if (!th)
		return;
	leader = tasks_find_thread(t, p->node.key, p->start_ns);
	if (leader)
		tasks_end_thread(t, leader, ts_ns);
	leader = tasks_make_thread(t, p, p->node.key, p->start_ns, false);
	if (!leader)
		return;
	leader->time = th->time;
	leader->nvcsw = th->nvcsw;
	leader->nivcsw = th->nivcsw;
	leader->migrations = th->migrations;
	leader->minflt = th->minflt;
	leader->majflt = th->majflt;
	leader->pass = th->pass;
	tasks_set_state(t, leader, th->state);
	leader->watch = th->watch;
	th->watch = 0;
	th->time.waits = NULL;
	tasks_free_thread(t, th);
}

static void on_exec(struct tasks *t, const struct exec_rec *r)
{
	struct tasks_proc *p = tasks_find_proc(t, r->tgid, r->start_ns);

	if (!p || (p->flags & PROC_ENDED))
		return;
	if (r->old_pid && r->old_pid != r->tgid)
		replace_leader(t, p, r->old_pid, r->h.ts_ns);
	memcpy(p->comm, r->comm, sizeof(p->comm));
	text_drop(&t->texts, p->cmd);
	p->cmd = NULL;
	tasks_want_cmd(t, p);
	tasks_touch(t, p);
}

static void on_cmd(struct tasks *t, const struct cmd_rec *r)
{
	struct tasks_proc *p = tasks_find_proc(t, r->tgid, r->start_ns);

	if (!p)
		return;
	text_drop(&t->texts, p->cmd);
	p->cmd = text_new(&t->texts, r->text, r->args_len, r->exe_len);
	tasks_touch(t, p);
}

static void on_wait(struct tasks *t, const struct wait_rec *r)
{
	struct tasks_thread *th = tasks_find_thread(t, r->pid, r->start_ns);
	struct waits *w;

	if (!th)
		return;
	if (!th->time.waits)
		th->time.waits = pool_get(&t->waits, 0);
	w = th->time.waits;
	if (!w || (!memcmp(w->units, r->units, sizeof(w->units)) && w->quota == r->quota_units))
		return;
	for (int i = 0; i < WAIT_SLEEPS; i++) {
		if (th->base_pass != t->pass + 1)
			w->fresh[i] += r->units[i] - w->units[i];
		w->units[i] = r->units[i];
	}
	if (th->base_pass != t->pass + 1)
		w->quota_fresh += r->quota_units - w->quota;
	w->quota = r->quota_units;
	tasks_touch(t, th->proc);
}

static bool same_proc(const struct tasks_proc *p, const struct proc_rec *r)
{
	return p->kernel_threads == r->threads && p->rss_anon == r->rss_anon_pages &&
	       p->rss_file == r->rss_file_pages && p->rss_shmem == r->rss_shmem_pages &&
	       p->swap == r->swap_pages && p->vm_pages == r->vm_pages;
}

static void on_proc(struct tasks *t, const struct proc_rec *r)
{
	struct tasks_proc *p = get_proc(t, r->tgid, r->start_ns);

	if (!p || (p->flags & PROC_ENDED))
		return;
	dead_record(t, p, r);
	if (r->flags & PROC_F_RSS_APPROX)
		t->rss_approx = true;
	if (r->vm_pages != REC_UNKNOWN && r->rss_anon_pages == REC_UNKNOWN32)
		t->no_rss = true; /* it has memory, and the source cannot tell how much is resident */
	if ((p->flags & PROC_HAS_RSS) && same_proc(p, r))
		return;
	p->flags |= PROC_HAS_RSS;
	p->kernel_threads = r->threads;
	p->rss_anon = r->rss_anon_pages;
	p->rss_file = r->rss_file_pages;
	p->rss_shmem = r->rss_shmem_pages;
	p->swap = r->swap_pages;
	p->vm_pages = r->vm_pages;
	tasks_touch(t, p);
}

static void on_hist(struct tasks *t, const struct hist_rec *r)
{
	struct tasks_proc *p = tasks_find_proc(t, r->tgid, r->start_ns);

	if (!p)
		return;
	phist_record(t, p, r);
	tasks_touch(t, p);
}

static void on_host(struct tasks *t, const struct host_rec *r)
{
	if (r->page_bytes >= 1024 && r->page_bytes <= 1U << 20)
		t->page_bytes = r->page_bytes;
	t->self_tgid = r->self_tgid;
	t->bpf = r->flags & HOST_F_BPF;
}

void tasks_apply(struct tasks *t, const struct ev_hdr *ev)
{
	switch (ev->kind) {
	case CORE_TASK:
		on_task(t, REC(task_rec, ev));
		break;
	case CORE_PROC:
		on_proc(t, REC(proc_rec, ev));
		break;
	case CORE_WAIT:
		on_wait(t, REC(wait_rec, ev));
		break;
	case CORE_HIST:
		on_hist(t, REC(hist_rec, ev));
		break;
	case CORE_EXIT:
		on_end(t, REC(task_rec, ev));
		break;
	case CORE_EXEC:
		on_exec(t, REC(exec_rec, ev));
		break;
	case CORE_CMD:
		on_cmd(t, REC(cmd_rec, ev));
		break;
	case CORE_USER:
		users_apply(&t->users, REC(user_rec, ev));
		break;
	case CORE_HOST:
		on_host(t, REC(host_rec, ev));
		break;
	case CORE_CGROUP:
		cgroups_path(&t->cgroups.cgroups, REC(cgroup_rec, ev));
		break;
	case CORE_CGSTAT:
		cgroups_stat(&t->cgroups.cgroups, REC(cgstat_rec, ev));
		break;
	case CORE_DEMAND:
		t->demand = REC(demand_rec, ev)->on;
		break;
	}
}
