/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option table and its parser. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "core.h"
#include "group.h"
#include "options.h"
#include "panes.h"
#include "view.h"

#define NS_PER_S 1000000000ULL
#define NR(array) (sizeof(array) / sizeof((array)[0]))
#define INTERVAL_MIN_NS (NS_PER_S / 10)
#define INTERVAL_MAX_NS (60 * NS_PER_S)
#define PANE_WORD(pane) " " #pane

typedef int (*set_fn)(struct options *o, const char *value);

struct option_row {
	char letter;
	const char *name, *arg, *help;
	set_fn set;
	size_t flag_off; /* where set is NULL: a bool */
	bool optional;   /* the argument may be left out */
	bool cli_only;   /* never from a configuration file */
};

static int set_u64(const char *value, uint64_t max, uint64_t *ret)
{
	char *end;

	if (*value < '0' || *value > '9')
		return -EINVAL;
	errno = 0;
	*ret = strtoull(value, &end, 10);
	return errno || *end || *ret > max ? -EINVAL : 0;
}

int parse_duration(const char *text, uint64_t *ret_ns)
{
	char *end;
	double v;

	if ((*text < '0' || *text > '9') && *text != '.')
		return -EINVAL;
	if (text[strspn(text, "0123456789.")] == 'x')
		return -EINVAL; /* strtod would take it for hexadecimal */
	v = strtod(text, &end);
	if (!isfinite(v))
		return -EINVAL;
	if (!strcmp(end, "ms"))
		v *= 1e6;
	else if (!*end || !strcmp(end, "s"))
		v *= 1e9;
	else if (!strcmp(end, "m"))
		v *= 60e9;
	else
		return -EINVAL;
	if (v < 0 || v > 1e18)
		return -EINVAL;
	*ret_ns = (uint64_t)v;
	return 0;
}

int parse_bytes(const char *text, uint64_t *ret_bytes)
{
	static const char units[] = "KMG";
	char *end;
	const char *u;
	int shift = 0;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*ret_bytes = strtoull(text, &end, 10);
	if (*end) {
		u = strchr(units, *end);
		if (!u || end[1])
			return -EINVAL;
		shift = 10 * (int)(u - units + 1);
	}
	if (errno || *ret_bytes > (UINT64_MAX >> shift))
		return -EINVAL;
	*ret_bytes <<= shift;
	return 0;
}

static int set_iterations(struct options *o, const char *v)
{
	return set_u64(v, UINT32_MAX, &o->iterations) || !o->iterations ? -EINVAL : 0;
}

static int set_delay(struct options *o, const char *v)
{
	if (parse_duration(v, &o->interval_ns))
		return -EINVAL;
	return o->interval_ns < INTERVAL_MIN_NS || o->interval_ns > INTERVAL_MAX_NS ? -ERANGE : 0;
}

static int set_rows(struct options *o, const char *v)
{
	uint64_t n;

	if (set_u64(v, INT_MAX, &n))
		return -EINVAL;
	o->rows = (int)n;
	return 0;
}

static int set_size(struct options *o, const char *v)
{
	int used = 0;

	if (sscanf(v, "%4dx%4d%n", &o->size_cols, &o->size_rows, &used) != 2 || v[used])
		return -EINVAL;
	return o->size_cols < 20 || o->size_cols > CANVAS_COLS_MAX || o->size_rows < 5 ||
			       o->size_rows > CANVAS_ROWS_MAX
		       ? -ERANGE
		       : 0;
}

static int set_speed(struct options *o, const char *v)
{
	char *end;
	double x = strtod(v, &end);

	if (end == v || *end || !isfinite(x) || x < 0.01 || x > 1000)
		return -EINVAL;
	o->speed_milli = (int64_t)(x * 1000);
	return 0;
}

static int set_ring(struct options *o, const char *v)
{
	uint64_t n;

	if (parse_bytes(v, &n))
		return -EINVAL;
	if (n < 4096 || n > (1U << 30) || (n & (n - 1)))
		return -ERANGE;
	o->ring_bytes = (uint32_t)n;
	return 0;
}

/* Each word of a comma list sets the bit of its place among the `nr` names; NULL is none. */
static int set_words(const char *list, const char *const *names, unsigned nr, uint32_t *ret)
{
	const char *p = list;

	*ret = 0;
	while (*p) {
		size_t len = strcspn(p, ",");
		unsigned i = 0;

		while (i < nr && !(names[i] && strlen(names[i]) == len && !memcmp(names[i], p, len)))
			i++;
		if (i == nr)
			return -EINVAL;
		*ret |= 1U << i;
		p += len + (p[len] == ',');
	}
	return *ret ? 0 : -EINVAL;
}

static int set_rung(struct options *o, const char *v)
{
	static const char *const names[] = { "none", "tp_btf", "iter", "iter_fd", "fentry", "kprobe",
					     "proc" };

	return set_words(v, names, NR(names), &o->rungs);
}

static int set_modules(struct options *o, const char *v)
{
	const char *names[PANE_NR] = { [PANE_CORE] = "core" };

	for (int i = 0; i < view_registry_nr; i++)
		names[view_registry[i]->pane] = view_registry[i]->id;
	o->modules = v;
	return set_words(v, names, NR(names), &o->module_mask);
}

/* Returns the place of `word` in a list of names that ends with NULL, or -EINVAL. */
static int word_index(const char *const *names, const char *word)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], word))
			return i;
	return -EINVAL;
}

static int set_format(struct options *o, const char *v)
{
	static const char *const names[] = { "text", "ansi", "json", "csv", NULL };
	int i = word_index(names, v);

	o->format = i < 0 ? o->format : (enum out_format)i;
	return i < 0 ? i : 0;
}

static int set_color(struct options *o, const char *v)
{
	static const char *const names[] = { "auto", "always", "never", NULL };
	int i = word_index(names, v);

	o->color = i < 0 ? o->color : (enum color_mode)i;
	return i < 0 ? i : 0;
}

static int set_no_color(struct options *o, const char *v)
{
	o->color = COLOR_NEVER;
	return 0;
}

static int set_keys(struct options *o, const char *v)
{
	o->keys = !strcmp(v, "probetop") ? NULL : v;
	return !o->keys || !strcmp(v, "vi") ? 0 : -EINVAL;
}

static int set_user(struct options *o, const char *v)
{
	o->user = v ? v : "";
	return 0;
}

static int set_group(struct options *o, const char *v)
{
	o->group_by = v;
	for (int i = 0; i < GROUP_BY_NR; i++)
		if (!strcmp(group_words[i], v))
			return 0;
	return -EINVAL;
}

#define STRING_SETTER(field)                                         \
	static int set_##field(struct options *o, const char *value) \
	{                                                            \
		o->field = value;                                    \
		return *value ? 0 : -EINVAL;                         \
	}
STRING_SETTER(panes)
STRING_SETTER(views)
STRING_SETTER(sort_key)
STRING_SETTER(filter)
STRING_SETTER(pids)
STRING_SETTER(output)
STRING_SETTER(record)
STRING_SETTER(replay)
STRING_SETTER(theme)
STRING_SETTER(config)
STRING_SETTER(log)
STRING_SETTER(btf)

/* clang-format off */
#define FLAG(letter, name, field, help) { letter, name, NULL, help, NULL, offsetof(struct options, field), false, false }
#define CLI_FLAG(letter, name, field, help) { letter, name, NULL, help, NULL, offsetof(struct options, field), false, true }
#define VALUE(letter, name, arg, set, help) { letter, name, arg, help, set, 0, false, false }
#define CLI_VALUE(letter, name, arg, set, help) { letter, name, arg, help, set, 0, false, true }
static const struct option_row rows[] = {
	CLI_FLAG('b', "batch", batch, "write frames to the output, take no keys"),
	CLI_VALUE('n', "max-iterations", "N", set_iterations, "end after N frames"),
	VALUE('d', "delay", "T", set_delay, "interval: 0.1 to 60 s, as 2 or 500ms (default 1)"),
	VALUE('P', "pane", "PANES", set_panes, "pane to show (cpu, all)"),
	VALUE(0, "view", "ID,..", set_views, "views to show, as processes,cgroups (all: every view)"),
	CLI_VALUE(0, "modules", "LIST", set_modules, "probe modules to load (default all:" PANES(PANE_WORD) ")"),
	CLI_FLAG(0, "no-bpf", no_bpf, "show what /proc gives; the rest is n/a"),
	VALUE('N', "rows", "ROWS", set_rows, "at most ROWS rows of a table"),
	VALUE('s', "sort-key", "KEY", set_sort_key, "sort by KEY; -KEY inverts; help lists the keys"),
	CLI_VALUE('F', "filter", "TEXT", set_filter, "only rows that hold TEXT"),
	CLI_VALUE('p', "pid", "PID,..", set_pids, "only these processes"),
	{ 'u', "user", "USER", "only processes of USER (default: your own)", set_user, 0, true, true },
	VALUE(0, "group-by", "WORD", set_group, "a row for each process, thread, user, cgroup, container or command"),
	CLI_VALUE('f', "format", "FMT", set_format, "text, ansi, json or csv"),
	CLI_VALUE('o', "output", "FILE", set_output, "write there instead of the standard output"),
	CLI_FLAG(0, "force", force, "let --output and --record replace a file"),
	CLI_VALUE(0, "size", "COLSxROWS", set_size, "size of text frames (20x5 to 1000x500)"),
	CLI_FLAG(0, "total", total, "exact sums since the start instead of rates"),
	CLI_VALUE(0, "record", "FILE", set_record, "keep the record stream in FILE; what --view names is measured for it"),
	CLI_VALUE(0, "replay", "FILE", set_replay, "show a recording; needs no rights"),
	CLI_VALUE(0, "speed", "X", set_speed, "speed of a replay (0.01 to 1000)"),
	CLI_FLAG(0, "check", check, "say which probes work here, and end"),
	CLI_FLAG(0, "strict", strict, "a missing probe is an error (exit 5)"),
	{ 'C', "no-color", NULL, "no colours", set_no_color, 0, false, false },
	VALUE(0, "color", "WHEN", set_color, "auto, always or never"),
	FLAG('U', "no-unicode", no_unicode, "ASCII only"),
	FLAG('M', "no-mouse", no_mouse, "leave the mouse to the terminal"),
	FLAG('H', "highlight-changes", highlight, "mark rows that are new"),
	FLAG(0, "readonly", readonly, "switch off the keys that act on the host"),
	FLAG(0, "show-args", show_args, "whole command lines in files (they may hold passwords)"),
	FLAG(0, "a11y", a11y, "for screen readers: words instead of bars"),
	VALUE(0, "keys", "SET", set_keys, "probetop or vi"),
	VALUE(0, "theme", "NAME|FILE", set_theme, "terminal, dark, light, mono, or a btop theme"),
	FLAG(0, "no-meters", no_meters, "no header"),
	FLAG(0, "no-function-bar", no_function_bar, "no line of keys"),
	CLI_VALUE(0, "config", "FILE", set_config, "read this configuration"),
	CLI_FLAG(0, "no-config", no_config, "read no configuration"),
	VALUE(0, "ring-size", "BYTES", set_ring, "size of the shared ring (a power of two; default 1M)"),
	CLI_VALUE(0, "btf", "FILE", set_btf, "BTF of the kernel, where the kernel has none"),
	CLI_VALUE(0, "rung", "LIST", set_rung, "hooks that may be used: tp_btf, iter, iter_fd, fentry, kprobe"),
	CLI_VALUE(0, "log", "FILE", set_log, "write messages to FILE"),
	CLI_FLAG('v', "verbose", verbose, "more messages in the log"),
	CLI_FLAG('h', "help", help, "this text"),
	CLI_FLAG('V', "version", version, "the version"),
};
/* clang-format on */
#define ROWS_NR (sizeof(rows) / sizeof(rows[0]))

void options_init(struct options *o)
{
	*o = (struct options){
		.interval_ns = NS_PER_S,
		.speed_milli = 1000,
		.module_mask = ~0U,
		.format = OUT_TEXT,
	};
}

static int apply(struct options *o, const struct option_row *r, const char *value, struct err *e)
{
	int ret = 0;

	if (r->set)
		ret = r->set(o, value);
	else
		*(bool *)((char *)o + r->flag_off) = true;
	if (ret == -ERANGE)
		return err_set(e, -EINVAL, "--%s %s: out of range. %s.", r->name, value, r->help);
	if (ret)
		return err_set(e, -EINVAL, "--%s %s: not understood. %s.", r->name, value, r->help);
	return 0;
}

/* Options point into what set them: a file's text goes, so its values are kept here. */
static const char *keep(struct options *o, const char *value)
{
	size_t len = strlen(value) + 1;
	char *kept = o->conf_text + o->conf_used;

	if (len > sizeof(o->conf_text) - o->conf_used)
		return NULL;
	o->conf_used += len;
	return memcpy(kept, value, len);
}

int options_set(struct options *o, const char *name, const char *value, struct err *e)
{
	for (size_t i = 0; i < ROWS_NR; i++) {
		const struct option_row *r = &rows[i];

		if (strcmp(r->name, name) || r->cli_only)
			continue;
		if (r->arg) {
			value = keep(o, value);
			return value ? apply(o, r, value, e) : err_set(e, -E2BIG, "%s: too much text.", name);
		}
		if (!strcmp(value, "no") || !strcmp(value, "false") || !strcmp(value, "0"))
			return 0;
		if (strcmp(value, "yes") && strcmp(value, "true") && strcmp(value, "1"))
			return err_set(e, -EINVAL, "%s = %s: not understood. Say yes or no.", name, value);
		return apply(o, r, value, e);
	}
	return err_set(e, -ENOENT, "%s: no such option in a configuration file. See probetop --help.", name);
}

/* getopt's two lists, made from the table. val is the row's index + 1000. */
static void build_getopt(struct option longs[ROWS_NR + 1], char shorts[ROWS_NR * 3 + 2])
{
	char *p = shorts;

	*p++ = '+'; /* stop at the first word that is no option */
	*p++ = ':';
	for (size_t i = 0; i < ROWS_NR; i++) {
		const struct option_row *r = &rows[i];

		longs[i] = (struct option){ r->name, r->optional ? optional_argument : r->arg ? required_argument : no_argument,
					    NULL, (int)i + 1000 };
		if (!r->letter)
			continue;
		*p++ = r->letter;
		if (r->arg)
			*p++ = ':';
		if (r->optional)
			*p++ = ':';
	}
	*p = 0;
	longs[ROWS_NR] = (struct option){ 0 };
}

static const struct option_row *row_of(int c)
{
	if (c >= 1000)
		return &rows[c - 1000];
	for (size_t i = 0; i < ROWS_NR; i++)
		if (rows[i].letter == c)
			return &rows[i];
	return NULL;
}

int options_parse(struct options *o, int argc, char **argv, struct err *e)
{
	struct option longs[ROWS_NR + 1];
	char shorts[ROWS_NR * 3 + 2];
	const struct option_row *r;
	int c, ret;

	build_getopt(longs, shorts);
	optind = 0; /* start anew, also in a second call */
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == ':')
			return err_set(e, -EINVAL, "%s: needs a value. See probetop --help.", argv[optind - 1]);
		if (c == '?')
			return err_set(e, -EINVAL, "%s: no such option. See probetop --help.", argv[optind - 1]);
		r = row_of(c);
		if (r->optional && !optarg && optind < argc && *argv[optind] != '-')
			optarg = argv[optind++]; /* `-u NAME`, as htop takes it */
		ret = apply(o, r, optarg, e);
		if (ret)
			return ret;
	}
	if (optind < argc) {
		if (strcmp(argv[optind - 1], "--"))
			return err_set(e, -EINVAL, "%s: not expected. A command goes after `--`.", argv[optind]);
		o->command = argv + optind;
	} else if (optind > 1 && !strcmp(argv[optind - 1], "--")) {
		return err_set(e, -EINVAL, "--: a command is missing. Say probetop [options] -- COMMAND.");
	}
	return 0;
}

static int from_conf(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	if (*section)
		return err_set(e, -EINVAL, "[%s]: no such section. Options stand before any heading.", section);
	return options_set(ctx, key, value, e);
}

int options_load_config(struct options *o, int argc, char **argv, struct err *e)
{
	int ret;

	if (o->no_config)
		return 0;
	ret = o->config ? conf_parse(o->config, conf_privileged(), from_conf, o, e) : conf_load(from_conf, o, e);
	return ret ? ret : options_parse(o, argc, argv, e); /* the command line wins */
}

int options_check(const struct options *o, struct err *e)
{
	if (o->replay && (o->record || o->command || o->no_bpf || o->check))
		return err_set(e, -EINVAL, "--replay: a recording takes no probes. Leave --record, --no-bpf, --check "
					   "and the command away.");
	if (o->no_bpf && o->command)
		return err_set(e, -EINVAL, "--no-bpf: a command's tree is counted by BPF. Leave one of them away.");
	if (o->format == OUT_CSV && o->views && (strchr(o->views, ',') || !strcmp(o->views, "all")))
		return err_set(e, -EINVAL, "--format csv: one view a run. Name one with --view.");
	if (o->group_by && o->pids && strcmp(o->group_by, "process") && strcmp(o->group_by, "thread"))
		return err_set(e, -EINVAL, "--group-by %s: sums all its processes. Leave --pid away.", o->group_by);
	if (o->total && o->iterations > 1)
		return err_set(e, -EINVAL, "--total: is one report at the end. Leave -n away; -d says how long.");
	return 0;
}

void options_help(FILE *out)
{
	fputs("Usage: probetop [options] [-- COMMAND ARGS]\n"
	      "Shows what is slow on this host, who does it and why: live, from BPF.\n\n",
	      out);
	for (size_t i = 0; i < ROWS_NR; i++) {
		const struct option_row *r = &rows[i];
		char left[64];

		snprintf(left, sizeof(left), "%c%c%s --%s%s%s%s", r->letter ? '-' : ' ', r->letter ? r->letter : ' ',
			 r->letter ? "," : " ", r->name, r->arg ? (r->optional ? "[=" : "=") : "", r->arg ? r->arg : "",
			 r->optional ? "]" : "");
		fprintf(out, "  %-30s %s\n", left, r->help);
	}
	fputs("\nExit status: 0 done, 1 run-time error, 2 usage, 3 not permitted, 4 the kernel can run no pane,\n"
	      "5 --strict and a probe is missing, 6 output file; with a command, the command's.\n",
	      out);
}
