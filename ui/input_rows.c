/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keys do to the rows of a table: sort, tag, follow, show and hide. */
#include <stdio.h>

#include "process.h"
#include "ui_priv.h"

bool rows_of_processes(const struct view *v)
{
	return v->kind == VIEW_TABLE && v->row_id == proc_row_id;
}

static void sort_by(struct ui *ui, const char *key, const char *what)
{
	const struct column *col = key ? view_column(ui_view(ui), key) : NULL;
	char text[80];

	if (col) {
		rows_sort(ui, col, false);
		return;
	}
	snprintf(text, sizeof(text), "no %s in this view", what);
	ui_status(ui, text);
}

/* The next column on the screen that can be sorted by; from one that is not there, the one of its figure. */
static void sort_step(struct ui *ui, int step)
{
	const struct column *cols = ui_view(ui)->columns, *sort = ui_state(ui)->sort;
	int nr = 0, at = 0;

	while (cols[nr].key)
		nr++;
	for (int i = 0; i < nr; i++)
		if (&cols[i] == sort ||
		    (sort->flags & COL_NO_SCREEN && !(cols[i].flags & COL_NO_SCREEN) && cols[i].unit != UNIT_TEXT &&
		     cols[i].off == sort->off)) {
			at = i;
			break;
		}
	for (int i = at + step; i >= 0 && i < nr; i += step)
		if (!(cols[i].flags & (COL_NO_SCREEN | COL_SCREEN_ONLY))) {
			rows_sort(ui, &cols[i], false);
			return;
		}
}

static void tag_tree(struct ui *ui, const struct snapshot *s)
{
	const struct proc_row *row = rows_selected(ui, s);
	bool grown = true;

	if (!rows_of_processes(ui_view(ui)) || !row || row->pid == FIG_UNKNOWN)
		return;
	if (!tags_has(ui, proc_row_id(row)))
		tags_toggle(ui, proc_row_id(row));
	while (grown) { /* children of tagged rows below this one, until there are no more */
		grown = false;
		for (int i = 0; i < s->procs_nr; i++) {
			const struct proc_row *child = &s->procs[i], *parent = proc_find(s, child->ppid);

			if (!parent || child->pid == FIG_UNKNOWN || tags_has(ui, proc_row_id(child)) ||
			    !tags_has(ui, proc_row_id(parent)) || ui->tags_nr == UI_TAGS_MAX)
				continue;
			tags_toggle(ui, proc_row_id(child));
			grown = true;
		}
	}
}

static void toggle(struct ui *ui, bool *flag, const char *what)
{
	char text[80];

	*flag = !*flag;
	ui->list_stale = true;
	snprintf(text, sizeof(text), "%s %s", what, *flag ? "on" : "off");
	ui_status(ui, text);
}

static void act_sort(struct ui *ui, enum ui_act act)
{
	const struct view *v = ui_view(ui);

	switch (act) {
	case ACT_SORT_CPU:
		sort_by(ui, "cpu_pct", "CPU time");
		break;
	case ACT_SORT_MEM:
		sort_by(ui, "rss_bytes", "memory");
		break;
	case ACT_SORT_TIME:
		sort_by(ui, "cpu_time_ns", "CPU time since the start");
		break;
	case ACT_SORT_PID:
		sort_by(ui, "pid", "pid");
		break;
	case ACT_SORT_LATENCY:
		sort_by(ui, v->latency_key, "latency");
		break;
	case ACT_SORT_IO:
		sort_by(ui, v->io_key, "I/O bytes");
		break;
	case ACT_SORT_DEFAULT:
		sort_by(ui, v->sort_key, "default order");
		break;
	case ACT_SORT_LEFT:
	case ACT_SORT_RIGHT:
		sort_step(ui, act == ACT_SORT_LEFT ? -1 : 1);
		break;
	default:
		rows_sort(ui, ui_state(ui)->sort, !ui_state(ui)->invert);
		break;
	}
}

static void act_rows(struct ui *ui, const struct snapshot *s, enum ui_act act)
{
	const struct proc_row *row = rows_selected(ui, s);

	switch (act) {
	case ACT_TAG:
		if (row && ui_view(ui)->row_id)
			tags_toggle(ui, ui_view(ui)->row_id(row));
		rows_select(ui, s, ui_state(ui)->cursor + 1);
		break;
	case ACT_TAG_TREE:
		tag_tree(ui, s);
		break;
	case ACT_UNTAG:
		ui->tags_nr = 0;
		break;
	case ACT_FOLLOW:
		toggle(ui, &ui->follow, "follow");
		rows_select(ui, s, ui_state(ui)->cursor);
		ui->moved = false;
		break;
	case ACT_KTHREADS:
		ui->hide_kthreads = !ui->hide_kthreads;
		ui->list_stale = true;
		ui_status(ui, ui->hide_kthreads ? "kernel threads hidden" : "kernel threads shown");
		break;
	case ACT_PATH:
		toggle(ui, &ui->show_path, "program path");
		break;
	default:
		toggle(ui, &ui->merged, "merged command");
		break;
	}
}

/* H and O: what has a row among processes. */
static void act_members(struct ui *ui, enum ui_act act)
{
	struct group_ui *g = &ui->cpu.group;

	if (!group_can(ui)) {
		ui_status(ui, "this view has no rows of processes");
		return;
	}
	if (act == ACT_THREADS && !group_can_threads(ui)) {
		ui_status(ui, "block I/O is counted by process: threads have no figures here");
	} else if (act == ACT_THREADS) {
		toggle(ui, &ui->threads, "threads");
		ui_mode_changed(ui);
	} else if (g->by && !group_inside(ui)) {
		ui_status(ui, "groups hold all processes: choose g, process first");
	} else {
		g->containers = !g->containers;
		ui->list_stale = true;
		ui_status(ui, g->containers ? "only processes in containers" : "all processes");
	}
}

void rows_act(struct ui *ui, const struct snapshot *s, enum ui_act act)
{
	if (act >= ACT_SORT_LEFT && act <= ACT_SORT_DEFAULT)
		act_sort(ui, act);
	else if (act == ACT_THREADS || act == ACT_CONTAINERS)
		act_members(ui, act);
	else
		act_rows(ui, s, act);
}
