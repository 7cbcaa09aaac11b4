/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The script of a synthetic host's filesystems and of what is done with files. Data only. */
#ifndef PROBETOP_SYNTH_FS_SCRIPT_H
#define PROBETOP_SYNTH_FS_SCRIPT_H

#include "fs.h"
#include "synth_script.h"

struct synth_mount {
	uint32_t mnt_id, parent, dev;
	uint32_t flags; /* enum fs_mount_flags */
	const char *fstype, *root, *point, *source, *options; /* root: NULL is "/" */
	uint64_t size_mib, used_mib; /* size 0: it has no blocks */
	uint32_t inodes_k, inodes_used_k;
	uint32_t hung_s;   /* statvfs has not come back since then */
	uint16_t error;	   /* errno of statvfs */
	uint16_t born, gone; /* ordinal of the tick; 0: never */
};

/* Who waits on the mount that hangs. */
struct synth_waiter {
	uint8_t mount; /* index */
	uint32_t pid, nr;
	const char *path;
};

/* Calls of one kind that every process of a name makes. */
struct synth_file {
	const char *comm;
	uint32_t pid; /* only that one; 0: all of that name */
	uint8_t op;   /* enum fs_op */
	uint8_t type; /* enum fs_type, of reads and writes */
	uint8_t tail; /* how often the worst doubles the usual time */
	uint8_t mount; /* index */
	bool no_room;  /* of its own: counted in the process's rest */
	bool direct;   /* O_DIRECT */
	uint16_t at;   /* once, in that tick; else `per_s` of them */
	uint16_t error, error_pm; /* errno of so many thousandths */
	uint16_t miss_pm;	  /* of a read's pages: not in the cache */
	uint32_t per_s, bytes, mean_ns;
	uint32_t age_ms; /* an unlink: of the file, which was made while we looked; 0: it is older */
	uint32_t mnt_id; /* as the process sees it, in a mount namespace of its own; 0: the mount's */
	const char *path; /* within its filesystem; of an operation on a path as the caller gave it. NULL: it has none */
	const char *path2;
};

struct synth_fs_props {
	const struct synth_mount *mounts;
	const struct synth_waiter *waiters;
	const struct synth_file *files;
	uint32_t mounts_nr, waiters_nr, files_nr;
};
extern const struct synth_fs_props synth_fs_props[SYNTH_SCENE_NR];

#endif
