// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaches each program on its own: one that the kernel refuses takes no other with it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "probe_impl.h"

struct program *probe_program(struct kernel_source *k, unsigned probe)
{
	struct program *refused = NULL;

	for (unsigned i = 0; i < probe_programs_nr; i++) {
		if (probe_programs[i].probe != probe)
			continue;
		if (k->programs[i].chosen)
			return &k->programs[i];
		/* Of several reasons the last is the one of the plainest variant. */
		if (!refused || k->programs[i].state == PROGRAM_REFUSED)
			refused = &k->programs[i];
	}
	return refused;
}

/* Some program for it fits this kernel. */
static bool has_program(struct kernel_source *k, unsigned probe)
{
	struct program *p = probe_program(k, probe);

	return p && p->chosen;
}

uint32_t probe_wants(struct kernel_source *k, unsigned probe)
{
	const struct probe_desc *desc = &probe_descs[probe];

	if (desc->stands_in_for && !has_program(k, desc->stands_in_for))
		return 0;
	/* Where the VFS tells nothing of files the system calls do, always. */
	if (desc->also == PANE_FS && !desc->also_demand && k->opts.modules & 1u << PANE_FS && !k->has_vfs)
		return 0;
	if (desc->also_demand && !(k->opts.modules & 1u << desc->pane))
		return desc->also_demand;
	return desc->demand;
}

static bool is_replaced(struct kernel_source *k, unsigned probe)
{
	for (unsigned i = 0; i < PROBE_NR; i++)
		if (probe && probe_descs[i].stands_in_for == probe && has_program(k, i))
			return true;
	return false;
}

bool probe_is_needless(struct kernel_source *k, unsigned probe)
{
	struct program *p = probe_program(k, probe);

	if (p && p->state != PROGRAM_UNFIT)
		return false;
	/* System calls tell the same, but where descriptors lead to no file. */
	if (probe_is_vfs(probe) && !k->has_vfs && k->has_cast)
		return true;
	return probe_descs[probe].optional || !probe_is_loaded(k, probe) || is_replaced(k, probe);
}

static bool is_hook(unsigned probe)
{
	return probe != PROBE_PASS && probe != PROBE_FLOOD;
}

/* The end of a function before its beginning: what begins in between has no beginning, and nothing stays behind. */
static int attach_links(struct program *p)
{
	p->link = bpf_program__attach(p->prog);
	if (!p->link)
		return -errno;
	if (!p->begin)
		return 0;
	p->begin_link = bpf_program__attach(p->begin);
	return p->begin_link ? 0 : -errno;
}

static void detach_links(struct program *p)
{
	bpf_link__destroy(p->begin_link);
	bpf_link__destroy(p->link);
	p->begin_link = p->link = NULL;
}

int attach_probe(struct kernel_source *k, unsigned probe)
{
	struct program *p = probe_program(k, probe);
	int ret;

	if (!p || !p->chosen)
		return -ENOTSUP;
	if (p->link || !is_hook(probe))
		return 0;
	if (probe == PROBE_SYS_ENTER)
		fsums_begin(k);
	ret = attach_links(p);
	if (!ret)
		return 0;
	detach_links(p);
	p->state = PROGRAM_REFUSED;
	snprintf(p->reason, sizeof(p->reason), "refused at attach (%s)", strerror(-ret));
	return ret;
}

void detach_probe(struct kernel_source *k, unsigned probe)
{
	struct program *p = probe_program(k, probe);

	if (p && p->link)
		detach_links(p);
}

static bool attach_wanted(struct kernel_source *k, unsigned probe)
{
	return !k->off[probe] && !probe_wants(k, probe) && !attach_probe(k, probe);
}

int attach_all(struct kernel_source *k)
{
	int on = 0;

	/* What ends a request before what begins one: else what ends in between seems to go on. */
	for (unsigned probe = PROBE_NR; probe-- > 0;)
		if (probe_descs[probe].pane == PANE_DISK)
			on += attach_wanted(k, probe);
	on += vfs_attach(k);
	for (unsigned probe = 0; probe < PROBE_NR; probe++)
		if (probe != PROBE_SWITCH && probe_descs[probe].pane != PANE_DISK && !probe_is_vfs(probe))
			on += attach_wanted(k, probe);
	/* Last, when every task has its state: a switch only looks it up. */
	if (!k->off[PROBE_SWITCH]) {
		pass_reset(k);
		on += !attach_probe(k, PROBE_SWITCH);
	}
	return on;
}
