/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hand-made records for the tests of models: a host with two CPUs that has been up for a while. */
#ifndef PROBETOP_WORLD_FIXTURE_H
#define PROBETOP_WORLD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "record.h"

#define MS	   1000000ULL
#define SEC	   (1000 * MS)
#define T0	   (100 * SEC) /* the first tick, CLOCK_MONOTONIC */
#define BOOT_AHEAD (7 * SEC)   /* CLOCK_BOOTTIME is ahead of it: the host was suspended once */

struct fixture {
	struct world *w;
	struct snapshot snap;
	uint64_t last_ns;
};

static inline void put(struct fixture *f, const void *rec)
{
	assert_int_equal(world_apply(f->w, rec), 0);
}

static inline void put_host(struct fixture *f, uint32_t flags)
{
	struct host_rec r = {.cpus_online = 2,
			     .cpus_possible = 2,
			     .page_bytes = 4096,
			     .flags = flags,
			     .host = "db-03",
			     .self_tgid = 77};

	record_init(&r.h, T0, PANE_CORE, CORE_HOST, sizeof(r));
	put(f, &r);
}

static inline int fixture_setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	if (world_new(NULL, &f.w))
		return -1;
	put_host(&f, HOST_F_BPF);
	*state = &f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	world_free(f->w);
	return 0;
}

/* A thread that began long ago and sleeps in a pipe; ts_ns is when it was read. */
static inline struct task_rec task(uint32_t pid, uint32_t tgid, uint64_t ts_ns)
{
	struct task_rec r = {
		.pid = pid,
		.tgid = tgid,
		.start_ns = SEC + pid,
		.leader_start_ns = SEC + tgid,
		.ppid = 1,
		.uid = 0,
		.comm = "worker",
		.state = 'S',
		.wclass = WAIT_PIPE,
		.since_ns = T0 - SEC,
		.cpu = 1,
		.flags = pid == tgid ? TASK_F_LEADER : 0,
	};

	record_init(&r.h, ts_ns, PANE_CORE, CORE_TASK, sizeof(r));
	return r;
}

/* The last word of a thread. */
static inline struct task_rec ended(struct task_rec r, uint64_t ts_ns, uint16_t flags)
{
	record_init(&r.h, ts_ns, PANE_CORE, CORE_EXIT, sizeof(r));
	r.state = 'X';
	r.wclass = WAIT_ONCPU;
	r.since_ns = REC_UNKNOWN;
	r.flags |= flags;
	return r;
}

/* Makes it a thread that began at `start_mono_ns`. */
static inline struct task_rec started(struct task_rec r, uint64_t start_mono_ns)
{
	r.start_ns = start_mono_ns + BOOT_AHEAD;
	if (r.pid == r.tgid)
		r.leader_start_ns = r.start_ns;
	return r;
}

static inline struct proc_rec proc(const struct task_rec *leader, uint32_t threads)
{
	struct proc_rec r = {.tgid = leader->tgid,
			     .threads = threads,
			     .start_ns = leader->leader_start_ns,
			     .rss_anon_pages = 10,
			     .rss_file_pages = 20,
			     .rss_shmem_pages = 3,
			     .swap_pages = 4,
			     .vm_pages = 100};

	record_init(&r.h, leader->h.ts_ns, PANE_CORE, CORE_PROC, sizeof(r));
	return r;
}

static inline struct wait_rec waits(const struct task_rec *of)
{
	struct wait_rec r = {.pid = of->pid, .tgid = of->tgid, .start_ns = of->start_ns};

	record_init(&r.h, of->h.ts_ns, PANE_CORE, CORE_WAIT, sizeof(r));
	return r;
}

static inline void tick_as(struct fixture *f, uint64_t ts_ns, uint32_t flags, uint32_t tasks)
{
	struct tick_rec r = {.real_ns = ts_ns,
			     .boot_ns = ts_ns + BOOT_AHEAD,
			     .interval_ns = f->last_ns ? ts_ns - f->last_ns : 0,
			     .tasks = tasks,
			     .flags = flags};

	record_init(&r.h, ts_ns, PANE_CORE, CORE_TICK, sizeof(r));
	put(f, &r);
	f->last_ns = ts_ns;
}

static inline void tick(struct fixture *f, uint64_t ts_ns)
{
	tick_as(f, ts_ns, f->last_ns ? 0 : TICK_F_FIRST, REC_UNKNOWN32);
}

static inline void publish(struct fixture *f, bool total)
{
	world_publish(f->w, total, &f->snap);
}

static inline void tick_and_publish(struct fixture *f, uint64_t ts_ns)
{
	tick(f, ts_ns);
	publish(f, false);
}

static inline const struct proc_row *find_row(const struct fixture *f, uint32_t pid)
{
	for (int i = 0; i < f->snap.procs_nr; i++)
		if (f->snap.procs[i].pid == (int64_t)pid)
			return &f->snap.procs[i];
	return NULL;
}

static inline const struct proc_row *row_of(const struct fixture *f, uint32_t pid)
{
	const struct proc_row *row = find_row(f, pid);

	assert_non_null(row);
	return row;
}

/* A row that sums short processes. */
static inline const struct proc_row *short_row(const struct fixture *f, const char *comm)
{
	for (int i = 0; i < f->snap.procs_nr; i++)
		if (f->snap.procs[i].pid == FIG_UNKNOWN && !strcmp(f->snap.procs[i].comm, comm))
			return &f->snap.procs[i];
	return NULL;
}

static inline int64_t row_wall_ns(const struct proc_row *row)
{
	return row->oncpu_ns + row->runq_wait_ns + row->blocked_ns + row->idle_ns;
}

#endif
