/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table of fixed capacity: open addressing over entries of one size, least recently
 * used entry evicted when full. All memory is mapped at init (NORESERVE: untouched entries
 * cost nothing); nothing is allocated afterwards. Entries never move while they live.
 */
#ifndef PROBETOP_TABLE_H
#define PROBETOP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_key {
	uint64_t a, b;
};

struct table {
	size_t entry_size;
	uint32_t capacity, nr;
	uint64_t evicted; /* entries thrown out to make room, since init */
	struct table_impl *impl;
};

/* Maps room for `capacity` entries of `entry_size` bytes. Returns 0, -EINVAL or -ENOMEM. */
int table_init(struct table *t, uint32_t capacity, size_t entry_size);
void table_fini(struct table *t);
/* Forgets all entries, and gives their memory back. */
void table_clear(struct table *t);

/* Returns the entry of `key` and makes it the most recent; NULL where there is none. */
void *table_get(struct table *t, struct table_key key);
/* As table_get, without a change of order (for const users). */
const void *table_peek(const struct table *t, struct table_key key);
/*
 * Returns the entry of `key`, made if it is new (zeroed; *ret_new is set). When the table is
 * full the least recently used entry goes and `evicted` counts it. Never fails.
 */
void *table_put(struct table *t, struct table_key key, bool *ret_new);
/* Removes the entry of `key`; returns whether there was one. */
bool table_del(struct table *t, struct table_key key);

/* Walks the entries in no promised order: start with *cursor = 0; NULL at the end. The entry
 * just returned may be deleted by table_del_entry; nothing else may change meanwhile. */
void *table_next(const struct table *t, uint32_t *cursor, struct table_key *ret_key);
void table_del_entry(struct table *t, void *entry);

#endif
