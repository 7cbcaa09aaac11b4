/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / caches: fs_caches.c (rows, detail, ways to look), fs_caches_top.c (the machine), fs_caches_columns.c. */
#ifndef PROBETOP_FS_CACHES_UI_H
#define PROBETOP_FS_CACHES_UI_H

#include "snap_fs_caches.h"
#include "view.h"

enum { FS_CACHES_TABLE, FS_CACHES_AGES };

extern const struct column fs_cache_columns[];
int fs_cache_mode(const struct ui *ui);
int fs_cache_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
int fs_cache_rows_file(const struct snapshot *s, const struct ui *ui, const void **ret_rows);
bool fs_cache_shown(const struct snapshot *s, const struct ui *ui, const void *row);
const char *fs_cache_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			  char *buf, size_t size, size_t *ret_len);
void fs_cache_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		   const void *row, const struct column *col);
int fs_cache_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row);
int fs_cache_top(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui);
void fs_cache_ages_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui);
bool fs_cache_back(struct ui *ui);
void fs_cache_choices(struct ui *ui, const struct snapshot *s);
void fs_cache_choose(struct ui *ui, int64_t value, const char *text);
void fs_cache_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
void fs_cache_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size);
const char *fs_cache_empty(const struct snapshot *s, const struct ui *ui);
void fs_cache_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx);

#endif
