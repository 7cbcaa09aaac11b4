/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures as text. A figure's scale is a table of steps; rounding is to the nearest, and a
 * value that rounds up to the limit of its step is shown in the next one ("1.0k", not "1000").
 */
#include "fmt.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define NS_PER_S 1000000000LL

struct step {
	uint64_t div;
	uint32_t limit;        /* shown in this unit below so many; 0: the last step */
	uint32_t tenths_below; /* with one decimal below so many */
	const char *unit;
};

/* of thousandths */
static const struct step count_steps[] = {
	{ 1000, 1000, 10, "" },
	{ 1000000, 1000, 10, "k" },
	{ 1000000000, 1000, 10, "M" },
	{ 1000000000000, 1000, 10, "G" },
	{ 1000000000000000, 1000, 10, "T" },
	{ 1000000000000000000, 0, 10, "P" },
};

/* of whole numbers: totals and gauges */
static const struct step whole_steps[] = {
	{ 1, 10000, 0, "" },
	{ 1000, 1000, 100, "k" },
	{ 1000000, 1000, 100, "M" },
	{ 1000000000, 1000, 100, "G" },
	{ 1000000000000, 1000, 100, "T" },
	{ 1000000000000000, 1000, 100, "P" },
	{ 1000000000000000000, 0, 100, "E" },
};

static const struct step bytes_steps[] = {
	{ 1, 1024, 0, "" },
	{ 1ULL << 10, 1024, 100, "K" },
	{ 1ULL << 20, 1024, 100, "M" },
	{ 1ULL << 30, 1024, 100, "G" },
	{ 1ULL << 40, 1024, 100, "T" },
	{ 1ULL << 50, 1024, 100, "P" },
	{ 1ULL << 60, 0, 100, "E" },
};

static const struct step ns_steps[] = {
	{ 1, 1000, 0, "ns" },
	{ 1000, 1000, 10, "us" },
	{ 1000000, 1000, 10, "ms" },
	{ NS_PER_S, 100, 10, "s" },
	{ 60 * NS_PER_S, 100, 0, "m" },
	{ 3600 * NS_PER_S, 48, 0, "h" },
	{ 86400 * NS_PER_S, 1000, 0, "d" },
	{ 31557600 * NS_PER_S, 0, 0, "y" },
};

/* of thousandths of a per cent */
static const struct step pct_steps[] = {
	{ 1000, 10000, 100, "" },
	{ 1000000, 1000, 100, "k" },
	{ 1000000000, 1000, 100, "M" },
	{ 1000000000000, 1000, 100, "G" },
	{ 1000000000000000, 0, 100, "T" },
};

static int put(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int put(char *buf, size_t size, const char *format, ...)
{
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(buf, size, format, ap);
	va_end(ap);
	if (len < 0)
		len = 0;
	return (size_t)len < size ? len : (int)size - 1;
}

static int put_scaled(char *buf, size_t size, int64_t value, const struct step *s)
{
	uint64_t v = value < 0 ? -(uint64_t)value : (uint64_t)value;
	const char *sign = value < 0 ? "-" : "";

	if (value == FIG_UNKNOWN)
		return put(buf, size, "-");
	if (value == 0)
		return put(buf, size, "0");
	for (;; s++) {
		uint64_t quot = v / s->div, rest = v % s->div;
		uint64_t whole = quot + (rest >= s->div - s->div / 2 && s->div > 1);
		uint64_t tenth = (rest * 10 + s->div / 2) / s->div;

		if (s->limit && whole >= s->limit)
			continue;
		if (quot * 10 + tenth < s->tenths_below * 10ULL)
			return put(buf, size, "%s%" PRIu64 ".%u%s", sign, quot + tenth / 10,
				   (unsigned)(tenth % 10), s->unit);
		return put(buf, size, "%s%" PRIu64 "%s", sign, whole, s->unit);
	}
}

int fmt_count(char *buf, size_t size, int64_t milli)
{
	return put_scaled(buf, size, milli, count_steps);
}

int fmt_bytes(char *buf, size_t size, int64_t bytes)
{
	return put_scaled(buf, size, bytes, bytes_steps);
}

int fmt_ns(char *buf, size_t size, int64_t ns)
{
	return put_scaled(buf, size, ns, ns_steps);
}

int fmt_pct(char *buf, size_t size, int64_t milli_pct)
{
	return put_scaled(buf, size, milli_pct, pct_steps);
}

int fmt_uptime(char *buf, size_t size, int64_t ns)
{
	int64_t s = ns / NS_PER_S;
	int day_s = (int)(s % 86400);

	if (ns < 0)
		return put(buf, size, "-");
	if (s >= 86400)
		return put(buf, size, "%" PRId64 "d %02d:%02d", s / 86400, day_s / 3600,
			   day_s / 60 % 60);
	return put(buf, size, "%02d:%02d:%02d", day_s / 3600, day_s / 60 % 60, day_s % 60);
}

int fmt_clock(char *buf, size_t size, uint64_t real_ns, int32_t offset_s)
{
	int64_t s = ((int64_t)(real_ns / NS_PER_S) + offset_s) % 86400;

	if (s < 0)
		s += 86400;
	return put(buf, size, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
}

int fmt_iso(char *buf, size_t size, uint64_t real_ns)
{
	time_t s = (time_t)(real_ns / NS_PER_S);
	struct tm tm = { 0 };

	gmtime_r(&s, &tm);
	return put(buf, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
		   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		   (int)(real_ns % NS_PER_S / 1000000));
}

/* raw * mul / div to the nearest, at the ends of the range rather than past them. */
static int64_t scale(int64_t raw, int64_t mul, uint64_t div)
{
	__int128 product = (__int128)raw * mul;
	__int128 half = div / 2;
	__int128 value = (product + (product < 0 ? -half : half)) / (__int128)div;

	if (value > INT64_MAX)
		return INT64_MAX;
	return value < -INT64_MAX ? -INT64_MAX : (int64_t)value;
}

int64_t fig_fold(int64_t raw, enum unit unit, enum fold fold, uint64_t interval_ns, bool total)
{
	if (raw == FIG_UNKNOWN || fold == FOLD_GAUGE || (fold == FOLD_RATE && total))
		return raw;
	if (interval_ns == 0)
		return FIG_UNKNOWN;
	if (fold == FOLD_SHARE)
		return scale(raw, 100000, interval_ns);
	if (fold == FOLD_MEAN)
		return scale(raw, 1000, interval_ns);
	return scale(raw, unit == UNIT_COUNT ? 1000 * NS_PER_S : NS_PER_S, interval_ns);
}

int fmt_fig(char *buf, size_t size, int64_t value, enum unit unit, enum fold fold, bool total)
{
	if (value == FIG_UNKNOWN)
		return put(buf, size, "-");
	if (fold == FOLD_SHARE)
		return fmt_pct(buf, size, value);
	switch (unit) {
	case UNIT_NS:
		return fmt_ns(buf, size, value);
	case UNIT_BYTES:
		return fmt_bytes(buf, size, value);
	case UNIT_PCT:
		return fmt_pct(buf, size, value);
	case UNIT_COUNT:
		if (fold == FOLD_MEAN || (fold == FOLD_RATE && !total))
			return fmt_count(buf, size, value);
		return put_scaled(buf, size, value, whole_steps);
	case UNIT_NONE:
	case UNIT_TEXT:
		break;
	}
	return put(buf, size, "%" PRId64, value);
}
