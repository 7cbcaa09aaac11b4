/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The properties of one block device: /sys/dev/block/MAJ:MIN and what it stands on. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "disks.h"
#include "files.h"

#define LOOP_MAJOR 7
#define MOUNTS_BYTES (1 << 20)

/* Reads a small file without the blanks around it; false where there is none. */
static bool read_text(int dir, const char *path, char *buf, size_t size)
{
	ssize_t n = files_read_at(dir, path, buf, size - 1);
	char *start = buf;

	if (n < 0) {
		*buf = 0;
		return false;
	}
	while (n > 0 && isspace((unsigned char)buf[n - 1]))
		n--;
	buf[n] = 0;
	while (isspace((unsigned char)*start))
		start++;
	memmove(buf, start, strlen(start) + 1);
	return true;
}

static uint64_t read_number(int dir, const char *path)
{
	char buf[64];
	uint64_t v;

	if (!read_text(dir, path, buf, sizeof(buf)) || !parse_number((struct text){buf, buf + strlen(buf)}, &v))
		return REC_UNKNOWN;
	return v;
}

static uint32_t read_number32(int dir, const char *path)
{
	uint64_t v = read_number(dir, path);

	return v < REC_UNKNOWN32 ? (uint32_t)v : REC_UNKNOWN32;
}

/* A file that holds "254:0"; 0 where there is none. */
static uint32_t read_dev(int dir, const char *path)
{
	unsigned major, minor;
	char buf[32];

	if (!read_text(dir, path, buf, sizeof(buf)) || sscanf(buf, "%u:%u", &major, &minor) != 2)
		return 0;
	return disk_dev(major, minor);
}

static bool has(int dir, const char *path)
{
	return faccessat(dir, path, F_OK, 0) == 0;
}

/* Of a path the end tells more than the beginning. */
static void set_label(struct disk_info_rec *r, const char *text)
{
	size_t len = strlen(text), room = sizeof(r->label) - 1;

	memset(r->label, 0, sizeof(r->label));
	memcpy(r->label, len > room ? text + len - room : text, len > room ? room : len);
}

void disk_parse_scheduler(const char *text, char *buf, size_t size)
{
	const char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;
	size_t len;

	if (open && close) {
		text = open + 1;
		len = (size_t)(close - text);
	} else {
		len = strcspn(text, " ");
	}
	memset(buf, 0, size);
	memcpy(buf, text, len < size ? len : size - 1);
}

/* ---- the mounts ---- */

static struct text take_word(struct text *t)
{
	struct text word = {t->at, memchr(t->at, ' ', (size_t)(t->end - t->at))};

	if (!word.end)
		word.end = t->end;
	t->at = word.end < t->end ? word.end + 1 : t->end;
	return word;
}

/* Whether `path` lies under a mount point, in which blanks and the like are octal: "\040". Sets its length. */
static bool lies_under(struct text mount, const char *path, size_t *ret_len)
{
	const char *p = path;

	for (const char *m = mount.at; m < mount.end; p++) {
		int c = (unsigned char)*m;

		if (c == '\\' && mount.end - m >= 4) {
			c = (m[1] - '0') << 6 | (m[2] - '0') << 3 | (m[3] - '0');
			m += 4;
		} else {
			m++;
		}
		if ((unsigned char)*p != c)
			return false;
	}
	*ret_len = (size_t)(p - path);
	return *ret_len == 1 || *p == '/' || *p == 0; /* "/", or a whole name */
}

/* btrfs and others have numbers of their own: what is mounted says more. */
static uint32_t dev_of_source(struct text source)
{
	char path[PATH_MAX];
	size_t len = (size_t)(source.end - source.at);
	struct stat st;

	if (len >= sizeof(path) || len < 5 || memcmp(source.at, "/dev/", 5))
		return 0;
	memcpy(path, source.at, len);
	path[len] = 0;
	return stat(path, &st) == 0 && S_ISBLK(st.st_mode) ? disk_dev(major(st.st_rdev), minor(st.st_rdev)) : 0;
}

/* "27 1 254:0 / /mnt rw,relatime shared:1 - ext4 /dev/vda rw" */
static uint32_t dev_of_mount(struct text line)
{
	uint64_t major, minor;
	struct text dev, word;

	take_word(&line);
	take_word(&line);
	dev = take_word(&line);
	word = (struct text){memchr(dev.at, ':', (size_t)(dev.end - dev.at)), dev.end};
	if (!word.at++ || !parse_number(dev, &major) || !parse_number(word, &minor))
		return 0;
	if (major)
		return disk_dev((uint32_t)major, (uint32_t)minor);
	do {
		word = take_word(&line);
	} while (word.at < word.end && (*word.at != '-' || word.end - word.at != 1));
	take_word(&line);
	return dev_of_source(take_word(&line));
}

uint32_t disk_of_path(struct text mountinfo, const char *path)
{
	struct text line, rest, best = {NULL, NULL};
	size_t best_len = 0, len;

	while (parse_line(&mountinfo, &line)) {
		rest = line;
		for (int i = 0; i < 4; i++)
			take_word(&rest);
		if (!lies_under(take_word(&rest), path, &len) || len < best_len)
			continue;
		best = line; /* of several on one point the last lies on top */
		best_len = len;
	}
	return best.at ? dev_of_mount(best) : 0;
}

/* By the mounts alone: to ask the file itself could take for ever (a server that is gone). */
static uint32_t read_dev_of_path(const char *root, const char *path)
{
	int fd = files_open(root, "/proc/self/mountinfo", O_RDONLY);
	char *buf = fd < 0 ? NULL : malloc(MOUNTS_BYTES);
	size_t have = 0;
	uint32_t dev = 0;
	ssize_t n = 1;

	while (buf && have < MOUNTS_BYTES && n > 0) {
		n = read(fd, buf + have, MOUNTS_BYTES - have);
		have += n > 0 ? (size_t)n : 0;
	}
	if (buf)
		dev = disk_of_path((struct text){buf, buf + have}, path);
	free(buf);
	if (fd >= 0)
		close(fd);
	return dev;
}

/* ---- the device ---- */

static int compare_devs(const void *a, const void *b)
{
	uint32_t x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

/* Links to the devices that it stands on: dm, md. */
static void read_slaves(int dir, struct disk_info_rec *r)
{
	int fd = openat(dir, "slaves", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char path[300];
	uint32_t dev;

	if (!d && fd >= 0)
		close(fd);
	while (d && (entry = readdir(d))) {
		snprintf(path, sizeof(path), "slaves/%s/dev", entry->d_name);
		dev = *entry->d_name != '.' ? read_dev(dir, path) : 0;
		if (dev && r->slaves_nr < DISK_SLAVES)
			r->slaves[r->slaves_nr++] = dev;
	}
	if (d)
		closedir(d);
	qsort(r->slaves, r->slaves_nr, sizeof(*r->slaves), compare_devs);
}

static void read_queue(int dir, bool part, struct disk_info_rec *r)
{
	const char *parent = part ? "../queue" : "queue";
	char text[256];
	int queue = openat(dir, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t kb;

	if (queue < 0)
		return;
	r->flags |= read_number(queue, "rotational") == 1 ? DISK_INFO_F_ROTATIONAL : 0;
	if (read_text(queue, "write_cache", text, sizeof(text)) && !strcmp(text, "write back"))
		r->flags |= DISK_INFO_F_WRITE_CACHE;
	if (read_text(queue, "scheduler", text, sizeof(text)))
		disk_parse_scheduler(text, r->scheduler, sizeof(r->scheduler));
	r->nr_requests = read_number32(queue, "nr_requests");
	r->logical_bytes = read_number32(queue, "logical_block_size");
	kb = read_number(queue, "max_sectors_kb");
	r->max_bytes = kb < REC_UNKNOWN32 / 1024 ? (uint32_t)kb * 1024 : REC_UNKNOWN32;
	close(queue);
}

static void read_loop(const char *root, int dir, struct disk_info_rec *r)
{
	static const char deleted[] = " (deleted)";
	char path[PATH_MAX];
	size_t len;

	r->type = DISK_T_LOOP;
	if (!read_text(dir, "loop/backing_file", path, sizeof(path)) || !*path)
		return;
	set_label(r, path);
	len = strlen(path);
	if (len > sizeof(deleted) && !strcmp(path + len - (sizeof(deleted) - 1), deleted))
		path[len - (sizeof(deleted) - 1)] = 0;
	r->slaves[0] = read_dev_of_path(root, path);
	r->slaves_nr = r->slaves[0] != 0;
}

/* What kind of device it is, what it is called besides, and what it stands on. */
static void read_kind(const char *root, int dir, struct disk_info_rec *r)
{
	char text[256];

	if (has(dir, "partition")) {
		r->type = DISK_T_PART;
		r->parent = read_dev(dir, "../dev");
		return;
	}
	if (!has(dir, "mq")) /* from Linux 5.0 on every device with requests has one */
		r->flags |= DISK_INFO_F_NO_REQUESTS;
	if (DISK_MAJOR(r->dev) == LOOP_MAJOR) {
		read_loop(root, dir, r);
		return;
	}
	read_slaves(dir, r);
	if (read_text(dir, "dm/name", text, sizeof(text)))
		r->type = DISK_T_DM;
	else if (read_text(dir, "md/level", text, sizeof(text)))
		r->type = DISK_T_MD;
	else if (r->flags & DISK_INFO_F_NO_REQUESTS)
		r->type = DISK_T_OTHER;
	if (*text || read_text(dir, "device/model", text, sizeof(text)))
		set_label(r, text);
}

void disk_info_read(const char *root, const struct disk_name *of, struct disk_info_rec *ret)
{
	char path[64];
	uint64_t sectors;
	int dir;

	memset(ret, 0, sizeof(*ret)); /* compared as bytes */
	ret->dev = of->dev;
	ret->type = DISK_MAJOR(of->dev) == LOOP_MAJOR ? DISK_T_LOOP : DISK_T_DISK;
	ret->size_bytes = REC_UNKNOWN;
	ret->nr_requests = ret->logical_bytes = ret->max_bytes = REC_UNKNOWN32;
	memcpy(ret->name, of->name, sizeof(ret->name));
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", DISK_MAJOR(of->dev), DISK_MINOR(of->dev));
	dir = files_open(root, path, O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		return;
	sectors = read_number(dir, "size");
	ret->size_bytes = sectors < INT64_MAX / 512 ? sectors * 512 : REC_UNKNOWN;
	ret->flags |= read_number(dir, "ro") == 1 ? DISK_INFO_F_READ_ONLY : 0;
	ret->flags |= read_number(dir, "removable") == 1 ? DISK_INFO_F_REMOVABLE : 0;
	read_kind(root, dir, ret);
	read_queue(dir, ret->type == DISK_T_PART, ret);
	close(dir);
}
