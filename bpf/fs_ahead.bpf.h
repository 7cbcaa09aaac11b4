/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readahead: a bit for each page that was brought into the cache before anybody asked for it, in chunks, until
 * it is used or leaves. The bits of a chunk are not locked: two threads that read the same pages at the same
 * moment may both count them.
 */
#ifndef PROBETOP_FS_AHEAD_BPF_H
#define PROBETOP_FS_AHEAD_BPF_H

#include "common.bpf.h"
#include "fs_pages.h"

#define AHEAD_CHUNKS_MAX 16384 /* of one call: 4 GiB, more than a read can ask for */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, PAGE_CHUNKS_MAX);
	__type(key, struct page_chunk_key);
	__type(value, struct page_chunk);
} page_chunks SEC(".maps");

struct page_ahead page_ahead = {};

const struct page_chunk page_chunk_zero = {};

enum ahead_what { AHEAD_CAME, AHEAD_USED, AHEAD_DROPPED };

/* A range of pages of one mapping, and what became of them. */
struct ahead {
	__u64 mapping, first, last;
	__u64 asked_first, asked_last; /* AHEAD_USED: these came for this use, and were not early */
	__u64 now_ns;
	enum ahead_what what;
	__u32 reserved;
};

static __always_inline __u64 bits_nr(__u64 v)
{
	v -= v >> 1 & 0x5555555555555555ULL;
	v = (v & 0x3333333333333333ULL) + (v >> 2 & 0x3333333333333333ULL);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return v * 0x0101010101010101ULL >> 56;
}

/* Bits of the pages of `chunk` that are in the range. */
static __always_inline __u64 chunk_mask(__u64 chunk, __u64 first, __u64 last)
{
	__u64 from = chunk * PAGE_CHUNK, to = from + PAGE_CHUNK - 1;

	if (first > last || first > to || last < from)
		return 0;
	first = first > from ? first - from : 0;
	last = last < to ? last - from : PAGE_CHUNK - 1;
	return ~0ULL >> (PAGE_CHUNK - 1 - (last & 63)) & ~0ULL << (first & 63);
}

static __always_inline void chunk_came(struct page_chunk_key *key, __u64 mask, __u64 now_ns)
{
	struct page_chunk *c = bpf_map_lookup_elem(&page_chunks, key);

	if (!c) {
		bpf_map_update_elem(&page_chunks, key, &page_chunk_zero, BPF_NOEXIST);
		c = bpf_map_lookup_elem(&page_chunks, key);
	}
	if (!c) {
		ADD(page_ahead.lost, bits_nr(mask));
		return;
	}
#pragma unroll
	for (int i = 0; i < PAGE_CHUNK / PAGE_GROUP; i++)
		if (mask >> (i * PAGE_GROUP) & ((1 << PAGE_GROUP) - 1))
			c->came_ns[i] = now_ns;
	c->bits |= mask;
	ADD(page_ahead.added, bits_nr(mask));
}

static __always_inline void chunk_used(const struct page_chunk *c, __u64 used, __u64 now_ns)
{
	__u64 nr;

	ADD(page_ahead.used, bits_nr(used));
#pragma unroll
	for (int i = 0; i < PAGE_CHUNK / PAGE_GROUP; i++) {
		nr = bits_nr(used >> (i * PAGE_GROUP) & ((1 << PAGE_GROUP) - 1));
		if (nr)
			ADD(page_ahead.slots[hist_slot(now_ns - c->came_ns[i])], nr);
	}
}

static __always_inline void chunk_left(struct page_chunk_key *key, __u64 mask, const struct ahead *a)
{
	struct page_chunk *c = bpf_map_lookup_elem(&page_chunks, key);
	__u64 hit, asked;

	if (!c)
		return;
	hit = c->bits & mask;
	if (!hit)
		return;
	c->bits &= ~hit;
	if (a->what == AHEAD_DROPPED) {
		ADD(page_ahead.dropped, bits_nr(hit));
	} else {
		asked = hit & chunk_mask(key->chunk, a->asked_first, a->asked_last);
		ADD(page_ahead.asked, bits_nr(asked));
		if (hit & ~asked)
			chunk_used(c, hit & ~asked, a->now_ns);
	}
	if (!c->bits)
		bpf_map_delete_elem(&page_chunks, key);
}

static long ahead_chunk(__u32 i, struct ahead *a)
{
	struct page_chunk_key key = {.mapping = a->mapping, .chunk = a->first / PAGE_CHUNK + i};
	__u64 mask = chunk_mask(key.chunk, a->first, a->last);

	if (a->what == AHEAD_CAME)
		chunk_came(&key, mask, a->now_ns);
	else
		chunk_left(&key, mask, a);
	return 0;
}

/* bpf_loop came with 5.17; only programs for kernels with bpf_rdonly_cast (6.2) come here. */
static __always_inline void ahead_walk(struct ahead *a)
{
	__u64 nr;

	if (!a->mapping || a->first > a->last)
		return;
	nr = a->last / PAGE_CHUNK - a->first / PAGE_CHUNK + 1;
	a->now_ns = bpf_ktime_get_ns();
	bpf_loop(nr < AHEAD_CHUNKS_MAX ? nr : AHEAD_CHUNKS_MAX, ahead_chunk, a, 0);
}

#endif
