// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the counts of steps of block I/O after each pass, only while they are asked for. When
 * nobody asks any more all maps of steps are emptied, so that a later opening starts at zero and
 * no request of an earlier one goes on in it.
 */
#include <stdlib.h>
#include <string.h>

#include "probe_impl.h"
#include "probetop.skel.h"
#include "walk.h"

#define KNOWN_SET 4096

struct stages {
	uint64_t now_ns;
	bool key; /* everything is published */
	struct {
		struct stage_sum_key key;
		uint64_t steps; /* all together, when it was published last */
	} known[KNOWN_SET];
	record_fn fn;
	void *ctx;
	union {
		struct stage_sum_key sums[WALK_BATCH];
		uint64_t addresses[WALK_BATCH];
		uint32_t pids[WALK_BATCH];
	} keys;
	union {
		struct stage_sum sums[WALK_BATCH];
		struct stage_live live[WALK_BATCH];
		uint8_t plugs[WALK_BATCH];
	} values;
};

/* Each count only grows: where their sum is the same nothing has changed. */
static bool is_changed(struct stages *s, const struct stage_sum_key *key, const struct stage_sum *sum)
{
	unsigned at = (key->dev * 31 + key->cpu) % KNOWN_SET;
	uint64_t steps = 0;

	for (int i = 0; i < STAGE_NR; i++)
		steps += sum->count[i];
	if (!s->key && s->known[at].steps == steps && s->known[at].key.dev == key->dev && s->known[at].key.cpu == key->cpu)
		return false;
	s->known[at].key = *key;
	s->known[at].steps = steps;
	return true;
}

static void emit_sum(void *ctx, int fd, const void *key, const void *value)
{
	const struct stage_sum_key *k = key;
	struct stages *s = ctx;
	struct disk_stage_sum_rec r = {.dev = k->dev};

	if (!is_changed(s, k, value))
		return;
	record_init(&r.h, s->now_ns, PANE_DISK, DISK_STAGE_SUM, sizeof(r));
	r.h.cpu = (uint16_t)k->cpu;
	memcpy(r.count, value, sizeof(r.count));
	s->fn(s->ctx, &r.h);
}

static void forget_entry(void *ctx, int fd, const void *key, const void *value)
{
	bpf_map_delete_elem(fd, key);
}

static void map_walk(struct stages *s, const struct bpf_map *map,
		     void (*entry)(void *ctx, int fd, const void *key, const void *value))
{
	walk_map(&(struct walk){
		.fd = bpf_map__fd(map),
		.key_size = bpf_map__key_size(map),
		.value_size = bpf_map__value_size(map),
		.keys = &s->keys,
		.values = &s->values,
		.entry = entry,
		.ctx = s,
	});
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

void stages_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx)
{
	struct stages *s = k->stages;

	if (!s || !fn)
		return;
	if (!(k->demand & DEMAND_STAGES)) {
		stages_end(k);
		return;
	}
	s->now_ns = now_ns;
	s->key = key;
	s->fn = fn;
	s->ctx = ctx;
	map_walk(s, k->skel->maps.stage_sums, emit_sum);
}
