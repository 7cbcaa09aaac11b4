/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of the entered process: who it is, where its time goes, its figures and its waits. */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "histview.h"
#include "marks.h"
#include "pen.h"
#include "process.h"
#include "ui_priv.h"

#define LABEL_COLS 10

/* Lines are written one below the other, and those above `top` are scrolled away. */
struct page {
	struct canvas *c;
	int y, lines; /* the area */
	int top, at;  /* first line shown; next line */
};

static bool next_line(struct page *pg, const char *label, struct pen *ret_pen)
{
	int line = pg->at++ - pg->top;

	if (line < 0 || line >= pg->lines)
		return false;
	canvas_text(pg->c, pg->y + line, 1, LABEL_COLS - 1, STYLE_METER_LABEL, label);
	*ret_pen = pen_at(pg->c, pg->y + line, 1 + LABEL_COLS, pg->c->cols);
	return true;
}

static void who(struct page *pg, const struct snapshot *s, const struct ui *ui, const struct proc_row *row)
{
	char text[400], raw[64];
	bool ascii = pg->c->ascii;
	struct pen p;

	if (next_line(pg, "process", &p)) {
		proc_title(ui, row, ascii, text, sizeof(text));
		pen_text(&p, STYLE_TITLE, text);
		proc_end(row, text, sizeof(text));
		p.gap = 2;
		if (*text)
			pen_item(&p, "", STYLE_DEAD, false, "%s", text);
		pen_item(&p, "started", STYLE_VALUE, false, "%s ago", word_ns(row->age_ns));
		if (proc_user(row, raw, sizeof(raw))) {
			esc_text(text, sizeof(text), raw, strlen(raw), ascii);
			pen_item(&p, "user", STYLE_VALUE, false, "%s", text);
		}
		if (row->nice != FIG_UNKNOWN)
			pen_item(&p, "nice", STYLE_VALUE, false, "%lld", (long long)row->nice);
		if (row->cpu != FIG_UNKNOWN)
			pen_item(&p, "on CPU", STYLE_VALUE, false, "%lld", (long long)row->cpu);
	}
	if (next_line(pg, "parents", &p)) {
		proc_parents(s, row, 8, ascii, text, sizeof(text));
		pen_text(&p, *text ? STYLE_TEXT : STYLE_DIM, *text ? text : "-");
	}
}

static void command(struct page *pg, const struct ui *ui, const struct proc_row *row)
{
	char raw[PROC_TEXT_MAX], text[4 * PROC_TEXT_MAX];
	size_t len = 0;
	struct pen p;

	if (next_line(pg, "program", &p)) {
		if (row->exe && row->exe_len)
			pen_raw(&p, STYLE_TEXT, row->exe, row->exe_len);
		else
			pen_text(&p, STYLE_DIM, row->kthread ? "kernel thread" : "-");
	}
	if (next_line(pg, "command", &p)) {
		for (; row->cmd && len < row->cmd_len && len < sizeof(raw); len++) {
			raw[len] = row->cmd[len] ? row->cmd[len] : ' ';
			if (!ui->opts.show_args && raw[len] == ' ')
				break;
		}
		esc_text(text, sizeof(text), raw, len, pg->c->ascii);
		pen_text(&p, len ? STYLE_TEXT : STYLE_DIM, len ? text : "-");
		if (!ui->opts.show_args && row->cmd && len < row->cmd_len)
			pen_text(&p, STYLE_DIM, "  (arguments: --show-args)");
	}
}

static void time_bar(struct page *pg, const struct snapshot *s, const struct proc_row *row)
{
	int cells = pg->c->cols - LABEL_COLS - 3;
	char bar[PROC_BAR_MAX + 1];
	struct pen p;

	cells = cells > 60 ? 60 : cells < 1 ? 1 : cells;
	if (!next_line(pg, "time", &p))
		return;
	if (s->class_status.state == FIG_NA || !s->m.interval_ns || !proc_bar(row, cells, bar)) {
		pen_text(&p, STYLE_DIM, s->class_status.state == FIG_NA ? "n/a" : "-");
		return;
	}
	for (int i = 0; bar[i]; i++)
		pen_text(&p, wait_style(bar[i]), (char[]){ bar[i], '\0' });
}

/* A line for each class that took time: letter, share, what it means. */
static void classes(struct page *pg, const struct snapshot *s, const struct proc_row *row)
{
	struct pen p;

	for (int i = 0; i < WAIT_NR && s->m.interval_ns; i++) {
		char letter[2] = { wait_letter((enum wait_class)i), '\0' };

		if (row->class_ns[i] <= 0 || !next_line(pg, "", &p))
			continue;
		pen_text(&p, wait_style(*letter), letter);
		canvas_right(p.c, p.y, p.x + 1, 6, STYLE_VALUE, word_pct(row->class_ns[i], s->m.interval_ns));
		p.x += 7;
		pen_text(&p, STYLE_DIM, "%  ");
		pen_text(&p, wait_style(*letter), wait_title((enum wait_class)i));
		pen_goto(&p, LABEL_COLS + 24);
		pen_text(&p, STYLE_DIM, wait_help((enum wait_class)i));
	}
}

static void state_line(struct page *pg, const struct proc_row *row)
{
	struct pen p;

	if (!next_line(pg, "now", &p))
		return;
	pen_item(&p, "state", row->state == 'D' ? STYLE_DISK : STYLE_VALUE, false, "%c", row->state ? row->state : '-');
	if (row->wclass < WAIT_NR)
		pen_item(&p, "", wait_style(wait_letter((enum wait_class)row->wclass)), false, "%s",
			 wait_title((enum wait_class)row->wclass));
	if (row->blocked_since_ns != FIG_UNKNOWN)
		pen_item(&p, "for", STYLE_VALUE, row->state == 'D' && mark_over(MARK_BLOCKED, row->blocked_since_ns), "%s",
			 word_ns(row->blocked_since_ns));
	if (row->threads != FIG_UNKNOWN)
		pen_item(&p, "threads", STYLE_VALUE, false, "%lld active of %lld", (long long)row->threads_active,
			 (long long)row->threads);
}

static void figures(struct page *pg, const struct snapshot *s, const struct proc_row *row)
{
	bool known = s->m.interval_ns != 0;
	struct pen p;

	if (next_line(pg, "cpu", &p)) {
		pen_item(&p, "user", STYLE_VALUE, false, "%s%%", known ? word_pct(row->user_ns, s->m.interval_ns) : "-");
		pen_item(&p, "system", STYLE_VALUE, false, "%s%%", known ? word_pct(row->system_ns, s->m.interval_ns) : "-");
		pen_item(&p, "switches voluntary", STYLE_VALUE, false, "%s", known ? word_rate(row->vcsw, s) : "-");
		pen_item(&p, "forced", STYLE_VALUE, false, "%s", known ? word_rate(row->ivcsw, s) : "-");
		pen_item(&p, "migrations", STYLE_VALUE, false, "%s", known ? word_rate(row->migrations, s) : "-");
	}
	if (next_line(pg, "memory", &p)) {
		pen_item(&p, "rss", STYLE_VALUE, false, "%s", word_bytes(row->rss_bytes));
		pen_item(&p, "anon", STYLE_VALUE, false, "%s", word_bytes(row->rss_anon_bytes));
		pen_item(&p, "file", STYLE_VALUE, false, "%s", word_bytes(row->rss_file_bytes));
		pen_item(&p, "shmem", STYLE_VALUE, false, "%s", word_bytes(row->rss_shmem_bytes));
		pen_item(&p, "swap", STYLE_VALUE, false, "%s", word_bytes(row->swap_bytes));
		pen_item(&p, "virtual", STYLE_VALUE, false, "%s", word_bytes(row->vm_bytes));
	}
	if (next_line(pg, "faults", &p)) {
		pen_item(&p, "minor", STYLE_VALUE, false, "%s", known ? word_rate(row->minflt, s) : "-");
		pen_item(&p, "major", STYLE_VALUE, false, "%s", known ? word_rate(row->majflt, s) : "-");
	}
	if (next_line(pg, "latency", &p)) {
		pen_item(&p, "run-queue p50", STYLE_VALUE, false, "%s", word_ns(row->runq_p50_ns));
		pen_item(&p, "p99", STYLE_VALUE, mark_over(MARK_RUNQ_P99, row->runq_p99_ns), "%s", word_ns(row->runq_p99_ns));
		pen_item(&p, "max", STYLE_VALUE, false, "%s", word_ns(row->runq_max_ns));
		pen_item(&p, "on-CPU per dispatch p50", STYLE_VALUE, false, "%s", word_ns(row->oncpu_p50_ns));
		pen_item(&p, "p99", STYLE_VALUE, false, "%s", word_ns(row->oncpu_p99_ns));
	}
}

/* The histogram of its waits takes what room is left below. */
static void waits(struct page *pg, const struct snapshot *s, const struct proc_row *row)
{
	int line = pg->at + 1 - pg->top, left = pg->lines - line;
	struct hist_shape shape;
	struct hist h;

	if (line < 0 || left < 5 || s->runq_status.state == FIG_NA || !snapshot_hist(s, row, HIST_RUNQ, &h))
		return;
	shape = hist_shape(&h, left - 2);
	hist_draw(pg->c, pg->y + line, 0, pg->c->cols > 100 ? 100 : pg->c->cols, "run-queue latency: runnable -> running", &h,
		  shape);
}

void page_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int lines)
{
	const struct proc_row *row = proc_by_id(s, ui->entered_id);
	struct page pg = { .c = c, .y = y, .lines = lines, .top = ui->canvas_top };

	if (lines < 1)
		return;
	if (!row) {
		struct pen p = pen_at(c, y, 1, c->cols);

		pen_text(&p, STYLE_TITLE, ui->entered_name);
		pen_text(&p, STYLE_DIM, "  has ended; Esc goes back");
		return;
	}
	who(&pg, s, ui, row);
	time_bar(&pg, s, row);
	classes(&pg, s, row);
	state_line(&pg, row);
	figures(&pg, s, row);
	command(&pg, ui, row);
	/* Scrolling stops where the last line is at the bottom. */
	if (ui->canvas_top && pg.at - ui->canvas_top < lines) {
		ui->canvas_top = pg.at > lines ? pg.at - lines : 0;
		canvas_fill(c, y, 0, c->cols, STYLE_TEXT, ' ');
		for (int i = 0; i < lines; i++)
			canvas_fill(c, y + i, 0, c->cols, STYLE_TEXT, ' ');
		page_draw(ui, s, c, y, lines);
		return;
	}
	waits(&pg, s, row);
}
