/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The row filter: words and comparisons, all of which a row must meet; `|` separates
 * alternatives. A word is looked for in every text column and the pid, without regard to
 * case; `KEY<op>VALUE` compares a column by key or alias: cpu>50 p99>=10ms user=www-data.
 */
#ifndef PROBETOP_FILTER_H
#define PROBETOP_FILTER_H

#include "view.h"

#define FILTER_TERMS_MAX 16

enum filter_op { FILTER_WORD, FILTER_EQ, FILTER_NE, FILTER_GT, FILTER_GE, FILTER_LT, FILTER_LE };

struct filter {
	char text[128];  /* as typed */
	char words[128]; /* the same, cut into terms */
	int nr;
	struct filter_term {
		enum filter_op op;
		uint8_t alternative;
		const char *key, *value; /* in `words` */
	} terms[FILTER_TERMS_MAX];
};

void filter_parse(struct filter *f, const char *text);
bool filter_empty(const struct filter *f);
/* Whether the row meets the filter. A comparison with a column that the view lacks fails. */
bool filter_row(const struct filter *f, const struct view *v, const struct snapshot *s, const struct ui *ui,
		const void *row);
/* Whether any text of the row holds `word`. */
bool filter_word_in_row(const char *word, const struct view *v, const struct snapshot *s, const struct ui *ui,
			const void *row);
/* Reads a value in a column's unit ("10ms", "1.5G", "50%"), as the screen shows it. Returns 0 or -EINVAL. */
int filter_value(const char *text, enum unit unit, bool milli, int64_t *ret_value);

#endif
