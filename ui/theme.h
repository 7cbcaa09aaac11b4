/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Themes in btop's format (theme[name]="#rrggbb"), readable and writable both ways: names
 * that btop knows map onto styles, names of our own are kept beside them. Built-in ones are
 * compiled in from themes/; a file overrides.
 */
#ifndef PROBETOP_THEME_H
#define PROBETOP_THEME_H

#include <stddef.h>

#include "canvas.h"
#include "log.h"

#define THEME_DEFAULT (-1) /* the terminal's own colour */

enum theme_attr { ATTR_BOLD = 1, ATTR_DIM = 2, ATTR_REVERSE = 4, ATTR_UNDERLINE = 8 };

struct theme_style {
	int fg, bg; /* 0xrrggbb, or THEME_DEFAULT, or THEME_ANSI(n) */
	uint8_t attrs;
};
#define THEME_ANSI(n) (0x1000000 + (n)) /* colour n of the terminal's 16 */

struct theme {
	char name[32];
	struct theme_style styles[STYLE_NR];
};

/* Built-in names: "terminal" (default), "dark", "light", "mono". NULL after the last. */
const char *theme_builtin_name(int i);
/*
 * Loads a built-in theme by name or, where `name` holds a slash or ends in .theme, a file.
 * Returns 0, -ENOENT (lists the names in `e`), -EBADMSG (names the line).
 */
int theme_load(const char *name, struct theme *ret_theme, struct err *e);
int theme_parse(const char *text, size_t len, struct theme *ret_theme, struct err *e);
/* Writes the theme in btop's format; returns the length that it needs, as snprintf does. */
int theme_format(const struct theme *t, char *buf, size_t size);
const char *style_name(enum style s);

#endif
