/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a thread is stuck, and its kernel stack. Read from /proc alone: the file behind a
 * descriptor is never opened nor looked at, since on a dead server that would hang too. It
 * may block all the same: for helper threads.
 */
#ifndef PROBETOP_BLOCKED_H
#define PROBETOP_BLOCKED_H

#include <stdbool.h>
#include <stdint.h>

#include "core.h"

struct blocked_who {
	uint32_t tgid, pid;
	uint64_t start_ns; /* of the thread; 0: whoever has the pid */
	uint64_t tick_ns;  /* of times in /proc */
};

/* Fills `ret`, header included. `proc_fd`: an open /proc. Returns false where the thread is gone.
 */
bool blocked_read(int proc_fd, const struct blocked_who *who, struct blocked_rec *ret);

/* Fills `ret` with the stack, or with the error that keeps it away. */
void blocked_stack(int proc_fd, const struct blocked_who *who, struct stack_rec *ret);

/* The system call number of a line of /proc/PID/syscall, and its descriptor; REC_UNKNOWN32 for
 * none. */
void blocked_parse_syscall(const char *text, uint32_t *ret_nr, uint32_t *ret_fd);

/* Whether a call's first argument is the descriptor that it waits for. */
bool blocked_call_has_fd(unsigned long nr);

/* Fills mount, fstype and device from the line of /proc/PID/mountinfo that has that id. */
bool blocked_parse_mount(const char *line, uint32_t mount_id, struct blocked_rec *ret);

#endif
