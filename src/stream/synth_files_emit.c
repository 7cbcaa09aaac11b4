/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: what is summed up of operations on files, and the mounts, as records. */
#include "synth_files.h"

#include <string.h>

#include "record.h"

#define MIB	      (1ULL << 20)
#define USAGE_TICKS   10 /* between two looks at mounts that nobody asks for */

static bool is_gone(const struct synth *s, const struct proc *p)
{
	return !p->alive && p->role->born <= s->tick_nr;
}

static uint16_t key_flags(const struct proc *p, bool last)
{
	return (uint16_t)((last ? FS_F_GONE : 0) | (p->role->kthread ? FS_F_KTHREAD : 0));
}

static const char *fstype_of(const struct files *f, uint32_t dev)
{
	for (uint32_t i = 0; i < f->mounts_nr; i++)
		if (f->mounts[i].dev == dev)
			return f->mounts[i].fstype;
	return "";
}

static void copy_fstype(const struct files *f, char dst[FS_TYPE_BYTES], uint32_t dev)
{
	const char *type = fstype_of(f, dev);

	memset(dst, 0, FS_TYPE_BYTES);
	memcpy(dst, type, strnlen(type, FS_TYPE_BYTES));
}

/* Taken out, an entry begins anew with its next call. */
static void forget(struct file_sum *sum)
{
	sum->in_map = false;
	memset(sum->io, 0, sizeof(sum->io));
}

static void emit_file(struct synth *s, struct file_sum *sum)
{
	bool last = is_gone(s, sum->proc) || s->tick_nr - sum->touched >= FILES_IDLE;
	struct fs_file_rec rec = {
		.tgid = sum->proc->tgid,
		.start_ns = sum->proc->start_ns,
		.dev = sum->dev,
		.ino = sum->ino,
		.type = sum->type,
		.flags = key_flags(sum->proc, last),
		.uid = sum->proc->role->uid,
	};

	if (!sum->in_map || !(sum->changed || s->key || last))
		return;
	memcpy(rec.comm, sum->proc->comm, sizeof(rec.comm));
	if (sum->dev)
		copy_fstype(s->files, rec.fstype, sum->dev);
	memcpy(rec.io, sum->io, sizeof(rec.io));
	record_init(&rec.h, s->now_ns, PANE_FS, FS_FILE, sizeof(rec));
	synth_emit(s, &rec);
	sum->changed = false;
	sum->io[0].max_ns = sum->io[1].max_ns = 0;
	if (last)
		forget(sum);
}

static void emit_op(struct synth *s, struct op_sum *sum)
{
	bool last = is_gone(s, sum->proc);
	struct fs_op_rec rec = {
		.tgid = sum->proc->tgid,
		.start_ns = sum->proc->start_ns,
		.dev = sum->dev,
		.op = (uint16_t)sum->op,
		.flags = key_flags(sum->proc, last),
		.uid = sum->proc->role->uid,
		.last_errno = sum->last_errno,
		.enoent = sum->enoent,
		.io = sum->io,
	};

	if (!sum->in_map || !(sum->changed || s->key || last))
		return;
	memcpy(rec.comm, sum->proc->comm, sizeof(rec.comm));
	if (sum->dev)
		copy_fstype(s->files, rec.fstype, sum->dev);
	record_init(&rec.h, s->now_ns, PANE_FS, FS_OP, sizeof(rec));
	synth_emit(s, &rec);
	sum->changed = false;
	sum->io.max_ns = 0;
	if (last)
		sum->in_map = false;
}

static void emit_pages(struct synth *s, uint32_t proc)
{
	struct page_sum *sum = &s->files->pages[proc];
	const struct proc *p = &s->procs[proc];
	bool last = is_gone(s, p);
	struct fs_pages_rec rec = {
		.tgid = p->tgid,
		.start_ns = p->start_ns,
		.flags = key_flags(p, last),
		.accesses = sum->accesses,
		.misses = sum->misses,
		.adds = sum->adds,
		.dirties = sum->dirties,
		.faults = sum->faults,
		.fault_adds = sum->fault_adds,
	};

	if (!sum->in_map || !(sum->changed || s->key || last))
		return;
	memcpy(rec.comm, p->comm, sizeof(rec.comm));
	record_init(&rec.h, s->now_ns, PANE_FS, FS_PAGES, sizeof(rec));
	synth_emit(s, &rec);
	sum->changed = false;
	if (last)
		sum->in_map = false;
}

static void emit_caches(struct synth *s)
{
	const struct files *f = s->files;
	struct fs_dcache_rec names = {.refs = f->refs, .slow = f->slow, .misses = f->misses};
	struct fs_readahead_rec ahead = {
		.added = f->readahead_added,
		.used = f->readahead_used,
		.dropped = (f->readahead_added - f->readahead_used) / 8,
	};

	for (int i = 0; i < HIST_SLOTS; i++)
		ahead.slots[i] = (uint32_t)f->waited[i];
	record_init(&ahead.h, s->now_ns, PANE_FS, FS_READAHEAD, sizeof(ahead));
	synth_emit(s, &ahead);
	if (!s->host->fentry)
		return;
	record_init(&names.h, s->now_ns, PANE_FS, FS_DCACHE, sizeof(names));
	synth_emit(s, &names);
}

void synth_emit_files(struct synth *s)
{
	struct files *f = s->files;

	for (uint32_t i = 0; i < f->files_nr; i++)
		emit_file(s, &f->files[i]);
	for (uint32_t i = 0; i < f->ops_nr; i++)
		emit_op(s, &f->ops[i]);
	for (uint32_t i = 0; i < s->procs_nr && s->demand & DEMAND_PAGES; i++)
		emit_pages(s, i);
	if (s->demand & DEMAND_CACHES)
		emit_caches(s);
	if (s->host->hostile)
		synth_emit_hostile_files(s);
}

/* ---- what /proc and statvfs tell ---- */

static bool is_mounted(const struct synth *s, const struct synth_mount *m)
{
	return s->tick_nr >= m->born && !(m->gone && s->tick_nr >= m->gone);
}

static void emit_mount(struct synth *s, const struct synth_mount *m)
{
	struct fs_mount_rec rec = {
		.mnt_id = m->mnt_id,
		.parent = m->parent,
		.dev = m->dev,
		.flags = m->flags | (is_mounted(s, m) ? 0 : (uint32_t)FS_MOUNT_F_GONE),
	};

	record_init(&rec.h, s->now_ns, PANE_FS, FS_MOUNT, sizeof(rec));
	synth_copy_string(rec.fstype, sizeof(rec.fstype), m->fstype);
	synth_copy_string(rec.root, sizeof(rec.root), m->root ? m->root : "/");
	synth_copy_string(rec.point, sizeof(rec.point), m->point);
	synth_copy_string(rec.source, sizeof(rec.source), m->source);
	synth_copy_string(rec.options, sizeof(rec.options), m->options);
	synth_emit(s, &rec);
}

static void unknown(struct fs_usage_rec *rec)
{
	rec->total_bytes = rec->free_bytes = rec->avail_bytes = REC_UNKNOWN;
	rec->inodes = rec->inodes_free = rec->flags = REC_UNKNOWN;
}

static void emit_usage(struct synth *s, const struct synth_mount *m)
{
	uint64_t used = m->used_mib * MIB + (m->size_mib > m->used_mib + 4096 ? s->tick_nr * MIB : 0);
	struct fs_usage_rec rec = {
		.mnt_id = m->mnt_id,
		.dev = m->dev,
		.state = m->hung_s ? FS_USAGE_HUNG : m->error ? FS_USAGE_ERROR : FS_USAGE_OK,
		.error = m->error,
		.asked_ns = s->now_ns - 1000000,
		.total_bytes = m->size_mib * MIB,
		.free_bytes = m->size_mib * MIB - used,
		.inodes = m->inodes_k * 1000ULL,
		.inodes_free = (m->inodes_k - m->inodes_used_k) * 1000ULL,
		.flags = m->flags & FS_MOUNT_F_READ_ONLY ? 1 : 0,
	};

	rec.avail_bytes = rec.free_bytes - (m->flags & FS_MOUNT_F_PSEUDO ? 0 : rec.free_bytes / 20);
	if (rec.state != FS_USAGE_OK)
		unknown(&rec);
	if (m->hung_s) {
		uint64_t start_ns = s->host->uptime_s * NS_PER_S;

		rec.asked_ns = start_ns - synth_least(m->hung_s * NS_PER_S, start_ns - 1);
	}
	record_init(&rec.h, s->now_ns, PANE_FS, FS_USAGE, sizeof(rec));
	synth_emit(s, &rec);
}

static void emit_waiter(struct synth *s, const struct synth_waiter *w)
{
	for (uint32_t i = 0; i < s->procs_nr; i++) {
		const struct proc *p = &s->procs[i];
		struct fs_waiter_rec rec = {
			.mnt_id = s->files->mounts[w->mount].mnt_id,
			.pid = w->pid,
			.tgid = w->pid,
			.nr = w->nr,
			.start_ns = p->threads[0].start_ns,
		};

		if (p->tgid != w->pid || !p->alive)
			continue;
		record_init(&rec.h, s->now_ns, PANE_FS, FS_WAITER, sizeof(rec));
		memcpy(rec.comm, p->comm, sizeof(rec.comm));
		synth_copy_string(rec.path, sizeof(rec.path), w->path);
		synth_emit(s, &rec);
		return;
	}
}

static void emit_stat(struct synth *s)
{
	const struct files *f = s->files;
	struct fs_stat_rec rec = {
		.inodes = 412345 + s->tick_nr * 31,
		.inodes_free = 81234,
		.dentries = 611093 + s->tick_nr * 57,
		.dentries_unused = 540110 + s->tick_nr * 44,
		.dentries_negative = 61007 + s->tick_nr * 21,
		.files = 5920 + s->tick_nr % 7 * 32,
		.files_max = INT64_MAX, /* what Linux sets where nothing else is asked for */
		.dirty_bytes = DIRTY_BYTES,
		.writeback_bytes = s->tick_nr % 3 * PAGE_BYTES * 16,
		.cached_bytes = s->host->cached_mib * MIB / 4 * 3,
		.buffers_bytes = s->host->cached_mib * MIB / 16,
		.dirtied = 9000000 + f->dirtied,
		.written = 8990000 + f->dirtied / 10 * 9,
	};

	record_init(&rec.h, s->now_ns, PANE_FS, FS_STAT, sizeof(rec));
	synth_emit(s, &rec);
}

void synth_emit_mounts(struct synth *s)
{
	const struct files *f = s->files;

	for (uint32_t i = 0; i < f->mounts_nr; i++) {
		const struct synth_mount *m = &f->mounts[i];
		bool news = s->tick_nr == 0 || s->key || s->tick_nr == m->born || s->tick_nr == m->gone;

		if (news && s->tick_nr >= m->born && (is_mounted(s, m) || s->tick_nr == m->gone))
			emit_mount(s, m);
		if (is_mounted(s, m) && (news || s->demand & DEMAND_MOUNTS || s->tick_nr % USAGE_TICKS == 0))
			emit_usage(s, m);
	}
	for (uint32_t i = 0; i < f->props->waiters_nr; i++)
		emit_waiter(s, &f->props->waiters[i]);
	if (s->demand & DEMAND_CACHES)
		emit_stat(s);
}
