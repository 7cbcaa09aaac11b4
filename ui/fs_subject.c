/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of what the pane's views show: of one filesystem that was entered, or of all. */
#include <stdio.h>

#include "fs.h"
#include "ui_priv.h"
#include "view_fs.h"

uint32_t fs_kinds(const struct ui *ui)
{
	return FS_EV_ALL & ~ui->logs[PANE_FS].hidden;
}

void fs_dev_enter(struct ui *ui, uint32_t dev, const char *name)
{
	struct fs_dev_ui *d = &ui->fs.dev;
	const struct view *latency = view_find(PANE_FS, "latency");

	if (d->dev == FS_ALL) {
		d->from = ui->view;
		d->in_process = ui->entered;
	}
	d->dev = dev;
	snprintf(d->name, sizeof(d->name), "%s", name);
	if (latency)
		ui_set_view(ui, (int)(latency - ui_pane(ui)->views));
	ui->list_stale = true;
}

bool fs_dev_leave(struct ui *ui)
{
	struct fs_dev_ui *d = &ui->fs.dev;

	if (d->dev == FS_ALL)
		return false;
	d->dev = FS_ALL;
	d->in_process = false;
	ui_set_view(ui, d->from);
	ui->list_stale = true;
	return true;
}

bool fs_dev_shown(const struct ui *ui, uint32_t dev)
{
	return ui->fs.dev.dev == FS_ALL || ui->fs.dev.dev == dev;
}
