/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the user asked for. One table (options.c) is the master copy of the options: parsing,
 * --help and the tests are made from it.
 */
#ifndef PROBETOP_OPTIONS_H
#define PROBETOP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "log.h"
#include "term.h"
#include "ui.h"

/* Exit status, as CONTRACT fixes it. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_RUN_TIME = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_PERMITTED = 3,
	EXIT_NO_KERNEL = 4,
	EXIT_STRICT = 5,
	EXIT_OUTPUT = 6,
	EXIT_COMMAND_FAILED = 125, /* -- COMMAND: we failed, not the command */
};

struct options {
	bool batch, total, check, strict, force, no_bpf, help, version, verbose;
	bool no_unicode, no_mouse, highlight, readonly, show_args, a11y, no_meters, no_function_bar;
	bool no_config;
	const char *keys;
	uint64_t iterations; /* 0: no end */
	uint64_t interval_ns;
	int64_t speed_milli; /* replay speed in thousandths */
	const char *panes, *views, *modules;
	const char *sort_key, *filter, *pids, *user, *group_by;
	const char *output, *record, *replay, *theme, *config, *log, *btf;
	enum out_format format;
	enum color_mode color;
	int rows, size_cols, size_rows;
	uint32_t ring_bytes, rungs, module_mask;
	char **command; /* after --; NULL when there is none */
	char conf_text[4096]; /* values that a configuration file set */
	size_t conf_used;
};

/* Defaults: what an empty command line means. */
void options_init(struct options *o);
/* Parses argv; strings point into it. Returns 0, or -EINVAL with words in `e`. */
int options_parse(struct options *o, int argc, char **argv, struct err *e);
/* Sets one option by its long name, as a configuration file does. -ENOENT, -EINVAL. */
int options_set(struct options *o, const char *name, const char *value, struct err *e);
/*
 * Reads the configuration that --config names or the usual places hold, below the command
 * line: what argv says wins. Returns 0 or a negative errno with file and line in `e`.
 */
int options_load_config(struct options *o, int argc, char **argv, struct err *e);
/* Refuses combinations that make no sense. Returns 0 or -EINVAL. */
int options_check(const struct options *o, struct err *e);
void options_help(FILE *out);

/* "2", "0.5", "500ms", "1m": returns 0 and nanoseconds, or -EINVAL. */
int parse_duration(const char *text, uint64_t *ret_ns);
/* "64K", "1M": returns 0 and bytes, or -EINVAL. */
int parse_bytes(const char *text, uint64_t *ret_bytes);

#endif
