/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums and histograms of operations on files, by filesystem and by process. */
#include "fs.h"
#include "heat.h"
#include "snap_fs_ops.h"
#include "world_fixture.h"

#define ROOT 0xfe00000
#define SRV  0x700003

static const struct fs_of all = {.dev = FS_ALL};

/* `nr` operations of 100 us, every tenth of which failed. */
static struct fs_op_rec op_rec(uint32_t pid, uint32_t dev, uint16_t op, uint32_t nr)
{
	struct fs_op_rec r = {
		.tgid = pid, .dev = dev, .start_ns = SEC + pid, .op = op,
		.io = {.count = nr, .ns = nr * MS / 10, .errors = nr / 10, .max_ns = MS / 10},
		.enoent = nr / 20,
		.last_errno = nr >= 10 ? 2 : 0,
	};

	snprintf(r.comm, sizeof(r.comm), "p%u", pid);
	if (dev)
		strcpy(r.fstype, dev == ROOT ? "ext4" : "xfs");
	r.io.slots[hist_slot(MS / 10)] = nr;
	record_init(&r.h, T0, PANE_FS, FS_OP, sizeof(r));
	return r;
}

static void put_op(struct fixture *f, uint32_t pid, uint32_t dev, uint16_t op, uint32_t nr)
{
	struct fs_op_rec r = op_rec(pid, dev, op, nr);

	put(f, &r);
}

/* `nr` reads of 4 KiB and 1 ms; half as many writes. */
static void put_file(struct fixture *f, uint32_t pid, uint32_t dev, uint16_t type, uint32_t nr)
{
	struct fs_file_rec r = {
		.tgid = pid, .dev = dev, .start_ns = SEC + pid, .ino = type <= FS_T_BLOCK ? 12 : 0, .type = type,
		.io = {{.count = nr, .bytes = nr * 4096, .ns = nr * MS, .max_ns = MS},
		       {.count = nr / 2, .bytes = nr / 2 * 4096, .ns = nr / 2 * MS, .max_ns = MS}},
	};

	snprintf(r.comm, sizeof(r.comm), "p%u", pid);
	strcpy(r.fstype, type == FS_T_SOCKET ? "sockfs" : dev == ROOT ? "ext4" : "xfs");
	r.io[0].slots[hist_slot(MS)] = nr;
	r.io[1].slots[hist_slot(MS)] = nr / 2;
	record_init(&r.h, T0, PANE_FS, FS_FILE, sizeof(r));
	put(f, &r);
}

static struct fs_ops_sum sum_of(const struct fixture *f, struct fs_of of, unsigned what)
{
	struct fs_ops_sum sum;

	assert_true(snapshot_fs_ops(&f->snap, of, what, &sum));
	return sum;
}

static int64_t count_of(const struct fixture *f, uint32_t dev, unsigned what)
{
	return sum_of(f, (struct fs_of){.dev = dev}, what).count;
}

static void put_probe(struct fixture *f, uint16_t probe, const char *name, uint8_t state, const char *reason)
{
	struct probe_rec r = {.probe = probe, .pane = PANE_FS, .state = state};

	strcpy(r.name, name);
	strcpy(r.reason, reason);
	record_init(&r.h, T0, PANE_CORE, CORE_PROBE, sizeof(r));
	put(f, &r);
}

static void put_demand(struct fixture *f, uint32_t on, uint32_t kinds)
{
	struct demand_rec r = {.on = on, .fs_kinds = kinds};

	record_init(&r.h, T0, PANE_CORE, CORE_DEMAND, sizeof(r));
	put(f, &r);
}

static void put_task(struct fixture *f, uint32_t pid)
{
	struct task_rec r = task(pid, pid, f->last_ns);

	put(f, &r);
}

/* ---- windows ---- */

static void what_was_before_the_first_tick_is_in_no_window(void **state)
{
	struct fixture *f = *state;

	put_op(f, 100, ROOT, FS_OP_FSYNC, 1000);
	tick_and_publish(f, T0);
	assert_int_equal(count_of(f, ROOT, FS_OP_FSYNC), 0);
	put_op(f, 100, ROOT, FS_OP_FSYNC, 1010);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(count_of(f, ROOT, FS_OP_FSYNC), 10);
	publish(f, true);
	assert_int_equal(count_of(f, ROOT, FS_OP_FSYNC), 10);
}

static void windows_count_from_their_moments(void **state)
{
	struct fixture *f = *state;

	tick_and_publish(f, T0);
	put_op(f, 100, ROOT, FS_OP_OPEN, 5);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(count_of(f, ROOT, FS_OP_OPEN), 5);
	world_mark(f->w);
	put_op(f, 100, ROOT, FS_OP_OPEN, 12);
	tick(f, T0 + 2 * SEC);
	put_op(f, 100, ROOT, FS_OP_OPEN, 20);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(count_of(f, ROOT, FS_OP_OPEN), 15); /* two ticks, one publish */
	put_op(f, 100, ROOT, FS_OP_OPEN, 21);
	tick(f, T0 + 4 * SEC);
	world_publish(f->w, WINDOW_MARK, &f->snap);
	assert_int_equal(count_of(f, ROOT, FS_OP_OPEN), 16);
	world_publish(f->w, WINDOW_TOTAL, &f->snap);
	assert_int_equal(count_of(f, ROOT, FS_OP_OPEN), 21);
	put_op(f, 100, ROOT, FS_OP_OPEN, 9000);
	tick_as(f, T0 + 90 * SEC, TICK_F_GAP, REC_UNKNOWN32);
	publish(f, false);
	assert_int_equal(count_of(f, ROOT, FS_OP_OPEN), 0);
}

static void the_longest_and_the_last_error_are_of_the_window(void **state)
{
	struct fixture *f = *state;
	struct fs_op_rec r = op_rec(100, ROOT, FS_OP_UNLINK, 20);

	tick_and_publish(f, T0);
	r.io.max_ns = 900 * MS;
	r.last_errno = 39;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(sum_of(f, all, FS_OP_UNLINK).hist.max_ns, 900 * MS);
	assert_int_equal(sum_of(f, all, FS_OP_UNLINK).last_errno, 39);
	assert_int_equal(sum_of(f, all, FS_OP_UNLINK).errors, 2);
	assert_int_equal(sum_of(f, all, FS_OP_UNLINK).enoent, 1);
	r.io.count++;
	r.io.max_ns = 3 * MS;
	put(f, &r);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(sum_of(f, all, FS_OP_UNLINK).hist.max_ns, 3 * MS);
	assert_int_equal(sum_of(f, all, FS_OP_UNLINK).last_errno, 0);
	publish(f, true);
	assert_int_equal(sum_of(f, all, FS_OP_UNLINK).hist.max_ns, 900 * MS);
	assert_int_equal(sum_of(f, all, FS_OP_UNLINK).last_errno, 39);
}

static void the_last_error_is_the_latest_of_several_filesystems(void **state)
{
	struct fixture *f = *state;
	struct fs_op_rec r = op_rec(100, SRV, FS_OP_OPEN, 10);

	tick_and_publish(f, T0);
	put(f, &r);
	r = op_rec(100, ROOT, FS_OP_OPEN, 10);
	r.last_errno = 13;
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(sum_of(f, all, FS_OP_OPEN).last_errno, 13);
	put_op(f, 100, SRV, FS_OP_OPEN, 30);
	tick(f, T0 + 2 * SEC);
	publish(f, true);
	assert_int_equal(sum_of(f, all, FS_OP_OPEN).last_errno, 2);
}

/* ---- by filesystem ---- */

static void sums_by_filesystem_and_type(void **state)
{
	struct fixture *f = *state;
	struct fs_ops_sum sum;

	tick_and_publish(f, T0);
	put_op(f, 100, ROOT, FS_OP_GETATTR, 40);
	put_op(f, 200, ROOT, FS_OP_GETATTR, 2);
	put_op(f, 100, SRV, FS_OP_GETATTR, 100);
	put_op(f, 100, 0, FS_OP_GETATTR, 7);
	put_file(f, 100, ROOT, FS_T_REGULAR, 10);
	put_file(f, 100, SRV, FS_T_BLOCK, 4);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(count_of(f, ROOT, FS_OP_GETATTR), 42);
	assert_int_equal(count_of(f, SRV, FS_OP_GETATTR), 100);
	assert_int_equal(count_of(f, FS_ALL, FS_OP_GETATTR), 149);
	assert_int_equal(count_of(f, 0x900009, FS_OP_GETATTR), 0);
	assert_int_equal(sum_of(f, (struct fs_of){.fstype = "ext4"}, FS_OP_GETATTR).count, 42);
	assert_int_equal(sum_of(f, (struct fs_of){.fstype = "btrfs"}, FS_OP_GETATTR).count, 0);
	assert_string_equal(snapshot_fs_op_type(&f->snap, SRV), "xfs");
	assert_string_equal(snapshot_fs_op_type(&f->snap, 0), "");
	sum = sum_of(f, all, FS_OP_READ);
	assert_int_equal(sum.count, 14);
	assert_int_equal(sum.bytes, 14 * 4096);
	assert_int_equal(sum.ns, 14 * MS);
	assert_int_equal(sum.enoent, FIG_UNKNOWN);
	assert_int_equal(sum.hist.slots[hist_slot(MS)], 14);
	assert_int_equal(count_of(f, FS_ALL, FS_OP_WRITE), 7);
}

static void what_is_no_file_has_rows_of_its_own(void **state)
{
	struct fixture *f = *state;
	char word[32];

	tick_and_publish(f, T0);
	put_file(f, 100, ROOT, FS_T_REGULAR, 10);
	put_file(f, 100, 8, FS_T_SOCKET, 300);
	put_file(f, 100, 9, FS_T_PIPE, 20);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(count_of(f, FS_ALL, FS_OP_READ), 10);
	assert_int_equal(count_of(f, FS_ALL, fs_what(FS_OP_READ, FS_T_SOCKET)), 300);
	assert_int_equal(count_of(f, FS_ALL, fs_what(FS_OP_WRITE, FS_T_PIPE)), 10);
	assert_int_equal(count_of(f, FS_ALL, fs_what(FS_OP_READ, FS_T_CHAR)), 0);
	assert_string_equal(fs_what_word(fs_what(FS_OP_WRITE, FS_T_PIPE), word, sizeof(word)), "write pipe");
	assert_string_equal(fs_what_word(fs_what(FS_OP_FSYNC, FS_T_REGULAR), word, sizeof(word)), "fsync");
	for (unsigned what = 0; what < FS_WHAT_NR; what++)
		assert_int_equal(fs_what(fs_what_op(what), fs_what_type(what)), what);
}

static void rows_are_in_order_and_share_the_time_of_files(void **state)
{
	struct fixture *f = *state;
	const struct fs_op_row *rows;

	tick_and_publish(f, T0);
	put_op(f, 100, SRV, FS_OP_FSYNC, 300); /* 30 ms */
	put_op(f, 100, ROOT, FS_OP_OPEN, 100); /* 10 ms */
	put_op(f, 100, ROOT, FS_OP_CREATE, 100); /* of those opens */
	put_file(f, 100, 8, FS_T_SOCKET, 500);
	tick_and_publish(f, T0 + SEC);
	rows = f->snap.fs_ops->rows;
	assert_int_equal(f->snap.fs_ops->rows_nr, 5);
	for (int i = 1; i < 5; i++)
		assert_true(rows[i - 1].dev < rows[i].dev || (rows[i - 1].dev == rows[i].dev && rows[i - 1].what < rows[i].what));
	assert_int_equal(rows[2].what, FS_OP_FSYNC);
	assert_int_equal(rows[2].share_pct, 75000);
	assert_int_equal(rows[2].avg_ns, MS / 10);
	assert_in_range(rows[2].p99_ns, MS / 20, MS / 10); /* never beyond the longest */
	assert_int_equal(rows[2].enoent_pct, 50000);
	assert_int_equal(rows[2].sum.bytes, FIG_UNKNOWN);
	assert_int_equal(rows[3].share_pct, 25000);
	assert_int_equal(rows[4].share_pct, FIG_UNKNOWN);
	assert_int_equal(rows[0].share_pct, FIG_UNKNOWN);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.fs_ops->rows_nr, 5);
	assert_int_equal(f->snap.fs_ops->rows[2].sum.count, 0);
	assert_int_equal(f->snap.fs_ops->rows[2].p99_ns, FIG_UNKNOWN);
}

static void each_filesystem_and_operation_has_its_last_minutes(void **state)
{
	struct fixture *f = *state;
	const struct heat *heat;
	unsigned slot = hist_slot(MS / 10);

	put_op(f, 100, ROOT, FS_OP_FSYNC, 100);
	tick_and_publish(f, T0);
	assert_int_equal(snapshot_fs_heat(&f->snap, ROOT, FS_OP_FSYNC)->nr, 0);
	put_op(f, 100, ROOT, FS_OP_FSYNC, 105);
	put_op(f, 200, SRV, FS_OP_FSYNC, 2);
	tick(f, T0 + SEC);
	put_op(f, 100, ROOT, FS_OP_FSYNC, 106);
	tick_and_publish(f, T0 + 2 * SEC);
	heat = snapshot_fs_heat(&f->snap, ROOT, FS_OP_FSYNC);
	assert_int_equal(heat->nr, 2);
	assert_int_equal(heat_at(heat, 0)->slots[slot], 5);
	assert_int_equal(heat_at(heat, 1)->slots[slot], 1);
	heat = snapshot_fs_heat(&f->snap, FS_ALL, FS_OP_FSYNC);
	assert_int_equal(heat_at(heat, 0)->slots[slot], 7);
	assert_null(snapshot_fs_heat(&f->snap, SRV, FS_OP_OPEN));
	for (int i = 3; i < 200; i++)
		tick_and_publish(f, T0 + (uint64_t)i * SEC);
	assert_int_equal(snapshot_fs_heat(&f->snap, ROOT, FS_OP_FSYNC)->nr, 120);
	assert_int_equal(snapshot_fs_heat(&f->snap, FS_ALL, FS_OP_FSYNC)->nr, 199);
}

/* ---- by process ---- */

static const struct fs_op_proc *proc_at(const struct fixture *f, int64_t pid, const char *comm)
{
	for (int i = 0; i < f->snap.fs_ops->procs_nr; i++) {
		const struct fs_op_proc *p = &f->snap.fs_ops->procs[i];

		if (p->p.pid == pid && (!comm || !strcmp(p->p.comm, comm)))
			return p;
	}
	return NULL;
}

static int64_t count_by(const struct fixture *f, int64_t pid, const char *comm, struct fs_of of, unsigned what)
{
	const struct fs_op_proc *p = proc_at(f, pid, comm);
	struct fs_ops_sum sum;

	return p && snapshot_fs_proc_ops(&f->snap, p, of, what, &sum) ? sum.count : -1;
}

static void processes_have_their_own_sums(void **state)
{
	struct fixture *f = *state;

	tick_and_publish(f, T0);
	put_task(f, 100);
	put_op(f, 100, ROOT, FS_OP_OPEN, 3);
	put_op(f, 100, SRV, FS_OP_OPEN, 4);
	put_file(f, 100, ROOT, FS_T_REGULAR, 50);
	put_op(f, 200, SRV, FS_OP_OPEN, 9); /* no tick saw it alive */
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(count_by(f, 100, NULL, all, FS_OP_OPEN), 7);
	assert_int_equal(count_by(f, 100, NULL, (struct fs_of){.dev = SRV}, FS_OP_OPEN), 4);
	assert_int_equal(count_by(f, 100, NULL, (struct fs_of){.fstype = "ext4"}, FS_OP_OPEN), 3);
	assert_int_equal(count_by(f, 100, NULL, all, FS_OP_READ), 50);
	assert_int_equal(count_by(f, 200, NULL, all, FS_OP_OPEN), 9);
	assert_int_equal(count_by(f, 200, NULL, all, FS_OP_READ), -1);
	assert_string_equal(proc_at(f, 100, NULL)->p.comm, "worker"); /* as the table of tasks has it */
	tick_and_publish(f, T0 + 2 * SEC);
	assert_null(proc_at(f, 100, NULL)); /* nothing in this interval */
	publish(f, true);
	assert_int_equal(count_by(f, 100, NULL, all, FS_OP_OPEN), 7);
}

static void those_that_are_gone_are_summed_by_command(void **state)
{
	struct fixture *f = *state;

	tick_and_publish(f, T0);
	for (uint32_t pid = 300; pid < 310; pid++) {
		struct fs_op_rec r = op_rec(pid, ROOT, FS_OP_OPEN, 2);

		memcpy(r.comm, "cc1", 4);
		r.flags = FS_F_GONE;
		put(f, &r);
	}
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(count_by(f, 305, NULL, all, FS_OP_OPEN), 2);
	for (int i = 2; i < 6; i++)
		tick(f, T0 + (uint64_t)i * SEC);
	publish(f, true);
	assert_null(proc_at(f, 305, NULL));
	assert_int_equal(count_by(f, FIG_UNKNOWN, "cc1", all, FS_OP_OPEN), 20);
	assert_true(proc_at(f, FIG_UNKNOWN, "cc1")->p.dead);
	assert_int_equal(count_of(f, ROOT, FS_OP_OPEN), 20);
}

static void a_process_that_ends_is_summed_by_its_name(void **state)
{
	struct fixture *f = *state;
	struct task_rec gone;

	tick_and_publish(f, T0);
	put_task(f, 100);
	put_op(f, 100, ROOT, FS_OP_OPEN, 3);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(count_by(f, 100, NULL, all, FS_OP_OPEN), 3);
	gone = ended(task(100, 100, T0 + SEC), T0 + SEC, 0);
	put(f, &gone);
	tick_and_publish(f, T0 + 2 * SEC);
	tick_and_publish(f, T0 + 3 * SEC);
	tick_and_publish(f, T0 + 4 * SEC);
	world_publish(f->w, WINDOW_START, &f->snap);
	assert_null(proc_at(f, 100, NULL));
	assert_int_equal(count_by(f, FIG_UNKNOWN, "worker", all, FS_OP_OPEN), 3);
}

static void where_room_is_short_the_past_is_summed(void **state)
{
	struct fixture *f = *state;
	uint32_t procs = 900, parts = 10; /* more than half of the room */
	uint64_t now_ns = T0;
	struct fs_op_rec again;

	tick_and_publish(f, T0);
	for (uint32_t pid = 1000; pid < 1000 + procs; pid++) {
		put_task(f, pid);
		for (uint32_t dev = 1; dev <= parts && pid < 1500; dev++) {
			struct fs_op_rec r = op_rec(pid, dev, FS_OP_OPEN, 1);

			r.flags = FS_F_GONE; /* the kernel's side forgets it */
			put(f, &r);
		}
	}
	tick_and_publish(f, now_ns += SEC);
	assert_int_equal(count_by(f, 1000, NULL, all, FS_OP_OPEN), parts);
	for (int i = 0; i < 40; i++)
		tick_and_publish(f, now_ns += SEC);
	for (uint32_t pid = 1500; pid < 1000 + procs; pid++)
		for (uint32_t dev = 1; dev <= parts; dev++)
			put_op(f, pid, dev, FS_OP_OPEN, 1);
	again = op_rec(1000, 1, FS_OP_OPEN, 1);
	strcpy(again.comm, "worker");
	put(f, &again);
	tick(f, now_ns += SEC);
	tick(f, now_ns += SEC);
	publish(f, true);
	assert_int_equal(count_by(f, 1000, NULL, all, FS_OP_OPEN), 2); /* what it did just now, and before in the same place */
	assert_int_equal(count_by(f, 1001, NULL, all, FS_OP_OPEN), -1);
	assert_int_equal(count_by(f, 1600, NULL, all, FS_OP_OPEN), parts);
	assert_int_equal(count_by(f, FIG_UNKNOWN, "worker", all, FS_OP_OPEN), 500 * parts - 1);
	assert_int_equal(count_of(f, FS_ALL, FS_OP_OPEN), procs * parts + 1);
	assert_int_equal(f->snap.fs_ops->status.state, FIG_EXACT);
}

static void without_room_the_sums_of_filesystems_stay(void **state)
{
	struct fixture *f = *state;

	tick_and_publish(f, T0);
	put_op(f, 0, ROOT, FS_OP_OPEN, 4); /* those for which the kernel's side had no room */
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(count_of(f, ROOT, FS_OP_OPEN), 4);
	assert_int_equal(f->snap.fs_ops->procs_nr, 1);
	assert_int_equal(f->snap.fs_ops->procs[0].p.pid, FIG_UNKNOWN);
	assert_false(f->snap.fs_ops->procs[0].p.dead);
}

/* ---- what is known ---- */

static void without_bpf_it_says_why(void **state)
{
	struct fixture *f = *state;
	struct fs_ops_sum sum;

	put_host(f, 0);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.fs_ops->status.state, FIG_NA);
	assert_non_null(f->snap.fs_ops->status.reason);
	assert_false(snapshot_fs_ops(&f->snap, all, FS_OP_READ, &sum));
	assert_int_equal(sum.count, FIG_UNKNOWN);
}

static void closes_are_known_while_they_are_asked_for(void **state)
{
	struct fixture *f = *state;
	struct fs_ops_sum sum;

	put_probe(f, 0, "sys-exit", PROBE_ON, "");
	put_demand(f, DEMAND_FSLOG, 0);
	tick_and_publish(f, T0);
	assert_false(snapshot_fs_ops(&f->snap, all, FS_OP_CLOSE, &sum));
	assert_int_equal(sum.count, FIG_UNKNOWN);
	assert_true(snapshot_fs_ops(&f->snap, all, FS_OP_OPEN, &sum));
	put_demand(f, DEMAND_FSLOG, 1u << FS_EV_CLOSE);
	tick_and_publish(f, T0 + SEC);
	assert_true(snapshot_fs_ops(&f->snap, all, FS_OP_CLOSE, &sum));
	assert_int_equal(sum.count, 0);
}

static void of_the_vfs_the_rest_is_counted_while_somebody_looks(void **state)
{
	struct fixture *f = *state;

	put_probe(f, 0, "sys-exit", PROBE_OFF, "not asked for");
	put_probe(f, 1, "vfs-read", PROBE_ON, "");
	tick_and_publish(f, T0);
	assert_int_equal(snapshot_fs_op_status(&f->snap, FS_OP_READ).state, FIG_EXACT);
	assert_int_equal(snapshot_fs_op_status(&f->snap, FS_OP_FSYNC).state, FIG_EXACT);
	assert_int_equal(snapshot_fs_op_status(&f->snap, FS_OP_GETATTR).state, FIG_NA);
	put_probe(f, 0, "sys-exit", PROBE_ON, "");
	put_demand(f, DEMAND_CALLS, 0); /* the syscalls view uses the same hook */
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(snapshot_fs_op_status(&f->snap, FS_OP_GETATTR).state, FIG_NA);
	put_demand(f, DEMAND_FSOPS, 0);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(snapshot_fs_op_status(&f->snap, FS_OP_GETATTR).state, FIG_NA); /* a part of the interval only */
	put_op(f, 100, ROOT, FS_OP_GETATTR, 5);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(snapshot_fs_op_status(&f->snap, FS_OP_GETATTR).state, FIG_EXACT);
	put_demand(f, 0, 0);
	tick_and_publish(f, T0 + 4 * SEC);
	assert_int_equal(f->snap.fs_ops->rows[0].sum.count, FIG_UNKNOWN);
	world_publish(f->w, WINDOW_START, &f->snap); /* what was counted is known */
	assert_int_equal(f->snap.fs_ops->rows[0].sum.count, 5);
}

static void what_is_asked_for_from_the_start_is_known_at_once(void **state)
{
	struct fixture *f = *state;

	put_probe(f, 0, "sys-exit", PROBE_ON, "");
	put_probe(f, 1, "vfs-read", PROBE_ON, "");
	put_demand(f, DEMAND_FSOPS, 0);
	tick(f, T0);
	put_op(f, 100, ROOT, FS_OP_GETATTR, 5);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(snapshot_fs_op_status(&f->snap, FS_OP_GETATTR).state, FIG_EXACT);
	assert_int_equal(count_of(f, ROOT, FS_OP_GETATTR), 5);
}

static void without_any_hook_nothing_is_known(void **state)
{
	struct fixture *f = *state;

	put_probe(f, 0, "sys-exit", PROBE_REFUSED, "refused at load");
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.fs_ops->status.state, FIG_NA);
	assert_string_equal(f->snap.fs_ops->status.reason, "refused at load");
}

static void calls_that_do_not_tell_their_file_leave_reads_unknown(void **state)
{
	struct fixture *f = *state;

	put_probe(f, 0, "sys-exit", PROBE_ON, "");
	put_probe(f, 1, "vfs-read", PROBE_ABSENT, "no fentry");
	tick_and_publish(f, T0);
	assert_string_equal(snapshot_fs_op_status(&f->snap, FS_OP_READ).reason, "no fentry");
	assert_int_equal(snapshot_fs_op_status(&f->snap, FS_OP_OPEN).state, FIG_EXACT);
	assert_int_equal(snapshot_fs_op_status(&f->snap, FS_OP_GETATTR).state, FIG_EXACT);
}

static void where_calls_stand_in_nothing_is_unknown(void **state)
{
	struct fixture *f = *state;

	put_probe(f, 0, "sys-exit", PROBE_ON, "");
	put_probe(f, 1, "vfs-read", PROBE_OFF, "no fentry");
	tick_and_publish(f, T0);
	assert_int_equal(snapshot_fs_op_status(&f->snap, FS_OP_READ).state, FIG_EXACT);
}

static void fsyncs_that_no_function_tells_wait_for_the_calls(void **state)
{
	struct fixture *f = *state;

	put_probe(f, 0, "sys-exit", PROBE_OFF, "on demand");
	put_probe(f, 1, "vfs-read", PROBE_ON, "");
	put_probe(f, 2, "vfs-sync", PROBE_ABSENT, "the kernel has no function do_fsync");
	tick_and_publish(f, T0);
	assert_int_equal(snapshot_fs_op_status(&f->snap, FS_OP_READ).state, FIG_EXACT);
	assert_int_equal(snapshot_fs_op_status(&f->snap, FS_OP_FSYNC).state, FIG_NA);
}

static void more_sets_than_there_is_room_for(void **state)
{
	struct fixture *f = *state;

	put_probe(f, 0, "sys-exit", PROBE_ON, "");
	tick_and_publish(f, T0);
	for (uint32_t dev = 1; dev <= 5000; dev++)
		put_op(f, 100, dev, FS_OP_OPEN, 1);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.fs_ops->rows_nr, 4096);
	assert_int_equal(f->snap.fs_ops->status.state, FIG_INCOMPLETE);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.fs_ops->status.state, FIG_EXACT);
}

static void put_loss(struct fixture *f, uint64_t full, uint64_t map_full)
{
	struct loss_rec r = {.probe = 0, .pane = PANE_FS, .seen = 1000, .submitted = 1000 - full, .received = 1000 - full,
			     .full = full, .map_full = map_full};

	record_init(&r.h, T0, PANE_CORE, CORE_LOSS, sizeof(r));
	r.h.cpu = 0;
	put(f, &r);
}

static void what_the_ring_loses_is_in_the_sums(void **state)
{
	struct fixture *f = *state;

	put_probe(f, 0, "sys-exit", PROBE_ON, "");
	put_loss(f, 0, 0);
	tick_and_publish(f, T0);
	put_loss(f, 10, 0);
	tick_and_publish(f, T0 + SEC);
	assert_true(f->snap.losing[PANE_FS]);
	assert_int_equal(f->snap.fs_ops->status.state, FIG_EXACT);
	put_loss(f, 20, 1);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.fs_ops->status.state, FIG_INCOMPLETE);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(f->snap.fs_ops->status.state, FIG_EXACT);
}

static void a_cleared_world_is_empty(void **state)
{
	struct fixture *f = *state;

	tick_and_publish(f, T0);
	put_op(f, 100, ROOT, FS_OP_OPEN, 5);
	tick_and_publish(f, T0 + SEC);
	world_clear(f->w);
	put_host(f, HOST_F_BPF);
	f->last_ns = 0;
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.fs_ops->rows_nr, 0);
	assert_int_equal(f->snap.fs_ops->procs_nr, 0);
	assert_null(snapshot_fs_heat(&f->snap, ROOT, FS_OP_OPEN));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_before_the_first_tick_is_in_no_window),
		TEST(windows_count_from_their_moments),
		TEST(the_longest_and_the_last_error_are_of_the_window),
		TEST(the_last_error_is_the_latest_of_several_filesystems),
		TEST(sums_by_filesystem_and_type),
		TEST(what_is_no_file_has_rows_of_its_own),
		TEST(rows_are_in_order_and_share_the_time_of_files),
		TEST(each_filesystem_and_operation_has_its_last_minutes),
		TEST(processes_have_their_own_sums),
		TEST(those_that_are_gone_are_summed_by_command),
		TEST(a_process_that_ends_is_summed_by_its_name),
		TEST(where_room_is_short_the_past_is_summed),
		TEST(without_room_the_sums_of_filesystems_stay),
		TEST(without_bpf_it_says_why),
		TEST(closes_are_known_while_they_are_asked_for),
		TEST(of_the_vfs_the_rest_is_counted_while_somebody_looks),
		TEST(what_is_asked_for_from_the_start_is_known_at_once),
		TEST(without_any_hook_nothing_is_known),
		TEST(calls_that_do_not_tell_their_file_leave_reads_unknown),
		TEST(where_calls_stand_in_nothing_is_unknown),
		TEST(fsyncs_that_no_function_tells_wait_for_the_calls),
		TEST(more_sets_than_there_is_room_for),
		TEST(what_the_ring_loses_is_in_the_sums),
		TEST(a_cleared_world_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
