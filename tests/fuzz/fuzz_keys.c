/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys and mouse events on screens of all sizes: whatever is pressed, nothing is drawn
 * outside and every cell holds text. Bytes choose the size, then the events.
 */
#include <stddef.h>
#include <stdint.h>

#include "../unit/ui_fixture.h"
#include "keys.h"

/* The next snapshot: processes come and go, figures change, the clock goes on. */
static void next_tick(struct scene *sc, unsigned seed)
{
	sc->s.m.tick.h.ts_ns += S_NS;
	sc->s.procs_nr = 1 + (int)(seed % 11);
	sc->procs[seed % 11].oncpu_ns = (int64_t)seed * 7919 * MS % (2 * S_NS);
	sc->procs[seed % 7].start_ns += seed & 1;
	scene_cpus(sc, (int)(seed % 130));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scene *sc;
	struct canvas c;
	struct ui *ui;
	size_t at = 3;

	if (size < 4)
		return 0;
	sc = scene_new();
	ui = scene_ui(&sc->s, (struct ui_opts){ .meters = true, .function_bar = true, .show_args = data[2] & 1,
						.a11y = data[2] & 2, .replay = data[2] & 4,
						.keys = data[2] & 8 ? "vi" : data[2] & 16 ? "htop" : NULL });
	if (canvas_init(&c, 1 + data[0] % 70, 1 + data[1], data[2] & 32))
		abort();
	while (at < size && at < 400) {
		struct term_event ev = event(data, size, &at);

		if (ui_key(ui, &sc->s, &ev).effect == UI_FREEZE)
			ui_set_frozen(ui, true);
		if (ev.key == '7') {
			next_tick(sc, (unsigned)at * 31 + data[at % size]);
			ui_update(ui, &sc->s);
		}
		ui_draw(ui, &sc->s, &c);
		check_cells(&c);
	}
	ui_free(ui);
	canvas_fini(&c);
	free(sc);
	return 0;
}
