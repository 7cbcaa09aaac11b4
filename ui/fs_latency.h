/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the views of operations on files share: whose operations are shown, on which filesystems, and the bucket
 * under the cursor.
 */
#ifndef PROBETOP_FS_LATENCY_H
#define PROBETOP_FS_LATENCY_H

#include "bucket.h"
#include "snap_fs_ops.h"
#include "ui_priv.h"

/* ---- fs_of.c ---- */

/* Whether only some processes are shown: an entered one, a group, --pid, --user; and whether this is one of them. */
bool fs_ops_narrowed(const struct ui *ui);
bool fs_ops_is_member(const struct snapshot *s, const struct ui *ui, const struct proc_row *row);
/* Operations of those, or of all, by filesystem: in order of (dev, what), const until the next call. */
int fs_ops_rows(const struct snapshot *s, const struct ui *ui, const struct fs_op_row **ret_rows);
/* The sum of those rows that are of an operation and of these filesystems. False where nobody counts, with a reason. */
bool fs_ops_sum(const struct snapshot *s, const struct ui *ui, struct fs_of of, unsigned what, struct fs_ops_sum *ret,
		const char **ret_why);
/* Whether a row is of these filesystems. */
bool fs_ops_row_is_of(const struct snapshot *s, struct fs_of of, const struct fs_op_row *row);
/* "/srv"; "(not known)" of calls that fail, or name a path only. */
const char *fs_ops_name(const struct snapshot *s, uint32_t dev, char *buf, size_t size);

/* Of which filesystems latency shows operations: the one that was entered, those of a type, or all. */
struct fs_of fs_latency_of(const struct ui *ui);
/* "/srv, ext4", "all ext4", "all filesystems": raw. */
void fs_latency_of_text(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
/* The operations that there are histograms of, as Left and Right walk them; returns how many. */
int fs_latency_list(const struct snapshot *s, const struct ui *ui, unsigned ret[FS_WHAT_NR]);
/* Where the chosen one stands there. */
int fs_latency_at(const struct ui *ui, const unsigned *list, int nr);
bool fs_latency_hist(const struct snapshot *s, const struct ui *ui, unsigned what, struct hist *ret, const char **ret_why);
/* The last minutes of the chosen one; NULL: there are none. */
const struct heat *fs_latency_heat(const struct snapshot *s, const struct ui *ui);
struct bucket fs_latency_bucket(const struct ui *ui, const struct hist *h);

/* ---- fs_bucket.c: the processes in the bucket, in no order ---- */
const struct bucket_rows *fs_latency_who(const struct snapshot *s, const struct ui *ui);

/* ---- fs_table.c: the filesystems with most of the chosen operation, in at most `lines` lines; returns the lines used ---- */
int fs_table_box(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, const struct ui *ui);

#endif
