/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The escaping function against what a hostile process name may hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "esc.h"

#define TEXT(s) s, sizeof(s) - 1

static size_t encode(uint32_t cp, char *out)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

static void hostile_and_honest_names(void **state)
{
	static const struct {
		const char *src;
		size_t len;
		const char *utf8, *ascii;
	} rows[] = {
		{ TEXT("bash"), "bash", "bash" },
		{ TEXT(""), "", "" },
		{ TEXT("\x1b[31mred"), "\\e[31mred", "\\e[31mred" },
		{ TEXT("\x1b]0;title\x07"), "\\e]0;title\\x07", "\\e]0;title\\x07" },
		{ TEXT("a\nb\tc\rd"), "a\\nb\\tc\\x0dd", "a\\nb\\tc\\x0dd" },
		{ TEXT("a\0b"), "a\\x00b", "a\\x00b" },
		{ TEXT("\x7f"), "\\x7f", "\\x7f" },
		{ TEXT("C:\\x1b"), "C:\\\\x1b", "C:\\\\x1b" },
		{ TEXT("\x9b"
		       "31m"),
		  "\\x9b31m", "\\x9b31m" }, /* a bare C1 byte */
		{ TEXT("\xc2\x9b"
		       "31m"),
		  "\\xc2\\x9b31m", "\\xc2\\x9b31m" }, /* U+009B, CSI */
		{ TEXT("x\xe2\x80\xae"
		       "cod"),
		  "x\\xe2\\x80\\xaecod", "x\\xe2\\x80\\xaecod" },
		{ TEXT("\xef\xbb\xbf"
		       "a"),
		  "\\xef\\xbb\\xbfa", "\\xef\\xbb\\xbfa" },
		{ TEXT("\xc0\xaf"), "\\xc0\\xaf", "\\xc0\\xaf" }, /* overlong / */
		{ TEXT("\xe0\x80\xaf"), "\\xe0\\x80\\xaf", "\\xe0\\x80\\xaf" },
		{ TEXT("\xf0\x80\x80\xaf"), "\\xf0\\x80\\x80\\xaf", "\\xf0\\x80\\x80\\xaf" },
		{ TEXT("\xed\xa0\x80"), "\\xed\\xa0\\x80", "\\xed\\xa0\\x80" }, /* surrogate */
		{ TEXT("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80" },
		{ TEXT("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80", "\\xf5\\x80\\x80\\x80" },
		{ TEXT("a\xc3"), "a\\xc3", "a\\xc3" }, /* truncated */
		{ TEXT("a\xe4\xb8"), "a\\xe4\\xb8", "a\\xe4\\xb8" },
		{ TEXT("a\xf0\x9f\x98"), "a\\xf0\\x9f\\x98", "a\\xf0\\x9f\\x98" },
		{ TEXT("\xc3(\xa9"), "\\xc3(\\xa9", "\\xc3(\\xa9" },
		{ TEXT("caf\xc3\xa9"), "caf\xc3\xa9", "caf\\xc3\\xa9" },
		{ TEXT("\xe4\xb8\xad\xf0\x9f\x98\x80"), "\xe4\xb8\xad\xf0\x9f\x98\x80",
		  "\\xe4\\xb8\\xad\\xf0\\x9f\\x98\\x80" },
		{ TEXT("e\xcc\x81"), "e\xcc\x81", "e\\xcc\\x81" },
		{ TEXT("\xcc\x81"
		       "e"),
		  "\\xcc\\x81"
		  "e",
		  "\\xcc\\x81"
		  "e" },                                                  /* a mark on nothing */
		{ TEXT("\n\xcc\x81"), "\\n\\xcc\\x81", "\\n\\xcc\\x81" }, /* on an escape */
		{ TEXT("e\xcc\x81\xcc\x81\xcc\x81"), "e\xcc\x81\xcc\x81\\xcc\\x81",
		  "e\\xcc\\x81\\xcc\\x81\\xcc\\x81" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[256];

		assert_int_equal(esc_text(out, sizeof(out), rows[i].src, rows[i].len, false),
				 strlen(rows[i].utf8));
		assert_string_equal(out, rows[i].utf8);
		esc_text(out, sizeof(out), rows[i].src, rows[i].len, true);
		assert_string_equal(out, rows[i].ascii);
	}
}

static void hidden_code_points_are_all_escaped(void **state)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },       { 0x7f, 0x9f },        { 0xad, 0xad },
		{ 0x61c, 0x61c },     { 0x180e, 0x180e },    { 0x200b, 0x200f },
		{ 0x2028, 0x202e },   { 0x2060, 0x206f },    { 0xe000, 0xf8ff },
		{ 0xfdd0, 0xfdef },   { 0xfe00, 0xfe0f },    { 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb },   { 0xfffe, 0xffff },    { 0x1fffe, 0x1ffff },
		{ 0xe0001, 0xe01ef }, { 0xf0000, 0x10ffff },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		for (uint32_t cp = ranges[i].first; cp <= ranges[i].last; cp++) {
			char src[5] = "a", out[64];
			size_t len = 1 + encode(cp, src + 1);

			esc_text(out, sizeof(out), src, len, false);
			assert_int_equal(out[0], 'a');
			assert_int_equal(out[1], '\\');
			for (const char *p = out; *p; p++)
				assert_in_range(*p, 0x20, 0x7e);
		}
}

static void decoding_inverts_encoding(void **state)
{
	for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
		uint32_t back = ~0U;
		char s[4];
		size_t n = encode(cp, s);
		int want = cp >= 0xd800 && cp <= 0xdfff ? 0 : (int)n;

		if (utf8_decode(s, n, &back) != want)
			fail_msg("U+%04X: wrong length", cp);
		if (want && back != cp)
			fail_msg("U+%04X decodes as U+%04X", cp, back);
		if (n > 1 && utf8_decode(s, n - 1, &back) != 0)
			fail_msg("U+%04X is taken though it is cut", cp);
	}
}

static void no_escape_and_no_character_is_split(void **state)
{
	static const char src[] = "a\x1b\xff\xe4\xb8\xad\\z";
	static const char whole[] = "a\\e\\xff\xe4\xb8\xad\\\\z";
	/* how much fits by the buffer's size: only whole pieces */
	static const size_t want[] = { 0, 0, 1, 1, 3, 3, 3, 3, 7, 7, 7, 10, 10, 12, 13, 13 };

	for (size_t size = 1; size < sizeof(want) / sizeof(want[0]); size++) {
		char out[64];

		memset(out, '#', sizeof(out));
		assert_int_equal(esc_text(out, size, src, sizeof(src) - 1, false), want[size]);
		assert_memory_equal(out, whole, want[size]);
		assert_int_equal(out[want[size]], 0);
		for (size_t i = size; i < sizeof(out); i++)
			assert_int_equal(out[i], '#');
	}
}

static void a_comm_without_nul_ends_at_its_array(void **state)
{
	char out[64], comm[16];

	memset(comm, 'x', sizeof(comm));
	assert_int_equal(esc_comm(out, sizeof(out), comm, sizeof(comm), false), 16);
	comm[3] = 0;
	assert_int_equal(esc_comm(out, sizeof(out), comm, sizeof(comm), false), 3);
	assert_string_equal(out, "xxx");
}

static void columns(void **state)
{
	static const struct {
		uint32_t cp;
		int width;
	} points[] = {
		{ 'a', 1 },    { 0xe9, 1 },   { 0x300, 0 },   { 0x36f, 0 },  { 0x370, 1 },
		{ 0x4e2d, 2 }, { 0xac00, 2 }, { 0xff21, 2 },  { 0xff61, 1 }, { 0x1f600, 2 },
		{ 0x2500, 1 }, { 0x20d0, 0 }, { 0x20000, 2 }, { 0x25bc, 1 }, { 0x25b2, 1 },
		{ 0x1100, 2 }, { 0x1160, 0 }, { 0x200d, 0 },  { 0xb7, 1 },   { 0x10ffff, 1 },
	};

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		assert_int_equal(utf8_width(points[i].cp), points[i].width);
	assert_int_equal(utf8_columns(""), 0);
	assert_int_equal(utf8_columns("abc"), 3);
	assert_int_equal(utf8_columns("\xe4\xb8\xad"
				      "a"
				      "e\xcc\x81"),
			 4);
	assert_int_equal(utf8_columns("\xff\xc3"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_and_honest_names),
		cmocka_unit_test(hidden_code_points_are_all_escaped),
		cmocka_unit_test(decoding_inverts_encoding),
		cmocka_unit_test(no_escape_and_no_character_is_split),
		cmocka_unit_test(a_comm_without_nul_ends_at_its_array),
		cmocka_unit_test(columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
