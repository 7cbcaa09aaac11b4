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

static const struct fig_status *counted(const struct snapshot *s)
{
	return &s->oncpu_hist_status; /* one hook counts all three */
}

/* clang-format off */
const struct column cpu_bucket_columns[] = {
	BUCKET_COLUMNS(counted, "durations"),
	{ .key = "max_ns", .alias = "max", .title = "MAX", .unit = UNIT_NS, .width = 6, .weight = 7, .off = BUCKET_ROW(max_ns),
	  .help = "its longest, exact", .status = counted },
	{ .key = "comm", .title = "PROCESS", .unit = UNIT_TEXT, .width = 16, .flags = COL_LEFT | COL_GROW,
	  .help = "its name; (others) sums what belongs to processes without a row, most of them ended" },
	{ .key = NULL },
};
/* clang-format on */

static void make_rows(const struct snapshot *s, const struct ui *ui, struct bucket_rows *rows)
{
	enum hist_which which = (enum hist_which)ui->cpu.runqueue.which;
	const char *why;
	struct bucket b;
	uint64_t whole;
	struct hist h;

	rows->nr = 0;
	rows->told = 0;
	if (!runqueue_hist(s, ui, which, &h, &why))
		return;
	b = runqueue_bucket(ui, &h);
	whole = bucket_count(&h, b);
	for (int i = 0; i < s->procs_nr; i++) {
		const struct proc_row *proc = &s->procs[i];

		if (runqueue_is_member(ui, proc) && snapshot_hist(s, proc, which, &h))
			bucket_rows_add(rows, proc, &h, bucket_count(&h, b), whole);
	}
	bucket_rows_rest(rows, whole);
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
	static struct bucket_rows rows;
	static struct made made;
	struct made now;

	memset(&now, 0, sizeof(now)); /* padding too: it is compared */
	now.s = s;
	now.ts_ns = s->m.tick.h.ts_ns;
	now.window = s->m.window;
	now.cgroup_id = ui->cpu.group.cgroup_id;
	now.of = ui->cpu.runqueue;
	if (ui->entered)
		now.entered = ui->entered_id;
	*ret_rows = rows.rows;
	if (memcmp(&now, &made, sizeof(now))) {
		make_rows(s, ui, &rows);
		made = now;
	}
	return rows.nr;
}

const char *cpu_bucket_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len)
{
	const struct bucket_row *r = row;

	*ret_len = (size_t)snprintf(buf, size, "%s", r->proc ? r->proc->comm : "(others)");
	return buf;
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
