/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The models of the Disk pane, and the words that they share. */
#include <stdio.h>

#include "model.h"
#include "snap_disk.h"

const char *disk_rwbs(uint32_t set, char buf[DISK_RWBS_MAX])
{
	static const char ops[DISK_OP_NR] = {'R', 'W', 'D', 'F', 'N'};
	char *p = buf;

	if (set & DISK_SET_PREFLUSH)
		*p++ = 'F';
	*p++ = set & DISK_SET_ZEROES ? 'N' : ops[(set & DISK_SET_OP) % DISK_OP_NR];
	if (set & DISK_SET_ERASE)
		*p++ = 'E';
	if (set & DISK_SET_FUA)
		*p++ = 'F';
	if (set & DISK_SET_RAHEAD)
		*p++ = 'A';
	if (set & DISK_SET_SYNC)
		*p++ = 'S';
	if (set & DISK_SET_META)
		*p++ = 'M';
	*p = '\0';
	return buf;
}

const char *disk_op_word(unsigned op)
{
	static const char *const words[DISK_OP_NR] = {
		[DISK_READ] = "read",	[DISK_WRITE] = "write", [DISK_DISCARD] = "discard",
		[DISK_FLUSH] = "flush", [DISK_OTHER] = "other",
	};

	return words[op % DISK_OP_NR];
}

const char *disk_set_words(uint32_t set, char *buf, size_t size)
{
	static const struct {
		uint32_t flag;
		const char *word;
	} words[] = {
		{ DISK_SET_ZEROES, "of zeroes" },
		{ DISK_SET_ERASE, "secure erase" },
		{ DISK_SET_PREFLUSH, "after a flush" },
		{ DISK_SET_FUA, "through the cache" },
		{ DISK_SET_RAHEAD, "readahead" },
		{ DISK_SET_SYNC, "waited for" },
		{ DISK_SET_META, "metadata" },
	};
	size_t len = (size_t)snprintf(buf, size, "%s", disk_op_word(set & DISK_SET_OP));

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (set & words[i].flag && len < size)
			len += (size_t)snprintf(buf + len, size - len, ", %s", words[i].word);
	return buf;
}

extern const struct model_ops disk_sets_model, disk_devs_model, disk_procs_model, disk_events_model,
	disk_stages_model;
extern const struct model_ops *const disk_models[];
const struct model_ops *const disk_models[] = {
	&disk_sets_model,
	&disk_devs_model,
	&disk_procs_model,
	&disk_events_model,
	&disk_stages_model,
	NULL,
};
