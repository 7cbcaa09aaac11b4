/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps of the steps of requests: what programs and their reader share. */
#ifndef PROBETOP_DISK_STAGES_H
#define PROBETOP_DISK_STAGES_H

#include "disk.h"

#define STAGE_SUMS_MAX 16384 /* devices times CPUs */
#define STAGE_LIVE_MAX 32768 /* bios and requests that are followed */
#define STAGE_PLUGS_MAX 4096 /* threads with followed requests in a plug */

struct stage_sum_key {
	__u32 dev;
	__u32 cpu;
};

struct stage_sum {
	__u64 count[STAGE_NR];
};

/* A bio, and then the request that it got, that is followed from step to step. */
struct stage_live {
	__u64 bio;   /* its number */
	__u32 round; /* of which opening */
	__u32 pid;   /* who queued it; in a plug its requests wait for that thread */
	__u16 set;
	__u8 told;  /* each step is a record; else it is only counted (of the tree of `-- COMMAND`) */
	__u8 flags; /* of its records */
	__u8 queued; /* STAGE_Q was seen: the next one is of another bio at this address */
	__u8 reserved[3];
};

#endif
