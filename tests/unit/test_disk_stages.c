/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps of block I/O: counts by device and CPU, requests put together from their steps, and their view. */
#include <stdlib.h>

#include "snap_disk_stages.h"
#include "ui.h"
#include "ui_priv.h"
#include "world_fixture.h"

#define SDA   (8U << 20)
#define SDA1  (SDA + 1)
#define LOOP0 (7U << 20)
#define US    1000ULL

static void put_demand(struct fixture *f, uint32_t on, uint32_t trace_tgid)
{
	struct demand_rec r = { .on = on, .trace_tgid = trace_tgid };

	record_init(&r.h, T0, PANE_CORE, CORE_DEMAND, sizeof(r));
	put(f, &r);
}

/* A tick with the demand that the interval had, tracing process 100, and the picture after it. */
static void asked_tick(struct fixture *f, uint64_t ts_ns)
{
	put_demand(f, DEMAND_STAGES, 100);
	tick_and_publish(f, ts_ns);
}

static void put_sum(struct fixture *f, uint32_t dev, uint16_t cpu, uint64_t queued, uint64_t done)
{
	struct disk_stage_sum_rec r = { .dev = dev };

	record_init(&r.h, T0, PANE_DISK, DISK_STAGE_SUM, sizeof(r));
	r.h.cpu = cpu;
	r.count[STAGE_Q] = queued;
	r.count[STAGE_C] = done;
	put(f, &r);
}

struct step {
	uint64_t bio;
	uint64_t at_us; /* after the second second */
	enum disk_stage stage;
	uint8_t flags;
	uint64_t id;
	uint32_t pid, dev;
};

#define STEPS_NS (T0 + SEC)

static void put_step(struct fixture *f, struct step s)
{
	struct disk_stage_rec r = {
		.id = s.id, .bio = s.bio, .dev = s.dev ? s.dev : SDA, .set = DISK_READ, .stage = (uint8_t)s.stage,
		.flags = s.flags, .pid = s.pid ? s.pid : 101, .tgid = 100, .sector = 8 * s.bio, .bytes = 4096,
		.from_dev = s.stage == STAGE_A ? SDA1 : 0, .comm = "reader",
	};

	record_init(&r.h, STEPS_NS + s.at_us * US, PANE_DISK, DISK_STAGE, sizeof(r));
	r.h.cpu = 1;
	put(f, &r);
}

/* Q 0, G 1, I 3, D 10, C 110 microseconds after `at_us`. */
static void put_request(struct fixture *f, uint64_t bio, uint64_t at_us)
{
	put_step(f, (struct step){ bio, at_us, STAGE_Q });
	put_step(f, (struct step){ bio, at_us + 1, STAGE_G });
	put_step(f, (struct step){ bio, at_us + 3, STAGE_I, .id = 7 });
	put_step(f, (struct step){ bio, at_us + 10, STAGE_D, .id = 7 });
	put_step(f, (struct step){ bio, at_us + 110, STAGE_C, DISK_STAGE_F_LAST, .id = 7 });
}

static const struct disk_stages_snap *stages(const struct fixture *f)
{
	assert_non_null(f->snap.disk_stages);
	return f->snap.disk_stages;
}

static const struct stage_request *request(const struct fixture *f, uint64_t bio)
{
	for (int i = 0; i < stages(f)->requests_nr; i++)
		if (stages(f)->requests[i].bio == bio)
			return &stages(f)->requests[i];
	return NULL;
}

static const struct stage_row *device(const struct fixture *f, uint32_t dev)
{
	for (int i = 0; i < stages(f)->devs_nr; i++)
		if (stages(f)->devs[i].dev == dev)
			return &stages(f)->devs[i];
	return NULL;
}

/* "QGIDC" */
static const char *letters(const struct stage_request *r)
{
	static char text[STAGE_STEPS_MAX + 1];

	assert_non_null(r);
	for (uint32_t i = 0; i < r->steps_nr; i++)
		text[i] = STAGE_LETTERS[r->steps[i].stage];
	text[r->steps_nr] = '\0';
	return text;
}

static void begin(struct fixture *f)
{
	asked_tick(f, T0);
	asked_tick(f, T0 + SEC);
}

static void nothing_is_known_before_it_is_asked_for(void **state)
{
	struct fixture *f = *state;

	put_request(f, 1, 0);
	put_sum(f, SDA, 0, 5, 5);
	tick_and_publish(f, T0);
	assert_int_equal(stages(f)->state, STAGES_OFF);
	assert_int_equal(stages(f)->stage_status[STAGE_Q].state, FIG_NA);
	assert_non_null(strstr(stages(f)->stage_status[STAGE_Q].reason, "asked for"));
	assert_int_equal(stages(f)->requests_nr + stages(f)->devs_nr, 0);
	asked_tick(f, T0 + SEC);
	assert_int_equal(stages(f)->state, STAGES_BEGUN);
	assert_int_equal(stages(f)->requests_nr + stages(f)->devs_nr, 0);
	assert_int_equal(stages(f)->stage_status[STAGE_Q].state, FIG_EXACT);
}

static void counts_begin_with_the_first_whole_interval(void **state)
{
	struct fixture *f = *state;

	put_sum(f, SDA, 0, 40, 40); /* before the tick that begins it */
	asked_tick(f, T0);
	put_sum(f, SDA, 0, 50, 45);
	put_sum(f, SDA, 1, 7, 8);
	put_sum(f, LOOP0, 1, 2, 2);
	asked_tick(f, T0 + SEC);
	assert_int_equal(stages(f)->devs_nr, 2);
	assert_int_equal(stages(f)->cpus_nr, 3);
	assert_int_equal(device(f, SDA)->count[STAGE_Q], 17);
	assert_int_equal(device(f, SDA)->count[STAGE_C], 13);
	assert_int_equal(device(f, LOOP0)->count[STAGE_Q], 2);
	assert_int_equal(stages(f)->cpus[1].dev, SDA);
	assert_int_equal(stages(f)->cpus[1].cpu, 0);
	assert_int_equal(stages(f)->cpus[1].count[STAGE_Q], 10);
	asked_tick(f, T0 + 2 * SEC);
	assert_int_equal(device(f, SDA)->count[STAGE_Q], 0);
	world_publish(f->w, WINDOW_START, &f->snap);
	assert_int_equal(device(f, SDA)->count[STAGE_Q], 17);
}

static void steps_of_a_request_become_times_that_make_up_the_whole(void **state)
{
	struct fixture *f = *state;
	const struct stage_request *r;
	const struct stage_row *dev;
	int64_t share = 0;

	begin(f);
	put_request(f, 1, 0);
	put_sum(f, SDA, 0, 1, 1);
	asked_tick(f, T0 + 2 * SEC);
	r = request(f, 1);
	assert_string_equal(letters(r), "QGIDC");
	assert_true(r->done && !r->merged && !r->failed && !r->sampled);
	assert_int_equal(r->span_ns[SPAN_Q2G], 1 * US);
	assert_int_equal(r->span_ns[SPAN_G2I], 2 * US);
	assert_int_equal(r->span_ns[SPAN_I2D], 7 * US);
	assert_int_equal(r->span_ns[SPAN_G2D], FIG_UNKNOWN);
	assert_int_equal(r->span_ns[SPAN_D2C], 100 * US);
	assert_int_equal(r->span_ns[SPAN_Q2C], 110 * US);
	assert_int_equal(r->took_ns, 110 * US);
	assert_int_equal(r->id, 7);
	assert_int_equal(stages(f)->new_from, 0);
	dev = device(f, SDA);
	assert_int_equal(dev->followed, 1);
	assert_int_equal(dev->avg_ns[SPAN_Q2D], 10 * US);
	assert_int_equal(dev->times[SPAN_Q2C].max_ns, 110 * US);
	assert_int_equal(hist_count(&dev->times[SPAN_D2C].hist), 1);
	assert_ptr_equal(dev->last, r);
	for (int i = 0; i < SPAN_PARTS; i++)
		share += dev->times[i].count ? dev->times[i].share_pct : 0;
	assert_in_range(share, 99990, 100000);
	asked_tick(f, T0 + 3 * SEC);
	assert_int_equal(device(f, SDA)->followed, 0);
	assert_int_equal(device(f, SDA)->times[SPAN_Q2C].max_ns, FIG_UNKNOWN);
	assert_int_equal(stages(f)->new_from, 1);
}

static void without_a_scheduler_the_time_is_one(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_Q });
	put_step(f, (struct step){ 1, 2, STAGE_G });
	put_step(f, (struct step){ 1, 5, STAGE_D, .id = 7 });
	put_step(f, (struct step){ 1, 9, STAGE_C, DISK_STAGE_F_LAST, .id = 7 });
	asked_tick(f, T0 + 2 * SEC);
	assert_int_equal(request(f, 1)->span_ns[SPAN_G2D], 3 * US);
	assert_int_equal(request(f, 1)->span_ns[SPAN_G2I], FIG_UNKNOWN);
}

static void the_last_issue_and_the_last_completion_count(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_Q });
	put_step(f, (struct step){ 1, 1, STAGE_G });
	put_step(f, (struct step){ 1, 2, STAGE_D, .id = 7 });
	put_step(f, (struct step){ 1, 3, STAGE_R, .id = 7 });
	put_step(f, (struct step){ 1, 9, STAGE_D, .id = 7 });
	put_step(f, (struct step){ 1, 11, STAGE_C, .id = 7 }); /* a part of it */
	put_step(f, (struct step){ 1, 15, STAGE_C, DISK_STAGE_F_LAST | DISK_STAGE_F_ERROR, .id = 7 });
	asked_tick(f, T0 + 2 * SEC);
	assert_string_equal(letters(request(f, 1)), "QGDRDCC");
	assert_int_equal(request(f, 1)->span_ns[SPAN_G2D], 8 * US);
	assert_int_equal(request(f, 1)->span_ns[SPAN_D2C], 6 * US);
	assert_true(request(f, 1)->failed);
}

static void what_is_merged_ends_there_and_has_no_times(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_Q });
	put_step(f, (struct step){ 1, 2, STAGE_M });
	put_sum(f, SDA, 0, 1, 0);
	asked_tick(f, T0 + 2 * SEC);
	assert_string_equal(letters(request(f, 1)), "QM");
	assert_true(request(f, 1)->merged && request(f, 1)->done);
	assert_int_equal(request(f, 1)->took_ns, 2 * US);
	assert_int_equal(device(f, SDA)->followed, 0);
	assert_null(device(f, SDA)->last);
}

static void both_parts_of_a_split_were_queued_once(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_Q });
	put_step(f, (struct step){ 2, 1, STAGE_X, .id = 1 }); /* the front of 1 becomes 2 */
	put_step(f, (struct step){ 2, 2, STAGE_G });
	put_step(f, (struct step){ 1, 3, STAGE_G });
	put_step(f, (struct step){ 2, 4, STAGE_D, .id = 7 });
	put_step(f, (struct step){ 1, 5, STAGE_D, .id = 8 });
	put_step(f, (struct step){ 2, 8, STAGE_C, DISK_STAGE_F_LAST, .id = 7 });
	put_step(f, (struct step){ 1, 10, STAGE_C, DISK_STAGE_F_LAST, .id = 8 });
	asked_tick(f, T0 + 2 * SEC);
	assert_string_equal(letters(request(f, 1)), "QXGDC");
	assert_string_equal(letters(request(f, 2)), "QXGDC");
	assert_int_equal(request(f, 2)->span_ns[SPAN_Q2C], 8 * US);
	assert_int_equal(request(f, 2)->id, 7);
	assert_int_equal(request(f, 1)->span_ns[SPAN_Q2C], 10 * US);
}

static void a_plug_belongs_to_the_requests_of_its_thread(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_Q });
	put_step(f, (struct step){ 1, 1, STAGE_G });
	put_step(f, (struct step){ 0, 2, STAGE_P });
	put_step(f, (struct step){ 2, 3, STAGE_Q });
	put_step(f, (struct step){ 2, 4, STAGE_G });
	put_step(f, (struct step){ 3, 4, STAGE_Q, .pid = 55 });
	put_step(f, (struct step){ 3, 5, STAGE_G, .pid = 55 });
	put_step(f, (struct step){ 4, 5, STAGE_Q, .dev = LOOP0 });
	put_step(f, (struct step){ 4, 5, STAGE_G, .dev = LOOP0 });
	put_step(f, (struct step){ 0, 6, STAGE_U });
	put_step(f, (struct step){ 1, 7, STAGE_D, .id = 7 });
	put_step(f, (struct step){ 0, 8, STAGE_U }); /* of what came later */
	asked_tick(f, T0 + 2 * SEC);
	assert_string_equal(letters(request(f, 1)), "QGPUD");
	assert_string_equal(letters(request(f, 2)), "QGUU");
	assert_string_equal(letters(request(f, 3)), "QG");
	assert_string_equal(letters(request(f, 4)), "QG");
}

static void a_partition_is_remembered(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_A });
	put_step(f, (struct step){ 1, 1, STAGE_Q });
	asked_tick(f, T0 + 2 * SEC);
	assert_string_equal(letters(request(f, 1)), "AQ");
	assert_int_equal(request(f, 1)->dev, SDA);
	assert_int_equal(request(f, 1)->part, SDA1);
}

static void a_beginning_that_was_not_seen_makes_no_request(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_D, .id = 7 });
	put_step(f, (struct step){ 1, 9, STAGE_C, DISK_STAGE_F_LAST, .id = 7 });
	put_step(f, (struct step){ 3, 9, STAGE_X, .id = 2 });
	asked_tick(f, T0 + 2 * SEC);
	assert_int_equal(stages(f)->requests_nr, 0);
}

static void what_is_charged_begins_where_it_is_told(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_G, DISK_STAGE_F_CHARGED, .id = 7, .pid = 55 });
	put_step(f, (struct step){ 1, 2, STAGE_D, DISK_STAGE_F_CHARGED, .id = 7, .pid = 55 });
	put_step(f, (struct step){ 1, 9, STAGE_C, DISK_STAGE_F_CHARGED | DISK_STAGE_F_LAST, .id = 7 });
	put_sum(f, SDA, 0, 1, 1);
	asked_tick(f, T0 + 2 * SEC);
	assert_string_equal(letters(request(f, 1)), "GDC");
	assert_true(request(f, 1)->charged);
	assert_int_equal(request(f, 1)->pid, 55);
	assert_int_equal(request(f, 1)->tgid, 100);
	assert_int_equal(request(f, 1)->span_ns[SPAN_D2C], 7 * US);
	assert_int_equal(device(f, SDA)->followed, 0); /* when it was queued is not known */
}

static void what_is_under_way_stands_last_with_its_age(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_Q });
	put_request(f, 2, 5);
	asked_tick(f, T0 + 3 * SEC);
	assert_int_equal(stages(f)->requests_nr, 2);
	assert_int_equal(stages(f)->done_nr, 1);
	assert_int_equal(stages(f)->requests[1].bio, 1);
	assert_false(stages(f)->requests[1].done);
	assert_int_equal(stages(f)->requests[1].took_ns, 2 * SEC);
	put_step(f, (struct step){ 1, 2500000, STAGE_G });
	put_step(f, (struct step){ 1, 2500001, STAGE_D, .id = 7 });
	put_step(f, (struct step){ 1, 2500002, STAGE_C, DISK_STAGE_F_LAST, .id = 7 });
	asked_tick(f, T0 + 4 * SEC);
	assert_true(request(f, 1)->done);
	assert_int_equal(stages(f)->requests_nr, 2);
}

static void an_earlier_opening_says_nothing_later(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_Q });
	put_request(f, 2, 5);
	put_sum(f, SDA, 0, 2, 1);
	asked_tick(f, T0 + 2 * SEC);
	put_demand(f, 0, 0);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(stages(f)->state, STAGES_OFF);
	assert_int_equal(stages(f)->devs_nr + stages(f)->requests_nr, 0);
	put_step(f, (struct step){ 1, 2500000, STAGE_G });
	asked_tick(f, T0 + 4 * SEC);
	put_step(f, (struct step){ 1, 3500000, STAGE_C, DISK_STAGE_F_LAST, .id = 7 });
	asked_tick(f, T0 + 5 * SEC);
	assert_int_equal(stages(f)->devs_nr + stages(f)->requests_nr, 0);
}

static void what_is_long_under_way_is_forgotten_when_records_are_lost(void **state)
{
	struct fixture *f = *state;
	struct probe_rec probe = { .probe = 20, .pane = PANE_DISK, .state = PROBE_ON, .name = "bio-queue" };
	struct loss_rec loss = { .probe = 20, .pane = PANE_DISK, .seen = 9, .submitted = 9, .received = 9 };

	record_init(&probe.h, T0, PANE_CORE, CORE_PROBE, sizeof(probe));
	record_init(&loss.h, T0, PANE_CORE, CORE_LOSS, sizeof(loss));
	loss.h.cpu = 0;
	put(f, &probe);
	put(f, &loss);
	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_Q });
	put_step(f, (struct step){ 2, 1900000, STAGE_Q });
	loss.seen = 12;
	loss.full = 3;
	put(f, &loss);
	asked_tick(f, T0 + 3 * SEC);
	assert_true(f->snap.losing[PANE_DISK]);
	assert_null(request(f, 1));
	assert_non_null(request(f, 2));
	assert_int_equal(stages(f)->time_status.state, FIG_INCOMPLETE);
	assert_int_equal(stages(f)->dropped_all, 1);
}

static void the_last_of_too_many_steps_is_kept(void **state)
{
	struct fixture *f = *state;
	const struct stage_request *r;

	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_Q });
	put_step(f, (struct step){ 1, 1, STAGE_G });
	for (uint64_t i = 0; i < 30; i++) {
		put_step(f, (struct step){ 1, 2 + 2 * i, STAGE_D, .id = 7 });
		put_step(f, (struct step){ 1, 3 + 2 * i, STAGE_R, .id = 7 });
	}
	put_step(f, (struct step){ 1, 100, STAGE_D, .id = 7 });
	put_step(f, (struct step){ 1, 110, STAGE_C, DISK_STAGE_F_LAST, .id = 7 });
	asked_tick(f, T0 + 2 * SEC);
	r = request(f, 1);
	assert_int_equal(r->steps_nr, STAGE_STEPS_MAX);
	assert_int_equal(r->steps[STAGE_STEPS_MAX - 1].stage, STAGE_C);
	assert_int_equal(r->steps_nr + r->steps_lost, 64);
	assert_int_equal(r->span_ns[SPAN_D2C], 10 * US); /* its issue is not among the steps kept */
}

static void of_more_than_there_is_room_for_the_newest_stay(void **state)
{
	struct fixture *f = *state;

	begin(f);
	for (uint64_t i = 1; i <= 3000; i++)
		put_request(f, i, i * 200);
	put_sum(f, SDA, 0, 3000, 3000);
	asked_tick(f, T0 + 2 * SEC);
	assert_in_range(stages(f)->done_nr, STAGE_REQUESTS_MAX / 2, STAGE_REQUESTS_MAX);
	assert_int_equal(stages(f)->requests[stages(f)->done_nr - 1].bio, 3000);
	assert_int_equal(stages(f)->dropped, 3000 - stages(f)->done_nr);
	assert_int_equal(device(f, SDA)->followed, 3000);
}

/* ---- the view ---- */

struct screen {
	struct fixture *f;
	struct ui *ui;
	struct canvas c;
};

static struct screen screen_new(struct fixture *f, int rows, int cols, const char *pids)
{
	struct ui_opts opts = { .interval_ns = SEC, .asks = true, .pids = pids };
	struct screen sc = { .f = f };
	struct err e = { "" };

	assert_int_equal(ui_new(&opts, &sc.ui, &e), 0);
	assert_int_equal(ui_focus(sc.ui, "disk", "stages", &e), 0);
	assert_int_equal(canvas_init(&sc.c, rows, cols, true), 0);
	ui_update(sc.ui, &f->snap);
	ui_draw(sc.ui, &f->snap, &sc.c);
	return sc;
}

static void press(struct screen *sc, int key)
{
	ui_key(sc->ui, &sc->f->snap, &(struct term_event){ .key = key });
	ui_draw(sc->ui, &sc->f->snap, &sc->c);
}

static void update(struct screen *sc)
{
	ui_update(sc->ui, &sc->f->snap);
	ui_draw(sc->ui, &sc->f->snap, &sc->c);
}

static bool sees(const struct screen *sc, const char *what)
{
	char text[CANVAS_COLS_MAX * 8 + 1];

	for (int row = 0; row < sc->c.rows; row++) {
		text[0] = '\0';
		for (int col = 0; col < sc->c.cols; col++)
			strcat(text, canvas_at(&sc->c, row, col)->utf8);
		if (strstr(text, what))
			return true;
	}
	return false;
}

static void screen_free(struct screen *sc)
{
	ui_free(sc->ui);
	canvas_fini(&sc->c);
}

static void enter_goes_from_a_device_to_its_requests_and_to_their_steps(void **state)
{
	struct fixture *f = *state;
	struct ui_needs needs;
	struct screen sc;

	begin(f);
	put_request(f, 1, 0);
	put_request(f, 2, 200);
	put_sum(f, SDA, 0, 2, 2);
	asked_tick(f, T0 + 2 * SEC);
	sc = screen_new(f, 24, 80, NULL);
	assert_true(sees(&sc, "8:0"));
	assert_true(sees(&sc, "2 traced  Q>G 1.0us 0.9%  G>I 2.0us 1.8%  I>D 7.0us 6.4%  D>C 100us 90.9%"));
	assert_true(sees(&sc, "the last: R 4.0K by reader (101)  Q 0 G 1.0us I 3.0us D 10us C 110us"));
	press(&sc, TKEY_ENTER);
	update(&sc);
	ui_needs(sc.ui, &needs);
	assert_int_equal(needs.trace_dev, SDA);
	assert_true(needs.demand & DEMAND_STAGES);
	assert_true(sees(&sc, "110us Q 0 G 1.0us I 3.0us D 10us C 110us"));
	press(&sc, TKEY_ENTER);
	assert_true(sees(&sc, "R 4.0K at 16"));
	assert_true(sees(&sc, "3.0us   2.0us I inserted"));
	assert_true(sees(&sc, "110us   100us C completed"));
	assert_true(sees(&sc, "Q queued: a bio, a piece of I/O, is handed to the block layer"));
	for (uint64_t i = 3; i <= 1800; i++) { /* the request leaves the list, its page stays */
		put_request(f, i, i * 200);
		if (i == 900)
			asked_tick(f, T0 + 3 * SEC);
	}
	asked_tick(f, T0 + 4 * SEC);
	assert_null(request(f, 2));
	update(&sc);
	assert_true(sees(&sc, "110us   100us C completed"));
	press(&sc, TKEY_ESC);
	assert_true(sees(&sc, "TOOK STEPS"));
	press(&sc, TKEY_ESC);
	assert_true(sees(&sc, "Q/s"));
	ui_needs(sc.ui, &needs);
	assert_int_equal(needs.trace_dev, 0);
	screen_free(&sc);
}

static void only_requests_of_the_subject_are_listed(void **state)
{
	struct fixture *f = *state;
	struct screen sc;

	begin(f);
	put_request(f, 1, 0);
	asked_tick(f, T0 + 2 * SEC);
	sc = screen_new(f, 24, 80, "100");
	assert_true(sees(&sc, "110us Q 0 G"));
	screen_free(&sc);
	sc = screen_new(f, 24, 80, "200");
	assert_false(sees(&sc, "110us Q 0 G"));
	assert_true(sees(&sc, "tracing 100: each of its requests stands here as it ends"));
	screen_free(&sc);
}

static void a_narrow_screen_leaves_out_what_tells_least(void **state)
{
	struct fixture *f = *state;
	struct screen sc;

	begin(f);
	put_step(f, (struct step){ 1, 0, STAGE_Q });
	put_step(f, (struct step){ 1, 1, STAGE_G });
	put_step(f, (struct step){ 0, 2, STAGE_P });
	put_step(f, (struct step){ 0, 3, STAGE_U });
	put_step(f, (struct step){ 1, 4, STAGE_I, .id = 7 });
	put_step(f, (struct step){ 1, 5, STAGE_D, .id = 7 });
	put_step(f, (struct step){ 1, 6, STAGE_C, DISK_STAGE_F_LAST, .id = 7 });
	asked_tick(f, T0 + 2 * SEC);
	sc = screen_new(f, 24, 132, "100");
	assert_true(sees(&sc, "Q 0 G 1.0us P 2.0us U 3.0us I 4.0us D 5.0us C 6.0us"));
	screen_free(&sc);
	sc = screen_new(f, 12, 40, "100");
	assert_true(sees(&sc, "Q 0 G 1.0us I 4.0us+"));
	screen_free(&sc);
}

static void g_shows_cpus_and_a_cpu_0_is_a_number(void **state)
{
	struct fixture *f = *state;
	struct screen sc;

	begin(f);
	put_sum(f, SDA, 0, 5, 5);
	put_sum(f, SDA, 1, 3, 3);
	asked_tick(f, T0 + 2 * SEC);
	sc = screen_new(f, 24, 80, NULL);
	press(&sc, 'g');
	assert_true(sees(&sc, "8:0          0   5.0"));
	assert_true(sees(&sc, "8:0          1   3.0"));
	press(&sc, 'g');
	assert_true(sees(&sc, "8:0         8.0"));
	screen_free(&sc);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_known_before_it_is_asked_for),
		CASE(counts_begin_with_the_first_whole_interval),
		CASE(steps_of_a_request_become_times_that_make_up_the_whole),
		CASE(without_a_scheduler_the_time_is_one),
		CASE(the_last_issue_and_the_last_completion_count),
		CASE(what_is_merged_ends_there_and_has_no_times),
		CASE(both_parts_of_a_split_were_queued_once),
		CASE(a_plug_belongs_to_the_requests_of_its_thread),
		CASE(a_partition_is_remembered),
		CASE(a_beginning_that_was_not_seen_makes_no_request),
		CASE(what_is_charged_begins_where_it_is_told),
		CASE(what_is_under_way_stands_last_with_its_age),
		CASE(an_earlier_opening_says_nothing_later),
		CASE(what_is_long_under_way_is_forgotten_when_records_are_lost),
		CASE(the_last_of_too_many_steps_is_kept),
		CASE(of_more_than_there_is_room_for_the_newest_stay),
		CASE(enter_goes_from_a_device_to_its_requests_and_to_their_steps),
		CASE(only_requests_of_the_subject_are_listed),
		CASE(a_narrow_screen_leaves_out_what_tells_least),
		CASE(g_shows_cpus_and_a_cpu_0_is_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
