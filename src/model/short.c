/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sums of processes without a row of their own. */
#include "short.h"

#include <stdbool.h>
#include <string.h>

#include "sort.h"

static const char others_comm[TASK_COMM_BYTES] = "[others]";

int shorts_init(struct shorts *s, uint32_t capacity)
{
	s->folded = 0;
	/* one more, so that there is always room for the sum of all others */
	return pool_init(&s->pool, POOL_KEYED, capacity + 1, sizeof(struct short_sum));
}

void shorts_fini(struct shorts *s)
{
	pool_fini(&s->pool);
}

void shorts_clear(struct shorts *s)
{
	pool_clear(&s->pool);
	s->folded = 0;
}

static uint32_t hash(const char *comm, uint32_t ppid)
{
	uint32_t h = ppid * 0x9e3779b1U;

	for (int i = 0; i < TASK_COMM_BYTES && comm[i]; i++)
		h = (h ^ (unsigned char)comm[i]) * 0x01000193U;
	return h ^ h >> 15;
}

static bool is_of(const struct short_sum *x, const char *comm, uint32_t ppid)
{
	return x->ppid == ppid && !strncmp(x->comm, comm, TASK_COMM_BYTES);
}

static struct short_sum *find(const struct shorts *s, const char *comm, uint32_t ppid)
{
	struct short_sum *x = pool_find(&s->pool, hash(comm, ppid));

	while (x && !is_of(x, comm, ppid))
		x = pool_find_next(&s->pool, x);
	return x;
}

static struct short_sum *make(struct shorts *s, const char *comm, uint32_t ppid)
{
	struct short_sum *x = pool_get(&s->pool, hash(comm, ppid));

	if (!x)
		return NULL;
	x->used = true;
	x->ppid = ppid;
	x->uid = REC_UNKNOWN32;
	x->cgroup_id = REC_UNKNOWN;
	strncpy(x->comm, comm, TASK_COMM_BYTES - 1);
	return x;
}

/* Had any part in the running interval: time may come without a process. */
static bool is_running(const struct short_sum *x)
{
	return x->processes || sums_wall_ns(&x->now);
}

void shorts_merge(struct short_sum *to, const struct short_sum *x)
{
	to->processes += x->processes;
	to->processes_total += x->processes_total;
	to->processes_mark += x->processes_mark;
	sums_add(&to->now, &x->now);
	sums_add(&to->total, &x->total);
	sums_add(&to->mark, &x->mark);
	if (to->ppid != x->ppid)
		to->ppid = REC_UNKNOWN32;
	if (to->uid != x->uid)
		to->uid = REC_UNKNOWN32;
	if (to->cgroup_id != x->cgroup_id)
		to->cgroup_id = REC_UNKNOWN;
}

static void fold_into(struct shorts *s, struct short_sum *others, struct short_sum *x)
{
	shorts_merge(others, x);
	pool_put(&s->pool, x);
	s->folded++;
}

/* Makes room: what has no part in the running interval goes to the sum of all others. */
static struct short_sum *make_room(struct shorts *s)
{
	struct short_sum *others = find(s, others_comm, REC_UNKNOWN32), *x;

	if (!others)
		others = make(s, others_comm, REC_UNKNOWN32);
	for (uint32_t i = 0; others && i < s->pool.fresh; i++) {
		x = pool_at(&s->pool, i);
		if (x != others && x->used && !is_running(x))
			fold_into(s, others, x);
	}
	return others;
}

static struct short_sum *get(struct shorts *s, const char *comm, uint32_t ppid)
{
	struct short_sum *x = find(s, comm, ppid), *others;

	if (x)
		return x;
	if (s->pool.nr + 1 < s->pool.capacity)
		return make(s, comm, ppid);
	others = make_room(s);
	if (s->pool.nr + 1 < s->pool.capacity)
		return make(s, comm, ppid);
	s->folded++;
	return others;
}

static void learn(struct short_sum *x, const struct short_who *who)
{
	if (x->ppid == REC_UNKNOWN32)
		return;
	x->uid = who->uid;
	x->cgroup_id = who->cgroup_id;
}

void shorts_add(struct shorts *s, const struct short_who *who, uint64_t processes,
		const struct sums *now)
{
	struct short_sum *x = get(s, who->comm, who->ppid);

	if (!x)
		return;
	learn(x, who);
	x->processes += processes;
	sums_add(&x->now, now);
}

void shorts_add_total(struct shorts *s, const struct short_who *who, bool before_mark,
		      const struct sums *total, const struct sums *mark)
{
	struct short_sum *x = get(s, who->comm, who->ppid);

	if (!x)
		return;
	learn(x, who);
	x->processes_total++;
	x->processes_mark += before_mark;
	sums_add(&x->total, total);
	if (mark)
		sums_add(&x->mark, mark);
}

void shorts_close(struct shorts *s)
{
	struct short_sum *x;

	for (uint32_t i = 0; i < s->pool.fresh; i++) {
		x = pool_at(&s->pool, i);
		if (!x->used || !is_running(x))
			continue;
		x->processes_total += x->processes;
		sums_add(&x->total, &x->now);
		x->processes = 0;
		x->now = (struct sums){ 0 };
	}
}

void shorts_mark(struct shorts *s, bool running)
{
	struct short_sum *x;

	for (uint32_t i = 0; i < s->pool.fresh; i++) {
		x = pool_at(&s->pool, i);
		if (!x->used)
			continue;
		x->processes_mark = x->processes_total + (running ? x->processes : 0);
		x->mark = x->total;
		if (running)
			sums_add(&x->mark, &x->now);
	}
}

void shorts_unmark(struct shorts *s)
{
	struct short_sum *x;

	for (uint32_t i = 0; i < s->pool.fresh; i++) {
		x = pool_at(&s->pool, i);
		if (!x->used)
			continue;
		x->processes_mark = 0;
		x->mark = (struct sums){ 0 };
	}
}

uint64_t shorts_window(const struct short_sum *x, enum window window, struct sums *ret_sums)
{
	uint64_t processes = x->processes;

	*ret_sums = x->now;
	if (window == WINDOW_INTERVAL)
		return processes;
	processes += x->processes_total;
	sums_add(ret_sums, &x->total);
	if (window != WINDOW_MARK)
		return processes;
	sums_sub(ret_sums, &x->mark);
	return processes - x->processes_mark;
}

static bool is_of_window(const struct short_sum *x, enum window window)
{
	struct sums sums;

	if (window == WINDOW_INTERVAL)
		return is_running(x);
	return shorts_window(x, window, &sums) || sums_wall_ns(&sums);
}

static int compare(const void *a, const void *b)
{
	const struct short_sum *x = a, *y = b;
	int c = strncmp(x->comm, y->comm, TASK_COMM_BYTES);

	return c ? c : x->ppid < y->ppid ? -1 : x->ppid > y->ppid;
}

int shorts_list(const struct shorts *s, enum window window, const struct short_sum **ret, int max)
{
	const struct short_sum *x;
	int nr = 0;

	for (uint32_t i = 0; i < s->pool.fresh && nr < max; i++) {
		x = pool_at(&s->pool, i);
		if (x->used && is_of_window(x, window))
			ret[nr++] = x;
	}
	sort_pointers((const void **)ret, (uint32_t)nr, compare);
	return nr;
}
