/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of a synthetic host's files. Each call is one that takes its time and ends in its interval:
 * sums, histograms, events and the page cache are all made of these very calls.
 */
#ifndef PROBETOP_SYNTH_FILES_H
#define PROBETOP_SYNTH_FILES_H

#include "synth_fs_script.h"
#include "synth_host.h"

#define FILES_IDLE 5 /* ticks without a call after which an entry is taken out */

/* Reads and writes of one process on one file. */
struct file_sum {
	struct proc *proc; /* NULL: processes for which there was no room */
	uint32_t dev, touched; /* tick */
	uint64_t ino;
	uint8_t type;
	bool in_map, changed;
	struct fs_io io[2];
	const struct synth_file *row; /* that made it, for its name */
};

/* Another operation of one process on one filesystem. */
struct op_sum {
	struct proc *proc;
	uint32_t dev, op, touched, last_errno;
	uint64_t enoent;
	bool in_map, changed;
	struct fs_io io;
};

/* Page cache of one process. */
struct page_sum {
	uint64_t accesses, misses, adds, dirties, faults, fault_adds;
	bool in_map, changed;
};

/* What one process makes of one row of the script. */
struct file_stream {
	const struct synth_file *row;
	struct proc *proc;
	struct file_sum *file; /* reads and writes */
	struct op_sum *op, *made, *failed; /* others; FS_OP_CREATE is an open, too; those that fail on a path */
	uint64_t ino, offset;
};

struct files {
	const struct synth_fs_props *props;
	struct synth_file *rows; /* of the script, and those that were asked for beside */
	struct synth_mount *mounts;
	char (*names)[64];
	uint32_t rows_nr, mounts_nr, streams_nr, files_nr, ops_nr;
	struct file_stream *streams; /* those of one process together */
	struct file_sum *files;
	struct op_sum *ops;
	struct page_sum *pages; /* by process */
	uint64_t rng, readahead_added, readahead_used, refs, slow, misses, dirtied;
	uint64_t waited[HIST_SLOTS]; /* ages of pages at their first use */
};

/* One call that has ended. */
struct file_call {
	struct file_stream *stream;
	uint64_t ts_ns, ns, bytes;
	bool failed;
};

static inline uint32_t synth_file_dev(const struct files *f, const struct synth_file *row)
{
	return f->mounts_nr ? f->mounts[row->mount].dev : 0;
}

/* Whether an operation names its file by a path: of one that fails nothing is known but that. */
static inline bool synth_op_is_path(unsigned op)
{
	return op != FS_OP_FSYNC && op != FS_OP_READDIR && op != FS_OP_LOCK && op != FS_OP_XATTR && op != FS_OP_SETATTR &&
	       op != FS_OP_STATFS && op > FS_OP_WRITE;
}

/* synth_files_tell.c: what comes through the ring */
void synth_file_tell(struct synth *s, const struct file_call *call);
void synth_file_name(struct synth *s, const struct file_stream *stream);

/* synth_files_hostile.c: what no kernel says */
void synth_emit_hostile_files(struct synth *s);

#endif
