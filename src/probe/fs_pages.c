// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads what the kernel side sums of the page cache after each pass, only while it is asked for. What changed
 * becomes records; what belongs to processes that are gone is taken out with its last word. When nobody asks any
 * more the maps are emptied.
 */
#include <stdlib.h>
#include <string.h>

#include "probe_impl.h"
#include "probetop.skel.h"
#include "walk.h"

struct pages {
	uint32_t pass; /* the one that this reading closes */
	bool key;      /* everything is published */
	bool reads;    /* a hook tells which pages are read */
	bool faults;   /* and which are faulted in */
	bool fault_adds; /* it can be seen that a page is added in a page fault */
	uint64_t now_ns;
	uint64_t added; /* told last of readahead: it never steps back */
	record_fn fn;
	void *ctx;
	struct alive alive;
	union {
		struct page_key procs[WALK_BATCH];
		struct page_chunk_key chunks[WALK_BATCH];
	} keys;
	union {
		struct page_sum procs[WALK_BATCH];
		struct page_chunk chunks[WALK_BATCH];
	} values;
};

#define PAGES_DEMAND (DEMAND_PAGES | DEMAND_CACHES)

/* Touched in the pass that ends, or so near to its beginning that the last reading missed it. */
static bool is_changed(const struct pages *p, const struct page_sum *sum)
{
	return (p->key || sum->pass + 2 >= p->pass) && (sum->accesses || sum->adds || sum->dirties || sum->faults);
}

static void emit_proc(struct pages *p, const struct page_key *key, const struct page_sum *sum, uint16_t flags)
{
	struct fs_pages_rec r = {
		.tgid = key->tgid,
		.flags = (uint16_t)(sum->flags | flags),
		.start_ns = key->start_ns,
		.accesses = p->reads ? sum->accesses : REC_UNKNOWN,
		.misses = sum->misses > sum->taken_back ? sum->misses - sum->taken_back : 0,
		.adds = sum->adds,
		.dirties = sum->dirties,
		.faults = p->faults ? sum->faults : REC_UNKNOWN,
		.fault_adds = p->fault_adds ? sum->fault_adds : REC_UNKNOWN,
	};

	record_init(&r.h, p->now_ns, PANE_FS, FS_PAGES, sizeof(r));
	memcpy(r.comm, sum->comm, sizeof(r.comm));
	p->fn(p->ctx, &r.h);
}

static void proc_entry(void *ctx, int fd, const void *key, const void *value)
{
	const struct page_key *k = key;
	struct pages *p = ctx;
	struct page_sum last;

	if (alive_is_gone(&p->alive, k->tgid, p->pass) && walk_take_out(fd, key, &last))
		emit_proc(p, k, &last, FS_F_GONE);
	else if (is_changed(p, value))
		emit_proc(p, k, value, 0);
}

static void forget_entry(void *ctx, int fd, const void *key, const void *value)
{
	bpf_map_delete_elem(fd, key);
}

static void walk_procs(struct kernel_source *k, struct pages *p, bool forget)
{
	walk_map(&(struct walk){.fd = bpf_map__fd(k->skel->maps.page_procs), .key_size = sizeof(p->keys.procs[0]),
				.value_size = sizeof(p->values.procs[0]), .keys = &p->keys, .values = &p->values,
				.entry = forget ? forget_entry : proc_entry, .ctx = p});
}

static void forget_chunks(struct kernel_source *k, struct pages *p)
{
	walk_map(&(struct walk){.fd = bpf_map__fd(k->skel->maps.page_chunks), .key_size = sizeof(p->keys.chunks[0]),
				.value_size = sizeof(p->values.chunks[0]), .keys = &p->keys, .values = &p->values,
				.entry = forget_entry, .ctx = p});
}

/* A page that was added may turn out to have been asked for. */
static void emit_ahead(struct kernel_source *k, struct pages *p)
{
	const struct page_ahead *a = &k->skel->bss->page_ahead;
	uint64_t added = a->added - a->asked;
	struct fs_readahead_rec r = {
		.used = a->used,
		.dropped = a->dropped,
		.lost = a->lost,
	};

	if ((int64_t)(added - p->added) > 0)
		p->added = added;
	r.added = p->added;
	record_init(&r.h, p->now_ns, PANE_FS, FS_READAHEAD, sizeof(r));
	memcpy(r.slots, a->slots, sizeof(r.slots));
	p->fn(p->ctx, &r.h);
}

/* Those that find no room have an entry of their own from the beginning. */
void pages_demand(struct kernel_source *k, uint32_t demand)
{
	const struct page_key none = {.tgid = 0};
	const struct page_sum zero = {.pass = 0};

	if (!(k->opts.modules & 1u << PANE_FS) || !(demand & PAGES_DEMAND) || k->pages)
		return;
	bpf_map_update_elem(bpf_map__fd(k->skel->maps.page_procs), &none, &zero, BPF_NOEXIST);
	k->pages = calloc(1, sizeof(*k->pages));
}

void pages_close(struct kernel_source *k)
{
	free(k->pages);
	k->pages = NULL;
}

static bool is_told(struct kernel_source *k, unsigned probe)
{
	struct program *p = probe_program(k, probe);

	return p && p->link;
}

void pages_emit(struct kernel_source *k, uint64_t now_ns, bool key, record_fn fn, void *ctx)
{
	struct pages *p = k->pages;

	if (!p || !fn)
		return;
	if (!(k->demand & DEMAND_CACHES))
		forget_chunks(k, p);
	if (!(k->demand & PAGES_DEMAND)) {
		walk_procs(k, p, true);
		pages_close(k);
		return;
	}
	p->pass = k->skel->bss->pages_pass++;
	p->key = key;
	p->reads = is_told(k, PROBE_PAGE_READ);
	p->faults = is_told(k, PROBE_PAGE_FAULT);
	p->fault_adds = k->skel->bss->page_faults_told;
	p->now_ns = now_ns;
	p->fn = fn;
	p->ctx = ctx;
	walk_procs(k, p, false);
	if (k->demand & DEMAND_CACHES && p->reads)
		emit_ahead(k, p);
}
