// SPDX-License-Identifier: GPL-2.0-or-later
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "disk.h"

#define TRIES 20 /* others take free devices, too */

static int file_make(struct loop *l, const char *folder, uint64_t bytes)
{
	static char block[1 << 16];
	int fd;

	snprintf(l->file, sizeof(l->file), "%s/probetop-test-XXXXXX", folder);
	fd = mkstemp(l->file);
	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)rand();
	for (uint64_t at = 0; at < bytes; at += sizeof(block))
		if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block))
			break;
	fsync(fd);
	return fd;
}

static int device_take(struct loop *l, int file)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int nr = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	int fd = -1;

	if (control >= 0)
		close(control);
	if (nr < 0)
		return -errno;
	snprintf(l->device, sizeof(l->device), "/dev/loop%d", nr);
	fd = open(l->device, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!ioctl(fd, LOOP_SET_FD, file))
		return fd;
	close(fd);
	return -EBUSY;
}

int loop_open_in(struct loop *l, const char *folder, uint64_t bytes)
{
	int file = file_make(l, folder, bytes);
	struct stat st;

	l->fd = -EBUSY;
	if (file < 0)
		return file;
	for (int i = 0; i < TRIES && l->fd == -EBUSY; i++)
		l->fd = device_take(l, file);
	close(file);
	if (l->fd < 0) {
		unlink(l->file);
		return l->fd;
	}
	fstat(l->fd, &st);
	l->dev = disk_dev(major(st.st_rdev), minor(st.st_rdev));
	return 0;
}

int loop_open(struct loop *l, uint64_t bytes)
{
	return loop_open_in(l, "/var/tmp", bytes);
}

void loop_close(struct loop *l)
{
	ioctl(l->fd, LOOP_CLR_FD);
	close(l->fd);
	unlink(l->file);
}

int loop_stats(const struct loop *l, struct diskstats *ret)
{
	char line[512], name[32];
	uint64_t n[17];
	FILE *f = fopen("/proc/diskstats", "re");
	int got = 0;

	if (!f)
		return -errno;
	memset(n, 0, sizeof(n));
	while (got != 18 && fgets(line, sizeof(line), f)) {
		got = sscanf(line,
			     "%*u %*u %31s %" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64
			     "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64
			     "%" SCNu64 "%" SCNu64,
			     name, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &n[8], &n[9], &n[10], &n[11],
			     &n[12], &n[13], &n[14], &n[15], &n[16]);
		if (got == 18 && strcmp(name, l->device + strlen("/dev/")))
			got = 0;
	}
	fclose(f);
	*ret = (struct diskstats){.ios = {n[0], n[4], n[11], n[15]}, .sectors = {n[2], n[6], n[13], 0}};
	return got == 18 ? 0 : -ENOENT;
}
