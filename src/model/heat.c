/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rings of columns. */
#include "heat.h"

#include <string.h>

void heat_init(struct heat *h, struct heat_column *columns, uint32_t cap)
{
	*h = (struct heat){ .columns = columns, .cap = cap };
}

void heat_fold_init(struct heat_fold *h, struct heat_column *columns, uint32_t cap)
{
	if (h->shown.cap)
		return;
	heat_init(&h->shown, columns, cap);
	heat_init(&h->pending, columns + cap, cap);
}

static struct heat_column *next_column(struct heat *h)
{
	struct heat_column *column = &h->columns[h->next];

	h->next = (h->next + 1) % h->cap;
	if (h->nr < h->cap)
		h->nr++;
	return column;
}

const struct heat_column *heat_at(const struct heat *h, uint32_t i)
{
	return &h->columns[(h->next + h->cap - h->nr + i) % h->cap];
}

void heat_put(struct heat *h, uint64_t end_ns, const uint64_t slots[HIST_SLOTS], const uint64_t *before)
{
	struct heat_column *column = next_column(h);

	column->end_ns = end_ns;
	for (int i = 0; i < HIST_SLOTS; i++) {
		uint64_t from = before ? before[i] : 0, grown = slots[i] > from ? slots[i] - from : 0;

		column->slots[i] = grown < UINT32_MAX ? (uint32_t)grown : UINT32_MAX;
	}
}

void heat_tick(struct heat_fold *h, uint64_t end_ns, const uint64_t slots[HIST_SLOTS], bool gap)
{
	if (!gap)
		heat_put(&h->pending, end_ns, slots, h->slots);
	memcpy(h->slots, slots, sizeof(h->slots));
}

const struct heat *heat_publish(struct heat_fold *h)
{
	for (uint32_t i = 0; i < h->pending.nr; i++)
		*next_column(&h->shown) = *heat_at(&h->pending, i);
	h->pending.nr = h->pending.next = 0;
	return &h->shown;
}
