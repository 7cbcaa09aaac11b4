/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small reader that says whether text is JSON, with strings of valid UTF-8 without controls. */
#ifndef PROBETOP_JSON_READER_H
#define PROBETOP_JSON_READER_H

#include <stdint.h>
#include <string.h>

#include "esc.h"

/* Returns the end of the JSON value at `p`, or NULL: strings must be valid UTF-8 without controls. */
static const char *json_end(const char *p, int depth);

static const char *string_end(const char *p)
{
	if (*p++ != '"')
		return NULL;
	while (*p && *p != '"') {
		uint32_t cp;
		int len = utf8_decode(p, strlen(p), &cp);

		if (!len || cp < ' ' || cp == 0x7f)
			return NULL;
		if (*p == '\\' && !strchr("\"\\/bfnrtu", p[1]))
			return NULL;
		p += *p == '\\' ? 2 : len;
	}
	return *p ? p + 1 : NULL;
}

static const char *list_end(const char *p, char close, int depth)
{
	if (*++p == close)
		return p + 1;
	for (;; p++) {
		if (close == '}') {
			p = string_end(p);
			if (!p || *p++ != ':')
				return NULL;
		}
		p = json_end(p, depth + 1);
		if (!p || *p == close)
			return p ? p + 1 : NULL;
		if (*p != ',')
			return NULL;
	}
}

static const char *json_end(const char *p, int depth)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t len;

	if (depth > 8)
		return NULL;
	if (*p == '{' || *p == '[')
		return list_end(p, *p == '{' ? '}' : ']', depth);
	if (*p == '"')
		return string_end(p);
	for (size_t i = 0; i < 3; i++)
		if (!strncmp(p, words[i], strlen(words[i])))
			return p + strlen(words[i]);
	len = strspn(p, "-0123456789.");
	return len ? p + len : NULL;
}

#endif
