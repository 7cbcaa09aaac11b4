// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Direct I/O that counts itself. Says its pid as JSON, waits for a line or the end of its input, does
 * its calls, tells each as a line of JSON, and stays until its input ends.
 *
 *	load_disk read FILE NR BYTES    NR reads at places that do not follow each other
 *	load_disk write FILE NR BYTES   the same with writes
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NS    1000000000ULL
#define ALIGN 4096

struct deed {
	uint64_t before_ns, after_ns;
	off_t offset;
	ssize_t bytes; /* or -errno */
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "load_disk: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS + (uint64_t)ts.tv_nsec;
}

/* Each place once, in an order in which none follows the one before. */
static off_t place(size_t i, size_t places, size_t bytes)
{
	return (off_t)((i * 7919 + 13) % places * bytes);
}

static void act(struct deed *d, int fd, int is_read, char *buf, size_t bytes)
{
	d->before_ns = now_ns();
	d->bytes = is_read ? pread(fd, buf, bytes, d->offset) : pwrite(fd, buf, bytes, d->offset);
	if (d->bytes < 0)
		d->bytes = -errno;
	d->after_ns = now_ns();
}

static void drain_input(void)
{
	char c;

	while (read(0, &c, 1) == 1)
		;
}

int main(int argc, char **argv)
{
	int is_read = argc == 5 && !strcmp(argv[1], "read");
	size_t nr = argc == 5 ? strtoul(argv[3], NULL, 0) : 0, bytes = argc == 5 ? strtoul(argv[4], NULL, 0) : 0;
	struct deed *deeds = calloc(nr + 1, sizeof(*deeds));
	size_t places;
	char *buf, c;
	int fd;

	if (!nr || !bytes || (!is_read && strcmp(argv[1], "write")) || !deeds) {
		fprintf(stderr, "usage: load_disk read|write FILE NR BYTES\n");
		return 2;
	}
	fd = open(argv[2], (is_read ? O_RDONLY : O_WRONLY) | O_DIRECT | O_CLOEXEC);
	buf = aligned_alloc(ALIGN, (bytes + ALIGN - 1) / ALIGN * ALIGN);
	if (fd < 0 || !buf)
		die(argv[2]);
	places = (size_t)lseek(fd, 0, SEEK_END) / bytes;
	if (!places)
		die("the file is too small");
	memset(buf, 'x', bytes);
	for (size_t i = 0; i < nr; i++)
		deeds[i] = (struct deed){ .offset = place(i, places, bytes) };
	mlockall(MCL_CURRENT); /* no page of ours is read from a disk meanwhile; no matter if refused */
	printf("{\"pid\":%d}\n", getpid());
	fflush(stdout);
	if (read(0, &c, 1) < 0)
		die("input");
	for (size_t i = 0; i < nr; i++)
		act(&deeds[i], fd, is_read, buf, bytes);
	for (size_t i = 0; i < nr; i++)
		printf("{\"offset\":%lld,\"bytes\":%lld,\"before_ns\":%llu,\"after_ns\":%llu}\n", (long long)deeds[i].offset,
		       (long long)deeds[i].bytes, (unsigned long long)deeds[i].before_ns,
		       (unsigned long long)deeds[i].after_ns);
	fflush(stdout);
	fclose(stdout);
	drain_input();
	return 0;
}
