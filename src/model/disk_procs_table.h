/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block I/O of processes as the records tell it: a process, its requests by device and operation.
 * Counters are kept now and at each moment from which a window counts. Memory is mapped at init;
 * nothing is allocated later. What is gone is summed by its command, and for a while remembered:
 * pages that it left dirty are written, and told, after its end.
 */
#ifndef PROBETOP_DISK_PROCS_TABLE_H
#define PROBETOP_DISK_PROCS_TABLE_H

#include "pool.h"
#include "proc_who.h"
#include "since.h"
#include "snap_disk_procs.h"

#define DISK_ENTRIES_MAX 16384
#define DISK_PROCS_MAX	 16384
#define DISK_SUMS_MAX	 1024 /* commands of processes that are gone; the rest is one */

enum disk_count {
	DC_COUNT, DC_BYTES, DC_INFERRED, DC_INFERRED_BYTES, DC_QUEUE_NS, DC_SERVICE_NS, DC_ERRORS, DC_NR
};

/* All wrap. */
struct disk_counts {
	uint64_t n[DC_NR];
	uint32_t slots[DISK_PROC_HIST_NR][HIST_SLOTS];
	uint32_t sizes[SIZE_SLOTS];
};

struct disk_entry {
	struct pool_node node; /* of the pool; not a key */
	struct disk_entry *next; /* of the same process, in order of device and operation */
	uint32_t dev;
	uint16_t op;
	bool used, gone; /* gone: its process is; what comes now begins at zero */
	struct disk_counts now, base[SINCE_NR];
	uint64_t max_ns[SINCE_NR];
};

struct disk_proc {
	struct proc_who who;
	struct disk_entry *entries;
	bool folded;	/* it was summed, for it was gone */
	uint8_t told;	/* bit per window in which its sum counts it */
	uint16_t ticks; /* since it was summed */
	uint64_t processes[SINCE_NR]; /* how many a summed one sums */
};

struct disk_procs_table {
	struct pool entries, procs;
	uint32_t sums_nr;
};

/* Returns 0 or -ENOMEM; after an error disk_procs_table_fini() cleans up. */
int disk_procs_table_init(struct disk_procs_table *t);
void disk_procs_table_fini(struct disk_procs_table *t);
void disk_procs_table_clear(struct disk_procs_table *t);

/* Takes a record. What finds no room is counted by the pools. */
void disk_procs_table_record(struct disk_procs_table *t, const struct disk_proc_rec *r);
/* A request in flight: its process is known from now on, though none may ever complete. */
void disk_procs_table_flight(struct disk_procs_table *t, const struct disk_flight_rec *r);
/* Finds a process; where the kernel cannot tell its start (5.10) by tgid alone. */
struct disk_proc *disk_procs_table_find(const struct disk_procs_table *t, uint32_t tgid, uint64_t start_ns);
/* A window begins now. */
void disk_procs_table_rebase(struct disk_procs_table *t, enum since since);
/* A tick: those that are gone are forgotten after a time, sooner when room gets short. */
void disk_procs_table_tick(struct disk_procs_table *t);
/* Whether it has requests, and all have had their last word. */
bool disk_procs_table_is_gone(const struct disk_proc *p);
/* Sums what a process did by its command, and takes it out. */
void disk_procs_table_fold(struct disk_procs_table *t, struct disk_proc *p);

#endif
