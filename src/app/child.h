/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command of `probetop -- COMMAND`: it waits until the probes count, then runs. */
#ifndef PROBETOP_CHILD_H
#define PROBETOP_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "log.h"

struct child {
	pid_t pid;
	int gate_fd; /* closing it without a byte makes the child end */
	bool reaped;
	int status; /* wait(2) status once reaped */
};

/* Forks a child that waits at a gate with the signal mask `mask`. Returns 0 or a negative errno. */
int child_fork(struct child *ch, char **argv, const sigset_t *mask, struct err *e);
/* Lets it exec. Returns 0 or a negative errno. */
int child_release(struct child *ch);
/* Looks whether it has ended; true once it has. */
bool child_ended(struct child *ch);
/* The exit status as env(1) and a shell give it: its own, or 128 + signal. */
int child_exit_status(const struct child *ch);
/* Closes the gate; a child that never ran ends. Reaps it. */
void child_fini(struct child *ch);

#endif
