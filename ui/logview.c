/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the event logs of all panes have in common. */
#include "logview.h"

#include <stdio.h>
#include <string.h>

#include "fmt.h"
#include "process.h"
#include "ui_priv.h"
#include "view_cpu.h"

const struct log_ui *logview_ui(const struct ui *ui)
{
	return &ui->logs[ui_pane(ui)->pane];
}

void logview_toggle_kind(struct ui *ui, int kind)
{
	ui->logs[ui_pane(ui)->pane].hidden ^= 1U << kind;
	ui->list_stale = true;
}

const struct proc_row *logview_process(const struct snapshot *s, const struct log_subject *who)
{
	const struct proc_row *p = proc_find(s, who->tgid);
	int64_t began_ns;

	if (!p || who->start_ns)
		return p && p->start_ns == who->start_ns ? p : NULL;
	began_ns = (int64_t)p->start_ns - (int64_t)(s->m.tick.boot_ns - s->m.tick.h.ts_ns);
	return began_ns <= who->ts_ns ? p : NULL;
}

void logview_enter(struct ui *ui, const struct snapshot *s, const struct log_subject *who, const char *nobody)
{
	const struct proc_row *p = logview_process(s, who);

	if (!p) {
		ui_status(ui, who->tgid == FIG_UNKNOWN ? nobody : "this process has ended");
		return;
	}
	rows_select(ui, s, ui_state(ui)->cursor);
	ui_enter_process(ui, proc_row_id(p), p);
}

static bool pid_wanted(const struct ui *ui, const struct log_subject *who)
{
	for (int i = 0; i < ui->pids_nr; i++)
		if (ui->pids[i] == who->pid || ui->pids[i] == who->tgid)
			return true;
	return ui->pids_nr == 0;
}

/* Users, containers and groups are those of processes: the event's, or one like it that has ended. */
static bool owner_wanted(const struct snapshot *s, const struct ui *ui, const struct log_subject *who)
{
	const struct proc_row *p = logview_process(s, who);
	struct proc_row ended = { .pid = who->tgid, .uid = who->uid, .cgroup_id = FIG_UNKNOWN, .kthread = who->kthread };

	for (int i = 0; !p && i < s->procs_nr; i++)
		if (s->procs[i].uid == who->uid && s->procs[i].user) {
			ended.user = s->procs[i].user;
			break;
		}
	p = p ? p : &ended;
	return cpu_user_shown(s, ui, p) && group_shown(s, ui, p);
}

static bool owners_matter(const struct ui *ui)
{
	return ui->own_user || *ui->user || ui->hide_kthreads || group_inside(ui) || ui->cpu.group.containers;
}

bool logview_shown(const struct snapshot *s, const struct ui *ui, const struct log_subject *who)
{
	return pid_wanted(ui, who) && (!owners_matter(ui) || owner_wanted(s, ui, who));
}

const char *logview_filtered(const struct snapshot *s, const struct ui *ui)
{
	const struct view *v = ui_view(ui);
	const void *base = NULL;
	int nr = filter_empty(&ui->filter) ? 0 : v->rows(s, ui, &base);

	for (int i = 0; i < nr; i++)
		if (v->shown(s, ui, (const char *)base + (size_t)i * v->row_size))
			return "no event passes the filter: \\ changes it";
	return NULL;
}

static void act_threshold(struct ui *ui, const struct snapshot *s, const struct log_spec *log)
{
	if (!log->subject) {
		ui_status(ui, "what is an event here depends on no length of time");
	} else if (ui->opts.replay) {
		ui_status(ui, "a recording keeps the threshold that it was made with");
	} else {
		prompt_open(ui, PROMPT_THRESHOLD, "");
		snprintf(ui->prompt.label, sizeof(ui->prompt.label), "%s from (now %g ms): ", log->subject,
			 (double)log->slow_ns(s) / 1e6);
	}
}

bool logview_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret)
{
	struct log_ui *l = &ui->logs[ui_pane(ui)->pane];

	switch (act) {
	case ACT_END: /* lets go: the cursor stays at the end, whatever arrives */
		ui_state(ui)->pinned = ui->moved = false;
		ui->list_stale = true;
		return true;
	case ACT_HOME: /* holds: the rows above it may go, it does not move by itself */
		rows_select(ui, s, 0);
		return true;
	case ACT_KINDS:
		menu_open(ui, s, MENU_KINDS);
		return true;
	case ACT_FAILED:
		l->failed = !l->failed;
		ui->list_stale = true;
		ui_status(ui, l->failed ? "only what failed" : "all events");
		return true;
	case ACT_THRESHOLD:
		act_threshold(ui, s, ui_view(ui)->log);
		return true;
	}
	return false;
}

uint64_t logview_real_ns(const struct snapshot *s, int64_t ts_ns)
{
	return s->m.tick.real_ns - (s->m.tick.h.ts_ns - (uint64_t)ts_ns);
}

void logview_time_cell(struct canvas *c, int y, int x, int width, enum style style, const struct snapshot *s, int64_t ts_ns)
{
	uint64_t at_ns = logview_real_ns(s, ts_ns);
	char clock[FMT_MAX];

	fmt_clock(clock, sizeof(clock), at_ns, (int32_t)s->m.host.tz_offset_s);
	canvas_printf(c, y, x, width, style, "%s.%03d", clock, (int)(at_ns % NS_PER_S / 1000000));
}

void logview_note_add(char *buf, size_t size, const char *word, const char *text)
{
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, "%s%s%s", len ? "  " : "", word, text);
}

void logview_note_hidden(const struct ui *ui, char *buf, size_t size)
{
	const struct log_spec *log = ui_view(ui)->log;
	uint32_t hidden = logview_ui(ui)->hidden, changed = hidden ^ log->hidden;
	bool less = false, more = false;

	for (int i = 0; log->kinds[i].name; i++)
		if (changed & hidden & 1U << i) {
			logview_note_add(buf, size, less ? "" : "without ", log->kinds[i].name);
			less = true;
		}
	for (int i = 0; log->kinds[i].name; i++)
		if (changed & ~hidden & 1U << i) {
			logview_note_add(buf, size, more ? "" : "with ", log->kinds[i].name);
			more = true;
		}
}
