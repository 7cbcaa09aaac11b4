/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last pictures of the histograms of what a view is narrowed to (a process, a cgroup): models
 * keep those of the machine and of devices only. All zero at start; owns its columns.
 */
#ifndef PROBETOP_HEATKEEP_H
#define PROBETOP_HEATKEEP_H

#include "heat.h"

#define HEATKEEP_HISTS 3

struct heatkeep_of {
	uint64_t key[5]; /* what tells subjects apart */
};

struct heatkeep {
	struct heatkeep_of of;
	uint64_t ts_ns; /* of the last picture */
	enum window window;
	bool has_last[HEATKEEP_HISTS];
	struct hist last[HEATKEEP_HISTS]; /* where figures count from a mark or the start */
	struct heat heat[HEATKEEP_HISTS];
	struct heat_column columns[HEATKEEP_HISTS][HEAT_COLUMNS];
};

/* A new picture; of another subject than the last one everything begins anew. Returns whether it is a later one. */
bool heatkeep_begin(struct heatkeep *k, struct heatkeep_of of, const struct snapshot *s);
/* One of its histograms, of the snapshot's window. */
void heatkeep_put(struct heatkeep *k, int which, const struct hist *h);

#endif
