/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helper threads: what they answer, whom they refuse, and that a hung one holds nobody up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <cmocka.h>

#include "files.h"
#include "fixture.h"
#include "inventory.h"
#include "record.h"

#define START 1000 /* ticks */
#define PIDS  8

static struct {
	int nr, alerts;
	struct cmd_rec cmd;
	struct user_rec user;
	struct alert_rec alert;
} taken;

static void take(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(record_check(ev, ev->size), 0);
	taken.nr++;
	switch (ev->kind) {
	case CORE_CMD:
		memcpy(&taken.cmd, ev, ev->size);
		break;
	case CORE_USER:
		memcpy(&taken.user, ev, ev->size);
		break;
	case CORE_ALERT:
		memcpy(&taken.alert, ev, ev->size);
		taken.alerts++;
		break;
	default:
		fail();
	}
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* Collects until `nr` answers have come, or for at most 10 s. */
static void collect(struct helpers *h, int nr)
{
	uint64_t deadline_ns = files_now_ns() + 10000000000ULL;

	memset(&taken, 0, sizeof(taken));
	while (taken.nr < nr && files_now_ns() < deadline_ns) {
		struct pollfd fd = { helpers_fd(h), POLLIN, 0 };

		poll(&fd, 1, 10);
		helpers_drain(h, files_now_ns(), take, NULL);
	}
	assert_int_equal(taken.nr, nr);
}

static const char *pid_path(unsigned pid, const char *file)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, file);
	return path;
}

static void make_process(unsigned pid)
{
	char stat[256];

	snprintf(stat, sizeof(stat), "%u (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %u 0 0 0\n",
		 pid, START);
	fixture_text(pid_path(pid, "stat"), stat);
}

/* A command line that blocks whoever opens it, until open_gate(). */
static void make_hanging(unsigned pid)
{
	make_process(pid);
	assert_int_equal(mkfifo(fixture_path(pid_path(pid, "cmdline")), 0600), 0);
}

static void open_gate(unsigned pid)
{
	for (int i = 0; i < 1000; i++) {
		int fd = open(fixture_path(pid_path(pid, "cmdline")),
			      O_WRONLY | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0) {
			close(fd);
			return;
		}
		assert_int_equal(errno, ENXIO);
		pause_ms(10);
	}
	fail_msg("nobody waits for process %u", pid);
}

static uint64_t start_ns(void)
{
	return START * files_tick_ns() + 1; /* the kernel's start time is finer than /proc's */
}

static struct helpers *new_helpers(void)
{
	struct helpers *h;

	fixture_drop("/proc");
	fixture_text("/proc/version", "");
	assert_int_equal(helpers_new(fixture_root, &h), 0);
	return h;
}

static void a_command_line_comes_with_its_executable(void **state)
{
	struct helpers *h = new_helpers();

	make_process(42);
	fixture_bytes(pid_path(42, "cmdline"), "tar\0-c\0f\0\0\0", 11);
	assert_int_equal(symlink("/usr/bin/tar", fixture_path(pid_path(42, "exe"))), 0);
	assert_true(helpers_want_cmd(h, 42, start_ns()));
	collect(h, 1);
	assert_int_equal(taken.cmd.tgid, 42);
	assert_int_equal(taken.cmd.start_ns, start_ns());
	assert_int_equal(taken.cmd.args_len, 8);
	assert_int_equal(taken.cmd.exe_len, 12);
	assert_memory_equal(taken.cmd.text, "tar\0-c\0f/usr/bin/tar\0\0\0\0", 24);
	assert_int_equal(taken.cmd.h.size, offsetof(struct cmd_rec, text) + 24);
	helpers_free(h);
}

static void a_kernel_thread_answers_with_nothing(void **state)
{
	struct helpers *h = new_helpers();

	make_process(42);
	fixture_text(pid_path(42, "cmdline"), "");
	assert_true(helpers_want_cmd(h, 42, start_ns()));
	collect(h, 1);
	assert_int_equal(taken.cmd.tgid, 42);
	assert_int_equal(taken.cmd.args_len, 0);
	assert_int_equal(taken.cmd.exe_len, 0);
	helpers_free(h);
}

static void a_long_command_line_is_cut(void **state)
{
	static char args[3000], exe[301];
	struct helpers *h = new_helpers();

	make_process(42);
	memset(args, 'a', sizeof(args));
	memset(exe, 'e', sizeof(exe) - 1);
	fixture_bytes(pid_path(42, "cmdline"), args, sizeof(args));
	assert_int_equal(symlink(exe, fixture_path(pid_path(42, "exe"))), 0);
	assert_true(helpers_want_cmd(h, 42, start_ns()));
	collect(h, 1);
	assert_int_equal(taken.cmd.args_len, CMD_BYTES);
	assert_int_equal(taken.cmd.exe_len, 256);
	assert_int_equal(taken.cmd.text[CMD_BYTES - 1], 'a');
	assert_int_equal(taken.cmd.text[CMD_BYTES], 'e');
	helpers_free(h);
}

/* The refused ones are asked for first: when the last has answered, they had their turn. */
static void another_process_with_the_same_pid_is_not_answered_for(void **state)
{
	struct helpers *h = new_helpers();

	make_process(42);
	fixture_text(pid_path(42, "cmdline"), "later");
	make_process(43);
	fixture_text(pid_path(43, "cmdline"), "last");
	assert_true(helpers_want_cmd(h, 42, start_ns() + files_tick_ns()));
	assert_true(helpers_want_cmd(h, 44, start_ns()));
	assert_true(helpers_want_cmd(h, 43, start_ns()));
	collect(h, 1);
	pause_ms(50);
	helpers_drain(h, files_now_ns(), take, NULL);
	assert_int_equal(taken.nr, 1);
	assert_int_equal(taken.cmd.tgid, 43);
	helpers_free(h);
}

static void user_names(void **state)
{
	struct helpers *h;

	fixture_text("/etc/passwd",
		     "root:x:0:0::/:/bin/sh\nbroken\n"
		     "a-name-that-is-longer-than-the-record-has-room-for:x:1000:1::/:/bin/sh\n");
	h = new_helpers();
	assert_true(helpers_want_user(h, 0));
	collect(h, 1);
	assert_int_equal(taken.user.uid, 0);
	assert_string_equal(taken.user.name, "root");
	assert_true(helpers_want_user(h, 77)); /* unknown: no answer */
	assert_true(helpers_want_user(h, 1000));
	collect(h, 1);
	assert_int_equal(taken.user.uid, 1000);
	assert_int_equal(strlen(taken.user.name), sizeof(taken.user.name) - 1);
	helpers_free(h);
}

static void the_queue_is_bounded_and_nothing_in_it_is_lost(void **state)
{
	struct helpers *h = new_helpers();
	int queued = 0;

	make_process(42);
	fixture_text(pid_path(42, "cmdline"), "x");
	/* nobody collects: the workers stop at a full set of answers, then the queue fills */
	for (int idle = 0; idle < 20;) {
		if (queued < 100000 && helpers_want_cmd(h, 42, start_ns())) {
			queued++;
			idle = 0;
		} else {
			pause_ms(10);
			idle++;
		}
	}
	assert_true(queued < 20000);
	collect(h, queued);
	assert_true(helpers_want_cmd(h, 42, start_ns()));
	collect(h, 1);
	helpers_free(h);
}

/* Lets time pass, for the pool only, until somebody is given up. */
static void wait_given_up(struct helpers *h, int alerts)
{
	memset(&taken, 0, sizeof(taken));
	for (int i = 0; i < 1000 && taken.alerts < alerts; i++) {
		helpers_drain(h, files_now_ns() + 3000000000ULL, take, NULL);
		pause_ms(i ? 10 : 0);
	}
	assert_int_equal(taken.alerts, alerts);
}

/* Hangs one worker while another lives: the queue is in order, so the answer tells both. */
static void hang_one(struct helpers *h, unsigned pid)
{
	assert_true(helpers_want_cmd(h, pid, start_ns()));
	assert_true(helpers_want_cmd(h, 42, start_ns()));
	collect(h, 1);
}

static struct helpers *new_hanging(void)
{
	struct helpers *h = new_helpers();

	for (unsigned pid = 1; pid <= PIDS; pid++)
		make_hanging(pid);
	make_process(42);
	fixture_text(pid_path(42, "cmdline"), "fine");
	return h;
}

static void a_hung_worker_is_replaced_a_bounded_number_of_times(void **state)
{
	struct helpers *h = new_hanging();

	/* two workers and four replacements: the sixth that hangs is the last */
	for (unsigned pid = 1; pid <= 6; pid++) {
		uint64_t before = files_now_ns();

		if (pid < 6)
			hang_one(h, pid);
		else
			assert_true(helpers_want_cmd(h, pid, start_ns()));
		memset(&taken, 0, sizeof(taken));
		helpers_drain(h, before + 2000000000ULL, take, NULL);
		assert_int_equal(taken.alerts, 0); /* not yet 2 s old */
		wait_given_up(h, 1);
		assert_non_null(strstr(taken.alert.text, pid < 6 ? "HUNG" : "every look-up hangs"));
	}
	assert_true(helpers_want_cmd(h, 42, start_ns()));
	pause_ms(50);
	memset(&taken, 0, sizeof(taken));
	helpers_drain(h, files_now_ns() + 9000000000ULL, take, NULL);
	assert_int_equal(taken.nr, 0); /* each is said once, and nobody is left to answer */
	for (unsigned pid = 1; pid <= 6; pid++)
		open_gate(pid);
	helpers_free(h);
}

static void a_late_answer_is_dropped(void **state)
{
	struct helpers *h = new_hanging();

	hang_one(h, 1);
	wait_given_up(h, 1);
	open_gate(1);
	hang_one(h, 2); /* the pool goes on; process 1 does not turn up */
	assert_int_equal(taken.cmd.tgid, 42);
	pause_ms(50);
	memset(&taken, 0, sizeof(taken));
	helpers_drain(h, files_now_ns(), take, NULL);
	assert_int_equal(taken.nr, 0);
	open_gate(2);
	helpers_free(h);
}

static void ending_does_not_wait_for_a_hung_worker(void **state)
{
	struct helpers *h = new_hanging();
	uint64_t before;

	hang_one(h, 1);
	wait_given_up(h, 1);
	hang_one(h, 2); /* this one nobody knows to be hung yet */
	before = files_now_ns();
	helpers_free(h);
	assert_true(files_now_ns() - before < 1000000000ULL);
	open_gate(1);
	open_gate(2);
	pause_ms(50); /* they come back to memory that is still there, and free it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_line_comes_with_its_executable),
		cmocka_unit_test(a_kernel_thread_answers_with_nothing),
		cmocka_unit_test(a_long_command_line_is_cut),
		cmocka_unit_test(another_process_with_the_same_pid_is_not_answered_for),
		cmocka_unit_test(user_names),
		cmocka_unit_test(the_queue_is_bounded_and_nothing_in_it_is_lost),
		cmocka_unit_test(a_hung_worker_is_replaced_a_bounded_number_of_times),
		cmocka_unit_test(a_late_answer_is_dropped),
		cmocka_unit_test(ending_does_not_wait_for_a_hung_worker),
	};

	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
