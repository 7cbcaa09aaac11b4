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

#endif
