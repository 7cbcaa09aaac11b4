/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU / events: the log of what happened to processes, and of what the kernel had to say. */
#include "snap_events.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "logview.h"
#include "pen.h"
#include "ui_priv.h"
#include "view_cpu.h"

#define ROW(field)   offsetof(struct event_row, field)
#define ERROR_LEVEL  3 /* of the kernel's log: error or worse */
#define TEXT_MAX     512

static const struct fig_status *process_status(const struct snapshot *s)
{
	static const struct fig_status exact = { .state = FIG_EXACT };
	static const struct fig_status none = { .state = FIG_NA, .reason = "needs BPF: /proc tells nothing of what ends between two looks" };

	return s->events && s->events->processes ? &exact : &none;
}

/* clang-format off */
static const struct log_kind kinds[] = {
	[EVENT_SLOW]   = { "slow",   "a wait for a CPU over the threshold (o)" },
	[EVENT_EXEC]   = { "exec",   "a program was started" },
	[EVENT_EXIT]   = { "exit",   "a process ended" },
	[EVENT_KERNEL] = { "kernel", "a line of the kernel's log, warning or worse" },
	[EVENT_OOM]    = { "oom",    "the kernel killed a process for want of memory" },
	[EVENT_KIND_NR] = { NULL, NULL },
};

const struct column cpu_event_columns[] = {
	{ .key = "ts_ns", .alias = "ts", .title = "TIME", .unit = UNIT_NS, .width = 12, .weight = 40,
	  .flags = COL_LEFT | COL_UP | COL_CUSTOM, .off = ROW(ts_ns), .help = "when it was over, by the wall clock; in files CLOCK_MONOTONIC as mono_ns" },
	{ .key = "kind", .title = "KIND", .unit = UNIT_TEXT, .width = 6, .flags = COL_LEFT,
	  .help = "slow: a wait for a CPU over the threshold; exec: a program was started; exit: a process ended; "
		  "kernel: a line of the kernel's log; oom: a process was killed for want of memory" },
	{ .key = "pid", .title = "PID", .unit = UNIT_NONE, .width = 7, .weight = 30, .off = ROW(pid),
	  .help = "thread that waited; process that was started or ended, or the kernel killed" },
	{ .key = "comm", .title = "NAME", .unit = UNIT_TEXT, .width = 15, .weight = 50, .flags = COL_LEFT,
	  .help = "its name, 15 bytes" },
	{ .key = "lasted", .title = "LASTED", .unit = UNIT_TEXT, .width = 6, .weight = 45, .flags = COL_CUSTOM | COL_SCREEN_ONLY,
	  .help = "slow: how long it waited (latency_ns); exit: how long it had lived (age_ns)" },
	{ .key = "text", .title = "WHAT", .unit = UNIT_TEXT, .width = 8, .flags = COL_LEFT | COL_GROW | COL_CUSTOM,
	  .help = "slow: who had the CPU; exec: parent and arguments; exit: code or signal, CPU time of all its threads; "
		  "kernel: the line. In files the arguments (the first word only, unless --show-args) or the line. A program "
		  "that could not be started is no event: only the table of system calls counts it" },

	{ .key = "time", .title = "CLOCK", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "when it was over, UTC" },
	{ .key = "tgid", .title = "PROCESS", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(tgid), .help = "process of the thread" },
	{ .key = "ppid", .title = "PPID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(ppid), .help = "parent (exec, exit)" },
	{ .key = "uid", .title = "UID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(uid), .help = "real user id (exec, exit)" },
	{ .key = "latency_ns", .alias = "latency", .title = "WAITED", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(latency_ns),
	  .status = process_status, .help = "run-queue latency, runnable to running (slow)" },
	{ .key = "age_ns", .alias = "age", .title = "AGE", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(age_ns),
	  .status = process_status, .help = "how long the process had lived (exit)" },
	{ .key = "cpu_ns", .alias = "cpu", .title = "CPU", .unit = UNIT_NS, .flags = COL_NO_SCREEN, .off = ROW(cpu_ns),
	  .status = process_status, .help = "time on a CPU of all its threads (exit)" },
	{ .key = "code", .title = "CODE", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(code),
	  .status = process_status, .help = "what execve returned: 0 (exec); exit code, unless a signal ended it (exit)" },
	{ .key = "signal", .title = "SIGNAL", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "signal that ended it (exit)" },
	{ .key = "core", .title = "CORE", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "yes: a core was dumped (exit by a signal)" },
	{ .key = "level", .title = "LEVEL", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "of the kernel's line: emergency alert critical error warning" },
	{ .key = "by_pid", .title = "BYPID", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(by_pid),
	  .help = "slow: thread that had the CPU until then; exec, exit: the parent" },
	{ .key = "by_tgid", .title = "BYPROC", .unit = UNIT_NONE, .flags = COL_NO_SCREEN, .off = ROW(by_tgid), .help = "its process" },
	{ .key = "by_comm", .title = "BY", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "its name" },
	{ .key = "cut", .title = "CUT", .unit = UNIT_TEXT, .flags = COL_NO_SCREEN, .help = "yes: arguments or line were longer than what was kept" },
	{ .key = NULL },
};

static const char *const levels[8] = { "emergency", "alert", "critical", "error", "warning", "notice", "info", "debug" };

static const char *const signals[32] = {
	[SIGHUP] = "SIGHUP", [SIGINT] = "SIGINT", [SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL", [SIGTRAP] = "SIGTRAP",
	[SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS", [SIGFPE] = "SIGFPE", [SIGKILL] = "SIGKILL", [SIGUSR1] = "SIGUSR1",
	[SIGSEGV] = "SIGSEGV", [SIGUSR2] = "SIGUSR2", [SIGPIPE] = "SIGPIPE", [SIGALRM] = "SIGALRM", [SIGTERM] = "SIGTERM",
	[SIGSTKFLT] = "SIGSTKFLT", [SIGVTALRM] = "SIGVTALRM", [SIGPROF] = "SIGPROF", [SIGXCPU] = "SIGXCPU",
	[SIGXFSZ] = "SIGXFSZ", [SIGIO] = "SIGIO", [SIGPWR] = "SIGPWR", [SIGSYS] = "SIGSYS",
};
/* clang-format on */

int cpu_event_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	*ret_rows = s->events ? s->events->rows : NULL;
	return s->events ? s->events->nr : 0;
}

/* Each event once: those of the interval, under --total all that there was room for. */
int cpu_event_rows_file(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	int from;

	if (!s->events)
		return 0;
	from = s->m.total ? 0 : s->events->new_from;
	*ret_rows = s->events->rows + from;
	return s->events->nr - from;
}

uint64_t cpu_event_omitted(const struct snapshot *s)
{
	if (!s->events)
		return 0;
	return s->m.total ? s->events->dropped_all + s->events->scrolled_all : s->events->dropped;
}

struct row_id cpu_event_row_id(const void *row)
{
	return (struct row_id){ .a = ((const struct event_row *)row)->log.seq, .b = UINT64_MAX };
}

static bool is_kernel(const struct event_row *r)
{
	return r->kind == EVENT_KERNEL || r->kind == EVENT_OOM;
}

static bool is_failure(const struct event_row *r)
{
	if (is_kernel(r))
		return r->kind == EVENT_OOM || r->level <= ERROR_LEVEL;
	return r->signal || r->code > 0;
}

static struct log_subject subject(const struct event_row *r)
{
	return (struct log_subject){ .pid = r->pid, .tgid = r->tgid, .uid = r->uid, .start_ns = r->start_ns,
				     .ts_ns = r->ts_ns, .kthread = r->flags & EVENT_F_KTHREAD };
}

/* Of the entered process: what befell it, its children, and whom it kept waiting. */
static bool of_entered(const struct ui *ui, const struct event_row *r)
{
	if (r->tgid == ui->entered_pid)
		return !r->start_ns || r->start_ns == ui->entered_id.b;
	return r->by_tgid == ui->entered_pid;
}

bool cpu_event_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	const struct event_row *r = row;
	const struct log_ui *l = logview_ui(ui);
	struct log_subject who = subject(r);

	if (l->hidden & 1U << r->kind || (l->failed && !is_failure(r)))
		return false;
	if (ui->entered)
		return of_entered(ui, r);
	if (r->kind == EVENT_KERNEL)
		return true; /* it concerns all */
	return logview_shown(s, ui, &who);
}

enum style cpu_event_style(const struct ui *ui, const void *row)
{
	const struct event_row *r = row;

	if (tags_has(ui, cpu_event_row_id(r)))
		return STYLE_TAGGED;
	if (r->kind == EVENT_SLOW)
		return STYLE_RUNQ;
	if (is_failure(r))
		return STYLE_METER_HIGH;
	if (is_kernel(r))
		return STYLE_METER_MID;
	return r->kind == EVENT_EXIT ? STYLE_DEAD : STYLE_TEXT;
}

static size_t signal_name(const struct event_row *r, char *buf, size_t size)
{
	if (r->signal < 32 && signals[r->signal])
		return (size_t)snprintf(buf, size, "%s", signals[r->signal]);
	return (size_t)snprintf(buf, size, "signal %d", r->signal);
}

/* Arguments, their first word, or the line of the log: raw. */
static size_t raw_text(const struct snapshot *s, const struct ui *ui, const struct event_row *r, char *buf, size_t size)
{
	const char *text = event_text(s->events, r);
	size_t len = r->log.text_len < size ? r->log.text_len : size;

	if (is_kernel(r)) {
		memcpy(buf, text, len);
		return len;
	}
	while (len && !text[len - 1])
		len--;
	for (size_t i = 0; i < len; i++) {
		buf[i] = text[i] ? text[i] : ' ';
		if (!ui->opts.show_args && buf[i] == ' ')
			return i;
	}
	return len;
}

/* yes or nothing */
static const char *flag(const struct event_row *r, unsigned bit, size_t *ret_len)
{
	*ret_len = r->flags & bit ? 3 : 0;
	return r->flags & bit ? "yes" : NULL;
}

static const char *name(const char comm[TASK_COMM_BYTES], size_t *ret_len)
{
	*ret_len = strnlen(comm, TASK_COMM_BYTES);
	return *ret_len ? comm : NULL;
}

const char *cpu_event_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			   char *buf, size_t size, size_t *ret_len)
{
	const struct event_row *r = row;
	const char *text = NULL;

	*ret_len = 0;
	if (!strcmp(col->key, "comm"))
		return name(r->comm, ret_len);
	if (!strcmp(col->key, "by_comm"))
		return name(r->by_comm, ret_len);
	if (!strcmp(col->key, "core"))
		return flag(r, EVENT_F_CORE, ret_len);
	if (!strcmp(col->key, "cut"))
		return flag(r, EVENT_F_CUT, ret_len);
	if (!strcmp(col->key, "kind"))
		text = kinds[r->kind].name;
	else if (!strcmp(col->key, "level") && is_kernel(r))
		text = levels[r->level & 7];
	if (text) {
		*ret_len = strlen(text);
		return text;
	}
	if (!strcmp(col->key, "text"))
		*ret_len = raw_text(s, ui, r, buf, size);
	else if (!strcmp(col->key, "signal") && r->signal)
		*ret_len = signal_name(r, buf, size);
	else if (!strcmp(col->key, "time"))
		*ret_len = (size_t)fmt_iso(buf, size, logview_real_ns(s, r->ts_ns));
	return *ret_len ? buf : NULL;
}

static void put_by(struct pen *p, const struct event_row *r, const char *word)
{
	char text[80] = "";

	if (r->by_pid == FIG_UNKNOWN)
		return;
	esc_comm(text, sizeof(text), r->by_comm, sizeof(r->by_comm), p->c->ascii);
	if (*text)
		pen_item(p, word, STYLE_VALUE, false, "%s (%lld)", text, (long long)r->by_pid);
	else
		pen_item(p, word, STYLE_VALUE, false, "%lld", (long long)r->by_pid);
}

static void put_end(struct pen *p, enum style style, const struct event_row *r)
{
	char text[24];

	if (r->signal) {
		signal_name(r, text, sizeof(text));
		pen_item(p, "", style, false, "killed by %s%s", text, r->flags & EVENT_F_CORE ? ", core dumped" : "");
	} else if (r->code != FIG_UNKNOWN) {
		pen_item(p, "", style, false, "exit %lld", (long long)r->code);
	}
	if (r->cpu_ns != FIG_UNKNOWN)
		pen_item(p, "CPU", STYLE_VALUE, false, "%s", word_ns(r->cpu_ns));
}

static void put_raw(struct pen *p, enum style style, const struct snapshot *s, const struct ui *ui,
		    const struct event_row *r)
{
	char raw[TEXT_MAX] = "";
	size_t len = raw_text(s, ui, r, raw, sizeof(raw));

	pen_raw(p, style, raw, len);
	if (r->flags & EVENT_F_CUT && len && (ui->opts.show_args || is_kernel(r)))
		pen_text(p, STYLE_DIM, "...");
}

static void cell_what(struct canvas *c, int y, int x, int width, enum style style, const struct snapshot *s,
		      const struct ui *ui, const struct event_row *r)
{
	struct pen p = pen_at(c, y, x, x + width);

	switch (r->kind) {
	case EVENT_SLOW:
		if (r->by_pid == FIG_UNKNOWN)
			pen_text(&p, STYLE_DIM, "the CPU was idle, or not seen");
		put_by(&p, r, "behind");
		break;
	case EVENT_EXIT:
		put_end(&p, style, r);
		put_by(&p, r, "parent");
		break;
	case EVENT_EXEC:
		put_raw(&p, style, s, ui, r);
		p.gap = 2;
		put_by(&p, r, "by");
		break;
	default:
		put_raw(&p, style, s, ui, r);
	}
}

void cpu_event_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		    const void *row, const struct column *col)
{
	enum style style = cpu_event_style(ui, row);
	const struct event_row *r = row;
	int64_t ns = r->kind == EVENT_SLOW ? r->latency_ns : r->age_ns;

	if (!strcmp(col->key, "ts_ns"))
		logview_time_cell(c, y, x, width, STYLE_DIM, s, r->ts_ns);
	else if (!strcmp(col->key, "lasted"))
		canvas_right(c, y, x, width, ns == FIG_UNKNOWN ? STYLE_DIM : style, word_ns(ns));
	else
		cell_what(c, y, x, width, style, s, ui, r);
}

/* One event in words. */
static void detail_event(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct event_row *r)
{
	static const char *const verbs[EVENT_KIND_NR] = {
		[EVENT_SLOW] = "waited for a CPU", [EVENT_EXEC] = "was started", [EVENT_EXIT] = "ended",
		[EVENT_KERNEL] = "kernel", [EVENT_OOM] = "was killed for want of memory",
	};
	struct log_subject who = subject(r);
	char text[80];

	esc_comm(text, sizeof(text), r->comm, sizeof(r->comm), p->c->ascii);
	if (*text)
		pen_item(p, "", STYLE_TITLE, false, "%s (%lld)", text, (long long)r->pid);
	pen_item(p, "", cpu_event_style(ui, r), false, "%s", verbs[r->kind]);
	if (r->latency_ns != FIG_UNKNOWN)
		pen_item(p, "for", STYLE_VALUE, false, "%s", word_ns(r->latency_ns));
	if (r->kind == EVENT_EXIT && r->age_ns != FIG_UNKNOWN)
		pen_item(p, "after", STYLE_VALUE, false, "%s", word_ns(r->age_ns));
	if (r->kind == EVENT_EXIT)
		put_end(p, cpu_event_style(ui, r), r);
	put_by(p, r, r->kind == EVENT_SLOW ? "behind" : "parent");
	if (is_kernel(r))
		pen_item(p, "", STYLE_VALUE, false, "%s", levels[r->level & 7]);
	if (!is_kernel(r) && r->kind != EVENT_EXIT)
		pen_item(p, "", STYLE_DIM, false, "%s", logview_process(s, &who) ? "Enter: its page" : "has ended");
}

/* The log itself: what it takes in, what it could not keep. */
static void detail_log(struct pen *p, const struct snapshot *s)
{
	const struct events_snap *e = s->events;
	uint64_t ring = s->lost[PANE_CORE].full + s->lost[PANE_CPU].full;
	char reason[sizeof(e->kmsg_reason)];

	if (!e->processes)
		pen_item(p, "", STYLE_DIM, false, "processes and waits: n/a without BPF");
	else
		pen_item(p, "waits from", STYLE_VALUE, false, "%s", word_ns((int64_t)s->slow_ns));
	pen_item(p, "kept", STYLE_VALUE, false, "%d of %d", e->nr, EVENTS_MAX);
	if (ring || e->dropped_all || e->kmsg_lost_all)
		pen_item(p, "lost", STYLE_ALERT, false, "%llu in the ring, %llu for want of room, %llu lines of the kernel",
			 (unsigned long long)ring, (unsigned long long)e->dropped_all,
			 (unsigned long long)e->kmsg_lost_all);
	else
		pen_item(p, "", STYLE_DIM, false, "nothing lost");
	if (*e->kmsg_reason) {
		/* From a record: it may be anything. */
		esc_text(reason, sizeof(reason), e->kmsg_reason, strlen(e->kmsg_reason), p->c->ascii);
		pen_item(p, "kernel's log", STYLE_DIM, false, "n/a: %s", reason);
	}
}

int cpu_event_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		if (i == 0)
			detail_event(&p, s, ui, row);
		else if (i == 1)
			put_raw(&p, STYLE_TEXT, s, ui, row);
		else
			detail_log(&p, s);
	}
	return lines < 3 ? lines : 3;
}

/* What is missing comes first: a narrow screen cuts the end. */
void cpu_event_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	const struct events_snap *e = s->events;
	char text[48];

	*buf = '\0';
	if (!e)
		return;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)(s->lost[PANE_CORE].full + s->lost[PANE_CPU].full +
								  e->dropped_all + e->kmsg_lost_all));
	if (strcmp(text, "0"))
		logview_note_add(buf, size, "lost ", text);
	if (logview_ui(ui)->failed)
		logview_note_add(buf, size, "failures", "");
	logview_note_hidden(ui, buf, size);
	if (*e->kmsg_reason)
		logview_note_add(buf, size, "kernel's log n/a", "");
	if (!e->processes)
		logview_note_add(buf, size, "needs BPF", "");
	else if (!*buf) /* it stands in the detail lines too */
		logview_note_add(buf, size, "waits from ", word_ns((int64_t)s->slow_ns));
}

void cpu_event_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	struct log_subject who;

	if (!row)
		return;
	who = subject(row);
	logview_enter(ui, s, &who, "a line of the kernel's log belongs to no process");
}

static uint64_t slow_ns(const struct snapshot *s)
{
	return s->slow_ns;
}

const struct log_spec cpu_event_log = { .kinds = kinds, .subject = "Waits for a CPU", .slow_ns = slow_ns };

/* What would stand here. */
const char *cpu_event_empty(const struct snapshot *s, const struct ui *ui)
{
	static char text[160];

	if (!s->events || !s->m.tick.h.ts_ns)
		return NULL;
	if (logview_filtered(s, ui))
		return logview_filtered(s, ui);
	if (ui->list.all_nr && !ui->entered)
		return NULL;
	if (!s->events->processes)
		return "nothing yet: warnings of the kernel appear here; the rest needs BPF";
	snprintf(text, sizeof(text), ui->entered ?
		 "nothing yet of this process: waits for a CPU from %s (o), its children, its end" :
		 "nothing yet: waits for a CPU from %s (o), programs started, processes ended, warnings of the kernel",
		 word_ns((int64_t)s->slow_ns));
	return text;
}
