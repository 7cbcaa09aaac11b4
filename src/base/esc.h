/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one escaping function: every string that came from the kernel passes it at the render
 * boundary, in every format. What it lets through is printable UTF-8 without anything that a
 * terminal, a pager or a reader's eye could take for something else.
 */
#ifndef PROBETOP_ESC_H
#define PROBETOP_ESC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes `len` bytes of `src` into `dst` (at most size - 1 bytes and a NUL; size > 0), with
 * C0, DEL, C1, bidirectional controls, zero-width and other format characters, private use,
 * surrogates, non-characters and invalid UTF-8 shown as \n \t \e or \xHH per byte, and a
 * backslash as \\. With `ascii` every byte above 0x7e is shown as \xHH too. Never splits an
 * escape or a character. Returns the number of bytes written, without the NUL.
 */
size_t esc_text(char *dst, size_t size, const char *src, size_t len, bool ascii);

/* The same for a fixed-size kernel array that may lack its NUL (comm). */
size_t esc_comm(char *dst, size_t size, const char *src, size_t array_size, bool ascii);

/*
 * Decodes one UTF-8 character at `s` (up to `len` bytes). Returns its length 1-4 and sets
 * *ret_cp; returns 0 for an invalid sequence.
 */
int utf8_decode(const char *s, size_t len, uint32_t *ret_cp);

/* Returns the terminal columns of a code point: 0 (combining), 1 or 2; own table, no locale. */
int utf8_width(uint32_t cp);

/* Returns the terminal columns of a NUL-terminated string of valid UTF-8. */
int utf8_columns(const char *s);

#endif
