// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations on files as the kernel side sums them, after each pass: what changed becomes records, in a
 * key frame everything. While nothing is done to files, nothing is read. Sums of processes that are
 * gone and of files that nobody has used for a while are taken out with their last word.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe_impl.h"
#include "probetop.skel.h"
#include "walk.h"

#define IDLE_PASSES 60 /* so long a file keeps its place unused */
#define CROWDED	    (FS_FILES_MAX / 2) /* from here on those of the pass alone keep theirs */

struct fsums {
	uint32_t pass; /* the one that this reading closes */
	bool key;      /* everything is published */
	uint64_t now_ns;
	record_fn fn;
	void *ctx;
	struct alive alive;
	unsigned files, files_before; /* entries at this reading and at the last */
	union {
		struct fs_file_key files[WALK_BATCH];
		struct fs_op_key ops[WALK_BATCH];
	} keys;
	union {
		struct fs_file_sum files[WALK_BATCH];
		struct fs_op_sum ops[WALK_BATCH];
	} values;
};

/* Touched in the pass that ends, or so near to its beginning that the last reading missed it. */
static bool is_changed(const struct fsums *f, uint32_t pass)
{
	return pass && (f->key || pass + 1 >= f->pass);
}

/* `last`: what came while this was read is told now or never. */
static struct fs_io io_of(const struct fsums *f, const struct fs_io_sum *sum, bool last)
{
	unsigned i = f->pass & 1;
	struct fs_io io = {
		.count = sum->count,
		.bytes = sum->bytes,
		.ns = sum->ns,
		.errors = sum->errors,
	};

	if (sum->max_pass[i] == f->pass)
		io.max_ns = sum->max_ns[i];
	if (last && sum->max_pass[!i] == f->pass + 1 && sum->max_ns[!i] > io.max_ns)
		io.max_ns = sum->max_ns[!i];
	memcpy(io.slots, sum->slots, sizeof(io.slots));
	return io;
}

static void emit_file(struct fsums *f, const struct fs_file_key *k, const struct fs_file_sum *sum, uint16_t flags)
{
	struct fs_file_rec r = {
		.tgid = k->tgid,
		.dev = k->dev,
		.start_ns = k->start_ns,
		.ino = k->ino,
		.type = (uint16_t)k->type,
		.flags = (uint16_t)(sum->flags | flags),
		.uid = k->tgid ? sum->uid : REC_UNKNOWN32,
	};

	if (k->tgid)
		memcpy(r.comm, sum->comm, sizeof(r.comm));
	memcpy(r.fstype, sum->fstype, sizeof(r.fstype));
	for (int i = 0; i < 2; i++)
		r.io[i] = io_of(f, &sum->io[i], flags & FS_F_GONE);
	record_init(&r.h, f->now_ns, PANE_FS, FS_FILE, sizeof(r));
	f->fn(f->ctx, &r.h);
}

/* A file that nobody used lately gives its place away. What is no file is one entry of its process. */
static bool is_idle(const struct fsums *f, const struct fs_file_key *k, const struct fs_file_sum *sum)
{
	return k->ino && f->pass - sum->pass >= (f->files_before > CROWDED ? 1 : IDLE_PASSES) &&
	       sum->pass <= f->pass;
}

static void file_entry(void *ctx, int fd, const void *key, const void *value)
{
	const struct fs_file_key *k = key;
	struct fsums *f = ctx;
	struct fs_file_sum last;

	f->files++;
	if ((alive_is_gone(&f->alive, k->tgid, f->pass) || is_idle(f, k, value)) && walk_take_out(fd, key, &last))
		emit_file(f, k, &last, FS_F_GONE);
	else if (is_changed(f, ((const struct fs_file_sum *)value)->pass))
		emit_file(f, k, value, 0);
}

static void emit_op(struct fsums *f, const struct fs_op_key *k, const struct fs_op_sum *sum, uint16_t flags)
{
	struct fs_op_rec r = {
		.tgid = k->tgid,
		.dev = k->dev,
		.start_ns = k->start_ns,
		.op = (uint16_t)k->op,
		.flags = (uint16_t)(sum->flags | flags),
		.uid = k->tgid ? sum->uid : REC_UNKNOWN32,
		.last_errno = sum->last_errno,
		.enoent = sum->enoent,
		.io = io_of(f, &sum->io, flags & FS_F_GONE),
	};

	if (k->tgid)
		memcpy(r.comm, sum->comm, sizeof(r.comm));
	memcpy(r.fstype, sum->fstype, sizeof(r.fstype));
	record_init(&r.h, f->now_ns, PANE_FS, FS_OP, sizeof(r));
	f->fn(f->ctx, &r.h);
}

static void op_entry(void *ctx, int fd, const void *key, const void *value)
{
	const struct fs_op_key *k = key;
	struct fsums *f = ctx;
	struct fs_op_sum last;

	if (alive_is_gone(&f->alive, k->tgid, f->pass) && walk_take_out(fd, key, &last))
		emit_op(f, k, &last, FS_F_GONE);
	else if (is_changed(f, ((const struct fs_op_sum *)value)->pass))
		emit_op(f, k, value, 0);
}

/* A line of mountinfo: "36 35 98:0 / /mnt ..." */
static void know_line(int map, const char *line)
{
	const uint32_t one = 1;
	unsigned major, minor;
	uint32_t dev;

	if (sscanf(line, "%*d %*d %u:%u", &major, &minor) != 2)
		return;
	dev = major << 20 | minor;
	bpf_map_update_elem(map, &dev, &one, BPF_ANY);
}

/* Which filesystems there are: st_dev may be another number, on btrfs and overlay. */
static void know_filesystems(struct kernel_source *k)
{
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	char text[4096], line[64]; /* its beginning is enough */
	size_t len = 0;
	ssize_t got;

	while (fd >= 0 && (got = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < got; i++) {
			if (text[i] != '\n') {
				line[len] = text[i];
				len += len < sizeof(line) - 1;
				continue;
			}
			line[len] = '\0';
			len = 0;
			know_line(bpf_map__fd(k->skel->maps.fs_devs), line);
		}
	if (fd >= 0)
		close(fd);
}

void fsums_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx)
{
	struct fsums *f = k->fsums;

	if (!fn)
		return;
	f->pass = k->skel->bss->fs_pass++;
	f->key = key;
	f->now_ns = now_ns;
	f->fn = fn;
	f->ctx = ctx;
	if (key)
		know_filesystems(k); /* those that have been mounted since */
	if (!is_changed(f, k->skel->bss->fs_touched))
		return;
	f->files_before = f->files;
	f->files = 0;
	WALK(f, k->skel->maps.fs_files, files, file_entry);
	WALK(f, k->skel->maps.fs_files_rest, files, file_entry);
	WALK(f, k->skel->maps.fs_ops, ops, op_entry);
	WALK(f, k->skel->maps.fs_ops_rest, ops, op_entry);
}

/* What finds no room is counted in entries that are there from the first. */
static int make_rest(struct kernel_source *k, struct fsums *f)
{
	int files = bpf_map__fd(k->skel->maps.fs_files_rest), ops = bpf_map__fd(k->skel->maps.fs_ops_rest);
	struct fs_file_key file = {0};
	struct fs_op_key op = {0};

	for (file.type = 0; file.type < FS_T_NR; file.type++)
		if (bpf_map_update_elem(files, &file, &f->values.files[0], BPF_ANY))
			return -errno;
	for (op.op = 0; op.op < FS_OP_NR; op.op++)
		if (bpf_map_update_elem(ops, &op, &f->values.ops[0], BPF_ANY))
			return -errno;
	return 0;
}

int fsums_open(struct kernel_source *k, struct err *e)
{
	int ret;

	k->fsums = calloc(1, sizeof(*k->fsums));
	if (!k->fsums)
		return err_set(e, -ENOMEM, "BPF: no memory for files.");
	ret = make_rest(k, k->fsums);
	if (ret)
		return err_set(e, ret, "BPF: the sums of files cannot be written: %s. "
			       "--no-bpf shows what /proc gives.", strerror(-ret));
	know_filesystems(k);
	k->skel->bss->fs_pass = 1; /* 0: never touched */
	return 0;
}

void fsums_begin(struct kernel_source *k)
{
	k->skel->bss->fs_round++;
}

void fsums_close(struct kernel_source *k)
{
	free(k->fsums);
	k->fsums = NULL;
}
