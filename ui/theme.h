/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Themes in btop's format (theme[name]="#rrggbb"), readable and writable both ways: names
 * that btop knows map onto styles, our own (theme[probetop_<style>]) stand beside them. The
 * built-in ones are compiled in from themes/; a file overrides. Values only; owns nothing.
 */
#ifndef PROBETOP_THEME_H
#define PROBETOP_THEME_H

#include <stddef.h>

#include "canvas.h"
#include "log.h"

#define THEME_DEFAULT	     (-1) /* the terminal's own colour */
#define THEME_FILE_MAX_BYTES 65536
#define THEME_SGR_MAX	     64 /* room for any theme_sgr() */

enum theme_attr { ATTR_BOLD = 1, ATTR_DIM = 2, ATTR_REVERSE = 4, ATTR_UNDERLINE = 8 };

struct theme_style {
	int fg, bg; /* 0xrrggbb, or THEME_DEFAULT, or THEME_ANSI(n) */
	uint8_t attrs;
};
#define THEME_ANSI(n) (0x1000000 + (n)) /* colour n of the terminal's palette */

struct theme {
	char name[32];
	struct theme_style styles[STYLE_NR];
};

/* What a terminal can show. */
enum color_depth { DEPTH_MONO, DEPTH_8, DEPTH_16, DEPTH_256, DEPTH_RGB };

/* Built-in names: "terminal" (default), "dark", "light", "mono". NULL after the last. */
const char *theme_builtin_name(int i);
/*
 * Loads a built-in theme by name or, where `name` holds a slash or ends in .theme, a file.
 * Returns 0, -ENOENT (lists the names in `e`), -EBADMSG (names the line).
 */
int theme_load(const char *name, struct theme *ret_theme, struct err *e);
/* Returns 0 or -EBADMSG; the name is left empty. */
int theme_parse(const char *text, size_t len, struct theme *ret_theme, struct err *e);
/* Writes the theme in btop's format; returns the length that it needs, as snprintf does. */
int theme_format(const struct theme *t, char *buf, size_t size);
const char *style_name(enum style s);

/*
 * Replaces each colour by the nearest that `depth` has; DEPTH_MONO gives the built-in theme
 * "mono", since attributes must then say what colours did.
 */
void theme_fit(struct theme *t, enum color_depth depth);
/*
 * Writes the shortest SGR sequence that turns the look `from` (NULL: unknown) into `to`; ""
 * where they are the same. Returns its length.
 */
int theme_sgr(char *buf, size_t size, const struct theme_style *from, const struct theme_style *to);
/* The look of a terminal after a reset. */
extern const struct theme_style theme_plain;
/* Whether a blank cell looks the same in both styles. */
bool theme_same_blank(const struct theme_style *a, const struct theme_style *b);
/* The r, g, b of palette colour 0-255, as xterm has it. */
int theme_palette_rgb(int n);

#endif
