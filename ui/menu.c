/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Menus over the picture: views, sort columns, users, groups. What is typed finds an item. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "esc.h"
#include "group.h"
#include "pen.h"
#include "process.h"
#include "ui_priv.h"

#define MENU_COLS 36

static struct menu_item *item_add(struct menu *m, int64_t value, const char *text, const char *note)
{
	struct menu_item *item = &m->items[m->nr < MENU_MAX ? m->nr++ : MENU_MAX - 1];

	item->value = value;
	esc_text(item->text, sizeof(item->text), text, strlen(text), false);
	snprintf(item->note, sizeof(item->note), "%.79s", note);
	return item;
}

static void fill_views(struct ui *ui)
{
	struct menu *m = &ui->menu;

	for (int p = 0; p < view_registry_nr; p++)
		for (int i = 0; view_registry[p]->views[i].id; i++) {
			char text[40];

			if (p == ui->pane && i == ui->view)
				m->cursor = m->nr;
			snprintf(text, sizeof(text), "%s / %s", view_registry[p]->title, view_registry[p]->views[i].id);
			item_add(m, p * UI_VIEWS_MAX + i, text, view_registry[p]->views[i].help);
		}
}

static void fill_sort(struct ui *ui)
{
	const struct column *cols = ui_view(ui)->columns;

	for (int i = 0; cols[i].key; i++) {
		if (cols[i].flags & COL_SCREEN_ONLY)
			continue;
		if (&cols[i] == ui_state(ui)->sort)
			ui->menu.cursor = ui->menu.nr;
		item_add(&ui->menu, i, cols[i].key, cols[i].help);
	}
}

static void fill_users(struct ui *ui, const struct snapshot *s)
{
	char name[64], note[48];

	item_add(&ui->menu, -1, "all users", "");
	for (int i = 0; i < s->procs_nr; i++) {
		int known = 0, count = 0;

		for (int n = 0; n < ui->menu.nr; n++)
			known |= ui->menu.items[n].value == s->procs[i].uid;
		if (known || s->procs[i].uid == FIG_UNKNOWN || ui->menu.nr == MENU_MAX)
			continue;
		for (int n = i; n < s->procs_nr; n++)
			count += s->procs[n].uid == s->procs[i].uid;
		proc_user(&s->procs[i], name, sizeof(name));
		snprintf(note, sizeof(note), "%d rows", count);
		item_add(&ui->menu, s->procs[i].uid, name, note);
	}
}

static void fill_groups(struct ui *ui)
{
	static const char *const notes[GROUP_BY_NR] = {
		[GROUP_PROCESS] = "a row for each", [GROUP_THREAD] = "a row for each (H)",
		[GROUP_USER] = "real user id",	    [GROUP_CGROUP] = "control group, by path",
		[GROUP_CONTAINER] = "by the id in its path", [GROUP_COMMAND] = "name of the process",
	};

	for (int i = 0; i < GROUP_BY_NR; i++) {
		if (i == GROUP_THREAD && !group_can_threads(ui))
			continue;
		if (i == (ui->threads && group_can_threads(ui) ? GROUP_THREAD : ui->cpu.group.by))
			ui->menu.cursor = ui->menu.nr;
		item_add(&ui->menu, i, group_words[i], notes[i]);
	}
}

static void fill_kinds(struct ui *ui)
{
	const struct log_kind *kinds = ui_view(ui)->log ? ui_view(ui)->log->kinds : NULL;
	char text[24];

	for (int i = 0; kinds && kinds[i].name; i++) {
		snprintf(text, sizeof(text), "[%c] %s", logview_ui(ui)->hidden & 1U << i ? ' ' : 'x', kinds[i].name);
		item_add(&ui->menu, i, text, kinds[i].help);
	}
}

void menu_add(struct ui *ui, int64_t value, const char *text, const char *note)
{
	item_add(&ui->menu, value, text, note);
}

void menu_at(struct ui *ui, int64_t value)
{
	for (int i = 0; i < ui->menu.nr; i++)
		if (ui->menu.items[i].value == value)
			ui->menu.cursor = i;
}

void menu_open(struct ui *ui, const struct snapshot *s, enum menu_kind kind)
{
	struct menu *m = &ui->menu;

	m->kind = kind;
	m->nr = m->cursor = m->top = 0;
	*m->find = '\0';
	if (kind == MENU_VIEWS)
		fill_views(ui);
	else if (kind == MENU_SORT)
		fill_sort(ui);
	else if (kind == MENU_GROUPS)
		fill_groups(ui);
	else if (kind == MENU_KINDS)
		fill_kinds(ui);
	else if (kind == MENU_CHOICES)
		ui_view(ui)->choices(ui, s);
	else
		fill_users(ui, s);
}

void menu_choose(struct ui *ui, int at)
{
	struct menu *m = &ui->menu;
	enum menu_kind kind = m->kind;
	int64_t value = at >= 0 && at < m->nr ? m->items[at].value : 0;

	m->kind = MENU_NONE;
	if (at < 0 || at >= m->nr)
		return;
	if (kind == MENU_VIEWS) {
		ui->pane = (int)value / UI_VIEWS_MAX;
		ui_set_view(ui, (int)value % UI_VIEWS_MAX);
		ui->list_stale = true;
	} else if (kind == MENU_SORT) {
		rows_sort(ui, &ui_view(ui)->columns[value], false);
	} else if (kind == MENU_GROUPS) {
		group_choose(ui, (int)value);
	} else if (kind == MENU_KINDS) { /* and stays open: several may be wanted */
		logview_toggle_kind(ui, (int)value);
		menu_open(ui, NULL, kind);
		m->cursor = at;
	} else if (kind == MENU_CHOICES) {
		ui_view(ui)->choose(ui, value, m->items[at].text);
	} else {
		ui->own_user = false;
		*ui->user = '\0';
		if (value >= 0)
			snprintf(ui->user, sizeof(ui->user), "%lld", (long long)value);
		ui->list_stale = true;
	}
}

static bool item_matches(const struct menu_item *item, const char *find)
{
	return strcasestr(item->text, find) != NULL;
}

static void find_item(struct menu *m, int from)
{
	for (int i = 0; i < m->nr; i++)
		if (item_matches(&m->items[(from + i) % m->nr], m->find)) {
			m->cursor = (from + i) % m->nr;
			return;
		}
}

/* In a menu letters find; only keys that are no letters move. */
void menu_key(struct ui *ui, const struct snapshot *s, int key)
{
	struct menu *m = &ui->menu;
	int page = ui->page_rows > 2 ? ui->page_rows - 2 : 1;
	size_t len = strlen(m->find);

	switch (key) {
	case TKEY_ENTER:
		menu_choose(ui, m->cursor);
		return;
	case TKEY_ESC:
		m->kind = MENU_NONE;
		return;
	case TKEY_BACKSPACE:
		if (!len)
			m->kind = MENU_NONE;
		else
			m->find[len - 1] = '\0';
		return;
	case TKEY_UP:
	case TKEY_DOWN:
		m->cursor += key == TKEY_UP ? -1 : 1;
		break;
	case TKEY_PGUP:
	case TKEY_PGDN:
		m->cursor += key == TKEY_PGUP ? -page : page;
		break;
	case TKEY_HOME:
	case TKEY_END:
		m->cursor = key == TKEY_HOME ? 0 : m->nr - 1;
		break;
	default:
		if (key < ' ' || key > '~' || len + 1 >= sizeof(m->find))
			return;
		m->find[len] = (char)key;
		m->find[len + 1] = '\0';
		find_item(m, m->cursor);
		return;
	}
	if (m->cursor >= m->nr)
		m->cursor = m->nr - 1;
	if (m->cursor < 0)
		m->cursor = 0;
}

static void title_draw(const struct menu *m, struct canvas *c, int y, int width)
{
	static const char *const titles[] = { "", "View", "Sort by", "User", "Rows are", "Events", "Show" };

	canvas_fill(c, y, 0, width, STYLE_HEADING, ' ');
	canvas_printf(c, y, 1, width - 1, STYLE_HEADING, *m->find ? "%s: %s_" : "%s  (type to find)", titles[m->kind],
		      m->find);
}

void menu_draw(struct ui *ui, struct canvas *c, int y, int lines)
{
	struct menu *m = &ui->menu;
	int width = m->kind == MENU_USERS || c->cols < 70 ? MENU_COLS : m->kind == MENU_GROUPS || m->kind == MENU_CHOICES ? 60 : 100, rows = lines - 1;

	if (y < 0 || lines < 1)
		return;
	width = width > c->cols ? c->cols : width;
	if (rows > m->nr)
		rows = m->nr;
	if (m->cursor < m->top)
		m->top = m->cursor;
	if (m->cursor >= m->top + rows)
		m->top = m->cursor - rows + 1;
	if (m->top < 0 || rows < 1)
		m->top = rows < 1 ? m->cursor : 0;
	title_draw(m, c, y, width);
	for (int i = 0; i < rows && m->top + i < m->nr; i++) {
		const struct menu_item *item = &m->items[m->top + i];
		enum style style = *m->find && item_matches(item, m->find) ? STYLE_MATCH : STYLE_TEXT;

		canvas_fill(c, y + 1 + i, 0, width, STYLE_TEXT, ' ');
		canvas_text(c, y + 1 + i, 2, 27, style, item->text);
		canvas_text(c, y + 1 + i, 30, width - 31, STYLE_DIM, item->note);
		if (m->top + i == m->cursor) {
			canvas_text(c, y + 1 + i, 0, 1, STYLE_SELECTED, ">");
			canvas_paint(c, y + 1 + i, 0, width, STYLE_SELECTED);
		}
		hit_add(ui, y + 1 + i, 0, width, HIT_MENU, m->top + i);
	}
}
