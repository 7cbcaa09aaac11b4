/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns of figures of operations, by operation and by filesystem, made from the same pieces. */
#ifndef PROBETOP_FS_OP_COLUMNS_H
#define PROBETOP_FS_OP_COLUMNS_H

#include <stddef.h>

#include "snap_fs_ops.h"

#define FS_OP_ROW(member) offsetof(struct fs_op_row, member)

/* clang-format off */
#define FS_OP_COUNT(counted) \
	{ .key = "count_per_s", .alias = "n", .title = "CALL/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 6, \
	  .off = FS_OP_ROW(sum.count), .status = counted, .help = "calls that returned; -: nobody counts them now" }
#define FS_OP_BYTES(counted) \
	{ .key = "bytes_per_s", .alias = "io", .title = "BYTES/s", .unit = UNIT_BYTES, .fold = FOLD_RATE, .width = 8, .weight = 70, \
	  .off = FS_OP_ROW(sum.bytes), .status = counted, .help = "bytes read or written" }
#define FS_OP_TIME(counted) \
	{ .key = "time_ns_per_s", .alias = "time", .title = "TIME/s", .unit = UNIT_NS, .fold = FOLD_RATE, .width = 6, .weight = 65, \
	  .off = FS_OP_ROW(sum.ns), .status = counted, \
	  .help = "time from call to return, all threads added up: 1s is one thread all the time; counted when the call returns" }
#define FS_OP_SHARE(counted) \
	{ .key = "time_share_pct", .alias = "share", .title = "SHARE%", .unit = UNIT_PCT, .width = 6, .weight = 60, \
	  .off = FS_OP_ROW(share_pct), .status = counted, \
	  .help = "of the time of all operations on files. Creates are opens as well, and calls on sockets and pipes mostly wait: " \
		  "they have none" }
#define FS_OP_LATENCY(counted) \
	{ .key = "avg_ns", .alias = "avg", .title = "AVG", .unit = UNIT_NS, .width = 6, .weight = 50, .off = FS_OP_ROW(avg_ns), \
	  .status = counted, .help = "average time from call to return" }, \
	{ .key = "p50_ns", .alias = "p50", .title = "P50", .unit = UNIT_NS, .width = 6, .weight = 55, .off = FS_OP_ROW(p50_ns), \
	  .status = counted, .help = "half took less. As all percentiles inside one bucket, which reaches to twice where it begins" }, \
	{ .key = "p99_ns", .alias = "p99", .title = "P99", .unit = UNIT_NS, .width = 6, .weight = 90, .off = FS_OP_ROW(p99_ns), \
	  .status = counted, .help = "99 of 100 took less" }, \
	{ .key = "max_ns", .alias = "max", .title = "MAX", .unit = UNIT_NS, .width = 6, .weight = 75, .off = FS_OP_ROW(max_ns), \
	  .status = counted, .help = "the longest, exact" }
#define FS_OP_ERRORS(counted) \
	{ .key = "errors_per_s", .alias = "err", .title = "ERR/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 6, .weight = 80, \
	  .off = FS_OP_ROW(sum.errors), .status = counted, .help = "calls that failed" }, \
	{ .key = "enoent_per_s", .title = "ENOENT/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 8, .weight = 5, \
	  .off = FS_OP_ROW(sum.enoent), .status = counted, .flags = COL_NO_SCREEN, \
	  .help = "of them ENOENT: there is no such file. Not told of reads and writes" }, \
	{ .key = "enoent_pct", .alias = "enoent", .title = "ENOENT%", .unit = UNIT_PCT, .width = 7, .weight = 40, \
	  .off = FS_OP_ROW(enoent_pct), .status = counted, \
	  .help = "of the calls that failed: those with ENOENT, there is no such file" }, \
	{ .key = "last_errno", .alias = "errno", .title = "LAST", .unit = UNIT_TEXT, .width = 9, .weight = 35, .flags = COL_LEFT, \
	  .help = "error of the last call that failed; of reads and writes it is not told" }
/* clang-format on */

/* fs_operations.c: the text of last_errno; NULL: none. */
const char *fs_op_errno(const struct fs_op_row *row, char *buf, size_t size);
const struct fig_status *fs_op_counted(const struct snapshot *s);

#endif
