/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts in a snapshot: one row each, and its part on each CPU. */
#ifndef PROBETOP_SNAP_IRQ_H
#define PROBETOP_SNAP_IRQ_H

#include <stdint.h>

#include "cpu.h"
#include "fig.h"
#include "hist.h"

struct irq_cpu {
	int64_t cpu;
	int64_t count, ns; /* in the window */
};

struct irq_row {
	uint8_t type; /* enum irq_type */
	uint32_t key; /* irq_rec.irq: with `type` the identity */
	int weight;   /* the more it has taken since its counters began, the earlier the row */
	int64_t irq;  /* number or vector; FIG_UNKNOWN for IRQ_ARCH */
	char label[16], name[48]; /* raw bytes; name is empty where nobody told */
	int64_t count, ns; /* in the window; ns FIG_UNKNOWN where only /proc counts */
	int64_t avg_ns, p50_ns, p99_ns, max_ns;
	struct hist hist; /* empty where ns is unknown */
	const struct irq_cpu *cpus; /* those that ever had it, by number */
	int cpus_nr;
};

struct irq_snap {
	const struct irq_row *rows; /* by weight, type and number */
	int rows_nr;
	struct fig_status time_status;
};

#endif
