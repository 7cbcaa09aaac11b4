/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk / devices: one row for each block device, in a tree over what it stands on. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "pen.h"
#include "snap_disk_devs.h"
#include "snap_disk_procs.h"
#include "ui_priv.h"
#include "view_disk.h"

#define TOP_PROCS 8

static const char *const type_words[DISK_T_NR] = {
	[DISK_T_DISK] = "disk", [DISK_T_PART] = "part", [DISK_T_LOOP] = "loop",
	[DISK_T_DM] = "dm", [DISK_T_MD] = "md", [DISK_T_OTHER] = "other",
};

/* ---- into a device and out of it ---- */

/* Goes to the pane's latencies, which are then only its own. */
void disk_dev_enter(struct ui *ui, uint32_t dev, const char *name)
{
	struct disk_dev_ui *d = &ui->disk.dev;
	const struct view *latency = view_find(PANE_DISK, "latency");

	if (d->dev == DISK_ALL) {
		d->from = ui->view;
		d->in_process = ui->entered;
	}
	d->dev = dev;
	snprintf(d->name, sizeof(d->name), "%s", name);
	if (latency)
		ui_set_view(ui, (int)(latency - ui_pane(ui)->views));
	ui->list_stale = true;
}

bool disk_dev_leave(struct ui *ui)
{
	struct disk_dev_ui *d = &ui->disk.dev;

	if (d->dev == DISK_ALL)
		return false;
	d->dev = DISK_ALL;
	d->in_process = false;
	ui_set_view(ui, d->from);
	ui->list_stale = true;
	return true;
}

bool disk_dev_shown(const struct ui *ui, uint32_t dev)
{
	return ui->disk.dev.dev == DISK_ALL || ui->disk.dev.dev == dev;
}

/* ---- rows ---- */

int disk_device_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->disk_devs ? s->disk_devs->rows : NULL;
	return s->disk_devs ? s->disk_devs->rows_nr : 0;
}

int disk_device_parent(const struct ui *ui, const void *row)
{
	return ui->disk.devices.flat ? -1 : ((const struct disk_dev_row *)row)->parent;
}

struct row_id disk_device_row_id(const void *row)
{
	return (struct row_id){ .a = UINT64_MAX, .b = ((const struct disk_dev_row *)row)->dev };
}

bool disk_device_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct disk_dev_row *r = row;

	if (ui->disk.dev.dev != DISK_ALL)
		return r->dev == ui->disk.dev.dev;
	return r->used || ui->disk.devices.all;
}

enum style disk_device_style(const struct ui *ui, const void *row)
{
	const struct disk_dev_row *r = row;

	return r->used ? STYLE_TEXT : STYLE_DIM;
}

/* The names of all that it stands on. */
static const char *names_below(const struct snapshot *s, const struct disk_dev_row *r, char *buf, size_t size)
{
	const struct disk_dev_row *parent = r->parent >= 0 ? &s->disk_devs->rows[r->parent] : NULL;
	char name[40];
	size_t len = 0;

	if (!r->slaves_nr)
		return parent ? parent->name : NULL;
	for (int i = 0; i < r->slaves_nr && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? " " : "",
					snapshot_disk_name(s, r->slaves[i], name, sizeof(name)));
	return buf;
}

const char *disk_device_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			     char *buf, size_t size, size_t *ret_len)
{
	const struct disk_dev_row *r = row;
	const char *text = NULL;

	if (!strcmp(col->key, "device"))
		text = r->name;
	else if (!strcmp(col->key, "type"))
		text = type_words[r->type];
	else if (!strcmp(col->key, "scheduler"))
		text = r->scheduler;
	else if (!strcmp(col->key, "label"))
		text = r->label;
	else if (!strcmp(col->key, "parent"))
		text = names_below(s, r, buf, size);
	*ret_len = text ? strlen(text) : 0;
	return *ret_len ? text : NULL;
}

void disk_device_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		      const void *row, const struct column *col)
{
	const struct disk_dev_row *r = row;
	int indent = ui->disk.devices.flat || ui->disk.dev.dev != DISK_ALL ? 0 : r->level;

	if (!strcmp(col->key, "device"))
		canvas_raw(c, y, x + indent, width - indent, disk_device_style(ui, row), r->name, strlen(r->name));
	else if (!r->queued)
		canvas_right(c, y, x, width, STYLE_DIM, "n/a");
	else
		cell_figure(c, y, x, width, STYLE_TEXT, col, s, row);
}

/* ---- the selected row ---- */

/* What it is, and how it is set up. */
static void detail_what(struct pen *p, const struct snapshot *s, const struct disk_dev_row *r)
{
	char buf[DISK_SLAVES * 40];
	const char *on = names_below(s, r, buf, sizeof(buf));

	pen_raw(p, STYLE_TITLE, r->name, strlen(r->name));
	p->gap = 2;
	if (r->type != DISK_T_DISK)
		pen_item(p, "", STYLE_TEXT, false, "%s", r->type == DISK_T_PART ? "partition" : type_words[r->type]);
	if (on) {
		pen_item(p, "on", STYLE_TEXT, false, "%s", "");
		p->gap = 1;
		pen_raw(p, STYLE_VALUE, on, strlen(on));
		p->gap = 2;
	}
	if (r->rotational != FIG_UNKNOWN)
		pen_item(p, "", STYLE_TEXT, false, "%s", r->rotational ? "rotating" : "SSD");
	if (r->write_cache != FIG_UNKNOWN)
		pen_item(p, "write cache", STYLE_VALUE, false, "%s", r->write_cache ? "on" : "off");
	if (*r->scheduler)
		pen_item(p, "scheduler", STYLE_VALUE, false, "%s", r->scheduler);
	if (r->nr_requests != FIG_UNKNOWN)
		pen_item(p, "queue", STYLE_VALUE, false, "%" PRId64, r->nr_requests);
	if (r->read_only == 1)
		pen_item(p, "", STYLE_MARK, false, "read-only");
	if (r->size_bytes != FIG_UNKNOWN)
		pen_item(p, "", STYLE_VALUE, false, "%s", word_bytes(r->size_bytes));
	if (*r->label)
		pen_raw(p, STYLE_TEXT, r->label, strlen(r->label));
}

static void item_times(struct pen *p, const char *label, int64_t p50, int64_t p99, int64_t max)
{
	pen_item(p, label, STYLE_VALUE, false, "%s/%s/%s", word_ns(p50), word_ns(p99), word_ns(max));
}

static void detail_times(struct pen *p, const struct snapshot *s, const struct disk_dev_row *r)
{
	const char *why = disk_dev_no_latency(r);

	if (!why && s->disk_devs->bpf_status.state == FIG_NA)
		why = s->disk_devs->bpf_status.reason;
	if (why) {
		pen_item(p, "latency", STYLE_DIM, false, "n/a: %.120s", why);
	} else {
		if (s->disk_devs->queue_status.state != FIG_NA)
			item_times(p, "p50/p99/max queue", r->queue_p50_ns, r->queue_p99_ns, r->queue_max_ns);
		item_times(p, s->disk_devs->queue_status.state != FIG_NA ? "service" : "p50/p99/max service", r->service_p50_ns,
			   r->service_p99_ns, r->service_max_ns);
	}
	pen_item(p, "await", STYLE_VALUE, false, "%s", word_ns(r->await_ns));
	if (r->oldest_ns > 0)
		pen_item(p, "oldest", STYLE_VALUE, false, "%s", word_ns(r->oldest_ns));
}

static void detail_figures(struct pen *p, const struct snapshot *s, const struct disk_dev_row *r)
{
	pen_item(p, "size", STYLE_VALUE, false, "%s", word_bytes(r->avg_bytes));
	pen_item(p, "flush", STYLE_VALUE, false, "%s", word_rate(r->ios[DISK_FLUSH], s));
	if (r->ios[DISK_DISCARD] > 0)
		pen_item(p, "discard", STYLE_VALUE, false, "%s", word_rate(r->ios[DISK_DISCARD], s));
	pen_item(p, "merges", STYLE_VALUE, false, "%s", word_rate(r->merged_ios, s));
	if (r->sequential_pct != FIG_UNKNOWN)
		pen_item(p, "sequential", STYLE_VALUE, false, "%s%%", word_pct(r->sequential_pct, 100000));
	if (r->depth_max != FIG_UNKNOWN)
		pen_item(p, "depth max", STYLE_VALUE, false, "%" PRId64, r->depth_max);
	if (r->requeues > 0)
		pen_item(p, "requeues", STYLE_VALUE, false, "%s", word_rate(r->requeues, s));
	if (r->errors > 0)
		pen_item(p, "errors", STYLE_ALERT, false, "%s", word_rate(r->errors, s));
}

/* The processes that take most of its service time, most first; returns how many. `ret_ns`: of all of them. */
static int top_procs(const struct snapshot *s, uint32_t dev, const struct disk_proc_row *ret[TOP_PROCS], int64_t *ret_ns)
{
	const struct disk_proc_row *rows = NULL;
	int all = snapshot_disk_procs(s, dev, &rows), nr = 0;

	for (int i = 0; i < all; i++) {
		int at = nr;

		if (rows[i].requests <= 0)
			continue;
		if (rows[i].service_ns > 0 && __builtin_add_overflow(*ret_ns, rows[i].service_ns, ret_ns))
			*ret_ns = INT64_MAX;
		while (at && ret[at - 1]->service_ns < rows[i].service_ns)
			at--;
		if (at == TOP_PROCS)
			continue;
		nr += nr < TOP_PROCS;
		memmove(&ret[at + 1], &ret[at], (size_t)(nr - 1 - at) * sizeof(*ret));
		ret[at] = &rows[i];
	}
	return nr;
}

static bool item_share(struct pen *p, const char *label, int64_t part_ns, int64_t all_ns, bool inferred)
{
	if (all_ns <= 0 || part_ns == FIG_UNKNOWN)
		return pen_item(p, label, STYLE_VALUE, false, "-");
	return pen_item(p, label, STYLE_VALUE, false, "%s%%%s", word_pct(part_ns, (uint64_t)all_ns), inferred ? "~" : "");
}

static bool item_process(struct pen *p, const struct disk_proc_row *proc, int64_t all_ns)
{
	char name[80], label[120];

	esc_comm(name, sizeof(name), proc->p.comm, sizeof(proc->p.comm), p->c->ascii);
	if (proc->p.pid == FIG_UNKNOWN)
		snprintf(label, sizeof(label), "%s", *name ? name : "others");
	else
		snprintf(label, sizeof(label), "%s(%" PRId64 ")", name, proc->p.pid);
	return item_share(p, label, proc->service_ns, all_ns, proc->inferred > 0);
}

static bool has_on_it(const struct snapshot *s, const struct disk_dev_row *r)
{
	const struct disk_dev_row *rows = s->disk_devs->rows;

	for (int i = (int)(r - rows) + 1; i < s->disk_devs->rows_nr && rows[i].level > r->level; i++)
		if (rows[i].queued)
			return true;
	return false;
}

/* "~": charged to who dirtied the pages, for a part of it. What came through devices on it is charged there. */
static void detail_whom(struct pen *p, const struct snapshot *s, const struct disk_dev_row *r)
{
	const struct disk_proc_row *top[TOP_PROCS];
	int64_t all_ns = 0, rest_ns;
	int nr = r->counted ? top_procs(s, r->dev, top, &all_ns) : 0;

	if (!r->counted) {
		pen_text(p, STYLE_DIM, r->queued ? "by whom: needs BPF" : "by whom: see what it stands on");
		return;
	}
	rest_ns = r->service_ns > all_ns ? r->service_ns - all_ns : 0;
	if (rest_ns <= r->service_ns / 100) /* stamps of two readings */
		rest_ns = 0;
	pen_text(p, STYLE_TEXT, nr || rest_ns ? "by" : "by no process in this time");
	p->gap = 1;
	for (int i = 0; i <= nr; i++) {
		if (rest_ns && (i == nr || rest_ns > top[i]->service_ns)) {
			item_share(p, has_on_it(s, r) ? "devices on it" : "nobody known", rest_ns, r->service_ns, false);
			rest_ns = 0;
		}
		if (i < nr && !item_process(p, top[i], r->service_ns))
			break;
	}
}

int disk_device_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	static void (*const parts[])(struct pen *p, const struct snapshot *s, const struct disk_dev_row *r) = {
		detail_what, detail_times, detail_whom,
	};
	const struct disk_dev_row *r = row;

	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		parts[i](&p, s, r);
		if (i == 1)
			detail_figures(&p, s, r);
	}
	return lines < 3 ? lines : 3;
}

/* ---- keys and words ---- */

void disk_device_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct disk_dev_row *r = row;
	const char *why = r ? disk_dev_no_latency(r) : NULL;
	char text[160];

	if (!r)
		return;
	if (ui->disk.dev.dev != DISK_ALL) {
		ui_status(ui, "Tab goes through the views of this device, Esc back to all devices");
		return;
	}
	if (why) { /* no record names it */
		snprintf(text, sizeof(text), "nothing to go into: %s", why);
		ui_status(ui, text);
		return;
	}
	rows_select(ui, s, ui_state(ui)->cursor);
	disk_dev_enter(ui, r->dev, r->name);
}

bool disk_device_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret)
{
	struct disk_devices_ui *d = &ui->disk.devices;

	if (act != ACT_TREE && act != ACT_ALL)
		return false;
	if (act == ACT_TREE) {
		d->flat = !d->flat;
		ui_status(ui, d->flat ? "devices in the order of the sort column alone" : "tree: each device below what it stands on");
	} else {
		d->all = !d->all;
		ui_status(ui, d->all ? "all devices" : "only devices with media");
	}
	ui_mode_changed(ui);
	return true;
}

void disk_device_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	int hidden = 0;

	*buf = '\0';
	for (int i = 0; s->disk_devs && i < s->disk_devs->rows_nr; i++)
		hidden += !s->disk_devs->rows[i].used;
	if (ui->disk.dev.dev == DISK_ALL && !ui->disk.devices.all && hidden)
		snprintf(buf, size, "%d without media hidden (* shows)", hidden);
}

void disk_device_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx)
{
	static const char *const words[] = {[DISK_HIST_QUEUE] = "queue time", [DISK_HIST_SERVICE] = "service time"};
	char device[4 * sizeof(((struct disk_dev_row *)0)->name)], name[sizeof(device) + 16];
	struct hist h;

	for (int i = 0; s->disk_devs && i < s->disk_devs->rows_nr; i++) {
		const struct disk_dev_row *r = &s->disk_devs->rows[i];

		if (!r->counted || r->all_ios <= 0 || !disk_device_shown(s, ui, r))
			continue;
		esc_text(device, sizeof(device), r->name, strlen(r->name), false);
		for (int which = 0; which < DISK_HIST_NR; which++) {
			if (!snapshot_disk_hist(s, r->dev, DISK_ANY_OP, (enum disk_hist)which, &h))
				continue;
			snprintf(name, sizeof(name), "%s %s", device, words[which]);
			fn(ctx, name, &hist_scale_ns, &h);
		}
	}
}

const char *disk_device_empty(const struct snapshot *s, const struct ui *ui)
{
	return "block devices are not known yet: with the next interval";
}
