/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on files in a snapshot, by filesystem and by process, with their histograms and last minutes. Rows hold
 * raw sums over the window, as all rows do. Times are from the entry of the call to its return. Source: FS_FILE
 * and FS_OP.
 */
#ifndef PROBETOP_SNAP_FS_OPS_H
#define PROBETOP_SNAP_FS_OPS_H

#include "snap_fs.h"

/*
 * What was done: operations on files are enum fs_op; after them, by type, reads and writes of what is no file
 * (fs_type_is_file).
 */
#define FS_WHAT_NR (FS_OP_NR + 2 * (FS_T_NR - FS_T_CHAR))

static inline unsigned fs_what(unsigned op, unsigned type)
{
	return op > FS_OP_WRITE || fs_type_is_file(type) ? op : FS_OP_NR + 2 * (type - FS_T_CHAR) + op;
}

static inline unsigned fs_what_op(unsigned what)
{
	return what < FS_OP_NR ? what : (what - FS_OP_NR) % 2;
}

/* FS_T_REGULAR stands for all files. */
static inline unsigned fs_what_type(unsigned what)
{
	return what < FS_OP_NR ? FS_T_REGULAR : FS_T_CHAR + (what - FS_OP_NR) / 2;
}

static inline bool fs_what_is_io(unsigned what)
{
	return fs_what_op(what) <= FS_OP_WRITE;
}

/* Its time is its own: creates are opens as well, and what is no file mostly waits. */
static inline bool fs_what_is_own(unsigned what)
{
	return what < FS_OP_NR && what != FS_OP_CREATE;
}

/* "read", "fsync", "read socket". */
const char *fs_what_word(unsigned what, char *buf, size_t size);

/* Growth in the window; FIG_UNKNOWN where nobody counted. */
struct fs_ops_sum {
	int64_t count, bytes, ns, errors;
	int64_t enoent;	     /* of errors; not known of reads and writes, as the next */
	uint32_t last_errno; /* 0 where none is known */
	uint64_t errno_at;   /* the larger, the later */
	struct hist hist;    /* of ns; its maximum is exact */
};

/* One operation on one filesystem, or of several together; one that was ever used has a row. */
struct fs_op_row {
	uint32_t dev; /* 0: not known; or of several */
	uint16_t what;
	char fstype[FS_TYPE_BYTES + 1];
	struct fs_ops_sum sum;
	int64_t avg_ns, p50_ns, p99_ns, max_ns;
	int64_t enoent_pct; /* of errors, thousandths */
	int64_t share_pct;  /* of the time of all operations on files, thousandths; of others FIG_UNKNOWN */
};

/* What one process did of one operation on one filesystem. */
struct fs_op_part {
	uint32_t dev;
	uint16_t what;
	struct fs_ops_sum sum;
};

/*
 * A process that did something in the window. `p` is its row of the task table; without one the identity, and the
 * rest unknown. Those that are gone are summed by command, and where room is short what others did long ago: p.pid
 * FIG_UNKNOWN, p.dead; for which there was no room: p.pid FIG_UNKNOWN, and not dead.
 */
struct fs_op_proc {
	struct proc_row p;   /* first: what is made for rows of processes serves */
	int part, parts_nr; /* fs_ops_snap.parts[part] and after */
};

struct fs_ops_snap {
	struct fig_status status; /* of opens, and of what is counted at all */
	struct fig_status io;	  /* of reads and writes */
	struct fig_status syncs;  /* of fsyncs */
	struct fig_status others; /* of all other operations */
	const struct fs_op_row *rows; /* by filesystem: in order of (dev, what) */
	const struct fs_op_proc *procs; /* in order of (pid, start), the summed ones last */
	const struct fs_op_part *parts;
	int rows_nr, procs_nr, parts_nr;
	bool closes; /* closes were counted in the interval */
	struct fs_ops *of; /* for snapshot_fs_heat() */
};

/* Which filesystems: one, all of a type, or all. */
struct fs_of {
	uint32_t dev;	    /* FS_ALL */
	const char *fstype; /* "" or NULL: any */
};

/* The state of the figures of one operation. */
struct fig_status snapshot_fs_op_status(const struct snapshot *s, unsigned what);
/* The type of a filesystem as its operations or its mount told it; "" where none did. */
const char *snapshot_fs_op_type(const struct snapshot *s, uint32_t dev);
/* Adds up. Return false, and what is known, where nothing counts. */
bool snapshot_fs_ops(const struct snapshot *s, struct fs_of of, unsigned what, struct fs_ops_sum *ret);
/* The same of one process; false where it did nothing of that kind in the window. */
bool snapshot_fs_proc_ops(const struct snapshot *s, const struct fs_op_proc *proc, struct fs_of of, unsigned what,
			  struct fs_ops_sum *ret);
/* The last minutes of an operation on one filesystem, or FS_ALL; NULL: not kept. */
const struct heat *snapshot_fs_heat(const struct snapshot *s, uint32_t dev, unsigned what);

void fs_ops_sum_add(struct fs_ops_sum *to, const struct fs_ops_sum *from);
/* What follows from the sum; `all_ns`: the time of all operations on files. */
void fs_op_row_finish(struct fs_op_row *row, int64_t all_ns);

#endif
