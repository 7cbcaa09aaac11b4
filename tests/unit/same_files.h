/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether two snapshots say the same of files: of what was used in the window, and of mounts. */
#ifndef PROBETOP_SAME_FILES_H
#define PROBETOP_SAME_FILES_H

#include "snap_fs_caches.h"
#include "snap_fs_events.h"
#include "snap_fs_files.h"
#include "snap_fs_mounts.h"
#include "snap_fs_names.h"
#include "snap_fs_ops.h"
#include "snap_fs_procs.h"

static int next_file(const struct fs_files_snap *f, int i)
{
	while (i < f->rows_nr && f->rows[i].operations <= 0)
		i++;
	return i;
}

/* Of those that were used in the window: what was used before a jump is not known after it. */
static void same_fs_files(const struct snapshot *a, const struct snapshot *b)
{
	const struct fs_files_snap *f = a->fs_files, *g = b->fs_files;
	int i = next_file(f, 0), j = next_file(g, 0);
	char path[2][FS_PATH_MAX];

	for (; i < f->rows_nr && j < g->rows_nr; i = next_file(f, i + 1), j = next_file(g, j + 1)) {
		const struct fs_file_row *x = &f->rows[i], *y = &g->rows[j];

		assert_int_equal(x->p->pid, y->p->pid);
		assert_int_equal(x->ino, y->ino);
		assert_int_equal(x->dev, y->dev);
		assert_int_equal(x->type, y->type);
		assert_string_equal(x->fstype, y->fstype);
		assert_int_equal(x->reads, y->reads);
		assert_int_equal(x->writes, y->writes);
		assert_int_equal(x->bytes, y->bytes);
		assert_int_equal(x->errors, y->errors);
		assert_int_equal(x->ns, y->ns);
		assert_int_equal(x->p99_ns, y->p99_ns);
		assert_int_equal(x->max_ns, y->max_ns);
		assert_int_equal(snapshot_fs_file(a, x->dev, x->ino, path[0], FS_PATH_MAX),
				 snapshot_fs_file(b, y->dev, y->ino, path[1], FS_PATH_MAX));
		assert_string_equal(path[0], path[1]);
	}
	assert_int_equal(i, f->rows_nr);
	assert_int_equal(j, g->rows_nr);
}

static int next_op(const struct fs_ops_snap *o, int i)
{
	while (i < o->rows_nr && o->rows[i].sum.count <= 0)
		i++;
	return i;
}

static void same_fs_ops(const struct fs_ops_snap *a, const struct fs_ops_snap *b)
{
	int i = next_op(a, 0), j = next_op(b, 0);

	for (; i < a->rows_nr && j < b->rows_nr; i = next_op(a, i + 1), j = next_op(b, j + 1)) {
		const struct fs_op_row *x = &a->rows[i], *y = &b->rows[j];

		assert_int_equal(x->dev, y->dev);
		assert_int_equal(x->what, y->what);
		assert_string_equal(x->fstype, y->fstype);
		assert_int_equal(x->sum.count, y->sum.count);
		assert_int_equal(x->sum.bytes, y->sum.bytes);
		assert_int_equal(x->sum.ns, y->sum.ns);
		assert_int_equal(x->sum.errors, y->sum.errors);
		assert_int_equal(x->sum.enoent, y->sum.enoent);
		assert_memory_equal(&x->sum.hist, &y->sum.hist, sizeof(x->sum.hist));
		assert_int_equal(x->p99_ns, y->p99_ns);
		assert_int_equal(x->max_ns, y->max_ns);
		assert_int_equal(x->share_pct, y->share_pct);
	}
	assert_int_equal(i, a->rows_nr);
	assert_int_equal(j, b->rows_nr);
}

static int next_user(const struct fs_procs_snap *p, int i)
{
	while (i < p->rows_nr && p->rows[i].sums.operations <= 0)
		i++;
	return i;
}

static void same_fs_procs(const struct fs_procs_snap *a, const struct fs_procs_snap *b)
{
	int i = next_user(a, 0), j = next_user(b, 0);

	for (; i < a->rows_nr && j < b->rows_nr; i = next_user(a, i + 1), j = next_user(b, j + 1)) {
		const struct fs_proc_row *x = &a->rows[i], *y = &b->rows[j];

		assert_int_equal(x->p.pid, y->p.pid);
		assert_string_equal(x->p.comm, y->p.comm);
		assert_memory_equal(&x->sums, &y->sums, sizeof(x->sums)); /* all figures: they have one size */
		assert_int_equal(x->bytes, y->bytes);
		assert_int_equal(x->lat_p50_ns, y->lat_p50_ns);
		assert_int_equal(x->lat_p99_ns, y->lat_p99_ns);
		assert_int_equal(x->lat_max_ns, y->lat_max_ns);
		assert_int_equal(x->cache_hit_pct, y->cache_hit_pct);
		assert_int_equal(x->dev, y->dev);
	}
	assert_int_equal(i, a->rows_nr);
	assert_int_equal(j, b->rows_nr);
}

static void same_fs_mounts(const struct fs_mounts_snap *a, const struct fs_mounts_snap *b)
{
	assert_int_equal(a->rows_nr, b->rows_nr);
	assert_int_equal(a->hung_nr, b->hung_nr);
	assert_int_equal(a->use_pct, b->use_pct);
	assert_int_equal(a->waiters_nr, b->waiters_nr);
	for (int i = 0; i < a->rows_nr; i++) {
		const struct fs_mount_row *x = &a->rows[i], *y = &b->rows[i];

		assert_int_equal(x->m.mnt_id, y->m.mnt_id);
		assert_string_equal(x->m.point, y->m.point);
		assert_string_equal(x->m.options, y->m.options);
		assert_int_equal(x->main, y->main);
		assert_int_equal(x->state, y->state);
		assert_int_equal(x->size_bytes, y->size_bytes);
		assert_int_equal(x->used_bytes, y->used_bytes);
		assert_int_equal(x->inodes_used, y->inodes_used);
		assert_int_equal(x->hung_ns, y->hung_ns);
		assert_int_equal(x->waiters, y->waiters);
	}
}

static void same_fs_events(const struct fs_events_snap *a, const struct fs_events_snap *b)
{
	const struct fs_event_row *x = a->rows + a->new_from, *y = b->rows + b->new_from;
	int nr = a->nr - a->new_from;

	assert_int_equal(nr, b->nr - b->new_from);
	for (int i = 0; i < nr; i++) {
		size_t len[2];
		const char *path = fs_event_path(a, &x[i], &len[0]), *other = fs_event_path(b, &y[i], &len[1]);

		assert_int_equal(x[i].ts_ns, y[i].ts_ns);
		assert_int_equal(x[i].event, y[i].event);
		assert_int_equal(x[i].op, y[i].op);
		assert_int_equal(x[i].ns, y[i].ns);
		assert_int_equal(x[i].bytes, y[i].bytes);
		assert_int_equal(x[i].error, y[i].error);
		assert_int_equal(x[i].pid, y[i].pid);
		assert_int_equal(x[i].flags, y[i].flags);
		assert_int_equal(len[0], len[1]);
		assert_memory_equal(path, other, len[0]);
	}
}

static void same_fs_caches(const struct fs_caches_snap *a, const struct fs_caches_snap *b)
{
	assert_int_equal(a->access_status.state, b->access_status.state);
	assert_int_equal(a->lookup_status.state, b->lookup_status.state);
	assert_true(a->rows_nr > 0 && b->rows_nr > 0);
	assert_memory_equal(&a->rows[0].pages, &b->rows[0].pages, sizeof(a->rows[0].pages));
	assert_memory_equal(&a->rows[0].machine, &b->rows[0].machine, sizeof(a->rows[0].machine));
	assert_memory_equal(&a->ages, &b->ages, sizeof(a->ages));
}

static void same_files(const struct snapshot *a, const struct snapshot *b)
{
	same_fs_mounts(a->fs_mounts, b->fs_mounts);
	same_fs_files(a, b);
	same_fs_ops(a->fs_ops, b->fs_ops);
	same_fs_procs(a->fs_procs, b->fs_procs);
	same_fs_events(a->fs_events, b->fs_events);
	same_fs_caches(a->fs_caches, b->fs_caches);
}

#endif
