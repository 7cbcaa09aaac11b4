/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory in which groups are made, and what stands behind snapshot.cgroups. Reserved once,
 * NORESERVE: what nobody asks for costs nothing. Internal to the model layer.
 */
#ifndef PROBETOP_GROUPS_H
#define PROBETOP_GROUPS_H

#include <stddef.h>

#include "cgroup.h"
#include "group.h"

struct group_entry {
	uint64_t key;
	const struct proc_row *row;
};

struct groups {
	struct group_row *rows;
	struct cgroup_row *cgroups; /* of the view of cgroups */
	struct group_entry *entries;
	const struct group_entry **order;
	uint32_t max;
	int nr;
	enum group_by by;
	bool made; /* since the last publish */
	void *map;
	size_t map_bytes;
};

struct cgroups_snap {
	struct cgroups cgroups;
	struct groups by;   /* what the user groups by */
	struct groups view; /* always by cgroup: for the view of cgroups */
	bool bpf;
};

/* Reserves room for groups of `rows` rows. Returns 0 or -ENOMEM. */
int groups_init(struct groups *g, uint32_t rows);
void groups_fini(struct groups *g);
/* Makes the groups of a snapshot unless they are made. Returns how many. */
int groups_fold(struct groups *g, const struct snapshot *s, enum group_by by);

/* Sorts by key; those of one key by row. */
void group_entries_sort(const struct group_entry **order, uint32_t nr);

/* snap_cgroup.c. cgroups_snap_init returns 0 or -ENOMEM; after an error _fini cleans up. */
int cgroups_snap_init(struct cgroups_snap *c, uint32_t rows);
void cgroups_snap_fini(struct cgroups_snap *c);
void cgroups_snap_clear(struct cgroups_snap *c);
/*
 * A new snapshot: what was made for the last one is out of date. `ended`: with it an interval
 * ends; another look at the same tick begins nothing.
 */
void cgroups_snap_publish(struct cgroups_snap *c, bool bpf, bool ended, struct snapshot *snap);

#endif
