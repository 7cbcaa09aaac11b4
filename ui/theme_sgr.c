/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks as SGR sequences (ECMA-48), and themes fitted to terminals with fewer colours.
 * Sequences are kept short: what goes over a slow line is mostly these.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "theme.h"

const struct theme_style theme_plain = {.fg = THEME_DEFAULT, .bg = THEME_DEFAULT};

static const uint8_t cube_levels[6] = {0, 95, 135, 175, 215, 255};

/* xterm's defaults; a user's palette may differ, which is why near misses do not matter. */
static const int palette16[16] = {
	0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
	0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
};

int theme_palette_rgb(int n)
{
	int grey = 8 + (n - 232) * 10;

	if (n < 16)
		return palette16[n & 15];
	if (n >= 232)
		return (grey & 0xff) * 0x010101;
	n -= 16;
	return cube_levels[n / 36] << 16 | cube_levels[n / 6 % 6] << 8 | cube_levels[n % 6];
}

static int distance(int a, int b)
{
	int red = (a >> 16 & 0xff) - (b >> 16 & 0xff);
	int green = (a >> 8 & 0xff) - (b >> 8 & 0xff);
	int blue = (a & 0xff) - (b & 0xff);

	return 3 * red * red + 4 * green * green + 2 * blue * blue;
}

/* The palette colour in [first, last] nearest to `rgb`; the weights follow the eye. */
static int nearest(int rgb, int first, int last)
{
	int best = first;

	for (int n = first + 1; n <= last; n++)
		if (distance(rgb, theme_palette_rgb(n)) < distance(rgb, theme_palette_rgb(best)))
			best = n;
	return best;
}

static int fit_color(int color, enum color_depth depth)
{
	if (color == THEME_DEFAULT)
		return color;
	if (color < THEME_ANSI(0)) {
		if (depth == DEPTH_RGB)
			return color;
		/* The cube and the greys only: the first 16 are the user's, not ours to guess. */
		color = THEME_ANSI(depth == DEPTH_256 ? nearest(color, 16, 255)
						      : nearest(color, 0, 15));
	}
	return color;
}

/*
 * With 8 colours a bright foreground is a bold one, and a bright background a plain one; bold
 * black would be black on black on many terminals.
 */
static void fit_8(struct theme_style *style)
{
	if (style->fg == THEME_ANSI(8)) {
		style->fg = THEME_DEFAULT;
		style->attrs |= ATTR_DIM;
	} else if (style->fg > THEME_ANSI(8)) {
		style->fg -= 8;
		style->attrs |= ATTR_BOLD;
	}
	if (style->bg >= THEME_ANSI(8))
		style->bg -= 8;
	/* Text of its own background's colour would be gone. */
	if (style->fg == style->bg && style->fg != THEME_DEFAULT)
		style->fg = style->bg == THEME_ANSI(7) ? THEME_ANSI(0) : THEME_ANSI(7);
}

void theme_fit(struct theme *t, enum color_depth depth)
{
	char name[sizeof(t->name)];

	if (depth == DEPTH_MONO) {
		memcpy(name, t->name, sizeof(name));
		theme_load("mono", t, NULL);
		memcpy(t->name, name, sizeof(name));
		return;
	}
	for (int s = 0; s < STYLE_NR; s++) {
		struct theme_style *style = &t->styles[s];

		style->fg = fit_color(style->fg, depth);
		style->bg = fit_color(style->bg, depth);
		if (depth == DEPTH_8)
			fit_8(style);
	}
}

static bool same_style(const struct theme_style *a, const struct theme_style *b)
{
	return a->fg == b->fg && a->bg == b->bg && a->attrs == b->attrs;
}

struct params {
	char text[THEME_SGR_MAX];
	int len, nr;
};

__attribute__((format(printf, 2, 3))) static void param(struct params *p, const char *format, ...)
{
	va_list ap;

	if (p->nr++)
		p->text[p->len++] = ';';
	va_start(ap, format);
	p->len += vsnprintf(p->text + p->len, sizeof(p->text) - (size_t)p->len, format, ap);
	va_end(ap);
}

/* `base` is 30 for the foreground and 40 for the background. */
static void param_color(struct params *p, int color, int base)
{
	int n = color - THEME_ANSI(0);

	if (color == THEME_DEFAULT)
		param(p, "%d", base + 9);
	else if (n < 0)
		param(p, "%d;2;%d;%d;%d", base + 8, color >> 16 & 0xff, color >> 8 & 0xff,
		      color & 0xff);
	else if (n < 8)
		param(p, "%d", base + n);
	else if (n < 16)
		param(p, "%d", base + 60 + n - 8);
	else
		param(p, "%d;5;%d", base + 8, n);
}

static void param_attrs(struct params *p, uint8_t attrs)
{
	static const struct {
		uint8_t attr;
		int on;
	} codes[] = {{ATTR_BOLD, 1}, {ATTR_DIM, 2}, {ATTR_UNDERLINE, 4}, {ATTR_REVERSE, 7}};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (attrs & codes[i].attr)
			param(p, "%d", codes[i].on);
}

/* From a reset. "0" itself may be left out when nothing follows it. */
static void from_reset(struct params *p, const struct theme_style *to)
{
	if (same_style(to, &theme_plain))
		return;
	param(p, "0");
	param_attrs(p, to->attrs);
	if (to->fg != THEME_DEFAULT)
		param_color(p, to->fg, 30);
	if (to->bg != THEME_DEFAULT)
		param_color(p, to->bg, 40);
}

static void from_style(struct params *p, const struct theme_style *from,
		       const struct theme_style *to)
{
	uint8_t gone = from->attrs & (uint8_t)~to->attrs;
	uint8_t have = from->attrs;

	/* One code ends bold and dim together. */
	if (gone & (ATTR_BOLD | ATTR_DIM)) {
		param(p, "22");
		have &= (uint8_t) ~(ATTR_BOLD | ATTR_DIM);
	}
	if (gone & ATTR_UNDERLINE)
		param(p, "24");
	if (gone & ATTR_REVERSE)
		param(p, "27");
	param_attrs(p, to->attrs & (uint8_t)~have);
	if (from->fg != to->fg)
		param_color(p, to->fg, 30);
	if (from->bg != to->bg)
		param_color(p, to->bg, 40);
}

int theme_sgr(char *buf, size_t size, const struct theme_style *from, const struct theme_style *to)
{
	struct params reset = {.nr = 0}, step = {.nr = 0};

	buf[0] = '\0';
	if (from && same_style(from, to))
		return 0;
	from_reset(&reset, to);
	if (from)
		from_style(&step, from, to);
	return snprintf(buf, size, "\033[%sm",
			from && step.len < reset.len ? step.text : reset.text);
}

bool theme_same_blank(const struct theme_style *a, const struct theme_style *b)
{
	uint8_t seen = ATTR_REVERSE | ATTR_UNDERLINE;

	/* A reversed or underlined blank shows the foreground too. */
	if ((a->attrs | b->attrs) & seen)
		return same_style(a, b);
	return a->bg == b->bg;
}
