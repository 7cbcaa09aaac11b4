/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weak definitions of what the models do not define yet. */
#include <stddef.h>

#include "group.h"
#include "snap_cgroup.h"

#define WEAK __attribute__((weak))

WEAK int snapshot_cgroups(const struct snapshot *s, const struct cgroup_row **ret_rows)
{
	return 0;
}

WEAK struct fig_status snapshot_cgroup_status(const struct snapshot *s)
{
	return (struct fig_status){ .state = FIG_EXACT };
}

WEAK struct fig_status snapshot_cgstat_status(const struct snapshot *s)
{
	return (struct fig_status){ .state = FIG_EXACT };
}

WEAK const char *snapshot_cgroup_path(const struct snapshot *s, int64_t id)
{
	return NULL;
}

WEAK int snapshot_groups(const struct snapshot *s, enum group_by by, const struct group_row **ret_rows)
{
	return 0;
}

WEAK uint64_t group_key(const struct snapshot *s, enum group_by by, const struct proc_row *row)
{
	return 0;
}

WEAK const char *const group_words[GROUP_BY_NR] = { "process", "thread", "user", "cgroup", "container", "command" };
