/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Filesystem pane's words in the header, and on the page of a process. */
#ifndef PROBETOP_FS_HEADER_H
#define PROBETOP_FS_HEADER_H

#include "pen.h"

/* "Files r 222/s w 2.1k/s 33M/s open 9/s", of all processes. */
void fs_rate_items(struct pen *p, const struct snapshot *s);
/* "p99 4us max fsync 63ms /srv dirty 120M": of reads, writes, opens and fsyncs; what waits to be written. */
void fs_time_items(struct pen *p, const struct snapshot *s);

/* One line about a process's files. */
void fs_page_items(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct proc_row *row);

#endif
