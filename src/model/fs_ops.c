/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on files by filesystem and kind, and the last minutes of each; the same by process. What is folded
 * is growth, added up: a window is what came since the moment from which it counts.
 */
#include <stdio.h>
#include <string.h>

#include "fs_ops_table.h"
#include "heat.h"
#include "sort.h"

#define SETS_MAX    4096 /* pairs of a filesystem and a kind of operation */
#define HEATS_MAX   384	 /* of them those whose last minutes are kept */
#define SINGLE_COLS 120	 /* columns of one filesystem */
#define VFS_PROBE   "vfs-read"
#define SYNC_PROBE  "vfs-sync"

/* The last minutes of one operation. */
struct op_heat {
	struct pool_node node;
	uint32_t dev;
	uint16_t what;
	uint64_t slots[HIST_SLOTS]; /* added up */
	struct heat_fold fold;
};

struct single_heat { /* on one filesystem */
	struct op_heat heat; /* first */
	struct heat_column columns[2 * SINGLE_COLS];
};

struct all_heat { /* on all */
	struct op_heat heat; /* first */
	struct heat_column columns[2 * HEAT_COLUMNS];
};

struct set {
	struct pool_node node;
	uint32_t dev;
	uint16_t what;
	char fstype[FS_TYPE_BYTES + 1];
	struct fs_tally tally;
	struct op_heat *single, *all; /* NULL: no room */
};

struct fs_ops {
	struct pool sets, singles, alls;
	struct fs_ops_table table;
	struct pool order, rows, procs, parts; /* of the snapshot */
	struct fs_ops_snap snap;
	uint64_t at;	  /* counts growth */
	uint64_t refused; /* at the last publish, as the next */
	struct loss_rec lost;
	bool begun;	  /* a tick has passed */
	bool published, calls_on; /* once; at the last publish every operation was counted */
};

static int ops_init(void *state)
{
	struct fs_ops *s = state;
	const struct {
		struct pool *pool;
		enum pool_kind kind;
		uint32_t capacity;
		size_t size;
	} pools[] = {
		{&s->sets, POOL_KEYED, SETS_MAX, sizeof(struct set)},
		{&s->singles, POOL_KEYED, HEATS_MAX, sizeof(struct single_heat)},
		{&s->alls, POOL_KEYED, FS_WHAT_NR, sizeof(struct all_heat)},
		{&s->order, POOL_PLAIN, FS_OP_PROCS_MAX + SETS_MAX, sizeof(struct pool_node)},
		{&s->rows, POOL_PLAIN, SETS_MAX, sizeof(struct fs_op_row)},
		{&s->procs, POOL_PLAIN, FS_OP_PROCS_MAX, sizeof(struct fs_op_proc)},
		{&s->parts, POOL_PLAIN, FS_PARTS_MAX, sizeof(struct fs_op_part)},
	};
	int ret = fs_ops_table_init(&s->table);

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]) && !ret; i++)
		ret = pool_init(pools[i].pool, pools[i].kind, pools[i].capacity, pools[i].size);
	return ret;
}

static void each_pool(struct fs_ops *s, void (*fn)(struct pool *p))
{
	struct pool *pools[] = {&s->sets, &s->singles, &s->alls, &s->order, &s->rows, &s->procs, &s->parts};

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		fn(pools[i]);
}

static void ops_fini(void *state)
{
	struct fs_ops *s = state;

	each_pool(s, pool_fini);
	fs_ops_table_fini(&s->table);
}

/* Rows are written in place, not handed out: a pool has to be told that they were. */
static void clear_pool(struct pool *p)
{
	p->fresh = 1;
	pool_clear(p);
}

static void ops_clear(void *state)
{
	struct fs_ops *s = state;

	each_pool(s, clear_pool);
	fs_ops_table_clear(&s->table);
	s->snap = (struct fs_ops_snap){.of = NULL};
	s->at = s->refused = 0;
	s->lost = (struct loss_rec){.probe = 0};
	s->begun = s->published = s->calls_on = false;
}

/* ---- what grew ---- */

static uint32_t set_key(uint32_t dev, unsigned what)
{
	return dev * FS_WHAT_NR + what; /* a chain takes the lowest bits */
}

static struct op_heat *find_heat(const struct pool *pool, uint32_t dev, unsigned what)
{
	struct op_heat *h = pool_find(pool, set_key(dev, what));

	while (h && (h->dev != dev || h->what != what))
		h = pool_find_next(pool, h);
	return h;
}

static struct op_heat *get_heat(struct pool *pool, uint32_t dev, uint16_t what)
{
	struct op_heat *h = find_heat(pool, dev, what);

	if (!h)
		h = pool_get(pool, set_key(dev, what));
	if (!h)
		return NULL;
	h->dev = dev;
	h->what = what;
	return h;
}

static struct op_heat *single_heat(struct fs_ops *s, uint32_t dev, uint16_t what)
{
	struct op_heat *h = get_heat(&s->singles, dev, what);

	if (h)
		heat_fold_init(&h->fold, ((struct single_heat *)h)->columns, SINGLE_COLS);
	return h;
}

static struct op_heat *all_heat(struct fs_ops *s, uint16_t what)
{
	struct op_heat *h = get_heat(&s->alls, FS_ALL, what);

	if (h)
		heat_fold_init(&h->fold, ((struct all_heat *)h)->columns, HEAT_COLUMNS);
	return h;
}

static struct set *get_set(struct fs_ops *s, uint32_t dev, uint16_t what)
{
	uint32_t key = set_key(dev, what);
	struct set *set;

	for (set = pool_find(&s->sets, key); set; set = pool_find_next(&s->sets, set))
		if (set->dev == dev && set->what == what)
			return set;
	set = pool_get(&s->sets, key);
	if (!set)
		return NULL;
	set->dev = dev;
	set->what = what;
	set->single = single_heat(s, dev, what);
	set->all = all_heat(s, what);
	return set;
}

static void heat_grow(struct op_heat *h, const uint32_t slots[HIST_SLOTS])
{
	for (int i = 0; h && i < HIST_SLOTS; i++)
		h->slots[i] += slots[i];
}

static void ops_grow(void *state, const struct fs_delta *d)
{
	struct fs_ops *s = state;
	struct set *set;

	if (!d->count && !d->ns)
		return;
	s->at++;
	fs_ops_table_grow(&s->table, d, s->at);
	set = get_set(s, d->dev, (uint16_t)fs_what(d->op, d->type));
	if (!set)
		return;
	if (*d->fstype) /* a number may come back as another filesystem */
		memcpy(set->fstype, d->fstype, FS_TYPE_BYTES);
	fs_tally_grow(&set->tally, d, s->at);
	heat_grow(set->single, d->slots);
	heat_grow(set->all, d->slots);
}

/* A window begins now. */
static void restart(struct fs_ops *s, enum since since)
{
	for (uint32_t i = 0; i < s->sets.fresh; i++)
		fs_tally_rebase(&((struct set *)pool_at(&s->sets, i))->tally, since);
	fs_ops_table_rebase(&s->table, since);
}

static void heats_tick(struct pool *pool, uint64_t end_ns, bool gap)
{
	for (uint32_t i = 0; i < pool->fresh; i++) {
		struct op_heat *h = pool_at(pool, i);

		heat_tick(&h->fold, end_ns, h->slots, gap);
	}
}

static void ops_tick(void *state, const struct tick_rec *tick)
{
	struct fs_ops *s = state;
	bool first = !s->begun || (tick->flags & TICK_F_FIRST), gap = tick->flags & TICK_F_GAP;

	for (int i = 0; first && i < SINCE_NR; i++)
		restart(s, (enum since)i);
	if (gap)
		restart(s, SINCE_PUBLISH);
	heats_tick(&s->singles, tick->h.ts_ns, first || gap);
	heats_tick(&s->alls, tick->h.ts_ns, first || gap);
	fs_ops_table_tick(&s->table);
	s->begun = true;
}

/* ---- the snapshot ---- */

static bool is_on(const struct snapshot *snap, const char *name)
{
	for (int i = 0; i < snap->probes_nr; i++)
		if (snap->probes[i].h.size && !strcmp(snap->probes[i].name, name))
			return snap->probes[i].state == PROBE_ON;
	return false;
}

/* What the ring has no room for is single operations and names: the sums are not in it. */
static bool is_losing(struct fs_ops *s, const struct snapshot *snap)
{
	const struct loss_rec *now = &snap->lost[PANE_FS], before = s->lost;

	s->lost = *now;
	return snap->losing[PANE_FS] && !(now->full > before.full && now->map_full == before.map_full &&
					  now->recursion_misses == before.recursion_misses);
}

/* The probe is not to be had, and no other stands in for it. */
static bool is_missing(const struct snapshot *snap, const char *name)
{
	for (int i = 0; i < snap->probes_nr; i++)
		if (snap->probes[i].h.size && !strcmp(snap->probes[i].name, name))
			return snap->probes[i].state == PROBE_ABSENT || snap->probes[i].state == PROBE_REFUSED;
	return false;
}

/* Up to Linux 6.1 no system call tells its file, and no function of the VFS fsyncs. */
static void set_parts(const struct snapshot *snap, bool vfs, struct fs_ops_snap *out)
{
	out->io = out->syncs = out->status;
	if (vfs && is_missing(snap, SYNC_PROBE))
		out->syncs = out->others.state == FIG_NA ? snapshot_probe_status(snap, SYNC_PROBE) : out->others;
	else if (!vfs && out->status.state != FIG_NA && is_missing(snap, VFS_PROBE))
		out->io = snapshot_probe_status(snap, VFS_PROBE);
}

/*
 * The system calls tell every operation, the VFS only some: where it is asked, the calls are from the time that
 * somebody looks at what it does not tell.
 */
static void set_status(struct fs_ops *s, const struct snapshot *snap)
{
	bool vfs = is_on(snap, VFS_PROBE);
	struct fig_status exits = snapshot_probe_status(snap, "sys-exit");
	bool calls = exits.state != FIG_NA && (!vfs || snap->demand & DEMAND_FSOPS);
	bool begun = calls && !s->calls_on && vfs && s->published; /* what is asked for at the start is counted from there */
	bool losing = is_losing(s, snap);
	uint64_t refused = s->sets.refused + s->table.parts.refused + s->table.procs.refused;
	struct fs_ops_snap *out = &s->snap;

	s->calls_on = calls;
	s->published = true;
	out->status = out->others = (struct fig_status){.state = FIG_EXACT};
	if (!(snap->m.host.flags & HOST_F_BPF))
		out->status = (struct fig_status){.state = FIG_NA, .reason = "needs BPF: /proc has bytes of a process, but no calls, files or times"};
	else if (!vfs && !calls)
		out->status = exits;
	if (out->status.state == FIG_EXACT && (losing || refused > s->refused))
		out->status.state = FIG_INCOMPLETE;
	out->others = out->status;
	if (out->status.state != FIG_NA && (!calls || begun))
		out->others = (struct fig_status){
			.state = FIG_NA,
			.reason = begun ? "counted from now on: figures after the next interval"
					: "of the VFS only reads, writes, opens and fsyncs are counted; the rest while "
					  "operations, latency or events are open",
		};
	set_parts(snap, vfs, out);
	out->closes = calls && snap->demand & DEMAND_FSLOG && snap->fs_kinds & 1u << FS_EV_CLOSE;
	s->refused = refused;
}

static int compare_sets(const void *a, const void *b)
{
	const struct set *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->what < y->what ? -1 : x->what > y->what;
}

static void hide_uncounted(const struct snapshot *snap, struct fs_op_row *row)
{
	if (row->sum.count || snapshot_fs_op_status(snap, row->what).state != FIG_NA)
		return;
	row->sum = (struct fs_ops_sum){
		.count = FIG_UNKNOWN, .bytes = FIG_UNKNOWN, .ns = FIG_UNKNOWN,
		.errors = FIG_UNKNOWN, .enoent = FIG_UNKNOWN,
	};
}

static void make_rows(struct fs_ops *s, const struct snapshot *snap, enum since since)
{
	struct fs_op_row *rows = pool_at(&s->rows, 0);
	const void **order = pool_at(&s->order, 0);
	uint32_t nr = s->sets.fresh; /* none is ever taken back */
	int64_t all_ns = 0;

	for (uint32_t i = 0; i < nr; i++)
		order[i] = pool_at(&s->sets, i);
	sort_pointers(order, nr, compare_sets);
	for (uint32_t i = 0; i < nr; i++) {
		const struct set *set = order[i];

		rows[i] = (struct fs_op_row){.dev = set->dev, .what = set->what};
		snprintf(rows[i].fstype, sizeof(rows[i].fstype), "%s",
			 *set->fstype ? set->fstype : snapshot_fs_type(snap, set->dev));
		fs_tally_sum(&set->tally, since, set->what, &rows[i].sum);
		if (fs_what_is_own(set->what))
			fig_add(&all_ns, rows[i].sum.ns);
	}
	for (uint32_t i = 0; i < nr; i++) {
		hide_uncounted(snap, &rows[i]);
		fs_op_row_finish(&rows[i], all_ns);
	}
	s->snap.rows = rows;
	s->snap.rows_nr = (int)nr;
}

/* Who it is, where the table of tasks has no row for it; of sums the command only. */
static void bare_row(struct proc_row *row, const struct ops_proc *p)
{
	proc_who_row(&p->who, p->who.summed, row);
	if (p->who.summed)
		row->uid = FIG_UNKNOWN;
}

static void make_proc(struct fs_ops *s, const struct ops_proc *p, enum since since)
{
	struct fs_op_proc *row = pool_at(&s->procs, (uint32_t)s->snap.procs_nr++);

	row->part = s->snap.parts_nr;
	if (p->who.row)
		row->p = *p->who.row;
	else
		bare_row(&row->p, p);
	for (const struct ops_part *part = p->parts; part; part = part->next) {
		struct fs_op_part *to = pool_at(&s->parts, (uint32_t)s->snap.parts_nr);

		if (!fs_tally_grew(&part->tally, since))
			continue;
		to->dev = part->dev;
		to->what = part->what;
		fs_tally_sum(&part->tally, since, part->what, &to->sum);
		s->snap.parts_nr++;
	}
	row->parts_nr = s->snap.parts_nr - row->part;
}

static void make_procs(struct fs_ops *s, enum since since)
{
	const void **order = pool_at(&s->order, 0);
	uint32_t nr = 0;

	for (uint32_t i = 0; i < s->table.procs.fresh; i++) {
		const struct ops_proc *p = pool_at(&s->table.procs, i);

		if (p->who.used && ops_proc_grew(p, since))
			order[nr++] = p;
	}
	sort_pointers(order, nr, proc_who_compare);
	for (uint32_t i = 0; i < nr; i++)
		make_proc(s, order[i], since);
	s->snap.procs = pool_at(&s->procs, 0);
	s->snap.parts = pool_at(&s->parts, 0);
}

static void publish_heats(struct pool *pool)
{
	for (uint32_t i = 0; i < pool->fresh; i++)
		heat_publish(&((struct op_heat *)pool_at(pool, i))->fold);
}

static void ops_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct fs_ops *s = state;

	s->snap = (struct fs_ops_snap){.of = s};
	snap->fs_ops = &s->snap;
	set_status(s, snap);
	make_rows(s, snap, since_of(window));
	fs_ops_table_link(&s->table, snap);
	make_procs(s, since_of(window));
	publish_heats(&s->singles);
	publish_heats(&s->alls);
	restart(s, SINCE_PUBLISH);
}

static void ops_mark(void *state)
{
	restart(state, SINCE_MARK);
}

const struct heat *snapshot_fs_heat(const struct snapshot *s, uint32_t dev, unsigned what)
{
	const struct fs_ops *of = s->fs_ops ? s->fs_ops->of : NULL;
	const struct op_heat *h = of ? find_heat(dev == FS_ALL ? &of->alls : &of->singles, dev, what) : NULL;

	return h ? &h->fold.shown : NULL;
}

const struct fs_fold fs_ops_fold = {
	.name = "operations",
	.state_size = sizeof(struct fs_ops),
	.init = ops_init,
	.fini = ops_fini,
	.clear = ops_clear,
	.grow = ops_grow,
	.tick = ops_tick,
	.publish = ops_publish,
	.mark = ops_mark,
};
