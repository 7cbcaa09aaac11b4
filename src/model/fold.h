/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time arithmetic: what one thread did between two moments, from cumulative counters and
 * the segment that is open now. Pure; owns nothing.
 *
 *   oncpu + runq_wait + blocked + idle = wall, to the nanosecond, for every thread and window.
 *
 * What was told already is kept beside the counters (done_*): what a window cannot hold (the
 * counters are read a little before or after the window's end) is told in the next one, so
 * that no error adds up.
 */
#ifndef PROBETOP_FOLD_H
#define PROBETOP_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "core.h"

/* Sums of one or many threads. cls[] holds the threads that were not idle all the window. */
struct sums {
	uint64_t cls[WAIT_NR];
	uint64_t idle_only_ns; /* wall time of those that were */
	uint64_t system_ns;    /* of cls[WAIT_ONCPU] */
	uint64_t vcsw, ivcsw, migrations, minflt, majflt;
};

/* Sleep by class, in the units of wait_rec. */
struct waits {
	uint32_t units[WAIT_SLEEPS]; /* as last recorded */
	uint32_t fresh[WAIT_SLEEPS]; /* grown since the last fold */
	uint32_t quota, quota_fresh; /* the same of waits that a quota caused */
};

/* The clock of one thread. Counters are cumulative over its life. */
struct thread_time {
	uint64_t born_ns;		/* counts from here (CLOCK_MONOTONIC) */
	uint64_t ts_ns;			/* of the last record */
	uint64_t since_ns, at_since_ns; /* the open segment: now, and at the last fold */
	uint64_t oncpu_ns, runq_ns, utime_ns, stime_ns;
	uint64_t done_oncpu_ns, done_runq_ns, done_system_ns;
	struct waits *waits; /* NULL where none was recorded */
	uint8_t wclass, at_class;
	bool sampled; /* the class is only what the state tells: no open segment is added */
	bool slept;   /* switched out of its own will since the last fold */
};

void sums_add(struct sums *to, const struct sums *from);
/*
 * Takes away what was counted earlier. The wall time of the rest is the difference of the two
 * wall times, also where a sleep that was open then is told as another class since.
 */
void sums_sub(struct sums *from, const struct sums *earlier);
bool sums_none(const struct sums *s);
/* Returns the wall time that the sums hold. */
uint64_t sums_wall_ns(const struct sums *s);
uint64_t sums_blocked_ns(const struct sums *s);
uint64_t sums_idle_ns(const struct sums *s);

static inline bool wait_is_sleep(unsigned wclass)
{
	return wclass >= WAIT_FIRST_SLEEP;
}

static inline bool wait_is_idle(unsigned wclass)
{
	return wclass == WAIT_TIMER || wclass == WAIT_IDLE;
}

/* Returns the class to which a sleep that lasts the whole window counts. */
unsigned wait_whole_window(unsigned wclass);

/*
 * Adds what the thread did in [from_ns, to_ns) to `s` and remembers that it was told. `weight`
 * is how many threads the record stands for. Returns whether the thread was active: not idle
 * all the window.
 */
bool fold_window(struct thread_time *t, uint64_t from_ns, uint64_t to_ns, uint32_t weight,
		 struct sums *s);

/* As fold_window, and the thread stays as it was: what it did so far in a window that runs on. */
void fold_so_far(const struct thread_time *t, uint64_t from_ns, uint64_t to_ns, uint32_t weight,
		 struct sums *s);

/* As fold_window for the last window: whatever was not told yet is told now. */
void fold_last(struct thread_time *t, uint64_t from_ns, uint64_t to_ns, uint32_t weight,
	       struct sums *s);

/* Forgets the past: the next window begins with what the counters say at `now_ns`. */
void fold_rebase(struct thread_time *t, uint64_t now_ns);

/* Returns whether each further window without a record is one sleep from end to end. */
bool fold_steady(const struct thread_time *t, uint64_t now_ns);

#endif
