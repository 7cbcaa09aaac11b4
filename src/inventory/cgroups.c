/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control groups: /proc/PID/cgroup, and the files of a v2 group. */
#include "cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "record.h"

static size_t length(struct text t)
{
	return (size_t)(t.end - t.at);
}

/* Takes what stands before `c`, which is dropped; all of it where there is none. */
static struct text take_until(struct text *t, char c)
{
	const char *at = memchr(t->at, c, length(*t));
	struct text word = { t->at, at ? at : t->end };

	t->at = at ? at + 1 : t->end;
	return word;
}

static bool is(struct text t, const char *word)
{
	return length(t) == strlen(word) && !memcmp(t.at, word, length(t));
}

/* Whether a list like "rw,memory" has the word. */
static bool lists(struct text t, const char *word)
{
	while (t.at < t.end)
		if (is(take_until(&t, ','), word))
			return true;
	return false;
}

/* A text that does not fit is none. */
static void copy(struct text t, char *to, size_t size)
{
	bool fits = length(t) < size;

	if (fits)
		memcpy(to, t.at, length(t));
	to[fits ? length(t) : 0] = 0;
}

/* "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw" */
static void parse_mount(struct text line, struct cgroup_mounts *ret)
{
	struct text top, dir, type;
	struct cgroup_mount *m;

	for (int i = 0; i < 3; i++)
		take_until(&line, ' ');
	top = take_until(&line, ' ');
	dir = take_until(&line, ' ');
	while (line.at < line.end && !is(take_until(&line, ' '), "-"))
		;
	type = take_until(&line, ' ');
	take_until(&line, ' ');
	if (is(type, "cgroup2"))
		m = &ret->v2;
	else if (is(type, "cgroup") && lists(line, "memory"))
		m = &ret->memory;
	else
		return;
	if (m->dir[0]) /* the first is the usual one */
		return;
	copy(dir, m->dir, sizeof(m->dir));
	copy(top, m->top, sizeof(m->top));
}

void cgroups_parse_mounts(struct text t, struct cgroup_mounts *ret)
{
	struct text line;

	*ret = (struct cgroup_mounts){ 0 };
	while (parse_line(&t, &line))
		parse_mount(line, ret);
}

/* "0::/user.slice", "4:memory:/docker/ab": number, controllers, path, which may have colons. */
void cgroups_parse_paths(struct text t, struct cgroup_paths *ret)
{
	struct text line, number, controllers;

	*ret = (struct cgroup_paths){ 0 };
	while (parse_line(&t, &line)) {
		number = take_until(&line, ':');
		controllers = take_until(&line, ':');
		if (is(number, "0") && length(controllers) == 0)
			copy(line, ret->v2, sizeof(ret->v2));
		else if (lists(controllers, "memory"))
			copy(line, ret->memory, sizeof(ret->memory));
	}
}

static bool take_number(struct text t, __u64 *ret)
{
	__u64 n = 0;

	if (t.at == t.end)
		return false;
	for (; t.at < t.end; t.at++) {
		if (*t.at < '0' || *t.at > '9' || n > (UINT64_MAX - 9) / 10)
			return false;
		n = n * 10 + (__u64)(*t.at - '0');
	}
	*ret = n;
	return true;
}

void cgroups_parse_cpu_stat(struct text t, struct cgstat_rec *r)
{
	const struct {
		const char *key;
		__u64 *to;
	} keys[] = {
		{"nr_periods", &r->periods},
		{"nr_throttled", &r->throttled},
		{"throttled_usec", &r->throttled_us},
	};
	struct text line, key;

	while (parse_line(&t, &line)) {
		key = take_until(&line, ' ');
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (is(key, keys[i].key))
				take_number(line, keys[i].to);
	}
}

/* "max 100000" or "50000 100000": quota and period. */
void cgroups_parse_cpu_max(struct text t, struct cgstat_rec *r)
{
	struct text line, quota;

	if (!parse_line(&t, &line))
		return;
	quota = take_until(&line, ' ');
	take_number(line, &r->period_us);
	if (!is(quota, "max"))
		take_number(quota, &r->quota_us);
}

void cgroups_mounts(int proc_fd, struct cgroup_mounts *ret)
{
	int fd = openat(proc_fd, "self/mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char line[4096];

	*ret = (struct cgroup_mounts){ 0 };
	if (fd >= 0 && !f)
		close(fd);
	while (f && fgets(line, sizeof(line), f))
		parse_mount((struct text){line, line + strcspn(line, "\n")}, ret);
	if (f)
		fclose(f);
}

/* The directory of a path; empty where it lies outside of what is mounted. */
static void directory(const char *root, const struct cgroup_mount *m, const char *path,
		      char ret[PATH_MAX])
{
	size_t top = strcmp(m->top, "/") ? strlen(m->top) : 0;

	ret[0] = 0;
	if (!m->dir[0] || !path[0] || strncmp(path, m->top, top) != 0)
		return;
	path += top;
	if (snprintf(ret, PATH_MAX, "%s%s%s", root, m->dir, path) >= PATH_MAX)
		ret[0] = 0;
}

enum verdict { UNSURE, SAME, OTHER };

/* kernfs gives a directory's id as its inode number; before Linux 5.5 the low half of it. */
static enum verdict verify(const char *root, const struct cgroup_mount *m, const char *path,
			   uint64_t id)
{
	char dir[PATH_MAX];
	struct stat st;

	directory(root, m, path, dir);
	if (!dir[0] || stat(dir, &st))
		return UNSURE;
	return st.st_ino == id || st.st_ino == (uint32_t)id ? SAME : OTHER;
}

/* Returns 2, 1, or 0 for none of its groups. */
static int decide(const char *root, const struct cgroup_mounts *mounts,
		  const struct cgroup_paths *paths, uint64_t id)
{
	enum verdict v2 = verify(root, &mounts->v2, paths->v2, id);
	enum verdict memory = verify(root, &mounts->memory, paths->memory, id);

	if (v2 == SAME)
		return 2;
	if (memory == SAME)
		return 1;
	if (v2 == OTHER && (memory == OTHER || !paths->memory[0]))
		return 0;
	if (v2 == UNSURE && paths->v2[0] && strcmp(paths->v2, "/") != 0)
		return 2;
	if (memory == UNSURE && paths->memory[0])
		return 1;
	return v2 == UNSURE && paths->v2[0] ? 2 : 0;
}

bool cgroups_read_path(const char *root, int dir, const struct cgroup_mounts *mounts, uint64_t id,
		       struct cgroup_rec *ret)
{
	struct cgroup_paths paths;
	const char *path;
	char buf[8192];
	ssize_t n = files_read_at(dir, "cgroup", buf, sizeof(buf));
	size_t padded;

	if (n <= 0)
		return false;
	cgroups_parse_paths((struct text){buf, buf + n}, &paths);
	*ret = (struct cgroup_rec){.id = id};
	ret->version = (uint16_t)decide(root, mounts, &paths, id);
	if (!ret->version)
		return false;
	path = ret->version == 2 ? paths.v2 : paths.memory;
	ret->len = (uint16_t)strlen(path);
	memcpy(ret->path, path, ret->len);
	padded = ((size_t)ret->len + 7) & ~(size_t)7;
	record_init(&ret->h, 0, PANE_CORE, CORE_CGROUP, offsetof(struct cgroup_rec, path) + padded);
	return true;
}

bool cgroups_read_stat(const char *root, const struct cgroup_mounts *mounts, const char *path,
		       uint64_t id, struct cgstat_rec *r)
{
	static const char *const pressure[PSI_NR] = {
		[PSI_CPU] = "cpu.pressure",
		[PSI_MEM] = "memory.pressure",
		[PSI_IO] = "io.pressure",
	};
	char name[PATH_MAX], buf[4096];
	uint64_t some_us, full_us;
	ssize_t n;
	int dir;

	directory(root, &mounts->v2, path, name);
	dir = name[0] ? open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (dir < 0)
		return false;
	memset(r, 0xff, sizeof(*r)); /* REC_UNKNOWN */
	record_init(&r->h, files_now_ns(), PANE_CORE, CORE_CGSTAT, sizeof(*r));
	r->id = id;
	for (int i = 0; i < PSI_NR; i++) {
		n = files_read_at(dir, pressure[i], buf, sizeof(buf));
		parse_pressure((struct text){buf, buf + (n > 0 ? n : 0)}, &some_us, &full_us);
		r->some_us[i] = some_us;
		r->full_us[i] = full_us;
	}
	n = files_read_at(dir, "cpu.stat", buf, sizeof(buf));
	if (n > 0)
		cgroups_parse_cpu_stat((struct text){buf, buf + n}, r);
	n = files_read_at(dir, "cpu.max", buf, sizeof(buf));
	if (n > 0)
		cgroups_parse_cpu_max((struct text){buf, buf + n}, r);
	close(dir);
	return true;
}
