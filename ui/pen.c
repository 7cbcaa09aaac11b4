/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of items, and single figures. */
#include "pen.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "marks.h"

struct pen pen_at(struct canvas *c, int y, int x, int end)
{
	return (struct pen){ .c = c, .y = y, .x = x, .end = end > c->cols ? c->cols : end };
}

bool pen_fits(const struct pen *p, int cols)
{
	return p->x + p->gap + cols <= p->end;
}

void pen_text(struct pen *p, enum style style, const char *utf8)
{
	if (!pen_fits(p, 1))
		return;
	p->x += p->gap;
	p->x += canvas_text(p->c, p->y, p->x, p->end - p->x, style, utf8);
	p->gap = 0;
}

void pen_raw(struct pen *p, enum style style, const char *raw, size_t len)
{
	if (!pen_fits(p, 1))
		return;
	p->x += p->gap;
	p->x += canvas_raw(p->c, p->y, p->x, p->end - p->x, style, raw, len);
	p->gap = 0;
}

bool pen_item(struct pen *p, const char *label, enum style style, bool mark, const char *format, ...)
{
	char value[160];
	va_list ap;
	int cols;

	va_start(ap, format);
	vsnprintf(value, sizeof(value), format, ap);
	va_end(ap);
	cols = utf8_columns(label) + (*label && *value) + utf8_columns(value) + mark;
	if (!pen_fits(p, cols))
		return false;
	p->x += p->gap;
	p->x += canvas_text(p->c, p->y, p->x, p->end - p->x, STYLE_METER_LABEL, label);
	p->x += *label && *value;
	p->x += canvas_text(p->c, p->y, p->x, p->end - p->x, style, value);
	if (mark)
		p->x += canvas_text(p->c, p->y, p->x, 1, STYLE_MARK, MARK_TEXT);
	p->gap = 2;
	return true;
}

void pen_goto(struct pen *p, int x)
{
	if (p->x + p->gap < x) {
		p->x = x;
		p->gap = 0;
	}
}

void cell_value(struct canvas *c, int y, int x, int width, enum style style, const struct column *col,
		const struct snapshot *s, int64_t value, bool mark)
{
	struct fig_status status = view_status(col, s);
	char text[FMT_MAX + 2];
	int at = 0;

	if (status.state == FIG_NA) {
		canvas_right(c, y, x, width, STYLE_DIM, "n/a");
		return;
	}
	if (value == FIG_UNKNOWN) {
		/* No interval yet: blank, rates follow. */
		bool first = !s->m.interval_ns && col->fold != FOLD_GAUGE;

		canvas_right(c, y, x, width, STYLE_DIM, first ? "" : "-");
		return;
	}
	if (value == 0) {
		canvas_right(c, y, x, width, STYLE_DIM, "\u00b7");
		return;
	}
	if (status.state == FIG_SAMPLED || status.state == FIG_INCOMPLETE)
		text[at++] = status.state == FIG_SAMPLED ? '~' : '!';
	fmt_fig(text + at, sizeof(text) - (size_t)at, value, col->unit, col->fold, s->m.total);
	if (at && (int)strlen(text) > width) /* the figure matters more than its state */
		at = 0, memmove(text, text + 1, strlen(text));
	canvas_right(c, y, x, width, style, text);
	if (mark)
		canvas_text(c, y, x + width, 1, STYLE_MARK, MARK_TEXT);
}

void cell_figure(struct canvas *c, int y, int x, int width, enum style style, const struct column *col,
		 const struct snapshot *s, const void *row)
{
	int64_t value = view_value(col, s, row);

	cell_value(c, y, x, width, style, col, s, value, mark_column(col->key, value));
}

void bar_draw(struct canvas *c, int y, int x, int width, enum style style, int64_t value, int64_t max)
{
	int cells;

	if (value <= 0 || max <= 0 || width <= 0)
		return;
	cells = (int)((double)value / (double)max * width + 0.5);
	canvas_fill(c, y, x, cells < 1 ? 1 : cells > width ? width : cells, style, '#');
}

static char *next_word(void)
{
	static char words[8][FMT_MAX];
	static unsigned at;

	return words[at++ % 8];
}

const char *word_pct(int64_t part_ns, uint64_t whole_ns)
{
	char *w = next_word();

	fmt_pct(w, FMT_MAX, fig_fold(part_ns, UNIT_NS, FOLD_SHARE, whole_ns, false));
	return w;
}

const char *word_ns(int64_t ns)
{
	char *w = next_word();

	fmt_ns(w, FMT_MAX, ns);
	return w;
}

const char *word_bytes(int64_t bytes)
{
	char *w = next_word();

	fmt_bytes(w, FMT_MAX, bytes);
	return w;
}

const char *word_rate(int64_t raw, const struct snapshot *s)
{
	char *w = next_word();
	int64_t value = fig_fold(raw, UNIT_COUNT, FOLD_RATE, s->m.interval_ns, s->m.total);

	fmt_fig(w, FMT_MAX - 2, value, UNIT_COUNT, FOLD_RATE, s->m.total);
	if (!s->m.total && value != FIG_UNKNOWN)
		strcat(w, "/s");
	return w;
}
