/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file formats: JSON and CSV of a view, the probe report. A small reader checks that the JSON is JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "esc.h"
#include "json_reader.h"
#include "ui_fixture.h"

static char *text;
static size_t text_len;

static FILE *out_open(void)
{
	free(text);
	text = NULL;
	return open_memstream(&text, &text_len);
}

static void assert_one_json_line(void)
{
	const char *end = json_end(text, 0);

	assert_non_null(end);
	assert_string_equal(end, "\n");
}

static const char *json_of(struct scene *sc, struct ui_opts opts)
{
	struct ui *ui = scene_ui(&sc->s, opts);
	FILE *out = out_open();

	assert_int_equal(ui_json(ui, &sc->s, out), 0);
	fclose(out);
	ui_free(ui);
	assert_one_json_line();
	return text;
}

static void has(const char *part)
{
	if (!strstr(text, part))
		fail_msg("not in the output: %s", part);
}

static void lacks(const char *part)
{
	if (strstr(text, part))
		fail_msg("in the output: %s", part);
}

static void a_line_says_where_and_when(void **state)
{
	struct scene *sc = scene_new();

	json_of(sc, (struct ui_opts){ 0 });
	has("{\"schema\":1,\"ts\":\"2026-11-22T04:11:09.000Z\",\"mono_ns\":1036262000000000,\"host\":\"db-03\","
	    "\"kernel\":\"6.1.0-31-amd64\",\"interval_s\":1.000,\"state\":\"live\",\"complete\":true,\"lost\":{");
	has("\"pane\":\"cpu\",\"view\":\"processes\",\"sort\":\"oncpu_ns_per_s\",\"columns\":[{\"key\":\"pid\",\"unit\":\"\"");
	has("\"na\":{\"cgroup\":\"");
	has("\"sampled\":{}");
	free(sc);
}

static void zero_is_0_and_unknown_is_null(void **state)
{
	struct scene *sc = scene_new();

	json_of(sc, (struct ui_opts){ .pids = "1" });
	has("\"cpu_pct\":0,");
	has("\"runq_p99_ns\":null,");
	has("\"blocked_since_ns\":null,");
	json_of(sc, (struct ui_opts){ .pids = "8112" });
	has("\"cpu_pct\":71.200,");
	has("\"oncpu_ns_per_s\":712000000,");
	has("\"vcsw_per_s\":310,");
	has("\"state\":\"R\",");
	free(sc);
}

static void summed_processes_have_no_pid(void **state)
{
	struct scene *sc = scene_new();

	json_of(sc, (struct ui_opts){ .filter = "processes>1" });
	has("\"rows\":[{\"pid\":null,\"ppid\":8100,");
	has("\"comm\":\"true\",");
	has("\"processes\":412,");
	free(sc);
}

static void rates_become_sums_under_total(void **state)
{
	struct scene *sc = scene_new();

	sc->s.m.total = true;
	sc->s.m.interval_ns = 10 * S_NS;
	json_of(sc, (struct ui_opts){ .pids = "8112" });
	has("\"sort\":\"oncpu_ns\"");
	has("\"oncpu_ns\":712000000,");
	has("\"vcsw\":310,");
	has("\"cpu_pct\":7.120,");
	lacks("_per_s");
	free(sc);
}

static void columns_carry_their_state(void **state)
{
	struct scene *sc = scene_new();

	sc->s.runq_status = (struct fig_status){ .state = FIG_NA, .reason = "no \"probe\"" };
	sc->s.class_status = (struct fig_status){ .state = FIG_SAMPLED, .one_in = 8 };
	sc->s.rss_status = (struct fig_status){ .state = FIG_SAMPLED };
	sc->s.oncpu_hist_status = (struct fig_status){ .state = FIG_INCOMPLETE };
	sc->s.losing[PANE_CPU] = true;
	json_of(sc, (struct ui_opts){ .pids = "8112" });
	has("\"complete\":false");
	has("\"runq_p99_ns\":\"no \\\"probe\\\"\"");
	has("\"blocked_pct\":8");
	has("\"rss_bytes\":null");
	has("\"incomplete\":{\"oncpu_p99_ns\":true");
	has("\"runq_p99_ns\":null,");
	free(sc);
}

static void hostile_names_stay_inside_their_strings(void **state)
{
	struct scene *sc = scene_new();

	json_of(sc, (struct ui_opts){ .pids = "3001", .show_args = true });
	has("\"comm\":\"evil\\\\e[31m\\\\n\\\\xff\"");
	has("gnp.exe \\\\e]0;x");
	free(sc);
}

/* argv carries passwords. */
static void arguments_are_left_out_unless_asked_for(void **state)
{
	struct scene *sc = scene_new();

	json_of(sc, (struct ui_opts){ .pids = "2291" });
	has("\"command\":\"tar\"");
	json_of(sc, (struct ui_opts){ .pids = "2291", .show_args = true });
	has("\"command\":\"tar czf /srv/backup.tgz /home\"");
	free(sc);
}

static void rows_that_are_cut_are_counted(void **state)
{
	struct scene *sc = scene_new();

	json_of(sc, (struct ui_opts){ .rows_max = 3 });
	has("\"omitted\":8");
	json_of(sc, (struct ui_opts){ .rows_max = 11 });
	lacks("omitted");
	free(sc);
}

static void the_runqueue_view_has_histograms(void **state)
{
	struct scene *sc = scene_new();

	json_of(sc, (struct ui_opts){ .view = "runqueue" });
	has("\"rows\":[{\"cpu\":0,\"runq_len\":0,\"switches_per_s\":1200,\"busy_pct\":0},{\"cpu\":1,");
	has("\"hist\":[{\"name\":\"run-queue latency\",\"unit\":\"ns\",\"max_ns\":22000000,\"buckets\":[[512,1024,12],"
	    "[1024,2048,91],");
	has("{\"name\":\"on-CPU time per dispatch\"");
	sc->s.runq.slots[HIST_SLOTS - 1] = 1;
	json_of(sc, (struct ui_opts){ .view = "runqueue" });
	has("[35184372088832,null,1]");
	free(sc);
}

static void csv_quotes_and_ends_lines_with_lf(void **state)
{
	struct scene *sc = scene_new();
	struct ui *ui;
	FILE *out = out_open();
	int lines = 0, commas[2] = { 0, 0 };

	sc->procs[0].cmd = "a,\"b\"";
	sc->procs[0].cmd_len = 5;
	sc->procs[0].ppid = FIG_UNKNOWN;
	ui = scene_ui(&sc->s, (struct ui_opts){ .pids = "1", .show_args = true });
	assert_int_equal(ui_csv(ui, &sc->s, true, out), 0);
	fclose(out);
	ui_free(ui);
	has("ts,pid,ppid,user,state,cpu_pct,");
	has("\n2026-11-22T04:11:09.000Z,1,,root,S,0,");
	has(",\"a,\"\"b\"\"\"\n");
	lacks("\r");
	for (const char *p = text; *p; p++) {
		commas[lines > 0] += *p == ',';
		lines += *p == '\n';
	}
	assert_int_equal(lines, 2);
	assert_int_equal(commas[0] + 1, commas[1]); /* one is inside the quotes */
	free(sc);
}

static void the_report_names_every_probe(void **state)
{
	struct scene *sc = scene_new();
	FILE *out = out_open();

	assert_int_equal(ui_check(&sc->s, true, out), 0);
	fclose(out);
	assert_one_json_line();
	has("{\"name\":\"sched_wakeup\",\"pane\":\"cpu\",\"hook\":\"tp_btf/sched_wakeup\",\"rung\":\"-\",\"state\":\"refused\"");
	has("\"reason\":\"attach failed: Operation not permitted. Run as root or give CAP_PERFMON.\"");
	has("{\"cpu\":1,\"events\":1000,");
	out = out_open();
	assert_int_equal(ui_check(&sc->s, false, out), 0);
	fclose(out);
	has("sched_switch       on       tp_btf");
	has("    attach failed: Operation not permitted.");
	has("2 of 3 probes are on");
	free(sc);
}

static void sort_keys_are_listed_with_their_alias(void **state)
{
	struct scene *sc = scene_new();
	struct ui *ui = scene_ui(&sc->s, (struct ui_opts){ 0 });
	FILE *out = out_open();

	ui_list_keys(ui, out);
	fclose(out);
	has("runq_p99_ns                  p99 ");
	lacks("time_bar");
	ui_free(ui);
	free(sc);
}

static int free_text(void **state)
{
	free(text);
	text = NULL;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_says_where_and_when),
		cmocka_unit_test(zero_is_0_and_unknown_is_null),
		cmocka_unit_test(summed_processes_have_no_pid),
		cmocka_unit_test(rates_become_sums_under_total),
		cmocka_unit_test(columns_carry_their_state),
		cmocka_unit_test(hostile_names_stay_inside_their_strings),
		cmocka_unit_test(arguments_are_left_out_unless_asked_for),
		cmocka_unit_test(rows_that_are_cut_are_counted),
		cmocka_unit_test(the_runqueue_view_has_histograms),
		cmocka_unit_test(csv_quotes_and_ends_lines_with_lf),
		cmocka_unit_test(the_report_names_every_probe),
		cmocka_unit_test(sort_keys_are_listed_with_their_alias),
	};

	return cmocka_run_group_tests(tests, NULL, free_text);
}
