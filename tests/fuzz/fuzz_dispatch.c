/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dispatch: any records in any order, with ticks, publishes and mode changes between them. Few
 * pids and few starts, so that identities meet; the figures of each row must add up.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "record.h"
#include "snap_check_disk.h"
#include "snap_check_fs.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t core_sizes[CORE_KIND_NR] = {
	[CORE_TASK] = sizeof(struct task_rec), [CORE_PROC] = sizeof(struct proc_rec),
	[CORE_WAIT] = sizeof(struct wait_rec), [CORE_HIST] = sizeof(struct hist_rec),
	[CORE_EXIT] = sizeof(struct task_rec), [CORE_EXEC] = sizeof(struct exec_rec),
	[CORE_TICK] = sizeof(struct tick_rec), [CORE_HOST] = sizeof(struct host_rec),
	[CORE_USER] = sizeof(struct user_rec), [CORE_CMD] = sizeof(struct cmd_rec),
	[CORE_PSI] = sizeof(struct psi_rec),   [CORE_MEM] = sizeof(struct mem_rec),
	[CORE_SELF] = sizeof(struct self_rec), [CORE_LOSS] = sizeof(struct loss_rec),
	[CORE_PROBE] = sizeof(struct probe_rec), [CORE_ALERT] = sizeof(struct alert_rec),
	[CORE_LOAD] = sizeof(struct load_rec), [CORE_DEMAND] = sizeof(struct demand_rec),
	[CORE_KMSG] = sizeof(struct kmsg_rec), [CORE_BLOCKED] = sizeof(struct blocked_rec),
	[CORE_STACK] = sizeof(struct stack_rec), [CORE_CGROUP] = sizeof(struct cgroup_rec),
	[CORE_CGSTAT] = sizeof(struct cgstat_rec),
};

static const uint16_t cpu_sizes[CPU_KIND_NR] = {
	[CPU_STAT] = sizeof(struct cpu_stat_rec), [CPU_SCHED] = sizeof(struct cpu_sched_rec),
	[CPU_HIST] = sizeof(struct cpu_hist_rec), [CPU_INTR] = sizeof(struct irq_rec),
	[CPU_INTR_HIST] = sizeof(struct irq_hist_rec),
	[CPU_INTR_NAME] = sizeof(struct irq_name_rec),
	[CPU_EXEMPLAR] = sizeof(struct latency_rec), [CPU_SLOW] = sizeof(struct latency_rec),
	[CPU_PAIR] = sizeof(struct pair_rec), [CPU_CALL] = sizeof(struct call_rec),
	[CPU_CALL_ERR] = sizeof(struct call_err_rec), [CPU_FREQ] = sizeof(struct cpu_freq_rec),
};

static const uint16_t disk_sizes[DISK_KIND_NR] = {
	[DISK_INFO] = sizeof(struct disk_info_rec),    [DISK_STAT] = sizeof(struct disk_stat_rec),
	[DISK_DEV] = sizeof(struct disk_dev_rec),      [DISK_SET] = sizeof(struct disk_set_rec),
	[DISK_PROC] = sizeof(struct disk_proc_rec),    [DISK_FLIGHT] = sizeof(struct disk_flight_rec),
	[DISK_IO] = sizeof(struct disk_io_rec),	       [DISK_STAGE] = sizeof(struct disk_stage_rec),
	[DISK_STAGE_SUM] = sizeof(struct disk_stage_sum_rec),
};

static const uint16_t fs_sizes[FS_KIND_NR] = {
	[FS_FILE] = sizeof(struct fs_file_rec),	  [FS_OP] = sizeof(struct fs_op_rec),
	[FS_NAME] = sizeof(struct fs_name_rec),	  [FS_EVENT] = sizeof(struct fs_event_rec),
	[FS_EVENT2] = sizeof(struct fs_event2_rec), [FS_PAGES] = sizeof(struct fs_pages_rec),
	[FS_READAHEAD] = sizeof(struct fs_readahead_rec), [FS_DCACHE] = sizeof(struct fs_dcache_rec),
	[FS_STAT] = sizeof(struct fs_stat_rec),	  [FS_MOUNT] = sizeof(struct fs_mount_rec),
	[FS_USAGE] = sizeof(struct fs_usage_rec), [FS_WAITER] = sizeof(struct fs_waiter_rec),
};

struct input {
	const uint8_t *at, *end;
	uint64_t now_ns;
};

static uint8_t take(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* Small steps, and now and then anything. */
static uint64_t take_count(struct input *in)
{
	uint8_t how = take(in);
	uint64_t v = 0;

	if (how < 250)
		return (uint64_t)how << (take(in) % 36);
	for (int i = 0; i < 8; i++)
		v = v << 8 | take(in);
	return v;
}

static void fill_task(struct input *in, struct task_rec *r)
{
	static const char states[] = "RSDZTXI";

	r->tgid = 1 + take(in) % 6;
	r->pid = r->tgid + take(in) % 3 * 10;
	r->leader_start_ns = 1 + take(in) % 3 * 400000000ULL;
	r->start_ns = r->pid == r->tgid ? r->leader_start_ns : 1 + take(in) % 8 * 300000000ULL;
	r->comm[0] = (char)('a' + take(in) % 3);
	r->oncpu_ns = take_count(in);
	r->runq_ns = take_count(in);
	r->utime_ns = take_count(in);
	r->stime_ns = take_count(in);
	r->nvcsw = take(in);
	r->since_ns = in->now_ns - take_count(in);
	r->state = (uint8_t)states[take(in) % 7];
	r->wclass = take(in) % WAIT_NR;
	r->flags = take(in);
	r->cgroup_id = 1 + take(in) % 4;
}

/* Bytes as they come, and the last of each string a NUL, for so the check wants it. */
static void fill_strings(struct input *in, struct ev_hdr *ev)
{
	uint8_t *bytes = (uint8_t *)ev, len = take(in);

	for (size_t i = sizeof(*ev); i < ev->size && i < sizeof(*ev) + 24U + len; i++)
		bytes[i] = take(in);
	if (ev->kind == CORE_KMSG) {
		struct kmsg_rec *r = (struct kmsg_rec *)(void *)ev;

		r->level %= 8;
		r->text[sizeof(r->text) - 1] = 0;
	} else if (ev->kind == CORE_BLOCKED) {
		struct blocked_rec *r = (struct blocked_rec *)(void *)ev;

		r->pid = r->tgid = 1 + take(in) % 6;
		r->start_ns = 1 + take(in) % 3 * 400000000ULL;
		r->wchan[sizeof(r->wchan) - 1] = r->path[sizeof(r->path) - 1] = 0;
		r->mount[sizeof(r->mount) - 1] = r->device[sizeof(r->device) - 1] = 0;
		r->fstype[sizeof(r->fstype) - 1] = 0;
	} else if (ev->kind == CORE_STACK) {
		struct stack_rec *r = (struct stack_rec *)(void *)ev;

		r->pid = r->tgid = 1 + take(in) % 6;
		r->start_ns = 1 + take(in) % 3 * 400000000ULL;
		r->len = len;
		ev->size = (uint16_t)(offsetof(struct stack_rec, text) + ((len + 7U) & ~7U));
	} else if (ev->kind == CORE_CGROUP) {
		struct cgroup_rec *r = (struct cgroup_rec *)(void *)ev;

		r->id = 1 + take(in) % 4;
		r->len = len;
		ev->size = (uint16_t)(offsetof(struct cgroup_rec, path) + ((len + 7U) & ~7U));
	}
}

static void fill(struct input *in, struct ev_hdr *ev)
{
	uint8_t *bytes = (uint8_t *)ev;

	if (ev->kind == CORE_TASK || ev->kind == CORE_EXIT) {
		fill_task(in, (struct task_rec *)(void *)ev);
	} else if (ev->kind == CORE_TICK) {
		struct tick_rec *r = (struct tick_rec *)(void *)ev;

		in->now_ns += take_count(in) >> 20;
		r->h.ts_ns = in->now_ns;
		r->boot_ns = in->now_ns + take(in) % 2;
		r->tasks = take(in) % 8;
		r->flags = take(in);
	} else if (ev->kind == CORE_KMSG || ev->kind == CORE_BLOCKED || ev->kind == CORE_STACK ||
		   ev->kind == CORE_CGROUP) {
		fill_strings(in, ev);
	} else if (ev->kind == CORE_PROC || ev->kind == CORE_HIST || ev->kind == CORE_EXEC ||
		   ev->kind == CORE_WAIT || ev->kind == CORE_CMD) {
		for (size_t i = sizeof(*ev); i < ev->size && i < 120; i++)
			bytes[i] = take(in);
		/* pid and tgid, or tgid and what follows it */
		((uint32_t *)(void *)(ev + 1))[0] = 1 + take(in) % 6;
		if (ev->kind == CORE_PROC || ev->kind == CORE_EXEC || ev->kind == CORE_WAIT ||
		    ev->kind == CORE_HIST)
			((uint64_t *)(void *)(ev + 1))[1] = 1 + take(in) % 3 * 400000000ULL;
	} else {
		for (size_t i = sizeof(*ev); i < ev->size; i++)
			bytes[i] = take(in);
	}
}

static void check_row(const struct proc_row *row)
{
	int64_t sum = 0;

	require(row->oncpu_ns >= 0 || row->oncpu_ns == FIG_UNKNOWN);
	require(row->active_wall_ns >= 0 && row->threads >= 0 &&
		row->threads_active <= row->threads);
	for (int c = 0; c < WAIT_NR; c++) {
		require(row->class_ns[c] >= 0);
		sum += row->class_ns[c];
	}
	require(sum == row->active_wall_ns);
	require(memchr(row->comm, 0, sizeof(row->comm)) != NULL);
	if (row->blocked_ns != FIG_UNKNOWN && row->idle_ns != FIG_UNKNOWN &&
	    row->offcpu_ns != FIG_UNKNOWN && row->runq_wait_ns != FIG_UNKNOWN)
		require(row->runq_wait_ns + row->blocked_ns + row->idle_ns == row->offcpu_ns);
}

static void check(struct world *w, enum window window)
{
	static struct snapshot snap;
	static volatile char seen;
	struct hist h;

	world_publish(w, window, &snap);
	check_irqs(snap.irqs);
	check_calls(snap.calls);
	check_events(snap.events);
	check_pairs(&snap, NULL);
	check_exemplars(&snap, 0);
	check_cgroups(&snap);
	check_disks(&snap);
	check_fs(&snap);
	for (int i = 0; i < snap.threads_nr; i++)
		check_row(&snap.threads[i]);
	for (int i = 0; i < snap.procs_nr; i++) {
		check_row(&snap.procs[i]);
		for (int which = 0; which < HIST_WHICH_NR; which++)
			snapshot_hist(&snap, &snap.procs[i], (enum hist_which)which, &h);
		check_pairs(&snap, &snap.procs[i]);
		check_exemplars(&snap, (uint32_t)snap.procs[i].pid);
		check_blocked(&snap, &snap.procs[i]);
		for (int k = 0; snap.procs[i].cmd && k < snap.procs[i].cmd_len; k++)
			seen = snap.procs[i].cmd[k];
		if (i && snap.procs[i].pid != FIG_UNKNOWN)
			require(snap.procs[i - 1].pid <= snap.procs[i].pid);
	}
	(void)seen;
}

static void forget(void *ctx, const struct world_wish *wish)
{
}

static void one_record(struct world *w, struct input *in, uint8_t kind)
{
	uint64_t room[EV_SIZE_MAX / 8] = { 0 };
	struct ev_hdr *ev = (struct ev_hdr *)room;

	record_init(ev, in->now_ns + take(in) % 4, PANE_CORE, kind, core_sizes[kind]);
	if (kind == CORE_LOSS)
		ev->cpu = take(in) % 4;
	fill(in, ev);
	if (kind == CORE_CMD) {
		struct cmd_rec *r = (struct cmd_rec *)(void *)ev;

		r->args_len = take(in) * 3;
		r->exe_len = take(in);
		r->start_ns = 1 + take(in) % 3 * 400000000ULL;
		ev->size = (uint16_t)(offsetof(struct cmd_rec, text) +
				      ((r->args_len + r->exe_len + 7U) & ~7U));
	}
	world_apply(w, ev);
}

/* What indexes stays small, so that the same interrupt, pair or call comes again. */
static void bound(struct input *in, struct ev_hdr *ev)
{
	struct irq_name_rec *name = (struct irq_name_rec *)(void *)ev;
	struct latency_rec *latency = (struct latency_rec *)(void *)ev;
	struct pair_rec *pair = (struct pair_rec *)(void *)ev;
	struct call_rec *call = (struct call_rec *)(void *)ev;

	if (ev->kind == CPU_INTR || ev->kind == CPU_INTR_HIST || ev->kind == CPU_INTR_NAME) {
		name->type = take(in) % IRQ_TYPE_NR;
		name->irq = take(in) % SOFTIRQS;
	}
	if (ev->kind == CPU_INTR_NAME)
		name->name[sizeof(name->name) - 1] = name->label[sizeof(name->label) - 1] = 0;
	if (ev->kind == CPU_EXEMPLAR || ev->kind == CPU_SLOW) {
		latency->which = take(in) % HIST_WHICH_NR;
		latency->slot = take(in) % HIST_SLOTS;
		latency->wclass = take(in) % WAIT_NR;
		latency->pid = latency->tgid = 1 + take(in) % 6;
	}
	if (ev->kind == CPU_PAIR) {
		pair->kind = take(in) % PAIR_KIND_NR;
		pair->tgid = 1 + take(in) % 6;
		pair->by = take(in) % 4 ? 1U + take(in) % 6 : (uint32_t)take(in) << 24;
	}
	if (ev->kind == CPU_CALL || ev->kind == CPU_CALL_ERR) {
		call->tgid = take(in) % 7;
		call->nr = take(in) % 4;
		call->flags = take(in) % 2;
		call->start_ns = 1 + take(in) % 3 * 400000000ULL;
	}
}

static void cpu_record(struct world *w, struct input *in)
{
	uint64_t room[64] = { 0 };
	struct ev_hdr *ev = (struct ev_hdr *)room;
	uint8_t kind = 1 + take(in) % (CPU_KIND_NR - 1), len = take(in);

	_Static_assert(sizeof(struct cpu_hist_rec) <= sizeof(room), "room for the largest");
	record_init(ev, in->now_ns, PANE_CPU, kind, cpu_sizes[kind]);
	for (size_t i = sizeof(*ev); i < cpu_sizes[kind] && i < sizeof(*ev) + len; i++)
		((uint8_t *)room)[i] = take(in);
	ev->cpu = take(in) % 4 == 3 ? 5000 : take(in) % 3;
	if (kind == CPU_HIST)
		((struct cpu_hist_rec *)(void *)ev)->which %= HIST_WHICH_NR;
	bound(in, ev);
	/* All bounds are kept here: else nothing but refusals would be tried. */
	require(world_apply(w, ev) == 0);
}

/* Few devices, sets, processes and requests, so that the same ones come again. */
static uint32_t take_dev(struct input *in)
{
	static const uint32_t devs[] = {0, 8 << 20, 8 << 20 | 1, 254 << 20, 7 << 20, 259 << 20, UINT32_MAX};

	return devs[take(in) % (sizeof(devs) / sizeof(devs[0]))];
}

static uint16_t take_set(struct input *in)
{
	uint8_t how = take(in);

	return (uint16_t)(how % DISK_OP_NR | (how & 0x40 ? DISK_SET_SYNC : 0) | (how & 0x80 ? take(in) << 4 & DISK_SET_ALL : 0));
}

static void bound_info(struct input *in, struct disk_info_rec *r)
{
	r->type = take(in) % DISK_T_NR;
	r->slaves_nr = take(in) % (DISK_SLAVES + 1);
	r->parent = take(in) % 3 ? 0 : take_dev(in);
	for (int i = 0; i < r->slaves_nr; i++)
		r->slaves[i] = take_dev(in);
	r->name[sizeof(r->name) - 1] = r->scheduler[sizeof(r->scheduler) - 1] = r->label[sizeof(r->label) - 1] = 0;
}

static void bound_disk(struct input *in, struct ev_hdr *ev)
{
	struct disk_info_rec *info = (struct disk_info_rec *)(void *)ev;
	struct disk_set_rec *set = (struct disk_set_rec *)(void *)ev;
	struct disk_proc_rec *proc = (struct disk_proc_rec *)(void *)ev;
	struct disk_io_rec *io = (struct disk_io_rec *)(void *)ev;
	struct disk_flight_rec *flight = (struct disk_flight_rec *)(void *)ev;
	struct disk_stage_rec *step = (struct disk_stage_rec *)(void *)ev;

	if (ev->kind == DISK_IO || ev->kind == DISK_FLIGHT || ev->kind == DISK_STAGE)
		io->id = take(in) % 8;
	if (ev->kind == DISK_PROC)
		proc->dev = take_dev(in);
	else if (ev->kind == DISK_IO || ev->kind == DISK_FLIGHT)
		io->dev = take_dev(in);
	else if (ev->kind == DISK_STAGE)
		step->dev = take_dev(in);
	else
		info->dev = take_dev(in); /* first in the others */
	if (ev->kind == DISK_INFO)
		bound_info(in, info);
	if (ev->kind == DISK_SET)
		set->set = take_set(in);
	if (ev->kind == DISK_IO)
		io->set = take_set(in);
	if (ev->kind == DISK_FLIGHT)
		flight->set = take_set(in);
	if (ev->kind == DISK_PROC) {
		proc->tgid = take(in) % 7;
		proc->start_ns = take(in) % 4 * 400000000ULL;
		proc->op = take(in) % DISK_OP_NR;
	}
	if (ev->kind == DISK_STAGE) {
		step->bio = take(in) % 4;
		step->set = take_set(in);
		step->stage = take(in) % STAGE_NR;
	}
}

static void disk_record(struct world *w, struct input *in)
{
	uint64_t room[128] = { 0 };
	struct ev_hdr *ev = (struct ev_hdr *)room;
	uint8_t kind = 1 + take(in) % (DISK_KIND_NR - 1), len = take(in);

	_Static_assert(sizeof(struct disk_proc_rec) <= sizeof(room), "room for the largest");
	record_init(ev, in->now_ns, PANE_DISK, kind, disk_sizes[kind]);
	for (size_t i = sizeof(*ev); i < disk_sizes[kind] && i < sizeof(*ev) + len; i++)
		((uint8_t *)room)[i] = take(in);
	ev->cpu = take(in) % 4 == 3 ? 5000 : take(in) % 3;
	bound_disk(in, ev);
	require(world_apply(w, ev) == 0);
}

/* Few processes, files, filesystems and mounts, so that the same ones come again. */
static void bound_fs_sum(struct input *in, struct ev_hdr *ev)
{
	struct fs_file_rec *file = (struct fs_file_rec *)(void *)ev;
	struct fs_op_rec *op = (struct fs_op_rec *)(void *)ev;
	struct fs_pages_rec *pages = (struct fs_pages_rec *)(void *)ev;
	struct fs_name_rec *name = (struct fs_name_rec *)(void *)ev;
	uint32_t tgid = take(in) % 7;
	uint64_t start_ns = take(in) % 4 * 400000000ULL;

	if (ev->kind == FS_FILE || ev->kind == FS_OP) {
		file->tgid = tgid;
		file->start_ns = start_ns;
		file->dev = take_dev(in);
	}
	if (ev->kind == FS_FILE) {
		file->ino = take(in) % 5;
		file->type = take(in) % FS_T_NR;
	} else if (ev->kind == FS_OP) {
		op->op = (uint16_t)(FS_OP_OPEN + take(in) % (FS_OP_NR - FS_OP_OPEN));
	} else if (ev->kind == FS_PAGES) {
		pages->tgid = tgid;
		pages->start_ns = start_ns;
	} else if (ev->kind == FS_NAME) {
		name->ino = take(in) % 5;
		name->dev = take_dev(in);
		name->mnt_id = take(in) % 6;
		name->type = take(in) % FS_T_NR;
	}
}

static void bound_fs(struct input *in, struct ev_hdr *ev)
{
	struct fs_event_rec *event = (struct fs_event_rec *)(void *)ev;
	struct fs_mount_rec *mount = (struct fs_mount_rec *)(void *)ev;
	struct fs_usage_rec *usage = (struct fs_usage_rec *)(void *)ev;
	struct fs_waiter_rec *waiter = (struct fs_waiter_rec *)(void *)ev;

	bound_fs_sum(in, ev);
	if (ev->kind == FS_EVENT || ev->kind == FS_EVENT2) {
		event->event = take(in) % FS_EV_NR;
		event->op = take(in) % FS_OP_NR;
		event->type = take(in) % FS_T_NR;
	} else if (ev->kind == FS_MOUNT) {
		mount->mnt_id = take(in) % 6;
		mount->parent = take(in) % 6;
		mount->dev = take_dev(in);
		mount->fstype[sizeof(mount->fstype) - 1] = mount->root[sizeof(mount->root) - 1] = 0;
		mount->point[sizeof(mount->point) - 1] = mount->source[sizeof(mount->source) - 1] = 0;
		mount->options[sizeof(mount->options) - 1] = 0;
	} else if (ev->kind == FS_USAGE) {
		usage->mnt_id = take(in) % 6;
		usage->dev = take_dev(in);
		usage->state = take(in) % FS_USAGE_STATE_NR;
	} else if (ev->kind == FS_WAITER) {
		waiter->mnt_id = take(in) % 6;
		waiter->path[sizeof(waiter->path) - 1] = 0;
	}
}

static void fs_record(struct world *w, struct input *in)
{
	uint64_t room[80] = { 0 };
	struct ev_hdr *ev = (struct ev_hdr *)room;
	uint8_t kind = 1 + take(in) % (FS_KIND_NR - 1), len = take(in);

	_Static_assert(sizeof(struct fs_mount_rec) <= sizeof(room), "room for the largest");
	record_init(ev, in->now_ns, PANE_FS, kind, fs_sizes[kind]);
	for (size_t i = sizeof(*ev); i < fs_sizes[kind] && i < sizeof(*ev) + len; i++)
		((uint8_t *)room)[i] = take(in);
	ev->cpu = take(in) % 4 == 3 ? 5000 : take(in) % 3;
	bound_fs(in, ev);
	require(world_apply(w, ev) == 0);
}

static struct world *w;

static void end(void)
{
	world_free(w);
}

/* The models' memory is mapped, so the search for leaks does not see what they point at. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct world_caps caps = {.threads = 12, .procs = 6, .cmds = 3, .users = 3};

	require(world_new(&caps, &w) == 0);
	return atexit(end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, data + size, 1000000000ULL};
	uint8_t what;

	world_clear(w);
	while (in.at < in.end) {
		what = take(&in);
		if (what < 18)
			check(w, (enum window)(what % 4));
		else if (what == 18)
			world_mark(w);
		else if (what == 19)
			world_watch(w, (enum watch)(take(&in) % 3), 1 + take(&in) % 6,
				    1 + take(&in) % 3 * 400000000ULL);
		else if (what < 24)
			world_wishes(w, forget, NULL);
		else if (what < 60)
			one_record(w, &in, CORE_TICK);
		else if (what < 110)
			cpu_record(w, &in);
		else if (what < 145)
			disk_record(w, &in);
		else if (what < 180)
			fs_record(w, &in);
		else if (what < 210)
			one_record(w, &in, what < 198 ? CORE_TASK : CORE_EXIT);
		else if (core_sizes[what % CORE_KIND_NR])
			one_record(w, &in, what % CORE_KIND_NR);
	}
	check(w, WINDOW_INTERVAL);
	check(w, WINDOW_TOTAL);
	world_wants_key(w);
	return 0;
}
