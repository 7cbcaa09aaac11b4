/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes summed by what they have in common: sorted by key, then swept once. */
#include "group.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "groups.h"
#include "sort.h"

#define KEY_NONE    0 /* of no container */
#define KEY_UNKNOWN UINT64_MAX

const char *const group_words[GROUP_BY_NR] = {
	[GROUP_PROCESS] = "process", [GROUP_THREAD] = "thread",	      [GROUP_USER] = "user",
	[GROUP_CGROUP] = "cgroup",   [GROUP_CONTAINER] = "container", [GROUP_COMMAND] = "command",
};

int groups_init(struct groups *g, uint32_t rows)
{
	size_t row_bytes =
		sizeof(*g->entries) + sizeof(*g->order) + sizeof(*g->rows) + sizeof(*g->cgroups);

	*g = (struct groups){.map_bytes = rows * row_bytes};
	g->map = mmap(NULL, g->map_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (g->map == MAP_FAILED) {
		g->map = NULL;
		return -ENOMEM;
	}
	madvise(g->map, g->map_bytes, MADV_NOHUGEPAGE);
	g->rows = g->map;
	g->cgroups = (struct cgroup_row *)(void *)(g->rows + rows);
	g->entries = (struct group_entry *)(void *)(g->cgroups + rows);
	g->order = (const struct group_entry **)(void *)(g->entries + rows);
	g->max = rows;
	return 0;
}

void groups_fini(struct groups *g)
{
	if (g->map)
		munmap(g->map, g->map_bytes);
	*g = (struct groups){ 0 };
}

static uint64_t hash_comm(const char *comm)
{
	uint64_t h = 14695981039346656037ULL;

	for (int i = 0; i < TASK_COMM_BYTES && comm[i]; i++)
		h = (h ^ (unsigned char)comm[i]) * 1099511628211ULL;
	return h;
}

/* The 12 digits are a number. */
static uint64_t container_key(const struct snapshot *s, int64_t id)
{
	const char *path = snapshot_cgroup_path(s, id);
	char digits[CONTAINER_BYTES];
	uint64_t key = KEY_NONE;

	if (!path)
		return KEY_UNKNOWN;
	cgroup_container(path, digits);
	for (const char *c = digits; *c; c++)
		key = key << 4 | (uint64_t)(*c <= '9' ? *c - '0' : *c - 'a' + 10);
	return key;
}

uint64_t group_key(const struct snapshot *s, enum group_by by, const struct proc_row *row)
{
	switch (by) {
	case GROUP_USER:
		return row->uid == FIG_UNKNOWN ? KEY_UNKNOWN : (uint64_t)row->uid;
	case GROUP_CGROUP:
		return row->cgroup_id == FIG_UNKNOWN ? KEY_UNKNOWN : (uint64_t)row->cgroup_id;
	case GROUP_CONTAINER:
		return container_key(s, row->cgroup_id);
	case GROUP_COMMAND:
		return hash_comm(row->comm);
	default:
		return (uint64_t)row->pid;
	}
}

/* What is added up, what the largest of is taken, what is kept where all agree. */
#define AT(member) offsetof(struct proc_row, member)
static const size_t added[] = {
	AT(processes), AT(threads),	   AT(threads_active), AT(oncpu_ns),	    AT(user_ns),
	AT(system_ns), AT(runq_wait_ns),   AT(blocked_ns),     AT(idle_ns),	    AT(offcpu_ns),
	AT(vcsw),      AT(ivcsw),	   AT(migrations),     AT(minflt),	    AT(majflt),
	AT(rss_bytes), AT(rss_anon_bytes), AT(rss_file_bytes), AT(rss_shmem_bytes), AT(swap_bytes),
	AT(vm_bytes),  AT(cpu_time_ns),	   AT(active_wall_ns),
};
static const size_t largest[] = {
	AT(runq_max_ns), AT(oncpu_max_ns), AT(offcpu_max_ns), AT(blocked_since_ns), AT(age_ns),
};
static const size_t common[] = {AT(ppid), AT(uid), AT(nice), AT(policy), AT(cpu), AT(cgroup_id)};
#define NR(table) (sizeof(table) / sizeof((table)[0]))

static int64_t *figure(struct proc_row *row, size_t off)
{
	return (int64_t *)(void *)((char *)row + off);
}

static int64_t value(const struct proc_row *row, size_t off)
{
	return *(const int64_t *)(const void *)((const char *)row + off);
}

/* D if one is in D, else R; a dead member speaks last. */
static int rank(char state)
{
	static const char order[] = "XZPISTtRD";
	const char *at = state ? strchr(order, state) : NULL;

	return at ? (int)(at - order) : 0;
}

static bool speaks_for(const struct proc_row *a, const struct proc_row *b)
{
	if (rank(a->state) != rank(b->state))
		return rank(a->state) > rank(b->state);
	return a->since_ns != FIG_UNKNOWN &&
	       (b->since_ns == FIG_UNKNOWN || a->since_ns < b->since_ns);
}

static void take_state(struct proc_row *to, const struct proc_row *from)
{
	if (!speaks_for(from, to))
		return;
	to->state = from->state;
	to->wclass = from->wclass;
	to->since_ns = from->since_ns;
}

static void add_figures(struct proc_row *to, const struct proc_row *from)
{
	int64_t x, *sum;

	for (size_t i = 0; i < NR(added); i++) {
		x = value(from, added[i]);
		sum = figure(to, added[i]);
		if (x != FIG_UNKNOWN)
			*sum = *sum == FIG_UNKNOWN ? x : *sum + x;
	}
	for (size_t i = 0; i < NR(largest); i++)
		if (value(from, largest[i]) > value(to, largest[i])) /* unknown is the least */
			*figure(to, largest[i]) = value(from, largest[i]);
	for (size_t i = 0; i < NR(common); i++)
		if (value(from, common[i]) != value(to, common[i]))
			*figure(to, common[i]) = FIG_UNKNOWN;
	for (int c = 0; c < WAIT_NR; c++)
		to->class_ns[c] += from->class_ns[c];
}

static void add_member(struct proc_row *to, const struct proc_row *from)
{
	add_figures(to, from);
	take_state(to, from);
	to->dead &= from->dead;
	to->kthread &= from->kthread;
	to->self |= from->self;
	to->tracked |= from->tracked;
	if (to->uid == FIG_UNKNOWN)
		to->user = NULL;
	if (memcmp(to->comm, from->comm, sizeof(to->comm)) != 0)
		to->comm[0] = 0;
}

/* Histograms of all members, merged. */
struct merged {
	struct hist of[HIST_WHICH_NR];
};

static void merge(const struct snapshot *s, const struct proc_row *row, struct merged *m)
{
	const int64_t p50[HIST_WHICH_NR] = {row->runq_p50_ns, row->oncpu_p50_ns,
					    row->offcpu_p50_ns};
	struct hist h;

	for (int which = 0; which < HIST_WHICH_NR; which++) {
		if (p50[which] == FIG_UNKNOWN || !snapshot_hist(s, row, (enum hist_which)which, &h))
			continue;
		for (int i = 0; i < HIST_SLOTS; i++)
			m->of[which].slots[i] += h.slots[i];
		if (h.max_ns > m->of[which].max_ns)
			m->of[which].max_ns = h.max_ns;
	}
}

static void write_percentiles(const struct merged *m, struct proc_row *row)
{
	row->runq_p50_ns = hist_percentile_ns(&m->of[HIST_RUNQ], 500);
	row->runq_p99_ns = hist_percentile_ns(&m->of[HIST_RUNQ], 990);
	row->oncpu_p50_ns = hist_percentile_ns(&m->of[HIST_ONCPU], 500);
	row->oncpu_p99_ns = hist_percentile_ns(&m->of[HIST_ONCPU], 990);
	row->offcpu_p50_ns = hist_percentile_ns(&m->of[HIST_OFFCPU], 500);
	row->offcpu_p99_ns = hist_percentile_ns(&m->of[HIST_OFFCPU], 990);
}

static const char *name_of(const struct snapshot *s, enum group_by by, const struct proc_row *first,
			   struct group_row *g)
{
	const char *path;

	if (by == GROUP_COMMAND)
		return g->sums.comm;
	if (g->key == KEY_UNKNOWN)
		return "(not known)";
	if (by == GROUP_USER && first->user)
		return first->user;
	if (by == GROUP_CONTAINER && g->key == KEY_NONE)
		return "(no container)";
	path = snapshot_cgroup_path(s, first->cgroup_id);
	if (by == GROUP_CONTAINER && path)
		cgroup_container(path, g->text);
	else if (by == GROUP_CGROUP && path)
		return path;
	else
		snprintf(g->text, sizeof(g->text), by == GROUP_USER ? "%llu" : "id %llu",
			 (unsigned long long)g->key);
	return g->text;
}

/* A group has no command line: its name stands there. */
static void write_name(const struct snapshot *s, enum group_by by, const struct proc_row *first,
		       struct group_row *g)
{
	struct proc_row *row = &g->sums;

	g->name = name_of(s, by, first, g);
	row->cmd = g->name;
	row->cmd_len = (uint16_t)strlen(g->name);
	row->exe = NULL;
	row->exe_len = 0;
}

/* Makes one group of the entries [at, end). */
static void make_group(const struct snapshot *s, enum group_by by, const struct group_entry **at,
		       const struct group_entry **end, struct group_row *g)
{
	const struct proc_row *first = (*at)->row;
	struct merged m = { 0 };

	*g = (struct group_row){.sums = *first, .key = (*at)->key, .rows = end - at};
	g->sums.pid = FIG_UNKNOWN;
	g->sums.start_ns = 0;
	g->sums.ref = NULL;
	g->sums.exit_code = 0;
	merge(s, first, &m);
	while (++at < end) {
		add_member(&g->sums, (*at)->row);
		merge(s, (*at)->row, &m);
	}
	write_percentiles(&m, &g->sums);
	write_name(s, by, first, g);
}

static int compare(const void *a, const void *b)
{
	const struct group_entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

void group_entries_sort(const struct group_entry **order, uint32_t nr)
{
	sort_pointers((const void **)(void *)order, nr, compare);
}

static uint32_t list_rows(struct groups *g, const struct snapshot *s, enum group_by by)
{
	uint32_t nr = 0;

	for (int i = 0; i < s->procs_nr && nr < g->max; i++, nr++) {
		g->entries[nr] = (struct group_entry){group_key(s, by, &s->procs[i]), &s->procs[i]};
		g->order[nr] = &g->entries[nr];
	}
	group_entries_sort(g->order, nr);
	return nr;
}

int groups_fold(struct groups *g, const struct snapshot *s, enum group_by by)
{
	uint32_t nr, from = 0;

	if (g->made && g->by == by)
		return g->nr;
	g->nr = 0;
	nr = list_rows(g, s, by);
	for (uint32_t i = 1; i <= nr; i++) {
		if (i < nr && g->order[i]->key == g->order[from]->key)
			continue;
		make_group(s, by, g->order + from, g->order + i, &g->rows[g->nr++]);
		from = i;
	}
	g->made = true;
	g->by = by;
	return g->nr;
}

int snapshot_groups(const struct snapshot *s, enum group_by by, const struct group_row **ret_rows)
{
	*ret_rows = NULL;
	if (!s->cgroups || by == GROUP_PROCESS || by == GROUP_THREAD || by >= GROUP_BY_NR)
		return 0;
	*ret_rows = s->cgroups->by.rows;
	return groups_fold(&s->cgroups->by, s, by);
}
