/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log of rows in order of arrival, with their texts. What arrives waits in one log, and a publish
 * moves it to another, the one on the screen: so a frozen picture stands while events go on
 * arriving, and all come at once when it thaws. Both are mapped at init (NORESERVE: untouched
 * rows cost nothing) and bounded: the oldest give way and are counted.
 */
#ifndef PROBETOP_EVENTLOG_H
#define PROBETOP_EVENTLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first member of every row. */
struct log_row {
	uint64_t seq;	  /* counts up from 1; with it a row is the same in the next snapshot */
	uint32_t text_at; /* in the texts */
	uint32_t text_len;
};

/* Rows and texts of one log; rows lie side by side. */
struct log_rows {
	char *rows, *text;
	uint32_t nr, text_nr;
};

struct eventlog {
	struct log_rows waiting, shown;
	size_t row_size, map_bytes;
	uint32_t rows_max, text_max, spare;
	uint64_t seq; /* of the last row */
	uint64_t dropped; /* of those that wait; by eventlog_show(): */
	uint64_t dropped_now, dropped_all; /* had no room: of the interval, and since the start */
	uint64_t scrolled_all; /* were shown once, and gave way to later ones */
	uint32_t new_from;     /* of the shown: the first that came in this interval */
	/* Rows that give way before others, however young: of a kind of which there are many. NULL: none. Set after init. */
	bool (*common)(const void *row);
};

/*
 * Maps room for `rows_max` rows of `row_size` bytes and `text_max` bytes of texts, twice; behind
 * the shown rows there is always room for `spare` more, which the owner may write. Returns 0,
 * -EINVAL or -ENOMEM.
 */
int eventlog_init(struct eventlog *l, size_t row_size, uint32_t rows_max, uint32_t text_max, uint32_t spare);
void eventlog_fini(struct eventlog *l);
void eventlog_clear(struct eventlog *l);

/* Returns a new row that waits, zero but for its log_row, with a copy of its text. Never fails. */
void *eventlog_add(struct eventlog *l, const char *text, size_t text_len);
/* The `i`th row of either; the row of number `seq` while it waits, else NULL. */
void *log_row_at(const struct eventlog *l, const struct log_rows *rows, uint32_t i);
void *eventlog_waiting(const struct eventlog *l, uint64_t seq);
/* Takes out of those that wait what `keep` refuses, and forgets what had no room. */
void eventlog_keep(struct eventlog *l, bool (*keep)(const void *row));
/* Moves what waits to the end of what is shown. */
void eventlog_show(struct eventlog *l);

#endif
