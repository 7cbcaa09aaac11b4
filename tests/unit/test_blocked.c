/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a thread is stuck: from the files under /proc to the row of its process. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "world_fixture.h"

#include "blocked.h"
#include "files.h"
#include "fixture.h"
#include "snap_blocked.h"

#define HIGH " 0x7ffd00001000 0x7f5c00001000"

static void the_call_and_its_descriptor(void **state)
{
	static const struct {
		long nr;
		const char *rest;
		uint32_t fd;
	} cases[] = {
		{ SYS_write, " 0x3 0x7f00 0x10 0x0 0x0 0x0" HIGH, 3 },
		{ SYS_fsync, " 0xc 0x0 0x0 0x0 0x0 0x0" HIGH, 12 },
		{ SYS_ioctl, " 0x7 0x0 0x0 0x0 0x0 0x0" HIGH, 7 },
		{ SYS_openat, " 0xffffff9c 0x7f00 0x0 0x0 0x0 0x0" HIGH, REC_UNKNOWN32 },
		{ SYS_mmap, " 0x0 0x7f00 0x0 0x0 0x5 0x0" HIGH, REC_UNKNOWN32 },
		{ SYS_read, " 0xffffffffffffffff 0x0 0x0 0x0 0x0 0x0" HIGH, REC_UNKNOWN32 },
	};
	char text[160];
	uint32_t nr, fd;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(text, sizeof(text), "%ld%s\n", cases[i].nr, cases[i].rest);
		blocked_parse_syscall(text, &nr, &fd);
		assert_int_equal(nr, cases[i].nr);
		assert_int_equal(fd, cases[i].fd);
	}
}

static void what_is_no_call_of_this_machine_stays_unknown(void **state)
{
	static const char *const cases[] = { "running\n", "", "-1 0x7ffd00001000 0x7f5c00001000\n",
					     /* 32-bit: the same number is another call */
					     "1 0x3 0x0 0x0 0x0 0x0 0x0 0xffb01000 0xf7f00000\n", "0 0x3" };
	uint32_t nr, fd;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		blocked_parse_syscall(cases[i], &nr, &fd);
		assert_int_equal(nr, REC_UNKNOWN32);
		assert_int_equal(fd, REC_UNKNOWN32);
	}
}

static void a_mount_is_found_by_its_id(void **state)
{
	static const char line[] = "36 35 98:0 /a /srv/two\\040words rw,noatime shared:1 master:2 - nfs4 fs:/export\\134x rw,vers=4\n";
	struct blocked_rec r = { 0 };

	assert_false(blocked_parse_mount(line, 35, &r));
	assert_string_equal(r.mount, "");
	assert_true(blocked_parse_mount(line, 36, &r));
	assert_string_equal(r.mount, "/srv/two words");
	assert_string_equal(r.fstype, "nfs4");
	assert_string_equal(r.device, "fs:/export\\x");
	assert_true(blocked_parse_mount("40 1 0:5 / / rw - tmpfs tmpfs rw", 40, &r));
	assert_string_equal(r.mount, "/");
	assert_string_equal(r.fstype, "tmpfs");
	assert_false(blocked_parse_mount("41 1 0:5 / /x rw no separator", 41, &r));
	assert_false(blocked_parse_mount("", 0, &r));
}

static void put_thread(const char *syscall, const char *link)
{
	fixture_text("/proc/50/task/51/stat", "51 (w) D 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0\n");
	fixture_text("/proc/50/task/51/wchan", "folio_wait_bit_common");
	fixture_text("/proc/50/task/51/syscall", syscall);
	fixture_text("/proc/50/task/51/stack", "[<0>] folio_wait_bit_common+0x1/0x2\n[<0>] ksys_write+0x3/0x4\n");
	fixture_text("/proc/50/task/51/fdinfo/3", "pos:\t0\nflags:\t02\nmnt_id:\t36\nino:\t12\n");
	fixture_text("/proc/50/task/51/mountinfo", "35 1 8:1 / / rw - ext4 /dev/sda1 rw\n36 35 7:0 / /mnt rw - xfs /dev/loop0 rw\n");
	fixture_dirs("/proc/50/task/51/fd/x");
	unlink(fixture_path("/proc/50/task/51/fd/3"));
	assert_int_equal(symlink(link, fixture_path("/proc/50/task/51/fd/3")), 0);
}

static void a_stuck_writer_is_found_with_file_and_mount(void **state)
{
	struct blocked_who who = { .tgid = 50, .pid = 51, .start_ns = 1000 * 10000000ULL, .tick_ns = 10000000 };
	char text[128], deep[512] = "/mnt/";
	struct blocked_rec r;
	struct stack_rec stack;
	int proc_fd;

	snprintf(text, sizeof(text), "%d 0x3 0x0 0x0 0x0 0x0 0x0" HIGH, SYS_write);
	memset(deep + 5, 'd', 300);
	strcpy(deep + 305, "/the end");
	put_thread(text, "/mnt/dir/file (deleted)");
	proc_fd = files_open(fixture_root, "/proc", 0);
	assert_true(proc_fd >= 0);
	assert_true(blocked_read(proc_fd, &who, &r));
	assert_int_equal(record_check(&r.h, sizeof(r)), 0);
	assert_int_equal(r.nr, SYS_write);
	assert_int_equal(r.fd, 3);
	assert_string_equal(r.wchan, "folio_wait_bit_common");
	assert_string_equal(r.path, "/mnt/dir/file (deleted)");
	assert_string_equal(r.mount, "/mnt");
	assert_string_equal(r.device, "/dev/loop0");
	assert_string_equal(r.fstype, "xfs");
	put_thread(text, deep);
	assert_true(blocked_read(proc_fd, &who, &r));
	assert_int_equal(strlen(r.path), sizeof(r.path) - 1);
	assert_memory_equal(r.path, "...ddd", 6);
	assert_string_equal(r.path + sizeof(r.path) - 9, "/the end");
	blocked_stack(proc_fd, &who, &stack);
	assert_int_equal(record_check(&stack.h, sizeof(stack)), 0);
	assert_int_equal(stack.error, 0);
	assert_memory_equal(stack.text, "[<0>] folio_wait", 16);
	/* a later owner of the number */
	who.start_ns += 50000000;
	assert_false(blocked_read(proc_fd, &who, &r));
	assert_int_equal(r.h.size, 0);
	blocked_stack(proc_fd, &who, &stack);
	assert_int_equal(stack.error, ESRCH);
	assert_int_equal(record_check(&stack.h, sizeof(stack)), 0);
	close(proc_fd);
}

static struct blocked_rec answer(uint32_t pid, uint32_t tgid, uint64_t ts_ns, const char *path)
{
	struct blocked_rec r = { .pid = pid, .tgid = tgid, .start_ns = SEC + pid, .nr = 1, .fd = 3 };

	snprintf(r.path, sizeof(r.path), "%s", path);
	record_init(&r.h, ts_ns, PANE_CORE, CORE_BLOCKED, sizeof(r));
	return r;
}

static void in_d(struct task_rec *r, uint64_t since_ns)
{
	r->state = 'D';
	r->wclass = WAIT_DISK;
	r->since_ns = since_ns;
}

static void a_row_shows_the_answer_about_its_present_block_only(void **state)
{
	struct fixture *f = *state;
	struct task_rec t = task(200, 200, T0);
	struct blocked_rec old = answer(200, 200, T0 - 2 * SEC, "/old"), new = answer(200, 200, T0 + MS, "/new");
	struct blocked_rec other = answer(300, 300, T0 + MS, "/other");

	in_d(&t, T0 - SEC);
	put(f, &t);
	put(f, &old);
	tick_and_publish(f, T0);
	assert_null(snapshot_blocked(&f->snap, row_of(f, 200)));
	put(f, &new);
	put(f, &other);
	assert_null(snapshot_blocked(&f->snap, row_of(f, 200))); /* a picture does not change by itself */
	tick_and_publish(f, T0 + SEC);
	assert_string_equal(snapshot_blocked(&f->snap, row_of(f, 200))->path, "/new");
	t = task(200, 200, T0 + 2 * SEC); /* asleep in a pipe now */
	t.since_ns = T0 + SEC;
	put(f, &t);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_null(snapshot_blocked(&f->snap, row_of(f, 200)));
}

static void a_process_shows_the_answer_about_its_thread(void **state)
{
	struct fixture *f = *state;
	struct task_rec leader = task(200, 200, T0), thread = task(201, 200, T0);
	struct blocked_rec r = answer(201, 200, T0 + MS, "/of the thread");

	in_d(&thread, T0 - SEC);
	put(f, &leader);
	put(f, &thread);
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_string_equal(snapshot_blocked(&f->snap, row_of(f, 200))->path, "/of the thread");
}

static void more_answers_than_there_is_room_for(void **state)
{
	struct fixture *f = *state;
	struct blocked_rec r;

	tick(f, T0);
	for (uint32_t i = 0; i < 3 * BLOCKED_MAX; i++) {
		r = answer(1000 + i, 1000 + i, T0 + i, "x");
		put(f, &r);
	}
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.blocked->blocked_nr, BLOCKED_MAX);
	for (int i = 0; i < BLOCKED_MAX; i++) /* the newest */
		assert_true(f->snap.blocked->blocked[i].pid >= 1000 + 2 * BLOCKED_MAX);
}

static void a_stack_belongs_to_the_process_that_had_it(void **state)
{
	struct fixture *f = *state;
	struct task_rec t = started(task(200, 200, T0), T0 - 10 * SEC);
	struct stack_rec r = { .pid = 200, .tgid = 200, .len = 11, .text = "[<0>] a\n..." };
	size_t size = offsetof(struct stack_rec, text) + 16;

	put(f, &t);
	record_init(&r.h, T0 - 20 * SEC, PANE_CORE, CORE_STACK, size);
	put(f, &r); /* of an earlier owner of its number */
	tick_and_publish(f, T0);
	assert_null(snapshot_stack(&f->snap, row_of(f, 200)));
	record_init(&r.h, T0 + MS, PANE_CORE, CORE_STACK, size);
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(snapshot_stack(&f->snap, row_of(f, 200))->len, 11);
	assert_memory_equal(snapshot_stack(&f->snap, row_of(f, 200))->text, "[<0>] a\n...", 12);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_call_and_its_descriptor),
		cmocka_unit_test(what_is_no_call_of_this_machine_stays_unknown),
		cmocka_unit_test(a_mount_is_found_by_its_id),
		cmocka_unit_test_setup_teardown(a_stuck_writer_is_found_with_file_and_mount, fixture_make, fixture_remove),
		TEST(a_row_shows_the_answer_about_its_present_block_only),
		TEST(a_process_shows_the_answer_about_its_thread),
		TEST(more_answers_than_there_is_room_for),
		TEST(a_stack_belongs_to_the_process_that_had_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
