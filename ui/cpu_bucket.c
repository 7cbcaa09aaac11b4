/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU / runqueue after Enter on a bucket: the processes that are in it, and single durations of each. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cpu_runqueue.h"
#include "esc.h"
#include "fmt.h"
#include "pen.h"
#include "process.h"
#include "snap_exemplars.h"
#include "view_cpu.h"

#define ROWS_MAX 512

#define ROW(member) offsetof(struct bucket_row, member)

static const struct fig_status *counted(const struct snapshot *s)
{
	return &s->oncpu_hist_status; /* one hook counts all three */
}

/* clang-format off */
const struct column cpu_bucket_columns[] = {
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .off = ROW(pid), .help = "process" },
	{ .key = "count", .alias = "n", .title = "COUNT", .unit = UNIT_COUNT, .width = 6, .off = ROW(count),
	  .help = "how many of its durations are in the bucket", .status = counted },
	{ .key = "share_pct", .alias = "share", .title = "SHARE%", .unit = UNIT_PCT, .width = 6, .weight = 9, .off = ROW(share_pct),
	  .help = "share of all durations in the bucket", .status = counted },
	{ .key = "all", .title = "ALL", .unit = UNIT_COUNT, .width = 6, .weight = 5, .off = ROW(all),
	  .help = "how many it has in all buckets together", .status = counted },
	{ .key = "p99_ns", .alias = "p99", .title = "P99", .unit = UNIT_NS, .width = 6, .weight = 8, .off = ROW(p99_ns),
	  .help = "99 of 100 of its durations are below", .status = counted },
	{ .key = "max_ns", .alias = "max", .title = "MAX", .unit = UNIT_NS, .width = 6, .weight = 7, .off = ROW(max_ns),
	  .help = "its longest, exact", .status = counted },
	{ .key = "comm", .title = "PROCESS", .unit = UNIT_TEXT, .width = 16, .flags = COL_LEFT | COL_GROW,
	  .help = "its name; (others) sums what belongs to processes without a row, most of them ended" },
	{ .key = NULL },
};
/* clang-format on */

static void put_row(struct bucket_row *row, const struct proc_row *proc, const struct hist *h, uint64_t count,
		    uint64_t whole)
{
	*row = (struct bucket_row){ .pid = proc ? proc->pid : FIG_UNKNOWN, .proc = proc, .count = (int64_t)count };
	row->share_pct = whole ? (int64_t)((double)count * 100000 / (double)whole + 0.5) : FIG_UNKNOWN;
	row->all = h ? (int64_t)hist_count(h) : FIG_UNKNOWN;
	row->p99_ns = h ? hist_percentile_ns(h, 990) : FIG_UNKNOWN;
	row->max_ns = h && h->max_ns ? (int64_t)h->max_ns : FIG_UNKNOWN;
}

/* More processes than there are rows: the least gives way. */
static struct bucket_row *free_row(struct bucket_row *rows, int *nr, uint64_t count)
{
	struct bucket_row *least = rows;

	if (*nr < ROWS_MAX - 1)
		return &rows[(*nr)++];
	for (int i = 1; i < *nr; i++)
		if (rows[i].count < least->count)
			least = &rows[i];
	return (int64_t)count > least->count ? least : NULL;
}

static int make_rows(const struct snapshot *s, const struct ui *ui, struct bucket_row *rows)
{
	enum hist_which which = (enum hist_which)ui->cpu.runqueue.which;
	uint64_t whole, told = 0;
	const char *why;
	struct bucket b;
	struct hist h;
	int nr = 0;

	if (!runqueue_hist(s, ui, which, &h, &why))
		return 0;
	b = runqueue_bucket(ui, &h);
	whole = runqueue_count(&h, b);
	for (int i = 0; i < s->procs_nr; i++) {
		const struct proc_row *proc = &s->procs[i];
		struct bucket_row *row;
		uint64_t count;

		if (!runqueue_is_member(ui, proc) || !snapshot_hist(s, proc, which, &h))
			continue;
		count = runqueue_count(&h, b);
		told += count;
		row = count ? free_row(rows, &nr, count) : NULL;
		if (row)
			put_row(row, proc, &h, count, whole);
	}
	if (whole > told)
		put_row(&rows[nr++], NULL, NULL, whole - told, whole);
	return nr;
}

/* Made once for a picture: of which snapshot, subject and bucket the rows are. */
struct made {
	const struct snapshot *s;
	uint64_t ts_ns;
	enum window window;
	struct row_id entered;
	uint64_t cgroup_id;
	struct runqueue_ui of;
};

int cpu_bucket_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	static struct bucket_row rows[ROWS_MAX];
	static struct made made;
	static int nr;
	struct made now;

	memset(&now, 0, sizeof(now)); /* padding too: it is compared */
	now.s = s;
	now.ts_ns = s->m.tick.h.ts_ns;
	now.window = s->m.window;
	now.cgroup_id = ui->cpu.group.cgroup_id;
	now.of = ui->cpu.runqueue;
	if (ui->entered)
		now.entered = ui->entered_id;
	*ret_rows = rows;
	if (memcmp(&now, &made, sizeof(now))) {
		nr = make_rows(s, ui, rows);
		made = now;
	}
	return nr;
}

struct row_id cpu_bucket_row_id(const void *row)
{
	const struct bucket_row *r = row;

	return r->proc ? proc_row_id(r->proc) : (struct row_id){ .a = UINT64_MAX };
}

const char *cpu_bucket_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len)
{
	const struct bucket_row *r = row;

	*ret_len = (size_t)snprintf(buf, size, "%s", r->proc ? r->proc->comm : "(others)");
	return buf;
}

void cpu_bucket_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct bucket_row *r = row;

	if (!r || ui->entered)
		return;
	if (!r->proc || r->proc->pid == FIG_UNKNOWN)
		ui_status(ui, "processes that have ended have no page");
	else
		ui_enter_process(ui, proc_row_id(r->proc), r->proc);
}

/* "04:11:09.123  14ms  behind restic (9177) on CPU 1" */
static void exemplar_draw(struct canvas *c, int y, const struct snapshot *s, const struct latency_rec *r)
{
	uint64_t back_ns = s->m.tick.h.ts_ns > r->h.ts_ns ? s->m.tick.h.ts_ns - r->h.ts_ns : 0;
	uint64_t real_ns = s->m.tick.real_ns - back_ns;
	struct pen p = pen_at(c, y, 1, c->cols);
	char clock[FMT_MAX], name[80];

	fmt_clock(clock, sizeof(clock), real_ns, (int32_t)s->m.host.tz_offset_s);
	pen_item(&p, "", STYLE_TEXT, false, "%s.%03u", clock, (unsigned)(real_ns / 1000000 % 1000));
	pen_item(&p, "", STYLE_VALUE, false, "%s", word_ns((int64_t)r->ns));
	esc_text(name, sizeof(name), r->comm, strnlen(r->comm, TASK_COMM_BYTES), c->ascii);
	pen_item(&p, "", STYLE_TEXT, false, "%s (%u)", *name ? name : "?", r->pid);
	if (r->which == HIST_RUNQ) {
		esc_text(name, sizeof(name), r->by_comm, strnlen(r->by_comm, TASK_COMM_BYTES), c->ascii);
		if (*name)
			pen_item(&p, "behind", STYLE_VALUE, false, "%s (%u)", name, r->by_pid);
	} else if (r->which == HIST_OFFCPU) {
		pen_item(&p, "", wait_style(wait_letter((enum wait_class)r->wclass)), false, "%s",
			 wait_title((enum wait_class)r->wclass));
	}
	pen_item(&p, "on CPU", STYLE_VALUE, false, "%u", r->h.cpu);
}

/* Single durations of those that have no row. */
static int of_others(const struct snapshot *s, const struct latency_rec **recs, int nr)
{
	int kept = 0;

	for (int i = 0; i < nr; i++)
		if (!proc_find(s, recs[i]->tgid))
			recs[kept++] = recs[i];
	return kept;
}

int cpu_bucket_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct latency_rec *recs[EXEMPLARS_KEPT];
	const struct bucket_row *r = row;
	const char *why;
	struct hist h;
	int nr = 0;

	if (runqueue_hist(s, ui, (enum hist_which)ui->cpu.runqueue.which, &h, &why))
		nr = runqueue_exemplars(s, ui, runqueue_bucket(ui, &h), r->proc ? (uint32_t)r->pid : 0, recs,
					EXEMPLARS_KEPT);
	if (!r->proc)
		nr = of_others(s, recs, nr);
	nr = nr < lines ? nr : lines;
	for (int i = 0; i < nr; i++)
		exemplar_draw(c, y + i, s, recs[i]);
	if (nr || lines < 1)
		return nr;
	canvas_text(c, y, 1, c->cols - 1, STYLE_DIM, "no single duration of it was kept: each CPU keeps one a bucket and tick");
	return 1;
}
