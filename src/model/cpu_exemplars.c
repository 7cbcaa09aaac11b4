/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exemplars: the last few durations of each slot of a histogram, of the machine and of each
 * process that had some; the least recent sets give way. Records go to the set at once, a
 * snapshot sees what was there at the publish.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "model.h"
#include "snap_exemplars.h"

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define SETS_MAX 640

/* A ring; when full the oldest is at `next`. */
struct ring {
	uint32_t nr, next;
	struct latency_rec recs[EXEMPLARS_KEPT];
};

struct exemplar_set {
	struct ring now, shown;
	bool changed; /* since the last publish */
};

struct exemplars_state {
	struct table sets;
	struct exemplars_snap snap;
};

static int exemplars_init(void *state)
{
	struct exemplars_state *s = state;

	return table_init(&s->sets, SETS_MAX, sizeof(struct exemplar_set));
}

static void exemplars_fini(void *state)
{
	struct exemplars_state *s = state;

	if (s->sets.impl)
		table_fini(&s->sets);
}

static void exemplars_clear(void *state)
{
	struct exemplars_state *s = state;

	table_clear(&s->sets);
}

static struct table_key key_of(unsigned which, int slot, uint32_t tgid)
{
	return (struct table_key){.a = (uint64_t)which << 32 | (uint32_t)slot, .b = tgid};
}

/* A slow wait comes twice where it is an exemplar too: by the ring and with the pass. */
static bool has(const struct ring *ring, const struct latency_rec *r)
{
	for (uint32_t i = 0; i < ring->nr; i++)
		if (ring->recs[i].h.ts_ns == r->h.ts_ns && ring->recs[i].pid == r->pid &&
		    ring->recs[i].ns == r->ns)
			return true;
	return false;
}

static void keep(struct exemplars_state *s, uint32_t tgid, const struct latency_rec *r)
{
	bool new;
	struct exemplar_set *set = table_put(&s->sets, key_of(r->which, r->slot, tgid), &new);
	struct ring *ring = &set->now;

	if (has(ring, r))
		return;
	ring->recs[ring->next] = *r;
	ring->next = (ring->next + 1) % EXEMPLARS_KEPT;
	ring->nr += ring->nr < EXEMPLARS_KEPT;
	set->changed = true;
}

static int exemplars_apply(void *state, const struct ev_hdr *ev)
{
	struct exemplars_state *s = state;
	const struct latency_rec *r = REC(latency_rec, ev);

	if (ev->pane != PANE_CPU || (ev->kind != CPU_EXEMPLAR && ev->kind != CPU_SLOW))
		return 0;
	keep(s, 0, r);
	if (r->tgid)
		keep(s, r->tgid, r);
	return 0;
}

static void exemplars_publish(void *state, const struct tick_rec *tick, enum window window,
			      struct snapshot *snap)
{
	struct exemplars_state *s = state;
	struct exemplar_set *set;
	struct table_key key;
	uint32_t cursor = 0;

	while ((set = table_next(&s->sets, &cursor, &key)))
		if (set->changed) {
			set->shown = set->now;
			set->changed = false;
		}
	s->snap.sets = &s->sets;
	snap->exemplars = &s->snap;
}

/* Puts `r` where it belongs: the newest first. */
static int insert(const struct latency_rec **ret, int nr, int max, const struct latency_rec *r)
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
	const struct exemplar_set *set;
	int nr = 0;

	if (!s->exemplars || slot < 0)
		return 0;
	set = table_peek(s->exemplars->sets, key_of(which, slot, tgid));
	for (uint32_t i = 0; set && i < set->shown.nr; i++)
		nr = insert(ret, nr, max, &set->shown.recs[i]);
	return nr;
}

const struct model_ops exemplars_model = {
	.name = "exemplars",
	.pane = PANE_CPU,
	.state_size = sizeof(struct exemplars_state),
	.init = exemplars_init,
	.fini = exemplars_fini,
	.clear = exemplars_clear,
	.apply = exemplars_apply,
	.publish = exemplars_publish,
};
