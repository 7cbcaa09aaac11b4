/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the screen and what keys do to it: focus, sort, filter, cursor, freeze. Pure:
 * it sees snapshots and key events, draws into a canvas, and asks the application for what
 * has an effect outside (quit, write a file, change the interval) by returning an action.
 */
#ifndef PROBETOP_UI_H
#define PROBETOP_UI_H

#include <stdio.h>

#include "term.h"
#include "view.h"

/* What the screen needs of those who collect; asked after each key and before each publish. */
struct ui_needs {
	uint32_t demand; /* enum demand */
	enum window window;
	enum watch watch; /* rows of threads: of no, one, or all processes */
	uint32_t watch_tgid;
	uint64_t watch_start_ns;
	uint32_t trace_tgid, trace_dev; /* every request of these; 0: of none */
	uint32_t fs_kinds; /* bits of enum fs_event: operations on files that are events under DEMAND_FSLOG */
};

enum ui_effect {
	UI_NOTHING,
	UI_REDRAW,       /* repaint everything (Ctrl-L) */
	UI_QUIT,
	UI_SUSPEND,
	UI_SNAPSHOT,     /* w: write the screen; text = "" for a name made from host and time */
	UI_SNAPSHOT_AS,  /* W: text = file name, value = enum out_format */
	UI_INTERVAL,     /* value = ns */
	UI_SPEED,        /* replay: value = thousandths */
	UI_FREEZE, UI_LIVE, /* Z: the picture stands; collection goes on (replay: pause) */
	UI_STEP,         /* replay: value = ticks, +1 or -1 */
	UI_SEEK,         /* replay: value = mono ns to go to */
	UI_PROBE_SWITCH, /* value = probe id, text "on" or "off" */
	UI_MARK,         /* b: WINDOW_MARK counts from now on */
	UI_THRESHOLD,    /* o: value = ns from which on a wait of `pane` is an event */
	UI_STACK,        /* read the kernel stack of thread `pid` of `tgid`, started at `start_ns` */
};

struct ui_action {
	enum ui_effect effect;
	int64_t value;
	enum pane_id pane;
	uint32_t pid, tgid;
	uint64_t start_ns;
	char text[256];
};

struct ui_opts {
	const char *panes;    /* --modules: NULL = all compiled in */
	const char *pane;     /* --pane, where it names one; NULL: the first that has the view */
	const char *view;     /* --view; NULL: the pane's first */
	const char *sort_key; /* -s */
	const char *filter;   /* -F */
	const char *pids;     /* -p */
	const char *user;     /* -u: "" = own */
	const char *group_by; /* --group-by: a word of group_words; NULL: process */
	uint64_t interval_ns;
	const char *keys;     /* --keys: "vi", "htop"; NULL: the table's own */
	/* `replay`: REPLAY instead of LIVE, and the keys that step. Not for batch: a replay must equal the live run. */
	bool meters, function_bar, show_args, highlight, a11y, replay, readonly, ascii;
	bool asks; /* a live screen: what a view demands is measured from then on */
	int rows_max; /* -N; 0: no limit */
	uint32_t demand; /* enum demand: of the views that batch or --record names */
	bool command;	 /* -- COMMAND: only its tree is counted */
};

struct ui;

int ui_new(const struct ui_opts *opts, struct ui **ret_ui, struct err *e);
void ui_free(struct ui *ui);
/* A new snapshot. While frozen the caller keeps showing the old one. */
void ui_update(struct ui *ui, const struct snapshot *s);
void ui_needs(const struct ui *ui, struct ui_needs *ret);
/* One key or mouse event against the snapshot on the screen. */
struct ui_action ui_key(struct ui *ui, const struct snapshot *s, const struct term_event *ev);
/* Draws the whole screen. */
void ui_draw(struct ui *ui, const struct snapshot *s, struct canvas *c);
/* A line for the user from the application ("written to ..."), until the next key. */
void ui_status(struct ui *ui, const char *text);
void ui_set_frozen(struct ui *ui, bool frozen);
void ui_set_interval(struct ui *ui, uint64_t interval_ns);
/* Whether more than the first word of command lines is shown: off while a file is written. */
void ui_set_args(struct ui *ui, bool show_args);

/* Output without a screen: the rows in the ui's sort and filter. */
enum out_format { OUT_TEXT, OUT_ANSI, OUT_JSON, OUT_CSV };
/* One line of JSON for the current pane and view. */
int ui_json(struct ui *ui, const struct snapshot *s, FILE *out);
/* CSV: the heading first when `heading`. LF line ends. */
int ui_csv(struct ui *ui, const struct snapshot *s, bool heading, FILE *out);
/* Chooses pane and view for the outputs; -ENOENT with the list in `e`. */
int ui_focus(struct ui *ui, const char *pane, const char *view, struct err *e);
/* Lists sort keys of the current view, one a line (-s help). */
void ui_list_keys(const struct ui *ui, FILE *out);
/* The report of --check: each probe with rung, state, reason; loss per probe and CPU. */
int ui_check(const struct snapshot *s, bool json, FILE *out);

#endif
