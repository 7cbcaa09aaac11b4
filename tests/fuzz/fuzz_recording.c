/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of recordings against any file. Checksums would stop a fuzzer at the door, so
 * two of the three forms of input get theirs mended: bytes as the records of a block, and
 * changes to a good recording.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "core.h"
#include "recfile.h"
#include "record.h"
#include "recording.h"
#include "synth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX   (4U << 20)
#define GOOD_TICKS 4

static unsigned char file[FILE_MAX], good[FILE_MAX];
static size_t file_len, good_len;

static void check(void *ctx, const struct ev_hdr *ev)
{
	uint64_t *sum = ctx;
	const unsigned char *bytes = (const void *)ev;

	if (record_check(ev, ev->size) || (uintptr_t)ev % RECFILE_ALIGN)
		abort();
	for (unsigned i = 0; i < ev->size; i++)
		*sum += bytes[i];
}

static void play(int fd)
{
	struct source *s;
	struct err e = {""};
	uint64_t sum = 0;
	int ret = replay_open_fd(fd, &s, &e);

	if (ret) {
		if (e.text[0] == '\0')
			abort();
		return;
	}
	replay_seek(s, replay_info(s)->first_ns / 2 + replay_info(s)->last_ns / 2, check, &sum);
	s->ops->tick(s, 0, check, &sum);
	replay_back(s, 1, check, &sum);
	while (s->ops->tick(s, 0, check, &sum) == 0)
		;
	replay_seek(s, 0, check, &sum);
	s->ops->tick(s, 0, check, &sum);
	s->ops->free(s);
}

static void put(const void *data, size_t len)
{
	if (len > FILE_MAX - file_len)
		len = FILE_MAX - file_len;
	memcpy(file + file_len, data, len);
	file_len += len;
}

static void put_head(void)
{
	size_t nr;
	const struct recfile_layout *layouts = recfile_layouts(&nr);
	struct recfile_head head = {
		.magic = RECFILE_MAGIC,
		.version = RECFILE_VERSION,
		.head_bytes = (uint32_t)(sizeof(head) + nr * sizeof(layouts[0])),
		.layouts_nr = (uint32_t)nr,
	};

	head.crc = recfile_crc(recfile_crc(0, &head, sizeof(head)), layouts, nr * sizeof(*layouts));
	put(&head, sizeof(head));
	put(layouts, nr * sizeof(layouts[0]));
}

/* One block of any bytes; it says what it would have to say if they were records. */
static void put_block(const uint8_t *data, size_t size, uint32_t seq)
{
	static unsigned char stored[RECFILE_STORED_MAX];
	struct recfile_block b = {.magic = RECFILE_BLOCK_MAGIC, .seq = seq};
	size_t at = 0;

	while (size - at >= sizeof(struct ev_hdr)) {
		struct ev_hdr h;

		memcpy(&h, data + at, sizeof(h));
		b.flags = h.pane == PANE_CORE && h.kind == CORE_TICK ? RECFILE_TICK | RECFILE_KEY
								     : 0;
		b.tick_ns = b.flags ? h.ts_ns : 0;
		b.records++;
		if (h.size == 0 || h.size > size - at)
			break;
		at += h.size;
	}
	b.raw_bytes = (uint32_t)size;
	b.stored_bytes = (uint32_t)ZSTD_compress(stored, sizeof(stored), data, size, 1);
	b.data_crc = recfile_crc(0, stored, b.stored_bytes);
	b.head_crc = recfile_block_crc(&b);
	put(&b, sizeof(b));
	put(stored, b.stored_bytes);
}

/* Makes all checksums of `file` right again, as far as its sizes can be followed. */
static void mend_blocks(size_t at)
{
	struct recfile_block b;

	while (at + sizeof(b) <= file_len) {
		memcpy(&b, file + at, sizeof(b));
		if (b.magic != RECFILE_BLOCK_MAGIC || b.stored_bytes > file_len - at - sizeof(b))
			return;
		b.data_crc = recfile_crc(0, file + at + sizeof(b), b.stored_bytes);
		b.head_crc = recfile_block_crc(&b);
		memcpy(file + at, &b, sizeof(b));
		at += sizeof(b) + b.stored_bytes;
	}
}

static void mend_index(void)
{
	static struct recfile_key keys[RECFILE_KEYS_MAX];
	struct recfile_keys k = {.keys = keys};
	struct recfile_end end;
	size_t at;

	if (file_len < sizeof(end))
		return;
	memcpy(&end, file + file_len - sizeof(end), sizeof(end));
	end.crc = recfile_crc(0, &end.index_offset, sizeof(end.index_offset));
	memcpy(file + file_len - sizeof(end), &end, sizeof(end));
	at = end.index_offset;
	if (end.index_offset > file_len || file_len - at < sizeof(k.head))
		return;
	memcpy(&k.head, file + at, sizeof(k.head));
	if (k.head.keys_nr > (file_len - at - sizeof(k.head)) / sizeof(keys[0]) ||
	    k.head.keys_nr > RECFILE_KEYS_MAX)
		return;
	memcpy(keys, file + at + sizeof(k.head), k.head.keys_nr * sizeof(keys[0]));
	k.head.crc = recfile_index_crc(&k);
	memcpy(file + at, &k.head, sizeof(k.head));
}

static void mend(void)
{
	struct recfile_head head;
	size_t layouts;

	if (file_len < sizeof(head))
		return;
	memcpy(&head, file, sizeof(head));
	layouts = (size_t)head.layouts_nr * sizeof(struct recfile_layout);
	if (layouts <= file_len - sizeof(head)) {
		head.crc = 0;
		head.crc = recfile_crc(recfile_crc(0, &head, sizeof(head)), file + sizeof(head),
				       layouts);
		memcpy(file, &head, sizeof(head));
	}
	if (head.head_bytes < file_len)
		mend_blocks(head.head_bytes);
	mend_index();
}

static void record_one(void *ctx, const struct ev_hdr *ev)
{
	recorder_add(ctx, ev);
}

static void make_good(void)
{
	struct synth_opts opts = {.scene = SYNTH_HOSTILE, .ticks = GOOD_TICKS, .key_every = 2};
	struct source *s;
	struct recorder *r;
	int fd = memfd_create("good", 0);

	if (synth_new(&opts, &s) || recorder_new_at(dup(fd), 0, &r, NULL))
		abort();
	while (s->ops->tick(s, 0, record_one, r) == 0)
		;
	recorder_close(r, NULL);
	s->ops->free(s);
	good_len = (size_t)pread(fd, good, sizeof(good), 0);
	close(fd);
}

/* Changes to a good recording: four bytes each, where (from the end, if odd) and what. */
static void change_good(const uint8_t *data, size_t size)
{
	memcpy(file, good, good_len);
	file_len = good_len;
	for (; size >= 4; data += 4, size -= 4) {
		size_t at = (size_t)(data[0] | data[1] << 8 | data[2] << 16) % good_len;

		file[data[2] & 0x80 ? good_len - 1 - at % 512 : at] = data[3];
	}
	mend();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd;

	if (size < 2)
		return 0;
	if (!good_len)
		make_good();
	file_len = 0;
	switch (data[0] % 3) {
	case 0:
		put(data + 1, size - 1);
		break;
	case 1:
		put_head();
		put_block(data + 1, (size - 1) / 2, 0);
		put_block(data + 1 + (size - 1) / 2, size - 1 - (size - 1) / 2, 1);
		break;
	default:
		change_good(data + 1, size - 1);
	}
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, file, file_len) != (ssize_t)file_len)
		abort();
	play(fd);
	return 0;
}
