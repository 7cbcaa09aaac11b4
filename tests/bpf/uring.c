// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "uring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES 4

static void *map(int fd, size_t bytes, off_t what)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);
}

int uring_open(struct uring *u)
{
	memset(u, 0, sizeof(*u));
	u->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &u->params);
	if (u->fd < 0)
		return -1;
	/* Since 5.4 both rings lie in one piece; the queue of completions comes last. */
	u->ring = map(u->fd, u->params.cq_off.cqes + u->params.cq_entries * sizeof(struct io_uring_cqe),
		      IORING_OFF_SQ_RING);
	u->sqes = map(u->fd, ENTRIES * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	return u->ring == MAP_FAILED || (void *)u->sqes == MAP_FAILED ? -1 : 0;
}

static unsigned *word(struct uring *u, unsigned offset)
{
	return (unsigned *)(void *)(u->ring + offset);
}

int uring_do(struct uring *u, const struct io_uring_sqe *sqe)
{
	unsigned tail = *word(u, u->params.sq_off.tail), head = *word(u, u->params.cq_off.head);
	unsigned slot = tail % u->params.sq_entries;
	struct io_uring_cqe *cqes = (void *)(u->ring + u->params.cq_off.cqes);
	int ret;

	u->sqes[slot] = *sqe;
	word(u, u->params.sq_off.array)[slot] = slot;
	__atomic_store_n(word(u, u->params.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
	do
		ret = (int)syscall(SYS_io_uring_enter, u->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	while (__atomic_load_n(word(u, u->params.cq_off.tail), __ATOMIC_ACQUIRE) == head)
		usleep(100);
	ret = cqes[head % u->params.cq_entries].res;
	__atomic_store_n(word(u, u->params.cq_off.head), head + 1, __ATOMIC_RELEASE);
	return ret;
}
