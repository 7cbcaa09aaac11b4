/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One tick, pane and view as one line of JSON. The schema is fixed; keys are only ever added. */
#include <errno.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "out.h"
#include "ui_priv.h"

void json_text(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		uint8_t ch = (uint8_t)*text;

		if (ch == '"' || ch == '\\')
			fprintf(out, "\\%c", ch);
		else if (ch < ' ')
			fprintf(out, "\\u%04x", ch);
		else
			putc(ch, out);
	}
	putc('"', out);
}

void json_raw(FILE *out, const char *raw, size_t len)
{
	char text[4 * 1400 + 1];

	esc_text(text, sizeof(text), raw, len, false);
	json_text(out, text);
}

void json_array(FILE *out, const char *array, size_t size)
{
	json_raw(out, array, strnlen(array, size));
}

static void number(FILE *out, int64_t value, bool milli)
{
	uint64_t v = value < 0 ? -(uint64_t)value : (uint64_t)value;
	unsigned rest = (unsigned)(v % 1000);

	if (value < 0)
		putc('-', out);
	if (!milli)
		fprintf(out, "%llu", (unsigned long long)v);
	else if (!rest)
		fprintf(out, "%llu", (unsigned long long)(v / 1000));
	else
		fprintf(out, "%llu.%03u", (unsigned long long)(v / 1000), rest);
}

void json_figure(FILE *out, int64_t value, bool milli)
{
	if (value == FIG_UNKNOWN)
		fputs("null", out);
	else
		number(out, value, milli);
}

void json_loss(FILE *out, const struct loss_rec *l)
{
	fprintf(out, "{\"seen\":%llu,\"submitted\":%llu,\"full\":%llu,\"received\":%llu,\"map_full\":%llu,"
		"\"unmatched\":%llu,\"recursion_misses\":%llu}",
		(unsigned long long)l->seen, (unsigned long long)l->submitted, (unsigned long long)l->full,
		(unsigned long long)l->received, (unsigned long long)l->map_full, (unsigned long long)l->unmatched,
		(unsigned long long)l->recursion_misses);
}

const char *pane_id_name(enum pane_id pane)
{
	for (int i = 0; i < view_registry_nr; i++)
		if (view_registry[i]->pane == pane)
			return view_registry[i]->id;
	return pane == PANE_CORE ? "core" : NULL;
}

/* Nothing lost: in the interval, or under --total since the start. */
static bool complete(const struct snapshot *s)
{
	for (int i = 0; i < PANE_NR; i++)
		if (s->losing[i] || (s->m.total && (s->lost[i].full || s->lost[i].map_full)))
			return false;
	return true;
}

static void head(const struct ui *ui, const struct snapshot *s, FILE *out)
{
	char ts[FMT_MAX];
	bool first = true;

	fmt_iso(ts, sizeof(ts), s->m.tick.real_ns);
	fprintf(out, "{\"schema\":1,\"ts\":\"%s\",\"mono_ns\":%llu,\"host\":", ts,
		(unsigned long long)s->m.tick.h.ts_ns);
	json_array(out, s->m.host.host, sizeof(s->m.host.host));
	fputs(",\"kernel\":", out);
	json_array(out, s->m.host.release, sizeof(s->m.host.release));
	fprintf(out, ",\"interval_s\":%llu.%03llu", (unsigned long long)(s->m.interval_ns / NS_PER_S),
		(unsigned long long)(s->m.interval_ns % NS_PER_S / 1000000));
	fprintf(out, ",\"state\":\"%s\",\"complete\":%s,\"lost\":{", ui->frozen ? "frozen" : ui->opts.replay ? "replay" : "live",
		complete(s) ? "true" : "false");
	for (int i = 0; i < PANE_NR; i++) {
		if (!pane_id_name((enum pane_id)i))
			continue;
		fprintf(out, "%s\"%s\":", first ? "" : ",", pane_id_name((enum pane_id)i));
		json_loss(out, &s->lost[i]);
		first = false;
	}
	putc('}', out);
}

static bool in_files(const struct column *col)
{
	return !(col->flags & COL_SCREEN_ONLY);
}

static const char *unit_name(const struct column *col, bool total)
{
	bool rate = col->fold == FOLD_RATE && !total;

	switch (col->unit) {
	case UNIT_NS:
		return rate ? "ns/s" : "ns";
	case UNIT_BYTES:
		return rate ? "bytes/s" : "bytes";
	case UNIT_COUNT:
		return rate ? "1/s" : "";
	case UNIT_PCT:
		return "%";
	default:
		return "";
	}
}

static void columns(const struct view *v, const struct snapshot *s, FILE *out)
{
	char key[64];
	bool first = true;

	fputs(",\"columns\":[", out);
	for (const struct column *col = v->columns; col->key; col++) {
		if (!in_files(col))
			continue;
		view_key(key, sizeof(key), col, s->m.total);
		fprintf(out, "%s{\"key\":\"%s\",\"unit\":\"%s\",\"help\":", first ? "" : ",", key, unit_name(col, s->m.total));
		json_text(out, col->help ? col->help : "");
		putc('}', out);
		first = false;
	}
	putc(']', out);
}

/* {"KEY":value,...} of the columns in one state. */
static void states(const struct view *v, const struct snapshot *s, enum fig_state state, const char *name, FILE *out)
{
	char key[64];
	bool first = true;

	fprintf(out, ",\"%s\":{", name);
	for (const struct column *col = v->columns; col->key; col++) {
		struct fig_status status = view_status(col, s);

		if (!in_files(col) || status.state != state)
			continue;
		view_key(key, sizeof(key), col, s->m.total);
		fprintf(out, "%s\"%s\":", first ? "" : ",", key);
		if (state == FIG_NA)
			json_text(out, status.reason ? status.reason : "not available");
		else if (state == FIG_SAMPLED && status.one_in)
			fprintf(out, "%u", status.one_in);
		else
			fputs(state == FIG_SAMPLED ? "null" : "true", out);
		first = false;
	}
	putc('}', out);
}

static void cell(const struct view *v, const struct snapshot *s, const struct ui *ui, const void *row,
		 const struct column *col, FILE *out)
{
	char buf[1400];
	const char *text;
	size_t len = 0;

	if (col->flags & COL_RAW_CHAR) {
		text = (const char *)row + col->off;
		if (*text)
			json_raw(out, text, 1);
		else
			fputs("null", out);
	} else if (col->unit == UNIT_TEXT) {
		text = v->text(s, ui, row, col, buf, sizeof(buf), &len);
		if (text)
			json_raw(out, text, len);
		else
			fputs("null", out);
	} else {
		json_figure(out, view_value(col, s, row), view_milli(col, s->m.total));
	}
}

static void rows(struct ui *ui, const struct snapshot *s, FILE *out)
{
	const struct view *v = ui_view(ui);
	uint64_t omitted = v->omitted ? v->omitted(s) : 0;
	int nr;
	char key[64];

	rows_refresh(ui, s);
	nr = ui->opts.rows_max && ui->opts.rows_max < ui->list.nr ? ui->opts.rows_max : ui->list.nr;
	fputs(",\"rows\":[", out);
	for (int i = 0; i < nr; i++) {
		const void *row = rows_at(ui, s, i);
		bool first = true;

		fputs(i ? ",{" : "{", out);
		for (const struct column *col = v->columns; col->key; col++) {
			if (!in_files(col))
				continue;
			view_key(key, sizeof(key), col, s->m.total);
			fprintf(out, "%s\"%s\":", first ? "" : ",", key);
			cell(v, s, ui, row, col, out);
			first = false;
		}
		putc('}', out);
	}
	putc(']', out);
	omitted += (uint64_t)(ui->list.nr - nr);
	if (omitted)
		fprintf(out, ",\"omitted\":%llu", (unsigned long long)omitted);
}

struct hist_out {
	FILE *out;
	bool first;
};

/* The last bucket is open: its upper bound is null. */
static void hist_one(void *ctx, const char *name, const struct hist_scale *scale, const struct hist *h)
{
	struct hist_out *o = ctx;
	bool first = true;

	fprintf(o->out, "%s{\"name\":", o->first ? "" : ",");
	json_raw(o->out, name, strlen(name));
	fprintf(o->out, ",\"unit\":\"%s\"", scale->unit);
	if (scale == &hist_scale_ns)
		fprintf(o->out, ",\"max_ns\":%llu", (unsigned long long)h->max_ns);
	fputs(",\"buckets\":[", o->out);
	for (unsigned i = 0; i < scale->slots; i++) {
		if (!h->slots[i])
			continue;
		fprintf(o->out, "%s[%llu,", first ? "" : ",", (unsigned long long)hist_low(scale, i));
		if (hist_high(scale, i) == UINT64_MAX)
			fputs("null", o->out);
		else
			fprintf(o->out, "%llu", (unsigned long long)hist_high(scale, i));
		fprintf(o->out, ",%llu]", (unsigned long long)h->slots[i]);
		first = false;
	}
	fputs("]}", o->out);
	o->first = false;
}

int ui_json(struct ui *ui, const struct snapshot *s, FILE *out)
{
	const struct view *v = ui_view(ui);
	const struct column *sort = ui_state(ui)->sort;
	struct hist_out hists = { .out = out, .first = true };
	char key[64];

	head(ui, s, out);
	view_key(key, sizeof(key), sort, s->m.total);
	fprintf(out, ",\"pane\":\"%s\",\"view\":\"%s\",\"sort\":\"%s%s\"", ui_pane(ui)->id, v->id,
		ui_state(ui)->invert ? "-" : "", key);
	columns(v, s, out);
	states(v, s, FIG_NA, "na", out);
	states(v, s, FIG_SAMPLED, "sampled", out);
	states(v, s, FIG_INCOMPLETE, "incomplete", out);
	rows_to_file(ui, true);
	rows(ui, s, out);
	rows_to_file(ui, false);
	if (v->hists) {
		fputs(",\"hist\":[", out);
		v->hists(s, ui, hist_one, &hists);
		putc(']', out);
	}
	fputs("}\n", out);
	return ferror(out) ? -EIO : 0;
}
