/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk / devices. */
#include <stdio.h>

#include "ui_priv.h"
#include "view_disk.h"

void disk_dev_enter(struct ui *ui, uint32_t dev, const char *name)
{
	ui->disk.dev.dev = dev;
	ui->disk.dev.from = ui->view;
	snprintf(ui->disk.dev.name, sizeof(ui->disk.dev.name), "%s", name);
	ui->list_stale = true;
}

bool disk_dev_leave(struct ui *ui)
{
	if (ui->disk.dev.dev == DISK_ALL)
		return false;
	ui->disk.dev.dev = DISK_ALL;
	ui_set_view(ui, ui->disk.dev.from);
	ui->list_stale = true;
	return true;
}

bool disk_dev_shown(const struct ui *ui, uint32_t dev)
{
	return ui->disk.dev.dev == DISK_ALL || ui->disk.dev.dev == dev;
}
