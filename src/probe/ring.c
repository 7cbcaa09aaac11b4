// SPDX-License-Identifier: GPL-2.0-or-later
/* The ring's reader: a budget per call, and its own count of what came from each probe. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "probe_impl.h"
#include "probetop.skel.h"

static unsigned stage_probe(const struct disk_stage_rec *r)
{
	static const uint8_t probes[STAGE_NR] = {
		[STAGE_Q] = PROBE_BIO_QUEUE,  [STAGE_G] = PROBE_IO_GETRQ,   [STAGE_M] = PROBE_BIO_BACKMERGE,
		[STAGE_P] = PROBE_PLUG,	      [STAGE_U] = PROBE_UNPLUG,	    [STAGE_T] = PROBE_UNPLUG,
		[STAGE_I] = PROBE_RQ_INSERT,  [STAGE_D] = PROBE_IO_ISSUE,   [STAGE_R] = PROBE_IO_REQUEUE,
		[STAGE_C] = PROBE_IO_COMPLETE, [STAGE_X] = PROBE_BIO_SPLIT, [STAGE_A] = PROBE_BIO_REMAP,
		[STAGE_B] = PROBE_BIO_BOUNCE, [STAGE_S] = PROBE_BIO_SLEEP,  [STAGE_F] = PROBE_BIO_FRONTMERGE,
	};

	if (r->stage == STAGE_M && r->flags & DISK_STAGE_F_REQUEST)
		return PROBE_RQ_MERGE;
	if (r->stage == STAGE_C && !r->id)
		return PROBE_BIO_COMPLETE;
	return probes[r->stage];
}

/* The probe that made a ring record. */
static unsigned record_probe(const struct ev_hdr *ev)
{
	if (ev->pane == PANE_CPU) /* CPU_SLOW */
		return PROBE_SWITCH;
	if (ev->pane == PANE_DISK && ev->kind == DISK_STAGE)
		return stage_probe((const struct disk_stage_rec *)ev);
	if (ev->pane == PANE_FS) /* from whatever hook */
		return PROBE_UNLINK;
	if (ev->pane == PANE_DISK) /* DISK_IO */
		return PROBE_IO_COMPLETE;
	switch (ev->kind) {
	case CORE_EXEC:
		return PROBE_EXEC;
	case CORE_FLOOD:
		return PROBE_FLOOD;
	}
	/* A zombie's second farewell comes from another hook than the first. */
	return ((const struct task_rec *)ev)->flags & TASK_F_FREED ? PROBE_FREE : PROBE_SWITCH;
}

static int ring_record(void *ctx, void *data, size_t size)
{
	struct kernel_source *k = ctx;
	const struct ev_hdr *ev = data;

	if (record_check(ev, size))
		return 0; /* shows as received < submitted */
	if (ev->cpu < k->cpus)
		k->received[ev->cpu][record_probe(ev)]++;
	if (k->fn)
		k->fn(k->fn_ctx, ev);
	return --k->budget > 0 ? 0 : -EAGAIN;
}

int ring_open(struct kernel_source *k, struct err *e)
{
	k->ring = ring_buffer__new(bpf_map__fd(k->skel->maps.ring), ring_record, k, NULL);
	if (!k->ring)
		return err_set(e, -errno,
			       "BPF: the ring buffer cannot be mapped: %s. "
			       "Try a smaller --ring-size.",
			       strerror(errno));
	return 0;
}

int ring_drain(struct kernel_source *k, int budget, record_fn fn, void *ctx)
{
	int ret;

	if (budget <= 0)
		return 0;
	k->skel->bss->woken = 0;
	k->budget = budget;
	k->fn = fn;
	k->fn_ctx = ctx;
	ret = ring_buffer__consume(k->ring);
	if (ret < 0 && ret != -EAGAIN)
		return ret;
	return budget - k->budget;
}

/* Records that were reserved when the drain began and not yet submitted come a moment later. */
#define SETTLE_TRIES  20
#define SETTLE_BUDGET 16384

static bool all_came(const struct kernel_source *k)
{
	for (unsigned cpu = 0; cpu < k->cpus; cpu++)
		for (unsigned probe = 0; probe < PROBE_NR; probe++)
			if (k->received[cpu][probe] < k->settled[cpu][probe])
				return false;
	return true;
}

void probe_settle(struct source *s, record_fn fn, void *ctx)
{
	struct kernel_source *k = (struct kernel_source *)s;

	for (unsigned cpu = 0; cpu < k->cpus; cpu++)
		for (unsigned probe = 0; probe < PROBE_NR; probe++)
			k->settled[cpu][probe] = k->blocks[cpu].probe[probe].submitted;
	for (int i = 0; i < SETTLE_TRIES; i++) {
		if (i)
			usleep(50);
		if (ring_drain(k, SETTLE_BUDGET, fn, ctx) < 0 || all_came(k))
			break;
	}
	k->is_settled = true;
}
