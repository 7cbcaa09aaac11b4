/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns, filters, marks, bars: what the tables of the views promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "filter.h"
#include "layout.h"
#include "marks.h"
#include "process.h"
#include "ui_fixture.h"
#include "ui_priv.h"

static const struct view *processes(void)
{
	return view_find(PANE_CPU, "processes");
}

static void check_columns(const struct view *v)
{
	int nr = 0;

	for (const struct column *a = v->columns; a->key; a++, nr++) {
		assert_non_null(a->help);
		assert_non_null(a->title);
		for (const struct column *b = a + 1; b->key; b++) {
			assert_string_not_equal(a->key, b->key);
			if (a->alias && b->alias)
				assert_string_not_equal(a->alias, b->alias);
			if (a->alias)
				assert_string_not_equal(a->alias, b->key);
			if (b->alias)
				assert_string_not_equal(a->key, b->alias);
		}
	}
	assert_in_range(nr, 1, UI_COLS_MAX);
	assert_true(!v->sort_key || view_column(v, v->sort_key));
	assert_true(!v->latency_key || view_column(v, v->latency_key));
}

static void no_key_or_alias_names_two_columns(void **state)
{
	for (int p = 0; p < view_registry_nr; p++)
		for (const struct view *v = view_registry[p]->views; v->id; v++) {
			check_columns(v);
			for (int m = 1; v->modes && m < UI_MODES_MAX && v->modes[m]; m++)
				check_columns(v->modes[m]);
		}
}

static void views_stand_in_the_promised_order(void **state)
{
	static const char *const ids[] = { "processes", "cpus",	   "runqueue", "interrupts",
					   "syscalls",	"cgroups", "events" };
	const struct view *v = view_registry[0]->views;

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++, v++) {
		assert_non_null(v->id);
		assert_string_equal(v->id, ids[i]);
	}
	assert_null(v->id);
}

/* Run-queue wait, on-CPU and idle time have columns that are more than one class. */
static void every_class_of_waiting_has_its_columns(void **state)
{
	static const char *const keys[] = { "quota", "disk", "fault", "klock", "futex", "net", "pipe", "timer", "other" };
	char key[40];

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const struct column *share, *time;

		snprintf(key, sizeof(key), "%s_pct", keys[i]);
		share = view_column(processes(), key);
		snprintf(key, sizeof(key), "%s_ns_per_s", keys[i]);
		time = view_column(processes(), key);
		assert_non_null(share);
		assert_non_null(time);
		assert_int_equal(share->off, time->off);
		assert_int_equal(share->fold, FOLD_SHARE);
		assert_int_equal(time->unit, UNIT_NS);
		assert_in_range(share->weight, 1, 6); /* the first to go */
	}
	assert_int_equal(view_column(processes(), "disk_pct")->off,
			 offsetof(struct proc_row, class_ns) + WAIT_DISK * sizeof(int64_t));
}

/* Keys that others rely on. */
static void processes_have_the_promised_keys(void **state)
{
	static const char *const keys[] = {
		"pid", "ppid", "comm", "user", "command", "state", "cpu_pct", "oncpu_ns_per_s", "user_ns_per_s",
		"system_ns_per_s", "runq_wait_ns_per_s", "blocked_ns_per_s", "idle_ns_per_s", "offcpu_ns_per_s",
		"runq_p50_ns", "runq_p99_ns", "runq_max_ns", "vcsw_per_s", "ivcsw_per_s", "migrations_per_s", "threads",
		"threads_active", "rss_bytes", "blocked_since_ns", "processes", "p99", "cpu", "wait", "cgroup",
		"idle_pct", "offcpu_p50_ns", "offcpu_p99_ns",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!view_column(processes(), keys[i]))
			fail_msg("no column %s", keys[i]);
	assert_null(view_column(processes(), "time_bar"));
	assert_null(view_column(processes(), "no_such_key"));
}

static void a_rate_loses_its_per_s_under_total(void **state)
{
	char key[64];

	view_key(key, sizeof(key), view_column(processes(), "vcsw"), false);
	assert_string_equal(key, "vcsw_per_s");
	view_key(key, sizeof(key), view_column(processes(), "vcsw"), true);
	assert_string_equal(key, "vcsw");
	view_key(key, sizeof(key), view_column(processes(), "pid"), true);
	assert_string_equal(key, "pid");
	assert_ptr_equal(view_column(processes(), "oncpu_ns"), view_column(processes(), "oncpu_ns_per_s"));
}

struct filter_case {
	const char *filter;
	int rows; /* of the fixture's 11 */
};

static const struct filter_case filter_cases[] = {
	{ "", 11 },
	{ "postgres", 1 },
	{ "POSTGRES", 1 },
	{ "backup home", 2 }, /* restic, and tar of backup.tgz and /home */
	{ "postgres|restic", 2 },
	{ "postgres backup|restic", 1 },
	{ "8112", 1 },
	{ "user=root", 7 },
	{ "user!=root", 4 },
	{ "cpu>50", 1 },
	{ "cpu>=22.8", 3 },
	{ "wait>20ms", 4 },
	{ "p99>10ms", 1 },
	{ "p99>10ms|p99<1ms", 1 },
	{ "rss>100M", 1 },
	{ "state=D", 2 },
	{ "processes>1", 1 },
	{ "pid=1", 1 },
	{ "nosuch>1", 0 },
	{ "cpu>many", 0 },
	{ "|", 11 },
	{ " | ", 11 },
};

static void filters_keep_the_rows_that_meet_all_terms(void **state)
{
	struct scene *sc = scene_new();
	struct ui *ui = scene_ui(&sc->s, (struct ui_opts){ .show_args = true });

	for (size_t i = 0; i < sizeof(filter_cases) / sizeof(*filter_cases); i++) {
		struct filter f;
		int rows = 0;

		filter_parse(&f, filter_cases[i].filter);
		for (int n = 0; n < sc->s.procs_nr; n++)
			rows += filter_row(&f, processes(), &sc->s, ui, &sc->procs[n]);
		if (rows != filter_cases[i].rows)
			fail_msg("filter '%s' keeps %d rows, not %d", filter_cases[i].filter, rows, filter_cases[i].rows);
	}
	ui_free(ui);
	free(sc);
}

struct value_case {
	const char *text;
	enum unit unit;
	bool milli;
	int ret;
	int64_t value;
};

static const struct value_case value_cases[] = {
	{ "10ms", UNIT_NS, false, 0, 10000000 },   { "1.5s", UNIT_NS, false, 0, 1500000000 },
	{ "4us", UNIT_NS, false, 0, 4000 },	   { "2K", UNIT_BYTES, false, 0, 2048 },
	{ "1.5G", UNIT_BYTES, false, 0, 1610612736 }, { "50%", UNIT_PCT, true, 0, 50000 },
	{ "50", UNIT_PCT, true, 0, 50000 },	   { "2k", UNIT_COUNT, true, 0, 2000000 },
	{ "10x", UNIT_NS, false, -22, 0 },	   { "", UNIT_NS, false, -22, 0 },
	{ "nan", UNIT_NONE, false, -22, 0 },	   { "1e300", UNIT_NONE, false, -22, 0 },
	{ "10ms", UNIT_BYTES, false, -22, 0 },
};

static void values_read_as_they_are_shown(void **state)
{
	for (size_t i = 0; i < sizeof(value_cases) / sizeof(*value_cases); i++) {
		const struct value_case *vc = &value_cases[i];
		int64_t value = 0;

		assert_int_equal(filter_value(vc->text, vc->unit, vc->milli, &value), vc->ret);
		assert_true(vc->ret || value == vc->value);
	}
}

static void bars_are_shares_by_largest_remainder(void **state)
{
	struct scene *sc = scene_new();
	struct proc_row p = { .pid = 1 };
	char bar[PROC_BAR_MAX + 1];

	p.active_wall_ns = 1000;
	p.class_ns[WAIT_ONCPU] = 710;
	p.class_ns[WAIT_RUNQ] = 230;
	p.class_ns[WAIT_DISK] = 60;
	assert_true(proc_bar(&p, 10, bar));
	assert_string_equal(bar, "RRRRRRRwwD");
	/* Idle threads beside it do not count: only the wall time of the active one does. */
	p.class_ns[WAIT_IDLE] = 50000;
	assert_true(proc_bar(&p, 10, bar));
	assert_string_equal(bar, "RRRRRRRwwD");
	p.active_wall_ns = 2000;
	assert_true(proc_bar(&p, 10, bar));
	assert_string_equal(bar, "RRRRw.....");
	memset(p.class_ns, 0, sizeof(p.class_ns));
	p.active_wall_ns = 0;
	assert_true(proc_bar(&p, 10, bar));
	assert_string_equal(bar, "..........");
	p.class_ns[WAIT_ONCPU] = FIG_UNKNOWN;
	assert_false(proc_bar(&p, 10, bar));
	free(sc);
}

static void bars_always_fill_their_cells(void **state)
{
	for (int seed = 1; seed < 2000; seed++) {
		struct proc_row p = { .pid = 1 };
		char bar[PROC_BAR_MAX + 1];
		uint32_t x = (uint32_t)seed * 2654435761u;

		for (int i = 0; i < WAIT_NR; i++, x = x * 1664525 + 1013904223)
			p.class_ns[i] = x >> (8 + x % 20);
		p.active_wall_ns = x;
		assert_true(proc_bar(&p, 1 + seed % 60, bar));
		assert_int_equal(strlen(bar), 1 + seed % 60);
	}
}

struct command_case {
	const char *comm, *cmd;
	size_t len;
	bool path, args;
	const char *want;
};

static const struct command_case command_cases[] = {
	{ "sshd", CMD("/usr/sbin/sshd\0-D\0"), false, true, "sshd -D" },
	{ "sshd", CMD("/usr/sbin/sshd\0-D\0"), false, false, "sshd" },
	{ "sshd", CMD("/usr/sbin/sshd\0-D\0"), true, true, "/usr/sbin/sshd -D" },
	{ "bash", CMD("-bash\0"), false, true, "-bash" },
	{ "postgres", CMD("postgres: writer"), false, true, "postgres: writer" },
	{ "postgres", CMD("postgres: writer"), false, false, "postgres:" },
	{ "worker-1", CMD("/usr/bin/python3\0w.py\0"), false, true, "worker-1 (python3) w.py" },
	{ "a-very-long-nam", CMD("/bin/a-very-long-name\0"), false, true, "a-very-long-name" },
	{ "kthreadd", NULL, 0, false, true, "kthreadd" },
	{ "x", CMD("/\0"), false, true, "x ()" },
};

static void commands_show_the_name_where_it_differs(void **state)
{
	struct snapshot s = { .procs_nr = 0 };
	struct ui *ui = scene_ui(&s, (struct ui_opts){ .meters = true });

	for (size_t i = 0; i < sizeof(command_cases) / sizeof(*command_cases); i++) {
		const struct command_case *cc = &command_cases[i];
		struct proc_row p = { .cmd = cc->cmd, .cmd_len = (uint16_t)cc->len };
		char buf[PROC_TEXT_MAX];
		size_t len;

		strcpy(p.comm, cc->comm);
		ui->show_path = cc->path;
		ui_set_args(ui, cc->args);
		len = proc_command(ui, &p, buf, sizeof(buf));
		buf[len] = '\0';
		assert_string_equal(buf, cc->want);
	}
	ui_free(ui);
}

static void layouts_use_every_line_once(void **state)
{
	for (int rows = 1; rows <= 200; rows++)
		for (int bits = 0; bits < 32; bits++) {
			struct layout_wish w = { bits & 1, bits & 2, bits & 4, bits & 8, bits & 16 };
			struct layout l = layout_make(rows, w);
			int used = 1; /* the last line */

			assert_int_equal(l.last, rows - 1);
			used += l.header >= 0 ? l.header_lines : 0;
			used += (l.alert >= 0) + (l.tabs >= 0) + (l.views >= 0 && l.views != l.tabs);
			used += (l.heading >= 0) + (l.keys >= 0) + l.data_lines + l.detail_lines;
			assert_int_equal(used, rows);
			assert_true(l.data_lines > 0 || rows < 3);
			assert_in_range(l.message, 0, rows - 1);
		}
}

static void the_four_layouts(void **state)
{
	struct layout_wish all = { true, false, true, true, true };
	struct layout l = layout_make(24, all);

	assert_int_equal(l.header_lines, 4);
	assert_int_equal(l.tabs, 4);
	assert_int_equal(l.views, 5);
	assert_int_equal(l.keys, 22);
	l = layout_make(12, all);
	assert_int_equal(l.header_lines, 1);
	assert_int_equal(l.tabs, l.views);
	assert_int_equal(l.keys, -1);
	l = layout_make(8, all);
	assert_int_equal(l.header, -1);
	assert_int_equal(l.tabs, 0);
	l = layout_make(5, all);
	assert_int_equal(l.tabs, -1);
	assert_int_equal(l.heading, 0);
	assert_int_equal(l.data_lines, 3);
}

static void marks_follow_their_limits(void **state)
{
	struct scene *sc = scene_new();

	assert_false(mark_over(MARK_RUNQ_P99, 10 * MS));
	assert_true(mark_over(MARK_RUNQ_P99, 10 * MS + 1));
	assert_false(mark_over(MARK_RUNQ_P99, FIG_UNKNOWN));
	assert_true(mark_column("runq_p99_ns", 11 * MS));
	assert_false(mark_column("runq_p50_ns", 11 * MS));
	assert_true(mark_pane(PANE_CPU, &sc->s));
	sc->s.m.runq_p99_ns = MS;
	sc->s.m.psi[PSI_CPU].some_ns = 100 * MS;
	sc->s.m.oldest_block_ns = 5 * S_NS;
	assert_false(mark_pane(PANE_CPU, &sc->s));
	sc->s.m.mode_ns[CPU_STEAL] = 101 * MS;
	assert_true(mark_pane(PANE_CPU, &sc->s));
	free(sc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_or_alias_names_two_columns),
		cmocka_unit_test(views_stand_in_the_promised_order),
		cmocka_unit_test(every_class_of_waiting_has_its_columns),
		cmocka_unit_test(processes_have_the_promised_keys),
		cmocka_unit_test(a_rate_loses_its_per_s_under_total),
		cmocka_unit_test(filters_keep_the_rows_that_meet_all_terms),
		cmocka_unit_test(values_read_as_they_are_shown),
		cmocka_unit_test(bars_are_shares_by_largest_remainder),
		cmocka_unit_test(bars_always_fill_their_cells),
		cmocka_unit_test(commands_show_the_name_where_it_differs),
		cmocka_unit_test(layouts_use_every_line_once),
		cmocka_unit_test(the_four_layouts),
		cmocka_unit_test(marks_follow_their_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
