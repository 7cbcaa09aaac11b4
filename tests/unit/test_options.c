/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: what each option does to the defaults, what is refused and in which words.
 * A table row is a command line and its effect: the fields that differ from the defaults.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "options.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))
#define WORDS_MAX 24
#define NS_PER_S  1000000000ULL
#define REFUSED	  "!" /* begins an expectation: refused, with these words in the message */

struct parse_case {
	const char *line, *want;
};

static const struct parse_case cases[] = {
	{"", ""},
	{"-b", "batch"},
	{"--batch", "batch"},
	{"--batch=1", "!no such option"},
	{"-n 3", "iterations=3"},
	{"-n3", "iterations=3"},
	{"--max-iterations=4294967295", "iterations=4294967295"},
	{"--max-iterations=4294967296", "!--max-iterations 4294967296: not understood"},
	{"--max-iterations=0", "!not understood"},
	{"--max-iterations=-1", "!not understood"},
	{"--max-iterations=", "!not understood"},
	{"--max-iterations=2x", "!not understood"},
	{"-n", "!-n: needs a value"},
	{"-d 2", "interval_ns=2000000000"},
	{"-d .5", "interval_ns=500000000"},
	{"-d500ms", "interval_ns=500000000"},
	{"--delay=100ms", "interval_ns=100000000"},
	{"--delay=60", "interval_ns=60000000000"},
	{"--delay=1m", "interval_ns=60000000000"},
	{"--delay=99ms", "!--delay 99ms: out of range"},
	{"--delay=60.001", "!out of range"},
	{"--delay=0", "!out of range"},
	{"--delay=2h", "!--delay 2h: not understood"},
	{"--delay=-1", "!not understood"},
	{"--delay=nan", "!not understood"},
	{"-P cpu", "panes=cpu"},
	{"--pane=cpu,mem", "panes=cpu,mem"},
	{"--pane=", "!not understood"},
	{"--view=processes,runqueue", "views=processes,runqueue"},
	{"--view=", "!not understood"},
	{"--modules=cpu", "modules=cpu module_mask=2"},
	{"--modules=core,cpu", "modules=core,cpu module_mask=3"},
	{"--modules=core", "modules=core module_mask=1"},
	{"--modules=cp", "!--modules cp: not understood"},
	{"--modules=cpux", "!not understood"},
	{"--modules=disk", "modules=disk module_mask=16"},
	{"--modules=,cpu", "!not understood"},
	{"--modules=", "!not understood"},
	{"--no-bpf", "no_bpf"},
	{"-N 5", "rows=5"},
	{"--rows=0", ""},
	{"--rows=2147483647", "rows=2147483647"},
	{"--rows=2147483648", "!not understood"},
	{"--rows=-5", "!not understood"},
	{"--rows=all", "!not understood"},
	{"-s p99", "sort_key=p99"},
	{"-s -p99", "sort_key=-p99"},
	{"--sort-key=help", "sort_key=help"},
	{"--sort-key=", "!not understood"},
	{"-F postgres", "filter=postgres"},
	{"--filter=", "!not understood"},
	{"--group-by=process", "group_by=process"},
	{"--group-by=thread", "group_by=thread"},
	{"--group-by=cgroup", "group_by=cgroup"},
	{"--group-by=comm", "!--group-by comm: not understood"},
	{"--group-by=", "!not understood"},
	{"-p 1,2", "pids=1,2"},
	{"--pid=", "!not understood"},
	{"-u", "user="},
	{"-u root", "user=root"},
	{"-uroot", "user=root"},
	{"--user", "user="},
	{"--user=root", "user=root"},
	{"--user root", "user=root"},
	{"-u -b", "batch user="},
	{"-b -u", "batch user="},
	{"-bu root", "batch user=root"},
	{"-u root -b", "batch user=root"},
	{"-u -- true", "user= command=true"},
	{"-u root -- true", "user=root command=true"},
	{"-u root extra", "!extra: not expected"},
	{"-f text", ""},
	{"-f ansi", "format=1"},
	{"-f json", "format=2"},
	{"--format=csv", "format=3"},
	{"--format=JSON", "!not understood"},
	{"--format=xml", "!--format xml: not understood"},
	{"--format=", "!not understood"},
	{"-o out", "output=out"},
	{"-o -", "output=-"},
	{"--output=", "!not understood"},
	{"--force", "force"},
	{"--size=80x24", "size_cols=80 size_rows=24"},
	{"--size=20x5", "size_cols=20 size_rows=5"},
	{"--size=1000x500", "size_cols=1000 size_rows=500"},
	{"--size=19x5", "!--size 19x5: out of range"},
	{"--size=20x4", "!out of range"},
	{"--size=1001x24", "!out of range"},
	{"--size=80x501", "!out of range"},
	{"--size=80", "!not understood"},
	{"--size=80x", "!not understood"},
	{"--size=80x24x", "!not understood"},
	{"--size=80,24", "!not understood"},
	{"--total", "total"},
	{"--record=r.ptr", "record=r.ptr"},
	{"--record=", "!not understood"},
	{"--replay=r.ptr", "replay=r.ptr"},
	{"--replay=", "!not understood"},
	{"--speed=2", "speed_milli=2000"},
	{"--speed=0.01", "speed_milli=10"},
	{"--speed=1000", "speed_milli=1000000"},
	{"--speed=0.009", "!not understood"},
	{"--speed=1001", "!not understood"},
	{"--speed=-1", "!not understood"},
	{"--speed=nan", "!not understood"},
	{"--speed=fast", "!not understood"},
	{"--check", "check"},
	{"--strict", "strict"},
	{"-C", "color=2"},
	{"--no-color", "color=2"},
	{"--color=auto", ""},
	{"--color=always", "color=1"},
	{"--color=never", "color=2"},
	{"--color=always -C", "color=2"},
	{"--color=yes", "!not understood"},
	{"--color", "!--color: needs a value"},
	{"-U", "no_unicode"},
	{"--no-unicode", "no_unicode"},
	{"-M", "no_mouse"},
	{"--no-mouse", "no_mouse"},
	{"-H", "highlight"},
	{"--highlight-changes", "highlight"},
	{"--readonly", "readonly"},
	{"--show-args", "show_args"},
	{"--a11y", "a11y"},
	{"--keys=vi", "keys=vi"},
	{"--keys=vi --keys=probetop", ""},
	{"--keys=emacs", "!--keys emacs: not understood"},
	{"--keys=", "!not understood"},
	{"--theme=dark", "theme=dark"},
	{"--theme=", "!not understood"},
	{"--no-meters", "no_meters"},
	{"--no-function-bar", "no_function_bar"},
	{"--config=c.conf", "config=c.conf"},
	{"--config=", "!not understood"},
	{"--no-config", "no_config"},
	{"--ring-size=4096", "ring_bytes=4096"},
	{"--ring-size=1M", "ring_bytes=1048576"},
	{"--ring-size=1G", "ring_bytes=1073741824"},
	{"--ring-size=2G", "!--ring-size 2G: out of range"},
	{"--ring-size=2048", "!out of range"},
	{"--ring-size=3M", "!out of range"},
	{"--ring-size=0", "!out of range"},
	{"--ring-size=big", "!not understood"},
	{"--btf=/tmp/btf", "btf=/tmp/btf"},
	{"--btf=", "!not understood"},
	{"--rung=tp_btf", "rungs=2"},
	{"--rung=fentry,kprobe", "rungs=48"},
	{"--rung=iter,iter_fd,proc", "rungs=76"},
	{"--rung=uprobe", "!not understood"},
	{"--rung=tp_btf,,iter", "!not understood"},
	{"--rung=", "!not understood"},
	{"--log=l.log", "log=l.log"},
	{"--log=", "!not understood"},
	{"-v", "verbose"},
	{"--verbose", "verbose"},
	{"-h", "help"},
	{"--help", "help"},
	{"-V", "version"},
	{"--version", "version"},
	{"-bUMHv -n 1", "batch verbose no_unicode no_mouse highlight iterations=1"},
	{"-n 1 -n 2", "iterations=2"},
	{"-- true", "command=true"},
	{"-b -- make -j8 all", "batch command=make,-j8,all"},
	{"-- -b", "command=-b"},
	{"-- a -- b", "command=a,--,b"},
	{"--", "!--: a command is missing"},
	{"-b --", "!a command is missing"},
	{"top", "!top: not expected. A command goes after `--`"},
	{"-b top -n 1", "!top: not expected"},
	{"diff", "!diff: not expected"},
	{"-", "!-: not expected"},
	{"-Z", "!-Z: no such option"},
	{"--nonsense", "!--nonsense: no such option"},
	{"--no-", "!no such option"},
};

/* Lines that parse and make no sense together. */
static const struct parse_case contradictions[] = {
	{"--replay=a --record=b", "!--replay"},
	{"--replay=a --no-bpf", "!--replay"},
	{"--replay=a --check", "!--replay"},
	{"--replay=a -- true", "!--replay"},
	{"--no-bpf -- true", "!--no-bpf"},
	{"-f csv --view=all", "!--format csv"},
	{"-f csv --view=processes,runqueue", "!--format csv"},
	{"--total -n 2", "!--total"},
	{"--group-by=user -p 1", "!--group-by user: sums all its processes"},
	{"--group-by=thread -p 1", "pids=1 group_by=thread"},
	{"", ""},
	{"--replay=a", ""},
	{"--replay=a -b -f json --total", ""},
	{"--record=b -- true", ""},
	{"--no-bpf --check", ""},
	{"-f csv", ""},
	{"-f csv --view=runqueue", ""},
	{"-f json --view=all", ""},
	{"--total -n 1", ""},
};

/* The options that are promised, with their letters; `later`: not written yet. */
static const struct promise {
	char letter;
	const char *name;
	bool later;
} promises[] = {
	{'b', "batch"},
	{'n', "max-iterations"},
	{'d', "delay"},
	{'P', "pane"},
	{0, "view"},
	{0, "modules"},
	{0, "no-bpf"},
	{'N', "rows"},
	{'s', "sort-key"},
	{'F', "filter"},
	{'p', "pid"},
	{'u', "user"},
	{'t', "tree", .later = true},
	{0, "group-by"},
	{'f', "format"},
	{'o', "output"},
	{0, "force"},
	{0, "size"},
	{0, "total"},
	{0, "record"},
	{0, "replay"},
	{0, "speed"},
	{0, "check"},
	{0, "strict"},
	{'C', "no-color"},
	{0, "color"},
	{'U', "no-unicode"},
	{'M', "no-mouse"},
	{'H', "highlight-changes"},
	{0, "readonly"},
	{0, "show-args"},
	{0, "a11y"},
	{0, "keys"},
	{0, "theme"},
	{0, "no-meters"},
	{0, "no-function-bar"},
	{0, "config"},
	{0, "no-config"},
	{0, "budget", .later = true},
	{0, "history", .later = true},
	{0, "ring-size"},
	{0, "btf"},
	{0, "rung"},
	{0, "drop", .later = true},
	{0, "log"},
	{'v', "verbose"},
	{'h', "help"},
	{'V', "version"},
};

/* A command line as main() gets it. `text` is cut into words in place. */
struct line {
	char text[512];
	char *argv[WORDS_MAX + 2];
	int argc;
};

static void split(struct line *l, const char *text)
{
	char *save = NULL;

	snprintf(l->text, sizeof(l->text), "probetop %s", text);
	l->argc = 0;
	for (char *w = strtok_r(l->text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		assert_true(l->argc < WORDS_MAX);
		l->argv[l->argc++] = w;
	}
	l->argv[l->argc] = NULL;
}

static void say_flag(FILE *out, const char *name, bool value)
{
	if (value)
		fprintf(out, " %s", name);
}

static void say_number(FILE *out, const char *name, int64_t value, int64_t usual)
{
	if (value != usual)
		fprintf(out, " %s=%lld", name, (long long)value);
}

static void say_text(FILE *out, const char *name, const char *value)
{
	if (value)
		fprintf(out, " %s=%s", name, value);
}

/* What differs from the defaults, field by field in the order of struct options. */
static void describe(const struct options *o, FILE *out)
{
	struct options usual;

	options_init(&usual);
#define FLAG(field)   say_flag(out, #field, o->field)
#define NUMBER(field) say_number(out, #field, (int64_t)o->field, (int64_t)usual.field)
#define TEXT(field)   say_text(out, #field, o->field)
	FLAG(batch), FLAG(total), FLAG(check), FLAG(strict), FLAG(force), FLAG(no_bpf), FLAG(help);
	FLAG(version), FLAG(verbose), FLAG(no_unicode), FLAG(no_mouse), FLAG(highlight);
	FLAG(readonly), FLAG(show_args), FLAG(a11y), FLAG(no_meters), FLAG(no_function_bar);
	FLAG(no_config);
	NUMBER(iterations), NUMBER(interval_ns), NUMBER(speed_milli);
	TEXT(panes), TEXT(views), TEXT(modules), TEXT(sort_key), TEXT(filter), TEXT(pids), TEXT(group_by);
	TEXT(user), TEXT(output), TEXT(record), TEXT(replay), TEXT(theme), TEXT(config);
	TEXT(log), TEXT(btf), TEXT(keys);
	NUMBER(format), NUMBER(color), NUMBER(rows), NUMBER(size_cols), NUMBER(size_rows);
	NUMBER(ring_bytes), NUMBER(rungs), NUMBER(module_mask);
#undef FLAG
#undef NUMBER
#undef TEXT
	for (char **w = o->command; w && *w; w++)
		fprintf(out, "%s%s", w == o->command ? " command=" : ",", *w);
}

static void expect_refusal(const struct parse_case *c, int ret, const struct err *e)
{
	if (ret != -EINVAL || !strstr(e->text, c->want + 1))
		fail_msg("`%s`: got %d, \"%s\"; want a refusal with \"%s\"", c->line, ret, e->text,
			 c->want + 1);
	if (e->text[strlen(e->text) - 1] != '.')
		fail_msg("`%s`: the message is no sentence: \"%s\"", c->line, e->text);
}

static void each_option_sets_its_field_and_refuses_nonsense(void **state)
{
	for (size_t i = 0; i < NR(cases); i++) {
		const struct parse_case *c = &cases[i];
		char got[512] = "";
		FILE *out = fmemopen(got, sizeof(got), "w");
		struct err e = {""};
		struct options o;
		struct line l;
		int ret;

		assert_non_null(out);
		split(&l, c->line);
		options_init(&o);
		ret = options_parse(&o, l.argc, l.argv, &e);
		describe(&o, out);
		fclose(out);
		if (*c->want == *REFUSED)
			expect_refusal(c, ret, &e);
		else if (ret || strcmp(*got ? got + 1 : got, c->want))
			fail_msg("`%s`: got %d, \"%s\" %s; want \"%s\"", c->line, ret, got, e.text,
				 c->want);
	}
}

static void contradictions_are_refused(void **state)
{
	for (size_t i = 0; i < NR(contradictions); i++) {
		const struct parse_case *c = &contradictions[i];
		struct err e = {""};
		struct options o;
		struct line l;
		int ret;

		split(&l, c->line);
		options_init(&o);
		assert_int_equal(options_parse(&o, l.argc, l.argv, &e), 0);
		ret = options_check(&o, &e);
		if (*c->want == *REFUSED)
			expect_refusal(c, ret, &e);
		else if (ret)
			fail_msg("`%s`: refused: %s", c->line, e.text);
	}
}

static void durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t want_ns;
	} good[] = {
		{"0", 0},
		{"1", NS_PER_S},
		{"2s", 2 * NS_PER_S},
		{"0.5", NS_PER_S / 2},
		{".25", NS_PER_S / 4},
		{"500ms", NS_PER_S / 2},
		{"1.5ms", 1500000},
		{"1m", 60 * NS_PER_S},
		{"0.5m", 30 * NS_PER_S},
	};
	static const char *const bad[] = {
		"",   ".",  "s",   "ms",  "-1",	 "+1",	" 1",	 "1 ",	 "1 s",
		"1S", "1h", "1sm", "1,5", "nan", "inf", "1e400", "1e30", "1ms2",
	};
	uint64_t ns;

	for (size_t i = 0; i < NR(good); i++) {
		if (parse_duration(good[i].text, &ns) || ns != good[i].want_ns)
			fail_msg("\"%s\": got %llu ns", good[i].text, (unsigned long long)ns);
	}
	for (size_t i = 0; i < NR(bad); i++)
		if (parse_duration(bad[i], &ns) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t want_bytes;
	} good[] = {
		{"0", 0},
		{"1", 1},
		{"4096", 4096},
		{"64K", 65536},
		{"1M", 1 << 20},
		{"3G", 3ULL << 30},
		{"18446744073709551615", UINT64_MAX},
		{"18014398509481983K", UINT64_MAX - 1023},
	};
	static const char *const bad[] = {
		"",
		"K",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1k",
		"1KB",
		"1T",
		"1.5M",
		"0x10",
		"18446744073709551616",
		"18014398509481984K",
		"17179869184G",
	};
	uint64_t bytes;

	for (size_t i = 0; i < NR(good); i++)
		if (parse_bytes(good[i].text, &bytes) || bytes != good[i].want_bytes)
			fail_msg("\"%s\": got %llu", good[i].text, (unsigned long long)bytes);
	for (size_t i = 0; i < NR(bad); i++)
		if (parse_bytes(bad[i], &bytes) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
}

static void a_configuration_sets_what_a_file_may_set(void **state)
{
	static const struct {
		const char *name, *value;
		int want;
		const char *effect; /* where it is taken */
	} sets[] = {
		{"delay", "2", 0, " interval_ns=2000000000"},
		{"delay", "0", -EINVAL, ""},
		{"no-mouse", "yes", 0, " no_mouse"},
		{"no-mouse", "true", 0, " no_mouse"},
		{"no-mouse", "1", 0, " no_mouse"},
		{"no-mouse", "no", 0, ""},
		{"no-mouse", "false", 0, ""},
		{"no-mouse", "0", 0, ""},
		{"no-mouse", "maybe", -EINVAL, ""},
		{"no-mouse", "", -EINVAL, ""},
		{"theme", "dark", 0, " theme=dark"},
		{"keys", "vi", 0, " keys=vi"},
		{"nonsense", "1", -ENOENT, ""},
		{"batch", "yes", -ENOENT, ""},	 /* only on the command line: */
		{"output", "file", -ENOENT, ""}, /* a file must not make us write, */
		{"record", "file", -ENOENT, ""},
		{"log", "file", -ENOENT, ""},
		{"force", "yes", -ENOENT, ""},
		{"config", "file", -ENOENT, ""}, /* or read another */
		{"replay", "file", -ENOENT, ""},
		{"btf", "file", -ENOENT, ""},
	};

	for (size_t i = 0; i < NR(sets); i++) {
		char got[256] = "";
		FILE *out = fmemopen(got, sizeof(got), "w");
		struct err e = {""};
		struct options o;
		int ret;

		assert_non_null(out);
		options_init(&o);
		ret = options_set(&o, sets[i].name, sets[i].value, &e);
		describe(&o, out);
		fclose(out);
		if (ret != sets[i].want || (!ret && strcmp(got, sets[i].effect)) ||
		    (ret && !strstr(e.text, sets[i].name)))
			fail_msg("%s = %s: got %d, \"%s\", \"%s\"", sets[i].name, sets[i].value,
				 ret, got, e.text);
	}
}

static char *help_text(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	options_help(out);
	fclose(out);
	return text;
}

/* Steps to the next option of the help: "  -n, --max-iterations=N  ...". False at the end. */
static bool next_option(const char **at, char *ret_letter, char name[40])
{
	const char *dashes = strstr(*at, "\n  ");

	while (dashes && strncmp(dashes + 6, " --", 3))
		dashes = strstr(dashes + 1, "\n  ");
	if (!dashes)
		return false;
	*ret_letter = dashes[3] == '-' ? dashes[4] : 0;
	*at = dashes + 9;
	snprintf(name, 40, "%.*s", (int)strcspn(*at, "[= "), *at);
	return true;
}

static const struct promise *promise_of(const char *name)
{
	for (size_t i = 0; i < NR(promises); i++)
		if (!strcmp(promises[i].name, name))
			return &promises[i];
	return NULL;
}

static void the_options_are_the_promised_ones(void **state)
{
	bool there[NR(promises)] = {false};
	char *help = help_text(), name[40], letter;
	const char *at = help;

	while (next_option(&at, &letter, name)) {
		const struct promise *p = promise_of(name);

		if (!p)
			fail_msg("--%s is not among the promised options", name);
		if (p->letter != letter)
			fail_msg("--%s has the letter %c, promised is %c", name, letter, p->letter);
		if (p->later)
			fail_msg("--%s is there: take `later` from it here", name);
		there[p - promises] = true;
	}
	free(help);
	for (size_t i = 0; i < NR(promises); i++)
		if (!there[i] && !promises[i].later)
			fail_msg("--%s is missing", promises[i].name);
}

static bool has_case(const char *name, char letter)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < NR(cases); i++) {
		const char *line = cases[i].line;

		if (!strncmp(line, "--", 2) && !strncmp(line + 2, name, len) &&
		    strcspn(line + 2, "= ") == len)
			return true;
		if (letter && line[0] == '-' && line[1] == letter)
			return true;
	}
	return false;
}

static void each_option_has_a_case_here(void **state)
{
	char *help = help_text(), name[40], letter;
	const char *at = help;
	int nr = 0;

	for (; next_option(&at, &letter, name); nr++)
		if (!has_case(name, letter))
			fail_msg("--%s has no row in this test", name);
	assert_true(nr > 40);
	free(help);
}

static void a_second_parse_starts_anew(void **state)
{
	struct options o;
	struct line l;

	for (int i = 0; i < 2; i++) {
		split(&l, "-b -n 2 -- true");
		options_init(&o);
		assert_int_equal(options_parse(&o, l.argc, l.argv, NULL), 0);
		assert_true(o.batch);
		assert_int_equal(o.iterations, 2);
		assert_string_equal(o.command[0], "true");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_option_sets_its_field_and_refuses_nonsense),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(durations),
		cmocka_unit_test(sizes),
		cmocka_unit_test(a_configuration_sets_what_a_file_may_set),
		cmocka_unit_test(the_options_are_the_promised_ones),
		cmocka_unit_test(each_option_has_a_case_here),
		cmocka_unit_test(a_second_parse_starts_anew),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
