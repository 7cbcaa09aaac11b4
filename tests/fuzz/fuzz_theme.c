/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Theme files: any bytes load or are refused, and what loads survives being written. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_after_writing(const struct theme *t)
{
	static char text[THEME_FILE_MAX_BYTES];
	struct theme again;
	int len = theme_format(t, text, sizeof(text));

	if (len >= (int)sizeof(text) || theme_parse(text, (size_t)len, &again, NULL))
		abort();
	for (int s = 0; s < STYLE_NR; s++)
		if (again.styles[s].fg != t->styles[s].fg ||
		    again.styles[s].bg != t->styles[s].bg ||
		    again.styles[s].attrs != t->styles[s].attrs)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct theme t;
	struct err e;

	if (theme_parse((const char *)data, size, &t, &e))
		return 0;
	same_after_writing(&t);
	for (int depth = DEPTH_8; depth <= DEPTH_RGB; depth++) {
		struct theme fitted = t;

		theme_fit(&fitted, (enum color_depth)depth);
	}
	return 0;
}
