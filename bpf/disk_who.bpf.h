/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is charged for a request. A process for what it submits itself; for what a kernel thread
 * writes back the process that dirtied the pages, as the dirty hook (disk_dirty.bpf.c) noted it; for
 * what a loop device's worker does nobody: that was charged at the loop device.
 */
#ifndef PROBETOP_DISK_WHO_BPF_H
#define PROBETOP_DISK_WHO_BPF_H

#include "disk_file.bpf.h"
#include "task.bpf.h"

/* Macros of the kernel, so absent from BTF; the same in 5.10, 6.1, 6.12, 6.18 and 7.2. */
#define PF_MEMALLOC_NOIO  0x00080000
#define PF_LOCAL_THROTTLE 0x00100000
#define REQ_META	  (1u << 12)
#define REQ_FUA		  (1u << 17)
#define REQ_PREFLUSH	  (1u << 18)

/* A loop device's worker, while it works: no other thread has all of these. */
#define PF_LOOP (PF_KTHREAD | PF_MEMALLOC_NOIO | PF_LOCAL_THROTTLE)

/* Whose a request is. Part of the request's state. */
struct disk_whose {
	__u64 start_ns;	    /* of the group leader; 0: not known (5.10, until a CPU's first switch) */
	__u64 comm[2];	    /* of the group leader */
	__u64 submitter[2]; /* comm of the thread that submitted it, where INFERRED; else 0 */
	__u32 tgid, pid;    /* pid: the thread; where INFERRED one that dirtied */
	__u32 uid;
	__u16 flags;   /* DISK_IO_F_INFERRED, _STACKED, _KTHREAD */
	__u16 tracked; /* false: left out by `-- COMMAND` */
};

/*
 * Who last dirtied pages of a mapping, or of a device. Slots are not locked: `sum` tells a reader
 * that two CPUs have written one at once.
 */
struct dirtier {
	__u64 key;
	__u64 seen_ns; /* when, right to a pass */
	__u64 sum;
	struct disk_whose who; /* flags: _STACKED, _KTHREAD */
	__u32 pass;	       /* of seen_ns */
	__u32 dev;	       /* that the pages are of */
};

#define DIRTY_WAYS 4
#define DIRTY_ROWS 1024

struct dirty_row {
	struct dirtier slot[DIRTY_WAYS];
	struct dirtier last; /* that gave way */
};

struct dirtiers_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DIRTY_ROWS);
	__type(key, __u32);
	__type(value, struct dirty_row);
};

extern struct dirtiers_map dirtiers SEC(".maps");

/* A journal writes within seconds of the change, a block of metadata within half a minute. */
#define DIRTY_DEVICE_NS (60 * 1000 * NSEC_PER_MSEC)
#define DIRTY_LAST_NS	DIRTY_DEVICE_NS /* pages wait half a minute for the flusher */

#define GOLDEN 0x9e3779b97f4a7c15ULL

/* An inode's memory may be used again for another: so its number is part of the key. */
static __always_inline __u64 dirty_key_mapping(struct address_space *mapping, __u64 ino)
{
	return pointer_number(mapping) + (ino * GOLDEN << 3);
}

/* Both are aligned, so no mapping has an odd key. */
static __always_inline __u64 dirty_key_device(__u32 dev)
{
	return (__u64)dev << 1 | 1;
}

static __always_inline struct dirty_row *dirty_row(__u64 key)
{
	__u32 row = (key * GOLDEN >> 40) % DIRTY_ROWS;

	return bpf_map_lookup_elem(&dirtiers, &row);
}

static __always_inline __u64 dirty_sum(const struct disk_whose *w, __u64 key)
{
	__u64 h = (key ^ w->start_ns) * GOLDEN;

	h = (h ^ w->comm[0]) * GOLDEN;
	h = (h ^ w->comm[1]) * GOLDEN;
	return (h ^ ((__u64)w->tgid << 32 | w->flags)) * GOLDEN;
}

static __always_inline bool current_counts(struct task_struct *t)
{
	struct task_state *st;

	if (!track)
		return true;
	st = task_state(t);
	return st && state_is_counted(st);
}

/*
 * 5.10 has no typed pointer to the running task: what its last switch noted. The barrier, here and
 * below, keeps the compiler from joining two loads into one: the verifier allows that no two pointers.
 */
static __always_inline __u32 whose_noted(struct cpu_block *b, struct disk_whose *w)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 pf = b->current_flags;

	barrier_var(pf);
	w->start_ns = b->current_start_ns;
	w->tgid = id >> 32;
	w->pid = (__u32)id;
	w->uid = (__u32)bpf_get_current_uid_gid();
	w->tracked = !track || b->current_tracked;
	bpf_get_current_comm(w->comm, sizeof(w->comm));
	return pf;
}

/* Fills in the thread that runs, and returns its PF_* flags. */
static __always_inline __u32 whose_current(struct cpu_block *b, struct disk_whose *w, bool cast)
{
	struct task_struct *t = task_current(), *u, *leader;
	__u32 pf;

	w->submitter[0] = w->submitter[1] = 0;
	w->flags = 0;
	if (!t)
		return whose_noted(b, w);
	u = task_untrusted(t, cast);
	leader = u->group_leader;
	w->start_ns = leader->start_boottime;
	w->comm[0] = comm_half(leader, 0);
	w->comm[1] = comm_half(leader, 1);
	w->tgid = u->tgid;
	w->pid = u->pid;
	w->uid = u->cred->uid.val;
	w->tracked = current_counts(t);
	pf = u->flags;
	barrier_var(pf);
	return pf;
}

static __always_inline bool is_loop_worker(__u32 pf)
{
	return (pf & PF_LOOP) == PF_LOOP;
}

static __always_inline void whose_found(struct disk_whose *w, const struct dirtier *d, __u64 max_ns)
{
	struct dirtier found = *d;

	if (!found.key || found.sum != dirty_sum(&found.who, found.key))
		return;
	if (max_ns && bpf_ktime_get_ns() - found.seen_ns > max_ns)
		return;
	found.who.submitter[0] = w->comm[0];
	found.who.submitter[1] = w->comm[1];
	found.who.flags |= DISK_IO_F_INFERRED;
	*w = found.who;
}

/*
 * Charges who dirtied what `key` stands for, unless that is longer ago than `max_ns` (0: any time). Who
 * dirties more files of a device than there is room for is most of what gives way.
 */
static __always_inline void whose_dirtier(struct disk_whose *w, __u64 key, __u32 dev, __u64 max_ns)
{
	struct dirty_row *row = dirty_row(key);
	struct dirtier *d;

	if (!row)
		return;
	d = &row->last;
#pragma unroll
	for (int i = 0; i < DIRTY_WAYS; i++)
		if (row->slot[i].key == key)
			d = &row->slot[i];
	if (d == &row->last && d->dev != dev)
		return;
	whose_found(w, d, d == &row->last ? DIRTY_LAST_NS : max_ns);
}

/* Of a partition, where the kernel says so (5.12): what a filesystem stands on. */
static __always_inline __u32 bio_dev(struct bio *bio, __u32 disk)
{
	if (!bpf_core_field_exists(bio->bi_bdev) || !bio->bi_bdev)
		return disk;
	return bio->bi_bdev->bd_dev;
}

/*
 * What a kernel thread writes was dirtied by somebody: pages of a file, blocks of the device, or
 * (flushes; a log of XFS, that has pages of its own) what somebody did on that device. Its reads,
 * discards and zeroes are its own.
 */
static __always_inline void whose_write(struct disk_whose *w, struct bio *bio, __u32 disk, bool cast)
{
	__u32 how = bio->bi_opf, op = how & RQ_OP_MASK, dev;
	struct inode *inode = bio_inode(bio, cast);

	if (op != RQ_OP_WRITE && op != RQ_OP_FLUSH)
		return;
	if (inode && !inode_is_device(inode)) {
		whose_dirtier(w, dirty_key_mapping(&inode->i_data, inode->i_ino), inode_dev(inode), 0);
		return;
	}
	if (!inode && op == RQ_OP_WRITE && !(how & (REQ_META | REQ_FUA | REQ_PREFLUSH)))
		return;
	dev = inode ? inode->i_rdev : bio_dev(bio, disk);
	whose_dirtier(w, dirty_key_device(dev), dev, DIRTY_DEVICE_NS);
}

/*
 * Whose the request is that begins with `bio` (NULL: it has none) on `disk`; to be called when it
 * starts, by the thread that submits it.
 */
static __always_inline void disk_who(struct cpu_block *b, struct bio *bio, __u32 disk,
				     struct disk_whose *w, bool cast)
{
	__u32 pf = whose_current(b, w, cast);

	if (!(pf & PF_KTHREAD))
		return;
	w->flags = DISK_IO_F_KTHREAD;
	if (is_loop_worker(pf))
		w->flags |= DISK_IO_F_STACKED;
	else if (bio)
		whose_write(w, bio_use(bio, cast), disk, cast);
	else
		whose_dirtier(w, dirty_key_device(disk), disk, DIRTY_DEVICE_NS);
}

#endif
