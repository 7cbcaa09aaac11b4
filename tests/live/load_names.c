// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks up names whose number is known, by fstatat() in an open directory: each call is one look-up.
 *
 *	load_names DIR NR
 *
 * NR names that do not exist, once (the filesystem is asked) and once more (the cache knows that there is none).
 * Prints a line of JSON: what it did, by its own count.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static long round_of(int dir, long nr)
{
	char name[32];
	struct stat st;
	long absent = 0;

	for (long i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "absent-%ld", i);
		absent += fstatat(dir, name, &st, 0) < 0 && errno == ENOENT;
	}
	return absent;
}

int main(int argc, char **argv)
{
	long nr, first, again;
	int dir;

	if (argc != 3 || (nr = atol(argv[2])) < 1)
		return 2;
	dir = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (dir < 0) {
		perror(argv[1]);
		return 1;
	}
	first = round_of(dir, nr);
	again = round_of(dir, nr);
	printf("{\"names\":%ld,\"first\":%ld,\"again\":%ld}\n", nr, first, again);
	return first == nr && again == nr ? 0 : 1;
}
