/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of files hold cumulative sums by (process, file) and by (process, filesystem, operation). One model
 * (fs_sums.c) keeps them and hands on what they grew by; three folds make of that the sums of files, of
 * operations by filesystem, and of processes. A fold keeps only its own sums, and never sees a record.
 */
#ifndef PROBETOP_FS_DELTA_H
#define PROBETOP_FS_DELTA_H

#include "fs.h"
#include "model.h"

/* What one process did more of one operation since the last reading. */
struct fs_delta {
	uint32_t tgid; /* 0 with start_ns 0: processes for which there was no room */
	uint32_t dev;  /* 0: not known */
	uint64_t start_ns;
	uint64_t ino;	 /* reads and writes of files; else 0 */
	uint16_t op;	 /* enum fs_op */
	uint16_t type;	 /* enum fs_type; of other operations than reads and writes FS_T_REGULAR */
	uint16_t flags;	 /* enum fs_flags: FS_F_KTHREAD, FS_F_GONE (the sums of this key end with it) */
	uint32_t uid;	 /* REC_UNKNOWN32 where not known */
	const char *comm;   /* TASK_COMM_BYTES */
	const char *fstype; /* FS_TYPE_BYTES */
	uint64_t count, bytes, ns, errors, enoent;
	uint32_t last_errno;
	uint64_t max_ns; /* the largest since the previous pass; 0: none */
	uint32_t slots[HIST_SLOTS];
};

/* One fold; the calls as in struct model_ops. */
struct fs_fold {
	const char *name;
	size_t state_size;
	int (*init)(void *state);
	void (*fini)(void *state);
	void (*clear)(void *state);
	void (*grow)(void *state, const struct fs_delta *d);
	/* The tick that closes a pass: after all that grew. */
	void (*tick)(void *state, const struct tick_rec *tick);
	void (*publish)(void *state, const struct tick_rec *tick, enum window window, struct snapshot *snap);
	void (*mark)(void *state);
};
/* Whether it is more than the last word of a key, or the maximum of what an earlier one counted. */
static inline bool fs_delta_grew(const struct fs_delta *d)
{
	return d->count || d->bytes || d->ns || d->errors;
}

extern const struct fs_fold fs_files_fold, fs_ops_fold, fs_procs_fold;

#endif
