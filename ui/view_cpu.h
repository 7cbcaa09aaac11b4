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

/* Parts of it that the details of threads, groups and cgroups have too. */
struct pen;
void detail_why(struct pen *p, const struct snapshot *s, const struct proc_row *row);
void detail_more(struct pen *p, const struct snapshot *s, const struct proc_row *row);
/* Whether -u, u and K let a row pass. */
bool cpu_user_shown(const struct snapshot *s, const struct ui *ui, const struct proc_row *row);
/* Whether a process or thread is in the group that was entered (group.c). */
bool group_shown(const struct snapshot *s, const struct ui *ui, const struct proc_row *row);

/* processes has three modes: processes, groups (group.c), threads (cpu_threads.c) */
extern const struct column cpu_thread_columns[], cpu_group_columns[];
extern const struct view cpu_thread_view, cpu_group_view;
extern const struct view *const cpu_process_modes[];
int cpu_process_mode(const struct ui *ui);

/* runqueue: cpu_runqueue.c */
extern const struct column cpu_runqueue_columns[];
void cpu_runqueue_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui);
void cpu_runqueue_hists(const struct snapshot *s, const struct ui *ui,
			void (*fn)(void *ctx, const char *name, const struct hist *h), void *ctx);

/* interrupts: cpu_irqs.c */
extern const struct column cpu_irq_columns[];
extern const struct view *const cpu_irq_modes[];
int cpu_irq_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
struct row_id cpu_irq_row_id(const void *row);
const char *cpu_irq_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			 char *buf, size_t size, size_t *ret_len);
void cpu_irq_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		  const void *row, const struct column *col);
int cpu_irq_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
int cpu_irq_mode(const struct ui *ui);
void cpu_irq_enter(struct ui *ui, const struct snapshot *s, const void *row);
bool cpu_irq_back(struct ui *ui);
void cpu_irq_hists(const struct snapshot *s, const struct ui *ui,
		   void (*fn)(void *ctx, const char *name, const struct hist *h), void *ctx);

#endif
