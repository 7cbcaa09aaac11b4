/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests: processes with a known load. They die with the test, whatever that comes to. */
#ifndef PROBETOP_TEST_LOADS_H
#define PROBETOP_TEST_LOADS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

uint64_t now_ns(void);
void sleep_ms(unsigned ms);
void spin_ms(unsigned ms);
void pin(pid_t pid, int cpu);
/* The CPU with the highest number: loads that need one for themselves go there. */
int last_cpu(void);
/* Memory that a load shares with the test, zeroed. */
void *share(size_t bytes);
/* As fork(). */
pid_t fork_load(void);
/* Starts a child that runs `load` and then waits to be killed, its figures in shared memory. */
pid_t start(void (*load)(void *), void *shared);
void stop(pid_t pid);

#endif
