/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads and writes by process and file in a snapshot. Rows hold raw sums over the window, as all rows do. What is
 * no file (fs_type_is_file) is one row for each process and type. Source: FS_FILE. Names: snap_fs_names.h.
 */
#ifndef PROBETOP_SNAP_FS_FILES_H
#define PROBETOP_SNAP_FS_FILES_H

#include "snap_fs.h"

/*
 * One process and one file: those that were used in the window, and for a while after it, with zeros. `p` as in
 * struct fs_proc_row: dead ones, summed by command, and those without room have a p->pid of FIG_UNKNOWN.
 */
struct fs_file_row {
	const struct proc_row *p; /* valid as long as the snapshot */
	int64_t pid, ppid, processes, inode, opens; /* for columns: those of p; FIG_UNKNOWN: none, nobody counts */
	uint64_t ino;  /* 0: what is no file; or the files of this type for which there was no room */
	uint32_t dev;  /* 0: so, too */
	uint16_t type; /* enum fs_type */
	char fstype[FS_TYPE_BYTES + 1]; /* "" where not known */
	int64_t reads, writes, operations;
	int64_t read_bytes, write_bytes, bytes;
	int64_t errors, ns;
	int64_t p50_ns, p99_ns, max_ns; /* of both; the maximum is exact */
	int64_t max_of_ns[2];		/* FS_OP_READ, FS_OP_WRITE, as the next; FIG_UNKNOWN: none */
	uint32_t slots[2][HIST_SLOTS];	/* of ns */
};

struct fs_files_snap {
	struct fig_status status;
	const struct fs_file_row *rows; /* in order of (pid, start, dev, inode, type), the summed ones last */
	int rows_nr;
};

/* The rows of one process, which come one after the other; returns how many. */
int snapshot_fs_files_of(const struct snapshot *s, const struct proc_row *row, const struct fs_file_row **ret_rows);

#endif
