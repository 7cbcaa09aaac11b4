/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of mountinfo: what each says, what they say together. */
#include "mounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In memory, or made up by the kernel. */
static const char *const pseudo_types[] = {
	"autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
	"fusectl", "hugetlbfs", "mqueue", "nfsd", "nsfs", "pipefs", "proc", "pstore", "ramfs", "resctrl", "rootfs", "rpc_pipefs",
	"securityfs", "selinuxfs", "smackfs", "sockfs", "sysfs", "tmpfs", "tracefs", "xenfs",
};
static const char *const network_types[] = {
	"9p", "afs", "beegfs", "ceph", "cifs", "coda", "fuse", "fuseblk", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
	"nfs4", "ocfs2", "orangefs", "pvfs2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
};
/* Those of which a question stays within the kernel, or goes to a disk. */
static const char *const local_types[] = {
	"bcachefs", "btrfs", "cramfs", "ecryptfs", "erofs", "exfat", "ext2", "ext3", "ext4", "f2fs", "hfs", "hfsplus", "iso9660",
	"jffs2", "jfs", "minix", "nilfs2", "ntfs3", "overlay", "reiserfs", "squashfs", "ubifs", "udf", "ufs", "vfat", "xfs", "zfs",
};
/* statvfs would mount something there. */
#define TYPE_AUTOFS "autofs"
#define FUSE_SUBTYPE "fuse."

#define IS_IN(type, list) is_in(type, list, sizeof(list) / sizeof((list)[0]))

static bool is_in(const char *type, const char *const *list, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(type, list[i]))
			return true;
	return false;
}

static bool is_octal(const char *at)
{
	return at[0] >= '0' && at[0] <= '3' && at[1] >= '0' && at[1] <= '7' && at[2] >= '0' && at[2] <= '7';
}

void mounts_unescape(const char *from, size_t len, char *to, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < size; i++) {
		char c = from[i];

		if (c == '\\' && i + 3 < len && is_octal(&from[i + 1])) {
			c = (char)((from[i + 1] - '0') << 6 | (from[i + 2] - '0') << 3 | (from[i + 3] - '0'));
			i += 3;
		}
		to[n++] = c;
	}
	to[n] = '\0';
}

/* Takes the next word of a line; empty at its end. */
static struct text take_word(struct text *line)
{
	const char *blank = memchr(line->at, ' ', (size_t)(line->end - line->at));
	struct text word = {line->at, blank ? blank : line->end};

	line->at = blank ? blank + 1 : line->end;
	return word;
}

static size_t text_len(struct text t)
{
	return (size_t)(t.end - t.at);
}

static bool text_is(struct text t, const char *word)
{
	return text_len(t) == strlen(word) && !memcmp(t.at, word, text_len(t));
}

static void copy_word(struct text word, char *to, size_t size)
{
	mounts_unescape(word.at, text_len(word), to, size);
}

/* Takes the next of options that are parted by commas; false at the end. */
static bool take_option(struct text *options, struct text *ret)
{
	const char *comma;

	if (options->at >= options->end)
		return false;
	comma = memchr(options->at, ',', text_len(*options));
	*ret = (struct text){options->at, comma ? comma : options->end};
	options->at = comma ? comma + 1 : options->end;
	return true;
}

static bool has_option(struct text options, const char *word)
{
	struct text one;

	while (take_option(&options, &one))
		if (text_is(one, word))
			return true;
	return false;
}

static void add_options(struct text options, char *to, size_t size)
{
	size_t len = strlen(to);
	char word[256];
	struct text one;

	while (take_option(&options, &one) && len + 1 < size) {
		if (text_is(one, "rw") || text_is(one, "ro"))
			continue;
		copy_word(one, word, sizeof(word));
		len += (size_t)snprintf(to + len, size - len, ",%s", word);
	}
}

/* As mount(8) shows them: those of the mount, then those of the filesystem. */
static void fill_options(struct text of_mount, struct text of_fs, struct fs_mount_rec *r)
{
	if (has_option(of_mount, "ro") || has_option(of_fs, "ro"))
		r->flags |= FS_MOUNT_F_READ_ONLY;
	snprintf(r->options, sizeof(r->options), "%s", r->flags & FS_MOUNT_F_READ_ONLY ? "ro" : "rw");
	add_options(of_mount, r->options, sizeof(r->options));
	add_options(of_fs, r->options, sizeof(r->options));
}

static void keep_end(const char *text, char *to, size_t size)
{
	size_t len = strlen(text);

	if (len >= size) {
		text += len - (size - 1);
		len = size - 1;
	}
	memcpy(to, text, len + 1);
}

static void classify(struct mount_line *l)
{
	const char *type = l->rec.fstype;

	if (IS_IN(type, network_types) || !strncmp(type, FUSE_SUBTYPE, strlen(FUSE_SUBTYPE)))
		l->rec.flags |= FS_MOUNT_F_NETWORK;
	else if (IS_IN(type, pseudo_types))
		l->rec.flags |= FS_MOUNT_F_PSEUDO;
	l->may_hang = !(l->rec.flags & FS_MOUNT_F_PSEUDO) && !IS_IN(type, local_types);
	l->ask = strcmp(type, TYPE_AUTOFS) != 0;
}

/* "36 35 98:0 /root /mount rw,noatime master:1 - ext4 /dev/sda1 rw": the part before " - " varies. */
bool mounts_parse(struct text line, struct mount_line *ret)
{
	unsigned id, parent, major, minor;
	struct text word, point, options;
	char head[64];
	size_t len = 0;

	*ret = (struct mount_line){.ask = false};
	for (int i = 0; i < 3; i++) {
		word = take_word(&line);
		len += (size_t)snprintf(head + len, sizeof(head) - len, "%.*s ", (int)text_len(word), word.at);
		if (len >= sizeof(head))
			return false;
	}
	if (sscanf(head, "%u %u %u:%u", &id, &parent, &major, &minor) != 4)
		return false;
	copy_word(take_word(&line), ret->rec.root, sizeof(ret->rec.root));
	point = take_word(&line);
	options = take_word(&line);
	do
		word = take_word(&line);
	while (line.at < line.end && !text_is(word, "-"));
	if (!text_is(word, "-") || !text_len(point))
		return false;
	ret->rec.mnt_id = id;
	ret->rec.parent = parent;
	ret->rec.dev = major << 20 | minor;
	copy_word(take_word(&line), ret->rec.fstype, sizeof(ret->rec.fstype));
	copy_word(take_word(&line), ret->rec.source, sizeof(ret->rec.source));
	fill_options(options, take_word(&line), &ret->rec);
	classify(ret);
	ret->point = malloc(text_len(point) + 1);
	if (!ret->point)
		return false;
	copy_word(point, ret->point, text_len(point) + 1);
	keep_end(ret->point, ret->rec.point, sizeof(ret->rec.point));
	return true;
}

/* ---- together ---- */

struct place {
	uint32_t parent;
	const char *point;
	size_t len;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int diff;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	diff = memcmp(x->point, y->point, x->len < y->len ? x->len : y->len);
	return diff ? diff : (x->len > y->len) - (x->len < y->len);
}

static bool is_taken(const struct place *places, int nr, uint32_t parent, const char *point, size_t len)
{
	struct place key = {parent, point, len};

	return bsearch(&key, places, (size_t)nr, sizeof(*places), compare_places) != NULL;
}

static int compare_ids(const void *a, const void *b)
{
	const struct mount_line *x = *(struct mount_line *const *)a, *y = *(struct mount_line *const *)b;

	return x->rec.mnt_id < y->rec.mnt_id ? -1 : x->rec.mnt_id > y->rec.mnt_id;
}

static struct mount_line *find(struct mount_line **by_id, int nr, uint32_t mnt_id)
{
	struct mount_line key = {.rec.mnt_id = mnt_id}, *at = &key, **found;

	found = bsearch(&at, by_id, (size_t)nr, sizeof(*by_id), compare_ids);
	return found ? *found : NULL;
}

/*
 * Beside it, on the same parent, something was mounted further up its path: no path leads to it any more. Had that
 * been there before it, it would be the parent.
 */
static bool is_cut_off(const struct place *places, int nr, const struct mount_line *l)
{
	if (strcmp(l->point, "/") != 0 && is_taken(places, nr, l->rec.parent, "/", 1))
		return true;
	for (const char *slash = l->point + 1; *l->point && (slash = strchr(slash, '/')); slash++)
		if (is_taken(places, nr, l->rec.parent, l->point, (size_t)(slash - l->point)))
			return true;
	return false;
}

/* Down from the root, with a bound: the numbers come from a file. */
static void relate_one(struct mount_line *l, struct mount_line **by_id, int nr, const struct place *places, int places_nr)
{
	const struct mount_line *at = l;

	if (is_taken(places, places_nr, l->rec.mnt_id, l->point, strlen(l->point)))
		l->rec.flags |= FS_MOUNT_F_HIDDEN; /* another lies on its root */
	for (int i = 0; at && i < nr; i++) {
		if (is_cut_off(places, places_nr, at))
			l->rec.flags |= FS_MOUNT_F_HIDDEN;
		at = at->rec.parent != at->rec.mnt_id ? find(by_id, nr, at->rec.parent) : NULL;
		if (at && at->may_hang)
			l->may_hang = true;
	}
}

static int compare_devs(const void *a, const void *b)
{
	const struct mount_line *x = *(struct mount_line *const *)a, *y = *(struct mount_line *const *)b;

	if (x->rec.dev != y->rec.dev)
		return x->rec.dev < y->rec.dev ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* A part of a filesystem, or one that is mounted in a line before. */
static void mark_binds(struct mount_line **by_dev, int nr)
{
	for (int i = 0; i < nr; i++)
		if (strcmp(by_dev[i]->rec.root, "/") != 0 || (i > 0 && by_dev[i - 1]->rec.dev == by_dev[i]->rec.dev))
			by_dev[i]->rec.flags |= FS_MOUNT_F_BIND;
}

void mounts_relate(struct mount_line *lines, int nr)
{
	struct place *places = calloc((size_t)nr + 1, sizeof(*places));
	struct mount_line **sorted = calloc((size_t)nr + 1, sizeof(struct mount_line *));
	int places_nr = 0;

	for (int i = 0; places && sorted && i < nr; i++) {
		if (lines[i].rec.parent != lines[i].rec.mnt_id) /* the first of all stands on itself */
			places[places_nr++] = (struct place){lines[i].rec.parent, lines[i].point, strlen(lines[i].point)};
		sorted[i] = &lines[i];
	}
	if (places && sorted) {
		qsort(places, (size_t)places_nr, sizeof(*places), compare_places);
		qsort(sorted, (size_t)nr, sizeof(struct mount_line *), compare_ids);
		for (int i = 0; i < nr; i++)
			relate_one(&lines[i], sorted, nr, places, places_nr);
		qsort(sorted, (size_t)nr, sizeof(struct mount_line *), compare_devs);
		mark_binds(sorted, nr);
	}
	for (int i = 0; i < nr; i++)
		lines[i].ask = lines[i].ask && !(lines[i].rec.flags & FS_MOUNT_F_HIDDEN);
	free(places);
	free(sorted);
}
