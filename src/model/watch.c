/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads with rows of their own. What a thread did is kept beside what its process did only
 * while somebody looks: of earlier times the process's sums do not tell which thread it was.
 * So the interval is known as soon as watching begins, and a longer window where it began later
 * than the watching. A thread that has ended has a last row, of the interval in which it did;
 * under --total it stays.
 */
#include <string.h>
#include <sys/mman.h>

#include "row.h"

static void forget_gones(struct tasks *t, bool told)
{
	struct thread_gone *g;

	for (uint32_t i = 0; t->gones.nr && i < t->gones.fresh; i++) {
		g = pool_at(&t->gones, i);
		if (g->used && (g->told || !told))
			pool_put(&t->gones, g);
	}
}

static void forget_all(struct tasks *t)
{
	forget_gones(t, false);
	for (uint32_t i = 0; t->watches.nr && i < t->threads.fresh; i++)
		watch_free(t, pool_at(&t->threads, i));
}

void tasks_watch(struct tasks *t, enum watch watch, uint32_t tgid, uint64_t start_ns)
{
	bool one = watch == WATCH_ONE;

	if (watch == t->watch && (!one || (tgid == t->watch_tgid && start_ns == t->watch_start_ns)))
		return;
	forget_all(t);
	t->watch = watch;
	t->watch_tgid = one ? tgid : 0;
	t->watch_start_ns = one ? start_ns : 0;
	t->watch_from_ns = t->tick_ns;
}

static struct thread_watch *at(const struct tasks *t, const struct tasks_thread *th)
{
	return th->watch ? pool_at(&t->watches, th->watch - 1) : NULL;
}

struct thread_watch *watch_of(struct tasks *t, struct tasks_thread *th)
{
	struct thread_watch *w = at(t, th);

	if (w)
		return w;
	w = pool_get(&t->watches, 0);
	if (w)
		th->watch = pool_number(&t->watches, w) + 1;
	return w;
}

void watch_free(struct tasks *t, struct tasks_thread *th)
{
	pool_put(&t->watches, at(t, th));
	th->watch = 0;
}

bool watch_fold(struct tasks *t, struct tasks_thread *th, uint32_t weight, struct sums *s)
{
	struct thread_watch *w = watch_of(t, th);
	struct sums x = { 0 };
	bool active = fold_window(&th->time, t->from_ns, t->tick_ns, weight, &x);

	sums_add(s, &x);
	if (w)
		sums_add(&w->now, &x);
	return active;
}

/* Whether what the thread did in the window is known from its beginning. */
static bool is_known(const struct tasks *t, enum window window)
{
	uint64_t since_ns = window == WINDOW_MARK ? t->mark_ns : t->first_ns;

	return window == WINDOW_INTERVAL || t->watch_from_ns <= since_ns;
}

static void window_sums(const struct thread_watch *w, enum window window, struct sums *ret)
{
	*ret = w->now;
	if (window == WINDOW_INTERVAL)
		return;
	sums_add(ret, &w->total);
	if (window == WINDOW_MARK)
		sums_sub(ret, &w->mark);
}

static void write_names(const struct tasks *t, const struct tasks_thread *th, struct proc_row *row)
{
	const struct thread_name *name = th->name ? pool_at(&t->names, th->name - 1) : NULL;

	row->pid = th->node.key;
	row->ppid = th->proc->node.key;
	row->start_ns = th->start_ns;
	row->ref = NULL;
	row->processes = FIG_UNKNOWN;
	if (!name)
		return;
	memcpy(row->comm, name->comm, TASK_COMM_BYTES);
	row->cmd = row->exe = NULL;
	row->cmd_len = row->exe_len = 0;
}

static void write_times(const struct tasks *t, const struct thread_watch *w, uint16_t unknown,
			enum window window, struct proc_row *row)
{
	struct sums s;

	window_sums(w, window, &s);
	row_times(unknown, &s, row);
	row->threads_active = row->active_wall_ns > 0;
	if (!is_known(t, window))
		row_hide_times(row);
	else if (t->watch_from_ns > t->from_ns) /* began inside the interval */
		row->vcsw = row->ivcsw = row->migrations = row->minflt = row->majflt = FIG_UNKNOWN;
}

static int64_t cpu_time_ns(const struct tasks_thread *th)
{
	return th->proc->unknown & UNKNOWN_ONCPU ? FIG_UNKNOWN : (int64_t)th->time.done_oncpu_ns;
}

static void write_row(const struct tasks *t, const struct tasks_thread *th, enum window window,
		      const struct tick_rec *tick, struct proc_row *row)
{
	static const struct thread_watch none;
	struct row_who who = { .thread = th, .threads = 1 };
	const struct thread_watch *w = at(t, th);

	row_names(t, th->proc, row);
	row_state(t, th->proc, &who, row);
	row_hide_process(row);
	write_names(t, th, row);
	write_times(t, w ? w : &none, th->proc->unknown, window, row);
	if (!w && th->state != 'Z') /* there was no room to keep it */
		row_hide_times(row);
	row->cpu_time_ns = cpu_time_ns(th);
	row->age_ns = tick->boot_ns > th->start_ns ? (int64_t)(tick->boot_ns - th->start_ns) : 0;
}

static void close_thread(struct thread_watch *w)
{
	sums_add(&w->total, &w->now);
	w->now = (struct sums){ 0 };
}

/* Its names are those of now: its process may be gone when the row is made. */
static void keep_gone(struct tasks *t, const struct tasks_thread *th, const struct thread_watch *w,
		      uint64_t end_ns)
{
	struct thread_gone *g = pool_get(&t->gones, 0);
	struct proc_row *row;

	if (!g)
		return;
	row = &g->row;
	g->used = true;
	g->unknown = th->proc->unknown;
	g->end_ns = end_ns;
	g->watch = *w;
	row_names(t, th->proc, row);
	row_hide_process(row);
	write_names(t, th, row);
	row->cmd = row->exe = NULL; /* the text may go before the row */
	row->cmd_len = row->exe_len = 0;
	row->state = 'X';
	row->dead = true;
	row->wclass = WAIT_OTHER;
	row->nice = th->nice;
	row->policy = th->policy;
	row->cpu = th->cpu == EV_CPU_ANY ? FIG_UNKNOWN : th->cpu;
	row->since_ns = row->blocked_since_ns = FIG_UNKNOWN;
	row->cpu_time_ns = cpu_time_ns(th);
}

/* Threads of processes that no tick saw alive have no rows, as those processes have none. */
void watch_last(struct tasks *t, struct tasks_thread *th, uint64_t end_ns, uint32_t weight,
		struct sums *s)
{
	struct thread_watch *w = watch_of(t, th);
	struct sums x = { 0 };

	fold_last(&th->time, t->from_ns, end_ns, weight, &x);
	sums_add(s, &x);
	if (!w)
		return;
	sums_add(&w->now, &x);
	if (th->proc->flags & PROC_SEEN)
		keep_gone(t, th, w, end_ns);
}

static uint64_t age_ns(const struct thread_gone *g, const struct tick_rec *tick)
{
	uint64_t ago_ns = tick->h.ts_ns > g->end_ns ? tick->h.ts_ns - g->end_ns : 0;
	uint64_t end_ns = tick->boot_ns > ago_ns ? tick->boot_ns - ago_ns : 0;

	return end_ns > g->row.start_ns ? end_ns - g->row.start_ns : 0;
}

static void write_gones(struct tasks *t, enum window window, const struct tick_rec *tick)
{
	struct thread_gone *g;

	for (uint32_t i = 0; t->gones.nr && i < t->gones.fresh; i++) {
		g = pool_at(&t->gones, i);
		if (!g->used || t->thread_rows_nr == t->thread_rows_max)
			continue;
		if (!g->told)
			g->row.age_ns = (int64_t)age_ns(g, tick);
		write_times(t, &g->watch, g->unknown, window, &g->row);
		g->row.threads = g->row.threads_active = 0;
		if (g->row.uid != FIG_UNKNOWN)
			g->row.user = users_name(&t->users, (uint32_t)g->row.uid);
		t->thread_rows[t->thread_rows_nr++] = g->row;
		close_thread(&g->watch);
		g->told = true;
	}
}

void watch_skip(struct tasks *t, bool total)
{
	struct thread_gone *g;

	for (uint32_t i = 0; t->gones.nr && i < t->gones.fresh; i++) {
		g = pool_at(&t->gones, i);
		if (g->used)
			close_thread(&g->watch);
	}
	if (total)
		forget_gones(t, false);
}

void watch_mark_gone(struct tasks *t)
{
	struct thread_gone *g;

	for (uint32_t i = 0; t->gones.nr && i < t->gones.fresh; i++) {
		g = pool_at(&t->gones, i);
		if (g->used)
			g->watch.mark = g->watch.total;
	}
}

/* The list has the youngest behind the leader: written from the end, the oldest comes first. */
void watch_close(struct tasks *t, struct tasks_proc *p, enum window window,
		 const struct tick_rec *tick, bool rows)
{
	struct proc_row *row = t->thread_rows + t->thread_rows_nr;
	uint32_t i = 0, nr = p->threads_nr;
	struct thread_watch *w;

	/* a zombie whose end is shown is among the gone */
	rows = rows && !t->rows[p->row].dead && t->thread_rows_nr + nr <= t->thread_rows_max;
	for (struct tasks_thread *th = p->threads; th; th = th->next, i++) {
		if (rows)
			write_row(t, th, window, tick, &row[i ? nr - i : 0]);
		w = at(t, th);
		if (w)
			close_thread(w);
	}
	t->thread_rows_nr += rows ? nr : 0;
}

void watch_begin(struct tasks *t, enum window window)
{
	t->thread_rows_nr = 0;
	if (window != WINDOW_TOTAL)
		forget_gones(t, true);
	if (t->watch == WATCH_NONE && t->thread_rows_used)
		madvise(t->thread_rows, t->thread_rows_max * sizeof(*t->thread_rows),
			MADV_DONTNEED);
	t->thread_rows_used = t->watch != WATCH_NONE;
}

void watch_publish(struct tasks *t, enum window window, struct snapshot *snap)
{
	static const char no_bpf[] = "needs BPF: without it only whole processes are counted";
	static const char late[] =
		"began before threads were watched: of threads the interval is known";

	write_gones(t, window, &snap->m.tick);
	snap->threads = t->thread_rows;
	snap->threads_nr = (int)t->thread_rows_nr;
	if (!t->bpf)
		snap->threads_status = (struct fig_status){.state = FIG_NA, .reason = no_bpf};
	else if (!is_known(t, window))
		snap->threads_status = (struct fig_status){.state = FIG_NA, .reason = late};
}

void watch_mark(struct tasks *t, const struct tasks_proc *p, bool running)
{
	struct thread_watch *w;

	for (const struct tasks_thread *th = p->threads; t->watches.nr && th; th = th->next) {
		w = at(t, th);
		if (!w)
			continue;
		w->mark = w->total;
		if (!running)
			continue;
		sums_add(&w->mark, &w->now);
		if (th->state != 'Z')
			fold_so_far(&th->time, t->from_ns, t->tick_ns, 1, &w->mark);
	}
}

void watch_restart(struct tasks *t, struct tasks_proc *p)
{
	for (struct tasks_thread *th = p->threads; t->watches.nr && th; th = th->next)
		watch_free(t, th);
}
