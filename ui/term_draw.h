/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the cells on the terminal to the cells of a canvas in few bytes. Writes into memory:
 * knows no terminal, only what one can do. Owns a copy of what the terminal shows; allocates
 * when the size changes and when a frame is longer than any before.
 */
#ifndef PROBETOP_TERM_DRAW_H
#define PROBETOP_TERM_DRAW_H

#include <stdbool.h>
#include <stddef.h>

#include "canvas.h"
#include "theme.h"

struct bytes {
	char *at;
	size_t len, size;
	bool failed; /* out of memory: what is there is not whole */
};

void bytes_add(struct bytes *b, const char *text, size_t len);
void bytes_puts(struct bytes *b, const char *text);

/* What the terminal can do, without padding; the strings are borrowed and never NULL. */
struct term_caps {
	bool ansi;	 /* ECMA-48: we write SGR and cursor moves ourselves */
	bool erase_bg;	 /* erasing fills with the current background (bce) */
	bool wrap_waits; /* after the last column the cursor waits for the next character (xenl) */
	bool lines_move; /* lines can be inserted and deleted (il, dl); only where ansi */
	const char *clear, *erase_line, *hide, *show;
	const char *plain, *bold, *dim, *reverse, *underline; /* where !ansi */
	const char *(*move)(int row, int col);		      /* where !ansi */
};

struct term_draw {
	struct term_caps caps;
	struct theme theme;  /* fitted to the terminal's colours */
	struct canvas front; /* what the terminal shows */
	bool redraw;	     /* nothing is known of it: clear first */
	bool cursor_shown;
	int row, col;		/* the cursor; -1: not known */
	struct theme_style now; /* the look that the next character gets */
	bool now_known;
};

void draw_init(struct term_draw *d, const struct theme *theme, const struct term_caps *caps);
void draw_fini(struct term_draw *d);

/*
 * Adds to `out` what makes a terminal of rows x cols show the canvas's part that fits it.
 * Returns 0; -ENOMEM: `out` is as before, and the next frame begins with a clear.
 */
int draw_frame(struct term_draw *d, const struct canvas *c, int rows, int cols, struct bytes *out);

#endif
