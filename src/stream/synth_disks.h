/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of a synthetic host's block devices. Each request is one that starts, waits, is
 * served and completes, maybe in a later interval: so all that is summed up from them agrees.
 */
#ifndef PROBETOP_SYNTH_DISKS_H
#define PROBETOP_SYNTH_DISKS_H

#include "synth_host.h"

#define NEVER UINT64_MAX

struct request {
	uint64_t id, start_ns, queue_ns, service_ns, sector;
	uint64_t done_ns; /* NEVER: held */
	uint32_t stream;  /* index */
	uint32_t bytes;
	uint16_t requeues;
	bool failed, sequential;
};

/* Requests of one process, device and operation. */
struct io_sum {
	struct proc *proc; /* NULL: those for which there was no room */
	uint32_t dev, op, pending;
	uint64_t count, bytes, inferred, inferred_bytes, queue_ns, service_ns, errors, max_ns;
	uint32_t slots[HIST_SLOTS], queue_slots[HIST_SLOTS], service_slots[HIST_SLOTS];
	uint32_t size_slots[SIZE_SLOTS];
	bool changed, gone;
};

/* What one process makes of one row of the script. */
struct stream {
	const struct synth_io *row;
	struct proc *proc;
	struct io_sum *sum; /* NULL: stacked */
	uint32_t set;	    /* index */
};

struct set_sum {
	struct disk_set_rec rec;
	uint64_t told[2]; /* bit per slot of queue and service time of which this pass has an exemplar */
	bool changed;
};

struct disk {
	const struct synth_disk *row;
	uint64_t busy_ns, busy_since_ns, depth_ns, requeues, oldest_ns;
	uint64_t ios[DISK_OP_NR], merges[DISK_OP_NR], sectors[DISK_OP_NR], ns[DISK_OP_NR];
	uint64_t end_sector[2]; /* where the last of each direction ended: reads, others */
	uint32_t inflight, issued, max_inflight;
	uint32_t from_dev; /* a partition of it through which its requests come; 0: none */
	struct disk_stage_sum_rec *steps; /* by CPU */
	bool changed;
};

/* A request comes or goes. */
struct edge {
	uint64_t at_ns;
	uint32_t disk;
	int8_t by;
};

struct disks {
	const struct synth_disk_props *props;
	struct synth_disk *rows; /* of the script, and those that were asked for beside */
	struct synth_io *ios;
	char (*names)[16];
	uint32_t nr, ios_nr, sets_nr, sums_nr, streams_nr;
	struct disk *disks;
	struct set_sum *sets;
	struct io_sum *sums, *rest; /* of processes; by disk and operation where there was no room */
	struct stream *streams;
	struct disk_stage_sum_rec *steps;
	struct request *requests; /* those in flight first */
	struct edge *edges;
	uint32_t requests_nr, requests_max, edges_nr;
	uint64_t rng, id;
};

static inline struct disk *synth_disk_of(const struct disks *d, const struct request *r)
{
	return &d->disks[d->streams[r->stream].row->disk];
}

/* synth_disk_steps.c: the steps between two moments of a request that is followed. */
void synth_disk_steps(struct synth *s, const struct request *r, uint64_t from_ns, uint64_t to_ns);
void synth_disk_count_steps(struct synth *s, const struct request *r, bool merged);
bool synth_disk_followed(const struct synth *s, const struct request *r);

/* synth_disk_emit.c: the record of a request that has completed, where there is one. */
void synth_disk_tell(struct synth *s, const struct request *r);

/* synth_disk_hostile.c: what no kernel says. */
void synth_emit_hostile_disks(struct synth *s);

#endif
