/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU / cpus: what each CPU did with its time. The map of them: cpu_map.c. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fmt.h"
#include "pen.h"
#include "process.h"
#include "ui_priv.h"
#include "view_cpu.h"

#define ROW(member) offsetof(struct cpu_row, member)
#define SHARE(id) offsetof(struct cpu_row, share_pct[SHARE_##id])
#define TOP_PROCS 3

static const struct fig_status *freq_status(const struct snapshot *s)
{
	static const struct fig_status exact = { .state = FIG_EXACT },
		later = { .state = FIG_NA, .reason = "it is read only while this view is open: from the next interval on" },
		none = { .state = FIG_NA, .reason = "the kernel tells no frequency here: /sys/devices/system/cpu/cpu0/cpufreq "
						    "is missing, as in most virtual machines" };

	for (int i = 0; i < s->cpus_nr; i++)
		if (s->cpus[i].hz > 0)
			return &exact;
	return s->demand & DEMAND_FREQ ? &none : &later;
}

static const struct fig_status *sched_status(const struct snapshot *s)
{
	return &s->oncpu_hist_status; /* from the same switch hook */
}

/* A probe of its own: without it there are no moves, and not none. */
static const struct fig_status *migrate_status(const struct snapshot *s)
{
	static struct fig_status na;

	for (int i = 0; i < s->probes_nr; i++) {
		if (strncmp(s->probes[i].name, "migrate", sizeof(s->probes[i].name)) || s->probes[i].state == PROBE_ON)
			continue;
		na = (struct fig_status){ .state = FIG_NA, .reason = *s->probes[i].reason ? s->probes[i].reason :
										  "its probe, migrate, is switched off" };
		return &na;
	}
	return sched_status(s);
}

/* clang-format off */
#define PCT(key_, alias_, title_, weight_, off_, help_) \
	{ .key = key_, .alias = alias_, .title = title_, .unit = UNIT_PCT, .width = 5, .weight = weight_, .off = off_, .help = help_ }
const struct column cpu_cpus_columns[] = {
	{ .key = "cpu", .title = "CPU", .unit = UNIT_NONE, .width = 4, .off = ROW(cpu), .flags = COL_CUSTOM,
	  .help = "CPU number; all (-1 in files): all CPUs together, shares of the time of all" },
	PCT("busy_pct", "busy", "BUSY%", 20, ROW(busy_pct), "neither idle nor iowait; all shares are of this CPU's time, 100 % together"),
	PCT("usr_pct", "usr", "USR%", 19, SHARE(USR), "user code, without guests (as mpstat: /proc/stat counts guests as user, too)"),
	PCT("nice_pct", "nice", "NICE%", 10, SHARE(NICE), "user code with a lowered priority, without guests"),
	PCT("sys_pct", "sys", "SYS%", 18, SHARE(SYS), "kernel code on behalf of processes"),
	PCT("iowait_pct", "iowait", "IOW%", 16, SHARE(IOWAIT), "idle while a task that slept here last waits for block I/O"),
	PCT("irq_pct", "irq", "IRQ%", 9, SHARE(IRQ), "hard interrupts; 0 where the kernel does not account them apart"),
	PCT("softirq_pct", "soft", "SOFT%", 13, SHARE(SOFTIRQ), "soft interrupts: network, timers, block completion"),
	PCT("steal_pct", "steal", "STEAL", 14, SHARE(STEAL), "runnable here, but the hypervisor ran something else"),
	PCT("guest_pct", "guest", "GUEST", 8, SHARE(GUEST), "running virtual CPUs of guests of this host, niced ones too"),
	PCT("idle_pct", "idle", "IDLE%", 17, SHARE(IDLE), "nothing to do and no block I/O to wait for"),
	{ .key = "runq_len", .alias = "len", .title = "LEN", .unit = UNIT_COUNT, .width = 4, .weight = 15, .off = ROW(runq_len),
	  .help = "tasks running and waiting here at the end of the interval", .status = sched_status },
	{ .key = "switches_per_s", .alias = "csw", .title = "CSW/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 6, .weight = 12,
	  .off = ROW(switches), .help = "context switches", .status = sched_status },
	{ .key = "migrations_in_per_s", .alias = "in", .title = "IN/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 5, .weight = 7,
	  .off = ROW(migrations_in), .help = "tasks that the scheduler moved to this CPU", .status = migrate_status },
	{ .key = "migrations_out_per_s", .alias = "out", .title = "OUT/s", .unit = UNIT_COUNT, .fold = FOLD_RATE, .width = 5, .weight = 6,
	  .off = ROW(migrations_out), .help = "tasks that it moved away from it", .status = migrate_status },
	{ .key = "freq_hz", .alias = "freq", .title = "FREQ", .unit = UNIT_COUNT, .width = 5, .weight = 11, .off = ROW(hz),
	  .help = "clock frequency now, in Hz, where the kernel tells (cpufreq)", .status = freq_status },
	{ .key = "bar", .title = " ", .unit = UNIT_TEXT, .width = 10, .weight = 5, .flags = COL_LEFT | COL_GROW | COL_CUSTOM | COL_SCREEN_ONLY,
	  .help = "| user, # system, = interrupts, ! stolen" },
	{ .key = NULL },
};
/* clang-format on */

int cpu_cpus_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->cpus_all ? s->cpus_all : s->cpus;
	return s->cpus_all && s->cpus_nr ? s->cpus_nr + 1 : s->cpus_nr;
}

struct row_id cpu_cpus_row_id(const void *row)
{
	return (struct row_id){ .a = (uint64_t)(((const struct cpu_row *)row)->cpu + 1) };
}

static void name_text(const struct cpu_row *row, char *buf, size_t size)
{
	if (row->cpu < 0)
		snprintf(buf, size, "all");
	else
		snprintf(buf, size, "%" PRId64, row->cpu);
}

static int64_t share_of(const struct cpu_row *row, enum cpu_share share)
{
	return row->share_pct[share] > 0 ? row->share_pct[share] : 0;
}

/* "|||||###=    ": the widths are rounded so that they end where the sum of shares ends. */
static void bar_parts(struct canvas *c, int y, int x, int width, const struct cpu_row *row)
{
	const struct {
		int64_t pct;
		char letter;
		enum style style;
	} parts[] = {
		{ share_of(row, SHARE_USR) + share_of(row, SHARE_NICE) + share_of(row, SHARE_GUEST), '|', STYLE_METER_LOW },
		{ share_of(row, SHARE_SYS), '#', STYLE_METER_HIGH },
		{ share_of(row, SHARE_IRQ) + share_of(row, SHARE_SOFTIRQ), '=', STYLE_METER_MID },
		{ share_of(row, SHARE_STEAL), '!', STYLE_MARK },
	};
	int64_t sum = 0;
	int at = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		int end;

		sum += parts[i].pct;
		end = (int)((sum * width + 50000) / 100000);
		end = end > width ? width : end;
		if (end > at)
			canvas_fill(c, y, x + at, end - at, parts[i].style, parts[i].letter);
		at = end;
	}
}

void cpu_cpus_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		   const void *row, const struct column *col)
{
	char text[FMT_MAX];

	if (col->unit == UNIT_TEXT) {
		bar_parts(c, y, x, width, row);
		return;
	}
	name_text(row, text, sizeof(text));
	canvas_right(c, y, x, width, STYLE_VALUE, text);
}

const char *cpu_cpus_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			  char *buf, size_t size, size_t *ret_len)
{
	name_text(row, buf, size);
	*ret_len = strlen(buf);
	return buf;
}

/* The figures in words: those that found no column, and those of the cell under the map's cursor. */
void cpu_figures_line(struct canvas *c, int y, const struct snapshot *s, const struct cpu_row *row)
{
	static const struct {
		const char *word;
		enum cpu_share share;
	} shares[] = {
		{ "usr", SHARE_USR }, { "sys", SHARE_SYS }, { "iowait", SHARE_IOWAIT }, { "idle", SHARE_IDLE },
		{ "soft", SHARE_SOFTIRQ }, { "irq", SHARE_IRQ }, { "steal", SHARE_STEAL }, { "nice", SHARE_NICE },
		{ "guest", SHARE_GUEST },
	};
	struct pen p = pen_at(c, y, 1, c->cols);
	char text[FMT_MAX];

	name_text(row, text, sizeof(text));
	pen_item(&p, "CPU", STYLE_TITLE, false, "%s", text);
	for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
		fmt_pct(text, sizeof(text), row->share_pct[shares[i].share]);
		if (!pen_item(&p, shares[i].word, STYLE_VALUE, false, "%s", text))
			return;
		p.gap = 1;
	}
	p.gap = 2;
	if (row->runq_len != FIG_UNKNOWN)
		pen_item(&p, "queue", STYLE_VALUE, false, "%" PRId64, row->runq_len);
	if (s->m.interval_ns && row->switches != FIG_UNKNOWN)
		pen_item(&p, "switches", STYLE_VALUE, false, "%s", word_rate(row->switches, s));
	if (s->m.interval_ns && row->migrations_in != FIG_UNKNOWN && migrate_status(s)->state != FIG_NA)
		pen_item(&p, "moved in", STYLE_VALUE, false, "%s out %s", word_rate(row->migrations_in, s),
			 word_rate(row->migrations_out, s));
	if (row->hz > 0) {
		fmt_fig(text, sizeof(text), row->hz, UNIT_COUNT, FOLD_GAUGE, false);
		pen_item(&p, "", STYLE_VALUE, false, "%sHz", text);
	}
}

/* The processes with the most CPU time among those that were seen here last. */
static int top_procs(const struct snapshot *s, int64_t cpu, const struct proc_row *ret[TOP_PROCS])
{
	int nr = 0;

	for (int i = 0; i < s->procs_nr; i++) {
		const struct proc_row *row = &s->procs[i];
		int at = nr;

		if ((cpu >= 0 && row->cpu != cpu) || row->pid == FIG_UNKNOWN || row->oncpu_ns <= 0)
			continue;
		while (at > 0 && ret[at - 1]->oncpu_ns < row->oncpu_ns)
			at--;
		if (at == TOP_PROCS)
			continue;
		nr += nr < TOP_PROCS;
		memmove(&ret[at + 1], &ret[at], (size_t)(nr - at - 1) * sizeof(*ret));
		ret[at] = row;
	}
	return nr;
}

void cpu_procs_line(struct canvas *c, int y, const struct snapshot *s, const struct ui *ui, const struct cpu_row *row)
{
	const struct proc_row *top[TOP_PROCS];
	struct pen p = pen_at(c, y, 1, c->cols);
	int nr = top_procs(s, row->cpu, top);
	char name[80];

	pen_item(&p, row->cpu < 0 ? "most:" : "seen here last:", STYLE_TEXT, false, "%s", "");
	p.gap = 1;
	for (int i = 0; i < nr && s->m.interval_ns; i++) {
		proc_title(ui, top[i], c->ascii, name, sizeof(name));
		pen_item(&p, "", STYLE_TEXT, false, "%s %s%%", name, word_pct(top[i]->oncpu_ns, s->m.interval_ns));
	}
	if (!nr)
		pen_text(&p, STYLE_DIM, "none that ran in the interval");
}

int cpu_cpus_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	if (lines > 0)
		cpu_figures_line(c, y, s, row);
	if (lines > 1)
		cpu_procs_line(c, y + 1, s, ui, row);
	return lines > 1 ? 2 : lines;
}
