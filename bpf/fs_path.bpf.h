/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file is called: its path within its filesystem, the mount it was opened through, the
 * filesystem's type. For new entries and events, not for every call.
 *
 * Names are copied by bpf_snprintf (5.13), which lockdown leaves alone: one call for all names of a
 * path. Older kernels give the last name alone, where it is short. `cast`: the kernel has
 * bpf_rdonly_cast (6.2); without it nothing leads to a mount's number.
 */
#ifndef PROBETOP_FS_PATH_BPF_H
#define PROBETOP_FS_PATH_BPF_H

#include "common.bpf.h"
#include "fs.h"

#define FS_PATH_PARTS  12 /* as many as bpf_snprintf takes */
#define FS_SHORT_NAME  31 /* those up to here lie in the dentry itself */
#define FS_FILE_FORMAT "/%s/%s/%s/%s/%s/%s/%s/%s/%s/%s/%s/%s"

/* The helper came with 5.13. */
static __always_inline bool has_snprintf(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id___x, BPF_FUNC_snprintf___x);
}

static __always_inline struct file *fs_file_use(struct file *f, bool cast)
{
	return cast ? kernel_cast(f, bpf_core_type_id_kernel(struct file)) : f;
}

static __always_inline struct inode *fs_inode_use(struct inode *i, bool cast)
{
	return cast ? kernel_cast(i, bpf_core_type_id_kernel(struct inode)) : i;
}

/* 1 where two pointers differ, without a branch: the verifier would walk what follows twice. */
static __always_inline __u64 fs_differ(const void *a, const void *b)
{
	__u64 d = (__u64)a;

	asm volatile("%0 -= %1" : "+r"(d) : "r"(b));
	d |= -d;
	barrier_var(d);
	return d >> 63;
}

/* The last name alone, where the dentry itself holds it: else nothing. */
static __always_inline void fs_short_name(struct dentry *d, char *out)
{
	struct dentry___iname *old = (void *)d;

	if (!bpf_core_field_exists(old->d_iname) || d->d_name.len > FS_SHORT_NAME)
		return;
#pragma unroll
	for (int i = 0; i < FS_SHORT_NAME; i++)
		out[i] = (char)old->d_iname[i];
}

struct fs_path_parts {
	__u64 names[2 * FS_PATH_PARTS]; /* the last one in the middle; behind it nothing, ever */
};

struct fs_parts_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fs_path_parts);
};

extern struct fs_parts_map fs_parts SEC(".maps"); /* fs_names.bpf.c */

/* Not on the stack: up to 6.12 the functions of one call may use 512 bytes of it together. */
static __always_inline __u64 *fs_path_names(void)
{
	__u32 zero = 0;
	struct fs_path_parts *parts = bpf_map_lookup_elem(&fs_parts, &zero);

	return parts ? parts->names : NULL;
}

/*
 * The path of `d` within its filesystem into `out`, which has `size` bytes (a constant, at least 64) and is
 * filled up with zeros. Whole names from the last one up; returns FS_F_CUT where there are more, else 0. Of
 * a last name longer than the room its end is given. Every step is taken, with or without a name: no branches.
 *
 * `last` (NULL: `d` itself is the last name) is what comes behind `d`: `last_len` bytes in memory of the kernel,
 * fewer than `size` - 1.
 */
static __always_inline __u32 fs_path_below(struct dentry *d, const char *last, __u64 last_len, char *out, __u32 size)
{
	static const char format[] = FS_FILE_FORMAT;
	__u64 *names = fs_path_names();
	__u64 room = size - 1, want, over, take, more = 1, cut = 0, first = FS_PATH_PARTS, used;

	__builtin_memset(__builtin_assume_aligned(out, 8), 0, size); /* of records and maps: by words */
	if (!has_snprintf()) {
		if (!last)
			fs_short_name(d, out);
		return FS_F_CUT;
	}
	if (!names)
		return FS_F_CUT;
	for (int i = 0; i < FS_PATH_PARTS; i++) {
		struct dentry *up = d->d_parent;
		__u64 inner = fs_differ(up, d), name = (__u64)d->d_name.name;

		if (i == 0 && last) {
			name = (__u64)last;
			want = last_len + 1;
			take = 1;
			inner = 1;
			up = d;
		} else {
			want = (__u64)d->d_name.len + 1;
			over = above(want, room);
			take = more & inner & (over ^ 1);
			cut |= more & inner & over;
			if (i == 0) {
				/* The root's is a slash; what hangs nowhere (a memfd) is a root with a name. */
				want -= (inner ^ 1) & above(3, want);
				over *= want - room;
				name += over;
				want -= over;
				take = 1;
			}
		}
		names[FS_PATH_PARTS - 1 - i] = name;
		room -= want & -take;
		first -= take;
		more = take & inner;
		d = up;
	}
	cut |= more & fs_differ(d->d_parent, d);
	used = size - room; /* with the NUL */
	barrier_var(first);
	barrier_var(used);
	if (first >= FS_PATH_PARTS || used > size)
		return FS_F_CUT;
	bpf_snprintf(out, used, format, names + first, FS_PATH_PARTS * sizeof(names[0]));
	return cut * FS_F_CUT;
}

static __always_inline __u32 fs_dentry_path(struct dentry *d, char *out, __u32 size)
{
	return fs_path_below(d, NULL, 0, out, size);
}

/* The same of an open file, in the filesystem that it was opened in (overlay: not the one below). */
static __always_inline __u32 fs_file_path(struct file *f, char *out, __u32 size, bool cast)
{
	return fs_dentry_path(fs_file_use(f, cast)->f_path.dentry, out, size);
}

static __always_inline struct mount *fs_mount_of(void *mnt)
{
	return kernel_cast(mnt - bpf_core_field_offset(struct mount, mnt), bpf_core_type_id_kernel(struct mount));
}

/* struct mount.mnt_id as in /proc/PID/mountinfo; 0: not known. */
static __always_inline __u32 fs_mnt_id(void *mnt)
{
	return mnt ? fs_mount_of(mnt)->mnt_id : 0;
}

static __always_inline __u32 fs_file_mnt(struct file *f, bool cast)
{
	return cast ? fs_mnt_id(fs_file_use(f, cast)->f_path.mnt) : 0;
}

/* The filesystem's type ("ext4"); empty where the kernel lacks the helper: then user space asks mountinfo. */
static __always_inline void fs_type_name(struct inode *inode, char out[FS_TYPE_BYTES])
{
	static const char format[] = "%s";
	__u64 name;

	__builtin_memset(out, 0, FS_TYPE_BYTES);
	if (!has_snprintf())
		return;
	name = (__u64)inode->i_sb->s_type->name;
	bpf_snprintf(out, FS_TYPE_BYTES, format, &name, sizeof(name));
}

/*
 * By the highest four bits of an inode's mode. The section is named: the compiler has one of its own for
 * constants of 16 bytes, of which the linker of BPF objects knows nothing.
 */
static const __u8 fs_types[16] SEC(".rodata") = {
	FS_T_OTHER, FS_T_PIPE,	FS_T_CHAR,    FS_T_OTHER, FS_T_DIR,    FS_T_OTHER, FS_T_BLOCK, FS_T_OTHER,
	FS_T_REGULAR, FS_T_OTHER, FS_T_OTHER, FS_T_OTHER, FS_T_SOCKET, FS_T_OTHER, FS_T_OTHER, FS_T_OTHER,
};

static __always_inline __u32 fs_type_of_mode(__u32 mode)
{
	return fs_types[mode >> 12 & 15];
}

/*
 * Tells what (dev, ino) is: FS_NAME into the ring. `dev`, `ino` and `type` as the caller counts them. False where
 * there is no room, which is counted.
 */
static __always_inline bool fs_name_tell(struct cpu_block *b, struct probe_stats *stats, struct file *f, __u32 dev,
					 __u64 ino, __u32 type, bool cast)
{
	struct fs_name_rec *r = ring_reserve(stats, sizeof(*r));
	struct inode *inode;

	if (!r)
		return false;
	inode = fs_file_use(f, cast)->f_inode;
	ring_header(b, &r->h, PANE_FS, FS_NAME, sizeof(*r));
	r->ino = ino;
	r->dev = dev;
	r->mnt_id = fs_file_mnt(f, cast);
	r->type = type;
	r->rdev = inode->i_rdev;
	fs_type_name(inode, r->fstype);
	r->flags = fs_file_path(f, r->path, sizeof(r->path), cast);
	ring_submit(r);
	return true;
}

#endif
