/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keys and the mouse do to the screen, and that no size breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "esc.h"
#include "ui_fixture.h"
#include "ui_priv.h"

struct world {
	struct scene *sc;
	struct ui *ui;
	struct canvas c;
};

static int setup_with(void **state, struct ui_opts opts)
{
	struct world *w = calloc(1, sizeof(*w));

	w->sc = scene_new();
	w->ui = scene_ui(&w->sc->s, opts);
	*state = w;
	return canvas_init(&w->c, 24, 80, false);
}

static int setup(void **state)
{
	return setup_with(state, (struct ui_opts){ .meters = true, .function_bar = true, .show_args = true });
}

static int setup_replay(void **state)
{
	return setup_with(state, (struct ui_opts){ .meters = true, .function_bar = true, .replay = true });
}

static int teardown(void **state)
{
	struct world *w = *state;

	ui_free(w->ui);
	canvas_fini(&w->c);
	free(w->sc);
	free(w);
	return 0;
}

static struct ui_action key(struct world *w, int k)
{
	struct ui_action a = scene_key(w->ui, &w->sc->s, k);

	ui_draw(w->ui, &w->sc->s, &w->c);
	return a;
}

static const char *line(struct world *w, int row)
{
	static char text[CANVAS_COLS_MAX * 8 + 1];

	text[0] = '\0';
	for (int col = 0; col < w->c.cols; col++)
		strcat(text, canvas_at(&w->c, row, col)->utf8);
	return text;
}

/* The first line that holds `text`, or -1. */
static int find(struct world *w, const char *text)
{
	for (int row = 0; row < w->c.rows; row++)
		if (strstr(line(w, row), text))
			return row;
	return -1;
}

/* The screen column where `text` stands, on the first line that holds it. */
static int column(struct world *w, const char *text)
{
	const char *on = line(w, find(w, text));
	char before[400];

	snprintf(before, sizeof(before), "%.*s", (int)(strstr(on, text) - on), on);
	return utf8_columns(before);
}

static int64_t selected_pid(struct world *w)
{
	const struct proc_row *row = rows_selected(w->ui, &w->sc->s);

	return row ? row->pid : -1;
}

static struct proc_row *proc(struct world *w, int64_t pid)
{
	for (int i = 0; i < w->sc->s.procs_nr; i++)
		if (w->sc->procs[i].pid == pid)
			return &w->sc->procs[i];
	fail_msg("no process %lld", (long long)pid);
	return NULL;
}

static void rows_are_sorted_by_cpu_at_first(void **state)
{
	struct world *w = *state;

	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_true(find(w, "8112 postgres") >= 0);
	assert_true(find(w, "8112 postgres") < find(w, "[dead] root"));
	assert_true(find(w, "[dead] root") < find(w, "8040 www-data"));
	assert_true(find(w, "CPU%\u25bc") >= 0);
	assert_int_equal(selected_pid(w), 8112);
}

static void the_cursor_stays_at_the_top_until_it_is_moved(void **state)
{
	struct world *w = *state;

	proc(w, 9177)->oncpu_ns = 990 * MS;
	ui_update(w->ui, &w->sc->s);
	assert_int_equal(selected_pid(w), 9177);
}

static void a_moved_cursor_keeps_its_process_and_rows_keep_still(void **state)
{
	struct world *w = *state;

	key(w, TKEY_DOWN);
	key(w, TKEY_DOWN);
	assert_int_equal(selected_pid(w), 8040);
	proc(w, 9177)->oncpu_ns = 990 * MS; /* would become the first */
	ui_update(w->ui, &w->sc->s);
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_int_equal(selected_pid(w), 8040);
	assert_true(find(w, "8112 postgres") < find(w, "9177 backup"));
	/* Nobody moved since: the next update sorts, and the cursor goes with its process. */
	ui_update(w->ui, &w->sc->s);
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_true(find(w, "9177 backup") < find(w, "8112 postgres"));
	assert_int_equal(selected_pid(w), 8040);
}

static void enter_opens_the_page_and_esc_returns_to_the_row(void **state)
{
	struct world *w = *state;

	key(w, TKEY_DOWN);
	key(w, TKEY_DOWN);
	key(w, TKEY_ENTER);
	assert_true(find(w, "CPU > processes > php-fpm8.2") >= 0);
	assert_true(find(w, "parents systemd") >= 0);
	key(w, TKEY_TAB);
	assert_true(find(w, "(8040) > processes") >= 0);
	assert_int_equal(find(w, "8112 postgres"), -1);
	assert_true(find(w, "8040 www-data") >= 0);
	for (int n = 0; n < UI_VIEWS_MAX && find(w, "(8040) > runqueue") < 0; n++)
		key(w, TKEY_TAB);
	assert_true(find(w, "(8040) > runqueue") >= 0);
	for (int n = 0; n < UI_VIEWS_MAX && w->ui->view != PAGE_VIEW; n++)
		key(w, TKEY_TAB);
	assert_true(find(w, "parents systemd") >= 0);
	proc(w, 9177)->oncpu_ns = 990 * MS;
	ui_update(w->ui, &w->sc->s);
	key(w, TKEY_ESC);
	assert_true(find(w, "[processes]") >= 0);
	assert_int_equal(selected_pid(w), 8040);
}

static void the_page_of_a_process_that_ended_says_so(void **state)
{
	struct world *w = *state;

	key(w, TKEY_ENTER);
	proc(w, 8112)->start_ns++; /* the pid lives on in another process */
	ui_update(w->ui, &w->sc->s);
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_true(find(w, "has ended") >= 0);
	key(w, TKEY_TAB);
	assert_true(find(w, "this process has ended") >= 0);
}

static void a_row_that_sums_processes_has_no_page(void **state)
{
	struct world *w = *state;

	key(w, TKEY_DOWN);
	key(w, TKEY_ENTER);
	assert_true(find(w, "has no page") >= 0);
	assert_true(find(w, "[processes]") >= 0);
}

struct sort_case {
	int key;
	int64_t first;
	const char *heading;
};

static const struct sort_case sort_cases[] = {
	{ 'L', 8112, "WAIT%\u25bc" }, { 'M', 8112, "RES\u25bc" }, { 'N', 1, "PID\u25b2" },
	{ 'P', 8112, "CPU%\u25bc" }, { 'T', 9300, "TIME\u25bc" },  { 'A', 8112, "CPU%\u25bc" }, { '>', 8112, "WAIT%\u25bc" },
	{ '>', 2291, "BLK%\u25bc" },  { '<', 8112, "WAIT%\u25bc" },
};

static void sort_keys_sort(void **state)
{
	struct world *w = *state;

	w->ui->opts.a11y = false;
	assert_int_equal(canvas_resize(&w->c, 24, 110), 0);
	for (size_t i = 0; i < sizeof(sort_cases) / sizeof(*sort_cases); i++) {
		if (sort_cases[i].key == '>') /* skips USR% and SYS%, which sort too */
			for (int n = 0; n < 8 && find(w, sort_cases[i].heading) < 0; n++)
				key(w, '>');
		else if (sort_cases[i].key == '<')
			for (int n = 0; n < 8 && find(w, sort_cases[i].heading) < 0; n++)
				key(w, '<');
		else
			key(w, sort_cases[i].key);
		if (find(w, sort_cases[i].heading) < 0)
			fail_msg("key %c: no heading %s", sort_cases[i].key, sort_cases[i].heading);
		assert_int_equal(selected_pid(w), sort_cases[i].first);
	}
}

static void unknown_sorts_last_in_both_directions(void **state)
{
	struct world *w = *state;
	const struct proc_row *last;

	rows_sort(w->ui, view_column(ui_view(w->ui), "p99"), false);
	rows_refresh(w->ui, &w->sc->s);
	last = rows_at(w->ui, &w->sc->s, w->ui->list.nr - 1);
	assert_true(last->runq_p99_ns == FIG_UNKNOWN);
	key(w, 'I');
	last = rows_at(w->ui, &w->sc->s, w->ui->list.nr - 1);
	assert_true(last->runq_p99_ns == FIG_UNKNOWN);
	assert_true(((const struct proc_row *)rows_at(w->ui, &w->sc->s, 0))->runq_p99_ns == 6 * MS);
}

static void io_sort_says_that_there_is_none_here(void **state)
{
	struct world *w = *state;

	key(w, 'D');
	assert_true(find(w, "no I/O bytes in this view") >= 0);
	key(w, 'A');
	assert_int_equal(find(w, "no I/O bytes"), -1);
}

static void search_moves_while_typed(void **state)
{
	struct world *w = *state;

	key(w, '/');
	scene_type(w->ui, &w->sc->s, "res");
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_int_equal(selected_pid(w), 8112); /* postg-res */
	assert_int_equal(w->c.cursor_row, 22);
	assert_int_equal(w->c.cursor_col, 1 + 8 + 3);
	key(w, 't');
	assert_int_equal(selected_pid(w), 9177);
	key(w, 'q');
	assert_true(find(w, "no match") >= 0);
	key(w, TKEY_ESC);
	assert_int_equal(w->c.cursor_row, -1);
	key(w, 'n');
	assert_int_equal(selected_pid(w), 9177);
}

static void filter_shows_at_once_and_esc_ends_it(void **state)
{
	struct world *w = *state;

	key(w, '\\');
	scene_type(w->ui, &w->sc->s, "cpu>15");
	key(w, TKEY_ENTER);
	assert_int_equal(w->ui->list.nr, 4);
	assert_true(find(w, "filter: cpu>15") >= 0);
	assert_true(find(w, "1 of 4 (7 hidden)") >= 0);
	key(w, TKEY_ESC);
	assert_int_equal(w->ui->list.nr, 11);
	key(w, TKEY_F4);
	scene_type(w->ui, &w->sc->s, "nosuch>1");
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_true(find(w, "no column nosuch") >= 0);
	assert_true(find(w, "no row passes the filters") >= 0);
	key(w, TKEY_ESC);
	assert_int_equal(w->ui->list.nr, 11);
}

static void kernel_threads_are_hidden_by_k(void **state)
{
	struct world *w = *state;

	key(w, 'K');
	assert_int_equal(w->ui->list.nr, 9);
	key(w, 'K');
	assert_int_equal(w->ui->list.nr, 11);
}

static void a_user_is_chosen_from_the_menu(void **state)
{
	struct world *w = *state;

	proc(w, 8040)->uid = 33;
	key(w, 'u');
	scene_type(w->ui, &w->sc->s, "www");
	key(w, TKEY_ENTER);
	assert_int_equal(w->ui->list.nr, 1);
	assert_int_equal(selected_pid(w), 8040);
	assert_true(find(w, "user: 33") >= 0);
}

static void the_sort_menu_finds_what_is_typed(void **state)
{
	struct world *w = *state;

	key(w, TKEY_F6);
	scene_type(w->ui, &w->sc->s, "rss");
	key(w, TKEY_ENTER);
	assert_true(find(w, "RES\u25bc") >= 0);
}

static void tags_are_kept_by_identity(void **state)
{
	struct world *w = *state;

	key(w, ' ');
	assert_int_equal(w->ui->tags_nr, 1);
	assert_true(strncmp(line(w, find(w, "8112 postgres")), "*", 1) == 0);
	key(w, TKEY_END);
	key(w, 'U');
	assert_int_equal(w->ui->tags_nr, 0);
	rows_sort(w->ui, view_column(ui_view(w->ui), "pid"), false);
	key(w, TKEY_HOME);
	key(w, 'c'); /* pid 1 with all its children */
	assert_int_equal(w->ui->tags_nr, 10);
}

struct effect_case {
	int key;
	enum ui_effect effect;
};

static const struct effect_case effect_cases[] = {
	{ 'q', UI_QUIT },     { TKEY_F10, UI_QUIT },	  { 3, UI_QUIT },     { KEY_CTRL('l'), UI_REDRAW },
	{ 'w', UI_SNAPSHOT }, { KEY_CTRL('z'), UI_SUSPEND }, { 'Z', UI_FREEZE }, { TKEY_GONE, UI_QUIT },
	{ '[', UI_NOTHING },  { 'x', UI_NOTHING },
};

static void keys_ask_for_effects(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(effect_cases) / sizeof(*effect_cases); i++)
		assert_int_equal(key(w, effect_cases[i].key).effect, effect_cases[i].effect);
	ui_set_frozen(w->ui, true);
	assert_int_equal(key(w, 'Z').effect, UI_LIVE);
	assert_true(find(w, "FROZEN") >= 0);
}

static void a_key_without_action_says_so(void **state)
{
	struct world *w = *state;

	key(w, 'j');
	assert_true(find(w, "j: nothing to do here") >= 0);
	key(w, '7');
	assert_true(find(w, "7: nothing to do here") >= 0);
	key(w, '2');
	assert_true(find(w, "2: there is no such pane") >= 0);
}

static struct ui_action prompt(struct world *w, int open, const char *text)
{
	key(w, open);
	scene_type(w->ui, &w->sc->s, text);
	return key(w, TKEY_ENTER);
}

static void the_interval_is_checked(void **state)
{
	struct world *w = *state;
	struct ui_action a = prompt(w, 'd', "500ms");

	assert_int_equal(a.effect, UI_INTERVAL);
	assert_true(a.value == 500 * MS);
	assert_true(prompt(w, 'd', "2").value == 2 * S_NS);
	assert_int_equal(prompt(w, 'd', "0.01").effect, UI_NOTHING);
	assert_true(find(w, "from 0.1 to 60") >= 0);
	key(w, KEY_CTRL('u'));
	scene_type(w->ui, &w->sc->s, "5");
	assert_true(key(w, TKEY_ENTER).value == 5 * S_NS);
}

static void snapshots_take_name_and_format(void **state)
{
	struct world *w = *state;
	struct ui_action a = prompt(w, 'W', "out.json");

	assert_int_equal(a.effect, UI_SNAPSHOT_AS);
	assert_int_equal(a.value, OUT_JSON);
	assert_string_equal(a.text, "out.json");
	key(w, 'W');
	key(w, TKEY_TAB);
	a = key(w, TKEY_ENTER);
	assert_int_equal(a.value, OUT_ANSI);
	assert_string_equal(a.text, "");
}

static void prompts_edit_characters_not_bytes(void **state)
{
	struct world *w = *state;

	key(w, '/');
	key(w, 0xe9);
	key(w, 0x4e2d); /* two columns */
	assert_int_equal(w->c.cursor_col, 1 + 8 + 3);
	key(w, TKEY_LEFT);
	key(w, TKEY_BACKSPACE);
	assert_string_equal(w->ui->prompt.text, "\xe4\xb8\xad");
	key(w, TKEY_DEL);
	assert_string_equal(w->ui->prompt.text, "");
	key(w, TKEY_BACKSPACE); /* on an empty line it closes */
	assert_int_equal(w->ui->prompt.kind, PROMPT_NONE);
}

static void a_replay_steps_and_seeks(void **state)
{
	struct world *w = *state;
	int64_t now = (int64_t)w->sc->s.m.tick.h.ts_ns;

	assert_int_equal(key(w, '[').value, -1);
	assert_int_equal(key(w, ']').value, 1);
	assert_true(key(w, '{').value == now - 60 * S_NS);
	assert_true(key(w, '}').value == now + 60 * S_NS);
	assert_true(prompt(w, '@', "3m").value == now - 180 * S_NS);
	assert_true(prompt(w, '@', "").value == INT64_MAX);
	assert_true(prompt(w, '@', "04:10").value == now - 69 * S_NS);
	assert_true(prompt(w, '@', "04:12:09").value == now + 60 * S_NS);
	assert_int_equal(prompt(w, '@', "25:00").effect, UI_NOTHING);
	key(w, TKEY_ESC);
	assert_int_equal(prompt(w, 'd', "2").effect, UI_SPEED);
	assert_true(find(w, "REPLAY") >= 0);
}

static void space_switches_probes_on_the_health_screen(void **state)
{
	struct world *w = *state;
	struct ui_action a;

	key(w, '!');
	assert_true(find(w, "sched_switch") >= 0);
	a = key(w, ' ');
	assert_int_equal(a.effect, UI_PROBE_SWITCH);
	assert_int_equal(a.value, 0);
	assert_string_equal(a.text, "off");
	key(w, TKEY_END);
	assert_int_equal(key(w, ' ').effect, UI_NOTHING);
	assert_true(find(w, "Run as root or give CAP_PERFMON.") >= 0);
	key(w, TKEY_HOME);
	w->ui->opts.readonly = true;
	assert_int_equal(key(w, ' ').effect, UI_NOTHING);
	key(w, '!');
	assert_true(find(w, "[processes]") >= 0);
}

static void health_shows_growth_per_second(void **state)
{
	struct world *w = *state;

	w->sc->s.m.tick.h.ts_ns += 2 * S_NS;
	for (int i = 0; i < 2; i++) {
		w->sc->losses[i].rec.events += 500;
		w->sc->losses[i].rec.full = 3;
	}
	ui_update(w->ui, &w->sc->s);
	key(w, '!');
	assert_non_null(strstr(line(w, find(w, "sched_switch")), " 500 "));
	assert_non_null(strstr(line(w, find(w, "sched_switch")), " 6 "));
}

static struct ui_action click(struct world *w, int row, int col)
{
	struct term_event ev = { .key = TKEY_MOUSE, .row = row, .col = col, .button = MOUSE_LEFT };
	struct ui_action a = ui_key(w->ui, &w->sc->s, &ev);

	ui_draw(w->ui, &w->sc->s, &w->c);
	return a;
}

static void the_mouse_selects_sorts_and_changes_views(void **state)
{
	struct world *w = *state;
	int heading;

	ui_draw(w->ui, &w->sc->s, &w->c);
	heading = find(w, "COMMAND");
	click(w, find(w, "8040 www-data"), 30);
	assert_int_equal(selected_pid(w), 8040);
	click(w, heading, 7);
	assert_true(find(w, "PID\u25b2") >= 0);
	click(w, heading, 7);
	assert_true(find(w, "PID\u25bc") >= 0);
	click(w, find(w, "[processes]"), column(w, "runqueue"));
	assert_true(find(w, "[runqueue]") >= 0);
	click(w, 0, 79);
	click(w, 500, 500);
}

/* The columns of wait classes are dropped first; sorting and scrolling reach them. */
static void wait_classes_are_sorted_by_and_scrolled_to(void **state)
{
	struct world *w = *state;

	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_int_equal(find(w, "DISK%"), -1);
	key(w, '.');
	scene_type(w->ui, &w->sc->s, "disk_ns");
	key(w, TKEY_ENTER);
	assert_int_equal(selected_pid(w), 9177);
	for (int n = 0; n < UI_COLS_MAX && find(w, "DISK%\u25bc") < 0; n++)
		key(w, TKEY_RIGHT);
	assert_true(find(w, "DISK%\u25bc") >= 0);
	assert_true(find(w, "9177") < find(w, "8112"));
	key(w, KEY_CTRL('a'));
	assert_int_equal(find(w, "DISK%"), -1);
}

static void an_alert_takes_a_line_only_while_there_is_one(void **state)
{
	struct world *w = *state;

	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_true(find(w, "tar (2291) is stuck in D for 43s") == 4);
	w->sc->s.m.oldest_block_ns = 0;
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_int_equal(find(w, "is stuck"), -1);
	assert_true(find(w, "1 CPU") == 4);
	w->sc->s.m.alert.h.size = sizeof(struct alert_rec);
	strcpy(w->sc->s.m.alert.text, "out of memory: killed \033[5mmysqld");
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_true(find(w, "killed \\e[5mmysqld") == 4);
}

static void losses_are_marked_while_they_grow(void **state)
{
	struct world *w = *state;

	w->sc->s.m.self.lost_ring = 7;
	w->sc->s.losing[PANE_CPU] = true;
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_true(find(w, "lost 7\u25b2") == 23);
}

static void figures_carry_their_state(void **state)
{
	struct world *w = *state;

	w->sc->s.runq_status = (struct fig_status){ .state = FIG_NA, .reason = "no probe" };
	w->sc->s.class_status = (struct fig_status){ .state = FIG_SAMPLED, .one_in = 8 };
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_non_null(strstr(line(w, find(w, "8112 postgres")), "n/a"));
	assert_non_null(strstr(line(w, find(w, "9177 backup")), "~77.9"));
	assert_true(find(w, "n/a: no probe") >= 0);
	w->sc->s.class_status.state = FIG_INCOMPLETE;
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_non_null(strstr(line(w, find(w, "9177 backup")), "!77.9"));
}

static void the_first_frame_has_no_rates_and_no_zeros_for_them(void **state)
{
	struct world *w = *state;

	w->sc->s.m.interval_ns = 0;
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_non_null(strstr(line(w, find(w, "8112 postgres")), "R                     14ms"));
	assert_non_null(strstr(line(w, find(w, "8112 postgres")), "812M"));
}

static void hostile_names_are_shown_as_text(void **state)
{
	struct world *w = *state;

	assert_int_equal(canvas_resize(&w->c, 24, 220), 0);
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_true(find(w, "evil\\e[31m\\n\\xff (\\xe2\\x80\\xaegnp.exe)") >= 0);
	for (int row = 0; row < w->c.rows; row++)
		for (const char *p = line(w, row); *p; p++)
			assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
}

static void ascii_screens_hold_only_ascii(void **state)
{
	struct world *w = *state;

	w->c.ascii = true;
	ui_draw(w->ui, &w->sc->s, &w->c);
	for (int row = 0; row < w->c.rows; row++)
		for (const char *p = line(w, row); *p; p++)
			assert_true(*p >= ' ' && *p <= '~');
	assert_true(find(w, "14ms^") >= 0);
}

static void accessible_screens_have_no_drawings(void **state)
{
	struct world *w = *state;

	w->ui->opts.a11y = true;
	key(w, TKEY_DOWN);
	assert_int_equal(find(w, "TIME BAR"), -1);
	assert_int_equal(find(w, "|||"), -1);
	assert_int_equal(w->c.cursor_row, find(w, "> [dead]"));
}

static const int wander[] = { TKEY_END, TKEY_ENTER, TKEY_TAB, TKEY_TAB, TKEY_ESC, TKEY_TAB, '!', '!', '?', TKEY_PGDN,
			      TKEY_END, '?', 'v', TKEY_ENTER, '.', TKEY_END, TKEY_ESC, '/', 'a', TKEY_ESC, TKEY_RIGHT,
			      TKEY_RIGHT, '$', '^', '\\', 'z', TKEY_ENTER, TKEY_ESC, '#', 'K', 'W', TKEY_ESC };

static void no_size_breaks_any_screen(void **state)
{
	static const int rows[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 19, 20, 23, 24, 25, 43, 50, 200, 500 };
	static const int cols[] = { 1, 2, 3, 5, 8, 12, 19, 20, 21, 30, 40, 59, 60, 61, 79, 80, 100, 129, 130, 131, 200, 500 };
	struct world *w = *state;
	static const int cpus[] = { 0, 1, 3, 64, 4096 };

	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++)
		for (size_t n = 0; n < sizeof(cols) / sizeof(*cols); n++) {
			assert_int_equal(canvas_resize(&w->c, rows[r], cols[n]), 0);
			scene_cpus(w->sc, cpus[(r + n) % 5]);
			w->ui->opts.a11y = (r + n) % 3 == 0;
			for (size_t i = 0; i < sizeof(wander) / sizeof(*wander); i++)
				key(w, wander[i]);
			while (w->ui->screen != SCREEN_VIEW || w->ui->entered)
				key(w, TKEY_ESC);
		}
}

static void the_last_line_is_always_there(void **state)
{
	struct world *w = *state;

	for (int rows = 1; rows < 60; rows++)
		for (int cols = 20; cols < 120; cols += 7) {
			assert_int_equal(canvas_resize(&w->c, rows, cols), 0);
			ui_draw(w->ui, &w->sc->s, &w->c);
			assert_non_null(strstr(line(w, rows - 1), "lost 0"));
			assert_non_null(strstr(line(w, rows - 1), "9/9"));
		}
}

static void wide_screens_show_more_columns(void **state)
{
	struct world *w = *state;
	int last = 0;

	for (int cols = 20; cols <= 300; cols += 10) {
		int shown = 0, at;

		assert_int_equal(canvas_resize(&w->c, 5, cols), 0);
		ui_draw(w->ui, &w->sc->s, &w->c);
		for (at = 0; ui_view(w->ui)->columns[at].key; at++)
			shown += strstr(line(w, 0), ui_view(w->ui)->columns[at].title) != NULL;
		assert_true(shown >= last);
		last = shown;
	}
	assert_true(last >= 26);
}

static void the_same_snapshot_draws_the_same_screen(void **state)
{
	struct world *w = *state;
	struct canvas other;
	struct ui *ui = scene_ui(&w->sc->s, w->ui->opts);

	assert_int_equal(canvas_init(&other, 24, 80, false), 0);
	ui_draw(w->ui, &w->sc->s, &w->c);
	ui_draw(ui, &w->sc->s, &other);
	for (int i = 0; i < 24 * 80; i++) {
		assert_string_equal(w->c.cells[i].utf8, other.cells[i].utf8);
		assert_int_equal(w->c.cells[i].style, other.cells[i].style);
	}
	canvas_fini(&other);
	ui_free(ui);
}

struct refusal {
	struct ui_opts opts;
	const char *words;
};

static const struct refusal refusals[] = {
	{ { .view = "nosuch" }, "The views: processes, " },
	{ { .sort_key = "nosuch" }, "--sort-key=help" },
	{ { .pids = "12,x" }, "not a list of numbers" },
};

static void bad_options_are_refused_in_words(void **state)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		struct err e = { "" };
		struct ui *ui;

		assert_true(ui_new(&refusals[i].opts, &ui, &e) < 0);
		assert_non_null(strstr(e.text, refusals[i].words));
	}
}

static void an_unknown_pane_gets_the_list(void **state)
{
	struct world *w = *state;
	struct err e = { "" };

	assert_true(ui_focus(w->ui, "nosuch", NULL, &e) < 0);
	assert_non_null(strstr(e.text, "The panes: cpu"));
	assert_int_equal(ui_focus(w->ui, "cpu", "runqueue", &e), 0);
	assert_string_equal(ui_view(w->ui)->id, "runqueue");
}

static void the_number_of_rows_can_be_limited(void **state)
{
	struct world *w = *state;

	w->ui->opts.rows_max = 2;
	ui_draw(w->ui, &w->sc->s, &w->c);
	assert_true(find(w, "[dead] root") >= 0);
	assert_int_equal(find(w, "8040 www-data"), -1);
}

static void options_choose_rows(void **state)
{
	struct scene *sc = scene_new();
	struct ui *ui = scene_ui(&sc->s, (struct ui_opts){ .pids = "1,8112", .sort_key = "-pid" });

	rows_refresh(ui, &sc->s);
	assert_int_equal(ui->list.nr, 2);
	assert_int_equal(((const struct proc_row *)rows_at(ui, &sc->s, 0))->pid, 8112);
	ui_free(ui);
	ui = scene_ui(&sc->s, (struct ui_opts){ .user = "" });
	rows_refresh(ui, &sc->s);
	assert_int_equal(ui->list.nr, 1); /* the only one with the uid of the own process */
	ui_free(ui);
	ui = scene_ui(&sc->s, (struct ui_opts){ .user = "postgres" });
	rows_refresh(ui, &sc->s);
	assert_int_equal(ui->list.nr, 1);
	ui_free(ui);
	free(sc);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(rows_are_sorted_by_cpu_at_first),
		T(the_cursor_stays_at_the_top_until_it_is_moved),
		T(a_moved_cursor_keeps_its_process_and_rows_keep_still),
		T(enter_opens_the_page_and_esc_returns_to_the_row),
		T(the_page_of_a_process_that_ended_says_so),
		T(a_row_that_sums_processes_has_no_page),
		T(sort_keys_sort),
		T(unknown_sorts_last_in_both_directions),
		T(io_sort_says_that_there_is_none_here),
		T(search_moves_while_typed),
		T(filter_shows_at_once_and_esc_ends_it),
		T(kernel_threads_are_hidden_by_k),
		T(a_user_is_chosen_from_the_menu),
		T(the_sort_menu_finds_what_is_typed),
		T(tags_are_kept_by_identity),
		T(keys_ask_for_effects),
		T(a_key_without_action_says_so),
		T(the_interval_is_checked),
		T(snapshots_take_name_and_format),
		T(prompts_edit_characters_not_bytes),
		cmocka_unit_test_setup_teardown(a_replay_steps_and_seeks, setup_replay, teardown),
		T(space_switches_probes_on_the_health_screen),
		T(health_shows_growth_per_second),
		T(the_mouse_selects_sorts_and_changes_views),
		T(wait_classes_are_sorted_by_and_scrolled_to),
		T(an_alert_takes_a_line_only_while_there_is_one),
		T(losses_are_marked_while_they_grow),
		T(figures_carry_their_state),
		T(the_first_frame_has_no_rates_and_no_zeros_for_them),
		T(hostile_names_are_shown_as_text),
		T(ascii_screens_hold_only_ascii),
		T(accessible_screens_have_no_drawings),
		T(no_size_breaks_any_screen),
		T(the_last_line_is_always_there),
		T(wide_screens_show_more_columns),
		T(the_same_snapshot_draws_the_same_screen),
		T(an_unknown_pane_gets_the_list),
		T(the_number_of_rows_can_be_limited),
		cmocka_unit_test(bad_options_are_refused_in_words),
		cmocka_unit_test(options_choose_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
