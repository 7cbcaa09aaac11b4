/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's log: how its lines are read, and that each is told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "files.h"
#include "kmsg.h"
#include "record.h"

static const struct {
	const char *line;
	bool ok;
	uint32_t level, flags, pid;
	const char *text;
} lines[] = {
	{ "4,812,5140900,-;a warning\n", true, 4, 0, 0, "a warning" },
	{ "11,813,5140901,-;of another facility\n", true, 3, 0, 0, "of another facility" },
	{ "6,814,5140902,-,caller=T1;with more in the head\n", true, 6, 0, 0, "with more in the head" },
	{ "3,815,5140903,c;disk error\n SUBSYSTEM=block\n DEVICE=b8:0\n", true, 3, 0, 0, "disk error" },
	{ "3,1,2,-;\\x1b[31m back\\x5cslash \\xc3\\xa9 tail\\x0anext\n", true, 3, 0, 0, "\033[31m back\\slash \303\251 tail\nnext" },
	{ "3,1,2,-;\\x00 \\xzz \\x5 \\", true, 3, 0, 0, "\\x00 \\xzz \\x5 \\" },
	{ "3,1,2,-;", true, 3, 0, 0, "" },
	{ "3,1,2,-;Out of memory: Killed process 812 (my (prog)) total-vm:12kB", true, 3, KMSG_F_OOM, 812,
	  "Out of memory: Killed process 812 (my (prog)) total-vm:12kB" },
	{ "3,1,2,-;Memory cgroup out of memory: Killed process 9 (x) total-vm:1kB", true, 3, KMSG_F_OOM, 9,
	  "Memory cgroup out of memory: Killed process 9 (x) total-vm:1kB" },
	{ "6,1,2,-;oom-kill:constraint=CONSTRAINT_MEMCG,task=x,pid=9", true, 6, 0, 0, /* the same kill, once more */
	  "oom-kill:constraint=CONSTRAINT_MEMCG,task=x,pid=9" },
	{ "4,1,2,-;user says: Killed process 3 (x)", true, 4, 0, 0, "user says: Killed process 3 (x)" },
	{ "no head\n", false, 0, 0, 0, NULL },
	{ "4,notanumber,1,-;x\n", false, 0, 0, 0, NULL },
	{ ";\n", false, 0, 0, 0, NULL },
	{ "", false, 0, 0, 0, NULL },
};

static void lines_are_read_as_the_kernel_writes_them(void **state)
{
	struct kmsg_rec r;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		assert_int_equal(kmsg_parse(lines[i].line, strlen(lines[i].line), &r), lines[i].ok);
		if (!lines[i].ok)
			continue;
		assert_string_equal(r.text, lines[i].text);
		assert_int_equal(r.level, lines[i].level);
		assert_int_equal(r.flags, lines[i].flags);
		assert_int_equal(r.pid, lines[i].pid);
	}
}

static void a_line_that_is_too_long_says_so(void **state)
{
	char line[1024] = "4,1,2,-;";
	struct kmsg_rec r;

	for (size_t len = 250; len < 262; len++) {
		memset(line + 8, 'x', len);
		assert_true(kmsg_parse(line, 8 + len, &r));
		assert_int_equal(strlen(r.text), len < 255 ? len : 255);
		assert_int_equal(r.flags, len > 255 ? KMSG_F_CUT : 0);
	}
}

/* A log whose lines come out of a socket: one each read, and none when there is none. */
struct log {
	int ends[2];
	struct kmsg *k;
	struct kmsg_rec got[512];
	int nr;
};

static void take(void *ctx, const struct ev_hdr *ev)
{
	struct log *l = ctx;

	assert_int_equal(record_check(ev, ev->size), 0);
	assert_int_equal(ev->kind, CORE_KMSG);
	assert_true(l->nr < 512);
	memcpy(&l->got[l->nr++], ev, ev->size);
}

static void say(struct log *l, unsigned level, unsigned long seq, uint64_t us, const char *text)
{
	char line[400];
	int len = snprintf(line, sizeof(line), "%u,%lu,%lu,-;%s\n", level, seq, us, text);

	assert_int_equal(send(l->ends[0], line, (size_t)len, 0), len);
}

static int kernel_open(void **state)
{
	static struct log l;

	l = (struct log){ 0 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, l.ends) || kmsg_new_fd(l.ends[1], &l.k))
		return -1;
	*state = &l;
	return 0;
}

static int kernel_close(void **state)
{
	struct log *l = *state;

	kmsg_free(l->k);
	return close(l->ends[0]);
}

static void only_warnings_and_worse_are_told_each_once(void **state)
{
	struct log *l = *state;
	uint64_t now_ns = files_now_ns();

	say(l, 6, 10, now_ns / 1000, "info");
	say(l, 4, 11, now_ns / 1000, "warning");
	say(l, 5, 12, now_ns / 1000, "notice");
	say(l, 0, 13, now_ns / 1000, "panic");
	kmsg_tick(l->k, now_ns + 1000000000, true, take, l);
	assert_int_equal(l->nr, 2);
	assert_string_equal(l->got[0].text, "warning");
	assert_string_equal(l->got[1].text, "panic");
	assert_int_equal(l->got[1].seq, 13);
	assert_int_equal(l->got[1].lost, 0);
	kmsg_tick(l->k, now_ns + 2000000000, true, take, l);
	assert_int_equal(l->nr, 2);
}

static void overwritten_lines_are_counted_by_their_numbers(void **state)
{
	struct log *l = *state;
	uint64_t now_ns = files_now_ns();

	say(l, 4, 100, now_ns / 1000, "first"); /* what was before it is not ours */
	say(l, 4, 108, now_ns / 1000, "second");
	say(l, 6, 111, now_ns / 1000, "not told, but its loss is");
	say(l, 4, 112, now_ns / 1000, "third");
	kmsg_tick(l->k, now_ns + 1, true, take, l);
	assert_int_equal(l->nr, 3);
	assert_int_equal(l->got[0].lost, 0);
	assert_int_equal(l->got[1].lost, 7);
	assert_int_equal(l->got[2].lost, 2);
}

static void the_time_of_a_line_is_between_two_looks(void **state)
{
	struct log *l = *state;
	uint64_t then_ns = files_now_ns() + 1000000000, now_ns = then_ns + 1000000000;

	kmsg_tick(l->k, then_ns, false, take, l);
	say(l, 4, 1, 5, "the log's clock is far behind");
	say(l, 4, 2, then_ns / 1000 + 300, "or right");
	say(l, 4, 3, now_ns / 1000 * 2, "or far ahead");
	kmsg_tick(l->k, now_ns, false, take, l);
	assert_int_equal(l->nr, 3);
	assert_int_equal(l->got[0].h.ts_ns, then_ns);
	assert_int_equal(l->got[1].h.ts_ns, (then_ns / 1000 + 300) * 1000);
	assert_int_equal(l->got[2].h.ts_ns, now_ns);
}

static void a_flood_is_taken_in_portions(void **state)
{
	struct log *l = *state;
	uint64_t now_ns = files_now_ns();
	int sent;

	for (sent = 0; sent < 300; sent++) {
		char line[64];
		int len = snprintf(line, sizeof(line), "4,%d,%lu,-;again\n", sent + 1, now_ns / 1000);

		if (send(l->ends[0], line, (size_t)len, MSG_DONTWAIT) < 0)
			break;
	}
	kmsg_tick(l->k, now_ns + 1, false, take, l);
	assert_int_equal(l->nr, sent < 256 ? sent : 256);
	kmsg_tick(l->k, now_ns + 2, false, take, l);
	assert_int_equal(l->nr, sent);
	for (int i = 0; i < l->nr; i++)
		assert_int_equal(l->got[i].seq, i + 1);
}

#define WITH_LOG(name) cmocka_unit_test_setup_teardown(name, kernel_open, kernel_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_as_the_kernel_writes_them),
		cmocka_unit_test(a_line_that_is_too_long_says_so),
		WITH_LOG(only_warnings_and_worse_are_told_each_once),
		WITH_LOG(overwritten_lines_are_counted_by_their_numbers),
		WITH_LOG(the_time_of_a_line_is_between_two_looks),
		WITH_LOG(a_flood_is_taken_in_portions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
