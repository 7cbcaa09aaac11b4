/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables that the reader and the writer of themes share: where a style finds its colours
 * in a theme made for btop, and the names of the terminal's 16 colours. Private to ui/theme*.c.
 */
#ifndef PROBETOP_THEME_NAMES_H
#define PROBETOP_THEME_NAMES_H

#include "theme.h"

#define THEME_OWN_PREFIX "probetop_"

/* clang-format off */
/* btop's names that mean something here; the rest is ignored. */
#define BTOP_KEYS(X) \
	X(main_bg) X(main_fg) X(title) X(hi_fg) X(selected_bg) X(selected_fg) X(inactive_fg) \
	X(graph_text) X(meter_bg) X(proc_misc) X(div_line) \
	X(temp_start) X(temp_mid) X(temp_end) X(cpu_start) X(cpu_mid) X(cpu_end) \
	X(cached_start) X(cached_mid) X(cached_end) X(download_start) X(download_mid) X(download_end) \
	X(upload_start) X(upload_mid) X(upload_end) X(process_start)
/* clang-format on */
#define BTOP_ENUM(id) BTOP_##id,
enum btop_key { BTOP_NONE, BTOP_KEYS(BTOP_ENUM) BTOP_NR };
#undef BTOP_ENUM

/* Where a style has no line of its own: keys to try in this order, then main_fg, main_bg. */
struct btop_look {
	enum btop_key fg[3], bg;
	uint8_t attrs;
};
extern const struct btop_look btop_looks[STYLE_NR];
extern const char *const btop_names[BTOP_NR];
extern const char *const ansi_names[16];

struct theme_attr_name {
	const char *name;
	uint8_t attr;
};
extern const struct theme_attr_name theme_attr_names[4];

/* The themes compiled in; made from themes/ by themes/embed.py. Ends with name NULL. */
struct theme_file {
	const char *name, *text;
};
extern const struct theme_file theme_files[];

#endif
