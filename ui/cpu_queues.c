/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queue of each CPU, a bar each: at the bottom of CPU / runqueue where there is room. */
#include <inttypes.h>
#include <stdio.h>

#include "cpu_runqueue.h"
#include "fmt.h"
#include "pen.h"

#define CPU_COLS 24 /* one CPU's queue */

/* "cpu 12 |####      4"; where CPUs do not fit, neighbours share a line with their sum. */
void cpu_queues_draw(struct canvas *c, int y, int lines, const struct snapshot *s)
{
	int per_line = c->cols / CPU_COLS > 0 ? c->cols / CPU_COLS : 1, width = c->cols / per_line, fold = 1, shown;
	int64_t most = 1;
	struct pen p = pen_at(c, y, 1, c->cols);

	if (lines < 2 || !s->cpus_nr)
		return;
	while ((s->cpus_nr + fold - 1) / fold > per_line * (lines - 1))
		fold++;
	shown = (s->cpus_nr + fold - 1) / fold;
	for (int i = 0; i < s->cpus_nr; i++)
		if (s->cpus[i].runq_len > most)
			most = s->cpus[i].runq_len;
	pen_text(&p, STYLE_TITLE, "run-queue length: running and waiting now");
	for (int i = 0; i < shown; i++) {
		int64_t sum = 0, cells = most * fold;
		int at_y = y + 1 + i / per_line, x = i % per_line * width, known = 0, n;
		char label[FMT_MAX], text[FMT_MAX];

		for (n = i * fold; n < (i + 1) * fold && n < s->cpus_nr; n++)
			if (s->cpus[n].runq_len != FIG_UNKNOWN) {
				sum += s->cpus[n].runq_len;
				known++;
			}
		if (fold > 1)
			snprintf(label, sizeof(label), "%" PRId64 "-%" PRId64, s->cpus[i * fold].cpu, s->cpus[n - 1].cpu);
		else
			snprintf(label, sizeof(label), "cpu %" PRId64, s->cpus[i].cpu);
		canvas_right(c, at_y, x, 9, STYLE_TEXT, label);
		canvas_text(c, at_y, x + 10, 1, STYLE_DIM, "|");
		bar_draw(c, at_y, x + 11, width - 11 - 6, STYLE_RUNQ, sum, cells);
		fmt_fig(text, sizeof(text), known ? sum : FIG_UNKNOWN, UNIT_COUNT, FOLD_GAUGE, false);
		canvas_right(c, at_y, x + width - 6, 5, sum ? STYLE_VALUE : STYLE_DIM, known && !sum ? "\u00b7" : text);
	}
}

int cpu_queues_height(const struct snapshot *s, int cols, int lines)
{
	int per_line = cols / CPU_COLS > 0 ? cols / CPU_COLS : 1, want = (s->cpus_nr + per_line - 1) / per_line + 1;

	if (lines < 14 || !s->cpus_nr)
		return 0;
	return want > lines / 4 ? lines / 4 : want;
}
