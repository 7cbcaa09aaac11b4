/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames on a terminal: a small emulator reads the bytes, and its screen must be the canvas,
 * whatever was there before. The emulator stops at any byte that it does not know.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "esc.h"
#include "term_draw.h"

#define ROWS 12
#define COLS 40

struct shown {
	char utf8[8];
	struct theme_style look;
};

struct emulator {
	struct shown cells[ROWS][COLS];
	struct theme_style now;
	int row, col;
	bool erase_bg, waits, cursor;
};

static void erase(struct emulator *m, int row, int col)
{
	struct theme_style look = theme_plain;

	if (m->erase_bg)
		look.bg = m->now.bg;
	for (; col < COLS; col++)
		m->cells[row][col] = (struct shown){" ", look};
}

/* Lines that come in are blank; those that leave at the end are gone. */
static void insert_lines(struct emulator *m, int nr)
{
	for (int row = ROWS - 1; row >= m->row + nr; row--)
		memcpy(m->cells[row], m->cells[row - nr], sizeof(m->cells[row]));
	for (int row = m->row; row < m->row + nr && row < ROWS; row++)
		erase(m, row, 0);
}

static void delete_lines(struct emulator *m, int nr)
{
	for (int row = m->row; row + nr < ROWS; row++)
		memcpy(m->cells[row], m->cells[row + nr], sizeof(m->cells[row]));
	for (int row = ROWS - nr; row < ROWS; row++)
		erase(m, row, 0);
}

static void sgr_param(struct emulator *m, const int *p, int nr, int *i)
{
	int code = p[*i], *color = code / 10 == 4 || code / 10 == 10 ? &m->now.bg : &m->now.fg;

	if (code == 0)
		m->now = theme_plain;
	else if (code == 1 || code == 2)
		m->now.attrs |= (uint8_t)code;
	else if (code == 4)
		m->now.attrs |= ATTR_UNDERLINE;
	else if (code == 7)
		m->now.attrs |= ATTR_REVERSE;
	else if (code == 22)
		m->now.attrs &= (uint8_t) ~(ATTR_BOLD | ATTR_DIM);
	else if (code == 24)
		m->now.attrs &= (uint8_t)~ATTR_UNDERLINE;
	else if (code == 27)
		m->now.attrs &= (uint8_t)~ATTR_REVERSE;
	else if (code % 10 == 8 && *i + 4 < nr && p[*i + 1] == 2)
		*color = p[*i + 2] << 16 | p[*i + 3] << 8 | p[*i + 4], *i += 4;
	else if (code % 10 == 8 && *i + 2 < nr && p[*i + 1] == 5)
		*color = THEME_ANSI(p[*i + 2]), *i += 2;
	else if (code % 10 == 9 && code < 50)
		*color = THEME_DEFAULT;
	else if (code >= 90)
		*color = THEME_ANSI(8 + code % 10);
	else
		*color = THEME_ANSI(code % 10);
}

/* Reads one control sequence; returns its length. */
static size_t control(struct emulator *m, const char *s)
{
	int p[16] = {0}, nr = 0;
	size_t i = 2;

	assert_int_equal(s[1], '[');
	if (s[2] == '?') {
		assert_int_equal(strncmp(s, "\033[?25", 5), 0);
		m->cursor = s[5] == 'h';
		return 6;
	}
	for (nr = 1; (s[i] >= '0' && s[i] <= '9') || s[i] == ';'; i++) {
		if (s[i] == ';')
			nr++;
		else
			p[nr - 1] = p[nr - 1] * 10 + s[i] - '0';
	}
	switch (s[i]) {
	case 'H':
		m->row = p[0] ? p[0] - 1 : 0;
		m->col = p[1] ? p[1] - 1 : 0;
		break;
	case 'C':
		m->col += p[0] ? p[0] : 1;
		break;
	case 'D':
		m->col -= p[0] ? p[0] : 1;
		break;
	case 'K':
		erase(m, m->row, m->col);
		break;
	case 'J':
		for (int row = 0; row < ROWS; row++)
			erase(m, row, 0);
		break;
	case 'L':
		insert_lines(m, p[0] ? p[0] : 1);
		m->col = 0;
		break;
	case 'M':
		delete_lines(m, p[0] ? p[0] : 1);
		m->col = 0;
		break;
	case 'm':
		for (int k = 0; k < nr; k++)
			sgr_param(m, p, nr, &k);
		break;
	default:
		fail_msg("unknown sequence: final %c", s[i]);
	}
	assert_in_range(m->row, 0, ROWS - 1);
	/* Behind the last column the cursor may only be told a look. */
	assert_in_range(m->col, 0, s[i] == 'm' ? COLS : COLS - 1);
	return i + 1;
}

static size_t character(struct emulator *m, const char *s, size_t len)
{
	struct shown *cell;
	uint32_t cp;
	int used = utf8_decode(s, len, &cp), columns = utf8_width(cp);

	assert_true(used > 0);
	if (columns == 0) {
		cell = &m->cells[m->row][m->col - 1 - !m->cells[m->row][m->col - 1].utf8[0]];
		memcpy(cell->utf8 + strlen(cell->utf8), s, (size_t)used);
		return (size_t)used;
	}
	assert_true(m->col + columns <= COLS);
	cell = &m->cells[m->row][m->col];
	*cell = (struct shown){.look = m->now};
	memcpy(cell->utf8, s, (size_t)used);
	if (columns == 2)
		cell[1] = (struct shown){.look = m->now};
	m->col += columns;
	if (!m->waits)
		assert_false(m->row == ROWS - 1 && m->col == COLS);
	return (size_t)used;
}

static void feed(struct emulator *m, const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		if (s[i] == '\033') {
			i += control(m, s + i);
		} else if (s[i] == '\r') {
			m->col = 0, i++;
		} else if (s[i] == '\n') {
			assert_true(++m->row < ROWS), i++;
		} else if (s[i] == '\b') {
			assert_true(--m->col >= 0), i++;
		} else {
			i += character(m, s + i, len - i);
		}
	}
}

static void assert_shows(const struct emulator *m, const struct canvas *c, const struct theme *t)
{
	for (int row = 0; row < ROWS; row++)
		for (int col = 0; col < COLS; col++) {
			const struct cell *want = canvas_at(c, row, col);
			const struct shown *got = &m->cells[row][col];
			const struct theme_style *look = &t->styles[want->style];

			if (!m->waits && row == ROWS - 1 && col >= COLS - 2)
				continue;
			assert_string_equal(got->utf8, want->utf8);
			if (!want->utf8[0])
				continue;
			if (!strcmp(want->utf8, " "))
				assert_true(theme_same_blank(&got->look, look));
			else
				assert_memory_equal(&got->look, look,
						    offsetof(struct theme_style, attrs) + 1);
		}
}

static struct term_caps caps_of(bool erase_bg, bool waits)
{
	return (struct term_caps){
		.ansi = true,
		.erase_bg = erase_bg,
		.wrap_waits = waits,
		.lines_move = true,
		.clear = "\033[H\033[2J",
		.erase_line = "\033[K",
		.hide = "\033[?25l",
		.show = "\033[?25h",
	};
}

/* What sorting does: rows from `from` on go down or up by `nr`. */
static void move_rows(struct canvas *c, int from, int to, int nr)
{
	size_t line = sizeof(struct cell) * (size_t)c->cols;
	struct cell rows[ROWS][COLS];

	memcpy(rows, c->cells, sizeof(rows));
	for (int row = from; row != to; row += from < to ? 1 : -1) {
		int old = from < to ? row - nr : row + nr;

		if (old >= 0 && old < ROWS)
			memcpy(canvas_at(c, row, 0), rows[old], line);
	}
}

static void random_change(struct canvas *c)
{
	static const char *const parts[] = {"1.2k", "  9.1", "漢字", "e\xcc\x81z",
					    "·",    "▲",     "    ", "command --with a=long,tail"};
	enum style style = (enum style)(rand() % STYLE_NR);
	int row = rand() % ROWS, col = rand() % (COLS + 4) - 4;

	switch (rand() % 6) {
	case 5:
		move_rows(c, rand() % ROWS, rand() % ROWS, 1 + rand() % 3);
		break;
	case 0:
		canvas_fill(c, row, col, rand() % COLS, style, ' ');
		break;
	case 1:
		canvas_paint(c, row, 0, COLS, style);
		break;
	default:
		canvas_text(c, row, col, COLS, style, parts[rand() % 8]);
	}
}

static void frames_on(const char *theme_name, enum color_depth depth, bool erase_bg, bool waits)
{
	struct emulator m = {.erase_bg = erase_bg, .waits = waits, .now = theme_plain};
	struct term_caps caps = caps_of(erase_bg, waits);
	struct bytes out = {.at = NULL};
	struct term_draw d;
	struct theme theme;
	struct canvas c;

	assert_int_equal(theme_load(theme_name, &theme, NULL), 0);
	theme_fit(&theme, depth);
	draw_init(&d, &theme, &caps);
	assert_int_equal(canvas_init(&c, ROWS, COLS, false), 0);
	for (int frame = 0; frame < 400; frame++) {
		if (frame % 100 == 99)
			canvas_clear(&c);
		for (int i = rand() % 8; i >= 0; i--)
			random_change(&c);
		c.cursor_row = rand() % 4 ? -1 : rand() % ROWS;
		c.cursor_col = rand() % COLS;
		d.redraw |= rand() % 50 == 0;
		out.len = 0;
		assert_int_equal(draw_frame(&d, &c, ROWS, COLS, &out), 0);
		feed(&m, out.at, out.len);
		assert_shows(&m, &c, &theme);
		assert_int_equal(m.cursor, c.cursor_row >= 0);
		if (c.cursor_row >= 0) {
			assert_int_equal(m.row, c.cursor_row);
			assert_int_equal(m.col, c.cursor_col);
		}
		out.len = 0;
		assert_int_equal(draw_frame(&d, &c, ROWS, COLS, &out), 0);
		assert_int_equal(out.len, 0); /* nothing changed: nothing is written */
	}
	free(out.at);
	draw_fini(&d);
	canvas_fini(&c);
}

static void the_screen_is_the_canvas(void **state)
{
	srand(2);
	for (int flags = 0; flags < 4; flags++) {
		frames_on("terminal", DEPTH_16, flags & 1, flags & 2);
		frames_on("terminal", DEPTH_8, flags & 1, flags & 2);
		frames_on("dark", DEPTH_RGB, flags & 1, flags & 2);
		frames_on("light", DEPTH_256, flags & 1, flags & 2);
		frames_on("dark", DEPTH_MONO, flags & 1, flags & 2);
	}
}

/* How many bytes the second of two frames takes. */
static size_t step_bytes(void (*first)(struct canvas *), void (*second)(struct canvas *))
{
	struct term_caps caps = caps_of(true, true);
	struct bytes out = {.at = NULL};
	struct term_draw d;
	struct theme theme;
	struct canvas c;

	assert_int_equal(theme_load("terminal", &theme, NULL), 0);
	draw_init(&d, &theme, &caps);
	canvas_init(&c, ROWS, COLS, false);
	first(&c);
	assert_int_equal(draw_frame(&d, &c, ROWS, COLS, &out), 0);
	out.len = 0;
	second(&c);
	assert_int_equal(draw_frame(&d, &c, ROWS, COLS, &out), 0);
	free(out.at);
	draw_fini(&d);
	canvas_fini(&c);
	return out.len;
}

static void column_of_figures(struct canvas *c, int figure)
{
	for (int row = 0; row < ROWS; row++)
		canvas_printf(c, row, 20, 10, STYLE_TEXT, "%d", figure);
}

static void figures_1(struct canvas *c)
{
	column_of_figures(c, 1111);
}

static void figures_2(struct canvas *c)
{
	column_of_figures(c, 2222);
}

static void long_lines(struct canvas *c)
{
	for (int row = 0; row < ROWS; row++)
		canvas_fill(c, row, 0, COLS, STYLE_TEXT, 'x');
}

/* A table sorted by activity: idle rows below, which a new row pushes down. */
static void table_of(struct canvas *c, int active_nr)
{
	static const char *const idle[] = {
		"kthreadd",    "rcu_preempt", "sshd: user", "systemd-udevd", "agetty", "cron -f",
		"dbus-daemon", "migration/0", "bash",	    "vim notes",     "less",   "tail -f"};

	canvas_clear(c);
	for (int row = 0; row < ROWS; row++)
		canvas_printf(c, row, 0, COLS, STYLE_TEXT, "%6d root   %5.1f   %s",
			      row < active_nr ? 9000 + row : 1000 + (row - active_nr) * 77,
			      row < active_nr ? 12.5 : 0.0,
			      row < active_nr ? "stress --cpu" : idle[row - active_nr]);
}

static void table_2(struct canvas *c)
{
	table_of(c, 2);
}

static void table_3(struct canvas *c)
{
	table_of(c, 3);
}

static void a_refresh_takes_few_bytes(void **state)
{
	/* A column that changes: down, four back, four figures; nine bytes a row. */
	assert_in_range(step_bytes(figures_1, figures_2), 1, 9 * ROWS + 8);
	/* A row that comes or goes moves the others: two moves and its own text. */
	assert_in_range(step_bytes(table_2, table_3), 1, 24 + COLS);
	assert_in_range(step_bytes(table_3, table_2), 1, 24 + COLS);
	/* Lines that go: one erase each. */
	assert_in_range(step_bytes(long_lines, canvas_clear), 1, 5 * ROWS + 8);
}

static void a_smaller_terminal_gets_its_part(void **state)
{
	struct emulator m = {.waits = true, .now = theme_plain};
	struct term_caps caps = caps_of(false, true);
	struct bytes out = {.at = NULL};
	struct term_draw d;
	struct theme theme;
	struct canvas c;

	assert_int_equal(theme_load("terminal", &theme, NULL), 0);
	draw_init(&d, &theme, &caps);
	canvas_init(&c, 3 * ROWS, 3 * COLS, false);
	for (int row = 0; row < c.rows; row++)
		for (int col = row % 2; col < c.cols; col += 2)
			canvas_text(&c, row, col, 2, STYLE_TEXT, "漢");
	assert_int_equal(draw_frame(&d, &c, ROWS, COLS, &out), 0);
	feed(&m, out.at, out.len);
	assert_string_equal(m.cells[0][COLS - 2].utf8, "漢");
	assert_string_equal(m.cells[1][COLS - 1].utf8, " ");
	out.len = 0;
	canvas_resize(&c, 2, 3);
	assert_int_equal(draw_frame(&d, &c, ROWS, COLS, &out), 0);
	feed(&m, out.at, out.len);
	assert_string_equal(m.cells[0][0].utf8, " ");
	free(out.at);
	draw_fini(&d);
	canvas_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_screen_is_the_canvas),
		cmocka_unit_test(a_refresh_takes_few_bytes),
		cmocka_unit_test(a_smaller_terminal_gets_its_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
