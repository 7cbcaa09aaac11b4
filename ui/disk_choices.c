/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk / latency: its keys, the menu of what is shown, where one is, and its histograms in files. */
#include <stdio.h>

#include "cpu_runqueue.h"
#include "disk_latency.h"
#include "pen.h"
#include "view_disk.h"

const struct lat_names lat_hists[LAT_NR] = {
	[LAT_QUEUE] = { "queue", "queue time", "queue time: made -> issued" },
	[LAT_SERVICE] = { "service", "service time", "service time: issued -> completed" },
	[LAT_SIZE] = { "size", "size", "size of requests" },
};

static void move_cursor(struct ui *ui, const struct snapshot *s, int lines)
{
	struct disk_latency_ui *l = &ui->disk.latency;
	const char *why;
	struct hist h;

	if (latency_hist(s, ui, (enum lat_hist)l->which, &h, &why))
		bucket_move(&l->at, latency_scale((enum lat_hist)l->which), &h, lines);
}

static void change_hist(struct ui *ui, int step)
{
	struct disk_latency_ui *l = &ui->disk.latency;

	l->which = (l->which + step + LAT_NR) % LAT_NR;
	l->at.slot = 0;
}

bool disk_latency_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret)
{
	int down, across;

	if (!bucket_step(act, &down, &across))
		return false;
	if (across)
		change_hist(ui, across);
	else
		move_cursor(ui, s, down);
	return true;
}

int disk_latency_mode(const struct ui *ui)
{
	const struct disk_latency_ui *l = &ui->disk.latency;

	if (l->in_bucket == (ui->entered ? BUCKET_OF_ENTERED : BUCKET_OF_ALL))
		return LATENCY_BUCKET;
	return l->table ? LATENCY_FLAGS : LATENCY_HISTS;
}

void disk_latency_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	struct disk_latency_ui *l = &ui->disk.latency;
	const char *why;
	struct bucket b;
	struct hist h;

	if (!latency_hist(s, ui, (enum lat_hist)l->which, &h, &why))
		return;
	b = latency_bucket(ui, &h);
	if (!b.nr) {
		ui_status(ui, "nothing in this histogram yet");
		return;
	}
	l->at.slot = b.first + 1; /* it stands from here on */
	l->in_bucket = ui->entered ? BUCKET_OF_ENTERED : BUCKET_OF_ALL;
	ui_mode_changed(ui);
}

/* One step: out of the bucket, of the table, of the set of flags, of the operation. */
bool disk_latency_back(struct ui *ui)
{
	struct disk_latency_ui *l = &ui->disk.latency;
	int mode = disk_latency_mode(ui);

	if (mode == LATENCY_BUCKET)
		l->in_bucket = BUCKET_NO;
	else if (mode == LATENCY_FLAGS)
		l->table = false;
	else if (l->of_set)
		l->of_set = !(l->table = true);
	else if (l->op)
		l->op = 0;
	else
		return false;
	ui_mode_changed(ui);
	return true;
}

/* "read > vda RS > service 8.2ms-16ms": raw. */
void disk_latency_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	const struct disk_latency_ui *l = &ui->disk.latency;
	int mode = disk_latency_mode(ui);
	char name[64], rwbs[DISK_RWBS_MAX], bounds[48];
	size_t len = 0;
	const char *why;
	uint32_t set;
	struct hist h;

	*buf = '\0';
	if (l->op)
		len += (size_t)snprintf(buf, size, "%s", disk_op_word((unsigned)l->op - 1));
	if (mode == LATENCY_FLAGS)
		snprintf(buf + len, size - len, "%sby flags", len ? " > " : "");
	else if (latency_set(ui, &set))
		len += (size_t)snprintf(buf + len, size - len, "%s%s %s", len ? " > " : "",
					snapshot_disk_name(s, l->set_dev, name, sizeof(name)), disk_rwbs(set, rwbs));
	if (mode != LATENCY_BUCKET || len >= size)
		return;
	latency_hist(s, ui, (enum lat_hist)l->which, &h, &why);
	bucket_bounds(latency_bucket(ui, &h), latency_scale((enum lat_hist)l->which), bounds, sizeof(bounds));
	snprintf(buf + len, size - len, "%s%s %s", len ? " > " : "", lat_hists[l->which].word, bounds);
}

/* ---- g: what is shown ---- */

#define CHOICE_TABLE  (1LL << 40)
#define CHOICE_DEVICE (1LL << 32) /* and the device; else an operation, plus one */

/* Each device that has had a request; rows come in order of devices. */
static void device_choices(struct ui *ui, const struct snapshot *s)
{
	const struct disk_set_row *rows;
	int nr = snapshot_disk_sets(s, DISK_ALL, &rows);
	struct disk_sum sum;
	char name[64], note[80];

	for (int i = 0; i < nr; i++) {
		if (i && rows[i].dev == rows[i - 1].dev)
			continue;
		if (!snapshot_disk_sum(s, rows[i].dev, DISK_ANY_OP, &sum))
			continue;
		snprintf(note, sizeof(note), "device: requests %s", word_rate(sum.count, s));
		menu_add(ui, CHOICE_DEVICE | rows[i].dev, snapshot_disk_name(s, rows[i].dev, name, sizeof(name)), note);
	}
}

void disk_latency_choices(struct ui *ui, const struct snapshot *s)
{
	menu_add(ui, 0, "all operations", "");
	for (unsigned op = 0; op < DISK_OP_NR; op++)
		menu_add(ui, op + 1, disk_op_word(op), op == DISK_OTHER ? "neither of these: zone and driver commands" : "operation");
	if (!runqueue_narrowed(ui))
		menu_add(ui, CHOICE_TABLE, "by flags (rwbs)", "a table: Enter there shows the histograms of one set of flags");
	if (ui->disk.dev.dev != DISK_ALL)
		menu_add(ui, CHOICE_DEVICE, "all devices", "");
	else
		device_choices(ui, s);
	menu_at(ui, ui->disk.latency.op);
}

void disk_latency_choose(struct ui *ui, int64_t value, const char *text)
{
	struct disk_latency_ui *l = &ui->disk.latency;

	if (value & CHOICE_TABLE) {
		l->table = true;
	} else if (value == CHOICE_DEVICE) {
		disk_dev_leave(ui);
	} else if (value & CHOICE_DEVICE) {
		disk_dev_enter(ui, (uint32_t)value, text);
	} else {
		l->op = (int)value;
		l->at.slot = 0;
	}
	l->of_set = false;
	l->in_bucket = BUCKET_NO;
	ui_mode_changed(ui);
}

/* ---- files ---- */

static void one_hists(const struct snapshot *s, uint32_t dev, int op, hist_fn fn, void *ctx)
{
	char device[64], name[120];
	int64_t sizes[SIZE_SLOTS];
	struct hist h;

	snapshot_disk_name(s, dev, device, sizeof(device));
	for (int i = 0; i < DISK_HIST_NR; i++) {
		if (!snapshot_disk_hist(s, dev, op, (enum disk_hist)i, &h))
			continue;
		snprintf(name, sizeof(name), "%s %s %s", device, disk_op_word((unsigned)op),
			 lat_hists[i == DISK_HIST_QUEUE ? LAT_QUEUE : LAT_SERVICE].name);
		fn(ctx, name, &hist_scale_ns, &h);
	}
	if (!snapshot_disk_sizes(s, dev, op, sizes))
		return;
	h = (struct hist){ .max_ns = 0 };
	for (int i = 0; i < SIZE_SLOTS; i++)
		h.slots[i] = sizes[i] > 0 ? (uint64_t)sizes[i] : 0;
	snprintf(name, sizeof(name), "%s %s size", device, disk_op_word((unsigned)op));
	fn(ctx, name, &hist_scale_bytes, &h);
}

/* Of each device and operation that had requests. */
void disk_latency_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx)
{
	const struct disk_set_row *rows;
	int nr = snapshot_disk_sets(s, DISK_ALL, &rows);
	struct disk_sum sum;

	for (int i = 0; i < nr; i++) {
		if ((i && rows[i].dev == rows[i - 1].dev) || !disk_dev_shown(ui, rows[i].dev))
			continue;
		for (int op = 0; op < DISK_OP_NR; op++)
			if (snapshot_disk_sum(s, rows[i].dev, op, &sum) && sum.count > 0)
				one_hists(s, rows[i].dev, op, fn, ctx);
	}
}
