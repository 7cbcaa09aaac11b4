/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / latency after Enter on a bucket: the processes whose operations are in it, and on which files. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fs_events.h"
#include "fs_latency.h"
#include "fs_processes.h"
#include "logview.h"
#include "pen.h"
#include "process.h"
#include "since.h"
#include "snap_fs_events.h"
#include "snap_fs_files.h"
#include "snap_fs_names.h"
#include "syscalls.h"
#include "view_fs.h"

#define SINGLES_MAX 64
#define FILES_MAX   64

static const struct fig_status *counted(const struct snapshot *s)
{
	static const struct fig_status none = {.state = FIG_NA, .reason = "no interval yet"};

	return s->fs_ops ? &s->fs_ops->status : &none;
}

/* clang-format off */
const struct column fs_bucket_columns[] = {
	BUCKET_COLUMNS(counted, "calls"),
	{ .key = "max_ns", .alias = "max", .title = "MAX", .unit = UNIT_NS, .width = 6, .weight = 7, .off = BUCKET_ROW(max_ns),
	  .help = "its longest, exact: of all its calls of the operation, in this bucket or not", .status = counted },
	{ .key = "comm", .title = "PROCESS", .unit = UNIT_TEXT, .width = 15, .flags = COL_LEFT,
	  .help = "its name; (others) sums what belongs to processes without a row" },
	{ .key = "file", .title = "FILE", .unit = UNIT_TEXT, .width = 12, .weight = 6, .flags = COL_LEFT | COL_GROW,
	  .help = "reads and writes: the file with most of them in the bucket; else that of the newest single call in it that is known. ~ before "
		  "it: not the whole path" },
	{ .key = NULL },
};
/* clang-format on */

static void make_rows(const struct snapshot *s, const struct ui *ui, struct bucket_rows *rows)
{
	unsigned what = (unsigned)ui->fs.latency.what;
	struct fs_ops_sum sum;
	const char *why;
	struct bucket b;
	uint64_t whole;
	struct hist h;

	rows->nr = 0;
	rows->told = 0;
	if (!fs_latency_hist(s, ui, what, &h, &why))
		return;
	b = fs_latency_bucket(ui, &h);
	whole = bucket_count(&h, b);
	for (int i = 0; i < s->fs_ops->procs_nr; i++) {
		const struct fs_op_proc *proc = &s->fs_ops->procs[i];

		if (fs_ops_is_member(s, ui, &proc->p) && snapshot_fs_proc_ops(s, proc, fs_latency_of(ui), what, &sum))
			bucket_rows_add(rows, &proc->p, &sum.hist, bucket_count(&sum.hist, b), whole);
	}
	bucket_rows_rest(rows, whole);
}

/* Made once for a picture: of which snapshot, subject and bucket the rows are. */
struct made {
	const struct snapshot *s;
	uint64_t ts_ns, interval_ns;
	enum window window;
	const struct fs_op_row *of; /* of those that are shown */
	int of_nr;
	struct row_id entered;
	uint32_t dev;
	int what;
	char fstype[FS_TYPE_BYTES + 1];
	struct bucket_cursor at;
};

const struct bucket_rows *fs_latency_who(const struct snapshot *s, const struct ui *ui)
{
	static struct bucket_rows rows;
	static struct made made;
	struct made now;

	memset(&now, 0, sizeof(now)); /* padding too: it is compared */
	now.s = s;
	now.ts_ns = s->m.tick.h.ts_ns;
	now.interval_ns = s->m.interval_ns;
	now.window = s->m.window;
	now.of_nr = fs_ops_rows(s, ui, &now.of);
	now.dev = ui->fs.dev.dev;
	now.what = ui->fs.latency.what;
	now.at = ui->fs.latency.at;
	memcpy(now.fstype, ui->fs.latency.fstype, strlen(ui->fs.latency.fstype));
	if (ui->entered)
		now.entered = ui->entered_id;
	if (memcmp(&now, &made, sizeof(now))) {
		make_rows(s, ui, &rows);
		memcpy(&made, &now, sizeof(now));
	}
	return &rows;
}

/* ---- single ones: slow operations and all syncs are events ---- */

static bool is_in(const struct snapshot *s, const struct ui *ui, struct bucket b, const struct bucket_row *r,
		  const struct fs_event_row *e)
{
	struct fs_of of = fs_latency_of(ui);
	unsigned slot = e->ns >= 0 ? hist_slot((uint64_t)e->ns) : 0;

	if (e->ns < 0 || slot < (unsigned)b.first || slot >= (unsigned)(b.first + b.nr))
		return false;
	if (fs_what(e->op, e->type) != (unsigned)ui->fs.latency.what || (of.dev != FS_ALL && e->dev != of.dev))
		return false;
	if (of.dev == FS_ALL && of.fstype && *of.fstype && strncmp(e->fstype, of.fstype, sizeof(e->fstype)))
		return false;
	if (s->m.window != WINDOW_INTERVAL ? e->ts_ns < (int64_t)s->m.since_ns
					   : e->ts_ns + (int64_t)s->m.interval_ns < (int64_t)s->m.tick.h.ts_ns)
		return false;
	return r->proc && e->tgid == r->pid && (!r->proc->start_ns || !e->start_ns || e->start_ns == r->proc->start_ns);
}

/* The newest first. */
static int singles(const struct snapshot *s, const struct ui *ui, const struct bucket_row *r, int max,
		   const struct fs_event_row **ret)
{
	const struct fs_events_snap *events = s->fs_events;
	const char *why;
	struct bucket b;
	struct hist h;
	int nr = 0;

	if (!events || !fs_latency_hist(s, ui, (unsigned)ui->fs.latency.what, &h, &why))
		return 0;
	b = fs_latency_bucket(ui, &h);
	for (int i = events->nr; i-- > 0 && nr < max;)
		if (is_in(s, ui, b, r, &events->rows[i]))
			ret[nr++] = &events->rows[i];
	return nr;
}

/* ---- files: those of reads and writes are counted ---- */

struct bucket_file {
	const struct fs_file_row *row;
	uint64_t count;
};

static uint64_t count_in(const struct fs_file_row *row, unsigned op, struct bucket b)
{
	uint64_t sum = 0;

	for (int slot = b.first; slot < b.first + b.nr && slot < HIST_SLOTS; slot++)
		sum += row->slots[op][slot];
	return sum;
}

static bool is_of(struct fs_of of, const struct fs_file_row *row)
{
	if (of.dev != FS_ALL)
		return row->dev == of.dev;
	return !of.fstype || !*of.fstype || !strcmp(row->fstype, of.fstype);
}

/* Those with most calls in the bucket; returns how many. */
static int files_of(const struct snapshot *s, const struct ui *ui, const struct bucket_row *r, int max, struct bucket_file *ret)
{
	unsigned what = (unsigned)ui->fs.latency.what;
	const struct fs_file_row *rows;
	const char *why;
	struct bucket b;
	struct hist h;
	int all, nr = 0;

	if (!fs_what_is_io(what) || what >= FS_OP_NR || !r->proc || !fs_latency_hist(s, ui, what, &h, &why))
		return 0;
	b = fs_latency_bucket(ui, &h);
	all = snapshot_fs_files_of(s, r->proc, &rows);
	for (int i = 0; i < all; i++) {
		struct bucket_file f = {&rows[i], fs_type_is_file(rows[i].type) ? count_in(&rows[i], what, b) : 0};
		int at;

		if (!f.count || !is_of(fs_latency_of(ui), &rows[i]))
			continue;
		for (at = nr; at > 0 && ret[at - 1].count < f.count; at--)
			;
		if (at == max)
			continue;
		nr += nr < max;
		memmove(&ret[at + 1], &ret[at], (size_t)(nr - at - 1) * sizeof(*ret));
		ret[at] = f;
	}
	return nr;
}

/* "~/srv/x": raw. */
static size_t file_name(const struct snapshot *s, const struct fs_file_row *row, char *buf, size_t size)
{
	char path[FS_PATH_MAX];
	bool whole = fs_file_name(s, row, path, sizeof(path));

	return (size_t)snprintf(buf, size, "%s%s", whole ? "" : "~", path);
}

static size_t single_name(const struct snapshot *s, const struct fs_event_row *e, char *buf, size_t size)
{
	char path[FS_PATH_MAX];
	enum fs_whole whole = fs_event_path_text(s, e, path, sizeof(path));

	return *path ? (size_t)snprintf(buf, size, "%s%s", whole == FS_PART ? "~" : "", path) : 0;
}

int fs_bucket_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct bucket_rows *rows = fs_latency_who(s, ui);

	*ret_rows = rows->rows;
	return rows->nr;
}

const char *fs_bucket_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			   char *buf, size_t size, size_t *ret_len)
{
	const struct bucket_row *r = row;
	const struct fs_event_row *single;
	struct bucket_file file;

	*ret_len = 0;
	if (!strcmp(col->key, "comm"))
		*ret_len = (size_t)snprintf(buf, size, "%s", r->proc ? r->proc->comm : "(others)");
	else if (files_of(s, ui, r, 1, &file))
		*ret_len = file_name(s, file.row, buf, size);
	else if (singles(s, ui, r, 1, &single))
		*ret_len = single_name(s, single, buf, size);
	if (*ret_len >= size)
		*ret_len = size - 1;
	return *ret_len ? buf : NULL;
}

/* "22 of 30  /srv/x": how many of its calls of the operation are in the bucket. */
static void file_draw(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui, const struct bucket_file *f)
{
	unsigned op = fs_what_op((unsigned)ui->fs.latency.what);
	struct pen p = pen_at(c, y, 1, c->cols);
	char raw[FS_PATH_MAX + 1];
	size_t len = file_name(s, f->row, raw, sizeof(raw));

	pen_item(&p, "", STYLE_VALUE, false, "%" PRIu64 " of %" PRId64, f->count, op == FS_OP_READ ? f->row->reads : f->row->writes);
	if (f->row->max_of_ns[op] != FIG_UNKNOWN)
		pen_item(&p, "max", STYLE_VALUE, false, "%s", word_ns(f->row->max_of_ns[op]));
	p.gap = 2;
	pen_raw(&p, STYLE_TEXT, raw, len < sizeof(raw) ? len : sizeof(raw) - 1);
}

/* "04:11:09.123  14ms  4.0K  /srv/x" */
static void single_draw(struct canvas *c, int y, const struct snapshot *s, const struct fs_event_row *e)
{
	struct pen p = pen_at(c, y, 15, c->cols);
	const char *error = e->error > 0 ? errno_name((uint32_t)e->error) : NULL;
	char raw[FS_PATH_MAX + 1];
	size_t len = single_name(s, e, raw, sizeof(raw));

	logview_time_cell(c, y, 1, 12, STYLE_TEXT, s, e->ts_ns);
	pen_item(&p, "", STYLE_VALUE, false, "%s", word_ns(e->ns));
	if (e->bytes > 0)
		pen_item(&p, "", STYLE_VALUE, false, "%s", word_bytes(e->bytes));
	if (error)
		pen_item(&p, "", STYLE_METER_HIGH, false, "%s", error);
	p.gap = 2;
	pen_raw(&p, STYLE_TEXT, raw, len < sizeof(raw) ? len : sizeof(raw) - 1);
}

/* First its files, then single calls. */
int fs_bucket_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct fs_event_row *found[SINGLES_MAX];
	struct bucket_file files[FILES_MAX];
	const struct bucket_row *r = row;
	int max = lines < FILES_MAX ? lines : FILES_MAX, nr, singles_nr;

	if (lines < 1)
		return 0;
	nr = files_of(s, ui, r, max, files);
	for (int i = 0; i < nr; i++)
		file_draw(c, y + i, s, ui, &files[i]);
	singles_nr = singles(s, ui, r, lines - nr < SINGLES_MAX ? lines - nr : SINGLES_MAX, found);
	for (int i = 0; i < singles_nr; i++)
		single_draw(c, y + nr + i, s, found[i]);
	if (nr + singles_nr)
		return nr + singles_nr;
	canvas_text(c, y, 1, c->cols - 1, STYLE_DIM, "no single call of it is known: those over the threshold of events, and all syncs are");
	return 1;
}
