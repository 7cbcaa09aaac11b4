/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What records of files grew by. Keeps the last reading of each key, (process, file) and (process,
 * filesystem, operation), until its last word (FS_F_GONE). Memory is mapped at init; nothing is
 * allocated later.
 */
#ifndef PROBETOP_FS_SUMS_H
#define PROBETOP_FS_SUMS_H

#include "fs_delta.h"
#include "fs_state.h"
#include "pool.h"

#define FS_SUMS_FILES (FS_FILES_MAX + FS_REST_MAX)
#define FS_SUMS_OPS   (FS_OPS_MAX + FS_REST_MAX)

struct fs_sums {
	struct pool files, ops;
};

typedef void (*fs_grow_fn)(void *ctx, const struct fs_delta *d);

/* Returns 0 or -ENOMEM; after an error fs_sums_fini() cleans up. */
int fs_sums_init(struct fs_sums *s);
void fs_sums_fini(struct fs_sums *s);
void fs_sums_clear(struct fs_sums *s);

/*
 * Take a record, and tell what it has more than the last of its key: nothing where it has no more, no maximum, and is
 * not the last word. A key that is new has grown by all that it has. Return false where there is no room for the key: then
 * nobody knows by how much it grew.
 */
bool fs_sums_file(struct fs_sums *s, const struct fs_file_rec *r, fs_grow_fn grow, void *ctx);
bool fs_sums_op(struct fs_sums *s, const struct fs_op_rec *r, fs_grow_fn grow, void *ctx);

#endif
