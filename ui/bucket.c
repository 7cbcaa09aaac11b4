/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buckets under a cursor, and the processes in them. */
#include "bucket.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "pen.h"
#include "process.h"
#include "ui_priv.h"

static struct hist_shape shape_of(const struct bucket_cursor *at)
{
	return (struct hist_shape){ .first = at->first, .step = at->step > 0 ? at->step : 1, .lines = at->lines };
}

/* Sizes gather on a few values: there the most frequent one is where to begin. */
static int fullest(const struct hist *h)
{
	int best = -1;

	for (int i = 0; i < HIST_SLOTS; i++)
		if (h->slots[i] && (best < 0 || h->slots[i] > h->slots[best]))
			best = i;
	return best;
}

int bucket_slot(const struct bucket_cursor *at, const struct hist_scale *scale, const struct hist *h)
{
	int64_t p99;

	if (at->slot)
		return at->slot - 1;
	if (scale != &hist_scale_ns)
		return fullest(h);
	p99 = hist_percentile_ns(h, 990);
	return p99 == FIG_UNKNOWN ? -1 : (int)hist_slot((uint64_t)p99);
}

struct bucket bucket_at(const struct bucket_cursor *at, const struct hist_scale *scale, const struct hist *h)
{
	struct hist_shape shape = shape_of(at);
	int slot = bucket_slot(at, scale, h), line = slot < 0 ? -1 : hist_line(shape, slot);

	if (slot < 0)
		return (struct bucket){ 0, 0 };
	if (line < 0)
		return (struct bucket){ slot, 1 };
	return (struct bucket){ shape.first + line * shape.step, shape.step };
}

void bucket_move(struct bucket_cursor *at, const struct hist_scale *scale, const struct hist *h, int lines)
{
	struct hist_shape shape = shape_of(at);
	int slot = bucket_slot(at, scale, h), line;

	if (!shape.lines)
		return;
	line = hist_line(shape, slot);
	if (line < 0) /* it was among those of another histogram, or of an interval before */
		line = slot < shape.first ? 0 : shape.lines - 1;
	line += lines;
	line = line < 0 ? 0 : line >= shape.lines ? shape.lines - 1 : line;
	at->slot = shape.first + line * shape.step + 1;
}

void bucket_bounds(struct bucket b, const struct hist_scale *scale, char *buf, size_t size)
{
	uint64_t low = hist_low(scale, (unsigned)b.first), high = hist_high(scale, (unsigned)(b.first + b.nr - 1));

	if (high == UINT64_MAX)
		snprintf(buf, size, "%s and more", hist_word(scale, low));
	else
		snprintf(buf, size, "%s-%s", low ? hist_word(scale, low) : "0", hist_word(scale, high));
}

uint64_t bucket_count(const struct hist *h, struct bucket b)
{
	uint64_t sum = 0;

	for (int slot = b.first; slot < b.first + b.nr && slot < HIST_SLOTS; slot++)
		sum += h->slots[slot];
	return sum;
}

static void cursor_draw(struct canvas *c, int y, int x, int width, const struct hist_look *look, const struct hist *h,
			const struct bucket_cursor *at)
{
	int line = at->lines ? hist_line(shape_of(at), bucket_slot(at, look->scale, h)) : -1;

	if (line < 0)
		return;
	hist_cursor(c, y, x, width, line);
	if (look->a11y) {
		c->cursor_row = y + 1 + line;
		c->cursor_col = x;
	}
}

int bucket_box_draw(struct canvas *c, int y, int x, int width, int lines, const struct hist_look *look,
		    const struct hist *h, const char *why, struct bucket_cursor *at)
{
	struct hist_shape shape = { .step = 1 };

	if (h) {
		shape = hist_shape(h, lines - 2);
		hist_draw_as(c, y, x, width, look, h, shape);
	} else {
		canvas_text(c, y, x + 1, width - 1, STYLE_TITLE, look->title);
		canvas_printf(c, y + 1, x + 1, width - 1, STYLE_DIM, "n/a: %.150s", why);
	}
	if (at) {
		at->first = shape.first;
		at->step = shape.step;
		at->lines = shape.lines;
		if (h)
			cursor_draw(c, y, x, width, look, h, at);
	}
	return shape.lines ? shape.lines + 2 : 2;
}

/* ---- who is in it ---- */

static void put_row(struct bucket_row *row, const struct proc_row *proc, const struct hist *h, uint64_t count,
		    uint64_t whole)
{
	*row = (struct bucket_row){ .pid = proc ? proc->pid : FIG_UNKNOWN, .proc = proc, .count = (int64_t)count };
	row->share_pct = whole ? (int64_t)((double)count * 100000 / (double)whole + 0.5) : FIG_UNKNOWN;
	row->all = h ? (int64_t)hist_count(h) : FIG_UNKNOWN;
	row->p99_ns = h ? hist_percentile_ns(h, 990) : FIG_UNKNOWN;
	row->max_ns = h && h->max_ns ? (int64_t)h->max_ns : FIG_UNKNOWN;
}

/* More processes than there are rows: the least gives way. */
static struct bucket_row *free_row(struct bucket_rows *r, uint64_t count)
{
	struct bucket_row *least = r->rows;

	if (r->nr < BUCKET_ROWS_MAX - 1)
		return &r->rows[r->nr++];
	for (int i = 1; i < r->nr; i++)
		if (r->rows[i].count < least->count)
			least = &r->rows[i];
	return (int64_t)count > least->count ? least : NULL;
}

struct bucket_row *bucket_rows_add(struct bucket_rows *r, const struct proc_row *proc, const struct hist *h,
				   uint64_t count, uint64_t whole)
{
	struct bucket_row *row = count ? free_row(r, count) : NULL;

	r->told += count;
	if (row)
		put_row(row, proc, h, count, whole);
	return row;
}

void bucket_rows_rest(struct bucket_rows *r, uint64_t whole)
{
	if (whole > r->told)
		put_row(&r->rows[r->nr++], NULL, NULL, whole - r->told, whole);
}

#define SHOWN_MAX 16

static int most_of_them(const struct bucket_rows *r, const struct bucket_row *ret[SHOWN_MAX])
{
	int nr = 0;

	for (int i = 0; i < r->nr; i++) {
		int at = nr;

		while (at > 0 && ret[at - 1]->count < r->rows[i].count)
			at--;
		if (at == SHOWN_MAX)
			continue;
		nr += nr < SHOWN_MAX;
		memmove(&ret[at + 1], &ret[at], (size_t)(nr - at - 1) * sizeof(*ret));
		ret[at] = &r->rows[i];
	}
	return nr;
}

void bucket_rows_draw(struct pen *p, const struct bucket_rows *r, const char *nobody)
{
	const struct bucket_row *rows[SHOWN_MAX];
	int nr = most_of_them(r, rows);
	char text[4 * TASK_COMM_BYTES + 1];

	for (int i = 0; i < nr; i++) {
		const char *name = rows[i]->proc ? rows[i]->proc->comm : nobody;

		esc_text(text, sizeof(text), name, strnlen(name, TASK_COMM_BYTES), p->c->ascii);
		if (!pen_item(p, i ? "" : "by", STYLE_VALUE, false, "%s %" PRId64, text, rows[i]->count))
			return;
	}
}

struct row_id bucket_row_id(const void *row)
{
	const struct bucket_row *r = row;

	return r->proc ? proc_row_id(r->proc) : (struct row_id){ .a = UINT64_MAX };
}

void bucket_row_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct bucket_row *r = row;

	if (!r || ui->entered)
		return;
	if (!r->proc || r->proc->pid == FIG_UNKNOWN)
		ui_status(ui, "processes that have ended have no page");
	else
		ui_enter_process(ui, proc_row_id(r->proc), r->proc);
}

bool bucket_step(int act, int *ret_down, int *ret_across)
{
	static const struct {
		int act, down, across;
	} steps[] = {
		{ACT_UP, -1, 0},	   {ACT_DOWN, 1, 0},
		{ACT_PGUP, -HIST_SLOTS, 0}, {ACT_PGDN, HIST_SLOTS, 0},
		{ACT_HOME, -HIST_SLOTS, 0}, {ACT_END, HIST_SLOTS, 0},
		{ACT_COL_LEFT, 0, -1},	   {ACT_COL_RIGHT, 0, 1},
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].act != act)
			continue;
		*ret_down = steps[i].down;
		*ret_across = steps[i].across;
		return true;
	}
	return false;
}
