/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk / processes: which rows are shown, the cells that are not plain figures, the detail lines. */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "marks.h"
#include "pen.h"
#include "process.h"
#include "snap_cgroup.h"
#include "snap_disk_procs.h"
#include "ui_priv.h"
#include "view_cpu.h"
#include "view_disk.h"

#define SIZES_SHOWN   4
#define DEVICES_SHOWN 8
#define DEVICE_COLS   80 /* of one in a detail line */

/* An entered process is one row or none, so that "none" can say what it means. */
static int one_row(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct disk_proc_row *rows;
	int nr = snapshot_disk_procs(s, ui->disk.dev.dev, &rows);

	for (int i = 0; i < nr; i++)
		if (row_id_equal(proc_row_id(&rows[i].p), ui->entered_id)) {
			*ret_rows = &rows[i];
			return 1;
		}
	return 0;
}

int disk_process_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct disk_proc_row *rows = NULL;
	int nr;

	if (ui->entered)
		return one_row(s, ui, ret_rows);
	nr = snapshot_disk_procs(s, ui->disk.dev.dev, &rows);
	*ret_rows = rows;
	return nr;
}

/* The sum of those without room: neither a process nor a command. */
static bool is_nobody(const struct proc_row *p)
{
	return p->pid == FIG_UNKNOWN && !p->dead;
}

bool disk_process_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	return cpu_process_shown(s, ui, row);
}

static bool is_mostly_inferred(const struct disk_proc_row *r, const struct column *col)
{
	if (!strcmp(col->key, "writes_per_s"))
		return r->inferred > r->count[DISK_WRITE] / 2;
	if (!strcmp(col->key, "write_bytes_per_s"))
		return r->inferred_bytes > r->write_bytes / 2;
	return r->inferred_bytes > r->bytes / 2;
}

/* A figure that is an estimate in this row only. */
static void cell_charged(struct canvas *c, int y, int x, int width, enum style style, const struct column *col,
			 const struct snapshot *s, const struct disk_proc_row *r)
{
	int64_t value = view_value(col, s, r);
	char text[FMT_MAX + 1] = "~";

	if (value <= 0 || !is_mostly_inferred(r, col)) {
		cell_value(c, y, x, width, style, col, s, value, false);
		return;
	}
	fmt_fig(text + 1, sizeof(text) - 1, value, col->unit, col->fold, s->m.total);
	canvas_right(c, y, x, width, style, text);
}

static void cell_device(struct canvas *c, int y, int x, int width, enum style style, const struct snapshot *s,
			const struct disk_proc_row *r)
{
	char name[40], more[16] = "";
	int room;

	if (r->dev == DISK_ALL) {
		canvas_text(c, y, x, width, STYLE_DIM, "-");
		return;
	}
	if (r->devices > 1)
		snprintf(more, sizeof(more), " +%d", (int)r->devices - 1);
	room = width - (int)strlen(more);
	snapshot_disk_name(s, r->dev, name, sizeof(name));
	x += canvas_raw(c, y, x, room, style, name, strlen(name));
	canvas_text(c, y, x, (int)strlen(more), STYLE_DIM, more);
}

bool disk_process_common_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, enum style style,
			      const struct disk_proc_row *r, const struct column *col)
{
	if (!strcmp(col->key, "device"))
		cell_device(c, y, x, width, style, s, r);
	else if (col->fold == FOLD_RATE)
		cell_charged(c, y, x, width, style, col, s, r);
	else
		return false;
	return true;
}

void disk_process_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		       const void *row, const struct column *col)
{
	const struct disk_proc_row *r = row;

	if (disk_process_common_cell(c, y, x, width, s, cpu_process_style(ui, row), r, col))
		return;
	if (is_nobody(&r->p) && !strcmp(col->key, "pid"))
		canvas_right(c, y, x, width, STYLE_DIM, "-");
	else if (is_nobody(&r->p) && !strcmp(col->key, "command"))
		canvas_text(c, y, x, width, STYLE_DIM, r->p.comm);
	else
		cpu_process_cell(c, y, x, width, s, ui, &r->p, col);
}

const char *disk_process_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			      char *buf, size_t size, size_t *ret_len)
{
	const struct disk_proc_row *r = row;

	if (strcmp(col->key, "device"))
		return cpu_process_text(s, ui, &r->p, col, buf, size, ret_len);
	*ret_len = 0;
	if (r->dev == DISK_ALL)
		return NULL;
	snapshot_disk_name(s, r->dev, buf, size);
	*ret_len = strlen(buf);
	return buf;
}

void disk_process_waits(struct pen *p, const struct snapshot *s, const struct disk_proc_row *r)
{
	const int64_t *class_ns = r->p.class_ns;

	if (s->class_status.state != FIG_NA && s->m.interval_ns && class_ns[WAIT_DISK] > 0)
		pen_item(p, "blocked on disk", STYLE_DISK, false, "%s%%", word_pct(class_ns[WAIT_DISK], s->m.interval_ns));
	if (s->class_status.state != FIG_NA && s->m.interval_ns && class_ns[WAIT_FAULT] > 0)
		pen_item(p, "in faults", STYLE_DISK, false, "%s%%", word_pct(class_ns[WAIT_FAULT], s->m.interval_ns));
	if (r->inflight > 0) {
		pen_item(p, "in flight", STYLE_VALUE, false, "%d", (int)r->inflight);
		pen_item(p, "oldest", STYLE_VALUE, mark_over(MARK_DISK_OLDEST, r->oldest_ns), "%s", word_ns(r->oldest_ns));
	}
	if (r->errors > 0)
		pen_item(p, "errors", STYLE_MARK, false, "%s", word_rate(r->errors, s));
	if (r->inferred > 0 && r->inferred_pct != FIG_UNKNOWN)
		pen_item(p, "inferred", STYLE_VALUE, false, "%s%%: it dirtied the pages, others wrote them",
			 word_pct(r->inferred, (uint64_t)r->requests));
}

static void detail_who(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct disk_proc_row *r)
{
	char text[256];

	if (is_nobody(&r->p)) {
		pen_text(p, STYLE_TITLE, "(no room)");
		p->gap = 2;
		pen_item(p, "", STYLE_VALUE, false, "%s", "processes for which the kernel's table had no room, summed");
	} else {
		proc_title(ui, &r->p, p->c->ascii, text, sizeof(text));
		pen_text(p, STYLE_TITLE, text);
		p->gap = 2;
	}
	if (r->p.pid == FIG_UNKNOWN && r->p.dead)
		pen_item(p, "", STYLE_VALUE, false, "%lld that have ended", (long long)r->p.processes);
	proc_end(&r->p, text, sizeof(text));
	if (*text && r->p.exit_code >= 0)
		pen_item(p, "", STYLE_DEAD, false, "%s", text);
	disk_process_waits(p, s, r);
}

/* No longer than the longest of all that it is a part of. */
static void quantile_items(struct pen *p, const char *label, const struct hist *h, int64_t max_ns)
{
	static const struct { unsigned permille; const char *word; } parts[] = { { 500, "p50" }, { 990, "p99" } };

	pen_text(p, STYLE_METER_LABEL, label);
	p->gap = 1;
	for (int i = 0; i < 2; i++) {
		int64_t ns = hist_percentile_ns(h, parts[i].permille);

		pen_item(p, parts[i].word, STYLE_VALUE, false, "%s", word_ns(max_ns > 0 && ns > max_ns ? max_ns : ns));
		p->gap = 1;
	}
	p->gap = 2;
}

/* "vda r 12/s w 300/s queue p99 18us service p99 8.2ms", one device after the other. */
static bool device_items(struct pen *p, const struct snapshot *s, const struct disk_proc_row *r, uint32_t dev)
{
	struct disk_sum reads, writes;
	struct hist queue, service;
	char name[40];

	snapshot_disk_proc_sum(s, r, dev, DISK_READ, &reads);
	snapshot_disk_proc_sum(s, r, dev, DISK_WRITE, &writes);
	if (!snapshot_disk_proc_hist(s, r, dev, DISK_ANY_OP, DISK_PROC_QUEUE, &queue) ||
	    !snapshot_disk_proc_hist(s, r, dev, DISK_ANY_OP, DISK_PROC_SERVICE, &service))
		return false;
	snapshot_disk_name(s, dev, name, sizeof(name));
	pen_raw(p, STYLE_TITLE, name, strlen(name));
	p->gap = 1;
	if (reads.count)
		pen_item(p, "r", STYLE_VALUE, false, "%s", word_rate(reads.count, s));
	if (writes.count)
		pen_item(p, "w", STYLE_VALUE, false, "%s", word_rate(writes.count, s));
	quantile_items(p, "queue", &queue, r->lat_max_ns);
	quantile_items(p, "service", &service, r->lat_max_ns);
	return true;
}

static void detail_devices(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct disk_proc_row *r)
{
	uint32_t last = r->dev;
	int shown = 0;

	if (s->disk_procs->time_status.state == FIG_NA) {
		pen_item(p, "times", STYLE_DIM, false, "n/a: %.100s", s->disk_procs->time_status.reason);
		return;
	}
	if (r->dev == DISK_ALL || !r->parts_nr) {
		pen_text(p, STYLE_DIM, s->m.interval_ns ? "no I/O in this time" : "after the first interval");
		return;
	}
	shown += device_items(p, s, r, r->dev); /* the one it uses most comes first */
	for (int i = 0; i < r->parts_nr && shown < DEVICES_SHOWN; i++) {
		const struct disk_part *part = &s->disk_procs->parts[r->part + i];

		if (part->dev == last || part->dev == r->dev || !disk_dev_shown(ui, part->dev) || !part->count)
			continue;
		last = part->dev;
		if (!pen_fits(p, DEVICE_COLS))
			break;
		shown += device_items(p, s, r, part->dev);
	}
	if (shown < r->devices)
		pen_item(p, "", STYLE_DIM, false, "+%d", (int)(r->devices - shown));
}

static int largest(const int64_t sizes[SIZE_SLOTS])
{
	int best = 0;

	for (int i = 1; i < SIZE_SLOTS; i++)
		if (sizes[i] > sizes[best])
			best = i;
	return best;
}

void disk_process_latency(struct pen *p, const struct disk_proc_row *r)
{
	/* All or none: a percentile without its words says nothing. */
	if (!pen_item(p, "start to completion p50", STYLE_VALUE, false, "%s", word_ns(r->lat_p50_ns)))
		return;
	pen_item(p, "p99", STYLE_VALUE, false, "%s", word_ns(r->lat_p99_ns));
	pen_item(p, "max", STYLE_VALUE, false, "%s", word_ns(r->lat_max_ns));
}

/* "sizes 4K 80%  64K 12%": a size stands for what is below twice that. */
static void detail_sizes(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct disk_proc_row *r)
{
	int64_t sizes[SIZE_SLOTS] = { 0 }, all = 0;
	struct disk_sum flushes;

	if (r->parts_nr)
		snapshot_disk_proc_sizes(s, r, ui->disk.dev.dev, DISK_ANY_OP, sizes);
	if (r->parts_nr && snapshot_disk_proc_sum(s, r, ui->disk.dev.dev, DISK_FLUSH, &flushes))
		sizes[0] -= flushes.count < sizes[0] ? flushes.count : sizes[0]; /* they have none */
	for (int i = 0; i < SIZE_SLOTS; i++)
		all += sizes[i];
	pen_text(p, STYLE_METER_LABEL, "sizes");
	p->gap = 1;
	if (!all) {
		pen_text(p, STYLE_DIM, "-");
		p->gap = 2;
	}
	for (int i = 0; i < SIZES_SHOWN && all; i++) {
		int slot = largest(sizes);

		if (!sizes[slot])
			break;
		pen_item(p, word_bytes(1LL << (slot + SIZE_SHIFT)), STYLE_VALUE, false, "%s%%", word_pct(sizes[slot], (uint64_t)all));
		sizes[slot] = 0;
	}
	pen_item(p, "average", STYLE_VALUE, false, "%s", word_bytes(r->avg_bytes));
	disk_process_latency(p, r);
}

int disk_process_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	static void (*const parts[])(struct pen *p, const struct snapshot *s, const struct ui *ui,
				     const struct disk_proc_row *r) = { detail_who, detail_devices, detail_sizes };

	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		parts[i](&p, s, ui, row);
	}
	return lines < 3 ? lines : 3;
}

const char *disk_process_empty(const struct snapshot *s, const struct ui *ui)
{
	const struct disk_procs_snap *d = s->disk_procs;

	if (d && d->status.state == FIG_NA)
		return d->status.reason;
	if (!s->m.tick.h.ts_ns)
		return NULL;
	if (ui->disk.dev.dev != DISK_ALL)
		return "nobody is charged with I/O of this device: what stands on it is, or (a partition) its disk";
	if (ui->entered)
		return proc_by_id(s, ui->entered_id) ? "it has had no block I/O of its own since the probes started" :
						       "this process has ended; Esc goes back";
	return "no process has had block I/O since the probes started";
}
