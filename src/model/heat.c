/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rings of columns. */
#include "heat.h"

#include <string.h>

static struct heat_column *next_column(struct heat *h)
{
	struct heat_column *column = &h->columns[h->next];

	h->next = (h->next + 1) % HEAT_COLUMNS;
	if (h->nr < HEAT_COLUMNS)
		h->nr++;
	return column;
}

const struct heat_column *heat_at(const struct heat *h, uint32_t i)
{
	return &h->columns[(h->next + HEAT_COLUMNS - h->nr + i) % HEAT_COLUMNS];
}

void heat_tick(struct heat_fold *h, uint64_t end_ns, const uint64_t slots[HIST_SLOTS], bool gap)
{
	struct heat_column *column = gap ? NULL : next_column(&h->pending);
	uint64_t grown;

	if (column)
		column->end_ns = end_ns;
	for (int i = 0; column && i < HIST_SLOTS; i++) {
		grown = slots[i] > h->slots[i] ? slots[i] - h->slots[i] : 0;
		column->slots[i] = grown < UINT32_MAX ? (uint32_t)grown : UINT32_MAX;
	}
	memcpy(h->slots, slots, sizeof(h->slots));
}

const struct heat *heat_publish(struct heat_fold *h)
{
	for (uint32_t i = 0; i < h->pending.nr; i++)
		*next_column(&h->shown) = *heat_at(&h->pending, i);
	h->pending.nr = h->pending.next = 0;
	return &h->shown;
}
