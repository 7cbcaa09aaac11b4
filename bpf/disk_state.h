/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block I/O as the kernel side keeps it: a state for each request, sums by device, by device and
 * set, by process. Hash maps that user space reads after each pass. Included unchanged by both
 * sides.
 */
#ifndef PROBETOP_DISK_STATE_H
#define PROBETOP_DISK_STATE_H

#include "disk.h"

#define DISK_REQS_MAX  32768 /* tags that were ever used */
#define DISK_BIOS_MAX  4096  /* requests that wait for their issue, before Linux 6.5 */
#define DISK_DEVS_MAX  4096 /* a power of two */
#define DISK_DEV_TRIES 8    /* a device is found by its number, in so many slots from there on */
#define DISK_SETS_MAX  16384
#define DISK_PROCS_MAX 8192
#define DISK_REST_MAX  2048 /* by device and operation, of processes that found no room */

#define DISK_REQ_SEQUENTIAL_BIT 1

enum disk_req_flags {
	DISK_REQ_F_FLIGHT = 1 << 0,	/* counted in disk_dev_sum.inflight */
	DISK_REQ_F_SEQUENTIAL = 1 << DISK_REQ_SEQUENTIAL_BIT, /* issued where the one before it ended */
};

/* What is known when it has completed. One that was never issued spent all its time in the queue. */
struct disk_done {
	__u64 queue_ns, service_ns; /* REC_UNKNOWN where not known */
	__u64 all_ns;		    /* what is known of both */
	__u32 error;		    /* errno */
	__u32 why;		    /* DISK_IO_F_*: there is to be a record */
};

/* A request from its start to its completion. It lies under its address, which a tag keeps. */
struct disk_req {
	__u64 id; /* of disk_io_rec */
	__u64 started_ns; /* CLOCK_MONOTONIC; 0: not in flight */
	__u64 issued_ns;  /* 0: it waits in the queue */
	__u64 sector;
	__u32 dev;
	__u32 slot; /* of the device */
	__u16 set;
	__u16 io_flags;	  /* enum disk_io_flags */
	__u32 bytes;	  /* as of its start, then of its issue */
	__u32 done_bytes; /* completed so far */
	__u32 requeues;
	__u16 flags;   /* enum disk_req_flags */
	__u8 op;       /* enum disk_op that its process is charged for */
	__u8 tracked;  /* it is of the counted tree, or there is none */
	/* who is charged; tgid 0: nobody is known */
	__u32 tgid, pid, uid;
	__u64 start_ns; /* of the group leader */
	__u64 comm[2];
	__u64 submitter[2]; /* where that is another; 0 */
	struct disk_done done; /* kept here: of what comes from memory the verifier remembers no cases */
};

/* The first slot of a device. */
static inline __u32 disk_slot(__u32 dev)
{
	return dev * 0x9e3779b1u >> 20 & (DISK_DEVS_MAX - 1);
}

/*
 * Devices lie in slots that user space maps; one that is gone keeps its slot.
 *
 * Busy time is summed at each start and completion, from the one before it. So two CPUs at the
 * same moment count no more than the moment twice.
 */
struct disk_dev_sum {
	__u32 dev; /* 0: the slot is free */
	__u32 inflight;
	__u64 last_ns; /* of the last start or completion */
	__u64 busy_ns;
	__u64 depth_ns; /* of requests that have completed */
	__u32 requeues;
	__u32 pass; /* disk_pass when it was touched last */
	__u64 next_sector[2]; /* where the last request ended; reads, all others */
	__u32 max_inflight[2]; /* of the passes in max_pass: the reader never writes here */
	__u32 max_pass[2];
};

struct disk_set_key {
	__u32 dev;
	__u32 set;
};

struct disk_set_sum {
	__u64 count, bytes;
	__u64 queue_ns, service_ns;
	__u64 errors;
	__u64 sequential;
	__u64 max_queue_ns[2], max_service_ns[2]; /* of the passes in max_pass */
	__u32 max_pass[2];
	__u32 pass;
	__u32 reserved;
	__u64 noted_queue, noted_service; /* bit per slot that has its exemplar in this pass */
	__u32 queue_slots[HIST_SLOTS], service_slots[HIST_SLOTS];
	__u32 size_slots[SIZE_SLOTS];
};

struct disk_proc_key {
	__u64 start_ns;
	__u32 tgid; /* 0 with start_ns 0: found no room */
	__u32 dev;
	__u32 op; /* enum disk_op */
	__u32 reserved;
};

struct disk_proc_sum {
	__u64 count, bytes;
	__u64 inferred, inferred_bytes;
	__u64 queue_ns, service_ns;
	__u64 errors;
	__u64 max_ns[2]; /* of the passes in max_pass */
	__u32 max_pass[2];
	__u32 pass;
	__u32 uid;
	__u32 flags; /* enum disk_proc_flags */
	__u32 reserved;
	char comm[TASK_COMM_BYTES];
	__u32 slots[HIST_SLOTS];
	__u32 queue_slots[HIST_SLOTS], service_slots[HIST_SLOTS];
	__u32 size_slots[SIZE_SLOTS];
};

/* What differs from start to start of probetop, so that the id of a request tells no address. */
struct disk_seed {
	__u64 add, mul;
};

#endif
