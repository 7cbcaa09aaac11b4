/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds of files and filesystems in every snapshot, whatever records made it. */
#ifndef PROBETOP_SNAP_CHECK_FS_H
#define PROBETOP_SNAP_CHECK_FS_H

#include "snap_check.h"
#include "snap_fs_caches.h"
#include "snap_fs_events.h"
#include "snap_fs_files.h"
#include "snap_fs_mounts.h"
#include "snap_fs_names.h"
#include "snap_fs_ops.h"
#include "snap_fs_procs.h"

static const uint32_t fs_devs[] = {FS_ALL, 8 << 20, 254 << 20, UINT32_MAX};

static void check_fs_file(const struct snapshot *s, const struct fs_file_row *row)
{
	char path[FS_PATH_MAX];

	require(memchr(row->p->comm, 0, sizeof(row->p->comm)) != NULL);
	require(memchr(row->fstype, 0, sizeof(row->fstype)) != NULL);
	require(row->type < FS_T_NR);
	check_figure(row->reads);
	check_figure(row->writes);
	check_figure(row->operations);
	check_figure(row->read_bytes);
	check_figure(row->write_bytes);
	check_figure(row->bytes);
	check_figure(row->errors);
	check_figure(row->ns);
	check_percentiles(row->p50_ns, row->p99_ns, row->max_ns);
	snapshot_fs_file(s, row->dev, row->ino, path, sizeof(path));
	require(memchr(path, 0, sizeof(path)) != NULL);
}

static void check_fs_files(const struct snapshot *s)
{
	const struct fs_files_snap *f = s->fs_files;
	const struct fs_file_row *rows;
	int of_all = 0;

	if (!f)
		return;
	for (int i = 0; i < f->rows_nr; i++)
		check_fs_file(s, &f->rows[i]);
	for (int i = 0; i < s->procs_nr; i++) {
		int nr = snapshot_fs_files_of(s, &s->procs[i], &rows);

		require(nr >= 0);
		of_all += nr;
		for (int k = 0; k < nr; k++)
			require(rows[k].p->pid == s->procs[i].pid);
	}
	require(of_all <= f->rows_nr);
}

static void check_fs_ops_sum(const struct fs_ops_sum *sum)
{
	check_figure(sum->count);
	check_figure(sum->bytes);
	check_figure(sum->ns);
	check_figure(sum->errors);
	check_figure(sum->enoent);
}

static void check_share(int64_t pct)
{
	require(pct == FIG_UNKNOWN || (pct >= 0 && pct <= 100000));
}

static void check_fs_ops(const struct snapshot *s)
{
	const struct fs_ops_snap *o = s->fs_ops;
	struct fs_ops_sum sum;
	char buf[64];

	if (!o)
		return;
	for (int i = 0; i < o->rows_nr; i++) {
		const struct fs_op_row *row = &o->rows[i];

		require(row->what < FS_WHAT_NR && *fs_what_word(row->what, buf, sizeof(buf)));
		require(memchr(row->fstype, 0, sizeof(row->fstype)) != NULL);
		require(i == 0 || row[-1].dev < row->dev || (row[-1].dev == row->dev && row[-1].what < row->what));
		check_fs_ops_sum(&row->sum);
		check_figure(row->avg_ns);
		check_percentiles(row->p50_ns, row->p99_ns, row->max_ns);
		check_share(row->enoent_pct);
		check_share(row->share_pct);
	}
	for (int i = 0; i < o->procs_nr; i++) {
		const struct fs_op_proc *p = &o->procs[i];

		require(memchr(p->p.comm, 0, sizeof(p->p.comm)) != NULL);
		require(p->part >= 0 && p->parts_nr >= 0 && p->part + p->parts_nr <= o->parts_nr);
		for (int k = p->part; k < p->part + p->parts_nr; k++) {
			require(o->parts[k].what < FS_WHAT_NR);
			check_fs_ops_sum(&o->parts[k].sum);
		}
		if (snapshot_fs_proc_ops(s, p, (struct fs_of){FS_ALL, NULL}, FS_OP_READ, &sum))
			check_fs_ops_sum(&sum);
	}
	for (unsigned what = 0; what < FS_WHAT_NR; what++)
		for (unsigned d = 0; d < sizeof(fs_devs) / sizeof(fs_devs[0]); d++) {
			if (snapshot_fs_ops(s, (struct fs_of){fs_devs[d], NULL}, what, &sum))
				check_fs_ops_sum(&sum);
			snapshot_fs_heat(s, fs_devs[d], what);
		}
}

static void check_fs_sums(const struct fs_proc_sums *sums)
{
	for (int op = 0; op < FS_OP_NR; op++)
		check_figure(sums->count[op]);
	check_figure(sums->metadata);
	check_figure(sums->operations);
	check_figure(sums->read_bytes);
	check_figure(sums->write_bytes);
	check_figure(sums->errors);
	check_figure(sums->enoent);
	check_figure(sums->ns);
}

static void check_fs_proc(const struct snapshot *s, const struct fs_proc_row *row)
{
	struct hist h;

	require(memchr(row->p.comm, 0, sizeof(row->p.comm)) != NULL);
	check_fs_sums(&row->sums);
	check_figure(row->bytes);
	check_figure(row->filesystems);
	check_percentiles(row->lat_p50_ns, row->lat_p99_ns, row->lat_max_ns);
	check_share(row->cache_hit_pct);
	require(row->parts_nr >= 0 && row->part >= 0 && row->part + row->parts_nr <= s->fs_procs->parts_nr);
	for (int which = 0; which < FS_PROC_HIST_NR; which++) {
		check_percentiles(FIG_UNKNOWN, row->p99_ns[which], row->max_ns[which]);
		snapshot_fs_proc_hist(s, row, FS_ALL, (enum fs_proc_hist)which, &h);
	}
}

static void check_fs_procs(const struct snapshot *s)
{
	const struct fs_procs_snap *p = s->fs_procs;
	struct hist hists[FS_PROC_HIST_NR];
	const struct fs_proc_row *rows;
	const struct fs_group_row *groups;
	struct fs_proc_sums sums;

	if (!p)
		return;
	for (int i = 0; i < p->rows_nr; i++)
		check_fs_proc(s, &p->rows[i]);
	for (int i = 0; i < p->parts_nr; i++) {
		require(p->parts[i].row >= 0 && p->parts[i].row < p->rows_nr);
		check_fs_sums(&p->parts[i].sums);
	}
	for (int i = 0; i < s->procs_nr; i++) {
		const struct fs_proc_row *row = snapshot_fs_proc(s, &s->procs[i]);

		require(!row || row->p.pid == s->procs[i].pid);
	}
	for (unsigned d = 0; d < sizeof(fs_devs) / sizeof(fs_devs[0]); d++) {
		int nr = snapshot_fs_procs(s, fs_devs[d], &rows);

		for (int i = 0; i < nr; i++)
			check_fs_sums(&rows[i].sums);
		if (snapshot_fs_sum(s, fs_devs[d], &sums, hists))
			check_fs_sums(&sums);
	}
	for (int i = snapshot_fs_groups(s, GROUP_COMMAND, FS_ALL, &groups); i-- > 0;)
		check_fs_sums(&groups[i].sums.sums);
}

static void check_fs_mounts(const struct snapshot *s)
{
	const struct fs_mounts_snap *m = s->fs_mounts;
	const struct fs_waiter_rec *waiters;
	char buf[256];
	int hung = 0;

	if (!m)
		return;
	require(m->waiters_nr >= 0 && m->waiters_nr <= FS_WAITING_MAX && m->rows_nr <= FS_MOUNTS_MAX);
	for (int i = 0; i < m->rows_nr; i++) {
		const struct fs_mount_row *row = &m->rows[i];

		require(row->above >= -1 && row->above < m->rows_nr && row->state < FS_USAGE_STATE_NR);
		check_figure(row->size_bytes);
		check_figure(row->used_bytes);
		check_figure(row->free_bytes);
		check_figure(row->avail_bytes);
		check_share(row->use_pct);
		check_figure(row->inodes);
		check_figure(row->inodes_used);
		check_share(row->inode_use_pct);
		check_figure(row->hung_ns);
		check_figure(row->age_ns);
		hung += row->hung_ns > 0;
		require(strlen(fs_mount_state(row, buf, sizeof(buf))) < sizeof(buf));
		require(snapshot_fs_waiters(s, row->m.mnt_id, &waiters) <= m->waiters_nr);
	}
	require(m->hung_nr >= 0 && (m->hung_nr == 0) == !m->hung && hung <= m->rows_nr);
	check_share(m->use_pct);
	check_share(m->inode_use_pct);
	for (unsigned d = 0; d < sizeof(fs_devs) / sizeof(fs_devs[0]); d++) {
		require(*snapshot_fs_name(s, fs_devs[d], buf, sizeof(buf)) || fs_devs[d] == FS_ALL);
		require(snapshot_fs_type(s, fs_devs[d]) != NULL);
	}
}

static void check_fs_events(const struct fs_events_snap *e)
{
	if (!e)
		return;
	require(e->nr >= 0 && e->nr <= FS_EVENTS_MAX && e->new_from >= 0 && e->new_from <= e->nr);
	for (int i = 0; i < e->nr; i++) {
		const struct fs_event_row *row = &e->rows[i];

		require(row->event < FS_EV_NR && row->kind < FS_EV_NR && row->op < FS_OP_NR && row->type < FS_T_NR);
		require(row->path_len <= row->log.text_len && row->log.text_at + row->log.text_len <= FS_EVENTS_TEXT_MAX);
		require(i == 0 || row[-1].log.seq < row->log.seq);
		check_figure(row->ns);
		check_figure(row->bytes);
		check_figure(row->offset);
		check_figure(row->age_ns);
	}
}

static void check_fs_caches(const struct snapshot *s)
{
	const struct fs_caches_snap *c = s->fs_caches;

	for (int i = 0; c && i < c->rows_nr; i++) {
		const struct cache_row *row = &c->rows[i];

		require(memchr(row->p.comm, 0, sizeof(row->p.comm)) != NULL);
		check_figure(row->pages.accesses);
		check_figure(row->pages.hits);
		check_figure(row->pages.misses);
		check_figure(row->pages.adds);
		check_figure(row->pages.dirties);
		check_figure(row->pages.faults);
		check_share(row->pages.hit_pct);
		check_figure(row->machine.ahead_added);
		check_share(row->machine.ahead_used_pct);
		check_percentiles(row->machine.age_p50_ns, row->machine.age_p99_ns, FIG_UNKNOWN);
		check_figure(row->machine.lookups);
		check_share(row->machine.lookup_hit_pct);
		check_figure(row->machine.dirtied_bytes);
	}
	for (int i = 0; i < s->procs_nr; i++) {
		const struct cache_row *row = snapshot_fs_cache(s, &s->procs[i]);

		require(!row || row->p.pid == s->procs[i].pid);
	}
}

static void check_fs(const struct snapshot *s)
{
	check_fs_caches(s);
	check_fs_mounts(s);
	check_fs_files(s);
	check_fs_ops(s);
	check_fs_procs(s);
	check_fs_events(s->fs_events);
}

#endif
