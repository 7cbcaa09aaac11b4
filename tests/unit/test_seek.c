/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A replay that jumps to an interval shows what one that played up to it shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "model.h"
#include "recording.h"
#include "same_files.h"
#include "snap_calls.h"
#include "snap_cgroup.h"
#include "snap_disk_devs.h"
#include "snap_disk_events.h"
#include "snap_disk_procs.h"
#include "snap_disk_sets.h"
#include "snap_disk_stages.h"
#include "snap_events.h"
#include "snap_irq.h"
#include "synth.h"

#define TICKS 45

struct player {
	struct source *source;
	struct world *world;
	struct snapshot snap;
};

static void keep(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(recorder_add(ctx, ev), 0);
}

static void apply(void *ctx, const struct ev_hdr *ev)
{
	assert_int_equal(world_apply(ctx, ev), 0);
}

static int record(const struct synth_opts *opts)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);
	struct source *s;
	struct recorder *r;

	assert_int_equal(synth_new(opts, &s), 0);
	assert_int_equal(recorder_new(dup(fd), &r, NULL), 0);
	while (s->ops->tick(s, 0, keep, r) == 0)
		;
	assert_int_equal(recorder_close(r, NULL), 0);
	s->ops->free(s);
	return fd;
}

static struct player player_new(int fd)
{
	struct player p = {.source = NULL};

	assert_int_equal(replay_open_fd(dup(fd), &p.source, NULL), 0);
	assert_int_equal(world_new(NULL, &p.world), 0);
	return p;
}

static void player_free(struct player *p)
{
	p->source->ops->free(p->source);
	world_free(p->world);
}

static uint64_t player_tick(struct player *p)
{
	assert_int_equal(p->source->ops->tick(p->source, 0, apply, p->world), 0);
	world_publish(p->world, false, &p->snap);
	return p->snap.m.tick.h.ts_ns;
}

static void same_string(const char *a, const char *b, size_t len)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a)
		assert_memory_equal(a, b, len);
}

static void same_row(const struct proc_row *a, const struct proc_row *b)
{
	const size_t from = offsetof(struct proc_row, nice), to = offsetof(struct proc_row, ref);

	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->start_ns, b->start_ns);
	assert_string_equal(a->comm, b->comm);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->dead, b->dead);
	assert_int_equal(a->cmd_len, b->cmd_len);
	same_string(a->cmd, b->cmd, a->cmd_len);
	same_string(a->exe, b->exe, a->exe_len);
	same_string(a->user, b->user, a->user ? strlen(a->user) : 0);
	assert_memory_equal((const char *)a + from, (const char *)b + from, to - from);
}

/* Rows of no time stand in an order of what came since the start, which a jump cannot know. */
static const struct irq_row *irq_of(const struct irq_snap *irqs, const struct irq_row *row)
{
	for (int i = 0; i < irqs->rows_nr; i++)
		if (irqs->rows[i].type == row->type && irqs->rows[i].key == row->key)
			return &irqs->rows[i];
	fail_msg("interrupt %u of type %u is missing", row->key, row->type);
	return NULL;
}

static void same_irqs(const struct irq_snap *a, const struct irq_snap *b)
{
	const size_t from = offsetof(struct irq_row, label), to = offsetof(struct irq_row, cpus);

	assert_int_equal(a->rows_nr, b->rows_nr);
	for (int i = 0; i < a->rows_nr; i++) {
		const struct irq_row *x = &a->rows[i], *y = irq_of(b, x);

		assert_memory_equal((const char *)x + from, (const char *)y + from, to - from);
		assert_int_equal(x->cpus_nr, y->cpus_nr);
		for (int c = 0; c < x->cpus_nr; c++) {
			assert_int_equal(x->cpus[c].cpu, y->cpus[c].cpu);
			assert_int_equal(x->cpus[c].count, y->cpus[c].count);
			assert_int_equal(x->cpus[c].ns, y->cpus[c].ns);
		}
	}
}

static void same_call_rows(const struct call_row *a, int a_nr, const struct call_row *b, int b_nr)
{
	assert_int_equal(a_nr, b_nr);
	for (int i = 0; i < a_nr; i++) {
		assert_int_equal(a[i].pid, b[i].pid);
		assert_int_equal(a[i].start_ns, b[i].start_ns);
		assert_string_equal(a[i].comm, b[i].comm);
		assert_string_equal(a[i].name, b[i].name);
		assert_int_equal(a[i].count, b[i].count);
		assert_int_equal(a[i].ns, b[i].ns);
		assert_int_equal(a[i].errors, b[i].errors);
		assert_int_equal(a[i].p99_ns, b[i].p99_ns);
		assert_int_equal(a[i].max_ns, b[i].max_ns);
		assert_int_equal(a[i].errs_nr, b[i].errs_nr);
		for (int e = 0; e < a[i].errs_nr; e++) { /* not as memory: there is padding in it */
			assert_int_equal(a[i].errs[e].error, b[i].errs[e].error);
			assert_int_equal(a[i].errs[e].count, b[i].errs[e].count);
		}
	}
}

static void same_calls(const struct calls_snap *a, const struct calls_snap *b)
{
	assert_int_equal(a->state, b->state);
	same_call_rows(a->names, a->names_nr, b->names, b->names_nr);
	same_call_rows(a->procs, a->procs_nr, b->procs, b->procs_nr);
	same_call_rows(a->pairs, a->pairs_nr, b->pairs, b->pairs_nr);
}

/* Those of the interval; what came before a jump is not told again. */
static void same_events(const struct events_snap *a, const struct events_snap *b)
{
	const struct event_row *x = a->rows + a->new_from, *y = b->rows + b->new_from;
	int nr = a->nr - a->new_from;

	assert_int_equal(nr, b->nr - b->new_from);
	for (int i = 0; i < nr; i++) {
		assert_int_equal(x[i].kind, y[i].kind);
		assert_int_equal(x[i].ts_ns, y[i].ts_ns);
		assert_int_equal(x[i].latency_ns, y[i].latency_ns);
		assert_int_equal(x[i].age_ns, y[i].age_ns);
		assert_int_equal(x[i].cpu_ns, y[i].cpu_ns);
		assert_int_equal(x[i].pid, y[i].pid);
		assert_int_equal(x[i].ppid, y[i].ppid);
		assert_int_equal(x[i].code, y[i].code);
		assert_int_equal(x[i].by_pid, y[i].by_pid);
		assert_memory_equal(x[i].comm, y[i].comm, sizeof(x[i].comm));
		assert_int_equal(x[i].log.text_len, y[i].log.text_len);
		same_string(event_text(a, &x[i]), event_text(b, &y[i]), x[i].log.text_len);
	}
}

static void same_pairs(const struct snapshot *a, const struct snapshot *b, int row)
{
	const struct proc_row *x = row < 0 ? NULL : &a->procs[row];
	const struct proc_row *y = row < 0 ? NULL : &b->procs[row];
	struct pair_row p[8], q[8];

	for (int kind = 0; kind < PAIR_KIND_NR; kind++) {
		int nr = snapshot_pairs(a, x, (enum pair_kind)kind, p, 8);

		assert_int_equal(nr, snapshot_pairs(b, y, (enum pair_kind)kind, q, 8));
		for (int i = 0; i < nr; i++) {
			assert_int_equal(p[i].count, q[i].count);
			assert_int_equal(p[i].ns, q[i].ns);
			assert_int_equal(p[i].by, q[i].by);
			assert_string_equal(p[i].name, q[i].name);
		}
	}
}

static void same_process_parts(const struct snapshot *a, const struct snapshot *b, int row)
{
	const struct proc_row *x = &a->procs[row], *y = &b->procs[row];
	const struct blocked_rec *p = snapshot_blocked(a, x), *q = snapshot_blocked(b, y);
	const struct stack_rec *s = snapshot_stack(a, x), *t = snapshot_stack(b, y);
	struct hist h, i;

	for (int which = 0; which < HIST_WHICH_NR; which++) {
		bool has = snapshot_hist(a, x, (enum hist_which)which, &h);

		assert_int_equal(has, snapshot_hist(b, y, (enum hist_which)which, &i));
		if (has)
			assert_memory_equal(&h, &i, sizeof(h));
	}
	same_string((const void *)p, (const void *)q, sizeof(*p));
	assert_int_equal(!s, !t);
	if (s)
		assert_memory_equal(s->text, t->text, s->len);
	same_pairs(a, b, row);
}

static void same_cgroups(const struct snapshot *a, const struct snapshot *b)
{
	const struct cgroup_row *x, *y;
	int nr = snapshot_cgroups(a, &x);

	assert_int_equal(nr, snapshot_cgroups(b, &y));
	for (int i = 0; i < nr; i++) {
		assert_int_equal(x[i].id, y[i].id);
		same_string(x[i].path, y[i].path, x[i].path ? strlen(x[i].path) + 1 : 0);
		assert_string_equal(x[i].unit, y[i].unit);
		assert_string_equal(x[i].container, y[i].container);
		assert_memory_equal(x[i].psi, y[i].psi, sizeof(x[i].psi));
		assert_int_equal(x[i].throttled_ns, y[i].throttled_ns);
		assert_int_equal(x[i].sums.oncpu_ns, y[i].sums.oncpu_ns);
		assert_int_equal(x[i].sums.threads, y[i].sums.threads);
	}
}

static void same_disk_devs(const struct disk_devs_snap *a, const struct disk_devs_snap *b)
{
	const size_t from = offsetof(struct disk_dev_row, major);

	assert_int_equal(a->rows_nr, b->rows_nr);
	for (int i = 0; i < a->rows_nr; i++) {
		const struct disk_dev_row *x = &a->rows[i], *y = &b->rows[i];

		assert_int_equal(x->dev, y->dev);
		assert_int_equal(x->parent, y->parent);
		assert_string_equal(x->name, y->name);
		assert_string_equal(x->label, y->label);
		assert_string_equal(x->scheduler, y->scheduler);
		assert_int_equal(x->flags, y->flags);
		assert_int_equal(x->counted, y->counted);
		/* all figures: they have one size */
		assert_memory_equal((const char *)x + from, (const char *)y + from, sizeof(*x) - from);
	}
}

static void same_disk_sets(const struct snapshot *a, const struct snapshot *b)
{
	const struct disk_set_row *x, *y;
	int nr = snapshot_disk_sets(a, DISK_ALL, &x);
	int64_t sizes[2][SIZE_SLOTS];

	assert_int_equal(nr, snapshot_disk_sets(b, DISK_ALL, &y));
	for (int i = 0; i < nr; i++) {
		assert_int_equal(x[i].dev, y[i].dev);
		assert_int_equal(x[i].set, y[i].set);
		assert_memory_equal(&x[i].sum, &y[i].sum, sizeof(x[i].sum));
		assert_memory_equal(x[i].hist, y[i].hist, sizeof(x[i].hist));
		assert_memory_equal(x[i].p99_ns, y[i].p99_ns, sizeof(x[i].p99_ns));
		assert_int_equal(x[i].share_pct, y[i].share_pct);
	}
	assert_int_equal(snapshot_disk_sizes(a, DISK_ALL, DISK_WRITE, sizes[0]),
			 snapshot_disk_sizes(b, DISK_ALL, DISK_WRITE, sizes[1]));
	assert_memory_equal(sizes[0], sizes[1], sizeof(sizes[0]));
}

/* Of those that have had I/O in the window: who had some before a jump is not known after it. */
static int next_used(const struct disk_procs_snap *d, int i)
{
	while (i < d->rows_nr && !(d->rows[i].requests > 0 || d->rows[i].inflight > 0))
		i++;
	return i;
}

static void same_disk_procs(const struct disk_procs_snap *a, const struct disk_procs_snap *b)
{
	int i = next_used(a, 0), j = next_used(b, 0);

	for (; i < a->rows_nr && j < b->rows_nr; i = next_used(a, i + 1), j = next_used(b, j + 1)) {
		const struct disk_proc_row *x = &a->rows[i], *y = &b->rows[j];

		assert_int_equal(x->p.pid, y->p.pid);
		assert_string_equal(x->p.comm, y->p.comm);
		assert_memory_equal(x->count, y->count, sizeof(x->count));
		assert_int_equal(x->bytes, y->bytes);
		assert_int_equal(x->inferred, y->inferred);
		assert_int_equal(x->errors, y->errors);
		assert_int_equal(x->lat_p50_ns, y->lat_p50_ns);
		assert_int_equal(x->lat_p99_ns, y->lat_p99_ns);
		assert_int_equal(x->lat_max_ns, y->lat_max_ns);
		assert_int_equal(x->device_share_pct, y->device_share_pct);
		assert_int_equal(x->dev, y->dev);
		assert_int_equal(x->inflight, y->inflight);
		assert_int_equal(x->oldest_ns, y->oldest_ns);
	}
	assert_int_equal(i, a->rows_nr);
	assert_int_equal(j, b->rows_nr);
	assert_int_equal(a->oldest_ns, b->oldest_ns);
	assert_int_equal(a->oldest_dev, b->oldest_dev);
}

static void same_disk_events(const struct disk_events_snap *a, const struct disk_events_snap *b)
{
	const struct disk_event_row *x = a->rows + a->new_from, *y = b->rows + b->new_from;
	int nr = a->nr - a->new_from;

	assert_int_equal(a->log_nr - a->new_from, b->log_nr - b->new_from);
	assert_int_equal(nr, b->nr - b->new_from);
	for (int i = 0; i < nr; i++) {
		assert_int_equal(x[i].id, y[i].id);
		assert_int_equal(x[i].state, y[i].state);
		assert_int_equal(x[i].ts_ns, y[i].ts_ns);
		assert_int_equal(x[i].latency_ns, y[i].latency_ns);
		assert_int_equal(x[i].age_ns, y[i].age_ns);
		assert_int_equal(x[i].pid, y[i].pid);
		assert_int_equal(x[i].set, y[i].set);
		assert_int_equal(x[i].bytes, y[i].bytes);
		assert_memory_equal(x[i].comm, y[i].comm, sizeof(x[i].comm));
		assert_memory_equal(x[i].file, y[i].file, sizeof(x[i].file));
	}
}

/* Counts of steps; requests that were under way at a jump lack their beginning. */
static void same_disk_stages(const struct disk_stages_snap *a, const struct disk_stages_snap *b)
{
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->devs_nr, b->devs_nr);
	assert_int_equal(a->cpus_nr, b->cpus_nr);
	for (int i = 0; i < a->devs_nr; i++) {
		assert_int_equal(a->devs[i].dev, b->devs[i].dev);
		assert_memory_equal(a->devs[i].count, b->devs[i].count, sizeof(a->devs[i].count));
	}
}

static void same_disks(const struct snapshot *a, const struct snapshot *b)
{
	same_disk_devs(a->disk_devs, b->disk_devs);
	same_disk_sets(a, b);
	same_disk_procs(a->disk_procs, b->disk_procs);
	same_disk_events(a->disk_events, b->disk_events);
	same_disk_stages(a->disk_stages, b->disk_stages);
}

static void same_new_parts(const struct snapshot *a, const struct snapshot *b)
{
	assert_int_equal(a->demand, b->demand);
	assert_int_equal(a->slow_ns, b->slow_ns);
	assert_memory_equal(&a->offcpu, &b->offcpu, sizeof(a->offcpu));
	same_irqs(a->irqs, b->irqs);
	same_calls(a->calls, b->calls);
	same_events(a->events, b->events);
	same_pairs(a, b, -1);
	same_cgroups(a, b);
	same_disks(a, b);
	same_files(a, b);
	for (int i = 0; i < a->procs_nr; i++)
		same_process_parts(a, b, i);
}

static void same_snapshot(const struct snapshot *a, const struct snapshot *b)
{
	assert_int_equal(a->procs_nr, b->procs_nr);
	for (int i = 0; i < a->procs_nr; i++)
		same_row(&a->procs[i], &b->procs[i]);
	assert_int_equal(a->cpus_nr, b->cpus_nr);
	assert_memory_equal(a->cpus, b->cpus, (size_t)a->cpus_nr * sizeof(*a->cpus));
	assert_memory_equal(&a->m.tick, &b->m.tick, sizeof(a->m.tick));
	assert_int_equal(a->m.interval_ns, b->m.interval_ns);
	assert_int_equal(a->m.busy_ns, b->m.busy_ns);
	assert_int_equal(a->m.runq_p99_ns, b->m.runq_p99_ns);
	assert_int_equal(a->m.self_cpu_ns, b->m.self_cpu_ns);
	assert_int_equal(a->probes_nr, b->probes_nr);
	assert_memory_equal(&a->runq, &b->runq, sizeof(a->runq));
	assert_memory_equal(&a->oncpu, &b->oncpu, sizeof(a->oncpu));
	same_new_parts(a, b);
}

/* `target` counts ticks from 0. */
static void compare_at(int fd, int target)
{
	struct player there = player_new(fd), jumped = player_new(fd);
	uint64_t at_ns = 0;

	for (int t = 0; t <= target; t++)
		at_ns = player_tick(&there);
	assert_int_equal(replay_seek(jumped.source, at_ns, apply, jumped.world), 0);
	world_publish(jumped.world, false, &jumped.snap);
	assert_int_equal(player_tick(&jumped), at_ns);
	same_snapshot(&there.snap, &jumped.snap);
	/* And on from there. */
	if (target + 1 < TICKS)
		assert_int_equal(player_tick(&there), player_tick(&jumped));
	same_snapshot(&there.snap, &jumped.snap);
	player_free(&there);
	player_free(&jumped);
}

static void jump_in_a_short_recording_shows_the_same(void **state)
{
	static const char *const names[] = {"database", "losses", "hostile"};
	static const int targets[] = {1, 4, 5, 8, 29, 30, 31, 44};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct synth_opts opts;
		int fd;

		assert_int_equal(synth_options(names[i], &opts), 0);
		opts.ticks = TICKS;
		fd = record(&opts);
		for (unsigned t = 0; t < sizeof(targets) / sizeof(targets[0]); t++)
			compare_at(fd, targets[t]);
		close(fd);
	}
}

/* Large enough that the jump starts at the key frame of tick 30, not at the first one. */
static void jump_over_a_key_frame_shows_the_same(void **state)
{
	static const int targets[] = {31, 32, 40};
	struct synth_opts opts = {
		.scene = SYNTH_LOAD,
		.seed = 9,
		.processes = 6000,
		.idle_permille = 100,
		.ticks = TICKS,
	};
	int fd = record(&opts);

	assert_true(lseek(fd, 0, SEEK_END) > 20000000);
	for (unsigned t = 0; t < sizeof(targets) / sizeof(targets[0]); t++)
		compare_at(fd, targets[t]);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jump_in_a_short_recording_shows_the_same),
		cmocka_unit_test(jump_over_a_key_frame_shows_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
