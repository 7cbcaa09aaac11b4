/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU / runqueue: three histograms (waits for a CPU, runs, sleeps) of the machine, of a cgroup
 * or of the entered process, their last minutes, and the queue of each CPU.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cpu_runqueue.h"
#include "esc.h"
#include "fmt.h"
#include "heatview.h"
#include "pen.h"
#include "process.h"
#include "view_cpu.h"

#define ROW(member) offsetof(struct cpu_row, member)
#define SIDE_BY_SIDE 76 /* from this width on the heat map stands beside the histogram */
#define THREE_HIGH 22	/* ... and with as many lines the two other histograms below */
#define STACKED_HIGH 16 /* with as many lines the map stands below where it is narrower */
#define PAIRS 4

/* clang-format off */
const struct column cpu_runqueue_columns[] = {
	{ .key = "cpu", .title = "CPU", .unit = UNIT_NONE, .width = 4, .off = ROW(cpu), .help = "CPU number" },
	{ .key = "runq_len", .alias = "len", .title = "LEN", .unit = UNIT_COUNT, .width = 4, .off = ROW(runq_len),
	  .help = "tasks running and waiting at the end of the interval" },
	{ .key = "switches_per_s", .title = "CSW/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 6, .off = ROW(switches),
	  .help = "context switches" },
	{ .key = "busy_pct", .alias = "busy", .title = "BUSY%", .unit = UNIT_PCT, .width = 5, .off = ROW(busy_pct),
	  .help = "time not idle" },
	{ .key = NULL },
};

static const struct {
	const char *name, *word, *title;
} hists[HIST_WHICH_NR] = {
	[HIST_RUNQ] = { "run-queue latency", "run-queue", "run-queue latency: runnable -> running" },
	[HIST_ONCPU] = { "on-CPU time per dispatch", "on-CPU", "on-CPU time: switched in -> out" },
	[HIST_OFFCPU] = { "off-CPU time", "off-CPU", "off-CPU time: switched out -> in" },
};
/* clang-format on */

/* The three histograms by name with their p99, the chosen one in brackets; the window at the right. */
static void top_draw(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui)
{
	char window[80];
	struct pen p;
	int cols;

	hist_window_text(s, window, sizeof(window));
	cols = utf8_columns(window);
	p = pen_at(c, y, 0, c->cols >= cols + 40 ? c->cols - cols - 2 : c->cols);
	for (int i = 0; i < HIST_WHICH_NR; i++) {
		bool chosen = i == ui->cpu.runqueue.which;
		struct hist h;
		const char *why;

		runqueue_hist(s, ui, (enum hist_which)i, &h, &why);
		p.gap = 0;
		if (c->cols >= 76)
			pen_item(&p, "", chosen ? STYLE_VIEW_ACTIVE : STYLE_VIEW, false, chosen ? "[%s p99 %s]" : " %s p99 %s ",
				 hists[i].word, word_ns(hist_percentile_ns(&h, 990)));
		else
			pen_item(&p, "", chosen ? STYLE_VIEW_ACTIVE : STYLE_VIEW, false, chosen ? "[%s]" : " %s ", hists[i].word);
	}
	if (c->cols >= cols + 40)
		canvas_right(c, y, c->cols - cols - 1, cols, STYLE_VALUE, window);
}

/* One histogram in a box; the chosen one has the cursor. */
static int box_draw(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, struct ui *ui,
		    enum hist_which which, bool cursor)
{
	struct hist_look look = { .title = hists[which].title, .scale = &hist_scale_ns, .a11y = ui->opts.a11y };
	const char *why = "";
	struct hist h;
	bool there = runqueue_hist(s, ui, which, &h, &why);

	return bucket_box_draw(c, y, x, width, lines, &look, there ? &h : NULL, why, cursor ? &ui->cpu.runqueue.at : NULL);
}

/* "restic 6  php-fpm 2": who it was in the single durations that were kept. */
static void exemplar_names(struct pen *p, const struct latency_rec *const *recs, int nr, enum hist_which which)
{
	bool told[RUNQUEUE_EXEMPLARS] = { false };

	for (int i = 0; i < nr; i++) {
		const char *name = which == HIST_RUNQ ? recs[i]->by_comm : recs[i]->comm;
		char text[80];
		int same = 0;

		for (int n = i; n < nr; n++) {
			const char *other = which == HIST_RUNQ ? recs[n]->by_comm : recs[n]->comm;

			if (!told[n] && !strncmp(name, other, TASK_COMM_BYTES)) {
				told[n] = n > i;
				same++;
			}
		}
		if (told[i])
			continue;
		esc_text(text, sizeof(text), name, strnlen(name, TASK_COMM_BYTES), p->c->ascii);
		if (!pen_item(p, "", STYLE_VALUE, false, "%s %d", *text ? text : "?", same))
			break;
		p->gap = 1;
	}
}

/* What is known of the bucket under the cursor. */
static void bucket_line(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui)
{
	static const char *const words[HIST_WHICH_NR] = {
		[HIST_RUNQ] = "behind, of the last", [HIST_ONCPU] = "ran, of the last", [HIST_OFFCPU] = "slept, of the last"
	};
	enum hist_which which = (enum hist_which)ui->cpu.runqueue.which;
	const struct latency_rec *recs[RUNQUEUE_EXEMPLARS];
	struct pen p = pen_at(c, y, 1, c->cols);
	const char *why;
	struct bucket b;
	struct hist h;
	char text[64];
	int nr;

	if (!runqueue_hist(s, ui, which, &h, &why))
		return;
	b = runqueue_bucket(ui, &h);
	if (!b.nr) {
		pen_text(&p, STYLE_DIM, "Up Down choose a bucket, Left Right a histogram");
		return;
	}
	bucket_bounds(b, &hist_scale_ns, text, sizeof(text));
	pen_item(&p, "bucket", STYLE_VALUE, false, "%s", text);
	pen_item(&p, "n", STYLE_VALUE, false, "%" PRIu64, bucket_count(&h, b));
	nr = runqueue_exemplars(s, ui, b, 0, recs, RUNQUEUE_EXEMPLARS);
	snprintf(text, sizeof(text), "%s %d:", words[which], nr);
	if (nr && pen_fits(&p, utf8_columns(text) + 8)) {
		pen_item(&p, text, STYLE_TEXT, false, "%s", "");
		p.gap = 1;
		exemplar_names(&p, recs, nr, which);
	}
	p.gap = 2;
	pen_item(&p, "", STYLE_DIM, false, "Enter: who");
}

/* Who the subject waited behind, by time. */
static void behind_line(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui)
{
	const struct proc_row *row = ui->entered ? proc_by_id(s, ui->entered_id) : NULL;
	struct pen p = pen_at(c, y, 1, c->cols);
	struct pair_row pairs[PAIRS];
	char text[100];
	int nr;

	if ((ui->entered && !row) || (!ui->entered && ui->cpu.group.cgroup_id))
		return;
	nr = snapshot_pairs(s, row, PAIR_BEHIND, pairs, PAIRS);
	if (!nr)
		return;
	pen_item(&p, c->cols < 60 ? "behind:" : "waits from 65us on were behind:", STYLE_TEXT, false, "%s", "");
	p.gap = 1;
	for (int i = 0; i < nr; i++) {
		esc_text(text, sizeof(text), pairs[i].name, strlen(pairs[i].name), c->ascii);
		if (!pen_item(&p, "", STYLE_VALUE, false, "%s %d%%", text, (int)((pairs[i].share_pct + 500) / 1000)))
			break;
	}
}

/* Too low for buckets: the chosen histogram in words. */
static void words_draw(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui)
{
	enum hist_which which = (enum hist_which)ui->cpu.runqueue.which;
	struct hist h;
	const char *why;

	if (!runqueue_hist(s, ui, which, &h, &why)) {
		canvas_printf(c, y, 1, c->cols - 1, STYLE_DIM, "%s n/a: %.100s", hists[which].word, why);
		return;
	}
	canvas_printf(c, y, 1, c->cols - 1, STYLE_TEXT, "%s p50 %s p99 %s max %s", hists[which].word,
		      word_ns(hist_percentile_ns(&h, 500)), word_ns(hist_percentile_ns(&h, 990)),
		      h.max_ns ? word_ns((int64_t)h.max_ns) : "-");
}

/* The chosen histogram, and beside it its last minutes: of a process since it was entered. */
static int chosen_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
{
	enum hist_which which = (enum hist_which)ui->cpu.runqueue.which;
	const struct heat *h = runqueue_narrowed(ui) ? &ui->cpu.heat.heat[which] : s->heat[which];
	/* Nothing to draw, or nobody who could read it aloud. */
	bool alone = runqueue_status(s, ui, which)->state == FIG_NA || ui->opts.a11y;
	bool beside = !alone && c->cols >= SIDE_BY_SIDE, below = !alone && !beside && lines >= STACKED_HIGH;
	int left = beside ? c->cols * 3 / 5 : c->cols, used, heat;

	used = box_draw(c, y, 0, beside ? left - 1 : left, below ? lines / 2 : lines, s, ui, which, true);
	if (below)
		used += 1 + heat_draw(c, y + used + 1, 0, c->cols, lines - used - 1, NULL, h, s->m.tick.h.ts_ns);
	if (!beside)
		return used;
	heat = heat_draw(c, y, left, c->cols - left, lines, NULL, h, s->m.tick.h.ts_ns);
	return heat > used ? heat : used;
}

static void others_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
{
	int x = 0, half = c->cols / 2;

	for (int i = 0; i < HIST_WHICH_NR; i++) {
		if (i == ui->cpu.runqueue.which)
			continue;
		box_draw(c, y, x, x ? c->cols - x : half - 1, lines, s, ui, (enum hist_which)i, false);
		x = half;
	}
}

/* From the bottom up: who is in the bucket, the queues; the histograms get what is left. */
void cpu_runqueue_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
{
	int foot = lines >= 10 ? 2 : lines >= 5, queues = 0, room, used, half;

	if (lines < 1)
		return;
	if (lines < 4) {
		words_draw(c, y, s, ui);
		return;
	}
	top_draw(c, y, s, ui);
	if (!runqueue_narrowed(ui))
		queues = cpu_queues_height(s, c->cols, lines);
	room = lines - 1 - foot - queues;
	if (c->cols >= SIDE_BY_SIDE && room >= THREE_HIGH) {
		half = (room - 1) / 2;
		used = chosen_draw(c, y + 1, half, s, ui);
		others_draw(c, y + 2 + used, room - 1 - used > half ? half : room - 1 - used, s, ui);
	} else {
		chosen_draw(c, y + 1, room, s, ui);
	}
	if (queues)
		cpu_queues_draw(c, y + lines - foot - queues, queues, s);
	if (foot)
		bucket_line(c, y + lines - foot, s, ui);
	if (foot > 1)
		behind_line(c, y + lines - 1, s, ui);
}

static void move_cursor(struct ui *ui, const struct snapshot *s, int lines)
{
	const char *why;
	struct hist h;

	if (runqueue_hist(s, ui, (enum hist_which)ui->cpu.runqueue.which, &h, &why))
		bucket_move(&ui->cpu.runqueue.at, &hist_scale_ns, &h, lines);
}

static void change_hist(struct ui *ui, int step)
{
	ui->cpu.runqueue.which = (ui->cpu.runqueue.which + step + HIST_WHICH_NR) % HIST_WHICH_NR;
	ui->cpu.runqueue.at.slot = 0;
}

bool cpu_runqueue_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret)
{
	int down, across;

	if (!bucket_step(act, &down, &across))
		return false;
	if (across)
		change_hist(ui, across);
	else
		move_cursor(ui, s, down);
	return true;
}

int cpu_runqueue_mode(const struct ui *ui)
{
	return ui->cpu.runqueue.in_bucket == (ui->entered ? BUCKET_OF_ENTERED : BUCKET_OF_ALL);
}

void cpu_runqueue_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const char *why;
	struct bucket b;
	struct hist h;

	if (!runqueue_hist(s, ui, (enum hist_which)ui->cpu.runqueue.which, &h, &why))
		return;
	b = runqueue_bucket(ui, &h);
	if (!b.nr) {
		ui_status(ui, "nothing in this histogram yet");
		return;
	}
	ui->cpu.runqueue.at.slot = b.first + 1; /* it stands from here on */
	ui->cpu.runqueue.in_bucket = ui->entered ? BUCKET_OF_ENTERED : BUCKET_OF_ALL;
	ui_mode_changed(ui);
}

bool cpu_runqueue_back(struct ui *ui)
{
	if (!cpu_runqueue_mode(ui))
		return false;
	ui->cpu.runqueue.in_bucket = BUCKET_NO;
	ui_mode_changed(ui);
	return true;
}

void cpu_runqueue_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	struct hist h;
	const char *why;
	char text[64];

	if (!cpu_runqueue_mode(ui))
		return;
	runqueue_hist(s, ui, (enum hist_which)ui->cpu.runqueue.which, &h, &why);
	bucket_bounds(runqueue_bucket(ui, &h), &hist_scale_ns, text, sizeof(text));
	snprintf(buf, size, "%s %s", hists[ui->cpu.runqueue.which].word, text);
}

void cpu_runqueue_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx)
{
	const char *why;
	struct hist h;

	for (int i = 0; i < HIST_WHICH_NR; i++)
		if (runqueue_hist(s, ui, (enum hist_which)i, &h, &why))
			fn(ctx, hists[i].name, &hist_scale_ns, &h);
}
