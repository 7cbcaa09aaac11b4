// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the counts of steps of block I/O after each pass, only while they are asked for. When
 * nobody asks any more all maps of steps are emptied, so that a later opening starts at zero and
 * no request of an earlier one goes on in it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probe_impl.h"
#include "probetop.skel.h"

#define BATCH 1024 /* more than any bucket of the maps holds */

struct stages {
	uint64_t now_ns;
	record_fn fn;
	void *ctx;
	union {
		struct stage_sum_key sums[BATCH];
		uint64_t addresses[BATCH];
		uint32_t pids[BATCH];
	} keys;
	union {
		struct stage_sum sums[BATCH];
		struct stage_live live[BATCH];
		uint8_t plugs[BATCH];
	} values;
};

static void emit_sum(struct stages *s, int fd, const void *key, const void *value)
{
	const struct stage_sum_key *k = key;
	struct disk_stage_sum_rec r = {.dev = k->dev};

	record_init(&r.h, s->now_ns, PANE_DISK, DISK_STAGE_SUM, sizeof(r));
	r.h.cpu = (uint16_t)k->cpu;
	memcpy(r.count, value, sizeof(r.count));
	s->fn(s->ctx, &r.h);
}

static void forget_entry(struct stages *s, int fd, const void *key, const void *value)
{
	bpf_map_delete_elem(fd, key);
}

static void map_walk(struct stages *s, const struct bpf_map *map,
		     void (*entry)(struct stages *s, int fd, const void *key, const void *value))
{
	size_t key_size = bpf_map__key_size(map), value_size = bpf_map__value_size(map);
	int fd = bpf_map__fd(map), ret;
	uint32_t at = 0, nr;
	void *in = NULL;

	do {
		nr = BATCH;
		ret = bpf_map_lookup_batch(fd, in, &at, &s->keys, &s->values, &nr, NULL);
		if (ret && errno != ENOENT) /* ENOENT: the end, and what was left of it */
			return;
		for (uint32_t i = 0; i < nr; i++)
			entry(s, fd, (const char *)&s->keys + i * key_size, (const char *)&s->values + i * value_size);
		in = &at;
	} while (!ret);
}

void stages_begin(struct kernel_source *k)
{
	k->skel->bss->stage_round++;
	if (!k->stages)
		k->stages = calloc(1, sizeof(*k->stages));
}

void stages_close(struct kernel_source *k)
{
	free(k->stages);
	k->stages = NULL;
}

/* Only after a pass without demand: until then a second opening goes on where the first ended. */
static void stages_end(struct kernel_source *k)
{
	map_walk(k->stages, k->skel->maps.stage_sums, forget_entry);
	map_walk(k->stages, k->skel->maps.stage_bios, forget_entry);
	map_walk(k->stages, k->skel->maps.stage_requests, forget_entry);
	map_walk(k->stages, k->skel->maps.stage_plugs, forget_entry);
	stages_close(k);
}

void stages_emit(struct kernel_source *k, uint64_t now_ns, record_fn fn, void *ctx)
{
	struct stages *s = k->stages;

	if (!s || !fn)
		return;
	if (!(k->demand & DEMAND_STAGES)) {
		stages_end(k);
		return;
	}
	s->now_ns = now_ns;
	s->fn = fn;
	s->ctx = ctx;
	map_walk(s, k->skel->maps.stage_sums, emit_sum);
}
