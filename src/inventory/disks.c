/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/diskstats: one line a device. */
#include "disks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "record.h"

#define BUFFER_BYTES (64 * 1024)
#define FIELDS_MAX 17 /* after the name; 11 before Linux 4.18, 15 before 5.5 */

struct disks {
	int fd;
	int names_nr;
	struct table last; /* struct disk_stat_rec by device, as it was emitted */
	struct disk_name names[DISKS_LISTED_MAX];
	char buffer[BUFFER_BYTES];
};

int disks_new(const char *root, struct disks **ret)
{
	struct disks *d = calloc(1, sizeof(*d));
	int err;

	*ret = NULL;
	if (!d)
		return -ENOMEM;
	d->fd = -1;
	err = table_init(&d->last, DISKS_LISTED_MAX, sizeof(struct disk_stat_rec));
	if (err) {
		disks_free(d);
		return err;
	}
	d->fd = files_open(root, "/proc/diskstats", O_RDONLY);
	*ret = d;
	return 0;
}

void disks_free(struct disks *d)
{
	if (!d)
		return;
	if (d->fd >= 0)
		close(d->fd);
	table_fini(&d->last);
	free(d);
}

/* ---- the parser ---- */

static struct text take_word(struct text *t)
{
	struct text word;

	while (t->at < t->end && *t->at == ' ')
		t->at++;
	word.at = t->at;
	while (t->at < t->end && *t->at != ' ')
		t->at++;
	word.end = t->at;
	return word;
}

static bool take_number(struct text *t, uint64_t *ret)
{
	struct text word = take_word(t);

	return word.at < word.end && parse_number(word, ret);
}

bool disks_parse(struct text line, struct disk_stat_rec *ret, char ret_name[DISK_NAME_BYTES])
{
	uint64_t major, minor, v[FIELDS_MAX];
	struct text name;
	size_t len;
	int nr = 0;

	if (!take_number(&line, &major) || !take_number(&line, &minor) || major > 0xfff || minor > 0xfffff)
		return false;
	name = take_word(&line);
	len = (size_t)(name.end - name.at);
	if (!len)
		return false;
	for (int i = 0; i < FIELDS_MAX; i++)
		v[i] = REC_UNKNOWN;
	while (nr < FIELDS_MAX && take_number(&line, &v[nr]))
		nr++;
	if (nr < 11)
		return false;
	memset(ret_name, 0, DISK_NAME_BYTES);
	memcpy(ret_name, name.at, len < DISK_NAME_BYTES ? len : DISK_NAME_BYTES - 1);
	*ret = (struct disk_stat_rec){
		.dev = disk_dev((uint32_t)major, (uint32_t)minor),
		.inflight = v[8] < REC_UNKNOWN32 ? (uint32_t)v[8] : REC_UNKNOWN32,
		.ios = {v[0], v[4], v[11], v[15]},
		.merges = {v[1], v[5], v[12]},
		.sectors = {v[2], v[6], v[13]},
		.ms = {v[3], v[7], v[14], v[16]},
		.busy_ms = v[9],
		.queue_ms = v[10],
	};
	return true;
}

/* ---- records ---- */

static void on_line(struct disks *d, struct text line, uint64_t now_ns, bool all, record_fn fn, void *ctx)
{
	const size_t head = sizeof(struct ev_hdr);
	struct disk_stat_rec r, *last;
	struct disk_name *name;
	bool new;

	if (d->names_nr == DISKS_LISTED_MAX)
		return;
	name = &d->names[d->names_nr];
	if (!disks_parse(line, &r, name->name))
		return;
	name->dev = r.dev;
	d->names_nr++;
	last = table_put(&d->last, (struct table_key){.a = r.dev}, &new);
	if (!all && !new && !memcmp((char *)last + head, (char *)&r + head, sizeof(r) - head))
		return;
	record_init(&r.h, now_ns, PANE_DISK, DISK_STAT, sizeof(r));
	*last = r;
	fn(ctx, &r.h);
}

/* The kernel gives the file in pieces; a line that is cut off by an error is left out. */
void disks_tick(struct disks *d, uint64_t now_ns, bool all, record_fn fn, void *ctx)
{
	size_t have = 0;
	ssize_t n;

	d->names_nr = 0;
	if (d->fd < 0 || lseek(d->fd, 0, SEEK_SET) < 0)
		return;
	while ((n = read(d->fd, d->buffer + have, BUFFER_BYTES - have)) > 0) {
		struct text t = {d->buffer, d->buffer + have + (size_t)n};
		const char *newline;

		while ((newline = memchr(t.at, '\n', (size_t)(t.end - t.at)))) {
			on_line(d, (struct text){t.at, newline}, now_ns, all, fn, ctx);
			t.at = newline + 1;
		}
		have = (size_t)(t.end - t.at);
		if (have == BUFFER_BYTES)
			return;
		memmove(d->buffer, t.at, have);
	}
}

int disks_names(const struct disks *d, const struct disk_name **ret)
{
	*ret = d->names;
	return d->names_nr;
}
