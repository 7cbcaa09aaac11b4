// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes and reads files through the page cache, under a name of its own, and counts it. Says as a line
 * of JSON what it did, then stays until its input ends.
 *
 *	load_pages NAME write FILE BYTES CHUNK   new pages, CHUNK bytes a call
 *	load_pages NAME map FILE BYTES CHUNK     the same by stores into a mapping
 *	load_pages NAME read FILE BYTES CHUNK    pages that are in no cache
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "load_pages: %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *chunk_new(size_t bytes)
{
	char *chunk = malloc(bytes);

	if (!chunk)
		die("memory");
	memset(chunk, 'x', bytes); /* zeroes may become holes */
	return chunk;
}

static void write_pages(int fd, size_t bytes, size_t chunk)
{
	char *data = chunk_new(chunk);

	for (size_t done = 0; done < bytes; done += chunk)
		if (write(fd, data, chunk) != (ssize_t)chunk)
			die("write");
}

static void map_pages(int fd, size_t bytes, size_t chunk)
{
	char *map;

	if (ftruncate(fd, (off_t)bytes))
		die("ftruncate");
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap");
	for (size_t done = 0; done < bytes; done += chunk)
		memset(map + done, 'x', chunk);
	munmap(map, bytes);
}

static void read_pages(int fd, size_t bytes, size_t chunk)
{
	char *data = chunk_new(chunk);

	if (fsync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		die("posix_fadvise");
	for (size_t done = 0; done < bytes; done += chunk)
		if (read(fd, data, chunk) != (ssize_t)chunk)
			die("read");
}

int main(int argc, char **argv)
{
	size_t bytes = argc == 6 ? strtoul(argv[4], NULL, 0) : 0, chunk = argc == 6 ? strtoul(argv[5], NULL, 0) : 0;
	int is_read, fd;
	char c;

	if (!bytes || !chunk || bytes % chunk) {
		fprintf(stderr, "usage: load_pages NAME write|map|read FILE BYTES CHUNK\n");
		return 2;
	}
	is_read = !strcmp(argv[2], "read");
	prctl(PR_SET_NAME, argv[1]);
	fd = open(argv[3], (is_read ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC, 0600);
	if (fd < 0)
		die(argv[3]);
	if (is_read)
		read_pages(fd, bytes, chunk);
	else if (!strcmp(argv[2], "map"))
		map_pages(fd, bytes, chunk);
	else
		write_pages(fd, bytes, chunk);
	close(fd);
	printf("{\"pid\":%d,\"name\":\"%s\",\"bytes\":%zu}\n", getpid(), argv[1], bytes);
	fflush(stdout);
	fclose(stdout);
	while (read(0, &c, 1) == 1)
		;
	return 0;
}
