/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the screen share: the one struct ui. Input changes it (input.c, prompt.c,
 * menu.c), drawing reads it (draw.c and what it calls). Nothing outside ui/ includes this.
 */
#ifndef PROBETOP_UI_PRIV_H
#define PROBETOP_UI_PRIV_H

#include "cpu_ui.h"
#include "disk_ui.h"
#include "fs_ui.h"
#include "filter.h"
#include "keymap.h"
#include "logview.h"
#include "ui.h"

#define UI_VIEWS_MAX 16 /* views of one pane */
#define UI_MODES_MAX 4  /* modes of one view */
#define UI_COLS_MAX 96  /* columns of one table */
#define UI_PIDS_MAX 64
#define UI_TAGS_MAX 256
#define UI_HITS_MAX 192
#define MENU_MAX 160
#define PAGE_VIEW (-1) /* the process page in place of a view */
#define NS_PER_S 1000000000LL

enum ui_screen { SCREEN_VIEW, SCREEN_HELP, SCREEN_HEALTH };

/* What the screen remembers of one view while another is shown. */
struct view_state {
	const struct column *sort;
	bool invert;
	bool pinned; /* the user chose a row: the cursor follows its identity */
	struct row_id sel;
	int cursor, top; /* row numbers in the list */
	int scroll_cols; /* columns scrolled away */
	int scroll_text; /* the growing column: steps of eight characters */
};

/* The rows on the screen: indexes into the view's rows, in order. */
struct row_list {
	uint32_t *idx;
	struct row_id *ids;  /* of the present order, to keep it for one update */
	int nr, cap, all_nr; /* rows shown; rows before filters */
};

enum prompt_kind {
	PROMPT_NONE, PROMPT_SEARCH, PROMPT_FILTER, PROMPT_INTERVAL, PROMPT_SPEED, PROMPT_SNAPSHOT, PROMPT_GOTO,
	PROMPT_THRESHOLD,
};

struct prompt {
	enum prompt_kind kind;
	char text[128];
	int len, at;   /* bytes; `at` is on a character boundary */
	int format;    /* PROMPT_SNAPSHOT: enum out_format */
	char error[80];
	char label[64]; /* PROMPT_THRESHOLD */
};

enum menu_kind { MENU_NONE, MENU_VIEWS, MENU_SORT, MENU_USERS, MENU_GROUPS, MENU_KINDS, MENU_CHOICES };

struct menu {
	enum menu_kind kind;
	int nr, cursor, top;
	char find[24];
	struct menu_item {
		char text[40], note[80]; /* escaped already */
		int64_t value;
	} items[MENU_MAX];
};

/* Where something that a mouse can press was drawn last. */
enum hit_kind { HIT_TAB, HIT_VIEW, HIT_HEADING, HIT_ROW, HIT_MENU, HIT_PROBE, HIT_ALERT };
struct hit {
	short row, from, to; /* columns [from, to) */
	uint8_t kind;
	int value;
};

/* The page of a process: the cursor over its threads, and whose stack is shown. */
struct page_ui {
	bool on_thread, stack;
	struct row_id thread, stack_of;
	const struct proc_row **threads; /* of the picture, most active first */
	int threads_nr, threads_cap;
	int first_line; /* of the threads, on the page drawn last; 0: not drawn yet */
	bool to_cursor; /* the next drawing brings the cursor into sight */
};

/* Sums of one probe over all CPUs at one tick. */
struct probe_sum {
	struct loss_rec rec;
};

struct ui {
	struct ui_opts opts;
	char view_name[64];
	enum keyset keys;
	int pane, view; /* index in view_registry; index of its view, or PAGE_VIEW */
	enum ui_screen screen;
	struct view_state states[PANE_NR][UI_VIEWS_MAX][UI_MODES_MAX];
	struct row_list list;
	bool list_stale, hold_order, moved;
	bool to_file; /* the list is of the rows for files; meanwhile the view's state is kept: */
	struct view_state kept;
	const struct snapshot *list_of;

	/* the entered process */
	bool entered;
	struct row_id entered_id;
	int64_t entered_pid;
	char entered_name[48];
	int entered_pane, entered_from; /* the view to go back to; in another pane its first */
	struct page_ui page;

	/* what is shown */
	struct filter filter;
	int64_t pids[UI_PIDS_MAX];
	int pids_nr;
	char user[64]; /* -u, u: name or uid; "" = all */
	bool own_user, hide_kthreads, show_path, merged, follow, header, frozen;
	char search[128];
	struct row_id tags[UI_TAGS_MAX];
	int tags_nr;

	enum window window; /* B: of which time the figures are */
	bool marked;        /* b was pressed */
	bool threads;       /* H: threads have rows of their own */
	struct cpu_ui cpu;  /* what the views of the CPU pane remember */
	struct disk_ui disk;
	struct fs_ui fs;
	struct log_ui logs[PANE_NR]; /* by enum pane_id */

	/* over the picture */
	struct prompt prompt;
	struct menu menu;
	char status[256];
	int help_top, help_lines, health_cursor, health_top, canvas_top;

	/* health: the last two reports, for rates */
	struct probe_sum now[SNAP_PROBES_MAX], before[SNAP_PROBES_MAX];
	uint64_t now_ns, before_ns;

	/* from the last drawing */
	int page_rows; /* rows of data on the screen */
	int screen_rows, cpus_nr; /* lines of the screen; CPUs in its snapshot */
	struct hit hits[UI_HITS_MAX];
	int hits_nr;
};

/* ui.c */
const struct pane_views *ui_pane(const struct ui *ui);
/* The view whose rows and columns are in use (in its mode); on the process page the pane's first. */
const struct view *ui_view(const struct ui *ui);
int ui_mode(const struct ui *ui);
/* After a view has changed its mode: the list is made anew. */
void ui_mode_changed(struct ui *ui);
/* Into a process: its page. */
void ui_enter_process(struct ui *ui, struct row_id id, const struct proc_row *row);
/* The view to which the way out of the entered process leads. */
static inline int ui_entered_from(const struct ui *ui)
{
	return ui->entered_pane == ui->pane && ui->entered_from >= 0 ? ui->entered_from : 0;
}
struct view_state *ui_state(struct ui *ui);
const struct view_state *ui_state_now(const struct ui *ui);
bool row_id_equal(struct row_id a, struct row_id b);
/* What was entered in this pane beside a process: a device, a filesystem. Returns false where nothing was. */
struct ui_inside {
	const char *name; /* raw */
	int from;	  /* the view in which it was chosen */
	bool in_process;  /* inside a process: Esc leaves this first */
};
bool ui_inside(const struct ui *ui, struct ui_inside *ret);
/* The context that a key means something in. */
enum key_context ui_context(const struct ui *ui);
int ui_set_view(struct ui *ui, int view);

/* rows.c: the list in sort and filter, made anew when it is stale; the cursor set on its row. */
void rows_refresh(struct ui *ui, const struct snapshot *s);
const void *rows_at(const struct ui *ui, const struct snapshot *s, int i);
const void *rows_selected(struct ui *ui, const struct snapshot *s);
/* Moves the cursor to row `i` (clamped) and pins it there. */
void rows_select(struct ui *ui, const struct snapshot *s, int i);
/* Sorts by `col`; ascending text and identity, descending figures, turned by `invert`. */
void rows_sort(struct ui *ui, const struct column *col, bool invert);
/* Whether a column sorts upward at first: text and identities do, figures do not. */
bool rows_sort_up(const struct column *col);
/* While `on` the list is that for files: what a log shows twice it tells a file once. */
void rows_to_file(struct ui *ui, bool on);
bool tags_has(const struct ui *ui, struct row_id id);
void tags_toggle(struct ui *ui, struct row_id id);

/* input_rows.c: what keys do to rows. */
void rows_act(struct ui *ui, const struct snapshot *s, enum ui_act act);
/* Rows of other things than processes and threads have neither page nor family. */
bool rows_of_processes(const struct view *v);

/* prompt.c */
void prompt_open(struct ui *ui, enum prompt_kind kind, const char *text);
struct ui_action prompt_key(struct ui *ui, const struct snapshot *s, const struct term_event *ev);
void prompt_draw(struct ui *ui, struct canvas *c, int y);
/* Looks for ui->search from row `from`; `step` +1 or -1. Says so when there is none. */
bool search_from(struct ui *ui, const struct snapshot *s, int from, int step);

/* menu.c */
void menu_open(struct ui *ui, const struct snapshot *s, enum menu_kind kind);
void menu_key(struct ui *ui, const struct snapshot *s, int key);
void menu_choose(struct ui *ui, int item);
/* An item of the menu of a view (MENU_CHOICES), and the one to begin at. */
void menu_add(struct ui *ui, int64_t value, const char *text, const char *note);
void menu_at(struct ui *ui, int64_t value);
void menu_draw(struct ui *ui, struct canvas *c, int y, int lines);

/* draw.c and its parts */
void hit_add(struct ui *ui, int row, int from, int to, enum hit_kind kind, int value);
const struct hit *hit_find(const struct ui *ui, int row, int col);
void header_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int lines);
void grid_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, int heading_y, int y, int lines);
/* Scrolls columns by `step`; INT_MIN and INT_MAX go to the ends. */
void grid_scroll(struct ui *ui, int step);
void help_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int lines);
void health_update(struct ui *ui, const struct snapshot *s);
void health_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int lines);
/* The probe under the cursor, or NULL. */
const struct probe_rec *health_selected(const struct ui *ui, const struct snapshot *s);
void page_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int lines);

/* group.c: whether the rows of this view can be groups and threads; makes them what enum group_by says. */
bool group_can(const struct ui *ui);
bool group_can_threads(const struct ui *ui);
void group_choose(struct ui *ui, int by);
/* Only the processes of one cgroup, in every view; `name` is raw. */
void group_enter_cgroup(struct ui *ui, uint64_t id, const char *name);
/* Only the members of a group (its key and sums) of the kind that rows are now. */
void group_enter_members(struct ui *ui, const struct snapshot *s, uint64_t key, const struct proc_row *sums);
/* Out of the group or cgroup; returns whether there was one. Its name (raw), or NULL. */
bool group_leave(struct ui *ui);
const char *group_inside(const struct ui *ui);

/* page_threads.c: keys on the page. INT_MIN and INT_MAX go to the ends. */
void page_move(struct ui *ui, const struct snapshot *s, int step);
/* A press on the i-th thread. */
void page_press(struct ui *ui, const struct snapshot *s, int i);
/* Enter: the kernel stack of the selected thread. */
struct ui_action page_enter(struct ui *ui, const struct snapshot *s);
/* One step back; returns whether there was one. */
bool page_back(struct ui *ui);

#endif
