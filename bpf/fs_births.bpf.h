/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When files were made, for the age of those that are deleted. A call that deletes gives only a path:
 *
 * - ext4 tells the inode that is to go (ext4_unlink_enter): births are kept by inode, exact whatever was
 *   renamed in between.
 * - Of other filesystems they are kept by name: once with the directory, for a deletion by a bare name, whose
 *   directory is known; and once by the name alone, the last one of that name. What is found is only
 *   believed where its inode is dead; without bpf_rdonly_cast (`cast`, 6.2) that cannot be seen, and only the
 *   process that made the file is believed.
 *
 * A rename takes the birth along. Hard links: only the last name is a file's end.
 */
#ifndef PROBETOP_FS_BIRTHS_BPF_H
#define PROBETOP_FS_BIRTHS_BPF_H

#include "fs_call.bpf.h"

#define FS_BIRTHS_MAX 4096  /* by name */
#define FS_BORN_ROWS  16384 /* by inode; a power of two, as the next */
#define FS_BORN_WAYS  2
#define FS_DYING_MAX  2048
#define EXT4_MAGIC    0xEF53
#define FS_DEATH_LATE_NS (100 * NSEC_PER_MSEC) /* from the end of a call to the look at it */

enum fs_birth_by { FS_BIRTH_ENTRY, FS_BIRTH_NAME };

struct fs_birth_key {
	__u64 id;  /* hash of the name */
	__u64 dir; /* FS_BIRTH_ENTRY: inode's number of the directory */
	__u32 dev;
	__u32 by; /* enum fs_birth_by */
};

struct fs_birth {
	__u64 born_ns; /* 0: not seen */
	__u64 ino;
	__u64 dir;   /* inode's number of its directory then; 0: not known */
	__u64 inode; /* its address; 0: not known */
	__u32 dev;
	__u32 generation;
	__u32 tgid;
	__u32 reserved;
};

/* By inode: fixed slots, since a hash that is filled and emptied would cost more than all else here. */
struct fs_born {
	struct {
		__u64 born_ns; /* 0: free */
		__u64 ino;
		__u32 dev, generation;
	} way[FS_BORN_WAYS];
};

struct fs_death {
	__u64 born_ns; /* 0: not seen */
	__u64 at_ns;   /* 0: none */
	__u64 ino;
	__u32 dev;
	__u32 pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FS_BIRTHS_MAX);
	__type(key, struct fs_birth_key);
	__type(value, struct fs_birth);
} fs_births SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FS_BORN_ROWS);
	__type(key, __u32);
	__type(value, struct fs_born);
} fs_born SEC(".maps");

/* What ext4 told of the call that a thread is in: by the end of its number. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FS_DYING_MAX);
	__type(key, __u32);
	__type(value, struct fs_death);
} fs_dying SEC(".maps");

static __always_inline struct fs_death *fs_dying_of(__u32 pid)
{
	__u32 at = pid & (FS_DYING_MAX - 1);

	return bpf_map_lookup_elem(&fs_dying, &at);
}

static __always_inline struct fs_born *fs_born_row(__u64 ino, __u32 dev)
{
	__u32 at = ((ino ^ (__u64)dev << 32) * 0x9e3779b97f4a7c15ULL >> 40) & (FS_BORN_ROWS - 1);

	return bpf_map_lookup_elem(&fs_born, &at);
}

/* An inode is born: in the place of what had its number before, else of the older one. */
static __always_inline void fs_born_put(__u64 ino, __u32 dev, __u32 generation)
{
	struct fs_born *row = fs_born_row(ino, dev);
	__u32 i;

	if (!row)
		return;
	i = row->way[1].born_ns < row->way[0].born_ns;
	if (row->way[0].ino == ino && row->way[0].dev == dev)
		i = 0;
	else if (row->way[1].ino == ino && row->way[1].dev == dev)
		i = 1;
	i &= 1;
	row->way[i].ino = ino;
	row->way[i].dev = dev;
	row->way[i].generation = generation;
	row->way[i].born_ns = bpf_ktime_get_ns();
}

/* When it was born, which is forgotten; 0: not seen. An inode whose end was not seen may be another's by now. */
static __always_inline __u64 fs_born_take(__u64 ino, __u32 dev, __u32 generation)
{
	struct fs_born *row = fs_born_row(ino, dev);
	__u64 born_ns = 0;

	for (int i = 0; row && i < FS_BORN_WAYS; i++) {
		if (row->way[i].ino != ino || row->way[i].dev != dev || row->way[i].generation != generation)
			continue;
		born_ns = row->way[i].born_ns;
		row->way[i].born_ns = 0;
	}
	return born_ns;
}

/* A path of the caller. */
struct fs_given {
	char given[FS_PATH_BYTES]; /* as it is, its end where it is longer; zeros behind it */
	char path[FS_PATH_BYTES];  /* fs_place(): within its filesystem */
	__u64 len;
	__u64 hash; /* of the last name, of its end */
	__u32 bare; /* a name without a directory */
	__u32 flags; /* FS_F_CUT */
	__u32 mnt_id, dev; /* fs_place() */
};

/* Where it is looked at: not on the stack. Two programs that interrupt each other may spoil it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fs_given);
} fs_given SEC(".maps");

typedef void (*btf_trace_ext4_unlink_enter)(void *, struct inode *, struct dentry *);

/* ext4 is part of this kernel and will tell. */
static __always_inline bool has_ext4_unlink(void)
{
	return bpf_core_type_exists(btf_trace_ext4_unlink_enter);
}

#define FS_READ_STEPS 33 /* so many pieces make PATH_MAX */
#define FS_LAST_BYTES 64 /* of which the hash is made */

/* Reads a path of the caller: its end, where it is longer than the room. */
static __always_inline void fs_read_path(struct fs_given *g, __u64 from)
{
	__u64 at = from;
	long n = 0;

	for (int i = 0; i < FS_READ_STEPS; i++) {
		n = bpf_probe_read_user_str(g->given, sizeof(g->given), (void *)at);
		if (n != sizeof(g->given))
			break;
		/* Perhaps all of it: what follows then is one byte, the NUL. */
		at += sizeof(g->given) - 1;
	}
	g->len = n > 0 ? n - 1 : 0;
	g->flags = 0;
	if (at == from || n <= 0)
		return;
	at = at + n - sizeof(g->given);
	bpf_probe_read_user_str(g->given, sizeof(g->given), (void *)at);
	g->len = sizeof(g->given) - 1;
	g->flags = at != from ? FS_F_CUT : 0;
}

/* 1 where they are equal, without a branch: the verifier would walk both ways at each byte. */
static __always_inline __u64 same_byte(__u64 a, __u64 b)
{
	__u64 d = a ^ b;

	barrier_var(d);
	d = (d - 1) >> 63;
	barrier_var(d);
	return d;
}

/* The hash of the last name: begun anew behind each slash. */
static __always_inline void fs_hash_name(struct fs_given *g)
{
	__u64 from = above(g->len, FS_LAST_BYTES) * (g->len - FS_LAST_BYTES);
	__u64 hash = 0, slashes = 0, slash, end, c;

	for (__u64 i = 0; i < FS_LAST_BYTES; i++) {
		c = (__u8)g->given[(from + i) & (FS_PATH_BYTES - 1)];
		slash = same_byte(c, '/');
		end = same_byte(c, 0); /* nothing is added any more */
		slashes += slash;
		hash += (hash * 30 + c) & (end - 1);
		hash &= slash - 1;
	}
	g->hash = hash;
	g->bare = !slashes && !from;
}

/* Looks at a path of the caller. Not static: the verifier walks such a function once, whoever calls it. */
__attribute__((noinline)) int fs_look_at(__u64 from)
{
	struct fs_given *g;
	__u32 key = 0;

	g = bpf_map_lookup_elem(&fs_given, &key);
	if (!g)
		return 0;
	__builtin_memset(__builtin_assume_aligned(g->given, 8), 0, sizeof(g->given));
	fs_read_path(g, from);
	fs_hash_name(g);
	return g->given[0] != 0;
}

/* NULL where there is none. */
static __always_inline struct fs_given *fs_given_path(__u64 from)
{
	__u32 key = 0;

	return from && fs_look_at(from) ? bpf_map_lookup_elem(&fs_given, &key) : NULL;
}

/* Where a path begins: at a descriptor's directory, or at the working directory (AT_FDCWD). NULL: not known. */
static __always_inline struct path *fs_begin(__s32 fd)
{
	struct task_struct *t = task_current();
	struct fs_struct *fs;
	struct file *f;

	if (!t)
		return NULL;
	if (fd >= 0) {
		f = fs_file_at(fd, true);
		return f && f->f_inode ? &f->f_path : NULL;
	}
	fs = task_untrusted(t, true)->fs;
	return fs ? &fs->pwd : NULL;
}

/*
 * Makes of a path that begins at a directory, as fs_look_at() found it, the one within its filesystem. Where it leads
 * from there into another filesystem is not looked at. Returns 0 where that cannot be had.
 */
__attribute__((noinline)) int fs_place(__s32 dir)
{
	struct fs_given *g;
	struct path *begin;
	struct dentry *d;
	__u32 key = 0;

	g = bpf_map_lookup_elem(&fs_given, &key);
	if (!g || !g->given[0] || g->given[0] == '/' || g->len > sizeof(g->given) - 2)
		return 0;
	begin = fs_begin(dir);
	d = begin ? begin->dentry : NULL;
	if (!d || !d->d_inode)
		return 0;
	g->mnt_id = fs_mnt_id(begin->mnt);
	g->dev = d->d_inode->i_sb->s_dev;
	g->flags = fs_path_below(d, g->given, g->len, g->path, sizeof(g->path));
	return g->mnt_id != 0;
}

/* Its memory may be another's by now: then it is dead, too. */
static __always_inline bool fs_birth_is_dead(const struct fs_birth *birth)
{
	struct inode *i = kernel_cast((void *)birth->inode, bpf_core_type_id_kernel(struct inode));

	return i->i_ino != birth->ino || i->i_generation != birth->generation || !i->i_nlink;
}

/* Whether what was found by name has been deleted; without a cast only the process that made it is believed. */
static __always_inline bool fs_birth_fits(const struct fs_birth *birth, const struct fs_call *c, bool cast, bool dead)
{
	if (cast && birth->inode)
		return fs_birth_is_dead(birth) == dead;
	return birth->tgid == c->tgid;
}

static __always_inline void fs_birth_put(const struct fs_birth *birth, __u64 hash)
{
	struct fs_birth_key key = {.id = hash, .by = FS_BIRTH_NAME};

	bpf_map_update_elem(&fs_births, &key, birth, BPF_ANY);
	if (!birth->dir)
		return;
	key.dir = birth->dir;
	key.dev = birth->dev;
	key.by = FS_BIRTH_ENTRY;
	bpf_map_update_elem(&fs_births, &key, birth, BPF_ANY);
}

/* Takes out what was put under that name. */
static __always_inline void fs_birth_forget(const struct fs_birth *birth, __u64 hash)
{
	struct fs_birth_key key = {.id = hash, .by = FS_BIRTH_NAME};
	struct fs_birth *other = bpf_map_lookup_elem(&fs_births, &key);

	if (other && other->ino == birth->ino && other->born_ns == birth->born_ns)
		bpf_map_delete_elem(&fs_births, &key);
	if (!birth->dir)
		return;
	key.dir = birth->dir;
	key.dev = birth->dev;
	key.by = FS_BIRTH_ENTRY;
	bpf_map_delete_elem(&fs_births, &key);
}

/* Takes the birth of what has, or had (`dead`), the name `g` there. By the name alone: *ret_inferred. */
static __always_inline bool fs_birth_take(const struct fs_call *c, const struct fs_given *g, __s32 dir_fd, bool cast,
					  bool dead, struct fs_birth *ret, bool *ret_inferred)
{
	struct fs_birth_key key = {.id = g->hash, .by = FS_BIRTH_ENTRY};
	struct path *begin = cast && g->bare ? fs_begin(dir_fd) : NULL;
	struct dentry *d = begin ? begin->dentry : NULL;
	struct inode *dir = d ? d->d_inode : NULL;
	struct fs_birth *found = NULL;

	if (dir) {
		key.dir = dir->i_ino;
		key.dev = dir->i_sb->s_dev;
		found = bpf_map_lookup_elem(&fs_births, &key);
	}
	*ret_inferred = !found;
	if (!found) {
		key.dir = 0;
		key.dev = 0;
		key.by = FS_BIRTH_NAME;
		found = bpf_map_lookup_elem(&fs_births, &key);
	}
	if (!found || !fs_birth_fits(found, c, cast, dead))
		return false;
	*ret = *found;
	fs_birth_forget(ret, g->hash);
	return true;
}

/* Whether ext4 will tell of the end of the file. */
static __always_inline bool fs_end_is_told(struct file *file, bool cast)
{
	return file && has_ext4_unlink() && fs_file_use(file, cast)->f_inode->i_sb->s_magic == EXT4_MAGIC;
}

static __always_inline void fs_birth_note_inode(const struct fs_call *c, struct file *file, bool cast)
{
	fs_born_put(c->ino, c->dev, fs_file_use(file, cast)->f_inode->i_generation);
}

/* Remembers a file that `c` has made under the name `g`. */
static __always_inline void fs_birth_note(const struct fs_call *c, const struct fs_given *g, bool cast)
{
	struct fs_birth birth = {.born_ns = bpf_ktime_get_ns(), .ino = c->ino, .dev = c->dev, .tgid = c->tgid};
	struct inode *inode, *dir;

	if (cast && c->file) {
		inode = fs_file_use(c->file, cast)->f_inode;
		birth.generation = inode->i_generation;
		birth.inode = (__u64)inode;
		dir = fs_file_use(c->file, cast)->f_path.dentry->d_parent->d_inode;
		birth.dir = dir ? dir->i_ino : 0;
	}
	fs_birth_put(&birth, g->hash);
}

/* What ext4 told of the file that the call deleted. False where it told nothing: then its name is to tell. */
static __always_inline bool fs_death_take(const struct fs_call *c, struct fs_birth *ret)
{
	struct fs_death *death = fs_dying_of(c->pid);

	/* Of a call that did not end here (io_uring) it stays behind: it is older than this call. */
	if (!death || death->pid != c->pid || death->at_ns + c->ns + FS_DEATH_LATE_NS < bpf_ktime_get_ns())
		return false;
	*ret = (struct fs_birth){.born_ns = death->born_ns, .ino = death->ino, .dev = death->dev};
	death->at_ns = 0;
	return true;
}

/* From the name `g` to that of path2: the birth goes with it, and what had that before has been deleted. */
static __always_inline void fs_birth_rename(const struct fs_call *c, const struct fs_given *g, bool cast)
{
	struct fs_birth birth, gone;
	bool found, inferred;

	found = fs_birth_take(c, g, c->dir, cast, false, &birth, &inferred);
	g = fs_given_path(c->path2);
	if (!g)
		return;
	if (cast)
		fs_birth_take(c, g, c->dir2, cast, true, &gone, &inferred);
	if (!found)
		return;
	birth.dir = 0;
	fs_birth_put(&birth, g->hash);
}

#endif
