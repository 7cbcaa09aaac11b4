/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys: any bytes in any pieces are used up, and what comes out is a key. */
#include <stdint.h>
#include <stdlib.h>

#include "term_keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drain(struct keys *k, bool timeout)
{
	struct term_event ev;

	while (keys_next(k, timeout, &ev))
		if (ev.key <= 0 || (ev.key & ~TKEY_ALT) > TKEY_GONE)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keys k = {.len = 0};
	size_t piece, took;

	for (; size; data += took, size -= took) {
		piece = 1 + data[0] % 7;
		took = keys_feed(&k, data, piece < size ? piece : size);
		if (!took)
			abort();
		drain(&k, false);
	}
	for (int i = 0; keys_pending(&k); i++) {
		if (i > KEYS_BUF_BYTES)
			abort();
		drain(&k, true);
	}
	return 0;
}
