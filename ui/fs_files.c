/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / files: reads and writes by process and file (filetop). */
#include "snap_fs_files.h"

#include <stdio.h>
#include <string.h>

#include "fs_processes.h"
#include "process.h"
#include "snap_fs_names.h"
#include "ui_priv.h"
#include "view_cpu.h"
#include "view_fs.h"

int fs_file_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->fs_files ? s->fs_files->rows : NULL;
	return s->fs_files ? s->fs_files->rows_nr : 0;
}

struct row_id fs_file_row_id(const void *row)
{
	const struct fs_file_row *r = row;
	struct row_id id = proc_row_id(r->p);

	id.b ^= (r->ino + 1) * 0x9e3779b97f4a7c15ULL;
	id.b = (id.b ^ id.b >> 29) * 0xbf58476d1ce4e5b9ULL + ((uint64_t)r->dev << 8 | r->type);
	return id;
}

bool fs_file_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct fs_file_row *r = row;

	return (ui->fs.files.all || r->type == FS_T_REGULAR) && fs_dev_shown(ui, r->dev) && cpu_process_shown(s, ui, r->p);
}

enum style fs_file_style(const struct ui *ui, const void *row)
{
	const struct fs_file_row *r = row;

	if (tags_has(ui, fs_file_row_id(r)))
		return STYLE_TAGGED;
	return cpu_process_style(ui, r->p);
}

bool fs_file_name(const struct snapshot *s, const struct fs_file_row *r, char *buf, size_t size)
{
	static const char *const many[FS_T_NR] = {
		[FS_T_REGULAR] = "(other files)", [FS_T_DIR] = "(other directories)", [FS_T_BLOCK] = "(block devices)",
		[FS_T_CHAR] = "(character devices)", [FS_T_SOCKET] = "(sockets)", [FS_T_PIPE] = "(pipes)",
		[FS_T_OTHER] = "(event, timer and other descriptors)",
	};

	if (!r->ino) {
		snprintf(buf, size, "%s", many[r->type % FS_T_NR]);
		return true;
	}
	if (snapshot_fs_file(s, r->dev, r->ino, buf, size))
		return true;
	if (!*buf)
		snprintf(buf, size, "(inode %llu)", (unsigned long long)r->ino);
	return false;
}

static const char *file_text(const struct snapshot *s, const struct fs_file_row *r, char *buf, size_t size,
			     size_t *ret_len)
{
	if (!r->ino)
		return NULL;
	snapshot_fs_file(s, r->dev, r->ino, buf, size);
	*ret_len = strlen(buf);
	return *ret_len ? buf : NULL;
}

static const char *whole_text(const struct snapshot *s, const struct fs_file_row *r, char *buf, size_t size,
			      size_t *ret_len)
{
	bool whole = r->ino && snapshot_fs_file(s, r->dev, r->ino, buf, size);
	const char *word = whole ? "yes" : "no";

	if (!r->ino || !*buf)
		return NULL;
	*ret_len = strlen(word);
	return word;
}

const char *fs_file_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			 char *buf, size_t size, size_t *ret_len)
{
	const struct fs_file_row *r = row;

	*ret_len = 0;
	if (!strcmp(col->key, "file"))
		return file_text(s, r, buf, size, ret_len);
	if (!strcmp(col->key, "whole"))
		return whole_text(s, r, buf, size, ret_len);
	if (!strcmp(col->key, "type")) {
		*ret_len = strlen(fs_type_word(r->type));
		return fs_type_word(r->type);
	}
	if (!strcmp(col->key, "fstype")) {
		*ret_len = strlen(r->fstype);
		return *ret_len ? r->fstype : NULL;
	}
	if (!strcmp(col->key, "filesystem")) {
		if (!r->dev)
			return NULL;
		snapshot_fs_name(s, r->dev, buf, size);
		*ret_len = strlen(buf);
		return buf;
	}
	return cpu_process_text(s, ui, r->p, col, buf, size, ret_len);
}

/* The end of a path says more than its begin: what does not fit is cut in front. */
static void cell_file(struct canvas *c, int y, int x, int width, enum style style, const struct snapshot *s,
		      const struct ui *ui, const struct fs_file_row *r)
{
	size_t skip = (size_t)ui_state_now(ui)->scroll_text * 8, len;
	char path[FS_PATH_MAX];
	bool whole = fs_file_name(s, r, path, sizeof(path));

	len = strlen(path);
	if (!whole && width > 1) {
		canvas_text(c, y, x, 1, STYLE_DIM, "~");
		x++, width--;
	}
	if (len > (size_t)width && !skip && width > 4) {
		canvas_text(c, y, x, 2, STYLE_DIM, "..");
		canvas_raw(c, y, x + 2, width - 2, style, path + len - (size_t)width + 2, (size_t)width - 2);
		return;
	}
	if (skip < len)
		canvas_raw(c, y, x, width, r->ino ? style : STYLE_DIM, path + skip, len - skip);
}

void fs_file_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		  const void *row, const struct column *col)
{
	static const char letters[FS_T_NR] = {
		[FS_T_REGULAR] = 'r', [FS_T_DIR] = 'd', [FS_T_BLOCK] = 'b', [FS_T_CHAR] = 'c',
		[FS_T_SOCKET] = 's', [FS_T_PIPE] = 'p', [FS_T_OTHER] = 'o',
	};
	const struct fs_file_row *r = row;
	enum style style = fs_file_style(ui, row);

	if (!strcmp(col->key, "file"))
		cell_file(c, y, x, width, style, s, ui, r);
	else if (!strcmp(col->key, "type"))
		canvas_text(c, y, x, 1, style, (char[]){ letters[r->type % FS_T_NR], '\0' });
	else
		fs_who_cell(c, y, x, width, s, ui, r->p, col);
}

/* ---- detail ---- */

static void detail_path(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct fs_file_row *r)
{
	char path[FS_PATH_MAX];

	if (!fs_file_name(s, r, path, sizeof(path))) {
		pen_text(p, STYLE_DIM, "~");
		p->gap = 0;
	}
	pen_raw(p, STYLE_TITLE, path, strlen(path));
	p->gap = 2;
	pen_text(p, STYLE_VALUE, fs_type_word(r->type));
}

static void detail_where(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct fs_file_row *r)
{
	char name[200];

	fs_who_items(p, ui, r->p);
	if (!r->dev)
		return;
	snapshot_fs_name(s, r->dev, name, sizeof(name));
	pen_text(p, STYLE_METER_LABEL, "on");
	p->gap = 1;
	pen_raw(p, STYLE_VALUE, name, strlen(name));
	p->gap = 1;
	if (*r->fstype) {
		pen_text(p, STYLE_DIM, "(");
		p->gap = 0;
		pen_raw(p, STYLE_VALUE, r->fstype, strlen(r->fstype));
		pen_text(p, STYLE_DIM, ")");
	}
	p->gap = 2;
	pen_item(p, "inode", STYLE_VALUE, false, "%llu", (unsigned long long)r->ino);
}

static void direction_items(struct pen *p, const struct fs_file_row *r, int op)
{
	int64_t count = op == FS_OP_READ ? r->reads : r->writes, bytes = op == FS_OP_READ ? r->read_bytes : r->write_bytes;
	struct hist h = {.max_ns = r->max_of_ns[op] > 0 ? (uint64_t)r->max_of_ns[op] : 0};

	if (!count)
		return;
	for (int i = 0; i < HIST_SLOTS; i++)
		h.slots[i] = r->slots[op][i];
	pen_text(p, STYLE_METER_LABEL, fs_op_word((unsigned)op));
	p->gap = 1;
	pen_item(p, "p50", STYLE_VALUE, false, "%s", word_ns(hist_percentile_ns(&h, 500)));
	p->gap = 1;
	pen_item(p, "p99", STYLE_VALUE, false, "%s", word_ns(hist_percentile_ns(&h, 990)));
	p->gap = 1;
	pen_item(p, "max", STYLE_VALUE, false, "%s", word_ns(r->max_of_ns[op]));
	p->gap = 1;
	pen_item(p, "average", STYLE_VALUE, false, "%s", word_bytes(bytes / count));
	p->gap = 3;
}

static void detail_times(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct fs_file_row *r)
{
	direction_items(p, r, FS_OP_READ);
	direction_items(p, r, FS_OP_WRITE);
	if (!r->operations)
		pen_text(p, STYLE_DIM, s->m.interval_ns ? "neither read nor written in this time" : "after the first interval");
}

int fs_file_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	static void (*const parts[])(struct pen *p, const struct snapshot *s, const struct ui *ui,
				     const struct fs_file_row *r) = { detail_path, detail_where, detail_times };

	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		parts[i](&p, s, ui, row);
	}
	return lines < 3 ? lines : 3;
}

/* ---- keys, menu, words ---- */

void fs_file_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct fs_file_row *r = row;

	if (!r || ui->entered)
		return;
	if (r->p->pid == FIG_UNKNOWN)
		ui_status(ui, "processes that have ended have no page");
	else
		ui_enter_process(ui, proc_row_id(r->p), r->p);
}

void fs_file_choices(struct ui *ui, const struct snapshot *s)
{
	menu_add(ui, false, "regular files", "");
	menu_add(ui, true, "all types", "directories, devices, sockets, pipes and other descriptors, too");
	menu_at(ui, ui->fs.files.all);
}

void fs_file_choose(struct ui *ui, int64_t value, const char *text)
{
	ui->fs.files.all = value;
	ui->list_stale = true;
}

void fs_file_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	snprintf(buf, size, "%s", ui->fs.files.all ? "all types" : "");
}

void fs_file_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	bool known = s->fs_files && s->fs_files->status.state != FIG_NA;

	snprintf(buf, size, "%s%s%s", ui->fs.files.all ? "" : "regular (g)", known ? "\n" : "", known ? fs_unseen(s) : "");
}

const char *fs_file_empty(const struct snapshot *s, const struct ui *ui)
{
	const struct fs_files_snap *f = s->fs_files;

	if (f && f->status.state == FIG_NA)
		return f->status.reason;
	if (!s->m.tick.h.ts_ns)
		return NULL;
	return ui->fs.files.all ? "nothing was read or written in this time" :
				  "no regular file was read or written in this time; g shows all types";
}
