/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: what a single call on a file is worth a record for. */
#include "synth_files.h"

#include <fcntl.h>
#include <string.h>

#include "record.h"

#define HOST_MNTNS	4026531841U
#define CONTAINER_MNTNS 4026532715U

static void copy_bytes(char *dst, size_t size, const char *src)
{
	memset(dst, 0, size);
	memcpy(dst, src, strnlen(src, size));
}

/* Kernels keep the end of a path that is too long. Returns FS_F_CUT, or 0. */
static uint32_t copy_end(char *dst, size_t size, const char *src)
{
	size_t len = strlen(src);

	copy_bytes(dst, size, src + (len > size ? len - size : 0));
	return len > size ? FS_F_CUT : 0;
}

static uint32_t mnt_id(const struct files *f, const struct synth_file *row)
{
	return row->mnt_id ? row->mnt_id : f->mounts[row->mount].mnt_id;
}

void synth_file_name(struct synth *s, const struct file_stream *stream)
{
	const struct synth_file *row = stream->row;
	struct fs_name_rec rec = {
		.ino = stream->ino,
		.dev = synth_file_dev(s->files, row),
		.mnt_id = mnt_id(s->files, row),
		.type = row->type,
		.rdev = row->type == FS_T_BLOCK ? disk_dev(8, 0) : 0,
	};

	record_init(&rec.h, s->now_ns, PANE_FS, FS_NAME, sizeof(rec));
	copy_bytes(rec.fstype, sizeof(rec.fstype), s->files->mounts[row->mount].fstype);
	rec.flags = (uint16_t)copy_end(rec.path, sizeof(rec.path), row->path);
	synth_ring(s, HOOK_FILE, stream->proc->threads[0].cpu, &rec.h);
}

/* What an operation is as an event; FS_EV_NR: nothing of its own. */
static unsigned event_of(const struct synth_file *row, bool failed)
{
	static const uint8_t events[FS_OP_NR] = {
		[FS_OP_READ] = FS_EV_READ + 1,	   [FS_OP_WRITE] = FS_EV_WRITE + 1,   [FS_OP_OPEN] = FS_EV_OPEN + 1,
		[FS_OP_CREATE] = FS_EV_CREATE + 1, [FS_OP_FSYNC] = FS_EV_SYNC + 1,    [FS_OP_SYNC] = FS_EV_SYNC + 1,
		[FS_OP_GETATTR] = FS_EV_STAT + 1,  [FS_OP_UNLINK] = FS_EV_DELETE + 1, [FS_OP_RMDIR] = FS_EV_DELETE + 1,
		[FS_OP_RENAME] = FS_EV_RENAME + 1, [FS_OP_MOUNT] = FS_EV_MOUNT + 1,   [FS_OP_UMOUNT] = FS_EV_UMOUNT + 1,
	};

	if (row->op == FS_OP_UNLINK && row->age_ms && !failed)
		return FS_EV_SHORT;
	if (row->op == FS_OP_CREATE && failed)
		return FS_EV_OPEN;
	return events[row->op] ? events[row->op] - 1U : FS_EV_NR;
}

static bool is_slow(const struct file_call *call)
{
	unsigned op = call->stream->row->op;

	return call->ns >= SYNTH_FS_SLOW_NS && op != FS_OP_CLOSE && op != FS_OP_LOCK &&
	       fs_type_is_file(call->stream->row->type);
}

/* The system call, by its number on x86-64. */
static uint32_t call_nr(const struct synth_file *row)
{
	static const uint16_t nrs[FS_OP_NR] = {
		[FS_OP_READ] = 17, [FS_OP_WRITE] = 18, [FS_OP_OPEN] = 257, [FS_OP_CREATE] = 257, [FS_OP_FSYNC] = 74,
		[FS_OP_SYNC] = 162, [FS_OP_GETATTR] = 262, [FS_OP_UNLINK] = 87, [FS_OP_RMDIR] = 84, [FS_OP_RENAME] = 82,
		[FS_OP_MOUNT] = 165, [FS_OP_UMOUNT] = 166,
	};

	return nrs[row->op];
}

static uint32_t open_flags(const struct synth_file *row)
{
	if (row->op == FS_OP_CREATE)
		return O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
	return row->op == FS_OP_OPEN ? O_RDONLY | O_CLOEXEC : 0;
}

/* Of an open file or of what an open has found the place is known; else the path is the caller's word. */
static void fill_place(const struct files *f, const struct file_call *call, struct fs_event_rec *rec)
{
	const struct synth_file *row = call->stream->row;
	bool opens = row->op == FS_OP_OPEN || row->op == FS_OP_CREATE;

	rec->fd = synth_op_is_path(row->op) && !opens ? -1 : 3 + (int)(row->mean_ns % 29);
	if (call->failed && opens)
		rec->fd = -1;
	if (synth_op_is_path(row->op) && !(opens && !call->failed))
		return;
	rec->dev = synth_file_dev(f, row);
	rec->ino = call->stream->ino;
	rec->mnt_id = row->path ? mnt_id(f, row) : 0;
	copy_bytes(rec->fstype, sizeof(rec->fstype), f->mounts[row->mount].fstype);
}

static void fill_event(const struct synth *s, const struct file_call *call, unsigned event, struct fs_event_rec *rec)
{
	const struct synth_file *row = call->stream->row;
	const struct proc *p = call->stream->proc;

	*rec = (struct fs_event_rec){
		.event = (uint8_t)event,
		.op = row->op,
		.type = row->type,
		.pid = p->threads[0].pid,
		.tgid = p->tgid,
		.start_ns = p->start_ns,
		.error = call->failed ? row->error : 0,
		.oflags = open_flags(row),
		.nr = call_nr(row),
		.bytes = call->bytes,
		.offset = row->op <= FS_OP_WRITE ? call->stream->offset : REC_UNKNOWN,
		.ns = call->ns,
		.age_ns = event == FS_EV_SHORT ? row->age_ms * 1000000ULL + call->ns % 1000000 : REC_UNKNOWN,
		.mntns = row->mnt_id ? CONTAINER_MNTNS : HOST_MNTNS,
	};
	fill_place(s->files, call, rec);
	rec->flags = (uint8_t)((is_slow(call) ? FS_F_SLOW : 0) | (row->direct ? FS_F_DIRECT : 0));
	rec->flags |= (uint8_t)copy_end(rec->path, sizeof(rec->path), row->path ? row->path : "");
	memcpy(rec->comm, p->comm, sizeof(rec->comm));
}

void synth_file_tell(struct synth *s, const struct file_call *call)
{
	uint32_t kinds = FS_EV_ALWAYS | (s->demand & DEMAND_FSLOG ? SYNTH_FS_KINDS : 0);
	unsigned event = event_of(call->stream->row, call->failed);
	uint16_t cpu = call->stream->proc->threads[0].cpu;
	struct fs_event2_rec rec;

	if (event == FS_EV_NR || !(kinds & 1U << event))
		event = is_slow(call) ? FS_EV_SLOW : FS_EV_NR;
	if (event == FS_EV_NR)
		return;
	fill_event(s, call, event, &rec.e);
	if (call->stream->row->path2) {
		copy_bytes(rec.path2, sizeof(rec.path2), call->stream->row->path2);
		record_init(&rec.e.h, call->ts_ns, PANE_FS, FS_EVENT2, sizeof(rec));
	} else {
		record_init(&rec.e.h, call->ts_ns, PANE_FS, FS_EVENT, sizeof(rec.e));
	}
	s->cpus[cpu].told++;
	synth_ring(s, HOOK_FILE, cpu, &rec.e.h);
}
