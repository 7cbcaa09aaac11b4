/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of operations on files by process, made for one window; those of one filesystem and of groups when asked. */
#ifndef PROBETOP_FS_PROCS_MADE_H
#define PROBETOP_FS_PROCS_MADE_H

#include "file_table.h"
#include "proc_rows.h"
#include "snap_fs_procs.h"

#define FS_PROC_ENTRIES 16384 /* (process, filesystem) */

struct fs_procs_made {
	struct pool order, rows, parts, slots; /* of all */
	struct pool of_dev;		       /* the same rows with what they did on one filesystem */
	int nr, parts_nr, of_dev_nr;
	uint32_t slots_nr;
	uint32_t dev; /* that of_dev is of */
	bool has_dev;
	struct proc_groups groups;
};

/* What the parts of a row add up to, beside the sums in the row itself. */
#define FS_ROW_DEVS 16 /* filesystems of which is known how much they are used */
struct fs_row_fold {
	struct hist hist[FS_PROC_HIST_NR];
	struct {
		uint32_t dev;
		int64_t operations;
	} uses[FS_ROW_DEVS];
	int uses_nr;
};
/* Adds those parts of `from` that are of the filesystem to `to`; several may be added before the end. */
void fs_row_fold(struct fs_row_fold *f, const struct fs_proc_part *parts, const struct fs_proc_row *from, uint32_t dev,
		 struct fs_proc_row *to);
void fs_row_finish(struct fs_row_fold *f, struct fs_proc_row *row);
void fs_proc_sums_add(struct fs_proc_sums *to, const struct fs_proc_sums *from);
void fs_proc_hist_add(struct hist *to, const struct fs_proc_part *part, enum fs_proc_hist which);

#endif
