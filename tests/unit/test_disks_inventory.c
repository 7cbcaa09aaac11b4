/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices: lines of /proc/diskstats, properties from /sys, and which of them are told when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "disks.h"
#include "files.h"
#include "fixture.h"
#include "record.h"

static struct text text(const char *s)
{
	return (struct text){s, s + strlen(s)};
}

static void lines(void **state)
{
	static const struct {
		const char *text, *name;
		uint32_t dev;
		uint64_t reads, read_sectors, write_ms, busy_ms, queue_ms, discards, flushes, flush_ms;
		uint32_t inflight;
	} rows[] = {
		/* Linux 5.5 and later, 4.18, before that */
		{" 254       0 vda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "vda", 254 << 20, 1, 3, 8, 10, 11, 12, 16, 17, 9},
		{"   8       1 sda1 1 2 3 4 5 6 7 8 0 10 11 12 13 14 15", "sda1", 8 << 20 | 1, 1, 3, 8, 10, 11, 12, REC_UNKNOWN,
		 REC_UNKNOWN, 0},
		{"   8       2 sda2 1 2 3 4 5 6 7 8 0 10 11", "sda2", 8 << 20 | 2, 1, 3, 8, 10, 11, REC_UNKNOWN, REC_UNKNOWN,
		 REC_UNKNOWN, 0},
		/* more than 8 bits of a minor number; figures of a kernel to come */
		{" 259 70000 nvme9n9p9 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", "nvme9n9p9", 259 << 20 | 70000, 1, 3, 8,
		 10, 11, 12, 16, 17, 9},
		{"7 0 a-name-that-is-longer-than-its-room-of-32 1 2 3 4 5 6 7 8 9 10 11", "a-name-that-is-longer-than-its-", 7 << 20, 1,
		 3, 8, 10, 11, REC_UNKNOWN, REC_UNKNOWN, REC_UNKNOWN, 9},
	};
	char name[DISK_NAME_BYTES];
	struct disk_stat_rec r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(disks_parse(text(rows[i].text), &r, name));
		assert_string_equal(name, rows[i].name);
		assert_int_equal(r.dev, rows[i].dev);
		assert_int_equal(r.inflight, rows[i].inflight);
		assert_true(r.ios[DISK_READ] == rows[i].reads && r.sectors[DISK_READ] == rows[i].read_sectors);
		assert_true(r.ms[DISK_WRITE] == rows[i].write_ms);
		assert_true(r.busy_ms == rows[i].busy_ms && r.queue_ms == rows[i].queue_ms);
		assert_true(r.ios[DISK_DISCARD] == rows[i].discards && r.ios[DISK_FLUSH] == rows[i].flushes);
		assert_true(r.ms[DISK_FLUSH] == rows[i].flush_ms);
	}
}

static void what_is_no_line(void **state)
{
	static const char *const rows[] = {
		"", "8", "8 1", "8 1 sda1", "8 1 sda1 1 2 3 4 5 6 7 8 9 10", "x 1 sda1 1 2 3 4 5 6 7 8 9 10 11",
		"8 1 sda1 1 2 3 4 5 6 7 8 9 10 x", "5000 1 sda1 1 2 3 4 5 6 7 8 9 10 11", "8 2000000 sda1 1 2 3 4 5 6 7 8 9 10 11",
	};
	char name[DISK_NAME_BYTES];
	struct disk_stat_rec r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(disks_parse(text(rows[i]), &r, name));
}

static void schedulers(void **state)
{
	static const struct {
		const char *text, *chosen;
	} rows[] = {
		{"[none] mq-deadline kyber", "none"}, {"none [mq-deadline] kyber", "mq-deadline"}, {"none", "none"}, {"", ""},
		{"[", "["}, {"none [a-name-that-is-too-long]", "a-name-that-is-"},
	};
	char buf[16];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		disk_parse_scheduler(rows[i].text, buf, sizeof(buf));
		assert_string_equal(buf, rows[i].chosen);
	}
}

static void a_file_lies_on_the_device_of_its_mount(void **state)
{
	static const char mounts[] = "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
				     "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
				     "28 27 8:1 / /mnt rw,relatime shared:1 - xfs /dev/sda1 rw\n"
				     "29 28 8:2 / /mnt/with\\040blank rw shared:1 master:2 - xfs /dev/sda2 rw\n"
				     "30 27 8:3 / /over rw - xfs /dev/sda3 rw\n"
				     "31 30 8:4 / /over rw - xfs /dev/sda4 rw\n"
				     "32 27 0:40 / /nfs rw - nfs4 server:/export rw\n"
				     "33 27 0:41 / /btrfs rw - btrfs /dev/no-such-device rw";
	static const struct {
		const char *path;
		uint32_t dev;
	} rows[] = {
		{"/var/img", 254 << 20}, {"/img", 254 << 20}, {"/mnt/img", 8 << 20 | 1}, {"/mntimg", 254 << 20},
		{"/mnt/with blank/img", 8 << 20 | 2}, {"/mnt/with/img", 8 << 20 | 1}, {"/over/img", 8 << 20 | 4},
		{"/nfs/img", 0}, {"/btrfs/img", 0}, {"relative", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(disk_of_path(text(mounts), rows[i].path), rows[i].dev);
	assert_int_equal(disk_of_path(text(""), "/img"), 0);
	assert_int_equal(disk_of_path(text("1 2 3"), "/"), 0);
	assert_int_equal(disk_of_path(text("1 2 3 4 /"), "/"), 0);
}

/* ---- properties ---- */

/* /sys/dev/block/8:0 is a link into /sys/devices, as /sys has it. */
static void make_link(const char *number, const char *to)
{
	char path[256], target[256];

	snprintf(path, sizeof(path), "/sys/dev/block/%s", number);
	snprintf(target, sizeof(target), "../../devices/%s", to);
	fixture_dirs(path);
	unlink(fixture_path(path));
	assert_int_equal(symlink(target, fixture_path(path)), 0);
}

static void make_host(void)
{
	make_link("8:0", "sda");
	fixture_text("/sys/devices/sda/size", "2097152\n");
	fixture_text("/sys/devices/sda/ro", "0\n");
	fixture_text("/sys/devices/sda/removable", "1\n");
	fixture_text("/sys/devices/sda/dev", "8:0\n");
	fixture_text("/sys/devices/sda/mq/0/cpu_list", "0\n");
	fixture_text("/sys/devices/sda/device/model", "Model of a disk \n");
	fixture_text("/sys/devices/sda/queue/rotational", "1\n");
	fixture_text("/sys/devices/sda/queue/write_cache", "write back\n");
	fixture_text("/sys/devices/sda/queue/scheduler", "none [mq-deadline] \n");
	fixture_text("/sys/devices/sda/queue/nr_requests", "256\n");
	fixture_text("/sys/devices/sda/queue/logical_block_size", "512\n");
	fixture_text("/sys/devices/sda/queue/max_sectors_kb", "1280\n");
	make_link("8:2", "sda/sda2");
	fixture_text("/sys/devices/sda/sda2/size", "2048\n");
	fixture_text("/sys/devices/sda/sda2/ro", "1\n");
	fixture_text("/sys/devices/sda/sda2/partition", "2\n");
	make_link("253:0", "dm-0");
	fixture_text("/sys/devices/dm-0/size", "4096\n");
	fixture_text("/sys/devices/dm-0/dm/name", "vg-root\n");
	fixture_text("/sys/devices/dm-0/slaves/sdb/dev", "8:16\n");
	fixture_text("/sys/devices/dm-0/slaves/sda2/dev", "8:2\n");
	fixture_text("/sys/devices/dm-0/queue/rotational", "0\n");
	make_link("7:3", "loop3");
	fixture_text("/sys/devices/loop3/size", "8\n");
	fixture_text("/sys/devices/loop3/mq/0/cpu_list", "0\n");
	fixture_text("/sys/devices/loop3/loop/backing_file", "/var/img (deleted)\n");
	fixture_text("/proc/self/mountinfo", "27 1 8:2 / / rw,relatime - ext4 /dev/sda2 rw\n");
}

static struct disk_info_rec info_of(uint32_t major, uint32_t minor, const char *name)
{
	struct disk_name of = {.dev = disk_dev(major, minor)};
	struct disk_info_rec r;

	strncpy(of.name, name, sizeof(of.name) - 1);
	disk_info_read(fixture_root, &of, &r);
	record_init(&r.h, 1, PANE_DISK, DISK_INFO, sizeof(r));
	assert_int_equal(record_check(&r.h, sizeof(r)), 0);
	return r;
}

static void properties(void **state)
{
	struct disk_info_rec r;

	make_host();
	r = info_of(8, 0, "sda");
	assert_int_equal(r.type, DISK_T_DISK);
	assert_int_equal(r.flags, DISK_INFO_F_ROTATIONAL | DISK_INFO_F_WRITE_CACHE | DISK_INFO_F_REMOVABLE);
	assert_true(r.size_bytes == 1ULL << 30);
	assert_int_equal(r.nr_requests, 256);
	assert_int_equal(r.logical_bytes, 512);
	assert_int_equal(r.max_bytes, 1280 * 1024);
	assert_string_equal(r.scheduler, "mq-deadline");
	assert_string_equal(r.label, "Model of a disk");
	r = info_of(8, 2, "sda2"); /* its queue is its disk's */
	assert_int_equal(r.type, DISK_T_PART);
	assert_int_equal(r.parent, disk_dev(8, 0));
	assert_int_equal(r.flags, DISK_INFO_F_ROTATIONAL | DISK_INFO_F_WRITE_CACHE | DISK_INFO_F_READ_ONLY);
	assert_string_equal(r.scheduler, "mq-deadline");
	r = info_of(253, 0, "dm-0");
	assert_int_equal(r.type, DISK_T_DM);
	assert_int_equal(r.flags, DISK_INFO_F_NO_REQUESTS);
	assert_string_equal(r.label, "vg-root");
	assert_int_equal(r.slaves_nr, 2);
	assert_int_equal(r.slaves[0], disk_dev(8, 2));
	assert_int_equal(r.slaves[1], disk_dev(8, 16));
	assert_int_equal(r.nr_requests, REC_UNKNOWN32);
	r = info_of(7, 3, "loop3");
	assert_int_equal(r.type, DISK_T_LOOP);
	assert_int_equal(r.slaves_nr, 1);
	assert_int_equal(r.slaves[0], disk_dev(8, 2));
	assert_string_equal(r.label, "/var/img (deleted)");
	r = info_of(9, 9, "gone"); /* nothing in /sys */
	assert_true(r.size_bytes == REC_UNKNOWN);
	assert_string_equal(r.name, "gone");
}

/* ---- records ---- */

static struct {
	int stats, infos;
	struct disk_stat_rec stat;
	struct disk_info_rec info;
} got;

static void take(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(record_check(ev, ev->size), 0);
	assert_int_equal(ev->kind, DISK_STAT);
	memcpy(&got.stat, ev, sizeof(got.stat));
	got.stats++;
}

static void tick(struct disks *d, bool all)
{
	memset(&got, 0, sizeof(got));
	disks_tick(d, 5, all, take, NULL);
}

static void only_what_has_changed_is_told_again(void **state)
{
	const struct disk_name *names;
	struct disks *d;

	fixture_text("/proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 2 sda2 1 2 3 4 5 6 7 8 9 10 11\n7 3 cut");
	assert_int_equal(disks_new(fixture_root, &d), 0);
	tick(d, false);
	assert_int_equal(got.stats, 2);
	tick(d, false);
	assert_int_equal(got.stats, 0);
	fixture_text("/proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 2 sda2 1 2 3 4 5 6 7 8 9 10 12\n");
	tick(d, false);
	assert_int_equal(got.stats, 1);
	assert_int_equal(got.stat.dev, disk_dev(8, 2));
	assert_true(got.stat.h.ts_ns == 5);
	tick(d, true);
	assert_int_equal(got.stats, 2);
	assert_int_equal(disks_names(d, &names), 2);
	assert_string_equal(names[1].name, "sda2");
	disks_free(d);
}

static void without_the_file_there_is_nothing(void **state)
{
	const struct disk_name *names;
	struct disks *d;

	fixture_drop("/proc/diskstats");
	assert_int_equal(disks_new(fixture_root, &d), 0);
	tick(d, true);
	assert_int_equal(got.stats, 0);
	assert_int_equal(disks_names(d, &names), 0);
	disks_free(d);
}

/* One turn of the helper, and what it found. */
static int turn(struct disk_book *b, const struct disk_name *names, int nr)
{
	uint32_t cursor = 0;
	int taken = 0;

	if (disk_book_meet(b, names, nr))
		disk_book_read(b, fixture_root);
	while (disk_book_take(b, &cursor, &got.info))
		taken++;
	return taken;
}

static void the_book_tells_what_is_new_changed_and_gone(void **state)
{
	struct disk_name names[] = {{disk_dev(8, 0), "sda"}, {disk_dev(8, 2), "sda2"}};
	struct disk_book b = { 0 };

	make_host();
	assert_int_equal(disk_book_init(&b), 0);
	assert_int_equal(turn(&b, names, 2), 2);
	assert_int_equal(turn(&b, names, 2), 0);
	fixture_text("/sys/devices/sda/queue/scheduler", "[none] mq-deadline\n");
	assert_int_equal(turn(&b, names, 2), 2); /* the partition's too */
	assert_string_equal(got.info.scheduler, "none");
	assert_int_equal(turn(&b, names, 1), 1);
	assert_int_equal(got.info.dev, disk_dev(8, 2));
	assert_true(got.info.flags & DISK_INFO_F_GONE);
	assert_int_equal(turn(&b, names, 1), 0);
	assert_int_equal(turn(&b, names, 2), 1); /* it is back */
	assert_false(got.info.flags & DISK_INFO_F_GONE);
	strcpy(names[1].name, "sda3"); /* another under its number */
	assert_int_equal(turn(&b, names, 2), 1);
	assert_string_equal(got.info.name, "sda3");
	disk_book_fini(&b);
}

static void one_reading_at_a_time(void **state)
{
	const struct disk_name names[] = {{disk_dev(8, 0), "sda"}};
	struct disk_book b = { 0 };

	assert_int_equal(disk_book_init(&b), 0);
	assert_true(disk_book_meet(&b, names, 1));
	assert_false(disk_book_meet(&b, names, 1)); /* it still waits: perhaps it hangs */
	disk_book_unclaim(&b);
	assert_true(disk_book_meet(&b, names, 1));
	disk_book_fini(&b);
}

#define MANY 1000

/* Of many devices each is read in its turn; a tick stays cheap. */
static void a_thousand_devices(void **state)
{
	static struct disk_name names[MANY];
	static char diskstats[MANY * 192];
	struct disk_book b = { 0 };
	const struct disk_name *listed;
	uint64_t start_ns;
	struct disks *d;
	size_t len = 0;
	int turns = 0;

	for (int i = 0; i < MANY; i++) {
		char number[32], name[32], path[128];

		snprintf(name, sizeof(name), "sd%d", i);
		snprintf(number, sizeof(number), "65:%d", i);
		make_link(number, name);
		snprintf(path, sizeof(path), "/sys/devices/%s/size", name);
		fixture_text(path, "8\n");
		len += (size_t)snprintf(diskstats + len, sizeof(diskstats) - len,
					"  65 %7d %s 2321027 76440 80552240 1169021 153707 136905 39095714 215098 0 180820 1410182 136369 "
					"94 33997376 25514 7587 548\n", i, name);
		names[i].dev = disk_dev(65, (uint32_t)i);
		strcpy(names[i].name, name);
	}
	fixture_text("/proc/diskstats", diskstats);
	assert_int_equal(disks_new(fixture_root, &d), 0);
	tick(d, true);
	assert_int_equal(got.stats, MANY);
	start_ns = files_now_ns();
	for (int i = 0; i < 100; i++)
		tick(d, false);
	print_message("# a tick that reads %d devices: %llu us\n", MANY, (unsigned long long)(files_now_ns() - start_ns) / 100000);
	assert_int_equal(disks_names(d, &listed), MANY);
	assert_int_equal(memcmp(listed, names, sizeof(names)), 0);
	assert_int_equal(disk_book_init(&b), 0);
	assert_int_equal(turn(&b, listed, MANY), MANY); /* all that are new */
	fixture_text("/sys/devices/sd700/size", "9\n");
	start_ns = files_now_ns();
	while (!turn(&b, listed, MANY))
		assert_true(++turns < MANY);
	print_message("# a turn of the helper: %llu us\n", (unsigned long long)(files_now_ns() - start_ns) / 1000 / (uint64_t)turns);
	assert_int_equal(got.info.dev, disk_dev(65, 700));
	disk_book_fini(&b);
	disks_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(what_is_no_line),
		cmocka_unit_test(schedulers),
		cmocka_unit_test(a_file_lies_on_the_device_of_its_mount),
		cmocka_unit_test(properties),
		cmocka_unit_test(only_what_has_changed_is_told_again),
		cmocka_unit_test(without_the_file_there_is_nothing),
		cmocka_unit_test(the_book_tells_what_is_new_changed_and_gone),
		cmocka_unit_test(one_reading_at_a_time),
		cmocka_unit_test(a_thousand_devices),
	};

	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
