/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU / cpus as a map, a cell for each CPU, where they are more than the lines; from one to the other and back. */
#include <inttypes.h>
#include <stdio.h>

#include "fmt.h"
#include "heatview.h"
#include "layout.h"
#include "pen.h"
#include "ui_priv.h"
#include "view_cpu.h"

#define LABEL_COLS 9 /* "cpu 1234 " */

/* The map stands in for the table where that would have to scroll, unless one was chosen. */
int cpu_cpus_mode(const struct ui *ui)
{
	struct layout_wish wish = { .header = ui->header, .keys = ui->opts.function_bar, .heading = true, .detail = true };

	if (ui->cpu.cpus.shape != CPUS_WHAT_FITS)
		return ui->cpu.cpus.shape == CPUS_MAP;
	return ui->screen_rows && ui->cpus_nr + 1 > layout_make(ui->screen_rows, wish).data_lines;
}

/* Cells in a line: a round number, so that the eye finds a CPU. */
static int cells_per_line(int room)
{
	if (room >= 64)
		return room / 32 * 32;
	return room >= 8 ? room / 8 * 8 : room > 0 ? room : 1;
}

static void map_line(struct canvas *c, int y, const struct snapshot *s, int first, int nr, int cursor)
{
	char text[24];

	snprintf(text, sizeof(text), "cpu %" PRId64, s->cpus[first].cpu);
	canvas_right(c, y, 0, LABEL_COLS - 1, STYLE_METER_LABEL, text);
	for (int i = 0; i < nr && first + i < s->cpus_nr; i++) {
		const struct cpu_row *row = &s->cpus[first + i];
		int x = LABEL_COLS + i;

		if (row->busy_pct == FIG_UNKNOWN)
			canvas_text(c, y, x, 1, STYLE_DIM, "-");
		else if (row->busy_pct < 1000)
			canvas_text(c, y, x, 1, STYLE_DIM, "\u00b7");
		else
			heat_cell(c, y, x, row->busy_pct >= 100000 ? 4 : 1 + (int)(row->busy_pct * 4 / 100000));
		if (first + i == cursor)
			canvas_paint(c, y, x, 1, STYLE_SELECTED);
	}
}

static void map_legend(struct canvas *c, int y, const struct snapshot *s, int first, int nr)
{
	struct pen p = pen_at(c, y, 1, c->cols);
	char text[FMT_MAX];

	if (s->cpus_all) {
		fmt_pct(text, sizeof(text), s->cpus_all->busy_pct);
		pen_item(&p, "all busy", STYLE_VALUE, false, "%s%%", text);
	}
	pen_item(&p, "", STYLE_TEXT, false, "%s", "a cell is a CPU, busy:");
	p.gap = 1;
	for (int shade = 1; shade <= 4; shade++) {
		static const char *const from[] = { "", "1", "25", "50", "75" };

		if (!pen_fits(&p, 6))
			break;
		p.x += p.gap;
		heat_cell(c, y, p.x, shade);
		p.x += 1;
		p.gap = 1;
		pen_item(&p, "", STYLE_DIM, false, "%s%%", from[shade]);
	}
	if (nr < s->cpus_nr)
		pen_item(&p, "", STYLE_VALUE, false, "%d-%d of %d", first + 1, first + nr, s->cpus_nr);
}

/* The CPU of which the cells before the cursor are all: `cursor` counts those that are online. */
static const struct cpu_row *under_cursor(const struct snapshot *s, struct ui *ui)
{
	int *at = &ui->cpu.cpus.cursor;

	*at = *at >= s->cpus_nr ? s->cpus_nr - 1 : *at;
	*at = *at < 0 ? 0 : *at;
	return s->cpus_nr ? &s->cpus[*at] : NULL;
}

void cpu_map_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
{
	const struct cpu_row *row = under_cursor(s, ui);
	int per_line = cells_per_line(c->cols - LABEL_COLS - 1), foot = lines >= 8 ? 3 : lines >= 4 ? 1 : 0;
	int head = lines >= 3, shown = lines - head - foot, all = (s->cpus_nr + per_line - 1) / per_line, at, nr;

	if (!row || lines < 1) {
		if (lines > 0)
			canvas_text(c, y, 1, c->cols - 1, STYLE_DIM, "waiting for the first tick");
		return;
	}
	ui->cpu.cpus.per_line = per_line;
	at = ui->cpu.cpus.cursor / per_line;
	if (ui->canvas_top > at)
		ui->canvas_top = at;
	if (ui->canvas_top < at - shown + 1)
		ui->canvas_top = at - shown + 1;
	if (ui->canvas_top > all - shown)
		ui->canvas_top = all > shown ? all - shown : 0;
	nr = shown * per_line;
	if (ui->canvas_top * per_line + nr > s->cpus_nr)
		nr = s->cpus_nr - ui->canvas_top * per_line;
	if (head)
		map_legend(c, y, s, ui->canvas_top * per_line, nr);
	for (int i = 0; i < shown && ui->canvas_top + i < all; i++)
		map_line(c, y + head + i, s, (ui->canvas_top + i) * per_line, per_line, ui->cpu.cpus.cursor);
	if (foot)
		cpu_figures_line(c, y + lines - foot + (foot > 2), s, row);
	if (foot > 2)
		cpu_procs_line(c, y + lines - 1, s, ui, row);
}

static void move_cursor(struct ui *ui, const struct snapshot *s, int step)
{
	int to = ui->cpu.cpus.cursor + step;

	if (to >= 0 && to < s->cpus_nr)
		ui->cpu.cpus.cursor = to;
	else if (step < -1 || step > 1) /* the ends are reached, a line is not left by a step up or down */
		ui->cpu.cpus.cursor = step < 0 ? ui->cpu.cpus.cursor % ui->cpu.cpus.per_line :
				      s->cpus_nr ? s->cpus_nr - 1 : 0;
}

bool cpu_map_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret)
{
	int line = ui->cpu.cpus.per_line ? ui->cpu.cpus.per_line : 1, page = line * (ui->page_rows > 5 ? ui->page_rows - 5 : 1);

	switch (act) {
	case ACT_UP:
	case ACT_DOWN:
		move_cursor(ui, s, act == ACT_UP ? -line : line);
		return true;
	case ACT_PGUP:
	case ACT_PGDN:
		move_cursor(ui, s, act == ACT_PGUP ? -page : page);
		return true;
	case ACT_HOME:
		ui->cpu.cpus.cursor = 0;
		return true;
	case ACT_END:
		ui->cpu.cpus.cursor = s->cpus_nr ? s->cpus_nr - 1 : 0;
		return true;
	case ACT_COL_LEFT:
	case ACT_COL_RIGHT:
		move_cursor(ui, s, act == ACT_COL_LEFT ? -1 : 1);
		return true;
	}
	return false;
}

/* Enter: from the map to the row of the CPU under the cursor. */
void cpu_map_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct cpu_row *cpu = under_cursor(s, ui);

	ui->cpu.cpus.shape = CPUS_TABLE;
	ui_mode_changed(ui);
	if (!cpu)
		return;
	ui_state(ui)->pinned = true;
	ui_state(ui)->sel = cpu_cpus_row_id(cpu);
}

/* ... and from the row to its cell. */
void cpu_cpus_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct cpu_row *cpu = row;

	for (int i = 0; cpu && i < s->cpus_nr; i++)
		if (s->cpus[i].cpu == cpu->cpu)
			ui->cpu.cpus.cursor = i;
	ui->cpu.cpus.shape = CPUS_MAP;
	ui_mode_changed(ui);
}

/* Esc undoes the choice. */
bool cpu_cpus_back(struct ui *ui)
{
	bool chosen = ui->cpu.cpus.shape != CPUS_WHAT_FITS;

	ui->cpu.cpus.shape = CPUS_WHAT_FITS;
	if (chosen)
		ui_mode_changed(ui);
	return chosen;
}
