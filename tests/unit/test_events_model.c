/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event log of the model: what becomes an event, what is kept, and what is counted instead. */
#include "snap_events.h"
#include "world_fixture.h"

static void put_exec(struct fixture *f, uint32_t tgid, uint32_t ppid, uint64_t ts_ns, const char *args,
		     size_t args_len, size_t args_all)
{
	struct exec_rec r = { .tgid = tgid, .old_pid = tgid, .start_ns = SEC + tgid, .comm = "true", .ppid = ppid,
			      .uid = 1000, .args_len = (uint16_t)args_len, .args_all = (uint16_t)args_all };

	memcpy(r.args, args, args_len);
	record_init(&r.h, ts_ns, PANE_CORE, CORE_EXEC, sizeof(r));
	put(f, &r);
}

static void put_slow(struct fixture *f, uint32_t pid, uint64_t ts_ns, uint64_t ns, uint32_t by)
{
	struct latency_rec r = { .which = HIST_RUNQ, .ns = ns, .pid = pid, .tgid = 100, .by_pid = by, .by_tgid = by,
				 .comm = "waiter", .by_comm = "hog" };

	record_init(&r.h, ts_ns, PANE_CPU, CPU_SLOW, sizeof(r));
	r.h.cpu = 0;
	put(f, &r);
}

static void put_kmsg(struct fixture *f, uint64_t seq, uint32_t level, uint32_t flags, uint32_t lost, const char *text)
{
	struct kmsg_rec r = { .seq = seq, .level = level, .flags = flags, .pid = flags & KMSG_F_OOM ? 812 : 0, .lost = lost };

	snprintf(r.text, sizeof(r.text), "%s", text);
	record_init(&r.h, f->last_ns + seq, PANE_CORE, CORE_KMSG, sizeof(r));
	put(f, &r);
}

/* A process of one thread that runs for `cpu_ns` and ends with `status`. */
static void put_exit(struct fixture *f, uint32_t tgid, uint64_t end_ns, uint64_t cpu_ns, uint32_t status)
{
	struct task_rec r = started(task(tgid, tgid, end_ns), end_ns - SEC);

	r = ended(r, end_ns, TASK_F_GROUP_DEAD);
	r.exit_code = status;
	r.oncpu_ns = cpu_ns;
	r.ppid = 7;
	put(f, &r);
}

static const struct events_snap *events(const struct fixture *f)
{
	assert_non_null(f->snap.events);
	return f->snap.events;
}

static const struct event_row *only_row(const struct fixture *f, enum event_kind kind)
{
	const struct events_snap *e = events(f);
	const struct event_row *row = NULL;

	for (int i = e->new_from; i < e->nr; i++)
		if (e->rows[i].kind == kind) {
			assert_null(row);
			row = &e->rows[i];
		}
	assert_non_null(row);
	return row;
}

static void a_program_start_has_its_parent_and_arguments(void **state)
{
	struct fixture *f = *state;
	const struct event_row *row;
	struct task_rec parent = task(7, 7, T0);

	strcpy(parent.comm, "cron");
	put(f, &parent);
	tick_and_publish(f, T0);
	put_exec(f, 300, 7, T0 + MS, "true\0--pass\0x", 13, 13);
	tick_and_publish(f, T0 + SEC);
	row = only_row(f, EVENT_EXEC);
	assert_int_equal(row->pid, 300);
	assert_int_equal(row->ppid, 7);
	assert_int_equal(row->uid, 1000);
	assert_int_equal(row->code, 0);
	assert_int_equal(row->ts_ns, T0 + MS);
	assert_int_equal(row->age_ns, FIG_UNKNOWN);
	assert_string_equal(row->by_comm, "cron");
	assert_int_equal(row->log.text_len, 13);
	assert_memory_equal(event_text(events(f), row), "true\0--pass\0x", 13);
	assert_false(row->flags & EVENT_F_CUT);
	put_exec(f, 301, 7, T0 + SEC + MS, "a", 1, 9000);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_true(only_row(f, EVENT_EXEC)->flags & EVENT_F_CUT);
}

static void a_parent_that_no_tick_saw_is_named_by_its_own_events(void **state)
{
	struct fixture *f = *state;

	tick_and_publish(f, T0);
	put_exec(f, 400, 1, T0 + MS, "sh", 2, 2);
	put_exec(f, 401, 400, T0 + 2 * MS, "ls", 2, 2);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(events(f)->nr, 2);
	assert_string_equal(events(f)->rows[1].by_comm, "true");
	assert_int_equal(events(f)->rows[1].by_pid, 400);
	assert_string_equal(events(f)->rows[0].by_comm, ""); /* not known, and so not made up */
}

static const struct {
	uint32_t status;
	int64_t code;
	int signal;
	bool core;
} ends[] = { { 0, 0, 0, false }, { 3 << 8, 3, 0, false }, { 255 << 8, 255, 0, false },
	     { 9, FIG_UNKNOWN, 9, false }, { 11 | 0x80, FIG_UNKNOWN, 11, true } };

static void an_end_has_age_code_signal_and_cpu_time(void **state)
{
	struct fixture *f = *state;
	const struct event_row *row;

	tick_and_publish(f, T0);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		uint64_t at = T0 + (i + 2) * SEC;

		put_exit(f, 500 + (uint32_t)i, at - MS, 12 * MS, ends[i].status);
		tick_and_publish(f, at);
		row = only_row(f, EVENT_EXIT);
		assert_int_equal(row->pid, 500 + i);
		assert_int_equal(row->ppid, 7);
		assert_int_equal(row->code, ends[i].code);
		assert_int_equal(row->signal, ends[i].signal);
		assert_int_equal(!!(row->flags & EVENT_F_CORE), ends[i].core);
		assert_int_equal(row->age_ns, SEC);
		assert_int_equal(row->cpu_ns, 12 * MS);
	}
}

static struct task_rec dying(uint32_t pid, uint32_t tgid, uint64_t end_ns, uint64_t cpu_ns, uint16_t flags)
{
	struct task_rec r = ended(started(task(pid, tgid, end_ns), T0 + 10 * MS), end_ns, flags);

	r.leader_start_ns = T0 + 10 * MS + BOOT_AHEAD;
	r.oncpu_ns = cpu_ns;
	return r;
}

static void the_cpu_time_is_that_of_all_threads_in_any_order(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = dying(601, 600, T0 + 20 * MS, 30 * MS, 0);
	struct task_rec last = dying(602, 600, T0 + 21 * MS, 5 * MS, TASK_F_GROUP_DEAD);
	struct task_rec leader = dying(600, 600, T0 + 22 * MS, 7 * MS, 0);

	tick_and_publish(f, T0);
	put(f, &a);
	put(f, &last);
	put(f, &leader); /* it left its CPU after the one that ended the process */
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(only_row(f, EVENT_EXIT)->cpu_ns, 42 * MS);
	assert_int_equal(only_row(f, EVENT_EXIT)->tgid, 600);
}

/* A thread that ends by itself while the process is being ended has no status of its own. */
static void the_status_is_the_leaders_whoever_is_last(void **state)
{
	struct fixture *f = *state;
	struct task_rec leader = dying(620, 620, T0 + 20 * MS, MS, 0);
	struct task_rec last = dying(622, 620, T0 + 21 * MS, MS, TASK_F_GROUP_DEAD);
	struct task_rec late = dying(630, 630, T0 + SEC + 21 * MS, MS, 0);
	struct task_rec first = dying(632, 630, T0 + SEC + 20 * MS, MS, TASK_F_GROUP_DEAD);

	tick_and_publish(f, T0);
	leader.exit_code = 7 << 8;
	put(f, &leader);
	put(f, &last);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(only_row(f, EVENT_EXIT)->code, 7);
	/* The leader left its CPU later. */
	late.exit_code = 15;
	put(f, &first);
	put(f, &late);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(only_row(f, EVENT_EXIT)->signal, 15);
	assert_int_equal(only_row(f, EVENT_EXIT)->code, FIG_UNKNOWN);
}

static void threads_that_ended_before_we_looked_count_too(void **state)
{
	struct fixture *f = *state;
	struct task_rec leader = task(700, 700, T0);
	struct proc_rec p = proc(&leader, 2);
	struct task_rec thread = ended(task(701, 700, T0), T0 + MS, 0);

	p.dead_oncpu_ns = 100 * MS;
	put(f, &leader);
	put(f, &p);
	tick_and_publish(f, T0);
	thread.oncpu_ns = 20 * MS;
	put(f, &thread);
	p.dead_oncpu_ns = 120 * MS; /* the kernel's sum has that thread now: it is not counted twice */
	put(f, &p);
	leader = ended(leader, T0 + 2 * MS, TASK_F_GROUP_DEAD);
	leader.oncpu_ns = 3 * MS;
	put(f, &leader);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(only_row(f, EVENT_EXIT)->cpu_ns, 123 * MS);
}

static void a_thread_without_identity_has_its_own_time_at_least(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = ended(task(810, 810, T0), T0 + MS, TASK_F_GROUP_DEAD);

	tick_and_publish(f, T0);
	r.leader_start_ns = REC_UNKNOWN;
	r.oncpu_ns = 4 * MS;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(only_row(f, EVENT_EXIT)->cpu_ns, 4 * MS);
	assert_int_equal(only_row(f, EVENT_EXIT)->age_ns, FIG_UNKNOWN);
}

static void the_second_word_about_a_zombie_is_no_event(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = ended(task(800, 800, T0), T0 + MS, TASK_F_GROUP_DEAD);

	tick_and_publish(f, T0);
	put(f, &r);
	r.flags |= TASK_F_FREED;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(only_row(f, EVENT_EXIT)->pid, 800);
}

static void a_slow_wait_names_who_had_the_cpu(void **state)
{
	struct fixture *f = *state;
	const struct event_row *row;

	tick_and_publish(f, T0);
	put_slow(f, 101, T0 + MS, 14 * MS, 9177);
	put_slow(f, 102, T0 + 2 * MS, 15 * MS, 0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(events(f)->nr, 2);
	row = &events(f)->rows[0];
	assert_int_equal(row->kind, EVENT_SLOW);
	assert_int_equal(row->latency_ns, 14 * MS);
	assert_int_equal(row->tgid, 100);
	assert_int_equal(row->by_pid, 9177);
	assert_string_equal(row->by_comm, "hog");
	assert_int_equal(row[1].by_pid, FIG_UNKNOWN);
	assert_string_equal(row[1].by_comm, "");
}

static void lines_of_the_kernel_stay_for_the_alert(void **state)
{
	struct fixture *f = *state;
	const struct event_row *row;

	tick_and_publish(f, T0);
	assert_int_equal(events(f)->oom.seq, 0);
	put_kmsg(f, 1, 4, 0, 0, "EXT4-fs warning: something");
	put_kmsg(f, 2, 3, KMSG_F_OOM, 5, "Out of memory: Killed process 812 (a) b) total-vm:1kB, anon-rss:2kB");
	put_kmsg(f, 3, 2, KMSG_F_CUT, 0, "temperature above threshold");
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(events(f)->nr, 3);
	row = only_row(f, EVENT_OOM);
	assert_int_equal(row->pid, 812);
	assert_string_equal(row->comm, "a) b");
	assert_int_equal(row->level, 3);
	assert_int_equal(events(f)->kmsg_lost_all, 5);
	assert_int_equal(events(f)->oom.seq, row->log.seq);
	assert_string_equal(events(f)->oom.comm, "a) b");
	assert_string_equal(events(f)->kernel.text, "temperature above threshold");
	/* however much comes after them */
	for (int i = 0; i < 2 * EVENTS_MAX; i++)
		put_slow(f, 101, T0 + SEC + MS, 14 * MS, 1);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_string_equal(events(f)->kernel.text, "temperature above threshold");
	assert_int_equal(events(f)->oom.pid, 812);
}

static void a_log_that_cannot_be_read_says_why(void **state)
{
	struct fixture *f = *state;

	tick(f, T0);
	put_kmsg(f, 0, 7, KMSG_F_NA, 0, "no right to");
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(events(f)->nr, 0);
	assert_string_equal(events(f)->kmsg_reason, "no right to");
	put_kmsg(f, 1, 4, 0, 0, "a line");
	tick_and_publish(f, T0 + 2 * SEC);
	assert_string_equal(events(f)->kmsg_reason, "");
}

static void each_interval_has_its_own_events_and_the_log_keeps_all(void **state)
{
	struct fixture *f = *state;

	tick_and_publish(f, T0);
	put_slow(f, 101, T0 + MS, 14 * MS, 1);
	tick(f, T0 + SEC); /* a slow screen: two ticks in one picture */
	put_slow(f, 102, T0 + SEC + MS, 14 * MS, 1);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(events(f)->new_from, 0);
	assert_int_equal(events(f)->nr, 2);
	put_slow(f, 103, T0 + 2 * SEC + MS, 14 * MS, 1);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(events(f)->new_from, 2);
	assert_int_equal(events(f)->nr, 3);
	assert_int_equal(events(f)->rows[2].pid, 103);
	assert_true(events(f)->rows[2].log.seq > events(f)->rows[1].log.seq);
	tick_and_publish(f, T0 + 4 * SEC);
	assert_int_equal(events(f)->new_from, 3);
	assert_int_equal(events(f)->nr, 3);
}

static void a_frozen_picture_stands_and_nothing_is_lost(void **state)
{
	struct fixture *f = *state;
	struct event_row before;

	tick_and_publish(f, T0);
	put_exec(f, 300, 7, T0 + MS, "one", 3, 3);
	tick_and_publish(f, T0 + SEC);
	before = events(f)->rows[0];
	for (uint32_t i = 0; i < 1000; i++) { /* frozen: ticks, but no publish */
		put_exec(f, 1000 + i, 7, T0 + SEC + MS, "later", 5, 5);
		if (i % 100 == 0)
			tick(f, T0 + 2 * SEC + i);
	}
	assert_int_equal(events(f)->nr, 1);
	assert_memory_equal(&events(f)->rows[0], &before, sizeof(before));
	assert_memory_equal(event_text(events(f), &events(f)->rows[0]), "one", 3);
	tick_and_publish(f, T0 + 5 * SEC);
	assert_int_equal(events(f)->nr, 1001);
	assert_int_equal(events(f)->new_from, 1);
	assert_int_equal(events(f)->dropped, 0);
	assert_memory_equal(event_text(events(f), &events(f)->rows[1000]), "later", 5);
}

static void what_has_no_room_is_counted_exactly(void **state)
{
	static const size_t lens[] = { 0, 1, 40, 64, 65, EXEC_ARGS_BYTES };
	struct fixture *f = *state;
	char args[EXEC_ARGS_BYTES];
	uint64_t sent = 0, at = T0;

	memset(args, 'x', sizeof(args));
	tick_and_publish(f, T0);
	for (size_t n = 0; n < sizeof(lens) / sizeof(*lens); n++) {
		for (int i = 0; i < 3 * EVENTS_MAX; i++)
			put_exec(f, 1000, 7, at, args, lens[n], lens[n]);
		sent += 3 * EVENTS_MAX;
		tick_and_publish(f, at += SEC);
		assert_int_equal(events(f)->nr - events(f)->new_from + (int64_t)events(f)->dropped, 3 * EVENTS_MAX);
		assert_true(events(f)->nr > EVENTS_MAX / 8);
		assert_int_equal(events(f)->rows[events(f)->nr - 1].log.seq, sent);
		for (int i = 0; i < events(f)->nr; i++) {
			const struct event_row *row = &events(f)->rows[i];

			assert_true(row->log.text_at + row->log.text_len <= EVENTS_TEXT_MAX);
			for (uint32_t c = 0; c < row->log.text_len; c++)
				assert_int_equal(event_text(events(f), row)[c], 'x');
		}
	}
	assert_int_equal(events(f)->nr + events(f)->dropped_all + events(f)->scrolled_all, sent);
}

static void older_events_scroll_out_of_a_full_log(void **state)
{
	struct fixture *f = *state;

	tick_and_publish(f, T0);
	for (int i = 0; i < EVENTS_MAX - 1; i++)
		put_slow(f, 101, T0 + MS, 14 * MS, 1);
	tick_and_publish(f, T0 + SEC);
	put_exec(f, 300, 7, T0 + SEC + MS, "a", 1, 1);
	put_exec(f, 301, 7, T0 + SEC + MS, "bc", 2, 2);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(events(f)->nr, EVENTS_MAX);
	assert_int_equal(events(f)->rows[0].log.seq, 2);
	assert_int_equal(events(f)->scrolled_all, 1);
	assert_int_equal(events(f)->dropped_all, 0);
	assert_int_equal(events(f)->new_from, EVENTS_MAX - 2);
	assert_memory_equal(event_text(events(f), &events(f)->rows[EVENTS_MAX - 1]), "bc", 2);
}

static void what_came_before_the_first_tick_is_not_of_this_run(void **state)
{
	struct fixture *f = *state;

	put_exec(f, 300, 7, T0 - MS, "early", 5, 5);
	put_kmsg(f, 1, 3, 0, 0, "but a warning is one");
	put_exec(f, 301, 7, T0 - MS, "early", 5, 5);
	tick_and_publish(f, T0);
	assert_int_equal(events(f)->nr, 1);
	assert_int_equal(events(f)->rows[0].kind, EVENT_KERNEL);
	assert_memory_equal(event_text(events(f), &events(f)->rows[0]), "but a warning is one", 20);
}

static void clearing_forgets_everything(void **state)
{
	struct fixture *f = *state;

	tick(f, T0);
	put_kmsg(f, 1, 3, 0, 0, "a warning");
	put_slow(f, 101, T0 + MS, 14 * MS, 1);
	tick_and_publish(f, T0 + SEC);
	world_clear(f->w);
	f->last_ns = 0;
	tick_and_publish(f, T0);
	assert_int_equal(events(f)->nr, 0);
	assert_int_equal(events(f)->kernel.seq, 0);
	put_slow(f, 101, T0 + MS, 14 * MS, 1);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(events(f)->rows[0].log.seq, 1); /* the same stream gives the same rows again */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_program_start_has_its_parent_and_arguments),
		TEST(a_parent_that_no_tick_saw_is_named_by_its_own_events),
		TEST(an_end_has_age_code_signal_and_cpu_time),
		TEST(the_cpu_time_is_that_of_all_threads_in_any_order),
		TEST(the_status_is_the_leaders_whoever_is_last),
		TEST(threads_that_ended_before_we_looked_count_too),
		TEST(a_thread_without_identity_has_its_own_time_at_least),
		TEST(the_second_word_about_a_zombie_is_no_event),
		TEST(a_slow_wait_names_who_had_the_cpu),
		TEST(lines_of_the_kernel_stay_for_the_alert),
		TEST(a_log_that_cannot_be_read_says_why),
		TEST(each_interval_has_its_own_events_and_the_log_keeps_all),
		TEST(a_frozen_picture_stands_and_nothing_is_lost),
		TEST(what_has_no_room_is_counted_exactly),
		TEST(older_events_scroll_out_of_a_full_log),
		TEST(what_came_before_the_first_tick_is_not_of_this_run),
		TEST(clearing_forgets_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
