/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys and mouse events on screens of all sizes: whatever is pressed, nothing is drawn
 * outside and every cell holds text. Bytes choose the size, then the events.
 */
#include <stddef.h>
#include <stdint.h>

#include "../unit/ui_fixture.h"

static const int special[] = { TKEY_UP,	 TKEY_DOWN,  TKEY_LEFT, TKEY_RIGHT, TKEY_PGUP,	    TKEY_PGDN, TKEY_HOME, TKEY_END,
			       TKEY_TAB, TKEY_BTAB,  TKEY_ESC,	TKEY_ENTER, TKEY_BACKSPACE, TKEY_DEL,  TKEY_F1,	  TKEY_F3,
			       TKEY_F4,	 TKEY_F6,    TKEY_F10,	0x4e2d,	    0x301,	    0xd800,    TKEY_ALT + 'x' };

static struct term_event event(const uint8_t *data, size_t size, size_t *at)
{
	struct term_event ev = { .key = data[(*at)++] };

	if (ev.key >= 0x80 && ev.key < 0xf0) {
		ev.key = special[(size_t)ev.key % (sizeof(special) / sizeof(*special))];
	} else if (ev.key >= 0xf0) {
		ev.button = ev.key % 5;
		ev.key = TKEY_MOUSE;
		ev.row = *at < size ? data[(*at)++] : 0;
		ev.col = *at < size ? data[(*at)++] : 0;
	}
	return ev;
}

/* The next snapshot: processes come and go, figures change, the clock goes on. */
static void next_tick(struct scene *sc, unsigned seed)
{
	sc->s.m.tick.h.ts_ns += S_NS;
	sc->s.procs_nr = 1 + (int)(seed % 11);
	sc->procs[seed % 11].oncpu_ns = (int64_t)seed * 7919 * MS % (2 * S_NS);
	sc->procs[seed % 7].start_ns += seed & 1;
	scene_cpus(sc, (int)(seed % 130));
}

static void check_cells(const struct canvas *c)
{
	for (int i = 0; i < c->rows * c->cols; i++)
		if ((uint8_t)c->cells[i].utf8[0] - 1u < 0x1f || c->cells[i].utf8[7])
			abort();
	if (c->cursor_row >= c->rows || c->cursor_col >= c->cols)
		abort();
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
