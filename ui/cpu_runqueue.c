/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU / runqueue: two histograms, of the machine or of the entered process, and the queue of each CPU. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fmt.h"
#include "histview.h"
#include "pen.h"
#include "process.h"
#include "ui_priv.h"
#include "view_cpu.h"

#define ROW(member) offsetof(struct cpu_row, member)
#define CPU_COLS 24 /* one CPU's queue */
#define SIDE_BY_SIDE 76

/* clang-format off */
const struct column cpu_runqueue_columns[] = {
	{ .key = "cpu", .title = "CPU", .unit = UNIT_NONE, .width = 4, .off = ROW(cpu), .help = "CPU number" },
	{ .key = "runq_len", .alias = "len", .title = "LEN", .unit = UNIT_COUNT, .width = 4, .off = ROW(runq_len),
	  .help = "tasks running and waiting at the end of the interval" },
	{ .key = "switches_per_s", .title = "CSW/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 6, .off = ROW(switches),
	  .help = "context switches" },
	{ .key = "busy_pct", .alias = "busy", .title = "BUSY%", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .off = ROW(busy_ns),
	  .help = "time not idle" },
	{ .key = NULL },
};
/* clang-format on */

static bool subject_hist(const struct snapshot *s, const struct ui *ui, enum hist_which which, struct hist *ret)
{
	const struct proc_row *row;

	if (!ui->entered) {
		*ret = which == HIST_RUNQ ? s->runq : s->oncpu;
		return true;
	}
	row = proc_by_id(s, ui->entered_id);
	return row && snapshot_hist(s, row, which, ret);
}

static const struct fig_status *hist_status(const struct snapshot *s, enum hist_which which)
{
	return which == HIST_RUNQ ? &s->runq_status : &s->oncpu_hist_status;
}

static const char *const hist_titles[HIST_WHICH_NR] = {
	[HIST_RUNQ] = "run-queue latency: runnable -> running",
	[HIST_ONCPU] = "on-CPU time per dispatch",
};

/* One histogram with its title in a box of `lines`; returns the lines used. */
static int box_draw(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, const struct ui *ui,
		    enum hist_which which)
{
	const struct fig_status *status = hist_status(s, which);
	struct hist_shape shape;
	struct hist h = { .max_ns = 0 };

	if (status->state == FIG_NA || !subject_hist(s, ui, which, &h)) {
		canvas_text(c, y, x + 1, width - 1, STYLE_TITLE, hist_titles[which]);
		canvas_printf(c, y + 1, x + 1, width - 1, STYLE_DIM, "n/a: %.150s",
			      status->state == FIG_NA && status->reason		 ? status->reason
			      : ui->entered && !proc_by_id(s, ui->entered_id) ? "this process has ended; Esc goes back"
									      : "no histogram of this process");
		return 2;
	}
	shape = hist_shape(&h, lines - 2);
	hist_draw(c, y, x, width, hist_titles[which], &h, shape);
	return shape.lines + 2;
}

/* "cpu 12 |####      4"; where CPUs do not fit, neighbours share a line with their sum. */
static int queues_draw(struct canvas *c, int y, int lines, const struct snapshot *s)
{
	int per_line = c->cols / CPU_COLS > 0 ? c->cols / CPU_COLS : 1, width = c->cols / per_line, fold = 1, shown;
	int64_t most = 1;
	struct pen p = pen_at(c, y, 1, c->cols);

	if (lines < 2 || !s->cpus_nr)
		return 0;
	while ((s->cpus_nr + fold - 1) / fold > per_line * (lines - 1))
		fold++;
	shown = (s->cpus_nr + fold - 1) / fold;
	for (int i = 0; i < s->cpus_nr; i++)
		if (s->cpus[i].runq_len > most)
			most = s->cpus[i].runq_len;
	pen_text(&p, STYLE_TITLE, "run-queue length: running and waiting now");
	for (int i = 0; i < shown; i++) {
		int64_t sum = 0, cells = most * fold;
		int at_y = y + 1 + i / per_line, x = i % per_line * width, known = 0, n;
		char label[FMT_MAX], text[FMT_MAX];

		for (n = i * fold; n < (i + 1) * fold && n < s->cpus_nr; n++)
			if (s->cpus[n].runq_len != FIG_UNKNOWN) {
				sum += s->cpus[n].runq_len;
				known++;
			}
		if (fold > 1)
			snprintf(label, sizeof(label), "%" PRId64 "-%" PRId64, s->cpus[i * fold].cpu, s->cpus[n - 1].cpu);
		else
			snprintf(label, sizeof(label), "cpu %" PRId64, s->cpus[i].cpu);
		canvas_right(c, at_y, x, 9, STYLE_TEXT, label);
		canvas_text(c, at_y, x + 10, 1, STYLE_DIM, "|");
		bar_draw(c, at_y, x + 11, width - 11 - 6, STYLE_RUNQ, sum, cells);
		fmt_fig(text, sizeof(text), known ? sum : FIG_UNKNOWN, UNIT_COUNT, FOLD_GAUGE, false);
		canvas_right(c, at_y, x + width - 6, 5, sum ? STYLE_VALUE : STYLE_DIM, known && !sum ? "\u00b7" : text);
	}
	return 1 + (shown + per_line - 1) / per_line;
}

static int queue_lines(const struct snapshot *s, int cols, int lines)
{
	int per_line = cols / CPU_COLS > 0 ? cols / CPU_COLS : 1, want = (s->cpus_nr + per_line - 1) / per_line + 1;

	if (lines < 9 || !s->cpus_nr)
		return 0;
	return want > lines / 3 ? lines / 3 : want;
}

void cpu_runqueue_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
{
	int queues = ui->entered ? 0 : queue_lines(s, c->cols, lines);
	int room = lines - queues - (queues > 0), half, used;

	if (lines < 1)
		return;
	if (lines < 4) {
		struct hist h = { .max_ns = 0 };

		subject_hist(s, ui, HIST_RUNQ, &h);
		canvas_printf(c, y, 1, c->cols - 1, STYLE_TEXT, "run-queue p50 %s p99 %s max %s",
			      word_ns(hist_percentile_ns(&h, 500)), word_ns(hist_percentile_ns(&h, 990)),
			      h.max_ns ? word_ns((int64_t)h.max_ns) : "-");
		return;
	}
	if (c->cols >= SIDE_BY_SIDE) {
		half = c->cols / 2;
		used = box_draw(c, y, 0, half - 1, room, s, ui, HIST_RUNQ);
		half = box_draw(c, y, half, c->cols - half, room, s, ui, HIST_ONCPU);
		used = used > half ? used : half;
	} else if (room >= 10) {
		used = box_draw(c, y, 0, c->cols, room / 2, s, ui, HIST_RUNQ);
		used += box_draw(c, y + used, 0, c->cols, room - used, s, ui, HIST_ONCPU);
	} else { /* one at a time: the arrows change between them */
		if (ui->canvas_top > 1)
			ui->canvas_top = 1;
		used = box_draw(c, y, 0, c->cols, room, s, ui, ui->canvas_top ? HIST_ONCPU : HIST_RUNQ);
	}
	if (queues)
		queues_draw(c, y + used + 1, queues, s);
}

void cpu_runqueue_hists(const struct snapshot *s, const struct ui *ui,
			void (*fn)(void *ctx, const char *name, const struct hist *h), void *ctx)
{
	static const char *const names[HIST_WHICH_NR] = { "run-queue latency", "on-CPU time per dispatch" };
	struct hist h;

	for (int i = 0; i < HIST_WHICH_NR; i++)
		if (hist_status(s, (enum hist_which)i)->state != FIG_NA && subject_hist(s, ui, (enum hist_which)i, &h))
			fn(ctx, names[i], &h);
}
