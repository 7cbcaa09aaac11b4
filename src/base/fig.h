/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures: every number that a row shows is an int64_t, with one value for "not known here".
 * Models store what happened in the interval (raw sums: ns, bytes, events); a column's fold
 * says how that becomes the number on the screen. So a sort on the raw sum is a sort on the
 * rate, and --total needs no second set of fields.
 */
#ifndef PROBETOP_FIG_H
#define PROBETOP_FIG_H

#include <stdbool.h>
#include <stdint.h>

#define FIG_UNKNOWN INT64_MIN

enum unit {
	UNIT_NONE, /* a plain integer: pid, number of threads */
	UNIT_TEXT, /* a string */
	UNIT_NS,   /* time */
	UNIT_BYTES,
	UNIT_COUNT, /* events */
	UNIT_PCT,   /* stored in thousandths of a per cent */
};

enum fold {
	FOLD_GAUGE, /* the value as it is */
	FOLD_RATE,  /* value / interval; under --total the value itself */
	FOLD_MEAN,  /* a time: value / interval, in thousandths: how many on average (UNIT_COUNT) */
	FOLD_SHARE, /* a time: value / interval in per cent (UNIT_PCT); 100 % = one CPU */
};

enum fig_state { FIG_EXACT, FIG_SAMPLED, FIG_INCOMPLETE, FIG_NA };

/* The state of one column in one snapshot. `reason`, for FIG_NA: static or snapshot memory. */
struct fig_status {
	enum fig_state state;
	uint32_t one_in; /* FIG_SAMPLED: 1 in N; 0 where it is an approximation without a ratio */
	const char *reason;
};

/* Adds figures that are known; a damaged record is no reason for one that overflows. */
static inline void fig_add(int64_t *to, int64_t value)
{
	if (__builtin_add_overflow(*to, value, to))
		*to = INT64_MAX;
}

#endif
