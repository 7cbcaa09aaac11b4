/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose histograms CPU / runqueue shows, and which of their buckets is under the cursor. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu_runqueue.h"
#include "heat.h"
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

struct hist_shape runqueue_shape(const struct ui *ui)
{
	const struct runqueue_ui *r = &ui->cpu.runqueue;

	return (struct hist_shape){ .first = r->first, .step = r->step > 0 ? r->step : 1, .lines = r->lines };
}

int runqueue_slot(const struct ui *ui, const struct hist *h)
{
	int64_t p99 = hist_percentile_ns(h, 990);

	if (ui->cpu.runqueue.slot)
		return ui->cpu.runqueue.slot - 1;
	return p99 == FIG_UNKNOWN ? -1 : (int)hist_slot((uint64_t)p99);
}

struct bucket runqueue_bucket(const struct ui *ui, const struct hist *h)
{
	struct hist_shape shape = runqueue_shape(ui);
	int slot = runqueue_slot(ui, h), line = slot < 0 ? -1 : hist_line(shape, slot);

	if (slot < 0)
		return (struct bucket){ 0, 0 };
	if (line < 0)
		return (struct bucket){ slot, 1 };
	return (struct bucket){ shape.first + line * shape.step, shape.step };
}

void runqueue_bounds(struct bucket b, char *buf, size_t size)
{
	uint64_t low_ns = hist_low_ns((unsigned)b.first), high_ns = hist_high_ns((unsigned)(b.first + b.nr - 1));

	if (high_ns == UINT64_MAX)
		snprintf(buf, size, "%s and more", word_ns((int64_t)low_ns));
	else
		snprintf(buf, size, "%s-%s", low_ns ? word_ns((int64_t)low_ns) : "0", word_ns((int64_t)high_ns));
}

uint64_t runqueue_count(const struct hist *h, struct bucket b)
{
	uint64_t sum = 0;

	for (int slot = b.first; slot < b.first + b.nr && slot < HIST_SLOTS; slot++)
		sum += h->slots[slot];
	return sum;
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

/* Another subject, or a replay that went back: what was kept is of something else. */
static void heat_begin(struct subject_heat *k, const struct ui *ui, const struct snapshot *s)
{
	struct row_id id = ui->entered ? ui->entered_id : (struct row_id){ 0, 0 };
	uint64_t cgroup_id = ui->entered ? 0 : ui->cpu.group.cgroup_id;

	if (k->pid == id.a && k->start_ns == id.b && k->cgroup_id == cgroup_id && k->ts_ns <= s->m.tick.h.ts_ns &&
	    k->window == s->m.window)
		return;
	if (k->pid != id.a || k->start_ns != id.b || k->cgroup_id != cgroup_id || k->ts_ns > s->m.tick.h.ts_ns)
		for (int i = 0; i < HIST_WHICH_NR; i++)
			heat_init(&k->heat[i], k->columns[i], HEAT_COLUMNS);
	memset(k->has_last, 0, sizeof(k->has_last));
	k->pid = id.a;
	k->start_ns = id.b;
	k->cgroup_id = cgroup_id;
	k->window = s->m.window;
	k->ts_ns = 0;
}

static void column_put(struct subject_heat *k, int which, const struct hist *h, uint64_t end_ns)
{
	bool whole = k->window == WINDOW_INTERVAL, had = k->has_last[which];

	if (!whole)
		k->has_last[which] = true;
	if (whole || had)
		heat_put(&k->heat[which], end_ns, h->slots, whole ? NULL : k->last[which].slots);
	k->last[which] = *h;
}

void runqueue_update(struct ui *ui, const struct snapshot *s)
{
	struct subject_heat *k = &ui->cpu.heat;
	const char *why;
	struct hist h;

	if (!runqueue_narrowed(ui) || !s->m.interval_ns)
		return;
	heat_begin(k, ui, s);
	if (k->ts_ns == s->m.tick.h.ts_ns)
		return;
	k->ts_ns = s->m.tick.h.ts_ns;
	for (int i = 0; i < HIST_WHICH_NR; i++)
		if (runqueue_hist(s, ui, (enum hist_which)i, &h, &why))
			column_put(k, i, &h, k->ts_ns);
}
