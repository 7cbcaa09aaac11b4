// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files by io_uring: no system call and no function of the VFS shows these. A request is stamped when it is
 * submitted, with whose it is; when it completes it still has its file. Linux 6.12 and later. Not seen: splice
 * (its second file is not in the request) and requests that ask for no completion.
 */
#include "fs_call.bpf.h"

#define URING_MAX 16384 /* requests in flight */
#define URING_OPS 64

/* By IORING_OP_*, which never change: enum fs_op + 1; 0: nothing that is done to a file. */
static const __u8 uring_ops[URING_OPS] SEC(".rodata") = {
	[1] = FS_OP_READ + 1,	    /* READV */
	[2] = FS_OP_WRITE + 1,	    /* WRITEV */
	[3] = FS_OP_FSYNC + 1,	    /* FSYNC */
	[4] = FS_OP_READ + 1,	    /* READ_FIXED */
	[5] = FS_OP_WRITE + 1,	    /* WRITE_FIXED */
	[8] = FS_OP_FSYNC + 1,	    /* SYNC_FILE_RANGE */
	[17] = FS_OP_FALLOCATE + 1, /* FALLOCATE */
	[18] = FS_OP_OPEN + 1,	    /* OPENAT */
	[21] = FS_OP_GETATTR + 1,   /* STATX */
	[22] = FS_OP_READ + 1,	    /* READ */
	[23] = FS_OP_WRITE + 1,	    /* WRITE */
	[28] = FS_OP_OPEN + 1,	    /* OPENAT2 */
	[35] = FS_OP_RENAME + 1,    /* RENAMEAT */
	[36] = FS_OP_UNLINK + 1,    /* UNLINKAT */
	[37] = FS_OP_MKDIR + 1,	    /* MKDIRAT */
	[38] = FS_OP_LINK + 1,	    /* SYMLINKAT */
	[39] = FS_OP_LINK + 1,	    /* LINKAT */
	[41] = FS_OP_XATTR + 1,	    /* FSETXATTR */
	[42] = FS_OP_XATTR + 1,	    /* SETXATTR */
	[43] = FS_OP_XATTR + 1,	    /* FGETXATTR */
	[44] = FS_OP_XATTR + 1,	    /* GETXATTR */
	[55] = FS_OP_TRUNCATE + 1,  /* FTRUNCATE */
	[60] = FS_OP_READ + 1,	    /* READV_FIXED */
	[61] = FS_OP_WRITE + 1,	    /* WRITEV_FIXED */
};

/* A request in flight lies under its address, which is used again for others. */
struct uring_mark {
	__u64 entered_ns;
	__u64 start_ns;
	__u64 comm[2];
	__u32 tgid, pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, URING_MAX);
	__type(key, __u64);
	__type(value, struct uring_mark);
} fs_uring SEC(".maps");

/* The call that ends: see fs_scratch. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fs_call);
} fs_uring_call SEC(".maps");

static __always_inline __u8 op_of(struct io_kiocb *req)
{
	return uring_ops[req->opcode & (URING_OPS - 1)];
}

__hidden int fs_on_uring_submit(struct cpu_block *b, struct io_kiocb *req)
{
	struct uring_mark mark = {};
	struct fs_call c;
	__u64 key;

	req = kernel_cast(req, bpf_core_type_id_kernel(struct io_kiocb));
	if (req->opcode >= URING_OPS || !op_of(req) || !fs_caller(b, &c, true))
		return 0;
	key = (__u64)req;
	mark.start_ns = c.start_ns;
	mark.comm[0] = c.comm[0];
	mark.comm[1] = c.comm[1];
	mark.tgid = c.tgid;
	mark.pid = c.pid;
	mark.entered_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&fs_uring, &key, &mark, BPF_ANY))
		ADD(b->probe[PROBE_URING_SUBMIT].unmatched, 1);
	return 0;
}

static __always_inline void call_by(struct fs_call *c, const struct uring_mark *mark)
{
	c->ns = bpf_ktime_get_ns() - mark->entered_ns;
	c->start_ns = mark->start_ns;
	c->comm[0] = mark->comm[0];
	c->comm[1] = mark->comm[1];
	c->tgid = mark->tgid;
	c->pid = mark->pid;
	c->alone = 0; /* who completes it is not always who submitted it */
	c->flags = 0;
	c->created = 0;
	c->fd = FS_FD_NONE;
	c->nr = REC_UNKNOWN32;
	c->offset = REC_UNKNOWN;
	c->path = c->path2 = c->path_type = 0;
	c->dir = c->dir2 = AT_FDCWD;
	c->call_flags = 0;
	c->probe = PROBE_URING_DONE;
}

/* `any`: struct io_kiocb; or NULL, a completion that belongs to no request. */
__hidden int fs_on_uring_complete(struct cpu_block *b, void *any)
{
	struct io_kiocb *req = kernel_cast(any, bpf_core_type_id_kernel(struct io_kiocb));
	__u64 key = (__u64)any;
	struct uring_mark *mark;
	struct fs_call *c;
	__u32 zero = 0;
	__u8 op;

	if (!any || req->opcode >= URING_OPS)
		return 0;
	op = op_of(req);
	if (!op)
		return 0;
	mark = bpf_map_lookup_elem(&fs_uring, &key);
	c = bpf_map_lookup_elem(&fs_uring_call, &zero);
	if (!mark || !c)
		return 0;
	c->op = op - 1;
	call_by(c, mark);
	bpf_map_delete_elem(&fs_uring, &key);
	if (!fs_result(c, req->cqe.res))
		return 0;
	fs_call_of(c, req->file ? fs_file_use(req->file, true) : NULL, true);
	c->told = fs_is_told(c);
	return fs_finish(b, c);
}
