/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dead threads. The exit record of a thread tells its last figures at once; the kernel keeps
 * their sum with the process. What that sum has more than the exit records told are threads
 * whose records were lost, or that lived too short to be told: it is added, once.
 */
#include <string.h>

#include "tasks_table.h"

/* More than that (in ns: two weeks) is a damaged record. */
#define UNTOLD_MAX (1ULL << 50)

static bool take_sums(uint64_t kernel[DEAD_NR], const struct proc_rec *r)
{
	const uint64_t rec[DEAD_NR] = {
		[DEAD_ONCPU] = r->dead_oncpu_ns,
		[DEAD_RUNQ] = r->dead_runq_ns,
		[DEAD_UTIME] = r->dead_utime_ns,
		[DEAD_STIME] = r->dead_stime_ns,
		[DEAD_VCSW] = r->dead_nvcsw,
		[DEAD_IVCSW] = r->dead_nivcsw,
		[DEAD_MINFLT] = r->dead_minflt,
		[DEAD_MAJFLT] = r->dead_majflt,
		[DEAD_MIGRATIONS] = r->dead_migrations,
	};
	bool any = false;

	for (int i = 0; i < DEAD_NR; i++) {
		kernel[i] = rec[i] > INT64_MAX ? 0 : rec[i];
		any |= kernel[i] != 0;
	}
	return any;
}

static struct dead_sums *get(struct tasks *t, struct tasks_proc *p)
{
	if (!p->dead)
		p->dead = pool_get(&t->dead, 0);
	return p->dead;
}

void dead_record(struct tasks *t, struct tasks_proc *p, const struct proc_rec *r)
{
	uint64_t kernel[DEAD_NR];
	bool first = !(p->flags & PROC_DEAD_BASE);
	struct dead_sums *d;

	p->flags |= PROC_DEAD_BASE;
	if (!take_sums(kernel, r) && !p->dead)
		return;
	d = get(t, p);
	if (!d || (!first && !memcmp(d->kernel, kernel, sizeof(kernel))))
		return;
	memcpy(d->kernel, kernel, sizeof(kernel));
	if (first && p->base_pass)
		memcpy(d->told, kernel, sizeof(kernel));
	p->flags |= PROC_RECORDED;
	tasks_touch(t, p);
}

void dead_add(struct tasks *t, struct tasks_proc *p, const struct tasks_thread *th)
{
	struct dead_sums *d;

	if (p->flags & PROC_ENDED || th->state == 'Z')
		return; /* no record of the process will follow */
	d = get(t, p);
	if (!d)
		return;
	d->told[DEAD_ONCPU] += th->time.oncpu_ns;
	d->told[DEAD_RUNQ] += th->time.runq_ns;
	d->told[DEAD_UTIME] += th->time.utime_ns;
	d->told[DEAD_STIME] += th->time.stime_ns;
	d->told[DEAD_VCSW] += th->nvcsw;
	d->told[DEAD_IVCSW] += th->nivcsw;
	d->told[DEAD_MINFLT] += th->minflt;
	d->told[DEAD_MAJFLT] += th->majflt;
	d->told[DEAD_MIGRATIONS] += th->migrations;
}

static uint64_t untold(struct dead_sums *d, enum dead_field field)
{
	uint64_t more = d->kernel[field] > d->told[field] ? d->kernel[field] - d->told[field] : 0;

	d->told[field] += more;
	return more < UNTOLD_MAX ? more : UNTOLD_MAX;
}

/*
 * A counter. The kernel's sum is the truth in both directions once it holds the same threads
 * as we told: an exit record may have a switch or a fault that the process never sees.
 */
static void settle_counter(struct dead_sums *d, enum dead_field field, bool same, uint64_t *counter)
{
	uint64_t less;

	*counter += untold(d, field);
	if (!same)
		return;
	less = d->told[field] - d->kernel[field];
	less = less < *counter ? less : *counter;
	*counter -= less;
	d->told[field] -= less;
}

static void settle_times(struct dead_sums *d, struct sums *now)
{
	uint64_t oncpu_ns = untold(d, DEAD_ONCPU);
	uint64_t utime_ns = untold(d, DEAD_UTIME), stime_ns = untold(d, DEAD_STIME);

	now->cls[WAIT_ONCPU] += oncpu_ns;
	now->cls[WAIT_RUNQ] += untold(d, DEAD_RUNQ);
	if (utime_ns + stime_ns)
		now->system_ns +=
			(uint64_t)((unsigned __int128)oncpu_ns * stime_ns / (utime_ns + stime_ns));
}

/*
 * Only while no thread is here that the kernel has not: one whose exit record is on its way,
 * or lost, is in the kernel's sum already and in the table still.
 */
void dead_reconcile(struct tasks *t, struct tasks_proc *p)
{
	bool same = p->threads_nr == p->kernel_threads;
	struct dead_sums *d = p->dead;
	struct sums *now;

	if (!(p->flags & PROC_RECORDED) || !d || p->threads_nr > p->kernel_threads)
		return;
	now = tasks_now(t, p);
	if (!now)
		return;
	if (same)
		p->flags &= (uint16_t)~PROC_RECORDED;
	settle_times(d, now);
	settle_counter(d, DEAD_VCSW, same, &now->vcsw);
	settle_counter(d, DEAD_IVCSW, same, &now->ivcsw);
	settle_counter(d, DEAD_MINFLT, same, &now->minflt);
	settle_counter(d, DEAD_MAJFLT, same, &now->majflt);
	settle_counter(d, DEAD_MIGRATIONS, same, &now->migrations);
}
