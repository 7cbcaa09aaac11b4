/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fixed-capacity table. Three arrays in one mapping: nodes (key and order of use), the
 * index (linear probing, node numbers), the entries. Number 0 means none, so that fresh zero
 * pages are an empty table. Deleting shifts the probe run back: no tombstones.
 */
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CAPACITY_MAX (1U << 30)

struct node {
	struct table_key key;
	uint32_t hash;
	uint32_t newer, older; /* node numbers; `older` links the free ones too */
	uint32_t used;
};

struct table_impl {
	struct node *nodes; /* nodes[1 ... capacity] */
	uint32_t *index;    /* mask + 1 of them */
	char *entries;
	void *map;
	size_t map_bytes, stride;
	uint32_t mask;
	uint32_t newest, oldest, free, fresh; /* `fresh` nodes have been used at some time */
};

static uint32_t hash_key(struct table_key key)
{
	uint64_t h = key.a * 0x9e3779b97f4a7c15ULL ^
		     (key.b + 0x7f4a7c15ULL) * 0xd6e8feb86659fd93ULL;

	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ULL;
	return (uint32_t)(h >> 32);
}

static uint32_t index_slots(uint32_t capacity)
{
	uint32_t slots = 4;

	while (slots < 2 * capacity)
		slots *= 2;
	return slots;
}

static size_t page_up(size_t bytes)
{
	return (bytes + 4095) & ~(size_t)4095;
}

int table_init(struct table *t, uint32_t capacity, size_t entry_size)
{
	struct table_impl *m;
	size_t nodes_bytes, index_bytes;

	*t = (struct table){ .capacity = capacity, .entry_size = entry_size };
	if (capacity == 0 || capacity > CAPACITY_MAX || entry_size == 0 || entry_size > 1U << 24)
		return -EINVAL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->mask = index_slots(capacity) - 1;
	m->stride = (entry_size + 15) & ~(size_t)15;
	nodes_bytes = page_up((capacity + 1ULL) * sizeof(struct node));
	index_bytes = page_up((m->mask + 1ULL) * sizeof(uint32_t));
	m->map_bytes = nodes_bytes + index_bytes + page_up(capacity * m->stride);
	m->map = mmap(NULL, m->map_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m->map == MAP_FAILED) {
		free(m);
		return -ENOMEM;
	}
	/* with huge pages one entry of a sparse table costs 2 MiB; no matter if refused */
	madvise(m->map, m->map_bytes, MADV_NOHUGEPAGE);
	m->nodes = m->map;
	m->index = (uint32_t *)((char *)m->map + nodes_bytes);
	m->entries = (char *)m->map + nodes_bytes + index_bytes;
	t->impl = m;
	return 0;
}

void table_fini(struct table *t)
{
	if (t->impl) {
		munmap(t->impl->map, t->impl->map_bytes);
		free(t->impl);
	}
	*t = (struct table){ 0 };
}

void table_clear(struct table *t)
{
	struct table_impl *m = t->impl;

	if (madvise(m->map, m->map_bytes, MADV_DONTNEED))
		memset(m->map, 0, m->map_bytes);
	m->newest = m->oldest = m->free = m->fresh = 0;
	t->nr = 0;
}

static void *entry_of(const struct table_impl *m, uint32_t node)
{
	return m->entries + (size_t)(node - 1) * m->stride;
}

static void order_unlink(struct table_impl *m, uint32_t i)
{
	struct node *n = &m->nodes[i];

	*(n->newer ? &m->nodes[n->newer].older : &m->newest) = n->older;
	*(n->older ? &m->nodes[n->older].newer : &m->oldest) = n->newer;
}

static void order_front(struct table_impl *m, uint32_t i)
{
	struct node *n = &m->nodes[i];

	n->newer = 0;
	n->older = m->newest;
	*(m->newest ? &m->nodes[m->newest].newer : &m->oldest) = i;
	m->newest = i;
}

/* Returns the index position of `key`, or of the empty place where its probe run ends. */
static uint32_t index_find(const struct table_impl *m, struct table_key key, uint32_t hash)
{
	uint32_t pos = hash & m->mask;

	for (; m->index[pos]; pos = (pos + 1) & m->mask) {
		const struct node *n = &m->nodes[m->index[pos]];

		if (n->hash == hash && n->key.a == key.a && n->key.b == key.b)
			break;
	}
	return pos;
}

static void index_remove(struct table_impl *m, uint32_t hole)
{
	uint32_t pos = hole;

	for (;;) {
		uint32_t i, home;

		pos = (pos + 1) & m->mask;
		i = m->index[pos];
		if (!i)
			break;
		home = m->nodes[i].hash & m->mask;
		/* a node may move back to the hole unless its home lies behind it */
		if (((pos - home) & m->mask) < ((pos - hole) & m->mask))
			continue;
		m->index[hole] = i;
		hole = pos;
	}
	m->index[hole] = 0;
}

static void remove_node(struct table *t, uint32_t i)
{
	struct table_impl *m = t->impl;
	struct node *n = &m->nodes[i];

	index_remove(m, index_find(m, n->key, n->hash));
	order_unlink(m, i);
	n->used = 0;
	n->older = m->free;
	m->free = i;
	t->nr--;
}

static uint32_t take_node(struct table *t)
{
	struct table_impl *m = t->impl;
	uint32_t i;

	if (!m->free && m->fresh < t->capacity)
		return ++m->fresh;
	if (!m->free) {
		remove_node(t, m->oldest);
		t->evicted++;
	}
	i = m->free;
	m->free = m->nodes[i].older;
	memset(entry_of(m, i), 0, m->stride);
	return i;
}

void *table_get(struct table *t, struct table_key key)
{
	struct table_impl *m = t->impl;
	uint32_t i = m->index[index_find(m, key, hash_key(key))];

	if (!i)
		return NULL;
	if (m->newest != i) {
		order_unlink(m, i);
		order_front(m, i);
	}
	return entry_of(m, i);
}

const void *table_peek(const struct table *t, struct table_key key)
{
	uint32_t i = t->impl->index[index_find(t->impl, key, hash_key(key))];

	return i ? entry_of(t->impl, i) : NULL;
}

void *table_put(struct table *t, struct table_key key, bool *ret_new)
{
	struct table_impl *m = t->impl;
	void *entry = table_get(t, key);
	uint32_t i, hash = hash_key(key);

	if (ret_new)
		*ret_new = !entry;
	if (entry)
		return entry;
	i = take_node(t);
	m->nodes[i] = (struct node){ .key = key, .hash = hash, .used = 1 };
	m->index[index_find(m, key, hash)] = i;
	order_front(m, i);
	t->nr++;
	return entry_of(m, i);
}

bool table_del(struct table *t, struct table_key key)
{
	struct table_impl *m = t->impl;
	uint32_t i = m->index[index_find(m, key, hash_key(key))];

	if (i)
		remove_node(t, i);
	return i != 0;
}

void *table_next(const struct table *t, uint32_t *cursor, struct table_key *ret_key)
{
	const struct table_impl *m = t->impl;

	while (*cursor < m->fresh) {
		const struct node *n = &m->nodes[++*cursor];

		if (!n->used)
			continue;
		if (ret_key)
			*ret_key = n->key;
		return entry_of(m, *cursor);
	}
	return NULL;
}

void table_del_entry(struct table *t, void *entry)
{
	remove_node(t, (uint32_t)(((char *)entry - t->impl->entries) / t->impl->stride) + 1);
}
