/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The task table: what each record changes. */
#include "tasks_table.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define DEFAULT_THREADS 262144
#define DEFAULT_PROCS	65536
#define DEFAULT_USERS	4096
#define WEIGHT_MAX	65536

static int init_rows(struct tasks *t, uint32_t procs)
{
	size_t row_bytes = sizeof(*t->rows) + sizeof(*t->kinds) + 2 * sizeof(struct tasks_proc *);

	t->rows_max = procs + SHORTS_MAX + 1;
	t->map_bytes = t->rows_max * row_bytes;
	t->map = mmap(NULL, t->map_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (t->map == MAP_FAILED) {
		t->map = NULL;
		return -ENOMEM;
	}
	madvise(t->map, t->map_bytes, MADV_NOHUGEPAGE);
	t->rows = t->map;
	t->born = (struct tasks_proc **)(void *)(t->rows + t->rows_max);
	t->ref = t->born + t->rows_max;
	t->kinds = (uint8_t *)(t->ref + t->rows_max);
	return 0;
}

static int init_thread_rows(struct tasks *t, uint32_t threads)
{
	uint32_t rows = threads + GONES_MAX;
	size_t bytes = rows * sizeof(*t->thread_rows);
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		return -ENOMEM;
	madvise(map, bytes, MADV_NOHUGEPAGE);
	t->thread_rows = map;
	t->thread_rows_max = rows;
	return 0;
}

static int init_pools(struct tasks *t, uint32_t threads, uint32_t procs, uint32_t cmds)
{
	const struct {
		struct pool *pool;
		enum pool_kind kind;
		uint32_t capacity;
		size_t size;
	} pools[] = {
		{ &t->threads, POOL_KEYED, threads, sizeof(struct tasks_thread) },
		{ &t->procs, POOL_KEYED, procs, sizeof(struct tasks_proc) },
		{ &t->sums, POOL_PLAIN, 3 * procs, sizeof(struct sums) },
		{ &t->waits, POOL_PLAIN, threads, sizeof(struct waits) },
		{ &t->dead, POOL_PLAIN, procs, sizeof(struct dead_sums) },
		{ &t->hists, POOL_PLAIN, procs, sizeof(struct proc_hists) },
		{ &t->offs, POOL_PLAIN, procs, sizeof(struct proc_hist) },
		{ &t->parts, POOL_PLAIN, 12 * procs, sizeof(struct hist_part) },
		{ &t->names, POOL_PLAIN, threads, sizeof(struct thread_name) },
		{ &t->watches, POOL_PLAIN, threads, sizeof(struct thread_watch) },
		{ &t->gones, POOL_PLAIN, GONES_MAX, sizeof(struct thread_gone) },
		{ &t->asks, POOL_KEYED, ASKS_MAX, sizeof(struct blocked_ask) },
	};
	int ret;

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		ret = pool_init(pools[i].pool, pools[i].kind, pools[i].capacity, pools[i].size);
		if (ret)
			return ret;
	}
	return text_init(&t->texts, cmds);
}

static void start(struct tasks *t)
{
	t->page_bytes = 4096;
	t->self_tgid = REC_UNKNOWN32;
}

int tasks_init(struct tasks *t, const struct world_caps *caps)
{
	uint32_t procs = caps->procs ? caps->procs : DEFAULT_PROCS;
	uint32_t threads = caps->threads ? caps->threads : DEFAULT_THREADS;
	int ret;

	*t = (struct tasks){ 0 };
	start(t);
	ret = init_pools(t, threads, procs, caps->cmds ? caps->cmds : procs);
	if (!ret)
		ret = users_init(&t->users, caps->users ? caps->users : DEFAULT_USERS);
	if (!ret)
		ret = shorts_init(&t->shorts, SHORTS_MAX);
	if (!ret)
		ret = init_thread_rows(t, threads);
	if (!ret)
		ret = cgroups_snap_init(&t->cgroups, procs + SHORTS_MAX + 1);
	return ret ? ret : init_rows(t, procs);
}

static void each_pool(struct tasks *t, void (*fn)(struct pool *p))
{
	struct pool *pools[] = {&t->threads, &t->procs,	  &t->sums,  &t->waits,
				&t->dead,    &t->hists,	  &t->offs,  &t->parts,
				&t->names,   &t->watches, &t->gones, &t->asks};

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		fn(pools[i]);
}

void tasks_fini(struct tasks *t)
{
	each_pool(t, pool_fini);
	text_fini(&t->texts);
	users_fini(&t->users);
	cgroups_snap_fini(&t->cgroups);
	shorts_fini(&t->shorts);
	if (t->map)
		munmap(t->map, t->map_bytes);
	if (t->thread_rows)
		munmap(t->thread_rows, t->thread_rows_max * sizeof(*t->thread_rows));
	*t = (struct tasks){ 0 };
}

void tasks_clear(struct tasks *t)
{
	struct tasks old = *t;

	each_pool(&old, pool_clear);
	text_clear(&old.texts);
	users_clear(&old.users);
	cgroups_snap_clear(&old.cgroups);
	shorts_clear(&old.shorts);
	madvise(old.map, old.map_bytes, MADV_DONTNEED);
	madvise(old.thread_rows, old.thread_rows_max * sizeof(*old.thread_rows), MADV_DONTNEED);
	*t = (struct tasks){
		.threads = old.threads,
		.procs = old.procs,
		.sums = old.sums,
		.waits = old.waits,
		.dead = old.dead,
		.hists = old.hists,
		.offs = old.offs,
		.parts = old.parts,
		.names = old.names,
		.watches = old.watches,
		.gones = old.gones,
		.asks = old.asks,
		.texts = old.texts,
		.users = old.users,
		.shorts = old.shorts,
		.cgroups = old.cgroups,
		.born = old.born,
		.rows = old.rows,
		.ref = old.ref,
		.kinds = old.kinds,
		.rows_max = old.rows_max,
		.map = old.map,
		.map_bytes = old.map_bytes,
		.watch = old.watch,
		.watch_tgid = old.watch_tgid,
		.watch_start_ns = old.watch_start_ns,
		.thread_rows = old.thread_rows,
		.thread_rows_max = old.thread_rows_max,
	};
	start(t);
}

/* Where a start time (CLOCK_BOOTTIME) lies on CLOCK_MONOTONIC. */
static uint64_t start_mono_ns(const struct tasks *t, uint64_t start_ns)
{
	return start_ns > t->boot_offset_ns ? start_ns - t->boot_offset_ns : 0;
}

/* Was there at the last pass, or we do not know better: its past is not ours to tell. */
bool tasks_is_old(const struct tasks *t, uint64_t start_ns)
{
	return t->pass == 0 || start_mono_ns(t, start_ns) < t->seen_from_ns;
}

void tasks_touch(struct tasks *t, struct tasks_proc *p)
{
	if (p->row != NO_ROW && t->kinds[p->row] != ROW_GONE)
		t->kinds[p->row] = ROW_FOLD;
	if (p->flags & PROC_TOUCHED)
		return;
	p->flags |= PROC_TOUCHED;
	p->touched_next = t->touched;
	t->touched = p;
}

uint32_t tasks_weight(const struct tasks *t, const struct tasks_proc *p)
{
	/* without BPF one record stands for all threads of its process */
	if (t->bpf || p->kernel_threads == 0 || p->kernel_threads == REC_UNKNOWN32)
		return 1;
	return p->kernel_threads < WEIGHT_MAX ? p->kernel_threads : WEIGHT_MAX;
}

struct sums *tasks_now(struct tasks *t, struct tasks_proc *p)
{
	if (!p->now)
		p->now = pool_get(&t->sums, 0);
	return p->now;
}

static void untouch(struct tasks *t, const struct tasks_proc *p)
{
	struct tasks_proc **at = &t->touched;

	while (*at != p)
		at = &(*at)->touched_next;
	*at = p->touched_next;
}

static void count_state(struct tasks *t, uint8_t state, uint32_t by)
{
	if (state == 'R')
		t->running += by;
	else if (state == 'D')
		t->blocked += by;
}

void tasks_set_state(struct tasks *t, struct tasks_thread *th, uint8_t state)
{
	count_state(t, th->state, (uint32_t)-1);
	count_state(t, state, 1);
	th->state = state;
}

void tasks_name_thread(struct tasks *t, struct tasks_thread *th, const char *comm)
{
	struct thread_name *name = th->name ? pool_at(&t->names, th->name - 1) : NULL;

	if (!comm) {
		pool_put(&t->names, name);
		th->name = 0;
		return;
	}
	if (!name)
		name = pool_get(&t->names, 0);
	if (!name)
		return;
	th->name = pool_number(&t->names, name) + 1;
	memcpy(name->comm, comm, sizeof(name->comm));
}

void tasks_free_thread(struct tasks *t, struct tasks_thread *th)
{
	struct tasks_proc *p = th->proc;

	tasks_set_state(t, th, 0);
	if (th->prev)
		th->prev->next = th->next;
	else
		p->threads = th->next;
	if (th->next)
		th->next->prev = th->prev;
	p->threads_nr--;
	pool_put(&t->waits, th->time.waits);
	watch_free(t, th);
	tasks_name_thread(t, th, NULL);
	pool_put(&t->threads, th);
}

void tasks_end_thread(struct tasks *t, struct tasks_thread *th, uint64_t end_ns)
{
	struct tasks_proc *p = th->proc;
	struct sums *now = tasks_now(t, p);

	if (now && th->state != 'Z' && watch_has(t, p))
		watch_last(t, th, end_ns, tasks_weight(t, p), now);
	else if (now && th->state != 'Z')
		fold_last(&th->time, t->from_ns, end_ns, tasks_weight(t, p), now);
	dead_add(t, p, th);
	tasks_touch(t, p);
	tasks_free_thread(t, th);
}

static void forget_born(struct tasks *t, const struct tasks_proc *p)
{
	for (uint32_t i = 0; i < t->born_nr; i++)
		if (t->born[i] == p)
			t->born[i] = NULL;
}

void tasks_drop_proc(struct tasks *t, struct tasks_proc *p)
{
	struct short_who who = { p->comm, p->ppid, p->uid, p->cgroup_id };

	while (p->threads)
		tasks_free_thread(t, p->threads);
	if (p->total)
		shorts_add_total(&t->shorts, &who, p->end_ns && p->end_ns <= t->mark_ns, p->total,
				 p->mark);
	if (p->row != NO_ROW) {
		t->kinds[p->row] = ROW_GONE;
		t->rows[p->row].ref = NULL;
		t->ref[p->row] = NULL;
		t->rows_gone++;
	} else if (p->flags & PROC_SEEN) {
		forget_born(t, p);
	}
	if (p->flags & PROC_TOUCHED)
		untouch(t, p);
	wishes_drop(t, p);
	phist_free(t, p);
	text_drop(&t->texts, p->cmd);
	pool_put(&t->sums, p->now);
	pool_put(&t->sums, p->total);
	pool_put(&t->sums, p->mark);
	pool_put(&t->dead, p->dead);
	pool_put(&t->procs, p);
}

/* The longest dead in the table: under --total the dead keep their rows while there is room. */
static struct tasks_proc *longest_dead(const struct tasks *t)
{
	struct tasks_proc *best = NULL, *p;

	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		p = pool_at(&t->procs, i);
		if ((p->flags & PROC_DEAD) && (!best || p->end_ns < best->end_ns))
			best = p;
	}
	return best;
}

struct tasks_proc *tasks_find_proc(const struct tasks *t, uint32_t tgid, uint64_t start_ns)
{
	struct tasks_proc *p = pool_find(&t->procs, tgid);

	while (p && p->start_ns != start_ns)
		p = pool_find_next(&t->procs, p);
	return p;
}

/* A pid that is used anew: its last owner is dead, whether we heard of it or not. */
static void end_namesakes(struct tasks *t, const struct tasks_proc *of)
{
	struct tasks_proc *p = pool_find(&t->procs, of->node.key);

	for (; p; p = pool_find_next(&t->procs, p)) {
		if (p == of || (p->flags & PROC_DEAD))
			continue;
		while (p->threads)
			tasks_end_thread(t, p->threads, t->tick_ns);
		p->flags |= PROC_DEAD;
		tasks_touch(t, p);
	}
}

struct tasks_proc *tasks_make_proc(struct tasks *t, uint32_t tgid, uint64_t start_ns)
{
	struct tasks_proc *p, *victim;

	if (t->procs.nr == t->procs.capacity) {
		t->evicted++;
		victim = longest_dead(t);
		if (!victim)
			return NULL;
		tasks_drop_proc(t, victim);
	}
	p = pool_get(&t->procs, tgid);
	p->start_ns = start_ns;
	p->row = NO_ROW;
	p->total_to_ns = UINT64_MAX;
	p->uid = REC_UNKNOWN32;
	p->base_pass = tasks_is_old(t, start_ns) ? t->pass + 1 : 0;
	end_namesakes(t, p);
	return p;
}

struct tasks_thread *tasks_find_thread(const struct tasks *t, uint32_t pid, uint64_t start_ns)
{
	struct tasks_thread *th = pool_find(&t->threads, pid);

	while (th && th->start_ns != start_ns)
		th = pool_find_next(&t->threads, th);
	return th;
}

static void link_thread(struct tasks_proc *p, struct tasks_thread *th)
{
	struct tasks_thread *first = p->threads;

	th->proc = p;
	p->threads_nr++;
	if (first && th->node.key != p->node.key) { /* behind the leader */
		th->prev = first;
		th->next = first->next;
		first->next = th;
	} else {
		th->next = first;
		p->threads = th;
	}
	if (th->next)
		th->next->prev = th;
}

struct tasks_thread *tasks_make_thread(struct tasks *t, struct tasks_proc *p, uint32_t pid,
				       uint64_t start_ns, bool old)
{
	struct tasks_thread *th = pool_get(&t->threads, pid);

	if (!th)
		return NULL;
	th->start_ns = start_ns;
	th->base_pass = old ? t->pass + 1 : 0;
	th->time.born_ns = old ? 0 : start_mono_ns(t, start_ns);
	th->time.at_since_ns = REC_UNKNOWN;
	link_thread(p, th);
	return th;
}

uint64_t tasks_evicted(const struct tasks *t)
{
	return t->evicted + t->shorts.folded + t->gones.refused + t->cgroups.cgroups.table.evicted;
}
