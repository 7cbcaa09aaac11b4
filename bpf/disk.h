/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of PANE_DISK. A device is its dev_t as the kernel keeps it: major << 20 | minor. A request
 * counts when it completes, as in /proc/diskstats. Counters are cumulative since the probes
 * started unless said otherwise, maxima are since the previous pass.
 */
#ifndef PROBETOP_DISK_H
#define PROBETOP_DISK_H

#include "core.h"

enum disk_kind {
	DISK_INFO = 1,	 /* struct disk_info_rec: what a device is, from /sys */
	DISK_STAT = 2,	 /* struct disk_stat_rec: its line of /proc/diskstats */
	DISK_DEV = 3,	 /* struct disk_dev_rec: its queue now, from BPF */
	DISK_SET = 4,	 /* struct disk_set_rec: its requests of one operation and set of flags */
	DISK_PROC = 5,	 /* struct disk_proc_rec: requests of one process, device and operation */
	DISK_FLIGHT = 6, /* struct disk_flight_rec: a request that is in flight at this tick */
	DISK_IO = 7,	 /* struct disk_io_rec from the ring: one request that has completed */
	DISK_STAGE = 8,	 /* struct disk_stage_rec from the ring: one step of one request */
	DISK_STAGE_SUM = 9, /* struct disk_stage_sum_rec: steps of a device on one CPU */
	DISK_KIND_NR,
};

static inline __u32 disk_dev(__u32 major, __u32 minor)
{
	return major << 20 | minor;
}
#define DISK_MAJOR(dev) ((dev) >> 20)
#define DISK_MINOR(dev) ((dev) & 0xfffff)

/* What a request does, in the groups of /proc/diskstats. */
enum disk_op { DISK_READ, DISK_WRITE, DISK_DISCARD, DISK_FLUSH, DISK_OTHER, DISK_OP_NR };

/*
 * Operation and flags of a request in 16 bits: what the kernel spells as rwbs. The letters: R read,
 * W write, D discard, F flush (before the operation) or FUA (after it), S sync, M metadata,
 * A readahead, E secure erase, N none of these (write zeroes, zone operations, drivers' own).
 */
#define DISK_SET_OP	  0x000f /* enum disk_op */
#define DISK_SET_SYNC	  0x0010
#define DISK_SET_META	  0x0020
#define DISK_SET_RAHEAD	  0x0040
#define DISK_SET_FUA	  0x0080
#define DISK_SET_PREFLUSH 0x0100
#define DISK_SET_ERASE	  0x0200
#define DISK_SET_ZEROES	  0x0400 /* write zeroes: DISK_WRITE, spelt N */
#define DISK_SET_ALL	  0x07ff

/* Sizes: slot i counts requests of [2^(i+9), 2^(i+10)) bytes; the ends are open. */
#define SIZE_SLOTS 16
#define SIZE_SHIFT 9

enum disk_type { DISK_T_DISK, DISK_T_PART, DISK_T_LOOP, DISK_T_DM, DISK_T_MD, DISK_T_OTHER, DISK_T_NR };

enum disk_info_flags {
	DISK_INFO_F_ROTATIONAL = 1 << 0,
	DISK_INFO_F_WRITE_CACHE = 1 << 1, /* write back: what is written may still be in the device */
	DISK_INFO_F_READ_ONLY = 1 << 2,
	DISK_INFO_F_REMOVABLE = 1 << 3,
	DISK_INFO_F_NO_REQUESTS = 1 << 4, /* bios go through to what it stands on: no queue of its own */
	DISK_INFO_F_GONE = 1 << 5,	  /* it has been removed */
};

#define DISK_SLAVES 8
/* Source: /sys/dev/block/MAJ:MIN and its queue/, slaves/, dm/, loop/. REC_UNKNOWN where missing. */
struct disk_info_rec {
	struct ev_hdr h;
	__u32 dev;
	__u32 parent; /* of a partition: the whole disk; 0 */
	__u8 type;    /* enum disk_type */
	__u8 slaves_nr; /* devices that it stands on; a loop device's is that of its file's filesystem */
	__u16 flags;  /* enum disk_info_flags */
	__u32 nr_requests; /* queue/nr_requests */
	__u64 size_bytes;
	__u32 logical_bytes;  /* block size */
	__u32 max_bytes;      /* largest request, queue/max_sectors_kb */
	__u32 slaves[DISK_SLAVES];
	char name[32];	    /* "nvme0n1p3" */
	char scheduler[16]; /* "mq-deadline", "none"; empty where it has none */
	char label[96];	    /* dm name, file of a loop device (its end), model */
};

/* Source: /proc/diskstats. By enum disk_op up to DISK_FLUSH; REC_UNKNOWN where the line is shorter. */
struct disk_stat_rec {
	struct ev_hdr h;
	__u32 dev;
	__u32 inflight;
	__u64 ios[4], merges[3], sectors[3], ms[4];
	__u64 busy_ms, queue_ms;
};

/* Hooks block_io_start, block_rq_issue, block_rq_complete, block_rq_requeue. */
struct disk_dev_rec {
	struct ev_hdr h;
	__u32 dev;
	__u32 inflight; /* requests started and not completed, now */
	__u32 issued;	/* of these, given to the device */
	__u32 max_inflight; /* since the previous pass */
	__u64 busy_ns;	/* time with a request in flight: periods that have ended */
	__u64 busy_since_ns; /* CLOCK_MONOTONIC; 0: idle */
	__u64 depth_ns; /* sum over requests of their time in flight, up to now */
	__u64 oldest_ns; /* start of the oldest request in flight, CLOCK_MONOTONIC; 0: none */
	__u64 requeues;
};

/*
 * Counts are those of /proc/diskstats, also where that may surprise: a flush that was asked for with
 * no data is a write of 0 bytes (with DISK_SET_PREFLUSH), the device's own flushes are DISK_FLUSH;
 * secure erases and operations on zones are writes. What drivers send (passthrough) is in no line of
 * diskstats unless a queue is told so: DISK_OTHER. Timed is what was issued: what only asks for a flush
 * waits for the device's own, which is timed.
 */
struct disk_set_rec {
	struct ev_hdr h;
	__u32 dev;
	__u32 set; /* DISK_SET_*; DISK_OTHER: what is neither read, write, discard nor flush */
	__u64 count, bytes;
	__u64 queue_ns, service_ns; /* sums; queue: start to issue, service: issue to completion */
	__u64 errors;
	__u64 sequential; /* started where the device's previous request of that direction ended */
	__u64 max_queue_ns, max_service_ns;
	__u32 queue_slots[HIST_SLOTS], service_slots[HIST_SLOTS]; /* wrap */
	__u32 size_slots[SIZE_SLOTS];
};

enum disk_proc_flags {
	DISK_PROC_F_GONE = 1 << 0,    /* the last word: the process is gone, its counters begin anew */
	DISK_PROC_F_KTHREAD = 1 << 1, /* a kernel thread */
};

/*
 * Requests charged to one process at the topmost device. What only asks for a flush is a DISK_FLUSH
 * here, all its time in the queue. tgid 0 with start_ns 0: processes for
 * which there was no room.
 */
struct disk_proc_rec {
	struct ev_hdr h;
	__u32 tgid;
	__u32 dev;
	__u64 start_ns; /* of the group leader */
	__u16 op;	/* enum disk_op */
	__u16 flags;	/* enum disk_proc_flags */
	__u32 uid;	/* REC_UNKNOWN32 where not known */
	char comm[TASK_COMM_BYTES];
	__u64 count, bytes;
	__u64 inferred, inferred_bytes; /* of these, charged to who dirtied the pages */
	__u64 queue_ns, service_ns;
	__u64 errors;
	__u64 max_ns; /* queue and service together */
	__u32 slots[HIST_SLOTS]; /* of queue and service together; wrap */
	__u32 queue_slots[HIST_SLOTS], service_slots[HIST_SLOTS];
	__u32 size_slots[SIZE_SLOTS];
};

enum disk_io_flags {
	DISK_IO_F_INFERRED = 1 << 0, /* charged to who dirtied the page, not to who submitted it */
	DISK_IO_F_STACKED = 1 << 1,  /* for a device above this one: charged there, not here */
	DISK_IO_F_NO_START = 1 << 2, /* its start was not seen: queue time is not known */
	DISK_IO_F_SLOW = 1 << 3,     /* why there is a record: over the threshold, */
	DISK_IO_F_TRACED = 1 << 4,   /* of the process or device that is traced, */
	DISK_IO_F_EXEMPLAR = 1 << 5, /* one of those in a slot of a histogram, */
	DISK_IO_F_ERROR = 1 << 6,    /* it failed */
	DISK_IO_F_KTHREAD = 1 << 7,
	DISK_IO_F_METADATA = 1 << 8, /* pages of the device itself: a filesystem's metadata */
};

#define DISK_FILE_BYTES 64
/* One request. Strings are NUL-terminated where shorter than their room. */
struct disk_io_rec {
	struct ev_hdr h; /* ts_ns, cpu: of the completion */
	__u64 id;	 /* tells requests of one time apart */
	__u32 dev;
	__u16 set;
	__u16 flags; /* enum disk_io_flags */
	__u32 pid, tgid; /* who is charged */
	__u64 start_ns;	 /* of that process */
	__u64 sector;
	__u32 bytes;
	__s32 error; /* errno; 0 */
	__u64 queue_ns; /* REC_UNKNOWN where not known */
	__u64 service_ns;
	__u64 ino;	  /* of the file; 0: not known (O_DIRECT) */
	__u32 file_dev;	  /* of its filesystem */
	__u32 requeues;
	char comm[TASK_COMM_BYTES];
	char submitter[TASK_COMM_BYTES]; /* who submitted it, where that is another */
	char file[DISK_FILE_BYTES]; /* last parts of the path; empty where not known */
};

/* A request in flight; the oldest DISK_FLIGHT_MAX of them at each tick, each tick anew. */
#define DISK_FLIGHT_MAX 32
struct disk_flight_rec {
	struct ev_hdr h;
	__u64 id;
	__u32 dev;
	__u16 set;
	__u16 flags; /* enum disk_io_flags */
	__u32 pid, tgid;
	__u64 start_ns; /* of that process */
	__u64 sector;
	__u32 bytes;
	__u32 requeues;
	__u64 queued_ns; /* CLOCK_MONOTONIC of its start */
	__u64 issued_ns; /* given to the device; 0: it waits in the queue */
	char comm[TASK_COMM_BYTES];
};

/* Steps as blktrace names them. */
enum disk_stage {
	STAGE_Q, /* a bio is handed to the block layer */
	STAGE_G, /* it gets a request */
	STAGE_M, /* merged at the end of another request */
	STAGE_F, /* merged at the front of one */
	STAGE_P, /* the queue is plugged: requests are collected */
	STAGE_U, /* unplugged */
	STAGE_T, /* unplugged by a timer or because somebody sleeps */
	STAGE_I, /* inserted into the scheduler's queue */
	STAGE_D, /* issued to the device */
	STAGE_R, /* requeued */
	STAGE_C, /* completed */
	STAGE_X, /* split */
	STAGE_A, /* remapped from a device above, or from a partition */
	STAGE_B, /* bounced: copied to memory that the device reaches (old kernels) */
	STAGE_S, /* somebody sleeps for want of a request (old kernels) */
	STAGE_NR,
};
#define STAGE_LETTERS "QGMFPUTIDRCXABS"

enum disk_stage_flags {
	DISK_STAGE_F_SAMPLED = 1 << 0, /* nothing is traced: one of a few */
	DISK_STAGE_F_LAST = 1 << 1,    /* STAGE_C: of all of it, nothing more comes */
	DISK_STAGE_F_REQUEST = 1 << 2, /* STAGE_M: a whole request is merged, not a bio */
	DISK_STAGE_F_ERROR = 1 << 3,   /* STAGE_C: it failed */
	/* What a kernel thread writes for the traced process, told from STAGE_G on (before 6.5 STAGE_D). */
	DISK_STAGE_F_CHARGED = 1 << 4, /* `tgid` is who is charged, not who ran */
};

/*
 * Of the traced process or device, while the view of stages is open. Steps of one request have
 * one `bio`: the number of the bio for which it was made.
 */
struct disk_stage_rec {
	struct ev_hdr h; /* ts_ns, cpu: of the step */
	__u64 id;  /* of the request, as in disk_io_rec; 0 where there is none (yet). STAGE_X: the
		    * bio from whose front this one was cut off */
	__u64 bio; /* 0: STAGE_P, U, T: of the process's requests of that device */
	__u32 dev; /* the whole disk, as blktrace has it */
	__u16 set;
	__u8 stage; /* enum disk_stage */
	__u8 flags; /* enum disk_stage_flags */
	__u32 pid, tgid; /* who ran then */
	__u64 sector;
	__u32 bytes; /* STAGE_U, STAGE_T: requests */
	__u32 from_dev; /* STAGE_A */
	char comm[TASK_COMM_BYTES];
};

struct disk_stage_sum_rec {
	struct ev_hdr h; /* cpu */
	__u32 dev;
	__u32 reserved;
	__u64 count[STAGE_NR]; /* since the view was opened */
};

_Static_assert(sizeof(struct disk_info_rec) == 224, "layout of disk_info_rec");
_Static_assert(sizeof(struct disk_stat_rec) == 152, "layout of disk_stat_rec");
_Static_assert(sizeof(struct disk_dev_rec) == 72, "layout of disk_dev_rec");
_Static_assert(sizeof(struct disk_set_rec) == 472, "layout of disk_set_rec");
_Static_assert(sizeof(struct disk_proc_rec) == 664, "layout of disk_proc_rec");
_Static_assert(sizeof(struct disk_io_rec) == 192, "layout of disk_io_rec");
_Static_assert(sizeof(struct disk_flight_rec) == 96, "layout of disk_flight_rec");
_Static_assert(sizeof(struct disk_stage_rec) == 80, "layout of disk_stage_rec");
_Static_assert(sizeof(struct disk_stage_sum_rec) == 144, "layout of disk_stage_sum_rec");

#endif
