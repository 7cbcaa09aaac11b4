/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU / processes: which rows are shown, the cells that are not plain figures, the detail lines. */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "marks.h"
#include "pen.h"
#include "process.h"
#include "snap_cgroup.h"
#include "ui_priv.h"
#include "view_cpu.h"

#define BLOCK_SHOWN_NS 1000000000 /* from this age on a block is worth words in the row */
#define NEW_NS (5 * NS_PER_S)     /* --highlight-changes: a process is new for so long */

static bool pid_wanted(const struct ui *ui, const struct proc_row *p)
{
	for (int i = 0; i < ui->pids_nr; i++)
		if (ui->pids[i] == p->pid)
			return true;
	return ui->pids_nr == 0;
}

static bool user_wanted(const struct snapshot *s, const struct ui *ui, const struct proc_row *p)
{
	char name[64], uid[24];

	if (ui->own_user) {
		const struct proc_row *own = proc_find(s, s->m.host.self_tgid);

		return !own || own->uid == p->uid; /* all, before the own row is known */
	}
	if (!*ui->user)
		return true;
	proc_user(p, name, sizeof(name));
	snprintf(uid, sizeof(uid), "%lld", (long long)p->uid);
	return !strcmp(name, ui->user) || !strcmp(uid, ui->user);
}

bool cpu_user_shown(const struct snapshot *s, const struct ui *ui, const struct proc_row *row)
{
	return !(ui->hide_kthreads && row->kthread) && user_wanted(s, ui, row);
}

bool cpu_process_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct proc_row *p = row;

	if (ui->entered)
		return row_id_equal(proc_row_id(p), ui->entered_id);
	return pid_wanted(ui, p) && cpu_user_shown(s, ui, p) && group_shown(s, ui, p);
}

enum style cpu_process_style(const struct ui *ui, const void *row)
{
	const struct proc_row *p = row;

	if (tags_has(ui, proc_row_id(p)))
		return STYLE_TAGGED;
	if (p->dead)
		return STYLE_DEAD;
	if (p->kthread)
		return STYLE_KTHREAD;
	if (ui->opts.highlight && p->age_ns != FIG_UNKNOWN && p->age_ns < NEW_NS)
		return STYLE_CHANGED;
	return STYLE_TEXT;
}

const char *cpu_process_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			     char *buf, size_t size, size_t *ret_len)
{
	const struct proc_row *p = row;

	if (!strcmp(col->key, "user")) {
		*ret_len = proc_user(p, buf, size);
		return *ret_len ? buf : NULL;
	}
	if (!strcmp(col->key, "comm")) {
		*ret_len = strnlen(p->comm, sizeof(p->comm));
		return p->comm;
	}
	if (!strcmp(col->key, "command")) {
		*ret_len = proc_cmdline(ui, p, buf, size);
		return buf;
	}
	if (!strcmp(col->key, "cgroup")) {
		const char *path = p->cgroup_id == FIG_UNKNOWN ? NULL : snapshot_cgroup_path(s, p->cgroup_id);

		*ret_len = path ? strlen(path) : 0;
		return path;
	}
	*ret_len = 0;
	return NULL;
}

static void cell_pid(struct canvas *c, int y, int x, int width, enum style style, const struct proc_row *p)
{
	char text[24];

	if (p->pid == FIG_UNKNOWN)
		snprintf(text, sizeof(text), "[dead]");
	else
		snprintf(text, sizeof(text), "%lld", (long long)p->pid);
	canvas_right(c, y, x, width, style, text);
}

static void cell_state(struct canvas *c, int y, int x, enum style style, const struct proc_row *p)
{
	char text[2] = { p->pid == FIG_UNKNOWN || !p->state ? '-' : p->state, '\0' };

	if (*text == 'R' || *text == 'D')
		style = wait_style(*text);
	canvas_text(c, y, x, 1, style, text);
}

/* Zero is a value here: nice 0 and CPU 0 are not "nothing". */
static void cell_plain(struct canvas *c, int y, int x, int width, enum style style, int64_t value)
{
	char text[FMT_MAX];

	fmt_fig(text, sizeof(text), value, UNIT_NONE, FOLD_GAUGE, false);
	canvas_right(c, y, x, width, value == FIG_UNKNOWN ? STYLE_DIM : style, text);
}

static void cell_threads(struct canvas *c, int y, int x, int width, enum style style, const struct proc_row *p)
{
	char active[FMT_MAX], all[FMT_MAX], text[2 * FMT_MAX + 2];

	fmt_fig(active, sizeof(active), p->threads_active, UNIT_COUNT, FOLD_GAUGE, false);
	fmt_fig(all, sizeof(all), p->threads, UNIT_COUNT, FOLD_GAUGE, false);
	snprintf(text, sizeof(text), "%s/%s", active, all);
	canvas_right(c, y, x, width, style, p->threads == FIG_UNKNOWN ? "-" : text);
}

static void cell_bar(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct proc_row *p)
{
	char bar[PROC_BAR_MAX + 1];

	if (s->class_status.state == FIG_NA) {
		canvas_text(c, y, x, width, STYLE_DIM, "n/a");
		return;
	}
	if (!s->m.interval_ns)
		return;
	if (!proc_bar(p, width, bar)) {
		canvas_text(c, y, x, width, STYLE_DIM, "-");
		return;
	}
	proc_bar_draw(c, y, x, bar);
}

static void cell_cgroup(struct canvas *c, int y, int x, int width, enum style style, const struct snapshot *s,
			const struct proc_row *p)
{
	const struct cgroup_row *row = cgroup_find(s, p->cgroup_id);
	const char *name = row ? cgroup_short(row) : NULL;

	if (name)
		canvas_raw(c, y, x, width, style, name, strlen(name));
	else
		canvas_text(c, y, x, width, STYLE_DIM, "-");
}

/* What the command cell says after the command: how many, how it ended, how long it has been stuck. */
static enum style command_suffix(const struct snapshot *s, const struct proc_row *p, char *buf, size_t size,
				 bool *ret_mark)
{
	const struct proc_row *parent;
	char name[80], rate[FMT_MAX];

	*buf = '\0';
	*ret_mark = false;
	if (p->pid == FIG_UNKNOWN) {
		parent = proc_find(s, p->ppid);
		esc_comm(name, sizeof(name), parent ? parent->comm : "", parent ? sizeof(parent->comm) : 1, false);
		snprintf(rate, sizeof(rate), "%s", word_rate(p->processes, s));
		snprintf(buf, size, " x%s%s%s", rate, parent ? " < " : "", name);
		return STYLE_DEAD;
	}
	if (p->dead) {
		proc_end(p, name, sizeof(name));
		snprintf(buf, size, "  %s", name);
		return STYLE_DEAD;
	}
	if (p->state != 'D' || p->blocked_since_ns == FIG_UNKNOWN || p->blocked_since_ns < BLOCK_SHOWN_NS)
		return STYLE_TEXT;
	snprintf(buf, size, "  D %s", word_ns(p->blocked_since_ns));
	*ret_mark = mark_over(MARK_BLOCKED, p->blocked_since_ns);
	return wait_style(wait_letter((enum wait_class)p->wclass));
}

static void cell_command(struct canvas *c, int y, int x, int width, enum style style, const struct snapshot *s,
			 const struct ui *ui, const struct proc_row *p)
{
	const struct view_state *st = ui_state_now(ui);
	char raw[PROC_TEXT_MAX], text[4 * PROC_TEXT_MAX], suffix[160];
	size_t len = proc_command(ui, p, raw, sizeof(raw)), skip = (size_t)st->scroll_text * 8;
	bool mark;
	enum style suffix_style = command_suffix(s, p, suffix, sizeof(suffix), &mark);
	int room, used, name;

	len = esc_text(text, sizeof(text), raw, len, c->ascii);
	name = utf8_columns(text) < 8 ? utf8_columns(text) : 8;
	/* On a narrow screen the name comes first, then the number, then the parent. */
	if (width - utf8_columns(suffix) - mark < name && strstr(suffix, " < "))
		*strstr(suffix, " < ") = '\0';
	if (width - utf8_columns(suffix) - mark < name)
		*suffix = '\0', mark = false;
	room = width - utf8_columns(suffix) - mark;
	/* Scrolled by whole characters. */
	while (skip < len && ((uint8_t)text[skip] & 0xc0) == 0x80)
		skip++;
	used = canvas_text(c, y, x, room, style, skip < len ? text + skip : "");
	used += canvas_text(c, y, x + used, width - used, suffix_style, suffix);
	if (mark)
		canvas_text(c, y, x + used, width - used, STYLE_MARK, MARK_TEXT);
}

void cpu_process_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		      const void *row, const struct column *col)
{
	const struct proc_row *p = row;
	enum style style = cpu_process_style(ui, row);

	if (!strcmp(col->key, "pid"))
		cell_pid(c, y, x, width, style, p);
	else if (!strcmp(col->key, "state"))
		cell_state(c, y, x, style, p);
	else if (!strcmp(col->key, "threads"))
		cell_threads(c, y, x, width, style, p);
	else if (!strcmp(col->key, "time_bar"))
		cell_bar(c, y, x, width, s, p);
	else if (!strcmp(col->key, "cgroup"))
		cell_cgroup(c, y, x, width, style, s, p);
	else if (!strcmp(col->key, "command"))
		cell_command(c, y, x, width, style, s, ui, p);
	else
		cell_plain(c, y, x, width, style, view_figure(col, row));
}

/* Who: name, parents, user, threads, age. */
static void detail_who(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct proc_row *row)
{
	char text[256], value[64];
	bool ascii = p->c->ascii;

	proc_title(ui, row, ascii, text, sizeof(text));
	pen_text(p, STYLE_TITLE, text);
	p->gap = 2;
	if (row->pid == FIG_UNKNOWN)
		pen_item(p, "", STYLE_VALUE, false, "%lld processes that no tick saw alive", (long long)row->processes);
	proc_end(row, value, sizeof(value));
	if (*value)
		pen_item(p, "", STYLE_DEAD, false, "%s", value);
	if (row->age_ns != FIG_UNKNOWN && row->pid != FIG_UNKNOWN)
		pen_item(p, "started", STYLE_VALUE, false, "%s ago", word_ns(row->age_ns));
	proc_parents(s, row, 3, ascii, text, sizeof(text));
	if (*text)
		pen_item(p, "by", STYLE_VALUE, false, "%s", text);
	if (proc_user(row, value, sizeof(value))) {
		esc_text(text, sizeof(text), value, strlen(value), ascii);
		pen_item(p, "user", STYLE_VALUE, false, "%s", text);
	}
	if (row->threads != FIG_UNKNOWN)
		pen_item(p, "threads", STYLE_VALUE, false, "%lld/%lld", (long long)row->threads_active,
			 (long long)row->threads);
}

/* "D 43s in fsync /srv/x on /srv (nfs, server:/export)" */
static void detail_stuck(struct pen *p, const struct snapshot *s, const struct proc_row *row)
{
	char text[400];

	if (row->state != 'D' || row->blocked_since_ns == FIG_UNKNOWN)
		return;
	p->gap = 2;
	pen_item(p, "D", STYLE_DISK, mark_over(MARK_BLOCKED, row->blocked_since_ns), "%s", word_ns(row->blocked_since_ns));
	p->gap = 1;
	if (!proc_stuck(s, row, p->c->ascii, text, sizeof(text)))
		return;
	pen_text(p, STYLE_METER_LABEL, "in ");
	pen_text(p, STYLE_DISK, text);
}

/* The largest class that is not done yet; those that are idleness come last, however large. */
static int next_class(const struct proc_row *row, const bool *done)
{
	int best = -1;

	for (int i = 0; i < WAIT_NR; i++)
		if (!done[i] && i != WAIT_IDLE && i != WAIT_TIMER && row->class_ns[i] > 0 &&
		    (best < 0 || row->class_ns[i] > row->class_ns[best]))
			best = i;
	if (best < 0 && !done[WAIT_TIMER])
		best = WAIT_TIMER;
	if (best < 0 && !done[WAIT_IDLE])
		best = WAIT_IDLE;
	return best;
}

/* Why: where its time went, the largest first; where it is stuck; whom it waited behind. */
void detail_why(struct pen *p, const struct snapshot *s, const struct proc_row *row)
{
	bool done[WAIT_NR] = { false };
	int i;

	pen_item(p, "time", STYLE_TEXT, false, "%s", "");
	if (!s->m.interval_ns) {
		pen_item(p, "", STYLE_DIM, false, "after the first interval");
		return;
	}
	p->gap = 1;
	while ((i = next_class(row, done)) >= 0) {
		done[i] = true;
		if (row->class_ns[i] < (int64_t)s->m.interval_ns / 2000) /* rounds to nothing, or is not known */
			continue;
		pen_item(p, wait_title((enum wait_class)i), wait_style(wait_letter((enum wait_class)i)), false, "%s%%",
			 word_pct(row->class_ns[i], s->m.interval_ns));
	}
	detail_stuck(p, s, row);
	p->gap = 2;
	proc_pairs_draw(p, s, row, PAIR_BEHIND, "behind");
}

/* More: the figures that the width may have dropped. */
void detail_more(struct pen *p, const struct snapshot *s, const struct proc_row *row)
{
	if (s->runq_status.state == FIG_NA) {
		pen_item(p, "run-queue latency", STYLE_DIM, false, "n/a: %.100s",
			 s->runq_status.reason ? s->runq_status.reason : "no histogram");
	} else if (row->ref || row->runq_p99_ns != FIG_UNKNOWN) { /* a thread has none of its own */
		pen_item(p, "run-queue p50", STYLE_VALUE, false, "%s", word_ns(row->runq_p50_ns));
		pen_item(p, "p99", STYLE_VALUE, mark_over(MARK_RUNQ_P99, row->runq_p99_ns), "%s", word_ns(row->runq_p99_ns));
		pen_item(p, "max", STYLE_VALUE, false, "%s", word_ns(row->runq_max_ns));
	}
	if (s->m.interval_ns) {
		pen_item(p, "switches", STYLE_VALUE, false, "%s", word_rate(row->vcsw, s));
		pen_item(p, "forced", STYLE_VALUE, false, "%s", word_rate(row->ivcsw, s));
		pen_item(p, "faults", STYLE_VALUE, false, "%s", word_rate(row->minflt, s));
		pen_item(p, "major", STYLE_VALUE, false, "%s", word_rate(row->majflt, s));
		pen_item(p, "migrations", STYLE_VALUE, false, "%s", word_rate(row->migrations, s));
	}
	if (row->swap_bytes > 0)
		pen_item(p, "swap", STYLE_VALUE, false, "%s", word_bytes(row->swap_bytes));
}

int cpu_process_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui,
		       const void *row)
{
	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		if (i == 0)
			detail_who(&p, s, ui, row);
		else if (i == 1)
			detail_why(&p, s, row);
		else
			detail_more(&p, s, row);
	}
	return lines < 3 ? lines : 3;
}
