/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block I/O by process: which records make the table, when counting begins, and what of it is
 * known. Requests that pass through a device that stands on another are charged at the top only;
 * below they belong to nobody here.
 */
#include <string.h>

#include "disk_procs_rows.h"
#include "model.h"

#define REC(type, ev) ((const struct type *)(const void *)(ev))

struct disk_procs {
	struct disk_procs_table table;
	struct disk_procs_made made;
	struct disk_procs_snap snap;
	struct disk_flight_rec flights[DISK_FLIGHT_MAX]; /* told since the last tick */
	int flights_nr;
	bool begun;	  /* a tick has passed */
	uint64_t refused; /* at the last publish */
};

static int procs_init(void *state)
{
	struct disk_procs *s = state;
	int ret = disk_procs_table_init(&s->table);

	return ret ? ret : disk_procs_made_init(&s->made);
}

static void procs_fini(void *state)
{
	struct disk_procs *s = state;

	disk_procs_table_fini(&s->table);
	disk_procs_made_fini(&s->made);
}

static void procs_clear(void *state)
{
	struct disk_procs *s = state;

	disk_procs_table_clear(&s->table);
	disk_procs_made_clear(&s->made);
	s->snap = (struct disk_procs_snap){.made = NULL};
	s->flights_nr = 0;
	s->begun = false;
	s->refused = 0;
}

static void on_flight(struct disk_procs *s, const struct disk_flight_rec *r)
{
	if (s->flights_nr < DISK_FLIGHT_MAX)
		s->flights[s->flights_nr++] = *r;
	disk_procs_table_flight(&s->table, r);
}

static void on_tick(struct disk_procs *s, const struct tick_rec *tick)
{
	if (!s->begun || (tick->flags & TICK_F_FIRST))
		for (int i = 0; i < SINCE_NR; i++)
			disk_procs_table_rebase(&s->table, (enum since)i);
	else if (tick->flags & TICK_F_GAP)
		disk_procs_table_rebase(&s->table, SINCE_PUBLISH);
	s->begun = true;
	disk_procs_table_tick(&s->table);
	memcpy(s->made.flights, s->flights, (size_t)s->flights_nr * sizeof(s->flights[0]));
	s->made.flights_nr = s->flights_nr;
	s->made.tick_ns = tick->h.ts_ns;
	s->flights_nr = 0;
}

static int procs_apply(void *state, const struct ev_hdr *ev)
{
	struct disk_procs *s = state;

	if (ev->pane == PANE_CORE)
		on_tick(s, REC(tick_rec, ev)); /* nothing else comes of that pane */
	else if (ev->kind == DISK_PROC)
		disk_procs_table_record(&s->table, REC(disk_proc_rec, ev));
	else if (ev->kind == DISK_FLIGHT)
		on_flight(s, REC(disk_flight_rec, ev));
	return 0;
}

/* The processes that the table of tasks shows; those names are the newest. */
static void link_rows(struct disk_procs *s, const struct snapshot *snap)
{
	for (uint32_t i = 0; i < s->table.procs.fresh; i++) {
		struct disk_proc *p = pool_at(&s->table.procs, i);

		if (proc_who_is_one(&p->who))
			proc_who_link(&p->who, snap);
	}
}

static void fold_gone(struct disk_procs *s, bool shown)
{
	for (uint32_t i = 0; i < s->table.procs.fresh; i++) {
		struct disk_proc *p = pool_at(&s->table.procs, i);

		if ((shown || !p->who.row) && disk_procs_table_is_gone(p))
			disk_procs_table_fold(&s->table, p);
	}
}

/* Who started a request is told at its start only, and without that nobody can be charged. */
static struct fig_status start_status(const struct snapshot *snap)
{
	struct fig_status status = snapshot_probe_status(snap, "io-start");

	if (status.state == FIG_NA && snapshot_probe_status(snap, "io-getrq").state != FIG_NA)
		status = (struct fig_status){.state = FIG_EXACT};
	return status;
}

static void set_status(struct disk_procs *s, const struct snapshot *snap)
{
	uint64_t refused = s->table.entries.refused + s->table.procs.refused;
	bool losing = refused > s->refused || snap->losing[PANE_DISK];
	struct disk_procs_snap *d = &s->snap;

	d->status = start_status(snap);
	if (d->status.state != FIG_NA)
		d->status = snapshot_probe_status(snap, "io-complete");
	if (!(snap->m.host.flags & HOST_F_BPF))
		d->status = (struct fig_status){
			.state = FIG_NA,
			.reason = "needs BPF: /proc has bytes of a process, but no requests, devices or times",
		};
	if (d->status.state != FIG_NA && losing)
		d->status.state = FIG_INCOMPLETE;
	d->time_status = d->flight_status = d->status;
	if (d->status.state != FIG_NA && snapshot_probe_status(snap, "io-issue").state == FIG_NA)
		d->time_status = snapshot_probe_status(snap, "io-issue");
	if (d->status.state == FIG_EXACT && s->made.flights_nr == DISK_FLIGHT_MAX)
		d->flight_status.state = FIG_INCOMPLETE;
	s->refused = refused;
}

/* Without completions nothing ever leaves the device. */
static void set_oldest(struct disk_procs *s)
{
	if (s->snap.status.state == FIG_NA) {
		s->snap.oldest_ns = FIG_UNKNOWN;
		s->made.flights_nr = 0;
		return;
	}
	for (int i = 0; i < s->made.flights_nr; i++) {
		const struct disk_flight_rec *f = &s->made.flights[i];
		int64_t age_ns = since_growth(s->made.tick_ns, f->queued_ns, 1);

		if (age_ns <= s->snap.oldest_ns)
			continue;
		s->snap.oldest_ns = age_ns;
		s->snap.oldest_dev = f->dev;
	}
}

static void procs_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct disk_procs *s = state;

	s->snap = (struct disk_procs_snap){.rows_nr = 0};
	set_status(s, snap);
	set_oldest(s);
	snap->disk_procs = &s->snap;
	link_rows(s, snap);
	fold_gone(s, false);
	disk_procs_made_rows(&s->made, &s->table, snap, since_of(window), &s->snap);
	if (window != WINDOW_TOTAL)
		fold_gone(s, true);
	disk_procs_table_rebase(&s->table, SINCE_PUBLISH);
}

static void procs_mark(void *state)
{
	disk_procs_table_rebase(&((struct disk_procs *)state)->table, SINCE_MARK);
}

extern const struct model_ops disk_procs_model;
const struct model_ops disk_procs_model = {
	.name = "disk processes",
	.pane = PANE_DISK,
	.state_size = sizeof(struct disk_procs),
	.init = procs_init,
	.fini = procs_fini,
	.clear = procs_clear,
	.apply = procs_apply,
	.publish = procs_publish,
	.mark = procs_mark,
};
