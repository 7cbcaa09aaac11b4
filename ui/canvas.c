/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grid of cells. Every cell is whole at any time: a wide character that loses one half
 * loses the other too, and a cell never holds a part of a character.
 */
#include "canvas.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esc.h"

/* Room for a full line of the widest canvas, four bytes a column. */
#define LINE_MAX_BYTES (CANVAS_COLS_MAX * 4 + 1)

/* clang-format off */
/* What stands for our own drawing characters where only ASCII may be shown. */
static const struct {
	uint32_t first, last;
	char ascii;
} ascii_for[] = {
	{0x00b7, 0x00b7, ' '}, /* middle dot: zero */
	{0x2190, 0x2190, '<'}, {0x2191, 0x2191, '^'}, {0x2192, 0x2192, '>'}, {0x2193, 0x2193, 'v'},
	{0x2026, 0x2026, '~'}, /* ellipsis */
	{0x2500, 0x2501, '-'}, {0x2502, 0x2503, '|'}, {0x2504, 0x2505, '-'}, {0x2506, 0x2507, '|'},
	{0x2508, 0x2509, '-'}, {0x250a, 0x250b, '|'}, {0x250c, 0x254b, '+'}, {0x2550, 0x2550, '='},
	{0x2551, 0x2551, '|'}, {0x2552, 0x256c, '+'}, {0x2580, 0x2590, '#'}, {0x2591, 0x2591, '.'},
	{0x2592, 0x2592, ':'}, {0x2593, 0x2593, '#'}, {0x25a0, 0x25a0, '#'}, {0x25b2, 0x25b4, '^'},
	{0x25b6, 0x25b8, '>'}, {0x25bc, 0x25be, 'v'}, {0x25c0, 0x25c2, '<'},
};
/* clang-format on */

static int clamp(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

int canvas_init(struct canvas *c, int rows, int cols, bool ascii)
{
	*c = (struct canvas){.ascii = ascii};
	return canvas_resize(c, rows, cols);
}

void canvas_fini(struct canvas *c)
{
	free(c->cells);
	*c = (struct canvas){.cursor_row = -1, .cursor_col = -1};
}

int canvas_resize(struct canvas *c, int rows, int cols)
{
	rows = clamp(rows, 1, CANVAS_ROWS_MAX);
	cols = clamp(cols, 1, CANVAS_COLS_MAX);
	if (rows * cols > c->cells_max) {
		struct cell *cells =
			realloc(c->cells, sizeof(*cells) * (size_t)rows * (size_t)cols);

		if (!cells)
			return -ENOMEM;
		c->cells = cells;
		c->cells_max = rows * cols;
	}
	c->rows = rows;
	c->cols = cols;
	canvas_clear(c);
	return 0;
}

static void cell_set(struct cell *cell, enum style style, char ch)
{
	*cell = (struct cell){.utf8 = {ch}, .style = (uint8_t)style};
}

void canvas_clear(struct canvas *c)
{
	for (int i = 0; i < c->rows * c->cols; i++)
		cell_set(&c->cells[i], STYLE_TEXT, ' ');
	c->cursor_row = c->cursor_col = -1;
}

struct cell *canvas_at(const struct canvas *c, int row, int col)
{
	if (row < 0 || row >= c->rows || col < 0 || col >= c->cols)
		return NULL;
	return &c->cells[row * c->cols + col];
}

/* Blanks the other half of a wide character that columns [col, col + columns) are about to cut. */
static void cell_release(struct canvas *c, int row, int col, int columns)
{
	struct cell *cell = canvas_at(c, row, col);

	if (!cell->utf8[0] && col > 0)
		cell_set(cell - 1, cell[-1].style, ' ');
	cell = canvas_at(c, row, col + columns);
	if (cell && !cell->utf8[0])
		cell_set(cell, cell->style, ' ');
}

/* Puts one character into a cell that is inside the canvas; `columns` is 1 or 2. */
static struct cell *cell_put(struct canvas *c, int row, int col, int columns, enum style style,
			     const char *utf8, int len)
{
	struct cell *cell = canvas_at(c, row, col);

	cell_release(c, row, col, columns);
	cell_set(cell, style, '\0');
	memcpy(cell->utf8, utf8, (size_t)len);
	if (columns == 2)
		cell_set(cell + 1, style, '\0');
	return cell;
}

/* Adds a combining mark; one that has no room in the cell is left out whole. */
static void cell_combine(struct cell *cell, const char *utf8, int len)
{
	size_t used = strlen(cell->utf8);

	if (used + (size_t)len < sizeof(cell->utf8))
		memcpy(cell->utf8 + used, utf8, (size_t)len);
}

static char to_ascii(uint32_t cp)
{
	for (size_t i = 0; i < sizeof(ascii_for) / sizeof(ascii_for[0]); i++)
		if (cp >= ascii_for[i].first && cp <= ascii_for[i].last)
			return ascii_for[i].ascii;
	return '?';
}

struct glyph {
	const char *utf8;
	int len, columns;
	int taken; /* bytes of the source */
};

/*
 * The next character of `s` as it may be shown here. Bytes that the callers promise not to
 * send become "?": a control character must not reach a terminal through a caller's mistake.
 */
static struct glyph glyph_next(const struct canvas *c, const char *s, size_t len, char ascii[1])
{
	uint32_t cp = '?';
	int taken = utf8_decode(s, len, &cp);
	struct glyph g = {.utf8 = s, .len = taken, .columns = 1, .taken = taken ? taken : 1};

	if (taken && cp >= 0x20 && cp < 0x7f)
		return g;
	if (taken && cp > 0x9f)
		g.columns = utf8_width(cp);
	if (taken && cp > 0x9f && (!c->ascii || g.columns == 0))
		return g;
	*ascii = taken && cp > 0x9f ? to_ascii(cp) : '?';
	return (struct glyph){.utf8 = ascii, .len = 1, .columns = 1, .taken = g.taken};
}

/* Draws `len` bytes; characters left of the canvas count but are not drawn. */
static int draw(struct canvas *c, int row, int col, int width, enum style style, const char *s,
		size_t len)
{
	int end = col + (width < c->cols - col ? width : c->cols - col);
	struct cell *last = NULL;
	struct glyph g;
	int x = col;
	char ascii;

	if (row < 0 || row >= c->rows)
		return 0;
	for (size_t i = 0; i < len; i += (size_t)g.taken) {
		g = glyph_next(c, s + i, len - i, &ascii);
		if (g.columns == 0) {
			if (last && !c->ascii)
				cell_combine(last, g.utf8, g.len);
			continue;
		}
		if (x + g.columns > end)
			break;
		last = NULL;
		if (x >= 0)
			last = cell_put(c, row, x, g.columns, style, g.utf8, g.len);
		else if (x + g.columns > 0)
			cell_put(c, row, 0, 1, style, " ", 1);
		x += g.columns;
	}
	return x - col;
}

int canvas_text(struct canvas *c, int row, int col, int width, enum style style, const char *utf8)
{
	return draw(c, row, col, width, style, utf8, strlen(utf8));
}

int canvas_right(struct canvas *c, int row, int col, int width, enum style style, const char *utf8)
{
	int columns = utf8_columns(utf8);
	int pad = columns < width ? width - columns : 0;

	return canvas_text(c, row, col + pad, width - pad, style, utf8);
}

int canvas_raw(struct canvas *c, int row, int col, int width, enum style style, const char *raw,
	       size_t len)
{
	char text[LINE_MAX_BYTES];

	return draw(c, row, col, width, style, text,
		    esc_text(text, sizeof(text), raw, len, c->ascii));
}

int canvas_printf(struct canvas *c, int row, int col, int width, enum style style,
		  const char *format, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return canvas_text(c, row, col, width, style, text);
}

/* Clips [*col, *col + width) to the canvas; returns the width that is left. */
static int clip(const struct canvas *c, int row, int *col, int width)
{
	if (row < 0 || row >= c->rows || *col >= c->cols)
		return 0;
	if (*col < 0) {
		width += *col;
		*col = 0;
	}
	return clamp(width, 0, c->cols - *col);
}

void canvas_fill(struct canvas *c, int row, int col, int width, enum style style, char ch)
{
	width = clip(c, row, &col, width);
	for (int i = 0; i < width; i++)
		cell_put(c, row, col + i, 1, style, &ch, 1);
}

void canvas_paint(struct canvas *c, int row, int col, int width, enum style style)
{
	width = clip(c, row, &col, width);
	for (int i = 0; i < width; i++)
		canvas_at(c, row, col + i)->style = (uint8_t)style;
}
