/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests under way, and the log of those that are over. */
#include "disk_follow.h"

#include <string.h>

#include "sort.h"

int follow_init(struct follow *f)
{
	int ret = table_init(&f->live, STAGE_LIVE_ROWS, sizeof(struct stage_request));

	return ret ? ret : eventlog_init(&f->log, sizeof(struct stage_request), STAGE_REQUESTS_MAX, 0, STAGE_FLIGHTS_MAX);
}

void follow_fini(struct follow *f)
{
	table_fini(&f->live);
	eventlog_fini(&f->log);
}

void follow_clear(struct follow *f)
{
	table_clear(&f->live);
	eventlog_clear(&f->log);
	f->forgotten = 0;
}

void follow_forget(struct follow *f, uint64_t before_ns)
{
	struct stage_request *q;
	uint32_t cursor = 0;

	while ((q = table_next(&f->live, &cursor, NULL)))
		if ((uint64_t)q->begun_ns < before_ns) {
			table_del_entry(&f->live, q);
			f->forgotten++;
		}
}

static bool is_end(const struct disk_stage_rec *r)
{
	return r->stage == STAGE_M || r->stage == STAGE_F ||
	       (r->stage == STAGE_C && r->flags & DISK_STAGE_F_LAST);
}

/* The last place is kept for the step that ends it. */
static void add_step(struct stage_request *q, const struct disk_stage_rec *r)
{
	struct stage_step *step;

	if (!q->at_ns[r->stage] || r->stage == STAGE_D || r->stage == STAGE_C)
		q->at_ns[r->stage] = r->h.ts_ns;
	if (q->steps_nr + !is_end(r) >= STAGE_STEPS_MAX) {
		q->steps_lost++;
		return;
	}
	step = &q->steps[q->steps_nr++];
	*step = (struct stage_step){
		.ts_ns = r->h.ts_ns,
		.sector = r->sector,
		.dev = r->dev,
		.from_dev = r->from_dev,
		.bytes = r->bytes,
		.pid = r->pid,
		.tgid = r->tgid,
		.set = r->set,
		.cpu = r->h.cpu,
		.stage = r->stage,
		.flags = r->flags,
	};
	memcpy(step->comm, r->comm, sizeof(step->comm));
}

/* Where it is and how large: a request grows by merges, a bio shrinks by splits. */
static void place(struct stage_request *q, const struct disk_stage_rec *r)
{
	if (r->stage == STAGE_C) { /* tells what is left then */
		q->id = r->id;
		return;
	}
	q->dev = r->dev;
	q->set = r->set;
	q->sector = r->sector > INT64_MAX ? FIG_UNKNOWN : (int64_t)r->sector;
	q->bytes = r->bytes;
	if (r->stage != STAGE_X)
		q->id = r->id;
	if (r->stage == STAGE_A && !q->part)
		q->part = r->from_dev;
}

/* Of what is charged to the traced process no more was told before it got a request, or was issued. */
static bool is_beginning(const struct disk_stage_rec *r)
{
	return r->stage == STAGE_A || r->stage == STAGE_Q ||
	       (r->flags & DISK_STAGE_F_CHARGED && (r->stage == STAGE_G || r->stage == STAGE_D));
}

static struct stage_request *begin(struct follow *f, const struct disk_stage_rec *r)
{
	struct stage_request *q = table_put(&f->live, (struct table_key){ r->bio, 0 }, &(bool){ false });

	*q = (struct stage_request){
		.bio = r->bio,
		.pid = r->pid,
		.tgid = r->tgid,
		.sampled = r->flags & DISK_STAGE_F_SAMPLED,
		.charged = r->flags & DISK_STAGE_F_CHARGED,
		.begun_ns = r->h.ts_ns > INT64_MAX ? 0 : (int64_t)r->h.ts_ns,
	};
	memcpy(q->comm, r->comm, sizeof(q->comm));
	return q;
}

/* The front of a bio goes its own way: what had befallen the whole befell it too. */
static struct stage_request *split(struct follow *f, const struct disk_stage_rec *r)
{
	struct stage_request *whole = table_get(&f->live, (struct table_key){ r->id, 0 }), *front, copy;

	if (!whole)
		return NULL;
	add_step(whole, r);
	copy = *whole;
	front = table_put(&f->live, (struct table_key){ r->bio, 0 }, &(bool){ false });
	*front = copy;
	front->bio = r->bio;
	return front;
}

/* A plug knows no single request: the thread's that have not left it. */
static bool is_plugged(const struct stage_request *q, const struct disk_stage_rec *r)
{
	return q->pid == (int64_t)r->pid && q->dev == r->dev && q->at_ns[STAGE_G] && !q->at_ns[STAGE_I] && !q->at_ns[STAGE_D];
}

/* The plug is made for the last of them; all leave it together. */
static void plug_step(struct follow *f, const struct disk_stage_rec *r)
{
	struct stage_request *q, *newest = NULL;
	uint32_t cursor = 0;

	while ((q = table_next(&f->live, &cursor, NULL))) {
		if (!is_plugged(q, r))
			continue;
		if (r->stage != STAGE_P)
			add_step(q, r);
		else if (!newest || q->at_ns[STAGE_G] > newest->at_ns[STAGE_G])
			newest = q;
	}
	if (newest)
		add_step(newest, r);
}

static int64_t span(uint64_t from_ns, uint64_t to_ns)
{
	if (!from_ns || !to_ns)
		return FIG_UNKNOWN;
	/* Clocks of two CPUs may disagree by a moment, and damaged records by anything. */
	if (to_ns <= from_ns)
		return 0;
	return to_ns - from_ns > INT64_MAX ? FIG_UNKNOWN : (int64_t)(to_ns - from_ns);
}

static void measure(struct stage_request *q)
{
	const uint64_t *at = q->at_ns;
	bool inserted = at[STAGE_I];

	q->span_ns[SPAN_Q2G] = span(at[STAGE_Q], at[STAGE_G]);
	q->span_ns[SPAN_G2I] = span(at[STAGE_G], at[STAGE_I]);
	q->span_ns[SPAN_I2D] = span(at[STAGE_I], at[STAGE_D]);
	q->span_ns[SPAN_G2D] = inserted ? FIG_UNKNOWN : span(at[STAGE_G], at[STAGE_D]);
	q->span_ns[SPAN_D2C] = span(at[STAGE_D], at[STAGE_C]);
	q->span_ns[SPAN_Q2D] = span(at[STAGE_Q], at[STAGE_D]);
	q->span_ns[SPAN_Q2C] = span(at[STAGE_Q], at[STAGE_C]);
}

static const struct stage_request *end(struct follow *f, struct stage_request *q, const struct disk_stage_rec *r)
{
	struct stage_request *row = eventlog_add(&f->log, "", 0);
	struct log_row log = row->log;

	q->done = true;
	q->merged = r->stage != STAGE_C;
	q->failed = r->flags & DISK_STAGE_F_ERROR;
	q->took_ns = span((uint64_t)q->begun_ns, r->h.ts_ns);
	measure(q);
	*row = *q;
	row->log = log;
	table_del(&f->live, (struct table_key){ r->bio, 0 });
	return row;
}

const struct stage_request *follow_step(struct follow *f, const struct disk_stage_rec *r)
{
	struct stage_request *q;

	if (!r->bio) {
		plug_step(f, r);
		return NULL;
	}
	if (r->stage == STAGE_X) {
		q = split(f, r);
		if (q)
			place(q, r);
		return NULL;
	}
	q = table_get(&f->live, (struct table_key){ r->bio, 0 });
	if (!q && is_beginning(r))
		q = begin(f, r);
	if (!q)
		return NULL; /* its beginning was not seen */
	place(q, r);
	add_step(q, r);
	return is_end(r) ? end(f, q, r) : NULL;
}

static int by_beginning(const void *x, const void *y)
{
	const struct stage_request *a = x, *b = y;

	if (a->begun_ns != b->begun_ns)
		return a->begun_ns < b->begun_ns ? -1 : 1;
	return a->bio < b->bio ? -1 : a->bio > b->bio;
}

/* Behind those that are over there is room for the oldest under way. */
static uint32_t show_live(struct follow *f, uint64_t now_ns)
{
	uint32_t nr = 0, cursor = 0, shown;
	struct stage_request *q;

	while ((q = table_next(&f->live, &cursor, NULL)))
		f->order[nr++] = q;
	sort_pointers(f->order, nr, by_beginning);
	shown = nr < STAGE_FLIGHTS_MAX ? nr : STAGE_FLIGHTS_MAX;
	for (uint32_t i = 0; i < shown; i++) {
		q = log_row_at(&f->log, &f->log.shown, f->log.shown.nr + i);
		*q = *(const struct stage_request *)f->order[i];
		q->took_ns = span((uint64_t)q->begun_ns, now_ns);
		measure(q);
	}
	return shown;
}

void follow_show(struct follow *f, uint64_t now_ns, struct disk_stages_snap *ret)
{
	eventlog_show(&f->log);
	ret->requests = (const struct stage_request *)(const void *)f->log.shown.rows;
	ret->done_nr = (int)f->log.shown.nr;
	ret->new_from = (int)f->log.new_from;
	ret->requests_nr = ret->done_nr + (int)show_live(f, now_ns);
	ret->dropped = f->log.dropped_now;
	ret->dropped_all = f->log.dropped_all + f->forgotten + f->live.evicted;
	ret->scrolled_all = f->log.scrolled_all;
}
