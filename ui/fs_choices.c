/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filesystem / latency: its keys, the menu of what is shown, where one is, and its histograms in files. */
#include <stdio.h>
#include <string.h>

#include "cpu_runqueue.h"
#include "fs_latency.h"
#include "pen.h"
#include "view_fs.h"

static void move_cursor(struct ui *ui, const struct snapshot *s, int lines)
{
	struct fs_latency_ui *l = &ui->fs.latency;
	const char *why;
	struct hist h;

	if (fs_latency_hist(s, ui, (unsigned)l->what, &h, &why))
		bucket_move(&l->at, &hist_scale_ns, &h, lines);
}

static void change_operation(struct ui *ui, const struct snapshot *s, int step)
{
	struct fs_latency_ui *l = &ui->fs.latency;
	unsigned list[FS_WHAT_NR];
	int nr = fs_latency_list(s, ui, list);

	l->what = (int)list[(fs_latency_at(ui, list, nr) + step + nr) % nr];
	l->at.slot = 0;
}

bool fs_latency_act(struct ui *ui, const struct snapshot *s, int act, struct ui_action *ret)
{
	int down, across;

	if (!bucket_step(act, &down, &across))
		return false;
	if (across)
		change_operation(ui, s, across);
	else
		move_cursor(ui, s, down);
	return true;
}

int fs_latency_mode(const struct ui *ui)
{
	const struct fs_latency_ui *l = &ui->fs.latency;

	if (l->in_bucket == (ui->entered ? BUCKET_OF_ENTERED : BUCKET_OF_ALL))
		return FS_LATENCY_BUCKET;
	return l->table ? FS_LATENCY_TABLE : FS_LATENCY_HISTS;
}

void fs_latency_enter(struct ui *ui, const struct snapshot *s, const void *row)
{
	struct fs_latency_ui *l = &ui->fs.latency;
	const char *why;
	struct bucket b;
	struct hist h;

	if (!fs_latency_hist(s, ui, (unsigned)l->what, &h, &why))
		return;
	b = fs_latency_bucket(ui, &h);
	if (!b.nr) {
		ui_status(ui, "nothing in this histogram yet");
		return;
	}
	l->at.slot = b.first + 1; /* it stands from here on */
	l->in_bucket = ui->entered ? BUCKET_OF_ENTERED : BUCKET_OF_ALL;
	ui_mode_changed(ui);
}

void fs_latency_show(struct ui *ui, unsigned what, int from)
{
	struct fs_latency_ui *l = &ui->fs.latency;
	const struct view *latency = view_find(PANE_FS, "latency");

	if (l->what != (int)what)
		l->at.slot = 0;
	l->what = (int)what;
	l->from = from + 1;
	l->from_entered = ui->entered;
	l->table = false;
	l->from_table = FS_NOT_FROM_TABLE;
	l->in_bucket = BUCKET_NO;
	if (latency)
		ui_set_view(ui, (int)(latency - ui_pane(ui)->views));
	ui->list_stale = true;
}

/* The filesystem was entered here, after the operation was chosen elsewhere: that is left first. */
static bool is_dev_newer(const struct ui *ui)
{
	return ui->fs.dev.dev != FS_ALL && ui->fs.dev.from == ui->view;
}

/* One step: out of the bucket, of the table, of what was chosen there, of the type, to where the operation was chosen. */
bool fs_latency_back(struct ui *ui)
{
	struct fs_latency_ui *l = &ui->fs.latency;
	int mode = fs_latency_mode(ui), from = l->from;

	if (mode == FS_LATENCY_BUCKET) {
		l->in_bucket = BUCKET_NO;
	} else if (mode == FS_LATENCY_TABLE) {
		l->table = false;
	} else if (l->from_table) {
		if (l->from_table == FS_FROM_TABLE_INTO_DEV)
			fs_dev_leave(ui);
		l->from_table = FS_NOT_FROM_TABLE;
		l->table = true;
	} else if (*l->fstype && ui->fs.dev.dev == FS_ALL) {
		*l->fstype = '\0';
	} else if (from && l->from_entered == ui->entered && !is_dev_newer(ui)) {
		l->from = 0;
		ui_set_view(ui, from - 1);
	} else {
		return false;
	}
	ui_mode_changed(ui);
	return true;
}

/* "all ext4 > fsync 8.2ms-16ms": raw. The filesystem that was entered stands there already. */
void fs_latency_crumb(const struct snapshot *s, const struct ui *ui, char *buf, size_t size)
{
	const struct fs_latency_ui *l = &ui->fs.latency;
	int mode = fs_latency_mode(ui);
	char bounds[48], word[32];
	size_t len = 0;
	const char *why;
	struct hist h;

	*buf = '\0';
	if (ui->fs.dev.dev == FS_ALL && *l->fstype)
		len += (size_t)snprintf(buf, size, "all %s", l->fstype);
	if (mode == FS_LATENCY_TABLE)
		snprintf(buf + len, size - len, "%sby filesystem", len ? " > " : "");
	if (mode != FS_LATENCY_BUCKET)
		return;
	fs_latency_hist(s, ui, (unsigned)l->what, &h, &why);
	bucket_bounds(fs_latency_bucket(ui, &h), &hist_scale_ns, bounds, sizeof(bounds));
	snprintf(buf + len, size - len, "%s%s %s", len ? " > " : "", fs_what_word((unsigned)l->what, word, sizeof(word)), bounds);
}

/* ---- g: what is shown ---- */

#define CHOICE_TABLE (1LL << 40)
#define CHOICE_DEV   (1LL << 32) /* and the filesystem; 0: all */
#define CHOICE_TYPE  (1LL << 41) /* by its name; else an operation, plus one */

/* Calls on files of all operations there; FIG_UNKNOWN where there are no such rows. */
static int64_t calls_of(const struct fs_op_row *rows, int nr, const struct fs_op_row *like, bool by_type)
{
	int64_t sum = FIG_UNKNOWN;

	for (int i = 0; i < nr; i++) {
		if (!fs_what_is_own(rows[i].what) ||
		    (by_type ? strcmp(rows[i].fstype, like->fstype) : (int)(rows[i].dev != like->dev)))
			continue;
		sum = sum == FIG_UNKNOWN ? 0 : sum;
		if (rows[i].sum.count > 0)
			fig_add(&sum, rows[i].sum.count);
	}
	return sum;
}

#define CHOICES_MAX 64

/* Filesystems, or types of them, those with most calls first. */
struct choices {
	int nr;
	struct {
		const struct fs_op_row *row;
		int64_t calls;
	} most[CHOICES_MAX];
};

static void choice_put(struct choices *c, const struct fs_op_row *row, int64_t calls)
{
	int at = c->nr;

	if (calls == FIG_UNKNOWN)
		return;
	while (at > 0 && c->most[at - 1].calls < calls)
		at--;
	if (at == CHOICES_MAX)
		return;
	c->nr += c->nr < CHOICES_MAX;
	memmove(&c->most[at + 1], &c->most[at], (size_t)(c->nr - at - 1) * sizeof(c->most[0]));
	c->most[at].row = row;
	c->most[at].calls = calls;
}

static bool is_first_of_type(const struct fs_op_row *rows, int i)
{
	for (int n = 0; n < i; n++)
		if (!strcmp(rows[n].fstype, rows[i].fstype))
			return false;
	return *rows[i].fstype;
}

static void type_choices(struct ui *ui, const struct snapshot *s, const struct fs_op_row *rows, int nr)
{
	struct choices c = {.nr = 0};
	char note[80];

	for (int i = 0; i < nr; i++)
		if (is_first_of_type(rows, i))
			choice_put(&c, &rows[i], calls_of(rows, nr, &rows[i], true));
	for (int i = 0; i < c.nr; i++) {
		snprintf(note, sizeof(note), "type  %s", word_rate(c.most[i].calls, s));
		menu_add(ui, CHOICE_TYPE, c.most[i].row->fstype, note);
	}
}

/* Rows come in order of filesystems. */
static void dev_choices(struct ui *ui, const struct snapshot *s, const struct fs_op_row *rows, int nr)
{
	struct choices c = {.nr = 0};
	char name[200], note[80];

	for (int i = 0; i < nr; i++)
		if ((!i || rows[i].dev != rows[i - 1].dev) && rows[i].dev != FS_ALL)
			choice_put(&c, &rows[i], calls_of(rows, nr, &rows[i], false));
	for (int i = 0; i < c.nr; i++) {
		const struct fs_op_row *row = c.most[i].row;

		snprintf(note, sizeof(note), "%s  %s", *row->fstype ? row->fstype : "filesystem", word_rate(c.most[i].calls, s));
		menu_add(ui, CHOICE_DEV | row->dev, fs_ops_name(s, row->dev, name, sizeof(name)), note);
	}
}

void fs_latency_choices(struct ui *ui, const struct snapshot *s)
{
	const struct fs_op_row *rows;
	int nr = fs_ops_rows(s, ui, &rows);

	if (ui->fs.dev.dev != FS_ALL || *ui->fs.latency.fstype)
		menu_add(ui, CHOICE_DEV, "all filesystems", "");
	menu_add(ui, CHOICE_TABLE, "by filesystem", "a table of filesystems and operations: Enter there shows the histogram of one");
	type_choices(ui, s, rows, nr);
	dev_choices(ui, s, rows, nr);
}

void fs_latency_choose(struct ui *ui, int64_t value, const char *text)
{
	struct fs_latency_ui *l = &ui->fs.latency;

	l->in_bucket = BUCKET_NO;
	l->table = value == CHOICE_TABLE;
	l->from_table = FS_NOT_FROM_TABLE;
	if (value == CHOICE_TYPE) {
		snprintf(l->fstype, sizeof(l->fstype), "%s", text);
		ui->fs.dev.dev = FS_ALL;
	} else if (value == CHOICE_DEV) {
		*l->fstype = '\0';
		ui->fs.dev.dev = FS_ALL;
	} else if (value & CHOICE_DEV) {
		fs_dev_enter(ui, (uint32_t)value, text);
	}
	ui_mode_changed(ui);
}

/* ---- files ---- */

/* Of each filesystem and operation that was used: "/srv ext4 fsync". */
void fs_latency_hists(const struct snapshot *s, const struct ui *ui, hist_fn fn, void *ctx)
{
	const struct fs_op_row *rows;
	int nr = fs_ops_rows(s, ui, &rows);
	char fs[200], word[32], name[sizeof(fs) + 64];

	for (int i = 0; i < nr; i++) {
		const struct fs_op_row *row = &rows[i];

		if (row->sum.count <= 0 || !fs_ops_row_is_of(s, fs_latency_of(ui), row))
			continue;
		snprintf(name, sizeof(name), "%s%s%s %s", fs_ops_name(s, row->dev, fs, sizeof(fs)), *row->fstype ? " " : "",
			 row->fstype, fs_what_word(row->what, word, sizeof(word)));
		fn(ctx, name, &hist_scale_ns, &row->sum.hist);
	}
}
