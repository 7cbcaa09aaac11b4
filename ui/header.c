/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The header: bars on the left, words on the right, one line that says where the time goes. */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "fs_header.h"
#include "marks.h"
#include "pen.h"
#include "process.h"
#include "snap_disk_devs.h"
#include "snap_disk_procs.h"
#include "ui_priv.h"

struct segment {
	int64_t value;
	char ch;
	enum style style;
};

/* "CPU[||||##      65%]": segments of `max` from the left, text at the right end. */
static void meter(const struct ui *ui, struct canvas *c, int y, int x, int width, const char *label,
		  const struct segment *seg, int nr, int64_t max, const char *text)
{
	int at = x + canvas_text(c, y, x, width, STYLE_METER_LABEL, label);
	int inner = width - (at - x) - 2, used = 0;
	int64_t sum = 0;

	if (ui->opts.a11y) {
		canvas_text(c, y, at + 1, width - 4, STYLE_VALUE, text);
		return;
	}
	if (inner < 1)
		return;
	canvas_text(c, y, at, 1, STYLE_METER_FRAME, "[");
	canvas_text(c, y, at + inner + 1, 1, STYLE_METER_FRAME, "]");
	for (int i = 0; i < nr && max > 0; i++) {
		int upto;

		sum += seg[i].value > 0 ? seg[i].value : 0;
		upto = (int)((double)sum / (double)max * inner + 0.5);
		upto = upto > inner ? inner : upto;
		canvas_fill(c, y, at + 1 + used, upto - used, seg[i].style, seg[i].ch);
		used = upto;
	}
	canvas_right(c, y, at + 1 + inner - utf8_columns(text), utf8_columns(text), STYLE_VALUE, text);
}

static void cpu_text(const struct snapshot *s, char *buf, size_t size)
{
	uint64_t whole_ns = (uint64_t)(s->m.cpus > 0 ? s->m.cpus : 1) * s->m.interval_ns;

	int64_t busy_ns = s->m.busy_ns;

	if (busy_ns > (int64_t)whole_ns) /* the kernel's clock of busy time is coarser than ours */
		busy_ns = (int64_t)whole_ns;
	if (busy_ns == FIG_UNKNOWN || !s->m.interval_ns)
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, "%s%%", word_pct(busy_ns, whole_ns));
}

static void cpu_meter(const struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int x, int width)
{
	const int64_t *m = s->m.mode_ns;
	int64_t max = (s->m.cpus > 0 ? s->m.cpus : 1) * (int64_t)s->m.interval_ns;
	struct segment seg[] = {
		{ m[CPU_USER], '|', STYLE_METER_LOW },      { m[CPU_NICE], '|', STYLE_METER_CACHE },
		{ m[CPU_SYSTEM], '#', STYLE_METER_HIGH },   { m[CPU_IRQ], '=', STYLE_METER_MID },
		{ m[CPU_SOFTIRQ], '=', STYLE_METER_MID },   { m[CPU_STEAL], '!', STYLE_METER_CACHE },
	};
	char text[FMT_MAX];

	cpu_text(s, text, sizeof(text));
	meter(ui, c, y, x, width, "CPU", seg, 6, max, text);
}

static void mem_meter(const struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int x, int width)
{
	const struct machine *m = &s->m;
	bool known = m->mem_total != FIG_UNKNOWN && m->mem_used != FIG_UNKNOWN && m->mem_free != FIG_UNKNOWN;
	struct segment seg[] = {
		{ m->mem_used, '|', STYLE_METER_LOW },
		{ known ? m->mem_total - m->mem_used - m->mem_free : 0, ':', STYLE_METER_CACHE },
	};
	char text[2 * FMT_MAX];

	snprintf(text, sizeof(text), "%s/%s", word_bytes(m->mem_used), word_bytes(m->mem_total));
	meter(ui, c, y, x, width, "Mem", seg, 2, m->mem_total, text);
}

static void swap_meter(const struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int x, int width)
{
	struct segment seg = { s->m.swap_used, '|', STYLE_METER_HIGH };
	char text[2 * FMT_MAX];

	if (s->m.swap_total == 0)
		snprintf(text, sizeof(text), "no swap");
	else
		snprintf(text, sizeof(text), "%s/%s", word_bytes(s->m.swap_used), word_bytes(s->m.swap_total));
	meter(ui, c, y, x, width, "Swp", &seg, 1, s->m.swap_total, text);
}

static void load_item(struct pen *p, const struct snapshot *s, bool all)
{
	const int64_t *l = s->m.load_centi;

	if (l[0] == FIG_UNKNOWN)
		pen_item(p, "Load", STYLE_DIM, false, "-");
	else if (all)
		pen_item(p, "Load", STYLE_VALUE, false, "%lld.%02lld %lld.%02lld %lld.%02lld", (long long)l[0] / 100,
			 (long long)l[0] % 100, (long long)l[1] / 100, (long long)l[1] % 100, (long long)l[2] / 100,
			 (long long)l[2] % 100);
	else
		pen_item(p, "Load", STYLE_VALUE, false, "%lld.%02lld", (long long)l[0] / 100, (long long)l[0] % 100);
}

static const char *word_int(int64_t value)
{
	static char words[4][FMT_MAX];
	static unsigned at;
	char *w = words[at++ % 4];

	fmt_fig(w, FMT_MAX, value, UNIT_NONE, FOLD_GAUGE, false);
	return w;
}

static void p99_item(struct pen *p, const struct snapshot *s)
{
	int64_t p99 = mark_machine(MARK_RUNQ_P99, s);

	pen_item(p, "p99", STYLE_VALUE, mark_machine_over(MARK_RUNQ_P99, s), "%s",
		 s->runq_status.state == FIG_NA ? "n/a" : word_ns(p99));
}

static void blocked_item(struct pen *p, const struct snapshot *s)
{
	pen_item(p, "D", s->m.blocked > 0 ? STYLE_DISK : STYLE_VALUE, mark_over(MARK_BLOCKED, s->m.oldest_block_ns), "%s",
		 word_int(s->m.blocked));
}

/* Sums over the devices that stand on no other: what passes through a loop device is told once. */
struct disk_sums {
	int64_t reads, writes, bytes, inflight;
};

static void add_known(int64_t *to, int64_t figure)
{
	if (figure != FIG_UNKNOWN)
		*to = *to == FIG_UNKNOWN ? figure : *to + figure;
}

static struct disk_sums disk_sums(const struct snapshot *s)
{
	struct disk_sums sums = { FIG_UNKNOWN, FIG_UNKNOWN, FIG_UNKNOWN, FIG_UNKNOWN };

	for (int i = 0; s->disk_devs && i < s->disk_devs->rows_nr; i++) {
		const struct disk_dev_row *row = &s->disk_devs->rows[i];

		if (row->parent >= 0)
			continue;
		add_known(&sums.reads, row->ios[DISK_READ]);
		add_known(&sums.writes, row->ios[DISK_WRITE]);
		add_known(&sums.bytes, row->bytes[DISK_READ]);
		add_known(&sums.bytes, row->bytes[DISK_WRITE]);
		add_known(&sums.inflight, row->inflight);
	}
	return sums;
}

static void disk_rate_items(struct pen *p, const struct snapshot *s)
{
	struct disk_sums sums = disk_sums(s);
	bool known = s->m.interval_ns != 0;
	int64_t bytes = fig_fold(sums.bytes, UNIT_BYTES, FOLD_RATE, s->m.interval_ns, s->m.total);

	pen_item(p, "Disk r", STYLE_VALUE, false, "%s", known ? word_rate(sums.reads, s) : "-");
	pen_item(p, "w", STYLE_VALUE, false, "%s", known ? word_rate(sums.writes, s) : "-");
	pen_item(p, "", STYLE_VALUE, false, "%s%s", word_bytes(bytes), bytes == FIG_UNKNOWN || s->m.total ? "" : "/s");
}

static void disk_flight_items(struct pen *p, const struct snapshot *s)
{
	const struct disk_procs_snap *d = s->disk_procs;
	char name[40];

	pen_item(p, "In flight", STYLE_VALUE, false, "%s", word_int(disk_sums(s).inflight));
	if (!d || d->oldest_ns <= 0 ||
	    !pen_item(p, "oldest", STYLE_VALUE, mark_machine_over(MARK_DISK_OLDEST, s), "%s", word_ns(d->oldest_ns)))
		return;
	p->gap = 1;
	snapshot_disk_name(s, d->oldest_dev, name, sizeof(name));
	pen_raw(p, STYLE_VALUE, name, strlen(name));
}

/* The pane's own words in place of those of the CPU's; false where the line has none. */
static bool pane_words(const struct ui *ui, const struct snapshot *s, struct pen *p, int line)
{
	static void (*const panes[PANE_NR][2])(struct pen *p, const struct snapshot *s) = {
		[PANE_DISK] = { disk_rate_items, disk_flight_items },
		[PANE_FS] = { fs_rate_items, fs_time_items },
	};
	enum pane_id pane = ui_pane(ui)->pane;

	if (!line || !panes[pane][line - 1])
		return false;
	panes[pane][line - 1](p, s);
	return true;
}

static void words(const struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int x, int end, int line)
{
	struct pen p = pen_at(c, y, x, end);
	int64_t steal = mark_machine(MARK_STEAL, s);
	char text[FMT_MAX];

	if (pane_words(ui, s, &p, line))
		return;
	switch (line) {
	case 0:
		load_item(&p, s, true);
		fmt_uptime(text, sizeof(text), (int64_t)s->m.tick.boot_ns);
		p.gap = 3;
		pen_item(&p, "up", STYLE_VALUE, false, "%s", text);
		break;
	case 1:
		pen_item(&p, "Run queue", STYLE_VALUE, false, "%s", word_int(s->m.runq_len));
		p99_item(&p, s);
		pen_item(&p, word_int(s->m.cpus), STYLE_METER_LABEL, false, s->m.cpus == 1 ? "CPU" : "CPUs");
		if (steal != FIG_UNKNOWN && steal >= 1000) {
			fmt_pct(text, sizeof(text), steal);
			pen_item(&p, "steal", STYLE_VALUE, mark_machine_over(MARK_STEAL, s), "%s%%", text);
		}
		break;
	default:
		pen_item(&p, "Tasks", STYLE_VALUE, false, "%s", word_int(s->m.tasks));
		pen_item(&p, "run", STYLE_VALUE, false, "%s", word_int(s->m.running));
		blocked_item(&p, s);
		pen_item(&p, "new", STYLE_VALUE, false, "%s", s->m.interval_ns ? word_rate(s->m.forks, s) : "-");
		break;
	}
}

/* Shares of the time that was not idle, in a fixed order: the same word in the same place. */
static void time_items(struct pen *p, const struct snapshot *s)
{
	static const enum wait_class order[] = { WAIT_ONCPU, WAIT_RUNQ,  WAIT_DISK, WAIT_KLOCK, WAIT_FAULT,
						 WAIT_FUTEX, WAIT_QUOTA, WAIT_NET,  WAIT_PIPE,  WAIT_OTHER };
	int64_t sum = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		sum += s->m.class_ns[order[i]] > 0 ? s->m.class_ns[order[i]] : 0;
	pen_item(p, "Time", STYLE_TEXT, false, "%s", "");
	p->gap = 1;
	if (s->class_status.state == FIG_NA || !sum) {
		pen_item(p, "", STYLE_DIM, false, "%s", s->class_status.state == FIG_NA ? "n/a" : "-");
		return;
	}
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		int64_t part = s->m.class_ns[order[i]];
		int64_t pct = part > 0 ? (int64_t)((double)part / (double)sum * 100 + 0.5) : 0;

		if (i >= 3 && !pct)
			continue;
		if (!pen_item(p, wait_title(order[i]), wait_style(wait_letter(order[i])), false, "%lld", (long long)pct))
			break;
		p->gap = 1;
	}
}

static void psi_item(struct pen *p, const struct snapshot *s, const char *word, enum psi_res res, bool full)
{
	int64_t share = psi_share(s, res, full);
	bool mark = mark_one_over(full ? MARK_PSI_IO_FULL : MARK_PSI_SOME, s, share);

	p->gap = 1;
	if (share == FIG_UNKNOWN)
		pen_item(p, word, STYLE_VALUE, false, "-");
	else
		pen_item(p, word, STYLE_VALUE, mark, "%lld", (long long)(share + 500) / 1000);
}

static void psi_items(struct pen *p, const struct snapshot *s)
{
	pen_item(p, "PSI %", STYLE_TEXT, false, "%s", "");
	psi_item(p, s, "cpu", PSI_CPU, false);
	psi_item(p, s, "mem", PSI_MEM, false);
	psi_item(p, s, "io", PSI_IO, false);
	psi_item(p, s, "full", PSI_IO, true);
}

#define CPU_BAR_COLS 20

static void one_cpu(const struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int x, int width,
		    const struct cpu_row *row)
{
	int64_t user = row->mode_ns[CPU_USER], sys = row->mode_ns[CPU_SYSTEM], irq = 0;
	int64_t most = (int64_t)s->m.interval_ns; /* the kernel's clock of busy time is coarser than ours */
	int64_t busy = row->busy_ns == FIG_UNKNOWN ? 0 : row->busy_ns < most ? row->busy_ns : most;
	struct segment seg[3];
	char label[24], text[FMT_MAX];

	user = user > 0 ? user : 0;
	sys = sys > 0 ? sys : 0;
	irq = busy > user + sys ? busy - user - sys : 0;
	seg[0] = (struct segment){ user, '|', STYLE_METER_LOW };
	seg[1] = (struct segment){ sys, '#', STYLE_METER_HIGH };
	seg[2] = (struct segment){ irq, '=', STYLE_METER_MID };
	snprintf(label, sizeof(label), "%3lld", (long long)row->cpu);
	snprintf(text, sizeof(text), "%s%%", word_pct(busy, s->m.interval_ns));
	meter(ui, c, y, x, width, label, seg, 3, (int64_t)s->m.interval_ns, row->busy_ns == FIG_UNKNOWN ? "-" : text);
}

/* The room that a wide screen has: a bar for each CPU, or a digit (tenths busy) where they are many. */
static void per_cpu(const struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int lines, int x, int end)
{
	int per_line = (end - x) / CPU_BAR_COLS, digits = end - x - 10;

	if (per_line < 1 || !s->cpus_nr || !s->m.interval_ns)
		return;
	if (s->cpus_nr <= per_line * lines) {
		int width = (end - x) / ((s->cpus_nr + lines - 1) / lines);

		width = width > 40 ? 40 : width;
		for (int i = 0; i < s->cpus_nr; i++)
			one_cpu(ui, s, c, y + i % lines, x + i / lines * width, width - 1, &s->cpus[i]);
		return;
	}
	for (int i = 0; i < s->cpus_nr && i < digits * lines; i++) {
		int line = i / digits;
		int64_t tenths = s->cpus[i].busy_ns * 10 / (int64_t)s->m.interval_ns;
		char text[2] = { s->cpus[i].busy_ns == FIG_UNKNOWN ? '-' : (char)('0' + (tenths > 9 ? 9 : tenths)), '\0' };

		if (i % digits == 0)
			canvas_printf(c, y + line, x, 9, STYLE_METER_LABEL, "CPU %4d", i);
		canvas_text(c, y + line, x + 9 + i % digits, 1,
			    tenths > 7 ? STYLE_HEAT4 : tenths > 4 ? STYLE_HEAT3 : tenths > 1 ? STYLE_HEAT2 : STYLE_HEAT1, text);
	}
}

static void header_one_line(const struct ui *ui, const struct snapshot *s, struct canvas *c, int y)
{
	struct pen p = pen_at(c, y, 1, c->cols);
	char text[FMT_MAX];

	cpu_text(s, text, sizeof(text));
	pen_item(&p, "CPU", STYLE_VALUE, false, "%s", text);
	for (int i = 1; i < 3; i++) /* the pane's own come first */
		if (pane_words(ui, s, &p, i))
			p.gap = 2;
	pen_item(&p, "Mem", STYLE_VALUE, false, "%s/%s", word_bytes(s->m.mem_used), word_bytes(s->m.mem_total));
	p99_item(&p, s);
	blocked_item(&p, s);
	load_item(&p, s, false);
	pen_item(&p, "Run queue", STYLE_VALUE, false, "%s", word_int(s->m.runq_len));
	pen_item(&p, "Tasks", STYLE_VALUE, false, "%s", word_int(s->m.tasks));
	if (s->m.swap_used > 0)
		pen_item(&p, "Swp", STYLE_VALUE, false, "%s", word_bytes(s->m.swap_used));
}

void header_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int lines)
{
	int left = c->cols >= 130 ? 46 : c->cols * 54 / 100, words_x = left + 2;
	int words_end = c->cols >= 130 ? words_x + 42 : c->cols;
	struct pen p;

	if (lines < 4) {
		header_one_line(ui, s, c, y);
		return;
	}
	cpu_meter(ui, s, c, y, 1, left - 1);
	mem_meter(ui, s, c, y + 1, 1, left - 1);
	swap_meter(ui, s, c, y + 2, 1, left - 1);
	for (int i = 0; i < 3; i++)
		words(ui, s, c, y + i, words_x, words_end, i);
	p = pen_at(c, y + 3, 1, words_x - 1);
	time_items(&p, s);
	p = pen_at(c, y + 3, words_x, words_end);
	psi_items(&p, s);
	if (c->cols >= 130)
		per_cpu(ui, s, c, y, lines, words_end + 2, c->cols);
}
