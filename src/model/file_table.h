/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What processes did, by file or by filesystem: processes, their entries, and of each entry what was counted since
 * each moment that a window counts from. Counts and histograms are there only of entries that did something since
 * then, so that what is idle costs next to nothing. Memory is mapped at init; nothing is allocated later. What is
 * gone is summed by its command.
 */
#ifndef PROBETOP_FILE_TABLE_H
#define PROBETOP_FILE_TABLE_H

#include "fs_delta.h"
#include "pool.h"
#include "proc_who.h"
#include "since.h"

#define FILE_TABLE_PROCS 16384
#define FILE_TABLE_SUMS  1024 /* commands of processes that are gone; the rest is one */
#define FILE_TABLE_HISTS 4    /* histograms of an entry, at most */
#define FILE_TABLE_STAY  10   /* ticks for which a row without anything stays, so that rows keep still */

struct file_hist {
	uint32_t slots[HIST_SLOTS];
};

/* What an entry did since one moment. */
struct file_counts {
	uint64_t max_ns[FILE_TABLE_HISTS];
	struct file_hist *hist[FILE_TABLE_HISTS]; /* NULL: empty */
	uint64_t n[];
};

/* Which file; or, with ino 0 and type FS_T_REGULAR, all of a filesystem. */
struct file_entry_key {
	uint64_t ino;
	uint32_t dev, type;
};

struct file_entry {
	struct pool_node node; /* key: hash */
	struct file_proc *proc;
	struct file_entry *next, *prev; /* of the same process */
	struct file_entry_key key;
	char fstype[FS_TYPE_BYTES];
	struct file_counts *counts[SINCE_NR]; /* NULL: nothing */
	uint16_t idle; /* ticks */
	bool used, gone; /* gone: the kernel's side knows it no more */
};

struct file_proc {
	struct proc_who who;
	struct file_entry *entries;
	bool folded;	/* it was summed, for it was gone */
	uint8_t told;	/* bit per window in which its sum counts it */
	uint16_t idle;	/* ticks */
	uint64_t processes[SINCE_NR]; /* how many a summed one sums */
};

struct file_table {
	struct pool procs, entries, counts, hists;
	uint32_t n_nr, sums_nr;
	bool begun;  /* a tick has passed */
	bool marked; /* a mark was set; without one it is the first tick */
	uint64_t tick_boot_ns;	/* the last tick, CLOCK_BOOTTIME; */
	uint64_t shown_boot_ns; /* that of the last publish */
	uint64_t refused, refused_shown; /* calls that no entry took; at the last publish */
};

/* Room for `entries` of `n_nr` counters each. Returns 0 or -ENOMEM; after an error file_table_fini() cleans up. */
int file_table_init(struct file_table *t, uint32_t entries, uint32_t n_nr);
void file_table_fini(struct file_table *t);
void file_table_clear(struct file_table *t);

/*
 * The entry of a process, made if it is new; of a full table the one that its process has for the rest (ino 0, dev 0);
 * NULL where there is none. What had no room is counted.
 */
struct file_entry *file_table_entry(struct file_table *t, const struct fs_delta *d, const struct file_entry_key *key);
/* A maximum that comes after what it is of: for the windows in which that is counted. */
void file_table_late_max(struct file_table *t, const struct fs_delta *d, const struct file_entry_key *key, int hist);
/* The last word of an entry: the kernel's side knows it no more. */
void file_table_gone(struct file_table *t, const struct fs_delta *d, const struct file_entry_key *key);
/* Counts since a moment, made if they are not there; NULL: no room, or not asked for (no mark was set). */
struct file_counts *file_table_counts(struct file_table *t, struct file_entry *e, enum since since);
/* Adds to one histogram. */
void file_table_add_hist(struct file_table *t, struct file_counts *c, int hist, const uint32_t slots[HIST_SLOTS],
		       uint64_t max_ns);
/* The moment that a window counts from: without a mark the first tick. */
enum since file_table_since(const struct file_table *t, enum window window);

/* A window begins now. */
void file_table_rebase(struct file_table *t, enum since since);
void file_table_mark(struct file_table *t);
void file_table_tick(struct file_table *t, const struct tick_rec *tick);
/* Whether something found no room since this was asked last. */
bool file_table_refused(struct file_table *t);

/* file_table_who.c: the processes that the snapshot's table of tasks shows; those that have ended are summed. */
void file_table_link(struct file_table *t, const struct snapshot *snap);
/* A row for one that the table of tasks does not show: who it is. */
void file_table_bare_row(const struct file_proc *p, const struct snapshot *s, enum since since, struct proc_row *row);
/* Sums what an entry did under the entry `key` of `to`, and takes it out. */
void file_table_move(struct file_table *t, struct file_entry *e, struct file_proc *to, const struct file_entry_key *key);

#endif
