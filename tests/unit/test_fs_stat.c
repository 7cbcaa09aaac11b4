/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts of the caches of files, from a folder that looks like /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "fs.h"
#include "fs_stat.h"
#include "record.h"

static char root[64];
static struct fs_stat_rec got;
static int told;

static void put_file(const char *path, const char *text)
{
	char full[160], *slash;
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void take(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(record_check(ev, ev->size), 0);
	assert_int_equal(ev->pane, PANE_FS);
	assert_int_equal(ev->kind, FS_STAT);
	assert_int_equal(ev->ts_ns, 77);
	memcpy(&got, ev, sizeof(got));
	told++;
}

static void read_all(void)
{
	struct fs_stat *f;

	assert_int_equal(fs_stat_new(root, &f), 0);
	fs_stat_tick(f, 77, take, NULL);
	fs_stat_free(f);
	assert_int_equal(told, 1);
}

static int setup(void **state)
{
	strcpy(root, "/tmp/test-fs-stat-XXXXXX");
	told = 0;
	return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void all_files_are_read(void **state)
{
	put_file("/proc/sys/fs/inode-nr", "156123\t1290\n");
	put_file("/proc/sys/fs/dentry-state", "389001\t386002\t45\t0\t228003\t0\n");
	put_file("/proc/sys/fs/file-nr", "1044\t0\t9223372036854775807\n");
	put_file("/proc/meminfo", "MemTotal: 1000 kB\nBuffers: 20 kB\nCached: 300 kB\nDirty: 4 kB\nWriteback: 5 kB\n");
	put_file("/proc/vmstat", "nr_dirty 3\nnr_writeback 0\nnr_dirtied 64124442\nnr_written 54494208\npgpgin 12\n");
	read_all();
	assert_int_equal(got.inodes, 156123);
	assert_int_equal(got.inodes_free, 1290);
	assert_int_equal(got.dentries, 389001);
	assert_int_equal(got.dentries_unused, 386002);
	assert_int_equal(got.dentries_negative, 228003);
	assert_int_equal(got.files, 1044);
	assert_int_equal(got.files_max, INT64_MAX);
	assert_int_equal(got.cached_bytes, 300 << 10);
	assert_int_equal(got.buffers_bytes, 20 << 10);
	assert_int_equal(got.dirty_bytes, 4 << 10);
	assert_int_equal(got.writeback_bytes, 5 << 10);
	assert_int_equal(got.dirtied, 64124442);
	assert_int_equal(got.written, 54494208);
}

static void what_is_missing_is_unknown(void **state)
{
	read_all();
	assert_int_equal(got.inodes, REC_UNKNOWN);
	assert_int_equal(got.dentries_negative, REC_UNKNOWN);
	assert_int_equal(got.files, REC_UNKNOWN);
	assert_int_equal(got.cached_bytes, REC_UNKNOWN);
	assert_int_equal(got.dirtied, REC_UNKNOWN);
	assert_int_equal(got.written, REC_UNKNOWN);
}

static void text_that_is_no_number_is_unknown(void **state)
{
	put_file("/proc/sys/fs/inode-nr", "12\n");
	put_file("/proc/sys/fs/dentry-state", "garbage 7 8\n");
	put_file("/proc/sys/fs/file-nr", "");
	put_file("/proc/vmstat", "nr_dirtied\nnr_written x\nnr_dirtied_more 4\n");
	read_all();
	assert_int_equal(got.inodes, 12);
	assert_int_equal(got.inodes_free, REC_UNKNOWN);
	assert_int_equal(got.dentries, REC_UNKNOWN);
	assert_int_equal(got.dentries_unused, REC_UNKNOWN);
	assert_int_equal(got.files, REC_UNKNOWN);
	assert_int_equal(got.dirtied, REC_UNKNOWN);
	assert_int_equal(got.written, REC_UNKNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_files_are_read),
		TEST(what_is_missing_is_unknown),
		TEST(text_that_is_no_number_is_unknown),
	};

	return cmocka_run_group_tests_name("fs_stat", tests, NULL, NULL);
}
