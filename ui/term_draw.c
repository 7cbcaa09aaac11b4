/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The differences of two frames as bytes. Moves of the cursor cost most, so every way there
 * is weighed: absolute, by steps, back to the line's begin, or by writing what stands between.
 *
 * A terminal may disagree on the width of some characters (a wide one, a mark, East Asian
 * "ambiguous"). After one of those the cursor counts as lost, and the next move is absolute:
 * a disagreement then spoils one cell and not the line.
 */
#include "term_draw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esc.h"

#define UNKNOWN_CELL '\xff' /* in the front: equals no cell */
#define MOVE_MAX     48

void bytes_add(struct bytes *b, const char *text, size_t len)
{
	size_t size = b->size ? b->size : 4096;
	char *at;

	while (size - b->len < len)
		size *= 2;
	if (size != b->size) {
		at = realloc(b->at, size);
		if (!at) {
			b->failed = true;
			return;
		}
		b->at = at;
		b->size = size;
	}
	memcpy(b->at + b->len, text, len);
	b->len += len;
}

void bytes_puts(struct bytes *b, const char *text)
{
	bytes_add(b, text, strlen(text));
}

void draw_init(struct term_draw *d, const struct theme *theme, const struct term_caps *caps)
{
	*d = (struct term_draw){
		.caps = *caps, .theme = *theme, .redraw = true, .row = -1, .col = -1};
}

void draw_fini(struct term_draw *d)
{
	canvas_fini(&d->front);
}

static const struct theme_style *look(const struct term_draw *d, const struct cell *cell)
{
	return &d->theme.styles[cell->style < STYLE_NR ? cell->style : STYLE_TEXT];
}

static bool blank(const struct cell *cell)
{
	return cell->utf8[0] == ' ' && !cell->utf8[1];
}

static bool same_look(const struct theme_style *a, const struct theme_style *b)
{
	return a->fg == b->fg && a->bg == b->bg && a->attrs == b->attrs;
}

static bool same_cell(const struct term_draw *d, const struct cell *a, const struct cell *b)
{
	if (strncmp(a->utf8, b->utf8, sizeof(a->utf8)))
		return false;
	if (a->style == b->style || !a->utf8[0])
		return true;
	return blank(a) ? theme_same_blank(look(d, a), look(d, b))
			: same_look(look(d, a), look(d, b));
}

/* Whether every terminal gives the cell one column: our own drawing characters do well. */
static bool sure_width(const struct cell *cell)
{
	uint32_t cp;
	int used = utf8_decode(cell->utf8, strnlen(cell->utf8, sizeof(cell->utf8)), &cp);

	if (!used || cell->utf8[used])
		return false;
	return cp < 0x300 || (cp >= 0x2500 && cp < 0x2600);
}

/* ---- looks ---- */

static void set_look_caps(struct term_draw *d, const struct theme_style *to, struct bytes *out)
{
	const struct term_caps *caps = &d->caps;

	if (d->now_known && d->now.attrs == to->attrs)
		return;
	bytes_puts(out, caps->plain);
	if (to->attrs & ATTR_BOLD)
		bytes_puts(out, caps->bold);
	if (to->attrs & ATTR_DIM)
		bytes_puts(out, caps->dim);
	if (to->attrs & ATTR_REVERSE)
		bytes_puts(out, caps->reverse);
	if (to->attrs & ATTR_UNDERLINE)
		bytes_puts(out, caps->underline);
}

static void set_look(struct term_draw *d, const struct theme_style *to, struct bytes *out)
{
	char sgr[THEME_SGR_MAX];

	if (d->caps.ansi)
		bytes_add(out, sgr,
			  (size_t)theme_sgr(sgr, sizeof(sgr), d->now_known ? &d->now : NULL, to));
	else
		set_look_caps(d, to, out);
	d->now = *to;
	d->now_known = true;
}

/* Whether the cell can be written without a change of look. */
static bool look_fits(const struct term_draw *d, const struct cell *cell)
{
	if (!d->now_known)
		return false;
	return blank(cell) ? theme_same_blank(&d->now, look(d, cell))
			   : same_look(&d->now, look(d, cell));
}

/* ---- moves ---- */

struct move {
	char text[MOVE_MAX];
	int len;
};

static void move_add(struct move *m, const char *text)
{
	m->len += snprintf(m->text + m->len, sizeof(m->text) - (size_t)m->len, "%s", text);
}

static void move_count(struct move *m, int n, const char *final)
{
	m->len +=
		snprintf(m->text + m->len, sizeof(m->text) - (size_t)m->len, "\033[%d%s", n, final);
}

/* Columns to the right or left; short steps without a count. */
static void move_by(struct move *m, int columns)
{
	if (columns == 1)
		move_add(m, "\033[C");
	else if (columns > 1)
		move_count(m, columns, "C");
	else if (columns < -4)
		move_count(m, -columns, "D");
	for (; columns < 0 && columns >= -4; columns++)
		move_add(m, "\b");
}

static void move_absolute(struct move *m, int row, int col)
{
	if (col)
		m->len = snprintf(m->text, sizeof(m->text), "\033[%d;%dH", row + 1, col + 1);
	else if (row)
		move_count(m, row + 1, "H");
	else
		move_add(m, "\033[H");
}

static void keep_shorter(struct move *best, const struct move *other)
{
	if (other->len < best->len)
		*best = *other;
}

static struct move move_best(const struct term_draw *d, int row, int col)
{
	int down = row - d->row;
	struct move best = {.len = 0}, from_left = {.len = 0}, steps = {.len = 0};

	move_absolute(&best, row, col);
	if (d->row < 0 || down < 0 || down > 4)
		return best;
	move_add(&from_left, "\r");
	for (int i = 0; i < down; i++) {
		move_add(&from_left, "\n");
		move_add(&steps, "\n");
	}
	move_by(&from_left, col);
	keep_shorter(&best, &from_left);
	if (d->col >= 0) {
		move_by(&steps, col - d->col);
		keep_shorter(&best, &steps);
	}
	return best;
}

/*
 * Writes the cells between the cursor and `col` again where that is no longer than `limit`
 * bytes; they are on the terminal already.
 */
static bool move_by_text(struct term_draw *d, int row, int col, int limit, struct bytes *out)
{
	int bytes_nr = 0;

	if (row != d->row || d->col < 0 || col <= d->col || col - d->col > limit)
		return false;
	for (int x = d->col; x < col; x++) {
		const struct cell *cell = canvas_at(&d->front, row, x);

		bytes_nr += (int)strnlen(cell->utf8, sizeof(cell->utf8));
		if (bytes_nr > limit || !sure_width(cell) || !look_fits(d, cell))
			return false;
	}
	for (int x = d->col; x < col; x++)
		bytes_puts(out, canvas_at(&d->front, row, x)->utf8);
	return true;
}

static void move_to(struct term_draw *d, int row, int col, struct bytes *out)
{
	const char *text;
	struct move m;

	if (d->row == row && d->col == col)
		return;
	m = move_best(d, row, col);
	text = d->caps.ansi ? m.text : d->caps.move(row, col);
	if (!move_by_text(d, row, col, (int)strlen(text), out))
		bytes_puts(out, text);
	d->row = row;
	d->col = col;
}

/* ---- cells ---- */

static void put_cell(struct term_draw *d, int row, int col, const struct cell *cell,
		     struct bytes *out)
{
	if (!look_fits(d, cell))
		set_look(d, look(d, cell), out);
	move_to(d, row, col, out);
	bytes_add(out, cell->utf8, strnlen(cell->utf8, sizeof(cell->utf8)));
	d->col++;
	if (!sure_width(cell))
		d->row = d->col = -1;
	else if (d->col == d->front.cols && d->caps.wrap_waits)
		d->col = -1;
	else if (d->col == d->front.cols)
		d->row = d->col = -1;
}

/* Whether erasing makes a blank that looks as this cell does. */
static bool erasable(const struct term_draw *d, const struct cell *cell)
{
	const struct theme_style *style = look(d, cell);

	return blank(cell) && !(style->attrs & (ATTR_REVERSE | ATTR_UNDERLINE)) &&
	       (d->caps.erase_bg || style->bg == THEME_DEFAULT);
}

/* The column from which erasing the line pays; the line's width where it does not. */
static int erase_from(const struct term_draw *d, const struct canvas *c, int row)
{
	const int cols = d->front.cols, pays_nr = 5;
	const struct cell *last = canvas_at(c, row, cols - 1);
	int col = cols, differ_nr = 0, first = cols;

	if (!*d->caps.erase_line || !erasable(d, last))
		return cols;
	while (col > 0 && same_cell(d, canvas_at(c, row, col - 1), last)) {
		col--;
		if (!same_cell(d, canvas_at(&d->front, row, col), last)) {
			differ_nr++;
			first = col;
		}
	}
	return differ_nr >= pays_nr ? first : cols;
}

/* The look for erasing: without background colour erase it must have the default one. */
static void erase_line(struct term_draw *d, const struct canvas *c, int row, int col,
		       struct bytes *out)
{
	const struct cell *cell = canvas_at(c, row, col);

	if (!look_fits(d, cell))
		set_look(d, look(d, cell), out);
	move_to(d, row, col, out);
	bytes_puts(out, d->caps.erase_line);
}

/* Whether the cell reaches the corner of a terminal that scrolls when that is written. */
static bool scrolls(const struct term_draw *d, int row, int col, const struct cell *cell)
{
	int last = d->front.cols - 1;

	if (d->caps.wrap_waits || row != d->front.rows - 1)
		return false;
	return col == last || (col == last - 1 && !cell[1].utf8[0]);
}

static void draw_row(struct term_draw *d, const struct canvas *c, int row, struct bytes *out)
{
	struct cell *front = canvas_at(&d->front, row, 0);
	const struct cell *cells = canvas_at(c, row, 0);
	int cols = d->front.cols, erase;

	if (!memcmp(front, cells, sizeof(*cells) * (size_t)cols))
		return;
	erase = erase_from(d, c, row);
	for (int col = 0; col < erase; col++) {
		bool cut = col == cols - 1 && canvas_at(c, row, cols) && !cells[col + 1].utf8[0];
		struct cell cell = cells[col];

		if (cut) /* a wide character that the terminal has half a column for */
			cell = (struct cell){.utf8 = " ", .style = cell.style};
		if (!same_cell(d, &front[col], &cell) && cell.utf8[0] &&
		    !scrolls(d, row, col, &cells[col]))
			put_cell(d, row, col, &cell, out);
		front[col] = cell;
	}
	if (erase < cols)
		erase_line(d, c, row, erase, out);
	for (int col = erase; col < cols; col++)
		front[col] = cells[col];
}

/* ---- lines that moved ---- */

/*
 * A row that enters a sorted table pushes the ones below down by one. Where lines can be
 * inserted and deleted that costs twenty bytes and not twenty lines.
 */
#define SHIFT_MAX	 6
#define SHIFT_PAYS_ROWS	 3
#define SHIFT_COST_BYTES 24

struct shift {
	int first, last; /* rows of the new frame that are on the terminal already, `by` higher */
	int by;
};

static uint64_t row_hash(const struct canvas *c, int row, int cols)
{
	const char *at = (const char *)canvas_at(c, row, 0);
	size_t len = sizeof(struct cell) * (size_t)cols;
	uint64_t hash = 0xcbf29ce484222325, word;

	for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = (hash ^ word) * 0x100000001b3;
		hash ^= hash >> 29;
	}
	word = 0;
	memcpy(&word, at, len);
	return ((hash ^ word) * 0x100000001b3) | 1;
}

/* Hashes of the rows that changed; 0 for the others, which stay where they are. */
static int hash_rows(const struct term_draw *d, const struct canvas *c, uint64_t was[],
		     uint64_t is[])
{
	int cols = d->front.cols, changed_nr = 0;

	for (int row = 0; row < d->front.rows; row++) {
		const struct cell *front = canvas_at(&d->front, row, 0),
				  *cells = canvas_at(c, row, 0);

		was[row] = is[row] = 0;
		if (!memcmp(front, cells, sizeof(*cells) * (size_t)cols))
			continue;
		was[row] = row_hash(&d->front, row, cols);
		is[row] = row_hash(c, row, cols);
		changed_nr++;
	}
	return changed_nr;
}

/* The longest run of rows that moved together; `last` < `first` where there is none. */
static struct shift find_shift(const struct term_draw *d, const uint64_t was[], const uint64_t is[])
{
	int rows = d->front.rows;
	struct shift best = {.first = 0, .last = -1};

	for (int by = -SHIFT_MAX; by <= SHIFT_MAX; by++) {
		int first = 0;

		for (int row = 0; by && row <= rows; row++) {
			bool moved = row < rows && row - by >= 0 && row - by < rows && is[row] &&
				     is[row] == was[row - by];

			if (!moved && row - 1 - first > best.last - best.first)
				best = (struct shift){.first = first, .last = row - 1, .by = by};
			if (!moved)
				first = row + 1;
		}
	}
	return best;
}

/* How many cells of the new row are not on the terminal there; `blank_row`: on a blank line. */
static int row_differs(const struct term_draw *d, const struct canvas *c, int row, bool blank_row)
{
	int nr = 0;

	for (int col = 0; col < d->front.cols; col++) {
		const struct cell *cell = canvas_at(c, row, col);

		nr += blank_row ? !blank(cell)
				: !same_cell(d, canvas_at(&d->front, row, col), cell);
	}
	return nr;
}

/* Neighbours in a table are alike: only what would be written tells whether moving pays. */
static bool shift_pays(const struct term_draw *d, const struct canvas *c, const struct shift *s)
{
	int saved = -SHIFT_COST_BYTES, from = s->by > 0 ? s->first - s->by : s->last + 1;

	for (int row = s->first; row <= s->last; row++)
		saved += row_differs(d, c, row, false);
	for (int i = 0; i < abs(s->by); i++)
		saved += row_differs(d, c, from + i, false) - row_differs(d, c, from + i, true);
	return saved > 0;
}

/* Deletes and inserts `nr` lines: the rows between the two places move, no others. */
static void move_lines(struct term_draw *d, int delete_at, int insert_at, int nr, struct bytes *out)
{
	struct canvas *front = &d->front;
	size_t line = sizeof(struct cell) * (size_t)front->cols;
	struct move m = {.len = 0};

	move_absolute(&m, delete_at, 0);
	move_count(&m, nr, "M");
	bytes_add(out, m.text, (size_t)m.len);
	m.len = 0;
	move_absolute(&m, insert_at, 0);
	move_count(&m, nr, "L");
	bytes_add(out, m.text, (size_t)m.len);
	d->row = insert_at;
	d->col = 0;
	if (insert_at < delete_at)
		memmove(canvas_at(front, insert_at + nr, 0), canvas_at(front, insert_at, 0),
			line * (size_t)(delete_at - insert_at));
	else
		memmove(canvas_at(front, delete_at, 0), canvas_at(front, delete_at + nr, 0),
			line * (size_t)(insert_at - delete_at));
	for (int row = insert_at; row < insert_at + nr; row++)
		for (int col = 0; col < front->cols; col++)
			*canvas_at(front, row, col) =
				(struct cell){.utf8 = " ", .style = STYLE_TEXT};
}

static void draw_shifts(struct term_draw *d, const struct canvas *c, struct bytes *out)
{
	uint64_t was[CANVAS_ROWS_MAX], is[CANVAS_ROWS_MAX];
	const struct theme_style *text = &d->theme.styles[STYLE_TEXT];
	struct shift s;

	/*
	 * What comes in must be blank in the look of text, and what moves must be as we think:
	 * a corner that could not be written is not.
	 */
	if (!d->caps.lines_move || !d->caps.wrap_waits ||
	    (!d->caps.erase_bg && text->bg != THEME_DEFAULT))
		return;
	for (int i = 0; i < 4 && hash_rows(d, c, was, is) >= SHIFT_PAYS_ROWS; i++) {
		s = find_shift(d, was, is);
		if (s.last - s.first + 1 < SHIFT_PAYS_ROWS || !shift_pays(d, c, &s))
			return;
		if (!d->now_known || !theme_same_blank(&d->now, text))
			set_look(d, text, out);
		if (s.by > 0)
			move_lines(d, s.last - s.by + 1, s.first - s.by, s.by, out);
		else
			move_lines(d, s.first, s.last + 1, -s.by, out);
	}
}

/* ---- frames ---- */

static int begin(struct term_draw *d, int rows, int cols, struct bytes *out)
{
	const struct theme_style *text = &d->theme.styles[STYLE_TEXT];
	bool blank_text = d->caps.erase_bg || text->bg == THEME_DEFAULT;
	struct cell *cell;

	if (canvas_resize(&d->front, rows, cols))
		return -ENOMEM;
	d->now_known = false;
	set_look(d, blank_text ? text : &theme_plain, out);
	bytes_puts(out, d->caps.clear);
	d->row = d->col = d->caps.ansi ? 0 : -1;
	bytes_puts(out, d->caps.hide);
	d->cursor_shown = false;
	for (int i = 0; !blank_text && i < d->front.rows * d->front.cols; i++) {
		cell = &d->front.cells[i];
		cell->utf8[0] = UNKNOWN_CELL;
	}
	return 0;
}

static void show_cursor(struct term_draw *d, const struct canvas *c, struct bytes *out)
{
	bool show = c->cursor_row >= 0 && c->cursor_row < d->front.rows && c->cursor_col >= 0 &&
		    c->cursor_col < d->front.cols;

	if (show)
		move_to(d, c->cursor_row, c->cursor_col, out);
	if (show != d->cursor_shown)
		bytes_puts(out, show ? d->caps.show : d->caps.hide);
	d->cursor_shown = show;
}

int draw_frame(struct term_draw *d, const struct canvas *c, int rows, int cols, struct bytes *out)
{
	size_t before = out->len;
	int err = 0;

	rows = rows < c->rows ? rows : c->rows;
	cols = cols < c->cols ? cols : c->cols;
	if (d->redraw || rows != d->front.rows || cols != d->front.cols)
		err = begin(d, rows, cols, out);
	else
		draw_shifts(d, c, out);
	for (int row = 0; !err && row < rows; row++)
		draw_row(d, c, row, out);
	if (!err)
		show_cursor(d, c, out);
	d->redraw = err || out->failed;
	if (!d->redraw)
		return 0;
	out->len = before;
	out->failed = false;
	return -ENOMEM;
}
