/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heat maps. Cells stand on whole multiples of their width in time, so that they move as one. */
#include "heatview.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fmt.h"
#include "heat.h"
#include "histview.h"
#include "pen.h"
#include "ui_priv.h"

#define LABEL_COLS 9 /* "  4.1ms |" */
#define CELLS_MAX 200
#define SPAN_NS (100 * (uint64_t)NS_PER_S)

struct map {
	int cells, first_cell; /* cells before first_cell lie before the first column */
	uint64_t cell_ns, sums[CELLS_MAX][HIST_SLOTS];
	struct hist all;
};

void heat_cell(struct canvas *c, int y, int x, int shade)
{
	static const char *const text[] = { " ", ".", ":", "#", "@" };
	static const enum style style[] = { STYLE_DIM, STYLE_HEAT1, STYLE_HEAT2, STYLE_HEAT3, STYLE_HEAT4 };

	canvas_text(c, y, x, 1, style[shade], text[shade]);
}

static int log2_of(uint64_t v)
{
	return 63 - __builtin_clzll(v | 1);
}

int heat_shade(uint64_t value, uint64_t most)
{
	int range = log2_of(most) + 1;

	if (!value)
		return 0;
	if (range <= 4)
		return log2_of(value) + 1;
	return 1 + log2_of(value) * 4 / range;
}

/* How far columns lie apart. */
static uint64_t spacing_ns(const struct heat *h)
{
	if (!h || h->nr < 2)
		return 0;
	return (heat_at(h, h->nr - 1)->end_ns - heat_at(h, 0)->end_ns) / (h->nr - 1);
}

/* The shortest cell with which the width shows about two minutes; of two columns or more, or they would beat with cells. */
static uint64_t choose_cell_ns(int cells, uint64_t apart_ns)
{
	static const unsigned steps_s[] = { 2, 5, 10, 15, 30, 60, 120, 300 };
	size_t i = 0;

	while (i + 1 < sizeof(steps_s) / sizeof(*steps_s) &&
	       ((uint64_t)cells * steps_s[i] * NS_PER_S < SPAN_NS || steps_s[i] * (uint64_t)NS_PER_S * 4 < apart_ns * 7))
		i++;
	return steps_s[i] * (uint64_t)NS_PER_S;
}

static uint64_t bin(uint64_t ns, uint64_t cell_ns)
{
	return ns ? (ns - 1) / cell_ns : 0;
}

static void fill(struct map *m, const struct heat *h, uint64_t now_ns)
{
	uint64_t last = bin(now_ns, m->cell_ns);

	for (uint32_t i = 0; i < h->nr; i++) {
		const struct heat_column *column = heat_at(h, i);
		uint64_t at = bin(column->end_ns, m->cell_ns);
		int cell;

		if (at > last || last - at >= (uint64_t)m->cells)
			continue;
		cell = m->cells - 1 - (int)(last - at);
		if (cell < m->first_cell)
			m->first_cell = cell;
		for (int slot = 0; slot < HIST_SLOTS; slot++) {
			m->sums[cell][slot] += column->slots[slot];
			m->all.slots[slot] += column->slots[slot];
		}
	}
}

static uint64_t folded(const struct map *m, int cell, struct hist_shape shape, int line)
{
	uint64_t sum = 0;

	for (int i = 0; i < shape.step; i++) {
		int slot = shape.first + line * shape.step + i;

		sum += slot < HIST_SLOTS ? m->sums[cell][slot] : 0;
	}
	return sum;
}

static void cells_draw(struct canvas *c, int y, int x, const struct map *m, struct hist_shape shape)
{
	uint64_t most = 0;

	for (int cell = m->first_cell; cell < m->cells; cell++)
		for (int line = 0; line < shape.lines; line++)
			if (folded(m, cell, shape, line) > most)
				most = folded(m, cell, shape, line);
	for (int line = 0; line < shape.lines; line++) {
		int at_y = y + shape.lines - 1 - line; /* upward */
		uint64_t low_ns = hist_low_ns((unsigned)(shape.first + line * shape.step));

		canvas_right(c, at_y, x, LABEL_COLS - 2, STYLE_TEXT, low_ns ? word_ns((int64_t)low_ns) : "0");
		canvas_text(c, at_y, x + LABEL_COLS - 1, 1, STYLE_DIM, "|");
		for (int cell = m->first_cell; cell < m->cells; cell++)
			heat_cell(c, at_y, x + LABEL_COLS + cell, heat_shade(folded(m, cell, shape, line), most));
	}
}

static void axis_draw(struct canvas *c, int y, int x, int width, const struct map *m)
{
	unsigned span_s = (unsigned)(m->cell_ns / NS_PER_S) * (unsigned)m->cells;
	char text[FMT_MAX];

	snprintf(text, sizeof(text), "-%um%02us", span_s / 60, span_s % 60);
	canvas_text(c, y, x + LABEL_COLS, width - LABEL_COLS, STYLE_DIM, text);
	canvas_right(c, y, x, LABEL_COLS + m->cells, STYLE_DIM, "now");
}

int heat_draw(struct canvas *c, int y, int x, int width, int lines, const char *what, const struct heat *h,
	      uint64_t now_ns)
{
	static struct map m; /* 64 KB: too much for a stack, and nobody draws two at once */
	struct hist_shape shape;

	if (width < HEAT_WIDTH_MIN || lines < 3)
		return 0;
	memset(&m, 0, sizeof(m));
	m.cells = width - LABEL_COLS - 1 < CELLS_MAX ? width - LABEL_COLS - 1 : CELLS_MAX;
	m.first_cell = m.cells;
	m.cell_ns = choose_cell_ns(m.cells, spacing_ns(h));
	if (h)
		fill(&m, h, now_ns);
	shape = hist_shape(&m.all, lines - 2);
	canvas_printf(c, y, x + 1, width - 1, STYLE_TITLE, what ? "%s: last minutes, cell %us" : "%sthe last minutes, a cell is %us",
		      what ? what : "", (unsigned)(m.cell_ns / NS_PER_S));
	if (!shape.lines) {
		canvas_text(c, y + 1, x + 1, width - 1, STYLE_DIM, h && h->nr ? "nothing in these minutes" : "no interval yet");
		return 2;
	}
	cells_draw(c, y + 1, x, &m, shape);
	axis_draw(c, y + 1 + shape.lines, x, width, &m);
	return shape.lines + 2;
}
