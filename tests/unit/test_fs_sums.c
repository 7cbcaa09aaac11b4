/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums of files and operations: what they grew by, key by key, to the last word and after it. */
#include "fs_sums.h"
#include "world_fixture.h"

#define VDA (254U << 20)

struct told {
	struct fs_sums sums;
	struct fs_delta deltas[8];
	char comm[8][TASK_COMM_BYTES]; /* theirs point into a record */
	int nr;
};

static void take(void *ctx, const struct fs_delta *d)
{
	struct told *t = ctx;

	assert_true(t->nr < 8);
	memcpy(t->comm[t->nr], d->comm, sizeof(t->comm[0]));
	t->deltas[t->nr++] = *d;
}

static int setup(void **state)
{
	static struct told t;

	t = (struct told){.nr = 0};
	*state = &t;
	return fs_sums_init(&t.sums);
}

static int teardown(void **state)
{
	fs_sums_fini(&((struct told *)*state)->sums);
	return 0;
}

/* `max_ns` is that of the pass: 0 where nothing was done in it. */
static struct fs_io io(uint64_t nr, uint64_t max_ns)
{
	struct fs_io x = {.count = nr, .bytes = nr * 4096, .ns = nr * MS, .errors = nr / 10, .max_ns = nr ? max_ns : 0};

	x.slots[hist_slot(MS)] = (uint32_t)nr;
	return x;
}

static bool file(struct told *t, uint32_t tgid, uint64_t ino, uint64_t reads, uint64_t writes, uint16_t flags)
{
	struct fs_file_rec r = {
		.tgid = tgid, .dev = VDA, .start_ns = tgid, .ino = ino, .flags = flags, .uid = 1000,
		.comm = "dd", .fstype = "ext4", .io = {io(reads, 2 * MS), io(writes, 3 * MS)},
	};

	t->nr = 0;
	return fs_sums_file(&t->sums, &r, take, t);
}

static bool op(struct told *t, uint32_t tgid, uint16_t what, uint64_t nr, uint64_t enoent, uint16_t flags)
{
	struct fs_op_rec r = {
		.tgid = tgid, .dev = VDA, .start_ns = tgid, .op = what, .flags = flags, .uid = 1000,
		.comm = "dd", .fstype = "ext4", .last_errno = 2, .enoent = enoent, .io = io(nr, 2 * MS),
	};

	t->nr = 0;
	return fs_sums_op(&t->sums, &r, take, t);
}

static void a_key_grows_by_what_it_has_more(void **state)
{
	struct told *t = *state;
	const struct fs_delta *d = t->deltas;

	assert_true(file(t, 10, 5, 100, 0, 0));
	assert_int_equal(t->nr, 1); /* reads only: nothing was written */
	assert_int_equal(d->count, 100);
	assert_int_equal(d->op, FS_OP_READ);
	file(t, 10, 5, 130, 20, 0);
	assert_int_equal(t->nr, 2);
	assert_int_equal(d[0].count, 30);
	assert_int_equal(d[0].bytes, 30 * 4096);
	assert_int_equal(d[0].ns, 30 * MS);
	assert_int_equal(d[0].errors, 3);
	assert_int_equal(d[0].max_ns, 2 * MS);
	assert_int_equal(d[0].slots[hist_slot(MS)], 30);
	assert_int_equal(d[0].tgid, 10);
	assert_int_equal(d[0].ino, 5);
	assert_string_equal(t->comm[0], "dd");
	assert_int_equal(d[1].op, FS_OP_WRITE);
	assert_int_equal(d[1].count, 20);
}

/* A key frame tells what is known. The maximum of a call that ended while it was read comes a reading later. */
static void what_does_not_grow_is_not_told_but_for_its_maximum(void **state)
{
	struct told *t = *state;
	struct fs_file_rec r = {.tgid = 10, .ino = 5, .comm = "dd", .io = {io(10, 0)}};

	fs_sums_file(&t->sums, &r, take, t);
	assert_int_equal(t->nr, 1);
	fs_sums_file(&t->sums, &r, take, t);
	assert_int_equal(t->nr, 1);
	r.io[FS_OP_READ].max_ns = 2 * MS;
	fs_sums_file(&t->sums, &r, take, t);
	assert_int_equal(t->nr, 2);
	assert_int_equal(t->deltas[1].count, 0);
	assert_int_equal(t->deltas[1].max_ns, 2 * MS);
	assert_false(fs_delta_grew(&t->deltas[1]));
}

static void keys_do_not_mix(void **state)
{
	struct told *t = *state;

	file(t, 10, 5, 100, 0, 0);
	file(t, 10, 6, 7, 0, 0);
	assert_int_equal(t->deltas[0].count, 7);
	file(t, 11, 5, 9, 0, 0);
	assert_int_equal(t->deltas[0].count, 9);
	op(t, 10, FS_OP_OPEN, 3, 1, 0);
	assert_int_equal(t->deltas[0].count, 3);
	op(t, 10, FS_OP_FSYNC, 4, 0, 0);
	assert_int_equal(t->deltas[0].count, 4);
	op(t, 10, FS_OP_OPEN, 5, 2, 0);
	assert_int_equal(t->deltas[0].count, 2);
	assert_int_equal(t->deltas[0].enoent, 1);
	assert_int_equal(t->deltas[0].last_errno, 2);
}

/* The last word is told though nothing grew; after it the key begins at zero. */
static void after_the_last_word_a_key_begins_anew(void **state)
{
	struct told *t = *state;

	file(t, 10, 5, 100, 10, 0);
	file(t, 10, 5, 100, 10, FS_F_GONE);
	assert_int_equal(t->nr, 2);
	assert_int_equal(t->deltas[0].count + t->deltas[1].count, 0);
	assert_int_equal(t->deltas[0].flags, FS_F_GONE);
	assert_int_equal(t->sums.files.nr, 0);
	file(t, 10, 5, 120, 0, 0);
	assert_int_equal(t->deltas[0].count, 120);
	op(t, 10, FS_OP_OPEN, 50, 5, 0);
	op(t, 10, FS_OP_OPEN, 60, 6, FS_F_GONE);
	assert_int_equal(t->deltas[0].count, 10);
	op(t, 10, FS_OP_OPEN, 60, 6, 0);
	assert_int_equal(t->deltas[0].count, 60);
	assert_int_equal(t->deltas[0].enoent, 6);
}

static void a_counter_that_steps_back_has_begun_anew(void **state)
{
	struct told *t = *state;

	file(t, 10, 5, 100, 0, 0);
	file(t, 10, 5, 30, 0, 0);
	assert_int_equal(t->deltas[0].count, 30);
	assert_int_equal(t->deltas[0].bytes, 30 * 4096);
	op(t, 10, FS_OP_OPEN, 50, 5, 0);
	op(t, 10, FS_OP_OPEN, 2, 1, 0);
	assert_int_equal(t->deltas[0].count, 2);
	assert_int_equal(t->deltas[0].enoent, 1);
}

/* What is here already grows on. */
static void a_full_table_refuses_new_keys_only(void **state)
{
	struct told *t = *state;

	for (uint32_t i = 0; i < FS_SUMS_FILES; i++)
		assert_true(file(t, 10, i + 1, 1, 0, 0));
	assert_false(file(t, 10, FS_SUMS_FILES + 1, 1, 0, 0));
	assert_int_equal(t->nr, 0);
	assert_true(file(t, 10, 1, 5, 0, FS_F_GONE));
	assert_int_equal(t->deltas[0].count, 4);
	assert_true(file(t, 10, FS_SUMS_FILES + 1, 1, 0, 0));
	fs_sums_clear(&t->sums);
	assert_true(file(t, 10, 2, 1, 0, 0));
	assert_int_equal(t->deltas[0].count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_key_grows_by_what_it_has_more, setup, teardown),
		cmocka_unit_test_setup_teardown(what_does_not_grow_is_not_told_but_for_its_maximum, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_do_not_mix, setup, teardown),
		cmocka_unit_test_setup_teardown(after_the_last_word_a_key_begins_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(a_counter_that_steps_back_has_begun_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_table_refuses_new_keys_only, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
