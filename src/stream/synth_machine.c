/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: what belongs to the machine and to the instrument, not to a process. */
#include "synth_host.h"

#include <string.h>

#include "record.h"

#define MIB	  (1ULL << 20)
#define JIFFY_NS  10000000ULL
#define NOT_ASKED "nobody asks for it. It is switched on while a view shows it."

static void emit_cpu_stat(struct synth *s)
{
	for (uint32_t i = 0; i < s->cpus_nr; i++) {
		struct cpu_stat_rec rec = {0};

		record_init(&rec.h, s->now_ns, PANE_CPU, CPU_STAT, sizeof(rec));
		rec.h.cpu = (uint16_t)i;
		for (int m = 0; m < CPU_MODE_NR; m++)
			rec.ns[m] = s->cpus[i].mode_ns[m] / JIFFY_NS * JIFFY_NS;
		/* One CPU goes away for good; another is one that the host record does not know. */
		if (!s->host->hostile || i < s->cpus_nr - 1 || s->tick_nr <= 6)
			synth_emit(s, &rec);
		rec.h.cpu = 9999;
		if (s->host->hostile && i == 0)
			synth_emit(s, &rec);
	}
}

static void emit_mem(struct synth *s)
{
	const struct synth_host *h = s->host;
	uint64_t used = h->used_mib * MIB + s->tick_nr % 9 * MIB;
	struct mem_rec rec = {
		.total = h->mem_mib * MIB,
		.free = h->mem_mib * MIB - used - h->cached_mib * MIB,
		.available = h->mem_mib * MIB - used,
		.buffers = h->cached_mib * MIB / 16,
		.cached = h->cached_mib * MIB / 4 * 3,
		.slab_reclaimable = h->cached_mib * MIB / 16 * 3,
		.shmem = h->used_mib * MIB / 10,
		.dirty = DIRTY_BYTES,
		.swap_total = h->swap_mib * MIB,
		.swap_free = h->swap_mib * MIB,
	};

	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_MEM, sizeof(rec));
	synth_emit(s, &rec);
}

static void emit_psi(struct synth *s)
{
	uint64_t wall_us = (s->now_ns - s->from_ns) / 1000;
	struct psi_rec rec;

	s->some_us[PSI_CPU] += synth_least(wall_us * 9 / 10, s->runq_ns / 1000);
	s->some_us[PSI_IO] += synth_least(wall_us, s->disk_ns / 20000);
	s->full_us[PSI_IO] += synth_least(wall_us, s->disk_ns / 27000);
	memset(&rec, 0xff, sizeof(rec));
	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_PSI, sizeof(rec));
	for (int i = 0; i < PSI_NR && !s->host->hostile; i++) {
		rec.some_us[i] = s->some_us[i];
		rec.full_us[i] = i == PSI_CPU ? REC_UNKNOWN : s->full_us[i];
	}
	synth_emit(s, &rec);
}

static void emit_load(struct synth *s)
{
	static const uint32_t window_s[3] = {60, 300, 900};
	struct load_rec rec = {0};
	int64_t running = 0;

	for (uint32_t i = 0; i < s->cpus_nr; i++)
		running += s->cpus[i].running + s->cpus[i].queued;
	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_LOAD, sizeof(rec));
	for (int i = 0; i < 3; i++) {
		int64_t now = (int64_t)s->load_micro[i];

		now += (running * 1000000 - now) / window_s[i];
		s->load_micro[i] = (uint64_t)now;
		rec.load_centi[i] = (uint32_t)(now / 10000);
	}
	synth_emit(s, &rec);
}

static uint64_t hook_count(const struct synth *s, enum synth_hook hook, uint32_t cpu)
{
	const struct cpu *c = &s->cpus[cpu];

	switch (hook) {
	case HOOK_SWITCH:
		return c->switches;
	case HOOK_FORK:
		return c->forks;
	case HOOK_EXEC:
		return c->execs;
	case HOOK_EXIT:
		return c->exits;
	case HOOK_MIGRATE:
		return c->migrations_in;
	case HOOK_IRQ:
		return c->irqs;
	case HOOK_SOFTIRQ:
		return c->softirqs;
	case HOOK_WAKING:
		return c->wakings;
	case HOOK_CALL:
		return c->calls + c->files;
	case HOOK_IO:
		return c->ios / 2;
	case HOOK_IO_DONE:
		return c->ios_done;
	case HOOK_IO_REQUEUE:
		return c->requeues;
	case HOOK_DIRTY:
		return c->dirtied;
	case HOOK_STEP:
		return c->steps;
	case HOOK_FILE:
		return c->told;
	case HOOK_PAGE:
		return c->pages;
	case HOOK_LOOKUP:
		return c->lookups;
	case HOOK_PASS:
		return cpu == 0 ? s->tick_nr + 1 : 0;
	default:
		return 0;
	}
}

static bool is_on(const struct synth *s, const struct synth_probe *probe)
{
	return probe->state == PROBE_ON || (probe->fentry && s->host->fentry);
}

static void emit_probes(struct synth *s)
{
	for (uint32_t i = 0; i < s->host->probes_nr; i++) {
		const struct synth_probe *probe = &s->host->probes[i];
		bool asked = !probe->demand || probe->demand & s->demand;
		struct probe_rec rec = {
			.probe = (uint16_t)i,
			.pane = probe->pane,
			.state = !asked ? PROBE_OFF : is_on(s, probe) ? PROBE_ON : probe->state,
			.rung = !asked ? RUNG_NONE : probe->fentry && is_on(s, probe) ? RUNG_FENTRY : probe->rung,
			.on_demand = probe->demand != 0,
		};

		record_init(&rec.h, s->now_ns, PANE_CORE, CORE_PROBE, sizeof(rec));
		synth_copy_string(rec.name, sizeof(rec.name), probe->name);
		synth_copy_string(rec.hook, sizeof(rec.hook), probe->hook);
		synth_copy_string(rec.figures, sizeof(rec.figures), probe->figures);
		synth_copy_string(rec.reason, sizeof(rec.reason),
				  !asked ? NOT_ASKED : is_on(s, probe) ? "" : probe->reason);
		synth_emit(s, &rec);
	}
}

static void emit_losses(struct synth *s, struct self_rec *self)
{
	for (uint32_t i = 0; i < s->host->probes_nr; i++) {
		const struct synth_probe *probe = &s->host->probes[i];
		bool on = is_on(s, probe);

		on = on && (!probe->demand || probe->demand & s->demand);
		self->probes_all++;
		self->probes_on += on;
		for (uint32_t cpu = 0; cpu < s->cpus_nr && on; cpu++) {
			struct loss_rec *rec = &s->losses[i * s->cpus_nr + cpu];

			record_init(&rec->h, s->now_ns, PANE_CORE, CORE_LOSS, sizeof(*rec));
			rec->h.cpu = (uint16_t)cpu;
			rec->probe = (uint16_t)i;
			rec->pane = probe->pane;
			rec->events = hook_count(s, probe->counts, cpu);
			if (rec->events < rec->seen)
				rec->events = rec->seen;
			rec->cost_ns = rec->events * 180;
			rec->max_ns = rec->events ? 2300 + i * 100 : 0;
			self->bpf_ns += rec->cost_ns;
			self->lost_ring += rec->full;
			synth_emit(s, rec);
		}
	}
}

void synth_emit_self(struct synth *s)
{
	struct self_rec rec = {
		.rss_bytes = 7 * MIB + 100 * 1024,
		.maps_bytes = s->host->hostile ? REC_UNKNOWN : 3 * MIB,
	};

	for (uint32_t i = 0; i < s->procs_nr; i++)
		if (s->procs[i].role->self)
			rec.cpu_ns = s->procs[i].threads[0].oncpu_ns;
	if (!s->opts.no_bpf)
		emit_losses(s, &rec);
	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_SELF, sizeof(rec));
	synth_emit(s, &rec);
}

static void emit_alert(struct synth *s)
{
	struct alert_rec rec = {.level = 2};

	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_ALERT, sizeof(rec));
	synth_copy_string(rec.text, sizeof(rec.text), s->host->alert);
	synth_emit(s, &rec);
}

void synth_emit_host(struct synth *s)
{
	struct host_rec rec = {
		.cpus_online = s->cpus_nr,
		.cpus_possible = s->cpus_nr,
		.page_bytes = PAGE_BYTES,
		.flags = s->opts.no_bpf ? 0 : HOST_F_BPF,
		.machine = "x86_64",
	};

	for (uint32_t i = 0; i < s->procs_nr; i++)
		if (s->procs[i].role->self)
			rec.self_tgid = s->procs[i].tgid;
	record_init(&rec.h, s->from_ns, PANE_CORE, CORE_HOST, sizeof(rec));
	synth_copy_string(rec.host, sizeof(rec.host), s->host->host);
	synth_copy_string(rec.release, sizeof(rec.release), s->host->release);
	synth_emit(s, &rec);
}

static void emit_users(struct synth *s)
{
	for (uint32_t i = 0; i < s->host->users_nr; i++) {
		struct user_rec rec = {.uid = s->host->users[i].uid};

		record_init(&rec.h, s->now_ns, PANE_CORE, CORE_USER, sizeof(rec));
		synth_copy_string(rec.name, sizeof(rec.name), s->host->users[i].name);
		synth_emit(s, &rec);
	}
}

static void emit_demand(struct synth *s)
{
	struct demand_rec rec = {
		.on = s->demand,
		.slow_ns = SYNTH_SLOW_NS,
		.disk_slow_ns = SYNTH_DISK_SLOW_NS,
		.fs_slow_ns = SYNTH_FS_SLOW_NS,
		.fs_kinds = SYNTH_FS_KINDS,
		.trace_tgid = s->demand & (DEMAND_STAGES | DEMAND_TRACE) ? synth_disk_props[s->opts.scene].trace_pid : 0,
	};

	record_init(&rec.h, s->now_ns, PANE_CORE, CORE_DEMAND, sizeof(rec));
	synth_emit(s, &rec);
}

void synth_emit_machine(struct synth *s)
{
	emit_mem(s);
	emit_psi(s);
	emit_load(s);
	emit_cpu_stat(s);
	synth_emit_arch_irqs(s);
	synth_emit_freq(s);
	synth_emit_diskstats(s);
	synth_emit_mounts(s);
	if (s->tick_nr == 0) {
		synth_emit_irq_names(s);
		emit_users(s);
	}
	if (!s->opts.no_bpf)
		emit_probes(s);
	if (s->host->alert && s->tick_nr == 2)
		emit_alert(s);
	emit_demand(s);
}
