/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the hash maps in which the kernel side sums, after a pass. Allocates nothing. */
#ifndef PROBETOP_PROBE_WALK_H
#define PROBETOP_PROBE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WALK_BATCH 1024 /* more than any bucket of a map holds */
#define ALIVE_SET  4096

/* Which processes are gone, each asked once in a pass. */
struct alive {
	struct {
		uint32_t tgid, pass;
		bool gone;
	} set[ALIVE_SET];
};

/* 0 stands for those that found no room: they never go. */
bool alive_is_gone(struct alive *a, uint32_t tgid, uint32_t pass);

/* A hash map, and what is called with each of its entries. */
struct walk {
	int fd;
	size_t key_size, value_size;
	void *keys, *values; /* room for WALK_BATCH of them */
	void (*entry)(void *ctx, int fd, const void *key, const void *value);
	void *ctx;
};

void walk_map(const struct walk *w);

/* The same by a reader `c` with unions `keys` and `values`: of both the member `type` is used. */
#define WALK(c, map, type, entry_fn)                                                                                   \
	walk_map(&(struct walk){.fd = bpf_map__fd(map), .key_size = sizeof((c)->keys.type[0]),                         \
				.value_size = sizeof((c)->values.type[0]), .keys = &(c)->keys, .values = &(c)->values, \
				.entry = entry_fn, .ctx = c})

/* Takes an entry out and reads it once more: it may have grown since it was read. False: no entry. */
bool walk_take_out(int fd, const void *key, void *value);

#endif
