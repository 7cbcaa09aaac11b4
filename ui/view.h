/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views as data. A pane declares its views in one const array (view_<pane>.c); drawing,
 * sorting, filtering, JSON, CSV, help and the man page are made from it.
 */
#ifndef PROBETOP_VIEW_H
#define PROBETOP_VIEW_H

#include "canvas.h"
#include "fig.h"
#include "snapshot.h"

struct log_spec;
struct ui;
struct ui_action;

enum column_flags {
	COL_LEFT = 1,     /* left-aligned text */
	COL_GROW = 2,     /* takes the width that is left */
	COL_NO_SCREEN = 4, /* in files and as sort key only */
	COL_CUSTOM = 8,   /* the view's `cell` draws it */
	COL_RAW_CHAR = 16, /* one character at `off` */
	COL_SCREEN_ONLY = 32, /* a drawing: neither a sort key nor in files */
	COL_UP = 64,	   /* a figure that sorts upward at first: a point in time */
	COL_NO_WORDS = 128, /* text in which plain words of a filter or search do not look */
};

/* `key` never changes; without its `_per_s` under --total. `off` is the figure in the row. */
struct column {
	const char *key, *alias, *title, *help;
	enum unit unit;
	enum fold fold;
	uint8_t width, weight; /* columns of text; the lowest weight is dropped first, 0 = never */
	uint8_t flags;
	size_t off;
	const struct fig_status *(*status)(const struct snapshot *s); /* NULL: exact */
};

enum view_kind { VIEW_TABLE, VIEW_CANVAS };

/* What makes a row the same row in the next snapshot: for a process (pid, start time). */
struct row_id {
	uint64_t a, b;
};

/* Takes one histogram of a view for files; of what its slots count says `scale`. */
typedef void (*hist_fn)(void *ctx, const char *name, const struct hist_scale *scale, const struct hist *h);

struct view {
	const char *id, *title, *help;
	enum pane_id pane;
	enum view_kind kind;
	const struct column *columns; /* ends with a zero key */
	size_t row_size;
	const char *sort_key, *latency_key, *io_key; /* of A, L, D; NULL where the view has none */
	/* The rows: of a table, and of a canvas for files. */
	int (*rows)(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
	/*
	 * A log (logview.h), or NULL: the newest row stands last, and the cursor stays on it until it
	 * is moved. Files get rows_file, so that each row is told once, and how many had no room.
	 */
	const struct log_spec *log;
	int (*rows_file)(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
	uint64_t (*omitted)(const struct snapshot *s);
	struct row_id (*row_id)(const void *row);
	/*
	 * Rows that stand below others in any order: the number of the row above, -1 where there is
	 * none. NULL: no row does.
	 */
	int (*parent)(const struct ui *ui, const void *row);
	/* Whether the row is shown at all (kernel threads hidden, -p, -u, the entered process). */
	bool (*shown)(const struct snapshot *s, const struct ui *ui, const void *row);
	enum style (*row_style)(const struct ui *ui, const void *row);
	/* A text cell, or one with COL_CUSTOM; returns its raw string for filter, JSON and CSV. */
	const char *(*text)(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len);
	void (*cell)(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		     const void *row, const struct column *col);
	/* What stands above the heading of a table: draws at most `lines` lines, the table's own among them; returns how many. */
	int (*top)(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui);
	/* Detail of the selected row: up to `lines` lines; returns how many it used. */
	int (*detail)(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
	/* VIEW_CANVAS: draws its whole area. */
	void (*draw)(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui);
	uint32_t demand; /* enum demand: what is to be measured while it is on the screen */
	/*
	 * A view that shows different rows at different times: modes[mode(ui)] takes its place for
	 * rows, columns, cells and keys; mode 0 is the view itself. Both NULL in a plain view.
	 */
	const struct view *const *modes;
	int (*mode)(const struct ui *ui);
	/* Enter on a row (of a canvas: NULL); NULL where it opens the process page. */
	void (*enter)(struct ui *ui, const struct snapshot *s, const void *row);
	/* Esc: one step back inside the view; returns whether there was one. */
	bool (*back)(struct ui *ui);
	/* An action (enum ui_act) that means something of its own here; returns whether it was taken. */
	bool (*act)(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret);
	/* g where rows are no groups: fills a menu of what is shown (menu_add), and takes what was chosen. */
	void (*choices)(struct ui *ui, const struct snapshot *s);
	void (*choose)(struct ui *ui, int64_t value, const char *text);
	/* Where one is inside the view, for the breadcrumb: raw text that is escaped by the caller. */
	void (*crumb)(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
	/*
	 * What is to be known about the rows, at the right of the line of views: plain text. What stands behind a
	 * newline is left out where the names of views need the room.
	 */
	void (*note)(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
	/* Why there are no rows (in a log: none is shown); NULL where nothing special is to be said. */
	const char *(*empty)(const struct snapshot *s, const struct ui *ui);
	/* Histograms for JSON: calls `fn` once for each. */
	void (*hists)(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx);
};

/* One pane's views: the registry generated from panes = [...]. views end with id NULL. */
struct pane_views {
	enum pane_id pane;
	const char *id, *title;
	const struct view *views;
};
extern const struct pane_views *const view_registry[];
extern const int view_registry_nr;

const struct view *view_find(enum pane_id pane, const char *id);
/* Finds a column by key or alias, then by key without its unit; NULL when there is none. */
const struct column *view_column(const struct view *v, const char *key);
/* The column's raw figure in a row (unfolded), FIG_UNKNOWN for text. */
int64_t view_figure(const struct column *col, const void *row);
/* The column's folded figure (fig_fold), FIG_UNKNOWN where the column is not available. */
int64_t view_value(const struct column *col, const struct snapshot *s, const void *row);
/* For columns: the state of run-queue figures, of wait classes, of resident memory. */
const struct fig_status *view_runq_status(const struct snapshot *s);
const struct fig_status *view_class_status(const struct snapshot *s);
const struct fig_status *view_rss_status(const struct snapshot *s);
/* The state of the column in this snapshot. */
struct fig_status view_status(const struct column *col, const struct snapshot *s);
/* Whether view_value() counts in thousandths. */
bool view_milli(const struct column *col, bool total);
/* The column's key in files: without `_per_s` under --total. */
void view_key(char *buf, size_t size, const struct column *col, bool total);

#endif
