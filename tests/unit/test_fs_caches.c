// SPDX-License-Identifier: GPL-2.0-or-later
/* The model of the caches of files: page cache by process and window, readahead, counts, what is not known. */
#include "snap_fs_caches.h"
#include "world_fixture.h"

#define BOTH (DEMAND_PAGES | DEMAND_CACHES)

/* What a process has counted since it was asked for. */
struct pages {
	uint32_t tgid;
	uint64_t accesses, misses, adds, dirties;
	const char *comm;
	uint16_t flags;
};

static void put_pages(struct fixture *f, struct pages p)
{
	struct fs_pages_rec r = {.tgid = p.tgid, .start_ns = p.tgid ? SEC + p.tgid : 0, .flags = p.flags,
				 .accesses = p.accesses, .misses = p.misses, .adds = p.adds, .dirties = p.dirties};

	record_init(&r.h, T0, PANE_FS, FS_PAGES, sizeof(r));
	strcpy(r.comm, p.comm ? p.comm : "cat");
	put(f, &r);
}

/* Of a kernel that does not show page faults. */
static void put_blind_pages(struct fixture *f, uint32_t tgid)
{
	struct fs_pages_rec r = {.tgid = tgid, .start_ns = SEC + tgid, .accesses = REC_UNKNOWN, .misses = 20, .adds = 20,
				 .faults = REC_UNKNOWN, .fault_adds = REC_UNKNOWN, .comm = "cat"};

	record_init(&r.h, T0, PANE_FS, FS_PAGES, sizeof(r));
	put(f, &r);
	tick_and_publish(f, f->last_ns + SEC);
}

static void put_task(struct fixture *f, uint32_t pid)
{
	struct task_rec r = task(pid, pid, T0);

	put(f, &r);
}

static void put_demand(struct fixture *f, uint32_t on)
{
	struct demand_rec r = {.on = on};

	record_init(&r.h, T0, PANE_CORE, CORE_DEMAND, sizeof(r));
	put(f, &r);
}

static void put_probe(struct fixture *f, uint16_t probe, const char *name, enum probe_state state, const char *reason)
{
	struct probe_rec r = {.probe = probe, .pane = PANE_FS, .state = (uint8_t)state};

	record_init(&r.h, T0, PANE_CORE, CORE_PROBE, sizeof(r));
	snprintf(r.name, sizeof(r.name), "%s", name);
	snprintf(r.reason, sizeof(r.reason), "%s", reason);
	put(f, &r);
}

static void put_ahead(struct fixture *f, uint64_t added, uint64_t used, uint64_t dropped, uint32_t slot)
{
	struct fs_readahead_rec r = {.added = added, .used = used, .dropped = dropped};

	record_init(&r.h, T0, PANE_FS, FS_READAHEAD, sizeof(r));
	r.slots[slot] = (uint32_t)used;
	put(f, &r);
}

static void put_stat(struct fixture *f, uint64_t written)
{
	struct fs_stat_rec r = {.inodes = 1000, .dentries = 2000, .dentries_negative = REC_UNKNOWN, .files = 7,
				.files_max = INT64_MAX, .cached_bytes = 1 << 20, .dirtied = 5, .written = written};

	record_init(&r.h, T0, PANE_FS, FS_STAT, sizeof(r));
	put(f, &r);
}

static const struct cache_row *all(const struct fixture *f)
{
	assert_true(f->snap.fs_caches->rows_nr >= 1);
	return &f->snap.fs_caches->rows[0];
}

static const struct cache_row *find(const struct fixture *f, int64_t pid, const char *comm)
{
	const struct fs_caches_snap *c = f->snap.fs_caches;

	for (int i = 1; i < c->rows_nr; i++)
		if (c->rows[i].p.pid == pid && !strcmp(c->rows[i].p.comm, comm))
			return &c->rows[i];
	return NULL;
}

static void publish_as(struct fixture *f, enum window window)
{
	world_publish(f->w, window, &f->snap);
}

/* Two processes and the first tick, while both views ask. */
static void begin(struct fixture *f)
{
	put_task(f, 10);
	put_task(f, 20);
	put_demand(f, BOTH);
	tick_and_publish(f, T0);
}

static void a_row_has_what_its_process_grew_by(void **state)
{
	struct fixture *f = *state;
	const struct cache_row *r;

	begin(f);
	assert_int_equal(f->snap.fs_caches->rows_nr, 1);
	put_pages(f, (struct pages){10, 1000, 100, 150, 20});
	put_pages(f, (struct pages){20, 50, 50, 50, 0});
	tick_and_publish(f, T0 + SEC);
	r = find(f, 10, "worker");
	assert_non_null(r);
	assert_int_equal(r->pages.accesses, 1000);
	assert_int_equal(r->pages.misses, 100);
	assert_int_equal(r->pages.hits, 900);
	assert_int_equal(r->pages.hit_pct, 90000);
	assert_int_equal(r->pages.adds, 150);
	assert_int_equal(r->pages.dirties, 20);
	assert_int_equal(r->machine.inodes, FIG_UNKNOWN);
	assert_int_equal(all(f)->pages.accesses, 1050);
	assert_int_equal(all(f)->pages.misses, 150);
	put_pages(f, (struct pages){10, 1400, 100, 150, 20});
	tick_and_publish(f, T0 + 2 * SEC);
	r = find(f, 10, "worker");
	assert_int_equal(r->pages.accesses, 400);
	assert_int_equal(r->pages.misses, 0);
	assert_int_equal(r->pages.hit_pct, 100000);
	r = find(f, 20, "worker"); /* it lives: its row stays, empty */
	assert_int_equal(r->pages.accesses, 0);
	assert_int_equal(r->pages.hit_pct, FIG_UNKNOWN);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(all(f)->pages.accesses, 1450);
}

/* Readahead may bring in more than was asked for. */
static void hits_are_never_below_zero(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_pages(f, (struct pages){10, 1, 32, 32, 0});
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(find(f, 10, "worker")->pages.hits, 0);
	assert_int_equal(find(f, 10, "worker")->pages.hit_pct, 0);
}

static void what_has_ended_is_summed_by_command(void **state)
{
	struct fixture *f = *state;
	const struct cache_row *r;

	begin(f);
	for (uint32_t i = 0; i < 5; i++) {
		struct pages p = {1000 + i, 10, 4, 4, 0, "cat", FS_F_GONE};
		struct fs_pages_rec rec = {.tgid = p.tgid, .flags = p.flags, .accesses = p.accesses, .misses = p.misses,
					   .adds = p.adds, .comm = "cat"};

		rec.start_ns = T0 + SEC / 2 + BOOT_AHEAD + i; /* between two passes */
		record_init(&rec.h, T0, PANE_FS, FS_PAGES, sizeof(rec));
		put(f, &rec);
	}
	tick_and_publish(f, T0 + SEC);
	r = find(f, FIG_UNKNOWN, "cat");
	assert_non_null(r);
	assert_true(r->p.dead);
	assert_int_equal(r->p.processes, 5);
	assert_int_equal(r->pages.accesses, 50);
	assert_int_equal(r->pages.misses, 20);
	assert_ptr_equal(snapshot_fs_cache(&f->snap, &r->p), r);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_null(find(f, FIG_UNKNOWN, "cat"));
}

static void a_process_is_found_by_its_row(void **state)
{
	struct fixture *f = *state;
	const struct cache_row *r;

	begin(f);
	put_pages(f, (struct pages){10, 7, 0, 0, 0});
	put_pages(f, (struct pages){0, 3, 0, 0, 0, ""}); /* no room */
	tick_and_publish(f, T0 + SEC);
	r = snapshot_fs_cache(&f->snap, row_of(f, 10));
	assert_non_null(r);
	assert_int_equal(r->pages.accesses, 7);
	assert_null(snapshot_fs_cache(&f->snap, row_of(f, 20)));
	r = find(f, FIG_UNKNOWN, "(no room)");
	assert_int_equal(r->pages.accesses, 3);
	assert_ptr_equal(snapshot_fs_cache(&f->snap, &r->p), r);
	assert_int_equal(all(f)->pages.accesses, 10);
}

/* The kernel's side forgets what it counted when nobody asks, and begins at zero. */
static void who_asks_again_begins_anew(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_pages(f, (struct pages){10, 100, 10, 10, 0});
	tick_and_publish(f, T0 + SEC);
	put_demand(f, 0);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.fs_caches->miss_status.state, FIG_NA);
	put_pages(f, (struct pages){10, 150, 1, 1, 0});
	put_demand(f, BOTH);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(find(f, 10, "worker")->pages.accesses, 150);
	assert_int_equal(find(f, 10, "worker")->pages.misses, 1);
	assert_int_equal(f->snap.fs_caches->miss_status.state, FIG_EXACT);
}

static void a_counter_that_steps_back_begins_anew(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_pages(f, (struct pages){10, 100, 10, 10, 0});
	tick_and_publish(f, T0 + SEC);
	put_pages(f, (struct pages){10, 30, 3, 3, 0});
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(find(f, 10, "worker")->pages.accesses, 30);
	assert_int_equal(find(f, 10, "worker")->pages.misses, 3);
}

static void readahead_has_shares_and_ages(void **state)
{
	struct fixture *f = *state;
	const struct cache_machine *m;

	put_ahead(f, 500, 300, 100, 20); /* before the first tick: of no window */
	begin(f);
	put_ahead(f, 1500, 1050, 350, 20);
	tick_and_publish(f, T0 + SEC);
	m = &all(f)->machine;
	assert_int_equal(m->ahead_added, 1000);
	assert_int_equal(m->ahead_used, 750);
	assert_int_equal(m->ahead_dropped, 250);
	assert_int_equal(m->ahead_used_pct, 75000);
	assert_int_equal(hist_count(&f->snap.fs_caches->ages), 750);
	assert_in_range(m->age_p50_ns, hist_low_ns(20), hist_high_ns(20));
	put_ahead(f, 1500, 1050, 350, 20);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(all(f)->machine.ahead_used, 0);
	assert_int_equal(all(f)->machine.age_p50_ns, FIG_UNKNOWN);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(all(f)->machine.ahead_used, 750);
}

static void counts_are_as_of_the_last_tick(void **state)
{
	struct fixture *f = *state;
	const struct cache_machine *m;

	begin(f);
	assert_int_equal(f->snap.fs_caches->stat_status.state, FIG_NA);
	assert_int_equal(all(f)->machine.inodes, FIG_UNKNOWN);
	put_stat(f, 1000);
	tick_and_publish(f, T0 + SEC);
	m = &all(f)->machine;
	assert_int_equal(m->inodes, 1000);
	assert_int_equal(m->dentries, 2000);
	assert_int_equal(m->dentries_negative, FIG_UNKNOWN);
	assert_int_equal(m->files_max, INT64_MAX);
	assert_int_equal(m->written_bytes, FIG_UNKNOWN); /* nobody looked when the interval began */
	put_stat(f, 1010);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(all(f)->machine.written_bytes, 10 * 4096);
	assert_int_equal(all(f)->machine.dirtied_bytes, 0);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(all(f)->machine.inodes, FIG_UNKNOWN);
	put_stat(f, 1020);
	tick_and_publish(f, T0 + 4 * SEC);
	assert_int_equal(all(f)->machine.written_bytes, FIG_UNKNOWN);
	publish_as(f, WINDOW_START);
	assert_int_equal(all(f)->machine.written_bytes, 20 * 4096);
}

static void what_the_kernel_does_not_tell_has_a_reason(void **state)
{
	struct fixture *f = *state;
	const struct fs_caches_snap *c;

	put_probe(f, 1, "page-read", PROBE_ABSENT, "the kernel has no tracepoint mm_filemap_get_pages");
	put_probe(f, 2, "lookup-fast", PROBE_ABSENT, "the kernel takes no programs on its functions");
	begin(f);
	put_pages(f, (struct pages){10, REC_UNKNOWN, 10, 10, 0});
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.fs_caches->fault_add_status.state, FIG_EXACT);
	put_blind_pages(f, 10);
	c = f->snap.fs_caches;
	assert_int_equal(c->fault_add_status.state, FIG_NA);
	assert_int_equal(c->access_status.state, FIG_NA);
	assert_string_equal(c->access_status.reason, "the kernel has no tracepoint mm_filemap_get_pages");
	assert_int_equal(c->miss_status.state, FIG_EXACT);
	assert_int_equal(c->ahead_status.state, FIG_NA);
	assert_int_equal(c->lookup_status.state, FIG_NA);
	assert_int_equal(all(f)->machine.ahead_added, FIG_UNKNOWN);
	assert_int_equal(all(f)->machine.lookups, FIG_UNKNOWN);
	assert_int_equal(find(f, 10, "worker")->pages.misses, 10);
}

static void without_bpf_nobody_counts_pages(void **state)
{
	struct fixture *f = *state;

	put_host(f, 0);
	begin(f);
	put_stat(f, 1);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.fs_caches->miss_status.state, FIG_NA);
	assert_int_equal(f->snap.fs_caches->stat_status.state, FIG_EXACT);
	assert_int_equal(all(f)->machine.inodes, 1000);
}

static void a_world_that_is_cleared_is_as_new(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_pages(f, (struct pages){10, 100, 10, 10, 0});
	put_ahead(f, 10, 5, 1, 3);
	put_stat(f, 3);
	tick_and_publish(f, T0 + SEC);
	world_clear(f->w);
	f->last_ns = 0;
	put_host(f, HOST_F_BPF);
	begin(f);
	assert_int_equal(f->snap.fs_caches->rows_nr, 1);
	assert_int_equal(all(f)->pages.accesses, 0);
	assert_int_equal(all(f)->machine.inodes, FIG_UNKNOWN);
	put_ahead(f, 20, 10, 1, 3);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(all(f)->machine.ahead_used, 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_has_what_its_process_grew_by),
		TEST(hits_are_never_below_zero),
		TEST(what_has_ended_is_summed_by_command),
		TEST(a_process_is_found_by_its_row),
		TEST(who_asks_again_begins_anew),
		TEST(a_counter_that_steps_back_begins_anew),
		TEST(readahead_has_shares_and_ages),
		TEST(counts_are_as_of_the_last_tick),
		TEST(what_the_kernel_does_not_tell_has_a_reason),
		TEST(without_bpf_nobody_counts_pages),
		TEST(a_world_that_is_cleared_is_as_new),
	};

	return cmocka_run_group_tests_name("fs_caches", tests, NULL, NULL);
}
