/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU / syscalls on the screen: orders, ways in and out, words where there are no rows, files. */
#include <stdlib.h>

#include "ui_priv.h"
#include "world_fixture.h"

struct view_test {
	struct fixture *f;
	struct ui *ui;
	struct canvas c;
};

struct made {
	uint32_t tgid;
	uint16_t nr, flags;
	uint64_t count, ns, errors;
};

static void put_calls(struct fixture *f, const struct made *m, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct call_rec r = { .tgid = m[i].tgid,
				      .nr = m[i].nr,
				      .flags = m[i].flags,
				      .start_ns = SEC + m[i].tgid,
				      .count = m[i].count,
				      .ns = m[i].ns,
				      .errors = m[i].errors,
				      .max_ns = 5000 };
		struct call_err_rec e = { .tgid = m[i].tgid, .nr = m[i].nr, .flags = m[i].flags, .start_ns = r.start_ns,
					  .error = 2, .count = m[i].errors };

		r.slots[5] = (uint32_t)m[i].count;
		record_init(&r.h, T0, PANE_CPU, CPU_CALL, sizeof(r));
		put(f, &r);
		record_init(&e.h, T0, PANE_CPU, CPU_CALL_ERR, sizeof(e));
		if (e.count)
			put(f, &e);
	}
}

static void put_process(struct fixture *f, uint32_t pid, const char *comm)
{
	struct task_rec r = task(pid, pid, T0);

	strcpy(r.comm, comm);
	put(f, &r);
}

static void asked_tick(struct view_test *t, uint64_t ts_ns, uint32_t on)
{
	struct demand_rec r = { .on = on };

	record_init(&r.h, T0, PANE_CORE, CORE_DEMAND, sizeof(r));
	put(t->f, &r);
	tick_and_publish(t->f, ts_ns);
	if (t->ui)
		ui_update(t->ui, &t->f->snap);
}

/* Process 10 reads and waits, 20 opens what is not there, 30 has hostile bytes for a name. */
static const struct made scene[] = {
	{ 10, 0, 0, 1000, 2000000, 0 },
	{ 10, 202, 0, 50, 900000000, 0 },
	{ 20, 257, 0, 400, 8000000, 300 },
	{ 20, 0, 0, 10, 20000, 0 },
	{ 30, 20, CALL_F_COMPAT, 7, 7000, 0 },
};

static int setup_with(void **state, struct ui_opts o)
{
	static struct view_test t;
	struct host_rec host = { .cpus_online = 2, .page_bytes = 4096, .flags = HOST_F_BPF, .host = "h", .machine = "x86_64" };
	struct err e = { "" };

	t = (struct view_test){ 0 };
	if (fixture_setup((void **)&t.f) || canvas_init(&t.c, 24, 80, false))
		return -1;
	record_init(&host.h, T0, PANE_CORE, CORE_HOST, sizeof(host));
	put(t.f, &host);
	put_process(t.f, 10, "web");
	put_process(t.f, 20, "cron");
	put_process(t.f, 30, "e\033[31mvil");
	asked_tick(&t, T0, DEMAND_CALLS);
	put_calls(t.f, scene, sizeof(scene) / sizeof(scene[0]));
	asked_tick(&t, T0 + SEC, DEMAND_CALLS);
	o.view = o.view ? o.view : "syscalls";
	o.interval_ns = SEC;
	o.meters = o.function_bar = true;
	if (ui_new(&o, &t.ui, &e))
		return -1;
	ui_update(t.ui, &t.f->snap);
	*state = &t;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, (struct ui_opts){ .asks = true });
}

static int setup_grouped(void **state)
{
	return setup_with(state, (struct ui_opts){ .group_by = "process" });
}

static int setup_pid(void **state)
{
	return setup_with(state, (struct ui_opts){ .pids = "20,30" });
}

static int setup_processes(void **state)
{
	return setup_with(state, (struct ui_opts){ .view = "processes", .sort_key = "pid" });
}

static int teardown(void **state)
{
	struct view_test *t = *state;

	ui_free(t->ui);
	canvas_fini(&t->c);
	return fixture_teardown((void **)&t->f);
}

static void press(struct view_test *t, int key)
{
	struct term_event ev = { .key = key };

	ui_key(t->ui, &t->f->snap, &ev);
}

static const char *line(struct view_test *t, int row)
{
	static char text[CANVAS_COLS_MAX * 8 + 1];

	text[0] = '\0';
	for (int col = 0; col < t->c.cols; col++)
		strcat(text, canvas_at(&t->c, row, col)->utf8);
	return text;
}

/* The first line of the screen as it is now that holds `text`; -1: none. */
static int find(struct view_test *t, const char *text)
{
	ui_draw(t->ui, &t->f->snap, &t->c);
	for (int row = 0; row < t->c.rows; row++)
		if (strstr(line(t, row), text))
			return row;
	return -1;
}

static void calls_that_only_wait_come_last(void **state)
{
	struct view_test *t = *state;

	assert_true(find(t, "openat") >= 0);
	assert_true(find(t, "openat") < find(t, "read "));
	assert_true(find(t, "read ") < find(t, "getpid 32-bit"));
	assert_true(find(t, "getpid 32-bit") < find(t, "futex"));
	assert_int_equal(canvas_at(&t->c, find(t, "futex"), 1)->style, STYLE_DIM);
	assert_non_null(strstr(line(t, find(t, "futex")), "900ms")); /* its time is told all the same */
	assert_non_null(strstr(line(t, find(t, "openat")), "ENOENT"));
	assert_true(find(t, "TIME/s\u25bc") >= 0);
}

static void enter_goes_from_call_to_process_to_call(void **state)
{
	struct view_test *t = *state;

	press(t, TKEY_DOWN); /* read */
	press(t, TKEY_ENTER);
	assert_true(find(t, "CPU > syscalls > read") >= 0);
	assert_true(find(t, " web ") >= 0 && find(t, " cron ") >= 0);
	assert_int_equal(find(t, "openat"), -1);
	press(t, TKEY_DOWN);
	press(t, TKEY_ENTER); /* cron: it has less of it */
	assert_true(find(t, "syscalls > read > cron (20)") >= 0);
	assert_true(find(t, "openat") >= 0);
	assert_int_equal(find(t, "futex"), -1);
	for (int i = 0; i < 9; i++)
		press(t, TKEY_ENTER); /* not deeper than there is room for */
	assert_int_equal(t->ui->cpu.calls.depth, CALLS_DEPTH);
	for (int i = 0; i < CALLS_DEPTH; i++)
		press(t, TKEY_ESC);
	assert_int_equal(t->ui->cpu.calls.depth, 0);
	assert_true(find(t, "[syscalls]") >= 0 && find(t, "futex") >= 0);
}

static void g_changes_to_processes_and_back(void **state)
{
	struct view_test *t = *state;

	press(t, 'g');
	assert_true(find(t, "syscalls > by process") >= 0);
	assert_true(find(t, " cron ") < find(t, " web ")); /* by work: the wait of web is none */
	assert_true(find(t, "WORK/s\u25bc") >= 0);
	assert_true(find(t, "e\\e[31mvil") >= 0);
	press(t, TKEY_DOWN);
	press(t, TKEY_ENTER);
	assert_true(find(t, "by process > web (10)") >= 0);
	assert_true(find(t, "read") >= 0 && find(t, "futex") >= 0);
	assert_int_equal(find(t, "openat"), -1);
	press(t, 'g');
	assert_int_equal(ui_mode(t->ui), 0);
	assert_int_equal(t->ui->cpu.calls.depth, 0);
}

static void group_by_process_begins_there(void **state)
{
	struct view_test *t = *state;

	assert_true(find(t, "by process") >= 0 && find(t, " cron ") >= 0);
}

static void pids_show_their_calls(void **state)
{
	struct view_test *t = *state;

	assert_true(find(t, "openat") >= 0 && find(t, "getpid 32-bit") >= 0);
	assert_int_equal(find(t, "futex"), -1);
}

static void s_opens_the_calls_of_the_selected_process(void **state)
{
	struct view_test *t = *state;
	struct ui_needs needs;

	ui_needs(t->ui, &needs);
	assert_false(needs.demand & DEMAND_CALLS);
	press(t, TKEY_DOWN);
	press(t, 's');
	assert_true(find(t, "cron (20) > syscalls") >= 0);
	assert_true(find(t, "openat") >= 0);
	assert_int_equal(find(t, "futex"), -1);
	ui_needs(t->ui, &needs);
	assert_true(needs.demand & DEMAND_CALLS);
	press(t, TKEY_ESC);
	assert_true(find(t, "[processes]") >= 0);
	press(t, TKEY_ENTER); /* from its page, too */
	press(t, 's');
	assert_true(find(t, "cron (20) > syscalls") >= 0);
}

static void where_there_are_no_rows_it_is_said_why(void **state)
{
	struct view_test *t = *state;

	asked_tick(t, T0 + 2 * SEC, DEMAND_CALLS);
	assert_true(find(t, "no system call in this interval") >= 0);
	asked_tick(t, T0 + 3 * SEC, 0);
	assert_true(find(t, "counted from now on") >= 0);
	asked_tick(t, T0 + 4 * SEC, DEMAND_CALLS);
	assert_true(find(t, "counted from now on") >= 0);
	asked_tick(t, T0 + 5 * SEC, DEMAND_CALLS);
	assert_true(find(t, "no system call in this interval") >= 0);
	assert_int_equal(find(t, "no row passes"), -1);
}

static void a_window_from_before_says_of_which_part_it_is(void **state)
{
	struct view_test *t = *state;

	world_publish(t->f->w, WINDOW_START, &t->f->snap);
	ui_update(t->ui, &t->f->snap);
	assert_int_equal(find(t, "counted for"), -1); /* asked for from the start */
	asked_tick(t, T0 + 2 * SEC, 0);
	asked_tick(t, T0 + 3 * SEC, DEMAND_CALLS);
	asked_tick(t, T0 + 4 * SEC, DEMAND_CALLS);
	assert_int_equal(find(t, "counted for"), -1); /* an interval is whole */
	world_publish(t->f->w, WINDOW_START, &t->f->snap);
	ui_update(t->ui, &t->f->snap);
	assert_true(find(t, "counted for 1.0s of that") >= 0);
}

static char *json(struct view_test *t)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(ui_json(t->ui, &t->f->snap, out), 0);
	fclose(out);
	return text;
}

static void files_have_all_keys(void **state)
{
	static const char *const keys[] = { "name", "count_per_s", "time_ns_per_s", "avg_ns", "p50_ns", "p99_ns", "max_ns",
					    "errors_per_s", "top_errno", "work_ns_per_s", "waits", "abi" };
	struct view_test *t = *state;
	char *text = json(t), want[64];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(want, sizeof(want), "{\"key\":\"%s\"", keys[i]);
		assert_non_null(strstr(text, want));
	}
	assert_non_null(strstr(text, "\"name\":\"futex\",\"waits\":\"w\",\"count_per_s\":50,\"work_ns_per_s\":null"));
	assert_non_null(strstr(text, "\"time_ns_per_s\":900000000"));
	assert_non_null(strstr(text, "\"top_errno\":\"ENOENT\""));
	assert_non_null(strstr(text, "\"abi\":\"i386\""));
	assert_non_null(strstr(text, "\"na\":{}"));
	assert_non_null(strstr(text, "\"hist\":[{\"name\":\"openat\",\"unit\":\"ns\",\"max_ns\":5000,\"buckets\":[[2048,4096,400]]}"));
	free(text);
	/* what was not asked for is not zero: it is not available, and why is said */
	asked_tick(t, T0 + 2 * SEC, 0);
	text = json(t);
	assert_non_null(strstr(text, "\"na\":{\"count_per_s\":\"counted only while asked for"));
	assert_non_null(strstr(text, "\"rows\":[]"));
	free(text);
}

static void no_size_breaks_it(void **state)
{
	static const int sizes[][2] = { { 5, 20 }, { 8, 30 }, { 12, 40 }, { 24, 80 }, { 43, 132 }, { 200, 500 } };
	struct view_test *t = *state;

	for (int mode = 0; mode < 4; mode++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			assert_int_equal(canvas_resize(&t->c, sizes[i][0], sizes[i][1]), 0);
			ui_draw(t->ui, &t->f->snap, &t->c);
			if (sizes[i][0] >= 12)
				assert_true(find(t, "CALLS/s") >= 0);
		}
		press(t, mode == 1 ? 'g' : TKEY_ENTER);
	}
}

#define TEST(name, with) cmocka_unit_test_setup_teardown(name, with, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(calls_that_only_wait_come_last, setup),
		TEST(enter_goes_from_call_to_process_to_call, setup),
		TEST(g_changes_to_processes_and_back, setup),
		TEST(group_by_process_begins_there, setup_grouped),
		TEST(pids_show_their_calls, setup_pid),
		TEST(s_opens_the_calls_of_the_selected_process, setup_processes),
		TEST(where_there_are_no_rows_it_is_said_why, setup),
		TEST(a_window_from_before_says_of_which_part_it_is, setup),
		TEST(files_have_all_keys, setup),
		TEST(no_size_breaks_it, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
