/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose block I/O is traced: chosen by what was entered, told by what records say. */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "process.h"
#include "ui_priv.h"
#include "view_disk.h"

void disk_trace(const struct ui *ui, uint32_t *ret_tgid, uint32_t *ret_dev)
{
	*ret_tgid = *ret_dev = 0;
	if (ui->entered && ui->entered_pid > 0)
		*ret_tgid = (uint32_t)ui->entered_pid;
	else if (ui->disk.dev.dev != DISK_ALL)
		*ret_dev = ui->disk.dev.dev;
	else if (ui->pids_nr)
		*ret_tgid = (uint32_t)ui->pids[0];
	else if (ui->opts.command)
		*ret_tgid = TRACE_ALL;
}

/* Of several only one can be traced. */
static bool is_first_of_many(const struct snapshot *s, const struct ui *ui)
{
	return !ui->entered && ui->pids_nr > 1 && ui->pids[0] == s->trace_tgid;
}

bool disk_trace_text(const struct snapshot *s, const struct ui *ui, bool ascii, char *buf, size_t size)
{
	const struct proc_row *p = s->trace_tgid ? proc_find(s, s->trace_tgid) : NULL;
	char name[80] = "";

	*buf = '\0';
	if (s->trace_tgid == TRACE_ALL) {
		snprintf(buf, size, "tracing the command");
	} else if (s->trace_tgid) {
		if (p)
			esc_comm(name, sizeof(name), p->comm, sizeof(p->comm), ascii);
		snprintf(buf, size, *name ? "tracing %s (%u)%s" : "tracing %s%u%s", name, s->trace_tgid,
			 is_first_of_many(s, ui) ? " only" : "");
	} else if (s->trace_dev) {
		snapshot_disk_name(s, s->trace_dev, name, sizeof(name));
		snprintf(buf, size, "tracing ");
		esc_text(buf + 8, size - 8, name, strlen(name), ascii);
	}
	return *buf;
}
