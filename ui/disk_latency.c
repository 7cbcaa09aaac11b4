/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disk / latency: histograms of queue time, service time and sizes of requests, of all devices or
 * one, by operation or set of flags, of all or of the entered process; and their last minutes.
 */
#include "disk_latency.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu_runqueue.h"
#include "esc.h"
#include "fmt.h"
#include "heatview.h"
#include "pen.h"
#include "snap_disk_procs.h"
#include "view_disk.h"

#define SIDE_BY_SIDE 76 /* from this width on two boxes stand side by side */
#define THREE_WIDE   114
#define TWO_HIGH     24 /* with as many lines there are two rows of boxes */
#define STACKED_HIGH 16 /* with as many lines the map stands below where it is narrower */

/* From left to right. */
static const enum lat_hist order[LAT_NR] = { LAT_QUEUE, LAT_SERVICE, LAT_SIZE };

/* ---- drawing ---- */

static void top_item(struct pen *p, const struct snapshot *s, const struct ui *ui, enum lat_hist which)
{
	bool chosen = (int)which == ui->disk.latency.which;
	struct disk_sum sum;
	char figure[48] = "";
	struct hist h;
	const char *why;

	if (p->c->cols >= SIDE_BY_SIDE && which == LAT_SIZE && latency_sum(s, ui, &sum))
		snprintf(figure, sizeof(figure), " avg %s", sum.count > 0 ? word_bytes(sum.bytes / sum.count) : "-");
	else if (p->c->cols >= SIDE_BY_SIDE && which != LAT_SIZE && latency_hist(s, ui, which, &h, &why))
		snprintf(figure, sizeof(figure), " p99 %s", word_ns(hist_percentile_ns(&h, 990)));
	p->gap = 0;
	pen_item(p, "", chosen ? STYLE_VIEW_ACTIVE : STYLE_VIEW, false, chosen ? "[%s%s]" : " %s%s ", lat_hists[which].word, figure);
}

/* The histograms by name, the chosen one in brackets; of which time at the right. */
static void top_draw(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui)
{
	char window[80];
	struct pen p;
	int cols;

	hist_window_text(s, window, sizeof(window));
	cols = utf8_columns(window);
	p = pen_at(c, y, 0, c->cols >= cols + 40 ? c->cols - cols - 2 : c->cols);
	for (int i = 0; i < LAT_NR; i++)
		top_item(&p, s, ui, order[i]);
	if (c->cols >= cols + 40)
		canvas_right(c, y, c->cols - cols - 1, cols, STYLE_VALUE, window);
}

/* "most 4.0K-8.0K  n 929": percentiles say little of sizes, which are few. */
static void size_summary(const struct hist *h, char *buf, size_t size)
{
	uint64_t all = hist_count(h);
	int most = 0;

	for (int i = 0; i < SIZE_SLOTS; i++)
		if (h->slots[i] > h->slots[most])
			most = i;
	snprintf(buf, size, "most %s-%s  n %" PRIu64, word_bytes((int64_t)hist_low(&hist_scale_bytes, (unsigned)most)),
		 most < SIZE_SLOTS - 1 ? word_bytes((int64_t)hist_high(&hist_scale_bytes, (unsigned)most)) : "", all);
}

static int box_draw(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, struct ui *ui,
		    enum lat_hist which)
{
	struct disk_latency_ui *l = &ui->disk.latency;
	struct hist_look look = { .title = lat_hists[which].title, .scale = latency_scale(which), .a11y = ui->opts.a11y };
	const char *why = "";
	char summary[80];
	struct hist h;
	bool there = latency_hist(s, ui, which, &h, &why);

	if (there && which == LAT_SIZE) {
		size_summary(&h, summary, sizeof(summary));
		look.summary = summary;
	}
	return bucket_box_draw(c, y, x, width, lines, &look, there ? &h : NULL, why, (int)which == l->which ? &l->at : NULL);
}

/* Of the chosen histogram; of sizes none is kept: of service times then. */
static int map_draw(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, const struct ui *ui)
{
	enum lat_hist which = ui->disk.latency.which == LAT_QUEUE ? LAT_QUEUE : LAT_SERVICE;
	const char *why;
	struct hist h;

	if (ui->opts.a11y || !latency_hist(s, ui, which, &h, &why)) /* nobody could read it aloud, or there is nothing */
		return 0;
	return heat_draw(c, y, x, width, lines, lat_hists[which].word, latency_heat(s, ui, which), s->m.tick.h.ts_ns);
}

/* What stands in one row of boxes. */
enum box { BOX_NONE, BOX_CHOSEN, BOX_QUEUE, BOX_SERVICE, BOX_SIZE, BOX_MAP, BOX_FLAGS };

struct boxes {
	enum box box[3];
	int cols[3]; /* widths, in tenths of the whole */
};

static int one_draw(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, struct ui *ui, enum box box)
{
	switch (box) {
	case BOX_CHOSEN:
		return box_draw(c, y, x, width, lines, s, ui, (enum lat_hist)ui->disk.latency.which);
	case BOX_QUEUE:
		return box_draw(c, y, x, width, lines, s, ui, LAT_QUEUE);
	case BOX_SERVICE:
		return box_draw(c, y, x, width, lines, s, ui, LAT_SERVICE);
	case BOX_SIZE:
		return box_draw(c, y, x, width, lines, s, ui, LAT_SIZE);
	case BOX_MAP:
		return map_draw(c, y, x, width, lines, s, ui);
	case BOX_FLAGS:
		return disk_flags_box(c, y, x, width, lines, s, ui);
	case BOX_NONE:
		break;
	}
	return 0;
}

/* Returns the lines that the highest of them used. */
static int boxes_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui, const struct boxes *b)
{
	int x = 0, tenths = 0, used = 0, one;

	for (int i = 0; i < 3 && b->box[i]; i++) {
		int end;

		tenths += b->cols[i];
		end = c->cols * tenths / 10;
		one = one_draw(c, y, x, tenths < 10 ? end - x - 1 : end - x, lines, s, ui, b->box[i]);
		used = one > used ? one : used;
		x = end;
	}
	return used;
}

static const struct boxes one_row[] = { { { BOX_CHOSEN, BOX_MAP }, { 6, 4 } } };
static const struct boxes sizes_row[] = { { { BOX_SIZE, BOX_FLAGS }, { 5, 5 } } };
static const struct boxes wide_row[] = { { { BOX_QUEUE, BOX_SERVICE, BOX_MAP }, { 3, 3, 4 } } };
static const struct boxes two_rows[] = { { { BOX_QUEUE, BOX_SERVICE }, { 5, 5 } }, { { BOX_SIZE, BOX_MAP }, { 5, 5 } } };
static const struct boxes wide_rows[] = {
	{ { BOX_QUEUE, BOX_SERVICE, BOX_MAP }, { 3, 3, 4 } }, { { BOX_SIZE, BOX_FLAGS }, { 3, 7 } } };

static void rows_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui, const struct boxes *rows, int nr)
{
	int at = 0;

	for (int i = 0; i < nr; i++)
		at += 1 + boxes_draw(c, y + at, (lines - at - (nr - i - 1)) / (nr - i), s, ui, &rows[i]);
}

/* One below the other where it is narrow. */
static void narrow_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
{
	bool below = lines >= STACKED_HIGH;
	int used = one_draw(c, y, 0, c->cols, below ? lines / 2 : lines, s, ui, BOX_CHOSEN);

	if (below && ui->disk.latency.which == LAT_SIZE)
		disk_flags_box(c, y + used + 1, 0, c->cols, lines - used - 1, s, ui);
	else if (below)
		map_draw(c, y + used + 1, 0, c->cols, lines - used - 1, s, ui);
}

static void middle_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
{
	bool wide = c->cols >= THREE_WIDE;

	if (c->cols < SIDE_BY_SIDE)
		narrow_draw(c, y, lines, s, ui);
	else if (lines >= TWO_HIGH)
		rows_draw(c, y, lines, s, ui, wide ? wide_rows : two_rows, 2);
	else if (ui->disk.latency.which == LAT_SIZE)
		rows_draw(c, y, lines, s, ui, sizes_row, 1);
	else
		rows_draw(c, y, lines, s, ui, wide ? wide_row : one_row, 1);
}

/* What is known of the bucket under the cursor. */
static void bucket_line(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui)
{
	enum lat_hist which = (enum lat_hist)ui->disk.latency.which;
	struct pen p = pen_at(c, y, 1, c->cols);
	const char *why;
	struct bucket b;
	struct hist h;
	char text[64];

	if (!latency_hist(s, ui, which, &h, &why))
		return;
	b = latency_bucket(ui, &h);
	if (!b.nr) {
		pen_text(&p, STYLE_DIM, "Up Down choose a bucket, Left Right a histogram");
		return;
	}
	bucket_bounds(b, latency_scale(which), text, sizeof(text));
	pen_item(&p, "bucket", STYLE_VALUE, false, "%s", text);
	pen_item(&p, "n", STYLE_VALUE, false, "%" PRIu64, bucket_count(&h, b));
	pen_item(&p, "", STYLE_DIM, false, "Enter: who");
	bucket_rows_draw(&p, latency_who(s, ui), "(nobody)");
}

/* Whose requests they are, and their sums. */
static void subject_line(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui)
{
	struct pen p = pen_at(c, y, 1, c->cols);
	char name[64], device[4 * sizeof(name)], rwbs[DISK_RWBS_MAX] = "";
	int op = latency_op(ui);
	struct disk_sum sum;
	uint32_t set;

	if (latency_set(ui, &set))
		disk_rwbs(set, rwbs);
	snapshot_disk_name(s, latency_dev(ui), name, sizeof(name));
	esc_text(device, sizeof(device), name, strlen(name), c->ascii);
	pen_item(&p, "", STYLE_VALUE, false, "%s, %s%s%s", latency_dev(ui) == DISK_ALL ? "all devices" : device,
		 op == DISK_ANY_OP ? "all operations" : disk_op_word((unsigned)op), *rwbs ? " " : "", rwbs);
	if (runqueue_narrowed(ui) && *rwbs)
		pen_item(&p, "", STYLE_DIM, false, "(of any flags)");
	pen_item(&p, "g:", STYLE_DIM, false, "choose");
	if (!latency_sum(s, ui, &sum) || !s->m.interval_ns)
		return;
	pen_item(&p, "requests", STYLE_VALUE, false, "%s", word_rate(sum.count, s));
	pen_item(&p, "bytes", STYLE_VALUE, false, s->m.total ? "%s" : "%s/s",
		 word_bytes(fig_fold(sum.bytes, UNIT_BYTES, FOLD_RATE, s->m.interval_ns, s->m.total)));
	if (sum.errors)
		pen_item(&p, "errors", STYLE_METER_HIGH, false, "%s", word_rate(sum.errors, s));
	if (sum.sequential != FIG_UNKNOWN && sum.count > 0 && sum.bytes > 0)
		pen_item(&p, "sequential", STYLE_VALUE, false, "%s%%", word_pct(sum.sequential, (uint64_t)sum.count));
}

/* Too low for buckets: the chosen histogram in words. */
static void words_draw(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui)
{
	enum lat_hist which = (enum lat_hist)ui->disk.latency.which;
	char summary[80];
	const char *why;
	struct hist h;

	if (!latency_hist(s, ui, which, &h, &why)) {
		canvas_printf(c, y, 1, c->cols - 1, STYLE_DIM, "%s n/a: %.100s", lat_hists[which].word, why);
		return;
	}
	size_summary(&h, summary, sizeof(summary));
	if (which == LAT_SIZE)
		canvas_printf(c, y, 1, c->cols - 1, STYLE_TEXT, "%s %s", lat_hists[which].word, summary);
	else
		canvas_printf(c, y, 1, c->cols - 1, STYLE_TEXT, "%s p50 %s p99 %s max %s", lat_hists[which].word,
			      word_ns(hist_percentile_ns(&h, 500)), word_ns(hist_percentile_ns(&h, 990)),
			      word_ns(hist_max_ns(&h)));
}

/* From the bottom up: whose they are, who is in the bucket; the boxes get what is left. */
void disk_latency_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
{
	int foot = lines >= 10 ? 2 : lines >= 5;

	if (lines < 1)
		return;
	if (lines < 4) {
		words_draw(c, y, s, ui);
		return;
	}
	top_draw(c, y, s, ui);
	middle_draw(c, y + 1, lines - 1 - foot, s, ui);
	if (foot)
		bucket_line(c, y + lines - foot, s, ui);
	if (foot > 1)
		subject_line(c, y + lines - 1, s, ui);
}
