/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which file a request is for: its first page, the inode of that, a name of the inode. Pages of
 * O_DIRECT are the process's own memory and lead to no file.
 *
 * `cast`: the kernel has bpf_rdonly_cast (6.2). Without it compound pages are not followed, and of
 * names only those that lie in the dentry itself (31 bytes) are known.
 */
#ifndef PROBETOP_DISK_FILE_BPF_H
#define PROBETOP_DISK_FILE_BPF_H

#include "common.bpf.h"

#define REQ_OP_MASK   0xff
#define REQ_OP_WRITE  1 /* and 0 is a read: the two that surely have pages */
#define REQ_OP_FLUSH  2
#define MAPPING_FLAGS 3 /* of page.mapping: anonymous memory, or pages that a driver moves */
#define PAGE_TAIL     1 /* of page.compound_head */
#define PAGE_MASK_MAX (1ULL << 30)
#define MODE_TYPE     0170000
#define MODE_BLOCK    0060000

/* A word of kernel memory; a qstr begins with one, and each further type costs at load. */
static __always_inline __u64 word_at(__u64 at)
{
	struct qstr *q = kernel_cast((void *)at, bpf_core_type_id_kernel(struct qstr));

	return q->hash_len;
}

/* The lower half of a pointer as a number: the verifier takes no masks of pointers. */
static __always_inline __u32 pointer_low(const void *p)
{
	__u64 low;

	asm volatile("%w0 = %w1" : "=r"(low) : "r"(p));
	return (__u32)low;
}

/*
 * The page that has the mapping. A tail page knows its head by address, or (7.1) by a mask of its
 * own address, which as a negative number is small.
 */
static __always_inline struct page *page_head(__u64 page)
{
	__u64 at = bpf_core_field_exists(((struct page___info *)0)->compound_info) ?
			   bpf_core_field_offset(struct page___info, compound_info) :
			   bpf_core_field_offset(struct page, compound_head);
	__u64 head = word_at(page + at);

	if (head & PAGE_TAIL)
		page = -head < PAGE_MASK_MAX ? page & head : head - PAGE_TAIL;
	return kernel_cast((void *)page, bpf_core_type_id_kernel(struct page));
}

/* For reading: see task_untrusted(). */
static __always_inline struct bio *bio_untrusted(struct bio *bio, bool cast)
{
	return cast ? kernel_cast(bio, bpf_core_type_id_kernel(struct bio)) : bio;
}

/*
 * The inode to which the first page of a bio belongs; NULL where there is none. What stands at
 * page.mapping is something else in pages of a slab: only an inode that has this mapping counts.
 */
static __always_inline struct inode *bio_inode(struct bio *bio, bool cast)
{
	struct address_space *mapping;
	struct bio_vec *vec;
	struct page *page;
	struct inode *host;

	if ((bio->bi_opf & REQ_OP_MASK) > REQ_OP_WRITE || !bio->bi_iter.bi_size)
		return NULL;
	vec = bio->bi_io_vec;
	if (!vec)
		return NULL;
	page = cast ? page_head(word_at((__u64)&vec->bv_page)) : vec->bv_page;
	if (!page)
		return NULL;
	mapping = page->mapping;
	if (!mapping || pointer_low(mapping) & MAPPING_FLAGS)
		return NULL;
	host = mapping->host;
	if (!host || (void *)&host->i_data != (void *)mapping)
		return NULL;
	return host;
}

/* The block device's own inode: a filesystem's metadata, or who opened the device itself. */
static __always_inline bool inode_is_device(struct inode *inode)
{
	return (inode->i_mode & MODE_TYPE) == MODE_BLOCK;
}

/* Whose pages they are: the filesystem's device, or the block device itself. */
static __always_inline __u32 inode_dev(struct inode *inode)
{
	return inode_is_device(inode) ? inode->i_rdev : inode->i_sb->s_dev;
}

/* Fills ino, file_dev, file and DISK_IO_F_METADATA of a request that begins with `bio`. */
static __always_inline void disk_file(struct bio *bio, struct disk_io_rec *r, bool cast)
{
	struct inode *inode = NULL;

	r->ino = 0;
	r->file_dev = 0;
	__builtin_memset(r->file, 0, sizeof(r->file));
	if (bio)
		inode = bio_inode(bio_untrusted(bio, cast), cast);
	if (!inode)
		return;
	r->file_dev = inode_dev(inode);
	if (inode_is_device(inode)) {
		r->flags |= DISK_IO_F_METADATA;
		return;
	}
	r->ino = inode->i_ino;
}

#endif
