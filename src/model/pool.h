/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of one size in one mapping, handed out and taken back; optionally found by a 32-bit
 * key (a pid). Made for the task table, where base/table.h would cost too much: consecutive
 * pids share the pages of the index, an entry has no order of use, and nothing is evicted
 * behind the owner's back, because entries point at each other. Owns its mapping; maps it at
 * pool_init() (NORESERVE: untouched entries cost nothing) and allocates nothing later.
 */
#ifndef PROBETOP_POOL_H
#define PROBETOP_POOL_H

#include <stddef.h>
#include <stdint.h>

/* The first member of an entry in a pool with keys. */
struct pool_node {
	uint32_t key;
	uint32_t next; /* entry number + 1 in the chain of the key's slot */
};

struct pool {
	char *base;
	uint32_t *heads; /* NULL in a pool without keys */
	void *map;
	size_t map_bytes, stride;
	uint32_t capacity, mask;
	uint32_t nr;	  /* entries in use */
	uint32_t fresh;	  /* entries that were ever in use */
	uint32_t free;	  /* number + 1 of the first free entry */
	uint64_t refused; /* how often it was full */
};

enum pool_kind { POOL_PLAIN, POOL_KEYED };

/* Maps room for `capacity` entries of `size` bytes. Returns 0, -EINVAL or -ENOMEM. */
int pool_init(struct pool *p, enum pool_kind kind, uint32_t capacity, size_t size);
void pool_fini(struct pool *p);
/* Forgets all entries and gives their memory back. */
void pool_clear(struct pool *p);

/* Returns a zeroed entry, or NULL when full (counted). In a pool with keys it has `key`. */
void *pool_get(struct pool *p, uint32_t key);
/* Takes an entry back; NULL is accepted. */
void pool_put(struct pool *p, void *entry);

/* Return the first and the next entry with `key`; NULL at the end. */
void *pool_find(const struct pool *p, uint32_t key);
void *pool_find_next(const struct pool *p, const void *entry);

/* Returns entry `i` of pool->fresh ever used: for walks over entries that know if they live. */
void *pool_at(const struct pool *p, uint32_t i);
/* Returns the number of an entry: half of a pointer to it. */
uint32_t pool_number(const struct pool *p, const void *entry);

#endif
