/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filesystem / operations: a row for each operation, of all processes or some, on all filesystems or one. Enter leads
 * to its latencies.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fs_latency.h"
#include "fs_op_columns.h"
#include "pen.h"
#include "syscalls.h"
#include "view_fs.h"

#define TOP_PARTS 8

const struct fig_status *fs_op_counted(const struct snapshot *s)
{
	static const struct fig_status none = {.state = FIG_NA, .reason = "no interval yet"};

	return s->fs_ops ? &s->fs_ops->status : &none;
}

const char *fs_op_errno(const struct fs_op_row *row, char *buf, size_t size)
{
	const char *name = row->sum.last_errno ? errno_name(row->sum.last_errno) : NULL;

	if (!row->sum.last_errno)
		return NULL;
	if (name)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "errno %u", row->sum.last_errno);
	return buf;
}

/* clang-format off */
const struct column fs_operation_columns[] = {
	{ .key = "op", .title = "OPERATION", .unit = UNIT_TEXT, .width = 12, .flags = COL_LEFT,
	  .help = "operation: what calls do, not what they are called. read and write: also what sendfile, splice and copy_file_range move; "
		  "create: the opens that made the file (they count as open, too); fsync: fdatasync, msync and sync_file_range as well; lookup: "
		  "access and readlink; setattr: chmod, chown, utimes; link: symlinks as well; close is counted while events show closes. "
		  "read and write are those of files; of sockets, pipes, character devices (char) and other descriptors (events, timers) they "
		  "have rows of their own" },
	{ .key = "type", .title = "OF", .unit = UNIT_TEXT, .width = 11, .flags = COL_LEFT | COL_NO_SCREEN,
	  .help = "of what: file, char device, socket, pipe, other" },
	FS_OP_COUNT(fs_op_counted),
	FS_OP_BYTES(fs_op_counted),
	FS_OP_TIME(fs_op_counted),
	FS_OP_SHARE(fs_op_counted),
	FS_OP_LATENCY(fs_op_counted),
	FS_OP_ERRORS(fs_op_counted),
	{ .key = NULL },
};
/* clang-format on */

static struct fs_of entered_fs(const struct ui *ui)
{
	return (struct fs_of){.dev = ui->fs.dev.dev};
}

/* Whether any filesystem had it, or any process of those that are shown. */
static bool is_used(const struct fs_op_row *rows, int nr, unsigned what)
{
	for (int i = 0; i < nr; i++)
		if (rows[i].what == what)
			return true;
	return false;
}

static struct fs_op_row make_row(const struct snapshot *s, const struct ui *ui, unsigned what)
{
	struct fs_op_row row = {.dev = ui->fs.dev.dev, .what = (uint16_t)what};
	const char *why;

	if (!fs_ops_sum(s, ui, entered_fs(ui), what, &row.sum, &why))
		row.sum = (struct fs_ops_sum){.count = FIG_UNKNOWN, .bytes = FIG_UNKNOWN, .ns = FIG_UNKNOWN,
					      .errors = FIG_UNKNOWN, .enoent = FIG_UNKNOWN};
	return row;
}

int fs_operation_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	static struct fs_op_row rows[FS_WHAT_NR];
	const struct fs_op_row *all;
	int all_nr = fs_ops_rows(s, ui, &all), nr = 0;
	int64_t all_ns = 0;

	*ret_rows = rows;
	if (fs_op_counted(s)->state == FIG_NA)
		return 0;
	for (unsigned what = 0; what < FS_WHAT_NR; what++) {
		if (what >= FS_OP_NR && !is_used(all, all_nr, what))
			continue;
		rows[nr] = make_row(s, ui, what);
		if (fs_what_is_own(what) && rows[nr].sum.ns > 0)
			fig_add(&all_ns, rows[nr].sum.ns);
		nr++;
	}
	for (int i = 0; i < nr; i++)
		fs_op_row_finish(&rows[i], all_ns);
	return nr;
}

struct row_id fs_operation_row_id(const void *row)
{
	const struct fs_op_row *r = row;

	return (struct row_id){.a = UINT64_MAX, .b = r->what};
}

/* What sockets and pipes do lies in no filesystem that could be entered. Of one process only what it does. */
bool fs_operation_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct fs_op_row *r = row;

	if (ui->entered && !r->sum.count)
		return false;
	return r->what < FS_OP_NR || ui->fs.dev.dev == FS_ALL;
}

const char *fs_operation_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			      char *buf, size_t size, size_t *ret_len)
{
	const struct fs_op_row *r = row;
	const char *text;

	if (!strcmp(col->key, "op"))
		text = fs_what_word(r->what, buf, size);
	else if (!strcmp(col->key, "type"))
		text = r->what < FS_OP_NR ? "file" : fs_type_word(fs_what_type(r->what));
	else
		text = fs_op_errno(r, buf, size);
	*ret_len = text ? strlen(text) : 0;
	return text;
}

enum style fs_operation_style(const struct ui *ui, const void *row)
{
	const struct fs_op_row *r = row;

	return r->what >= FS_OP_NR || r->sum.count == FIG_UNKNOWN ? STYLE_DIM : STYLE_TEXT;
}

/* ---- detail ---- */

static void detail_times(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct fs_op_row *r)
{
	char word[32], error[24];
	struct fig_status status = snapshot_fs_op_status(s, r->what);

	pen_text(p, STYLE_TITLE, fs_what_word(r->what, word, sizeof(word)));
	p->gap = 2;
	if (r->sum.count == FIG_UNKNOWN) {
		pen_item(p, "", STYLE_DIM, false, "n/a: %.150s", status.reason ? status.reason : "not counted");
		return;
	}
	pen_item(p, "p50", STYLE_VALUE, false, "%s", word_ns(r->p50_ns));
	pen_item(p, "p90", STYLE_VALUE, false, "%s", word_ns(hist_percentile_ns(&r->sum.hist, 900)));
	pen_item(p, "p99", STYLE_VALUE, false, "%s", word_ns(r->p99_ns));
	pen_item(p, "max", STYLE_VALUE, false, "%s", word_ns(r->max_ns));
	pen_item(p, "n", STYLE_VALUE, false, "%" PRId64, r->sum.count);
	if (r->sum.errors > 0)
		pen_item(p, "errors", STYLE_VALUE, false, "%" PRId64, r->sum.errors);
	if (r->sum.enoent > 0)
		pen_item(p, "ENOENT", STYLE_VALUE, false, "%" PRId64, r->sum.enoent);
	if (fs_op_errno(r, error, sizeof(error)))
		pen_item(p, "last", STYLE_VALUE, false, "%s", error);
	pen_item(p, "", STYLE_DIM, false, "Enter: its latencies");
}

struct part {
	const struct fs_op_proc *proc;
	uint32_t dev;
	int64_t count, ns;
};

static int put_most(struct part *ret, int nr, const struct part *part)
{
	int at = nr;

	while (at > 0 && (ret[at - 1].ns < part->ns || (ret[at - 1].ns == part->ns && ret[at - 1].count < part->count)))
		at--;
	if (at == TOP_PARTS)
		return nr;
	nr += nr < TOP_PARTS;
	memmove(&ret[at + 1], &ret[at], (size_t)(nr - at - 1) * sizeof(*ret));
	ret[at] = *part;
	return nr;
}

/* Who has most of its time. */
static void detail_processes(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct fs_op_row *r)
{
	struct part top[TOP_PARTS];
	int nr = 0;

	for (int i = 0; i < s->fs_ops->procs_nr; i++) {
		const struct fs_op_proc *proc = &s->fs_ops->procs[i];
		struct fs_ops_sum sum;

		if (fs_ops_is_member(s, ui, &proc->p) && snapshot_fs_proc_ops(s, proc, entered_fs(ui), r->what, &sum) &&
		    sum.count != FIG_UNKNOWN && sum.ns != FIG_UNKNOWN)
			nr = put_most(top, nr, &(struct part){.proc = proc, .count = sum.count, .ns = sum.ns});
	}
	pen_text(p, STYLE_TEXT, nr ? "time, calls by" : "by nobody in this interval");
	p->gap = 1;
	for (int i = 0; i < nr; i++) {
		const struct proc_row *proc = &top[i].proc->p;
		char name[4 * TASK_COMM_BYTES + 1], who[sizeof(name) + 24];

		esc_comm(name, sizeof(name), proc->comm, sizeof(proc->comm), p->c->ascii);
		if (proc->pid != FIG_UNKNOWN)
			snprintf(who, sizeof(who), "%s(%" PRId64 ")", name, proc->pid);
		else
			snprintf(who, sizeof(who), "%s%s", proc->dead ? "[dead] " : "", name);
		if (!pen_item(p, who, STYLE_VALUE, false, "%s%% %" PRId64, word_pct(top[i].ns, (uint64_t)r->sum.ns), top[i].count))
			break;
		p->gap = 2;
	}
}

/* On which filesystems. */
static void detail_filesystems(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct fs_op_row *r)
{
	struct part top[TOP_PARTS];
	const struct fs_op_row *rows;
	int rows_nr = fs_ops_rows(s, ui, &rows), nr = 0;

	for (int i = 0; i < rows_nr; i++)
		if (rows[i].what == r->what && rows[i].sum.count > 0 && fs_ops_row_is_of(s, entered_fs(ui), &rows[i]))
			nr = put_most(top, nr, &(struct part){.dev = rows[i].dev, .count = rows[i].sum.count, .ns = rows[i].sum.ns});
	if (!nr || r->what >= FS_OP_NR)
		return;
	pen_text(p, STYLE_TEXT, "time, calls on");
	p->gap = 1;
	for (int i = 0; i < nr; i++) {
		const char *type = snapshot_fs_op_type(s, top[i].dev);
		char raw[200], name[4 * sizeof(raw)];

		fs_ops_name(s, top[i].dev, raw, sizeof(raw));
		esc_text(name, sizeof(name), raw, strlen(raw), p->c->ascii);
		if (!pen_item(p, name, STYLE_VALUE, false, "%s%s%s%% %" PRId64, type, *type ? " " : "",
			      word_pct(top[i].ns, (uint64_t)r->sum.ns), top[i].count))
			break;
		p->gap = 2;
	}
}

int fs_operation_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	static void (*const parts[])(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct fs_op_row *r) = {
		detail_times, detail_processes, detail_filesystems,
	};
	const struct fs_op_row *r = row;
	int nr = r->sum.count > 0 ? 3 : 1;

	for (int i = 0; i < lines && i < nr; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		parts[i](&p, s, ui, r);
	}
	return lines < nr ? lines : nr;
}

void fs_operation_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct fs_op_row *r = row;

	if (r)
		fs_latency_show(ui, r->what, ui->view);
}

const char *fs_operation_empty(const struct snapshot *s, const struct ui *ui)
{
	const struct fig_status *status = fs_op_counted(s);

	return status->state == FIG_NA ? status->reason : NULL;
}

/* Of each operation that was used, on all filesystems that are shown. */
void fs_operation_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx)
{
	const void *all = NULL;
	int nr = fs_operation_rows(s, ui, &all);
	const struct fs_op_row *rows = all;
	char word[32];

	for (int i = 0; i < nr; i++)
		if (rows[i].sum.count > 0 && fs_operation_shown(s, ui, &rows[i]))
			fn(ctx, fs_what_word(rows[i].what, word, sizeof(word)), &hist_scale_ns, &rows[i].sum.hist);
}
