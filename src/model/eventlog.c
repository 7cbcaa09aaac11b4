/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The logs of events. In each, rows and their texts lie in order of arrival, so that the oldest
 * leave with one move of each; many at once, since each time all move.
 */
#include "eventlog.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define DROP_SHARE  8 /* so much of a full log gives way */
#define FLOOD_SHARE 4 /* so much at once does not come often */
#define ROW_MAX	    4096
#define ROWS_MAX    (1U << 20)
#define TEXTS_MAX   (1U << 26)

static size_t page_up(size_t bytes)
{
	return (bytes + 4095) & ~(size_t)4095;
}

/* Bytes of one log's rows, of its texts. */
static size_t rows_bytes(const struct eventlog *l)
{
	return page_up(((size_t)l->rows_max + l->spare) * l->row_size);
}

static size_t text_bytes(const struct eventlog *l)
{
	return page_up(l->text_max);
}

int eventlog_init(struct eventlog *l, size_t row_size, uint32_t rows_max, uint32_t text_max, uint32_t spare)
{
	char *map;

	*l = (struct eventlog){ .row_size = row_size, .rows_max = rows_max, .text_max = text_max, .spare = spare };
	if (row_size < sizeof(struct log_row) || row_size > ROW_MAX || !rows_max || rows_max > ROWS_MAX ||
	    spare > ROWS_MAX || text_max > TEXTS_MAX)
		return -EINVAL;
	l->map_bytes = 2 * (rows_bytes(l) + text_bytes(l));
	map = mmap(NULL, l->map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return -ENOMEM;
	madvise(map, l->map_bytes, MADV_NOHUGEPAGE); /* no matter if refused */
	l->waiting.rows = map;
	l->waiting.text = map + rows_bytes(l);
	l->shown.rows = l->waiting.text + text_bytes(l);
	l->shown.text = l->shown.rows + rows_bytes(l);
	return 0;
}

void eventlog_fini(struct eventlog *l)
{
	if (l->waiting.rows)
		munmap(l->waiting.rows, l->map_bytes);
	*l = (struct eventlog){ 0 };
}

static void rows_clear(struct log_rows *r)
{
	r->nr = r->text_nr = 0;
}

void eventlog_clear(struct eventlog *l)
{
	rows_clear(&l->waiting);
	rows_clear(&l->shown);
	l->seq = 0;
	l->dropped = l->dropped_now = l->dropped_all = l->scrolled_all = 0;
	l->new_from = 0;
}

void *log_row_at(const struct eventlog *l, const struct log_rows *rows, uint32_t i)
{
	return rows->rows + (size_t)i * l->row_size;
}

static struct log_row *head(const struct eventlog *l, const struct log_rows *rows, uint32_t i)
{
	return log_row_at(l, rows, i);
}

/* Takes the `nr` oldest out. */
static void rows_drop(const struct eventlog *l, struct log_rows *r, uint32_t nr)
{
	uint32_t text = nr < r->nr ? head(l, r, nr)->text_at : r->text_nr;

	memmove(r->rows, log_row_at(l, r, nr), (size_t)(r->nr - nr) * l->row_size);
	memmove(r->text, r->text + text, r->text_nr - text);
	r->nr -= nr;
	r->text_nr -= text;
	for (uint32_t i = 0; i < r->nr; i++)
		head(l, r, i)->text_at -= text;
}

/* Takes the row at `from` out of the way to `*to`, its text to the end of `*text`. */
static void row_move(const struct eventlog *l, struct log_rows *r, uint32_t from, uint32_t *to, uint32_t *text)
{
	struct log_row *row = head(l, r, from);

	memmove(r->text + *text, r->text + row->text_at, row->text_len);
	row->text_at = *text;
	*text += row->text_len;
	if (*to != from)
		memmove(log_row_at(l, r, *to), row, l->row_size);
	++*to;
}

/* Takes out the oldest of those that are common, at most `nr`. Returns how many there were. */
static uint32_t rows_thin(const struct eventlog *l, struct log_rows *r, uint32_t nr)
{
	uint32_t to = 0, text = 0, taken = 0;

	if (!l->common)
		return 0;
	for (uint32_t i = 0; i < r->nr; i++) {
		if (taken < nr && l->common(head(l, r, i)))
			taken++;
		else
			row_move(l, r, i, &to, &text);
	}
	r->nr = to;
	r->text_nr = text;
	return taken;
}

void *eventlog_add(struct eventlog *l, const char *text, size_t text_len)
{
	struct log_rows *w = &l->waiting;
	struct log_row *row;

	if (text_len > l->text_max)
		text_len = l->text_max;
	while (w->nr == l->rows_max || w->text_nr + text_len > l->text_max) {
		uint32_t nr = (l->rows_max + DROP_SHARE - 1) / DROP_SHARE, left;

		nr = w->nr < nr ? w->nr : nr;
		left = nr - rows_thin(l, w, nr);
		if (left)
			rows_drop(l, w, left);
		l->dropped += nr;
	}
	row = log_row_at(l, w, w->nr++);
	memset(row, 0, l->row_size);
	*row = (struct log_row){ .seq = ++l->seq, .text_at = w->text_nr, .text_len = (uint32_t)text_len };
	memcpy(w->text + w->text_nr, text, text_len);
	w->text_nr += (uint32_t)text_len;
	return row;
}

void *eventlog_waiting(const struct eventlog *l, uint64_t seq)
{
	uint32_t low = 0, high = l->waiting.nr;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (head(l, &l->waiting, mid)->seq < seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->waiting.nr && head(l, &l->waiting, low)->seq == seq ? log_row_at(l, &l->waiting, low) : NULL;
}

void eventlog_keep(struct eventlog *l, bool (*keep)(const void *row))
{
	struct log_rows *w = &l->waiting;
	uint32_t to = 0, text = 0;

	for (uint32_t i = 0; i < w->nr; i++)
		if (keep(head(l, w, i)))
			row_move(l, w, i, &to, &text);
	w->nr = to;
	w->text_nr = text;
	l->dropped = 0;
}

/* How many of the oldest shown give way to what waits. */
static uint32_t too_many(const struct eventlog *l)
{
	const struct log_rows *from = &l->waiting, *to = &l->shown;
	uint32_t drop = 0;

	while (to->nr - drop + from->nr > l->rows_max ||
	       (drop < to->nr ? to->text_nr - head(l, to, drop)->text_at : 0) + from->text_nr > l->text_max)
		drop++;
	return drop;
}

/*
 * The oldest of what is shown give way, common ones first; then common ones that wait, unless the others have
 * half of the log already. Texts differ: those that go may have shorter ones than those that were counted.
 */
static void make_room(struct eventlog *l)
{
	uint32_t drop, taken;

	while ((drop = too_many(l))) {
		taken = rows_thin(l, &l->shown, drop);
		l->scrolled_all += taken;
		if (taken)
			continue;
		taken = l->shown.nr <= l->rows_max / 2 ? rows_thin(l, &l->waiting, drop) : 0;
		l->dropped += taken;
		if (taken)
			continue;
		rows_drop(l, &l->shown, drop);
		l->scrolled_all += drop;
	}
}

void eventlog_show(struct eventlog *l)
{
	struct log_rows *from = &l->waiting, *to = &l->shown;

	make_room(l);
	memcpy(log_row_at(l, to, to->nr), from->rows, (size_t)from->nr * l->row_size);
	memcpy(to->text + to->text_nr, from->text, from->text_nr);
	for (uint32_t i = to->nr; i < to->nr + from->nr; i++)
		head(l, to, i)->text_at += to->text_nr;
	l->new_from = to->nr;
	to->nr += from->nr;
	to->text_nr += from->text_nr;
	l->dropped_now = l->dropped;
	l->dropped_all += l->dropped;
	l->dropped = 0;
	if (from->nr > l->rows_max / FLOOD_SHARE) /* memory that only a storm needs */
		madvise(from->rows, rows_bytes(l) + text_bytes(l), MADV_DONTNEED);
	rows_clear(from);
}
