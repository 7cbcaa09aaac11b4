/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the event logs of all panes have in common: keys (End follows, e x o), which kinds are
 * shown, the threshold, whose events are wanted, the process behind one.
 */
#ifndef PROBETOP_LOGVIEW_H
#define PROBETOP_LOGVIEW_H

#include "view.h"

struct log_kind {
	const char *name, *help;
};

/* What a view says of its log; struct view points at it. */
struct log_spec {
	const struct log_kind *kinds; /* of menu e; ends with a zero name */
	const char *subject;	      /* of which there is an event from a length on: "Waits for a CPU"; NULL */
	uint64_t (*slow_ns)(const struct snapshot *s); /* that length now */
	uint32_t hidden; /* bit per kind that is off at first */
};

/* What the screen remembers of the log of one pane. */
struct log_ui {
	uint32_t hidden; /* bit per kind that is not shown */
	bool failed;	 /* only what failed */
};

/* Who an event is about. */
struct log_subject {
	int64_t pid, tgid, uid; /* thread, process, user; FIG_UNKNOWN where not known */
	uint64_t start_ns;	/* of the process; 0 where not known */
	int64_t ts_ns;		/* of the event, CLOCK_MONOTONIC */
	bool kthread;
};

/* Of the pane on the screen. */
const struct log_ui *logview_ui(const struct ui *ui);
void logview_toggle_kind(struct ui *ui, int kind);

/* The actions of a log; hook `act` of its view. */
bool logview_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret);
/* The live process that an event is about, not a later owner of its pid; NULL where it has ended. */
const struct proc_row *logview_process(const struct snapshot *s, const struct log_subject *who);
/* Into it; `nobody` is said where an event is about no process. */
void logview_enter(struct ui *ui, const struct snapshot *s, const struct log_subject *who, const char *nobody);
/* Whether -p, -u, u, K, O and the group that was entered let it pass. */
bool logview_shown(const struct snapshot *s, const struct ui *ui, const struct log_subject *who);

/* Why a log shows nothing, where it is the filter that hides its rows; else NULL. */
const char *logview_filtered(const struct snapshot *s, const struct ui *ui);

/* CLOCK_REALTIME of a moment, by the clocks of the last tick; the clock to the millisecond in a cell. */
uint64_t logview_real_ns(const struct snapshot *s, int64_t ts_ns);
void logview_time_cell(struct canvas *c, int y, int x, int width, enum style style, const struct snapshot *s, int64_t ts_ns);

/* Parts of the note, two columns apart: "word text"; which kinds are shown other than at first. */
void logview_note_add(char *buf, size_t size, const char *word, const char *text);
void logview_note_hidden(const struct ui *ui, char *buf, size_t size);

#endif
