/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on files by process in a snapshot: a row for each process that has used a filesystem, and its parts by
 * filesystem. Rows hold raw sums over the window, as all rows do. Source: FS_FILE and FS_OP.
 */
#ifndef PROBETOP_SNAP_FS_PROCS_H
#define PROBETOP_SNAP_FS_PROCS_H

#include "group.h"
#include "snap_fs.h"

/* Histograms of a process; all four together are its latency. */
enum fs_proc_hist { FS_PROC_READ, FS_PROC_WRITE, FS_PROC_OPEN, FS_PROC_FSYNC, FS_PROC_HIST_NR };

/* Sums of what a process did. Of descriptors that are no file (sockets, pipes, terminals) only the last four tell. */
struct fs_proc_sums {
	int64_t count[FS_OP_NR];
	int64_t metadata;   /* all that fs_op_is_metadata() */
	int64_t operations; /* all; an open that creates is one */
	int64_t read_bytes, write_bytes;
	int64_t errors, enoent; /* of all; those of them that say "no such file" */
	int64_t ns;		/* in all of these calls, waits for locks included */
	int64_t other_reads, other_writes, other_read_bytes, other_write_bytes;
};

/*
 * A process that has used files since counting began, with zeros where it did not in the window. `p` is its row
 * of the task table; where there is none the identity, and the rest unknown. Those that no tick saw, or that are gone,
 * are summed by command: p.pid FIG_UNKNOWN, p.dead, p.processes. With a pid of FIG_UNKNOWN and not dead: all for
 * which the kernel's side had no room.
 */
struct fs_proc_row {
	struct proc_row p; /* first: what is made for rows of processes serves */
	struct fs_proc_sums sums;
	int64_t bytes; /* read and written */
	int64_t lat_p50_ns, lat_p99_ns, lat_max_ns; /* of reads, writes, opens and fsyncs; the maximum is exact */
	int64_t p99_ns[FS_PROC_HIST_NR], max_ns[FS_PROC_HIST_NR];
	int64_t cache_accesses, cache_hits; /* pages that its reads touched; FIG_UNKNOWN of one filesystem, as the next */
	int64_t cache_hit_pct; /* thousandths; FIG_UNKNOWN where it read none */
	int64_t filesystems;   /* how many it used */
	uint32_t dev;	       /* the one it used most; FS_ALL where it did nothing */
	int part, parts_nr;    /* its parts: fs_procs_snap.parts[part] and after */
};

/* What one process did on one filesystem in the window: zeros where it used it before. */
struct fs_proc_part {
	int row; /* index of fs_procs_snap.rows */
	uint32_t dev; /* 0: not known, as of paths that do not exist */
	struct fs_proc_sums sums;
	uint64_t max_ns[FS_PROC_HIST_NR];
	const uint32_t *slots[FS_PROC_HIST_NR]; /* HIST_SLOTS of ns; NULL: there was none */
};

struct fs_procs_snap {
	struct fig_status status;	 /* of reads and writes, and of what is summed of all */
	struct fig_status opens_status;	 /* of opens */
	struct fig_status syncs_status;	 /* of fsyncs */
	struct fig_status others_status; /* of all other operations */
	struct fig_status cache_status;	 /* of cache_hit_pct */
	const struct fs_proc_row *rows;	 /* in order of (pid, start), the summed ones last */
	const struct fs_proc_part *parts; /* by row and filesystem */
	int rows_nr, parts_nr;
	struct fs_procs_made *made; /* rows of one filesystem and of groups, made when asked */
};

/* The row of a live process (or one that ended in the interval), or NULL where it has used no file. */
const struct fs_proc_row *snapshot_fs_proc(const struct snapshot *s, const struct proc_row *row);

/* The rows of one filesystem only: what each process did there. FS_ALL gives all. Returns how many. */
int snapshot_fs_procs(const struct snapshot *s, uint32_t dev, const struct fs_proc_row **ret_rows);

/* A histogram of a row on one filesystem (FS_ALL); false where it had no such calls in the window. */
bool snapshot_fs_proc_hist(const struct snapshot *s, const struct fs_proc_row *row, uint32_t dev,
			   enum fs_proc_hist which, struct hist *ret);

/* What all processes did on a filesystem (FS_ALL), with all histograms; false where nobody counts. */
bool snapshot_fs_sum(const struct snapshot *s, uint32_t dev, struct fs_proc_sums *ret,
		     struct hist hists[FS_PROC_HIST_NR]);

/* The slowest of reads, writes, opens and fsyncs in the window; NULL: there was none. */
const struct fs_proc_part *snapshot_fs_slowest(const struct snapshot *s, enum fs_proc_hist *ret_which);

/* Rows summed by what processes have in common. `sums.p.cmd` is the group's name; its parts are not told. */
struct fs_group_row {
	struct fs_proc_row sums; /* first */
	uint64_t key;		 /* group_key() of its members */
};
int snapshot_fs_groups(const struct snapshot *s, enum group_by by, uint32_t dev, const struct fs_group_row **ret_rows);

#endif
