/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The path of a control group, asked of a process in it, and what a v2 group's own files say.
 * Owns nothing, keeps nothing open. It may block: for helper threads.
 */
#ifndef PROBETOP_CGROUPS_H
#define PROBETOP_CGROUPS_H

#include <limits.h>
#include <stdbool.h>

#include "parse.h"

/* Where a hierarchy is mounted, and which of its directories that is; empty: nowhere. */
struct cgroup_mount {
	char dir[256], top[256];
};

struct cgroup_mounts {
	struct cgroup_mount v2, memory; /* cgroup2; the memory controller of v1 */
};

/* Paths of one process; empty where it is in no such hierarchy. */
struct cgroup_paths {
	char v2[CGROUP_PATH_BYTES], memory[CGROUP_PATH_BYTES];
};

/* Parse /proc/PID/mountinfo and /proc/PID/cgroup. */
void cgroups_parse_mounts(struct text t, struct cgroup_mounts *ret);
void cgroups_parse_paths(struct text t, struct cgroup_paths *ret);
/* Parse cpu.stat and cpu.max; what is missing stays as it is. */
void cgroups_parse_cpu_stat(struct text t, struct cgstat_rec *r);
void cgroups_parse_cpu_max(struct text t, struct cgstat_rec *r);

/* Reads the mounts of this process. `proc_fd`: an open /proc. */
void cgroups_mounts(int proc_fd, struct cgroup_mounts *ret);

/*
 * Fills `ret`, header included, with the path of the group `id` of which the process behind `dir`
 * (an open /proc/PID) is to be a member. Returns false where it is in another by now. Which of its
 * groups is meant is told as in the kernel: the v2 one unless that is the root, else that of
 * the memory controller; where the mounts are there, by the number of the directory.
 */
bool cgroups_read_path(const char *root, int dir, const struct cgroup_mounts *mounts, uint64_t id,
		  struct cgroup_rec *ret);

/* Fills `ret`, header included, from the files of a v2 group. Returns false where it is gone. */
bool cgroups_read_stat(const char *root, const struct cgroup_mounts *mounts, const char *path,
		  uint64_t id, struct cgstat_rec *ret);

#endif
