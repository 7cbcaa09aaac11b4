// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Storms of one kind of work, for what a monitor adds to it. Prints operations per second of
 * CPU time (children and, on loopback, the kernel's work for the packets included), for each
 * slice of time, one a line; direct reads per second of wall time, because there the device
 * works and not the CPU.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FAULT_PAGES 64
#define DIRECT_BYTES 4096
#define DIRECT_BLOCKS 1024
#define READS 32 /* between two looks at the clock: a read is short */
#define STREAM_BYTES 131072 /* what iperf3 sends at once */

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "storms: %s: %s.\n", what, strerror(errno));
	exit(1);
}

static long long clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static long long cpu_ns(void)
{
	struct rusage ru;

	if (getrusage(RUSAGE_CHILDREN, &ru))
		die("own CPU time");
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID) +
	       (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000000LL +
	       (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) * 1000LL;
}

static long long wall_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static int fds[2];
static char *block;

static void no_begin(void)
{
}

static long faults(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = FAULT_PAGES * page;
	char *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		die("mapping pages");
	for (size_t i = 0; i < bytes; i += page)
		map[i] = 1;
	munmap(map, bytes);
	return FAULT_PAGES;
}

static long spawns(void)
{
	static char name[] = "true";
	char *argv[] = {name, NULL}, *env[] = {NULL};
	pid_t pid;
	int status;

	if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, env))
		die("starting true");
	if (waitpid(pid, &status, 0) != pid)
		die("waiting for true");
	return 1;
}

static long files(void)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "storm.%d", getpid());
	fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		die("making a file");
	close(fd);
	if (unlink(name))
		die("removing a file");
	return 1;
}

/* A socket of `type` on loopback, bound to a port that the kernel chooses. */
static int loopback(int type, struct sockaddr_in *ret_at)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*ret_at);

	*ret_at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)ret_at, len) ||
	    getsockname(fd, (struct sockaddr *)ret_at, &len))
		die("a socket on loopback");
	return fd;
}

static void udp_begin(void)
{
	struct sockaddr_in at;

	fds[0] = loopback(SOCK_DGRAM, &at);
	fds[1] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fds[1] < 0 || connect(fds[1], (struct sockaddr *)&at, sizeof(at)))
		die("a second socket");
}

static long udp(void)
{
	char byte = 'x';

	if (send(fds[1], &byte, 1, 0) != 1 || recv(fds[0], &byte, 1, 0) != 1)
		die("a datagram");
	return 1;
}

static void tcp_begin(void)
{
	const int room = 4 * STREAM_BYTES;
	struct sockaddr_in at;
	int listener = loopback(SOCK_STREAM, &at);

	fds[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listen(listener, 1) || fds[1] < 0 || connect(fds[1], (struct sockaddr *)&at, sizeof(at)))
		die("a connection");
	fds[0] = accept(listener, NULL, NULL);
	if (fds[0] < 0)
		die("accepting a connection");
	close(listener);
	for (int i = 0; i < 2; i++)
		if (setsockopt(fds[i], SOL_SOCKET, i ? SO_SNDBUF : SO_RCVBUF, &room, sizeof(room)))
			die("room for a stream");
}

/* One process does both ends, so that all of it is its own CPU time. */
static long tcp(void)
{
	ssize_t sent = send(fds[1], block, STREAM_BYTES, MSG_DONTWAIT), got = 0;

	if (sent <= 0)
		die("sending");
	while (got < sent) {
		ssize_t n = recv(fds[0], block, STREAM_BYTES, 0);

		if (n <= 0)
			die("receiving");
		got += n;
	}
	return 1;
}

static void direct_begin(void)
{
	char name[] = "storm.direct.XXXXXX";
	int fd = mkstemp(name);

	if (fd < 0)
		die("making a file");
	for (int i = 0; i < DIRECT_BLOCKS; i++)
		if (write(fd, block, DIRECT_BYTES) != DIRECT_BYTES)
			die("filling the file");
	fsync(fd);
	close(fd);
	fds[0] = open(name, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fds[0] < 0)
		die("opening for direct reads");
	unlink(name);
}

static long direct(void)
{
	static unsigned at;

	if (pread(fds[0], block, DIRECT_BYTES, (off_t)(at++ % DIRECT_BLOCKS) * DIRECT_BYTES) != DIRECT_BYTES)
		die("a direct read");
	return 1;
}

static void write_begin(void)
{
	char name[] = "storm.write.XXXXXX";

	fds[0] = mkstemp(name);
	if (fds[0] < 0)
		die("making a file");
	unlink(name);
}

/* Into the page cache; the pages are dirty most of the time, as those of a file that is written again. */
static long writes(void)
{
	static unsigned at;

	if (pwrite(fds[0], block, DIRECT_BYTES, (off_t)(at++ % DIRECT_BLOCKS) * DIRECT_BYTES) != DIRECT_BYTES)
		die("a write");
	return 1;
}

static void read_begin(void)
{
	write_begin();
	if (pwrite(fds[0], block, DIRECT_BYTES, 0) != DIRECT_BYTES)
		die("filling the file");
}

/* One byte that is in the page cache: what a read costs at least. */
static long reads(void)
{
	for (int i = 0; i < READS; i++)
		if (pread(fds[0], block, 1, i) != 1)
			die("a read");
	return READS;
}

static const struct storm {
	const char *name;
	void (*begin)(void);
	long (*once)(void); /* returns how many operations it did */
	long long (*clock)(void);
} storms[] = {
	{"fault", no_begin, faults, cpu_ns},  {"spawn", no_begin, spawns, cpu_ns},
	{"file", no_begin, files, cpu_ns},    {"udp", udp_begin, udp, cpu_ns},
	{"tcp", tcp_begin, tcp, cpu_ns},      {"direct", direct_begin, direct, wall_ns},
	{"write", write_begin, writes, cpu_ns}, {"read", read_begin, reads, cpu_ns},
};

static double slice(const struct storm *s, long long slice_ns)
{
	long long until_ns = wall_ns() + slice_ns, from_ns = s->clock();
	long done = 0;

	do
		for (int i = 0; i < 16; i++)
			done += s->once();
	while (wall_ns() < until_ns);
	return (double)done * 1e9 / (double)(s->clock() - from_ns);
}

static const struct storm *find(const char *name)
{
	for (size_t i = 0; i < sizeof(storms) / sizeof(storms[0]); i++)
		if (!strcmp(storms[i].name, name))
			return &storms[i];
	return NULL;
}

/* On one CPU: moving to another is not what is measured. */
static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("choosing the CPU");
}

int main(int argc, char **argv)
{
	const struct storm *s = argc == 5 ? find(argv[1]) : NULL;

	if (!s) {
		fputs("usage: storms fault|spawn|file|udp|tcp|direct|write|read CPU SLICES SLICE_MS\n", stderr);
		return 2;
	}
	pin(atoi(argv[2]));
	if (posix_memalign((void **)&block, 4096, STREAM_BYTES))
		die("memory");
	memset(block, 'x', STREAM_BYTES);
	s->begin();
	for (int i = 0; i < atoi(argv[3]); i++)
		printf("%.1f\n", slice(s, atoi(argv[4]) * 1000000LL));
	return 0;
}
