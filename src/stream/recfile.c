/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the writer and the reader of recordings share: layouts, checksums, key frames. */
#include "recfile.h"

#include <errno.h>
#include <sys/mman.h>
#include <zlib.h>

#include "core.h"
#include "cpu.h"
#include "disk.h"
#include "fs.h"

/* clang-format off */
#define LAYOUT(p, k, type) { .pane = (p), .kind = (k), .size = sizeof(type) }
#define CONSTANT(k, value) { .pane = RECFILE_CONSTANTS, .kind = (k), .size = (value) }

/* A kind that is missing here is neither written nor read. */
static const struct recfile_layout layouts[] = {
	LAYOUT(PANE_CORE, CORE_TASK, struct task_rec),
	LAYOUT(PANE_CORE, CORE_PROC, struct proc_rec),
	LAYOUT(PANE_CORE, CORE_WAIT, struct wait_rec),
	LAYOUT(PANE_CORE, CORE_HIST, struct hist_rec),
	LAYOUT(PANE_CORE, CORE_EXIT, struct task_rec),
	LAYOUT(PANE_CORE, CORE_EXEC, struct exec_rec),
	LAYOUT(PANE_CORE, CORE_FLOOD, struct ev_hdr),
	LAYOUT(PANE_CORE, CORE_TICK, struct tick_rec),
	LAYOUT(PANE_CORE, CORE_HOST, struct host_rec),
	LAYOUT(PANE_CORE, CORE_USER, struct user_rec),
	LAYOUT(PANE_CORE, CORE_CMD, struct cmd_rec),
	LAYOUT(PANE_CORE, CORE_PSI, struct psi_rec),
	LAYOUT(PANE_CORE, CORE_MEM, struct mem_rec),
	LAYOUT(PANE_CORE, CORE_LOAD, struct load_rec),
	LAYOUT(PANE_CORE, CORE_SELF, struct self_rec),
	LAYOUT(PANE_CORE, CORE_LOSS, struct loss_rec),
	LAYOUT(PANE_CORE, CORE_PROBE, struct probe_rec),
	LAYOUT(PANE_CORE, CORE_ALERT, struct alert_rec),
	LAYOUT(PANE_CORE, CORE_DEMAND, struct demand_rec),
	LAYOUT(PANE_CORE, CORE_KMSG, struct kmsg_rec),
	LAYOUT(PANE_CORE, CORE_BLOCKED, struct blocked_rec),
	LAYOUT(PANE_CORE, CORE_STACK, struct stack_rec),
	LAYOUT(PANE_CORE, CORE_CGROUP, struct cgroup_rec),
	LAYOUT(PANE_CORE, CORE_CGSTAT, struct cgstat_rec),
	LAYOUT(PANE_CPU, CPU_STAT, struct cpu_stat_rec),
	LAYOUT(PANE_CPU, CPU_SCHED, struct cpu_sched_rec),
	LAYOUT(PANE_CPU, CPU_HIST, struct cpu_hist_rec),
	LAYOUT(PANE_CPU, CPU_INTR, struct irq_rec),
	LAYOUT(PANE_CPU, CPU_INTR_HIST, struct irq_hist_rec),
	LAYOUT(PANE_CPU, CPU_INTR_NAME, struct irq_name_rec),
	LAYOUT(PANE_CPU, CPU_EXEMPLAR, struct latency_rec),
	LAYOUT(PANE_CPU, CPU_SLOW, struct latency_rec),
	LAYOUT(PANE_CPU, CPU_PAIR, struct pair_rec),
	LAYOUT(PANE_CPU, CPU_CALL, struct call_rec),
	LAYOUT(PANE_CPU, CPU_CALL_ERR, struct call_err_rec),
	LAYOUT(PANE_CPU, CPU_FREQ, struct cpu_freq_rec),
	LAYOUT(PANE_DISK, DISK_INFO, struct disk_info_rec),
	LAYOUT(PANE_DISK, DISK_STAT, struct disk_stat_rec),
	LAYOUT(PANE_DISK, DISK_DEV, struct disk_dev_rec),
	LAYOUT(PANE_DISK, DISK_SET, struct disk_set_rec),
	LAYOUT(PANE_DISK, DISK_PROC, struct disk_proc_rec),
	LAYOUT(PANE_DISK, DISK_FLIGHT, struct disk_flight_rec),
	LAYOUT(PANE_DISK, DISK_IO, struct disk_io_rec),
	LAYOUT(PANE_DISK, DISK_STAGE, struct disk_stage_rec),
	LAYOUT(PANE_DISK, DISK_STAGE_SUM, struct disk_stage_sum_rec),
	LAYOUT(PANE_FS, FS_FILE, struct fs_file_rec),
	LAYOUT(PANE_FS, FS_OP, struct fs_op_rec),
	LAYOUT(PANE_FS, FS_NAME, struct fs_name_rec),
	LAYOUT(PANE_FS, FS_EVENT, struct fs_event_rec),
	LAYOUT(PANE_FS, FS_EVENT2, struct fs_event2_rec),
	LAYOUT(PANE_FS, FS_PAGES, struct fs_pages_rec),
	LAYOUT(PANE_FS, FS_READAHEAD, struct fs_readahead_rec),
	LAYOUT(PANE_FS, FS_DCACHE, struct fs_dcache_rec),
	LAYOUT(PANE_FS, FS_STAT, struct fs_stat_rec),
	LAYOUT(PANE_FS, FS_MOUNT, struct fs_mount_rec),
	LAYOUT(PANE_FS, FS_USAGE, struct fs_usage_rec),
	LAYOUT(PANE_FS, FS_WAITER, struct fs_waiter_rec),
	CONSTANT(0, WAIT_NR),
	CONSTANT(1, HIST_SLOTS),
	CONSTANT(2, HIST_SHIFT),
	CONSTANT(3, CPU_MODE_NR),
	CONSTANT(4, WAIT_UNIT_SHIFT),
	CONSTANT(5, DISK_OP_NR),
	CONSTANT(6, SIZE_SHIFT),
	CONSTANT(7, STAGE_NR),
	CONSTANT(8, FS_OP_NR),
	CONSTANT(9, FS_EV_NR),
	CONSTANT(10, FS_T_NR),
};
/* clang-format on */

int recfile_host(struct err *e)
{
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		return 0;
	return err_set(e, -ENOTSUP,
		       "recordings: this machine is big endian, the format is little endian. "
		       "Record and replay on a little-endian machine.");
}

const struct recfile_layout *recfile_layouts(size_t *ret_nr)
{
	*ret_nr = sizeof(layouts) / sizeof(layouts[0]);
	return layouts;
}

uint16_t recfile_size(uint8_t pane, uint8_t kind)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].pane == pane && layouts[i].kind == kind)
			return layouts[i].size;
	return 0;
}

/* Said once, and true until something else is said: a reader that jumps needs them all. */
bool recfile_lasting(const struct ev_hdr *ev)
{
	if (ev->pane == PANE_CPU)
		return ev->kind == CPU_INTR_NAME;
	if (ev->pane == PANE_DISK)
		return ev->kind == DISK_INFO;
	if (ev->pane == PANE_FS)
		return ev->kind == FS_NAME || ev->kind == FS_MOUNT || ev->kind == FS_USAGE;
	if (ev->pane != PANE_CORE)
		return false;
	switch (ev->kind) {
	case CORE_HOST:
	case CORE_USER:
	case CORE_CMD:
	case CORE_CGROUP:
	case CORE_BLOCKED:
	case CORE_STACK:
		return true;
	default:
		return false;
	}
}

bool recfile_is_tick(const struct ev_hdr *ev)
{
	return ev->pane == PANE_CORE && ev->kind == CORE_TICK;
}

uint32_t recfile_crc(uint32_t crc, const void *data, size_t len)
{
	return (uint32_t)crc32_z(crc, data, len);
}

uint32_t recfile_block_crc(const struct recfile_block *b)
{
	size_t from = offsetof(struct recfile_block, data_crc);

	return recfile_crc(0, (const char *)b + from, sizeof(*b) - from);
}

uint32_t recfile_index_crc(const struct recfile_keys *k)
{
	size_t from = offsetof(struct recfile_index, keys_nr);
	uint32_t crc = recfile_crc(0, (const char *)&k->head + from, sizeof(k->head) - from);

	return recfile_crc(crc, k->keys, k->head.keys_nr * sizeof(k->keys[0]));
}

/* Every second place to start is given up; the first one stays. */
static void keys_thin(struct recfile_keys *k)
{
	for (uint32_t i = 0; i < k->head.keys_nr / 2; i++)
		k->keys[i] = k->keys[2 * i];
	k->head.keys_nr /= 2;
	k->stride *= 2;
}

void recfile_keys_add(struct recfile_keys *k, uint64_t offset, uint64_t tick_ns, uint64_t real_ns,
		      bool key)
{
	uint32_t nr = k->head.ticks++;

	k->head.last_ns = tick_ns;
	if (nr == 0) {
		k->head.first_ns = tick_ns;
		k->head.first_real_ns = real_ns;
		k->stride = 1;
	}
	if (nr != 0 && !key)
		return;
	if (k->head.keys_nr == RECFILE_KEYS_MAX)
		keys_thin(k);
	if (k->seen++ % k->stride)
		return;
	k->keys[k->head.keys_nr++] = (struct recfile_key){
		.offset = offset,
		.tick_ns = tick_ns,
		.tick_nr = nr,
	};
}

void *recfile_map(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

void recfile_unmap(void *mem, size_t size)
{
	if (mem)
		munmap(mem, size);
}
