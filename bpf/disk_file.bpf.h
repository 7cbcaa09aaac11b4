/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which file a request is for: its first page, the inode of that, a name of the inode. Pages of
 * O_DIRECT are the process's own memory and lead to no file.
 *
 * `cast`: the kernel has bpf_rdonly_cast (6.2). Without it compound pages are not followed, and of a
 * file only its number is known.
 */
#ifndef PROBETOP_DISK_FILE_BPF_H
#define PROBETOP_DISK_FILE_BPF_H

#include "disk_req.bpf.h"

#define MAPPING_FLAGS 3 /* of page.mapping: anonymous memory, or pages that a driver moves */
#define PAGE_TAIL     1 /* of page.compound_head */
#define PAGE_MASK_MAX (1ULL << 30)
#define MODE_TYPE     0170000
#define MODE_BLOCK    0060000
#define PATH_PARTS    (DISK_FILE_BYTES / 2) /* names of one byte */

/* A word of kernel memory; a qstr begins with one, and each further type costs at load. */
static __always_inline __u64 word_at(__u64 at)
{
	struct qstr *q = kernel_cast((void *)at, bpf_core_type_id_kernel(struct qstr));

	return q->hash_len;
}

/*
 * A pointer as a number. The verifier lets no pointer be masked or multiplied, but it lets two be
 * subtracted: this is the distance from a variable of ours, equal in all programs. Aligned to 8 as
 * that is, it keeps a pointer's lowest bits.
 */
static __always_inline __u64 pointer_number(const void *p)
{
	__u64 distance = (__u64)p;

	asm volatile("%0 -= %1" : "+r"(distance) : "r"(&settings));
	return distance;
}

/*
 * The page that has the mapping. A tail page knows its head by address, or (7.2) by a mask of its
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

	if ((bio->bi_opf & RQ_OP_MASK) > RQ_OP_WRITE || !bio->bi_iter.bi_size)
		return NULL;
	vec = bio->bi_io_vec;
	if (!vec)
		return NULL;
	page = cast ? page_head(word_at((__u64)&vec->bv_page)) : vec->bv_page;
	if (!page)
		return NULL;
	mapping = page->mapping;
	if (!mapping || pointer_number(mapping) & MAPPING_FLAGS)
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

/* One of the names that the inode has now; NULL where it has none left. 7.2 took the name d_u away. */
static __always_inline struct dentry *inode_dentry(struct inode *inode)
{
	__u64 at = bpf_core_field_exists(((struct dentry___bare *)0)->d_alias) ?
			   bpf_core_field_offset(struct dentry___bare, d_alias) :
			   bpf_core_field_offset(struct dentry, d_u.d_alias);
	void *first = inode->i_dentry.first;

	return first ? kernel_cast(first - at, bpf_core_type_id_kernel(struct dentry)) : NULL;
}

/* How many bytes to give: whole names from the last one up, not the filesystem's root. */
static __always_inline __u32 path_bytes(struct dentry *d)
{
	__u32 bytes = d->d_name.len, more;

	for (int i = 0; i < PATH_PARTS; i++) {
		d = d->d_parent;
		more = bytes + 1 + d->d_name.len;
		if (d->d_parent == d || more > DISK_FILE_BYTES)
			break;
		bytes = more;
	}
	return bytes < DISK_FILE_BYTES ? bytes : DISK_FILE_BYTES;
}

/*
 * Writes the path from its end, one byte a step: with a loop within a loop the verifier would have
 * too many paths. For its sake the counters lie in fields of the record that are filled in later: it
 * does not follow values through memory. Of a name longer than the room its end is given.
 */
static __always_inline void path_fill(struct disk_io_rec *r, struct dentry *d)
{
	volatile __u64 *bytes = &r->ino;
	volatile __u32 *left = &r->file_dev;
	__u64 name = (__u64)d->d_name.name;
	char c;

	*bytes = path_bytes(d);
	*left = d->d_name.len;
	for (__u32 i = 0; i < DISK_FILE_BYTES && i < *bytes; i++) {
		if (*left) {
			*left -= 1;
			c = (char)word_at(name + *left);
		} else {
			c = '/';
			d = d->d_parent;
			name = (__u64)d->d_name.name;
			*left = d->d_name.len;
		}
		r->file[(*bytes - 1 - i) % DISK_FILE_BYTES] = c;
	}
}

/*
 * Fills in ino, file_dev, file and DISK_IO_F_METADATA of a request that begins with `bio` (NULL: it
 * has none); `flags` is to be set before.
 */
static __always_inline void disk_file(struct bio *bio, struct disk_io_rec *r, bool cast)
{
	struct inode *inode = NULL;
	struct dentry *d;

	r->ino = 0;
	r->file_dev = 0;
	__builtin_memset(r->file, 0, sizeof(r->file));
	if (bio)
		inode = bio_inode(bio_use(bio, cast), cast);
	if (!inode)
		return;
	if (inode_is_device(inode)) {
		r->flags |= DISK_IO_F_METADATA;
	} else {
		/* Without a change of type nothing leads from an inode to its names. */
		d = cast ? inode_dentry(inode) : NULL;
		if (d)
			path_fill(r, d);
		r->ino = inode->i_ino;
	}
	r->file_dev = inode_dev(inode);
}

#endif
