/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums and histograms of requests by device and set of flags, and the last minutes of each
 * device's operations. What records tell is added up, so that nothing wraps and nothing steps
 * back; a window is the growth since the moment from which it counts.
 */
#include <stdlib.h>
#include <string.h>

#include "heat.h"
#include "model.h"
#include "pool.h"
#include "since.h"
#include "snap_disk_sets.h"

#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define SETS_MAX    4096 /* pairs of a device and a set */
#define HEATS_MAX   384	 /* pairs of a device and an operation whose last minutes are kept */
#define SINGLE_COLS 120	 /* columns of one device */
#define ANY	    DISK_OP_NR /* in arrays by operation: all of them */

enum sum { COUNT, BYTES, QUEUE_NS, SERVICE_NS, ERRORS, SEQUENTIAL, SUM_NR };

struct counts {
	uint64_t sums[SUM_NR];
	uint64_t slots[DISK_HIST_NR][HIST_SLOTS];
	uint64_t sizes[SIZE_SLOTS];
};

/* The last minutes of one operation. */
struct op_heat {
	uint64_t slots[DISK_HIST_NR][HIST_SLOTS]; /* added up */
	struct heat_fold fold[DISK_HIST_NR];
};

struct single_heat { /* of one device */
	struct pool_node node;
	uint32_t dev;
	int op;
	struct op_heat heat;
	struct heat_column columns[DISK_HIST_NR][2 * SINGLE_COLS];
};

struct all_heat { /* of all devices */
	bool used;
	struct op_heat heat;
	struct heat_column columns[DISK_HIST_NR][2 * HEAT_COLUMNS];
};

struct set_entry {
	struct pool_node node;
	uint32_t dev, set;
	uint64_t last[SUM_NR]; /* as it was told last, as the slots: */
	uint32_t last_slots[DISK_HIST_NR][HIST_SLOTS], last_sizes[SIZE_SLOTS];
	struct counts now, base[SINCE_NR];
	uint64_t max_ns[SINCE_NR][DISK_HIST_NR]; /* of what came since */
	struct op_heat *heats[4]; /* of its device and of all, of its operation and of any; NULL: no room */
};

struct disk_sets {
	struct pool sets, singles;
	struct all_heat all[DISK_OP_NR + 1];
	const struct set_entry *order[SETS_MAX];
	struct disk_set_row rows[SETS_MAX];
	struct disk_sets_snap snap;
	bool started;
};

static int sets_init(void *state)
{
	struct disk_sets *s = state;
	int ret = pool_init(&s->sets, POOL_KEYED, SETS_MAX, sizeof(struct set_entry));

	return ret ? ret : pool_init(&s->singles, POOL_KEYED, HEATS_MAX, sizeof(struct single_heat));
}

static void sets_fini(void *state)
{
	struct disk_sets *s = state;

	pool_fini(&s->sets);
	pool_fini(&s->singles);
}

static void sets_clear(void *state)
{
	struct disk_sets *s = state;

	pool_clear(&s->sets);
	pool_clear(&s->singles);
	for (int op = 0; op <= ANY; op++)
		if (s->all[op].used)
			memset(&s->all[op], 0, sizeof(s->all[op]));
	s->snap = (struct disk_sets_snap){ 0 };
	s->started = false;
}

static uint32_t heat_key(uint32_t dev, int op)
{
	return dev * (DISK_OP_NR + 1) + (uint32_t)op;
}

static struct single_heat *find_single(const struct disk_sets *s, uint32_t dev, int op)
{
	struct single_heat *h = pool_find(&s->singles, heat_key(dev, op));

	while (h && (h->dev != dev || h->op != op))
		h = pool_find_next(&s->singles, h);
	return h;
}

static struct op_heat *single_heat(struct disk_sets *s, uint32_t dev, int op)
{
	struct single_heat *h = find_single(s, dev, op);

	if (!h)
		h = pool_get(&s->singles, heat_key(dev, op));
	if (!h)
		return NULL;
	h->dev = dev;
	h->op = op;
	for (int i = 0; i < DISK_HIST_NR; i++)
		heat_fold_init(&h->heat.fold[i], h->columns[i], SINGLE_COLS);
	return &h->heat;
}

static struct op_heat *all_heat(struct disk_sets *s, int op)
{
	struct all_heat *h = &s->all[op];

	h->used = true;
	for (int i = 0; i < DISK_HIST_NR; i++)
		heat_fold_init(&h->heat.fold[i], h->columns[i], HEAT_COLUMNS);
	return &h->heat;
}

static struct set_entry *get_set(struct disk_sets *s, uint32_t dev, uint32_t set)
{
	uint32_t key = dev * 61 + set; /* a chain takes the lowest bits */
	int op = (int)(set & DISK_SET_OP);
	struct set_entry *e;

	for (e = pool_find(&s->sets, key); e; e = pool_find_next(&s->sets, e))
		if (e->dev == dev && e->set == set)
			return e;
	e = pool_get(&s->sets, key);
	if (!e)
		return NULL;
	e->dev = dev;
	e->set = set;
	e->heats[0] = single_heat(s, dev, op);
	e->heats[1] = single_heat(s, dev, ANY);
	e->heats[2] = all_heat(s, op);
	e->heats[3] = all_heat(s, ANY);
	return e;
}

static void add_slot(struct set_entry *e, int which, int slot, uint32_t grown)
{
	e->now.slots[which][slot] += grown;
	for (int i = 0; i < 4; i++)
		if (e->heats[i])
			e->heats[i]->slots[which][slot] += grown;
}

static void take_slots(struct set_entry *e, int which, const uint32_t slots[HIST_SLOTS])
{
	uint32_t *last = e->last_slots[which];

	for (int i = 0; i < HIST_SLOTS; i++)
		if (slots[i] != last[i])
			add_slot(e, which, i, slots[i] - last[i]);
	memcpy(last, slots, sizeof(e->last_slots[which]));
}

/* A counter that steps back has begun anew: the kernel has dropped the set in between. */
static void begin_anew(struct set_entry *e)
{
	memset(e->last, 0, sizeof(e->last));
	memset(e->last_slots, 0, sizeof(e->last_slots));
	memset(e->last_sizes, 0, sizeof(e->last_sizes));
}

static void on_set(struct disk_sets *s, const struct disk_set_rec *r)
{
	const uint64_t sums[SUM_NR] = {
		[COUNT] = r->count,	      [BYTES] = r->bytes,   [QUEUE_NS] = r->queue_ns,
		[SERVICE_NS] = r->service_ns, [ERRORS] = r->errors, [SEQUENTIAL] = r->sequential,
	};
	const uint64_t max_ns[DISK_HIST_NR] = { r->max_queue_ns, r->max_service_ns };
	struct set_entry *e = r->dev == DISK_ALL ? NULL : get_set(s, r->dev, r->set);

	if (!e)
		return;
	if (r->count < e->last[COUNT])
		begin_anew(e);
	for (int i = 0; i < SUM_NR; i++)
		e->now.sums[i] += sums[i] - e->last[i];
	memcpy(e->last, sums, sizeof(e->last));
	take_slots(e, DISK_HIST_QUEUE, r->queue_slots);
	take_slots(e, DISK_HIST_SERVICE, r->service_slots);
	for (int i = 0; i < SIZE_SLOTS; i++)
		e->now.sizes[i] += r->size_slots[i] - e->last_sizes[i];
	memcpy(e->last_sizes, r->size_slots, sizeof(e->last_sizes));
	for (int i = 0; i < SINCE_NR; i++)
		for (int which = 0; which < DISK_HIST_NR; which++)
			if (max_ns[which] > e->max_ns[i][which] && max_ns[which] <= SINCE_VALUE_MAX)
				e->max_ns[i][which] = max_ns[which];
}

/* A window begins now. */
static void restart(struct disk_sets *s, enum since since)
{
	for (uint32_t i = 0; i < s->sets.fresh; i++) {
		struct set_entry *e = pool_at(&s->sets, i);

		e->base[since] = e->now;
		memset(e->max_ns[since], 0, sizeof(e->max_ns[since]));
	}
}

static void heats_tick(struct op_heat *h, uint64_t end_ns, bool gap)
{
	for (int i = 0; i < DISK_HIST_NR; i++)
		heat_tick(&h->fold[i], end_ns, h->slots[i], gap);
}

static void on_tick(struct disk_sets *s, const struct tick_rec *r)
{
	bool first = !s->started || (r->flags & TICK_F_FIRST), gap = r->flags & TICK_F_GAP;

	for (int i = 0; first && i < SINCE_NR; i++)
		restart(s, (enum since)i);
	if (gap)
		restart(s, SINCE_PUBLISH);
	for (uint32_t i = 0; i < s->singles.fresh; i++)
		heats_tick(&((struct single_heat *)pool_at(&s->singles, i))->heat, r->h.ts_ns, first || gap);
	for (int op = 0; op <= ANY; op++)
		if (s->all[op].used)
			heats_tick(&s->all[op].heat, r->h.ts_ns, first || gap);
	s->started = true;
}

static int sets_apply(void *state, const struct ev_hdr *ev)
{
	if (ev->pane == PANE_CORE && ev->kind == CORE_TICK)
		on_tick(state, REC(tick_rec, ev));
	else if (ev->pane == PANE_DISK && ev->kind == DISK_SET)
		on_set(state, REC(disk_set_rec, ev));
	return 0;
}

/* ---- the snapshot ---- */

static int compare_sets(const void *a, const void *b)
{
	const struct set_entry *x = *(const struct set_entry *const *)a, *y = *(const struct set_entry *const *)b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->set < y->set ? -1 : x->set > y->set;
}

static void add(int64_t *sum, int64_t value)
{
	*sum = *sum == FIG_UNKNOWN || value == FIG_UNKNOWN ? FIG_UNKNOWN : *sum + value;
}

/* In thousandths. */
static int64_t percent(int64_t part, int64_t whole)
{
	return part >= 0 && whole > 0 ? (int64_t)((double)part * 100000 / (double)whole + 0.5) : FIG_UNKNOWN;
}

static void publish_set(const struct set_entry *e, enum since since, bool queued, struct disk_set_row *row)
{
	const struct counts *before = &e->base[since];
	int64_t grown[SUM_NR];

	*row = (struct disk_set_row){ .dev = e->dev, .set = e->set };
	for (int i = 0; i < SUM_NR; i++)
		grown[i] = since_growth(e->now.sums[i], before->sums[i], 1);
	row->sum = (struct disk_sum){
		.count = grown[COUNT],
		.bytes = grown[BYTES],
		.queue_ns = queued ? grown[QUEUE_NS] : FIG_UNKNOWN,
		.service_ns = grown[SERVICE_NS],
		.errors = grown[ERRORS],
		.sequential = grown[SEQUENTIAL],
	};
	for (int i = 0; i < SIZE_SLOTS; i++)
		row->sizes[i] = since_growth(e->now.sizes[i], before->sizes[i], 1);
	row->avg_bytes = row->sum.count > 0 && row->sum.bytes >= 0 ? row->sum.bytes / row->sum.count : FIG_UNKNOWN;
	row->sequential_pct = percent(row->sum.sequential, row->sum.bytes > 0 ? row->sum.count : 0);
	for (int which = 0; which < DISK_HIST_NR; which++) {
		struct hist *h = &row->hist[which];

		for (int i = 0; i < HIST_SLOTS; i++)
			h->slots[i] = e->now.slots[which][i] - before->slots[which][i];
		h->max_ns = e->max_ns[since][which];
		row->p50_ns[which] = hist_percentile_ns(h, 500);
		row->p99_ns[which] = hist_percentile_ns(h, 990);
		row->max_ns[which] = hist_max_ns(h);
	}
}

/* Of the requests of its device. */
static void set_shares(struct disk_set_row *rows, int nr)
{
	int first = 0;

	for (int i = 0; i < nr; i++) {
		int64_t all = 0;

		if (i + 1 < nr && rows[i + 1].dev == rows[i].dev)
			continue;
		for (int n = first; n <= i; n++)
			add(&all, rows[n].sum.count);
		for (int n = first; n <= i; n++)
			rows[n].share_pct = percent(rows[n].sum.count, all);
		first = i + 1;
	}
}

static void set_status(struct disk_sets *s, const struct snapshot *snap)
{
	struct disk_sets_snap *out = &s->snap;

	if (snap->m.host.flags & HOST_F_BPF)
		out->status = snapshot_probe_status(snap, "io-complete");
	else
		out->status = (struct fig_status){
			.state = FIG_NA,
			.reason = "needs BPF: /proc has sums, no histograms",
		};
	if (out->status.state == FIG_EXACT && (snap->losing[PANE_DISK] || s->sets.refused))
		out->status.state = FIG_INCOMPLETE;
	out->queue_status = out->status;
	if (out->status.state != FIG_NA && snapshot_probe_status(snap, "io-start").state == FIG_NA &&
	    snapshot_probe_status(snap, "io-getrq").state == FIG_NA)
		out->queue_status = snapshot_probe_status(snap, "io-start");
	else if (out->status.state != FIG_NA && snapshot_probe_status(snap, "io-issue").state == FIG_NA)
		out->queue_status = snapshot_probe_status(snap, "io-issue");
}

static void sets_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct disk_sets *s = state;
	bool queued;
	int nr = (int)s->sets.fresh; /* none is ever taken back */

	set_status(s, snap);
	queued = s->snap.queue_status.state != FIG_NA;
	for (int i = 0; i < nr; i++)
		s->order[i] = pool_at(&s->sets, (uint32_t)i);
	qsort(s->order, (size_t)nr, sizeof(*s->order), compare_sets);
	for (int i = 0; i < nr; i++)
		publish_set(s->order[i], since_of(window), queued, &s->rows[i]);
	set_shares(s->rows, nr);
	for (uint32_t i = 0; i < s->singles.fresh; i++)
		for (int which = 0; which < DISK_HIST_NR; which++)
			heat_publish(&((struct single_heat *)pool_at(&s->singles, i))->heat.fold[which]);
	for (int op = 0; op <= ANY; op++)
		for (int which = 0; s->all[op].used && which < DISK_HIST_NR; which++)
			heat_publish(&s->all[op].heat.fold[which]);
	s->snap.rows = s->rows;
	s->snap.rows_nr = nr;
	s->snap.of = s;
	snap->disk_sets = &s->snap;
	restart(s, SINCE_PUBLISH);
}

static void sets_mark(void *state)
{
	restart(state, SINCE_MARK);
}

const struct heat *snapshot_disk_heat(const struct snapshot *s, uint32_t dev, int op, enum disk_hist which)
{
	const struct disk_sets *of = s->disk_sets ? s->disk_sets->of : NULL;
	const struct single_heat *single;
	int at = op == DISK_ANY_OP ? ANY : op;

	if (!of)
		return NULL;
	if (dev == DISK_ALL)
		return of->all[at].used ? &of->all[at].heat.fold[which].shown : NULL;
	single = find_single(of, dev, at);
	return single ? &single->heat.fold[which].shown : NULL;
}

extern const struct model_ops disk_sets_model;
const struct model_ops disk_sets_model = {
	.name = "disk-sets",
	.pane = PANE_DISK,
	.state_size = sizeof(struct disk_sets),
	.init = sets_init,
	.fini = sets_fini,
	.clear = sets_clear,
	.apply = sets_apply,
	.publish = sets_publish,
	.mark = sets_mark,
};
