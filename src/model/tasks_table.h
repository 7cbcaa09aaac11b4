/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the task table need of each other. */
#ifndef PROBETOP_TASKS_TABLE_H
#define PROBETOP_TASKS_TABLE_H

#include "tasks.h"

struct tasks_proc *tasks_find_proc(const struct tasks *t, uint32_t tgid, uint64_t start_ns);
/* Makes a process; NULL when there is no room (counted). */
struct tasks_proc *tasks_make_proc(struct tasks *t, uint32_t tgid, uint64_t start_ns);
/* Takes a process and all that it holds out; its totals go to the summed ones. */
void tasks_drop_proc(struct tasks *t, struct tasks_proc *p);
/* Something happened: to be looked at when the pass closes, and to be folded. */
void tasks_touch(struct tasks *t, struct tasks_proc *p);
/* Returns the sums of the running interval, made when needed; NULL when there is no room. */
struct sums *tasks_now(struct tasks *t, struct tasks_proc *p);
/* How many threads one record of the process stands for. */
uint32_t tasks_weight(const struct tasks *t, const struct tasks_proc *p);

struct tasks_thread *tasks_find_thread(const struct tasks *t, uint32_t pid, uint64_t start_ns);
/* Makes a thread; `old`: its past is not ours to tell. NULL when there is no room (counted). */
struct tasks_thread *tasks_make_thread(struct tasks *t, struct tasks_proc *p, uint32_t pid,
				       uint64_t start_ns, bool old);
/* Ends a thread at `end_ns` with the counters that it has. */
void tasks_end_thread(struct tasks *t, struct tasks_thread *th, uint64_t end_ns);
/* Takes a thread out without telling anything. */
void tasks_free_thread(struct tasks *t, struct tasks_thread *th);
/* Gives it a name of its own (TASK_COMM_BYTES); NULL: that of the process. */
void tasks_name_thread(struct tasks *t, struct tasks_thread *th, const char *comm);
void tasks_set_state(struct tasks *t, struct tasks_thread *th, uint8_t state);
/* Was there at the last pass, or we do not know better. */
bool tasks_is_old(const struct tasks *t, uint64_t start_ns);

/* wishes.c */
#define ASKS_MAX 4096
struct blocked_ask {
	struct pool_node node; /* key: thread id */
	uint64_t start_ns, since_ns, asked_ns;
};
void tasks_want_cmd(struct tasks *t, struct tasks_proc *p);
/* A process that is taken out wants nothing any more. */
void wishes_drop(struct tasks *t, struct tasks_proc *p);

/* watch.c: threads that have rows of their own. */
#define GONES_MAX 16384 /* that have ended: of the interval, under --total of all time */
static inline bool watch_has(const struct tasks *t, const struct tasks_proc *p)
{
	if (t->watch == WATCH_NONE || !t->bpf)
		return false;
	return t->watch == WATCH_ALL ||
	       (p->node.key == t->watch_tgid && (!t->watch_start_ns || p->start_ns == t->watch_start_ns));
}
/* Returns what the thread did, made when needed; NULL when there is no room. */
struct thread_watch *watch_of(struct tasks *t, struct tasks_thread *th);
/* As fold_window() for the running interval; adds to `s` and to what the thread did. */
bool watch_fold(struct tasks *t, struct tasks_thread *th, uint32_t weight, struct sums *s);
/* As fold_last() in the same way; and a thread that a tick may have shown keeps a last row. */
void watch_last(struct tasks *t, struct tasks_thread *th, uint64_t end_ns, uint32_t weight,
		struct sums *s);
/* Writes the rows of a process's threads and closes their interval; `rows` false: closes only. */
void watch_close(struct tasks *t, struct tasks_proc *p, enum window window,
		 const struct tick_rec *tick, bool rows);
/* Before and after the rows are made. */
void watch_begin(struct tasks *t, enum window window);
void watch_publish(struct tasks *t, enum window window, struct snapshot *snap);
/* The interval of threads that have ended closes without rows; `total`: they are forgotten. */
void watch_skip(struct tasks *t, bool total);
/* The mark; the baseline, from which all counts anew. */
void watch_mark(struct tasks *t, const struct tasks_proc *p, bool running);
void watch_mark_gone(struct tasks *t);
void watch_restart(struct tasks *t, struct tasks_proc *p);
void watch_free(struct tasks *t, struct tasks_thread *th);

/* dead.c: the sums of dead threads. */
void dead_record(struct tasks *t, struct tasks_proc *p, const struct proc_rec *rec);
void dead_add(struct tasks *t, struct tasks_proc *p, const struct tasks_thread *th);
void dead_reconcile(struct tasks *t, struct tasks_proc *p);

/* phist.c: the histograms of processes. */
void phist_record(struct tasks *t, struct tasks_proc *p, const struct hist_rec *rec);
/* The interval ends: what was running is what is shown. Returns whether that is anything. */
bool phist_publish(struct tasks *t, struct tasks_proc *p);
/* Forgets the interval's part; with `total` all that was before now, the mark too. */
void phist_skip(struct tasks *t, struct tasks_proc *p, bool total);
/* WINDOW_MARK counts from here; `running`: what the interval has so far lies before it. */
void phist_mark(struct tasks *t, struct tasks_proc *p, bool running);
void phist_free(struct tasks *t, struct tasks_proc *p);
/* Whether there may be anything in it. */
bool phist_has(const struct tasks_proc *p, enum hist_which which, enum window window);
/* Returns false, and an empty histogram, where the process has none. */
bool phist_get(const struct tasks_proc *p, enum hist_which which, enum window window, struct hist *ret);

#endif
