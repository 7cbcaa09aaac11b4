/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program with nothing but a screen, for the tests of the terminal layer: a table of
 * figures of which some change with each frame, and the last key in words.
 *
 *   demo [-f frames per second] [-m] [-t theme] [-a]
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "term.h"

static volatile sig_atomic_t resized;

static void on_winch(int sig)
{
	resized = 1;
}

static void on_fatal(int sig)
{
	term_emergency();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void handle_signals(void)
{
	static const int fatal[] = {SIGTERM, SIGINT, SIGQUIT, SIGSEGV, SIGABRT, SIGBUS};

	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		signal(fatal[i], on_fatal);
	signal(SIGHUP, SIG_IGN);
	signal(SIGWINCH, on_winch);
}

static const char *describe(const struct term_event *ev)
{
	static char text[80];

	if (ev->key == TKEY_MOUSE)
		snprintf(text, sizeof(text), "mouse %d at %d,%d", ev->button, ev->row, ev->col);
	else
		snprintf(text, sizeof(text), "key %x", (unsigned)ev->key);
	return text;
}

/* A tenth of the figures change from frame to frame, as in a process table. */
static void draw(struct canvas *c, unsigned frame, unsigned dropped, const char *key)
{
	canvas_clear(c);
	canvas_printf(c, 0, 1, c->cols, STYLE_TITLE, "demo %dx%d", c->cols, c->rows);
	canvas_printf(c, 1, 0, c->cols, STYLE_HEADING, "%*s", c->cols, "");
	canvas_text(c, 1, 0, c->cols, STYLE_HEADING, "    PID USER      CPU%▼ COMMAND");
	for (int row = 2; row < c->rows - 1; row++) {
		unsigned step = (unsigned)row * 7 % 10;

		canvas_printf(c, row, 0, 8, STYLE_TEXT, "%7d", row * 111);
		canvas_text(c, row, 8, 9, STYLE_DIM, row % 3 ? "root" : "漢字");
		canvas_printf(c, row, 17, 6, row % 4 ? STYLE_VALUE : STYLE_MARK, "%5.1f",
			      (double)((frame + step) / 10 * (unsigned)row % 1000) / 10);
		canvas_text(c, row, 24, c->cols, STYLE_TEXT, "command --with=arguments");
	}
	canvas_printf(c, c->rows - 1, 0, c->cols, STYLE_STATUS, " frame %u dropped %u %s", frame,
		      dropped, key);
}

static bool resize(struct term *t, struct canvas *c)
{
	int rows, cols;

	resized = 0;
	term_size(t, &rows, &cols);
	return !canvas_resize(c, rows, cols);
}

/* Returns false to end. */
static bool on_key(struct term *t, const struct term_event *ev)
{
	if (ev->key == 12)
		term_redraw(t);
	if (ev->key == 26) {
		term_suspend(t);
		raise(SIGSTOP);
		term_resume(t);
	}
	if (ev->key == '!')
		raise(SIGSEGV);
	return ev->key != 'q' && ev->key != 3 && ev->key != TKEY_GONE;
}

static void run(struct term *t, int wait_ms)
{
	struct pollfd p = {.fd = term_fd(t), .events = POLLIN};
	unsigned frame = 0, dropped = 0;
	char key[80] = "";
	struct term_event ev;
	struct canvas c;

	if (canvas_init(&c, 1, 1, !term_unicode(t)))
		return;
	for (resized = 1;; frame++) {
		if (resized && !resize(t, &c))
			break;
		draw(&c, frame, dropped, key);
		dropped += !term_show(t, &c);
		if (poll(&p, 1, wait_ms) < 0)
			continue;
		while (term_read(t, &ev)) {
			if (!on_key(t, &ev)) {
				canvas_fini(&c);
				return;
			}
			snprintf(key, sizeof(key), "%s", describe(&ev));
		}
	}
	canvas_fini(&c);
}

int main(int argc, char **argv)
{
	struct term_opts opts = {.unicode = true};
	const char *name = "terminal";
	struct theme theme;
	struct term *t;
	int opt, wait_ms = 100;
	struct err e;

	while ((opt = getopt(argc, argv, "f:mt:aC")) != -1) {
		if (opt == 'f')
			wait_ms = 1000 / (atoi(optarg) > 0 ? atoi(optarg) : 1);
		opts.mouse |= opt == 'm';
		opts.unicode &= opt != 'a';
		if (opt == 't')
			name = optarg;
		if (opt == 'C')
			opts.color = COLOR_NEVER;
	}
	opts.theme = &theme;
	if (theme_load(name, &theme, &e) || term_open(&opts, &t, &e)) {
		fprintf(stderr, "demo: %s\n", e.text);
		return 2;
	}
	handle_signals();
	run(t, wait_ms);
	term_close(t);
	return 0;
}
