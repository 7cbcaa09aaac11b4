/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame around a view: tabs, views or breadcrumb, alert, keys, and the line about the instrument. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "fs_mounts_view.h"
#include "layout.h"
#include "marks.h"
#include "pen.h"
#include "process.h"
#include "snap_disk.h"
#include "snap_events.h"
#include "ui_priv.h"
#include "view_cpu.h"

void hit_add(struct ui *ui, int row, int from, int to, enum hit_kind kind, int value)
{
	if (ui->hits_nr < UI_HITS_MAX)
		ui->hits[ui->hits_nr++] = (struct hit){ .row = (short)row, .from = (short)from, .to = (short)to,
							.kind = (uint8_t)kind, .value = value };
}

const struct hit *hit_find(const struct ui *ui, int row, int col)
{
	for (int i = ui->hits_nr; i-- > 0;) /* what was drawn last lies on top */
		if (ui->hits[i].row == row && col >= ui->hits[i].from && col < ui->hits[i].to)
			return &ui->hits[i];
	return NULL;
}

static const char *state_word(const struct ui *ui)
{
	if (ui->frozen)
		return "FROZEN";
	return ui->opts.replay ? "REPLAY" : "LIVE";
}

static enum style state_style(const struct ui *ui)
{
	return ui->frozen || ui->opts.replay ? STYLE_FROZEN : STYLE_LIVE;
}

/* "02:10", "04:11:09", "12d 04:11" */
static void span_word(char *buf, size_t size, uint64_t ns)
{
	unsigned long long s = ns / NS_PER_S;

	if (s < 3600)
		snprintf(buf, size, "%02llu:%02llu", s / 60, s % 60);
	else
		fmt_uptime(buf, size, (int64_t)ns);
}

/* Of which time the figures are. */
static void interval_word(const struct snapshot *s, char *buf, size_t size)
{
	uint64_t tenths = (s->m.interval_ns + 50000000) / 100000000;
	char span[FMT_MAX];

	span_word(span, sizeof(span), s->m.interval_ns);
	if (!s->m.interval_ns)
		snprintf(buf, size, "-");
	else if (s->m.total)
		snprintf(buf, size, "total %llu.%llus", (unsigned long long)tenths / 10, (unsigned long long)tenths % 10);
	else if (s->m.window != WINDOW_INTERVAL)
		snprintf(buf, size, "since %s %s", s->m.window == WINDOW_MARK ? "mark" : "start", span);
	else
		snprintf(buf, size, "%llu.%llus", (unsigned long long)tenths / 10, (unsigned long long)tenths % 10);
}

/* What there is room for of "clock LIVE interval"; a window that is not the interval goes last. */
static void state_text(const struct ui *ui, const struct snapshot *s, int room, char *buf, size_t size)
{
	bool window = s->m.window == WINDOW_MARK || s->m.window == WINDOW_START;
	char clock[FMT_MAX], interval[FMT_MAX + 16];

	fmt_clock(clock, sizeof(clock), s->m.tick.real_ns, (int32_t)s->m.host.tz_offset_s);
	interval_word(s, interval, sizeof(interval));
	snprintf(buf, size, "%s %-6s %5s", clock, state_word(ui), interval);
	if (window && utf8_columns(buf) > room)
		snprintf(buf, size, "%s %s", state_word(ui), interval);
	if (window && utf8_columns(buf) > room)
		snprintf(buf, size, "%s", interval);
	if (utf8_columns(buf) > room)
		snprintf(buf, size, "%s", state_word(ui));
	if (utf8_columns(buf) > room)
		*buf = '\0';
}

/* How wide what must be said there is: the window, or the state. */
static int least_cols(const struct ui *ui, const struct snapshot *s)
{
	char interval[FMT_MAX + 16];

	interval_word(s, interval, sizeof(interval));
	return utf8_columns(s->m.window == WINDOW_MARK || s->m.window == WINDOW_START ? interval : state_word(ui));
}

/* host clock LIVE interval, at the right end. Returns the first column that it uses. */
static int right_end(const struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int from)
{
	char host[80], text[160];
	int room = c->cols - from - 1, x, host_cols;

	esc_comm(host, sizeof(host), s->m.host.host, sizeof(s->m.host.host), c->ascii);
	state_text(ui, s, room, text, sizeof(text));
	if (!*text)
		return c->cols;
	host_cols = utf8_columns(host);
	if (host_cols + 1 + utf8_columns(text) > room) /* the name yields first */
		host_cols = room - 1 - utf8_columns(text);
	if (host_cols < 2 || !strchr(text, ':'))
		host_cols = -1;
	x = c->cols - utf8_columns(text) - host_cols - 1;
	if (host_cols > 0)
		canvas_text(c, y, x, host_cols, STYLE_VALUE, host);
	canvas_text(c, y, x + host_cols + 1, c->cols, STYLE_TEXT, text);
	if (strstr(text, state_word(ui)))
		canvas_paint(c, y, x + host_cols + 1 + (int)(strstr(text, state_word(ui)) - text),
			     (int)strlen(state_word(ui)), state_style(ui));
	return x;
}

/* Names in a row, the active one in brackets that stand where blanks were. Returns the end. */
static int names_put(struct ui *ui, struct canvas *c, int y, int x, int end, const char *name, bool active, bool mark,
		     enum style style, enum hit_kind kind, int value)
{
	int cols = utf8_columns(name) + mark, from = x;

	if (x + cols + 2 > end)
		return x;
	if (active)
		canvas_text(c, y, x, 1, style, "[");
	x++;
	x += canvas_text(c, y, x, cols, style, name);
	if (mark)
		x += canvas_text(c, y, x, 1, STYLE_MARK, MARK_TEXT);
	if (active)
		canvas_text(c, y, x, 1, style, "]");
	hit_add(ui, y, from, x + 1, kind, value);
	return x + 1;
}

/* What a line that the tabs share with the views and the state leaves them. */
enum tabs { TABS_FULL, TABS_ACTIVE, TABS_NUMBERS, TABS_ALONE };

static bool tab_shown(const struct ui *ui, int i, enum tabs how)
{
	return how != TABS_ALONE || i == ui->pane;
}

static const char *tab_text(const struct ui *ui, int i, enum tabs how, char *buf, size_t size)
{
	const struct pane_views *p = view_registry[i];

	if (how == TABS_FULL || (how == TABS_ACTIVE && i == ui->pane))
		snprintf(buf, size, "%d %s", (int)p->pane, p->title);
	else
		snprintf(buf, size, "%d", (int)p->pane);
	return buf;
}

/* The widest form of the tabs that leaves `room` columns. */
static enum tabs tabs_fit(const struct ui *ui, const struct snapshot *s, int room)
{
	enum tabs how = TABS_FULL;
	char name[32];

	for (; how < TABS_ALONE; how++) {
		int cols = 0;

		for (int i = 0; i < view_registry_nr; i++)
			cols += utf8_columns(tab_text(ui, i, how, name, sizeof(name))) + 2 +
				mark_pane(view_registry[i]->pane, s);
		if (cols <= room)
			break;
	}
	return how;
}

static int tabs_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, int y, enum tabs how)
{
	char name[32];
	int x = 0;

	for (int i = 0; i < view_registry_nr; i++) {
		bool active = i == ui->pane;

		if (!tab_shown(ui, i, how))
			continue;
		tab_text(ui, i, how, name, sizeof(name));
		x = names_put(ui, c, y, x, c->cols, name, active, mark_pane(view_registry[i]->pane, s),
			      active ? STYLE_TAB_ACTIVE : STYLE_TAB, HIT_TAB, i);
	}
	return x;
}

static void views_draw(struct ui *ui, struct canvas *c, int y, int x, int end)
{
	const struct pane_views *p = ui_pane(ui);
	int first = 0, cols = 0;

	for (int i = 0; i <= ui->view && p->views[i].id; i++)
		cols += utf8_columns(p->views[i].id) + 2;
	while (first < ui->view && cols > end - x) /* the active one stays in sight */
		cols -= utf8_columns(p->views[first++].id) + 2;
	for (int i = first; p->views[i].id; i++) {
		bool active = i == ui->view;

		x = names_put(ui, c, y, x, end, p->views[i].id, active, false, active ? STYLE_VIEW_ACTIVE : STYLE_VIEW,
			      HIT_VIEW, i);
	}
}

/* What the view says about where one is inside it, escaped; "" where that goes without saying. */
static void crumb_text(const struct ui *ui, const struct snapshot *s, bool ascii, char *buf, size_t size)
{
	const struct view *v = ui_view(ui);
	char raw[160] = "";

	*buf = '\0';
	if (ui->view == PAGE_VIEW || !v->crumb)
		return;
	v->crumb(s, ui, raw, sizeof(raw));
	esc_text(buf, size, raw, strlen(raw), ascii);
}

#define CRUMBS_MAX 8

struct crumbs {
	char text[CRUMBS_MAX][200];
	int nr;
};

static void crumb_add(struct crumbs *cr, const char *escaped)
{
	if (cr->nr < CRUMBS_MAX)
		snprintf(cr->text[cr->nr++], sizeof(cr->text[0]), "%s", escaped);
}

/* The device or filesystem that was entered, and where. */
static void crumb_inside(const struct ui *ui, const struct ui_inside *in, bool ascii, struct crumbs *cr)
{
	char name[200];

	crumb_add(cr, ui_pane(ui)->views[in->from >= 0 ? in->from : 0].id);
	esc_text(name, sizeof(name), in->name, strlen(in->name), ascii);
	crumb_add(cr, name);
}

/* The steps down to where one is; the last is the deepest. */
static void crumbs_make(const struct ui *ui, const char *crumb, bool ascii, struct crumbs *cr)
{
	const struct pane_views *pane = ui_pane(ui);
	const char *group = group_inside(ui);
	struct ui_inside in;
	bool inside = ui_inside(ui, &in);
	char name[200];

	crumb_add(cr, pane->title);
	if (group) {
		esc_text(name, sizeof(name), group, strlen(group), ascii);
		crumb_add(cr, name);
	}
	if (inside && !in.in_process)
		crumb_inside(ui, &in, ascii, cr);
	if (ui->entered) {
		crumb_add(cr, pane->views[ui_entered_from(ui)].id);
		crumb_add(cr, ui->entered_name);
	}
	if (inside && in.in_process)
		crumb_inside(ui, &in, ascii, cr);
	if (ui->view != PAGE_VIEW)
		crumb_add(cr, pane->views[ui->view].id);
	if (*crumb)
		crumb_add(cr, crumb);
}

/* " CPU > backup.service > processes > postgres: writer (8112) > runqueue > 4.1ms"; the deepest stay in sight. */
static void breadcrumb_draw(const struct ui *ui, struct canvas *c, int y, int x, int end, const char *crumb)
{
	struct pen p = pen_at(c, y, x + 1, end);
	struct crumbs cr = { .nr = 0 };
	int first = 0, cols = 0;

	crumbs_make(ui, crumb, c->ascii, &cr);
	for (int i = 0; i < cr.nr; i++)
		cols += utf8_columns(cr.text[i]) + (i ? 3 : 0);
	while (first < cr.nr - 1 && cols > end - x - 1)
		cols -= utf8_columns(cr.text[first++]) + 3;
	for (int i = first; i < cr.nr; i++) {
		if (i > first)
			pen_text(&p, STYLE_DIM, " > ");
		pen_text(&p, i == cr.nr - 1 ? STYLE_VIEW_ACTIVE : STYLE_VIEW, cr.text[i]);
	}
}

/* What the view adds, what hides rows and what moves the cursor, in words. `more`: what may be left out. */
static void notes_text(const struct ui *ui, const struct snapshot *s, bool ascii, char *buf, size_t size, char more[200])
{
	bool view = ui->screen == SCREEN_VIEW && ui->view != PAGE_VIEW;
	char escaped[160];
	size_t len = 0;

	*buf = *more = '\0';
	if (view && ui_view(ui)->note) {
		buf[0] = ' ';
		buf[1] = '\0';
		ui_view(ui)->note(s, ui, buf + 1, 200);
		len = strcspn(buf, "\n");
		snprintf(more, 200, "%s", buf[len] ? buf + len + 1 : "");
		len = len > 1 ? len : 0;
		buf[len] = '\0';
	}
	if (ui->follow)
		len += (size_t)snprintf(buf + len, size - len, " follow");
	if (ui->hide_kthreads)
		len += (size_t)snprintf(buf + len, size - len, " no kernel threads");
	if (ui->pids_nr)
		len += (size_t)snprintf(buf + len, size - len, " %d pids", ui->pids_nr);
	if (ui->own_user || *ui->user) {
		esc_text(escaped, 40, ui->user, strlen(ui->user), ascii);
		len += (size_t)snprintf(buf + len, size - len, " user: %s", ui->own_user ? "own" : escaped);
	}
	if (ui->cpu.group.containers)
		len += (size_t)snprintf(buf + len, size - len, " containers");
	if (!filter_empty(&ui->filter)) {
		esc_text(escaped, sizeof(escaped), ui->filter.text, strlen(ui->filter.text), ascii);
		snprintf(buf + len, size - len, " filter: %s", escaped);
	}
}

/* Whether the way to where one is stands in place of the names of views. */
static bool has_crumbs(const struct ui *ui, const char *crumb)
{
	struct ui_inside in;

	return ui->entered || group_inside(ui) || ui_inside(ui, &in) || *crumb;
}

/* How wide the names of views, or the way to where one is, would like to be. */
static int names_cols(const struct ui *ui, const char *crumb, bool ascii)
{
	const struct view *v = ui_pane(ui)->views;
	struct crumbs cr = { .nr = 0 };
	int cols = 1;

	if (ui->screen != SCREEN_VIEW)
		return 0;
	if (has_crumbs(ui, crumb))
		crumbs_make(ui, crumb, ascii, &cr);
	for (int i = 0; i < cr.nr; i++)
		cols += utf8_columns(cr.text[i]) + 3;
	for (; !cr.nr && v->id; v++)
		cols += utf8_columns(v->id) + 2;
	return cols;
}

/* The notes stand at the right end of the views' line; the views give way, but for half of it. */
static int notes_draw(const struct ui *ui, const struct snapshot *s, struct canvas *c, int y, const char *crumb)
{
	char text[640], more[200];
	size_t len;
	int cols;

	notes_text(ui, s, c->ascii, text, sizeof(text), more);
	len = strlen(text);
	if (*more && utf8_columns(text) + utf8_columns(more) + 3 + names_cols(ui, crumb, c->ascii) <= c->cols)
		snprintf(text + len, sizeof(text) - len, "%s%s", len ? "  " : " ", more);
	cols = utf8_columns(text);
	if (!cols)
		return c->cols;
	cols = cols > c->cols / 2 ? c->cols / 2 : cols;
	canvas_text(c, y, c->cols - cols, cols - 1, STYLE_MATCH, text + 1);
	return c->cols - cols - 1;
}

static void top_lines(struct ui *ui, const struct snapshot *s, struct canvas *c, const struct layout *l)
{
	int end = c->cols, x = 0, views = c->cols >= 60 ? 24 : 12;
	char crumb[200];

	if (l->tabs < 0)
		return;
	crumb_text(ui, s, c->ascii, crumb, sizeof(crumb));
	if (l->views == l->tabs) {
		x = tabs_draw(ui, s, c, l->tabs, tabs_fit(ui, s, c->cols - views - 2 - least_cols(ui, s))) + 1;
		end = right_end(ui, s, c, l->tabs, x + views) - 1;
	} else {
		x = tabs_draw(ui, s, c, l->tabs, tabs_fit(ui, s, c->cols));
		right_end(ui, s, c, l->tabs, x);
		x = 0;
		end = notes_draw(ui, s, c, l->views, crumb);
	}
	if (ui->screen != SCREEN_VIEW)
		canvas_text(c, l->views, x + 1, end - x - 1, STYLE_VIEW_ACTIVE,
			    ui->screen == SCREEN_HELP ? "Help" : "Health of the instrument");
	else if (has_crumbs(ui, crumb))
		breadcrumb_draw(ui, c, l->views, x, end, crumb);
	else
		views_draw(ui, c, l->views, x, end);
}

enum alert { ALERT_NONE, ALERT_OWN, ALERT_KERNEL, ALERT_HUNG, ALERT_STUCK };

/* An alert is seen once the CPU pane's events are on the screen; the kernel's log is in them. */
static void alerts_see(struct ui *ui, const struct snapshot *s)
{
	int64_t oom_ns = s->events && s->events->oom.seq ? s->events->oom.ts_ns : 0;
	int64_t kernel_ns = s->events && s->events->kernel.seq ? s->events->kernel.ts_ns : 0;
	uint64_t last_ns = (uint64_t)(oom_ns > kernel_ns ? oom_ns : kernel_ns);

	if (ui->screen == SCREEN_VIEW && ui->view != PAGE_VIEW && ui_view(ui)->log == &cpu_event_log &&
	    last_ns > ui->cpu.events.seen_ns)
		ui->cpu.events.seen_ns = last_ns;
}

static bool is_unseen(const struct ui *ui, const struct event_alert *a)
{
	return a->seq && a->ts_ns > (int64_t)ui->cpu.events.seen_ns;
}

/* The last OOM kill, or else the last warning, that nobody has seen yet. */
static bool kernel_alert(const struct ui *ui, const struct events_snap *e, bool ascii, char *buf, size_t size)
{
	char text[4 * sizeof(e->oom.text)];

	if (is_unseen(ui, &e->oom)) {
		esc_comm(text, sizeof(text), e->oom.comm, sizeof(e->oom.comm), ascii);
		snprintf(buf, size, "OOM kill: %s (%lld), for want of memory", *text ? text : "a process",
			 (long long)e->oom.pid);
		return true;
	}
	if (!is_unseen(ui, &e->kernel))
		return false;
	esc_comm(text, sizeof(text), e->kernel.text, sizeof(e->kernel.text), ascii);
	snprintf(buf, size, "kernel: %s", text);
	return true;
}

static bool stuck_alert(const struct snapshot *s, bool ascii, char *buf, size_t size)
{
	const struct proc_row *worst = NULL;
	char name[80], where[500];

	if (!mark_over(MARK_BLOCKED, s->m.oldest_block_ns))
		return false;
	for (int i = 0; i < s->procs_nr; i++)
		if (s->procs[i].state == 'D' && (!worst || s->procs[i].blocked_since_ns > worst->blocked_since_ns))
			worst = &s->procs[i];
	if (!worst || !mark_over(MARK_BLOCKED, worst->blocked_since_ns))
		return false;
	esc_comm(name, sizeof(name), worst->comm, sizeof(worst->comm), ascii);
	snprintf(buf, size, "%s (%lld) is stuck in D for %s: %s", name, (long long)worst->pid,
		 word_ns(worst->blocked_since_ns),
		 proc_stuck(s, worst, ascii, where, sizeof(where)) ? where
		 : worst->wclass == WAIT_DISK    ? "waits for block I/O"
		 : worst->wclass == WAIT_KLOCK ? "kernel or filesystem lock, or NFS"
		 : worst->wclass == WAIT_FAULT ? "page fault, reclaim or swap"
					       : "cause not known");
	return true;
}

/* What the instrument itself has to say passes after seconds; the kernel's word stays until it is seen. */
static enum alert alert_text(const struct ui *ui, const struct snapshot *s, bool ascii, char *buf, size_t size)
{
	if (s->m.alert.h.size) {
		esc_comm(buf, size, s->m.alert.text, sizeof(s->m.alert.text), ascii);
		return ALERT_OWN;
	}
	if (s->events && kernel_alert(ui, s->events, ascii, buf, size)) {
		fs_hung_before(s, ascii, buf, size);
		return ALERT_KERNEL;
	}
	if (fs_hung_alert(s, ascii, buf, size)) /* whoever is stuck is so for that */
		return ALERT_HUNG;
	return stuck_alert(s, ascii, buf, size) ? ALERT_STUCK : ALERT_NONE;
}

static void alert_draw(struct ui *ui, struct canvas *c, int y, enum alert alert, const char *text)
{
	const char *hint = ui_pane(ui)->pane == PANE_CPU ? "  (open events to clear)" : "  (open CPU events to clear)";
	int used, room = c->cols - 1;

	canvas_fill(c, y, 0, c->cols, STYLE_ALERT, ' ');
	if (alert == ALERT_KERNEL && room > 60)
		room -= (int)strlen(hint) + 1;
	used = canvas_text(c, y, 1, room, STYLE_ALERT, text);
	if (room < c->cols - 1)
		canvas_text(c, y, 1 + used, c->cols, STYLE_ALERT, hint);
	if (alert == ALERT_KERNEL)
		hit_add(ui, y, 0, c->cols, HIT_ALERT, 0);
}

static void keys_draw(const struct ui *ui, struct canvas *c, int y)
{
	struct pen p = pen_at(c, y, 1, c->cols);
	enum key_context context = ui_context(ui);
	char name[24];

	for (const struct key_binding *b = keymap; b->act; b++) {
		const int *keys = keymap_keys(b, ui->keys);
		int key = keys[0], cols;
		bool colon;

		if (!b->label || !(b->contexts & context) || !key)
			continue;
		if (b->act == ACT_GROUP && !ui_view(ui)->choices) /* there it is one of many ways to look at rows */
			continue;
		/* The letter twin is shorter. */
		for (int i = 0; i < KEYS_PER_ACTION && keys[i]; i++)
			if (keys[i] > ' ' && keys[i] < KEY_SPECIAL) {
				key = keys[i];
				break;
			}
		keymap_name(name, sizeof(name), key);
		/* "?Help", but "Tab:View" and "w:Snapshot": letters must not run together. */
		colon = key >= KEY_SPECIAL || key <= ' ' || isalnum(key);
		cols = utf8_columns(name) + utf8_columns(b->label) + colon;
		if (!pen_fits(&p, cols))
			continue;
		pen_text(&p, STYLE_KEY, name);
		pen_text(&p, STYLE_KEY_LABEL, colon ? ":" : "");
		pen_text(&p, STYLE_KEY_LABEL, b->label);
		p.gap = 1;
	}
}

/* Own cost, losses, probes: what of the figures above may be doubted. */
static void last_draw(const struct ui *ui, const struct snapshot *s, struct canvas *c, int y)
{
	const struct self_rec *self = &s->m.self;
	struct pen p = pen_at(c, y, c->cols > 42, c->cols);
	uint64_t lost = self->lost_ring + self->lost_map;
	bool losing = false, words = c->cols > 42;
	int gap = c->cols > 44 ? 2 : 1;
	char rows[80];

	for (int i = 0; i < PANE_NR; i++)
		losing = losing || s->losing[i];
	if (ui->screen == SCREEN_VIEW && ui->list.all_nr && ui->view != PAGE_VIEW && ui_view(ui)->kind == VIEW_TABLE) {
		snprintf(rows, sizeof(rows), "%d of %d rows", ui->list.nr ? ui->states[ui->pane][ui->view][ui_mode(ui)].cursor + 1 : 0,
			 ui->list.nr);
		if (ui->list.nr != ui->list.all_nr)
			snprintf(rows, sizeof(rows), "%d of %d (%d hidden)",
				 ui->list.nr ? ui->states[ui->pane][ui->view][ui_mode(ui)].cursor + 1 : 0, ui->list.nr,
				 ui->list.all_nr - ui->list.nr);
		if (c->cols > 60) {
			canvas_right(c, y, c->cols - 30, 29, STYLE_STATUS, rows);
			p.end = c->cols - 2 - utf8_columns(rows);
		}
	}
	if (!self->h.size) {
		pen_item(&p, "", STYLE_DIM, false, "self -  bpf -  lost -  probes -");
		return;
	}
	/* It shrinks: memory goes first, then the words, then BPF's share. */
	pen_item(&p, words ? "self" : "", STYLE_STATUS, false, c->cols > 44 ? "%s%% %s" : "%s%%",
		 s->m.interval_ns ? word_pct(s->m.self_cpu_ns, s->m.interval_ns) : "-", word_bytes((int64_t)self->rss_bytes));
	p.gap = gap;
	if (words)
		pen_item(&p, "bpf", STYLE_STATUS, false, "%s%%",
			 s->m.interval_ns ? word_pct(s->m.self_bpf_ns, s->m.interval_ns) : "-");
	p.gap = gap;
	pen_item(&p, "lost", losing && lost ? STYLE_ALERT : STYLE_STATUS, losing && lost, "%llu", (unsigned long long)lost);
	p.gap = gap;
	pen_item(&p, words ? "probes" : "p", self->probes_on < self->probes_all ? STYLE_MARK : STYLE_STATUS, false,
		 "%u/%u%s", self->probes_on, self->probes_all, self->probes_on < self->probes_all ? "(!)" : "");
	if (s->m.tick.flags & TICK_F_GAP)
		pen_item(&p, "", STYLE_ALERT, false, "time jumped");
	if (c->rows < 8 && (s->m.window == WINDOW_MARK || s->m.window == WINDOW_START))
		pen_item(&p, "", STYLE_STATUS, false, "since %s", s->m.window == WINDOW_MARK ? "mark" : "start");
	if (c->rows < 8 && (ui->frozen || ui->opts.replay))
		pen_item(&p, "", state_style(ui), false, "%s", state_word(ui));
}

static void message_draw(struct ui *ui, struct canvas *c, int y)
{
	if (ui->prompt.kind) {
		prompt_draw(ui, c, y);
		return;
	}
	if (!*ui->status)
		return;
	canvas_fill(c, y, 0, c->cols, STYLE_STATUS, ' ');
	canvas_text(c, y, 1, c->cols - 1, STYLE_STATUS, ui->status);
}

static void table_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, const struct layout *l)
{
	const struct view *v = ui_view(ui);
	int above = v->top && l->heading >= 0 && l->data >= 0 ? v->top(c, l->heading, l->data_lines, s, ui) : 0;

	grid_draw(ui, s, c, l->heading < 0 ? -1 : l->heading + above, l->data + above, l->data_lines - above);
}

static void body_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, const struct layout *l)
{
	const struct view *v = ui_view(ui);
	const void *row;

	ui->page_rows = l->data_lines;
	if (ui->screen == SCREEN_HELP)
		help_draw(ui, s, c, l->data, l->data_lines);
	else if (ui->screen == SCREEN_HEALTH)
		health_draw(ui, s, c, l->data, l->data_lines);
	else if (ui->view == PAGE_VIEW)
		page_draw(ui, s, c, l->data, l->data_lines);
	else if (v->kind == VIEW_CANVAS)
		v->draw(c, l->data, l->data_lines, s, ui);
	else
		table_draw(ui, s, c, l);
	if (l->detail < 0 || !v->detail)
		return;
	row = rows_selected(ui, s);
	if (row)
		v->detail(c, l->detail, l->detail_lines, s, ui, row);
}

/* Notes first what the mode of a view may depend on: a map takes the place of a table that does not fit. */
static bool shows_table(struct ui *ui, const struct snapshot *s, const struct canvas *c)
{
	int mode = ui_mode(ui);

	ui->screen_rows = c->rows;
	ui->cpus_nr = s->cpus_nr;
	if (ui_mode(ui) != mode)
		ui_mode_changed(ui);
	return ui->screen == SCREEN_VIEW && ui->view != PAGE_VIEW && ui_view(ui)->kind == VIEW_TABLE;
}

void ui_draw(struct ui *ui, const struct snapshot *s, struct canvas *c)
{
	bool table = shows_table(ui, s, c);
	char text[1100];
	enum alert alert;
	struct layout_wish wish = {
		.header = ui->header && ui->screen == SCREEN_VIEW,
		.keys = ui->opts.function_bar,
		.heading = table,
		.detail = table,
	};
	struct layout l;

	alerts_see(ui, s);
	alert = alert_text(ui, s, c->ascii, text, sizeof(text));
	wish.alert = alert != ALERT_NONE;
	l = layout_make(c->rows, wish);
	canvas_clear(c);
	ui->hits_nr = 0;
	if (l.header >= 0)
		header_draw(ui, s, c, l.header, l.header_lines);
	if (l.alert >= 0)
		alert_draw(ui, c, l.alert, alert, text);
	rows_refresh(ui, s);
	top_lines(ui, s, c, &l);
	if (l.data >= 0 || l.heading >= 0)
		body_draw(ui, s, c, &l);
	if (l.keys >= 0)
		keys_draw(ui, c, l.keys);
	last_draw(ui, s, c, l.last);
	if (ui->menu.kind)
		menu_draw(ui, c, l.heading >= 0 ? l.heading : l.data >= 0 ? l.data : 0, l.data_lines + (l.heading >= 0));
	if (ui->prompt.kind || *ui->status)
		message_draw(ui, c, l.message);
}
