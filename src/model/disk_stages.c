/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps of block I/O: how often each happened, by device and CPU, and the times between the steps of
 * those requests that were followed.
 *
 * Counting begins when somebody asks, at any moment; the part of an interval before the next
 * tick is left out, so that every rate is of a whole interval.
 */
#include <string.h>

#include "disk_follow.h"
#include "model.h"
#include "since.h"
#include "sort.h"

#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define SUMS_MAX  16384 /* devices times CPUs */
#define TIMES_MAX 1024	/* devices with requests that were followed */
#define LONG_NS	  1000000000ULL /* most requests take less */

struct sum {
	uint32_t dev, cpu;
	uint64_t now[STAGE_NR], base[SINCE_NR][STAGE_NR];
};

struct span_sum {
	uint64_t count, ns;
	uint64_t slots[HIST_SLOTS];
};

struct times {
	struct span_sum now[SPAN_NR], base[SINCE_NR][SPAN_NR];
	uint64_t max_ns[SINCE_NR][SPAN_NR];
	struct stage_time shown[SPAN_NR];
};

struct stages_state_all {
	struct follow follow;
	struct table sums, times; /* by device and CPU; by device */
	struct disk_stages_snap snap;
	const void *order[SUMS_MAX];
	struct stage_row cpus[SUMS_MAX], devs[DISKS_MAX];
	bool asked, on; /* by the last demand record; by the last tick */
	bool sampled;
	uint64_t begun_ns; /* the tick from which on is counted */
	uint64_t tick_ns;
};

static int stages_init(void *state)
{
	struct stages_state_all *s = state;
	int ret = follow_init(&s->follow);

	if (!ret)
		ret = table_init(&s->sums, SUMS_MAX, sizeof(struct sum));
	return ret ? ret : table_init(&s->times, TIMES_MAX, sizeof(struct times));
}

static void stages_fini(void *state)
{
	struct stages_state_all *s = state;

	follow_fini(&s->follow);
	table_fini(&s->sums);
	table_fini(&s->times);
}

static void forget(struct stages_state_all *s)
{
	follow_clear(&s->follow);
	table_clear(&s->sums);
	table_clear(&s->times);
}

static void stages_clear(void *state)
{
	struct stages_state_all *s = state;

	forget(s);
	s->snap = (struct disk_stages_snap){ 0 };
	s->asked = s->on = s->sampled = false;
	s->begun_ns = s->tick_ns = 0;
}

/* What comes later counts from `since` on. */
static void rebase(struct stages_state_all *s, enum since since)
{
	uint32_t cursor = 0;
	struct times *t;
	struct sum *sum;

	while ((sum = table_next(&s->sums, &cursor, NULL)))
		memcpy(sum->base[since], sum->now, sizeof(sum->now));
	cursor = 0;
	while ((t = table_next(&s->times, &cursor, NULL))) {
		memcpy(t->base[since], t->now, sizeof(t->now));
		memset(t->max_ns[since], 0, sizeof(t->max_ns[since]));
	}
}

static void begin(struct stages_state_all *s)
{
	for (int i = 0; i < SINCE_NR; i++)
		rebase(s, (enum since)i);
	s->begun_ns = s->tick_ns;
}

static void on_tick(struct stages_state_all *s, const struct tick_rec *tick)
{
	s->tick_ns = tick->h.ts_ns;
	if (s->asked && (!s->on || (tick->flags & TICK_F_FIRST)))
		begin(s);
	else if (s->asked && (tick->flags & TICK_F_GAP))
		rebase(s, SINCE_PUBLISH);
	if (!s->asked && s->on)
		forget(s);
	s->on = s->asked;
}

static void on_core(struct stages_state_all *s, const struct ev_hdr *ev)
{
	const struct demand_rec *demand = REC(demand_rec, ev);

	if (ev->kind == CORE_TICK)
		on_tick(s, REC(tick_rec, ev));
	if (ev->kind != CORE_DEMAND)
		return;
	s->asked = demand->on & DEMAND_STAGES;
	s->sampled = !demand->trace_tgid && !demand->trace_dev;
}

static void on_sum(struct stages_state_all *s, const struct disk_stage_sum_rec *r)
{
	struct sum *sum = table_put(&s->sums, (struct table_key){ r->dev, r->h.cpu }, &(bool){ false });

	sum->dev = r->dev;
	sum->cpu = r->h.cpu;
	memcpy(sum->now, r->count, sizeof(sum->now));
}

/* Only of requests that were seen from the first step to the last: so shares make up the whole. */
static void on_done(struct stages_state_all *s, const struct stage_request *q)
{
	struct times *t;

	if (q->span_ns[SPAN_Q2G] == FIG_UNKNOWN || q->span_ns[SPAN_D2C] == FIG_UNKNOWN || q->merged)
		return;
	t = table_put(&s->times, (struct table_key){ q->dev, 0 }, &(bool){ false });
	for (int i = 0; i < SPAN_NR; i++) {
		uint64_t ns = (uint64_t)q->span_ns[i];

		if (q->span_ns[i] == FIG_UNKNOWN || ns > SINCE_VALUE_MAX)
			continue;
		t->now[i].count++;
		t->now[i].ns += ns;
		t->now[i].slots[hist_slot(ns)]++;
		for (int since = 0; since < SINCE_NR; since++)
			if (ns > t->max_ns[since][i])
				t->max_ns[since][i] = ns;
	}
}

static int stages_apply(void *state, const struct ev_hdr *ev)
{
	struct stages_state_all *s = state;
	const struct stage_request *done;

	if (ev->pane == PANE_CORE) {
		on_core(s, ev);
	} else if (ev->kind == DISK_STAGE_SUM) {
		on_sum(s, REC(disk_stage_sum_rec, ev));
	} else if (ev->kind == DISK_STAGE && s->asked) { /* else of an opening that is over */
		done = follow_step(&s->follow, REC(disk_stage_rec, ev));
		if (done)
			on_done(s, done);
	}
	return 0;
}

/* The figures of one window; sums are brought to the time that rates are of. */
struct stages_window {
	enum since since;
	uint64_t window_ns, covered_ns;
};

static int64_t to_window(const struct stages_window *w, int64_t value)
{
	__int128 scaled;

	if (value == FIG_UNKNOWN || w->window_ns == w->covered_ns)
		return value;
	scaled = (__int128)value * (int64_t)w->window_ns / (int64_t)w->covered_ns;
	return scaled > INT64_MAX ? INT64_MAX : (int64_t)scaled;
}

static struct stage_time span_time(const struct times *t, const struct stages_window *w, enum stage_span i,
				   int64_t whole_ns)
{
	const struct span_sum *now = &t->now[i], *base = &t->base[w->since][i];
	struct stage_time r = {
		.count = since_growth(now->count, base->count, 1),
		.ns = since_growth(now->ns, base->ns, 1),
	};

	for (int slot = 0; slot < HIST_SLOTS; slot++)
		r.hist.slots[slot] = now->slots[slot] - base->slots[slot];
	r.hist.max_ns = t->max_ns[w->since][i];
	r.avg_ns = r.count > 0 && r.ns != FIG_UNKNOWN ? r.ns / r.count : FIG_UNKNOWN;
	r.p50_ns = hist_percentile_ns(&r.hist, 500);
	r.p99_ns = hist_percentile_ns(&r.hist, 990);
	r.max_ns = hist_max_ns(&r.hist);
	r.share_pct = r.avg_ns != FIG_UNKNOWN && whole_ns > 0 ? (int64_t)((__int128)r.ns * 100000 / whole_ns) : FIG_UNKNOWN;
	return r;
}

static void row_times(struct stages_state_all *s, struct stage_row *row, const struct stages_window *w)
{
	struct times *t = table_get(&s->times, (struct table_key){ row->dev, 0 });
	int64_t whole_ns;

	row->followed = 0;
	if (!t)
		return;
	whole_ns = since_growth(t->now[SPAN_Q2C].ns, t->base[w->since][SPAN_Q2C].ns, 1);
	for (int i = 0; i < SPAN_NR; i++) {
		t->shown[i] = span_time(t, w, (enum stage_span)i, whole_ns);
		row->avg_ns[i] = t->shown[i].avg_ns;
		row->p99_ns[i] = t->shown[i].p99_ns;
	}
	row->followed = t->shown[SPAN_Q2C].count;
	row->times = t->shown;
}

static struct stage_row *add_row(struct stage_row *rows, int *nr, uint32_t dev, int64_t cpu)
{
	struct stage_row *row = &rows[(*nr)++];

	*row = (struct stage_row){ .dev = dev, .cpu = cpu, .followed = FIG_UNKNOWN };
	for (int i = 0; i < SPAN_NR; i++)
		row->avg_ns[i] = row->p99_ns[i] = FIG_UNKNOWN;
	return row;
}

/* What a damaged record claims must not wrap. */
static void add_count(int64_t *sum, int64_t count)
{
	if (count > 0)
		*sum = count > INT64_MAX - *sum ? INT64_MAX : *sum + count;
}

static int by_place(const void *x, const void *y)
{
	const struct sum *a = x, *b = y;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->cpu < b->cpu ? -1 : a->cpu > b->cpu;
}

static void make_rows(struct stages_state_all *s, const struct stages_window *w)
{
	struct disk_stages_snap *snap = &s->snap;
	struct stage_row *dev = NULL, *cpu;
	uint32_t nr = 0, cursor = 0;
	struct sum *sum;

	while ((sum = table_next(&s->sums, &cursor, NULL)))
		s->order[nr++] = sum;
	sort_pointers(s->order, nr, by_place);
	for (uint32_t i = 0; i < nr; i++) {
		sum = (struct sum *)s->order[i];
		if (!dev || dev->dev != sum->dev) {
			if (snap->devs_nr == DISKS_MAX)
				break;
			dev = add_row(s->devs, &snap->devs_nr, sum->dev, FIG_UNKNOWN);
			row_times(s, dev, w);
		}
		cpu = add_row(s->cpus, &snap->cpus_nr, sum->dev, sum->cpu);
		for (int stage = 0; stage < STAGE_NR; stage++) {
			cpu->count[stage] = to_window(w, since_growth(sum->now[stage], sum->base[w->since][stage], 1));
			add_count(&dev->count[stage], cpu->count[stage]);
		}
	}
	snap->devs = s->devs;
	snap->cpus = s->cpus;
}

/* The newest that is over of each device. */
static void link_last(struct stages_state_all *s)
{
	for (int i = s->snap.done_nr; i-- > 0;) {
		const struct stage_request *q = &s->snap.requests[i];

		for (int at = 0; at < s->snap.devs_nr && !q->merged; at++)
			if (s->devs[at].dev == q->dev && !s->devs[at].last)
				s->devs[at].last = q;
	}
}

static struct fig_status na(const char *reason)
{
	return (struct fig_status){ .state = FIG_NA, .reason = reason };
}

static struct fig_status stage_status(const struct stages_state_all *s, const struct snapshot *snap, const char *probe)
{
	struct fig_status status;

	if (!(snap->m.host.flags & HOST_F_BPF))
		return na("needs BPF: the kernel keeps no such figure under /proc");
	if (!s->on)
		return na("counted while asked for: by this view, or --view=stages in batch and --record");
	status = snapshot_probe_status(snap, probe);
	if (status.state == FIG_EXACT && s->sums.evicted)
		status.state = FIG_INCOMPLETE;
	return status;
}

static void set_status(struct stages_state_all *s, const struct snapshot *snap)
{
	static const char *const probes[STAGE_NR] = {
		[STAGE_Q] = "bio-queue", [STAGE_G] = "io-getrq", [STAGE_M] = "bio-backmerge", [STAGE_F] = "bio-frontmerge",
		[STAGE_P] = "plug", [STAGE_U] = "unplug", [STAGE_T] = "unplug", [STAGE_I] = "rq-insert",
		[STAGE_D] = "io-issue", [STAGE_R] = "io-requeue", [STAGE_C] = "io-complete", [STAGE_X] = "bio-split",
		[STAGE_A] = "bio-remap", [STAGE_B] = "bio-bounce", [STAGE_S] = "bio-sleep",
	};
	static const enum disk_stage timed[] = { STAGE_Q, STAGE_G, STAGE_D, STAGE_C };
	struct disk_stages_snap *d = &s->snap;

	for (int i = 0; i < STAGE_NR; i++)
		d->stage_status[i] = stage_status(s, snap, probes[i]);
	d->time_status.state = s->sampled ? FIG_SAMPLED : snap->losing[PANE_DISK] ? FIG_INCOMPLETE : FIG_EXACT;
	for (size_t i = 0; i < sizeof(timed) / sizeof(timed[0]); i++)
		if (d->stage_status[timed[i]].state == FIG_NA)
			d->time_status = d->stage_status[timed[i]];
}

static void stages_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct stages_state_all *s = state;
	uint64_t from_ns = s->begun_ns > snap->m.since_ns ? s->begun_ns : snap->m.since_ns;
	struct stages_window w = { .since = since_of(window), .window_ns = snap->m.interval_ns };

	w.covered_ns = s->tick_ns > from_ns ? s->tick_ns - from_ns : 0;
	if (window == WINDOW_TOTAL)
		w.window_ns = w.covered_ns; /* sums, not rates */
	s->snap = (struct disk_stages_snap){ .since_ns = from_ns, .sampled = s->sampled };
	s->snap.state = !s->on ? STAGES_OFF : w.covered_ns ? STAGES_ON : STAGES_BEGUN;
	set_status(s, snap);
	snap->disk_stages = &s->snap;
	if (!s->on)
		return;
	if (snap->losing[PANE_DISK])
		follow_forget(&s->follow, tick->h.ts_ns > LONG_NS ? tick->h.ts_ns - LONG_NS : 0);
	follow_show(&s->follow, tick->h.ts_ns, &s->snap);
	if (w.covered_ns)
		make_rows(s, &w);
	link_last(s);
	rebase(s, SINCE_PUBLISH);
}

static void stages_mark(void *state)
{
	rebase(state, SINCE_MARK);
}

extern const struct model_ops disk_stages_model;
const struct model_ops disk_stages_model = {
	.name = "disk-stages",
	.pane = PANE_DISK,
	.core = true,
	.state_size = sizeof(struct stages_state_all),
	.init = stages_init,
	.fini = stages_fini,
	.clear = stages_clear,
	.apply = stages_apply,
	.publish = stages_publish,
	.mark = stages_mark,
};
