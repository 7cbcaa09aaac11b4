/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cursor over the buckets of a histogram, and the list of the processes that are in the bucket
 * under it: what views with histograms share. Owns nothing.
 */
#ifndef PROBETOP_BUCKET_H
#define PROBETOP_BUCKET_H

#include "histview.h"
#include "view.h"

/* The slots [first, first + nr) of one line. */
struct bucket {
	int first, nr;
};

struct bucket_cursor {
	int slot;		/* under the cursor, plus one; 0: that of the p99, until it is moved */
	int first, step, lines; /* the buckets drawn last: struct hist_shape */
};

/* The slot with the cursor: where it was put, else that of the p99 (sizes: the fullest). -1: there is none. */
int bucket_slot(const struct bucket_cursor *at, const struct hist_scale *scale, const struct hist *h);
/* The bucket under the cursor; nr 0 where there is none. */
struct bucket bucket_at(const struct bucket_cursor *at, const struct hist_scale *scale, const struct hist *h);
/* Moves the cursor by so many buckets, not beyond the ends. */
void bucket_move(struct bucket_cursor *at, const struct hist_scale *scale, const struct hist *h, int lines);
/* "8.2ms-16ms", "16ms-66ms", "4.0K-8.0K". */
void bucket_bounds(struct bucket b, const struct hist_scale *scale, char *buf, size_t size);
uint64_t bucket_count(const struct hist *h, struct bucket b);

/*
 * Draws a histogram in at most `lines` lines, or why there is none (`h` NULL). With `at` its
 * bucket under the cursor is marked, and the shape kept for the keys. Returns the lines used.
 */
int bucket_box_draw(struct canvas *c, int y, int x, int width, int lines, const struct hist_look *look,
		    const struct hist *h, const char *why, struct bucket_cursor *at);

/* ---- who is in it ---- */

struct bucket_row {
	int64_t pid, count, share_pct, all, p99_ns, max_ns;
	const struct proc_row *proc; /* NULL: what belongs to no process that has a row */
};

#define BUCKET_ROWS_MAX 512
struct bucket_rows {
	int nr;
	uint64_t told; /* durations of all rows, and of those that had no room */
	struct bucket_row rows[BUCKET_ROWS_MAX];
};

#define BUCKET_ROW(member) offsetof(struct bucket_row, member)
/* clang-format off */
#define BUCKET_COLUMNS(counted, of) \
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .off = BUCKET_ROW(pid), .help = "process" }, \
	{ .key = "count", .alias = "n", .title = "COUNT", .unit = UNIT_COUNT, .width = 6, .off = BUCKET_ROW(count), \
	  .help = "how many of its " of " are in the bucket", .status = counted }, \
	{ .key = "share_pct", .alias = "share", .title = "SHARE%", .unit = UNIT_PCT, .width = 6, .weight = 9, \
	  .off = BUCKET_ROW(share_pct), .help = "share of all " of " in the bucket", .status = counted }, \
	{ .key = "all", .title = "ALL", .unit = UNIT_COUNT, .width = 6, .weight = 5, .off = BUCKET_ROW(all), \
	  .help = "how many it has in all buckets together", .status = counted }, \
	{ .key = "p99_ns", .alias = "p99", .title = "P99", .unit = UNIT_NS, .width = 6, .weight = 8, \
	  .off = BUCKET_ROW(p99_ns), .help = "99 of 100 of its " of " are below", .status = counted }
/* clang-format on */

/*
 * Adds the process's row: of its histogram `h`, `count` are in the bucket, which holds `whole`.
 * Returns it, or NULL where it has none.
 */
struct bucket_row *bucket_rows_add(struct bucket_rows *r, const struct proc_row *proc, const struct hist *h,
				   uint64_t count, uint64_t whole);
/* At last a row for what belongs to no row, if there is any. */
void bucket_rows_rest(struct bucket_rows *r, uint64_t whole);
/* "by fio 22  postgres 9": those with most of them in the bucket, as many as fit; `nobody`: what belongs to no row. */
struct pen;
void bucket_rows_draw(struct pen *p, const struct bucket_rows *r, const char *nobody);
struct row_id bucket_row_id(const void *row);
/* What a key moves: so many buckets down, or histograms to the right. False: another key. */
bool bucket_step(int act, int *ret_down, int *ret_across);
/* Into the page of its process. */
void bucket_row_enter(struct ui *ui, const struct snapshot *s, const void *row);

#endif
