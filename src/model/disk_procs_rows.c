/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of block I/O by process. */
#include "disk_procs_rows.h"

#include "sort.h"

#define PCT_100 100000

static int rows_init(struct pool *order, struct pool *rows, size_t size)
{
	int ret = pool_init(order, POOL_PLAIN, DISK_PROCS_MAX, sizeof(struct pool_node));

	return ret ? ret : pool_init(rows, POOL_PLAIN, DISK_PROCS_MAX, size);
}

int disk_procs_made_init(struct disk_procs_made *m)
{
	int ret = rows_init(&m->order, &m->rows, sizeof(struct disk_proc_row));

	if (!ret)
		ret = rows_init(&m->groups.order, &m->groups.rows, sizeof(struct disk_group_row));
	if (!ret)
		ret = pool_init(&m->uses, POOL_KEYED, DISKS_MAX, sizeof(struct disk_use));
	if (!ret)
		ret = pool_init(&m->groups.members, POOL_PLAIN, DISK_PROCS_MAX, sizeof(struct group_entry));
	if (!ret)
		ret = pool_init(&m->of_dev, POOL_PLAIN, DISK_PROCS_MAX, sizeof(struct disk_proc_row));
	return ret ? ret : pool_init(&m->parts, POOL_PLAIN, DISK_ENTRIES_MAX, sizeof(struct disk_part));
}

static void each_pool(struct disk_procs_made *m, void (*fn)(struct pool *p))
{
	struct pool *pools[] = {&m->order, &m->rows, &m->parts, &m->of_dev,
				&m->groups.members, &m->groups.order, &m->groups.rows, &m->uses};

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		fn(pools[i]);
}

void disk_procs_made_fini(struct disk_procs_made *m)
{
	each_pool(m, pool_fini);
}

/* Rows are written in place, not handed out: a pool has to be told that they were. */
static void clear_pool(struct pool *p)
{
	p->fresh = 1;
	pool_clear(p);
}

void disk_procs_made_clear(struct disk_procs_made *m)
{
	each_pool(m, clear_pool);
	m->nr = m->parts_nr = m->of_dev_nr = m->groups.nr = 0;
	m->has_dev = m->groups.made = false;
	m->flights_nr = 0;
}

/* A damaged record is no reason for a figure below zero. */
static int64_t growth(uint64_t now, uint64_t before)
{
	int64_t grown = (int64_t)(now - before);

	return grown > 0 ? grown : 0;
}

static bool grew(const struct disk_entry *e, enum since since)
{
	return e->now.n[DC_COUNT] != e->base[since].n[DC_COUNT];
}

static bool any_grew(const struct disk_proc *p, enum since since)
{
	for (const struct disk_entry *e = p->entries; e; e = e->next)
		if (grew(e, since))
			return true;
	return false;
}

/* A request that is passed on from a device above is charged there. */
static bool flight_is_of(const struct disk_flight_rec *f, int64_t tgid, uint64_t start_ns)
{
	return f->tgid && f->tgid == tgid && (f->start_ns == start_ns || !f->start_ns) && !(f->flags & DISK_IO_F_STACKED);
}

static bool is_waiting(const struct disk_procs_made *m, const struct disk_proc *p)
{
	for (int i = 0; i < m->flights_nr; i++)
		if (flight_is_of(&m->flights[i], p->who.node.key, p->who.start_ns))
			return true;
	return false;
}

/* Those that live have rows also while they do nothing, so that rows keep still. */
static bool has_row(const struct disk_procs_made *m, const struct disk_proc *p, enum since since)
{
	if (!p->who.used)
		return false;
	if (!proc_who_is_one(&p->who))
		return any_grew(p, since);
	return p->entries || is_waiting(m, p);
}

/* Who it is, where the table of tasks has no row for it. */
static void bare_row(struct proc_row *row, const struct disk_proc *p, const struct snapshot *s, enum since since)
{
	proc_who_row(&p->who, p->who.summed || p->who.linked || p->folded, row);
	proc_who_row_more(&p->who, p->processes[since], s, row);
}

static void make_part(struct disk_part *part, const struct disk_entry *e, int row, enum since since)
{
	const struct disk_counts *b = &e->base[since];
	int64_t n[DC_NR];

	for (int i = 0; i < DC_NR; i++)
		n[i] = growth(e->now.n[i], b->n[i]);
	*part = (struct disk_part){
		.row = row, .dev = e->dev, .op = e->op,
		.count = n[DC_COUNT], .bytes = n[DC_BYTES],
		.inferred = n[DC_INFERRED], .inferred_bytes = n[DC_INFERRED_BYTES],
		.queue_ns = n[DC_QUEUE_NS], .service_ns = n[DC_SERVICE_NS], .errors = n[DC_ERRORS],
		.max_ns = e->max_ns[since],
	};
	for (int w = 0; w < DISK_PROC_HIST_NR; w++)
		for (int i = 0; i < HIST_SLOTS; i++)
			part->slots[w][i] = e->now.slots[w][i] - b->slots[w][i];
	for (int i = 0; i < SIZE_SLOTS; i++)
		part->sizes[i] = e->now.sizes[i] - b->sizes[i];
}

void disk_fold_hist(struct hist *h, const struct disk_part *part, enum disk_proc_hist which)
{
	for (int i = 0; i < HIST_SLOTS; i++)
		h->slots[i] += part->slots[which][i];
	if (which == DISK_PROC_LATENCY && part->max_ns > h->max_ns)
		h->max_ns = part->max_ns;
}

static void fold_dev(struct disk_fold *f, const struct disk_part *part)
{
	struct disk_use *use = pool_find(f->uses, part->dev);

	if (!use) {
		use = pool_get(f->uses, part->dev);
		if (!use)
			return;
		use->next = f->first;
		f->first = use;
	}
	fig_add(&use->service_ns, part->service_ns);
	fig_add(&use->requests, part->count);
}

static void fold_part(struct disk_fold *f, struct disk_proc_row *row, const struct disk_part *part)
{
	int64_t *const bytes[DISK_OP_NR] = {
		[DISK_READ] = &row->read_bytes,
		[DISK_WRITE] = &row->write_bytes,
		[DISK_DISCARD] = &row->discard_bytes,
	};

	fig_add(&row->count[part->op], part->count);
	fig_add(&row->requests, part->count);
	if (bytes[part->op])
		fig_add(bytes[part->op], part->bytes);
	fig_add(&row->inferred, part->inferred);
	fig_add(&row->inferred_bytes, part->inferred_bytes);
	fig_add(&row->errors, part->errors);
	fig_add(&row->queue_ns, part->queue_ns);
	fig_add(&row->service_ns, part->service_ns);
	for (int w = 0; w < DISK_PROC_HIST_NR; w++)
		disk_fold_hist(&f->hist[w], part, (enum disk_proc_hist)w);
	if (part->count)
		fold_dev(f, part);
}

static bool is_used_more(const struct disk_use *a, const struct disk_use *b)
{
	if (a->service_ns != b->service_ns)
		return a->service_ns > b->service_ns;
	return a->requests != b->requests ? a->requests > b->requests : a->node.key < b->node.key;
}

/* The device that it uses most, and its share of it: no more than all, whatever was read first. */
static void set_device(const struct disk_use *use, const struct snapshot *s, struct disk_proc_row *row)
{
	struct disk_sum all;

	row->dev = use->node.key;
	row->device_share_pct = FIG_UNKNOWN;
	if (!snapshot_disk_sum(s, row->dev, DISK_ANY_OP, &all) || all.service_ns <= 0)
		return;
	row->device_share_pct = use->service_ns >= all.service_ns ?
					PCT_100 :
					(int64_t)((__int128)use->service_ns * PCT_100 / all.service_ns);
}

static void finish_devices(struct disk_fold *f, const struct snapshot *s, struct disk_proc_row *row)
{
	const struct disk_use *most = f->first;
	struct disk_use *next;

	for (const struct disk_use *use = f->first; use; use = use->next, row->devices++)
		if (is_used_more(use, most))
			most = use;
	if (most)
		set_device(most, s, row);
	for (struct disk_use *use = f->first; use; use = next) {
		next = use->next;
		pool_put(f->uses, use);
	}
	f->first = NULL;
}

/* Neither part of a time is longer than the longest of both together. */
static int64_t part_percentile(const struct disk_fold *f, enum disk_proc_hist which, unsigned permille)
{
	int64_t max_ns = hist_max_ns(&f->hist[DISK_PROC_LATENCY]);
	int64_t ns = hist_percentile_ns(&f->hist[which], permille);

	return max_ns != FIG_UNKNOWN && ns > max_ns ? max_ns : ns;
}

void disk_fold_finish(struct disk_fold *f, const struct snapshot *s, struct disk_proc_row *row)
{
	int64_t moves = row->count[DISK_READ];

	row->lat_p50_ns = part_percentile(f, DISK_PROC_LATENCY, 500);
	row->lat_p99_ns = part_percentile(f, DISK_PROC_LATENCY, 990);
	row->lat_max_ns = hist_max_ns(&f->hist[DISK_PROC_LATENCY]);
	row->queue_p50_ns = part_percentile(f, DISK_PROC_QUEUE, 500);
	row->queue_p99_ns = part_percentile(f, DISK_PROC_QUEUE, 990);
	row->service_p50_ns = part_percentile(f, DISK_PROC_SERVICE, 500);
	row->service_p99_ns = part_percentile(f, DISK_PROC_SERVICE, 990);
	fig_add(&moves, row->count[DISK_WRITE]);
	row->bytes = row->read_bytes;
	fig_add(&row->bytes, row->write_bytes);
	row->avg_bytes = moves ? row->bytes / moves : FIG_UNKNOWN;
	row->inferred_pct = row->requests ? (int64_t)((__int128)row->inferred * PCT_100 / row->requests) : FIG_UNKNOWN;
	if (row->inferred_pct > PCT_100) /* a damaged record */
		row->inferred_pct = PCT_100;
	finish_devices(f, s, row);
}

void disk_fold_row(struct disk_fold *f, const struct disk_part *parts, const struct disk_proc_row *from, uint32_t dev,
		   struct disk_proc_row *to)
{
	for (int i = 0; i < from->parts_nr; i++)
		if (disk_part_is(&parts[from->part + i], dev, DISK_ANY_OP))
			fold_part(f, to, &parts[from->part + i]);
}

void disk_fold_flights(const struct disk_procs_made *m, uint32_t dev, const struct proc_row *p,
		       struct disk_proc_row *row)
{
	for (int i = 0; i < m->flights_nr; i++) {
		const struct disk_flight_rec *f = &m->flights[i];
		int64_t age_ns = since_growth(m->tick_ns, f->queued_ns, 1);

		if (!flight_is_of(f, p->pid, p->start_ns) || (dev != DISK_ALL && f->dev != dev))
			continue;
		row->inflight++;
		if (age_ns > row->oldest_ns)
			row->oldest_ns = age_ns;
	}
}

static void make_parts(struct disk_procs_made *m, const struct disk_proc *p, enum since since)
{
	for (const struct disk_entry *e = p->entries; e && m->parts_nr < DISK_ENTRIES_MAX; e = e->next)
		if (!p->who.summed || grew(e, since))
			make_part(pool_at(&m->parts, (uint32_t)m->parts_nr++), e, m->nr, since);
}

/* A process of which some records tell no start (5.10) stands there twice, one after the other. Returns how often. */
static uint32_t make_row(struct disk_procs_made *m, const void **order, uint32_t left, const struct snapshot *s,
			 enum since since)
{
	struct disk_proc_row *row = pool_at(&m->rows, (uint32_t)m->nr);
	const struct disk_proc *p = order[0], *next;
	struct disk_fold f = disk_fold_new(m);
	uint32_t nr = 0;

	*row = (struct disk_proc_row){.part = m->parts_nr};
	if (p->who.row)
		row->p = *p->who.row;
	else
		bare_row(&row->p, p, s, since);
	do {
		make_parts(m, order[nr++], since);
		next = nr < left ? order[nr] : NULL;
	} while (next && next->who.row && next->who.row == p->who.row);
	row->parts_nr = m->parts_nr - row->part;
	disk_fold_row(&f, pool_at(&m->parts, 0), row, DISK_ALL, row);
	disk_fold_finish(&f, s, row);
	disk_fold_flights(m, DISK_ALL, &row->p, row);
	m->nr++;
	return nr;
}

void disk_procs_made_rows(struct disk_procs_made *m, const struct disk_procs_table *t, const struct snapshot *s,
			  enum since since, struct disk_procs_snap *ret)
{
	const void **order = pool_at(&m->order, 0);
	uint32_t nr = 0;

	m->nr = m->parts_nr = 0;
	m->has_dev = m->groups.made = false;
	for (uint32_t i = 0; i < t->procs.fresh; i++)
		if (has_row(m, pool_at(&t->procs, i), since))
			order[nr++] = pool_at(&t->procs, i);
	sort_pointers(order, nr, proc_who_compare);
	for (uint32_t i = 0; i < nr;)
		i += make_row(m, order + i, nr - i, s, since);
	ret->rows = pool_at(&m->rows, 0);
	ret->parts = pool_at(&m->parts, 0);
	ret->rows_nr = m->nr;
	ret->parts_nr = m->parts_nr;
	ret->made = m;
}
