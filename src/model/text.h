/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lines: short texts of very different length. They lie in pools of a few sizes, so
 * that 5,000 of them cost what they are long. A text that is dropped stays readable until
 * text_settle(), because a snapshot may show it. Owns its pools; allocates at init only.
 */
#ifndef PROBETOP_TEXT_H
#define PROBETOP_TEXT_H

#include "pool.h"

#define TEXT_POOLS 5

struct text {
	struct pool_node node; /* of the pool; not a key */
	struct text *next;     /* in the list of dropped ones */
	uint16_t args_len, exe_len;
	uint8_t pool;
	char bytes[]; /* arguments, then the executable */
};

struct texts {
	struct pool pools[TEXT_POOLS];
	struct text *dropped;
};

/* Returns 0 or -ENOMEM; after an error text_fini() cleans up. */
int text_init(struct texts *t, uint32_t capacity);
void text_fini(struct texts *t);
void text_clear(struct texts *t);

/* Copies args_len + exe_len bytes. Returns NULL when the pool of that size is full. */
struct text *text_new(struct texts *t, const char *bytes, uint16_t args_len, uint16_t exe_len);
/* Drops a text (NULL is accepted): free again at the next text_settle(). */
void text_drop(struct texts *t, struct text *x);
void text_settle(struct texts *t);

#endif
