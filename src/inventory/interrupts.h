/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc/interrupts and /proc/softirqs tell, as records: names, and counts since boot. The
 * files grow with CPUs times interrupts, to megabytes: they are read in pieces, and only when asked.
 */
#ifndef PROBETOP_INTERRUPTS_H
#define PROBETOP_INTERRUPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parse.h"
#include "source.h"

struct interrupts;

/* Opens what there is; a missing file only leaves its figures unknown. 0 or -ENOMEM. */
int interrupts_new(const char *root, struct interrupts **ret);
void interrupts_free(struct interrupts *in);

enum interrupts_what {
	INTERRUPTS_ARCH = 1, /* CPU_INTR of those without a handler: the timer, calls between CPUs */
	INTERRUPTS_HARD = 2, /* CPU_INTR of device interrupts: where BPF does not count them */
	INTERRUPTS_SOFT = 4, /* the same of soft ones */
	INTERRUPTS_NAMES = 8, /* CPU_INTR_NAME of all; else of those whose line has changed */
};

/* Emits what is asked for; reads nothing for 0. Counts of 0 since boot are left out. */
void interrupts_tick(struct interrupts *in, uint64_t now_ns, uint32_t what, record_fn fn, void *ctx);

/* ---- the parser: pure, for tests ---- */

#define INTERRUPTS_CPUS_MAX 4096

/* The CPUs of the heading, in the order of the columns. Returns how many; 0 for another line. */
int interrupts_heading(struct text line, uint16_t cpus[INTERRUPTS_CPUS_MAX]);

struct interrupts_line {
	struct irq_name_rec name;	  /* all but its header */
	uint64_t counts[INTERRUPTS_CPUS_MAX]; /* by column */
};

/*
 * Reads "36:  0  352767  PCI-MSIX-0000:00:02.0  1-edge  virtio1-req.0" with `cpus` counters;
 * false for a line with fewer: sums of the whole machine (ERR, MIS) belong to no CPU.
 */
bool interrupts_parse(struct text line, int cpus, struct interrupts_line *ret);
/* The same of a line of /proc/softirqs, by the names of the vectors. */
bool interrupts_parse_soft(struct text line, int cpus, struct interrupts_line *ret);

/* The names of the vectors, by number. */
extern const char *const softirq_names[SOFTIRQS];

#endif
