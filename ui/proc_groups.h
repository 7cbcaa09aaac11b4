/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the views of groups (g) of all panes have in common; a group is told by the struct proc_row of its sums. */
#ifndef PROBETOP_PROC_GROUPS_H
#define PROBETOP_PROC_GROUPS_H

#include "group.h"
#include "pen.h"

/* Whether rows are groups: `mode` of a view whose mode 1 shows them. */
enum { MODE_PROCESSES, MODE_GROUPS };
int proc_group_mode(const struct ui *ui);

struct row_id proc_group_id(uint64_t key);
enum style proc_group_style(const struct ui *ui, uint64_t key);
/* A view's `shown`: whether -u, u and K let a group pass whose row begins with a struct proc_row. */
bool proc_group_shown(const struct snapshot *s, const struct ui *ui, const void *row);

/* Whether the column is the group's name, for files; and its cell on the screen: "nginx x4". */
bool proc_group_is_name(const struct column *col);
void proc_group_name_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
			  enum style style, const struct proc_row *p);
/* "command nginx  processes 4": the first items of its detail. */
void proc_group_items(struct pen *pen, const struct ui *ui, const struct proc_row *p, const char *processes);

#endif
