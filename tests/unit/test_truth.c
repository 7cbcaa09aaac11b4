/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The models against a host whose truth is known: what each process did in each interval is
 * compared with what the synthetic source made it do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model.h"
#include "synth.h"

#define TICKS	12
#define PIDS	32768
#define UNIT_NS (1 << WAIT_UNIT_SHIFT) /* sleep is told in this grain */

struct host {
	struct source *source;
	struct world *world;
	struct snapshot snap;
	struct synth_truth before[PIDS];
};

static void apply(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(world_apply(ctx, ev), 0);
}

static struct host *host_new(const char *name)
{
	struct host *h = calloc(1, sizeof(*h));
	struct synth_opts opts;

	assert_non_null(h);
	assert_int_equal(synth_options(name, &opts), 0);
	assert_int_equal(synth_new(&opts, &h->source), 0);
	assert_int_equal(world_new(NULL, &h->world), 0);
	return h;
}

static void host_free(struct host *h)
{
	h->source->ops->free(h->source);
	world_free(h->world);
	free(h);
}

static void tick(struct host *h)
{
	assert_int_equal(h->source->ops->tick(h->source, 0, apply, h->world), 0);
	world_publish(h->world, false, &h->snap);
}

static void near(int64_t got, int64_t want, int64_t tolerance)
{
	if (got < want - tolerance || got > want + tolerance)
		fail_msg("got %lld, want %lld +- %lld", (long long)got, (long long)want,
			 (long long)tolerance);
}

/* Returns whether the row could be compared: a process that lived through the whole interval. */
static bool compare_row(struct host *h, const struct proc_row *row)
{
	struct synth_truth now, was;
	int64_t grain_ns = row->threads * UNIT_NS, slept_ns = 0;

	if (row->pid == FIG_UNKNOWN || row->dead || row->pid >= PIDS ||
	    !synth_truth(h->source, (uint32_t)row->pid, &now))
		return false;
	was = h->before[row->pid];
	h->before[row->pid] = now;
	if (was.threads == 0)
		return false;
	for (int c = WAIT_FIRST_SLEEP; c < WAIT_NR; c++)
		slept_ns += (int64_t)(now.class_ns[c] - was.class_ns[c]);
	assert_int_equal(row->oncpu_ns, now.class_ns[WAIT_ONCPU] - was.class_ns[WAIT_ONCPU]);
	near(row->runq_wait_ns, (int64_t)(now.class_ns[WAIT_RUNQ] - was.class_ns[WAIT_RUNQ]),
	     grain_ns);
	near(row->blocked_ns + row->idle_ns, slept_ns, grain_ns);
	assert_int_equal(row->vcsw, now.nvcsw - was.nvcsw);
	assert_int_equal(row->ivcsw, now.nivcsw - was.nivcsw);
	assert_int_equal(row->threads, now.threads);
	return true;
}

/* Threads that die, processes that come, exec and go included. */
static void times_and_switches_of_each_process_are_the_truth(void **state)
{
	static const char *const names[] = {"database", "load"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct host *h = host_new(names[i]);
		unsigned compared = 0;

		for (int t = 0; t < TICKS; t++) {
			tick(h);
			for (int r = 0; r < h->snap.procs_nr; r++)
				compared += compare_row(h, &h->snap.procs[r]);
		}
		assert_true(compared > 1000);
		host_free(h);
	}
}

/* Short processes too: the column adds up to what the CPUs did. */
static void on_cpu_column_adds_up_to_the_cpus(void **state)
{
	static const char *const names[] = {"database", "load"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct host *h = host_new(names[i]);

		tick(h);
		for (int t = 1; t < TICKS; t++) {
			int64_t sum_ns = 0;

			tick(h);
			for (int r = 0; r < h->snap.procs_nr; r++)
				sum_ns += h->snap.procs[r].oncpu_ns;
			/* /proc/stat counts in steps of 10 ms, in each mode of each CPU. */
			near(sum_ns, h->snap.m.busy_ns, h->snap.m.cpus * 5 * 10000000);
		}
		host_free(h);
	}
}

static void storm_is_one_row_that_counts_all(void **state)
{
	struct host *h = host_new("database");
	int64_t processes = 0;

	for (int t = 0; t < 3; t++)
		tick(h);
	for (int r = 0; r < h->snap.procs_nr; r++)
		if (h->snap.procs[r].pid == FIG_UNKNOWN)
			processes += h->snap.procs[r].processes;
	assert_int_equal(processes, 412);
	host_free(h);
}

/* Nothing is told of it between key frames, and yet it is blocked all the time. */
static void stuck_process_is_blocked_for_each_whole_interval(void **state)
{
	struct host *h = host_new("database");

	tick(h);
	for (int t = 1; t < 10; t++) {
		const struct proc_row *tar = NULL;

		tick(h);
		for (int r = 0; r < h->snap.procs_nr; r++)
			if (h->snap.procs[r].pid == 2291)
				tar = &h->snap.procs[r];
		assert_non_null(tar);
		assert_int_equal(tar->state, 'D');
		assert_int_equal(tar->blocked_ns, h->snap.m.interval_ns);
		near(tar->blocked_since_ns, (43 + t) * 1000000000LL, 2000000000);
	}
	host_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_and_switches_of_each_process_are_the_truth),
		cmocka_unit_test(on_cpu_column_adds_up_to_the_cpus),
		cmocka_unit_test(storm_is_one_row_that_counts_all),
		cmocka_unit_test(stuck_process_is_blocked_for_each_whole_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
