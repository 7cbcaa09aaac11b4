/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rows of processes, groups and files of the Filesystem pane, and the page of a process, have in common. */
#ifndef PROBETOP_FS_PROCESSES_H
#define PROBETOP_FS_PROCESSES_H

#include "pen.h"
#include "snap_fs_procs.h"

struct fs_file_row;

/* The sum of those without room: neither a process nor a command. */
bool fs_is_nobody(const struct proc_row *p);
/* Cells of what a process is: as in the CPU pane, with words for those without room. */
void fs_who_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		 const struct proc_row *p, const struct column *col);
/* A cell that groups have too; false where it is none of them. */
bool fs_process_common_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, enum style style,
			    const struct fs_proc_row *r, const struct column *col);

/* Detail lines: who it is; what it waits for and what fails; latencies; its busiest files (false: none). */
void fs_who_items(struct pen *p, const struct ui *ui, const struct proc_row *row);
void fs_process_waits(struct pen *p, const struct snapshot *s, const struct fs_proc_row *r);
void fs_process_latency(struct pen *p, const struct fs_proc_row *r);
bool fs_process_files(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct proc_row *row);

/* What of the use of files is not counted here: "mmap not counted". */
const char *fs_unseen(const struct snapshot *s);

/* fs_files.c: the path of a row's file, raw; what it is where it has none. Returns whether it is whole. */
bool fs_file_name(const struct snapshot *s, const struct fs_file_row *r, char *buf, size_t size);
/* "path r 12/s w 3/s": the path in `room` columns, its end where it is longer; false where that does not fit. */
bool fs_file_items(struct pen *p, const struct snapshot *s, const struct fs_file_row *r, int room);

#endif
