/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests: io_uring without a library, one request at a time. */
#ifndef PROBETOP_TEST_URING_H
#define PROBETOP_TEST_URING_H

#include <linux/io_uring.h>

struct uring {
	int fd;
	char *ring;
	struct io_uring_params params;
	struct io_uring_sqe *sqes;
};

/* Returns 0, or -1 with errno: some kernels have none, or bar it. */
int uring_open(struct uring *u);
/* Submits a request and waits for it. Returns its result, or -errno. */
int uring_do(struct uring *u, const struct io_uring_sqe *sqe);

#endif
