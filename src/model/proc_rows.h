/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tables of what processes did have in common: the row of one process, and groups of rows, made when they are
 * asked for. Their rows, and those of their groups, begin with a struct proc_row. The pools are the table's, which
 * maps and clears them; nothing is allocated here. Internal to the model layer.
 */
#ifndef PROBETOP_PROC_ROWS_H
#define PROBETOP_PROC_ROWS_H

#include "groups.h"
#include "pool.h"

struct proc_groups {
	struct pool members, order, rows; /* struct group_entry; pointers to them; rows of groups */
	int nr;
	uint32_t dev; /* the device or filesystem that they are of, 0: all */
	enum group_by by;
	bool made; /* since the rows of the table were */
};

/* How the rows of a table become groups. */
struct proc_groups_how {
	size_t row_bytes, group_bytes;
	size_t key_off; /* of the group's key, a uint64_t, in its row */
	bool (*uses)(const struct snapshot *s, const void *row, uint32_t dev);
	/* Adds up what the members [at, end) hold beside their struct proc_row: that of the group is set, the rest 0. */
	void (*fold)(const struct snapshot *s, const struct group_entry **at, const struct group_entry **end, void *group);
};

/* The row of the process `who` in a table in order of (pid, start), those without a pid last; NULL: it has none. */
const void *proc_rows_find(const void *rows, int nr, size_t row_bytes, const struct proc_row *who);

/* Makes g->rows of those rows that use `dev` unless they are made. Returns how many; in order of key. */
int proc_groups_make(struct proc_groups *g, const struct proc_groups_how *how, const struct snapshot *s,
		     const void *rows, int nr, enum group_by by, uint32_t dev);

#endif
