// SPDX-License-Identifier: GPL-2.0-or-later
/* A storm of processes that live for less than a tick, started one after the other. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"

static int run_one(const char *path)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		load_die("fork");
	if (!pid) {
		execl(path, path, (char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		load_die("waitpid");
	return status;
}

/* CPU time of all children that were waited for. */
static unsigned long long children_ns(void)
{
	struct rusage ru;

	getrusage(RUSAGE_CHILDREN, &ru);
	return ((unsigned long long)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 +
		(unsigned long long)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec)) * 1000;
}

int load_storm(const struct load_opts *opts)
{
	uint64_t begin_ns = load_now_ns();
	uint64_t until_ns = begin_ns + (uint64_t)(opts->seconds * 1e9);
	long forks = 0, fine = 0;

	while (forks < opts->nr && load_now_ns() < until_ns) {
		forks++;
		fine += run_one(opts->path) == 0;
	}
	printf("{\"load\":\"storm\",\"pid\":%d,\"forks\":%ld,\"fine\":%ld,\"children_ns\":%llu,"
	       "\"begin_ns\":%llu,\"mono_ns\":%llu}\n", getpid(), forks, fine, children_ns(),
	       (unsigned long long)begin_ns, (unsigned long long)load_now_ns());
	return fine != forks;
}
