/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time arithmetic of one thread and window. */
#include "fold.h"

#include <string.h>

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* a - b, but never below zero. */
static uint64_t above(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/*
 * The last words of a thread may tell more than its last window: what earlier records, now
 * lost, would have told. But not more than two weeks, which only a damaged record does.
 */
#define TAIL_MAX_NS (1ULL << 50)

static uint64_t share(uint64_t whole, uint64_t part, uint64_t of)
{
	return (uint64_t)((unsigned __int128)whole * part / of);
}

void sums_add(struct sums *to, const struct sums *from)
{
	for (int i = 0; i < WAIT_NR; i++)
		to->cls[i] += from->cls[i];
	to->idle_only_ns += from->idle_only_ns;
	to->system_ns += from->system_ns;
	to->vcsw += from->vcsw;
	to->ivcsw += from->ivcsw;
	to->migrations += from->migrations;
	to->minflt += from->minflt;
	to->majflt += from->majflt;
}

/* a - b; what b has more is added to `lack`. */
static uint64_t less(uint64_t a, uint64_t b, uint64_t *lack_ns)
{
	*lack_ns += above(b, a);
	return above(a, b);
}

void sums_sub(struct sums *from, const struct sums *earlier)
{
	uint64_t lack_ns = 0, take_ns;

	for (int i = 0; i < WAIT_NR; i++)
		from->cls[i] = less(from->cls[i], earlier->cls[i], &lack_ns);
	from->idle_only_ns = less(from->idle_only_ns, earlier->idle_only_ns, &lack_ns);
	take_ns = min_u64(lack_ns, from->idle_only_ns);
	from->idle_only_ns -= take_ns;
	lack_ns -= take_ns;
	for (int i = WAIT_NR - 1; lack_ns && i >= 0; i--) {
		take_ns = min_u64(lack_ns, from->cls[i]);
		from->cls[i] -= take_ns;
		lack_ns -= take_ns;
	}
	from->system_ns = min_u64(above(from->system_ns, earlier->system_ns), from->cls[WAIT_ONCPU]);
	from->vcsw = above(from->vcsw, earlier->vcsw);
	from->ivcsw = above(from->ivcsw, earlier->ivcsw);
	from->migrations = above(from->migrations, earlier->migrations);
	from->minflt = above(from->minflt, earlier->minflt);
	from->majflt = above(from->majflt, earlier->majflt);
}

bool sums_none(const struct sums *s)
{
	static const struct sums none;

	return !memcmp(s, &none, sizeof(none));
}

uint64_t sums_wall_ns(const struct sums *s)
{
	uint64_t wall_ns = s->idle_only_ns;

	for (int i = 0; i < WAIT_NR; i++)
		wall_ns += s->cls[i];
	return wall_ns;
}

uint64_t sums_blocked_ns(const struct sums *s)
{
	uint64_t blocked_ns = 0;

	for (unsigned i = WAIT_FIRST_SLEEP; i < WAIT_NR; i++)
		blocked_ns += wait_is_idle(i) ? 0 : s->cls[i];
	return blocked_ns;
}

uint64_t sums_idle_ns(const struct sums *s)
{
	return s->idle_only_ns + s->cls[WAIT_TIMER] + s->cls[WAIT_IDLE];
}

/* A futex that nobody woke is a thread that waits for work, not one that waits for a lock. */
unsigned wait_whole_window(unsigned wclass)
{
	return wclass == WAIT_FUTEX ? WAIT_IDLE : wclass;
}

/*
 * On-CPU time at `now_ns`. The record of a running thread holds its open segment up to the
 * record's own time, which is a little off the end of the window, on either side.
 */
static uint64_t oncpu_at(const struct thread_time *t, uint64_t now_ns)
{
	if (t->wclass != WAIT_ONCPU || t->sampled)
		return t->oncpu_ns;
	if (now_ns >= t->ts_ns)
		return t->oncpu_ns + (now_ns - t->ts_ns);
	return above(t->oncpu_ns, t->ts_ns - now_ns);
}

/* Run-queue wait at `now_ns`: the kernel's sum has closed waits only. */
static uint64_t runq_at(const struct thread_time *t, uint64_t now_ns)
{
	bool waits = t->wclass == WAIT_RUNQ || t->wclass == WAIT_QUOTA;

	if (!waits || t->sampled || t->since_ns == REC_UNKNOWN)
		return t->runq_ns;
	return t->runq_ns + above(now_ns, t->since_ns);
}

/* System time as cputime_adjust() has it: samples scaled to the exact sum, never going back. */
static uint64_t system_at(const struct thread_time *t, uint64_t oncpu_ns)
{
	uint64_t samples_ns = t->utime_ns + t->stime_ns;

	return samples_ns ? share(oncpu_ns, t->stime_ns, samples_ns) : 0;
}

static void tell_oncpu(struct thread_time *t, uint64_t oncpu_ns, struct sums *s)
{
	uint64_t system_ns, grown_ns;

	t->done_oncpu_ns += oncpu_ns;
	system_ns = system_at(t, t->done_oncpu_ns);
	grown_ns = min_u64(above(system_ns, t->done_system_ns), oncpu_ns);
	t->done_system_ns += grown_ns;
	s->cls[WAIT_ONCPU] += oncpu_ns;
	s->system_ns += grown_ns;
}

static bool same_segment(const struct thread_time *t)
{
	return t->wclass == t->at_class && t->since_ns == t->at_since_ns;
}

/*
 * What of the window a quota held the thread back. Closed waits were recorded whole: what of the
 * first one lay before the window was told then.
 */
static uint64_t quota_in(const struct thread_time *t, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t quota_ns = t->waits ? (uint64_t)t->waits->quota_fresh << WAIT_UNIT_SHIFT : 0;

	if (t->at_class == WAIT_QUOTA && t->at_since_ns != REC_UNKNOWN && !same_segment(t))
		quota_ns = above(quota_ns, above(from_ns, t->at_since_ns));
	if (t->wclass == WAIT_QUOTA && t->since_ns != REC_UNKNOWN)
		quota_ns += above(to_ns, max_u64(t->since_ns, from_ns));
	return quota_ns;
}

static void tell_runq(struct thread_time *t, uint64_t runq_ns, uint64_t from_ns, uint64_t to_ns,
		      struct sums *s)
{
	uint64_t quota_ns = min_u64(runq_ns, quota_in(t, from_ns, to_ns));

	t->done_runq_ns += runq_ns;
	s->cls[WAIT_QUOTA] += quota_ns;
	s->cls[WAIT_RUNQ] += runq_ns - quota_ns;
}

/*
 * How long the thread slept in each class within the window, by its own stamps. The closed
 * sleeps were recorded whole: what of the first one lay before the window was told then.
 */
static uint64_t weigh_sleeps(const struct thread_time *t, uint64_t from_ns, uint64_t to_ns,
			     uint64_t rest_ns, uint64_t weight_ns[WAIT_NR])
{
	uint64_t sum_ns = 0, open_ns;

	for (int i = 0; t->waits && i < WAIT_SLEEPS; i++)
		weight_ns[WAIT_FIRST_SLEEP + i] = (uint64_t)t->waits->fresh[i] << WAIT_UNIT_SHIFT;
	if (wait_is_sleep(t->at_class) && t->at_since_ns != REC_UNKNOWN && !same_segment(t))
		weight_ns[t->at_class] =
			above(weight_ns[t->at_class], above(from_ns, t->at_since_ns));
	for (int i = 0; i < WAIT_NR; i++)
		sum_ns += weight_ns[i];
	if (wait_is_sleep(t->wclass)) {
		open_ns = t->since_ns == REC_UNKNOWN ? above(rest_ns, sum_ns)
						     : above(to_ns, max_u64(t->since_ns, from_ns));
		weight_ns[t->wclass] += open_ns;
		sum_ns += open_ns;
	}
	return sum_ns;
}

/* The class of time off the CPU for which no stamp speaks. */
static unsigned class_without_stamps(const struct thread_time *t)
{
	if (wait_is_sleep(t->wclass))
		return t->wclass;
	if (wait_is_sleep(t->at_class))
		return t->at_class;
	/* it never gave up the CPU of its own will: what is missing was taken by interrupts or
	 * the hypervisor while it wanted to run */
	return t->sampled || t->slept ? WAIT_OTHER : WAIT_RUNQ;
}

static void tell_sleep(const struct thread_time *t, uint64_t rest_ns, uint64_t from_ns,
		       uint64_t to_ns, struct sums *s)
{
	uint64_t weight_ns[WAIT_NR] = { 0 }, part_ns, left_ns = rest_ns;
	unsigned largest = WAIT_FIRST_SLEEP;
	uint64_t sum_ns = weigh_sleeps(t, from_ns, to_ns, rest_ns, weight_ns);

	if (sum_ns == 0) {
		s->cls[class_without_stamps(t)] += rest_ns;
		return;
	}
	for (unsigned i = WAIT_FIRST_SLEEP; i < WAIT_NR; i++) {
		part_ns = weight_ns[i] ? share(rest_ns, weight_ns[i], sum_ns) : 0;
		s->cls[i] += part_ns;
		left_ns -= part_ns;
		if (weight_ns[i] > weight_ns[largest])
			largest = i;
	}
	s->cls[largest] += left_ns;
}

/* Slept from end to end in one segment, as far as the records tell. */
static bool slept_through(const struct thread_time *t, uint64_t from_ns)
{
	return wait_is_sleep(t->wclass) &&
	       (t->since_ns == REC_UNKNOWN ? t->at_class == t->wclass : t->since_ns <= from_ns);
}

static void remember(struct thread_time *t)
{
	t->at_class = t->wclass;
	t->at_since_ns = t->since_ns;
	t->slept = false;
	if (!t->waits)
		return;
	memset(t->waits->fresh, 0, sizeof(t->waits->fresh));
	t->waits->quota_fresh = 0;
}

static bool tell(struct thread_time *t, uint64_t oncpu_ns, uint64_t runq_ns, uint64_t rest_ns,
		 uint64_t from_ns, uint64_t to_ns, struct sums *s)
{
	unsigned wclass = wait_whole_window(t->wclass);
	bool through = oncpu_ns == 0 && runq_ns == 0 && slept_through(t, from_ns);
	bool active = true;

	if (through && wait_is_idle(wclass)) {
		s->idle_only_ns += rest_ns;
		active = false;
	} else if (through) {
		s->cls[wclass] += rest_ns;
	} else {
		tell_oncpu(t, oncpu_ns, s);
		tell_runq(t, runq_ns, from_ns, to_ns, s);
		tell_sleep(t, rest_ns, from_ns, to_ns, s);
	}
	remember(t);
	return active;
}

bool fold_window(struct thread_time *t, uint64_t from_ns, uint64_t to_ns, uint32_t weight,
		 struct sums *s)
{
	uint64_t oncpu_ns, runq_ns, wall_ns;

	from_ns = max_u64(from_ns, t->born_ns);
	wall_ns = above(to_ns, from_ns) * weight;
	oncpu_ns = min_u64(above(oncpu_at(t, to_ns), t->done_oncpu_ns), wall_ns);
	runq_ns = min_u64(above(runq_at(t, to_ns), t->done_runq_ns), wall_ns - oncpu_ns);
	return tell(t, oncpu_ns, runq_ns, wall_ns - oncpu_ns - runq_ns, from_ns, to_ns, s);
}

void fold_so_far(const struct thread_time *t, uint64_t from_ns, uint64_t to_ns, uint32_t weight,
		 struct sums *s)
{
	struct thread_time copy = *t;
	struct waits waits;

	if (copy.waits) {
		waits = *copy.waits;
		copy.waits = &waits;
	}
	fold_window(&copy, from_ns, to_ns, weight, s);
}

void fold_last(struct thread_time *t, uint64_t from_ns, uint64_t to_ns, uint32_t weight,
	       struct sums *s)
{
	uint64_t oncpu_ns = min_u64(above(t->oncpu_ns, t->done_oncpu_ns), TAIL_MAX_NS);
	uint64_t runq_ns = min_u64(above(t->runq_ns, t->done_runq_ns), TAIL_MAX_NS), wall_ns;

	from_ns = max_u64(from_ns, t->born_ns);
	wall_ns = above(to_ns, from_ns) * weight;
	tell(t, oncpu_ns, runq_ns, above(wall_ns, oncpu_ns + runq_ns), from_ns, to_ns, s);
}

void fold_rebase(struct thread_time *t, uint64_t now_ns)
{
	t->done_oncpu_ns = oncpu_at(t, now_ns);
	t->done_runq_ns = runq_at(t, now_ns);
	t->done_system_ns = system_at(t, t->done_oncpu_ns);
	remember(t);
}

bool fold_steady(const struct thread_time *t, uint64_t now_ns)
{
	static const struct waits none;

	return wait_is_sleep(t->wclass) && t->born_ns <= now_ns &&
	       t->oncpu_ns <= t->done_oncpu_ns && t->runq_ns <= t->done_runq_ns &&
	       (t->since_ns == REC_UNKNOWN || t->since_ns <= now_ns) &&
	       (!t->waits || (!t->waits->quota_fresh &&
			      !memcmp(t->waits->fresh, none.fresh, sizeof(none.fresh))));
}
