/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single block requests on the screen and in files, and what is traced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "snap_disk_events.h"
#include "snap_events.h"
#include "ui_fixture.h"
#include "ui_priv.h"
#include "view_disk.h"

#define ROWS_MAX 64
#define VDA	 (254U << 20)
#define LOOP0	 (7U << 20)

struct log {
	struct scene *sc;
	struct ui *ui;
	struct canvas c;
	struct disk_events_snap snap;
	struct disk_event_row rows[ROWS_MAX];
};

static int setup_with(void **state, struct ui_opts opts)
{
	struct log *l = calloc(1, sizeof(*l));
	struct err e = { "" };

	l->sc = scene_new();
	l->snap = (struct disk_events_snap){ .rows = l->rows };
	l->sc->s.disk_events = &l->snap;
	l->sc->s.disk_slow_ns = 10 * MS;
	l->sc->s.m.host.flags = HOST_F_BPF;
	l->sc->s.m.oldest_block_ns = 0;
	l->ui = scene_ui(&l->sc->s, opts);
	assert_int_equal(ui_focus(l->ui, "disk", "events", &e), 0);
	*state = l;
	return canvas_init(&l->c, 24, 132, false);
}

static int setup(void **state)
{
	return setup_with(state, (struct ui_opts){ .meters = true, .function_bar = true });
}

static int setup_pids(void **state)
{
	return setup_with(state, (struct ui_opts){ .pids = "8112,9177", .demand = DEMAND_TRACE });
}

static int setup_command(void **state)
{
	return setup_with(state, (struct ui_opts){ .command = true, .demand = DEMAND_TRACE });
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

/* Adds an event as the newest; those in flight come after all of them. */
static struct disk_event_row *add(struct log *l, int64_t pid, uint16_t flags)
{
	struct disk_event_row *r = &l->rows[l->snap.nr++];

	assert_true(l->snap.nr <= ROWS_MAX);
	l->snap.log_nr++;
	*r = (struct disk_event_row){ .log = { .seq = (uint64_t)l->snap.nr }, .id = (uint64_t)l->snap.nr,
				      .ts_ns = (int64_t)l->sc->s.m.tick.h.ts_ns - 1000 * MS + l->snap.nr,
				      .queued_ns = (int64_t)l->sc->s.m.tick.h.ts_ns - 1021 * MS, .queue_ns = 2 * MS,
				      .service_ns = 19 * MS, .latency_ns = 21 * MS, .age_ns = FIG_UNKNOWN,
				      .waits_ns = FIG_UNKNOWN, .sector = 4096, .bytes = 4096, .ino = FIG_UNKNOWN, .pid = pid,
				      .tgid = pid, .start_ns = (uint64_t)pid * 1000, .dev = VDA,
				      .set = DISK_WRITE | DISK_SET_SYNC, .flags = flags, .comm = "restic" };
	return r;
}

static struct disk_event_row *add_flight(struct log *l, int64_t pid, int64_t age_ns, int64_t queue_ns)
{
	struct disk_event_row *r = add(l, pid, DISK_IO_F_SLOW);

	l->snap.log_nr--;
	r->log.seq = 0;
	r->state = queue_ns == FIG_UNKNOWN ? DISK_EVENT_QUEUED : DISK_EVENT_ISSUED;
	r->ts_ns = r->service_ns = r->latency_ns = r->error = FIG_UNKNOWN;
	r->queue_ns = queue_ns;
	r->age_ns = age_ns;
	r->waits_ns = queue_ns == FIG_UNKNOWN ? age_ns : age_ns - queue_ns;
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

static const struct disk_event_row *selected(struct log *l)
{
	return rows_selected(l->ui, &l->sc->s);
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

static void a_row_says_what_was_done_and_for_whom(void **state)
{
	struct log *l = *state;
	struct disk_event_row *r = add(l, 9177, DISK_IO_F_SLOW | DISK_IO_F_INFERRED);

	strcpy(r->comm, "re\033stic");
	strcpy(r->submitter, "kworker/u8:3");
	strcpy(r->file, "db/wal\n");
	r->set = DISK_WRITE | DISK_SET_PREFLUSH | DISK_SET_FUA | DISK_SET_SYNC;
	r->error = 5;
	r->requeues = 3;
	refresh(l);
	assert_true(sees(l, "254:0    FWFS"));
	assert_true(sees(l, "4096  4.0K  2.0ms    19ms EIO    re\\estic~ <- kworker/u8:3"));
	assert_true(sees(l, "db/wal\\n"));
	assert_true(sees(l, "FWFS write, after a flush, through the cache, waited for  4.0K on 254:0  EIO  queue 2.0ms  service 19ms"));
	assert_true(sees(l, "re\\estic (9177) made the data, inferred; kworker/u8:3 wrote it  file db/wal\\n"));
	json(l);
	assert_non_null(strstr(file_text, "\"sector\":4096,\"bytes\":4096,\"queue_ns\":2000000,\"service_ns\":19000000,\"result\":\"EIO\""));
	assert_non_null(strstr(file_text, "\"state\":\"done\",\"waits_in\":null,\"waits_ns\":null,\"age_ns\":null"));
	assert_non_null(strstr(file_text, "\"why\":\"slow failed\""));
	assert_non_null(strstr(file_text, "\"submitter\":\"kworker/u8:3\",\"inferred\":\"yes\""));
	assert_non_null(strstr(file_text, "\"requeues\":3"));
}

static void what_is_in_flight_has_an_age_and_no_end(void **state)
{
	struct log *l = *state;

	add(l, 9177, DISK_IO_F_SLOW);
	add_flight(l, 9177, 43 * S_NS, FIG_UNKNOWN);
	add_flight(l, 9177, 44 * S_NS, 2 * S_NS);
	l->snap.new_from = 1;
	refresh(l);
	assert_true(sees(l, "in flight       9177 254:0    WS          4096  4.0K   >43s       - -      restic"));
	assert_true(sees(l, "in flight       9177 254:0    WS          4096  4.0K   2.0s    >42s -      restic"));
	assert_true(sees(l, "in flight for 44s  it is in the device  after 2.0s in the queue"));
	json(l);
	assert_int_equal(count(file_text, "\"state\":\"in flight\""), 2);
	assert_int_equal(count(file_text, "\"state\":\"done\""), 0);
	assert_non_null(strstr(file_text, "\"rows\":[{\"ts_ns\":null"));
	assert_non_null(strstr(file_text, "\"queue_ns\":null,\"service_ns\":null,\"result\":null"));
	assert_non_null(strstr(file_text, "\"queue_ns\":2000000000,\"service_ns\":null,\"result\":null"));
	assert_non_null(strstr(file_text, "\"waits_in\":\"queue\",\"waits_ns\":43000000000,\"age_ns\":43000000000"));
	assert_non_null(strstr(file_text, "\"waits_in\":\"device\",\"waits_ns\":42000000000,\"age_ns\":44000000000"));
	key(l, 'I'); /* whatever the order, they stand last */
	refresh(l);
	key(l, TKEY_HOME);
	assert_int_equal(selected(l)->state, DISK_EVENT_DONE);
}

static void kinds_and_failures_choose_rows(void **state)
{
	struct log *l = *state;

	add(l, 1, DISK_IO_F_SLOW);
	add(l, 2, DISK_IO_F_SLOW | DISK_IO_F_TRACED);
	add(l, 3, DISK_IO_F_TRACED);
	add(l, 4, DISK_IO_F_ERROR)->error = 5;
	add_flight(l, 5, S_NS, FIG_UNKNOWN);
	refresh(l);
	assert_int_equal(l->ui->list.nr, 5);
	key(l, 'x');
	refresh(l);
	assert_int_equal(l->ui->list.nr, 1);
	assert_true(sees(l, "failures"));
	key(l, 'x');
	key(l, 'e');
	assert_true(sees(l, "[x] in flight"));
	key(l, TKEY_ENTER); /* slow: what is traced as well stays */
	key(l, TKEY_END);
	key(l, TKEY_ENTER);
	key(l, TKEY_ESC);
	refresh(l);
	assert_int_equal(l->ui->list.nr, 3);
	assert_true(sees(l, "without slow  in flight"));
}

/* What is hidden in one pane's log is not hidden in another's. */
static void each_pane_has_its_own_choice_of_kinds(void **state)
{
	struct log *l = *state;
	struct err e = { "" };

	key(l, 'x');
	assert_true(logview_ui(l->ui)->failed);
	ui_focus(l->ui, "cpu", "events", &e);
	assert_false(logview_ui(l->ui)->failed);
	key(l, 'e');
	assert_true(sees(l, "[x] oom"));
}

/* The kernel's log is in the CPU pane's events only. */
static void the_kernels_last_word_is_not_seen_here(void **state)
{
	struct log *l = *state;
	struct events_snap cpu = { .kernel = { .seq = 1, .ts_ns = 1000, .level = 4, .text = "link down" } };
	struct err e = { "" };

	l->sc->s.events = &cpu;
	refresh(l);
	refresh(l);
	assert_true(sees(l, "kernel: link down"));
	assert_true(sees(l, "open CPU events"));
	ui_focus(l->ui, "cpu", "events", &e);
	refresh(l);
	ui_focus(l->ui, "disk", "events", &e);
	refresh(l);
	assert_false(sees(l, "link down"));
}

static void the_threshold_is_that_of_block_io(void **state)
{
	struct log *l = *state;
	struct ui_action a;

	refresh(l);
	key(l, 'o');
	assert_true(sees(l, "Block I/O from (now 10 ms)"));
	scene_type(l->ui, &l->sc->s, "500us");
	a = key(l, TKEY_ENTER);
	assert_int_equal(a.effect, UI_THRESHOLD);
	assert_int_equal(a.pane, PANE_DISK);
	assert_int_equal(a.value, 500000);
}

static void an_empty_log_says_what_would_stand_there(void **state)
{
	struct log *l = *state;

	refresh(l);
	assert_true(sees(l, "nothing yet: block I/O from 10ms (o), and what fails"));
	l->sc->s.trace_dev = LOOP0;
	refresh(l);
	assert_true(sees(l, "nothing yet: tracing 7:0"));
	add(l, 1, DISK_IO_F_SLOW);
	key(l, 'x');
	refresh(l);
	assert_true(sees(l, "no request has failed: x shows the others"));
	l->sc->s.m.host.flags = 0;
	refresh(l);
	assert_true(sees(l, "needs BPF"));
	assert_non_null(strstr(json(l), "\"na\":{\"queue_ns\":\"needs BPF"));
}

/* Into a device, and from its first view back to this one. */
static void enter_device(struct log *l, uint32_t dev)
{
	struct err e = { "" };

	disk_dev_enter(l->ui, dev, "a device");
	ui_focus(l->ui, "disk", "events", &e);
	refresh(l);
}

static void needs(struct log *l, uint32_t tgid, uint32_t dev)
{
	struct ui_needs n;

	ui_needs(l->ui, &n);
	assert_int_equal(n.trace_tgid, tgid);
	assert_int_equal(n.trace_dev, dev);
}

static void what_is_entered_is_traced_while_the_view_is_open(void **state)
{
	struct log *l = *state;
	struct err e = { "" };

	add(l, 8040, DISK_IO_F_SLOW);
	add(l, 9177, DISK_IO_F_SLOW);
	refresh(l);
	needs(l, 0, 0);
	enter_device(l, LOOP0);
	needs(l, 0, LOOP0);
	key(l, TKEY_ENTER);
	enter_device(l, DISK_ALL);
	refresh(l);
	key(l, TKEY_ENTER);
	assert_true(l->ui->entered);
	needs(l, 0, 0); /* the page of the process */
	ui_focus(l->ui, "disk", "events", &e);
	refresh(l);
	needs(l, 9177, 0);
	assert_int_equal(l->ui->list.nr, 1);
	l->rows[1].start_ns = 5; /* another process had that number */
	refresh(l);
	assert_int_equal(l->ui->list.nr, 0);
	ui_focus(l->ui, "cpu", "events", &e);
	needs(l, 0, 0);
}

static void of_several_processes_the_first_is_traced(void **state)
{
	struct log *l = *state;

	add(l, 8112, DISK_IO_F_TRACED);
	add(l, 9177, DISK_IO_F_SLOW);
	add(l, 8040, DISK_IO_F_SLOW);
	l->sc->s.trace_tgid = 8112;
	refresh(l);
	needs(l, 8112, 0);
	assert_int_equal(l->ui->list.nr, 2); /* and of the others what is slow */
	assert_true(sees(l, "tracing postgres (8112) only"));
}

static void of_a_command_the_whole_tree_is_traced(void **state)
{
	struct log *l = *state;

	needs(l, TRACE_ALL, 0);
	l->sc->s.trace_tgid = TRACE_ALL;
	refresh(l);
	assert_true(sees(l, "tracing the command"));
}

static void a_traced_partition_shows_its_requests_to_the_disk(void **state)
{
	struct log *l = *state;

	add(l, 1, DISK_IO_F_TRACED);
	add(l, 2, DISK_IO_F_SLOW);
	add(l, 3, DISK_IO_F_TRACED)->dev = LOOP0;
	enter_device(l, VDA + 1);
	l->sc->s.trace_dev = VDA + 1;
	refresh(l);
	assert_int_equal(l->ui->list.nr, 2);
	enter_device(l, LOOP0);
	l->sc->s.trace_dev = LOOP0;
	l->rows[0].flags = DISK_IO_F_SLOW;
	refresh(l);
	assert_int_equal(l->ui->list.nr, 1);
}

static void losses_are_told(void **state)
{
	struct log *l = *state;

	add(l, 1, DISK_IO_F_SLOW);
	refresh(l);
	assert_true(sees(l, "nothing lost"));
	assert_true(sees(l, "slow from 10ms"));
	l->sc->s.lost[PANE_DISK].full = 3;
	l->snap.dropped = l->snap.dropped_all = 2;
	refresh(l);
	assert_true(sees(l, "lost 5"));
	assert_true(sees(l, "3 in the ring, 2 for want of room"));
	assert_non_null(strstr(json(l), "\"omitted\":2"));
}

static void neighbours_are_those_of_the_same_device_and_direction(void **state)
{
	struct log *l = *state;
	struct disk_event_row *r;

	add(l, 1, DISK_IO_F_TRACED);
	add(l, 1, DISK_IO_F_TRACED)->dev = LOOP0;
	add(l, 1, DISK_IO_F_TRACED)->set = DISK_READ;
	r = add(l, 1, DISK_IO_F_TRACED);
	r->sector = 4104;
	refresh(l);
	assert_true(sees(l, "begins where the write listed before it ends"));
	r->sector = 4104 + 2048;
	refresh(l);
	assert_true(sees(l, "1.0M behind the write listed before it"));
	r->sector = 4104 - 2048;
	refresh(l);
	assert_true(sees(l, "1.0M before the write listed before it"));
}

static void nobody_has_no_page(void **state)
{
	struct log *l = *state;
	struct disk_event_row *r = add(l, FIG_UNKNOWN, DISK_IO_F_SLOW);

	*r->comm = '\0';
	refresh(l);
	key(l, TKEY_ENTER);
	assert_true(sees(l, "no process is charged"));
	assert_true(sees(l, "charged to nobody"));
	r->flags |= DISK_IO_F_STACKED;
	refresh(l);
	assert_true(sees(l, "for a device above"));
}

#define WITH(name, with) cmocka_unit_test_setup_teardown(name, with, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(a_row_says_what_was_done_and_for_whom, setup),
		WITH(what_is_in_flight_has_an_age_and_no_end, setup),
		WITH(kinds_and_failures_choose_rows, setup),
		WITH(each_pane_has_its_own_choice_of_kinds, setup),
		WITH(the_kernels_last_word_is_not_seen_here, setup),
		WITH(the_threshold_is_that_of_block_io, setup),
		WITH(an_empty_log_says_what_would_stand_there, setup),
		WITH(what_is_entered_is_traced_while_the_view_is_open, setup),
		WITH(of_several_processes_the_first_is_traced, setup_pids),
		WITH(of_a_command_the_whole_tree_is_traced, setup_command),
		WITH(a_traced_partition_shows_its_requests_to_the_disk, setup),
		WITH(losses_are_told, setup),
		WITH(neighbours_are_those_of_the_same_device_and_direction, setup),
		WITH(nobody_has_no_page, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
