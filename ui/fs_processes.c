/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / processes: which rows are shown, the cells that are not plain figures, the detail lines. */
#include "fs_processes.h"

#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "process.h"
#include "snap_fs_files.h"
#include "snap_fs_names.h"
#include "ui_priv.h"
#include "view_cpu.h"
#include "view_fs.h"

#define FILE_COLS 40 /* of a path in a detail line */

/* An entered process is one row or none, so that "none" can say what it means. */
static int one_row(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct fs_proc_row *rows;
	int nr = snapshot_fs_procs(s, ui->fs.dev.dev, &rows);

	for (int i = 0; i < nr; i++)
		if (row_id_equal(proc_row_id(&rows[i].p), ui->entered_id)) {
			*ret_rows = &rows[i];
			return 1;
		}
	return 0;
}

int fs_process_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct fs_proc_row *rows = NULL;
	int nr;

	if (ui->entered)
		return one_row(s, ui, ret_rows);
	nr = snapshot_fs_procs(s, ui->fs.dev.dev, &rows);
	*ret_rows = rows;
	return nr;
}

bool fs_is_nobody(const struct proc_row *p)
{
	return p->pid == FIG_UNKNOWN && !p->dead;
}

bool fs_process_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	return cpu_process_shown(s, ui, row);
}

static void cell_filesystem(struct canvas *c, int y, int x, int width, enum style style, const struct snapshot *s,
			    const struct fs_proc_row *r)
{
	char name[200], more[16] = "";
	int room;

	if (r->dev == FS_ALL) {
		canvas_text(c, y, x, width, STYLE_DIM, "-");
		return;
	}
	if (r->filesystems > 1)
		snprintf(more, sizeof(more), " +%d", (int)r->filesystems - 1);
	room = width - (int)strlen(more);
	snapshot_fs_name(s, r->dev, name, sizeof(name));
	x += canvas_raw(c, y, x, room, style, name, strlen(name));
	canvas_text(c, y, x, (int)strlen(more), STYLE_DIM, more);
}

bool fs_process_common_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, enum style style,
			    const struct fs_proc_row *r, const struct column *col)
{
	if (strcmp(col->key, "filesystem"))
		return false;
	cell_filesystem(c, y, x, width, style, s, r);
	return true;
}

void fs_who_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		 const struct proc_row *p, const struct column *col)
{
	if (fs_is_nobody(p) && !strcmp(col->key, "pid"))
		canvas_right(c, y, x, width, STYLE_DIM, "-");
	else if (fs_is_nobody(p) && !strcmp(col->key, "command"))
		canvas_text(c, y, x, width, STYLE_DIM, p->comm);
	else
		cpu_process_cell(c, y, x, width, s, ui, p, col);
}

void fs_process_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		     const void *row, const struct column *col)
{
	const struct fs_proc_row *r = row;

	if (!fs_process_common_cell(c, y, x, width, s, cpu_process_style(ui, row), r, col))
		fs_who_cell(c, y, x, width, s, ui, &r->p, col);
}

const char *fs_process_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len)
{
	const struct fs_proc_row *r = row;

	if (strcmp(col->key, "filesystem"))
		return cpu_process_text(s, ui, &r->p, col, buf, size, ret_len);
	*ret_len = 0;
	if (r->dev == FS_ALL)
		return NULL;
	snapshot_fs_name(s, r->dev, buf, size);
	*ret_len = strlen(buf);
	return buf;
}

/* ---- detail ---- */

void fs_who_items(struct pen *p, const struct ui *ui, const struct proc_row *row)
{
	char text[256];

	if (fs_is_nobody(row)) {
		pen_text(p, STYLE_TITLE, "(no room)");
		p->gap = 2;
		pen_item(p, "", STYLE_VALUE, false, "%s", "processes for which the kernel's table had no room, summed");
		return;
	}
	proc_title(ui, row, p->c->ascii, text, sizeof(text));
	pen_text(p, STYLE_TITLE, text);
	p->gap = 2;
	if (row->pid == FIG_UNKNOWN)
		pen_item(p, "", STYLE_VALUE, false, "%lld that have ended", (long long)row->processes);
	proc_end(row, text, sizeof(text));
	if (*text && row->exit_code >= 0)
		pen_item(p, "", STYLE_DEAD, false, "%s", text);
}

void fs_process_waits(struct pen *p, const struct snapshot *s, const struct fs_proc_row *r)
{
	const int64_t *class_ns = r->p.class_ns;

	if (s->class_status.state != FIG_NA && s->m.interval_ns && class_ns[WAIT_DISK] > 0)
		pen_item(p, "blocked on disk", STYLE_DISK, false, "%s%%", word_pct(class_ns[WAIT_DISK], s->m.interval_ns));
	if (r->sums.errors > 0)
		pen_item(p, "errors", STYLE_VALUE, false, "%s", word_rate(r->sums.errors, s));
	if (r->sums.enoent > 0)
		pen_item(p, "no such file", STYLE_VALUE, false, "%s", word_rate(r->sums.enoent, s));
	if (r->sums.other_reads || r->sums.other_writes)
		pen_item(p, "sockets, pipes", STYLE_VALUE, false, "r %s w %s", word_rate(r->sums.other_reads, s),
			 word_rate(r->sums.other_writes, s));
}

/* "fsync p99 63ms max 80ms" of each that it did; what takes longest comes first. */
void fs_process_latency(struct pen *p, const struct fs_proc_row *r)
{
	static const char *const words[FS_PROC_HIST_NR] = {
		[FS_PROC_READ] = "read", [FS_PROC_WRITE] = "write", [FS_PROC_OPEN] = "open", [FS_PROC_FSYNC] = "fsync",
	};
	static const enum fs_proc_hist order[] = { FS_PROC_FSYNC, FS_PROC_WRITE, FS_PROC_READ, FS_PROC_OPEN };
	bool any = false;

	for (int i = 0; i < FS_PROC_HIST_NR; i++) {
		enum fs_proc_hist h = order[i];

		if (r->p99_ns[h] == FIG_UNKNOWN || !pen_fits(p, 27))
			continue;
		any = true;
		pen_text(p, STYLE_METER_LABEL, words[h]);
		p->gap = 1;
		pen_item(p, "p99", STYLE_VALUE, false, "%s", word_ns(r->p99_ns[h]));
		p->gap = 1;
		pen_item(p, "max", STYLE_VALUE, false, "%s", word_ns(r->max_ns[h]));
		p->gap = 2;
	}
	if (!any)
		pen_text(p, STYLE_DIM, "no reads, writes, opens and fsyncs in this time");
}

/* The file that it used most, by time; its sockets and pipes are not meant. */
static const struct fs_file_row *next_file(const struct ui *ui, const struct fs_file_row *rows, int nr,
					   const struct fs_file_row *after)
{
	const struct fs_file_row *best = NULL;

	for (int i = 0; i < nr; i++) {
		const struct fs_file_row *r = &rows[i];

		if (!fs_type_is_file(r->type) || !r->operations || !fs_dev_shown(ui, r->dev))
			continue;
		if (after && (r->ns > after->ns || (r->ns == after->ns && r <= after)))
			continue;
		if (!best || r->ns > best->ns)
			best = r;
	}
	return best;
}

bool fs_file_items(struct pen *p, const struct snapshot *s, const struct fs_file_row *r, int room)
{
	char path[FS_PATH_MAX], figures[80];
	size_t len, skip = 0;
	bool whole;

	snprintf(figures, sizeof(figures), "%s%s%s%s", r->reads ? " r " : "", r->reads ? word_rate(r->reads, s) : "",
		 r->writes ? " w " : "", r->writes ? word_rate(r->writes, s) : "");
	whole = fs_file_name(s, r, path, sizeof(path));
	len = strlen(path);
	if (len > (size_t)room)
		skip = len - (size_t)room + 2;
	if (!pen_fits(p, (int)(len - skip + strlen(figures)) + (skip ? 2 : 0) + !whole))
		return false;
	if (!whole || skip)
		pen_text(p, STYLE_DIM, !whole && skip ? "~.." : skip ? ".." : "~");
	pen_raw(p, STYLE_VALUE, path + skip, len - skip);
	p->gap = 0;
	pen_text(p, STYLE_METER_LABEL, figures);
	p->gap = 2;
	return true;
}

bool fs_process_files(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct proc_row *row)
{
	const struct fs_file_row *rows, *r = NULL;
	int nr = snapshot_fs_files_of(s, row, &rows), shown = 0;

	while ((r = next_file(ui, rows, nr, r)) && fs_file_items(p, s, r, FILE_COLS))
		shown++;
	return shown > 0;
}

static void detail_who(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct fs_proc_row *r)
{
	fs_who_items(p, ui, &r->p);
	fs_process_waits(p, s, r);
}

static void detail_files(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct fs_proc_row *r)
{
	pen_text(p, STYLE_METER_LABEL, "files");
	p->gap = 1;
	if (!s->m.interval_ns)
		pen_text(p, STYLE_DIM, "after the first interval");
	else if (!fs_process_files(p, s, ui, &r->p))
		pen_text(p, STYLE_DIM, r->p.pid == FIG_UNKNOWN ? "see the view of files" : "none read or written in this time");
}

static void detail_latency(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct fs_proc_row *r)
{
	fs_process_latency(p, r);
}

int fs_process_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	static void (*const parts[])(struct pen *p, const struct snapshot *s, const struct ui *ui,
				     const struct fs_proc_row *r) = { detail_who, detail_files, detail_latency };

	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		parts[i](&p, s, ui, row);
	}
	return lines < 3 ? lines : 3;
}

/* ---- what is said beside the table ---- */

const char *fs_unseen(const struct snapshot *s)
{
	for (int i = 0; i < s->probes_nr; i++)
		if (s->probes[i].h.size && s->probes[i].state == PROBE_ON && !strcmp(s->probes[i].name, "uring-done"))
			return "mmap not counted";
	return "io_uring, mmap not counted";
}

void fs_process_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	const struct fs_procs_snap *d = s->fs_procs;

	*buf = '\0';
	if (!d || d->status.state == FIG_NA)
		return;
	snprintf(buf, size, "\n%s%s", d->others_status.state == FIG_NA ? "names, " : "", fs_unseen(s));
}

const char *fs_process_empty(const struct snapshot *s, const struct ui *ui)
{
	const struct fs_procs_snap *d = s->fs_procs;

	if (d && d->status.state == FIG_NA)
		return d->status.reason;
	if (!s->m.tick.h.ts_ns)
		return NULL;
	if (ui->fs.dev.dev != FS_ALL)
		return "nobody has used this filesystem since the probes started";
	if (ui->entered)
		return proc_by_id(s, ui->entered_id) ? "it has used no file since the probes started" :
						       "this process has ended; Esc goes back";
	return "no process has used a file since the probes started";
}
