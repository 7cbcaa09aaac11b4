/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host and the instrument. */
#include "core_model.h"

#include <string.h>

#include "since.h"

#define ALERT_SHOWN_NS 10000000000ULL
#define LOSSES_MAX     (SNAP_PROBES_MAX * 1024)

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

int core_init(struct core *c)
{
	int ret;

	*c = (struct core){ 0 };
	ret = pool_init(&c->losses, POOL_PLAIN, LOSSES_MAX, sizeof(struct loss_row));
	return ret ? ret
		   : pool_init(&c->losses_shown, POOL_PLAIN, LOSSES_MAX, sizeof(struct loss_row));
}

void core_fini(struct core *c)
{
	pool_fini(&c->losses);
	pool_fini(&c->losses_shown);
}

void core_clear(struct core *c)
{
	struct pool losses = c->losses, shown = c->losses_shown;

	pool_clear(&losses);
	pool_clear(&shown);
	*c = (struct core){.losses = losses, .losses_shown = shown};
}

static struct loss_row *loss_at(const struct pool *p, uint32_t i)
{
	return pool_at(p, i);
}

static bool is_loss(const struct core *c, uint32_t i, const struct loss_rec *r)
{
	const struct loss_row *row;

	if (i >= c->losses.nr)
		return false;
	row = loss_at(&c->losses, i);
	return row->probe == r->probe && row->cpu == r->h.cpu;
}

/* Whether no row can be that of `r`: it comes after all of them, which stand in their order. */
static bool loss_is_new(const struct core *c, const struct loss_rec *r)
{
	const struct loss_row *last = c->losses.nr ? loss_at(&c->losses, c->losses.nr - 1) : NULL;

	return !last || (!c->losses_mixed && (last->probe < r->probe || (last->probe == r->probe && last->cpu < r->h.cpu)));
}

/* The records come in the same order each time, so the next one is where it is expected. */
static struct loss_row *find_loss(struct core *c, const struct loss_rec *r)
{
	uint32_t i = c->loss_next;

	if (loss_is_new(c, r)) {
		i = c->losses.nr;
	} else if (!is_loss(c, i, r)) {
		for (i = 0; i < c->losses.nr && !is_loss(c, i, r); i++)
			;
		c->losses_mixed = c->losses_mixed || i == c->losses.nr;
	}
	c->loss_next = i + 1;
	return i < c->losses.nr ? loss_at(&c->losses, i) : pool_get(&c->losses, 0);
}

static void on_loss(struct core *c, const struct loss_rec *r)
{
	struct loss_row *row = r->probe < SNAP_PROBES_MAX ? find_loss(c, r) : NULL;

	if (row)
		*row = (struct loss_row){.probe = r->probe, .cpu = r->h.cpu, .rec = *r};
}

static void on_probe(struct core *c, const struct probe_rec *r)
{
	if (r->probe >= SNAP_PROBES_MAX)
		return;
	c->probes[r->probe] = *r;
	if (r->probe >= c->probes_nr)
		c->probes_nr = r->probe + 1;
}

static void add_loss(struct loss_rec *sum, const struct loss_rec *r)
{
	sum->pane = r->pane;
	sum->events += r->events;
	sum->seen += r->seen;
	sum->submitted += r->submitted;
	sum->full += r->full;
	sum->received += r->received;
	sum->map_full += r->map_full;
	sum->unmatched += r->unmatched;
	sum->recursion_misses += r->recursion_misses;
	sum->cost_ns += r->cost_ns;
	if (r->max_ns > sum->max_ns)
		sum->max_ns = r->max_ns;
}

/* Sums the losses by pane. */
static void sum_losses(const struct core *c, struct loss_rec ret[PANE_NR])
{
	const struct loss_row *row;

	memset(ret, 0, PANE_NR * sizeof(*ret));
	for (uint32_t i = 0; i < c->losses.nr; i++) {
		row = loss_at(&c->losses, i);
		add_loss(&ret[row->rec.pane], &row->rec);
	}
}

/* Totals count from the first tick; an interval that holds a gap, from the gap. */
static void on_tick(struct core *c, const struct tick_rec *r)
{
	bool first = !c->started || (r->flags & TICK_F_FIRST);

	if (first) {
		c->psi.first = c->psi.now;
		c->self.first = c->self.now;
		sum_losses(c, c->lost_last); /* what was lost before is in no figure */
	}
	if (first || (r->flags & TICK_F_GAP)) {
		c->psi.last = c->psi.now;
		c->self.last = c->self.now;
	}
	c->started = true;
}

void core_apply(struct core *c, const struct ev_hdr *ev)
{
	switch (ev->kind) {
	case CORE_HOST:
		c->host = *REC(host_rec, ev);
		break;
	case CORE_MEM:
		c->mem = *REC(mem_rec, ev);
		break;
	case CORE_LOAD:
		c->load = *REC(load_rec, ev);
		break;
	case CORE_PSI:
		c->psi.now = *REC(psi_rec, ev);
		break;
	case CORE_SELF:
		c->self.now = *REC(self_rec, ev);
		break;
	case CORE_ALERT:
		c->alert = *REC(alert_rec, ev);
		break;
	case CORE_DEMAND:
		c->demand = *REC(demand_rec, ev);
		break;
	case CORE_PROBE:
		on_probe(c, REC(probe_rec, ev));
		break;
	case CORE_LOSS:
		on_loss(c, REC(loss_rec, ev));
		break;
	case CORE_TICK:
		on_tick(c, REC(tick_rec, ev));
		break;
	}
}

static int64_t known(bool there, uint64_t value)
{
	return there && value <= SINCE_VALUE_MAX ? (int64_t)value : FIG_UNKNOWN;
}

static void publish_psi(const struct core *c, enum window window, struct machine *m)
{
	const struct psi_rec *before = window == WINDOW_INTERVAL ? &c->psi.last :
				       window == WINDOW_MARK	 ? &c->psi.mark :
								   &c->psi.first;
	bool there = c->psi.now.h.size && before->h.size;

	for (int i = 0; i < PSI_NR; i++) {
		m->psi[i] = (struct psi_fig){FIG_UNKNOWN, FIG_UNKNOWN};
		if (!there)
			continue;
		m->psi[i].some_ns = since_growth(c->psi.now.some_us[i], before->some_us[i], 1000);
		m->psi[i].full_ns = since_growth(c->psi.now.full_us[i], before->full_us[i], 1000);
	}
}

static int64_t minus(int64_t a, int64_t b)
{
	if (a == FIG_UNKNOWN || b == FIG_UNKNOWN)
		return FIG_UNKNOWN;
	return a > b ? a - b : 0;
}

static int64_t plus(int64_t a, int64_t b)
{
	return a == FIG_UNKNOWN || b == FIG_UNKNOWN ? FIG_UNKNOWN : a + b;
}

/* used + buffers + cached + free = total, as in htop: shared memory is used, not cache. */
static void publish_mem(const struct core *c, struct machine *m)
{
	const struct mem_rec *r = &c->mem;
	bool there = r->h.size;
	int64_t slab = known(there, r->slab_reclaimable);

	m->mem_total = known(there, r->total);
	m->mem_free = known(there, r->free);
	m->mem_available = known(there, r->available);
	m->mem_buffers = known(there, r->buffers);
	m->mem_shmem = known(there, r->shmem);
	m->mem_dirty = known(there, r->dirty);
	m->mem_writeback = known(there, r->writeback);
	m->mem_cached = known(there, r->cached);
	if (slab != FIG_UNKNOWN)
		m->mem_cached = plus(m->mem_cached, slab);
	if (m->mem_shmem != FIG_UNKNOWN)
		m->mem_cached = minus(m->mem_cached, m->mem_shmem);
	m->mem_used = minus(minus(minus(m->mem_total, m->mem_free), m->mem_buffers), m->mem_cached);
	m->swap_total = known(there, r->swap_total);
	m->swap_used = minus(m->swap_total, known(there, r->swap_free));
}

static void publish_load(const struct core *c, struct machine *m)
{
	for (int i = 0; i < 3; i++)
		m->load_centi[i] = c->load.h.size && c->load.load_centi[i] != REC_UNKNOWN32
					   ? c->load.load_centi[i]
					   : FIG_UNKNOWN;
}

static void publish_self(const struct core *c, enum window window, struct machine *m)
{
	const struct self_rec *before = window == WINDOW_INTERVAL ? &c->self.last :
					window == WINDOW_MARK	  ? &c->self.mark :
								    &c->self.first;
	bool there = c->self.now.h.size && before->h.size;

	m->self = c->self.now;
	m->self_cpu_ns = there ? since_growth(c->self.now.cpu_ns, before->cpu_ns, 1) : FIG_UNKNOWN;
	m->self_bpf_ns = there ? since_growth(c->self.now.bpf_ns, before->bpf_ns, 1) : FIG_UNKNOWN;
}

static void publish_alert(const struct core *c, const struct tick_rec *tick, struct machine *m)
{
	bool fresh = tick->h.ts_ns < c->alert.h.ts_ns + ALERT_SHOWN_NS;

	m->alert = c->alert.text[0] && fresh ? c->alert : (struct alert_rec){ 0 };
}

static bool grew(const struct loss_rec *now, const struct loss_rec *before)
{
	return now->full > before->full || now->map_full > before->map_full ||
	       now->recursion_misses > before->recursion_misses;
}

static void publish_losses(struct core *c, struct snapshot *snap)
{
	for (uint32_t i = 0; i < c->losses.nr; i++) {
		if (i >= c->losses_shown.nr)
			pool_get(&c->losses_shown, 0);
		*loss_at(&c->losses_shown, i) = *loss_at(&c->losses, i);
	}
	sum_losses(c, snap->lost);
	for (int i = 0; i < PANE_NR; i++)
		snap->losing[i] = grew(&snap->lost[i], &c->lost_last[i]);
	memcpy(c->lost_last, snap->lost, sizeof(c->lost_last));
	snap->losses = loss_at(&c->losses_shown, 0);
	snap->losses_nr = (int)c->losses_shown.nr;
}

void core_publish(struct core *c, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct machine *m = &snap->m;

	m->host = c->host;
	m->tick = *tick;
	publish_mem(c, m);
	publish_load(c, m);
	publish_psi(c, window, m);
	publish_self(c, window, m);
	publish_alert(c, tick, m);
	publish_losses(c, snap);
	memcpy(c->probes_shown, c->probes, sizeof(c->probes));
	snap->probes = c->probes_shown;
	snap->probes_nr = c->probes_nr;
	snap->demand = c->demand.on;
	snap->slow_ns = c->demand.slow_ns;
	snap->disk_slow_ns = c->demand.disk_slow_ns;
	snap->fs_slow_ns = c->demand.fs_slow_ns;
	snap->fs_kinds = c->demand.fs_kinds;
	snap->trace_tgid = c->demand.trace_tgid;
	snap->trace_dev = c->demand.trace_dev;
	c->psi.last = c->psi.now;
	c->self.last = c->self.now;
}

struct fig_status snapshot_probe_status(const struct snapshot *s, const char *name)
{
	for (int i = 0; i < s->probes_nr; i++) {
		const struct probe_rec *p = &s->probes[i];

		if (p->h.size && !strcmp(p->name, name) && p->state != PROBE_ON)
			return (struct fig_status){
				.state = FIG_NA, .reason = *p->reason ? p->reason : "the probe is off"};
	}
	return (struct fig_status){.state = FIG_EXACT};
}

/* The records of a tick come right before it, so what is there now is as of the last tick. */
void core_mark(struct core *c)
{
	c->psi.mark = c->psi.now;
	c->self.mark = c->self.now;
}
