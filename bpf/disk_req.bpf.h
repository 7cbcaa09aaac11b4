/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests and bios as all programs of the disk module read them: device, operation and flags,
 * id. `cast` as in compat.bpf.h: the kernel has bpf_rdonly_cast (6.2).
 */
#ifndef PROBETOP_DISK_REQ_BPF_H
#define PROBETOP_DISK_REQ_BPF_H

#include "common.bpf.h"
#include "disk_state.h"

/* Operations and flags of a request: macros or values of an enum, the same in 5.10 to 7.2. */
#define RQ_OP_MASK	   0xff
#define RQ_OP_READ	   0
#define RQ_OP_WRITE	   1
#define RQ_OP_FLUSH	   2
#define RQ_OP_DISCARD	   3
#define RQ_OP_SECURE_ERASE 5
#define RQ_OP_ZONE_APPEND  7
#define RQ_OP_WRITE_ZEROES 9
#define RQ_OP_DRIVER	   32 /* and up: what drivers send for themselves or for user space */

extern const volatile struct disk_seed disk_seed;
#define RQF_FLUSH_SEQ_OLD (1u << 4) /* up to 6.11 */
extern const volatile __u32 rqf_flush_seq;

/* disk.bpf.c: who is charged for the request at `address` that has started; 0: nobody. */
__u32 disk_charged(__u64 address);

static __always_inline struct request *request_use(struct request *rq, bool cast)
{
	return cast ? kernel_cast(rq, bpf_core_type_id_kernel(struct request)) : rq;
}

static __always_inline struct bio *bio_use(struct bio *bio, bool cast)
{
	return cast ? kernel_cast(bio, bpf_core_type_id_kernel(struct bio)) : bio;
}

/*
 * The id of a request: the same until its tag is used again, never 0. It tells no address. The
 * verifier lets no pointer be multiplied, but it lets two be subtracted.
 */
static __always_inline __u64 disk_request_id(struct request *rq)
{
	__u64 id = (__u64)rq;

	asm volatile("%0 -= %1" : "+r"(id) : "r"(&settings));
	id = (id + disk_seed.add) * (disk_seed.mul | 1);
	id = (id ^ id >> 32) >> 16;
	return id ? id : 1;
}

static __always_inline __u32 gendisk_dev(struct gendisk *disk)
{
	return disk ? disk_dev(disk->major, disk->first_minor) : 0;
}

/*
 * It is a step of a flush sequence: the write itself is not done yet. The bit moved in 6.12, and its
 * enum has no name there, so that a program cannot ask for it: user space looks it up in BTF.
 */
static __always_inline bool request_is_step(struct request *rq)
{
	return rq->rq_flags & rqf_flush_seq;
}

/* The whole disk, whatever partition; 0: a queue without one. 5.17 moved it to the queue. */
static __always_inline __u32 request_dev(struct request *rq)
{
	struct request___disk *old = (void *)rq;

	if (bpf_core_field_exists(old->rq_disk))
		return gendisk_dev(old->rq_disk);
	return gendisk_dev(rq->q->disk);
}

/* The same of a bio. 5.12 replaced its disk by a block device. */
static __always_inline __u32 bio_disk_dev(struct bio *bio)
{
	struct bio___disk *old = (void *)bio;

	if (bpf_core_field_exists(old->bi_disk))
		return gendisk_dev(old->bi_disk);
	return gendisk_dev(bio->bi_bdev->bd_disk);
}

/*
 * The group of /proc/diskstats in which an operation counts: discards, and by their lowest bit reads
 * and writes. What drivers send is in none of them.
 */
static __always_inline __u32 disk_op(__u32 op)
{
	if (op == RQ_OP_DISCARD)
		return DISK_DISCARD;
	if (op == RQ_OP_FLUSH)
		return DISK_FLUSH;
	if (op >= RQ_OP_DRIVER)
		return DISK_OTHER;
	return op & 1 ? DISK_WRITE : DISK_READ;
}

/* DISK_SET_* from cmd_flags or bi_opf. The flags SYNC 11, META 12, FUA 17, PREFLUSH 18, RAHEAD 19. */
static __always_inline __u16 disk_set(__u32 opf)
{
	__u32 op = opf & RQ_OP_MASK;
	__u32 set = disk_op(op) | (opf >> 7 & (DISK_SET_SYNC | DISK_SET_META)) |
		    (opf >> 13 & DISK_SET_RAHEAD) | (opf >> 10 & (DISK_SET_FUA | DISK_SET_PREFLUSH));

	if (op == RQ_OP_SECURE_ERASE)
		set |= DISK_SET_ERASE;
	/* Operations on zones carry no data either. */
	if (op >= RQ_OP_WRITE_ZEROES && op < RQ_OP_DRIVER)
		set |= DISK_SET_ZEROES;
	return set;
}

#endif
