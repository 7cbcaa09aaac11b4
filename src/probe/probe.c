// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel source as the rest of the program sees it. Its steps are in the files beside. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core_user.h"
#include "probe_impl.h"
#include "probetop.skel.h"

uint64_t mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int source_fd(struct source *s)
{
	return ring_buffer__epoll_fd(((struct kernel_source *)s)->ring);
}

static int source_drain(struct source *s, int budget, record_fn fn, void *ctx)
{
	return ring_drain((struct kernel_source *)s, budget, fn, ctx);
}

static int source_tick(struct source *s, uint32_t flags, record_fn fn, void *ctx)
{
	return pass_take((struct kernel_source *)s, flags & TICK_F_KEY ? PASS_F_KEY : 0, fn, ctx);
}

static size_t blocks_bytes(const struct kernel_source *k)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (k->cpus * sizeof(struct cpu_block) + page - 1) / page * page;
}

static void source_free(struct source *s)
{
	struct kernel_source *k = (struct kernel_source *)s;

	if (!k)
		return;
	for (unsigned probe = 0; probe < PROBE_NR; probe++)
		detach_probe(k, probe);
	bpf_link__destroy(k->iter);
	ring_buffer__free(k->ring);
	if (k->area)
		munmap(k->area, sizeof(*k->area));
	if (k->pairs)
		munmap(k->pairs, sizeof(*k->pairs));
	irqs_close(k);
	calls_close(k);
	disks_close(k);
	fsums_close(k);
	pages_close(k);
	stages_close(k);
	if (k->blocks)
		munmap(k->blocks, blocks_bytes(k));
	if (k->skel)
		probetop__destroy(k->skel);
	free(k->received);
	free(k->settled);
	free(k->buffer);
	free(k);
}

static const struct source_ops kernel_ops = {
	.name = "kernel",
	.fd = source_fd,
	.drain = source_drain,
	.tick = source_tick,
	.free = source_free,
};

static int map_blocks(struct kernel_source *k, struct err *e)
{
	k->blocks = mmap(NULL, blocks_bytes(k), PROT_READ | PROT_WRITE, MAP_SHARED,
			 bpf_map__fd(k->skel->maps.cpus), 0);
	if (k->blocks == MAP_FAILED) {
		k->blocks = NULL;
		return err_set(e, -errno,
			       "BPF: the counters cannot be mapped: %s. "
			       "--no-bpf shows what /proc gives.",
			       strerror(errno));
	}
	k->pairs = mmap(NULL, sizeof(*k->pairs), PROT_READ | PROT_WRITE, MAP_SHARED,
			bpf_map__fd(k->skel->maps.pairs), 0);
	if (k->pairs == MAP_FAILED)
		k->pairs = NULL; /* its figures stay unknown */
	k->received = calloc(k->cpus, sizeof(*k->received));
	k->settled = calloc(k->cpus, sizeof(*k->settled));
	return k->received && k->settled ? 0 : err_set(e, -ENOMEM, "BPF: no memory for counters.");
}

/* Memory of the maps as the kernel charges it; without that line, what they were asked to hold. */
static uint64_t map_bytes(const struct bpf_map *map)
{
	uint64_t bytes = 0;
	char line[128];
	FILE *f;

	snprintf(line, sizeof(line), "/proc/self/fdinfo/%d", bpf_map__fd(map));
	f = fopen(line, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "memlock: %lu", &bytes) == 1)
			break;
	if (f)
		fclose(f);
	if (!bytes)
		bytes = (uint64_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	return bytes;
}

static void count_maps(struct kernel_source *k)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, k->skel->obj) if (bpf_map__fd(map) >= 0)
		k->maps_bytes += map_bytes(map);
}

static int open_steps(struct kernel_source *k, struct err *e)
{
	int ret = load_open(k, e);

	if (!ret)
		ret = map_blocks(k, e);
	if (!ret)
		ret = irqs_open(k, e);
	if (!ret)
		ret = disks_open(k, e);
	if (!ret)
		ret = fsums_open(k, e);
	if (!ret)
		ret = ring_open(k, e);
	if (!ret)
		ret = pass_open(k, e);
	if (!ret)
		count_maps(k);
	return ret;
}

int probe_open(const struct probe_opts *opts, struct source **ret_source, struct err *e)
{
	struct kernel_source *k = calloc(1, sizeof(*k));
	struct program *flood;
	int cpus = libbpf_num_possible_cpus();
	int ret;

	if (!k)
		return err_set(e, -ENOMEM, "BPF: no memory for the kernel source.");
	k->base.ops = &kernel_ops;
	k->opts = *opts;
	k->cpus = cpus > 0 ? (unsigned)cpus : 1;
	ret = open_steps(k, e);
	if (ret) {
		source_free(&k->base);
		return ret;
	}
	flood = probe_program(k, PROBE_FLOOD);
	k->flood_fd = flood && flood->chosen ? bpf_program__fd(flood->prog) : -1;
	*ret_source = &k->base;
	return 0;
}

int probe_start(struct source *s)
{
	return attach_all((struct kernel_source *)s);
}

int probe_track(struct source *s, pid_t pid)
{
	struct kernel_source *k = (struct kernel_source *)s;

	if (!k->opts.track)
		return -EINVAL;
	calls_track(k, (uint32_t)pid);
	return pass_track(k, (uint32_t)pid);
}

int probe_switch(struct source *s, unsigned probe, bool on)
{
	struct kernel_source *k = (struct kernel_source *)s;
	int ret;

	if (probe >= PROBE_NR || probe == PROBE_PASS || probe == PROBE_FLOOD)
		return -EINVAL;
	k->off[probe] = !on;
	if (!on) {
		detach_probe(k, probe);
		return 0;
	}
	if (probe_wants(k, probe) && !(probe_wants(k, probe) & k->demand))
		return 0; /* nobody asks for it now */
	ret = probe == PROBE_SWITCH ? pass_reset(k) : 0;
	return ret ? ret : attach_probe(k, probe);
}

void files_settle(struct kernel_source *k)
{
	struct settings *settings = &k->skel->bss->settings;

	settings->fs_by_calls = !k->has_vfs ? FS_OP_ALL : k->demand & DEMAND_FSOPS ? FS_OP_ALL & ~vfs_ops(k) : 0;
	settings->fs_kinds = FS_EV_ALWAYS | (k->demand & DEMAND_FSLOG ? k->fs_kinds : 0);
}

void probe_fs_kinds(struct source *s, uint32_t kinds)
{
	struct kernel_source *k = (struct kernel_source *)s;

	k->fs_kinds = kinds;
	files_settle(k);
}

int probe_demand(struct source *s, uint32_t demand)
{
	struct kernel_source *k = (struct kernel_source *)s;
	int ret = 0, got;

	if (demand & ~k->demand & DEMAND_CALLS)
		calls_begin(k);
	if (demand & ~k->demand & DEMAND_STAGES)
		stages_begin(k);
	if (demand & ~k->demand & DEMAND_OFFCPU)
		k->first = true; /* the next pass creates state again */
	pages_demand(k, demand);
	k->demand = demand;
	k->skel->bss->settings.demand = demand;
	files_settle(k);
	for (unsigned probe = 0; probe < PROBE_NR; probe++) {
		uint32_t wants = probe_wants(k, probe);

		if (!wants)
			continue;
		got = 0;
		if (!(wants & demand))
			detach_probe(k, probe);
		else if (!k->off[probe])
			got = attach_probe(k, probe);
		ret = ret ? ret : got;
	}
	return ret;
}

void probe_threshold(struct source *s, enum pane_id pane, uint64_t ns)
{
	struct settings *settings = &((struct kernel_source *)s)->skel->bss->settings;

	if (pane == PANE_DISK)
		settings->disk_slow_ns = ns;
	else if (pane == PANE_FS)
		settings->fs_slow_ns = ns;
	else
		settings->slow_ns = ns;
}

void probe_trace(struct source *s, uint32_t tgid, uint32_t dev)
{
	struct settings *settings = &((struct kernel_source *)s)->skel->bss->settings;

	settings->trace_tgid = tgid;
	settings->trace_dev = dev;
}

int probe_flood(struct source *s, uint32_t nr)
{
	struct kernel_source *k = (struct kernel_source *)s;
	int ret;

	if (k->flood_fd < 0)
		return -ENOTSUP;
	while (nr) {
		LIBBPF_OPTS(bpf_test_run_opts, opts);

		k->skel->bss->pass_ctl.flood = nr < FLOOD_CALL ? nr : FLOOD_CALL;
		ret = bpf_prog_test_run_opts(k->flood_fd, &opts);
		if (ret)
			return ret;
		nr -= k->skel->bss->pass_ctl.flood;
	}
	return 0;
}
