/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls: from records to rows by name, by process, and of each with the other. */
#include "snap_calls.h"
#include "world_fixture.h"

#define NR_READ	  0
#define NR_WRITE  1
#define NR_OPENAT 257
#define NR_FUTEX  202

struct call {
	uint32_t tgid;
	uint16_t nr, flags;
	uint64_t count, ns, errors;
};

static uint64_t start_of(uint32_t tgid)
{
	return tgid ? SEC + tgid : 0; /* as task() has it */
}

/* All of one length: slot 4 of the histogram is 1,024 to 2,048 ns. */
static void put_call(struct fixture *f, struct call c)
{
	struct call_rec r = { .tgid = c.tgid,
			      .nr = c.nr,
			      .flags = c.flags,
			      .start_ns = start_of(c.tgid),
			      .count = c.count,
			      .ns = c.ns,
			      .errors = c.errors,
			      .max_ns = 2000 };

	r.slots[4] = (uint32_t)c.count;
	record_init(&r.h, T0, PANE_CPU, CPU_CALL, sizeof(r));
	put(f, &r);
}

static void put_err(struct fixture *f, uint32_t tgid, uint16_t nr, uint32_t error, uint64_t count)
{
	struct call_err_rec r = { .tgid = tgid, .nr = nr, .start_ns = start_of(tgid), .error = error, .count = count };

	record_init(&r.h, T0, PANE_CPU, CPU_CALL_ERR, sizeof(r));
	put(f, &r);
}

static void put_demand(struct fixture *f, uint32_t on)
{
	struct demand_rec r = { .on = on };

	record_init(&r.h, T0, PANE_CORE, CORE_DEMAND, sizeof(r));
	put(f, &r);
}

static void put_machine(struct fixture *f, const char *machine)
{
	struct host_rec r = { .cpus_online = 2, .cpus_possible = 2, .page_bytes = 4096, .flags = HOST_F_BPF, .host = "h" };

	strcpy(r.machine, machine);
	record_init(&r.h, T0, PANE_CORE, CORE_HOST, sizeof(r));
	put(f, &r);
}

static void put_task(struct fixture *f, uint32_t pid, const char *comm)
{
	struct task_rec r = task(pid, pid, T0);

	strcpy(r.comm, comm);
	put(f, &r);
}

static void publish_as(struct fixture *f, enum window window)
{
	world_publish(f->w, window, &f->snap);
}

/* A tick with the demand that the interval had, and the picture after it. */
static void asked_tick(struct fixture *f, uint64_t ts_ns)
{
	put_demand(f, DEMAND_CALLS);
	tick_and_publish(f, ts_ns);
}

static const struct call_row *find(const struct call_row *rows, int nr, int64_t pid, const char *name)
{
	for (int i = 0; i < nr; i++)
		if (rows[i].pid == pid && !strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static const struct call_row *by_name(const struct fixture *f, const char *name)
{
	const struct calls_snap *c = f->snap.calls;

	return find(c->names, c->names_nr, FIG_UNKNOWN, name);
}

static const struct call_row *by_process(const struct fixture *f, int64_t pid)
{
	const struct calls_snap *c = f->snap.calls;

	return find(c->procs, c->procs_nr, pid, "");
}

static const struct call_row *pair(const struct fixture *f, int64_t pid, const char *name)
{
	const struct calls_snap *c = f->snap.calls;

	return find(c->pairs, c->pairs_nr, pid, name);
}

static const struct call_row *dead(const struct fixture *f, const char *comm)
{
	const struct calls_snap *c = f->snap.calls;

	for (int i = 0; i < c->procs_nr; i++)
		if (c->procs[i].pid == FIG_UNKNOWN && c->procs[i].dead && !strcmp(c->procs[i].comm, comm))
			return &c->procs[i];
	return NULL;
}

static int setup(void **state)
{
	int ret = fixture_setup(state);

	if (!ret)
		put_machine(*state, "x86_64");
	return ret;
}

/* Asked for from the first tick on, two processes. */
static void begin(struct fixture *f)
{
	put_task(f, 10, "web");
	put_task(f, 20, "cron");
	asked_tick(f, T0);
}

static void nothing_is_known_before_it_is_asked_for(void **state)
{
	struct fixture *f = *state;

	tick_and_publish(f, T0);
	assert_int_equal(f->snap.calls->state, CALLS_OFF);
	assert_int_equal(f->snap.calls->status.state, FIG_NA);
	assert_non_null(strstr(f->snap.calls->status.reason, "asked for"));
	put_call(f, (struct call){ 10, NR_READ, 0, 5, 5000, 0 });
	asked_tick(f, T0 + SEC);
	assert_int_equal(f->snap.calls->state, CALLS_BEGUN);
	assert_int_equal(f->snap.calls->names_nr, 0);
	/* what came in the part of an interval is left out of the first whole one */
	put_call(f, (struct call){ 10, NR_READ, 0, 8, 9000, 0 });
	asked_tick(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.calls->state, CALLS_ON);
	assert_int_equal(f->snap.calls->status.state, FIG_EXACT);
	assert_int_equal(by_name(f, "read")->count, 3);
	assert_int_equal(by_name(f, "read")->ns, 4000);
}

static void without_bpf_there_are_none(void **state)
{
	struct fixture *f = *state;

	put_host(f, 0);
	asked_tick(f, T0);
	assert_int_equal(f->snap.calls->status.state, FIG_NA);
	assert_non_null(strstr(f->snap.calls->status.reason, "BPF"));
}

static void sums_by_name_and_by_process(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_call(f, (struct call){ 10, NR_READ, 0, 100, 150000, 0 });
	put_call(f, (struct call){ 20, NR_READ, 0, 50, 75000, 10 });
	put_call(f, (struct call){ 10, NR_FUTEX, 0, 4, 4000000, 0 });
	asked_tick(f, T0 + SEC);
	assert_int_equal(f->snap.calls->names_nr, 2);
	assert_int_equal(f->snap.calls->procs_nr, 2);
	assert_int_equal(f->snap.calls->pairs_nr, 3);
	assert_int_equal(by_name(f, "read")->count, 150);
	assert_int_equal(by_name(f, "read")->ns, 225000);
	assert_int_equal(by_name(f, "read")->errors, 10);
	assert_int_equal(by_name(f, "read")->processes, 2);
	assert_int_equal(by_name(f, "read")->avg_ns, 1500);
	assert_int_equal(by_name(f, "read")->max_ns, 2000);
	assert_in_range(by_name(f, "read")->p99_ns, 1024, 2000);
	assert_int_equal(by_process(f, 10)->count, 104);
	assert_int_equal(by_process(f, 10)->calls, 2);
	assert_string_equal(by_process(f, 10)->comm, "web");
	assert_int_equal(pair(f, 20, "read")->count, 50);
	assert_string_equal(pair(f, 20, "read")->comm, "cron");
}

static void calls_that_only_wait_are_no_work(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_call(f, (struct call){ 10, NR_READ, 0, 1, 1500, 0 });
	put_call(f, (struct call){ 10, NR_FUTEX, 0, 1, 900000000, 0 });
	asked_tick(f, T0 + SEC);
	assert_int_equal(by_name(f, "futex")->waits, 'w');
	assert_int_equal(by_name(f, "futex")->work_ns, FIG_UNKNOWN);
	assert_int_equal(by_name(f, "read")->waits, 0);
	assert_int_equal(by_name(f, "read")->work_ns, 1500);
	assert_int_equal(by_process(f, 10)->work_ns, 1500);
	assert_int_equal(by_process(f, 10)->ns, 900001500);
	assert_string_equal(f->snap.calls->names[0].name, "read");
	assert_string_equal(f->snap.calls->pairs[1].name, "futex");
}

static void the_commonest_errno(void **state)
{
	struct fixture *f = *state;
	const struct call_row *row;

	begin(f);
	put_call(f, (struct call){ 10, NR_OPENAT, 0, 100, 1000, 60 });
	put_call(f, (struct call){ 20, NR_OPENAT, 0, 100, 1000, 40 });
	put_err(f, 10, NR_OPENAT, 2, 35);
	put_err(f, 10, NR_OPENAT, 13, 25);
	put_err(f, 20, NR_OPENAT, 13, 40);
	asked_tick(f, T0 + SEC);
	row = by_name(f, "openat");
	assert_int_equal(row->errs_nr, 2);
	assert_int_equal(row->errs[0].error, 13);
	assert_int_equal(row->errs[0].count, 65);
	assert_int_equal(row->errs[1].count, 35);
	assert_int_equal(by_process(f, 10)->errs[0].error, 2);
	assert_int_equal(pair(f, 20, "openat")->errs[0].count, 40);
	/* of each interval its own */
	put_call(f, (struct call){ 10, NR_OPENAT, 0, 103, 1030, 61 });
	put_err(f, 10, NR_OPENAT, 2, 36);
	asked_tick(f, T0 + 2 * SEC);
	row = by_name(f, "openat");
	assert_int_equal(row->errors, 1);
	assert_int_equal(row->errs_nr, 1);
	assert_int_equal(row->errs[0].error, 2);
	assert_int_equal(row->errs[0].count, 1);
}

static void many_errnos_keep_the_commonest(void **state)
{
	struct fixture *f = *state;
	const struct call_row *row;

	begin(f);
	put_call(f, (struct call){ 10, NR_OPENAT, 0, 1000, 1000, 900 });
	for (uint32_t e = 1; e <= 30; e++)
		put_err(f, 10, NR_OPENAT, e, e == 17 ? 500 : e);
	asked_tick(f, T0 + SEC);
	row = by_name(f, "openat");
	assert_int_equal(row->errs_nr, CALL_ERRS_SHOWN);
	assert_int_equal(row->errs[0].error, 17);
	assert_int_equal(row->errs[1].error, 30);
	for (int i = 1; i < row->errs_nr; i++)
		assert_true(row->errs[i - 1].count >= row->errs[i].count);
}

static void the_kinds_of_numbers_have_names_of_their_own(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_call(f, (struct call){ 10, 20, 0, 1, 100, 0 });
	put_call(f, (struct call){ 10, 20, CALL_F_COMPAT, 2, 100, 0 });
	put_call(f, (struct call){ 10, 39, CALL_F_X32, 3, 100, 0 });
	put_call(f, (struct call){ 10, 1000, 0, 4, 100, 0 });
	put_call(f, (struct call){ 10, 60000, 0, 5, 100, 0 });
	asked_tick(f, T0 + SEC);
	assert_int_equal(by_name(f, "writev")->count, 1);
	assert_null(by_name(f, "writev")->mark);
	assert_int_equal(by_name(f, "writev")->abi, CALL_ABI_X86_64);
	assert_int_equal(by_name(f, "getpid")->abi == CALL_ABI_I386 ? 2 : 3, by_name(f, "getpid")->count);
	assert_int_equal(f->snap.calls->names_nr, 5);
	assert_int_equal(by_name(f, "call 1000")->count, 4);
	assert_int_equal(by_name(f, "no such call")->count, 5);
	for (int i = 0; i < f->snap.calls->names_nr; i++)
		if (f->snap.calls->names[i].flags)
			assert_non_null(f->snap.calls->names[i].mark);
}

static void a_recording_of_another_machine_has_its_names(void **state)
{
	struct fixture *f = *state;

	put_machine(f, "aarch64");
	begin(f);
	put_call(f, (struct call){ 10, 56, 0, 1, 100, 0 });
	put_call(f, (struct call){ 10, 4, CALL_F_COMPAT, 1, 100, 0 });
	put_call(f, (struct call){ 10, 437, CALL_F_COMPAT, 1, 100, 0 });
	asked_tick(f, T0 + SEC);
	assert_int_equal(by_name(f, "openat")->abi, CALL_ABI_ARM64);
	assert_int_equal(by_name(f, "call 4")->abi, CALL_ABI_ARM); /* not misnamed */
	assert_int_equal(by_name(f, "openat2")->abi, CALL_ABI_ARM);
}

static void a_second_opening_counts_nothing_twice(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_call(f, (struct call){ 10, NR_READ, 0, 100, 100000, 5 });
	put_err(f, 10, NR_READ, 4, 5);
	asked_tick(f, T0 + SEC);
	assert_int_equal(by_name(f, "read")->count, 100);
	put_demand(f, 0);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.calls->state, CALLS_OFF);
	assert_int_equal(f->snap.calls->names_nr + f->snap.calls->procs_nr + f->snap.calls->pairs_nr, 0);
	/* the kernel's side begins at zero */
	put_call(f, (struct call){ 10, NR_READ, 0, 7, 7000, 1 });
	put_err(f, 10, NR_READ, 4, 1);
	asked_tick(f, T0 + 3 * SEC);
	assert_int_equal(f->snap.calls->names_nr, 0);
	put_call(f, (struct call){ 10, NR_READ, 0, 9, 9000, 2 });
	put_err(f, 10, NR_READ, 4, 2);
	asked_tick(f, T0 + 4 * SEC);
	assert_int_equal(by_name(f, "read")->count, 2);
	assert_int_equal(by_name(f, "read")->errs[0].count, 1);
	publish_as(f, WINDOW_START);
	assert_int_equal(f->snap.calls->state, CALLS_ON);
	/* two in one second of the four that the window has: eight, for a rate of two */
	assert_int_equal(by_name(f, "read")->count, 8);
	assert_int_equal(by_name(f, "read")->timed, 2);
}

static void windows_of_time(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_call(f, (struct call){ 10, NR_READ, 0, 10, 10000, 0 });
	asked_tick(f, T0 + SEC);
	world_mark(f->w);
	put_call(f, (struct call){ 10, NR_READ, 0, 15, 15000, 0 });
	put_demand(f, DEMAND_CALLS);
	tick(f, T0 + 2 * SEC);
	put_call(f, (struct call){ 10, NR_READ, 0, 16, 16000, 0 });
	put_demand(f, DEMAND_CALLS);
	tick(f, T0 + 3 * SEC);
	publish_as(f, WINDOW_MARK);
	assert_int_equal(by_name(f, "read")->count, 6);
	publish_as(f, WINDOW_START);
	assert_int_equal(by_name(f, "read")->count, 16);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(by_name(f, "read")->count, 16);
	publish_as(f, WINDOW_INTERVAL); /* nothing since the last picture */
	assert_int_equal(f->snap.calls->names_nr, 0);
}

static void a_process_that_ended_is_told_once_under_its_name(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_call(f, (struct call){ 20, NR_READ, 0, 10, 10000, 0 });
	asked_tick(f, T0 + SEC);
	{
		struct task_rec r = ended(task(20, 20, T0), T0 + SEC, TASK_F_GROUP_DEAD);

		strcpy(r.comm, "cron");
		put(f, &r);
	}
	put_call(f, (struct call){ 20, NR_READ, CALL_F_GONE, 14, 14000, 0 });
	asked_tick(f, T0 + 2 * SEC);
	assert_int_equal(by_process(f, 20)->count, 4);
	assert_true(by_process(f, 20)->dead);
	asked_tick(f, T0 + 3 * SEC);
	assert_null(by_process(f, 20));
	publish_as(f, WINDOW_START);
	assert_int_equal(dead(f, "cron")->count, 14);
	assert_int_equal(dead(f, "cron")->processes, 1);
	assert_int_equal(by_name(f, "read")->count, 14);
}

/* Born and gone between two ticks: summed by name. */
static void short_processes_are_summed(void **state)
{
	struct fixture *f = *state;

	begin(f);
	for (uint32_t pid = 1000; pid < 1300; pid++) {
		struct task_rec r = ended(task(pid, pid, T0), T0 + SEC / 2, TASK_F_GROUP_DEAD);

		strcpy(r.comm, pid % 3 ? "true" : "false");
		put(f, &r);
		put_call(f, (struct call){ pid, NR_WRITE, CALL_F_GONE, 2, 2000, 1 });
		put_err(f, pid, NR_WRITE, 32, 1);
	}
	asked_tick(f, T0 + SEC);
	assert_int_equal(f->snap.calls->procs_nr, 2);
	assert_int_equal(dead(f, "true")->count, 400);
	assert_int_equal(dead(f, "true")->processes, 200);
	assert_int_equal(dead(f, "false")->processes, 100);
	assert_int_equal(by_name(f, "write")->count, 600);
	assert_int_equal(by_name(f, "write")->processes, 300);
	assert_int_equal(by_name(f, "write")->errs[0].count, 300);
	asked_tick(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.calls->procs_nr, 0);
}

/* Before Linux 5.11 records cannot say when the process started. */
static void without_a_start_the_pid_must_do(void **state)
{
	struct fixture *f = *state;
	struct task_rec gone = ended(task(500, 500, T0), T0 + SEC / 2, TASK_F_GROUP_DEAD);
	struct call_rec r = { .tgid = 10, .nr = NR_READ, .count = 3, .ns = 3000 };

	begin(f);
	record_init(&r.h, T0, PANE_CPU, CPU_CALL, sizeof(r));
	put(f, &r);
	strcpy(gone.comm, "short");
	put(f, &gone);
	r.tgid = 500;
	r.flags = CALL_F_GONE;
	put(f, &r);
	asked_tick(f, T0 + SEC);
	assert_string_equal(by_process(f, 10)->comm, "web");
	assert_int_equal(by_process(f, 10)->count, 3);
	assert_int_equal(dead(f, "short")->count, 3);
}

/* A last word that was said too early: the process goes on, from zero. */
static void what_comes_after_a_last_word_is_new(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_call(f, (struct call){ 10, NR_READ, 0, 10, 10000, 0 });
	asked_tick(f, T0 + SEC);
	put_call(f, (struct call){ 10, NR_READ, CALL_F_GONE, 12, 12000, 0 });
	put_call(f, (struct call){ 10, NR_READ, 0, 5, 5000, 0 });
	asked_tick(f, T0 + 2 * SEC);
	assert_int_equal(by_process(f, 10)->count, 7);
	assert_int_equal(by_process(f, 10)->hist.slots[4], 7);
	publish_as(f, WINDOW_START);
	assert_int_equal(by_process(f, 10)->count, 17);
}

static void damaged_counters_are_no_figures(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_call(f, (struct call){ 10, NR_READ, 0, 1ULL << 63, UINT64_MAX, 7 });
	put_call(f, (struct call){ 20, NR_READ, 0, INT64_MAX, INT64_MAX, INT64_MAX });
	put_err(f, 20, NR_READ, 5, INT64_MAX);
	put_err(f, 20, NR_READ, 70000, 1);
	asked_tick(f, T0 + SEC);
	assert_int_equal(by_name(f, "read")->count, INT64_MAX);
	assert_true(by_name(f, "read")->ns >= 0 && by_name(f, "read")->errors >= 0);
	/* and one that steps back counts from there */
	put_call(f, (struct call){ 20, NR_READ, 0, 5, 5000, 0 });
	asked_tick(f, T0 + 2 * SEC);
	assert_int_equal(pair(f, 20, "read")->count, 5);
}

static void processes_without_room_count_by_name(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_call(f, (struct call){ 10, NR_READ, 0, 10, 10000, 0 });
	put_call(f, (struct call){ 0, NR_READ, 0, 90, 90000, 0 });
	asked_tick(f, T0 + SEC);
	assert_int_equal(by_name(f, "read")->count, 100);
	assert_string_equal(by_process(f, FIG_UNKNOWN)->comm, "(no room)");
}

/* More processes in one interval than have room at once: sums by name stay exact. */
static void a_flood_of_processes_loses_no_call(void **state)
{
	struct fixture *f = *state;
	uint64_t made = 0;

	begin(f);
	for (int t = 1; t <= 8; t++) {
		for (uint32_t i = 0; i < 4000; i++) {
			uint32_t pid = (uint32_t)t * 4000 + i;
			struct task_rec r = ended(task(pid, pid, T0), T0, TASK_F_GROUP_DEAD);

			put(f, &r);
			put_call(f, (struct call){ pid, NR_WRITE, CALL_F_GONE, 1, 1000, 0 });
			put_call(f, (struct call){ pid, NR_READ, CALL_F_GONE, 1, 1000, 0 });
			made += 2;
		}
		put_demand(f, DEMAND_CALLS);
		tick(f, T0 + (uint64_t)t * SEC);
	}
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(by_name(f, "write")->count + by_name(f, "read")->count, made);
	assert_int_equal(f->snap.calls->status.state, FIG_EXACT);
}

static void too_many_commands_are_others(void **state)
{
	struct fixture *f = *state;

	begin(f);
	for (uint32_t pid = 1000; pid < 5000; pid++) {
		struct task_rec r = ended(task(pid, pid, T0), T0, TASK_F_GROUP_DEAD);

		snprintf(r.comm, sizeof(r.comm), "command %u", pid);
		put(f, &r);
		put_call(f, (struct call){ pid, NR_WRITE, CALL_F_GONE, 3, 3000, 0 });
	}
	asked_tick(f, T0 + SEC);
	assert_int_equal(by_name(f, "write")->count, 12000);
	assert_int_equal(by_name(f, "write")->processes, 4000);
	assert_int_equal(f->snap.calls->procs_nr, 1025);
	assert_int_equal(dead(f, "[others]")->processes, 4000 - 1024);
}

static void a_key_frame_in_the_middle_is_a_beginning(void **state)
{
	struct fixture *f = *state;

	put_call(f, (struct call){ 10, NR_READ, 0, 1000000, 1, 0 });
	asked_tick(f, T0);
	assert_int_equal(f->snap.calls->names_nr, 0);
	put_call(f, (struct call){ 10, NR_READ, 0, 1000001, 2, 0 });
	asked_tick(f, T0 + SEC);
	assert_int_equal(by_name(f, "read")->count, 1);
}

static void a_gap_in_time_is_no_rate(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_call(f, (struct call){ 10, NR_READ, 0, 50, 50, 0 });
	put_demand(f, DEMAND_CALLS);
	tick_as(f, T0 + 90 * SEC, TICK_F_GAP, REC_UNKNOWN32);
	put_call(f, (struct call){ 10, NR_READ, 0, 53, 53, 0 });
	asked_tick(f, T0 + 91 * SEC);
	assert_int_equal(by_name(f, "read")->count, 3);
}

static void a_probe_that_is_off_has_no_figures(void **state)
{
	struct fixture *f = *state;
	struct probe_rec r = { .probe = 1, .pane = PANE_CPU, .state = PROBE_REFUSED, .name = "sys-enter", .hook = "sys_enter",
			       .reason = "refused at load" };

	record_init(&r.h, T0, PANE_CORE, CORE_PROBE, sizeof(r));
	put(f, &r);
	begin(f);
	asked_tick(f, T0 + SEC);
	assert_int_equal(f->snap.calls->status.state, FIG_EXACT);
	assert_int_equal(f->snap.calls->time_status.state, FIG_NA);
	assert_string_equal(f->snap.calls->time_status.reason, "refused at load");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_known_before_it_is_asked_for),
		TEST(without_bpf_there_are_none),
		TEST(sums_by_name_and_by_process),
		TEST(calls_that_only_wait_are_no_work),
		TEST(the_commonest_errno),
		TEST(many_errnos_keep_the_commonest),
		TEST(the_kinds_of_numbers_have_names_of_their_own),
		TEST(a_recording_of_another_machine_has_its_names),
		TEST(a_second_opening_counts_nothing_twice),
		TEST(windows_of_time),
		TEST(a_process_that_ended_is_told_once_under_its_name),
		TEST(short_processes_are_summed),
		TEST(without_a_start_the_pid_must_do),
		TEST(what_comes_after_a_last_word_is_new),
		TEST(damaged_counters_are_no_figures),
		TEST(processes_without_room_count_by_name),
		TEST(a_flood_of_processes_loses_no_call),
		TEST(too_many_commands_are_others),
		TEST(a_key_frame_in_the_middle_is_a_beginning),
		TEST(a_gap_in_time_is_no_rate),
		TEST(a_probe_that_is_off_has_no_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
