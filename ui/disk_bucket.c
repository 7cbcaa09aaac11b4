/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk / latency after Enter on a bucket: the processes whose requests are in it, and single requests of each. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cpu_runqueue.h"
#include "disk_latency.h"
#include "esc.h"
#include "logview.h"
#include "pen.h"
#include "process.h"
#include "snap_disk_procs.h"
#include "view_disk.h"

#define EXEMPLARS_MAX 64

static const struct fig_status *counted(const struct snapshot *s)
{
	static const struct fig_status none = { .state = FIG_NA, .reason = "no interval yet" };

	return s->disk_procs ? &s->disk_procs->status : &none;
}

/* clang-format off */
const struct column disk_bucket_columns[] = {
	BUCKET_COLUMNS(counted, "requests"),
	{ .key = "max_ns", .alias = "max", .title = "MAX", .unit = UNIT_NS, .width = 6, .weight = 7, .off = BUCKET_ROW(max_ns),
	  .help = "its longest, queue and service time together, exact: of all its requests, in this bucket or not", .status = counted },
	{ .key = "comm", .title = "PROCESS", .unit = UNIT_TEXT, .width = 16, .flags = COL_LEFT | COL_GROW,
	  .help = "who is charged for the requests; what is written back later: who made the data. (nobody): requests of a device above "
		  "(loop, dm), charged once, there; and what no process is known for" },
	{ .key = NULL },
};
/* clang-format on */

/* The histogram of a process; of sizes there is no percentile, so that of its service times stands for it. */
static bool process_hist(const struct snapshot *s, const struct ui *ui, const struct disk_proc_row *row, struct hist *ret)
{
	enum lat_hist which = (enum lat_hist)ui->disk.latency.which;
	int64_t sizes[SIZE_SLOTS];

	if (which != LAT_SIZE) {
		if (!snapshot_disk_proc_hist(s, row, latency_dev(ui), latency_op(ui),
					     which == LAT_QUEUE ? DISK_PROC_QUEUE : DISK_PROC_SERVICE, ret))
			return false;
		/* Neither is longer than the two together: no percentile passes that. */
		ret->max_ns = row->lat_max_ns > 0 ? (uint64_t)row->lat_max_ns : 0;
		return true;
	}
	*ret = (struct hist){ .max_ns = 0 };
	if (!snapshot_disk_proc_sizes(s, row, latency_dev(ui), latency_op(ui), sizes))
		return false;
	for (int i = 0; i < SIZE_SLOTS; i++)
		ret->slots[i] = sizes[i] > 0 ? (uint64_t)sizes[i] : 0;
	return true;
}

/* What the common part cannot know. */
static void add_times(const struct snapshot *s, const struct ui *ui, const struct disk_proc_row *row, struct bucket_row *out)
{
	struct hist h;

	out->max_ns = row->lat_max_ns;
	if (ui->disk.latency.which != LAT_SIZE)
		return;
	snapshot_disk_proc_hist(s, row, latency_dev(ui), latency_op(ui), DISK_PROC_SERVICE, &h);
	out->p99_ns = hist_percentile_ns(&h, 990);
}

static void make_rows(const struct snapshot *s, const struct ui *ui, struct bucket_rows *rows)
{
	enum lat_hist which = (enum lat_hist)ui->disk.latency.which;
	const char *why;
	struct bucket b;
	uint64_t whole;
	struct hist h;

	rows->nr = 0;
	rows->told = 0;
	if (!latency_hist(s, ui, which, &h, &why))
		return;
	b = latency_bucket(ui, &h);
	whole = bucket_count(&h, b);
	for (int i = 0; s->disk_procs && i < s->disk_procs->rows_nr; i++) {
		const struct disk_proc_row *proc = &s->disk_procs->rows[i];
		struct bucket_row *row = NULL;

		if (runqueue_is_member(ui, &proc->p) && process_hist(s, ui, proc, &h))
			row = bucket_rows_add(rows, &proc->p, &h, bucket_count(&h, b), whole);
		if (row)
			add_times(s, ui, proc, row);
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
	uint32_t dev, set;
	int op, which;
	bool of_set;
	struct bucket_cursor at;
};

const struct bucket_rows *latency_who(const struct snapshot *s, const struct ui *ui)
{
	static struct bucket_rows rows;
	static struct made made;
	struct made now;

	memset(&now, 0, sizeof(now)); /* padding too: it is compared */
	now.s = s;
	now.ts_ns = s->m.tick.h.ts_ns;
	now.window = s->m.window;
	now.cgroup_id = ui->cpu.group.cgroup_id;
	now.dev = latency_dev(ui);
	now.op = latency_op(ui);
	now.which = ui->disk.latency.which;
	now.of_set = latency_set(ui, &now.set);
	now.at = ui->disk.latency.at;
	if (ui->entered)
		now.entered = ui->entered_id;
	if (memcmp(&now, &made, sizeof(now))) {
		make_rows(s, ui, &rows);
		made = now;
	}
	return &rows;
}

int disk_bucket_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct bucket_rows *rows = latency_who(s, ui);

	*ret_rows = rows->rows;
	return rows->nr;
}

const char *disk_bucket_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			     char *buf, size_t size, size_t *ret_len)
{
	const struct bucket_row *r = row;

	*ret_len = (size_t)snprintf(buf, size, "%s", r->proc ? r->proc->comm : "(nobody)");
	return buf;
}

/* Processes are not counted by flags: the rows are of all requests of the operation, and their sum may be more. */
void disk_bucket_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	uint32_t set;

	*buf = '\0';
	if (latency_set(ui, &set))
		snprintf(buf, size, "processes: of any flags");
}

/* "04:11:09.123  service 14ms  queue 12us  fio (9177)  vda RS 4.0K  /srv/x" */
static void exemplar_draw(struct canvas *c, int y, const struct snapshot *s, const struct disk_event_row *r)
{
	struct pen p = pen_at(c, y, 15, c->cols);
	char name[4 * TASK_COMM_BYTES + 1], device[64], rwbs[DISK_RWBS_MAX], file[4 * DISK_FILE_BYTES + 1];

	logview_time_cell(c, y, 1, 12, STYLE_TEXT, s, r->ts_ns);
	pen_item(&p, "queue", STYLE_VALUE, false, "%s", word_ns(r->queue_ns));
	pen_item(&p, "service", STYLE_VALUE, false, "%s", word_ns(r->service_ns));
	esc_comm(name, sizeof(name), r->comm, sizeof(r->comm), c->ascii);
	if (r->tgid == FIG_UNKNOWN || r->flags & DISK_IO_F_STACKED)
		pen_item(&p, "", STYLE_DIM, false, "(nobody)");
	else
		pen_item(&p, "", STYLE_TEXT, false, "%s (%lld)%s", *name ? name : "?", (long long)r->tgid,
			 r->flags & DISK_IO_F_INFERRED ? "~" : "");
	pen_item(&p, "", STYLE_VALUE, false, "%s %s %s", snapshot_disk_name(s, r->dev, device, sizeof(device)),
		 disk_rwbs(r->set, rwbs), word_bytes(r->bytes));
	if (r->error)
		pen_item(&p, "error", STYLE_METER_HIGH, false, "%lld", (long long)r->error);
	esc_comm(file, sizeof(file), r->file, sizeof(r->file), c->ascii);
	if (*file)
		pen_item(&p, "", STYLE_TEXT, false, "%s", file);
	else if (r->flags & DISK_IO_F_METADATA)
		pen_item(&p, "", STYLE_DIM, false, "(metadata)");
	pen_item(&p, "sector", STYLE_DIM, false, "%lld", (long long)r->sector);
}

/* Single requests of those that have no row. */
static int of_nobody(const struct disk_event_row **rows, int nr)
{
	int kept = 0;

	for (int i = 0; i < nr; i++)
		if (rows[i]->tgid == FIG_UNKNOWN || rows[i]->flags & DISK_IO_F_STACKED)
			rows[kept++] = rows[i];
	return kept;
}

int disk_bucket_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct disk_event_row *found[EXEMPLARS_MAX];
	const struct bucket_row *r = row;
	bool nameless = r->proc && r->proc->pid == FIG_UNKNOWN; /* a row that sums the dead */
	const char *why;
	struct hist h;
	int nr = 0;

	if (!nameless && latency_hist(s, ui, (enum lat_hist)ui->disk.latency.which, &h, &why))
		nr = latency_exemplars(s, ui, latency_bucket(ui, &h), r->proc ? (uint32_t)r->pid : 0, found, EXEMPLARS_MAX);
	if (!r->proc)
		nr = of_nobody(found, nr);
	nr = nr < lines ? nr : lines;
	for (int i = 0; i < nr; i++)
		exemplar_draw(c, y + i, s, found[i]);
	if (nr || lines < 1)
		return nr;
	canvas_text(c, y, 1, c->cols - 1, STYLE_DIM, nameless ? "single requests of processes that have gone are not told apart" :
		    "no single request of it was kept: of each bucket, device and kind of request one in an interval is");
	return 1;
}
