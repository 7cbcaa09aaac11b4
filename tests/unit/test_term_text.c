/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A canvas as text: plain lines, SGR that stays small, and what the environment asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "term.h"

static const char *written(const struct canvas *c, const struct theme *theme)
{
	static char text[8192];
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(out);
	assert_int_equal(canvas_write(c, theme, out), 0);
	fclose(out);
	return text;
}

static struct theme plain_theme(void)
{
	struct theme t;

	memset(&t, 0, sizeof(t));
	for (int s = 0; s < STYLE_NR; s++)
		t.styles[s] = theme_plain;
	return t;
}

static void plain_text_has_no_trailing_blanks(void **state)
{
	struct canvas c;

	canvas_init(&c, 4, 20, false);
	canvas_text(&c, 0, 0, 20, STYLE_HEADING, "  PID  NAME          ");
	canvas_text(&c, 1, 2, 20, STYLE_SELECTED, "漢字 e\xcc\x81");
	canvas_fill(&c, 3, 0, 20, STYLE_SELECTED, ' ');
	assert_string_equal(written(&c, NULL), "  PID  NAME\n  漢字 e\xcc\x81\n\n\n");
	canvas_fini(&c);
}

static void looks_change_only_where_they_differ(void **state)
{
	struct theme t = plain_theme();
	struct canvas c;

	t.styles[STYLE_KEY].fg = THEME_ANSI(2);
	t.styles[STYLE_VALUE].fg = THEME_ANSI(2); /* another style, the same look */
	t.styles[STYLE_SELECTED].bg = THEME_ANSI(6);
	canvas_init(&c, 3, 8, false);
	canvas_text(&c, 0, 0, 8, STYLE_KEY, "ab");
	canvas_text(&c, 0, 3, 8, STYLE_VALUE, "cd");
	canvas_text(&c, 1, 0, 8, STYLE_TEXT, "x");
	canvas_fill(&c, 2, 0, 4, STYLE_SELECTED, ' ');
	assert_string_equal(written(&c, &t), "\033[32mab cd\033[m\n"
					     "x\n"
					     "\033[46m    \033[m\n");
	canvas_fini(&c);
}

static void each_line_stands_alone(void **state)
{
	struct theme t;
	struct canvas c;
	const char *text;

	assert_int_equal(theme_load("dark", &t, NULL), 0);
	canvas_init(&c, 5, 30, false);
	for (int row = 0; row < 5; row++)
		canvas_text(&c, row, row, 30, (enum style)(STYLE_ONCPU + row), "some text");
	text = written(&c, &t);
	for (int row = 0; row < 5; row++, text = strchr(text, '\n') + 1) {
		assert_memory_equal(text, "\033[", 2);
		assert_memory_equal(strchr(text, '\n') - 3, "\033[m", 3);
	}
	canvas_fini(&c);
}

static void a_full_disk_is_told(void **state)
{
	struct canvas c;
	FILE *out = fopen("/dev/full", "w");

	assert_non_null(out);
	setvbuf(out, NULL, _IONBF, 0);
	canvas_init(&c, 1, 4, false);
	canvas_text(&c, 0, 0, 4, STYLE_TEXT, "x");
	assert_true(canvas_write(&c, NULL, out) < 0);
	fclose(out);
	canvas_fini(&c);
}

static void set_or_unset(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void the_locale_is_read_from_the_environment(void **state)
{
	static const struct {
		const char *all, *ctype, *lang;
		bool want;
	} cases[] = {
		{NULL, NULL, NULL, false},
		{NULL, NULL, "C", false},
		{NULL, NULL, "C.UTF-8", true},
		{NULL, NULL, "de_DE.utf8", true},
		{NULL, NULL, "de_DE.ISO-8859-1", false},
		{"C", NULL, "C.UTF-8", false},
		{"", "", "en_US.UTF-8", true},
		{NULL, "POSIX", "C.UTF-8", false},
		{"xx_YY.UTF-8", "C", "C", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_or_unset("LC_ALL", cases[i].all);
		set_or_unset("LC_CTYPE", cases[i].ctype);
		set_or_unset("LANG", cases[i].lang);
		print_message("# case %zu\n", i);
		assert_int_equal(term_utf8(), cases[i].want);
	}
}

static void colours_follow_the_terminal_and_the_user(void **state)
{
	static const struct {
		const char *term, *colorterm, *no_color;
		enum color_mode mode;
		int colors_nr;
		enum color_depth want;
	} cases[] = {
		{"xterm", NULL, NULL, COLOR_AUTO, 8, DEPTH_8},
		{"xterm-256color", NULL, NULL, COLOR_AUTO, 256, DEPTH_256},
		{"xterm-256color", NULL, NULL, COLOR_AUTO, -1, DEPTH_256},
		{"xterm-256color", "truecolor", NULL, COLOR_AUTO, 256, DEPTH_RGB},
		{"screen-256color", "truecolor", NULL, COLOR_AUTO, 256, DEPTH_256},
		{"tmux-256color", "24bit", NULL, COLOR_AUTO, 256, DEPTH_RGB},
		{"xterm-direct", NULL, NULL, COLOR_AUTO, 1 << 24, DEPTH_RGB},
		{"xterm-16color", NULL, NULL, COLOR_AUTO, 16, DEPTH_16},
		{"linux", NULL, NULL, COLOR_AUTO, 8, DEPTH_8},
		{"vt100", NULL, NULL, COLOR_AUTO, 0, DEPTH_MONO},
		{"vt220", "truecolor", NULL, COLOR_AUTO, -1, DEPTH_MONO},
		{"vt100", NULL, NULL, COLOR_ALWAYS, 0, DEPTH_8},
		{"xterm", NULL, "1", COLOR_AUTO, 8, DEPTH_MONO},
		{"xterm", NULL, "", COLOR_AUTO, 8, DEPTH_8},
		{"xterm", NULL, "1", COLOR_ALWAYS, 8, DEPTH_8},
		{"xterm-256color", "truecolor", NULL, COLOR_NEVER, 256, DEPTH_MONO},
		{NULL, NULL, NULL, COLOR_AUTO, -1, DEPTH_MONO},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_or_unset("TERM", cases[i].term);
		set_or_unset("COLORTERM", cases[i].colorterm);
		set_or_unset("NO_COLOR", cases[i].no_color);
		print_message("# case %zu\n", i);
		assert_int_equal(term_color_depth(cases[i].mode, cases[i].colors_nr),
				 cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_has_no_trailing_blanks),
		cmocka_unit_test(looks_change_only_where_they_differ),
		cmocka_unit_test(each_line_stands_alone),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(the_locale_is_read_from_the_environment),
		cmocka_unit_test(colours_follow_the_terminal_and_the_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
