/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The synthetic source: its records are valid, repeatable, and its sums agree. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record.h"
#include "synth.h"

static const char *const names[] = {"database", "hostile", "losses", "no-runq",
				    "no-bpf",	"plain",   "load"};
#define NAMES_NR (sizeof(names) / sizeof(names[0]))

static struct source *make(const char *name, uint32_t ticks)
{
	struct synth_opts opts;
	struct source *s;

	assert_int_equal(synth_options(name, &opts), 0);
	opts.ticks = ticks;
	assert_int_equal(synth_new(&opts, &s), 0);
	return s;
}

/* What one tick said. */
struct sums {
	uint32_t records, refused, misaligned, kinds[CORE_KIND_NR], cpu_kinds[CPU_KIND_NR];
	uint64_t digest;
	struct tick_rec tick;
	uint64_t exit_submitted, seen, submitted, full, received;
	uint64_t cpu_ns[2]; /* user and system of all CPUs; all modes */
	uint64_t oncpu_ns;  /* of EXIT records without a TASK before */
	uint64_t irq_ns[IRQ_TYPE_NR], mode_ns[CPU_MODE_NR]; /* all CPUs */
	uint64_t moved_in, moved_out, task_moves, slow_slots, hist_nr[HIST_WHICH_NR], switches;
	uint64_t disk_ring, fs_ring; /* records that came through the ring */
	uint64_t call_ns, calls, call_errors, errors;
	const char *find; /* comm of a task to count */
	uint32_t found;
	bool last_is_tick;
};

static void sum_loss(struct sums *u, const struct loss_rec *l)
{
	u->seen += l->seen;
	u->submitted += l->submitted;
	u->full += l->full;
	u->received += l->received;
}

static void sum_cpu_record(struct sums *u, const struct ev_hdr *ev)
{
	const struct cpu_stat_rec *stat = (const void *)ev;
	const struct cpu_sched_rec *sched = (const void *)ev;
	const struct cpu_hist_rec *hist = (const void *)ev;
	const struct irq_rec *irq = (const void *)ev;
	const struct call_rec *call = (const void *)ev;

	u->cpu_kinds[ev->kind]++;
	if (ev->kind == CPU_STAT) {
		u->cpu_ns[0] += stat->ns[CPU_USER] + stat->ns[CPU_SYSTEM];
		for (int m = 0; m < CPU_MODE_NR; m++) {
			u->cpu_ns[1] += stat->ns[m];
			u->mode_ns[m] += stat->ns[m];
		}
	} else if (ev->kind == CPU_SCHED) {
		u->moved_in += sched->migrations_in;
		u->moved_out += sched->migrations_out;
		u->switches += sched->switches;
	} else if (ev->kind == CPU_HIST) {
		for (int i = 0; i < HIST_SLOTS; i++)
			u->hist_nr[hist->which] += hist->slots[i];
		for (int i = 17; i < HIST_SLOTS && hist->which == HIST_RUNQ; i++)
			u->slow_slots += hist->slots[i]; /* 17: from 8.4 ms, drawn from 10 ms on */
	} else if (ev->kind == CPU_INTR && irq->type != IRQ_ARCH) {
		u->irq_ns[irq->type] += irq->ns;
	} else if (ev->kind == CPU_CALL) {
		u->calls += call->count;
		u->call_ns += call->ns;
		u->call_errors += call->errors;
	} else if (ev->kind == CPU_CALL_ERR) {
		u->errors += ((const struct call_err_rec *)ev)->count;
	}
}

static void sum_record(void *ctx, const struct ev_hdr *ev)
{
	struct sums *u = ctx;
	const unsigned char *bytes = (const void *)ev;

	u->records++;
	u->refused += record_check(ev, ev->size) != 0;
	u->misaligned += ev->size % 8 != 0;
	for (unsigned i = 0; i < ev->size; i++)
		u->digest = (u->digest ^ bytes[i]) * 0x100000001b3ULL;
	if (ev->pane == PANE_CPU)
		sum_cpu_record(u, ev);
	if (ev->pane == PANE_DISK)
		u->disk_ring += ev->kind == DISK_IO || ev->kind == DISK_STAGE;
	if (ev->pane == PANE_FS)
		u->fs_ring += ev->kind >= FS_NAME && ev->kind <= FS_EVENT2;
	if (ev->pane != PANE_CORE)
		return;
	u->kinds[ev->kind]++;
	u->last_is_tick = ev->kind == CORE_TICK;
	if (ev->kind == CORE_LOSS)
		sum_loss(u, (const void *)ev);
	if (ev->kind == CORE_TICK)
		memcpy(&u->tick, ev, sizeof(u->tick));
	if (ev->kind == CORE_TASK)
		u->task_moves += ((const struct task_rec *)ev)->migrations;
	if (ev->kind == CORE_TASK && u->find)
		u->found += strncmp(((const struct task_rec *)ev)->comm, u->find, 16) == 0;
	if (ev->kind == CORE_EXIT)
		u->oncpu_ns += ((const struct task_rec *)ev)->oncpu_ns;
}

static struct sums tick(struct source *s)
{
	struct sums u = {0};

	assert_int_equal(s->ops->tick(s, 0, sum_record, &u), 0);
	assert_int_equal(u.refused, 0);
	assert_int_equal(u.misaligned, 0);
	assert_int_equal(u.kinds[CORE_TICK], 1);
	assert_true(u.last_is_tick);
	return u;
}

static void every_scene_gives_valid_records_to_its_end(void **state)
{
	for (unsigned i = 0; i < NAMES_NR; i++) {
		struct source *s = make(names[i], 40);
		struct sums u;

		for (int t = 0; t < 40; t++) {
			u = tick(s);
			assert_int_equal(u.tick.flags & TICK_F_FIRST ? 1 : 0, t == 0);
			assert_int_equal(u.tick.flags & TICK_F_KEY ? 1 : 0, t % 30 == 0);
			assert_int_equal(u.tick.interval_ns == 0, t == 0);
		}
		assert_int_equal(s->ops->tick(s, 0, sum_record, &u), -ENODATA);
		s->ops->free(s);
	}
}

static void all_kinds_of_records_occur(void **state)
{
	static const char *const hosts[] = {"hostile", "database"};

	for (unsigned h = 0; h < 2; h++) {
		struct source *s = make(hosts[h], 10);
		uint32_t seen[CORE_KIND_NR] = {0}, cpu_seen[CPU_KIND_NR] = {0};

		for (int t = 0; t < 10; t++) {
			struct sums u = tick(s);

			for (int k = 0; k < CORE_KIND_NR; k++)
				seen[k] += u.kinds[k];
			for (int k = 0; k < CPU_KIND_NR; k++)
				cpu_seen[k] += u.cpu_kinds[k];
		}
		for (int k = CORE_TASK; k <= CORE_EXEC; k++)
			assert_true(seen[k] > 0);
		for (int k = CORE_TICK; k < CORE_KIND_NR; k++)
			assert_true(seen[k] > 0 || (k == CORE_ALERT && h == 1));
		for (int k = CPU_STAT; k < CPU_KIND_NR; k++)
			assert_true(cpu_seen[k] > 0);
		s->ops->free(s);
	}
}

static void the_same_options_give_the_same_bytes(void **state)
{
	for (unsigned i = 0; i < NAMES_NR; i++) {
		struct source *a = make(names[i], 8), *b = make(names[i], 8);

		for (int t = 0; t < 8; t++)
			assert_true(tick(a).digest == tick(b).digest);
		a->ops->free(a);
		b->ops->free(b);
	}
}

static void another_seed_gives_other_bytes(void **state)
{
	struct synth_opts opts;
	struct source *a = make("database", 2), *b;

	assert_int_equal(synth_options("database", &opts), 0);
	opts.seed = 77;
	assert_int_equal(synth_new(&opts, &b), 0);
	assert_true(tick(a).digest != tick(b).digest);
	a->ops->free(a);
	b->ops->free(b);
}

static uint64_t truth_sum(const struct synth_truth *t)
{
	uint64_t sum = 0;

	for (int i = 0; i < WAIT_NR; i++)
		sum += t->class_ns[i];
	return sum;
}

/* On-CPU, run-queue wait and all classes of sleep are the whole of each thread's wall time. */
static void seconds_of_a_process_add_up(void **state)
{
	static const struct {
		const char *name;
		uint32_t tgid;
	} cases[] = {
		{"database", 8112}, {"database", 2291}, {"database", 8040}, {"database", 1},
		{"database", 780},  {"load", 1000},	{"load", 1002},	    {"load", 1050},
		{"hostile", 60},    {"hostile", 18},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source *s = make(cases[i].name, 10);
		struct synth_truth before, after;

		tick(s);
		assert_true(synth_truth(s, cases[i].tgid, &before));
		for (int t = 1; t < 10; t++) {
			struct sums u = tick(s);

			assert_true(synth_truth(s, cases[i].tgid, &after));
			assert_int_equal(truth_sum(&after) - truth_sum(&before),
					 u.tick.interval_ns * after.threads);
			before = after;
		}
		s->ops->free(s);
	}
}

/* The CPUs' own figures: every CPU's modes fill its interval, to the grain of /proc/stat. */
static void cpus_are_full_and_not_fuller(void **state)
{
	static const struct {
		const char *name;
		uint64_t cpus;
	} cases[] = {{"database", 2}, {"load", 8}, {"losses", 2}};
	const uint64_t grain_ns = 10000000ULL * CPU_MODE_NR;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source *s = make(cases[i].name, 12);
		struct sums before = tick(s), after;

		for (int t = 1; t < 12; t++) {
			uint64_t all, want;

			after = tick(s);
			all = after.cpu_ns[1] - before.cpu_ns[1];
			want = after.tick.interval_ns * cases[i].cpus;
			assert_true(all <= want + grain_ns * cases[i].cpus);
			assert_true(all + grain_ns * cases[i].cpus >= want);
			assert_true(after.cpu_ns[0] - before.cpu_ns[0] <= all);
			before = after;
		}
		s->ops->free(s);
	}
}

static void key_frame_names_every_task_and_others_only_the_changed(void **state)
{
	struct source *s = make("database", 31);
	struct sums u = {.find = "tar"};

	assert_int_equal(s->ops->tick(s, 0, sum_record, &u), 0);
	assert_int_equal(u.kinds[CORE_TASK], u.tick.tasks);
	assert_int_equal(u.found, 1);
	for (int t = 1; t < 31; t++) {
		u = (struct sums){.find = "tar"};
		assert_int_equal(s->ops->tick(s, 0, sum_record, &u), 0);
		assert_int_equal(u.found, t == 30);
		if (t == 30)
			assert_int_equal(u.kinds[CORE_TASK], u.tick.tasks);
		else
			assert_true(u.kinds[CORE_TASK] < u.tick.tasks);
	}
	s->ops->free(s);
}

/* The handlers' own time is what the CPUs say they spent on interrupts, to the grain. */
static void time_of_interrupts_is_that_of_the_cpus(void **state)
{
	struct source *s = make("database", 31);
	const uint64_t grain_ns = 2 * 10000000ULL;

	for (int t = 0; t < 31; t++) {
		struct sums u = tick(s);

		if (t != 0 && t != 30)
			continue; /* only key frames name them all */
		assert_true(u.irq_ns[IRQ_HARD] >= u.mode_ns[CPU_IRQ]);
		assert_true(u.irq_ns[IRQ_HARD] <= u.mode_ns[CPU_IRQ] + grain_ns);
		assert_true(u.irq_ns[IRQ_SOFT] >= u.mode_ns[CPU_SOFTIRQ]);
		assert_true(u.irq_ns[IRQ_SOFT] <= u.mode_ns[CPU_SOFTIRQ] + grain_ns);
	}
	s->ops->free(s);
}

/* What leaves a CPU comes to another, and the tasks count the same moves. */
static void migrations_of_cpus_are_those_of_tasks(void **state)
{
	struct source *s = make("load", 31);
	struct sums first = tick(s), last;

	assert_int_equal(first.moved_in, first.task_moves);
	for (int t = 1; t < 31; t++)
		last = tick(s);
	assert_int_equal(last.moved_in, last.moved_out);
	assert_int_equal(last.moved_in, last.task_moves);
	assert_true(last.moved_in > first.moved_in);
	s->ops->free(s);
}

static void each_wait_over_the_threshold_is_one_event(void **state)
{
	struct source *s = make("database", 20);
	uint64_t slow = 0;
	struct sums u;

	for (int t = 0; t < 20; t++) {
		u = tick(s);
		slow += u.cpu_kinds[CPU_SLOW];
		assert_int_equal(slow, u.slow_slots);
		assert_int_equal(u.hist_nr[HIST_OFFCPU] <= u.hist_nr[HIST_ONCPU], 1);
	}
	assert_true(slow > 100);
	s->ops->free(s);
}

static void errors_of_calls_are_named(void **state)
{
	struct source *s = make("database", 31);

	for (int t = 0; t < 31; t++) {
		struct sums u = tick(s);

		if (t != 30)
			continue;
		assert_true(u.call_errors > 1000 && u.calls > 10 * u.call_errors / 2);
		assert_int_equal(u.errors, u.call_errors);
	}
	s->ops->free(s);
}

/* Without a demand there is none of what it brings, and all else is the same. */
static void only_what_is_asked_for_is_told(void **state)
{
	static const struct {
		uint32_t off;
		uint8_t pane, kind;
	} rows[] = {
		{DEMAND_CALLS, PANE_CPU, CPU_CALL},    {DEMAND_CALLS, PANE_CPU, CPU_CALL_ERR},
		{DEMAND_FREQ, PANE_CPU, CPU_FREQ},     {DEMAND_CGROUPS, PANE_CORE, CORE_CGSTAT},
		{DEMAND_IRQS, PANE_CPU, CPU_INTR},     {DEMAND_WAKERS, PANE_CPU, CPU_PAIR},
		{DEMAND_OFFCPU, PANE_CORE, CORE_HIST},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct synth_opts opts;
		struct source *all = make("database", 3), *less;
		struct sums a, b;
		uint32_t with, without;

		assert_int_equal(synth_options("database", &opts), 0);
		opts.demand_off = rows[i].off;
		assert_int_equal(synth_new(&opts, &less), 0);
		for (int t = 0; t < 3; t++) {
			a = tick(all);
			b = tick(less);
		}
		with = rows[i].pane == PANE_CPU ? a.cpu_kinds[rows[i].kind] : a.kinds[rows[i].kind];
		without = rows[i].pane == PANE_CPU ? b.cpu_kinds[rows[i].kind]
						   : b.kinds[rows[i].kind];
		assert_true(without < with);
		assert_true((rows[i].off & (DEMAND_IRQS | DEMAND_WAKERS | DEMAND_OFFCPU)) ||
			    without == 0);
		all->ops->free(all);
		less->ops->free(less);
	}
}

struct calls {
	uint32_t entries, rest;
};

static void count_calls(void *ctx, const struct ev_hdr *ev)
{
	struct calls *c = ctx;

	assert_int_equal(record_check(ev, ev->size), 0);
	if (ev->pane != PANE_CPU || ev->kind != CPU_CALL)
		return;
	if (((const struct call_rec *)ev)->tgid)
		c->entries++;
	else
		c->rest++;
}

/* As many as the kernel's map holds; the rest is lumped together. */
static void many_processes_have_many_calls_up_to_a_limit(void **state)
{
	struct synth_opts opts;
	struct source *s;
	struct calls c = {0};

	assert_int_equal(synth_options("big", &opts), 0);
	opts.processes = 30000;
	opts.threads = 1;
	opts.idle_permille = 100;
	assert_int_equal(synth_new(&opts, &s), 0);
	for (int t = 0; t < 3; t++)
		s->ops->tick(s, 0, count_calls, &c);
	c = (struct calls){0};
	s->ops->tick(s, TICK_F_KEY, count_calls, &c);
	assert_in_range(c.entries, 10000, 16000);
	assert_in_range(c.rest, 1, 16);
	s->ops->free(s);
}

static void four_thousand_cpus_have_their_records(void **state)
{
	struct synth_opts opts;
	struct source *s;
	struct sums u = {0};

	assert_int_equal(synth_options("cpus", &opts), 0);
	opts.ticks = 2;
	assert_int_equal(synth_new(&opts, &s), 0);
	for (int t = 0; t < 2; t++)
		u = tick(s);
	assert_int_equal(u.cpu_kinds[CPU_STAT], 4096);
	assert_int_equal(u.cpu_kinds[CPU_SCHED], 4096);
	assert_int_equal(u.cpu_kinds[CPU_FREQ], 4096);
	assert_true(u.cpu_kinds[CPU_INTR] > 10000);
	s->ops->free(s);
}

static void losses_are_counted_exactly(void **state)
{
	struct source *s = make("losses", 12);
	uint64_t delivered = 0;
	struct sums u;

	for (int t = 0; t < 12; t++) {
		u = tick(s);
		delivered += u.kinds[CORE_EXIT] + u.kinds[CORE_EXEC] + u.cpu_kinds[CPU_SLOW] + u.disk_ring + u.fs_ring;
		assert_int_equal(u.seen, u.submitted + u.full);
		assert_int_equal(u.received, u.submitted);
	}
	assert_true(u.full > 0);
	assert_int_equal(u.submitted, delivered);
	s->ops->free(s);
}

/* Cumulative sums of closed sleeps only grow, whatever segment is open. */
struct waits {
	struct wait_rec last[64];
	unsigned nr, backwards;
};

static void follow_waits(void *ctx, const struct ev_hdr *ev)
{
	struct waits *w = ctx;
	const struct wait_rec *rec = (const void *)ev;
	unsigned i = 0;

	if (ev->pane != PANE_CORE || ev->kind != CORE_WAIT)
		return;
	while (i < w->nr && (w->last[i].pid != rec->pid || w->last[i].start_ns != rec->start_ns))
		i++;
	if (i == 64)
		return;
	for (int c = 0; i < w->nr && c < WAIT_SLEEPS; c++)
		w->backwards += rec->units[c] - w->last[i].units[c] > UINT32_MAX / 2;
	if (i == w->nr)
		w->nr++;
	w->last[i] = *rec;
}

static void closed_waits_never_shrink(void **state)
{
	struct source *s = make("load", 20);
	struct waits w = {.nr = 0};

	for (int t = 0; t < 20; t++)
		assert_int_equal(s->ops->tick(s, 0, follow_waits, &w), 0);
	assert_int_equal(w.nr, 64);
	assert_int_equal(w.backwards, 0);
	s->ops->free(s);
}

static void options_out_of_range_are_refused(void **state)
{
	static const struct synth_opts bad[] = {
		{.scene = SYNTH_SCENE_NR},
		{.cpus = SYNTH_CPUS_MAX + 1},
		{.scene = SYNTH_LOAD, .processes = 1000001},
		{.scene = SYNTH_LOAD, .processes = 65536, .threads = 65536},
		{.idle_permille = 1001},
		{.interval_ns = 1},
	};
	struct synth_opts opts;
	struct source *s;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(synth_new(&bad[i], &s), -EINVAL);
	assert_int_equal(synth_options("no such host", &opts), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scene_gives_valid_records_to_its_end),
		cmocka_unit_test(all_kinds_of_records_occur),
		cmocka_unit_test(the_same_options_give_the_same_bytes),
		cmocka_unit_test(another_seed_gives_other_bytes),
		cmocka_unit_test(seconds_of_a_process_add_up),
		cmocka_unit_test(cpus_are_full_and_not_fuller),
		cmocka_unit_test(key_frame_names_every_task_and_others_only_the_changed),
		cmocka_unit_test(time_of_interrupts_is_that_of_the_cpus),
		cmocka_unit_test(migrations_of_cpus_are_those_of_tasks),
		cmocka_unit_test(each_wait_over_the_threshold_is_one_event),
		cmocka_unit_test(errors_of_calls_are_named),
		cmocka_unit_test(only_what_is_asked_for_is_told),
		cmocka_unit_test(many_processes_have_many_calls_up_to_a_limit),
		cmocka_unit_test(four_thousand_cpus_have_their_records),
		cmocka_unit_test(losses_are_counted_exactly),
		cmocka_unit_test(closed_waits_never_shrink),
		cmocka_unit_test(options_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
