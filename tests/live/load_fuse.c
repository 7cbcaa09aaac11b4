// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A filesystem in user space that stops answering when it is told to: /dev/fuse, no library. Its root holds
 * a file "file" of 4,096 bytes, and statfs tells known figures.
 *
 *	load_fuse POINT
 *
 * Lines on stdin: "swallow": takes requests and answers none; "stop": takes none any more; "go": answers
 * those that it swallowed, and goes on. At the end of stdin, or when it is killed, its descriptor is closed:
 * the kernel then ends the connection, and nobody waits any more. Prints {"pid":..,"swallowed":..} once
 * it is mounted, and for each line; "go" answers after that.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REQUEST_BYTES (1 << 17) /* the least that the kernel takes for writes is 8 KiB */
#define SWALLOWED_MAX 256
#define ROOT_INO      FUSE_ROOT_ID
#define FILE_INO      2
#define FILE_BYTES    4096
#define LIFE_S	      600 /* a test that was killed leaves nothing behind for longer */

enum mode { ANSWER, SWALLOW, STOP };

static int dev;
static enum mode mode = ANSWER;
static char request[REQUEST_BYTES];
/* All that is needed to answer a request later. */
static struct swallowed {
	struct fuse_in_header head;
	char body[512];
} swallowed[SWALLOWED_MAX];
static unsigned swallowed_nr;

static void die(const char *what)
{
	fprintf(stderr, "load_fuse: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void answer(uint64_t unique, int error, const void *body, size_t len)
{
	struct fuse_out_header out = { .len = (uint32_t)(sizeof(out) + (error ? 0 : len)), .error = -error, .unique = unique };
	struct iovec iov[2] = { { &out, sizeof(out) }, { (void *)body, len } };

	/* ENOENT: whoever asked has been interrupted and is gone. */
	if (writev(dev, iov, error || !len ? 1 : 2) < 0 && errno != ENOENT)
		die("answering");
}

static void fill_attr(uint64_t ino, struct fuse_attr *a)
{
	memset(a, 0, sizeof(*a));
	a->ino = ino;
	a->mode = ino == ROOT_INO ? S_IFDIR | 0755 : S_IFREG | 0644;
	a->size = ino == ROOT_INO ? 0 : FILE_BYTES;
	a->nlink = ino == ROOT_INO ? 2 : 1;
	a->blksize = 4096;
}

static void on_init(const struct fuse_in_header *h, const struct fuse_init_in *in)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_readahead = in->max_readahead,
		.max_background = 16, .congestion_threshold = 12, .max_write = 65536, .time_gran = 1,
	};

	if (in->minor < out.minor)
		out.minor = in->minor;
	answer(h->unique, 0, &out, sizeof(out));
}

/* Nothing is kept by the kernel: every look asks again. */
static void on_lookup(const struct fuse_in_header *h, const char *name)
{
	struct fuse_entry_out out = { .nodeid = FILE_INO };

	if (h->nodeid != ROOT_INO || strcmp(name, "file") != 0) {
		answer(h->unique, ENOENT, NULL, 0);
		return;
	}
	fill_attr(FILE_INO, &out.attr);
	answer(h->unique, 0, &out, sizeof(out));
}

static void on_getattr(const struct fuse_in_header *h)
{
	struct fuse_attr_out out = { .attr_valid = 0 };

	fill_attr(h->nodeid, &out.attr);
	answer(h->unique, 0, &out, sizeof(out));
}

static void on_statfs(const struct fuse_in_header *h)
{
	struct fuse_statfs_out out = { .st = { .blocks = 1000, .bfree = 400, .bavail = 300, .files = 50, .ffree = 20,
					       .bsize = 4096, .frsize = 4096, .namelen = 255 } };

	answer(h->unique, 0, &out, sizeof(out));
}

static void on_open(const struct fuse_in_header *h)
{
	struct fuse_open_out out = { .open_flags = h->opcode == FUSE_OPEN ? FOPEN_DIRECT_IO : 0 };

	answer(h->unique, 0, &out, sizeof(out));
}

static void on_read(const struct fuse_in_header *h, const struct fuse_read_in *in)
{
	static const char zeros[FILE_BYTES];
	size_t left = in->offset < FILE_BYTES ? FILE_BYTES - in->offset : 0;

	answer(h->unique, 0, zeros, left < in->size ? left : in->size);
}

static void handle(const struct fuse_in_header *h, const void *body)
{
	switch (h->opcode) {
	case FUSE_INIT:
		on_init(h, body);
		break;
	case FUSE_LOOKUP:
		on_lookup(h, body);
		break;
	case FUSE_GETATTR:
		on_getattr(h);
		break;
	case FUSE_STATFS:
		on_statfs(h);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		on_open(h);
		break;
	case FUSE_READ:
		on_read(h, body);
		break;
	case FUSE_READDIR:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FLUSH:
	case FUSE_ACCESS:
		answer(h->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break; /* these want no answer */
	default:
		answer(h->unique, ENOSYS, NULL, 0);
	}
}

static void keep(const struct fuse_in_header *h, const void *body)
{
	struct swallowed *s = &swallowed[swallowed_nr];
	size_t len = h->len - sizeof(*h);

	if (h->opcode == FUSE_FORGET || h->opcode == FUSE_BATCH_FORGET || h->opcode == FUSE_INTERRUPT)
		return;
	if (swallowed_nr == SWALLOWED_MAX || len > sizeof(s->body))
		die("too much to swallow");
	s->head = *h;
	memcpy(s->body, body, len);
	swallowed_nr++;
}

/* False at the end of the connection: it was unmounted, or aborted. */
static bool take_request(void)
{
	const struct fuse_in_header *h = (const void *)request;
	ssize_t n = read(dev, request, sizeof(request) - 1);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN || errno == ENOENT;
	request[n] = '\0';
	if (mode == ANSWER)
		handle(h, h + 1);
	else
		keep(h, h + 1);
	return true;
}

static void tell(void)
{
	printf("{\"pid\":%d,\"swallowed\":%u}\n", getpid(), swallowed_nr);
	fflush(stdout);
}

static void go(void)
{
	for (unsigned i = 0; i < swallowed_nr; i++)
		handle(&swallowed[i].head, swallowed[i].body);
	swallowed_nr = 0;
	mode = ANSWER;
}

/* False at the end of stdin. */
static bool take_word(void)
{
	char line[64];
	ssize_t n = read(0, line, sizeof(line) - 1);

	if (n <= 0)
		return false;
	line[n] = '\0';
	if (!strcmp(line, "swallow\n"))
		mode = SWALLOW;
	else if (!strcmp(line, "stop\n"))
		mode = STOP;
	tell();
	if (!strcmp(line, "go\n"))
		go();
	return true;
}

static void mount_it(const char *point)
{
	char options[128];

	dev = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (dev < 0)
		die("/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", dev);
	if (mount("probetop-test", point, "fuse.probetop", MS_NOSUID | MS_NODEV, options))
		die(point);
}

int main(int argc, char **argv)
{
	struct pollfd fds[] = { { .fd = 0, .events = POLLIN }, { .events = POLLIN } };

	if (argc != 2) {
		fprintf(stderr, "usage: load_fuse POINT\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LIFE_S);
	mount_it(argv[1]);
	fds[1].fd = dev;
	tell();
	for (;;) {
		fds[1].fd = mode == STOP ? -1 : dev;
		if (poll(fds, 2, -1) < 0)
			die("poll");
		if (fds[0].revents && !take_word())
			break;
		if (fds[1].revents && !take_request())
			break;
	}
	close(dev); /* before the umount: nothing is left that could wait */
	if (umount2(argv[1], MNT_DETACH) && errno != EINVAL)
		die("umount");
	return 0;
}
