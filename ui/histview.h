/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A histogram as lines: bucket bounds, bar, count, share; p50 p99 max n under it. */
#ifndef PROBETOP_HISTVIEW_H
#define PROBETOP_HISTVIEW_H

#include "canvas.h"
#include "hist.h"
#include "snapshot.h"

struct hist_shape {
	int first, step, lines; /* first slot; slots folded into one line; lines of buckets */
};

/* How to show a histogram in at most `lines` bucket lines: the used range, slots merged where it is too long. */
struct hist_shape hist_shape(const struct hist *h, int lines);
/* Where slot `slot` stands: its line, -1 where it is not among the lines. */
int hist_line(struct hist_shape shape, int slot);
/* Marks a line of a histogram that hist_draw() has drawn as the one under the cursor. */
void hist_cursor(struct canvas *c, int y, int x, int width, int line);
/* A title line, the buckets, the summary: needs shape.lines + 2 lines. Of durations. */
void hist_draw(struct canvas *c, int y, int x, int width, const char *title, const struct hist *h,
	       struct hist_shape shape);

/* The same of anything that slots count. */
struct hist_look {
	const char *title;
	const struct hist_scale *scale;
	const char *summary; /* NULL: p50, p99, maximum, number */
	bool a11y;	     /* the terminal's cursor stands on the bucket under ours */
};
void hist_draw_as(struct canvas *c, int y, int x, int width, const struct hist_look *look, const struct hist *h,
		  struct hist_shape shape);

/* A bound of a bucket: "8.2ms", "4.0K". One of eight static buffers in turn. */
const char *hist_word(const struct hist_scale *scale, uint64_t value);
/* Of which time it is: "interval 1.0s", "since mark 04:09:01 (2m10s)", "since start ...". */
void hist_window_text(const struct snapshot *s, char *buf, size_t size);

#endif
