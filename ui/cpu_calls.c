/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU / syscalls: by name, by process, the calls of a process, the processes of a call. The way
 * from one to the other is kept as steps, which Esc goes back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "pen.h"
#include "process.h"
#include "snap_calls.h"
#include "ui_priv.h"
#include "view_cpu.h"

#define TOP_PARTS 8

enum calls_mode { CALLS_BY_NAME, CALLS_BY_PROCESS, CALLS_OF_PROCESS, CALLS_OF_NAME };

static const struct calls_step *top_step(const struct ui *ui)
{
	const struct calls_ui *c = &ui->cpu.calls;

	return c->depth ? &c->steps[c->depth - 1] : NULL;
}

/* An entered process, and --pid, leave nothing to choose. */
static bool is_narrowed(const struct ui *ui)
{
	return ui->entered || ui->pids_nr;
}

int cpu_calls_mode(const struct ui *ui)
{
	const struct calls_step *step = top_step(ui);

	if (is_narrowed(ui))
		return CALLS_OF_PROCESS;
	if (step)
		return step->mode;
	return ui->cpu.calls.by_process ? CALLS_BY_PROCESS : CALLS_BY_NAME;
}

int cpu_calls_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->calls ? s->calls->names : NULL;
	return s->calls ? s->calls->names_nr : 0;
}

static int process_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->calls ? s->calls->procs : NULL;
	return s->calls ? s->calls->procs_nr : 0;
}


static bool pid_wanted(const struct ui *ui, int64_t pid)
{
	for (int i = 0; i < ui->pids_nr; i++)
		if (ui->pids[i] == pid)
			return true;
	return false;
}

static bool of_process(const struct call_row *row, uint64_t pid, uint64_t start_ns)
{
	/* Before Linux 5.11 the start is not known: then 0. */
	return (uint64_t)row->pid == pid && (row->start_ns == start_ns || !row->start_ns);
}

/* The rows of one process, or of one call, lie together. */
static int process_slice(const struct calls_snap *c, uint64_t pid, uint64_t start_ns, const struct call_row **ret)
{
	int first = 0, nr = 0;

	while (first < c->pairs_nr && !of_process(&c->pairs[first], pid, start_ns))
		first++;
	*ret = c->pairs + first;
	while (first + nr < c->pairs_nr && of_process(&c->pairs[first + nr], pid, start_ns))
		nr++;
	return nr;
}

static int name_slice(const struct calls_snap *c, uint16_t nr, uint16_t flags, const struct call_row **ret)
{
	const struct call_row *rows = c->pairs_by_name;
	int first = 0, len = 0;

	while (first < c->pairs_nr && (rows[first].nr != nr || rows[first].flags != flags))
		first++;
	*ret = rows + first;
	while (first + len < c->pairs_nr && rows[first + len].nr == nr && rows[first + len].flags == flags)
		len++;
	return len;
}

static int pair_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct calls_step *step = top_step(ui);
	const struct call_row *rows = NULL;
	int nr = 0;

	if (s->calls && ui->entered) {
		nr = process_slice(s->calls, ui->entered_id.a, ui->entered_id.b, &rows);
	} else if (s->calls && ui->pids_nr) {
		nr = s->calls->pairs_nr;
		rows = s->calls->pairs;
	} else if (s->calls && step && step->mode == CALLS_OF_PROCESS) {
		nr = process_slice(s->calls, step->pid, step->start_ns, &rows);
	} else if (s->calls && step) {
		nr = name_slice(s->calls, step->nr, step->flags, &rows);
	}
	*ret_rows = rows;
	return nr;
}

static bool pair_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	return ui->entered || !ui->pids_nr || pid_wanted(ui, ((const struct call_row *)row)->pid);
}

struct row_id cpu_calls_row_id(const void *row)
{
	const struct call_row *r = row;

	return (struct row_id){ .a = UINT64_MAX, .b = (uint64_t)r->flags << 16 | r->nr };
}

static struct row_id process_row_id(const void *row)
{
	const struct call_row *r = row;

	return (struct row_id){ .a = (uint64_t)r->pid, .b = r->start_ns };
}

static struct row_id pair_row_id(const void *row)
{
	const struct call_row *r = row;

	return (struct row_id){ .a = (uint64_t)r->pid ^ ((uint64_t)r->flags << 16 | r->nr) << 32, .b = r->start_ns };
}

enum style cpu_calls_style(const struct ui *ui, const void *row)
{
	const struct call_row *r = row;

	if (r->waits)
		return STYLE_DIM;
	return r->dead ? STYLE_DEAD : STYLE_TEXT;
}

const char *cpu_calls_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			   char *buf, size_t size, size_t *ret_len)
{
	const struct call_row *r = row;
	const char *text = NULL;

	if (!strcmp(col->key, "name")) {
		text = r->name;
	} else if (!strcmp(col->key, "comm")) {
		text = *r->comm ? r->comm : NULL;
	} else if (!strcmp(col->key, "abi")) {
		text = call_abi_name(r->abi);
	} else if (!strcmp(col->key, "top_errno") && r->errs_nr) {
		text = errno_name(r->errs[0].error);
		if (!text) {
			snprintf(buf, size, "errno %u", r->errs[0].error);
			text = buf;
		}
	}
	*ret_len = text ? strlen(text) : 0;
	return text;
}

static void cell_name(struct canvas *c, int y, int x, int width, enum style style, const struct call_row *r)
{
	int used = canvas_text(c, y, x, width, style, r->name);

	if (r->mark)
		canvas_printf(c, y, x + used, width - used, STYLE_MARK, " %s", r->mark);
}

static void cell_comm(struct canvas *c, int y, int x, int width, enum style style, const struct snapshot *s,
		      const struct call_row *r)
{
	char name[80];
	int used;

	esc_comm(name, sizeof(name), r->comm, sizeof(r->comm), c->ascii);
	used = canvas_text(c, y, x, width, style, *name ? name : "-");
	if (r->pid == FIG_UNKNOWN && r->dead)
		canvas_printf(c, y, x + used, width - used, STYLE_DIM, " x%s", word_rate(r->processes, s));
}

static void cell_pid(struct canvas *c, int y, int x, int width, enum style style, const struct call_row *r)
{
	char text[24];

	if (r->pid != FIG_UNKNOWN)
		snprintf(text, sizeof(text), "%" PRId64, r->pid);
	else
		snprintf(text, sizeof(text), "%s", r->dead ? "[dead]" : "-");
	canvas_right(c, y, x, width, style, text);
}

void cpu_calls_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		    const void *row, const struct column *col)
{
	const struct call_row *r = row;
	enum style style = cpu_calls_style(ui, row);
	struct fig_status status = view_status(col, s);

	if (!strcmp(col->key, "name"))
		cell_name(c, y, x, width, style, r);
	else if (!strcmp(col->key, "comm"))
		cell_comm(c, y, x, width, style, s, r);
	else if (!strcmp(col->key, "pid"))
		cell_pid(c, y, x, width, style, r);
	else if (!strcmp(col->key, "waits"))
		canvas_text(c, y, x, width, style, r->waits ? "w" : "");
	else /* work_ns_per_s: the time, whatever it is */
		cell_value(c, y, x, width, style, col, s,
			   status.state == FIG_NA ? FIG_UNKNOWN :
						    fig_fold(r->ns, UNIT_NS, FOLD_RATE, s->m.interval_ns, s->m.total),
			   false);
}

/* Which call, how often, and how its times lie. */
static void detail_times(struct pen *p, const struct snapshot *s, const struct call_row *r)
{
	char name[80];

	if (*r->comm && (r->pid != FIG_UNKNOWN || !*r->name)) {
		esc_comm(name, sizeof(name), r->comm, sizeof(r->comm), p->c->ascii);
		pen_text(p, STYLE_TITLE, name);
		p->gap = 1;
	}
	pen_text(p, STYLE_TITLE, r->name);
	p->gap = 2;
	if (r->mark)
		pen_item(p, "", STYLE_MARK, false, "%s", r->mark);
	if (r->waits)
		pen_item(p, "", STYLE_DIM, false, "only waits");
	if (s->calls->time_status.state == FIG_NA) {
		pen_item(p, "times", STYLE_DIM, false, "n/a: %.100s", s->calls->time_status.reason);
		return;
	}
	pen_item(p, "p50", STYLE_VALUE, false, "%s", word_ns(r->p50_ns));
	pen_item(p, "p90", STYLE_VALUE, false, "%s", word_ns(hist_percentile_ns(&r->hist, 900)));
	pen_item(p, "p99", STYLE_VALUE, false, "%s", word_ns(r->p99_ns));
	pen_item(p, "max", STYLE_VALUE, false, "%s", word_ns(r->max_ns));
	pen_item(p, "n", STYLE_VALUE, false, "%" PRId64, r->timed);
}

static void detail_errors(struct pen *p, const struct snapshot *s, const struct call_row *r)
{
	pen_text(p, STYLE_TEXT, r->errors ? "errors" : "no errors");
	p->gap = 1;
	for (int i = 0; i < r->errs_nr; i++) {
		const char *name = errno_name(r->errs[i].error);

		if (name)
			pen_item(p, name, STYLE_VALUE, false, "%" PRId64, r->errs[i].count);
		else
			pen_item(p, "", STYLE_VALUE, false, "errno %u %" PRId64, r->errs[i].error, r->errs[i].count);
	}
}

/* Of a call the processes, of a process the calls, that take most of its time. */
static void detail_parts(struct pen *p, const struct snapshot *s, const struct call_row *r)
{
	bool of_call = *r->name != '\0';
	const struct call_row *rows;
	int nr = of_call ? name_slice(s->calls, r->nr, r->flags, &rows) :
			   process_slice(s->calls, (uint64_t)r->pid, r->start_ns, &rows);
	int64_t all_ns = 0;
	char name[80];

	for (int i = 0; i < nr; i++)
		all_ns += rows[i].ns;
	pen_text(p, STYLE_TEXT, of_call ? "time by" : "time in");
	p->gap = 1;
	for (int i = 0; i < nr && i < TOP_PARTS && all_ns; i++) {
		if (of_call)
			esc_comm(name, sizeof(name), rows[i].comm, sizeof(rows[i].comm), p->c->ascii);
		else
			snprintf(name, sizeof(name), "%s", rows[i].name);
		if (of_call && rows[i].pid != FIG_UNKNOWN)
			snprintf(name + strlen(name), sizeof(name) - strlen(name), "(%" PRId64 ")", rows[i].pid);
		pen_item(p, name, STYLE_VALUE, false, "%s%%", word_pct(rows[i].ns, (uint64_t)all_ns));
	}
}

int cpu_calls_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	static void (*const parts[])(struct pen *p, const struct snapshot *s, const struct call_row *r) = {
		detail_times, detail_errors, detail_parts,
	};

	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		parts[i](&p, s, row);
	}
	return lines < 3 ? lines : 3;
}

static void step_into(struct ui *ui, const struct call_row *r, int mode)
{
	struct calls_ui *c = &ui->cpu.calls;
	struct calls_step *step;

	if (c->depth == CALLS_DEPTH) {
		ui_status(ui, "no deeper than this: Esc goes back");
		return;
	}
	step = &c->steps[c->depth++];
	*step = (struct calls_step){ .mode = mode, .pid = (uint64_t)r->pid, .start_ns = r->start_ns, .nr = r->nr,
				     .flags = r->flags };
	if (mode == CALLS_OF_NAME)
		snprintf(step->name, sizeof(step->name), "%s%s%.12s", r->name, r->mark ? " " : "", r->mark ? r->mark : "");
	else if (r->pid == FIG_UNKNOWN)
		snprintf(step->name, sizeof(step->name), "%s", r->comm);
	else
		snprintf(step->name, sizeof(step->name), "%s (%" PRId64 ")", r->comm, r->pid);
	ui_state(ui)->cursor = 0;
	ui_state(ui)->pinned = false;
	ui_mode_changed(ui);
}

void cpu_calls_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	int mode = cpu_calls_mode(ui);

	if (!row)
		return;
	if (is_narrowed(ui)) {
		ui_status(ui, "Esc goes back to all processes; there Enter on a call shows who makes it");
		return;
	}
	step_into(ui, row, mode == CALLS_BY_PROCESS || mode == CALLS_OF_NAME ? CALLS_OF_PROCESS : CALLS_OF_NAME);
}

bool cpu_calls_back(struct ui *ui)
{
	if (is_narrowed(ui) || !ui->cpu.calls.depth)
		return false;
	ui->cpu.calls.depth--;
	ui_mode_changed(ui);
	return true;
}

bool cpu_calls_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret)
{
	if (act != ACT_GROUP || is_narrowed(ui))
		return false;
	ui->cpu.calls.by_process = !ui->cpu.calls.by_process;
	ui->cpu.calls.depth = 0;
	ui_status(ui, ui->cpu.calls.by_process ? "by process" : "by name");
	ui_mode_changed(ui);
	return true;
}

void cpu_calls_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	const struct calls_ui *c = &ui->cpu.calls;
	size_t len = 0;

	*buf = '\0';
	if (is_narrowed(ui))
		return;
	if (c->by_process)
		len = (size_t)snprintf(buf, size, "by process");
	for (int i = 0; i < c->depth && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? " > " : "", c->steps[i].name);
}

/* A window may have begun before anybody asked for calls: its rates are of the part since then. */
void cpu_calls_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	*buf = '\0';
	if (s->calls && s->calls->state == CALLS_ON && s->calls->since_ns > s->m.since_ns && s->m.window != WINDOW_INTERVAL)
		snprintf(buf, size, "counted for %s of that", word_ns((int64_t)(s->m.tick.h.ts_ns - s->calls->since_ns)));
}

const char *cpu_calls_empty(const struct snapshot *s, const struct ui *ui)
{
	const struct calls_snap *calls = s->calls;

	if (!calls)
		return NULL;
	if (calls->state == CALLS_BEGUN ||
	    (calls->state == CALLS_OFF && ui->opts.asks && s->m.host.flags & HOST_F_BPF))
		return "system calls are counted from now on: figures after the next interval";
	if (calls->status.state == FIG_NA)
		return calls->status.reason;
	return is_narrowed(ui) ? "it made no system call in this interval" : "no system call in this interval";
}

void cpu_calls_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx)
{
	const struct view *v = ui_view(ui);
	const void *rows = NULL;
	int nr = v->rows(s, ui, &rows);
	char name[CALL_NAME_BYTES + 32];

	for (int i = 0; i < nr; i++) {
		const struct call_row *r = (const struct call_row *)rows + i;

		if ((v->shown && !v->shown(s, ui, r)) || !r->timed)
			continue;
		snprintf(name, sizeof(name), "%s%s%s", r->name, r->mark ? " " : "", r->mark ? r->mark : "");
		fn(ctx, name, &hist_scale_ns, &r->hist);
	}
}

#define COMMON \
	.id = "syscalls", .pane = PANE_CPU, .kind = VIEW_TABLE, .row_size = sizeof(struct call_row), \
	.latency_key = "p99_ns", .row_style = cpu_calls_style, .text = cpu_calls_text, .cell = cpu_calls_cell, \
	.detail = cpu_calls_detail, .demand = DEMAND_CALLS, .enter = cpu_calls_enter, .back = cpu_calls_back, \
	.act = cpu_calls_act, .crumb = cpu_calls_crumb, .note = cpu_calls_note, \
	.empty = cpu_calls_empty

static const struct view by_process = {
	COMMON,
	.title = "System calls by process",
	.help = "which processes make system calls; Enter shows one's calls, g goes back to names",
	.columns = cpu_calls_process_columns,
	.sort_key = "work_ns_per_s",
	.rows = process_rows,
	.row_id = process_row_id,
};

static const struct view calls_of_process = {
	COMMON,
	.title = "System calls of a process",
	.help = "which calls it makes, how long they take and which fail; Enter shows who else makes one",
	.columns = cpu_calls_of_process_columns,
	.sort_key = "work_ns_per_s",
	.rows = pair_rows,
	.row_id = pair_row_id,
	.shown = pair_shown,
	.hists = cpu_calls_hists,
};

static const struct view processes_of_call = {
	COMMON,
	.title = "Processes of a system call",
	.help = "which processes make this call; Enter shows all calls of one",
	.columns = cpu_calls_of_name_columns,
	.sort_key = "time_ns_per_s",
	.rows = pair_rows,
	.row_id = pair_row_id,
	.shown = pair_shown,
};

const struct view *const cpu_calls_modes[] = {
	[CALLS_BY_NAME] = &by_process, /* never used: mode 0 is the view itself */
	[CALLS_BY_PROCESS] = &by_process,
	[CALLS_OF_PROCESS] = &calls_of_process,
	[CALLS_OF_NAME] = &processes_of_call,
	NULL,
};
