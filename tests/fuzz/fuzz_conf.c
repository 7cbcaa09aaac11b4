/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration files of any content: no crash, an error has words, strings are whole. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	size_t *sum = ctx;

	*sum += strlen(section) + strlen(key) + strlen(value);
	if (strlen(value) > CONF_LINE_MAX)
		abort();
	return key[0] == 'z' ? err_set(e, -2, "%s: no such key", key) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = {""};
	size_t sum = 0;
	int ret = conf_parse_text((const char *)data, size, "fuzz.conf", take, &sum, &e);

	if (ret > 0 || (ret < 0 && strncmp(e.text, "fuzz.conf", 9) != 0))
		abort();
	return 0;
}
