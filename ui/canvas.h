/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A grid of cells: what views draw into. One file turns it into curses calls, another into
 * text. Knows no terminal and no locale. Text given to canvas_text() must be valid UTF-8
 * without control characters: strings from the kernel go through canvas_raw(), which escapes.
 */
#ifndef PROBETOP_CANVAS_H
#define PROBETOP_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CANVAS_ROWS_MAX 500
#define CANVAS_COLS_MAX 1000

/* What a cell means; a theme says what it looks like. One table, also in doc and --help. */
/* clang-format off */
#define STYLES(X) \
	X(TEXT, "text") X(DIM, "dim") X(TITLE, "title") X(KEY, "key") X(KEY_LABEL, "key_label") \
	X(TAB, "tab") X(TAB_ACTIVE, "tab_active") X(VIEW, "view") X(VIEW_ACTIVE, "view_active") \
	X(HEADING, "heading") X(HEADING_SORT, "heading_sort") X(SELECTED, "selected") \
	X(METER_LABEL, "meter_label") X(METER_FRAME, "meter_frame") X(METER_LOW, "meter_low") \
	X(METER_MID, "meter_mid") X(METER_HIGH, "meter_high") X(METER_CACHE, "meter_cache") \
	X(VALUE, "value") X(MARK, "mark") X(ALERT, "alert") X(LIVE, "live") X(FROZEN, "frozen") \
	X(ONCPU, "oncpu") X(RUNQ, "runq") X(DISK, "disk") X(KLOCK, "klock") X(SLEEP, "sleep") \
	X(DEAD, "dead") X(KTHREAD, "kthread") X(TAGGED, "tagged") X(CHANGED, "changed") \
	X(BAR, "bar") X(HEAT1, "heat1") X(HEAT2, "heat2") X(HEAT3, "heat3") X(HEAT4, "heat4") \
	X(PROMPT, "prompt") X(STATUS, "status") X(MATCH, "match")
/* clang-format on */
#define STYLE_ENUM(id, name) STYLE_##id,
enum style { STYLES(STYLE_ENUM) STYLE_NR };
#undef STYLE_ENUM

struct cell {
	char utf8[8]; /* one character with its combining marks; "" in a wide one's second half */
	uint8_t style;
};

struct canvas {
	int rows, cols;
	bool ascii;		    /* no byte above 0x7e: escapes and box characters follow */
	int cursor_row, cursor_col; /* -1: hidden; where a prompt is typed */
	int cells_max;		    /* how many cells the memory holds */
	struct cell *cells;
};

/* Allocates a blank canvas. Sizes are clamped to 1..MAX. Returns 0 or -ENOMEM. */
int canvas_init(struct canvas *c, int rows, int cols, bool ascii);
void canvas_fini(struct canvas *c);
/* Blanks it; keeps the memory where it suffices. Returns 0 or -ENOMEM (the old size stays). */
int canvas_resize(struct canvas *c, int rows, int cols);
void canvas_clear(struct canvas *c);

/*
 * All drawing is clipped to the canvas and to `width` columns; each returns the columns used,
 * those left of the canvas included. Nothing is drawn but the text: no padding. In ascii mode
 * our own drawing characters get their likeness (a triangle "^") and others "?".
 */
int canvas_text(struct canvas *c, int row, int col, int width, enum style style, const char *utf8);
/* The same, right-aligned in `width`. Text that does not fit is cut at its end. */
int canvas_right(struct canvas *c, int row, int col, int width, enum style style, const char *utf8);
/* `len` raw bytes from the kernel, escaped. */
int canvas_raw(struct canvas *c, int row, int col, int width, enum style style, const char *raw,
	       size_t len);
int canvas_printf(struct canvas *c, int row, int col, int width, enum style style,
		  const char *format, ...) __attribute__((format(printf, 6, 7)));
void canvas_fill(struct canvas *c, int row, int col, int width, enum style style, char ch);
/* Changes the style of cells without their text. */
void canvas_paint(struct canvas *c, int row, int col, int width, enum style style);

/* Returns the cell, or NULL outside. */
struct cell *canvas_at(const struct canvas *c, int row, int col);

#endif
