/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Known groups, and readings that wait. */
#include "cgbook.h"

#include <string.h>

void cgbook_init(struct cgbook *b)
{
	pthread_mutex_init(&b->lock, NULL);
}

void cgbook_fini(struct cgbook *b)
{
	pthread_mutex_destroy(&b->lock);
}

static struct cgbook_group *find(struct cgbook *b, uint64_t id)
{
	for (unsigned i = 0; i < CGBOOK_MAX; i++)
		if (b->groups[i].id == id)
			return &b->groups[i];
	return NULL;
}

void cgbook_know(struct cgbook *b, const struct cgroup_rec *r)
{
	struct cgbook_group *g;

	if (r->version != 2 || r->id == 0)
		return;
	pthread_mutex_lock(&b->lock);
	g = find(b, r->id);
	if (!g)
		g = find(b, 0);
	if (!g)
		g = &b->groups[b->groups_next++ % CGBOOK_MAX];
	g->id = r->id;
	memcpy(g->path, r->path, r->len);
	g->path[r->len] = 0;
	pthread_mutex_unlock(&b->lock);
}

bool cgbook_claim(struct cgbook *b)
{
	bool free;

	pthread_mutex_lock(&b->lock);
	free = !b->reading;
	b->reading = true;
	pthread_mutex_unlock(&b->lock);
	return free;
}

void cgbook_unclaim(struct cgbook *b)
{
	pthread_mutex_lock(&b->lock);
	b->reading = false;
	pthread_mutex_unlock(&b->lock);
}

/* A reading for which there is no room is left out: nobody collects. */
static void keep(struct cgbook *b, const struct cgstat_rec *r)
{
	if (b->stats_nr < CGBOOK_MAX)
		b->stats[(b->stats_first + b->stats_nr++) % CGBOOK_MAX] = *r;
}

static void read_one(struct cgbook *b, unsigned i, const char *root,
		     const struct cgroup_mounts *mounts)
{
	struct cgbook_group g;
	struct cgstat_rec r;
	bool there;

	pthread_mutex_lock(&b->lock);
	g = b->groups[i];
	pthread_mutex_unlock(&b->lock);
	if (!g.id)
		return;
	there = cgroups_read_stat(root, mounts, g.path, g.id, &r);
	pthread_mutex_lock(&b->lock);
	if (there)
		keep(b, &r);
	else if (b->groups[i].id == g.id)
		b->groups[i].id = 0;
	pthread_mutex_unlock(&b->lock);
}

void cgbook_read(struct cgbook *b, const char *root, int proc_fd)
{
	struct cgroup_mounts mounts;

	cgroups_mounts(proc_fd, &mounts);
	for (unsigned i = 0; i < CGBOOK_MAX; i++)
		read_one(b, i, root, &mounts);
	cgbook_unclaim(b);
}

bool cgbook_take(struct cgbook *b, struct cgstat_rec *ret)
{
	bool any;

	pthread_mutex_lock(&b->lock);
	any = b->stats_nr > 0;
	if (any) {
		*ret = b->stats[b->stats_first];
		b->stats_first = (b->stats_first + 1) % CGBOOK_MAX;
		b->stats_nr--;
	}
	pthread_mutex_unlock(&b->lock);
	return any;
}
