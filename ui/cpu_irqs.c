/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU / interrupts: one row for each, where it is served, and a page of the selected one. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "histview.h"
#include "pen.h"
#include "snap_irq.h"
#include "ui_priv.h"
#include "view_cpu.h"

#define ROW(member) offsetof(struct irq_row, member)
#define CPU(member) offsetof(struct irq_cpu, member)
#define SPREAD_COLS 8
#define TOP_CPUS 32
#define SIDE_BY_SIDE 76
#define CPU_LABEL_COLS 9
#define CPU_NUMBER_COLS 16 /* rate and share of one CPU */

static const struct fig_status *time_status(const struct snapshot *s)
{
	return s->irqs ? &s->irqs->time_status : NULL;
}

/* clang-format off */
const struct column cpu_irq_columns[] = {
	{ .key = "irq", .title = "NR", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(irq),
	  .help = "number of a hard interrupt, vector of a soft one; null for those of the architecture" },
	{ .key = "label", .title = "IRQ", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT,
	  .help = "as in /proc/interrupts and /proc/softirqs: 36, NET_RX, LOC" },
	{ .key = "type", .title = "TYPE", .unit = UNIT_TEXT, .width = 4, .weight = 60, .flags = COL_LEFT,
	  .help = "hard: of a device; soft: what the kernel puts off until after a hard one; arch: of the CPUs themselves "
		  "(timer, calls between CPUs), counted by /proc, which does not time them" },
	{ .key = "count_per_s", .alias = "count", .title = "CALLS/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 7,
	  .weight = 95, .off = ROW(count), .help = "calls of its handlers; a line that devices share counts one for each" },
	{ .key = "time_ns_per_s", .alias = "time", .title = "TIME/s", .unit = UNIT_NS, .fold = FOLD_RATE, .width = 7,
	  .weight = 97, .off = ROW(ns), .status = time_status,
	  .help = "time in its handlers, on all CPUs; a device's interrupt that comes during a soft one counts as its own only" },
	{ .key = "cpu_pct", .alias = "cpu", .title = "CPU%", .unit = UNIT_PCT, .fold = FOLD_SHARE, .width = 5, .weight = 85,
	  .off = ROW(ns), .status = time_status, .help = "that time as a share; 100 is one whole CPU" },
	{ .key = "avg_ns", .alias = "avg", .title = "AVG", .unit = UNIT_NS, .width = 6, .weight = 55, .off = ROW(avg_ns),
	  .status = time_status, .help = "average time of a call" },
	{ .key = "p50_ns", .alias = "p50", .title = "P50", .unit = UNIT_NS, .width = 6, .weight = 50, .off = ROW(p50_ns),
	  .status = time_status, .help = "half of the calls took less (to one bucket of a histogram: a factor of two)" },
	{ .key = "p99_ns", .alias = "p99", .title = "P99", .unit = UNIT_NS, .width = 6, .weight = 80, .off = ROW(p99_ns),
	  .status = time_status, .help = "99 of 100 calls took less (to one bucket)" },
	{ .key = "max_ns", .alias = "max", .title = "MAX", .unit = UNIT_NS, .width = 6, .weight = 70, .off = ROW(max_ns),
	  .status = time_status, .help = "the longest call" },
	{ .key = "spread", .title = "CPU 0-", .unit = UNIT_TEXT, .width = SPREAD_COLS, .weight = 75,
	  .flags = COL_CUSTOM | COL_SCREEN_ONLY | COL_LEFT,
	  .help = "where it is served, CPU 0 at the left: tenths of its calls (9: nearly all), a dot none; neighbours share a "
		  "place where there are more than 8 CPUs" },
	{ .key = "name", .title = "DEVICE OR WORK", .unit = UNIT_TEXT, .weight = 90, .flags = COL_LEFT | COL_GROW,
	  .help = "of a hard interrupt the devices, of the others what it is for" },
	{ .key = NULL },
};

static const struct column cpu_columns[] = {
	{ .key = "cpu", .title = "CPU", .unit = UNIT_NONE, .width = 4, .off = CPU(cpu), .help = "CPU number" },
	{ .key = "count_per_s", .alias = "count", .title = "CALLS/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 7,
	  .off = CPU(count), .help = "calls on this CPU" },
	{ .key = "time_ns_per_s", .alias = "time", .title = "TIME/s", .unit = UNIT_NS, .fold = FOLD_RATE, .width = 7,
	  .off = CPU(ns), .status = time_status, .help = "time on this CPU" },
	{ .key = NULL },
};
/* clang-format on */

static const char *const type_words[IRQ_TYPE_NR] = { [IRQ_HARD] = "hard", [IRQ_SOFT] = "soft", [IRQ_ARCH] = "arch" };

/* What the time of a type is, and is not. */
static const char *const type_notes[IRQ_TYPE_NR] = {
	[IRQ_HARD] = "hard: time in the handlers of a device",
	[IRQ_SOFT] = "soft: without device interrupts in between; with the timer's, and with IPIs",
	[IRQ_ARCH] = "arch: counted by the kernel in /proc/interrupts, which does not time them",
};

int cpu_irq_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->irqs ? s->irqs->rows : NULL;
	return s->irqs ? s->irqs->rows_nr : 0;
}

struct row_id cpu_irq_row_id(const void *row)
{
	const struct irq_row *r = row;

	return (struct row_id){ .a = r->type, .b = r->key };
}

static const char *raw_text(const char *text, size_t size, size_t *ret_len)
{
	*ret_len = strnlen(text, size);
	return *ret_len ? text : NULL;
}

const char *cpu_irq_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			 char *buf, size_t size, size_t *ret_len)
{
	const struct irq_row *r = row;

	if (!strcmp(col->key, "label"))
		return raw_text(r->label, sizeof(r->label), ret_len);
	if (!strcmp(col->key, "name"))
		return raw_text(r->name, sizeof(r->name), ret_len);
	return raw_text(type_words[r->type], 4, ret_len);
}

/* The highest CPU plus one, of those that there are and those that the row knows. */
static int64_t cpus_end(const struct snapshot *s, const struct irq_row *r)
{
	int64_t end = s->cpus_nr ? s->cpus[s->cpus_nr - 1].cpu + 1 : 1;

	if (r->cpus_nr && r->cpus[r->cpus_nr - 1].cpu >= end)
		end = r->cpus[r->cpus_nr - 1].cpu + 1;
	return end;
}

void cpu_irq_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		  const void *row, const struct column *col)
{
	const struct irq_row *r = row;
	int64_t end = cpus_end(s, r), sums[SPREAD_COLS] = { 0 };
	int cells = end < SPREAD_COLS ? (int)end : SPREAD_COLS;
	char text[8];

	if (r->count <= 0)
		return;
	for (int i = 0; i < r->cpus_nr; i++)
		if (r->cpus[i].count > 0)
			sums[r->cpus[i].cpu * cells / end] += r->cpus[i].count;
	for (int i = 0; i < cells && i < width; i++) {
		int64_t tenths = (sums[i] * 10 + r->count / 2) / r->count;

		snprintf(text, sizeof(text), "%d", tenths > 9 ? 9 : tenths < 1 ? 1 : (int)tenths);
		canvas_text(c, y, x + i, 1, sums[i] ? STYLE_VALUE : STYLE_DIM, sums[i] ? text : "\u00b7");
	}
}

/* The CPUs with the most calls, most first; returns how many. */
static int top_cpus(const struct irq_row *r, const struct irq_cpu *ret[], int max)
{
	int nr = 0;

	for (int i = 0; i < r->cpus_nr; i++) {
		int at = nr;

		if (r->cpus[i].count <= 0)
			continue;
		while (at && ret[at - 1]->count < r->cpus[i].count)
			at--;
		if (at == max)
			continue;
		nr += nr < max;
		memmove(&ret[at + 1], &ret[at], (size_t)(nr - 1 - at) * sizeof(*ret));
		ret[at] = &r->cpus[i];
	}
	return nr;
}

static int used_cpus(const struct irq_row *r)
{
	int nr = 0;

	for (int i = 0; i < r->cpus_nr; i++)
		nr += r->cpus[i].count > 0;
	return nr;
}

static void spread_draw(struct canvas *c, int y, const struct snapshot *s, const struct irq_row *r)
{
	const struct irq_cpu *top[TOP_CPUS];
	int nr = top_cpus(r, top, TOP_CPUS), used = used_cpus(r), i;
	struct pen p = pen_at(c, y, 1, c->cols);
	char label[32];

	if (!nr) {
		pen_text(&p, STYLE_DIM, r->count == FIG_UNKNOWN ? "calls are not known yet" : "no call in this interval");
		return;
	}
	pen_item(&p, "on", STYLE_VALUE, false, "%d of %" PRId64 " CPUs", used, s->m.cpus);
	for (i = 0; i < nr; i++) {
		snprintf(label, sizeof(label), "cpu %" PRId64, top[i]->cpu);
		if (!pen_item(&p, label, STYLE_VALUE, false, "%s%%", word_pct(top[i]->count, (uint64_t)r->count)))
			break;
	}
}

static void figures_draw(struct canvas *c, int y, const struct snapshot *s, const struct irq_row *r, const char *note)
{
	struct pen p = pen_at(c, y, 1, c->cols);

	pen_item(&p, "calls", STYLE_VALUE, false, "%s", r->count == FIG_UNKNOWN ? "-" : word_rate(r->count, s));
	if (r->type != IRQ_ARCH && s->irqs->time_status.state != FIG_NA) {
		pen_item(&p, "time", STYLE_VALUE, false, "%s%% of a CPU", word_pct(r->ns, s->m.interval_ns));
		pen_item(&p, "avg", STYLE_VALUE, false, "%s", word_ns(r->avg_ns));
		pen_item(&p, "p50", STYLE_VALUE, false, "%s", word_ns(r->p50_ns));
		pen_item(&p, "p99", STYLE_VALUE, false, "%s", word_ns(r->p99_ns));
		pen_item(&p, "max", STYLE_VALUE, false, "%s", word_ns(r->max_ns));
	} else {
		pen_item(&p, "time", STYLE_DIM, false, "n/a");
	}
	if (*note)
		pen_item(&p, "", STYLE_DIM, false, "%s", note);
}

static void title_draw(struct canvas *c, int y, const struct irq_row *r)
{
	struct pen p = pen_at(c, y, 1, c->cols);

	pen_text(&p, STYLE_TITLE, r->type == IRQ_SOFT ? "soft interrupt " : "interrupt ");
	pen_raw(&p, STYLE_TITLE, r->label, strnlen(r->label, sizeof(r->label)));
	p.gap = 2;
	if (*r->name)
		pen_raw(&p, STYLE_VALUE, r->name, strnlen(r->name, sizeof(r->name)));
	else
		pen_text(&p, STYLE_DIM, "no device is known");
}

int cpu_irq_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct irq_row *r = row;
	int used = 0;

	if (lines > 2)
		title_draw(c, y + used++, r);
	if (lines > used)
		figures_draw(c, y + used++, s, r, lines > 2 ? "" : type_words[r->type]);
	if (lines > used && ui->entered)
		canvas_text(c, y + used++, 1, c->cols - 1, STYLE_DIM,
			    "of the whole machine: an interrupt belongs to no process");
	else if (lines > used)
		spread_draw(c, y + used++, s, r);
	return used;
}

/* ---- the page of one interrupt ---- */

static const struct irq_row *entered(const struct snapshot *s, const struct ui *ui)
{
	for (int i = 0; s->irqs && i < s->irqs->rows_nr; i++)
		if (s->irqs->rows[i].type == ui->cpu.irqs.type && s->irqs->rows[i].key == ui->cpu.irqs.key)
			return &s->irqs->rows[i];
	return NULL;
}

int cpu_irq_mode(const struct ui *ui)
{
	return ui->cpu.irqs.entered;
}

void cpu_irq_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	const struct irq_row *r = row;

	if (!r || ui->cpu.irqs.entered)
		return;
	rows_select(ui, s, ui_state(ui)->cursor);
	ui->cpu.irqs = (struct irqs_ui){ .entered = true, .type = r->type, .key = r->key };
	ui_mode_changed(ui);
}

bool cpu_irq_back(struct ui *ui)
{
	if (!ui->cpu.irqs.entered)
		return false;
	ui->cpu.irqs.entered = false;
	ui_mode_changed(ui);
	return true;
}

static void crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	const struct irq_row *r = entered(s, ui);

	snprintf(buf, size, "%.16s %.48s", r ? r->label : "?", r ? r->name : "");
}

static int cpu_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct irq_row *r = entered(s, ui);

	*ret_rows = r ? r->cpus : NULL;
	return r ? r->cpus_nr : 0;
}

static struct row_id cpu_row_id(const void *row)
{
	return (struct row_id){ .a = (uint64_t)((const struct irq_cpu *)row)->cpu };
}

static void one_cpu_draw(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct irq_row *r,
			 const struct irq_cpu *one, int64_t most)
{
	int bar = width - CPU_LABEL_COLS - 2 - CPU_NUMBER_COLS;
	char label[FMT_MAX];

	snprintf(label, sizeof(label), "cpu %" PRId64, one->cpu);
	canvas_right(c, y, x, CPU_LABEL_COLS, STYLE_TEXT, label);
	canvas_text(c, y, x + CPU_LABEL_COLS + 1, 1, STYLE_DIM, "|");
	bar_draw(c, y, x + CPU_LABEL_COLS + 2, bar, STYLE_BAR, one->count, most);
	x += CPU_LABEL_COLS + 2 + (bar > 0 ? bar : 0);
	canvas_right(c, y, x, 8, STYLE_VALUE, word_rate(one->count, s));
	canvas_printf(c, y, x + 8, 8, STYLE_TEXT, "%6s%%", word_pct(one->count, (uint64_t)r->count));
}

/* Those that had calls, by number; the arrows scroll. Returns the lines used. */
static int cpus_draw(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, struct ui *ui,
		     const struct irq_row *r)
{
	int used = used_cpus(r), room = lines - 1, top, at = 0, drawn = 0;
	int64_t most = 1;

	if (lines < 2)
		return 0;
	if (ui->canvas_top > used - room)
		ui->canvas_top = used > room ? used - room : 0;
	top = ui->canvas_top;
	for (int i = 0; i < r->cpus_nr; i++)
		if (r->cpus[i].count > most)
			most = r->cpus[i].count;
	canvas_printf(c, y, x + 1, width - 1, STYLE_TITLE, "where it is served: %d of %" PRId64 " CPUs", used, s->m.cpus);
	for (int i = 0; i < r->cpus_nr && drawn < room; i++)
		if (r->cpus[i].count > 0 && at++ >= top)
			one_cpu_draw(c, y + 1 + drawn++, x, width, s, r, &r->cpus[i], most);
	return 1 + drawn;
}

static int hist_box(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s,
		    const struct irq_row *r)
{
	static const char title[] = "time of a call";
	struct hist_shape shape = hist_shape(&r->hist, lines - 2);
	bool na = r->type == IRQ_ARCH || s->irqs->time_status.state == FIG_NA;

	if (lines < 3)
		return 0;
	if (!na) {
		hist_draw(c, y, x, width, title, &r->hist, shape);
		return shape.lines + 2;
	}
	canvas_text(c, y, x + 1, width - 1, STYLE_TITLE, title);
	canvas_printf(c, y + 1, x + 1, width - 1, STYLE_DIM, "n/a: %s",
		      r->type == IRQ_ARCH ? "/proc does not time it" : s->irqs->time_status.reason);
	return 2;
}

static void page_body(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui,
		      const struct irq_row *r)
{
	int half = c->cols / 2, used;

	if (c->cols >= SIDE_BY_SIDE) {
		hist_box(c, y, 0, half - 1, lines, s, r);
		cpus_draw(c, y, half, c->cols - half, lines, s, ui, r);
		return;
	}
	used = hist_box(c, y, 0, c->cols, lines > 8 ? lines - used_cpus(r) - 2 : lines, s, r);
	if (used + 3 <= lines)
		cpus_draw(c, y + used + 1, 0, c->cols, lines - used - 1, s, ui, r);
}

static void page_draw_irq(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
{
	const struct irq_row *r = entered(s, ui);
	int head = lines >= 10 ? 4 : lines >= 5 ? 1 : 0;

	if (!r) {
		canvas_text(c, y, 1, c->cols - 1, STYLE_DIM, "this interrupt is no longer there; Esc goes back");
		return;
	}
	if (head)
		title_draw(c, y, r);
	if (head > 1) {
		figures_draw(c, y + 1, s, r, "");
		canvas_text(c, y + 2, 1, c->cols - 1, STYLE_DIM, type_notes[r->type]);
	}
	page_body(c, y + head, lines - head, s, ui, r);
}

static void hist_name(char *buf, size_t size, const struct irq_row *r)
{
	char raw[80];

	snprintf(raw, sizeof(raw), "%s %.16s%s%.48s", type_words[r->type], r->label, *r->name ? " " : "", r->name);
	esc_text(buf, size, raw, strlen(raw), false);
}

static void page_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx)
{
	const struct irq_row *r = entered(s, ui);
	char name[320];

	if (!r || r->ns == FIG_UNKNOWN)
		return;
	hist_name(name, sizeof(name), r);
	fn(ctx, name, &hist_scale_ns, &r->hist);
}

/* Of those that were called. */
void cpu_irq_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx)
{
	char name[320];

	for (int i = 0; s->irqs && i < s->irqs->rows_nr; i++) {
		if (!hist_count(&s->irqs->rows[i].hist))
			continue;
		hist_name(name, sizeof(name), &s->irqs->rows[i]);
		fn(ctx, name, &hist_scale_ns, &s->irqs->rows[i].hist);
	}
}

static const struct view page = {
	.id = "interrupts",
	.title = "Interrupts",
	.help = "one interrupt: how long its calls take, and which CPUs serve it; the arrows scroll the CPUs",
	.pane = PANE_CPU,
	.kind = VIEW_CANVAS,
	.columns = cpu_columns,
	.row_size = sizeof(struct irq_cpu),
	.sort_key = "cpu",
	.rows = cpu_rows,
	.row_id = cpu_row_id,
	.draw = page_draw_irq,
	.hists = page_hists,
	.demand = DEMAND_IRQS,
	.back = cpu_irq_back,
	.crumb = crumb,
};

const struct view *const cpu_irq_modes[] = { NULL, &page, NULL };
