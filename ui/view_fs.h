/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the Filesystem pane's views ask of each other. */
#ifndef PROBETOP_VIEW_FS_H
#define PROBETOP_VIEW_FS_H

#include "snap_fs.h"
#include "view.h"

/* Which operations are to be told as events: bits of enum fs_event. */
uint32_t fs_kinds(const struct ui *ui);

/*
 * Into a filesystem: goes to the pane's latencies, which then are only its own; and out again: returns
 * whether one was entered. Rows of another filesystem are not shown in between.
 */
void fs_dev_enter(struct ui *ui, uint32_t dev, const char *name);
bool fs_dev_leave(struct ui *ui);
bool fs_dev_shown(const struct ui *ui, uint32_t dev);

#endif
