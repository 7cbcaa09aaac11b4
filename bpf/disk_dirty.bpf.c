// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who dirtied what: the last process to dirty a clean page of each file, and of each device. The
 * flusher writes it later, when that process may be gone. Fixed slots, a few for each value of a
 * hash; the one that was not touched for longest gives way.
 */
#include "disk_who.bpf.h"

struct dirtiers_map dirtiers SEC(".maps");

/* A process that dirties a page, as far as the common case needs it. */
struct me {
	struct cpu_block *b;
	__u64 start_ns;
	__u32 tgid;
	__u32 pf;
};

static __always_inline void me_fill(struct me *me, bool cast)
{
	struct task_struct *t = task_current();

	if (!t) {
		me->start_ns = me->b->current_start_ns;
		me->tgid = bpf_get_current_pid_tgid() >> 32;
		me->pf = me->b->current_flags;
		return;
	}
	t = task_untrusted(t, cast);
	me->start_ns = t->group_leader->start_boottime;
	me->tgid = t->tgid;
	me->pf = t->flags;
}

/*
 * The slot of a key, or the one to take for it. Of one mapping or device many pages are dirtied
 * in a row, mostly by one process.
 */
static __always_inline struct dirtier *dirtier_slot(__u64 key)
{
	struct dirty_row *row = dirty_row(key);
	__u64 oldest_ns = -1ULL;
	__u32 at = 0;

	if (!row)
		return NULL;
#pragma unroll
	for (__u32 i = 0; i < DIRTY_WAYS; i++) {
		if (row->slot[i].key == key)
			return &row->slot[i];
		if (row->slot[i].seen_ns < oldest_ns) {
			oldest_ns = row->slot[i].seen_ns;
			at = i;
		}
	}
	return &row->slot[at & (DIRTY_WAYS - 1)];
}

/* The key goes first and comes last, so that nobody takes half of it for the whole. */
static __always_inline void dirtier_take(struct dirtier *d, __u64 key, const struct me *me, bool cast)
{
	struct disk_whose who;

	whose_current(me->b, &who, cast);
	if (me->pf & PF_KTHREAD)
		who.flags = DISK_IO_F_KTHREAD;
	if (is_loop_worker(me->pf))
		who.flags |= DISK_IO_F_STACKED;
	d->key = 0;
	barrier();
	d->who = who;
	d->sum = dirty_sum(&who, key);
	barrier();
	d->key = key;
}

/* `keeps`: who is there already stays. */
static __always_inline void dirtier_note(__u64 key, const struct me *me, bool keeps, bool cast)
{
	struct dirtier *d = dirtier_slot(key);

	if (!d)
		return;
	if (d->key != key || (!keeps && (d->who.start_ns != me->start_ns || d->who.tgid != me->tgid)))
		dirtier_take(d, key, me, cast);
	else if (d->pass == pass_ctl.passes)
		return;
	d->pass = pass_ctl.passes;
	d->seen_ns = bpf_ktime_get_ns();
}

/*
 * What a kernel thread dirties, unless it is a loop device's, was mostly dirty before: the flusher
 * puts back what it cannot write yet, a journal hands over its blocks.
 */
static __always_inline int dirtied(struct cpu_block *b, struct address_space *mapping, bool cast)
{
	struct me me = {.b = b};
	struct inode *host;
	bool keeps;

	if (!mapping)
		return 0;
	if (cast)
		mapping = kernel_cast(mapping, bpf_core_type_id_kernel(struct address_space));
	host = mapping->host;
	if (!host)
		return 0;
	me_fill(&me, cast);
	keeps = (me.pf & PF_KTHREAD) && !is_loop_worker(me.pf);
	if (!inode_is_device(host))
		dirtier_note(dirty_key_mapping(mapping, host->i_ino), &me, keeps, cast);
	if (!keeps)
		dirtier_note(dirty_key_device(inode_dev(host)), &me, false, cast);
	return 0;
}

__hidden int disk_on_dirty(struct cpu_block *b, struct address_space *mapping)
{
	return dirtied(b, mapping, true);
}

__hidden int disk_on_dirty_plain(struct cpu_block *b, struct address_space *mapping)
{
	return dirtied(b, mapping, false);
}
