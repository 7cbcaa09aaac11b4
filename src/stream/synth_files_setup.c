/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: its filesystems before the first interval, and who uses them. */
#include "synth_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INO_FIRST 131072

/* Mounts beside those of the script, one for each hundred files. */
static void more_mounts(const struct synth *s, struct files *f)
{
	for (uint32_t i = f->props->mounts_nr; i < f->mounts_nr; i++) {
		char *name = f->names[s->opts.files + i - f->props->mounts_nr];

		snprintf(name, sizeof(f->names[0]), "/srv/volume-%03u", i);
		f->mounts[i] = f->props->mounts[0];
		f->mounts[i].mnt_id = 1000 + i;
		f->mounts[i].parent = f->props->mounts[0].mnt_id;
		f->mounts[i].dev = disk_dev(253, i);
		f->mounts[i].point = name;
	}
}

/* Each is read or written by one process. */
static void more_files(const struct synth *s, struct files *f)
{
	for (uint32_t i = 0; i < s->opts.files; i++) {
		const struct proc *p = &s->procs[i % s->procs_nr];

		snprintf(f->names[i], sizeof(f->names[0]), "/data/part-%05u", i);
		f->rows[f->props->files_nr + i] = (struct synth_file){
			.comm = p->role->comm,
			.pid = p->tgid,
			.op = i % 3 ? FS_OP_READ : FS_OP_WRITE,
			.mount = (uint8_t)(i % f->mounts_nr),
			.per_s = 2 + i % 5,
			.bytes = 4096U << i % 4,
			.mean_ns = 6000 + i * 11,
			.tail = 3,
			.path = f->names[i],
		};
	}
}

static bool makes(const struct proc *p, const struct synth_file *row)
{
	return strcmp(p->role->comm, row->comm) == 0 && (!row->pid || row->pid == p->tgid);
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* That of the first row that names the same file. */
static uint64_t ino_of(const struct files *f, const struct synth_file *row)
{
	const struct synth_file *first = f->rows;

	if (!row->path || row->mount >= f->mounts_nr || row >= f->rows + f->props->files_nr)
		return row->path ? INO_FIRST + (uint64_t)(row - f->rows) : 0;
	while (f->mounts[first->mount].dev != f->mounts[row->mount].dev || !same(first->path, row->path))
		first++;
	return INO_FIRST + (uint64_t)(first - f->rows);
}

/* `from`: where the sums of this process begin. */
static struct file_sum *find_file(struct files *f, uint32_t from, struct proc *p, const struct synth_file *row)
{
	uint64_t ino = row->no_room || !fs_type_is_file(row->type) ? 0 : ino_of(f, row);
	uint32_t dev = fs_type_is_file(row->type) && !row->no_room ? synth_file_dev(f, row) : 0;
	struct file_sum *sum;

	for (uint32_t i = from; i < f->files_nr; i++)
		if (f->files[i].dev == dev && f->files[i].ino == ino && f->files[i].type == row->type)
			return &f->files[i];
	sum = &f->files[f->files_nr++];
	*sum = (struct file_sum){.proc = p, .dev = dev, .ino = ino, .type = row->type, .row = row};
	return sum;
}

static struct op_sum *find_op(struct files *f, uint32_t from, struct proc *p, uint32_t dev, unsigned op)
{
	struct op_sum *sum;

	for (uint32_t i = from; i < f->ops_nr; i++)
		if (f->ops[i].dev == dev && f->ops[i].op == op)
			return &f->ops[i];
	sum = &f->ops[f->ops_nr++];
	*sum = (struct op_sum){.proc = p, .dev = dev, .op = op};
	return sum;
}

/* Whether success tells the filesystem: of the open file, or in what stat fills in. */
static bool tells_dev(unsigned op)
{
	return !synth_op_is_path(op) || op == FS_OP_OPEN || op == FS_OP_CREATE || op == FS_OP_GETATTR;
}

static void stream_add(struct files *f, uint32_t file, uint32_t op, struct proc *p, const struct synth_file *row)
{
	struct file_stream *stream = &f->streams[f->streams_nr++];
	uint32_t dev = tells_dev(row->op) ? synth_file_dev(f, row) : 0;

	*stream = (struct file_stream){.row = row, .proc = p, .ino = ino_of(f, row)};
	if (row->op <= FS_OP_WRITE) {
		stream->file = find_file(f, file, p, row);
		return;
	}
	stream->op = find_op(f, op, p, dev, row->op == FS_OP_CREATE ? FS_OP_OPEN : row->op);
	if (row->op == FS_OP_CREATE)
		stream->made = find_op(f, op, p, dev, FS_OP_CREATE);
	if (row->error && synth_op_is_path(row->op))
		stream->failed = find_op(f, op, p, 0, stream->op->op);
}

static void streams(struct synth *s, struct files *f)
{
	for (uint32_t p = 0; p < s->procs_nr; p++) {
		uint32_t file = f->files_nr, op = f->ops_nr;

		for (uint32_t i = 0; i < f->rows_nr; i++)
			if (makes(&s->procs[p], &f->rows[i]))
				stream_add(f, file, op, &s->procs[p], &f->rows[i]);
	}
}

static uint32_t count_streams(const struct synth *s, const struct files *f)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < f->rows_nr; i++)
		for (uint32_t p = 0; p < s->procs_nr; p++)
			nr += makes(&s->procs[p], &f->rows[i]);
	return nr;
}

static int allocate(struct synth *s, struct files *f)
{
	uint32_t nr;

	f->rows = calloc(f->rows_nr + 1, sizeof(*f->rows));
	f->mounts = calloc(f->mounts_nr + 1, sizeof(*f->mounts));
	f->names = calloc(s->opts.files + f->mounts_nr + 1, sizeof(*f->names));
	f->pages = calloc(s->procs_nr + 1, sizeof(*f->pages));
	if (!f->rows || !f->mounts || !f->names || !f->pages)
		return -ENOMEM;
	memcpy(f->rows, f->props->files, f->props->files_nr * sizeof(*f->rows));
	memcpy(f->mounts, f->props->mounts, f->props->mounts_nr * sizeof(*f->mounts));
	more_mounts(s, f);
	if (f->rows_nr > f->props->files_nr)
		more_files(s, f);
	nr = count_streams(s, f);
	f->streams = calloc(nr + 1, sizeof(*f->streams));
	f->files = calloc(nr + 1, sizeof(*f->files));
	f->ops = calloc(3 * (size_t)nr + 1, sizeof(*f->ops));
	return f->streams && f->files && f->ops ? 0 : -ENOMEM;
}

int synth_files_setup(struct synth *s)
{
	struct files *f = s->files = calloc(1, sizeof(*f));
	int ret;

	if (!f)
		return -ENOMEM;
	f->rng = s->opts.seed ^ 0xf11eULL << 32;
	f->props = &synth_fs_props[s->opts.scene];
	f->mounts_nr = f->props->mounts_nr + s->opts.files / 100;
	f->rows_nr = f->props->files_nr + (s->procs_nr ? s->opts.files : 0);
	ret = allocate(s, f);
	if (!ret)
		streams(s, f);
	return ret;
}

void synth_files_free(struct synth *s)
{
	struct files *f = s->files;

	if (!f)
		return;
	free(f->rows);
	free(f->mounts);
	free(f->names);
	free(f->pages);
	free(f->streams);
	free(f->files);
	free(f->ops);
	free(f);
}
