/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of a terminal as keys: UTF-8, the sequences of xterm, tmux, screen, linux and rxvt,
 * Alt, the mouse (SGR 1006 and the older form). What it does not know it passes over whole.
 * Knows no file and no clock: the caller says when a lone Esc has waited long enough.
 */
#ifndef PROBETOP_TERM_KEYS_H
#define PROBETOP_TERM_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "term.h"

#define KEYS_BUF_BYTES 1024

struct keys {
	unsigned char buf[KEYS_BUF_BYTES];
	int len;
	bool paste; /* inside a bracketed paste, which is passed over */
};

/* Takes up to `len` bytes; returns how many there was room for. */
size_t keys_feed(struct keys *k, const void *bytes, size_t len);

/*
 * Returns the next key. False: the bytes are used up, or end inside a sequence; then call
 * again with more, or with `timeout` when nothing came: what is there is then taken as it is.
 */
bool keys_next(struct keys *k, bool timeout, struct term_event *ret_ev);

/* Whether a timeout would change anything. */
bool keys_pending(const struct keys *k);

#endif
