/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes have a row and for how long, what an interval is, the host, the instrument. */
#include <errno.h>

#include "synth.h"
#include "world_fixture.h"

static void put_short_life(struct fixture *f, uint32_t pid, uint32_t ppid, const char *comm,
			   uint64_t from_ns, uint64_t ns)
{
	struct task_rec r =
		ended(started(task(pid, pid, T0), from_ns), from_ns + ns, TASK_F_GROUP_DEAD);

	r.ppid = ppid;
	r.oncpu_ns = ns / 2;
	r.runq_ns = ns / 4;
	r.nvcsw = 1;
	memset(r.comm, 0, sizeof(r.comm));
	strncpy(r.comm, comm, sizeof(r.comm) - 1);
	put(f, &r);
}

static void processes_that_no_tick_saw_are_summed(void **state)
{
	struct fixture *f = *state;
	const struct proc_row *row;

	tick_and_publish(f, T0);
	for (uint32_t i = 0; i < 412; i++)
		put_short_life(f, 1000 + i, 60, "true", T0 + 100 * MS + i * MS, 2 * MS);
	put_short_life(f, 3000, 61, "true", T0 + 600 * MS, 4 * MS);
	put_short_life(f, 3001, 60, "date", T0 + 600 * MS, 8 * MS);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.procs_nr, 3);
	row = &f->snap.procs[0];
	assert_string_equal(row->comm, "date");
	assert_int_equal(row->processes, 1);
	row = &f->snap.procs[1];
	assert_string_equal(row->comm, "true");
	assert_int_equal(row->ppid, 60);
	assert_int_equal(row->pid, FIG_UNKNOWN);
	assert_int_equal(row->processes, 412);
	assert_int_equal(row->oncpu_ns, 412 * MS);
	assert_int_equal(row->runq_wait_ns, 412 * MS);
	assert_int_equal(row->vcsw, 412);
	assert_true(row->dead);
	assert_null(row->ref);
	assert_int_equal(f->snap.procs[2].ppid, 61);
	assert_int_equal(f->snap.procs[2].processes, 1);

	put_short_life(f, 3002, 60, "true", T0 + 1600 * MS, 4 * MS);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.procs_nr, 1);
	assert_int_equal(short_row(f, "true")->processes, 1);
	assert_int_equal(short_row(f, "true")->oncpu_ns, 2 * MS);
	publish(f, true);
	assert_int_equal(f->snap.procs_nr, 3);
	assert_int_equal(short_row(f, "true")->processes, 413);
	assert_int_equal(short_row(f, "true")->oncpu_ns, 414 * MS);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(f->snap.procs_nr, 0);
}

static void threads_of_a_short_process_count_as_one_process(void **state)
{
	struct fixture *f = *state;
	struct task_rec lead = started(task(900, 900, T0), T0 + 100 * MS), th;

	tick_and_publish(f, T0);
	th = started(task(901, 900, T0), T0 + 110 * MS);
	th.leader_start_ns = lead.start_ns;
	th = ended(th, T0 + 210 * MS, 0);
	th.oncpu_ns = 50 * MS;
	put(f, &th);
	lead = ended(lead, T0 + 200 * MS, TASK_F_GROUP_DEAD);
	lead.oncpu_ns = 30 * MS;
	put(f, &lead);
	th = started(task(902, 900, T0),
		     T0 + 120 * MS); /* its last switch came after the group's end */
	th.leader_start_ns = lead.start_ns;
	th = ended(th, T0 + 201 * MS, 0);
	th.oncpu_ns = 10 * MS;
	put(f, &th);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.procs_nr, 1);
	assert_int_equal(f->snap.procs[0].processes, 1);
	assert_int_equal(f->snap.procs[0].oncpu_ns, 90 * MS);
}

static void a_process_seen_alive_keeps_its_row_until_the_next_tick_after_death(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);

	put(f, &r);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.m.procs, 1);
	r = ended(r, T0 + 400 * MS, TASK_F_GROUP_DEAD);
	r.oncpu_ns = 100 * MS;
	r.exit_code = 9;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_true(row_of(f, 500)->dead);
	assert_int_equal(row_of(f, 500)->state, 'X');
	assert_int_equal(row_of(f, 500)->exit_code, 9);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 100 * MS);
	assert_int_equal(row_wall_ns(row_of(f, 500)), 400 * MS);
	assert_int_equal(row_of(f, 500)->threads, 0);
	assert_int_equal(f->snap.m.procs, 0);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_null(find_row(f, 500));
	publish(f, true); /* its time stays in the totals */
	assert_int_equal(f->snap.procs_nr, 1);
	assert_int_equal(f->snap.procs[0].pid, FIG_UNKNOWN);
	assert_int_equal(f->snap.procs[0].oncpu_ns, 100 * MS);
}

static void under_total_the_dead_keep_their_rows(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);

	put(f, &r);
	tick(f, T0);
	r = ended(r, T0 + 400 * MS, TASK_F_GROUP_DEAD);
	r.oncpu_ns = 100 * MS;
	r.exit_code = 256;
	put(f, &r);
	for (uint64_t i = 1; i < 5; i++)
		tick(f, T0 + i * SEC);
	publish(f, true);
	publish(f, true);
	assert_true(row_of(f, 500)->dead);
	assert_int_equal(row_of(f, 500)->exit_code, 256);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 100 * MS);
	assert_true(f->snap.m.total);
	assert_int_equal(f->snap.m.since_ns, T0);
	assert_int_equal(f->snap.m.interval_ns, 4 * SEC);
}

static void a_zombie_is_shown_until_it_is_freed(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0), z;

	put(f, &r);
	tick_and_publish(f, T0);
	r = ended(r, T0 + 400 * MS, TASK_F_GROUP_DEAD);
	r.exit_code = 256;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_true(row_of(f, 500)->dead);
	z = task(500, 500, T0 + 2 * SEC);
	z.state = 'Z';
	z.wclass = WAIT_OTHER;
	z.since_ns = REC_UNKNOWN;
	put(f, &z);
	for (uint64_t i = 2; i < 6; i++) {
		tick_and_publish(f, T0 + i * SEC);
		assert_int_equal(row_of(f, 500)->state, 'Z');
		assert_false(row_of(f, 500)->dead);
		assert_int_equal(row_of(f, 500)->exit_code, 256);
		assert_int_equal(row_of(f, 500)->offcpu_ns, 0);
	}
	z = ended(z, T0 + 5500 * MS, TASK_F_GROUP_DEAD | TASK_F_FREED);
	z.exit_code = 256;
	put(f, &z);
	tick_and_publish(f, T0 + 6 * SEC);
	tick_and_publish(f, T0 + 7 * SEC);
	assert_null(find_row(f, 500));
}

static void a_pid_used_anew_is_another_process(void **state)
{
	struct fixture *f = *state;
	struct task_rec old = task(500, 500, T0), new;

	old.oncpu_ns = 100 * SEC;
	put(f, &old);
	tick_and_publish(f, T0);
	new = started(task(500, 500, T0 + SEC), T0 + 700 * MS); /* the end of the first was lost */
	new.oncpu_ns = 20 * MS;
	memcpy(new.comm, "other", 6);
	put(f, &new);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.procs_nr, 2);
	assert_true(f->snap.procs[0].dead);
	assert_string_equal(f->snap.procs[0].comm, "worker");
	assert_string_equal(f->snap.procs[1].comm, "other");
	assert_int_equal(f->snap.procs[1].oncpu_ns, 20 * MS);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.procs_nr, 1);
}

static void rows_come_in_order(void **state)
{
	struct fixture *f = *state;
	uint32_t seed = 12345;
	int summed = 0;
	struct task_rec r;

	for (uint64_t i = 0; i < 40; i++) {
		for (int n = 0; n < 50; n++) {
			seed = seed * 1664525 + 1013904223;
			r = task(10 + (seed >> 8) % 3000, 0, T0 + i * SEC);
			r.tgid = r.pid;
			r.leader_start_ns = r.start_ns;
			if (seed >> 31)
				r = ended(r, r.h.ts_ns, TASK_F_GROUP_DEAD);
			put(f, &r);
		}
		tick_and_publish(f, T0 + i * SEC);
		for (int k = 1; k < f->snap.procs_nr; k++) {
			if (f->snap.procs[k].pid == FIG_UNKNOWN) /* the summed rows come last */
				summed++;
			else
				assert_true(f->snap.procs[k - 1].pid < f->snap.procs[k].pid);
		}
		assert_true(f->snap.procs_nr == 0 || f->snap.procs[0].pid != FIG_UNKNOWN);
	}
	assert_true(f->snap.procs_nr > 300);
	assert_true(summed > 0);
}

struct wish_list {
	struct world_wish cmds[16], users[16];
	int cmds_nr, users_nr;
};

static void note_wish(void *ctx, const struct world_wish *wish)
{
	struct wish_list *l = ctx;

	if (wish->kind == WISH_CMD)
		l->cmds[l->cmds_nr++] = *wish;
	else
		l->users[l->users_nr++] = *wish;
}

static void each_process_and_user_is_wished_for_once(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(2, 2, T0), c = task(501, 501, T0);
	struct exec_rec x = {.tgid = 500, .old_pid = 500, .start_ns = a.start_ns, .comm = "new"};
	struct wish_list l = { 0 };

	b.flags |= TASK_F_KTHREAD;
	c.uid = 33;
	put(f, &a);
	put(f, &b);
	put(f, &c);
	tick(f, T0);
	world_wishes(f->w, note_wish, &l);
	assert_int_equal(l.cmds_nr, 2);
	assert_int_equal(l.cmds[0].tgid, 500);
	assert_int_equal(l.cmds[0].start_ns, a.start_ns);
	assert_int_equal(l.cmds[1].tgid, 501);
	assert_int_equal(l.users_nr, 2);
	assert_int_equal(l.users[0].uid, 0);
	assert_int_equal(l.users[1].uid, 33);
	l = (struct wish_list){ 0 };
	world_wishes(f->w, note_wish, &l);
	assert_int_equal(l.cmds_nr + l.users_nr, 0);
	record_init(&x.h, T0 + MS, PANE_CORE, CORE_EXEC, sizeof(x));
	put(f, &x);
	put_short_life(f, 900, 500, "sh", T0 + MS, MS);
	tick_and_publish(f, T0 + SEC);
	world_wishes(f->w, note_wish, &l);
	assert_int_equal(l.cmds_nr, 1);
	assert_int_equal(l.cmds[0].tgid, 500);
	assert_string_equal(row_of(f, 500)->comm, "new");
}

static void put_cmd(struct fixture *f, uint32_t tgid, uint64_t start_ns, const char *text,
		    uint16_t len)
{
	struct cmd_rec r = {.tgid = tgid, .args_len = len, .start_ns = start_ns};

	memcpy(r.text, text, len);
	record_init(&r.h, T0, PANE_CORE, CORE_CMD,
		    offsetof(struct cmd_rec, text) + ((len + 7U) & ~7U));
	put(f, &r);
}

static void a_snapshot_stays_readable_while_records_come(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0);
	struct exec_rec x = {.tgid = 500, .old_pid = 500, .start_ns = a.start_ns, .comm = "new"};
	char seven[] = "second", many[1000];
	const struct proc_row *row;

	memset(many, 'y', sizeof(many));
	put(f, &a);
	put_cmd(f, 500, a.start_ns, "first", 6);
	tick_and_publish(f, T0);
	row = row_of(f, 500);
	record_init(&x.h, T0 + MS, PANE_CORE, CORE_EXEC, sizeof(x));
	put(f, &x);
	put_cmd(f, 500, a.start_ns, seven, 7);
	put_cmd(f, 500, a.start_ns, many, sizeof(many));
	a = ended(a, T0 + 2 * MS, TASK_F_GROUP_DEAD);
	put(f, &a);
	assert_string_equal(row->cmd, "first");
	assert_string_equal(row->comm, "worker");
	assert_false(row->dead);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row_of(f, 500)->cmd_len, sizeof(many));
}

static void several_ticks_make_one_interval(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(501, 501, T0);

	put(f, &a);
	put(f, &b);
	tick_and_publish(f, T0);
	for (uint64_t i = 1; i <= 5; i++) {
		a.h.ts_ns = T0 + i * SEC;
		a.oncpu_ns += 100 * MS;
		a.since_ns = a.h.ts_ns - MS;
		a.nvcsw += 10;
		put(f, &a);
		tick(f, T0 + i * SEC);
		assert_true(world_ticked(f->w));
	}
	b = ended(b, T0 + 4500 * MS, TASK_F_GROUP_DEAD);
	b.oncpu_ns = MS;
	put(f, &b);
	tick_and_publish(f, T0 + 6 * SEC);
	assert_false(world_ticked(f->w));
	assert_int_equal(f->snap.m.interval_ns, 6 * SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 500 * MS);
	assert_int_equal(row_of(f, 500)->vcsw, 50);
	assert_int_equal(row_wall_ns(row_of(f, 500)), 6 * SEC);
	assert_int_equal(row_wall_ns(row_of(f, 501)), 4500 * MS);
}

static void no_rate_is_made_over_a_gap(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(501, 501, T0);

	put(f, &a);
	put(f, &b);
	tick_and_publish(f, T0);
	tick_and_publish(f, T0 + SEC);
	a.h.ts_ns = T0 + 100 * SEC;
	a.oncpu_ns = 50 * SEC;
	a.nvcsw = 99;
	a.since_ns = a.h.ts_ns;
	put(f, &a);
	tick_as(f, T0 + 100 * SEC, TICK_F_GAP, REC_UNKNOWN32);
	publish(f, false);
	assert_int_equal(f->snap.m.interval_ns, 0);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 0);
	assert_int_equal(row_of(f, 500)->vcsw, 0);
	a.h.ts_ns = T0 + 101 * SEC;
	a.oncpu_ns += 200 * MS;
	put(f, &a);
	tick_and_publish(f, T0 + 101 * SEC);
	assert_int_equal(f->snap.m.interval_ns, SEC);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 200 * MS);
	assert_int_equal(row_of(f, 501)->blocked_ns, SEC);
	publish(f, true);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 50 * SEC + 200 * MS);
	assert_int_equal(row_wall_ns(row_of(f, 500)), 101 * SEC);
	assert_int_equal(row_of(f, 501)->blocked_ns, 101 * SEC);
}

static void the_first_frame_has_names_and_no_rates(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(77, 77, T0);

	a.oncpu_ns = 1000 * SEC;
	put(f, &a);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.m.interval_ns, 0);
	assert_string_equal(row_of(f, 77)->comm, "worker");
	assert_true(row_of(f, 77)->self);
	assert_int_equal(row_of(f, 77)->oncpu_ns, 0);
	assert_int_equal(row_of(f, 77)->age_ns, T0 + BOOT_AHEAD - a.start_ns);
	assert_int_equal(f->snap.m.tasks, 1);
	assert_string_equal(f->snap.m.host.host, "db-03");
}

static void garbage_is_refused_and_counted(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);
	struct ev_hdr bad[] = {
		{.size = 4},
		{.size = 16, .pane = 9, .kind = 1},
		{.size = 16, .pane = PANE_CORE, .kind = 99},
		{.size = 16, .pane = PANE_CORE, .kind = CORE_TASK},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(world_apply(f->w, &bad[i]), -EBADMSG);
	r.wclass = WAIT_NR;
	assert_int_equal(world_apply(f->w, &r.h), -EBADMSG);
	assert_int_equal(world_rejected(f->w), 5);
	tick(f, T0);
	record_init(&r.h, T0 - 1, PANE_CORE, CORE_TICK, sizeof(struct tick_rec));
	assert_int_equal(world_apply(f->w, &r.h), -EBADMSG); /* time does not run back */
	world_clear(f->w);
	assert_int_equal(world_rejected(f->w), 0);
}

static void a_cleared_world_is_a_new_one(void **state)
{
	struct fixture *f = *state;
	struct task_rec r = task(500, 500, T0);

	put(f, &r);
	tick_and_publish(f, T0 + 50 * SEC);
	world_clear(f->w);
	f->last_ns = 0;
	publish(f, false);
	assert_int_equal(f->snap.procs_nr, 0);
	r.oncpu_ns = 9 * SEC;
	put(f, &r);
	tick_and_publish(f, T0);
	assert_int_equal(row_of(f, 500)->oncpu_ns, 0);
	assert_int_equal(f->snap.m.interval_ns, 0);
}

static void full_tables_count_what_they_have_no_room_for(void **state)
{
	const struct world_caps caps = {.threads = 64, .procs = 32, .cmds = 4, .users = 4};
	struct fixture f = { 0 };
	struct task_rec r;

	assert_int_equal(world_new(&caps, &f.w), 0);
	put_host(&f, HOST_F_BPF);
	for (uint32_t i = 0; i < 40; i++) {
		r = task(100 + i, 100 + i, T0);
		r.uid = i;
		put(&f, &r);
		put_cmd(&f, 100 + i, r.start_ns, "x", 2);
	}
	tick_and_publish(&f, T0);
	assert_int_equal(f.snap.procs_nr, 32);
	assert_int_equal(world_evicted(f.w), 8);

	/* the dead make room: under --total the one that died first goes to the summed rows */
	r = ended(task(105, 105, T0), T0 + MS, TASK_F_GROUP_DEAD);
	r.oncpu_ns = MS;
	put(&f, &r);
	tick(&f, T0 + SEC);
	publish(&f, true);
	r = started(task(400, 400, T0 + SEC), T0 + SEC + MS);
	put(&f, &r);
	assert_int_equal(f.snap.procs_nr, 32);
	tick(&f, T0 + 2 * SEC);
	publish(&f, true);
	assert_null(find_row(&f, 105));
	assert_non_null(find_row(&f, 400));
	assert_int_equal(short_row(&f, "worker")->oncpu_ns, MS);
	world_free(f.w);
}

static void too_many_commands_are_summed_into_one(void **state)
{
	struct fixture *f = *state;
	int64_t processes = 0, oncpu_ns = 0;
	char comm[16];

	tick_and_publish(f, T0);
	for (uint32_t i = 0; i < 6000; i++) {
		snprintf(comm, sizeof(comm), "job-%u", i);
		put_short_life(f, 1000 + i, 60, comm, T0 + 100 * MS, 2 * MS);
	}
	tick_and_publish(f, T0 + SEC);
	for (int i = 0; i < f->snap.procs_nr; i++) {
		processes += f->snap.procs[i].processes;
		oncpu_ns += f->snap.procs[i].oncpu_ns;
	}
	assert_int_equal(processes, 6000);
	assert_int_equal(oncpu_ns, 6000 * MS);
	assert_true(world_evicted(f->w) > 0);
	for (uint32_t i = 0; i < 6000; i++) {
		snprintf(comm, sizeof(comm), "task-%u", i);
		put_short_life(f, 9000 + i, 60, comm, T0 + 1100 * MS, 2 * MS);
	}
	tick(f, T0 + 2 * SEC);
	publish(f, true);
	processes = 0;
	for (int i = 0; i < f->snap.procs_nr; i++)
		processes += f->snap.procs[i].processes;
	assert_int_equal(processes, 12000);
}

static void pressure_memory_and_own_cost(void **state)
{
	struct fixture *f = *state;
	struct psi_rec psi = {.some_us = {1000, 5000, REC_UNKNOWN},
			      .full_us = {REC_UNKNOWN, 100, REC_UNKNOWN}};
	struct mem_rec mem = {.total = 1000,
			      .free = 100,
			      .available = 500,
			      .buffers = 50,
			      .cached = 300,
			      .slab_reclaimable = 40,
			      .shmem = 30,
			      .swap_total = 200,
			      .swap_free = 150};
	struct self_rec self = {.cpu_ns = 5 * SEC, .bpf_ns = REC_UNKNOWN, .rss_bytes = 7000};

	publish(f, false); /* nothing came yet */
	assert_int_equal(f->snap.m.mem_total, FIG_UNKNOWN);
	assert_int_equal(f->snap.m.psi[PSI_CPU].some_ns, FIG_UNKNOWN);
	assert_int_equal(f->snap.m.load_centi[0], FIG_UNKNOWN);
	record_init(&psi.h, T0, PANE_CORE, CORE_PSI, sizeof(psi));
	record_init(&mem.h, T0, PANE_CORE, CORE_MEM, sizeof(mem));
	record_init(&self.h, T0, PANE_CORE, CORE_SELF, sizeof(self));
	put(f, &psi);
	put(f, &mem);
	put(f, &self);
	tick_and_publish(f, T0);
	for (uint64_t i = 1; i <= 2; i++) {
		psi.some_us[PSI_CPU] += 250000;
		psi.full_us[PSI_MEM] += 7;
		self.cpu_ns += 4 * MS;
		put(f, &psi);
		put(f, &self);
		tick(f, T0 + i * SEC);
	}
	publish(f, false);
	assert_int_equal(f->snap.m.psi[PSI_CPU].some_ns, 500 * MS);
	assert_int_equal(f->snap.m.psi[PSI_CPU].full_ns, FIG_UNKNOWN);
	assert_int_equal(f->snap.m.psi[PSI_MEM].full_ns, 14000);
	assert_int_equal(f->snap.m.psi[PSI_IO].some_ns, FIG_UNKNOWN);
	assert_int_equal(f->snap.m.self_cpu_ns, 8 * MS);
	assert_int_equal(f->snap.m.self_bpf_ns, FIG_UNKNOWN);
	assert_int_equal(f->snap.m.mem_cached, 310);
	assert_int_equal(f->snap.m.mem_used, 540);
	assert_int_equal(f->snap.m.mem_used + f->snap.m.mem_free + f->snap.m.mem_buffers +
				 f->snap.m.mem_cached,
			 1000);
	assert_int_equal(f->snap.m.swap_used, 50);
}

static void losses_are_summed_by_pane_and_told_while_they_grow(void **state)
{
	struct fixture *f = *state;
	struct loss_rec r = {
		.probe = 3, .pane = PANE_CPU, .seen = 10, .submitted = 9, .full = 1, .received = 9};

	for (uint16_t cpu = 0; cpu < 2; cpu++) {
		record_init(&r.h, T0, PANE_CORE, CORE_LOSS, sizeof(r));
		r.h.cpu = cpu;
		put(f, &r);
	}
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.losses_nr, 2);
	assert_int_equal(f->snap.losses[1].cpu, 1);
	assert_int_equal(f->snap.losses[1].probe, 3);
	assert_int_equal(f->snap.lost[PANE_CPU].seen, 20);
	assert_int_equal(f->snap.lost[PANE_CPU].full, 2);
	assert_false(f->snap.losing[PANE_CPU]); /* before the first tick: in no figure */
	r.full = 3;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_true(f->snap.losing[PANE_CPU]);
	assert_int_equal(f->snap.runq_status.state, FIG_EXACT);
	r.unmatched = 5; /* of tasks without a row: no loss */
	put(f, &r);
	assert_int_equal(f->snap.losses[1].rec.unmatched, 0); /* a snapshot does not change */
	tick_and_publish(f, T0 + 2 * SEC);
	assert_false(f->snap.losing[PANE_CPU]);
	assert_int_equal(f->snap.lost[PANE_CPU].unmatched, 5);
	r.map_full = 5;
	put(f, &r);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(f->snap.losses_nr, 2);
	assert_true(f->snap.losing[PANE_CPU]);
	assert_false(f->snap.losing[PANE_CORE]);
	assert_int_equal(f->snap.runq_status.state, FIG_INCOMPLETE);
}

static void probes_and_alerts_are_shown(void **state)
{
	struct fixture *f = *state;
	struct probe_rec p = {.probe = 2,
			      .pane = PANE_CPU,
			      .state = PROBE_REFUSED,
			      .name = "switch",
			      .reason = "why"};
	struct alert_rec a = {.level = 2, .text = "out of memory: killed 8112"};

	record_init(&p.h, T0, PANE_CORE, CORE_PROBE, sizeof(p));
	record_init(&a.h, T0, PANE_CORE, CORE_ALERT, sizeof(a));
	put(f, &p);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.probes_nr, 3);
	assert_string_equal(f->snap.probes[2].reason, "why");
	assert_int_equal(f->snap.m.alert.h.size, 0);
	put(f, &a);
	tick_and_publish(f, T0 + SEC);
	assert_string_equal(f->snap.m.alert.text, "out of memory: killed 8112");
	tick_and_publish(f, T0 + 11 * SEC);
	assert_int_equal(f->snap.m.alert.h.size, 0);
}

static void fold_to_world(void *ctx, const struct ev_hdr *ev)
{
	struct fixture *f = ctx;

	put(f, ev);
}

static void check_adds_up(const struct fixture *f, uint32_t cpus)
{
	int64_t oncpu_ns = 0, class_ns[WAIT_NR] = { 0 };
	const struct proc_row *row;

	for (int i = 0; i < f->snap.procs_nr; i++) {
		row = &f->snap.procs[i];
		oncpu_ns += row->oncpu_ns;
		for (int c = 0; c < WAIT_NR; c++)
			class_ns[c] += row->class_ns[c];
		assert_int_equal(row->oncpu_ns + row->offcpu_ns, row_wall_ns(row));
		assert_int_equal(row->user_ns + row->system_ns, row->oncpu_ns);
		if (!row->dead && row->age_ns > (int64_t)f->snap.m.interval_ns && row->threads == 1)
			assert_int_equal(row_wall_ns(row) / (int64_t)f->snap.m.interval_ns,
					 row->threads);
	}
	assert_memory_equal(class_ns, f->snap.m.class_ns, sizeof(class_ns));
	assert_true(oncpu_ns <= (int64_t)(f->snap.m.interval_ns * cpus * 101 / 100));
}

static void run_synth(struct fixture *f, struct source *s, uint32_t cpus)
{
	for (int i = 0; i < 60; i++) {
		assert_int_equal(s->ops->tick(s, 0, fold_to_world, f), 0);
		if (i % 3 == 2)
			continue; /* an interval of two ticks */
		publish(f, false);
		if (f->snap.m.interval_ns)
			check_adds_up(f, cpus);
	}
}

/* The totals of a scripted host against what its processes really did. */
static void a_synthetic_host_adds_up(void **state)
{
	struct fixture *f = *state;
	struct synth_opts opts;
	struct synth_truth first[64], last;
	struct source *s;
	int compared = 0;
	int64_t truth_ns;

	assert_int_equal(synth_options("database", &opts), 0);
	assert_int_equal(synth_new(&opts, &s), 0);
	world_clear(f->w);
	assert_int_equal(s->ops->tick(s, 0, fold_to_world, f), 0);
	publish(f, false);
	uint32_t pids[64];
	int nr = f->snap.procs_nr < 64 ? f->snap.procs_nr : 64;
	for (int i = 0; i < nr; i++) {
		pids[i] = (uint32_t)f->snap.procs[i].pid;
		assert_true(synth_truth(s, pids[i], &first[i]));
	}
	run_synth(f, s, 8);
	publish(f, true);
	for (int i = 0; i < nr; i++) {
		const struct proc_row *row = find_row(f, pids[i]);

		if (!row || row->dead || !synth_truth(s, pids[i], &last))
			continue;
		truth_ns = (int64_t)(last.class_ns[WAIT_ONCPU] - first[i].class_ns[WAIT_ONCPU]);
		assert_in_range(row->oncpu_ns,
				truth_ns - 10 * (int64_t)MS < 0 ? 0 : truth_ns - 10 * (int64_t)MS,
				truth_ns + 10 * MS);
		truth_ns = (int64_t)(last.class_ns[WAIT_RUNQ] - first[i].class_ns[WAIT_RUNQ]);
		assert_in_range(row->runq_wait_ns,
				truth_ns - 10 * (int64_t)MS < 0 ? 0 : truth_ns - 10 * (int64_t)MS,
				truth_ns + 10 * MS);
		assert_int_equal(row->vcsw, last.nvcsw - first[i].nvcsw);
		assert_int_equal(row->ivcsw, last.nivcsw - first[i].nivcsw);
		compared++;
	}
	assert_true(compared > 5);
	s->ops->free(s);
}

static void hostile_and_lossy_hosts_do_no_harm(void **state)
{
	static const char *const names[] = {"hostile", "losses", "load"};
	struct fixture *f = *state;
	struct synth_opts opts;
	struct source *s;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(synth_options(names[i], &opts), 0);
		assert_int_equal(synth_new(&opts, &s), 0);
		world_clear(f->w);
		for (int k = 0; k < 40; k++) {
			if (s->ops->tick(s, 0, (record_fn)(void *)world_apply, f->w) < 0)
				break;
			publish(f, k % 7 == 0);
		}
		assert_true(f->snap.procs_nr > 0);
		s->ops->free(s);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(processes_that_no_tick_saw_are_summed),
		TEST(threads_of_a_short_process_count_as_one_process),
		TEST(a_process_seen_alive_keeps_its_row_until_the_next_tick_after_death),
		TEST(under_total_the_dead_keep_their_rows),
		TEST(a_zombie_is_shown_until_it_is_freed),
		TEST(a_pid_used_anew_is_another_process),
		TEST(rows_come_in_order),
		TEST(each_process_and_user_is_wished_for_once),
		TEST(a_snapshot_stays_readable_while_records_come),
		TEST(several_ticks_make_one_interval),
		TEST(no_rate_is_made_over_a_gap),
		TEST(the_first_frame_has_names_and_no_rates),
		TEST(garbage_is_refused_and_counted),
		TEST(a_cleared_world_is_a_new_one),
		TEST(full_tables_count_what_they_have_no_room_for),
		TEST(too_many_commands_are_summed_into_one),
		TEST(pressure_memory_and_own_cost),
		TEST(losses_are_summed_by_pane_and_told_while_they_grow),
		TEST(probes_and_alerts_are_shown),
		TEST(a_synthetic_host_adds_up),
		TEST(hostile_and_lossy_hosts_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
