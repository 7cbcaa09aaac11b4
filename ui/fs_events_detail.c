/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / events: the selected event in words, and what is to be known of the log. */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fs_events.h"
#include "pen.h"
#include "ui_priv.h"
#include "view_fs.h"

/* What it did to what, as a sentence: "wrote 4.0K at 1.0M". */
/* clang-format off */
static const char *verb(const struct fs_event_row *r)
{
	static const char *const done[FS_OP_NR] = {
		[FS_OP_READ] = "read",	     [FS_OP_WRITE] = "wrote",	    [FS_OP_OPEN] = "opened",
		[FS_OP_CREATE] = "made and opened", [FS_OP_CLOSE] = "closed", [FS_OP_FSYNC] = "waited until it was on the device",
		[FS_OP_SYNC] = "waited until all was on the device", [FS_OP_GETATTR] = "asked for its attributes",
		[FS_OP_SETATTR] = "changed its attributes", [FS_OP_READDIR] = "listed the directory",
		[FS_OP_LOOKUP] = "looked it up", [FS_OP_UNLINK] = "deleted", [FS_OP_RENAME] = "renamed",
		[FS_OP_MKDIR] = "made the directory", [FS_OP_RMDIR] = "removed the directory", [FS_OP_LINK] = "made the link",
		[FS_OP_MKNOD] = "made the node", [FS_OP_TRUNCATE] = "cut it to a length", [FS_OP_FALLOCATE] = "reserved its space",
		[FS_OP_XATTR] = "extended attributes", [FS_OP_STATFS] = "asked for the filesystem's use",
		[FS_OP_LOCK] = "locked it", [FS_OP_MOUNT] = "mounted", [FS_OP_UMOUNT] = "unmounted",
	};
	static const char *const tried[FS_OP_NR] = {
		[FS_OP_READ] = "could not read",  [FS_OP_WRITE] = "could not write", [FS_OP_OPEN] = "could not open",
		[FS_OP_CREATE] = "could not make", [FS_OP_FSYNC] = "could not sync", [FS_OP_SYNC] = "could not sync",
		[FS_OP_GETATTR] = "could not stat", [FS_OP_UNLINK] = "could not delete", [FS_OP_RENAME] = "could not rename",
		[FS_OP_RMDIR] = "could not remove the directory", [FS_OP_MOUNT] = "could not mount",
		[FS_OP_UMOUNT] = "could not unmount",
	};
	unsigned op = r->op % FS_OP_NR;

	if (r->error)
		return tried[op] ? tried[op] : "failed in";
	return done[op];
}
/* clang-format on */

static void put_amount(struct pen *p, const struct fs_event_row *r)
{
	if (r->bytes != FIG_UNKNOWN && !r->error)
		pen_item(p, "", STYLE_VALUE, false, "%s%s", word_bytes(r->bytes),
			 !r->bytes && r->op == FS_OP_READ ? ": the end" : "");
	if (r->offset != FIG_UNKNOWN)
		pen_item(p, "at", STYLE_VALUE, false, "%lld", (long long)r->offset);
	if (r->flags & FS_F_DIRECT)
		pen_item(p, "", STYLE_VALUE, false, "past the cache (O_DIRECT)");
}

/* Who did what, how long it took, how it ended. */
static void detail_what(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct fs_event_row *r)
{
	char who[80], result[24];

	esc_comm(who, sizeof(who), r->comm, sizeof(r->comm), p->c->ascii);
	if (r->pid != r->tgid)
		pen_item(p, "", STYLE_TITLE, false, "%s (%lld of %lld)", who, (long long)r->pid, (long long)r->tgid);
	else
		pen_item(p, "", STYLE_TITLE, false, "%s (%lld)", who, (long long)r->pid);
	pen_item(p, "", fs_event_style(ui, r), false, "%s", verb(r));
	if (r->error)
		pen_item(p, "", STYLE_METER_HIGH, false, "%s", fs_event_result(r, result, sizeof(result)));
	put_amount(p, r);
	if (r->ns != FIG_UNKNOWN)
		pen_item(p, "in", STYLE_VALUE, false, "%s%s", word_ns(r->ns), r->flags & FS_F_SLOW ? ", slow" : "");
	if (r->age_ns != FIG_UNKNOWN)
		pen_item(p, "it was", STYLE_VALUE, false, "%s old%s", word_ns(r->age_ns),
			 r->flags & FS_F_INFERRED ? ", told by its name" : "");
}

static void put_filesystem(struct pen *p, const struct snapshot *s, const struct fs_event_row *r)
{
	char name[96], text[200], type[4 * FS_TYPE_BYTES + 1];

	if (!r->dev)
		return;
	snapshot_fs_name(s, r->dev, name, sizeof(name));
	esc_text(text, sizeof(text), name, strlen(name), p->c->ascii);
	esc_comm(type, sizeof(type), r->fstype, sizeof(r->fstype), p->c->ascii);
	pen_item(p, "on", STYLE_VALUE, false, "%s%s%s", text, *type ? " " : "", type);
}

/* The path, and what it is if not the whole one. */
static void detail_path(struct pen *p, const struct snapshot *s, const struct fs_event_row *r)
{
	char raw[FS_EVENT_LINE_MAX], text[4 * FS_EVENT_LINE_MAX];
	enum fs_whole whole = fs_event_path_text(s, r, raw, sizeof(raw));
	bool relative = *raw && *raw != '/';

	if (*raw) {
		esc_text(text, sizeof(text), raw, strlen(raw), p->c->ascii);
		pen_item(p, "path", STYLE_VALUE, false, "%s%s", fs_event_path_mark(r, whole, raw), text);
	}
	fs_event_path2_text(s, r, raw, sizeof(raw));
	if (*raw) {
		esc_text(text, sizeof(text), raw, strlen(raw), p->c->ascii);
		pen_item(p, "to", STYLE_VALUE, false, "%s", text);
	}
	if (r->flags & FS_F_CUT)
		pen_item(p, "", STYLE_DIM, false, "(longer: its end)");
	else if (whole == FS_PART)
		pen_item(p, "", STYLE_DIM, false, "(within its filesystem: mounted elsewhere)");
	else if (whole == FS_AS_GIVEN && relative)
		pen_item(p, "", STYLE_DIM, false, "(as the program gave it)");
	put_filesystem(p, s, r);
}

/* A mount or umount as mountsnoop prints it. */
static void detail_mount(struct pen *p, const struct snapshot *s, const struct fs_event_row *r)
{
	char raw[FS_EVENT_LINE_MAX];

	fs_event_mount_call(s, r, raw, sizeof(raw));
	pen_raw(p, STYLE_VALUE, raw, strlen(raw));
}

/* The call, its flags; then the log itself. */
static void detail_call(struct pen *p, const struct snapshot *s, const struct fs_event_row *r)
{
	struct log_subject who = fs_event_subject(r);
	char flags[400];

	pen_item(p, "call", STYLE_VALUE, false, "%s", fs_event_call(s, r));
	if (fs_event_flags(s, r, flags, sizeof(flags)))
		pen_item(p, "", STYLE_VALUE, false, "%s", flags);
	if (r->fd != FIG_UNKNOWN)
		pen_item(p, "descriptor", STYLE_VALUE, false, "%lld", (long long)r->fd);
	if (r->mntns != FIG_UNKNOWN)
		pen_item(p, "mount namespace", STYLE_VALUE, false, "%lld", (long long)r->mntns);
	if (s->fs_events->dropped_all || s->lost[PANE_FS].full)
		pen_item(p, "lost", STYLE_ALERT, false, "%llu in the ring, %llu for want of room",
			 (unsigned long long)s->lost[PANE_FS].full, (unsigned long long)s->fs_events->dropped_all);
	pen_item(p, "", STYLE_DIM, false, "%s", logview_process(s, &who) ? "Enter: its page" : "has ended");
}

static bool is_mount(const struct fs_event_row *r)
{
	return r->kind == FS_EV_MOUNT || r->kind == FS_EV_UMOUNT;
}

int fs_event_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		if (i == 0)
			detail_what(&p, s, ui, row);
		else if (i == 1 && is_mount(row))
			detail_mount(&p, s, row);
		else if (i == 1)
			detail_path(&p, s, row);
		else
			detail_call(&p, s, row);
	}
	return lines < 3 ? lines : 3;
}

/* What is missing comes first: a narrow screen cuts the end. */
void fs_event_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	const struct fs_events_snap *e = s->fs_events;
	char text[32];

	*buf = '\0';
	if (!e)
		return;
	if (s->lost[PANE_FS].full + e->dropped_all) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)(s->lost[PANE_FS].full + e->dropped_all));
		logview_note_add(buf, size, "lost ", text);
	}
	if (logview_ui(ui)->failed)
		logview_note_add(buf, size, "failures", "");
	if (fs_event_status(s)->state == FIG_NA) {
		logview_note_add(buf, size, "needs BPF", "");
		return;
	}
	logview_note_add(buf, size, "slow from ", word_ns((int64_t)s->fs_slow_ns));
	logview_note_hidden(ui, buf, size);
}

/* What would stand here. */
const char *fs_event_empty(const struct snapshot *s, const struct ui *ui)
{
	static char text[200];

	if (!s->fs_events || !s->m.tick.h.ts_ns)
		return NULL;
	if (fs_event_status(s)->state == FIG_NA)
		return fs_event_status(s)->reason;
	if (logview_filtered(s, ui))
		return logview_filtered(s, ui);
	if (logview_ui(ui)->failed)
		return "no operation has failed: x shows the others";
	if (ui->list.all_nr && !ui->entered && ui->fs.dev.dev == FS_ALL && !ui->pids_nr)
		return NULL; /* filters hide them */
	snprintf(text, sizeof(text),
		 "nothing yet: opens, syncs, deletes, renames, mounts as they end, and what takes %s (o); e chooses",
		 word_ns((int64_t)s->fs_slow_ns));
	return text;
}
