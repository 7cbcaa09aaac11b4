/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The v2 groups that are known, and readings of their files that wait to be collected. Helper
 * threads write, the owner's thread collects: a lock of its own, never held while a file is read.
 */
#ifndef PROBETOP_CGBOOK_H
#define PROBETOP_CGBOOK_H

#include <pthread.h>

#include "cgroups.h"

#define CGBOOK_MAX 512 /* groups; of more, the last ones that were met */

struct cgbook {
	pthread_mutex_t lock;
	struct cgbook_group {
		uint64_t id; /* 0: free */
		char path[CGROUP_PATH_BYTES + 1];
	} groups[CGBOOK_MAX];
	struct cgstat_rec stats[CGBOOK_MAX]; /* a ring */
	unsigned groups_next, stats_first, stats_nr;
	bool reading; /* a job is queued or at work */
};

void cgbook_init(struct cgbook *b);
void cgbook_fini(struct cgbook *b);
/* Remembers a v2 group that was answered; others are ignored. */
void cgbook_know(struct cgbook *b, const struct cgroup_rec *r);
/* Returns true to one caller until cgbook_read() is done. */
bool cgbook_claim(struct cgbook *b);
/* The claim came to nothing. */
void cgbook_unclaim(struct cgbook *b);
/* Reads all groups once; those that are gone are forgotten. It may block: for helper threads. */
void cgbook_read(struct cgbook *b, const char *root, int proc_fd);
/* Takes one reading out; false when none waits. */
bool cgbook_take(struct cgbook *b, struct cgstat_rec *ret);

#endif
