/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc and /sys tell, as records. Files are opened once and read again with pread, so
 * a pass costs one system call a file. `root` ("" on a live host) lets tests read from a fixture.
 */
#ifndef PROBETOP_INVENTORY_H
#define PROBETOP_INVENTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "core.h"
#include "cpu.h"
#include "source.h"

struct inventory;

/* Opens what there is; a missing file only leaves its figures unknown. 0 or -ENOMEM. */
int inventory_new(const char *root, struct inventory **ret_inv);
void inventory_free(struct inventory *inv);

/* Emits CORE_HOST. `flags`: enum host_flags. Source: uname, sysconf, /sys/devices/system/cpu. */
void inventory_host(struct inventory *inv, uint64_t now_ns, uint32_t flags, record_fn fn,
		    void *ctx);

/* Emits CORE_MEM, CORE_PSI, CORE_LOAD and one CPU_STAT for each CPU. */
void inventory_tick(struct inventory *inv, uint64_t now_ns, record_fn fn, void *ctx);

/*
 * The fallback of --no-bpf: a source whose tick reads /proc/PID/stat and status of every
 * process and emits CORE_TASK and CORE_PROC with what they tell, the rest REC_UNKNOWN.
 */
int proc_source_new(const char *root, struct source **ret_source);

/*
 * Helper threads: command lines, executables, user names: what may block. A job older than
 * 2 s is hung: its thread is abandoned and replaced, at most 4 times.
 */
struct helpers;
int helpers_new(const char *root, struct helpers **ret_helpers);
/* Stops without joining a thread that hangs. */
void helpers_free(struct helpers *h);
/* Returns a descriptor that becomes readable when answers wait. */
int helpers_fd(const struct helpers *h);
/* Queues a look-up; false when the queue is full (ask again later). */
bool helpers_want_cmd(struct helpers *h, uint32_t tgid, uint64_t start_ns);
bool helpers_want_user(struct helpers *h, uint32_t uid);
/* Where thread `pid` of `tgid` is stuck; its kernel stack, once. The start is the thread's. */
bool helpers_want_blocked(struct helpers *h, uint32_t tgid, uint32_t pid, uint64_t start_ns);
bool helpers_want_stack(struct helpers *h, uint32_t tgid, uint32_t pid, uint64_t start_ns);
/* The path of cgroup `id`, asked of a process in it: CORE_CGROUP. */
bool helpers_want_cgroup(struct helpers *h, uint32_t tgid, uint64_t start_ns, uint64_t id);
/* Reads the files of all v2 groups that were answered: CORE_CGSTAT for each. */
void helpers_want_cgstats(struct helpers *h);
/* Reads the properties of these block devices, of a few at a time: DISK_INFO of what is new, changed or gone. */
struct disk_name;
void helpers_want_disks(struct helpers *h, const struct disk_name *names, int nr);
/*
 * Reads the mounts and asks how full they are: FS_MOUNT, FS_USAGE, FS_WAITER. At once where mounts have changed,
 * one hangs, or `often`; else now and then. A mount that hangs holds up nobody, and no end of this process.
 */
void helpers_want_mounts(struct helpers *h, uint64_t now_ns, bool often);
/* Hands over the answers that wait, as records. Never blocks. */
int helpers_drain(struct helpers *h, uint64_t now_ns, record_fn fn, void *ctx);

#endif
