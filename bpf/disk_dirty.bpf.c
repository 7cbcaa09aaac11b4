// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who dirtied what: the last process to dirty a clean page of each file, and of each device. The
 * flusher writes it later, when that process may be gone. Fixed slots, a few for each value of a
 * hash; the one that was not touched for longest gives way, and stands for all that gave way before.
 *
 * Conditions are computed where they can be: each branch may double what the verifier walks after it.
 */
#include "disk_who.bpf.h"

struct dirtiers_map dirtiers SEC(".maps");

/* Who dirties a page, as far as the common case needs it. */
struct me {
	struct cpu_block *b;
	__u64 start_ns;
	__u32 tgid;
	__u32 dev;   /* that the page is of */
	__u16 flags; /* of enum disk_io_flags */
	__u16 keeps; /* leaves who is there already */
};

/* 1 where v is not 0. */
static __always_inline __u64 some(__u64 v)
{
	barrier_var(v);
	return (v | -v) >> 63;
}

/*
 * What a kernel thread dirties, unless it is a loop device's, was mostly dirty before: the flusher
 * puts back what it cannot write yet, a journal hands over its blocks.
 */
static __always_inline void me_flags(struct me *me, __u32 pf)
{
	__u64 thread = some(pf & PF_KTHREAD), other = some(~pf & PF_LOOP);

	me->flags = thread * DISK_IO_F_KTHREAD + (1 - other) * DISK_IO_F_STACKED;
	me->keeps = thread & other;
}

static __always_inline void me_fill(struct me *me, bool cast)
{
	struct task_struct *t = task_current();

	if (!t) {
		me->start_ns = me->b->current_start_ns;
		me->tgid = bpf_get_current_pid_tgid() >> 32;
		me_flags(me, me->b->current_flags);
		return;
	}
	t = task_untrusted(t, cast);
	me->start_ns = t->group_leader->start_boottime;
	me->tgid = t->tgid;
	me_flags(me, t->flags);
}

/* 0 where a slot has that key, else when it was touched last: what gives way is the least. */
static __always_inline __u64 dirtier_age(const struct dirtier *d, __u64 key)
{
	return (d->seen_ns + 1) & -some(d->key ^ key);
}

/* The slot of a key, or the one to take for it. */
static __always_inline struct dirtier *dirtier_slot(struct dirty_row *row, __u64 key)
{
	__u64 least = 1ULL << 62, at = 0, age, take;

#pragma unroll
	for (int i = 0; i < DIRTY_WAYS; i++) {
		age = dirtier_age(&row->slot[i], key);
		take = -above(least, age);
		least ^= (least ^ age) & take;
		at ^= (at ^ i) & take;
	}
	barrier_var(at);
	return &row->slot[at % DIRTY_WAYS];
}

/* The key goes first and comes last, so that nobody takes half of it for the whole. */
static __always_inline void dirtier_take(struct dirtier *d, __u64 key, const struct me *me, bool cast)
{
	struct disk_whose who;

	whose_current(me->b, &who, cast);
	who.flags = me->flags;
	d->key = 0;
	barrier();
	d->who = who;
	d->dev = me->dev;
	d->sum = dirty_sum(&who, key);
	d->pass = pass_ctl.passes;
	d->seen_ns = bpf_ktime_get_ns();
	barrier();
	d->key = key;
}

/* Most pages are of one who was here before: that is looked at anew in each pass. */
static __always_inline bool dirtier_stays(const struct dirtier *d, const struct me *me)
{
	if (me->keeps)
		return true;
	return d->who.start_ns == me->start_ns && d->who.tgid == me->tgid && d->pass == pass_ctl.passes;
}

static __always_inline int dirtier_note(__u64 key, const struct me *me, bool cast)
{
	struct dirty_row *row = dirty_row(key);
	struct dirtier *d;

	if (!row)
		return 0;
	d = dirtier_slot(row, key);
	if (d->key == key && dirtier_stays(d, me))
		return 0;
	if (d->key != key && d->key)
		row->last = *d;
	dirtier_take(d, key, me, cast);
	return 0;
}

/* Functions of their own: what is left on their stack would be further paths of the caller. */
static __noinline __attribute__((used)) int dirtier_note_cast(__u64 key, const struct me *me)
{
	return dirtier_note(key, me, true);
}

static __noinline __attribute__((used)) int dirtier_note_plain(__u64 key, const struct me *me)
{
	return dirtier_note(key, me, false);
}

/* The pages of a device's own inode are noted for the device alone. */
static __always_inline int dirtied(struct cpu_block *b, struct address_space *mapping, bool cast)
{
	struct me me = {.b = b};
	struct inode *host;
	__u64 file, dev;

	if (!mapping)
		return 0;
	if (cast)
		mapping = kernel_cast(mapping, bpf_core_type_id_kernel(struct address_space));
	host = mapping->host;
	if (!host)
		return 0;
	me_fill(&me, cast);
	file = dirty_key_mapping(mapping, host->i_ino);
	me.dev = inode_dev(host);
	dev = dirty_key_device(me.dev);
	if (!inode_is_device(host))
		cast ? dirtier_note_cast(file, &me) : dirtier_note_plain(file, &me);
	if (!me.keeps)
		cast ? dirtier_note_cast(dev, &me) : dirtier_note_plain(dev, &me);
	return 0;
}

__hidden int disk_on_dirty(struct cpu_block *b, void *page, struct address_space *mapping)
{
	return dirtied(b, mapping, true);
}

__hidden int disk_on_dirty_plain(struct cpu_block *b, void *page, struct address_space *mapping)
{
	return dirtied(b, mapping, false);
}
