/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / mounts: what is mounted where, how full it is, and what hangs. */
#include "fs_mounts_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "marks.h"
#include "pen.h"
#include "snap_fs_mounts.h"
#include "syscalls.h"
#include "ui_priv.h"
#include "view_fs.h"

int fs_mount_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->fs_mounts ? s->fs_mounts->rows : NULL;
	return s->fs_mounts ? s->fs_mounts->rows_nr : 0;
}

struct row_id fs_mount_row_id(const void *row)
{
	return (struct row_id){ .a = UINT64_MAX, .b = ((const struct fs_mount_row *)row)->m.mnt_id };
}

/* What df lists: each filesystem once, and none without blocks; and all that is in trouble. */
static bool is_listed(const struct fs_mount_row *r)
{
	if (r->m.flags & FS_MOUNT_F_HIDDEN)
		return false;
	if (r->state != FS_USAGE_OK)
		return true;
	return r->main && (r->asked ? r->size_bytes != 0 : !(r->m.flags & FS_MOUNT_F_PSEUDO));
}

bool fs_mount_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct fs_mount_row *r = row;

	if (ui->fs.dev.dev != FS_ALL)
		return r->m.dev == ui->fs.dev.dev;
	return ui->fs.mounts.all || is_listed(r);
}

enum style fs_mount_style(const struct ui *ui, const void *row)
{
	const struct fs_mount_row *r = row;

	if (r->state == FS_USAGE_HUNG)
		return STYLE_ALERT;
	return r->m.flags & FS_MOUNT_F_HIDDEN || !r->main ? STYLE_DIM : STYLE_TEXT;
}

static const char *flag_letters(const struct fs_mount_row *r, char *buf)
{
	static const struct { uint32_t flag; char letter; } letters[] = {
		{ FS_MOUNT_F_READ_ONLY, 'r' }, { FS_MOUNT_F_BIND, 'b' }, { FS_MOUNT_F_NETWORK, 'n' },
		{ FS_MOUNT_F_PSEUDO, 'p' }, { FS_MOUNT_F_HIDDEN, 'h' },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (r->m.flags & letters[i].flag)
			buf[n++] = letters[i].letter;
	buf[n] = '\0';
	return buf;
}

/* "rsync(812) ls(99)" as they are told: raw. */
static const char *waiting(const struct snapshot *s, const struct fs_mount_row *r, char *buf, size_t size)
{
	const struct fs_waiter_rec *w;
	int nr = snapshot_fs_waiters(s, r->m.mnt_id, &w);
	size_t len = 0;

	*buf = '\0';
	for (int i = 0; i < nr && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%.*s(%u)", i ? " " : "",
					(int)strnlen(w[i].comm, sizeof(w[i].comm)), w[i].comm, w[i].pid);
	return buf;
}

const char *fs_mount_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			  char *buf, size_t size, size_t *ret_len)
{
	const struct fs_mount_row *r = row;
	const char *text = NULL;

	if (!strcmp(col->key, "source"))
		text = r->m.source;
	else if (!strcmp(col->key, "fstype"))
		text = r->m.fstype;
	else if (!strcmp(col->key, "mount"))
		text = r->m.point;
	else if (!strcmp(col->key, "options"))
		text = r->m.options;
	else if (!strcmp(col->key, "root"))
		text = r->m.root;
	else if (!strcmp(col->key, "flags"))
		text = flag_letters(r, buf);
	else if (!strcmp(col->key, "state"))
		text = fs_mount_state(r, buf, size);
	else if (!strcmp(col->key, "waiting"))
		text = waiting(s, r, buf, size);
	*ret_len = text ? strlen(text) : 0;
	return *ret_len || !strcmp(col->key, "flags") ? text : NULL; /* no flags are no unknown ones */
}

/* What cannot be written to may be as full as it likes. */
static bool is_marked(const struct column *col, const struct fs_mount_row *r)
{
	return !(r->m.flags & FS_MOUNT_F_READ_ONLY) && mark_column(col->key, view_figure(col, r));
}

static void state_cell(struct canvas *c, int y, int x, int width, const struct fs_mount_row *r)
{
	char text[40];

	if (r->state == FS_USAGE_OK && r->asked)
		return;
	fs_mount_state(r, text, sizeof(text));
	if (r->state == FS_USAGE_HUNG)
		snprintf(text, sizeof(text), "HUNG %s", word_ns(r->hung_ns));
	canvas_text(c, y, x, width, r->state == FS_USAGE_HUNG ? STYLE_ALERT : r->error ? STYLE_MARK : STYLE_DIM, text);
}

void fs_mount_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		   const void *row, const struct column *col)
{
	const struct fs_mount_row *r = row;

	if (!strcmp(col->key, "state"))
		state_cell(c, y, x, width, r);
	else
		cell_value(c, y, x, width, fs_mount_style(ui, row) == STYLE_DIM ? STYLE_DIM : STYLE_TEXT, col, s,
			   view_value(col, s, row), is_marked(col, r));
}

/* ---- the selected row ---- */

static void detail_what(struct pen *p, const struct snapshot *s, const struct fs_mount_row *r)
{
	pen_raw(p, STYLE_TITLE, r->m.point, strlen(r->m.point));
	p->gap = 2;
	pen_raw(p, STYLE_VALUE, r->m.fstype, strlen(r->m.fstype));
	if (*r->m.source) {
		pen_text(p, STYLE_TEXT, " from ");
		pen_raw(p, STYLE_VALUE, r->m.source, strlen(r->m.source));
	}
	if (strcmp(r->m.root, "/") != 0) {
		pen_text(p, STYLE_TEXT, ", of it ");
		pen_raw(p, STYLE_VALUE, r->m.root, strlen(r->m.root));
	}
	p->gap = 2;
	pen_raw(p, STYLE_DIM, r->m.options, strlen(r->m.options));
}

static void detail_figures(struct pen *p, const struct snapshot *s, const struct fs_mount_row *r)
{
	if (r->size_bytes == FIG_UNKNOWN) {
		pen_item(p, "size", STYLE_DIM, false, "%s",
			 r->m.flags & FS_MOUNT_F_HIDDEN ? "n/a: another mount lies over it, no path leads there"
			 : !strcmp(r->m.fstype, "autofs") ? "n/a: not asked, that would mount something"
			 : r->state == FS_USAGE_HUNG	 ? "n/a: it does not answer"
			 : r->error			 ? strerror(r->error)
							 : "not known yet");
		return;
	}
	pen_item(p, "size", STYLE_VALUE, false, "%s", word_bytes(r->size_bytes));
	pen_item(p, "used", STYLE_VALUE, is_marked(&fs_mount_columns[0], r), "%s", word_bytes(r->used_bytes));
	pen_item(p, "available", STYLE_VALUE, false, "%s", word_bytes(r->avail_bytes));
	if (r->free_bytes > r->avail_bytes)
		pen_item(p, "kept for root", STYLE_VALUE, false, "%s", word_bytes(r->free_bytes - r->avail_bytes));
	if (r->inodes != FIG_UNKNOWN)
		pen_item(p, "inodes", STYLE_VALUE, false, "%" PRId64 " of %" PRId64 " in use", r->inodes_used, r->inodes);
	else
		pen_item(p, "inodes", STYLE_DIM, false, "as they are needed");
	if (r->size_bytes > 0 && r->age_ns > 15000000000) /* it is not asked any more: too many others hang */
		pen_item(p, "as of", STYLE_MARK, false, "%s ago", word_ns(r->age_ns));
}

/* One thread that waits: who, in which call, on what. */
static bool item_waiter(struct pen *p, const struct snapshot *s, const struct fs_waiter_rec *w)
{
	const char *call = w->nr > UINT16_MAX ? NULL : call_name(call_abi_of(s->m.host.machine, 0), (uint16_t)w->nr);
	char name[80], path[4 * sizeof(w->path)];

	esc_comm(name, sizeof(name), w->comm, sizeof(w->comm), p->c->ascii);
	esc_comm(path, sizeof(path), w->path, sizeof(w->path), p->c->ascii);
	return pen_item(p, "", STYLE_VALUE, false, "%s(%u) %s %s", name, w->pid, call ? call : "", path);
}

static void detail_trouble(struct pen *p, const struct snapshot *s, const struct fs_mount_row *r)
{
	const struct fs_waiter_rec *w;
	int nr = snapshot_fs_waiters(s, r->m.mnt_id, &w);

	if (r->state != FS_USAGE_HUNG)
		return;
	pen_item(p, "", STYLE_ALERT, false, "HUNG for %s", word_ns(r->hung_ns));
	p->gap = 2;
	pen_text(p, STYLE_TEXT, nr ? "waiting:" : "nobody was found waiting on it");
	p->gap = 1;
	for (int i = 0; i < nr && item_waiter(p, s, &w[i]); i++)
		;
}

int fs_mount_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	static void (*const parts[])(struct pen *p, const struct snapshot *s, const struct fs_mount_row *r) = {
		detail_what, detail_figures, detail_trouble,
	};

	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		parts[i](&p, s, row);
	}
	return lines < 3 ? lines : 3;
}

/* ---- keys and words ---- */

void fs_mount_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct fs_mount_row *r = row;

	if (!r)
		return;
	if (ui->fs.dev.dev != FS_ALL) {
		ui_status(ui, "Tab goes through the views of this filesystem, Esc back to all of them");
		return;
	}
	rows_select(ui, s, ui_state(ui)->cursor);
	fs_dev_enter(ui, r->m.dev, r->m.point);
}

bool fs_mount_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret)
{
	struct fs_mounts_ui *m = &ui->fs.mounts;

	if (act != ACT_ALL)
		return false;
	m->all = !m->all;
	ui_status(ui, m->all ? "all mounts" : "each filesystem once, those with blocks, and what hangs");
	ui_mode_changed(ui);
	return true;
}

void fs_mount_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	int left_out = 0;

	*buf = '\0';
	for (int i = 0; s->fs_mounts && i < s->fs_mounts->rows_nr; i++)
		left_out += !is_listed(&s->fs_mounts->rows[i]);
	if (ui->fs.dev.dev == FS_ALL && !ui->fs.mounts.all && left_out)
		snprintf(buf, size, "%d more (* shows)", left_out);
}

const char *fs_mount_empty(const struct snapshot *s, const struct ui *ui)
{
	return "mounts are not known yet: with the next interval";
}

void fs_hung_before(const struct snapshot *s, bool ascii, char *buf, size_t size)
{
	const struct fs_mount_row *r = s->fs_mounts ? s->fs_mounts->hung : NULL;
	char point[4 * sizeof(r->m.point)], words[sizeof(point) + 32];
	size_t len, room;

	if (!r)
		return;
	esc_text(point, sizeof(point), r->m.point, strlen(r->m.point), ascii);
	len = (size_t)snprintf(words, sizeof(words), "mount %s HUNG %s; ", point, word_ns(r->hung_ns));
	if (len >= size)
		return;
	room = size - len;
	memmove(buf + len, buf, strnlen(buf, room - 1) + 1);
	memcpy(buf, words, len);
	buf[size - 1] = '\0';
}

bool fs_hung_alert(const struct snapshot *s, bool ascii, char *buf, size_t size)
{
	const struct fs_mount_row *r = s->fs_mounts ? s->fs_mounts->hung : NULL;
	char point[4 * sizeof(r->m.point)], type[4 * sizeof(r->m.fstype)], who[256], waits[600];
	int len;

	if (!r)
		return false;
	esc_text(point, sizeof(point), r->m.point, strlen(r->m.point), ascii);
	esc_text(type, sizeof(type), r->m.fstype, strlen(r->m.fstype), ascii);
	len = snprintf(buf, size, "mount %s (%s) HUNG for %s", point, type, word_ns(r->hung_ns));
	if (s->fs_mounts->hung_nr > 1 && len > 0 && (size_t)len < size)
		len += snprintf(buf + len, size - (size_t)len, ", %d more hang", s->fs_mounts->hung_nr - 1);
	waiting(s, r, who, sizeof(who));
	esc_text(waits, sizeof(waits), who, strlen(who), ascii);
	if (*waits && len > 0 && (size_t)len < size)
		snprintf(buf + len, size - (size_t)len, "; waiting: %s", waits);
	return true;
}
