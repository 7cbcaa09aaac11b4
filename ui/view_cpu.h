/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CPU pane's views, one file each; view_cpu.c joins them. */
#ifndef PROBETOP_VIEW_CPU_H
#define PROBETOP_VIEW_CPU_H

#include "view.h"

/* processes: cpu_processes.c; its columns: cpu_columns.c */
extern const struct column cpu_process_columns[];
bool cpu_process_shown(const struct snapshot *s, const struct ui *ui, const void *row);
enum style cpu_process_style(const struct ui *ui, const void *row);
const char *cpu_process_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			     char *buf, size_t size, size_t *ret_len);
void cpu_process_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		      const void *row, const struct column *col);
int cpu_process_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui,
		       const void *row);

/* runqueue: cpu_runqueue.c */
extern const struct column cpu_runqueue_columns[];
void cpu_runqueue_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui);
void cpu_runqueue_hists(const struct snapshot *s, const struct ui *ui,
			void (*fn)(void *ctx, const char *name, const struct hist *h), void *ctx);

#endif
