/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk / events: single requests of block devices, those in flight last. */
#include "snap_disk_events.h"

#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "logview.h"
#include "pen.h"
#include "process.h"
#include "syscalls.h"
#include "ui_priv.h"
#include "view_disk.h"

#define ROW(field)   offsetof(struct disk_event_row, field)
#define SECTOR_BYTES 512

enum kind { KIND_SLOW, KIND_TRACED, KIND_FAILED, KIND_FLIGHT };

static const struct fig_status *event_status(const struct snapshot *s)
{
	static const struct fig_status exact = { .state = FIG_EXACT };
	static const struct fig_status none = { .state = FIG_NA, .reason = "needs BPF: /proc tells nothing of single requests" };

	return s->m.host.flags & HOST_F_BPF ? &exact : &none;
}

/* clang-format off */
static const struct log_kind kinds[] = {
	[KIND_SLOW]   = { "slow",      "queue and service time together over the threshold (o)" },
	[KIND_TRACED] = { "traced",    "of the process or device that was entered, or of the first of -p" },
	[KIND_FAILED] = { "failed",    "completed with an error" },
	[KIND_FLIGHT] = { "in flight", "not completed yet: older than the threshold, or traced" },
	{ NULL, NULL },
};

const struct column disk_event_columns[] = {
	{ .key = "ts_ns", .alias = "ts", .title = "TIME", .unit = UNIT_NS, .width = 12, .weight = 90,
	  .flags = COL_LEFT | COL_UP | COL_CUSTOM, .off = ROW(ts_ns),
	  .help = "when it completed, by the wall clock; in flight: it has not. In files CLOCK_MONOTONIC as mono_ns, null in flight" },
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .weight = 60, .off = ROW(pid),
	  .help = "thread that is charged for it: who submitted it, or who made the data that a kernel thread wrote back" },
	{ .key = "device", .alias = "dev", .title = "DEVICE", .unit = UNIT_TEXT, .width = 8, .weight = 80, .flags = COL_LEFT,
	  .help = "block device to which it went" },
	{ .key = "rwbs", .title = "RWBS", .unit = UNIT_TEXT, .width = 4, .weight = 75, .flags = COL_LEFT,
	  .help = DISK_RWBS_HELP },
	{ .key = "sector", .title = "SECTOR", .unit = UNIT_NONE, .width = 11, .weight = 30, .off = ROW(sector),
	  .help = "where on the device it begins, in units of 512 bytes" },
	{ .key = "bytes", .title = "SIZE", .unit = UNIT_BYTES, .width = 5, .weight = 70, .off = ROW(bytes),
	  .help = "how much it moved; in flight: is to move" },
	{ .key = "queue_ns", .alias = "queue", .title = "QUEUE", .unit = UNIT_NS, .width = 6, .weight = 95, .flags = COL_CUSTOM,
	  .off = ROW(queue_ns), .status = event_status,
	  .help = "queue time: from when the request was made until it was given to the device. >43s: it is still in the queue" },
	{ .key = "service_ns", .alias = "service", .title = "SERVICE", .unit = UNIT_NS, .width = 7, .weight = 96, .flags = COL_CUSTOM,
	  .off = ROW(service_ns), .status = event_status,
	  .help = "service time: from when it was given to the device until it completed. >43s: the device still has it" },
	{ .key = "result", .title = "RESULT", .unit = UNIT_TEXT, .width = 6, .weight = 85, .flags = COL_LEFT | COL_CUSTOM,
	  .help = "ok, or the name of the error; nothing yet in flight" },
	{ .key = "comm", .title = "NAME", .unit = UNIT_TEXT, .width = 15, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "process that is charged for it. ~: inferred, it made the data and another wrote it; <- who submitted it" },
	{ .key = "file", .title = "FILE", .unit = UNIT_TEXT, .width = 28, .weight = 20, .flags = COL_LEFT | COL_CUSTOM,
	  .help = "end of the path of the file, where known: not for direct I/O, nor in flight; (metadata): the filesystem's own" },

	{ .key = "time", .title = "CLOCK", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "when it completed, UTC" },
	{ .key = "state", .title = "STATE", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN,
	  .help = "done: an event, told once; in flight: a state, told in each frame until it ends, with null for what is not known yet" },
	{ .key = "waits_in", .title = "WAITS IN", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "in flight: queue or device" },
	{ .key = "waits_ns", .title = "WAITS", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(waits_ns), .status = event_status,
	  .help = "in flight: since it came there" },
	{ .key = "age_ns", .alias = "age", .title = "AGE", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(age_ns),
	  .status = event_status, .help = "in flight: since it was made" },
	{ .key = "started_ns", .title = "STARTED", .unit = UNIT_NS, .flags = COL_NO_SCREEN | COL_UP, .off = ROW(queued_ns),
	  .status = event_status, .help = "when it was made, CLOCK_MONOTONIC" },
	{ .key = "latency_ns", .alias = "latency", .title = "LATENCY", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(latency_ns),
	  .status = event_status, .help = "queue and service time together" },
	{ .key = "why", .title = "WHY", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "why it is here: slow (threshold), traced (all of a process or device; of several with -p the first), failed" },
	{ .key = "tgid", .title = "PROCESS", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(tgid), .help = "process of the thread" },
	{ .key = "submitter", .title = "SUBMITTER", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN,
	  .help = "who submitted it, where that is not who is charged" },
	{ .key = "inferred", .title = "INFERRED", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN,
	  .help = "yes: charged to who made the data, as far as the kernel tells" },
	{ .key = "op", .title = "OP", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN | COL_NO_WORDS, .help = "read, write, discard, flush or other" },
	{ .key = "error", .title = "ERROR", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(error), .help = "errno; 0: none" },
	{ .key = "requeues", .title = "REQUEUES", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(requeues),
	  .help = "how often the device gave it back to the queue" },
	{ .key = "ino", .title = "INODE", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(ino), .help = "inode of the file, where known" },
	{ .key = NULL },
};
/* clang-format on */

static bool in_flight(const struct disk_event_row *r)
{
	return r->state != DISK_EVENT_DONE;
}

static bool has_failed(const struct disk_event_row *r)
{
	return !in_flight(r) && r->error;
}

int disk_event_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->disk_events ? s->disk_events->rows : NULL;
	return s->disk_events ? s->disk_events->nr : 0;
}

/* Each event once: those of the interval, under --total all that there was room for; and the states. */
int disk_event_rows_file(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	int from;

	if (!s->disk_events)
		return 0;
	from = s->m.total ? 0 : s->disk_events->new_from;
	*ret_rows = s->disk_events->rows + from;
	return s->disk_events->nr - from;
}

uint64_t disk_event_omitted(const struct snapshot *s)
{
	const struct disk_events_snap *e = s->disk_events;

	if (!e)
		return 0;
	return s->m.total ? e->dropped_all + e->scrolled_all : e->dropped;
}

struct row_id disk_event_row_id(const void *row)
{
	const struct disk_event_row *r = row;

	if (in_flight(r))
		return (struct row_id){ .a = r->id, .b = UINT64_MAX - 1 };
	return (struct row_id){ .a = r->log.seq, .b = UINT64_MAX };
}

static struct log_subject subject(const struct disk_event_row *r)
{
	return (struct log_subject){ .pid = r->pid, .tgid = r->tgid, .uid = FIG_UNKNOWN, .start_ns = r->start_ns,
				     .ts_ns = r->queued_ns != FIG_UNKNOWN ? r->queued_ns : r->ts_ns,
				     .kthread = r->flags & DISK_IO_F_KTHREAD };
}

static uint32_t kinds_of(const struct disk_event_row *r)
{
	if (in_flight(r))
		return 1U << KIND_FLIGHT;
	return (r->flags & DISK_IO_F_SLOW ? 1U << KIND_SLOW : 0) | (r->flags & DISK_IO_F_TRACED ? 1U << KIND_TRACED : 0) |
	       (has_failed(r) ? 1U << KIND_FAILED : 0);
}

/* A traced partition's requests are the disk's. */
static bool dev_wanted(const struct snapshot *s, const struct ui *ui, const struct disk_event_row *r)
{
	if (disk_dev_shown(ui, r->dev))
		return true;
	return r->flags & DISK_IO_F_TRACED && s->trace_dev == ui->disk.dev.dev;
}

bool disk_event_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct disk_event_row *r = row;
	const struct log_ui *l = logview_ui(ui);
	struct log_subject who = subject(r);

	if (!(kinds_of(r) & ~l->hidden) || (l->failed && !has_failed(r)) || !dev_wanted(s, ui, r))
		return false;
	if (ui->entered)
		return r->tgid == ui->entered_pid && (!r->start_ns || r->start_ns == ui->entered_id.b);
	return logview_shown(s, ui, &who);
}

enum style disk_event_style(const struct ui *ui, const void *row)
{
	const struct disk_event_row *r = row;

	if (tags_has(ui, disk_event_row_id(r)))
		return STYLE_TAGGED;
	if (has_failed(r))
		return STYLE_METER_HIGH;
	if (in_flight(r))
		return STYLE_METER_MID;
	return r->flags & DISK_IO_F_SLOW ? STYLE_DISK : STYLE_TEXT;
}

static const char *op_name(const struct disk_event_row *r)
{
	return disk_op_word(r->set & DISK_SET_OP);
}

static const char *why_text(const struct disk_event_row *r, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", r->flags & DISK_IO_F_SLOW ? " slow" : "",
		 r->flags & DISK_IO_F_TRACED ? " traced" : "", has_failed(r) ? " failed" : "");
	return *buf ? buf + 1 : NULL;
}

static const char *result_text(const struct disk_event_row *r, char *buf, size_t size)
{
	const char *name;

	if (in_flight(r))
		return NULL;
	if (!r->error)
		return "ok";
	name = errno_name((uint32_t)r->error);
	snprintf(buf, size, "error %lld", (long long)r->error);
	return name ? name : buf;
}

/* Text that is the same in every row of a kind. */
static const char *word_text(const struct disk_event_row *r, const char *key)
{
	if (!strcmp(key, "state"))
		return in_flight(r) ? "in flight" : "done";
	if (!strcmp(key, "waits_in"))
		return !in_flight(r) ? NULL : r->state == DISK_EVENT_QUEUED ? "queue" : "device";
	if (!strcmp(key, "inferred"))
		return r->flags & DISK_IO_F_INFERRED ? "yes" : NULL;
	return !strcmp(key, "op") ? op_name(r) : NULL;
}

static const char *time_text(const struct snapshot *s, const struct disk_event_row *r, char *buf, size_t size)
{
	if (in_flight(r))
		return NULL;
	fmt_iso(buf, size, logview_real_ns(s, r->ts_ns));
	return buf;
}

static const char *array(const char *text, size_t size, size_t *ret_len)
{
	*ret_len = strnlen(text, size);
	return *ret_len ? text : NULL;
}

const char *disk_event_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len)
{
	const struct disk_event_row *r = row;
	const char *text;

	*ret_len = 0;
	if (!strcmp(col->key, "comm"))
		return array(r->comm, sizeof(r->comm), ret_len);
	if (!strcmp(col->key, "submitter"))
		return array(r->submitter, sizeof(r->submitter), ret_len);
	if (!strcmp(col->key, "file"))
		return array(r->file, sizeof(r->file), ret_len);
	if (!strcmp(col->key, "device"))
		text = snapshot_disk_name(s, r->dev, buf, size);
	else if (!strcmp(col->key, "rwbs"))
		text = disk_rwbs(r->set, buf);
	else if (!strcmp(col->key, "result"))
		text = result_text(r, buf, size);
	else if (!strcmp(col->key, "time"))
		text = time_text(s, r, buf, size);
	else if (!strcmp(col->key, "why"))
		text = why_text(r, buf, size);
	else
		text = word_text(r, col->key);
	*ret_len = text ? strlen(text) : 0;
	return text;
}

/* A time that is still growing stands as more than what it is now. */
static void cell_lapse(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		       const struct disk_event_row *r, const struct column *col, enum disk_event_state open)
{
	char text[FMT_MAX + 1] = ">";

	if (r->state != open) {
		cell_figure(c, y, x, width, disk_event_style(ui, r), col, s, r);
		return;
	}
	fmt_ns(text + 1, sizeof(text) - 1, r->waits_ns);
	canvas_right(c, y, x, width, STYLE_MARK, text);
}

static void cell_name(struct canvas *c, int y, int x, int width, const struct ui *ui, const struct disk_event_row *r)
{
	struct pen p = pen_at(c, y, x, x + width);

	if (!*r->comm)
		pen_text(&p, STYLE_DIM, "-");
	pen_raw(&p, disk_event_style(ui, r), r->comm, strnlen(r->comm, sizeof(r->comm)));
	if (r->flags & DISK_IO_F_INFERRED)
		pen_text(&p, STYLE_DIM, "~");
	if (!*r->submitter)
		return;
	pen_text(&p, STYLE_DIM, " <- ");
	pen_raw(&p, STYLE_KTHREAD, r->submitter, strnlen(r->submitter, sizeof(r->submitter)));
}

/* Of a long path the end is what tells. */
static void cell_file(struct canvas *c, int y, int x, int width, const struct ui *ui, const struct disk_event_row *r)
{
	char text[4 * sizeof(r->file) + 1];
	int cols, skip = 0;

	if (!*r->file) {
		canvas_text(c, y, x, width, STYLE_DIM, r->flags & DISK_IO_F_METADATA ? "(metadata)" : "-");
		return;
	}
	esc_comm(text, sizeof(text), r->file, sizeof(r->file), c->ascii);
	for (cols = utf8_columns(text); cols > width && text[skip]; cols = utf8_columns(text + skip))
		for (skip++; (text[skip] & 0xc0) == 0x80; skip++)
			;
	canvas_text(c, y, x, width, disk_event_style(ui, r), text + skip);
}

void disk_event_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		       const void *row, const struct column *col)
{
	const struct disk_event_row *r = row;
	char buf[24];
	const char *text;

	if (!strcmp(col->key, "comm")) {
		cell_name(c, y, x, width, ui, r);
	} else if (!strcmp(col->key, "file")) {
		cell_file(c, y, x, width, ui, r);
	} else if (!strcmp(col->key, "queue_ns")) {
		cell_lapse(c, y, x, width, s, ui, r, col, DISK_EVENT_QUEUED);
	} else if (!strcmp(col->key, "service_ns")) {
		cell_lapse(c, y, x, width, s, ui, r, col, DISK_EVENT_ISSUED);
	} else if (!strcmp(col->key, "result")) {
		text = result_text(r, buf, sizeof(buf));
		canvas_text(c, y, x, width, r->error > 0 ? STYLE_METER_HIGH : STYLE_DIM, text ? text : "-");
	} else if (in_flight(r)) {
		canvas_text(c, y, x, width, STYLE_METER_MID, "in flight");
	} else {
		logview_time_cell(c, y, x, width, STYLE_DIM, s, r->ts_ns);
	}
}

/* How long it took, or has taken so far, and where. */
static void put_times(struct pen *p, const struct ui *ui, const struct disk_event_row *r)
{
	if (in_flight(r)) {
		pen_item(p, "in flight for", STYLE_MARK, false, "%s", word_ns(r->age_ns));
		pen_item(p, "", disk_event_style(ui, r), false, "it is in the %s%s", r->state == DISK_EVENT_QUEUED ? "queue" : "device",
			 r->requeues ? " again" : "");
		if (r->state == DISK_EVENT_ISSUED)
			pen_item(p, "after", STYLE_VALUE, false, "%s in the queue", word_ns(r->queue_ns));
		return;
	}
	pen_item(p, "queue", STYLE_VALUE, false, "%s", word_ns(r->queue_ns));
	pen_item(p, "service", STYLE_VALUE, false, "%s", word_ns(r->service_ns));
	pen_item(p, "together", STYLE_VALUE, false, "%s", word_ns(r->latency_ns));
}

/* What it was, on which device, how long it took. */
static void detail_request(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct disk_event_row *r)
{
	char words[160], rwbs[DISK_RWBS_MAX], name[64], device[80], result[24];

	disk_set_words(r->set, words, sizeof(words));
	snapshot_disk_name(s, r->dev, name, sizeof(name));
	esc_text(device, sizeof(device), name, strlen(name), p->c->ascii);
	pen_item(p, disk_rwbs(r->set, rwbs), STYLE_TITLE, false, "%s", words);
	pen_item(p, "", STYLE_VALUE, false, "%s on %s", word_bytes(r->bytes), device);
	if (has_failed(r))
		pen_item(p, "", STYLE_METER_HIGH, false, "%s", result_text(r, result, sizeof(result)));
	put_times(p, ui, r);
	pen_item(p, "sector", STYLE_VALUE, false, "%lld", (long long)r->sector);
	if (r->requeues)
		pen_item(p, "requeued", STYLE_VALUE, false, r->requeues > 1 ? "%lld times" : "once", (long long)r->requeues);
}

static void put_who(struct pen *p, const struct disk_event_row *r)
{
	char who[80], by[80];

	esc_comm(who, sizeof(who), r->comm, sizeof(r->comm), p->c->ascii);
	esc_comm(by, sizeof(by), r->submitter, sizeof(r->submitter), p->c->ascii);
	if (r->flags & DISK_IO_F_STACKED)
		pen_item(p, "", STYLE_DIM, false, "for a device above: charged there, to nobody here");
	else if (r->tgid == FIG_UNKNOWN)
		pen_item(p, "", STYLE_DIM, false, "charged to nobody: who made it is not known");
	else if (r->flags & DISK_IO_F_INFERRED)
		pen_item(p, "", STYLE_TEXT, false, "%s (%lld) made the data, inferred; %s wrote it", who, (long long)r->pid,
			 *by ? by : "the kernel");
	else
		pen_item(p, "", STYLE_TEXT, false, "%s (%lld) submitted it", who, (long long)r->pid);
}

/* The one before it in the log, of the same device and direction. */
static const struct disk_event_row *neighbour(const struct snapshot *s, const struct disk_event_row *r)
{
	for (const struct disk_event_row *n = r; n-- > s->disk_events->rows;)
		if (n->dev == r->dev && (n->set & DISK_SET_OP) == (r->set & DISK_SET_OP))
			return n;
	return NULL;
}

static void put_neighbour(struct pen *p, const struct snapshot *s, const struct disk_event_row *r)
{
	const struct disk_event_row *n = neighbour(s, r);
	int64_t gap;

	if (!n || n->sector == FIG_UNKNOWN || r->sector == FIG_UNKNOWN || !r->bytes)
		return;
	gap = r->sector - n->sector - n->bytes / SECTOR_BYTES;
	if (!gap)
		pen_item(p, "", STYLE_VALUE, false, "begins where the %s listed before it ends", op_name(r));
	else if (gap <= INT64_MAX / SECTOR_BYTES && gap >= -INT64_MAX / SECTOR_BYTES)
		pen_item(p, "", STYLE_VALUE, false, "%s %s the %s listed before it",
			 word_bytes((gap < 0 ? -gap : gap) * SECTOR_BYTES), gap < 0 ? "before" : "behind", op_name(r));
}

static void detail_who(struct pen *p, const struct snapshot *s, const struct disk_event_row *r)
{
	char file[4 * sizeof(r->file) + 1];

	put_who(p, r);
	if (*r->file) {
		esc_comm(file, sizeof(file), r->file, sizeof(r->file), p->c->ascii);
		pen_item(p, "file", STYLE_VALUE, false, "%s", file);
	} else if (r->flags & DISK_IO_F_METADATA) {
		pen_item(p, "", STYLE_VALUE, false, "metadata of the filesystem");
	}
	put_neighbour(p, s, r);
}

/* The log itself: what it takes in, what it could not keep. */
static void detail_log(struct pen *p, const struct snapshot *s, const struct ui *ui)
{
	const struct disk_events_snap *e = s->disk_events;
	uint64_t ring = s->lost[PANE_DISK].full;
	char text[120];

	pen_item(p, "slow from", STYLE_VALUE, false, "%s", word_ns((int64_t)s->disk_slow_ns));
	if (disk_trace_text(s, ui, p->c->ascii, text, sizeof(text)))
		pen_item(p, "", STYLE_VALUE, false, "%s", text);
	pen_item(p, "kept", STYLE_VALUE, false, "%d of %d", e->log_nr, DISK_EVENTS_MAX);
	if (ring || e->dropped_all)
		pen_item(p, "lost", STYLE_ALERT, false, "%llu in the ring, %llu for want of room", (unsigned long long)ring,
			 (unsigned long long)e->dropped_all);
	else
		pen_item(p, "", STYLE_DIM, false, "nothing lost");
}

int disk_event_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		if (i == 0)
			detail_request(&p, s, ui, row);
		else if (i == 1)
			detail_who(&p, s, row);
		else
			detail_log(&p, s, ui);
	}
	return lines < 3 ? lines : 3;
}

/* What is missing comes first: a narrow screen cuts the end. */
void disk_event_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	const struct disk_events_snap *e = s->disk_events;
	char text[120];

	*buf = '\0';
	if (!e)
		return;
	if (s->lost[PANE_DISK].full + e->dropped_all) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)(s->lost[PANE_DISK].full + e->dropped_all));
		logview_note_add(buf, size, "lost ", text);
	}
	if (logview_ui(ui)->failed)
		logview_note_add(buf, size, "failures", "");
	logview_note_hidden(ui, buf, size);
	if (event_status(s)->state == FIG_NA) {
		logview_note_add(buf, size, "needs BPF", "");
		return;
	}
	if (disk_trace_text(s, ui, true, text, sizeof(text)))
		logview_note_add(buf, size, text, "");
	logview_note_add(buf, size, "slow from ", word_ns((int64_t)s->disk_slow_ns));
}

void disk_event_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	struct log_subject who;

	if (!row)
		return;
	who = subject(row);
	logview_enter(ui, s, &who, "no process is charged for this request");
}

static uint64_t slow_ns(const struct snapshot *s)
{
	return s->disk_slow_ns;
}

const struct log_spec disk_event_log = { .kinds = kinds, .subject = "Block I/O", .slow_ns = slow_ns };

/* What would stand here. */
const char *disk_event_empty(const struct snapshot *s, const struct ui *ui)
{
	static char text[200];
	char traced[120];

	if (!s->disk_events || !s->m.tick.h.ts_ns)
		return NULL;
	if (event_status(s)->state == FIG_NA)
		return event_status(s)->reason;
	if (logview_filtered(s, ui))
		return logview_filtered(s, ui);
	if (logview_ui(ui)->failed)
		return "no request has failed: x shows the others";
	if (ui->list.all_nr && !ui->entered && ui->disk.dev.dev == DISK_ALL && !ui->pids_nr)
		return NULL; /* filters hide them */
	if (disk_trace_text(s, ui, ui->opts.ascii, traced, sizeof(traced)))
		snprintf(text, sizeof(text), "nothing yet: %s: each of its requests stands here as it completes", traced);
	else
		snprintf(text, sizeof(text),
			 "nothing yet: block I/O from %s (o), and what fails; of an entered process or device all of it",
			 word_ns((int64_t)s->disk_slow_ns));
	return text;
}
