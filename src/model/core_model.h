/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What belongs to the host and to the instrument: memory, pressure, load, own cost, probes,
 * losses, alerts. Owns two arrays of losses; allocates at init only.
 */
#ifndef PROBETOP_MODEL_CORE_H
#define PROBETOP_MODEL_CORE_H

#include "pool.h"
#include "snapshot.h"

/* A cumulative record at the moments from which figures are made. */
struct core_psi {
	struct psi_rec now, last, first, mark;
};

struct core_self {
	struct self_rec now, last, first, mark;
};

struct core {
	struct host_rec host;
	struct mem_rec mem;
	struct load_rec load;
	struct core_psi psi;
	struct core_self self;
	struct alert_rec alert;
	struct demand_rec demand;
	struct probe_rec probes[SNAP_PROBES_MAX], probes_shown[SNAP_PROBES_MAX];
	int probes_nr;
	struct pool losses, losses_shown; /* used as arrays of struct loss_row */
	uint32_t loss_next;		  /* where the next loss record is expected */
	bool losses_mixed;		  /* they do not stand in the order of (probe, CPU) */
	struct loss_rec lost_last[PANE_NR];
	bool started;
};

/* Returns 0 or -ENOMEM; after an error core_fini() cleans up. */
int core_init(struct core *c);
void core_fini(struct core *c);
void core_clear(struct core *c);
/* Takes a record of PANE_CORE; kinds that are not its own are ignored. */
void core_apply(struct core *c, const struct ev_hdr *ev);
void core_publish(struct core *c, const struct tick_rec *tick, enum window window,
		  struct snapshot *snap);
/* WINDOW_MARK counts from here. */
void core_mark(struct core *c);

#endif
