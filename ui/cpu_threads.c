/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU / processes with a row for each thread (H): what differs from rows of processes. */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "group.h"
#include "pen.h"
#include "process.h"
#include "ui_priv.h"
#include "view_cpu.h"

static int thread_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->threads;
	return s->threads_nr;
}

/* The process that a thread belongs to, or NULL. */
static const struct proc_row *process_of(const struct snapshot *s, const struct proc_row *thread)
{
	return proc_find(s, thread->ppid);
}

static bool pid_wanted(const struct ui *ui, const struct proc_row *t)
{
	for (int i = 0; i < ui->pids_nr; i++)
		if (ui->pids[i] == t->pid || ui->pids[i] == t->ppid)
			return true;
	return ui->pids_nr == 0;
}

static bool thread_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	if (ui->entered)
		return thread_of(row, ui->entered_id);
	return pid_wanted(ui, row) && cpu_user_shown(s, ui, row) && group_shown(s, ui, row);
}

static const char *thread_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			       char *buf, size_t size, size_t *ret_len)
{
	const struct proc_row *t = row, *p;

	if (strcmp(col->key, "command"))
		return cpu_process_text(s, ui, row, col, buf, size, ret_len);
	p = process_of(s, t);
	*ret_len = proc_cmdline(ui, p ? p : t, buf, size);
	return buf;
}

/* "name (command)" where the two differ. */
static void cell_name(struct canvas *c, int y, int x, int width, enum style style, const struct snapshot *s,
		      const struct ui *ui, const struct proc_row *t)
{
	size_t skip = (size_t)ui_state_now(ui)->scroll_text * 8, len = strnlen(t->comm, sizeof(t->comm));
	const struct proc_row *p = process_of(s, t);
	char raw[PROC_TEXT_MAX + 64];

	memcpy(raw, t->comm, len);
	if (p && strncmp(p->comm, t->comm, sizeof(t->comm))) {
		memcpy(raw + len, " (", 2);
		len += 2;
		len += proc_command(ui, p, raw + len, PROC_TEXT_MAX);
		raw[len++] = ')';
	} else if (p) {
		len = proc_command(ui, p, raw, PROC_TEXT_MAX);
	}
	if (skip < len)
		canvas_raw(c, y, x, width, style, raw + skip, len - skip);
}

static void thread_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
			const void *row, const struct column *col)
{
	const struct proc_row *t = row, *p = process_of(s, t);

	if (!strcmp(col->key, "command"))
		cell_name(c, y, x, width, cpu_process_style(ui, p ? p : t), s, ui, t);
	else
		cpu_process_cell(c, y, x, width, s, ui, row, col);
}

/* Who: the thread, its process, since when. */
static void detail_thread(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct proc_row *t)
{
	const struct proc_row *process = process_of(s, t);
	char text[256];

	esc_comm(text, sizeof(text), t->comm, sizeof(t->comm), p->c->ascii);
	pen_item(p, "thread", STYLE_TITLE, false, "%s (%lld)", text, (long long)t->pid);
	if (process) {
		proc_title(ui, process, p->c->ascii, text, sizeof(text));
		pen_item(p, "of", STYLE_VALUE, false, "%s", text);
	}
	if (t->age_ns != FIG_UNKNOWN)
		pen_item(p, "started", STYLE_VALUE, false, "%s ago", word_ns(t->age_ns));
	if (t->since_ns != FIG_UNKNOWN && t->wclass < WAIT_NR)
		pen_item(p, wait_title((enum wait_class)t->wclass), STYLE_VALUE, false, "for %s",
			 word_ns((int64_t)s->m.tick.h.ts_ns - t->since_ns));
}

static int thread_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		if (i == 0)
			detail_thread(&p, s, ui, row);
		else if (i == 1)
			detail_why(&p, s, row);
		else
			detail_more(&p, s, row);
	}
	return lines < 3 ? lines : 3;
}

/* Into its process, with the cursor on this thread. */
static void thread_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct proc_row *process = row ? process_of(s, row) : NULL;

	if (ui->entered)
		return;
	if (!process) {
		ui_status(ui, row ? "its process has ended" : "no thread is selected");
		return;
	}
	rows_select(ui, s, ui_state(ui)->cursor);
	ui_enter_process(ui, proc_row_id(process), process);
	ui->page.on_thread = ui->page.to_cursor = true;
	ui->page.thread = proc_row_id(row);
}

const struct view cpu_thread_view = {
	.id = "processes",
	.title = "Threads",
	.help = "which threads run, which wait for a CPU, which are stuck, and how long",
	.pane = PANE_CPU,
	.kind = VIEW_TABLE,
	.columns = cpu_thread_columns,
	.row_size = sizeof(struct proc_row),
	.sort_key = "oncpu_ns_per_s",
	.latency_key = "runq_wait_ns_per_s",
	.rows = thread_rows,
	.row_id = proc_row_id,
	.shown = thread_shown,
	.row_style = cpu_process_style,
	.text = thread_text,
	.cell = thread_cell,
	.detail = thread_detail,
	.enter = thread_enter,
};
