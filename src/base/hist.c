/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log2 histograms: slots, bounds and percentiles. */
#include "hist.h"

#include "disk.h"
#include "fig.h"

_Static_assert(HIST_SHIFT + HIST_SLOTS < 64, "every bound but the last fits 64 bits");

unsigned hist_slot(uint64_t ns)
{
	unsigned log2;

	if (ns < 2ULL << HIST_SHIFT)
		return 0;
	log2 = 63 - __builtin_clzll(ns);
	return log2 - HIST_SHIFT < HIST_SLOTS ? log2 - HIST_SHIFT : HIST_SLOTS - 1;
}

const struct hist_scale hist_scale_ns = { "ns", HIST_SHIFT, HIST_SLOTS };
const struct hist_scale hist_scale_bytes = { "bytes", SIZE_SHIFT, SIZE_SLOTS };

uint64_t hist_low(const struct hist_scale *scale, unsigned i)
{
	return i == 0 ? 0 : 1ULL << (i + scale->shift);
}

uint64_t hist_high(const struct hist_scale *scale, unsigned i)
{
	return i >= scale->slots - 1 ? UINT64_MAX : 2ULL << (i + scale->shift);
}

uint64_t hist_low_ns(unsigned i)
{
	return hist_low(&hist_scale_ns, i);
}

uint64_t hist_high_ns(unsigned i)
{
	return hist_high(&hist_scale_ns, i);
}

void hist_add(struct hist *h, uint64_t ns)
{
	h->slots[hist_slot(ns)]++;
	if (ns > h->max_ns)
		h->max_ns = ns;
}

uint64_t hist_count(const struct hist *h)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < HIST_SLOTS; i++)
		count += h->slots[i];
	return count;
}

/* Where the `rank`-th (1...n) of `n` values of slot `i` lies if they are spread evenly. */
static uint64_t inside_slot(const struct hist *h, unsigned i, uint64_t rank, uint64_t n)
{
	uint64_t low = hist_low_ns(i);
	uint64_t high = i == HIST_SLOTS - 1 ? 2 * low : hist_high_ns(i);

	if (h->max_ns && (h->max_ns < high || i == HIST_SLOTS - 1))
		high = h->max_ns;
	if (high <= low)
		return high;
	return low + (uint64_t)((unsigned __int128)(high - low) * rank / n);
}

int64_t hist_percentile_ns(const struct hist *h, unsigned permille)
{
	uint64_t count = hist_count(h);
	uint64_t rank, ns = 0;

	if (count == 0)
		return FIG_UNKNOWN;
	/* count * permille / 1000, rounded up, without the product that may overflow */
	rank = count / 1000 * permille + (count % 1000 * permille + 999) / 1000;
	if (rank == 0)
		rank = 1;
	for (unsigned i = 0; i < HIST_SLOTS; i++) {
		if (rank <= h->slots[i]) {
			ns = inside_slot(h, i, rank, h->slots[i]);
			break;
		}
		rank -= h->slots[i];
	}
	return ns < INT64_MAX ? (int64_t)ns : INT64_MAX;
}

int64_t hist_max_ns(const struct hist *h)
{
	if (h->max_ns == 0)
		return FIG_UNKNOWN;
	return h->max_ns < INT64_MAX ? (int64_t)h->max_ns : INT64_MAX;
}
