/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filesystem / latency: a histogram of each operation, of all filesystems, those of a type, or one, of all or of the
 * entered process; and its last minutes.
 */
#include "fs_latency.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu_runqueue.h"
#include "esc.h"
#include "fmt.h"
#include "heatview.h"
#include "pen.h"
#include "syscalls.h"
#include "view_fs.h"

#define SIDE_BY_SIDE 76 /* from this width on two boxes stand side by side */
#define THREE_WIDE   114
#define TWO_HIGH     24 /* with as many lines there are two rows of boxes */
#define STACKED_HIGH 16 /* with as many lines the map stands below where it is narrower */

/* ---- the operations by name ---- */

struct top {
	int nr, chosen;
	char text[FS_WHAT_NR][48];
};

/* With the p99 of each, or of the chosen one only. */
static void top_make(const struct snapshot *s, const struct ui *ui, bool figures, struct top *t)
{
	unsigned list[FS_WHAT_NR];
	char word[32];

	t->nr = fs_latency_list(s, ui, list);
	t->chosen = fs_latency_at(ui, list, t->nr);
	for (int i = 0; i < t->nr; i++) {
		const char *why;
		struct hist h;
		int64_t p99_ns = FIG_UNKNOWN;

		fs_what_word(list[i], word, sizeof(word));
		if ((figures || i == t->chosen) && fs_latency_hist(s, ui, list[i], &h, &why))
			p99_ns = hist_percentile_ns(&h, 990);
		if (p99_ns != FIG_UNKNOWN)
			snprintf(t->text[i], sizeof(t->text[i]), "%s %s", word, word_ns(p99_ns));
		else
			snprintf(t->text[i], sizeof(t->text[i]), "%s", word);
	}
}

/* The first that is shown: the chosen one is to be in sight. */
static int top_first(const struct top *t, int cols)
{
	int first = 0, used = 0;

	for (int i = 0; i <= t->chosen; i++)
		used += (int)strlen(t->text[i]) + 2;
	while (used > cols && first < t->chosen)
		used -= (int)strlen(t->text[first++]) + 2;
	return first;
}

/* The chosen one in brackets; of which time at the right. */
static void top_draw(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui)
{
	char window[80];
	struct top t;
	struct pen p;
	int cols, end, used = 0;

	hist_window_text(s, window, sizeof(window));
	cols = utf8_columns(window);
	end = c->cols >= cols + 40 ? c->cols - cols - 2 : c->cols;
	top_make(s, ui, true, &t);
	for (int i = 0; i < t.nr; i++)
		used += (int)strlen(t.text[i]) + 2;
	if (used > end)
		top_make(s, ui, false, &t);
	p = pen_at(c, y, 0, end);
	for (int i = top_first(&t, end); i < t.nr; i++) {
		p.gap = 0;
		if (!pen_item(&p, "", i == t.chosen ? STYLE_VIEW_ACTIVE : STYLE_VIEW, false, i == t.chosen ? "[%s]" : " %s ", t.text[i]))
			break;
	}
	if (c->cols >= cols + 40)
		canvas_right(c, y, c->cols - cols - 1, cols, STYLE_VALUE, window);
}

/* ---- boxes ---- */

static int box_draw(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, struct ui *ui, unsigned what)
{
	struct fs_latency_ui *l = &ui->fs.latency;
	struct hist_look look = {.scale = &hist_scale_ns, .a11y = ui->opts.a11y};
	const char *why = "";
	char word[32], title[64];
	struct hist h;
	bool there = fs_latency_hist(s, ui, what, &h, &why);

	snprintf(title, sizeof(title), "%s: called -> returned", fs_what_word(what, word, sizeof(word)));
	look.title = title;
	return bucket_box_draw(c, y, x, width, lines, &look, there ? &h : NULL, why, (int)what == l->what ? &l->at : NULL);
}

static int map_draw(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, const struct ui *ui)
{
	unsigned what = (unsigned)ui->fs.latency.what;
	const char *why;
	char word[32];
	struct hist h;

	if (ui->opts.a11y || !fs_latency_hist(s, ui, what, &h, &why)) /* nobody could read it aloud, or there is nothing */
		return 0;
	return heat_draw(c, y, x, width, lines, fs_what_word(what, word, sizeof(word)), fs_latency_heat(s, ui),
			 s->m.tick.h.ts_ns);
}

/* What stands in one row of boxes: the chosen operation, or the n-th of its page. */
enum box { BOX_NONE, BOX_CHOSEN, BOX_MAP, BOX_TABLE, BOX_PAGE };

struct boxes {
	int box[3];  /* enum box; BOX_PAGE + n */
	int cols[3]; /* widths, in tenths of the whole */
};

struct layout {
	int rows, page; /* rows of boxes; operations shown together */
	struct boxes boxes[2];
};

static const struct layout low = {1, 1, {{{BOX_CHOSEN, BOX_MAP}, {6, 4}}}};
static const struct layout low_wide = {1, 2, {{{BOX_PAGE, BOX_PAGE + 1, BOX_MAP}, {3, 3, 4}}}};
static const struct layout high = {2, 2, {{{BOX_PAGE, BOX_PAGE + 1}, {5, 5}}, {{BOX_TABLE, BOX_MAP}, {5, 5}}}};
static const struct layout high_wide = {2, 4, {{{BOX_PAGE, BOX_PAGE + 1, BOX_MAP}, {3, 3, 4}},
					       {{BOX_PAGE + 2, BOX_PAGE + 3, BOX_TABLE}, {3, 3, 4}}}};

/* Operations keep their place while the cursor walks through a page of them. */
static int page_draw_one(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, struct ui *ui,
			 const struct layout *l, int n)
{
	unsigned list[FS_WHAT_NR];
	int nr = fs_latency_list(s, ui, list), at = fs_latency_at(ui, list, nr) / l->page * l->page + n;

	return at < nr ? box_draw(c, y, x, width, lines, s, ui, list[at]) : 0;
}

static int one_draw(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, struct ui *ui,
		    const struct layout *l, int box)
{
	switch (box) {
	case BOX_CHOSEN:
		return box_draw(c, y, x, width, lines, s, ui, (unsigned)ui->fs.latency.what);
	case BOX_MAP:
		return map_draw(c, y, x, width, lines, s, ui);
	case BOX_TABLE:
		return fs_table_box(c, y, x, width, lines, s, ui);
	default:
		return page_draw_one(c, y, x, width, lines, s, ui, l, box - BOX_PAGE);
	}
}

/* Returns the lines that the highest of them used. */
static int boxes_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui, const struct layout *l,
		      const struct boxes *b)
{
	int x = 0, tenths = 0, used = 0, one;

	for (int i = 0; i < 3 && b->box[i]; i++) {
		int end;

		tenths += b->cols[i];
		end = c->cols * tenths / 10;
		one = one_draw(c, y, x, tenths < 10 ? end - x - 1 : end - x, lines, s, ui, l, b->box[i]);
		used = one > used ? one : used;
		x = end;
	}
	return used;
}

/* One below the other where it is narrow. */
static void narrow_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
{
	bool below = lines >= STACKED_HIGH;
	int used = box_draw(c, y, 0, c->cols, below ? lines / 2 : lines, s, ui, (unsigned)ui->fs.latency.what);

	if (below)
		map_draw(c, y + used + 1, 0, c->cols, lines - used - 1, s, ui);
}

static void middle_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
{
	bool wide = c->cols >= THREE_WIDE, tall = lines >= TWO_HIGH;
	const struct layout *l = tall ? (wide ? &high_wide : &high) : (wide ? &low_wide : &low);
	int at = 0;

	if (c->cols < SIDE_BY_SIDE) {
		narrow_draw(c, y, lines, s, ui);
		return;
	}
	for (int i = 0; i < l->rows; i++)
		at += 1 + boxes_draw(c, y + at, (lines - at - (l->rows - i - 1)) / (l->rows - i), s, ui, l, &l->boxes[i]);
}

/* ---- the foot ---- */

/* What is known of the bucket under the cursor. */
static void bucket_line(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui)
{
	struct pen p = pen_at(c, y, 1, c->cols);
	const char *why;
	struct bucket b;
	struct hist h;
	char text[64];

	if (!fs_latency_hist(s, ui, (unsigned)ui->fs.latency.what, &h, &why))
		return;
	b = fs_latency_bucket(ui, &h);
	if (!b.nr) {
		pen_text(&p, STYLE_DIM, "Up Down choose a bucket, Left Right an operation");
		return;
	}
	bucket_bounds(b, &hist_scale_ns, text, sizeof(text));
	pen_item(&p, "bucket", STYLE_VALUE, false, "%s", text);
	pen_item(&p, "n", STYLE_VALUE, false, "%" PRIu64, bucket_count(&h, b));
	pen_item(&p, "", STYLE_DIM, false, "Enter: who");
	bucket_rows_draw(&p, fs_latency_who(s, ui), "(others)");
}

/* Of which filesystems it is, and the sums of the chosen operation. */
static void subject_line(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui)
{
	unsigned what = (unsigned)ui->fs.latency.what;
	struct pen p = pen_at(c, y, 1, c->cols);
	char raw[256], text[4 * sizeof(raw)], word[32];
	struct fs_ops_sum sum;
	const char *why, *error;

	fs_latency_of_text(s, ui, raw, sizeof(raw));
	esc_text(text, sizeof(text), raw, strlen(raw), c->ascii);
	pen_item(&p, "", STYLE_VALUE, false, "%.200s", text);
	pen_item(&p, "g:", STYLE_DIM, false, "choose");
	if (!fs_ops_sum(s, ui, fs_latency_of(ui), what, &sum, &why) || !s->m.interval_ns)
		return;
	pen_item(&p, fs_what_word(what, word, sizeof(word)), STYLE_VALUE, false, "%s", word_rate(sum.count, s));
	if (fs_what_is_io(what))
		pen_item(&p, "bytes", STYLE_VALUE, false, s->m.total ? "%s" : "%s/s",
			 word_bytes(fig_fold(sum.bytes, UNIT_BYTES, FOLD_RATE, s->m.interval_ns, s->m.total)));
	if (sum.errors <= 0)
		return;
	pen_item(&p, "errors", STYLE_METER_HIGH, false, "%s", word_rate(sum.errors, s));
	error = sum.last_errno ? errno_name(sum.last_errno) : NULL;
	if (error)
		pen_item(&p, "last", STYLE_VALUE, false, "%s", error);
}

/* Too low for buckets: the chosen histogram in words. */
static void words_draw(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui)
{
	unsigned what = (unsigned)ui->fs.latency.what;
	const char *why;
	struct hist h;
	char word[32];

	fs_what_word(what, word, sizeof(word));
	if (!fs_latency_hist(s, ui, what, &h, &why))
		canvas_printf(c, y, 1, c->cols - 1, STYLE_DIM, "%s n/a: %.100s", word, why);
	else
		canvas_printf(c, y, 1, c->cols - 1, STYLE_TEXT, "%s p50 %s p99 %s max %s", word,
			      word_ns(hist_percentile_ns(&h, 500)), word_ns(hist_percentile_ns(&h, 990)),
			      word_ns(hist_max_ns(&h)));
}

/* From the bottom up: of which filesystems, who is in the bucket; the boxes get what is left. */
void fs_latency_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
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
