/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration files: `[section]` and `key = value` lines, `;` and `#` begin comments. Where
 * they are looked for, who may have written them, and file:line in every error. What the keys
 * mean is the caller's. A file is read whole (at most 64 KiB) and nothing is kept.
 */
#ifndef PROBETOP_CONF_H
#define PROBETOP_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "log.h"

#define CONF_SYSTEM   "/etc/probetop/probetop.conf"
#define CONF_FILE_MAX 65536 /* bytes */
#define CONF_LINE_MAX 190   /* bytes of one line */

/*
 * Takes one `key = value` (section "" before the first heading). Returns 0, or a negative
 * errno with words in `e`, to which the parser adds file and line. The strings are valid
 * during the call only. It is called until the first error.
 */
typedef int (*conf_fn)(void *ctx, const char *section, const char *key, const char *value,
		       struct err *e);

/*
 * Reads the file at `path`. With `privileged` it must be owned by root or by the user who
 * started the program, writable by nobody else, and no symbolic link. Returns 0, -ENOENT,
 * -EPERM for an owner or mode that is refused, -EINVAL for a line that is wrong, or another
 * negative errno; always with words in `e`.
 */
int conf_parse(const char *path, bool privileged, conf_fn fn, void *ctx, struct err *e);

/*
 * Reads the files at the usual places that exist, the user's after the system's, so that it
 * wins. Never looks into the current directory. Returns 0 or the first error.
 */
int conf_load(conf_fn fn, void *ctx, struct err *e);

/* Returns whether this process has rights that its user may not have: root, file capabilities. */
bool conf_privileged(void);

/*
 * Writes the path of the user's own file, from $XDG_CONFIG_HOME and $HOME (either may be NULL;
 * relative ones are ignored). Returns 0, or -ENOENT when there is no such place.
 */
int conf_user_path(char *buf, size_t size, const char *xdg_config_home, const char *home);

/* Parses `len` bytes of text, `name` being what errors call it. As conf_parse(). */
int conf_parse_text(const char *text, size_t len, const char *name, conf_fn fn, void *ctx,
		    struct err *e);

#endif
