/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check table: every kind at its size, one less and one more, and bad contents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
	struct exec_rec exec;
	struct stack_rec stack;
	struct cgroup_rec cgroup;
	struct irq_rec irq;
	struct latency_rec latency;
	struct disk_set_rec disk_set;
	struct disk_flight_rec disk_flight;
	struct disk_io_rec disk_io;
	struct disk_stage_rec disk_stage;
	struct fs_op_rec fs_op;
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
	{ PANE_CORE, CORE_DEMAND, "demand", sizeof(struct demand_rec) },
	{ PANE_CORE, CORE_KMSG, "kmsg", sizeof(struct kmsg_rec) },
	{ PANE_CORE, CORE_BLOCKED, "blocked", sizeof(struct blocked_rec) },
	{ PANE_CORE, CORE_STACK, "stack", offsetof(struct stack_rec, text) },
	{ PANE_CORE, CORE_CGROUP, "cgroup", offsetof(struct cgroup_rec, path) },
	{ PANE_CORE, CORE_CGSTAT, "cgstat", sizeof(struct cgstat_rec) },
	{ PANE_CPU, CPU_INTR, "irq", sizeof(struct irq_rec) },
	{ PANE_CPU, CPU_INTR_HIST, "irq-hist", sizeof(struct irq_hist_rec) },
	{ PANE_CPU, CPU_INTR_NAME, "irq-name", sizeof(struct irq_name_rec) },
	{ PANE_CPU, CPU_EXEMPLAR, "exemplar", sizeof(struct latency_rec) },
	{ PANE_CPU, CPU_SLOW, "slow", sizeof(struct latency_rec) },
	{ PANE_CPU, CPU_PAIR, "pair", sizeof(struct pair_rec) },
	{ PANE_CPU, CPU_CALL, "call", sizeof(struct call_rec) },
	{ PANE_CPU, CPU_CALL_ERR, "call-err", sizeof(struct call_err_rec) },
	{ PANE_CPU, CPU_FREQ, "cpu-freq", sizeof(struct cpu_freq_rec) },
	{ PANE_DISK, DISK_INFO, "disk-info", sizeof(struct disk_info_rec) },
	{ PANE_DISK, DISK_STAT, "disk-stat", sizeof(struct disk_stat_rec) },
	{ PANE_DISK, DISK_DEV, "disk-dev", sizeof(struct disk_dev_rec) },
	{ PANE_DISK, DISK_SET, "disk-set", sizeof(struct disk_set_rec) },
	{ PANE_DISK, DISK_PROC, "disk-proc", sizeof(struct disk_proc_rec) },
	{ PANE_DISK, DISK_FLIGHT, "disk-flight", sizeof(struct disk_flight_rec) },
	{ PANE_DISK, DISK_IO, "disk-io", sizeof(struct disk_io_rec) },
	{ PANE_DISK, DISK_STAGE, "disk-stage", sizeof(struct disk_stage_rec) },
	{ PANE_DISK, DISK_STAGE_SUM, "disk-stage-sum", sizeof(struct disk_stage_sum_rec) },
	{ PANE_FS, FS_FILE, "fs-file", sizeof(struct fs_file_rec) },
	{ PANE_FS, FS_OP, "fs-op", sizeof(struct fs_op_rec) },
	{ PANE_FS, FS_NAME, "fs-name", sizeof(struct fs_name_rec) },
	{ PANE_FS, FS_EVENT, "fs-event", sizeof(struct fs_event_rec) },
	{ PANE_FS, FS_EVENT2, "fs-event2", sizeof(struct fs_event2_rec) },
	{ PANE_FS, FS_PAGES, "fs-pages", sizeof(struct fs_pages_rec) },
	{ PANE_FS, FS_READAHEAD, "fs-readahead", sizeof(struct fs_readahead_rec) },
	{ PANE_FS, FS_DCACHE, "fs-dcache", sizeof(struct fs_dcache_rec) },
	{ PANE_FS, FS_STAT, "fs-stat", sizeof(struct fs_stat_rec) },
	{ PANE_FS, FS_MOUNT, "fs-mount", sizeof(struct fs_mount_rec) },
	{ PANE_FS, FS_USAGE, "fs-usage", sizeof(struct fs_usage_rec) },
	{ PANE_FS, FS_WAITER, "fs-waiter", sizeof(struct fs_waiter_rec) },
};

static union any *make(uint8_t pane, uint8_t kind, size_t size)
{
	static union any r;

	memset(&r, 0, sizeof(r));
	record_init(&r.h, 1, pane, kind, size);
	r.h.cpu = 0;
	if (pane == PANE_FS && kind == FS_OP) /* 0 is a read, which is never in it */
		r.fs_op.op = FS_OP_OPEN;
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

/* Both end in text of which only the bytes in use travel. */
static void stacks_and_paths_have_the_size_of_their_text(void **state)
{
	static const struct {
		uint8_t kind;
		uint32_t len;
		size_t text;
		int err;
	} rows[] = {
		{ CORE_STACK, 0, 0, 0 },
		{ CORE_STACK, 1, 8, 0 },
		{ CORE_STACK, 9, 16, 0 },
		{ CORE_STACK, STACK_BYTES, STACK_BYTES, 0 },
		{ CORE_STACK, 1, 0, -EBADMSG },
		{ CORE_STACK, 0, 8, -EBADMSG },
		{ CORE_STACK, 9, 8, -EBADMSG },
		{ CORE_STACK, STACK_BYTES + 1, STACK_BYTES, -EBADMSG },
		{ CORE_STACK, STACK_BYTES + 1, STACK_BYTES + 8, -EBADMSG },
		{ CORE_STACK, UINT32_MAX, 0, -EBADMSG },
		{ CORE_STACK, UINT32_MAX - 6, 0, -EBADMSG },
		{ CORE_CGROUP, 0, 0, 0 },
		{ CORE_CGROUP, 1, 8, 0 },
		{ CORE_CGROUP, CGROUP_PATH_BYTES, CGROUP_PATH_BYTES, 0 },
		{ CORE_CGROUP, 8, 16, -EBADMSG },
		{ CORE_CGROUP, 8, 7, -EBADMSG },
		{ CORE_CGROUP, CGROUP_PATH_BYTES + 1, CGROUP_PATH_BYTES + 8, -EBADMSG },
		{ CORE_CGROUP, UINT16_MAX, 0, -EBADMSG },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool stack = rows[i].kind == CORE_STACK;
		size_t head = stack ? offsetof(struct stack_rec, text)
				    : offsetof(struct cgroup_rec, path);
		union any *r = make(PANE_CORE, rows[i].kind, head + rows[i].text);

		if (stack)
			r->stack.len = rows[i].len;
		else
			r->cgroup.len = (uint16_t)rows[i].len;
		assert_int_equal(check(r), rows[i].err);
	}
}

static void arguments_fit_and_are_no_more_than_there_are(void **state)
{
	static const struct {
		uint16_t len, all;
		int err;
	} rows[] = {
		{ 0, 0, 0 },
		{ 0, 9, 0 },
		{ 9, 9, 0 },
		{ EXEC_ARGS_BYTES, EXEC_ARGS_BYTES, 0 },
		{ EXEC_ARGS_BYTES, UINT16_MAX, 0 },
		{ 1, 0, -EBADMSG },
		{ EXEC_ARGS_BYTES + 1, UINT16_MAX, -EBADMSG },
		{ UINT16_MAX, UINT16_MAX, -EBADMSG },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		union any *r = make(PANE_CORE, CORE_EXEC, sizeof(struct exec_rec));

		r->exec.args_len = rows[i].len;
		r->exec.args_all = rows[i].all;
		assert_int_equal(check(r), rows[i].err);
	}
}

/* Hard and architectural interrupts have any number; soft ones are vectors. */
static void interrupts_are_of_a_known_type_and_vector(void **state)
{
	static const struct {
		uint8_t type;
		uint32_t irq;
		int err;
	} rows[] = {
		{ IRQ_HARD, 0, 0 },
		{ IRQ_HARD, UINT32_MAX, 0 },
		{ IRQ_ARCH, UINT32_MAX, 0 },
		{ IRQ_SOFT, 0, 0 },
		{ IRQ_SOFT, SOFTIRQS - 1, 0 },
		{ IRQ_SOFT, SOFTIRQS, -EBADMSG },
		{ IRQ_SOFT, UINT32_MAX, -EBADMSG },
		{ IRQ_TYPE_NR, 0, -EBADMSG },
		{ 255, 0, -EBADMSG },
	};
	static const struct {
		uint8_t kind;
		size_t size;
	} shapes[] = {
		{ CPU_INTR, sizeof(struct irq_rec) },
		{ CPU_INTR_HIST, sizeof(struct irq_hist_rec) },
		{ CPU_INTR_NAME, sizeof(struct irq_name_rec) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t k = 0; k < sizeof(shapes) / sizeof(shapes[0]); k++) {
			union any *r = make(PANE_CPU, shapes[k].kind, shapes[k].size);

			r->irq.type = rows[i].type;
			r->irq.irq = rows[i].irq;
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
	REFUSED(PANE_CORE, CORE_KMSG, kmsg_rec, level, 8);
	REFUSED(PANE_CPU, CPU_INTR, irq_rec, h.cpu, EV_CPU_ANY);
	REFUSED(PANE_CPU, CPU_PAIR, pair_rec, kind, PAIR_KIND_NR);
	REFUSED(PANE_CPU, CPU_FREQ, cpu_freq_rec, h.cpu, EV_CPU_ANY);
	REFUSED(PANE_DISK, DISK_INFO, disk_info_rec, type, DISK_T_NR);
	REFUSED(PANE_DISK, DISK_INFO, disk_info_rec, slaves_nr, DISK_SLAVES + 1);
	REFUSED(PANE_DISK, DISK_PROC, disk_proc_rec, op, DISK_OP_NR);
	REFUSED(PANE_DISK, DISK_STAGE, disk_stage_rec, stage, STAGE_NR);
	REFUSED(PANE_DISK, DISK_STAGE, disk_stage_rec, h.cpu, EV_CPU_ANY);
	REFUSED(PANE_DISK, DISK_STAGE_SUM, disk_stage_sum_rec, h.cpu, EV_CPU_ANY);
	REFUSED(PANE_DISK, DISK_IO, disk_io_rec, h.cpu, EV_CPU_ANY);
	REFUSED(PANE_FS, FS_FILE, fs_file_rec, type, FS_T_NR);
	REFUSED(PANE_FS, FS_OP, fs_op_rec, op, FS_OP_NR);
	REFUSED(PANE_FS, FS_OP, fs_op_rec, op, FS_OP_WRITE);
	REFUSED(PANE_FS, FS_NAME, fs_name_rec, type, FS_T_NR);
	REFUSED(PANE_FS, FS_NAME, fs_name_rec, h.cpu, EV_CPU_ANY);
	REFUSED(PANE_FS, FS_EVENT, fs_event_rec, event, FS_EV_NR);
	REFUSED(PANE_FS, FS_EVENT, fs_event_rec, op, FS_OP_NR);
	REFUSED(PANE_FS, FS_EVENT, fs_event_rec, type, FS_T_NR);
	REFUSED(PANE_FS, FS_EVENT, fs_event_rec, h.cpu, EV_CPU_ANY);
	REFUSED(PANE_FS, FS_EVENT2, fs_event2_rec, e.event, FS_EV_NR);
	REFUSED(PANE_FS, FS_EVENT2, fs_event2_rec, e.h.cpu, EV_CPU_ANY);
	REFUSED(PANE_FS, FS_USAGE, fs_usage_rec, state, FS_USAGE_STATE_NR);
	for (uint8_t kind = CPU_EXEMPLAR; kind <= CPU_SLOW; kind++) {
		REFUSED(PANE_CPU, kind, latency_rec, h.cpu, EV_CPU_ANY);
		REFUSED(PANE_CPU, kind, latency_rec, which, HIST_WHICH_NR);
		REFUSED(PANE_CPU, kind, latency_rec, slot, HIST_SLOTS);
		REFUSED(PANE_CPU, kind, latency_rec, wclass, WAIT_NR);
	}
}

/* Operation and flags of a request, wherever they stand. */
static void sets_of_requests_are_known_ones(void **state)
{
	static const struct {
		uint16_t set;
		int err;
	} rows[] = {
		{ DISK_READ, 0 },
		{ DISK_WRITE | DISK_SET_SYNC | DISK_SET_FUA | DISK_SET_PREFLUSH, 0 },
		{ DISK_OTHER, 0 },
		{ (DISK_SET_ALL & ~DISK_SET_OP) | DISK_OTHER, 0 },
		{ DISK_OP_NR, -EBADMSG },
		{ DISK_SET_OP, -EBADMSG },
		{ DISK_SET_ALL + 1, -EBADMSG },
		{ UINT16_MAX, -EBADMSG },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		union any *r = make(PANE_DISK, DISK_SET, sizeof(struct disk_set_rec));

		r->disk_set.set = rows[i].set;
		assert_int_equal(check(r), rows[i].err);
		r = make(PANE_DISK, DISK_FLIGHT, sizeof(struct disk_flight_rec));
		r->disk_flight.set = rows[i].set;
		assert_int_equal(check(r), rows[i].err);
		r = make(PANE_DISK, DISK_IO, sizeof(struct disk_io_rec));
		r->disk_io.set = rows[i].set;
		assert_int_equal(check(r), rows[i].err);
		r = make(PANE_DISK, DISK_STAGE, sizeof(struct disk_stage_rec));
		r->disk_stage.set = rows[i].set;
		assert_int_equal(check(r), rows[i].err);
	}
	REFUSED(PANE_DISK, DISK_SET, disk_set_rec, set, 1U << 16);
}

#define UNENDED(kind, type, member) UNENDED_IN(PANE_CORE, kind, type, member)
#define UNENDED_IN(pane, kind, type, member)                                                       \
	do {                                                                                       \
		union any *r = make(pane, kind, sizeof(struct type));                              \
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
	UNENDED(CORE_KMSG, kmsg_rec, text);
	UNENDED(CORE_BLOCKED, blocked_rec, wchan);
	UNENDED(CORE_BLOCKED, blocked_rec, path);
	UNENDED(CORE_BLOCKED, blocked_rec, mount);
	UNENDED(CORE_BLOCKED, blocked_rec, device);
	UNENDED(CORE_BLOCKED, blocked_rec, fstype);
	UNENDED_IN(PANE_CPU, CPU_INTR_NAME, irq_name_rec, name);
	UNENDED_IN(PANE_CPU, CPU_INTR_NAME, irq_name_rec, label);
	UNENDED_IN(PANE_DISK, DISK_INFO, disk_info_rec, name);
	UNENDED_IN(PANE_DISK, DISK_INFO, disk_info_rec, scheduler);
	UNENDED_IN(PANE_DISK, DISK_INFO, disk_info_rec, label);
	UNENDED_IN(PANE_FS, FS_MOUNT, fs_mount_rec, fstype);
	UNENDED_IN(PANE_FS, FS_MOUNT, fs_mount_rec, root);
	UNENDED_IN(PANE_FS, FS_MOUNT, fs_mount_rec, point);
	UNENDED_IN(PANE_FS, FS_MOUNT, fs_mount_rec, source);
	UNENDED_IN(PANE_FS, FS_MOUNT, fs_mount_rec, options);
	UNENDED_IN(PANE_FS, FS_WAITER, fs_waiter_rec, path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_taken_at_its_size_alone),
		cmocka_unit_test(all_other_kinds_are_unknown),
		cmocka_unit_test(less_than_a_header_asks_for_more),
		cmocka_unit_test(slots_stay_inside_the_histogram),
		cmocka_unit_test(a_command_line_has_the_size_of_its_text),
		cmocka_unit_test(stacks_and_paths_have_the_size_of_their_text),
		cmocka_unit_test(arguments_fit_and_are_no_more_than_there_are),
		cmocka_unit_test(interrupts_are_of_a_known_type_and_vector),
		cmocka_unit_test(indexes_out_of_range_are_refused),
		cmocka_unit_test(sets_of_requests_are_known_ones),
		cmocka_unit_test(strings_without_an_end_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
