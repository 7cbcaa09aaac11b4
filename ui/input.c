/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keys and the mouse do. Each action is a small function in one table. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "process.h"
#include "ui_priv.h"
#include "view_disk.h"
#include "view_fs.h"

#define MINUTE_NS (60 * NS_PER_S)
#define WHEEL_ROWS 3

static struct ui_action nothing(void)
{
	return (struct ui_action){ .effect = UI_NOTHING };
}

static struct ui_action effect(enum ui_effect what, int64_t value)
{
	return (struct ui_action){ .effect = what, .value = value };
}

static void say(struct ui *ui, const char *text)
{
	ui_status(ui, text);
}

static void set_pane(struct ui *ui, int number)
{
	char text[64];

	for (int i = 0; i < view_registry_nr; i++)
		if ((int)view_registry[i]->pane == number) {
			ui->screen = SCREEN_VIEW;
			if (i != ui->pane)
				ui->view = 0;
			ui->pane = i;
			ui->list_stale = true;
			return;
		}
	snprintf(text, sizeof(text), "%d: there is no such pane", number);
	say(ui, text);
}

static int views_nr(const struct ui *ui)
{
	int nr = 0;

	while (ui_pane(ui)->views[nr].id)
		nr++;
	return nr;
}

/* Inside a process its page is one stop of the round. */
static void step_view(struct ui *ui, int step)
{
	int first = ui->entered ? PAGE_VIEW : 0, nr = views_nr(ui) - first;

	ui_set_view(ui, first + (ui->view - first + step + nr) % nr);
}

static void move(struct ui *ui, const struct snapshot *s, int step)
{
	int *top = ui->screen == SCREEN_HELP ? &ui->help_top : &ui->canvas_top;

	if (ui->screen == SCREEN_HEALTH) {
		ui->health_cursor = step == INT_MIN || (step < 0 && ui->health_cursor < -step) ? 0 :
				    step == INT_MAX ? s->probes_nr - 1 : ui->health_cursor + step;
		if (ui->health_cursor >= s->probes_nr)
			ui->health_cursor = s->probes_nr ? s->probes_nr - 1 : 0;
	} else if (ui_context(ui) == KEYS_TABLE) {
		int cursor = ui_state(ui)->cursor;

		rows_select(ui, s, step == INT_MIN ? 0 : step == INT_MAX ? INT_MAX : cursor + step);
		/* Home lets go: the cursor stays at the top, whoever is there. */
		if (step == INT_MIN)
			ui_state(ui)->pinned = ui->moved = false;
	} else if (ui_context(ui) == KEYS_PAGE) {
		page_move(ui, s, step);
	} else {
		/* Drawing limits it at the far end. */
		*top = step == INT_MIN || (step < 0 && *top < -step) ? 0 : step == INT_MAX ? 100000 : *top + step;
	}
}

void ui_enter_process(struct ui *ui, struct row_id id, const struct proc_row *row)
{
	ui->moved = false;
	ui->entered = true;
	ui->entered_id = id;
	ui->entered_pid = row->pid;
	ui->entered_pane = ui->pane;
	ui->entered_from = ui->view;
	ui->page.on_thread = ui->page.stack = false;
	ui->page.first_line = 0;
	proc_title(ui, row, false, ui->entered_name, sizeof(ui->entered_name));
	ui_set_view(ui, PAGE_VIEW);
}

static void enter_process(struct ui *ui, const struct snapshot *s)
{
	const struct view *v = ui_view(ui);
	const void *row = v->kind == VIEW_TABLE ? rows_selected(ui, s) : NULL;
	const struct proc_row *p = row;

	if (v->enter) {
		v->enter(ui, s, row);
		return;
	}
	if (ui->entered || !p || !rows_of_processes(v))
		return;
	if (p->pid == FIG_UNKNOWN) {
		say(ui, "a row that sums processes that have ended has no page");
		return;
	}
	rows_select(ui, s, ui_state(ui)->cursor);
	ui_enter_process(ui, proc_row_id(p), p);
}

/* s: the system calls of the entered process, or of the selected one. */
static void open_calls(struct ui *ui, const struct snapshot *s)
{
	const struct view *v = view_find(ui_pane(ui)->pane, "syscalls");
	const struct proc_row *row = NULL;

	if (!v) {
		say(ui, "this pane has no view of system calls: 1 goes to the one that has");
		return;
	}
	if (!ui->entered && rows_of_processes(ui_view(ui)))
		row = rows_selected(ui, s);
	if (row && row->pid == FIG_UNKNOWN) {
		say(ui, "a row that sums processes that have ended makes no more calls");
		return;
	}
	if (row) {
		rows_select(ui, s, ui_state(ui)->cursor);
		ui_enter_process(ui, proc_row_id(row), row);
	}
	ui_set_view(ui, (int)(v - ui_pane(ui)->views));
}

static void leave_process(struct ui *ui)
{
	ui->entered = false;
	ui->view = ui_entered_from(ui);
	ui->list_stale = true;
	ui->canvas_top = 0;
	/* The cursor finds its row by identity. */
	ui_state(ui)->pinned = true;
	ui_state(ui)->sel = ui->entered_id;
}

static bool leave_inside(struct ui *ui)
{
	return ui_pane(ui)->pane == PANE_FS ? fs_dev_leave(ui) : disk_dev_leave(ui);
}

/* One thing at a time: page or screen, process or device or filesystem (what was entered last), filters. */
static void back(struct ui *ui)
{
	struct ui_inside in;
	bool inside = ui_inside(ui, &in);

	if (ui->screen != SCREEN_VIEW) {
		ui->screen = SCREEN_VIEW;
	} else if (ui->view == PAGE_VIEW ? page_back(ui) : ui_view(ui)->back && ui_view(ui)->back(ui)) {
		return;
	} else if (ui->entered && !(inside && in.in_process)) {
		leave_process(ui);
	} else if (inside && leave_inside(ui)) {
		return;
	} else if (group_leave(ui)) {
		return;
	} else if (!filter_empty(&ui->filter)) {
		filter_parse(&ui->filter, "");
		ui->list_stale = true;
	} else if (*ui->user || ui->own_user || ui->pids_nr) {
		*ui->user = '\0';
		ui->own_user = false;
		ui->pids_nr = 0;
		ui->list_stale = true;
	} else if (ui->follow) {
		ui->follow = false;
	}
}

static struct ui_action replay_key(struct ui *ui, const struct snapshot *s, enum ui_act act)
{
	int64_t now = (int64_t)s->m.tick.h.ts_ns;

	if (!ui->opts.replay) {
		say(ui, "only a replay goes in time: record with --record=FILE, then --replay=FILE");
		return nothing();
	}
	switch (act) {
	case ACT_STEP_BACK:
		return effect(UI_STEP, -1);
	case ACT_STEP_FORWARD:
		return effect(UI_STEP, 1);
	case ACT_MINUTE_BACK:
		return effect(UI_SEEK, now > MINUTE_NS ? now - MINUTE_NS : 0);
	case ACT_MINUTE_FORWARD:
		return effect(UI_SEEK, now + MINUTE_NS);
	default:
		prompt_open(ui, PROMPT_GOTO, "");
		return nothing();
	}
}

static struct ui_action switch_probe(struct ui *ui, const struct snapshot *s)
{
	const struct probe_rec *probe = health_selected(ui, s);
	struct ui_action a = effect(UI_PROBE_SWITCH, 0);

	if (!probe)
		return nothing();
	if (ui->opts.replay || ui->opts.readonly) {
		say(ui, ui->opts.replay ? "a replay has no probes to switch" : "probes cannot be switched with --readonly");
		return nothing();
	}
	if (probe->state != PROBE_ON && probe->state != PROBE_OFF) {
		say(ui, "this kernel has refused that probe, or lacks it");
		return nothing();
	}
	a.value = probe->probe;
	snprintf(a.text, sizeof(a.text), "%s", probe->state == PROBE_ON ? "off" : "on");
	return a;
}

static struct ui_action act_move(struct ui *ui, const struct snapshot *s, enum ui_act act)
{
	int page = ui->page_rows > 1 ? ui->page_rows - 1 : 1;

	switch (act) {
	case ACT_UP:
	case ACT_DOWN:
		move(ui, s, act == ACT_UP ? -1 : 1);
		break;
	case ACT_PGUP:
	case ACT_PGDN:
		move(ui, s, act == ACT_PGUP ? -page : page);
		break;
	case ACT_HOME:
	case ACT_END:
		move(ui, s, act == ACT_HOME ? INT_MIN : INT_MAX);
		break;
	case ACT_COL_LEFT:
	case ACT_COL_RIGHT:
		grid_scroll(ui, act == ACT_COL_LEFT ? -1 : 1);
		break;
	default:
		grid_scroll(ui, act == ACT_COL_FIRST ? INT_MIN : INT_MAX);
		break;
	}
	return nothing();
}

static struct ui_action act_open(struct ui *ui, const struct snapshot *s, enum ui_act act, int key)
{
	char text[2] = { (char)key, '\0' };

	switch (act) {
	case ACT_SEARCH_PID:
	case ACT_SEARCH:
		prompt_open(ui, PROMPT_SEARCH, act == ACT_SEARCH_PID ? text : "");
		break;
	case ACT_FILTER:
		prompt_open(ui, PROMPT_FILTER, ui->filter.text);
		break;
	case ACT_INTERVAL:
		prompt_open(ui, ui->opts.replay ? PROMPT_SPEED : PROMPT_INTERVAL, "");
		break;
	case ACT_SNAPSHOT_AS:
		prompt_open(ui, PROMPT_SNAPSHOT, "");
		break;
	case ACT_VIEW_MENU:
		menu_open(ui, s, MENU_VIEWS);
		break;
	case ACT_SORT_MENU:
		menu_open(ui, s, MENU_SORT);
		break;
	case ACT_USER:
		menu_open(ui, s, MENU_USERS);
		break;
	case ACT_TREE:
	case ACT_ALL:
		say(ui, "the rows of this view make no tree");
		break;
	case ACT_KINDS:
	case ACT_FAILED:
	case ACT_THRESHOLD:
		say(ui, "that is for the events: Tab goes there");
		break;
	case ACT_GROUP:
		if (ui_view(ui)->choices)
			menu_open(ui, s, MENU_CHOICES);
		else if (group_can(ui) && !ui->entered)
			menu_open(ui, s, MENU_GROUPS);
		else
			say(ui, ui->entered ? "one process is no group: Esc goes back first" : "the rows of this view make no groups");
		break;
	default:
		break;
	}
	return nothing();
}

static struct ui_action act_screen(struct ui *ui, enum ui_act act)
{
	enum ui_screen screen = act == ACT_HELP ? SCREEN_HELP : SCREEN_HEALTH;

	ui->screen = ui->screen == screen ? SCREEN_VIEW : screen;
	ui->help_top = 0;
	return nothing();
}

/* b and B: of which time the figures are. */
static struct ui_action act_window(struct ui *ui, enum ui_act act)
{
	static const char *const words[] = {
		[WINDOW_INTERVAL] = "figures of the interval, from the next picture on",
		[WINDOW_START] = "figures since the start, from the next picture on",
		[WINDOW_MARK] = "figures since the mark, from the next picture on",
	};
	static const enum window next[] = {
		[WINDOW_INTERVAL] = WINDOW_MARK, [WINDOW_MARK] = WINDOW_START, [WINDOW_START] = WINDOW_INTERVAL,
	};

	if (act == ACT_MARK) {
		ui->marked = true;
		say(ui, "mark set: B shows the figures since then");
		return effect(UI_MARK, 0);
	}
	if (ui->window == WINDOW_TOTAL)
		return nothing();
	ui->window = next[ui->window];
	if (ui->window == WINDOW_MARK && !ui->marked)
		ui->window = WINDOW_START;
	say(ui, words[ui->window]);
	return nothing();
}

static struct ui_action act(struct ui *ui, const struct snapshot *s, enum ui_act what, int key)
{
	struct ui_action ret = nothing();

	if (ui->screen == SCREEN_VIEW && ui->view != PAGE_VIEW && ui_view(ui)->act && ui_view(ui)->act(ui, s, what, &ret))
		return ret;
	switch (what) {
	case ACT_MARK:
	case ACT_WINDOW:
		return act_window(ui, what);
	case ACT_PANE:
		set_pane(ui, (key & ~TKEY_ALT) - '0');
		return nothing();
	case ACT_VIEW_NEXT:
	case ACT_VIEW_PREV:
		step_view(ui, what == ACT_VIEW_NEXT ? 1 : -1);
		return nothing();
	case ACT_UP ... ACT_COL_LAST:
		return act_move(ui, s, what);
	case ACT_CALLS:
		open_calls(ui, s);
		return nothing();
	case ACT_INTO:
		if (ui_context(ui) == KEYS_PAGE)
			return page_enter(ui, s);
		enter_process(ui, s);
		return nothing();
	case ACT_BACK:
		back(ui);
		return nothing();
	case ACT_SEARCH_NEXT:
		if (*ui->search)
			search_from(ui, s, ui_state(ui)->cursor + 1, 1);
		else
			prompt_open(ui, PROMPT_SEARCH, "");
		return nothing();
	case ACT_SORT_LEFT ... ACT_SORT_DEFAULT:
	case ACT_TAG ... ACT_MERGED:
	case ACT_KTHREADS:
	case ACT_THREADS:
	case ACT_CONTAINERS:
		rows_act(ui, s, what);
		return nothing();
	case ACT_FREEZE:
		return effect(ui->frozen ? UI_LIVE : UI_FREEZE, 0);
	case ACT_STEP_BACK ... ACT_GOTO:
		return replay_key(ui, s, what);
	case ACT_SNAPSHOT:
		return effect(UI_SNAPSHOT, 0);
	case ACT_PROBE:
		return switch_probe(ui, s);
	case ACT_HELP:
	case ACT_HEALTH:
		return act_screen(ui, what);
	case ACT_HEADER:
		ui->header = !ui->header;
		return nothing();
	case ACT_REDRAW:
		return effect(UI_REDRAW, 0);
	case ACT_SUSPEND:
		return effect(UI_SUSPEND, 0);
	case ACT_QUIT:
		return effect(UI_QUIT, 0);
	default:
		return act_open(ui, s, what, key);
	}
}

static void press(struct ui *ui, const struct snapshot *s, const struct hit *h)
{
	const struct column *col;

	switch ((enum hit_kind)h->kind) {
	case HIT_TAB:
		set_pane(ui, (int)view_registry[h->value]->pane);
		break;
	case HIT_VIEW:
		ui->screen = SCREEN_VIEW;
		ui_set_view(ui, h->value);
		break;
	case HIT_HEADING:
		col = &ui_view(ui)->columns[h->value];
		if (!(col->flags & COL_SCREEN_ONLY))
			rows_sort(ui, col, ui_state(ui)->sort == col && !ui_state(ui)->invert);
		break;
	case HIT_ROW:
		if (ui->view == PAGE_VIEW)
			page_press(ui, s, h->value);
		else if (ui_state(ui)->pinned && ui_state(ui)->cursor == h->value)
			enter_process(ui, s);
		else
			rows_select(ui, s, h->value);
		break;
	case HIT_MENU:
		menu_choose(ui, h->value);
		break;
	case HIT_ALERT: /* of the kernel: its line is among the events */
		ui->screen = SCREEN_VIEW;
		ui_focus(ui, "cpu", "events", &(struct err){ 0 });
		break;
	case HIT_PROBE:
		ui->health_cursor = h->value;
		break;
	}
}

static struct ui_action mouse(struct ui *ui, const struct snapshot *s, const struct term_event *ev)
{
	const struct hit *h;

	if (ui->prompt.kind)
		return nothing();
	if (ev->button == MOUSE_WHEEL_UP || ev->button == MOUSE_WHEEL_DOWN) {
		int key = ev->button == MOUSE_WHEEL_UP ? TKEY_UP : TKEY_DOWN;

		if (ui->menu.kind)
			menu_key(ui, s, key);
		else
			move(ui, s, key == TKEY_UP ? -WHEEL_ROWS : WHEEL_ROWS);
		return nothing();
	}
	if (ev->button != MOUSE_LEFT)
		return nothing();
	h = hit_find(ui, ev->row, ev->col);
	if (ui->menu.kind && (!h || h->kind != HIT_MENU))
		ui->menu.kind = MENU_NONE;
	else if (h)
		press(ui, s, h);
	return nothing();
}

struct ui_action ui_key(struct ui *ui, const struct snapshot *s, const struct term_event *ev)
{
	const struct key_binding *b;
	char name[40], text[96];

	if (ev->key == KEY_NONE || ev->key == TKEY_RESIZE)
		return nothing();
	if (ev->key == TKEY_GONE)
		return effect(UI_QUIT, 0);
	*ui->status = '\0';
	if (ev->key == TKEY_MOUSE)
		return mouse(ui, s, ev);
	b = keymap_find(ev->key, ui_context(ui), ui->keys);
	if (b && (b->act == ACT_REDRAW || b->act == ACT_SUSPEND || b->act == ACT_QUIT))
		return act(ui, s, b->act, ev->key);
	if (ui->prompt.kind)
		return prompt_key(ui, s, ev);
	if (ui->menu.kind) {
		menu_key(ui, s, ev->key);
		return nothing();
	}
	if (b)
		return act(ui, s, b->act, ev->key);
	keymap_name(name, sizeof(name), ev->key);
	snprintf(text, sizeof(text), "%s: nothing to do here; ? lists the keys", name);
	esc_text(ui->status, sizeof(ui->status), text, strlen(text), false);
	return nothing();
}
