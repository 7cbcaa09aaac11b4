/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns from pictures. */
#include "heatkeep.h"

#include <string.h>

static void begin_anew(struct heatkeep *k, struct heatkeep_of of)
{
	k->of = of;
	k->ts_ns = 0;
	for (int i = 0; i < HEATKEEP_HISTS; i++)
		heat_init(&k->heat[i], k->columns[i], HEAT_COLUMNS);
	memset(k->has_last, 0, sizeof(k->has_last));
}

bool heatkeep_begin(struct heatkeep *k, struct heatkeep_of of, const struct snapshot *s)
{
	uint64_t ts_ns = s->m.tick.h.ts_ns;

	/* Another subject, or a replay that went back: what was kept is of something else. */
	if (!k->heat[0].cap || memcmp(&k->of, &of, sizeof(of)) || k->ts_ns > ts_ns)
		begin_anew(k, of);
	if (k->window != s->m.window) {
		memset(k->has_last, 0, sizeof(k->has_last));
		k->ts_ns = 0;
	}
	k->window = s->m.window;
	if (k->ts_ns == ts_ns)
		return false;
	k->ts_ns = ts_ns;
	return true;
}

void heatkeep_put(struct heatkeep *k, int which, const struct hist *h)
{
	bool whole = k->window == WINDOW_INTERVAL;

	if (whole)
		heat_put(&k->heat[which], k->ts_ns, h->slots, NULL);
	else if (k->has_last[which])
		heat_put(&k->heat[which], k->ts_ns, h->slots, k->last[which].slots);
	k->has_last[which] = !whole;
	k->last[which] = *h;
}
