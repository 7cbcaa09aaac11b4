/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on files by process, filesystem and kind, kept now and at each moment from which a window counts.
 * Memory is mapped at init; nothing is allocated later. What processes did that are gone is summed by command, and
 * where room gets short what live ones did some time ago, too.
 */
#ifndef PROBETOP_FS_OPS_TABLE_H
#define PROBETOP_FS_OPS_TABLE_H

#include "fs_delta.h"
#include "pool.h"
#include "proc_who.h"
#include "since.h"
#include "snap_fs_ops.h"

#define FS_PARTS_MAX	16384 /* twice what the kernel's side holds of operations */
#define FS_OP_PROCS_MAX 16384
#define FS_OP_SUMS_MAX	256 /* commands of processes that are gone; the rest is one */

enum fs_count { FC_COUNT, FC_BYTES, FC_NS, FC_ERRORS, FC_ENOENT, FC_NR };

struct fs_counts {
	uint64_t n[FC_NR];
	uint32_t slots[HIST_SLOTS]; /* wrap */
};

/* What grew, since when. */
struct fs_tally {
	struct fs_counts now, base[SINCE_NR];
	uint64_t max_ns[SINCE_NR];
	uint64_t errno_at;
	uint32_t last_errno;
};

/* `at` orders growth: the larger, the later. */
void fs_tally_grow(struct fs_tally *t, const struct fs_delta *d, uint64_t at);
void fs_tally_add(struct fs_tally *to, const struct fs_tally *from);
bool fs_tally_grew(const struct fs_tally *t, enum since since);
void fs_tally_rebase(struct fs_tally *t, enum since since);
void fs_tally_sum(const struct fs_tally *t, enum since since, unsigned what, struct fs_ops_sum *ret);

struct ops_part {
	struct pool_node node; /* of the pool; not a key */
	struct ops_part *next;  /* of the same process, in order of filesystem and kind */
	uint32_t dev;
	uint16_t what;
	uint16_t ticks; /* since it grew */
	bool used;
	struct fs_tally tally;
};

struct ops_proc {
	struct proc_who who;
	struct ops_part *parts;
	uint16_t ticks; /* since it did something */
};

struct fs_ops_table {
	struct pool parts, procs;
	uint32_t sums_nr;
};

/* Returns 0 or -ENOMEM; after an error fs_ops_table_fini() cleans up. */
int fs_ops_table_init(struct fs_ops_table *t);
void fs_ops_table_fini(struct fs_ops_table *t);
void fs_ops_table_clear(struct fs_ops_table *t);
/* Takes growth. What finds no room is counted by the pools. */
void fs_ops_table_grow(struct fs_ops_table *t, const struct fs_delta *d, uint64_t at);
/* A window begins now. */
void fs_ops_table_rebase(struct fs_ops_table *t, enum since since);
/* A tick: where room gets short, those that no tick saw are summed, and what is long idle. */
void fs_ops_table_tick(struct fs_ops_table *t);
/* Finds the row of each, and sums those that are gone by their command. */
void fs_ops_table_link(struct fs_ops_table *t, const struct snapshot *s);
/* Whether it did anything since then. */
bool ops_proc_grew(const struct ops_proc *p, enum since since);

#endif
