/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: system calls, as many as a thread's switches leave room for. */
#include "synth_host.h"

#include <string.h>

#include "record.h"

static bool makes(const struct proc *p, const struct synth_call *row)
{
	return !p->role->kthread && !p->role->self && p->role->on_pm > 0 &&
	       strcmp(p->role->comm, row->comm) == 0;
}

/* In the order of the processes, until there is no more room. */
void synth_calls_setup(struct synth *s)
{
	for (uint32_t i = 0; i < s->procs_nr; i++) {
		struct proc *p = &s->procs[i];
		uint32_t nr = 0;

		for (uint32_t r = 0; r < s->props->calls_nr; r++)
			nr += makes(p, &s->props->calls[r]);
		if (s->calls_nr + nr > CALLS_MAX)
			continue;
		p->calls = &s->calls[s->calls_nr];
		for (uint32_t r = 0; r < s->props->calls_nr; r++)
			if (makes(p, &s->props->calls[r]))
				p->calls[p->calls_nr++].row = &s->props->calls[r];
		s->calls_nr += nr;
	}
	for (uint32_t r = 0; r < s->props->calls_nr; r++)
		s->calls_rest[r].row = &s->props->calls[r];
}

static void call_add(struct synth *s, struct call *call, uint16_t cpu, uint64_t nr, uint64_t ns)
{
	struct synth_slots drawn;

	if (nr == 0)
		return;
	call->changed = true;
	call->count += nr;
	call->ns += ns;
	call->errors += nr * call->row->error_pm / 1000;
	s->cpus[cpu].calls += nr;
	synth_slots(s, nr, ns, 3, 0, &drawn);
	for (unsigned i = 0; i < HIST_SLOTS; i++) {
		call->slots[i] += (uint32_t)drawn.nr[i];
		if (drawn.max_ns[i] > call->max_ns)
			call->max_ns = drawn.max_ns[i];
	}
}

void synth_calls_run(struct synth *s, struct proc *p, const struct thread *t, uint64_t vcsw,
		     uint64_t blk_ns, uint64_t rest_ns)
{
	if (!(s->demand & DEMAND_CALLS))
		return;
	for (uint32_t r = 0; r < s->props->calls_nr; r++) {
		const struct synth_call *row = &s->props->calls[r];
		struct call *call = &s->calls_rest[r];
		uint64_t nr = vcsw * row->per_100 / 100, slept_ns = 0;

		if (!makes(p, row))
			continue;
		for (uint32_t i = 0; p->calls && i < p->calls_nr; i++)
			if (p->calls[i].row == row)
				call = &p->calls[i];
		if (row->waits && row->waits == p->role->blk)
			slept_ns += blk_ns;
		if (row->waits && row->waits == p->role->rest)
			slept_ns += rest_ns;
		call_add(s, call, t->cpu, nr, nr * row->mean_ns + slept_ns / 1000 * row->waits_pm);
	}
}

static void emit_call(struct synth *s, struct call *call, uint32_t tgid, uint64_t start_ns,
		      bool key)
{
	struct call_rec rec = {
		.tgid = tgid,
		.nr = call->row->nr,
		.flags = call->row->flags,
		.start_ns = start_ns,
		.count = call->count,
		.ns = call->ns,
		.errors = call->errors,
		.max_ns = call->max_ns,
	};
	struct call_err_rec err = {
		.tgid = tgid,
		.nr = call->row->nr,
		.flags = call->row->flags,
		.start_ns = start_ns,
		.error = call->row->error,
		.count = call->errors,
	};

	if (call->count == 0 || !(call->changed || key))
		return;
	memcpy(rec.slots, call->slots, sizeof(rec.slots));
	record_init(&rec.h, s->now_ns, PANE_CPU, CPU_CALL, sizeof(rec));
	synth_emit(s, &rec);
	record_init(&err.h, s->now_ns, PANE_CPU, CPU_CALL_ERR, sizeof(err));
	if (call->errors)
		synth_emit(s, &err);
	call->changed = false;
	call->max_ns = 0;
	/* Hostile: a counter that steps back. */
	if (s->host->hostile && s->tick_nr == 5)
		call->count /= 2;
}

void synth_emit_calls(struct synth *s)
{
	if (!(s->demand & DEMAND_CALLS))
		return;
	for (uint32_t i = 0; i < s->procs_nr; i++) {
		struct proc *p = &s->procs[i];

		for (uint32_t c = 0; c < p->calls_nr; c++)
			emit_call(s, &p->calls[c], p->tgid, p->start_ns, s->key && p->alive);
	}
	for (uint32_t r = 0; r < s->props->calls_nr; r++)
		emit_call(s, &s->calls_rest[r], 0, 0, s->key);
}
