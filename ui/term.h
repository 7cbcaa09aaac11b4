/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A canvas on a terminal (term_curses.c, the only file that knows curses) and as text
 * (term_text.c). The terminal is written without blocking: while it takes nothing, frames
 * are dropped, never records.
 */
#ifndef PROBETOP_TERM_H
#define PROBETOP_TERM_H

#include <stdbool.h>
#include <stdio.h>

#include "canvas.h"
#include "theme.h"

/* clang-format off */
/* Keys as the keymap knows them: a Unicode code point, or one of these. */
enum term_key {
	KEY_NONE = 0,
	KEY_SPECIAL = 0x110000,
	TKEY_UP, TKEY_DOWN, TKEY_LEFT, TKEY_RIGHT, TKEY_PGUP, TKEY_PGDN, TKEY_HOME, TKEY_END,
	TKEY_ENTER, TKEY_ESC, TKEY_BACKSPACE, TKEY_TAB, TKEY_BTAB, TKEY_DEL,
	TKEY_F1, TKEY_F2, TKEY_F3, TKEY_F4, TKEY_F5, TKEY_F6, TKEY_F7, TKEY_F8, TKEY_F9, TKEY_F10,
	TKEY_RESIZE,
	TKEY_MOUSE, /* row, col, button in the event */
	TKEY_GONE,  /* the terminal is closed */
};
/* clang-format on */
#define TKEY_ALT 0x200000 /* added to a key pressed with Alt */

struct term_event {
	int key;
	int row, col;
	enum { MOUSE_NONE, MOUSE_LEFT, MOUSE_RIGHT, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN } button;
};

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct term_opts {
	const struct theme *theme;
	enum color_mode color;
	bool mouse, unicode;
};

struct term;

/*
 * Takes the terminal (stdin, stdout). Returns 0, -ENOTTY, -EINVAL (unknown TERM, or one that
 * cannot move its cursor; words in e) or another negative errno.
 */
int term_open(const struct term_opts *opts, struct term **ret_term, struct err *e);
/* Gives it back as it was. Accepts NULL. */
void term_close(struct term *t);
/* Async-signal-safe: writes the sequences that leave a sane screen, restores the tty modes. */
void term_emergency(void);
/* Readable (poll, epoll) when term_read() has something to do: a key, an Esc that has waited
 * long enough to be one, bytes of a frame that the terminal can take now. */
int term_fd(const struct term *t);
void term_size(const struct term *t, int *ret_rows, int *ret_cols);
bool term_unicode(const struct term *t);
/* Reads the next key; false when none waits. Call until false. */
bool term_read(struct term *t, struct term_event *ret_ev);
/* Shows the canvas: writes only what changed. Returns false when the frame was dropped. */
bool term_show(struct term *t, const struct canvas *c);
/* Forgets what is on the screen (Ctrl-L, after a suspend). */
void term_redraw(struct term *t);
/* Leaves and re-enters for Ctrl-Z. */
void term_suspend(struct term *t);
void term_resume(struct term *t);

/* Whether the locale of the environment is UTF-8, installed on this host or not. */
bool term_utf8(void);
/*
 * What to show on a terminal with `colors_nr` colours by terminfo (-1: guessed from TERM).
 * NO_COLOR, where set, makes COLOR_AUTO mean never.
 */
enum color_depth term_color_depth(enum color_mode mode, int colors_nr);

/*
 * The canvas as lines of text without trailing blanks; with `theme` as ANSI (SGR) text, each
 * line ending in a reset. Returns 0 or -EIO.
 */
int canvas_write(const struct canvas *c, const struct theme *theme, FILE *out);

#endif
