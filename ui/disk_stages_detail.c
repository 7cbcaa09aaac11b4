/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk / stages, the lines about the selected row: where the time goes between the steps. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "disk_stages_view.h"
#include "esc.h"
#include "fmt.h"
#include "pen.h"
#include "process.h"
#include "ui_priv.h"
#include "view_disk.h"

static const struct {
	const char *label;
	char cell; /* in the bar */
	enum style style;
} span_words[SPAN_NR] = {
	[SPAN_Q2G] = { "Q>G", 'g', STYLE_RUNQ }, [SPAN_G2I] = { "G>I", 'i', STYLE_SLEEP },
	[SPAN_I2D] = { "I>D", 'd', STYLE_KLOCK }, [SPAN_G2D] = { "G>D", 'd', STYLE_KLOCK },
	[SPAN_D2C] = { "D>C", 'C', STYLE_DISK }, [SPAN_Q2D] = { "Q>D", 'd', STYLE_TEXT },
	[SPAN_Q2C] = { "Q>C", 'C', STYLE_TEXT },
};

/* The letter, a blank, the time since the first step. */
static void step_word(char *buf, size_t size, const struct stage_request *r, uint32_t i)
{
	int64_t at_ns = (int64_t)(r->steps[i].ts_ns - (uint64_t)r->begun_ns);
	char ns[FMT_MAX] = "0";

	if (at_ns > 0)
		fmt_ns(ns, sizeof(ns), at_ns);
	snprintf(buf, size, "%s %s", stage_words[r->steps[i].stage % STAGE_NR].letter, ns);
}

size_t disk_stage_steps(const struct stage_request *r, char *buf, size_t size)
{
	char word[FMT_MAX + 4];
	size_t len = 0;

	*buf = '\0';
	for (uint32_t i = 0; i < r->steps_nr && len < size; i++) {
		step_word(word, sizeof(word), r, i);
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? "  " : "", word);
	}
	return len < size ? len : size - 1;
}

/* Steps that tell least of where the time goes, which is in those around them. */
static bool is_minor(const struct stage_step *step)
{
	return step->stage == STAGE_P || step->stage == STAGE_U || step->stage == STAGE_T || step->stage == STAGE_A;
}

static bool all_fit(const struct pen *p, const struct stage_request *r)
{
	char word[FMT_MAX + 4];
	int cols = -1;

	for (uint32_t i = 0; i < r->steps_nr; i++) {
		step_word(word, sizeof(word), r, i);
		cols += 1 + (int)strlen(word);
	}
	return pen_fits(p, cols);
}

void disk_stage_steps_draw(struct pen *p, const struct stage_request *r)
{
	bool all = all_fit(p, r);
	char word[FMT_MAX + 4];

	for (uint32_t i = 0; i < r->steps_nr; i++) {
		if (!all && i && is_minor(&r->steps[i]))
			continue;
		step_word(word, sizeof(word), r, i);
		if (!pen_fits(p, (int)strlen(word))) {
			p->gap = 0;
			pen_text(p, STYLE_DIM, "+");
			return;
		}
		p->x += p->gap;
		p->gap = 0;
		pen_text(p, STYLE_METER_LABEL, (char[]){ word[0], ' ', '\0' });
		pen_text(p, STYLE_VALUE, word + 2);
		p->gap = 1;
	}
	if (r->merged || r->failed || !r->done)
		pen_item(p, "", r->failed ? STYLE_METER_HIGH : STYLE_DIM, false, "%s", disk_stage_state(r));
}

/* Letters in proportion to the time that ended in that step. */
static void bar_of(struct canvas *c, int y, int x, int width, const int64_t ns[SPAN_NR])
{
	int64_t all_ns = 0, sum_ns = 0;
	int at = 0;

	for (int i = 0; i < SPAN_PARTS; i++)
		all_ns += ns[i] > 0 ? ns[i] : 0;
	if (all_ns <= 0 || width <= 0)
		return;
	for (int i = 0; i < SPAN_PARTS; i++) {
		int end;

		sum_ns += ns[i] > 0 ? ns[i] : 0;
		end = (int)(((__int128)sum_ns * width + all_ns / 2) / all_ns);
		canvas_fill(c, y, x + at, end - at, span_words[i].style, span_words[i].cell);
		at = end;
	}
}

static const struct stage_row *dev_row(const struct snapshot *s, uint32_t dev)
{
	const struct disk_stages_snap *d = s->disk_stages;

	for (int i = 0; d && i < d->devs_nr; i++)
		if (d->devs[i].dev == dev)
			return &d->devs[i];
	return NULL;
}

/* "Q>G 0.4us 1%  G>D 14us 10%  D>C 312us 89%  Q>C 340us p99 800us" */
static void times_line(struct pen *p, const struct snapshot *s, const struct stage_row *r)
{
	if (s->disk_stages->time_status.state == FIG_NA) {
		pen_item(p, "times", STYLE_DIM, false, "n/a: %.120s", s->disk_stages->time_status.reason);
		return;
	}
	if (!r || !r->times || r->followed <= 0) {
		pen_text(p, STYLE_DIM, "no request was seen from its first step to its last");
		return;
	}
	pen_item(p, "", STYLE_VALUE, false, "%" PRId64 " %s", r->followed, s->disk_stages->sampled ? "sampled" : "traced");
	for (int i = 0; i < SPAN_PARTS; i++)
		if (r->times[i].count > 0)
			pen_item(p, span_words[i].label, span_words[i].style, false, "%s %s%%", word_ns(r->times[i].avg_ns),
				 word_pct(r->times[i].ns, (uint64_t)r->times[SPAN_Q2C].ns));
	pen_item(p, "Q>C", STYLE_VALUE, false, "%s p99 %s max %s", word_ns(r->avg_ns[SPAN_Q2C]),
		 word_ns(r->p99_ns[SPAN_Q2C]), word_ns(r->times[SPAN_Q2C].max_ns));
}

static void times_bar(struct canvas *c, int y, const struct stage_row *r)
{
	int64_t ns[SPAN_NR];

	if (!r || !r->times)
		return;
	for (int i = 0; i < SPAN_NR; i++)
		ns[i] = r->times[i].ns;
	bar_of(c, y, 1, c->cols - 2, ns);
}

/* "WS 4.0K at 123456 by fio (812)" */
static void request_line(struct pen *p, const struct snapshot *s, const struct stage_request *r)
{
	char rwbs[DISK_RWBS_MAX], raw[40], name[120];
	const struct proc_row *proc;

	pen_text(p, STYLE_TITLE, disk_rwbs(r->set, rwbs));
	p->gap = 1;
	pen_item(p, "", STYLE_VALUE, false, "%s", word_bytes(r->bytes));
	if (r->sector != FIG_UNKNOWN)
		pen_item(p, "at sector", STYLE_VALUE, false, "%" PRId64, r->sector);
	snprintf(raw, sizeof(raw), "%s", snapshot_disk_name(s, r->dev, name, sizeof(name)));
	esc_text(name, sizeof(name), raw, strlen(raw), p->c->ascii);
	pen_item(p, "of", STYLE_VALUE, false, "%s", name);
	esc_comm(name, sizeof(name), r->comm, sizeof(r->comm), p->c->ascii);
	pen_item(p, "by", STYLE_VALUE, false, "%s (%" PRId64 ")", *name ? name : "?", r->pid);
	if (!r->charged)
		return;
	proc = proc_find(s, r->tgid);
	esc_comm(name, sizeof(name), proc ? proc->comm : "", TASK_COMM_BYTES, p->c->ascii);
	p->gap = 1;
	pen_item(p, "for", STYLE_VALUE, false, "%s (%" PRId64 ")", *name ? name : "?", r->tgid);
}

/* "sampled: WS 4.0K by fio (812)  Q 0 G 1.2us D 14us C 312us" */
static void last_line(struct pen *p, const struct snapshot *s, const struct stage_row *r)
{
	char text[320], rwbs[DISK_RWBS_MAX];

	if (!r || !r->last) {
		pen_text(p, STYLE_DIM, "Enter: all requests of this device, step by step");
		return;
	}
	pen_item(p, r->last->sampled ? "sampled:" : "the last:", STYLE_TITLE, false, "%s %s", disk_rwbs(r->last->set, rwbs),
		 word_bytes(r->last->bytes));
	p->gap = 1;
	esc_comm(text, sizeof(text), r->last->comm, sizeof(r->last->comm), p->c->ascii);
	pen_item(p, "by", STYLE_VALUE, false, "%s (%" PRId64 ")", *text ? text : "?", r->last->pid);
	disk_stage_steps_draw(p, r->last);
}

int disk_stage_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui,
		      const void *row)
{
	const struct stage_row *r = row;
	struct pen p = pen_at(c, y, 1, c->cols);

	if (lines < 1)
		return 0;
	times_line(&p, s, dev_row(s, r->dev));
	if (lines > 1 && !ui->opts.a11y)
		times_bar(c, y + 1, dev_row(s, r->dev));
	if (lines > 2) {
		p = pen_at(c, y + 2, 1, c->cols);
		last_line(&p, s, dev_row(s, r->dev));
	}
	return lines < 3 ? lines : 3;
}

int disk_stage_request_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui,
			      const void *row)
{
	const struct stage_request *r = row;
	struct pen p = pen_at(c, y, 1, c->cols);

	if (lines < 1)
		return 0;
	request_line(&p, s, r);
	p.gap = 2;
	if (r->done)
		pen_item(&p, "", STYLE_TEXT, false, "%s after %s", disk_stage_state(r), word_ns(r->took_ns));
	else
		pen_item(&p, "", STYLE_MARK, false, "under way for %s", word_ns(r->took_ns));
	if (lines > 1 && !ui->opts.a11y)
		bar_of(c, y + 1, 1, c->cols - 2, r->span_ns);
	if (lines > 2) {
		p = pen_at(c, y + 2, 1, c->cols);
		times_line(&p, s, dev_row(s, r->dev));
	}
	return lines < 3 ? lines : 3;
}

int disk_stage_step_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui,
			   const void *row)
{
	const struct stage_step *step = ((const struct stage_step_row *)row)->step;
	const struct stage_request *r = disk_stage_chosen(s, ui);
	struct pen p = pen_at(c, y, 1, c->cols);

	if (lines < 1)
		return 0;
	request_line(&p, s, r);
	p.gap = 2;
	pen_item(&p, "", STYLE_TEXT, false, "%s", disk_stage_state(r));
	if (r->steps_lost)
		pen_item(&p, "", STYLE_MARK, false, "%u more steps found no room", r->steps_lost);
	if (lines > 1 && !ui->opts.a11y)
		bar_of(c, y + 1, 1, c->cols - 2, r->span_ns);
	if (lines > 2) {
		p = pen_at(c, y + 2, 1, c->cols);
		pen_item(&p, stage_words[step->stage % STAGE_NR].letter, STYLE_TEXT, false, "%s: %s",
			 stage_words[step->stage % STAGE_NR].word, stage_words[step->stage % STAGE_NR].help);
	}
	return lines < 3 ? lines : 3;
}
