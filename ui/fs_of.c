/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose operations on files are shown, on which filesystems, and which of them are in the bucket under the cursor. */
#include <stdio.h>
#include <string.h>

#include "fs_latency.h"
#include "process.h"
#include "view_cpu.h"
#include "view_fs.h"

#define ROWS_MAX 2048

bool fs_ops_narrowed(const struct ui *ui)
{
	return ui->entered || ui->pids_nr || *ui->user || ui->own_user || group_inside(ui) || ui->cpu.group.containers;
}

bool fs_ops_is_member(const struct snapshot *s, const struct ui *ui, const struct proc_row *row)
{
	if (ui->entered && row->pid == FIG_UNKNOWN)
		return false;
	return !fs_ops_narrowed(ui) || cpu_process_shown(s, ui, row);
}

/* Of which snapshot and processes the rows are; all zero before it is filled, padding too: it is compared. */
struct made {
	const struct snapshot *s;
	uint64_t ts_ns, interval_ns;
	enum window window;
	struct row_id entered;
	struct group_ui group;
	char user[64];
	bool own_user, hide_kthreads;
	int pids_nr;
};

static bool is_made(struct made *made, const struct snapshot *s, const struct ui *ui)
{
	struct made now;

	memset(&now, 0, sizeof(now));
	now.s = s;
	now.ts_ns = s->m.tick.h.ts_ns;
	now.interval_ns = s->m.interval_ns;
	now.window = s->m.window;
	if (ui->entered)
		now.entered = ui->entered_id;
	memcpy(&now.group, &ui->cpu.group, sizeof(now.group));
	memcpy(now.user, ui->user, strlen(ui->user));
	now.own_user = ui->own_user;
	now.hide_kthreads = ui->hide_kthreads;
	now.pids_nr = ui->pids_nr;
	if (!memcmp(&now, made, sizeof(now)))
		return true;
	memcpy(made, &now, sizeof(now));
	return false;
}

struct rows {
	int nr;
	struct fs_op_row rows[ROWS_MAX];
};

/* In order, as those of all processes; NULL where there is no room. */
static struct fs_op_row *get_row(struct rows *r, uint32_t dev, uint16_t what)
{
	int from = 0, to = r->nr;

	while (from < to) {
		int at = from + (to - from) / 2;
		const struct fs_op_row *row = &r->rows[at];

		if (row->dev == dev && row->what == what)
			return &r->rows[at];
		if (row->dev < dev || (row->dev == dev && row->what < what))
			from = at + 1;
		else
			to = at;
	}
	if (r->nr == ROWS_MAX)
		return NULL;
	memmove(&r->rows[from + 1], &r->rows[from], (size_t)(r->nr++ - from) * sizeof(r->rows[0]));
	r->rows[from] = (struct fs_op_row){.dev = dev, .what = what};
	if (fs_what_is_io(what))
		r->rows[from].sum.enoent = FIG_UNKNOWN;
	return &r->rows[from];
}

static void add_process(struct rows *r, const struct snapshot *s, const struct fs_op_proc *proc)
{
	for (int i = 0; i < proc->parts_nr; i++) {
		const struct fs_op_part *part = &s->fs_ops->parts[proc->part + i];
		struct fs_op_row *row = get_row(r, part->dev, part->what);

		if (row)
			fs_ops_sum_add(&row->sum, &part->sum);
	}
}

static void make_rows(struct rows *r, const struct snapshot *s, const struct ui *ui)
{
	int64_t all_ns = 0;

	r->nr = 0;
	for (int i = 0; i < s->fs_ops->procs_nr; i++)
		if (fs_ops_is_member(s, ui, &s->fs_ops->procs[i].p))
			add_process(r, s, &s->fs_ops->procs[i]);
	for (int i = 0; i < r->nr; i++)
		if (fs_what_is_own(r->rows[i].what))
			fig_add(&all_ns, r->rows[i].sum.ns);
	for (int i = 0; i < r->nr; i++) {
		snprintf(r->rows[i].fstype, sizeof(r->rows[i].fstype), "%s", snapshot_fs_op_type(s, r->rows[i].dev));
		fs_op_row_finish(&r->rows[i], all_ns);
	}
}

int fs_ops_rows(const struct snapshot *s, const struct ui *ui, const struct fs_op_row **ret_rows)
{
	static struct rows rows;
	static struct made made;

	*ret_rows = NULL;
	if (!s->fs_ops)
		return 0;
	if (!fs_ops_narrowed(ui)) {
		*ret_rows = s->fs_ops->rows;
		return s->fs_ops->rows_nr;
	}
	if (!is_made(&made, s, ui))
		make_rows(&rows, s, ui);
	*ret_rows = rows.rows;
	return rows.nr;
}

bool fs_ops_row_is_of(const struct snapshot *s, struct fs_of of, const struct fs_op_row *row)
{
	if (of.dev != FS_ALL)
		return row->dev == of.dev;
	return !of.fstype || !*of.fstype || !strcmp(row->fstype, of.fstype);
}

static bool is_counted(const struct snapshot *s, const struct ui *ui, unsigned what, const char **ret_why)
{
	struct fig_status status = snapshot_fs_op_status(s, what);

	if (ui->entered && s->fs_ops && !proc_by_id(s, ui->entered_id)) {
		*ret_why = "this process has ended; Esc goes back";
		return false;
	}
	*ret_why = status.reason ? status.reason : "not available here";
	return status.state != FIG_NA;
}

bool fs_ops_sum(const struct snapshot *s, const struct ui *ui, struct fs_of of, unsigned what, struct fs_ops_sum *ret,
		const char **ret_why)
{
	const struct fs_op_row *rows;
	int nr = fs_ops_rows(s, ui, &rows);
	bool any = false;

	*ret = (struct fs_ops_sum){.enoent = fs_what_is_io(what) ? FIG_UNKNOWN : 0};
	for (int i = 0; i < nr; i++) {
		if (rows[i].what != what || rows[i].sum.count <= 0 || !fs_ops_row_is_of(s, of, &rows[i]))
			continue;
		fs_ops_sum_add(ret, &rows[i].sum);
		any = true;
	}
	/* What is there was counted, in a part of the window at least. */
	return is_counted(s, ui, what, ret_why) || any;
}

const char *fs_ops_name(const struct snapshot *s, uint32_t dev, char *buf, size_t size)
{
	if (dev != FS_ALL)
		return snapshot_fs_name(s, dev, buf, size);
	snprintf(buf, size, "(not known)");
	return buf;
}

/* ---- latency ---- */

struct fs_of fs_latency_of(const struct ui *ui)
{
	return (struct fs_of){.dev = ui->fs.dev.dev, .fstype = ui->fs.latency.fstype};
}

void fs_latency_of_text(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	struct fs_of of = fs_latency_of(ui);
	char name[200];

	if (of.dev != FS_ALL) {
		const char *type = snapshot_fs_op_type(s, of.dev);

		snprintf(buf, size, "%s%s%s", fs_ops_name(s, of.dev, name, sizeof(name)), *type ? ", " : "", type);
	} else if (*of.fstype) {
		snprintf(buf, size, "all %s", of.fstype);
	} else {
		snprintf(buf, size, "all filesystems");
	}
}

static bool is_used(const struct fs_op_row *rows, int nr, unsigned what)
{
	for (int i = 0; i < nr; i++)
		if (rows[i].what == what && rows[i].sum.count != FIG_UNKNOWN)
			return true;
	return false;
}

/* Those that everybody asks for, then what else was used; what is no file only where it was chosen. */
int fs_latency_list(const struct snapshot *s, const struct ui *ui, unsigned ret[FS_WHAT_NR])
{
	static const unsigned first[] = {FS_OP_READ, FS_OP_WRITE, FS_OP_OPEN, FS_OP_FSYNC, FS_OP_GETATTR, FS_OP_READDIR};
	const int first_nr = (int)(sizeof(first) / sizeof(first[0]));
	unsigned chosen = (unsigned)ui->fs.latency.what;
	const struct fs_op_row *rows;
	int rows_nr = fs_ops_rows(s, ui, &rows), nr = 0;

	memcpy(ret, first, sizeof(first));
	nr = first_nr;
	for (unsigned what = 0; what < FS_WHAT_NR; what++) {
		int i = 0;

		while (i < first_nr && first[i] != what)
			i++;
		if (i == first_nr && (what == chosen || (what < FS_OP_NR && is_used(rows, rows_nr, what))))
			ret[nr++] = what;
	}
	return nr;
}

int fs_latency_at(const struct ui *ui, const unsigned *list, int nr)
{
	for (int i = 0; i < nr; i++)
		if (list[i] == (unsigned)ui->fs.latency.what)
			return i;
	return 0;
}

bool fs_latency_hist(const struct snapshot *s, const struct ui *ui, unsigned what, struct hist *ret, const char **ret_why)
{
	struct fs_ops_sum sum;
	bool there = fs_ops_sum(s, ui, fs_latency_of(ui), what, &sum, ret_why);

	*ret = sum.hist;
	return there;
}

/* The model keeps those of filesystems and of all; of anything else they are kept from the time that it is looked at. */
static bool is_kept_here(const struct ui *ui)
{
	return fs_ops_narrowed(ui) || (ui->fs.dev.dev == FS_ALL && *ui->fs.latency.fstype);
}

const struct heat *fs_latency_heat(const struct snapshot *s, const struct ui *ui)
{
	if (is_kept_here(ui))
		return &ui->fs.latency.heat.heat[0];
	return snapshot_fs_heat(s, ui->fs.dev.dev, (unsigned)ui->fs.latency.what);
}

static uint64_t text_hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * 0x100000001b3ULL;
	return h;
}

void fs_latency_update(struct ui *ui, const struct snapshot *s)
{
	const struct fs_latency_ui *l = &ui->fs.latency;
	struct heatkeep_of of = {{0}};
	const char *why;
	struct hist h;

	if (!is_kept_here(ui) || !s->m.interval_ns || !s->fs_ops)
		return;
	if (ui->entered) {
		of.key[0] = ui->entered_id.a;
		of.key[1] = ui->entered_id.b;
	} else {
		of.key[2] = ui->cpu.group.cgroup_id ^ ui->cpu.group.in_key;
	}
	of.key[3] = (uint64_t)ui->fs.dev.dev << 32 | (uint32_t)l->what;
	of.key[4] = text_hash(l->fstype) ^ text_hash(ui->user) << 1;
	if (heatkeep_begin(&ui->fs.latency.heat, of, s) && fs_latency_hist(s, ui, (unsigned)l->what, &h, &why))
		heatkeep_put(&ui->fs.latency.heat, 0, &h);
}

struct bucket fs_latency_bucket(const struct ui *ui, const struct hist *h)
{
	return bucket_at(&ui->fs.latency.at, &hist_scale_ns, h);
}
