/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes summed by what they have in common; control groups by their paths and files. */
#include "cgroup.h"
#include "group.h"
#include "snap_cgroup.h"
#include "world_fixture.h"

static const struct group_row *group_named(const struct group_row *rows, int nr, const char *name)
{
	for (int i = 0; i < nr; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static void put_path(struct fixture *f, uint64_t id, uint16_t version, const char *path)
{
	struct cgroup_rec r = { .id = id, .version = version, .len = (uint16_t)strlen(path) };

	memcpy(r.path, path, r.len);
	record_init(&r.h, f->last_ns, PANE_CORE, CORE_CGROUP,
		    offsetof(struct cgroup_rec, path) + ((r.len + 7U) & ~7U));
	put(f, &r);
}

static void put_user(struct fixture *f, uint32_t uid, const char *name)
{
	struct user_rec r = { .uid = uid };

	strncpy(r.name, name, sizeof(r.name) - 1);
	record_init(&r.h, f->last_ns, PANE_CORE, CORE_USER, sizeof(r));
	put(f, &r);
}

static void put_hist(struct fixture *f, const struct task_rec *of, unsigned slot, uint32_t count,
		     uint64_t max_ns)
{
	struct hist_rec r = {.tgid = of->tgid,
			     .which = HIST_RUNQ,
			     .first = (uint8_t)slot,
			     .nr = 1,
			     .start_ns = of->leader_start_ns,
			     .max_ns = max_ns,
			     .slots = { count} };

	record_init(&r.h, of->h.ts_ns, PANE_CORE, CORE_HIST, sizeof(r));
	put(f, &r);
}

#define DOCKER                                                                                     \
	"/system.slice/"                                                                           \
	"docker-4a1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef0123456789abcdef.scope"

/* Three processes: two of root in a service, one of www-data in a container. */
static void put_three(struct fixture *f, struct task_rec r[3])
{
	static const char *const comms[] = {"nginx", "nginx", "php"};

	for (uint32_t i = 0; i < 3; i++) {
		struct proc_rec p;

		r[i] = task(500 + i, 500 + i, T0);
		r[i].uid = i == 2 ? 33 : 0;
		r[i].cgroup_id = i == 2 ? 20 : 10;
		memset(r[i].comm, 0, sizeof(r[i].comm));
		strncpy(r[i].comm, comms[i], sizeof(r[i].comm) - 1);
		put(f, &r[i]);
		p = proc(&r[i], 1);
		put(f, &p);
	}
	tick_and_publish(f, T0);
	put_path(f, 10, 2, "/system.slice/nginx.service");
	put_path(f, 20, 1, DOCKER);
	put_user(f, 0, "root");
	for (uint32_t i = 0; i < 3; i++) {
		r[i].h.ts_ns = T0 + SEC;
		r[i].oncpu_ns = (i + 1) * 100 * MS;
		r[i].nvcsw = i + 1;
		r[i].since_ns = T0 + 900 * MS;
		put(f, &r[i]);
		put_hist(f, &r[i], 4 + i, 100, 5000 * (i + 1));
	}
	tick_and_publish(f, T0 + SEC);
}

static void groups_hold_the_sums_of_their_members(void **state)
{
	static const struct {
		enum group_by by;
		const char *one, *other;
	} cases[] = {
		{GROUP_USER, "root", "33"},
		{GROUP_CGROUP, "/system.slice/nginx.service", DOCKER},
		{GROUP_CONTAINER, "(no container)", "4a1b2c3d4e5f"},
		{GROUP_COMMAND, "nginx", "php"},
	};
	struct fixture *f = *state;
	const struct group_row *rows, *one, *other;
	struct task_rec r[3];

	put_three(f, r);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(snapshot_groups(&f->snap, cases[i].by, &rows), 2);
		one = group_named(rows, 2, cases[i].one);
		other = group_named(rows, 2, cases[i].other);
		assert_non_null(one);
		assert_non_null(other);
		assert_int_equal(one->rows, 2);
		assert_int_equal(one->sums.processes, 2);
		assert_int_equal(one->sums.threads, 2);
		assert_int_equal(one->sums.oncpu_ns, 300 * MS);
		assert_int_equal(row_wall_ns(&one->sums), 2 * SEC);
		assert_int_equal(one->sums.vcsw, 3);
		assert_int_equal(one->sums.rss_bytes, 2 * 33 * 4096);
		assert_int_equal(one->sums.class_ns[WAIT_ONCPU], 300 * MS);
		assert_int_equal(one->sums.runq_max_ns, 10000);
		assert_int_equal(one->sums.pid, FIG_UNKNOWN);
		assert_int_equal(one->sums.uid, 0);
		assert_int_equal(other->sums.oncpu_ns, 300 * MS);
		assert_int_equal(other->sums.uid, 33);
		assert_int_equal(one->sums.cmd_len, strlen(cases[i].one));
		assert_memory_equal(one->sums.cmd, cases[i].one, one->sums.cmd_len);
		assert_int_equal(group_key(&f->snap, cases[i].by, row_of(f, 500)), one->key);
		assert_int_equal(group_key(&f->snap, cases[i].by, row_of(f, 502)), other->key);
		assert_true(rows[0].key < rows[1].key);
	}
	assert_int_equal(snapshot_groups(&f->snap, GROUP_PROCESS, &rows), 0);
	assert_int_equal(snapshot_groups(&f->snap, GROUP_THREAD, &rows), 0);
}

/* Slots 4 and 5 of two members: half of the waits lie below the bound between them. */
static void percentiles_are_those_of_the_merged_histograms(void **state)
{
	struct fixture *f = *state;
	const struct group_row *rows;
	struct task_rec r[3];

	put_three(f, r);
	snapshot_groups(&f->snap, GROUP_COMMAND, &rows);
	rows = group_named(rows, 2, "nginx");
	assert_int_equal(rows->sums.runq_p50_ns, hist_high_ns(4));
	assert_true(rows->sums.runq_p99_ns > (int64_t)hist_low_ns(5));
	assert_int_equal(rows->sums.oncpu_p50_ns, FIG_UNKNOWN);
}

static void a_group_is_in_d_if_one_is_and_unknown_is_no_zero(void **state)
{
	struct fixture *f = *state;
	struct task_rec a = task(500, 500, T0), b = task(501, 501, T0), c = task(502, 502, T0);
	const struct group_row *rows;

	b.state = 'R';
	c.state = 'D';
	c.wclass = WAIT_DISK;
	c.since_ns = T0 - 9 * SEC;
	b.nice = 5;
	put(f, &a);
	put(f, &b);
	put(f, &c);
	tick_and_publish(f, T0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(snapshot_groups(&f->snap, GROUP_USER, &rows), 1);
	assert_int_equal(rows[0].sums.state, 'D');
	assert_int_equal(rows[0].sums.wclass, WAIT_DISK);
	assert_int_equal(rows[0].sums.blocked_since_ns, 10 * SEC);
	assert_int_equal(rows[0].sums.rss_bytes, FIG_UNKNOWN);
	assert_int_equal(rows[0].sums.nice, FIG_UNKNOWN);
	assert_int_equal(rows[0].sums.cpu, 1);
	assert_string_equal(rows[0].name, "0");
}

static void the_dead_of_the_interval_are_in_their_groups(void **state)
{
	struct fixture *f = *state;
	struct task_rec r[3], end, shorty;
	const struct group_row *rows, *g;

	put_three(f, r);
	end = ended(r[2], T0 + 1500 * MS, TASK_F_GROUP_DEAD);
	end.oncpu_ns += 50 * MS;
	put(f, &end);
	shorty = started(task(900, 900, T0), T0 + 1100 * MS); /* no tick saw it */
	shorty.cgroup_id = 20;
	shorty = ended(shorty, T0 + 1200 * MS, TASK_F_GROUP_DEAD);
	shorty.oncpu_ns = 20 * MS;
	put(f, &shorty);
	tick_and_publish(f, T0 + 2 * SEC);
	g = group_named(rows, snapshot_groups(&f->snap, GROUP_CGROUP, &rows), DOCKER);
	assert_non_null(g);
	assert_int_equal(g->sums.oncpu_ns, 70 * MS);
	assert_int_equal(g->sums.processes, 2);
	assert_true(g->sums.dead);
}

static void put_stat(struct fixture *f, uint64_t id, uint64_t us, uint64_t throttled_us)
{
	struct cgstat_rec r = {.id = id,
			       .periods = us,
			       .throttled = us / 2,
			       .throttled_us = throttled_us,
			       .quota_us = 150000,
			       .period_us = 100000};

	for (int i = 0; i < PSI_NR; i++)
		r.some_us[i] = r.full_us[i] = us;
	r.full_us[PSI_CPU] = REC_UNKNOWN;
	record_init(&r.h, f->last_ns + 20 * MS, PANE_CORE, CORE_CGSTAT, sizeof(r));
	put(f, &r);
}

static const struct cgroup_row *cgroup_of(const struct fixture *f, uint64_t id)
{
	const struct cgroup_row *rows;
	int nr = snapshot_cgroups(&f->snap, &rows);

	for (int i = 0; i < nr; i++)
		if (rows[i].id == id)
			return &rows[i];
	fail_msg("cgroup %llu has no row", (unsigned long long)id);
	return NULL;
}

static void cgroups_show_path_and_pressure_of_the_window(void **state)
{
	struct fixture *f = *state;
	struct demand_rec d = { .on = DEMAND_CGROUPS };
	struct task_rec r[3];

	put_three(f, r);
	assert_int_equal(snapshot_cgroup_status(&f->snap).state, FIG_EXACT);
	assert_int_equal(snapshot_cgstat_status(&f->snap).state, FIG_NA);
	assert_string_equal(cgroup_of(f, 10)->path, "/system.slice/nginx.service");
	assert_string_equal(cgroup_of(f, 10)->unit, "nginx.service");
	assert_string_equal(cgroup_of(f, 10)->container, "");
	assert_int_equal(cgroup_of(f, 10)->version, 2);
	assert_int_equal(cgroup_of(f, 20)->version, 1);
	assert_string_equal(cgroup_of(f, 20)->container, "4a1b2c3d4e5f");
	assert_int_equal(cgroup_of(f, 10)->sums.oncpu_ns, 300 * MS);
	assert_int_equal(cgroup_of(f, 10)->psi[PSI_CPU].some_ns, FIG_UNKNOWN);

	record_init(&d.h, f->last_ns, PANE_CORE, CORE_DEMAND, sizeof(d));
	put(f, &d);
	put_stat(f, 10, 1000, 500);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(snapshot_cgstat_status(&f->snap).state, FIG_EXACT);
	assert_int_equal(cgroup_of(f, 10)->psi[PSI_CPU].some_ns,
			 FIG_UNKNOWN); /* one reading is no growth */
	assert_int_equal(cgroup_of(f, 10)->quota_pct, 150000);
	put_stat(f, 10, 1300, 700);
	tick_and_publish(f, T0 + 3 * SEC);
	world_mark(f->w);
	put_stat(f, 10, 1400, 700);
	tick_and_publish(f, T0 + 4 * SEC);
	assert_int_equal(cgroup_of(f, 10)->psi[PSI_CPU].some_ns, 100 * 1000);
	assert_int_equal(cgroup_of(f, 10)->psi[PSI_CPU].full_ns, FIG_UNKNOWN);
	assert_int_equal(cgroup_of(f, 10)->throttled_ns, 0);
	put_stat(f, 10, 1600, 900);
	tick(f, T0 + 5 * SEC);
	world_publish(f->w, WINDOW_MARK, &f->snap);
	assert_int_equal(cgroup_of(f, 10)->psi[PSI_IO].full_ns, 300 * 1000);
	assert_int_equal(cgroup_of(f, 10)->throttled_ns, 200 * 1000);
	assert_int_equal(cgroup_of(f, 10)->periods, 300);
	world_publish(f->w, WINDOW_START,
		      &f->snap); /* the first reading came 2 s after the start */
	assert_int_equal(cgroup_of(f, 10)->psi[PSI_IO].full_ns, 600 * 1000);
	/* nobody reads for an interval: the next has no beginning */
	tick_and_publish(f, T0 + 6 * SEC);
	assert_int_equal(cgroup_of(f, 10)->psi[PSI_IO].full_ns, FIG_UNKNOWN);
	put_stat(f, 10, 9000, 900);
	tick_and_publish(f, T0 + 7 * SEC);
	assert_int_equal(cgroup_of(f, 10)->psi[PSI_IO].full_ns, FIG_UNKNOWN);
	put_stat(f, 10, 9001, 900);
	tick_and_publish(f, T0 + 8 * SEC);
	assert_int_equal(cgroup_of(f, 10)->psi[PSI_IO].full_ns, 1000);
}

static void a_path_tells_unit_and_container(void **state)
{
#define ID "4a1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef0123456789abcdef"
	static const struct {
		const char *path, *unit, *container;
	} cases[] = {
		{"/", "", ""},
		{"", "", ""},
		{"/system.slice/ssh.service", "ssh.service", ""},
		{"/system.slice/ssh.service/inner", "ssh.service", ""},
		{"/user.slice/user-1000.slice/session-3.scope", "session-3.scope", ""},
		{"/system.slice/run-user.mount", "run-user.mount", ""},
		{"/.service", "", ""},
		{"/docker/" ID, "", "4a1b2c3d4e5f"},
		{"/system.slice/docker-" ID ".scope", "docker-" ID ".scope", "4a1b2c3d4e5f"},
		{"/machine.slice/libpod-" ID ".scope/container", "libpod-" ID ".scope",
		 "4a1b2c3d4e5f"},
		{"/kubepods/besteffort/pod0cbb25f4-9af3-4fd8-8c1e-1a2b3c4d5e6f/" ID, "",
		 "4a1b2c3d4e5f"},
		{"/kubepods.slice/cri-containerd-" ID ".scope", "cri-containerd-" ID ".scope",
		 "4a1b2c3d4e5f"},
		{"/kubepods.slice/crio-" ID ".scope", "crio-" ID ".scope", "4a1b2c3d4e5f"},
		{"/docker/" ID "ab", "", ""}, /* too long for an id */
		{"/jobs/" ID, "", ""},	      /* of no runtime */
		{"/process_api/4479554c9b87f37d5f7565c5a352dfc6", "", ""},
	};
	char unit[CGROUP_UNIT_BYTES], container[CONTAINER_BYTES];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *want = cases[i].unit;

		cgroup_unit(cases[i].path, unit);
		cgroup_container(cases[i].path, container);
		if (strlen(want) >= sizeof(unit)) /* the end of a long one */
			want += strlen(want) - sizeof(unit) + 1;
		assert_string_equal(unit, want);
		assert_string_equal(container, cases[i].container);
	}
}

/* More groups than there is room for: those with processes stay, what is lost is counted. */
static void groups_in_use_outlive_those_that_come_and_go(void **state)
{
	struct fixture *f = *state;
	struct task_rec stay = task(500, 500, T0), r;
	const struct cgroup_row *rows;

	stay.cgroup_id = 7;
	put(f, &stay);
	tick_and_publish(f, T0);
	put_path(f, 7, 2, "/stays");
	for (uint32_t i = 0; i < 2 * CGROUPS_MAX; i++) {
		r = ended(started(task(1000 + i, 1000 + i, T0), T0 + i * MS), T0 + i * MS + 1000,
			  TASK_F_GROUP_DEAD);
		r.cgroup_id = 1000 + i;
		put(f, &r);
		if (i % 500 == 499)
			tick_and_publish(f, T0 + (i + 1) * MS);
	}
	tick_and_publish(f, T0 + 60 * SEC);
	assert_true(snapshot_cgroups(&f->snap, &rows) >= 1);
	assert_string_equal(cgroup_of(f, 7)->path, "/stays");
	assert_true(world_evicted(f->w) > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(groups_hold_the_sums_of_their_members),
		TEST(percentiles_are_those_of_the_merged_histograms),
		TEST(a_group_is_in_d_if_one_is_and_unknown_is_no_zero),
		TEST(the_dead_of_the_interval_are_in_their_groups),
		TEST(cgroups_show_path_and_pressure_of_the_window),
		cmocka_unit_test(a_path_tells_unit_and_container),
		TEST(groups_in_use_outlive_those_that_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
