// SPDX-License-Identifier: GPL-2.0-or-later
/* Pairs of processes, from mapped memory: those that were touched since the last pass. */
#include "probe_impl.h"

static struct pair_rec pair_record(const struct pair_slot *s, uint64_t key)
{
	return (struct pair_rec){
		.tgid = (uint32_t)(key >> PAIR_TGID_SHIFT) & ((1u << 24) - 1),
		.by = (uint32_t)key,
		.kind = (uint32_t)(key >> PAIR_KIND_SHIFT),
		.count = __atomic_load_n(&s->count, __ATOMIC_RELAXED),
		.ns = __atomic_load_n(&s->ns, __ATOMIC_RELAXED),
	};
}

void pairs_emit(struct kernel_source *k, uint64_t now_ns, bool key_frame, record_fn fn, void *ctx)
{
	uint32_t since = pass_control(k)->passes - 1;

	for (unsigned i = 0; k->pairs && i < PAIR_SLOTS; i++) {
		struct pair_slot *s = &k->pairs->slot[i];
		uint64_t key = __atomic_load_n(&s->key, __ATOMIC_ACQUIRE);
		struct pair_rec r;

		if (!key || (!key_frame && (int32_t)(s->pass - since) < 0))
			continue;
		r = pair_record(s, key);
		/* Another pair took the slot meanwhile: it will be told next time. */
		if (__atomic_load_n(&s->key, __ATOMIC_ACQUIRE) != key || r.kind >= PAIR_KIND_NR)
			continue;
		record_init(&r.h, now_ns, PANE_CPU, CPU_PAIR, sizeof(r));
		r.h.cpu = EV_CPU_ANY;
		fn(ctx, &r.h);
	}
}
