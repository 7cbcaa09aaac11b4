/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A histogram as lines: bucket bounds, bar, count, share; p50 p99 max n under it. */
#ifndef PROBETOP_HISTVIEW_H
#define PROBETOP_HISTVIEW_H

#include "canvas.h"
#include "hist.h"

struct hist_shape {
	int first, step, lines; /* first slot; slots folded into one line; lines of buckets */
};

/* How to show a histogram in at most `lines` bucket lines: the used range, slots merged where it is too long. */
struct hist_shape hist_shape(const struct hist *h, int lines);
/* Where slot `slot` stands: its line, -1 where it is not among the lines. */
int hist_line(struct hist_shape shape, int slot);
/* Marks a line of a histogram that hist_draw() has drawn as the one under the cursor. */
void hist_cursor(struct canvas *c, int y, int x, int width, int line);
/* A title line, the buckets, the summary: needs shape.lines + 2 lines. */
void hist_draw(struct canvas *c, int y, int x, int width, const char *title, const struct hist *h,
	       struct hist_shape shape);

#endif
