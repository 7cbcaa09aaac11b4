/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The threads on the page of a process, the cursor over them, and the kernel stack of one. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "marks.h"
#include "page.h"
#include "process.h"
#include "snap_blocked.h"

#define BAR_COLS 10

static int64_t known(int64_t ns)
{
	return ns == FIG_UNKNOWN ? 0 : ns;
}

static int64_t active_ns(const struct proc_row *t)
{
	return known(t->oncpu_ns) + known(t->runq_wait_ns) + known(t->blocked_ns);
}

static int compare_activity(const void *a, const void *b)
{
	const struct proc_row *x = *(const struct proc_row *const *)a, *y = *(const struct proc_row *const *)b;
	int64_t x_ns = active_ns(x), y_ns = active_ns(y);

	if (x_ns != y_ns)
		return x_ns > y_ns ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* Lists the threads of the entered process; returns how many. */
static int list_threads(struct ui *ui, const struct snapshot *s)
{
	struct page_ui *p = &ui->page;
	int nr = 0;

	for (int i = 0; i < s->threads_nr; i++)
		nr += thread_of(&s->threads[i], ui->entered_id);
	if (nr > p->threads_cap) {
		const struct proc_row **threads = realloc(p->threads, sizeof(*threads) * (size_t)nr * 2);

		if (!threads)
			return p->threads_nr = 0;
		p->threads = threads;
		p->threads_cap = nr * 2;
	}
	p->threads_nr = 0;
	for (int i = 0; i < s->threads_nr; i++)
		if (thread_of(&s->threads[i], ui->entered_id))
			p->threads[p->threads_nr++] = &s->threads[i];
	if (p->threads_nr)
		qsort(p->threads, (size_t)p->threads_nr, sizeof(*p->threads), compare_activity);
	return p->threads_nr;
}

static int cursor_at(const struct page_ui *p)
{
	for (int i = 0; i < p->threads_nr && p->on_thread; i++)
		if (row_id_equal(proc_row_id(p->threads[i]), p->thread))
			return i;
	return -1;
}

static void select_thread(struct page_ui *p, int i)
{
	p->on_thread = true;
	p->thread = proc_row_id(p->threads[i]);
}

void page_move(struct ui *ui, const struct snapshot *s, int step)
{
	struct page_ui *p = &ui->page;
	int nr = list_threads(ui, s), at = cursor_at(p), to;

	p->to_cursor = false;
	if (step == INT_MIN || at + (int64_t)step < 0) {
		p->on_thread = false;
		if (at < 0 && step != INT_MIN)
			ui->canvas_top += step;
		if (step == INT_MIN || ui->canvas_top < 0)
			ui->canvas_top = 0;
		return;
	}
	/* What stands above the threads is read first. */
	if (at < 0 && step != INT_MAX && p->first_line && p->first_line >= ui->canvas_top + ui->page_rows) {
		ui->canvas_top += step;
		return;
	}
	to = step == INT_MAX || at + step >= nr ? nr - 1 : at + step;
	if (nr && to != at) {
		select_thread(p, to);
		p->to_cursor = true;
		return;
	}
	/* Beyond the last thread the page scrolls; drawing limits it. */
	ui->canvas_top = step == INT_MAX ? INT_MAX / 2 : ui->canvas_top + step;
}

void page_press(struct ui *ui, const struct snapshot *s, int i)
{
	if (i < list_threads(ui, s))
		select_thread(&ui->page, i);
}

struct ui_action page_enter(struct ui *ui, const struct snapshot *s)
{
	struct ui_action a = { .effect = UI_NOTHING };
	struct page_ui *p = &ui->page;
	const struct proc_row *t;
	int at;

	list_threads(ui, s);
	at = cursor_at(p);
	if (at < 0) {
		ui_status(ui, p->threads_nr ? "arrows choose a thread, Enter shows its kernel stack" :
					      "the threads come with the next interval");
		return a;
	}
	t = p->threads[at];
	p->stack = true;
	p->stack_of = proc_row_id(t);
	ui->page.to_cursor = true;
	if (ui->opts.replay) /* shows it where it was read when the recording was made */
		return a;
	a.effect = UI_STACK;
	a.pid = (uint32_t)t->pid;
	a.tgid = (uint32_t)ui->entered_pid;
	a.start_ns = t->start_ns;
	return a;
}

bool page_back(struct ui *ui)
{
	struct page_ui *p = &ui->page;
	bool inside = p->stack || p->on_thread;

	if (p->stack)
		p->stack = false;
	else
		p->on_thread = false;
	return inside;
}

/* Where the columns stand: as many as there is room for. */
struct columns {
	int since, bar, comm;
};

static struct columns columns_of(int cols, bool bars)
{
	if (cols >= 64 && bars)
		return (struct columns){ .since = 30, .bar = 37, .comm = 48 };
	if (cols >= 44)
		return (struct columns){ .since = 30, .comm = 37 };
	return (struct columns){ .comm = 30 };
}

static void heading(struct page *pg, struct columns at, const struct page_ui *p)
{
	struct pen pen;

	if (!page_line(pg, "", &pen))
		return;
	canvas_fill(pg->c, pen.y, 0, pg->c->cols, STYLE_HEADING, ' ');
	canvas_right(pg->c, pen.y, 1, 8, STYLE_HEADING, "THREAD");
	canvas_text(pg->c, pen.y, 10, 1, STYLE_HEADING, "S");
	canvas_right(pg->c, pen.y, 12, 5, STYLE_HEADING_SORT, "CPU%");
	canvas_right(pg->c, pen.y, 18, 5, STYLE_HEADING_SORT, "WAIT%");
	canvas_right(pg->c, pen.y, 24, 5, STYLE_HEADING_SORT, "BLK%");
	if (at.since)
		canvas_right(pg->c, pen.y, at.since, 5, STYLE_HEADING, "SINCE");
	if (at.bar)
		canvas_text(pg->c, pen.y, at.bar, BAR_COLS, STYLE_HEADING, "TIME BAR");
	canvas_text(pg->c, pen.y, at.comm, 20, STYLE_HEADING, "NAME");
}

static void share(struct canvas *c, int y, int x, const struct snapshot *s, int64_t ns)
{
	const char *text = ns ? word_pct(ns, s->m.interval_ns) : "\u00b7";

	canvas_right(c, y, x, 5, ns && ns != FIG_UNKNOWN ? STYLE_VALUE : STYLE_DIM, s->m.interval_ns ? text : "");
}

static void since(struct canvas *c, int y, int x, const struct snapshot *s, const struct proc_row *t)
{
	int64_t age_ns = t->since_ns == FIG_UNKNOWN ? FIG_UNKNOWN : (int64_t)s->m.tick.h.ts_ns - t->since_ns;
	bool mark = t->state == 'D' && mark_over(MARK_BLOCKED, t->blocked_since_ns);

	canvas_right(c, y, x, 5, STYLE_VALUE, word_ns(age_ns));
	if (mark)
		canvas_text(c, y, x + 5, 1, STYLE_MARK, MARK_TEXT);
}

static void thread_line(struct page *pg, struct ui *ui, const struct snapshot *s, const struct proc_row *t, int i,
			struct columns at)
{
	char text[24], bar[PROC_BAR_MAX + 1];
	struct canvas *c = pg->c;
	enum style style;
	struct pen p;

	if (!page_line(pg, "", &p))
		return;
	snprintf(text, sizeof(text), "%lld", (long long)t->pid);
	canvas_right(c, p.y, 1, 8, STYLE_TEXT, text);
	snprintf(text, sizeof(text), "%c", t->state ? t->state : '-');
	style = t->state == 'R' || t->state == 'D' ? wait_style(t->state) : STYLE_TEXT;
	canvas_text(c, p.y, 10, 1, style, text);
	share(c, p.y, 12, s, t->oncpu_ns);
	share(c, p.y, 18, s, t->runq_wait_ns);
	share(c, p.y, 24, s, t->blocked_ns);
	if (at.since)
		since(c, p.y, at.since, s, t);
	if (at.bar && s->class_status.state != FIG_NA && s->m.interval_ns && proc_bar(t, BAR_COLS, bar))
		proc_bar_draw(c, p.y, at.bar, bar);
	canvas_raw(c, p.y, at.comm, c->cols - at.comm, STYLE_TEXT, t->comm, strnlen(t->comm, sizeof(t->comm)));
	if (pg->cursor == pg->at - 1) {
		if (ui->opts.a11y)
			canvas_text(c, p.y, 0, 1, STYLE_SELECTED, ">");
		canvas_paint(c, p.y, 0, c->cols, STYLE_SELECTED);
	}
	hit_add(ui, p.y, 0, c->cols, HIT_ROW, i);
}

static void note(struct page *pg, enum style style, const char *text, size_t len)
{
	struct pen p;

	if (page_line(pg, "", &p))
		canvas_raw(pg->c, p.y, 4, pg->c->cols - 4, style, text, len);
}

static void say(struct page *pg, const char *text)
{
	note(pg, STYLE_DIM, text, strlen(text));
}

/* The last answer about this very thread. */
static const struct stack_rec *stack_of(const struct snapshot *s, const struct proc_row *t)
{
	for (int i = 0; s->blocked && i < s->blocked->stacks_nr; i++)
		if (s->blocked->stacks[i].pid == (uint32_t)t->pid && s->blocked->stacks[i].start_ns == t->start_ns)
			return &s->blocked->stacks[i];
	return NULL;
}

static void stack(struct page *pg, const struct ui *ui, const struct snapshot *s, const struct proc_row *t)
{
	const struct stack_rec *r = stack_of(s, t);
	const char *p, *end;
	char words[120];

	if (!r) {
		say(pg, ui->opts.replay ? "its kernel stack was not read when this was recorded" :
					  "its kernel stack is being read");
		return;
	}
	if (r->error) {
		snprintf(words, sizeof(words), "its kernel stack: %s", strerror(r->error));
		say(pg, words);
		return;
	}
	snprintf(words, sizeof(words), "kernel stack, read %s ago:", word_ns((int64_t)(s->m.tick.h.ts_ns - r->h.ts_ns)));
	say(pg, words);
	end = r->text + (r->len < sizeof(r->text) ? r->len : sizeof(r->text));
	for (p = r->text; p < end && *p;) {
		size_t len = strcspn(p, "\n");

		note(pg, STYLE_TEXT, p, len);
		p += len + (p[len] == '\n');
	}
	if (p == r->text)
		say(pg, "(empty: the thread runs in user mode)");
}

void page_threads_draw(struct page *pg, struct ui *ui, const struct snapshot *s, const struct proc_row *row)
{
	struct columns at = columns_of(pg->c->cols, !ui->opts.a11y);
	struct page_ui *p = &ui->page;
	int nr = list_threads(ui, s), cursor = cursor_at(p);

	pg->cursor = pg->cursor_to = -1;
	heading(pg, at, p);
	p->first_line = pg->at;
	if (!nr)
		say(pg, row->dead ? "it has ended" : "threads come with the next interval");
	for (int i = 0; i < nr; i++) {
		if (i == cursor)
			pg->cursor = pg->cursor_to = pg->at;
		thread_line(pg, ui, s, p->threads[i], i, at);
		if (p->stack && row_id_equal(proc_row_id(p->threads[i]), p->stack_of)) {
			stack(pg, ui, s, p->threads[i]);
			pg->cursor_to = i == cursor ? pg->at - 1 : pg->cursor_to;
		}
	}
}
