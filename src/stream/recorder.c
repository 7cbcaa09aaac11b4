/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The writer of recordings. Records are gathered in one buffer and written as one compressed
 * block at each tick, so that a file whose writer was killed still ends with a whole interval.
 * All memory is mapped at recorder_new(); recorder_add() allocates nothing.
 */
#include "recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "core.h"
#include "recfile.h"
#include "record.h"

/* Fast before small: at level 1 a block of 1 MiB costs about 3 ms. */
#define LEVEL 1

struct recorder {
	int fd;
	int failed; /* the first error; nothing more is recorded after it */
	uint64_t offset, interval_offset;
	uint32_t seq;
	size_t raw_bytes;
	struct recfile_block block; /* of the records gathered so far */
	unsigned char *raw, *stored;
	struct recfile_keys keys;
	ZSTD_CCtx *zstd;
};

#define STORED_BYTES (sizeof(struct recfile_block) + RECFILE_STORED_MAX)
#define KEYS_BYTES   (RECFILE_KEYS_MAX * sizeof(struct recfile_key))

static int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Takes a torn piece off the end. Best effort: a pipe has none, and readers stop at a torn block.
 */
static void cut_back(struct recorder *r)
{
	if (ftruncate(r->fd, (off_t)r->offset) == 0)
		lseek(r->fd, (off_t)r->offset, SEEK_SET);
}

/* Writes a whole piece, or leaves the file as it was and remembers the error. */
static int append(struct recorder *r, const void *data, size_t len)
{
	int ret = write_all(r->fd, data, len);

	if (ret) {
		if (!r->failed)
			r->failed = ret;
		cut_back(r);
		return ret;
	}
	r->offset += len;
	return 0;
}

static int write_head(struct recorder *r, uint64_t created_real_ns)
{
	size_t nr;
	const struct recfile_layout *layouts = recfile_layouts(&nr);
	struct recfile_head head = {
		.magic = RECFILE_MAGIC,
		.version = RECFILE_VERSION,
		.head_bytes = (uint32_t)(sizeof(head) + nr * sizeof(layouts[0])),
		.created_real_ns = created_real_ns,
		.layouts_nr = (uint32_t)nr,
	};
	int ret;

	head.crc = recfile_crc(0, &head, sizeof(head));
	head.crc = recfile_crc(head.crc, layouts, nr * sizeof(layouts[0]));
	ret = append(r, &head, sizeof(head));
	if (!ret)
		ret = append(r, layouts, nr * sizeof(layouts[0]));
	r->interval_offset = r->offset;
	return ret;
}

static void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	recfile_unmap(r->raw, RECFILE_RAW_MAX);
	recfile_unmap(r->stored, STORED_BYTES);
	recfile_unmap(r->keys.keys, KEYS_BYTES);
	ZSTD_freeCCtx(r->zstd);
	free(r);
}

/* Compresses a full block once, so that zstd's tables have their final size from the start. */
static int reserve(struct recorder *r)
{
	size_t bound = ZSTD_compressBound(RECFILE_RAW_MAX);

	r->raw = recfile_map(RECFILE_RAW_MAX);
	r->stored = recfile_map(STORED_BYTES);
	r->keys.keys = recfile_map(KEYS_BYTES);
	r->zstd = ZSTD_createCCtx();
	if (!r->raw || !r->stored || !r->keys.keys || !r->zstd || bound > RECFILE_STORED_MAX)
		return -ENOMEM;
	if (ZSTD_isError(ZSTD_compressCCtx(r->zstd, r->stored, STORED_BYTES, r->raw,
					   RECFILE_RAW_MAX, LEVEL)))
		return -ENOMEM;
	return 0;
}

int recorder_new_at(int fd, uint64_t created_real_ns, struct recorder **ret_rec, struct err *e)
{
	struct recorder *r;
	int ret = recfile_host(e);

	if (ret)
		goto fail_fd;
	r = calloc(1, sizeof(*r));
	ret = r ? reserve(r) : -ENOMEM;
	if (ret) {
		err_set(e, ret, "recording: no memory for its buffers. Free some memory.");
		goto fail;
	}
	r->fd = fd;
	ret = write_head(r, created_real_ns);
	if (ret) {
		err_set(e, ret, "recording: cannot write its head: %s. Choose another file.",
			strerror(-ret));
		goto fail;
	}
	*ret_rec = r;
	return 0;
fail:
	recorder_free(r);
fail_fd:
	close(fd);
	return ret;
}

int recorder_new(int fd, struct recorder **ret_rec, struct err *e)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return recorder_new_at(fd, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
			       ret_rec, e);
}

/* Compresses what was gathered and writes it with its head as one piece. */
static int flush(struct recorder *r)
{
	struct recfile_block *b = &r->block;
	size_t head = sizeof(*b), n;
	int ret;

	if (b->records == 0)
		return 0;
	n = ZSTD_compressCCtx(r->zstd, r->stored + head, STORED_BYTES - head, r->raw, r->raw_bytes,
			      LEVEL);
	if (ZSTD_isError(n)) {
		r->failed = -EIO;
		return -EIO;
	}
	b->magic = RECFILE_BLOCK_MAGIC;
	b->stored_bytes = (uint32_t)n;
	b->raw_bytes = (uint32_t)r->raw_bytes;
	b->data_crc = recfile_crc(0, r->stored + head, n);
	b->seq = r->seq;
	b->head_crc = recfile_block_crc(b);
	memcpy(r->stored, b, head);
	ret = append(r, r->stored, head + n);
	if (!ret)
		r->seq++;
	return ret;
}

static void block_clear(struct recorder *r)
{
	r->block = (struct recfile_block){0};
	r->raw_bytes = 0;
}

static void gather(struct recorder *r, const struct ev_hdr *ev)
{
	struct recfile_block *b = &r->block;

	memcpy(r->raw + r->raw_bytes, ev, ev->size);
	r->raw_bytes += ev->size;
	if (b->records++ == 0 || ev->ts_ns < b->first_ns)
		b->first_ns = ev->ts_ns;
	if (ev->ts_ns > b->last_ns)
		b->last_ns = ev->ts_ns;
	if (recfile_lasting(ev))
		b->flags |= RECFILE_LASTING;
}

/* The tick record just gathered closes the interval. */
static int close_interval(struct recorder *r, const struct tick_rec *tick)
{
	bool key = tick->flags & (TICK_F_KEY | TICK_F_FIRST);
	int ret;

	r->block.flags |= RECFILE_TICK | (key ? RECFILE_KEY : 0);
	r->block.tick_ns = tick->h.ts_ns;
	r->block.tick_real_ns = tick->real_ns;
	ret = flush(r);
	block_clear(r);
	if (ret)
		return ret;
	recfile_keys_add(&r->keys, r->interval_offset, tick->h.ts_ns, tick->real_ns, key);
	r->interval_offset = r->offset;
	return 0;
}

static int add(struct recorder *r, const struct ev_hdr *ev)
{
	if (r->raw_bytes + ev->size > RECFILE_RAW_MAX) {
		int ret = flush(r);

		block_clear(r);
		if (ret)
			return ret;
	}
	gather(r, ev);
	if (recfile_is_tick(ev))
		return close_interval(r, (const struct tick_rec *)ev);
	return 0;
}

int recorder_add(struct recorder *r, const struct ev_hdr *ev)
{
	if (r->failed)
		return 0;
	/* What the models refuse is no part of the stream: a replay would call it damage. */
	if (record_check(ev, ev->size) || ev->size % RECFILE_ALIGN)
		return 0;
	return add(r, ev);
}

static int write_index(struct recorder *r)
{
	struct recfile_end end = {.index_offset = r->offset, .magic = RECFILE_END_MAGIC};
	struct recfile_keys *k = &r->keys;
	size_t keys_bytes = k->head.keys_nr * sizeof(k->keys[0]);
	int ret;

	k->head.magic = RECFILE_INDEX_MAGIC;
	k->head.crc = recfile_index_crc(k);
	end.crc = recfile_crc(0, &end.index_offset, sizeof(end.index_offset));
	ret = append(r, &k->head, sizeof(k->head));
	if (!ret)
		ret = append(r, k->keys, keys_bytes);
	if (!ret)
		ret = append(r, &end, sizeof(end));
	return ret;
}

int recorder_close(struct recorder *r, struct err *e)
{
	int ret;

	if (!r)
		return 0;
	if (!r->failed)
		flush(r);
	/* After a full disk the index may still fit into what the torn block gave back. */
	write_index(r);
	if (close(r->fd) && !r->failed)
		r->failed = -errno;
	ret = r->failed;
	if (ret)
		err_set(e, ret,
			"recording: cannot write: %s. It holds %u intervals; record to another "
			"place.",
			strerror(-ret), r->keys.head.ticks);
	recorder_free(r);
	return ret;
}
