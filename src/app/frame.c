/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batch frames and snapshots. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "esc.h"
#include "frame.h"
#include "outfile.h"

#define FRAME_VIEWS_MAX 32
#define FRAME_COLS 80
#define FRAME_ROWS 24

struct frames {
	enum out_format format;
	struct ui *ui;
	FILE *out;
	struct canvas canvas;
	struct theme theme;
	uint64_t written;
	int views_nr;
	struct {
		const char *pane, *view;
	} views[FRAME_VIEWS_MAX];
};

static bool known_pane(const char *word, size_t len)
{
	for (int i = 0; i < view_registry_nr; i++)
		if (strlen(view_registry[i]->id) == len && !memcmp(view_registry[i]->id, word, len))
			return true;
	return false;
}

struct ui_opts ui_opts_of(const struct options *o)
{
	return (struct ui_opts){
		.pane = o->panes && known_pane(o->panes, strlen(o->panes)) ? o->panes : NULL,
		.view = o->views && !strchr(o->views, ',') && strcmp(o->views, "all") ? o->views : NULL,
		.sort_key = o->sort_key,
		.filter = o->filter,
		.pids = o->pids,
		.user = o->user,
		.group_by = o->group_by,
		.interval_ns = o->interval_ns,
		.meters = !o->no_meters,
		.function_bar = !o->no_function_bar,
		.show_args = o->show_args || (!o->batch && !o->command),
		.highlight = o->highlight,
		.a11y = o->a11y,
		.keys = o->keys,
		.readonly = o->readonly,
		.ascii = o->no_unicode,
		.rows_max = o->rows,
		.demand = o->batch || o->command || (o->record && o->views) ? views_demand(o) : 0,
		.command = o->command,
	};
}

static bool word_in_list(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',')
		if (!strncmp(p, word, len) && (p[len] == ',' || !p[len]))
			return true;
	return !strcmp(list, "all");
}

/* Every word of a list must name something; `word` says whether it does. */
static int check_words(const char *list, bool (*known)(const char *word, size_t len), const char *what,
		       struct err *e)
{
	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',') {
		size_t len = strcspn(p, ",");

		if (!(len == 3 && !memcmp(p, "all", 3)) && !known(p, len))
			return err_set(e, -ENOENT, "--%s %.*s: no such %s. See probetop --help.", what, (int)len, p, what);
	}
	return 0;
}

static bool known_view(const char *word, size_t len)
{
	for (int i = 0; i < view_registry_nr; i++)
		for (const struct view *v = view_registry[i]->views; v->id; v++)
			if (strlen(v->id) == len && !memcmp(v->id, word, len))
				return true;
	return false;
}

/* Whether a frame has this view: the named ones, else the first of each pane. */
static bool view_chosen(const struct options *o, const struct pane_views *p, const struct view *v)
{
	const char *panes = o->panes ? o->panes : view_registry[0]->id;

	return word_in_list(panes, p->id) && (o->views ? word_in_list(o->views, v->id) : v == p->views);
}

uint32_t views_demand(const struct options *o)
{
	uint32_t demand = 0;

	for (int i = 0; i < view_registry_nr; i++)
		for (const struct view *v = view_registry[i]->views; v->id; v++)
			if (view_chosen(o, view_registry[i], v))
				demand |= v->demand;
	return demand;
}

static int choose_views(struct frames *f, const struct options *o, struct err *e)
{
	const char *panes = o->panes ? o->panes : view_registry[0]->id;
	int ret = check_words(panes, known_pane, "pane", e);

	if (!ret && o->views)
		ret = check_words(o->views, known_view, "view", e);
	if (ret)
		return ret;
	for (int i = 0; i < view_registry_nr; i++) {
		const struct pane_views *p = view_registry[i];

		for (const struct view *v = p->views; v->id && f->views_nr < FRAME_VIEWS_MAX; v++) {
			if (!view_chosen(o, p, v))
				continue;
			f->views[f->views_nr].pane = p->id;
			f->views[f->views_nr++].view = v->id;
		}
	}
	if (!f->views_nr)
		return err_set(e, -ENOENT, "--view %s: pane %s has no such view. See probetop --help.", o->views, panes);
	return 0;
}

static void frame_size(const struct options *o, int fd, int *ret_rows, int *ret_cols)
{
	struct winsize ws;

	*ret_rows = FRAME_ROWS;
	*ret_cols = FRAME_COLS;
	if (o->size_cols) {
		*ret_rows = o->size_rows;
		*ret_cols = o->size_cols;
	} else if (!ioctl(fd, TIOCGWINSZ, &ws) && ws.ws_row >= 5 && ws.ws_col >= 20) {
		*ret_rows = ws.ws_row - 1; /* the shell's prompt comes below */
		*ret_cols = ws.ws_col;
	}
}

/* no-color.org: set and not empty. Otherwise `-f ansi` means colours, wherever it goes. */
static bool no_color(void)
{
	const char *v = getenv("NO_COLOR");

	return v && *v;
}

int frames_new(const struct options *o, struct ui *ui, FILE *out, struct frames **ret_f, struct err *e)
{
	struct frames *f = calloc(1, sizeof(*f));
	int rows, cols, ret;

	if (!f) {
		fclose(out);
		return err_set(e, -ENOMEM, "starting: not enough memory.");
	}
	f->format = o->format;
	f->ui = ui;
	f->out = out;
	frame_size(o, fileno(out), &rows, &cols);
	ret = canvas_init(&f->canvas, rows, cols, o->no_unicode);
	if (!ret)
		ret = theme_load(o->theme ? o->theme : "terminal", &f->theme, e);
	if (!ret && o->color != COLOR_ALWAYS && (o->color == COLOR_NEVER || no_color()))
		theme_fit(&f->theme, DEPTH_MONO);
	if (!ret)
		ret = choose_views(f, o, e);
	if (ret)
		frames_free(f);
	else
		*ret_f = f;
	return ret;
}

int frames_free(struct frames *f)
{
	int ret = 0;

	if (!f)
		return 0;
	if (fclose(f->out))
		ret = -errno;
	canvas_fini(&f->canvas);
	free(f);
	return ret;
}

static int write_view(struct frames *f, const struct snapshot *s)
{
	switch (f->format) {
	case OUT_JSON:
		return ui_json(f->ui, s, f->out);
	case OUT_CSV:
		return ui_csv(f->ui, s, !f->written, f->out);
	default:
		if (f->written && putc('\n', f->out) == EOF)
			return -errno;
		ui_draw(f->ui, s, &f->canvas);
		return canvas_write(&f->canvas, f->format == OUT_ANSI ? &f->theme : NULL, f->out);
	}
}

int frames_write(struct frames *f, const struct snapshot *s)
{
	int ret = 0;

	for (int i = 0; i < f->views_nr && !ret; i++) {
		ret = ui_focus(f->ui, f->views[i].pane, f->views[i].view, NULL);
		if (!ret)
			ret = write_view(f, s);
		f->written++;
	}
	if (!ret && fflush(f->out))
		ret = -errno;
	return ret;
}

/* "probetop-db-03-20261122T041109.txt": only letters that no shell or file system minds. */
static void default_name(char *buf, size_t size, const struct snapshot *s, enum out_format format)
{
	static const char *const suffix[] = { "txt", "ansi", "json", "csv" };
	time_t t = (time_t)(s->m.tick.real_ns / 1000000000ULL);
	char host[65] = "", stamp[32];
	struct tm tm;

	memcpy(host, s->m.host.host, sizeof(s->m.host.host));
	for (char *p = host; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", *p))
			*p = '_';
	gmtime_r(&t, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	snprintf(buf, size, "probetop-%s-%s.%s", host, stamp, suffix[format]);
}

/* The screen once more for a file, without the arguments that may hold passwords. */
static int save_screen(FILE *out, struct ui *ui, const struct snapshot *s, const struct canvas *shown,
		       const struct theme *theme)
{
	struct canvas c;
	int ret = canvas_init(&c, shown->rows, shown->cols, shown->ascii);

	if (ret)
		return ret;
	ui_draw(ui, s, &c);
	ret = canvas_write(&c, theme, out);
	canvas_fini(&c);
	return ret;
}

static int save(FILE *out, struct ui *ui, const struct snapshot *s, const struct canvas *shown,
		const struct theme *theme, enum out_format format)
{
	switch (format) {
	case OUT_JSON:
		return ui_json(ui, s, out);
	case OUT_CSV:
		return ui_csv(ui, s, true, out);
	default:
		return save_screen(out, ui, s, shown, format == OUT_ANSI ? theme : NULL);
	}
}

void frame_save(struct ui *ui, const struct snapshot *s, const struct canvas *shown, const struct theme *theme,
		const char *path, enum out_format format, bool show_args)
{
	char name[256], shown_name[200], words[300];
	struct err e = { "" };
	FILE *out;
	int fd, ret;

	if (*path)
		snprintf(name, sizeof(name), "%s", path);
	else
		default_name(name, sizeof(name), s, format);
	fd = outfile_open(name, false, &e);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out) {
		ui_status(ui, fd < 0 ? e.text : "writing the snapshot: not enough memory.");
		if (fd >= 0)
			close(fd);
		return;
	}
	ui_set_args(ui, show_args);
	ret = save(out, ui, s, shown, theme, format);
	ui_set_args(ui, true);
	if (fclose(out) && !ret)
		ret = -errno;
	esc_text(shown_name, sizeof(shown_name), name, strlen(name), false);
	if (ret)
		snprintf(words, sizeof(words), "writing %s: %s.", shown_name, strerror(-ret));
	else
		snprintf(words, sizeof(words), "written to %s", shown_name);
	ui_status(ui, words);
}
