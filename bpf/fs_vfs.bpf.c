// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files as the functions of the VFS show them: what fs.bpf.c takes from system calls, at a lower price and
 * with the file at hand. The same sums, the same keys.
 *
 * A call is known by its frame: the address at which the kernel keeps a function's arguments for our
 * programs, the same at its beginning and its end. Stacks grow down, so a function that runs within another
 * has a lower one.
 */
#include "fs_call.bpf.h"

#define FMODE_EXEC 0x20 /* in the flags of an open: it is for an exec */

/*
 * A thread's mark, and its call when that ends. Not by CPU: unlike those on tracepoints, programs on functions may
 * be preempted, and then another thread's call would lie there.
 */
struct vfs_slot {
	struct fs_vfs_mark mark;
	struct fs_call call;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct vfs_slot);
} vfs_marks SEC(".maps");

/* 5.10: by pid. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* set before the load */
	__type(key, __u32);
	__type(value, struct fs_vfs_mark);
} vfs_marks_lru SEC(".maps");

const struct fs_vfs_mark vfs_mark_zero = {};

static __always_inline struct fs_vfs_mark *mark_get(bool create)
{
	struct task_struct *t;
	__u32 pid;

	if (has_storage) {
		t = task_current();
		return t ? bpf_task_storage_get(&vfs_marks, t, 0, create ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0) : NULL;
	}
	pid = (__u32)bpf_get_current_pid_tgid();
	if (create)
		bpf_map_update_elem(&vfs_marks_lru, &pid, &vfs_mark_zero, BPF_NOEXIST);
	return bpf_map_lookup_elem(&vfs_marks_lru, &pid);
}

/* `inner`: this function may run within another one, of which it then is a part: on overlay. */
static __always_inline int begins(__u64 *frame, bool inner)
{
	struct fs_vfs_mark *m;

	if (settings.fs_by_calls & 1 << FS_OP_READ)
		return 0; /* system calls tell all */
	m = mark_get(true);
	if (!m || (inner && m->frame > (__u64)frame))
		return 0;
	m->frame = (__u64)frame;
	m->entered_ns = bpf_ktime_get_ns();
	return 0;
}

__hidden int fs_on_vfs_begin(struct cpu_block *b, __u64 *frame)
{
	return begins(frame, false);
}

__hidden int fs_on_vfs_begin_inner(struct cpu_block *b, __u64 *frame)
{
	return begins(frame, true);
}

/* Takes what the beginning left and fills in who it was. False for what is not to be counted. */
static __always_inline bool ends(struct cpu_block *b, struct fs_call *c, struct fs_vfs_mark *m, __u32 probe, __u32 op,
				 __u64 *frame, long ret, bool cast)
{
	if (!m || !c || m->frame != (__u64)frame) {
		if (!(settings.fs_by_calls & 1 << FS_OP_READ) && (!m || m->frame < (__u64)frame))
			ADD(b->probe[probe].unmatched, 1); /* it began before the programs were there */
		return false;
	}
	m->frame = 0;
	__builtin_memset(c, 0, sizeof(*c));
	c->ns = bpf_ktime_get_ns() - m->entered_ns;
	if (settings.fs_by_calls & 1 << op || !fs_caller(b, c, cast))
		return false;
	c->probe = probe;
	c->op = op;
	c->fd = FS_FD_NONE;
	c->dir = c->dir2 = AT_FDCWD;
	c->nr = REC_UNKNOWN32;
	c->offset = REC_UNKNOWN;
	return fs_result(c, ret);
}

static __always_inline int finish(struct cpu_block *b, struct fs_call *c, bool cast)
{
	if (cast)
		return fs_finish(b, c);
	fs_count_plain(b, c);
	return c->told ? fs_tell_plain(b, c) : 0;
}

/* With a cast a file needs no type, and a call no place on the stack, which is short. */
static __always_inline struct fs_call *place(struct fs_vfs_mark *m, struct fs_call *stack, bool cast)
{
	if (!cast)
		return stack;
	if (!m)
		return NULL;
	barrier_var(m); /* no arithmetic before it is known to be there */
	return &((struct vfs_slot *)m)->call;
}

/* Where a call began: behind what it did now stands its end. Streams have no place. */
static __always_inline __u64 offset_of(const struct fs_call *c, void *pos)
{
	if (!pos)
		return REC_UNKNOWN;
	return ((struct qstr *)kernel_cast(pos, bpf_core_type_id_kernel(struct qstr)))->hash_len - c->bytes;
}

static __always_inline int io(struct cpu_block *b, __u32 op, struct file *file, void *pos, long ret, __u64 *frame,
			      bool cast)
{
	struct fs_vfs_mark *m = mark_get(false);
	struct fs_call stack, *c = place(m, &stack, cast);

	if (!ends(b, c, m, op == FS_OP_READ ? PROBE_VFS_READ : PROBE_VFS_WRITE, op, frame, ret, cast))
		return 0;
	fs_call_of(c, file, cast);
	c->told = fs_is_told(c);
	if (c->told && cast)
		c->offset = offset_of(c, pos);
	return finish(b, c, cast);
}

__hidden int fs_on_vfs_read(struct cpu_block *b, struct file *file, void *pos, long ret, __u64 *frame)
{
	return io(b, FS_OP_READ, file, pos, ret, frame, true);
}

__hidden int fs_on_vfs_read_plain(struct cpu_block *b, struct file *file, long ret, __u64 *frame)
{
	return io(b, FS_OP_READ, file, NULL, ret, frame, false);
}

__hidden int fs_on_vfs_write(struct cpu_block *b, struct file *file, void *pos, long ret, __u64 *frame)
{
	return io(b, FS_OP_WRITE, file, pos, ret, frame, true);
}

__hidden int fs_on_vfs_write_plain(struct cpu_block *b, struct file *file, long ret, __u64 *frame)
{
	return io(b, FS_OP_WRITE, file, NULL, ret, frame, false);
}

/* One call that reads one file and writes another. */
static __always_inline int moves(struct cpu_block *b, struct file *in, struct file *out, long ret, __u64 *frame,
				 bool cast)
{
	struct fs_vfs_mark *m = mark_get(false);
	struct fs_call stack, *c = place(m, &stack, cast);

	if (!ends(b, c, m, PROBE_VFS_COPY, FS_OP_READ, frame, ret, cast))
		return 0;
	fs_call_of(c, in, cast);
	c->told = fs_is_told(c);
	finish(b, c, cast);
	c->op = FS_OP_WRITE;
	c->flags = 0;
	fs_call_of(c, out, cast);
	c->told = fs_is_told(c);
	return finish(b, c, cast);
}

__hidden int fs_on_vfs_move(struct cpu_block *b, struct file *in, struct file *out, long ret, __u64 *frame)
{
	return moves(b, in, out, ret, frame, true);
}

__hidden int fs_on_vfs_move_plain(struct cpu_block *b, struct file *in, struct file *out, long ret, __u64 *frame)
{
	return moves(b, in, out, ret, frame, false);
}

__hidden int fs_on_vfs_sendfile(struct cpu_block *b, int out, int in, long ret, __u64 *frame)
{
	return moves(b, fs_file_at(in, true), fs_file_at(out, true), ret, frame, true);
}

__hidden int fs_on_vfs_open(struct cpu_block *b, const char *name, struct open_how *how, int ret, __u64 *frame)
{
	struct fs_vfs_mark *m = mark_get(false);
	struct fs_call *c = place(m, NULL, true);

	if (!ends(b, c, m, PROBE_VFS_OPEN, FS_OP_OPEN, frame, ret, true))
		return 0;
	if (ret >= 0) {
		c->fd = ret;
		fs_call_of(c, fs_file_at(ret, true), true);
	}
	if (c->file)
		c->created = !!(fs_file_use(c->file, true)->f_mode & FMODE_CREATED);
	c->told = fs_is_told(c);
	c->dir = (__s32)frame[0];
	c->path = (__u64)name;
	c->call_flags = (__u32)how->flags;
	return finish(b, c, true);
}

/* A pointer that may be an error is one, as a number: what is read back from a map is no pointer. */
static __always_inline long number_of(struct fs_vfs_mark *m, const void *p)
{
	volatile __u64 *place = &m->entered_ns;
	__u64 kept = *place;
	long number;

	*place = (__u64)p;
	number = (long)*place;
	*place = kept;
	return number;
}

/*
 * Without bpf_rdonly_cast no descriptor leads to its file. This function hands it over, but to those that open a
 * program for an exec as well.
 */
__hidden int fs_on_filp_open(struct cpu_block *b, struct filename *name, struct open_flags *how, struct file *ret,
			     __u64 *frame)
{
	struct fs_vfs_mark *m = mark_get(false);
	struct fs_call call, *c = &call;
	long error;

	if (!m || how->open_flag & FMODE_EXEC)
		return 0;
	error = number_of(m, ret);
	error = error < 0 && error >= -ERRNO_MAX ? error : 0;
	if (!ends(b, c, m, PROBE_VFS_OPEN, FS_OP_OPEN, frame, error, false))
		return 0;
	if (!error) {
		fs_call_of(c, ret, false);
		c->created = !!(ret->f_mode & FMODE_CREATED);
	}
	c->told = fs_is_told(c);
	c->path = (__u64)name->uptr;
	c->call_flags = (__u32)how->open_flag;
	return finish(b, c, false);
}

__hidden int fs_on_vfs_sync(struct cpu_block *b, int fd, int ret, __u64 *frame)
{
	struct fs_vfs_mark *m = mark_get(false);
	struct fs_call *c = place(m, NULL, true);

	if (!ends(b, c, m, PROBE_VFS_SYNC, FS_OP_FSYNC, frame, ret, true))
		return 0;
	c->fd = fd;
	fs_call_of(c, fs_file_at(fd, true), true);
	c->told = fs_is_told(c);
	return finish(b, c, true);
}
