/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose histograms CPU / runqueue shows, and which of their buckets is under the cursor. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu_runqueue.h"
#include "pen.h"
#include "process.h"
#include "snap_exemplars.h"

bool runqueue_narrowed(const struct ui *ui)
{
	return ui->entered || ui->cpu.group.cgroup_id;
}

/* The machine's off-CPU times are always counted, by the same hook as its runs; those of processes on demand. */
const struct fig_status *runqueue_status(const struct snapshot *s, const struct ui *ui, enum hist_which which)
{
	if (which == HIST_RUNQ)
		return &s->runq_status;
	return which == HIST_OFFCPU && runqueue_narrowed(ui) ? &s->offcpu_status : &s->oncpu_hist_status;
}

bool runqueue_is_member(const struct ui *ui, const struct proc_row *row)
{
	if (ui->entered)
		return row->pid != FIG_UNKNOWN && row_id_equal(proc_row_id(row), ui->entered_id);
	return !ui->cpu.group.cgroup_id || row->cgroup_id == (int64_t)ui->cpu.group.cgroup_id;
}

static bool members_hist(const struct snapshot *s, const struct ui *ui, enum hist_which which, struct hist *ret)
{
	struct hist one;
	bool any = false;

	for (int i = 0; i < s->procs_nr; i++) {
		if (!runqueue_is_member(ui, &s->procs[i]) || !snapshot_hist(s, &s->procs[i], which, &one))
			continue;
		for (int slot = 0; slot < HIST_SLOTS; slot++)
			ret->slots[slot] += one.slots[slot];
		if (one.max_ns > ret->max_ns)
			ret->max_ns = one.max_ns;
		any = true;
	}
	return any;
}

bool runqueue_hist(const struct snapshot *s, const struct ui *ui, enum hist_which which, struct hist *ret,
		   const char **ret_why)
{
	const struct fig_status *status = runqueue_status(s, ui, which);

	*ret = (struct hist){ .max_ns = 0 };
	if (status->state == FIG_NA) {
		*ret_why = status->reason ? status->reason : "not available here";
		return false;
	}
	if (!runqueue_narrowed(ui)) {
		*ret = which == HIST_RUNQ ? s->runq : which == HIST_ONCPU ? s->oncpu : s->offcpu;
		return true;
	}
	if (ui->entered && !proc_by_id(s, ui->entered_id))
		*ret_why = "this process has ended; Esc goes back";
	else if (members_hist(s, ui, which, ret))
		return true;
	else
		*ret_why = ui->entered ? "no histogram of this process" : "no process of this cgroup is left";
	return false;
}

struct bucket runqueue_bucket(const struct ui *ui, const struct hist *h)
{
	return bucket_at(&ui->cpu.runqueue.at, &hist_scale_ns, h);
}

static bool of_subject(const struct snapshot *s, const struct ui *ui, const struct latency_rec *r)
{
	const struct proc_row *row;

	if (ui->entered || !ui->cpu.group.cgroup_id)
		return true;
	row = proc_find(s, r->tgid);
	return row && runqueue_is_member(ui, row);
}

int runqueue_exemplars(const struct snapshot *s, const struct ui *ui, struct bucket b, uint32_t tgid,
		       const struct latency_rec **ret, int max)
{
	enum hist_which which = (enum hist_which)ui->cpu.runqueue.which;
	const struct latency_rec *found[EXEMPLARS_KEPT];
	int nr = 0;

	if (!tgid && ui->entered)
		tgid = (uint32_t)ui->entered_id.a;
	for (int slot = b.first; slot < b.first + b.nr; slot++) {
		int got = snapshot_exemplars(s, which, slot, tgid, found, EXEMPLARS_KEPT);

		for (int i = 0; i < got; i++)
			if (of_subject(s, ui, found[i]))
				nr = exemplars_put(ret, nr, max, found[i]);
	}
	return nr;
}

void runqueue_update(struct ui *ui, const struct snapshot *s)
{
	struct heatkeep_of of = { { 0 } };
	const char *why;
	struct hist h;

	if (!runqueue_narrowed(ui) || !s->m.interval_ns)
		return;
	if (ui->entered) {
		of.key[0] = ui->entered_id.a;
		of.key[1] = ui->entered_id.b;
	} else {
		of.key[2] = ui->cpu.group.cgroup_id;
	}
	if (!heatkeep_begin(&ui->cpu.heat, of, s))
		return;
	for (int i = 0; i < HIST_WHICH_NR; i++)
		if (runqueue_hist(s, ui, (enum hist_which)i, &h, &why))
			heatkeep_put(&ui->cpu.heat, i, &h);
}
