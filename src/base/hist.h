/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log2 histograms of durations, in the slots of bpf/event.h, or of sizes, in those of bpf/disk.h.
 * Values only; owns nothing.
 */
#ifndef PROBETOP_HIST_H
#define PROBETOP_HIST_H

#include <stdint.h>

#include "event.h"

struct hist {
	uint64_t slots[HIST_SLOTS];
	uint64_t max_ns; /* exact; 0 when empty or not known */
};

/* What slots count: slot i is [2^(i + shift), 2^(i + shift + 1)), the first from 0, the last open. */
struct hist_scale {
	const char *unit; /* as in files */
	unsigned shift, slots;
};
extern const struct hist_scale hist_scale_ns, hist_scale_bytes;
uint64_t hist_low(const struct hist_scale *scale, unsigned i);
uint64_t hist_high(const struct hist_scale *scale, unsigned i);

/* Returns the slot that counts a duration of `ns`. */
unsigned hist_slot(uint64_t ns);

/* Return the bounds of slot `i` in ns: [low, high). The first is 0, the last UINT64_MAX. */
uint64_t hist_low_ns(unsigned i);
uint64_t hist_high_ns(unsigned i);

/* Counts one duration (tests and synthetic sources; live histograms come from the kernel). */
void hist_add(struct hist *h, uint64_t ns);

/* Returns how many values the histogram holds. */
uint64_t hist_count(const struct hist *h);

/*
 * Returns the duration in ns below which `permille` of 1000 values lie: linear inside the
 * bucket, never above max_ns where that is known; FIG_UNKNOWN for an empty histogram.
 * The error is at most the width of one bucket (a factor of two).
 */
int64_t hist_percentile_ns(const struct hist *h, unsigned permille);

/* Returns the largest as a figure: FIG_UNKNOWN where it is not known. */
int64_t hist_max_ns(const struct hist *h);

#endif
