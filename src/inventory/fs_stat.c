/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts of inodes, dentries, open files and cached pages. */
#include "fs_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "fs.h"
#include "parse.h"
#include "record.h"

#define BUFFER_BYTES (64 * 1024) /* /proc/vmstat is the longest */

enum kept { KEPT_INODES, KEPT_DENTRIES, KEPT_FILES, KEPT_MEMINFO, KEPT_VMSTAT, KEPT_NR };

static const char *const kept_paths[KEPT_NR] = {
	[KEPT_INODES] = "/proc/sys/fs/inode-nr",
	[KEPT_DENTRIES] = "/proc/sys/fs/dentry-state",
	[KEPT_FILES] = "/proc/sys/fs/file-nr",
	[KEPT_MEMINFO] = "/proc/meminfo",
	[KEPT_VMSTAT] = "/proc/vmstat",
};

struct fs_stat {
	char *buffer;
	int fds[KEPT_NR];
};

int fs_stat_new(const char *root, struct fs_stat **ret_stat)
{
	struct fs_stat *f = calloc(1, sizeof(*f));

	if (f)
		f->buffer = malloc(BUFFER_BYTES);
	if (!f || !f->buffer) {
		free(f);
		return -ENOMEM;
	}
	for (int i = 0; i < KEPT_NR; i++)
		f->fds[i] = files_open(root, kept_paths[i], O_RDONLY);
	*ret_stat = f;
	return 0;
}

void fs_stat_free(struct fs_stat *f)
{
	if (!f)
		return;
	for (int i = 0; i < KEPT_NR; i++)
		if (f->fds[i] >= 0)
			close(f->fds[i]);
	free(f->buffer);
	free(f);
}

static struct text read_kept(struct fs_stat *f, enum kept which)
{
	return files_text(f->fds[which], f->buffer, BUFFER_BYTES);
}

/* Takes the next number of a line of them, or nothing. */
static __u64 next_number(struct text *t)
{
	uint64_t value;

	while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
		t->at++;
	if (!parse_number(*t, &value)) {
		t->at = t->end;
		return REC_UNKNOWN;
	}
	while (t->at < t->end && *t->at >= '0' && *t->at <= '9')
		t->at++;
	return value;
}

static void read_counts(struct fs_stat *f, struct fs_stat_rec *r)
{
	struct text t = read_kept(f, KEPT_INODES);

	r->inodes = next_number(&t);
	r->inodes_free = next_number(&t);
	/* dentries, unused, age, want_pages, negative (since 5.0), 0 */
	t = read_kept(f, KEPT_DENTRIES);
	r->dentries = next_number(&t);
	r->dentries_unused = next_number(&t);
	next_number(&t);
	next_number(&t);
	r->dentries_negative = next_number(&t);
	t = read_kept(f, KEPT_FILES);
	r->files = next_number(&t);
	next_number(&t); /* free ones: always 0 */
	r->files_max = next_number(&t);
}

static void read_memory(struct fs_stat *f, struct fs_stat_rec *r)
{
	struct mem_rec m;

	parse_meminfo(read_kept(f, KEPT_MEMINFO), &m);
	r->dirty_bytes = m.dirty;
	r->writeback_bytes = m.writeback;
	r->cached_bytes = m.cached;
	r->buffers_bytes = m.buffers;
}

/* The number of a line "name number". */
static bool parse_named(struct text line, const char *name, __u64 *ret)
{
	size_t len = strlen(name);

	if ((size_t)(line.end - line.at) <= len || memcmp(line.at, name, len) != 0 || line.at[len] != ' ')
		return false;
	line.at += len;
	*ret = next_number(&line);
	return true;
}

static void read_pages(struct fs_stat *f, struct fs_stat_rec *r)
{
	struct text t = read_kept(f, KEPT_VMSTAT), line;

	r->dirtied = r->written = REC_UNKNOWN;
	while (parse_line(&t, &line))
		if (!parse_named(line, "nr_dirtied", &r->dirtied) && parse_named(line, "nr_written", &r->written))
			break;
}

void fs_stat_tick(struct fs_stat *f, uint64_t now_ns, record_fn fn, void *ctx)
{
	struct fs_stat_rec r;

	record_init(&r.h, now_ns, PANE_FS, FS_STAT, sizeof(r));
	read_counts(f, &r);
	read_memory(f, &r);
	read_pages(f, &r);
	fn(ctx, &r.h);
}
