/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event log on the screen and in files, and the alert line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "snap_events.h"
#include "ui_fixture.h"
#include "ui_priv.h"

#define ROWS_MAX 200

struct log {
	struct scene *sc;
	struct ui *ui;
	struct canvas c;
	struct events_snap snap;
	struct event_row rows[ROWS_MAX];
	char text[4096];
};

static int setup_with(void **state, struct ui_opts opts)
{
	struct log *l = calloc(1, sizeof(*l));

	l->sc = scene_new();
	l->snap = (struct events_snap){ .rows = l->rows, .text = l->text, .processes = true };
	l->sc->s.events = &l->snap;
	l->sc->s.slow_ns = 10 * MS;
	l->sc->s.m.oldest_block_ns = 0;
	l->ui = scene_ui(&l->sc->s, opts);
	*state = l;
	return canvas_init(&l->c, 24, 100, false);
}

static int setup(void **state)
{
	return setup_with(state, (struct ui_opts){ .meters = true, .function_bar = true, .show_args = true, .view = "events" });
}

static int setup_processes(void **state)
{
	return setup_with(state, (struct ui_opts){ .meters = true, .function_bar = true });
}

static int setup_replay(void **state)
{
	return setup_with(state, (struct ui_opts){ .meters = true, .replay = true, .view = "events" });
}

static int teardown(void **state)
{
	struct log *l = *state;

	ui_free(l->ui);
	canvas_fini(&l->c);
	free(l->sc);
	free(l);
	return 0;
}

/* Adds an event as the newest. */
static struct event_row *add(struct log *l, enum event_kind kind, int64_t pid, const char *text, size_t len)
{
	struct event_row *r = &l->rows[l->snap.nr++];
	uint32_t at = l->snap.nr > 1 ? r[-1].log.text_at + r[-1].log.text_len : 0;

	assert_true(l->snap.nr <= ROWS_MAX);
	*r = (struct event_row){ .log = { .seq = (uint64_t)l->snap.nr, .text_at = at, .text_len = (uint32_t)len },
				 .ts_ns = (int64_t)l->sc->s.m.tick.h.ts_ns - 1000 * MS + l->snap.nr,
				 .latency_ns = FIG_UNKNOWN, .age_ns = FIG_UNKNOWN, .cpu_ns = FIG_UNKNOWN, .pid = pid,
				 .tgid = pid, .ppid = FIG_UNKNOWN, .uid = FIG_UNKNOWN, .code = FIG_UNKNOWN,
				 .by_pid = FIG_UNKNOWN, .by_tgid = FIG_UNKNOWN, .kind = (uint8_t)kind };
	memcpy(l->text + at, text, len);
	return r;
}

static void refresh(struct log *l)
{
	ui_update(l->ui, &l->sc->s);
	ui_draw(l->ui, &l->sc->s, &l->c);
}

static struct ui_action key(struct log *l, int k)
{
	struct ui_action a = scene_key(l->ui, &l->sc->s, k);

	ui_draw(l->ui, &l->sc->s, &l->c);
	return a;
}

static bool sees(struct log *l, const char *what)
{
	char text[CANVAS_COLS_MAX * 8 + 1];

	for (int row = 0; row < l->c.rows; row++) {
		text[0] = '\0';
		for (int col = 0; col < l->c.cols; col++)
			strcat(text, canvas_at(&l->c, row, col)->utf8);
		if (strstr(text, what))
			return true;
	}
	return false;
}

static uint64_t selected(struct log *l)
{
	const struct event_row *r = rows_selected(l->ui, &l->sc->s);

	return r ? r->log.seq : 0;
}

static char *file_text;

static const char *json(struct log *l)
{
	size_t len;
	FILE *f;

	free(file_text);
	file_text = NULL;
	f = open_memstream(&file_text, &len);
	assert_int_equal(ui_json(l->ui, &l->sc->s, f), 0);
	fclose(f);
	return file_text;
}

static int count(const char *text, const char *part)
{
	int nr = 0;

	for (; (text = strstr(text, part)); text++)
		nr++;
	return nr;
}

static void the_cursor_goes_with_the_end_until_it_is_moved(void **state)
{
	struct log *l = *state;

	for (int i = 0; i < 30; i++)
		add(l, EVENT_EXEC, 1, "a", 1);
	refresh(l);
	assert_int_equal(selected(l), 30);
	add(l, EVENT_EXEC, 1, "a", 1);
	refresh(l);
	assert_int_equal(selected(l), 31);
	key(l, TKEY_UP);
	key(l, TKEY_UP);
	add(l, EVENT_EXEC, 1, "a", 1);
	refresh(l);
	assert_int_equal(selected(l), 29);
	key(l, TKEY_END);
	assert_int_equal(selected(l), 32);
	add(l, EVENT_EXEC, 1, "a", 1);
	refresh(l);
	assert_int_equal(selected(l), 33);
	key(l, TKEY_HOME);
	add(l, EVENT_EXEC, 1, "a", 1);
	refresh(l);
	assert_int_equal(selected(l), 1);
}

static void an_inverted_log_begins_with_the_newest(void **state)
{
	struct log *l = *state;

	for (int i = 0; i < 30; i++)
		add(l, EVENT_EXEC, 1, "a", 1);
	refresh(l);
	key(l, TKEY_HOME);
	key(l, 'I');
	rows_select(l->ui, &l->sc->s, 0);
	assert_int_equal(selected(l), 30);
}

static void files_tell_each_event_once_and_the_screen_keeps_its_place(void **state)
{
	struct log *l = *state;

	for (int i = 0; i < 20; i++)
		add(l, EVENT_EXEC, 1, "a", 1);
	refresh(l);
	key(l, TKEY_PGUP);
	assert_true(selected(l) < 15);
	l->snap.new_from = 17;
	l->snap.dropped = 5;
	l->snap.dropped_all = 9;
	refresh(l);
	assert_int_equal(count(json(l), "\"ts_ns\":1"), 3);
	assert_non_null(strstr(file_text, "\"omitted\":5"));
	assert_true(selected(l) < 15);
	assert_int_equal(l->ui->list.nr, 20);
	l->sc->s.m.total = true;
	assert_int_equal(count(json(l), "\"ts_ns\":1"), 20);
	assert_non_null(strstr(file_text, "\"omitted\":9"));
	l->ui->opts.rows_max = 4;
	assert_int_equal(count(json(l), "\"ts_ns\":1"), 4);
	assert_non_null(strstr(file_text, "\"omitted\":25"));
	l->sc->s.m.total = false;
	l->snap.dropped = 0;
	assert_null(strstr(json(l), "omitted"));
}

static void a_row_says_what_happened(void **state)
{
	struct log *l = *state;
	struct event_row *r = add(l, EVENT_SLOW, 8112, "", 0);

	strcpy(r->comm, "postgres");
	r->latency_ns = 14 * MS;
	r->by_pid = 9177;
	strcpy(r->by_comm, "re\033stic");
	r = add(l, EVENT_EXIT, 700, "", 0);
	r->signal = 11;
	r->flags = EVENT_F_CORE;
	r->age_ns = 3 * S_NS;
	r->cpu_ns = 2 * S_NS;
	r = add(l, EVENT_EXIT, 701, "", 0);
	r->code = 3;
	r = add(l, EVENT_EXEC, 702, "/bin/sh\0-c\0se\ncret\0", 19);
	r->by_pid = 1;
	strcpy(r->by_comm, "systemd");
	r->flags = EVENT_F_CUT;
	r = add(l, EVENT_KERNEL, FIG_UNKNOWN, "EXT4-fs \033[31m error", 19);
	r->level = 3;
	refresh(l);
	assert_true(sees(l, "14ms behind re\\estic (9177)"));
	assert_true(sees(l, "3.0s killed by SIGSEGV, core dumped  CPU 2.0s"));
	assert_true(sees(l, "exit 3"));
	assert_true(sees(l, "/bin/sh -c se\\ncret...  by systemd (1)"));
	assert_true(sees(l, "EXT4-fs \\e[31m error"));
	json(l);
	assert_non_null(strstr(file_text, "\"signal\":\"SIGSEGV\",\"core\":\"yes\""));
	assert_non_null(strstr(file_text, "\"code\":3,\"signal\":null"));
	assert_non_null(strstr(file_text, "\"latency_ns\":14000000"));
	assert_non_null(strstr(file_text, "\"text\":\"/bin/sh -c se\\\\ncret\""));
	assert_non_null(strstr(file_text, "\"level\":\"error\""));
	ui_set_args(l->ui, false);
	json(l);
	assert_null(strstr(file_text, "cret"));
	assert_non_null(strstr(file_text, "\"text\":\"/bin/sh\""));
	refresh(l);
	assert_false(sees(l, "cret"));
}

static void kinds_and_failures_choose_rows(void **state)
{
	struct log *l = *state;

	add(l, EVENT_EXEC, 1, "a", 1)->code = 0;
	add(l, EVENT_EXIT, 2, "", 0)->code = 0;
	add(l, EVENT_EXIT, 3, "", 0)->code = 1;
	add(l, EVENT_EXIT, 4, "", 0)->signal = 9;
	add(l, EVENT_KERNEL, FIG_UNKNOWN, "w", 1)->level = 4;
	add(l, EVENT_KERNEL, FIG_UNKNOWN, "e", 1)->level = 3;
	add(l, EVENT_OOM, 5, "o", 1)->level = 3;
	add(l, EVENT_SLOW, 6, "", 0)->latency_ns = MS;
	refresh(l);
	assert_int_equal(l->ui->list.nr, 8);
	key(l, 'x');
	refresh(l);
	assert_int_equal(l->ui->list.nr, 4);
	assert_true(sees(l, "failures"));
	key(l, 'x');
	key(l, 'e');
	key(l, TKEY_DOWN); /* exec */
	key(l, TKEY_ENTER);
	key(l, TKEY_DOWN); /* the menu is still there: exit */
	key(l, TKEY_ENTER);
	key(l, TKEY_ESC);
	refresh(l);
	assert_int_equal(l->ui->list.nr, 4);
	assert_true(sees(l, "without exec  exit"));
	key(l, 'e');
	key(l, TKEY_DOWN);
	key(l, TKEY_ENTER); /* and exec is back */
	key(l, TKEY_ESC);
	refresh(l);
	assert_int_equal(l->ui->list.nr, 5);
}

static void what_is_missing_is_said(void **state)
{
	struct log *l = *state;

	refresh(l);
	assert_true(sees(l, "waits from 10ms"));
	l->sc->s.lost[PANE_CORE].full = 3;
	l->snap.dropped_all = 2;
	l->snap.kmsg_lost_all = 1;
	add(l, EVENT_EXEC, 1, "a", 1);
	refresh(l);
	assert_true(sees(l, "lost 6"));
	assert_true(sees(l, "3 in the ring, 2 for want of room, 1 lines of the kernel"));
	strcpy(l->snap.kmsg_reason, "no right to");
	l->snap.processes = false;
	refresh(l);
	assert_true(sees(l, "kernel's log n/a"));
	assert_true(sees(l, "needs BPF"));
	assert_non_null(strstr(json(l), "\"latency_ns\":\"needs BPF"));
}

static void enter_opens_the_page_of_a_live_process_only(void **state)
{
	struct log *l = *state;
	struct event_row *r;

	add(l, EVENT_KERNEL, FIG_UNKNOWN, "w", 1);
	refresh(l);
	key(l, TKEY_ENTER);
	assert_false(l->ui->entered);
	assert_true(sees(l, "belongs to no process"));
	r = add(l, EVENT_EXEC, 8040, "a", 1);
	r->start_ns = 12345; /* another process had that number */
	refresh(l);
	key(l, TKEY_ENTER);
	assert_false(l->ui->entered);
	assert_true(sees(l, "has ended"));
	r = add(l, EVENT_EXEC, 8040, "a", 1);
	r->start_ns = 8040 * 1000;
	refresh(l);
	key(l, TKEY_ENTER);
	assert_true(l->ui->entered);
	assert_int_equal(l->ui->entered_pid, 8040);
	key(l, TKEY_ESC);
	assert_false(l->ui->entered);
	assert_string_equal(ui_view(l->ui)->id, "events");
	assert_int_equal(selected(l), 3);
}

static void an_entered_process_shows_its_own_events(void **state)
{
	struct log *l = *state;
	struct event_row *r;

	add(l, EVENT_EXEC, 8040, "a", 1)->start_ns = 12345;
	add(l, EVENT_EXEC, 8040, "b", 1)->start_ns = 8040 * 1000;
	add(l, EVENT_EXEC, 500, "c", 1);
	r = add(l, EVENT_SLOW, 501, "", 0); /* it kept another waiting */
	r->by_pid = 8041;
	r->by_tgid = 8040;
	add(l, EVENT_KERNEL, FIG_UNKNOWN, "w", 1);
	add(l, EVENT_EXEC, 8040, "d", 1)->start_ns = 8040 * 1000;
	refresh(l);
	key(l, TKEY_ENTER);
	assert_true(l->ui->entered);
	key(l, TKEY_BTAB);
	assert_string_equal(ui_view(l->ui)->id, "events");
	refresh(l);
	assert_int_equal(l->ui->list.nr, 3);
	key(l, '\\'); /* and the filter holds inside it too */
	key(l, 'd');
	key(l, TKEY_ENTER);
	refresh(l);
	assert_int_equal(l->ui->list.nr, 1);
}

static void type(struct log *l, const char *text)
{
	for (; *text; text++)
		key(l, *text);
}

static void the_threshold_is_asked_for(void **state)
{
	struct log *l = *state;
	struct ui_action a;

	refresh(l);
	key(l, 'o');
	assert_true(sees(l, "now 10 ms"));
	type(l, "1us");
	assert_int_equal(key(l, TKEY_ENTER).effect, UI_NOTHING);
	assert_true(sees(l, "from 10us to 60s"));
	for (int i = 0; i < 3; i++)
		key(l, TKEY_BACKSPACE);
	type(l, "2.5ms");
	a = key(l, TKEY_ENTER);
	assert_int_equal(a.effect, UI_THRESHOLD);
	assert_int_equal(a.value, 2500000);
}

static void a_recording_keeps_its_threshold(void **state)
{
	struct log *l = *state;

	refresh(l);
	key(l, 'o');
	assert_true(sees(l, "keeps the threshold"));
}

static void put_alert(struct event_alert *a, uint64_t seq, int64_t ts_ns, const char *text)
{
	*a = (struct event_alert){ .seq = seq, .ts_ns = ts_ns, .pid = 812, .level = 4 };
	snprintf(a->text, sizeof(a->text), "%s", text);
}

static void the_kernels_last_word_stays_until_it_is_seen(void **state)
{
	struct log *l = *state;

	refresh(l);
	assert_false(sees(l, "kernel: "));
	put_alert(&l->snap.kernel, 1, 1000, "link \033[2J down");
	refresh(l);
	assert_true(sees(l, "kernel: link \\e[2J down"));
	put_alert(&l->snap.oom, 2, 500, "Out of memory");
	strcpy(l->snap.oom.comm, "fat\007prog");
	refresh(l);
	assert_true(sees(l, "OOM kill: fat\\x07prog (812)"));
	assert_false(sees(l, "kernel: link"));
	ui_focus(l->ui, NULL, "events", &(struct err){ 0 });
	refresh(l);
	assert_false(sees(l, "OOM kill"));
	ui_focus(l->ui, NULL, "processes", &(struct err){ 0 });
	refresh(l);
	assert_false(sees(l, "OOM kill"));
	assert_false(sees(l, "kernel: "));
	put_alert(&l->snap.kernel, 3, 2000, "another");
	refresh(l);
	assert_true(sees(l, "kernel: another"));
}

static void alerts_come_in_the_order_of_their_weight(void **state)
{
	struct log *l = *state;

	l->sc->s.m.oldest_block_ns = 43 * S_NS;
	refresh(l);
	assert_true(sees(l, "tar (2291) is stuck in D for 43s"));
	put_alert(&l->snap.kernel, 1, 1000, "link down");
	refresh(l);
	assert_true(sees(l, "kernel: link down"));
	assert_false(sees(l, "is stuck"));
	l->sc->s.m.alert = (struct alert_rec){ .h.size = sizeof(struct alert_rec), .text = "a look-up hangs" };
	refresh(l); /* this one passes by itself */
	assert_true(sees(l, "a look-up hangs"));
}

static void a_press_on_the_alert_shows_the_events(void **state)
{
	struct log *l = *state;
	struct term_event ev = { .key = TKEY_MOUSE, .button = MOUSE_LEFT, .col = 3 };

	put_alert(&l->snap.kernel, 1, 1000, "link down");
	refresh(l);
	for (ev.row = 0; ev.row < l->c.rows; ev.row++) {
		const struct hit *h = hit_find(l->ui, ev.row, 3);

		if (h && h->kind == HIT_ALERT)
			break;
	}
	assert_true(ev.row < l->c.rows);
	ui_key(l->ui, &l->sc->s, &ev);
	assert_string_equal(ui_view(l->ui)->id, "events");
	refresh(l);
	assert_false(sees(l, "kernel: link down"));
}

#define WITH(name, with) cmocka_unit_test_setup_teardown(name, with, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(the_cursor_goes_with_the_end_until_it_is_moved, setup),
		WITH(an_inverted_log_begins_with_the_newest, setup),
		WITH(files_tell_each_event_once_and_the_screen_keeps_its_place, setup),
		WITH(a_row_says_what_happened, setup),
		WITH(kinds_and_failures_choose_rows, setup),
		WITH(what_is_missing_is_said, setup),
		WITH(enter_opens_the_page_of_a_live_process_only, setup),
		WITH(an_entered_process_shows_its_own_events, setup),
		WITH(the_threshold_is_asked_for, setup),
		WITH(a_recording_keeps_its_threshold, setup_replay),
		WITH(the_kernels_last_word_stays_until_it_is_seen, setup_processes),
		WITH(alerts_come_in_the_order_of_their_weight, setup_processes),
		WITH(a_press_on_the_alert_shows_the_events, setup_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
