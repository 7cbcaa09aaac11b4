/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pools of command lines, by size. */
#include "text.h"

#include <errno.h>
#include <string.h>

#include "core.h"

static const uint16_t sizes[TEXT_POOLS] = {
	64, 112, 208, 512, offsetof(struct text, bytes) + CMD_BYTES + 256 + 8,
};

int text_init(struct texts *t, uint32_t capacity)
{
	int ret;

	*t = (struct texts){ 0 };
	for (int i = 0; i < TEXT_POOLS; i++) {
		ret = pool_init(&t->pools[i], POOL_PLAIN, capacity, sizes[i]);
		if (ret)
			return ret;
	}
	return 0;
}

void text_fini(struct texts *t)
{
	for (int i = 0; i < TEXT_POOLS; i++)
		pool_fini(&t->pools[i]);
	t->dropped = NULL;
}

void text_clear(struct texts *t)
{
	for (int i = 0; i < TEXT_POOLS; i++)
		pool_clear(&t->pools[i]);
	t->dropped = NULL;
}

struct text *text_new(struct texts *t, const char *bytes, uint16_t args_len, uint16_t exe_len)
{
	size_t len = (size_t)args_len + exe_len;
	struct text *x;
	uint8_t i = 0;

	while (i < TEXT_POOLS && sizes[i] < offsetof(struct text, bytes) + len)
		i++;
	x = i < TEXT_POOLS ? pool_get(&t->pools[i], 0) : NULL;
	if (!x)
		return NULL;
	x->pool = i;
	x->args_len = args_len;
	x->exe_len = exe_len;
	memcpy(x->bytes, bytes, len);
	return x;
}

void text_drop(struct texts *t, struct text *x)
{
	if (!x)
		return;
	x->next = t->dropped;
	t->dropped = x;
}

void text_settle(struct texts *t)
{
	struct text *next;

	for (struct text *x = t->dropped; x; x = next) {
		next = x->next;
		pool_put(&t->pools[x->pool], x);
	}
	t->dropped = NULL;
}
