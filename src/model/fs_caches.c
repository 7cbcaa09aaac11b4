/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The caches of files. Records of the page cache hold cumulative sums of one process; the table of files keeps what
 * they grew by. They begin anew when somebody asks again. What belongs to the machine is kept with its value at
 * each moment from which a window counts.
 */
#include "snap_fs_caches.h"

#include <string.h>

#include "file_table.h"
#include "model.h"
#include "row.h"
#include "sort.h"

#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define CACHE_PROCS 8192
#define PCT_100	    100000
#define CACHES	    (DEMAND_PAGES | DEMAND_CACHES)

/* Counters of a process. */
enum { N_ACCESSES, N_MISSES, N_ADDS, N_FAULT_ADDS, N_DIRTIES, N_FAULTS, N_NR };

/* What was read last of one process. */
struct last {
	struct pool_node node; /* key: tgid */
	uint64_t start_ns;
	uint64_t n[N_NR];
};

/* Cumulative figures of the machine; REC_UNKNOWN: not known. */
enum { G_ADDED, G_USED, G_DROPPED, G_LOOKUPS, G_SLOW, G_LOOKUP_MISSES, G_DIRTIED, G_WRITTEN, G_NR };

struct gauge {
	uint64_t now, base[SINCE_NR];
};

struct ages {
	uint64_t now[HIST_SLOTS], base[SINCE_NR][HIST_SLOTS]; /* added up: those of records wrap */
	uint32_t last[HIST_SLOTS];
};

struct caches {
	struct file_table table;
	struct pool lasts, order, rows;
	struct gauge g[G_NR];
	struct ages ages;
	struct fs_stat_rec stat; /* h.size 0: none */
	bool stat_fresh;	 /* it is of this tick */
	uint64_t lost, lost_shown; /* pages that readahead could not follow */
	uint32_t demand;
	bool begun;
	bool no_fault_adds; /* the kernel's side cannot see page faults */
	struct fs_caches_snap snap;
};

static int caches_init(void *state)
{
	struct caches *s = state;
	int ret = file_table_init(&s->table, CACHE_PROCS, N_NR);

	for (int i = 0; i < G_NR; i++)
		s->g[i].now = i == G_DIRTIED || i == G_WRITTEN ? REC_UNKNOWN : 0;
	if (!ret)
		ret = pool_init(&s->lasts, POOL_KEYED, CACHE_PROCS, sizeof(struct last));
	if (!ret)
		ret = pool_init(&s->order, POOL_PLAIN, FILE_TABLE_PROCS, sizeof(struct pool_node));
	return ret ? ret : pool_init(&s->rows, POOL_PLAIN, FILE_TABLE_PROCS + 1, sizeof(struct cache_row));
}

static void caches_fini(void *state)
{
	struct caches *s = state;

	file_table_fini(&s->table);
	pool_fini(&s->lasts);
	pool_fini(&s->order);
	pool_fini(&s->rows);
}

static void caches_clear(void *state)
{
	struct caches *s = state;

	file_table_clear(&s->table);
	pool_clear(&s->lasts);
	s->order.fresh = s->rows.fresh = 1; /* written in place, not handed out */
	pool_clear(&s->order);
	pool_clear(&s->rows);
	memset(s->g, 0, sizeof(s->g));
	s->g[G_DIRTIED].now = s->g[G_WRITTEN].now = REC_UNKNOWN;
	s->ages = (struct ages){.now = {0}};
	s->stat = (struct fs_stat_rec){.inodes = 0};
	s->stat_fresh = s->begun = s->no_fault_adds = false;
	s->lost = s->lost_shown = 0;
	s->demand = 0;
	s->snap = (struct fs_caches_snap){.rows = NULL};
}

/* ---- records ---- */

static struct last *get_last(struct caches *s, const struct fs_pages_rec *r)
{
	struct last *l;

	for (l = pool_find(&s->lasts, r->tgid); l; l = pool_find_next(&s->lasts, l))
		if (l->start_ns == r->start_ns)
			return l;
	l = pool_get(&s->lasts, r->tgid);
	if (l)
		l->start_ns = r->start_ns;
	return l;
}

static uint64_t known(uint64_t v)
{
	return v > SINCE_VALUE_MAX ? 0 : v;
}

/* Those that the kernel cannot tell stay zero: their state says that they are not known. */
static void on_pages(struct caches *s, const struct fs_pages_rec *r)
{
	const uint64_t now[N_NR] = {
		[N_ACCESSES] = known(r->accesses), [N_MISSES] = known(r->misses), [N_ADDS] = known(r->adds),
		[N_FAULT_ADDS] = known(r->fault_adds), [N_DIRTIES] = known(r->dirties), [N_FAULTS] = known(r->faults),
	};
	const struct fs_delta d = {
		.tgid = r->tgid, .start_ns = r->start_ns, .flags = r->flags, .uid = REC_UNKNOWN32, .comm = r->comm,
		.fstype = "",
	};
	struct last *l = get_last(s, r);
	struct file_entry *e = l ? file_table_entry(&s->table, &d, &(struct file_entry_key){.ino = 0}) : NULL;

	s->no_fault_adds = r->fault_adds == REC_UNKNOWN;
	if (!e)
		return;
	if (now[N_ADDS] < l->n[N_ADDS] || now[N_ACCESSES] < l->n[N_ACCESSES]) /* begun anew */
		memset(l->n, 0, sizeof(l->n));
	for (int i = 0; i < SINCE_NR; i++) {
		struct file_counts *c = file_table_counts(&s->table, e, (enum since)i);

		for (int n = 0; c && n < N_NR; n++)
			c->n[n] += now[n] > l->n[n] ? now[n] - l->n[n] : 0;
	}
	memcpy(l->n, now, sizeof(l->n));
	if (r->flags & FS_F_GONE)
		pool_put(&s->lasts, l);
}

static void on_ahead(struct caches *s, const struct fs_readahead_rec *r)
{
	struct ages *a = &s->ages;

	s->g[G_ADDED].now = r->added;
	s->g[G_USED].now = r->used;
	s->g[G_DROPPED].now = r->dropped;
	s->lost = r->lost;
	for (int i = 0; i < HIST_SLOTS; i++)
		a->now[i] += r->slots[i] - a->last[i];
	memcpy(a->last, r->slots, sizeof(a->last));
}

static void on_stat(struct caches *s, const struct fs_stat_rec *r)
{
	s->stat = *r;
	s->stat_fresh = true;
	s->g[G_DIRTIED].now = r->dirtied;
	s->g[G_WRITTEN].now = r->written;
}

static void rebase(struct caches *s, enum since since)
{
	for (int i = 0; i < G_NR; i++)
		s->g[i].base[since] = s->g[i].now;
	memcpy(s->ages.base[since], s->ages.now, sizeof(s->ages.now));
}

/*
 * The growth of what the kernel counts always is not known in an interval at whose beginning nobody looked; other
 * windows count from the first look.
 */
static void see_stat(struct caches *s)
{
	for (int i = G_DIRTIED; i <= G_WRITTEN; i++)
		for (int since = 0; since < SINCE_NR; since++)
			if (since != SINCE_PUBLISH && s->g[i].base[since] == REC_UNKNOWN)
				s->g[i].base[since] = s->g[i].now;
}

static void on_tick(struct caches *s, const struct tick_rec *r)
{
	bool fresh = s->stat_fresh;

	if (!fresh)
		s->g[G_DIRTIED].now = s->g[G_WRITTEN].now = REC_UNKNOWN;
	if (!s->begun || (r->flags & TICK_F_FIRST))
		for (int i = 0; i < SINCE_NR; i++)
			rebase(s, (enum since)i);
	else if (r->flags & TICK_F_GAP)
		rebase(s, SINCE_PUBLISH);
	if (!fresh)
		s->stat.h.size = 0;
	s->stat_fresh = false;
	s->begun = true;
	file_table_tick(&s->table, r);
}

/* The kernel's side forgets what it counted when nobody asks. */
static void on_demand(struct caches *s, const struct demand_rec *r)
{
	s->demand = r->on;
	if (!(r->on & CACHES))
		pool_clear(&s->lasts);
}

static int caches_apply(void *state, const struct ev_hdr *ev)
{
	struct caches *s = state;

	if (ev->pane == PANE_CORE && ev->kind == CORE_TICK)
		on_tick(s, REC(tick_rec, ev));
	else if (ev->pane == PANE_CORE && ev->kind == CORE_DEMAND)
		on_demand(s, REC(demand_rec, ev));
	else if (ev->pane != PANE_FS)
		return 0;
	else if (ev->kind == FS_PAGES)
		on_pages(s, REC(fs_pages_rec, ev));
	else if (ev->kind == FS_READAHEAD)
		on_ahead(s, REC(fs_readahead_rec, ev));
	else if (ev->kind == FS_STAT)
		on_stat(s, REC(fs_stat_rec, ev));
	else if (ev->kind == FS_DCACHE) {
		s->g[G_LOOKUPS].now = REC(fs_dcache_rec, ev)->refs;
		s->g[G_SLOW].now = REC(fs_dcache_rec, ev)->slow;
		s->g[G_LOOKUP_MISSES].now = REC(fs_dcache_rec, ev)->misses;
	}
	return 0;
}

/* ---- the snapshot ---- */

static int64_t fig(uint64_t n)
{
	return n > SINCE_VALUE_MAX ? FIG_UNKNOWN : (int64_t)n;
}

/* In thousandths of a per cent. */
static int64_t percent(int64_t part, int64_t whole)
{
	return whole > 0 && part >= 0 ? (int64_t)((__int128)part * PCT_100 / whole) : FIG_UNKNOWN;
}

static void pages_add(struct cache_pages *to, const uint64_t n[N_NR])
{
	fig_add(&to->accesses, fig(n[N_ACCESSES]));
	fig_add(&to->misses, fig(n[N_MISSES]));
	fig_add(&to->adds, fig(n[N_ADDS]));
	fig_add(&to->fault_adds, fig(n[N_FAULT_ADDS]));
	fig_add(&to->dirties, fig(n[N_DIRTIES]));
	fig_add(&to->faults, fig(n[N_FAULTS]));
}

static void pages_finish(struct cache_pages *p)
{
	p->hits = p->accesses > p->misses ? p->accesses - p->misses : 0;
	p->hit_pct = percent(p->hits, p->accesses);
}

static void hide_machine(struct cache_machine *m)
{
	int64_t *figures = (int64_t *)m;

	for (size_t i = 0; i < sizeof(*m) / sizeof(*figures); i++)
		figures[i] = FIG_UNKNOWN;
}

/* Those that live have rows also while they do nothing, so that rows keep still. */
static bool has_row(const struct file_proc *p, enum since since)
{
	return p->who.used && p->entries && (p->who.row || p->entries->counts[since]);
}

/* A process of which some records tell no start (5.10) stands there twice, one after the other. */
static bool is_same(const struct file_proc *a, const struct file_proc *b)
{
	return a->who.row && a->who.row == b->who.row;
}

static void make_row(struct cache_row *row, const struct file_proc *p, const struct snapshot *snap, enum since since)
{
	*row = (struct cache_row){.pages = {.hits = 0}};
	if (p->who.row)
		row->p = *p->who.row;
	else
		file_table_bare_row(p, snap, since, &row->p);
	hide_machine(&row->machine);
}

static void make_rows(struct caches *s, const struct snapshot *snap, enum since since)
{
	const void **order = pool_at(&s->order, 0);
	struct cache_row *rows = pool_at(&s->rows, 0), *row = rows;
	const struct file_proc *before = NULL;
	uint32_t nr = 0;

	for (uint32_t i = 0; i < s->table.procs.fresh; i++)
		if (has_row(pool_at(&s->table.procs, i), since))
			order[nr++] = pool_at(&s->table.procs, i);
	sort_pointers(order, nr, proc_who_compare);
	for (uint32_t i = 0; i < nr; i++) {
		const struct file_proc *p = order[i];
		const struct file_counts *c = p->entries->counts[since];

		if (!before || !is_same(before, p))
			make_row(++row, p, snap, since);
		if (c) {
			pages_add(&row->pages, c->n);
			pages_add(&rows[0].pages, c->n);
		}
		before = p;
	}
	for (struct cache_row *r = rows; r <= row; r++)
		pages_finish(&r->pages);
	s->snap.rows = rows;
	s->snap.rows_nr = (int)(row - rows) + 1;
}

static int64_t grown(const struct caches *s, int which, enum since since, int64_t unit)
{
	return since_growth(s->g[which].now, s->g[which].base[since], unit);
}

static void make_ahead(struct caches *s, struct cache_machine *m, enum since since)
{
	struct hist *h = &s->snap.ages;
	int64_t ended;

	m->ahead_added = grown(s, G_ADDED, since, 1);
	m->ahead_used = ended = grown(s, G_USED, since, 1);
	m->ahead_dropped = grown(s, G_DROPPED, since, 1);
	fig_add(&ended, m->ahead_dropped);
	m->ahead_used_pct = percent(m->ahead_used, ended);
	for (int i = 0; i < HIST_SLOTS; i++)
		h->slots[i] = s->ages.now[i] - s->ages.base[since][i];
	m->age_p50_ns = hist_percentile_ns(h, 500);
	m->age_p99_ns = hist_percentile_ns(h, 990);
}

static void make_lookups(const struct caches *s, struct cache_machine *m, enum since since)
{
	m->lookups = grown(s, G_LOOKUPS, since, 1);
	m->slow_lookups = grown(s, G_SLOW, since, 1);
	m->lookup_misses = grown(s, G_LOOKUP_MISSES, since, 1);
	m->lookup_hit_pct = percent(m->lookups > m->lookup_misses ? m->lookups - m->lookup_misses : 0, m->lookups);
}

static void make_stat(struct caches *s, struct cache_machine *m, enum since since, uint32_t page_bytes)
{
	const struct fs_stat_rec *r = &s->stat;

	if (!r->h.size)
		return;
	m->inodes = fig(r->inodes);
	m->inodes_free = fig(r->inodes_free);
	m->dentries = fig(r->dentries);
	m->dentries_unused = fig(r->dentries_unused);
	m->dentries_negative = fig(r->dentries_negative);
	m->files = fig(r->files);
	m->files_max = r->files_max > SINCE_VALUE_MAX && r->files_max != REC_UNKNOWN ? INT64_MAX : fig(r->files_max);
	m->cached_bytes = fig(r->cached_bytes);
	m->buffers_bytes = fig(r->buffers_bytes);
	m->dirty_bytes = fig(r->dirty_bytes);
	m->writeback_bytes = fig(r->writeback_bytes);
	m->dirtied_bytes = grown(s, G_DIRTIED, since, page_bytes);
	m->written_bytes = grown(s, G_WRITTEN, since, page_bytes);
}

static void make_machine(struct caches *s, const struct snapshot *snap, enum since since)
{
	struct cache_row *all = pool_at(&s->rows, 0);

	*all = (struct cache_row){.p = {.wclass = WAIT_OTHER}};
	row_bare(&all->p, FIG_UNKNOWN, 0);
	all->p.processes = FIG_UNKNOWN;
	memcpy(all->p.comm, "[machine]", sizeof("[machine]"));
	hide_machine(&all->machine);
	s->snap.ages = (struct hist){.max_ns = 0};
	if (s->snap.ahead_status.state != FIG_NA)
		make_ahead(s, &all->machine, since);
	if (s->snap.lookup_status.state != FIG_NA)
		make_lookups(s, &all->machine, since);
	make_stat(s, &all->machine, since, snap->m.host.page_bytes);
}

/* ---- what is known: sums in the kernel lose nothing when the ring is full ---- */

static struct fig_status probe_status(const struct caches *s, const struct snapshot *snap, const char *probe, uint32_t demand)
{
	struct fig_status status = {.state = FIG_NA};

	if (!(snap->m.host.flags & HOST_F_BPF)) {
		status.reason = "needs BPF: /proc tells how full the caches are, and not who uses them";
		return status;
	}
	if (!(s->demand & demand)) {
		status.reason = demand & DEMAND_PAGES ? "counted while a view of files asks for it" :
							"counted while the view of caches is open";
		return status;
	}
	return snapshot_probe_status(snap, probe);
}

/* Of two reasons the first. */
static struct fig_status worse(struct fig_status a, struct fig_status b)
{
	return a.state == FIG_NA || b.state == FIG_EXACT ? a : b;
}

static void set_status(struct caches *s, const struct snapshot *snap)
{
	struct fs_caches_snap *c = &s->snap;
	bool refused = file_table_refused(&s->table);

	c->miss_status = probe_status(s, snap, "page-add", CACHES);
	if (c->miss_status.state == FIG_EXACT && refused)
		c->miss_status.state = FIG_INCOMPLETE;
	c->fault_add_status = c->miss_status;
	if (s->no_fault_adds && c->miss_status.state != FIG_NA)
		c->fault_add_status = (struct fig_status){
			.state = FIG_NA, .reason = "the kernel does not show what adds a page. Linux 5.15 or later",
		};
	c->access_status = worse(c->miss_status, probe_status(s, snap, "page-read", CACHES));
	c->dirty_status = probe_status(s, snap, "dirty", CACHES);
	c->fault_status = probe_status(s, snap, "page-fault", CACHES);
	c->ahead_status = worse(probe_status(s, snap, "page-read", DEMAND_CACHES),
				probe_status(s, snap, "page-delete", DEMAND_CACHES));
	if (c->ahead_status.state == FIG_EXACT && s->lost != s->lost_shown)
		c->ahead_status.state = FIG_INCOMPLETE;
	s->lost_shown = s->lost;
	c->lookup_status = worse(probe_status(s, snap, "lookup-fast", DEMAND_CACHES),
				 probe_status(s, snap, "d-lookup", DEMAND_CACHES));
	c->stat_status = (struct fig_status){.state = FIG_EXACT};
	if (!s->stat.h.size)
		c->stat_status = (struct fig_status){
			.state = FIG_NA, .reason = "read while the view of caches is open",
		};
}

static void caches_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct caches *s = state;
	enum since since = file_table_since(&s->table, window);

	set_status(s, snap);
	file_table_link(&s->table, snap);
	make_machine(s, snap, since);
	see_stat(s);
	make_rows(s, snap, since);
	snap->fs_caches = &s->snap;
	file_table_rebase(&s->table, SINCE_PUBLISH);
	rebase(s, SINCE_PUBLISH);
}

static void caches_mark(void *state)
{
	struct caches *s = state;

	file_table_mark(&s->table);
	rebase(s, SINCE_MARK);
}

/* As the rows are ordered. */
static bool is_before(const struct proc_row *a, const struct proc_row *b)
{
	bool a_one = a->pid != FIG_UNKNOWN, b_one = b->pid != FIG_UNKNOWN;

	if (!a_one || !b_one)
		return a_one != b_one ? a_one : a->dead != b->dead ? !a->dead : strcmp(a->comm, b->comm) < 0;
	return a->pid != b->pid ? a->pid < b->pid : a->start_ns < b->start_ns;
}

const struct cache_row *snapshot_fs_cache(const struct snapshot *s, const struct proc_row *row)
{
	const struct fs_caches_snap *c = s->fs_caches;
	int from = 1, to = c ? c->rows_nr : 0, nr = to;

	while (from < to) {
		int at = from + (to - from) / 2;

		if (is_before(&c->rows[at].p, row))
			from = at + 1;
		else
			to = at;
	}
	return from < nr && !is_before(row, &c->rows[from].p) ? &c->rows[from] : NULL;
}

extern const struct model_ops fs_caches_model;
const struct model_ops fs_caches_model = {
	.name = "fs caches",
	.pane = PANE_FS,
	.core = true,
	.state_size = sizeof(struct caches),
	.init = caches_init,
	.fini = caches_fini,
	.clear = caches_clear,
	.apply = caches_apply,
	.publish = caches_publish,
	.mark = caches_mark,
};
