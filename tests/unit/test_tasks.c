/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a thread's second is made of, and how threads become rows. */
#include "world_fixture.h"

static void blocked_without_a_record_is_told_every_interval(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);

	r.since_ns = T0 - 250 * MS;
	put(f, &r);
	tick_and_publish(f, T0);
	assert_int_equal(row_of(f, 500)->blocked_ns, 0);
	for (uint64_t i = 1; i <= 10; i++) {
		tick_and_publish(f, T0 + i * SEC + i); /* intervals that differ by a nanosecond */
		assert_int_equal(f->snap.m.interval_ns, SEC + 1);
		assert_int_equal(row_of(f, 500)->blocked_ns, SEC + 1);
		assert_int_equal(row_of(f, 500)->class_ns[WAIT_PIPE], SEC + 1);
		assert_int_equal(row_of(f, 500)->active_wall_ns, SEC + 1);
		assert_int_equal(row_of(f, 500)->offcpu_ns, SEC + 1);
		assert_int_equal(row_of(f, 500)->threads_active, 1);
		assert_int_equal(row_of(f, 500)->blocked_since_ns, i * SEC + i + 250 * MS);
		assert_int_equal(row_of(f, 500)->oncpu_ns + row_of(f, 500)->idle_ns, 0);
	}
	publish(f, true);
	assert_int_equal(row_of(f, 500)->blocked_ns, 10 * SEC + 10);
	assert_int_equal(f->snap.m.interval_ns, 10 * SEC + 10);
}

static void intervals_of_different_length_scale_steady_rows(void **state)
{
	static const uint64_t lengths_ns[] = {SEC, 250 * MS, SEC + 123456789, 1, 60 * SEC, SEC};
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(501, 500, T0), c = task(502, 500, T0);
	uint64_t now = T0;

	b.wclass = WAIT_IDLE;
	c.wclass = WAIT_DISK;
	c.state = 'D';
	put(f, &a);
	put(f, &b);
	put(f, &c);
	tick_and_publish(f, now);
	for (size_t i = 0; i < sizeof(lengths_ns) / sizeof(lengths_ns[0]); i++) {
		now += lengths_ns[i];
		tick_and_publish(f, now);
		assert_int_equal(row_of(f, 500)->blocked_ns, 2 * lengths_ns[i]);
		assert_int_equal(row_of(f, 500)->idle_ns, lengths_ns[i]);
		assert_int_equal(row_of(f, 500)->class_ns[WAIT_DISK], lengths_ns[i]);
		assert_int_equal(row_of(f, 500)->active_wall_ns, 2 * lengths_ns[i]);
		assert_int_equal(f->snap.m.class_ns[WAIT_PIPE], lengths_ns[i]);
		assert_int_equal(f->snap.m.class_ns[WAIT_IDLE], 0);
	}
	publish(f, true);
	assert_int_equal(row_of(f, 500)->blocked_ns, 2 * (now - T0));
	assert_int_equal(row_of(f, 500)->idle_ns, now - T0);
}

static void an_open_wait_is_not_told_twice_when_it_closes(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);
	struct wait_rec w = waits(&r);

	r.wclass = WAIT_DISK;
	r.state = 'D';
	r.since_ns = T0;
	put(f, &r);
	tick_and_publish(f, T0);
	tick_and_publish(f, T0 + SEC);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row_of(f, 500)->class_ns[WAIT_DISK], SEC);

	/* it woke 100 ms into the third second, ran 200 ms, and waits for the network since */
	r.h.ts_ns = T0 + 3 * SEC;
	r.oncpu_ns = 200 * MS;
	r.nvcsw = 2;
	r.wclass = WAIT_NET;
	r.state = 'S';
	r.since_ns = T0 + 2300 * MS;
	w.units[WAIT_DISK - WAIT_FIRST_SLEEP] = (uint32_t)(2100 * MS >> WAIT_UNIT_SHIFT);
	put(f, &r);
	put(f, &w);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 200 * MS);
	assert_in_range(row_of(f, 500)->class_ns[WAIT_DISK], 100 * MS - 2000, 100 * MS + 2000);
	assert_in_range(row_of(f, 500)->class_ns[WAIT_NET], 700 * MS - 2000, 700 * MS + 2000);
	assert_int_equal(row_wall_ns(row_of(f, 500)), SEC);
	assert_int_equal(row_of(f, 500)->vcsw, 2);

	publish(f, true);
	assert_in_range(row_of(f, 500)->class_ns[WAIT_DISK], 2100 * MS - 2000, 2100 * MS + 2000);
	assert_int_equal(row_wall_ns(row_of(f, 500)), 3 * SEC);
}

static void run_queue_wait_counts_while_it_is_open(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);

	r.state = 'R';
	r.wclass = WAIT_RUNQ;
	r.since_ns = T0 - 3 * SEC;
	put(f, &r);
	tick_and_publish(f, T0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->runq_wait_ns, SEC);
	assert_int_equal(row_of(f, 500)->state, 'R');
	/* dispatched at +1.5 s: the kernel's sum now holds the whole wait of 4.5 s */
	r.h.ts_ns = T0 + 2 * SEC;
	r.wclass = WAIT_ONCPU;
	r.since_ns = T0 + 1500 * MS;
	r.runq_ns = 4500 * MS;
	r.oncpu_ns = 500 * MS;
	put(f, &r);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row_of(f, 500)->runq_wait_ns, 500 * MS);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 500 * MS);
}

static void an_open_quota_wait_is_told_as_quota(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);

	r.state = 'R';
	r.wclass = WAIT_QUOTA;
	r.since_ns = T0;
	put(f, &r);
	tick_and_publish(f, T0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->class_ns[WAIT_QUOTA], SEC);
	assert_int_equal(row_of(f, 500)->runq_wait_ns, SEC);
}

/* A spinner whose record is read up to 5 ms after the tick: nothing may drift or overflow. */
static void the_time_of_reading_does_not_drift(void **state)
{
	static const uint64_t late_us[] = {0, 5000, 100, 4900, 0, 0, 3000, 1, 2500, 5000};
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);
	int64_t sum_ns = 0;

	r.state = 'R';
	r.wclass = WAIT_ONCPU;
	for (uint64_t i = 0; i < 100; i++) {
		r.h.ts_ns = T0 + i * SEC + late_us[i % 10] * 1000;
		r.oncpu_ns = 50 * SEC + (r.h.ts_ns - T0);
		put(f, &r);
		tick_and_publish(f, T0 + i * SEC);
		if (i == 0)
			continue;
		assert_int_equal(row_of(f, 500)->oncpu_ns, SEC);
		assert_int_equal(row_wall_ns(row_of(f, 500)), SEC);
		sum_ns += row_of(f, 500)->oncpu_ns;
	}
	assert_int_equal(sum_ns, 99 * SEC);
}

static void what_one_interval_cannot_hold_is_told_in_the_next(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);

	put(f, &r);
	tick_and_publish(f, T0);
	/* asleep again when read, but late: its sum is 3 ms more than the interval holds */
	r.h.ts_ns = T0 + SEC + 4 * MS;
	r.oncpu_ns = SEC + 3 * MS;
	r.since_ns = T0 + SEC + 3 * MS;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, SEC);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 3 * MS);
	assert_int_equal(row_of(f, 500)->blocked_ns, 997 * MS);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(row_of(f, 500)->blocked_ns, SEC);
}

static void identity_of_time_holds_for_any_counters(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);
	struct wait_rec w = waits(&r);
	uint64_t seed = 88172645463325252ULL;

	put(f, &r);
	tick_and_publish(f, T0);
	for (uint64_t i = 1; i < 2000; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		r.h.ts_ns = T0 + i * SEC + seed % 7000000;
		r.oncpu_ns += seed % 1300000000;
		r.runq_ns += (seed >> 20) % 700000000;
		r.utime_ns += (seed >> 9) % SEC;
		r.stime_ns += (seed >> 30) % SEC;
		r.nvcsw += seed % 3;
		r.wclass = (seed >> 40) % WAIT_NR;
		r.since_ns = r.h.ts_ns - (seed >> 8) % (3 * SEC);
		w.units[(seed >> 50) % WAIT_SLEEPS] += seed % 2000000;
		put(f, &r);
		if (seed & 1 << 22)
			put(f, &w);
		tick_and_publish(f, T0 + i * SEC);
		assert_int_equal(row_wall_ns(row_of(f, 500)), SEC);
		assert_int_equal(row_of(f, 500)->user_ns + row_of(f, 500)->system_ns,
				 row_of(f, 500)->oncpu_ns);
		assert_true(row_of(f, 500)->user_ns >= 0 && row_of(f, 500)->system_ns >= 0);
	}
}

static void a_thread_that_starts_inside_counts_from_its_start(void **state)
{
	struct fixture *f = *state;
	struct task_rec lead = task(500, 500, T0), r;

	lead.wclass = WAIT_IDLE;
	put(f, &lead);
	tick_and_publish(f, T0);
	r = started(task(501, 500, T0 + SEC), T0 + 400 * MS);
	r.state = 'R';
	r.wclass = WAIT_ONCPU;
	r.oncpu_ns = 450 * MS;
	r.runq_ns = 150 * MS;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 450 * MS);
	assert_int_equal(row_of(f, 500)->runq_wait_ns, 150 * MS);
	assert_int_equal(row_of(f, 500)->idle_ns, SEC);
	assert_int_equal(row_of(f, 500)->active_wall_ns, 600 * MS);
	assert_int_equal(row_of(f, 500)->threads, 2);
	assert_int_equal(row_of(f, 500)->threads_active, 1);

	r = ended(r, T0 + 1300 * MS, 0);
	r.oncpu_ns = 700 * MS;
	put(f, &r);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 250 * MS);
	assert_int_equal(row_of(f, 500)->active_wall_ns, 300 * MS);
	assert_int_equal(row_wall_ns(row_of(f, 500)), SEC + 300 * MS);
	assert_int_equal(row_of(f, 500)->threads, 1);
	assert_false(row_of(f, 500)->dead);
}

static void futex_without_a_wake_up_is_idle(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);
	struct wait_rec w = waits(&r);

	r.wclass = WAIT_FUTEX;
	r.since_ns = T0;
	put(f, &r);
	tick_and_publish(f, T0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->idle_ns, SEC);
	assert_int_equal(row_of(f, 500)->class_ns[WAIT_FUTEX], 0);
	assert_int_equal(row_of(f, 500)->active_wall_ns, 0);
	assert_int_equal(row_of(f, 500)->threads_active, 0);
	assert_int_equal(row_of(f, 500)->blocked_since_ns, FIG_UNKNOWN);
	/* woken half-way: that wait, and the next, are for a lock */
	r.h.ts_ns = T0 + 2 * SEC;
	r.oncpu_ns = 100 * MS;
	r.nvcsw = 1;
	r.since_ns = T0 + 1600 * MS;
	w.units[WAIT_FUTEX - WAIT_FIRST_SLEEP] = (uint32_t)(1500 * MS >> WAIT_UNIT_SHIFT);
	put(f, &r);
	put(f, &w);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row_of(f, 500)->class_ns[WAIT_FUTEX], 900 * MS);
	assert_int_equal(row_of(f, 500)->blocked_ns, 900 * MS);
}

static void the_sleep_before_the_end_keeps_its_class(void **state)
{
	struct fixture *f = *state;
	struct task_rec a, b;
	struct wait_rec w;

	tick(f, T0);
	/* slept for the network, then for a timer, until it ended; one tick saw it in each */
	a = started(task(500, 500, T0 + SEC), T0 + 100 * MS);
	a.wclass = WAIT_NET;
	a.since_ns = T0 + 100 * MS;
	put(f, &a);
	tick(f, T0 + SEC);
	b = started(task(500, 500, T0 + 2 * SEC), T0 + 100 * MS);
	b.wclass = WAIT_TIMER;
	b.since_ns = T0 + 1100 * MS;
	put(f, &b);
	w = waits(&b);
	w.units[WAIT_NET - WAIT_FIRST_SLEEP] = (uint32_t)(1000 * MS >> WAIT_UNIT_SHIFT);
	put(f, &w);
	tick(f, T0 + 2 * SEC);
	tick(f, T0 + 3 * SEC);
	b = ended(b, T0 + 3100 * MS, TASK_F_GROUP_DEAD);
	put(f, &b);
	tick(f, T0 + 4 * SEC);
	publish(f, true);
	assert_in_range(row_of(f, 500)->class_ns[WAIT_NET], 950 * MS, 1100 * MS);
	assert_in_range(row_of(f, 500)->idle_ns, 1900 * MS, 2050 * MS);
	assert_int_equal(row_wall_ns(row_of(f, 500)), 3 * SEC);
}

static void nanosleep_is_idle(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);

	r.wclass = WAIT_TIMER;
	put(f, &r);
	tick_and_publish(f, T0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->idle_ns, SEC);
	assert_int_equal(row_of(f, 500)->threads_active, 0);
}

static void samples_are_scaled_to_the_exact_sum_and_never_step_back(void **state)
{
	/* utime, stime, on-CPU time after each second; system time of the interval */
	static const struct {
		uint64_t utime_ms, stime_ms, oncpu_ms, system_ms;
	} steps[] = {
		{150, 50, 400, 100},
		{150, 150, 600, 200},
		{950, 150, 1400,
		 0}, /* the share of system time falls: it waits, it does not shrink */
		{950, 1150, 2400, 1000},
	};
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);

	put(f, &r);
	tick_and_publish(f, T0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		r.h.ts_ns = T0 + (i + 1) * SEC;
		r.utime_ns = steps[i].utime_ms * MS;
		r.stime_ns = steps[i].stime_ms * MS;
		r.oncpu_ns = steps[i].oncpu_ms * MS;
		r.since_ns = r.h.ts_ns - MS;
		put(f, &r);
		tick_and_publish(f, T0 + (i + 1) * SEC);
		assert_int_equal(row_of(f, 500)->system_ns, steps[i].system_ms * MS);
		assert_int_equal(row_of(f, 500)->user_ns,
				 row_of(f, 500)->oncpu_ns - (int64_t)(steps[i].system_ms * MS));
	}
}

static void the_state_is_d_before_r_before_the_leaders(void **state)
{
	static const struct {
		char leader, other, third, state;
	} cases[] = {
		{'S', 'S', 'S', 'S'}, {'S', 'R', 'S', 'R'}, {'S', 'R', 'D', 'D'},
		{'D', 'R', 'R', 'D'}, {'T', 'S', 'S', 'T'}, {'I', 'S', 'S', 'I'},
	};
	struct fixture *f = *state;

	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t tgid = 500 + 10 * i;
		struct task_rec a = task(tgid, tgid, T0), b = task(tgid + 1, tgid, T0),
				c = task(tgid + 2, tgid, T0);

		a.state = (uint8_t)cases[i].leader;
		b.state = (uint8_t)cases[i].other;
		c.state = (uint8_t)cases[i].third;
		put(f, &b);
		put(f, &c);
		put(f, &a);
	}
	tick_and_publish(f, T0);
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(row_of(f, 500 + 10 * i)->state, cases[i].state);
	assert_int_equal(f->snap.m.running, 4);
	assert_int_equal(f->snap.m.blocked, 2);
}

static void the_oldest_block_is_the_longest_in_d(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(501, 500, T0), c = task(600, 600, T0);

	a.state = b.state = 'D';
	a.wclass = b.wclass = WAIT_KLOCK;
	a.since_ns = T0 - 43 * SEC;
	b.since_ns = T0 - 2 * SEC;
	c.since_ns = T0 - 90 * SEC; /* blocked longer, but not in D */
	put(f, &b);
	put(f, &a);
	put(f, &c);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.m.oldest_block_ns, 43 * SEC);
	assert_int_equal(row_of(f, 500)->blocked_since_ns, 43 * SEC);
	assert_int_equal(row_of(f, 500)->wclass, WAIT_KLOCK);
	for (uint64_t i = 1; i < 4; i++)
		tick_and_publish(f, T0 + i * SEC);
	assert_int_equal(f->snap.m.oldest_block_ns, 46 * SEC);
	assert_int_equal(row_of(f, 600)->blocked_since_ns, 93 * SEC);
}

static void a_process_first_seen_late_does_not_dump_its_life(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0 + SEC);
	struct proc_rec p = proc(&r, 2);
	struct wait_rec w = waits(&r);

	tick_and_publish(f, T0);
	r.oncpu_ns = 5000 * SEC;
	r.runq_ns = 60 * SEC;
	r.nvcsw = 1000000;
	r.minflt = 77;
	w.units[3] = 123456;
	p.dead_oncpu_ns = 900 * SEC;
	p.dead_nvcsw = 12345;
	put(f, &r);
	put(f, &p);
	put(f, &w);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 0);
	assert_int_equal(row_of(f, 500)->vcsw, 0);
	assert_int_equal(row_wall_ns(row_of(f, 500)), 0);
	r.h.ts_ns = T0 + 2 * SEC;
	r.oncpu_ns += 10 * MS;
	r.nvcsw += 3;
	put(f, &r);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 10 * MS);
	assert_int_equal(row_of(f, 500)->vcsw, 3);
	publish(f, true);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 10 * MS);
}

static void counters_wrap_and_garbage_is_clamped(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);

	r.migrations = UINT32_MAX - 2;
	r.majflt = 10;
	r.nvcsw = 0xfffffffeULL;
	r.oncpu_ns = 100 * SEC;
	put(f, &r);
	tick_and_publish(f, T0);
	r.h.ts_ns = T0 + SEC;
	r.migrations = 4;
	r.majflt = 5; /* back */
	r.nvcsw = 0x100000003ULL;
	r.oncpu_ns = 100 * SEC - MS; /* back by jitter */
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->migrations, 7);
	assert_int_equal(row_of(f, 500)->majflt, 0);
	assert_int_equal(row_of(f, 500)->vcsw, 5);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 0);
	r.h.ts_ns = T0 + 2 * SEC;
	r.oncpu_ns = 50 * SEC; /* another task's counter: a new beginning */
	put(f, &r);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 0);
	r.h.ts_ns = T0 + 3 * SEC;
	r.oncpu_ns = 50 * SEC + 20 * MS;
	put(f, &r);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 20 * MS);
}

static void dead_threads_count_once(void **state)
{
	struct fixture *f = *state;
	struct task_rec lead = task(500, 500, T0), old = task(501, 500, T0), young;
	struct proc_rec p = proc(&lead, 2);

	old.oncpu_ns = 10 * SEC;
	old.nvcsw = 100;
	p.dead_oncpu_ns = 3 * SEC; /* died before we looked */
	put(f, &lead);
	put(f, &old);
	put(f, &p);
	tick_and_publish(f, T0);

	/* one that we know ends: its record tells it, the kernel's sum says the same */
	old = ended(old, T0 + 500 * MS, 0);
	old.oncpu_ns += 40 * MS;
	old.nvcsw += 7;
	put(f, &old);
	/* one that was born and ended between two ticks */
	young = ended(started(task(502, 500, T0), T0 + 100 * MS), T0 + 300 * MS, 0);
	young.oncpu_ns = 60 * MS;
	young.nvcsw = 2;
	put(f, &young);
	p.threads = 1;
	p.h.ts_ns = T0 + SEC;
	p.dead_oncpu_ns = 13 * SEC + 100 * MS;
	p.dead_nvcsw = 107; /* each record has one switch that the process does not see */
	put(f, &p);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 100 * MS);
	assert_int_equal(row_of(f, 500)->vcsw, 7);

	/* three more, whose records were lost: only the kernel's sum knows them */
	p.h.ts_ns = T0 + 2 * SEC;
	p.dead_oncpu_ns += 30 * MS;
	p.dead_runq_ns += 5 * MS;
	p.dead_nvcsw += 3;
	p.dead_migrations += 2;
	put(f, &p);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 30 * MS);
	assert_int_equal(row_of(f, 500)->runq_wait_ns, 5 * MS);
	assert_int_equal(row_of(f, 500)->vcsw, 3);
	assert_int_equal(row_of(f, 500)->migrations, 2);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 0);
	publish(f, true);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 130 * MS);
}

static void a_dead_thread_whose_record_comes_later_counts_once(void **state)
{
	struct fixture *f = *state;
	struct task_rec lead = task(500, 500, T0), th = task(501, 500, T0);
	struct proc_rec p = proc(&lead, 2);

	th.oncpu_ns = 10 * SEC;
	put(f, &lead);
	put(f, &th);
	put(f, &p);
	tick_and_publish(f, T0);
	p.threads = 1; /* died between the drain and the pass */
	p.dead_oncpu_ns = 10 * SEC + 40 * MS;
	put(f, &p);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 0);
	th = ended(th, T0 + SEC - MS, 0);
	th.oncpu_ns = 10 * SEC + 40 * MS;
	put(f, &th);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 40 * MS);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 0);
}

static void a_lost_exit_is_mended_by_a_key_frame(void **state)
{
	struct fixture *f = *state;
	struct task_rec lead = task(500, 500, T0), th = task(501, 500, T0),
			other = task(600, 600, T0);
	struct proc_rec p = proc(&lead, 2);

	th.oncpu_ns = 10 * SEC;
	put(f, &lead);
	put(f, &th);
	put(f, &p);
	put(f, &other);
	tick_as(f, T0, TICK_F_FIRST | TICK_F_KEY, 3);
	publish(f, false);
	assert_false(world_wants_key(f->w));
	p.threads = 1;
	p.dead_oncpu_ns =
		10 * SEC + 25 * MS; /* thread 501 is gone, and process 600; nobody said so */
	put(f, &p);
	tick_as(f, T0 + SEC, 0, 1);
	assert_false(world_wants_key(f->w)); /* it may be on its way */
	tick_as(f, T0 + 2 * SEC, 0, 1);
	assert_true(world_wants_key(f->w));
	put(f, &lead);
	put(f, &p);
	tick_as(f, T0 + 3 * SEC, TICK_F_KEY, 1);
	assert_false(world_wants_key(f->w));
	publish(f, false);
	assert_int_equal(row_of(f, 500)->threads, 1);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 25 * MS);
	assert_true(row_of(f, 600)->dead);
	tick_and_publish(f, T0 + 4 * SEC);
	assert_null(find_row(f, 600));
}

static void one_tick_that_differs_wants_no_key_frame(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(600, 600, T0);
	struct task_rec end = ended(b, T0 + SEC - MS, TASK_F_GROUP_DEAD);

	put(f, &a);
	put(f, &b);
	tick_as(f, T0, TICK_F_FIRST | TICK_F_KEY, 2);
	tick_as(f, T0 + SEC, 0, 1);
	put(f, &end);
	tick_as(f, T0 + 2 * SEC, 0, 1);
	assert_false(world_wants_key(f->w));
	tick_as(f, T0 + 3 * SEC, 0, REC_UNKNOWN32);
	assert_false(world_wants_key(f->w));
}

static void exec_by_another_thread_keeps_the_process(void **state)
{
	struct fixture *f = *state;
	struct task_rec lead = task(500, 500, T0), th = task(501, 500, T0), r;
	struct exec_rec x = {.tgid = 500, .old_pid = 501, .start_ns = SEC + 500, .comm = "new"};

	lead.oncpu_ns = 80 * SEC;
	th.oncpu_ns = 2 * SEC;
	put(f, &lead);
	put(f, &th);
	tick_and_publish(f, T0);
	lead = ended(lead, T0 + 400 * MS, 0);
	lead.oncpu_ns += 10 * MS;
	put(f, &lead);
	record_init(&x.h, T0 + 500 * MS, PANE_CORE, CORE_EXEC, sizeof(x));
	put(f, &x);
	r = task(500, 500, T0 + SEC); /* the leader's name, the other thread's counters */
	r.oncpu_ns = 2 * SEC + 30 * MS;
	memcpy(r.comm, "new", 4);
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->threads, 1);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 40 * MS);
	assert_string_equal(row_of(f, 500)->comm, "new");
	assert_false(row_of(f, 500)->dead);
}

static void memory_is_in_bytes_and_unknown_is_not_zero(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(2, 2, T0);
	struct proc_rec p = proc(&a, 1), k = proc(&b, 1);

	b.flags |= TASK_F_KTHREAD;
	k.rss_anon_pages = k.rss_file_pages = k.rss_shmem_pages = k.swap_pages = REC_UNKNOWN32;
	k.vm_pages = REC_UNKNOWN;
	p.flags = PROC_F_RSS_APPROX;
	put(f, &a);
	put(f, &p);
	put(f, &b);
	put(f, &k);
	tick_and_publish(f, T0);
	assert_int_equal(row_of(f, 500)->rss_bytes, 33 * 4096);
	assert_int_equal(row_of(f, 500)->rss_anon_bytes, 10 * 4096);
	assert_int_equal(row_of(f, 500)->swap_bytes, 4 * 4096);
	assert_int_equal(row_of(f, 500)->vm_bytes, 100 * 4096);
	assert_int_equal(row_of(f, 2)->rss_bytes, FIG_UNKNOWN);
	assert_int_equal(row_of(f, 2)->vm_bytes, FIG_UNKNOWN);
	assert_true(row_of(f, 2)->kthread);
	assert_int_equal(f->snap.rss_status.state, FIG_SAMPLED);
	p.rss_anon_pages = p.rss_file_pages = p.rss_shmem_pages = p.swap_pages = REC_UNKNOWN32;
	put(f, &p); /* a kernel before 6.2: there is memory, and no figure of it */
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->rss_bytes, FIG_UNKNOWN);
	assert_int_equal(f->snap.rss_status.state, FIG_NA);
	assert_non_null(f->snap.rss_status.reason);
}

static void put_hist(struct fixture *f, const struct task_rec *of, unsigned first, unsigned nr,
		     const uint32_t *slots, uint64_t max_ns)
{
	struct hist_rec r = {.tgid = of->tgid,
			     .which = HIST_RUNQ,
			     .first = (uint8_t)first,
			     .nr = (uint8_t)nr,
			     .start_ns = of->leader_start_ns,
			     .max_ns = max_ns};

	memcpy(r.slots, slots, nr * sizeof(*slots));
	record_init(&r.h, of->h.ts_ns, PANE_CORE, CORE_HIST, sizeof(r));
	put(f, &r);
}

static void histograms_are_of_the_interval_or_of_all(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);
	struct hist h;

	put(f, &r);
	put_hist(f, &r, 4, 2, (uint32_t[]){1000, UINT32_MAX}, 99 * SEC); /* before we looked */
	tick_and_publish(f, T0);
	assert_int_equal(row_of(f, 500)->runq_p99_ns, FIG_UNKNOWN);
	put_hist(f, &r, 4, 2, (uint32_t[]){1010, 4}, 3000); /* the second slot wrapped */
	tick(f, T0 + SEC);
	put_hist(f, &r, 4, 1, (uint32_t[]){1020}, 1500);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_true(snapshot_hist(&f->snap, row_of(f, 500), HIST_RUNQ, &h));
	assert_int_equal(h.slots[4], 20);
	assert_int_equal(h.slots[5], 5);
	assert_int_equal(h.max_ns, 3000);
	assert_int_equal(row_of(f, 500)->runq_max_ns, 3000);
	assert_in_range(row_of(f, 500)->runq_p50_ns, 1024, 2048);
	assert_in_range(row_of(f, 500)->runq_p99_ns, 2048, 3000);

	put_hist(f, &r, 39, 1, (uint32_t[]){1}, 7 * SEC); /* not in the snapshot yet */
	assert_true(snapshot_hist(&f->snap, row_of(f, 500), HIST_RUNQ, &h));
	assert_int_equal(hist_count(&h), 25);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(row_of(f, 500)->runq_max_ns, 7 * SEC);
	tick_and_publish(f, T0 + 4 * SEC);
	assert_true(snapshot_hist(&f->snap, row_of(f, 500), HIST_RUNQ, &h));
	assert_int_equal(hist_count(&h), 0);
	assert_int_equal(row_of(f, 500)->runq_max_ns, FIG_UNKNOWN);
	publish(f, true);
	assert_true(snapshot_hist(&f->snap, row_of(f, 500), HIST_RUNQ, &h));
	assert_int_equal(hist_count(&h), 26);
	assert_int_equal(h.max_ns, 7 * SEC);
	assert_false(
		snapshot_hist(&f->snap, &(struct proc_row){.pid = FIG_UNKNOWN}, HIST_RUNQ, &h));
}

static void an_idle_processes_row_learns_names_that_come_late(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);
	struct user_rec u = {.uid = 33, .name = "www-data"};
	struct {
		struct ev_hdr h;
		uint32_t tgid;
		uint16_t args_len, exe_len;
		uint64_t start_ns;
		char text[24];
	} cmd = {
		.tgid = 500,
		.args_len = 9,
		.exe_len = 13,
		.start_ns = SEC + 500,
		.text = "php\0-f\0x\0/usr/bin/php5",
	};

	r.uid = 33;
	r.wclass = WAIT_IDLE;
	put(f, &r);
	for (uint64_t i = 0; i < 4; i++)
		tick_and_publish(f, T0 + i * SEC);
	assert_null(row_of(f, 500)->user);
	assert_null(row_of(f, 500)->cmd);
	record_init(&u.h, T0, PANE_CORE, CORE_USER, sizeof(u));
	put(f, &u);
	record_init(&cmd.h, T0, PANE_CORE, CORE_CMD, sizeof(cmd));
	put(f, &cmd);
	tick_and_publish(f, T0 + 4 * SEC);
	assert_string_equal(row_of(f, 500)->user, "www-data");
	assert_int_equal(row_of(f, 500)->cmd_len, 9);
	assert_memory_equal(row_of(f, 500)->cmd, "php\0-f\0x", 9);
	assert_int_equal(row_of(f, 500)->exe_len, 13);
	assert_memory_equal(row_of(f, 500)->exe, "/usr/bin/php5", 13);
	assert_int_equal(row_of(f, 500)->idle_ns, SEC);
}

/* Without BPF: one record for all threads of a process, samples for on-CPU time, no classes. */
static void without_bpf_what_is_not_told_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);
	struct proc_rec p = proc(&r, 4);

	put_host(f, 0);
	r.flags |= TASK_F_NO_RUNQ | TASK_F_NO_CLASS;
	r.oncpu_ns = r.runq_ns = r.since_ns = REC_UNKNOWN;
	r.migrations = REC_UNKNOWN32;
	r.utime_ns = 10 * SEC;
	r.stime_ns = 5 * SEC;
	r.state = 'R';
	r.wclass = WAIT_ONCPU;
	put(f, &r);
	put(f, &p);
	tick_and_publish(f, T0);
	r.h.ts_ns = T0 + SEC;
	r.utime_ns += 2 * SEC;
	r.stime_ns += SEC;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 3 * SEC);
	assert_int_equal(row_of(f, 500)->system_ns, SEC);
	assert_int_equal(row_of(f, 500)->offcpu_ns, SEC);
	assert_int_equal(row_of(f, 500)->threads, 4);
	assert_int_equal(row_of(f, 500)->runq_wait_ns, FIG_UNKNOWN);
	assert_int_equal(row_of(f, 500)->blocked_ns, FIG_UNKNOWN);
	assert_int_equal(row_of(f, 500)->idle_ns, FIG_UNKNOWN);
	assert_int_equal(row_of(f, 500)->migrations, FIG_UNKNOWN);
	assert_int_equal(f->snap.runq_status.state, FIG_NA);
	assert_int_equal(f->snap.class_status.state, FIG_NA);
	assert_non_null(f->snap.runq_status.reason);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(blocked_without_a_record_is_told_every_interval),
		TEST(intervals_of_different_length_scale_steady_rows),
		TEST(an_open_wait_is_not_told_twice_when_it_closes),
		TEST(run_queue_wait_counts_while_it_is_open),
		TEST(an_open_quota_wait_is_told_as_quota),
		TEST(the_time_of_reading_does_not_drift),
		TEST(what_one_interval_cannot_hold_is_told_in_the_next),
		TEST(identity_of_time_holds_for_any_counters),
		TEST(a_thread_that_starts_inside_counts_from_its_start),
		TEST(futex_without_a_wake_up_is_idle),
		TEST(the_sleep_before_the_end_keeps_its_class),
		TEST(nanosleep_is_idle),
		TEST(samples_are_scaled_to_the_exact_sum_and_never_step_back),
		TEST(the_state_is_d_before_r_before_the_leaders),
		TEST(the_oldest_block_is_the_longest_in_d),
		TEST(a_process_first_seen_late_does_not_dump_its_life),
		TEST(counters_wrap_and_garbage_is_clamped),
		TEST(dead_threads_count_once),
		TEST(a_dead_thread_whose_record_comes_later_counts_once),
		TEST(a_lost_exit_is_mended_by_a_key_frame),
		TEST(one_tick_that_differs_wants_no_key_frame),
		TEST(exec_by_another_thread_keeps_the_process),
		TEST(memory_is_in_bytes_and_unknown_is_not_zero),
		TEST(histograms_are_of_the_interval_or_of_all),
		TEST(an_idle_processes_row_learns_names_that_come_late),
		TEST(without_bpf_what_is_not_told_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
