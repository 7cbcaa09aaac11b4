/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pen writes a line from left to right. An item that does not fit is left out whole, so
 * that a narrow screen never shows half a number.
 */
#ifndef PROBETOP_PEN_H
#define PROBETOP_PEN_H

#include "canvas.h"
#include "view.h"

struct pen {
	struct canvas *c;
	int y, x, end;
	int gap; /* columns before the next item */
};

struct pen pen_at(struct canvas *c, int y, int x, int end);
/* Whether `cols` more columns, and the gap before them, fit. */
bool pen_fits(const struct pen *p, int cols);
/* Text that is cut where it does not fit. */
void pen_text(struct pen *p, enum style style, const char *utf8);
void pen_raw(struct pen *p, enum style style, const char *raw, size_t len);
/* "label value" as one item, two columns after the one before; `mark` adds the mark. */
bool pen_item(struct pen *p, const char *label, enum style style, bool mark, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* The next item starts here, at the latest at `x` where that is free. */
void pen_goto(struct pen *p, int x);

#define MARK_TEXT "\u25b2"

/* A figure of a column as the screen shows it: state, zero, unknown. Right-aligned; the mark stands after it. */
void cell_figure(struct canvas *c, int y, int x, int width, enum style style, const struct column *col,
		 const struct snapshot *s, const void *row);
/* The same with a value at hand. */
void cell_value(struct canvas *c, int y, int x, int width, enum style style, const struct column *col,
		const struct snapshot *s, int64_t value, bool mark);
/* A bar of `width` columns, filled to value / max. */
void bar_draw(struct canvas *c, int y, int x, int width, enum style style, int64_t value, int64_t max);

/* Figures as short words: "71.2", "14ms", "-". Static buffers, eight in turn. */
const char *word_pct(int64_t part_ns, uint64_t whole_ns);
const char *word_ns(int64_t ns);
const char *word_bytes(int64_t bytes);
const char *word_rate(int64_t raw, const struct snapshot *s);

#endif
