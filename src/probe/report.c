// SPDX-License-Identifier: GPL-2.0-or-later
/* What the instrument says of itself: the state of each probe, its losses and its cost. */
#include <stdio.h>
#include <string.h>

#include "probe_impl.h"

/* Bytes of one task's state in the kernel: the value and what the kernel adds to it. */
#define STATE_BYTES 512

static bool is_on(struct kernel_source *k, unsigned probe)
{
	struct program *p = probe_program(k, probe);

	if (!p || !p->chosen || p->state != PROGRAM_FIT)
		return false;
	return probe == PROBE_PASS || probe == PROBE_FLOOD || p->link;
}

bool probe_is_on(struct source *s, unsigned probe)
{
	return is_on((struct kernel_source *)s, probe);
}

static enum probe_state state_of(struct kernel_source *k, unsigned probe, const char **reason)
{
	struct program *p = probe_program(k, probe);

	*reason = "";
	if (is_on(k, probe))
		return PROBE_ON;
	if (p && p->chosen && p->state == PROGRAM_FIT) {
		*reason = k->off[probe]	      ? "turned off here" :
			  probe_wants(k, probe) ? "on demand: attached while a view asks for it" :
						      "not attached yet";
		return PROBE_OFF;
	}
	*reason = p ? p->reason : "not in this build";
	return p && p->state == PROGRAM_REFUSED ? PROBE_REFUSED : PROBE_ABSENT;
}

static enum probe_rung rung_of(struct kernel_source *k, unsigned probe)
{
	for (unsigned i = 0; i < probe_programs_nr; i++)
		if (probe_programs[i].probe == probe && k->programs[i].chosen)
			return probe_programs[i].rung;
	return RUNG_NONE;
}

static void emit_probe(struct kernel_source *k, unsigned probe, uint64_t now_ns, record_fn fn,
		       void *ctx)
{
	const struct probe_desc *desc = &probe_descs[probe];
	struct probe_rec r = {.probe = (uint16_t)probe, .pane = desc->pane};
	const char *reason;

	record_init(&r.h, now_ns, PANE_CORE, CORE_PROBE, sizeof(r));
	r.state = state_of(k, probe, &reason);
	r.rung = rung_of(k, probe);
	r.on_demand = probe == PROBE_FLOOD || probe_wants(k, probe);
	snprintf(r.name, sizeof(r.name), "%s", desc->name);
	snprintf(r.hook, sizeof(r.hook), "%s", desc->hook);
	snprintf(r.figures, sizeof(r.figures), "%s", desc->figures);
	if (r.state == PROBE_REFUSED || r.state == PROBE_ABSENT)
		snprintf(r.reason, sizeof(r.reason), "%.100s. %.56s", reason, desc->mend);
	else
		snprintf(r.reason, sizeof(r.reason), "%s", reason);
	if (probe_is_needless(k, probe)) {
		r.state = PROBE_OFF;
		snprintf(r.reason, sizeof(r.reason), "%s", reason);
	}
	fn(ctx, &r.h);
}

/* How often the kernel skipped the program because it would have interrupted itself. */
static uint64_t recursion_misses(struct kernel_source *k, unsigned probe)
{
	struct program *p = probe_program(k, probe);
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (!p || !p->prog || bpf_obj_get_info_by_fd(bpf_program__fd(p->prog), &info, &size))
		return 0;
	return info.recursion_misses;
}

static uint64_t cost_ns(const struct probe_stats *s)
{
	return s->timed ? (uint64_t)((double)s->timed_ns / s->timed * s->events) : 0;
}

/* What had been submitted when the ring was drained; what came since then is not late. */
static uint64_t submitted(struct kernel_source *k, unsigned probe, unsigned cpu)
{
	uint64_t received = k->received[cpu][probe];

	if (!k->is_settled)
		return k->blocks[cpu].probe[probe].submitted;
	return received > k->settled[cpu][probe] ? received : k->settled[cpu][probe];
}

static void emit_loss(struct kernel_source *k, unsigned probe, unsigned cpu, uint64_t now_ns,
		      record_fn fn, void *ctx)
{
	const struct probe_stats *s = &k->blocks[cpu].probe[probe];
	struct loss_rec r = {
		.probe = (uint16_t)probe,
		.pane = probe_descs[probe].pane,
		.events = s->events,
		.submitted = submitted(k, probe, cpu),
		.full = s->full,
		.received = k->received[cpu][probe],
		.map_full = s->map_full,
		.unmatched = s->unmatched,
		.cost_ns = cost_ns(s),
		.max_ns = s->max_ns,
	};

	record_init(&r.h, now_ns, PANE_CORE, CORE_LOSS, sizeof(r));
	r.h.cpu = (uint16_t)cpu;
	r.seen = k->is_settled ? r.submitted + r.full : s->seen;
	if (!cpu)
		r.recursion_misses = recursion_misses(k, probe);
	if (!cpu && probe == PROBE_PASS) {
		r.events = k->passes;
		r.cost_ns = k->pass_sum_ns;
		r.max_ns = k->pass_max_ns;
	}
	fn(ctx, &r.h);
}

void probe_report(struct source *s, uint64_t now_ns, record_fn fn, void *ctx)
{
	struct kernel_source *k = (struct kernel_source *)s;

	for (unsigned probe = 0; probe < PROBE_NR; probe++) {
		if (probe == PROBE_FLOOD && !k->opts.flood)
			continue;
		emit_probe(k, probe, now_ns, fn, ctx);
		for (unsigned cpu = 0; cpu < k->cpus; cpu++)
			emit_loss(k, probe, cpu, now_ns, fn, ctx);
	}
	k->is_settled = false;
}

void probe_totals(struct source *s, struct probe_totals *ret)
{
	struct kernel_source *k = (struct kernel_source *)s;

	*ret = (struct probe_totals){
		.tasks = k->pass_tasks, .pass_ns = k->pass_ns, .pass_max_ns = k->pass_max_ns};
	ret->maps_bytes = k->maps_bytes + (k->storage ? (uint64_t)k->pass_tasks * STATE_BYTES : 0);
	for (unsigned probe = 0; probe < PROBE_NR; probe++) {
		if (probe == PROBE_FLOOD)
			continue; /* for tests: no figure is missing without it */
		if (probe_wants(k, probe) && !(probe_wants(k, probe) & k->demand))
			continue; /* nobody asks for its figures */
		if (probe_is_needless(k, probe))
			continue;
		ret->all++;
		ret->on += is_on(k, probe);
	}
	for (unsigned cpu = 0; cpu < k->cpus; cpu++)
		for (unsigned probe = 0; probe < PROBE_NR; probe++) {
			const struct probe_stats *p = &k->blocks[cpu].probe[probe];

			ret->bpf_ns += cost_ns(p);
			ret->lost_ring += p->full;
			ret->lost_map += p->map_full;
		}
}
