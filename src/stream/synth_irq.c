/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: interrupts, whose time the CPUs' own figures contain, and frequencies. */
#include "synth_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

#define IDLE_SHARE 64 /* a CPU on which nothing runs gets so much less of them */

static uint32_t queues(const struct synth *s, const struct synth_irq *row)
{
	if (row->queues == 0)
		return 1;
	return (uint32_t)synth_least(row->queues, s->cpus_nr);
}

static uint32_t number(const struct synth_irq *row, uint32_t queue)
{
	uint32_t n = 0;

	if (row->type != IRQ_ARCH)
		return row->irq + queue;
	for (size_t i = 0; i < 4 && row->label[i]; i++)
		n |= (uint32_t)(uint8_t)row->label[i] << (8 * i);
	return n;
}

static void setup_one(struct synth *s, const struct synth_irq *row, uint32_t queue,
		      struct irq_count **counts)
{
	struct irq *irq = &s->irqs[s->irqs_nr++];

	irq->row = row;
	irq->queue = queue;
	irq->number = number(row, queue);
	irq->cpus_nr = row->queues || row->cpu ? 1 : s->cpus_nr;
	irq->cpu = row->cpu ? (row->cpu - 1U) % s->cpus_nr : 0;
	if (row->queues)
		irq->cpu = queue * (s->cpus_nr / queues(s, row));
	irq->on = *counts;
	*counts += irq->cpus_nr;
}

int synth_irqs_setup(struct synth *s)
{
	const struct synth_props *props = s->props;
	uint32_t nr = 0;
	struct irq_count *counts;

	for (uint32_t i = 0; i < props->irqs_nr; i++)
		nr += queues(s, &props->irqs[i]);
	s->irqs = calloc(nr + 1, sizeof(*s->irqs));
	s->irq_counts = calloc((size_t)props->irqs_nr * s->cpus_nr + 1, sizeof(*s->irq_counts));
	if (!s->irqs || !s->irq_counts)
		return -ENOMEM;
	counts = s->irq_counts;
	for (uint32_t i = 0; i < props->irqs_nr; i++)
		for (uint32_t q = 0; q < queues(s, &props->irqs[i]); q++)
			setup_one(s, &props->irqs[i], q, &counts);
	return 0;
}

/* Takes the time of `nr` calls off the CPU. Returns how many there was time for. */
static uint64_t take_time(struct synth *s, const struct irq *irq, struct cpu *c, uint64_t nr,
			  uint64_t *ret_ns)
{
	uint64_t mean_ns = synth_about(s, irq->row->mean_ns) + 1;

	nr = synth_least(nr, c->left_ns / mean_ns);
	*ret_ns = nr * mean_ns;
	c->left_ns -= *ret_ns;
	c->mode_ns[irq->row->type == IRQ_HARD ? CPU_IRQ : CPU_SOFTIRQ] += *ret_ns;
	if (irq->row->type == IRQ_HARD)
		c->irqs += nr;
	else
		c->softirqs += nr;
	return nr;
}

static void count(struct synth *s, struct irq *irq, struct irq_count *on, struct cpu *c,
		  uint64_t nr)
{
	struct synth_slots drawn;
	uint64_t ns = 0;

	if (irq->row->type != IRQ_ARCH)
		nr = take_time(s, irq, c, nr, &ns);
	if (nr == 0)
		return;
	on->count += nr;
	on->ns += ns;
	on->changed = true;
	if (irq->row->type == IRQ_ARCH)
		return;
	synth_slots(s, nr, ns, 3, 0, &drawn);
	for (unsigned i = 0; i < HIST_SLOTS; i++) {
		irq->slots[i] += drawn.nr[i];
		if (drawn.max_ns[i] > irq->max_ns)
			irq->max_ns = drawn.max_ns[i];
	}
}

void synth_irqs_run(struct synth *s, uint32_t cpu)
{
	struct cpu *c = &s->cpus[cpu];
	uint64_t milli = (s->now_ns - s->from_ns) / 1000000;

	for (uint32_t i = 0; i < s->irqs_nr; i++) {
		struct irq *irq = &s->irqs[i];
		uint64_t per_s = irq->row->per_s / (c->idle ? IDLE_SHARE : 1);

		if (cpu < irq->cpu || cpu >= irq->cpu + irq->cpus_nr || per_s == 0)
			continue;
		count(s, irq, &irq->on[cpu - irq->cpu], c, synth_about(s, per_s * milli) / 1000);
	}
	c->free_ns = c->left_ns;
}

static void emit_counts(struct synth *s, struct irq *irq)
{
	for (uint32_t i = 0; i < irq->cpus_nr; i++) {
		struct irq_count *on = &irq->on[i];
		struct irq_rec rec = {
			.irq = irq->number,
			.type = irq->row->type,
			.count = on->count,
			.ns = irq->row->type == IRQ_ARCH || s->opts.no_bpf ? REC_UNKNOWN : on->ns,
		};

		if (on->count == 0 || !(on->changed || s->key))
			continue;
		record_init(&rec.h, s->now_ns, PANE_CPU, CPU_INTR, sizeof(rec));
		rec.h.cpu = (uint16_t)(irq->cpu + i);
		synth_emit(s, &rec);
		on->changed = false;
		/* Hostile: a counter that steps back. */
		if (s->host->hostile && s->tick_nr == 4)
			on->count /= 2;
	}
}

static void emit_hist(struct synth *s, struct irq *irq)
{
	struct irq_hist_rec rec = {
		.irq = irq->number,
		.type = irq->row->type,
		.max_ns = irq->max_ns,
	};

	if ((irq->max_ns == 0 && !s->key) || s->opts.no_bpf)
		return;
	record_init(&rec.h, s->now_ns, PANE_CPU, CPU_INTR_HIST, sizeof(rec));
	memcpy(rec.slots, irq->slots, sizeof(rec.slots));
	synth_emit(s, &rec);
	irq->max_ns = 0;
}

void synth_emit_irqs(struct synth *s)
{
	for (uint32_t i = 0; i < s->irqs_nr; i++) {
		if (s->irqs[i].row->type == IRQ_ARCH)
			continue;
		emit_counts(s, &s->irqs[i]);
		emit_hist(s, &s->irqs[i]);
	}
}

void synth_emit_arch_irqs(struct synth *s)
{
	for (uint32_t i = 0; s->demand & DEMAND_IRQS && i < s->irqs_nr; i++)
		if (s->irqs[i].row->type == IRQ_ARCH)
			emit_counts(s, &s->irqs[i]);
}

/* '#' in `name` becomes the number of the queue, from 1: a device keeps 0 for its commands. */
static void queue_name(char *dst, size_t size, const char *name, uint32_t queue)
{
	const char *hash = strchr(name, '#');
	char buf[64];

	snprintf(buf, sizeof(buf), "%.*s%u%s", hash ? (int)(hash - name) : 0, name, queue + 1,
		 hash ? hash + 1 : "");
	synth_copy_string(dst, size, hash ? buf : name);
}

/* Soft ones have no name in /proc/interrupts. */
void synth_emit_irq_names(struct synth *s)
{
	for (uint32_t i = 0; i < s->irqs_nr; i++) {
		const struct irq *irq = &s->irqs[i];
		struct irq_name_rec rec = {.irq = irq->number, .type = irq->row->type};

		if (irq->row->type == IRQ_SOFT)
			continue;
		record_init(&rec.h, s->now_ns, PANE_CPU, CPU_INTR_NAME, sizeof(rec));
		queue_name(rec.name, sizeof(rec.name), irq->row->name, irq->queue);
		if (irq->row->type == IRQ_ARCH)
			synth_copy_string(rec.label, sizeof(rec.label), irq->row->label);
		else
			snprintf(rec.label, sizeof(rec.label), "%u", irq->number);
		synth_emit(s, &rec);
	}
}

void synth_emit_freq(struct synth *s)
{
	uint64_t idle = s->props->khz[0], busy = s->props->khz[1];

	for (uint32_t i = 0; s->demand & DEMAND_FREQ && busy && i < s->cpus_nr; i++) {
		const struct cpu *c = &s->cpus[i];
		uint64_t used_pm = 1000 - c->left_ns / (c->all_ns / 1000 + 1);
		struct cpu_freq_rec rec = {.hz = (idle + (busy - idle) * used_pm / 1000) * 1000};

		record_init(&rec.h, s->now_ns, PANE_CPU, CPU_FREQ, sizeof(rec));
		rec.h.cpu = (uint16_t)i;
		synth_emit(s, &rec);
	}
}
