/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files by process: from records to rows of processes and of files, over windows, after death, by filesystem and group. */
#include "fs_state.h"
#include "snap_fs_files.h"
#include "snap_fs_procs.h"
#include "world_fixture.h"

#define ROOT (254U << 20)
#define SRV  (7U << 20 | 3)

struct rw {
	uint32_t tgid, dev;
	uint64_t ino;
	uint64_t reads, writes; /* so far, of 4 KiB and 1 ms */
	uint16_t type, flags;
	const char *comm;
	uint64_t start_ns; /* 0: as task() has it */
};

static uint64_t start_of(uint32_t tgid)
{
	return tgid ? SEC + tgid : 0;
}

static struct fs_io io(uint64_t nr)
{
	struct fs_io x = {.count = nr, .bytes = nr * 4096, .ns = nr * MS, .errors = nr / 10, .max_ns = 1200000};

	x.slots[hist_slot(MS)] = (uint32_t)nr;
	return x;
}

static void put_file(struct fixture *f, struct rw rw)
{
	struct fs_file_rec r = {
		.tgid = rw.tgid, .dev = rw.dev, .start_ns = rw.start_ns ? rw.start_ns : start_of(rw.tgid), .ino = rw.ino,
		.type = rw.type, .flags = rw.flags, .uid = 1000, .fstype = "ext4", .io = {io(rw.reads), io(rw.writes)},
	};

	snprintf(r.comm, sizeof(r.comm), "%s", rw.comm ? rw.comm : "fio");
	record_init(&r.h, T0, PANE_FS, FS_FILE, sizeof(r));
	put(f, &r);
}

static void put_op(struct fixture *f, uint32_t tgid, uint32_t dev, uint16_t op, uint64_t nr, uint64_t enoent)
{
	struct fs_op_rec r = {
		.tgid = tgid, .dev = dev, .start_ns = start_of(tgid), .op = op, .uid = 1000,
		.comm = "fio", .fstype = "ext4", .enoent = enoent, .io = io(nr),
	};

	r.io.bytes = 0;
	record_init(&r.h, T0, PANE_FS, FS_OP, sizeof(r));
	put(f, &r);
}

static void put_task(struct fixture *f, uint32_t pid, const char *comm)
{
	struct task_rec r = task(pid, pid, T0);

	strcpy(r.comm, comm);
	put(f, &r);
}

static void put_end(struct fixture *f, struct task_rec t, const char *comm, uint64_t ts_ns)
{
	struct task_rec r = ended(t, ts_ns, TASK_F_GROUP_DEAD);

	strcpy(r.comm, comm);
	put(f, &r);
}

static void publish_as(struct fixture *f, enum window window)
{
	world_publish(f->w, window, &f->snap);
}

static const struct fs_proc_row *find(const struct fixture *f, int64_t pid, const char *comm)
{
	const struct fs_procs_snap *d = f->snap.fs_procs;

	for (int i = 0; i < d->rows_nr; i++)
		if (d->rows[i].p.pid == pid && !strcmp(d->rows[i].p.comm, comm))
			return &d->rows[i];
	return NULL;
}

static const struct fs_proc_row *row(const struct fixture *f, uint32_t pid, const char *comm)
{
	const struct fs_proc_row *r = find(f, pid, comm);

	assert_non_null(r);
	return r;
}

static const struct fs_proc_row *dead(const struct fixture *f, const char *comm)
{
	const struct fs_proc_row *r = find(f, FIG_UNKNOWN, comm);

	assert_true(!r || r->p.dead);
	return r;
}

static const struct fs_file_row *find_file(const struct fixture *f, int64_t pid, const char *comm, uint64_t ino)
{
	const struct fs_files_snap *d = f->snap.fs_files;

	for (int i = 0; i < d->rows_nr; i++)
		if (d->rows[i].p->pid == pid && d->rows[i].ino == ino && !strcmp(d->rows[i].p->comm, comm))
			return &d->rows[i];
	return NULL;
}

static const struct fs_file_row *file_row(const struct fixture *f, uint32_t pid, uint64_t ino)
{
	const struct fs_file_row *r = find_file(f, pid, "fio", ino);

	assert_non_null(r);
	return r;
}

static uint64_t all_reads(const struct fixture *f)
{
	uint64_t sum = 0;

	for (int i = 0; i < f->snap.fs_files->rows_nr; i++)
		sum += (uint64_t)f->snap.fs_files->rows[i].reads;
	return sum;
}

/* Two processes and the first tick. */
static void begin(struct fixture *f)
{
	put_task(f, 10, "fio");
	put_task(f, 20, "postgres");
	tick_and_publish(f, T0);
}

static void a_row_has_sums_and_latencies(void **state)
{
	struct fixture *f = *state;
	const struct fs_proc_row *r;

	begin(f);
	assert_int_equal(f->snap.fs_procs->rows_nr, 0);
	put_file(f, (struct rw){10, ROOT, 5, 30, 10});
	put_file(f, (struct rw){10, ROOT, 6, 5, 0});
	put_op(f, 10, ROOT, FS_OP_OPEN, 20, 2);
	put_op(f, 10, ROOT, FS_OP_CREATE, 3, 0);
	put_op(f, 10, 0, FS_OP_GETATTR, 40, 4);
	put_op(f, 10, ROOT, FS_OP_FSYNC, 7, 0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.fs_procs->rows_nr, 1);
	r = row(f, 10, "fio");
	assert_int_equal(r->sums.count[FS_OP_READ], 35);
	assert_int_equal(r->sums.count[FS_OP_WRITE], 10);
	assert_int_equal(r->sums.count[FS_OP_OPEN], 20);
	assert_int_equal(r->sums.count[FS_OP_CREATE], 3);
	assert_int_equal(r->sums.count[FS_OP_FSYNC], 7);
	assert_int_equal(r->sums.metadata, 40);
	assert_int_equal(r->sums.operations, 35 + 10 + 20 + 40 + 7);
	assert_int_equal(r->sums.read_bytes, 35 * 4096);
	assert_int_equal(r->bytes, 45 * 4096);
	assert_int_equal(r->sums.errors, 3 + 1 + 2 + 4);
	assert_int_equal(r->sums.enoent, 6);
	assert_int_equal(r->sums.ns, (35 + 10 + 20 + 40 + 7) * MS); /* what creates is an open: once */
	assert_int_equal(r->lat_max_ns, 1200000);
	assert_in_range(r->lat_p99_ns, MS / 2, 1200000);
	assert_in_range(r->p99_ns[FS_PROC_FSYNC], MS / 2, 1200000);
	assert_int_equal(r->dev, ROOT);
	assert_int_equal(r->filesystems, 1); /* what is nowhere is none */
	assert_ptr_equal(snapshot_fs_proc(&f->snap, row_of(f, 10)), r);
}

/* Reads of files are reads of files: sockets and pipes stand beside them. */
static void what_is_no_file_counts_apart(void **state)
{
	struct fixture *f = *state;
	const struct fs_proc_row *r;

	begin(f);
	put_file(f, (struct rw){10, ROOT, 5, 1, 0});
	put_file(f, (struct rw){10, 0, 0, 70, 80, FS_T_SOCKET});
	put_file(f, (struct rw){10, 0, 0, 7, 0, FS_T_PIPE});
	put_file(f, (struct rw){20, 0, 0, 9, 0, FS_T_CHAR, .comm = "postgres"});
	put_file(f, (struct rw){10, ROOT, 8, 2, 0, FS_T_BLOCK});
	tick_and_publish(f, T0 + SEC);
	r = row(f, 10, "fio");
	assert_int_equal(r->sums.count[FS_OP_READ], 3);
	assert_int_equal(r->sums.ns, 3 * MS);
	assert_int_equal(r->sums.other_reads, 77);
	assert_int_equal(r->sums.other_writes, 80);
	assert_int_equal(r->sums.other_read_bytes, 77 * 4096);
	assert_int_equal(row(f, 20, "postgres")->sums.operations, 0);
	assert_int_equal(row(f, 20, "postgres")->lat_p99_ns, FIG_UNKNOWN);
	assert_int_equal(row(f, 20, "postgres")->dev, FS_ALL);
	assert_int_equal(f->snap.fs_files->rows_nr, 5);
}

static void a_file_has_both_directions(void **state)
{
	struct fixture *f = *state;
	const struct fs_file_row *rows, *r;

	begin(f);
	put_file(f, (struct rw){10, ROOT, 5, 30, 10});
	put_file(f, (struct rw){10, ROOT, 4, 1, 0});
	put_file(f, (struct rw){20, ROOT, 5, 2, 0, .comm = "postgres"});
	tick_and_publish(f, T0 + SEC);
	r = file_row(f, 10, 5);
	assert_int_equal(r->reads, 30);
	assert_int_equal(r->writes, 10);
	assert_int_equal(r->operations, 40);
	assert_int_equal(r->read_bytes, 30 * 4096);
	assert_int_equal(r->bytes, 40 * 4096);
	assert_int_equal(r->errors, 4);
	assert_int_equal(r->max_ns, 1200000);
	assert_int_equal(r->slots[FS_OP_WRITE][hist_slot(MS)], 10);
	assert_string_equal(r->fstype, "ext4");
	assert_ptr_equal(r->p, row_of(f, 10));
	/* in order, those of a process together */
	assert_int_equal(snapshot_fs_files_of(&f->snap, row_of(f, 10), &rows), 2);
	assert_int_equal(rows[0].ino, 4);
	assert_int_equal(rows[1].ino, 5);
	assert_int_equal(snapshot_fs_files_of(&f->snap, row_of(f, 20), &rows), 1);
	assert_int_equal(file_row(f, 10, 4)->max_of_ns[FS_OP_WRITE], FIG_UNKNOWN);
}

/* Rows keep still: a process that does nothing stays, with zeros, a file for ten ticks. */
static void what_is_idle_keeps_its_row(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_file(f, (struct rw){10, ROOT, 5, 30, 0});
	tick_and_publish(f, T0 + SEC);
	for (uint64_t i = 2; i <= 10; i++) {
		tick_and_publish(f, T0 + i * SEC);
		assert_int_equal(file_row(f, 10, 5)->reads, 0);
		assert_int_equal(file_row(f, 10, 5)->p99_ns, FIG_UNKNOWN);
	}
	tick_and_publish(f, T0 + 11 * SEC);
	assert_null(find_file(f, 10, "fio", 5));
	assert_int_equal(row(f, 10, "fio")->sums.operations, 0);
	assert_int_equal(row(f, 10, "fio")->lat_max_ns, FIG_UNKNOWN);
	assert_int_equal(row(f, 10, "fio")->dev, FS_ALL);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(file_row(f, 10, 5)->reads, 30);
}

static void what_was_before_the_first_tick_is_in_no_window(void **state)
{
	struct fixture *f = *state;

	put_task(f, 10, "fio");
	put_file(f, (struct rw){10, ROOT, 5, 1000, 0});
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.fs_files->rows_nr, 0);
	assert_int_equal(row(f, 10, "fio")->sums.operations, 0);
	put_file(f, (struct rw){10, ROOT, 5, 1003, 0});
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row(f, 10, "fio")->sums.operations, 3);
	assert_int_equal(file_row(f, 10, 5)->reads, 3);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(row(f, 10, "fio")->sums.operations, 3);
	assert_int_equal(file_row(f, 10, 5)->reads, 3);
}

static void windows_count_from_their_moments(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_file(f, (struct rw){10, ROOT, 5, 10, 0});
	tick_and_publish(f, T0 + SEC);
	publish_as(f, WINDOW_MARK); /* no mark yet: since the first tick */
	assert_int_equal(file_row(f, 10, 5)->reads, 10);
	world_mark(f->w);
	put_file(f, (struct rw){10, ROOT, 5, 15, 0});
	tick(f, T0 + 2 * SEC);
	put_file(f, (struct rw){10, ROOT, 5, 16, 0, .flags = FS_F_GONE});
	tick(f, T0 + 3 * SEC);
	publish_as(f, WINDOW_MARK);
	assert_int_equal(row(f, 10, "fio")->sums.operations, 6);
	assert_int_equal(file_row(f, 10, 5)->reads, 6);
	publish_as(f, WINDOW_START);
	assert_int_equal(row(f, 10, "fio")->sums.operations, 16);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(file_row(f, 10, 5)->reads, 16);
	publish_as(f, WINDOW_INTERVAL); /* nothing since the last picture */
	assert_int_equal(row(f, 10, "fio")->sums.operations, 0);
	assert_null(find_file(f, 10, "fio", 5));
}

/* A file that is forgotten by the kernel's side and comes again is the same file. */
static void a_file_that_comes_again_goes_on(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_file(f, (struct rw){10, ROOT, 5, 10, 0});
	tick_and_publish(f, T0 + SEC);
	put_file(f, (struct rw){10, ROOT, 5, 10, 0, .flags = FS_F_GONE});
	tick_and_publish(f, T0 + 2 * SEC);
	assert_null(find_file(f, 10, "fio", 5));
	put_file(f, (struct rw){10, ROOT, 5, 4, 0});
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(file_row(f, 10, 5)->reads, 4);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(file_row(f, 10, 5)->reads, 14);
}

static void one_filesystem_shows_who_uses_it(void **state)
{
	struct fixture *f = *state;
	const struct fs_proc_row *rows;
	struct hist h;

	begin(f);
	put_file(f, (struct rw){10, ROOT, 5, 20, 0});
	put_file(f, (struct rw){10, SRV, 5, 0, 6});
	put_file(f, (struct rw){20, ROOT, 5, 2, 0, .comm = "postgres"});
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(row(f, 10, "fio")->filesystems, 2);
	assert_int_equal(row(f, 10, "fio")->dev, ROOT);
	assert_int_equal(snapshot_fs_procs(&f->snap, SRV, &rows), 1);
	assert_int_equal(rows[0].p.pid, 10);
	assert_int_equal(rows[0].sums.operations, 6);
	assert_int_equal(snapshot_fs_procs(&f->snap, ROOT, &rows), 2);
	assert_int_equal(rows[0].sums.count[FS_OP_READ], 20);
	assert_true(snapshot_fs_proc_hist(&f->snap, row(f, 10, "fio"), SRV, FS_PROC_WRITE, &h));
	assert_int_equal(hist_count(&h), 6);
	assert_false(snapshot_fs_proc_hist(&f->snap, row(f, 10, "fio"), SRV, FS_PROC_READ, &h));
}

static void sums_of_all_and_the_slowest(void **state)
{
	struct fixture *f = *state;
	struct hist h[FS_PROC_HIST_NR];
	struct fs_proc_sums sums;
	enum fs_proc_hist which;
	struct fs_op_rec slow = {.tgid = 20, .dev = SRV, .start_ns = start_of(20), .op = FS_OP_FSYNC, .comm = "postgres",
				 .io = {.count = 1, .ns = SEC, .max_ns = SEC}};

	begin(f);
	assert_null(snapshot_fs_slowest(&f->snap, &which));
	put_file(f, (struct rw){10, ROOT, 5, 20, 0});
	record_init(&slow.h, T0, PANE_FS, FS_OP, sizeof(slow));
	put(f, &slow);
	tick_and_publish(f, T0 + SEC);
	assert_true(snapshot_fs_sum(&f->snap, FS_ALL, &sums, h));
	assert_int_equal(sums.operations, 21);
	assert_int_equal(hist_count(&h[FS_PROC_READ]), 20);
	assert_true(snapshot_fs_sum(&f->snap, ROOT, &sums, h));
	assert_int_equal(sums.operations, 20);
	assert_int_equal(snapshot_fs_slowest(&f->snap, &which)->dev, SRV);
	assert_int_equal(which, FS_PROC_FSYNC);
}

static void a_process_that_ended_is_told_once_under_its_name(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_file(f, (struct rw){20, ROOT, 5, 10, 0, .comm = "postgres"});
	tick_and_publish(f, T0 + SEC);
	put_end(f, task(20, 20, T0), "postgres", T0 + SEC);
	put_file(f, (struct rw){20, ROOT, 5, 14, 0, .comm = "postgres"});
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row(f, 20, "postgres")->sums.operations, 4);
	assert_true(row(f, 20, "postgres")->p.dead);
	assert_int_equal(find_file(f, 20, "postgres", 5)->reads, 4);
	put_file(f, (struct rw){20, ROOT, 5, 14, 0, .flags = FS_F_GONE, .comm = "postgres"}); /* forgotten long after */
	tick_and_publish(f, T0 + 3 * SEC);
	assert_null(find(f, 20, "postgres"));
	assert_null(dead(f, "postgres"));
	assert_int_equal(f->snap.fs_files->rows_nr, 0);
	publish_as(f, WINDOW_START);
	assert_int_equal(dead(f, "postgres")->sums.operations, 14);
	assert_int_equal(dead(f, "postgres")->p.processes, 1);
	assert_int_equal(find_file(f, FIG_UNKNOWN, "postgres", 5)->reads, 14);
}

/* In the totals a row stays to the end. */
static void under_total_the_dead_keep_their_rows(void **state)
{
	struct fixture *f = *state;

	put_task(f, 20, "postgres");
	tick(f, T0);
	put_file(f, (struct rw){20, ROOT, 5, 10, 0, .comm = "postgres"});
	tick(f, T0 + SEC);
	put_end(f, task(20, 20, T0), "postgres", T0 + SEC);
	put_file(f, (struct rw){20, ROOT, 5, 14, 0, .comm = "postgres"});
	tick(f, T0 + 2 * SEC);
	tick(f, T0 + 3 * SEC);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(row(f, 20, "postgres")->sums.operations, 14);
	assert_true(row(f, 20, "postgres")->p.dead);
	assert_int_equal(find_file(f, 20, "postgres", 5)->reads, 14);
}

/* Born and gone between two ticks. */
static void short_processes_are_summed_by_command(void **state)
{
	struct fixture *f = *state;
	const struct fs_proc_row *r;

	begin(f);
	for (uint32_t pid = 1000; pid < 1300; pid++) {
		const char *comm = pid % 3 ? "dd" : "cp";
		struct task_rec t = started(task(pid, pid, T0), T0 + SEC / 4);

		put_end(f, t, comm, T0 + SEC / 2);
		put_file(f, (struct rw){pid, ROOT, 5, 7, 1, .comm = comm, .start_ns = t.start_ns});
		put_file(f, (struct rw){pid, ROOT, 2000 + pid, 1, 0, .comm = comm, .start_ns = t.start_ns});
	}
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.fs_procs->rows_nr, 2);
	r = dead(f, "dd");
	assert_int_equal(r->sums.count[FS_OP_READ], 1600);
	assert_int_equal(r->sums.count[FS_OP_WRITE], 200);
	assert_int_equal(r->p.processes, 200);
	assert_int_equal(r->p.uid, 1000);
	assert_int_equal(dead(f, "cp")->p.processes, 100);
	assert_int_equal(find_file(f, FIG_UNKNOWN, "dd", 5)->reads, 1400);
	assert_int_equal(find_file(f, FIG_UNKNOWN, "cp", 5)->writes, 100);
	assert_int_equal(all_reads(f), 2400);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.fs_procs->rows_nr, 0);
	assert_int_equal(f->snap.fs_files->rows_nr, 0);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(dead(f, "dd")->sums.operations, 1800);
	assert_int_equal(dead(f, "dd")->p.processes, 200);
}

/* What is read of the kernel's table late does not count the process again. */
static void a_late_record_counts_the_process_once(void **state)
{
	struct fixture *f = *state;
	struct task_rec t = started(task(500, 500, T0), T0 + SEC / 4);

	begin(f);
	put_end(f, t, "dd", T0 + SEC / 2);
	put_file(f, (struct rw){500, ROOT, 5, 7, 0, .comm = "dd", .start_ns = t.start_ns});
	tick_and_publish(f, T0 + SEC);
	put_file(f, (struct rw){500, ROOT, 5, 9, 0, .flags = FS_F_GONE, .comm = "dd", .start_ns = t.start_ns});
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(dead(f, "dd")->sums.operations, 2);
	publish_as(f, WINDOW_START);
	assert_int_equal(dead(f, "dd")->sums.operations, 9);
	assert_int_equal(dead(f, "dd")->p.processes, 1);
}

/* A process that began while the pass ran is in the next one: it is alive. */
static void one_that_is_newer_than_the_pass_is_not_dead(void **state)
{
	struct fixture *f = *state;
	struct task_rec t = started(task(500, 500, T0), T0 + SEC - MS);

	begin(f);
	strcpy(t.comm, "dd");
	put_file(f, (struct rw){500, ROOT, 5, 7, 0, .comm = "dd", .start_ns = t.start_ns});
	tick_and_publish(f, T0 + SEC);
	assert_false(row(f, 500, "dd")->p.dead);
	put(f, &t);
	put_file(f, (struct rw){500, ROOT, 5, 9, 0, .comm = "dd", .start_ns = t.start_ns});
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(row(f, 500, "dd")->sums.operations, 2);
	assert_ptr_not_equal(snapshot_fs_proc(&f->snap, row_of(f, 500)), NULL);
	publish_as(f, WINDOW_START);
	assert_int_equal(row(f, 500, "dd")->sums.operations, 9);
	assert_null(dead(f, "dd"));
}

/* One that was there before and is in no row lives where the pass does not see it (a hidden pid 1). */
static void a_process_without_a_task_has_a_bare_row(void **state)
{
	struct fixture *f = *state;
	const struct fs_proc_row *r;

	begin(f);
	for (uint64_t i = 1; i < 100; i++) {
		put_file(f, (struct rw){1, ROOT, 5, 5 * i, 0, .comm = "init"});
		tick_and_publish(f, T0 + i * SEC);
		r = row(f, 1, "init");
		assert_int_equal(r->sums.operations, 5);
		assert_false(r->p.dead);
		assert_int_equal(r->p.uid, 1000);
		assert_int_equal(r->p.oncpu_ns, FIG_UNKNOWN);
		assert_int_equal(r->p.processes, 1);
		assert_false(find_file(f, 1, "init", 5)->p->dead);
	}
}

static void those_without_room_are_one_row(void **state)
{
	struct fixture *f = *state;
	const struct fs_proc_row *r;

	begin(f);
	put_file(f, (struct rw){0, 0, 0, 5, 0});
	put_file(f, (struct rw){0, 0, 0, 2, 0, .start_ns = 77}); /* damaged: nobody has no start */
	put_file(f, (struct rw){10, 0, 0, 3, 0}); /* files of a process that found no room */
	tick_and_publish(f, T0 + SEC);
	r = find(f, FIG_UNKNOWN, "(no room)");
	assert_non_null(r);
	assert_false(r->p.dead);
	assert_int_equal(r->sums.operations, 7);
	assert_int_equal(f->snap.fs_procs->rows_nr, 2);
	assert_int_equal(file_row(f, 10, 0)->reads, 3);
	assert_int_equal(file_row(f, 10, 0)->inode, FIG_UNKNOWN);
}

/* It is of the windows in which the call is counted, and of none in which nothing was done. */
static void a_maximum_that_comes_late_is_kept(void **state)
{
	struct fixture *f = *state;
	struct fs_file_rec r = {.tgid = 10, .dev = ROOT, .start_ns = start_of(10), .ino = 5, .comm = "fio", .io = {io(4)}};

	begin(f);
	r.io[FS_OP_READ].max_ns = 0;
	record_init(&r.h, T0, PANE_FS, FS_FILE, sizeof(r));
	put(f, &r);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(file_row(f, 10, 5)->max_ns, FIG_UNKNOWN);
	r.io[FS_OP_READ].max_ns = 5 * MS;
	put(f, &r);
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(file_row(f, 10, 5)->max_ns, FIG_UNKNOWN);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(file_row(f, 10, 5)->max_ns, 5 * MS);
	assert_int_equal(row(f, 10, "fio")->lat_max_ns, 5 * MS);
}

/* 5.10 cannot tell when a process began. */
static void without_a_start_the_pid_must_do(void **state)
{
	struct fixture *f = *state;
	struct fs_file_rec r = {.tgid = 10, .dev = ROOT, .ino = 5, .comm = "fio", .io = {io(4)}};

	begin(f);
	record_init(&r.h, T0, PANE_FS, FS_FILE, sizeof(r));
	put(f, &r);
	put_op(f, 10, ROOT, FS_OP_OPEN, 2, 0);
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.fs_procs->rows_nr, 1);
	assert_int_equal(row(f, 10, "fio")->sums.operations, 6);
	assert_int_equal(row(f, 10, "fio")->p.start_ns, start_of(10));
}

static void groups_sum_their_members(void **state)
{
	struct fixture *f = *state;
	const struct fs_group_row *groups;

	begin(f);
	put_file(f, (struct rw){10, ROOT, 5, 20, 0});
	put_file(f, (struct rw){10, SRV, 5, 4, 0});
	put_file(f, (struct rw){20, ROOT, 5, 2, 0, .comm = "postgres"});
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(snapshot_fs_groups(&f->snap, GROUP_USER, FS_ALL, &groups), 1);
	assert_int_equal(groups[0].sums.sums.operations, 26);
	assert_int_equal(groups[0].sums.filesystems, 2);
	assert_int_equal(groups[0].sums.dev, ROOT);
	assert_int_equal(groups[0].sums.p.processes, 2);
	assert_int_equal(snapshot_fs_groups(&f->snap, GROUP_COMMAND, FS_ALL, &groups), 2);
	assert_int_equal(snapshot_fs_groups(&f->snap, GROUP_COMMAND, SRV, &groups), 1);
	assert_int_equal(groups[0].sums.sums.operations, 4);
}

/* More files than there is room for: the idle ones give way, and none of their reads is lost. */
static void a_full_table_keeps_the_sums(void **state)
{
	struct fixture *f = *state;
	uint64_t nr = 0;

	begin(f);
	for (uint64_t at = 1; at <= 6; at++) {
		for (uint64_t i = 0; i < 15000; i++, nr++)
			put_file(f, (struct rw){10, ROOT, 1 + nr, 1, 0, .flags = FS_F_GONE});
		tick_and_publish(f, T0 + at * SEC);
		assert_int_equal(row(f, 10, "fio")->sums.operations, 15000);
		assert_int_equal(f->snap.fs_files->status.state, FIG_EXACT);
	}
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(row(f, 10, "fio")->sums.operations, 90000);
	assert_int_equal(all_reads(f), 90000);
	assert_true(file_row(f, 10, 0)->reads > 15000);
}

/* More keys at a time than the kernel's side can hold: what is not counted is said to be missing. */
static void keys_without_room_make_it_incomplete(void **state)
{
	struct fixture *f = *state;

	begin(f);
	for (uint64_t i = 0; i < FS_FILES_MAX + FS_REST_MAX; i++)
		put_file(f, (struct rw){10, ROOT, 1 + i, 1, 0});
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(f->snap.fs_procs->status.state, FIG_EXACT);
	put_file(f, (struct rw){10, ROOT, 1000000, 1, 0});
	tick_and_publish(f, T0 + 2 * SEC);
	assert_int_equal(f->snap.fs_procs->status.state, FIG_INCOMPLETE);
	assert_int_equal(f->snap.fs_files->status.state, FIG_INCOMPLETE);
	tick_and_publish(f, T0 + 3 * SEC);
	assert_int_equal(f->snap.fs_procs->status.state, FIG_EXACT);
}

static void without_bpf_it_says_why(void **state)
{
	struct fixture *f = *state;

	put_host(f, 0);
	tick_and_publish(f, T0);
	assert_int_equal(f->snap.fs_procs->status.state, FIG_NA);
	assert_non_null(strstr(f->snap.fs_procs->status.reason, "BPF"));
	assert_int_equal(f->snap.fs_files->status.state, FIG_NA);
	assert_int_equal(f->snap.fs_procs->cache_status.state, FIG_NA);
}

static void clearing_forgets_all(void **state)
{
	struct fixture *f = *state;

	begin(f);
	put_file(f, (struct rw){10, ROOT, 5, 20, 0});
	world_mark(f->w);
	tick_and_publish(f, T0 + SEC);
	world_clear(f->w);
	f->last_ns = 0;
	put_host(f, HOST_F_BPF);
	begin(f);
	publish_as(f, WINDOW_TOTAL);
	assert_int_equal(f->snap.fs_procs->rows_nr, 0);
	assert_int_equal(f->snap.fs_files->rows_nr, 0);
	put_file(f, (struct rw){10, ROOT, 5, 3, 0});
	tick_and_publish(f, T0 + SEC);
	assert_int_equal(file_row(f, 10, 5)->reads, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_has_sums_and_latencies),
		TEST(what_is_no_file_counts_apart),
		TEST(a_file_has_both_directions),
		TEST(what_is_idle_keeps_its_row),
		TEST(what_was_before_the_first_tick_is_in_no_window),
		TEST(windows_count_from_their_moments),
		TEST(a_file_that_comes_again_goes_on),
		TEST(one_filesystem_shows_who_uses_it),
		TEST(sums_of_all_and_the_slowest),
		TEST(a_process_that_ended_is_told_once_under_its_name),
		TEST(under_total_the_dead_keep_their_rows),
		TEST(short_processes_are_summed_by_command),
		TEST(a_late_record_counts_the_process_once),
		TEST(one_that_is_newer_than_the_pass_is_not_dead),
		TEST(a_process_without_a_task_has_a_bare_row),
		TEST(those_without_room_are_one_row),
		TEST(a_maximum_that_comes_late_is_kept),
		TEST(without_a_start_the_pid_must_do),
		TEST(groups_sum_their_members),
		TEST(a_full_table_keeps_the_sums),
		TEST(keys_without_room_make_it_incomplete),
		TEST(without_bpf_it_says_why),
		TEST(clearing_forgets_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
