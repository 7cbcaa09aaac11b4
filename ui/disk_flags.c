/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests by device and set of flags: the rows of Disk / latency in files, its table, and the
 * small list beside its histograms.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cpu_runqueue.h"
#include "disk_latency.h"
#include "esc.h"
#include "fmt.h"
#include "pen.h"
#include "view_disk.h"

#define ROW(field) offsetof(struct disk_set_row, field)

static const struct fig_status none = { .state = FIG_NA, .reason = "no interval yet" };

static const struct fig_status *counted(const struct snapshot *s)
{
	return s->disk_sets ? &s->disk_sets->status : &none;
}

static const struct fig_status *queued(const struct snapshot *s)
{
	return s->disk_sets ? &s->disk_sets->queue_status : &none;
}

/* clang-format off */
const struct column disk_flags_columns[] = {
	{ .key = "device", .alias = "dev", .title = "DEVICE", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT, .help = "block device" },
	{ .key = "rwbs", .title = "RWBS", .unit = UNIT_TEXT, .width = 5, .flags = COL_LEFT,
	  .help = "what the requests are: " DISK_RWBS_HELP },
	{ .key = "count_per_s", .alias = "n", .title = "REQ/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 6, .off = ROW(sum.count),
	  .help = "requests completed", .status = counted },
	{ .key = "share_pct", .alias = "share", .title = "SHARE%", .unit = UNIT_PCT, .width = 6, .weight = 40, .off = ROW(share_pct),
	  .help = "of all requests of its device", .status = counted },
	{ .key = "bytes_per_s", .alias = "io", .title = "BYTES/s", .unit = UNIT_BYTES, .fold = FOLD_RATE, .width = 7, .weight = 70,
	  .off = ROW(sum.bytes), .help = "what they moved", .status = counted },
	{ .key = "avg_bytes", .alias = "size", .title = "SIZE", .unit = UNIT_BYTES, .width = 5, .weight = 60, .off = ROW(avg_bytes),
	  .help = "average size of a request", .status = counted },
	{ .key = "queue_p50_ns", .title = "QP50", .unit = UNIT_NS, .width = 6, .weight = 20, .off = ROW(p50_ns[DISK_HIST_QUEUE]),
	  .help = "queue time (request made to issued to the device): half took less. As all percentiles inside one bucket, which "
		  "reaches to twice where it begins", .status = queued },
	{ .key = "queue_p99_ns", .alias = "qp99", .title = "QP99", .unit = UNIT_NS, .width = 6, .weight = 80,
	  .off = ROW(p99_ns[DISK_HIST_QUEUE]), .help = "queue time: 99 of 100 took less", .status = queued },
	{ .key = "queue_max_ns", .alias = "qmax", .title = "QMAX", .unit = UNIT_NS, .width = 6, .weight = 30,
	  .off = ROW(max_ns[DISK_HIST_QUEUE]), .help = "queue time: the longest, exact", .status = queued },
	{ .key = "service_p50_ns", .alias = "p50", .title = "SP50", .unit = UNIT_NS, .width = 6, .weight = 35,
	  .off = ROW(p50_ns[DISK_HIST_SERVICE]), .help = "service time (issued to the device until completed): half took less",
	  .status = counted },
	{ .key = "service_p99_ns", .alias = "p99", .title = "SP99", .unit = UNIT_NS, .width = 6, .weight = 90,
	  .off = ROW(p99_ns[DISK_HIST_SERVICE]), .help = "service time: 99 of 100 took less", .status = counted },
	{ .key = "service_max_ns", .alias = "max", .title = "SMAX", .unit = UNIT_NS, .width = 6, .weight = 50,
	  .off = ROW(max_ns[DISK_HIST_SERVICE]), .help = "service time: the longest, exact", .status = counted },
	{ .key = "sequential_pct", .alias = "seq", .title = "SEQ%", .unit = UNIT_PCT, .width = 5, .weight = 15, .off = ROW(sequential_pct),
	  .help = "of them begin where the device's previous request of that direction ended", .status = counted },
	{ .key = "errors_per_s", .alias = "err", .title = "ERR/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 5, .weight = 25,
	  .off = ROW(sum.errors), .help = "completed with an error", .status = counted },
	{ .key = "op", .title = "WHAT", .unit = UNIT_TEXT, .width = 7, .weight = 10, .flags = COL_LEFT,
	  .help = "operation: read, write, discard, flush, other" },
	{ .key = NULL },
};
/* clang-format on */

int disk_flags_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct disk_set_row *rows;
	int nr = counted(s)->state == FIG_NA ? 0 : snapshot_disk_sets(s, DISK_ALL, &rows);

	*ret_rows = nr ? rows : NULL;
	return nr;
}

struct row_id disk_flags_row_id(const void *row)
{
	const struct disk_set_row *r = row;

	return (struct row_id){ .a = r->dev, .b = r->set };
}

/* Of the device and the operation; nobody counts flags by process. */
bool disk_flags_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	int op = ui->disk.latency.op ? ui->disk.latency.op - 1 : DISK_ANY_OP;
	const struct disk_set_row *r = row;

	return !runqueue_narrowed(ui) && disk_dev_shown(ui, r->dev) && (op == DISK_ANY_OP || (int)(r->set & DISK_SET_OP) == op);
}

const char *disk_flags_empty(const struct snapshot *s, const struct ui *ui)
{
	const struct fig_status *status = counted(s);

	if (status->state == FIG_NA)
		return status->reason;
	return runqueue_narrowed(ui) ? "requests are not counted by flags and process: Esc goes back to the histograms"
				     : "no such request since the start";
}

const char *disk_flags_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len)
{
	const struct disk_set_row *r = row;
	const char *text;

	if (!strcmp(col->key, "device"))
		text = snapshot_disk_name(s, r->dev, buf, size);
	else if (!strcmp(col->key, "rwbs"))
		text = disk_rwbs(r->set, buf);
	else
		text = disk_op_word(r->set & DISK_SET_OP);
	*ret_len = strlen(text);
	return text;
}

/* "RS  read, waited for   on vda", its sums, its sizes. */
int disk_flags_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct disk_set_row *r = row;
	struct pen p = pen_at(c, y, 1, c->cols);
	char rwbs[DISK_RWBS_MAX], words[120], name[64], device[4 * sizeof(name)];

	snapshot_disk_name(s, r->dev, name, sizeof(name));
	esc_text(device, sizeof(device), name, strlen(name), c->ascii);
	pen_item(&p, disk_rwbs(r->set, rwbs), STYLE_TITLE, false, "%s", disk_set_words(r->set, words, sizeof(words)));
	pen_item(&p, "on", STYLE_VALUE, false, "%s", device);
	pen_item(&p, "", STYLE_DIM, false, "Enter: its histograms");
	if (lines < 2)
		return 1;
	p = pen_at(c, y + 1, 1, c->cols);
	pen_item(&p, "requests", STYLE_VALUE, false, "%lld", (long long)r->sum.count);
	pen_item(&p, "queue p50", STYLE_VALUE, false, "%s", word_ns(r->p50_ns[DISK_HIST_QUEUE]));
	pen_item(&p, "max", STYLE_VALUE, false, "%s", word_ns(r->max_ns[DISK_HIST_QUEUE]));
	pen_item(&p, "service p50", STYLE_VALUE, false, "%s", word_ns(r->p50_ns[DISK_HIST_SERVICE]));
	pen_item(&p, "max", STYLE_VALUE, false, "%s", word_ns(r->max_ns[DISK_HIST_SERVICE]));
	if (lines < 3 || r->sum.count <= 0)
		return 2;
	p = pen_at(c, y + 2, 1, c->cols);
	pen_text(&p, STYLE_TEXT, "sizes from");
	p.gap = 1;
	for (int i = 0; i < SIZE_SLOTS; i++)
		if (r->sizes[i] > 0)
			pen_item(&p, word_bytes((int64_t)hist_low(&hist_scale_bytes, (unsigned)i)), STYLE_VALUE, false, "%s%%",
				 word_pct(r->sizes[i], (uint64_t)r->sum.count));
	return 3;
}

/* The histograms of this set only; Esc comes back to the table. */
void disk_flags_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct disk_set_row *r = row;
	struct disk_latency_ui *l = &ui->disk.latency;

	if (!r)
		return;
	l->of_set = true;
	l->set = r->set;
	l->set_dev = r->dev;
	l->table = false;
	l->at.slot = 0;
	ui_mode_changed(ui);
}

/* ---- the small list ---- */

#define BOX_ROWS 64

static int most(const struct snapshot *s, const struct ui *ui, int max, const struct disk_set_row **ret)
{
	const struct disk_set_row *rows;
	int all = counted(s)->state == FIG_NA ? 0 : snapshot_disk_sets(s, DISK_ALL, &rows), nr = 0;

	for (int i = 0; i < all; i++) {
		int at;

		if (rows[i].sum.count <= 0 || !disk_flags_shown(s, ui, &rows[i]))
			continue;
		for (at = nr; at > 0 && ret[at - 1]->sum.count < rows[i].sum.count; at--)
			;
		if (at == max)
			continue;
		nr += nr < max;
		for (int n = nr - 1; n > at; n--)
			ret[n] = ret[n - 1];
		ret[at] = &rows[i];
	}
	return nr;
}

/* Those of the table's columns that fit, in its order. */
static int box_columns(const struct ui *ui, int width, const struct column *ret[16])
{
	static const char *const keys[] = { "device", "rwbs", "count_per_s", "service_p99_ns", "queue_p99_ns", "share_pct",
					    "avg_bytes", "service_p50_ns", "queue_p50_ns", "service_max_ns", "queue_max_ns",
					    "bytes_per_s", "sequential_pct" };
	bool wanted[32] = { false };
	int nr = 0, used = 1;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		for (int n = 0; disk_flags_columns[n].key; n++) {
			const struct column *col = &disk_flags_columns[n];

			if (strcmp(col->key, keys[i]) || used + col->width + 2 > width)
				continue;
			used += col->width + 2;
			wanted[n] = true;
		}
	for (int n = 0; disk_flags_columns[n].key && nr < 16; n++)
		if (wanted[n])
			ret[nr++] = &disk_flags_columns[n];
	return nr;
}

static void box_line(struct canvas *c, int y, int x, const struct snapshot *s, const struct ui *ui,
		     const struct column *const *cols, int nr, const struct disk_set_row *row)
{
	char buf[96], text[4 * sizeof(buf)];
	size_t len;

	for (int i = 0; i < nr; x += cols[i++]->width + 2) {
		bool left = cols[i]->flags & COL_LEFT;

		if (!row && left)
			canvas_text(c, y, x, cols[i]->width, STYLE_DIM, cols[i]->title);
		else if (!row)
			canvas_right(c, y, x, cols[i]->width, STYLE_DIM, cols[i]->title);
		else if (!left)
			cell_figure(c, y, x, cols[i]->width, STYLE_VALUE, cols[i], s, row);
		else if (disk_flags_text(s, ui, row, cols[i], buf, sizeof(buf), &len))
			canvas_text(c, y, x, cols[i]->width, STYLE_TEXT,
				    (esc_text(text, sizeof(text), buf, len, c->ascii), text));
	}
}

int disk_flags_box(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, const struct ui *ui)
{
	const struct disk_set_row *rows[BOX_ROWS];
	const struct column *cols[16];
	int cols_nr = box_columns(ui, width, cols), nr, used = 2;

	if (lines < 3)
		return 0;
	canvas_text(c, y, x + 1, width - 1, STYLE_TITLE, "by flags (g: the whole table)");
	if (runqueue_narrowed(ui)) {
		canvas_text(c, y + 1, x + 1, width - 1, STYLE_DIM, "not counted by process");
		return used;
	}
	nr = most(s, ui, lines - 2 < BOX_ROWS ? lines - 2 : BOX_ROWS, rows);
	if (!nr) {
		canvas_text(c, y + 1, x + 1, width - 1, STYLE_DIM, "no request in this interval");
		return used;
	}
	box_line(c, y + 1, x + 1, s, ui, cols, cols_nr, NULL);
	for (int i = 0; i < nr; i++)
		box_line(c, y + used++, x + 1, s, ui, cols, cols_nr, rows[i]);
	return used;
}
