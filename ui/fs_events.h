/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / events: what its rows (fs_events.c) and their words (fs_events_detail.c) share, and the view. */
#ifndef PROBETOP_FS_EVENTS_H
#define PROBETOP_FS_EVENTS_H

#include "logview.h"
#include "snap_fs_events.h"
#include "view.h"

#define FS_EVENT_LINE_MAX 1400 /* a path, or a call with its arguments, raw */

/* fs_events.c */
extern const struct column fs_event_columns[];
extern const struct log_spec fs_event_log;
int fs_event_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
int fs_event_rows_file(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
uint64_t fs_event_omitted(const struct snapshot *s);
struct row_id fs_event_row_id(const void *row);
bool fs_event_shown(const struct snapshot *s, const struct ui *ui, const void *row);
enum style fs_event_style(const struct ui *ui, const void *row);
const char *fs_event_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			  char *buf, size_t size, size_t *ret_len);
void fs_event_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		   const void *row, const struct column *col);
void fs_event_enter(struct ui *ui, const struct snapshot *s, const void *row);

/* fs_events_detail.c */
int fs_event_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void fs_event_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
const char *fs_event_empty(const struct snapshot *s, const struct ui *ui);

/* What both need: the name of the call; its flags and result in words; R W O + C D > F t m u, or '.'; who did it. */
const char *fs_event_call(const struct snapshot *s, const struct fs_event_row *r);
size_t fs_event_flags(const struct snapshot *s, const struct fs_event_row *r, char *buf, size_t size);
const char *fs_event_result(const struct fs_event_row *r, char *buf, size_t size);
/* mount("/dev/vdb", "/srv", "ext4", MS_NOATIME) = 0 */
void fs_event_mount_call(const struct snapshot *s, const struct fs_event_row *r, char *buf, size_t size);
char fs_event_row_letter(const struct fs_event_row *r);
struct log_subject fs_event_subject(const struct fs_event_row *r);
const struct fig_status *fs_event_status(const struct snapshot *s);

/* The first and the second path of an event, raw, and what they are. */
enum fs_whole { FS_AS_GIVEN, FS_WHOLE, FS_PART };
/* What stands before the first one on the screen: "~", "...", "". */
const char *fs_event_path_mark(const struct fs_event_row *r, enum fs_whole whole, const char *path);
enum fs_whole fs_event_path2_text(const struct snapshot *s, const struct fs_event_row *r, char *buf, size_t size);
enum fs_whole fs_event_path_text(const struct snapshot *s, const struct fs_event_row *r, char *buf, size_t size);

#endif
