/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads btop's theme format: lines of theme[key]="value". Comments, other lines and unknown
 * keys are passed over, so that any theme made for btop loads; a value that is no colour is
 * an error with its line, because a theme that half works is hard to mend.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "theme_names.h"

#define UNSET	    (-2)
#define ATTRS_UNSET 0xff

struct slice {
	const char *at;
	size_t len;
};

struct parse {
	int btop[BTOP_NR];
	struct theme_style own[STYLE_NR]; /* UNSET and ATTRS_UNSET where the file is silent */
	struct err *e;
	int line;
};

static bool slice_is(struct slice s, const char *word)
{
	return s.len == strlen(word) && !memcmp(s.at, word, s.len);
}

static struct slice slice_trim(struct slice s)
{
	while (s.len && isspace((unsigned char)s.at[0]))
		s.at++, s.len--;
	while (s.len && isspace((unsigned char)s.at[s.len - 1]))
		s.len--;
	return s;
}

/* Cuts the next word off `rest`; an empty one at the end. */
static struct slice slice_word(struct slice *rest)
{
	struct slice word = {.at = rest->at};

	*rest = slice_trim(*rest);
	word.at = rest->at;
	while (word.len < rest->len && !isspace((unsigned char)word.at[word.len]))
		word.len++;
	rest->at += word.len;
	rest->len -= word.len;
	return word;
}

/* The number that all of `s` spells in `base`, or -1. At most six digits. */
static int slice_number(struct slice s, int base)
{
	char digits[8] = "";

	if (!s.len || s.len > 6)
		return -1;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char ch = (unsigned char)s.at[i];

		if (base == 16 ? !isxdigit(ch) : !isdigit(ch))
			return -1;
		digits[i] = s.at[i];
	}
	return (int)strtol(digits, NULL, base);
}

/* "#rrggbb" or btop's grey "#bb"; UNSET for anything else. */
static int color_hex(struct slice s)
{
	int value = -1;

	if ((s.len == 7 || s.len == 3) && s.at[0] == '#')
		value = slice_number((struct slice){s.at + 1, s.len - 1}, 16);
	if (value < 0)
		return UNSET;
	return s.len == 3 ? value * 0x010101 : value;
}

/* A value of btop's: "", "#rrggbb", "#bb" or three decimals. */
static int color_btop(struct slice value)
{
	int part, color = 0;

	if (!value.len)
		return THEME_DEFAULT;
	if (value.at[0] == '#')
		return color_hex(value);
	for (int i = 0; i < 3; i++) {
		part = slice_number(slice_word(&value), 10);
		if (part < 0 || part > 255)
			return UNSET;
		color = color << 8 | part;
	}
	return slice_trim(value).len ? UNSET : color;
}

/* A colour of our own lines: a name, "default" or "#rrggbb". */
static int color_own(struct slice word)
{
	if (slice_is(word, "default"))
		return THEME_DEFAULT;
	for (int i = 0; i < 16; i++)
		if (slice_is(word, ansi_names[i]))
			return THEME_ANSI(i);
	return color_hex(word);
}

static uint8_t attr_of(struct slice word)
{
	for (size_t i = 0; i < sizeof(theme_attr_names) / sizeof(theme_attr_names[0]); i++)
		if (slice_is(word, theme_attr_names[i].name))
			return theme_attr_names[i].attr;
	return 0;
}

/* "colour on colour attributes", each part optional. */
static bool style_own(struct slice value, struct theme_style *ret)
{
	struct theme_style style = {.fg = UNSET, .bg = UNSET};
	int *color = &style.fg;
	struct slice word;
	uint8_t attr;

	while ((word = slice_word(&value)).len) {
		attr = attr_of(word);
		style.attrs |= attr;
		if (attr)
			continue;
		if (slice_is(word, "on") && color == &style.fg) {
			color = &style.bg;
			continue;
		}
		if (*color != UNSET || (*color = color_own(word)) == UNSET)
			return false;
	}
	if (color == &style.bg && style.bg == UNSET)
		return false;
	*ret = style;
	return true;
}

static int bad_value(struct parse *p, struct slice value, const char *hint)
{
	char shown[24];
	size_t i;

	for (i = 0; i < value.len && i < sizeof(shown) - 1; i++)
		shown[i] = isprint((unsigned char)value.at[i]) ? value.at[i] : '?';
	shown[i] = '\0';
	return err_set(p->e, -EBADMSG, "line %d: \"%s\" is not a colour. Write %s.", p->line, shown,
		       hint);
}

static int set_key(struct parse *p, struct slice key, struct slice value)
{
	size_t prefix = strlen(THEME_OWN_PREFIX);
	struct slice own = {key.at + prefix, key.len - prefix};
	int color;

	for (int k = BTOP_NONE + 1; k < BTOP_NR; k++) {
		if (!slice_is(key, btop_names[k]))
			continue;
		color = color_btop(value);
		if (color == UNSET)
			return bad_value(p, value, "#rrggbb, #bb, three numbers 0-255, or nothing");
		p->btop[k] = color;
		return 0;
	}
	if (key.len <= prefix || memcmp(key.at, THEME_OWN_PREFIX, prefix))
		return 0;
	for (int s = 0; s < STYLE_NR; s++)
		if (slice_is(own, style_name((enum style)s)) && !style_own(value, &p->own[s]))
			return bad_value(p, value,
					 "a colour [on colour] [bold dim reverse underline]");
	return 0;
}

/* The value after "=": quoted or not, with a comment behind it. */
static bool cut_value(struct slice s, struct slice *ret_value)
{
	const char *end;

	s = slice_trim(s);
	if (!s.len || s.at[0] != '=')
		return false;
	s = slice_trim((struct slice){s.at + 1, s.len - 1});
	if (s.len && (s.at[0] == '"' || s.at[0] == '\'')) {
		end = memchr(s.at + 1, s.at[0], s.len - 1);
		if (!end)
			return false;
		s = (struct slice){s.at + 1, (size_t)(end - s.at - 1)};
	}
	*ret_value = slice_trim(s);
	return true;
}

static int parse_line(struct parse *p, struct slice line)
{
	struct slice key, value, rest;
	const char *bracket;

	line = slice_trim(line);
	if (line.len < 6 || memcmp(line.at, "theme[", 6))
		return 0;
	key = (struct slice){line.at + 6, line.len - 6};
	bracket = memchr(key.at, ']', key.len);
	if (!bracket)
		return err_set(p->e, -EBADMSG, "line %d: no \"]\". Write theme[name]=\"value\".",
			       p->line);
	rest = (struct slice){bracket + 1, (size_t)(line.at + line.len - bracket - 1)};
	key.len = (size_t)(bracket - key.at);
	if (!cut_value(rest, &value))
		return err_set(p->e, -EBADMSG, "line %d: no value. Write theme[name]=\"value\".",
			       p->line);
	return set_key(p, key, value);
}

/* The first of the style's btop keys that the file sets to a colour. */
static int derived_fg(const struct parse *p, const struct btop_look *look)
{
	for (int i = 0; i < 3 && look->fg[i]; i++)
		if (p->btop[look->fg[i]] != UNSET && p->btop[look->fg[i]] != THEME_DEFAULT)
			return p->btop[look->fg[i]];
	return p->btop[BTOP_main_fg];
}

static void derive(struct parse *p, struct theme *ret_theme)
{
	p->btop[BTOP_NONE] = UNSET;
	for (int k = BTOP_main_bg; k <= BTOP_main_fg; k++)
		if (p->btop[k] == UNSET)
			p->btop[k] = THEME_DEFAULT;
	for (int s = 0; s < STYLE_NR; s++) {
		const struct btop_look *look = &btop_looks[s];
		struct theme_style *own = &p->own[s], *style = &ret_theme->styles[s];
		bool silent = own->attrs == ATTRS_UNSET;

		*style = *own;
		if (own->fg == UNSET)
			style->fg = silent ? derived_fg(p, look) : p->btop[BTOP_main_fg];
		if (own->bg == UNSET)
			style->bg = silent && look->bg ? p->btop[look->bg] : UNSET;
		if (style->bg == UNSET)
			style->bg = p->btop[BTOP_main_bg];
		if (silent)
			style->attrs = look->attrs;
	}
}

int theme_parse(const char *text, size_t len, struct theme *ret_theme, struct err *e)
{
	struct parse p = {.e = e};
	const char *end;
	size_t line_len;
	int err;

	memset(ret_theme, 0, sizeof(*ret_theme));
	for (int k = 0; k < BTOP_NR; k++)
		p.btop[k] = UNSET;
	for (int s = 0; s < STYLE_NR; s++)
		p.own[s] = (struct theme_style){UNSET, UNSET, ATTRS_UNSET};
	for (; len; text += line_len, len -= line_len) {
		end = memchr(text, '\n', len);
		line_len = end ? (size_t)(end - text) + 1 : len;
		p.line++;
		err = parse_line(&p, (struct slice){text, line_len});
		if (err)
			return err;
	}
	derive(&p, ret_theme);
	return 0;
}
