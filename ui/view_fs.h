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

/* processes: fs_processes.c (mode 0), fs_groups.c (mode 1, proc_groups.h); its columns: fs_process_columns.c */
extern const struct column fs_process_columns[], fs_group_columns[];
extern const struct view *const fs_process_modes[];
int fs_process_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
bool fs_process_shown(const struct snapshot *s, const struct ui *ui, const void *row);
const char *fs_process_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len);
void fs_process_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		     const void *row, const struct column *col);
int fs_process_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void fs_process_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
const char *fs_process_empty(const struct snapshot *s, const struct ui *ui);

/* files: fs_files.c; its columns: fs_files_columns.c */
extern const struct column fs_file_columns[];
int fs_file_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
struct row_id fs_file_row_id(const void *row);
bool fs_file_shown(const struct snapshot *s, const struct ui *ui, const void *row);
enum style fs_file_style(const struct ui *ui, const void *row);
const char *fs_file_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			 char *buf, size_t size, size_t *ret_len);
void fs_file_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		  const void *row, const struct column *col);
int fs_file_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void fs_file_enter(struct ui *ui, const struct snapshot *s, const void *row);
void fs_file_choices(struct ui *ui, const struct snapshot *s);
void fs_file_choose(struct ui *ui, int64_t value, const char *text);
void fs_file_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
void fs_file_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
const char *fs_file_empty(const struct snapshot *s, const struct ui *ui);

/* operations: fs_operations.c */
extern const struct column fs_operation_columns[];
int fs_operation_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
struct row_id fs_operation_row_id(const void *row);
bool fs_operation_shown(const struct snapshot *s, const struct ui *ui, const void *row);
const char *fs_operation_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			      char *buf, size_t size, size_t *ret_len);
enum style fs_operation_style(const struct ui *ui, const void *row);
int fs_operation_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void fs_operation_enter(struct ui *ui, const struct snapshot *s, const void *row);
const char *fs_operation_empty(const struct snapshot *s, const struct ui *ui);
void fs_operation_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx);

/*
 * latency: fs_latency.c (histograms), fs_of.c (of which operations), fs_choices.c (keys, menu, files), fs_bucket.c (who
 * is in a bucket), fs_table.c (a table by filesystem)
 */
enum { FS_LATENCY_HISTS, FS_LATENCY_BUCKET, FS_LATENCY_TABLE };
int fs_latency_mode(const struct ui *ui);
void fs_latency_update(struct ui *ui, const struct snapshot *s);
void fs_latency_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui);
bool fs_latency_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret);
void fs_latency_enter(struct ui *ui, const struct snapshot *s, const void *row);
/* Goes there, to one operation (fs_what()), from view number `from`. */
void fs_latency_show(struct ui *ui, unsigned what, int from);
bool fs_latency_back(struct ui *ui);
void fs_latency_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
void fs_latency_choices(struct ui *ui, const struct snapshot *s);
void fs_latency_choose(struct ui *ui, int64_t value, const char *text);
void fs_latency_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx);
extern const struct column fs_bucket_columns[];
int fs_bucket_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
const char *fs_bucket_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			   char *buf, size_t size, size_t *ret_len);
int fs_bucket_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
extern const struct column fs_table_columns[];
int fs_table_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
struct row_id fs_table_row_id(const void *row);
bool fs_table_shown(const struct snapshot *s, const struct ui *ui, const void *row);
const char *fs_table_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			  char *buf, size_t size, size_t *ret_len);
void fs_table_enter(struct ui *ui, const struct snapshot *s, const void *row);
const char *fs_table_empty(const struct snapshot *s, const struct ui *ui);

#endif
