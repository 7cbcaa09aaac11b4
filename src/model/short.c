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
	strncpy(x->comm, comm, TASK_COMM_BYTES - 1);
	return x;
}

/* Had any part in the running interval: time may come without a process. */
static bool is_running(const struct short_sum *x)
{
	return x->processes || sums_wall_ns(&x->now);
}

static void fold_into(struct shorts *s, struct short_sum *others, struct short_sum *x)
{
	others->processes_total += x->processes_total;
	sums_add(&others->total, &x->total);
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

static void learn_uid(struct short_sum *x, uint32_t uid)
{
	if (x->ppid != REC_UNKNOWN32)
		x->uid = uid;
}

void shorts_add(struct shorts *s, const char comm[TASK_COMM_BYTES], uint32_t ppid, uint32_t uid,
		uint64_t processes, const struct sums *now)
{
	struct short_sum *x = get(s, comm, ppid);

	if (!x)
		return;
	learn_uid(x, uid);
	x->processes += processes;
	sums_add(&x->now, now);
}

void shorts_add_total(struct shorts *s, const char comm[TASK_COMM_BYTES], uint32_t ppid,
		      uint32_t uid, uint64_t processes, const struct sums *total)
{
	struct short_sum *x = get(s, comm, ppid);

	if (!x)
		return;
	learn_uid(x, uid);
	x->processes_total += processes;
	sums_add(&x->total, total);
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

static int compare(const void *a, const void *b)
{
	const struct short_sum *x = a, *y = b;
	int c = strncmp(x->comm, y->comm, TASK_COMM_BYTES);

	return c ? c : x->ppid < y->ppid ? -1 : x->ppid > y->ppid;
}

int shorts_list(const struct shorts *s, bool total, const struct short_sum **ret, int max)
{
	const struct short_sum *x;
	int nr = 0;

	for (uint32_t i = 0; i < s->pool.fresh && nr < max; i++) {
		x = pool_at(&s->pool, i);
		if (x->used && (total || is_running(x)))
			ret[nr++] = x;
	}
	sort_pointers((const void **)ret, (uint32_t)nr, compare);
	return nr;
}
