// SPDX-License-Identifier: GPL-2.0-or-later
/* What belongs to CPUs, from their blocks in mapped memory: no system call. */
#include <string.h>

#include "probe_impl.h"

/* Exemplars of one slot that one pass tells, of all CPUs. */
#define EXEMPLARS_MAX 4

static void emit_sched(struct kernel_source *k, uint64_t now_ns, unsigned cpu, record_fn fn,
		       void *ctx)
{
	const struct cpu_block *b = &k->blocks[cpu];
	struct cpu_sched_rec r = {0};

	record_init(&r.h, now_ns, PANE_CPU, CPU_SCHED, sizeof(r));
	r.h.cpu = (uint16_t)cpu;
	r.switches = b->switches;
	r.forks = b->forks;
	r.execs = b->execs;
	r.exits = b->exits;
	r.migrations_in = b->migrations_in;
	r.migrations_out = b->migrations_out;
	r.nr_running = b->nr_running_pass == pass_control(k)->nr ? b->nr_running : 0;
	fn(ctx, &r.h);
}

/* The machine's histogram: CPUs added up. The maximum of the closed epoch is read and cleared. */
static void emit_machine(struct kernel_source *k, uint64_t now_ns, unsigned which, record_fn fn,
			 void *ctx)
{
	unsigned closed = ~pass_control(k)->epoch & 1;
	struct cpu_hist_rec r = {.which = which};

	record_init(&r.h, now_ns, PANE_CPU, CPU_HIST, sizeof(r));
	for (unsigned cpu = 0; cpu < k->cpus; cpu++) {
		struct cpu_block *b = &k->blocks[cpu];

		r.sum_ns += b->sum_ns[which];
		if (b->max_ns[closed][which] > r.max_ns)
			r.max_ns = b->max_ns[closed][which];
		b->max_ns[closed][which] = 0;
		for (unsigned i = 0; i < HIST_SLOTS; i++)
			r.slots[i] += b->slots[which][i];
	}
	fn(ctx, &r.h);
}

/* To CLOCK_MONOTONIC; the offset is at most some milliseconds old while the CPU switches. */
static uint64_t exemplar_end_ns(const struct cpu_block *b, const struct exemplar *e)
{
	return e->at_ns + b->offset_ns;
}

static void emit_exemplar(const struct cpu_block *b, unsigned cpu, unsigned which, unsigned slot,
			  record_fn fn, void *ctx)
{
	const struct exemplar *e = &b->exemplar[which][slot];
	struct latency_rec r = {.which = (uint8_t)which, .slot = (uint8_t)slot};

	record_init(&r.h, exemplar_end_ns(b, e), PANE_CPU, CPU_EXEMPLAR, sizeof(r));
	r.h.cpu = (uint16_t)cpu;
	r.wclass = e->wclass < WAIT_NR ? e->wclass : WAIT_OTHER; /* not seen: what it was, who knows */
	r.ns = e->ns;
	r.pid = e->pid;
	r.tgid = e->tgid;
	r.by_pid = e->by_pid;
	r.by_tgid = e->by_tgid;
	memcpy(r.comm, e->comm, sizeof(r.comm));
	memcpy(r.by_comm, e->by_comm, sizeof(r.by_comm));
	fn(ctx, &r.h);
}

/*
 * New exemplars of one histogram, of a few CPUs a slot; each pass begins with another CPU. BPF
 * leaves an exemplar alone until its bit is cleared. Should a bit that was set this very moment
 * get lost, the next duration takes its place.
 */
static void emit_exemplars(struct kernel_source *k, unsigned which, record_fn fn, void *ctx)
{
	unsigned first = (unsigned)k->passes % k->cpus;
	unsigned told[HIST_SLOTS] = {0};

	for (unsigned i = 0; i < k->cpus; i++) {
		unsigned cpu = (first + i) % k->cpus;
		struct cpu_block *b = &k->blocks[cpu];
		uint64_t noted = __atomic_load_n(&b->noted[which], __ATOMIC_ACQUIRE);

		for (unsigned slot = 0; noted && slot < HIST_SLOTS; slot++)
			if (noted >> slot & 1 && told[slot] < EXEMPLARS_MAX) {
				told[slot]++;
				emit_exemplar(b, cpu, which, slot, fn, ctx);
			}
		if (noted)
			__atomic_store_n(&b->noted[which], 0, __ATOMIC_RELEASE);
	}
}

void cpus_emit(struct kernel_source *k, uint64_t now_ns, record_fn fn, void *ctx)
{
	for (unsigned cpu = 0; cpu < k->cpus; cpu++)
		emit_sched(k, now_ns, cpu, fn, ctx);
	for (unsigned which = 0; which < HIST_WHICH_NR; which++) {
		emit_machine(k, now_ns, which, fn, ctx);
		emit_exemplars(k, which, fn, ctx);
	}
}
