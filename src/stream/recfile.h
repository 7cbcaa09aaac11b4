/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layout of a recording file, shared by writer and reader. doc/record-format.md is its
 * description; a change here is a new RECFILE_VERSION there.
 *
 * The structures are written as they are in memory, little endian: recfile_host() refuses a
 * machine of the other order instead of writing a file that nobody could read.
 */
#ifndef PROBETOP_RECFILE_H
#define PROBETOP_RECFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "log.h"

#define RECFILE_MAGIC	    "\x89PTREC\r\n"
#define RECFILE_MAGIC_BYTES 8
#define RECFILE_VERSION	    1
#define RECFILE_BLOCK_MAGIC 0x314b4c42 /* "BLK1" */
#define RECFILE_INDEX_MAGIC 0x31584449 /* "IDX1" */
#define RECFILE_END_MAGIC   0x31444e45 /* "END1" */

#define RECFILE_RAW_MAX	    (1U << 20) /* bytes of records in a block, before compression */
#define RECFILE_STORED_MAX  (RECFILE_RAW_MAX + RECFILE_RAW_MAX / 128 + 1024)
#define RECFILE_LAYOUTS_MAX 256
#define RECFILE_KEYS_MAX    65536
#define RECFILE_ALIGN	    8 /* every record is a multiple of it, and so starts on one */

/* Size of one kind of record in the writer's build; pane 255 holds constants instead. */
struct recfile_layout {
	uint8_t pane, kind;
	uint16_t size;
};
#define RECFILE_CONSTANTS 255

/* The layouts follow. `crc` covers the head with this field 0, and the layouts. */
struct recfile_head {
	char magic[RECFILE_MAGIC_BYTES];
	uint32_t version;
	uint32_t head_bytes; /* with the layouts: where the first block begins */
	uint64_t created_real_ns;
	uint32_t layouts_nr;
	uint32_t crc;
};
_Static_assert(sizeof(struct recfile_head) == 32, "layout of the file head");

enum recfile_block_flags {
	RECFILE_TICK = 1 << 0,	  /* ends with a tick record */
	RECFILE_KEY = 1 << 1,	  /* with RECFILE_TICK: a replay can start with this interval */
	RECFILE_LASTING = 1 << 2, /* holds records that are said once and stay true */
};
#define RECFILE_FLAGS_ALL 7

/* One zstd frame of `stored_bytes` follows. */
struct recfile_block {
	uint32_t magic;
	uint32_t head_crc; /* of the fields after it */
	uint32_t data_crc; /* of the bytes that follow */
	uint32_t stored_bytes, raw_bytes;
	uint32_t records;
	uint32_t flags;
	uint32_t seq;			/* counts blocks from 0 */
	uint64_t first_ns, last_ns;	/* lowest and highest time in it, CLOCK_MONOTONIC */
	uint64_t tick_ns, tick_real_ns; /* of the tick record; 0 without RECFILE_TICK */
};
_Static_assert(sizeof(struct recfile_block) == 64, "layout of the block head");

/* An interval that ends with a key tick, in the index. */
struct recfile_key {
	uint64_t offset; /* of its first block */
	uint64_t tick_ns;
	uint32_t tick_nr; /* ordinal of its tick, from 0 */
	uint32_t reserved;
};
_Static_assert(sizeof(struct recfile_key) == 24, "layout of an index entry");

/* `keys_nr` entries and a struct recfile_end follow. `crc` covers the fields after it and the keys.
 */
struct recfile_index {
	uint32_t magic;
	uint32_t crc;
	uint32_t keys_nr;
	uint32_t ticks;
	uint64_t first_ns, last_ns, first_real_ns;
};
_Static_assert(sizeof(struct recfile_index) == 40, "layout of the index");

/* The last bytes of the file. */
struct recfile_end {
	uint64_t index_offset;
	uint32_t crc; /* of index_offset */
	uint32_t magic;
};
_Static_assert(sizeof(struct recfile_end) == 16, "layout of the end");

/* Key frames in memory: a fixed array that halves its resolution when it is full. */
struct recfile_keys {
	struct recfile_index head;
	uint32_t stride, seen;
	struct recfile_key *keys;
};

/* Returns 0, or -ENOTSUP on a big-endian host. */
int recfile_host(struct err *e);

/* Returns this build's layouts; *ret_nr how many. */
const struct recfile_layout *recfile_layouts(size_t *ret_nr);
/* Returns the size of a kind in this build, 0 where it has no such kind. */
uint16_t recfile_size(uint8_t pane, uint8_t kind);
/* Says whether a record stays true after its interval (host, user, command line). */
bool recfile_lasting(const struct ev_hdr *ev);
/* Says whether a record is a tick. */
bool recfile_is_tick(const struct ev_hdr *ev);

uint32_t recfile_crc(uint32_t crc, const void *data, size_t len);
uint32_t recfile_block_crc(const struct recfile_block *b);
uint32_t recfile_index_crc(const struct recfile_keys *k);

/* Counts a tick, and keeps it as a place to start when `key` is set or it is the first. */
void recfile_keys_add(struct recfile_keys *k, uint64_t offset, uint64_t tick_ns, uint64_t real_ns,
		      bool key);

/* Maps memory that costs nothing until it is touched. Returns NULL without. */
void *recfile_map(size_t size);
void recfile_unmap(void *mem, size_t size);

#endif
