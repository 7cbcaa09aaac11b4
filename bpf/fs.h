/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of PANE_FS. A filesystem is the dev_t of its super block as the kernel keeps it, major << 20 |
 * minor (FS_MAJOR, FS_MINOR); 0: not known. Counters are cumulative since the probes started unless said
 * otherwise, maxima are since the previous pass. Strings are NUL-terminated where shorter than their room.
 */
#ifndef PROBETOP_FS_H
#define PROBETOP_FS_H

#include "core.h"

enum fs_kind {
	FS_FILE = 1,	/* struct fs_file_rec: reads and writes of one process on one file */
	FS_OP = 2,	/* struct fs_op_rec: other operations of one process on one filesystem */
	FS_NAME = 3,	/* struct fs_name_rec from the ring: what a file is, when it is first read or written, again after a minute */
	FS_EVENT = 4,	/* struct fs_event_rec from the ring: one operation */
	FS_EVENT2 = 5,	/* struct fs_event2_rec from the ring: the same with a second path */
	FS_PAGES = 6,	/* struct fs_pages_rec: page cache of one process, on demand */
	FS_READAHEAD = 7, /* struct fs_readahead_rec: pages brought in before they were asked for, on demand */
	FS_DCACHE = 8,	/* struct fs_dcache_rec: look-ups of names, on demand */
	FS_STAT = 9,	/* struct fs_stat_rec, from /proc */
	FS_MOUNT = 10,	/* struct fs_mount_rec, from /proc/self/mountinfo */
	FS_USAGE = 11,	/* struct fs_usage_rec, from statvfs(3) */
	FS_WAITER = 12, /* struct fs_waiter_rec: who waits on a mount that hangs */
	FS_KIND_NR,
};

#define FS_MAJOR(dev) ((dev) >> 20)
#define FS_MINOR(dev) ((dev) & 0xfffff)
#define FS_TYPE_BYTES 16

/*
 * What is done. A read is one call of read, pread64, readv, preadv, preadv2, and the source of sendfile,
 * splice, copy_file_range; a write likewise, and their target. Each call is counted once for each file.
 */
enum fs_op {
	FS_OP_READ, FS_OP_WRITE, /* FS_FILE */
	FS_OP_OPEN,	/* open, openat, openat2, creat */
	FS_OP_CREATE,	/* of these, those that made the file: also counted as FS_OP_OPEN */
	FS_OP_CLOSE,	/* counted while FS_EV_CLOSE is asked for */
	FS_OP_FSYNC,	/* fsync, fdatasync, sync_file_range, msync */
	FS_OP_SYNC,	/* sync, syncfs */
	FS_OP_GETATTR,	/* stat, lstat, fstat, newfstatat, statx */
	FS_OP_SETATTR,	/* chmod, chown, utimes and their kin */
	FS_OP_READDIR,	/* getdents, getdents64 */
	FS_OP_LOOKUP,	/* access, faccessat, faccessat2, readlink, readlinkat */
	FS_OP_UNLINK, FS_OP_RENAME, FS_OP_MKDIR, FS_OP_RMDIR,
	FS_OP_LINK,	/* link, linkat, symlink, symlinkat */
	FS_OP_MKNOD,
	FS_OP_TRUNCATE, FS_OP_FALLOCATE,
	FS_OP_XATTR,
	FS_OP_STATFS,
	FS_OP_LOCK,	/* flock */
	FS_OP_MOUNT, FS_OP_UMOUNT, /* mount, move_mount; umount2 */
	FS_OP_NR,
};

#define FS_OP_ALL ((1 << FS_OP_NR) - 1)

/* Those that are no read and no write: the pane's metadata operations are all but open, close and sync. */
static inline int fs_op_is_metadata(unsigned op)
{
	return op >= FS_OP_GETATTR && op < FS_OP_NR;
}

enum fs_type { FS_T_REGULAR, FS_T_DIR, FS_T_BLOCK, FS_T_CHAR, FS_T_SOCKET, FS_T_PIPE, FS_T_OTHER, FS_T_NR };

/* Of these the pane's reads and writes are: what lies in a filesystem, and block devices. */
static inline int fs_type_is_file(unsigned type)
{
	return type <= FS_T_BLOCK;
}

enum fs_flags {
	FS_F_GONE = 1 << 0,    /* the last word: taken out of the kernel's map, its counters begin anew */
	FS_F_KTHREAD = 1 << 1, /* a kernel thread */
	FS_F_CUT = 1 << 2,     /* the path is longer: its end is given */
	FS_F_DIRECT = 1 << 3,  /* O_DIRECT */
	FS_F_SLOW = 1 << 4,    /* an event: it took the threshold, whatever else it is told for */
	FS_F_INFERRED = 1 << 5, /* FS_EV_SHORT: which file it was is told by its name */
};

/* Calls of one direction. */
struct fs_io {
	__u64 count, bytes, ns, errors;
	__u64 max_ns;
	__u32 slots[HIST_SLOTS]; /* of ns; wrap */
};

/*
 * Hooks: sys_enter and sys_exit, or fentry and fexit of the VFS. Key: (tgid, start_ns, dev, ino, type). What
 * is no file (fs_type_is_file) has ino 0: all sockets of a process are one row. ino 0 with a file's type, and tgid 0
 * with start_ns 0: files and processes for which there was no room.
 */
struct fs_file_rec {
	struct ev_hdr h;
	__u32 tgid;
	__u32 dev;
	__u64 start_ns; /* of the group leader */
	__u64 ino;
	__u16 type;  /* enum fs_type */
	__u16 flags; /* enum fs_flags */
	__u32 uid;
	char comm[TASK_COMM_BYTES];
	char fstype[FS_TYPE_BYTES];
	struct fs_io io[2]; /* FS_OP_READ, FS_OP_WRITE */
};

/* The same hooks. Key: (tgid, start_ns, dev, op). dev 0: an operation on a path, of which the filesystem is not known. */
struct fs_op_rec {
	struct ev_hdr h;
	__u32 tgid;
	__u32 dev;
	__u64 start_ns;
	__u16 op;    /* enum fs_op, not FS_OP_READ nor FS_OP_WRITE */
	__u16 flags; /* enum fs_flags */
	__u32 uid;
	char comm[TASK_COMM_BYTES];
	char fstype[FS_TYPE_BYTES];
	__u32 last_errno; /* of the last one that failed; 0 */
	__u32 reserved;
	__u64 enoent; /* of errors: ENOENT */
	struct fs_io io;
};

#define FS_NAME_BYTES 192
/* What (dev, ino) is: the path within its filesystem, from file->f_path. */
struct fs_name_rec {
	struct ev_hdr h;
	__u64 ino;
	__u32 dev;
	__u32 mnt_id; /* struct mount.mnt_id, as in /proc/PID/mountinfo; 0: not known */
	__u16 type;   /* enum fs_type */
	__u16 flags;  /* FS_F_CUT */
	__u32 rdev;   /* of a device's node */
	char fstype[FS_TYPE_BYTES];
	char path[FS_NAME_BYTES];
};

/* Kinds of events, each on or off by a bit in demand_rec.fs_kinds. */
enum fs_event {
	FS_EV_SLOW,   /* any operation but a close or flock that took the threshold: always */
	FS_EV_OPEN,   /* on demand; ENOENT included */
	FS_EV_CREATE, /* an open that made the file: on demand */
	FS_EV_CLOSE,  /* on demand, off at first */
	FS_EV_READ,   /* every single one, on demand, off at first */
	FS_EV_WRITE,
	FS_EV_STAT,   /* on demand, off at first */
	FS_EV_SYNC,   /* fsync, fdatasync, sync_file_range, msync, sync, syncfs: always */
	FS_EV_DELETE, /* unlink, rmdir: on demand */
	FS_EV_RENAME, /* on demand */
	FS_EV_SHORT,  /* an unlink of a file that was made since the probes started, with its age: always */
	FS_EV_MOUNT,  /* mount, move_mount: always */
	FS_EV_UMOUNT, /* always */
	FS_EV_NR,
};
/* Told also while no view of events is open. */
#define FS_EV_ALWAYS (1 << FS_EV_SLOW | 1 << FS_EV_SYNC | 1 << FS_EV_SHORT | 1 << FS_EV_MOUNT | 1 << FS_EV_UMOUNT)
/* Off until they are switched on: every single read, write, close, stat. */
#define FS_EV_MANY (1 << FS_EV_READ | 1 << FS_EV_WRITE | 1 << FS_EV_CLOSE | 1 << FS_EV_STAT)
#define FS_EV_ALL ((1 << FS_EV_NR) - 1)

#define FS_PATH_BYTES 128
struct fs_event_rec {
	struct ev_hdr h; /* ts_ns, cpu: of the end */
	__u8 event; /* enum fs_event */
	__u8 op;    /* enum fs_op */
	__u8 type;  /* enum fs_type */
	__u8 flags; /* enum fs_flags */
	__u32 dev;
	__u32 pid, tgid;
	__u64 start_ns; /* of the process */
	__u64 ino;
	__s32 error;	/* errno; 0 */
	__s32 fd;	/* -1: none */
	__u32 oflags;	/* of open; of mount, umount, stat, unlink, rename: their flags */
	__u32 nr;	/* the system call's number; REC_UNKNOWN32 */
	__u64 bytes;	/* read or written */
	__u64 offset;	/* at which it began; REC_UNKNOWN */
	__u64 ns;	/* how long it took */
	__u64 age_ns;	/* FS_EV_SHORT: of the file; else REC_UNKNOWN */
	__u32 mnt_id;	/* of the file's path; 0: `path` is as the caller gave it */
	__u32 mntns;	/* inode of the mount namespace; 0: not known */
	char comm[TASK_COMM_BYTES];
	char fstype[FS_TYPE_BYTES];
	char path[FS_PATH_BYTES]; /* within its filesystem (mnt_id), or as the caller gave it; its end where FS_F_CUT */
};

/*
 * Rename: the new name. Mount: this is the mount point (mnt_id); `path` is the source as the caller gave it, of
 * move_mount what had been given for the new mount.
 */
struct fs_event2_rec {
	struct fs_event_rec e;
	char path2[FS_PATH_BYTES];
};

/*
 * Hooks mm_filemap_get_pages, mm_filemap_add_to_page_cache, writeback_dirty_folio, mm_filemap_fault;
 * pages of PAGE_SIZE. An access is a page touched by a read, each once in a call. Key: (tgid, start_ns); tgid 0
 * with start_ns 0: processes for which there was no room.
 */
struct fs_pages_rec {
	struct ev_hdr h;
	__u32 tgid;
	__u16 flags; /* FS_F_GONE, FS_F_KTHREAD */
	__u16 reserved;
	__u64 start_ns;
	char comm[TASK_COMM_BYTES];
	__u64 accesses; /* REC_UNKNOWN without the hook */
	__u64 misses;	/* pages added while reading, readahead included once */
	__u64 adds;	/* pages added in all: by writes and page faults, too, and of metadata */
	__u64 dirties;	/* pages made dirty */
	__u64 faults;	/* page faults on a mapped file; REC_UNKNOWN without the hook */
	__u64 fault_adds; /* of adds: those in a page fault; REC_UNKNOWN where that cannot be told */
};

/* Pages that were added to the cache before a read or a page fault came to them. Ages from then to the first use. */
struct fs_readahead_rec {
	struct ev_hdr h;
	__u64 added, used;
	__u64 dropped; /* left the cache without a use */
	__u64 lost;    /* found no room to be followed: neither used nor dropped */
	__u32 slots[HIST_SLOTS]; /* of ages of use, ns; wrap */
};

/* fentry of lookup_fast, fexit of d_lookup and of lookup_slow's kin. */
struct fs_dcache_rec {
	struct ev_hdr h;
	__u64 refs, slow, misses;
};

/*
 * Sources: /proc/sys/fs/{inode-nr,dentry-state,file-nr}, /proc/meminfo (Dirty, Writeback, Cached, Buffers),
 * /proc/vmstat. REC_UNKNOWN where missing.
 */
struct fs_stat_rec {
	struct ev_hdr h;
	__u64 inodes, inodes_free;
	__u64 dentries, dentries_unused, dentries_negative;
	__u64 files, files_max;
	__u64 dirty_bytes, writeback_bytes, cached_bytes, buffers_bytes;
	__u64 dirtied, written; /* pages, cumulative: nr_dirtied, nr_written */
};

enum fs_mount_flags {
	FS_MOUNT_F_GONE = 1 << 0,    /* it has been unmounted */
	FS_MOUNT_F_PSEUDO = 1 << 1,  /* in memory or made up by the kernel: no blocks of its own */
	FS_MOUNT_F_NETWORK = 1 << 2, /* on another machine, or on a user-space program (FUSE) */
	FS_MOUNT_F_HIDDEN = 1 << 3,  /* another mount lies over it */
	FS_MOUNT_F_READ_ONLY = 1 << 4,
	FS_MOUNT_F_BIND = 1 << 5,    /* `root` is not the filesystem's root, or it is mounted elsewhere before */
};

/* One mount of our mount namespace. */
struct fs_mount_rec {
	struct ev_hdr h;
	__u32 mnt_id, parent;
	__u32 dev;
	__u32 flags; /* enum fs_mount_flags */
	char fstype[32];
	char root[96];	  /* what of the filesystem is mounted */
	char point[160];  /* where; its end where longer */
	char source[96];
	char options[160]; /* of the mount and of the filesystem */
};

enum fs_usage_state { FS_USAGE_OK, FS_USAGE_ERROR, FS_USAGE_HUNG, FS_USAGE_STATE_NR };

/* Asked by a helper thread, which may hang; then state tells. */
struct fs_usage_rec {
	struct ev_hdr h;
	__u32 mnt_id;
	__u32 dev;
	__u16 state; /* enum fs_usage_state */
	__u16 reserved;
	__s32 error; /* errno of FS_USAGE_ERROR */
	__u64 asked_ns; /* CLOCK_MONOTONIC of the question; FS_USAGE_HUNG: not answered since then */
	__u64 total_bytes, free_bytes, avail_bytes; /* REC_UNKNOWN where not known, as all here */
	__u64 inodes, inodes_free;
	__u64 flags; /* f_flag */
};

/* Source: /proc/PID/task/TID/syscall, fd, the path in its memory. Each tick anew while a mount hangs. */
#define FS_WAITERS_MAX 16
struct fs_waiter_rec {
	struct ev_hdr h;
	__u32 mnt_id;
	__u32 pid, tgid;
	__u32 nr; /* system call; REC_UNKNOWN32 */
	__u64 start_ns; /* of the thread */
	char comm[TASK_COMM_BYTES];
	char path[FS_PATH_BYTES];
};

_Static_assert(sizeof(struct fs_io) == 200, "layout of fs_io");
_Static_assert(sizeof(struct fs_file_rec) == 480, "layout of fs_file_rec");
_Static_assert(sizeof(struct fs_op_rec) == 288, "layout of fs_op_rec");
_Static_assert(sizeof(struct fs_name_rec) == 248, "layout of fs_name_rec");
_Static_assert(sizeof(struct fs_event_rec) == 264, "layout of fs_event_rec");
_Static_assert(sizeof(struct fs_event2_rec) == 392, "layout of fs_event2_rec");
_Static_assert(sizeof(struct fs_pages_rec) == 96, "layout of fs_pages_rec");
_Static_assert(sizeof(struct fs_readahead_rec) == 208, "layout of fs_readahead_rec");
_Static_assert(sizeof(struct fs_dcache_rec) == 40, "layout of fs_dcache_rec");
_Static_assert(sizeof(struct fs_stat_rec) == 120, "layout of fs_stat_rec");
_Static_assert(sizeof(struct fs_mount_rec) == 576, "layout of fs_mount_rec");
_Static_assert(sizeof(struct fs_usage_rec) == 88, "layout of fs_usage_rec");
_Static_assert(sizeof(struct fs_waiter_rec) == 184, "layout of fs_waiter_rec");

#endif
