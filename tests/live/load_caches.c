// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads a file in one way, and counts the pages that its calls touch: load_caches FILE HOW CHUNK. HOW is none, read,
 * pread (in no order), readv, sendfile, splice or map. Says as a line of JSON how many pages the file has and how
 * many the calls touched. With "wait" behind CHUNK it begins when it reads a byte from its input, says so each
 * time, and ends when its input does.
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
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE  4096u
#define PRIME 7919u /* steps of that many chunks come by all of them, unless their number is a multiple */

static uint64_t file_bytes, touched;
static size_t chunk;
static char *buf;
static int fd, out, ends[2];

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void touch(uint64_t at, ssize_t bytes)
{
	if (bytes > 0)
		touched += (at + (uint64_t)bytes - 1) / PAGE - at / PAGE + 1;
}

static ssize_t by_read(uint64_t at)
{
	return read(fd, buf, chunk);
}

static ssize_t by_readv(uint64_t at)
{
	struct iovec v[3] = { { buf, 1 }, { buf + 1, chunk / 2 }, { buf + 1 + chunk / 2, chunk - 1 - chunk / 2 } };

	return readv(fd, v, 3);
}

static ssize_t by_sendfile(uint64_t at)
{
	return sendfile(out, fd, NULL, chunk);
}

static ssize_t by_splice(uint64_t at)
{
	ssize_t n = splice(fd, NULL, ends[1], NULL, chunk, 0);

	if (n > 0)
		must(splice(ends[0], NULL, out, NULL, (size_t)n, 0) == n, "splice from the pipe");
	return n;
}

static void in_order(ssize_t (*step)(uint64_t at))
{
	ssize_t n;

	must(!lseek(fd, 0, SEEK_SET), "lseek");
	for (uint64_t at = 0; (n = step(at)) > 0; at += (uint64_t)n)
		touch(at, n);
	must(!n, "reading");
}

static void in_no_order(void)
{
	uint64_t chunks = (file_bytes + chunk - 1) / chunk;

	for (uint64_t i = 0, at = 0; i < chunks; i++, at = (at + PRIME) % chunks) {
		ssize_t n = pread(fd, buf, chunk, (off_t)(at * chunk));

		must(n > 0, "pread");
		touch(at * chunk, n);
	}
}

static void by_map(void)
{
	volatile const char *p = mmap(NULL, file_bytes, PROT_READ, MAP_SHARED, fd, 0);
	char sum = 0;

	must(p != MAP_FAILED, "mmap");
	for (uint64_t at = 0; at < file_bytes; at += PAGE)
		sum = (char)(sum + p[at]);
	munmap((void *)(uintptr_t)p, file_bytes);
}

static void work(const char *how)
{
	static const struct {
		const char *name;
		ssize_t (*step)(uint64_t at);
	} steps[] = { { "read", by_read }, { "readv", by_readv }, { "sendfile", by_sendfile }, { "splice", by_splice } };

	touched = 0;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!strcmp(how, steps[i].name))
			in_order(steps[i].step);
	if (!strcmp(how, "pread"))
		in_no_order();
	if (!strcmp(how, "map"))
		by_map();
	printf("{\"pid\":%d,\"pages\":%llu,\"touched\":%llu}\n", getpid(),
	       (unsigned long long)((file_bytes + PAGE - 1) / PAGE), (unsigned long long)touched);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct stat st;
	char byte;

	if (argc < 4) {
		fprintf(stderr, "usage: load_caches FILE HOW CHUNK [wait]\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	must(fd >= 0 && out >= 0 && !fstat(fd, &st) && !pipe2(ends, O_CLOEXEC), argv[1]);
	file_bytes = (uint64_t)st.st_size;
	chunk = strtoul(argv[3], NULL, 10);
	buf = malloc(chunk);
	must(chunk > 0 && buf, "chunk");
	memset(buf, 1, chunk); /* it faults in no page later */
	if (argc == 4)
		work(argv[2]);
	while (argc > 4 && read(0, &byte, 1) == 1)
		work(argv[2]);
	return 0;
}
