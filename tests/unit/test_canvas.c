/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The canvas: whole characters in whole cells, whatever is drawn over whatever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "canvas.h"
#include "esc.h"

/* The text of one row: what the cells hold, one after the other. */
static const char *row_text(const struct canvas *c, int row)
{
	static char text[CANVAS_COLS_MAX * 8];

	text[0] = '\0';
	for (int col = 0; col < c->cols; col++)
		strcat(text, canvas_at(c, row, col)->utf8);
	return text;
}

struct drawing {
	const char *what;
	bool ascii;
	int col, width;
	const char *text;
	const char *want; /* the row of ten columns */
	int used;
};

/* clang-format off */
static const struct drawing drawings[] = {
	{"plain text", false, 0, 10, "hello", "hello     ", 5},
	{"cut by the width", false, 2, 3, "hello", "  hel     ", 3},
	{"cut by the right edge", false, 7, 9, "hello", "       hel", 3},
	{"cut by the left edge", false, -2, 10, "hello", "llo       ", 5},
	{"beyond the right edge", false, 10, 5, "hello", "          ", 0},
	{"far beyond the left edge", false, -9, 5, "hello", "          ", 5},
	{"no width", false, 3, 0, "hello", "          ", 0},
	{"a negative width", false, 3, -4, "hello", "          ", 0},
	{"two columns a character", false, 1, 9, "漢字", " 漢字     ", 4},
	{"half a wide one at the width", false, 0, 3, "漢字", "漢        ", 2},
	{"half a wide one at the right edge", false, 7, 9, "漢字", "       漢 ", 2},
	{"half a wide one at the left edge", false, -1, 9, "漢字", " 字       ", 4},
	{"a mark on its letter", false, 0, 9, "e\xcc\x81x", "e\xcc\x81x        ", 2},
	{"a mark without a letter", false, 0, 9, "\xcc\x81x", "x         ", 1},
	{"control characters", false, 0, 9, "a\033[1m\x7f\xc2\x9b", "a?[1m??   ", 7},
	{"invalid UTF-8", false, 0, 9, "a\xff\xc3", "a??       ", 3},
	{"our marks in ASCII", true, 0, 9, "▲▼─│┌█", "^v-|+#    ", 6},
	{"zero in ASCII", true, 0, 9, "a·b", "a b       ", 3},
	{"letters in ASCII", true, 0, 9, "é漢\xcc\x81z", "??z       ", 3},
};
/* clang-format on */

static void text_is_clipped_and_whole(void **state)
{
	for (size_t i = 0; i < sizeof(drawings) / sizeof(drawings[0]); i++) {
		const struct drawing *d = &drawings[i];
		struct canvas c;

		assert_int_equal(canvas_init(&c, 3, 10, d->ascii), 0);
		print_message("# %s\n", d->what);
		assert_int_equal(canvas_text(&c, 1, d->col, d->width, STYLE_KEY, d->text), d->used);
		assert_string_equal(row_text(&c, 1), d->want);
		assert_string_equal(row_text(&c, 0), "          ");
		assert_string_equal(row_text(&c, 2), "          ");
		canvas_fini(&c);
	}
}

static void a_cell_keeps_only_whole_marks(void **state)
{
	struct canvas c;

	canvas_init(&c, 1, 4, false);
	canvas_text(&c, 0, 0, 4, STYLE_TEXT, "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84x");
	/* Seven bytes of room: a letter and three marks; the fourth is left out whole. */
	assert_string_equal(canvas_at(&c, 0, 0)->utf8, "e\xcc\x81\xcc\x82\xcc\x83");
	assert_string_equal(canvas_at(&c, 0, 1)->utf8, "x");
	canvas_fini(&c);
}

static void a_wide_character_goes_as_a_whole(void **state)
{
	static const struct {
		int col;
		const char *over, *want;
	} cases[] = {
		{1, "x", " x字  "}, {2, "x", "漢x   "},	 {0, "x", "x 字  "},
		{3, "x", "漢 x  "}, {1, "語", " 語   "},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct canvas c;

		canvas_init(&c, 1, 6, false);
		canvas_text(&c, 0, 0, 6, STYLE_TEXT, "漢字");
		canvas_text(&c, 0, cases[i].col, 6, STYLE_TEXT, cases[i].over);
		/* The row's columns stay six whatever was cut. */
		assert_int_equal(utf8_columns(row_text(&c, 0)), 6);
		assert_string_equal(row_text(&c, 0), cases[i].want);
		canvas_fini(&c);
	}
}

static void right_aligned_text_ends_at_the_width(void **state)
{
	static const struct {
		int width;
		const char *text, *want;
		int used;
	} cases[] = {
		{5, "1.2", "   1.2    ", 3},  {3, "1.2", " 1.2      ", 3},
		{2, "1.25", " 1.       ", 2}, {6, "漢", "     漢   ", 2},
		{20, "x", "          ", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct canvas c;

		canvas_init(&c, 1, 10, false);
		assert_int_equal(canvas_right(&c, 0, 1, cases[i].width, STYLE_TEXT, cases[i].text),
				 cases[i].used);
		assert_string_equal(row_text(&c, 0), cases[i].want);
		canvas_fini(&c);
	}
}

static void raw_bytes_are_escaped(void **state)
{
	struct canvas c;

	canvas_init(&c, 1, 20, false);
	canvas_raw(&c, 0, 0, 20, STYLE_TEXT, "a\033]0;x\007\xff\xe2\x80\xae", 10);
	for (const char *s = row_text(&c, 0); *s; s++)
		assert_in_range((unsigned char)*s, 0x20, 0x7e);
	canvas_fini(&c);
	canvas_init(&c, 1, 20, true);
	canvas_raw(&c, 0, 0, 20, STYLE_TEXT, "\xc3\xa9", 2);
	assert_string_equal(row_text(&c, 0), "\\xc3\\xa9            ");
	canvas_fini(&c);
}

static void fill_and_paint_are_clipped(void **state)
{
	struct canvas c;

	canvas_init(&c, 2, 6, false);
	canvas_text(&c, 0, 0, 6, STYLE_TEXT, "漢abc");
	canvas_fill(&c, 0, 1, 3, STYLE_BAR, '|');
	assert_string_equal(row_text(&c, 0), " |||c ");
	assert_int_equal(canvas_at(&c, 0, 1)->style, STYLE_BAR);
	canvas_fill(&c, 1, -2, 4, STYLE_BAR, '#');
	canvas_fill(&c, 1, 5, 99, STYLE_BAR, '#');
	canvas_fill(&c, 7, 0, 6, STYLE_BAR, '#');
	canvas_fill(&c, -1, 0, 6, STYLE_BAR, '#');
	assert_string_equal(row_text(&c, 1), "##   #");
	canvas_paint(&c, 0, -3, 99, STYLE_SELECTED);
	assert_string_equal(row_text(&c, 0), " |||c ");
	for (int col = 0; col < 6; col++)
		assert_int_equal(canvas_at(&c, 0, col)->style, STYLE_SELECTED);
	canvas_fini(&c);
}

static void sizes_are_clamped_and_kept_on_resize(void **state)
{
	struct canvas c;

	assert_int_equal(canvas_init(&c, 0, -5, false), 0);
	assert_int_equal(c.rows, 1);
	assert_int_equal(c.cols, 1);
	assert_int_equal(canvas_resize(&c, 9999, 9999), 0);
	assert_int_equal(c.rows, CANVAS_ROWS_MAX);
	assert_int_equal(c.cols, CANVAS_COLS_MAX);
	canvas_text(&c, 499, 999, 1, STYLE_TEXT, "x");
	assert_int_equal(canvas_resize(&c, 5, 20), 0);
	assert_null(canvas_at(&c, 5, 0));
	assert_null(canvas_at(&c, 0, 20));
	assert_null(canvas_at(&c, -1, 0));
	assert_string_equal(row_text(&c, 4), "                    ");
	assert_int_equal(c.cursor_row, -1);
	canvas_fini(&c);
}

static void random_drawing_never_breaks_a_cell(void **state)
{
	static const char *const parts[] = {"a",    "漢",   "e\xcc\x81", "·",
					    "\xff", "한글", "👍",	 "\033"};
	struct canvas c;

	srand(1);
	canvas_init(&c, 4, 17, false);
	for (int i = 0; i < 20000; i++) {
		const char *part = parts[rand() % 8];

		canvas_text(&c, rand() % 6 - 1, rand() % 22 - 3, rand() % 9, STYLE_TEXT, part);
		if (rand() % 3 == 0)
			canvas_fill(&c, rand() % 6 - 1, rand() % 22 - 3, rand() % 5, STYLE_BAR,
				    '.');
		for (int row = 0; row < 4; row++)
			assert_int_equal(utf8_columns(row_text(&c, row)), 17);
	}
	canvas_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_clipped_and_whole),
		cmocka_unit_test(a_cell_keeps_only_whole_marks),
		cmocka_unit_test(a_wide_character_goes_as_a_whole),
		cmocka_unit_test(right_aligned_text_ends_at_the_width),
		cmocka_unit_test(raw_bytes_are_escaped),
		cmocka_unit_test(fill_and_paint_are_clipped),
		cmocka_unit_test(sizes_are_clamped_and_kept_on_resize),
		cmocka_unit_test(random_drawing_never_breaks_a_cell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
