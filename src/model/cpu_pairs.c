/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pairs of processes: who waited for a CPU behind whom, who woke whom. The kernel forgets the
 * least recent of them and then counts anew, so growth is added up here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model.h"
#include "pool.h"
#include "since.h"
#include "snap_pairs.h"
#include "sort.h"
#include "table.h"

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define PAIRS_MAX 8192 /* as many as the kernel keeps */
#define SUMS_MAX  (2 * PAIRS_MAX) /* each pair, and once more for all processes together */
#define NAMES	  4096
#define IRQS_MAX  512
#define NAME_BYTES sizeof(((struct pair_sum *)0)->name)

struct counts {
	uint64_t count, ns;
};

struct pair {
	struct counts raw;	      /* as last recorded */
	struct counts now;	      /* grown since the pair was first met */
	struct counts base[SINCE_NR]; /* `now` when the window began */
	uint32_t window[SINCE_NR];    /* number of the window of which base is */
};

/* The last known name of a process that had no row. */
struct name {
	uint32_t tgid;
	char comm[TASK_COMM_BYTES];
};

struct irq_name {
	uint32_t irq;
	char name[NAME_BYTES];
};

struct pairs_state {
	struct table pairs;
	uint32_t window[SINCE_NR]; /* counts up as windows begin anew */
	bool started;
	struct name names[NAMES];
	struct irq_name irqs[IRQS_MAX];
	uint32_t irqs_nr;
	struct pair_sum sums[SUMS_MAX];
	const struct pair_sum *order[SUMS_MAX];
	struct pairs_snap snap;
};

static int pairs_init(void *state)
{
	struct pairs_state *s = state;

	return table_init(&s->pairs, PAIRS_MAX, sizeof(struct pair));
}

static void pairs_fini(void *state)
{
	struct pairs_state *s = state;

	if (s->pairs.impl)
		table_fini(&s->pairs);
}

static void pairs_clear(void *state)
{
	struct pairs_state *s = state;

	table_clear(&s->pairs);
	memset(s->window, 0, sizeof(s->window));
	memset(s->names, 0, sizeof(s->names));
	s->irqs_nr = 0;
	s->started = false;
	s->snap.nr = 0;
}

static struct table_key key_of(uint32_t kind, uint32_t tgid, uint32_t by)
{
	return (struct table_key){.a = (uint64_t)tgid << 32 | by, .b = kind};
}

/* What came before the window of `since` is not told in it. */
static void open_windows(const struct pairs_state *s, struct pair *p)
{
	for (int i = 0; i < SINCE_NR; i++) {
		if (p->window[i] == s->window[i])
			continue;
		p->window[i] = s->window[i];
		p->base[i] = p->now;
	}
}

static void on_pair(struct pairs_state *s, const struct pair_rec *r)
{
	bool new, anew;
	struct pair *p = table_put(&s->pairs, key_of(r->kind, r->tgid, r->by), &new);

	open_windows(s, p);
	anew = new || r->count < p->raw.count || r->ns < p->raw.ns;
	p->now.count += r->count - (anew ? 0 : p->raw.count);
	p->now.ns += r->ns - (anew ? 0 : p->raw.ns);
	p->raw = (struct counts){r->count, r->ns};
}

static struct name *name_slot(struct pairs_state *s, uint32_t tgid)
{
	return &s->names[tgid % NAMES];
}

static void note_name(struct pairs_state *s, uint32_t tgid, const char comm[TASK_COMM_BYTES])
{
	struct name *n = name_slot(s, tgid);

	if (!tgid || !*comm)
		return;
	n->tgid = tgid;
	memcpy(n->comm, comm, sizeof(n->comm));
}

static void on_exit(struct pairs_state *s, const struct task_rec *r)
{
	if (r->flags & TASK_F_LEADER)
		note_name(s, r->tgid, r->comm);
}

static void on_irq_name(struct pairs_state *s, const struct irq_name_rec *r)
{
	uint32_t i = 0;

	if (r->type != IRQ_HARD)
		return;
	while (i < s->irqs_nr && s->irqs[i].irq != r->irq)
		i++;
	if (i == IRQS_MAX)
		return;
	s->irqs_nr += i == s->irqs_nr;
	s->irqs[i].irq = r->irq;
	snprintf(s->irqs[i].name, sizeof(s->irqs[i].name), "%.*s", (int)NAME_BYTES - 1, r->name);
}

static void on_tick(struct pairs_state *s, const struct tick_rec *r)
{
	bool first = !s->started || (r->flags & TICK_F_FIRST);

	for (int i = 0; first && i < SINCE_NR; i++)
		s->window[i]++;
	if (r->flags & TICK_F_GAP)
		s->window[SINCE_PUBLISH]++;
	s->started = true;
}

static int apply_core(struct pairs_state *s, const struct ev_hdr *ev)
{
	switch (ev->kind) {
	case CORE_TICK:
		on_tick(s, REC(tick_rec, ev));
		break;
	case CORE_EXIT:
		on_exit(s, REC(task_rec, ev));
		break;
	case CORE_EXEC:
		note_name(s, REC(exec_rec, ev)->tgid, REC(exec_rec, ev)->comm);
		break;
	}
	return 0;
}

static int pairs_apply(void *state, const struct ev_hdr *ev)
{
	struct pairs_state *s = state;

	if (ev->pane == PANE_CORE)
		return apply_core(s, ev);
	switch (ev->kind) {
	case CPU_PAIR:
		on_pair(s, REC(pair_rec, ev));
		break;
	case CPU_INTR_NAME:
		on_irq_name(s, REC(irq_name_rec, ev));
		break;
	}
	return 0;
}

static const char *row_name(const struct snapshot *snap, uint32_t tgid)
{
	int from = 0, to = snap->procs_nr, mid;

	while (from < to) { /* rows come in order of pid, the summed ones (unknown) last */
		mid = from + (to - from) / 2;
		if (snap->procs[mid].pid == FIG_UNKNOWN || snap->procs[mid].pid >= (int64_t)tgid)
			to = mid;
		else
			from = mid + 1;
	}
	return from < snap->procs_nr && snap->procs[from].pid == (int64_t)tgid
		       ? snap->procs[from].comm
		       : NULL;
}

static void name_interrupt(const struct pairs_state *s, uint32_t by, char ret[NAME_BYTES])
{
	static const char *const vectors[SOFTIRQS] = {"HI",	  "TIMER",   "NET_TX", "NET_RX",  "BLOCK",
						      "IRQ_POLL", "TASKLET", "SCHED",  "HRTIMER", "RCU"};
	uint32_t nr;

	if (by >= PAIR_BY_TIMER) {
		snprintf(ret, NAME_BYTES, "timer");
	} else if (by >= PAIR_BY_SOFTIRQ) {
		nr = by - PAIR_BY_SOFTIRQ;
		snprintf(ret, NAME_BYTES, "softirq %s", nr < SOFTIRQS ? vectors[nr] : "?");
	} else {
		nr = by - PAIR_BY_IRQ;
		snprintf(ret, NAME_BYTES, "irq %u", nr);
		for (uint32_t i = 0; i < s->irqs_nr; i++)
			if (s->irqs[i].irq == nr && *s->irqs[i].name)
				memcpy(ret, s->irqs[i].name, NAME_BYTES);
	}
}

static void set_name(struct pairs_state *s, const struct snapshot *snap, struct pair_sum *sum)
{
	const char *comm = row_name(snap, sum->by);

	if (sum->by >= PAIR_BY_IRQ) {
		name_interrupt(s, sum->by, sum->name);
		return;
	}
	if (comm)
		note_name(s, sum->by, comm);
	else if (name_slot(s, sum->by)->tgid == sum->by)
		comm = name_slot(s, sum->by)->comm;
	if (!sum->by)
		snprintf(sum->name, sizeof(sum->name), "idle task");
	else if (comm)
		snprintf(sum->name, sizeof(sum->name), "%.16s", comm);
	else
		snprintf(sum->name, sizeof(sum->name), "pid %u", sum->by);
}

static uint64_t weight(const struct pair_sum *sum)
{
	return sum->kind == PAIR_BEHIND ? sum->ns : sum->count;
}

static int compare_by(const void *pa, const void *pb)
{
	const struct pair_sum *a = pa, *b = pb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->by < b->by ? -1 : a->by > b->by;
}

static int compare_sums(const void *pa, const void *pb)
{
	const struct pair_sum *a = pa, *b = pb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->tgid != b->tgid)
		return a->tgid < b->tgid ? -1 : 1;
	if (weight(a) != weight(b))
		return weight(a) > weight(b) ? -1 : 1;
	return a->by < b->by ? -1 : a->by > b->by;
}

/* The pairs that grew in the window. */
static uint32_t collect(struct pairs_state *s, const struct snapshot *snap, enum since since)
{
	uint32_t cursor = 0, nr = 0;
	const struct pair *p;
	struct table_key key;
	struct pair_sum *sum;

	while ((p = table_next(&s->pairs, &cursor, &key))) {
		if (p->window[since] != s->window[since] ||
		    p->now.count == p->base[since].count)
			continue;
		sum = &s->sums[nr];
		sum->kind = (uint32_t)key.b;
		sum->tgid = (uint32_t)(key.a >> 32);
		sum->by = (uint32_t)key.a;
		sum->count = p->now.count - p->base[since].count;
		sum->ns = p->now.ns - p->base[since].ns;
		set_name(s, snap, sum);
		s->order[nr] = sum;
		nr++;
	}
	return nr;
}

/* Adds the sums over all processes behind the first `nr`, which it puts in order of `by`. */
static uint32_t add_machine(struct pairs_state *s, uint32_t nr)
{
	struct pair_sum *all = NULL;
	uint32_t end = nr;

	sort_pointers((const void **)s->order, nr, compare_by);
	for (uint32_t i = 0; i < nr; i++) {
		const struct pair_sum *sum = s->order[i];

		if (!all || compare_by(all, sum)) {
			all = &s->sums[end];
			*all = *sum;
			all->tgid = 0;
			s->order[end++] = all;
			continue;
		}
		all->count += sum->count;
		all->ns += sum->ns;
	}
	return end;
}

static void pairs_publish(void *state, const struct tick_rec *tick, enum window window,
			  struct snapshot *snap)
{
	struct pairs_state *s = state;
	uint32_t nr = collect(s, snap, since_of(window));

	nr = add_machine(s, nr);
	sort_pointers((const void **)s->order, nr, compare_sums);
	s->snap = (struct pairs_snap){.sums = s->order, .nr = nr};
	snap->pairs = &s->snap;
	s->window[SINCE_PUBLISH]++;
}

static void pairs_mark(void *state)
{
	struct pairs_state *s = state;

	s->window[SINCE_MARK]++;
}

/* The first of a process's sums, of which there are *ret_nr. */
static uint32_t find(const struct pairs_snap *snap, uint32_t kind, uint32_t tgid, uint32_t *ret_nr)
{
	uint32_t from = 0, to = snap->nr, end;

	while (from < to) {
		uint32_t mid = from + (to - from) / 2;
		const struct pair_sum *sum = snap->sums[mid];

		if (sum->kind < kind || (sum->kind == kind && sum->tgid < tgid))
			from = mid + 1;
		else
			to = mid;
	}
	for (end = from; end < snap->nr; end++)
		if (snap->sums[end]->kind != kind || snap->sums[end]->tgid != tgid)
			break;
	*ret_nr = end - from;
	return from;
}

int snapshot_pairs(const struct snapshot *s, const struct proc_row *row, enum pair_kind kind,
		   struct pair_row *ret, int max)
{
	double all = 0; /* hostile sums do not wrap */
	uint32_t at, nr;

	if (!s->pairs || (row && row->pid == FIG_UNKNOWN))
		return 0;
	at = find(s->pairs, kind, row ? (uint32_t)row->pid : 0, &nr);
	for (uint32_t i = 0; i < nr; i++)
		all += (double)weight(s->pairs->sums[at + i]);
	for (uint32_t i = 0; i < nr && (int)i < max; i++) {
		const struct pair_sum *sum = s->pairs->sums[at + i];

		ret[i] = (struct pair_row){
			.by = sum->by, .count = (int64_t)sum->count, .ns = (int64_t)sum->ns};
		memcpy(ret[i].name, sum->name, sizeof(ret[i].name));
		ret[i].share_pct = all > 0 ? (int64_t)((double)weight(sum) * 100000 / all + 0.5) : 0;
	}
	return (int)nr < max ? (int)nr : max;
}

const struct model_ops pairs_model = {
	.name = "pairs",
	.pane = PANE_CPU,
	.core = true,
	.state_size = sizeof(struct pairs_state),
	.init = pairs_init,
	.fini = pairs_fini,
	.clear = pairs_clear,
	.apply = pairs_apply,
	.publish = pairs_publish,
	.mark = pairs_mark,
};
