/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests: a loop device over a file of random bytes, and its line of /proc/diskstats. */
#ifndef PROBETOP_TEST_LOOP_H
#define PROBETOP_TEST_LOOP_H

#include <stdint.h>

struct loop {
	char device[32], file[96];
	uint32_t dev; /* as records name it */
	int fd;	      /* of the device: O_DIRECT, to read and write */
};

/* Requests that completed, by enum disk_op up to DISK_FLUSH. */
struct diskstats {
	uint64_t ios[4], sectors[4];
};

/* Returns 0, or -errno where this host gives no loop device. */
int loop_open(struct loop *l, uint64_t bytes);
/* The same with the file in a folder of the caller's choice. */
int loop_open_in(struct loop *l, const char *folder, uint64_t bytes);
void loop_close(struct loop *l);
/* Returns 0 where the line is there. */
int loop_stats(const struct loop *l, struct diskstats *ret);

#endif
