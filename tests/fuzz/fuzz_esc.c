/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The escaping function: whatever goes in, what comes out is whole valid UTF-8 without a
 * control, fits its buffer, and can be turned back into the bytes it came from.
 */
#include <stdlib.h>
#include <string.h>

#include "esc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check_printable(const char *s, size_t len, bool ascii)
{
	while (len) {
		uint32_t cp = 0;
		int n = utf8_decode(s, len, &cp);

		require(n > 0);
		require(cp >= 0x20 && cp != 0x7f && !(cp >= 0x80 && cp < 0xa0));
		require(!(cp >= 0x200b && cp <= 0x200f) && !(cp >= 0x202a && cp <= 0x202e));
		require(!(cp >= 0x2066 && cp <= 0x2069) && cp != 0xfeff);
		require(!ascii || cp < 0x7f);
		require(utf8_width(cp) >= 0 && utf8_width(cp) <= 2);
		s += n;
		len -= (size_t)n;
	}
}

static int hex_value(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Undoes the escapes; returns how many bytes there were. */
static size_t unescape(const char *s, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] != '\\') {
			out[n++] = s[i];
			continue;
		}
		require(++i < len);
		switch (s[i]) {
		case '\\':
			out[n++] = '\\';
			break;
		case 'n':
			out[n++] = '\n';
			break;
		case 't':
			out[n++] = '\t';
			break;
		case 'e':
			out[n++] = 0x1b;
			break;
		default:
			require(s[i] == 'x' && i + 2 < len);
			out[n++] = (char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2]));
			i += 2;
		}
	}
	return n;
}

static void try(const char *src, size_t len, size_t size, bool ascii)
{
	char *out = malloc(size), *back = malloc(size);
	size_t n, back_len;

	require(out && back);
	n = esc_text(out, size, src, len, ascii);
	require(n < size && strlen(out) == n);
	check_printable(out, n, ascii);
	back_len = unescape(out, n, back);
	require(back_len <= len && memcmp(back, src, back_len) == 0);
	require(size <= 4 * len || back_len == len);
	require(utf8_columns(out) >= 0 && utf8_columns(out) <= (int)n);
	free(out);
	free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *src = (const char *)data + 1;

	if (size == 0)
		return 0;
	try(src, size - 1, 4 * size, false);
	try(src, size - 1, 4 * size, true);
	try(src, size - 1, 1 + data[0] % 64, data[0] & 64);
	return 0;
}
