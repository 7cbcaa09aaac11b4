/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exemplars: the last durations of each slot of the machine's histograms; enough of them that a
 * process that is looked at has some. Records go to a ring at once, a snapshot sees what was
 * there at the publish.
 */
#include <string.h>

#include "model.h"
#include "snap_exemplars.h"

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

struct exemplars_state {
	struct exemplars_snap now, shown;
	bool changed[HIST_WHICH_NR][HIST_SLOTS]; /* since the last publish */
};

/*
 * A slow wait comes twice where it is an exemplar too: by the ring, and with the pass that follows.
 * Their stamps are of two clocks, so the duration itself tells that they are one.
 */
static bool was_slow(const struct exemplar_ring *ring, const struct ev_hdr *ev)
{
	const struct latency_rec *r = REC(latency_rec, ev);

	if (ev->kind == CPU_SLOW || r->which != HIST_RUNQ)
		return false;
	for (uint32_t i = 0; i < ring->nr; i++)
		if (ring->recs[i].ns == r->ns && ring->recs[i].pid == r->pid)
			return true;
	return false;
}

static int exemplars_apply(void *state, const struct ev_hdr *ev)
{
	const struct latency_rec *r = REC(latency_rec, ev);
	struct exemplars_state *s = state;
	struct exemplar_ring *ring;

	if (ev->pane != PANE_CPU || (ev->kind != CPU_EXEMPLAR && ev->kind != CPU_SLOW))
		return 0;
	ring = &s->now.ring[r->which][r->slot];
	if (was_slow(ring, ev))
		return 0;
	ring->recs[ring->next] = *r;
	ring->next = (ring->next + 1) % EXEMPLARS_KEPT;
	ring->nr += ring->nr < EXEMPLARS_KEPT;
	s->changed[r->which][r->slot] = true;
	return 0;
}

static void exemplars_publish(void *state, const struct tick_rec *tick, enum window window,
			      struct snapshot *snap)
{
	struct exemplars_state *s = state;

	for (int which = 0; which < HIST_WHICH_NR; which++)
		for (int slot = 0; slot < HIST_SLOTS; slot++)
			if (s->changed[which][slot])
				s->shown.ring[which][slot] = s->now.ring[which][slot];
	memset(s->changed, 0, sizeof(s->changed));
	snap->exemplars = &s->shown;
}

int exemplars_put(const struct latency_rec **ret, int nr, int max, const struct latency_rec *r)
{
	int at = nr;

	while (at > 0 && ret[at - 1]->h.ts_ns < r->h.ts_ns)
		at--;
	if (at == max)
		return nr;
	nr += nr < max;
	memmove(&ret[at + 1], &ret[at], (size_t)(nr - at - 1) * sizeof(*ret));
	ret[at] = r;
	return nr;
}

int snapshot_exemplars(const struct snapshot *s, enum hist_which which, int slot, uint32_t tgid,
		       const struct latency_rec **ret, int max)
{
	const struct exemplar_ring *ring;
	int nr = 0;

	if (!s->exemplars || slot < 0 || slot >= HIST_SLOTS)
		return 0;
	ring = &s->exemplars->ring[which][slot];
	for (uint32_t i = 0; i < ring->nr; i++)
		if (!tgid || ring->recs[i].tgid == tgid)
			nr = exemplars_put(ret, nr, max, &ring->recs[i]);
	return nr;
}

const struct model_ops exemplars_model = {
	.name = "exemplars",
	.pane = PANE_CPU,
	.state_size = sizeof(struct exemplars_state),
	.apply = exemplars_apply,
	.publish = exemplars_publish,
};
