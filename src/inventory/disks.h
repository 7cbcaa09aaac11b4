/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block devices: counters from /proc/diskstats, read by the caller's thread, and properties from
 * /sys, which may block (a queue whose settings change waits for its requests) and are read by
 * helper threads into a book. disks_new() and disk_book_init() reserve all memory.
 */
#ifndef PROBETOP_DISKS_H
#define PROBETOP_DISKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "disk.h"
#include "parse.h"
#include "source.h"
#include "table.h"

#define DISKS_LISTED_MAX 4096 /* of more devices only the first lines are read */
#define DISK_NAME_BYTES 32

struct disk_name {
	uint32_t dev;
	char name[DISK_NAME_BYTES]; /* NUL-terminated */
};

struct disks;

/* Opens /proc/diskstats; where it is missing nothing is ever emitted. 0 or -ENOMEM. */
int disks_new(const char *root, struct disks **ret);
void disks_free(struct disks *d);
/* Reads it; emits DISK_STAT of each device, or only (not `all`) of those that have changed. */
void disks_tick(struct disks *d, uint64_t now_ns, bool all, record_fn fn, void *ctx);
/* The devices of the last reading, in its order; returns how many. */
int disks_names(const struct disks *d, const struct disk_name **ret);

/* ---- the book of properties: a lock of its own, never held while a file is read ---- */

struct disk_book {
	pthread_mutex_t lock;
	struct table entries; /* by device */
	uint32_t met;	      /* number of the last list */
	bool reading;	      /* a job is queued or at work */
	bool changed;	      /* there may be something to take */
};

/* Returns 0 or -ENOMEM. */
int disk_book_init(struct disk_book *b);
void disk_book_fini(struct disk_book *b);
/* Takes the list of devices that there are. Returns true where disk_book_read() is to be called, once. */
bool disk_book_meet(struct disk_book *b, const struct disk_name *names, int nr);
/* The call came to nothing. */
void disk_book_unclaim(struct disk_book *b);
/* Reads the properties of new devices, and of some of the others in turn. It may block: for helper threads. */
void disk_book_read(struct disk_book *b, const char *root);
/* Takes a DISK_INFO of a device that is new, changed or gone; *cursor is 0 at first. False when there is no more. */
bool disk_book_take(struct disk_book *b, uint32_t *cursor, struct disk_info_rec *ret);

/* ---- the parsers and readers under it, for tests ---- */

/* Fills a line of /proc/diskstats, all but the header; false for another line. */
bool disks_parse(struct text line, struct disk_stat_rec *ret, char ret_name[DISK_NAME_BYTES]);
/* "none [mq-deadline] kyber": the chosen one; empty where there is none. */
void disk_parse_scheduler(const char *text, char *buf, size_t size);
/* The device of the filesystem that holds `path`, by the mounts in `mountinfo`; 0 where it is none. */
uint32_t disk_of_path(struct text mountinfo, const char *path);
/* Fills `ret`, all but the header; what cannot be read is unknown. */
void disk_info_read(const char *root, const struct disk_name *of, struct disk_info_rec *ret);

#endif
