/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Disk pane: which views it has. */
#include "view_disk.h"

#include "bucket.h"
#include "logview.h"
#include "proc_groups.h"
#include "process.h"
#include "snap_disk_devs.h"
#include "snap_disk_events.h"
#include "snap_disk_procs.h"
#include "snap_disk_sets.h"
#include "snap_disk_stages.h"
#include "view_cpu.h"

static const struct view disk_bucket_view = {
	.id = "latency",
	.title = "Who is in the bucket",
	.help = "the processes whose requests are counted in the chosen bucket; under the table single ones, the newest first: of each "
		"bucket, device and kind of request one in an interval is kept, and those that are events. ~: charged to who made the "
		"data, inferred",
	.pane = PANE_DISK,
	.kind = VIEW_TABLE,
	.columns = disk_bucket_columns,
	.row_size = sizeof(struct bucket_row),
	.sort_key = "count",
	.latency_key = "p99_ns",
	.rows = disk_bucket_rows,
	.row_id = bucket_row_id,
	.text = disk_bucket_text,
	.detail = disk_bucket_detail,
	.enter = bucket_row_enter,
	.back = disk_latency_back,
	.crumb = disk_latency_crumb,
	.note = disk_bucket_note,
};

static const struct view disk_flags_view = {
	.id = "latency",
	.title = "Latency by flags",
	.help = "requests by device and set of flags (rwbs): what the kernel was told about them. Enter shows the histograms of one "
		"set, g another operation or device, Esc all of them",
	.pane = PANE_DISK,
	.kind = VIEW_TABLE,
	.columns = disk_flags_columns,
	.row_size = sizeof(struct disk_set_row),
	.sort_key = "count_per_s",
	.latency_key = "service_p99_ns",
	.io_key = "bytes_per_s",
	.rows = disk_flags_rows,
	.row_id = disk_flags_row_id,
	.shown = disk_flags_shown,
	.text = disk_flags_text,
	.detail = disk_flags_detail,
	.enter = disk_flags_enter,
	.back = disk_latency_back,
	.choices = disk_latency_choices,
	.choose = disk_latency_choose,
	.crumb = disk_latency_crumb,
	.empty = disk_flags_empty,
};
static const struct view *const latency_modes[] = {
	[LATENCY_HISTS] = NULL, [LATENCY_BUCKET] = &disk_bucket_view, [LATENCY_FLAGS] = &disk_flags_view, NULL,
};

static const struct view views[] = {
	{
		.id = "processes",
		.title = "Processes",
		.help = "which processes read and write block devices, how much, how long it takes, and what they wait for it. A process "
			"has a row from its first request on. What the page cache holds back is charged to who dirtied it, when it is "
			"written; what passes through a device that stands on another (loop) is charged once, at the top. What nobody "
			"can be charged with is in the view of devices only",
		.pane = PANE_DISK,
		.kind = VIEW_TABLE,
		.columns = disk_process_columns,
		.row_size = sizeof(struct disk_proc_row),
		.sort_key = "bytes_per_s",
		.latency_key = "lat_p99_ns",
		.io_key = "bytes_per_s",
		.rows = disk_process_rows,
		.row_id = proc_row_id,
		.shown = disk_process_shown,
		.row_style = cpu_process_style,
		.text = disk_process_text,
		.cell = disk_process_cell,
		.detail = disk_process_detail,
		.empty = disk_process_empty,
		.modes = disk_process_modes,
		.mode = proc_group_mode,
	},
	{
		.id = "devices",
		.title = "Devices",
		.help = "what each block device does, how long its queue and the device itself take, and how full it is. A device stands "
			"below the one that holds its data. Partitions, dm and md hand their I/O on: they are counted, and have no times. "
			"Enter shows one device in all views of the pane; t: the tree, on and off; * shows devices without media",
		.pane = PANE_DISK,
		.kind = VIEW_TABLE,
		.columns = disk_device_columns,
		.row_size = sizeof(struct disk_dev_row),
		.sort_key = "place",
		.latency_key = "service_p99_ns",
		.io_key = "write_bytes_per_s",
		.demand = DEMAND_DISKS,
		.rows = disk_device_rows,
		.parent = disk_device_parent,
		.row_id = disk_device_row_id,
		.shown = disk_device_shown,
		.row_style = disk_device_style,
		.text = disk_device_text,
		.cell = disk_device_cell,
		.detail = disk_device_detail,
		.enter = disk_device_enter,
		.act = disk_device_act,
		.note = disk_device_note,
		.hists = disk_device_hists,
		.empty = disk_device_empty,
	},
	{
		.id = "latency",
		.title = "Latency",
		.help = "how long requests wait in the queue (made to issued to the device), how long the device takes (issued to "
			"completed), and how large they are. A bucket reaches from its number to twice that; percentiles are "
			"interpolated inside one and off by less than its width (a factor of two), the maximum is exact. The map: time "
			"to the right, latency upward, . : # @ the more. Left Right choose a histogram, Up Down a bucket, Enter shows "
			"who is in it, g an operation, a device, a table by flags. A device's own: what a loop device hands on counts "
			"below it again",
		.pane = PANE_DISK,
		.kind = VIEW_CANVAS,
		.columns = disk_flags_columns,
		.row_size = sizeof(struct disk_set_row),
		.sort_key = "count_per_s",
		.latency_key = "service_p99_ns",
		.io_key = "bytes_per_s",
		.rows = disk_flags_rows,
		.row_id = disk_flags_row_id,
		.shown = disk_flags_shown,
		.text = disk_flags_text,
		.draw = disk_latency_draw,
		.hists = disk_latency_hists,
		.modes = latency_modes,
		.mode = disk_latency_mode,
		.enter = disk_latency_enter,
		.back = disk_latency_back,
		.act = disk_latency_act,
		.choices = disk_latency_choices,
		.choose = disk_latency_choose,
		.crumb = disk_latency_crumb,
	},
	{
		.id = "stages",
		.title = "Stages",
		.help = "the steps of block I/O, as blktrace names them, counted while this view is open: Q queued, G got a request, M merged, "
			"F merged at the front, P plugged, U unplugged, T unplugged before a sleep, I inserted into the scheduler, D issued "
			"to the device, R requeued, C completed, X split, A remapped from a partition or a device above, B bounced, S slept "
			"for want of a request. Under the table: where the time of the selected device's requests goes, as btt has it (Q>G "
			"is from Q to G), and a bar with a letter for each: g until they got a request, i until inserted, d until issued, C "
			"in the device. While nothing is traced that is of a few requests a second (sampled). Enter on a device, or "
			"entering a process anywhere, traces all of its requests: they are listed step by step. g shows the counts by CPU",
		.pane = PANE_DISK,
		.kind = VIEW_TABLE,
		.columns = disk_stage_columns,
		.row_size = sizeof(struct stage_row),
		.sort_key = "queued_per_s",
		.latency_key = "q2c_avg_ns",
		.demand = DEMAND_STAGES,
		.rows = disk_stage_rows,
		.row_id = disk_stage_row_id,
		.text = disk_stage_text,
		.detail = disk_stage_detail,
		.enter = disk_stage_enter,
		.act = disk_stage_act,
		.note = disk_stage_note,
		.empty = disk_stage_empty,
		.hists = disk_stage_hists,
		.modes = disk_stage_modes,
		.mode = disk_stage_mode,
	},
	{
		.id = "events",
		.title = "Events",
		.help = "single requests of block devices: over the threshold (o), failed, and every one of the process or device that "
			"was entered, or of -p. Last, the requests in flight, with their age",
		.pane = PANE_DISK,
		.kind = VIEW_TABLE,
		.columns = disk_event_columns,
		.row_size = sizeof(struct disk_event_row),
		.sort_key = "ts_ns",
		.latency_key = "latency_ns",
		.io_key = "bytes",
		.log = &disk_event_log,
		.demand = DEMAND_TRACE | DEMAND_DISKS,
		.rows = disk_event_rows,
		.rows_file = disk_event_rows_file,
		.omitted = disk_event_omitted,
		.row_id = disk_event_row_id,
		.shown = disk_event_shown,
		.row_style = disk_event_style,
		.text = disk_event_text,
		.cell = disk_event_cell,
		.detail = disk_event_detail,
		.note = disk_event_note,
		.enter = disk_event_enter,
		.act = logview_act,
		.empty = disk_event_empty,
	},
	{ .id = NULL },
};

extern const struct pane_views pane_views_disk;
const struct pane_views pane_views_disk = { .pane = PANE_DISK, .id = "disk", .title = "Disk", .views = views };
