/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes by control group. Rows are made when they are asked for, once for each snapshot,
 * in memory that the world owns; they are valid until the next publish.
 */
#ifndef PROBETOP_SNAP_CGROUP_H
#define PROBETOP_SNAP_CGROUP_H

#include "snapshot.h"

#define CGROUP_UNIT_BYTES 48
#define CONTAINER_BYTES	  13 /* 12 hex digits and the end */

struct cgroup_row {
	struct proc_row sums; /* first: columns of processes serve; as in struct group_row */
	uint64_t id;
	const char *path;	      /* raw bytes, NUL-terminated; NULL: not known (yet) */
	char unit[CGROUP_UNIT_BYTES]; /* systemd's .service .scope .slice .socket .mount; or empty */
	char container[CONTAINER_BYTES]; /* of docker, containerd, cri-o, podman, kubepods; or empty */
	int64_t version;	      /* 2, 1; FIG_UNKNOWN without a path */
	/* of a v2 group, while DEMAND_CGROUPS is on; else FIG_UNKNOWN */
	struct psi_fig psi[PSI_NR];
	int64_t periods, throttled, throttled_ns; /* cpu.stat, in the window */
	int64_t quota_pct; /* cpu.max in thousandths of a per cent of a CPU; FIG_UNKNOWN: no limit */
};

struct cgroups_snap;

/* Returns how many rows there are, in order of id. */
int snapshot_cgroups(const struct snapshot *s, const struct cgroup_row **ret_rows);
/* Whether processes tell their cgroup at all; whether pressure and throttling are read. */
struct fig_status snapshot_cgroup_status(const struct snapshot *s);
struct fig_status snapshot_cgstat_status(const struct snapshot *s);
/* Returns the path of a cgroup, or NULL. */
const char *snapshot_cgroup_path(const struct snapshot *s, int64_t id);

#endif
