// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Look-ups of names in the dentry cache, while somebody asks. Those of a path's walk go one way
 * (lookup_fast, then the filesystem), the last name of an open, unlink and the like another (d_lookup).
 *
 * And the memory in which fs_path.bpf.h gathers the names of a path.
 */
#include "fs_path.bpf.h"

struct fs_parts_map fs_parts SEC(".maps");

/* Neither our own nor, beside a command, those of others. */
static __always_inline bool is_counted(struct cpu_block *b)
{
	struct task_struct *t;
	struct task_state *st;

	if (bpf_get_current_pid_tgid() >> 32 == settings.self_tgid)
		return false;
	if (!track)
		return true;
	t = task_current();
	if (!t)
		return b->current_tracked;
	st = task_state(t);
	return st && state_is_counted(st);
}

__hidden int fs_on_lookup(struct cpu_block *b, __u64 *frame)
{
	if (is_counted(b))
		ADD(b->lookups, 1);
	return 0;
}

__hidden int fs_on_lookup_slow(struct cpu_block *b, __u64 *frame)
{
	if (!is_counted(b))
		return 0;
	ADD(b->lookups_slow, 1);
	ADD(b->lookups_missed, 1);
	return 0;
}

__hidden int fs_on_d_lookup(struct cpu_block *b, struct dentry *found, __u64 *frame)
{
	if (!is_counted(b))
		return 0;
	ADD(b->lookups_slow, 1);
	if (!found)
		ADD(b->lookups_missed, 1);
	return 0;
}
