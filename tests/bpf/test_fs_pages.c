// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page cache of known loads: each child reads or writes a file of its own in one way, and counts the pages that
 * its calls touch.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "core_user.h"
#include "loads.h"
#include "probe.h"
#include "record.h"
#include "state.h"

#define PAGE	   4096u
#define FILE_PAGES 1281u
#define FILE_BYTES ((FILE_PAGES - 1) * PAGE + 123u) /* the last page is not full */
#define BIG	   (1u << 20)
#define WAIT_TICKS 50
#define OTHERS	   64 /* pages that other processes of the machine may read ahead meanwhile */

/* What the records said last. */
static struct {
	struct source *source;
	struct fs_pages_rec of[64]; /* by process */
	struct fs_readahead_rec ahead;
	unsigned nr, bad_nr;
	bool reads; /* this kernel tells them */
} t;

/* What a child has done, by its own count. */
struct done {
	uint64_t touched;
};

static struct done *done;
static char path[] = "/var/tmp/probetop-pages-XXXXXX", path2[sizeof(path) + 2];
static char *buf;

static void keep(void *ctx, const struct ev_hdr *ev)
{
	const struct fs_pages_rec *r = (const void *)ev;
	unsigned i = 0;

	(void)ctx;
	t.bad_nr += record_check(ev, ev->size) != 0;
	if (ev->pane == PANE_FS && ev->kind == FS_READAHEAD)
		memcpy(&t.ahead, ev, sizeof(t.ahead));
	if (ev->pane != PANE_FS || ev->kind != FS_PAGES)
		return;
	while (i < t.nr && t.of[i].tgid != r->tgid)
		i++;
	assert_true(i < sizeof(t.of) / sizeof(t.of[0]));
	t.nr += i == t.nr;
	t.of[i] = *r;
}

static void tick(void)
{
	assert_true(t.source->ops->drain(t.source, 1 << 20, keep, NULL) >= 0);
	assert_int_equal(t.source->ops->tick(t.source, 0, keep, NULL), 0);
}

static int open_all(void **state)
{
	struct probe_opts opts = {.modules = 1u << PANE_FS};
	struct err e = {""};
	int fd = mkstemp(path);

	(void)state;
	done = share(sizeof(*done));
	buf = malloc(FILE_BYTES);
	for (unsigned i = 0; i < FILE_BYTES; i++)
		buf[i] = (char)rand();
	if (fd < 0 || write(fd, buf, FILE_BYTES) != (ssize_t)FILE_BYTES || close(fd))
		return -1;
	snprintf(path2, sizeof(path2), "%s-2", path);
	if (probe_open(&opts, &t.source, &e)) {
		print_message("# %s\n", e.text);
		return -1;
	}
	t.source->ops->tick(t.source, 0, NULL, NULL);
	assert_true(probe_start(t.source) > 0);
	probe_demand(t.source, DEMAND_PAGES | DEMAND_CACHES);
	t.reads = probe_is_on(t.source, PROBE_PAGE_READ);
	tick();
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	unlink(path);
	unlink(path2);
	t.source->ops->free(t.source);
	assert_int_equal(t.bad_nr, 0);
	return 0;
}

/* In a child: a failed assertion would go on with the tests there. */
static void must(bool ok)
{
	if (!ok)
		_exit(2);
}

/* Counts a call that touches these bytes of the file. */
static void touch(uint64_t at, uint64_t bytes)
{
	if (at >= FILE_BYTES || !bytes)
		return;
	if (at + bytes > FILE_BYTES)
		bytes = FILE_BYTES - at;
	done->touched += (at + bytes - 1) / PAGE - at / PAGE + 1;
}

static void evict(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);

	must(fd >= 0 && !fsync(fd) && !posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	close(fd);
}

static int open_file(int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	must(fd >= 0);
	return fd;
}

static void read_by(int fd, size_t bytes)
{
	ssize_t n;
	uint64_t at = 0;

	for (; (n = read(fd, buf, bytes)) > 0; at += (uint64_t)n)
		touch(at, (uint64_t)n);
	must(!n && at == FILE_BYTES);
}

static void by_read(void)
{
	read_by(open_file(O_RDONLY), 1 << 16);
}

static void by_small_reads(void)
{
	read_by(open_file(O_RDONLY), 1000);
}

static void by_one_read(void)
{
	read_by(open_file(O_RDONLY), FILE_BYTES);
}

/* The same pages in different calls count each time. */
static void by_preads(void)
{
	int fd = open_file(O_RDONLY);

	for (unsigned i = 0, at = 0; i < 2000; i++, at = (at * 5 + 3) % FILE_PAGES) {
		ssize_t n = pread(fd, buf, 3 * PAGE, (off_t)at * PAGE + 7);

		must(n > 0 || at == FILE_PAGES - 1);
		touch((uint64_t)at * PAGE + 7, n > 0 ? (uint64_t)n : 0);
	}
	for (unsigned i = 0; i < 100; i++) {
		must(pread(fd, buf, 1, 5) == 1);
		touch(5, 1);
	}
}

static void by_readv(void)
{
	struct iovec v[3] = {{buf, 5000}, {buf + 5000, 3}, {buf + 5003, 70000}};
	int fd = open_file(O_RDONLY);
	uint64_t at = 0;
	ssize_t n;

	for (; (n = readv(fd, v, 3)) > 0; at += (uint64_t)n)
		touch(at, (uint64_t)n);
	must(!n && at == FILE_BYTES);
}

static void by_sendfile(void)
{
	int fd = open_file(O_RDONLY), to = open(path2, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	uint64_t at = 0;
	ssize_t n;

	must(to >= 0);
	for (; (n = sendfile(to, fd, NULL, 16 * PAGE)) > 0; at += (uint64_t)n)
		touch(at, (uint64_t)n);
	must(!n && at == FILE_BYTES);
}

static void by_splice(void)
{
	int fd = open_file(O_RDONLY), to[2], null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	uint64_t at = 0;
	ssize_t n;

	must(!pipe2(to, O_CLOEXEC) && null >= 0);
	for (; (n = splice(fd, NULL, to[1], NULL, 4 * PAGE, 0)) > 0; at += (uint64_t)n) {
		touch(at, (uint64_t)n);
		must(splice(to[0], NULL, null, NULL, (size_t)n, 0) == n);
	}
	must(!n && at == FILE_BYTES);
}

static void by_copy(void)
{
	int fd = open_file(O_RDONLY), to = open(path2, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	uint64_t at = 0;
	ssize_t n;

	must(to >= 0);
	for (; (n = copy_file_range(fd, NULL, to, NULL, 16 * PAGE, 0)) > 0; at += (uint64_t)n)
		touch(at, (uint64_t)n);
	must(!n && at == FILE_BYTES);
}

static void by_map(void)
{
	volatile const char *p = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, open_file(O_RDONLY), 0);
	char sum = 0;

	must(p != MAP_FAILED);
	for (unsigned i = 0; i < FILE_BYTES; i += PAGE)
		sum = (char)(sum + p[i]);
}

static void by_direct(void)
{
	void *block = aligned_alloc(PAGE, 16 * PAGE);
	int fd = open_file(O_RDONLY | O_DIRECT);

	must(block != NULL);
	for (unsigned i = 0; i < 20; i++)
		must(pread(fd, block, 16 * PAGE, (off_t)i * 16 * PAGE) == 16 * PAGE);
}

static void by_writes(void)
{
	int fd = open(path2, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0);
	for (unsigned at = 0; at < FILE_BYTES; at += 3 * PAGE) {
		size_t n = FILE_BYTES - at < 3 * PAGE ? FILE_BYTES - at : 3 * PAGE;

		must(write(fd, buf + at, n) == (ssize_t)n);
	}
}

static void by_writes_and_reads(void)
{
	int fd;

	by_writes();
	fd = open(path2, O_RDONLY | O_CLOEXEC);
	must(fd >= 0);
	read_by(fd, 1 << 16);
}

/* Each page has to be read before it is written: that is no miss of a read. */
static void by_small_writes(void)
{
	int fd = open_file(O_RDWR);

	for (unsigned i = 0; i < 100; i++)
		must(pwrite(fd, buf, 10, (off_t)i * 3 * PAGE + 100) == 10);
}

/* What a child does, and what comes of it where this kernel tells. */
static const struct way {
	const char *name;
	void (*work)(void);
	bool cold;	     /* nothing of the file is in the cache */
	uint64_t misses;     /* on a cold file */
	uint64_t dirties;    /* at least */
	bool written;	     /* it adds pages that no read wants */
} ways[] = {
	{"read", by_read, true, FILE_PAGES, 0, false},
	{"read again", by_read, false, 0, 0, false},
	{"small reads", by_small_reads, true, FILE_PAGES, 0, false},
	{"small reads again", by_small_reads, false, 0, 0, false},
	{"one read", by_one_read, true, FILE_PAGES, 0, false},
	{"one read again", by_one_read, false, 0, 0, false},
	{"preads again", by_preads, false, 0, 0, false},
	{"readv", by_readv, true, FILE_PAGES, 0, false},
	{"readv again", by_readv, false, 0, 0, false},
	{"sendfile", by_sendfile, true, FILE_PAGES, FILE_PAGES, true},
	{"sendfile again", by_sendfile, false, 0, FILE_PAGES, true},
	{"splice", by_splice, true, FILE_PAGES, 0, false},
	{"splice again", by_splice, false, 0, 0, false},
	{"copy_file_range", by_copy, true, FILE_PAGES, FILE_PAGES, true},
	{"map", by_map, true, 0, 0, true},
	{"O_DIRECT", by_direct, true, 0, 0, false},
	{"write", by_writes, false, 0, FILE_PAGES, true},
	{"write, then read", by_writes_and_reads, false, 0, FILE_PAGES, true},
	{"writes of parts", by_small_writes, true, 0, 100, true},
};

static const struct fs_pages_rec *rec_of(pid_t pid)
{
	for (unsigned i = 0; i < t.nr; i++)
		if (t.of[i].tgid == (uint32_t)pid)
			return &t.of[i];
	return NULL;
}

/* Runs one way in a child, until its last word. */
static const struct fs_pages_rec *run(void (*work)(void))
{
	const struct fs_pages_rec *r = NULL;
	pid_t pid = fork_load();
	int status;

	if (!pid) {
		work();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	for (int i = 0; i < WAIT_TICKS && !(r && r->flags & FS_F_GONE); i++) {
		tick();
		r = rec_of(pid);
	}
	return r;
}

static void check_way(const struct way *w)
{
	const struct fs_pages_rec *r;

	t.nr = 0;
	memset(done, 0, sizeof(*done));
	if (w->cold)
		evict(path);
	r = run(w->work);
	if (w->work == by_direct) {
		assert_null(r); /* it passes the cache by */
		return;
	}
	assert_non_null(r);
	print_message("# %-18s touched %5lu accesses %5ld misses %5llu adds %5llu dirties %5llu faults %4ld fault adds %4ld\n",
		      w->name, done->touched, (long)r->accesses, r->misses, r->adds, r->dirties, (long)r->faults,
		      (long)r->fault_adds);
	if (t.reads)
		assert_int_equal(r->accesses, done->touched);
	else
		assert_true(r->accesses == REC_UNKNOWN);
	assert_int_equal(r->misses, w->misses);
	assert_true(r->dirties >= w->dirties);
	assert_true(r->adds >= w->misses);
	if (!w->written)
		assert_true(r->adds - r->fault_adds <= w->misses + 16); /* of metadata */
}

static void pages_are_those_that_the_load_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		check_way(&ways[i]);
}

static void a_mapped_file_is_faulted_in(void **state)
{
	const struct fs_pages_rec *r;

	(void)state;
	if (!probe_is_on(t.source, PROBE_PAGE_FAULT))
		skip();
	evict(path);
	r = run(by_map);
	assert_non_null(r);
	assert_in_range(r->fault_adds, FILE_PAGES, FILE_PAGES + 64);
	assert_true(r->faults >= 1);
}

static void read_ends(void)
{
	int fd = open_file(O_RDONLY);

	for (unsigned i = 0; i < FILE_PAGES; i++)
		must(pread(fd, buf, PAGE, (off_t)i * PAGE) > 0);
}

static void read_half(void)
{
	int fd = open_file(O_RDONLY);

	for (unsigned i = 0; i < FILE_PAGES / 2; i++)
		must(pread(fd, buf, PAGE, (off_t)i * PAGE) > 0);
}

/* A file read page by page from its beginning: all but the pages that had to be waited for came before. */
static void readahead_is_used_or_dropped(void **state)
{
	struct fs_readahead_rec before;
	uint64_t added, used, dropped, slots = 0;

	(void)state;
	if (!t.reads)
		skip();
	evict(path);
	tick();
	before = t.ahead;
	assert_non_null(run(read_ends));
	added = t.ahead.added - before.added;
	used = t.ahead.used - before.used;
	for (int i = 0; i < HIST_SLOTS; i++)
		slots += t.ahead.slots[i] - before.slots[i];
	print_message("# all read: added %lu used %lu dropped %llu\n", added, used, t.ahead.dropped - before.dropped);
	assert_in_range(added, FILE_PAGES * 9 / 10, FILE_PAGES + OTHERS);
	assert_in_range(used, FILE_PAGES * 9 / 10, FILE_PAGES + OTHERS);
	assert_int_equal(slots, used);
	evict(path);
	tick();
	before = t.ahead;
	assert_non_null(run(read_half));
	evict(path);
	tick();
	added = t.ahead.added - before.added;
	used = t.ahead.used - before.used;
	dropped = t.ahead.dropped - before.dropped;
	print_message("# half read: added %lu used %lu dropped %lu\n", added, used, dropped);
	assert_in_range(used, FILE_PAGES / 2 - 1, FILE_PAGES / 2 + OTHERS);
	assert_true(dropped > 0);
	assert_in_range(added + OTHERS, used + dropped, used + dropped + 2 * OTHERS);
	assert_int_equal(t.ahead.lost, 0);
}

static void nothing_is_told_that_nobody_asks_for(void **state)
{
	(void)state;
	probe_demand(t.source, 0);
	tick();
	t.nr = 0;
	evict(path);
	assert_null(run(by_read));
	assert_false(probe_is_on(t.source, PROBE_PAGE_ADD));
	probe_demand(t.source, DEMAND_PAGES);
	tick();
	evict(path);
	assert_non_null(run(by_read));
	assert_false(probe_is_on(t.source, PROBE_PAGE_DELETE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_those_that_the_load_counts),
		cmocka_unit_test(a_mapped_file_is_faulted_in),
		cmocka_unit_test(readahead_is_used_or_dropped),
		cmocka_unit_test(nothing_is_told_that_nobody_asks_for),
	};

	return cmocka_run_group_tests_name("fs_pages", tests, open_all, close_all);
}
