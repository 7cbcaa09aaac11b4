/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of what processes did with files: its entries, counts, and windows. */
#include "file_table.h"

#include <string.h>

#include "file_table_priv.h"

#define HISTS_PER_ENTRY 2
#define RESERVE		1024 /* entries for the rest of processes whose own find no room */

int file_table_init(struct file_table *t, uint32_t entries, uint32_t n_nr)
{
	size_t counts_bytes = sizeof(struct file_counts) + n_nr * sizeof(uint64_t);
	int ret = pool_init(&t->procs, POOL_KEYED, FILE_TABLE_PROCS, sizeof(struct file_proc));

	t->n_nr = n_nr;
	if (!ret)
		ret = pool_init(&t->entries, POOL_KEYED, entries, sizeof(struct file_entry));
	if (!ret)
		ret = pool_init(&t->counts, POOL_PLAIN, entries * SINCE_NR, counts_bytes);
	return ret ? ret : pool_init(&t->hists, POOL_PLAIN, entries * HISTS_PER_ENTRY * SINCE_NR,
				     sizeof(struct file_hist));
}

void file_table_fini(struct file_table *t)
{
	pool_fini(&t->procs);
	pool_fini(&t->entries);
	pool_fini(&t->counts);
	pool_fini(&t->hists);
}

void file_table_clear(struct file_table *t)
{
	pool_clear(&t->procs);
	pool_clear(&t->entries);
	pool_clear(&t->counts);
	pool_clear(&t->hists);
	t->sums_nr = 0;
	t->begun = t->marked = false;
	t->tick_boot_ns = t->shown_boot_ns = t->refused = t->refused_shown = 0;
}

/* ---- processes ---- */

/* Those without room are one, whatever a damaged record says. */
static uint64_t start_of(const struct fs_delta *d)
{
	return d->tgid ? d->start_ns : 0;
}

static void take_names(struct file_proc *p, const struct fs_delta *d)
{
	if (d->tgid && *d->comm)
		memcpy(p->who.comm, d->comm, TASK_COMM_BYTES);
	if (d->uid != REC_UNKNOWN32)
		p->who.uid = d->uid;
	p->who.kthread = d->flags & FS_F_KTHREAD;
	p->idle = 0;
}

/* ---- entries ---- */

static uint32_t entry_hash(const struct file_table *t, const struct file_proc *p, const struct file_entry_key *key)
{
	uint64_t h = key->ino * 0x9e3779b97f4a7c15ULL + ((uint64_t)pool_number(&t->procs, p) << 32 | key->dev);

	h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9ULL + key->type;
	return (uint32_t)(h ^ h >> 32);
}

static bool is_key(const struct file_entry_key *a, const struct file_entry_key *b)
{
	return a->ino == b->ino && a->dev == b->dev && a->type == b->type;
}

static struct file_entry *find_entry(const struct file_table *t, const struct file_proc *p, const struct file_entry_key *key,
				   uint32_t hash)
{
	struct file_entry *e;

	for (e = pool_find(&t->entries, hash); e; e = pool_find_next(&t->entries, e))
		if (e->proc == p && is_key(&e->key, key))
			return e;
	return NULL;
}

struct file_entry *file_table_get_entry(struct file_table *t, struct file_proc *p, const struct file_entry_key *key)
{
	uint32_t hash = entry_hash(t, p, key);
	struct file_entry *e = find_entry(t, p, key, hash);

	if (e)
		return e;
	if (key->dev && t->entries.nr + RESERVE >= t->entries.capacity)
		return NULL;
	e = pool_get(&t->entries, hash);
	if (!e)
		return NULL;
	e->used = true;
	e->proc = p;
	e->key = *key;
	e->next = p->entries;
	if (e->next)
		e->next->prev = e;
	p->entries = e;
	return e;
}

static void put_counts(struct file_table *t, struct file_entry *e, enum since since)
{
	struct file_counts *c = e->counts[since];

	if (!c)
		return;
	for (int i = 0; i < FILE_TABLE_HISTS; i++)
		pool_put(&t->hists, c->hist[i]);
	pool_put(&t->counts, c);
	e->counts[since] = NULL;
}

void file_table_put_entry(struct file_table *t, struct file_entry *e)
{
	for (int i = 0; i < SINCE_NR; i++)
		put_counts(t, e, (enum since)i);
	if (e->next)
		e->next->prev = e->prev;
	if (e->prev)
		e->prev->next = e->next;
	else
		e->proc->entries = e->next;
	pool_put(&t->entries, e);
}

static struct file_entry *entry_or_rest(struct file_table *t, struct file_proc *p, const struct file_entry_key *key)
{
	const struct file_entry_key rest = {.type = key->type};
	struct file_entry *e = file_table_get_entry(t, p, key);

	if (!e)
		e = file_table_get_entry(t, p, &rest);
	t->refused += !e;
	return e;
}

struct file_entry *file_table_entry(struct file_table *t, const struct fs_delta *d, const struct file_entry_key *key)
{
	struct file_proc *p = proc_who_get(&t->procs, d->tgid, start_of(d));
	struct file_entry *e = p ? entry_or_rest(t, p, key) : NULL;

	if (p)
		take_names(p, d);
	if (!e)
		return NULL;
	if (is_key(&e->key, key) && *d->fstype)
		memcpy(e->fstype, d->fstype, sizeof(e->fstype));
	e->gone = false;
	e->idle = 0;
	return e;
}

static struct file_entry *known_entry(const struct file_table *t, const struct fs_delta *d,
				      const struct file_entry_key *key)
{
	struct file_proc *p = proc_who_find(&t->procs, d->tgid, start_of(d));

	return p ? find_entry(t, p, key, entry_hash(t, p, key)) : NULL;
}

void file_table_late_max(struct file_table *t, const struct fs_delta *d, const struct file_entry_key *key, int hist)
{
	struct file_entry *e = known_entry(t, d, key);

	for (int i = 0; e && i < SINCE_NR; i++) {
		struct file_counts *c = e->counts[i];

		if (c && c->hist[hist] && d->max_ns > c->max_ns[hist])
			c->max_ns[hist] = d->max_ns;
	}
}

void file_table_gone(struct file_table *t, const struct fs_delta *d, const struct file_entry_key *key)
{
	struct file_entry *e = known_entry(t, d, key);

	if (e)
		e->gone = true;
}

/* ---- counts ---- */

enum since file_table_since(const struct file_table *t, enum window window)
{
	enum since since = since_of(window);

	return since == SINCE_MARK && !t->marked ? SINCE_FIRST : since;
}

struct file_counts *file_table_counts(struct file_table *t, struct file_entry *e, enum since since)
{
	if (since == SINCE_MARK && !t->marked)
		return NULL;
	if (!e->counts[since])
		e->counts[since] = pool_get(&t->counts, 0);
	return e->counts[since];
}

static void add_slots(struct file_table *t, struct file_hist **to, const uint32_t slots[HIST_SLOTS])
{
	if (!*to)
		*to = pool_get(&t->hists, 0);
	for (int i = 0; *to && i < HIST_SLOTS; i++)
		(*to)->slots[i] += slots[i];
}

void file_table_add_hist(struct file_table *t, struct file_counts *c, int hist, const uint32_t slots[HIST_SLOTS],
		       uint64_t max_ns)
{
	add_slots(t, &c->hist[hist], slots);
	if (max_ns > c->max_ns[hist])
		c->max_ns[hist] = max_ns;
}

static void add_counts(struct file_table *t, struct file_counts *to, const struct file_counts *from)
{
	for (uint32_t i = 0; i < t->n_nr; i++)
		to->n[i] += from->n[i];
	for (int i = 0; i < FILE_TABLE_HISTS; i++)
		if (from->hist[i])
			file_table_add_hist(t, to, i, from->hist[i]->slots, from->max_ns[i]);
}

/* Where the other has none yet, the counts change hands. */
void file_table_move(struct file_table *t, struct file_entry *e, struct file_proc *to, const struct file_entry_key *key)
{
	struct file_entry *sum = entry_or_rest(t, to, key);

	for (int i = 0; i < SINCE_NR && sum; i++) {
		if (!e->counts[i])
			continue;
		if (sum->counts[i]) {
			add_counts(t, sum->counts[i], e->counts[i]);
			continue;
		}
		sum->counts[i] = e->counts[i];
		e->counts[i] = NULL;
	}
	if (sum && !*sum->fstype && sum->key.dev == e->key.dev)
		memcpy(sum->fstype, e->fstype, sizeof(sum->fstype));
	file_table_put_entry(t, e);
}

/* ---- windows ---- */

void file_table_rebase(struct file_table *t, enum since since)
{
	for (uint32_t i = 0; i < t->entries.fresh; i++) {
		struct file_entry *e = pool_at(&t->entries, i);

		if (e->used)
			put_counts(t, e, since);
	}
	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct file_proc *p = pool_at(&t->procs, i);

		p->told &= (uint8_t)~(1 << since);
		p->processes[since] = 0;
	}
}

void file_table_mark(struct file_table *t)
{
	file_table_rebase(t, SINCE_MARK);
	t->marked = true;
}

/* What is known from before the first tick, or from a key frame, may have been idle for long. */
static void let_idle(struct file_table *t)
{
	for (uint32_t i = 0; i < t->entries.fresh; i++) {
		struct file_entry *e = pool_at(&t->entries, i);

		if (e->used)
			e->idle = FILE_TABLE_STAY;
	}
}

static void age(struct file_table *t)
{
	for (uint32_t i = 0; i < t->entries.fresh; i++) {
		struct file_entry *e = pool_at(&t->entries, i);

		e->idle += e->used && e->idle < UINT16_MAX;
	}
	for (uint32_t i = 0; i < t->procs.fresh; i++) {
		struct file_proc *p = pool_at(&t->procs, i);

		p->idle += p->who.used && p->idle < UINT16_MAX;
	}
}

/* Its clocks were read before the pass. */
void file_table_tick(struct file_table *t, const struct tick_rec *tick)
{
	t->tick_boot_ns = tick->boot_ns;
	if (!t->begun || (tick->flags & TICK_F_FIRST)) {
		for (int i = 0; i < SINCE_NR; i++)
			file_table_rebase(t, (enum since)i);
		let_idle(t);
		t->marked = false;
		t->shown_boot_ns = tick->boot_ns;
	} else if (tick->flags & TICK_F_GAP) {
		file_table_rebase(t, SINCE_PUBLISH);
	}
	t->begun = true;
	age(t);
	file_table_make_room(t);
}

bool file_table_refused(struct file_table *t)
{
	uint64_t refused = t->refused + t->procs.refused + t->counts.refused + t->hists.refused;
	bool more = refused > t->refused_shown;

	t->refused_shown = refused;
	return more;
}
