/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes in a table of what they did, and their rows in the task table. */
#include "proc_who.h"

#include <string.h>

#include "row.h"

#define NOBODY "(no room)" /* processes that found no room in the kernel's table */

/* ---- entries ---- */

static struct proc_who *find(const struct pool *procs, uint32_t tgid, uint64_t start_ns, bool summed)
{
	struct proc_who *who;

	for (who = pool_find(procs, tgid); who; who = pool_find_next(procs, who))
		if (who->start_ns == start_ns && who->summed == summed)
			return who;
	return NULL;
}

static struct proc_who *get(struct pool *procs, uint32_t tgid, uint64_t start_ns, bool summed)
{
	struct proc_who *who = find(procs, tgid, start_ns, summed);

	if (who)
		return who;
	who = pool_get(procs, tgid);
	if (who) {
		who->start_ns = start_ns;
		who->summed = summed;
		who->used = true;
		who->uid = REC_UNKNOWN32;
	}
	return who;
}

void *proc_who_find(const struct pool *procs, uint32_t tgid, uint64_t start_ns)
{
	return find(procs, tgid, start_ns, false);
}

void *proc_who_get(struct pool *procs, uint32_t tgid, uint64_t start_ns)
{
	return get(procs, tgid, start_ns, false);
}

uint64_t proc_who_hash(const char *comm)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *comm; comm++)
		h = (h ^ (uint8_t)*comm) * 0x100000001b3ULL;
	return h;
}

void *proc_who_sum(struct pool *procs, const struct proc_who *who, uint32_t max, uint32_t *sums_nr)
{
	static const char others[TASK_COMM_BYTES + 1] = "[others]";
	const char *comm = who->comm;
	struct proc_who *sum = find(procs, 0, proc_who_hash(comm), true);

	if (sum) {
		if (sum->uid != who->uid)
			sum->uid = REC_UNKNOWN32;
		return sum;
	}
	if (*sums_nr >= max)
		comm = others;
	sum = get(procs, 0, proc_who_hash(comm), true);
	if (!sum)
		return NULL;
	*sums_nr += !*sum->comm;
	memcpy(sum->comm, comm, sizeof(sum->comm));
	if (comm != others)
		sum->uid = who->uid;
	return sum;
}

/* ---- rows ---- */

/* Rows are in order of pid and start, the summed ones last. */
static bool is_before(const struct proc_row *row, const struct proc_who *who)
{
	if (row->pid == FIG_UNKNOWN || row->pid != who->node.key)
		return row->pid != FIG_UNKNOWN && row->pid < who->node.key;
	return row->start_ns < who->start_ns; /* 0 where the kernel cannot tell it (5.10): then any will do */
}

static const struct proc_row *find_row(const struct snapshot *s, const struct proc_who *who)
{
	int from = 0, to = s->procs_nr;

	while (from < to) {
		int at = from + (to - from) / 2;

		if (is_before(&s->procs[at], who))
			from = at + 1;
		else
			to = at;
	}
	if (from == s->procs_nr || s->procs[from].pid != who->node.key)
		return NULL;
	return !who->start_ns || s->procs[from].start_ns == who->start_ns ? &s->procs[from] : NULL;
}

bool proc_who_link(struct proc_who *who, const struct snapshot *s)
{
	who->row = find_row(s, who);
	if (!who->row)
		return false;
	who->linked = true;
	memcpy(who->comm, who->row->comm, sizeof(who->comm));
	return true;
}

static int rank(const struct proc_who *who)
{
	return who->summed ? 2 : !who->node.key;
}

int proc_who_compare(const void *a, const void *b)
{
	const struct proc_who *x = a, *y = b;

	if (rank(x) != rank(y))
		return rank(x) - rank(y);
	if (x->summed)
		return strcmp(x->comm, y->comm);
	if (x->node.key != y->node.key)
		return x->node.key < y->node.key ? -1 : 1;
	return x->start_ns < y->start_ns ? -1 : x->start_ns > y->start_ns;
}

void proc_who_row(const struct proc_who *who, bool dead, struct proc_row *row)
{
	bool one = proc_who_is_one(who);

	row_bare(row, one ? who->node.key : FIG_UNKNOWN, one ? who->start_ns : 0);
	row->uid = who->uid == REC_UNKNOWN32 ? FIG_UNKNOWN : who->uid;
	row->dead = dead;
	row->state = dead ? 'X' : '\0';
	row->kthread = who->kthread;
	if (one || who->summed)
		memcpy(row->comm, who->comm, sizeof(row->comm));
	else
		memcpy(row->comm, NOBODY, sizeof(NOBODY));
}

void proc_who_row_more(const struct proc_who *who, uint64_t summed, const struct snapshot *s, struct proc_row *row)
{
	if (who->summed)
		row->processes = (int64_t)summed;
	else if (who->node.key)
		row->processes = 1;
	for (int i = 0; i < s->procs_nr && row->uid != FIG_UNKNOWN && !row->user; i++)
		if (s->procs[i].uid == row->uid)
			row->user = s->procs[i].user;
}
