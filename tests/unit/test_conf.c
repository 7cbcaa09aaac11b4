/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration files: what is read, what is refused, and the words that go with it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf.h"

/* What the callback saw, as one string. */
struct seen {
	char text[1024];
	const char *refuse;
};

static int take(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	struct seen *s = ctx;
	size_t len = strlen(s->text);

	if (s->refuse && strcmp(key, s->refuse) == 0)
		return err_set(e, -ENOENT, "%s: no such key. See --help.", key);
	snprintf(s->text + len, sizeof(s->text) - len, "[%s]%s=%s|", section, key, value);
	return 0;
}

static void keys_come_with_their_section_in_order(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"", ""},
		{"\n# note\n; note\n", ""},
		{"delay = 2", "[]delay=2|"},
		{"delay=2\n[ui]\ntheme = dark\n", "[]delay=2|[ui]theme=dark|"},
		{"a = 1\n  b = 2\n\tc = 3\n", "[]a=1|[]b=2|[]c=3|"},
		{"a = 1\na = 2\n", "[]a=1|[]a=2|"},
		{"a = x y ; why\n", "[]a=x y|"},
		{"a =\n", "[]a=|"},
		{"a: b\n", "[]a=b|"},
		{"a = 1\r\nb = 2\r\n", "[]a=1|[]b=2|"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen s = {.refuse = NULL};
		struct err e = {""};

		assert_int_equal(
			conf_parse_text(cases[i].text, strlen(cases[i].text), "f", take, &s, &e),
			0);
		assert_string_equal(s.text, cases[i].want);
	}
}

static void errors_name_file_and_line(void **state)
{
	char longest[CONF_LINE_MAX + 1], too_long[CONF_LINE_MAX + 2];
	const struct {
		const char *text;
		size_t len; /* 0: strlen */
		const char *words;
	} cases[] = {
		{"a = 1\nnonsense\nb = 2\n", 0, "my.conf:2: not understood"},
		{"[open\n", 0, "my.conf:1: not understood"},
		{"a = 1\n\n\nbad = 1\nz = 3\n", 0, "my.conf:4: bad: no such key"},
		{"a = 1\nb\0= 2\n", 12, "my.conf:2: the line holds a NUL"},
		{too_long, 0, "my.conf:1: the line is too long"},
	};
	struct seen s = {.refuse = NULL};
	struct err e;

	memset(longest, 'x', sizeof(longest) - 1);
	memset(too_long, 'x', sizeof(too_long) - 1);
	longest[1] = too_long[1] = '=';
	longest[CONF_LINE_MAX] = too_long[CONF_LINE_MAX + 1] = '\0';
	assert_int_equal(conf_parse_text(longest, strlen(longest), "f", take, &s, &e), 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = cases[i].len ? cases[i].len : strlen(cases[i].text);

		s = (struct seen){.refuse = "bad"};
		assert_true(conf_parse_text(cases[i].text, len, "my.conf", take, &s, &e) < 0);
		assert_non_null(strstr(e.text, cases[i].words));
		assert_null(strstr(s.text, "z="));
	}
}

/* A file of its own in a directory of its own. */
struct place {
	char dir[64], file[128], link[128];
};

static void place_new(struct place *p, const char *text)
{
	FILE *f;

	snprintf(p->dir, sizeof(p->dir), "/tmp/probetop-conf-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->file, sizeof(p->file), "%s/file", p->dir);
	snprintf(p->link, sizeof(p->link), "%s/link", p->dir);
	f = fopen(p->file, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(p->file, 0644), 0);
	assert_int_equal(symlink("file", p->link), 0);
}

static void place_free(struct place *p)
{
	unlink(p->file);
	unlink(p->link);
	rmdir(p->dir);
}

static int parse(const char *path, bool privileged, struct err *e)
{
	struct seen s = {.refuse = NULL};

	return conf_parse(path, privileged, take, &s, e);
}

static void privileged_run_refuses_what_others_can_write(void **state)
{
	static const mode_t bad[] = {0664, 0646, 0666, 0620};
	struct place p;
	struct err e;

	place_new(&p, "a = 1\n");
	assert_int_equal(parse(p.file, true, &e), 0);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(chmod(p.file, bad[i]), 0);
		assert_int_equal(parse(p.file, true, &e), -EPERM);
		assert_non_null(strstr(e.text, "chmod go-w"));
		assert_int_equal(parse(p.file, false, &e), 0);
	}
	place_free(&p);
}

static void privileged_run_refuses_a_link_and_a_stranger(void **state)
{
	struct place p;
	struct err e;

	place_new(&p, "a = 1\n");
	assert_int_equal(parse(p.link, true, &e), -ELOOP);
	assert_non_null(strstr(e.text, "symbolic link"));
	assert_int_equal(parse(p.link, false, &e), 0);
	if (chown(p.file, 12345, 12345) == 0) {
		assert_int_equal(parse(p.file, true, &e), -EPERM);
		assert_non_null(strstr(e.text, "user 12345"));
	}
	place_free(&p);
}

static void what_is_no_plain_file_is_refused(void **state)
{
	struct place p;
	struct err e;

	place_new(&p, "a = 1\n");
	assert_int_equal(parse(p.dir, true, &e), -EINVAL);
	unlink(p.file);
	assert_int_equal(parse(p.file, true, &e), -ENOENT);
	assert_int_equal(mkfifo(p.file, 0600), 0);
	assert_int_equal(parse(p.file, true, &e), -EINVAL);
	unlink(p.file);
	place_free(&p);
}

static void large_file_is_refused(void **state)
{
	struct place p;
	struct err e;

	place_new(&p, "a = 1\n");
	assert_int_equal(truncate(p.file, CONF_FILE_MAX + 1), 0);
	assert_int_equal(parse(p.file, true, &e), -EFBIG);
	place_free(&p);
}

static void user_path_is_absolute_or_none(void **state)
{
	static const struct {
		const char *xdg, *home, *want;
	} cases[] = {
		{"/x", "/home/u", "/x/probetop/probetop.conf"},
		{NULL, "/home/u", "/home/u/.config/probetop/probetop.conf"},
		{"", "/home/u", "/home/u/.config/probetop/probetop.conf"},
		{"relative", "/home/u", "/home/u/.config/probetop/probetop.conf"},
		{"relative", "also", NULL},
		{NULL, NULL, NULL},
		{NULL, "", NULL},
	};
	char path[256];

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int ret = conf_user_path(path, sizeof(path), cases[i].xdg, cases[i].home);

		assert_int_equal(ret, cases[i].want ? 0 : -ENOENT);
		if (cases[i].want)
			assert_string_equal(path, cases[i].want);
	}
	assert_int_equal(conf_user_path(path, 10, NULL, "/home/u"), -ENOENT);
}

static void user_file_is_found_and_current_directory_is_not(void **state)
{
	struct place p;
	struct seen s = {.refuse = NULL};
	char dir[128], file[160], here[4096];
	struct err e;

	place_new(&p, "here = 1\n");
	snprintf(dir, sizeof(dir), "%s/probetop", p.dir);
	snprintf(file, sizeof(file), "%s/probetop.conf", dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(rename(p.file, file), 0);
	assert_non_null(getcwd(here, sizeof(here)));
	setenv("XDG_CONFIG_HOME", p.dir, 1);
	assert_int_equal(conf_load(take, &s, &e), 0);
	assert_non_null(strstr(s.text, "[]here=1|"));
	/* The same file, now only below the current directory. */
	s = (struct seen){.refuse = NULL};
	assert_int_equal(chdir(p.dir), 0);
	setenv("XDG_CONFIG_HOME", ".", 1);
	setenv("HOME", "/nonexistent", 1);
	assert_int_equal(conf_load(take, &s, &e), 0);
	assert_null(strstr(s.text, "here"));
	assert_int_equal(chdir(here), 0);
	unlink(file);
	rmdir(dir);
	place_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_with_their_section_in_order),
		cmocka_unit_test(errors_name_file_and_line),
		cmocka_unit_test(privileged_run_refuses_what_others_can_write),
		cmocka_unit_test(privileged_run_refuses_a_link_and_a_stranger),
		cmocka_unit_test(what_is_no_plain_file_is_refused),
		cmocka_unit_test(large_file_is_refused),
		cmocka_unit_test(user_path_is_absolute_or_none),
		cmocka_unit_test(user_file_is_found_and_current_directory_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
