/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One finished operation on a file, as a system call or a function of the VFS showed it: what counting
 * (fs.bpf.c) and telling (fs_tell.bpf.c) share. It lies on the stack of who saw it, or in memory where
 * pointers become numbers: so `file` is only to be used through fs_file_use().
 */
#ifndef PROBETOP_FS_CALL_BPF_H
#define PROBETOP_FS_CALL_BPF_H

#include "fs_path.bpf.h"
#include "fs_state.h"
#include "task.bpf.h"

#define ERRNO_MAX     4095
#define ERESTARTSYS   512 /* to ERESTART_RESTARTBLOCK: the call goes on after a signal */
#define ERESTART_LAST 516
#define FMODE_CREATED 0x100000
#define AT_FDCWD      (-100)
#define FS_FD_NONE    (-1)
#if defined(__TARGET_ARCH_x86)
#define O_DIRECT_BIT 0040000
#else
#define O_DIRECT_BIT 0200000
#endif

struct fs_call {
	struct file *file;    /* NULL: there is none, or it cannot be had */
	__u64 start_ns;	      /* of the process */
	__u64 comm[2];	      /* the same */
	__u64 ns;	      /* how long it took; REC_UNKNOWN: a close, which is told when it begins */
	__u64 ino;	      /* of a file; 0 */
	__u64 bytes;
	__u64 offset;	   /* at which it began; REC_UNKNOWN. This and what follows: only where it is told */
	__u64 path, path2; /* addresses in the caller's memory, as it gave them; 0: none */
	__u64 path_type;   /* the same of a mount's type */
	__s32 dir, dir2;   /* descriptors where paths begin; AT_FDCWD */
	__u32 call_flags;  /* of open; of mount, umount, stat, unlink, rename */
	__u32 nr;	   /* system call; REC_UNKNOWN32 */
	__u32 tgid, pid;
	__u32 dev;   /* of the file, or of what was asked about; 0: not known */
	__u32 error; /* errno; 0 */
	__s32 fd;    /* that was used, or came out of an open; FS_FD_NONE */
	__u8 op;     /* enum fs_op */
	__u8 type;   /* enum fs_type */
	__u8 flags;  /* enum fs_flags */
	__u8 created; /* an open that made the file */
	__u8 told;    /* fs_is_told() */
	__u8 probe;  /* enum probe_id: where its losses are counted */
	__u8 alone;  /* the process has no other thread: nobody else adds to its sums */
	__u8 reserved;
};

/*
 * fs.bpf.c: sums an operation and has it told where `told` is set. The plain ones of this and of fs_tell()
 * are for programs that run where the kernel has no bpf_rdonly_cast.
 */
int fs_finish(struct cpu_block *b, struct fs_call *c);
/* The sums alone: the functions of one call may use 512 bytes of stack together. */
int fs_count_plain(struct cpu_block *b, struct fs_call *c);

/* fs_tell.bpf.c: makes events of an operation that may be some by settings.fs_kinds and fs_slow_ns. */
int fs_tell(struct cpu_block *b, struct fs_call *c);
int fs_tell_plain(struct cpu_block *b, struct fs_call *c);

static __always_inline struct probe_stats *fs_stats(struct cpu_block *b, const struct fs_call *c)
{
	return &b->probe[c->probe & 127];
}

/* The running thread is of those that are counted: not the tool's own, and of the tracked tree where there is one. */
static __always_inline bool fs_is_counted(struct cpu_block *b)
{
	struct task_struct *t = task_current();
	struct task_state *st;

	if ((t ? (__u32)t->tgid : bpf_get_current_pid_tgid() >> 32) == settings.self_tgid)
		return false;
	if (!track)
		return true;
	if (!t)
		return b->current_tracked; /* 5.10: what the last switch noted */
	st = task_state(t);
	return st && state_is_counted(st);
}

/* Fills in whose operation it is. */
static __always_inline void fs_call_by(struct cpu_block *b, struct fs_call *c, bool cast)
{
	struct task_struct *t = task_current(), *u, *leader;
	__u64 id;

	c->flags = 0;
	c->alone = 0;
	if (!t) {
		id = bpf_get_current_pid_tgid();
		c->tgid = id >> 32;
		c->pid = (__u32)id;
		c->start_ns = b->current_start_ns;
		bpf_get_current_comm(c->comm, sizeof(c->comm));
		return;
	}
	u = task_untrusted(t, cast);
	leader = u->group_leader;
	c->tgid = u->tgid;
	c->pid = u->pid;
	c->start_ns = leader->start_boottime;
	c->comm[0] = comm_half(leader, 0);
	c->comm[1] = comm_half(leader, 1);
	c->alone = u->signal->nr_threads == 1;
}

/* Both. False where it is not counted. */
static __always_inline bool fs_caller(struct cpu_block *b, struct fs_call *c, bool cast)
{
	fs_call_by(b, c, cast);
	return fs_is_counted(b);
}

/* Fills in error and bytes. False where the call goes on after a signal: it will end once more. */
static __always_inline bool fs_result(struct fs_call *c, long ret)
{
	c->error = ret < 0 && ret >= -ERRNO_MAX ? -ret : 0;
	c->bytes = ret > 0 && c->op <= FS_OP_WRITE ? ret : 0;
	return c->error < ERESTARTSYS || c->error > ERESTART_LAST;
}

/* eventfd, timerfd and their like: since 6.16 the kernel has them as regular files. */
#define ANON_INODE_MAGIC 0x09041934

/* Fills in the file that it was, or that there is none. */
static __always_inline void fs_call_of(struct fs_call *c, struct file *file, bool cast)
{
	struct inode *inode = file ? fs_file_use(file, cast)->f_inode : NULL;
	struct super_block *sb;

	c->dev = 0;
	c->ino = 0;
	c->type = FS_T_OTHER;
	c->file = inode ? file : NULL;
	if (!inode)
		return;
	sb = inode->i_sb;
	if (sb->s_magic == ANON_INODE_MAGIC)
		return;
	c->type = fs_type_of_mode(inode->i_mode);
	if (!fs_type_is_file(c->type))
		return;
	c->dev = sb->s_dev;
	c->ino = inode->i_ino;
	if (fs_file_use(file, cast)->f_flags & O_DIRECT_BIT)
		c->flags |= FS_F_DIRECT;
}

static __always_inline void fs_call_file(struct fs_call *c, bool cast)
{
	fs_call_of(c, c->file, cast);
}

/* What descriptor `fd` of the running process is open on; NULL where it is not. */
static __always_inline struct file *fs_file_at(__u32 fd, bool cast)
{
	struct task_struct *t = task_current();
	struct cgroup_subsys_state *slot;
	struct files_struct *files;
	struct fdtable *fdt;

	if (!cast || !t)
		return NULL;
	files = task_untrusted(t, true)->files;
	fdt = files ? files->fdt : NULL;
	if (!fdt || fd >= fdt->max_fds)
		return NULL;
	/* A place of the table, read as a struct that begins with a pointer: see class_of_fd(). */
	slot = kernel_cast((void *)fdt->fd + fd * sizeof(void *),
			   bpf_core_type_id_kernel(struct cgroup_subsys_state));
	return slot->cgroup ? kernel_cast(slot->cgroup, bpf_core_type_id_kernel(struct file)) : NULL;
}

/* Whether an operation may be an event: all fields are filled in but those that only events need. */
static __always_inline bool fs_is_told(const struct fs_call *c)
{
	__u32 kinds = settings.fs_kinds;

	if (c->op <= FS_OP_WRITE && !fs_type_is_file(c->type))
		return false;
	switch (c->op) {
	case FS_OP_READ:
		kinds &= 1 << FS_EV_READ;
		break;
	case FS_OP_WRITE:
		kinds &= 1 << FS_EV_WRITE;
		break;
	case FS_OP_OPEN:
		kinds &= 1 << FS_EV_OPEN | (c->created ? 1 << FS_EV_CREATE | 1 << FS_EV_SHORT : 0);
		break;
	case FS_OP_CLOSE:
		kinds &= 1 << FS_EV_CLOSE;
		break;
	case FS_OP_FSYNC:
	case FS_OP_SYNC:
		kinds &= 1 << FS_EV_SYNC;
		break;
	case FS_OP_GETATTR:
		kinds &= 1 << FS_EV_STAT;
		break;
	case FS_OP_UNLINK:
	case FS_OP_RMDIR:
		kinds &= 1 << FS_EV_DELETE | 1 << FS_EV_SHORT;
		break;
	case FS_OP_RENAME:
		kinds &= 1 << FS_EV_RENAME | 1 << FS_EV_SHORT;
		break;
	case FS_OP_MOUNT:
		kinds &= 1 << FS_EV_MOUNT;
		break;
	case FS_OP_UMOUNT:
		kinds &= 1 << FS_EV_UMOUNT;
		break;
	case FS_OP_LOCK:
		return false; /* it waits for who holds it */
	default:
		kinds = 0;
	}
	if (kinds)
		return true;
	if (c->op == FS_OP_CLOSE || (c->op == FS_OP_OPEN && !c->error && !fs_type_is_file(c->type)))
		return false; /* a pipe's other end */
	return c->ns >= settings.fs_slow_ns;
}

#endif
