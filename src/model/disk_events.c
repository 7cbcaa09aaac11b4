/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single requests: the log of those that were slow, traced or failed, those that are in flight at
 * the last tick, and the newest of each slot of the devices' histograms. Requests in flight are
 * states: a publish writes them behind the log's rows, anew each time.
 */
#include <string.h>

#include "hist.h"
#include "model.h"
#include "snap_disk_events.h"
#include "table.h"

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

#define EVENT_FLAGS (DISK_IO_F_SLOW | DISK_IO_F_TRACED | DISK_IO_F_ERROR)

struct exemplar_rows {
	uint32_t nr, next; /* when full the oldest is at `next` */
	struct disk_event_row rows[DISK_EXEMPLARS_KEPT];
};

/* Of one slot: as records come, and as the last publish found it. */
struct exemplar_slot {
	struct exemplar_rows now, shown;
	bool changed;
};

struct disk_exemplars {
	struct table slots; /* key: device; operation, histogram and slot */
};

struct flights {
	uint32_t nr;
	struct disk_flight_rec recs[DISK_FLIGHT_MAX];
};

struct disk_events_state {
	struct eventlog log;
	struct disk_exemplars exemplars;
	struct disk_events_snap snap;
	struct flights coming, now; /* of the pass that has not ended; of the last tick */
	bool started;
};

static int disk_events_init(void *state)
{
	struct disk_events_state *s = state;
	int ret = eventlog_init(&s->log, sizeof(struct disk_event_row), DISK_EVENTS_MAX, 0, DISK_FLIGHT_MAX);

	return ret ? ret : table_init(&s->exemplars.slots, DISK_EXEMPLARS_MAX, sizeof(struct exemplar_slot));
}

static void disk_events_fini(void *state)
{
	struct disk_events_state *s = state;

	eventlog_fini(&s->log);
	table_fini(&s->exemplars.slots);
}

static void disk_events_clear(void *state)
{
	struct disk_events_state *s = state;

	eventlog_clear(&s->log);
	table_clear(&s->exemplars.slots);
	s->snap = (struct disk_events_snap){0};
	s->coming.nr = s->now.nr = 0;
	s->started = false;
}

/* A figure of a record: bounded, so that sums and differences of it are harmless. */
static int64_t figure(uint64_t value)
{
	return value > INT64_MAX / 4 ? FIG_UNKNOWN : (int64_t)value;
}

static int64_t sum(int64_t a, int64_t b)
{
	return a == FIG_UNKNOWN || b == FIG_UNKNOWN ? FIG_UNKNOWN : a + b;
}

/* From `from_ns` to `to_ns`; never below zero, since CPUs' clocks may step back a little. */
static int64_t lapse(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? figure(to_ns - from_ns) : 0;
}

/* Without its log_row. */
static struct disk_event_row row_of_io(const struct disk_io_rec *r)
{
	struct disk_event_row row = {
		.id = r->id,
		.ts_ns = figure(r->h.ts_ns),
		.queued_ns = FIG_UNKNOWN,
		.queue_ns = figure(r->queue_ns),
		.service_ns = figure(r->service_ns),
		.age_ns = FIG_UNKNOWN,
		.waits_ns = FIG_UNKNOWN,
		.sector = figure(r->sector),
		.bytes = r->bytes,
		.error = r->error,
		.requeues = r->requeues,
		.ino = r->ino ? figure(r->ino) : FIG_UNKNOWN,
		.pid = r->tgid ? r->pid : FIG_UNKNOWN,
		.tgid = r->tgid ? r->tgid : FIG_UNKNOWN,
		.start_ns = r->start_ns,
		.dev = r->dev,
		.file_dev = r->file_dev,
		.set = r->set,
		.flags = r->flags,
		.state = DISK_EVENT_DONE,
	};

	row.latency_ns = sum(row.queue_ns, row.service_ns);
	if (row.ts_ns != FIG_UNKNOWN && row.latency_ns != FIG_UNKNOWN && row.latency_ns <= row.ts_ns)
		row.queued_ns = row.ts_ns - row.latency_ns;
	memcpy(row.comm, r->comm, sizeof(row.comm));
	memcpy(row.submitter, r->submitter, sizeof(row.submitter));
	memcpy(row.file, r->file, sizeof(row.file));
	return row;
}

static struct table_key slot_key(uint32_t dev, int op, enum disk_hist which, int slot)
{
	return (struct table_key){dev, (uint64_t)op << 16 | (uint64_t)which << 8 | (uint64_t)slot};
}

static void add_exemplar(struct disk_events_state *s, const struct disk_event_row *row, enum disk_hist which)
{
	int64_t ns = which == DISK_HIST_QUEUE ? row->queue_ns : row->service_ns;
	struct exemplar_slot *slot;
	bool new;

	if (ns == FIG_UNKNOWN)
		return;
	slot = table_put(&s->exemplars.slots,
			 slot_key(row->dev, row->set & DISK_SET_OP, which, (int)hist_slot((uint64_t)ns)), &new);
	slot->now.rows[slot->now.next] = *row;
	slot->now.next = (slot->now.next + 1) % DISK_EXEMPLARS_KEPT;
	slot->now.nr += slot->now.nr < DISK_EXEMPLARS_KEPT;
	slot->changed = true;
}

/* A request that has completed since the look at those in flight is none of them any more. */
static void land(struct flights *f, const struct disk_io_rec *r)
{
	uint32_t to = 0;

	for (uint32_t i = 0; i < f->nr; i++)
		if (f->recs[i].id != r->id || f->recs[i].queued_ns >= r->h.ts_ns)
			f->recs[to++] = f->recs[i];
	f->nr = to;
}

static void on_io(struct disk_events_state *s, const struct disk_io_rec *r)
{
	struct disk_event_row row = row_of_io(r), *kept;

	land(&s->coming, r);
	land(&s->now, r);
	for (int which = 0; which < DISK_HIST_NR; which++)
		add_exemplar(s, &row, (enum disk_hist)which);
	if (!(row.flags & EVENT_FLAGS))
		return;
	kept = eventlog_add(&s->log, "", 0);
	row.log = kept->log;
	*kept = row;
}

static void on_flight(struct disk_events_state *s, const struct disk_flight_rec *r)
{
	if (s->coming.nr < DISK_FLIGHT_MAX)
		s->coming.recs[s->coming.nr++] = *r;
}

static bool is_none(const void *row)
{
	return false;
}

/* The records before a tick are of its pass. What came before the first one is not of this run. */
static void on_tick(struct disk_events_state *s, const struct tick_rec *r)
{
	if (!s->started || r->flags & TICK_F_FIRST)
		eventlog_keep(&s->log, is_none);
	s->started = true;
	s->now = s->coming;
	s->coming.nr = 0;
}

static int disk_events_apply(void *state, const struct ev_hdr *ev)
{
	struct disk_events_state *s = state;

	if (ev->pane == PANE_CORE && ev->kind == CORE_TICK)
		on_tick(s, REC(tick_rec, ev));
	else if (ev->pane == PANE_DISK && ev->kind == DISK_IO)
		on_io(s, REC(disk_io_rec, ev));
	else if (ev->pane == PANE_DISK && ev->kind == DISK_FLIGHT)
		on_flight(s, REC(disk_flight_rec, ev));
	return 0;
}

static struct disk_event_row row_of_flight(const struct disk_flight_rec *r, uint64_t now_ns)
{
	struct disk_event_row row = {
		.id = r->id,
		.ts_ns = FIG_UNKNOWN,
		.queued_ns = figure(r->queued_ns),
		.queue_ns = r->issued_ns ? lapse(r->queued_ns, r->issued_ns) : FIG_UNKNOWN,
		.service_ns = FIG_UNKNOWN,
		.latency_ns = FIG_UNKNOWN,
		.age_ns = lapse(r->queued_ns, now_ns),
		.waits_ns = lapse(r->issued_ns ? r->issued_ns : r->queued_ns, now_ns),
		.sector = figure(r->sector),
		.bytes = r->bytes,
		.error = FIG_UNKNOWN,
		.requeues = r->requeues,
		.ino = FIG_UNKNOWN,
		.pid = r->tgid ? r->pid : FIG_UNKNOWN,
		.tgid = r->tgid ? r->tgid : FIG_UNKNOWN,
		.start_ns = r->start_ns,
		.dev = r->dev,
		.set = r->set,
		.flags = r->flags,
		.state = r->issued_ns ? DISK_EVENT_ISSUED : DISK_EVENT_QUEUED,
	};

	memcpy(row.comm, r->comm, sizeof(row.comm));
	return row;
}

static bool is_traced(const struct snapshot *snap, const struct disk_event_row *row)
{
	if (snap->trace_tgid == TRACE_ALL ? row->tgid != FIG_UNKNOWN : snap->trace_tgid && row->tgid == snap->trace_tgid)
		return true;
	return row->flags & DISK_IO_F_TRACED || (snap->trace_dev && row->dev == snap->trace_dev);
}

/* Why a request in flight is shown, in the flags that it will have as an event. */
static void flag_flight(const struct snapshot *snap, struct disk_event_row *row)
{
	row->flags &= (uint16_t)~(DISK_IO_F_SLOW | DISK_IO_F_ERROR);
	if (row->age_ns == FIG_UNKNOWN || row->age_ns >= (int64_t)snap->disk_slow_ns)
		row->flags |= DISK_IO_F_SLOW;
	if (is_traced(snap, row))
		row->flags |= DISK_IO_F_TRACED;
}

/* Behind the log, oldest first. */
static int put_flights(struct disk_events_state *s, const struct tick_rec *tick, const struct snapshot *snap)
{
	struct disk_event_row *first = log_row_at(&s->log, &s->log.shown, s->log.shown.nr);
	int nr = 0;

	for (uint32_t i = 0; i < s->now.nr; i++) {
		struct disk_event_row row = row_of_flight(&s->now.recs[i], tick->h.ts_ns);
		int at = nr;

		flag_flight(snap, &row);
		if (!(row.flags & EVENT_FLAGS))
			continue;
		for (; at > 0 && first[at - 1].queued_ns > row.queued_ns; at--)
			first[at] = first[at - 1];
		first[at] = row;
		nr++;
	}
	return nr;
}

static void show_exemplars(struct disk_exemplars *e)
{
	struct exemplar_slot *slot;
	struct table_key key;
	uint32_t cursor = 0;

	while ((slot = table_next(&e->slots, &cursor, &key)))
		if (slot->changed) {
			slot->shown = slot->now;
			slot->changed = false;
		}
}

static void disk_events_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct disk_events_state *s = state;

	eventlog_show(&s->log);
	show_exemplars(&s->exemplars);
	s->snap = (struct disk_events_snap){
		.rows = log_row_at(&s->log, &s->log.shown, 0),
		.log_nr = (int)s->log.shown.nr,
		.new_from = (int)s->log.new_from,
		.dropped = s->log.dropped_now,
		.dropped_all = s->log.dropped_all,
		.scrolled_all = s->log.scrolled_all,
		.flights_nr = (int)s->now.nr,
		.exemplars = &s->exemplars,
	};
	s->snap.nr = s->snap.log_nr + put_flights(s, tick, snap);
	snap->disk_events = &s->snap;
}

/* Puts `row` among the `nr` in `ret`, the newest first; what does not fit `max` is the oldest. */
static int put_newest(const struct disk_event_row **ret, int nr, int max, const struct disk_event_row *row)
{
	int at = nr;

	while (at > 0 && ret[at - 1]->ts_ns < row->ts_ns)
		at--;
	if (at == max)
		return nr;
	nr += nr < max;
	memmove(&ret[at + 1], &ret[at], (size_t)(nr - at - 1) * sizeof(*ret));
	ret[at] = row;
	return nr;
}

int snapshot_disk_exemplars(const struct snapshot *s, uint32_t dev, int op, enum disk_hist which, int slot,
			    const struct disk_event_row **ret, int max)
{
	const struct exemplar_slot *e;
	struct table_key key;
	uint32_t cursor = 0;
	int nr = 0;

	if (!s->disk_events || !s->disk_events->exemplars)
		return 0;
	while ((e = table_next(&s->disk_events->exemplars->slots, &cursor, &key))) {
		int of = (int)(key.b >> 16);

		if ((dev != DISK_ALL && key.a != dev) || (op != DISK_ANY_OP && of != op) ||
		    key.b != slot_key(dev, of, which, slot).b)
			continue;
		for (uint32_t i = 0; i < e->shown.nr; i++)
			nr = put_newest(ret, nr, max, &e->shown.rows[i]);
	}
	return nr;
}

extern const struct model_ops disk_events_model;
const struct model_ops disk_events_model = {
	.name = "disk-events",
	.pane = PANE_DISK,
	.state_size = sizeof(struct disk_events_state),
	.init = disk_events_init,
	.fini = disk_events_fini,
	.clear = disk_events_clear,
	.apply = disk_events_apply,
	.publish = disk_events_publish,
};
