/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures as text: tables of known ones, and a sweep that no value may make too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fmt.h"

#define S_NS 1000000000LL

typedef int (*fmt_fn)(char *buf, size_t size, int64_t value);

struct row {
	int64_t value;
	const char *text;
};

static void check_rows(fmt_fn fn, const struct row *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		char buf[FMT_MAX];
		int len = fn(buf, sizeof(buf), rows[i].value);

		assert_int_equal(len, strlen(rows[i].text));
		assert_string_equal(buf, rows[i].text);
	}
}
#define CHECK_ROWS(fn, rows) check_rows(fn, rows, sizeof(rows) / sizeof(rows[0]))

static void counts(void **state)
{
	static const struct row rows[] = {
		{ 0, "0" },
		{ 1, "0.0" },
		{ 200, "0.2" },
		{ 9100, "9.1" },
		{ 9949, "9.9" },
		{ 9950, "10" },
		{ 412000, "412" },
		{ 999499, "999" },
		{ 999500, "1.0k" },
		{ 1200000, "1.2k" },
		{ 12345000, "12k" },
		{ 3400000000, "3.4M" },
		{ -200, "-0.2" },
		{ -1200000, "-1.2k" },
		{ INT64_MAX, "9.2P" },
		{ -INT64_MAX, "-9.2P" },
		{ FIG_UNKNOWN, "-" },
	};

	CHECK_ROWS(fmt_count, rows);
}

static void bytes(void **state)
{
	static const struct row rows[] = {
		{ 0, "0" },
		{ 512, "512" },
		{ 1023, "1023" },
		{ 1024, "1.0K" },
		{ 1536, "1.5K" },
		{ 812LL << 20, "812M" },
		{ (1LL << 20) - 1, "1.0M" },
		{ 25125558681, "23.4G" },
		{ 102348, "99.9K" },
		{ 102349, "100K" },
		{ 102400, "100K" },
		{ INT64_MAX, "8.0E" },
		{ -1536, "-1.5K" },
		{ FIG_UNKNOWN, "-" },
	};

	CHECK_ROWS(fmt_bytes, rows);
}

static void durations(void **state)
{
	static const struct row rows[] = {
		{ 0, "0" },
		{ 1, "1ns" },
		{ 850, "850ns" },
		{ 999, "999ns" },
		{ 1000, "1.0us" },
		{ 4100, "4.1us" },
		{ 14000000, "14ms" },
		{ 999499999, "999ms" },
		{ 999500000, "1.0s" },
		{ 1200000000, "1.2s" },
		{ 43 * S_NS, "43s" },
		{ 99 * S_NS, "99s" },
		{ 12 * 60 * S_NS, "12m" },
		{ 3 * 3600 * S_NS, "3h" },
		{ 12 * 86400 * S_NS, "12d" },
		{ INT64_MAX, "292y" },
		{ -850, "-850ns" },
		{ FIG_UNKNOWN, "-" },
	};

	CHECK_ROWS(fmt_ns, rows);
}

static void shares(void **state)
{
	static const struct row rows[] = {
		{ 0, "0" },          { 300, "0.3" },       { 71200, "71.2" }, { 99949, "99.9" },
		{ 99950, "100" },    { 100000, "100" },    { 412000, "412" }, { 409600000, "410k" },
		{ 9999499, "9999" }, { 9999500, "10.0k" }, { -300, "-0.3" },  { FIG_UNKNOWN, "-" },
	};

	CHECK_ROWS(fmt_pct, rows);
}

static void uptimes(void **state)
{
	static const struct row rows[] = {
		{ 0, "00:00:00" },
		{ (4 * 3600 + 11 * 60 + 9) * S_NS, "04:11:09" },
		{ 86399 * S_NS, "23:59:59" },
		{ 86400 * S_NS, "1d 00:00" },
		{ (12 * 86400 + 4 * 3600 + 11 * 60) * S_NS, "12d 04:11" },
		{ FIG_UNKNOWN, "-" },
		{ INT64_MAX, "106751d 23:47" },
	};

	CHECK_ROWS(fmt_uptime, rows);
}

static void clocks(void **state)
{
	static const struct {
		uint64_t ns;
		int32_t offset_s;
		const char *text;
	} rows[] = {
		{ 0, 0, "00:00:00" },
		{ 15069 * S_NS, 0, "04:11:09" },
		{ 0, -3600, "23:00:00" },
		{ 86399 * S_NS, 1, "00:00:00" },
		{ 1795320000ULL * S_NS, 5 * 3600 + 1800, "09:30:00" },
	};
	char buf[FMT_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fmt_clock(buf, sizeof(buf), rows[i].ns, rows[i].offset_s);
		assert_string_equal(buf, rows[i].text);
	}
	fmt_iso(buf, sizeof(buf), 1795320000ULL * S_NS + 7999999);
	assert_string_equal(buf, "2026-11-22T04:00:00.007Z");
	fmt_iso(buf, sizeof(buf), 951827696ULL * S_NS);
	assert_string_equal(buf, "2000-02-29T12:34:56.000Z");
}

/* Counts digits and points, and what follows them. */
static void measure(const char *text, size_t *ret_figures, size_t *ret_unit)
{
	text += *text == '-';
	*ret_figures = strspn(text, "0123456789.");
	*ret_unit = strlen(text + *ret_figures);
	assert_int_equal(strspn(text + *ret_figures, "kKMGTPEnusmhdy"), *ret_unit);
}

static int whole(char *buf, size_t size, int64_t value)
{
	return fmt_fig(buf, size, value, UNIT_COUNT, FOLD_GAUGE, false);
}

static const struct {
	fmt_fn fn;
	size_t unit;
} kinds[] = {
	{ fmt_count, 1 }, { fmt_bytes, 1 }, { fmt_ns, 2 }, { fmt_pct, 1 }, { whole, 1 },
};

static void check_length(int64_t value)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		char buf[FMT_MAX];
		size_t figures, unit;
		int len = kinds[k].fn(buf, sizeof(buf), value);

		assert_int_equal(len, strlen(buf));
		measure(buf, &figures, &unit);
		assert_in_range(figures, 1, 4);
		assert_true(unit <= kinds[k].unit);
		assert_int_equal(buf[0] == '-', value < 0);
	}
}

/* Powers of 2 and 10 with their neighbours, halves and multiples, and just below each. */
static void no_value_is_longer_than_four_characters_and_a_unit(void **state)
{
	for (int64_t base = 2; base <= 10; base += 8)
		for (int64_t power = 1; power < INT64_MAX / 20 / base; power *= base)
			for (int64_t i = -19; i <= 19; i++)
				for (int64_t near = -2; near <= 2; near++) {
					check_length(power / 2 * i + near);
					check_length(power - power / (50 * (i + 20)) + near);
				}
	for (int64_t v = 1; v < INT64_MAX / 2; v += v / 97 + 1) {
		check_length(v);
		check_length(-v);
	}
	check_length(INT64_MAX);
	check_length(-INT64_MAX);
}

static double read_back(const char *text, const char *units, double base, double first)
{
	char *end;
	double v = strtod(text, &end);
	const char *unit = *end ? strchr(units, *end) : NULL;

	for (v *= first; unit && unit >= units; unit--)
		v *= base;
	return v;
}

static void the_text_is_the_value_to_its_last_digit(void **state)
{
	for (int64_t v = 1000; v < INT64_MAX / 3; v = v * 3 / 2 + 7) {
		char buf[FMT_MAX];
		double d = (double)v;

		fmt_count(buf, sizeof(buf), v);
		assert_true(abs((int)(1000 * (read_back(buf, "kMGTP", 1000, 1000) / d - 1))) <= 51);
		fmt_bytes(buf, sizeof(buf), v);
		assert_true(abs((int)(1000 * (read_back(buf, "KMGTPE", 1024, 1) / d - 1))) <= 51);
		whole(buf, sizeof(buf), v);
		assert_true(abs((int)(1000 * (read_back(buf, "kMGTPE", 1000, 1) / d - 1))) <= 51);
	}
}

static void a_short_buffer_cuts_and_tells_the_length(void **state)
{
	char buf[3] = "zz";

	assert_int_equal(fmt_bytes(buf, sizeof(buf), 812LL << 20), 2);
	assert_string_equal(buf, "81");
	assert_int_equal(fmt_bytes(buf, 1, 812LL << 20), 0);
	assert_string_equal(buf, "");
}

static void folds(void **state)
{
	static const struct {
		int64_t raw;
		enum unit unit;
		enum fold fold;
		uint64_t interval_ns;
		bool total;
		int64_t value;
	} rows[] = {
		{ 500, UNIT_COUNT, FOLD_RATE, 2 * S_NS, false, 250000 },
		{ 500, UNIT_COUNT, FOLD_RATE, 2 * S_NS, true, 500 },
		{ 1, UNIT_COUNT, FOLD_RATE, 3 * S_NS, false, 333 },
		{ 2, UNIT_COUNT, FOLD_RATE, 3 * S_NS, false, 667 },
		{ 4096, UNIT_BYTES, FOLD_RATE, S_NS / 2, false, 8192 },
		{ S_NS / 4, UNIT_NS, FOLD_RATE, S_NS, false, S_NS / 4 },
		{ S_NS / 4, UNIT_NS, FOLD_RATE, 0, false, FIG_UNKNOWN },
		{ S_NS / 4, UNIT_NS, FOLD_RATE, 0, true, S_NS / 4 },
		{ S_NS, UNIT_PCT, FOLD_SHARE, 2 * S_NS, false, 50000 },
		{ S_NS, UNIT_PCT, FOLD_SHARE, 2 * S_NS, true, 50000 },
		{ S_NS, UNIT_PCT, FOLD_SHARE, 0, true, FIG_UNKNOWN },
		{ 77, UNIT_BYTES, FOLD_GAUGE, 0, false, 77 },
		{ FIG_UNKNOWN, UNIT_BYTES, FOLD_RATE, S_NS, false, FIG_UNKNOWN },
		{ FIG_UNKNOWN, UNIT_NS, FOLD_SHARE, 0, true, FIG_UNKNOWN },
		{ INT64_MAX, UNIT_COUNT, FOLD_RATE, 1, false, INT64_MAX },
		{ -INT64_MAX, UNIT_COUNT, FOLD_RATE, 1, false, -INT64_MAX },
		{ -3, UNIT_BYTES, FOLD_RATE, 2 * S_NS, false, -2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(fig_fold(rows[i].raw, rows[i].unit, rows[i].fold, rows[i].interval_ns,
				     rows[i].total) == rows[i].value);
}

static void figures_by_unit_and_fold(void **state)
{
	static const struct {
		int64_t value;
		enum unit unit;
		enum fold fold;
		bool total;
		const char *text;
	} rows[] = {
		{ 123456, UNIT_NONE, FOLD_GAUGE, false, "123456" },
		{ -5, UNIT_NONE, FOLD_GAUGE, false, "-5" },
		{ FIG_UNKNOWN, UNIT_NONE, FOLD_GAUGE, false, "-" },
		{ 250000, UNIT_COUNT, FOLD_RATE, false, "250" },
		{ 250000, UNIT_COUNT, FOLD_RATE, true, "250k" },
		{ 9999, UNIT_COUNT, FOLD_GAUGE, false, "9999" },
		{ 12345, UNIT_COUNT, FOLD_GAUGE, false, "12.3k" },
		{ 50000, UNIT_PCT, FOLD_SHARE, true, "50.0" },
		{ 1536, UNIT_BYTES, FOLD_RATE, false, "1.5K" },
		{ 14000000, UNIT_NS, FOLD_GAUGE, false, "14ms" },
		{ FIG_UNKNOWN, UNIT_PCT, FOLD_SHARE, false, "-" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char buf[FMT_MAX];

		fmt_fig(buf, sizeof(buf), rows[i].value, rows[i].unit, rows[i].fold, rows[i].total);
		assert_string_equal(buf, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(bytes),
		cmocka_unit_test(durations),
		cmocka_unit_test(shares),
		cmocka_unit_test(uptimes),
		cmocka_unit_test(clocks),
		cmocka_unit_test(no_value_is_longer_than_four_characters_and_a_unit),
		cmocka_unit_test(the_text_is_the_value_to_its_last_digit),
		cmocka_unit_test(a_short_buffer_cuts_and_tells_the_length),
		cmocka_unit_test(folds),
		cmocka_unit_test(figures_by_unit_and_fold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
