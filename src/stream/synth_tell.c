/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: cgroups, the kernel's log, and where a task is stuck. */
#include "synth_host.h"

#include <string.h>

#include "record.h"

#define PERIOD_US 100000

static void emit_path(struct synth *s, const struct synth_group *group)
{
	struct cgroup_rec rec = {
		.id = group->id,
		.version = group->version ? group->version : 2,
		.len = group->path_len,
	};
	size_t size = offsetof(struct cgroup_rec, path) + ((group->path_len + 7U) & ~7U);

	memcpy(rec.path, group->path, group->path_len);
	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_CGROUP, size);
	synth_emit(s, &rec);
}

/* What the group's tasks waited for since they began, by kind. */
static void group_waits(const struct synth *s, uint32_t group, uint64_t ret_ns[PSI_NR])
{
	ret_ns[PSI_CPU] = ret_ns[PSI_MEM] = ret_ns[PSI_IO] = 0;
	for (uint32_t i = 0; i < s->procs_nr; i++) {
		const struct proc *p = &s->procs[i];

		if (p->role->group != group || p->role->born > s->tick_nr)
			continue;
		for (uint32_t t = 0; t < p->threads_all; t++) {
			ret_ns[PSI_CPU] += p->threads[t].runq_ns;
			ret_ns[PSI_IO] += p->threads[t].class_ns[WAIT_DISK - WAIT_FIRST_SLEEP];
		}
	}
}

/* Several wait at a time: so the group does for less than their sum, and for no more than all. */
static void group_stall(struct synth *s, uint32_t nr)
{
	uint64_t wall_us = (s->now_ns - s->from_ns) / 1000, ns[PSI_NR];
	struct group *g = &s->groups[nr];

	group_waits(s, nr, ns);
	for (int i = 0; i < PSI_NR; i++) {
		uint64_t us = (ns[i] - synth_least(g->waited_ns[i], ns[i])) / 1000;

		g->some_us[i] += synth_least(us * 9 / 10, wall_us * 95 / 100);
		g->full_us[i] += synth_least(us / 2, wall_us / 2);
		g->waited_ns[i] = ns[i];
	}
}

/* What its quota held back of the group's tasks, which are on one CPU each. */
static uint64_t group_held(const struct synth *s, uint32_t group)
{
	uint64_t held_ns = 0;

	for (uint32_t i = 0; i < s->procs_nr; i++) {
		const struct proc *p = &s->procs[i];

		for (uint32_t t = 0; p->role->group == group && t < p->threads_all; t++)
			held_ns += synth_quota_ns(s, p, &p->threads[t]);
	}
	return held_ns;
}

static void emit_stat(struct synth *s, uint32_t nr)
{
	const struct synth_group *group = &s->props->groups[nr];
	uint64_t periods = s->tick_nr * 10, held_ns = group_held(s, nr);
	struct cgstat_rec rec = {.id = group->id, .period_us = PERIOD_US, .quota_us = REC_UNKNOWN};

	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_CGSTAT, sizeof(rec));
	memcpy(rec.some_us, s->groups[nr].some_us, sizeof(rec.some_us));
	memcpy(rec.full_us, s->groups[nr].full_us, sizeof(rec.full_us));
	if (group->quota_us) {
		rec.quota_us = group->quota_us;
		rec.periods = periods;
		rec.throttled = periods / 3;
		rec.throttled_us = held_ns / 1000;
	}
	/* Hostile: a kernel that tells nothing of it. */
	if (s->host->hostile && nr == 2)
		memset(&rec.some_us, 0xff, sizeof(rec) - offsetof(struct cgstat_rec, some_us));
	synth_emit(s, &rec);
}

void synth_emit_groups(struct synth *s)
{
	for (uint32_t i = 0; i < s->props->groups_nr; i++) {
		if (s->tick_nr == 0)
			emit_path(s, &s->props->groups[i]);
		group_stall(s, i);
		if (s->demand & DEMAND_CGROUPS && s->props->groups[i].version == 0 && i > 0)
			emit_stat(s, i);
	}
}

void synth_emit_kmsgs(struct synth *s)
{
	for (uint32_t i = 0; i < s->props->kmsgs_nr; i++) {
		const struct synth_kmsg *line = &s->props->kmsgs[i];
		struct kmsg_rec rec = {
			.seq = 2210 + i,
			.level = line->level,
			.flags = line->flags,
			.pid = line->pid,
			.lost = line->lost,
		};

		if (line->tick != s->tick_nr)
			continue;
		record_init(&rec.h, s->now_ns - (s->now_ns - s->from_ns) / 3, PANE_CORE, CORE_KMSG,
			    sizeof(rec));
		synth_copy_string(rec.text, sizeof(rec.text), line->text);
		synth_emit(s, &rec);
	}
}

static void emit_where(struct synth *s, const struct synth_stuck *stuck, const struct proc *p)
{
	struct blocked_rec rec = {
		.pid = p->tgid,
		.tgid = p->tgid,
		.start_ns = p->start_ns,
		.nr = stuck->nr,
		.fd = stuck->fd,
	};

	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_BLOCKED, sizeof(rec));
	synth_copy_string(rec.wchan, sizeof(rec.wchan), stuck->wchan);
	synth_copy_string(rec.path, sizeof(rec.path), stuck->path);
	synth_copy_string(rec.mount, sizeof(rec.mount), stuck->mount);
	synth_copy_string(rec.device, sizeof(rec.device), stuck->device);
	synth_copy_string(rec.fstype, sizeof(rec.fstype), stuck->fstype);
	synth_emit(s, &rec);
}

static void emit_stack(struct synth *s, const struct synth_stuck *stuck, const struct proc *p)
{
	struct stack_rec rec = {
		.pid = p->tgid,
		.tgid = p->tgid,
		.start_ns = p->start_ns,
		.error = stuck->stack ? 0 : 1, /* EPERM */
		.len = stuck->stack ? (uint32_t)strnlen(stuck->stack, STACK_BYTES) : 0,
	};

	if (rec.len)
		memcpy(rec.text, stuck->stack, rec.len);
	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_STACK,
		    offsetof(struct stack_rec, text) + ((rec.len + 7) & ~7U));
	synth_emit(s, &rec);
}

/* The helpers read where it is stuck in the second interval; somebody asked for its stack. */
void synth_emit_stuck(struct synth *s)
{
	for (uint32_t i = 0; s->tick_nr == 1 && i < s->props->stuck_nr; i++)
		for (uint32_t j = 0; j < s->procs_nr; j++) {
			const struct synth_stuck *stuck = &s->props->stuck[i];
			const struct proc *p = &s->procs[j];

			if (!p->alive || p->tgid != stuck->pid)
				continue;
			emit_where(s, stuck, p);
			emit_stack(s, stuck, p);
		}
}
