/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The help screen of a view, made from the tables: columns, wait classes, marks, keys, what differs from htop. */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "marks.h"
#include "pen.h"
#include "process.h"
#include "ui_priv.h"

/* Lines are counted as they are written; only those in sight are drawn. */
struct help {
	struct canvas *c;
	int y, lines, top, at;
};

static int help_line(struct help *h)
{
	int line = h->at++ - h->top;

	return line >= 0 && line < h->lines ? h->y + line : -1;
}

static void title(struct help *h, const char *text)
{
	int y;

	if (h->at)
		help_line(h);
	y = help_line(h);
	if (y >= 0)
		canvas_text(h->c, y, 1, h->c->cols - 1, STYLE_TITLE, text);
}

/* Name at the left, text wrapped at blanks to the right of it. */
static void entry(struct help *h, int name_cols, enum style style, const char *name, const char *text)
{
	int x = 2 + name_cols + 1, room = h->c->cols - x - 1, y = help_line(h);
	bool first = true;

	if (room < 16) { /* too narrow for two columns */
		if (y >= 0)
			canvas_text(h->c, y, 1, h->c->cols - 1, style, name);
		x = 3;
		room = h->c->cols > 8 ? h->c->cols - 4 : 4;
		first = false;
	} else if (y >= 0) {
		canvas_text(h->c, y, 2, name_cols, style, name);
	}
	while (*text) {
		int len = (int)strlen(text), cut = len;
		char part[256];

		if (len > room) {
			for (cut = room; cut > 0 && text[cut] != ' '; cut--)
				;
			cut = cut ? cut : room;
		}
		cut = cut >= (int)sizeof(part) ? (int)sizeof(part) - 1 : cut;
		memcpy(part, text, (size_t)cut);
		part[cut] = '\0';
		if (!first)
			y = help_line(h);
		first = false;
		if (y >= 0)
			canvas_text(h->c, y, x, room, STYLE_TEXT, part);
		text += cut;
		text += strspn(text, " ");
	}
}

/* The longest heading is to be read whole. */
static int title_cols(const struct view *v)
{
	int cols = 8;

	for (const struct column *col = v->columns; col->key; col++)
		if (!(col->flags & COL_NO_SCREEN) && utf8_columns(col->title) > cols)
			cols = utf8_columns(col->title);
	return cols;
}

static void columns(struct help *h, const struct view *v)
{
	int cols = title_cols(v);
	char name[64];

	title(h, "Columns (narrow screens drop some; sort keys and file names in brackets)");
	for (const struct column *col = v->columns; col->key; col++) {
		if (col->flags & COL_NO_SCREEN)
			continue;
		entry(h, cols, STYLE_HEADING_SORT, col->title, col->help);
		if (col->flags & COL_SCREEN_ONLY)
			continue;
		snprintf(name, sizeof(name), "[%s%s%s]", col->key, col->alias ? ", " : "", col->alias ? col->alias : "");
		entry(h, cols, STYLE_DIM, "", name);
	}
	title(h, "For sorting (F6), filters and files");
	for (const struct column *col = v->columns; col->key; col++)
		if (col->flags & COL_NO_SCREEN)
			entry(h, 24, STYLE_HEADING_SORT, col->key, col->help);
}

static void figures(struct help *h, const struct ui *ui)
{
	bool disk = ui_pane(ui)->pane == PANE_DISK;
	char name[4];

	title(h, "How figures read");
	entry(h, 8, STYLE_DIM, "\u00b7", "zero");
	entry(h, 8, STYLE_DIM, "-", "not known in this row");
	entry(h, 8, STYLE_DIM, "n/a", "not available here; the health screen (!) says why");
	entry(h, 8, STYLE_VALUE, "~12", disk ? "mostly inferred: charged to who dirtied the pages" : "sampled or approximate");
	entry(h, 8, STYLE_VALUE, "!12", "incomplete: records were lost in this interval");
	entry(h, 8, STYLE_MARK, MARK_TEXT, "marked, because of one of these:");
	for (int i = 0; i < MARK_NR; i++)
		entry(h, 8, STYLE_TEXT, "", mark_rules[i].help);
	entry(h, 8, STYLE_TEXT, "", mark_usual_help);
	title(h, "Time bar: what the threads that were not idle did with their time");
	for (int i = 0; i < WAIT_NR; i++) {
		snprintf(name, sizeof(name), "%c", wait_letter((enum wait_class)i));
		entry(h, 8, wait_style(*name), name, wait_help((enum wait_class)i));
	}
	title(h, "Header");
	entry(h, 8, STYLE_METER_LABEL, "CPU", "| user, # system, = interrupts, ! stolen; 100 % is all CPUs");
	entry(h, 8, STYLE_METER_LABEL, "Mem", "| used, : cache");
	if (disk) {
		entry(h, 8, STYLE_METER_LABEL, "Disk", "reads, writes and bytes of the devices that stand on no other: a loop device "
		      "counts once");
		entry(h, 8, STYLE_METER_LABEL, "In flight", "requests of these devices that are started and not completed; the age of the "
		      "oldest of all, and its device");
	}
	entry(h, 8, STYLE_METER_LABEL, "Time", "shares of all thread time that was not idle, in per cent");
	entry(h, 8, STYLE_METER_LABEL, "PSI", "share of the interval in which some (full: all) tasks stood still for want of it");
	entry(h, 8, STYLE_STATUS, "self", "last line: own CPU in per cent of one CPU, own memory, time in our BPF programs, "
	      "records lost, probes in use");
}

static void keys(struct help *h, const struct ui *ui)
{
	char names[64];

	title(h, "Keys");
	for (const struct key_binding *b = keymap; b->act; b++)
		if (b->help && keymap_names(names, sizeof(names), b, ui->keys))
			entry(h, 15, STYLE_KEY, names, b->help);
	title(h, "Different from htop");
	for (const struct key_binding *b = keymap; b->act; b++)
		if (b->differs && keymap_names(names, sizeof(names), b, ui->keys))
			entry(h, 15, STYLE_KEY, names, b->differs);
}

static void all(struct help *h, const struct ui *ui)
{
	char text[1200];

	snprintf(text, sizeof(text), "%s / %s: %s", ui_pane(ui)->title, ui_view(ui)->title, ui_view(ui)->help);
	entry(h, 0, STYLE_TEXT, "", text);
	entry(h, 0, STYLE_TEXT, "", "Arrows and PgDn scroll, Esc closes.");
	columns(h, ui_view(ui));
	figures(h, ui);
	keys(h, ui);
}

void help_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int lines)
{
	struct help count = { .c = c, .lines = 0 }, h;

	if (lines < 1)
		return;
	all(&count, ui);
	if (ui->help_top > count.at - lines)
		ui->help_top = count.at > lines ? count.at - lines : 0;
	h = (struct help){ .c = c, .y = y, .lines = lines, .top = ui->help_top };
	all(&h, ui);
}
