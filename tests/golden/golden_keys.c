/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays a recording, presses keys between its intervals and prints the last screen:
 *
 *     golden_keys FILE VIEW COLSxROWS [-a] WORD...
 *
 * VIEW is the name of a view of the CPU pane, or PANE/VIEW.
 * A word is "tick" or "tick=N" (the next intervals are shown), the name of a key of `keys`
 * below, or anything else, whose characters are typed. -a: ASCII only. The same loop as the
 * program's, without its clock: so the screens of what was entered can be compared.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "recording.h"
#include "ui.h"

/* clang-format off */
static const struct { const char *name; int key; } keys[] = {
	{ "Enter", TKEY_ENTER }, { "Esc", TKEY_ESC }, { "Tab", TKEY_TAB }, { "S-Tab", TKEY_BTAB },
	{ "Up", TKEY_UP }, { "Down", TKEY_DOWN }, { "Left", TKEY_LEFT }, { "Right", TKEY_RIGHT },
	{ "PgUp", TKEY_PGUP }, { "PgDn", TKEY_PGDN }, { "Home", TKEY_HOME }, { "End", TKEY_END },
	{ "Bksp", TKEY_BACKSPACE }, { "Space", ' ' },
};
/* clang-format on */

struct play {
	struct source *source;
	struct world *world;
	struct ui *ui;
	struct snapshot snap;
	struct canvas canvas;
	bool frozen;
};

static void apply(void *ctx, const struct ev_hdr *ev)
{
	if (world_apply(ctx, ev)) {
		fprintf(stderr, "a record is refused\n");
		exit(1);
	}
}

static void show(struct play *p)
{
	ui_draw(p->ui, &p->snap, &p->canvas);
}

static void publish(struct play *p)
{
	struct ui_needs n;

	ui_needs(p->ui, &n);
	world_watch(p->world, n.watch, n.watch_tgid, n.watch_start_ns);
	world_publish(p->world, n.window, &p->snap);
	ui_update(p->ui, &p->snap);
}

static void tick(struct play *p, unsigned long nr)
{
	for (; nr; nr--) {
		if (p->source->ops->tick(p->source, 0, apply, p->world)) {
			fprintf(stderr, "the recording is too short\n");
			exit(1);
		}
		if (!p->frozen)
			publish(p);
		show(p);
	}
}

static void press(struct play *p, int key)
{
	struct term_event ev = {.key = key};
	struct ui_action a = ui_key(p->ui, &p->snap, &ev);

	if (a.effect == UI_FREEZE || a.effect == UI_LIVE) {
		p->frozen = a.effect == UI_FREEZE;
		ui_set_frozen(p->ui, p->frozen);
	} else if (a.effect == UI_MARK) {
		world_mark(p->world);
	}
	show(p);
}

static void word(struct play *p, const char *text)
{
	if (!strncmp(text, "tick", 4)) {
		tick(p, text[4] == '=' ? strtoul(text + 5, NULL, 10) : 1);
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i].name, text)) {
			press(p, keys[i].key);
			return;
		}
	for (; *text; text++)
		press(p, (unsigned char)*text);
}

static int play_open(struct play *p, const char *file, const char *view, bool ascii, struct err *e)
{
	const struct ui_opts opts = {.interval_ns = 1000000000,
				     .meters = true,
				     .function_bar = true,
				     .ascii = ascii};
	const char *slash = strchr(view, '/');
	char pane[16] = "cpu";
	int fd = open(file, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return err_set(e, -1, "%s: cannot be read.", file);
	ret = replay_open_fd(fd, &p->source, e);
	if (!ret)
		ret = world_new(NULL, &p->world);
	if (!ret)
		ret = ui_new(&opts, &p->ui, e);
	if (slash)
		snprintf(pane, sizeof(pane), "%.*s", (int)(slash - view), view);
	return ret ? ret : ui_focus(p->ui, pane, slash ? slash + 1 : view, e);
}

int main(int argc, char **argv)
{
	struct play p = {.source = NULL};
	struct err e = {""};
	unsigned cols, rows;
	bool ascii = argc > 4 && !strcmp(argv[4], "-a");

	if (argc < 4 || sscanf(argv[3], "%ux%u", &cols, &rows) != 2) {
		fprintf(stderr, "usage: golden_keys FILE VIEW COLSxROWS [-a] WORD...\n");
		return 2;
	}
	if (play_open(&p, argv[1], argv[2], ascii, &e) ||
	    canvas_init(&p.canvas, (int)rows, (int)cols, ascii)) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	for (int i = ascii ? 5 : 4; i < argc; i++)
		word(&p, argv[i]);
	canvas_write(&p.canvas, NULL, stdout);
	canvas_fini(&p.canvas);
	ui_free(p.ui);
	world_free(p.world);
	p.source->ops->free(p.source);
	return 0;
}
