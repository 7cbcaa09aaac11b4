/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control groups as /proc and their own files tell them, in a tree of files made for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>

#include "cgbook.h"
#include "cgroups.h"
#include "fixture.h"
#include "record.h"

#define HYBRID                                                                                     \
	"32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"                     \
	"35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:7 - cgroup cgroup rw,memory\n"      \
	"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n"

static struct text text_of(const char *s)
{
	return (struct text){s, s + strlen(s)};
}

static void mounts_are_found_by_their_type(void **state)
{
	struct cgroup_mounts m;

	cgroups_parse_mounts(text_of(HYBRID), &m);
	assert_string_equal(m.v2.dir, "/sys/fs/cgroup/unified");
	assert_string_equal(m.v2.top, "/");
	assert_string_equal(m.memory.dir, "/sys/fs/cgroup/memory");
	cgroups_parse_mounts(
		text_of("26 23 0:22 /a /sys/fs/cgroup rw shared:4 master:2 - cgroup2 cgroup2 rw\n"
			"27 23 0:22 / /mnt/again rw - cgroup2 none rw\n"),
		&m);
	assert_string_equal(m.v2.dir, "/sys/fs/cgroup");
	assert_string_equal(m.v2.top, "/a");
	assert_string_equal(m.memory.dir, "");
	cgroups_parse_mounts(text_of("nonsense\n\n- - -\n1 2 3"), &m);
	assert_string_equal(m.v2.dir, "");
}

static void paths_are_told_by_hierarchy(void **state)
{
	static const struct {
		const char *text, *v2, *memory;
	} cases[] = {
		{"0::/user.slice\n", "/user.slice", ""},
		{"9:name=systemd:/x\n4:cpu,memory:/a:b\n0::/\n", "/", "/a:b"},
		{"4:memory:/only\n", "", "/only"},
		{"4:memoryx:/no\n", "", ""},
		{"", "", ""},
		{"0:", "", ""},
	};
	struct cgroup_paths p;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cgroups_parse_paths(text_of(cases[i].text), &p);
		assert_string_equal(p.v2, cases[i].v2);
		assert_string_equal(p.memory, cases[i].memory);
	}
}

static void limits_and_throttling_are_read_or_unknown(void **state)
{
	struct cgstat_rec r;

	memset(&r, 0xff, sizeof(r));
	cgroups_parse_cpu_stat(text_of("usage_usec 5\nnr_periods 12\nnr_throttled "
				       "3\nthrottled_usec 4500\nnr_bursts 1"),
			       &r);
	cgroups_parse_cpu_max(text_of("50000 100000\n"), &r);
	assert_int_equal(r.periods, 12);
	assert_int_equal(r.throttled, 3);
	assert_int_equal(r.throttled_us, 4500);
	assert_int_equal(r.quota_us, 50000);
	assert_int_equal(r.period_us, 100000);
	memset(&r, 0xff, sizeof(r));
	cgroups_parse_cpu_stat(
		text_of("usage_usec 5\nnr_periods -1\nnr_throttled 99999999999999999999\n"), &r);
	cgroups_parse_cpu_max(text_of("max 100000\n"), &r);
	assert_true(r.periods == REC_UNKNOWN && r.throttled == REC_UNKNOWN &&
		    r.throttled_us == REC_UNKNOWN);
	assert_true(r.quota_us == REC_UNKNOWN);
	assert_int_equal(r.period_us, 100000);
}

static uint64_t inode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(fixture_path(path), &st), 0);
	return st.st_ino;
}

static int open_dir(const char *path)
{
	int fd = open(fixture_path(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* Asks process 42 for group `id`; returns the version, 0 for no answer. */
static int ask(uint64_t id, struct cgroup_rec *ret)
{
	int proc = open_dir("/proc"), dir = open_dir("/proc/42");
	struct cgroup_mounts mounts;
	bool told;

	cgroups_mounts(proc, &mounts);
	told = cgroups_read_path(fixture_root, dir, &mounts, id, ret);
	close(proc);
	close(dir);
	if (!told)
		return 0;
	assert_int_equal(record_check(&ret->h, ret->h.size), 0);
	return ret->version;
}

/* The directory's number tells which of a process's groups is the one that the kernel named. */
static void the_group_is_the_one_with_that_number(void **state)
{
	struct cgroup_rec r;

	fixture_text("/proc/self/mountinfo", HYBRID);
	fixture_text("/proc/42/cgroup", "4:memory:/mem\n0::/uni\n");
	fixture_text("/sys/fs/cgroup/memory/mem/x", "");
	fixture_text("/sys/fs/cgroup/unified/uni/x", "");
	assert_int_equal(ask(inode_of("/sys/fs/cgroup/unified/uni"), &r), 2);
	assert_int_equal(r.len, 4);
	assert_memory_equal(r.path, "/uni", 4);
	assert_int_equal(ask(inode_of("/sys/fs/cgroup/memory/mem"), &r), 1);
	assert_memory_equal(r.path, "/mem", 4);
	assert_int_equal(ask(1, &r), 0); /* it has moved on */
	fixture_drop("/sys");
	assert_int_equal(ask(1, &r), 2); /* nothing is mounted: as the rule says */
	fixture_text("/proc/42/cgroup", "4:memory:/mem\n0::/\n");
	assert_int_equal(ask(1, &r), 1);
	fixture_text("/proc/42/cgroup", "0::/\n");
	assert_int_equal(ask(1, &r), 2);
	assert_int_equal(r.len, 1);
}

static void known_groups_are_read_and_gone_ones_forgotten(void **state)
{
	static struct cgbook book;
	struct cgroup_rec r = { .id = 5, .version = 2, .len = 4, .path = "/uni" };
	struct cgroup_rec v1 = { .id = 6, .version = 1, .len = 4, .path = "/uni" };
	struct cgstat_rec stat;
	int proc;

	fixture_text("/proc/self/mountinfo", HYBRID);
	fixture_text("/sys/fs/cgroup/unified/uni/cpu.pressure",
		     "some avg10=0.00 avg60=0.00 avg300=0.00 total=123\nfull avg10=0.00 avg60=0.00 "
		     "avg300=0.00 total=45\n");
	fixture_text("/sys/fs/cgroup/unified/uni/cpu.max", "max 100000\n");
	proc = open_dir("/proc");
	cgbook_init(&book);
	cgbook_know(&book, &r);
	cgbook_know(&book, &r);
	cgbook_know(&book, &v1);
	assert_true(cgbook_claim(&book));
	assert_false(cgbook_claim(&book));
	cgbook_read(&book, fixture_root, proc);
	assert_true(cgbook_take(&book, &stat));
	assert_int_equal(record_check(&stat.h, stat.h.size), 0);
	assert_int_equal(stat.id, 5);
	assert_int_equal(stat.some_us[PSI_CPU], 123);
	assert_int_equal(stat.full_us[PSI_CPU], 45);
	assert_true(stat.some_us[PSI_IO] == REC_UNKNOWN);
	assert_true(stat.quota_us == REC_UNKNOWN);
	assert_false(cgbook_take(&book, &stat));
	fixture_drop("/sys");
	assert_true(cgbook_claim(&book));
	cgbook_read(&book, fixture_root, proc);
	assert_false(cgbook_take(&book, &stat));
	fixture_text("/sys/fs/cgroup/unified/uni/x", "");
	cgbook_read(&book, fixture_root, proc);
	assert_false(cgbook_take(&book, &stat)); /* forgotten */
	cgbook_fini(&book);
	close(proc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts_are_found_by_their_type),
		cmocka_unit_test(paths_are_told_by_hierarchy),
		cmocka_unit_test(limits_and_throttling_are_read_or_unknown),
		cmocka_unit_test(the_group_is_the_one_with_that_number),
		cmocka_unit_test(known_groups_are_read_and_gone_ones_forgotten),
	};

	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
