/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The escaping function. What is valid UTF-8 and yet hidden, misleading or without a fixed
 * shape is refused by the table below; everything else that is refused fails to decode.
 */
#include "esc.h"

#include <string.h>

/* More marks than this on one letter would draw over the lines above and below. */
#define MARKS_MAX 2

/* clang-format off */
static const struct { uint32_t first, last; } refused[] = {
	{ 0x80, 0xa0 },       /* C1, no-break space */
	{ 0xad, 0xad },       /* soft hyphen */
	{ 0x34f, 0x34f },     /* grapheme joiner */
	{ 0x600, 0x605 }, { 0x61c, 0x61c }, { 0x6dd, 0x6dd }, { 0x70f, 0x70f }, /* format */
	{ 0x890, 0x891 }, { 0x8e2, 0x8e2 },
	{ 0x115f, 0x1160 },   /* Hangul fillers */
	{ 0x1680, 0x1680 },   /* space */
	{ 0x17b4, 0x17b5 },   /* Khmer inherent vowels, invisible */
	{ 0x180b, 0x180f },   /* Mongolian selectors */
	{ 0x2000, 0x200f },   /* spaces, zero width, direction marks */
	{ 0x2028, 0x202f },   /* line ends, bidirectional controls, narrow space */
	{ 0x205f, 0x206f },   /* space, joiners, bidirectional isolates */
	{ 0x2800, 0x2800 },   /* blank Braille */
	{ 0x3000, 0x3000 },   /* space */
	{ 0x3164, 0x3164 },   /* Hangul filler */
	{ 0xd800, 0xf8ff },   /* surrogates, private use */
	{ 0xfdd0, 0xfdef },   /* non-characters */
	{ 0xfe00, 0xfe0f },   /* variation selectors */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xffa0, 0xffa0 },   /* Hangul filler */
	{ 0xfff0, 0xffff },   /* annotations, replacement, non-characters */
	{ 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1345f }, /* format */
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
	{ 0x1fffe, 0x1ffff }, { 0x2fffe, 0x2ffff }, { 0x3fffe, 0x10ffff }, /* private use */
};
/* clang-format on */

static bool is_refused(uint32_t cp)
{
	if (cp < 0x80)
		return cp < 0x20 || cp == 0x7f || cp == '\\';
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]) && refused[i].first <= cp; i++)
		if (cp <= refused[i].last)
			return true;
	return false;
}

/* Writes the escape of one byte; returns its length, at most 4. */
static size_t escape_byte(char *out, unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";

	out[0] = '\\';
	switch (byte) {
	case '\\':
		out[1] = '\\';
		return 2;
	case '\n':
		out[1] = 'n';
		return 2;
	case '\t':
		out[1] = 't';
		return 2;
	case 0x1b:
		out[1] = 'e';
		return 2;
	default:
		out[1] = 'x';
		out[2] = hex[byte >> 4];
		out[3] = hex[byte & 15];
		return 4;
	}
}

/*
 * Returns the length of the character at `s` if it may pass as it is, else 0. *marks counts
 * combining marks since their letter; a mark without a letter would join what stands before.
 */
static size_t passes(const char *s, size_t len, bool ascii, int *marks)
{
	uint32_t cp = 0;
	int n = utf8_decode(s, len, &cp);

	if (n == 0 || is_refused(cp) || (ascii && n > 1)) {
		*marks = MARKS_MAX;
		return 0;
	}
	if (utf8_width(cp) > 0)
		*marks = 0;
	else if (*marks >= MARKS_MAX)
		return 0;
	else
		++*marks;
	return (size_t)n;
}

size_t esc_text(char *dst, size_t size, const char *src, size_t len, bool ascii)
{
	size_t out = 0, in = 0;
	int marks = MARKS_MAX;

	while (in < len) {
		char escape[4];
		size_t used = passes(src + in, len - in, ascii, &marks);
		size_t n = used ? used : escape_byte(escape, (unsigned char)src[in]);

		if (out + n >= size)
			break;
		memcpy(dst + out, used ? src + in : escape, n);
		out += n;
		in += used ? used : 1;
	}
	dst[out] = 0;
	return out;
}

size_t esc_comm(char *dst, size_t size, const char *src, size_t array_size, bool ascii)
{
	return esc_text(dst, size, src, strnlen(src, array_size), ascii);
}
