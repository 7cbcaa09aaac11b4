/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of the entered process: who it is, where its time goes, its figures and its waits. */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "fs_header.h"
#include "histview.h"
#include "marks.h"
#include "page.h"
#include "process.h"
#include "snap_cgroup.h"
#include "snap_disk_procs.h"

#define CLASS_COLS 17  /* "w wait-cpu 23.1%" */
#define LETTER_COLS 9  /* "w 23.1%" */
#define NARROW_COLS 60 /* below this the classes have no names */
#define ROOMY_LINES 12 /* from here on who it is comes before what it does */

bool page_line(struct page *pg, const char *label, struct pen *ret_pen)
{
	int line = pg->at++ - pg->top;

	if (line < 0 || line >= pg->lines)
		return false;
	canvas_text(pg->c, pg->y + line, 1, PAGE_LABEL_COLS - 1, STYLE_METER_LABEL, label);
	*ret_pen = pen_at(pg->c, pg->y + line, 1 + PAGE_LABEL_COLS, pg->c->cols);
	return true;
}

static void who(struct page *pg, const struct snapshot *s, const struct ui *ui, const struct proc_row *row)
{
	char text[400], raw[64];
	bool ascii = pg->c->ascii;
	struct pen p;

	if (!page_line(pg, "process", &p))
		return;
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

static void where(struct page *pg, const struct snapshot *s, const struct proc_row *row)
{
	const char *path = row->cgroup_id == FIG_UNKNOWN ? NULL : snapshot_cgroup_path(s, row->cgroup_id);
	char text[400];
	struct pen p;

	if (!page_line(pg, "cgroup", &p))
		return;
	if (path)
		pen_raw(&p, STYLE_TEXT, path, strlen(path));
	else
		pen_text(&p, STYLE_DIM, "-");
	proc_parents(s, row, 8, pg->c->ascii, text, sizeof(text));
	p.gap = 2;
	if (*text) {
		pen_text(&p, STYLE_METER_LABEL, "parents ");
		pen_text(&p, STYLE_TEXT, text);
	}
}

static void command(struct page *pg, const struct ui *ui, const struct proc_row *row)
{
	char raw[PROC_TEXT_MAX];
	size_t len;
	struct pen p;

	if (!page_line(pg, "command", &p))
		return;
	if (!row->cmd) {
		pen_text(&p, STYLE_DIM, row->kthread ? "kernel thread" : "-");
		return;
	}
	len = proc_cmdline(ui, row, raw, sizeof(raw));
	pen_raw(&p, STYLE_TEXT, raw, len);
}

static void program(struct page *pg, const struct proc_row *row)
{
	struct pen p;

	if (row->exe && row->exe_len && page_line(pg, "program", &p))
		pen_raw(&p, STYLE_TEXT, row->exe, row->exe_len);
}

static void time_bar(struct page *pg, const struct snapshot *s, const struct ui *ui, const struct proc_row *row)
{
	int cells = pg->c->cols - PAGE_LABEL_COLS - 3;
	char bar[PROC_BAR_MAX + 1];
	struct pen p;

	cells = cells > 100 ? 100 : cells < 1 ? 1 : cells;
	if (ui->opts.a11y || !page_line(pg, "time", &p))
		return;
	if (s->class_status.state == FIG_NA || !s->m.interval_ns || !proc_bar(row, cells, bar))
		pen_text(&p, STYLE_DIM, s->class_status.state == FIG_NA ? "n/a" : "-");
	else
		proc_bar_draw(p.c, p.y, p.x, bar);
}

/* As in the bar: of the threads that were not idle all the time; of all, where all were. */
static int64_t class_time(const struct proc_row *row, int i)
{
	bool idle = row->active_wall_ns == 0 && row->idle_ns != FIG_UNKNOWN;

	return idle && i == WAIT_IDLE ? row->idle_ns : row->class_ns[i];
}

/* The classes that took time, as many to a line as fit: letter, name, share. */
static void classes(struct page *pg, const struct snapshot *s, const struct ui *ui, const struct proc_row *row)
{
	bool names = pg->c->cols >= NARROW_COLS || ui->opts.a11y, drawn = false;
	int cols = names ? CLASS_COLS : LETTER_COLS, per_line = (pg->c->cols - PAGE_LABEL_COLS - 1) / cols, nr = 0;
	struct pen p;

	per_line = per_line > 0 ? per_line : 1;
	for (int i = 0; i < WAIT_NR && s->m.interval_ns; i++) {
		char letter[2] = { wait_letter((enum wait_class)i), '\0' };
		int x;

		if (class_time(row, i) <= 0)
			continue;
		if (nr % per_line == 0)
			drawn = page_line(pg, ui->opts.a11y && !nr ? "time" : "", &p);
		x = 1 + PAGE_LABEL_COLS + nr++ % per_line * cols;
		if (!drawn)
			continue;
		canvas_text(pg->c, p.y, x, 1, wait_style(*letter), letter);
		if (names)
			canvas_text(pg->c, p.y, x + 2, 8, wait_style(*letter), wait_title((enum wait_class)i));
		x += names ? 11 : 2;
		canvas_right(pg->c, p.y, x, 4, STYLE_VALUE, word_pct(class_time(row, i), s->m.interval_ns));
		canvas_text(pg->c, p.y, x + 4, 1, STYLE_DIM, "%");
	}
}

static void state_line(struct page *pg, const struct snapshot *s, const struct proc_row *row)
{
	char text[500];
	struct pen p;

	if (page_line(pg, "now", &p)) {
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
	if (row->state == 'D' && proc_stuck(s, row, pg->c->ascii, text, sizeof(text)) && page_line(pg, "stuck in", &p))
		pen_text(&p, STYLE_DISK, text);
}

static const char *not_asked(const struct page *pg)
{
	return pg->replay ? "n/a: nobody asked for it when this was recorded" :
			    "counted from now on, while this page is open";
}

/* Who had the CPU that it waited for, and who ended its sleeps. */
static void others(struct page *pg, const struct snapshot *s, const struct proc_row *row)
{
	struct pen p;

	if (page_line(pg, "behind", &p) && !proc_pairs_draw(&p, s, row, PAIR_BEHIND, ""))
		pen_text(&p, STYLE_DIM, s->m.interval_ns ? "nobody: no wait for a CPU of 65 us or more" : "-");
	if (page_line(pg, "woken by", &p)) {
		if (!proc_pairs_draw(&p, s, row, PAIR_WAKER, ""))
			pen_text(&p, STYLE_DIM, !(s->demand & DEMAND_WAKERS) ? not_asked(pg) :
						s->m.interval_ns	      ? "nobody in this time" : "-");
	}
}

/* One summary line of a histogram; the process's own, or nothing. */
static void latency(struct page *pg, const struct snapshot *s, const struct proc_row *row)
{
	struct hist h;
	struct pen p;

	if (page_line(pg, "run queue", &p)) {
		pen_item(&p, "waits p50", STYLE_VALUE, false, "%s", word_ns(row->runq_p50_ns));
		pen_item(&p, "p99", STYLE_VALUE, mark_over(MARK_RUNQ_P99, row->runq_p99_ns), "%s", word_ns(row->runq_p99_ns));
		pen_item(&p, "max", STYLE_VALUE, false, "%s", word_ns(row->runq_max_ns));
		pen_item(&p, "on CPU at a time p50", STYLE_VALUE, false, "%s", word_ns(row->oncpu_p50_ns));
		pen_item(&p, "p99", STYLE_VALUE, false, "%s", word_ns(row->oncpu_p99_ns));
	}
	if (!page_line(pg, "off-CPU", &p))
		return;
	if (!(s->demand & DEMAND_OFFCPU)) {
		pen_text(&p, STYLE_DIM, not_asked(pg));
	} else if (snapshot_hist(s, row, HIST_OFFCPU, &h)) {
		pen_item(&p, "p50", STYLE_VALUE, false, "%s", word_ns(hist_percentile_ns(&h, 500)));
		pen_item(&p, "p99", STYLE_VALUE, false, "%s", word_ns(hist_percentile_ns(&h, 990)));
		pen_item(&p, "max", STYLE_VALUE, false, "%s", word_ns(h.max_ns ? (int64_t)h.max_ns : FIG_UNKNOWN));
	} else {
		pen_text(&p, STYLE_DIM, "-");
	}
}

static const char *pct(const struct snapshot *s, int64_t ns)
{
	static char text[2][FMT_MAX + 1];
	static unsigned at;
	char *buf = text[at++ % 2];

	snprintf(buf, sizeof(text[0]), "%s%s", word_pct(ns, s->m.interval_ns),
		 ns == FIG_UNKNOWN || !s->m.interval_ns ? "" : "%");
	return buf;
}

/* Of the device that it uses most; without I/O the line says so, so that lines keep their places. */
static void disk(struct page *pg, const struct snapshot *s, const struct proc_row *row)
{
	const struct disk_procs_snap *d = s->disk_procs;
	const struct disk_proc_row *r = d && d->status.state != FIG_NA ? snapshot_disk_proc(s, row) : NULL;
	struct pen p;
	char name[40];

	if (!d || !page_line(pg, "disk", &p))
		return;
	if (!r || r->dev == DISK_ALL || !s->m.interval_ns) {
		pen_text(&p, STYLE_DIM, d->status.state == FIG_NA ? "n/a" : !s->m.interval_ns ? "-" :
					r ? "no block I/O in this time" : "no block I/O yet");
		p.gap = 2;
	} else {
		snapshot_disk_name(s, r->dev, name, sizeof(name));
		pen_raw(&p, STYLE_VALUE, name, strlen(name));
		p.gap = 2;
		pen_item(&p, "read", STYLE_VALUE, false, "%s", word_rate(r->count[DISK_READ], s));
		pen_item(&p, "write", STYLE_VALUE, false, "%s", word_rate(r->count[DISK_WRITE], s));
		pen_item(&p, "queue p99", STYLE_VALUE, false, "%s", word_ns(r->queue_p99_ns));
		pen_item(&p, "service p99", STYLE_VALUE, false, "%s", word_ns(r->service_p99_ns));
		if (r->device_share_pct != FIG_UNKNOWN)
			pen_item(&p, "share", STYLE_VALUE, false, "%s%%", word_pct(r->device_share_pct, 100000));
		if (r->inferred > 0)
			pen_item(&p, "inferred", STYLE_VALUE, false, "%s%%", word_pct(r->inferred, (uint64_t)r->requests));
	}
	if (r && r->inflight > 0)
		pen_item(&p, "oldest in flight", STYLE_VALUE, mark_over(MARK_DISK_OLDEST, r->oldest_ns), "%s", word_ns(r->oldest_ns));
}

static void figures(struct page *pg, const struct snapshot *s, const struct ui *ui, const struct proc_row *row)
{
	bool known = s->m.interval_ns != 0;
	struct pen p;

	if (page_line(pg, "cpu", &p)) {
		pen_item(&p, "user", STYLE_VALUE, false, "%s", pct(s, row->user_ns));
		pen_item(&p, "system", STYLE_VALUE, false, "%s", pct(s, row->system_ns));
		pen_item(&p, "switches", STYLE_VALUE, false, "%s", known ? word_rate(row->vcsw, s) : "-");
		pen_item(&p, "forced", STYLE_VALUE, false, "%s", known ? word_rate(row->ivcsw, s) : "-");
		pen_item(&p, "migrations", STYLE_VALUE, false, "%s", known ? word_rate(row->migrations, s) : "-");
	}
	if (s->fs_procs && page_line(pg, "files", &p))
		fs_page_items(&p, s, ui, row);
	disk(pg, s, row);
	if (page_line(pg, "memory", &p)) {
		pen_item(&p, "rss", STYLE_VALUE, false, "%s", word_bytes(row->rss_bytes));
		pen_item(&p, "swap", STYLE_VALUE, false, "%s", word_bytes(row->swap_bytes));
		pen_item(&p, "faults", STYLE_VALUE, false, "%s", known ? word_rate(row->minflt, s) : "-");
		pen_item(&p, "major", STYLE_VALUE, false, "%s", known ? word_rate(row->majflt, s) : "-");
		pen_item(&p, "anon", STYLE_VALUE, false, "%s", word_bytes(row->rss_anon_bytes));
		pen_item(&p, "file", STYLE_VALUE, false, "%s", word_bytes(row->rss_file_bytes));
		pen_item(&p, "shmem", STYLE_VALUE, false, "%s", word_bytes(row->rss_shmem_bytes));
		pen_item(&p, "virtual", STYLE_VALUE, false, "%s", word_bytes(row->vm_bytes));
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

/* The most important first: a small screen shows no more than that. */
static void all(struct page *pg, struct ui *ui, const struct snapshot *s, const struct proc_row *row)
{
	bool roomy = pg->room >= ROOMY_LINES;

	who(pg, s, ui, row);
	if (roomy) {
		where(pg, s, row);
		command(pg, ui, row);
	}
	time_bar(pg, s, ui, row);
	classes(pg, s, ui, row);
	state_line(pg, s, row);
	others(pg, s, row);
	latency(pg, s, row);
	figures(pg, s, ui, row);
	if (!roomy) {
		where(pg, s, row);
		command(pg, ui, row);
	}
	page_threads_draw(pg, ui, s, row);
	program(pg, row);
}

/* Scrolls so that the selected thread is in sight, and never beyond the end. */
static void scroll(struct ui *ui, const struct page *pg, int lines)
{
	int *top = &ui->canvas_top;

	if (ui->page.to_cursor && pg->cursor >= 0) {
		if (*top < pg->cursor_to - lines + 1)
			*top = pg->cursor_to - lines + 1;
		if (*top > pg->cursor)
			*top = pg->cursor;
	}
	if (*top > pg->at - lines)
		*top = pg->at - lines;
	if (*top < 0)
		*top = 0;
}

void page_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int lines)
{
	const struct proc_row *row = proc_by_id(s, ui->entered_id);
	bool replay = ui->opts.replay;
	struct page count = { .c = c, .room = lines, .replay = replay };
	struct page pg = { .c = c, .y = y, .room = lines, .lines = lines, .replay = replay };
	struct pen p = pen_at(c, y, 1, c->cols);

	if (lines < 1)
		return;
	if (!row) {
		pen_text(&p, STYLE_TITLE, ui->entered_name);
		pen_text(&p, STYLE_DIM, "  has ended; Esc goes back");
		return;
	}
	all(&count, ui, s, row);
	scroll(ui, &count, lines);
	pg.top = ui->canvas_top;
	all(&pg, ui, s, row);
	waits(&pg, s, row);
}
