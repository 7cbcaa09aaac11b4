/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door to all models: checks each record, hands it to those that want it, and puts the
 * snapshot together. The list of pane models is made from panes = [...] in meson.build.
 */
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core_model.h"
#include "panes.h"
#include "record.h"
#include "tasks.h"
#include "tasks_table.h"

#define DECLARE(pane) extern const struct model_ops *const pane##_models[];
PANES(DECLARE)
#define ROW(pane) pane##_models,
static const struct model_ops *const *const registry[] = {PANES(ROW)};
#define REGISTRY_NR (sizeof(registry) / sizeof(registry[0]))
#define MODELS_MAX  (16 * REGISTRY_NR)

struct world {
	struct tasks tasks;
	struct core core;
	const struct model_ops *models[MODELS_MAX];
	void *states[MODELS_MAX];
	int models_nr;
	struct tick_rec tick; /* h.size 0 before the first */
	bool ticked;
	uint64_t rejected;
	uint64_t mark_ns;      /* WINDOW_MARK counts from here; 0: there is none */
	uint64_t class_losses; /* losses that touch histograms, at the last publish */
};

/* Mapped, not allocated: a state is as large as the largest host, and mostly untouched. */
static void *map_state(size_t bytes)
{
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	madvise(map, bytes, MADV_NOHUGEPAGE);
	return map;
}

static void list_models(struct world *w)
{
	for (size_t pane = 0; pane < REGISTRY_NR; pane++)
		for (int i = 0; registry[pane][i] && w->models_nr < (int)MODELS_MAX; i++)
			w->models[w->models_nr++] = registry[pane][i];
}

static int init_panes(struct world *w)
{
	const struct model_ops *ops;
	int ret;

	list_models(w);
	for (int i = 0; i < w->models_nr; i++) {
		ops = w->models[i];
		w->states[i] = map_state(ops->state_size);
		if (!w->states[i])
			return -ENOMEM;
		ret = ops->init ? ops->init(w->states[i]) : 0;
		if (ret)
			return ret;
	}
	return 0;
}

int world_new(const struct world_caps *caps, struct world **ret_world)
{
	static const struct world_caps defaults;
	struct world *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return -ENOMEM;
	ret = tasks_init(&w->tasks, caps ? caps : &defaults);
	if (!ret)
		ret = core_init(&w->core);
	if (!ret)
		ret = init_panes(w);
	if (ret) {
		world_free(w);
		return ret;
	}
	*ret_world = w;
	return 0;
}

void world_free(struct world *w)
{
	const struct model_ops *ops;

	if (!w)
		return;
	for (int i = 0; i < w->models_nr; i++) {
		ops = w->models[i];
		if (!w->states[i])
			continue;
		if (ops->fini)
			ops->fini(w->states[i]);
		munmap(w->states[i], ops->state_size);
	}
	core_fini(&w->core);
	tasks_fini(&w->tasks);
	free(w);
}

void world_clear(struct world *w)
{
	const struct model_ops *ops;

	tasks_clear(&w->tasks);
	core_clear(&w->core);
	for (int i = 0; i < w->models_nr; i++) {
		ops = w->models[i];
		if (ops->clear)
			ops->clear(w->states[i]);
		else
			madvise(w->states[i], ops->state_size, MADV_DONTNEED);
	}
	w->tick = (struct tick_rec){ 0 };
	w->ticked = false;
	w->rejected = w->class_losses = w->mark_ns = 0;
}

static int apply_panes(struct world *w, const struct ev_hdr *ev)
{
	bool tick = ev->pane == PANE_CORE && ev->kind == CORE_TICK;
	int ret = 0, got;

	for (int i = 0; i < w->models_nr; i++) {
		const struct model_ops *ops = w->models[i];

		if (!tick && ops->pane != ev->pane && !(ops->core && ev->pane == PANE_CORE))
			continue;
		got = ops->apply(w->states[i], ev);
		ret = ret ? ret : got;
	}
	return ret;
}

/* Losses of the programs that fill histograms and wait classes. */
static uint64_t class_losses(const struct loss_rec lost[PANE_NR])
{
	const struct loss_rec *core = &lost[PANE_CORE], *cpu = &lost[PANE_CPU];

	/* Unmatched switches are no loss: of tasks without a row, and in the machine's histograms. */
	return core->map_full + core->recursion_misses + cpu->map_full + cpu->recursion_misses;
}

static void apply_tick(struct world *w, const struct ev_hdr *ev)
{
	bool first = !w->tick.h.size;

	memcpy(&w->tick, ev, sizeof(w->tick));
	if (first || (w->tick.flags & TICK_F_FIRST))
		w->class_losses = class_losses(w->core.lost_last);
	tasks_tick(&w->tasks, &w->tick);
	w->ticked = true;
}

/* A tick that is earlier than the last one would turn time back. */
static bool is_late_tick(const struct world *w, const struct ev_hdr *ev)
{
	return ev->pane == PANE_CORE && ev->kind == CORE_TICK && w->tick.h.size &&
	       ev->ts_ns < w->tick.h.ts_ns;
}

int world_apply(struct world *w, const struct ev_hdr *ev)
{
	int ret = record_check(ev, ev->size);

	if (ret || is_late_tick(w, ev)) {
		w->rejected++;
		return -EBADMSG;
	}
	if (ev->pane == PANE_CORE) {
		core_apply(&w->core, ev);
		if (ev->kind == CORE_TICK)
			apply_tick(w, ev);
		else
			tasks_apply(&w->tasks, ev);
	}
	ret = apply_panes(w, ev);
	w->rejected += ret != 0;
	return ret;
}

uint64_t world_rejected(const struct world *w)
{
	return w->rejected;
}

uint64_t world_evicted(const struct world *w)
{
	return tasks_evicted(&w->tasks);
}

bool world_ticked(const struct world *w)
{
	return w->ticked;
}

bool world_wants_key(const struct world *w)
{
	return tasks_want_key(&w->tasks);
}

void world_wishes(struct world *w, void (*fn)(void *ctx, const struct world_wish *wish), void *ctx)
{
	tasks_wishes(&w->tasks, fn, ctx);
}

static struct fig_status status(bool there, const char *reason, bool losing)
{
	if (!there)
		return (struct fig_status){.state = FIG_NA, .reason = reason};
	return (struct fig_status){.state = losing ? FIG_INCOMPLETE : FIG_EXACT};
}

static void publish_status(struct world *w, struct snapshot *snap)
{
	static const char no_bpf[] = "needs BPF: the kernel keeps no such figure under /proc";
	const struct tasks *t = &w->tasks;
	uint64_t losses = class_losses(snap->lost);
	bool losing = losses > w->class_losses;

	w->class_losses = losses;
	snap->runq_status = status(t->bpf, no_bpf, losing);
	if (t->bpf && t->no_runq)
		snap->runq_status =
			status(false, "the kernel was built without CONFIG_SCHED_INFO", false);
	snap->class_status = status(t->bpf, no_bpf, losing);
	if (t->bpf && t->no_class)
		snap->class_status = status(false,
					    "before Linux 5.15 the kernel does not tell BPF in "
					    "which call a task sleeps",
					    false);
	snap->oncpu_hist_status = status(t->bpf, no_bpf, losing);
	snap->offcpu_status = status(t->bpf, no_bpf, losing);
	if (t->bpf && !(t->demand & DEMAND_OFFCPU))
		snap->offcpu_status =
			status(false, "counted while the run-queue view is open", false);
	if (t->bpf && t->no_offcpu)
		snap->offcpu_status = status(false,
					     "before Linux 5.12 BPF keeps no more with a task than "
					     "the other histograms",
					     false);
	snap->rss_status = (struct fig_status){.state = t->rss_approx ? FIG_SAMPLED : FIG_EXACT};
	if (t->no_rss)
		snap->rss_status = status(false,
					  "before Linux 6.2 BPF cannot read it by typed pointers; "
					  "it stands in /proc/PID/statm",
					  false);
}

static void publish_interval(const struct world *w, enum window window, struct machine *m)
{
	const struct tasks *t = &w->tasks;

	m->window = window;
	m->total = window == WINDOW_TOTAL;
	m->since_ns = window == WINDOW_INTERVAL ? t->from_ns : window == WINDOW_MARK ? w->mark_ns : t->first_ns;
	m->interval_ns = t->tick_ns - m->since_ns;
}

void world_publish(struct world *w, enum window window, struct snapshot *ret_snap)
{
	*ret_snap = (struct snapshot){ 0 };
	if (window == WINDOW_MARK && !w->tasks.mark_ns)
		window = WINDOW_START;
	publish_interval(w, window, &ret_snap->m);
	core_publish(&w->core, &w->tick, window, ret_snap);
	tasks_publish(&w->tasks, &w->tick, window, ret_snap);
	for (int i = 0; i < w->models_nr; i++)
		w->models[i]->publish(w->states[i], &w->tick, window, ret_snap);
	publish_status(w, ret_snap);
	w->ticked = false;
}

void world_mark(struct world *w)
{
	w->mark_ns = w->tasks.tick_ns;
	core_mark(&w->core);
	tasks_mark(&w->tasks);
	for (int i = 0; i < w->models_nr; i++)
		if (w->models[i]->mark)
			w->models[i]->mark(w->states[i]);
}

void world_watch(struct world *w, enum watch watch, uint32_t tgid, uint64_t start_ns)
{
	tasks_watch(&w->tasks, watch, tgid, start_ns);
}

bool snapshot_hist(const struct snapshot *s, const struct proc_row *row, enum hist_which which,
		   struct hist *ret)
{
	const struct fig_status *const states[HIST_WHICH_NR] = {
		[HIST_RUNQ] = &s->runq_status,
		[HIST_ONCPU] = &s->oncpu_hist_status,
		[HIST_OFFCPU] = &s->offcpu_status,
	};

	*ret = (struct hist){ 0 };
	if (!row->ref || states[which]->state == FIG_NA)
		return false;
	if (which == HIST_OFFCPU && !(s->demand & DEMAND_OFFCPU)) /* of processes only when asked for */
		return false;
	phist_get(row->ref, which, s->m.window, ret);
	return true;
}
