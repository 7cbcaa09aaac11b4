// SPDX-License-Identifier: GPL-2.0-or-later
/* What belongs to CPUs, from their blocks in mapped memory: no system call. */
#include "probe_impl.h"

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

void cpus_emit(struct kernel_source *k, uint64_t now_ns, record_fn fn, void *ctx)
{
	for (unsigned cpu = 0; cpu < k->cpus; cpu++)
		emit_sched(k, now_ns, cpu, fn, ctx);
	for (unsigned which = 0; which < HIST_WHICH_NR; which++)
		emit_machine(k, now_ns, which, fn, ctx);
}
