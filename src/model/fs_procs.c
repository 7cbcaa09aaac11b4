/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations on files by process: what of the growth counts, and the rows of a snapshot. */
#include "fs_procs_made.h"
#include "snap_fs_caches.h"
#include "snap_fs_ops.h"
#include "sort.h"

/* Counters of an entry: first those of enum fs_op. */
enum {
	N_READ_BYTES = FS_OP_NR, N_WRITE_BYTES,
	N_ERRORS, N_ENOENT, N_NS,
	N_OTHER_READS, N_OTHER_WRITES, N_OTHER_READ_BYTES, N_OTHER_WRITE_BYTES,
	N_NR,
};

struct fs_procs {
	struct file_table table;
	struct fs_procs_made made;
	struct fs_procs_snap snap;
};

/* ---- the sums ---- */

static int made_init(struct fs_procs_made *m)
{
	const struct {
		struct pool *pool;
		uint32_t nr;
		size_t size;
	} pools[] = {
		{&m->order, FILE_TABLE_PROCS, sizeof(struct pool_node)},
		{&m->rows, FILE_TABLE_PROCS, sizeof(struct fs_proc_row)},
		{&m->parts, FS_PROC_ENTRIES, sizeof(struct fs_proc_part)},
		{&m->slots, FS_PROC_ENTRIES * FS_PROC_HIST_NR, sizeof(struct file_hist)},
		{&m->of_dev, FILE_TABLE_PROCS, sizeof(struct fs_proc_row)},
		{&m->groups.members, FILE_TABLE_PROCS, sizeof(struct group_entry)},
		{&m->groups.order, FILE_TABLE_PROCS, sizeof(struct pool_node)},
		{&m->groups.rows, FILE_TABLE_PROCS, sizeof(struct fs_group_row)},
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]) && !ret; i++)
		ret = pool_init(pools[i].pool, POOL_PLAIN, pools[i].nr, pools[i].size);
	return ret;
}

static void each_pool(struct fs_procs_made *m, void (*fn)(struct pool *p))
{
	struct pool *pools[] = {&m->order, &m->rows, &m->parts, &m->slots, &m->of_dev,
				&m->groups.members, &m->groups.order, &m->groups.rows};

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		fn(pools[i]);
}

/* Rows are written in place, not handed out: a pool has to be told that they were. */
static void clear_pool(struct pool *p)
{
	p->fresh = 1;
	pool_clear(p);
}

static int procs_init(void *state)
{
	struct fs_procs *s = state;
	int ret = file_table_init(&s->table, FS_PROC_ENTRIES, N_NR);

	return ret ? ret : made_init(&s->made);
}

static void procs_fini(void *state)
{
	struct fs_procs *s = state;

	file_table_fini(&s->table);
	each_pool(&s->made, pool_fini);
}

static void procs_clear(void *state)
{
	struct fs_procs *s = state;

	file_table_clear(&s->table);
	each_pool(&s->made, clear_pool);
	s->made.nr = s->made.parts_nr = s->made.of_dev_nr = s->made.groups.nr = 0;
	s->made.has_dev = s->made.groups.made = false;
	s->snap = (struct fs_procs_snap){.made = NULL};
}

static int hist_of(unsigned op)
{
	switch (op) {
	case FS_OP_READ:
		return FS_PROC_READ;
	case FS_OP_WRITE:
		return FS_PROC_WRITE;
	case FS_OP_OPEN:
		return FS_PROC_OPEN;
	case FS_OP_FSYNC:
		return FS_PROC_FSYNC;
	default:
		return -1;
	}
}

/* A read or write of what is no file: it waits for others, and its times say nothing of filesystems. */
static void add_other(struct file_counts *c, const struct fs_delta *d)
{
	bool write = d->op == FS_OP_WRITE;

	c->n[write ? N_OTHER_WRITES : N_OTHER_READS] += d->count;
	c->n[write ? N_OTHER_WRITE_BYTES : N_OTHER_READ_BYTES] += d->bytes;
}

static void add_file(struct file_table *t, struct file_counts *c, const struct fs_delta *d)
{
	int hist = hist_of(d->op);

	c->n[d->op] += d->count;
	if (d->op == FS_OP_CREATE) /* it counts as an open, too */
		return;
	if (d->op == FS_OP_READ)
		c->n[N_READ_BYTES] += d->bytes;
	if (d->op == FS_OP_WRITE)
		c->n[N_WRITE_BYTES] += d->bytes;
	c->n[N_ERRORS] += d->errors;
	c->n[N_ENOENT] += d->enoent;
	c->n[N_NS] += d->ns;
	if (hist >= 0)
		file_table_add_hist(t, c, hist, d->slots, d->max_ns);
}

static void procs_grow(void *state, const struct fs_delta *d)
{
	struct file_table *t = &((struct fs_procs *)state)->table;
	bool is_file = fs_type_is_file(d->type);
	const struct file_entry_key key = {.dev = is_file ? d->dev : 0};
	int hist = is_file ? hist_of(d->op) : -1;
	struct file_entry *e;

	if (!fs_delta_grew(d)) { /* the last word of a file: the process may live */
		if (d->max_ns && hist >= 0)
			file_table_late_max(t, d, &key, hist);
		return;
	}
	e = file_table_entry(t, d, &key);
	for (int i = 0; e && i < SINCE_NR; i++) {
		struct file_counts *c = file_table_counts(t, e, (enum since)i);

		if (c && is_file)
			add_file(t, c, d);
		else if (c)
			add_other(c, d);
	}
}

static void procs_tick(void *state, const struct tick_rec *tick)
{
	file_table_tick(&((struct fs_procs *)state)->table, tick);
}

/* ---- rows ---- */

static int64_t fig(uint64_t n)
{
	return n > SINCE_VALUE_MAX ? SINCE_VALUE_MAX : (int64_t)n;
}

static void make_sums(struct fs_proc_sums *to, const uint64_t n[N_NR])
{
	*to = (struct fs_proc_sums){
		.read_bytes = fig(n[N_READ_BYTES]), .write_bytes = fig(n[N_WRITE_BYTES]),
		.errors = fig(n[N_ERRORS]), .enoent = fig(n[N_ENOENT]), .ns = fig(n[N_NS]),
		.other_reads = fig(n[N_OTHER_READS]), .other_writes = fig(n[N_OTHER_WRITES]),
		.other_read_bytes = fig(n[N_OTHER_READ_BYTES]), .other_write_bytes = fig(n[N_OTHER_WRITE_BYTES]),
	};
	for (unsigned op = 0; op < FS_OP_NR; op++) {
		to->count[op] = fig(n[op]);
		if (op != FS_OP_CREATE)
			fig_add(&to->operations, to->count[op]);
		if (fs_op_is_metadata(op))
			fig_add(&to->metadata, to->count[op]);
	}
}

static void make_part(struct fs_procs_made *m, const struct file_entry *e, enum since since)
{
	struct fs_proc_part *part = pool_at(&m->parts, (uint32_t)m->parts_nr++);
	const struct file_counts *c = e->counts[since];

	*part = (struct fs_proc_part){.row = m->nr, .dev = e->key.dev};
	if (!c)
		return;
	make_sums(&part->sums, c->n);
	for (int h = 0; h < FS_PROC_HIST_NR; h++) {
		struct file_hist *slots;

		part->max_ns[h] = c->max_ns[h];
		if (!c->hist[h])
			continue;
		slots = pool_at(&m->slots, m->slots_nr++);
		*slots = *c->hist[h];
		part->slots[h] = slots->slots;
	}
}

void fs_proc_sums_add(struct fs_proc_sums *to, const struct fs_proc_sums *from)
{
	int64_t *a = (int64_t *)to;
	const int64_t *b = (const int64_t *)from;

	for (size_t i = 0; i < sizeof(*to) / sizeof(*a); i++)
		fig_add(&a[i], b[i]);
}

void fs_proc_hist_add(struct hist *to, const struct fs_proc_part *part, enum fs_proc_hist which)
{
	for (int i = 0; part->slots[which] && i < HIST_SLOTS; i++)
		to->slots[i] += part->slots[which][i];
	if (part->max_ns[which] > to->max_ns)
		to->max_ns = part->max_ns[which];
}

/* Paths that are nowhere belong to no filesystem: they are not the one that is used most. */
static void fold_dev(struct fs_row_fold *f, const struct fs_proc_part *part)
{
	int at = 0;

	if (!part->dev || !part->sums.operations)
		return;
	while (at < f->uses_nr && f->uses[at].dev != part->dev)
		at++;
	if (at == FS_ROW_DEVS)
		return;
	if (at == f->uses_nr) {
		f->uses_nr++;
		f->uses[at].dev = part->dev;
	}
	fig_add(&f->uses[at].operations, part->sums.operations);
}

void fs_row_fold(struct fs_row_fold *f, const struct fs_proc_part *parts, const struct fs_proc_row *from, uint32_t dev,
		 struct fs_proc_row *to)
{
	for (int i = 0; i < from->parts_nr; i++) {
		const struct fs_proc_part *part = &parts[from->part + i];

		if (dev != FS_ALL && part->dev != dev)
			continue;
		fs_proc_sums_add(&to->sums, &part->sums);
		fold_dev(f, part);
		for (int h = 0; h < FS_PROC_HIST_NR; h++)
			fs_proc_hist_add(&f->hist[h], part, (enum fs_proc_hist)h);
	}
}

static void finish_devs(const struct fs_row_fold *f, struct fs_proc_row *row)
{
	int64_t most = 0;

	row->filesystems = f->uses_nr;
	for (int i = 0; i < f->uses_nr; i++) {
		if (f->uses[i].operations < most || (f->uses[i].operations == most && f->uses[i].dev > row->dev))
			continue;
		most = f->uses[i].operations;
		row->dev = f->uses[i].dev;
	}
}

void fs_row_finish(struct fs_row_fold *f, struct fs_proc_row *row)
{
	struct hist all = {.max_ns = 0};

	row->bytes = row->sums.read_bytes;
	fig_add(&row->bytes, row->sums.write_bytes);
	for (int h = 0; h < FS_PROC_HIST_NR; h++) {
		row->p99_ns[h] = hist_percentile_ns(&f->hist[h], 990);
		row->max_ns[h] = hist_max_ns(&f->hist[h]);
		for (int i = 0; i < HIST_SLOTS; i++)
			all.slots[i] += f->hist[h].slots[i];
		if (f->hist[h].max_ns > all.max_ns)
			all.max_ns = f->hist[h].max_ns;
	}
	row->lat_p50_ns = hist_percentile_ns(&all, 500);
	row->lat_p99_ns = hist_percentile_ns(&all, 990);
	row->lat_max_ns = hist_max_ns(&all);
	finish_devs(f, row);
}

/* Who had no pages in his hands has no row there: none. */
static void set_cache(struct fs_proc_row *row, const struct snapshot *s)
{
	const struct cache_row *cache = snapshot_fs_cache(s, &row->p);

	row->cache_accesses = cache ? cache->pages.accesses : 0;
	row->cache_hits = cache ? cache->pages.hits : 0;
	row->cache_hit_pct = cache ? cache->pages.hit_pct : FIG_UNKNOWN;
}

/* Those that live have rows also while they do nothing, so that rows keep still. */
static bool has_row(const struct file_proc *p, enum since since)
{
	if (!p->who.used)
		return false;
	if (p->entries && (p->who.row || (proc_who_is_one(&p->who) && p->idle <= FILE_TABLE_STAY)))
		return true;
	for (const struct file_entry *e = p->entries; e; e = e->next)
		if (e->counts[since])
			return true;
	return false;
}

static int compare_parts(const void *a, const void *b)
{
	const struct file_entry *x = a, *y = b;

	return x->key.dev < y->key.dev ? -1 : x->key.dev > y->key.dev;
}

/* In order of filesystem, so that files and screens have one. */
static void make_parts(struct fs_procs_made *m, const struct file_proc *p, const void **order, enum since since)
{
	uint32_t nr = 0;

	for (const struct file_entry *e = p->entries; e; e = e->next)
		if (e->counts[since] || !p->who.summed)
			order[nr++] = e;
	sort_pointers(order, nr, compare_parts);
	for (uint32_t i = 0; i < nr; i++)
		make_part(m, order[i], since);
}

/* A process of which some records tell no start (5.10) stands there twice, one after the other. Returns how often. */
static uint32_t make_row(struct fs_procs_made *m, const void **order, uint32_t left, const struct snapshot *s,
			 enum since since)
{
	struct fs_proc_row *row = pool_at(&m->rows, (uint32_t)m->nr);
	const struct file_proc *p = order[0], *next;
	struct fs_row_fold f = {.uses_nr = 0};
	uint32_t nr = 0;

	*row = (struct fs_proc_row){.part = m->parts_nr};
	if (p->who.row)
		row->p = *p->who.row;
	else
		file_table_bare_row(p, s, since, &row->p);
	do {
		make_parts(m, order[nr++], pool_at(&m->groups.order, 0), since);
		next = nr < left ? order[nr] : NULL;
	} while (next && next->who.row && next->who.row == p->who.row);
	row->parts_nr = m->parts_nr - row->part;
	fs_row_fold(&f, pool_at(&m->parts, 0), row, FS_ALL, row);
	fs_row_finish(&f, row);
	set_cache(row, s);
	m->nr++;
	return nr;
}

static void make_rows(struct fs_procs *s, const struct snapshot *snap, enum since since)
{
	struct fs_procs_made *m = &s->made;
	const void **order = pool_at(&m->order, 0);
	uint32_t nr = 0;

	m->nr = m->parts_nr = 0;
	m->slots_nr = 0;
	m->has_dev = m->groups.made = false;
	for (uint32_t i = 0; i < s->table.procs.fresh; i++)
		if (has_row(pool_at(&s->table.procs, i), since))
			order[nr++] = pool_at(&s->table.procs, i);
	sort_pointers(order, nr, proc_who_compare);
	for (uint32_t i = 0; i < nr;)
		i += make_row(m, order + i, nr - i, snap, since);
	s->snap.rows = pool_at(&m->rows, 0);
	s->snap.parts = pool_at(&m->parts, 0);
	s->snap.rows_nr = m->nr;
	s->snap.parts_nr = m->parts_nr;
	s->snap.made = m;
}

static void procs_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct fs_procs *s = state;

	s->snap = (struct fs_procs_snap){
		.status = snap->fs_ops->io,
		.opens_status = snap->fs_ops->status,
		.syncs_status = snap->fs_ops->syncs,
		.others_status = snap->fs_ops->others,
		.cache_status = snap->fs_caches->access_status,
	};
	if (file_table_refused(&s->table) && s->snap.status.state == FIG_EXACT)
		s->snap.status.state = FIG_INCOMPLETE;
	snap->fs_procs = &s->snap;
	file_table_link(&s->table, snap);
	make_rows(s, snap, file_table_since(&s->table, window));
	file_table_rebase(&s->table, SINCE_PUBLISH);
}

static void procs_mark(void *state)
{
	file_table_mark(&((struct fs_procs *)state)->table);
}

const struct fs_fold fs_procs_fold = {
	.name = "processes",
	.state_size = sizeof(struct fs_procs),
	.init = procs_init,
	.fini = procs_fini,
	.clear = procs_clear,
	.grow = procs_grow,
	.tick = procs_tick,
	.publish = procs_publish,
	.mark = procs_mark,
};
