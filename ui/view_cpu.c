/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CPU pane: which views it has. */
#include "view_cpu.h"

#include "bucket.h"
#include "logview.h"
#include "process.h"
#include "snap_calls.h"
#include "snap_events.h"
#include "snap_cgroup.h"
#include "snap_irq.h"

static int process_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->procs;
	return s->procs_nr;
}

static int cpu_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->cpus;
	return s->cpus_nr;
}

static struct row_id cpu_row_id(const void *row)
{
	return (struct row_id){ .a = (uint64_t)((const struct cpu_row *)row)->cpu };
}

static const struct view map_view = {
	.id = "cpus",
	.title = "CPUs",
	.help = "how busy each CPU is: a cell each. Enter shows the row of the CPU under the cursor",
	.pane = PANE_CPU,
	.kind = VIEW_CANVAS,
	.columns = cpu_cpus_columns,
	.row_size = sizeof(struct cpu_row),
	.sort_key = "cpu",
	.rows = cpu_cpus_rows,
	.row_id = cpu_cpus_row_id,
	.text = cpu_cpus_text,
	.draw = cpu_map_draw,
	.enter = cpu_map_enter,
	.act = cpu_map_act,
	.back = cpu_cpus_back,
};
static const struct view *const cpus_modes[] = { NULL, &map_view, NULL };

static const struct view bucket_view = {
	.id = "runqueue",
	.title = "Who is in the bucket",
	.help = "the processes whose durations are counted in the chosen bucket; under the table single ones, the newest first",
	.pane = PANE_CPU,
	.kind = VIEW_TABLE,
	.columns = cpu_bucket_columns,
	.row_size = sizeof(struct bucket_row),
	.sort_key = "count",
	.latency_key = "p99_ns",
	.rows = cpu_bucket_rows,
	.row_id = bucket_row_id,
	.text = cpu_bucket_text,
	.detail = cpu_bucket_detail,
	.enter = bucket_row_enter,
	.back = cpu_runqueue_back,
	.crumb = cpu_runqueue_crumb,
};
static const struct view *const runqueue_modes[] = { NULL, &bucket_view, NULL };

static const struct view views[] = {
	{
		.id = "processes",
		.title = "Processes",
		.help = "which processes run, which wait for a CPU, which are stuck, and how long",
		.pane = PANE_CPU,
		.kind = VIEW_TABLE,
		.columns = cpu_process_columns,
		.row_size = sizeof(struct proc_row),
		.sort_key = "oncpu_ns_per_s",
		.latency_key = "runq_wait_ns_per_s",
		.rows = process_rows,
		.row_id = proc_row_id,
		.shown = cpu_process_shown,
		.row_style = cpu_process_style,
		.text = cpu_process_text,
		.cell = cpu_process_cell,
		.detail = cpu_process_detail,
		.modes = cpu_process_modes,
		.mode = cpu_process_mode,
	},
	{
		.id = "cpus",
		.title = "CPUs",
		.help = "what each CPU does with its time, how many tasks it has, how often they switch and move. Enter shows a map, a "
			"cell for each CPU; the map also comes by itself where the rows do not fit",
		.pane = PANE_CPU,
		.kind = VIEW_TABLE,
		.columns = cpu_cpus_columns,
		.row_size = sizeof(struct cpu_row),
		.sort_key = "cpu",
		.latency_key = "runq_len",
		.demand = DEMAND_FREQ,
		.rows = cpu_cpus_rows,
		.row_id = cpu_cpus_row_id,
		.text = cpu_cpus_text,
		.cell = cpu_cpus_cell,
		.detail = cpu_cpus_detail,
		.enter = cpu_cpus_enter,
		.back = cpu_cpus_back,
		.modes = cpus_modes,
		.mode = cpu_cpus_mode,
	},
	{
		.id = "runqueue",
		.title = "Run queue",
		.help = "how long tasks wait for a CPU, how long they then run, and how long they are off it. A bucket reaches from its "
			"number to twice that; percentiles are interpolated inside a bucket and are off by less than its width (a factor "
			"of two), the maximum is exact. Beside it the last minutes: time to the right, latency upward, . : # @ the more. "
			"Left Right choose a histogram, Up Down a bucket, Enter shows who is in it",
		.pane = PANE_CPU,
		.kind = VIEW_CANVAS,
		.columns = cpu_runqueue_columns,
		.row_size = sizeof(struct cpu_row),
		.sort_key = "cpu",
		.demand = DEMAND_OFFCPU,
		.rows = cpu_rows,
		.row_id = cpu_row_id,
		.draw = cpu_runqueue_draw,
		.hists = cpu_runqueue_hists,
		.modes = runqueue_modes,
		.mode = cpu_runqueue_mode,
		.enter = cpu_runqueue_enter,
		.back = cpu_runqueue_back,
		.act = cpu_runqueue_act,
		.crumb = cpu_runqueue_crumb,
	},

	{
		.id = "interrupts",
		.title = "Interrupts",
		.help = "how often devices and the kernel interrupt the CPUs, and for how long; of the whole machine: "
			"an interrupt belongs to no process",
		.pane = PANE_CPU,
		.kind = VIEW_TABLE,
		.columns = cpu_irq_columns,
		.row_size = sizeof(struct irq_row),
		.sort_key = "time_ns_per_s",
		.latency_key = "p99_ns",
		.rows = cpu_irq_rows,
		.row_id = cpu_irq_row_id,
		.text = cpu_irq_text,
		.cell = cpu_irq_cell,
		.detail = cpu_irq_detail,
		.hists = cpu_irq_hists,
		.demand = DEMAND_IRQS,
		.modes = cpu_irq_modes,
		.mode = cpu_irq_mode,
		.enter = cpu_irq_enter,
	},
	{
		.id = "syscalls",
		.title = "System calls",
		.help = "which system calls are made, how long they take and which fail, counted while this view is open",
		.pane = PANE_CPU,
		.kind = VIEW_TABLE,
		.columns = cpu_calls_columns,
		.row_size = sizeof(struct call_row),
		.sort_key = "work_ns_per_s",
		.latency_key = "p99_ns",
		.rows = cpu_calls_rows,
		.row_id = cpu_calls_row_id,
		.row_style = cpu_calls_style,
		.text = cpu_calls_text,
		.cell = cpu_calls_cell,
		.detail = cpu_calls_detail,
		.hists = cpu_calls_hists,
		.demand = DEMAND_CALLS,
		.modes = cpu_calls_modes,
		.mode = cpu_calls_mode,
		.enter = cpu_calls_enter,
		.back = cpu_calls_back,
		.act = cpu_calls_act,
		.crumb = cpu_calls_crumb,
		.note = cpu_calls_note,
		.empty = cpu_calls_empty,
	},
	{
		.id = "cgroups",
		.title = "Cgroups",
		.help = "where the time of each control group goes: units of systemd, containers; their limits and their pressure",
		.pane = PANE_CPU,
		.kind = VIEW_TABLE,
		.columns = cpu_cgroup_columns,
		.row_size = sizeof(struct cgroup_row),
		.sort_key = "oncpu_ns_per_s",
		.latency_key = "runq_wait_ns_per_s",
		.demand = DEMAND_CGROUPS,
		.rows = cpu_cgroup_rows,
		.row_id = cpu_cgroup_row_id,
		.shown = cpu_cgroup_shown,
		.text = cpu_cgroup_text,
		.cell = cpu_cgroup_cell,
		.detail = cpu_cgroup_detail,
		.enter = cpu_cgroup_enter,
	},
	{
		.id = "events",
		.title = "Events",
		.help = "waits for a CPU over the threshold, programs started, processes ended, warnings of the kernel",
		.pane = PANE_CPU,
		.kind = VIEW_TABLE,
		.columns = cpu_event_columns,
		.row_size = sizeof(struct event_row),
		.sort_key = "ts_ns",
		.latency_key = "latency_ns",
		.log = &cpu_event_log,
		.rows = cpu_event_rows,
		.rows_file = cpu_event_rows_file,
		.omitted = cpu_event_omitted,
		.row_id = cpu_event_row_id,
		.shown = cpu_event_shown,
		.row_style = cpu_event_style,
		.text = cpu_event_text,
		.cell = cpu_event_cell,
		.detail = cpu_event_detail,
		.note = cpu_event_note,
		.enter = cpu_event_enter,
		.act = logview_act,
		.empty = cpu_event_empty,
	},
	{ .id = NULL },
};

extern const struct pane_views pane_views_cpu;
const struct pane_views pane_views_cpu = { .pane = PANE_CPU, .id = "cpu", .title = "CPU", .views = views };
