/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One tick, in the order that makes a replay exact; the tee; the choice of the source. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "collect.h"
#include "disks.h"
#include "freq.h"
#include "fs_stat.h"
#include "interrupts.h"
#include "inventory.h"
#include "kmsg.h"
#include "outfile.h"
#include "probe.h"
#include "record.h"
#include "state.h"

#define KEY_FRAME_NS (30ULL * 1000000000)
#define SLOW_NS 10000000ULL /* threshold of run-queue waits: that of runqslower */
#define DISK_SLOW_NS 10000000ULL /* of block I/O, queue and service together */
#define FS_SLOW_NS 10000000ULL /* of operations on files */
#define DRAIN_BUDGET 65536 /* records between two looks at the keyboard */

enum source_kind { SOURCE_BPF, SOURCE_PROC, SOURCE_REPLAY };

struct collect {
	enum source_kind kind;
	bool preview; /* `source` reads /proc until collect_start() */
	struct probe_opts probe_opts;
	struct source *source;
	struct inventory *inv;
	struct interrupts *interrupts;
	struct disks *disks;
	struct helpers *helpers;
	struct freqs *freqs; /* made when first asked for */
	struct fs_stat *fs_stat; /* likewise */
	struct kmsg *kmsg;
	struct recorder *rec;
	struct world *world;
	struct tick_rec last;
	uint64_t key_ns; /* when the last key frame was */
	uint32_t host_flags;
	int record_err;
	int statm_fd;
	bool tracking;
	uint32_t demand;
	uint64_t slow_ns, disk_slow_ns, fs_slow_ns;
	uint32_t fs_kinds;
	uint32_t trace_tgid, trace_dev;
};

static bool has_probes(const struct collect *c)
{
	return c->kind == SOURCE_BPF && !c->preview;
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

uint64_t now_mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* Out of line: inlined where a shorter record is at hand, the compiler sees it read beyond its end. */
static __attribute__((noinline)) void keep_tick(struct collect *c, const struct ev_hdr *ev)
{
	if (ev->pane == PANE_CORE && ev->kind == CORE_TICK && ev->size == sizeof(struct tick_rec))
		memcpy(&c->last, ev, sizeof(c->last));
}

/* Every record passes here: recorded first, then folded, so both see the same order. */
static void sink(void *ctx, const struct ev_hdr *ev)
{
	struct collect *c = ctx;

	if (c->rec && !c->record_err && !c->preview)
		c->record_err = recorder_add(c->rec, ev);
	keep_tick(c, ev);
	world_apply(c->world, ev);
}

static int open_probes(struct collect *c, int *ret_exit, struct err *e)
{
	int ret = probe_open(&c->probe_opts, &c->source, e);

	malloc_trim(0); /* loading leaves megabytes of heap behind */
	if (ret)
		*ret_exit = ret == -EPERM || ret == -EACCES ? EXIT_NOT_PERMITTED :
			    ret == -ENOTSUP		    ? EXIT_NO_KERNEL :
							      EXIT_RUN_TIME;
	return ret;
}

static int open_live(struct collect *c, const struct options *o, int *ret_exit, struct err *e)
{
	int ret;

	c->kind = o->no_bpf ? SOURCE_PROC : SOURCE_BPF;
	c->preview = c->kind == SOURCE_BPF && !o->batch && !o->check;
	c->probe_opts = (struct probe_opts){
		.modules = o->module_mask,
		.ring_bytes = o->ring_bytes,
		.rungs = o->rungs,
		.btf_path = o->btf,
		.track = o->command != NULL,
		.debug = o->verbose,
	};
	if (o->no_bpf || c->preview)
		ret = proc_source_new("", &c->source);
	else
		ret = open_probes(c, ret_exit, e);
	if (ret)
		return *e->text ? ret : err_set(e, ret, "reading /proc: %s.", strerror(-ret));
	c->host_flags = (o->no_bpf ? 0 : HOST_F_BPF) | (o->command ? HOST_F_COMMAND : 0);
	c->tracking = o->command != NULL;
	c->statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ret = inventory_new("", &c->inv);
	if (!ret)
		ret = interrupts_new("", &c->interrupts);
	if (!ret)
		ret = disks_new("", &c->disks);
	if (!ret)
		ret = helpers_new("", &c->helpers);
	if (!ret)
		ret = kmsg_new(&c->kmsg);
	return ret ? err_set(e, ret, "starting: %s.", strerror(-ret)) : 0;
}

static int open_recorder(struct collect *c, const struct options *o, int *ret_exit, struct err *e)
{
	int fd = outfile_open(o->record, o->force, e);
	int ret;

	if (fd < 0) {
		*ret_exit = EXIT_OUTPUT;
		return fd;
	}
	ret = recorder_new(fd, &c->rec, e);
	if (ret)
		*ret_exit = EXIT_OUTPUT;
	return ret;
}

int collect_new(const struct options *o, struct collect **ret_c, int *ret_exit, struct err *e)
{
	struct collect *c = calloc(1, sizeof(*c));
	int ret;

	*ret_exit = EXIT_RUN_TIME;
	if (!c)
		return err_set(e, -ENOMEM, "starting: not enough memory.");
	c->statm_fd = -1;
	c->slow_ns = SLOW_NS;
	c->disk_slow_ns = DISK_SLOW_NS;
	c->fs_slow_ns = FS_SLOW_NS;
	c->fs_kinds = FS_EV_ALL & ~FS_EV_MANY;
	ret = world_new(NULL, &c->world);
	if (ret) {
		err_set(e, ret, "reserving memory for the models: %s.", strerror(-ret));
		goto fail;
	}
	if (o->replay) {
		c->kind = SOURCE_REPLAY;
		ret = replay_open(o->replay, &c->source, e);
	} else {
		ret = open_live(c, o, ret_exit, e);
		if (!ret && o->record)
			ret = open_recorder(c, o, ret_exit, e);
	}
	if (ret)
		goto fail;
	*ret_c = c;
	return 0;
fail:
	collect_free(c, NULL);
	return ret;
}

int collect_free(struct collect *c, struct err *e)
{
	int ret = 0;

	if (!c)
		return 0;
	if (c->rec)
		ret = recorder_close(c->rec, e);
	if (c->source) /* NULL where the probes could not be opened */
		c->source->ops->free(c->source);
	helpers_free(c->helpers);
	kmsg_free(c->kmsg);
	inventory_free(c->inv);
	freqs_free(c->freqs);
	fs_stat_free(c->fs_stat);
	interrupts_free(c->interrupts);
	disks_free(c->disks);
	world_free(c->world);
	if (c->statm_fd >= 0)
		close(c->statm_fd);
	free(c);
	return ret;
}

/* From /proc to BPF: what was shown until now was a preview, and is forgotten. */
static int end_preview(struct collect *c, int *ret_exit, struct err *e)
{
	int ret;

	c->source->ops->free(c->source);
	c->source = NULL;
	world_clear(c->world);
	c->last = (struct tick_rec){ 0 };
	c->key_ns = 0;
	c->preview = false;
	ret = open_probes(c, ret_exit, e);
	return ret;
}

int collect_start(struct collect *c, int *ret_exit, struct err *e)
{
	int ret = 0;

	*ret_exit = EXIT_RUN_TIME;
	if (c->kind != SOURCE_BPF)
		return 0;
	if (c->preview)
		ret = end_preview(c, ret_exit, e);
	if (ret)
		return ret;
	ret = probe_start(c->source);
	if (ret >= 0) {
		probe_demand(c->source, c->demand);
		probe_threshold(c->source, PANE_CPU, c->slow_ns);
		probe_threshold(c->source, PANE_DISK, c->disk_slow_ns);
		probe_threshold(c->source, PANE_FS, c->fs_slow_ns);
		probe_fs_kinds(c->source, c->fs_kinds);
		probe_trace(c->source, c->trace_tgid, c->trace_dev);
	}
	return ret < 0 ? err_set(e, ret, "attaching the probes: %s.", strerror(-ret)) : 0;
}

int collect_track(struct collect *c, pid_t pid)
{
	return c->kind == SOURCE_BPF ? probe_track(c->source, pid) : -ENOTSUP;
}

static uint64_t own_rss_bytes(const struct collect *c)
{
	unsigned long size, resident;
	char buf[128];
	ssize_t n = c->statm_fd < 0 ? -1 : pread(c->statm_fd, buf, sizeof(buf) - 1, 0);

	if (n <= 0)
		return REC_UNKNOWN;
	buf[n] = 0;
	if (sscanf(buf, "%lu %lu", &size, &resident) != 2)
		return REC_UNKNOWN;
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void emit_self(struct collect *c, uint64_t now_ns, const struct probe_totals *t)
{
	struct self_rec r = {
		.cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
		.rss_bytes = own_rss_bytes(c),
		.bpf_ns = has_probes(c) ? t->bpf_ns : REC_UNKNOWN,
		.maps_bytes = has_probes(c) ? t->maps_bytes : REC_UNKNOWN,
		.lost_ring = t->lost_ring,
		.lost_map = t->lost_map,
		.probes_on = t->on,
		.probes_all = t->all,
		.evicted = world_evicted(c->world),
	};

	record_init(&r.h, now_ns, PANE_CORE, CORE_SELF, sizeof(r));
	sink(c, &r.h);
}

static void emit_demand(struct collect *c, uint64_t now_ns)
{
	struct demand_rec r = {
		.on = c->demand,
		.slow_ns = c->slow_ns,
		.disk_slow_ns = c->disk_slow_ns,
		.trace_tgid = c->trace_tgid,
		.trace_dev = c->trace_dev,
		.fs_slow_ns = c->fs_slow_ns,
		.fs_kinds = c->fs_kinds,
	};

	record_init(&r.h, now_ns, PANE_CORE, CORE_DEMAND, sizeof(r));
	sink(c, &r.h);
}

/* What BPF does not count /proc does, while it is asked for and in key frames. */
static void emit_interrupts(struct collect *c, uint64_t now_ns, uint32_t flags)
{
	uint32_t what = 0;

	if ((flags & TICK_F_KEY) || (c->demand & DEMAND_IRQS)) {
		what = INTERRUPTS_ARCH;
		if (!has_probes(c) || !probe_is_on(c->source, PROBE_IRQ_ENTRY))
			what |= INTERRUPTS_HARD;
		if (!has_probes(c) || !probe_is_on(c->source, PROBE_SOFTIRQ_ENTRY))
			what |= INTERRUPTS_SOFT;
	}
	if (flags & TICK_F_KEY)
		what |= INTERRUPTS_NAMES;
	interrupts_tick(c->interrupts, now_ns, what, sink, c);
}

/* Without BPF /proc/diskstats is all there is; beside it, it tells what BPF does not see. */
static void emit_disks(struct collect *c, uint64_t now_ns, uint32_t flags)
{
	const struct disk_name *names;
	int nr;

	if (has_probes(c) && !(flags & TICK_F_KEY) && !(c->demand & DEMAND_DISKS))
		return;
	disks_tick(c->disks, now_ns, flags & TICK_F_KEY, sink, c);
	nr = disks_names(c->disks, &names);
	if (!c->preview)
		helpers_want_disks(c->helpers, names, nr);
}

/* The clocks of the interval's end, read together and before the pass. */
struct clocks {
	uint64_t mono_ns, boot_ns, real_ns;
};

static struct clocks clocks_now(void)
{
	return (struct clocks){ clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_BOOTTIME), clock_ns(CLOCK_REALTIME) };
}

static void emit_tick(struct collect *c, const struct clocks *now, uint32_t flags, const struct probe_totals *t)
{
	struct tick_rec r = {
		.real_ns = now->real_ns,
		.boot_ns = now->boot_ns,
		.interval_ns = c->last.h.ts_ns ? now->mono_ns - c->last.h.ts_ns : 0,
		.pass_ns = t->pass_ns,
		.tasks = has_probes(c) && !c->tracking ? (uint32_t)t->tasks : REC_UNKNOWN32,
		.flags = flags,
	};

	/* CLOCK_BOOTTIME runs on through a suspend, CLOCK_MONOTONIC does not. */
	if (c->last.h.ts_ns && r.boot_ns - c->last.boot_ns > r.interval_ns + 1000000000ULL)
		r.flags |= TICK_F_GAP;
	record_init(&r.h, now->mono_ns, PANE_CORE, CORE_TICK, sizeof(r));
	sink(c, &r.h);
}

static void on_wish(void *ctx, const struct world_wish *wish)
{
	struct collect *c = ctx;

	switch (wish->kind) {
	case WISH_CMD:
		helpers_want_cmd(c->helpers, wish->tgid, wish->start_ns);
		break;
	case WISH_USER:
		helpers_want_user(c->helpers, wish->uid);
		break;
	case WISH_BLOCKED:
		helpers_want_blocked(c->helpers, wish->tgid, wish->pid, wish->start_ns);
		break;
	case WISH_CGROUP:
		helpers_want_cgroup(c->helpers, wish->tgid, wish->start_ns, wish->cgroup_id);
		break;
	}
}

int collect_drain(struct collect *c, int budget)
{
	int n = c->source->ops->drain(c->source, budget, sink, c);

	return n < 0 ? 0 : n;
}

static void tick_freqs(struct collect *c, uint64_t now_ns)
{
	if (!(c->demand & DEMAND_FREQ) || (!c->freqs && freqs_new("", &c->freqs)))
		return;
	freqs_tick(c->freqs, now_ns, sink, c);
}

static void tick_fs_stat(struct collect *c, uint64_t now_ns)
{
	if (!(c->demand & DEMAND_CACHES) || (!c->fs_stat && fs_stat_new("", &c->fs_stat)))
		return;
	fs_stat_tick(c->fs_stat, now_ns, sink, c);
}

int collect_tick(struct collect *c, uint32_t flags)
{
	struct probe_totals t = { 0 };
	struct clocks now;
	uint64_t now_ns;
	int ret;

	if (c->kind == SOURCE_REPLAY)
		return c->source->ops->tick(c->source, flags, sink, c);
	collect_drain(c, DRAIN_BUDGET);
	now = clocks_now();
	now_ns = now.mono_ns;
	if (!c->key_ns || now_ns - c->key_ns >= KEY_FRAME_NS || world_wants_key(c->world) ||
	    (flags & (TICK_F_FIRST | TICK_F_LAST))) {
		flags |= TICK_F_KEY;
		c->key_ns = now_ns;
		inventory_host(c->inv, now_ns, c->host_flags, sink, c);
	}
	ret = c->source->ops->tick(c->source, flags, sink, c);
	if (ret)
		return ret;
	if (has_probes(c))
		probe_settle(c->source, sink, c);
	inventory_tick(c->inv, now_ns, sink, c);
	tick_freqs(c, now_ns);
	tick_fs_stat(c, now_ns);
	emit_interrupts(c, now_ns, flags);
	emit_disks(c, now_ns, flags);
	helpers_drain(c->helpers, now_ns, sink, c);
	if (!c->preview) /* what a preview is told is forgotten */
		kmsg_tick(c->kmsg, now_ns, flags & TICK_F_KEY, sink, c);
	if (has_probes(c)) {
		probe_report(c->source, now_ns, sink, c);
		probe_totals(c->source, &t);
	}
	emit_self(c, now_ns, &t);
	emit_demand(c, now_ns);
	emit_tick(c, &now, flags, &t);
	if (!c->preview)
		world_wishes(c->world, on_wish, c);
	if (has_probes(c) && (c->demand & DEMAND_CGROUPS))
		helpers_want_cgstats(c->helpers);
	if (!c->preview)
		helpers_want_mounts(c->helpers, now_ns, c->demand & DEMAND_MOUNTS);
	return 0;
}

int collect_source_fd(const struct collect *c)
{
	return c->source->ops->fd(c->source);
}

struct world *collect_world(struct collect *c)
{
	return c->world;
}

bool collect_is_replay(const struct collect *c)
{
	return c->kind == SOURCE_REPLAY;
}

const struct replay_info *collect_replay_info(const struct collect *c)
{
	return c->kind == SOURCE_REPLAY ? replay_info(c->source) : NULL;
}

const struct tick_rec *collect_last_tick(const struct collect *c)
{
	return &c->last;
}

/* What was folded on the way is closed, so that the next snapshot is of one interval. */
static int close_seek(struct collect *c, int ret)
{
	struct snapshot scratch;

	if (!ret)
		world_publish(c->world, WINDOW_INTERVAL, &scratch);
	return ret;
}

int collect_seek(struct collect *c, uint64_t mono_ns)
{
	if (c->kind != SOURCE_REPLAY)
		return -ENOTSUP;
	world_clear(c->world);
	return close_seek(c, replay_seek(c->source, mono_ns, sink, c));
}

int collect_back(struct collect *c, uint32_t ticks)
{
	if (c->kind != SOURCE_REPLAY)
		return -ENOTSUP;
	world_clear(c->world);
	return close_seek(c, replay_back(c->source, ticks, sink, c));
}

int collect_switch(struct collect *c, unsigned probe, bool on)
{
	return c->kind == SOURCE_BPF ? probe_switch(c->source, probe, on) : -ENOTSUP;
}

void collect_demand(struct collect *c, uint32_t demand)
{
	if (c->kind == SOURCE_REPLAY || demand == c->demand)
		return;
	c->demand = demand;
	if (has_probes(c))
		probe_demand(c->source, demand);
}

void collect_threshold(struct collect *c, enum pane_id pane, uint64_t ns)
{
	if (pane == PANE_DISK)
		c->disk_slow_ns = ns;
	else if (pane == PANE_FS)
		c->fs_slow_ns = ns;
	else
		c->slow_ns = ns;
	if (has_probes(c))
		probe_threshold(c->source, pane, ns);
}

void collect_fs_kinds(struct collect *c, uint32_t kinds)
{
	if (c->kind == SOURCE_REPLAY || kinds == c->fs_kinds)
		return;
	c->fs_kinds = kinds;
	if (has_probes(c))
		probe_fs_kinds(c->source, kinds);
}

void collect_trace(struct collect *c, uint32_t tgid, uint32_t dev)
{
	if (c->kind == SOURCE_REPLAY || (tgid == c->trace_tgid && dev == c->trace_dev))
		return;
	c->trace_tgid = tgid;
	c->trace_dev = dev;
	if (has_probes(c))
		probe_trace(c->source, tgid, dev);
}

void collect_stack(struct collect *c, uint32_t pid, uint32_t tgid, uint64_t start_ns)
{
	if (c->kind != SOURCE_REPLAY)
		helpers_want_stack(c->helpers, tgid, pid, start_ns);
}

int collect_record_error(const struct collect *c)
{
	return c->record_err;
}
