/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / caches, what stands above the table: the caches of the machine, and the ages of readahead. */
#include <stdio.h>

#include "fmt.h"
#include "fs_caches.h"
#include "histview.h"
#include "pen.h"

#define LABEL_COLS   13
#define LINES_MIN    6	/* of the table with its heading */
#define HIST_BUCKETS 8
#define HIST_LINES   (HIST_BUCKETS + 3) /* a title, the summary, an empty line */
#define FILES_MARK   9	/* tenths of the limit */

static const char *word_share(int64_t pct)
{
	return word_pct(pct, 100000);
}

static const char *word_count(int64_t nr)
{
	static char words[4][FMT_MAX];
	static unsigned at;
	char *w = words[at++ % 4];

	fmt_fig(w, FMT_MAX, nr, UNIT_COUNT, FOLD_GAUGE, false);
	return w;
}

/* Returns whether a figure can be shown; else says why, as far as the line reaches. */
static bool has(struct pen *p, const struct fig_status *status, const char *label)
{
	if (status->state != FIG_NA)
		return true;
	pen_item(p, label, STYLE_DIM, false, "n/a:");
	p->gap = 1;
	pen_text(p, STYLE_DIM, status->reason ? status->reason : "not known");
	return false;
}

/* A rate of pages or names, with the sign of its state. */
static void rate_item(struct pen *p, const char *label, const struct fig_status *status, int64_t raw, const struct snapshot *s)
{
	pen_item(p, label, raw ? STYLE_VALUE : STYLE_DIM, false, "%s%s", status->state == FIG_INCOMPLETE ? "!" : "",
		 word_rate(raw, s));
}

static void pages_line(struct pen *p, const struct snapshot *s, const struct cache_row *all)
{
	const struct fs_caches_snap *c = s->fs_caches;

	if (!has(p, &c->miss_status, "misses"))
		return;
	rate_item(p, "misses", &c->miss_status, all->pages.misses, s);
	if (c->access_status.state != FIG_NA) {
		rate_item(p, "accesses", &c->access_status, all->pages.accesses, s);
		pen_item(p, "hits", STYLE_VALUE, false, all->pages.hit_pct == FIG_UNKNOWN ? "-" : "%s%%",
			 word_share(all->pages.hit_pct));
	}
	if (c->dirty_status.state != FIG_NA)
		rate_item(p, "dirtied", &c->dirty_status, all->pages.dirties, s);
	rate_item(p, "added", &c->miss_status, all->pages.adds, s);
	if (c->fault_add_status.state != FIG_NA)
		rate_item(p, "by faults", &c->fault_add_status, all->pages.fault_adds, s);
	if (c->access_status.state == FIG_NA)
		has(p, &c->access_status, "hits");
}

static void memory_line(struct pen *p, const struct snapshot *s, const struct cache_row *all)
{
	const struct cache_machine *m = &all->machine;

	if (!has(p, &s->fs_caches->stat_status, "cached"))
		return;
	pen_item(p, "cached", STYLE_VALUE, false, "%s", word_bytes(m->cached_bytes));
	pen_item(p, "buffers", STYLE_VALUE, false, "%s", word_bytes(m->buffers_bytes));
	pen_item(p, "dirty", STYLE_VALUE, false, "%s", word_bytes(m->dirty_bytes));
	pen_item(p, "in writeback", STYLE_VALUE, false, "%s", word_bytes(m->writeback_bytes));
	if (m->written_bytes != FIG_UNKNOWN && s->m.interval_ns)
		pen_item(p, "written", STYLE_VALUE, false, "%s%s",
			 word_bytes(fig_fold(m->written_bytes, UNIT_BYTES, FOLD_RATE, s->m.interval_ns, s->m.total)),
			 s->m.total ? "" : "/s");
}

static void lookups_line(struct pen *p, const struct snapshot *s, const struct cache_row *all)
{
	const struct fs_caches_snap *c = s->fs_caches;
	const struct cache_machine *m = &all->machine;

	if (!has(p, &c->lookup_status, "look-ups"))
		return;
	rate_item(p, "look-ups", &c->lookup_status, m->lookups, s);
	rate_item(p, "slow", &c->lookup_status, m->slow_lookups, s);
	rate_item(p, "misses", &c->lookup_status, m->lookup_misses, s);
	pen_item(p, "hits", STYLE_VALUE, false, m->lookup_hit_pct == FIG_UNKNOWN ? "-" : "%s%%", word_share(m->lookup_hit_pct));
}

static void counts_line(struct pen *p, const struct snapshot *s, const struct cache_row *all)
{
	const struct cache_machine *m = &all->machine;
	bool limited = m->files_max > 0 && m->files_max < INT64_MAX / 16;

	if (!has(p, &s->fs_caches->stat_status, "inodes"))
		return;
	pen_item(p, "inodes", STYLE_VALUE, false, "%s", word_count(m->inodes));
	pen_item(p, "dentries", STYLE_VALUE, false, "%s", word_count(m->dentries));
	pen_item(p, "unused", STYLE_VALUE, false, "%s", word_count(m->dentries_unused));
	pen_item(p, "negative", STYLE_VALUE, false, "%s", word_count(m->dentries_negative));
	pen_item(p, "open files", STYLE_VALUE, limited && m->files > m->files_max / 10 * FILES_MARK, "%s of %s",
		 word_count(m->files), limited ? word_count(m->files_max) : "unlimited");
}

static void ahead_line(struct pen *p, const struct snapshot *s, const struct cache_row *all)
{
	const struct fs_caches_snap *c = s->fs_caches;
	const struct cache_machine *m = &all->machine;

	if (!has(p, &c->ahead_status, "pages"))
		return;
	rate_item(p, "brought in", &c->ahead_status, m->ahead_added, s);
	rate_item(p, "used", &c->ahead_status, m->ahead_used, s);
	rate_item(p, "wasted", &c->ahead_status, m->ahead_dropped, s);
	if (m->age_p50_ns != FIG_UNKNOWN) {
		pen_item(p, "age at use p50", STYLE_VALUE, false, "%s", word_ns(m->age_p50_ns));
		pen_item(p, "p99", STYLE_VALUE, false, "%s", word_ns(m->age_p99_ns));
	}
}

static const struct {
	const char *label;
	void (*line)(struct pen *p, const struct snapshot *s, const struct cache_row *all);
} lines_of[] = {
	{ "page cache", pages_line }, { "memory", memory_line },    { "dentry cache", lookups_line },
	{ "counts", counts_line }, { "readahead", ahead_line },
};
#define LINES_NR ((int)(sizeof(lines_of) / sizeof(lines_of[0])))

/* A title, the buckets, the summary; nothing where there is nothing. */
static int ages_draw(struct canvas *c, int y, int lines, const struct hist *ages)
{
	struct hist_shape shape = hist_shape(ages, lines - 2);
	int width = c->cols < 100 ? c->cols : 100;
	char summary[80];
	const struct hist_look look = {
		.title = "readahead: pages by their age at the first use", .scale = &hist_scale_ns, .summary = summary,
	};

	snprintf(summary, sizeof(summary), "p50 %s  p99 %s  n %s", word_ns(hist_percentile_ns(ages, 500)),
		 word_ns(hist_percentile_ns(ages, 990)), word_count((int64_t)hist_count(ages)));
	hist_draw_as(c, y, 0, width, &look, ages, shape);
	return shape.lines ? shape.lines + 2 : 2;
}

int fs_cache_top(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui)
{
	int room = lines - LINES_MIN, nr = room < LINES_NR ? room : LINES_NR, used;

	if (!s->fs_caches || nr <= 0)
		return 0;
	for (int i = 0; i < nr; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		pen_text(&p, STYLE_TITLE, lines_of[i].label);
		pen_goto(&p, 1 + LABEL_COLS);
		lines_of[i].line(&p, s, &s->fs_caches->rows[0]);
	}
	used = nr;
	if (room >= LINES_NR + HIST_LINES && s->fs_caches->ahead_status.state != FIG_NA)
		used += 1 + ages_draw(c, y + nr + 1, HIST_BUCKETS + 2, &s->fs_caches->ages);
	return used + (room > used);
}

void fs_cache_ages_draw(struct canvas *c, int y, int lines, const struct snapshot *s, struct ui *ui)
{
	const struct fs_caches_snap *f = s->fs_caches;
	struct pen p = pen_at(c, y, 1, c->cols);

	if (!f)
		return;
	if (f->ahead_status.state == FIG_NA) {
		canvas_text(c, y, 1, c->cols - 1, STYLE_DIM, f->ahead_status.reason);
		return;
	}
	ahead_line(&p, s, &f->rows[0]);
	if (lines > 4)
		ages_draw(c, y + 2, lines - 2, &f->ages);
}
