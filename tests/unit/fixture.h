/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small tree of files under a temporary directory, as a root for the inventory's tests. */
#ifndef PROBETOP_FIXTURE_H
#define PROBETOP_FIXTURE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char fixture_root[] = "/tmp/probetop-root-XXXXXX";

static int fixture_make(void **state)
{
	return mkdtemp(fixture_root) ? 0 : -1;
}

static int fixture_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

static int fixture_remove(void **state)
{
	return nftw(fixture_root, fixture_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline const char *fixture_path(const char *path)
{
	static char full[512];

	snprintf(full, sizeof(full), "%s%s", fixture_root, path);
	return full;
}

/* Makes the directories of `path`. */
static inline void fixture_dirs(const char *path)
{
	char dir[512];

	snprintf(dir, sizeof(dir), "%s", fixture_path(path));
	for (char *slash = dir + sizeof(fixture_root); (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(dir, 0700);
		*slash = '/';
	}
}

static inline void fixture_bytes(const char *path, const char *text, size_t len)
{
	FILE *f;

	fixture_dirs(path);
	f = fopen(fixture_path(path), "we");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline void fixture_text(const char *path, const char *text)
{
	fixture_bytes(path, text, strlen(text));
}

static inline void fixture_drop(const char *path)
{
	nftw(fixture_path(path), fixture_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
