/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Themes by name, their tables, and writing them in btop's format. A written theme carries
 * every style on a line of its own and, for btop, the colours that it knows.
 */
#include "theme.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "theme_names.h"

#define STYLE_NAME(id, text) [STYLE_##id] = text,
static const char *const style_names[STYLE_NR] = {STYLES(STYLE_NAME)};

#define BTOP_NAME(id) [BTOP_##id] = #id,
const char *const btop_names[BTOP_NR] = {BTOP_KEYS(BTOP_NAME)};

/* clang-format off */
const char *const ansi_names[16] = {
	"black",	"red",		"green",	"yellow",
	"blue",		"magenta",	"cyan",		"white",
	"bright_black", "bright_red",	"bright_green", "bright_yellow",
	"bright_blue",	"bright_magenta", "bright_cyan", "bright_white",
};
/* clang-format on */

const struct theme_attr_name theme_attr_names[4] = {
	{"bold", ATTR_BOLD},
	{"dim", ATTR_DIM},
	{"reverse", ATTR_REVERSE},
	{"underline", ATTR_UNDERLINE},
};

/* clang-format off */
const struct btop_look btop_looks[STYLE_NR] = {
	[STYLE_TEXT] = {{BTOP_main_fg}, BTOP_main_bg},
	[STYLE_DIM] = {{BTOP_inactive_fg}},
	[STYLE_TITLE] = {{BTOP_title}, .attrs = ATTR_BOLD},
	[STYLE_KEY] = {{BTOP_hi_fg}, .attrs = ATTR_BOLD},
	[STYLE_KEY_LABEL] = {{BTOP_main_fg}},
	[STYLE_TAB] = {{BTOP_main_fg}},
	[STYLE_TAB_ACTIVE] = {{BTOP_selected_fg}, BTOP_selected_bg, .attrs = ATTR_BOLD},
	[STYLE_VIEW] = {{BTOP_main_fg}},
	[STYLE_VIEW_ACTIVE] = {{BTOP_hi_fg}, .attrs = ATTR_BOLD},
	[STYLE_HEADING] = {{BTOP_title}, .attrs = ATTR_BOLD},
	[STYLE_HEADING_SORT] = {{BTOP_hi_fg}, .attrs = ATTR_BOLD | ATTR_UNDERLINE},
	[STYLE_SELECTED] = {{BTOP_selected_fg}, BTOP_selected_bg},
	[STYLE_METER_LABEL] = {{BTOP_graph_text}},
	[STYLE_METER_FRAME] = {{BTOP_div_line, BTOP_meter_bg}},
	[STYLE_METER_LOW] = {{BTOP_cpu_start}},
	[STYLE_METER_MID] = {{BTOP_cpu_mid, BTOP_cpu_end, BTOP_cpu_start}},
	[STYLE_METER_HIGH] = {{BTOP_cpu_end, BTOP_cpu_start}},
	[STYLE_METER_CACHE] = {{BTOP_cached_mid, BTOP_cached_start, BTOP_cached_end}},
	[STYLE_VALUE] = {{BTOP_proc_misc}},
	[STYLE_MARK] = {{BTOP_temp_end, BTOP_temp_start}, .attrs = ATTR_BOLD},
	[STYLE_ALERT] = {{BTOP_temp_end, BTOP_temp_start}, .attrs = ATTR_BOLD | ATTR_REVERSE},
	[STYLE_LIVE] = {{BTOP_cpu_start}},
	[STYLE_FROZEN] = {{BTOP_hi_fg}, .attrs = ATTR_BOLD | ATTR_REVERSE},
	[STYLE_ONCPU] = {{BTOP_cpu_start}},
	[STYLE_RUNQ] = {{BTOP_cpu_end, BTOP_cpu_start}},
	[STYLE_DISK] = {{BTOP_download_mid, BTOP_download_start, BTOP_download_end}},
	[STYLE_KLOCK] = {{BTOP_upload_mid, BTOP_upload_start, BTOP_upload_end}},
	[STYLE_SLEEP] = {{BTOP_inactive_fg}},
	[STYLE_DEAD] = {{BTOP_inactive_fg}},
	[STYLE_KTHREAD] = {{BTOP_proc_misc}, .attrs = ATTR_DIM},
	[STYLE_TAGGED] = {{BTOP_hi_fg}, .attrs = ATTR_BOLD},
	[STYLE_CHANGED] = {{BTOP_main_fg}, .attrs = ATTR_BOLD},
	[STYLE_BAR] = {{BTOP_process_start, BTOP_cpu_start}},
	[STYLE_HEAT1] = {{BTOP_inactive_fg}},
	[STYLE_HEAT2] = {{BTOP_temp_start}},
	[STYLE_HEAT3] = {{BTOP_temp_mid, BTOP_temp_end, BTOP_temp_start}},
	[STYLE_HEAT4] = {{BTOP_temp_end, BTOP_temp_start}, .attrs = ATTR_BOLD},
	[STYLE_PROMPT] = {{BTOP_hi_fg}},
	[STYLE_STATUS] = {{BTOP_graph_text}},
	[STYLE_MATCH] = {{BTOP_hi_fg}, .attrs = ATTR_BOLD | ATTR_UNDERLINE},
};
/* clang-format on */

const char *style_name(enum style s)
{
	return (unsigned)s < STYLE_NR ? style_names[s] : "";
}

const char *theme_builtin_name(int i)
{
	return theme_files[i].name;
}

/* Reads a small regular file whole; returns its length or a negative errno. */
static ssize_t file_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t got, len = 0;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (size_t)st.st_size > size) {
		close(fd);
		return S_ISREG(st.st_mode) ? -EFBIG : -EINVAL;
	}
	while ((got = read(fd, buf + len, size - (size_t)len)) > 0)
		len += got;
	if (got < 0)
		len = -errno;
	close(fd);
	return len;
}

static void set_name(struct theme *t, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	snprintf(t->name, sizeof(t->name), "%.*s", (int)strcspn(base, "."), base);
}

static int load_file(const char *path, struct theme *ret_theme, struct err *e)
{
	static char text[THEME_FILE_MAX_BYTES];
	ssize_t len = file_read(path, text, sizeof(text));
	struct err why;
	int err;

	if (len < 0)
		return err_set(e, (int)len, "theme %s: %s. Name a readable theme file.", path,
			       len == -EFBIG ? "longer than 64 KiB" : strerror((int)-len));
	err = theme_parse(text, (size_t)len, ret_theme, &why);
	if (err)
		return err_set(e, err, "theme %.80s: %.160s", path, why.text);
	set_name(ret_theme, path);
	return 0;
}

static int no_theme(const char *name, struct err *e)
{
	char names[96] = "";

	for (const struct theme_file *f = theme_files; f->name; f++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s, ", f->name);
	return err_set(e, -ENOENT, "theme %.40s: no such theme. Use %sor the path of a file.", name,
		       names);
}

int theme_load(const char *name, struct theme *ret_theme, struct err *e)
{
	size_t len = strlen(name);
	int err;

	if (strchr(name, '/') || (len > 6 && !strcmp(name + len - 6, ".theme")))
		return load_file(name, ret_theme, e);
	for (const struct theme_file *f = theme_files; f->name; f++) {
		if (strcmp(f->name, name))
			continue;
		err = theme_parse(f->text, strlen(f->text), ret_theme, e);
		set_name(ret_theme, name);
		return err;
	}
	return no_theme(name, e);
}

struct text {
	char *buf;
	size_t size;
	int len;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...)
{
	size_t at = (size_t)t->len < t->size ? (size_t)t->len : t->size;
	va_list ap;

	va_start(ap, format);
	t->len += vsnprintf(t->buf + at, t->size - at, format, ap);
	va_end(ap);
}

static void add_color(struct text *t, int color)
{
	if (color == THEME_DEFAULT)
		add(t, "default");
	else if (color >= THEME_ANSI(0) && color < THEME_ANSI(16))
		add(t, "%s", ansi_names[color - THEME_ANSI(0)]);
	else
		add(t, "#%06x",
		    color >= THEME_ANSI(0) ? theme_palette_rgb(color - THEME_ANSI(0)) : color);
}

static void add_style(struct text *t, enum style s, const struct theme_style *style)
{
	add(t, "theme[" THEME_OWN_PREFIX "%s]=\"", style_name(s));
	add_color(t, style->fg);
	add(t, " on ");
	add_color(t, style->bg);
	for (size_t i = 0; i < sizeof(theme_attr_names) / sizeof(theme_attr_names[0]); i++)
		if (style->attrs & theme_attr_names[i].attr)
			add(t, " %s", theme_attr_names[i].name);
	add(t, "\"\n");
}

/* btop knows no palette colours: it gets their usual r, g, b. */
static void add_btop(struct text *t, enum btop_key key, int color)
{
	if (color >= THEME_ANSI(0))
		color = theme_palette_rgb(color - THEME_ANSI(0));
	if (color == THEME_DEFAULT)
		add(t, "theme[%s]=\"\"\n", btop_names[key]);
	else
		add(t, "theme[%s]=\"#%06x\"\n", btop_names[key], color);
}

/* The colour that a key gets: of a style that looks there first, else of one that may. */
static int btop_color(enum btop_key key, const struct theme *theme)
{
	for (int i = 0; i < 3; i++)
		for (int s = 0; s < STYLE_NR; s++) {
			if (btop_looks[s].fg[i] == key)
				return theme->styles[s].fg;
			if (btop_looks[s].bg == key)
				return theme->styles[s].bg;
		}
	return THEME_DEFAULT;
}

int theme_format(const struct theme *theme, char *buf, size_t size)
{
	struct text t = {.buf = buf, .size = size};

	if (size)
		buf[0] = '\0';
	add(&t, "# What btop knows too\n");
	for (int key = BTOP_NONE + 1; key < BTOP_NR; key++)
		add_btop(&t, (enum btop_key)key, btop_color((enum btop_key)key, theme));
	add(&t, "\n# probetop's own: colour [on colour] [bold] [dim] [reverse] [underline]\n");
	for (int s = 0; s < STYLE_NR; s++)
		add_style(&t, (enum style)s, &theme->styles[s]);
	return t.len;
}
