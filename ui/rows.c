/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of rows in sort and filter, and the cursor in it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "process.h"
#include "ui_priv.h"

struct sort_context {
	const struct view *v;
	const struct snapshot *s;
	const struct ui *ui;
	const struct column *col;
	const char *base;
	int sign;
};

static const void *row_of(const struct sort_context *ctx, uint32_t i)
{
	return ctx->base + (size_t)i * ctx->v->row_size;
}

static int compare_figures(int64_t a, int64_t b, int sign)
{
	if (a == b)
		return 0;
	if (a == FIG_UNKNOWN || b == FIG_UNKNOWN) /* last in both directions */
		return a == FIG_UNKNOWN ? 1 : -1;
	return (a < b ? -1 : 1) * sign;
}

static int compare_text(const struct sort_context *ctx, const void *a, const void *b)
{
	char buf_a[1400], buf_b[1400];
	size_t len_a = 0, len_b = 0;
	const char *ta, *tb;
	int diff;

	if (ctx->col->flags & COL_RAW_CHAR)
		return (((const char *)a)[ctx->col->off] - ((const char *)b)[ctx->col->off]) * ctx->sign;
	ta = ctx->v->text(ctx->s, ctx->ui, a, ctx->col, buf_a, sizeof(buf_a), &len_a);
	tb = ctx->v->text(ctx->s, ctx->ui, b, ctx->col, buf_b, sizeof(buf_b), &len_b);
	if (!ta || !tb)
		return !ta - !tb;
	diff = strncasecmp(ta, tb, len_a < len_b ? len_a : len_b);
	if (!diff)
		diff = (len_a > len_b) - (len_a < len_b);
	return diff * ctx->sign;
}

/*
 * Times are compared as they are shown, to 0.1 % of the interval: else near-idle rows would
 * change places at every refresh though their numbers stand still.
 */
static int64_t shown_figure(const struct sort_context *ctx, const void *row)
{
	int64_t v = view_figure(ctx->col, row);
	int64_t step = (int64_t)ctx->s->m.interval_ns / 1000;
	bool time = ctx->col->fold == FOLD_SHARE || (ctx->col->fold == FOLD_RATE && ctx->col->unit == UNIT_NS);

	if (!time || v == FIG_UNKNOWN || step < 1 || ctx->s->m.total)
		return v;
	return v / step + (v % step >= step / 2);
}

static int compare_two(const struct sort_context *ctx, uint32_t ia, uint32_t ib)
{
	const void *a = row_of(ctx, ia), *b = row_of(ctx, ib);
	int diff;

	if (ctx->col->unit == UNIT_TEXT)
		diff = compare_text(ctx, a, b);
	else
		diff = compare_figures(shown_figure(ctx, a), shown_figure(ctx, b), ctx->sign);
	return diff ? diff : ia < ib ? -1 : ia > ib;
}

static int level_of(const struct sort_context *ctx, uint32_t i)
{
	int level = 0;

	for (int n = (int)i; (n = ctx->v->parent(ctx->ui, row_of(ctx, (uint32_t)n))) >= 0;)
		level++;
	return level;
}

static uint32_t climb(const struct sort_context *ctx, uint32_t i, int levels)
{
	while (levels-- > 0)
		i = (uint32_t)ctx->v->parent(ctx->ui, row_of(ctx, i));
	return i;
}

/* A row goes with the one above it: two are compared where their ways up part, the upper first. */
static int compare_in_tree(const struct sort_context *ctx, uint32_t ia, uint32_t ib)
{
	int a = level_of(ctx, ia), b = level_of(ctx, ib), level = a < b ? a : b;

	ia = climb(ctx, ia, a - level);
	ib = climb(ctx, ib, b - level);
	if (ia == ib)
		return a - b;
	while (level-- > 0 && climb(ctx, ia, 1) != climb(ctx, ib, 1)) {
		ia = climb(ctx, ia, 1);
		ib = climb(ctx, ib, 1);
	}
	return compare_two(ctx, ia, ib);
}

static int compare_rows(const void *pa, const void *pb, void *arg)
{
	const struct sort_context *ctx = arg;
	uint32_t ia = *(const uint32_t *)pa, ib = *(const uint32_t *)pb;

	return ctx->v->parent ? compare_in_tree(ctx, ia, ib) : compare_two(ctx, ia, ib);
}

struct ranked {
	struct row_id id;
	uint32_t rank;
};

static int compare_ids(const void *a, const void *b)
{
	const struct row_id *x = a, *y = b; /* the first member of struct ranked too */

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

struct placed {
	uint32_t place, idx;
};

static int compare_places(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return x->idx < y->idx ? -1 : x->idx > y->idx;
}

/* Puts rows that were there before on their old places, in the order that is now sorted else. */
static bool keep_order(struct ui *ui, const struct sort_context *ctx, int old_nr)
{
	struct ranked *old = calloc((size_t)old_nr + 1, sizeof(*old));
	struct placed *new = calloc((size_t)ui->list.nr + 1, sizeof(*new));
	bool ok = old && new;

	for (int i = 0; ok && i < old_nr; i++)
		old[i] = (struct ranked){ .id = ui->list.ids[i], .rank = (uint32_t)i };
	if (ok)
		qsort(old, (size_t)old_nr, sizeof(*old), compare_ids);
	for (int i = 0; ok && i < ui->list.nr; i++) {
		struct row_id id = ctx->v->row_id(row_of(ctx, ui->list.idx[i]));
		const struct ranked *r = bsearch(&id, old, (size_t)old_nr, sizeof(*old), compare_ids);

		new[i] = (struct placed){ .place = r ? r->rank : UINT32_MAX, .idx = (uint32_t)i };
	}
	if (ok)
		qsort(new, (size_t)ui->list.nr, sizeof(*new), compare_places);
	for (int i = 0; ok && i < ui->list.nr; i++)
		new[i].place = ui->list.idx[new[i].idx];
	for (int i = 0; ok && i < ui->list.nr; i++)
		ui->list.idx[i] = new[i].place;
	free(old);
	free(new);
	return ok;
}

/* The rows that the list is made of. */
static int base_rows(const struct ui *ui, const struct view *v, const struct snapshot *s, const void **ret_rows)
{
	if (ui->to_file && v->rows_file)
		return v->rows_file(s, ui, ret_rows);
	return v->rows ? v->rows(s, ui, ret_rows) : 0;
}

static bool reserve(struct row_list *l, int nr)
{
	uint32_t *idx;
	struct row_id *ids;

	if (nr <= l->cap)
		return true;
	idx = realloc(l->idx, sizeof(*idx) * (size_t)nr * 2);
	if (idx)
		l->idx = idx;
	ids = realloc(l->ids, sizeof(*ids) * (size_t)nr * 2);
	if (ids)
		l->ids = ids;
	if (idx && ids)
		l->cap = nr * 2;
	return idx && ids;
}

static void collect(struct ui *ui, const struct sort_context *ctx, int all_nr)
{
	struct row_list *l = &ui->list;

	l->nr = 0;
	l->all_nr = 0;
	if (!reserve(l, all_nr)) /* shows what there is room for */
		all_nr = l->cap;
	for (int i = 0; i < all_nr; i++) {
		const void *row = row_of(ctx, (uint32_t)i);

		l->all_nr++;
		if (ctx->v->shown && !ctx->v->shown(ctx->s, ui, row))
			continue;
		/* The entered process is one row whatever the filter says. */
		if (!(ui->entered && ctx->v->row_id == proc_row_id) && !filter_row(&ui->filter, ctx->v, ctx->s, ui, row))
			continue;
		l->idx[l->nr++] = (uint32_t)i;
	}
}

/* A log in its own order: the cursor goes with what arrives. */
static bool at_end(const struct view *v, const struct view_state *st)
{
	return v->log && !st->invert && st->sort == view_column(v, v->sort_key);
}

static void place_cursor(struct ui *ui)
{
	const struct view *v = ui_view(ui);
	struct view_state *st = ui_state(ui);
	int old = st->cursor;

	if (st->pinned)
		for (int i = 0; i < ui->list.nr; i++)
			if (row_id_equal(ui->list.ids[i], st->sel)) {
				st->cursor = i;
				break;
			}
	if (st->cursor >= ui->list.nr || (!st->pinned && at_end(v, st)))
		st->cursor = ui->list.nr ? ui->list.nr - 1 : 0;
	if (st->pinned && (ui->follow || v->log)) /* the row keeps its line */
		st->top += st->cursor - old;
	if (st->top < 0)
		st->top = 0;
}

void rows_refresh(struct ui *ui, const struct snapshot *s)
{
	const struct view *v = ui_view(ui);
	struct view_state *st = ui_state(ui);
	const void *base = NULL;
	int old_nr = ui->list.nr, all_nr;
	struct sort_context ctx;

	if (!ui->list_stale && ui->list_of == s)
		return;
	all_nr = base_rows(ui, v, s, &base);
	ctx = (struct sort_context){ .v = v, .s = s, .ui = ui, .col = st->sort ? st->sort : v->columns, .base = base };
	ctx.sign = (rows_sort_up(ctx.col) ? 1 : -1) * (st->invert ? -1 : 1);
	if (ui->list.cap < all_nr) /* growing loses nothing that keep_order() needs */
		reserve(&ui->list, all_nr);
	collect(ui, &ctx, all_nr);
	if (ui->list.nr)
		qsort_r(ui->list.idx, (size_t)ui->list.nr, sizeof(*ui->list.idx), compare_rows, &ctx);
	if (ui->hold_order && v->row_id && ui->list.nr)
		keep_order(ui, &ctx, old_nr);
	for (int i = 0; i < ui->list.nr && v->row_id; i++)
		ui->list.ids[i] = v->row_id(row_of(&ctx, ui->list.idx[i]));
	ui->hold_order = false;
	ui->list_stale = false;
	ui->list_of = s;
	place_cursor(ui);
}

const void *rows_at(const struct ui *ui, const struct snapshot *s, int i)
{
	const struct view *v = ui_view(ui);
	const void *base = NULL;

	if (i < 0 || i >= ui->list.nr || base_rows(ui, v, s, &base) <= (int)ui->list.idx[i])
		return NULL;
	return (const char *)base + (size_t)ui->list.idx[i] * v->row_size;
}

const void *rows_selected(struct ui *ui, const struct snapshot *s)
{
	rows_refresh(ui, s);
	return rows_at(ui, s, ui_state(ui)->cursor);
}

void rows_select(struct ui *ui, const struct snapshot *s, int i)
{
	struct view_state *st = ui_state(ui);

	rows_refresh(ui, s);
	if (i >= ui->list.nr)
		i = ui->list.nr - 1;
	if (i < 0)
		i = 0;
	st->cursor = i;
	st->pinned = ui->list.nr > 0;
	ui->moved = true;
	if (st->pinned)
		st->sel = ui->list.ids[i];
}

void rows_to_file(struct ui *ui, bool on)
{
	if (!ui_view(ui)->rows_file || ui->to_file == on)
		return;
	if (on) /* a cursor in the other list means nothing on the screen */
		ui->kept = *ui_state(ui);
	else
		*ui_state(ui) = ui->kept;
	ui->to_file = on;
	ui->list_stale = true;
}

void rows_sort(struct ui *ui, const struct column *col, bool invert)
{
	struct view_state *st = ui_state(ui);

	st->sort = col;
	st->invert = invert;
	ui->list_stale = true;
	ui->hold_order = ui->moved = false;
}

bool tags_has(const struct ui *ui, struct row_id id)
{
	for (int i = 0; i < ui->tags_nr; i++)
		if (row_id_equal(ui->tags[i], id))
			return true;
	return false;
}

void tags_toggle(struct ui *ui, struct row_id id)
{
	for (int i = 0; i < ui->tags_nr; i++)
		if (row_id_equal(ui->tags[i], id)) {
			ui->tags[i] = ui->tags[--ui->tags_nr];
			return;
		}
	if (ui->tags_nr < UI_TAGS_MAX)
		ui->tags[ui->tags_nr++] = id;
}
