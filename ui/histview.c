/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Histograms on the canvas. */
#include "histview.h"

#include <inttypes.h>
#include <stdio.h>

#include "fmt.h"
#include "marks.h"
#include "pen.h"

#define BOUNDS_COLS 7
#define COUNT_COLS 8
#define SHARE_COLS 7
#define BAR_MIN 6

struct hist_shape hist_shape(const struct hist *h, int lines)
{
	struct hist_shape shape = { .step = 1 };
	int first = -1, last = -1;

	for (int i = 0; i < HIST_SLOTS; i++)
		if (h->slots[i]) {
			first = first < 0 ? i : first;
			last = i;
		}
	if (first < 0 || lines < 1)
		return shape;
	shape.first = first;
	while ((last - first) / shape.step + 1 > lines)
		shape.step++;
	shape.lines = (last - first) / shape.step + 1;
	return shape;
}

int hist_line(struct hist_shape shape, int slot)
{
	int line = slot < shape.first ? -1 : (slot - shape.first) / shape.step;

	return line < shape.lines ? line : -1;
}

void hist_cursor(struct canvas *c, int y, int x, int width, int line)
{
	canvas_text(c, y + 1 + line, x, 1, STYLE_SELECTED, ">");
	canvas_paint(c, y + 1 + line, x, width, STYLE_SELECTED);
}

static uint64_t line_count(const struct hist *h, struct hist_shape shape, int line)
{
	uint64_t sum = 0;

	for (int i = 0; i < shape.step; i++) {
		int slot = shape.first + line * shape.step + i;

		sum += slot < HIST_SLOTS ? h->slots[slot] : 0;
	}
	return sum;
}

const char *hist_word(const struct hist_scale *scale, uint64_t value)
{
	return scale == &hist_scale_ns ? word_ns((int64_t)value) : word_bytes((int64_t)value);
}

static void bucket_draw(struct canvas *c, int y, int x, int width, const char *low, uint64_t count, uint64_t most,
			uint64_t all)
{
	char text[FMT_MAX];
	int bar = width - BOUNDS_COLS - 2, numbers = COUNT_COLS + SHARE_COLS;
	uint64_t tenths = all ? (count * 1000 + all / 2) / all : 0;

	if (bar - numbers < BAR_MIN)
		numbers = bar - COUNT_COLS < BAR_MIN ? 0 : COUNT_COLS;
	bar -= numbers;
	canvas_right(c, y, x, BOUNDS_COLS, STYLE_TEXT, low);
	canvas_text(c, y, x + BOUNDS_COLS + 1, 1, STYLE_DIM, "|");
	bar_draw(c, y, x + BOUNDS_COLS + 2, bar, STYLE_BAR, (int64_t)count, (int64_t)most);
	fmt_fig(text, sizeof(text), (int64_t)count, UNIT_COUNT, FOLD_GAUGE, false);
	if (numbers)
		canvas_right(c, y, x + BOUNDS_COLS + 2 + bar, COUNT_COLS, count ? STYLE_VALUE : STYLE_DIM, count ? text : "\u00b7");
	if (numbers > COUNT_COLS && count)
		canvas_printf(c, y, x + width - SHARE_COLS, SHARE_COLS, STYLE_TEXT, "%4" PRIu64 ".%" PRIu64 "%%",
			      tenths / 10, tenths % 10);
}

static void summary_draw(struct canvas *c, int y, int x, int width, const struct hist *h)
{
	struct pen p = pen_at(c, y, x + 1, x + width);
	int64_t p99 = hist_percentile_ns(h, 990);

	pen_item(&p, "p50", STYLE_VALUE, false, "%s", word_ns(hist_percentile_ns(h, 500)));
	pen_item(&p, "p99", STYLE_VALUE, false, "%s", word_ns(p99));
	pen_item(&p, "max", STYLE_VALUE, false, "%s", h->max_ns ? word_ns((int64_t)h->max_ns) : "-");
	pen_item(&p, "n", STYLE_VALUE, false, "%" PRIu64, hist_count(h));
}

void hist_draw_as(struct canvas *c, int y, int x, int width, const struct hist_look *look, const struct hist *h,
		  struct hist_shape shape)
{
	uint64_t most = 0, all = hist_count(h);

	canvas_text(c, y, x + 1, width - 1, STYLE_TITLE, look->title);
	if (width > 50)
		canvas_right(c, y, x + width - 16, 16, STYLE_DIM, "count  share");
	if (!all) {
		canvas_text(c, y + 1, x + 1, width - 1, STYLE_DIM, "nothing in this interval");
		return;
	}
	for (int i = 0; i < shape.lines; i++)
		if (line_count(h, shape, i) > most)
			most = line_count(h, shape, i);
	for (int i = 0; i < shape.lines; i++) {
		uint64_t low = hist_low(look->scale, (unsigned)(shape.first + i * shape.step));

		bucket_draw(c, y + 1 + i, x, width, low ? hist_word(look->scale, low) : "0", line_count(h, shape, i), most, all);
	}
	if (look->summary)
		canvas_text(c, y + 1 + shape.lines, x + 1, width - 1, STYLE_VALUE, look->summary);
	else
		summary_draw(c, y + 1 + shape.lines, x, width, h);
}

void hist_draw(struct canvas *c, int y, int x, int width, const char *title, const struct hist *h,
	       struct hist_shape shape)
{
	struct hist_look look = { .title = title, .scale = &hist_scale_ns };

	hist_draw_as(c, y, x, width, &look, h, shape);
}

void hist_window_text(const struct snapshot *s, char *buf, size_t size)
{
	uint64_t tenths = (s->m.interval_ns + 50000000) / 100000000, seconds = tenths / 10;
	uint64_t back_ns = s->m.tick.h.ts_ns - s->m.since_ns;
	char clock[FMT_MAX], span[FMT_MAX];

	if (s->m.window == WINDOW_INTERVAL) {
		snprintf(buf, size, "interval %" PRIu64 ".%" PRIu64 "s", seconds, tenths % 10);
		return;
	}
	fmt_clock(clock, sizeof(clock), s->m.tick.real_ns - back_ns, (int32_t)s->m.host.tz_offset_s);
	if (seconds < 60)
		snprintf(span, sizeof(span), "%" PRIu64 "s", seconds);
	else
		snprintf(span, sizeof(span), "%" PRIu64 "m%02" PRIu64 "s", seconds / 60, seconds % 60);
	snprintf(buf, size, "since %s %s (%s)", s->m.window == WINDOW_MARK ? "mark" : "start", clock, span);
}
