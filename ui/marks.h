/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rule table of marks: from which value on a figure is marked. Limits are absolute; figures of
 * which the median is kept are also marked when they leave their usual height.
 */
#ifndef PROBETOP_MARKS_H
#define PROBETOP_MARKS_H

#include "snapshot.h"

enum mark_id { MARK_RUNQ_P99, MARK_PSI_SOME, MARK_PSI_IO_FULL, MARK_BLOCKED, MARK_STEAL, MARK_DISK_OLDEST,
	       MARK_FS_FULL, MARK_FS_INODES, MARK_FS_HUNG, MARK_NR };

struct mark_rule {
	enum pane_id pane;  /* whose tab is marked */
	const char *column; /* key of columns that it holds for, or NULL */
	int64_t limit;      /* marked above: ns, or thousandths of a per cent */
	bool has_usual;
	enum usual usual;   /* its median in the snapshot */
	const char *help;
};
extern const struct mark_rule mark_rules[MARK_NR];

/* Whether a value (FIG_UNKNOWN is none) is over the limit. */
bool mark_over(enum mark_id id, int64_t value);
bool mark_column(const char *key, int64_t value);
/* The machine's figure that a rule looks at; FIG_UNKNOWN where there is none. */
int64_t mark_machine(enum mark_id id, const struct snapshot *s);
/* Whether it marks: over the limit, or over MARK_TIMES its own median and a tenth of the limit. */
#define MARK_TIMES 5
bool mark_machine_over(enum mark_id id, const struct snapshot *s);
/* The same for one of several values of which the rule looks at the worst (PSI). */
bool mark_one_over(enum mark_id id, const struct snapshot *s, int64_t value);
extern const char mark_usual_help[];
/* Whether a rule of this pane marks anything on the machine. */
bool mark_pane(enum pane_id pane, const struct snapshot *s);
/* Stall share in thousandths of a per cent. */
int64_t psi_share(const struct snapshot *s, enum psi_res res, bool full);

#endif
