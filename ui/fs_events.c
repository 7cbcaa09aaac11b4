/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / events: single operations on files, as rows. */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "fs_events.h"
#include "fs_flags.h"
#include "logview.h"
#include "pen.h"
#include "syscalls.h"
#include "ui_priv.h"
#include "view_fs.h"

#define ROW(field) offsetof(struct fs_event_row, field)

const struct fig_status *fs_event_status(const struct snapshot *s)
{
	static const struct fig_status exact = { .state = FIG_EXACT };
	static const struct fig_status none = { .state = FIG_NA, .reason = "needs BPF: /proc tells nothing of single operations" };

	return s->m.host.flags & HOST_F_BPF ? &exact : &none;
}

/* clang-format off */
static const struct log_kind kinds[] = {
	[FS_EV_SLOW]   = { "slow",        "what takes the threshold (o), but for locks" },
	[FS_EV_OPEN]   = { "open",        "O  opens, those that fail (ENOENT) too" },
	[FS_EV_CREATE] = { "create",      "+  opens that made the file" },
	[FS_EV_CLOSE]  = { "close",       "C  every single one" },
	[FS_EV_READ]   = { "read",        "R  every single one" },
	[FS_EV_WRITE]  = { "write",       "W  every single one" },
	[FS_EV_STAT]   = { "stat",        "t  every single one: stat and its kin" },
	[FS_EV_SYNC]   = { "sync",        "F  fsync, fdatasync, msync, sync and their kin" },
	[FS_EV_DELETE] = { "delete",      "D  unlink, rmdir" },
	[FS_EV_RENAME] = { "rename",      ">" },
	[FS_EV_SHORT]  = { "short-lived", "D  deletes of what was seen made, with its age" },
	[FS_EV_MOUNT]  = { "mount",       "m  mount, move_mount" },
	[FS_EV_UMOUNT] = { "umount",      "u" },
	{ NULL, NULL },
};

const struct column fs_event_columns[] = {
	{ .key = "ts_ns", .alias = "ts", .title = "TIME", .unit = UNIT_NS, .width = 12, .weight = 80,
	  .flags = COL_LEFT | COL_UP | COL_CUSTOM, .off = ROW(ts_ns),
	  .help = "when it ended, by the wall clock. In files CLOCK_MONOTONIC as mono_ns" },
	{ .key = "comm", .title = "NAME", .unit = UNIT_TEXT, .width = 11, .weight = 90, .flags = COL_LEFT,
	  .help = "thread that did it" },
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .weight = 60, .off = ROW(pid),
	  .help = "number of that thread" },
	{ .key = "letter", .title = "E", .unit = UNIT_TEXT, .width = 1, .flags = COL_LEFT | COL_CUSTOM | COL_NO_WORDS,
	  .help = "what it was, in fatrace's letters: R read, W write, O open, + open that made the file, C close, D delete, > rename; "
		  "and F fsync or sync, t stat, m mount, u umount, . other" },
	{ .key = "call", .title = "CALL", .unit = UNIT_TEXT, .width = 10, .weight = 50, .flags = COL_LEFT,
	  .help = "system call; where that is not known the operation" },
	{ .key = "bytes", .title = "SIZE", .unit = UNIT_BYTES, .width = 5, .weight = 45, .off = ROW(bytes),
	  .help = "how much was read or written" },
	{ .key = "offset_bytes", .alias = "offset", .title = "OFFSET", .unit = UNIT_BYTES, .width = 6, .weight = 25, .off = ROW(offset),
	  .help = "where in the file it began" },
	{ .key = "latency_ns", .alias = "latency", .title = "LAT", .unit = UNIT_NS, .width = 6, .weight = 95, .off = ROW(ns),
	  .status = fs_event_status, .help = "how long the call took" },
	{ .key = "age_ns", .alias = "age", .title = "AGE", .unit = UNIT_NS, .width = 6, .weight = 40, .flags = COL_CUSTOM,
	  .off = ROW(age_ns), .status = fs_event_status,
	  .help = "deleted: how old the file was, where it was made since the probes started. ~: which file it was is told by its name" },
	{ .key = "result", .title = "RESULT", .unit = UNIT_TEXT, .width = 7, .weight = 85, .flags = COL_LEFT | COL_CUSTOM,
	  .help = "ok, or the name of the error" },
	{ .key = "flags", .title = "FLAGS", .unit = UNIT_TEXT, .width = 18, .weight = 20, .flags = COL_LEFT | COL_NO_WORDS,
	  .help = "of open, stat, unlink, rename, sync_file_range, msync, mount, umount: as the manual pages name them" },
	{ .key = "path", .alias = "file", .title = "PATH", .unit = UNIT_TEXT, .width = 28, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "the whole path; ~ before it: within its filesystem, which is not mounted in our namespace; ...: its end. Where no file "
		  "was open (it failed, delete, rename, stat) an absolute path is as the program gave it. Mounts: the call" },

	{ .key = "time", .title = "CLOCK", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "when it ended, UTC" },
	{ .key = "started_ns", .title = "STARTED", .unit = UNIT_NS, .flags = COL_NO_SCREEN | COL_UP, .off = ROW(began_ns),
	  .status = fs_event_status, .help = "when it began, CLOCK_MONOTONIC" },
	{ .key = "kind", .title = "KIND", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN | COL_NO_WORDS,
	  .help = "open, create, close, read, write, stat, sync, delete, rename, mount, umount; other" },
	{ .key = "why", .title = "WHY", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN | COL_NO_WORDS,
	  .help = "slow (over the threshold), short-lived, failed" },
	{ .key = "op", .title = "OP", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN | COL_NO_WORDS, .help = "operation, as the view operations names it" },
	{ .key = "tgid", .title = "PROCESS", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(tgid), .help = "process of the thread" },
	{ .key = "error", .title = "ERROR", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(error), .help = "errno; 0: none" },
	{ .key = "fd", .title = "FD", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(fd), .help = "descriptor, of open the new one" },
	{ .key = "path2", .title = "PATH2", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN,
	  .help = "rename: the new name; mount: where it is mounted (path: its source)" },
	{ .key = "whole", .title = "WHOLE", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN,
	  .help = "yes: path is the whole one; no: cut, or within a filesystem of another namespace; null: as the program gave it" },
	{ .key = "type", .title = "T", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN | COL_NO_WORDS, .help = "type of the file, where one was open" },
	{ .key = "fstype", .title = "FSTYPE", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "type of the filesystem, where known" },
	{ .key = "filesystem", .alias = "fs", .title = "FILESYSTEM", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN,
	  .help = "where the filesystem is mounted, where known" },
	{ .key = "ino", .title = "INODE", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(ino), .help = "inode, where known" },
	{ .key = "inferred", .title = "INFERRED", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN | COL_NO_WORDS,
	  .help = "yes: of which age the deleted file was is told by its name" },
	{ .key = "mntns", .title = "MNTNS", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(mntns),
	  .help = "mount, umount: number of the mount namespace" },
	{ .key = NULL },
};
/* clang-format on */

int fs_event_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->fs_events ? s->fs_events->rows : NULL;
	return s->fs_events ? s->fs_events->nr : 0;
}

/* Each event once: those of the interval, under --total all that there was room for. */
int fs_event_rows_file(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	int from;

	if (!s->fs_events)
		return 0;
	from = s->m.total ? 0 : s->fs_events->new_from;
	*ret_rows = s->fs_events->rows + from;
	return s->fs_events->nr - from;
}

uint64_t fs_event_omitted(const struct snapshot *s)
{
	const struct fs_events_snap *e = s->fs_events;

	if (!e)
		return 0;
	return s->m.total ? e->dropped_all + e->scrolled_all : e->dropped;
}

struct row_id fs_event_row_id(const void *row)
{
	const struct fs_event_row *r = row;

	return (struct row_id){ .a = r->log.seq, .b = UINT64_MAX };
}

struct log_subject fs_event_subject(const struct fs_event_row *r)
{
	return (struct log_subject){ .pid = r->pid, .tgid = r->tgid, .uid = FIG_UNKNOWN, .start_ns = r->start_ns,
				     .ts_ns = r->began_ns != FIG_UNKNOWN ? r->began_ns : r->ts_ns,
				     .kthread = r->flags & FS_F_KTHREAD };
}

bool fs_event_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct fs_event_row *r = row;
	const struct log_ui *l = logview_ui(ui);
	struct log_subject who = fs_event_subject(r);

	if (!(fs_event_kinds(r) & ~l->hidden) || (l->failed && !r->error) || !fs_dev_shown(ui, r->dev))
		return false;
	if (ui->entered)
		return r->tgid == ui->entered_pid && (!r->start_ns || r->start_ns == ui->entered_id.b);
	return logview_shown(s, ui, &who);
}

enum style fs_event_style(const struct ui *ui, const void *row)
{
	const struct fs_event_row *r = row;

	if (tags_has(ui, fs_event_row_id(r)))
		return STYLE_TAGGED;
	if (r->flags & FS_F_SLOW)
		return STYLE_DISK;
	if (r->kind == FS_EV_MOUNT || r->kind == FS_EV_UMOUNT)
		return STYLE_METER_MID;
	return r->error ? STYLE_DIM : STYLE_TEXT;
}

const char *fs_event_call(const struct snapshot *s, const struct fs_event_row *r)
{
	const char *name = NULL;

	if (r->nr <= UINT16_MAX)
		name = call_name(call_abi_of(s->m.host.machine, 0), (uint16_t)r->nr);
	return name ? name : fs_op_word(r->op);
}

size_t fs_event_flags(const struct snapshot *s, const struct fs_event_row *r, char *buf, size_t size)
{
	return fs_flags_words(buf, size, r->op, fs_event_call(s, r), s->m.host.machine, r->oflags);
}

const char *fs_event_result(const struct fs_event_row *r, char *buf, size_t size)
{
	const char *name;

	if (!r->error)
		return "ok";
	name = errno_name((uint32_t)r->error);
	snprintf(buf, size, "error %lld", (long long)r->error);
	return name ? name : buf;
}

/* A path that begins with a slash where mnt_id is not known may be the caller's, too: then as it gave it. */
static enum fs_whole whole_path(const struct snapshot *s, const struct fs_event_row *r, const char *path, size_t len,
				char *buf, size_t size)
{
	bool whole, given = r->mnt_id == 0 && (r->ino == FIG_UNKNOWN || r->kind == FS_EV_DELETE || r->kind == FS_EV_RENAME);

	if (given || !len || r->flags & FS_F_CUT) {
		snprintf(buf, size, "%.*s", (int)len, path);
		return given || !len ? FS_AS_GIVEN : FS_PART;
	}
	whole = snapshot_fs_path(s, r->mnt_id, r->dev, path, len, buf, size);
	return whole ? FS_WHOLE : FS_PART;
}

enum fs_whole fs_event_path_text(const struct snapshot *s, const struct fs_event_row *r, char *buf, size_t size)
{
	size_t len;
	const char *path = fs_event_path(s->fs_events, r, &len);

	if (r->kind == FS_EV_MOUNT) {
		snprintf(buf, size, "%.*s", (int)len, path);
		return FS_AS_GIVEN;
	}
	return whole_path(s, r, path, len, buf, size);
}

const char *fs_event_path_mark(const struct fs_event_row *r, enum fs_whole whole, const char *path)
{
	if (r->flags & FS_F_CUT) /* where the filesystem tells it a name begins it */
		return whole == FS_PART && *path != '/' ? ".../" : "...";
	return whole == FS_PART ? "~" : "";
}

enum fs_whole fs_event_path2_text(const struct snapshot *s, const struct fs_event_row *r, char *buf, size_t size)
{
	size_t len;
	const char *path = fs_event_path2(s->fs_events, r, &len);

	return whole_path(s, r, path, len, buf, size);
}

static void quote(const char *raw, char *buf, size_t size)
{
	snprintf(buf, size, *raw ? "\"%s\"" : "NULL", raw);
}

void fs_event_mount_call(const struct snapshot *s, const struct fs_event_row *r, char *buf, size_t size)
{
	char source[320], point[320], type[FS_TYPE_BYTES + 3], flags[400], result[24], raw[320 - 2];
	size_t len;

	fs_event_path_text(s, r, raw, sizeof(raw));
	quote(raw, source, sizeof(source));
	fs_event_path2_text(s, r, raw, sizeof(raw));
	quote(raw, point, sizeof(point));
	snprintf(raw, sizeof(raw), "%.*s", (int)sizeof(r->fstype), r->fstype);
	quote(raw, type, sizeof(type));
	if (!fs_event_flags(s, r, flags, sizeof(flags)))
		strcpy(flags, "0");
	if (r->kind == FS_EV_UMOUNT)
		snprintf(buf, size, "%s(%s, %s) = ", fs_event_call(s, r), source, flags);
	else
		snprintf(buf, size, "%s(%s, %s, %s, %s) = ", fs_event_call(s, r), source, point, type, flags);
	len = strlen(buf);
	if (r->error)
		snprintf(buf + len, size - len, "-%s", fs_event_result(r, result, sizeof(result)));
	else
		snprintf(buf + len, size - len, "0");
}

/* As the column shows it; ~ and ... mark what is not the whole path. */
static void path_line(const struct snapshot *s, const struct fs_event_row *r, char *buf, size_t size)
{
	char path[FS_EVENT_LINE_MAX / 2], path2[FS_EVENT_LINE_MAX / 2];
	enum fs_whole whole;
	size_t len;

	if (r->kind == FS_EV_MOUNT || r->kind == FS_EV_UMOUNT) {
		fs_event_mount_call(s, r, buf, size);
		return;
	}
	whole = fs_event_path_text(s, r, path, sizeof(path));
	snprintf(buf, size, "%s%s", fs_event_path_mark(r, whole, path), path);
	len = strlen(buf);
	fs_event_path2_text(s, r, path2, sizeof(path2));
	if (*path2)
		snprintf(buf + len, size - len, " -> %s", path2);
}

char fs_event_row_letter(const struct fs_event_row *r)
{
	return r->kind == FS_EV_SLOW ? '.' : fs_event_letter(r->kind);
}

static const char *why_text(const struct fs_event_row *r, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", r->flags & FS_F_SLOW ? " slow" : "",
		 r->event == FS_EV_SHORT ? " short-lived" : "", r->error ? " failed" : "");
	return *buf ? buf + 1 : NULL;
}

static const char *whole_text(enum fs_whole whole)
{
	return whole == FS_AS_GIVEN ? NULL : whole == FS_WHOLE ? "yes" : "no";
}

/* Text that is the same in every row of a kind; NULL: none, or another key. */
static const char *word_text(const struct snapshot *s, const struct fs_event_row *r, const char *key)
{
	if (!strcmp(key, "call"))
		return fs_event_call(s, r);
	if (!strcmp(key, "kind"))
		return r->kind == FS_EV_SLOW ? "other" : fs_event_word(r->kind);
	if (!strcmp(key, "op"))
		return fs_op_word(r->op);
	if (!strcmp(key, "type"))
		return r->ino != FIG_UNKNOWN ? fs_type_word(r->type) : NULL;
	return !strcmp(key, "inferred") && r->flags & FS_F_INFERRED ? "yes" : NULL;
}

/* Text that is made for each row; NULL: none, or another key. */
static const char *made_text(const struct snapshot *s, const struct fs_event_row *r, const char *key, char *buf,
			     size_t size)
{
	if (!strcmp(key, "letter")) {
		snprintf(buf, size, "%c", fs_event_row_letter(r));
		return buf;
	}
	if (!strcmp(key, "flags"))
		return fs_event_flags(s, r, buf, size) ? buf : NULL;
	if (!strcmp(key, "why"))
		return why_text(r, buf, size);
	if (!strcmp(key, "whole"))
		return whole_text(fs_event_path_text(s, r, buf, size));
	if (!strcmp(key, "result"))
		return fs_event_result(r, buf, size);
	if (!strcmp(key, "filesystem") && r->dev)
		return snapshot_fs_name(s, r->dev, buf, size);
	if (!strcmp(key, "time")) {
		fmt_iso(buf, size, logview_real_ns(s, r->ts_ns));
		return buf;
	}
	if (!strcmp(key, "path")) {
		fs_event_path_text(s, r, buf, size);
		return *buf ? buf : NULL;
	}
	if (!strcmp(key, "path2")) {
		fs_event_path2_text(s, r, buf, size);
		return *buf ? buf : NULL;
	}
	return NULL;
}

const char *fs_event_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			  char *buf, size_t size, size_t *ret_len)
{
	const struct fs_event_row *r = row;
	const char *text = NULL;

	*ret_len = 0;
	if (!strcmp(col->key, "comm")) {
		*ret_len = strnlen(r->comm, sizeof(r->comm));
		text = r->comm;
	} else if (!strcmp(col->key, "fstype")) {
		*ret_len = strnlen(r->fstype, sizeof(r->fstype));
		text = r->fstype;
	} else {
		text = word_text(s, r, col->key);
		text = text ? text : made_text(s, r, col->key, buf, size);
		*ret_len = text ? strlen(text) : 0;
	}
	return *ret_len ? text : NULL;
}

/* Of a long path the end is what tells, of a call the beginning. */
static void cell_path(struct canvas *c, int y, int x, int width, enum style style, const struct snapshot *s,
		      const struct fs_event_row *r)
{
	char raw[FS_EVENT_LINE_MAX], text[4 * FS_EVENT_LINE_MAX];
	bool call = r->kind == FS_EV_MOUNT || r->kind == FS_EV_UMOUNT;
	int cols, skip = 0;

	path_line(s, r, raw, sizeof(raw));
	if (!*raw) {
		canvas_text(c, y, x, width, STYLE_DIM, "-");
		return;
	}
	esc_text(text, sizeof(text), raw, strlen(raw), c->ascii);
	if (!call && utf8_columns(text) > width && width > 4) {
		canvas_text(c, y, x, 2, STYLE_DIM, "..");
		x += 2;
		width -= 2;
	}
	for (cols = utf8_columns(text); !call && cols > width && text[skip]; cols = utf8_columns(text + skip))
		for (skip++; (text[skip] & 0xc0) == 0x80; skip++)
			;
	canvas_text(c, y, x, width, style, text + skip);
}

static void cell_age(struct canvas *c, int y, int x, int width, const struct fs_event_row *r)
{
	char text[FMT_MAX + 1] = "~";

	if (r->age_ns == FIG_UNKNOWN)
		return;
	fmt_ns(text + 1, sizeof(text) - 1, r->age_ns);
	canvas_right(c, y, x, width, STYLE_VALUE, r->flags & FS_F_INFERRED ? text : text + 1);
}

void fs_event_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		   const void *row, const struct column *col)
{
	enum style style = fs_event_style(ui, row);
	const struct fs_event_row *r = row;
	char buf[24];

	if (!strcmp(col->key, "path")) {
		cell_path(c, y, x, width, style, s, r);
	} else if (!strcmp(col->key, "letter")) {
		canvas_printf(c, y, x, width, STYLE_KEY, "%c", fs_event_row_letter(r));
	} else if (!strcmp(col->key, "age_ns")) {
		cell_age(c, y, x, width, r);
	} else if (!strcmp(col->key, "result")) {
		canvas_text(c, y, x, width, r->error ? STYLE_METER_HIGH : STYLE_DIM,
			    fs_event_result(r, buf, sizeof(buf)));
	} else {
		logview_time_cell(c, y, x, width, STYLE_DIM, s, r->ts_ns);
	}
}

void fs_event_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	struct log_subject who;

	if (!row)
		return;
	who = fs_event_subject(row);
	logview_enter(ui, s, &who, "this operation belongs to no process");
}

static uint64_t slow_ns(const struct snapshot *s)
{
	return s->fs_slow_ns;
}

const struct log_spec fs_event_log = { .kinds = kinds, .subject = "Operations on files", .slow_ns = slow_ns,
					.hidden = FS_EV_MANY };
