/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last minutes of a histogram: time to the right, latency upward, the darker the more. */
#ifndef PROBETOP_HEATVIEW_H
#define PROBETOP_HEATVIEW_H

#include "canvas.h"
#include "snapshot.h"

#define HEAT_WIDTH_MIN 24

/* One cell's shade of `nr`: 0 nothing, 4 the most. */
void heat_cell(struct canvas *c, int y, int x, int shade);
/* The shade of `value` where the largest is `most`; counts differ by powers of ten. */
int heat_shade(uint64_t value, uint64_t most);

/*
 * Draws a title line (of what, or NULL), `lines - 2` lines of cells at most, and the time axis. The newest
 * column, at the right end, ends at `now_ns`. Slots are folded where they are more than the lines.
 * Returns the lines used.
 */
int heat_draw(struct canvas *c, int y, int x, int width, int lines, const char *what, const struct heat *h,
	      uint64_t now_ns);

#endif
