/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames in files: the views that the user named, in the format that he named. */
#ifndef PROBETOP_FRAME_H
#define PROBETOP_FRAME_H

#include <stdio.h>

#include "options.h"

struct frames;

/* Prepares the views of the options. Takes over `out`. Returns 0 or -EINVAL, -ENOENT, -ENOMEM. */
int frames_new(const struct options *o, struct ui *ui, FILE *out, struct frames **ret_f, struct err *e);
/* Flushes and closes the output. Returns 0 or the error of the output. Accepts NULL. */
int frames_free(struct frames *f);
/* Writes one frame of each view. Returns 0 or the error of the output. */
int frames_write(struct frames *f, const struct snapshot *s);

/*
 * Writes the screen of `ui` once into a new file (`path`, or a name made of host and time
 * where it is empty) and says so through ui_status(). `shown` is the canvas on the screen,
 * whose size it takes; arguments are left out unless `show_args`.
 */
void frame_save(struct ui *ui, const struct snapshot *s, const struct canvas *shown, const struct theme *theme,
		const char *path, enum out_format format, bool show_args);

/* What the views that the options name are to have measured: enum demand. */
uint32_t views_demand(const struct options *o);

/* The options as the ui wants them. */
struct ui_opts ui_opts_of(const struct options *o);

#endif
