/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table against a naive list that does the same: contents, order of eviction, addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>
#include <cmocka.h>

#include "table.h"

#define NAIVE_MAX 64

struct item {
	uint64_t a, b, value;
	char pad[23];
};

/* The list, most recent first. */
struct naive {
	struct item *at[NAIVE_MAX];
	struct item copy[NAIVE_MAX];
	uint32_t nr;
	uint64_t evicted;
};

static uint64_t seed = 42;

static uint64_t next_random(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return seed >> 33;
}

static int naive_find(const struct naive *n, struct table_key key)
{
	for (uint32_t i = 0; i < n->nr; i++)
		if (n->copy[i].a == key.a && n->copy[i].b == key.b)
			return (int)i;
	return -1;
}

static void naive_remove(struct naive *n, int i)
{
	n->nr--;
	memmove(&n->copy[i], &n->copy[i + 1], (n->nr - (uint32_t)i) * sizeof(n->copy[0]));
	memmove(&n->at[i], &n->at[i + 1], (n->nr - (uint32_t)i) * sizeof(n->at[0]));
}

static void naive_front(struct naive *n, struct item copy, struct item *at)
{
	memmove(&n->copy[1], &n->copy[0], n->nr * sizeof(n->copy[0]));
	memmove(&n->at[1], &n->at[0], n->nr * sizeof(n->at[0]));
	n->nr++;
	n->copy[0] = copy;
	n->at[0] = at;
}

static void do_put(struct table *t, struct naive *n, struct table_key key)
{
	static const struct item zero;
	int i = naive_find(n, key);
	bool new;
	struct item *e = table_put(t, key, &new);

	assert_non_null(e);
	assert_int_equal(new, i < 0);
	if (i >= 0) {
		struct item copy = n->copy[i];

		assert_ptr_equal(e, n->at[i]);
		naive_remove(n, i);
		naive_front(n, copy, e);
		return;
	}
	assert_memory_equal(e, &zero, sizeof(zero));
	if (n->nr == t->capacity) {
		n->nr--;
		n->evicted++;
	}
	*e = (struct item){ key.a, key.b, next_random(), "pad" };
	naive_front(n, *e, e);
}

static void do_get(struct table *t, struct naive *n, struct table_key key, bool peek)
{
	int i = naive_find(n, key);
	const struct item *e = peek ? table_peek(t, key) : table_get(t, key);

	if (i < 0) {
		assert_null(e);
		return;
	}
	assert_ptr_equal(e, n->at[i]);
	if (!peek) {
		struct item copy = n->copy[i], *at = n->at[i];

		naive_remove(n, i);
		naive_front(n, copy, at);
	}
}

static void do_del(struct table *t, struct naive *n, struct table_key key)
{
	int i = naive_find(n, key);

	assert_int_equal(table_del(t, key), i >= 0);
	if (i >= 0)
		naive_remove(n, i);
}

/* Walks the table; deletes what `every` divides (0: nothing) on the way. */
static void do_walk(struct table *t, struct naive *n, uint64_t every)
{
	uint32_t cursor = 0, seen = 0, nr = n->nr;
	struct table_key key;
	struct item *e;

	while ((e = table_next(t, &cursor, &key))) {
		int i = naive_find(n, key);

		assert_true(i >= 0);
		assert_ptr_equal(e, n->at[i]);
		assert_memory_equal(e, &n->copy[i], sizeof(*e));
		seen++;
		if (every && key.a % every == 0) {
			table_del_entry(t, e);
			naive_remove(n, i);
		}
	}
	assert_int_equal(seen, nr);
}

static void random_operations(uint32_t capacity, uint64_t keys)
{
	struct table t;
	struct naive n = { 0 };

	assert_int_equal(table_init(&t, capacity, sizeof(struct item)), 0);
	for (int step = 0; step < 30000; step++) {
		uint64_t op = next_random() % 100;
		struct table_key key = { next_random() % keys, next_random() % 2 };

		if (op < 45)
			do_put(&t, &n, key);
		else if (op < 65)
			do_get(&t, &n, key, false);
		else if (op < 75)
			do_get(&t, &n, key, true);
		else if (op < 95)
			do_del(&t, &n, key);
		else if (op < 99)
			do_walk(&t, &n, op == 98 ? 2 : 0);
		else if (step % 10 == 0) {
			table_clear(&t);
			n.nr = 0;
		}
		assert_int_equal(t.nr, n.nr);
		assert_int_equal(t.evicted, n.evicted);
	}
	do_walk(&t, &n, 0);
	assert_true(n.evicted > 0 || keys * 2 <= capacity);
	table_fini(&t);
}

static void it_does_what_a_list_does(void **state)
{
	for (uint32_t capacity = 1; capacity <= NAIVE_MAX - 1; capacity += capacity / 2 + 1) {
		random_operations(capacity, capacity);
		random_operations(capacity, capacity * 4 + 1);
	}
	random_operations(50, 20);
}

static void the_least_recently_used_goes_first(void **state)
{
	struct table t;
	bool new;

	assert_int_equal(table_init(&t, 3, 8), 0);
	for (uint64_t i = 1; i <= 3; i++)
		table_put(&t, (struct table_key){ i, 0 }, NULL);
	assert_non_null(table_get(&t, (struct table_key){ 1, 0 }));
	assert_non_null(table_peek(&t, (struct table_key){ 2, 0 })); /* changes no order */
	table_put(&t, (struct table_key){ 4, 0 }, &new);
	assert_true(new);
	assert_null(table_peek(&t, (struct table_key){ 2, 0 }));
	table_put(&t, (struct table_key){ 5, 0 }, NULL);
	assert_null(table_peek(&t, (struct table_key){ 3, 0 }));
	assert_non_null(table_peek(&t, (struct table_key){ 1, 0 }));
	assert_int_equal(t.evicted, 2);
	assert_int_equal(t.nr, 3);
	table_fini(&t);
}

static size_t resident_bytes(void)
{
	unsigned long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu %lu", &size, &resident), 2);
	fclose(f);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void untouched_and_cleared_entries_cost_nothing(void **state)
{
	struct table t;
	size_t before = resident_bytes(), full;

	assert_int_equal(table_init(&t, 1 << 20, 1024), 0);
	table_put(&t, (struct table_key){ 1, 1 }, NULL);
	assert_true(resident_bytes() < before + (4 << 20));
	for (uint64_t i = 0; i < 20000; i++)
		memset(table_put(&t, (struct table_key){ i, 0 }, NULL), 1, 1024);
	full = resident_bytes();
	assert_true(full > before + (20 << 20));
	table_clear(&t);
	assert_int_equal(t.nr, 0);
	assert_true(resident_bytes() < full - (16 << 20));
	assert_null(table_get(&t, (struct table_key){ 1, 0 }));
	table_fini(&t);
}

static void nonsense_is_refused(void **state)
{
	struct table t;

	assert_int_equal(table_init(&t, 0, 8), -EINVAL);
	assert_int_equal(table_init(&t, 8, 0), -EINVAL);
	assert_int_equal(table_init(&t, UINT32_MAX, 8), -EINVAL);
	table_fini(&t); /* what a failed init leaves can be ended */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_does_what_a_list_does),
		cmocka_unit_test(the_least_recently_used_goes_first),
		cmocka_unit_test(untouched_and_cleared_entries_cost_nothing),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
