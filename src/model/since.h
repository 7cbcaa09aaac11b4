/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The moments from which figures count, each kept beside the cumulative value. */
#ifndef PROBETOP_SINCE_H
#define PROBETOP_SINCE_H

#include "snapshot.h"

enum since { SINCE_PUBLISH, SINCE_FIRST, SINCE_MARK, SINCE_NR };

static inline enum since since_of(enum window window)
{
	switch (window) {
	case WINDOW_INTERVAL:
		return SINCE_PUBLISH;
	case WINDOW_MARK:
		return SINCE_MARK;
	default:
		return SINCE_FIRST;
	}
}

/* More than this is not a figure (REC_UNKNOWN, or a damaged record); sums of it do not overflow. */
#define SINCE_VALUE_MAX (INT64_MAX / 4096)

/* Growth of a cumulative value, times `unit`; unknown where either end is, never below zero. */
static inline int64_t since_growth(uint64_t now, uint64_t before, int64_t unit)
{
	if (now > SINCE_VALUE_MAX || before > SINCE_VALUE_MAX)
		return FIG_UNKNOWN;
	return now > before ? (int64_t)(now - before) * unit : 0;
}

#endif
