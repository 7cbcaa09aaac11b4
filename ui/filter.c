/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The row filter: parsed once, asked for every row. */
#include "filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fmt.h"

static const struct {
	const char *text;
	enum filter_op op;
} ops[] = { /* the longer first */
	{ "!=", FILTER_NE }, { ">=", FILTER_GE }, { "<=", FILTER_LE },
	{ "=", FILTER_EQ }, { ">", FILTER_GT }, { "<", FILTER_LT },
};

/* Makes a comparison of a word that looks like one: a key of letters, an operator, a value. */
static void term_parse(struct filter_term *t, char *word)
{
	size_t key_len = strspn(word, "abcdefghijklmnopqrstuvwxyz_0123456789");

	*t = (struct filter_term){ .op = FILTER_WORD, .value = word, .alternative = t->alternative };
	if (!key_len || (word[0] >= '0' && word[0] <= '9'))
		return;
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		size_t op_len = strlen(ops[i].text);

		if (strncmp(word + key_len, ops[i].text, op_len))
			continue;
		t->op = ops[i].op;
		t->key = word;
		t->value = word + key_len + op_len;
		word[key_len] = '\0';
		return;
	}
}

void filter_parse(struct filter *f, const char *text)
{
	char *p, *word;
	uint8_t alternative = 0;

	*f = (struct filter){ .nr = 0 };
	strncpy(f->text, text, sizeof(f->text) - 1);
	memcpy(f->words, f->text, sizeof(f->words));
	for (p = f->words; *p && f->nr < FILTER_TERMS_MAX;) {
		char end;

		p += strspn(p, " ");
		word = p;
		p += strcspn(p, " |");
		end = *p;
		if (*p)
			*p++ = '\0';
		if (*word) {
			f->terms[f->nr].alternative = alternative;
			term_parse(&f->terms[f->nr++], word);
		}
		alternative += end == '|';
	}
}

bool filter_empty(const struct filter *f)
{
	return f->nr == 0;
}

static bool holds(const char *text, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	for (size_t i = 0; i + word_len <= len; i++)
		if (!strncasecmp(text + i, word, word_len))
			return true;
	return word_len == 0;
}

bool filter_word_in_row(const char *word, const struct view *v, const struct snapshot *s, const struct ui *ui,
			const void *row)
{
	char buf[1400];
	size_t len;

	for (const struct column *col = v->columns; col->key; col++) {
		const char *text;

		if (col->unit == UNIT_NONE && !strcmp(col->key, "pid")) {
			int64_t pid = view_figure(col, row);

			len = pid == FIG_UNKNOWN ? 0 : (size_t)fmt_fig(buf, sizeof(buf), pid, UNIT_NONE, FOLD_GAUGE, false);
			if (len && !strncmp(buf, word, strlen(word)))
				return true;
		}
		if (col->unit != UNIT_TEXT || (col->flags & (COL_RAW_CHAR | COL_SCREEN_ONLY | COL_NO_WORDS)))
			continue;
		text = v->text(s, ui, row, col, buf, sizeof(buf), &len);
		if (text && holds(text, len, word))
			return true;
	}
	return false;
}

static const struct {
	const char *suffix;
	enum unit unit;
	double factor;
} suffixes[] = {
	{ "ns", UNIT_NS, 1 }, { "us", UNIT_NS, 1e3 }, { "ms", UNIT_NS, 1e6 }, { "s", UNIT_NS, 1e9 },
	{ "m", UNIT_NS, 60e9 }, { "h", UNIT_NS, 3600e9 }, { "d", UNIT_NS, 86400e9 },
	{ "K", UNIT_BYTES, 1024. }, { "M", UNIT_BYTES, 1048576. }, { "G", UNIT_BYTES, 1073741824. },
	{ "T", UNIT_BYTES, 1099511627776. }, { "k", UNIT_BYTES, 1024. },
	{ "k", UNIT_COUNT, 1e3 }, { "M", UNIT_COUNT, 1e6 }, { "G", UNIT_COUNT, 1e9 },
	{ "%", UNIT_PCT, 1 },
};

int filter_value(const char *text, enum unit unit, bool milli, int64_t *ret_value)
{
	char *end;
	double value = strtod(text, &end), factor = *end ? 0 : 1;

	if (end == text)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (suffixes[i].unit == unit && !strcmp(suffixes[i].suffix, end))
			factor = suffixes[i].factor;
	value *= factor * (milli ? 1000 : 1);
	if (factor == 0 || !(value > -9e18 && value < 9e18))
		return -EINVAL;
	*ret_value = (int64_t)value;
	return 0;
}

static bool compare(enum filter_op op, int64_t a, int64_t b)
{
	switch (op) {
	case FILTER_EQ:
		return a == b;
	case FILTER_NE:
		return a != b;
	case FILTER_GT:
		return a > b;
	case FILTER_GE:
		return a >= b;
	case FILTER_LT:
		return a < b;
	default:
		return a <= b;
	}
}

static bool text_term(const struct filter_term *t, const char *text, size_t len)
{
	size_t value_len = strlen(t->value);
	int diff = text ? strncasecmp(text, t->value, len < value_len ? len : value_len) : -1;

	if (text && !diff)
		diff = len < value_len ? -1 : len > value_len;
	return compare(t->op, diff, 0);
}

static bool term_row(const struct filter_term *t, const struct view *v, const struct snapshot *s,
		     const struct ui *ui, const void *row)
{
	const struct column *col;
	char buf[1400];
	size_t len = 0;
	int64_t wanted, have;

	if (t->op == FILTER_WORD)
		return filter_word_in_row(t->value, v, s, ui, row);
	col = view_column(v, t->key);
	if (!col)
		return false;
	if (col->flags & COL_RAW_CHAR)
		return text_term(t, (const char *)row + col->off, 1);
	if (col->unit == UNIT_TEXT) {
		const char *text = v->text(s, ui, row, col, buf, sizeof(buf), &len);

		return text_term(t, text, len);
	}
	have = view_value(col, s, row);
	if (have == FIG_UNKNOWN || filter_value(t->value, col->unit, view_milli(col, s->m.total), &wanted))
		return false;
	return compare(t->op, have, wanted);
}

bool filter_row(const struct filter *f, const struct view *v, const struct snapshot *s, const struct ui *ui,
		const void *row)
{
	bool met = true;

	for (int i = 0; i < f->nr; i++) {
		if (i && f->terms[i].alternative != f->terms[i - 1].alternative) {
			if (met)
				return true;
			met = true;
		}
		met = met && term_row(&f->terms[i], v, s, ui, row);
	}
	return met;
}
