/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of single operations on files. Two records, with and without a second path, are one row. */
#include <string.h>

#include "model.h"
#include "snap_fs_events.h"

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

struct fs_events_state {
	struct eventlog log;
	struct fs_events_snap snap;
	bool started;
};

/* A flood of opens pushes out neither what was slow nor a mount. */
static bool is_common(const void *row)
{
	const struct fs_event_row *r = row;

	return !(FS_EV_ALWAYS & 1 << r->event) && !(r->flags & FS_F_SLOW);
}

static int fs_events_init(void *state)
{
	struct fs_events_state *s = state;

	int ret = eventlog_init(&s->log, sizeof(struct fs_event_row), FS_EVENTS_MAX, FS_EVENTS_TEXT_MAX, 0);

	s->log.common = is_common;
	return ret;
}

static void fs_events_fini(void *state)
{
	struct fs_events_state *s = state;

	eventlog_fini(&s->log);
}

static void fs_events_clear(void *state)
{
	struct fs_events_state *s = state;

	eventlog_clear(&s->log);
	s->snap = (struct fs_events_snap){0};
	s->started = false;
}

enum fs_event fs_event_of_op(unsigned op)
{
	static const uint8_t kinds[FS_OP_NR] = {
		[FS_OP_READ] = FS_EV_READ,     [FS_OP_WRITE] = FS_EV_WRITE,   [FS_OP_OPEN] = FS_EV_OPEN,
		[FS_OP_CREATE] = FS_EV_CREATE, [FS_OP_CLOSE] = FS_EV_CLOSE,   [FS_OP_FSYNC] = FS_EV_SYNC,
		[FS_OP_SYNC] = FS_EV_SYNC,     [FS_OP_GETATTR] = FS_EV_STAT,  [FS_OP_UNLINK] = FS_EV_DELETE,
		[FS_OP_RMDIR] = FS_EV_DELETE,  [FS_OP_RENAME] = FS_EV_RENAME, [FS_OP_MOUNT] = FS_EV_MOUNT,
		[FS_OP_UMOUNT] = FS_EV_UMOUNT,
	};

	return kinds[op % FS_OP_NR];
}

uint32_t fs_event_kinds(const struct fs_event_row *row)
{
	uint32_t kinds = 1u << row->event | 1u << row->kind;

	if (row->flags & FS_F_SLOW)
		kinds |= 1u << FS_EV_SLOW;
	if (row->kind == FS_EV_CREATE)
		kinds |= 1u << FS_EV_OPEN;
	return kinds;
}

/* A figure of a record: bounded, so that sums and differences of it are harmless. */
static int64_t figure(uint64_t value)
{
	return value > INT64_MAX / 4 ? FIG_UNKNOWN : (int64_t)value;
}

/* Without its log_row and path_len. */
static struct fs_event_row row_of(const struct fs_event_rec *r)
{
	bool moves = r->op <= FS_OP_WRITE;
	struct fs_event_row row = {
		.ts_ns = figure(r->h.ts_ns),
		.began_ns = FIG_UNKNOWN,
		.ns = figure(r->ns),
		.bytes = moves ? figure(r->bytes) : FIG_UNKNOWN,
		.offset = moves ? figure(r->offset) : FIG_UNKNOWN,
		.age_ns = r->event == FS_EV_SHORT ? figure(r->age_ns) : FIG_UNKNOWN,
		.error = r->error,
		.pid = r->pid,
		.tgid = r->tgid,
		.fd = r->fd >= 0 ? r->fd : FIG_UNKNOWN,
		.ino = r->ino ? figure(r->ino) : FIG_UNKNOWN,
		.mntns = r->mntns && (r->op == FS_OP_MOUNT || r->op == FS_OP_UMOUNT) ? r->mntns : FIG_UNKNOWN,
		.start_ns = r->start_ns,
		.dev = r->dev,
		.mnt_id = r->mnt_id,
		.oflags = r->oflags,
		.nr = r->nr,
		.event = r->event,
		.kind = (uint8_t)fs_event_of_op(r->op),
		.op = r->op,
		.type = r->type,
		.flags = r->flags,
	};

	if (row.ts_ns != FIG_UNKNOWN && row.ns != FIG_UNKNOWN && row.ns <= row.ts_ns)
		row.began_ns = row.ts_ns - row.ns;
	memcpy(row.comm, r->comm, sizeof(row.comm));
	memcpy(row.fstype, r->fstype, sizeof(row.fstype));
	return row;
}

static void on_event(struct fs_events_state *s, const struct fs_event_rec *r, const char *path2)
{
	struct fs_event_row row = row_of(r), *kept;
	char text[2 * FS_PATH_BYTES];
	size_t len = strnlen(r->path, sizeof(r->path)), len2 = path2 ? strnlen(path2, FS_PATH_BYTES) : 0;

	memcpy(text, r->path, len);
	if (len2)
		memcpy(text + len, path2, len2);
	kept = eventlog_add(&s->log, text, len + len2);
	row.log = kept->log;
	row.path_len = (uint16_t)len;
	*kept = row;
}

static bool is_none(const void *row)
{
	return false;
}

/* What came before the first tick is not of this run. */
static void on_tick(struct fs_events_state *s, const struct tick_rec *r)
{
	if (!s->started || r->flags & TICK_F_FIRST)
		eventlog_keep(&s->log, is_none);
	s->started = true;
}

static int fs_events_apply(void *state, const struct ev_hdr *ev)
{
	struct fs_events_state *s = state;

	if (ev->pane == PANE_CORE && ev->kind == CORE_TICK)
		on_tick(s, REC(tick_rec, ev));
	else if (ev->pane == PANE_FS && ev->kind == FS_EVENT)
		on_event(s, REC(fs_event_rec, ev), NULL);
	else if (ev->pane == PANE_FS && ev->kind == FS_EVENT2)
		on_event(s, &REC(fs_event2_rec, ev)->e, REC(fs_event2_rec, ev)->path2);
	return 0;
}

static void fs_events_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct fs_events_state *s = state;

	eventlog_show(&s->log);
	s->snap = (struct fs_events_snap){
		.rows = log_row_at(&s->log, &s->log.shown, 0),
		.nr = (int)s->log.shown.nr,
		.new_from = (int)s->log.new_from,
		.dropped = s->log.dropped_now,
		.dropped_all = s->log.dropped_all,
		.scrolled_all = s->log.scrolled_all,
		.text = s->log.shown.text,
	};
	snap->fs_events = &s->snap;
}

extern const struct model_ops fs_events_model;
const struct model_ops fs_events_model = {
	.name = "fs-events",
	.pane = PANE_FS,
	.state_size = sizeof(struct fs_events_state),
	.init = fs_events_init,
	.fini = fs_events_fini,
	.clear = fs_events_clear,
	.apply = fs_events_apply,
	.publish = fs_events_publish,
};
