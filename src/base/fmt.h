/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures as text. Nothing is allocated; every function writes a NUL-terminated string that
 * fits `size` and returns its length. At most four significant characters and a unit, as in
 * "1.2k", "812M", "14ms", "0.3"; unknown is "-".
 */
#ifndef PROBETOP_FMT_H
#define PROBETOP_FMT_H

#include <stddef.h>

#include "fig.h"

#define FMT_MAX 32

/* Count or rate given in thousandths: "0.2", "9.1", "412", "1.2k", "3.4M". */
int fmt_count(char *buf, size_t size, int64_t milli);
/* Bytes, powers of 1024: "512", "1.5K", "812M", "23.4G". */
int fmt_bytes(char *buf, size_t size, int64_t bytes);
/* Duration: "850ns", "4.1us", "14ms", "1.2s", "43s", "12m", "3h", "12d". */
int fmt_ns(char *buf, size_t size, int64_t ns);
/* Share in thousandths of a per cent: "0.3", "71.2", "100", "412". No per cent sign. */
int fmt_pct(char *buf, size_t size, int64_t milli_pct);
/* Uptime: "12d 04:11", "04:11:09". */
int fmt_uptime(char *buf, size_t size, int64_t ns);
/* Clock time "04:11:09" of CLOCK_REALTIME ns plus `offset_s`. */
int fmt_clock(char *buf, size_t size, uint64_t real_ns, int32_t offset_s);
/* UTC time "2026-11-22T04:00:00.000Z". */
int fmt_iso(char *buf, size_t size, uint64_t real_ns);

/*
 * Applies a column's fold to a raw value: the number to show, in the unit's storage form
 * (thousandths for UNIT_COUNT rates and UNIT_PCT, ns or bytes otherwise). FIG_UNKNOWN stays;
 * a rate over an interval of 0 is FIG_UNKNOWN. `total` gives the sum instead of the rate.
 */
int64_t fig_fold(int64_t raw, enum unit unit, enum fold fold, uint64_t interval_ns, bool total);

/* Text of a folded value for the screen, by its unit. `milli`: the value is in thousandths. */
int fmt_fig(char *buf, size_t size, int64_t value, enum unit unit, enum fold fold, bool total);

#endif
