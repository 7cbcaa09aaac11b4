/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes summed by what they have in common. Rows are made when they are asked for, once
 * for each snapshot and kind, in memory that the world owns; they are valid until the next
 * publish. Pure otherwise: a group row holds what the rows of its members hold.
 */
#ifndef PROBETOP_GROUP_H
#define PROBETOP_GROUP_H

#include "snapshot.h"

enum group_by {
	GROUP_PROCESS, /* no grouping: each process is its own */
	GROUP_THREAD,  /* the same of snapshot.threads */
	GROUP_USER,
	GROUP_CGROUP,
	GROUP_CONTAINER,
	GROUP_COMMAND, /* comm */
	GROUP_BY_NR,
};

/*
 * `sums`: times, counters, memory and `processes` added up (what no member knows stays unknown),
 * percentiles of the merged histograms, the largest maxima, D if one is in D, else R, and so on;
 * what all members share (user, uid, ppid, cgroup, nice, CPU) where they do. pid is
 * FIG_UNKNOWN, cmd the group's name, so that it shows in the command's column.
 */
struct group_row {
	struct proc_row sums; /* first: columns of processes serve */
	uint64_t key;	      /* identity from one snapshot to the next */
	const char *name;     /* user, path, container, comm: raw bytes, NUL-terminated */
	int64_t rows;	      /* how many rows of the table are in it */
	char text[24];	      /* where a name had to be written */
};

/* Returns how many rows there are; in order of key. For GROUP_PROCESS and _THREAD 0: use those tables. */
int snapshot_groups(const struct snapshot *s, enum group_by by, const struct group_row **ret_rows);

/* Returns the key of the group to which a process (or thread) belongs. */
uint64_t group_key(const struct snapshot *s, enum group_by by, const struct proc_row *row);

/* The words of --group-by and of the menu, by enum group_by. */
extern const char *const group_words[GROUP_BY_NR];

#endif
