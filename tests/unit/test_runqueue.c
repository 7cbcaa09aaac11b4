/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The views runqueue and cpus: cursor, buckets, who is in them, the map of many CPUs; from records to the screen. */
#include "cpu_runqueue.h"
#include "world_fixture.h"

#define BUCKET 14 /* 1.0 ms */

struct screen {
	struct fixture *f;
	struct ui *ui;
	struct canvas c;
	uint64_t now_ns;
};

static struct screen sc;

static void put_process(const char *comm, uint32_t pid, uint64_t cgroup_id)
{
	struct task_rec r = task(pid, pid, sc.now_ns);

	memset(r.comm, 0, sizeof(r.comm));
	strcpy(r.comm, comm);
	r.cgroup_id = cgroup_id;
	put(sc.f, &r);
}

static void put_proc_hist(uint32_t pid, enum hist_which which, int slot, uint32_t count)
{
	struct hist_rec r = {
		.tgid = pid, .which = (uint8_t)which, .first = (uint8_t)slot, .nr = 1, .start_ns = SEC + pid, .max_ns = 1500000 };

	r.slots[0] = count;
	record_init(&r.h, sc.now_ns, PANE_CORE, CORE_HIST, sizeof(r));
	put(sc.f, &r);
}

static void put_machine_hist(enum hist_which which, int slot, uint64_t count)
{
	struct cpu_hist_rec r = {.which = which, .max_ns = 1500000};

	r.slots[6] = count * 10;
	r.slots[slot] = count;
	record_init(&r.h, sc.now_ns, PANE_CPU, CPU_HIST, sizeof(r));
	put(sc.f, &r);
}

static void put_wait(uint32_t pid, const char *comm)
{
	struct latency_rec r = {.which = HIST_RUNQ, .slot = BUCKET, .ns = 1300000, .pid = pid, .tgid = pid, .by_pid = 9,
				.by_tgid = 9, .by_comm = "hog"};

	strcpy(r.comm, comm);
	record_init(&r.h, sc.now_ns, PANE_CPU, CPU_EXEMPLAR, sizeof(r));
	r.h.cpu = 1;
	put(sc.f, &r);
}

static void put_demand(uint32_t on)
{
	struct demand_rec r = {.on = on, .slow_ns = 10 * MS};

	record_init(&r.h, sc.now_ns, PANE_CORE, CORE_DEMAND, sizeof(r));
	put(sc.f, &r);
}

static void put_cpus(int nr, uint64_t ms)
{
	for (int cpu = 0; cpu < nr; cpu++) {
		struct cpu_stat_rec r = { 0 };

		r.ns[CPU_USER] = ms * (uint64_t)(cpu % 11) * MS / 10;
		r.ns[CPU_IDLE] = ms * MS - r.ns[CPU_USER];
		record_init(&r.h, sc.now_ns, PANE_CPU, CPU_STAT, sizeof(r));
		r.h.cpu = (uint16_t)cpu;
		put(sc.f, &r);
	}
}

static void show(void)
{
	tick_and_publish(sc.f, sc.now_ns);
	ui_update(sc.ui, &sc.f->snap);
}

static void open_view(const char *id)
{
	struct err e = { "" };

	assert_int_equal(ui_focus(sc.ui, "cpu", id, &e), 0);
}

static void key(int k)
{
	struct term_event ev = {.key = k};

	ui_draw(sc.ui, &sc.f->snap, &sc.c);
	ui_key(sc.ui, &sc.f->snap, &ev);
	ui_draw(sc.ui, &sc.f->snap, &sc.c);
}

static const char *line(int row)
{
	static char text[4 * CANVAS_COLS_MAX];
	size_t len = 0;

	for (int col = 0; col < sc.c.cols && len + 8 < sizeof(text); col++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", canvas_at(&sc.c, row, col)->utf8);
	return text;
}

static int find(const char *text)
{
	for (int row = 0; row < sc.c.rows; row++)
		if (strstr(line(row), text))
			return row;
	return -1;
}

static void shows(const char *text)
{
	ui_draw(sc.ui, &sc.f->snap, &sc.c);
	if (find(text) >= 0)
		return;
	for (int row = 0; row < sc.c.rows; row++)
		print_message("%s\n", line(row));
	fail_msg("not on the screen: %s", text);
}

static void lacks(const char *text)
{
	ui_draw(sc.ui, &sc.f->snap, &sc.c);
	if (find(text) >= 0)
		fail_msg("on the screen: %s", text);
}

/* The line with the cursor. */
static const char *at_cursor(void)
{
	ui_draw(sc.ui, &sc.f->snap, &sc.c);
	for (int row = 0; row < sc.c.rows; row++)
		if (*line(row) == '>')
			return line(row);
	return "";
}

static int setup(void **state)
{
	struct ui_opts opts = {.meters = true, .function_bar = true, .interval_ns = SEC};
	struct err e = { "" };

	if (fixture_setup(state))
		return -1;
	sc = (struct screen){.f = *state, .now_ns = T0};
	if (ui_new(&opts, &sc.ui, &e) || canvas_init(&sc.c, 30, 100, false))
		return -1;
	open_view("runqueue");
	return 0;
}

static int teardown(void **state)
{
	ui_free(sc.ui);
	canvas_fini(&sc.c);
	return fixture_teardown(state);
}

/* postgres has 30 waits of 1 ms, nginx 10, and 5 are of processes that have gone. */
static void two_seconds(void)
{
	for (int i = 0; i < 2; i++) {
		put_process("postgres", 100, 7);
		put_process("nginx", 200, 8);
		put_proc_hist(100, HIST_RUNQ, BUCKET, (uint32_t)i * 30);
		put_proc_hist(200, HIST_RUNQ, BUCKET, (uint32_t)i * 10);
		put_machine_hist(HIST_RUNQ, BUCKET, (uint64_t)i * 45);
		put_machine_hist(HIST_ONCPU, BUCKET + 4, (uint64_t)i * 3);
		put_machine_hist(HIST_OFFCPU, BUCKET + 2, (uint64_t)i * 4);
		put_cpus(2, 1000 * (uint64_t)(i + 1));
		put_demand(DEMAND_OFFCPU);
		if (i)
			put_wait(100, "postgres");
		show();
		sc.now_ns += SEC;
	}
	sc.now_ns -= SEC;
}

static void the_cursor_starts_at_the_p99_and_moves_over_buckets(void **state)
{
	two_seconds();
	assert_non_null(strstr(at_cursor(), "1.0ms"));
	shows("hog 1");
	key(TKEY_UP);
	assert_non_null(strstr(at_cursor(), "524us"));
	key(TKEY_HOME);
	assert_non_null(strstr(at_cursor(), "4.1us"));
	key(TKEY_UP); /* not beyond the first */
	assert_non_null(strstr(at_cursor(), "4.1us"));
	key(TKEY_END);
	key(TKEY_DOWN);
	assert_non_null(strstr(at_cursor(), "1.0ms"));
}

static void left_and_right_choose_the_histogram(void **state)
{
	two_seconds();
	shows("run-queue latency: runnable");
	key(TKEY_RIGHT);
	shows("on-CPU time: switched in");
	shows("[on-CPU");
	key(TKEY_RIGHT);
	shows("off-CPU time: switched out");
	key(TKEY_RIGHT);
	shows("[run-queue");
	key(TKEY_LEFT);
	shows("[off-CPU");
}

static void enter_shows_who_is_in_the_bucket(void **state)
{
	two_seconds();
	key(TKEY_ENTER);
	shows("run-queue 1.0ms-2.1ms");
	shows("30   66.7");
	shows("10   22.2");
	shows("5   11.1");
	shows("(others)");
	assert_true(find("postgres") < find("nginx"));
	shows("1.3ms  postgres (100)  behind hog (9)  on CPU 1");
	key(TKEY_DOWN);
	shows("no single duration of it was kept");
	key(TKEY_UP);
	key(TKEY_ENTER);
	assert_true(sc.ui->entered);
	assert_int_equal(sc.ui->entered_pid, 100);
	key(TKEY_ESC); /* back in the bucket, then at the histogram, at the same bucket */
	shows("run-queue 1.0ms-2.1ms");
	key(TKEY_ESC);
	shows("run-queue latency: runnable");
	assert_non_null(strstr(at_cursor(), "1.0ms"));
	assert_false(sc.ui->entered);
}

static void a_cgroup_is_its_members(void **state)
{
	two_seconds();
	sc.ui->cpu.group.cgroup_id = 8;
	shows("n 10");
	lacks("run-queue length: running");
	key(TKEY_ENTER);
	shows("nginx");
	lacks("postgres");
}

static void an_entered_process_has_minutes_of_its_own(void **state)
{
	two_seconds();
	ui_enter_process(sc.ui, (struct row_id){ 100, SEC + 100 }, row_of(sc.f, 100));
	open_view("runqueue");
	shows("no interval yet");
	for (uint32_t i = 1; i <= 3; i++) {
		sc.now_ns += SEC;
		put_process("postgres", 100, 7);
		put_proc_hist(100, HIST_RUNQ, BUCKET, 30 + 5 * i);
		put_demand(DEMAND_OFFCPU);
		show();
	}
	shows("n 5");
	shows("now");
	assert_int_equal(sc.ui->cpu.heat.heat[HIST_RUNQ].nr, 3);
	assert_int_equal(sc.ui->cpu.heat.heat[HIST_RUNQ].columns[2].slots[BUCKET], 5);
	key(TKEY_ENTER); /* the bucket of the process, not that of all */
	shows("postgres");
	lacks("(others)");
	key(TKEY_ESC);
	key(TKEY_ESC);
	assert_false(sc.ui->entered);
}

static void off_cpu_of_a_process_is_na_until_asked_for(void **state)
{
	two_seconds();
	sc.now_ns += SEC;
	put_process("postgres", 100, 7);
	put_demand(0);
	show();
	key(TKEY_LEFT);
	lacks("n/a"); /* the machine's is counted always */
	ui_enter_process(sc.ui, (struct row_id){ 100, SEC + 100 }, row_of(sc.f, 100));
	open_view("runqueue");
	shows("n/a: counted while the run-queue view is open");
}

static void the_window_stands_in_the_title(void **state)
{
	two_seconds();
	shows("interval 1.0s");
	world_mark(sc.f->w);
	sc.now_ns += 70 * SEC;
	put_machine_hist(HIST_RUNQ, BUCKET, 50);
	tick(sc.f, sc.now_ns);
	world_publish(sc.f->w, WINDOW_MARK, &sc.f->snap);
	ui_update(sc.ui, &sc.f->snap);
	shows("since mark ");
	shows("(1m10s)");
	shows("n 55"); /* 5 in the bucket, 50 in the other */
}

static void every_size_draws(void **state)
{
	static const char *const views[] = { "runqueue", "cpus" };

	two_seconds();
	for (size_t v = 0; v < 2; v++)
		for (int rows = 1; rows < 60; rows += rows < 12 ? 1 : 7)
			for (int cols = 1; cols < 240; cols += cols < 24 ? 3 : 31) {
				open_view(views[v]);
				assert_int_equal(canvas_resize(&sc.c, rows, cols), 0);
				key(TKEY_ENTER);
				key(TKEY_DOWN);
				key(TKEY_ESC);
				key(TKEY_DOWN);
			}
}

static void few_cpus_are_a_table(void **state)
{
	open_view("cpus");
	put_cpus(3, 1000);
	show();
	sc.now_ns += SEC;
	put_cpus(3, 2000);
	show();
	shows("BUSY%");
	shows("  all  10.0  10.0");
	shows("    2  20.0  20.0");
	key(TKEY_DOWN);
	key(TKEY_DOWN);
	key(TKEY_DOWN);
	key(TKEY_ENTER); /* a map when it is wanted */
	shows("a cell is a CPU");
	shows("CPU 2  usr 20.0");
	key(TKEY_ENTER);
	shows("BUSY%");
}

static void cpus_that_do_not_fit_are_a_map(void **state)
{
	open_view("cpus");
	put_cpus(4096, 1000);
	show();
	sc.now_ns += SEC;
	put_cpus(4096, 2000);
	show();
	shows("a cell is a CPU");
	shows("1-1152 of 4096"); /* 18 lines of 64 */
	shows("cpu 64 ");
	key(TKEY_RIGHT);
	shows("CPU 1  usr 10.0");
	key(TKEY_DOWN);
	shows("CPU 65 ");
	key(TKEY_END);
	shows("CPU 4095 ");
	shows("2945-4096 of 4096");
	key(TKEY_DOWN);
	shows("CPU 4095 ");
	key(TKEY_LEFT);
	key(TKEY_ENTER);
	shows(" 4094  20.0");
	key(TKEY_ESC);
	shows("CPU 4094 ");
	assert_int_equal(canvas_resize(&sc.c, 100, 230), 0);
	shows("cpu 192 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_cursor_starts_at_the_p99_and_moves_over_buckets),
		TEST(left_and_right_choose_the_histogram),
		TEST(enter_shows_who_is_in_the_bucket),
		TEST(a_cgroup_is_its_members),
		TEST(an_entered_process_has_minutes_of_its_own),
		TEST(off_cpu_of_a_process_is_na_until_asked_for),
		TEST(the_window_stands_in_the_title),
		TEST(every_size_draws),
		TEST(few_cpus_are_a_table),
		TEST(cpus_that_do_not_fit_are_a_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
