/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log that panes keep their events in: order, texts, room, and what is counted instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "eventlog.h"

#define ROWS 16
#define TEXT 64

struct row {
	struct log_row log;
	int value;
};

static int setup(void **state)
{
	static struct eventlog l;

	*state = &l;
	return eventlog_init(&l, sizeof(struct row), ROWS, TEXT, 2);
}

static int teardown(void **state)
{
	eventlog_fini(*state);
	return 0;
}

static void add(struct eventlog *l, int value, const char *text)
{
	((struct row *)eventlog_add(l, text, strlen(text)))->value = value;
}

static const struct row *shown(const struct eventlog *l, uint32_t i)
{
	return log_row_at(l, &l->shown, i);
}

/* The row that is shown at `i` has its own text still. */
static void check(const struct eventlog *l, uint32_t i, int value, const char *text)
{
	const struct row *row = shown(l, i);

	assert_true(i < l->shown.nr);
	assert_int_equal(row->value, value);
	assert_int_equal(row->log.text_len, strlen(text));
	assert_true(row->log.text_at + row->log.text_len <= l->shown.text_nr);
	assert_memory_equal(l->shown.text + row->log.text_at, text, strlen(text));
}

static void sizes_are_checked(void **state)
{
	struct eventlog l;

	assert_true(eventlog_init(&l, sizeof(struct log_row) - 1, ROWS, TEXT, 0) < 0);
	assert_true(eventlog_init(&l, sizeof(struct row), 0, TEXT, 0) < 0);
	assert_true(eventlog_init(&l, sizeof(struct row), UINT32_MAX, TEXT, 0) < 0);
	assert_int_equal(eventlog_init(&l, sizeof(struct row), 1, 0, 0), 0);
	add(&l, 1, "longer than its room, which is none");
	add(&l, 2, "");
	eventlog_show(&l);
	check(&l, 0, 2, "");
	assert_int_equal(l.dropped_now, 1);
	eventlog_fini(&l);
	eventlog_fini(&l); /* of one that is not there */
}

static void rows_wait_until_they_are_shown(void **state)
{
	struct eventlog *l = *state;

	add(l, 1, "one");
	assert_int_equal(l->shown.nr, 0);
	eventlog_show(l);
	assert_int_equal(l->new_from, 0);
	add(l, 2, "");
	add(l, 3, "three");
	assert_int_equal(l->shown.nr, 1);
	assert_int_equal(((struct row *)eventlog_waiting(l, 3))->value, 3);
	assert_null(eventlog_waiting(l, 1));
	assert_null(eventlog_waiting(l, 4));
	eventlog_show(l);
	assert_int_equal(l->new_from, 1);
	check(l, 0, 1, "one");
	check(l, 1, 2, "");
	check(l, 2, 3, "three");
	assert_int_equal(shown(l, 2)->log.seq, 3);
	assert_null(eventlog_waiting(l, 3));
	eventlog_show(l);
	assert_int_equal(l->new_from, 3);
}

static bool is_even(const void *row)
{
	return ((const struct row *)row)->value % 2 == 0;
}

static void what_is_not_kept_leaves_with_its_text(void **state)
{
	static const char *const texts[] = { "a", "bb", "", "dddd", "ee" };
	struct eventlog *l = *state;

	for (int i = 0; i < 5; i++)
		add(l, i, texts[i]);
	eventlog_keep(l, is_even);
	assert_null(eventlog_waiting(l, 2));
	assert_int_equal(((struct row *)eventlog_waiting(l, 3))->value, 2);
	add(l, 6, "6");
	eventlog_show(l);
	assert_int_equal(l->shown.nr, 4);
	check(l, 0, 0, "a");
	check(l, 1, 2, "");
	check(l, 2, 4, "ee");
	check(l, 3, 6, "6");
	assert_int_equal(shown(l, 3)->log.seq, 6);
}

/* Whatever is short, rows or texts: each row is shown, gave way, or had no room. */
static void every_row_is_accounted_for(void **state)
{
	static const char *const texts[] = { "", "x", "0123456789" };
	struct eventlog *l = *state;
	uint64_t sent = 0;

	for (size_t t = 0; t < 3; t++)
		for (int round = 0; round < 20; round++) {
			for (int i = 0; i <= round; i++)
				add(l, (int)++sent, texts[t]);
			eventlog_show(l);
			assert_int_equal(l->shown.nr - l->new_from + l->dropped_now, round + 1);
			assert_int_equal(l->shown.nr + l->dropped_all + l->scrolled_all, sent);
			for (uint32_t i = l->new_from; i < l->shown.nr; i++)
				check(l, i, (int)(sent - (l->shown.nr - 1 - i)), texts[t]);
		}
	assert_true(l->dropped_all > 0 && l->scrolled_all > 0);
}

static void behind_a_full_log_there_is_room(void **state)
{
	struct eventlog *l = *state;

	for (int i = 0; i < ROWS; i++)
		add(l, i, "");
	eventlog_show(l);
	assert_int_equal(l->shown.nr, ROWS);
	memset(log_row_at(l, &l->shown, ROWS), 0xff, 2 * sizeof(struct row));
	add(l, 100, "");
	eventlog_show(l);
	assert_int_equal(l->shown.nr, ROWS);
	check(l, ROWS - 1, 100, "");
	check(l, 0, 1, "");
}

static bool is_odd(const void *row)
{
	return ((const struct row *)row)->value & 1;
}

/* Odd ones are common: the even ones stay, in order and with their texts, while there is an odd one left. */
static void what_is_common_gives_way_first(void **state)
{
	struct eventlog *l = *state;
	char text[4];

	l->common = is_odd;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < ROWS; i++) {
			snprintf(text, sizeof(text), "%d", i);
			add(l, 2 * i + (i >= 4), text);
		}
		eventlog_show(l);
	}
	assert_int_equal(l->shown.nr, ROWS);
	for (uint32_t i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "%u", i);
		check(l, i, (int)(2 * i), text);
		check(l, 4 + i, (int)(2 * i), text);
	}
	for (uint32_t i = 8; i < ROWS; i++) {
		snprintf(text, sizeof(text), "%u", i);
		check(l, i, (int)(2 * i + 1), text);
	}
	assert_int_equal(l->scrolled_all, ROWS - 4);
	assert_int_equal(l->dropped_all, 4); /* of those that waited */
	for (int i = 0; i < ROWS + 1; i++) /* and where all are wanted the oldest give way */
		add(l, 100 + 2 * i, "");
	eventlog_show(l);
	check(l, l->shown.nr - 1, 100 + 2 * ROWS, "");
	assert_true(l->shown.nr <= ROWS && l->dropped_all > 4);
}

static void clearing_begins_anew(void **state)
{
	struct eventlog *l = *state;

	for (int i = 0; i < 3 * ROWS; i++)
		add(l, i, "x");
	eventlog_show(l);
	add(l, 1, "y");
	eventlog_clear(l);
	eventlog_show(l);
	assert_int_equal(l->shown.nr, 0);
	assert_int_equal(l->dropped_all + l->scrolled_all, 0);
	add(l, 7, "z");
	eventlog_show(l);
	check(l, 0, 7, "z");
	assert_int_equal(shown(l, 0)->log.seq, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_checked),
		TEST(rows_wait_until_they_are_shown),
		TEST(what_is_not_kept_leaves_with_its_text),
		TEST(every_row_is_accounted_for),
		TEST(behind_a_full_log_there_is_room),
		TEST(what_is_common_gives_way_first),
		TEST(clearing_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
