/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flags of system calls on files as words: numbers of the kernel's interface, which never change. */
#include "fs_flags.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fs.h"

#define O_ACCESS 3

struct flag_word {
	uint32_t bits; /* all of them are to be set */
	const char *word;
};

/* clang-format off */
/* Those that have the same number everywhere; a name of several bits before its parts. */
static const struct flag_word open_words[] = {
	{ 0100, "O_CREAT" }, { 0200, "O_EXCL" }, { 0400, "O_NOCTTY" }, { 01000, "O_TRUNC" }, { 02000, "O_APPEND" },
	{ 04000, "O_NONBLOCK" }, { 04010000, "O_SYNC" }, { 010000, "O_DSYNC" }, { 020000, "O_ASYNC" },
	{ 01000000, "O_NOATIME" }, { 02000000, "O_CLOEXEC" }, { 010000000, "O_PATH" }, { 0 },
};
static const struct flag_word open_words_x86[] = {
	{ 020200000, "O_TMPFILE" }, { 040000, "O_DIRECT" }, { 0100000, "O_LARGEFILE" }, { 0200000, "O_DIRECTORY" },
	{ 0400000, "O_NOFOLLOW" }, { 0 },
};
static const struct flag_word open_words_arm[] = {
	{ 020040000, "O_TMPFILE" }, { 040000, "O_DIRECTORY" }, { 0100000, "O_NOFOLLOW" }, { 0200000, "O_DIRECT" },
	{ 0400000, "O_LARGEFILE" }, { 0 },
};
static const struct flag_word at_words[] = {
	{ 0x100, "AT_SYMLINK_NOFOLLOW" }, { 0x200, "AT_REMOVEDIR" }, { 0x400, "AT_SYMLINK_FOLLOW" },
	{ 0x800, "AT_NO_AUTOMOUNT" }, { 0x1000, "AT_EMPTY_PATH" }, { 0x2000, "AT_STATX_FORCE_SYNC" },
	{ 0x4000, "AT_STATX_DONT_SYNC" }, { 0 },
};
static const struct flag_word rename_words[] = {
	{ 1, "RENAME_NOREPLACE" }, { 2, "RENAME_EXCHANGE" }, { 4, "RENAME_WHITEOUT" }, { 0 },
};
static const struct flag_word range_words[] = {
	{ 1, "SYNC_FILE_RANGE_WAIT_BEFORE" }, { 2, "SYNC_FILE_RANGE_WRITE" }, { 4, "SYNC_FILE_RANGE_WAIT_AFTER" }, { 0 },
};
static const struct flag_word msync_words[] = {
	{ 1, "MS_ASYNC" }, { 2, "MS_INVALIDATE" }, { 4, "MS_SYNC" }, { 0 },
};
static const struct flag_word mount_words[] = {
	{ 1, "MS_RDONLY" }, { 2, "MS_NOSUID" }, { 4, "MS_NODEV" }, { 8, "MS_NOEXEC" }, { 0x10, "MS_SYNCHRONOUS" },
	{ 0x20, "MS_REMOUNT" }, { 0x40, "MS_MANDLOCK" }, { 0x80, "MS_DIRSYNC" }, { 0x100, "MS_NOSYMFOLLOW" },
	{ 0x400, "MS_NOATIME" }, { 0x800, "MS_NODIRATIME" }, { 0x1000, "MS_BIND" }, { 0x2000, "MS_MOVE" },
	{ 0x4000, "MS_REC" }, { 0x8000, "MS_SILENT" }, { 0x10000, "MS_POSIXACL" }, { 0x20000, "MS_UNBINDABLE" },
	{ 0x40000, "MS_PRIVATE" }, { 0x80000, "MS_SLAVE" }, { 0x100000, "MS_SHARED" }, { 0x200000, "MS_RELATIME" },
	{ 0x400000, "MS_KERNMOUNT" }, { 0x800000, "MS_I_VERSION" }, { 0x1000000, "MS_STRICTATIME" },
	{ 0x2000000, "MS_LAZYTIME" }, { 0 },
};
static const struct flag_word move_words[] = {
	{ 0x1, "MOVE_MOUNT_F_SYMLINKS" }, { 0x2, "MOVE_MOUNT_F_AUTOMOUNTS" }, { 0x4, "MOVE_MOUNT_F_EMPTY_PATH" },
	{ 0x10, "MOVE_MOUNT_T_SYMLINKS" }, { 0x20, "MOVE_MOUNT_T_AUTOMOUNTS" }, { 0x40, "MOVE_MOUNT_T_EMPTY_PATH" },
	{ 0x100, "MOVE_MOUNT_SET_GROUP" }, { 0x200, "MOVE_MOUNT_BENEATH" }, { 0 },
};
static const struct flag_word umount_words[] = {
	{ 1, "MNT_FORCE" }, { 2, "MNT_DETACH" }, { 4, "MNT_EXPIRE" }, { 8, "UMOUNT_NOFOLLOW" }, { 0 },
};
/* clang-format on */

struct words {
	char *buf;
	size_t size, len;
};

static void add(struct words *w, const char *word)
{
	int n = snprintf(w->buf + w->len, w->size - w->len, "%s%s", w->len ? "|" : "", word);

	w->len += n > 0 && (size_t)n < w->size - w->len ? (size_t)n : 0;
	w->buf[w->len] = '\0'; /* a word that does not fit is left out whole */
}

/* Returns the flags that found no word. */
static uint32_t add_words(struct words *w, const struct flag_word *words, uint32_t flags)
{
	for (; words->bits; words++) {
		if ((flags & words->bits) != words->bits)
			continue;
		add(w, words->word);
		flags &= ~words->bits;
	}
	return flags;
}

static bool is(const char *name, const char *what)
{
	return name && !strcmp(name, what);
}

static uint32_t add_open(struct words *w, const char *machine, uint32_t flags)
{
	static const char *const access[] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE" };
	bool arm = !strncmp(machine, "aarch64", 7) || !strncmp(machine, "arm", 3);

	add(w, access[flags & O_ACCESS]);
	flags = add_words(w, arm ? open_words_arm : open_words_x86, flags & ~(uint32_t)O_ACCESS);
	return add_words(w, open_words, flags);
}

static const struct flag_word *words_of(unsigned op, const char *name)
{
	switch (op) {
	case FS_OP_FSYNC:
		return is(name, "sync_file_range") ? range_words : is(name, "msync") ? msync_words : NULL;
	case FS_OP_GETATTR:
	case FS_OP_UNLINK:
	case FS_OP_RMDIR:
		return at_words;
	case FS_OP_RENAME:
		return rename_words;
	case FS_OP_MOUNT:
		return is(name, "move_mount") ? move_words : mount_words;
	case FS_OP_UMOUNT:
		return umount_words;
	}
	return NULL;
}

size_t fs_flags_words(char *buf, size_t size, unsigned op, const char *name, const char *machine, uint32_t flags)
{
	struct words w = { .buf = buf, .size = size };
	char number[16];

	*buf = '\0';
	if (op == FS_OP_OPEN || op == FS_OP_CREATE)
		flags = add_open(&w, machine, flags);
	else if (words_of(op, name))
		flags = add_words(&w, words_of(op, name), flags);
	else
		flags = 0; /* none that are told */
	if (flags) {
		snprintf(number, sizeof(number), "0x%x", flags);
		add(&w, number);
	}
	return w.len;
}
