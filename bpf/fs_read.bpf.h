/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a call that is under way began to read: its offset, from its arguments or the file's own. */
#ifndef PROBETOP_FS_READ_BPF_H
#define PROBETOP_FS_READ_BPF_H

#include "fs_call.bpf.h"

/* How a call says from where it reads: arguments by number, 0: none. */
struct read_way {
	__u8 fd;
	__u8 place;    /* the offset */
	__u8 place_at; /* where in the caller's memory it is, or NULL */
	__u8 chunks;   /* it reads in several steps, one behind the other */
};

/* 64-bit calls only. */
static __always_inline struct read_way read_way(long nr)
{
	switch (nr) {
#if defined(__TARGET_ARCH_x86)
	case 0: /* read */
	case 19: /* readv */
		return (struct read_way){.fd = 1};
	case 17: /* pread64 */
	case 295: /* preadv */
	case 327: /* preadv2 */
		return (struct read_way){.fd = 1, .place = 4};
	case 40: /* sendfile */
		return (struct read_way){.fd = 2, .place_at = 3, .chunks = 1};
	case 275: /* splice */
		return (struct read_way){.fd = 1, .place_at = 2};
	case 326: /* copy_file_range */
		return (struct read_way){.fd = 1, .place_at = 2, .chunks = 1};
#elif defined(__TARGET_ARCH_arm64)
	case 63: /* read */
	case 65: /* readv */
		return (struct read_way){.fd = 1};
	case 67: /* pread64 */
	case 69: /* preadv */
	case 286: /* preadv2 */
		return (struct read_way){.fd = 1, .place = 4};
	case 71: /* sendfile */
		return (struct read_way){.fd = 2, .place_at = 3, .chunks = 1};
	case 76: /* splice */
		return (struct read_way){.fd = 1, .place_at = 2};
	case 285: /* copy_file_range */
		return (struct read_way){.fd = 1, .place_at = 2, .chunks = 1};
#endif
	}
	return (struct read_way){.fd = 0};
}

/* The offset at which the call under way began; the file's own does not move before its end. */
static __always_inline __s64 read_place(struct read_way way, struct pt_regs *regs, struct file *file)
{
	__s64 place = -1;
	__u64 at;

	if (way.place)
		place = (__s64)regs_arg(regs, way.place, false);
	at = way.place_at ? regs_arg(regs, way.place_at, false) : 0;
	if (at && bpf_probe_read_user(&place, sizeof(place), (const void *)at))
		return -1;
	return place < 0 ? file->f_pos : place;
}

#endif
