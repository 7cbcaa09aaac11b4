/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Disk pane's views, one file each; view_disk.c joins them. */
#ifndef PROBETOP_VIEW_DISK_H
#define PROBETOP_VIEW_DISK_H

#include "snap_disk.h"
#include "view.h"

/* disk_devices.c: into a device, out of it; whether a row of that device is to be shown. */
void disk_dev_enter(struct ui *ui, uint32_t dev, const char *name);
bool disk_dev_leave(struct ui *ui);
bool disk_dev_shown(const struct ui *ui, uint32_t dev);

#endif
