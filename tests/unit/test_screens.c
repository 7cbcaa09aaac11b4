/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every view on synthetic hosts, from records to JSON and screen: threads and groups add up,
 * windows reach every view, and ways into a view lead back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "group.h"
#include "json_reader.h"
#include "model.h"
#include "snap_cgroup.h"
#include "synth.h"
#include "ui_priv.h"

static const char *const scenes[] = { "database", "hostile", "losses", "no-runq", "no-bpf", "plain", "load" };
#define SCENES (sizeof(scenes) / sizeof(*scenes))

struct host {
	struct source *source;
	struct world *world;
	struct ui *ui;
	struct snapshot s;
	struct canvas c;
	char *text;
	size_t text_len;
};

static void apply(void *ctx, const struct ev_hdr *ev)
{
	world_apply(ctx, ev);
}

/* One interval, as the program takes it. */
static void step(struct host *h)
{
	struct ui_needs n;

	ui_needs(h->ui, &n);
	world_watch(h->world, n.watch, n.watch_tgid, n.watch_start_ns);
	assert_int_equal(h->source->ops->tick(h->source, 0, apply, h->world), 0);
	world_publish(h->world, n.window, &h->s);
	ui_update(h->ui, &h->s);
}

static struct host *host_new(const char *scene, struct ui_opts opts)
{
	struct host *h = calloc(1, sizeof(*h));
	struct synth_opts so;
	struct err e = { "" };

	assert_non_null(h);
	opts.interval_ns = NS_PER_S;
	assert_int_equal(synth_options(scene, &so), 0);
	assert_int_equal(synth_new(&so, &h->source), 0);
	assert_int_equal(world_new(NULL, &h->world), 0);
	if (ui_new(&opts, &h->ui, &e))
		fail_msg("%s", e.text);
	assert_int_equal(canvas_init(&h->c, 24, 80, false), 0);
	for (int i = 0; i < 4; i++)
		step(h);
	return h;
}

static void host_free(struct host *h)
{
	h->source->ops->free(h->source);
	ui_free(h->ui);
	world_free(h->world);
	canvas_fini(&h->c);
	free(h->text);
	free(h);
}

static struct ui_action key(struct host *h, int k)
{
	struct term_event ev = { .key = k };
	struct ui_action a = ui_key(h->ui, &h->s, &ev);

	if (a.effect == UI_MARK)
		world_mark(h->world);
	ui_draw(h->ui, &h->s, &h->c);
	return a;
}

static const char *line(struct host *h, int row)
{
	static char text[CANVAS_COLS_MAX * 8 + 1];

	text[0] = '\0';
	for (int col = 0; col < h->c.cols; col++)
		strcat(text, canvas_at(&h->c, row, col)->utf8);
	return text;
}

/* Whether a line of the screen holds `text`. */
static bool shown(struct host *h, const char *text)
{
	ui_draw(h->ui, &h->s, &h->c);
	for (int row = 0; row < h->c.rows; row++)
		if (strstr(line(h, row), text))
			return true;
	return false;
}

static void must_show(struct host *h, const char *text)
{
	if (shown(h, text))
		return;
	for (int row = 0; row < h->c.rows; row++)
		print_message("# %s\n", line(h, row));
	fail_msg("not on the screen: %s", text);
}

static void focus(struct host *h, const char *view)
{
	assert_int_equal(ui_focus(h->ui, "cpu", view, NULL), 0);
}

static void json(struct host *h)
{
	FILE *out;

	free(h->text);
	out = open_memstream(&h->text, &h->text_len);
	assert_non_null(out);
	assert_int_equal(ui_json(h->ui, &h->s, out), 0);
	fclose(out);
}

/* Whether `part` stands in [from, to). */
static bool within(const char *from, const char *to, const char *part)
{
	const char *at = strstr(from, part);

	return at && at < to;
}

/* One line of JSON; each column is declared once and stands in the first row. */
static void check_json(struct host *h, const char *what)
{
	const char *end, *columns, *rows, *row_end;

	json(h);
	end = json_end(h->text, 0);
	if (!end || strcmp(end, "\n"))
		fail_msg("%s: not one line of JSON, at: %.80s", what, end ? end : h->text);
	columns = strstr(h->text, ",\"columns\":[");
	rows = strstr(h->text, ",\"rows\":[");
	assert_true(columns && rows && columns < rows);
	row_end = json_end(rows + strlen(",\"rows\":["), 0);
	for (const struct column *col = ui_view(h->ui)->columns; col->key; col++) {
		char declared[80], cell[80];

		if (col->flags & COL_SCREEN_ONLY)
			continue;
		snprintf(declared, sizeof(declared), "{\"key\":\"%s\",\"unit\":", col->key);
		snprintf(cell, sizeof(cell), "\"%s\":", col->key);
		if (!within(columns, rows, declared))
			fail_msg("%s: column %s is not declared", what, col->key);
		if (row_end && !within(rows, row_end, cell))
			fail_msg("%s: column %s is not in the first row", what, col->key);
	}
}

static void every_view_is_json_with_its_columns(void **state)
{
	char what[80];

	for (size_t i = 0; i < SCENES; i++) {
		struct host *h = host_new(scenes[i], (struct ui_opts){ 0 });

		for (int window = 0; window < 3; window++) {
			for (const struct view *v = ui_pane(h->ui)->views; v->id; v++) {
				snprintf(what, sizeof(what), "%s/%s, window %d", scenes[i], v->id, h->s.m.window);
				focus(h, v->id);
				check_json(h, what);
			}
			key(h, window ? 'B' : 'b');
			key(h, 'B');
			step(h);
		}
		host_free(h);
	}
}

static void every_kind_of_group_is_json_with_its_name(void **state)
{
	for (size_t i = 0; i < SCENES; i++)
		for (int by = 0; by < GROUP_BY_NR; by++) {
			struct host *h = host_new(scenes[i], (struct ui_opts){ .group_by = group_words[by] });

			check_json(h, group_words[by]);
			if (by >= GROUP_USER && h->ui->list.nr)
				assert_non_null(strstr(h->text, "\"rows\":[{\"pid\":null,"));
			if (by >= GROUP_USER && h->ui->list.nr)
				assert_non_null(strstr(h->text, "\"group\":\""));
			if (by == GROUP_THREAD && h->ui->list.nr)
				assert_non_null(strstr(h->text, "\"tgid\":"));
			host_free(h);
		}
}

static int64_t known(int64_t value)
{
	return value == FIG_UNKNOWN ? 0 : value;
}

/* on-CPU + run-queue wait + blocked + idle = interval, for each thread that lived all of it. */
static void the_shares_of_every_thread_add_up(void **state)
{
	struct host *h = host_new("database", (struct ui_opts){ .group_by = "thread" });
	const struct proc_row *t;
	int nr = 0;

	rows_refresh(h->ui, &h->s);
	for (int i = 0; i < h->ui->list.nr; i++) {
		int64_t classes_ns = 0;

		t = rows_at(h->ui, &h->s, i);
		if (t->age_ns != FIG_UNKNOWN && t->age_ns < (int64_t)h->s.m.interval_ns)
			continue;
		assert_int_equal(t->oncpu_ns + t->runq_wait_ns + t->blocked_ns + t->idle_ns, h->s.m.interval_ns);
		for (int c = 0; c < WAIT_NR; c++)
			if (c != WAIT_TIMER && c != WAIT_IDLE)
				classes_ns += t->class_ns[c];
		assert_int_equal(classes_ns + t->idle_ns, h->s.m.interval_ns);
		nr++;
	}
	assert_true(nr > 20);
	host_free(h);
}

static void groups_hold_what_their_processes_hold(void **state)
{
	for (int by = GROUP_USER; by < GROUP_BY_NR; by++) {
		struct host *h = host_new("database", (struct ui_opts){ .group_by = group_words[by] });
		const struct group_row *rows;
		int64_t oncpu_ns = 0, processes = 0;
		int nr = snapshot_groups(&h->s, (enum group_by)by, &rows);

		for (int i = 0; i < h->s.procs_nr; i++) {
			oncpu_ns += known(h->s.procs[i].oncpu_ns);
			processes += known(h->s.procs[i].processes);
		}
		assert_true(nr > 0);
		for (int i = 0; i < nr; i++) {
			oncpu_ns -= known(rows[i].sums.oncpu_ns);
			processes -= known(rows[i].sums.processes);
		}
		assert_int_equal(oncpu_ns, 0);
		assert_int_equal(processes, 0);
		host_free(h);
	}
}

static void a_group_is_entered_and_left(void **state)
{
	struct host *h = host_new("database", (struct ui_opts){ .meters = true, .function_bar = true });
	const struct proc_row *first, *row;

	key(h, 'g');
	must_show(h, "Rows are");
	for (const char *p = "command"; *p; p++)
		key(h, *p);
	key(h, TKEY_ENTER);
	must_show(h, "GROUP");
	first = rows_selected(h->ui, &h->s);
	assert_true(first->pid == FIG_UNKNOWN);
	key(h, TKEY_ENTER);
	must_show(h, "CPU > ");
	rows_refresh(h->ui, &h->s);
	assert_true(h->ui->list.nr > 0 && h->ui->list.nr < h->ui->list.all_nr);
	row = rows_at(h->ui, &h->s, 0);
	for (int i = 1; i < h->ui->list.nr; i++)
		assert_string_equal(((const struct proc_row *)rows_at(h->ui, &h->s, i))->comm, row->comm);
	key(h, TKEY_ENTER); /* into one of them, and all the way back */
	must_show(h, "woken by");
	key(h, TKEY_ESC);
	must_show(h, "COMMAND");
	key(h, TKEY_ESC);
	must_show(h, "GROUP");
	key(h, 'g');
	key(h, TKEY_HOME);
	key(h, TKEY_ENTER);
	must_show(h, "COMMAND");
	host_free(h);
}

static void a_cgroup_narrows_the_processes_and_esc_returns_to_it(void **state)
{
	struct host *h = host_new("database", (struct ui_opts){ .meters = true, .function_bar = true });
	const struct cgroup_row *g;
	int64_t processes = 0;

	focus(h, "cgroups");
	step(h);
	key(h, TKEY_DOWN);
	g = rows_selected(h->ui, &h->s);
	assert_non_null(g);
	key(h, TKEY_ENTER);
	must_show(h, "COMMAND");
	assert_int_equal(h->ui->cpu.group.cgroup_id, g->id);
	rows_refresh(h->ui, &h->s);
	for (int i = 0; i < h->ui->list.nr; i++) {
		const struct proc_row *p = rows_at(h->ui, &h->s, i);

		assert_int_equal(p->cgroup_id, g->id);
		processes += p->processes;
	}
	assert_int_equal(processes, g->sums.processes);
	key(h, TKEY_ESC);
	must_show(h, "CGROUP");
	assert_string_equal(ui_view(h->ui)->id, "cgroups");
	assert_int_equal(h->ui->cpu.group.cgroup_id, 0);
	host_free(h);
}

static void h_shows_threads_and_enter_opens_their_process(void **state)
{
	struct host *h = host_new("database", (struct ui_opts){ .meters = true, .function_bar = true });
	const struct proc_row *t;
	char tid[24];

	key(h, 'H');
	step(h);
	must_show(h, "TID");
	rows_refresh(h->ui, &h->s);
	assert_int_equal(h->ui->list.all_nr, h->s.threads_nr);
	assert_true(h->s.threads_nr > h->s.procs_nr / 2);
	t = rows_selected(h->ui, &h->s);
	snprintf(tid, sizeof(tid), "%lld", (long long)t->pid);
	key(h, TKEY_ENTER);
	must_show(h, "woken by");
	assert_true(h->ui->entered && h->ui->entered_pid == t->ppid);
	assert_true(h->ui->page.on_thread);
	key(h, TKEY_ESC);
	key(h, TKEY_ESC);
	must_show(h, "TID");
	key(h, 'H');
	must_show(h, "COMMAND");
	host_free(h);
}

/* Enters the process of this name. */
static void enter(struct host *h, const char *comm)
{
	for (int i = 0; i < h->s.procs_nr; i++)
		if (!strcmp(h->s.procs[i].comm, comm) && h->s.procs[i].pid != FIG_UNKNOWN) {
			ui_enter_process(h->ui, (struct row_id){ (uint64_t)h->s.procs[i].pid, h->s.procs[i].start_ns },
					 &h->s.procs[i]);
			step(h);
			return;
		}
	fail_msg("no process %s", comm);
}

static void the_page_lists_threads_and_asks_for_a_stack(void **state)
{
	struct host *h = host_new("database", (struct ui_opts){ .function_bar = true });
	struct ui_needs n;
	struct ui_action a;

	enter(h, "postgres");
	ui_needs(h->ui, &n);
	assert_true(n.demand & DEMAND_WAKERS);
	assert_int_equal(n.watch, WATCH_ONE);
	assert_int_equal(n.watch_tgid, h->ui->entered_pid);
	a = key(h, TKEY_ENTER);
	assert_int_equal(a.effect, UI_NOTHING); /* no thread is selected yet */
	assert_true(h->s.threads_nr > 0);
	key(h, TKEY_DOWN);
	assert_true(h->ui->page.on_thread);
	a = key(h, TKEY_ENTER);
	assert_int_equal(a.effect, UI_STACK);
	assert_int_equal(a.tgid, h->ui->entered_pid);
	assert_int_equal(a.pid, h->ui->page.thread.a);
	assert_int_equal(a.start_ns, h->ui->page.thread.b);
	must_show(h, "kernel stack is being read");
	key(h, TKEY_ESC);
	assert_false(shown(h, "kernel stack is being read"));
	key(h, TKEY_ESC);
	assert_false(h->ui->page.on_thread);
	key(h, TKEY_ESC);
	assert_false(h->ui->entered);
	host_free(h);
}

/* However small the screen: going down line by line shows each part of the page. */
static void every_line_of_the_page_can_be_reached(void **state)
{
	static const char *const labels[] = { "process", "cgroup", "command", "now", "behind", "woken by", "run queue",
					      "off-CPU", "cpu", "memory", "THREAD" };
	static const int sizes[][2] = { { 5, 20 }, { 8, 30 }, { 12, 40 }, { 24, 80 } };
	struct host *h = host_new("database", (struct ui_opts){ .meters = true, .function_bar = true });

	enter(h, "restic");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		bool seen[sizeof(labels) / sizeof(*labels)] = { false };

		assert_int_equal(canvas_resize(&h->c, sizes[i][0], sizes[i][1]), 0);
		key(h, TKEY_HOME);
		for (int n = 0; n < 60; n++) {
			for (size_t l = 0; l < sizeof(labels) / sizeof(*labels); l++)
				seen[l] = seen[l] || shown(h, labels[l]);
			key(h, TKEY_DOWN);
		}
		for (size_t l = 0; l < sizeof(labels) / sizeof(*labels); l++)
			if (!seen[l])
				fail_msg("%dx%d: no line '%s'", sizes[i][0], sizes[i][1], labels[l]);
		assert_true(h->ui->page.on_thread);
		for (int n = 0; n < 60; n++)
			key(h, TKEY_UP);
		assert_int_equal(h->ui->canvas_top, 0);
		assert_false(h->ui->page.on_thread);
	}
	host_free(h);
}

/* The answer to UI_STACK comes as a record. */
static void a_stack_is_shown_under_its_thread(void **state)
{
	struct host *h = host_new("database", (struct ui_opts){ .function_bar = true });
	struct stack_rec r = { .h = { .pane = PANE_CORE, .kind = CORE_STACK } };
	struct ui_action a;

	enter(h, "postgres");
	key(h, TKEY_DOWN);
	a = key(h, TKEY_ENTER);
	r.h.ts_ns = h->s.m.tick.h.ts_ns;
	r.pid = a.pid;
	r.tgid = a.tgid;
	r.start_ns = a.start_ns;
	r.len = (uint32_t)snprintf(r.text, sizeof(r.text), "[<0>] io_schedule+0x46\n[<0>] evil\033[31m\n");
	r.h.size = (uint16_t)(offsetof(struct stack_rec, text) + (r.len + 7) / 8 * 8);
	assert_int_equal(world_apply(h->world, &r.h), 0);
	step(h);
	must_show(h, "[<0>] io_schedule+0x46");
	must_show(h, "evil\\e[31m");
	r.error = 1;
	assert_int_equal(world_apply(h->world, &r.h), 0);
	step(h);
	must_show(h, "kernel stack: Operation not permitted");
	host_free(h);
}

static void windows_are_named_in_every_view(void **state)
{
	static const int sizes[][2] = { { 24, 80 }, { 43, 132 }, { 12, 40 }, { 24, 60 } };
	struct host *h = host_new("database", (struct ui_opts){ .meters = true, .function_bar = true });

	key(h, 'b');
	key(h, 'B');
	for (int i = 0; i < 65; i++)
		step(h);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		assert_int_equal(canvas_resize(&h->c, sizes[i][0], sizes[i][1]), 0);
		for (const struct view *v = ui_pane(h->ui)->views; v->id; v++) {
			focus(h, v->id);
			must_show(h, "since mark 01:05");
		}
	}
	key(h, 'B');
	step(h);
	must_show(h, "since start 01:0");
	key(h, 'B');
	step(h);
	assert_false(shown(h, "since"));
	host_free(h);
}

static void a_window_without_a_mark_is_since_the_start(void **state)
{
	struct host *h = host_new("database", (struct ui_opts){ .meters = true });
	struct ui_needs n;

	key(h, 'B');
	ui_needs(h->ui, &n);
	assert_int_equal(n.window, WINDOW_START);
	key(h, 'B');
	ui_needs(h->ui, &n);
	assert_int_equal(n.window, WINDOW_INTERVAL);
	assert_int_equal(key(h, 'b').effect, UI_MARK);
	key(h, 'B');
	ui_needs(h->ui, &n);
	assert_int_equal(n.window, WINDOW_MARK);
	host_free(h);
}

/* Keys in no order, on every view and size: nothing breaks, and the last line is always there. */
static void no_way_through_the_views_breaks_the_screen(void **state)
{
	static const int keys[] = { TKEY_TAB,  TKEY_BTAB, TKEY_ENTER, TKEY_ESC, TKEY_DOWN, TKEY_UP, TKEY_END, TKEY_HOME,
				    TKEY_PGDN, TKEY_LEFT, TKEY_RIGHT, 'H',	'g',	   'b',	    'B',      'O',
				    'K',       'v',	  'e',	      'x',	'o',	   's',	    ' ',      'c',
				    'F',       'I',	  '>',	      '?',	'!',	   'u',	    'm',      'p',	  '1',	    '4',
				    '3' };
	uint32_t seed = 20261122;

	for (size_t i = 0; i < SCENES; i++) {
		struct host *h = host_new(scenes[i], (struct ui_opts){ .meters = true, .function_bar = true });

		for (int n = 0; n < 1000; n++) {
			bool last = false;

			seed = seed * 1664525 + 1013904223;
			if (n % 40 == 0)
				assert_int_equal(canvas_resize(&h->c, 5 + (int)(seed >> 9) % 60, 20 + (int)(seed >> 17) % 200), 0);
			if (n % 60 == 0)
				step(h);
			key(h, keys[(seed >> 12) % (sizeof(keys) / sizeof(*keys))]);
			for (int col = 0; col < h->c.cols; col++)
				last = last || *canvas_at(&h->c, h->c.rows - 1, col)->utf8 != ' ';
			if (!last)
				fail_msg("%s: the last line is empty after %d keys", scenes[i], n);
		}
		host_free(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_view_is_json_with_its_columns),
		cmocka_unit_test(every_kind_of_group_is_json_with_its_name),
		cmocka_unit_test(the_shares_of_every_thread_add_up),
		cmocka_unit_test(groups_hold_what_their_processes_hold),
		cmocka_unit_test(a_group_is_entered_and_left),
		cmocka_unit_test(a_cgroup_narrows_the_processes_and_esc_returns_to_it),
		cmocka_unit_test(h_shows_threads_and_enter_opens_their_process),
		cmocka_unit_test(the_page_lists_threads_and_asks_for_a_stack),
		cmocka_unit_test(every_line_of_the_page_can_be_reached),
		cmocka_unit_test(a_stack_is_shown_under_its_thread),
		cmocka_unit_test(windows_are_named_in_every_view),
		cmocka_unit_test(a_window_without_a_mark_is_since_the_start),
		cmocka_unit_test(no_way_through_the_views_breaks_the_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
