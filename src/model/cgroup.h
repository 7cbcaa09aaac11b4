/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control groups by id: their paths, and what a v2 group says of itself. Of fixed capacity; the
 * least recently met gives way. Internal to the model layer: views see snap_cgroup.h.
 */
#ifndef PROBETOP_CGROUP_H
#define PROBETOP_CGROUP_H

#include "snap_cgroup.h"
#include "table.h"

#define CGROUPS_MAX 4096

/* Readings come a little after the tick that asks for them; so much may lie between. */
#define CGSTAT_LATE_NS 2500000000ULL

struct cgroup {
	uint64_t id;
	uint64_t asked_ns; /* when its path was asked for last; 0: never */
	uint32_t asked_nr, asked_tgid;
	uint16_t version; /* 0: its path is not known */
	bool fresh;	  /* read since the last publish */
	/* h.size 0 where there was no reading: as now; at the last publish and the one before; ...
	 */
	struct cgstat_rec now, shown, last, first, mark;
	char path[CGROUP_PATH_BYTES + 1];
};

struct cgroups {
	struct table table;
	bool pending;		    /* some have no path */
	uint64_t next_ask_ns;	    /* not before this */
	uint64_t first_ns, mark_ns; /* where the windows begin */
};

int cgroups_init(struct cgroups *c);
void cgroups_fini(struct cgroups *c);
void cgroups_clear(struct cgroups *c);

/* A process is in it; REC_UNKNOWN is ignored. Returns false where it was met before. */
bool cgroups_meet(struct cgroups *c, uint64_t id);
void cgroups_path(struct cgroups *c, const struct cgroup_rec *r);
void cgroups_stat(struct cgroups *c, const struct cgstat_rec *r);
/* Return NULL where it was never met; `find` changes no order. */
const struct cgroup *cgroups_find(const struct cgroups *c, uint64_t id);
struct cgroup *cgroups_get(struct cgroups *c, uint64_t id);

/*
 * A publish, with which an interval ends unless no time has passed; a gap or (`total`) a baseline
 * at `tick_ns`; the mark.
 */
void cgroups_publish(struct cgroups *c, bool ended);
void cgroups_skip(struct cgroups *c, uint64_t tick_ns, bool total);
void cgroups_mark(struct cgroups *c, uint64_t tick_ns);

/* Fills all of the row but its sums. */
void cgroups_row(const struct cgroups *c, uint64_t id, enum window window, struct cgroup_row *ret);

/* Pure: what a path says. Empty strings where it says nothing. */
void cgroup_unit(const char *path, char ret[CGROUP_UNIT_BYTES]);
void cgroup_container(const char *path, char ret[CONTAINER_BYTES]);

#endif
