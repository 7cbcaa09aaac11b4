/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of files. The kernel tells one when a process first reads or writes a file; they are kept
 * until others need the room, since sums of a file may be looked at long after.
 */
#include <stdio.h>
#include <string.h>

#include "model.h"
#include "snap_fs_mounts.h"
#include "snap_fs_names.h"
#include "table.h"

#define REC(type, ev) ((const struct type *)(const void *)(ev))
#define NAMES_MAX     12288 /* more than there are files in the kernel's map */

struct fs_names {
	struct table names; /* struct fs_name_rec by (dev, ino) */
};

static int names_init(void *state)
{
	return table_init(&((struct fs_names *)state)->names, NAMES_MAX, sizeof(struct fs_name_rec));
}

static void names_fini(void *state)
{
	table_fini(&((struct fs_names *)state)->names);
}

static void names_clear(void *state)
{
	table_clear(&((struct fs_names *)state)->names);
}

/* A number that a new file has again comes with a new name. A file that is in use keeps its own. */
static int names_apply(void *state, const struct ev_hdr *ev)
{
	struct table *names = &((struct fs_names *)state)->names;
	const struct fs_name_rec *name = REC(fs_name_rec, ev);
	const struct fs_file_rec *file = REC(fs_file_rec, ev);
	bool new;

	if (ev->pane != PANE_FS)
		return 0;
	if (ev->kind == FS_NAME)
		memcpy(table_put(names, (struct table_key){name->dev, name->ino}, &new), name, sizeof(*name));
	else if (ev->kind == FS_FILE && file->ino)
		table_get(names, (struct table_key){file->dev, file->ino});
	return 0;
}

static void names_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	snap->fs_names = state;
}

const struct fs_name_rec *snapshot_fs_named(const struct snapshot *s, uint32_t dev, uint64_t ino)
{
	return s->fs_names ? table_peek(&s->fs_names->names, (struct table_key){dev, ino}) : NULL;
}

bool snapshot_fs_whole(const struct snapshot *s, uint32_t mnt_id, uint32_t dev, uint32_t flags, const char *path,
		       size_t path_size, char *buf, size_t size)
{
	const struct fs_mount_row *r;
	size_t len;
	bool slash;

	if (!(flags & FS_F_CUT))
		return snapshot_fs_path(s, mnt_id, dev, path, path_size, buf, size);
	r = snapshot_fs_mount(s, mnt_id);
	if (!r)
		r = snapshot_fs_main(s, dev);
	len = strnlen(path, path_size);
	/* A name that fills all of the room is the end of one that is longer. */
	slash = *path != '/' || len < path_size - 1 || memchr(path + 1, '/', len - 1);
	*buf = '\0';
	if (len)
		snprintf(buf, size, "%s/...%s%.*s", r && strcmp(r->m.point, "/") != 0 ? r->m.point : "", slash ? "/" : "",
			 (int)len - (*path == '/'), path + (*path == '/'));
	return false;
}

bool snapshot_fs_file(const struct snapshot *s, uint32_t dev, uint64_t ino, char *buf, size_t size)
{
	const struct fs_name_rec *r = snapshot_fs_named(s, dev, ino);

	*buf = '\0';
	if (!r || !*r->path)
		return false;
	return snapshot_fs_whole(s, r->mnt_id, dev, r->flags, r->path, sizeof(r->path), buf, size);
}

extern const struct model_ops fs_names_model;
const struct model_ops fs_names_model = {
	.name = "names",
	.pane = PANE_FS,
	.state_size = sizeof(struct fs_names),
	.init = names_init,
	.fini = names_fini,
	.clear = names_clear,
	.apply = names_apply,
	.publish = names_publish,
};
