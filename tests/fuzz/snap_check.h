/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds in every snapshot whatever records made it: figures, counts, strings with an end. */
#ifndef PROBETOP_SNAP_CHECK_H
#define PROBETOP_SNAP_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snap_calls.h"
#include "snap_cgroup.h"
#include "snap_events.h"
#include "snap_irq.h"
#include "snapshot.h"

#define require(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static void check_figure(int64_t figure)
{
	require(figure >= 0 || figure == FIG_UNKNOWN);
}

/* Percentiles do not pass the largest value, and stand in order. */
static void check_percentiles(int64_t p50_ns, int64_t p99_ns, int64_t max_ns)
{
	check_figure(p50_ns);
	check_figure(p99_ns);
	check_figure(max_ns);
	if (p50_ns != FIG_UNKNOWN && p99_ns != FIG_UNKNOWN)
		require(p50_ns <= p99_ns);
	if (p99_ns != FIG_UNKNOWN && max_ns != FIG_UNKNOWN)
		require(p99_ns <= max_ns);
}

static void check_irqs(const struct irq_snap *irqs)
{
	for (int i = 0; irqs && i < irqs->rows_nr; i++) {
		const struct irq_row *row = &irqs->rows[i];

		require(row->type < IRQ_TYPE_NR && row->cpus_nr >= 0);
		require(memchr(row->name, 0, sizeof(row->name)) != NULL);
		require(memchr(row->label, 0, sizeof(row->label)) != NULL);
		check_figure(row->count);
		check_figure(row->ns);
		check_percentiles(row->p50_ns, row->p99_ns, row->max_ns);
		for (int c = 0; c < row->cpus_nr; c++) {
			check_figure(row->cpus[c].count);
			check_figure(row->cpus[c].ns);
			require(row->cpus[c].cpu >= 0 && row->cpus[c].cpu < EV_CPU_ANY);
		}
	}
}

static void check_call_rows(const struct call_row *rows, int nr)
{
	for (int i = 0; i < nr; i++) {
		const struct call_row *row = &rows[i];

		require(memchr(row->comm, 0, sizeof(row->comm)) != NULL);
		require(memchr(row->name, 0, sizeof(row->name)) != NULL);
		require(row->errs_nr >= 0 && row->errs_nr <= CALL_ERRS_SHOWN);
		check_figure(row->count);
		check_figure(row->ns);
		check_figure(row->errors);
		check_percentiles(row->p50_ns, row->p99_ns, row->max_ns);
		for (int e = 1; e < row->errs_nr; e++)
			require(row->errs[e - 1].count >= row->errs[e].count);
	}
}

static void check_calls(const struct calls_snap *calls)
{
	if (!calls)
		return;
	check_call_rows(calls->names, calls->names_nr);
	check_call_rows(calls->procs, calls->procs_nr);
	check_call_rows(calls->pairs, calls->pairs_nr);
}

static void check_events(const struct events_snap *events)
{
	if (!events)
		return;
	require(events->nr >= 0 && events->nr <= EVENTS_MAX);
	require(events->new_from >= 0 && events->new_from <= events->nr);
	for (int i = 0; i < events->nr; i++) {
		const struct event_row *row = &events->rows[i];

		require(row->kind < EVENT_KIND_NR);
		require(row->log.text_at + row->log.text_len <= EVENTS_TEXT_MAX);
		require(i == 0 || row[-1].log.seq < row->log.seq);
		check_figure(row->latency_ns);
		check_figure(row->cpu_ns);
	}
}

static void check_pairs(const struct snapshot *s, const struct proc_row *row)
{
	struct pair_row rows[4];

	for (int kind = 0; kind < PAIR_KIND_NR; kind++) {
		int nr = snapshot_pairs(s, row, (enum pair_kind)kind, rows, 4);
		int64_t share = 0;

		require(nr >= 0 && nr <= 4);
		for (int i = 0; i < nr; i++) {
			require(memchr(rows[i].name, 0, sizeof(rows[i].name)) != NULL);
			require(rows[i].share_pct >= 0);
			share += rows[i].share_pct;
		}
		require(share <= 100000 + nr); /* each is rounded */
	}
}

static void check_exemplars(const struct snapshot *s, uint32_t tgid)
{
	const struct latency_rec *recs[3];

	for (int which = 0; which < HIST_WHICH_NR; which++)
		for (int slot = 0; slot < HIST_SLOTS; slot++) {
			int nr = snapshot_exemplars(s, (enum hist_which)which, slot, tgid, recs, 3);

			require(nr >= 0 && nr <= 3);
			for (int i = 0; i < nr; i++)
				require(recs[i]->slot == slot && recs[i]->which == which &&
					(!tgid || recs[i]->tgid == tgid));
		}
}

/* Each process is in one group, so the groups hold them all. */
static void check_cgroups(const struct snapshot *s)
{
	const struct cgroup_row *rows;
	int nr = snapshot_cgroups(s, &rows);
	int64_t processes = 0, held = 0;

	for (int i = 0; i < nr; i++) {
		require(memchr(rows[i].unit, 0, sizeof(rows[i].unit)) != NULL);
		require(memchr(rows[i].container, 0, sizeof(rows[i].container)) != NULL);
		require(i == 0 || rows[i - 1].id < rows[i].id);
		check_figure(rows[i].throttled_ns);
		for (int p = 0; p < PSI_NR; p++) {
			check_figure(rows[i].psi[p].some_ns);
			check_figure(rows[i].psi[p].full_ns);
		}
		held += rows[i].sums.processes;
	}
	for (int i = 0; i < s->procs_nr; i++)
		processes += s->procs[i].processes;
	require(held == processes);
}

static void check_blocked(const struct snapshot *s, const struct proc_row *row)
{
	const struct blocked_rec *where = snapshot_blocked(s, row);
	const struct stack_rec *stack = snapshot_stack(s, row);

	require(!where || memchr(where->path, 0, sizeof(where->path)) != NULL);
	require(!stack || stack->len <= STACK_BYTES);
}

#endif
