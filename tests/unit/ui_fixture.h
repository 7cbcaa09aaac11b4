/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot made by hand, for the tests of the screen: a busy host of two CPUs with a
 * waiting, a blocked, an idle, a kernel, a hostile and a summed process.
 */
#ifndef PROBETOP_UI_FIXTURE_H
#define PROBETOP_UI_FIXTURE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot.h"
#include "ui.h"

#define MS 1000000LL
#define S_NS 1000000000LL

struct scene {
	struct snapshot s;
	struct proc_row procs[32];
	struct cpu_row cpus[SNAP_CPUS_MAX];
	struct probe_rec probes[4];
	struct loss_row losses[8];
};

static struct proc_row *scene_proc(struct scene *sc, int64_t pid, const char *comm, const char *user, char state,
				   const char *cmd, size_t cmd_len)
{
	struct proc_row *p = &sc->procs[sc->s.procs_nr++];

	*p = (struct proc_row){ .pid = pid, .ppid = 1, .uid = 1000, .start_ns = (uint64_t)pid * 1000 };
	strncpy(p->comm, comm, sizeof(p->comm) - 1);
	p->user = user;
	p->cmd = cmd;
	p->cmd_len = (uint16_t)cmd_len;
	p->state = state;
	p->wclass = WAIT_IDLE;
	p->processes = 1;
	p->threads = 1;
	p->threads_active = 0;
	p->idle_ns = S_NS;
	p->offcpu_ns = S_NS;
	p->class_ns[WAIT_IDLE] = S_NS;
	p->blocked_since_ns = FIG_UNKNOWN;
	p->runq_p50_ns = p->runq_p99_ns = p->runq_max_ns = FIG_UNKNOWN;
	p->oncpu_p50_ns = p->oncpu_p99_ns = p->oncpu_max_ns = FIG_UNKNOWN;
	p->age_ns = 3 * 86400 * S_NS;
	p->cpu_time_ns = pid == FIG_UNKNOWN ? pid : pid * S_NS;
	p->rss_bytes = 12 << 20;
	sc->s.procs = sc->procs;
	return p;
}

#define CMD(text) text, sizeof(text) - 1

/* Milliseconds of one active thread's second; what is left is idle. */
static void scene_time(struct proc_row *p, int oncpu_ms, int runq_ms, enum wait_class wclass, int blocked_ms)
{
	int64_t wall_ns = S_NS * (p->threads_active = (oncpu_ms + runq_ms + blocked_ms + 999) / 1000);

	memset(p->class_ns, 0, sizeof(p->class_ns));
	p->oncpu_ns = oncpu_ms * MS;
	p->user_ns = p->oncpu_ns * 3 / 4;
	p->system_ns = p->oncpu_ns - p->user_ns;
	p->runq_wait_ns = runq_ms * MS;
	p->blocked_ns = blocked_ms * MS;
	p->idle_ns = wall_ns - p->oncpu_ns - p->runq_wait_ns - p->blocked_ns;
	p->offcpu_ns = wall_ns - p->oncpu_ns;
	p->class_ns[WAIT_ONCPU] = p->oncpu_ns;
	p->class_ns[WAIT_RUNQ] = p->runq_wait_ns;
	p->class_ns[wclass] += p->blocked_ns;
	p->class_ns[WAIT_IDLE] += p->idle_ns;
	p->active_wall_ns = wall_ns;
	p->runq_p50_ns = 4100;
	p->runq_p99_ns = 6 * MS;
	p->runq_max_ns = 22 * MS;
	p->vcsw = 310;
	p->ivcsw = 12;
}

static void scene_procs(struct scene *sc)
{
	struct proc_row *p;

	p = scene_proc(sc, 1, "systemd", "root", 'S', CMD("/sbin/init\0splash\0"));
	p->ppid = 0;
	p = scene_proc(sc, 2, "kthreadd", "root", 'S', NULL, 0);
	p->kthread = true;
	p = scene_proc(sc, 15, "kworker/0:1-ev", "root", 'I', NULL, 0);
	p->kthread = true;
	p->ppid = 2;
	p = scene_proc(sc, 2291, "tar", "root", 'D', CMD("tar\0czf\0/srv/backup.tgz\0/home\0"));
	scene_time(p, 0, 0, WAIT_KLOCK, 1000);
	p->wclass = WAIT_KLOCK;
	p->blocked_since_ns = 43 * S_NS;
	p->runq_p50_ns = p->runq_p99_ns = p->runq_max_ns = FIG_UNKNOWN;
	p = scene_proc(sc, 3001, "evil\033[31m\n\xff", "mallory", 'S', CMD("/tmp/\xe2\x80\xae" "gnp.exe\0\033]0;x\007\0"));
	scene_time(p, 3, 1, WAIT_NET, 20);
	p = scene_proc(sc, 8040, "php-fpm8.2", "www-data", 'S', CMD("php-fpm: pool www"));
	scene_time(p, 228, 98, WAIT_NET, 102);
	p->threads = 6;
	p = scene_proc(sc, 8100, "cron.sh", "root", 'S', CMD("/bin/sh\0/usr/local/bin/cron.sh\0"));
	p = scene_proc(sc, 8112, "postgres", "postgres", 'R', CMD("postgres: writer process"));
	scene_time(p, 712, 231, WAIT_DISK, 57);
	p->runq_p99_ns = 14 * MS;
	p->rss_bytes = 812 << 20;
	p = scene_proc(sc, 9177, "restic", "backup", 'D', CMD("/usr/bin/restic\0backup\0/home\0"));
	scene_time(p, 180, 41, WAIT_DISK, 779);
	p->wclass = WAIT_DISK;
	p->blocked_since_ns = 20 * MS;
	p = scene_proc(sc, 9300, "probetop", "root", 'R', CMD("./probetop\0"));
	p->self = true;
	p->uid = 0;
	scene_time(p, 4, 0, WAIT_IDLE, 0);
	p = scene_proc(sc, FIG_UNKNOWN, "true", "root", '\0', NULL, 0);
	scene_time(p, 310, 22, WAIT_DISK, 0);
	p->start_ns = 0;
	p->ppid = 8100;
	p->processes = 412;
	p->dead = true;
	p->rss_bytes = p->age_ns = p->cpu_time_ns = FIG_UNKNOWN;
	p->threads = p->threads_active = FIG_UNKNOWN;
}

static void scene_machine(struct snapshot *s)
{
	static const uint64_t slots[] = { 12, 91, 281, 343, 119, 40, 22, 9, 3, 1, 1, 2, 4, 31 };

	s->m.interval_ns = S_NS;
	strcpy(s->m.host.host, "db-03");
	strcpy(s->m.host.release, "6.1.0-31-amd64");
	s->m.host.self_tgid = 9300;
	s->m.tick.h.ts_ns = 1036262000000000ULL;
	s->m.tick.h.size = sizeof(s->m.tick);
	s->m.tick.real_ns = 1795320669ULL * S_NS;
	s->m.tick.boot_ns = (12 * 86400ULL + 15060) * S_NS;
	s->m.cpus = 2;
	s->m.busy_ns = 1300 * MS;
	s->m.mode_ns[CPU_USER] = 900 * MS;
	s->m.mode_ns[CPU_SYSTEM] = 350 * MS;
	s->m.mode_ns[CPU_SOFTIRQ] = 50 * MS;
	s->m.mem_total = 23400LL << 20;
	s->m.mem_used = 9200LL << 20;
	s->m.mem_free = 8000LL << 20;
	s->m.swap_total = 2LL << 30;
	s->m.load_centi[0] = 312;
	s->m.load_centi[1] = 180;
	s->m.load_centi[2] = 91;
	s->m.psi[PSI_CPU] = (struct psi_fig){ 310 * MS, 0 };
	s->m.psi[PSI_IO] = (struct psi_fig){ 40 * MS, 30 * MS };
	s->m.tasks = 214;
	s->m.running = 5;
	s->m.blocked = 1;
	s->m.runq_len = 3;
	s->m.forks = 412;
	s->m.class_ns[WAIT_ONCPU] = 1280 * MS;
	s->m.class_ns[WAIT_RUNQ] = 440 * MS;
	s->m.class_ns[WAIT_DISK] = 180 * MS;
	s->m.class_ns[WAIT_FUTEX] = 80 * MS;
	s->m.runq_p50_ns = 4100;
	s->m.runq_p99_ns = 14 * MS;
	s->m.runq_max_ns = 22 * MS;
	s->m.oldest_block_ns = 43 * S_NS;
	s->m.self = (struct self_rec){ .h.size = sizeof(struct self_rec), .rss_bytes = 7445000, .probes_on = 9,
				       .probes_all = 9, .maps_bytes = 3 << 20 };
	s->m.self_cpu_ns = 4 * MS;
	s->m.self_bpf_ns = 3 * MS;
	memcpy(&s->runq.slots[3], slots, sizeof(slots));
	s->runq.max_ns = 22 * MS;
	memcpy(&s->oncpu.slots[7], slots, sizeof(slots));
	s->oncpu.max_ns = 44 * MS;
}

static void scene_probes(struct scene *sc)
{
	static const struct probe_rec probes[] = {
		{ .probe = 0, .pane = PANE_CPU, .state = PROBE_ON, .rung = RUNG_TP_BTF, .name = "sched_switch",
		  .hook = "tp_btf/sched_switch", .figures = "run-queue latency, wait classes" },
		{ .probe = 1, .pane = PANE_CORE, .state = PROBE_ON, .rung = RUNG_ITER, .name = "tasks", .hook = "iter/task",
		  .figures = "the process table" },
		{ .probe = 2, .pane = PANE_CPU, .state = PROBE_REFUSED, .rung = RUNG_NONE, .name = "sched_wakeup",
		  .hook = "tp_btf/sched_wakeup", .figures = "run-queue latency",
		  .reason = "attach failed: Operation not permitted. Run as root or give CAP_PERFMON." },
	};

	memcpy(sc->probes, probes, sizeof(probes));
	sc->s.probes = sc->probes;
	sc->s.probes_nr = 3;
	for (uint16_t i = 0; i < 4; i++)
		sc->losses[i] = (struct loss_row){ .probe = i / 2, .cpu = i % 2,
						   .rec = { .events = 1000, .seen = 10, .submitted = 10, .received = 10,
							    .cost_ns = 1000000, .max_ns = 4100 } };
	sc->s.losses = sc->losses;
	sc->s.losses_nr = 4;
}

static void scene_cpus(struct scene *sc, int nr)
{
	for (int i = 0; i < nr; i++) {
		struct cpu_row *cpu = &sc->cpus[i];

		*cpu = (struct cpu_row){ .cpu = i, .busy_ns = (i * 37 % 100) * 10 * MS, .total_ns = S_NS, .runq_len = i * 7 % 5,
					 .switches = 1200 };
		cpu->mode_ns[CPU_USER] = cpu->busy_ns * 2 / 3;
		cpu->mode_ns[CPU_SYSTEM] = cpu->busy_ns / 3;
	}
	sc->s.cpus = sc->cpus;
	sc->s.cpus_nr = nr;
	sc->s.m.cpus = nr;
}

/* A new scene; free() it. */
static struct scene *scene_new(void)
{
	struct scene *sc = calloc(1, sizeof(*sc));

	if (!sc)
		abort();
	scene_procs(sc);
	scene_machine(&sc->s);
	scene_probes(sc);
	scene_cpus(sc, 2);
	return sc;
}

static inline struct ui *scene_ui(const struct snapshot *s, struct ui_opts opts)
{
	struct ui *ui;
	struct err e = { "" };

	opts.interval_ns = S_NS;
	if (ui_new(&opts, &ui, &e)) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	ui_update(ui, s);
	return ui;
}

static inline struct ui_action scene_key(struct ui *ui, const struct snapshot *s, int key)
{
	struct term_event ev = { .key = key };

	return ui_key(ui, s, &ev);
}

static inline void scene_type(struct ui *ui, const struct snapshot *s, const char *text)
{
	for (; *text; text++)
		scene_key(ui, s, *text);
}

#endif
