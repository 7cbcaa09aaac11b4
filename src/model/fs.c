/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The models of the Filesystem pane, and the words that they share. */
#include "model.h"
#include "snap_fs.h"

const char *fs_op_word(unsigned op)
{
	static const char *const words[FS_OP_NR] = {
		[FS_OP_READ] = "read",	      [FS_OP_WRITE] = "write",	     [FS_OP_OPEN] = "open",
		[FS_OP_CREATE] = "create",    [FS_OP_CLOSE] = "close",	     [FS_OP_FSYNC] = "fsync",
		[FS_OP_SYNC] = "sync",	      [FS_OP_GETATTR] = "getattr",   [FS_OP_SETATTR] = "setattr",
		[FS_OP_READDIR] = "readdir",  [FS_OP_LOOKUP] = "lookup",     [FS_OP_UNLINK] = "unlink",
		[FS_OP_RENAME] = "rename",    [FS_OP_MKDIR] = "mkdir",	     [FS_OP_RMDIR] = "rmdir",
		[FS_OP_LINK] = "link",	      [FS_OP_MKNOD] = "mknod",	     [FS_OP_TRUNCATE] = "truncate",
		[FS_OP_FALLOCATE] = "fallocate", [FS_OP_XATTR] = "xattr",    [FS_OP_STATFS] = "statfs",
		[FS_OP_LOCK] = "lock",	      [FS_OP_MOUNT] = "mount",	     [FS_OP_UMOUNT] = "umount",
	};

	return words[op % FS_OP_NR];
}

const char *fs_type_word(unsigned type)
{
	static const char *const words[FS_T_NR] = {
		[FS_T_REGULAR] = "regular", [FS_T_DIR] = "directory", [FS_T_BLOCK] = "block device",
		[FS_T_CHAR] = "char device", [FS_T_SOCKET] = "socket", [FS_T_PIPE] = "pipe", [FS_T_OTHER] = "other",
	};

	return words[type % FS_T_NR];
}

/* Those of fatrace; small ones for what it does not tell. */
static const struct { char letter; const char *word; } events[FS_EV_NR] = {
	[FS_EV_SLOW] = { 's', "slow" },	    [FS_EV_OPEN] = { 'O', "open" },	[FS_EV_CREATE] = { '+', "create" },
	[FS_EV_CLOSE] = { 'C', "close" },   [FS_EV_READ] = { 'R', "read" },	[FS_EV_WRITE] = { 'W', "write" },
	[FS_EV_STAT] = { 't', "stat" },	    [FS_EV_SYNC] = { 'F', "sync" },	[FS_EV_DELETE] = { 'D', "delete" },
	[FS_EV_RENAME] = { '>', "rename" }, [FS_EV_SHORT] = { 'x', "short-lived" }, [FS_EV_MOUNT] = { 'm', "mount" },
	[FS_EV_UMOUNT] = { 'u', "umount" },
};

char fs_event_letter(unsigned event)
{
	return events[event % FS_EV_NR].letter;
}

const char *fs_event_word(unsigned event)
{
	return events[event % FS_EV_NR].word;
}

extern const struct model_ops fs_mounts_model, fs_names_model;
extern const struct model_ops fs_events_model;

extern const struct model_ops fs_caches_model;
extern const struct model_ops fs_sums_model;
extern const struct model_ops *const fs_models[];
const struct model_ops *const fs_models[] = {
	&fs_mounts_model,
	&fs_names_model,
	&fs_caches_model, /* before the sums: processes have their share of hits */
	&fs_sums_model,
	&fs_events_model,
	NULL,
};
