/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mounts of our namespace: /proc/self/mountinfo, how full each is (statvfs), who waits on one that
 * hangs. All of it may block, and is done by helper threads into a book. A mount on another machine or on a
 * user-space program (FUSE) is asked by a process of its own (mount_ask.h): a thread that such a mount holds
 * would not even let this process end.
 */
#ifndef PROBETOP_MOUNTS_H
#define PROBETOP_MOUNTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "fs.h"
#include "mount_ask.h"
#include "parse.h"
#include "source.h"
#include "table.h"

#define MOUNTS_LISTED_MAX 4096 /* of more mounts only the first lines are read */
#define MOUNT_HUNG_NS	  2000000000ULL

/* A line of mountinfo. */
struct mount_line {
	struct fs_mount_rec rec; /* without header */
	char *point;		 /* whole, from malloc() */
	bool may_hang;		 /* it, or a mount that its path leads through */
	bool ask;		 /* statvfs tells something, of it and of no other */
};

/* Fills one line, NUL-terminated strings and `point`; false for another line, or without memory. */
bool mounts_parse(struct text line, struct mount_line *ret);
/* Fills in what only all lines together tell: what lies over what, what is mounted twice. */
void mounts_relate(struct mount_line *lines, int nr);
/* A field of mountinfo, where blank, tab, newline and backslash are written as \ooo. */
void mounts_unescape(const char *from, size_t len, char *to, size_t size);

/* ---- the book: its lock is never held while a mount is asked ---- */

struct mount_book {
	pthread_mutex_t lock;
	struct table entries; /* by mnt_id */
	const char *root;
	int info_fd;	      /* of mountinfo, to be told of changes; negative: there is none */
	uint32_t met;	      /* number of the last list */
	uint64_t asked_ns;    /* when the last round began */
	bool stale;	      /* the list is to be read anew */
	bool reading;	      /* a job is queued or at work */
	bool any_hung;
	bool stop;	      /* no more askers are to be made */
	struct askers askers;
	struct asker *scanner; /* looks for who waits; NULL */
	struct fs_waiter_rec found[FS_WAITERS_MAX], waiters[FS_WAITERS_MAX]; /* of the scan at work; of the last */
	int found_nr, waiters_nr;
};

/* Whether to go on with the next mount; of a job at work that is as good as new. */
typedef bool (*mount_go_on_fn)(void *ctx);

/* Returns 0 or -ENOMEM. `root` is borrowed. */
int mount_book_init(struct mount_book *b, const char *root);
void mount_book_fini(struct mount_book *b);
/* Ends all askers, those that hang too. Nothing waits. */
void mount_book_stop(struct mount_book *b);
/*
 * Returns true where mount_book_read() is to be called, once: mounts have changed, one hangs, `often`, or
 * the last time is long ago. Never blocks.
 */
bool mount_book_due(struct mount_book *b, uint64_t now_ns, bool often);
/* The call came to nothing, or hangs. */
void mount_book_unclaim(struct mount_book *b);
/* Reads the list where it has changed, and asks every mount that does not hang. For helper threads. */
void mount_book_read(struct mount_book *b, mount_go_on_fn go_on, void *ctx);
/* Hands over what is new as FS_MOUNT and FS_USAGE, and while a mount hangs its FS_WAITERs. Returns how many. */
int mount_book_take(struct mount_book *b, uint64_t now_ns, record_fn fn, void *ctx);

#endif
