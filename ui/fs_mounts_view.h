/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / mounts, for the table of views and the alert line. */
#ifndef PROBETOP_FS_MOUNTS_VIEW_H
#define PROBETOP_FS_MOUNTS_VIEW_H

#include "view.h"

extern const struct column fs_mount_columns[];
int fs_mount_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
struct row_id fs_mount_row_id(const void *row);
bool fs_mount_shown(const struct snapshot *s, const struct ui *ui, const void *row);
enum style fs_mount_style(const struct ui *ui, const void *row);
const char *fs_mount_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			  char *buf, size_t size, size_t *ret_len);
void fs_mount_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		   const void *row, const struct column *col);
int fs_mount_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
void fs_mount_enter(struct ui *ui, const struct snapshot *s, const void *row);
bool fs_mount_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret);
void fs_mount_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
const char *fs_mount_empty(const struct snapshot *s, const struct ui *ui);

/* The words of the alert line about the mount that hangs longest; false where none does. */
bool fs_hung_alert(const struct snapshot *s, bool ascii, char *buf, size_t size);
/* Few of them before those that stand in `buf`: it goes on hanging, whatever the kernel said meanwhile. */
void fs_hung_before(const struct snapshot *s, bool ascii, char *buf, size_t size);

#endif
