/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Askers: processes that ask statvfs(3) of mounts that may hang, and look through /proc for who waits on
 * them. A process that hangs is left behind; it holds nothing of ours, neither descriptor nor terminal, and
 * ends when its mount answers, or at once where the kernel lets it be killed.
 */
#ifndef PROBETOP_MOUNT_ASK_H
#define PROBETOP_MOUNT_ASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include "fs.h"

#define ASKERS_MAX 8 /* so many mounts can hang at one time; others are then asked no more */

enum asker_state {
	ASKER_NONE,
	ASKER_IDLE,
	ASKER_BUSY,
	ASKER_KILLED, /* not gone yet: it may hang where no signal reaches it */
};

struct asker {
	pid_t pid;
	int fd;
	enum asker_state state;
};

struct askers {
	struct asker all[ASKERS_MAX];
};

struct mount_answer {
	int32_t error; /* errno of statvfs; 0 */
	struct statvfs vfs;
};

/* A mount that hangs. */
struct hung_mount {
	uint32_t mnt_id;
	const char *point;
};

/* Returns an idle asker, a new one where there is none; NULL: there are too many, or fork(2) fails. */
struct asker *askers_get(struct askers *a);
/* Forgets those that were killed and are gone. */
void askers_reap(struct askers *a);
/* Kills it; it becomes ASKER_KILLED. */
void asker_kill(struct asker *a);

/* Puts a question; false where the asker is gone (then it is killed). */
bool asker_ask(struct asker *a, const char *path);
/* Waits for the answer, at most `timeout_ms`; then the asker is idle again. False: not yet. */
bool asker_answer(struct asker *a, int timeout_ms, struct mount_answer *ret);

/* Looks for who waits on these mounts; false as above. */
bool asker_scan(struct asker *a, const struct hung_mount *mounts, int nr);
/* Takes one that was found; false: none yet, and where the asker is idle then, none is left. Never waits. */
bool asker_found(struct asker *a, struct fs_waiter_rec *ret);

#define ASKER_NAME "probetop-mounts"

/* ---- mount_waiters.c: in the asker's process ---- */

/*
 * Calls `fn` for at most FS_WAITERS_MAX threads whose system call names a file below one of the mounts. Askers
 * are left out, those of others too.
 */
void mount_waiters(int proc_fd, const struct hung_mount *mounts, int nr,
		   void (*fn)(void *ctx, const struct fs_waiter_rec *r), void *ctx);

#endif
