// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Block I/O of a known load on a loop device of its own, against what the load counted and against
 * the device's line of /proc/diskstats.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "core_user.h"
#include "loads.h"
#include "loop.h"
#include "probe.h"
#include "record.h"
#include "state.h"

#define LOOP_BYTES (32u << 20)
#define BLOCK	   4096u
#define LIST_MAX   4096

/* What the records of a test's device said last. */
static struct {
	struct source *source;
	struct loop loop;
	struct disk_set_rec sets[DISK_SET_ALL + 1]; /* by set */
	struct disk_proc_rec procs[64];
	struct disk_io_rec ios[LIST_MAX];
	struct disk_dev_rec dev;
	unsigned procs_nr, ios_nr, gone_nr, bad_nr, others_nr;
	struct diskstats before, after; /* of the last run */
	uint64_t unmatched;
	bool track;
} t;

static void keep_proc(const struct disk_proc_rec *r)
{
	unsigned i = 0;

	while (i < t.procs_nr && (t.procs[i].tgid != r->tgid || t.procs[i].op != r->op))
		i++;
	if (i == t.procs_nr)
		t.procs_nr++;
	assert_true(t.procs_nr < 64);
	t.procs[i] = *r;
	t.gone_nr += r->flags & DISK_PROC_F_GONE;
}

static void keep(void *ctx, const struct ev_hdr *ev)
{
	const struct disk_set_rec *set = (const void *)ev;
	const struct disk_proc_rec *proc = (const void *)ev;
	const struct disk_dev_rec *dev = (const void *)ev;
	const struct disk_io_rec *io = (const void *)ev;

	(void)ctx;
	t.bad_nr += record_check(ev, ev->size) != 0;
	if (ev->pane != PANE_DISK)
		return;
	if (ev->kind == DISK_SET && set->dev == t.loop.dev)
		t.sets[set->set] = *set;
	else if (ev->kind == DISK_PROC && proc->dev == t.loop.dev)
		keep_proc(proc);
	else if (ev->kind == DISK_DEV && dev->dev == t.loop.dev)
		t.dev = *dev;
	else if (ev->kind == DISK_IO && io->dev == t.loop.dev && t.ios_nr < LIST_MAX)
		t.ios[t.ios_nr++] = *io;
	else if (ev->kind != DISK_FLIGHT)
		t.others_nr++;
}

static void tick(void)
{
	assert_true(t.source->ops->drain(t.source, 1 << 20, keep, NULL) >= 0);
	assert_int_equal(t.source->ops->tick(t.source, 0, keep, NULL), 0);
}

static int open_with(bool track)
{
	struct probe_opts opts = {.modules = 1u << PANE_DISK, .track = track};
	struct err e = {""};

	memset(&t, 0, sizeof(t));
	t.track = track;
	if (loop_open(&t.loop, LOOP_BYTES)) {
		print_message("# no loop device\n");
		return -1;
	}
	if (probe_open(&opts, &t.source, &e)) {
		print_message("# %s\n", e.text);
		return -1;
	}
	t.source->ops->tick(t.source, 0, NULL, NULL);
	assert_true(probe_start(t.source) > 0);
	return 0;
}

static int open_all(void **state)
{
	(void)state;
	return open_with(false);
}

static int open_tracked(void **state)
{
	(void)state;
	return open_with(true);
}

static int close_all(void **state)
{
	(void)state;
	t.source->ops->free(t.source);
	loop_close(&t.loop);
	assert_int_equal(t.bad_nr, 0);
	return 0;
}

static void sum_unmatched(void *ctx, const struct ev_hdr *ev)
{
	(void)ctx;
	if (ev->pane == PANE_CORE && ev->kind == CORE_LOSS)
		t.unmatched += ((const struct loss_rec *)ev)->unmatched;
}

/*
 * A sandboxed kernel may run no program, and take no sample of perf's, on top of a task that it hides:
 * then a request was not seen to end. It is still there, or its tag was used again.
 */
static bool is_disturbed(void)
{
	t.unmatched = 0;
	probe_report(t.source, now_ns(), sum_unmatched, NULL);
	if (t.unmatched || t.dev.inflight)
		print_message("# a completion was not seen: once more\n");
	return t.unmatched || t.dev.inflight;
}

/* What a child does on the device: so many of each, one after the other. */
struct plan {
	unsigned reads, writes, sequential, discards, flushes, durable, failing;
};

/* In a child: a failed assertion would go on with the tests there. */
static void must(bool ok)
{
	if (!ok)
		_exit(2);
}

static void work(const struct plan *p)
{
	char *block = aligned_alloc(BLOCK, 16 * BLOCK);
	int durable = open(t.loop.device, O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC);
	uint64_t range[2] = {0, 64 * BLOCK};
	uint32_t at = 1;

	must(block && durable >= 0);
	memset(block, 1, 16 * BLOCK);
	/* Never the block behind the last one: that would be sequential. */
	for (unsigned i = 0; i < p->reads; i++, at = (at * 5 + 3) % (LOOP_BYTES / BLOCK))
		must(pread(t.loop.fd, block, BLOCK, (off_t)at * BLOCK) == BLOCK);
	for (unsigned i = 0; i < p->writes; i++, at = (at * 5 + 3) % (LOOP_BYTES / BLOCK))
		must(pwrite(t.loop.fd, block, 2 * BLOCK, (off_t)(at & ~1u) * BLOCK) == 2 * BLOCK);
	for (unsigned i = 0; i < p->sequential; i++)
		must(pread(t.loop.fd, block, 16 * BLOCK, (off_t)i * 16 * BLOCK) == 16 * BLOCK);
	for (unsigned i = 0; i < p->discards; i++, range[0] += 2 * range[1])
		must(!ioctl(t.loop.fd, BLKDISCARD, range));
	for (unsigned i = 0; i < p->flushes; i++)
		must(!fsync(t.loop.fd));
	for (unsigned i = 0; i < p->durable; i++)
		must(pwrite(durable, block, BLOCK, (off_t)i * 2 * BLOCK) == BLOCK);
	for (unsigned i = 0; i < p->failing; i++)
		must(pread(t.loop.fd, block, BLOCK, LOOP_BYTES - BLOCK * (off_t)(i + 1)) < 0 && errno == EIO);
	close(durable);
	free(block);
}

enum { PLAIN = 0, TRACKED = 1, TRACED = 2 };

/* Runs a plan in a child that waits until it is known. */
static pid_t run(const struct plan *p, int how)
{
	int go[2], status;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(go), 0);
	assert_int_equal(loop_stats(&t.loop, &t.before), 0);
	pid = fork_load();
	if (!pid) {
		must(read(go[0], &byte, 1) == 1);
		work(p);
		_exit(0);
	}
	if (how & TRACKED)
		assert_int_equal(probe_track(t.source, pid), 0);
	if (how & TRACED)
		probe_trace(t.source, (uint32_t)pid, 0);
	assert_int_equal(write(go[1], &byte, 1), 1);
	close(go[0]);
	close(go[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(loop_stats(&t.loop, &t.after), 0);
	tick();
	return pid;
}

static pid_t run_undisturbed(const struct plan *p, int how)
{
	pid_t pid = run(p, how);

	for (int i = 0; i < 5 && is_disturbed(); i++) {
		bool track = t.track;

		close_all(NULL);
		assert_int_equal(open_with(track), 0);
		pid = run(p, how);
	}
	return pid;
}

static uint64_t set_sum(unsigned op, size_t field)
{
	uint64_t sum = 0;

	for (unsigned set = 0; set <= DISK_SET_ALL; set++)
		if ((set & DISK_SET_OP) == op)
			sum += *(const uint64_t *)((const char *)&t.sets[set] + field);
	return sum;
}

#define SETS(op, field) set_sum(op, offsetof(struct disk_set_rec, field))

static const struct disk_proc_rec *proc_of(pid_t pid, unsigned op)
{
	static const struct disk_proc_rec none;

	for (unsigned i = 0; i < t.procs_nr; i++)
		if (t.procs[i].tgid == (uint32_t)pid && t.procs[i].op == op)
			return &t.procs[i];
	return &none;
}

static uint64_t slots_sum(const uint32_t *slots, unsigned nr)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < nr; i++)
		sum += slots[i];
	return sum;
}

/* The one rule for all plans: the device as /proc/diskstats has it, the process as it did itself. */
static void counts_are_those_of_diskstats_and_of_the_process(void **state)
{
	static const struct plan plans[] = {
		{.reads = 500},
		{.writes = 300},
		{.reads = 100, .writes = 100, .sequential = 64},
		{.discards = 20},
		{.writes = 30, .flushes = 25},
		{.durable = 40},
		{.reads = 200, .writes = 150, .sequential = 32, .discards = 10, .flushes = 10, .durable = 20},
	};
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		const struct plan *p = &plans[i];

		close_all(NULL);
		assert_int_equal(open_with(false), 0);
		pid = run_undisturbed(p, PLAIN);
		for (unsigned op = 0; op < 4; op++) {
			print_message("# plan %zu op %u: %lu requests, diskstats %lu\n", i, op, SETS(op, count),
				      t.after.ios[op] - t.before.ios[op]);
			assert_int_equal(SETS(op, count), t.after.ios[op] - t.before.ios[op]);
			assert_int_equal(SETS(op, bytes), (t.after.sectors[op] - t.before.sectors[op]) * 512);
		}
		assert_int_equal(proc_of(pid, DISK_READ)->count, p->reads + p->sequential);
		assert_int_equal(proc_of(pid, DISK_READ)->bytes, (p->reads + 16 * p->sequential) * BLOCK);
		assert_int_equal(proc_of(pid, DISK_WRITE)->count, p->writes + p->durable);
		assert_int_equal(proc_of(pid, DISK_WRITE)->bytes, (2 * p->writes + p->durable) * BLOCK);
		assert_int_equal(proc_of(pid, DISK_DISCARD)->count, p->discards);
		/* A durable write is one with FUA, or one and a flush. */
		assert_in_range(proc_of(pid, DISK_FLUSH)->count, p->flushes, p->flushes + p->durable);
	}
}

static void times_of_one_request_after_another_add_up(void **state)
{
	struct plan p = {.reads = 400, .sequential = 100};
	const struct disk_proc_rec *proc;
	const struct disk_set_rec *set;
	uint64_t from, all;
	pid_t pid;

	(void)state;
	from = now_ns();
	pid = run_undisturbed(&p, PLAIN);
	all = now_ns() - from;
	proc = proc_of(pid, DISK_READ);
	set = &t.sets[DISK_READ | DISK_SET_SYNC];
	assert_int_equal(set->count, 500);
	/* One is in flight at any time: busy is the sum of all, and no more than has passed. */
	assert_int_equal(t.dev.busy_ns, set->queue_ns + set->service_ns);
	assert_int_equal(t.dev.depth_ns, t.dev.busy_ns);
	assert_true(t.dev.busy_ns > 0 && t.dev.busy_ns < all);
	assert_int_equal(t.dev.max_inflight, 1);
	assert_int_equal(t.dev.inflight, 0);
	assert_int_equal(proc->queue_ns, set->queue_ns);
	assert_int_equal(proc->service_ns, set->service_ns);
	assert_true(proc->max_ns >= set->max_service_ns && proc->max_ns <= t.dev.busy_ns);
	assert_int_equal(slots_sum(proc->slots, HIST_SLOTS), 500);
	assert_int_equal(slots_sum(proc->queue_slots, HIST_SLOTS), 500);
	assert_int_equal(slots_sum(proc->service_slots, HIST_SLOTS), 500);
	assert_int_equal(slots_sum(set->queue_slots, HIST_SLOTS), 500);
	assert_int_equal(slots_sum(set->service_slots, HIST_SLOTS), 500);
	/* 4 KiB and 64 KiB; the first of the row follows a random one. */
	assert_int_equal(set->size_slots[3], 400);
	assert_int_equal(set->size_slots[7], 100);
	print_message("# %llu of 500 sequential\n", set->sequential);
	assert_in_range(set->sequential, 99, 101);
}

static void a_traced_process_has_each_request_once(void **state)
{
	struct plan p = {.reads = 1000};
	uint64_t bytes = 0, ns = 0;
	const struct disk_proc_rec *proc;
	pid_t pid;

	(void)state;
	pid = run_undisturbed(&p, TRACED);
	proc = proc_of(pid, DISK_READ);
	assert_int_equal(t.ios_nr, 1000);
	for (unsigned i = 0; i < t.ios_nr; i++) {
		assert_int_equal(t.ios[i].tgid, pid);
		assert_true(t.ios[i].flags & DISK_IO_F_TRACED);
		assert_int_equal(t.ios[i].error, 0);
		bytes += t.ios[i].bytes;
		ns += t.ios[i].queue_ns + t.ios[i].service_ns;
	}
	assert_int_equal(bytes, 1000 * BLOCK);
	assert_int_equal(ns, proc->queue_ns + proc->service_ns);
}

static void a_failed_request_is_an_error_and_a_record(void **state)
{
	struct plan p = {.failing = 3};
	unsigned failed = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(truncate(t.loop.file, LOOP_BYTES - 8 * BLOCK), 0);
	pid = run(&p, PLAIN);
	for (unsigned i = 0; i < t.ios_nr; i++)
		if (t.ios[i].flags & DISK_IO_F_ERROR) {
			assert_int_equal(t.ios[i].error, EIO);
			assert_int_equal(t.ios[i].tgid, pid);
			failed++;
		}
	assert_int_equal(SETS(DISK_READ, errors), 3);
	assert_int_equal(proc_of(pid, DISK_READ)->errors, 3);
	assert_int_equal(failed, 3);
}

static void a_process_that_is_gone_has_one_last_word(void **state)
{
	struct plan p = {.reads = 50};
	pid_t pid;

	(void)state;
	pid = run_undisturbed(&p, PLAIN);
	assert_int_equal(t.gone_nr, 1);
	assert_int_equal(proc_of(pid, DISK_READ)->count, 50);
	for (int i = 0; i < 3; i++)
		tick();
	assert_int_equal(t.gone_nr, 1);
}

static void with_a_command_only_its_requests_count(void **state)
{
	struct plan p = {.reads = 100, .writes = 50};
	pid_t other, pid;

	(void)state;
	other = run(&p, PLAIN);
	assert_int_equal(t.others_nr + t.procs_nr + t.dev.dev, 0);
	pid = run_undisturbed(&p, TRACKED);
	assert_int_equal(SETS(DISK_READ, count), 100);
	assert_int_equal(SETS(DISK_WRITE, count), 50);
	assert_int_equal(proc_of(other, DISK_READ)->count, 0);
	assert_int_equal(proc_of(pid, DISK_READ)->count, 100);
	assert_int_equal(t.dev.busy_ns, SETS(DISK_READ, queue_ns) + SETS(DISK_READ, service_ns) +
						SETS(DISK_WRITE, queue_ns) + SETS(DISK_WRITE, service_ns));
}

static void nothing_is_read_while_nothing_happens(void **state)
{
	struct plan p = {.reads = 10};
	unsigned nr;

	(void)state;
	run_undisturbed(&p, TRACKED);
	for (int i = 0; i < 4; i++)
		tick();
	t.dev.dev = 0;
	nr = t.others_nr;
	for (int i = 0; i < 3; i++)
		tick();
	assert_int_equal(t.others_nr, nr);
	assert_int_equal(t.dev.dev, 0);
	assert_int_equal(t.source->ops->tick(t.source, TICK_F_KEY, keep, NULL), 0);
	assert_int_equal(t.dev.dev, t.loop.dev); /* a key frame tells all */
}

static void what_was_not_seen_to_end_is_not_in_flight_for_ever(void **state)
{
	struct plan p = {.reads = 400}; /* more than there are tags */

	(void)state;
	run_undisturbed(&p, PLAIN);
	assert_int_equal(probe_switch(t.source, PROBE_IO_COMPLETE, false), 0);
	run(&p, PLAIN);
	assert_int_equal(probe_switch(t.source, PROBE_IO_COMPLETE, true), 0);
	print_message("# %u seem to be in flight\n", t.dev.inflight);
	assert_in_range(t.dev.inflight, 1, 399);
	/* Those whose tags were used again have ended: they count, without a time. */
	assert_int_equal(SETS(DISK_READ, count), 800 - t.dev.inflight);
	assert_int_equal(SETS(DISK_READ, bytes), (800 - t.dev.inflight) * BLOCK);
	assert_int_equal(slots_sum(t.sets[DISK_READ].service_slots, HIST_SLOTS) +
				 slots_sum(t.sets[DISK_READ | DISK_SET_SYNC].service_slots, HIST_SLOTS), 400);
	sleep_ms(1100);
	tick();
	assert_int_equal(t.dev.inflight, 0);
	assert_int_equal(t.dev.oldest_ns, 0);
}

__attribute__((format(printf, 1, 2))) static int shell(const char *format, ...)
{
	char command[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	return system(command);
}

/* A write that stands still, because the filesystem below its device is frozen. */
static pid_t start_stuck(void)
{
	pid_t pid = fork_load();
	char *block;

	if (pid)
		return pid;
	block = aligned_alloc(BLOCK, BLOCK);
	must(block && pwrite(t.loop.fd, memset(block, 1, BLOCK), BLOCK, 0) == BLOCK);
	_exit(0);
}

/* On a device that always has something, so that the kernel never says: nothing is in flight. */
static void ghosts_go_and_what_is_stuck_stays(void **state)
{
	char folder[] = "/var/tmp/probetop-test-XXXXXX";
	const struct plan p = {.reads = 3};
	struct loop below = t.loop;
	uint64_t stuck_ns;
	int status = -1;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(shell("mkfs.ext4 -qF %s && mount %s %s", below.device, below.device, folder), 0);
	assert_int_equal(loop_open_in(&t.loop, folder, 4u << 20), 0);
	assert_int_equal(probe_switch(t.source, PROBE_IO_COMPLETE, false), 0);
	run(&p, PLAIN);
	assert_int_equal(probe_switch(t.source, PROBE_IO_COMPLETE, true), 0);
	assert_in_range(t.dev.inflight, 1, 3);
	stuck_ns = now_ns();
	assert_int_equal(shell("fsfreeze -f %s", folder), 0);
	pid = start_stuck();
	sleep_ms(1100);
	for (int i = 0; i < 3; i++) {
		tick();
		print_message("# %u in flight\n", t.dev.inflight);
		status = t.dev.inflight != 1 || t.dev.oldest_ns < stuck_ns;
		if (status)
			break;
	}
	shell("fsfreeze -u %s", folder);
	assert_int_equal(status, 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	tick();
	assert_int_equal(t.dev.inflight, 0);
	loop_close(&t.loop);
	assert_int_equal(shell("umount %s && rmdir %s", folder, folder), 0);
	t.loop = below;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counts_are_those_of_diskstats_and_of_the_process, open_all, close_all),
		cmocka_unit_test_setup_teardown(times_of_one_request_after_another_add_up, open_all, close_all),
		cmocka_unit_test_setup_teardown(a_traced_process_has_each_request_once, open_all, close_all),
		cmocka_unit_test_setup_teardown(a_failed_request_is_an_error_and_a_record, open_all, close_all),
		cmocka_unit_test_setup_teardown(a_process_that_is_gone_has_one_last_word, open_all, close_all),
		cmocka_unit_test_setup_teardown(what_was_not_seen_to_end_is_not_in_flight_for_ever, open_all, close_all),
		cmocka_unit_test_setup_teardown(ghosts_go_and_what_is_stuck_stays, open_all, close_all),
		cmocka_unit_test_setup_teardown(with_a_command_only_its_requests_count, open_tracked, close_all),
		cmocka_unit_test_setup_teardown(nothing_is_read_while_nothing_happens, open_tracked, close_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
