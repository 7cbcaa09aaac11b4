/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page cache as the kernel side keeps it while somebody asks (DEMAND_PAGES, DEMAND_CACHES): sums by process,
 * what each thread touched last, pages that came before they were asked for. Included unchanged by both sides.
 */
#ifndef PROBETOP_FS_PAGES_H
#define PROBETOP_FS_PAGES_H

#include "fs.h"

#define PAGE_PROCS_MAX	4096
#define PAGE_CHUNKS_MAX 16384 /* of PAGE_CHUNK pages each: 4 GiB */
#define PAGE_CHUNK	64
#define PAGE_GROUP	8 /* pages that share the time at which they came */

/* tgid 0 with start_ns 0: found no room. That entry is there from the beginning. */
struct page_key {
	__u64 start_ns;
	__u32 tgid;
	__u32 reserved;
};

struct page_sum {
	__u32 pass;  /* when it was touched last */
	__u32 flags; /* enum fs_flags */
	__u64 comm[TASK_COMM_BYTES / 8];
	__u64 accesses, misses, adds, dirties, faults, fault_adds;
	__u64 taken_back; /* of misses: turned out to be written, where no hook tells reads */
};

/* A run of pages that a thread added; a read or a write will say for what. */
struct page_run {
	__u64 mapping; /* a number that stands for it; 0: none */
	__u64 first, last;
	__u64 pages; /* that wait for that */
};

/* Pages of block devices and of metadata come in between those of files. */
enum page_run_of { PAGE_RUN_FILE, PAGE_RUN_OTHER, PAGE_RUN_NR };

/* Of one thread. */
struct page_mark {
	__u64 mapping, first, last; /* of the range that was read last */
	__u64 call;		    /* in which */
	__u64 fault_mapping, fault_page;
	struct page_run run[PAGE_RUN_NR];
};

struct page_chunk_key {
	__u64 mapping;
	__u64 chunk;
};

struct page_chunk {
	__u64 bits; /* pages that came unasked and were not used yet */
	__u64 came_ns[PAGE_CHUNK / PAGE_GROUP];
};

/* Of the machine. */
struct page_ahead {
	__u64 added;
	__u64 asked; /* of added: for what was asked for, after all */
	__u64 used, dropped, lost;
	__u32 slots[HIST_SLOTS]; /* of ages at the first use, ns */
};

#endif
