// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupts: calls and time of soft ones by vector, in the CPU's block, and of hard ones by
 * number, in the CPU's row of slots. Handlers of hard interrupts run with interrupts off, so a row
 * has one writer and needs neither a lock nor an atomic, and nothing is allocated.
 *
 * A call is counted when it begins, as the kernel counts it; its time when it ends. Soft
 * interrupts are interrupted by hard ones: the time of those is taken off, so that the two sums
 * may be added. What passes no handler (the timer, calls between CPUs) stays in.
 */
#include "common.bpf.h"

static __always_inline struct irq_slot *slot_at(__u32 cpu, __u32 at)
{
	__u32 i = cpu * irq_slots + (at & (irq_slots - 1));

	return bpf_map_lookup_elem(&irqs, &i);
}

/* The slot of an interrupt on this CPU; with `claim` a free one becomes its own. NULL: none. */
static __always_inline struct irq_slot *irq_slot(__u32 irq, bool claim)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct irq_slot *slot;

#pragma unroll
	for (__u32 i = 0; i < IRQ_SLOT_TRIES; i++) {
		slot = slot_at(cpu, irq + i);
		if (!slot)
			return NULL;
		if (slot->used && slot->irq == irq)
			return slot;
		if (slot->used)
			continue;
		if (!claim)
			return NULL;
		slot->irq = irq;
		slot->used = 1;
		return slot;
	}
	return NULL;
}

static __always_inline void add_time(struct irq_sum *sum, __u64 ns)
{
	__u32 epoch = pass_ctl.epoch & 1;

	sum->ns += ns;
	sum->slots[hist_slot(ns)]++;
	if (ns > sum->max_ns[epoch])
		sum->max_ns[epoch] = ns;
}

__hidden int cpu_on_irq_entry(struct cpu_block *b, int irq, struct irqaction *action)
{
	struct irq_slot *slot = irq_slot((__u32)irq, true);

	if (slot)
		slot->sum.count++;
	else
		b->probe[PROBE_IRQ_ENTRY].map_full++;
	b->irq_now = (__u32)irq;
	b->irq_entered_ns = bpf_ktime_get_ns();
	return 0;
}

__hidden int cpu_on_irq_exit(struct cpu_block *b, int irq, struct irqaction *action)
{
	__u64 entered_ns = b->irq_entered_ns, ns;
	struct irq_slot *slot;

	b->irq_entered_ns = 0;
	if (!entered_ns || b->irq_now != (__u32)irq) {
		b->probe[PROBE_IRQ_EXIT].unmatched++;
		return 0;
	}
	ns = bpf_ktime_get_ns() - entered_ns;
	if (b->softirq_entered_ns)
		b->softirq_entered_ns += ns;
	slot = irq_slot((__u32)irq, false);
	if (slot)
		add_time(&slot->sum, ns);
	return 0;
}

/* NULL for a vector that is not known here. */
static __always_inline struct irq_sum *softirq_sum(struct cpu_block *b, unsigned int vec)
{
	__u64 i = vec;

	/* What is widened after the check, or reckoned before it, has no bound for the verifier. */
	barrier_var(i);
	if (i >= SOFTIRQS)
		return NULL;
	barrier_var(i);
	return &b->softirq[i];
}

__hidden int cpu_on_softirq_entry(struct cpu_block *b, unsigned int vec)
{
	struct irq_sum *sum = softirq_sum(b, vec);

	if (!sum)
		return 0;
	sum->count++;
	b->softirq_now = vec;
	b->softirq_entered_ns = bpf_ktime_get_ns();
	return 0;
}

__hidden int cpu_on_softirq_exit(struct cpu_block *b, unsigned int vec)
{
	__u64 entered_ns = b->softirq_entered_ns, now;
	struct irq_sum *sum = softirq_sum(b, vec);

	b->softirq_entered_ns = 0;
	if (!sum)
		return 0;
	if (!entered_ns || b->softirq_now != vec) {
		b->probe[PROBE_SOFTIRQ_EXIT].unmatched++;
		return 0;
	}
	now = bpf_ktime_get_ns();
	add_time(sum, now > entered_ns ? now - entered_ns : 0);
	return 0;
}
