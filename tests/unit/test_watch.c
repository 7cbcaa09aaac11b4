/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of threads, and what is asked of helper threads. */
#include "synth.h"
#include "world_fixture.h"

static const struct proc_row *thread_row(const struct fixture *f, uint32_t pid)
{
	for (int i = 0; i < f->snap.threads_nr; i++)
		if (f->snap.threads[i].pid == (int64_t)pid)
			return &f->snap.threads[i];
	return NULL;
}

static void publish_as(struct fixture *f, enum window window)
{
	world_publish(f->w, window, &f->snap);
}

static void nobody_watches_and_there_are_no_rows(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0);

	put(f, &a);
	tick_and_publish(f, T0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.threads_nr, 0);
}

static void a_watched_process_has_a_row_for_each_thread(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(501, 500, T0), c = task(502, 500, T0),
			other = task(600, 600, T0);

	memcpy(b.comm, "flusher", 8);
	put(f, &a);
	put(f, &b);
	put(f, &c);
	put(f, &other);
	tick_and_publish(f, T0);
	world_watch(f->w, WATCH_ONE, 500, a.start_ns);
	b.h.ts_ns = T0 + SEC;
	b.oncpu_ns = 300 * MS;
	b.runq_ns = 100 * MS;
	b.nvcsw = 9;
	b.state = 'D';
	b.wclass = WAIT_DISK;
	b.since_ns = T0 + 900 * MS;
	b.nice = -5;
	put(f, &b);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.threads_status.state, FIG_EXACT);
	assert_int_equal(f->snap.threads_nr, 3);
	assert_int_equal(f->snap.threads[0].pid, 500); /* the leader, then by age */
	assert_int_equal(f->snap.threads[1].pid, 501);
	assert_int_equal(f->snap.threads[2].pid, 502);
	assert_string_equal(thread_row(f, 501)->comm, "flusher");
	assert_string_equal(thread_row(f, 502)->comm, "worker");
	assert_int_equal(thread_row(f, 501)->ppid, 500);
	assert_int_equal(thread_row(f, 501)->oncpu_ns, 300 * MS);
	assert_int_equal(thread_row(f, 501)->runq_wait_ns, 100 * MS);
	assert_int_equal(thread_row(f, 501)->vcsw, 9);
	assert_int_equal(thread_row(f, 501)->state, 'D');
	assert_int_equal(thread_row(f, 501)->blocked_since_ns, 100 * MS);
	assert_int_equal(thread_row(f, 501)->nice, -5);
	assert_int_equal(thread_row(f, 501)->threads_active, 1);
	assert_int_equal(thread_row(f, 501)->rss_bytes, FIG_UNKNOWN);
	assert_int_equal(thread_row(f, 501)->runq_p99_ns, FIG_UNKNOWN);
	assert_null(thread_row(f, 501)->ref);
	assert_int_equal(thread_row(f, 502)->vcsw, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(row_wall_ns(&f->snap.threads[i]), SEC);
	/* a steady process is folded thread by thread, too */
	tick_and_publish(f, T0 + 2 * SEC);
	tick_and_publish(f, T0 + 3 * SEC + 5);
	assert_int_equal(f->snap.threads_nr, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(row_wall_ns(&f->snap.threads[i]), SEC + 5);
	assert_int_equal(row_of(f, 500)->blocked_ns, 3 * (SEC + 5));
	world_watch(f->w, WATCH_NONE, 0, 0);
	tick_and_publish(f, T0 + 4 * SEC);
	assert_int_equal(f->snap.threads_nr, 0);
	assert_int_equal(row_of(f, 500)->blocked_ns, 3 * (SEC - 5));
}

/* Watching began after the first tick: of a window that began earlier nothing is claimed. */
static void a_window_that_began_before_the_watching_is_not_known(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0);

	put(f, &a);
	tick_and_publish(f, T0);
	tick_and_publish(f, T0 + SEC);
	world_watch(f->w, WATCH_ALL, 0, 0);
	a.h.ts_ns = T0 + 2 * SEC;
	a.oncpu_ns = 200 * MS;
	put(f, &a);
	tick(f, T0 + 2 * SEC);
	publish_as(f, WINDOW_START);
	assert_int_equal(f->snap.threads_status.state, FIG_NA);
	assert_non_null(f->snap.threads_status.reason);
	assert_int_equal(thread_row(f, 500)->oncpu_ns, FIG_UNKNOWN);
	assert_int_equal(thread_row(f, 500)->idle_ns, FIG_UNKNOWN);
	assert_int_equal(thread_row(f, 500)->vcsw, FIG_UNKNOWN);
	world_mark(f->w);
	for (uint64_t i = 3; i < 6; i++) {
		a.h.ts_ns = T0 + i * SEC;
		a.oncpu_ns += 10 * MS;
		a.nvcsw++;
		put(f, &a);
		tick(f, T0 + i * SEC);
		publish_as(f, WINDOW_MARK);
		assert_int_equal(f->snap.threads_status.state, FIG_EXACT);
		assert_int_equal(thread_row(f, 500)->oncpu_ns, (int64_t)((i - 2) * 10 * MS));
		assert_int_equal(thread_row(f, 500)->vcsw, (int64_t)(i - 2));
		assert_int_equal(row_wall_ns(thread_row(f, 500)), (int64_t)((i - 2) * SEC));
	}
}

static void counters_of_an_interval_that_ran_already_are_not_known(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0);

	put(f, &a);
	tick_and_publish(f, T0);
	a.h.ts_ns = T0 + SEC;
	a.nvcsw = 5;
	a.oncpu_ns = 50 * MS;
	put(f, &a);
	tick(f, T0 + SEC);
	world_watch(f->w, WATCH_ALL, 0, 0); /* its five switches were summed without it */
	publish(f, WINDOW_INTERVAL);
	assert_int_equal(thread_row(f, 500)->oncpu_ns, 50 * MS);
	assert_int_equal(thread_row(f, 500)->vcsw, FIG_UNKNOWN);
	a.h.ts_ns = T0 + 2 * SEC;
	a.nvcsw = 7;
	put(f, &a);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(thread_row(f, 500)->vcsw, 2);
}

static void a_thread_keeps_its_name_when_the_process_is_renamed(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(501, 500, T0);

	put(f, &a);
	put(f, &b);
	tick_and_publish(f, T0);
	world_watch(f->w, WATCH_ALL, 0, 0);
	memcpy(a.comm, "renamed", 8);
	a.h.ts_ns = T0 + SEC;
	put(f, &a);
	tick_and_publish(f, T0 + SEC);
	assert_string_equal(thread_row(f, 500)->comm, "renamed");
	assert_string_equal(thread_row(f, 501)->comm, "worker");
	b.h.ts_ns = T0 + 2 * SEC;
	memcpy(b.comm, "renamed", 8);
	put(f, &b);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_string_equal(thread_row(f, 501)->comm, "renamed");
}

static void fold_to_world(void *ctx, const struct ev_hdr *ev)
{
	struct fixture *f = ctx;

	put(f, ev);
}

#define PIDS 65536

struct thread_sums {
	int64_t oncpu_ns, runq_wait_ns, idle_ns, blocked_ns, vcsw, alive;
};

static void check_thread(const struct fixture *f, const struct proc_row *th)
{
	assert_int_equal(th->oncpu_ns + th->offcpu_ns, row_wall_ns(th));
	if (!th->dead && th->state != 'Z' &&
	    th->age_ns > (int64_t)f->snap.m.interval_ns + (int64_t)SEC)
		assert_int_equal(row_wall_ns(th), f->snap.m.interval_ns);
}

static void sum_threads(const struct fixture *f, struct thread_sums sums[PIDS])
{
	memset(sums, 0, PIDS * sizeof(*sums));
	for (int i = 0; i < f->snap.threads_nr; i++) {
		const struct proc_row *th = &f->snap.threads[i];
		struct thread_sums *s = &sums[th->ppid % PIDS];

		check_thread(f, th);
		s->oncpu_ns += th->oncpu_ns;
		s->runq_wait_ns += th->runq_wait_ns;
		s->idle_ns += th->idle_ns;
		s->blocked_ns += th->blocked_ns;
		s->vcsw += th->vcsw;
		s->alive += !th->dead;
	}
}

static void same_sums(const struct thread_sums *s, const struct proc_row *p)
{
	assert_int_equal(s->oncpu_ns, p->oncpu_ns);
	assert_int_equal(s->runq_wait_ns, p->runq_wait_ns);
	assert_int_equal(s->idle_ns, p->idle_ns);
	assert_int_equal(s->blocked_ns, p->blocked_ns);
	assert_int_equal(s->vcsw, p->vcsw);
	assert_int_equal(s->alive, p->threads);
}

/* Threads that end, exec and zombies included. */
static void threads_add_up_to_their_process(void **state)
{
	static const char *const names[] = {"database", "load"};
	static struct thread_sums sums[PIDS];
	struct fixture *f = *state;
	int compared = 0, dead = 0;

	for (unsigned n = 0; n < 2; n++) {
		struct synth_opts opts;
		struct source *s;

		assert_int_equal(synth_options(names[n], &opts), 0);
		assert_int_equal(synth_new(&opts, &s), 0);
		world_clear(f->w);
		world_watch(f->w, WATCH_ALL, 0, 0);
		for (int i = 0; i < 20 && !s->ops->tick(s, 0, fold_to_world, f); i++) {
			publish(f, WINDOW_INTERVAL);
			sum_threads(f, sums);
			for (int k = 0; k < f->snap.procs_nr; k++) {
				const struct proc_row *p = &f->snap.procs[k];

				if (p->pid == FIG_UNKNOWN)
					continue;
				same_sums(&sums[p->pid % PIDS], p);
				compared++;
			}
			for (int k = 0; k < f->snap.threads_nr; k++)
				dead += f->snap.threads[k].dead;
		}
		s->ops->free(s);
	}
	assert_true(compared > 1000 && dead > 0);
}

static void a_thread_that_ended_has_a_last_row(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(501, 500, T0), end;

	memcpy(b.comm, "flusher", 8);
	put(f, &a);
	put(f, &b);
	world_watch(f->w, WATCH_ALL, 0, 0);
	tick_and_publish(f, T0);
	end = ended(b, T0 + 400 * MS, 0);
	end.oncpu_ns = 30 * MS;
	put(f, &end);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.threads_nr, 2);
	assert_true(thread_row(f, 501)->dead);
	assert_string_equal(thread_row(f, 501)->comm, "flusher");
	assert_int_equal(thread_row(f, 501)->oncpu_ns, 30 * MS);
	assert_int_equal(row_wall_ns(thread_row(f, 501)), 400 * MS);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_null(thread_row(f, 501));
	/* under --total it stays, beside others that end */
	b = started(task(502, 500, T0 + 3 * SEC), T0 + 2500 * MS);
	put(f, &b);
	tick(f, T0 + 3 * SEC);
	publish(f, WINDOW_TOTAL);
	end = ended(b, T0 + 3500 * MS, 0);
	end.oncpu_ns = 50 * MS;
	put(f, &end);
	for (uint64_t i = 4; i < 7; i++) {
		tick(f, T0 + i * SEC);
		publish(f, WINDOW_TOTAL);
		assert_int_equal(thread_row(f, 502)->oncpu_ns, 50 * MS);
		assert_int_equal(row_wall_ns(thread_row(f, 502)), SEC);
		assert_int_equal(row_wall_ns(thread_row(f, 500)), (int64_t)(i * SEC));
	}
	tick_and_publish(f, T0 + 7 * SEC);
	assert_int_equal(f->snap.threads_nr, 1);
}

struct wishes {
	struct world_wish at[256];
	int nr;
};

static void note(void *ctx, const struct world_wish *wish)
{
	struct wishes *l = ctx;

	assert_true(l->nr < 256);
	l->at[l->nr++] = *wish;
}

static struct wishes wishes_of(struct fixture *f, enum wish_kind kind)
{
	struct wishes all = { .nr = 0}, some = {.nr = 0 };

	world_wishes(f->w, note, &all);
	for (int i = 0; i < all.nr; i++)
		if (all.at[i].kind == kind)
			some.at[some.nr++] = all.at[i];
	return some;
}

static void a_thread_in_d_is_asked_about_once_per_stay(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(501, 500, T0);
	struct wishes l;

	b.state = 'D';
	b.wclass = WAIT_KLOCK;
	b.since_ns = T0 - 400 * MS;
	put(f, &a);
	put(f, &b);
	tick_and_publish(f, T0);
	assert_int_equal(wishes_of(f, WISH_BLOCKED).nr, 0); /* not a second yet */
	tick_and_publish(f, T0 + SEC);
	l = wishes_of(f, WISH_BLOCKED);
	assert_int_equal(l.nr, 1);
	assert_int_equal(l.at[0].pid, 501);
	assert_int_equal(l.at[0].tgid, 500);
	assert_int_equal(l.at[0].start_ns, b.start_ns);
	for (uint64_t i = 2; i < 31; i++) {
		tick_and_publish(f, T0 + i * SEC);
		assert_int_equal(wishes_of(f, WISH_BLOCKED).nr, 0);
	}
	tick_and_publish(f, T0 + 31 * SEC);
	assert_int_equal(wishes_of(f, WISH_BLOCKED).nr, 1);
	b.h.ts_ns = T0 + 32 * SEC;
	b.since_ns = T0 + 31 * SEC; /* another stay */
	put(f, &b);
	tick_and_publish(f, T0 + 32 * SEC);
	assert_int_equal(wishes_of(f, WISH_BLOCKED).nr, 1);
	assert_int_equal(wishes_of(f, WISH_BLOCKED).nr, 0);
}

static void put_path(struct fixture *f, uint64_t id, const char *path)
{
	struct cgroup_rec r = { .id = id, .version = 2, .len = (uint16_t)strlen(path) };

	memcpy(r.path, path, r.len);
	record_init(&r.h, f->last_ns, PANE_CORE, CORE_CGROUP,
		    offsetof(struct cgroup_rec, path) + ((r.len + 7U) & ~7U));
	put(f, &r);
}

static void a_cgroup_is_asked_for_until_a_member_answers(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(600, 600, T0), c = task(700, 700, T0);
	struct wishes l;

	a.cgroup_id = b.cgroup_id = 4711;
	c.cgroup_id = REC_UNKNOWN;
	put(f, &a);
	put(f, &b);
	put(f, &c);
	tick_and_publish(f, T0);
	l = wishes_of(f, WISH_CGROUP);
	assert_int_equal(l.nr, 1);
	assert_int_equal(l.at[0].cgroup_id, 4711);
	assert_int_equal(l.at[0].tgid, 500);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(wishes_of(f, WISH_CGROUP).nr, 0);
	tick_and_publish(f, T0 + 5 * SEC);
	l = wishes_of(f, WISH_CGROUP);
	assert_int_equal(l.nr, 1);
	assert_int_equal(l.at[0].tgid, 600); /* another member */
	put_path(f, 4711, "/a");
	for (uint64_t i = 6; i < 60; i++) {
		tick_and_publish(f, T0 + i * SEC);
		assert_int_equal(wishes_of(f, WISH_CGROUP).nr, 0);
	}
}

static void command_lines_of_busy_processes_are_asked_for_first(void **state)
{
	struct fixture *f = *state;
	struct task_rec r;
	struct wishes l;
	int asked = 0;

	tick_and_publish(f, T0);
	for (uint32_t i = 0; i < 200; i++) {
		r = task(1000 + i, 1000 + i, T0 + SEC);
		put(f, &r);
	}
	tick_and_publish(f, T0 + SEC);
	for (uint32_t i = 150; i < 160; i++) {
		r = task(1000 + i, 1000 + i, T0 + 2 * SEC);
		r.oncpu_ns = 100 * MS;
		put(f, &r);
	}
	tick_and_publish(f, T0 + 2 * SEC);
	l = wishes_of(f, WISH_CMD);
	assert_int_equal(l.nr, 64);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(l.at[i].tgid, 1150 + i);
	assert_int_equal(l.at[10].tgid, 1000);
	for (int i = 0; i < 10; i++)
		asked += wishes_of(f, WISH_CMD).nr;
	assert_int_equal(asked, 200 - 64); /* each once */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_watches_and_there_are_no_rows),
		TEST(a_watched_process_has_a_row_for_each_thread),
		TEST(a_window_that_began_before_the_watching_is_not_known),
		TEST(counters_of_an_interval_that_ran_already_are_not_known),
		TEST(a_thread_keeps_its_name_when_the_process_is_renamed),
		TEST(threads_add_up_to_their_process),
		TEST(a_thread_that_ended_has_a_last_row),
		TEST(a_thread_in_d_is_asked_about_once_per_stay),
		TEST(a_cgroup_is_asked_for_until_a_member_answers),
		TEST(command_lines_of_busy_processes_are_asked_for_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
