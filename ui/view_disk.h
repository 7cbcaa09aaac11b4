/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Disk pane's views, one file each; view_disk.c joins them. */
#ifndef PROBETOP_VIEW_DISK_H
#define PROBETOP_VIEW_DISK_H

#include "snap_disk.h"
#include "view.h"

/* processes: disk_processes.c (mode 0), disk_groups.c (mode 1, proc_groups.h); its columns: disk_process_columns.c */
extern const struct column disk_process_columns[], disk_group_columns[];
extern const struct view *const disk_process_modes[];
int disk_process_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
bool disk_process_shown(const struct snapshot *s, const struct ui *ui, const void *row);
const char *disk_process_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			      char *buf, size_t size, size_t *ret_len);
void disk_process_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		       const void *row, const struct column *col);
int disk_process_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
const char *disk_process_empty(const struct snapshot *s, const struct ui *ui);

/* Parts of it that groups (disk_groups.c) have too: a cell (false where it is none of them), what it waits for, latencies. */
struct disk_proc_row;
struct pen;
bool disk_process_common_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, enum style style,
			      const struct disk_proc_row *r, const struct column *col);
void disk_process_waits(struct pen *p, const struct snapshot *s, const struct disk_proc_row *r);
void disk_process_latency(struct pen *p, const struct disk_proc_row *r);

/* disk_devices.c: into a device, out of it; whether a row of that device is to be shown. */
void disk_dev_enter(struct ui *ui, uint32_t dev, const char *name);
bool disk_dev_leave(struct ui *ui);
bool disk_dev_shown(const struct ui *ui, uint32_t dev);

extern const struct column disk_device_columns[];
int disk_device_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
int disk_device_parent(const struct ui *ui, const void *row);
struct row_id disk_device_row_id(const void *row);
bool disk_device_shown(const struct snapshot *s, const struct ui *ui, const void *row);
enum style disk_device_style(const struct ui *ui, const void *row);
const char *disk_device_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			     char *buf, size_t size, size_t *ret_len);
void disk_device_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		      const void *row, const struct column *col);
int disk_device_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void disk_device_enter(struct ui *ui, const struct snapshot *s, const void *row);
bool disk_device_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret);
void disk_device_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
void disk_device_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx);
const char *disk_device_empty(const struct snapshot *s, const struct ui *ui);

/* disk_trace.c: what a view with DEMAND_TRACE or DEMAND_STAGES is to trace; 0: nothing. */
void disk_trace(const struct ui *ui, uint32_t *ret_tgid, uint32_t *ret_dev);
/* "tracing dd (812)": what the snapshot's records say; false where nothing is traced. */
bool disk_trace_text(const struct snapshot *s, const struct ui *ui, bool ascii, char *buf, size_t size);

/* stages: disk_stages.c, by device (mode 0) or CPU, and requests; its columns: disk_stages_columns.c */
extern const struct column disk_stage_columns[];
extern const struct view *const disk_stage_modes[];
int disk_stage_mode(const struct ui *ui);
int disk_stage_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
struct row_id disk_stage_row_id(const void *row);
const char *disk_stage_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len);
int disk_stage_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void disk_stage_enter(struct ui *ui, const struct snapshot *s, const void *row);
bool disk_stage_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret);
void disk_stage_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
const char *disk_stage_empty(const struct snapshot *s, const struct ui *ui);
void disk_stage_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx);

/* What the letters of rwbs mean, for help. */
#define DISK_RWBS_HELP \
	"R read, W write, D discard, F flush, N other; before these F: the device's cache is flushed first; after them " \
	"E secure erase, F written through the cache (FUA), A readahead, S somebody waits for it, M metadata"

/*
 * latency: disk_latency.c (histograms), disk_subject.c (of which requests), disk_choices.c (keys, menu, files),
 * disk_bucket.c (who is in a bucket), disk_flags.c (a table by flags)
 */
enum { LATENCY_HISTS, LATENCY_BUCKET, LATENCY_FLAGS };
int disk_latency_mode(const struct ui *ui);
void disk_latency_update(struct ui *ui, const struct snapshot *s);
void disk_latency_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui);
bool disk_latency_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret);
void disk_latency_enter(struct ui *ui, const struct snapshot *s, const void *row);
bool disk_latency_back(struct ui *ui);
void disk_latency_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
void disk_latency_choices(struct ui *ui, const struct snapshot *s);
void disk_latency_choose(struct ui *ui, int64_t value, const char *text);
void disk_latency_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx);
extern const struct column disk_bucket_columns[];
int disk_bucket_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
const char *disk_bucket_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			     char *buf, size_t size, size_t *ret_len);
int disk_bucket_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void disk_bucket_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
extern const struct column disk_flags_columns[];
int disk_flags_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
struct row_id disk_flags_row_id(const void *row);
bool disk_flags_shown(const struct snapshot *s, const struct ui *ui, const void *row);
const char *disk_flags_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len);
int disk_flags_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void disk_flags_enter(struct ui *ui, const struct snapshot *s, const void *row);
const char *disk_flags_empty(const struct snapshot *s, const struct ui *ui);

/* events: disk_events.c */
extern const struct column disk_event_columns[];
extern const struct log_spec disk_event_log;
int disk_event_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
int disk_event_rows_file(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
uint64_t disk_event_omitted(const struct snapshot *s);
struct row_id disk_event_row_id(const void *row);
bool disk_event_shown(const struct snapshot *s, const struct ui *ui, const void *row);
enum style disk_event_style(const struct ui *ui, const void *row);
const char *disk_event_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len);
void disk_event_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		     const void *row, const struct column *col);
int disk_event_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void disk_event_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
void disk_event_enter(struct ui *ui, const struct snapshot *s, const void *row);
const char *disk_event_empty(const struct snapshot *s, const struct ui *ui);

#endif
