/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The properties of block devices that are known, and which of them wait to be told. */
#include "disks.h"

#include <stdlib.h>
#include <string.h>

#include "record.h"

#define TURN 16 /* devices that are read again at a time: hosts with no more are always up to date */

struct entry {
	struct disk_name name;
	struct disk_info_rec info;
	uint32_t met;	  /* in this list */
	uint32_t read_in; /* chosen to be read when that was the last list; 0: never */
	bool read;	  /* `info` is filled */
	bool told;	  /* and has been taken */
};

int disk_book_init(struct disk_book *b)
{
	pthread_mutex_init(&b->lock, NULL);
	return table_init(&b->entries, DISKS_LISTED_MAX, sizeof(struct entry));
}

void disk_book_fini(struct disk_book *b)
{
	table_fini(&b->entries);
	pthread_mutex_destroy(&b->lock);
}

/* Another device under the same number has another name: it is read anew. */
static void meet_one(struct disk_book *b, const struct disk_name *name)
{
	bool new;
	struct entry *e = table_put(&b->entries, (struct table_key){.a = name->dev}, &new);

	if (!new && !memcmp(&e->name, name, sizeof(*name))) {
		e->met = b->met;
		return;
	}
	*e = (struct entry){.name = *name, .met = b->met};
}

/* One that is gone, and was told of, stays until that has been told too. */
static void miss_others(struct disk_book *b)
{
	uint32_t cursor = 0;
	struct entry *e;

	while ((e = table_next(&b->entries, &cursor, NULL))) {
		if (e->met == b->met || e->info.flags & DISK_INFO_F_GONE)
			continue;
		if (!e->read) {
			table_del_entry(&b->entries, e);
			continue;
		}
		e->info.flags |= DISK_INFO_F_GONE;
		e->told = false;
		b->changed = true;
	}
}

bool disk_book_meet(struct disk_book *b, const struct disk_name *names, int nr)
{
	bool claimed;

	pthread_mutex_lock(&b->lock);
	b->met++;
	for (int i = 0; i < nr; i++)
		meet_one(b, &names[i]);
	miss_others(b);
	claimed = !b->reading && nr > 0;
	b->reading = b->reading || claimed;
	pthread_mutex_unlock(&b->lock);
	return claimed;
}

void disk_book_unclaim(struct disk_book *b)
{
	pthread_mutex_lock(&b->lock);
	b->reading = false;
	pthread_mutex_unlock(&b->lock);
}

/* What is to be read, the longest ago first. */
struct choice {
	struct disk_name name;
	uint32_t read_in; /* 0: never */
};

static int compare_choices(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->read_in != y->read_in)
		return x->read_in < y->read_in ? -1 : 1;
	return x->name.dev < y->name.dev ? -1 : x->name.dev > y->name.dev;
}

/* All that were never read, and TURN of the others. Returns how many. */
static int choose(struct disk_book *b, struct choice *c)
{
	int all = 0, nr = 0, again = 0;
	uint32_t cursor = 0;
	struct entry *e;

	while ((e = table_next(&b->entries, &cursor, NULL)))
		if (!(e->info.flags & DISK_INFO_F_GONE))
			c[all++] = (struct choice){e->name, e->read_in};
	qsort(c, (size_t)all, sizeof(*c), compare_choices);
	for (; nr < all && again < TURN; nr++) {
		again += c[nr].read_in != 0;
		e = table_get(&b->entries, (struct table_key){.a = c[nr].name.dev});
		e->read_in = b->met;
	}
	return nr;
}

static void keep(struct disk_book *b, const struct disk_name *of, const struct disk_info_rec *info)
{
	struct entry *e;

	pthread_mutex_lock(&b->lock);
	e = table_get(&b->entries, (struct table_key){.a = of->dev});
	if (e && !memcmp(&e->name, of, sizeof(*of)) && !(e->info.flags & DISK_INFO_F_GONE) &&
	    (!e->read || memcmp(&e->info, info, sizeof(*info)) != 0)) {
		e->info = *info;
		e->read = true;
		e->told = false;
		b->changed = true;
	}
	pthread_mutex_unlock(&b->lock);
}

void disk_book_read(struct disk_book *b, const char *root)
{
	struct choice *chosen = calloc(DISKS_LISTED_MAX, sizeof(*chosen));
	struct disk_info_rec info;
	int nr = 0;

	if (chosen) {
		pthread_mutex_lock(&b->lock);
		nr = choose(b, chosen);
		pthread_mutex_unlock(&b->lock);
	}
	for (int i = 0; i < nr; i++) {
		disk_info_read(root, &chosen[i].name, &info);
		keep(b, &chosen[i].name, &info);
	}
	free(chosen);
	disk_book_unclaim(b);
}

bool disk_book_take(struct disk_book *b, uint32_t *cursor, struct disk_info_rec *ret)
{
	struct entry *e = NULL;

	pthread_mutex_lock(&b->lock);
	if (*cursor || b->changed)
		while ((e = table_next(&b->entries, cursor, NULL)) && (!e->read || e->told))
			;
	if (e) {
		*ret = e->info;
		record_init(&ret->h, 0, PANE_DISK, DISK_INFO, sizeof(*ret));
		e->told = true;
		if (e->info.flags & DISK_INFO_F_GONE)
			table_del_entry(&b->entries, e);
	} else {
		b->changed = false;
	}
	pthread_mutex_unlock(&b->lock);
	return e != NULL;
}
