/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User names by uid, and which of them are still to be asked for. Owns its pool; a name
 * stays where it is until users_clear(), so that rows may point at it.
 */
#ifndef PROBETOP_USERS_H
#define PROBETOP_USERS_H

#include <stdbool.h>

#include "core.h"
#include "pool.h"

struct users {
	struct pool pool;
	uint32_t asked; /* entries of the pool that were asked for */
	bool changed;	/* a name came since the flag was last taken down */
};

int users_init(struct users *u, uint32_t capacity);
void users_fini(struct users *u);
void users_clear(struct users *u);

/* Remembers that a process of `uid` exists. */
void users_meet(struct users *u, uint32_t uid);
void users_apply(struct users *u, const struct user_rec *rec);
/* Returns the name, or NULL where it is not known. */
const char *users_name(const struct users *u, uint32_t uid);
/* Gives the next uid that was not asked for yet; false when there is none. */
bool users_next_wanted(struct users *u, uint32_t *ret_uid);

#endif
