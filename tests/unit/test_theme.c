/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Themes: btop's files load, ours survive being written and read, few colours still show. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "theme.h"

static void assert_style(const struct theme *t, enum style s, int fg, int bg, unsigned attrs)
{
	assert_int_equal(t->styles[s].fg, fg);
	assert_int_equal(t->styles[s].bg, bg);
	assert_int_equal(t->styles[s].attrs, attrs);
}

static void assert_same_theme(const struct theme *a, const struct theme *b)
{
	for (int s = 0; s < STYLE_NR; s++) {
		print_message("# %s\n", style_name((enum style)s));
		assert_style(a, (enum style)s, b->styles[s].fg, b->styles[s].bg,
			     b->styles[s].attrs);
	}
}

static int parse(const char *text, struct theme *t, struct err *e)
{
	return theme_parse(text, strlen(text), t, e);
}

struct value {
	const char *text;
	enum style style;
	int fg, bg;
	unsigned attrs;
};

/* clang-format off */
static const struct value values[] = {
	{"theme[main_fg]=\"#c9ccd3\"", STYLE_TEXT, 0xc9ccd3, THEME_DEFAULT, 0},
	{"theme[main_fg]='#c9ccd3'", STYLE_TEXT, 0xc9ccd3, THEME_DEFAULT, 0},
	{"  theme[main_fg] = #C9CCD3  ", STYLE_TEXT, 0xc9ccd3, THEME_DEFAULT, 0},
	{"theme[main_fg]=\"#c9ccd3\" # grey", STYLE_TEXT, 0xc9ccd3, THEME_DEFAULT, 0},
	{"theme[main_fg]=\"#80\"", STYLE_TEXT, 0x808080, THEME_DEFAULT, 0},
	{"theme[main_fg]=\"0 255 16\"", STYLE_TEXT, 0x00ff10, THEME_DEFAULT, 0},
	{"theme[main_fg]=\"\"", STYLE_TEXT, THEME_DEFAULT, THEME_DEFAULT, 0},
	{"theme[main_bg]=\"#101010\"", STYLE_DIM, THEME_DEFAULT, 0x101010, 0},
	{"theme[main_fg]=\"#111111\"", STYLE_ONCPU, 0x111111, THEME_DEFAULT, 0},
	{"theme[main_fg]=\"#c9ccd3\"\r\ntheme[cpu_start]=\"#00ff00\"\r\n", STYLE_ONCPU, 0x00ff00,
	 THEME_DEFAULT, 0},
	{"theme[cpu_mid]=\"\"\ntheme[cpu_end]=\"#ff0000\"", STYLE_METER_MID, 0xff0000,
	 THEME_DEFAULT, 0},
	{"theme[selected_bg]=\"#222222\"\ntheme[selected_fg]=\"#ffffff\"", STYLE_SELECTED, 0xffffff,
	 0x222222, 0},
	{"theme[probetop_oncpu]=\"green\"", STYLE_ONCPU, THEME_ANSI(2), THEME_DEFAULT, 0},
	{"theme[probetop_oncpu]=\"bright_red on #010203 bold underline\"", STYLE_ONCPU,
	 THEME_ANSI(9), 0x010203, ATTR_BOLD | ATTR_UNDERLINE},
	{"theme[probetop_oncpu]=\"dim reverse\"", STYLE_ONCPU, THEME_DEFAULT, THEME_DEFAULT,
	 ATTR_DIM | ATTR_REVERSE},
	{"theme[probetop_oncpu]=\"\"", STYLE_ONCPU, THEME_DEFAULT, THEME_DEFAULT, 0},
	{"theme[main_bg]=\"#101010\"\ntheme[probetop_oncpu]=\"red on default\"", STYLE_ONCPU,
	 THEME_ANSI(1), THEME_DEFAULT, 0},
	/* Passed over: comments, other lines, keys of a later version, of other programs. */
	{"# theme[main_fg]=\"#xx\"\n\nfoo=bar\ntheme[gradient_9]=\"what\"\n"
	 "theme[probetop_later]=\"what\"", STYLE_TEXT, THEME_DEFAULT, THEME_DEFAULT, 0},
};
/* clang-format on */

static void values_become_styles(void **state)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const struct value *v = &values[i];
		struct theme t;

		print_message("# case %zu\n", i);
		assert_int_equal(parse(v->text, &t, NULL), 0);
		assert_style(&t, v->style, v->fg, v->bg, v->attrs);
	}
}

static void a_bad_value_names_its_line(void **state)
{
	static const char *const bad[] = {
		"theme[main_fg]=\"#12345\"",
		"theme[main_fg]=\"#gggggg\"",
		"theme[main_fg]=\"red\"",
		"theme[main_fg]=\"1 2\"",
		"theme[main_fg]=\"1 2 256\"",
		"theme[main_fg]=\"1 2 3 4\"",
		"theme[main_fg]=\"#0x1234\"",
		"theme[main_fg]=\"-1 2 3\"",
		"theme[main_fg]",
		"theme[main_fg=\"#112233\"",
		"theme[main_fg]=\"#112233",
		"theme[probetop_text]=\"redd\"",
		"theme[probetop_text]=\"red blue\"",
		"theme[probetop_text]=\"red on\"",
		"theme[probetop_text]=\"on red on blue\"",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[128];
		struct theme t;
		struct err e = {""};

		print_message("# case %zu\n", i);
		snprintf(text, sizeof(text), "# one\n\n%s\n", bad[i]);
		assert_int_equal(parse(text, &t, &e), -EBADMSG);
		assert_non_null(strstr(e.text, "line 3: "));
		assert_int_equal(parse(text, &t, NULL), -EBADMSG);
	}
}

static void builtin_themes_say_every_style_and_survive_writing(void **state)
{
	static char text[THEME_FILE_MAX_BYTES];
	struct theme t, again;
	const char *name;
	int nr = 0, len;

	for (; (name = theme_builtin_name(nr)); nr++) {
		print_message("# %s\n", name);
		assert_int_equal(theme_load(name, &t, NULL), 0);
		assert_string_equal(t.name, name);
		len = theme_format(&t, text, sizeof(text));
		assert_in_range(len, 1000, sizeof(text) - 1);
		assert_int_equal(strlen(text), len);
		assert_int_equal(theme_parse(text, (size_t)len, &again, NULL), 0);
		assert_same_theme(&again, &t);
		/* As snprintf: the length that it needs, whatever there is room for. */
		assert_int_equal(theme_format(&t, text, 10), len);
		assert_int_equal(strlen(text), 9);
		assert_int_equal(theme_format(&t, NULL, 0), len);
	}
	assert_int_equal(nr, 4);
	assert_string_equal(theme_builtin_name(0), "terminal");
}

static void a_written_theme_is_one_for_btop(void **state)
{
	static char text[THEME_FILE_MAX_BYTES];
	struct theme t;
	int lines_nr = 0;

	assert_int_equal(theme_load("terminal", &t, NULL), 0);
	theme_format(&t, text, sizeof(text));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, "theme[", 6) || !strncmp(line, "theme[probetop_", 15))
			continue;
		lines_nr++;
		/* btop knows "" and "#rrggbb" and no colour names. */
		assert_true(strstr(line, "=\"\"") || strstr(line, "=\"#"));
	}
	assert_true(lines_nr > 20);
}

static void a_theme_for_btop_survives_writing(void **state)
{
	static const char btop[] =
		"theme[main_bg]=\"#1a1b26\"\ntheme[main_fg]=\"#cfc9c2\"\n"
		"theme[title]=\"#cfc9c2\"\ntheme[hi_fg]=\"#7dcfff\"\n"
		"theme[selected_bg]=\"#414868\"\ntheme[selected_fg]=\"#cfc9c2\"\n"
		"theme[cpu_box]=\"#565f89\"\ntheme[cpu_start]=\"#9ece6a\"\n"
		"theme[cpu_mid]=\"#e0af68\"\ntheme[cpu_end]=\"#f7768e\"\n"
		"theme[graph_text]=\"\"\n";
	static char text[THEME_FILE_MAX_BYTES];
	struct theme t, again;

	assert_int_equal(parse(btop, &t, NULL), 0);
	assert_style(&t, STYLE_METER_HIGH, 0xf7768e, 0x1a1b26, 0);
	assert_style(&t, STYLE_SELECTED, 0xcfc9c2, 0x414868, 0);
	theme_format(&t, text, sizeof(text));
	assert_non_null(strstr(text, "theme[cpu_mid]=\"#e0af68\"\n"));
	assert_int_equal(parse(text, &again, NULL), 0);
	assert_same_theme(&again, &t);
}

static void a_file_overrides_and_errors_say_what_to_do(void **state)
{
	char path[] = "/tmp/probetop-XXXXXX.theme";
	int fd = mkstemps(path, 6);
	struct theme t;
	struct err e;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "theme[main_fg]=\"#102030\"\n", 25), 25);
	assert_int_equal(theme_load(path, &t, &e), 0);
	assert_style(&t, STYLE_TEXT, 0x102030, THEME_DEFAULT, 0);
	assert_int_equal(write(fd, "theme[title]=\"no\"\n", 18), 18);
	assert_int_equal(theme_load(path, &t, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "line 2"));
	assert_int_equal(ftruncate(fd, THEME_FILE_MAX_BYTES + 1), 0);
	assert_int_equal(theme_load(path, &t, &e), -EFBIG);
	close(fd);
	unlink(path);
	assert_int_equal(theme_load(path, &t, &e), -ENOENT);
	assert_int_equal(theme_load("/", &t, &e), -EINVAL);
	assert_int_equal(theme_load("no-such", &t, &e), -ENOENT);
	assert_non_null(strstr(e.text, "terminal, dark, light, mono"));
}

static void no_style_is_lost_with_few_colours(void **state)
{
	static const enum color_depth depths[] = {DEPTH_8, DEPTH_16, DEPTH_256, DEPTH_RGB};
	static const int last[] = {7, 15, 255, 255};
	const char *name;

	for (int i = 0; (name = theme_builtin_name(i)); i++)
		for (int k = 0; k < 4; k++) {
			struct theme t;

			assert_int_equal(theme_load(name, &t, NULL), 0);
			theme_fit(&t, depths[k]);
			print_message("# %s at depth %d\n", name, depths[k]);
			for (int s = 0; s < STYLE_NR; s++) {
				const struct theme_style *style = &t.styles[s];

				print_message("# %s\n", style_name((enum style)s));
				if (depths[k] != DEPTH_RGB && style->fg != THEME_DEFAULT)
					assert_in_range(style->fg, THEME_ANSI(0),
							THEME_ANSI(last[k]));
				if (depths[k] != DEPTH_RGB && style->bg != THEME_DEFAULT)
					assert_in_range(style->bg, THEME_ANSI(0),
							THEME_ANSI(last[k]));
				assert_true(style->fg != style->bg || style->fg == THEME_DEFAULT);
			}
		}
}

static void without_colours_attributes_speak(void **state)
{
	struct theme t;

	assert_int_equal(theme_load("dark", &t, NULL), 0);
	theme_fit(&t, DEPTH_MONO);
	assert_string_equal(t.name, "dark");
	for (int s = 0; s < STYLE_NR; s++) {
		assert_int_equal(t.styles[s].fg, THEME_DEFAULT);
		assert_int_equal(t.styles[s].bg, THEME_DEFAULT);
	}
	assert_int_equal(t.styles[STYLE_SELECTED].attrs, ATTR_REVERSE);
	assert_true(t.styles[STYLE_MARK].attrs & ATTR_BOLD);
}

static void the_nearest_colour_is_found(void **state)
{
	static const struct {
		int rgb;
		enum color_depth depth;
		int want;
	} cases[] = {
		{0xff0000, DEPTH_256, 196}, {0x808080, DEPTH_256, 244}, {0x000000, DEPTH_256, 16},
		{0x5f87af, DEPTH_256, 67},  {0xff0101, DEPTH_16, 9},	{0x000010, DEPTH_16, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct theme t;

		memset(&t, 0, sizeof(t));
		t.styles[STYLE_KEY].fg = cases[i].rgb;
		theme_fit(&t, cases[i].depth);
		assert_int_equal(t.styles[STYLE_KEY].fg, THEME_ANSI(cases[i].want));
	}
}

static void sgr_is_the_shortest_that_does_it(void **state)
{
	static const struct theme_style plain = {THEME_DEFAULT, THEME_DEFAULT, 0};
	static const struct {
		struct theme_style from, to;
		const char *want;
	} cases[] = {
		{{-1, -1, 0}, {-1, -1, 0}, ""},
		{{-1, -1, 0}, {THEME_ANSI(2), -1, 0}, "\033[32m"},
		{{THEME_ANSI(2), -1, 0}, {-1, -1, 0}, "\033[m"},
		{{THEME_ANSI(2), -1, 0}, {THEME_ANSI(9), -1, 0}, "\033[91m"},
		{{-1, -1, ATTR_BOLD}, {-1, -1, 0}, "\033[m"},
		{{-1, -1, ATTR_BOLD}, {THEME_ANSI(2), -1, 0}, "\033[0;32m"},
		{{THEME_ANSI(200), THEME_ANSI(100), ATTR_BOLD},
		 {THEME_ANSI(200), THEME_ANSI(100), 0},
		 "\033[22m"},
		{{-1, -1, ATTR_BOLD | ATTR_DIM}, {-1, -1, ATTR_BOLD}, "\033[0;1m"},
		{{0x010203, -1, 0}, {0x010203, 0x0a0b0c, ATTR_REVERSE}, "\033[7;48;2;10;11;12m"},
		{{-1, -1, 0}, {-1, THEME_ANSI(12), ATTR_UNDERLINE}, "\033[4;104m"},
	};
	char buf[THEME_SGR_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("# case %zu\n", i);
		assert_int_equal(theme_sgr(buf, sizeof(buf), &cases[i].from, &cases[i].to),
				 strlen(cases[i].want));
		assert_string_equal(buf, cases[i].want);
	}
	assert_int_equal(theme_sgr(buf, sizeof(buf), NULL, &plain), 3);
	assert_string_equal(buf, "\033[m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_become_styles),
		cmocka_unit_test(a_bad_value_names_its_line),
		cmocka_unit_test(builtin_themes_say_every_style_and_survive_writing),
		cmocka_unit_test(a_written_theme_is_one_for_btop),
		cmocka_unit_test(a_theme_for_btop_survives_writing),
		cmocka_unit_test(a_file_overrides_and_errors_say_what_to_do),
		cmocka_unit_test(no_style_is_lost_with_few_colours),
		cmocka_unit_test(without_colours_attributes_speak),
		cmocka_unit_test(the_nearest_colour_is_found),
		cmocka_unit_test(sgr_is_the_shortest_that_does_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
