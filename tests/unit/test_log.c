/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of errors, and what ends up in the log file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "log.h"

static char dir[] = "/tmp/probetop-log-XXXXXX";
static char path[64], link_path[64];

static int make_dir(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(link_path, sizeof(link_path), "%s/link", dir);
	return symlink(path, link_path);
}

static int remove_dir(void **state)
{
	log_close();
	unlink(path);
	unlink(link_path);
	return rmdir(dir);
}

static char *slurp(void)
{
	static char text[65536];
	FILE *f = fopen(path, "re");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = 0;
	fclose(f);
	return text;
}

static void an_error_carries_code_and_words(void **state)
{
	char longest[1000];
	struct err e;

	assert_int_equal(err_set(&e, -EPERM, "x %d: no. Try y.", 7), -EPERM);
	assert_string_equal(e.text, "x 7: no. Try y.");
	assert_int_equal(err_set(NULL, -EIO, "nobody listens"), -EIO);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	err_set(&e, -1, "%s", longest);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void without_a_log_lines_go_nowhere(void **state)
{
	log_close();
	log_line("lost %d", 1);
	assert_int_equal(access(path, F_OK), -1);
}

static void lines_are_stamped_escaped_and_appended(void **state)
{
	struct err e;
	struct stat st;
	char *text;

	assert_int_equal(log_open(path, &e), 0);
	log_line("first \x1b[31m%s", "caf\xc3\xa9");
	log_line("second\nthird\n");
	log_close();
	assert_int_equal(log_open(path, &e), 0);
	log_line("%s", "");
	log_close();
	text = slurp();
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	for (int i = 0; i < 4; i++) {
		static const char *const want[] = { "first \\e[31mcaf\xc3\xa9", "second", "third",
						    "" };
		char *end = strchr(text, '\n');

		assert_non_null(end);
		*end = 0;
		assert_true(strlen(text) >= 25);
		assert_int_equal(text[10], 'T');
		assert_int_equal(text[23], 'Z');
		assert_string_equal(text + 25, want[i]);
		text = end + 1;
	}
	assert_string_equal(text, "");
}

static void links_and_missing_directories_are_refused_in_words(void **state)
{
	struct err e;

	assert_int_equal(log_open(link_path, &e), -ELOOP);
	assert_non_null(strstr(e.text, "symbolic link"));
	assert_int_equal(log_open("/nonexistent/log", &e), -ENOENT);
	assert_non_null(strstr(e.text, "/nonexistent/log: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_carries_code_and_words),
		cmocka_unit_test(without_a_log_lines_go_nowhere),
		cmocka_unit_test(lines_are_stamped_escaped_and_appended),
		cmocka_unit_test(links_and_missing_directories_are_refused_in_words),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
