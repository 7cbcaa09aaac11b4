/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of block I/O by process, made of the table for one window; those of one device and of
 * groups when somebody asks. Memory is mapped at init; nothing is allocated later.
 */
#ifndef PROBETOP_DISK_PROCS_ROWS_H
#define PROBETOP_DISK_PROCS_ROWS_H

#include "disk_procs_table.h"
#include "proc_rows.h"

/* What was made of the last snapshot. */
struct disk_procs_made {
	struct pool order, rows, parts;	   /* of all */
	struct pool of_dev;		   /* the same rows with what they did on one device */
	struct pool uses;		   /* devices of the row that is made */
	int nr, parts_nr, of_dev_nr;
	uint32_t dev; /* that of_dev is of */
	bool has_dev;
	struct proc_groups groups;
	struct disk_flight_rec flights[DISK_FLIGHT_MAX]; /* in flight at the tick, */
	int flights_nr;
	uint64_t tick_ns; /* which was then */
};

/* Returns 0 or -ENOMEM; after an error disk_procs_made_fini() cleans up. */
int disk_procs_made_init(struct disk_procs_made *m);
void disk_procs_made_fini(struct disk_procs_made *m);
void disk_procs_made_clear(struct disk_procs_made *m);

/* Writes rows and parts; `row` of each process is set, or NULL, and m->flights are those of the tick. */
void disk_procs_made_rows(struct disk_procs_made *m, const struct disk_procs_table *t, const struct snapshot *s,
			  enum since since, struct disk_procs_snap *ret);

/* What the parts of a row add up to, beside the sums in the row itself: made with disk_fold_new(), ends with _finish(). */
struct disk_use {
	struct pool_node node; /* key: device */
	struct disk_use *next;
	int64_t service_ns, requests;
};
struct disk_fold {
	struct hist hist[DISK_PROC_HIST_NR];
	struct pool *uses;
	struct disk_use *first;
};
static inline struct disk_fold disk_fold_new(struct disk_procs_made *m)
{
	return (struct disk_fold){.uses = &m->uses};
}
/* Adds those parts of `from` that are of the device to `to`; several may be added before the end. */
void disk_fold_row(struct disk_fold *f, const struct disk_part *parts, const struct disk_proc_row *from, uint32_t dev,
		   struct disk_proc_row *to);
void disk_fold_hist(struct hist *h, const struct disk_part *part, enum disk_proc_hist which);
void disk_fold_finish(struct disk_fold *f, const struct snapshot *s, struct disk_proc_row *row);
/* Adds what the process has in flight on the device. */
void disk_fold_flights(const struct disk_procs_made *m, uint32_t dev, const struct proc_row *p,
		       struct disk_proc_row *row);

#endif
