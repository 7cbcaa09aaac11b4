/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What views ask of operations on files: sums of filesystems and of processes, and what follows from them. */
#include "snap_fs_ops.h"

#include <stdio.h>
#include <string.h>

const char *fs_what_word(unsigned what, char *buf, size_t size)
{
	unsigned type = fs_what_type(what);

	if (what < FS_OP_NR)
		snprintf(buf, size, "%s", fs_op_word(what));
	else
		snprintf(buf, size, "%s %s", fs_op_word(fs_what_op(what)), type == FS_T_CHAR ? "char" : fs_type_word(type));
	return buf;
}

struct fig_status snapshot_fs_op_status(const struct snapshot *s, unsigned what)
{
	const struct fs_ops_snap *ops = s->fs_ops;

	if (!ops)
		return (struct fig_status){.state = FIG_NA, .reason = "no interval yet"};
	if (what == FS_OP_CLOSE && ops->others.state != FIG_NA && !ops->closes)
		return (struct fig_status){.state = FIG_NA, .reason = "counted while events show closes (e)"};
	if (fs_what_is_io(what))
		return ops->io;
	if (what == FS_OP_FSYNC)
		return ops->syncs;
	if (what == FS_OP_OPEN || what == FS_OP_CREATE)
		return ops->status;
	return ops->others;
}

/* The first row of a filesystem: rows are in order of it. */
static int first_row(const struct fs_ops_snap *ops, uint32_t dev)
{
	int from = 0, to = ops->rows_nr;

	while (from < to) {
		int at = from + (to - from) / 2;

		if (ops->rows[at].dev < dev)
			from = at + 1;
		else
			to = at;
	}
	return from;
}

const char *snapshot_fs_op_type(const struct snapshot *s, uint32_t dev)
{
	const struct fs_ops_snap *ops = s->fs_ops;

	for (int i = ops ? first_row(ops, dev) : 0; ops && i < ops->rows_nr && ops->rows[i].dev == dev; i++)
		if (*ops->rows[i].fstype)
			return ops->rows[i].fstype;
	return snapshot_fs_type(s, dev);
}

static bool is_of(const struct snapshot *s, struct fs_of of, uint32_t dev)
{
	if (of.dev != FS_ALL)
		return dev == of.dev;
	return !of.fstype || !*of.fstype || !strcmp(snapshot_fs_op_type(s, dev), of.fstype);
}

static void add(int64_t *to, int64_t value)
{
	if (*to == FIG_UNKNOWN || value == FIG_UNKNOWN)
		*to = FIG_UNKNOWN;
	else
		fig_add(to, value);
}

void fs_ops_sum_add(struct fs_ops_sum *to, const struct fs_ops_sum *from)
{
	add(&to->count, from->count);
	add(&to->bytes, from->bytes);
	add(&to->ns, from->ns);
	add(&to->errors, from->errors);
	add(&to->enoent, from->enoent);
	if (from->errno_at > to->errno_at) {
		to->errno_at = from->errno_at;
		to->last_errno = from->last_errno;
	}
	for (int i = 0; i < HIST_SLOTS; i++)
		to->hist.slots[i] += from->hist.slots[i];
	if (from->hist.max_ns > to->hist.max_ns)
		to->hist.max_ns = from->hist.max_ns;
}

static struct fs_ops_sum unknown_sum(void)
{
	return (struct fs_ops_sum){
		.count = FIG_UNKNOWN, .bytes = FIG_UNKNOWN, .ns = FIG_UNKNOWN,
		.errors = FIG_UNKNOWN, .enoent = FIG_UNKNOWN,
	};
}

bool snapshot_fs_ops(const struct snapshot *s, struct fs_of of, unsigned what, struct fs_ops_sum *ret)
{
	const struct fs_ops_snap *ops = s->fs_ops;
	int from = ops && of.dev != FS_ALL ? first_row(ops, of.dev) : 0;
	bool any = false;

	*ret = (struct fs_ops_sum){.enoent = fs_what_is_io(what) ? FIG_UNKNOWN : 0};
	for (int i = from; ops && i < ops->rows_nr; i++) {
		const struct fs_op_row *row = &ops->rows[i];

		if (of.dev != FS_ALL && row->dev != of.dev)
			break;
		if (row->what != what || row->sum.count == FIG_UNKNOWN || !is_of(s, of, row->dev))
			continue;
		fs_ops_sum_add(ret, &row->sum);
		any |= row->sum.count > 0;
	}
	/* A window may have begun while it was counted. */
	if (any || snapshot_fs_op_status(s, what).state != FIG_NA)
		return true;
	*ret = unknown_sum();
	return false;
}

bool snapshot_fs_proc_ops(const struct snapshot *s, const struct fs_op_proc *proc, struct fs_of of, unsigned what,
			  struct fs_ops_sum *ret)
{
	int nr = 0;

	*ret = (struct fs_ops_sum){.enoent = fs_what_is_io(what) ? FIG_UNKNOWN : 0};
	for (int i = 0; i < proc->parts_nr; i++) {
		const struct fs_op_part *part = &s->fs_ops->parts[proc->part + i];

		if (part->what != what || !is_of(s, of, part->dev))
			continue;
		fs_ops_sum_add(ret, &part->sum);
		nr++;
	}
	return nr > 0;
}

/* In thousandths. */
static int64_t percent(int64_t part, int64_t whole)
{
	return part >= 0 && whole > 0 ? (int64_t)((double)part * 100000 / (double)whole + 0.5) : FIG_UNKNOWN;
}

void fs_op_row_finish(struct fs_op_row *row, int64_t all_ns)
{
	struct fs_ops_sum *sum = &row->sum;

	if (!fs_what_is_io(row->what))
		sum->bytes = FIG_UNKNOWN; /* it moves none */
	row->avg_ns = sum->count > 0 && sum->ns >= 0 ? sum->ns / sum->count : FIG_UNKNOWN;
	row->p50_ns = hist_percentile_ns(&sum->hist, 500);
	row->p99_ns = hist_percentile_ns(&sum->hist, 990);
	row->max_ns = hist_max_ns(&sum->hist);
	row->enoent_pct = percent(sum->enoent, sum->errors);
	row->share_pct = fs_what_is_own(row->what) ? percent(sum->ns, all_ns) : FIG_UNKNOWN;
}
