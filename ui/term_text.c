/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A canvas as text, plain or with SGR, and what the environment says of a terminal.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "term.h"

static bool blank(const struct cell *cell)
{
	return cell->utf8[0] == ' ' && !cell->utf8[1];
}

/* Returns the columns of a row up to its last one that shows something. */
static int row_end(const struct canvas *c, const struct theme *theme, int row)
{
	int end = c->cols;

	for (; end > 0; end--) {
		const struct cell *cell = canvas_at(c, row, end - 1);

		if (!blank(cell))
			break;
		if (theme && !theme_same_blank(&theme->styles[cell->style], &theme_plain))
			break;
	}
	return end;
}

static void write_row(const struct canvas *c, const struct theme *theme, int row, FILE *out)
{
	const struct theme_style *now = &theme_plain, *next;
	int end = row_end(c, theme, row);
	char sgr[THEME_SGR_MAX];

	for (int col = 0; col < end; col++) {
		const struct cell *cell = canvas_at(c, row, col);

		next = theme ? &theme->styles[cell->style] : now;
		if (cell->utf8[0] && !(blank(cell) && theme_same_blank(now, next))) {
			theme_sgr(sgr, sizeof(sgr), now, next);
			fputs(sgr, out);
			now = next;
		}
		fputs(cell->utf8, out);
	}
	theme_sgr(sgr, sizeof(sgr), now, &theme_plain);
	fputs(sgr, out);
	fputc('\n', out);
}

int canvas_write(const struct canvas *c, const struct theme *theme, FILE *out)
{
	for (int row = 0; row < c->rows; row++)
		write_row(c, theme, row, out);
	return ferror(out) ? -EIO : 0;
}

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

/*
 * Asks the environment and not setlocale(): a locale that came over SSH and is not installed
 * here would make setlocale() fail, while the terminal at the other end shows UTF-8 well.
 */
bool term_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = env(names[i]);

		if (*value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

static int colors_by_name(const char *name)
{
	static const struct {
		const char *part;
		int colors_nr;
	} known[] = {
		{"-m", 0},  {"-direct", 1 << 24}, {"256color", 256}, {"16color", 16},
		{"vt1", 0}, {"vt2", 0},		  {"dumb", 0},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(name, known[i].part))
			return known[i].colors_nr;
	return *name ? 8 : 0;
}

enum color_depth term_color_depth(enum color_mode mode, int colors_nr)
{
	const char *name = env("TERM"), *colorterm = env("COLORTERM");

	if (mode == COLOR_NEVER || (mode == COLOR_AUTO && *env("NO_COLOR")))
		return DEPTH_MONO;
	if (colors_nr < 0)
		colors_nr = colors_by_name(name);
	if (colors_nr < 8)
		return mode == COLOR_ALWAYS ? DEPTH_8 : DEPTH_MONO;
	/* GNU screen hands COLORTERM down from the terminal around it, and garbles r, g, b. */
	if (colors_nr > 256 || (strncmp(name, "screen", 6) &&
				(!strcmp(colorterm, "truecolor") || !strcmp(colorterm, "24bit"))))
		return DEPTH_RGB;
	return colors_nr < 16 ? DEPTH_8 : colors_nr < 256 ? DEPTH_16 : DEPTH_256;
}
