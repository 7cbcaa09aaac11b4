/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupts: a line for each, and on each CPU that had it its counters at four moments, of which
 * a window is the difference of two.
 *
 * Counters from BPF begin with the probes at 0. Those from /proc count since boot and come only
 * while they are asked for: a figure needs both ends, else it is not known. Their mark is that
 * the time is unknown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "snap_irq.h"
#include "table.h"

#define LINES_MAX 16384
#define CELLS_MAX (1 << 18) /* interrupt and CPU: 4,096 CPUs with 64 each */

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

enum moment { NOW, LAST, MARK, FIRST, MOMENT_NR };

struct cell {
	uint64_t count[MOMENT_NR], ns[MOMENT_NR];
	uint32_t line; /* place in the published rows */
	bool proc;     /* counted by /proc */
	bool known[MOMENT_NR]; /* proc: the value at that moment is of that moment */
};

struct line {
	struct hist hist[MOMENT_NR]; /* max_ns: NOW unused; of the windows since the others */
	char name[48], label[16];
	int64_t ns, count; /* since the counters began */
	bool counted; /* ever: an architecture's that never came has no row */
	uint32_t row;
};

struct irq_state {
	struct table lines, cells;
	struct irq_row rows[LINES_MAX];
	struct irq_cpu cpus[CELLS_MAX];
	struct irq_snap snap;
	uint32_t demand;	 /* of the tick in progress */
	bool bpf, started;
	bool untimed[IRQ_TYPE_NR]; /* their probe is off or refused: nothing tells the time */
	bool fresh[MOMENT_NR];	 /* that tick came with counts of /proc */
	bool met[SNAP_CPUS_MAX], met_now[SNAP_CPUS_MAX]; /* CPUs in /proc, in a tick before; ever */
};

static int irq_init(void *state)
{
	struct irq_state *s = state;
	int ret = table_init(&s->lines, LINES_MAX, sizeof(struct line));

	return ret ? ret : table_init(&s->cells, CELLS_MAX, sizeof(struct cell));
}

static void irq_fini(void *state)
{
	struct irq_state *s = state;

	table_fini(&s->lines);
	table_fini(&s->cells);
}

static void irq_clear(void *state)
{
	struct irq_state *s = state;

	table_clear(&s->lines);
	table_clear(&s->cells);
	s->snap = (struct irq_snap){ 0 };
	s->demand = 0;
	s->bpf = s->started = false;
	memset(s->untimed, 0, sizeof(s->untimed));
	memset(s->fresh, 0, sizeof(s->fresh));
	memset(s->met, 0, sizeof(s->met));
	memset(s->met_now, 0, sizeof(s->met_now));
}

static struct table_key line_key(uint8_t type, uint32_t irq)
{
	return (struct table_key){ .a = type, .b = irq };
}

static struct line *get_line(struct irq_state *s, uint8_t type, uint32_t irq)
{
	bool new;

	return table_put(&s->lines, line_key(type, irq), &new);
}

static void on_name(struct irq_state *s, const struct irq_name_rec *r)
{
	struct line *line = get_line(s, r->type, r->irq);

	memcpy(line->name, r->name, sizeof(line->name));
	memcpy(line->label, r->label, sizeof(line->label));
}

/*
 * A counter that was not there before. BPF's begin at 0, and so do those of /proc, which leaves
 * out what is 0 - but those of a CPU that has come online bring their past along.
 */
static void begin(const struct irq_state *s, struct cell *c, const struct irq_rec *r, bool proc)
{
	bool past = proc && !(r->h.cpu < SNAP_CPUS_MAX && s->met[r->h.cpu]);

	*c = (struct cell){.proc = proc};
	for (int i = LAST; i < MOMENT_NR; i++) {
		c->count[i] = past ? r->count : 0;
		c->known[i] = !past && s->fresh[i];
	}
}

/* The counter has given way to one of another source: it says nothing about the time before. */
static void change(struct cell *c, const struct irq_rec *r, bool proc)
{
	*c = (struct cell){.proc = proc};
	for (int i = LAST; i < MOMENT_NR; i++) {
		c->count[i] = r->count;
		c->ns[i] = proc ? 0 : r->ns;
	}
}

static void on_counts(struct irq_state *s, const struct irq_rec *r)
{
	struct table_key key = {.a = (uint64_t)r->type << 32 | r->irq, .b = r->h.cpu};
	bool new, proc = r->ns == REC_UNKNOWN;
	struct cell *c = table_put(&s->cells, key, &new);

	get_line(s, r->type, r->irq)->counted = true;
	if (new)
		begin(s, c, r, proc);
	else if (c->proc != proc)
		change(c, r, proc);
	c->count[NOW] = r->count;
	c->ns[NOW] = proc ? 0 : r->ns;
	c->known[NOW] = true;
	if (proc && r->h.cpu < SNAP_CPUS_MAX)
		s->met_now[r->h.cpu] = true;
}

static void on_hist(struct irq_state *s, const struct irq_hist_rec *r)
{
	struct line *line = get_line(s, r->type, r->irq);

	memcpy(line->hist[NOW].slots, r->slots, sizeof(r->slots));
	for (int i = LAST; i < MOMENT_NR; i++)
		if (r->max_ns > line->hist[i].max_ns)
			line->hist[i].max_ns = r->max_ns;
}

/* A window begins now. */
static void restart(struct irq_state *s, enum moment m)
{
	uint32_t cursor = 0;
	struct cell *c;
	struct line *line;

	while ((c = table_next(&s->cells, &cursor, NULL))) {
		c->count[m] = c->count[NOW];
		c->ns[m] = c->ns[NOW];
		c->known[m] = s->fresh[NOW];
	}
	s->fresh[m] = s->fresh[NOW];
	for (cursor = 0; (line = table_next(&s->lines, &cursor, NULL));) {
		memcpy(line->hist[m].slots, line->hist[NOW].slots, sizeof(line->hist[m].slots));
		line->hist[m].max_ns = 0;
	}
}

static void on_tick(struct irq_state *s, const struct tick_rec *r)
{
	bool first = !s->started || (r->flags & TICK_F_FIRST);

	s->fresh[NOW] = (r->flags & TICK_F_KEY) || (s->demand & DEMAND_IRQS);
	memcpy(s->met, s->met_now, sizeof(s->met));
	if (first || (r->flags & TICK_F_GAP))
		restart(s, LAST);
	if (first) {
		for (uint32_t vec = 0; vec < SOFTIRQS; vec++)
			get_line(s, IRQ_SOFT, vec); /* there are these on any kernel */
		restart(s, FIRST);
		restart(s, MARK);
	}
	s->started = true;
}

static void on_probe(struct irq_state *s, const struct probe_rec *r)
{
	static const char *const names[] = {[IRQ_HARD] = "irq-exit", [IRQ_SOFT] = "softirq-exit"};

	for (int type = IRQ_HARD; type <= IRQ_SOFT; type++)
		if (!strcmp(r->name, names[type]))
			s->untimed[type] = r->state != PROBE_ON;
}

static int irq_apply(void *state, const struct ev_hdr *ev)
{
	struct irq_state *s = state;

	if (ev->pane == PANE_CORE && ev->kind == CORE_TICK)
		on_tick(s, REC(tick_rec, ev));
	else if (ev->pane == PANE_CORE && ev->kind == CORE_DEMAND)
		s->demand = REC(demand_rec, ev)->on;
	else if (ev->pane == PANE_CORE && ev->kind == CORE_HOST)
		s->bpf = REC(host_rec, ev)->flags & HOST_F_BPF;
	else if (ev->pane == PANE_CORE && ev->kind == CORE_PROBE)
		on_probe(s, REC(probe_rec, ev));
	else if (ev->pane == PANE_CORE)
		return 0;
	else if (ev->kind == CPU_INTR)
		on_counts(s, REC(irq_rec, ev));
	else if (ev->kind == CPU_INTR_HIST)
		on_hist(s, REC(irq_hist_rec, ev));
	else if (ev->kind == CPU_INTR_NAME)
		on_name(s, REC(irq_name_rec, ev));
	return 0;
}

/* ---- the snapshot ---- */

/* More than this is not a figure (a damaged record); sums of it do not overflow. */
#define VALUE_MAX (INT64_MAX / CELLS_MAX)

static int64_t growth(const uint64_t value[MOMENT_NR], enum moment from)
{
	uint64_t grown = value[NOW] > value[from] ? value[NOW] - value[from] : 0;

	return grown > VALUE_MAX ? FIG_UNKNOWN : (int64_t)grown;
}

static void add(int64_t *sum, int64_t value)
{
	*sum = *sum == FIG_UNKNOWN || value == FIG_UNKNOWN ? FIG_UNKNOWN : *sum + value;
}

static const char *const soft_names[SOFTIRQS][2] = {
	{"HI", "urgent tasklets"},
	{"TIMER", "kernel timers"},
	{"NET_TX", "network sending"},
	{"NET_RX", "network receiving"},
	{"BLOCK", "block I/O completion"},
	{"IRQ_POLL", "block I/O polling"},
	{"TASKLET", "tasklets"},
	{"SCHED", "scheduler balancing"},
	{"HRTIMER", "high-resolution timers"},
	{"RCU", "RCU callbacks"},
};

static void name_row(const struct line *line, struct irq_row *row)
{
	memcpy(row->name, line->name, sizeof(row->name));
	memcpy(row->label, line->label, sizeof(row->label));
	if (row->type == IRQ_SOFT) {
		strncpy(row->label, soft_names[row->key][0], sizeof(row->label) - 1);
		strncpy(row->name, soft_names[row->key][1], sizeof(row->name) - 1);
	} else if (row->type == IRQ_HARD && !row->label[0]) {
		snprintf(row->label, sizeof(row->label), "%u", row->key);
	}
}

/* Counters that count only on demand are known while they are asked for. */
static bool is_current(const struct irq_state *s, const struct cell *c, enum moment from)
{
	return !c->proc || (s->fresh[NOW] && c->known[from]);
}

static int magnitude(int64_t v)
{
	return v > 0 ? 64 - __builtin_clzll((uint64_t)v) : 0;
}

/*
 * Those that take the most come first, by powers of two: where their times in a window are too
 * small to tell them apart they stand in this order, which hardly ever changes.
 */
static int compare_rows(const void *a, const void *b)
{
	const struct irq_row *x = a, *y = b;

	if (x->weight != y->weight)
		return y->weight - x->weight;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

/*
 * Time since the counters began, or calls where nothing times them. Not since the first tick: in
 * a recording that is gone to another place that is another moment, and the order the same.
 */
static void weigh_lines(struct irq_state *s)
{
	struct table_key key;
	uint32_t cursor = 0;
	struct line *line;
	struct cell *c;

	while ((line = table_next(&s->lines, &cursor, NULL)))
		line->ns = line->count = 0;
	for (cursor = 0; (c = table_next(&s->cells, &cursor, &key));) {
		line = table_get(&s->lines, line_key((uint8_t)(key.a >> 32), (uint32_t)key.a));
		if (!line)
			continue; /* evicted */
		line->ns += c->ns[NOW] < VALUE_MAX ? (int64_t)c->ns[NOW] : 0;
		line->count += c->count[NOW] < VALUE_MAX ? (int64_t)c->count[NOW] : 0;
	}
}

/* The same order whatever the order in which they were met. */
static void publish_lines(struct irq_state *s)
{
	struct table_key key;
	uint32_t cursor = 0;
	struct line *line;
	int nr = 0;

	while ((line = table_next(&s->lines, &cursor, &key))) {
		if (key.a == IRQ_ARCH && !line->counted)
			continue;
		s->rows[nr] = (struct irq_row){
			.type = (uint8_t)key.a,
			.key = (uint32_t)key.b,
			.irq = key.a == IRQ_ARCH ? FIG_UNKNOWN : (int64_t)key.b,
			.weight = 64 * magnitude(line->ns) + magnitude(line->count),
		};
		name_row(line, &s->rows[nr++]);
	}
	qsort(s->rows, (size_t)nr, sizeof(*s->rows), compare_rows);
	for (int i = 0; i < nr; i++) {
		line = table_get(&s->lines, line_key(s->rows[i].type, s->rows[i].key));
		line->row = (uint32_t)i;
	}
	s->snap.rows = s->rows;
	s->snap.rows_nr = nr;
}

/* Lays out the CPUs of each row, side by side. */
static void place_cpus(struct irq_state *s)
{
	struct irq_cpu *next = s->cpus;
	struct table_key key;
	uint32_t cursor = 0;
	struct cell *c;

	while ((c = table_next(&s->cells, &cursor, &key))) {
		struct line *line = table_get(&s->lines, line_key((uint8_t)(key.a >> 32), (uint32_t)key.a));

		c->line = line ? line->row : UINT32_MAX; /* evicted */
		if (line)
			s->rows[line->row].cpus_nr++;
	}
	for (int i = 0; i < s->snap.rows_nr; i++) {
		s->rows[i].cpus = next;
		next += s->rows[i].cpus_nr;
		s->rows[i].cpus_nr = 0;
	}
}

static int compare_cpus(const void *a, const void *b)
{
	const struct irq_cpu *x = a, *y = b;

	return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
}

static void publish_cells(struct irq_state *s, enum moment from)
{
	struct table_key key;
	uint32_t cursor = 0;
	struct cell *c;

	while ((c = table_next(&s->cells, &cursor, &key))) {
		bool current = is_current(s, c, from);
		struct irq_cpu one = {.cpu = (int64_t)key.b, FIG_UNKNOWN, FIG_UNKNOWN};
		struct irq_row *row;

		if (c->line == UINT32_MAX)
			continue;
		if (current)
			one.count = growth(c->count, from);
		if (current && !c->proc)
			one.ns = growth(c->ns, from);
		row = &s->rows[c->line];
		add(&row->count, one.count);
		add(&row->ns, one.ns);
		s->cpus[row->cpus - s->cpus + row->cpus_nr++] = one;
	}
	for (int i = 0; i < s->snap.rows_nr; i++)
		qsort(s->cpus + (s->rows[i].cpus - s->cpus), (size_t)s->rows[i].cpus_nr, sizeof(*s->cpus),
		      compare_cpus);
}

static void publish_hist(struct irq_state *s, struct irq_row *row, enum moment from)
{
	const struct line *line = table_get(&s->lines, line_key(row->type, row->key));

	for (int i = 0; i < HIST_SLOTS; i++)
		if (line->hist[NOW].slots[i] > line->hist[from].slots[i])
			row->hist.slots[i] = line->hist[NOW].slots[i] - line->hist[from].slots[i];
	row->hist.max_ns = hist_count(&row->hist) ? line->hist[from].max_ns : 0;
	row->p50_ns = hist_percentile_ns(&row->hist, 500);
	row->p99_ns = hist_percentile_ns(&row->hist, 990);
	row->max_ns = hist_max_ns(&row->hist);
}

/* A line without counters has had no call - or nobody reads /proc. */
static void publish_none(const struct irq_state *s, struct irq_row *row)
{
	if (!row->cpus_nr) {
		row->count = s->bpf || s->fresh[NOW] ? 0 : FIG_UNKNOWN;
		row->ns = s->bpf ? 0 : FIG_UNKNOWN;
	}
	if (s->untimed[row->type] || (row->count > 0 && !row->ns))
		row->ns = FIG_UNKNOWN;
}

static void irq_publish(void *state, const struct tick_rec *tick, enum window window,
			struct snapshot *snap)
{
	static const enum moment froms[] = {
		[WINDOW_INTERVAL] = LAST, [WINDOW_TOTAL] = FIRST, [WINDOW_START] = FIRST, [WINDOW_MARK] = MARK,
	};
	struct irq_state *s = state;
	struct irq_row *row;

	weigh_lines(s);
	publish_lines(s);
	place_cpus(s);
	publish_cells(s, froms[window]);
	for (int i = 0; i < s->snap.rows_nr; i++) {
		row = &s->rows[i];
		publish_none(s, row);
		publish_hist(s, row, froms[window]);
		row->avg_ns = row->count > 0 && row->ns != FIG_UNKNOWN ? row->ns / row->count : FIG_UNKNOWN;
	}
	s->snap.time_status = (struct fig_status){ .state = FIG_EXACT };
	if (!s->bpf)
		s->snap.time_status = (struct fig_status){
			.state = FIG_NA, .reason = "needs BPF: /proc counts interrupts, not their time"};
	else if (snap->losing[PANE_CPU])
		s->snap.time_status.state = FIG_INCOMPLETE;
	snap->irqs = &s->snap;
	restart(s, LAST);
}

static void irq_mark(void *state)
{
	restart(state, MARK);
}

extern const struct model_ops cpu_irq_model;
const struct model_ops cpu_irq_model = {
	.name = "interrupts",
	.pane = PANE_CPU,
	.core = true,
	.state_size = sizeof(struct irq_state),
	.init = irq_init,
	.fini = irq_fini,
	.clear = irq_clear,
	.apply = irq_apply,
	.publish = irq_publish,
	.mark = irq_mark,
};
