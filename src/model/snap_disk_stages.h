/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps of block I/O in a snapshot: how often each happens, by device and by CPU; where the time of
 * a request goes between them; and the last requests that were followed, step by step. Source:
 * DISK_STAGE_SUM and DISK_STAGE, only while somebody asks.
 */
#ifndef PROBETOP_SNAP_DISK_STAGES_H
#define PROBETOP_SNAP_DISK_STAGES_H

#include "eventlog.h"
#include "snap_disk.h"

#define STAGE_STEPS_MAX	   24	/* of one request that are kept */
#define STAGE_REQUESTS_MAX 1024 /* requests that are kept */
#define STAGE_FLIGHTS_MAX  64	/* requests under way that are shown behind them */

/* From one step of a request to another, as btt has them. */
enum stage_span {
	SPAN_Q2G, /* queued until it got a request */
	SPAN_G2I, /* until it was inserted into the scheduler's queue */
	SPAN_I2D, /* until it was issued to the device, the last time */
	SPAN_G2D, /* the two together, of one that passed the scheduler by */
	SPAN_D2C, /* until it was complete */
	SPAN_Q2D, /* queued until issued: all but the last */
	SPAN_Q2C, /* the whole */
	SPAN_NR,
};
#define SPAN_PARTS SPAN_Q2D /* these make up the whole */

/* Of the requests in which all steps were seen. Figures are FIG_UNKNOWN where none has the span. */
struct stage_time {
	int64_t count, ns; /* in the window */
	int64_t avg_ns, p50_ns, p99_ns, max_ns;
	int64_t share_pct; /* of SPAN_Q2C, thousandths */
	struct hist hist;
};

/* A device, or (cpu not FIG_UNKNOWN) what one CPU did for it. */
struct stage_row {
	uint32_t dev; /* a whole disk */
	int64_t cpu;
	int64_t count[STAGE_NR];
	/* of a device: */
	int64_t followed;	  /* requests that times[] is of; FIG_UNKNOWN in a row of a CPU */
	int64_t avg_ns[SPAN_NR], p99_ns[SPAN_NR];
	const struct stage_time *times; /* by enum stage_span; NULL */
	const struct stage_request *last; /* the newest of the device that is over; NULL */
};

struct stage_step {
	uint64_t ts_ns; /* CLOCK_MONOTONIC */
	uint64_t sector;
	uint32_t dev, from_dev; /* from_dev: STAGE_A */
	uint32_t bytes;		/* STAGE_U, T: requests that left the plug */
	uint32_t pid, tgid;	/* who ran then */
	uint16_t set, cpu;
	uint8_t stage, flags;
	char comm[TASK_COMM_BYTES];
};

/* What became of a bio: mostly one request. */
struct stage_request {
	struct log_row log; /* log.seq is 0 while it is under way */
	uint64_t bio; /* its number */
	uint64_t id;  /* of the request, as in disk_event_row; 0: it got none */
	uint32_t dev, part; /* part: the partition or upper device that it came from; 0 */
	int64_t pid, tgid; /* who queued it; `charged`: tgid is who made the data */
	int64_t sector, bytes;
	uint16_t set;
	bool done, merged, failed, sampled, charged;
	uint64_t at_ns[STAGE_NR]; /* CLOCK_MONOTONIC of the first such step, of D and C the last; 0: none */
	int64_t begun_ns;	  /* of its first step */
	int64_t took_ns;	 /* until its end; under way: until the snapshot */
	int64_t span_ns[SPAN_NR]; /* FIG_UNKNOWN where it lacks a step */
	uint32_t steps_nr, steps_lost; /* lost: found no room */
	char comm[TASK_COMM_BYTES];
	struct stage_step steps[STAGE_STEPS_MAX];
};

enum stages_state {
	STAGES_OFF,   /* nobody asked in this interval */
	STAGES_BEGUN, /* asked since the last tick: counts from now on */
	STAGES_ON,
};

struct disk_stages_snap {
	enum stages_state state;
	bool sampled; /* nothing is traced: of requests a few a second are followed */
	struct fig_status stage_status[STAGE_NR]; /* of the counts */
	struct fig_status time_status;
	uint64_t since_ns; /* the figures begin here, at the earliest */
	const struct stage_row *devs; /* by number */
	const struct stage_row *cpus; /* by number, then CPU */
	int devs_nr, cpus_nr;
	const struct stage_request *requests; /* those that are over, oldest first; then those under way */
	int requests_nr;
	int done_nr;  /* of these, over */
	int new_from; /* the first that ended in this interval */
	uint64_t dropped; /* ended in this interval and had no room; since the start: */
	uint64_t dropped_all;
	uint64_t scrolled_all; /* were shown once, and gave way to later ones */
};

#endif
