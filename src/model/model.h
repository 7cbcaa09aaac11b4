/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world: all models behind one door. Records go in, snapshots come out. No clock, no
 * file, no terminal: the same records give the same snapshot. All memory is reserved at
 * world_new(); world_apply() allocates nothing.
 */
#ifndef PROBETOP_MODEL_H
#define PROBETOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "snapshot.h"

struct tasks;

/*
 * One model of a pane. A pane has one or several, in the NULL-terminated array <pane>_models that
 * the registry, generated from panes = [...], points at.
 */
struct model_ops {
	const char *name;
	enum pane_id pane;
	bool core; /* gets the records of PANE_CORE too, not only ticks */
	size_t state_size;
	int (*init)(void *state); /* these three may be NULL: the state is all zero at start */
	void (*fini)(void *state);
	void (*clear)(void *state);
	/* Takes a record of its own pane, or any tick record (with `core` all of PANE_CORE). Returns 0 or -EBADMSG. */
	int (*apply)(void *state, const struct ev_hdr *ev);
	/* Writes the pane's part of the snapshot for the interval that `tick` closes. */
	void (*publish)(void *state, const struct tick_rec *tick, enum window window,
			struct snapshot *snap);
	void (*mark)(void *state); /* WINDOW_MARK begins at the last tick; may be NULL */
};

struct world_caps {
	uint32_t threads, procs, cmds, users; /* capacities; 0: the default */
};

struct world;

/* Reserves all memory. Returns 0, -ENOMEM or -EINVAL. */
int world_new(const struct world_caps *caps, struct world **ret_world);
void world_free(struct world *w);
/* Back to the state after world_new() (a replay that seeks). */
void world_clear(struct world *w);

/*
 * Folds one record. Returns 0, or -EBADMSG for a record that record_check() refuses (counted
 * in world_rejected()). Records that the models do not use are accepted and ignored.
 */
int world_apply(struct world *w, const struct ev_hdr *ev);
uint64_t world_rejected(const struct world *w);
/* Returns how many rows and threads found no room in the fixed tables, for self_rec.evicted. */
uint64_t world_evicted(const struct world *w);

/* Returns whether a tick record has been folded since the last publish. */
bool world_ticked(const struct world *w);

/*
 * Closes the interval and writes the snapshot, valid until the next publish. An interval is
 * from the last publish to the last tick record folded, so a slow screen sums several ticks.
 * Of which time the figures are says `window`: any publish closes the interval, and none changes
 * what a later one of another window shows. Rows come in order of (tgid, start), the summed ones
 * last. Without a tick since the last publish the interval is empty (interval_ns 0).
 */
void world_publish(struct world *w, enum window window, struct snapshot *ret_snap);

/* WINDOW_MARK counts from the last tick on. */
void world_mark(struct world *w);

/*
 * Asks for rows of threads in later snapshots: of one process, of all, or none (the default:
 * they cost time and memory).
 */
void world_watch(struct world *w, enum watch watch, uint32_t tgid, uint64_t start_ns);

/*
 * Says whether the model needs a key frame: the task counts of the last two tick records and
 * the model's disagree in the same direction (a lost exit would leave a ghost; a thread that
 * died between drain and pass makes one tick differ, and is no reason).
 */
bool world_wants_key(const struct world *w);

/*
 * Asks for what the models lack, once a tick: names of users; where threads are stuck that have
 * been in D for a second (once a stay, again after 30 s); paths of cgroups (again through another
 * member where none came); and a limited number of command lines, of busy processes first. The
 * helper threads answer with records.
 */
enum wish_kind {
	WISH_CMD,     /* command line of tgid */
	WISH_USER,    /* name of uid */
	WISH_CGROUP,  /* path of cgroup_id, of which tgid is a member */
	WISH_BLOCKED, /* where thread pid of tgid is stuck */
};
struct world_wish {
	enum wish_kind kind;
	uint32_t tgid, pid, uid;
	uint64_t start_ns; /* of the process; WISH_BLOCKED: of the thread */
	uint64_t cgroup_id;
};
void world_wishes(struct world *w, void (*fn)(void *ctx, const struct world_wish *wish), void *ctx);

#endif
