/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts: each as it was told last, with the last answer about its use. They are ordered, and looked
 * up by filesystem, in arrays that are made anew when a mount has come, gone or changed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "snap_fs_mounts.h"
#include "syscalls.h"
#include "table.h"

#define REC(type, ev) ((const struct type *)(const void *)(ev))

struct mount_entry {
	struct fs_mount_rec m;
	struct fs_usage_rec usage; /* h.size 0: none */
};

struct fs_mounts {
	struct table table; /* by mnt_id */
	bool stale;	    /* order and by_dev are to be made anew */
	int nr;
	struct mount_entry *order[FS_MOUNTS_MAX]; /* as the rows */
	int by_dev[FS_MOUNTS_MAX];		  /* rows, by filesystem, the one that names it first */
	int by_id[FS_MOUNTS_MAX];		  /* rows, by mnt_id */
	struct fs_mount_row rows[FS_MOUNTS_MAX];
	/* those told since the last tick; those that were told before it */
	struct fs_waiter_rec coming[FS_WAITING_MAX], waiters[FS_WAITING_MAX];
	int coming_nr, waiters_nr;
	struct fs_mounts_snap snap;
};

static int mounts_init(void *state)
{
	return table_init(&((struct fs_mounts *)state)->table, FS_MOUNTS_MAX, sizeof(struct mount_entry));
}

static void mounts_fini(void *state)
{
	table_fini(&((struct fs_mounts *)state)->table);
}

static void mounts_clear(void *state)
{
	struct fs_mounts *f = state;

	table_clear(&f->table);
	f->nr = f->coming_nr = f->waiters_nr = 0;
	f->stale = true;
}

static struct table_key key_of(uint32_t mnt_id)
{
	return (struct table_key){.a = mnt_id};
}

/* Another mount under an old number: what was said of the old one is void. */
static bool is_same(const struct fs_mount_rec *a, const struct fs_mount_rec *b)
{
	return a->dev == b->dev && !strcmp(a->point, b->point) && !strcmp(a->root, b->root);
}

static void on_mount(struct fs_mounts *f, const struct fs_mount_rec *r)
{
	struct mount_entry *e;
	bool new;

	f->stale = true;
	if (r->flags & FS_MOUNT_F_GONE) {
		table_del(&f->table, key_of(r->mnt_id));
		return;
	}
	e = table_put(&f->table, key_of(r->mnt_id), &new);
	if (!new && !is_same(&e->m, r))
		e->usage.h.size = 0;
	e->m = *r;
}

static void on_usage(struct fs_mounts *f, const struct fs_usage_rec *r)
{
	struct mount_entry *e = table_get(&f->table, key_of(r->mnt_id));

	if (e && e->m.dev == r->dev)
		e->usage = *r;
}

static int mounts_apply(void *state, const struct ev_hdr *ev)
{
	struct fs_mounts *f = state;

	if (ev->pane == PANE_CORE) { /* a tick */
		memcpy(f->waiters, f->coming, (size_t)f->coming_nr * sizeof(f->coming[0]));
		f->waiters_nr = f->coming_nr;
		f->coming_nr = 0;
		return 0;
	}
	if (ev->kind == FS_MOUNT)
		on_mount(f, REC(fs_mount_rec, ev));
	else if (ev->kind == FS_USAGE)
		on_usage(f, REC(fs_usage_rec, ev));
	else if (ev->kind == FS_WAITER && f->coming_nr < FS_WAITING_MAX)
		f->coming[f->coming_nr++] = *REC(fs_waiter_rec, ev);
	return 0;
}

/* ---- the order ---- */

/* Path by path, so that what is mounted below follows: "/a/b" before "/a-b". */
static int compare_points(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	if (*a == *b)
		return 0;
	if (!*a || !*b)
		return *a ? 1 : -1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

/* On one point that which lies on top comes last: it came later, and mostly has the higher number. */
static int compare_mounts(const void *a, const void *b)
{
	const struct mount_entry *x = *(struct mount_entry *const *)a, *y = *(struct mount_entry *const *)b;
	int diff = compare_points(x->m.point, y->m.point);

	if (!diff)
		diff = (y->m.flags & FS_MOUNT_F_HIDDEN) - (x->m.flags & FS_MOUNT_F_HIDDEN);
	return diff ? diff : compare_numbers(x->m.mnt_id, y->m.mnt_id);
}

/* What names a filesystem: the whole of it before a part of it, then the shorter mount point. */
static int compare_devs(const void *a, const void *b, void *ctx)
{
	const struct fs_mount_row *rows = ctx, *x = &rows[*(const int *)a], *y = &rows[*(const int *)b];
	int diff = compare_numbers(x->m.dev, y->m.dev);

	if (!diff)
		diff = !!(x->m.flags & FS_MOUNT_F_HIDDEN) - !!(y->m.flags & FS_MOUNT_F_HIDDEN);
	if (!diff)
		diff = (strcmp(x->m.root, "/") != 0) - (strcmp(y->m.root, "/") != 0);
	if (!diff)
		diff = (int)strlen(x->m.point) - (int)strlen(y->m.point);
	return diff ? diff : *(const int *)a - *(const int *)b;
}

static int compare_ids(const void *a, const void *b, void *ctx)
{
	const struct fs_mount_row *rows = ctx;

	return compare_numbers(rows[*(const int *)a].m.mnt_id, rows[*(const int *)b].m.mnt_id);
}

/* The first place in `index` whose row is not below (dev or mnt_id) `value`. */
static int lower_bound(const struct fs_mounts *f, const int *index, bool by_dev, uint32_t value)
{
	int from = 0, to = f->nr;

	while (from < to) {
		int mid = (from + to) / 2;
		const struct fs_mount_rec *m = &f->rows[index[mid]].m;

		if ((by_dev ? m->dev : m->mnt_id) < value)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static const struct fs_mount_row *row_of_id(const struct fs_mounts *f, uint32_t mnt_id)
{
	int at = lower_bound(f, f->by_id, false, mnt_id);

	return at < f->nr && f->rows[f->by_id[at]].m.mnt_id == mnt_id ? &f->rows[f->by_id[at]] : NULL;
}

static void make_order(struct fs_mounts *f)
{
	uint32_t cursor = 0;
	struct mount_entry *e;

	f->nr = 0;
	while ((e = table_next(&f->table, &cursor, NULL)))
		f->order[f->nr++] = e;
	qsort(f->order, (size_t)f->nr, sizeof(f->order[0]), compare_mounts);
	for (int i = 0; i < f->nr; i++) {
		f->rows[i] = (struct fs_mount_row){.m = f->order[i]->m, .place = i};
		f->by_dev[i] = f->by_id[i] = i;
	}
	qsort_r(f->by_dev, (size_t)f->nr, sizeof(f->by_dev[0]), compare_devs, f->rows);
	qsort_r(f->by_id, (size_t)f->nr, sizeof(f->by_id[0]), compare_ids, f->rows);
	for (int i = 0; i < f->nr; i++) {
		struct fs_mount_row *r = &f->rows[i], *first = &f->rows[f->by_dev[i]];
		const struct fs_mount_row *above = row_of_id(f, r->m.parent);

		r->above = above && above != r ? (int)(above - f->rows) : -1;
		first->main = !(first->m.flags & FS_MOUNT_F_HIDDEN) &&
			      (i == 0 || f->rows[f->by_dev[i - 1]].m.dev != first->m.dev);
	}
	f->stale = false;
}

/* ---- rows ---- */

static int64_t figure(uint64_t value)
{
	return value > INT64_MAX ? FIG_UNKNOWN : (int64_t)value;
}

static int64_t difference(uint64_t a, uint64_t b)
{
	return a > INT64_MAX || b > a ? FIG_UNKNOWN : (int64_t)(a - b);
}

/* Thousandths of a per cent, rounded up as df does: what it tells is this, rounded up again. */
static int64_t share(int64_t part, int64_t rest)
{
	unsigned __int128 all = (unsigned __int128)part + (unsigned __int128)rest;

	if (part < 0 || rest < 0 || !all)
		return FIG_UNKNOWN;
	return (int64_t)(((unsigned __int128)part * 100000 + all - 1) / all);
}

static void fill_usage(struct fs_mount_row *r, const struct fs_usage_rec *u)
{
	bool known = u->state == FS_USAGE_OK;

	r->size_bytes = known ? figure(u->total_bytes) : FIG_UNKNOWN;
	r->free_bytes = known ? figure(u->free_bytes) : FIG_UNKNOWN;
	r->avail_bytes = known ? figure(u->avail_bytes) : FIG_UNKNOWN;
	r->used_bytes = known ? difference(u->total_bytes, u->free_bytes) : FIG_UNKNOWN;
	r->use_pct = share(r->used_bytes, r->avail_bytes);
	/* Filesystems that make inodes as they need them say 0. */
	known = known && u->inodes;
	r->inodes = known ? figure(u->inodes) : FIG_UNKNOWN;
	r->inodes_free = known ? figure(u->inodes_free) : FIG_UNKNOWN;
	r->inodes_used = known ? difference(u->inodes, u->inodes_free) : FIG_UNKNOWN;
	r->inode_use_pct = share(r->inodes_used, r->inodes_free);
}

static int64_t age(uint64_t since_ns, uint64_t now_ns)
{
	return now_ns > since_ns ? figure(now_ns - since_ns) : 0;
}

static void fill_row(struct fs_mount_row *r, const struct fs_usage_rec *u, uint64_t now_ns)
{
	static const struct fs_usage_rec unasked = {.state = FS_USAGE_ERROR};

	r->asked = u->h.size != 0;
	fill_usage(r, r->asked ? u : &unasked);
	r->state = r->asked ? u->state : FS_USAGE_OK;
	r->error = r->asked && u->state == FS_USAGE_ERROR ? u->error : 0;
	r->age_ns = r->asked ? age(u->asked_ns, now_ns) : FIG_UNKNOWN;
	r->hung_ns = r->asked && u->state == FS_USAGE_HUNG ? age(u->asked_ns, now_ns) : 0;
	r->waiters = 0;
	r->mnt_id = r->m.mnt_id;
	r->parent_id = r->m.parent;
	r->major = FS_MAJOR(r->m.dev);
	r->minor = FS_MINOR(r->m.dev);
}

/* Of what cannot be written to it says nothing that it is full. */
static void note_row(struct fs_mounts_snap *snap, const struct fs_mount_row *r)
{
	if (r->hung_ns > 0 && (!snap->hung || r->hung_ns > snap->hung->hung_ns))
		snap->hung = r;
	snap->hung_nr += r->hung_ns > 0;
	if (r->m.flags & (FS_MOUNT_F_READ_ONLY | FS_MOUNT_F_HIDDEN))
		return;
	if (r->use_pct > snap->use_pct)
		snap->use_pct = r->use_pct;
	if (r->inode_use_pct > snap->inode_use_pct)
		snap->inode_use_pct = r->inode_use_pct;
}

static int compare_waiters(const void *a, const void *b)
{
	const struct fs_waiter_rec *x = a, *y = b;
	int diff = compare_numbers(x->mnt_id, y->mnt_id);

	if (!diff)
		diff = compare_numbers(x->tgid, y->tgid);
	return diff ? diff : compare_numbers(x->pid, y->pid);
}

static void publish_waiters(struct fs_mounts *f)
{
	qsort(f->waiters, (size_t)f->waiters_nr, sizeof(f->waiters[0]), compare_waiters);
	for (int i = 0; i < f->waiters_nr; i++) {
		struct fs_mount_row *r = (struct fs_mount_row *)row_of_id(f, f->waiters[i].mnt_id);

		if (r)
			r->waiters++;
	}
	f->snap.waiters = f->waiters;
	f->snap.waiters_nr = f->waiters_nr;
}

static void mounts_publish(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap)
{
	struct fs_mounts *f = state;

	if (f->stale)
		make_order(f);
	f->snap = (struct fs_mounts_snap){
		.rows = f->rows, .rows_nr = f->nr, .use_pct = FIG_UNKNOWN, .inode_use_pct = FIG_UNKNOWN, .of = f,
	};
	for (int i = 0; i < f->nr; i++) {
		fill_row(&f->rows[i], &f->order[i]->usage, tick->h.ts_ns);
		note_row(&f->snap, &f->rows[i]);
	}
	publish_waiters(f);
	snap->fs_mounts = &f->snap;
}

/* ---- look-ups ---- */

const struct fs_mount_row *snapshot_fs_mount(const struct snapshot *s, uint32_t mnt_id)
{
	return s->fs_mounts && mnt_id ? row_of_id(s->fs_mounts->of, mnt_id) : NULL;
}

/* The first of a filesystem's mounts in by_dev, and how many of them there are. */
static int mounts_of(const struct fs_mounts *f, uint32_t dev, int *ret_nr)
{
	int at = lower_bound(f, f->by_dev, true, dev), nr = 0;

	while (at + nr < f->nr && f->rows[f->by_dev[at + nr]].m.dev == dev)
		nr++;
	*ret_nr = nr;
	return at;
}

const struct fs_mount_row *snapshot_fs_main(const struct snapshot *s, uint32_t dev)
{
	const struct fs_mounts *f = s->fs_mounts ? s->fs_mounts->of : NULL;
	int nr = 0, at = f && dev ? mounts_of(f, dev, &nr) : 0;

	return nr ? &f->rows[f->by_dev[at]] : NULL;
}

const char *snapshot_fs_name(const struct snapshot *s, uint32_t dev, char *buf, size_t size)
{
	const struct fs_mount_row *r = snapshot_fs_main(s, dev);

	if (r && *r->m.point)
		snprintf(buf, size, "%s", r->m.point);
	else
		snprintf(buf, size, "%u:%u", FS_MAJOR(dev), FS_MINOR(dev));
	return buf;
}

const char *snapshot_fs_type(const struct snapshot *s, uint32_t dev)
{
	const struct fs_mount_row *r = snapshot_fs_main(s, dev);

	return r ? r->m.fstype : "";
}

/* What of `path` lies below `root`, beginning with a slash or empty; NULL: it does not lie there. */
static const char *below(const char *root, const char *path)
{
	size_t len = strlen(root);

	if (!strcmp(root, "/"))
		return path;
	return !strncmp(root, path, len) && (path[len] == '/' || !path[len]) ? path + len : NULL;
}

/* The mount of the filesystem through which the path can be seen, that which names it first; NULL. */
static const struct fs_mount_row *seen_through(const struct fs_mounts *f, uint32_t dev, const char *path)
{
	int nr, at = mounts_of(f, dev, &nr);

	for (int i = at; i < at + nr; i++)
		if (below(f->rows[f->by_dev[i]].m.root, path))
			return &f->rows[f->by_dev[i]];
	return NULL;
}

bool snapshot_fs_path(const struct snapshot *s, uint32_t mnt_id, uint32_t dev, const char *path, size_t path_size,
		      char *buf, size_t size)
{
	const struct fs_mount_row *r = snapshot_fs_mount(s, mnt_id);
	bool known = r && (!dev || r->m.dev == dev);
	char inner[FS_NAME_BYTES + 1];
	const char *rest;

	snprintf(inner, sizeof(inner), "%.*s", (int)strnlen(path, path_size), path);
	known = known && below(r->m.root, inner);
	/* Another namespace's, or (mnt_id 0) a kernel that does not tell: any mount of it will do. */
	if (!known)
		r = s->fs_mounts && dev ? seen_through(s->fs_mounts->of, dev, inner) : NULL;
	if (!r) {
		snprintf(buf, size, "%s", inner);
		return false;
	}
	rest = below(r->m.root, inner);
	if (!strcmp(r->m.point, "/"))
		snprintf(buf, size, "%s", *rest ? rest : "/");
	else
		snprintf(buf, size, "%s%s", r->m.point, strcmp(rest, "/") != 0 ? rest : "");
	return known || !mnt_id;
}

int snapshot_fs_waiters(const struct snapshot *s, uint32_t mnt_id, const struct fs_waiter_rec **ret)
{
	const struct fs_mounts_snap *m = s->fs_mounts;
	int from = 0, nr = 0;

	while (m && from < m->waiters_nr && m->waiters[from].mnt_id != mnt_id)
		from++;
	while (m && from + nr < m->waiters_nr && m->waiters[from + nr].mnt_id == mnt_id)
		nr++;
	*ret = nr ? &m->waiters[from] : NULL;
	return nr;
}

const char *fs_mount_state(const struct fs_mount_row *row, char *buf, size_t size)
{
	const char *name = row->error ? errno_name((uint32_t)row->error) : NULL;

	*buf = '\0';
	if (row->m.flags & FS_MOUNT_F_HIDDEN)
		snprintf(buf, size, "hidden");
	else if (row->state == FS_USAGE_HUNG)
		snprintf(buf, size, "HUNG");
	else if (name)
		snprintf(buf, size, "%s", name);
	else if (row->error)
		snprintf(buf, size, "error %d", row->error);
	else if (row->asked)
		snprintf(buf, size, "ok");
	return buf;
}

extern const struct model_ops fs_mounts_model;
const struct model_ops fs_mounts_model = {
	.name = "mounts",
	.pane = PANE_FS,
	.state_size = sizeof(struct fs_mounts),
	.init = mounts_init,
	.fini = mounts_fini,
	.clear = mounts_clear,
	.apply = mounts_apply,
	.publish = mounts_publish,
};
