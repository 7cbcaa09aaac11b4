/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of Filesystem / files. */
#include <stddef.h>

#include "snap_fs_files.h"
#include "view_fs.h"

#define ROW(member) offsetof(struct fs_file_row, member)

static const struct fig_status *count_status(const struct snapshot *s)
{
	return s->fs_files ? &s->fs_files->status : NULL;
}

static const struct fig_status *opens_status(const struct snapshot *s)
{
	static const struct fig_status na = {
		.state = FIG_NA,
		.reason = "opens are counted by process and filesystem, not by file: see processes",
	};

	return &na;
}

/* clang-format off */
const struct column fs_file_columns[] = {
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .flags = COL_CUSTOM, .off = ROW(pid),
	  .help = "process id; [dead] for processes that began and ended between two refreshes, summed by command and file" },
	{ .key = "comm", .title = "COMM", .unit = UNIT_TEXT, .width = 12, .weight = 80, .flags = COL_LEFT,
	  .help = "name of the process, 15 bytes" },
	{ .key = "reads_per_s", .alias = "reads", .title = "R/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 5, .weight = 95,
	  .off = ROW(reads), .status = count_status, .help = "reads of this file by this process, failed ones included" },
	{ .key = "writes_per_s", .alias = "writes", .title = "W/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 5, .weight = 94,
	  .off = ROW(writes), .status = count_status, .help = "writes to this file by this process, failed ones included" },
	{ .key = "read_bytes_per_s", .alias = "rbytes", .title = "RD/s", .unit = UNIT_BYTES, .fold = FOLD_RATE, .width = 5,
	  .weight = 70, .off = ROW(read_bytes), .status = count_status,
	  .help = "bytes read, from the page cache or below it; what mapped memory reads is not seen" },
	{ .key = "write_bytes_per_s", .alias = "wbytes", .title = "WR/s", .unit = UNIT_BYTES, .fold = FOLD_RATE, .width = 5,
	  .weight = 69, .off = ROW(write_bytes), .status = count_status,
	  .help = "bytes written, mostly into the page cache; what mapped memory writes is not seen" },
	{ .key = "bytes_per_s", .alias = "io", .title = "IO/s", .unit = UNIT_BYTES, .fold = FOLD_RATE, .width = 5, .weight = 100,
	  .off = ROW(bytes), .status = count_status, .help = "bytes read and written" },
	{ .key = "lat_p50_ns", .alias = "p50", .title = "P50", .unit = UNIT_NS, .width = 5, .weight = 50, .off = ROW(p50_ns),
	  .status = count_status, .help = "time of a read or write, from entry to return: half took less; within one bucket, a factor of two" },
	{ .key = "lat_p99_ns", .alias = "p99", .title = "P99", .unit = UNIT_NS, .width = 5, .weight = 90, .off = ROW(p99_ns),
	  .status = count_status, .help = "the same: 99 of 100 took less; within one bucket. Of sockets, pipes and terminals most of it is "
	  "waiting for the other end" },
	{ .key = "lat_max_ns", .alias = "max", .title = "MAX", .unit = UNIT_NS, .width = 5, .weight = 65, .off = ROW(max_ns),
	  .status = count_status, .help = "the same: the longest, exact" },
	{ .key = "errors_per_s", .alias = "errors", .title = "ERR/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 5, .weight = 45,
	  .off = ROW(errors), .status = count_status, .help = "reads and writes that failed" },
	{ .key = "type", .title = "T", .unit = UNIT_TEXT, .width = 1, .weight = 60, .flags = COL_LEFT | COL_CUSTOM,
	  .help = "type: r regular, d directory, b block device, c character device, s socket, p pipe, o other. Regular files only "
		  "at first: g shows all" },
	{ .key = "fstype", .title = "FSTYPE", .unit = UNIT_TEXT, .width = 8, .weight = 55, .flags = COL_LEFT,
	  .help = "type of the filesystem" },
	{ .key = "filesystem", .alias = "fs", .title = "ON", .unit = UNIT_TEXT, .width = 10, .weight = 30, .flags = COL_LEFT,
	  .help = "the filesystem, by where it is mounted" },
	{ .key = "user", .title = "USER", .unit = UNIT_TEXT, .width = 8, .weight = 20, .flags = COL_LEFT, .help = "user (real uid)" },
	{ .key = "file", .title = "FILE", .unit = UNIT_TEXT, .width = 20, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "path of the file. ~ before it: not whole, or of a filesystem that is not mounted where we are (a container's). "
		  "What is no file has one row for each process and type" },
	{ .key = "ppid", .title = "PPID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(ppid), .help = "process id of the parent" },
	{ .key = "command", .title = "COMMAND", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "command line" },
	{ .key = "operations_per_s", .alias = "ops", .title = "OPS/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .flags = COL_NO_SCREEN,
	  .off = ROW(operations), .status = count_status, .help = "reads and writes" },
	{ .key = "opens_per_s", .title = "OPEN/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .flags = COL_NO_SCREEN, .off = ROW(opens),
	  .status = opens_status, .help = "opens: by process only" },
	{ .key = "io_ns_per_s", .title = "TIME", .unit = UNIT_NS, .fold = FOLD_RATE, .flags = COL_NO_SCREEN, .off = ROW(ns),
	  .status = count_status, .help = "time in these reads and writes" },
	{ .key = "read_max_ns", .title = "RMAX", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(max_of_ns),
	  .status = count_status, .help = "the longest read, exact" },
	{ .key = "write_max_ns", .title = "WMAX", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(max_of_ns) + sizeof(int64_t),
	  .status = count_status, .help = "the longest write, exact" },
	{ .key = "whole", .title = "WHOLE", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN | COL_NO_WORDS,
	  .help = "whether the path is whole: yes, no; nothing where there is none" },
	{ .key = "inode", .title = "INODE", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(inode), .help = "inode number" },
	{ .key = "processes", .title = "PROCESSES", .unit = UNIT_COUNT, .flags = COL_NO_SCREEN, .off = ROW(processes),
	  .help = "processes of the command that its [dead] rows fold, whatever files they used; 1 for a live one" },
	{ .key = NULL },
};
/* clang-format on */
