/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations by filesystem: the rows of Filesystem / latency in files, its table, and the small list beside its
 * histograms.
 */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fs_latency.h"
#include "fs_op_columns.h"
#include "pen.h"
#include "view_fs.h"

/* clang-format off */
const struct column fs_table_columns[] = {
	{ .key = "filesystem", .alias = "fs", .title = "FILESYSTEM", .unit = UNIT_TEXT, .width = 14, .flags = COL_LEFT | COL_GROW,
	  .help = "where it is mounted; its device number where no mount of it is known here; (not known): calls that name a path and "
		  "open nothing, or fail; -: sockets, pipes and devices lie in none" },
	{ .key = "fstype", .alias = "type", .title = "TYPE", .unit = UNIT_TEXT, .width = 10, .weight = 85, .flags = COL_LEFT,
	  .help = "type of the filesystem" },
	{ .key = "op", .title = "OPERATION", .unit = UNIT_TEXT, .width = 12, .flags = COL_LEFT, .help = "operation" },
	FS_OP_COUNT(fs_op_counted),
	FS_OP_BYTES(fs_op_counted),
	FS_OP_TIME(fs_op_counted),
	FS_OP_SHARE(fs_op_counted),
	FS_OP_LATENCY(fs_op_counted),
	FS_OP_ERRORS(fs_op_counted),
	{ .key = NULL },
};
/* clang-format on */

int fs_table_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct fs_op_row *rows;
	int nr = fs_ops_rows(s, ui, &rows);

	*ret_rows = rows;
	return fs_op_counted(s)->state == FIG_NA ? 0 : nr;
}

struct row_id fs_table_row_id(const void *row)
{
	const struct fs_op_row *r = row;

	return (struct row_id){.a = r->dev, .b = r->what};
}

bool fs_table_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	return fs_ops_row_is_of(s, fs_latency_of(ui), row);
}

const char *fs_table_empty(const struct snapshot *s, const struct ui *ui)
{
	const struct fig_status *status = fs_op_counted(s);

	return status->state == FIG_NA ? status->reason : "no such operation since the start";
}

const char *fs_table_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			  char *buf, size_t size, size_t *ret_len)
{
	const struct fs_op_row *r = row;
	const char *text;

	if (!strcmp(col->key, "filesystem"))
		text = r->what < FS_OP_NR ? fs_ops_name(s, r->dev, buf, size) : NULL;
	else if (!strcmp(col->key, "fstype"))
		text = *r->fstype && r->what < FS_OP_NR ? r->fstype : NULL;
	else if (!strcmp(col->key, "op"))
		text = fs_what_word(r->what, buf, size);
	else
		text = fs_op_errno(r, buf, size);
	*ret_len = text ? strlen(text) : 0;
	return text;
}

/* The histogram of this filesystem and operation; Esc comes back to the table. */
void fs_table_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	struct fs_latency_ui *l = &ui->fs.latency;
	const struct fs_op_row *r = row;
	char name[200];

	if (!r)
		return;
	if (l->what != r->what)
		l->at.slot = 0;
	l->what = r->what;
	l->table = false;
	l->from_table = FS_FROM_TABLE;
	if (ui->fs.dev.dev == FS_ALL && r->dev != FS_ALL && r->what < FS_OP_NR) {
		fs_dev_enter(ui, r->dev, fs_ops_name(s, r->dev, name, sizeof(name)));
		l->from_table = FS_FROM_TABLE_INTO_DEV;
	}
	ui_mode_changed(ui);
}

/* ---- the small list ---- */

#define BOX_ROWS 64

static int most(const struct snapshot *s, const struct ui *ui, int max, const struct fs_op_row **ret)
{
	const struct fs_op_row *rows;
	int all = fs_ops_rows(s, ui, &rows), nr = 0;

	for (int i = 0; i < all; i++) {
		int at;

		if (rows[i].what != ui->fs.latency.what || rows[i].sum.count <= 0 || !fs_table_shown(s, ui, &rows[i]))
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
static int box_columns(int width, const struct column *ret[8])
{
	static const char *const keys[] = {"filesystem", "count_per_s", "p99_ns", "fstype", "max_ns", "p50_ns", "bytes_per_s"};
	bool wanted[32] = {false};
	int nr = 0, used = 1;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		for (int n = 0; fs_table_columns[n].key; n++) {
			const struct column *col = &fs_table_columns[n];

			if (strcmp(col->key, keys[i]) || used + col->width + 2 > width)
				continue;
			used += col->width + 2;
			wanted[n] = true;
		}
	for (int n = 0; fs_table_columns[n].key && nr < 8; n++)
		if (wanted[n])
			ret[nr++] = &fs_table_columns[n];
	return nr;
}

/* A line of the list, or (row NULL) its heading; the first column takes the width that is left. */
static void box_line(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		     const struct column *const *cols, int nr, const struct fs_op_row *row)
{
	char buf[200], text[4 * sizeof(buf)];
	int left = width;
	size_t len;

	for (int i = 0; i < nr; i++)
		left -= cols[i]->width + 2;
	for (int i = 0; i < nr; i++) {
		int room = cols[i]->width + (cols[i]->flags & COL_GROW && left > 0 ? left : 0);

		if (!row && cols[i]->flags & COL_LEFT) {
			canvas_text(c, y, x, room, STYLE_DIM, cols[i]->title);
		} else if (!row) {
			canvas_right(c, y, x, room, STYLE_DIM, cols[i]->title);
		} else if (!(cols[i]->flags & COL_LEFT)) {
			cell_figure(c, y, x, room, STYLE_VALUE, cols[i], s, row);
		} else {
			const char *raw = fs_table_text(s, ui, row, cols[i], buf, sizeof(buf), &len);

			esc_text(text, sizeof(text), raw ? raw : "-", raw ? len : 1, c->ascii);
			canvas_text(c, y, x, room, STYLE_TEXT, text);
		}
		x += room + 2;
	}
}

int fs_table_box(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, const struct ui *ui)
{
	const struct fs_op_row *rows[BOX_ROWS];
	const struct column *cols[8];
	int cols_nr = box_columns(width, cols), nr, used = 2;
	char word[32];

	if (lines < 3)
		return 0;
	canvas_printf(c, y, x + 1, width - 1, STYLE_TITLE, "%s by filesystem (g: the whole table)",
		      fs_what_word((unsigned)ui->fs.latency.what, word, sizeof(word)));
	nr = most(s, ui, lines - 2 < BOX_ROWS ? lines - 2 : BOX_ROWS, rows);
	if (!nr) {
		canvas_text(c, y + 1, x + 1, width - 1, STYLE_DIM, "none in this interval");
		return used;
	}
	box_line(c, y + 1, x + 1, width - 1, s, ui, cols, cols_nr, NULL);
	for (int i = 0; i < nr; i++)
		box_line(c, y + used++, x + 1, width - 1, s, ui, cols, cols_nr, rows[i]);
	return used;
}
