/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows for each group of processes (g), in whatever pane. */
#include "proc_groups.h"

#include <stdio.h>
#include <string.h>

#include "process.h"
#include "snap_cgroup.h"
#include "ui_priv.h"
#include "view_cpu.h"

int proc_group_mode(const struct ui *ui)
{
	const struct group_ui *g = &ui->cpu.group;

	return g->by && !g->in && !g->cgroup_id && !ui->entered ? MODE_GROUPS : MODE_PROCESSES;
}

struct row_id proc_group_id(uint64_t key)
{
	return (struct row_id){ .a = UINT64_MAX, .b = key };
}

enum style proc_group_style(const struct ui *ui, uint64_t key)
{
	return tags_has(ui, proc_group_id(key)) ? STYLE_TAGGED : STYLE_TEXT;
}

bool proc_group_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	return cpu_user_shown(s, ui, row);
}

bool proc_group_is_name(const struct column *col)
{
	return !strcmp(col->key, "group") || !strcmp(col->key, "command");
}

/* The number of processes stays in sight, whatever the length of the name. */
void proc_group_name_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
			  enum style style, const struct proc_row *p)
{
	const struct cgroup_row *cgroup = ui->cpu.group.by == GROUP_CGROUP ? cgroup_find(s, p->cgroup_id) : NULL;
	size_t skip = (size_t)ui_state_now(ui)->scroll_text * 8;
	char suffix[32];
	int used = 0, room;

	snprintf(suffix, sizeof(suffix), " x%lld", (long long)p->processes);
	room = width - (int)strlen(suffix);
	if (cgroup)
		used = cgroup_name_draw(c, y, x, room, style, cgroup, (int)skip);
	else if (skip < p->cmd_len)
		used = canvas_raw(c, y, x, room, style, p->cmd + skip, p->cmd_len - skip);
	canvas_text(c, y, x + used, width - used, STYLE_DIM, suffix);
}

void proc_group_items(struct pen *pen, const struct ui *ui, const struct proc_row *p, const char *processes)
{
	pen_text(pen, STYLE_METER_LABEL, group_words[ui->cpu.group.by]);
	pen->gap = 1;
	pen_raw(pen, STYLE_TITLE, p->cmd, p->cmd_len);
	pen->gap = 2;
	pen_item(pen, processes, STYLE_VALUE, false, "%lld", (long long)p->processes);
}
