/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as keys and mouse events, and what holds of every drawing. */
#ifndef PROBETOP_FUZZ_KEYS_H
#define PROBETOP_FUZZ_KEYS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "canvas.h"
#include "term.h"

static const int special[] = {TKEY_UP,	 TKEY_DOWN,  TKEY_LEFT,	     TKEY_RIGHT, TKEY_PGUP,
			      TKEY_PGDN, TKEY_HOME,  TKEY_END,	     TKEY_TAB,	 TKEY_BTAB,
			      TKEY_ESC,	 TKEY_ENTER, TKEY_BACKSPACE, TKEY_DEL,	 TKEY_F1,
			      TKEY_F3,	 TKEY_F4,    TKEY_F6,	     TKEY_F10,	 0x4e2d,
			      0x301,	 0xd800,     TKEY_ALT + 'x'};

static struct term_event event(const uint8_t *data, size_t size, size_t *at)
{
	struct term_event ev = {.key = data[(*at)++]};

	if (ev.key >= 0x80 && ev.key < 0xf0) {
		ev.key = special[(size_t)ev.key % (sizeof(special) / sizeof(*special))];
	} else if (ev.key >= 0xf0) {
		ev.button = ev.key % 5;
		ev.key = TKEY_MOUSE;
		ev.row = *at < size ? data[(*at)++] : 0;
		ev.col = *at < size ? data[(*at)++] : 0;
	}
	return ev;
}

static void check_cells(const struct canvas *c)
{
	for (int i = 0; i < c->rows * c->cols; i++)
		if ((uint8_t)c->cells[i].utf8[0] - 1u < 0x1f || c->cells[i].utf8[7])
			abort();
	if (c->cursor_row >= c->rows || c->cursor_col >= c->cols)
		abort();
}

#endif
