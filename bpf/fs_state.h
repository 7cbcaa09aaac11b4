/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files as the kernel side keeps them: a mark for each thread that is in a call, sums by process and
 * file, by process and operation. Hash maps that user space reads after each pass. Included
 * unchanged by both sides.
 */
#ifndef PROBETOP_FS_STATE_H
#define PROBETOP_FS_STATE_H

#include "fs.h"

#define FS_FILES_MAX 8192 /* (process, file) at one time */
#define FS_OPS_MAX   8192  /* (process, filesystem, operation) */
#define FS_REST_MAX  2048  /* the same of those that found no room */
#define FS_TOLD_MAX  8192  /* a power of two: files whose names were told lately */
#define FS_TOLD_SHIFT 6	   /* passes for which a name stays told, as a power of two */
#define FS_TOLD_MIX  0x9e3779b97f4a7c15ULL

#define FS_DEVS_MAX  4096  /* filesystems */

/* A call that a thread is in. */
struct fs_mark {
	__u64 entered_ns; /* 0: none */
	__u32 round;	  /* of which attachment: what was under way before tells nothing */
	__u32 dev;	  /* of a file that is being closed */
	__u32 nr;
	__u32 reserved;
};

struct fs_file_key {
	__u64 start_ns;
	__u64 ino; /* 0: no file, or found no room */
	__u32 tgid; /* 0 with start_ns 0: found no room */
	__u32 dev;
	__u32 type; /* enum fs_type */
	__u32 reserved;
};

/* One direction; max_ns of the passes in max_pass: the reader never writes here. */
struct fs_io_sum {
	__u64 count, bytes, ns, errors;
	__u64 max_ns[2];
	__u32 max_pass[2];
	__u32 slots[HIST_SLOTS];
};

struct fs_file_sum {
	__u32 pass; /* when it was touched last */
	__u32 uid;
	__u32 flags; /* enum fs_flags */
	__u32 reserved;
	char comm[TASK_COMM_BYTES];
	char fstype[FS_TYPE_BYTES];
	struct fs_io_sum io[2];
};

struct fs_op_key {
	__u64 start_ns;
	__u32 tgid;
	__u32 dev;
	__u32 op; /* enum fs_op */
	__u32 reserved;
};

struct fs_op_sum {
	__u32 pass;
	__u32 uid;
	__u32 flags;
	__u32 last_errno;
	__u64 enoent;
	char comm[TASK_COMM_BYTES];
	char fstype[FS_TYPE_BYTES];
	struct fs_io_sum io;
};

/* Of a thread: the outermost function of the VFS that it is in (fs_vfs.bpf.c). */
struct fs_vfs_mark {
	__u64 frame; /* 0: none */
	__u64 entered_ns;
};

#endif
