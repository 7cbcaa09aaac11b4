/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Histograms: bounds of slots, percentiles against the sorted list of the same values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fig.h"
#include "hist.h"

static uint64_t seed = 1;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void slots_join_without_gap_or_overlap(void **state)
{
	assert_int_equal(hist_low_ns(0), 0);
	assert_int_equal(hist_high_ns(0), 128);
	assert_true(hist_high_ns(HIST_SLOTS - 1) == UINT64_MAX);
	for (unsigned i = 0; i + 1 < HIST_SLOTS; i++) {
		assert_int_equal(hist_high_ns(i), hist_low_ns(i + 1));
		assert_int_equal(hist_slot(hist_high_ns(i) - 1), i);
		assert_int_equal(hist_slot(hist_high_ns(i)), i + 1);
	}
}

static void values_go_to_the_slot_of_the_contract(void **state)
{
	static const struct {
		uint64_t ns;
		unsigned slot;
	} rows[] = {
		{ 0, 0 },           { 1, 0 },
		{ 127, 0 },         { 128, 1 },
		{ 255, 1 },         { 256, 2 },
		{ 1024, 4 },        { 1000000, 13 },
		{ 1ULL << 45, 39 }, { (1ULL << 45) - 1, 38 },
		{ 1ULL << 46, 39 }, { UINT64_MAX, 39 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(hist_slot(rows[i].ns), rows[i].slot);
}

static void an_empty_histogram_has_no_percentile(void **state)
{
	struct hist h = { 0 };

	assert_int_equal(hist_count(&h), 0);
	assert_true(hist_percentile_ns(&h, 500) == FIG_UNKNOWN);
	h.max_ns = 1000;
	assert_true(hist_percentile_ns(&h, 990) == FIG_UNKNOWN);
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The truth: the smallest value below or at which `permille` of all values lie. */
static uint64_t sorted_percentile(const uint64_t *v, size_t nr, unsigned permille)
{
	size_t rank = (nr * permille + 999) / 1000;

	return v[rank ? rank - 1 : 0];
}

static void percentiles_are_within_the_bucket_of_the_sorted_list(void **state)
{
	static const unsigned permilles[] = { 1, 10, 250, 500, 900, 990, 999, 1000 };
	static uint64_t v[5000];

	for (int round = 0; round < 200; round++) {
		size_t nr = 1 + next_random() % (sizeof(v) / sizeof(v[0]));
		unsigned shift = (unsigned)(next_random() % 50);
		struct hist h = { 0 };
		int64_t before = 0;

		for (size_t i = 0; i < nr; i++) {
			v[i] = next_random() >> (14 + next_random() % (shift + 1));
			hist_add(&h, v[i]);
		}
		qsort(v, nr, sizeof(v[0]), by_size);
		assert_int_equal(hist_count(&h), nr);
		assert_int_equal(h.max_ns, v[nr - 1]);
		for (size_t i = 0; i < sizeof(permilles) / sizeof(permilles[0]); i++) {
			int64_t p = hist_percentile_ns(&h, permilles[i]);
			unsigned slot = hist_slot(sorted_percentile(v, nr, permilles[i]));

			assert_true(p >= (int64_t)hist_low_ns(slot));
			assert_true((uint64_t)p <= hist_high_ns(slot));
			assert_true((uint64_t)p <= h.max_ns);
			assert_true(p >= before);
			before = p;
		}
		assert_int_equal(before, h.max_ns);
	}
}

static void interpolation_is_linear_inside_the_bucket(void **state)
{
	struct hist h = { .slots[4] = 100, .max_ns = 1 << 20 };

	assert_int_equal(hist_percentile_ns(&h, 500), 1024 + 512);
	assert_int_equal(hist_percentile_ns(&h, 250), 1024 + 256);
	h.slots[10] = 1;
	assert_in_range(hist_percentile_ns(&h, 1000), 1 << 16, 1 << 17);
}

static void without_a_maximum_the_bucket_bounds_hold(void **state)
{
	struct hist h = { .slots[HIST_SLOTS - 1] = 3 };

	assert_in_range(hist_percentile_ns(&h, 999), 1ULL << 45, 1ULL << 46);
	h.slots[HIST_SLOTS - 1] = 0;
	h.slots[0] = 10;
	assert_in_range(hist_percentile_ns(&h, 500), 1, 128);
}

static void a_maximum_below_the_bucket_still_bounds(void **state)
{
	struct hist h = { .slots[10] = 5, .max_ns = 1000 };

	assert_int_equal(hist_percentile_ns(&h, 500), 1000);
}

static void huge_counts_do_not_overflow(void **state)
{
	struct hist h = { .slots[5] = UINT64_MAX / 4, .slots[6] = UINT64_MAX / 4 };

	assert_in_range(hist_percentile_ns(&h, 250), hist_low_ns(5), hist_high_ns(5));
	assert_in_range(hist_percentile_ns(&h, 990), hist_low_ns(6), hist_high_ns(6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_join_without_gap_or_overlap),
		cmocka_unit_test(values_go_to_the_slot_of_the_contract),
		cmocka_unit_test(an_empty_histogram_has_no_percentile),
		cmocka_unit_test(percentiles_are_within_the_bucket_of_the_sorted_list),
		cmocka_unit_test(interpolation_is_linear_inside_the_bucket),
		cmocka_unit_test(without_a_maximum_the_bucket_bounds_hold),
		cmocka_unit_test(a_maximum_below_the_bucket_still_bounds),
		cmocka_unit_test(huge_counts_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
