/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys on all views of a host whose names and numbers are hostile: models, snapshot and screen
 * together, with their modes, windows and entered rows, while intervals pass and sizes change.
 */
#include <string.h>

#include "keys.h"
#include "model.h"
#include "synth.h"
#include "ui.h"

#define TICKS	    6
#define RECORDS_MAX (8 << 20)
#define BYTES_MAX   160

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t records[RECORDS_MAX / 8]; /* of all intervals, one after the other */
static size_t ends[TICKS + 1], used;
static struct world *w;

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void keep(void *ctx, const struct ev_hdr *ev)
{
	require(used + ev->size <= sizeof(records));
	memcpy((char *)records + used, ev, ev->size);
	used += ev->size;
}

static void end(void)
{
	world_free(w);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct synth_opts opts;
	struct source *s;

	require(synth_options("hostile", &opts) == 0);
	require(synth_new(&opts, &s) == 0);
	for (int t = 0; t < TICKS; t++) {
		require(s->ops->tick(s, 0, keep, NULL) == 0);
		ends[t + 1] = used;
	}
	s->ops->free(s);
	require(world_new(NULL, &w) == 0);
	return atexit(end);
}

struct play {
	struct snapshot snap;
	struct ui *ui;
	struct canvas canvas;
	int tick;
	bool frozen;
};

static void publish(struct play *p)
{
	struct ui_needs n;

	ui_needs(p->ui, &n);
	world_watch(w, n.watch, n.watch_tgid, n.watch_start_ns);
	world_publish(w, n.window, &p->snap);
	ui_update(p->ui, &p->snap);
}

static void tick(struct play *p)
{
	if (p->tick == TICKS)
		return;
	for (size_t at = ends[p->tick]; at < ends[p->tick + 1];) {
		const struct ev_hdr *ev = (const void *)((char *)records + at);

		require(world_apply(w, ev) == 0);
		at += ev->size;
	}
	p->tick++;
	if (!p->frozen)
		publish(p);
}

static void press(struct play *p, const struct term_event *ev)
{
	struct ui_action a = ui_key(p->ui, &p->snap, ev);

	if (a.effect == UI_FREEZE || a.effect == UI_LIVE)
		ui_set_frozen(p->ui, p->frozen = a.effect == UI_FREEZE);
	else if (a.effect == UI_MARK)
		world_mark(w);
}

static void play_keys(struct play *p, const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size && at < BYTES_MAX;) {
		struct term_event ev = event(data, size, &at);

		if (ev.key == '7')
			tick(p);
		else if (ev.key == '8' && at < size)
			require(!canvas_resize(&p->canvas, 1 + data[at] % 60,
					       1 + data[at] * 3 / 2));
		else
			press(p, &ev);
		ui_draw(p->ui, &p->snap, &p->canvas);
		check_cells(&p->canvas);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pane_views *pane;
	int views_nr = 0;
	struct ui_opts opts = {.interval_ns = 1000000000, .meters = true, .function_bar = true};
	static struct play p;
	struct err e;

	if (size < 2)
		return 0;
	p = (struct play){.tick = 0};
	pane = view_registry[(data[1] >> 4) % view_registry_nr];
	while (pane->views[views_nr].id)
		views_nr++;
	opts.a11y = data[1] & 1;
	opts.ascii = data[1] & 2;
	opts.show_args = data[1] & 4;
	world_clear(w);
	require(ui_new(&opts, &p.ui, &e) == 0);
	require(ui_focus(p.ui, pane->id, pane->views[data[0] % views_nr].id, &e) == 0);
	require(canvas_init(&p.canvas, 24, 80, opts.ascii) == 0);
	tick(&p);
	tick(&p);
	play_keys(&p, data + 2, size - 2);
	ui_free(p.ui);
	canvas_fini(&p.canvas);
	return 0;
}
