/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / caches: who uses the page cache; the rows, their detail, and what else can be looked at. */
#include "fs_caches.h"

#include <stdio.h>
#include <string.h>

#include "pen.h"
#include "process.h"
#include "ui_priv.h"
#include "view_cpu.h"

int fs_cache_mode(const struct ui *ui)
{
	return ui->fs.caches.ages ? FS_CACHES_AGES : FS_CACHES_TABLE;
}

/* An entered process is one row or none. */
static int one_row(const struct fs_caches_snap *c, const struct ui *ui, const void **ret_rows)
{
	for (int i = 1; i < c->rows_nr; i++)
		if (row_id_equal(proc_row_id(&c->rows[i].p), ui->entered_id)) {
			*ret_rows = &c->rows[i];
			return 1;
		}
	return 0;
}

/* On the screen the machine stands above the table. */
int fs_cache_rows(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct fs_caches_snap *c = s->fs_caches;

	if (!c || !c->rows_nr)
		return 0;
	if (ui->entered)
		return one_row(c, ui, ret_rows);
	*ret_rows = c->rows + 1;
	return c->rows_nr - 1;
}

int fs_cache_rows_file(const struct snapshot *s, const struct ui *ui, const void **ret_rows)
{
	const struct fs_caches_snap *c = s->fs_caches;

	if (!c || ui->entered)
		return fs_cache_rows(s, ui, ret_rows);
	*ret_rows = c->rows;
	return c->rows_nr;
}

static bool is_machine(const struct snapshot *s, const void *row)
{
	return s->fs_caches && row == s->fs_caches->rows;
}

/* The sum of those without room: neither a process nor a command. */
static bool is_nobody(const struct proc_row *p)
{
	return p->pid == FIG_UNKNOWN && !p->dead;
}

bool fs_cache_shown(const struct snapshot *s, const struct ui *ui, const void *row)
{
	return is_machine(s, row) || cpu_process_shown(s, ui, row);
}

const char *fs_cache_text(const struct snapshot *s, const struct ui *ui, const void *row, const struct column *col,
			  char *buf, size_t size, size_t *ret_len)
{
	return cpu_process_text(s, ui, row, col, buf, size, ret_len);
}

void fs_cache_cell(struct canvas *c, int y, int x, int width, const struct snapshot *s, const struct ui *ui,
		   const void *row, const struct column *col)
{
	const struct cache_row *r = row;

	if (is_nobody(&r->p) && !strcmp(col->key, "pid"))
		canvas_right(c, y, x, width, STYLE_DIM, "-");
	else if (is_nobody(&r->p) && !strcmp(col->key, "command"))
		canvas_text(c, y, x, width, STYLE_DIM, r->p.comm);
	else
		cpu_process_cell(c, y, x, width, s, ui, &r->p, col);
}

static void detail_who(struct pen *p, const struct snapshot *s, const struct ui *ui, const struct cache_row *r)
{
	char text[256];

	if (is_nobody(&r->p)) {
		pen_text(p, STYLE_TITLE, "(no room)");
		p->gap = 2;
		pen_item(p, "", STYLE_VALUE, false, "processes for which the kernel's table had no room, summed");
		return;
	}
	proc_title(ui, &r->p, p->c->ascii, text, sizeof(text));
	pen_text(p, STYLE_TITLE, text);
	p->gap = 2;
	if (r->p.pid == FIG_UNKNOWN)
		pen_item(p, "", STYLE_VALUE, false, "%lld that have ended", (long long)r->p.processes);
	proc_end(&r->p, text, sizeof(text));
	if (*text && r->p.exit_code >= 0)
		pen_item(p, "", STYLE_DEAD, false, "%s", text);
}

/* Whether more came in than was asked for, and for what else pages came. */
static void detail_pages(struct pen *p, const struct snapshot *s, const struct cache_row *r)
{
	const struct cache_pages *g = &r->pages;
	int64_t others = g->adds - g->misses - g->fault_adds;

	if (s->fs_caches->access_status.state != FIG_NA && g->hit_pct != FIG_UNKNOWN)
		pen_item(p, "of pages read", STYLE_VALUE, false, "%s%% were in the cache", word_pct(g->hit_pct, 100000));
	if (s->fs_caches->access_status.state != FIG_NA && g->misses > g->accesses)
		pen_item(p, "", STYLE_VALUE, false, "%s more came in ahead", word_rate(g->misses - g->accesses, s));
	if (others > 0)
		pen_item(p, "added for writes and metadata", STYLE_VALUE, false, "%s", word_rate(others, s));
	if (g->fault_adds > 0)
		pen_item(p, "for page faults", STYLE_VALUE, false, "%s", word_rate(g->fault_adds, s));
	if (!g->adds && !g->accesses && !g->dirties && !g->faults)
		pen_text(p, STYLE_DIM, s->m.interval_ns ? "no pages in this time" : "after the first interval");
}

static void detail_share(struct pen *p, const struct snapshot *s, const struct cache_row *r)
{
	const struct cache_pages *g = &r->pages, *all = &s->fs_caches->rows[0].pages;

	if (all->misses > 0)
		pen_item(p, "share of all misses", STYLE_VALUE, false, "%s%%", word_pct(g->misses, (uint64_t)all->misses));
	if (all->accesses > 0)
		pen_item(p, "of all accesses", STYLE_VALUE, false, "%s%%", word_pct(g->accesses, (uint64_t)all->accesses));
	if (all->dirties > 0)
		pen_item(p, "of all pages dirtied", STYLE_VALUE, false, "%s%%", word_pct(g->dirties, (uint64_t)all->dirties));
}

int fs_cache_detail(struct canvas *c, int y, int lines, const struct snapshot *s, const struct ui *ui, const void *row)
{
	for (int i = 0; i < lines && i < 3; i++) {
		struct pen p = pen_at(c, y + i, 1, c->cols);

		if (i == 0)
			detail_who(&p, s, ui, row);
		else if (i == 1)
			detail_pages(&p, s, row);
		else
			detail_share(&p, s, row);
	}
	return lines < 3 ? lines : 3;
}

bool fs_cache_back(struct ui *ui)
{
	if (!ui->fs.caches.ages)
		return false;
	ui->fs.caches.ages = false;
	ui_mode_changed(ui);
	return true;
}

void fs_cache_choices(struct ui *ui, const struct snapshot *s)
{
	menu_add(ui, FS_CACHES_TABLE, "processes", "who uses the page cache");
	menu_add(ui, FS_CACHES_AGES, "ages of readahead", "how long pages lay in the cache before their first use");
	menu_at(ui, fs_cache_mode(ui));
}

void fs_cache_choose(struct ui *ui, int64_t value, const char *text)
{
	ui->fs.caches.ages = value == FS_CACHES_AGES;
	ui_mode_changed(ui);
}

void fs_cache_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	snprintf(buf, size, "%s", ui->fs.caches.ages ? "ages of readahead" : "");
}

/* Pages know their file, and who holds them does not tell of which filesystem it is. */
void fs_cache_note(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	if (ui->fs.dev.dev != FS_ALL)
		snprintf(buf, size, "of all filesystems");
}

const char *fs_cache_empty(const struct snapshot *s, const struct ui *ui)
{
	const struct fs_caches_snap *c = s->fs_caches;

	if (c && c->miss_status.state == FIG_NA)
		return c->miss_status.reason;
	if (!s->m.tick.h.ts_ns)
		return NULL;
	if (ui->entered)
		return proc_by_id(s, ui->entered_id) ? "it has had no pages of files in its hands since this is counted" :
						       "this process has ended; Esc goes back";
	return "no process has read, written or mapped a file since this is counted";
}

void fs_cache_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx)
{
	if (s->fs_caches && s->fs_caches->ahead_status.state != FIG_NA)
		fn(ctx, "readahead age at first use", &hist_scale_ns, &s->fs_caches->ages);
}
