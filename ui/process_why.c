/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What held a process up, in words: who had its CPU, who woke it, where it is stuck; and its cgroup. */
#include <stdio.h>
#include <string.h>

#include "esc.h"
#include "fmt.h"
#include "pen.h"
#include "process.h"
#include "snap_cgroup.h"
#include "syscalls.h"

#define PAIRS_MAX 64

/* Adds up pairs of processes of one name; most first. Returns how many are left. */
static int merge_pairs(struct pair_row *pairs, int nr)
{
	int left = 0;

	for (int i = 0; i < nr; i++) {
		int at = 0;

		while (at < left && strncmp(pairs[at].name, pairs[i].name, sizeof(pairs[i].name)))
			at++;
		if (at == left)
			pairs[left++] = pairs[i];
		else
			pairs[at].share_pct += pairs[i].share_pct;
		for (; at > 0 && pairs[at].share_pct > pairs[at - 1].share_pct; at--) {
			struct pair_row less = pairs[at - 1];

			pairs[at - 1] = pairs[at];
			pairs[at] = less;
		}
	}
	return left;
}

bool proc_pairs_draw(struct pen *p, const struct snapshot *s, const struct proc_row *row, enum pair_kind kind,
		     const char *label)
{
	struct pair_row pairs[PAIRS_MAX];
	int nr = merge_pairs(pairs, snapshot_pairs(s, row, kind, pairs, PAIRS_MAX));

	for (int i = 0; i < nr; i++) {
		char name[4 * sizeof(pairs[i].name) + 1], share[FMT_MAX];

		esc_comm(name, sizeof(name), pairs[i].name, sizeof(pairs[i].name), p->c->ascii);
		fmt_pct(share, sizeof(share), pairs[i].share_pct);
		if (!pen_item(p, i ? "" : label, STYLE_VALUE, false, "%s %s%%", name, share))
			break;
	}
	return nr > 0;
}

static size_t put(char *buf, size_t size, size_t len, const char *before, const char *raw, size_t raw_size, bool ascii)
{
	if (!*raw || len + strlen(before) + 8 >= size)
		return len;
	len += (size_t)snprintf(buf + len, size - len, "%s", before);
	return len + esc_comm(buf + len, size - len, raw, raw_size, ascii);
}

bool proc_stuck(const struct snapshot *s, const struct proc_row *row, bool ascii, char *buf, size_t size)
{
	const struct blocked_rec *b = snapshot_blocked(s, row);
	const char *call;
	size_t len = 0;

	*buf = '\0';
	if (!b)
		return false;
	if (b->nr != REC_UNKNOWN32) {
		call = call_name(call_abi_of(s->m.host.machine, 0), (uint16_t)b->nr);
		len = (size_t)(call ? snprintf(buf, size, "%s", call) : snprintf(buf, size, "call %u", b->nr));
	}
	len = put(buf, size, len, len ? " " : "", b->path, sizeof(b->path), ascii);
	len = put(buf, size, len, len ? " on " : "", b->mount, sizeof(b->mount), ascii);
	if (*b->fstype || *b->device) {
		len = put(buf, size, len, " (", *b->fstype ? b->fstype : "?", sizeof(b->fstype), ascii);
		len = put(buf, size, len, ", ", b->device, sizeof(b->device), ascii);
		len = put(buf, size, len, "", ")", 2, ascii);
	}
	len = put(buf, size, len, len ? ", in " : "", b->wchan, sizeof(b->wchan), ascii);
	return len > 0;
}

const char *cgroup_short(const struct cgroup_row *row)
{
	const char *slash;

	if (*row->container)
		return row->container;
	if (*row->unit)
		return row->unit;
	slash = row->path ? strrchr(row->path, '/') : NULL;
	return slash && slash[1] ? slash + 1 : row->path;
}

const struct cgroup_row *cgroup_find(const struct snapshot *s, int64_t id)
{
	const struct cgroup_row *rows;
	int from = 0, to = id == FIG_UNKNOWN ? 0 : snapshot_cgroups(s, &rows);

	while (from < to) {
		int at = from + (to - from) / 2;

		if (rows[at].id == (uint64_t)id)
			return &rows[at];
		if (rows[at].id < (uint64_t)id)
			from = at + 1;
		else
			to = at;
	}
	return NULL;
}
