// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Switches, wake-ups and migrations of known loads: off-CPU histograms, single waits, who was
 * behind whom, who woke whom, against what the loads know of themselves.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "collect.h"
#include "hist.h"
#include "loads.h"
#include "state.h"

#define MS 1000000ull

static struct collect c;

static int open_source(void **state)
{
	struct probe_opts opts = {.modules = 1u << PANE_CPU};

	(void)state;
	return collect_open(&c, &opts);
}

static int close_source(void **state)
{
	(void)state;
	collect_close(&c);
	return 0;
}

/* Asks for it, and makes the state of those that are there. */
static void demand(uint32_t what)
{
	assert_int_equal(probe_demand(c.source, what), 0);
	collect_tick(&c, 0);
	collect_forget(&c);
}

static uint64_t sum(const uint64_t *slots)
{
	uint64_t nr = 0;

	for (int i = 0; i < HIST_SLOTS; i++)
		nr += slots[i];
	return nr;
}

static uint64_t machine_sum(const struct cpu_hist_rec *r)
{
	uint64_t nr = 0;

	for (int i = 0; i < HIST_SLOTS; i++)
		nr += r->slots[i];
	return nr;
}

enum { SHORT_MS = 3, SHORT_NR = 200, LONG_MS = 40, LONG_NR = 15 };

/* A program that sleeps known times: how many sleeps certainly lie in a slot, and may lie there. */
struct sleeps {
	unsigned least[HIST_SLOTS], most[HIST_SLOTS];
	uint64_t longest_ns; /* by its own clock */
	int go, done;
};

static void sleep_once(struct sleeps *s, unsigned ms)
{
	uint64_t from = now_ns(), took;
	unsigned low = hist_slot(ms * MS), high;

	sleep_ms(ms);
	took = now_ns() - from;
	high = hist_slot(took);
	if (took > s->longest_ns)
		s->longest_ns = took;
	s->least[low] += low == high;
	for (; low <= high; low++)
		s->most[low]++;
}

static void sleeper(void *arg)
{
	struct sleeps *s = arg;

	while (!__atomic_load_n(&s->go, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	for (int i = 0; i < SHORT_NR; i++)
		sleep_once(s, SHORT_MS);
	for (int i = 0; i < LONG_NR; i++)
		sleep_once(s, LONG_MS);
	__atomic_store_n(&s->done, 1, __ATOMIC_RELEASE);
}

static void await(const int *flag)
{
	for (int i = 0; i < 6000 && !__atomic_load_n(flag, __ATOMIC_ACQUIRE); i++)
		sleep_ms(5);
	assert_true(__atomic_load_n(flag, __ATOMIC_ACQUIRE));
	sleep_ms(50); /* it goes to sleep */
}

static void off_cpu_times_are_the_sleeper_s_own(void **state)
{
	struct sleeps *s = share(sizeof(*s));
	uint64_t before[HIST_SLOTS], machine, preempted, switches;
	struct cpu_hist_rec all;
	struct seen *seen;
	pid_t pid;

	(void)state;
	pid = start(sleeper, s);
	demand(DEMAND_OFFCPU);
	sleep_ms(50);
	collect_tick(&c, TICK_F_KEY);
	seen = collect_find(&c, (uint32_t)pid);
	assert_non_null(seen);
	if (seen->task.flags & TASK_F_NO_OFFCPU)
		skip();
	memcpy(before, seen->slots[HIST_OFFCPU], sizeof(before));
	all = c.cpu.hist[HIST_OFFCPU];
	preempted = seen->task.nivcsw;
	switches = seen->task.nvcsw + preempted;
	__atomic_store_n(&s->go, 1, __ATOMIC_RELEASE);
	await(&s->done);
	collect_tick(&c, 0);
	preempted = seen->task.nivcsw - preempted;
	for (unsigned i = hist_slot(SHORT_MS * MS); i < HIST_SLOTS; i++) {
		uint64_t ours = seen->slots[HIST_OFFCPU][i] - before[i];

		machine = c.cpu.hist[HIST_OFFCPU].slots[i] - all.slots[i];
		if (s->most[i])
			print_message("# slot %u: ours %lu, own %u to %u, machine %lu\n", i, ours,
				      s->least[i], s->most[i], machine);
		/*
		 * It may have been off the CPU for other reasons as well: a fault, or preempted,
		 * which cuts a piece off the sleep when the timer runs already. So does a host that
		 * takes the CPU away, and of that nothing is counted: one in 20.
		 */
		assert_true(ours + preempted + s->least[i] / 20 >= s->least[i]);
		assert_true(ours <= s->most[i] + preempted + 2);
		assert_true(machine >= ours);
	}
	switches = seen->task.nvcsw + seen->task.nivcsw - switches;
	print_message("# %lu switches, %lu off-CPU times, longest %.3f ms, own %.3f\n", switches,
		      sum(seen->slots[HIST_OFFCPU]) - sum(before),
		      (double)seen->max_ns[HIST_OFFCPU] / 1e6, (double)s->longest_ns / 1e6);
	/*
	 * Each switch out but the last has its switch in; one more began before the window. And a
	 * host may hide tasks of its own from tracing.
	 */
	assert_in_range(sum(seen->slots[HIST_OFFCPU]) - sum(before), switches * 98 / 100 - 1,
			switches + 1);
	assert_in_range(seen->max_ns[HIST_OFFCPU], LONG_MS * MS, s->longest_ns);
	/* Nobody asks any longer: it stays as it is, and the machine's goes on. */
	assert_int_equal(probe_demand(c.source, 0), 0);
	memcpy(before, seen->slots[HIST_OFFCPU], sizeof(before));
	all = c.cpu.hist[HIST_OFFCPU];
	sleep_ms(50);
	collect_tick(&c, TICK_F_KEY);
	assert_memory_equal(before, seen->slots[HIST_OFFCPU], sizeof(before));
	assert_true(machine_sum(&c.cpu.hist[HIST_OFFCPU]) > machine_sum(&all));
	stop(pid);
}

static const struct latency_rec *exemplar_of(struct collect *from, pid_t pid, int which, unsigned slot)
{
	for (unsigned i = 0; i < from->cpu.exemplars_nr; i++) {
		const struct latency_rec *r = &from->cpu.exemplars[i];

		if (r->tgid == (uint32_t)pid && r->which == which && r->slot == slot)
			return r;
	}
	return NULL;
}

static void check_exemplar(const struct latency_rec *r, uint64_t from_ns)
{
	if (hist_slot(r->ns) != r->slot)
		print_error("slot %u does not hold %llu ns\n", r->slot, r->ns);
	assert_int_equal(hist_slot(r->ns), r->slot);
	assert_true(r->pid && r->tgid && r->comm[0]);
	assert_int_not_equal(r->tgid, getpid());
	/* The run queue's clock lags behind by what the CPU did in interrupts: ten-fold slack. */
	assert_in_range(r->h.ts_ns, from_ns - 100 * MS, now_ns() + 100 * MS);
	if (r->which == HIST_RUNQ)
		assert_true(r->by_pid || !memcmp(r->by_comm, "idle", 5));
	else
		assert_int_equal(r->by_pid, 0);
}

static void exemplars_lie_in_the_slot_they_claim(void **state)
{
	unsigned told[HIST_WHICH_NR][HIST_SLOTS] = {{0}};
	struct cpu_hist_rec before[HIST_WHICH_NR];
	struct sleeps *s = share(sizeof(*s));
	pid_t pid = start(sleeper, s);
	unsigned missing = 0;
	uint64_t from;

	(void)state;
	collect_tick(&c, 0);
	collect_forget(&c);
	memcpy(before, c.cpu.hist, sizeof(before));
	from = now_ns();
	__atomic_store_n(&s->go, 1, __ATOMIC_RELEASE);
	await(&s->done);
	collect_tick(&c, 0);
	for (unsigned i = 0; i < c.cpu.exemplars_nr; i++) {
		const struct latency_rec *r = &c.cpu.exemplars[i];

		check_exemplar(r, from);
		told[r->which][r->slot]++;
	}
	for (int which = 0; which < HIST_WHICH_NR; which++)
		for (unsigned i = 0; i < HIST_SLOTS; i++) {
			assert_true(told[which][i] <= 4);
			missing += c.cpu.hist[which].slots[i] > before[which].slots[i] &&
				   !told[which][i];
		}
	print_message("# %u exemplars, %u slots with counts and none\n", c.cpu.exemplars_nr,
		      missing);
	/* Only this test's own durations, and those of tasks that are hidden, have none. */
	assert_true(missing <= 6);
	/* A second reading has only what is new. */
	collect_forget(&c);
	sleep_ms(20);
	from = now_ns() - 60 * MS;
	collect_tick(&c, 0);
	for (unsigned i = 0; i < c.cpu.exemplars_nr; i++)
		check_exemplar(&c.cpu.exemplars[i], from);
	stop(pid);
	stop(pid);
}

/* Where only one process is counted, the exemplar is its own. */
static void an_exemplar_names_the_task_and_its_sleep(void **state)
{
	struct probe_opts opts = {.modules = 1u << PANE_CPU, .track = true};
	struct sleeps *s = share(sizeof(*s));
	unsigned slot = hist_slot(LONG_MS * MS);
	const struct latency_rec *mine;
	struct collect tree;
	pid_t pid;

	(void)state;
	pid = start(sleeper, s);
	assert_int_equal(collect_open(&tree, &opts), 0);
	assert_int_equal(probe_track(tree.source, pid), 0);
	s->go = 1;
	await(&s->done);
	collect_tick(&tree, 0);
	mine = exemplar_of(&tree, pid, HIST_OFFCPU, slot);
	if (!mine) /* a busy machine: none of them ended within the slot */
		assert_int_equal(s->least[slot], 0);
	else {
		assert_int_equal(mine->pid, pid);
		assert_string_equal(mine->comm, collect_find(&tree, (uint32_t)pid)->task.comm);
		assert_in_range(mine->ns, LONG_MS * MS, s->longest_ns);
		if (!(collect_find(&tree, (uint32_t)pid)->task.flags & TASK_F_NO_CLASS))
			assert_int_equal(mine->wclass, WAIT_TIMER);
	}
	stop(pid);
	collect_close(&tree);
}

enum { WAITS = 50, WAIT_MS = 15 };

/*
 * A hog wakes a victim on its own CPU, and keeps that CPU for a while. Both are of the real-time
 * class, so that nobody else is in between.
 */
struct behind {
	int pipe[2], go[2];
	uint64_t woken_ns[WAITS]; /* by the hog, just before it woke the victim */
	uint64_t waited_ns; /* by the victim: from being woken to running */
	int refused, done;
};

static bool real_time(int priority)
{
	struct sched_param param = {.sched_priority = priority};

	pin(0, last_cpu());
	return !sched_setscheduler(0, SCHED_FIFO, &param);
}

static void hog(void *arg)
{
	struct behind *b = arg;
	char byte = 0;

	if (!real_time(2)) {
		b->refused = b->done = 1;
		return;
	}
	for (int i = 0; i < WAITS; i++) {
		sleep_ms(10); /* the victim runs, and goes back to sleep */
		b->woken_ns[i] = now_ns();
		if (write(b->pipe[1], &byte, 1) != 1)
			_exit(1);
		spin_ms(WAIT_MS);
	}
	sleep_ms(50);
	__atomic_store_n(&b->done, 1, __ATOMIC_RELEASE);
}

static void victim(void *arg)
{
	struct behind *b = arg;
	char byte;

	if (!real_time(1))
		return;
	for (int i = 0; i < WAITS && read(b->pipe[0], &byte, 1) == 1; i++)
		b->waited_ns += now_ns() - b->woken_ns[i];
}

static void every_slow_wait_is_told_with_who_had_the_cpu(void **state)
{
	struct behind *b = share(sizeof(*b));
	unsigned behind_hog = 0, all = 0, self = 0;
	struct pair_rec *pair;
	pid_t pid[2];

	(void)state;
	assert_int_equal(pipe(b->pipe), 0);
	demand(0);
	probe_threshold(c.source, PANE_CPU, 10 * MS);
	pid[0] = start(victim, b);
	sleep_ms(50);
	pid[1] = start(hog, b);
	await(&b->done);
	stop(pid[1]);
	stop(pid[0]);
	if (b->refused)
		skip();
	collect_tick(&c, 0);
	for (unsigned i = 0; i < c.cpu.slow_nr; i++) {
		const struct latency_rec *r = &c.cpu.slow[i];

		self += r->tgid == (uint32_t)getpid();
		assert_true(r->ns >= 10 * MS);
		assert_int_equal(hist_slot(r->ns), r->slot);
		if (r->tgid != (uint32_t)pid[0])
			continue;
		/* Ours, unless others kept it waiting before. */
		all += r->by_tgid == (uint32_t)pid[1] || r->ns >= (WAIT_MS - 1) * MS;
		behind_hog += r->by_tgid == (uint32_t)pid[1];
	}
	pair = collect_pair(&c, PAIR_BEHIND, (uint32_t)pid[0], (uint32_t)pid[1]);
	assert_non_null(pair);
	print_message("# %u of %u slow waits, %u behind the hog; pair: %llu waits, %.3f ms, own "
		      "%.3f\n",
		      all, WAITS, behind_hog, pair->count, (double)pair->ns / 1e6,
		      (double)b->waited_ns / 1e6);
	assert_in_range(all, WAITS, WAITS + 3);
	assert_int_equal(self, 0);
	/* A kernel thread of the highest class may come in between, and once more behind the hog. */
	assert_in_range(behind_hog, WAITS - 3, WAITS);
	assert_in_range(pair->count, WAITS - 3, WAITS + 5);
	assert_in_range(pair->ns, (WAITS - 3) * (WAIT_MS - 1) * MS, b->waited_ns + 5 * MS);
	collect_settle(&c);
	collect_report(&c, PROBE_SWITCH);
	assert_true(c.loss.seen >= WAITS);
	assert_int_equal(c.loss.submitted, c.loss.received);
	assert_int_equal(c.loss.full, 0);
	assert_int_equal(c.bad, 0);
}

static void spinner(void *arg)
{
	(void)arg;
	pin(0, last_cpu());
	for (;;)
		;
}

/* On-CPU time as the kernel has it. */
static uint64_t ran_ns(pid_t pid)
{
	unsigned long long ns = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%llu", &ns), 1);
	fclose(f);
	return ns;
}

/*
 * One spinner waits whenever one of two others, of unlike weight, has the CPU: behind each as
 * long as that one ran. A tenth is allowed for what ran in between, and 20 ms for the begin.
 */
static void all_who_had_the_cpu_share_a_wait(void **state)
{
	uint64_t ran[2];
	pid_t pid[3];

	(void)state;
	demand(0);
	for (int i = 2; i >= 0; i--)
		pid[i] = start(spinner, NULL);
	assert_int_equal(setpriority(PRIO_PROCESS, (id_t)pid[0], 4), 0);
	sleep_ms(2000);
	for (int i = 0; i < 2; i++)
		ran[i] = ran_ns(pid[i]);
	collect_tick(&c, 0);
	for (int i = 0; i < 3; i++)
		stop(pid[i]);
	assert_true(ran[1] > 3 * ran[0] / 2);
	for (int i = 0; i < 2; i++) {
		struct pair_rec *pair =
			collect_pair(&c, PAIR_BEHIND, (uint32_t)pid[2], (uint32_t)pid[i]);

		assert_non_null(pair);
		print_message("# behind one that ran %.1f ms: %.1f ms\n", (double)ran[i] / 1e6,
			      (double)pair->ns / 1e6);
		assert_in_range(pair->ns, ran[i] - ran[i] / 10 - 20 * MS,
				ran[i] + ran[i] / 10 + 20 * MS);
	}
}

struct wake {
	int there[2], back[2];
	int done, go;
};

enum { ROUNDS = 500 };

static void waker(void *arg)
{
	struct wake *w = arg;
	char byte = 0;

	while (!__atomic_load_n(&w->go, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	for (int i = 0; i < ROUNDS; i++)
		if (write(w->there[1], &byte, 1) != 1 || read(w->back[0], &byte, 1) != 1)
			_exit(1);
	__atomic_store_n(&w->done, 1, __ATOMIC_RELEASE);
}

static void woken(void *arg)
{
	struct wake *w = arg;
	char byte;

	while (read(w->there[0], &byte, 1) == 1)
		if (write(w->back[1], &byte, 1) != 1)
			_exit(1);
}

/* How often `tgid` was woken by others than `by`. */
static uint64_t woken_by_others(uint32_t tgid, uint32_t by)
{
	uint64_t nr = 0;

	for (unsigned i = 0; i < c.cpu.pairs_nr; i++) {
		const struct pair_rec *p = &c.cpu.pairs[i];

		if (p->kind != PAIR_WAKER || p->tgid != tgid || p->by == by)
			continue;
		print_message("# %u was also woken by %#x, %llu times\n", tgid, p->by, p->count);
		nr += p->count;
	}
	return nr;
}

static void a_pipe_partner_is_the_waker(void **state)
{
	struct wake *w = share(sizeof(*w));
	uint64_t slept, others;
	struct pair_rec *pair;
	struct seen *seen;
	pid_t pid[2];

	(void)state;
	assert_int_equal(pipe(w->there) | pipe(w->back), 0);
	pid[0] = start(waker, w);
	pid[1] = start(woken, w);
	sleep_ms(50);
	demand(DEMAND_WAKERS);
	seen = collect_find(&c, (uint32_t)pid[1]);
	assert_non_null(seen);
	slept = seen->task.nvcsw;
	__atomic_store_n(&w->go, 1, __ATOMIC_RELEASE);
	await(&w->done);
	collect_tick(&c, 0);
	pair = collect_pair(&c, PAIR_WAKER, (uint32_t)pid[1], (uint32_t)pid[0]);
	assert_non_null(pair);
	slept = seen->task.nvcsw - slept;
	others = woken_by_others((uint32_t)pid[1], (uint32_t)pid[0]);
	print_message("# woken %llu times, slept %lu times\n", pair->count, slept);
	/*
	 * Each sleep has an end, but one may end before it began: a waker that comes between the
	 * decision to sleep and the switch makes no switch.
	 */
	assert_in_range(pair->count + others, slept, slept + slept / 10 + 5);
	assert_true(others <= 5);
	assert_int_equal(probe_demand(c.source, 0), 0);
	stop(pid[0]);
	stop(pid[1]);
}

static void spin_on(void *arg)
{
	(void)arg;
	pin(0, last_cpu());
	spin_ms(10000);
}

static void nap(void *arg)
{
	struct wake *w = arg;

	pin(0, last_cpu());
	while (!__atomic_load_n(&w->go, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	for (int i = 0; i < 100; i++)
		sleep_ms(3);
	__atomic_store_n(&w->done, 1, __ATOMIC_RELEASE);
}

static void a_timer_wakes_the_napper_not_whom_it_interrupts(void **state)
{
	struct wake *w = share(sizeof(*w));
	struct pair_rec *timer;
	uint64_t others;
	pid_t pid[2];

	(void)state;
	pid[0] = start(spin_on, NULL);
	pid[1] = start(nap, w);
	sleep_ms(100); /* until they have their memory: for that they may wait for each other */
	demand(DEMAND_WAKERS);
	__atomic_store_n(&w->go, 1, __ATOMIC_RELEASE);
	await(&w->done);
	collect_tick(&c, 0);
	timer = collect_pair(&c, PAIR_WAKER, (uint32_t)pid[1], PAIR_BY_TIMER);
	assert_non_null(timer);
	others = woken_by_others((uint32_t)pid[1], PAIR_BY_TIMER);
	print_message("# %llu times by a timer, %lu by others\n", timer->count, others);
	assert_true(timer->count >= 100);
	assert_true(others <= 2); /* its first page may come from a disk */
	assert_null(collect_pair(&c, PAIR_WAKER, (uint32_t)pid[1], (uint32_t)pid[0]));
	assert_int_equal(probe_demand(c.source, 0), 0);
	stop(pid[0]);
	stop(pid[1]);
}

/* Goes to and fro between two CPUs; says how often when it is asked. */
static void wander(void *arg)
{
	struct wake *w = arg;
	char byte = 0;

	if (read(w->there[0], &byte, 1) != 1)
		_exit(1);
	for (int i = 0; i < ROUNDS; i++)
		pin(0, i % 2 ? 0 : last_cpu());
	__atomic_store_n(&w->done, 1, __ATOMIC_RELEASE);
}

static void migrations_of_cpus_are_those_of_tasks(void **state)
{
	struct probe_opts opts = {.modules = 1u << PANE_CPU, .track = true};
	struct wake *w = share(sizeof(*w));
	struct collect mine;
	struct seen *seen;
	uint64_t in, own;
	char byte = 0;
	pid_t pid;

	(void)state;
	if (!last_cpu())
		skip();
	assert_int_equal(pipe(w->there), 0);
	pid = start(wander, w);
	assert_int_equal(collect_open(&mine, &opts), 0);
	assert_int_equal(probe_track(mine.source, pid), 0);
	sleep_ms(50);
	collect_tick(&mine, TICK_F_KEY);
	seen = collect_find(&mine, (uint32_t)pid);
	assert_non_null(seen);
	in = mine.cpu.migrations_in;
	own = seen->task.migrations;
	assert_int_equal(write(w->there[1], &byte, 1), 1);
	await(&w->done);
	collect_tick(&mine, TICK_F_KEY);
	print_message("# %lu migrations in, the task's own %lu\n", mine.cpu.migrations_in - in,
		      seen->task.migrations - own);
	assert_int_equal(mine.cpu.migrations_in - in, seen->task.migrations - own);
	assert_int_equal(mine.cpu.migrations_in, mine.cpu.migrations_out);
	assert_true(seen->task.migrations - own >= ROUNDS - 1);
	stop(pid);
	collect_close(&mine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(off_cpu_times_are_the_sleeper_s_own),
		cmocka_unit_test(exemplars_lie_in_the_slot_they_claim),
		cmocka_unit_test(an_exemplar_names_the_task_and_its_sleep),
		cmocka_unit_test(every_slow_wait_is_told_with_who_had_the_cpu),
		cmocka_unit_test(all_who_had_the_cpu_share_a_wait),
		cmocka_unit_test(a_pipe_partner_is_the_waker),
		cmocka_unit_test(a_timer_wakes_the_napper_not_whom_it_interrupts),
		cmocka_unit_test(migrations_of_cpus_are_those_of_tasks),
	};

	return cmocka_run_group_tests(tests, open_source, close_source);
}
