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

/* cgroups: cpu_cgroups.c */
extern const struct column cpu_cgroup_columns[];
int cpu_cgroup_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
struct row_id cpu_cgroup_row_id(const void *row);
bool cpu_cgroup_shown(const struct snapshot *s, const struct ui *ui, const void *row);
const char *cpu_cgroup_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len);
void cpu_cgroup_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		     const void *row, const struct column *col);
int cpu_cgroup_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void cpu_cgroup_enter(struct ui *ui, const struct snapshot *s, const void *row);

/* cpus: cpu_cpus.c, a table (mode 0); cpu_map.c, a map (mode 1) */
extern const struct column cpu_cpus_columns[];
int cpu_cpus_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
struct row_id cpu_cpus_row_id(const void *row);
const char *cpu_cpus_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			  char *buf, size_t size, size_t *ret_len);
void cpu_cpus_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		   const void *row, const struct column *col);
int cpu_cpus_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
/* Lines about one CPU: its figures, and the processes that were seen there last. */
void cpu_figures_line(struct canvas *c, int y, const struct snapshot *s, const struct cpu_row *row);
void cpu_procs_line(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui, const struct cpu_row *row);
int cpu_cpus_mode(const struct ui *ui);
void cpu_cpus_enter(struct ui *ui, const struct snapshot *s, const void *row);
bool cpu_cpus_back(struct ui *ui);
void cpu_map_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui);
void cpu_map_enter(struct ui *ui, const struct snapshot *s, const void *row);
bool cpu_map_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret);

/* runqueue: cpu_runqueue.c (mode 0), cpu_bucket.c (mode 1: who is in the bucket) */
extern const struct column cpu_runqueue_columns[];
void cpu_runqueue_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui);
bool cpu_runqueue_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret);
int cpu_runqueue_mode(const struct ui *ui);
void cpu_runqueue_enter(struct ui *ui, const struct snapshot *s, const void *row);
bool cpu_runqueue_back(struct ui *ui);
void cpu_runqueue_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
void cpu_runqueue_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx);
extern const struct column cpu_bucket_columns[];
int cpu_bucket_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
const char *cpu_bucket_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len);
int cpu_bucket_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui,
		      const void *row);

/* syscalls: cpu_calls.c; columns of its modes: cpu_calls_columns.c */
extern const struct column cpu_calls_columns[], cpu_calls_process_columns[], cpu_calls_of_process_columns[],
	cpu_calls_of_name_columns[];
extern const struct view *const cpu_calls_modes[];
int cpu_calls_mode(const struct ui *ui);
int cpu_calls_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
struct row_id cpu_calls_row_id(const void *row);
enum style cpu_calls_style(const struct ui *ui, const void *row);
const char *cpu_calls_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			   char *buf, size_t size, size_t *ret_len);
void cpu_calls_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		    const void *row, const struct column *col);
int cpu_calls_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void cpu_calls_enter(struct ui *ui, const struct snapshot *s, const void *row);
bool cpu_calls_back(struct ui *ui);
bool cpu_calls_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret);
void cpu_calls_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
void cpu_calls_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
const char *cpu_calls_empty(const struct snapshot *s, const struct ui *ui);
void cpu_calls_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx);

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
void cpu_irq_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx);

/* events: cpu_events.c */
extern const struct column cpu_event_columns[];
extern const struct log_spec cpu_event_log;
int cpu_event_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
int cpu_event_rows_file(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
uint64_t cpu_event_omitted(const struct snapshot *s);
struct row_id cpu_event_row_id(const void *row);
bool cpu_event_shown(const struct snapshot *s, const struct ui *ui, const void *row);
enum style cpu_event_style(const struct ui *ui, const void *row);
const char *cpu_event_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			   char *buf, size_t size, size_t *ret_len);
void cpu_event_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		    const void *row, const struct column *col);
int cpu_event_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void cpu_event_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
void cpu_event_enter(struct ui *ui, const struct snapshot *s, const void *row);
const char *cpu_event_empty(const struct snapshot *s, const struct ui *ui);

#endif
