// SPDX-License-Identifier: GPL-2.0-or-later
/* Hash maps are read in batches: a system call for some hundred entries. */
#include "walk.h"

#include <errno.h>
#include <signal.h>

#include <bpf/bpf.h>

bool alive_is_gone(struct alive *a, uint32_t tgid, uint32_t pass)
{
	size_t i = tgid % ALIVE_SET;

	if (!tgid)
		return false;
	if (a->set[i].tgid != tgid || a->set[i].pass != pass) {
		a->set[i].tgid = tgid;
		a->set[i].pass = pass;
		a->set[i].gone = kill((pid_t)tgid, 0) && errno == ESRCH;
	}
	return a->set[i].gone;
}

void walk_map(const struct walk *w)
{
	uint32_t at = 0, nr;
	void *in = NULL;
	int ret;

	do {
		nr = WALK_BATCH;
		ret = bpf_map_lookup_batch(w->fd, in, &at, w->keys, w->values, &nr, NULL);
		if (ret && errno != ENOENT) /* ENOENT: the end, and what was left of it */
			return;
		for (uint32_t i = 0; i < nr; i++)
			w->entry(w->ctx, w->fd, (const char *)w->keys + i * w->key_size,
				 (const char *)w->values + i * w->value_size);
		in = &at;
	} while (!ret);
}

bool walk_take_out(int fd, const void *key, void *value)
{
	if (!bpf_map_lookup_and_delete_elem(fd, key, value))
		return true;
	/* Hash maps know that since 5.14. */
	if (bpf_map_lookup_elem(fd, key, value))
		return false;
	bpf_map_delete_elem(fd, key);
	return true;
}
