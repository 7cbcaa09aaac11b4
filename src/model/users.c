/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User names. A uid that is met gets an entry at once; its name comes when it comes. */
#include "users.h"

#include <string.h>

struct user {
	struct pool_node node; /* key: uid */
	bool known;
	char name[sizeof(((struct user_rec *)0)->name)];
};

int users_init(struct users *u, uint32_t capacity)
{
	*u = (struct users){ 0 };
	return pool_init(&u->pool, POOL_KEYED, capacity, sizeof(struct user));
}

void users_fini(struct users *u)
{
	pool_fini(&u->pool);
}

void users_clear(struct users *u)
{
	pool_clear(&u->pool);
	u->asked = 0;
	u->changed = true;
}

static struct user *meet(struct users *u, uint32_t uid)
{
	struct user *x = pool_find(&u->pool, uid);

	return x ? x : pool_get(&u->pool, uid);
}

void users_meet(struct users *u, uint32_t uid)
{
	meet(u, uid);
}

void users_apply(struct users *u, const struct user_rec *rec)
{
	struct user *x = meet(u, rec->uid);

	if (!x)
		return;
	memcpy(x->name, rec->name, sizeof(x->name));
	x->name[sizeof(x->name) - 1] = 0;
	x->known = x->name[0] != 0;
	u->changed = true;
}

const char *users_name(const struct users *u, uint32_t uid)
{
	const struct user *x = pool_find(&u->pool, uid);

	return x && x->known ? x->name : NULL;
}

/* Entries are never given back, so their order is the order in which they were met. */
bool users_next_wanted(struct users *u, uint32_t *ret_uid)
{
	const struct user *x;

	while (u->asked < u->pool.fresh) {
		x = pool_at(&u->pool, u->asked++);
		if (!x->known) {
			*ret_uid = x->node.key;
			return true;
		}
	}
	return false;
}
