/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pool. The index is the key's low bits, not a hash of it: pids are handed out in order,
 * so the slots of a few thousand processes lie in a few pages. A hash would touch them all.
 */
#include "pool.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static size_t page_up(size_t bytes)
{
	return (bytes + 4095) & ~(size_t)4095;
}

int pool_init(struct pool *p, enum pool_kind kind, uint32_t capacity, size_t size)
{
	size_t heads_bytes = 0;

	*p = (struct pool){.capacity = capacity, .stride = (size + 7) & ~(size_t)7};
	if (capacity == 0 || capacity > 1U << 28 || size < sizeof(struct pool_node))
		return -EINVAL;
	if (kind == POOL_KEYED) {
		for (p->mask = 1; p->mask < capacity; p->mask *= 2)
			;
		heads_bytes = page_up((size_t)p->mask * sizeof(*p->heads));
		p->mask--;
	}
	p->map_bytes = heads_bytes + page_up(capacity * p->stride);
	p->map = mmap(NULL, p->map_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p->map == MAP_FAILED) {
		p->map = NULL;
		return -ENOMEM;
	}
	/* a huge page would make the first entry cost 2 MiB; no matter if refused */
	madvise(p->map, p->map_bytes, MADV_NOHUGEPAGE);
	p->heads = heads_bytes ? p->map : NULL;
	p->base = (char *)p->map + heads_bytes;
	return 0;
}

void pool_fini(struct pool *p)
{
	if (p->map)
		munmap(p->map, p->map_bytes);
	*p = (struct pool){ 0 };
}

void pool_clear(struct pool *p)
{
	if (p->fresh)
		madvise(p->map, p->map_bytes, MADV_DONTNEED);
	p->nr = p->fresh = p->free = 0;
	p->refused = 0;
}

void *pool_at(const struct pool *p, uint32_t i)
{
	return p->base + (size_t)i * p->stride;
}

uint32_t pool_number(const struct pool *p, const void *entry)
{
	return (uint32_t)((size_t)((const char *)entry - p->base) / p->stride);
}

/* A free entry is zero but for the number of the next free one in its node. */
static void *take(struct pool *p)
{
	struct pool_node *n;

	if (!p->free)
		return p->fresh < p->capacity ? pool_at(p, p->fresh++) : NULL;
	n = pool_at(p, p->free - 1);
	p->free = n->next;
	*n = (struct pool_node){ 0 };
	return n;
}

void *pool_get(struct pool *p, uint32_t key)
{
	struct pool_node *n = take(p);
	uint32_t *head;

	if (!n) {
		p->refused++;
		return NULL;
	}
	p->nr++;
	if (p->heads) {
		head = &p->heads[key & p->mask];
		*n = (struct pool_node){.key = key, .next = *head};
		*head = pool_number(p, n) + 1;
	}
	return n;
}

static void unlink_node(struct pool *p, const struct pool_node *n)
{
	uint32_t *at = &p->heads[n->key & p->mask];
	uint32_t nr = pool_number(p, n) + 1;

	while (*at != nr)
		at = &((struct pool_node *)pool_at(p, *at - 1))->next;
	*at = n->next;
}

void pool_put(struct pool *p, void *entry)
{
	struct pool_node *n = entry;

	if (!n)
		return;
	if (p->heads)
		unlink_node(p, n);
	memset(n, 0, p->stride);
	n->next = p->free;
	p->free = pool_number(p, n) + 1;
	p->nr--;
}

static void *follow(const struct pool *p, uint32_t at, uint32_t key)
{
	struct pool_node *n;

	for (; at; at = n->next) {
		n = pool_at(p, at - 1);
		if (n->key == key)
			return n;
	}
	return NULL;
}

void *pool_find(const struct pool *p, uint32_t key)
{
	return follow(p, p->heads[key & p->mask], key);
}

void *pool_find_next(const struct pool *p, const void *entry)
{
	const struct pool_node *n = entry;

	return follow(p, n->next, n->key);
}
