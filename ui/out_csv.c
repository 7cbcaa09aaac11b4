/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows as CSV (RFC 4180 quoting, LF): the tick's time, then the columns of the view. Unknown is empty. */
#include <errno.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "out.h"
#include "ui_priv.h"

static void quoted(FILE *out, const char *raw, size_t len)
{
	char text[4 * 1400 + 1];

	esc_text(text, sizeof(text), raw, len, false);
	if (!strpbrk(text, ",\"\n\r ")) {
		fputs(text, out);
		return;
	}
	putc('"', out);
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			putc('"', out);
		putc(*p, out);
	}
	putc('"', out);
}

static void field(const struct view *v, const struct snapshot *s, const struct ui *ui, const void *row,
		  const struct column *col, FILE *out)
{
	char buf[1400];
	const char *text;
	size_t len = 0;
	int64_t value;

	if (col->flags & COL_RAW_CHAR) {
		text = (const char *)row + col->off;
		quoted(out, text, *text != '\0');
	} else if (col->unit == UNIT_TEXT) {
		text = v->text(s, ui, row, col, buf, sizeof(buf), &len);
		if (text)
			quoted(out, text, len);
	} else {
		value = view_value(col, s, row);
		if (value != FIG_UNKNOWN)
			json_figure(out, value, view_milli(col, s->m.total));
	}
}

int ui_csv(struct ui *ui, const struct snapshot *s, bool heading, FILE *out)
{
	const struct view *v = ui_view(ui);
	char ts[FMT_MAX], key[64];
	int nr;

	rows_to_file(ui, true);
	rows_refresh(ui, s);
	nr = ui->opts.rows_max && ui->opts.rows_max < ui->list.nr ? ui->opts.rows_max : ui->list.nr;
	fmt_iso(ts, sizeof(ts), s->m.tick.real_ns);
	if (heading)
		fputs("ts", out);
	for (const struct column *col = v->columns; heading && col->key; col++) {
		view_key(key, sizeof(key), col, s->m.total);
		if (!(col->flags & COL_SCREEN_ONLY))
			fprintf(out, ",%s", key);
	}
	if (heading)
		putc('\n', out);
	for (int i = 0; i < nr; i++) {
		const void *row = rows_at(ui, s, i);

		fputs(ts, out);
		for (const struct column *col = v->columns; col->key; col++) {
			if (col->flags & COL_SCREEN_ONLY)
				continue;
			putc(',', out);
			field(v, s, ui, row, col, out);
		}
		putc('\n', out);
	}
	rows_to_file(ui, false);
	return ferror(out) ? -EIO : 0;
}
