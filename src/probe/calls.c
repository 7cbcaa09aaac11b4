// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the maps of system calls after each pass, only while they are asked for: what changed
 * becomes records, what belongs to processes that are gone is taken out with its last word.
 * When nobody asks any more the maps are emptied, so that a later opening starts at zero.
 */
#include <stdlib.h>
#include <string.h>

#include "probe_impl.h"
#include "probetop.skel.h"
#include "walk.h"

struct calls {
	uint32_t pass; /* the one that this reading closes */
	bool key;      /* everything is published */
	uint64_t now_ns;
	record_fn fn;
	void *ctx;
	struct alive alive;
	union {
		struct call_key calls[WALK_BATCH];
		struct call_err_key errs[WALK_BATCH];
	} keys;
	union {
		struct call_sum calls[WALK_BATCH];
		struct call_err_sum errs[WALK_BATCH];
	} values;
};

/* Touched in the pass that ends, or so near to its beginning that the last reading missed it. */
static bool is_changed(const struct calls *c, uint32_t pass)
{
	return c->key || pass + 2 >= c->pass;
}

static void emit_call(struct calls *c, const struct call_key *key, const struct call_sum *sum,
		      uint16_t flags)
{
	unsigned i = c->pass & 1;
	struct call_rec r = {
		.tgid = key->tgid,
		.nr = key->nr,
		.flags = key->flags | flags,
		.start_ns = key->start_ns,
		.count = sum->count,
		.ns = sum->ns,
		.errors = sum->errors,
	};

	record_init(&r.h, c->now_ns, PANE_CPU, CPU_CALL, sizeof(r));
	if (sum->max_pass[i] == c->pass)
		r.max_ns = sum->max_ns[i];
	/* What came while this was read is told now or never. */
	if (flags & CALL_F_GONE && sum->max_pass[!i] == c->pass + 1 && sum->max_ns[!i] > r.max_ns)
		r.max_ns = sum->max_ns[!i];
	memcpy(r.slots, sum->slots, sizeof(r.slots));
	c->fn(c->ctx, &r.h);
}

static void call_entry(void *ctx, int fd, const void *key, const void *value)
{
	const struct call_key *k = key;
	struct calls *c = ctx;
	struct call_sum last;

	if (alive_is_gone(&c->alive, k->tgid, c->pass) && walk_take_out(fd, key, &last))
		emit_call(c, k, &last, CALL_F_GONE);
	else if (is_changed(c, ((const struct call_sum *)value)->pass))
		emit_call(c, k, value, 0);
}

static void emit_err(struct calls *c, const struct call_err_key *key,
		     const struct call_err_sum *sum, uint16_t flags)
{
	struct call_err_rec r = {
		.tgid = key->call.tgid,
		.nr = key->call.nr,
		.flags = key->call.flags | flags,
		.start_ns = key->call.start_ns,
		.error = key->error,
		.count = sum->count,
	};

	record_init(&r.h, c->now_ns, PANE_CPU, CPU_CALL_ERR, sizeof(r));
	c->fn(c->ctx, &r.h);
}

static void err_entry(void *ctx, int fd, const void *key, const void *value)
{
	const struct call_err_key *k = key;
	struct calls *c = ctx;
	struct call_err_sum last;

	if (alive_is_gone(&c->alive, k->call.tgid, c->pass) && walk_take_out(fd, key, &last))
		emit_err(c, k, &last, CALL_F_GONE);
	else if (is_changed(c, ((const struct call_err_sum *)value)->pass))
		emit_err(c, k, value, 0);
}

static void forget_entry(void *ctx, int fd, const void *key, const void *value)
{
	bpf_map_delete_elem(fd, key);
}

static void walk_all(struct kernel_source *k, struct calls *c, bool forget)
{
	const struct probetop *skel = k->skel;
	const int sums[] = {bpf_map__fd(skel->maps.calls), bpf_map__fd(skel->maps.calls_rest)};
	const int errs[] = {bpf_map__fd(skel->maps.call_errs), bpf_map__fd(skel->maps.call_errs_rest)};
	struct walk w = {.keys = &c->keys, .values = &c->values, .ctx = c};

	w.key_size = sizeof(struct call_key);
	w.value_size = sizeof(struct call_sum);
	w.entry = forget ? forget_entry : call_entry;
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		w.fd = sums[i];
		walk_map(&w);
	}
	w.key_size = sizeof(struct call_err_key);
	w.value_size = sizeof(struct call_err_sum);
	w.entry = forget ? forget_entry : err_entry;
	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++) {
		w.fd = errs[i];
		walk_map(&w);
	}
}

void calls_begin(struct kernel_source *k)
{
	k->skel->bss->calls_round++;
	if (!k->calls)
		k->calls = calloc(1, sizeof(*k->calls));
}

/* Only after a pass without demand: until then a second opening goes on where the first ended. */
static void calls_end(struct kernel_source *k)
{
	walk_all(k, k->calls, true);
	calls_close(k);
}

void calls_track(struct kernel_source *k, uint32_t pid)
{
	const struct call_mark mark = {.tracked = 1};

	if (!k->storage)
		bpf_map_update_elem(bpf_map__fd(k->skel->maps.call_marks_lru), &pid, &mark,
				    BPF_ANY);
}

void calls_close(struct kernel_source *k)
{
	free(k->calls);
	k->calls = NULL;
}

void calls_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx)
{
	struct calls *c = k->calls;

	if (!c || !fn)
		return;
	if (!(k->demand & DEMAND_CALLS)) {
		calls_end(k);
		return;
	}
	c->pass = k->skel->bss->calls_pass++;
	c->key = key;
	c->now_ns = now_ns;
	c->fn = fn;
	c->ctx = ctx;
	walk_all(k, c, false);
}
