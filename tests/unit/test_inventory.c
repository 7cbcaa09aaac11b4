/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc tells: the parsers against whole, cut and hostile text, then the records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "files.h"
#include "fixture.h"
#include "inventory.h"
#include "parse.h"
#include "record.h"

#define KIB 1024ULL

static struct text text(const char *s)
{
	return (struct text){ s, s + strlen(s) };
}

/* ---- parsers ---- */

static const char meminfo[] =
	"MemTotal:       24683656 kB\nMemFree:        24506536 kB\nMemAvailable:   24425992 kB\n"
	"Buffers:             676 kB\nCached:            31848 kB\nSwapCached:            5 kB\n"
	"Active(anon):       1560 kB\nSwapTotal:       2097148 kB\nSwapFree:        2000000 kB\n"
	"Dirty:                76 kB\nWriteback:             8 kB\nShmem:              8924 kB\n"
	"WritebackTmp:          9 kB\nSReclaimable:      59332 kB\nHugePages_Total:       0\n";

static void meminfo_gives_bytes(void **state)
{
	struct mem_rec r;

	parse_meminfo(text(meminfo), &r);
	assert_int_equal(r.total, 24683656 * KIB);
	assert_int_equal(r.free, 24506536 * KIB);
	assert_int_equal(r.available, 24425992 * KIB);
	assert_int_equal(r.buffers, 676 * KIB);
	assert_int_equal(r.cached, 31848 * KIB);
	assert_int_equal(r.slab_reclaimable, 59332 * KIB);
	assert_int_equal(r.shmem, 8924 * KIB);
	assert_int_equal(r.dirty, 76 * KIB);
	assert_int_equal(r.writeback, 8 * KIB);
	assert_int_equal(r.swap_total, 2097148 * KIB);
	assert_int_equal(r.swap_free, 2000000 * KIB);
}

static void missing_lines_of_meminfo_are_unknown_not_zero(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"MemTotal:",
		"MemTotal: kB\n",
		"MemTotal\n",
		"garbage\0\n",
		"MemTotal: 99999999999999999999999 kB\n",
		" MemTotal: 5 kB\n",
	};
	struct mem_rec r;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		parse_meminfo(text(texts[i]), &r);
		assert_true(r.total == REC_UNKNOWN);
		assert_true(r.swap_free == REC_UNKNOWN);
	}
	/* any order, without a last newline */
	parse_meminfo(text("SwapFree: 0 kB\nMemTotal: 5 kB"), &r);
	assert_int_equal(r.total, 5 * KIB);
	assert_int_equal(r.swap_free, 0);
	assert_true(r.free == REC_UNKNOWN);
}

static void pressure(void **state)
{
	static const struct {
		const char *text;
		uint64_t some, full;
	} rows[] = {
		{ "some avg10=0.26 avg60=0.62 avg300=0.19 total=3571184\n"
		  "full avg10=0.00 avg60=0.00 avg300=0.00 total=17\n",
		  3571184, 17 },
		{ "some avg10=0.26 avg60=0.62 avg300=0.19 total=0\n", 0, REC_UNKNOWN },
		{ "full avg10=0.00 total=9", REC_UNKNOWN, 9 },
		{ "some avg10=0.26\nfull total=\n", REC_UNKNOWN, REC_UNKNOWN },
		{ "", REC_UNKNOWN, REC_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t some, full;

		parse_pressure(text(rows[i].text), &some, &full);
		assert_true(some == rows[i].some);
		assert_true(full == rows[i].full);
	}
}

static void loads(void **state)
{
	static const struct {
		const char *text;
		uint32_t centi[3];
	} rows[] = {
		{ "0.00 1.05 12.34 1/92 5810\n", { 0, 105, 1234 } },
		{ "4096.99 0.10 0.01", { 409699, 10, 1 } },
		{ "1.00 2.00", { 100, 200, REC_UNKNOWN32 } },
		{ "1.00 x 3.00", { 100, REC_UNKNOWN32, REC_UNKNOWN32 } },
		{ "", { REC_UNKNOWN32, REC_UNKNOWN32, REC_UNKNOWN32 } },
		{ "1", { REC_UNKNOWN32, REC_UNKNOWN32, REC_UNKNOWN32 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t centi[3];

		parse_loadavg(text(rows[i].text), centi);
		for (int k = 0; k < 3; k++)
			assert_int_equal(centi[k], rows[i].centi[k]);
	}
}

static void cpu_lines(void **state)
{
	struct cpu_stat_rec r;

	assert_true(parse_cpu_line(text("cpu17 1 2 3 4 5 6 7 8 9 10"), 10000000, &r));
	assert_int_equal(r.h.cpu, 17);
	for (int mode = 0; mode < CPU_MODE_NR; mode++)
		assert_int_equal(r.ns[mode], (mode + 1) * 10000000);
	/* an old kernel's line lacks columns: unknown, not zero */
	assert_true(parse_cpu_line(text("cpu0 1 2 3 4"), 10000000, &r));
	assert_int_equal(r.ns[CPU_IDLE], 40000000);
	assert_true(r.ns[CPU_IOWAIT] == REC_UNKNOWN);
	assert_true(r.ns[CPU_GUEST_NICE] == REC_UNKNOWN);
	assert_true(parse_cpu_line(text("cpu0 99999999999999999999 2"), 10000000, &r));
	assert_true(r.ns[CPU_USER] == REC_UNKNOWN);
	assert_int_equal(r.ns[CPU_NICE], 20000000);
	assert_false(parse_cpu_line(text("cpu  1 2 3 4"), 10000000, &r));
	assert_false(parse_cpu_line(text("cpu"), 10000000, &r));
	assert_false(parse_cpu_line(text("cpux 1"), 10000000, &r));
	assert_false(parse_cpu_line(text("cpu65535 1"), 10000000, &r));
	assert_false(parse_cpu_line(text("intr 1 2 3"), 10000000, &r));
}

static void cpu_lists(void **state)
{
	static const struct {
		const char *text;
		uint32_t nr, end;
	} rows[] = {
		{ "0-3\n", 4, 4 },
		{ "0\n", 1, 1 },
		{ "0-1,4,6-7\n", 5, 8 },
		{ "8-9,0\n", 3, 10 },
		{ "", 0, 0 },
		{ "\n", 0, 0 },
		{ "3-1\n", 0, 0 },
		{ "0-4095\n", 4096, 4096 },
		{ "0-99999999999\n", 0, 0 },
		{ "0,x", 1, 1 },
		{ "0-", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t end;

		assert_int_equal(parse_cpu_list(text(rows[i].text), &end), rows[i].nr);
		assert_int_equal(end, rows[i].end);
	}
}

#define STAT_TAIL                                                                                  \
	" S 1 10 10 0 -1 4194304 99 11 3 12 250 50 0 0 20 -5 1 0 183213 3133440 381 "              \
	"18446744073709551615 1 1 1 1 1 0 0 0 0 0 0 0 17 1 0 2 0 0 0 0 0 0 0 0 0 0\n"

static void pid_stat(void **state)
{
	static const struct {
		const char *text, *comm;
	} rows[] = {
		{ "42 (cat)" STAT_TAIL, "cat" },
		{ "42 ()" STAT_TAIL, "" },
		{ "42 (a) S 1 (b))" STAT_TAIL, "a) S 1 (b)" },
		{ "42 (new\nline)" STAT_TAIL, "new\nline" },
		{ "42 (kworker/u4:0-events_unbound)" STAT_TAIL, "kworker/u4:0-ev" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pid_stat s;

		assert_true(parse_pid_stat(text(rows[i].text), &s));
		assert_string_equal(s.comm, rows[i].comm);
		assert_int_equal(s.pid, 42);
		assert_int_equal(s.state, 'S');
		assert_int_equal(s.ppid, 1);
		assert_int_equal(s.flags, 4194304);
		assert_int_equal(s.minflt, 99);
		assert_int_equal(s.majflt, 3);
		assert_int_equal(s.utime, 250);
		assert_int_equal(s.stime, 50);
		assert_int_equal(s.nice, -5);
		assert_int_equal(s.threads, 1);
		assert_int_equal(s.start, 183213);
		assert_int_equal(s.vm_bytes, 3133440);
		assert_int_equal(s.cpu, 1);
		assert_int_equal(s.policy, 2);
	}
}

/* Every cut of a record, each in memory of its own size: no read past the end, no half record. */
static void a_cut_pid_stat_is_refused_or_whole(void **state)
{
	static const char whole[] = "42 (cat)" STAT_TAIL;
	size_t needed = (size_t)(strstr(whole, " 18446744073709551615") - whole);

	for (size_t len = 0; len < sizeof(whole); len++) {
		char *cut = malloc(len + 1);
		struct pid_stat s;

		memcpy(cut, whole, len);
		assert_int_equal(parse_pid_stat((struct text){ cut, cut + len }, &s),
				 len >= needed - 2);
		free(cut);
	}
}

static void pid_status(void **state)
{
	struct pid_status s;

	parse_pid_status(
		text("Name:\tcat\nState:\tR (running)\nUid:\t1000\t0\t0\t0\nRssAnon:\t     112 kB\n"
		     "RssFile:\t    1588 kB\nRssShmem:\t       0 kB\nVmSwap:\t       4 kB\n"
		     "voluntary_ctxt_switches:\t7\nnonvoluntary_ctxt_switches:\t9\n"),
		&s);
	assert_int_equal(s.uid, 1000);
	assert_int_equal(s.rss_anon_bytes, 112 * KIB);
	assert_int_equal(s.rss_file_bytes, 1588 * KIB);
	assert_int_equal(s.rss_shmem_bytes, 0);
	assert_int_equal(s.swap_bytes, 4 * KIB);
	assert_int_equal(s.nvcsw, 7);
	assert_int_equal(s.nivcsw, 9);
	/* a kernel thread has no memory */
	parse_pid_status(text("Name:\tkthreadd\nUid:\t0\t0\t0\t0\nvoluntary_ctxt_switches:\t7\n"),
			 &s);
	assert_int_equal(s.uid, 0);
	assert_true(s.rss_anon_bytes == REC_UNKNOWN);
	assert_true(s.nivcsw == REC_UNKNOWN);
}

/* ---- records ---- */

#define TAKEN_MAX 8192

static struct {
	int nr;
	union {
		struct ev_hdr h;
		struct task_rec task;
		struct proc_rec proc;
		struct mem_rec mem;
		struct psi_rec psi;
		struct load_rec load;
		struct host_rec host;
		struct cpu_stat_rec cpu;
	} at[TAKEN_MAX];
} taken;

static void take(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(record_check(ev, ev->size), 0);
	assert_true(taken.nr < TAKEN_MAX && ev->size <= sizeof(taken.at[0]));
	memcpy(&taken.at[taken.nr++], ev, ev->size);
}

/* Returns the record of a kind that has `id` as its tgid or CPU (-1: any), or NULL. */
static const void *find(uint8_t pane, uint8_t kind, int64_t id)
{
	for (int i = 0; i < taken.nr; i++) {
		const struct ev_hdr *h = &taken.at[i].h;
		int64_t own = pane == PANE_CPU  ? h->cpu :
			      kind == CORE_PROC ? taken.at[i].proc.tgid :
						  taken.at[i].task.tgid;

		if (h->pane == pane && h->kind == kind && (id < 0 || own == id))
			return h;
	}
	return NULL;
}

static void a_tick_of_a_host(void **state)
{
	struct inventory *inv;
	const struct cpu_stat_rec *cpu;
	const struct psi_rec *psi;
	uint64_t tick_ns = files_tick_ns();

	fixture_text("/proc/meminfo", meminfo);
	fixture_text("/proc/loadavg", "0.50 0.25 0.12 1/92 5810\n");
	fixture_text("/proc/stat", "cpu  9 9 9 9\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu2 11 0 0 0 0 0 0 0 "
				   "0 0\nintr 5 5\ncpu3 1 1 1 1\n");
	fixture_text("/proc/pressure/cpu", "some avg10=0 avg60=0 avg300=0 total=100\n");
	fixture_text("/proc/pressure/io", "some total=0\nfull avg10=0 total=300\n");
	assert_int_equal(inventory_new(fixture_root, &inv), 0);
	/* the second tick reads the files from their beginning again */
	for (int pass = 0; pass < 2; pass++) {
		taken.nr = 0;
		inventory_tick(inv, 77, take, NULL);
		assert_int_equal(taken.nr, 5);
		for (int i = 0; i < taken.nr; i++)
			assert_int_equal(taken.at[i].h.ts_ns, 77);
		assert_int_equal(((const struct mem_rec *)find(PANE_CORE, CORE_MEM, -1))->total,
				 24683656 * KIB);
		assert_int_equal(
			((const struct load_rec *)find(PANE_CORE, CORE_LOAD, -1))->load_centi[0],
			pass ? 75 : 50);
		psi = find(PANE_CORE, CORE_PSI, -1);
		assert_int_equal(psi->some_us[PSI_CPU], 100);
		assert_true(psi->full_us[PSI_CPU] == REC_UNKNOWN);
		assert_true(psi->some_us[PSI_MEM] == REC_UNKNOWN);
		assert_int_equal(psi->full_us[PSI_IO], 300);
		cpu = find(PANE_CPU, CPU_STAT, 0);
		assert_int_equal(cpu->ns[CPU_GUEST_NICE], 10 * tick_ns);
		cpu = find(PANE_CPU, CPU_STAT, 2);
		assert_int_equal(cpu->ns[CPU_USER], 11 * tick_ns);
		fixture_text("/proc/loadavg", "0.75 0.25 0.12 1/92 5810\n");
	}
	inventory_free(inv);
}

static void a_host_of_4096_cpus(void **state)
{
	static char big[4096 * 140 + 200000];
	struct inventory *inv;
	const struct cpu_stat_rec *cpu;
	size_t len = 0;

	len += (size_t)sprintf(big, "cpu  1 1 1 1\n");
	for (int i = 0; i < 4096; i++)
		len += (size_t)sprintf(big + len,
				       "cpu%d %d 1111111111 1111111111 2222222222 3333333333 "
				       "4444444444 5555555555 6666666666 7777777777 8888888888\n",
				       i, i);
	len += (size_t)sprintf(big + len, "intr");
	for (int i = 0; i < 50000; i++)
		len += (size_t)sprintf(big + len, " 0");
	fixture_bytes("/proc/stat", big, len);
	fixture_text("/sys/devices/system/cpu/online", "0-4000\n");
	fixture_text("/sys/devices/system/cpu/possible", "0-4095\n");
	assert_int_equal(inventory_new(fixture_root, &inv), 0);
	taken.nr = 0;
	inventory_tick(inv, 1, take, NULL);
	assert_int_equal(taken.nr, 3 + 4096);
	cpu = find(PANE_CPU, CPU_STAT, 4095);
	assert_int_equal(cpu->ns[CPU_USER], 4095 * files_tick_ns());
	taken.nr = 0;
	inventory_host(inv, 1, HOST_F_BPF, take, NULL);
	assert_int_equal(taken.at[0].host.cpus_online, 4001);
	assert_int_equal(taken.at[0].host.cpus_possible, 4096);
	assert_int_equal(taken.at[0].host.flags, HOST_F_BPF);
	assert_int_equal(taken.at[0].host.self_tgid, getpid());
	assert_true(strlen(taken.at[0].host.release) > 0);
	inventory_free(inv);
}

static void an_empty_root_tells_unknown(void **state)
{
	struct inventory *inv;
	struct source *s;

	assert_int_equal(inventory_new("/nonexistent", &inv), 0);
	taken.nr = 0;
	inventory_tick(inv, 1, take, NULL);
	assert_int_equal(taken.nr, 3);
	assert_true(((const struct mem_rec *)find(PANE_CORE, CORE_MEM, -1))->total == REC_UNKNOWN);
	assert_true(((const struct psi_rec *)find(PANE_CORE, CORE_PSI, -1))->some_us[0] ==
		    REC_UNKNOWN);
	inventory_host(inv, 1, 0, take, NULL);
	assert_int_equal(taken.at[3].host.cpus_online, REC_UNKNOWN32);
	inventory_free(inv);
	assert_int_equal(proc_source_new("/nonexistent", &s), -ENOENT);
	assert_null(s);
}

/* ---- processes ---- */

struct fake {
	uint32_t pid;
	const char *comm;
	char state;
	unsigned ticks, threads, start;
	uint64_t oncpu_ns, runq_ns; /* no schedstat when oncpu_ns is 0 */
	unsigned nvcsw;
};

static void fake_process(const struct fake *f)
{
	char path[64], buf[1024];

	snprintf(path, sizeof(path), "/proc/%u/stat", f->pid);
	snprintf(buf, sizeof(buf),
		 "%u (%s) %c 1 1 1 0 -1 0 5 0 6 0 %u 0 0 0 20 0 %u 0 %u 8192000 2 1 "
		 "0 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0\n",
		 f->pid, f->comm, f->state, f->ticks, f->threads, f->start);
	fixture_text(path, buf);
	snprintf(path, sizeof(path), "/proc/%u/status", f->pid);
	snprintf(buf, sizeof(buf),
		 "Uid:\t7\t0\t0\t0\nRssAnon:\t8 kB\nvoluntary_ctxt_switches:\t%u\n"
		 "nonvoluntary_ctxt_switches:\t1\n",
		 f->nvcsw);
	fixture_text(path, buf);
	snprintf(path, sizeof(path), "/proc/%u/schedstat", f->pid);
	snprintf(buf, sizeof(buf), "%llu %llu 5\n", (unsigned long long)f->oncpu_ns,
		 (unsigned long long)f->runq_ns);
	if (f->oncpu_ns)
		fixture_text(path, buf);
}

static void tick(struct source *s, uint32_t flags)
{
	taken.nr = 0;
	assert_int_equal(s->ops->tick(s, flags, take, NULL), 0);
}

static const struct task_rec *task(uint32_t pid)
{
	return find(PANE_CORE, CORE_TASK, pid);
}

static struct source *fresh_source(void)
{
	struct source *s;

	fixture_drop("/proc");
	fixture_text("/proc/self/stat", "ignored");
	fixture_text("/proc/stat", "ignored");
	assert_int_equal(proc_source_new(fixture_root, &s), 0);
	return s;
}

static void a_process_of_one_thread_has_nanoseconds(void **state)
{
	struct source *s = fresh_source();
	struct fake f = { .pid = 42,
			  .comm = "one",
			  .state = 'D',
			  .ticks = 3,
			  .threads = 1,
			  .start = 1000,
			  .oncpu_ns = 35000001,
			  .runq_ns = 77,
			  .nvcsw = 9 };
	const struct task_rec *t;
	const struct proc_rec *p;
	uint64_t tick_ns = files_tick_ns(), page = (uint64_t)sysconf(_SC_PAGESIZE);

	fake_process(&f);
	tick(s, 0);
	assert_int_equal(taken.nr, 2);
	t = task(42);
	p = find(PANE_CORE, CORE_PROC, 42);
	assert_non_null(t);
	assert_non_null(p);
	assert_int_equal(t->pid, 42);
	assert_int_equal(t->uid, 7);
	assert_int_equal(t->start_ns, 1000 * tick_ns);
	assert_int_equal(t->leader_start_ns, t->start_ns);
	assert_int_equal(t->oncpu_ns, 35000001);
	assert_int_equal(t->runq_ns, 77);
	assert_int_equal(t->utime_ns, 3 * tick_ns);
	assert_int_equal(t->nvcsw, 9);
	assert_int_equal(t->state, 'D');
	assert_int_equal(t->wclass, WAIT_DISK);
	assert_int_equal(t->flags, TASK_F_LEADER | TASK_F_NO_CLASS);
	assert_true(t->since_ns == REC_UNKNOWN);
	assert_int_equal(t->migrations, REC_UNKNOWN32);
	assert_string_equal(t->comm, "one");
	assert_int_equal(p->threads, 1);
	assert_int_equal(p->rss_anon_pages, 8 * KIB / page);
	assert_int_equal(p->rss_file_pages, REC_UNKNOWN32);
	assert_int_equal(p->vm_pages, 8192000 / page);
	assert_int_equal(p->dead_oncpu_ns, 0);
	s->ops->free(s);
}

static void an_unchanged_process_costs_no_record_but_in_a_key_pass(void **state)
{
	struct source *s = fresh_source();
	struct fake f = { .pid = 42,
			  .comm = "one",
			  .state = 'S',
			  .ticks = 3,
			  .threads = 1,
			  .start = 1000,
			  .oncpu_ns = 35000001 };

	fake_process(&f);
	tick(s, 0);
	tick(s, 0);
	assert_int_equal(taken.nr, 0);
	tick(s, TICK_F_KEY);
	assert_int_equal(taken.nr, 2);
	f.oncpu_ns++;
	fake_process(&f);
	tick(s, 0);
	assert_int_equal(taken.nr, 1);
	assert_int_equal(task(42)->oncpu_ns, f.oncpu_ns);
	s->ops->free(s);
}

static void threads_are_summed_by_ticks_and_never_step_back(void **state)
{
	struct source *s = fresh_source();
	struct fake f = { .pid = 42,
			  .comm = "pool",
			  .state = 'S',
			  .ticks = 3,
			  .threads = 1,
			  .start = 1000,
			  .oncpu_ns = 35000001,
			  .runq_ns = 77 };
	uint64_t tick_ns = files_tick_ns();

	fake_process(&f);
	tick(s, 0);
	f.threads = 4;
	f.ticks = 13;
	f.oncpu_ns += 5;
	fake_process(&f);
	tick(s, 0);
	assert_int_equal(task(42)->oncpu_ns, 35000001 + 10 * tick_ns);
	assert_true(task(42)->runq_ns == REC_UNKNOWN);
	assert_true(task(42)->nvcsw == REC_UNKNOWN);
	assert_true(task(42)->flags & TASK_F_NO_RUNQ);
	assert_int_equal(((const struct proc_rec *)find(PANE_CORE, CORE_PROC, 42))->threads, 4);
	f.threads = 1; /* the threads' time is gone from schedstat: ticks stay */
	f.ticks = 14;
	fake_process(&f);
	tick(s, 0);
	assert_int_equal(task(42)->oncpu_ns, 35000001 + 11 * tick_ns);
	s->ops->free(s);
}

static void dead_threads_and_a_missing_schedstat_show_at_first_sight(void **state)
{
	struct source *s = fresh_source();
	struct fake was = { .pid = 42,
			    .comm = "was",
			    .state = 'S',
			    .ticks = 500,
			    .threads = 1,
			    .start = 1,
			    .oncpu_ns = 1000 };
	struct fake none = {
		.pid = 43, .comm = "none", .state = 'S', .ticks = 500, .threads = 1, .start = 1
	};
	uint64_t tick_ns = files_tick_ns();

	fake_process(&was);
	fake_process(&none);
	tick(s, 0);
	assert_int_equal(task(42)->oncpu_ns, 500 * tick_ns);
	assert_int_equal(task(43)->oncpu_ns, 500 * tick_ns);
	assert_true(task(43)->flags & TASK_F_NO_RUNQ);
	s->ops->free(s);
}

static void who_vanishes_or_is_replaced_has_exited(void **state)
{
	struct source *s = fresh_source();
	struct fake a = { .pid = 42,
			  .comm = "a",
			  .state = 'S',
			  .ticks = 3,
			  .threads = 1,
			  .start = 1000,
			  .oncpu_ns = 35000001 };
	struct fake b = { .pid = 43,
			  .comm = "b",
			  .state = 'R',
			  .ticks = 3,
			  .threads = 1,
			  .start = 1000,
			  .oncpu_ns = 35000002 };
	const struct task_rec *t;
	uint64_t tick_ns = files_tick_ns();

	fake_process(&a);
	fake_process(&b);
	tick(s, 0);
	assert_int_equal(taken.nr, 4);
	fixture_drop("/proc/42");
	b.start = 2000; /* the same pid, another process */
	fake_process(&b);
	tick(s, 0);
	assert_int_equal(taken.nr, 4);
	t = find(PANE_CORE, CORE_EXIT, 42);
	assert_non_null(t);
	assert_int_equal(t->oncpu_ns, 35000001);
	assert_int_equal(t->exit_code, REC_UNKNOWN32);
	assert_int_equal(t->state, 'X');
	assert_true(t->flags & TASK_F_GROUP_DEAD);
	t = find(PANE_CORE, CORE_EXIT, 43);
	assert_int_equal(t->start_ns, 1000 * tick_ns);
	assert_int_equal(task(43)->start_ns, 2000 * tick_ns);
	tick(s, 0);
	assert_int_equal(taken.nr, 0);
	s->ops->free(s);
}

static void states_give_the_class_they_can(void **state)
{
	static const struct {
		char state;
		uint8_t wclass;
	} rows[] = {
		{ 'R', WAIT_ONCPU }, { 'S', WAIT_OTHER }, { 'D', WAIT_DISK },  { 'I', WAIT_IDLE },
		{ 'Z', WAIT_OTHER }, { 'T', WAIT_OTHER }, { 't', WAIT_OTHER }, { 'P', WAIT_IDLE },
	};
	struct source *s = fresh_source();

	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake f = { .pid = 100 + i,
				  .comm = "x",
				  .state = rows[i].state,
				  .ticks = 1,
				  .threads = 1,
				  .start = 1,
				  .oncpu_ns = 10000000 };

		fake_process(&f);
	}
	tick(s, 0);
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(task(100 + i)->wclass, rows[i].wclass);
		assert_int_equal(task(100 + i)->state, rows[i].state);
	}
	s->ops->free(s);
}

static void garbage_under_proc_is_no_process(void **state)
{
	struct source *s = fresh_source();

	fixture_text("/proc/50/stat", "");
	fixture_text("/proc/51/stat", "51 (half) S 1 2 3");
	fixture_text("/proc/52/comm", "no stat at all");
	fixture_text("/proc/99999999999999999999999999/stat", "x");
	tick(s, 0);
	assert_int_equal(taken.nr, 0);
	s->ops->free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(meminfo_gives_bytes),
		cmocka_unit_test(missing_lines_of_meminfo_are_unknown_not_zero),
		cmocka_unit_test(pressure),
		cmocka_unit_test(loads),
		cmocka_unit_test(cpu_lines),
		cmocka_unit_test(cpu_lists),
		cmocka_unit_test(pid_stat),
		cmocka_unit_test(a_cut_pid_stat_is_refused_or_whole),
		cmocka_unit_test(pid_status),
		cmocka_unit_test(a_tick_of_a_host),
		cmocka_unit_test(a_host_of_4096_cpus),
		cmocka_unit_test(an_empty_root_tells_unknown),
		cmocka_unit_test(a_process_of_one_thread_has_nanoseconds),
		cmocka_unit_test(an_unchanged_process_costs_no_record_but_in_a_key_pass),
		cmocka_unit_test(threads_are_summed_by_ticks_and_never_step_back),
		cmocka_unit_test(dead_threads_and_a_missing_schedstat_show_at_first_sight),
		cmocka_unit_test(who_vanishes_or_is_replaced_has_exited),
		cmocka_unit_test(states_give_the_class_they_can),
		cmocka_unit_test(garbage_under_proc_is_no_process),
	};

	return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
