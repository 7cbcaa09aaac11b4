/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where tasks are stuck: the last answer about each of a few threads, and a few kernel stacks. */
#include <string.h>

#include "model.h"
#include "snap_blocked.h"

/* The record around a checked header. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

struct blocked_state {
	struct blocked_snap now, shown;
};

/* The place of the thread's last answer, a free one, or the oldest. */
static struct blocked_rec *blocked_place(struct blocked_snap *b, const struct blocked_rec *r)
{
	struct blocked_rec *oldest = &b->blocked[0];

	for (int i = 0; i < b->blocked_nr; i++) {
		if (b->blocked[i].pid == r->pid)
			return &b->blocked[i];
		if (b->blocked[i].h.ts_ns < oldest->h.ts_ns)
			oldest = &b->blocked[i];
	}
	return b->blocked_nr < BLOCKED_MAX ? &b->blocked[b->blocked_nr++] : oldest;
}

static struct stack_rec *stack_place(struct blocked_snap *b, const struct stack_rec *r)
{
	struct stack_rec *oldest = &b->stacks[0];

	for (int i = 0; i < b->stacks_nr; i++) {
		if (b->stacks[i].pid == r->pid)
			return &b->stacks[i];
		if (b->stacks[i].h.ts_ns < oldest->h.ts_ns)
			oldest = &b->stacks[i];
	}
	return b->stacks_nr < STACKS_MAX ? &b->stacks[b->stacks_nr++] : oldest;
}

static int blocked_apply(void *state, const struct ev_hdr *ev)
{
	struct blocked_state *s = state;
	struct stack_rec *stack;

	if (ev->pane != PANE_CORE)
		return 0;
	if (ev->kind == CORE_BLOCKED) {
		*blocked_place(&s->now, REC(blocked_rec, ev)) = *REC(blocked_rec, ev);
	} else if (ev->kind == CORE_STACK) {
		stack = stack_place(&s->now, REC(stack_rec, ev));
		memset(stack, 0, sizeof(*stack));
		memcpy(stack, ev, ev->size); /* only the text in use comes along */
	}
	return 0;
}

static void blocked_publish(void *state, const struct tick_rec *tick, enum window window,
			    struct snapshot *snap)
{
	struct blocked_state *s = state;
	struct blocked_snap *to = &s->shown, *from = &s->now;

	to->blocked_nr = from->blocked_nr;
	to->stacks_nr = from->stacks_nr;
	memcpy(to->blocked, from->blocked, (size_t)from->blocked_nr * sizeof(from->blocked[0]));
	memcpy(to->stacks, from->stacks, (size_t)from->stacks_nr * sizeof(from->stacks[0]));
	snap->blocked = to;
}

/* A row is of a process, or of one of its threads: then pid is the thread's. */
static bool is_of(const struct proc_row *row, uint32_t pid, uint32_t tgid)
{
	return row->pid != FIG_UNKNOWN && (row->pid == (int64_t)pid || row->pid == (int64_t)tgid);
}

/* Read after that moment; the process is then the one of the row, and not an earlier owner of its
 * pid. */
static bool is_later(const struct ev_hdr *h, int64_t since_ns)
{
	return since_ns == FIG_UNKNOWN || (int64_t)h->ts_ns >= since_ns;
}

static int64_t began_mono_ns(const struct snapshot *s, const struct proc_row *row)
{
	return (int64_t)(row->start_ns - (s->m.tick.boot_ns - s->m.tick.h.ts_ns));
}

const struct blocked_rec *snapshot_blocked(const struct snapshot *s, const struct proc_row *row)
{
	const struct blocked_rec *found = NULL, *r;

	if (row->state != 'D')
		return NULL;
	for (int i = 0; s->blocked && i < s->blocked->blocked_nr; i++) {
		r = &s->blocked->blocked[i];
		if (is_of(row, r->pid, r->tgid) && is_later(&r->h, row->since_ns) &&
		    (!found || r->h.ts_ns > found->h.ts_ns))
			found = r;
	}
	return found;
}

const struct stack_rec *snapshot_stack(const struct snapshot *s, const struct proc_row *row)
{
	const struct stack_rec *found = NULL, *r;

	for (int i = 0; s->blocked && i < s->blocked->stacks_nr; i++) {
		r = &s->blocked->stacks[i];
		if (is_of(row, r->pid, r->tgid) && is_later(&r->h, began_mono_ns(s, row)) &&
		    (!found || r->h.ts_ns > found->h.ts_ns))
			found = r;
	}
	return found;
}

extern const struct model_ops blocked_model;
const struct model_ops blocked_model = {
	.name = "blocked",
	.pane = PANE_CORE,
	.core = true,
	.state_size = sizeof(struct blocked_state),
	.apply = blocked_apply,
	.publish = blocked_publish,
};
