/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table: which columns there is room for, their headings, the rows. */
#include <limits.h>
#include <string.h>

#include "esc.h"
#include "pen.h"
#include "ui_priv.h"

#define GRID_LEFT 1 /* column 0 is for the tag and, with --a11y, the cursor */
#define GROW_USUAL 20 /* columns of text that a growing column may want */

struct grid {
	const struct column *cols[UI_COLS_MAX];
	int x[UI_COLS_MAX], width[UI_COLS_MAX];
	int nr;
};

static bool on_screen(const struct ui *ui, const struct column *col)
{
	if (col->flags & COL_NO_SCREEN)
		return false;
	/* A screen reader has no use for a drawing; its figures stand in the detail lines. */
	return !(ui->opts.a11y && (col->flags & COL_SCREEN_ONLY));
}

static int grow_min(int cols)
{
	return cols < 40 ? 5 : cols / 5 > 40 ? 40 : cols / 5;
}

/* One that says it needs more than usual has it, up to half of the screen. */
static int grow_need(const struct column *col, int cols)
{
	int half = col->width < cols / 2 ? col->width : cols / 2;

	return col->width > GROW_USUAL && half > grow_min(cols) ? half : grow_min(cols);
}

static int need(const struct column *col, int cols)
{
	return col->flags & COL_GROW ? grow_need(col, cols) : col->width + 1;
}

/* Takes columns by weight, the heaviest first, while there is room; weight 0 always. */
static void choose_by_weight(const struct ui *ui, const struct view *v, int cols, bool *take)
{
	int left = cols - GRID_LEFT;
	int best;

	for (int i = 0; v->columns[i].key && i < UI_COLS_MAX; i++) {
		take[i] = on_screen(ui, &v->columns[i]) && !v->columns[i].weight;
		left -= take[i] ? need(&v->columns[i], cols) : 0;
	}
	do {
		best = -1;
		for (int i = 0; v->columns[i].key && i < UI_COLS_MAX; i++)
			if (!take[i] && on_screen(ui, &v->columns[i]) && v->columns[i].weight &&
			    (best < 0 || v->columns[i].weight > v->columns[best].weight))
				best = i;
		/* The first that does not fit ends it: a lighter one must not take its place. */
		if (best < 0 || need(&v->columns[best], cols) > left)
			break;
		take[best] = true;
		left -= need(&v->columns[best], cols);
	} while (true);
}

/* Scrolled: all columns in their order from the n-th on, beside the first. */
static void choose_scrolled(const struct ui *ui, const struct view *v, int cols, int skip, bool *take)
{
	int left = cols - GRID_LEFT;

	for (int i = 0; v->columns[i].key && i < UI_COLS_MAX; i++) {
		const struct column *col = &v->columns[i];

		take[i] = false;
		if (!on_screen(ui, col) || (i && skip-- > 0))
			continue;
		if (need(col, cols) > left)
			break;
		take[i] = true;
		left -= need(col, cols);
	}
}

static void grid_make(const struct ui *ui, const struct view *v, const struct view_state *st, int cols, struct grid *g)
{
	bool take[UI_COLS_MAX] = { false };
	int x = GRID_LEFT, fixed = GRID_LEFT, last = -1;

	if (st->scroll_cols)
		choose_scrolled(ui, v, cols, st->scroll_cols, take);
	else
		choose_by_weight(ui, v, cols, take);
	g->nr = 0;
	for (int i = 0; v->columns[i].key && i < UI_COLS_MAX; i++)
		if (take[i]) {
			fixed += v->columns[i].flags & COL_GROW ? 0 : v->columns[i].width + 1;
			last = i;
		}
	for (int i = 0; i <= last; i++) {
		const struct column *col = &v->columns[i];

		if (!take[i])
			continue;
		g->cols[g->nr] = col;
		g->x[g->nr] = x;
		g->width[g->nr] = col->flags & COL_GROW ? cols - fixed : col->width;
		x += g->width[g->nr++] + 1;
	}
}

/* The column on the screen that stands for the sort column: itself, or one made of the same figure. */
static bool is_sort(const struct column *col, const struct column *sort)
{
	return sort && (col == sort || (sort->flags & COL_NO_SCREEN && sort->unit != UNIT_TEXT &&
					col->unit != UNIT_TEXT && col->off == sort->off));
}

static void heading_draw(struct ui *ui, struct canvas *c, const struct grid *g, const struct view_state *st, int y)
{
	canvas_fill(c, y, 0, c->cols, STYLE_HEADING, ' ');
	for (int i = 0; i < g->nr; i++) {
		const struct column *col = g->cols[i];
		bool sort = is_sort(col, st->sort);
		bool up = rows_sort_up(st->sort) != st->invert;
		enum style style = sort ? STYLE_HEADING_SORT : STYLE_HEADING;
		int at = g->x[i] + g->width[i];

		if (col->flags & COL_LEFT) {
			canvas_text(c, y, g->x[i], g->width[i], style, col->title);
			at = g->x[i] + utf8_columns(col->title);
		} else {
			canvas_right(c, y, g->x[i], g->width[i], style, col->title);
		}
		if (sort)
			canvas_text(c, y, at, 1, style, up ? "\u25b2" : "\u25bc");
		hit_add(ui, y, g->x[i] - 1, g->x[i] + g->width[i], HIT_HEADING, (int)(col - ui_view(ui)->columns));
	}
}

static void cell_draw(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		      const struct view *v, const void *row, const struct column *col)
{
	enum style style = v->row_style ? v->row_style(ui, row) : STYLE_TEXT;
	char buf[1400];
	const char *text;
	size_t len = 0;

	if (col->flags & COL_CUSTOM) {
		v->cell(c, y, x, width, s, ui, row, col);
	} else if (col->unit == UNIT_TEXT) {
		text = v->text(s, ui, row, col, buf, sizeof(buf), &len);
		if (text)
			canvas_raw(c, y, x, width, style, text, len);
		else
			canvas_text(c, y, x, width, STYLE_DIM, "-");
	} else {
		cell_figure(c, y, x, width, style, col, s, row);
	}
}

static void row_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, const struct grid *g, int y, int i)
{
	const struct view *v = ui_view(ui);
	const void *row = rows_at(ui, s, i);
	bool selected = i == ui_state(ui)->cursor;

	if (!row)
		return;
	for (int n = 0; n < g->nr; n++)
		cell_draw(c, y, g->x[n], g->width[n], s, ui, v, row, g->cols[n]);
	if (v->row_id && tags_has(ui, v->row_id(row)))
		canvas_text(c, y, 0, 1, STYLE_TAGGED, "*");
	if (selected && ui->opts.a11y) {
		canvas_text(c, y, 0, 1, STYLE_SELECTED, ">");
		c->cursor_row = y;
		c->cursor_col = 0;
	}
	if (selected)
		canvas_paint(c, y, 0, c->cols, STYLE_SELECTED);
	hit_add(ui, y, 0, c->cols, HIT_ROW, i);
}

static void scroll_to_cursor(struct ui *ui, struct view_state *st, int lines)
{
	if (st->top > st->cursor)
		st->top = st->cursor;
	if (st->top < st->cursor - lines + 1)
		st->top = st->cursor - lines + 1;
	if (st->top > ui->list.nr - lines)
		st->top = ui->list.nr - lines;
	if (st->top < 0)
		st->top = 0;
}

/* Says why there is nothing to see. */
static void empty_draw(const struct ui *ui, const struct snapshot *s, struct canvas *c, int y)
{
	const struct view *v = ui_view(ui);
	const char *why = v->empty && (!ui->list.all_nr || v->log) ? v->empty(s, ui) : NULL;

	if (why)
		canvas_text(c, y, 1, c->cols - 1, STYLE_DIM, why);
	else if (ui->entered)
		canvas_text(c, y, 1, c->cols - 1, STYLE_DIM, "this process has ended; Esc goes back");
	else if (ui->list.all_nr)
		canvas_text(c, y, 1, c->cols - 1, STYLE_DIM, "no row passes the filters; Esc shows all");
	else if (!s->m.tick.h.ts_ns)
		canvas_text(c, y, 1, c->cols - 1, STYLE_DIM, "waiting for the first tick");
	else
		canvas_text(c, y, 1, c->cols - 1, STYLE_DIM, "no rows");
}

void grid_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, int heading_y, int y, int lines)
{
	struct view_state *st = ui_state(ui);
	struct grid g;

	rows_refresh(ui, s);
	grid_make(ui, ui_view(ui), st, c->cols, &g);
	if (heading_y >= 0)
		heading_draw(ui, c, &g, st, heading_y);
	if (ui->opts.rows_max && lines > ui->opts.rows_max)
		lines = ui->opts.rows_max;
	ui->page_rows = lines;
	if (lines <= 0)
		return;
	scroll_to_cursor(ui, st, lines);
	for (int i = 0; i < lines && st->top + i < ui->list.nr; i++)
		row_draw(ui, s, c, &g, y + i, st->top + i);
	if (!ui->list.nr)
		empty_draw(ui, s, c, y);
}

static int screen_columns(const struct ui *ui)
{
	const struct view *v = ui_view(ui);
	int nr = 0;

	for (int i = 0; v->columns[i].key; i++)
		nr += on_screen(ui, &v->columns[i]);
	return nr;
}

void grid_scroll(struct ui *ui, int step)
{
	struct view_state *st = ui_state(ui);
	int last = screen_columns(ui) - 2; /* the first stays; one more remains beside it */

	if (step == INT_MIN || step == INT_MAX) {
		st->scroll_cols = step < 0 ? 0 : last;
		st->scroll_text = 0;
	} else if (st->scroll_text + (st->scroll_cols == last) > 0 && st->scroll_text + step >= 0) {
		st->scroll_text += step;
		if (st->scroll_text > 160)
			st->scroll_text = 160;
	} else {
		st->scroll_cols += step;
	}
	if (st->scroll_cols < 0)
		st->scroll_cols = 0;
}
