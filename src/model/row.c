/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One row: where each of its figures comes from. */
#include "row.h"

#include <string.h>

static int rank_of(const struct tasks_thread *th)
{
	if (th->state == 'D')
		return 3;
	if (th->state == 'R')
		return 2;
	return th->node.key == th->proc->node.key;
}

void row_consider(struct row_who *who, const struct tasks_thread *th)
{
	int rank = rank_of(th);
	bool older = rank == 3 && who->rank == 3 && th->time.since_ns < who->thread->time.since_ns;

	if (who->thread && rank <= who->rank && !older)
		return;
	who->thread = th;
	who->rank = rank;
}

static int64_t pages(const struct tasks *t, uint32_t nr)
{
	return nr == REC_UNKNOWN32 ? FIG_UNKNOWN : (int64_t)nr * t->page_bytes;
}

static int64_t add(int64_t a, int64_t b)
{
	return a == FIG_UNKNOWN || b == FIG_UNKNOWN ? FIG_UNKNOWN : a + b;
}

static void row_memory(const struct tasks *t, const struct tasks_proc *p, struct proc_row *row)
{
	bool known = p->flags & PROC_HAS_RSS;

	row->rss_anon_bytes = known ? pages(t, p->rss_anon) : FIG_UNKNOWN;
	row->rss_file_bytes = known ? pages(t, p->rss_file) : FIG_UNKNOWN;
	row->rss_shmem_bytes = known ? pages(t, p->rss_shmem) : FIG_UNKNOWN;
	row->swap_bytes = known ? pages(t, p->swap) : FIG_UNKNOWN;
	row->vm_bytes = known && p->vm_pages < INT64_MAX / t->page_bytes
				? (int64_t)p->vm_pages * t->page_bytes
				: FIG_UNKNOWN;
	row->rss_bytes = add(add(row->rss_anon_bytes, row->rss_file_bytes), row->rss_shmem_bytes);
}

void row_names(const struct tasks *t, const struct tasks_proc *p, struct proc_row *row)
{
	row->ref = p;
	row->pid = p->node.key;
	row->ppid = p->ppid;
	row->uid = p->uid == REC_UNKNOWN32 ? FIG_UNKNOWN : p->uid;
	row->start_ns = p->start_ns;
	memcpy(row->comm, p->comm, TASK_COMM_BYTES);
	row->comm[TASK_COMM_BYTES] = 0;
	row->user = users_name(&t->users, p->uid);
	row->cmd = p->cmd ? p->cmd->bytes : NULL;
	row->cmd_len = p->cmd ? p->cmd->args_len : 0;
	row->exe_len = p->cmd ? p->cmd->exe_len : 0;
	row->exe = row->exe_len ? p->cmd->bytes + row->cmd_len : NULL;
	row->kthread = p->flags & PROC_KTHREAD;
	row->tracked = p->flags & PROC_TRACKED;
	row->self = p->node.key == t->self_tgid;
	row->cgroup_id = p->cgroup_id == REC_UNKNOWN ? FIG_UNKNOWN : (int64_t)p->cgroup_id;
	row->processes = 1;
	row_memory(t, p, row);
}

static void sums_to_row(const struct sums *s, struct proc_row *row)
{
	row->oncpu_ns = (int64_t)s->cls[WAIT_ONCPU];
	row->system_ns = (int64_t)s->system_ns;
	row->user_ns = row->oncpu_ns - row->system_ns;
	row->runq_wait_ns = (int64_t)(s->cls[WAIT_RUNQ] + s->cls[WAIT_QUOTA]);
	row->blocked_ns = (int64_t)sums_blocked_ns(s);
	row->idle_ns = (int64_t)sums_idle_ns(s);
	row->offcpu_ns = row->runq_wait_ns + row->blocked_ns + row->idle_ns;
	for (int i = 0; i < WAIT_NR; i++)
		row->class_ns[i] = (int64_t)s->cls[i];
	row->active_wall_ns = (int64_t)(sums_wall_ns(s) - s->idle_only_ns);
	row->vcsw = (int64_t)s->vcsw;
	row->ivcsw = (int64_t)s->ivcsw;
	row->migrations = (int64_t)s->migrations;
	row->minflt = (int64_t)s->minflt;
	row->majflt = (int64_t)s->majflt;
}

static void hide(int64_t *figure, uint16_t unknown, uint16_t why)
{
	if (unknown & why)
		*figure = FIG_UNKNOWN;
}

void row_times(uint16_t unknown, const struct sums *s, struct proc_row *row)
{
	uint16_t u = unknown;

	sums_to_row(s, row);
	hide(&row->oncpu_ns, u, UNKNOWN_ONCPU);
	hide(&row->offcpu_ns, u, UNKNOWN_ONCPU);
	hide(&row->user_ns, u, UNKNOWN_ONCPU | UNKNOWN_SAMPLES);
	hide(&row->system_ns, u, UNKNOWN_ONCPU | UNKNOWN_SAMPLES);
	hide(&row->runq_wait_ns, u, UNKNOWN_RUNQ);
	hide(&row->blocked_ns, u, UNKNOWN_CLASS);
	hide(&row->idle_ns, u, UNKNOWN_CLASS);
	hide(&row->vcsw, u, UNKNOWN_VCSW);
	hide(&row->ivcsw, u, UNKNOWN_IVCSW);
	hide(&row->migrations, u, UNKNOWN_MIGRATIONS);
	hide(&row->minflt, u, UNKNOWN_MINFLT);
	hide(&row->majflt, u, UNKNOWN_MAJFLT);
}

/* How long the thread has been blocked; waiting for work is not being blocked. */
static int64_t blocked_for_ns(const struct tasks *t, const struct tasks_thread *th)
{
	uint64_t since_ns = th->time.since_ns;
	unsigned wclass = th->time.wclass;

	if (since_ns == REC_UNKNOWN || since_ns > t->tick_ns || th->state == 'Z')
		return FIG_UNKNOWN;
	if (since_ns <= t->from_ns)
		wclass = wait_whole_window(wclass);
	return wait_is_sleep(wclass) && !wait_is_idle(wclass) ? (int64_t)(t->tick_ns - since_ns)
							      : FIG_UNKNOWN;
}

void row_state(const struct tasks *t, const struct tasks_proc *p, const struct row_who *who,
	       struct proc_row *row)
{
	const struct tasks_thread *th = who->thread;

	/* once its end was shown, a zombie is shown as one */
	row->dead = (p->flags & PROC_DEAD) && !(th && (p->flags & PROC_SHOWN_DEAD));
	row->exit_code = (int32_t)p->exit_code;
	row->threads = row->dead ? 0 : who->threads;
	row->threads_active = row->dead ? 0 : who->active;
	row->state = 'X';
	row->wclass = WAIT_OTHER;
	row->since_ns = row->blocked_since_ns = FIG_UNKNOWN;
	if (!th)
		return;
	row->state = (char)th->state;
	row->wclass = th->time.wclass;
	row->nice = th->nice;
	row->policy = th->policy;
	row->cpu = th->cpu == EV_CPU_ANY ? FIG_UNKNOWN : th->cpu;
	if (th->time.since_ns <= INT64_MAX)
		row->since_ns = (int64_t)th->time.since_ns;
	row->blocked_since_ns = blocked_for_ns(t, th);
}

/* Leaves them as they are where there is nothing. */
static void percentiles(const struct tasks_proc *p, enum hist_which which, enum window window,
			int64_t *p50_ns, int64_t *p99_ns, int64_t *max_ns)
{
	struct hist h;

	if (!phist_has(p, which, window))
		return;
	phist_get(p, which, window, &h);
	*p50_ns = hist_percentile_ns(&h, 500);
	*p99_ns = hist_percentile_ns(&h, 990);
	*max_ns = h.max_ns ? (int64_t)h.max_ns : FIG_UNKNOWN;
}

static void hide_hists(struct proc_row *row)
{
	row->runq_p50_ns = row->runq_p99_ns = row->runq_max_ns = FIG_UNKNOWN;
	row->oncpu_p50_ns = row->oncpu_p99_ns = row->oncpu_max_ns = FIG_UNKNOWN;
	row->offcpu_p50_ns = row->offcpu_p99_ns = row->offcpu_max_ns = FIG_UNKNOWN;
}

void row_hists(const struct tasks *t, const struct tasks_proc *p, enum window window,
	       struct proc_row *row)
{
	hide_hists(row);
	if (!p->hists)
		return;
	percentiles(p, HIST_RUNQ, window, &row->runq_p50_ns, &row->runq_p99_ns, &row->runq_max_ns);
	percentiles(p, HIST_ONCPU, window, &row->oncpu_p50_ns, &row->oncpu_p99_ns,
		    &row->oncpu_max_ns);
	if (t->demand & DEMAND_OFFCPU)
		percentiles(p, HIST_OFFCPU, window, &row->offcpu_p50_ns, &row->offcpu_p99_ns,
			    &row->offcpu_max_ns);
}

static void hide_memory(struct proc_row *row)
{
	row->rss_bytes = row->rss_anon_bytes = row->rss_file_bytes = row->rss_shmem_bytes =
		FIG_UNKNOWN;
	row->swap_bytes = row->vm_bytes = FIG_UNKNOWN;
}

void row_hide_process(struct proc_row *row)
{
	hide_memory(row);
	hide_hists(row);
}

void row_hide_times(struct proc_row *row)
{
	row->oncpu_ns = row->user_ns = row->system_ns = row->runq_wait_ns = FIG_UNKNOWN;
	row->blocked_ns = row->idle_ns = row->offcpu_ns = FIG_UNKNOWN;
	row->vcsw = row->ivcsw = row->migrations = row->minflt = row->majflt = FIG_UNKNOWN;
	row->active_wall_ns = row->threads_active = FIG_UNKNOWN;
	for (int i = 0; i < WAIT_NR; i++)
		row->class_ns[i] = FIG_UNKNOWN;
}

void row_bare(struct proc_row *row, int64_t pid, uint64_t start_ns)
{
	*row = (struct proc_row){
		.pid = pid,
		.ppid = FIG_UNKNOWN,
		.uid = FIG_UNKNOWN,
		.start_ns = start_ns,
		.wclass = WAIT_OTHER,
		.exit_code = -1,
		.nice = FIG_UNKNOWN, .policy = FIG_UNKNOWN, .cpu = FIG_UNKNOWN, .cgroup_id = FIG_UNKNOWN,
		.processes = FIG_UNKNOWN, .threads = FIG_UNKNOWN,
		.since_ns = FIG_UNKNOWN, .blocked_since_ns = FIG_UNKNOWN,
		.age_ns = FIG_UNKNOWN, .cpu_time_ns = FIG_UNKNOWN,
	};
	row_hide_times(row);
	row_hide_process(row);
}

int64_t row_age_ns(const struct proc_row *row, const struct tasks_proc *p,
		   const struct tick_rec *tick)
{
	uint64_t end_ns = tick->boot_ns;

	if (row->dead && p->end_ns && p->end_ns < tick->h.ts_ns)
		end_ns -= tick->h.ts_ns - p->end_ns;
	return end_ns > p->start_ns ? (int64_t)(end_ns - p->start_ns) : 0;
}

void row_short(const struct tasks *t, const struct short_sum *x, enum window window,
	       struct proc_row *row)
{
	struct sums s;

	*row = (struct proc_row){
		.pid = FIG_UNKNOWN,
		.ppid = x->ppid == REC_UNKNOWN32 ? FIG_UNKNOWN : x->ppid,
		.uid = x->uid == REC_UNKNOWN32 ? FIG_UNKNOWN : x->uid,
		.user = users_name(&t->users, x->uid),
		.state = 'X',
		.wclass = WAIT_OTHER,
		.dead = true,
		.processes = (int64_t)shorts_window(x, window, &s),
		.nice = FIG_UNKNOWN,
		.policy = FIG_UNKNOWN,
		.cpu = FIG_UNKNOWN,
		.cgroup_id = x->cgroup_id == REC_UNKNOWN ? FIG_UNKNOWN : (int64_t)x->cgroup_id,
		.since_ns = FIG_UNKNOWN,
		.blocked_since_ns = FIG_UNKNOWN,
		.age_ns = FIG_UNKNOWN,
		.cpu_time_ns = FIG_UNKNOWN,
	};
	memcpy(row->comm, x->comm, TASK_COMM_BYTES);
	sums_to_row(&s, row);
	hide_memory(row);
	hide_hists(row);
}
