/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The models of the Disk pane, and the words that they share. */
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
