/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single requests of block devices as a snapshot holds them: the log of those that were slow,
 * traced or failed, those in flight, and exemplars of histograms' slots. All bounded; what had no
 * room is counted.
 */
#ifndef PROBETOP_SNAP_DISK_EVENTS_H
#define PROBETOP_SNAP_DISK_EVENTS_H

#include "eventlog.h"
#include "snap_disk.h"

#define DISK_EVENTS_MAX	    8192 /* events that are kept */
#define DISK_EXEMPLARS_KEPT 4	 /* of one slot of a histogram */
#define DISK_EXEMPLARS_MAX  2048 /* slots of histograms that have any */

enum disk_event_state {
	DISK_EVENT_DONE,   /* it has completed: an event */
	DISK_EVENT_QUEUED, /* in flight, in the queue: a state that is told anew in each snapshot */
	DISK_EVENT_ISSUED, /* in flight, in the device */
};

/* One request. Figures are FIG_UNKNOWN where they are not known, or not yet. */
struct disk_event_row {
	struct log_row log;   /* in flight log.seq is 0 */
	uint64_t id;	      /* of the request */
	int64_t ts_ns;	      /* CLOCK_MONOTONIC of the completion */
	int64_t queued_ns;    /* of its start */
	int64_t queue_ns, service_ns; /* start to issue, issue to completion */
	int64_t latency_ns;   /* both together */
	int64_t age_ns;	      /* in flight: since its start */
	int64_t waits_ns;     /* in flight: since it came to where it is, queue or device */
	int64_t sector, bytes;
	int64_t error;	      /* errno of the completion; 0: none */
	int64_t requeues;
	int64_t ino;	      /* of the file */
	int64_t pid, tgid;    /* who is charged */
	uint64_t start_ns;    /* of that process; 0: not known */
	uint32_t dev, file_dev;
	uint16_t set;	      /* DISK_SET_* */
	uint16_t flags;	      /* enum disk_io_flags */
	uint8_t state;	      /* enum disk_event_state */
	char comm[TASK_COMM_BYTES];
	char submitter[TASK_COMM_BYTES]; /* empty where it is who is charged */
	char file[DISK_FILE_BYTES];	 /* last parts of the path; empty where not known */
};

struct disk_events_snap {
	const struct disk_event_row *rows; /* the log, oldest first; then those in flight, oldest first */
	int nr;
	int log_nr;   /* of these, events */
	int new_from; /* the first event that came in this interval */
	uint64_t dropped, dropped_all; /* had no room: of the interval, and since the start */
	uint64_t scrolled_all;	       /* were shown once, and gave way to later ones */
	int flights_nr; /* requests in flight that are known, shown or not */
	const struct disk_exemplars *exemplars;
};

/*
 * Writes at most `max` of the newest requests of a slot of a histogram of queue or service time
 * (bpf/event.h), newest first; returns how many. `dev` may be DISK_ALL, `op` DISK_ANY_OP.
 */
int snapshot_disk_exemplars(const struct snapshot *s, uint32_t dev, int op, enum disk_hist which, int slot,
			    const struct disk_event_row **ret, int max);

#endif
