/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disk / stages: how often each step of block I/O happens, by device (mode 0) or by CPU of a
 * device; of an entered process or device its last requests; and of one of those its steps.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "disk_stages_view.h"
#include "esc.h"
#include "fmt.h"
#include "logview.h"
#include "pen.h"
#include "ui_priv.h"
#include "view_disk.h"

enum stages_mode { MODE_DEVICES, MODE_REQUESTS, MODE_STEPS, MODE_CPUS };

/* An entered process or device, and --pid, have requests of their own. */
static bool is_narrowed(const struct ui *ui)
{
	return ui->entered || ui->disk.dev.dev != DISK_ALL || ui->pids_nr;
}

int disk_stage_mode(const struct ui *ui)
{
	if (ui->disk.stages.shown.bio)
		return MODE_STEPS;
	if (is_narrowed(ui))
		return MODE_REQUESTS;
	return ui->disk.stages.by_cpu ? MODE_CPUS : MODE_DEVICES;
}

/* ---- rows ---- */

int disk_stage_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->disk_stages ? s->disk_stages->devs : NULL;
	return s->disk_stages ? s->disk_stages->devs_nr : 0;
}

static int cpu_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->disk_stages ? s->disk_stages->cpus : NULL;
	return s->disk_stages ? s->disk_stages->cpus_nr : 0;
}

static int request_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->disk_stages ? s->disk_stages->requests : NULL;
	return s->disk_stages ? s->disk_stages->requests_nr : 0;
}

/* Each once, when it is over. */
static int request_rows_file(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct disk_stages_snap *d = s->disk_stages;
	int from = d && !s->m.total ? d->new_from : 0;

	*ret_rows = d && d->requests ? d->requests + from : NULL;
	return d ? d->done_nr - from : 0;
}

static uint64_t request_omitted(const struct snapshot *s)
{
	if (!s->disk_stages)
		return 0;
	return s->m.total ? s->disk_stages->dropped_all + s->disk_stages->scrolled_all : s->disk_stages->dropped;
}

static bool request_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct stage_request *r = row;
	uint32_t dev = ui->disk.dev.dev;

	if (ui->entered && r->tgid != ui->entered_pid)
		return false;
	if (dev != DISK_ALL && r->dev != dev && r->part != dev)
		return false;
	if (ui->entered || dev != DISK_ALL)
		return true;
	for (int i = 0; i < ui->pids_nr; i++)
		if (ui->pids[i] == r->tgid || ui->pids[i] == r->pid)
			return true;
	return false;
}

/* The request whose steps are shown: as the snapshot has it, or as it was when it was chosen. */
const struct stage_request *disk_stage_chosen(const struct snapshot *s, const struct ui *ui)
{
	const struct disk_stages_snap *d = s->disk_stages;
	const struct stage_request *old = &ui->disk.stages.shown;

	for (int i = d ? d->requests_nr : 0; i-- > 0;)
		if (d->requests[i].bio == old->bio)
			return &d->requests[i];
	return old;
}

static int step_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	static struct stage_step_row rows[STAGE_STEPS_MAX];
	const struct stage_request *r = disk_stage_chosen(s, ui);

	for (uint32_t i = 0; i < r->steps_nr; i++) {
		const struct stage_step *step = &r->steps[i];
		bool plug = step->stage == STAGE_P || step->stage == STAGE_U || step->stage == STAGE_T;

		rows[i] = (struct stage_step_row){
			.nr = i,
			.at_ns = (int64_t)(step->ts_ns - (uint64_t)r->begun_ns),
			.step_ns = i ? (int64_t)(step->ts_ns - r->steps[i - 1].ts_ns) : FIG_UNKNOWN,
			.cpu = step->cpu,
			.pid = step->pid,
			.sector = plug ? FIG_UNKNOWN : (int64_t)(step->sector & INT64_MAX),
			.bytes = plug ? FIG_UNKNOWN : step->bytes,
			.step = step,
		};
		if (rows[i].at_ns < 0) /* clocks of two CPUs may disagree by a moment */
			rows[i].at_ns = 0;
		if (i && rows[i].step_ns < 0)
			rows[i].step_ns = 0;
	}
	*ret_rows = rows;
	return (int)r->steps_nr;
}

struct row_id disk_stage_row_id(const void *row)
{
	const struct stage_row *r = row;

	return (struct row_id){ .a = r->dev, .b = (uint64_t)r->cpu };
}

static struct row_id request_row_id(const void *row)
{
	return (struct row_id){ .a = ((const struct stage_request *)row)->bio, .b = UINT64_MAX };
}

static struct row_id step_row_id(const void *row)
{
	return (struct row_id){ .a = (uint64_t)((const struct stage_step_row *)row)->nr, .b = UINT64_MAX };
}

/* ---- text and cells ---- */

const char *disk_stage_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			    char *buf, size_t size, size_t *ret_len)
{
	const char *text = snapshot_disk_name(s, ((const struct stage_row *)row)->dev, buf, size);

	*ret_len = strlen(text);
	return text;
}

const char *disk_stage_state(const struct stage_request *r)
{
	if (!r->done)
		return "under way";
	return r->merged ? "merged" : r->failed ? "failed" : "completed";
}

static const char *request_text(const struct snapshot *s, const struct ui *ui, const void *row,
				const struct column *col, char *buf, size_t size, size_t *ret_len)
{
	const struct stage_request *r = row;
	const char *text = buf;

	if (!strcmp(col->key, "comm")) {
		*ret_len = strnlen(r->comm, sizeof(r->comm));
		return *ret_len ? r->comm : NULL;
	}
	if (!strcmp(col->key, "steps"))
		disk_stage_steps(r, buf, size);
	else if (!strcmp(col->key, "device"))
		text = snapshot_disk_name(s, r->dev, buf, size);
	else if (!strcmp(col->key, "rwbs"))
		text = disk_rwbs(r->set, buf);
	else
		text = disk_stage_state(r);
	*ret_len = strlen(text);
	return text;
}

static enum style request_style(const struct ui *ui, const void *row)
{
	const struct stage_request *r = row;

	if (r->failed)
		return STYLE_METER_HIGH;
	return r->merged ? STYLE_DIM : STYLE_TEXT;
}

static void request_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
			 const void *row, const struct column *col)
{
	struct pen p = pen_at(c, y, x, x + width);
	const struct stage_request *r = row;
	char text[FMT_MAX + 2];

	if (!strcmp(col->key, "ts_ns")) {
		logview_time_cell(c, y, x, width, STYLE_DIM, s, r->begun_ns);
	} else if (!strcmp(col->key, "steps")) {
		disk_stage_steps_draw(&p, r);
	} else {
		snprintf(text, sizeof(text), "%s%s", r->done ? "" : ">", word_ns(r->took_ns));
		canvas_right(c, y, x, width, r->done ? STYLE_VALUE : STYLE_MARK, text);
	}
}

/* The number of a CPU, which may be 0. */
static void cell_cpu(struct canvas *c, int y, int x, int width, int64_t cpu)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, cpu);
	canvas_right(c, y, x, width, STYLE_TEXT, text);
}

static void step_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		      const void *row, const struct column *col)
{
	cell_cpu(c, y, x, width, ((const struct stage_step_row *)row)->cpu);
}

static void cpu_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		     const void *row, const struct column *col)
{
	cell_cpu(c, y, x, width, ((const struct stage_row *)row)->cpu);
}

static const char *step_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			     char *buf, size_t size, size_t *ret_len)
{
	const struct stage_step *step = ((const struct stage_step_row *)row)->step;
	const struct stage_words *words = &stage_words[step->stage % STAGE_NR];
	const char *text = words->help;

	if (!strcmp(col->key, "comm")) {
		*ret_len = strnlen(step->comm, sizeof(step->comm));
		return *ret_len ? step->comm : NULL;
	}
	if (!strcmp(col->key, "stage"))
		text = words->letter;
	else if (!strcmp(col->key, "word"))
		text = words->word;
	else if (!strcmp(col->key, "rwbs"))
		text = disk_rwbs(step->set, buf);
	else if (step->stage == STAGE_A) {
		char name[40];

		snprintf(buf, size, "from %s", snapshot_disk_name(s, step->from_dev, name, sizeof(name)));
		text = buf;
	}
	*ret_len = strlen(text);
	return text;
}

/* ---- keys and words ---- */

void disk_stage_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct stage_row *r = row;
	int view = ui->view;
	char name[64];

	if (!r)
		return;
	rows_select(ui, s, ui_state(ui)->cursor);
	disk_dev_enter(ui, r->dev, snapshot_disk_name(s, r->dev, name, sizeof(name)));
	ui_set_view(ui, view);
	ui_mode_changed(ui);
}

static void request_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	if (!row)
		return;
	rows_select(ui, s, ui_state(ui)->cursor);
	ui->disk.stages.shown = *(const struct stage_request *)row;
	ui_mode_changed(ui);
}

static void step_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	ui_status(ui, "these are all its steps: Esc goes back to the requests");
}

static bool step_back(struct ui *ui)
{
	ui->disk.stages.shown = (struct stage_request){ 0 };
	ui_mode_changed(ui);
	return true;
}

bool disk_stage_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret)
{
	if (act != ACT_GROUP)
		return false;
	ui->disk.stages.by_cpu = !ui->disk.stages.by_cpu;
	ui_status(ui, ui->disk.stages.by_cpu ? "by device and CPU" : "by device");
	ui_mode_changed(ui);
	return true;
}

static bool request_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret)
{
	if (act == ACT_KINDS || act == ACT_FAILED || act == ACT_THRESHOLD)
		return false;
	return logview_act(ui, s, act, ret);
}

static void step_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	const struct stage_request *r = &ui->disk.stages.shown;
	char rwbs[DISK_RWBS_MAX];
	size_t len = (size_t)snprintf(buf, size, "%s %s", disk_rwbs(r->set, rwbs), word_bytes(r->bytes));

	if (r->sector != FIG_UNKNOWN && len < size)
		snprintf(buf + len, size - len, " at %" PRId64, r->sector);
}

static void cpu_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	snprintf(buf, size, "by CPU");
}

void disk_stage_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	const struct disk_stages_snap *d = s->disk_stages;
	char traced[120];

	*buf = '\0';
	if (!d || d->state != STAGES_ON)
		return;
	if (disk_trace_text(s, ui, true, traced, sizeof(traced)))
		snprintf(buf, size, "%s", traced);
	else if (d->sampled)
		snprintf(buf, size, "times sampled: Enter traces all");
	if (d->since_ns > s->m.since_ns && s->m.window != WINDOW_INTERVAL)
		logview_note_add(buf, size, "counted for ", word_ns((int64_t)(s->m.tick.h.ts_ns - d->since_ns)));
}

static const char *no_figures(const struct snapshot *s, const struct ui *ui)
{
	const struct disk_stages_snap *d = s->disk_stages;

	if (!d || !s->m.tick.h.ts_ns)
		return NULL;
	if (d->state == STAGES_BEGUN || (d->state == STAGES_OFF && ui->opts.asks && s->m.host.flags & HOST_F_BPF))
		return "steps are counted from now on: figures after the next interval";
	if (d->stage_status[STAGE_Q].state == FIG_NA)
		return d->stage_status[STAGE_Q].reason;
	return "";
}

const char *disk_stage_empty(const struct snapshot *s, const struct ui *ui)
{
	const char *why = no_figures(s, ui);

	return why && !*why ? "no block I/O since this view was opened" : why;
}

static const char *request_empty(const struct snapshot *s, const struct ui *ui)
{
	static char text[200];
	const char *why = no_figures(s, ui);
	char traced[120];

	if (!why || *why)
		return why;
	if (!disk_trace_text(s, ui, ui->opts.ascii, traced, sizeof(traced)))
		return "followed from now on: requests stand here as they end";
	snprintf(text, sizeof(text), "%s: each of its requests stands here as it ends, with its steps", traced);
	return text;
}

static void dev_hists(const struct snapshot *s, const struct stage_row *r, hist_fn fn, void *ctx)
{
	static const struct {
		enum stage_span span;
		const char *name;
	} spans[] = {
		{ SPAN_Q2D, "queued to issued" }, { SPAN_D2C, "issued to completed" }, { SPAN_Q2C, "queued to completed" },
	};
	char raw[40], name[120], title[160];

	snprintf(raw, sizeof(raw), "%s", snapshot_disk_name(s, r->dev, name, sizeof(name)));
	esc_text(name, sizeof(name), raw, strlen(raw), false);
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		snprintf(title, sizeof(title), "%s %s", name, spans[i].name);
		fn(ctx, title, &hist_scale_ns, &r->times[spans[i].span].hist);
	}
}

/* Of the devices with requests that were followed; all, or the one that was entered. */
void disk_stage_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx)
{
	const struct disk_stages_snap *d = s->disk_stages;

	for (int i = 0; d && i < d->devs_nr; i++)
		if (d->devs[i].times && d->devs[i].followed > 0 && disk_dev_shown(ui, d->devs[i].dev))
			dev_hists(s, &d->devs[i], fn, ctx);
}

static const struct log_kind no_kinds[] = { { NULL, NULL } };
static const struct log_spec request_log = { .kinds = no_kinds };

static const struct view request_view = {
	.id = "stages",
	.title = "Stages of requests",
	.help = "the last requests of the entered process or device, the newest last, each with its steps and the time since the "
		"first of them. What was merged into another request ends there. Requests under way stand behind the others. Under "
		"the table: the selected one's time as a bar, one letter for the time before each step (g until it got a request, i "
		"until inserted, d until issued, C in the device). Enter shows its steps one by one, Esc goes back",
	.pane = PANE_DISK,
	.kind = VIEW_TABLE,
	.columns = disk_stage_request_columns,
	.row_size = sizeof(struct stage_request),
	.sort_key = "ts_ns",
	.latency_key = "took_ns",
	.io_key = "bytes",
	.log = &request_log,
	.rows = request_rows,
	.rows_file = request_rows_file,
	.omitted = request_omitted,
	.row_id = request_row_id,
	.shown = request_shown,
	.row_style = request_style,
	.text = request_text,
	.cell = request_cell,
	.detail = disk_stage_request_detail,
	.enter = request_enter,
	.act = request_act,
	.note = disk_stage_note,
	.empty = request_empty,
	.hists = disk_stage_hists,
};

static const struct view step_view = {
	.id = "stages",
	.title = "Steps of a request",
	.help = "one request, step by step. Esc goes back to the requests",
	.pane = PANE_DISK,
	.kind = VIEW_TABLE,
	.columns = disk_stage_step_columns,
	.row_size = sizeof(struct stage_step_row),
	.sort_key = "at_ns",
	.rows = step_rows,
	.row_id = step_row_id,
	.text = step_text,
	.cell = step_cell,
	.detail = disk_stage_step_detail,
	.enter = step_enter,
	.back = step_back,
	.crumb = step_crumb,
};

static const struct view cpu_view = {
	.id = "stages",
	.title = "Stages by CPU",
	.help = "the same counts by device and CPU on which the step happened. g goes back to devices",
	.pane = PANE_DISK,
	.kind = VIEW_TABLE,
	.columns = disk_stage_cpu_columns,
	.row_size = sizeof(struct stage_row),
	.sort_key = "queued_per_s",
	.rows = cpu_rows,
	.row_id = disk_stage_row_id,
	.text = disk_stage_text,
	.cell = cpu_cell,
	.detail = disk_stage_detail,
	.enter = disk_stage_enter,
	.act = disk_stage_act,
	.crumb = cpu_crumb,
	.note = disk_stage_note,
	.empty = disk_stage_empty,
};

const struct view *const disk_stage_modes[] = { NULL, &request_view, &step_view, &cpu_view, NULL };
