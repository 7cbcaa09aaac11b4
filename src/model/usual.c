/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is usual here: the medians, over the last ten minutes, of those figures of the machine
 * that are marked when they leave their usual height. Folded tick by tick, so that neither
 * the pace of the screen nor its window changes them.
 */
#include <string.h>

#include "hist.h"
#include "model.h"

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define NS_PER_S 1000000000ULL
#define WARM_UP_NS (300 * NS_PER_S)
#define VALUES_MAX 600 /* ten minutes of ticks of a second */
#define VALUES_MIN 60

/* The last values of one figure, in order of time and of size. */
struct series {
	int64_t values[VALUES_MAX], sorted[VALUES_MAX];
	uint32_t nr, next;
};

/* Cumulative sources. */
struct sources {
	uint64_t slots[HIST_SLOTS];
	uint64_t some_us[PSI_NR], full_us;
	uint64_t steal_ns;
	uint32_t cpus; /* heard of in this tick */
	bool has_hist, has_psi;
};

struct usual_state {
	struct series series[USUAL_NR];
	struct sources now, last;
	uint64_t first_ns, last_ns;
};

/* The first place in `sorted` that is not below `value`. */
static uint32_t place(const struct series *s, int64_t value)
{
	uint32_t from = 0, to = s->nr, mid;

	while (from < to) {
		mid = (from + to) / 2;
		if (s->sorted[mid] < value)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static void take_out(struct series *s, int64_t value)
{
	uint32_t at = place(s, value);

	memmove(&s->sorted[at], &s->sorted[at + 1], (s->nr - at - 1) * sizeof(*s->sorted));
	s->nr--;
}

static void add(struct series *s, int64_t value)
{
	uint32_t at;

	if (value == FIG_UNKNOWN)
		return;
	if (s->nr == VALUES_MAX)
		take_out(s, s->values[s->next]);
	at = place(s, value);
	memmove(&s->sorted[at + 1], &s->sorted[at], (s->nr - at) * sizeof(*s->sorted));
	s->sorted[at] = value;
	s->nr++;
	s->values[s->next] = value;
	s->next = (s->next + 1) % VALUES_MAX;
}

/* Growth of a sum as a share of `whole`, in thousandths of a per cent. */
static int64_t share(uint64_t now, uint64_t before, uint64_t whole)
{
	if (now == REC_UNKNOWN || before == REC_UNKNOWN || now < before || !whole)
		return FIG_UNKNOWN;
	if (now - before >= whole)
		return 100000;
	return (int64_t)((double)(now - before) * 100000 / (double)whole);
}

static int64_t runq_p99_ns(const struct usual_state *s)
{
	struct hist h = {.max_ns = 0};

	for (int i = 0; i < HIST_SLOTS; i++)
		if (s->now.slots[i] > s->last.slots[i])
			h.slots[i] = s->now.slots[i] - s->last.slots[i];
	return hist_percentile_ns(&h, 990);
}

static void add_tick(struct usual_state *s, uint64_t wall_ns)
{
	bool psi = s->now.has_psi && s->last.has_psi;
	int64_t some = FIG_UNKNOWN, one;

	for (int i = 0; psi && i < PSI_NR; i++) {
		one = share(s->now.some_us[i], s->last.some_us[i], wall_ns / 1000);
		some = one > some ? one : some;
	}
	add(&s->series[USUAL_PSI_SOME], some);
	if (psi)
		add(&s->series[USUAL_PSI_IO_FULL],
		    share(s->now.full_us, s->last.full_us, wall_ns / 1000));
	if (s->now.has_hist && s->last.has_hist)
		add(&s->series[USUAL_RUNQ_P99], runq_p99_ns(s));
	if (s->now.cpus == s->last.cpus)
		add(&s->series[USUAL_STEAL],
		    share(s->now.steal_ns, s->last.steal_ns, wall_ns * s->now.cpus));
}

static void on_tick(struct usual_state *s, const struct tick_rec *r)
{
	if (s->first_ns && !(r->flags & (TICK_F_FIRST | TICK_F_GAP)))
		add_tick(s, r->h.ts_ns - s->last_ns);
	if (!s->first_ns)
		s->first_ns = r->h.ts_ns;
	s->last_ns = r->h.ts_ns;
	s->last = s->now;
	s->now.steal_ns = 0;
	s->now.cpus = 0;
}

static void on_psi(struct usual_state *s, const struct psi_rec *r)
{
	memcpy(s->now.some_us, r->some_us, sizeof(s->now.some_us));
	s->now.full_us = r->full_us[PSI_IO];
	s->now.has_psi = true;
}

static void on_stat(struct usual_state *s, const struct cpu_stat_rec *r)
{
	if (r->ns[CPU_STEAL] == REC_UNKNOWN)
		return;
	s->now.steal_ns += r->ns[CPU_STEAL];
	s->now.cpus++;
}

static int usual_apply(void *state, const struct ev_hdr *ev)
{
	struct usual_state *s = state;

	if (ev->pane == PANE_CORE) {
		if (ev->kind == CORE_TICK)
			on_tick(s, REC(tick_rec, ev));
		else if (ev->kind == CORE_PSI)
			on_psi(s, REC(psi_rec, ev));
	} else if (ev->kind == CPU_STAT) {
		on_stat(s, REC(cpu_stat_rec, ev));
	} else if (ev->kind == CPU_HIST && REC(cpu_hist_rec, ev)->which == HIST_RUNQ) {
		memcpy(s->now.slots, REC(cpu_hist_rec, ev)->slots, sizeof(s->now.slots));
		s->now.has_hist = true;
	}
	return 0;
}

static void usual_publish(void *state, const struct tick_rec *tick, enum window window,
			  struct snapshot *snap)
{
	const struct usual_state *s = state;
	bool warm = s->first_ns && s->last_ns - s->first_ns >= WARM_UP_NS;

	for (int i = 0; i < USUAL_NR; i++) {
		const struct series *one = &s->series[i];

		snap->m.usual[i] = warm && one->nr >= VALUES_MIN ? one->sorted[one->nr / 2] :
								   FIG_UNKNOWN;
	}
}

const struct model_ops usual_model = {
	.name = "usual",
	.pane = PANE_CPU,
	.core = true,
	.state_size = sizeof(struct usual_state),
	.apply = usual_apply,
	.publish = usual_publish,
};
