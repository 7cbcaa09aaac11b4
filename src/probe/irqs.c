// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupts, from mapped memory: no system call. Of each CPU what grew since it was published,
 * and the histograms of those, CPUs added up; in a key frame everything that ever happened.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probe_impl.h"
#include "probetop.skel.h"

#define LINES_MAX (1u << 16) /* numbers from here on have no histogram */

struct shown {
	uint64_t count, ns;
};

/* One number: the slots that it has on CPUs, as a chain. */
struct line {
	uint32_t slot; /* + 1; 0: none yet */
	uint32_t pass; /* in which its histogram was last found to have grown */
};

struct irqs {
	struct irq_slot *slots; /* mapped from the kernel, irq_slots for each CPU */
	size_t slots_bytes, slots_nr;
	struct shown *hard;	 /* as published, by slot */
	uint32_t *next;		 /* by slot: the next one of the same number, + 1 */
	bool *linked;		 /* by slot */
	struct line *lines;	 /* by number */
	struct shown (*soft)[SOFTIRQS]; /* as published, by CPU */
	uint32_t pass;
};

/* Fewer where there are many CPUs: there each serves only some devices. */
unsigned irqs_slots(unsigned cpus)
{
	return cpus <= 64 ? 128 : cpus <= 512 ? 64 : 32;
}

static int map_slots(struct kernel_source *k, struct irqs *s)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	s->slots_nr = (size_t)k->cpus * k->irq_slots;
	s->slots_bytes = (s->slots_nr * sizeof(*s->slots) + page - 1) / page * page;
	s->slots = mmap(NULL, s->slots_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			bpf_map__fd(k->skel->maps.irqs), 0);
	if (s->slots != MAP_FAILED)
		return 0;
	s->slots = NULL;
	return -errno;
}

int irqs_open(struct kernel_source *k, struct err *e)
{
	struct irqs *s = calloc(1, sizeof(*s));
	int ret;

	k->irqs = s;
	if (!s)
		return err_set(e, -ENOMEM, "BPF: no memory for interrupts.");
	ret = map_slots(k, s);
	if (ret)
		return err_set(e, ret, "BPF: the slots of interrupts cannot be mapped: %s. "
			       "--no-bpf shows what /proc gives.", strerror(-ret));
	s->hard = calloc(s->slots_nr, sizeof(*s->hard));
	s->next = calloc(s->slots_nr, sizeof(*s->next));
	s->linked = calloc(s->slots_nr, sizeof(*s->linked));
	s->lines = calloc(LINES_MAX, sizeof(*s->lines));
	s->soft = calloc(k->cpus, sizeof(*s->soft));
	if (!s->hard || !s->next || !s->linked || !s->lines || !s->soft)
		return err_set(e, -ENOMEM, "BPF: no memory for interrupts.");
	return 0;
}

void irqs_close(struct kernel_source *k)
{
	struct irqs *s = k->irqs;

	if (!s)
		return;
	if (s->slots)
		munmap(s->slots, s->slots_bytes);
	free(s->hard);
	free(s->next);
	free(s->linked);
	free(s->lines);
	free(s->soft);
	free(s);
	k->irqs = NULL;
}

/* Where the records of one pass go. */
struct out {
	uint64_t now_ns;
	bool key;
	unsigned closed; /* epoch of the maxima that may be read */
	record_fn fn;
	void *ctx;
};

/* Publishes the sums of one interrupt on one CPU where they changed. Returns whether it did. */
static bool emit_sum(const struct out *o, unsigned cpu, uint8_t type, uint32_t irq,
		     const struct irq_sum *sum, struct shown *shown)
{
	struct irq_rec r = {.irq = irq, .type = type, .count = sum->count, .ns = sum->ns};

	if (!r.count || (!o->key && r.count == shown->count && r.ns == shown->ns))
		return false;
	*shown = (struct shown){r.count, r.ns};
	record_init(&r.h, o->now_ns, PANE_CPU, CPU_INTR, sizeof(r));
	r.h.cpu = (uint16_t)cpu;
	o->fn(o->ctx, &r.h);
	return true;
}

/* Adds one CPU's part to a histogram. Its maximum is read once and then begins anew. */
static void add_hist(const struct out *o, struct irq_hist_rec *r, struct irq_sum *sum)
{
	if (sum->max_ns[o->closed] > r->max_ns)
		r->max_ns = sum->max_ns[o->closed];
	sum->max_ns[o->closed] = 0;
	for (unsigned i = 0; i < HIST_SLOTS; i++)
		r->slots[i] += sum->slots[i];
}

static void emit_vector(struct kernel_source *k, const struct out *o, uint32_t vec)
{
	struct irq_hist_rec r = {.irq = vec, .type = IRQ_SOFT};
	bool grown = false;

	for (unsigned cpu = 0; cpu < k->cpus; cpu++) {
		const struct irq_sum *sum = &k->blocks[cpu].softirq[vec];

		grown |= emit_sum(o, cpu, IRQ_SOFT, vec, sum, &k->irqs->soft[cpu][vec]);
		grown |= sum->max_ns[o->closed] != 0;
	}
	if (!grown)
		return;
	record_init(&r.h, o->now_ns, PANE_CPU, CPU_INTR_HIST, sizeof(r));
	for (unsigned cpu = 0; cpu < k->cpus; cpu++)
		add_hist(o, &r, &k->blocks[cpu].softirq[vec]);
	o->fn(o->ctx, &r.h);
}

static struct line *line_of(struct irqs *s, size_t slot)
{
	uint32_t irq = s->slots[slot].irq;

	return irq < LINES_MAX ? &s->lines[irq] : NULL;
}

/* A slot that is new joins the others of its number. */
static void link_slot(struct irqs *s, size_t slot)
{
	struct line *line = line_of(s, slot);

	if (s->linked[slot] || !line)
		return;
	s->linked[slot] = true;
	s->next[slot] = line->slot;
	line->slot = (uint32_t)slot + 1;
}

static void emit_line(const struct out *o, struct irqs *s, const struct line *line)
{
	struct irq_hist_rec r = {.irq = s->slots[line->slot - 1].irq, .type = IRQ_HARD};

	record_init(&r.h, o->now_ns, PANE_CPU, CPU_INTR_HIST, sizeof(r));
	for (uint32_t at = line->slot; at; at = s->next[at - 1])
		add_hist(o, &r, &s->slots[at - 1].sum);
	o->fn(o->ctx, &r.h);
}

static void emit_slot(const struct out *o, struct irqs *s, unsigned cpu, size_t slot)
{
	const struct irq_slot *is = &s->slots[slot];
	struct line *line = line_of(s, slot);
	bool grown = emit_sum(o, cpu, IRQ_HARD, is->irq, &is->sum, &s->hard[slot]);

	link_slot(s, slot);
	if (line && (grown || is->sum.max_ns[o->closed]))
		line->pass = s->pass;
}

static void emit_hard(struct kernel_source *k, const struct out *o)
{
	struct irqs *s = k->irqs;
	struct line *line;

	for (size_t i = 0; i < s->slots_nr; i++)
		if (s->slots[i].used)
			emit_slot(o, s, (unsigned)(i / k->irq_slots), i);
	for (size_t i = 0; i < s->slots_nr; i++) {
		line = s->slots[i].used ? line_of(s, i) : NULL;
		if (!line || line->pass != s->pass)
			continue;
		line->pass = s->pass - 1; /* once for all its CPUs */
		emit_line(o, s, line);
	}
}

void irqs_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx)
{
	struct out o = {now_ns, key, ~pass_control(k)->epoch & 1, fn, ctx};

	k->irqs->pass += 2; /* never that of the pass before */
	for (uint32_t vec = 0; vec < SOFTIRQS; vec++)
		emit_vector(k, &o, vec);
	emit_hard(k, &o);
}
