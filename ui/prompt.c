/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of typing: search, filter, interval, speed, snapshot, time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esc.h"
#include "ui_priv.h"

#define DAY_NS (86400 * NS_PER_S)
#define THRESHOLD_MIN_NS 10000 /* below that nearly every wait would be an event */

static const char *const formats[] = { "text", "ansi", "json", "csv" };

void prompt_open(struct ui *ui, enum prompt_kind kind, const char *text)
{
	struct prompt *p = &ui->prompt;

	*p = (struct prompt){ .kind = kind, .format = OUT_TEXT };
	snprintf(p->text, sizeof(p->text), "%s", text);
	p->len = p->at = (int)strlen(p->text);
}

bool search_from(struct ui *ui, const struct snapshot *s, int from, int step)
{
	rows_refresh(ui, s);
	for (int n = 0; n < ui->list.nr; n++) {
		int i = ((from + n * step) % ui->list.nr + ui->list.nr) % ui->list.nr;

		if (filter_word_in_row(ui->search, ui_view(ui), s, ui, rows_at(ui, s, i))) {
			rows_select(ui, s, i);
			return true;
		}
	}
	ui_status(ui, "no match");
	return false;
}

static int put_utf8(char *buf, int cp)
{
	if (cp < 0x80) {
		buf[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		buf[0] = (char)(0xc0 | cp >> 6);
		buf[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		buf[0] = (char)(0xe0 | cp >> 12);
		buf[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		buf[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	buf[0] = (char)(0xf0 | cp >> 18);
	buf[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	buf[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	buf[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

static void insert(struct prompt *p, int cp)
{
	char utf8[4];
	uint32_t check;
	int len = put_utf8(utf8, cp);

	/* Only what escaping would let through as it is: a typed surrogate is no character. */
	if (!utf8_decode(utf8, (size_t)len, &check) || p->len + len >= (int)sizeof(p->text))
		return;
	memmove(p->text + p->at + len, p->text + p->at, (size_t)(p->len - p->at) + 1);
	memcpy(p->text + p->at, utf8, (size_t)len);
	p->len += len;
	p->at += len;
}

static int step_left(const struct prompt *p, int at)
{
	if (at > 0)
		at--;
	while (at > 0 && ((uint8_t)p->text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

static int step_right(const struct prompt *p, int at)
{
	if (at < p->len)
		at++;
	while (at < p->len && ((uint8_t)p->text[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static void erase(struct prompt *p, int from, int to)
{
	memmove(p->text + from, p->text + to, (size_t)(p->len - to) + 1);
	p->len -= to - from;
	p->at = from;
}

/* Edits the line; false for a key that is no editing. */
static bool edit(struct prompt *p, int key)
{
	switch (key) {
	case TKEY_LEFT:
		p->at = step_left(p, p->at);
		return true;
	case TKEY_RIGHT:
		p->at = step_right(p, p->at);
		return true;
	case TKEY_HOME:
	case KEY_CTRL('a'):
		p->at = 0;
		return true;
	case TKEY_END:
	case KEY_CTRL('e'):
		p->at = p->len;
		return true;
	case TKEY_BACKSPACE:
		erase(p, step_left(p, p->at), p->at);
		return true;
	case TKEY_DEL:
		erase(p, p->at, step_right(p, p->at));
		return true;
	case KEY_CTRL('u'):
		erase(p, 0, p->at);
		return true;
	}
	if (key < ' ' || key == 0x7f || key >= KEY_SPECIAL)
		return false;
	insert(p, key);
	return true;
}

/* "2", "0.5", "500ms", "3m": ns. */
static int duration(const char *text, int64_t *ret_ns)
{
	if (!*text)
		return -EINVAL;
	if (!text[strspn(text, "0123456789.")]) { /* a bare number is seconds */
		char seconds[sizeof(((struct prompt *)0)->text) + 2];

		snprintf(seconds, sizeof(seconds), "%ss", text);
		return filter_value(seconds, UNIT_NS, false, ret_ns);
	}
	return filter_value(text, UNIT_NS, false, ret_ns);
}

static struct ui_action refuse(struct prompt *p, const char *why)
{
	snprintf(p->error, sizeof(p->error), "%s", why);
	return (struct ui_action){ .effect = UI_NOTHING };
}

static struct ui_action done_interval(struct ui *ui)
{
	struct ui_action a = { .effect = UI_INTERVAL };

	if (duration(ui->prompt.text, &a.value) || a.value < 100000000 || a.value > 60 * NS_PER_S)
		return refuse(&ui->prompt, "from 0.1 to 60 seconds: 2, 0.5, 500ms");
	ui->prompt.kind = PROMPT_NONE;
	return a;
}

static struct ui_action done_speed(struct ui *ui)
{
	struct ui_action a = { .effect = UI_SPEED };

	if (filter_value(ui->prompt.text, UNIT_NONE, true, &a.value) || a.value < 10 || a.value > 1000000)
		return refuse(&ui->prompt, "from 0.01 to 1000: 2 is twice as fast");
	ui->prompt.kind = PROMPT_NONE;
	return a;
}

/* The clock time nearest to the picture's own: the day is that of the recording. */
static int clock_target(const struct snapshot *s, const char *text, int64_t *ret_mono_ns)
{
	int h, m, sec = 0, n = 0;
	int64_t now_ns, target_ns, delta;

	if (sscanf(text, "%2d:%2d%n:%2d%n", &h, &m, &n, &sec, &n) < 2 || text[n] || h < 0 || h > 23 || m < 0 || m > 59 ||
	    sec < 0 || sec > 59)
		return -EINVAL;
	now_ns = ((int64_t)s->m.tick.real_ns + (int32_t)s->m.host.tz_offset_s * NS_PER_S) % DAY_NS;
	target_ns = (h * 3600LL + m * 60LL + sec) * NS_PER_S;
	delta = target_ns - now_ns;
	if (delta > DAY_NS / 2)
		delta -= DAY_NS;
	if (delta < -DAY_NS / 2)
		delta += DAY_NS;
	*ret_mono_ns = (int64_t)s->m.tick.h.ts_ns + delta;
	return 0;
}

static struct ui_action done_threshold(struct ui *ui)
{
	struct ui_action a = { .effect = UI_THRESHOLD, .pane = ui_pane(ui)->pane };

	if (duration(ui->prompt.text, &a.value) || a.value < THRESHOLD_MIN_NS || a.value > 60 * NS_PER_S)
		return refuse(&ui->prompt, "from 10us to 60s: 5ms, 200us, 0.5");
	ui->prompt.kind = PROMPT_NONE;
	return a;
}

static struct ui_action done_goto(struct ui *ui, const struct snapshot *s)
{
	struct ui_action a = { .effect = UI_SEEK, .value = INT64_MAX };
	int64_t ago;

	if (ui->prompt.len && clock_target(s, ui->prompt.text, &a.value)) {
		if (duration(ui->prompt.text, &ago))
			return refuse(&ui->prompt, "a time (14:05) or an age (3m); nothing for the end");
		a.value = (int64_t)s->m.tick.h.ts_ns - ago;
	}
	if (a.value < 0)
		a.value = 0;
	ui->prompt.kind = PROMPT_NONE;
	return a;
}

static int format_of_name(const char *name)
{
	static const struct {
		const char *suffix;
		int format;
	} suffixes[] = { { ".txt", OUT_TEXT }, { ".ans", OUT_ANSI }, { ".ansi", OUT_ANSI },
			 { ".json", OUT_JSON }, { ".csv", OUT_CSV } };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (!strcmp(suffixes[i].suffix, dot))
			return suffixes[i].format;
	return -1;
}

static struct ui_action done_snapshot(struct ui *ui)
{
	struct ui_action a = { .effect = UI_SNAPSHOT_AS, .value = ui->prompt.format };

	snprintf(a.text, sizeof(a.text), "%s", ui->prompt.text);
	ui->prompt.kind = PROMPT_NONE;
	return a;
}

static struct ui_action done(struct ui *ui, const struct snapshot *s)
{
	switch (ui->prompt.kind) {
	case PROMPT_INTERVAL:
		return done_interval(ui);
	case PROMPT_SPEED:
		return done_speed(ui);
	case PROMPT_GOTO:
		return done_goto(ui, s);
	case PROMPT_THRESHOLD:
		return done_threshold(ui);
	case PROMPT_SNAPSHOT:
		return done_snapshot(ui);
	default: /* search and filter took effect while they were typed */
		ui->prompt.kind = PROMPT_NONE;
		return (struct ui_action){ .effect = UI_NOTHING };
	}
}

/* What every key does at once. */
static void typed(struct ui *ui, const struct snapshot *s)
{
	struct prompt *p = &ui->prompt;
	int format;

	*p->error = '\0';
	switch (p->kind) {
	case PROMPT_SEARCH:
		snprintf(ui->search, sizeof(ui->search), "%s", p->text);
		*ui->status = '\0';
		if (p->len && !search_from(ui, s, ui_state(ui)->cursor, 1))
			snprintf(p->error, sizeof(p->error), "no match");
		*ui->status = '\0';
		break;
	case PROMPT_FILTER:
		filter_parse(&ui->filter, p->text);
		ui->list_stale = true;
		for (int i = 0; i < ui->filter.nr; i++)
			if (ui->filter.terms[i].key && !view_column(ui_view(ui), ui->filter.terms[i].key))
				snprintf(p->error, sizeof(p->error), "no column %.30s (see .)", ui->filter.terms[i].key);
		break;
	case PROMPT_SNAPSHOT:
		format = format_of_name(p->text);
		if (format >= 0)
			p->format = format;
		break;
	default:
		break;
	}
}

struct ui_action prompt_key(struct ui *ui, const struct snapshot *s, const struct term_event *ev)
{
	struct prompt *p = &ui->prompt;
	const struct ui_action none = { .effect = UI_NOTHING };

	if (ev->key == TKEY_ENTER)
		return done(ui, s);
	if (ev->key == TKEY_ESC || (ev->key == TKEY_BACKSPACE && !p->len)) {
		if (p->kind == PROMPT_FILTER) {
			filter_parse(&ui->filter, "");
			ui->list_stale = true;
		}
		p->kind = PROMPT_NONE;
	} else if (p->kind == PROMPT_SNAPSHOT && ev->key == TKEY_TAB) {
		p->format = (p->format + 1) % 4;
	} else if (p->kind == PROMPT_SEARCH && ev->key == TKEY_F3) {
		search_from(ui, s, ui_state(ui)->cursor + 1, 1);
		*ui->status = '\0';
	} else if (edit(p, ev->key)) {
		typed(ui, s);
	}
	return none;
}

static void label(const struct ui *ui, char *buf, size_t size)
{
	static const char *const labels[] = {
		[PROMPT_SEARCH] = "Search: ",		[PROMPT_FILTER] = "Filter: ",
		[PROMPT_SPEED] = "Speed (1 as recorded): ", [PROMPT_GOTO] = "Go to (14:05, 3m, end): ",
	};

	if (ui->prompt.kind == PROMPT_SNAPSHOT)
		snprintf(buf, size, "Write %s (Tab changes) to: ", formats[ui->prompt.format]);
	else if (ui->prompt.kind == PROMPT_INTERVAL)
		snprintf(buf, size, "Interval, now %g s: ", (double)ui->opts.interval_ns / 1e9);
	else if (ui->prompt.kind == PROMPT_THRESHOLD)
		snprintf(buf, size, "%s", ui->prompt.label);
	else
		snprintf(buf, size, "%s", labels[ui->prompt.kind]);
}

void prompt_draw(struct ui *ui, struct canvas *c, int y)
{
	const struct prompt *p = &ui->prompt;
	char before[sizeof(p->text) + 1], words[64];
	int x, room, skip = 0, at;

	label(ui, words, sizeof(words));
	canvas_fill(c, y, 0, c->cols, STYLE_PROMPT, ' ');
	x = 1 + canvas_text(c, y, 1, c->cols / 2, STYLE_PROMPT, words);
	room = c->cols - x - 1;
	memcpy(before, p->text, (size_t)p->at);
	before[p->at] = '\0';
	at = utf8_columns(before);
	while (at - utf8_columns(p->text) + utf8_columns(p->text + skip) > room && skip < p->at) /* keep the cursor in sight */
		skip = step_right(p, skip);
	at = utf8_columns(before + skip);
	at = at > room ? room : at;
	canvas_text(c, y, x, room, STYLE_PROMPT, p->text + skip);
	if (*p->error && utf8_columns(p->text) + (int)strlen(p->error) + 3 < room)
		canvas_right(c, y, x, room, STYLE_ALERT, p->error);
	c->cursor_row = y;
	c->cursor_col = x + at < c->cols ? x + at : c->cols - 1;
}
