/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check table: every kind at its size, one less and one more, and bad contents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "record.h"

union any {
	struct ev_hdr h;
	struct task_rec task;
	struct hist_rec hist;
	struct cmd_rec cmd;
	struct host_rec host;
	struct user_rec user;
	struct loss_rec loss;
	struct probe_rec probe;
	struct alert_rec alert;
	struct cpu_hist_rec cpu_hist;
	char bytes[EV_SIZE_MAX];
};

static const struct {
	uint8_t pane, kind;
	const char *name;
	size_t size;
} kinds[] = {
	{ PANE_CORE, CORE_TASK, "task", sizeof(struct task_rec) },
	{ PANE_CORE, CORE_PROC, "proc", sizeof(struct proc_rec) },
	{ PANE_CORE, CORE_WAIT, "wait", sizeof(struct wait_rec) },
	{ PANE_CORE, CORE_HIST, "hist", sizeof(struct hist_rec) },
	{ PANE_CORE, CORE_EXIT, "exit", sizeof(struct task_rec) },
	{ PANE_CORE, CORE_EXEC, "exec", sizeof(struct exec_rec) },
	{ PANE_CORE, CORE_FLOOD, "flood", sizeof(struct ev_hdr) },
	{ PANE_CORE, CORE_TICK, "tick", sizeof(struct tick_rec) },
	{ PANE_CORE, CORE_HOST, "host", sizeof(struct host_rec) },
	{ PANE_CORE, CORE_USER, "user", sizeof(struct user_rec) },
	{ PANE_CORE, CORE_PSI, "psi", sizeof(struct psi_rec) },
	{ PANE_CORE, CORE_MEM, "mem", sizeof(struct mem_rec) },
	{ PANE_CORE, CORE_LOAD, "load", sizeof(struct load_rec) },
	{ PANE_CORE, CORE_SELF, "self", sizeof(struct self_rec) },
	{ PANE_CORE, CORE_LOSS, "loss", sizeof(struct loss_rec) },
	{ PANE_CORE, CORE_PROBE, "probe", sizeof(struct probe_rec) },
	{ PANE_CORE, CORE_ALERT, "alert", sizeof(struct alert_rec) },
	{ PANE_CORE, CORE_CMD, "cmd", offsetof(struct cmd_rec, text) },
	{ PANE_CPU, CPU_STAT, "cpu-stat", sizeof(struct cpu_stat_rec) },
	{ PANE_CPU, CPU_SCHED, "cpu-sched", sizeof(struct cpu_sched_rec) },
	{ PANE_CPU, CPU_HIST, "cpu-hist", sizeof(struct cpu_hist_rec) },
};

static union any *make(uint8_t pane, uint8_t kind, size_t size)
{
	static union any r;

	memset(&r, 0, sizeof(r));
	record_init(&r.h, 1, pane, kind, size);
	r.h.cpu = 0;
	return &r;
}

static int check(const union any *r)
{
	return record_check(&r->h, sizeof(*r));
}

static void each_kind_is_taken_at_its_size_alone(void **state)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		union any *r = make(kinds[i].pane, kinds[i].kind, kinds[i].size);

		assert_string_equal(record_name(&r->h), kinds[i].name);
		assert_int_equal(check(r), 0);
		assert_int_equal(record_check(&r->h, kinds[i].size), 0);
		assert_int_equal(record_check(&r->h, kinds[i].size - 1),
				 kinds[i].size == sizeof(struct ev_hdr) ? -EAGAIN : -EBADMSG);
		r->h.size = (uint16_t)(kinds[i].size - 1);
		assert_int_equal(check(r), -EBADMSG);
		r->h.size = (uint16_t)(kinds[i].size + 1);
		assert_int_equal(check(r), -EBADMSG);
		r->h.size = 0;
		assert_int_equal(check(r), -EBADMSG);
		r->h.size = UINT16_MAX;
		assert_int_equal(check(r), -EBADMSG);
	}
}

static void all_other_kinds_are_unknown(void **state)
{
	int known = 0;

	for (int pane = 0; pane < 256; pane++)
		for (int kind = 0; kind < 256; kind++) {
			union any *r = make((uint8_t)pane, (uint8_t)kind, sizeof(struct ev_hdr));

			if (strcmp(record_name(&r->h), "unknown"))
				known++;
			else
				assert_int_equal(check(r), -EBADMSG);
		}
	assert_int_equal(known, sizeof(kinds) / sizeof(kinds[0]));
}

static void less_than_a_header_asks_for_more(void **state)
{
	union any *r = make(PANE_CORE, CORE_FLOOD, sizeof(struct ev_hdr));

	for (size_t avail = 0; avail < sizeof(struct ev_hdr); avail++)
		assert_int_equal(record_check(&r->h, avail), -EAGAIN);
}

static void slots_stay_inside_the_histogram(void **state)
{
	static const struct {
		uint8_t which, first, nr;
		int err;
	} rows[] = {
		{ HIST_RUNQ, 0, HIST_REC_SLOTS, 0 },
		{ HIST_ONCPU, 12, 28, 0 },
		{ HIST_RUNQ, 39, 1, 0 },
		{ HIST_RUNQ, 40, 0, 0 },
		{ HIST_RUNQ, 0, HIST_REC_SLOTS + 1, -EBADMSG },
		{ HIST_RUNQ, 13, 28, -EBADMSG },
		{ HIST_RUNQ, 40, 1, -EBADMSG },
		{ HIST_RUNQ, 255, 1, -EBADMSG },
		{ HIST_WHICH_NR, 0, 1, -EBADMSG },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		union any *r = make(PANE_CORE, CORE_HIST, sizeof(struct hist_rec));

		r->hist.which = rows[i].which;
		r->hist.first = rows[i].first;
		r->hist.nr = rows[i].nr;
		assert_int_equal(check(r), rows[i].err);
	}
}

static void a_command_line_has_the_size_of_its_text(void **state)
{
	static const struct {
		uint16_t args, exe;
		size_t text;
		int err;
	} rows[] = {
		{ 0, 0, 0, 0 },
		{ 1, 0, 8, 0 },
		{ 5, 3, 8, 0 },
		{ 5, 4, 16, 0 },
		{ CMD_BYTES, 256, CMD_BYTES + 256, 0 },
		{ 1, 0, 0, -EBADMSG },
		{ 0, 0, 8, -EBADMSG },
		{ 5, 4, 8, -EBADMSG },
		{ 1, 0, 7, -EBADMSG },
		{ CMD_BYTES + 1, 0, CMD_BYTES + 8, -EBADMSG },
		{ CMD_BYTES, 257, CMD_BYTES + 256, -EBADMSG },
		{ 65535, 65535, 8, -EBADMSG },
		{ 65535, 1, 0, -EBADMSG },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		union any *r =
			make(PANE_CORE, CORE_CMD, offsetof(struct cmd_rec, text) + rows[i].text);

		r->cmd.args_len = rows[i].args;
		r->cmd.exe_len = rows[i].exe;
		assert_int_equal(check(r), rows[i].err);
	}
}

#define REFUSED(pane, kind, type, member, value)                                                   \
	do {                                                                                       \
		union any *r = make(pane, kind, sizeof(struct type));                              \
		struct type *rec = (void *)r;                                                      \
		assert_int_equal(check(r), 0);                                                     \
		rec->member = (value);                                                             \
		assert_int_equal(check(r), -EBADMSG);                                              \
	} while (0)

static void indexes_out_of_range_are_refused(void **state)
{
	REFUSED(PANE_CORE, CORE_TASK, task_rec, wclass, WAIT_NR);
	REFUSED(PANE_CORE, CORE_EXIT, task_rec, wclass, 255);
	REFUSED(PANE_CORE, CORE_LOSS, loss_rec, pane, PANE_NR);
	REFUSED(PANE_CORE, CORE_LOSS, loss_rec, h.cpu, EV_CPU_ANY);
	REFUSED(PANE_CORE, CORE_PROBE, probe_rec, pane, PANE_NR);
	REFUSED(PANE_CORE, CORE_PROBE, probe_rec, state, PROBE_STATE_NR);
	REFUSED(PANE_CORE, CORE_PROBE, probe_rec, rung, RUNG_NR);
	REFUSED(PANE_CORE, CORE_ALERT, alert_rec, level, 3);
	REFUSED(PANE_CPU, CPU_STAT, cpu_stat_rec, h.cpu, EV_CPU_ANY);
	REFUSED(PANE_CPU, CPU_SCHED, cpu_sched_rec, h.cpu, EV_CPU_ANY);
	REFUSED(PANE_CPU, CPU_HIST, cpu_hist_rec, which, HIST_WHICH_NR);
}

#define UNENDED(kind, type, member)                                                                \
	do {                                                                                       \
		union any *r = make(PANE_CORE, kind, sizeof(struct type));                         \
		struct type *rec = (void *)r;                                                      \
		memset(rec->member, 'x', sizeof(rec->member) - 1);                                 \
		assert_int_equal(check(r), 0);                                                     \
		rec->member[sizeof(rec->member) - 1] = 'x';                                        \
		assert_int_equal(check(r), -EBADMSG);                                              \
	} while (0)

static void strings_without_an_end_are_refused(void **state)
{
	UNENDED(CORE_HOST, host_rec, host);
	UNENDED(CORE_HOST, host_rec, release);
	UNENDED(CORE_HOST, host_rec, machine);
	UNENDED(CORE_USER, user_rec, name);
	UNENDED(CORE_PROBE, probe_rec, name);
	UNENDED(CORE_PROBE, probe_rec, hook);
	UNENDED(CORE_PROBE, probe_rec, figures);
	UNENDED(CORE_PROBE, probe_rec, reason);
	UNENDED(CORE_ALERT, alert_rec, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_taken_at_its_size_alone),
		cmocka_unit_test(all_other_kinds_are_unknown),
		cmocka_unit_test(less_than_a_header_asks_for_more),
		cmocka_unit_test(slots_stay_inside_the_histogram),
		cmocka_unit_test(a_command_line_has_the_size_of_its_text),
		cmocka_unit_test(indexes_out_of_range_are_refused),
		cmocka_unit_test(strings_without_an_end_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
