/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the drawing of CPU / runqueue and its list of a bucket share: the subject and the bucket. */
#ifndef PROBETOP_CPU_RUNQUEUE_H
#define PROBETOP_CPU_RUNQUEUE_H

#include "bucket.h"
#include "ui_priv.h"

#define RUNQUEUE_EXEMPLARS 8

/* Whose histograms are shown: the entered process, the members of a cgroup, or all. */
bool runqueue_is_member(const struct ui *ui, const struct proc_row *row);
bool runqueue_narrowed(const struct ui *ui);
/* A new picture: of what the view is narrowed to a column is kept. */
void runqueue_update(struct ui *ui, const struct snapshot *s);
/* Fills the subject's histogram; where there is none returns false with a reason. */
bool runqueue_hist(const struct snapshot *s, const struct ui *ui, enum hist_which which, struct hist *ret,
		   const char **ret_why);
const struct fig_status *runqueue_status(const struct snapshot *s, const struct ui *ui, enum hist_which which);
/* The bucket under the cursor. */
struct bucket runqueue_bucket(const struct ui *ui, const struct hist *h);
/* The newest single durations of the bucket, of one process or (0) of the subject; returns how many. */
int runqueue_exemplars(const struct snapshot *s, const struct ui *ui, struct bucket b, uint32_t tgid,
		       const struct latency_rec **ret, int max);

/* cpu_queues.c: the lines wanted of `lines`, and the drawing. */
int cpu_queues_height(const struct snapshot *s, int cols, int lines);
void cpu_queues_draw(struct canvas *c, int y, int lines, const struct snapshot *s);

#endif
