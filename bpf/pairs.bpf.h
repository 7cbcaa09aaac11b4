/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pairs of processes: who waited behind whom, who woke whom. Fixed slots in mapped memory, a few
 * for each value of a hash; the one that was not touched for longest gives way.
 */
#ifndef PROBETOP_PAIRS_BPF_H
#define PROBETOP_PAIRS_BPF_H

#include "common.bpf.h"

#define PAIR_WAYS 4

static __always_inline struct pair_slot *pair_row(struct pair_area *area, __u64 key)
{
	__u64 h = key * 0x9e3779b97f4a7c15ULL;

	return &area->slot[(h >> 40) % (PAIR_SLOTS / PAIR_WAYS) * PAIR_WAYS];
}

/*
 * Two CPUs that take one slot at once may mix up one event: slots are not locked. The key goes
 * first and comes last, so that a reader never takes one pair's counters for another's.
 */
static __always_inline void pair_begin(struct pair_slot *s, __u64 key, __u64 ns)
{
	s->key = 0;
	barrier();
	s->count = 1;
	s->ns = ns;
	s->pass = pass_ctl.passes;
	barrier();
	s->key = key;
}

static __noinline int pair_count(__u64 key, __u64 ns)
{
	__u32 zero = 0, oldest = 0, age, most = 0;
	struct pair_area *area = bpf_map_lookup_elem(&pairs, &zero);
	struct pair_slot *row;

	if (!area)
		return 0;
	row = pair_row(area, key);
#pragma unroll
	for (__u32 i = 0; i < PAIR_WAYS; i++) {
		if (row[i].key == key) {
			ADD(row[i].count, 1);
			ADD(row[i].ns, ns);
			row[i].pass = pass_ctl.passes;
			return 0;
		}
		age = pass_ctl.passes - row[i].pass;
		if (age > most) {
			most = age;
			oldest = i;
		}
	}
	pair_begin(&row[oldest & (PAIR_WAYS - 1)], key, ns);
	return 0;
}

/* Changes with each switch of this CPU. */
static __always_inline __u64 pair_epoch(const struct cpu_block *b)
{
	return b->probe[PROBE_SWITCH].events + 1;
}

/*
 * Who is behind a wake-up: the process that runs, or the interrupt that borrowed its CPU. The
 * kernel's own count of interrupts is a variable of a CPU: without KALLSYMS_ALL it has no
 * address. So timers mark their callbacks; a mark that lost its end dies with the next switch.
 */
static __always_inline __u32 pair_waker(struct cpu_block *b)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (b->irq_entered_ns)
		return PAIR_BY_IRQ + b->irq_now;
	if (b->timer_epoch == pair_epoch(b))
		return PAIR_BY_TIMER;
	if (b->softirq_entered_ns)
		return PAIR_BY_SOFTIRQ + b->softirq_now;
	return tgid ? tgid : PAIR_BY_TIMER; /* an idle CPU wakes nobody by itself */
}

#endif
