/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The caches of files in a snapshot: the page cache by process, and what belongs to the machine: readahead, the
 * dentry cache, counts of inodes, dentries and open files, dirty pages. Source: FS_PAGES, FS_READAHEAD, FS_DCACHE,
 * FS_STAT.
 */
#ifndef PROBETOP_SNAP_FS_CACHES_H
#define PROBETOP_SNAP_FS_CACHES_H

#include "snap_fs.h"

/* Pages of the page cache in the window. */
struct cache_pages {
	int64_t accesses, hits, misses; /* of reads; hits are never below 0, though readahead makes more misses */
	int64_t adds, fault_adds;
	int64_t dirties;
	int64_t faults;
	int64_t hit_pct; /* thousandths; unknown where nothing was accessed */
};

/* What belongs to the machine; in a process's row all of it is FIG_UNKNOWN. */
struct cache_machine {
	int64_t ahead_added, ahead_used, ahead_dropped; /* pages */
	int64_t ahead_used_pct; /* of those that were used or dropped; thousandths */
	int64_t age_p50_ns, age_p99_ns; /* of pages at their first use */
	int64_t lookups, slow_lookups, lookup_misses; /* of names */
	int64_t lookup_hit_pct;
	int64_t inodes, inodes_free, dentries, dentries_unused, dentries_negative;
	int64_t files, files_max; /* open ones of all processes, and how many there may be */
	int64_t cached_bytes, buffers_bytes, dirty_bytes, writeback_bytes;
	int64_t dirtied_bytes, written_bytes; /* in the window */
};

/*
 * A process that had pages in its hands since this is counted. `p` as in struct fs_proc_row: the row of the task
 * table, or the sum of those that have ended, by command, or of those without room.
 */
struct cache_row {
	struct proc_row p; /* first: what is made for rows of processes serves */
	struct cache_pages pages;
	struct cache_machine machine;
};

struct fs_caches_snap {
	struct fig_status access_status; /* of accesses, hits and their share */
	struct fig_status miss_status;	 /* of misses and pages added */
	struct fig_status fault_add_status; /* of those that page faults added */
	struct fig_status dirty_status, fault_status, ahead_status, lookup_status;
	struct fig_status stat_status; /* of what /proc tells */
	/* The first is that of the machine, all processes added up; the others in order of (pid, start), summed ones last. */
	const struct cache_row *rows;
	int rows_nr;
	struct hist ages; /* of pages that came before they were asked for, at their first use */
};

/* The row of a process or of a sum (by name), or NULL where it had no pages in its hands. */
const struct cache_row *snapshot_fs_cache(const struct snapshot *s, const struct proc_row *row);

#endif
