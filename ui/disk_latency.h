/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of Disk / latency share: whose requests are shown, and the bucket under the cursor. */
#ifndef PROBETOP_DISK_LATENCY_H
#define PROBETOP_DISK_LATENCY_H

#include "bucket.h"
#include "snap_disk_events.h"
#include "snap_disk_sets.h"
#include "ui_priv.h"

/* Its histograms, as Left and Right walk them; service time is where one begins. */
enum lat_hist { LAT_SERVICE, LAT_SIZE, LAT_QUEUE, LAT_NR };
struct lat_names {
	const char *word, *name, *title;
};
extern const struct lat_names lat_hists[LAT_NR];

/* disk_subject.c. The device (DISK_ALL), the operation (DISK_ANY_OP) and, if one is chosen, the set of flags. */
uint32_t latency_dev(const struct ui *ui);
int latency_op(const struct ui *ui);
bool latency_set(const struct ui *ui, uint32_t *ret_set);
/* Fills the histogram of what is shown; where there is none returns false with a reason. */
bool latency_hist(const struct snapshot *s, const struct ui *ui, enum lat_hist which, struct hist *ret,
		  const char **ret_why);
bool latency_sum(const struct snapshot *s, const struct ui *ui, struct disk_sum *ret);
const struct hist_scale *latency_scale(enum lat_hist which);
/* Its last minutes; those of sizes are not kept. NULL: there are none. */
const struct heat *latency_heat(const struct snapshot *s, const struct ui *ui, enum lat_hist which);
struct bucket latency_bucket(const struct ui *ui, const struct hist *h);
/* The newest single requests of the bucket, of one process or (0) of all that is shown; returns how many. */
int latency_exemplars(const struct snapshot *s, const struct ui *ui, struct bucket b, uint32_t tgid,
		      const struct disk_event_row **ret, int max);

/* disk_bucket.c: the processes in the bucket, in no order. */
const struct bucket_rows *latency_who(const struct snapshot *s, const struct ui *ui);

/* disk_flags.c: the sets of flags with most requests, in at most `lines` lines; returns the lines used. */
int disk_flags_box(struct canvas *c, int y, int x, int width, int lines, const struct snapshot *s, const struct ui *ui);

#endif
