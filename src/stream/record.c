/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of record kinds. Whatever a model uses as an index, a length or a string is
 * checked here, once, for every source: a recording may come from anywhere.
 */
#include "record.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define CMD_HEAD    offsetof(struct cmd_rec, text)
#define STACK_HEAD  offsetof(struct stack_rec, text)
#define CGROUP_HEAD offsetof(struct cgroup_rec, path)

struct record_kind {
	const char *name;
	uint16_t size;     /* the exact size; the largest where `inside` decides */
	uint16_t size_min; /* 0: only `size` */
	bool per_cpu;      /* hdr.cpu names a CPU */
	bool (*inside)(const struct ev_hdr *ev); /* NULL: any content will do */
};

/* The record around a header that has been checked to be of that kind and size. */
#define REC(type, ev) ((const struct type *)(const void *)(ev))

static bool is_string(const char *text, size_t size)
{
	return memchr(text, 0, size) != NULL;
}

static bool task_inside(const struct ev_hdr *ev)
{
	return REC(task_rec, ev)->wclass < WAIT_NR;
}

static bool hist_inside(const struct ev_hdr *ev)
{
	const struct hist_rec *r = REC(hist_rec, ev);

	return r->which < HIST_WHICH_NR && r->nr <= HIST_REC_SLOTS &&
	       r->first + r->nr <= HIST_SLOTS;
}

static bool cmd_inside(const struct ev_hdr *ev)
{
	const struct cmd_rec *r = REC(cmd_rec, ev);
	size_t text = (size_t)r->args_len + r->exe_len;

	return r->args_len <= CMD_BYTES && text <= sizeof(r->text) &&
	       ev->size == CMD_HEAD + ((text + 7) & ~(size_t)7);
}

/* The size of a record whose last member is text of which `len` bytes are in use. */
static size_t size_with(size_t head, size_t len)
{
	return head + ((len + 7) & ~(size_t)7);
}

static bool exec_inside(const struct ev_hdr *ev)
{
	const struct exec_rec *r = REC(exec_rec, ev);

	return r->args_len <= EXEC_ARGS_BYTES && r->args_len <= r->args_all;
}

static bool kmsg_inside(const struct ev_hdr *ev)
{
	const struct kmsg_rec *r = REC(kmsg_rec, ev);

	return r->level < 8 && is_string(r->text, sizeof(r->text));
}

static bool blocked_inside(const struct ev_hdr *ev)
{
	const struct blocked_rec *r = REC(blocked_rec, ev);

	return is_string(r->wchan, sizeof(r->wchan)) && is_string(r->path, sizeof(r->path)) &&
	       is_string(r->mount, sizeof(r->mount)) && is_string(r->device, sizeof(r->device)) &&
	       is_string(r->fstype, sizeof(r->fstype));
}

static bool stack_inside(const struct ev_hdr *ev)
{
	const struct stack_rec *r = REC(stack_rec, ev);

	return r->len <= STACK_BYTES && ev->size == size_with(STACK_HEAD, r->len);
}

static bool cgroup_inside(const struct ev_hdr *ev)
{
	const struct cgroup_rec *r = REC(cgroup_rec, ev);

	return r->len <= CGROUP_PATH_BYTES && ev->size == size_with(CGROUP_HEAD, r->len);
}

static bool irq_inside(const struct ev_hdr *ev)
{
	/* All three kinds of record have irq and type in the same place. */
	const struct irq_rec *r = REC(irq_rec, ev);

	return r->type < IRQ_TYPE_NR && (r->type != IRQ_SOFT || r->irq < SOFTIRQS);
}

static bool irq_name_inside(const struct ev_hdr *ev)
{
	const struct irq_name_rec *r = REC(irq_name_rec, ev);

	return irq_inside(ev) && is_string(r->name, sizeof(r->name)) &&
	       is_string(r->label, sizeof(r->label));
}

static bool latency_inside(const struct ev_hdr *ev)
{
	const struct latency_rec *r = REC(latency_rec, ev);

	return r->which < HIST_WHICH_NR && r->slot < HIST_SLOTS && r->wclass < WAIT_NR;
}

static bool pair_inside(const struct ev_hdr *ev)
{
	return REC(pair_rec, ev)->kind < PAIR_KIND_NR;
}

static bool disk_info_inside(const struct ev_hdr *ev)
{
	const struct disk_info_rec *r = REC(disk_info_rec, ev);

	return r->type < DISK_T_NR && r->slaves_nr <= DISK_SLAVES && is_string(r->name, sizeof(r->name)) &&
	       is_string(r->scheduler, sizeof(r->scheduler)) && is_string(r->label, sizeof(r->label));
}

static bool set_is_known(uint32_t set)
{
	return (set & DISK_SET_OP) < DISK_OP_NR && !(set & ~(uint32_t)DISK_SET_ALL);
}

static bool disk_set_inside(const struct ev_hdr *ev)
{
	return set_is_known(REC(disk_set_rec, ev)->set);
}

static bool disk_proc_inside(const struct ev_hdr *ev)
{
	return REC(disk_proc_rec, ev)->op < DISK_OP_NR;
}

static bool disk_flight_inside(const struct ev_hdr *ev)
{
	return set_is_known(REC(disk_flight_rec, ev)->set);
}

static bool disk_io_inside(const struct ev_hdr *ev)
{
	return set_is_known(REC(disk_io_rec, ev)->set);
}

static bool disk_stage_inside(const struct ev_hdr *ev)
{
	const struct disk_stage_rec *r = REC(disk_stage_rec, ev);

	return r->stage < STAGE_NR && set_is_known(r->set);
}

static bool fs_file_inside(const struct ev_hdr *ev)
{
	return REC(fs_file_rec, ev)->type < FS_T_NR;
}

static bool fs_op_inside(const struct ev_hdr *ev)
{
	const struct fs_op_rec *r = REC(fs_op_rec, ev);

	return r->op < FS_OP_NR && r->op != FS_OP_READ && r->op != FS_OP_WRITE;
}

static bool fs_name_inside(const struct ev_hdr *ev)
{
	return REC(fs_name_rec, ev)->type < FS_T_NR;
}

static bool fs_event_inside(const struct ev_hdr *ev)
{
	const struct fs_event_rec *r = REC(fs_event_rec, ev);

	return r->event < FS_EV_NR && r->op < FS_OP_NR && r->type < FS_T_NR;
}

static bool fs_mount_inside(const struct ev_hdr *ev)
{
	const struct fs_mount_rec *r = REC(fs_mount_rec, ev);

	return is_string(r->fstype, sizeof(r->fstype)) && is_string(r->root, sizeof(r->root)) &&
	       is_string(r->point, sizeof(r->point)) && is_string(r->source, sizeof(r->source)) &&
	       is_string(r->options, sizeof(r->options));
}

static bool fs_usage_inside(const struct ev_hdr *ev)
{
	return REC(fs_usage_rec, ev)->state < FS_USAGE_STATE_NR;
}

static bool fs_waiter_inside(const struct ev_hdr *ev)
{
	const struct fs_waiter_rec *r = REC(fs_waiter_rec, ev);

	return is_string(r->path, sizeof(r->path));
}

static bool host_inside(const struct ev_hdr *ev)
{
	const struct host_rec *r = REC(host_rec, ev);

	return is_string(r->host, sizeof(r->host)) && is_string(r->release, sizeof(r->release)) &&
	       is_string(r->machine, sizeof(r->machine));
}

static bool user_inside(const struct ev_hdr *ev)
{
	const struct user_rec *r = REC(user_rec, ev);

	return is_string(r->name, sizeof(r->name));
}

static bool loss_inside(const struct ev_hdr *ev)
{
	return REC(loss_rec, ev)->pane < PANE_NR;
}

static bool probe_inside(const struct ev_hdr *ev)
{
	const struct probe_rec *r = REC(probe_rec, ev);

	return r->pane < PANE_NR && r->state < PROBE_STATE_NR && r->rung < RUNG_NR &&
	       is_string(r->name, sizeof(r->name)) && is_string(r->hook, sizeof(r->hook)) &&
	       is_string(r->figures, sizeof(r->figures)) && is_string(r->reason, sizeof(r->reason));
}

static bool alert_inside(const struct ev_hdr *ev)
{
	const struct alert_rec *r = REC(alert_rec, ev);

	return r->level <= 2 && is_string(r->text, sizeof(r->text));
}

static bool cpu_hist_inside(const struct ev_hdr *ev)
{
	return REC(cpu_hist_rec, ev)->which < HIST_WHICH_NR;
}

/* clang-format off */
static const struct record_kind core_kinds[] = {
	[CORE_TASK]  = { "task",  sizeof(struct task_rec), .inside = task_inside },
	[CORE_PROC]  = { "proc",  sizeof(struct proc_rec) },
	[CORE_WAIT]  = { "wait",  sizeof(struct wait_rec) },
	[CORE_HIST]  = { "hist",  sizeof(struct hist_rec), .inside = hist_inside },
	[CORE_EXIT]  = { "exit",  sizeof(struct task_rec), .inside = task_inside },
	[CORE_EXEC]  = { "exec",  sizeof(struct exec_rec), .inside = exec_inside },
	[CORE_FLOOD] = { "flood", sizeof(struct ev_hdr) },
	[CORE_TICK]  = { "tick",  sizeof(struct tick_rec) },
	[CORE_HOST]  = { "host",  sizeof(struct host_rec), .inside = host_inside },
	[CORE_USER]  = { "user",  sizeof(struct user_rec), .inside = user_inside },
	[CORE_CMD]   = { "cmd",   sizeof(struct cmd_rec), CMD_HEAD, .inside = cmd_inside },
	[CORE_PSI]   = { "psi",   sizeof(struct psi_rec) },
	[CORE_MEM]   = { "mem",   sizeof(struct mem_rec) },
	[CORE_LOAD]  = { "load",  sizeof(struct load_rec) },
	[CORE_SELF]  = { "self",  sizeof(struct self_rec) },
	[CORE_LOSS]  = { "loss",  sizeof(struct loss_rec), .per_cpu = true, .inside = loss_inside },
	[CORE_PROBE] = { "probe", sizeof(struct probe_rec), .inside = probe_inside },
	[CORE_ALERT] = { "alert", sizeof(struct alert_rec), .inside = alert_inside },
	[CORE_DEMAND]  = { "demand",  sizeof(struct demand_rec) },
	[CORE_KMSG]    = { "kmsg",    sizeof(struct kmsg_rec), .inside = kmsg_inside },
	[CORE_BLOCKED] = { "blocked", sizeof(struct blocked_rec), .inside = blocked_inside },
	[CORE_STACK]   = { "stack",   sizeof(struct stack_rec), STACK_HEAD, .inside = stack_inside },
	[CORE_CGROUP]  = { "cgroup",  sizeof(struct cgroup_rec), CGROUP_HEAD, .inside = cgroup_inside },
	[CORE_CGSTAT]  = { "cgstat",  sizeof(struct cgstat_rec) },
};

static const struct record_kind cpu_kinds[] = {
	[CPU_STAT]  = { "cpu-stat",  sizeof(struct cpu_stat_rec), .per_cpu = true },
	[CPU_SCHED] = { "cpu-sched", sizeof(struct cpu_sched_rec), .per_cpu = true },
	[CPU_HIST]  = { "cpu-hist",  sizeof(struct cpu_hist_rec), .inside = cpu_hist_inside },
	[CPU_INTR]     = { "irq",      sizeof(struct irq_rec), .per_cpu = true, .inside = irq_inside },
	[CPU_INTR_HIST] = { "irq-hist", sizeof(struct irq_hist_rec), .inside = irq_inside },
	[CPU_INTR_NAME] = { "irq-name", sizeof(struct irq_name_rec), .inside = irq_name_inside },
	[CPU_EXEMPLAR] = { "exemplar", sizeof(struct latency_rec), .per_cpu = true, .inside = latency_inside },
	[CPU_SLOW]     = { "slow",     sizeof(struct latency_rec), .per_cpu = true, .inside = latency_inside },
	[CPU_PAIR]     = { "pair",     sizeof(struct pair_rec), .inside = pair_inside },
	[CPU_CALL]     = { "call",     sizeof(struct call_rec) },
	[CPU_CALL_ERR] = { "call-err", sizeof(struct call_err_rec) },
	[CPU_FREQ]     = { "cpu-freq", sizeof(struct cpu_freq_rec), .per_cpu = true },
};

static const struct record_kind disk_kinds[] = {
	[DISK_INFO]   = { "disk-info",   sizeof(struct disk_info_rec), .inside = disk_info_inside },
	[DISK_STAT]   = { "disk-stat",   sizeof(struct disk_stat_rec) },
	[DISK_DEV]    = { "disk-dev",    sizeof(struct disk_dev_rec) },
	[DISK_SET]    = { "disk-set",    sizeof(struct disk_set_rec), .inside = disk_set_inside },
	[DISK_PROC]   = { "disk-proc",   sizeof(struct disk_proc_rec), .inside = disk_proc_inside },
	[DISK_FLIGHT] = { "disk-flight", sizeof(struct disk_flight_rec), .inside = disk_flight_inside },
	[DISK_IO]     = { "disk-io",     sizeof(struct disk_io_rec), .per_cpu = true, .inside = disk_io_inside },
	[DISK_STAGE]  = { "disk-stage",  sizeof(struct disk_stage_rec), .per_cpu = true, .inside = disk_stage_inside },
	[DISK_STAGE_SUM] = { "disk-stage-sum", sizeof(struct disk_stage_sum_rec), .per_cpu = true },
};

static const struct record_kind fs_kinds[] = {
	[FS_FILE]   = { "fs-file",   sizeof(struct fs_file_rec), .inside = fs_file_inside },
	[FS_OP]     = { "fs-op",     sizeof(struct fs_op_rec), .inside = fs_op_inside },
	[FS_NAME]   = { "fs-name",   sizeof(struct fs_name_rec), .per_cpu = true, .inside = fs_name_inside },
	[FS_EVENT]  = { "fs-event",  sizeof(struct fs_event_rec), .per_cpu = true, .inside = fs_event_inside },
	[FS_EVENT2] = { "fs-event2", sizeof(struct fs_event2_rec), .per_cpu = true, .inside = fs_event_inside },
	[FS_PAGES]  = { "fs-pages",  sizeof(struct fs_pages_rec) },
	[FS_READAHEAD] = { "fs-readahead", sizeof(struct fs_readahead_rec) },
	[FS_DCACHE] = { "fs-dcache", sizeof(struct fs_dcache_rec) },
	[FS_STAT]   = { "fs-stat",   sizeof(struct fs_stat_rec) },
	[FS_MOUNT]  = { "fs-mount",  sizeof(struct fs_mount_rec), .inside = fs_mount_inside },
	[FS_USAGE]  = { "fs-usage",  sizeof(struct fs_usage_rec), .inside = fs_usage_inside },
	[FS_WAITER] = { "fs-waiter", sizeof(struct fs_waiter_rec), .inside = fs_waiter_inside },
};

static const struct { const struct record_kind *kinds; uint8_t nr; } panes[PANE_NR] = {
	[PANE_CORE] = { core_kinds, CORE_KIND_NR },
	[PANE_CPU]  = { cpu_kinds, CPU_KIND_NR },
	[PANE_FS]   = { fs_kinds, FS_KIND_NR },
	[PANE_DISK] = { disk_kinds, DISK_KIND_NR },
};
/* clang-format on */

_Static_assert(sizeof(core_kinds) / sizeof(core_kinds[0]) == CORE_KIND_NR, "a row for each kind");
_Static_assert(sizeof(cpu_kinds) / sizeof(cpu_kinds[0]) == CPU_KIND_NR, "a row for each kind");
_Static_assert(sizeof(fs_kinds) / sizeof(fs_kinds[0]) == FS_KIND_NR, "a row for each kind");
_Static_assert(sizeof(disk_kinds) / sizeof(disk_kinds[0]) == DISK_KIND_NR, "a row for each kind");

static const struct record_kind *find(const struct ev_hdr *ev)
{
	const struct record_kind *k;

	if (ev->pane >= PANE_NR || ev->kind >= panes[ev->pane].nr)
		return NULL;
	k = &panes[ev->pane].kinds[ev->kind];
	return k->name ? k : NULL;
}

int record_check(const struct ev_hdr *ev, size_t avail)
{
	const struct record_kind *k;

	if (avail < sizeof(*ev))
		return -EAGAIN;
	k = find(ev);
	if (!k || ev->size > avail || ev->size > k->size || ev->size < (k->size_min ?: k->size))
		return -EBADMSG;
	if (k->per_cpu && ev->cpu == EV_CPU_ANY)
		return -EBADMSG;
	return k->inside && !k->inside(ev) ? -EBADMSG : 0;
}

const char *record_name(const struct ev_hdr *ev)
{
	const struct record_kind *k = find(ev);

	return k ? k->name : "unknown";
}
