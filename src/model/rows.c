/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the rows: in order of (tgid, start), each brought up to date with as little as what
 * happened asks for. A steady row (no thread of it did anything in a whole interval) holds whole
 * multiples of the interval, so the next interval only scales it.
 */
#include "row.h"

#include <string.h>

#include "sort.h"

static struct sums *get_total(struct tasks *t, struct tasks_proc *p)
{
	if (!p->total)
		p->total = pool_get(&t->sums, 0);
	return p->total;
}

/* Tells the totals what a steady row left out: the same classes since `total_to_ns`. */
static void settle(struct tasks *t, struct tasks_proc *p)
{
	const struct proc_row *row;
	struct sums *total;
	uint64_t ns;

	if (p->row == NO_ROW || p->total_to_ns >= t->from_ns || t->rows_wall_ns == 0)
		return;
	row = &t->rows[p->row];
	ns = t->from_ns - p->total_to_ns;
	total = get_total(t, p);
	if (!total)
		return;
	total->idle_only_ns += (uint64_t)row->idle_ns / t->rows_wall_ns * ns;
	for (int i = WAIT_FIRST_SLEEP; i < WAIT_NR; i++)
		total->cls[i] += (uint64_t)row->class_ns[i] / t->rows_wall_ns * ns;
	p->total_to_ns = t->from_ns;
}

static void add_total(struct tasks *t, struct tasks_proc *p, const struct sums *s, uint64_t to_ns)
{
	struct sums *total = NULL;

	settle(t, p);
	if (!sums_none(s))
		total = get_total(t, p);
	if (total)
		sums_add(total, s);
	p->total_to_ns = to_ns;
}

static void take_now(struct tasks *t, struct tasks_proc *p, struct sums *s)
{
	if (p->now)
		*s = *p->now;
	pool_put(&t->sums, p->now);
	p->now = NULL;
}

/*
 * Folds the process up to the last tick into `s`. Returns whether nothing happened: each
 * thread slept in one class from end to end.
 */
static bool fold_proc(struct tasks *t, struct tasks_proc *p, struct sums *s, struct row_who *who)
{
	bool quiet = !p->now && t->tick_ns > t->from_ns && p->threads;
	bool watched = watch_has(t, p), active;
	uint32_t weight = tasks_weight(t, p);

	take_now(t, p, s);
	for (struct tasks_thread *th = p->threads; th; th = th->next) {
		row_consider(who, th);
		if (th->state == 'Z') {
			quiet = false;
			continue;
		}
		quiet = quiet && fold_steady(&th->time, t->from_ns);
		if (watched)
			active = watch_fold(t, th, weight, s);
		else
			active = fold_window(&th->time, t->from_ns, t->tick_ns, weight, s);
		who->active += active ? weight : 0;
	}
	who->threads = p->threads_nr * weight;
	return quiet;
}

/* What the kernel summed since the start; the last sum stays with a process that has ended. */
static int64_t cpu_time_ns(const struct tasks_proc *p, const struct proc_row *row)
{
	uint64_t sum_ns = 0;

	if (p->unknown & UNKNOWN_ONCPU)
		return FIG_UNKNOWN;
	if (!p->threads)
		return row->cpu_time_ns ? row->cpu_time_ns : FIG_UNKNOWN;
	if (p->dead)
		sum_ns = p->dead->kernel[DEAD_ONCPU] > p->dead->told[DEAD_ONCPU]
				 ? p->dead->kernel[DEAD_ONCPU]
				 : p->dead->told[DEAD_ONCPU];
	for (const struct tasks_thread *th = p->threads; th; th = th->next)
		sum_ns += th->time.done_oncpu_ns;
	return (int64_t)sum_ns;
}

static bool is_steady(uint8_t kind)
{
	return kind == ROW_IDLE || kind == ROW_BLOCKED;
}

/* What the row shows: the interval, or all until now without what was before the mark. */
static void write_times(const struct tasks_proc *p, const struct sums *interval, enum window window,
			struct proc_row *row)
{
	struct sums s;

	if (window == WINDOW_INTERVAL || !p->total) {
		row_times(p->unknown, interval, row);
		return;
	}
	s = *p->total;
	if (window == WINDOW_MARK && p->mark)
		sums_sub(&s, p->mark);
	row_times(p->unknown, &s, row);
}

/* Brings one row up to date, thread by thread. */
static void refold(struct tasks *t, uint32_t i, const struct tick_rec *tick, enum window window)
{
	bool total = window != WINDOW_INTERVAL;
	struct proc_row *row = &t->rows[i];
	struct tasks_proc *p = t->ref[i];
	struct row_who who = { 0 };
	struct sums s = { 0 };
	bool quiet = fold_proc(t, p, &s, &who), busy;

	/* a figure that is not known cannot be scaled */
	quiet = quiet && !(p->unknown & (UNKNOWN_CLASS | UNKNOWN_ONCPU));
	if (total || !quiet)
		add_total(t, p, &s, t->tick_ns);
	busy = phist_publish(t, p);
	row_names(t, p, row);
	write_times(p, &s, window, row);
	row_state(t, p, &who, row);
	if (row->dead)
		p->flags |= PROC_SHOWN_DEAD;
	row_hists(t, p, window, row);
	row->age_ns = row_age_ns(row, p, tick);
	row->cpu_time_ns = cpu_time_ns(p, row);
	if (watch_has(t, p))
		watch_close(t, p, window, tick, true);
	t->kinds[i] = total || !quiet || busy ? ROW_FOLD
		      : row->active_wall_ns   ? ROW_BLOCKED
					      : ROW_IDLE;
}

static void scale(int64_t *figure, uint64_t old_ns, uint64_t new_ns)
{
	*figure = (int64_t)((uint64_t)*figure / old_ns * new_ns);
}

/* Whole multiples of the last interval become the same multiples of this one. */
static void rescale(const struct tasks *t, struct proc_row *row, uint8_t kind, uint64_t new_ns)
{
	uint64_t old_ns = t->rows_wall_ns;

	if (old_ns == new_ns)
		return;
	scale(&row->idle_ns, old_ns, new_ns);
	scale(&row->offcpu_ns, old_ns, new_ns);
	if (kind == ROW_IDLE)
		return;
	scale(&row->blocked_ns, old_ns, new_ns);
	scale(&row->active_wall_ns, old_ns, new_ns);
	for (int c = WAIT_FIRST_SLEEP; c < WAIT_NR; c++)
		scale(&row->class_ns[c], old_ns, new_ns);
}

static void touch_up(struct tasks *t, uint32_t i, const struct tick_rec *tick, uint64_t wall_ns)
{
	struct proc_row *row = &t->rows[i];

	rescale(t, row, t->kinds[i], wall_ns);
	row->age_ns = (int64_t)(tick->boot_ns - row->start_ns);
	if (row->blocked_since_ns != FIG_UNKNOWN)
		row->blocked_since_ns = (int64_t)t->tick_ns - row->since_ns;
}

static void move_row(struct tasks *t, uint32_t to, uint32_t from)
{
	t->rows[to] = t->rows[from];
	t->kinds[to] = t->kinds[from];
	t->ref[to] = t->ref[from];
	if (t->ref[to])
		t->ref[to]->row = to;
}

/* A row that has shown its process dead goes, but for a zombie. */
static void drop_dead(struct tasks *t)
{
	struct tasks_proc *p;

	for (uint32_t i = 0; t->rows_dead && i < t->rows_nr; i++) {
		p = t->ref[i];
		if (p && t->rows[i].dead && !(p->flags & PROC_ZOMBIE && p->threads_nr))
			tasks_drop_proc(t, p);
	}
	t->rows_dead = 0;
}

static void close_gaps(struct tasks *t)
{
	uint32_t to = 0;

	if (!t->rows_gone)
		return;
	for (uint32_t i = 0; i < t->rows_nr; i++) {
		if (t->kinds[i] == ROW_GONE)
			continue;
		if (to != i)
			move_row(t, to, i);
		to++;
	}
	t->rows_nr = to;
	t->rows_gone = 0;
}

static int compare_procs(const void *a, const void *b)
{
	const struct tasks_proc *x = a, *y = b;

	if (x->node.key != y->node.key)
		return x->node.key < y->node.key ? -1 : 1;
	return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

static uint32_t born_in_order(struct tasks *t)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < t->born_nr; i++)
		if (t->born[i])
			t->born[nr++] = t->born[i];
	sort_pointers((const void **)(void *)t->born, nr, compare_procs);
	t->born_nr = 0;
	return nr;
}

/* Merges the new ones in, from the end, so that nothing is moved twice. */
static void merge_born(struct tasks *t)
{
	uint32_t born = born_in_order(t), old = t->rows_nr, to = old + born;

	t->rows_nr = to;
	while (born) {
		to--;
		if (old && compare_procs(t->ref[old - 1], t->born[born - 1]) > 0) {
			move_row(t, to, --old);
			continue;
		}
		t->ref[to] = t->born[--born];
		t->ref[to]->row = to;
		t->kinds[to] = ROW_FOLD;
		t->rows[to] = (struct proc_row){.ref = t->ref[to]};
	}
}

static void count_row(struct tasks *t, const struct proc_row *row, uint8_t kind, struct machine *m)
{
	m->tasks += row->threads;
	m->procs += !row->dead;
	t->rows_dead += row->dead;
	if (kind == ROW_IDLE)
		return;
	for (int c = 0; c < WAIT_NR; c++)
		m->class_ns[c] += row->class_ns[c];
	if (row->state == 'D' && row->blocked_since_ns > m->oldest_block_ns)
		m->oldest_block_ns = row->blocked_since_ns;
}

/* A watched process is folded thread by thread also when it is steady. */
static const struct tasks_proc *watched_one(const struct tasks *t)
{
	const struct tasks_proc *p = NULL;

	if (t->watch == WATCH_ONE)
		for (p = pool_find(&t->procs, t->watch_tgid); p && !watch_has(t, p);)
			p = pool_find_next(&t->procs, p);
	return p;
}

static void publish_procs(struct tasks *t, const struct tick_rec *tick, enum window window,
			  struct machine *m)
{
	const struct tasks_proc *watched = watched_one(t);
	uint64_t wall_ns = t->tick_ns - t->from_ns;
	bool total = window != WINDOW_INTERVAL, users = t->users.changed;
	bool all = total || t->rows_total || wall_ns == 0 || t->rows_wall_ns == 0 ||
		   t->watch == WATCH_ALL;

	for (uint32_t i = 0; i < t->rows_nr; i++) {
		if (all || !is_steady(t->kinds[i]) || t->ref[i] == watched)
			refold(t, i, tick, window);
		else
			touch_up(t, i, tick, wall_ns);
		if (users)
			t->rows[i].user = users_name(&t->users, t->ref[i]->uid);
		count_row(t, &t->rows[i], t->kinds[i], m);
	}
	t->users.changed = false;
	t->rows_wall_ns = wall_ns;
	t->rows_total = total;
}

static int publish_shorts(struct tasks *t, enum window window, struct machine *m)
{
	const struct short_sum **list = (const struct short_sum **)(void *)t->born;
	int nr = shorts_list(&t->shorts, window, list, SHORTS_MAX + 1), rows = 0;
	/* of a long time the parents are gone, too: one row for each command */
	bool merge = window == WINDOW_START || window == WINDOW_MARK;
	struct short_sum sum;
	struct proc_row *row;

	for (int i = 0; i < nr;) {
		sum = *list[i++];
		while (merge && i < nr && !strncmp(sum.comm, list[i]->comm, TASK_COMM_BYTES))
			shorts_merge(&sum, list[i++]);
		row = &t->rows[t->rows_nr + (uint32_t)rows++];
		row_short(t, &sum, window, row);
		for (int c = 0; c < WAIT_NR; c++)
			m->class_ns[c] += row->class_ns[c];
	}
	shorts_close(&t->shorts);
	return rows;
}

void tasks_publish(struct tasks *t, const struct tick_rec *tick, enum window window,
		   struct snapshot *snap)
{
	struct machine *m = &snap->m;

	text_settle(&t->texts);
	watch_begin(t, window);
	if (window != WINDOW_TOTAL)
		drop_dead(t);
	t->rows_dead = 0;
	close_gaps(t);
	merge_born(t);
	m->tasks = m->procs = m->oldest_block_ns = 0;
	memset(m->class_ns, 0, sizeof(m->class_ns));
	publish_procs(t, tick, window, m);
	snap->procs = t->rows;
	snap->procs_nr = (int)t->rows_nr + publish_shorts(t, window, m);
	watch_publish(t, window, snap);
	cgroups_snap_publish(&t->cgroups, t->bpf, t->tick_ns > t->from_ns, snap);
	m->running = t->running;
	m->blocked = t->blocked;
	t->from_ns = t->tick_ns;
}

/* At a baseline the time before it is forgotten; at a gap it is told to the totals only. */
static void skip_proc(struct tasks *t, struct tasks_proc *p, bool total)
{
	struct row_who who = { 0 };
	struct sums s = { 0 };

	if (!total && p->row != NO_ROW && is_steady(t->kinds[p->row]) && !watch_has(t, p))
		return;
	phist_skip(t, p, total);
	if (!total) {
		fold_proc(t, p, &s, &who);
		add_total(t, p, &s, t->tick_ns);
		if (watch_has(t, p))
			watch_close(t, p, WINDOW_INTERVAL, NULL, false);
		return;
	}
	watch_restart(t, p);
	take_now(t, p, &s);
	for (struct tasks_thread *th = p->threads; th; th = th->next) {
		fold_rebase(&th->time, t->tick_ns);
		if (th->base_pass)
			th->time.born_ns = t->tick_ns;
	}
	pool_put(&t->sums, p->total);
	pool_put(&t->sums, p->mark);
	p->total = p->mark = NULL;
	p->total_to_ns = t->tick_ns;
	if (p->row != NO_ROW && t->kinds[p->row] != ROW_GONE)
		t->kinds[p->row] = ROW_FOLD;
}

void tasks_skip(struct tasks *t, bool total)
{
	struct tasks_proc *p;

	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		p = pool_at(&t->procs, i);
		if (p->total_to_ns) /* in use */
			skip_proc(t, p, total);
	}
	watch_skip(t, total);
	cgroups_skip(&t->cgroups.cgroups, t->tick_ns, total);
	if (total) {
		shorts_clear(&t->shorts);
		t->first_ns = t->watch_from_ns = t->tick_ns;
		t->mark_ns = 0;
	} else {
		shorts_close(&t->shorts);
	}
	t->from_ns = t->tick_ns;
}

/*
 * `running`: ticks have passed since the last publish, so that the mark lies inside the interval.
 * A thread that ended since the last tick then counts as before the mark.
 */
static void mark_proc(struct tasks *t, struct tasks_proc *p, bool running)
{
	uint32_t weight = tasks_weight(t, p);
	struct sums s = { 0 };

	pool_put(&t->sums, p->mark);
	p->mark = NULL;
	settle(t, p);
	if (p->total)
		s = *p->total;
	for (const struct tasks_thread *th = p->threads; running && th; th = th->next)
		if (th->state != 'Z')
			fold_so_far(&th->time, t->from_ns, t->tick_ns, weight, &s);
	if (running && p->now)
		sums_add(&s, p->now);
	if (!sums_none(&s))
		p->mark = pool_get(&t->sums, 0);
	if (p->mark)
		*p->mark = s;
	phist_mark(t, p, running);
	watch_mark(t, p, running);
}

void tasks_mark(struct tasks *t)
{
	bool running = t->tick_ns > t->from_ns;
	struct tasks_proc *p;

	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		p = pool_at(&t->procs, i);
		if (p->total_to_ns) /* in use */
			mark_proc(t, p, running);
	}
	shorts_mark(&t->shorts, running);
	watch_mark_gone(t);
	cgroups_mark(&t->cgroups.cgroups, t->tick_ns);
	t->mark_ns = t->tick_ns;
}
