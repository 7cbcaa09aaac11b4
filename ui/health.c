/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The instrument looks at itself: each probe with rung, state, events, losses and cost. */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "pen.h"
#include "probes.h"
#include "ui_priv.h"

void health_update(struct ui *ui, const struct snapshot *s)
{
	uint64_t now_ns = s->m.tick.h.ts_ns;

	if (now_ns == ui->now_ns)
		return;
	memcpy(ui->before, ui->now, sizeof(ui->before));
	ui->before_ns = now_ns > ui->now_ns ? ui->now_ns : 0; /* a replay went back */
	ui->now_ns = now_ns;
	for (unsigned i = 0; i < SNAP_PROBES_MAX; i++)
		probe_loss_sum(s, i, &ui->now[i].rec);
}

/* Growth per second since the snapshot before; FIG_UNKNOWN where there is none. */
static int64_t growth(const struct ui *ui, uint64_t now, uint64_t before, enum unit unit)
{
	if (!ui->before_ns || now < before)
		return FIG_UNKNOWN;
	return fig_fold((int64_t)(now - before), unit, unit == UNIT_NS ? FOLD_SHARE : FOLD_RATE,
			ui->now_ns - ui->before_ns, false);
}

const struct probe_rec *health_selected(const struct ui *ui, const struct snapshot *s)
{
	if (ui->health_cursor < 0 || ui->health_cursor >= s->probes_nr)
		return NULL;
	return &s->probes[ui->health_cursor];
}

static enum style state_style(unsigned state)
{
	return state == PROBE_ON ? STYLE_LIVE : state == PROBE_OFF ? STYLE_DIM : STYLE_ALERT;
}

struct health_col {
	const char *title;
	int width;
	bool left;
	int min_cols; /* shown from this screen width on */
};

enum { H_NAME, H_STATE, H_RUNG, H_EVENTS, H_COST, H_LOST, H_FULL, H_UNMATCHED, H_MISSES, H_MAX, H_HOOK, H_NR };

static const struct health_col health_cols[H_NR] = {
	[H_NAME] = { "PROBE", 16, true, 0 },	   [H_STATE] = { "STATE", 7, true, 0 },
	[H_RUNG] = { "RUNG", 7, true, 36 },	   [H_EVENTS] = { "EVENTS/s", 8, false, 48 },
	[H_COST] = { "COST%", 6, false, 56 },	   [H_LOST] = { "LOST", 6, false, 64 },
	[H_FULL] = { "MAPFULL", 7, false, 72 },	   [H_UNMATCHED] = { "UNMATCHED", 9, false, 86 },
	[H_MISSES] = { "MISSED", 6, false, 94 },   [H_MAX] = { "LONGEST", 7, false, 102 },
	[H_HOOK] = { "HOOK", 40, true, 120 },
};

static int put(struct canvas *c, int y, int x, const struct health_col *col, enum style style, const char *text)
{
	if (c->cols < col->min_cols)
		return x;
	if (col->left)
		canvas_text(c, y, x, col->width, style, text);
	else
		canvas_right(c, y, x, col->width, style, text);
	return x + col->width + 1;
}

static int put_count(struct canvas *c, int y, int x, int at, uint64_t value)
{
	char text[FMT_MAX];

	fmt_fig(text, sizeof(text), (int64_t)value, UNIT_COUNT, FOLD_GAUGE, false);
	return put(c, y, x, &health_cols[at], value ? STYLE_ALERT : STYLE_DIM, value ? text : "\u00b7");
}

static void probe_row(struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int i)
{
	const struct probe_rec *p = &s->probes[i];
	const struct loss_rec *now = &ui->now[i].rec, *before = &ui->before[i].rec;
	int64_t events = growth(ui, now->events, before->events, UNIT_COUNT);
	int64_t cost = growth(ui, now->cost_ns, before->cost_ns, UNIT_NS);
	char text[200];
	int x = 1;

	esc_comm(text, sizeof(text), p->name, sizeof(p->name), c->ascii);
	x = put(c, y, x, &health_cols[H_NAME], STYLE_TEXT, text);
	x = put(c, y, x, &health_cols[H_STATE], state_style(p->state), probe_state_name(p->state));
	x = put(c, y, x, &health_cols[H_RUNG], STYLE_TEXT, probe_rung_name(p->rung));
	if (p->state != PROBE_ON && p->reason[0]) { /* no figures: why, and what would mend it */
		esc_comm(text, sizeof(text), p->reason, sizeof(p->reason), c->ascii);
		canvas_text(c, y, x, c->cols - x, STYLE_DIM, text);
		goto out;
	}
	fmt_fig(text, sizeof(text), events, UNIT_COUNT, FOLD_RATE, false);
	x = put(c, y, x, &health_cols[H_EVENTS], events > 0 ? STYLE_VALUE : STYLE_DIM, events ? text : "\u00b7");
	text[0] = '~';
	fmt_pct(text + 1, sizeof(text) - 1, cost);
	x = put(c, y, x, &health_cols[H_COST], cost > 0 ? STYLE_VALUE : STYLE_DIM,
		cost == FIG_UNKNOWN ? "-" : cost ? text : "\u00b7");
	x = put_count(c, y, x, H_LOST, now->full);
	x = put_count(c, y, x, H_FULL, now->map_full);
	x = put_count(c, y, x, H_UNMATCHED, now->unmatched);
	x = put_count(c, y, x, H_MISSES, now->recursion_misses);
	x = put(c, y, x, &health_cols[H_MAX], now->max_ns ? STYLE_VALUE : STYLE_DIM,
		now->max_ns ? word_ns((int64_t)now->max_ns) : "\u00b7");
	esc_comm(text, sizeof(text), p->hook, sizeof(p->hook), c->ascii);
	put(c, y, x, &health_cols[H_HOOK], STYLE_DIM, text);
out:
	if (i == ui->health_cursor)
		canvas_paint(c, y, 0, c->cols, STYLE_SELECTED);
	hit_add(ui, y, 0, c->cols, HIT_PROBE, i);
}

static void heading(struct canvas *c, int y)
{
	int x = 1;

	canvas_fill(c, y, 0, c->cols, STYLE_HEADING, ' ');
	for (int i = 0; i < H_NR; i++)
		x = put(c, y, x, &health_cols[i], STYLE_HEADING, health_cols[i].title);
}

static void self_lines(const struct snapshot *s, struct canvas *c, int y)
{
	const struct self_rec *self = &s->m.self;
	unsigned long long seen = 0, received = 0, full = 0, map_full = 0, unmatched = 0;
	struct pen p = pen_at(c, y, 1, c->cols);
	bool losing = false;

	pen_item(&p, "self", STYLE_VALUE, false, "%s%% of a CPU",
		 s->m.interval_ns ? word_pct(s->m.self_cpu_ns, s->m.interval_ns) : "-");
	pen_item(&p, "memory", STYLE_VALUE, false, "%s", word_bytes((int64_t)self->rss_bytes));
	pen_item(&p, "bpf", STYLE_VALUE, false, "~%s%%", s->m.interval_ns ? word_pct(s->m.self_bpf_ns, s->m.interval_ns) : "-");
	pen_item(&p, "maps", STYLE_VALUE, false, "%s",
		 self->maps_bytes == REC_UNKNOWN ? "n/a" : word_bytes((int64_t)self->maps_bytes));
	pen_item(&p, "pass", STYLE_VALUE, false, "%s", word_ns((int64_t)s->m.tick.pass_ns));
	pen_item(&p, "rows thrown out", STYLE_VALUE, false, "%llu", (unsigned long long)self->evicted);
	p = pen_at(c, y + 1, 1, c->cols);
	for (int i = 0; i < PANE_NR; i++) {
		const struct loss_rec *l = &s->lost[i];

		seen += l->seen;
		received += l->received;
		full += l->full;
		map_full += l->map_full;
		unmatched += l->unmatched;
		losing |= s->losing[i];
	}
	pen_item(&p, "ring: seen", STYLE_VALUE, false, "%llu", seen);
	pen_item(&p, "received", STYLE_VALUE, false, "%llu", received);
	pen_item(&p, "lost", full ? STYLE_ALERT : STYLE_VALUE, full && losing, "%llu", full);
	pen_item(&p, "map full", map_full ? STYLE_ALERT : STYLE_VALUE, false, "%llu", map_full);
	pen_item(&p, "unmatched", STYLE_VALUE, false, "%llu", unmatched);
}

/* Text over several lines, broken at blanks. */
static void wrapped(struct canvas *c, int y, int lines, const char *text)
{
	for (int i = 0; i < lines && *text; i++) {
		int room = c->cols - 2, len = (int)strlen(text), cut = len;
		char part[700];

		if (len > room && room > 0) {
			for (cut = room; cut > 0 && text[cut] != ' '; cut--)
				;
			cut = cut ? cut : room;
		}
		snprintf(part, sizeof(part), "%.*s", cut, text);
		canvas_text(c, y + i, 1, room, STYLE_ALERT, part);
		text += cut;
		text += *text == ' ';
	}
}

/* What the selected probe serves, and where it is missing, why and what would mend it. */
static void selected_lines(const struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int lines)
{
	const struct probe_rec *p = health_selected(ui, s);
	char text[700];
	struct pen pen;

	if (!p || lines < 1)
		return;
	pen = pen_at(c, y, 1, c->cols);
	esc_comm(text, sizeof(text), p->name, sizeof(p->name), c->ascii);
	pen_text(&pen, STYLE_TITLE, text);
	esc_comm(text, sizeof(text), p->figures, sizeof(p->figures), c->ascii);
	pen_text(&pen, STYLE_DIM, "  serves ");
	pen_text(&pen, STYLE_TEXT, *text ? text : "-");
	pen_text(&pen, STYLE_DIM, p->on_demand ? "  (on demand)" : "");
	esc_comm(text, sizeof(text), p->reason, sizeof(p->reason), c->ascii);
	wrapped(c, y + 1, lines - 1, text);
}

void health_draw(struct ui *ui, const struct snapshot *s, struct canvas *c, int y, int lines)
{
	int self = lines >= 9 ? 3 : 0, detail = lines >= 12 ? 4 : lines >= 5 ? 2 : 0, rows;

	if (lines < 1)
		return;
	if (self)
		self_lines(s, c, y);
	y += self;
	rows = lines - self - detail - 1;
	heading(c, y++);
	if (ui->health_cursor >= s->probes_nr)
		ui->health_cursor = s->probes_nr ? s->probes_nr - 1 : 0;
	if (ui->health_top > ui->health_cursor)
		ui->health_top = ui->health_cursor;
	if (ui->health_cursor >= ui->health_top + rows)
		ui->health_top = ui->health_cursor - rows + 1;
	if (ui->health_top < 0 || rows < 1)
		ui->health_top = 0;
	for (int i = 0; i < rows && ui->health_top + i < s->probes_nr; i++)
		probe_row(ui, s, c, y + i, ui->health_top + i);
	if (!s->probes_nr)
		canvas_text(c, y, 1, c->cols - 1, STYLE_DIM, "no probes: the figures come from /proc");
	ui->page_rows = rows;
	if (detail)
		selected_lines(ui, s, c, y + rows + (detail > 3), detail > 3 ? 3 : detail);
}
